//! The heap as a whole: what its mutators share.
//!
//! Enter at [`Heap::new`]. Mutators are in `mutator.rs`, the arena in `arena.rs`, minor collections in `nursery.rs`,
//! promotion in `old.rs`, the collection of the old space in `collector.rs`. A door for `unsafe`: the collector
//! reaches mutators through raw pointers.
//!
//! Invariant: a mutator is registered from its making to its dropping; the lock of the registry is held
//! while the collector visits them, and while one changes outside of a scope what the collector reads.
#![allow(unsafe_code, reason = "the registry of mutators; see the SAFETY comments")]

use crate::arena::{Arena, BLOCK_WORDS, Region};
use crate::collector::Collector;
use crate::gate::Gate;
use crate::intern::Names;
use crate::mutator::MutatorCore;
use crate::old::OldBuffer;
use crate::published::Slots;
use crate::stats::Counters;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use spin::{Mutex, MutexGuard, RwLock};

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
    pub(crate) gate: Gate,
    pub(crate) slots: Slots,
    pub(crate) names: Names,
    /// Old buffers that no open scope uses.
    #[allow(clippy::vec_box, reason = "a buffer changes hands at each scope: one pointer")]
    pub(crate) pool: Mutex<Vec<Box<OldBuffer>>>,
    pub(crate) collector: Collector,
    pub(crate) counters: Counters,
    mutators: Mutex<Vec<Registered>>,
    pub(crate) mutator_count: AtomicUsize,
    pub(crate) torture: AtomicBool,
    pub(crate) relax: RwLock<fn()>,
    pub(crate) clock: RwLock<Option<fn() -> u64>>,
}

/// A mutator that the collector can reach.
pub(crate) struct Registered(NonNull<MutatorCore>);

// SAFETY: the pointer is only followed by `for_each_mutator`, whose callers hold the closed gate.
unsafe impl Send for Registered {}

impl Heap {
    /// Makes a heap over a region.
    pub fn new(region: Region) -> Result<Heap, HeapError> {
        let arena = Arena::new(region).map_err(|needed_bytes| HeapError::RegionTooSmall { needed_bytes })?;
        let heap = Heap(Arc::new(HeapCore {
            collector: Collector::new(&arena),
            arena,
            counters: Counters::default(),
            gate: Gate::default(),
            slots: Slots::new(),
            names: Names::default(),
            pool: Mutex::new(Vec::new()),
            mutators: Mutex::new(Vec::new()),
            mutator_count: AtomicUsize::new(0),
            torture: AtomicBool::new(false),
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

    /// What a core does while it waits for the others, beside a spin-loop hint: yield, on a host.
    pub fn set_relax(&self, relax: fn()) {
        *self.0.relax.write() = relax;
    }

    /// A clock in micro-seconds, for the figures of pauses.
    pub fn set_clock(&self, clock: fn() -> u64) {
        *self.0.clock.write() = Some(clock);
    }

    /// Torture mode: a minor collection at the end of every scope, a major one often, freed memory filled
    /// with poison. For tests.
    pub fn set_torture(&self, on: bool) {
        self.0.torture.store(on, Ordering::Relaxed);
        self.0.arena.poisons.store(on, Ordering::Relaxed);
    }
}

impl HeapCore {
    /// Calls `visit` with every mutator. The caller holds the gate closed, so that no scope is open.
    pub(crate) fn for_each_mutator(&self, mut visit: impl FnMut(&MutatorCore)) {
        debug_assert!(self.gate.is_closed());
        for registered in self.mutators.lock().iter() {
            // SAFETY: a mutator unregisters, under this lock, before it is freed. No scope is open, so its
            // owner runs nothing that touches what the collector reads.
            visit(unsafe { registered.0.as_ref() });
        }
    }

    /// Enters a mutator into the registry.
    pub(crate) fn register(&self, mutator: NonNull<MutatorCore>) {
        let mut mutators = self.mutators.lock();
        // SAFETY: the caller has just made it, and has not given it away.
        unsafe { mutator.as_ref() }.set_position(mutators.len());
        mutators.push(Registered(mutator));
        self.mutator_count.store(mutators.len(), Ordering::Relaxed);
    }

    /// Takes a mutator out of the registry: the collector does not reach it any more.
    pub(crate) fn unregister(&self, position: impl FnOnce() -> usize) {
        let mut mutators = self.mutators.lock();
        let position = position();
        mutators.swap_remove(position);
        if let Some(moved) = mutators.get(position) {
            // SAFETY: it is registered, so it is not freed, and this lock guards its position.
            unsafe { moved.0.as_ref() }.set_position(position);
        }
        self.mutator_count.store(mutators.len(), Ordering::Relaxed);
    }

    /// Keeps the collector from visiting mutators.
    pub(crate) fn hold_registry(&self) -> MutexGuard<'_, Vec<Registered>> {
        self.mutators.lock()
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.read().map_or(0, |clock| clock())
    }
}
