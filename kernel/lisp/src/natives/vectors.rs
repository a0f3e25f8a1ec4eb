//! Access by position: nth, subvec, chunks of sequences.

use super::{Answer, between, collections, fixed, int_at, plain, simple, sorted, takes, vector_at};
use crate::native::{Call, Native, Signal};
use crate::printer::{self, PrintLimits};
use crate::seq::CHUNK;
use crate::{seq, tags};
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, Value};

/// Elements that `fold*` and `map*` go through in one call: a slice ends between calls only.
const AT_ONCE: usize = CHUNK * seq::PARTS_MAX;

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
    between(
        "chunk*",
        1,
        2,
        "Returns a vector of the next elements of a sequence that has chunks, or nil for other sequences. With a true second argument they may be more than 32.",
        chunk,
    ),
    fixed("chunk-rest*", 2, "Returns the sequence after a chunk that chunk* returned, or nil.", chunk_rest),
    fixed(
        "simple*",
        1,
        "Returns true if f is a function of numbers or a predicate that is written in Rust: one for fold* and map*.",
        |c| Ok(Value::bool(simple(c, c.arg(0)).is_some())),
    ),
    fixed("plain*", 1, "Returns true if f is a function written in Rust that swap-plain* calls.", |c| {
        Ok(Value::bool(plain(c, c.arg(0)).is_some()))
    }),
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
            Ok(c.s.vector_from(chosen.map(|(element, _)| element))?)
        },
    ),
    fixed(
        "as-vector*",
        1,
        "Returns a vector of the elements of a collection that is no lazy or linked sequence; nil for those.",
        as_vector,
    ),
    fixed(
        "range*",
        3,
        "Returns the integers from start on to below end, by step, as one value; nil when there are none or very many.",
        |c| seq::range_seq(c.s, int_at(c, 0)?, int_at(c, 1)?, int_at(c, 2)?),
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
    let (s, seq) = (call.s, call.arg(0));
    let most = if call.arg(1).is_truthy() { AT_ONCE } else { CHUNK };
    match s.record_tag(seq) {
        Some(tags::CHUNK_SEQ) if let Some((vector, index, _)) = seq::chunk_parts(s, seq) => {
            let most = match call.arg(1).is_truthy() {
                true => most,
                false => seq::parts_of(s, seq, AT_ONCE)
                    .into_iter()
                    .find(|part| *part > 0)
                    .map_or(CHUNK, usize::from),
            };
            match index == 0 && s.vector_count(vector) <= most {
                true => Ok(vector),
                false => Ok(s.vector_from(s.vector_iter(vector).skip(index).take(most))?),
            }
        }
        Some(tags::RANGE_SEQ) => seq::range_start(s, seq, most),
        Some(tags::SORTED_SEQ) => {
            let mut elements = Vec::with_capacity(CHUNK);
            seq::for_each(s, seq, |element| {
                elements.push(element);
                Ok(elements.len() < CHUNK)
            })?;
            Ok(s.vector(&elements)?)
        }
        Some(tags::VECTOR_SEQ) => {
            let (vector, start) = seq::vector_seq_parts(s, seq);
            if start == 0 && s.vector_count(vector) <= most {
                return Ok(s.with_meta(vector, Value::NIL)?);
            }
            Ok(s.vector_from(s.vector_iter(vector).skip(start).take(most))?)
        }
        _ => match s.chunk_left(seq) {
            0 => Ok(Value::NIL),
            left => Ok(s.vector_from(s.list_iter(seq).take(left))?),
        },
    }
}

fn chunk_rest<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, seq) = (call.s, call.arg(0));
    let count = s.vector_count(vector_at(call, 1)?);
    let rest = match seq::chunk_parts(s, seq) {
        Some((vector, index, _)) if index + count < s.vector_count(vector) => {
            return seq::behind(s, seq, index + count);
        }
        Some((_, _, rest)) => rest,
        None if s.chunk_left(seq) > 0 => (0..count).fold(seq, |rest, _| s.rest_of(rest)),
        None => return seq::indexed_rest(s, seq, count),
    };
    Ok(if rest.is_identical(Value::EMPTY_LIST) { Value::NIL } else { rest })
}

/// What a simple function makes of arguments; `None` when that takes more than a call.
fn call_simply<'s>(
    call: &Call<'_, 's>,
    native: &'static Native,
    args: &[Value<'s>],
) -> Result<Option<Value<'s>>, Signal<'s>> {
    if !takes(native, args.len()) {
        return Ok(None);
    }
    match (native.function)(&Call { args, native, ..*call }) {
        Ok(value) => Ok(Some(value)),
        Err(signal @ (Signal::Throw(_) | Signal::OutOfMemory)) => Err(signal),
        Err(_) => Ok(None),
    }
}

/// What the commonest of two arguments make of small integers.
fn quick_of_two<'s>(native: &Native) -> fn(Value<'s>, Value<'s>) -> Option<Value<'s>> {
    match native.name {
        "+" => Value::add_small_ints,
        "-" => Value::subtract_small_ints,
        "*" => Value::multiply_small_ints,
        _ => |_, _| None,
    }
}

/// What the commonest of one argument make of a small integer.
fn quick_of_one<'s>(native: &Native) -> fn(Value<'s>) -> Option<Value<'s>> {
    match native.name {
        "inc" => |n| n.add_small_ints(Value::truncated_int(1)),
        "dec" => |n| n.subtract_small_ints(Value::truncated_int(1)),
        "even?" => |n| Some(Value::bool(n.as_small_int()? & 1 == 0)),
        "odd?" => |n| Some(Value::bool(n.as_small_int()? & 1 == 1)),
        "zero?" => |n| Some(Value::bool(n.as_small_int()? == 0)),
        "pos?" => |n| Some(Value::bool(n.as_small_int()? > 0)),
        "neg?" => |n| Some(Value::bool(n.as_small_int()? < 0)),
        _ => |_| None,
    }
}

fn fold<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, vector) = (call.s, vector_at(call, 2)?);
    let (mut acc, mut at) = (call.arg(1), int_at(call, 3)? as usize);
    if let Some(native) = simple(call, call.arg(0)) {
        let quick = quick_of_two(native);
        for element in s.vector_iter(vector).skip(at).take(AT_ONCE) {
            acc = match quick(acc, element) {
                Some(value) => value,
                None => match call_simply(call, native, &[acc, element])? {
                    Some(value) => value,
                    None => break,
                },
            };
            at += 1;
        }
    }
    Ok(s.vector(&[acc, s.int(at as i64)?])?)
}

fn map<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, vector, out) = (call.s, vector_at(call, 1)?, vector_at(call, 2)?);
    let Some(native) = simple(call, call.arg(0)) else { return Ok(out) };
    let quick = quick_of_one(native);
    let from = s.vector_count(out);
    let (mut made, mut count) = ([Value::NIL; AT_ONCE], 0);
    for (element, place) in s.vector_iter(vector).skip(from).zip(&mut made) {
        *place = match quick(element) {
            Some(value) => value,
            None => match call_simply(call, native, &[element])? {
                Some(value) => value,
                None => break,
            },
        };
        count += 1;
    }
    match from {
        0 => Ok(s.vector(&made[..count])?),
        _ => Ok(made[..count].iter().try_fold(out, |out, value| s.vector_push(out, *value))?),
    }
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
