//! Marking: finds what lives in the old space, from a snapshot at the beginning.
//!
//! Enter at [`Marker::reach`] and [`Marker::run`]. The roots are the published slots and what the mutators tell of
//! their root stacks and nurseries (`safepoint.rs`). All that lived when these were scanned and all that was taken since
//! counts as live. Values refer to older values only, so the one way to lose what lived is to load it from an
//! atom and to overwrite it there: whoever overwrites an atom or a shared cell meanwhile logs what it held
//! (`MutatorCore::log_store`). Atoms need no table: they live while something refers to them.
//!
//! What an object refers to goes onto the stack unmarked, and is marked when it comes to be scanned: by then the
//! lines of memory that tell of it, asked for when it left the stack, have arrived.
//!
//! Invariant: when the stack is full, an object that is marked but not wholly scanned has its block noted; such
//! blocks are scanned again until there is none.

use crate::arena::{Arena, BLOCK_WORDS, OLD};
use crate::core::HeapCore;
use crate::object;
use crate::segments::Segments;
use alloc::vec::Vec;

/// Entries of the mark stack at most (1 MiB), and in a segment of it.
const STACK_MAX: usize = 128 * 1024;
const STACK_SEGMENT: usize = 2 * 1024;
/// Entries of the log that are taken in one go, and places that are put right.
const LOG: usize = 64;
const PLACES: usize = 16;
/// Fields noted at most (8 MiB), and in a segment.
const SLOTS_MAX: usize = 2 * 1024 * 1024;
const SLOTS_SEGMENT: usize = 4 * 1024;
/// Fields of an object that are scanned in one go.
const FIELDS: usize = 256;
/// Blocks that a pass looks at in one go.
const BLOCKS_AT_ONCE: usize = 256;
/// Costs in units of marking one small object: of an entry of the log, of a place that is put right; and how many fields
/// cost as much.
const ENTRY_COST: isize = 2;
const PLACE_COST: isize = 3;
const FIELDS_A_UNIT: isize = 8;
/// Objects that are on their way from memory before they are scanned.
const AHEAD: usize = 16;

/// Something to scan: an object, or with `REST` what is left of one.
#[derive(Clone, Copy, Default)]
struct Entry {
    at: u32,
    /// The field that refers to it, or 0; of a rest, its first field.
    from: u32,
}

/// Lies under an entry that is a rest: no object is there.
const REST: Entry = Entry { at: 0, from: 1 };

/// A pass over noted blocks.
#[derive(Clone, Copy)]
struct Pass {
    block: usize,
    /// An object of the block, and the field to go on with.
    object: Option<(usize, usize)>,
}

pub(crate) struct Marker {
    stack: Segments<Entry, STACK_SEGMENT>,
    capacity: usize,
    /// What was logged and taken from the collector's log.
    log: Vec<u64>,
    /// Whether some block is noted.
    overflowed: bool,
    /// Where the pass over noted blocks goes on, if one is under way.
    pass: Option<Pass>,
    /// Words of the objects found so far.
    pub(crate) words: usize,
    /// Whether any block is to be evacuated.
    pub(crate) moves: bool,
    /// Fields that refer into blocks to be evacuated.
    pub(crate) slots: Segments<u32, SLOTS_SEGMENT>,
    /// There was no room to note one: nothing can be moved.
    pub(crate) lost_slots: bool,
}

impl Marker {
    pub(crate) fn new() -> Marker {
        Marker {
            stack: Segments::new(),
            capacity: STACK_MAX,
            log: Vec::new(),
            overflowed: false,
            pass: None,
            words: 0,
            moves: false,
            slots: Segments::new(),
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
        self.log.clear();
        (self.overflowed, self.pass, self.words, self.moves) = (false, None, 0, false);
        self.slots.clear();
        self.lost_slots = false;
    }

    /// The next entries of the log, some at a time.
    fn take_log(&mut self, heap: &HeapCore, mut visit: impl FnMut(&mut Marker, u64)) {
        if self.log.is_empty() {
            self.log = heap.collector.log.lock().pop().unwrap_or_default();
        }
        let rest = self.log.len().saturating_sub(LOG);
        let mut log = core::mem::take(&mut self.log);
        log.drain(rest..).for_each(|entry| visit(self, entry));
        self.log = log;
    }

    /// Takes some of what mutators logged, and says whether there is something to do then.
    pub(crate) fn has_work(&mut self, heap: &HeapCore) -> bool {
        self.take_log(heap, |marker, word| match word & 3 {
            0 => marker.reach(&heap.arena, word),
            _ => marker.note_slot(word as usize / 8),
        });
        !self.stack.is_empty()
            || self.overflowed
            || self.pass.is_some()
            || !self.log.is_empty()
            || !heap.collector.log.lock().is_empty()
    }

    /// Calls `visit` with some of the places that are noted or that mutators logged. Returns the cost, or nothing when that was
    /// all.
    pub(crate) fn take_places(&mut self, heap: &HeapCore, mut visit: impl FnMut(usize)) -> Option<isize> {
        let mut count = 0;
        while count < PLACES
            && let Some(at) = self.slots.pop()
        {
            visit(at as usize);
            count += 1;
        }
        if count > 0 {
            return Some(count as isize * PLACE_COST);
        }
        self.take_log(heap, |_, entry| {
            count += 1;
            if entry & 3 != 0 {
                visit(entry as usize / 8);
            }
        });
        (count > 0).then_some(count as isize * PLACE_COST)
    }

    /// Scans what `left` allows, in units of about one small object. Returns whether all is marked that was
    /// reached, as far as the log has arrived.
    pub(crate) fn run(&mut self, heap: &HeapCore, left: &mut isize) -> bool {
        let arena = &heap.arena;
        // Between the stack and the scan.
        let (mut ahead, mut oldest) = ([Entry::default(); AHEAD], 0);
        let is_done = self.scan_all(heap, &mut ahead, &mut oldest, left);
        for entry in ahead.into_iter().filter(|entry| entry.at != 0) {
            self.push(arena, entry);
        }
        is_done
    }

    fn scan_all(
        &mut self,
        heap: &HeapCore,
        ahead: &mut [Entry; AHEAD],
        oldest: &mut usize,
        left: &mut isize,
    ) -> bool {
        let arena = &heap.arena;
        while *left > 0 {
            let next = self.stack.pop();
            if let Some(entry) = next {
                if entry.at == 0 {
                    self.scan_rest(arena, left);
                    continue;
                }
                arena.prefetch(entry.at as usize);
                arena.prefetch_mark(entry.at as usize);
            }
            let entry = core::mem::replace(&mut ahead[*oldest], next.unwrap_or_default());
            *oldest = (*oldest + 1) % AHEAD;
            if entry.at != 0 {
                *left -= 1;
                if self.visit(arena, entry) {
                    self.scan(arena, entry.at as usize, left);
                }
                continue;
            }
            if next.is_some() || ahead.iter().any(|entry| entry.at != 0) {
                continue;
            }
            match self.pass {
                Some(pass) => self.pass = self.scan_again(arena, pass, left),
                None if core::mem::take(&mut self.overflowed) => {
                    self.pass = Some(Pass { block: arena.block_range().start, object: None });
                }
                None => match self.has_work(heap) {
                    true => *left -= LOG as isize * ENTRY_COST,
                    false => return true,
                },
            }
        }
        false
    }

    /// Goes on with the pass over noted blocks. Returns where it goes on then.
    fn scan_again(&mut self, arena: &Arena, pass: Pass, left: &mut isize) -> Option<Pass> {
        *left -= 1;
        let end = arena.block_range().end;
        let (block, next) = match pass.object {
            Some((at, field)) => {
                if let Some(field) = self.scan_fields(arena, at, field, left) {
                    return Some(Pass { object: Some((at, field)), ..pass });
                }
                (pass.block, at + 1)
            }
            None => {
                let until = end.min(pass.block + BLOCKS_AT_ONCE);
                let noted = (pass.block..until).find(|b| arena.state(*b) >= OLD && arena.rescan(*b));
                let Some(block) = noted else {
                    return (until < end).then_some(Pass { block: until, object: None });
                };
                arena.set_rescan(block, false);
                (block, block * BLOCK_WORDS)
            }
        };
        let Some(at) = arena.next_marked(block, next) else {
            return (block + 1 < end).then_some(Pass { block: block + 1, object: None });
        };
        self.count(arena, at);
        Some(Pass { block, object: Some((at, 0)) })
    }

    /// Marks what a word refers to in the old space, and notes it for `run`.
    #[inline]
    pub(crate) fn reach(&mut self, arena: &Arena, word: u64) {
        let at = word as usize / 8;
        if word & 3 == 0 && !arena.is_fresh(at / BLOCK_WORDS) && !arena.is_marked(at) {
            self.push(arena, Entry { at: at as u32, from: 0 });
        }
    }

    /// Notes a field that refers into a block to be evacuated.
    fn note_slot(&mut self, at: usize) {
        if self.slots.len() == SLOTS_MAX || !self.slots.push(at as u32) {
            self.lost_slots = true;
        }
    }

    #[inline]
    fn push(&mut self, arena: &Arena, entry: Entry) {
        if self.stack.len() >= self.capacity || !self.stack.push(entry) {
            self.overflow(arena, entry);
        }
    }

    #[cold]
    fn overflow(&mut self, arena: &Arena, entry: Entry) {
        if self.visit(arena, entry) {
            self.note_block(arena, entry.at as usize);
        }
    }

    /// Notes the block of an object that is marked, to be scanned again.
    fn note_block(&mut self, arena: &Arena, at: usize) {
        arena.set_rescan(at / BLOCK_WORDS, true);
        self.overflowed = true;
    }

    /// Marks an object. Returns whether it has to be scanned.
    #[inline]
    fn visit(&mut self, arena: &Arena, entry: Entry) -> bool {
        let (at, from) = (entry.at as usize, entry.from as usize);
        let block = at / BLOCK_WORDS;
        // What lies in a chosen block is put right with the copies, or with what stays.
        if self.moves && arena.is_chosen(block) && from != 0 && !arena.is_chosen(from / BLOCK_WORDS) {
            self.note_slot(from);
        }
        !arena.is_fresh(block) && arena.mark(at)
    }

    /// Scans an object from its beginning.
    #[inline]
    fn scan(&mut self, arena: &Arena, at: usize, left: &mut isize) {
        self.count(arena, at);
        if let Some(field) = self.scan_fields(arena, at, 0, left) {
            self.push_rest(arena, at, field);
        }
    }

    /// Counts what lives.
    #[inline]
    fn count(&mut self, arena: &Arena, at: usize) {
        let words = object::object_words(arena.load(at));
        self.words += words;
        if arena.state(at / BLOCK_WORDS) == OLD {
            arena.mark_lines(at, words);
        }
    }

    /// Scans what is left of an object, which lies on the stack under `REST`.
    #[cold]
    fn scan_rest(&mut self, arena: &Arena, left: &mut isize) {
        let Some(Entry { at, from }) = self.stack.pop() else { return };
        if let Some(field) = self.scan_fields(arena, at as usize, from as usize, left) {
            self.push_rest(arena, at as usize, field);
        }
    }

    #[cold]
    fn push_rest(&mut self, arena: &Arena, at: usize, field: usize) {
        let rest = Entry { at: at as u32, from: field as u32 };
        if self.stack.len() + 2 <= self.capacity && self.stack.push(rest) {
            if self.stack.push(REST) {
                return;
            }
            self.stack.pop();
        }
        self.note_block(arena, at);
    }

    /// Puts what some fields of an object refer to onto the stack. Returns the field to go on with, if any.
    #[inline]
    fn scan_fields(&mut self, arena: &Arena, at: usize, field: usize, left: &mut isize) -> Option<usize> {
        let object::Fields { values: range, pairs } = object::fields(arena.load(at), || arena.load(at + 1));
        let from = range.start + field;
        let until = range.end.min(from + FIELDS);
        for index in from..until {
            let word = arena.load_shared(at + 1 + index);
            if word & 3 == 0 {
                self.push(arena, Entry { at: (word / 8) as u32, from: (at + 1 + index) as u32 });
            }
        }
        // An object that holds pairs is scanned in one go.
        *left -= pairs.len() as isize / (FIELDS_A_UNIT / 2);
        for index in pairs {
            for word in object::split_pair(arena.load(at + 1 + index)).into_iter().filter(|word| *word != 0) {
                self.push(arena, Entry { at: (word / 8) as u32, from: (at + 1 + index) as u32 });
            }
        }
        *left -= until.saturating_sub(from) as isize / FIELDS_A_UNIT;
        (until < range.end).then_some(until - range.start)
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
