//! Equality and hash by value.
//!
//! Both walk with a stack of their own, so that a value a million levels deep is no danger. Integers never
//! equal floats; sequential values (lists and vectors) are equal element by element; maps and sets without
//! regard to order.

use crate::object::Kind;
use crate::scope::Scope;
use crate::value::{Value, Word};
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

/// A finaliser with full avalanche (Stafford's variant 13 of the murmur3 finaliser), folded to 32 bits.
fn mix(x: u64) -> u32 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let x = x ^ (x >> 31);
    (x ^ (x >> 32)) as u32
}

/// One step of an ordered hash.
fn combine(hash: u64, next: u32) -> u64 {
    (hash.rotate_left(5) ^ next as u64).wrapping_mul(0x517C_C1B7_2722_0A95)
}

const SEQUENTIAL: u64 = 0x5EC0;
const MAP: u64 = 0x3A9;
const SET: u64 = 0x5E7;

/// Sequential values in one view.
enum Elements<'s> {
    List(crate::list::ListIter<'s>),
    Vector(crate::vector::VectorIter<'s>),
}

impl<'s> Iterator for Elements<'s> {
    type Item = Value<'s>;

    fn next(&mut self) -> Option<Value<'s>> {
        match self {
            Elements::List(iter) => iter.next(),
            Elements::Vector(iter) => iter.next(),
        }
    }
}

/// A hash under way.
struct Frame<'s> {
    value: Value<'s>,
    /// What is left to visit, last first.
    pending: Vec<Value<'s>>,
    state: u64,
    is_ordered: bool,
}

impl<'s> Scope<'s> {
    fn elements(self, value: Value<'s>) -> Option<Elements<'s>> {
        match self.kind(value) {
            Kind::EmptyList | Kind::Pair => Some(Elements::List(self.list_iter(value))),
            Kind::Vector => Some(Elements::Vector(self.vector_iter(value))),
            _ => None,
        }
    }

    /// Whether two values are equal. Stops at shared parts.
    pub fn equal(self, a: Value<'s>, b: Value<'s>) -> bool {
        if a.is_identical(b) {
            return !self.is_nan(a);
        }
        if !a.is_reference() && !b.is_reference() {
            return false;
        }
        let mut pending = Vec::new();
        self.equal_shallow(a, b, &mut pending) && {
            while let Some((a, b)) = pending.pop() {
                if a.is_identical(b) && !a.is_reference() {
                    continue;
                }
                if !self.equal_shallow(a, b, &mut pending) {
                    return false;
                }
            }
            true
        }
    }

    fn is_nan(self, value: Value<'s>) -> bool {
        value.is_reference() && self.as_float(value).is_some_and(f64::is_nan)
    }

    /// Compares one level; what is left to compare goes on the stack.
    fn equal_shallow(self, a: Value<'s>, b: Value<'s>, pending: &mut Vec<(Value<'s>, Value<'s>)>) -> bool {
        if a.is_identical(b) {
            return !self.is_nan(a);
        }
        let (kind_a, kind_b) = (self.kind(a), self.kind(b));
        if let (Some(mut x), Some(mut y)) = (self.elements(a), self.elements(b)) {
            if kind_a == Kind::Vector
                && kind_b == Kind::Vector
                && self.vector_count(a) != self.vector_count(b)
            {
                return false;
            }
            loop {
                match (x.next(), y.next()) {
                    (None, None) => break,
                    (Some(p), Some(q)) => {
                        if p.is_identical(q) && !p.is_reference() {
                            continue;
                        }
                        if !p.is_reference() && !q.is_reference() {
                            return false;
                        }
                        pending.push((p, q));
                    }
                    _ => return false,
                }
            }
            // Lists may end in another sequence than the empty list; a vector never does.
            match (x, y) {
                (Elements::List(x), Elements::List(y)) => pending.push((x.rest(), y.rest())),
                (Elements::List(list), _) | (_, Elements::List(list)) => {
                    return matches!(self.kind(list.rest()), Kind::EmptyList | Kind::Nil);
                }
                _ => {}
            }
            return true;
        }
        if kind_a != kind_b {
            return false;
        }
        match kind_a {
            Kind::Int => self.as_int(a) == self.as_int(b),
            Kind::Float => self.as_float(a) == self.as_float(b),
            Kind::String => self.as_str(a) == self.as_str(b),
            Kind::Bytes => self.as_bytes(a) == self.as_bytes(b),
            Kind::Map => {
                if self.map_count(a) != self.map_count(b) {
                    return false;
                }
                for (key, value) in self.map_iter(a) {
                    match self.map_get(b, key) {
                        Some(other) => pending.push((value, other)),
                        None => return false,
                    }
                }
                true
            }
            Kind::Set => {
                self.set_count(a) == self.set_count(b) && self.set_iter(a).all(|x| self.set_contains(b, x))
            }
            Kind::Record => {
                let (va, vb) = (self.record_values(a), self.record_values(b));
                if self.record_tag(a) != self.record_tag(b)
                    || va.len() != vb.len()
                    || self.record_words(a) != self.record_words(b)
                {
                    return false;
                }
                pending.extend(va.iter().copied().zip(vb.iter().copied()));
                true
            }
            Kind::Atom | Kind::Cell => self.core.resolve(a.word()) == self.core.resolve(b.word()),
            _ => false,
        }
    }

    /// The hash of a value: equal values have equal hashes. Cached in strings, vectors, maps and sets.
    pub fn hash(self, value: Value<'s>) -> u32 {
        if let Some(hash) = self.hash_leaf(value) {
            return hash;
        }
        let mut stack = alloc::vec![self.hash_frame(value)];
        let mut done: Option<u32> = None;
        loop {
            let Some(frame) = stack.last_mut() else { return done.unwrap_or(0) };
            if let Some(hash) = done.take() {
                frame.state = step(frame, hash);
            }
            let mut below = None;
            while let Some(next) = frame.pending.pop() {
                match self.hash_leaf(next) {
                    Some(hash) => frame.state = step(frame, hash),
                    None => {
                        below = Some(next);
                        break;
                    }
                }
            }
            match below {
                Some(next) => {
                    let frame = self.hash_frame(next);
                    stack.push(frame);
                }
                None => {
                    let hash = mix(frame.state);
                    self.cache_hash(frame.value, hash);
                    stack.pop();
                    done = Some(hash);
                }
            }
        }
    }

    /// The hash of a value that has no parts to visit, or whose hash is known.
    fn hash_leaf(self, value: Value<'s>) -> Option<u32> {
        Some(match value.unpack() {
            Word::Ref(offset) => match self.kind(value) {
                Kind::Int => mix(self.as_int(value).unwrap_or(0) as u64),
                Kind::Float => mix((self.as_float(value).unwrap_or(0.0) + 0.0).to_bits() ^ 0xF10A7),
                Kind::String => self.hash_bytes(offset),
                Kind::Bytes => mix(self.core.payload(offset).iter().fold(1, |h, w| combine(h, mix(*w)))),
                // By place would be wrong for what moves: all atoms and cells share one hash a kind.
                Kind::Atom => mix(0xA70),
                Kind::Cell => mix(0xCE11),
                Kind::Vector => return self.cached_hash(offset, 4),
                Kind::Map | Kind::Set => return self.cached_hash(offset, 2),
                _ => return None,
            },
            Word::Int(n) => mix(n as u64),
            // -0.0 equals 0.0.
            Word::Float(bits) => mix(bits ^ 0xF10A7),
            Word::EmptyList => mix(SEQUENTIAL),
            _ => mix(value.word()),
        })
    }

    fn cached_hash(self, offset: u64, place: usize) -> Option<u32> {
        let word = self.core.atomic(offset, place).load(Ordering::Relaxed);
        Value::from_word(word).as_small_int().map(|hash| hash as u32)
    }

    fn cache_hash(self, value: Value<'s>, hash: u32) {
        let place = match self.kind(value) {
            Kind::Vector => 4,
            Kind::Map | Kind::Set => 2,
            _ => return,
        };
        if let Some(hash) = Value::small_int(hash as i64) {
            self.core.atomic(value.word(), place).store(hash.word(), Ordering::Relaxed);
        }
    }

    /// The hash of a string's bytes, kept in the upper half of its first word (0: not known yet).
    fn hash_bytes(self, offset: u64) -> u32 {
        let first = self.core.atomic(offset, 0);
        let head = first.load(Ordering::Relaxed);
        if head >> 32 != 0 {
            return (head >> 32) as u32;
        }
        let words = self.core.payload(offset);
        let state = words[1..]
            .iter()
            .fold(head ^ 0x57A1, |h, word| (h.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let hash = mix(state).max(1);
        first.store(head | (hash as u64) << 32, Ordering::Relaxed);
        hash
    }

    fn hash_frame(self, value: Value<'s>) -> Frame<'s> {
        let frame = |pending, state, is_ordered| Frame { value, pending, state, is_ordered };
        match self.kind(value) {
            Kind::Map => {
                let entries = self.map_iter(value);
                // An entry counts as the pair of its hashes: it is hashed as a value of its own.
                let mut state = MAP;
                let mut pending = Vec::new();
                for (key, item) in entries {
                    match (self.hash_leaf(key), self.hash_leaf(item)) {
                        (Some(k), Some(v)) => state = state.wrapping_add(entry_hash(k, v) as u64),
                        _ => pending.push((key, item)),
                    }
                }
                for (key, item) in pending {
                    let (k, v) = (self.hash(key), self.hash(item));
                    state = state.wrapping_add(entry_hash(k, v) as u64);
                }
                frame(Vec::new(), state, false)
            }
            Kind::Set => frame(self.set_iter(value).collect(), SET, false),
            Kind::Record => {
                let words = self.record_words(value).iter();
                let tag = self.record_tag(value).unwrap_or(0) as u64;
                let state = words.fold(tag + 0x4EC, |h, word| combine(h, mix(*word)));
                frame(self.record_values(value).iter().rev().copied().collect(), state, true)
            }
            _ => {
                let mut elements: Vec<_> = match self.elements(value) {
                    Some(Elements::List(mut iter)) => {
                        let mut all: Vec<_> = iter.by_ref().collect();
                        if !iter.rest().is_identical(Value::EMPTY_LIST) && !iter.rest().is_nil() {
                            all.push(iter.rest());
                        }
                        all
                    }
                    Some(Elements::Vector(iter)) => iter.collect(),
                    None => Vec::new(),
                };
                elements.reverse();
                frame(elements, SEQUENTIAL, true)
            }
        }
    }
}

fn entry_hash(key: u32, value: u32) -> u32 {
    mix(combine(combine(7, key), value))
}

fn step(frame: &Frame<'_>, hash: u32) -> u64 {
    if frame.is_ordered {
        combine(frame.state, hash)
    } else {
        frame.state.wrapping_add(mix(hash as u64) as u64)
    }
}
