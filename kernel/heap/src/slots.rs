//! The table of slots under published values.
//!
//! Enter at [`Slots::add`]. Mailboxes use one slot for each message, so adding, opening and dropping one takes
//! no lock: free slots are a linked stack whose head carries a counter against reuse.
//!
//! Invariant: a slot in use holds a word of the old space or an immediate; a free one holds a word that is no
//! reference. A slot never moves.

use crate::sync::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use alloc::boxed::Box;
use core::ops::Range;
use spin::Once;

pub(crate) struct Slot {
    pub(crate) word: AtomicU64,
    /// Handles on this slot.
    pub(crate) count: AtomicU32,
}

/// Segments double in size, so that slots never move.
const SEGMENTS: usize = 26;
const FIRST_SEGMENT: usize = 64;

/// The table. A smaller first segment is for models.
pub(crate) struct Slots<const FIRST: usize = FIRST_SEGMENT> {
    segments: [Once<Box<[Slot]>>; SEGMENTS],
    /// Slots that were ever used.
    used: AtomicUsize,
    /// Low half: the first free slot plus one, or 0; high half: counts changes.
    free: AtomicU64,
}

impl<const FIRST: usize> Slots<FIRST> {
    pub(crate) fn new() -> Slots<FIRST> {
        Slots {
            segments: [const { Once::new() }; SEGMENTS],
            used: AtomicUsize::new(0),
            free: AtomicU64::new(0),
        }
    }

    /// Puts a word into a free slot.
    pub(crate) fn add(&self, word: u64) -> u32 {
        let index = self.pop().unwrap_or_else(|| self.used.fetch_add(1, Ordering::AcqRel) as u32);
        let slot = self.slot(index);
        slot.count.store(1, Ordering::Relaxed);
        slot.word.store(word, Ordering::Release);
        index
    }

    fn pop(&self) -> Option<u32> {
        let mut head = self.free.load(Ordering::Acquire);
        loop {
            let index = (head as u32).checked_sub(1)?;
            let next = self.slot(index).word.load(Ordering::Relaxed) >> 8;
            let new = (head >> 32).wrapping_add(1) << 32 | next & 0xFFFF_FFFF;
            match self.free.compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(index),
                Err(seen) => head = seen,
            }
        }
    }

    /// Takes one handle away from a slot; the last frees it.
    pub(crate) fn release(&self, index: u32) {
        let slot = self.slot(index);
        if slot.count.fetch_sub(1, Ordering::AcqRel) != 1 {
            return;
        }
        let mut head = self.free.load(Ordering::Relaxed);
        loop {
            slot.word.store((head & 0xFFFF_FFFF) << 8 | 0xFF, Ordering::Relaxed);
            let new = (head >> 32).wrapping_add(1) << 32 | (index as u64 + 1);
            match self.free.compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(seen) => head = seen,
            }
        }
    }

    /// The slot at an index.
    #[inline]
    pub(crate) fn slot(&self, index: u32) -> &Slot {
        let number = index as usize + FIRST;
        let segment = (number.ilog2() - FIRST.ilog2()) as usize;
        let slots = self.segments[segment].call_once(|| {
            let count = FIRST << segment;
            (0..count).map(|_| Slot { word: AtomicU64::new(0xFF), count: AtomicU32::new(0) }).collect()
        });
        &slots[number - (FIRST << segment)]
    }

    /// Calls `visit` with the words of some slots, free ones too. Returns whether these were the last.
    pub(crate) fn visit(&self, range: Range<usize>, mut visit: impl FnMut(&AtomicU64)) -> bool {
        let used = self.used.load(Ordering::Acquire);
        for index in range.start..range.end.min(used) {
            visit(&self.slot(index as u32).word);
        }
        range.end >= used
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn slots_are_reused_and_counted() {
        let slots = Slots::<64>::new();
        let indices: Vec<u32> = (0..1000).map(|n| slots.add(n * 8)).collect();
        for (n, index) in indices.iter().enumerate() {
            assert_eq!(slots.slot(*index).word.load(Ordering::Relaxed), n as u64 * 8);
        }
        for index in &indices[100..] {
            slots.release(*index);
        }
        for n in 0..900 {
            slots.add(n);
        }
        assert_eq!(slots.used.load(Ordering::Relaxed), 1000);
        slots.slot(3).count.fetch_add(1, Ordering::Relaxed);
        slots.release(3);
        assert_eq!(slots.slot(3).word.load(Ordering::Relaxed), 24);
        slots.release(3);
        assert_eq!(slots.slot(3).word.load(Ordering::Relaxed) & 3, 3);
    }
}
