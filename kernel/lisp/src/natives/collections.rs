//! What works on collections of every kind: conj, count, empty, into, and making them.

use super::{Answer, associative, at_least, between, delegate, fixed, key, sorted};
use crate::native::{Call, Native};
use crate::{seq, tags};
use alloc::vec::Vec;
use halt_heap::{Kind, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    at_least(
        "conj",
        0,
        "Returns coll with the elements added where it is cheapest: at the front of a list, at the end of a vector.",
        conj,
    ),
    fixed("count", 1, "Returns the number of elements of coll, 0 for nil.", count),
    fixed(
        "empty",
        1,
        "Returns an empty collection of the same kind, with the metadata of coll; nil for what is no collection.",
        empty,
    ),
    fixed("not-empty", 1, "Returns coll, or nil when it is empty.", |c| {
        Ok(if is_empty(c, c.arg(0))? { Value::NIL } else { c.arg(0) })
    }),
    fixed("into*", 2, "Returns to with all elements of from added.", into),
    at_least("list", 0, "Returns a list of the arguments.", |c| Ok(c.s.list(c.args)?)),
    at_least(
        "list*",
        1,
        "Returns a list of the arguments, the last of which is a sequence of further elements.",
        |c| {
            let (last, first) = (c.args[c.args.len() - 1], &c.args[..c.args.len() - 1]);
            onto(c, first, seq::seq(c.s, last)?)
        },
    ),
    at_least("list-of-parts", 0, "Returns a list of the elements of all the collections.", |c| {
        let mut elements = Vec::new();
        for part in c.args {
            elements.extend(seq::to_vec(c.s, *part)?);
        }
        Ok(c.s.list(&elements)?)
    }),
    between(
        "onto*",
        2,
        4,
        "Returns a sequence of the elements of a vector, a chunk of it, followed by a sequence. They are made of the next elements of another sequence, of those beside which a vector has a true one if it is given; or parted as sift* says.",
        |c| match c.s.vector_count(super::vector_at(c, 0)?) {
            0 => Ok(c.arg(1)),
            count => seq::chunk_seq(c.s, c.arg(0), 0, c.arg(1), parts(c, count)),
        },
    ),
    at_least("vector", 0, "Returns a vector of the arguments.", |c| Ok(c.s.vector(c.args)?)),
    fixed("vec", 1, "Returns a vector of the elements of coll.", |c| {
        if c.s.kind(c.arg(0)) == Kind::Vector {
            return Ok(c.s.with_meta(c.arg(0), Value::NIL)?);
        }
        Ok(c.s.vector(&seq::to_vec(c.s, c.arg(0))?)?)
    }),
    at_least("hash-set", 0, "Returns a set of the arguments.", |c| set(c, c.args)),
    fixed("set", 1, "Returns a set of the elements of coll.", |c| {
        if matches!(c.s.kind(c.arg(0)), Kind::Set | Kind::SortedSet) {
            return Ok(c.s.with_meta(c.arg(0), Value::NIL)?);
        }
        set(c, &seq::to_vec(c.s, c.arg(0))?)
    }),
    fixed("intersection*", 2, "Returns what two hash sets have in common; nil for anything else.", |c| {
        Ok(if are_hash_sets(c) { c.s.set_intersection(c.arg(0), c.arg(1))? } else { Value::NIL })
    }),
    fixed(
        "difference*",
        2,
        "Returns what only the first of two hash sets has; nil for anything else.",
        |c| Ok(if are_hash_sets(c) { c.s.set_difference(c.arg(0), c.arg(1))? } else { Value::NIL }),
    ),
    at_least("disj", 1, "Returns the set without these elements.", disj),
    fixed(
        "peek",
        1,
        "Returns the last element of a vector, the first one of a list; nil when it is empty.",
        |c| match c.s.kind(c.arg(0)) {
            Kind::Nil | Kind::EmptyList => Ok(Value::NIL),
            Kind::Vector => {
                let count = c.s.vector_count(c.arg(0));
                Ok(count.checked_sub(1).and_then(|last| c.s.vector_get(c.arg(0), last)).unwrap_or(Value::NIL))
            }
            Kind::Pair => Ok(c.s.first_of(c.arg(0))),
            _ => c.wrong_argument(0, "a vector or a list"),
        },
    ),
    fixed(
        "pop",
        1,
        "Returns a vector without its last element, a list without its first. Throws when it is empty.",
        |c| match c.s.kind(c.arg(0)) {
            Kind::Nil => Ok(Value::NIL),
            Kind::Vector => match c.s.vector_pop(c.arg(0))? {
                Some(vector) => Ok(vector),
                None => c.throw("state", "cannot pop an empty vector"),
            },
            Kind::Pair => seq::rest(c.s, c.arg(0)),
            Kind::EmptyList => c.throw("state", "cannot pop an empty list"),
            _ => c.wrong_argument(0, "a vector or a list"),
        },
    ),
];

fn conj<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let Some((coll, elements)) = call.args.split_first() else { return Ok(call.s.vector(&[])?) };
    let mut coll = *coll;
    for element in elements {
        coll = add(call, coll, *element)?;
    }
    Ok(coll)
}

/// One element more.
fn add<'s>(call: &Call<'_, 's>, coll: Value<'s>, element: Value<'s>) -> Answer<'s> {
    let s = call.s;
    match s.kind(coll) {
        Kind::Vector => Ok(s.vector_push(coll, element)?),
        Kind::Nil => Ok(s.list(&[element])?),
        Kind::EmptyList | Kind::Pair => Ok(s.with_meta(s.pair(element, coll)?, s.meta(coll))?),
        Kind::Set => Ok(s.set_conj(coll, key(call, element)?)?),
        Kind::SortedSet => s.sorted_set_conj(coll, key(call, element)?, sorted::order(call.s, coll)?),
        Kind::Map | Kind::SortedMap => match s.kind(element) {
            Kind::Vector if s.vector_count(element) == 2 => {
                let at = |index| s.vector_get(element, index).unwrap_or(Value::NIL);
                associative::assoc(call, coll, at(0), at(1))
            }
            Kind::Vector => call.throw("argument", "a vector that is added to a map must be a pair"),
            Kind::Map | Kind::SortedMap => associative::merge(call, coll, element),
            Kind::Nil => Ok(coll),
            _ if seq::is_seq(s, element) => {
                let mut map = coll;
                for entry in seq::to_vec(s, element)? {
                    if s.kind(entry) != Kind::Vector {
                        return call.throw("type", "a map takes entries: vectors of a key and a value");
                    }
                    map = add(call, map, entry)?;
                }
                Ok(map)
            }
            _ => call.wrong_argument(1, "a pair or a map to add to a map"),
        },
        Kind::Record if seq::is_seq(s, coll) => Ok(s.pair(element, coll)?),
        _ => call.wrong_argument(0, "a collection"),
    }
}

fn count<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let coll = call.arg(0);
    let count = match s.kind(coll) {
        Kind::Nil | Kind::EmptyList => 0,
        Kind::Vector => s.vector_count(coll),
        Kind::Map => s.map_count(coll),
        Kind::Set => s.set_count(coll),
        Kind::SortedMap | Kind::SortedSet => s.sorted_count(coll),
        Kind::String => s.string_char_count(coll).unwrap_or(0),
        Kind::Bytes => s.as_bytes(coll).map_or(0, <[u8]>::len),
        _ if seq::is_seq(s, coll) => {
            if let Some(count) = s.list_count(coll) {
                return Ok(s.int(count as i64)?);
            }
            if let count @ 1.. = seq::indexed_count(s, coll) {
                return Ok(s.int(count as i64)?);
            }
            let mut count = 0;
            seq::for_each(s, coll, |_| {
                count += 1;
                Ok(true)
            })?;
            count
        }
        _ if let Some(vector) = seq::array(s, coll) => s.vector_count(vector),
        _ => return call.wrong_argument(0, "a collection"),
    };
    Ok(s.int(count as i64)?)
}

/// Whether a collection has no elements; cheaper than its sequence.
pub(super) fn is_empty<'s>(call: &Call<'_, 's>, coll: Value<'s>) -> Result<bool, crate::Signal<'s>> {
    let s = call.s;
    Ok(match s.kind(coll) {
        Kind::Vector => s.vector_count(coll) == 0,
        Kind::Map => s.map_count(coll) == 0,
        Kind::Set => s.set_count(coll) == 0,
        Kind::SortedMap | Kind::SortedSet => s.sorted_count(coll) == 0,
        Kind::String => s.string_len(coll).is_none_or(|bytes| bytes == 0),
        _ => seq::seq(s, coll)?.is_nil(),
    })
}

fn empty<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let coll = call.arg(0);
    let empty = match s.kind(coll) {
        Kind::Vector => s.vector(&[])?,
        Kind::Map => s.empty_map()?,
        Kind::Set => s.empty_set()?,
        Kind::SortedMap | Kind::SortedSet => return Ok(s.sorted_empty(coll)?),
        _ if seq::is_seq(s, coll) => return Ok(Value::EMPTY_LIST),
        _ => return Ok(Value::NIL),
    };
    let meta = s.meta(coll);
    Ok(if meta.is_nil() { empty } else { s.with_meta(empty, meta)? })
}

fn into<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let (to, from) = (call.arg(0), call.arg(1));
    match (s.kind(to), s.kind(from)) {
        (_, Kind::Nil) => return Ok(to),
        (Kind::Vector, Kind::Vector) => return Ok(s.vector_concat(to, from)?),
        (Kind::Map, Kind::Map) => return Ok(s.map_merge(to, from)?),
        (Kind::Set, Kind::Set) => return Ok(s.set_union(to, from)?),
        _ => {}
    }
    let elements = seq::to_vec(s, from)?;
    match s.kind(to) {
        Kind::Vector if s.vector_count(to) == 0 => Ok(s.with_meta(s.vector(&elements)?, s.meta(to))?),
        Kind::Vector => Ok(s.vector_concat(to, s.vector(&elements)?)?),
        _ => {
            let mut coll = to;
            for element in elements {
                coll = add(call, coll, element)?;
            }
            Ok(coll)
        }
    }
}

/// How a chunk is parted: as what it was made of.
fn parts(call: &Call<'_, '_>, count: usize) -> seq::Parts {
    let (s, flags) = (call.s, call.arg(3));
    if let Some(parts) = s.as_int(flags) {
        return parts.to_le_bytes();
    }
    if s.kind(flags) != Kind::Vector {
        let is_parted = count > seq::CHUNK && !call.arg(2).is_nil();
        return if is_parted { seq::parts_of(s, call.arg(2), count) } else { [0; seq::PARTS_MAX] };
    }
    let mut flags = s.vector_iter(flags);
    let whole = seq::parts_of(s, call.arg(2), flags.len());
    whole.map(|part| flags.by_ref().take(part as usize).filter(|flag| flag.is_truthy()).count() as u8)
}

fn are_hash_sets(call: &Call) -> bool {
    [0, 1].into_iter().all(|index| call.s.kind(call.arg(index)) == Kind::Set)
}

/// The elements, followed by a sequence (or nil).
pub(super) fn onto<'s>(call: &Call<'_, 's>, elements: &[Value<'s>], rest: Value<'s>) -> Answer<'s> {
    let s = call.s;
    if elements.is_empty() {
        return Ok(rest);
    }
    if rest.is_nil() || s.kind(rest) == Kind::EmptyList {
        return Ok(s.list(elements)?);
    }
    let mut list = rest;
    for element in elements.iter().rev() {
        list = s.pair(*element, list)?;
    }
    Ok(list)
}

fn set<'s>(call: &Call<'_, 's>, elements: &[Value<'s>]) -> Answer<'s> {
    if elements.iter().any(|element| call.s.record_tag(*element).is_some()) {
        let keys = elements.iter().map(|element| key(call, *element)).collect::<Result<Vec<_>, _>>()?;
        return Ok(call.s.set(&keys)?);
    }
    Ok(call.s.set(elements)?)
}

fn disj<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let mut set = call.arg(0);
    match call.s.kind(set) {
        Kind::Nil => return Ok(Value::NIL),
        Kind::Set => {}
        Kind::SortedSet => {
            for element in &call.args[1..] {
                set = call.s.sorted_set_disj(set, key(call, *element)?, sorted::order(call.s, set)?)?;
            }
            return Ok(set);
        }
        _ => return call.wrong_argument(0, "a set"),
    }
    for element in &call.args[1..] {
        set = call.s.set_disj(set, key(call, *element)?)?;
    }
    Ok(set)
}

/// The element at an index of any collection that has an order; `None` past its end.
pub(super) fn nth<'s>(
    call: &Call<'_, 's>,
    coll: Value<'s>,
    index: i64,
) -> Result<Option<Value<'s>>, crate::Signal<'s>> {
    let s = call.s;
    let Ok(at) = usize::try_from(index) else { return Ok(None) };
    match s.kind(coll) {
        Kind::Vector => Ok(s.vector_get(coll, at)),
        Kind::Nil | Kind::EmptyList => Ok(None),
        Kind::String => Ok(s.string_char_at(coll, at).map(Value::char)),
        Kind::Record
            if matches!(s.record_tag(coll), Some(tags::VECTOR_SEQ | tags::SORTED_SEQ | tags::RANGE_SEQ)) =>
        {
            seq::indexed_nth(s, coll, at)
        }
        _ if seq::is_seq(s, coll) => {
            let (mut rest, mut left) = (coll, at);
            loop {
                let here = match seq::seq(s, rest) {
                    Ok(here) => here,
                    // Far into a sequence that is not realised: go on from here, lest the walk start over for each element.
                    Err(_) if left < at => {
                        let has_default = call.args.len() > 2;
                        let arguments = [rest, s.int(left as i64)?, call.arg(2), Value::bool(has_default)];
                        return delegate(call, "clojure.core/nth-lazy*", &arguments);
                    }
                    Err(signal) => return Err(signal),
                };
                if here.is_nil() {
                    return Ok(None);
                }
                if left == 0 {
                    return Ok(Some(seq::first(s, here)?));
                }
                (rest, left) = (seq::rest(s, here)?, left - 1);
            }
        }
        _ if let Some(vector) = seq::array(s, coll) => Ok(s.vector_get(vector, at)),
        _ => call.wrong_argument(0, "a sequential collection"),
    }
}
