//! Transactions: commits to several atoms at once, all or nothing for every reader.
//!
//! Enter at [`Scope::transact`]. The function runs against what the atoms hold and notes what it read and wants to write; nothing
//! is touched until it ends. The commit then publishes the new values, puts a **claim** into each atom in
//! place of the value it was read with, decides by one compare-and-set of a status, and puts values in place of the
//! claims. A claim leads to its entry in a descriptor in the old space:
//!
//! ```text
//!  header | status | back, old, new | back, old, new | ...      back: the place of the status
//!                    ^ claim of the first atom
//! ```
//! A reader that meets a claim takes the old or the new value by the status: it never waits and never writes. A writer that
//! meets one waits a little; if the status is still open it decides it itself, against the owner, and removes
//! the claim. So no stopped owner holds anybody up. Only its owner puts claims of a descriptor anywhere, never
//! after success, and each descriptor is used once; this is why an atom that goes from one value to another
//! and back cannot be mistaken for one that stayed, with no second descriptor for conditional stores as in
//! Harris, Fraser and Pratt (decision 0008). What was only read is claimed too, so commits are serialisable.
//!
//! Invariants: a claim stays in an atom only while the scope of its owner is open, and what a scope saw is not freed before the
//! scope ends, so claims are no roots; the value that a claim stands for is logged as overwritten when the claim is put.

use crate::contention::{Contention, place_of};
use crate::mutator::MutatorCore;
use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::{self, Value};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

/// States of a status word.
const OPEN: u64 = 0;
const DONE: u64 = 1;
const FAILED: u64 = 2;
/// Words of an entry.
const ENTRY: usize = 3;
/// How long a writer lets the owner of a claim finish, in turns of the spin loop.
const POLITENESS: u32 = 128;

/// Whether the word of an atom is a claim.
#[inline(always)]
pub(crate) fn is_claim(word: u64) -> bool {
    word as u8 == value::claim(0) as u8
}

/// Why a transaction did not come to its end. Whatever the reason, it changed nothing.
#[derive(Clone, Copy, Debug)]
pub enum Abort<'s> {
    /// Run the function again: an atom that was read has changed. Never the result of [`Scope::transact`].
    Retry,
    /// The arena, or the quota of the mutator, is exhausted.
    OutOfMemory,
    /// The function gave up, with an error of its own.
    Failed(Value<'s>),
}

impl From<OutOfMemory> for Abort<'_> {
    fn from(_: OutOfMemory) -> Self {
        Abort::OutOfMemory
    }
}

/// A transaction under way: what it read, and what it is going to write.
pub struct Transaction<'s> {
    s: Scope<'s>,
    /// Sorted by atom.
    entries: Vec<Entry>,
}

struct Entry {
    atom: u64,
    /// What it was read with; 0 when it was only written.
    seen: u64,
    /// What it is to hold; 0 when it was only read.
    new: u64,
}

impl<'s> Scope<'s> {
    /// Runs a function on several atoms, as if at one moment: either everything that it read still holds and everything
    /// that it wrote is there for all readers at once, or it changed nothing and runs again. It must be pure but
    /// for the [`Transaction`], and pass [`Abort::Retry`] on. A function that is to be run again may have seen values of
    /// different moments. A writer that loses again and again gets a turn of its own.
    ///
    /// ```
    /// # use halt_heap::{Abort, Heap, Region, Scope, Value};
    /// # let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
    /// # heap.mutator().enter(|s| {
    /// let (from, to) = (s.atom(s.int(100)?)?, s.atom(s.int(0)?)?);
    /// let transfer = |amount: i64| {
    ///     s.transact(|t| {
    ///         let have = s.as_int(t.load(from)?).unwrap_or(0);
    ///         if have < amount {
    ///             return Err(Abort::Failed(s.keyword("too-little")));
    ///         }
    ///         t.store(from, s.int(have - amount)?)?;
    ///         let there = s.as_int(t.load(to)?).unwrap_or(0);
    ///         t.store(to, s.int(there + amount)?)
    ///     })
    /// };
    /// assert!(transfer(70).is_ok());
    /// assert!(matches!(transfer(70), Err(Abort::Failed(_))));
    /// assert_eq!([from, to].map(|atom| s.as_int(s.atom_load(atom))), [Some(30), Some(70)]);
    /// # Ok::<(), halt_heap::OutOfMemory>(())
    /// # }).unwrap();
    /// ```
    pub fn transact<R>(
        self,
        mut body: impl FnMut(&mut Transaction<'s>) -> Result<R, Abort<'s>>,
    ) -> Result<R, Abort<'s>> {
        let mut contention = Contention::new(self.core);
        let mut transaction = Transaction { s: self, entries: Vec::new() };
        loop {
            let result = match body(&mut transaction) {
                Ok(result) => transaction.commit().map(|()| result),
                Err(abort) => Err(abort),
            };
            match result {
                Err(Abort::Retry) => self.core.note_commit(false),
                result => return result,
            }
            contention.lost(transaction.places());
            transaction.entries.clear();
        }
    }
}

impl<'s> Transaction<'s> {
    /// The value of an atom as this transaction sees it. Asks for another run when an atom that was read before has changed.
    pub fn load(&mut self, atom: Value<'s>) -> Result<Value<'s>, Abort<'s>> {
        let index = match self.find(atom) {
            Ok(index) => index,
            Err(index) => {
                self.insert(index, atom)?;
                self.entries[index].seen = self.s.core.value_word(atom.word());
                self.check()?;
                index
            }
        };
        let entry = &self.entries[index];
        Ok(Value::from_word(if entry.new != 0 { entry.new } else { entry.seen }))
    }

    /// Stores a value in an atom, when and if the transaction commits.
    pub fn store(&mut self, atom: Value<'s>, value: Value<'s>) -> Result<(), Abort<'s>> {
        let index = match self.find(atom) {
            Ok(index) => index,
            Err(index) => {
                self.insert(index, atom)?;
                index
            }
        };
        self.entries[index].new = value.word();
        Ok(())
    }

    /// Lets the transaction commit only if an atom does not change meanwhile: as [`load`](Self::load), for one whose value
    /// the function does not need.
    pub fn ensure(&mut self, atom: Value<'s>) -> Result<(), Abort<'s>> {
        self.load(atom).map(|_| ())
    }

    fn find(&self, atom: Value<'s>) -> Result<usize, usize> {
        self.s.expect_kind(atom, Kind::Atom);
        self.entries.binary_search_by_key(&atom.word(), |entry| entry.atom)
    }

    fn insert(&mut self, index: usize, atom: Value<'s>) -> Result<(), OutOfMemory> {
        self.entries.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.entries.insert(index, Entry { atom: atom.word(), seen: 0, new: 0 });
        Ok(())
    }

    /// Asks for another run when what was read does not hold any more.
    fn check(&self) -> Result<(), Abort<'s>> {
        let core = self.s.core;
        let holds = |entry: &Entry| entry.seen == 0 || core.holds(entry.atom, entry.seen);
        if self.entries.iter().all(holds) { Ok(()) } else { Err(Abort::Retry) }
    }

    /// The atoms, as places in the turn.
    fn places(&self) -> u64 {
        self.entries.iter().fold(0, |places, entry| places | place_of(entry.atom))
    }

    /// Puts what was written into the atoms, if what was read still holds.
    fn commit(&mut self) -> Result<(), Abort<'s>> {
        let core = self.s.core;
        if let [one] = &self.entries[..]
            && one.new == 0
        {
            return Ok(());
        }
        if self.entries.is_empty() {
            return Ok(());
        }
        if core.heap.0.turn.load(Ordering::Relaxed) != 0 {
            core.await_turn_of(self.places());
        }
        self.check()?;
        // The descriptor is not part of the promotion: others may look at it after that was undone.
        let descriptor = core.old_words(Kind::Bytes, 1 + ENTRY * self.entries.len())?;
        let promoted = core.promote_all(self.entries.iter_mut().map(|entry| &mut entry.new))?;
        let committed = core.commit_all(descriptor + 1, &self.entries);
        if !committed {
            if promoted {
                core.undo_promotion();
            }
            return Err(Abort::Retry);
        }
        core.note_commit(true);
        Ok(())
    }
}

impl MutatorCore {
    /// Claims the atoms, decides, and puts values in the place of the claims. Returns whether it committed.
    fn commit_all(&self, status: usize, entries: &[Entry]) -> bool {
        self.status(status).store(OPEN, Ordering::Relaxed);
        let mut claimed = 0;
        for (number, entry) in entries.iter().enumerate() {
            let place = status + 1 + ENTRY * number;
            if !self.claim(status, place, entry) {
                break;
            }
            claimed += 1;
        }
        let decision = if claimed == entries.len() { DONE } else { FAILED };
        // Another writer may have decided against us.
        let _ = self.status(status).compare_exchange(OPEN, decision, Ordering::AcqRel, Ordering::Acquire);
        for (number, entry) in entries[..claimed].iter().enumerate() {
            self.remove(entry.atom, value::claim(status + 1 + ENTRY * number));
        }
        let is_done = self.status(status).load(Ordering::Relaxed) == DONE;
        if is_done {
            // Whoever removed the claims may be at another hand-shake than this mutator.
            entries.iter().for_each(|entry| self.log_new(entry.new));
        }
        is_done
    }

    /// Puts the claim of an entry into its atom. Returns false when that does not hold any more what it was read
    /// with, or the commit was decided already.
    fn claim(&self, status: usize, place: usize, entry: &Entry) -> bool {
        let arena = &self.heap.0.arena;
        loop {
            if self.status(status).load(Ordering::Relaxed) != OPEN {
                return false;
            }
            let held = self.value_word(entry.atom);
            if entry.seen != 0 && !self.is_same(held, entry.seen) {
                return false;
            }
            // Nobody reads these before the claim is there.
            arena.store(place, status as u64);
            // Whoever reads a claim may have put right already what it holds.
            let old = self.to_store(held);
            arena.store(place + 1, old);
            arena.store(place + 2, if entry.new != 0 { entry.new } else { old });
            match self.exchange_claim(entry.atom, held, value::claim(place)) {
                Ok(()) => return true,
                Err(seen) if is_claim(seen) => self.settle(entry.atom, seen),
                Err(_) => {}
            }
        }
    }

    /// The value that a claim stands for now.
    #[cold]
    pub(crate) fn claimed_value(&self, claim: u64) -> u64 {
        let (place, arena) = ((claim >> 8) as usize, &self.heap.0.arena);
        let is_done = self.status(arena.load(place) as usize).load(Ordering::Acquire) == DONE;
        arena.load(place + 1 + usize::from(is_done))
    }

    /// Decides a commit that is in the way, if its owner does not do so soon, and removes a claim of it.
    #[cold]
    #[inline(never)]
    pub(crate) fn settle(&self, atom: u64, claim: u64) {
        let status = self.status(self.heap.0.arena.load((claim >> 8) as usize) as usize);
        let mut turns = 0;
        while turns < POLITENESS && status.load(Ordering::Relaxed) == OPEN {
            core::hint::spin_loop();
            turns += 1;
        }
        let _ = status.compare_exchange(OPEN, FAILED, Ordering::AcqRel, Ordering::Acquire);
        self.remove(atom, claim);
    }

    /// Puts the value that a decided claim stands for in its place, unless somebody did.
    fn remove(&self, atom: u64, claim: u64) {
        let _ = self.exchange_claim(atom, claim, self.claimed_value(claim));
    }

    fn status(&self, place: usize) -> &AtomicU64 {
        self.atomic(place as u64 * 8 - 8, 0)
    }
}
