//! Numbers: arithmetic, comparison, bits, conversion.
//!
//! Integers are 64 bits and throw on overflow; with a double, everything becomes a double, as in Clojure.

use super::{Answer, at_least, between, fixed, int_at, truth};
use crate::native::{Call, Native, Signal};
use alloc::format;
use halt_heap::{Kind, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    at_least("+", 0, "Returns the sum of the numbers. (+) returns 0. Throws on overflow.", add),
    at_least("-", 1, "Negates x, or subtracts the others from it. Throws on overflow.", subtract),
    at_least("*", 0, "Returns the product of the numbers. (*) returns 1. Throws on overflow.", multiply),
    at_least("/", 1, "Divides x by the others; of one number, returns its reciprocal.", divide),
    at_least(
        "+'",
        0,
        "Returns the sum of the numbers. Throws on overflow, as long as there are no big integers.",
        add,
    ),
    at_least("-'", 1, "Like -. Throws on overflow, as long as there are no big integers.", subtract),
    at_least("*'", 0, "Like *. Throws on overflow, as long as there are no big integers.", multiply),
    fixed("inc", 1, "Returns one more than x.", |c| offset(c, 1)),
    fixed("dec", 1, "Returns one less than x.", |c| offset(c, -1)),
    fixed("inc'", 1, "Returns one more than x.", |c| offset(c, 1)),
    fixed("dec'", 1, "Returns one less than x.", |c| offset(c, -1)),
    fixed("unchecked-add", 2, "Returns the sum of two integers, wrapped to 64 bits.", |c| {
        wrap(c, i64::wrapping_add)
    }),
    fixed("unchecked-subtract", 2, "Returns the difference of two integers, wrapped to 64 bits.", |c| {
        wrap(c, i64::wrapping_sub)
    }),
    fixed("unchecked-multiply", 2, "Returns the product of two integers, wrapped to 64 bits.", |c| {
        wrap(c, i64::wrapping_mul)
    }),
    fixed("unchecked-inc", 1, "Returns one more than x, wrapped to 64 bits.", |c| {
        Ok(c.s.int(integer(c, 0)?.wrapping_add(1))?)
    }),
    fixed("unchecked-dec", 1, "Returns one less than x, wrapped to 64 bits.", |c| {
        Ok(c.s.int(integer(c, 0)?.wrapping_sub(1))?)
    }),
    fixed("unchecked-negate", 1, "Returns the negation of x, wrapped to 64 bits.", |c| {
        Ok(c.s.int(integer(c, 0)?.wrapping_neg())?)
    }),
    fixed("unchecked-add-int", 2, "Returns the sum, wrapped to 32 bits.", |c| {
        wrap(c, |a, b| a.wrapping_add(b) as i32 as i64)
    }),
    fixed("unchecked-subtract-int", 2, "Returns the difference, wrapped to 32 bits.", |c| {
        wrap(c, |a, b| a.wrapping_sub(b) as i32 as i64)
    }),
    fixed("unchecked-multiply-int", 2, "Returns the product, wrapped to 32 bits.", |c| {
        wrap(c, |a, b| a.wrapping_mul(b) as i32 as i64)
    }),
    fixed("unchecked-inc-int", 1, "Returns one more than x, wrapped to 32 bits.", |c| {
        cut(c, |n| n.wrapping_add(1) as i32 as i64)
    }),
    fixed("unchecked-dec-int", 1, "Returns one less than x, wrapped to 32 bits.", |c| {
        cut(c, |n| n.wrapping_sub(1) as i32 as i64)
    }),
    fixed("unchecked-negate-int", 1, "Returns the negation of x, wrapped to 32 bits.", |c| {
        cut(c, |n| n.wrapping_neg() as i32 as i64)
    }),
    fixed("unchecked-divide-int", 2, "Returns the quotient, rounded towards zero.", quot),
    fixed("unchecked-remainder-int", 2, "Returns the remainder, with the sign of the first number.", rem),
    fixed("unchecked-long", 1, "Converts a number to an integer, cutting what does not fit.", |c| {
        cut(c, |n| n)
    }),
    fixed(
        "unchecked-int",
        1,
        "Converts a number to an integer of 32 bits, cutting what does not fit.",
        |c| cut(c, |n| n as i32 as i64),
    ),
    fixed(
        "unchecked-short",
        1,
        "Converts a number to an integer of 16 bits, cutting what does not fit.",
        |c| cut(c, |n| n as i16 as i64),
    ),
    fixed(
        "unchecked-byte",
        1,
        "Converts a number to an integer of 8 bits, cutting what does not fit.",
        |c| cut(c, |n| n as i8 as i64),
    ),
    fixed("unchecked-double", 1, "Converts a number to a double.", double),
    fixed("unchecked-float", 1, "Converts a number to a double.", double),
    fixed("quot", 2, "Returns the quotient of num and div, rounded towards zero.", quot),
    fixed("rem", 2, "Returns the remainder of num by div, with the sign of num.", rem),
    fixed("mod", 2, "Returns the modulus of num by div, with the sign of div.", modulus),
    at_least("max", 1, "Returns the greatest of the numbers.", |c| extreme(c, true)),
    at_least("min", 1, "Returns the least of the numbers.", |c| extreme(c, false)),
    fixed("abs", 1, "Returns the absolute value of x.", abs),
    at_least("<", 1, "Returns true if the numbers are in rising order.", |c| {
        chain(c, |a, b| a < b, |a, b| a < b)
    }),
    at_least("<=", 1, "Returns true if the numbers are in non-falling order.", |c| {
        chain(c, |a, b| a <= b, |a, b| a <= b)
    }),
    at_least(">", 1, "Returns true if the numbers are in falling order.", |c| {
        chain(c, |a, b| a > b, |a, b| a > b)
    }),
    at_least(">=", 1, "Returns true if the numbers are in non-rising order.", |c| {
        chain(c, |a, b| a >= b, |a, b| a >= b)
    }),
    at_least("==", 1, "Returns true if the numbers have the same value, whatever their type.", |c| {
        chain(c, |a, b| a == b, |a, b| a == b)
    }),
    fixed("zero?", 1, "Returns true if x is zero.", |c| sign(c, |n| n == 0, |f| f == 0.0)),
    fixed("pos?", 1, "Returns true if x is greater than zero.", |c| sign(c, |n| n > 0, |f| f > 0.0)),
    fixed("neg?", 1, "Returns true if x is less than zero.", |c| sign(c, |n| n < 0, |f| f < 0.0)),
    fixed("even?", 1, "Returns true if the integer n is even.", |c| Ok(Value::bool(integer(c, 0)? & 1 == 0))),
    fixed("odd?", 1, "Returns true if the integer n is odd.", |c| Ok(Value::bool(integer(c, 0)? & 1 == 1))),
    at_least("bit-and", 2, "Returns the bitwise and of the integers.", |c| bits(c, |a, b| a & b)),
    at_least("bit-or", 2, "Returns the bitwise or of the integers.", |c| bits(c, |a, b| a | b)),
    at_least("bit-xor", 2, "Returns the bitwise exclusive or of the integers.", |c| bits(c, |a, b| a ^ b)),
    at_least("bit-and-not", 2, "Returns the bitwise and of x and the complements of the others.", |c| {
        bits(c, |a, b| a & !b)
    }),
    fixed("bit-not", 1, "Returns the bitwise complement of x.", |c| Ok(c.s.int(!integer(c, 0)?)?)),
    fixed("bit-shift-left", 2, "Shifts x left by n bits.", |c| bits(c, |a, b| a.wrapping_shl(b as u32))),
    fixed("bit-shift-right", 2, "Shifts x right by n bits, keeping its sign.", |c| {
        bits(c, |a, b| a.wrapping_shr(b as u32))
    }),
    fixed("unsigned-bit-shift-right", 2, "Shifts x right by n bits, filling with zeros.", |c| {
        bits(c, |a, b| (a as u64).wrapping_shr(b as u32) as i64)
    }),
    fixed("bit-set", 2, "Returns x with bit n set.", |c| bits(c, |a, b| a | 1_i64.wrapping_shl(b as u32))),
    fixed("bit-clear", 2, "Returns x with bit n cleared.", |c| {
        bits(c, |a, b| a & !1_i64.wrapping_shl(b as u32))
    }),
    fixed("bit-flip", 2, "Returns x with bit n flipped.", |c| {
        bits(c, |a, b| a ^ 1_i64.wrapping_shl(b as u32))
    }),
    fixed("bit-test", 2, "Returns true if bit n of x is set.", |c| {
        truth(integer(c, 0)?.wrapping_shr(integer(c, 1)? as u32) & 1 == 1)
    }),
    fixed("int", 1, "Converts a number or a character to an integer, dropping the fraction.", int),
    fixed("long", 1, "Converts a number or a character to an integer, dropping the fraction.", int),
    fixed("short", 1, "Converts a number to an integer of 16 bits. Throws when it does not fit.", |c| {
        narrow(c, -32768, 32767)
    }),
    fixed("byte", 1, "Converts a number to an integer of 8 bits. Throws when it does not fit.", |c| {
        narrow(c, -128, 127)
    }),
    fixed("double", 1, "Converts a number to a double.", double),
    fixed("float", 1, "Converts a number to a double.", double),
    fixed("num", 1, "Returns x, which must be a number.", |c| number(c, 0).map(|_| c.arg(0))),
    fixed(
        "rationalize",
        1,
        "Returns the integer of a whole double, else x itself: there are no ratios yet.",
        |c| match number(c, 0)? {
            Number::Float(f) if f == libm::trunc(f) && f.abs() < 9.0e18 => Ok(c.s.int(f as i64)?),
            _ => Ok(c.arg(0)),
        },
    ),
    between("parse-long", 1, 1, "Parses text as an integer; nil when it is none.", parse_long),
    fixed("parse-double", 1, "Parses text as a double; nil when it is none.", parse_double),
    fixed("parse-boolean", 1, "Parses \"true\" and \"false\"; nil for other text.", |c| {
        Ok(match super::str_at(c, 0)? {
            "true" => Value::TRUE,
            "false" => Value::FALSE,
            _ => Value::NIL,
        })
    }),
];

/// The least double that is too great for an integer.
const I64_LIMIT: f64 = 9_223_372_036_854_775_808.0;

/// A number as arithmetic sees it.
#[derive(Clone, Copy)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    pub(super) fn float(self) -> f64 {
        match self {
            Number::Int(n) => n as f64,
            Number::Float(f) => f,
        }
    }

    fn value<'s>(self, call: &Call<'_, 's>) -> Answer<'s> {
        Ok(match self {
            Number::Int(n) => call.s.int(n)?,
            Number::Float(f) => call.s.float(f)?,
        })
    }
}

/// The number at an index, or an error that names it.
#[inline]
pub(super) fn number<'s>(call: &Call<'_, 's>, index: usize) -> Result<Number, Signal<'s>> {
    let value = call.arg(index);
    if let Some(n) = call.s.as_int(value) {
        return Ok(Number::Int(n));
    }
    match call.s.as_float(value) {
        Some(f) => Ok(Number::Float(f)),
        None => call.wrong_argument(index, "a number"),
    }
}

/// The integer at an index; unlike [`int_at`] no double will do.
fn integer<'s>(call: &Call<'_, 's>, index: usize) -> Result<i64, Signal<'s>> {
    match call.s.as_int(call.arg(index)) {
        Some(n) => Ok(n),
        None => call.wrong_argument(index, "an integer"),
    }
}

#[cold]
fn overflow<'s, T>(call: &Call<'_, 's>) -> Result<T, Signal<'s>> {
    call.throw("arithmetic", &format!("integer overflow in {}", call.native.name))
}

#[cold]
fn by_zero<'s, T>(call: &Call<'_, 's>) -> Result<T, Signal<'s>> {
    call.throw("arithmetic", "divide by zero")
}

fn fold<'s>(
    call: &Call<'_, 's>,
    start: Number,
    from: usize,
    int: fn(i64, i64) -> Option<i64>,
    float: fn(f64, f64) -> f64,
) -> Answer<'s> {
    let mut sum = start;
    for index in from..call.args.len() {
        sum = match (sum, number(call, index)?) {
            (Number::Int(a), Number::Int(b)) => match int(a, b) {
                Some(n) => Number::Int(n),
                None => return overflow(call),
            },
            (a, b) => Number::Float(float(a.float(), b.float())),
        };
    }
    sum.value(call)
}

fn add<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    fold(call, Number::Int(0), 0, i64::checked_add, |a, b| a + b)
}

fn subtract<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let first = number(call, 0)?;
    if call.args.len() > 1 {
        return fold(call, first, 1, i64::checked_sub, |a, b| a - b);
    }
    match first {
        Number::Int(n) => match n.checked_neg() {
            Some(n) => Ok(call.s.int(n)?),
            None => overflow(call),
        },
        Number::Float(f) => Ok(call.s.float(-f)?),
    }
}

fn multiply<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    fold(call, Number::Int(1), 0, i64::checked_mul, |a, b| a * b)
}

fn divide<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (mut result, from) = match call.args.len() {
        1 => (Number::Int(1), 0),
        _ => (number(call, 0)?, 1),
    };
    for index in from..call.args.len() {
        result = match (result, number(call, index)?) {
            (Number::Int(_), Number::Int(0)) => return by_zero(call),
            (Number::Int(a), Number::Int(b)) => match a.checked_div(b) {
                None => return overflow(call),
                Some(n) if a % b == 0 => Number::Int(n),
                // There are no ratios yet: see docs/LISP.md.
                Some(_) => Number::Float(a as f64 / b as f64),
            },
            (a, b) => Number::Float(a.float() / b.float()),
        };
    }
    result.value(call)
}

fn offset<'s>(call: &Call<'_, 's>, by: i64) -> Answer<'s> {
    match number(call, 0)? {
        Number::Int(n) => match n.checked_add(by) {
            Some(n) => Ok(call.s.int(n)?),
            None => overflow(call),
        },
        Number::Float(f) => Ok(call.s.float(f + by as f64)?),
    }
}

fn wrap<'s>(call: &Call<'_, 's>, operation: fn(i64, i64) -> i64) -> Answer<'s> {
    Ok(call.s.int(operation(integer(call, 0)?, integer(call, 1)?))?)
}

fn cut<'s>(call: &Call<'_, 's>, operation: fn(i64) -> i64) -> Answer<'s> {
    if let Some(c) = call.arg(0).as_char() {
        return Ok(call.s.int(operation(c as i64))?);
    }
    let n = match number(call, 0)? {
        Number::Int(n) => n,
        Number::Float(f) => f as i64,
    };
    Ok(call.s.int(operation(n))?)
}

/// Integer or double division by the second argument; throws by zero.
fn by<'s>(call: &Call<'_, 's>, int: fn(i64, i64) -> Option<i64>, float: fn(f64, f64) -> f64) -> Answer<'s> {
    match (number(call, 0)?, number(call, 1)?) {
        (_, Number::Int(0)) => by_zero(call),
        (Number::Int(a), Number::Int(b)) => match int(a, b) {
            Some(n) => Ok(call.s.int(n)?),
            None => overflow(call),
        },
        (_, b) if b.float() == 0.0 => by_zero(call),
        (a, b) => Ok(call.s.float(float(a.float(), b.float()))?),
    }
}

fn quot<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    by(call, i64::checked_div, |a, b| libm::trunc(a / b))
}

fn rem<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    by(call, |a, b| Some(a.wrapping_rem(b)), libm::fmod)
}

fn modulus<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let int = |a: i64, b: i64| {
        let m = a.wrapping_rem(b);
        Some(if m != 0 && (m < 0) != (b < 0) { m + b } else { m })
    };
    let float = |a: f64, b: f64| {
        let m = libm::fmod(a, b);
        if m != 0.0 && (m < 0.0) != (b < 0.0) { m + b } else { m }
    };
    by(call, int, float)
}

fn extreme<'s>(call: &Call<'_, 's>, greatest: bool) -> Answer<'s> {
    let mut best = number(call, 0)?;
    let mut at = 0;
    for index in 1..call.args.len() {
        let other = number(call, index)?;
        let better = match (other, best) {
            (Number::Int(a), Number::Int(b)) => {
                if greatest {
                    a > b
                } else {
                    a < b
                }
            }
            (a, b) if a.float().is_nan() || b.float().is_nan() => a.float().is_nan(),
            (a, b) => {
                if greatest {
                    a.float() > b.float()
                } else {
                    a.float() < b.float()
                }
            }
        };
        if better {
            (best, at) = (other, index);
        }
    }
    Ok(call.arg(at))
}

fn abs<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    match number(call, 0)? {
        // As in Clojure, the least integer has no positive counterpart and stays as it is.
        Number::Int(n) => Ok(call.s.int(n.wrapping_abs())?),
        Number::Float(f) => Ok(call.s.float(f.abs())?),
    }
}

#[inline]
fn chain<'s>(call: &Call<'_, 's>, int: fn(i64, i64) -> bool, float: fn(f64, f64) -> bool) -> Answer<'s> {
    if call.args.len() == 1 {
        return Ok(Value::TRUE);
    }
    let mut left = number(call, 0)?;
    for index in 1..call.args.len() {
        let right = number(call, index)?;
        let holds = match (left, right) {
            (Number::Int(a), Number::Int(b)) => int(a, b),
            (a, b) => float(a.float(), b.float()),
        };
        if !holds {
            return Ok(Value::FALSE);
        }
        left = right;
    }
    Ok(Value::TRUE)
}

fn sign<'s>(call: &Call<'_, 's>, int: fn(i64) -> bool, float: fn(f64) -> bool) -> Answer<'s> {
    truth(match number(call, 0)? {
        Number::Int(n) => int(n),
        Number::Float(f) => float(f),
    })
}

fn bits<'s>(call: &Call<'_, 's>, operation: fn(i64, i64) -> i64) -> Answer<'s> {
    let mut result = integer(call, 0)?;
    for index in 1..call.args.len() {
        result = operation(result, integer(call, index)?);
    }
    Ok(call.s.int(result)?)
}

fn int<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    if let Some(c) = call.arg(0).as_char() {
        return Ok(call.s.int(c as i64)?);
    }
    match number(call, 0)? {
        Number::Int(_) => Ok(call.arg(0)),
        Number::Float(f) if (-I64_LIMIT..I64_LIMIT).contains(&f) => Ok(call.s.int(f as i64)?),
        Number::Float(f) if f.is_nan() => Ok(call.s.int(0)?),
        Number::Float(_) => call.wrong_argument(0, "a number that fits an integer"),
    }
}

fn narrow<'s>(call: &Call<'_, 's>, least: i64, most: i64) -> Answer<'s> {
    let n = int_at(call, 0)?;
    if (least..=most).contains(&n) {
        return Ok(call.s.int(n)?);
    }
    call.wrong_argument(0, &format!("a number from {least} to {most}"))
}

fn double<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    Ok(call.s.float(number(call, 0)?.float())?)
}

fn parse_long<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    match super::str_at(call, 0)?.parse::<i64>() {
        Ok(n) => Ok(call.s.int(n)?),
        Err(_) => Ok(Value::NIL),
    }
}

fn parse_double<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let text = super::str_at(call, 0)?.trim();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_plain = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !is_plain && !matches!(unsigned, "NaN" | "Infinity") {
        return Ok(Value::NIL);
    }
    match text.replace("Infinity", "inf").parse::<f64>() {
        Ok(f) => Ok(call.s.float(f)?),
        Err(_) => Ok(Value::NIL),
    }
}

/// Whether a value is a number.
pub(super) fn is_number<'s>(call: &Call<'_, 's>, value: Value<'s>) -> bool {
    matches!(call.s.kind(value), Kind::Int | Kind::Float)
}
