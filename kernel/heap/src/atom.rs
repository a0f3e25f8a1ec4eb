//! Atoms and cells: the only things that change, and the only ones that publish on write.
//!
//! Enter at [`Scope::atom_load`] and [`Scope::atom_swap`]; several atoms at once are in `transact.rs`, what a writer does that
//! came too late in `contention.rs`. The one place where a word of an atom or of a shared cell changes is
//! [`MutatorCore::change`]: the only write barrier there is.
//!
//! Invariants: what an atom or a shared cell holds is published before it can be seen. An atom holds a value, or
//! for the time of a commit to several atoms a claim, which readers resolve without waiting (`transact.rs`).

use crate::contention::{Contention, place_of};
use crate::mutator::MutatorCore;
use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::transact::is_claim;
use crate::value::Value;
use core::sync::atomic::Ordering;

/// Places of value and info in the payload of an atom.
const VALUE: usize = 0;
const INFO: usize = 1;

impl<'s> Scope<'s> {
    /// A new atom.
    pub fn atom(self, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let value = self.core.promote(value.word())?;
        Ok(Value::reference(self.core.old_object(Kind::Atom, &[value, Value::NIL.word()])?))
    }

    /// The value of an atom: one acquire load. Panics when `atom` is none.
    #[inline(always)]
    pub fn atom_load(self, atom: Value<'s>) -> Value<'s> {
        self.expect_kind(atom, Kind::Atom);
        // An atom lies in the old space from the start and never moves.
        let word = self.core.atomic(atom.word(), VALUE).load(Ordering::Acquire);
        Value::from_word(if is_claim(word) { self.core.claimed_value(word) } else { word })
    }

    /// As [`atom_load`](Self::atom_load) where that is a reference, seen at one look; else `None`.
    #[inline(always)]
    pub fn atom_load_reference(self, atom: Value<'s>) -> Option<Value<'s>> {
        self.expect_kind(atom, Kind::Atom);
        let word = self.core.atomic(atom.word(), VALUE).load(Ordering::Acquire);
        if word & 3 == 0 { Value::of_word(word) } else { None }
    }

    /// Stores a value in an atom, whatever it held.
    pub fn atom_store(self, atom: Value<'s>, value: Value<'s>) -> Result<(), OutOfMemory> {
        self.expect_kind(atom, Kind::Atom);
        let word = self.core.promote(value.word())?;
        self.core.await_turn(atom.word());
        self.core.put_value(atom.word(), word);
        Ok(())
    }

    /// Stores `new` if the atom still holds `old` (the value that was loaded). Returns whether it did.
    #[inline]
    pub fn atom_compare_and_set(
        self,
        atom: Value<'s>,
        old: Value<'s>,
        new: Value<'s>,
    ) -> Result<bool, OutOfMemory> {
        self.expect_kind(atom, Kind::Atom);
        self.core.await_turn(atom.word());
        self.commit(atom, old, new)
    }

    /// Applies a pure function to an atom's value until no other writer came between. Returns the new value. When
    /// the function fails, nothing changes. A writer that came too late again and again gets a turn of its own.
    #[inline]
    pub fn atom_swap(
        self,
        atom: Value<'s>,
        next: impl FnMut(Value<'s>) -> Result<Value<'s>, OutOfMemory>,
    ) -> Result<Value<'s>, OutOfMemory> {
        self.swap(atom, next, |_| Ok(())).map(|(_, new)| new)
    }

    /// As [`atom_swap`](Self::atom_swap), with a validator of the new value, which refuses it by an error (then nothing
    /// changes), and a watch, which is called once, after the commit, with the old and the new value.
    ///
    /// ```
    /// # use halt_heap::{Heap, OutOfMemory, Region, Value};
    /// # #[derive(Debug, PartialEq)]
    /// # enum Refused { Negative, OutOfMemory }
    /// # impl From<OutOfMemory> for Refused {
    /// #     fn from(_: OutOfMemory) -> Refused { Refused::OutOfMemory }
    /// # }
    /// # let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
    /// # heap.mutator().enter(|s| {
    /// let atom = s.atom(s.int(3)?)?;
    /// let withdraw = |amount: i64| {
    ///     s.atom_swap_validated(
    ///         atom,
    ///         |old| Ok(s.int(s.as_int(old).unwrap_or(0) - amount)?),
    ///         |new| if s.as_int(new) < Some(0) { Err(Refused::Negative) } else { Ok(()) },
    ///         |old, new| println!("{:?} -> {:?}", s.as_int(old), s.as_int(new)),
    ///     )
    /// };
    /// assert_eq!(withdraw(2).map(|left| s.as_int(left)), Ok(Some(1)));
    /// assert_eq!(withdraw(2).map(|left| s.as_int(left)), Err(Refused::Negative));
    /// assert_eq!(s.as_int(s.atom_load(atom)), Some(1));
    /// # Ok::<(), OutOfMemory>(())
    /// # }).unwrap();
    /// ```
    pub fn atom_swap_validated<E: From<OutOfMemory>>(
        self,
        atom: Value<'s>,
        next: impl FnMut(Value<'s>) -> Result<Value<'s>, E>,
        validate: impl FnMut(Value<'s>) -> Result<(), E>,
        watch: impl FnOnce(Value<'s>, Value<'s>),
    ) -> Result<Value<'s>, E> {
        let (old, new) = self.swap(atom, next, validate)?;
        watch(old, new);
        Ok(new)
    }

    /// The values before and after.
    #[inline(always)]
    fn swap<E: From<OutOfMemory>>(
        self,
        atom: Value<'s>,
        mut next: impl FnMut(Value<'s>) -> Result<Value<'s>, E>,
        mut validate: impl FnMut(Value<'s>) -> Result<(), E>,
    ) -> Result<(Value<'s>, Value<'s>), E> {
        self.core.await_turn(atom.word());
        match self.try_swap(atom, &mut next, &mut validate)? {
            Some(values) => Ok(values),
            None => self.swap_again(atom, next, validate),
        }
    }

    /// The same after the first commit was lost.
    #[cold]
    #[inline(never)]
    fn swap_again<E: From<OutOfMemory>>(
        self,
        atom: Value<'s>,
        mut next: impl FnMut(Value<'s>) -> Result<Value<'s>, E>,
        mut validate: impl FnMut(Value<'s>) -> Result<(), E>,
    ) -> Result<(Value<'s>, Value<'s>), E> {
        let mut contention = Contention::new(self.core);
        loop {
            contention.lost(place_of(atom.word()));
            if let Some(values) = self.try_swap(atom, &mut next, &mut validate)? {
                return Ok(values);
            }
        }
    }

    /// One run of a swap; nothing when another writer came between.
    #[inline(always)]
    fn try_swap<E: From<OutOfMemory>>(
        self,
        atom: Value<'s>,
        next: &mut impl FnMut(Value<'s>) -> Result<Value<'s>, E>,
        validate: &mut impl FnMut(Value<'s>) -> Result<(), E>,
    ) -> Result<Option<(Value<'s>, Value<'s>)>, E> {
        let old = self.atom_load(atom);
        let new = next(old)?;
        validate(new)?;
        if !self.commit(atom, old, new)? {
            return Ok(None);
        }
        Ok(Some((old, Value::from_word(self.core.resolve(new.word())))))
    }

    /// Changes the value of an atom from `old` to `new`, published; or nothing. Returns whether it did.
    #[inline(always)]
    fn commit(self, atom: Value<'s>, old: Value<'s>, new: Value<'s>) -> Result<bool, OutOfMemory> {
        let old = self.core.resolve(old.word());
        let committed = if self.core.is_shared(new.word()) {
            self.core.change_value(atom.word(), old, new.word())
        } else {
            // Who came too late already need not publish.
            self.core.holds(atom.word(), old)
                && self.core.promote_for(new.word(), |new| self.core.change_value(atom.word(), old, new))?
        };
        self.core.note_commit(committed);
        Ok(committed)
    }

    /// What the users of an atom keep beside its value (watches, validator, metadata); nil at first.
    pub fn atom_info(self, atom: Value<'s>) -> Value<'s> {
        self.expect_kind(atom, Kind::Atom);
        Value::from_word(self.core.atomic(atom.word(), INFO).load(Ordering::Acquire))
    }

    /// Replaces what [`atom_info`](Self::atom_info) returns.
    pub fn atom_set_info(self, atom: Value<'s>, info: Value<'s>) -> Result<(), OutOfMemory> {
        self.expect_kind(atom, Kind::Atom);
        let word = self.core.promote(info.word())?;
        let mut held = self.core.atomic(atom.word(), INFO).load(Ordering::Relaxed);
        while let Err(seen) = self.core.change(atom.word(), INFO, held, word) {
            held = seen;
        }
        Ok(())
    }

    /// A new cell, for a value that is computed later; it holds `state` until [`cell_set`](Self::cell_set).
    pub fn cell(self, state: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.values_object(Kind::Cell, &[state])
    }

    /// What a cell holds. Panics when it is none.
    #[inline]
    pub fn cell_get(self, cell: Value<'s>) -> Value<'s> {
        self.expect_kind(cell, Kind::Cell);
        let offset = self.core.resolve(cell.word());
        Value::from_word(self.core.atomic(offset, 0).load(Ordering::Acquire))
    }

    /// Replaces `old` by the final value of a cell; the first writer wins. Returns what it holds then.
    pub fn cell_set(
        self,
        cell: Value<'s>,
        old: Value<'s>,
        value: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        self.expect_kind(cell, Kind::Cell);
        let old = self.core.resolve(old.word());
        let cell = self.core.resolve(cell.word());
        let place = self.core.atomic(cell, 0);
        if !self.core.is_shared(cell) {
            // Nobody else sees this cell.
            let held = self.core.resolve(place.load(Ordering::Relaxed));
            if !self.core.is_same(held, old) {
                return Ok(Value::from_word(held));
            }
            place.store(value.word(), Ordering::Relaxed);
            return Ok(value);
        }
        self.core.promote_for(value.word(), |new| self.core.change_same(cell, 0, old, new).is_ok())?;
        Ok(Value::from_word(place.load(Ordering::Acquire)))
    }

    #[inline(always)]
    pub(crate) fn expect_kind(self, value: Value<'s>, kind: Kind) {
        if !value.is_reference() || self.core.header(value.word()) as u8 != kind as u8 {
            self.wrong_kind(value, kind);
        }
    }

    #[cold]
    fn wrong_kind(self, value: Value<'s>, kind: Kind) -> ! {
        panic!("expected {kind:?}, got {:?}", self.kind(value));
    }
}

impl MutatorCore {
    /// Changes a word of an atom or of a shared cell from `old` to `new`, which is shared; or nothing, and returns
    /// what it holds. The only write barrier there is.
    #[inline(always)]
    pub(crate) fn change(&self, object: u64, index: usize, old: u64, new: u64) -> Result<(), u64> {
        let (place, new) = (self.atomic(object, index), self.to_store(new));
        place.compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire)?;
        self.log_store(place, old, new);
        Ok(())
    }

    /// As `change`, also where the word holds the copy of what `old` refers to, or the other way round.
    #[inline(always)]
    pub(crate) fn change_same(&self, object: u64, index: usize, old: u64, new: u64) -> Result<(), u64> {
        let mut expected = old;
        loop {
            match self.change(object, index, expected, new) {
                Err(seen) if seen != expected && self.is_same(seen, old) => expected = seen,
                result => return result,
            }
        }
    }

    /// As `change` for the value of an atom; a claim that is in the way is settled first.
    #[inline(always)]
    pub(crate) fn change_value(&self, atom: u64, old: u64, new: u64) -> bool {
        loop {
            match self.change_same(atom, VALUE, old, new) {
                Ok(()) => return true,
                Err(seen) if is_claim(seen) => self.settle(atom, seen),
                Err(_) => return false,
            }
        }
    }

    /// Stores the value of an atom, whatever it held.
    pub(crate) fn put_value(&self, atom: u64, new: u64) {
        let mut held = self.value_word(atom);
        loop {
            match self.change(atom, VALUE, held, new) {
                Ok(()) => return,
                Err(seen) if is_claim(seen) => self.settle(atom, seen),
                Err(seen) => held = seen,
            }
        }
    }

    /// Puts a claim in the place of the value of an atom, or a value in the place of a claim.
    pub(crate) fn exchange_claim(&self, atom: u64, old: u64, new: u64) -> Result<(), u64> {
        self.change(atom, VALUE, old, new)
    }

    /// The value of an atom, as a word.
    #[inline(always)]
    pub(crate) fn value_word(&self, atom: u64) -> u64 {
        let word = self.atomic(atom, VALUE).load(Ordering::Acquire);
        if is_claim(word) { self.claimed_value(word) } else { word }
    }

    /// Whether an atom holds a word now.
    #[inline(always)]
    pub(crate) fn holds(&self, atom: u64, word: u64) -> bool {
        self.is_same(self.value_word(atom), word)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Heap, OutOfMemory, Region, Value};

    #[test]
    fn compare_and_set_needs_the_value_that_was_loaded() {
        let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let atom = s.atom(s.int(1).unwrap()).unwrap();
            let one = s.atom_load(atom);
            assert!(s.atom_compare_and_set(atom, one, s.int(2).unwrap()).unwrap());
            assert!(!s.atom_compare_and_set(atom, one, s.int(3).unwrap()).unwrap());
            assert_eq!(s.as_int(s.atom_load(atom)), Some(2));
            let cell = s.cell(Value::UNBOUND).unwrap();
            assert_eq!(s.as_int(s.cell_set(cell, Value::UNBOUND, Value::TRUE).unwrap()), None);
            assert!(s.cell_set(cell, Value::UNBOUND, Value::FALSE).unwrap().is_truthy());
        });
    }

    #[test]
    fn a_failing_function_or_validator_changes_nothing() {
        let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let atom = s.atom(s.int(1).unwrap()).unwrap();
            let failed = s.atom_swap(atom, |_| Err(OutOfMemory));
            assert_eq!(failed.map(|_| ()), Err(OutOfMemory));
            let mut watched = 0;
            let two = s.int(2).unwrap();
            let refused = s.atom_swap_validated(atom, |_| Ok(two), |_| Err(OutOfMemory), |_, _| watched += 1);
            assert!(refused.is_err() && watched == 0);
            assert_eq!(s.as_int(s.atom_load(atom)), Some(1));
            let mut seen = None;
            let done = s.atom_swap_validated::<OutOfMemory>(
                atom,
                |_| Ok(two),
                |new| {
                    assert_eq!((s.as_int(new), s.as_int(s.atom_load(atom))), (Some(2), Some(1)));
                    Ok(())
                },
                |old, new| seen = s.as_int(old).zip(s.as_int(new)),
            );
            assert_eq!((done.is_ok(), seen, s.as_int(s.atom_load(atom))), (true, Some((1, 2)), Some(2)));
        });
    }
}
