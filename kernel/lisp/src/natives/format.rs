//! `format`: the conversions of Java's formatter that programs use.
//!
//! `%[index$][flags][width][.precision]conversion` with the conversions `s d f e x X o c b n %` and the flags `- 0 + , ( #` and space.

use super::printing::push_text;
use crate::native::{Call, Signal};
use crate::tower::Number;
use alloc::format;
use alloc::string::{String, ToString};
use core::iter::Peekable;
use core::str::Chars;
use halt_heap::Value;

/// Widest field and greatest precision that are taken.
const WIDTH_MAX: usize = 10_000;

#[derive(Default)]
struct Spec {
    index: Option<usize>,
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    comma: bool,
    parentheses: bool,
    width: usize,
    precision: Option<usize>,
}

/// The text of a format, with the arguments from `first` on.
pub(super) fn format_text<'s>(
    call: &Call<'_, 's>,
    pattern: &str,
    first: usize,
) -> Result<String, Signal<'s>> {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    let mut next = 0;
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let spec = spec(&mut chars);
        let Some(conversion) = chars.next() else {
            return call.throw("argument", &format!("format: {pattern:?} ends within a conversion"));
        };
        if conversion == 'n' || conversion == '%' {
            let text = if conversion == 'n' { "\n" } else { "%" };
            out.push_str(&pad(text.to_string(), &spec));
            continue;
        }
        let at = match spec.index {
            Some(index) => index.wrapping_sub(1),
            None => {
                next += 1;
                next - 1
            }
        };
        if first + at >= call.args.len() {
            return call.throw("argument", &format!("format: no argument for %{conversion} in {pattern:?}"));
        }
        out.push_str(&pad(convert(call, first + at, conversion, &spec)?, &spec));
    }
    Ok(out)
}

fn number(chars: &mut Peekable<Chars<'_>>) -> Option<usize> {
    let mut value = None;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
        value = Some((value.unwrap_or(0) * 10 + digit as usize).min(WIDTH_MAX));
        chars.next();
    }
    value
}

fn spec(chars: &mut Peekable<Chars<'_>>) -> Spec {
    let mut spec = Spec::default();
    let mut ahead = chars.clone();
    if let Some(index) = number(&mut ahead)
        && ahead.next() == Some('$')
    {
        spec.index = Some(index);
        *chars = ahead;
    }
    while let Some(flag) = chars.peek() {
        match flag {
            '-' => spec.left = true,
            '0' => spec.zero = true,
            '+' => spec.plus = true,
            ' ' => spec.space = true,
            ',' => spec.comma = true,
            '(' => spec.parentheses = true,
            '#' => {}
            _ => break,
        }
        chars.next();
    }
    spec.width = number(chars).unwrap_or(0);
    if chars.peek() == Some(&'.') {
        chars.next();
        spec.precision = Some(number(chars).unwrap_or(0));
    }
    spec
}

fn convert<'s>(call: &Call<'_, 's>, at: usize, conversion: char, spec: &Spec) -> Result<String, Signal<'s>> {
    let (s, value) = (call.s, call.arg(at));
    match conversion {
        's' | 'S' => {
            let mut text = String::new();
            match value.is_nil() {
                true => text.push_str("null"),
                false => push_text(call, value, &mut text)?,
            }
            if let Some(precision) = spec.precision {
                text = text.chars().take(precision).collect();
            }
            Ok(if conversion == 'S' { text.to_uppercase() } else { text })
        }
        'd' => match s.as_int(value) {
            Some(n) => Ok(signed(n < 0, group(n.unsigned_abs().to_string(), spec), spec)),
            None if value.is_nil() => Ok("null".to_string()),
            None => match crate::boxed::unbox(s, value) {
                Some(Number::Big(n)) => {
                    let digits = n.magnitude().to_string();
                    Ok(signed(n < num_bigint::BigInt::default(), group(digits, spec), spec))
                }
                _ => call.wrong_argument(at, "an integer for %d"),
            },
        },
        'x' | 'X' | 'o' => {
            let Some(n) = s.as_int(value) else { return call.wrong_argument(at, "an integer for %x") };
            Ok(match conversion {
                'x' => format!("{n:x}"),
                'X' => format!("{n:X}"),
                _ => format!("{n:o}"),
            })
        }
        'f' | 'e' | 'E' | 'g' => {
            if let Some(Number::Decimal(d)) = crate::boxed::unbox(s, value)
                && conversion == 'f'
            {
                let text = d.rounded(spec.precision.unwrap_or(6) as i64).text();
                let digits = text.strip_prefix('-').unwrap_or(&text).to_string();
                return Ok(signed(text.starts_with('-'), group(digits, spec), spec));
            }
            let Some(f) = s.as_float(value) else { return call.wrong_argument(at, "a double for %f") };
            if !f.is_finite() {
                let name = if f.is_nan() { "NaN" } else { "Infinity" };
                return Ok(signed(f < 0.0, name.to_string(), spec));
            }
            let (magnitude, precision) = (f.abs(), spec.precision.unwrap_or(6));
            let is_general = conversion == 'g';
            // The precision of `%g` counts all digits.
            let significant = precision.max(1) as i64;
            let tens = match is_general {
                true => {
                    format!("{magnitude:e}").split_once('e').and_then(|(_, tens)| tens.parse::<i64>().ok())
                }
                false => None,
            };
            let tens = tens.unwrap_or(0);
            let is_plain = conversion == 'f' || is_general && (-4..significant).contains(&tens);
            let precision = match (is_general, is_plain) {
                (true, true) => (significant - 1 - tens) as usize,
                (true, false) => significant as usize - 1,
                _ => precision,
            };
            let text = match is_plain {
                true => half_up(magnitude, precision),
                false => exponent(magnitude, precision),
            };
            let text = if conversion == 'E' { text.to_uppercase() } else { text };
            Ok(signed(f.is_sign_negative(), group(text, spec), spec))
        }
        'c' => match value.as_char().or_else(|| s.as_int(value).and_then(|n| char::from_u32(n as u32))) {
            Some(c) => Ok(c.to_string()),
            None => call.wrong_argument(at, "a character for %c"),
        },
        'b' => Ok(if value.is_truthy() { "true" } else { "false" }.to_string()),
        other => call.throw("argument", &format!("format: unknown conversion %{other}")),
    }
}

/// Fixed notation, rounding the shortest decimal half up as Java does.
fn half_up(f: f64, precision: usize) -> String {
    let shortest = format!("{f}");
    let (whole, fraction) = shortest.split_once('.').unwrap_or((&shortest, ""));
    if fraction.len() <= precision {
        let point = if precision > 0 { "." } else { "" };
        return format!("{whole}{point}{fraction:0<precision$}");
    }
    let mut digits: alloc::vec::Vec<u8> = whole.bytes().chain(fraction[..precision].bytes()).collect();
    if fraction.as_bytes()[precision] >= b'5' {
        let mut at = digits.len();
        loop {
            if at == 0 {
                digits.insert(0, b'1');
                break;
            }
            at -= 1;
            if digits[at] < b'9' {
                digits[at] += 1;
                break;
            }
            digits[at] = b'0';
        }
    }
    let text: String = digits.into_iter().map(|b| b as char).collect();
    let (whole, fraction) = text.split_at(text.len() - precision);
    if precision > 0 { format!("{whole}.{fraction}") } else { whole.to_string() }
}

fn exponent(f: f64, precision: usize) -> String {
    let text = format!("{f:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

fn group(text: String, spec: &Spec) -> String {
    if !spec.comma {
        return text;
    }
    let whole = text.find('.').unwrap_or(text.len());
    let mut grouped = String::new();
    for (index, c) in text[..whole].chars().enumerate() {
        if index > 0 && (whole - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(c);
    }
    grouped + &text[whole..]
}

fn signed(is_negative: bool, digits: String, spec: &Spec) -> String {
    let (before, after) = match is_negative {
        true if spec.parentheses => ("(", ")"),
        true => ("-", ""),
        false if spec.plus => ("+", ""),
        false if spec.space => (" ", ""),
        false => ("", ""),
    };
    let taken = before.len() + after.len();
    let width = if spec.zero { spec.width.saturating_sub(taken) } else { 0 };
    format!("{before}{digits:0>width$}{after}")
}

fn pad(text: String, spec: &Spec) -> String {
    let width = spec.width;
    match (spec.left, spec.zero) {
        (true, _) => format!("{text:<width$}"),
        (false, true) => format!("{text:0>width$}"),
        _ => format!("{text:>width$}"),
    }
}

/// The native `format`.
pub(super) fn format_native<'s>(call: &Call<'_, 's>) -> Result<Value<'s>, Signal<'s>> {
    let pattern = super::str_at(call, 0)?;
    Ok(call.s.string(&format_text(call, pattern, 1)?)?)
}
