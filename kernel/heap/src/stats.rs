//! The heap's figures.
//!
//! Enter at [`Heap::stats`]. Counters are relaxed atomics: figures of different moments may stand side by side.

use crate::arena::BLOCK_WORDS;
use crate::core::{Heap, HeapCore};
use crate::cycle::Stage;
use crate::handshake::Handshake;
use crate::pause::{PAUSE_LENGTHS, PauseCause, PauseCounter, PauseUse};
use core::sync::atomic::{AtomicU64, Ordering};

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
    /// Allocated in nurseries since the heap was made, as far as their collections have counted it.
    pub allocated_bytes: u64,
    /// The same in a second, since the heap has a clock.
    pub allocated_bytes_per_s: u64,
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
    /// Those of them that stopped nobody; the others were done at once.
    pub majors_sliced: u64,
    /// The time in which all mutators were stopped.
    pub major_us_total: u64,
    /// The longest such pause.
    pub major_us_max: u64,
    /// Collections that were given up because a scope did not end.
    pub majors_given_up: u64,
    /// Bytes of the objects that collections of the old space found alive.
    pub marked_bytes: u64,
    /// Objects of the old space that were moved together.
    pub objects_moved: u64,
    /// Their bytes.
    pub moved_bytes: u64,
    /// Blocks that were freed so.
    pub blocks_evacuated: u64,
    /// Hand-shakes of all mutators with the collector.
    pub handshakes: u64,
    /// The longest that one took from asking to the last answer.
    pub handshake_us_max: u64,
    /// How often a mutator was kept from running, by how long: up to 1, 2, 4, 8, ... us, at the ends of scopes and before they
    /// begin.
    pub pauses: [u64; PAUSE_LENGTHS],
    /// The same by cause, in the order of [`PauseCause::ALL`].
    pub pause_causes: [PauseUse; PauseCause::ALL.len()],
    /// The time in all that the collector took to prepare cycles and scan roots, ...
    pub prepare_us_total: u64,
    /// ... to mark, ...
    pub mark_us_total: u64,
    /// ... to move objects and put references right, ...
    pub move_us_total: u64,
    /// ... and to sweep.
    pub sweep_us_total: u64,
    /// Compare-and-sets on atoms that stored their value.
    pub commits: u64,
    /// Compare-and-sets that another writer forestalled.
    pub retries: u64,
}

/// What is counted as it happens.
#[derive(Default)]
pub(crate) struct Counters {
    allocated_words: AtomicU64,
    /// What was allocated, and what time it was, when the heap got its clock.
    clocked_words: AtomicU64,
    clocked_us: AtomicU64,
    minors: AtomicU64,
    minor_us_total: AtomicU64,
    minor_us_max: AtomicU64,
    pub(crate) majors: AtomicU64,
    pub(crate) majors_sliced: AtomicU64,
    major_us_total: AtomicU64,
    major_us_max: AtomicU64,
    pub(crate) majors_given_up: AtomicU64,
    handshakes: AtomicU64,
    pub(crate) pauses: [AtomicU64; PAUSE_LENGTHS],
    pub(crate) pause_causes: [PauseCounter; PauseCause::ALL.len()],
    phase_us: [AtomicU64; 4],
    pub(crate) words_marked: AtomicU64,
    pub(crate) objects_moved: AtomicU64,
    pub(crate) words_moved: AtomicU64,
    pub(crate) blocks_evacuated: AtomicU64,
    handshake_us_max: AtomicU64,
    commits: AtomicU64,
    retries: AtomicU64,
}

impl Heap {
    /// The figures of this heap.
    pub fn stats(&self) -> HeapStats {
        let (heap, collector, counters) = (&*self.0, &self.0.collector, &self.0.counters);
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
            allocated_bytes: load(&counters.allocated_words) * 8,
            allocated_bytes_per_s: heap.allocated_bytes_per_s(),
            mutators: heap.registry.count(),
            minors: load(&counters.minors),
            minor_us_total: load(&counters.minor_us_total),
            minor_us_max: load(&counters.minor_us_max),
            majors: load(&counters.majors),
            majors_sliced: load(&counters.majors_sliced),
            major_us_total: load(&counters.major_us_total),
            major_us_max: load(&counters.major_us_max),
            majors_given_up: load(&counters.majors_given_up),
            marked_bytes: load(&counters.words_marked) * 8,
            objects_moved: load(&counters.objects_moved),
            moved_bytes: load(&counters.words_moved) * 8,
            blocks_evacuated: load(&counters.blocks_evacuated),
            pauses: core::array::from_fn(|index| load(&counters.pauses[index])),
            pause_causes: core::array::from_fn(|index| counters.pause_causes[index].get()),
            prepare_us_total: load(&counters.phase_us[0]),
            mark_us_total: load(&counters.phase_us[1]),
            move_us_total: load(&counters.phase_us[2]),
            sweep_us_total: load(&counters.phase_us[3]),
            handshakes: load(&counters.handshakes),
            handshake_us_max: load(&counters.handshake_us_max),
            commits: load(&counters.commits),
            retries: load(&counters.retries),
        }
    }
}

impl HeapCore {
    /// A mutator allocated this since it last said so.
    pub(crate) fn note_allocated(&self, words: usize) {
        self.counters.allocated_words.fetch_add(words as u64, Ordering::Relaxed);
    }

    /// The heap got a clock: rates count from here.
    pub(crate) fn note_clock(&self) {
        let words = self.counters.allocated_words.load(Ordering::Relaxed);
        self.counters.clocked_words.store(words, Ordering::Relaxed);
        self.counters.clocked_us.store(self.now(), Ordering::Relaxed);
    }

    fn allocated_bytes_per_s(&self) -> u64 {
        let since = |now: u64, then: &AtomicU64| now.saturating_sub(then.load(Ordering::Relaxed));
        let us = since(self.now(), &self.counters.clocked_us);
        let words =
            since(self.counters.allocated_words.load(Ordering::Relaxed), &self.counters.clocked_words);
        (words as u128 * 8_000_000).checked_div(us as u128).map_or(0, |rate| rate as u64)
    }

    /// All mutators answered a hand-shake.
    pub(crate) fn note_handshake(&self, asked_at: u64) {
        let us = self.now().saturating_sub(asked_at);
        self.counters.handshakes.fetch_add(1, Ordering::Relaxed);
        self.counters.handshake_us_max.fetch_max(us, Ordering::Relaxed);
    }

    /// Compare-and-sets on atoms that a scope did.
    pub(crate) fn note_commits(&self, commits: u64, retries: u64) {
        self.counters.commits.fetch_add(commits, Ordering::Relaxed);
        self.counters.retries.fetch_add(retries, Ordering::Relaxed);
    }

    /// A nursery was collected.
    pub(crate) fn note_minor(&self, started: u64) {
        let us = self.now().saturating_sub(started);
        self.counters.minors.fetch_add(1, Ordering::Relaxed);
        self.counters.minor_us_total.fetch_add(us, Ordering::Relaxed);
        self.counters.minor_us_max.fetch_max(us, Ordering::Relaxed);
    }

    /// The collector worked at a stage.
    pub(crate) fn note_phase(&self, stage: Stage, started: u64) {
        let us = self.now().saturating_sub(started);
        let phase = match stage {
            Stage::Trace | Stage::Shake(Handshake::Flush) | Stage::Weak => 1,
            Stage::Shake(Handshake::Flip | Handshake::Settle) => 2,
            stage if stage >= Stage::Evacuate && stage < Stage::Sweep => 2,
            Stage::Sweep => 3,
            _ => 0,
        };
        self.counters.phase_us[phase].fetch_add(us, Ordering::Relaxed);
    }

    /// All mutators were stopped.
    pub(crate) fn note_stop(&self, started: u64) {
        let us = self.now().saturating_sub(started);
        self.counters.major_us_total.fetch_add(us, Ordering::Relaxed);
        self.counters.major_us_max.fetch_max(us, Ordering::Relaxed);
    }
}
