//! What a writer does that came too late: it backs off, and when that happens again and again it takes the turn.
//!
//! Enter at [`Contention::lost`] and [`MutatorCore::await_turn`]. After a lost commit a writer waits for a random time, up to a
//! bound that doubles each time: meanwhile the winner commits many times with the atom in its own cache, which
//! is what makes two writers faster than a fight for each commit. One that lost [`LOSSES_MAX`] times announces its
//! atoms in the heap's turn, a set of 32 hashed places: every other writer looks there before it begins, and
//! waits if its atom is among them. So no writer starves; readers never look. What was tried instead is in
//! `docs/experiments/0006-contention.md`.
//!
//! Invariant: nobody waits for ever. A turn that lasts too long (its holder does not run) is taken away.

use crate::mutator::MutatorCore;
use core::sync::atomic::Ordering;

/// Lost commits after which a writer wants the turn.
const LOSSES_MAX: u32 = 8;
/// The least and the greatest bound on the turns of the spin loop that a writer backs off.
const BACK_OFF_MIN: u32 = 64;
const BACK_OFF_MAX: u32 = 2048;
/// How long a writer respects the turn of another, in turns of waiting.
const PATIENCE: u32 = 1 << 14;

/// The losses of one commit.
pub(crate) struct Contention<'a> {
    core: &'a MutatorCore,
    losses: u32,
    /// What it announced, or 0.
    turn: u64,
}

impl<'a> Contention<'a> {
    pub(crate) fn new(core: &'a MutatorCore) -> Contention<'a> {
        Contention { core, losses: 0, turn: 0 }
    }

    /// Another writer forestalled a commit to atoms, given as their places in the turn.
    pub(crate) fn lost(&mut self, places: u64) {
        self.losses += 1;
        if self.losses > LOSSES_MAX {
            // With the turn, a loss is due to one who began before.
            self.take_turn(places);
        } else {
            let bound = (BACK_OFF_MIN << (self.losses - 1)).min(BACK_OFF_MAX);
            for _ in 0..self.core.random() % bound {
                core::hint::spin_loop();
            }
        }
    }

    fn take_turn(&mut self, places: u64) {
        let turn = &self.core.heap.0.turn;
        let wanted = places | (self.core.random() as u64 | 1) << 32;
        for _ in 0..PATIENCE {
            // It may have been taken away since the last loss.
            let held = turn.load(Ordering::Relaxed);
            let is_free = held == 0 || held == self.turn;
            if is_free && turn.compare_exchange(held, wanted, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                self.turn = wanted;
                return;
            }
            self.core.heap.0.wait_a_little();
        }
        self.turn = 0;
    }
}

impl Drop for Contention<'_> {
    fn drop(&mut self) {
        if self.turn != 0 {
            let turn = &self.core.heap.0.turn;
            let _ = turn.compare_exchange(self.turn, 0, Ordering::AcqRel, Ordering::Relaxed);
        }
    }
}

/// The place of an atom in the turn: one of its low 32 bits. The high ones tell turns apart.
#[inline(always)]
pub(crate) fn place_of(atom: u64) -> u64 {
    1 << ((atom >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 59)
}

impl MutatorCore {
    /// Waits while a starving writer has the turn on an atom.
    #[inline(always)]
    pub(crate) fn await_turn(&self, atom: u64) {
        if self.heap.0.turn.load(Ordering::Relaxed) != 0 {
            self.await_turn_of(place_of(atom));
        }
    }

    /// As `await_turn` for several atoms, given as their places.
    #[cold]
    #[inline(never)]
    pub(crate) fn await_turn_of(&self, places: u64) {
        let turn = &self.heap.0.turn;
        let mut held = turn.load(Ordering::Relaxed);
        for _ in 0..PATIENCE {
            if held & places == 0 {
                return;
            }
            self.heap.0.wait_a_little();
            held = turn.load(Ordering::Relaxed);
        }
        let _ = turn.compare_exchange(held, 0, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// A number that differs between mutators and from time to time.
    pub(crate) fn random(&self) -> u32 {
        let state = self.back_off.get().wrapping_mul(0x9E37_79B9).wrapping_add(self.place.get() | 1);
        self.back_off.set(state);
        state >> 8
    }
}
