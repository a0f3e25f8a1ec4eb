//! Two vectors side by side: what they do not share.
//!
//! Enter at [`Scope::vector_diff`], or [`VectorPairs`] for runs of elements. Both trees are walked at once, and a node that
//! both have at the same index is passed over whole. Where their shapes differ, the higher node is opened first.

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

/// The rest of a vector from an index on.
struct Side<'s> {
    /// What is left of the leaf that the index is in, if it was opened.
    run: &'s [Value<'s>],
    /// Nodes after it, the next last, with their shifts.
    nodes: Vec<(Value<'s>, u32)>,
}

impl<'s> Side<'s> {
    fn new(parts: &Parts<'s>) -> Side<'s> {
        let mut nodes = alloc::vec![(parts.tail, 0)];
        if !parts.tree.root.is_nil() {
            nodes.push((parts.tree.root, parts.tree.shift));
        }
        Side { run: &[], nodes }
    }

    /// Opens the next node: a leaf becomes the run.
    fn open(&mut self, s: Scope<'s>) {
        match self.nodes.pop() {
            // A tail's vacant places lie behind the end of its vector.
            Some((leaf, 0)) => self.run = s.vector_leaf(leaf),
            Some((branch, shift)) => {
                let children = s.vector_children(branch).iter().rev();
                self.nodes.extend(children.map(|child| (child, below(shift))));
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
                let (x, y) = (*a.nodes.last()?, *b.nodes.last()?);
                if x.0.is_identical(y.0) {
                    self.at += self.s.vector_size(x.0, x.1);
                    a.nodes.pop();
                    b.nodes.pop();
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
