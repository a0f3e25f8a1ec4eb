//! What a mutator and the collector do around `kernel/heap/src/handshake.rs`, for `loom`: that very file, on `loom`'s atomics.
//!
//! Enter at [`reuse`] and [`claims`], inside `loom::model`. The mutator opens scopes and answers at their ends; the
//! collector asks, claims it while it is closed, and goes on when it has answered. `loom` tries every interleaving,
//! and every order that the memory model allows; an `UnsafeCell` that two of them touch at once is an error.

use crate::handshake::{Asked, Epoch, Handshake, State, Status};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

struct Shared {
    epoch: Epoch,
    state: State,
    /// What lies in the mutator: its roots.
    roots: UnsafeCell<u32>,
    /// A block that the mutator may read until it has answered.
    block: UnsafeCell<u32>,
    /// What the collector set before it asked.
    is_set: AtomicBool,
}

// The cells are checked by loom: that is the point.
#[allow(unsafe_code, reason = "loom checks each access to the cells")]
// SAFETY: every access to a cell is checked by loom.
unsafe impl Sync for Shared {}

impl Shared {
    fn new() -> Arc<Shared> {
        let first = Asked::none(0);
        let shared = Shared {
            epoch: Epoch::new(first),
            state: State::new(),
            roots: UnsafeCell::new(0),
            block: UnsafeCell::new(1),
            is_set: AtomicBool::new(false),
        };
        shared.state.begin(first, Status::Closed);
        Arc::new(shared)
    }

    /// Opens the mutator, having answered for it if the collector did not. Gives up after some tries, as loom
    /// would wait for ever.
    fn open(&self) -> Option<Asked> {
        for _ in 0..TRIES {
            let asked = self.epoch.current();
            if self.state.open(asked) {
                return Some(asked);
            }
            match self.state.claim() {
                Ok(()) => self.answer_and_close(),
                Err(_) => thread::yield_now(),
            }
        }
        None
    }

    /// The end of a scope, and what the collector does for a mutator that it claimed.
    fn answer_and_close(&self) {
        let asked = self.epoch.current();
        if asked != self.state.seen() {
            assert!(self.is_set.load(Ordering::Relaxed), "a hand-shake was answered before it was prepared");
            touch(&self.roots);
        }
        self.state.close(asked);
    }

    /// Asks for the next hand-shake.
    fn ask(&self) -> Asked {
        self.is_set.store(true, Ordering::Relaxed);
        let asked = self.epoch.next(Handshake::Settle);
        self.epoch.ask(asked);
        asked
    }

    /// Passes over the mutator until it has answered, if it does so soon.
    fn await_answer(&self, asked: Asked) -> bool {
        for _ in 0..TRIES {
            if self.state.has_answered(asked) {
                return true;
            }
            match self.state.claim() {
                Ok(()) => self.answer_and_close(),
                Err(_) => thread::yield_now(),
            }
        }
        self.state.has_answered(asked)
    }
}

const TRIES: usize = 3;

fn touch(cell: &UnsafeCell<u32>) {
    #[allow(unsafe_code, reason = "loom checks each access to the cells")]
    // SAFETY: loom checks that nobody else touches the cell.
    cell.with_mut(|value| unsafe { *value += 1 });
}

fn look(cell: &UnsafeCell<u32>) -> u32 {
    #[allow(unsafe_code, reason = "loom checks each access to the cells")]
    // SAFETY: loom checks that nobody writes to the cell.
    cell.with(|value| unsafe { *value })
}

/// One mutator with two scopes; the collector reuses a block after a hand-shake, or, if it does not wait, before
/// everybody has answered.
pub fn reuse(waits: bool) {
    let shared = Shared::new();
    let collector = thread::spawn({
        let shared = shared.clone();
        move || {
            let asked = shared.ask();
            if !waits || shared.await_answer(asked) {
                touch(&shared.block);
            }
        }
    });
    for _ in 0..2 {
        if let Some(asked) = shared.open() {
            touch(&shared.roots);
            if asked == Asked::none(0) {
                assert_eq!(look(&shared.block), 1);
            }
            shared.answer_and_close();
        }
    }
    collector.join().unwrap();
}

/// One mutator, and two cores that take steps of the collector: the mutator's roots are touched by one at a time,
/// and its scope that began after it answered sees what was set before.
pub fn claims() {
    let shared = Shared::new();
    let asked = shared.ask();
    let cores: Vec<_> = (0..2)
        .map(|_| {
            let shared = shared.clone();
            thread::spawn(move || shared.await_answer(asked))
        })
        .collect();
    if let Some(opened) = shared.open() {
        assert!(opened == asked && shared.is_set.load(Ordering::Relaxed));
        touch(&shared.roots);
        shared.answer_and_close();
    }
    cores.into_iter().for_each(|core| _ = core.join().unwrap());
    assert!(shared.state.has_answered(asked) && look(&shared.roots) >= 1);
}
