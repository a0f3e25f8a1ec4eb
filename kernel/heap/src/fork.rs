//! Forking and parking mutators.
//!
//! Enter at [`Mutator::fork`] and [`Mutator::park`]. A mutator is a root stack and a nursery. What the roots reach in the nursery
//! moves to the old space, where everybody may refer to it; then a copy of the root stack is a second mutator, and the
//! nursery is not needed any more. Both cost what the mutator has not shared yet, whatever else it reaches.
//!
//! Invariant: a fork counts as open until its roots are there, and answers the collector before its parent does: no hand-shake
//! ends between the two.

use crate::mutator::{Mutator, MutatorCore};
use crate::nursery::Chunk;
use crate::safepoint::Leave;
use crate::scope::OutOfMemory;
use alloc::vec::Vec;
use core::mem::size_of;

impl Mutator {
    /// Returns a second mutator with the same root stack, quota and access to the reserve; both go on independently. Costs
    /// the root stack and what the roots reach that was not shared yet, not what they reach. Without room for that,
    /// nothing happens.
    ///
    /// ```
    /// # use halt_heap::{Heap, Region, Value};
    /// # let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
    /// let mut parent = heap.mutator();
    /// parent.enter(|s| s.root_push(s.string("shared").unwrap()));
    /// let mut child = parent.fork().unwrap();
    /// child.enter(|s| s.root_push(Value::TRUE));
    /// assert_eq!(parent.enter(|s| s.root_count()), 1);
    /// assert_eq!(child.enter(|s| s.root_count()), 2);
    /// ```
    pub fn fork(&mut self) -> Result<Mutator, OutOfMemory> {
        let core = self.core();
        core.open_scope(false);
        let leave = Leave(core);
        let result = core.share_roots().map(|roots| {
            let fork = core.heap.mutator_of(|registry, fork| registry.add_open(fork, core.asked()));
            let child = fork.core();
            child.with_roots(|place| *place = roots);
            child.quota_words.set(core.quota_words.get());
            child.priority.set(core.priority.get());
            child.answer_and_close(false);
            fork
        });
        drop(leave);
        core.heap.0.collect_if_due(core);
        result
    }

    /// Gives back all memory that the mutator does not need until it runs again: what lives moves to the old space, the
    /// nursery goes. For one that waits for long. Without room it keeps what it has.
    pub fn park(&mut self) -> Result<(), OutOfMemory> {
        let core = self.core();
        core.open_scope(false);
        let leave = Leave(core);
        let result = core.share_roots().map(|roots| {
            core.empty_young();
            // The copy rather than what is there, shrunk: that would leave the allocator a hole for each that parks.
            core.with_roots(|own| *own = roots);
        });
        drop(leave);
        core.log.take();
        core.heap.0.collect_if_due(core);
        result
    }

    /// Bytes that this mutator takes beside its part of the old space: its own record, root stack, tables and nursery.
    pub fn overhead_bytes(&self) -> usize {
        let _held = self.core().hold();
        self.core().overhead_bytes()
    }
}

impl MutatorCore {
    /// Moves what the roots reach to the old space. Returns the root stack as it is then, a copy.
    fn share_roots(&self) -> Result<Vec<u64>, OutOfMemory> {
        let mut roots = Vec::new();
        self.with_roots(|own| {
            roots.try_reserve_exact(own.len()).map_err(|_| OutOfMemory)?;
            roots.extend_from_slice(own);
            Ok(())
        })?;
        if !roots.iter().all(|root| self.is_shared(*root)) {
            self.promote_all(roots.iter_mut())?;
            self.with_roots(|own| own.copy_from_slice(&roots));
        }
        Ok(roots)
    }

    fn overhead_bytes(&self) -> usize {
        let chunks = self.chunks.take();
        let nursery_words: usize = chunks.iter().map(|chunk| chunk.end - chunk.first).sum();
        let tables = chunks.capacity() * size_of::<Chunk>();
        self.chunks.set(chunks);
        let notes = self.notes.take();
        let notes_bytes = notes.bytes();
        self.notes.set(notes);
        let roots = self.with_roots(|roots| roots.capacity() * 8);
        let nursery_words =
            nursery_words + self.chunk_end.get() - self.chunk_first.get() + self.large_words.get();
        size_of::<MutatorCore>() + tables + notes_bytes + roots + nursery_words * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_of_a_mutator_is_small() {
        assert!(size_of::<MutatorCore>() <= 448, "{}", size_of::<MutatorCore>());
    }
}
