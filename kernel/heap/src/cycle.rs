//! A collection of the old space, as a machine that does a bounded amount of work a step and never waits.
//!
//! Enter at [`Cycle::begin`] and [`Cycle::step`]. Any core takes a step, whoever holds the lock of `Collector::work`; scopes may be open
//! on all others. The stages of a cycle:
//!
//! 1. *Prepare*: forget the marks of the last cycle; offer no more free lines.
//! 2. Hand-shake *Barrier*: from its answer on, each mutator logs its stores into atoms.
//! 3. *Slots*: scan the published slots. Before any mutator's roots: what is taken out of a slot afterwards goes to a
//!    mutator that still is to be scanned.
//! 4. Hand-shake *Roots*: each mutator collects its nursery and logs what it refers to. From its answer on it takes memory in
//!    fresh blocks only, which count as live: not sooner, or one that does not log yet could hide in a fresh atom what
//!    nobody else knows of. After it nobody allocates in a block that is not fresh.
//! 5. *Choose* the sparse blocks to evacuate, by the lines that lived in the last cycle; forget these.
//! 6. *Trace*: mark what these reach, and what is logged meanwhile.
//! 7. Hand-shake *Flush*: the logs are handed over. If they held something new, back to 6.
//! 8. *Weak*: close the weak tables, unless a lookup found something new: then back to 6. Drop their dead entries.
//! 9. *Evacuate*: copy what lives in the chosen blocks (`relocate.rs`). If there is none, 9 to 11 are left out.
//! 10. Hand-shake *Flip*: from its answer on, each mutator stores the copy for what was moved; and it sees the copies.
//! 11. *Fix* every reference that is not a mutator's own.
//! 12. Hand-shake *Settle*: each mutator puts its roots and its nursery right, and estimates what it holds; its stores are
//!     plain again. After it nobody holds a reference to what was moved.
//! 13. *Release* the evacuated blocks, and *Sweep*: free what is not marked.
//!
//! What was dead at the end of 7 can be freed at once, whatever scopes are open: each scope holds only what lived when
//! the roots of its mutator were scanned, was loaded since from what lives, or is fresh.
//!
//! Invariant: between two steps no mutator is claimed by the collector.

use crate::arena::{BLOCK_WORDS, LINE_WORDS, OLD};
use crate::core::HeapCore;
use crate::handshake::{Asked, Handshake};
use crate::mark::Marker;
use crate::pause::PauseCause;
use crate::registry::Found;
use crate::relocate::Relocation;
use crate::sabotage::Part;
use core::sync::atomic::Ordering;

/// Cost of a block's work, and of answering for a mutator, in units of marking one small object.
const BLOCK_COST: usize = 4;
const BLOCKS_AT_ONCE: usize = 16;
/// What it costs to put right a fresh block, about.
const FRESH_COST: usize = BLOCK_WORDS / 4;
const ANSWER_COST: isize = 512;
const SLOTS_AT_ONCE: usize = 256;
/// Words of a small object.
const WORDS_A_UNIT: usize = 5;

/// Where a cycle is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug)]
pub(crate) enum Stage {
    Idle,
    Prepare,
    Choose,
    Slots,
    Trace,
    Shake(Handshake),
    Weak,
    Evacuate,
    FixSlots,
    FixKept,
    FixFresh,
    FixPublished,
    FixWeak,
    Release,
    Sweep,
}

/// What a step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// There is more to do.
    Worked,
    /// An open scope has to end first.
    Waits,
    /// The cycle has ended.
    Ended,
}

pub(crate) struct Cycle {
    pub(crate) stage: Stage,
    /// Where the stage goes on: a block, a slot, or a place in the registry; and in a fresh block, the word of it.
    cursor: usize,
    within: usize,
    /// Whether the pass under way met a mutator that cannot answer yet.
    waits: bool,
    pub(crate) marker: Marker,
    relocation: Relocation,
    /// Live words found by the sweep. Of what is fresh nothing is known.
    live_words: usize,
    /// All mutators are stopped, and stay so.
    pub(crate) stopped: bool,
    /// The steps keep a mutator from running.
    pub(crate) pauses: bool,
    /// Since when the stage's time is not noted.
    since: u64,
    asked: Asked,
    asked_at: u64,
}

impl Cycle {
    pub(crate) fn new(asked: Asked) -> Cycle {
        Cycle {
            stage: Stage::Idle,
            cursor: 0,
            within: 0,
            waits: false,
            marker: Marker::new(),
            relocation: Relocation::new(),
            live_words: 0,
            stopped: false,
            pauses: false,
            since: 0,
            asked,
            asked_at: 0,
        }
    }

    /// Whether no cycle is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    /// Begins a cycle, if none is under way.
    pub(crate) fn begin(&mut self, heap: &HeapCore) {
        if self.stage == Stage::Idle {
            heap.arena.space.lock().forget_recyclable();
            self.marker.reset();
            self.relocation.forget_words();
            self.live_words = 0;
            heap.note_cycle_begins();
            self.go_to(heap, Stage::Prepare);
        }
    }

    /// How many units of the cycle are done, and how many it takes: by the passes over all blocks, over what may live, and, if something
    /// moves, over that and the `taken` blocks, which are fresh.
    pub(crate) fn progress(&self, heap: &HeapCore, live_words: usize, taken: usize) -> (usize, usize) {
        let blocks = heap.arena.usable_blocks() * BLOCK_COST;
        let (live, seen) = (live_words / WORDS_A_UNIT, self.marker.words / WORDS_A_UNIT);
        let passed = (self.cursor.saturating_sub(heap.arena.block_range().start) * BLOCK_COST).min(blocks);
        let moving = self.relocation.words();
        // Where little lives in what is evacuated, what is fresh may still refer to it.
        let evacuates = moving > 0 || !self.relocation.is_empty();
        let fresh = if evacuates { taken * FRESH_COST } else { 0 };
        let (marked, moved) = (2 * blocks + live, 3 * blocks + live + moving + fresh);
        let total = moved + blocks;
        let done = match self.stage {
            Stage::Idle => total,
            Stage::Prepare => passed,
            Stage::Slots | Stage::Shake(Handshake::Barrier | Handshake::Roots) => blocks,
            Stage::Choose => blocks + passed,
            Stage::Trace | Stage::Shake(Handshake::Flush) => 2 * blocks + seen.min(live),
            Stage::Weak | Stage::Evacuate => marked,
            Stage::Shake(Handshake::Flip) | Stage::FixSlots | Stage::FixKept => marked + moving / 2,
            Stage::FixFresh => marked + moving + (blocks + fresh) * passed / blocks,
            Stage::FixPublished | Stage::FixWeak | Stage::Shake(Handshake::Settle) | Stage::Release => moved,
            Stage::Sweep => moved + passed,
        };
        (done, total)
    }

    /// Whether marking is complete, and nothing freed yet.
    pub(crate) fn is_marked(&self) -> bool {
        let is_fixing = self.stage >= Stage::Weak && self.stage <= Stage::FixWeak;
        is_fixing || matches!(self.stage, Stage::Shake(Handshake::Flip | Handshake::Settle))
    }

    /// Whether only mutators may still refer to what was moved.
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self.stage, Stage::Shake(Handshake::Settle) | Stage::Release)
    }

    /// Does about `budget` units of work: the time to mark as many small objects.
    pub(crate) fn step(&mut self, heap: &HeapCore, budget: isize) -> Step {
        self.since = heap.now();
        let step = self.work(heap, budget);
        self.note_time(heap);
        step
    }

    /// Notes the time since it was noted last, for the stage under way.
    fn note_time(&mut self, heap: &HeapCore) {
        let since = core::mem::replace(&mut self.since, heap.now());
        if self.stage != Stage::Idle {
            heap.note_phase(self.stage, since);
            if self.pauses {
                heap.note_pause_part(PauseCause::of_stage(self.stage), since);
            }
        }
    }

    fn work(&mut self, heap: &HeapCore, budget: isize) -> Step {
        let mut left = budget;
        while left > 0 {
            let done = match self.stage {
                Stage::Idle => return Step::Ended,
                Stage::Prepare => self.blocks(heap, &mut left, |_, heap, block| {
                    if heap.arena.state(block) >= OLD {
                        heap.arena.clear_marks(block);
                        heap.arena.set_rescan(block, false);
                    }
                }),
                Stage::Choose => self.blocks(heap, &mut left, |cycle, heap, block| {
                    if heap.arena.state_now(block) >= OLD && !heap.arena.is_fresh(block) {
                        cycle.relocation.choose(&heap.arena, block);
                    }
                }),
                Stage::Slots => self.slots(heap, &mut left),
                Stage::Trace => self.marker.run(heap, &mut left),
                Stage::Weak => {
                    left -= SLOTS_AT_ONCE as isize;
                    let next = heap.weak.clear_dead(heap, self.cursor, SLOTS_AT_ONCE);
                    self.cursor = next.unwrap_or(0);
                    next.is_none()
                }
                Stage::Sweep => self.blocks(heap, &mut left, |cycle, heap, block| {
                    let is_fresh = heap.arena.is_fresh(block);
                    let (lines, freed) = heap.arena.sweep(block);
                    heap.collector.note_freed(freed);
                    if lines > 0 {
                        cycle.live_words += if is_fresh { 0 } else { lines * LINE_WORDS };
                        cycle.relocation.count(&heap.arena, block);
                    }
                }),
                Stage::Evacuate => match self.relocation.evacuate(heap, self.cursor) {
                    Some(cost) => {
                        left -= cost;
                        self.cursor += 1;
                        false
                    }
                    None => true,
                },
                // All mutators have handed over the places they logged.
                Stage::FixSlots => match self.marker.take_places(heap, |at| Relocation::fix_slot(heap, at)) {
                    Some(cost) => {
                        left -= cost;
                        false
                    }
                    None => true,
                },
                Stage::FixKept if heap.omits(Part::FixKept) => true,
                Stage::FixKept => match self.relocation.fix_kept(&heap.arena, self.cursor) {
                    Some(cost) => {
                        left -= cost;
                        self.cursor += 1;
                        false
                    }
                    None => true,
                },
                Stage::FixFresh => {
                    while left > 0 && self.cursor < heap.arena.block_range().end {
                        let (cost, rest) = match heap.omits(Part::FixFresh) {
                            true => (1, None),
                            false => Relocation::fix_fresh(&heap.arena, self.cursor, self.within),
                        };
                        left -= cost;
                        self.cursor += rest.is_none() as usize;
                        self.within = rest.unwrap_or(0);
                    }
                    self.cursor == heap.arena.block_range().end
                }
                Stage::FixPublished => self.fix_published(heap, &mut left),
                Stage::FixWeak if heap.omits(Part::FixWeak) => true,
                Stage::FixWeak => {
                    left -= SLOTS_AT_ONCE as isize;
                    let next = heap.weak.for_each_word(self.cursor, SLOTS_AT_ONCE, |word| {
                        *word = heap.arena.forward(*word);
                    });
                    self.cursor = next.unwrap_or(0);
                    next.is_none()
                }
                Stage::Release => match self.relocation.release(heap) {
                    Some(cost) => {
                        left -= cost;
                        false
                    }
                    None => true,
                },
                Stage::Shake(_) => match self.shake(heap, &mut left) {
                    Some(done) => done,
                    None => return Step::Waits,
                },
            };
            if done {
                self.note_time(heap);
                let next = self.next(heap);
                self.go_to(heap, next);
            }
        }
        if self.stage == Stage::Idle { Step::Ended } else { Step::Worked }
    }

    /// The stage after this one, which is done.
    fn next(&mut self, heap: &HeapCore) -> Stage {
        match self.stage {
            Stage::Idle => Stage::Idle,
            Stage::Prepare => Stage::Shake(Handshake::Barrier),
            Stage::Shake(Handshake::Barrier) if heap.omits(Part::SlotsFirst) => {
                Stage::Shake(Handshake::Roots)
            }
            Stage::Shake(Handshake::Barrier) => Stage::Slots,
            Stage::Slots if heap.omits(Part::SlotsFirst) => Stage::Choose,
            Stage::Slots => Stage::Shake(Handshake::Roots),
            Stage::Shake(Handshake::Roots) if heap.omits(Part::SlotsFirst) => Stage::Slots,
            Stage::Shake(Handshake::Roots) => Stage::Choose,
            Stage::Choose => {
                self.marker.moves = !self.relocation.is_empty();
                Stage::Trace
            }
            Stage::Trace => Stage::Shake(Handshake::Flush),
            Stage::Shake(Handshake::Flush) if self.marker.has_work(heap) => Stage::Trace,
            Stage::Shake(Handshake::Flush) if !heap.weak.close(|| !self.marker.has_work(heap)) => {
                Stage::Trace
            }
            Stage::Shake(Handshake::Flush) => Stage::Weak,
            Stage::Weak => self.complete(heap),
            Stage::Evacuate => Stage::Shake(Handshake::Flip),
            Stage::Shake(Handshake::Flip) => Stage::FixSlots,
            Stage::FixSlots => Stage::FixKept,
            Stage::FixKept => Stage::FixFresh,
            Stage::FixFresh => Stage::FixPublished,
            Stage::FixPublished => Stage::FixWeak,
            Stage::FixWeak => Stage::Shake(Handshake::Settle),
            Stage::Shake(Handshake::Settle) => Stage::Release,
            Stage::Release => Stage::Sweep,
            Stage::Sweep => Stage::Idle,
        }
    }

    /// Marking is complete.
    fn complete(&mut self, heap: &HeapCore) -> Stage {
        if self.marker.lost_slots {
            self.relocation.give_up(&heap.arena);
        }
        if self.relocation.is_empty() { Stage::Shake(Handshake::Settle) } else { Stage::Evacuate }
    }

    fn go_to(&mut self, heap: &HeapCore, stage: Stage) {
        (self.stage, self.cursor, self.waits) = (stage, heap.arena.block_range().start, false);
        self.within = 0;
        match stage {
            Stage::Shake(ask) => {
                self.cursor = 0;
                self.asked = heap.epoch.next(ask);
                self.asked_at = heap.now();
                if ask == Handshake::Barrier {
                    // Nothing is fresh until the roots are scanned.
                    heap.arena.set_cycle(heap.epoch.next(Handshake::Roots).cycle());
                }
                heap.registry.ask(&heap.epoch, self.asked);
            }
            Stage::Choose => {
                heap.collector.note_snapshot();
                self.relocation.begin(heap);
            }
            Stage::Slots | Stage::Weak | Stage::Evacuate | Stage::FixKept => self.cursor = 0,
            Stage::FixSlots | Stage::FixPublished | Stage::FixWeak => self.cursor = 0,
            Stage::Release => heap.collector.log.lock().clear(),
            Stage::Idle => {
                heap.counters.words_marked.fetch_add(self.marker.words as u64, Ordering::Relaxed);
                heap.note_cycle_ended(self.live_words, self.stopped);
            }
            _ => {}
        }
    }

    /// Calls `visit` with the next blocks. Returns whether that were all.
    fn blocks(
        &mut self,
        heap: &HeapCore,
        left: &mut isize,
        mut visit: impl FnMut(&mut Cycle, &HeapCore, usize),
    ) -> bool {
        let until = heap.arena.block_range().end.min(self.cursor + BLOCKS_AT_ONCE);
        for block in self.cursor..until {
            visit(self, heap, block);
        }
        *left -= (BLOCKS_AT_ONCE * BLOCK_COST) as isize;
        self.cursor = until;
        until == heap.arena.block_range().end
    }

    fn slots(&mut self, heap: &HeapCore, left: &mut isize) -> bool {
        let from = self.cursor;
        self.cursor += SLOTS_AT_ONCE;
        *left -= SLOTS_AT_ONCE as isize / 8;
        heap.slots
            .visit(from..self.cursor, |word| self.marker.reach(&heap.arena, word.load(Ordering::Acquire)))
    }

    fn fix_published(&mut self, heap: &HeapCore, left: &mut isize) -> bool {
        let from = self.cursor;
        self.cursor += SLOTS_AT_ONCE;
        *left -= SLOTS_AT_ONCE as isize / 8;
        heap.slots.visit(from..self.cursor, |slot| {
            let word = slot.load(Ordering::Acquire);
            let copy = heap.arena.forward(word);
            if copy != word && !heap.omits(Part::FixPublished) {
                // If somebody else uses the slot now, the better.
                let _ = slot.compare_exchange(word, copy, Ordering::AcqRel, Ordering::Relaxed);
            }
        })
    }

    /// Goes on with the hand-shake under way: answers for mutators that are closed. Returns whether all have
    /// answered, or nothing when some could not, at the end of a pass.
    fn shake(&mut self, heap: &HeapCore, left: &mut isize) -> Option<bool> {
        *left -= 1;
        match heap.registry.claim_next(self.cursor, self.asked, self.stopped, &mut self.waits) {
            Found::Behind(place, claimed) => {
                let mutator = claimed.mutator();
                if self.stopped {
                    mutator.answer(self.asked);
                    mutator.return_old_buffer();
                    mutator.flush_log();
                    mutator.state.answer_stopped(self.asked);
                } else {
                    mutator.answer_and_close(false);
                }
                *left -= ANSWER_COST;
                self.cursor = place + 1;
                Some(false)
            }
            Found::NotYet(place) => {
                self.cursor = place;
                Some(false)
            }
            Found::End if self.waits && !self.is_omitted(heap) => {
                (self.cursor, self.waits) = (0, false);
                None
            }
            Found::End => {
                heap.note_handshake(self.asked_at);
                Some(true)
            }
        }
    }

    /// Whether a test wants the hand-shake under way not to wait for open scopes.
    fn is_omitted(&self, heap: &HeapCore) -> bool {
        heap.omits(match self.asked.ask() {
            Handshake::Barrier => Part::Barrier,
            Handshake::Roots => Part::Roots,
            Handshake::Flush => Part::Flush,
            Handshake::Flip => Part::Flip,
            Handshake::Settle => Part::Settle,
        })
    }
}
