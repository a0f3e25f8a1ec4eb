//! Marking: finds what lives in the old space, from a snapshot at the beginning.
//!
//! Enter at [`Marker::snapshot`], then [`Marker::run`] until it says that it is done. The snapshot is taken while no scope is
//! open: the roots are the published slots, the mutators' root stacks and what these reach in the nurseries,
//! so a parked mutator is scanned where it lies. Then mutators may go on while slices of `run` mark: all that
//! lived at the snapshot and all that was taken since counts as live. Values refer to older values only, so
//! the one way to lose what lived is to load it from an atom and to overwrite it there: whoever overwrites
//! an atom or a shared cell meanwhile logs what it held (`MutatorCore::log_overwritten`). Atoms need no table: they live while
//! something refers to them.
//!
//! Invariant: when a stack is full, an object that is marked but not scanned has its block noted; such
//! blocks are scanned again until there is none.

use crate::arena::{Arena, BLOCK_WORDS, OLD, OLD_LARGE, YOUNG, YOUNG_LARGE};
use crate::core::HeapCore;
use crate::mutator::MutatorCore;
use crate::object;
use alloc::vec::Vec;

/// Entries of a mark stack: at first, and at most while a collection needs more (1 MiB).
const STACK: usize = 4 * 1024;
const STACK_MAX: usize = 128 * 1024;
/// A scope does not keep more of the log than this to itself.
const LOG: usize = 1024;

pub(crate) struct Marker {
    /// Old objects to scan.
    stack: Vec<usize>,
    /// Young objects to scan, during the snapshot.
    young: Vec<usize>,
    capacity: usize,
    /// Whether some old, or some young block is noted.
    overflowed: bool,
    young_overflowed: bool,
    /// Where the pass over noted old blocks goes on, if one is under way.
    pass: Option<usize>,
}

impl Marker {
    pub(crate) fn new() -> Marker {
        Marker {
            stack: Vec::with_capacity(STACK),
            young: Vec::with_capacity(STACK),
            capacity: STACK_MAX,
            overflowed: false,
            young_overflowed: false,
            pass: None,
        }
    }

    /// A marker whose stack overflows often, for tests.
    #[cfg(test)]
    pub(crate) fn set_capacity(&mut self, capacity: usize) {
        self.capacity = capacity;
    }

    /// Forgets the marks of the last collection. Scopes may be open.
    pub(crate) fn prepare(&mut self, arena: &Arena) {
        self.stack.clear();
        self.stack.shrink_to(STACK);
        self.young.shrink_to(STACK);
        (self.overflowed, self.pass) = (false, None);
        arena.clear_marks(OLD..=OLD_LARGE);
    }

    /// Marks what the roots refer to in the old space, and notes it for `run`. No scope is open.
    pub(crate) fn snapshot(&mut self, heap: &HeapCore) {
        let arena = &heap.arena;
        arena.forget_lines();
        heap.slots.for_each_word(|word| self.reach(arena, word));
        heap.for_each_mutator(|mutator| {
            let count = mutator.with_roots(|roots| roots.len());
            for index in 0..count {
                self.reach(arena, mutator.with_roots(|roots| roots[index]));
                self.drain_young(arena);
            }
        });
        while core::mem::take(&mut self.young_overflowed) {
            for block in arena.block_range() {
                if arena.state(block) < OLD && arena.rescan(block) {
                    arena.set_rescan(block, false);
                    arena.for_each_marked(block, |at| {
                        self.scan_young(arena, at);
                        self.drain_young(arena);
                    });
                }
            }
        }
        arena.clear_marks(YOUNG..=YOUNG_LARGE);
    }

    /// Scans up to about `budget` objects. Returns whether everything is marked that lived at the snapshot,
    /// as far as the log of overwritten words has arrived.
    pub(crate) fn run(&mut self, heap: &HeapCore, mut budget: usize) -> bool {
        let arena = &heap.arena;
        while budget > 0 {
            if let Some(at) = self.stack.pop() {
                self.scan_old(arena, at);
                budget -= 1;
                continue;
            }
            let log = core::mem::take(&mut *heap.collector.log.lock());
            if !log.is_empty() {
                log.iter().for_each(|word| self.reach_old(arena, *word as usize / 8));
                continue;
            }
            let from = match self.pass {
                Some(from) => from,
                None if !core::mem::take(&mut self.overflowed) => return true,
                None => arena.block_range().start,
            };
            let noted = (from..arena.block_range().end).find(|b| arena.state(*b) >= OLD && arena.rescan(*b));
            self.pass = noted;
            if let Some(block) = noted {
                arena.set_rescan(block, false);
                arena.for_each_marked(block, |at| {
                    self.scan_old(arena, at);
                    budget = budget.saturating_sub(1);
                });
            }
        }
        false
    }

    #[inline]
    fn reach(&mut self, arena: &Arena, word: u64) {
        if word & 3 != 0 {
            return;
        }
        let at = word as usize / 8;
        if arena.is_old(at) {
            self.reach_old(arena, at);
        } else if arena.mark(at) && !push(&mut self.young, at, self.capacity) {
            arena.set_rescan(at / BLOCK_WORDS, true);
            self.young_overflowed = true;
        }
    }

    #[inline]
    fn reach_old(&mut self, arena: &Arena, at: usize) {
        let block = at / BLOCK_WORDS;
        if !arena.is_fresh(block) && arena.mark(at) && !push(&mut self.stack, at, self.capacity) {
            arena.set_rescan(block, true);
            self.overflowed = true;
        }
    }

    fn drain_young(&mut self, arena: &Arena) {
        while let Some(at) = self.young.pop() {
            self.scan_young(arena, at);
        }
    }

    fn scan_young(&mut self, arena: &Arena, at: usize) {
        let header = arena.load(at);
        // It may have been promoted: its readers may hold either.
        if let Some(newer) = object::header_forwarding(header) {
            self.reach(arena, newer as u64 * 8);
        }
        for index in object::reference_range(header, || arena.load(at + 1)) {
            self.reach(arena, arena.load(at + 1 + index));
        }
    }

    #[inline]
    fn scan_old(&mut self, arena: &Arena, at: usize) {
        let header = arena.load(at);
        if arena.state(at / BLOCK_WORDS) == OLD {
            arena.mark_lines(at, object::object_words(header));
        }
        for index in object::reference_range(header, || arena.load(at + 1)) {
            let word = arena.load_shared(at + 1 + index);
            if word & 3 == 0 {
                self.reach_old(arena, word as usize / 8);
            }
        }
    }
}

/// Pushes an entry if there is room, or room to be had.
#[inline]
fn push(stack: &mut Vec<usize>, at: usize, capacity: usize) -> bool {
    let fits = stack.len() < capacity && (stack.len() < stack.capacity() || stack.try_reserve(STACK).is_ok());
    if fits {
        stack.push(at);
    }
    fits
}

impl MutatorCore {
    /// Tells the marker, if one is at work, what an atom or a shared cell held: the only write barrier.
    #[inline]
    pub(crate) fn log_overwritten(&self, word: u64) {
        let arena = &self.heap.0.arena;
        if word & 3 == 0 && arena.is_marking() {
            let at = word as usize / 8;
            if !arena.is_fresh(at / BLOCK_WORDS) && !arena.is_marked(at) {
                let mut log = self.log.take();
                log.push(word);
                self.log.set(log);
                if self.log_is_long() {
                    self.flush_log();
                }
            }
        }
    }

    fn log_is_long(&self) -> bool {
        let log = self.log.take();
        let is_long = log.len() >= LOG;
        self.log.set(log);
        is_long
    }

    /// Hands the log to the marker: at the latest at the end of the scope.
    pub(crate) fn flush_log(&self) {
        let mut log = self.log.take();
        if !log.is_empty() {
            self.heap.0.collector.log.lock().append(&mut log);
        }
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
        });
        let mut live = alloc::vec::Vec::new();
        for capacity in [super::STACK_MAX, 0, 1, 10] {
            heap.0.collector.work.lock().set_capacity(capacity);
            assert!(heap.collect());
            heap.verify().unwrap();
            live.push(heap.stats().old_live_bytes);
        }
        assert!(live[1] > 0 && live[1..].iter().all(|bytes| *bytes == live[1]), "{live:?}");
    }
}
