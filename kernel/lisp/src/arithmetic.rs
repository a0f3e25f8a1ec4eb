//! Arithmetic on integers and doubles: what the instructions fall back to and the library uses.
//!
//! Integers are 64 bits with overflow errors; with a double on either side the result is a double.

use crate::errors::throw;
use crate::native::Signal;
use crate::printer::{self, PrintLimits};
use alloc::format;
use halt_heap::{Scope, Value};

/// Two numbers of one kind.
#[derive(Clone, Copy, Debug)]
pub enum Pair {
    /// Both are integers.
    Ints(i64, i64),
    /// At least one is a double.
    Floats(f64, f64),
}

/// Two numbers brought to one kind; the error names the function.
pub fn pair<'s>(s: Scope<'s>, name: &str, a: Value<'s>, b: Value<'s>) -> Result<Pair, Signal<'s>> {
    match (s.as_int(a), s.as_int(b)) {
        (Some(a), Some(b)) => Ok(Pair::Ints(a, b)),
        _ => Ok(Pair::Floats(number(s, name, a)?, number(s, name, b)?)),
    }
}

/// Any number as a double; the error names the function.
pub fn number<'s>(s: Scope<'s>, name: &str, value: Value<'s>) -> Result<f64, Signal<'s>> {
    match (s.as_int(value), s.as_float(value)) {
        (Some(n), _) => Ok(n as f64),
        (_, Some(f)) => Ok(f),
        _ => Err(not_a_number(s, name, value)),
    }
}

/// The error for an argument that is no number.
#[cold]
pub fn not_a_number<'s>(s: Scope<'s>, name: &str, value: Value<'s>) -> Signal<'s> {
    let shown = printer::print_limited(s, value, true, PrintLimits::SHORT);
    throw(s, "type", &format!("{name} wants numbers, got {shown}"))
}

#[cold]
fn overflow<'s>(s: Scope<'s>, name: &str, a: i64, b: i64) -> Signal<'s> {
    throw(s, "arithmetic", &format!("integer overflow: ({name} {a} {b})"))
}

fn checked<'s>(
    s: Scope<'s>,
    name: &str,
    (a, b): (Value<'s>, Value<'s>),
    ints: fn(i64, i64) -> Option<i64>,
    floats: fn(f64, f64) -> f64,
) -> Result<Value<'s>, Signal<'s>> {
    match pair(s, name, a, b)? {
        Pair::Ints(a, b) => match ints(a, b) {
            Some(n) => Ok(s.int(n)?),
            None => Err(overflow(s, name, a, b)),
        },
        Pair::Floats(a, b) => Ok(s.float(floats(a, b))?),
    }
}

/// `(+ a b)`
pub fn add<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, Signal<'s>> {
    checked(s, "+", (a, b), i64::checked_add, |a, b| a + b)
}

/// `(- a b)`
pub fn subtract<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, Signal<'s>> {
    checked(s, "-", (a, b), i64::checked_sub, |a, b| a - b)
}

/// `(* a b)`
pub fn multiply<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, Signal<'s>> {
    checked(s, "*", (a, b), i64::checked_mul, |a, b| a * b)
}

/// `(< a b)`
pub fn less<'s>(s: Scope<'s>, name: &str, a: Value<'s>, b: Value<'s>) -> Result<bool, Signal<'s>> {
    Ok(match pair(s, name, a, b)? {
        Pair::Ints(a, b) => a < b,
        Pair::Floats(a, b) => a < b,
    })
}

/// `(<= a b)`
pub fn less_equal<'s>(s: Scope<'s>, name: &str, a: Value<'s>, b: Value<'s>) -> Result<bool, Signal<'s>> {
    Ok(match pair(s, name, a, b)? {
        Pair::Ints(a, b) => a <= b,
        Pair::Floats(a, b) => a <= b,
    })
}
