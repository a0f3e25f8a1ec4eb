//! The CHAMP trie under maps and sets.
//!
//! A branch's payload is one raw word, `data bitmap | node bitmap << 32`, then the entries in bit order, then
//! the child nodes in bit order. An entry is `W` values: key and value in a map, the element in a set. Five
//! bits of the hash choose the place at each level, the highest first. Entries whose whole 32-bit hash
//! collides share a collision node under the last level: [nil, entry...].
//!
//! Enter at [`Scope::trie_find`], [`Scope::trie_put`], [`Scope::trie_remove`]; bulk building is in `bulk.rs`.
//!
//! Source: Steindorfer and Vinju, Optimizing Hash-Array Mapped Tries for Fast and Lean Immutable JVM
//! Collections (2015).
//!
//! Invariant: the shape is canonical: a child holds at least two entries, and the root is a branch, so equal
//! maps have equal shapes (but for the order inside collision nodes).

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope, as_values, as_words};
use crate::value::Value;

pub(crate) const BITS: u32 = 5;
/// The shift below the last level of branches: collision nodes lie here.
pub(crate) const SHIFT_END: u32 = 35;

/// A branch's parts, read once.
struct Branch<'s> {
    data: u32,
    nodes: u32,
    /// The whole payload: bitmaps, entries, children.
    words: &'s [u64],
}

impl<'s> Branch<'s> {
    /// Place in the payload of an entry, there or not.
    fn entry_at<const W: usize>(&self, bit: u32) -> usize {
        1 + index_of(self.data, bit) * W
    }

    /// Place in the payload of a child, there or not.
    fn child_at<const W: usize>(&self, bit: u32) -> usize {
        1 + self.data.count_ones() as usize * W + index_of(self.nodes, bit)
    }

    fn entry<const W: usize>(&self, at: usize) -> &'s [Value<'s>] {
        as_values(&self.words[at..at + W])
    }

    fn child(&self, at: usize) -> Value<'s> {
        Value::from_word(self.words[at])
    }
}

/// The bit of a hash at the level of a shift below `SHIFT_END`.
#[inline(always)]
pub(crate) fn bit_at(hash: u32, shift: u32) -> u32 {
    1 << ((hash << shift) >> (32 - BITS))
}

#[inline(always)]
fn index_of(bitmap: u32, bit: u32) -> usize {
    (bitmap & (bit - 1)).count_ones() as usize
}

pub(crate) fn bitmaps(data: u32, nodes: u32) -> u64 {
    data as u64 | (nodes as u64) << 32
}

/// What became of a node into which an entry was put.
pub(crate) enum Put<'s> {
    /// It held the same entry.
    Same,
    /// A node with another value for the key.
    Replaced(Value<'s>),
    /// A node with one entry more.
    Added(Value<'s>),
}

/// What is left of a node after an entry went.
pub(crate) enum Rest<'s, const W: usize> {
    /// The key was not there.
    Same,
    /// The node without it.
    Node(Value<'s>),
    /// One entry is left: it moves into the parent.
    Single([Value<'s>; W]),
    /// Nothing is left: only of a root.
    Empty,
}

impl<'s> Scope<'s> {
    fn branch(self, node: Value<'s>) -> Branch<'s> {
        let words = self.core.payload(node.word());
        Branch { data: words[0] as u32, nodes: (words[0] >> 32) as u32, words }
    }

    fn new_branch<const N: usize>(self, parts: [&[u64]; N]) -> Result<Value<'s>, OutOfMemory> {
        self.core.object_of(Kind::MapBranch, parts)
    }

    /// The branch with one word of its payload replaced.
    fn branch_with(self, branch: &Branch<'s>, at: usize, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.new_branch([&branch.words[..at], &[value.word()], &branch.words[at + 1..]])
    }

    /// The entry of a key. `root` may be nil.
    #[inline]
    pub(crate) fn trie_find<const W: usize>(
        self,
        root: Value<'s>,
        hash: u32,
        key: Value<'s>,
    ) -> Option<&'s [Value<'s>]> {
        if root.is_nil() {
            return None;
        }
        let mut node = root;
        let mut shift = 0;
        while shift < SHIFT_END {
            let branch = self.branch(node);
            let bit = bit_at(hash, shift);
            if branch.data & bit != 0 {
                let entry = branch.entry::<W>(branch.entry_at::<W>(bit));
                return self.equal(entry[0], key).then_some(entry);
            }
            if branch.nodes & bit == 0 {
                return None;
            }
            node = branch.child(branch.child_at::<W>(bit));
            shift += BITS;
        }
        self.collision_entries(node).chunks_exact(W).find(|entry| self.equal(entry[0], key))
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
            node = branch.child(children + index_of(branch.nodes, bit));
            shift += BITS;
        }
        if node.is_nil() { &[] } else { self.collision_entries(node) }
    }

    fn collision_entries(self, node: Value<'s>) -> &'s [Value<'s>] {
        as_values(&self.core.payload(node.word())[1..])
    }

    /// Puts an entry into a trie, or replaces the value of an equal key, which stays. `root` may be nil.
    pub(crate) fn trie_put<const W: usize>(
        self,
        root: Value<'s>,
        hash: u32,
        entry: [Value<'s>; W],
    ) -> Result<Put<'s>, OutOfMemory> {
        if root.is_nil() {
            let bit = bit_at(hash, 0);
            return self.new_branch([&[bitmaps(bit, 0)], as_words(&entry)]).map(Put::Added);
        }
        self.put(root, 0, hash, &entry)
    }

    fn put<const W: usize>(
        self,
        node: Value<'s>,
        shift: u32,
        hash: u32,
        entry: &[Value<'s>; W],
    ) -> Result<Put<'s>, OutOfMemory> {
        if shift >= SHIFT_END {
            return self.collision_put(node, entry);
        }
        let branch = self.branch(node);
        let (data, nodes, words) = (branch.data, branch.nodes, branch.words);
        let bit = bit_at(hash, shift);
        if nodes & bit != 0 {
            let at = branch.child_at::<W>(bit);
            return Ok(match self.put(branch.child(at), shift + BITS, hash, entry)? {
                Put::Same => Put::Same,
                Put::Replaced(child) => Put::Replaced(self.branch_with(&branch, at, child)?),
                Put::Added(child) => Put::Added(self.branch_with(&branch, at, child)?),
            });
        }
        let at = branch.entry_at::<W>(bit);
        if data & bit == 0 {
            let maps = [bitmaps(data | bit, nodes)];
            let parts = [&maps, &words[1..at], as_words(entry), &words[at..]];
            return self.new_branch(parts).map(Put::Added);
        }
        let old = branch.entry::<W>(at);
        if self.equal(old[0], entry[0]) {
            if W == 1 || old[W - 1].is_identical(entry[W - 1]) {
                return Ok(Put::Same);
            }
            return self.branch_with(&branch, at + W - 1, entry[W - 1]).map(Put::Replaced);
        }
        // Two entries meet: they move into a child.
        let child = [self.pair_node::<W>(shift + BITS, self.hash(old[0]), old, hash, entry)?.word()];
        let maps = [bitmaps(data & !bit, nodes | bit)];
        let child_at = branch.child_at::<W>(bit);
        let parts = [&maps, &words[1..at], &words[at + W..child_at], &child, &words[child_at..]];
        self.new_branch(parts).map(Put::Added)
    }

    /// A node with two entries of different keys.
    fn pair_node<const W: usize>(
        self,
        shift: u32,
        hash_a: u32,
        a: &[Value<'s>],
        hash_b: u32,
        b: &[Value<'s>],
    ) -> Result<Value<'s>, OutOfMemory> {
        let (a_words, b_words) = (as_words(a), as_words(b));
        if shift >= SHIFT_END {
            return self.core.object_of(Kind::MapCollision, [&[Value::NIL.word()], a_words, b_words]);
        }
        let (bit_a, bit_b) = (bit_at(hash_a, shift), bit_at(hash_b, shift));
        if bit_a == bit_b {
            let child = self.pair_node::<W>(shift + BITS, hash_a, a, hash_b, b)?;
            return self.new_branch([&[bitmaps(0, bit_a)], &[child.word()]]);
        }
        let (first, second) = if bit_a < bit_b { (a_words, b_words) } else { (b_words, a_words) };
        self.new_branch([&[bitmaps(bit_a | bit_b, 0)], first, second])
    }

    fn collision_put<const W: usize>(
        self,
        node: Value<'s>,
        entry: &[Value<'s>; W],
    ) -> Result<Put<'s>, OutOfMemory> {
        let words = self.core.payload(node.word());
        let put = |parts: [&[u64]; 3]| self.core.object_of(Kind::MapCollision, parts);
        let found = self.collision_entries(node).chunks_exact(W).position(|old| self.equal(old[0], entry[0]));
        let Some(index) = found else { return put([words, as_words(entry), &[]]).map(Put::Added) };
        let value_at = index * W + W;
        if W == 1 || words[value_at] == entry[W - 1].word() {
            return Ok(Put::Same);
        }
        put([&words[..value_at], &[entry[W - 1].word()], &words[value_at + 1..]]).map(Put::Replaced)
    }

    /// The trie without the entry of a key. `root` may be nil.
    pub(crate) fn trie_remove<const W: usize>(
        self,
        root: Value<'s>,
        hash: u32,
        key: Value<'s>,
    ) -> Result<Rest<'s, W>, OutOfMemory> {
        if root.is_nil() { Ok(Rest::Same) } else { self.remove(root, 0, hash, key) }
    }

    fn remove<const W: usize>(
        self,
        node: Value<'s>,
        shift: u32,
        hash: u32,
        key: Value<'s>,
    ) -> Result<Rest<'s, W>, OutOfMemory> {
        if shift >= SHIFT_END {
            return self.collision_remove(node, key);
        }
        let branch = self.branch(node);
        let (data, nodes, words) = (branch.data, branch.nodes, branch.words);
        let bit = bit_at(hash, shift);
        if data & bit != 0 {
            let at = branch.entry_at::<W>(bit);
            if !self.equal(branch.entry::<W>(at)[0], key) {
                return Ok(Rest::Same);
            }
            if nodes == 0 && words.len() == 1 + W {
                return Ok(Rest::Empty);
            }
            if nodes == 0 && words.len() == 1 + 2 * W && shift > 0 {
                return Ok(Rest::Single(entry_of(branch.entry::<W>(if at == 1 { 1 + W } else { 1 }))));
            }
            let maps = [bitmaps(data & !bit, nodes)];
            return self.new_branch([&maps, &words[1..at], &words[at + W..]]).map(Rest::Node);
        }
        if nodes & bit == 0 {
            return Ok(Rest::Same);
        }
        let at = branch.child_at::<W>(bit);
        match self.remove::<W>(branch.child(at), shift + BITS, hash, key)? {
            Rest::Node(child) => self.branch_with(&branch, at, child).map(Rest::Node),
            Rest::Single(entry) if words.len() == 2 && shift > 0 => Ok(Rest::Single(entry)),
            Rest::Single(entry) => {
                let maps = [bitmaps(data | bit, nodes & !bit)];
                let to = branch.entry_at::<W>(bit);
                let parts = [&maps, &words[1..to], as_words(&entry), &words[to..at], &words[at + 1..]];
                self.new_branch(parts).map(Rest::Node)
            }
            // A child holds two entries or more, so it is never emptied.
            Rest::Same | Rest::Empty => Ok(Rest::Same),
        }
    }

    fn collision_remove<const W: usize>(
        self,
        node: Value<'s>,
        key: Value<'s>,
    ) -> Result<Rest<'s, W>, OutOfMemory> {
        let words = self.core.payload(node.word());
        let entries = self.collision_entries(node);
        let found = entries.chunks_exact(W).position(|entry| self.equal(entry[0], key));
        let Some(index) = found else { return Ok(Rest::Same) };
        if entries.len() == 2 * W {
            let other = (1 - index) * W;
            return Ok(Rest::Single(entry_of(&entries[other..other + W])));
        }
        let at = 1 + index * W;
        self.core.object_of(Kind::MapCollision, [&words[..at], &words[at + W..]]).map(Rest::Node)
    }

    /// What nodes of equal contents have in common: bitmaps, and the count of words.
    pub(crate) fn trie_shape(self, node: Value<'s>) -> (u64, usize) {
        let words = self.core.payload(node.word());
        (words[0], words.len())
    }

    /// Entries, of `width` values each, and children of a node of a trie or of a sorted tree.
    pub(crate) fn trie_node(self, node: Value<'s>, width: usize) -> (&'s [Value<'s>], &'s [Value<'s>]) {
        match self.kind(node) {
            Kind::MapCollision => return (self.collision_entries(node), &[]),
            Kind::SortedBranch => return self.sorted_node(node),
            _ => {}
        }
        let branch = self.branch(node);
        as_values(&branch.words[1..]).split_at(branch.data.count_ones() as usize * width)
    }

    /// The entries of a trie, in hash order. `root` may be nil.
    pub(crate) fn trie_iter<const W: usize>(self, root: Value<'s>) -> TrieIter<'s, W> {
        let mut iter = TrieIter { s: self, entries: &[], children: [&[]; LEVELS], depth: 0 };
        if !root.is_nil() {
            iter.descend(root);
        }
        iter
    }
}

fn entry_of<'s, const W: usize>(values: &[Value<'s>]) -> [Value<'s>; W] {
    core::array::from_fn(|index| values[index])
}

/// Levels of branches, and collision nodes.
pub(crate) const LEVELS: usize = 8;

/// The entries of a trie: a stack of the children still to visit at each level.
#[derive(Clone)]
pub(crate) struct TrieIter<'s, const W: usize> {
    s: Scope<'s>,
    entries: &'s [Value<'s>],
    children: [&'s [Value<'s>]; LEVELS],
    depth: usize,
}

impl<'s, const W: usize> TrieIter<'s, W> {
    fn descend(&mut self, node: Value<'s>) {
        let (entries, children) = self.s.trie_node(node, W);
        self.entries = entries;
        if !children.is_empty() {
            self.children[self.depth] = children;
            self.depth += 1;
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
            let level = self.depth.checked_sub(1)?;
            match self.children[level].split_first() {
                Some((child, rest)) => {
                    self.children[level] = rest;
                    self.descend(*child);
                }
                None => self.depth = level,
            }
        }
    }
}
