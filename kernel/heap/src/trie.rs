//! The CHAMP trie under maps and sets.
//!
//! A branch's payload is one raw word, `data bitmap | node bitmap << 32`, then the entries in bit order, then
//! the child nodes in bit order. An entry is `W` values: key and value in a map, the element in a set.
//! Entries whose whole 32-bit hash collides share a collision node: [hash, entry...].
//!
//! Source: Steindorfer and Vinju, Optimizing Hash-Array Mapped Tries for Fast and Lean Immutable JVM
//! Collections (2015).
//!
//! Invariant: the shape is canonical: a child holds at least two entries, so equal maps have equal shapes
//! (but for the order inside collision nodes).

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope, as_values};
use crate::value::Value;
use alloc::vec::Vec;

const BITS: u32 = 5;

/// A branch's parts, read once.
struct Branch<'s> {
    data: u32,
    nodes: u32,
    /// Entries, then children.
    slots: &'s [Value<'s>],
}

impl<'s> Branch<'s> {
    fn entries<const W: usize>(&self) -> &'s [Value<'s>] {
        &self.slots[..self.data.count_ones() as usize * W]
    }
}

fn bit_at(hash: u32, shift: u32) -> u32 {
    1 << (hash.checked_shr(shift).unwrap_or(0) & 31)
}

fn index_of(bitmap: u32, bit: u32) -> usize {
    (bitmap & (bit - 1)).count_ones() as usize
}

/// What is left of a node after an entry went.
pub(crate) enum Rest<'s> {
    /// The key was not there.
    Unchanged,
    /// The node without it.
    Node(Value<'s>),
    /// One entry is left: it moves into the parent.
    Single(Vec<Value<'s>>),
    /// Nothing is left.
    Empty,
}

impl<'s> Scope<'s> {
    fn branch(self, node: Value<'s>) -> Branch<'s> {
        let words = self.core.payload(node.word());
        Branch { data: words[0] as u32, nodes: (words[0] >> 32) as u32, slots: as_values(&words[1..]) }
    }

    fn new_branch(
        self,
        data: u32,
        nodes: u32,
        slots: impl ExactSizeIterator<Item = Value<'s>>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let count = slots.len();
        self.new_branch_of(data, nodes, count, slots)
    }

    fn new_branch_of(
        self,
        data: u32,
        nodes: u32,
        count: usize,
        slots: impl Iterator<Item = Value<'s>>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let bitmaps = data as u64 | (nodes as u64) << 32;
        let words = core::iter::once(bitmaps).chain(slots.map(|value| value.word()));
        Ok(Value::reference(self.core.object(Kind::MapBranch, count + 1, words)?))
    }

    /// The entry of a key.
    pub(crate) fn trie_find<const W: usize>(
        self,
        root: Value<'s>,
        hash: u32,
        key: Value<'s>,
    ) -> Option<&'s [Value<'s>]> {
        let mut node = root;
        let mut shift = 0;
        loop {
            if node.is_nil() {
                return None;
            }
            if self.kind(node) == Kind::MapCollision {
                let entries = &self.values_of(node)[1..];
                return entries.chunks(W).find(|entry| self.equal(entry[0], key));
            }
            let branch = self.branch(node);
            let bit = bit_at(hash, shift);
            if branch.data & bit != 0 {
                let at = index_of(branch.data, bit) * W;
                let entry = &branch.slots[at..at + W];
                return self.equal(entry[0], key).then_some(entry);
            }
            if branch.nodes & bit == 0 {
                return None;
            }
            node = branch.slots[branch.data.count_ones() as usize * W + index_of(branch.nodes, bit)];
            shift += BITS;
        }
    }

    /// The trie with an entry added or replaced, and whether it was added. `root` may be nil. An entry with
    /// an equal key keeps the old key.
    pub(crate) fn trie_assoc<const W: usize>(
        self,
        root: Value<'s>,
        shift: u32,
        hash: u32,
        entry: [Value<'s>; W],
    ) -> Result<(Value<'s>, bool), OutOfMemory> {
        if root.is_nil() {
            return Ok((self.new_branch(bit_at(hash, shift), 0, entry.into_iter())?, true));
        }
        if self.kind(root) == Kind::MapCollision {
            return self.collision_assoc(root, shift, hash, entry);
        }
        let branch = self.branch(root);
        let bit = bit_at(hash, shift);
        let (data_count, slot_count) = (branch.data.count_ones() as usize * W, branch.slots.len());
        if branch.data & bit != 0 {
            let at = index_of(branch.data, bit) * W;
            let old = &branch.slots[at..at + W];
            if self.equal(old[0], entry[0]) {
                if W == 1 || old[W - 1].is_identical(entry[W - 1]) {
                    return Ok((root, false));
                }
                let slots = branch.slots.iter().enumerate();
                let slots = slots.map(|(i, slot)| if i == at + W - 1 { entry[W - 1] } else { *slot });
                return Ok((self.new_branch(branch.data, branch.nodes, slots)?, false));
            }
            let child = self.trie_pair::<W>(shift + BITS, self.hash(old[0]), old, hash, &entry)?;
            let node_at = data_count - W + index_of(branch.nodes, bit);
            let kept = branch.slots[..at].iter().chain(&branch.slots[at + W..]).copied();
            let children = [child];
            let slots = insert(kept, node_at, &children);
            let (data, nodes) = (branch.data & !bit, branch.nodes | bit);
            return Ok((self.new_branch_of(data, nodes, slot_count - W + 1, slots)?, true));
        }
        if branch.nodes & bit != 0 {
            let at = data_count + index_of(branch.nodes, bit);
            let old = branch.slots[at];
            let (child, added) = self.trie_assoc(old, shift + BITS, hash, entry)?;
            if child.is_identical(old) {
                return Ok((root, false));
            }
            let slots = branch.slots.iter().enumerate().map(|(i, slot)| if i == at { child } else { *slot });
            return Ok((self.new_branch(branch.data, branch.nodes, slots)?, added));
        }
        let at = index_of(branch.data, bit) * W;
        let slots = insert(branch.slots.iter().copied(), at, &entry);
        Ok((self.new_branch_of(branch.data | bit, branch.nodes, slot_count + W, slots)?, true))
    }

    /// A node with two entries of different keys.
    fn trie_pair<const W: usize>(
        self,
        shift: u32,
        hash_a: u32,
        a: &[Value<'s>],
        hash_b: u32,
        b: &[Value<'s>],
    ) -> Result<Value<'s>, OutOfMemory> {
        if hash_a == hash_b {
            let mut values = Vec::with_capacity(1 + 2 * W);
            values.push(Value::small_int(hash_a as i64).unwrap_or(Value::NIL));
            values.extend_from_slice(a);
            values.extend_from_slice(b);
            return self.values_object(Kind::MapCollision, &values);
        }
        let (bit_a, bit_b) = (bit_at(hash_a, shift), bit_at(hash_b, shift));
        if bit_a == bit_b {
            let child = self.trie_pair::<W>(shift + BITS, hash_a, a, hash_b, b)?;
            return self.new_branch(0, bit_a, [child].into_iter());
        }
        let (first, second) = if bit_a < bit_b { (a, b) } else { (b, a) };
        let slots = first.iter().chain(second).copied();
        self.new_branch_of(bit_a | bit_b, 0, 2 * W, slots)
    }

    fn collision_assoc<const W: usize>(
        self,
        node: Value<'s>,
        shift: u32,
        hash: u32,
        entry: [Value<'s>; W],
    ) -> Result<(Value<'s>, bool), OutOfMemory> {
        let values = self.values_of(node);
        let node_hash = values[0].as_small_int().unwrap_or(0) as u32;
        if node_hash != hash {
            // Another hash meets the collision: a branch above parts the two.
            let (bit_old, bit_new) = (bit_at(node_hash, shift), bit_at(hash, shift));
            if bit_old == bit_new {
                let (child, _) = self.collision_assoc(node, shift + BITS, hash, entry)?;
                return Ok((self.new_branch(0, bit_old, [child].into_iter())?, true));
            }
            let slots = entry.iter().copied().chain(core::iter::once(node));
            return Ok((self.new_branch_of(bit_new, bit_old, W + 1, slots)?, true));
        }
        let mut values = values.to_vec();
        let found = (1..values.len()).step_by(W).find(|at| self.equal(values[*at], entry[0]));
        match found {
            Some(at) if W == 1 || values[at + W - 1].is_identical(entry[W - 1]) => Ok((node, false)),
            Some(at) => {
                values[at + W - 1] = entry[W - 1];
                Ok((self.values_object(Kind::MapCollision, &values)?, false))
            }
            None => {
                values.extend_from_slice(&entry);
                Ok((self.values_object(Kind::MapCollision, &values)?, true))
            }
        }
    }

    /// The trie without the entry of a key.
    pub(crate) fn trie_dissoc<const W: usize>(
        self,
        node: Value<'s>,
        shift: u32,
        hash: u32,
        key: Value<'s>,
    ) -> Result<Rest<'s>, OutOfMemory> {
        if node.is_nil() {
            return Ok(Rest::Unchanged);
        }
        if self.kind(node) == Kind::MapCollision {
            let values = self.values_of(node);
            let found = (1..values.len()).step_by(W).find(|at| self.equal(values[*at], key));
            let Some(at) = found else { return Ok(Rest::Unchanged) };
            let mut kept = values.to_vec();
            kept.drain(at..at + W);
            if kept.len() == 1 + W {
                return Ok(Rest::Single(kept[1..].to_vec()));
            }
            return Ok(Rest::Node(self.values_object(Kind::MapCollision, &kept)?));
        }
        let branch = self.branch(node);
        let bit = bit_at(hash, shift);
        let data_count = branch.data.count_ones() as usize * W;
        if branch.data & bit != 0 {
            let at = index_of(branch.data, bit) * W;
            if !self.equal(branch.slots[at], key) {
                return Ok(Rest::Unchanged);
            }
            if branch.nodes == 0 && data_count == W {
                return Ok(Rest::Empty);
            }
            if branch.nodes == 0 && data_count == 2 * W && shift > 0 {
                let other = if at == 0 { W } else { 0 };
                return Ok(Rest::Single(branch.slots[other..other + W].to_vec()));
            }
            let slots = branch.slots[..at].iter().chain(&branch.slots[at + W..]).copied();
            let count = branch.slots.len() - W;
            return Ok(Rest::Node(self.new_branch_of(branch.data & !bit, branch.nodes, count, slots)?));
        }
        if branch.nodes & bit == 0 {
            return Ok(Rest::Unchanged);
        }
        let at = data_count + index_of(branch.nodes, bit);
        match self.trie_dissoc::<W>(branch.slots[at], shift + BITS, hash, key)? {
            Rest::Unchanged => Ok(Rest::Unchanged),
            Rest::Node(child) => {
                let slots =
                    branch.slots.iter().enumerate().map(|(i, slot)| if i == at { child } else { *slot });
                Ok(Rest::Node(self.new_branch(branch.data, branch.nodes, slots)?))
            }
            Rest::Single(entry) => {
                if branch.data == 0 && branch.nodes.count_ones() == 1 && shift > 0 {
                    return Ok(Rest::Single(entry));
                }
                let kept = branch.slots[..at].iter().chain(&branch.slots[at + 1..]).copied();
                let slots = insert(kept, index_of(branch.data, bit) * W, &entry);
                let count = branch.slots.len() - 1 + W;
                let (data, nodes) = (branch.data | bit, branch.nodes & !bit);
                Ok(Rest::Node(self.new_branch_of(data, nodes, count, slots)?))
            }
            // A child always holds two entries or more.
            Rest::Empty => Ok(Rest::Unchanged),
        }
    }

    /// The entries of a trie, in hash order.
    pub(crate) fn trie_iter<const W: usize>(self, root: Value<'s>) -> TrieIter<'s, W> {
        let mut iter = TrieIter { s: self, entries: &[], children: [&[]; LEVELS], depth: 0 };
        if !root.is_nil() {
            iter.descend(root);
        }
        iter
    }
}

/// Levels of branches plus collision nodes, at most.
const LEVELS: usize = 16;

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
        if self.s.kind(node) == Kind::MapCollision {
            self.entries = &self.s.values_of(node)[1..];
            return;
        }
        let branch = self.s.branch(node);
        self.entries = branch.entries::<W>();
        self.children[self.depth] = &branch.slots[self.entries.len()..];
        self.depth += 1;
    }
}

impl<'s, const W: usize> Iterator for TrieIter<'s, W> {
    type Item = &'s [Value<'s>];

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

/// An iterator with values inserted at a place.
fn insert<'a, 's: 'a>(
    values: impl Iterator<Item = Value<'s>> + Clone + 'a,
    at: usize,
    inserted: &'a [Value<'s>],
) -> impl Iterator<Item = Value<'s>> + 'a {
    values.clone().take(at).chain(inserted.iter().copied()).chain(values.skip(at))
}
