//! Equality, identity, hash and order.

use super::{at_least, delegate, fixed, key, truth};
use crate::native::{Call, Native, Signal};
use crate::{boxed, seq, tagged};
use alloc::vec::Vec;
use core::cmp::Ordering;
use halt_heap::{Kind, Scope, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    at_least("=", 1, "Returns true if the values are equal. Integers never equal doubles (see ==).", |c| {
        truth(all_equal(c, "clojure.core/all-equal*")?)
    }),
    at_least("not=", 1, "Returns true if the values are not all equal.", |c| {
        truth(!all_equal(c, "clojure.core/not-all-equal*")?)
    }),
    fixed("identical?", 2, "Returns true if x and y are the same object.", |c| {
        truth(c.arg(0).is_identical(c.arg(1)) || both_same_handle(c))
    }),
    fixed("hash", 1, "Returns the hash of a value: equal values have equal hashes.", |c| {
        if c.arg(0).is_nil() {
            return Ok(c.s.int(0)?);
        }
        seq::realise_deep(c.s, c.arg(0))?;
        Ok(c.s.int(c.s.hash(key(c, c.arg(0))?) as i32 as i64)?)
    }),
    fixed(
        "compare",
        2,
        "Returns a negative number, zero or a positive number as x is less than, equal to or greater than y. nil is least.",
        |c| {
            let order = compare(c.s, c.arg(0), c.arg(1))?;
            Ok(c.s.int(distance(c.s, c.arg(0), c.arg(1)).unwrap_or(order as i64))?)
        },
    ),
    fixed("sort*", 1, "Returns a vector of the elements of coll, sorted by compare.", |c| {
        let mut elements = seq::to_vec(c.s, c.arg(0))?;
        sort(c, &mut elements, |element| *element)?;
        Ok(c.s.vector(&elements)?)
    }),
    fixed(
        "sort-pairs*",
        1,
        "Returns a vector of the second elements of a vector of pairs, sorted by the first ones.",
        |c| {
            let mut pairs = Vec::new();
            for pair in c.s.vector_iter(super::vector_at(c, 0)?) {
                if c.s.kind(pair) != Kind::Vector {
                    return c.wrong_argument(0, "a vector of pairs");
                }
                let at = |index| c.s.vector_get(pair, index).unwrap_or(Value::NIL);
                pairs.push((at(0), at(1)));
            }
            sort(c, &mut pairs, |pair| pair.0)?;
            Ok(c.s.vector_from(pairs.into_iter().map(|pair| pair.1))?)
        },
    ),
];

/// How far apart texts and characters are, which is what Clojure answers for them.
fn distance<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Option<i64> {
    if let (Some(a), Some(b)) = (a.as_char(), b.as_char()) {
        return Some(a as i64 - b as i64);
    }
    let (a, b) = (s.as_str(a)?, s.as_str(b)?);
    match a.chars().zip(b.chars()).find(|(a, b)| a != b) {
        Some((a, b)) => Some(a as i64 - b as i64),
        None => Some(a.chars().count() as i64 - b.chars().count() as i64),
    }
}

/// Whether all arguments are equal. Where some have to be realised, `walk` answers instead.
fn all_equal<'s>(call: &Call<'_, 's>, walk: &str) -> Result<bool, Signal<'s>> {
    for pair in call.args.windows(2) {
        match seq::equal(call.s, pair[0], pair[1]) {
            Ok(true) => {}
            Err(Signal::Force(_) | Signal::ForceAll(_)) => return delegate(call, walk, call.args),
            answer => return answer,
        }
    }
    Ok(true)
}

/// Atoms and the like are equal only to themselves.
fn both_same_handle<'s>(call: &Call<'_, 's>) -> bool {
    let s = call.s;
    match s.kind(call.arg(0)) {
        Kind::Atom | Kind::Cell | Kind::Record | Kind::String => s.equal(call.arg(0), call.arg(1)),
        _ => false,
    }
}

/// A stable sort by `compare`; the first values that have no order end it with their error.
fn sort<'s, T>(
    call: &Call<'_, 's>,
    elements: &mut [T],
    by: impl Fn(&T) -> Value<'s>,
) -> Result<(), Signal<'s>> {
    let mut failure = None;
    elements.sort_by(|a, b| {
        if failure.is_some() {
            return Ordering::Equal;
        }
        compare(call.s, by(a), by(b)).unwrap_or_else(|signal| {
            failure = Some(signal);
            Ordering::Equal
        })
    });
    failure.map_or(Ok(()), Err)
}

/// The order of two values of a kind.
#[inline]
pub(super) fn compare<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Ordering, Signal<'s>> {
    match s.compare(a, b) {
        Some(order) => Ok(order),
        None => compare_numbers(s, a, b),
    }
}

/// The same for what the heap does not know: numbers that are records, and vectors that hold some.
fn compare_numbers<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Ordering, Signal<'s>> {
    let mut pending = alloc::vec![(a, b)];
    while let Some((a, b)) = pending.pop() {
        let order = if s.kind(a) == Kind::Vector && s.kind(b) == Kind::Vector {
            let elements: Vec<_> = s.vector_iter(a).zip(s.vector_iter(b)).collect();
            let order = s.vector_count(a).cmp(&s.vector_count(b));
            if order == Ordering::Equal {
                pending.extend(elements.into_iter().rev());
            }
            order
        } else {
            match s.compare(a, b).or_else(|| leaves(s, a, b)) {
                Some(order) => order,
                None => {
                    let shown = [a, b].map(|value| {
                        crate::printer::print_limited(s, value, true, crate::printer::PrintLimits::SHORT)
                    });
                    let message = alloc::format!("cannot compare {} with {}", shown[0], shown[1]);
                    return Err(crate::errors::throw(s, "type", &message));
                }
            }
        };
        if order != Ordering::Equal {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}

fn leaves<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (boxed::unbox(s, a), boxed::unbox(s, b)) {
        return Some(a.compare(&b).unwrap_or(Ordering::Equal));
    }
    if tagged::text(s, a).is_some() && s.record_tag(a) == s.record_tag(b) {
        // As Java does, UUIDs by signed halves.
        let words = |value| s.record_words(value).iter().map(|word| *word as i64);
        return Some(words(a).cmp(words(b)));
    }
    s.equal(a, b).then_some(Ordering::Equal)
}
