//! Vectors built at once: full leaves go in, each branch is made once.
//!
//! Enter at [`Builder::push_leaf`] and [`Builder::finish`].

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;
use crate::vector::{BITS, LEAF, LEAF_BITS, Parts, WIDTH};
use crate::vector_tree::{Children, Tree};
use alloc::vec::Vec;

/// A vector under construction.
pub(crate) struct Builder<'s> {
    s: Scope<'s>,
    count: usize,
    /// The children of the branch that is being filled, at each level, leaves first.
    levels: Vec<Level<'s>>,
}

struct Level<'s> {
    children: [Value<'s>; WIDTH],
    count: usize,
}

impl<'s> Builder<'s> {
    pub(crate) fn new(s: Scope<'s>) -> Builder<'s> {
        Builder { s, count: 0, levels: Vec::new() }
    }

    /// Adds a full leaf; more elements must follow.
    pub(crate) fn push_leaf(&mut self, leaf: &[Value<'s>]) -> Result<(), OutOfMemory> {
        debug_assert!(leaf.len() == LEAF);
        let leaf = self.s.values_object(Kind::VectorLeaf, leaf)?;
        self.count += LEAF;
        self.push(0, leaf)
    }

    fn push(&mut self, level: usize, child: Value<'s>) -> Result<(), OutOfMemory> {
        if level == self.levels.len() {
            self.levels.push(Level { children: [Value::NIL; WIDTH], count: 0 });
        }
        if self.levels[level].count == WIDTH {
            let branch = self.close(level)?;
            self.push(level + 1, branch)?;
        }
        let level = &mut self.levels[level];
        level.children[level.count] = child;
        level.count += 1;
        Ok(())
    }

    /// The branch of a level, which is empty then.
    fn close(&mut self, level: usize) -> Result<Value<'s>, OutOfMemory> {
        let level = &mut self.levels[level];
        let mut children = Children::new();
        level.children[..level.count].iter().for_each(|child| children.push(*child));
        let branch = self.s.raw_object(Kind::VectorBranch, children.words())?;
        level.count = 0;
        Ok(branch)
    }

    /// The vector that ends in a leaf of 1 to [`LEAF`] elements, or in none when nothing went before.
    pub(crate) fn finish(mut self, tail: &[Value<'s>]) -> Result<Value<'s>, OutOfMemory> {
        let tail_leaf = self.s.values_object(Kind::VectorLeaf, tail)?;
        let mut root = Value::NIL;
        let mut level = 0;
        while level < self.levels.len() {
            root = self.close(level)?;
            if level + 1 < self.levels.len() {
                self.push(level + 1, root)?;
            }
            level += 1;
        }
        let shift = LEAF_BITS + BITS * level.saturating_sub(1) as u32;
        let tree = Tree { root, shift, is_relaxed: false };
        let (count, tail_count) = (self.count + tail.len(), tail.len());
        self.s.vector_of(Parts { count, tail_count, tail: tail_leaf, tree }, Value::NIL)
    }
}
