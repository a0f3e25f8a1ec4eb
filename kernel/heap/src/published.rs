//! Published values: each a root that outlives scopes and goes to any thread, in a slot of a table (`slots.rs`).
//!
//! Enter at `MutatorCore::publish`.
//!
//! Invariant: new roots appear only inside scopes, which tell the collector of them (`log_new`).

use crate::core::Heap;
use core::fmt;
use core::sync::atomic::Ordering;

/// A value that is kept alive outside of any scope and may go to any thread. Open it with `Scope::open`.
pub struct Published {
    heap: Heap,
    slot: u32,
}

impl Published {
    /// Keeps a word of the old space. Only inside a scope.
    pub(crate) fn new(heap: &Heap, word: u64) -> Published {
        Published { slot: heap.0.slots.add(word), heap: heap.clone() }
    }

    #[inline]
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
