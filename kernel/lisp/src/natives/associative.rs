//! Maps, and what works by key on maps, vectors and sets.

use super::{Answer, at_least, between, collections, delegate, fixed, key, sorted, truth};
use crate::native::{Call, Native};
use crate::printer::{self, PrintLimits};
use crate::seq;
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    between(
        "get",
        2,
        3,
        "Returns the value of a key in a map, set, vector or string; else not-found or nil.",
        |c| Ok(get(c, c.arg(0), c.arg(1))?.unwrap_or(c.arg(2))),
    ),
    between(
        "get-in",
        2,
        3,
        "Returns the value at a path of keys in nested collections; else not-found or nil.",
        |c| {
            let mut at = c.arg(0);
            for step in seq::to_vec(c.s, c.arg(1))? {
                match get(c, at, step)? {
                    Some(value) => at = value,
                    None => return Ok(c.arg(2)),
                }
            }
            Ok(at)
        },
    ),
    at_least(
        "assoc",
        1,
        "Returns a map with these keys and values, or a vector with these indexes and values.",
        |c| {
            if c.args.len() % 2 == 0 {
                let shown = printer::print_limited(c.s, c.args[c.args.len() - 1], true, PrintLimits::SHORT);
                return c.throw("argument", &format!("assoc wants a value for every key: {shown} has none"));
            }
            let mut coll = c.arg(0);
            for pair in c.args[1..].chunks_exact(2) {
                coll = assoc(c, coll, pair[0], pair[1])?;
            }
            Ok(coll)
        },
    ),
    fixed(
        "assoc-in",
        3,
        "Returns the nested collection with the value at a path of keys; maps are made where they are missing.",
        assoc_in,
    ),
    at_least("dissoc", 1, "Returns the map without these keys.", |c| {
        let mut map = c.arg(0);
        match c.s.kind(map) {
            Kind::Nil => return Ok(Value::NIL),
            Kind::Map => {}
            Kind::SortedMap => {
                for k in &c.args[1..] {
                    map = c.s.sorted_map_dissoc(map, key(c, *k)?, sorted::order(c.s, map)?)?;
                }
                return Ok(map);
            }
            _ => return c.wrong_argument(0, "a map"),
        }
        for k in &c.args[1..] {
            map = c.s.map_dissoc(map, key(c, *k)?)?;
        }
        Ok(map)
    }),
    fixed(
        "contains?",
        2,
        "Returns true if a map or set has this key, or a vector or string this index.",
        contains,
    ),
    fixed("find", 2, "Returns the entry of a key in a map or vector as [key value], or nil.", find),
    fixed("keys", 1, "Returns a sequence of the keys of a map, or nil when it is empty.", |c| parts(c, true)),
    fixed("vals", 1, "Returns a sequence of the values of a map, or nil when it is empty.", |c| {
        parts(c, false)
    }),
    fixed("key", 1, "Returns the key of a map entry.", |c| entry(c, 0)),
    fixed("val", 1, "Returns the value of a map entry.", |c| entry(c, 1)),
    at_least("hash-map", 0, "Returns a map of these keys and values.", |c| map(c, c.args)),
    at_least(
        "array-map",
        0,
        "Returns a map of these keys and values. Its order is that of every map.",
        |c| map(c, c.args),
    ),
    fixed(
        "map-of-rest",
        1,
        "Returns the map of the keys and values in a sequence, which may end in a map; what is no sequence stays as it is.",
        map_of_rest,
    ),
    at_least(
        "merge",
        0,
        "Returns the first map with the entries of the others added; later ones win.",
        |c| {
            let mut result = Value::NIL;
            for (index, map) in c.args.iter().enumerate() {
                result = match (c.s.kind(result), c.s.kind(*map)) {
                    (_, Kind::Nil) => result,
                    (Kind::Nil, Kind::Map) => *map,
                    (Kind::Nil, Kind::SortedMap) => *map,
                    (Kind::Nil, _) if index + 1 < c.args.len() => *map,
                    (Kind::Map | Kind::SortedMap, Kind::Map | Kind::SortedMap) => merge(c, result, *map)?,
                    (_, Kind::Vector | Kind::Pair) | (Kind::Vector | Kind::Set | Kind::Pair, _) => {
                        return delegate(c, "clojure.core/merge-by*", c.args);
                    }
                    _ => return c.wrong_argument(index, "a map"),
                };
            }
            Ok(result)
        },
    ),
    fixed("select-keys", 2, "Returns a map of those entries whose keys are in ks.", |c| {
        let mut selected = c.s.empty_map()?;
        for k in seq::to_vec(c.s, c.arg(1))? {
            if let Some(value) = get(c, c.arg(0), k)? {
                selected = c.s.map_assoc(selected, key(c, k)?, value)?;
            }
        }
        Ok(if seq::is_map(c.s, c.arg(0)) { c.s.with_meta(selected, c.s.meta(c.arg(0)))? } else { selected })
    }),
    fixed("frequencies", 1, "Returns a map from each element of coll to how often it occurs.", |c| {
        let mut counts = c.s.empty_map()?;
        for element in seq::to_vec(c.s, c.arg(0))? {
            let element = key(c, element)?;
            let count = c.s.map_get(counts, element).and_then(Value::as_small_int).unwrap_or(0);
            counts = c.s.map_assoc(counts, element, c.s.int(count + 1)?)?;
        }
        Ok(counts)
    }),
    fixed("entries*", 1, "Returns a vector of the entries of a map or vector as [key value].", |c| {
        match c.s.kind(c.arg(0)) {
            Kind::Nil => Ok(c.s.vector(&[])?),
            Kind::Map | Kind::SortedMap => Ok(c.s.vector(&seq::to_vec(c.s, c.arg(0))?)?),
            Kind::Vector => {
                let mut entries = Vec::with_capacity(c.s.vector_count(c.arg(0)));
                for (index, value) in c.s.vector_iter(c.arg(0)).enumerate() {
                    entries.push(c.s.vector(&[c.s.int(index as i64)?, value])?);
                }
                Ok(c.s.vector(&entries)?)
            }
            _ if seq::is_seq(c.s, c.arg(0)) => Ok(c.s.vector(&seq::to_vec(c.s, c.arg(0))?)?),
            _ => c.wrong_argument(0, "a map or a vector"),
        }
    }),
];

fn index_of<'s>(call: &Call<'_, 's>, value: Value<'s>) -> Option<usize> {
    match call.s.as_int(value) {
        Some(n) => usize::try_from(n).ok(),
        None if crate::boxed::is_boxed(call.s, value) => match crate::boxed::unbox(call.s, value) {
            Some(crate::tower::Number::Big(n)) => num_traits::ToPrimitive::to_usize(&n),
            _ => None,
        },
        None => None,
    }
}

/// What a key leads to in a collection, if it is there.
pub(super) fn get<'s>(
    call: &Call<'_, 's>,
    coll: Value<'s>,
    k: Value<'s>,
) -> Result<Option<Value<'s>>, crate::Signal<'s>> {
    let s = call.s;
    Ok(match s.kind(coll) {
        Kind::Map => s.map_get(coll, key(call, k)?),
        Kind::Set => s.set_get(coll, key(call, k)?),
        Kind::SortedMap | Kind::SortedSet => sorted::get(s, coll, key(call, k)?)?,
        Kind::Vector => index_of(call, k).and_then(|index| s.vector_get(coll, index)),
        Kind::Record => crate::tagged::part(s, coll, k),
        Kind::String => match s.as_int(k) {
            Some(index) => collections::nth(call, coll, index)?,
            None => None,
        },
        _ => None,
    })
}

/// The entries of one map over those of another, each of which may be sorted.
pub(super) fn merge<'s>(call: &Call<'_, 's>, into: Value<'s>, from: Value<'s>) -> Answer<'s> {
    if call.s.kind(into) == Kind::Map && call.s.kind(from) == Kind::Map {
        return Ok(call.s.map_merge(into, from)?);
    }
    let mut map = into;
    for (k, value) in seq::map_entries(call.s, from) {
        map = assoc(call, map, k, value)?;
    }
    Ok(map)
}

pub(super) fn assoc<'s>(call: &Call<'_, 's>, coll: Value<'s>, k: Value<'s>, value: Value<'s>) -> Answer<'s> {
    let s = call.s;
    match s.kind(coll) {
        Kind::Map => Ok(s.map_assoc(coll, key(call, k)?, value)?),
        Kind::Nil => Ok(s.map(&[(key(call, k)?, value)])?),
        Kind::SortedMap => s.sorted_map_assoc(coll, key(call, k)?, value, sorted::order(call.s, coll)?),
        Kind::Vector => {
            let count = s.vector_count(coll);
            match index_of(call, k) {
                Some(index) if index == count => Ok(s.vector_push(coll, value)?),
                Some(index) if index < count => Ok(s.vector_assoc(coll, index, value)?.unwrap_or(coll)),
                _ => {
                    let shown = printer::print_limited(s, k, true, PrintLimits::SHORT);
                    let message = format!("index {shown} is out of bounds for a vector of {count} elements");
                    call.throw(if s.as_int(k).is_some() { "index" } else { "type" }, &message)
                }
            }
        }
        _ => call.wrong_argument(0, "a map or a vector"),
    }
}

fn assoc_in<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let path = seq::to_vec(call.s, call.arg(1))?;
    // As in Clojure, an empty path is a path of the key nil.
    let path = if path.is_empty() { alloc::vec![Value::NIL] } else { path };
    let mut levels = Vec::with_capacity(path.len());
    let mut at = call.arg(0);
    for step in &path {
        levels.push(at);
        at = get(call, at, *step)?.unwrap_or(Value::NIL);
    }
    let mut value = call.arg(2);
    for (level, step) in levels.into_iter().zip(path).rev() {
        value = assoc(call, level, step, value)?;
    }
    Ok(value)
}

fn contains<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, coll, k) = (call.s, call.arg(0), call.arg(1));
    truth(match s.kind(coll) {
        Kind::Nil => false,
        Kind::Map => s.map_get(coll, key(call, k)?).is_some(),
        Kind::Set => s.set_contains(coll, key(call, k)?),
        Kind::SortedMap | Kind::SortedSet => {
            s.sorted_rank(coll, key(call, k)?, sorted::order(call.s, coll)?)?.is_ok()
        }
        Kind::Vector => index_of(call, k).is_some_and(|index| index < s.vector_count(coll)),
        Kind::String => get(call, coll, k)?.is_some(),
        _ => return call.wrong_argument(0, "a map, a set, a vector or a string"),
    })
}

fn find<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, coll, k) = (call.s, call.arg(0), call.arg(1));
    let entry = match s.kind(coll) {
        Kind::Nil => None,
        Kind::Map => s.map_find(coll, key(call, k)?),
        Kind::SortedMap => s.sorted_map_find(coll, key(call, k)?, sorted::order(call.s, coll)?)?,
        Kind::Vector => index_of(call, k).and_then(|index| s.vector_get(coll, index)).map(|value| (k, value)),
        _ => return call.wrong_argument(0, "a map or a vector"),
    };
    match entry {
        Some((k, value)) => Ok(s.vector(&[k, value])?),
        None => Ok(Value::NIL),
    }
}

fn parts<'s>(call: &Call<'_, 's>, first: bool) -> Answer<'s> {
    let s = call.s;
    let list = match s.kind(call.arg(0)) {
        Kind::Map => {
            s.map_iter(call.arg(0)).map(|(k, value)| if first { k } else { value }).collect::<Vec<_>>()
        }
        Kind::SortedMap => {
            s.sorted_map_iter(call.arg(0)).map(|(k, value)| if first { k } else { value }).collect()
        }
        Kind::Nil => return Ok(Value::NIL),
        _ if seq::seq(s, call.arg(0)).is_ok_and(Value::is_nil) => return Ok(Value::NIL),
        Kind::Pair | Kind::Record | Kind::Vector => {
            let mut parts = Vec::new();
            for entry in seq::to_vec(s, call.arg(0))? {
                match s.kind(entry) {
                    Kind::Vector if s.vector_count(entry) == 2 => {
                        parts.extend(s.vector_get(entry, if first { 0 } else { 1 }));
                    }
                    _ => return call.wrong_argument(0, "a map"),
                }
            }
            parts
        }
        _ => return call.wrong_argument(0, "a map"),
    };
    seq::vector_seq(s, s.vector(&list)?, 0)
}

fn entry<'s>(call: &Call<'_, 's>, index: usize) -> Answer<'s> {
    let entry = call.arg(0);
    if call.s.kind(entry) != Kind::Vector || call.s.vector_count(entry) != 2 {
        return call.wrong_argument(0, "a map entry");
    }
    Ok(call.s.vector_get(entry, index).unwrap_or(Value::NIL))
}

fn map<'s>(call: &Call<'_, 's>, items: &[Value<'s>]) -> Answer<'s> {
    if items.len() % 2 == 1 {
        let shown = printer::print_limited(call.s, items[items.len() - 1], true, PrintLimits::SHORT);
        return call.throw("argument", &format!("no value for the key {shown}"));
    }
    let mut entries = Vec::with_capacity(items.len() / 2);
    for pair in items.chunks_exact(2) {
        entries.push((key(call, pair[0])?, pair[1]));
    }
    Ok(call.s.map(&entries)?)
}

fn map_of_rest<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    if !seq::is_seq(s, call.arg(0)) {
        return Ok(call.arg(0));
    }
    let mut items = seq::to_vec(s, call.arg(0))?;
    let last = if items.len() % 2 == 1 { items.pop() } else { None };
    match last {
        Some(last) if seq::is_map(s, last) => merge(call, map(call, &items)?, last),
        Some(last) => {
            items.push(last);
            map(call, &items)
        }
        None => map(call, &items),
    }
}
