//! The CHAMP trie under maps and sets.
//!
//! A branch's payload is one raw word, `data bitmap | node bitmap << 32`, then the entries in bit order, then
//! the child nodes in bit order, two in a word (`object.rs`): what is copied along a path are mostly children, and
//! what an update waits for are their cache lines ([experiment 0024](../../../docs/experiments/0024-references-of-32-bits.md)). An entry is `W` values: key and value in a map, the element in a set. Bits of
//! the hash choose the place at each level, the highest first: four at each of the upper levels, which every
//! change copies, and five below, where each level is a cache miss. Entries whose whole 32-bit hash
//! collides share a collision node under the last level: [nil, entry...].
//!
//! Enter at [`Scope::trie_find`] and [`Scope::trie_iter`]; changes are made in `edit.rs`, bulk building in `bulk.rs`.
//!
//! Source: Steindorfer and Vinju, Optimizing Hash-Array Mapped Tries for Fast and Lean Immutable JVM
//! Collections (2015).
//!
//! Invariant: the shape is canonical: a child holds at least two entries, and the root is a branch, so equal
//! maps have equal shapes (but for the order inside collision nodes).

use crate::hash::place_int;
use crate::object::Kind;
use crate::pairs::{Nodes, node_of};
use crate::scope::{Scope, as_halves, as_values};
use crate::value::Value;

/// Bits that choose the place in a branch of the upper levels, and where these end.
const NARROW_BITS: u32 = 4;
const NARROW_END: u32 = 12;
/// Bits that choose the place in a branch below.
const WIDE_BITS: u32 = 5;
/// The shift of the first branches of a large trie that are seldom in the cache: there is only a few thousand above.
pub(crate) const UPPER_END: u32 = NARROW_END + WIDE_BITS;
/// Places of the widest branch.
pub(crate) const FAN: usize = 1 << WIDE_BITS;
/// The shift below the last level of branches, where the hash ends: collision nodes lie here.
pub(crate) const SHIFT_END: u32 = 32;

/// The upper levels are small enough to be in the cache; what is fetched ahead of a lower node that will be looked at, of
/// one that will be copied, and of one whose entries come in a while.
const LOOK_BYTES: usize = 64;
const COPY_BYTES: usize = 320;
const ITER_BYTES: usize = 192;
/// How many nodes before it a node is fetched in an iteration.
const AHEAD: usize = 8;

/// A branch's parts, read once.
pub(crate) struct Branch<'s> {
    pub(crate) data: u32,
    pub(crate) nodes: u32,
    /// The whole payload: bitmaps, entries, children.
    pub(crate) words: &'s [u64],
}

impl<'s> Branch<'s> {
    #[inline(always)]
    pub(crate) fn of(words: &'s [u64]) -> Branch<'s> {
        Branch { data: words[0] as u32, nodes: (words[0] >> 32) as u32, words }
    }

    /// Place in the payload of an entry, there or not.
    #[inline(always)]
    pub(crate) fn entry_at<const W: usize>(&self, bit: u32) -> usize {
        1 + index_of(self.data, bit) * W
    }

    /// Where the children begin in the payload.
    #[inline(always)]
    pub(crate) fn children_at<const W: usize>(&self) -> usize {
        1 + self.data.count_ones() as usize * W
    }

    /// Which half of the payload holds a child, there or not.
    #[inline(always)]
    pub(crate) fn child_half<const W: usize>(&self, bit: u32) -> usize {
        self.children_at::<W>() * 2 + index_of(self.nodes, bit)
    }

    /// Entries and children.
    #[inline(always)]
    pub(crate) fn parts<const W: usize>(&self) -> (&'s [Value<'s>], Nodes<'s>) {
        let (entries, pairs) = self.words[1..].split_at(self.data.count_ones() as usize * W);
        (as_values(entries), Nodes::of(pairs, self.nodes.count_ones() as usize))
    }

    #[inline(always)]
    pub(crate) fn entry<const W: usize>(&self, at: usize) -> &'s [Value<'s>] {
        as_values(&self.words[at..at + W])
    }

    #[inline(always)]
    pub(crate) fn child(&self, half: usize) -> Value<'s> {
        node_of(as_halves(self.words)[half])
    }
}

/// The children of a node of a trie or of a sorted tree.
#[derive(Clone, Copy)]
pub(crate) enum Children<'s> {
    Nodes(Nodes<'s>),
    Values(&'s [Value<'s>]),
}

impl<'s> Children<'s> {
    pub(crate) fn get(self, index: usize) -> Option<Value<'s>> {
        match self {
            Children::Nodes(nodes) => nodes.get(index),
            Children::Values(values) => values.get(index).copied(),
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Value<'s>> {
        (0..).map_while(move |index| self.get(index))
    }
}

/// The bit of a hash at the level of a shift below `SHIFT_END`.
#[inline(always)]
pub(crate) fn bit_at(hash: u32, shift: u32) -> u32 {
    1 << ((hash << shift) >> (32 - bits_at(shift)))
}

#[inline(always)]
fn bits_at(shift: u32) -> u32 {
    if shift < NARROW_END { NARROW_BITS } else { WIDE_BITS }
}

/// The bits of a bitmap above that of a hash at the level of a shift below `SHIFT_END`.
#[inline(always)]
fn places_above(hash: u32, shift: u32) -> u32 {
    let bits = bits_at(shift);
    (!hash << shift >> (32 - bits)) + (u32::BITS - (1 << bits))
}

/// The shift of the children of a branch.
#[inline(always)]
pub(crate) fn deeper(shift: u32) -> u32 {
    shift + bits_at(shift)
}

#[inline(always)]
fn index_of(bitmap: u32, bit: u32) -> usize {
    (bitmap & (bit - 1)).count_ones() as usize
}

pub(crate) fn bitmaps(data: u32, nodes: u32) -> u64 {
    data as u64 | (nodes as u64) << 32
}

impl<'s> Scope<'s> {
    #[inline(always)]
    pub(crate) fn branch(self, node: Value<'s>) -> Branch<'s> {
        Branch::of(self.core.payload(node.word()))
    }

    /// Fetches a node that will be copied into the cache, if it may not be there.
    #[inline(always)]
    pub(crate) fn prefetch_copied(self, node: Value<'s>, shift: u32) {
        if shift >= NARROW_END {
            self.core.prefetch(node.word(), COPY_BYTES);
        }
    }

    /// The entry of a key. `root` may be nil.
    #[inline(always)]
    pub(crate) fn trie_find<const W: usize>(
        self,
        root: Value<'s>,
        key: Value<'s>,
    ) -> Option<&'s [Value<'s>; W]> {
        match key.as_small_int() {
            Some(n) => self.trie_find_at(root, place_int(n), key),
            None => self.trie_find_other(root, key),
        }
    }

    #[inline(never)]
    fn trie_find_other<const W: usize>(self, root: Value<'s>, key: Value<'s>) -> Option<&'s [Value<'s>; W]> {
        match self.text_hash(key) {
            Some(hash) => self.trie_find_at(root, hash, key),
            None => self.trie_find_hashed(root, key),
        }
    }

    #[inline(never)]
    fn trie_find_hashed<const W: usize>(self, root: Value<'s>, key: Value<'s>) -> Option<&'s [Value<'s>; W]> {
        self.trie_find_at(root, self.place_hash(key), key)
    }

    /// The entry of a key of a known hash. Nodes are read word by word (docs/soundness.md, 7): their lengths are not
    /// needed, and the fewer instructions a look-up takes, the more look-ups wait for memory at once.
    #[inline(always)]
    fn trie_find_at<const W: usize>(
        self,
        root: Value<'s>,
        hash: u32,
        key: Value<'s>,
    ) -> Option<&'s [Value<'s>; W]> {
        if root.is_nil() {
            return None;
        }
        let mut node = root.word();
        let mut shift = 0;
        while shift < SHIFT_END {
            let maps = self.core.word(node, 0);
            // The bit of the place comes to the top of both bitmaps, and those above it leave.
            let above = places_above(hash, shift);
            let (data, both) = ((maps as u32) << above, maps << above);
            if both as i64 >= 0 {
                if data as i32 >= 0 {
                    return None;
                }
                return self.entry_of_key(node, 1 + (data.count_ones() as usize - 1) * W, key);
            }
            // The bitmaps and the entries, of two halves a word, and the children before the one at the place, as which
            // `both` counts that one and the entries.
            let entries = (maps as u32).count_ones() as usize;
            node = self.core.half(node, 1 + both.count_ones() as usize + entries * (2 * W - 1));
            shift = deeper(shift);
            if shift >= NARROW_END {
                // What its bitmaps are likely to point to, before they are known.
                self.core.prefetch(node + 64, LOOK_BYTES);
            }
        }
        self.collided_entry(node, key)
    }

    /// The entry at a place of a branch, if its key is equal.
    #[inline(always)]
    fn entry_of_key<const W: usize>(
        self,
        node: u64,
        at: usize,
        key: Value<'s>,
    ) -> Option<&'s [Value<'s>; W]> {
        let entry = as_values(self.core.payload_part::<W>(node, at)).first_chunk()?;
        if key.is_reference() || entry[0].is_reference() {
            return self.entry_if_equal(entry, key);
        }
        entry[0].is_identical(key).then_some(entry)
    }

    /// Apart, as is all that needs registers saved: a look-up of a number does not.
    #[inline(never)]
    fn entry_if_equal<const W: usize>(
        self,
        entry: &'s [Value<'s>; W],
        key: Value<'s>,
    ) -> Option<&'s [Value<'s>; W]> {
        let are_equal = self.texts_equal(entry[0], key).unwrap_or_else(|| self.equal(entry[0], key));
        are_equal.then_some(entry)
    }

    #[cold]
    #[inline(never)]
    fn collided_entry<const W: usize>(self, node: u64, key: Value<'s>) -> Option<&'s [Value<'s>; W]> {
        let (entries, _) = self.collision_entries(Value::from_word(node)).as_chunks::<W>();
        entries.iter().find(|entry| self.equal(entry[0], key))
    }

    /// The entries among which a key of this hash is, if it is there: one, or those whose hashes collide.
    /// `root` may be nil.
    pub(crate) fn trie_candidates(self, root: Value<'s>, hash: u32, width: usize) -> &'s [Value<'s>] {
        let mut node = root;
        let mut shift = 0;
        while !node.is_nil() && shift < SHIFT_END {
            let branch = self.branch(node);
            let bit = bit_at(hash, shift);
            if branch.data & bit != 0 {
                let at = 1 + index_of(branch.data, bit) * width;
                return as_values(&branch.words[at..at + width]);
            }
            if branch.nodes & bit == 0 {
                return &[];
            }
            let children = 1 + branch.data.count_ones() as usize * width;
            node = branch.child(children * 2 + index_of(branch.nodes, bit));
            shift = deeper(shift);
        }
        if node.is_nil() { &[] } else { self.collision_entries(node) }
    }

    pub(crate) fn collision_entries(self, node: Value<'s>) -> &'s [Value<'s>] {
        as_values(&self.core.payload(node.word())[1..])
    }

    /// What nodes of equal contents have in common: bitmaps, and the count of words.
    pub(crate) fn trie_shape(self, node: Value<'s>) -> (u64, usize) {
        let words = self.core.payload(node.word());
        (words[0], words.len())
    }

    /// Entries, of `width` values each, and children of a node of a trie or of a sorted tree.
    pub(crate) fn trie_node(self, node: Value<'s>, width: usize) -> (&'s [Value<'s>], Children<'s>) {
        match self.kind(node) {
            Kind::MapCollision => (self.collision_entries(node), Children::Values(&[])),
            Kind::SortedBranch => {
                let (entries, children) = self.sorted_node(node);
                (entries, Children::Values(children))
            }
            _ => {
                let (entries, children) =
                    if width == 1 { self.branch(node).parts::<1>() } else { self.branch(node).parts::<2>() };
                (entries, Children::Nodes(children))
            }
        }
    }

    /// The same for a node of a trie.
    #[inline(always)]
    fn trie_parts<const W: usize>(self, node: Value<'s>) -> (&'s [Value<'s>], Nodes<'s>) {
        if self.core.header(node.word()) as u8 == Kind::MapCollision as u8 {
            return self.collision_parts(node);
        }
        self.branch(node).parts::<W>()
    }

    #[cold]
    fn collision_parts(self, node: Value<'s>) -> (&'s [Value<'s>], Nodes<'s>) {
        (self.collision_entries(node), Nodes::default())
    }

    /// The entries of a trie, in hash order. `root` may be nil.
    pub(crate) fn trie_iter<const W: usize>(self, root: Value<'s>) -> TrieIter<'s, W> {
        let mut iter = TrieIter { s: self, entries: &[], children: [Nodes::default(); LEVELS], depth: 0 };
        if !root.is_nil() {
            iter.descend(root);
        }
        iter
    }
}

/// Levels of branches, and collision nodes.
pub(crate) const LEVELS: usize = 8;

/// The entries of a trie: a stack of the children still to visit at each level.
#[derive(Clone)]
pub(crate) struct TrieIter<'s, const W: usize> {
    s: Scope<'s>,
    entries: &'s [Value<'s>],
    children: [Nodes<'s>; LEVELS],
    depth: usize,
}

impl<'s, const W: usize> TrieIter<'s, W> {
    fn descend(&mut self, node: Value<'s>) {
        let (entries, children) = self.s.trie_parts::<W>(node);
        self.entries = entries;
        if !children.is_empty() {
            // They are read one after the other, but lie anywhere.
            children.iter().take(AHEAD).for_each(|child| self.fetch(child));
            self.children[self.depth] = children;
            self.depth += 1;
        }
    }

    /// Goes on to the next node, which may have no entries of its own. Returns whether there is one.
    #[inline]
    fn next_node(&mut self) -> bool {
        while let Some(level) = self.depth.checked_sub(1) {
            if let Some((child, rest)) = self.children[level].split_first() {
                self.fetch_ahead(level);
                self.children[level] = rest;
                self.descend(child);
                return true;
            }
            self.depth = level;
        }
        false
    }

    fn fetch(&self, node: Value<'s>) {
        self.s.core.prefetch(node.word(), ITER_BYTES);
    }

    /// Fetches what comes `AHEAD` nodes later at a level, when the next one there is about to be read: a sibling, or a child of the
    /// next branch above, which itself was fetched long ago.
    #[inline(always)]
    fn fetch_ahead(&self, level: usize) {
        let siblings = self.children[level];
        if let Some(later) = siblings.get(AHEAD) {
            self.fetch(later);
        } else if level > 0
            && let Some(next) = self.children[level - 1].get(0)
            && let Some(later) = self.s.trie_parts::<W>(next).1.get(AHEAD - siblings.len())
        {
            self.fetch(later);
        }
    }
}

impl<'s, const W: usize> Iterator for TrieIter<'s, W> {
    type Item = &'s [Value<'s>];

    #[inline]
    fn next(&mut self) -> Option<&'s [Value<'s>]> {
        loop {
            if !self.entries.is_empty() {
                let (entry, rest) = self.entries.split_at(W);
                self.entries = rest;
                return Some(entry);
            }
            if !self.next_node() {
                return None;
            }
        }
    }

    /// Node by node: what is known of a node is looked at once for all its entries.
    #[inline]
    fn fold<A, F: FnMut(A, Self::Item) -> A>(mut self, start: A, mut f: F) -> A {
        let mut state = start;
        loop {
            state = self.entries.chunks_exact(W).fold(state, &mut f);
            if !self.next_node() {
                return state;
            }
        }
    }
}
