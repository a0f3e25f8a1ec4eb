//! Hash by value: equal values have equal hashes.
//!
//! Enter at [`Scope::hash`]. It walks with a stack of its own, so that a value a million levels deep is no
//! danger, and remembers the hashes of recent parts, so that one made by sharing (whose tree would be huge)
//! costs no more than its parts. Cached in strings, vectors, maps and sets.
//!
//! Lists and vectors with equal elements hash alike; maps and sets hash without regard to order.

use crate::meta::{TRIE_HASH, VECTOR_HASH};
use crate::object::Kind;
use crate::recent::Recent;
use crate::rope::ROPE_HASH;
use crate::scope::Scope;
use crate::value::{Value, Word};
use crate::vector_tree::below;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

const SEQUENTIAL: u64 = 0x5EC0;
const MAP: u64 = 0x3A9;
const SET: u64 = 0x5E7;
const ENTRY: u64 = 7;

/// A finaliser with full avalanche (Stafford's variant 13 of the murmur3 finaliser), folded to 32 bits.
#[inline(always)]
pub(crate) fn mix(x: u64) -> u32 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let x = x ^ (x >> 31);
    (x ^ (x >> 32)) as u32
}

/// Multiplies by 2^64 over the golden ratio and takes the upper half.
#[inline(always)]
pub(crate) fn place_int(n: i64) -> u32 {
    let n = n as u64;
    ((n ^ n >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

/// One step of an ordered hash.
fn combine(state: u64, next: u32) -> u64 {
    (state.rotate_left(5) ^ next as u64).wrapping_mul(0x517C_C1B7_2722_0A95)
}

fn entry_hash(key: u32, value: u32) -> u32 {
    mix(combine(combine(ENTRY, key), value))
}

/// What is left to do, last first.
enum Work<'s> {
    /// Hash a value into the open one.
    Value(Value<'s>),
    /// Hash the elements of a list that is open.
    List(Value<'s>),
    /// Hash values in a row.
    Slice(&'s [Value<'s>]),
    /// Hash the elements under a branch of a vector; the shift is 0 at a leaf.
    Branch(Value<'s>, u32),
    /// Hash the entries (of so many values each) under a node of a trie or a sorted tree.
    Node(Value<'s>, usize),
    /// Hash a key and its value.
    Entry(Value<'s>, Value<'s>),
    /// The open value is complete. Nil stands for an entry.
    Close(Value<'s>),
}

/// A hash under way.
struct Open {
    state: u64,
    is_ordered: bool,
}

struct Machine<'s> {
    s: Scope<'s>,
    work: Vec<Work<'s>>,
    open: Vec<Open>,
    result: u32,
    recent: Recent,
}

impl<'s> Scope<'s> {
    /// The hash of a value: equal values have equal hashes. O(1) for what is immediate or was hashed before
    /// (strings, vectors, maps, sets), else O(n).
    #[inline]
    pub fn hash(self, value: Value<'s>) -> u32 {
        match value.as_small_int() {
            Some(n) => mix(n as u64),
            None => self.hash_known(value).unwrap_or_else(|| self.hash_deep(value)),
        }
    }

    /// The hash by which a trie places a key. It spreads a range of integers evenly (Fibonacci hashing: Knuth,
    /// The Art of Computer Programming 6.4), so that the tries of such keys, the commonest, are as flat as can be.
    #[inline(always)]
    pub(crate) fn place_hash(self, key: Value<'s>) -> u32 {
        match key.as_small_int() {
            Some(n) => place_int(n),
            None => self.place_other(key),
        }
    }

    fn place_other(self, key: Value<'s>) -> u32 {
        match self.as_int(key) {
            Some(n) => place_int(n),
            None => self.alias_of(key).map_or_else(|| self.hash(key), |other| self.place_hash(other)),
        }
    }

    /// The hash of a value that has no parts to visit, or whose hash is cached.
    fn hash_known(self, value: Value<'s>) -> Option<u32> {
        Some(match value.unpack() {
            Word::Ref(offset) => match self.kind(value) {
                Kind::Int => mix(self.as_int(value).unwrap_or(0) as u64),
                // -0.0 equals 0.0.
                Kind::Float => mix((self.as_float(value).unwrap_or(0.0) + 0.0).to_bits() ^ 0xF10A7),
                Kind::String if self.rope_root(value).is_some() => self.hash_rope(value),
                Kind::String => self.hash_text(offset),
                Kind::Bytes => {
                    hash_words(self.core.word(offset, 0), self.core.payload_from(offset, 1).iter().copied())
                }
                // Atoms never move.
                Kind::Atom => mix(self.core.resolve(offset) ^ 0xA70),
                // Cells do: all share one hash.
                Kind::Cell => mix(0xCE11),
                Kind::Vector => return self.cached_hash(offset, VECTOR_HASH),
                Kind::Map | Kind::Set | Kind::SortedMap | Kind::SortedSet => {
                    return self.cached_hash(offset, TRIE_HASH);
                }
                Kind::Record => return self.alias_of(value).map(|other| self.hash(other)),
                _ => return None,
            },
            Word::Int(n) => mix(n as u64),
            Word::Float(bits) => mix(bits ^ 0xF10A7),
            Word::EmptyList => mix(SEQUENTIAL),
            _ => mix(value.word()),
        })
    }

    /// The hash of a string in one part that was hashed before.
    #[inline(always)]
    pub(crate) fn text_hash(self, value: Value<'s>) -> Option<u32> {
        let hash = (self.text_words(value)?.0 >> 32) as u32;
        (hash != 0).then_some(hash)
    }

    /// A string in one part: its first word, which says its length and its hash, and the words of its text.
    #[inline(always)]
    pub(crate) fn text_words(self, value: Value<'s>) -> Option<(u64, &'s [u64])> {
        if !value.is_reference() {
            return None;
        }
        let offset = value.word();
        let is_text = self.core.header(offset) as u8 == Kind::String as u8;
        is_text.then(|| (self.core.word(offset, 0), self.core.payload_from(offset, 1)))
    }

    /// The hash that a head caches, if it does.
    #[inline]
    pub(crate) fn cached_hash(self, offset: u64, place: usize) -> Option<u32> {
        self.head(offset, place).as_small_int().map(|hash| hash as u32)
    }

    fn cache_hash(self, value: Value<'s>, place: usize, hash: u32) {
        if let Some(hash) = Value::small_int(hash as i64) {
            self.core.atomic(value.word(), place).store(hash.word(), Ordering::Relaxed);
        }
    }

    /// The hash of a rope is that of the flat string of its text.
    #[cold]
    fn hash_rope(self, rope: Value<'s>) -> u32 {
        if let Some(hash) = self.cached_hash(rope.word(), ROPE_HASH) {
            return hash;
        }
        let length = self.string_len(rope).unwrap_or(0);
        let hash = text_hash(length, self.string_words(rope));
        self.cache_hash(rope, ROPE_HASH, hash);
        hash
    }

    fn hash_text(self, offset: u64) -> u32 {
        let head = self.core.word(offset, 0);
        if head >> 32 != 0 {
            return (head >> 32) as u32;
        }
        let hash = text_hash(head as usize, self.core.payload_from(offset, 1).iter().copied());
        self.core.atomic(offset, 0).store(head | (hash as u64) << 32, Ordering::Relaxed);
        hash
    }

    #[inline(never)]
    fn hash_deep(self, value: Value<'s>) -> u32 {
        let work = alloc::vec![Work::Value(value)];
        let mut machine = Machine { s: self, work, open: Vec::new(), result: 0, recent: Recent::new() };
        while let Some(work) = machine.work.pop() {
            machine.step(work);
        }
        machine.result
    }
}

/// The hash of a text of so many bytes in words, which is never 0: that stands for none.
pub(crate) fn text_hash(length: usize, words: impl Iterator<Item = u64>) -> u32 {
    hash_words(length as u64, words).max(1)
}

fn hash_words(length: u64, words: impl Iterator<Item = u64>) -> u32 {
    let start = length ^ 0x57A1;
    mix(words.fold(start, |state, word| (state.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

impl<'s> Machine<'s> {
    fn step(&mut self, work: Work<'s>) {
        match work {
            Work::Value(value) => match self.known(value) {
                Some(hash) => self.feed(hash),
                None => self.open(value),
            },
            Work::List(list) => self.list(list),
            Work::Slice(values) => self.slice(values),
            Work::Branch(leaf, 0) => self.slice(self.s.vector_leaf(leaf)),
            Work::Branch(branch, shift) => {
                let children = self.s.vector_children(branch).iter().rev();
                self.work.extend(children.map(|child| Work::Branch(child, below(shift))));
            }
            Work::Node(node, width) => self.node(node, width),
            Work::Entry(key, value) => {
                self.open.push(Open { state: ENTRY, is_ordered: true });
                self.work.extend([Work::Close(Value::NIL), Work::Value(value), Work::Value(key)]);
            }
            Work::Close(value) => self.close(value),
        }
    }

    fn known(&self, value: Value<'s>) -> Option<u32> {
        self.s.hash_known(value).or_else(|| self.recent.get((value.word(), 0)))
    }

    fn feed(&mut self, hash: u32) {
        match self.open.last_mut() {
            None => self.result = hash,
            Some(open) if open.is_ordered => open.state = combine(open.state, hash),
            Some(open) => open.state = open.state.wrapping_add(combine(ENTRY, hash)),
        }
    }

    fn open(&mut self, value: Value<'s>) {
        let s = self.s;
        self.work.push(Work::Close(value));
        let (state, is_ordered) = match s.kind(value) {
            kind @ (Kind::Map | Kind::Set | Kind::SortedMap | Kind::SortedSet) => {
                let is_map = matches!(kind, Kind::Map | Kind::SortedMap);
                let (state, width) = if is_map { (MAP, 2) } else { (SET, 1) };
                let root = s.trie_root(value);
                if !root.is_nil() {
                    self.work.push(Work::Node(root, width));
                }
                (state, false)
            }
            Kind::Record => {
                let tag = s.record_tag(value).unwrap_or(0) as u64 + 0x4EC;
                self.work.push(Work::Slice(s.record_values(value)));
                (s.record_words(value).iter().fold(tag, |state, word| combine(state, mix(*word))), true)
            }
            _ => {
                self.work.push(Work::List(value));
                (SEQUENTIAL, true)
            }
        };
        self.open.push(Open { state, is_ordered });
    }

    fn close(&mut self, value: Value<'s>) {
        let Some(open) = self.open.pop() else { return };
        let hash = mix(open.state);
        match self.s.kind(value) {
            Kind::Nil => {}
            Kind::Vector => self.s.cache_hash(value, VECTOR_HASH, hash),
            Kind::Map | Kind::Set | Kind::SortedMap | Kind::SortedSet => {
                self.s.cache_hash(value, TRIE_HASH, hash);
            }
            _ if self.recent.ask() => self.recent.note((value.word(), 0), hash),
            _ => {}
        }
        self.feed(hash);
    }

    /// Hashes elements until one has parts of its own, or the list ends.
    fn list(&mut self, mut list: Value<'s>) {
        while let Some(pair) = self.s.pair_values(list) {
            list = pair[1];
            match self.known(pair[0]) {
                Some(hash) => self.feed(hash),
                None => {
                    self.work.extend([Work::List(list), Work::Value(pair[0])]);
                    return;
                }
            }
        }
        match self.s.kind(list) {
            Kind::EmptyList | Kind::Nil => {}
            Kind::Vector => {
                let parts = self.s.vector_parts(list);
                self.work.push(Work::Slice(self.s.tail_of(&parts)));
                if !parts.tree.root.is_nil() {
                    self.work.push(Work::Branch(parts.tree.root, parts.tree.shift));
                }
            }
            // A sequence that only its maker can read counts as one more element.
            _ => self.work.push(Work::Value(list)),
        }
    }

    fn slice(&mut self, values: &'s [Value<'s>]) {
        for (index, value) in values.iter().enumerate() {
            match self.known(*value) {
                Some(hash) => self.feed(hash),
                None => {
                    self.work.extend([Work::Slice(&values[index + 1..]), Work::Value(*value)]);
                    return;
                }
            }
        }
    }

    fn node(&mut self, node: Value<'s>, width: usize) {
        let (entries, children) = self.s.trie_node(node, width);
        self.work.extend(children.iter().map(|child| Work::Node(child, width)));
        for entry in entries.chunks_exact(width) {
            match entry {
                [element] => match self.known(*element) {
                    Some(hash) => self.feed(hash),
                    None => self.work.push(Work::Value(*element)),
                },
                [key, value, ..] => match (self.known(*key), self.known(*value)) {
                    (Some(key), Some(value)) => self.feed(entry_hash(key, value)),
                    _ => self.work.push(Work::Entry(*key, *value)),
                },
                [] => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::collections::BTreeMap;

    const COUNT: i64 = 20_000;

    /// Keys that a formula makes: how many of them collide, and how many share a node at the fourth level at most.
    fn check(name: &str, key: impl Fn(i64) -> i64, colliding_max: usize, sharing_max: usize) {
        let (mut hashes, mut nodes) = (BTreeMap::new(), BTreeMap::new());
        for n in 0..COUNT {
            let hash = place_int(key(n));
            *hashes.entry(hash).or_insert(0) += 1;
            *nodes.entry(hash >> 17).or_insert(0) += 1;
        }
        let colliding = COUNT as usize - hashes.len();
        let sharing = nodes.values().copied().max().unwrap_or(0);
        assert!(colliding <= colliding_max && sharing <= sharing_max, "{name}: {colliding}, {sharing}");
    }

    #[test]
    fn integers_of_all_patterns_spread() {
        for shift in 0..46 {
            check("powers of two", |n| n << shift, 0, 10);
        }
        for stride in [-1, 3, 10, 1000, 1001, 4097, 65_537, 1_000_000_000, 1_000_000_007] {
            check("strides", |n| n * stride, 0, 10);
        }
        for (row, column) in [(1000, 1), (1 << 16, 1), (1 << 32, 1), (1 << 40, 1 << 20)] {
            check("grids", |n| n / 141 * row + n % 141 * column, 0, 10);
        }
        check("twins", |n| n << 32 | n, 0, 10);
        // The worst there are: Fibonacci numbers bring the golden ratio back to where it was.
        check("a Fibonacci stride", |n| n * 832_040, 0, 100);
        check("a large Fibonacci stride", |n| n * 2_971_215_073, 2_000, 100);
    }
}
