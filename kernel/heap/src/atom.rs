//! Atoms and cells: the only things that change, and the only ones that publish on write.
//!
//! Invariant: what an atom or a shared cell holds is published before it can be seen.

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;
use core::sync::atomic::Ordering;

impl<'s> Scope<'s> {
    /// A new atom.
    pub fn atom(self, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let value = self.core.promote(value.word())?;
        Ok(Value::reference(self.core.old_object(Kind::Atom, &[value, Value::NIL.word()])?))
    }

    /// The value of an atom: one acquire load. Panics when `atom` is none.
    #[inline]
    pub fn atom_load(self, atom: Value<'s>) -> Value<'s> {
        self.load(atom, 0, Kind::Atom)
    }

    /// Stores a value in an atom, whatever it held.
    pub fn atom_store(self, atom: Value<'s>, value: Value<'s>) -> Result<(), OutOfMemory> {
        self.store(atom, 0, value)
    }

    /// Stores `new` if the atom still holds `old` (the value that was loaded). Returns whether it did.
    pub fn atom_compare_and_set(
        self,
        atom: Value<'s>,
        old: Value<'s>,
        new: Value<'s>,
    ) -> Result<bool, OutOfMemory> {
        self.expect_kind(atom, Kind::Atom);
        let old = self.core.resolve(old.word());
        let place = self.core.atomic(atom.word(), 0);
        let committed = self.core.promote_for(new.word(), |new| {
            let stored = place.compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire).is_ok();
            if stored {
                self.core.log_store(old, new);
            }
            stored
        })?;
        self.core.note_commit(committed);
        Ok(committed)
    }

    /// Applies a pure function to an atom's value until no other writer came between. Returns the new value.
    pub fn atom_swap(
        self,
        atom: Value<'s>,
        mut next: impl FnMut(Value<'s>) -> Result<Value<'s>, OutOfMemory>,
    ) -> Result<Value<'s>, OutOfMemory> {
        loop {
            let old = self.atom_load(atom);
            let new = next(old)?;
            if self.atom_compare_and_set(atom, old, new)? {
                return Ok(Value::from_word(self.core.resolve(new.word())));
            }
        }
    }

    /// What the users of an atom keep beside its value (watches, validator, metadata); nil at first.
    pub fn atom_info(self, atom: Value<'s>) -> Value<'s> {
        self.load(atom, 1, Kind::Atom)
    }

    /// Replaces what [`atom_info`](Self::atom_info) returns.
    pub fn atom_set_info(self, atom: Value<'s>, info: Value<'s>) -> Result<(), OutOfMemory> {
        self.store(atom, 1, info)
    }

    /// A new cell, for a value that is computed later; it holds `state` until [`cell_set`](Self::cell_set).
    pub fn cell(self, state: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.values_object(Kind::Cell, &[state])
    }

    /// What a cell holds. Panics when it is none.
    #[inline]
    pub fn cell_get(self, cell: Value<'s>) -> Value<'s> {
        self.load(cell, 0, Kind::Cell)
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
            if held != old {
                return Ok(Value::from_word(held));
            }
            place.store(value.word(), Ordering::Relaxed);
            return Ok(value);
        }
        self.core.promote_for(value.word(), |new| {
            let stored = place.compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire).is_ok();
            if stored {
                self.core.log_store(old, new);
            }
            stored
        })?;
        Ok(Value::from_word(place.load(Ordering::Acquire)))
    }

    #[inline(always)]
    fn load(self, object: Value<'s>, index: usize, kind: Kind) -> Value<'s> {
        self.expect_kind(object, kind);
        let offset = self.core.resolve(object.word());
        Value::from_word(self.core.atomic(offset, index).load(Ordering::Acquire))
    }

    fn store(self, atom: Value<'s>, index: usize, value: Value<'s>) -> Result<(), OutOfMemory> {
        self.expect_kind(atom, Kind::Atom);
        let word = self.core.promote(value.word())?;
        let place = self.core.atomic(atom.word(), index);
        if self.core.asked().is_marking() {
            self.core.log_store(place.swap(word, Ordering::AcqRel), word);
        } else {
            place.store(word, Ordering::Release);
        }
        Ok(())
    }

    #[inline(always)]
    fn expect_kind(self, value: Value<'s>, kind: Kind) {
        if self.payload_of(value, kind).is_none() {
            self.wrong_kind(value, kind);
        }
    }

    #[cold]
    fn wrong_kind(self, value: Value<'s>, kind: Kind) -> ! {
        panic!("expected {kind:?}, got {:?}", self.kind(value));
    }
}

#[cfg(test)]
mod tests {
    use crate::{Heap, Region, Value};

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
}
