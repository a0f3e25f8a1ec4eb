//! Where scopes begin and end: the only places where the collector asks anything of a mutator.
//!
//! Enter at [`Mutator::enter`]. At its end a scope answers the hand-shake that the collector asked for meanwhile
//! (`handshake.rs`); if it was closed, the collector may answer for it, or its next scope does.
//!
//! Invariant: what is in a mutator is touched only by its open scope or by whoever claimed or stopped it.

use crate::arena::BLOCK_WORDS;
use crate::handshake::{Asked, Handshake, Status};
use crate::mutator::{Mutator, MutatorCore};
use crate::object;
use crate::pause::PauseCause;
use crate::sabotage::Part;
use crate::scope::Scope;
use core::convert::Infallible;
use core::sync::atomic::AtomicU64;

/// A scope does not keep more of the log than this to itself.
const LOG: usize = 1024;

/// Ends a scope, even when a test's body panics.
pub(crate) struct Leave<'a>(pub(crate) &'a MutatorCore);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.flush_figures();
        self.0.answer_and_close(true);
    }
}

/// Keeps everybody else from touching a mutator that is outside of a scope.
pub(crate) struct Hold<'a>(&'a MutatorCore);

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.0.state.close(self.0.state.seen());
    }
}

impl Mutator {
    /// Opens a scope, the span in which values are valid. Its end is a safepoint: values that must survive
    /// it lie on the root stack ([`Scope::root_push`]), in an atom, or are [`Published`](crate::Published). May wait
    /// for as long as scanning the root stack takes, and while the whole heap is collected at once. Inside
    /// another scope on the same core use [`Scope::enter`] instead, which a whole collection never keeps waiting.
    #[inline]
    pub fn enter<R>(&mut self, body: impl for<'s> FnOnce(Scope<'s>) -> R) -> R {
        let core = self.core();
        core.open_scope(false);
        let result = core.run(body);
        core.heap.0.collect_if_due(core);
        result
    }

    /// Opens a scope inside another one.
    pub(crate) fn enter_nested<R>(&mut self, body: impl for<'s> FnOnce(Scope<'s>) -> R) -> R {
        let core = self.core();
        core.open_scope(true);
        core.run(body)
    }

    /// Collects the nursery now: what a process does before it is parked for long, so that it holds no
    /// more than what lives.
    pub fn collect_young(&mut self) {
        let core = self.core();
        core.open_scope(false);
        let leave = Leave(core);
        core.collect_young();
        drop(leave);
    }
}

impl MutatorCore {
    #[inline]
    fn run<R>(&self, body: impl for<'s> FnOnce(Scope<'s>) -> R) -> R {
        let leave = Leave(self);
        let result = body(Scope::new(self));
        self.collect_young_if_due();
        drop(leave);
        result
    }

    /// Opens the mutator for a scope.
    #[inline]
    pub(crate) fn open_scope(&self, nested: bool) {
        if !self.state.open(self.heap.0.epoch.current()) {
            self.open_slowly(nested);
        }
    }

    /// The same after answering a hand-shake, or when the collector is answering it.
    #[cold]
    fn open_slowly(&self, nested: bool) {
        let heap = &*self.heap.0;
        let mut waits_since = None;
        while !self.state.open(heap.epoch.current()) {
            match self.state.claim() {
                Ok(()) => self.answer_and_close(true),
                Err(status) => {
                    waits_since = waits_since.or_else(|| Some(heap.now()));
                    if nested && status == Status::Stopped {
                        heap.collector.cancel_stop();
                    }
                    heap.wait_a_little();
                }
            }
        }
        if let Some(started) = waits_since {
            heap.note_pause(PauseCause::Wait, started);
        }
    }

    /// Claims the mutator outside of a scope; waits while the collector works for it.
    pub(crate) fn hold(&self) -> Hold<'_> {
        while self.state.claim().is_err() {
            self.heap.0.wait_a_little();
        }
        Hold(self)
    }

    /// Answers the hand-shake that is asked for, if it was not, and closes. The caller has the mutator open or
    /// claimed; `pauses` says whether it is kept from running meanwhile.
    #[inline]
    pub(crate) fn answer_and_close(&self, pauses: bool) {
        self.close_direct();
        self.direct.forget_words();
        let asked = self.heap.0.epoch.current();
        if asked != self.state.seen() {
            let started = self.heap.0.now();
            self.answer(asked);
            if pauses {
                self.heap.0.note_pause(PauseCause::of_answer(asked.ask()), started);
            }
        }
        self.return_old_buffer();
        self.flush_log();
        self.state.close(asked);
    }

    /// Does what a hand-shake asks for.
    #[cold]
    pub(crate) fn answer(&self, asked: Asked) {
        match asked.ask() {
            Handshake::Barrier | Handshake::Flush | Handshake::Flip => {}
            Handshake::Roots => {
                self.collect_what_is_fresh();
                self.for_each_root(|word| self.log_word(word));
            }
            Handshake::Settle => {
                self.collect_what_is_fresh();
                if !self.heap.0.omits(Part::FixRoots) {
                    self.fix_roots();
                }
                self.weigh();
            }
        }
        self.heap.0.collector.hear();
    }

    fn collect_what_is_fresh(&self) {
        if self.fresh_words() > 0 {
            self.collect_young();
        }
    }

    /// Makes the root stack and the nursery refer to the copies of what was moved.
    fn fix_roots(&self) {
        let arena = &self.heap.0.arena;
        self.with_roots(|roots| roots.iter_mut().for_each(|word| *word = arena.forward(*word)));
        self.for_each_young(|at, header| {
            if let Some(newer) = object::header_forwarding(header) {
                let newer = arena.forward(newer as u64 * 8) as usize / 8;
                arena.store(at, object::with_forwarding(header, newer));
            }
            let Ok(()) = arena.map_fields(at, header, |word| Ok::<_, Infallible>(arena.forward(word)));
        });
    }

    /// Calls `visit` with every word that the root stack and the objects of the nursery hold, dead ones too.
    fn for_each_root(&self, mut visit: impl FnMut(u64)) {
        let arena = &self.heap.0.arena;
        self.with_roots(|roots| roots.iter().for_each(|word| visit(*word)));
        self.for_each_young(|at, header| {
            // It may have been promoted: its readers may hold either.
            if let Some(newer) = object::header_forwarding(header) {
                visit(newer as u64 * 8);
            }
            arena.for_each_field(at, header, &mut visit);
        });
    }

    /// Whether the scope should end soon.
    #[inline]
    pub(crate) fn wants_safepoint(&self) -> bool {
        self.presses.get() || self.heap.0.epoch.peek() != self.state.seen()
    }

    /// How this mutator acts until it answers the next hand-shake.
    #[inline(always)]
    pub(crate) fn asked(&self) -> Asked {
        self.state.seen()
    }

    /// Whether the new values of stores are logged: the roots of this mutator were not scanned yet.
    #[inline(always)]
    pub(crate) fn logs_new(&self) -> bool {
        self.asked().ask() == Handshake::Barrier
    }

    /// Tells the marker, if one is at work, what a word of an atom or a shared cell held, and what it holds now: the
    /// only write barrier. To be called after the store, in the same scope.
    #[inline]
    pub(crate) fn log_store(&self, place: &AtomicU64, old: u64, new: u64) {
        if self.asked().is_marking() {
            self.log_store_now(place, old, new);
        }
    }

    #[cold]
    fn log_store_now(&self, place: &AtomicU64, old: u64, new: u64) {
        let heap = &*self.heap.0;
        if !heap.omits(Part::OldLog) {
            self.log_word(old);
        }
        if self.logs_new() && !heap.omits(Part::NewLog) {
            self.log_word(new);
        }
        // The marker may have passed this place already.
        let moves = new & 3 == 0 && heap.arena.is_chosen(new as usize / 8 / BLOCK_WORDS);
        if moves && !heap.omits(Part::PlaceLog) {
            self.push_log((heap.arena.index_of(place) as u64 * 8) | 1);
        }
    }

    /// Tells the marker of a word that is stored where it will not look.
    #[inline]
    pub(crate) fn log_new(&self, word: u64) {
        if self.logs_new() && !self.heap.0.omits(Part::SlotLog) {
            self.log_word(word);
        }
    }

    /// Tells the marker, if one is at work, of an object that was found in a weak table, at once. The caller holds the lock of
    /// the table.
    pub(crate) fn log_lookup(&self, word: u64) {
        if self.asked().is_marking() {
            self.log_word(word);
            self.flush_log();
        }
    }

    /// Tells the marker of an object of the old space that it may not find otherwise.
    fn log_word(&self, word: u64) {
        if word & 3 != 0 {
            return;
        }
        let (arena, at) = (&self.heap.0.arena, word as usize / 8);
        if !arena.is_old(at) || arena.is_fresh(at / BLOCK_WORDS) || arena.is_marked(at) {
            return;
        }
        self.push_log(word);
    }

    fn push_log(&self, entry: u64) {
        let mut log = self.log.take();
        log.push(entry);
        let is_long = log.len() >= LOG;
        self.log.set(log);
        if is_long {
            self.flush_log();
        }
    }

    /// Hands the log to the marker: at the latest at the end of the scope.
    #[inline]
    pub(crate) fn flush_log(&self) {
        let mut log = self.log.take();
        if log.is_empty() {
            return;
        }
        let mut logs = self.heap.0.collector.log.lock();
        match logs.last_mut() {
            // Short ones are put together.
            Some(last) if last.len() + log.len() <= LOG => last.append(&mut log),
            _ => logs.push(log),
        }
    }
}
