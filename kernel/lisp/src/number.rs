//! Numbers as text: what the reader takes and what the printer gives.

use crate::decimal::Decimal;
use crate::tower::{self, Number};
use alloc::format;
use alloc::string::{String, ToString};
use num_bigint::BigInt;
use num_traits::{Num, ToPrimitive, Zero};

/// Reads a number token: decimal, `0x`, octal, `36rZZ`, `1/2`, floats with exponent, `N` and `M`. The error says what is wrong.
pub(crate) fn parse(token: &str) -> Result<Number, String> {
    let (negative, digits) = match token.as_bytes() {
        [b'-', ..] => (true, &token[1..]),
        [b'+', ..] => (false, &token[1..]),
        _ => (false, token),
    };
    if digits.len() > DIGITS_MAX {
        return Err(format!("a number of {} digits is too long", digits.len()));
    }
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return integer(token, negative, hex, 16);
    }
    if let Some((radix, rest)) = digits.split_once(['r', 'R']) {
        return match radix.parse::<u32>() {
            Ok(radix @ 2..=36) => integer(token, negative, rest, radix),
            _ => Err(format!("the radix of the number {token} must be from 2 to 36")),
        };
    }
    let (body, is_big) = digits.strip_suffix('N').map_or((digits, false), |body| (body, true));
    if !body.is_empty() && body.bytes().all(|b| b.is_ascii_digit()) {
        let octal = body.len() > 1 && body.starts_with('0');
        let number = integer(token, negative, body, if octal { 8 } else { 10 })?;
        return Ok(if is_big { Number::Big(number.truncated().unwrap_or_default()) } else { number });
    }
    let invalid = || format!("invalid number: {token}");
    if let Some(body) = digits.strip_suffix('M') {
        let decimal = Decimal::parse(body).filter(|_| body.starts_with(|c: char| c.is_ascii_digit()));
        let decimal = Number::Decimal(decimal.ok_or_else(invalid)?);
        return Ok(if negative { decimal.negated(false).unwrap_or(decimal) } else { decimal });
    }
    if let Some((above, below)) = digits.split_once('/') {
        let part =
            |text: &str| BigInt::from_str_radix(text, 10).ok().filter(|_| !text.starts_with(['+', '-']));
        let (Some(above), Some(below)) = (part(above), part(below)) else { return Err(invalid()) };
        if below.is_zero() {
            return Err(format!("divide by zero: {token}"));
        }
        let above = if negative { -above } else { above };
        return match tower::ratio(above, below) {
            Ok(Number::Big(n)) => Ok(n.to_i64().map_or(Number::Big(n), Number::Int)),
            Ok(ratio) => Ok(ratio),
            Err(fault) => Err(format!("{}: {token}", fault.message())),
        };
    }
    float(negative, digits).ok_or_else(invalid)
}

/// The most characters of a number in a source.
const DIGITS_MAX: usize = 20_000;

fn integer(token: &str, negative: bool, digits: &str, radix: u32) -> Result<Number, String> {
    if digits.is_empty() || !digits.bytes().all(|b| (b as char).is_digit(radix)) {
        return Err(format!("invalid number: {token}"));
    }
    let magnitude = BigInt::from_str_radix(digits, radix).map_err(|_| format!("invalid number: {token}"))?;
    let value = if negative { -magnitude } else { magnitude };
    Ok(value.to_i64().map_or(Number::Big(value), Number::Int))
}

/// Digits, an optional fraction and an optional exponent; nothing else that Rust would take for a float.
fn float(negative: bool, digits: &str) -> Option<Number> {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_digits = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e)).unwrap_or("0");
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || exponent_digits.is_empty()
        || ![whole, fraction, exponent_digits].into_iter().all(all_digits)
    {
        return None;
    }
    let value: f64 = digits.parse().ok()?;
    Some(Number::Float(if negative { -value } else { value }))
}

/// A number as text: with the `N` and `M` of the reader when `readably`.
pub(crate) fn print(number: &Number, readably: bool) -> String {
    let mark = |text: String, mark: &str| if readably { text + mark } else { text };
    match number {
        Number::Int(n) => n.to_string(),
        Number::Big(n) => mark(n.to_string(), "N"),
        Number::Ratio(r) => format!("{}/{}", r.numer(), r.denom()),
        Number::Decimal(d) => mark(d.text(), "M"),
        Number::Float(f) => print_float(*f),
    }
}

/// A double as Clojure prints it: `1.0`, `0.001`, `1.0E10`, `##Inf`.
pub(crate) fn print_float(f: f64) -> String {
    if f.is_nan() {
        return "##NaN".to_string();
    }
    if f.is_infinite() {
        return if f > 0.0 { "##Inf" } else { "##-Inf" }.to_string();
    }
    let magnitude = f.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        let text = format!("{f}");
        return if text.contains('.') { text } else { text + ".0" };
    }
    // At least two digits, as Java has it: with one, the nearest of two may be another.
    let shortest = format!("{f:e}");
    let text = if shortest.contains('.') { shortest } else { format!("{f:.1e}") };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{mantissa}E{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_forms() {
        for (token, n) in [
            ("0", 0),
            ("-7", -7),
            ("+42", 42),
            ("0xFF", 255),
            ("-0x10", -16),
            ("017", 15),
            ("2r1011", 11),
            ("36rZZ", 1295),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(parse(token), Ok(Number::Int(n)), "{token}");
        }
        for (token, f) in [("1.5", 1.5), ("-2e3", -2000.0), ("1.", 1.0), ("6.02E+23", 6.02e23)] {
            assert_eq!(parse(token), Ok(Number::Float(f)), "{token}");
        }
        for token in ["1x", "0x", "08", "1.2.3", "1e", "37r1", "1/0", "1/-2", "/2", "N", "M", ".5M"] {
            assert!(parse(token).is_err(), "{token}");
        }
    }

    #[test]
    fn numbers_of_other_kinds_print_as_they_are_read() {
        for token in ["1N", "-12345678901234567890N", "1/2", "-22/7", "1.50M", "-0.001M", "1E+30M"] {
            assert_eq!(parse(token).map(|n| print(&n, true)), Ok(token.into()));
        }
        for (token, text) in
            [("4/2", "2"), ("0/5", "0"), ("99999999999999999999", "99999999999999999999N"), ("-0N", "0N")]
        {
            assert_eq!(parse(token).map(|n| print(&n, true)), Ok(text.into()));
        }
    }

    #[test]
    fn floats_print_as_in_clojure() {
        for (f, text) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.001, "0.001"),
            (1e7, "1.0E7"),
            (1.25e-5, "1.25E-5"),
            (123456.75, "123456.75"),
            (f64::NEG_INFINITY, "##-Inf"),
        ] {
            assert_eq!(print_float(f), text);
        }
    }
}
