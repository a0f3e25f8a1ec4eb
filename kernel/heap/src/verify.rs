//! The verifier: walks everything that lives and says which invariant is broken where.
//!
//! Enter at [`Heap::verify`]. A plain trace of its own, independent of the collector's marking but for the
//! mark bits that it borrows.

use crate::arena::{BLOCK_WORDS, OLD, OLD_LARGE, POISON, YOUNG, YOUNG_LARGE};
use crate::core::{Heap, HeapCore};
use crate::mutator::MutatorCore;
use crate::object;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

impl Heap {
    /// Checks the whole heap while no scope is open: every reference lands on the header of a live object,
    /// objects do not overlap, the old space never refers to a nursery, a nursery only to its own. For tests;
    /// an error also when a scope stays open, as when called inside one.
    pub fn verify(&self) -> Result<(), String> {
        let _work = self.0.collector.work.lock();
        if !self.0.stop() {
            return Err("a scope stays open".into());
        }
        self.0.give_up_marking();
        self.0.arena.clear_marks(YOUNG..=OLD_LARGE);
        let result = Verifier { heap: &self.0, stack: Vec::new() }.run();
        self.0.arena.clear_marks(YOUNG..=OLD_LARGE);
        self.0.gate.open();
        result
    }
}

struct Verifier<'a> {
    heap: &'a HeapCore,
    stack: Vec<usize>,
}

impl Verifier<'_> {
    fn run(mut self) -> Result<(), String> {
        let mut result = Ok(());
        self.heap.slots.for_each_word(|word| {
            if result.is_ok() {
                result = self.reach(word, None, "a published slot").and_then(|()| self.trace(None));
            }
        });
        self.heap.for_each_mutator(|mutator| {
            let roots = mutator.with_roots(|roots| roots.clone());
            for (index, word) in roots.into_iter().enumerate() {
                if result.is_ok() {
                    result = self
                        .reach(word, Some(mutator), &format!("root {index}"))
                        .and_then(|()| self.trace(Some(mutator)));
                }
            }
        });
        result?;
        self.no_overlap()
    }

    fn trace(&mut self, owner: Option<&MutatorCore>) -> Result<(), String> {
        let arena = &self.heap.arena;
        while let Some(at) = self.stack.pop() {
            let header = arena.load(at);
            // The old space refers to itself only.
            let owner = if arena.is_old(at) { None } else { owner };
            let from = || format!("{:?} at word {at}", object::Kind::of_header(header));
            for index in object::reference_range(header, || arena.load(at + 1)) {
                self.reach(arena.load(at + 1 + index), owner, &format!("field {index} of {}", from()))?;
            }
            if owner.is_some()
                && let Some(newer) = object::header_forwarding(header)
            {
                self.reach(newer as u64 * 8, owner, &format!("the forwarding of {}", from()))?;
            }
        }
        Ok(())
    }

    /// Checks one word and notes the object it refers to.
    fn reach(&mut self, word: u64, owner: Option<&MutatorCore>, from: &str) -> Result<(), String> {
        if word & 3 != 0 {
            return Ok(());
        }
        let arena = &self.heap.arena;
        let at = word as usize / 8;
        if !word.is_multiple_of(8) || word == 0 || !arena.contains(at) {
            let what = if word == POISON { "poison" } else { "no reference" };
            return Err(format!("{from} holds {word:#x}, {what}"));
        }
        let state = arena.state(at / BLOCK_WORDS);
        let header = arena.load(at);
        let end = at % BLOCK_WORDS + object::object_words(header);
        let lands = match state {
            OLD => end <= BLOCK_WORDS,
            OLD_LARGE | YOUNG_LARGE => {
                at.is_multiple_of(BLOCK_WORDS) && end <= arena.span(at / BLOCK_WORDS) * BLOCK_WORDS
            }
            YOUNG => end <= BLOCK_WORDS && arena.is_taken(at),
            _ => false,
        };
        if !lands || !object::is_object_header(header) {
            return Err(format!(
                "{from} leads to word {at} in a block of state {state}, with header {header:#x}"
            ));
        }
        if state < OLD {
            match owner {
                None => return Err(format!("{from}, which is shared, refers to a nursery (word {at})")),
                Some(owner) if !owner.owns(at) => {
                    return Err(format!("{from} refers to another nursery (word {at})"));
                }
                Some(_) => {}
            }
        }
        if arena.mark(at) {
            self.stack.push(at);
        }
        Ok(())
    }

    fn no_overlap(&self) -> Result<(), String> {
        let arena = &self.heap.arena;
        for block in arena.block_range() {
            if !matches!(arena.state(block), OLD | YOUNG) {
                continue;
            }
            let (mut last, mut end, mut result) = (0, 0, Ok(()));
            arena.for_each_marked(block, |at| {
                if at < end {
                    result = Err(format!("the objects at words {last} and {at} overlap"));
                }
                last = at;
                end = at + object::object_words(arena.load(at));
            });
            result?;
        }
        Ok(())
    }
}

impl MutatorCore {
    /// Whether a young object lies in this nursery.
    fn owns(&self, at: usize) -> bool {
        let chunks = self.chunks.take();
        let in_chunk = chunks.iter().any(|chunk| (chunk.first..chunk.used).contains(&at));
        self.chunks.set(chunks);
        let large = self.large.take();
        let in_large = large.contains(&(at / BLOCK_WORDS));
        self.large.set(large);
        in_chunk || in_large || (self.chunk_first.get()..self.bump.get()).contains(&at)
    }
}
