//! Parts of the collector that tests leave out, to show that each is needed. Outside of tests none ever is.

use crate::core::HeapCore;

/// What can be left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(not(test), allow(dead_code, reason = "only tests leave some out"))]
#[repr(u32)]
pub(crate) enum Part {
    /// Logging what an atom held.
    OldLog = 1,
    /// Logging what is stored into an atom before the roots are scanned.
    NewLog = 1 << 1,
    /// The same for published slots.
    SlotLog = 1 << 2,
    /// Logging where references are stored to what is going to move.
    PlaceLog = 1 << 3,
    /// Waiting for the open scopes at each hand-shake.
    Barrier = 1 << 4,
    Roots = 1 << 5,
    Flush = 1 << 6,
    Flip = 1 << 7,
    Settle = 1 << 8,
    /// Forwarding what is stored after the flip.
    Forwarding = 1 << 9,
    /// Comparing through forwarding.
    Comparing = 1 << 10,
    /// Putting right: noted fields, fresh blocks, published slots, roots and nurseries.
    FixSlots = 1 << 11,
    FixFresh = 1 << 12,
    FixPublished = 1 << 13,
    FixRoots = 1 << 14,
    /// The same for what stays in blocks to be evacuated, and for weak tables.
    FixKept = 1 << 17,
    FixWeak = 1 << 18,
    /// Scanning the published slots before any roots: they are scanned after them.
    SlotsFirst = 1 << 15,
    /// Taking only fresh blocks while a cycle is under way.
    FreshBlocks = 1 << 16,
}

impl HeapCore {
    /// Whether a part is left out.
    #[cfg(test)]
    pub(crate) fn omits(&self, part: Part) -> bool {
        self.omitted.load(core::sync::atomic::Ordering::Relaxed) & part as u32 != 0
    }

    /// Whether a part is left out.
    #[cfg(not(test))]
    #[inline(always)]
    pub(crate) fn omits(&self, _part: Part) -> bool {
        false
    }
}

#[cfg(test)]
#[path = "sabotage_tests.rs"]
mod tests;
