//! The tree of a vector: branches above leaves.
//!
//! A node is told by its shift: a child of it holds up to `1 << shift` elements. Leaves have shift 0, the branches
//! above them [`LEAF_BITS`], and each level above [`BITS`] more. There are two kinds of branches:
//!
//! ```text
//!  VectorBranch   | child, child | child, child | ...                  all children but the last are full
//!  VectorRelaxed  | size | size | ... | child, child | ...     any sizes: those up to and with each child
//! ```
//! Children are pairs of references (`pairs.rs`): what is copied along a path are mostly these.
//! In a regular branch the digit of an index names the child. In a relaxed one the search for the child starts
//! there, and is short: joining trees keeps branches nearly as full as they can be (`vector_join.rs`).
//! The path to an element of a tree without relaxed branches is copied in `vector_path.rs`.
//!
//! Source: Bagwell and Rompf, RRB-Trees (2011); Stucki et al., RRB Vector (2015).
//!
//! Invariant: a branch is relaxed only where it must be, so a tree without relaxed branches on its right edge has none.

use crate::object::{Kind, pairs_of, sizes_of};
use crate::pairs::{Nodes, Pairs};
use crate::scope::{OutOfMemory, Scope, as_values, as_words};
use crate::value::Value;
use crate::vector::{BITS, LEAF, LEAF_BITS, WIDTH};

/// Children of a new branch.
pub(crate) type Children = Pairs<{ pairs_of(WIDTH) }>;

/// The tree of a vector, without the tail.
#[derive(Clone, Copy)]
pub(crate) struct Tree<'s> {
    /// Nil when it is empty.
    pub(crate) root: Value<'s>,
    pub(crate) shift: u32,
    /// Whether there are relaxed branches in it.
    pub(crate) is_relaxed: bool,
}

impl Tree<'_> {
    pub(crate) const EMPTY: Self = Tree { root: Value::NIL, shift: LEAF_BITS, is_relaxed: false };
}

/// The digit of an index at a node.
#[inline(always)]
pub(crate) fn digit(index: usize, shift: u32) -> usize {
    (index >> shift) % WIDTH
}

/// The shift of a node's children.
#[inline(always)]
pub(crate) fn below(shift: u32) -> u32 {
    if shift == LEAF_BITS { 0 } else { shift - BITS }
}

impl<'s> Scope<'s> {
    /// A word of a node. The caller knows that it has so many.
    #[inline(always)]
    pub(crate) fn vector_word(self, node: Value<'s>, at: usize) -> Value<'s> {
        Value::from_word(self.core.word(node.word(), at))
    }

    /// The elements of a leaf in a tree.
    #[inline(always)]
    pub(crate) fn vector_leaf(self, leaf: Value<'s>) -> &'s [Value<'s>] {
        as_values(self.core.payload(leaf.word()))
    }

    /// A child of a regular branch. The caller knows that it has so many.
    #[inline(always)]
    fn vector_child(self, branch: Value<'s>, at: usize) -> Value<'s> {
        Value::reference(self.core.half(branch.word(), at))
    }

    /// The children of a branch.
    #[inline(always)]
    pub(crate) fn vector_children(self, branch: Value<'s>) -> Nodes<'s> {
        self.sizes_and_children(branch).1
    }

    /// The sizes of a relaxed branch (none for other ones), and the children.
    #[inline(always)]
    fn sizes_and_children(self, branch: Value<'s>) -> (&'s [Value<'s>], Nodes<'s>) {
        let words = self.core.payload(branch.word());
        if self.is_relaxed(branch) {
            let (sizes, pairs) = words.split_at(sizes_of(words.len()));
            return (as_values(sizes), Nodes::of(pairs, sizes.len()));
        }
        (&[], Nodes::all(words))
    }

    /// The sizes of a relaxed branch; none for other ones.
    #[inline(always)]
    fn sizes(self, branch: Value<'s>) -> &'s [Value<'s>] {
        if self.is_relaxed(branch) { self.sizes_and_children(branch).0 } else { &[] }
    }

    #[inline(always)]
    fn is_relaxed(self, node: Value<'s>) -> bool {
        self.core.header(node.word()) as u8 == Kind::VectorRelaxed as u8
    }

    /// The child of a node that holds an index, and the index in that child.
    #[inline]
    pub(crate) fn vector_step(self, node: Value<'s>, shift: u32, index: usize) -> (usize, usize) {
        let sizes = self.sizes(node);
        if sizes.is_empty() {
            return (digit(index, shift), index & ((1 << shift) - 1));
        }
        let mut at = index >> shift;
        while size(sizes[at]) <= index {
            at += 1;
        }
        (at, index - if at == 0 { 0 } else { size(sizes[at - 1]) })
    }

    /// The elements under a node.
    pub(crate) fn vector_size(self, mut node: Value<'s>, mut shift: u32) -> usize {
        let mut before = 0;
        while shift > 0 {
            let (sizes, children) = self.sizes_and_children(node);
            if let Some(last) = sizes.last() {
                return before + size(*last);
            }
            before += (children.len() - 1) << shift;
            (node, shift) = (children.last(), below(shift));
        }
        before + self.core.payload_words(node.word())
    }

    /// The element at an index of a tree that holds it.
    #[inline(always)]
    pub(crate) fn tree_get(self, tree: &Tree<'s>, mut index: usize) -> Value<'s> {
        let (mut node, mut shift) = (tree.root, tree.shift);
        if tree.is_relaxed {
            (node, index) = self.relaxed_leaf(tree, index);
        } else {
            while shift > LEAF_BITS {
                node = self.vector_child(node, digit(index, shift));
                shift -= BITS;
            }
            node = self.vector_child(node, digit(index, LEAF_BITS));
        }
        self.vector_word(node, index % LEAF)
    }

    #[inline(never)]
    fn relaxed_leaf(self, tree: &Tree<'s>, index: usize) -> (Value<'s>, usize) {
        let (leaves, place) = self.tree_leaves(tree, index);
        (leaves.first(), place)
    }

    /// The lowest branch above an index of a regular tree, which is not looked at.
    pub(crate) fn tree_branch(self, tree: &Tree<'s>, index: usize) -> Value<'s> {
        let (mut node, mut shift) = (tree.root, tree.shift);
        while shift > LEAF_BITS {
            node = self.vector_child(node, digit(index, shift));
            shift -= BITS;
        }
        node
    }

    /// The leaf that holds an index with those after it in its branch, and the place in the leaf.
    pub(crate) fn tree_leaves(self, tree: &Tree<'s>, mut index: usize) -> (Nodes<'s>, usize) {
        let (mut node, mut shift) = (tree.root, tree.shift);
        loop {
            let (at, within) = self.vector_step(node, shift, index);
            let children = self.vector_children(node);
            if shift == LEAF_BITS {
                return (children.from(at), within);
            }
            (node, shift, index) = (children.at(at), below(shift), within);
        }
    }

    /// A tree, which holds the index, with another value there.
    #[inline]
    pub(crate) fn tree_set(
        self,
        tree: &Tree<'s>,
        index: usize,
        value: Value<'s>,
    ) -> Result<Tree<'s>, OutOfMemory> {
        let root = if tree.is_relaxed {
            self.node_set(tree.root, tree.shift, index, value)?
        } else {
            self.core.copy_path(tree.root, tree.shift, index, value)?
        };
        Ok(Tree { root, ..*tree })
    }

    fn node_set(
        self,
        node: Value<'s>,
        shift: u32,
        index: usize,
        value: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let words = self.core.payload(node.word());
        if shift == 0 {
            let parts = [&words[..index], &[value.word()], &words[index + 1..]];
            return self.core.object_of(Kind::VectorLeaf, parts);
        }
        let (sizes, children) = self.sizes_and_children(node);
        let (at, within) = self.vector_step(node, shift, index);
        let mut changed = Children::new();
        changed.extend(children.before(at));
        changed.push(self.node_set(children.at(at), below(shift), within, value)?);
        changed.extend(children.from(at + 1));
        self.core.object_of(self.kind(node), [as_words(sizes), changed.words()])
    }

    /// A branch of up to [`WIDTH`] children: a regular one, if their sizes allow it.
    pub(crate) fn vector_branch(
        self,
        children: impl Iterator<Item = Value<'s>>,
        shift: u32,
    ) -> Result<Value<'s>, OutOfMemory> {
        let (mut nodes, mut sizes) = (Children::new(), [Value::NIL; WIDTH]);
        let (mut count, mut total, mut is_regular) = (0, 0, true);
        for child in children {
            is_regular = total == count << shift;
            total += self.vector_size(child, below(shift));
            nodes.push(child);
            sizes[count] = Value::small_int(total as i64).unwrap_or(Value::NIL);
            count += 1;
        }
        if is_regular {
            return self.core.object_of(Kind::VectorBranch, [nodes.words()]);
        }
        self.core.object_of(Kind::VectorRelaxed, [as_words(&sizes[..count]), nodes.words()])
    }

    /// A regular branch: all children but the last are known to be full.
    fn regular_branch(self, children: Nodes<'s>, last: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let mut nodes = Children::new();
        nodes.extend(children);
        nodes.push(last);
        self.core.object_of(Kind::VectorBranch, [nodes.words()])
    }

    /// A tree of a root. Branches on top that have only one child are left out.
    pub(crate) fn tree_of(self, mut root: Value<'s>, mut shift: u32) -> Tree<'s> {
        while shift > LEAF_BITS
            && let children = self.vector_children(root)
            && children.len() == 1
        {
            (root, shift) = (children.first(), below(shift));
        }
        let (mut edge, mut at) = (root, shift);
        while at > 0 && !self.is_relaxed(edge) {
            (edge, at) = (self.vector_children(edge).last(), below(at));
        }
        Tree { root, shift, is_relaxed: at > 0 }
    }

    /// The tree with one more leaf at the end.
    pub(crate) fn tree_push(self, tree: &Tree<'s>, leaf: Value<'s>) -> Result<Tree<'s>, OutOfMemory> {
        if tree.root.is_nil() {
            return Ok(Tree { root: self.regular_branch(Nodes::default(), leaf)?, ..Tree::EMPTY });
        }
        if let Some(root) = self.node_push(tree.root, tree.shift, leaf)? {
            return Ok(self.tree_of(root, tree.shift));
        }
        let path = self.new_path(tree.shift, leaf)?;
        let shift = tree.shift + BITS;
        Ok(self.tree_of(self.vector_branch([tree.root, path].into_iter(), shift)?, shift))
    }

    /// A branch with one more leaf at the end; `None` when there is no room on its right edge.
    fn node_push(
        self,
        branch: Value<'s>,
        shift: u32,
        leaf: Value<'s>,
    ) -> Result<Option<Value<'s>>, OutOfMemory> {
        let children = self.vector_children(branch);
        let (last, before) = (children.last(), children.before(children.len() - 1));
        if shift > LEAF_BITS
            && let Some(last) = self.node_push(last, below(shift), leaf)?
        {
            return self.with_last(branch, shift, before, last).map(Some);
        }
        if children.len() == WIDTH {
            return Ok(None);
        }
        let path = self.new_path(below(shift), leaf)?;
        if self.is_relaxed(branch) || self.vector_size(last, below(shift)) < 1 << shift {
            return self.vector_branch(children.iter().chain([path]), shift).map(Some);
        }
        self.regular_branch(children, path).map(Some)
    }

    /// A branch with the children `before` and another last one.
    fn with_last(
        self,
        branch: Value<'s>,
        shift: u32,
        before: Nodes<'s>,
        last: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        if self.is_relaxed(branch) {
            self.vector_branch(before.iter().chain([last]), shift)
        } else {
            self.regular_branch(before, last)
        }
    }

    /// A node of a shift whose only leaf is this.
    fn new_path(self, shift: u32, leaf: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let (mut node, mut at) = (leaf, shift);
        while at > 0 {
            node = self.regular_branch(Nodes::default(), node)?;
            at = below(at);
        }
        Ok(node)
    }

    /// The tree without its last leaf, and that leaf.
    pub(crate) fn tree_pop(self, tree: &Tree<'s>) -> Result<(Tree<'s>, Value<'s>), OutOfMemory> {
        let size = self.vector_size(tree.root, tree.shift);
        self.tree_cut_after(tree, size)
    }

    /// The first `end` elements (one or more) of a tree: the leaves before the last, and the last.
    pub(crate) fn tree_cut_after(
        self,
        tree: &Tree<'s>,
        end: usize,
    ) -> Result<(Tree<'s>, Value<'s>), OutOfMemory> {
        let (root, leaf) = self.cut_after(tree.root, tree.shift, end)?;
        Ok((root.map_or(Tree::EMPTY, |root| self.tree_of(root, tree.shift)), leaf))
    }

    fn cut_after(
        self,
        branch: Value<'s>,
        shift: u32,
        end: usize,
    ) -> Result<(Option<Value<'s>>, Value<'s>), OutOfMemory> {
        let (at, last_index) = self.vector_step(branch, shift, end - 1);
        let children = self.vector_children(branch);
        let (rest, leaf) = if shift == LEAF_BITS {
            (None, self.first_of_leaf(children.at(at), last_index + 1)?)
        } else {
            self.cut_after(children.at(at), below(shift), last_index + 1)?
        };
        let before = children.before(at);
        let rest = match rest {
            Some(last) => Some(self.with_last(branch, shift, before, last)?),
            None if at == 0 => None,
            None => Some(self.with_last(branch, shift, before.before(at - 1), before.last())?),
        };
        Ok((rest, leaf))
    }

    /// The leaf of the first elements of a leaf, and of nothing more.
    pub(crate) fn first_of_leaf(self, leaf: Value<'s>, count: usize) -> Result<Value<'s>, OutOfMemory> {
        let elements = self.vector_leaf(leaf);
        if elements.len() == count {
            return Ok(leaf);
        }
        self.values_object(Kind::VectorLeaf, &elements[..count])
    }

    /// The elements of a tree from `start` on, which is below its size.
    pub(crate) fn tree_cut_before(self, tree: &Tree<'s>, start: usize) -> Result<Tree<'s>, OutOfMemory> {
        Ok(self.tree_of(self.cut_before(tree.root, tree.shift, start)?, tree.shift))
    }

    fn cut_before(self, node: Value<'s>, shift: u32, start: usize) -> Result<Value<'s>, OutOfMemory> {
        if start == 0 {
            return Ok(node);
        }
        if shift == 0 {
            return self.values_object(Kind::VectorLeaf, &self.vector_leaf(node)[start..]);
        }
        let (at, within) = self.vector_step(node, shift, start);
        let children = self.vector_children(node);
        let first = self.cut_before(children.at(at), below(shift), within)?;
        self.vector_branch([first].into_iter().chain(children.from(at + 1).iter()), shift)
    }
}

/// A size that a relaxed branch holds.
#[inline(always)]
fn size(value: Value<'_>) -> usize {
    value.as_small_int().unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Heap, Region};

    /// Checks a node as the invariants want it. Returns its elements.
    fn check<'s>(s: Scope<'s>, node: Value<'s>, shift: u32) -> usize {
        if shift == 0 {
            let elements = s.vector_leaf(node);
            assert!((1..=LEAF).contains(&elements.len()));
            return elements.len();
        }
        let (sizes, children) = s.sizes_and_children(node);
        assert!((1..=WIDTH).contains(&children.len()));
        let mut total = 0;
        let mut must_relax = false;
        for (at, child) in children.iter().enumerate() {
            must_relax |= total < at << shift;
            total += check(s, child, below(shift));
            assert!(sizes.is_empty() || size(sizes[at]) == total);
        }
        assert_eq!(must_relax, !sizes.is_empty(), "relaxed only where it must be");
        assert_eq!(s.vector_size(node, shift), total);
        total
    }

    fn has_relaxed<'s>(s: Scope<'s>, node: Value<'s>, shift: u32) -> bool {
        let inside = |child: Value<'s>| has_relaxed(s, child, below(shift));
        shift > 0 && (s.is_relaxed(node) || s.vector_children(node).iter().any(inside))
    }

    #[test]
    fn slices_and_joins_keep_the_invariants() {
        let heap = Heap::new(Region::allocate(64 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let (mut seed, mut relaxed, mut levels) = (1, 0, 0);
            let mut below = |bound: usize| {
                seed = crate::hash::mix(seed) as u64 + 1;
                seed as usize % bound
            };
            let mut vector = s.vector(&[]).unwrap();
            for round in 0..400 {
                let piece = (0..below(300)).map(|n| s.int(n as i64).unwrap());
                let piece = s.vector_from(piece).unwrap();
                let [first, second] = if round % 3 == 0 { [piece, vector] } else { [vector, piece] };
                vector = s.vector_concat(first, second).unwrap();
                for _ in 0..below(20) {
                    vector = s.vector_push(vector, Value::NIL).unwrap();
                }
                let count = s.vector_count(vector);
                if count > 3000 || round % 5 == 0 {
                    vector = s
                        .vector_slice(vector, below(count / 2 + 1), count - below(20).min(count / 2))
                        .unwrap();
                }
                let parts = s.vector_parts(vector);
                let tree = parts.tree;
                if !tree.root.is_nil() {
                    assert_eq!(check(s, tree.root, tree.shift), parts.tail_start());
                    assert_eq!(has_relaxed(s, tree.root, tree.shift), tree.is_relaxed);
                    relaxed += tree.is_relaxed as usize;
                    levels = levels.max(tree.shift);
                }
            }
            assert!(relaxed > 100, "only {relaxed} of the trees were relaxed");
            // 3,300 elements in full nodes would have a root of shift 11.
            assert!(levels <= LEAF_BITS + 7 * BITS, "a root of shift {levels}");
        });
    }
}
