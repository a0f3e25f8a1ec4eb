//! The elements of a vector in order, leaf by leaf, from both ends.

use crate::scope::Scope;
use crate::value::Value;
use crate::vector::{Parts, WIDTH};

/// The elements of a vector, from both ends.
#[derive(Clone)]
pub struct VectorIter<'s> {
    s: Scope<'s>,
    parts: Parts<'s>,
    /// What is left of the leaf at the front.
    front: &'s [Value<'s>],
    /// The leaf that the back was last read from, and the index of its first element.
    back: &'s [Value<'s>],
    back_start: usize,
    /// The indices that are left.
    at: usize,
    end: usize,
}

impl<'s> VectorIter<'s> {
    pub(crate) fn new(s: Scope<'s>, parts: Parts<'s>) -> VectorIter<'s> {
        VectorIter { s, parts, front: &[], back: &[], back_start: usize::MAX, at: 0, end: parts.count }
    }

    #[cold]
    fn next_leaf(&mut self) -> Option<Value<'s>> {
        if self.at >= self.end {
            return None;
        }
        let start = self.at / WIDTH * WIDTH;
        let leaf = self.s.leaf_for(&self.parts, self.at);
        let stop = leaf.len().min(self.end - start);
        let (first, rest) = leaf[self.at - start..stop].split_first()?;
        self.front = rest;
        self.at += 1;
        Some(*first)
    }
}

impl<'s> Iterator for VectorIter<'s> {
    type Item = Value<'s>;

    #[inline]
    fn next(&mut self) -> Option<Value<'s>> {
        match self.front.split_first() {
            Some((first, rest)) => {
                self.front = rest;
                self.at += 1;
                Some(*first)
            }
            None => self.next_leaf(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.at, Some(self.end - self.at))
    }

    fn nth(&mut self, n: usize) -> Option<Value<'s>> {
        self.at = self.at.saturating_add(n).min(self.end);
        self.front = self.front.get(n..).unwrap_or(&[]);
        self.next()
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
        let start = self.end / WIDTH * WIDTH;
        if start != self.back_start {
            self.back = self.s.leaf_for(&self.parts, self.end);
            self.back_start = start;
        }
        Some(self.back[self.end - start])
    }
}

impl ExactSizeIterator for VectorIter<'_> {}
