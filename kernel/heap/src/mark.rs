//! Marking: finds what lives, from the roots, with an explicit stack of bounded size.
//!
//! Enter at [`Marker::mark`]. The roots are the published slots and the mutators' root stacks; objects in
//! nurseries are marked like old ones, so a parked mutator is scanned where it lies. Atoms need no table:
//! they live while something refers to them.
//!
//! Invariant: when the stack is full, an object that is marked but not scanned has its block noted; such
//! blocks are scanned again until there is none.

use crate::arena::{Arena, BLOCK_WORDS, FREE, OLD, OLD_LARGE, TAIL};
use crate::core::HeapCore;
use crate::object;
use alloc::vec::Vec;

/// Entries of the mark stack (64 KiB).
const STACK: usize = 8 * 1024;

pub(crate) struct Marker {
    stack: Vec<usize>,
    capacity: usize,
    overflowed: bool,
}

impl Marker {
    pub(crate) fn new() -> Marker {
        Marker { stack: Vec::with_capacity(STACK), capacity: STACK, overflowed: false }
    }

    /// A marker whose stack overflows often, for tests.
    #[cfg(test)]
    pub(crate) fn set_capacity(&mut self, capacity: usize) {
        self.capacity = capacity;
    }

    /// Marks everything that lives. No scope is open.
    pub(crate) fn mark(&mut self, heap: &HeapCore) {
        let arena = &heap.arena;
        for block in arena.block_range() {
            if !matches!(arena.state(block), FREE | TAIL) {
                arena.clear_marks(block);
            }
        }
        heap.slots.for_each_word(|word| {
            self.reach(arena, word);
            self.drain(arena);
        });
        heap.for_each_mutator(|mutator| {
            let count = mutator.with_roots(|roots| roots.len());
            for index in 0..count {
                self.reach(arena, mutator.with_roots(|roots| roots[index]));
                self.drain(arena);
            }
        });
        while core::mem::take(&mut self.overflowed) {
            for block in arena.block_range() {
                if arena.rescan(block) {
                    arena.set_rescan(block, false);
                    arena.for_each_marked(block, |at| {
                        self.scan(arena, at);
                        self.drain(arena);
                    });
                }
            }
        }
    }

    #[inline]
    fn reach(&mut self, arena: &Arena, word: u64) {
        if word & 3 == 0 {
            self.reach_object(arena, word as usize / 8);
        }
    }

    #[inline]
    fn reach_object(&mut self, arena: &Arena, at: usize) {
        if arena.mark(at) {
            if self.stack.len() < self.capacity {
                self.stack.push(at);
            } else {
                arena.set_rescan(at / BLOCK_WORDS, true);
                self.overflowed = true;
            }
        }
    }

    fn drain(&mut self, arena: &Arena) {
        while let Some(at) = self.stack.pop() {
            self.scan(arena, at);
        }
    }

    #[inline]
    fn scan(&mut self, arena: &Arena, at: usize) {
        let header = arena.load(at);
        match arena.state(at / BLOCK_WORDS) {
            OLD => arena.mark_lines(at, object::object_words(header)),
            OLD_LARGE => {}
            // A young object may have been promoted: its readers may hold either.
            _ => {
                if let Some(newer) = object::header_forwarding(header) {
                    self.reach_object(arena, newer);
                }
            }
        }
        for index in object::reference_range(header, || arena.load(at + 1)) {
            self.reach(arena, arena.load(at + 1 + index));
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
        for capacity in [super::STACK, 0, 1, 10] {
            heap.0.collector.work.lock().set_capacity(capacity);
            assert!(heap.collect());
            heap.verify().unwrap();
            live.push(heap.stats().old_live_bytes);
        }
        assert!(live[1] > 0 && live[1..].iter().all(|bytes| *bytes == live[1]), "{live:?}");
    }
}
