//! References of 32 bits, two in a word: the children of branches.
//!
//! Enter at [`Nodes`], what a branch refers to, and [`Pairs`], on its way into one. A reference is the index of a word of the
//! arena, which has fewer than 2^32; 0 is none, as tables lie there. The first of a pair is the lower half of its word.
//!
//! Invariant: in the pairs of a branch only the last half can be none.

use crate::object::pairs_of;
use crate::scope::{as_halves, as_halves_mut};
use crate::value::Value;
use core::ops::Range;

/// The node that a half refers to.
#[inline(always)]
pub(crate) fn node_of<'s>(half: u32) -> Value<'s> {
    Value::reference(half as u64 * 8)
}

/// The half that refers to a node.
#[inline(always)]
pub(crate) fn half_of(node: Value<'_>) -> u32 {
    debug_assert!(node.is_reference());
    (node.word() / 8) as u32
}

/// The nodes that a branch refers to, or some of them in a row.
#[derive(Clone, Copy, Default)]
pub(crate) struct Nodes<'s>(&'s [u32]);

impl<'s> Nodes<'s> {
    /// The first so many nodes of some pairs.
    #[inline(always)]
    pub(crate) fn of(pairs: &'s [u64], count: usize) -> Nodes<'s> {
        Nodes(&as_halves(pairs)[..count])
    }

    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    #[inline(always)]
    pub(crate) fn get(self, index: usize) -> Option<Value<'s>> {
        self.0.get(index).copied().map(node_of)
    }

    /// All nodes of the pairs of a branch that holds one at least.
    #[inline(always)]
    pub(crate) fn all(pairs: &'s [u64]) -> Nodes<'s> {
        let halves = as_halves(pairs);
        let is_odd = halves.last() == Some(&0);
        Nodes(&halves[..halves.len() - usize::from(is_odd)])
    }

    /// The node at an index, which there is.
    #[inline(always)]
    pub(crate) fn at(self, index: usize) -> Value<'s> {
        node_of(self.0[index])
    }

    #[inline(always)]
    pub(crate) fn first(self) -> Value<'s> {
        self.at(0)
    }

    #[inline(always)]
    pub(crate) fn last(self) -> Value<'s> {
        self.at(self.len() - 1)
    }

    #[inline(always)]
    pub(crate) fn before(self, index: usize) -> Nodes<'s> {
        self.part(0..index)
    }

    #[inline(always)]
    pub(crate) fn from(self, index: usize) -> Nodes<'s> {
        self.part(index..self.len())
    }

    #[inline(always)]
    fn part(self, range: Range<usize>) -> Nodes<'s> {
        Nodes(&self.0[range])
    }

    #[inline(always)]
    pub(crate) fn split_first(self) -> Option<(Value<'s>, Nodes<'s>)> {
        self.0.split_first().map(|(first, rest)| (node_of(*first), Nodes(rest)))
    }

    #[inline(always)]
    pub(crate) fn iter(self) -> impl DoubleEndedIterator<Item = Value<'s>> + ExactSizeIterator {
        self.0.iter().copied().map(node_of)
    }
}

/// Nodes on their way into a branch: up to twice so many as it has words.
pub(crate) struct Pairs<const WORDS: usize> {
    words: [u64; WORDS],
    count: usize,
}

impl<const WORDS: usize> Pairs<WORDS> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Pairs { words: [0; WORDS], count: 0 }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, node: Value<'_>) {
        as_halves_mut(&mut self.words)[self.count] = half_of(node);
        self.count += 1;
    }

    #[inline(always)]
    pub(crate) fn extend(&mut self, nodes: Nodes<'_>) {
        as_halves_mut(&mut self.words)[self.count..self.count + nodes.len()].copy_from_slice(nodes.0);
        self.count += nodes.len();
    }

    /// The words that they take in a branch.
    #[inline(always)]
    pub(crate) fn words(&self) -> &[u64] {
        &self.words[..pairs_of(self.count)]
    }
}
