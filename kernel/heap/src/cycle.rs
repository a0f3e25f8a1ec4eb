//! A collection of the old space, as a machine that does a bounded amount of work a step and never waits.
//!
//! Enter at [`Cycle::begin`] and [`Cycle::step`]. Any core takes a step, whoever holds the lock of `Collector::work`; scopes may be open
//! on all others. The stages of a cycle:
//!
//! 1. *Prepare*: forget the marks of the last cycle; offer no more free lines.
//! 2. Hand-shake *Barrier*: from its answer on, each mutator logs its stores into atoms and takes memory in fresh blocks only,
//!    which count as live. After it nobody allocates in a block that is not fresh.
//! 3. *Choose*: forget which lines live.
//! 4. *Slots*: scan the published slots. Before any mutator's roots: what is taken out of a slot afterwards goes to a
//!    mutator that still is to be scanned.
//! 5. Hand-shake *Roots*: each mutator collects its nursery and logs what it refers to.
//! 6. *Trace*: mark what these reach, and what is logged meanwhile.
//! 7. Hand-shake *Flush*: the logs are handed over. If they held something new, back to 6.
//! 8. *Weak*: close the weak tables, unless a lookup found something new: then back to 6. Drop their dead entries.
//! 9. Hand-shake *Settle*: stores are plain again; mutators estimate what they hold.
//! 10. *Sweep*: free what is not marked.
//!
//! What was dead at the end of 7 can be freed at once, whatever scopes are open: each scope holds only what lived when
//! the roots of its mutator were scanned, was loaded since from what lives, or is fresh.
//!
//! Invariant: between two steps no mutator is claimed.

use crate::arena::OLD;
use crate::core::HeapCore;
use crate::handshake::{Asked, Handshake};
use crate::mark::Marker;
use crate::registry::Found;
use core::sync::atomic::Ordering;

/// Cost of a few blocks' work, and of answering for a mutator, in units of marking one small object.
const BLOCKS_AT_ONCE: usize = 16;
const ANSWER_COST: isize = 64;
const SLOTS_AT_ONCE: usize = 256;

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
    /// Where the stage goes on: a block, a slot, or a place in the registry.
    cursor: usize,
    /// Whether the pass under way met a mutator that cannot answer yet.
    waits: bool,
    pub(crate) marker: Marker,
    /// Live words found by the sweep.
    live_words: usize,
    /// All mutators are stopped, and stay so.
    pub(crate) stopped: bool,
    asked: Asked,
    asked_at: u64,
}

impl Cycle {
    pub(crate) fn new(asked: Asked) -> Cycle {
        Cycle {
            stage: Stage::Idle,
            cursor: 0,
            waits: false,
            marker: Marker::new(),
            live_words: 0,
            stopped: false,
            asked,
            asked_at: 0,
        }
    }

    /// Begins a cycle, if none is under way.
    pub(crate) fn begin(&mut self, heap: &HeapCore) {
        if self.stage == Stage::Idle {
            heap.arena.space.lock().forget_recyclable();
            self.marker.reset();
            self.live_words = 0;
            heap.note_cycle_begins();
            self.go_to(heap, Stage::Prepare);
        }
    }

    /// Whether marking is complete, and nothing freed yet.
    pub(crate) fn is_marked(&self) -> bool {
        matches!(self.stage, Stage::Weak | Stage::Shake(Handshake::Settle))
    }

    /// Does about `budget` units of work: the time to mark as many small objects.
    pub(crate) fn step(&mut self, heap: &HeapCore, budget: isize) -> Step {
        let mut left = budget;
        while left > 0 {
            let done = match self.stage {
                Stage::Idle => return Step::Ended,
                Stage::Prepare => self.blocks(heap, &mut left, |_, heap, block| {
                    if heap.arena.state(block) >= OLD {
                        heap.arena.clear_marks(block);
                    }
                }),
                Stage::Choose => self.blocks(heap, &mut left, |_, heap, block| {
                    if heap.arena.state_now(block) >= OLD && !heap.arena.is_fresh(block) {
                        heap.arena.set_lines(block, 0);
                        heap.arena.set_rescan(block, false);
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
                    cycle.live_words += heap.arena.sweep(block);
                }),
                Stage::Shake(_) => match self.shake(heap, &mut left) {
                    Some(done) => done,
                    None => return Step::Waits,
                },
            };
            if done {
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
            Stage::Shake(Handshake::Barrier) => Stage::Choose,
            Stage::Choose => Stage::Slots,
            Stage::Slots => Stage::Shake(Handshake::Roots),
            Stage::Shake(Handshake::Roots) => Stage::Trace,
            Stage::Trace => Stage::Shake(Handshake::Flush),
            Stage::Shake(Handshake::Flush) if self.marker.has_work(heap) => Stage::Trace,
            Stage::Shake(Handshake::Flush) if !heap.weak.close(|| !self.marker.has_work(heap)) => {
                Stage::Trace
            }
            Stage::Shake(Handshake::Flush) => Stage::Weak,
            Stage::Weak | Stage::Shake(Handshake::Flip) => Stage::Shake(Handshake::Settle),
            Stage::Shake(Handshake::Settle) => Stage::Sweep,
            Stage::Sweep => Stage::Idle,
        }
    }

    fn go_to(&mut self, heap: &HeapCore, stage: Stage) {
        (self.stage, self.cursor, self.waits) = (stage, heap.arena.block_range().start, false);
        match stage {
            Stage::Shake(ask) => {
                self.cursor = 0;
                self.asked = heap.epoch.next(ask);
                self.asked_at = heap.now();
                heap.arena.set_cycle(self.asked.cycle());
                heap.registry.ask(&heap.epoch, self.asked);
            }
            Stage::Slots | Stage::Weak => self.cursor = 0,
            Stage::Sweep => heap.collector.log.lock().clear(),
            Stage::Idle => heap.note_cycle_ended(self.live_words, self.stopped),
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
        *left -= BLOCKS_AT_ONCE as isize;
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
                    mutator.answer_and_close();
                }
                *left -= ANSWER_COST;
                self.cursor = place + 1;
                Some(false)
            }
            Found::NotYet(place) => {
                self.cursor = place;
                Some(false)
            }
            Found::End if self.waits => {
                (self.cursor, self.waits) = (0, false);
                None
            }
            Found::End => {
                heap.note_handshake(self.asked_at);
                Some(true)
            }
        }
    }
}
