//! Hand-shakes: how the collector learns that every mutator has done its part, without stopping any.
//!
//! Enter at [`Epoch::ask`], [`State::open`] and [`State::close`]. The collector asks for the next hand-shake. A mutator
//! whose scope is open answers at the end of that scope; one that is closed is claimed by the collector, which
//! answers for it where it lies, or by its own next scope, whichever comes first. So nobody waits for anybody
//! for longer than the work of one answer takes.
//!
//! ```text
//!  63        51         19     3 2   0
//!  +---------+----------+-------+-----+
//!  | 0       | cycle    | round | ask |   asked: what the heap's epoch holds
//!  +---------+----------+-------+-----+
//!  asked << 2 | status                   the state of a mutator: the last hand-shake it answered
//! ```
//! Invariants: the collector asks again only after every mutator has answered, so a mutator is at most one
//! hand-shake behind; only whoever opened, claimed or stopped a mutator touches what is in it.

use crate::sync::{AtomicU64, Ordering};

/// What a hand-shake is about, in the order of a cycle; how a mutator acts follows from the last one it answered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug)]
#[repr(u8)]
pub(crate) enum Handshake {
    /// No collection is under way, as far as stores go: the last answer of a cycle, given with the roots put right.
    Settle = 0,
    /// What moved is forwarded whenever it is stored.
    Flip = 1,
    /// Stores into atoms are logged, old and new.
    Barrier = 2,
    /// The roots were scanned: from here the old values are enough, and what the old space takes counts as live.
    Roots = 3,
    /// The log was handed over.
    Flush = 4,
}

/// One hand-shake: of which cycle, the how many-th in it, about what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Asked(u64);

impl Asked {
    /// What a heap begins with.
    pub(crate) const fn none(cycle: u32) -> Asked {
        Asked((cycle as u64) << 19)
    }

    fn next(self, ask: Handshake) -> Asked {
        let cycle = self.cycle().wrapping_add((ask == Handshake::Roots) as u32);
        let round = (self.0 >> 3).wrapping_add(1) & 0xFFFF;
        Asked((cycle as u64) << 19 | round << 3 | ask as u64)
    }

    #[inline(always)]
    pub(crate) fn cycle(self) -> u32 {
        (self.0 >> 19) as u32
    }

    pub(crate) fn ask(self) -> Handshake {
        match self.0 & 7 {
            0 => Handshake::Settle,
            1 => Handshake::Flip,
            2 => Handshake::Barrier,
            3 => Handshake::Roots,
            _ => Handshake::Flush,
        }
    }

    /// Whether stores into atoms are logged.
    #[inline(always)]
    pub(crate) fn is_marking(self) -> bool {
        self.0 & 7 >= Handshake::Barrier as u64
    }

    /// Whether all blocks that are taken are fresh, and what lies in them has to be marked.
    #[inline(always)]
    pub(crate) fn marks_fresh(self) -> bool {
        !matches!(self.ask(), Handshake::Settle | Handshake::Barrier)
    }
}

/// The hand-shake that the collector asks for.
pub(crate) struct Epoch(AtomicU64);

impl Epoch {
    pub(crate) fn new(first: Asked) -> Epoch {
        Epoch(AtomicU64::new(first.0))
    }

    #[inline(always)]
    pub(crate) fn current(&self) -> Asked {
        Asked(self.0.load(Ordering::Acquire))
    }

    /// The same for a look that nothing follows from.
    #[inline(always)]
    pub(crate) fn peek(&self) -> Asked {
        Asked(self.0.load(Ordering::Relaxed))
    }

    /// What the next hand-shake will be, so that the collector can prepare it.
    pub(crate) fn next(&self, ask: Handshake) -> Asked {
        self.current().next(ask)
    }

    /// Asks for a hand-shake. What was written before is seen by whoever answers.
    pub(crate) fn ask(&self, asked: Asked) {
        self.0.store(asked.0, Ordering::Release);
    }
}

/// Who may touch what is in a mutator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Status {
    /// Nobody.
    Closed = 0,
    /// Its open scope.
    Open = 1,
    /// Whoever claimed it, for a short while.
    Claimed = 2,
    /// Whoever stopped all mutators.
    Stopped = 3,
}

/// The state of a mutator: the hand-shake that it answered last, and its status.
pub(crate) struct State(AtomicU64);

impl State {
    pub(crate) fn new() -> State {
        State(AtomicU64::new(0))
    }

    /// The first state of a mutator that nobody else knows yet.
    pub(crate) fn begin(&self, asked: Asked, status: Status) {
        self.0.store(asked.0 << 2 | status as u64, Ordering::Release);
    }

    /// The hand-shake that was answered last.
    #[inline(always)]
    pub(crate) fn seen(&self) -> Asked {
        Asked(self.0.load(Ordering::Relaxed) >> 2)
    }

    /// Whether a hand-shake was answered: then the caller sees all that was done before it was.
    #[inline]
    pub(crate) fn has_answered(&self, asked: Asked) -> bool {
        self.0.load(Ordering::Acquire) >> 2 == asked.0
    }

    pub(crate) fn status(&self) -> Status {
        status(self.0.load(Ordering::Acquire))
    }

    /// Opens a mutator that is closed and has answered `asked`. Returns whether it was so.
    #[inline(always)]
    pub(crate) fn open(&self, asked: Asked) -> bool {
        let closed = asked.0 << 2;
        self.0
            .compare_exchange(closed, closed | Status::Open as u64, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Takes a closed mutator to do something for it. Whoever does calls `close` soon.
    pub(crate) fn claim(&self) -> Result<(), Status> {
        self.take(Status::Claimed)
    }

    /// Takes a closed mutator for longer. Whoever does calls `close` at the end.
    pub(crate) fn stop(&self) -> Result<(), Status> {
        self.take(Status::Stopped)
    }

    fn take(&self, taken: Status) -> Result<(), Status> {
        let word = self.0.load(Ordering::Relaxed);
        if word & 3 != Status::Closed as u64 {
            return Err(status(word));
        }
        self.0
            .compare_exchange(word, word | taken as u64, Ordering::Acquire, Ordering::Relaxed)
            .map(drop)
            .map_err(status)
    }

    /// Notes the answer of a mutator that stays stopped.
    pub(crate) fn answer_stopped(&self, asked: Asked) {
        self.0.store(asked.0 << 2 | Status::Stopped as u64, Ordering::Relaxed);
    }

    /// Closes a mutator that the caller opened, claimed or stopped, and that has answered `asked`.
    #[inline(always)]
    pub(crate) fn close(&self, asked: Asked) {
        self.0.store(asked.0 << 2, Ordering::Release);
    }
}

fn status(word: u64) -> Status {
    match word & 3 {
        0 => Status::Closed,
        1 => Status::Open,
        2 => Status::Claimed,
        _ => Status::Stopped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_holds_a_mutator() {
        let (state, first) = (State::new(), Asked::none(7));
        let asked = first.next(Handshake::Barrier);
        state.begin(first, Status::Closed);
        assert_eq!((asked.cycle(), asked.ask()), (7, Handshake::Barrier));
        assert!(!state.open(asked) && state.open(first) && !state.open(first));
        assert_eq!((state.claim(), state.stop()), (Err(Status::Open), Err(Status::Open)));
        state.close(asked);
        assert_eq!(state.claim(), Ok(()));
        assert_eq!((state.seen(), state.status()), (asked, Status::Claimed));
        state.close(asked);
        assert_eq!((state.stop(), state.claim()), (Ok(()), Err(Status::Stopped)));
        state.answer_stopped(first);
        assert_eq!((state.seen(), state.status()), (first, Status::Stopped));
        state.close(asked);
        assert!(state.open(asked));
    }

    #[test]
    fn hand_shakes_differ_and_say_what_they_are_about() {
        use Handshake::{Barrier, Flip, Flush, Roots, Settle};
        let epoch = Epoch::new(Asked::none(u32::MAX));
        let mut last = epoch.current();
        for ask in [Barrier, Roots, Flush, Flush, Flip, Settle] {
            let next = epoch.next(ask);
            epoch.ask(next);
            assert!(next != last && epoch.current() == next && next.ask() == ask);
            assert_eq!(next.cycle(), if ask == Barrier { u32::MAX } else { 0 });
            assert_eq!(next.is_marking(), matches!(ask, Barrier | Roots | Flush));
            assert_eq!(next.marks_fresh(), !matches!(ask, Settle | Barrier));
            last = next;
        }
    }
}
