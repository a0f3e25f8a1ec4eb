//! Weak tables: one canonical value for all that are equal, kept only as long as something else refers to it.
//!
//! Enter at [`Heap::weak_table`] and [`WeakTable::intern`]. A table is a hash table outside of the arena, behind a lock of its own;
//! its words are no roots. The collector visits it twice in a cycle: when marking is complete it *closes* all tables at once, and
//! drops entries that are not marked, a few at a time; when objects have moved it puts the words right.
//!
//! Who looks something up while the old space is being marked takes a reference that the marker may not know of, so the lookup
//! tells it, in the shared log and under the table's lock. The collector closes the tables under all their locks
//! and only if that log is empty: what was handed out before is marked then. In a closed table an entry that is not marked counts as
//! absent, so nothing dead is handed out after.
//!
//! Invariants: a table holds references to the old space only; no two live entries are equal.

use crate::core::{Heap, HeapCore};
use crate::mutator::MutatorCore;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use spin::{Mutex, MutexGuard};

/// Words of slots without an entry: never used, and no more used. Neither is a reference.
const EMPTY: u64 = 1;
const GONE: u64 = 2;
/// The least number of slots of a table that was used.
const SLOTS_MIN: usize = 16;
/// A cursor of the collector is the number of a table above this many bits, and of a slot in it.
const SLOT_BITS: u32 = 40;

/// A table that interns values without keeping them alive. Clones are the same table.
#[derive(Clone)]
pub struct WeakTable {
    heap: Heap,
    table: Arc<Mutex<Table>>,
}

#[derive(Default)]
pub(crate) struct Table {
    /// Open addressing, linear probing; a power of two of them, or none.
    slots: Vec<Slot>,
    entries: usize,
    /// Slots that are not `EMPTY`.
    used: usize,
    /// The collector is dropping what is not marked.
    is_closed: bool,
}

#[derive(Clone, Copy)]
struct Slot {
    word: u64,
    hash: u32,
}

/// The tables of a heap, as the collector knows them.
#[derive(Default)]
pub(crate) struct WeakTables(Mutex<Vec<Weak<Mutex<Table>>>>);

impl Heap {
    /// Makes an empty weak table.
    pub fn weak_table(&self) -> WeakTable {
        let table = Arc::default();
        self.0.weak.0.lock().push(Arc::downgrade(&table));
        WeakTable { heap: self.clone(), table }
    }
}

impl WeakTable {
    /// Returns the one value of this table that equals a value: itself, published, if it is the first. Immediate values
    /// are their own. What is interned leaves the table when nothing else refers to it.
    ///
    /// ```
    /// # let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
    /// let table = heap.weak_table();
    /// heap.mutator().enter(|s| {
    ///     let first = table.intern(s, s.string("name")?)?;
    ///     let again = table.intern(s, s.string("name")?)?;
    ///     assert!(first.is_identical(again));
    ///     Ok::<(), halt_heap::OutOfMemory>(())
    /// }).unwrap();
    /// heap.collect();
    /// assert!(table.is_empty());
    /// ```
    pub fn intern<'s>(&self, s: Scope<'s>, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        if !value.is_reference() {
            return Ok(value);
        }
        let hash = s.hash(value);
        if let Some(found) = self.lock(s).find(s, hash, value) {
            return Ok(found);
        }
        // Not under the lock: it may take long.
        let value = Value::from_word(s.core.promote(value.word())?);
        let mut table = self.lock(s);
        match table.find(s, hash, value) {
            Some(found) => Ok(found),
            None => {
                table.insert(s.core, Slot { word: value.word(), hash })?;
                Ok(value)
            }
        }
    }

    /// Returns the value of this table that equals a value, if there is one.
    pub fn get<'s>(&self, s: Scope<'s>, value: Value<'s>) -> Option<Value<'s>> {
        if !value.is_reference() {
            return Some(value);
        }
        let hash = s.hash(value);
        self.lock(s).find(s, hash, value)
    }

    /// How many entries there are; dead ones count until a collection finds that they are.
    pub fn len(&self) -> usize {
        self.table.lock().entries
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self, s: Scope<'_>) -> MutexGuard<'_, Table> {
        assert!(Arc::ptr_eq(&self.heap.0, &s.core.heap.0), "a weak table used in another heap");
        self.table.lock()
    }
}

impl Table {
    /// The entry that equals a value, told to the marker.
    fn find<'s>(&self, s: Scope<'s>, hash: u32, value: Value<'s>) -> Option<Value<'s>> {
        let mut at = hash as usize;
        loop {
            let slot = self.slots.get(at & self.slots.len().wrapping_sub(1))?;
            if slot.word == EMPTY {
                return None;
            }
            let is_there = slot.word > GONE && (!self.is_closed || s.core.heap.0.is_marked(slot.word));
            if is_there && slot.hash == hash && s.equal(Value::from_word(slot.word), value) {
                s.core.log_lookup(slot.word);
                return Some(Value::from_word(slot.word));
            }
            at += 1;
        }
    }

    fn insert(&mut self, core: &MutatorCore, new: Slot) -> Result<(), OutOfMemory> {
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            self.grow(core)?;
        }
        self.entries += 1;
        self.used += usize::from(place(&mut self.slots, new) == EMPTY);
        Ok(())
    }

    /// Makes a new row of slots, at most half full, without what is gone.
    fn grow(&mut self, core: &MutatorCore) -> Result<(), OutOfMemory> {
        let length = ((self.entries + 1) * 2).next_power_of_two().max(SLOTS_MIN);
        let mut slots = Vec::new();
        slots.try_reserve_exact(length).map_err(|_| OutOfMemory)?;
        slots.resize(length, Slot { word: EMPTY, hash: 0 });
        self.entries = 0;
        for slot in self.slots.iter().filter(|slot| slot.word > GONE) {
            if !self.is_closed || core.heap.0.is_marked(slot.word) {
                place(&mut slots, *slot);
                self.entries += 1;
            }
        }
        (self.slots, self.used) = (slots, self.entries);
        Ok(())
    }
}

/// Puts a slot into the first place that is free for it. Returns the word that was there.
fn place(slots: &mut [Slot], new: Slot) -> u64 {
    let mask = slots.len() - 1;
    let mut at = new.hash as usize & mask;
    while slots[at].word > GONE {
        at = (at + 1) & mask;
    }
    core::mem::replace(&mut slots[at], new).word
}

impl WeakTables {
    /// When marking seems complete: closes all tables, unless `is_quiet` says that a lookup found something new
    /// meanwhile. Returns whether they are closed; then `clear_dead` follows.
    pub(crate) fn close(&self, is_quiet: impl FnOnce() -> bool) -> bool {
        let mut tables = self.0.lock();
        tables.retain(|table| table.strong_count() > 0);
        let tables: Vec<_> = tables.iter().filter_map(Weak::upgrade).collect();
        let mut locked: Vec<_> = tables.iter().map(|table| table.lock()).collect();
        let is_quiet = is_quiet();
        locked.iter_mut().for_each(|table| table.is_closed = is_quiet);
        is_quiet
    }

    /// Drops entries that are not marked: the next `count` slots from a cursor, which begins at 0. Returns where to go on, until
    /// all tables are done and open again.
    pub(crate) fn clear_dead(&self, heap: &HeapCore, cursor: usize, count: usize) -> Option<usize> {
        self.next_slots(cursor, count, |table, slots| {
            for at in slots {
                let word = table.slots[at].word;
                if word > GONE && !heap.is_marked(word) {
                    table.slots[at].word = GONE;
                    table.entries -= 1;
                }
            }
        })
    }

    /// Calls `visit` with each word of the next `count` slots, to check it or to put it right.
    pub(crate) fn for_each_word(
        &self,
        cursor: usize,
        count: usize,
        mut visit: impl FnMut(&mut u64),
    ) -> Option<usize> {
        self.next_slots(cursor, count, |table, slots| {
            for slot in table.slots[slots].iter_mut().filter(|slot| slot.word > GONE) {
                visit(&mut slot.word);
            }
        })
    }

    /// Calls `visit` with a table and its next slots.
    fn next_slots(
        &self,
        cursor: usize,
        count: usize,
        visit: impl FnOnce(&mut Table, core::ops::Range<usize>),
    ) -> Option<usize> {
        let (number, from) = (cursor >> SLOT_BITS, cursor & ((1 << SLOT_BITS) - 1));
        let table = self.0.lock().get(number)?.upgrade();
        if let Some(table) = table {
            let mut table = table.lock();
            // It may have shrunk, or grown, which drops what is dead, too.
            let until = table.slots.len().min(from.saturating_add(count));
            visit(&mut table, from.min(until)..until);
            if until < table.slots.len() {
                return Some(cursor + count);
            }
            table.is_closed = false;
        }
        Some((number + 1) << SLOT_BITS)
    }
}

impl HeapCore {
    /// Whether an object of the old space is known to live, when marking is complete.
    pub(crate) fn is_marked(&self, word: u64) -> bool {
        let at = word as usize / 8;
        self.arena.is_fresh(at / crate::arena::BLOCK_WORDS) || self.arena.is_marked(at)
    }
}
