//! Copying the path from a vector's root to one element.
//!
//! Enter at [`MutatorCore::copy_path`]. A door for `unsafe`: the nodes of the path are written top down into one
//! run of the nursery, so that each holds the place of the next before that is written.
//!
//! Invariant: the run consists of whole objects when this returns.
#![allow(unsafe_code, reason = "writes several new objects in a row; see the SAFETY comments")]

use crate::mutator::MutatorCore;
use crate::object::{self, Kind, pairs_of};
use crate::scope::OutOfMemory;
use crate::value::Value;
use crate::vector::{BITS, LEAF, LEAF_BITS, WIDTH};
use crate::vector_tree::{below, digit};
use core::ptr::copy_nonoverlapping;

/// The most words a node has, with its header.
const NODE_WORDS: usize = 1 + if LEAF > pairs_of(WIDTH) { LEAF } else { pairs_of(WIDTH) };

/// The most nodes from a root to an element.
const LEVELS_MAX: usize = 2 + ((usize::BITS - LEAF_BITS) / BITS) as usize;

impl MutatorCore {
    /// A tree, which holds the index, with another value there. Returns its root.
    pub(crate) fn copy_path<'s>(
        &'s self,
        root: Value<'s>,
        mut shift: u32,
        index: usize,
        value: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        // The way down first: the leaf, which is seldom in the cache, is on its way there while the nodes above
        // it are copied.
        let mut path = [(0, 0); LEVELS_MAX];
        let (mut levels, mut node) = (0, root.word());
        while shift > 0 {
            let place = digit(index, shift);
            path[levels] = (node, place);
            (node, levels, shift) = (self.half(node, place), levels + 1, below(shift));
        }
        self.prefetch(node, LEAF * 8);
        let leaf_words = self.payload_words(node);
        let first = self.reserve_run(Kind::VectorBranch, (levels + 1) * NODE_WORDS)?;
        let mut at = first;
        for (node, place) in &path[..levels] {
            let words = self.payload_words(*node);
            let next = at + 1 + words;
            // SAFETY: the run has room for a node of any size at `at`; the half lies in the node.
            unsafe {
                self.copy_node::<{ pairs_of(WIDTH) }>(Kind::VectorBranch, *node, words, at);
                assert!(*place < words * 2);
                self.slot(at + 1).cast::<u32>().add(*place).write(next as u32);
            }
            at = next;
        }
        // SAFETY: as above.
        unsafe {
            self.copy_node::<LEAF>(Kind::VectorLeaf, node, leaf_words, at);
            assert!(index % LEAF < leaf_words);
            self.slot(at + 1 + index % LEAF).write(value.word());
        }
        self.release_to(at + 1 + leaf_words);
        Ok(Value::reference(first as u64 * 8))
    }

    /// Copies a node of so many words to `at`.
    ///
    /// # Safety
    /// There are `NODE_WORDS` words at `at` that nobody has seen.
    #[inline(always)]
    unsafe fn copy_node<const FULL: usize>(&self, kind: Kind, node: u64, words: usize, at: usize) {
        assert!(words < NODE_WORDS, "a node of a vector has {words} words");
        let (from, to) = (self.slot(node as usize / 8 + 1), self.slot(at + 1));
        // SAFETY: `node` is a live object of `words` words, for which the caller promises room.
        unsafe {
            self.slot(at).write(object::header(kind, words));
            if words == FULL {
                // As nearly all are: moves of known size.
                copy_nonoverlapping(from, to, FULL);
            } else {
                copy_nonoverlapping(from, to, words);
            }
        }
    }
}
