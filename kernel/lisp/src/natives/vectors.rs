//! Access by position: nth, subvec, chunks of sequences.

use super::{Answer, between, collections, fixed, int_at, plain, simple, sorted, takes, vector_at};
use crate::native::{Call, Native, Signal};
use crate::printer::{self, PrintLimits};
use crate::seq::CHUNK;
use crate::{seq, tags};
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, Scope, Value};

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
    fixed(
        "chunk-rest*",
        2,
        "Returns the sequence after a chunk that chunk* returned, or after so many elements of it, or nil.",
        chunk_rest,
    ),
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
        "map-chunk*",
        2,
        "Returns a vector of what a function that is simple* makes of the next elements of a sequence; nil where it takes more than a call or there is no chunk.",
        map_chunk,
    ),
    fixed(
        "sift*",
        2,
        "Looks at the next elements of a sequence by a predicate that is simple*. Returns a vector of those for which it holds, of how many it looked at, and how what holds is parted; nil as map-chunk*.",
        sift,
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
    let count = match call.arg(1).as_small_int() {
        Some(count) => count as usize,
        None => s.vector_count(vector_at(call, 1)?),
    };
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

/// Goes through small integers: from a value and elements, what came of it and how many were done.
type FoldSome<'s> = fn(Value<'s>, &[Value<'s>]) -> (Value<'s>, usize);

/// What the commonest functions of two arguments make of small integers, up to the first that takes a call.
fn quick_of_two<'s>(native: &Native) -> FoldSome<'s> {
    match native.name {
        "+" => |acc, elements| along(acc, elements, Value::add_small_ints),
        "-" => |acc, elements| along(acc, elements, Value::subtract_small_ints),
        "*" => |acc, elements| along(acc, elements, Value::multiply_small_ints),
        _ => |acc, _| (acc, 0),
    }
}

#[inline(always)]
fn along<'s>(
    mut acc: Value<'s>,
    elements: &[Value<'s>],
    quick: impl Fn(Value<'s>, Value<'s>) -> Option<Value<'s>>,
) -> (Value<'s>, usize) {
    for (index, element) in elements.iter().enumerate() {
        match quick(acc, *element) {
            Some(value) => acc = value,
            None => return (acc, index),
        }
    }
    (acc, elements.len())
}

/// Goes through small integers: from elements to as many places; how many were done.
type MapSome<'s> = fn(&[Value<'s>], &mut [Value<'s>]) -> usize;

/// What the commonest functions of one argument make of small integers, up to the first that takes a call.
fn quick_of_one<'s>(native: &Native) -> MapSome<'s> {
    match native.name {
        "inc" => |from, to| each(from, to, |n| n.add_small_ints(Value::truncated_int(1))),
        "dec" => |from, to| each(from, to, |n| n.subtract_small_ints(Value::truncated_int(1))),
        "even?" => |from, to| each(from, to, |n| Some(Value::bool(n.as_small_int()? & 1 == 0))),
        "odd?" => |from, to| each(from, to, |n| Some(Value::bool(n.as_small_int()? & 1 == 1))),
        "zero?" => |from, to| each(from, to, |n| Some(Value::bool(n.as_small_int()? == 0))),
        "pos?" => |from, to| each(from, to, |n| Some(Value::bool(n.as_small_int()? > 0))),
        "neg?" => |from, to| each(from, to, |n| Some(Value::bool(n.as_small_int()? < 0))),
        _ => |_, _| 0,
    }
}

#[inline(always)]
fn each<'s>(
    from: &[Value<'s>],
    to: &mut [Value<'s>],
    quick: impl Fn(Value<'s>) -> Option<Value<'s>>,
) -> usize {
    for (index, (element, place)) in from.iter().zip(to).enumerate() {
        match quick(*element) {
            Some(value) => *place = value,
            None => return index,
        }
    }
    from.len()
}

/// The elements of a vector from an index on, [`AT_ONCE`] of them at most, as slices.
fn slices<'s>(s: Scope<'s>, vector: Value<'s>, from: usize) -> impl Iterator<Item = &'s [Value<'s>]> {
    s.vector_leaves_from(vector, from).scan(AT_ONCE, |left, leaf| {
        let count = leaf.len().min(*left);
        *left -= count;
        (count > 0).then(|| &leaf[..count])
    })
}

fn fold<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, vector) = (call.s, vector_at(call, 2)?);
    let (mut acc, mut at) = (call.arg(1), int_at(call, 3)? as usize);
    if let Some(native) = simple(call, call.arg(0)) {
        let quick = quick_of_two(native);
        'elements: for mut elements in slices(s, vector, at) {
            loop {
                let done;
                (acc, done) = quick(acc, elements);
                at += done;
                let [element, rest @ ..] = &elements[done..] else { break };
                match call_simply(call, native, &[acc, *element])? {
                    Some(value) => acc = value,
                    None => break 'elements,
                }
                (elements, at) = (rest, at + 1);
            }
        }
    }
    Ok(s.vector(&[acc, s.int(at as i64)?])?)
}

fn map<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, vector, out) = (call.s, vector_at(call, 1)?, vector_at(call, 2)?);
    let Some(native) = simple(call, call.arg(0)) else { return Ok(out) };
    let function = (native, quick_of_one(native));
    let from = s.vector_count(out);
    let (mut made, mut count) = ([Value::NIL; AT_ONCE], 0);
    for elements in slices(s, vector, from) {
        let done = map_some(call, function, elements, &mut made[count..])?;
        count += done;
        if done < elements.len() {
            break;
        }
    }
    match from {
        0 => Ok(s.vector(&made[..count])?),
        _ => Ok(made[..count].iter().try_fold(out, |out, value| s.vector_push(out, *value))?),
    }
}

/// Puts the next elements of a sequence that has chunks of its own into places; how many there were.
fn next_elements<'s>(s: Scope<'s>, seq: Value<'s>, places: &mut [Value<'s>; AT_ONCE]) -> usize {
    let (vector, index) = match s.record_tag(seq) {
        Some(tags::RANGE_SEQ) => {
            let immediates = seq::range_immediates(s, seq, AT_ONCE).into_iter().flatten();
            return immediates.zip(places).map(|(value, place)| *place = value).count();
        }
        Some(tags::CHUNK_SEQ) => match seq::chunk_parts(s, seq) {
            Some((vector, index, _)) => (vector, index),
            None => return 0,
        },
        Some(tags::VECTOR_SEQ) => seq::vector_seq_parts(s, seq),
        _ => return 0,
    };
    let mut count = 0;
    for elements in slices(s, vector, index) {
        places[count..count + elements.len()].copy_from_slice(elements);
        count += elements.len();
    }
    count
}

/// Calls a simple function, or what is quick of it, with elements, up to the first that takes more than a call. Returns how many were done.
fn map_some<'s>(
    call: &Call<'_, 's>,
    (native, quick): (&'static Native, MapSome<'s>),
    elements: &[Value<'s>],
    made: &mut [Value<'s>],
) -> Result<usize, Signal<'s>> {
    let mut count = 0;
    loop {
        count += quick(&elements[count..], &mut made[count..]);
        let Some(element) = elements.get(count) else { return Ok(count) };
        match call_simply(call, native, &[*element])? {
            Some(value) => made[count] = value,
            None => return Ok(count),
        }
        count += 1;
    }
}

/// Puts the next elements of a sequence, the second argument, into places, and what the first, a simple function, makes of
/// them. Returns how many there were; 0 when one takes more than a call.
fn map_next<'s>(
    call: &Call<'_, 's>,
    elements: &mut [Value<'s>; AT_ONCE],
    made: &mut [Value<'s>; AT_ONCE],
) -> Result<usize, Signal<'s>> {
    let Some(native) = simple(call, call.arg(0)) else { return Ok(0) };
    let count = next_elements(call.s, call.arg(1), elements);
    let done = map_some(call, (native, quick_of_one(native)), &elements[..count], made)?;
    Ok(if done == count { count } else { 0 })
}

fn map_chunk<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (mut elements, mut made) = ([Value::NIL; AT_ONCE], [Value::NIL; AT_ONCE]);
    match map_next(call, &mut elements, &mut made)? {
        0 => Ok(Value::NIL),
        count => Ok(call.s.vector(&made[..count])?),
    }
}

fn sift<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let (mut elements, mut made) = ([Value::NIL; AT_ONCE], [Value::NIL; AT_ONCE]);
    let count = map_next(call, &mut elements, &mut made)?;
    if count == 0 {
        return Ok(Value::NIL);
    }
    let (mut at, mut kept) = (0, 0);
    let parts = seq::parts_of(s, call.arg(1), count).map(|part| {
        let before = kept;
        for index in at..at + part as usize {
            // Those that are kept move to the front, over what was looked at.
            elements[kept] = elements[index];
            kept += made[index].is_truthy() as usize;
        }
        at += part as usize;
        (kept - before) as u8
    });
    let kept = s.vector(&elements[..kept])?;
    Ok(s.vector(&[kept, s.int(count as i64)?, s.int(i64::from_le_bytes(parts))?])?)
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
