//! Sequences: what `first`, `next` and their like see of every collection.
//!
//! Enter at [`seq`]. Lists are their own sequences; vectors, maps, sets and strings get a
//! [`VECTOR_SEQ`](crate::tags::VECTOR_SEQ); a lazy sequence is what its cell holds once it is realised.
//!
//! Every function that meets an unrealised lazy sequence returns the [`Signal`] that makes the VM realise it.

use crate::errors::throw;
use crate::native::Signal;
use crate::printer::{self, PrintLimits};
use crate::tags;
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, Scope, Value};

/// A value, or what the VM must do first.
pub type Seq<'s, T = Value<'s>> = Result<T, Signal<'s>>;

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
        Kind::String => {
            let chars: Vec<_> = s.as_str(coll).unwrap_or("").chars().map(Value::char).collect();
            vector_seq(s, s.vector(&chars)?, 0)
        }
        Kind::Record => match s.record_tag(coll) {
            Some(tags::LAZY) => seq(s, realised(s, coll)?),
            Some(tags::VECTOR_SEQ) => Ok(coll),
            _ => Err(not_a_sequence(s, coll)),
        },
        _ => Err(not_a_sequence(s, coll)),
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
                Kind::Record => {
                    let (vector, index) = vector_seq_parts(s, seq);
                    Ok(s.vector_get(vector, index).unwrap_or(Value::NIL))
                }
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
            let (vector, index) = vector_seq_parts(s, seq);
            let rest = vector_seq(s, vector, index + 1)?;
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
        Kind::Record => matches!(s.record_tag(value), Some(tags::LAZY | tags::VECTOR_SEQ)),
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
            Kind::SortedMap => {
                for (key, value) in s.sorted_map_iter(at) {
                    if !visit(s.vector(&[key, value])?)? {
                        break;
                    }
                }
                return Ok(());
            }
            Kind::SortedSet => {
                for element in s.sorted_set_iter(at) {
                    if !visit(element)? {
                        break;
                    }
                }
                return Ok(());
            }
            Kind::String => {
                for c in s.as_str(at).unwrap_or("").chars() {
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
                _ => return Err(not_a_sequence(s, at)),
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

/// Asks for everything lazy inside a value to be realised, however deep.
pub fn realise_deep<'s>(s: Scope<'s>, value: Value<'s>) -> Seq<'s, ()> {
    let mut pending = alloc::vec![value];
    while let Some(value) = pending.pop() {
        match s.kind(value) {
            Kind::Pair | Kind::Vector | Kind::Map | Kind::Set => {}
            Kind::Record if is_seq(s, value) => {}
            _ => continue,
        }
        if s.kind(value) == Kind::Map {
            for (key, value) in s.map_iter(value) {
                pending.extend([key, value]);
            }
            continue;
        }
        for_each(s, value, |element| {
            if element.is_reference() {
                pending.push(element);
            }
            Ok(true)
        })?;
    }
    Ok(())
}

/// Equality as programs see it: [`Scope::equal`], with lazy sequences and sequences of vectors equal to lists
/// and vectors of equal elements.
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
            pending.extend(left.into_iter().zip(right).filter(|(a, b)| !a.is_identical(*b)));
            continue;
        }
        if s.kind(a) == Kind::Map && s.kind(b) == Kind::Map && s.map_count(a) == s.map_count(b) {
            for (key, value) in s.map_iter(a) {
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

/// Whether a value is a list, a vector or a sequence.
pub fn is_sequential<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    s.kind(value) == Kind::Vector || is_seq(s, value)
}

#[cold]
fn not_a_sequence<'s>(s: Scope<'s>, value: Value<'s>) -> Signal<'s> {
    let shown = printer::print_limited(s, value, true, PrintLimits::SHORT);
    throw(s, "type", &format!("don't know how to make a sequence of {shown}"))
}
