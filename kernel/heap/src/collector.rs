//! The collection of the old space: when it happens, and what it leaves in figures.
//!
//! Enter at [`Heap::collect`] and [`Heap::collect_if_needed`]. It stops the world: it closes the gate, waits
//! until no scope is open, marks (`mark.rs`) and sweeps (`arena.rs`) on one core, and opens the gate. A parked
//! mutator is scanned where it lies.
//!
//! Invariant: only the holder of `work` closes the gate.

use crate::arena::{Arena, BLOCK_WORDS};
use crate::core::{Heap, HeapCore};
use crate::mark::Marker;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use spin::Mutex;

/// The old space may always grow by an eighth of the arena before it is collected, up to this much.
const GROWTH_WORDS_MIN: usize = 32 * 1024 * 1024 / 8;
/// How long a collection waits for scopes to end: in turns of waiting, and in micro-seconds given a clock.
const PATIENCE_TURNS: u64 = 1 << 20;
const PATIENCE_US: u64 = 200_000;

pub(crate) struct Collector {
    /// The right to collect, and the marker's memory.
    pub(crate) work: Mutex<Marker>,
    /// Words that the old space took since it was last collected.
    grown_words: AtomicUsize,
    /// At how many of them a collection is due.
    due_words: AtomicUsize,
    /// Live words in the old space after the last collection, in whole lines.
    live_words: AtomicUsize,
    /// Free blocks after the last collection.
    free_blocks: AtomicUsize,
    scopes: AtomicUsize,
    minors: AtomicU64,
    minor_us_total: AtomicU64,
    minor_us_max: AtomicU64,
    majors: AtomicU64,
    major_us_total: AtomicU64,
    major_us_max: AtomicU64,
    gave_up: AtomicU64,
    commits: AtomicU64,
    retries: AtomicU64,
}

/// Figures of a heap.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct HeapStats {
    /// The whole arena, its tables included.
    pub arena_bytes: usize,
    /// In free blocks.
    pub free_bytes: usize,
    /// Live in the old space after its last collection, in whole lines.
    pub old_live_bytes: usize,
    /// The same, with what was taken since.
    pub old_used_bytes: usize,
    /// In blocks that are neither free nor old: nurseries.
    pub nursery_bytes: usize,
    /// Taken by the old space since its last collection.
    pub promoted_bytes: usize,
    /// Mutators that exist.
    pub mutators: usize,
    /// Collections of one nursery.
    pub minors: u64,
    /// Their time in all, if there is a clock.
    pub minor_us_total: u64,
    /// The longest of them.
    pub minor_us_max: u64,
    /// Collections of the old space.
    pub majors: u64,
    /// The time in which no scope could be open.
    pub major_us_total: u64,
    /// The longest such pause.
    pub major_us_max: u64,
    /// Collections that were given up because a scope did not end.
    pub majors_given_up: u64,
    /// Compare-and-sets on atoms that stored their value.
    pub commits: u64,
    /// Compare-and-sets that another writer forestalled.
    pub retries: u64,
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
            minors: AtomicU64::new(0),
            minor_us_total: AtomicU64::new(0),
            minor_us_max: AtomicU64::new(0),
            majors: AtomicU64::new(0),
            major_us_total: AtomicU64::new(0),
            major_us_max: AtomicU64::new(0),
            gave_up: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        }
    }
}

impl Heap {
    /// Collects the old space and every nursery now. Returns false when some scope did not end in time, or
    /// another core collects; always, when called inside a scope.
    pub fn collect(&self) -> bool {
        self.0.collect(true)
    }

    /// Whether a collection of the old space is due.
    pub fn wants_collection(&self) -> bool {
        self.0.wants_collection()
    }

    /// Collects the old space if that is due: for the loop of an idle core, outside of any scope. Returns
    /// whether it did.
    pub fn collect_if_needed(&self) -> bool {
        self.wants_collection() && self.0.collect(false)
    }

    /// The figures of this heap.
    pub fn stats(&self) -> HeapStats {
        let (heap, collector) = (&*self.0, &self.0.collector);
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let live_bytes = collector.live_words.load(Ordering::Relaxed) * 8;
        let grown_bytes = collector.grown_words.load(Ordering::Relaxed) * 8;
        let free_bytes = heap.arena.free_blocks() * BLOCK_WORDS * 8;
        let usable_bytes = heap.arena.usable_blocks() * BLOCK_WORDS * 8;
        HeapStats {
            arena_bytes: heap.arena.bytes(),
            free_bytes,
            old_live_bytes: live_bytes,
            old_used_bytes: live_bytes + grown_bytes,
            nursery_bytes: usable_bytes.saturating_sub(free_bytes + live_bytes + grown_bytes),
            promoted_bytes: grown_bytes,
            mutators: heap.mutator_count.load(Ordering::Relaxed),
            minors: load(&collector.minors),
            minor_us_total: load(&collector.minor_us_total),
            minor_us_max: load(&collector.minor_us_max),
            majors: load(&collector.majors),
            major_us_total: load(&collector.major_us_total),
            major_us_max: load(&collector.major_us_max),
            majors_given_up: load(&collector.gave_up),
            commits: load(&collector.commits),
            retries: load(&collector.retries),
        }
    }
}

impl HeapCore {
    /// Compare-and-sets on atoms that a scope did.
    pub(crate) fn note_commits(&self, commits: u64, retries: u64) {
        self.collector.commits.fetch_add(commits, Ordering::Relaxed);
        self.collector.retries.fetch_add(retries, Ordering::Relaxed);
    }

    /// The old space took more memory.
    pub(crate) fn note_old_growth(&self, words: usize) {
        self.collector.grown_words.fetch_add(words, Ordering::Relaxed);
    }

    pub(crate) fn note_minor(&self, started: u64) {
        let us = self.now().saturating_sub(started);
        self.collector.minors.fetch_add(1, Ordering::Relaxed);
        self.collector.minor_us_total.fetch_add(us, Ordering::Relaxed);
        self.collector.minor_us_max.fetch_max(us, Ordering::Relaxed);
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
        let grown = self.collector.grown_words.load(Ordering::Relaxed);
        grown >= self.collector.due_words.load(Ordering::Relaxed) || self.is_nearly_full()
    }

    /// Whether little is free, and enough was taken since the last collection that another may help.
    fn is_nearly_full(&self) -> bool {
        let (free, usable) = (self.arena.free_blocks(), self.arena.usable_blocks());
        let before = self.collector.free_blocks.load(Ordering::Relaxed);
        free <= (usable / 6).max(self.arena.reserve_blocks) && before.saturating_sub(free) > usable / 32
    }

    /// At the end of a scope: collects if that is due. In torture mode, every sixteenth time.
    #[inline]
    pub(crate) fn collect_if_due(&self) {
        if self.torture.load(Ordering::Relaxed) {
            if self.collector.scopes.fetch_add(1, Ordering::Relaxed).is_multiple_of(16) {
                self.collect(true);
            }
        } else if self.wants_collection() {
            self.collect(false);
        }
    }

    /// Collects, if no other core does. With `nurseries`, those too (else only where memory is short).
    pub(crate) fn collect(&self, nurseries: bool) -> bool {
        let Some(mut marker) = self.collector.work.try_lock() else { return false };
        let started = self.now();
        if !self.stop() {
            return false;
        }
        if nurseries || self.is_nearly_full() {
            self.for_each_mutator(|mutator| {
                mutator.collect_young();
                mutator.return_old_buffer();
            });
        }
        self.pool.lock().clear();
        marker.mark(self);
        let live_words = self.arena.sweep();
        let collector = &self.collector;
        let live_before = collector.live_words.load(Ordering::Relaxed);
        let grown = collector.grown_words.load(Ordering::Relaxed);
        self.for_each_mutator(|mutator| mutator.estimate_retained(live_before, grown, live_words));
        collector.live_words.store(live_words, Ordering::Relaxed);
        collector.grown_words.store(0, Ordering::Relaxed);
        collector.due_words.store(least_growth_words(&self.arena).max(live_words), Ordering::Relaxed);
        collector.free_blocks.store(self.arena.free_blocks(), Ordering::Relaxed);
        let us = self.now().saturating_sub(started);
        collector.majors.fetch_add(1, Ordering::Relaxed);
        collector.major_us_total.fetch_add(us, Ordering::Relaxed);
        collector.major_us_max.fetch_max(us, Ordering::Relaxed);
        self.gate.open();
        true
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
            self.collector.due_words.store(grown + grown / 4 + BLOCK_WORDS, Ordering::Relaxed);
            self.collector.free_blocks.store(self.arena.free_blocks(), Ordering::Relaxed);
            self.collector.gave_up.fetch_add(1, Ordering::Relaxed);
        }
        alone
    }
}

fn least_growth_words(arena: &Arena) -> usize {
    GROWTH_WORDS_MIN.min(arena.usable_blocks() * BLOCK_WORDS / 8)
}

#[cfg(test)]
mod tests {
    use crate::{Heap, Region, Value};
    use core::sync::atomic::Ordering;

    #[test]
    fn a_parked_nursery_keeps_what_its_objects_forward_to() {
        let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
        heap.0.arena.poisons.store(true, Ordering::Relaxed);
        let mut mutator = heap.mutator();
        mutator.enter(|s| {
            let cell = s.cell(Value::UNBOUND).unwrap();
            s.root_push(s.record(1, &[cell], &[]).unwrap());
            drop(s.publish(cell).unwrap());
            s.cell_set(cell, Value::UNBOUND, s.record(2, &[], &[77]).unwrap()).unwrap();
        });
        // Without the nurseries: the young original still leads to the shared cell.
        assert!(heap.0.collect(false));
        heap.verify().unwrap();
        mutator.enter(|s| {
            let held = s.cell_get(s.record_values(s.root_get(0))[0]);
            assert_eq!(s.record_words(held), [77]);
        });
    }

    #[test]
    fn survivors_of_two_minor_collections_leave_the_nursery() {
        let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
        let mut mutator = heap.mutator();
        mutator.enter(|s| {
            s.root_push(s.record(1, &[], &[5; 100]).unwrap());
            s.root_push(s.string(&"x".repeat(100_000)).unwrap());
        });
        mutator.collect_young();
        assert!(heap.stats().nursery_bytes > 100_000);
        mutator.collect_young();
        assert_eq!(heap.stats().nursery_bytes, 0, "{:?}", heap.stats());
        heap.verify().unwrap();
        mutator.enter(|s| {
            assert_eq!(s.record_words(s.root_get(0)), [5; 100]);
            assert_eq!(s.as_str(s.root_get(1)).map(str::len), Some(100_000));
            s.root_resize(0);
        });
        assert!(heap.0.collect(true));
        assert_eq!(heap.stats().old_live_bytes, 0);
    }
}
