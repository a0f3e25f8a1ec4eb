//! What a promotion has still to copy: fields of its copies that refer to what is young. Each of these objects is asked for when the
//! field is found, and followed some fields later, when it has come from memory.
//!
//! Enter at [`Arena::for_each_unsettled`], which finds such fields, and [`Pending`], which keeps the last few of them in order.
//!
//! Source: Cher, Hosking and Vitek, Software Prefetching for Mark-Sweep Garbage Collection: Hardware Analysis and Software
//! Redesign (2004).

use crate::arena::{Arena, BLOCK_WORDS, OLD, OLD_LARGE};
use crate::mutator::MutatorCore;
use crate::object;

/// How many fields wait: a power of two.
const AHEAD: usize = 8;
/// Fields of an object that are looked at together.
const TOGETHER: usize = 8;
/// What is fetched of an object behind the line of its header: the first of its fields.
const FETCHED_BYTES: usize = 256;

/// A field, and what it refers to.
#[derive(Clone, Copy, Default)]
pub(crate) struct Field {
    /// The word that it lies in, and which half of that, where it is half a pair.
    index: usize,
    half: Option<u32>,
    pub(crate) word: u64,
}

impl Field {
    /// Lets the field refer to something else.
    #[inline(always)]
    pub(crate) fn set(self, arena: &Arena, word: u64) {
        let changed = match self.half {
            None => word,
            Some(half) => {
                let shift = half * u32::BITS;
                arena.load(self.index) & !(0xFFFF_FFFF << shift) | (word / 8) << shift
            }
        };
        arena.store(self.index, changed);
    }
}

/// Fields in the order in which they came.
#[derive(Default)]
pub(crate) struct Pending {
    fields: [Field; AHEAD],
    taken: usize,
    put: usize,
}

impl Pending {
    /// Asks for what a field refers to. Returns the field whose turn has come, if so many wait.
    #[inline(always)]
    pub(crate) fn swap(&mut self, core: &MutatorCore, field: Field) -> Option<Field> {
        core.prefetch(field.word, FETCHED_BYTES);
        let first = if self.put - self.taken == AHEAD { self.take() } else { None };
        self.fields[self.put % AHEAD] = field;
        self.put += 1;
        first
    }

    /// Takes the field that has waited longest.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Option<Field> {
        if self.taken == self.put {
            return None;
        }
        self.taken += 1;
        Some(self.fields[(self.taken - 1) % AHEAD])
    }
}

impl Arena {
    /// Calls `visit` with each field of an object that refers to anything but a block of the old space that is not evacuated: most
    /// children of branches do, and most elements and entries are immediates.
    #[inline(always)]
    pub(crate) fn for_each_unsettled<E>(
        &self,
        at: usize,
        header: u64,
        mut visit: impl FnMut(Field) -> Result<(), E>,
    ) -> Result<(), E> {
        let fields = object::fields(header, || self.load(at + 1));
        let (mut index, end) = (at + 1 + fields.values.start, at + 1 + fields.values.end);
        while index < end {
            if index + TOGETHER <= end && (0..TOGETHER).all(|more| self.load(index + more) & 3 != 0) {
                index += TOGETHER;
                continue;
            }
            let last = end.min(index + TOGETHER);
            while index < last {
                let word = self.load(index);
                if word & 3 == 0 && !self.is_settled(word as usize / 8) {
                    visit(Field { index, half: None, word })?;
                }
                index += 1;
            }
        }
        for index in at + 1 + fields.pairs.start..at + 1 + fields.pairs.end {
            let halves @ [low, high] = object::split_pair(self.load(index));
            if self.is_settled(low as usize / 8) & self.is_settled(high as usize / 8) {
                continue;
            }
            for (half, word) in (0..).zip(halves) {
                if word != 0 && !self.is_settled(word as usize / 8) {
                    visit(Field { index, half: Some(half), word })?;
                }
            }
        }
        Ok(())
    }

    /// Whether an object lies in a block of the old space that is not evacuated.
    #[inline(always)]
    pub(crate) fn is_settled(&self, index: usize) -> bool {
        matches!(self.state(index / BLOCK_WORDS), OLD | OLD_LARGE)
    }
}
