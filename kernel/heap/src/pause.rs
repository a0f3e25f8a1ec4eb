//! Pauses: how often and how long mutators were kept from running, and by what.
//!
//! Enter at [`HeapCore::note_pause`]. A pause at the end of a scope may have several causes; each is counted by itself, so that
//! the longest tells what has to become shorter.

use crate::core::HeapCore;
use crate::cycle::Stage;
use crate::handshake::Handshake;
use core::sync::atomic::{AtomicU64, Ordering};

/// What keeps a mutator from running.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum PauseCause {
    /// It collects its nursery.
    Minor,
    /// It answers the collector: collects its nursery and tells of its roots.
    Roots,
    /// It answers the collector at the end of a cycle: collects its nursery and puts its roots right.
    Settle,
    /// It answers the collector otherwise.
    Answer,
    /// It waits while the collector answers for it, or while everybody is stopped.
    Wait,
    /// It collects the whole old space at once, with everybody stopped.
    Stop,
    /// It helps the collector to prepare a cycle, ...
    Prepare,
    /// ... to answer for others, ...
    Shake,
    /// ... to scan published slots, ...
    Slots,
    /// ... to choose what is moved, ...
    Choose,
    /// ... to mark, ...
    Mark,
    /// ... to clear weak tables, ...
    Weak,
    /// ... to move objects, ...
    Move,
    /// ... to put references in old objects right, ...
    FixSlots,
    /// ... in objects that stay among moved ones, ...
    FixKept,
    /// ... in new ones, ...
    FixFresh,
    /// ... in published slots, ...
    FixPublished,
    /// ... in weak tables, ...
    FixWeak,
    /// ... to give evacuated blocks back, ...
    Release,
    /// ... and to sweep.
    Sweep,
}

use PauseCause::*;

impl PauseCause {
    /// Every cause, in the order in which they are counted.
    pub const ALL: [PauseCause; 20] = [
        Minor,
        Roots,
        Settle,
        Answer,
        Wait,
        Stop,
        Prepare,
        Shake,
        Slots,
        Choose,
        Mark,
        Weak,
        Move,
        FixSlots,
        FixKept,
        FixFresh,
        FixPublished,
        FixWeak,
        Release,
        Sweep,
    ];

    /// A short name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Minor => "minor",
            Roots => "roots",
            Settle => "settle",
            Answer => "answer",
            Wait => "wait",
            Stop => "stop",
            Prepare => "prepare",
            Shake => "shake",
            Slots => "slots",
            Choose => "choose",
            Mark => "mark",
            Weak => "weak",
            Move => "move",
            FixSlots => "fix-slots",
            FixKept => "fix-kept",
            FixFresh => "fix-fresh",
            FixPublished => "fix-published",
            FixWeak => "fix-weak",
            Release => "release",
            Sweep => "sweep",
        }
    }

    /// A mutator answers for itself.
    pub(crate) fn of_answer(ask: Handshake) -> PauseCause {
        match ask {
            Handshake::Roots => Roots,
            Handshake::Settle => Settle,
            Handshake::Barrier | Handshake::Flush | Handshake::Flip => Answer,
        }
    }

    /// A mutator helps in a stage.
    pub(crate) fn of_stage(stage: Stage) -> PauseCause {
        match stage {
            Stage::Idle | Stage::Prepare => Prepare,
            Stage::Shake(_) => Shake,
            Stage::Slots => Slots,
            Stage::Choose => Choose,
            Stage::Trace => Mark,
            Stage::Weak => Weak,
            Stage::Evacuate => Move,
            Stage::FixSlots => FixSlots,
            Stage::FixKept => FixKept,
            Stage::FixFresh => FixFresh,
            Stage::FixPublished => FixPublished,
            Stage::FixWeak => FixWeak,
            Stage::Release => Release,
            Stage::Sweep => Sweep,
        }
    }
}

/// Counts by length: up to 1, 2, 4, ... us, and any.
pub(crate) const PAUSE_LENGTHS: usize = 16;

/// Counts by causes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct PauseUse {
    /// How often.
    pub count: u64,
    /// For how long in all.
    pub us_total: u64,
    /// For how long at most.
    pub us_max: u64,
}

/// The same as it happens.
#[derive(Default)]
pub(crate) struct PauseCounter {
    count: AtomicU64,
    us_total: AtomicU64,
    us_max: AtomicU64,
}

impl PauseCounter {
    fn note(&self, us: u64) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.us_total.fetch_add(us, Ordering::Relaxed);
        self.us_max.fetch_max(us, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> PauseUse {
        PauseUse {
            count: self.count.load(Ordering::Relaxed),
            us_total: self.us_total.load(Ordering::Relaxed),
            us_max: self.us_max.load(Ordering::Relaxed),
        }
    }
}

impl HeapCore {
    /// A mutator was kept from running, by one cause.
    pub(crate) fn note_pause(&self, cause: PauseCause, started: u64) {
        self.note_pause_part(cause, started);
        self.note_whole_pause(started);
    }

    /// A part of a pause that had one cause.
    pub(crate) fn note_pause_part(&self, cause: PauseCause, started: u64) {
        let us = self.now().saturating_sub(started);
        self.counters.pause_causes[cause as usize].note(us);
    }

    /// A pause whose parts are noted.
    pub(crate) fn note_whole_pause(&self, started: u64) {
        let us = self.now().saturating_sub(started);
        let bucket = us.next_power_of_two().trailing_zeros() as usize;
        self.counters.pauses[bucket.min(PAUSE_LENGTHS - 1)].fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_counted_where_they_stand() {
        for (index, cause) in PauseCause::ALL.into_iter().enumerate() {
            assert_eq!(cause as usize, index);
            assert_eq!(PauseCause::ALL.iter().filter(|other| other.name() == cause.name()).count(), 1);
        }
    }
}
