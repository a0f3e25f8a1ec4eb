//! The collection of the old space: when it happens, and who does the work.
//!
//! Enter at [`Heap::collect_if_needed`] and [`Heap::collect`]. A cycle (`cycle.rs`) goes on in small steps while scopes are open
//! everywhere: on idle cores, and at the ends of scopes where these do not keep up with what the old space
//! takes. Only where memory is all but exhausted, and on request, all mutators are stopped and it is done at once.
//!
//! Invariant: only the holder of `work` asks for hand-shakes, claims or stops mutators of others.

use crate::arena::{Arena, BLOCK_WORDS, CHUNK_WORDS, CYCLE_FIRST};
use crate::core::{Heap, HeapCore};
use crate::cycle::{Cycle, Stage, Step};
use crate::handshake::Asked;
use crate::mutator::MutatorCore;
use crate::pause::PauseCause;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use spin::Mutex;

/// The old space may always grow by an eighth of the arena before it is collected, up to this much.
const GROWTH_WORDS_MIN: usize = 32 * 1024 * 1024 / 8;
/// It is due when it grew by so many times what lives, or when so large a part is taken of what was free and not scarce ([experiment
/// 0021](../../../docs/experiments/0021-when-to-begin-a-cycle.md)).
const GROWTH: usize = 2;
const PART_DUE: (usize, usize) = (5, 8);
/// How long a whole collection waits for scopes to end: in turns of waiting, and in micro-seconds given a clock.
const PATIENCE_TURNS: u64 = 1 << 20;
const PATIENCE_US: u64 = 100_000;
/// What an idle core does in one step, and a core at the end of a scope at most, in units of marking one small object:
/// about 20 us and less.
const IDLE_STEP: isize = 1024;
const ASSIST_STEP: isize = 384;
/// The step of a scope's end in torture mode.
const TORTURE_STEP: isize = 512;
/// What it does at least when it also collected its nursery.
const ASSIST_STEP_MIN: isize = 64;
/// Free blocks beyond the reserve at which it is better to stop everybody than to go on.
const SCARCE_BLOCKS: usize = 256;
/// What all of a cycle counts as in `progress`.
const ALL: usize = 1 << 20;

pub(crate) struct Collector {
    /// The right to collect.
    pub(crate) work: Mutex<Cycle>,
    /// Whether a cycle is under way, and whether it waits for a scope to end.
    active: AtomicBool,
    waits: AtomicBool,
    /// How much of the cycle is done, of `ALL`.
    progress: AtomicUsize,
    /// How much a mutator may allocate until it looks whether the collector lags behind: with an assist as often, the
    /// cycle ends in time. While none is under way: any number.
    pub(crate) pace_words: AtomicUsize,
    /// Words that the old space took since it was last collected.
    pub(crate) grown_words: AtomicUsize,
    /// At how many of them a collection is due.
    due_words: AtomicUsize,
    /// Live words in the old space after the last collection, in whole lines.
    pub(crate) live_words: AtomicUsize,
    /// What the old space took until the roots were scanned.
    snapshot_words: AtomicUsize,
    /// Blocks that would be free had nothing been taken since the last collection began.
    free_blocks: AtomicUsize,
    /// Free blocks when the cycle under way began, and what its sweep freed.
    begin_blocks: AtomicUsize,
    freed_blocks: AtomicUsize,
    scopes: AtomicUsize,
    /// What was overwritten in atoms and shared cells since marking began, and not yet marked: the logs of scopes.
    pub(crate) log: Mutex<Vec<Vec<u64>>>,
    /// At how many free blocks to try again to stop, after a scope did not end in time.
    retry_blocks: AtomicUsize,
    /// A scope waits, inside another one, for a stop to be given up.
    stop_is_cancelled: AtomicBool,
    /// If not 0, so many-th of the old space's blocks is evacuated in a cycle, however full: for tests.
    pub(crate) evacuates_every: AtomicUsize,
}

impl Collector {
    pub(crate) fn new(arena: &Arena) -> Collector {
        Collector {
            work: Mutex::new(Cycle::new(Asked::none(CYCLE_FIRST))),
            active: AtomicBool::new(false),
            waits: AtomicBool::new(false),
            progress: AtomicUsize::new(0),
            pace_words: AtomicUsize::new(usize::MAX),
            grown_words: AtomicUsize::new(0),
            snapshot_words: AtomicUsize::new(0),
            due_words: AtomicUsize::new(least_growth_words(arena)),
            live_words: AtomicUsize::new(0),
            free_blocks: AtomicUsize::new(arena.usable_blocks()),
            begin_blocks: AtomicUsize::new(0),
            freed_blocks: AtomicUsize::new(0),
            scopes: AtomicUsize::new(0),
            log: Mutex::new(Vec::new()),
            retry_blocks: AtomicUsize::new(usize::MAX),
            stop_is_cancelled: AtomicBool::new(false),
            evacuates_every: AtomicUsize::new(0),
        }
    }

    /// A mutator has answered: the cycle may go on.
    pub(crate) fn hear(&self) {
        self.waits.store(false, Ordering::Relaxed);
    }

    /// The roots were scanned: what is taken from here on, the cycle under way frees nothing of.
    pub(crate) fn note_snapshot(&self) {
        self.snapshot_words.store(self.grown_words.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// The sweep gave some blocks back.
    pub(crate) fn note_freed(&self, blocks: usize) {
        self.freed_blocks.fetch_add(blocks, Ordering::Relaxed);
    }

    /// Blocks that would be free had nothing been taken since the cycle began.
    fn untaken_blocks(&self) -> usize {
        self.begin_blocks.load(Ordering::Relaxed) + self.freed_blocks.load(Ordering::Relaxed)
    }

    /// Asks whoever stops all mutators to give it up: this core is inside a scope and cannot go on else.
    pub(crate) fn cancel_stop(&self) {
        self.stop_is_cancelled.store(true, Ordering::Relaxed);
    }
}

impl Heap {
    /// Collects the old space and every nursery now, all at once. Returns false when some scope did not end in
    /// time, or another core's collection; always, when called inside a scope.
    pub fn collect(&self) -> bool {
        self.0.collect()
    }

    /// Whether there is work to do on a collection of the old space now, and no other core is at it.
    pub fn wants_collection(&self) -> bool {
        let (heap, collector) = (&*self.0, &self.0.collector);
        let is_due = if collector.active.load(Ordering::Relaxed) {
            !collector.waits.load(Ordering::Relaxed)
        } else {
            heap.is_due()
        };
        is_due && !collector.work.is_locked()
    }

    /// Does a step of the collection of the old space, if one is under way or due: for the loop of an idle
    /// core. Returns whether there may be more to do at once.
    pub fn collect_if_needed(&self) -> bool {
        let heap = &*self.0;
        (heap.collector.active.load(Ordering::Relaxed) || heap.is_due()) && heap.step(IDLE_STEP, false)
    }

    /// Does a small step of a collection, and begins one when none is under way, whether it is needed or not: for
    /// tests, also inside a scope. Returns whether there may be more to do at once.
    pub fn collect_a_little(&self, budget: usize) -> bool {
        self.0.step(isize::try_from(budget).unwrap_or(isize::MAX), true)
    }

    /// The mutators whose open scopes keep a collection waiting, by their names (`Mutator::set_name`); empty
    /// when none does.
    pub fn held_open(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.0.registry.for_each_open(self.0.epoch.current(), |number, name| {
            names.push(name.map_or_else(|| format!("mutator {number}"), String::from));
        });
        names
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

    /// Whether it is time for a cycle: the old space grew by what makes one due, or took much of what was free after
    /// the last one.
    fn is_due(&self) -> bool {
        let collector = &self.collector;
        let (before, free) = (collector.free_blocks.load(Ordering::Relaxed), self.arena.free_blocks());
        let taken = before.saturating_sub(free);
        let grown = collector.grown_words.load(Ordering::Relaxed);
        grown >= collector.due_words.load(Ordering::Relaxed)
            || taken > self.arena.usable_blocks() / 32
                && taken >= before.saturating_sub(self.scarce_blocks()) / PART_DUE.1 * PART_DUE.0
    }

    /// Free blocks at which it is better to stop everybody than to go on.
    fn scarce_blocks(&self) -> usize {
        (self.arena.usable_blocks() / 6).min(self.arena.reserve_blocks + SCARCE_BLOCKS)
    }

    /// Whether little is free, and enough was taken since the last collection that another may help.
    fn is_nearly_full(&self) -> bool {
        let before = self.collector.free_blocks.load(Ordering::Relaxed);
        self.is_scarce() && before.saturating_sub(self.arena.free_blocks()) > self.arena.usable_blocks() / 32
    }

    /// The same, or somebody was refused memory since: what died after the last collection may be all of it.
    fn is_in_need(&self) -> bool {
        self.is_nearly_full() || self.arena.refused.load(Ordering::Relaxed) && self.is_scarce()
    }

    pub(crate) fn is_scarce(&self) -> bool {
        let free = self.arena.free_blocks();
        free <= self.scarce_blocks() && free <= self.collector.retry_blocks.load(Ordering::Relaxed)
    }

    /// At the end of a scope of a mutator: does its part of a collection that is due, less what the scope's end did already.
    /// Who waits for what the collection tells does its part however far that is.
    #[inline]
    pub(crate) fn collect_if_due(&self, mutator: &MutatorCore) {
        let spent = mutator.spent.take();
        if self.torture.load(Ordering::Relaxed) {
            self.torture_step();
        } else if self.collector.active.load(Ordering::Relaxed)
            || self.is_due()
            || self.arena.refused.load(Ordering::Relaxed)
        {
            self.assist(spent, mutator.awaits_collection());
        }
    }

    /// Free blocks at the beginning of the cycle that may be taken until it should be done: three quarters.
    fn headroom(&self) -> usize {
        let begin = self.collector.begin_blocks.load(Ordering::Relaxed);
        (begin.saturating_sub(self.scarce_blocks()) * 3 / 4).max(1)
    }

    /// Blocks taken since the cycle under way began.
    fn taken_blocks(&self) -> usize {
        self.collector.untaken_blocks().saturating_sub(self.arena.free_blocks())
    }

    /// Whether a larger part of the headroom was taken than of the cycle under way was done.
    pub(crate) fn is_behind(&self) -> bool {
        let collector = &self.collector;
        let taken = self.taken_blocks() * ALL / self.headroom();
        collector.active.load(Ordering::Relaxed) && taken > collector.progress.load(Ordering::Relaxed)
    }

    /// Helps the collector if it lags behind what is taken.
    #[cold]
    fn assist(&self, spent: usize, awaits: bool) {
        if self.is_in_need() {
            let started = self.now();
            self.collect_while(|| self.is_in_need());
            self.note_pause(PauseCause::Stop, started);
            return;
        }
        if self.collector.work.is_locked() && self.is_behind() {
            // Whoever is at a step may have lost its processor to this one, and nobody else can go on meanwhile.
            self.wait_a_little();
        }
        if awaits || !self.collector.active.load(Ordering::Relaxed) || self.is_behind() {
            let started = self.now();
            self.step((ASSIST_STEP - spent as isize).max(ASSIST_STEP_MIN), true);
            self.note_whole_pause(started);
        }
    }

    fn torture_step(&self) {
        let scopes = self.collector.scopes.fetch_add(1, Ordering::Relaxed);
        if self.is_nearly_full() {
            self.collect_while(|| self.is_nearly_full());
        } else if scopes % 1024 == 1023 {
            self.collect();
        } else if self.collector.active.load(Ordering::Relaxed) || scopes.is_multiple_of(4) {
            self.step(TORTURE_STEP, true);
        }
    }

    /// Does a step of the cycle under way, or begins one, unless another core is at it. `pauses` says whether that
    /// keeps a mutator from running.
    pub(crate) fn step(&self, budget: isize, pauses: bool) -> bool {
        let Some(mut cycle) = self.collector.work.try_lock() else { return false };
        cycle.begin(self);
        cycle.pauses = pauses;
        let step = cycle.step(self, budget);
        self.collector.waits.store(step == Step::Waits, Ordering::Relaxed);
        self.note_progress(&cycle);
        step != Step::Waits
    }

    fn note_progress(&self, cycle: &Cycle) {
        let collector = &self.collector;
        // What it took since the last collection may live as well.
        let live_words =
            collector.live_words.load(Ordering::Relaxed) + collector.grown_words.load(Ordering::Relaxed);
        let taken = self.taken_blocks();
        let (done, total) = cycle.progress(self, live_words, taken);
        collector.progress.store(done * ALL / total, Ordering::Relaxed);
        let room_words = self.headroom().saturating_sub(taken) * BLOCK_WORDS;
        let steps = (total - done) / ASSIST_STEP as usize + 1;
        let pace_words = match cycle.stage {
            Stage::Idle => usize::MAX,
            _ => (room_words / steps).max(CHUNK_WORDS),
        };
        collector.pace_words.store(pace_words, Ordering::Relaxed);
    }

    pub(crate) fn note_cycle_begins(&self) {
        self.collector.active.store(true, Ordering::Relaxed);
        self.collector.begin_blocks.store(self.arena.free_blocks(), Ordering::Relaxed);
        self.collector.freed_blocks.store(0, Ordering::Relaxed);
    }

    /// Notes how much lives after a cycle. What was taken since its snapshot counts as growth, and as taken: where the cycle
    /// ended late, so that this is most of the memory, the next one is due at once.
    pub(crate) fn note_cycle_ended(&self, live_words: usize, stopped: bool) {
        let collector = &self.collector;
        collector.active.store(false, Ordering::Relaxed);
        collector.live_words.store(live_words, Ordering::Relaxed);
        let seen_words = collector.snapshot_words.load(Ordering::Relaxed);
        collector.grown_words.fetch_sub(seen_words, Ordering::Relaxed);
        collector.retry_blocks.store(usize::MAX, Ordering::Relaxed);
        self.arena.refused.store(false, Ordering::Relaxed);
        collector
            .due_words
            .store(least_growth_words(&self.arena).max(live_words * GROWTH), Ordering::Relaxed);
        collector.free_blocks.store(collector.untaken_blocks(), Ordering::Relaxed);
        self.counters.majors.fetch_add(1, Ordering::Relaxed);
        if !stopped {
            self.counters.majors_sliced.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Collects with all mutators stopped: the cycle under way, and a whole one. Another core may be at a step of
    /// it, or may have been taken from it by its host: waits for that as long as for a scope.
    fn collect(&self) -> bool {
        self.collect_while(|| true)
    }

    /// The same while it is wanted: where memory is all but exhausted, another core may cure that first.
    fn collect_while(&self, is_wanted: impl Fn() -> bool) -> bool {
        let (started, mut turns) = (self.now(), 0);
        let mut cycle = loop {
            if !is_wanted() {
                return false;
            }
            if let Some(cycle) = self.collector.work.try_lock() {
                break cycle;
            }
            self.wait_a_little();
            turns += 1;
            if !self.is_patient(started, turns) {
                return false;
            }
        };
        if !self.stop() {
            return false;
        }
        (cycle.stopped, cycle.pauses) = (true, false);
        if cycle.stage != Stage::Idle {
            while cycle.step(self, isize::MAX) != Step::Ended {}
        }
        // Before the cycle, so that what leaves the nurseries is not fresh in it.
        self.registry.for_each_stopped(|mutator| {
            mutator.collect_young();
            mutator.return_old_buffer();
        });
        cycle.begin(self);
        while cycle.step(self, isize::MAX) != Step::Ended {}
        cycle.stopped = false;
        self.note_progress(&cycle);
        self.note_stop(started);
        self.registry.resume();
        true
    }

    /// Whether to wait further, after so many turns since a moment.
    fn is_patient(&self, started: u64, turns: u64) -> bool {
        turns < PATIENCE_TURNS && self.now().saturating_sub(started) < PATIENCE_US
    }

    /// Stops all mutators: waits for the open scopes to end. When that takes too long (a scope is kept open,
    /// perhaps around this very call), lets all go on and says so.
    pub(crate) fn stop(&self) -> bool {
        let (started, mut turns) = (self.now(), 0);
        self.collector.stop_is_cancelled.store(false, Ordering::Relaxed);
        while !self.registry.stop() {
            self.wait_a_little();
            turns += 1;
            if !self.is_patient(started, turns) || self.collector.stop_is_cancelled.load(Ordering::Relaxed) {
                self.registry.resume();
                let free = self.arena.free_blocks();
                self.collector.retry_blocks.store(free - free / 8, Ordering::Relaxed);
                self.counters.majors_given_up.fetch_add(1, Ordering::Relaxed);
                return false;
            }
        }
        true
    }
}

fn least_growth_words(arena: &Arena) -> usize {
    GROWTH_WORDS_MIN.min(arena.usable_blocks() * BLOCK_WORDS / 8)
}

#[cfg(test)]
#[path = "collector_tests.rs"]
mod tests;
