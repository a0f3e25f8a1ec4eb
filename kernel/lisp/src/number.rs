//! Numbers as text: what the reader takes and what the printer gives.

use alloc::format;
use alloc::string::{String, ToString};

/// A number as it was written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

/// Reads a number token: decimal, `0x`, octal, `36rZZ`, floats with exponent. The error says what is wrong.
pub(crate) fn parse(token: &str) -> Result<Number, String> {
    let (negative, digits) = match token.as_bytes() {
        [b'-', ..] => (true, &token[1..]),
        [b'+', ..] => (false, &token[1..]),
        _ => (false, token),
    };
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return integer(token, negative, hex, 16);
    }
    if let Some((radix, rest)) = digits.split_once(['r', 'R']) {
        return match radix.parse::<u32>() {
            Ok(radix @ 2..=36) => integer(token, negative, rest, radix),
            _ => Err(format!("the radix of the number {token} must be from 2 to 36")),
        };
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        let octal = digits.len() > 1 && digits.starts_with('0');
        return integer(token, negative, digits, if octal { 8 } else { 10 });
    }
    if digits.strip_suffix('N').is_some_and(|body| body.bytes().all(|b| b.is_ascii_digit())) {
        return Err(format!("big integers are not supported yet: {token}"));
    }
    if digits.strip_suffix('M').is_some_and(|body| body.bytes().all(|b| b.is_ascii_digit() || b == b'.')) {
        return Err(format!("decimals are not supported yet: {token}"));
    }
    if let Some((above, below)) = digits.split_once('/')
        && above.bytes().chain(below.bytes()).all(|b| b.is_ascii_digit())
    {
        return Err(format!("ratios are not supported yet: {token}"));
    }
    float(token, negative, digits).ok_or_else(|| format!("invalid number: {token}"))
}

fn integer(token: &str, negative: bool, digits: &str, radix: u32) -> Result<Number, String> {
    if digits.is_empty() || !digits.bytes().all(|b| (b as char).is_digit(radix)) {
        return Err(format!("invalid number: {token}"));
    }
    let mut value: i128 = 0;
    for byte in digits.bytes() {
        value = value * radix as i128 + (byte as char).to_digit(radix).unwrap_or(0) as i128;
        if value > 1 << 64 {
            break;
        }
    }
    let value = if negative { -value } else { value };
    i64::try_from(value)
        .map(Number::Int)
        .map_err(|_| format!("the integer {token} does not fit 64 bits (big integers are not supported yet)"))
}

/// Digits, an optional fraction and an optional exponent; nothing else that Rust would take for a float.
fn float(token: &str, negative: bool, digits: &str) -> Option<Number> {
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
    let _ = token;
    let value: f64 = digits.parse().ok()?;
    Some(Number::Float(if negative { -value } else { value }))
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
    let text = format!("{f:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    format!("{mantissa}{point}E{exponent}")
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
        for token in ["1x", "0x", "08", "1.2.3", "1e", "99999999999999999999", "37r1", "1/2", "3N", "2M"] {
            assert!(parse(token).is_err(), "{token}");
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
