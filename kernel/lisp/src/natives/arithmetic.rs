//! Numbers: arithmetic, comparison, bits, conversion.
//!
//! Integers are 64 bits and throw on overflow; how other kinds of numbers meet is `tower.rs`'s business.

use super::{Answer, at_least, between, fixed, int_at, truth};
use crate::boxed;
use crate::decimal::{Decimal, Rounding};
use crate::native::{Call, Native, Signal};
use crate::tower::{self, Fault, Number, Operation};
use alloc::format;
use core::cmp::Ordering;
use halt_heap::{Kind, Value};
use num_bigint::BigInt;
use num_traits::ToPrimitive;

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    at_least("+", 0, "Returns the sum of the numbers. (+) returns 0. Throws on overflow.", |c| {
        fold(c, Operation::Add, Some(Number::Int(0)), false)
    }),
    at_least("-", 1, "Negates x, or subtracts the others from it. Throws on overflow.", |c| {
        subtract(c, false)
    }),
    at_least("*", 0, "Returns the product of the numbers. (*) returns 1. Throws on overflow.", |c| {
        fold(c, Operation::Multiply, Some(Number::Int(1)), false)
    }),
    at_least("/", 1, "Divides x by the others; of one number, returns its reciprocal.", divide),
    at_least("+'", 0, "Returns the sum of the numbers, a big integer where 64 bits are too few.", |c| {
        fold(c, Operation::Add, Some(Number::Int(0)), true)
    }),
    at_least("-'", 1, "Like -, but returns a big integer where 64 bits are too few.", |c| subtract(c, true)),
    at_least("*'", 0, "Returns the product of the numbers, a big integer where 64 bits are too few.", |c| {
        fold(c, Operation::Multiply, Some(Number::Int(1)), true)
    }),
    fixed("inc", 1, "Returns one more than x. Throws on overflow.", |c| offset(c, 1, false)),
    fixed("dec", 1, "Returns one less than x. Throws on overflow.", |c| offset(c, -1, false)),
    fixed("inc'", 1, "Returns one more than x, a big integer where 64 bits are too few.", |c| {
        offset(c, 1, true)
    }),
    fixed("dec'", 1, "Returns one less than x, a big integer where 64 bits are too few.", |c| {
        offset(c, -1, true)
    }),
    fixed("unchecked-add", 2, "Returns the sum of two integers, wrapped to 64 bits.", |c| {
        wrap(c, Operation::Add, i64::wrapping_add)
    }),
    fixed("unchecked-subtract", 2, "Returns the difference of two integers, wrapped to 64 bits.", |c| {
        wrap(c, Operation::Subtract, i64::wrapping_sub)
    }),
    fixed("unchecked-multiply", 2, "Returns the product of two integers, wrapped to 64 bits.", |c| {
        wrap(c, Operation::Multiply, i64::wrapping_mul)
    }),
    fixed("unchecked-inc", 1, "Returns one more than x, wrapped to 64 bits.", |c| {
        step(c, Operation::Add, i64::wrapping_add)
    }),
    fixed("unchecked-dec", 1, "Returns one less than x, wrapped to 64 bits.", |c| {
        step(c, Operation::Subtract, i64::wrapping_sub)
    }),
    fixed("unchecked-negate", 1, "Returns the negation of x, wrapped to 64 bits.", |c| match number(c, 0)? {
        Number::Int(n) => Ok(c.s.int(n.wrapping_neg())?),
        other => result(c, other.negated(true)),
    }),
    fixed("unchecked-add-int", 2, "Returns the sum, wrapped to 32 bits.", |c| {
        wrap(c, Operation::Add, |a, b| a.wrapping_add(b) as i32 as i64)
    }),
    fixed("unchecked-subtract-int", 2, "Returns the difference, wrapped to 32 bits.", |c| {
        wrap(c, Operation::Subtract, |a, b| a.wrapping_sub(b) as i32 as i64)
    }),
    fixed("unchecked-multiply-int", 2, "Returns the product, wrapped to 32 bits.", |c| {
        wrap(c, Operation::Multiply, |a, b| a.wrapping_mul(b) as i32 as i64)
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
        chain(c, |o| o == Ordering::Less)
    }),
    at_least("<=", 1, "Returns true if the numbers are in non-falling order.", |c| {
        chain(c, |o| o != Ordering::Greater)
    }),
    at_least(">", 1, "Returns true if the numbers are in falling order.", |c| {
        chain(c, |o| o == Ordering::Greater)
    }),
    at_least(">=", 1, "Returns true if the numbers are in non-rising order.", |c| {
        chain(c, |o| o != Ordering::Less)
    }),
    at_least("==", 1, "Returns true if the numbers have the same value, whatever their type.", |c| {
        chain(c, |o| o == Ordering::Equal)
    }),
    fixed("zero?", 1, "Returns true if x is zero.", |c| sign(c, Ordering::Equal)),
    fixed("pos?", 1, "Returns true if x is greater than zero.", |c| sign(c, Ordering::Greater)),
    fixed("neg?", 1, "Returns true if x is less than zero.", |c| sign(c, Ordering::Less)),
    fixed("even?", 1, "Returns true if the integer n is even.", |c| odd(c, false)),
    fixed("odd?", 1, "Returns true if the integer n is odd.", |c| odd(c, true)),
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
    fixed(
        "int",
        1,
        "Converts a number or a character to an integer, dropping the fraction. Throws beyond 32 bits.",
        |c| {
            let n = int(c)?;
            match c.s.as_int(n) {
                Some(small) if i32::try_from(small).is_ok() => Ok(n),
                _ => c.wrong_argument(0, "a number that fits 32 bits"),
            }
        },
    ),
    fixed("long", 1, "Converts a number or a character to an integer, dropping the fraction.", int),
    fixed("short", 1, "Converts a number to an integer of 16 bits. Throws when it does not fit.", |c| {
        narrow(c, -32768, 32767)
    }),
    fixed("byte", 1, "Converts a number to an integer of 8 bits. Throws when it does not fit.", |c| {
        narrow(c, -128, 127)
    }),
    fixed("double", 1, "Converts a number to a double.", double),
    fixed("float", 1, "Converts a number to a double. Throws beyond the range of 32 bits.", |c| {
        let f = number(c, 0)?.float();
        if f.is_finite() && f.abs() > f32::MAX as f64 {
            return c.wrong_argument(0, "a number in the range of 32 bits");
        }
        Ok(c.s.float(f)?)
    }),
    fixed("num", 1, "Returns x, which must be a number.", |c| number(c, 0).map(|_| c.arg(0))),
    fixed("rationalize", 1, "Returns the exact value of a number: a ratio or an integer.", |c| {
        result(c, number(c, 0)?.rationalized())
    }),
    fixed("numerator", 1, "Returns the numerator of a ratio.", |c| part(c, 0)),
    fixed("denominator", 1, "Returns the denominator of a ratio.", |c| part(c, 1)),
    fixed("bigint", 1, "Converts a number or a text to a big integer, dropping the fraction.", big),
    fixed("biginteger", 1, "Converts a number or a text to a big integer, dropping the fraction.", big),
    fixed("bigdec", 1, "Converts a number or a text to a decimal.", |c| {
        let decimal = match c.s.as_str(c.arg(0)) {
            Some(text) => match Decimal::parse(text.trim()) {
                Some(decimal) => decimal,
                None => return c.wrong_argument(0, "the text of a decimal"),
            },
            None => match number(c, 0)?.decimal() {
                Ok(decimal) => decimal,
                Err(fault) => return failed(c, fault),
            },
        };
        result(c, Ok(Number::Decimal(decimal)))
    }),
    fixed("round-decimal*", 3, "Returns a decimal with so many significant digits, by a rounding.", |c| {
        let rounding = c.s.name(c.arg(2)).and_then(Rounding::named);
        match (number(c, 0)?, int_at(c, 1)?, rounding) {
            (Number::Decimal(d), precision @ 0.., Some(rounding)) => {
                result(c, d.with_precision(precision as u64, rounding).map(Number::Decimal))
            }
            (other, 0.., Some(_)) => result(c, Ok(other)),
            (_, 0.., None) => c.wrong_argument(2, "a rounding such as HALF_UP"),
            _ => c.wrong_argument(1, "a count of digits"),
        }
    }),
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

/// The number at an index, or an error that names it.
#[inline]
pub(super) fn number<'s>(call: &Call<'_, 's>, index: usize) -> Result<Number, Signal<'s>> {
    let value = call.arg(index);
    if let Some(n) = call.s.as_int(value) {
        return Ok(Number::Int(n));
    }
    match boxed::unbox(call.s, value) {
        Some(number) => Ok(number),
        None => call.wrong_argument(index, "a number"),
    }
}

/// A number as an answer. A very long one ends the slice, for what made it took its time.
fn result<'s>(call: &Call<'_, 's>, number: Result<Number, Fault>) -> Answer<'s> {
    match number {
        Ok(Number::Int(n)) => Ok(call.s.int(n)?),
        Ok(number) => {
            let value = boxed::to_value(call.s, &number)?;
            match &number {
                Number::Big(n) if n.bits() > 1 << 14 => Err(Signal::Yield(value)),
                _ => Ok(value),
            }
        }
        Err(fault) => failed(call, fault),
    }
}

#[cold]
fn failed<'s, T>(call: &Call<'_, 's>, fault: Fault) -> Result<T, Signal<'s>> {
    match fault {
        Fault::ByZero => call.throw("arithmetic", fault.message()),
        _ => call.throw("arithmetic", &format!("{} in {}", fault.message(), call.native.name)),
    }
}

/// The integer at an index; unlike [`int_at`] no double will do.
fn integer<'s>(call: &Call<'_, 's>, index: usize) -> Result<i64, Signal<'s>> {
    match call.s.as_int(call.arg(index)) {
        Some(n) => Ok(n),
        None => call.wrong_argument(index, "an integer"),
    }
}

/// Combines the arguments from left to right, after a start if there is one.
fn fold<'s>(call: &Call<'_, 's>, operation: Operation, start: Option<Number>, promotes: bool) -> Answer<'s> {
    let (mut sum, from) = match start {
        Some(start) => (start, 0),
        None => (number(call, 0)?, 1),
    };
    for index in from..call.args.len() {
        let right = number(call, index)?;
        sum = match (&sum, &right, operation) {
            (Number::Float(a), Number::Float(b), Operation::Add) => Number::Float(a + b),
            (Number::Float(a), Number::Float(b), Operation::Multiply) => Number::Float(a * b),
            // A start of 0 or 1 leaves the first number as it is, in its own kind.
            (Number::Int(_), _, _) if from == 0 && index == 0 => right,
            _ => match sum.binary(operation, &right, promotes) {
                Ok(sum) => sum,
                Err(Fault::NoExpansion) => rounded(call, &sum, &right)?,
                Err(fault) => return failed(call, fault),
            },
        };
    }
    result(call, Ok(sum))
}

/// The quotient of two decimals that has no end, if `with-precision` says where to cut it.
#[cold]
fn rounded<'s>(call: &Call<'_, 's>, a: &Number, b: &Number) -> Result<Number, Signal<'s>> {
    let s = call.s;
    let context =
        call.dynamic("clojure.core/*math-context*").filter(|context| s.kind(*context) == Kind::Vector);
    let part = |index| context.and_then(|context| s.vector_get(context, index));
    let precision = part(0).and_then(|n| s.as_int(n)).filter(|n| (1..10_000).contains(n));
    let rounding = part(1).and_then(|name| s.name(name)).and_then(Rounding::named);
    let (Some(precision), Some(rounding)) = (precision, rounding) else {
        return failed(call, Fault::NoExpansion);
    };
    let quotient = (|| a.decimal()?.divide_to(&b.decimal()?, precision as u64, rounding))();
    quotient.map(Number::Decimal).or_else(|fault| failed(call, fault))
}

fn subtract<'s>(call: &Call<'_, 's>, promotes: bool) -> Answer<'s> {
    match call.args.len() {
        1 => result(call, number(call, 0)?.negated(promotes)),
        _ => fold(call, Operation::Subtract, None, promotes),
    }
}

fn divide<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    match call.args.len() {
        1 => {
            let (one, divisor) = (Number::Int(1), number(call, 0)?);
            match one.binary(Operation::Divide, &divisor, false) {
                Err(Fault::NoExpansion) => result(call, Ok(rounded(call, &one, &divisor)?)),
                quotient => result(call, quotient),
            }
        }
        _ => fold(call, Operation::Divide, None, false),
    }
}

fn offset<'s>(call: &Call<'_, 's>, by: i64, promotes: bool) -> Answer<'s> {
    match number(call, 0)? {
        Number::Int(n) if n.checked_add(by).is_some() => Ok(call.s.int(n + by)?),
        other => result(call, other.binary(Operation::Add, &Number::Int(by), promotes)),
    }
}

/// An operation that wraps on integers of 64 bits.
fn wrap<'s>(call: &Call<'_, 's>, operation: Operation, wrapping: fn(i64, i64) -> i64) -> Answer<'s> {
    match (number(call, 0)?, number(call, 1)?) {
        (Number::Int(a), Number::Int(b)) => Ok(call.s.int(wrapping(a, b))?),
        (a, b) => result(call, a.binary(operation, &b, true)),
    }
}

fn step<'s>(call: &Call<'_, 's>, operation: Operation, wrapping: fn(i64, i64) -> i64) -> Answer<'s> {
    match number(call, 0)? {
        Number::Int(a) => Ok(call.s.int(wrapping(a, 1))?),
        a => result(call, a.binary(operation, &Number::Int(1), true)),
    }
}

fn cut<'s>(call: &Call<'_, 's>, operation: fn(i64) -> i64) -> Answer<'s> {
    if let Some(c) = call.arg(0).as_char() {
        return Ok(call.s.int(operation(c as i64))?);
    }
    let n = match number(call, 0)? {
        Number::Int(n) => n,
        Number::Float(f) => f as i64,
        other => match other.truncated() {
            // The low 64 bits.
            Ok(n) => n.iter_u64_digits().next().map_or(0, |low| {
                if n.sign() == num_bigint::Sign::Minus { (low as i64).wrapping_neg() } else { low as i64 }
            }),
            Err(fault) => return failed(call, fault),
        },
    };
    Ok(call.s.int(operation(n))?)
}

fn quot<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    result(call, number(call, 0)?.binary(Operation::Quotient, &number(call, 1)?, false))
}

fn rem<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    result(call, number(call, 0)?.binary(Operation::Remainder, &number(call, 1)?, false))
}

fn modulus<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    result(call, number(call, 0)?.modulus(&number(call, 1)?))
}

/// As in Clojure, the last one of several that compare equal.
fn extreme<'s>(call: &Call<'_, 's>, greatest: bool) -> Answer<'s> {
    let mut best = number(call, 0)?;
    let mut at = 0;
    for index in 1..call.args.len() {
        let other = number(call, index)?;
        let is_nan = |n: &Number| matches!(n, Number::Float(f) if f.is_nan());
        let keep = match best.compare(&other) {
            Some(Ordering::Greater) => greatest,
            Some(Ordering::Less) => !greatest,
            Some(Ordering::Equal) => false,
            None => is_nan(&best),
        };
        if !keep {
            (best, at) = (other, index);
        }
    }
    Ok(call.arg(at))
}

fn abs<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    result(call, Ok(number(call, 0)?.absolute()))
}

fn part<'s>(call: &Call<'_, 's>, index: usize) -> Answer<'s> {
    match call.s.record_tag(call.arg(0)) {
        Some(crate::tags::RATIO) => Ok(call.s.record_values(call.arg(0))[index]),
        _ => call.wrong_argument(0, "a ratio"),
    }
}

fn big<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let whole = match call.s.as_str(call.arg(0)) {
        Some(text) if text.len() <= 20_000 => match text.parse::<BigInt>() {
            Ok(n) => Ok(n),
            Err(_) => return call.wrong_argument(0, "the text of an integer"),
        },
        Some(_) => Err(Fault::TooLarge),
        None => match number(call, 0)? {
            // By the digits that it prints as.
            Number::Float(f) => Number::Float(f).decimal().map(|d| d.truncated()),
            other => other.truncated(),
        },
    };
    result(call, whole.and_then(tower::big))
}

fn odd<'s>(call: &Call<'_, 's>, wanted: bool) -> Answer<'s> {
    if let Some(n) = call.arg(0).as_small_int() {
        return truth((n & 1 != 0) == wanted);
    }
    match boxed::unbox(call.s, call.arg(0)).and_then(|n| n.is_odd()) {
        Some(odd) => truth(odd == wanted),
        None => call.wrong_argument(0, "an integer"),
    }
}

#[inline]
fn chain<'s>(call: &Call<'_, 's>, holds: fn(Ordering) -> bool) -> Answer<'s> {
    if call.args.len() == 1 {
        return Ok(Value::TRUE);
    }
    let mut left = number(call, 0)?;
    for index in 1..call.args.len() {
        let right = number(call, index)?;
        if !left.compare(&right).is_some_and(holds) {
            return Ok(Value::FALSE);
        }
        left = right;
    }
    Ok(Value::TRUE)
}

fn sign<'s>(call: &Call<'_, 's>, wanted: Ordering) -> Answer<'s> {
    truth(match number(call, 0)? {
        Number::Float(f) if f.is_nan() => false,
        number => number.sign() == wanted,
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
        other => match other.truncated().ok().and_then(|n| n.to_i64()) {
            Some(n) => Ok(call.s.int(n)?),
            None => call.wrong_argument(0, "a number that fits an integer"),
        },
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
    boxed::is_number(call.s, value)
}
