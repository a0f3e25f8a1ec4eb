//! The heap as a whole: what its mutators share.
//!
//! Enter at [`Heap::new`]. Mutators are in `mutator.rs`, the arena in `arena.rs`, minor collections in `nursery.rs`,
//! promotion in `old.rs`, the collection of the old space in `collector.rs`.

use crate::arena::{Arena, BLOCK_WORDS, CYCLE_FIRST, Region};
use crate::collector::Collector;
use crate::handshake::{Asked, Epoch};
use crate::intern::Names;
use crate::old::OldBuffer;
use crate::registry::Registry;
use crate::slots::Slots;
use crate::stats::Counters;
use crate::weak::WeakTables;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use spin::{Mutex, RwLock};

/// Why a heap could not be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeapError {
    /// The region holds fewer than the bytes given.
    RegionTooSmall {
        /// The least that works.
        needed_bytes: usize,
    },
}

impl fmt::Display for HeapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeapError::RegionTooSmall { needed_bytes } => {
                write!(f, "the heap needs a region of at least {needed_bytes} bytes")
            }
        }
    }
}

/// A shared handle on one heap. Cheap to clone.
#[derive(Clone)]
pub struct Heap(pub(crate) Arc<HeapCore>);

pub(crate) struct HeapCore {
    pub(crate) arena: Arena,
    /// The hand-shake that the collector asks for.
    pub(crate) epoch: Epoch,
    pub(crate) slots: Slots,
    pub(crate) weak: WeakTables,
    pub(crate) names: Names,
    /// Old buffers that no open scope uses.
    #[allow(clippy::vec_box, reason = "a buffer changes hands at each scope: one pointer")]
    pub(crate) pool: Mutex<Vec<Box<OldBuffer>>>,
    pub(crate) collector: Collector,
    pub(crate) counters: Counters,
    pub(crate) registry: Registry,
    pub(crate) torture: AtomicBool,
    /// The atoms of a writer that lost too often (`contention.rs`), or 0.
    pub(crate) turn: AtomicU64,
    /// Parts of the collector that are left out.
    #[cfg(test)]
    pub(crate) omitted: core::sync::atomic::AtomicU32,
    pub(crate) relax: RwLock<fn()>,
    pub(crate) clock: RwLock<Option<fn() -> u64>>,
}

impl Heap {
    /// Makes a heap over a region.
    pub fn new(region: Region) -> Result<Heap, HeapError> {
        let arena = Arena::new(region).map_err(|needed_bytes| HeapError::RegionTooSmall { needed_bytes })?;
        let heap = Heap(Arc::new(HeapCore {
            collector: Collector::new(&arena),
            arena,
            counters: Counters::default(),
            epoch: Epoch::new(Asked::none(CYCLE_FIRST)),
            slots: Slots::new(),
            weak: WeakTables::default(),
            names: Names::default(),
            pool: Mutex::new(Vec::new()),
            registry: Registry::default(),
            torture: AtomicBool::new(false),
            turn: AtomicU64::new(0),
            #[cfg(test)]
            omitted: core::sync::atomic::AtomicU32::new(0),
            relax: RwLock::new(core::hint::spin_loop),
            clock: RwLock::new(None),
        }));
        heap.set_torture(cfg!(feature = "torture"));
        Ok(heap)
    }

    /// Bytes in use and bytes in all.
    pub fn usage_bytes(&self) -> (usize, usize) {
        let arena = &self.0.arena;
        (arena.bytes() - arena.free_blocks() * BLOCK_WORDS * 8, arena.bytes())
    }

    /// What a core does while it waits for the others, beside a spin-loop hint: yield, on a host. Where each core runs nothing else,
    /// as in a kernel, the hint is all there is to do: what is waited for, a step or an answer, takes tens of micro-seconds, and
    /// its end is no interrupt that would wake a core that halts.
    pub fn set_relax(&self, relax: fn()) {
        *self.0.relax.write() = relax;
    }

    /// A clock in micro-seconds, for the figures of pauses.
    pub fn set_clock(&self, clock: fn() -> u64) {
        *self.0.clock.write() = Some(clock);
        self.0.note_clock();
    }

    /// Torture mode: a minor collection and a step of the collector at the end of every scope; each cycle evacuates
    /// every block; freed memory is filled with poison. For tests.
    pub fn set_torture(&self, on: bool) {
        self.0.torture.store(on, Ordering::Relaxed);
        self.0.collector.evacuates_every.store(on as usize, Ordering::Relaxed);
        self.0.arena.poisons.store(on, Ordering::Relaxed);
    }
}

impl HeapCore {
    pub(crate) fn now(&self) -> u64 {
        self.clock.read().map_or(0, |clock| clock())
    }
}
