//! Arithmetic on numbers: what the instructions fall back to and the library uses.
//!
//! Integers are 64 bits with overflow errors; with a double on either side the result is a double; `tower.rs` has the rest.

use crate::boxed;
use crate::errors::throw;
use crate::native::Signal;
use crate::node::Primitive;
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
    (written, operation): (Primitive, Operation),
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
    match any(s, written.name(), a)?.binary(operation, &any(s, written.name(), b)?, false) {
        Ok(number) => Ok(boxed::to_value(s, &number)?),
        Err(fault) => Err(failed(s, fault, written, a, b)),
    }
}

#[cold]
fn failed<'s>(s: Scope<'s>, fault: Fault, written: Primitive, a: Value<'s>, b: Value<'s>) -> Signal<'s> {
    let (name, message) = (written.name(), fault.message());
    let [a, b] = [a, b].map(|value| printer::print_limited(s, value, true, PrintLimits::SHORT));
    let call = match written {
        Primitive::Inc | Primitive::Dec => format!("({name} {a})"),
        _ => format!("({name} {a} {b})"),
    };
    throw(s, "arithmetic", &format!("{message}: {call}"))
}

/// `(+ a b)`
pub fn add<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, Signal<'s>> {
    written(s, Primitive::Add, a, b)
}

/// `(- a b)`
pub fn subtract<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, Signal<'s>> {
    written(s, Primitive::Subtract, a, b)
}

/// `(* a b)`
pub fn multiply<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, Signal<'s>> {
    written(s, Primitive::Multiply, a, b)
}

/// A sum, difference or product as the program wrote it, which the error names. What `inc` and `dec` add or take, a one, is `b`.
pub(crate) fn written<'s>(
    s: Scope<'s>,
    written: Primitive,
    a: Value<'s>,
    b: Value<'s>,
) -> Result<Value<'s>, Signal<'s>> {
    match written {
        Primitive::Add | Primitive::Inc => {
            combined(s, (written, Operation::Add), (a, b), i64::checked_add, |a, b| a + b)
        }
        Primitive::Subtract | Primitive::Dec => {
            combined(s, (written, Operation::Subtract), (a, b), i64::checked_sub, |a, b| a - b)
        }
        Primitive::Multiply => {
            combined(s, (written, Operation::Multiply), (a, b), i64::checked_mul, |a, b| a * b)
        }
        _ => unreachable!("{} makes no number", written.name()),
    }
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
pub fn less<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<bool, Signal<'s>> {
    holds(s, Primitive::Less, a, b)
}

/// `(<= a b)`
pub fn less_equal<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<bool, Signal<'s>> {
    holds(s, Primitive::LessEqual, a, b)
}

/// A comparison as the program wrote it, which the error names.
pub(crate) fn holds<'s>(
    s: Scope<'s>,
    written: Primitive,
    a: Value<'s>,
    b: Value<'s>,
) -> Result<bool, Signal<'s>> {
    let order = order(s, written.name(), a, b)?;
    Ok(match written {
        Primitive::Less => order == Some(Ordering::Less),
        Primitive::LessEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Primitive::Greater => order == Some(Ordering::Greater),
        Primitive::GreaterEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        _ => unreachable!("{} does not compare", written.name()),
    })
}
