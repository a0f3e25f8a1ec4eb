//! Published values: a table of slots, each a root that outlives scopes and goes to any thread.
//!
//! Enter at [`Slots::add`]. Mailboxes use one slot for each message, so adding, opening and dropping one takes
//! no lock: free slots are a linked stack whose head carries a counter against reuse.
//!
//! Invariant: a slot in use holds a word of the old space or an immediate; a free one holds a word that is no
//! reference. New roots appear only inside scopes, which tell the collector of them (`log_new`).

use crate::core::Heap;
use alloc::boxed::Box;
use core::fmt;
use core::ops::Range;
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use spin::Once;

/// A value that is kept alive outside of any scope and may go to any thread. Open it with `Scope::open`.
pub struct Published {
    heap: Heap,
    slot: u32,
}

struct Slot {
    word: AtomicU64,
    /// Handles on this slot.
    count: AtomicU32,
}

/// Segments double in size, so that slots never move.
const SEGMENTS: usize = 26;
const FIRST_SEGMENT: usize = 64;

pub(crate) struct Slots {
    segments: [Once<Box<[Slot]>>; SEGMENTS],
    /// Slots that were ever used.
    used: AtomicUsize,
    /// Low half: the first free slot plus one, or 0; high half: counts changes.
    free: AtomicU64,
}

impl Slots {
    pub(crate) fn new() -> Slots {
        Slots {
            segments: [const { Once::new() }; SEGMENTS],
            used: AtomicUsize::new(0),
            free: AtomicU64::new(0),
        }
    }

    /// Puts a word into a free slot.
    fn add(&self, word: u64) -> u32 {
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

    fn release(&self, index: u32) {
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

    fn slot(&self, index: u32) -> &Slot {
        let number = index as usize + FIRST_SEGMENT;
        let segment = (number.ilog2() - FIRST_SEGMENT.ilog2()) as usize;
        let slots = self.segments[segment].call_once(|| {
            let count = FIRST_SEGMENT << segment;
            (0..count).map(|_| Slot { word: AtomicU64::new(0xFF), count: AtomicU32::new(0) }).collect()
        });
        &slots[number - (FIRST_SEGMENT << segment)]
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

impl Published {
    /// Keeps a word of the old space. Only inside a scope.
    pub(crate) fn new(heap: &Heap, word: u64) -> Published {
        Published { slot: heap.0.slots.add(word), heap: heap.clone() }
    }

    pub(crate) fn word(&self) -> u64 {
        self.heap.0.slots.slot(self.slot).word.load(Ordering::Acquire)
    }

    /// The heap that holds the value.
    pub fn heap(&self) -> &Heap {
        &self.heap
    }
}

impl Clone for Published {
    fn clone(&self) -> Published {
        // The same slot, so that no root appears outside of scopes.
        self.heap.0.slots.slot(self.slot).count.fetch_add(1, Ordering::Relaxed);
        Published { heap: self.heap.clone(), slot: self.slot }
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        self.heap.0.slots.release(self.slot);
    }
}

impl fmt::Debug for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Published({})", self.slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn slots_are_reused_and_counted() {
        let slots = Slots::new();
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
