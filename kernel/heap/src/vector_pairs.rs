//! Two vectors side by side: what they do not share.
//!
//! Enter at [`Scope::vector_diff`], or [`VectorPairs`] for runs of elements. Both trees are walked at once, and a node that
//! both have at the same index is passed over whole. Where their shapes differ, the higher node is opened first.

use crate::pairs::Nodes;
use crate::scope::Scope;
use crate::value::Value;
use crate::vector::Parts;
use crate::vector_tree::below;
use alloc::vec::Vec;

/// Index and elements of two vectors where these are not shared: pairs of slices of one length, none empty. Ends
/// where the shorter vector does.
pub struct VectorPairs<'s> {
    s: Scope<'s>,
    sides: [Side<'s>; 2],
    at: usize,
    end: usize,
}

/// Branches of so many levels are walked without memory of their own: half a million elements and more.
const LEVELS: usize = 4;

/// The rest of a vector from an index on.
struct Side<'s> {
    /// What is left of the leaf that the index is in, if it was opened.
    run: &'s [Value<'s>],
    /// The node after it, with its shift.
    next: Option<(Value<'s>, u32)>,
    /// What comes after that of the branches that were opened, the innermost last, each with the shift of its nodes: the first
    /// `depth` of them here, all others behind.
    rests: [(Nodes<'s>, u32); LEVELS],
    depth: usize,
    deep: Vec<(Nodes<'s>, u32)>,
    /// And what comes after all of them.
    tail: Option<Value<'s>>,
}

impl<'s> Side<'s> {
    #[inline]
    fn new(parts: &Parts<'s>) -> Side<'s> {
        let Parts { tree, tail, .. } = parts;
        let (next, tail) = match tree.root.is_nil() {
            true => ((*tail, 0), None),
            false => ((tree.root, tree.shift), Some(*tail)),
        };
        let rests = [(Nodes::default(), 0); LEVELS];
        Side { run: &[], next: Some(next), rests, depth: 0, deep: Vec::new(), tail }
    }

    /// Takes the next node, which gives way to the one after it.
    #[inline]
    fn take(&mut self) -> Option<(Value<'s>, u32)> {
        let taken = self.next.take();
        while self.next.is_none() && self.depth > 0 {
            let inner = self.deep.last_mut().unwrap_or(&mut self.rests[self.depth - 1]);
            match inner.0.split_first() {
                Some((first, rest)) => {
                    inner.0 = rest;
                    self.next = Some((first, inner.1));
                }
                None if self.deep.pop().is_none() => self.depth -= 1,
                None => {}
            }
        }
        if self.next.is_none() {
            // A tail's vacant places lie behind the end of its vector.
            self.next = self.tail.take().map(|tail| (tail, 0));
        }
        taken
    }

    /// Opens the next node: a leaf becomes the run.
    #[inline]
    fn open(&mut self, s: Scope<'s>) {
        match self.next {
            Some((leaf, 0)) => {
                self.run = s.vector_leaf(leaf);
                self.take();
            }
            Some((branch, shift)) => {
                let rest = (s.vector_children(branch), below(shift));
                match self.rests.get_mut(self.depth) {
                    Some(place) => {
                        *place = rest;
                        self.depth += 1;
                    }
                    None => self.deep.push(rest),
                }
                self.take();
            }
            None => {}
        }
    }
}

impl<'s> VectorPairs<'s> {
    pub(crate) fn new(s: Scope<'s>, a: &Parts<'s>, b: &Parts<'s>) -> VectorPairs<'s> {
        VectorPairs { s, sides: [Side::new(a), Side::new(b)], at: 0, end: a.count.min(b.count) }
    }
}

impl<'s> Iterator for VectorPairs<'s> {
    type Item = (usize, &'s [Value<'s>], &'s [Value<'s>]);

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.end {
            let [a, b] = &mut self.sides;
            if !a.run.is_empty() && !b.run.is_empty() {
                let count = a.run.len().min(b.run.len()).min(self.end - self.at);
                let pair = (self.at, &a.run[..count], &b.run[..count]);
                (a.run, b.run) = (&a.run[count..], &b.run[count..]);
                self.at += count;
                return Some(pair);
            }
            if a.run.is_empty() && b.run.is_empty() {
                let (x, y) = (a.next?, b.next?);
                if x.0.is_identical(y.0) {
                    self.at += self.s.vector_size(x.0, x.1);
                    a.take();
                    b.take();
                } else {
                    if x.1 >= y.1 {
                        a.open(self.s);
                    }
                    if y.1 >= x.1 {
                        b.open(self.s);
                    }
                }
                continue;
            }
            let behind = if a.run.is_empty() { a } else { b };
            behind.open(self.s);
        }
        None
    }
}

impl<'s> Scope<'s> {
    /// The parts that two vectors do not share, side by side. O(log n) for each part.
    pub fn vector_pairs(self, a: Value<'s>, b: Value<'s>) -> VectorPairs<'s> {
        VectorPairs::new(self, &self.vector_parts(a), &self.vector_parts(b))
    }

    /// Calls `visit` with the index, the old and the new element wherever two vectors do not hold the same word:
    /// all differences are among these. `None` stands for what lies behind the end of one. Looks only at what
    /// they do not share.
    pub fn vector_diff(
        self,
        old: Value<'s>,
        new: Value<'s>,
        mut visit: impl FnMut(usize, Option<Value<'s>>, Option<Value<'s>>),
    ) {
        for (start, old, new) in self.vector_pairs(old, new) {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                if !old.is_identical(*new) {
                    visit(start + index, Some(*old), Some(*new));
                }
            }
        }
        let (old_count, new_count) = (self.vector_count(old), self.vector_count(new));
        for (index, old) in self.vector_iter(old).enumerate().skip(new_count) {
            visit(index, Some(old), None);
        }
        for (index, new) in self.vector_iter(new).enumerate().skip(old_count) {
            visit(index, None, Some(new));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Heap, Region};
    use alloc::vec::Vec;

    /// Trees of narrow branches, which are deeper than what is walked without memory.
    #[test]
    fn deep_trees_differ_where_they_were_changed() {
        let heap = Heap::new(Region::allocate(16 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let elements: Vec<_> = (0..5000).map(|i| s.int(i).unwrap()).collect();
            let old = s.vector(&elements).unwrap();
            for places in [&[][..], &[0], &[4999], &[4998, 3], &[17, 18, 2048, 2500, 4097]] {
                let mut new = old;
                for place in places {
                    new = s.vector_assoc(new, *place, s.int(-1).unwrap()).unwrap().unwrap();
                }
                let mut found = Vec::new();
                s.vector_diff(old, new, |index, _, _| found.push(index));
                let mut expected = places.to_vec();
                expected.sort_unstable();
                assert_eq!(found, expected);
            }
            let seen: usize =
                s.vector_pairs(old, s.vector(&elements[..4100]).unwrap()).map(|it| it.1.len()).sum();
            assert_eq!(seen, 4100);
        });
    }
}
