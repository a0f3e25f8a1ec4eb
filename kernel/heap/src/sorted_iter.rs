//! The entries of a sorted tree in order, forwards or backwards, from any place on.

use crate::scope::Scope;
use crate::sorted_tree::{LEVELS, Place};
use crate::value::Value;

/// The entries of a sorted tree: what is left of a leaf, and of the children at each level.
#[derive(Clone, Copy)]
pub(crate) struct SortedIter<'s> {
    s: Scope<'s>,
    width: usize,
    is_reverse: bool,
    entries: &'s [Value<'s>],
    /// Branches of each level still to visit.
    rest: [&'s [Value<'s>]; LEVELS],
    /// Levels of the tree.
    height: usize,
}

impl<'s> Scope<'s> {
    /// All entries. `root` may be nil.
    pub(crate) fn sorted_iter(self, root: Value<'s>, width: usize, is_reverse: bool) -> SortedIter<'s> {
        let mut iter = SortedIter::empty(self, width, is_reverse);
        if !root.is_nil() {
            iter.height = self.sorted_branch(root).level + 1;
            iter.descend(root);
        }
        iter
    }

    /// The entries from a place on, or backwards those before it. `root` may be nil.
    pub(crate) fn sorted_iter_at(
        self,
        root: Value<'s>,
        width: usize,
        place: &Place,
        is_reverse: bool,
    ) -> SortedIter<'s> {
        let mut iter = SortedIter::empty(self, width, is_reverse);
        if root.is_nil() {
            return iter;
        }
        let mut branch = self.sorted_branch(root);
        iter.height = branch.level + 1;
        while branch.level > 0 {
            let (children, at) = (branch.children(), place.at[branch.level] as usize);
            iter.rest[branch.level - 1] = if is_reverse { &children[..at] } else { &children[at + 1..] };
            branch = self.sorted_branch(children[at]);
        }
        let (before, after) = branch.entries().split_at(place.at[0] as usize * width);
        iter.entries = if is_reverse { before } else { after };
        iter
    }
}

impl<'s> SortedIter<'s> {
    fn empty(s: Scope<'s>, width: usize, is_reverse: bool) -> SortedIter<'s> {
        SortedIter { s, width, is_reverse, entries: &[], rest: [&[]; LEVELS], height: 0 }
    }

    /// Takes the next item off a slice.
    #[inline(always)]
    fn cut(&self, items: &mut &'s [Value<'s>], width: usize) -> &'s [Value<'s>] {
        let (item, rest) = if self.is_reverse {
            let (rest, item) = items.split_at(items.len() - width);
            (item, rest)
        } else {
            items.split_at(width)
        };
        *items = rest;
        item
    }

    /// Goes down to the next leaf of a branch.
    fn descend(&mut self, branch: Value<'s>) {
        let mut branch = self.s.sorted_branch(branch);
        while branch.level > 0 {
            let mut children = branch.children();
            let child = self.cut(&mut children, 1)[0];
            self.rest[branch.level - 1] = children;
            branch = self.s.sorted_branch(child);
        }
        self.entries = branch.entries();
    }

    /// The lowest level that has branches left.
    fn lowest(&self) -> Option<usize> {
        self.rest[..self.height].iter().position(|rest| !rest.is_empty())
    }

    fn take_branch(&mut self, level: usize) -> Value<'s> {
        let mut rest = self.rest[level];
        let branch = self.cut(&mut rest, 1)[0];
        self.rest[level] = rest;
        branch
    }

    /// Between two leaves, of forward iterators: goes on to where they may differ, past the branches they share.
    pub(crate) fn skip_shared(&mut self, other: &mut SortedIter<'s>) {
        while self.entries.is_empty() && other.entries.is_empty() {
            let (Some(mine), Some(theirs)) = (self.lowest(), other.lowest()) else { return };
            if mine == theirs && self.rest[mine][0].is_identical(other.rest[theirs][0]) {
                self.take_branch(mine);
                other.take_branch(theirs);
                continue;
            }
            if mine == 0 && theirs == 0 {
                return;
            }
            if mine >= theirs {
                self.open(mine);
            }
            if theirs >= mine {
                other.open(theirs);
            }
        }
    }

    /// Puts the children of the next branch of a level above the leaves in its place.
    fn open(&mut self, level: usize) {
        let branch = self.take_branch(level);
        self.rest[level - 1] = self.s.sorted_branch(branch).children();
    }
}

impl<'s> Iterator for SortedIter<'s> {
    type Item = &'s [Value<'s>];

    #[inline]
    fn next(&mut self) -> Option<&'s [Value<'s>]> {
        if self.entries.is_empty() {
            let level = self.lowest()?;
            let branch = self.take_branch(level);
            self.descend(branch);
        }
        let mut entries = self.entries;
        let entry = self.cut(&mut entries, self.width);
        self.entries = entries;
        Some(entry)
    }
}
