//! The elements of a vector in order, leaf by leaf.
//!
//! Enter at [`VectorLeaves`], or [`VectorIter`] for single elements, from both ends. The tree is descended once for
//! each of its lowest branches, and leaves are fetched from memory some time before they are read ([`Ahead`]).

use crate::pairs::Nodes;
use crate::scope::Scope;
use crate::value::Value;
use crate::vector::{LEAF, Parts, WIDTH};
use core::slice;

/// How many leaves before it a leaf is fetched.
const AHEAD: usize = 6;
/// How many are fetched for one that is read, until they are so far ahead.
const AT_ONCE: usize = 2;
/// Elements that a turn of a loop over a leaf visits.
const UNROLLED: usize = 8;

/// The elements of a vector as slices, none of them empty.
#[derive(Clone)]
pub struct VectorLeaves<'s> {
    s: Scope<'s>,
    parts: Parts<'s>,
    /// The leaves of the branch under way that are left.
    leaves: Nodes<'s>,
    /// The index of the next element.
    at: usize,
    ahead: Ahead<'s>,
}

/// Which leaves of a regular tree were fetched.
#[derive(Clone, Copy, Default)]
struct Ahead<'s> {
    /// The leaves that come next, to the end of their branch, and the index of the first element behind that.
    leaves: Nodes<'s>,
    end: usize,
    /// How many were fetched and not read.
    count: usize,
}

impl<'s> VectorLeaves<'s> {
    pub(crate) fn new(s: Scope<'s>, parts: Parts<'s>) -> VectorLeaves<'s> {
        VectorLeaves { s, parts, leaves: Nodes::default(), at: 0, ahead: Ahead::default() }
    }

    /// Goes on at another index.
    pub(crate) fn seek(&mut self, index: usize) {
        (self.leaves, self.at, self.ahead) = (Nodes::default(), index, Ahead::default());
    }

    /// Fetches the leaves that come in a while, as one is read.
    #[inline]
    fn fetch_ahead(&mut self) {
        let mut left = AT_ONCE;
        self.ahead.count = self.ahead.count.saturating_sub(1);
        while left > 0 && self.ahead.count < AHEAD {
            let Some((leaf, rest)) = self.ahead.leaves.split_first() else { return self.open_ahead() };
            self.s.core.prefetch(leaf.word(), LEAF * 8);
            self.ahead.leaves = rest;
            self.ahead.count += 1;
            left -= 1;
        }
    }

    /// Turns to the next branch to fetch leaves of, and fetches the one after it.
    #[cold]
    fn open_ahead(&mut self) {
        let (tree, end) = (&self.parts.tree, self.parts.tail_start());
        let first = self.ahead.end.max(self.at);
        if tree.is_relaxed || first >= end {
            return;
        }
        let (leaves, _) = self.s.tree_leaves(tree, first);
        self.ahead.leaves = leaves;
        self.ahead.end = first - first % LEAF + leaves.len() * LEAF;
        if self.ahead.end < end {
            let branch = self.s.tree_branch(tree, self.ahead.end);
            self.s.core.prefetch(branch.word(), WIDTH * 4);
        }
    }

    /// The leaf that holds an index, which is below the count, and the place in it.
    fn leaf_at(&self, index: usize) -> (&'s [Value<'s>], usize) {
        let tail_start = self.parts.tail_start();
        if index >= tail_start {
            return (self.s.tail_of(&self.parts), index - tail_start);
        }
        let (leaves, place) = self.s.tree_leaves(&self.parts.tree, index);
        (self.s.vector_leaf(leaves.first()), place)
    }

    /// The rest of a leaf whose branch is not known yet.
    #[cold]
    fn descend(&mut self) -> Option<&'s [Value<'s>]> {
        if self.at >= self.parts.count {
            return None;
        }
        let tail_start = self.parts.tail_start();
        let slice = if self.at >= tail_start {
            &self.s.tail_of(&self.parts)[self.at - tail_start..]
        } else {
            let (leaves, place) = self.s.tree_leaves(&self.parts.tree, self.at);
            self.leaves = leaves.from(1);
            &self.s.vector_leaf(leaves.first())[place..]
        };
        self.at += slice.len();
        Some(slice)
    }
}

impl<'s> Iterator for VectorLeaves<'s> {
    type Item = &'s [Value<'s>];

    #[inline]
    fn next(&mut self) -> Option<&'s [Value<'s>]> {
        let Some((leaf, rest)) = self.leaves.split_first() else { return self.descend() };
        self.leaves = rest;
        let slice = self.s.vector_leaf(leaf);
        self.at += slice.len();
        self.fetch_ahead();
        Some(slice)
    }
}

/// The elements of a vector, from both ends.
#[derive(Clone)]
pub struct VectorIter<'s> {
    /// What is left of the leaf at the front.
    front: slice::Iter<'s, Value<'s>>,
    /// The leaves after it, and how many of their elements are left.
    leaves: VectorLeaves<'s>,
    left: usize,
    /// The leaf that the back was last read from, and the index of its first element.
    back: &'s [Value<'s>],
    back_start: usize,
}

impl<'s> VectorIter<'s> {
    pub(crate) fn new(s: Scope<'s>, parts: Parts<'s>) -> VectorIter<'s> {
        let leaves = VectorLeaves::new(s, parts);
        VectorIter { front: [].iter(), leaves, left: parts.count, back: &[], back_start: usize::MAX }
    }

    /// Makes the next leaf the front, which is empty. Returns whether there is one.
    #[inline(never)]
    fn next_leaf(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        let leaf = self.leaves.next().unwrap_or(&[]);
        let count = leaf.len().min(self.left);
        self.left -= count;
        self.front = leaf[..count].iter();
        count > 0
    }
}

impl<'s> Iterator for VectorIter<'s> {
    type Item = Value<'s>;

    #[inline]
    fn next(&mut self) -> Option<Value<'s>> {
        match self.front.next() {
            Some(value) => Some(*value),
            None if self.next_leaf() => self.front.next().copied(),
            None => None,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.front.len() + self.left;
        (count, Some(count))
    }

    fn nth(&mut self, n: usize) -> Option<Value<'s>> {
        if n < self.front.len() {
            return self.front.nth(n).copied();
        }
        let skipped = (n - self.front.len()).min(self.left);
        self.front = [].iter();
        self.leaves.seek(self.leaves.at + skipped);
        self.left -= skipped;
        self.next()
    }

    #[inline]
    fn fold<A, F: FnMut(A, Value<'s>) -> A>(mut self, start: A, mut f: F) -> A {
        let mut state = start;
        loop {
            let (few, rest) = self.front.as_slice().as_chunks::<UNROLLED>();
            for values in few {
                for value in values {
                    state = f(state, *value);
                }
            }
            state = rest.iter().fold(state, |state, value| f(state, *value));
            if !self.next_leaf() {
                return state;
            }
        }
    }
}

impl DoubleEndedIterator for VectorIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return self.front.next_back().copied();
        }
        self.left -= 1;
        let index = self.leaves.at + self.left;
        if !(self.back_start..self.back_start.saturating_add(self.back.len())).contains(&index) {
            let (leaf, place) = self.leaves.leaf_at(index);
            (self.back, self.back_start) = (leaf, index - place);
        }
        Some(self.back[index - self.back_start])
    }
}

impl ExactSizeIterator for VectorIter<'_> {}
