//! Sorted maps and sets: how they are made, ranges of them, and what the other natives need of them.
//!
//! One without a comparator has the order of `compare`, which is native. A comparator is a function of the program,
//! which a native cannot call: whoever needs its order returns [`Signal::Ordered`], and the machine calls the function
//! of the core named like the native with `-by*` behind. Those are Lisp: they search by index (`sorted-key-at*`),
//! and change the collection at an index (`sorted-put-at*`), which takes no order. A rank is the index of a key, or
//! -1 minus the index where it would be.

use super::{Answer, at_least, compare, fixed, int_at, key, truth};
use crate::native::{Call, Native, Signal};
use crate::seq;
use alloc::vec::Vec;
use core::cmp::Ordering;
use halt_heap::{Kind, Scope, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    at_least("sorted-map", 0, "Returns a sorted map of these keys and values.", |c| {
        let mut entries = Vec::with_capacity(c.args.len() / 2);
        for pair in c.args.chunks(2) {
            let &[k, value] = pair else {
                let shown =
                    crate::printer::print_limited(c.s, pair[0], true, crate::printer::PrintLimits::SHORT);
                return c.throw("argument", &alloc::format!("no value for the key {shown}"));
            };
            entries.push((key(c, k)?, value));
        }
        // One key has no other to be compared with, but must have an order.
        entries.first().map_or(Ok(Ordering::Equal), |first| compare::compare(c.s, first.0, first.0))?;
        c.s.sorted_map(Value::NIL, &entries, |a, b| compare::compare(c.s, a, b))
    }),
    at_least("sorted-set", 0, "Returns a sorted set of the arguments.", |c| {
        let values = c.args.iter().map(|value| key(c, *value)).collect::<Result<Vec<_>, _>>()?;
        values.first().map_or(Ok(Ordering::Equal), |first| compare::compare(c.s, *first, *first))?;
        c.s.sorted_set(Value::NIL, &values, |a, b| compare::compare(c.s, a, b))
    }),
    fixed("sorted-with*", 2, "Returns an empty sorted map, or set if the first argument is false.", |c| {
        Ok(if c.arg(0).is_truthy() {
            c.s.empty_sorted_map(c.arg(1))?
        } else {
            c.s.empty_sorted_set(c.arg(1))?
        })
    }),
    fixed("sorted?", 1, "Returns true if x is a sorted map or set.", |c| truth(is_sorted(c.s, c.arg(0)))),
    fixed("sorted-comparator*", 1, "Returns the comparator of a sorted collection, or nil.", |c| {
        Ok(c.s.sorted_comparator(sorted_at(c, 0)?))
    }),
    fixed("sorted-rank*", 2, "Returns the rank of a key in a sorted collection.", |c| {
        let coll = sorted_at(c, 0)?;
        let rank = c.s.sorted_rank(coll, key(c, c.arg(1))?, order(c.s, coll)?)?;
        Ok(c.s.int(match rank {
            Ok(index) => index as i64,
            Err(index) => -1 - index as i64,
        })?)
    }),
    fixed("sorted-key-at*", 2, "Returns the key with an index in a sorted collection.", |c| {
        let (coll, index) = (sorted_at(c, 0)?, int_at(c, 1)?.max(0) as usize);
        Ok(match c.s.kind(coll) {
            Kind::SortedMap => c.s.sorted_map_nth(coll, index).map(|entry| entry.0),
            _ => c.s.sorted_set_nth(coll, index),
        }
        .unwrap_or(Value::NIL))
    }),
    fixed("sorted-value-at*", 2, "Returns the value with an index in a sorted map.", |c| {
        let (map, index) = (sorted_at(c, 0)?, int_at(c, 1)?.max(0) as usize);
        if c.s.kind(map) != Kind::SortedMap {
            return c.wrong_argument(0, "a sorted map");
        }
        Ok(c.s.sorted_map_nth(map, index).map_or(Value::NIL, |entry| entry.1))
    }),
    fixed("sorted-put-at*", 4, "Returns a sorted collection with a key (and value) put at a rank.", |c| {
        let (coll, rank) = (sorted_at(c, 0)?, int_at(c, 1)?);
        let rank = if rank < 0 { Err((-1 - rank) as usize) } else { Ok(rank as usize) };
        let k = key(c, c.arg(2))?;
        Ok(match c.s.kind(coll) {
            Kind::SortedMap => c.s.sorted_map_put_at(coll, rank, k, c.arg(3))?,
            _ => c.s.sorted_set_put_at(coll, rank, k)?,
        })
    }),
    fixed("sorted-remove-at*", 2, "Returns a sorted collection without what is at a rank.", |c| {
        match usize::try_from(int_at(c, 1)?) {
            Ok(index) => Ok(c.s.sorted_remove_at(sorted_at(c, 0)?, index)?),
            Err(_) => Ok(c.arg(0)),
        }
    }),
    fixed(
        "sorted-range*",
        3,
        "Returns the sequence of a sorted collection from an index to before another, which may be the lower one, or nil.",
        |c| {
            let coll = sorted_at(c, 0)?;
            let count = c.s.sorted_count(coll) as i64;
            let (from, end) = (int_at(c, 1)?.clamp(-1, count), int_at(c, 2)?.clamp(-1, count));
            seq::sorted_seq(c.s, coll, from, end)
        },
    ),
];

/// Whether a value is a sorted map or set.
pub(super) fn is_sorted<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    matches!(s.kind(value), Kind::SortedMap | Kind::SortedSet)
}

fn sorted_at<'s>(call: &Call<'_, 's>, index: usize) -> Answer<'s> {
    match is_sorted(call.s, call.arg(index)) {
        true => Ok(call.arg(index)),
        false => call.wrong_argument(index, "a sorted map or set"),
    }
}

/// The order of a sorted collection, or the signal that it is one of the program.
pub(super) fn order<'s>(
    s: Scope<'s>,
    coll: Value<'s>,
) -> Result<impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, Signal<'s>>, Signal<'s>> {
    match s.sorted_comparator(coll).is_nil() {
        true => Ok(move |a, b| compare::compare(s, a, b)),
        false => Err(Signal::Ordered),
    }
}

/// What a key leads to in a sorted map or set, if it is there.
pub(crate) fn get<'s>(s: Scope<'s>, coll: Value<'s>, k: Value<'s>) -> Result<Option<Value<'s>>, Signal<'s>> {
    let order = order(s, coll)?;
    match s.kind(coll) {
        Kind::SortedMap => s.sorted_map_get(coll, k, order),
        _ => s.sorted_set_get(coll, k, order),
    }
}
