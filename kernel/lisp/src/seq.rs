//! Sequences: what `first`, `next` and their like see of every collection.
//!
//! Enter at [`seq`]. Lists are their own sequences; vectors, maps, sets and strings get a
//! [`VECTOR_SEQ`](crate::tags::VECTOR_SEQ), sorted maps and sets a [`SORTED_SEQ`](crate::tags::SORTED_SEQ); a lazy sequence is what its cell holds once it is realised.
//! Chunks and ranges ([`CHUNK_SEQ`](crate::tags::CHUNK_SEQ), [`RANGE_SEQ`](crate::tags::RANGE_SEQ)) are passed on whole; who walks
//! them one by one gets pairs, a [`CHUNK`] at a time.
//!
//! Every function that meets an unrealised lazy sequence returns the [`Signal`] that makes the VM realise it.

use crate::errors::throw;
use crate::native::Signal;
use crate::printer::{self, PrintLimits};
use crate::tags;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, Scope, Value};

/// A value, or what the VM must do first.
pub type Seq<'s, T = Value<'s>> = Result<T, Signal<'s>>;

/// Elements that a chunk of a sequence mostly has.
pub(crate) const CHUNK: usize = 32;

/// The sequence on a collection: nil when it is empty, else a value for [`first`] and [`rest`].
pub fn seq<'s>(s: Scope<'s>, coll: Value<'s>) -> Seq<'s> {
    match s.kind(coll) {
        Kind::Pair => Ok(coll),
        Kind::Nil | Kind::EmptyList => Ok(Value::NIL),
        Kind::Vector => vector_seq(s, coll, 0),
        Kind::Map => {
            if s.map_count(coll) == 0 {
                return Ok(Value::NIL);
            }
            let mut entries = Vec::with_capacity(s.map_count(coll));
            for (key, value) in s.map_iter(coll) {
                entries.push(s.vector(&[key, value])?);
            }
            vector_seq(s, s.vector(&entries)?, 0)
        }
        Kind::Set => {
            let elements: Vec<_> = s.set_iter(coll).collect();
            vector_seq(s, s.vector(&elements)?, 0)
        }
        Kind::SortedMap | Kind::SortedSet => sorted_seq(s, coll, 0, s.sorted_count(coll) as i64),
        Kind::String => {
            let chars: Vec<_> = s.string_chunks(coll).flat_map(str::chars).map(Value::char).collect();
            vector_seq(s, s.vector(&chars)?, 0)
        }
        Kind::Record => match s.record_tag(coll) {
            Some(tags::LAZY) => seq(s, realised(s, coll)?),
            Some(tags::VECTOR_SEQ | tags::SORTED_SEQ | tags::CHUNK_SEQ | tags::RANGE_SEQ) => Ok(coll),
            Some(tags::REFERENCE) if let Some(vector) = array(s, coll) => vector_seq(s, vector, 0),
            _ => Err(not_a_sequence(s, coll)),
        },
        _ => Err(not_a_sequence(s, coll)),
    }
}

/// What an array holds now: a vector.
pub fn array<'s>(s: Scope<'s>, value: Value<'s>) -> Option<Value<'s>> {
    match s.record_values(value) {
        [kind, atom, _] if s.record_tag(value) == Some(tags::REFERENCE) && s.name(*kind) == Some("array") => {
            Some(s.atom_load(*atom)).filter(|vector| s.kind(*vector) == Kind::Vector)
        }
        _ => None,
    }
}

/// The first element of a collection, or nil.
pub fn first<'s>(s: Scope<'s>, coll: Value<'s>) -> Seq<'s> {
    match s.kind(coll) {
        Kind::Pair => Ok(s.first_of(coll)),
        Kind::Vector => Ok(s.vector_get(coll, 0).unwrap_or(Value::NIL)),
        Kind::Map => match s.map_iter(coll).next() {
            Some((key, value)) => Ok(s.vector(&[key, value])?),
            None => Ok(Value::NIL),
        },
        Kind::Set => Ok(s.set_iter(coll).next().unwrap_or(Value::NIL)),
        _ => {
            let seq = seq(s, coll)?;
            match s.kind(seq) {
                Kind::Pair => Ok(s.first_of(seq)),
                Kind::Record => match chunk_parts(s, seq) {
                    Some((vector, index, _)) => Ok(s.vector_get(vector, index).unwrap_or(Value::NIL)),
                    None => Ok(indexed_nth(s, seq, 0)?.unwrap_or(Value::NIL)),
                },
                _ => Ok(Value::NIL),
            }
        }
    }
}

/// What follows the first element: a possibly lazy, possibly empty sequence, never nil.
pub fn rest<'s>(s: Scope<'s>, coll: Value<'s>) -> Seq<'s> {
    let seq = seq(s, coll)?;
    match s.kind(seq) {
        Kind::Pair => {
            let rest = s.rest_of(seq);
            Ok(if rest.is_nil() { Value::EMPTY_LIST } else { rest })
        }
        Kind::Record => {
            let rest = match unfold(s, seq)? {
                Some(pairs) => s.rest_of(pairs),
                None => indexed_rest(s, seq, 1)?,
            };
            Ok(if rest.is_nil() { Value::EMPTY_LIST } else { rest })
        }
        _ => Ok(Value::EMPTY_LIST),
    }
}

/// The sequence after the first element, or nil when there is none.
pub fn next<'s>(s: Scope<'s>, coll: Value<'s>) -> Seq<'s> {
    seq(s, rest(s, coll)?)
}

/// The sequence of a vector's elements from an index on, or nil.
pub fn vector_seq<'s>(s: Scope<'s>, vector: Value<'s>, index: usize) -> Seq<'s> {
    if s.kind(vector) != Kind::Vector || index >= s.vector_count(vector) {
        return Ok(Value::NIL);
    }
    Ok(s.record(tags::VECTOR_SEQ, &[vector, s.int(index as i64)?], &[])?)
}

/// Vector and index of a [`VECTOR_SEQ`](tags::VECTOR_SEQ).
pub fn vector_seq_parts<'s>(s: Scope<'s>, seq: Value<'s>) -> (Value<'s>, usize) {
    match s.record_values(seq) {
        [vector, index] if s.record_tag(seq) == Some(tags::VECTOR_SEQ) => {
            (*vector, index.as_small_int().unwrap_or(0) as usize)
        }
        _ => (Value::NIL, 0),
    }
}

/// Counts of elements that count as a chunk each, one after the other: those of a chunk that was made from many at once.
pub type Parts = [u8; PARTS_MAX];

/// Parts of a chunk at most.
pub(crate) const PARTS_MAX: usize = 8;

/// A chunk, not empty, and what follows it. Parts of 0 elements do not count; none means that all have [`CHUNK`] elements.
pub fn chunk_seq<'s>(
    s: Scope<'s>,
    vector: Value<'s>,
    index: usize,
    rest: Value<'s>,
    parts: Parts,
) -> Seq<'s> {
    let rest = if rest.is_nil() { Value::EMPTY_LIST } else { rest };
    let values = [vector, s.int(index as i64)?, rest];
    Ok(s.record(tags::CHUNK_SEQ, &values, &[u64::from_le_bytes(parts)])?)
}

/// How the next elements of a sequence, so many of them, are parted.
pub fn parts_of<'s>(s: Scope<'s>, seq: Value<'s>, count: usize) -> Parts {
    let (mut whole, mut skipped) = ([CHUNK as u8; PARTS_MAX], 0);
    if let Some((tags::CHUNK_SEQ, [_, index, _], [word])) = s.record_parts(seq) {
        skipped = index.as_small_int().unwrap_or(0) as usize;
        if *word != 0 {
            whole = word.to_le_bytes();
        } else {
            skipped %= CHUNK;
        }
    }
    let mut left = count;
    whole.map(|part| {
        let gone = skipped.min(part as usize);
        skipped -= gone;
        let kept = left.min(part as usize - gone);
        left -= kept;
        kept as u8
    })
}

/// A chunk from another of its elements on.
pub fn behind<'s>(s: Scope<'s>, chunk: Value<'s>, index: usize) -> Seq<'s> {
    let Some((_, [vector, _, rest], words)) = s.record_parts(chunk) else { return Ok(Value::NIL) };
    Ok(s.record(tags::CHUNK_SEQ, &[*vector, s.int(index as i64)?, *rest], words)?)
}

/// Vector, index and rest of a [`CHUNK_SEQ`](tags::CHUNK_SEQ).
pub fn chunk_parts<'s>(s: Scope<'s>, seq: Value<'s>) -> Option<(Value<'s>, usize, Value<'s>)> {
    match s.record_parts(seq) {
        Some((tags::CHUNK_SEQ, [vector, index, rest], _)) => {
            Some((*vector, index.as_small_int()? as usize, *rest))
        }
        _ => None,
    }
}

/// The integers from one on to before another, by a step that is not 0; nil when there are none, or more than [`RANGE_MAX`].
pub fn range_seq<'s>(s: Scope<'s>, first: i64, end: i64, step: i64) -> Seq<'s> {
    let is_empty = if step > 0 { first >= end } else { first <= end };
    if is_empty || range_count(first, end, step) > RANGE_MAX {
        return Ok(Value::NIL);
    }
    Ok(s.record(tags::RANGE_SEQ, &[s.int(first)?, s.int(end)?, s.int(step)?], &[])?)
}

/// How many integers lie from one on to before another that is not before it, by a step.
pub fn range_count(first: i64, end: i64, step: i64) -> usize {
    first.abs_diff(end).div_ceil(step.unsigned_abs()) as usize
}

/// The longest range that is one value: a native that walks it holds its core meanwhile.
pub(crate) const RANGE_MAX: usize = 1 << 20;

/// First, step and count of a [`RANGE_SEQ`](tags::RANGE_SEQ).
fn range_parts<'s>(s: Scope<'s>, seq: Value<'s>) -> Option<(i64, i64, usize)> {
    let Some((tags::RANGE_SEQ, [first, end, step], _)) = s.record_parts(seq) else { return None };
    let (first, end, step) = (s.as_int(*first)?, s.as_int(*end)?, s.as_int(*step)?);
    Some((first, step, range_count(first, end, step)))
}

/// An element of a range: before its end, which is an integer, so it is one too.
fn range_nth(first: i64, step: i64, index: usize) -> i64 {
    first.wrapping_add((index as i64).wrapping_mul(step))
}

/// A vector of the first elements of a range, at most so many.
pub fn range_start<'s>(s: Scope<'s>, seq: Value<'s>, most: usize) -> Seq<'s> {
    if let Some(immediates) = range_immediates(s, seq, most) {
        return Ok(s.vector_from(immediates)?);
    }
    let (first, step, count) = range_parts(s, seq).unwrap_or_default();
    s.vector_try_from((0..count.min(most)).map(|index| Ok(s.int(range_nth(first, step, index))?)))
}

/// The first elements of a range, at most so many, where there are any and all are immediates: between two ends that are, all are.
pub(crate) fn range_immediates<'s>(
    s: Scope<'s>,
    seq: Value<'s>,
    most: usize,
) -> Option<impl Iterator<Item = Value<'s>>> {
    let (first, step, count) = range_parts(s, seq)?;
    let last = count.min(most).checked_sub(1)?;
    for index in [0, last] {
        Value::small_int(range_nth(first, step, index))?;
    }
    Some((0..=last).map(move |index| Value::truncated_int(range_nth(first, step, index))))
}

/// As pairs, the first elements of a chunk or a range, and what follows them; nothing for other sequences.
fn unfold<'s>(s: Scope<'s>, seq: Value<'s>) -> Seq<'s, Option<Value<'s>>> {
    if let Some((vector, index, rest)) = chunk_parts(s, seq) {
        let end = s.vector_count(vector).min(index + CHUNK);
        let elements: Vec<_> = s.vector_iter(vector).skip(index).take(end - index).collect();
        let rest = if end < s.vector_count(vector) { behind(s, seq, end)? } else { rest };
        return Ok(Some(s.chunk(&elements, rest)?));
    }
    if s.record_tag(seq) == Some(tags::RANGE_SEQ) {
        let rest = indexed_rest(s, seq, CHUNK)?;
        let rest = if rest.is_nil() { Value::EMPTY_LIST } else { rest };
        let elements: Vec<_> = s.vector_iter(range_start(s, seq, CHUNK)?).collect();
        return Ok(Some(s.chunk(&elements, rest)?));
    }
    Ok(None)
}

/// The sequence of what a sorted collection holds from an index to before another, or nil when these are the same.
/// The other may be the lower one, down to -1: then it goes backwards.
pub fn sorted_seq<'s>(s: Scope<'s>, coll: Value<'s>, from: i64, end: i64) -> Seq<'s> {
    if from == end {
        return Ok(Value::NIL);
    }
    Ok(s.record(tags::SORTED_SEQ, &[coll, s.int(from)?, s.int(end)?, s.sorted_comparator(coll)], &[])?)
}

/// Collection, first index and end of a [`SORTED_SEQ`](tags::SORTED_SEQ).
fn sorted_seq_parts<'s>(s: Scope<'s>, seq: Value<'s>) -> Option<(Value<'s>, i64, i64)> {
    match s.record_parts(seq) {
        Some((tags::SORTED_SEQ, [coll, from, end, _], _)) => {
            Some((*coll, from.as_small_int()?, end.as_small_int()?))
        }
        _ => None,
    }
}

/// How many elements a sequence on a vector or a sorted collection has, or a range; 0 for anything else.
pub fn indexed_count<'s>(s: Scope<'s>, seq: Value<'s>) -> usize {
    if let Some((_, _, count)) = range_parts(s, seq) {
        return count;
    }
    match sorted_seq_parts(s, seq) {
        Some((_, from, end)) => from.abs_diff(end) as usize,
        None => match vector_seq_parts(s, seq) {
            (vector, index) if s.kind(vector) == Kind::Vector => s.vector_count(vector).saturating_sub(index),
            _ => 0,
        },
    }
}

/// The element at an index of a sequence on a vector or a sorted collection, or of a range.
pub fn indexed_nth<'s>(s: Scope<'s>, seq: Value<'s>, index: usize) -> Seq<'s, Option<Value<'s>>> {
    if index >= indexed_count(s, seq) {
        return Ok(None);
    }
    if let Some((first, step, _)) = range_parts(s, seq) {
        return Ok(Some(s.int(range_nth(first, step, index))?));
    }
    let Some((coll, from, end)) = sorted_seq_parts(s, seq) else {
        let (vector, start) = vector_seq_parts(s, seq);
        return Ok(s.vector_get(vector, start + index));
    };
    let at = if from < end { from + index as i64 } else { from - index as i64 } as usize;
    if s.kind(coll) == Kind::SortedSet {
        return Ok(s.sorted_set_nth(coll, at));
    }
    Ok(match s.sorted_map_nth(coll, at) {
        Some((key, value)) => Some(s.vector(&[key, value])?),
        None => None,
    })
}

/// A sequence on a vector or a sorted collection, or a range, without its first elements, or nil.
pub fn indexed_rest<'s>(s: Scope<'s>, seq: Value<'s>, count: usize) -> Seq<'s> {
    if let Some((first, step, all)) = range_parts(s, seq) {
        let end = s.as_int(s.record_values(seq)[1]).unwrap_or(0);
        return if count < all {
            range_seq(s, range_nth(first, step, count), end, step)
        } else {
            Ok(Value::NIL)
        };
    }
    match sorted_seq_parts(s, seq) {
        Some((coll, from, end)) => {
            let count = count.min(from.abs_diff(end) as usize) as i64;
            sorted_seq(s, coll, if from < end { from + count } else { from - count }, end)
        }
        None => {
            let (vector, index) = vector_seq_parts(s, seq);
            vector_seq(s, vector, index.saturating_add(count))
        }
    }
}

/// Calls `visit` with the elements of a sequence on a sorted collection, until it returns false.
fn for_each_sorted<'s>(
    s: Scope<'s>,
    (coll, from, end): (Value<'s>, i64, i64),
    mut visit: impl FnMut(Value<'s>) -> Seq<'s, bool>,
) -> Seq<'s, ()> {
    let (count, is_map) = (from.abs_diff(end) as usize, s.kind(coll) == Kind::SortedMap);
    let mut entries = |entries: &mut dyn Iterator<Item = (Value<'s>, Value<'s>)>| {
        for (key, value) in entries {
            if !visit(if is_map { s.vector(&[key, value])? } else { key })? {
                break;
            }
        }
        Ok(())
    };
    match (is_map, from < end) {
        (true, true) => entries(&mut s.sorted_map_iter_from(coll, from as usize).take(count)),
        (true, false) => entries(&mut s.sorted_map_rev_iter(coll, (from + 1) as usize).take(count)),
        (false, true) => {
            let elements = s.sorted_set_iter_from(coll, from as usize);
            entries(&mut elements.take(count).map(|element| (element, Value::NIL)))
        }
        (false, false) => {
            let elements = s.sorted_set_rev_iter(coll, (from + 1) as usize);
            entries(&mut elements.take(count).map(|element| (element, Value::NIL)))
        }
    }
}

/// What a lazy sequence or a delay holds, or the signal to realise it.
pub fn realised<'s>(s: Scope<'s>, lazy: Value<'s>) -> Seq<'s> {
    let state = s.cell_get(s.record_values(lazy)[0]);
    if s.record_tag(state) == Some(tags::THUNK) { Err(Signal::Force(lazy)) } else { Ok(state) }
}

/// Whether a lazy sequence or delay has been realised; true for anything else.
pub fn is_realised<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    !is_lazy(s, value) || realised(s, value).is_ok()
}

/// Whether a value is a lazy sequence or a delay.
pub fn is_lazy<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    matches!(s.record_tag(value), Some(tags::LAZY | tags::DELAY))
}

/// Whether a value is a sequence: a list, a lazy sequence or the rest of a vector.
pub fn is_seq<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    match s.kind(value) {
        Kind::Pair | Kind::EmptyList => true,
        Kind::Record => {
            let is_seq_tag = |tag| {
                matches!(
                    tag,
                    tags::LAZY | tags::VECTOR_SEQ | tags::SORTED_SEQ | tags::CHUNK_SEQ | tags::RANGE_SEQ
                )
            };
            s.record_tag(value).is_some_and(is_seq_tag)
        }
        _ => false,
    }
}

/// Calls `visit` with the elements of any collection, until it returns false. Needs them realised: asks for
/// all of the sequence when it meets a part that is not.
pub fn for_each<'s>(
    s: Scope<'s>,
    coll: Value<'s>,
    mut visit: impl FnMut(Value<'s>) -> Seq<'s, bool>,
) -> Seq<'s, ()> {
    let mut at = coll;
    loop {
        match s.kind(at) {
            Kind::Nil | Kind::EmptyList => return Ok(()),
            Kind::Pair => {
                if !visit(s.first_of(at))? {
                    return Ok(());
                }
                at = s.rest_of(at);
            }
            Kind::Vector => {
                for element in s.vector_iter(at) {
                    if !visit(element)? {
                        break;
                    }
                }
                return Ok(());
            }
            Kind::Map => {
                for (key, value) in s.map_iter(at) {
                    if !visit(s.vector(&[key, value])?)? {
                        break;
                    }
                }
                return Ok(());
            }
            Kind::Set => {
                for element in s.set_iter(at) {
                    if !visit(element)? {
                        break;
                    }
                }
                return Ok(());
            }
            Kind::SortedMap | Kind::SortedSet => {
                return for_each_sorted(s, (at, 0, s.sorted_count(at) as i64), visit);
            }
            Kind::String => {
                for c in s.string_chunks(at).flat_map(str::chars) {
                    if !visit(Value::char(c))? {
                        break;
                    }
                }
                return Ok(());
            }
            Kind::Record => match s.record_tag(at) {
                Some(tags::LAZY) => match realised(s, at) {
                    Ok(state) => at = state,
                    Err(_) => return Err(Signal::ForceAll(at)),
                },
                Some(tags::VECTOR_SEQ) => {
                    let (vector, index) = vector_seq_parts(s, at);
                    for element in s.vector_iter(vector).skip(index) {
                        if !visit(element)? {
                            break;
                        }
                    }
                    return Ok(());
                }
                Some(tags::REFERENCE) if let Some(vector) = array(s, at) => at = vector,
                Some(tags::CHUNK_SEQ) if let Some((vector, index, rest)) = chunk_parts(s, at) => {
                    for element in s.vector_iter(vector).skip(index) {
                        if !visit(element)? {
                            return Ok(());
                        }
                    }
                    at = rest;
                }
                Some(tags::RANGE_SEQ) if let Some((first, step, count)) = range_parts(s, at) => {
                    for index in 0..count {
                        if !visit(s.int(range_nth(first, step, index))?)? {
                            break;
                        }
                    }
                    return Ok(());
                }
                _ => {
                    return match sorted_seq_parts(s, at) {
                        Some(parts) => for_each_sorted(s, parts, visit),
                        None => Err(not_a_sequence(s, at)),
                    };
                }
            },
            _ => return Err(not_a_sequence(s, at)),
        }
    }
}

/// All elements of any collection. Infinite sequences exhaust the quota.
pub fn to_vec<'s>(s: Scope<'s>, coll: Value<'s>) -> Seq<'s, Vec<Value<'s>>> {
    let mut elements: Vec<Value<'s>> = Vec::new();
    for_each(s, coll, |element| {
        // Beyond the heap's own bounds: the collection may be larger than what the allocator has.
        if elements.len() == elements.capacity() {
            elements.try_reserve(elements.len().max(8)).map_err(|_| Signal::OutOfMemory)?;
        }
        elements.push(element);
        Ok(true)
    })?;
    Ok(elements)
}

/// A value as it can be a key or an element that others look up: a sequence that is a record becomes a list.
#[inline]
pub fn key<'s>(s: Scope<'s>, value: Value<'s>) -> Seq<'s> {
    if s.kind(value) == Kind::Record && is_seq(s, value) {
        return Ok(s.list(&to_vec(s, value)?)?);
    }
    Ok(value)
}

/// Asks for everything lazy inside a value to be realised, however deep.
pub fn realise_deep<'s>(s: Scope<'s>, value: Value<'s>) -> Seq<'s, ()> {
    realise_shown(s, value, usize::MAX, usize::MAX)
}

/// The same for what is seen of a value down to a depth, and of each collection up to a length and whether more follows.
pub fn realise_shown<'s>(s: Scope<'s>, value: Value<'s>, length: usize, depth: usize) -> Seq<'s, ()> {
    let mut pending = alloc::vec![(value, 0)];
    // A value made by sharing is huge as a tree: its parts are walked once, or again where less of them was seen.
    let (mut walked, mut walks) = (BTreeMap::new(), 0);
    // All that is not realised is asked for together, lest the walk start over for each.
    let mut wanted = Value::EMPTY_LIST;
    while let Some((value, level)) = pending.pop() {
        let is_collection = match s.kind(value) {
            Kind::Pair | Kind::Vector | Kind::Map | Kind::Set | Kind::SortedMap | Kind::SortedSet => true,
            Kind::Record => is_seq(s, value),
            _ => false,
        };
        if !is_collection
            || level >= depth
            || walked.get(&value.word()).is_some_and(|before| *before <= level)
        {
            continue;
        }
        let (before, mut left) = (pending.len(), length);
        let inner = if depth == usize::MAX { 0 } else { level + 1 };
        let mut push = |part: Value<'s>| {
            if part.is_reference() {
                pending.push((part, inner));
            }
        };
        let walk = if s.kind(value) == Kind::Map {
            s.map_iter(value)
                .take(length)
                .for_each(|(key, value)| [key, value].into_iter().for_each(&mut push));
            Ok(())
        } else {
            for_each(s, value, |part| {
                let is_shown = left > 0;
                if is_shown {
                    left -= 1;
                    push(part);
                }
                Ok(is_shown)
            })
        };
        match walk {
            Ok(()) => {}
            Err(Signal::Force(lazy) | Signal::ForceAll(lazy)) => wanted = s.pair(lazy, wanted)?,
            Err(signal) => return Err(signal),
        }
        walks += 1;
        if walks > WALKS_UNNOTED && pending.len() > before {
            walked.insert(value.word(), level);
        }
    }
    match s.kind(wanted) {
        Kind::Pair if length == usize::MAX => Err(Signal::ForceAll(wanted)),
        // Their heads only: what follows may not be shown.
        Kind::Pair => Err(Signal::Force(wanted)),
        _ => Ok(()),
    }
}

/// Collections that [`realise_shown`] walks before it notes which it has seen.
const WALKS_UNNOTED: usize = 256;

/// Equality as programs see it: [`Scope::equal`], with lazy sequences and sequences of vectors equal to lists
/// and vectors of equal elements. A signal to realise something means that it cannot be told yet: not all of what that names need be
/// realised to tell.
pub fn equal<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Seq<'s, bool> {
    let mut pending = alloc::vec![(a, b)];
    while let Some((a, b)) = pending.pop() {
        if s.equal(a, b) {
            continue;
        }
        if is_sequential(s, a) && is_sequential(s, b) {
            // Differ, or hold something that the heap cannot see through.
            let (left, right) = (to_vec(s, a)?, to_vec(s, b)?);
            if left.len() != right.len() {
                return Ok(false);
            }
            // The first of them next.
            pending.extend(left.into_iter().zip(right).filter(|(a, b)| !a.is_identical(*b)).rev());
            continue;
        }
        if is_map(s, a) && is_map(s, b) && map_count(s, a) == map_count(s, b) {
            // One of them is looked up by hash.
            let (a, b) = if s.kind(b) == Kind::SortedMap { (b, a) } else { (a, b) };
            let b = match s.kind(b) {
                Kind::Map => b,
                _ => s.map(&map_entries(s, b))?,
            };
            for (key, value) in map_entries(s, a) {
                match s.map_get(b, key) {
                    Some(other) if other.is_identical(value) => {}
                    Some(other) => pending.push((value, other)),
                    None => return Ok(false),
                }
            }
            continue;
        }
        return Ok(false);
    }
    Ok(true)
}

/// Whether a value is a map, sorted or not.
pub fn is_map<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    matches!(s.kind(value), Kind::Map | Kind::SortedMap)
}

/// The entries of a map, sorted or not.
pub fn map_entries<'s>(s: Scope<'s>, map: Value<'s>) -> Vec<(Value<'s>, Value<'s>)> {
    if s.kind(map) == Kind::Map { s.map_iter(map).collect() } else { s.sorted_map_iter(map).collect() }
}

/// The count of a map, sorted or not.
pub fn map_count<'s>(s: Scope<'s>, map: Value<'s>) -> usize {
    if s.kind(map) == Kind::Map { s.map_count(map) } else { s.sorted_count(map) }
}

/// Whether a value is a list, a vector or a sequence.
pub fn is_sequential<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    s.kind(value) == Kind::Vector || is_seq(s, value)
}

#[cold]
fn not_a_sequence<'s>(s: Scope<'s>, value: Value<'s>) -> Signal<'s> {
    let shown = printer::print_limited(s, value, true, PrintLimits::SHORT);
    throw(s, "type", &format!("don't know how to make a sequence of {shown}"))
}
