//! Arithmetic on numbers: what the instructions fall back to and the library uses.
//!
//! Integers are 64 bits with overflow errors; with a double on either side the result is a double; `tower.rs` has the rest.

use crate::boxed;
use crate::errors::throw;
use crate::native::Signal;
use crate::printer::{self, PrintLimits};
use crate::tower::{Fault, Number, Operation};
use alloc::format;
use core::cmp::Ordering;
use halt_heap::{Scope, Value};

/// Any number as a double; the error names the function.
pub fn number<'s>(s: Scope<'s>, name: &str, value: Value<'s>) -> Result<f64, Signal<'s>> {
    match (s.as_int(value), s.as_float(value)) {
        (Some(n), _) => Ok(n as f64),
        (_, Some(f)) => Ok(f),
        _ => Ok(any(s, name, value)?.float()),
    }
}

fn any<'s>(s: Scope<'s>, name: &str, value: Value<'s>) -> Result<Number, Signal<'s>> {
    boxed::unbox(s, value).ok_or_else(|| not_a_number(s, name, value))
}

/// The error for an argument that is no number.
#[cold]
pub fn not_a_number<'s>(s: Scope<'s>, name: &str, value: Value<'s>) -> Signal<'s> {
    let shown = printer::print_limited(s, value, true, PrintLimits::SHORT);
    throw(s, "type", &format!("{name} wants numbers, got {shown}"))
}

fn combined<'s>(
    s: Scope<'s>,
    (name, operation): (&str, Operation),
    (a, b): (Value<'s>, Value<'s>),
    ints: fn(i64, i64) -> Option<i64>,
    floats: fn(f64, f64) -> f64,
) -> Result<Value<'s>, Signal<'s>> {
    if let (Some(a), Some(b)) = (s.as_int(a), s.as_int(b))
        && let Some(n) = ints(a, b)
    {
        return Ok(s.int(n)?);
    }
    let (x, y) = (s.as_float(a), s.as_float(b));
    if x.is_some() || y.is_some() {
        let float = |n: Value<'s>| s.as_int(n).map(|n| n as f64);
        if let (Some(x), Some(y)) = (x.or_else(|| float(a)), y.or_else(|| float(b))) {
            return Ok(s.float(floats(x, y))?);
        }
    }
    match any(s, name, a)?.binary(operation, &any(s, name, b)?, false) {
        Ok(number) => Ok(boxed::to_value(s, &number)?),
        Err(fault) => Err(failed(s, fault, name, a, b)),
    }
}

#[cold]
fn failed<'s>(s: Scope<'s>, fault: Fault, name: &str, a: Value<'s>, b: Value<'s>) -> Signal<'s> {
    let [a, b] = [a, b].map(|value| printer::print_limited(s, value, true, PrintLimits::SHORT));
    throw(s, "arithmetic", &format!("{}: ({name} {a} {b})", fault.message()))
}

/// `(+ a b)`
pub fn add<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, Signal<'s>> {
    combined(s, ("+", Operation::Add), (a, b), i64::checked_add, |a, b| a + b)
}

/// `(- a b)`
pub fn subtract<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, Signal<'s>> {
    combined(s, ("-", Operation::Subtract), (a, b), i64::checked_sub, |a, b| a - b)
}

/// `(* a b)`
pub fn multiply<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, Signal<'s>> {
    combined(s, ("*", Operation::Multiply), (a, b), i64::checked_mul, |a, b| a * b)
}

/// The order of two numbers; none when one is not a number.
fn order<'s>(s: Scope<'s>, name: &str, a: Value<'s>, b: Value<'s>) -> Result<Option<Ordering>, Signal<'s>> {
    if let (Some(a), Some(b)) = (s.as_int(a), s.as_int(b)) {
        return Ok(Some(a.cmp(&b)));
    }
    if let (Some(a), Some(b)) = (s.as_float(a), s.as_float(b)) {
        return Ok(a.partial_cmp(&b));
    }
    Ok(any(s, name, a)?.compare(&any(s, name, b)?))
}

/// `(< a b)`
pub fn less<'s>(s: Scope<'s>, name: &str, a: Value<'s>, b: Value<'s>) -> Result<bool, Signal<'s>> {
    Ok(order(s, name, a, b)? == Some(Ordering::Less))
}

/// `(<= a b)`
pub fn less_equal<'s>(s: Scope<'s>, name: &str, a: Value<'s>, b: Value<'s>) -> Result<bool, Signal<'s>> {
    Ok(matches!(order(s, name, a, b)?, Some(Ordering::Less | Ordering::Equal)))
}
