//! The tree of a vector: branches above leaves.
//!
//! A node is told by its shift: an element lies at digit `index >> shift` of it. Leaves have shift 0, the branches
//! above them [`LEAF_BITS`], and each level above [`BITS`] more. Copying the path to one element, the one place
//! that writes more than one object at once, is in `vector_path.rs`.
//!
//! Invariant: all children of a branch but the last are full.

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope, as_values, as_words};
use crate::value::Value;
use crate::vector::{BITS, LEAF_BITS, WIDTH};

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

    /// The children of a branch, or the elements of a leaf in a tree.
    #[inline(always)]
    pub(crate) fn vector_children(self, node: Value<'s>) -> &'s [Value<'s>] {
        as_values(self.core.payload(node.word()))
    }

    /// The element at an index of a tree that holds it.
    #[inline(always)]
    pub(crate) fn tree_get(self, root: Value<'s>, mut shift: u32, index: usize) -> Value<'s> {
        let mut node = root;
        while shift > LEAF_BITS {
            node = self.vector_word(node, digit(index, shift));
            shift -= BITS;
        }
        let leaf = self.vector_word(node, digit(index, LEAF_BITS));
        self.vector_word(leaf, index % (1 << LEAF_BITS))
    }

    /// The leaf that holds an index with those after it in its branch, and the place in the leaf.
    pub(crate) fn tree_leaves(
        self,
        root: Value<'s>,
        mut shift: u32,
        index: usize,
    ) -> (&'s [Value<'s>], usize) {
        let mut node = root;
        while shift > LEAF_BITS {
            node = self.vector_word(node, digit(index, shift));
            shift -= BITS;
        }
        (&self.vector_children(node)[digit(index, LEAF_BITS)..], index % (1 << LEAF_BITS))
    }

    fn vector_branch(self, children: &[Value<'s>], last: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.core.object_of(Kind::VectorBranch, [as_words(children), &[last.word()]])
    }

    /// The tree (nil when empty) and its shift with one more leaf at the end.
    pub(crate) fn tree_push(
        self,
        root: Value<'s>,
        shift: u32,
        leaf: Value<'s>,
    ) -> Result<(Value<'s>, u32), OutOfMemory> {
        if root.is_nil() {
            return Ok((self.vector_branch(&[], leaf)?, LEAF_BITS));
        }
        match self.node_push(root, shift, leaf)? {
            Some(root) => Ok((root, shift)),
            None => Ok((self.vector_branch(&[root], self.new_path(shift, leaf)?)?, shift + BITS)),
        }
    }

    /// A branch with one more leaf at the end; `None` when it is full.
    fn node_push(
        self,
        branch: Value<'s>,
        shift: u32,
        leaf: Value<'s>,
    ) -> Result<Option<Value<'s>>, OutOfMemory> {
        let children = self.vector_children(branch);
        let (last, before) = (children[children.len() - 1], &children[..children.len() - 1]);
        if shift > LEAF_BITS
            && let Some(last) = self.node_push(last, below(shift), leaf)?
        {
            return self.vector_branch(before, last).map(Some);
        }
        if children.len() == WIDTH {
            return Ok(None);
        }
        self.vector_branch(children, self.new_path(below(shift), leaf)?).map(Some)
    }

    /// A node of a shift whose only leaf is this.
    fn new_path(self, shift: u32, leaf: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let (mut node, mut at) = (leaf, shift);
        while at > 0 {
            node = self.vector_branch(&[], node)?;
            at = below(at);
        }
        Ok(node)
    }

    /// The tree (nil when empty) without its last leaf, its shift, and that leaf.
    pub(crate) fn tree_pop(
        self,
        root: Value<'s>,
        shift: u32,
    ) -> Result<(Value<'s>, u32, Value<'s>), OutOfMemory> {
        let (root, leaf) = self.node_pop(root, shift)?;
        let Some(root) = root else { return Ok((Value::NIL, LEAF_BITS, leaf)) };
        let (root, shift) = self.lowered(root, shift);
        Ok((root, shift, leaf))
    }

    /// What is left of a branch without its last leaf, and that leaf.
    fn node_pop(self, branch: Value<'s>, shift: u32) -> Result<(Option<Value<'s>>, Value<'s>), OutOfMemory> {
        let children = self.vector_children(branch);
        let (last, before) = (children[children.len() - 1], &children[..children.len() - 1]);
        let (rest, leaf) = if shift == LEAF_BITS { (None, last) } else { self.node_pop(last, below(shift))? };
        let rest = match (rest, before) {
            (Some(last), _) => Some(self.vector_branch(before, last)?),
            (None, []) => None,
            (None, [before @ .., last]) => Some(self.vector_branch(before, *last)?),
        };
        Ok((rest, leaf))
    }

    /// The root and shift of a tree without branches on top that have only one child.
    fn lowered(self, mut root: Value<'s>, mut shift: u32) -> (Value<'s>, u32) {
        while shift > LEAF_BITS && self.core.payload_words(root.word()) == 1 {
            (root, shift) = (self.vector_word(root, 0), below(shift));
        }
        (root, shift)
    }
}
