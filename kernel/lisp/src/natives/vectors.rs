//! Access by position: nth, subvec, chunks of sequences.

use super::{Answer, between, collections, fixed, int_at, sorted, vector_at};
use crate::native::{Call, Native, Signal};
use crate::printer::{self, PrintLimits};
use crate::{seq, tags};
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, Value};

/// Elements that a chunk of a sequence has at most.
const CHUNK: usize = 32;
/// Elements that `fold*` and `map*` go through in one call: a slice ends between calls only.
const AT_ONCE: usize = 256;

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    between(
        "nth",
        2,
        3,
        "Returns the element at an index; past the end, not-found if given, else it throws.",
        nth,
    ),
    between("subvec", 2, 3, "Returns a vector of the elements from start to below end.", subvec),
    fixed(
        "rseq",
        1,
        "Returns a sequence of a vector or a sorted collection in reverse order, or nil.",
        |c| {
            if sorted::is_sorted(c.s, c.arg(0)) {
                return seq::sorted_seq(c.s, c.arg(0), c.s.sorted_count(c.arg(0)) as i64 - 1, -1);
            }
            if c.s.kind(c.arg(0)) != Kind::Vector {
                return c.wrong_argument(0, "a vector or a sorted collection");
            }
            let reversed = c.s.vector_from(c.s.vector_iter(c.arg(0)).rev())?;
            seq::vector_seq(c.s, reversed, 0)
        },
    ),
    fixed(
        "chunk*",
        1,
        "Returns a vector of the next elements of a sequence on a vector or a sorted collection, or nil for other sequences.",
        chunk,
    ),
    fixed("chunk-rest*", 1, "Returns the sequence after the elements that chunk* returns, or nil.", |c| {
        match c.s.chunk_left(c.arg(0)) {
            0 => seq::indexed_rest(c.s, c.arg(0), CHUNK),
            left => {
                let rest = (0..left).fold(c.arg(0), |rest, _| c.s.rest_of(rest));
                Ok(if rest.is_identical(Value::EMPTY_LIST) { Value::NIL } else { rest })
            }
        }
    }),
    fixed(
        "simple*",
        1,
        "Returns true if f is a function of numbers or a predicate that is written in Rust: one for fold* and map*.",
        |c| Ok(Value::bool(simple(c).is_some())),
    ),
    fixed(
        "fold*",
        4,
        "Combines acc and the elements of a vector from an index on by a function that is simple*, for a while. Returns a vector of what came of it, maybe reduced, and the index of the next element.",
        fold,
    ),
    fixed(
        "map*",
        3,
        "Adds to a vector what a function that is simple* makes of the elements of another from that count on, for a while.",
        map,
    ),
    fixed(
        "select*",
        2,
        "Returns a vector of the elements of a vector beside which another has a true one.",
        |c| {
            let flags = c.s.vector_iter(vector_at(c, 1)?);
            let chosen = c.s.vector_iter(vector_at(c, 0)?).zip(flags).filter(|(_, flag)| flag.is_truthy());
            Ok(c.s.vector(&chosen.map(|(element, _)| element).collect::<Vec<_>>())?)
        },
    ),
    fixed(
        "as-vector*",
        1,
        "Returns a vector of the elements of a collection that is no lazy or linked sequence; nil for those.",
        as_vector,
    ),
    fixed(
        "range-chunk*",
        3,
        "Returns a vector of up to 32 integers from start on to below end, by step.",
        |c| {
            let (start, end, step) = (int_at(c, 0)?, int_at(c, 1)?, int_at(c, 2)?);
            let mut values = [Value::NIL; CHUNK];
            let (mut count, mut at) = (0, start);
            while count < CHUNK && (if step > 0 { at < end } else { at > end }) {
                values[count] = c.s.int(at)?;
                count += 1;
                match at.checked_add(step) {
                    Some(next) => at = next,
                    None => break,
                }
            }
            Ok(c.s.vector(&values[..count])?)
        },
    ),
];

fn nth<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (coll, index) = (call.arg(0), int_at(call, 1)?);
    match collections::nth(call, coll, index)? {
        Some(value) => Ok(value),
        None if call.args.len() > 2 => Ok(call.arg(2)),
        None if coll.is_nil() => Ok(Value::NIL),
        None => {
            let shown = printer::print_limited(call.s, coll, true, PrintLimits::SHORT);
            call.throw("index", &format!("index {index} is out of bounds for {shown}"))
        }
    }
}

fn subvec<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    if s.kind(call.arg(0)) != Kind::Vector {
        return call.wrong_argument(0, "a vector");
    }
    let count = s.vector_count(call.arg(0)) as i64;
    let start = int_at(call, 1)?;
    let end = if call.args.len() > 2 { int_at(call, 2)? } else { count };
    if start < 0 || end < start || end > count {
        let message =
            format!("subvec from {start} to {end} is out of bounds for a vector of {count} elements");
        return call.throw("index", &message);
    }
    Ok(s.vector_slice(call.arg(0), start as usize, end as usize)?)
}

fn chunk<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let seq = call.arg(0);
    if s.record_tag(seq) == Some(tags::SORTED_SEQ) {
        let mut elements = Vec::with_capacity(CHUNK);
        seq::for_each(s, seq, |element| {
            elements.push(element);
            Ok(elements.len() < CHUNK)
        })?;
        return Ok(s.vector(&elements)?);
    }
    let left = s.chunk_left(seq);
    if left > 0 {
        return Ok(s.vector(&s.list_iter(seq).take(left).collect::<Vec<_>>())?);
    }
    if s.record_tag(seq) != Some(tags::VECTOR_SEQ) {
        return Ok(Value::NIL);
    }
    let (vector, start) = seq::vector_seq_parts(s, call.arg(0));
    let count = s.vector_count(vector);
    if start == 0 && count <= CHUNK {
        return Ok(s.with_meta(vector, Value::NIL)?);
    }
    let end = count.min(start + CHUNK);
    let mut values = [Value::NIL; CHUNK];
    for (at, place) in values[..end - start].iter_mut().enumerate() {
        *place = s.vector_get(vector, start + at).unwrap_or(Value::NIL);
    }
    Ok(s.vector(&values[..end - start])?)
}

/// The first argument, if it is a native of which more than one call in a row may be made: it asks for nothing but to realise
/// an argument, and has had no effect then.
fn simple<'s>(call: &Call<'_, 's>) -> Option<&'static Native> {
    let (tags::NATIVE, _, words) = call.s.record_parts(call.arg(0))? else { return None };
    let native = call.runtime.native(words[0] as usize);
    let sets = [super::arithmetic::NATIVES, super::predicates::NATIVES];
    sets.into_iter().flatten().any(|known| known.name == native.name).then_some(native)
}

/// What a simple function makes of arguments; `None` when that takes more than a call.
fn call_simply<'s>(
    call: &Call<'_, 's>,
    native: &'static Native,
    args: &[Value<'s>],
) -> Result<Option<Value<'s>>, Signal<'s>> {
    let (least, most) = native.arity;
    if args.len() < least as usize || most.is_some_and(|most| args.len() > most as usize) {
        return Ok(None);
    }
    match (native.function)(&Call { args, native, ..*call }) {
        Ok(value) => Ok(Some(value)),
        Err(signal @ (Signal::Throw(_) | Signal::OutOfMemory)) => Err(signal),
        Err(_) => Ok(None),
    }
}

fn fold<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, vector) = (call.s, vector_at(call, 2)?);
    let (mut acc, from) = (call.arg(1), int_at(call, 3)? as usize);
    let mut at = from;
    if let Some(native) = simple(call) {
        while at - from < AT_ONCE
            && let Some(element) = s.vector_get(vector, at)
            && let Some(value) = call_simply(call, native, &[acc, element])?
        {
            (acc, at) = (value, at + 1);
            if s.record_tag(acc) == Some(tags::REDUCED) {
                break;
            }
        }
    }
    Ok(s.vector(&[acc, s.int(at as i64)?])?)
}

fn map<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, vector, out) = (call.s, vector_at(call, 1)?, vector_at(call, 2)?);
    let Some(native) = simple(call) else { return Ok(out) };
    let (from, mut made) = (s.vector_count(out), Vec::with_capacity(CHUNK));
    while made.len() < AT_ONCE
        && let Some(element) = s.vector_get(vector, from + made.len())
        && let Some(value) = call_simply(call, native, &[element])?
    {
        made.push(value);
    }
    if from == 0 {
        return Ok(s.vector(&made)?);
    }
    Ok(made.into_iter().try_fold(out, |out, value| s.vector_push(out, value))?)
}

fn as_vector<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, coll) = (call.s, call.arg(0));
    match s.kind(coll) {
        Kind::Vector => Ok(coll),
        Kind::Map | Kind::Set | Kind::SortedMap | Kind::SortedSet | Kind::String => {
            Ok(s.vector(&seq::to_vec(s, coll)?)?)
        }
        Kind::Record if let Some(vector) = seq::array(s, coll) => Ok(vector),
        Kind::Record if s.record_tag(coll) == Some(tags::SORTED_SEQ) => Ok(s.vector(&seq::to_vec(s, coll)?)?),
        Kind::Record if s.record_tag(coll) == Some(tags::VECTOR_SEQ) => {
            let (vector, start) = seq::vector_seq_parts(s, coll);
            Ok(s.vector_slice(vector, start, s.vector_count(vector))?)
        }
        _ => Ok(Value::NIL),
    }
}
