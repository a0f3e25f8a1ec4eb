//! The collection of the old space: when it happens, and what it leaves in figures.
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
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
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
    majors_sliced: AtomicU64,
    major_us_total: AtomicU64,
    major_us_max: AtomicU64,
    gave_up: AtomicU64,
    /// What was overwritten in atoms and shared cells since marking began, and not yet marked.
    pub(crate) log: Mutex<Vec<u64>>,
    /// At how many grown words to try again to stop, after a scope did not end in time.
    retry_at_words: AtomicUsize,
    /// Grown words when the last slice of marking began.
    paced_words: AtomicUsize,
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
    /// Those of them that marked in slices while scopes were open; the others did it in one pause.
    pub majors_sliced: u64,
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
            majors_sliced: AtomicU64::new(0),
            major_us_total: AtomicU64::new(0),
            major_us_max: AtomicU64::new(0),
            gave_up: AtomicU64::new(0),
            log: Mutex::new(Vec::new()),
            retry_at_words: AtomicUsize::new(0),
            paced_words: AtomicUsize::new(0),
            commits: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        }
    }
}

impl Heap {
    /// Collects the old space and every nursery now, in one pause. Returns false when some scope did not end in
    /// time, or another core collects; always, when called inside a scope.
    pub fn collect(&self) -> bool {
        self.0.collect()
    }

    /// Whether there is work to do on a collection of the old space now.
    pub fn wants_collection(&self) -> bool {
        let heap = &*self.0;
        heap.arena.is_marking() && heap.may_stop() || heap.wants_collection()
    }

    /// Does a slice of the collection of the old space, if one is under way or half due: for the loop of an idle
    /// core, outside of any scope. Returns whether it did.
    pub fn collect_if_needed(&self) -> bool {
        let heap = &*self.0;
        // Where a core is idle, the pauses are likely to be noticed by nobody.
        let is_due = heap.arena.is_marking() || heap.has_grown(2) || heap.is_nearly_full();
        is_due && heap.step(IDLE_SLICE, 2)
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
            majors_sliced: load(&collector.majors_sliced),
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
        self.collector.majors_sliced.fetch_add(1, Ordering::Relaxed);
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
        let live_words = self.arena.sweep();
        let collector = &self.collector;
        let live_before = collector.live_words.load(Ordering::Relaxed);
        let grown = collector.grown_words.load(Ordering::Relaxed);
        self.for_each_mutator(|mutator| mutator.estimate_retained(live_before, grown, live_words));
        collector.live_words.store(live_words, Ordering::Relaxed);
        collector.grown_words.store(0, Ordering::Relaxed);
        collector.paced_words.store(0, Ordering::Relaxed);
        collector.retry_at_words.store(0, Ordering::Relaxed);
        collector.due_words.store(least_growth_words(&self.arena).max(live_words), Ordering::Relaxed);
        collector.free_blocks.store(self.arena.free_blocks(), Ordering::Relaxed);
        collector.majors.fetch_add(1, Ordering::Relaxed);
    }

    /// Opens the gate again, and notes how long it was closed.
    fn end_pause(&self, started: u64) {
        let us = self.now().saturating_sub(started);
        self.collector.major_us_total.fetch_add(us, Ordering::Relaxed);
        self.collector.major_us_max.fetch_max(us, Ordering::Relaxed);
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
        assert!(heap.0.collect_at_once(false));
        heap.verify().unwrap();
        mutator.enter(|s| {
            let held = s.cell_get(s.record_values(s.root_get(0))[0]);
            assert_eq!(s.record_words(held), [77]);
        });
    }

    /// Marks in slices of one object; `during` runs in scopes between the first pause and the second.
    fn mark_slowly(heap: &Heap, mut during: impl FnMut()) {
        heap.0.request_collection();
        assert!(heap.0.step(1, 1) && heap.0.arena.is_marking());
        during();
        while heap.0.arena.is_marking() {
            assert!(heap.0.step(1, 1));
        }
        heap.verify().unwrap();
    }

    #[test]
    fn what_is_taken_out_of_an_atom_or_a_cell_while_marking_is_kept() {
        let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
        heap.0.arena.poisons.store(true, Ordering::Relaxed);
        let mut mutator = heap.mutator();
        let number = |s: crate::Scope<'_>, root| s.record_words(s.root_get(root))[0];
        for way in 0..5 {
            let handle = mutator.enter(|s| {
                s.root_resize(0);
                let held = s.record(1, &[], &[42]).unwrap();
                let cell = s.cell(held).unwrap();
                let atom = s.atom(held).unwrap();
                s.atom_set_info(atom, s.record(2, &[], &[43]).unwrap()).unwrap();
                let deep = s.record(3, &[s.atom(cell).unwrap(), atom], &[]).unwrap();
                s.publish(deep).unwrap()
            });
            mark_slowly(&heap, || {
                mutator.enter(|s| {
                    let deep = s.record_values(s.open(&handle));
                    let (cell, atom) = (s.atom_load(deep[0]), deep[1]);
                    s.root_push(s.atom_load(atom));
                    s.root_push(s.atom_info(atom));
                    let old = s.root_get(0);
                    // Both the cell and the atom hold it: take it out of both, and the atom's other value too.
                    s.cell_set(cell, old, Value::NIL).unwrap();
                    match way {
                        0 => s.atom_store(atom, Value::NIL).unwrap(),
                        1 => assert!(s.atom_compare_and_set(atom, old, Value::NIL).unwrap()),
                        2 => drop(s.atom_swap(atom, |_| Ok(Value::NIL)).unwrap()),
                        3 => s.atom_store(atom, s.record(4, &[], &[1]).unwrap()).unwrap(),
                        _ => {}
                    }
                    s.atom_set_info(atom, Value::NIL).unwrap();
                });
                mutator.collect_young();
            });
            mutator.enter(|s| assert_eq!((number(s, 0), number(s, 1)), (42, 43)));
        }
    }

    #[test]
    fn what_is_taken_out_of_a_cell_while_marking_is_kept() {
        let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
        heap.0.arena.poisons.store(true, Ordering::Relaxed);
        let mut mutator = heap.mutator();
        let handle = mutator.enter(|s| {
            let cell = s.cell(s.record(1, &[], &[42]).unwrap()).unwrap();
            s.publish(s.record(1, &[cell], &[]).unwrap()).unwrap()
        });
        mark_slowly(&heap, || {
            mutator.enter(|s| {
                let cell = s.record_values(s.open(&handle))[0];
                s.root_push(s.cell_get(cell));
                s.cell_set(cell, s.root_get(0), Value::NIL).unwrap();
            });
        });
        mutator.enter(|s| assert_eq!(s.record_words(s.root_get(0)), [42]));
    }

    #[test]
    fn what_is_new_while_marking_is_kept() {
        let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
        heap.0.arena.poisons.store(true, Ordering::Relaxed);
        let mut mutator = heap.mutator();
        let text = "x".repeat(40_000);
        let handle = mutator.enter(|s| s.publish(s.atom(Value::NIL).unwrap()).unwrap());
        for _ in 0..3 {
            mark_slowly(&heap, || {
                mutator.enter(|s| {
                    let wide = s.record(1, &[s.record(2, &[], &[7]).unwrap(); 3000], &[6]).unwrap();
                    let long = s.string(&text).unwrap();
                    let new = s.record(3, &[wide, long, s.atom_load(s.open(&handle))], &[8]).unwrap();
                    s.atom_store(s.open(&handle), new).unwrap();
                });
            });
        }
        mutator.enter(|s| {
            let mut value = s.atom_load(s.open(&handle));
            for _ in 0..3 {
                let &[wide, long, next] = s.record_values(value) else { panic!("a record lost its values") };
                assert!(s.record_values(wide).iter().all(|inner| s.record_words(*inner) == [7]));
                assert_eq!(s.as_str(long), Some(text.as_str()));
                value = next;
            }
            assert!(value.is_nil());
            s.atom_store(s.open(&handle), Value::NIL).unwrap();
        });
        // What was new then is garbage for the next one.
        mark_slowly(&heap, || ());
        mark_slowly(&heap, || ());
        assert_eq!(heap.stats().old_live_bytes, 256);
    }

    #[test]
    fn a_scope_that_does_not_end_is_asked_again_only_after_growth() {
        let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
        let (mut outer, mut inner) = (heap.mutator(), heap.mutator());
        outer.enter(|s| {
            s.root_push(s.record(1, &[], &[9]).unwrap());
            heap.0.request_collection();
            assert!(heap.wants_collection() && !heap.collect_if_needed());
            assert!(!heap.wants_collection() && !heap.collect_if_needed());
            // An entry that does not say that it nests works too: the gate is open again.
            inner.enter(|t| assert!(t.record(1, &[], &[9]).is_ok()));
        });
        assert_eq!(heap.stats().majors_given_up, 1);
        outer.enter(|s| drop(s.publish(s.record(2, &[Value::NIL; 100], &[]).unwrap()).unwrap()));
        while heap.0.arena.is_marking() || heap.stats().majors == 0 {
            assert!(heap.collect_if_needed());
        }
        assert_eq!((heap.stats().majors_given_up, heap.stats().majors_sliced), (1, 1));
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
        assert!(heap.collect());
        assert_eq!(heap.stats().old_live_bytes, 0);
    }
}
