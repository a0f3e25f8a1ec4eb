//! Marking: finds what lives in the old space, from a snapshot at the beginning.
//!
//! Enter at [`Marker::reach`] and [`Marker::run`]. The roots are the published slots and what the mutators tell of
//! their root stacks and nurseries (`safepoint.rs`). All that lived when these were scanned and all that was taken since
//! counts as live. Values refer to older values only, so the one way to lose what lived is to load it from an
//! atom and to overwrite it there: whoever overwrites an atom or a shared cell meanwhile logs what it held
//! (`MutatorCore::log_store`). Atoms need no table: they live while something refers to them.
//!
//! Invariant: when the stack is full, an object that is marked but not wholly scanned has its block noted; such
//! blocks are scanned again until there is none.

use crate::arena::{Arena, BLOCK_WORDS, OLD};
use crate::core::HeapCore;
use crate::object;
use alloc::vec::Vec;

/// Entries of the mark stack: at first, and at most while a collection needs more (1 MiB).
const STACK: usize = 4 * 1024;
const STACK_MAX: usize = 128 * 1024;
/// Entries of the log that are taken in one go.
const LOG: usize = 1024;
/// Fields noted at first, and at most (8 MiB).
const SLOTS: usize = 1024;
const SLOTS_MAX: usize = 2 * 1024 * 1024;
/// Fields of an object that are scanned in one go.
const FIELDS: usize = 512;
/// Objects that are on their way from memory before they are scanned.
const AHEAD: usize = 16;

pub(crate) struct Marker {
    /// Objects to scan, and from which field on (in the upper half).
    stack: Vec<u64>,
    capacity: usize,
    /// Whether some block is noted.
    overflowed: bool,
    /// Where the pass over noted blocks goes on, if one is under way.
    pass: Option<usize>,
    /// Words of the objects found so far.
    pub(crate) words: usize,
    /// Fields that refer into blocks to be evacuated.
    pub(crate) slots: Vec<u32>,
    /// There was no room to note one: nothing can be moved.
    pub(crate) lost_slots: bool,
}

impl Marker {
    pub(crate) fn new() -> Marker {
        Marker {
            stack: Vec::with_capacity(STACK),
            capacity: STACK_MAX,
            overflowed: false,
            pass: None,
            words: 0,
            slots: Vec::new(),
            lost_slots: false,
        }
    }

    /// A marker whose stack overflows often, for tests.
    #[cfg(test)]
    pub(crate) fn set_capacity(&mut self, capacity: usize) {
        self.capacity = capacity;
    }

    /// Begins anew.
    pub(crate) fn reset(&mut self) {
        self.stack.clear();
        self.stack.shrink_to(STACK);
        (self.overflowed, self.pass, self.words) = (false, None, 0);
        self.slots.clear();
        self.lost_slots = false;
    }

    /// Takes some of what mutators logged, and says whether there is something to do then.
    pub(crate) fn has_work(&mut self, heap: &HeapCore) -> bool {
        let (log, is_all) = {
            let mut log = heap.collector.log.lock();
            let rest = log.len().saturating_sub(LOG);
            (log.split_off(rest), rest == 0)
        };
        for word in log {
            match word & 3 {
                0 => self.reach(&heap.arena, word),
                _ => self.note_slot(word as usize / 8),
            }
        }
        !is_all || !self.stack.is_empty() || self.overflowed || self.pass.is_some()
    }

    /// Takes the places that mutators logged.
    pub(crate) fn take_places(&mut self, heap: &HeapCore) {
        for entry in core::mem::take(&mut *heap.collector.log.lock()) {
            if entry & 3 != 0 {
                self.note_slot(entry as usize / 8);
            }
        }
    }

    /// Scans what `left` allows, in units of about one small object. Returns whether all is marked that was
    /// reached, as far as the log has arrived.
    pub(crate) fn run(&mut self, heap: &HeapCore, left: &mut isize) -> bool {
        let arena = &heap.arena;
        // Between the stack and the scan: no entry is 0.
        let (mut ahead, mut oldest) = ([0; AHEAD], 0);
        let is_done = self.scan_all(heap, &mut ahead, &mut oldest, left);
        for entry in ahead.into_iter().filter(|entry| *entry != 0) {
            self.push(arena, entry as u32 as usize, (entry >> 32) as usize);
        }
        is_done
    }

    fn scan_all(
        &mut self,
        heap: &HeapCore,
        ahead: &mut [u64; AHEAD],
        oldest: &mut usize,
        left: &mut isize,
    ) -> bool {
        let arena = &heap.arena;
        while *left > 0 {
            let next = self.stack.pop();
            if let Some(entry) = next {
                arena.prefetch(entry as u32 as usize);
            }
            let entry = core::mem::replace(&mut ahead[*oldest], next.unwrap_or(0));
            *oldest = (*oldest + 1) % AHEAD;
            if entry != 0 {
                *left -= self.scan(arena, entry as u32 as usize, (entry >> 32) as usize, FIELDS);
                continue;
            }
            if next.is_some() || ahead.iter().any(|entry| *entry != 0) {
                continue;
            }
            let from = match self.pass {
                Some(from) => from,
                None if core::mem::take(&mut self.overflowed) => arena.block_range().start,
                None => match self.has_work(heap) {
                    true => {
                        *left -= LOG as isize / 8;
                        continue;
                    }
                    false => return true,
                },
            };
            *left -= 1;
            let until = arena.block_range().end.min(from + 1024);
            let noted = (from..until).find(|b| arena.state(*b) >= OLD && arena.rescan(*b));
            if let Some(block) = noted {
                arena.set_rescan(block, false);
                arena.for_each_marked(block, |at| *left -= self.scan(arena, at, 0, usize::MAX));
            }
            let next = noted.map_or(until, |block| block + 1);
            self.pass = (next < arena.block_range().end).then_some(next);
        }
        false
    }

    /// Marks what a word refers to in the old space, and notes it for `run`.
    #[inline]
    pub(crate) fn reach(&mut self, arena: &Arena, word: u64) {
        if word & 3 != 0 {
            return;
        }
        let at = word as usize / 8;
        if !arena.is_fresh(at / BLOCK_WORDS) && arena.mark(at) {
            self.push(arena, at, 0);
        }
    }

    /// Notes a field that refers into a block to be evacuated.
    pub(crate) fn note_slot(&mut self, at: usize) {
        let slots = &mut self.slots;
        let fits = slots.len() < SLOTS_MAX
            && (slots.len() < slots.capacity() || slots.try_reserve(slots.len() + SLOTS).is_ok());
        if fits {
            slots.push(at as u32);
        } else {
            self.lost_slots = true;
        }
    }

    #[inline]
    fn push(&mut self, arena: &Arena, at: usize, field: usize) {
        let stack = &mut self.stack;
        let fits = stack.len() < self.capacity
            && (stack.len() < stack.capacity() || stack.try_reserve(STACK).is_ok());
        if fits {
            stack.push(at as u64 | (field as u64) << 32);
        } else {
            arena.set_rescan(at / BLOCK_WORDS, true);
            self.overflowed = true;
        }
    }

    /// Scans some fields of an object. Returns the cost.
    #[inline]
    fn scan(&mut self, arena: &Arena, at: usize, field: usize, fields: usize) -> isize {
        let header = arena.load(at);
        if field == 0 {
            let words = object::object_words(header);
            self.words += words;
            if arena.state(at / BLOCK_WORDS) == OLD {
                arena.mark_lines(at, words);
            }
        }
        let range = object::reference_range(header, || arena.load(at + 1));
        let from = range.start + field;
        let until = range.end.min(from.saturating_add(fields));
        if until < range.end {
            self.push(arena, at, until - range.start);
        }
        // What lies in a chosen block is put right with the copies, or with what stays.
        let moves = arena.is_chosen(at / BLOCK_WORDS);
        for index in from..until {
            let word = arena.load_shared(at + 1 + index);
            if word & 3 == 0 {
                if arena.is_chosen(word as usize / 8 / BLOCK_WORDS) && !moves {
                    self.note_slot(at + 1 + index);
                }
                self.reach(arena, word);
            }
        }
        1 + until.saturating_sub(from) as isize / 8
    }
}

#[cfg(test)]
mod tests {
    use crate::{Heap, Region, Scope, Value};

    #[test]
    fn a_full_stack_loses_nothing() {
        fn tree<'s>(s: Scope<'s>, depth: u64) -> Value<'s> {
            let children: alloc::vec::Vec<_> =
                (0..if depth == 0 { 0 } else { 6 }).map(|_| tree(s, depth - 1)).collect();
            s.record(1, &children, &[depth]).unwrap()
        }
        let heap = Heap::new(Region::allocate(8 << 20)).unwrap();
        heap.set_torture(true);
        let mut mutator = heap.mutator();
        mutator.enter(|s| {
            s.root_push(tree(s, 6));
            s.root_push(s.atom(tree(s, 6)).unwrap());
            s.root_push(s.record(2, &[tree(s, 2); 5000], &[]).unwrap());
        });
        let mut live = alloc::vec::Vec::new();
        for capacity in [super::STACK_MAX, 0, 1, 10] {
            heap.0.collector.work.lock().marker.set_capacity(capacity);
            assert!(heap.collect());
            heap.verify().unwrap();
            live.push(heap.stats().old_live_bytes);
        }
        assert!(live[1] > 0 && live[1..].iter().all(|bytes| *bytes == live[1]), "{live:?}");
    }
}
