//! The collection of the old space: when it happens, and in which steps.
//!
//! Enter at [`Heap::collect_if_needed`] and [`Heap::collect`]. A collection begins with a short pause behind the closed
//! gate, in which no scope is open, for the snapshot of the roots (`mark.rs`). Marking goes on in slices, on
//! idle cores and at the ends of scopes, in proportion to what the old space takes meanwhile. A second
//! short pause ends it and sweeps (`arena.rs`). Where memory is short, and on request, all of it happens in one pause.
//!
//! Invariants: only the holder of `work` closes the gate; the old space is being marked exactly from the first
//! pause to the second.

use crate::arena::{Arena, BLOCK_WORDS};
use crate::core::{Heap, HeapCore};
use crate::mark::Marker;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use spin::Mutex;

/// The old space may always grow by an eighth of the arena before it is collected, up to this much.
const GROWTH_WORDS_MIN: usize = 32 * 1024 * 1024 / 8;
/// How long a collection waits for scopes to end: in turns of waiting, and in micro-seconds given a clock.
const PATIENCE_TURNS: u64 = 1 << 20;
const PATIENCE_US: u64 = 100_000;
/// Objects that an idle core marks in one slice, and a core at the end of a scope at least.
const IDLE_SLICE: usize = 4096;
const ASSIST_SLICE: usize = 128;

pub(crate) struct Collector {
    /// The right to collect, and the marker's memory.
    pub(crate) work: Mutex<Marker>,
    /// Words that the old space took since it was last collected.
    pub(crate) grown_words: AtomicUsize,
    /// At how many of them a collection is due.
    due_words: AtomicUsize,
    /// Live words in the old space after the last collection, in whole lines.
    pub(crate) live_words: AtomicUsize,
    /// Free blocks after the last collection.
    free_blocks: AtomicUsize,
    scopes: AtomicUsize,
    /// What was overwritten in atoms and shared cells since marking began, and not yet marked.
    pub(crate) log: Mutex<Vec<u64>>,
    /// At how many grown words to try again to stop, after a scope did not end in time.
    retry_at_words: AtomicUsize,
    /// Grown words when the last slice of marking began.
    paced_words: AtomicUsize,
}

impl Collector {
    pub(crate) fn new(arena: &Arena) -> Collector {
        Collector {
            work: Mutex::new(Marker::new()),
            grown_words: AtomicUsize::new(0),
            due_words: AtomicUsize::new(least_growth_words(arena)),
            live_words: AtomicUsize::new(0),
            free_blocks: AtomicUsize::new(arena.usable_blocks()),
            scopes: AtomicUsize::new(0),
            log: Mutex::new(Vec::new()),
            retry_at_words: AtomicUsize::new(0),
            paced_words: AtomicUsize::new(0),
        }
    }
}

impl Heap {
    /// Collects the old space and every nursery now, in one pause. Returns false when some scope did not end in
    /// time, or another core collects; always, when called inside a scope.
    pub fn collect(&self) -> bool {
        self.0.collect()
    }

    /// Whether there is work to do on a collection of the old space now, and no other core is at it.
    pub fn wants_collection(&self) -> bool {
        let heap = &*self.0;
        let is_due = heap.arena.is_marking() && heap.may_stop() || heap.wants_collection();
        is_due && !heap.collector.work.is_locked()
    }

    /// Does a slice of the collection of the old space, if one is under way or half due: for the loop of an idle
    /// core, outside of any scope. Returns whether it did.
    pub fn collect_if_needed(&self) -> bool {
        let heap = &*self.0;
        // Where a core is idle, the pauses are likely to be noticed by nobody.
        let is_due = heap.arena.is_marking() || heap.has_grown(2) || heap.is_nearly_full();
        is_due && heap.step(IDLE_SLICE, 2)
    }
}

impl HeapCore {
    /// The old space took more memory.
    pub(crate) fn note_old_growth(&self, words: usize) {
        self.collector.grown_words.fetch_add(words, Ordering::Relaxed);
    }

    /// Makes a collection due.
    pub(crate) fn request_collection(&self) {
        self.collector.due_words.store(0, Ordering::Relaxed);
    }

    pub(crate) fn wait_a_little(&self) {
        core::hint::spin_loop();
        let relax = *self.relax.read();
        relax();
    }

    fn wants_collection(&self) -> bool {
        self.has_grown(1) || self.is_nearly_full()
    }

    /// Whether the old space grew by a part of what makes a collection due.
    fn has_grown(&self, part: usize) -> bool {
        let grown = self.collector.grown_words.load(Ordering::Relaxed);
        grown >= self.collector.due_words.load(Ordering::Relaxed) / part && self.may_stop()
    }

    /// Whether it is time to try to stop: not too soon after a scope did not end in time.
    fn may_stop(&self) -> bool {
        let grown = self.collector.grown_words.load(Ordering::Relaxed);
        grown >= self.collector.retry_at_words.load(Ordering::Relaxed)
    }

    /// Whether little is free, and enough was taken since the last collection that another may help.
    fn is_nearly_full(&self) -> bool {
        let (free, usable) = (self.arena.free_blocks(), self.arena.usable_blocks());
        let before = self.collector.free_blocks.load(Ordering::Relaxed);
        free <= (usable / 6).max(self.arena.reserve_blocks) && before.saturating_sub(free) > usable / 32
    }

    /// At the end of a scope: does its part of a collection that is due. In torture mode, every sixteenth time
    /// one begins, in one pause and in slices by turns.
    #[inline]
    pub(crate) fn collect_if_due(&self) {
        if self.torture.load(Ordering::Relaxed) {
            self.torture_step();
        } else if self.arena.is_marking() || self.wants_collection() {
            let grown = self.collector.grown_words.load(Ordering::Relaxed);
            let before = self.collector.paced_words.swap(grown, Ordering::Relaxed);
            // An object has four words or more, so this marks as much as the old space took, and more.
            self.step(ASSIST_SLICE + grown.saturating_sub(before) / 2, 1);
        }
    }

    fn torture_step(&self) {
        let scopes = self.collector.scopes.fetch_add(1, Ordering::Relaxed);
        if self.arena.is_marking() {
            self.step(64, 1);
        } else if scopes.is_multiple_of(32) {
            self.collect();
        } else if scopes % 32 == 16 {
            self.request_collection();
            self.step(64, 1);
        }
    }

    /// Begins a collection when a part of the growth that makes it due is reached, or does a slice of the one under
    /// way, unless another core does.
    fn step(&self, budget: usize, part: usize) -> bool {
        if self.is_nearly_full() {
            return self.collect();
        }
        let Some(mut marker) = self.collector.work.try_lock() else { return false };
        if self.arena.is_marking() {
            if !marker.run(self, budget) {
                return true;
            }
            return self.may_stop() && self.finish(&mut marker);
        }
        self.has_grown(part) && self.begin(&mut marker)
    }

    /// The first pause: the snapshot.
    fn begin(&self, marker: &mut Marker) -> bool {
        marker.prepare(&self.arena);
        let started = self.now();
        if !self.stop() {
            return false;
        }
        self.pool.lock().clear();
        marker.snapshot(self);
        self.arena.set_marking(true);
        self.end_pause(started);
        true
    }

    /// The second pause: the rest of marking, and the sweep.
    fn finish(&self, marker: &mut Marker) -> bool {
        let started = self.now();
        if !self.stop() {
            return false;
        }
        marker.run(self, usize::MAX);
        self.arena.set_marking(false);
        self.sweep();
        self.counters.majors_sliced.fetch_add(1, Ordering::Relaxed);
        self.end_pause(started);
        true
    }

    /// Collects in one pause, if no other core collects; what was marked already is marked again.
    fn collect(&self) -> bool {
        self.collect_at_once(true)
    }

    fn collect_at_once(&self, nurseries: bool) -> bool {
        let Some(mut marker) = self.collector.work.try_lock() else { return false };
        let started = self.now();
        if !self.stop() {
            return false;
        }
        self.give_up_marking();
        if nurseries {
            self.for_each_mutator(|mutator| {
                mutator.collect_young();
                mutator.return_old_buffer();
            });
        }
        self.pool.lock().clear();
        marker.prepare(&self.arena);
        marker.snapshot(self);
        marker.run(self, usize::MAX);
        self.sweep();
        self.end_pause(started);
        true
    }

    /// Ends the marking under way, if any, without a sweep. No scope is open.
    pub(crate) fn give_up_marking(&self) {
        self.arena.set_marking(false);
        self.collector.log.lock().clear();
    }

    /// Frees what is not marked, and notes how much lives. No scope is open.
    fn sweep(&self) {
        self.for_each_mutator(|mutator| mutator.weigh());
        let live_words = self.arena.sweep();
        let collector = &self.collector;
        collector.live_words.store(live_words, Ordering::Relaxed);
        collector.grown_words.store(0, Ordering::Relaxed);
        collector.paced_words.store(0, Ordering::Relaxed);
        collector.retry_at_words.store(0, Ordering::Relaxed);
        collector.due_words.store(least_growth_words(&self.arena).max(live_words), Ordering::Relaxed);
        collector.free_blocks.store(self.arena.free_blocks(), Ordering::Relaxed);
        self.counters.majors.fetch_add(1, Ordering::Relaxed);
    }

    /// Opens the gate again, and notes how long it was closed.
    fn end_pause(&self, started: u64) {
        self.note_pause(started);
        self.gate.open();
    }

    /// Closes the gate and waits for the open scopes to end. When that takes too long (a scope is kept open,
    /// perhaps around this very call), gives up until the old space has grown further.
    pub(crate) fn stop(&self) -> bool {
        let (started, mut turns) = (self.now(), 0);
        let alone = self.gate.close(|| {
            self.wait_a_little();
            turns += 1;
            turns < PATIENCE_TURNS && self.now().saturating_sub(started) < PATIENCE_US
        });
        if !alone {
            let grown = self.collector.grown_words.load(Ordering::Relaxed);
            self.collector.retry_at_words.store(grown + grown / 4 + BLOCK_WORDS, Ordering::Relaxed);
            self.collector.free_blocks.store(self.arena.free_blocks(), Ordering::Relaxed);
            self.counters.majors_given_up.fetch_add(1, Ordering::Relaxed);
        }
        alone
    }
}

fn least_growth_words(arena: &Arena) -> usize {
    GROWTH_WORDS_MIN.min(arena.usable_blocks() * BLOCK_WORDS / 8)
}

#[cfg(test)]
#[path = "collector_tests.rs"]
mod tests;
