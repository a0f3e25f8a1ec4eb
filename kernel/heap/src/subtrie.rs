//! Two tries side by side: what each has at a place, be it an entry or a node.
//!
//! Enter at [`Sub`] and [`Scope::view`]. An entry is seen as a branch that holds nothing else, so that those who
//! walk two tries (`algebra.rs`, `diff.rs`) need not care at which level an entry lies in each.

use crate::pairs::Nodes;
use crate::scope::Scope;
use crate::trie::{SHIFT_END, bit_at, deeper};
use crate::value::Value;

/// What a trie has at a place.
#[derive(Clone, Copy)]
pub(crate) enum Sub<'s> {
    /// One entry, of as many values as the entries of the trie.
    Entry(&'s [Value<'s>]),
    /// A branch, or a collision node below the last level.
    Node(Value<'s>),
}

/// A branch, or an entry seen as one.
pub(crate) struct View<'s, const W: usize> {
    data: u32,
    nodes: u32,
    entries: &'s [Value<'s>],
    children: Nodes<'s>,
}

impl<'s, const W: usize> View<'s, W> {
    /// The places that are taken.
    pub(crate) fn bits(&self) -> u32 {
        self.data | self.nodes
    }

    /// What is at a place.
    pub(crate) fn at(&self, bit: u32) -> Option<Sub<'s>> {
        let index = |bitmap: u32| (bitmap & (bit - 1)).count_ones() as usize;
        if self.data & bit != 0 {
            let at = index(self.data) * W;
            return Some(Sub::Entry(&self.entries[at..at + W]));
        }
        if self.nodes & bit == 0 {
            return None;
        }
        self.children.get(index(self.nodes)).map(Sub::Node)
    }
}

impl<'s> Scope<'s> {
    /// The hash of the one entry among two parts of which the other is a node, if there is one.
    pub(crate) fn lone_hash(self, a: Sub<'s>, b: Sub<'s>) -> Option<u32> {
        match (a, b) {
            (Sub::Entry(entry), Sub::Node(_)) | (Sub::Node(_), Sub::Entry(entry)) => {
                Some(self.place_hash(entry[0]))
            }
            _ => None,
        }
    }

    /// A part above the last level, as a branch; `hash` is that of an entry.
    pub(crate) fn view<const W: usize>(self, sub: Sub<'s>, shift: u32, hash: Option<u32>) -> View<'s, W> {
        match sub {
            Sub::Entry(entries) => {
                let data = bit_at(hash.unwrap_or(0), shift);
                View { data, nodes: 0, entries, children: Nodes::default() }
            }
            Sub::Node(node) => {
                let branch = self.branch(node);
                let (entries, children) = branch.parts::<W>();
                View { data: branch.data, nodes: branch.nodes, entries, children }
            }
        }
    }

    /// A part below the last level, as entries in a row.
    pub(crate) fn collided(self, sub: Sub<'s>) -> &'s [Value<'s>] {
        match sub {
            Sub::Entry(entry) => entry,
            Sub::Node(node) => self.collision_entries(node),
        }
    }

    /// The count of entries of a part. O(nodes).
    pub(crate) fn sub_count<const W: usize>(self, sub: Sub<'s>, shift: u32) -> usize {
        match sub {
            Sub::Entry(_) => 1,
            Sub::Node(node) if shift >= SHIFT_END => self.collision_entries(node).len() / W,
            Sub::Node(node) => {
                let branch = self.branch(node);
                let (entries, children) = branch.parts::<W>();
                let below = |child| self.sub_count::<W>(Sub::Node(child), deeper(shift));
                entries.len() / W + children.iter().map(below).sum::<usize>()
            }
        }
    }
}
