//! Copying the path from a vector's root to one element.
//!
//! Enter at [`MutatorCore::copy_path`]. A door for `unsafe`: the nodes of the path are written top down into one
//! run of the nursery, so that each holds the place of the next before that is written.
//!
//! Invariant: a run consists of whole objects when this returns.
#![allow(unsafe_code, reason = "writes several new objects in a row; see the SAFETY comments")]

use crate::mutator::MutatorCore;
use crate::object::{self, Kind};
use crate::scope::OutOfMemory;
use crate::value::Value;
use crate::vector::{LEAF_BITS, WIDTH};
use crate::vector_tree::{below, digit};

/// The most words a node has, with its header.
const NODE_WORDS: usize = 1 + if LEAF_BITS > crate::vector::BITS { 1 << LEAF_BITS } else { WIDTH };

impl MutatorCore {
    /// A tree, which holds the index, with another value there. Returns its root.
    pub(crate) fn copy_path<'s>(
        &'s self,
        root: Value<'s>,
        mut shift: u32,
        index: usize,
        value: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let levels = if shift == 0 { 1 } else { 2 + (shift - LEAF_BITS) / crate::vector::BITS } as usize;
        let first = self.reserve_run(Kind::VectorBranch, levels * NODE_WORDS)?;
        let (mut node, mut at) = (root.word(), first);
        loop {
            let words = object::header_words(self.header(node));
            let next = at + 1 + words;
            let place = if shift == 0 { index % (1 << LEAF_BITS) } else { digit(index, shift) };
            assert!(words < NODE_WORDS && place < words, "a node of a vector has {words} words");
            // SAFETY: `node` is a live object of `words` words, which the run has room for at `at`, one node for
            // each level; nobody has seen the run, so it overlaps no live object. `place` is below `words`.
            let child = unsafe {
                let (from, to) = (self.slot(node as usize / 8), self.slot(at));
                to.write(object::header(Kind::VectorBranch, words));
                if words == WIDTH {
                    // As often as not: a copy of known size.
                    core::ptr::copy_nonoverlapping(from.add(1), to.add(1), WIDTH);
                } else {
                    core::ptr::copy_nonoverlapping(from.add(1), to.add(1), words);
                }
                to.add(1 + place).write(if shift == 0 { value.word() } else { next as u64 * 8 });
                from.add(1 + place).read()
            };
            if shift == 0 {
                self.release_to(next);
                return Ok(Value::reference(first as u64 * 8));
            }
            (node, at, shift) = (child, next, below(shift));
        }
    }
}
