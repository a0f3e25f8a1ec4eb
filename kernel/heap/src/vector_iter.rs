//! The elements of a vector in order, leaf by leaf.
//!
//! Enter at [`VectorLeaves`], or [`VectorIter`] for single elements, from both ends. The tree is descended once for
//! each of its lowest branches.

use crate::scope::Scope;
use crate::value::Value;
use crate::vector::Parts;

/// The elements of a vector as slices, none of them empty.
#[derive(Clone)]
pub struct VectorLeaves<'s> {
    s: Scope<'s>,
    parts: Parts<'s>,
    /// The leaves of the branch under way that are left.
    leaves: &'s [Value<'s>],
    /// The index of the next element.
    at: usize,
}

impl<'s> VectorLeaves<'s> {
    pub(crate) fn new(s: Scope<'s>, parts: Parts<'s>) -> VectorLeaves<'s> {
        VectorLeaves { s, parts, leaves: &[], at: 0 }
    }

    /// Goes on at another index.
    fn seek(&mut self, index: usize) {
        (self.leaves, self.at) = (&[], index);
    }

    /// The leaf that holds an index, which is below the count, and the place in it.
    fn leaf_at(&self, index: usize) -> (&'s [Value<'s>], usize) {
        let tail_start = self.parts.tail_start();
        if index >= tail_start {
            return (self.s.tail_of(&self.parts), index - tail_start);
        }
        let (leaves, place) = self.s.tree_leaves(self.parts.root, self.parts.shift, index);
        (self.s.vector_children(leaves[0]), place)
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
            let (leaves, place) = self.s.tree_leaves(self.parts.root, self.parts.shift, self.at);
            self.leaves = &leaves[1..];
            &self.s.vector_children(leaves[0])[place..]
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
        let slice = self.s.vector_children(*leaf);
        self.at += slice.len();
        Some(slice)
    }
}

/// The elements of a vector, from both ends.
#[derive(Clone)]
pub struct VectorIter<'s> {
    /// What is left of the leaf at the front.
    front: &'s [Value<'s>],
    /// The leaves after it.
    leaves: VectorLeaves<'s>,
    /// The leaf that the back was last read from, and the index of its first element.
    back: &'s [Value<'s>],
    back_start: usize,
    /// The indices that are left.
    at: usize,
    end: usize,
}

impl<'s> VectorIter<'s> {
    pub(crate) fn new(s: Scope<'s>, parts: Parts<'s>) -> VectorIter<'s> {
        let leaves = VectorLeaves::new(s, parts);
        VectorIter { front: &[], leaves, back: &[], back_start: usize::MAX, at: 0, end: parts.count }
    }

    /// Makes the next leaf the front. Returns whether there is one.
    #[inline(never)]
    fn next_leaf(&mut self) -> bool {
        if self.at >= self.end {
            return false;
        }
        let leaf = self.leaves.next().unwrap_or(&[]);
        self.front = &leaf[..leaf.len().min(self.end - self.at)];
        !self.front.is_empty()
    }
}

impl<'s> Iterator for VectorIter<'s> {
    type Item = Value<'s>;

    #[inline]
    fn next(&mut self) -> Option<Value<'s>> {
        if self.front.is_empty() && !self.next_leaf() {
            return None;
        }
        let (first, rest) = self.front.split_first()?;
        self.front = rest;
        self.at += 1;
        Some(*first)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.at, Some(self.end - self.at))
    }

    fn nth(&mut self, n: usize) -> Option<Value<'s>> {
        self.at = self.at.saturating_add(n).min(self.end);
        if n < self.front.len() {
            self.front = &self.front[n..];
        } else {
            self.front = &[];
            self.leaves.seek(self.at);
        }
        self.next()
    }

    #[inline]
    fn fold<A, F: FnMut(A, Value<'s>) -> A>(mut self, start: A, mut f: F) -> A {
        let mut state = start;
        loop {
            state = self.front.iter().fold(state, |state, value| f(state, *value));
            self.at += self.front.len();
            if !self.next_leaf() {
                return state;
            }
        }
    }
}

impl DoubleEndedIterator for VectorIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        self.end -= 1;
        // The front's leaf may reach past the new end.
        self.front = &self.front[..self.front.len().min(self.end - self.at)];
        if !(self.back_start..self.back_start.saturating_add(self.back.len())).contains(&self.end) {
            let (leaf, place) = self.leaves.leaf_at(self.end);
            (self.back, self.back_start) = (leaf, self.end - place);
        }
        Some(self.back[self.end - self.back_start])
    }
}

impl ExactSizeIterator for VectorIter<'_> {}
