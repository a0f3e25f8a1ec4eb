//! A stack in segments: it grows without moving what it holds, so that no push takes longer than another.
//!
//! Enter at [`Segments::push`] and [`Segments::pop`].

use alloc::vec::Vec;

/// Segments that are kept for the next time when all are given back.
const KEPT: usize = 8;

/// A stack of words whose segments hold `SIZE` each.
pub(crate) struct Segments<T, const SIZE: usize> {
    /// The segment on top, and the full ones below it.
    top: Vec<T>,
    below: Vec<Vec<T>>,
    /// Empty ones.
    spare: Vec<Vec<T>>,
}

impl<T, const SIZE: usize> Segments<T, SIZE> {
    pub(crate) fn new() -> Segments<T, SIZE> {
        Segments { top: Vec::new(), below: Vec::new(), spare: Vec::new() }
    }

    /// How many it holds.
    pub(crate) fn len(&self) -> usize {
        self.below.len() * SIZE + self.top.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.top.is_empty() && self.below.is_empty()
    }

    /// Puts one on top. Returns whether there was memory for it.
    #[inline]
    pub(crate) fn push(&mut self, item: T) -> bool {
        if self.top.len() == self.top.capacity() && !self.grow() {
            return false;
        }
        self.top.push(item);
        true
    }

    #[cold]
    fn grow(&mut self) -> bool {
        let mut segment = self.spare.pop().unwrap_or_default();
        if segment.try_reserve_exact(SIZE).is_err() || self.below.try_reserve(1).is_err() {
            return false;
        }
        debug_assert_eq!(segment.capacity(), SIZE);
        core::mem::swap(&mut self.top, &mut segment);
        if !segment.is_empty() {
            self.below.push(segment);
        }
        true
    }

    /// Takes the one on top.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        if self.top.is_empty() {
            self.shrink()?;
        }
        self.top.pop()
    }

    #[cold]
    fn shrink(&mut self) -> Option<()> {
        let below = self.below.pop()?;
        let empty = core::mem::replace(&mut self.top, below);
        if self.spare.try_reserve(1).is_ok() {
            self.spare.push(empty);
        }
        Some(())
    }

    /// Empties it, and gives a few empty segments back if there are many: a few at a time.
    pub(crate) fn clear(&mut self) {
        while self.pop().is_some() {
            self.top.clear();
        }
        let kept = self.spare.len().saturating_sub(KEPT).max(KEPT);
        self.spare.truncate(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_last_comes_first() {
        let mut stack = Segments::<usize, 4>::new();
        let mut model = Vec::new();
        for round in 0..50 {
            for item in 0..round {
                assert!(stack.push(item));
                model.push(item);
            }
            for _ in 0..round / 2 {
                assert_eq!(stack.pop(), model.pop());
            }
            assert_eq!((stack.len(), stack.is_empty()), (model.len(), model.is_empty()));
        }
        while let Some(item) = model.pop() {
            assert_eq!(stack.pop(), Some(item));
        }
        assert_eq!((stack.pop(), stack.len()), (None, 0));
        let spare = stack.spare.len();
        (0..100).for_each(|item| assert!(stack.push(item)));
        stack.clear();
        assert!(stack.is_empty() && stack.spare.len() <= spare.max(KEPT));
    }
}
