//! The verifier: walks everything that lives and says which invariant is broken where.
//!
//! Enter at [`Heap::verify`]. A plain trace of its own, independent of the collector's marking; a cycle of the collector
//! may be under way.

use crate::arena::{BLOCK_WORDS, OLD, OLD_FROM, OLD_LARGE, POISON, YOUNG, YOUNG_LARGE};
use crate::core::{Heap, HeapCore};
use crate::mutator::MutatorCore;
use crate::object;
use crate::scope::Scope;
use crate::shapes::Shapes;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

impl Heap {
    /// Checks the whole heap while no scope is open: every reference lands on the header of a live object,
    /// objects do not overlap, the old space never refers to a nursery, a nursery only to its own; and, from the
    /// end of marking on, what lives is marked; and collections have the shapes that they should have (`shapes.rs`). For
    /// tests; an error also when a scope stays open, as when called inside one.
    pub fn verify(&self) -> Result<(), String> {
        let reader = self.mutator();
        let cycle = self.0.collector.work.lock();
        if !self.0.stop() {
            return Err("a scope stays open".into());
        }
        let seen = self.0.verify(cycle.is_marked(), cycle.is_fixed());
        // The reader is stopped with the others: whoever stopped them may read in its name.
        let result = seen.and_then(|seen| check_shapes(Scope::new(reader.core()), &seen));
        self.0.registry.resume();
        result
    }
}

impl HeapCore {
    /// The same once all mutators are stopped. If so, all that lives in the old space should be marked, and only
    /// mutators should refer to what was moved. Returns a bit for each word, set where an object that lives begins.
    fn verify(&self, is_marked: bool, is_fixed: bool) -> Result<Vec<u64>, String> {
        let words = self.arena.bytes() / 8;
        let seen = alloc::vec![0; words.div_ceil(64)];
        Verifier { heap: self, stack: Vec::new(), seen, is_marked, is_fixed, in_moved: false }.run()
    }
}

/// Checks the shapes of the collections among the objects.
fn check_shapes(s: Scope<'_>, seen: &[u64]) -> Result<(), String> {
    let mut shapes = Shapes::new(s);
    for (index, word) in seen.iter().enumerate() {
        for bit in (0..64).filter(|bit| word >> bit & 1 == 1) {
            shapes.check(index * 64 + bit)?;
        }
    }
    Ok(())
}

struct Verifier<'a> {
    heap: &'a HeapCore,
    stack: Vec<usize>,
    /// A bit for each word: an object that was reached begins there.
    seen: Vec<u64>,
    is_marked: bool,
    is_fixed: bool,
    /// What is looked at is the original of what was moved: it is left as it was.
    in_moved: bool,
}

impl Verifier<'_> {
    fn run(mut self) -> Result<Vec<u64>, String> {
        let mut result = Ok(());
        self.heap.slots.visit(0..usize::MAX, |word| {
            if result.is_ok() {
                let word = word.load(Ordering::Acquire);
                self.in_moved = false;
                result = self.reach(word, None, "a published slot").and_then(|()| self.trace(None));
            }
        });
        let mut cursor = Some(0);
        while let Some(at) = cursor {
            cursor = self.heap.weak.for_each_word(at, usize::MAX >> 1, |word| {
                self.in_moved = false;
                // Before the sweep, tables may hold what is dead.
                if result.is_ok() && (!self.is_marked || self.heap.is_marked(*word)) {
                    result = self.reach(*word, None, "a weak table").and_then(|()| self.trace(None));
                }
            });
        }
        self.heap.registry.for_each_stopped(|mutator| {
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
        self.no_overlap()?;
        Ok(self.seen)
    }

    fn trace(&mut self, owner: Option<&MutatorCore>) -> Result<(), String> {
        let arena = &self.heap.arena;
        while let Some(at) = self.stack.pop() {
            let header = arena.load(at);
            self.in_moved = arena.forward(at as u64 * 8) != at as u64 * 8;
            // The old space refers to itself only.
            let owner = if arena.is_old(at) { None } else { owner };
            let from = || format!("{:?} at word {at}", object::Kind::of_header(header));
            let object::Fields { values, pairs } = object::fields(header, || arena.load(at + 1));
            for index in values {
                self.reach(arena.load(at + 1 + index), owner, &format!("field {index} of {}", from()))?;
            }
            for index in pairs {
                for word in
                    object::split_pair(arena.load(at + 1 + index)).into_iter().filter(|word| *word != 0)
                {
                    self.reach(word, owner, &format!("pair {index} of {}", from()))?;
                }
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
            OLD | OLD_FROM => end <= BLOCK_WORDS,
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
        if self.is_marked && state >= OLD && !arena.is_marked(at) && !arena.is_fresh(at / BLOCK_WORDS) {
            return Err(format!("{from} leads to word {at}, which lives but is not marked"));
        }
        if self.is_fixed && owner.is_none() && !self.in_moved && arena.forward(word) != word {
            return Err(format!("{from} leads to word {at}, which was moved"));
        }
        let (word, bit) = (at / 64, 1 << (at % 64));
        if self.seen[word] & bit == 0 {
            self.seen[word] |= bit;
            self.stack.push(at);
        }
        Ok(())
    }

    fn no_overlap(&self) -> Result<(), String> {
        let arena = &self.heap.arena;
        for block in arena.block_range() {
            if !matches!(arena.state(block), OLD | OLD_FROM | YOUNG) {
                continue;
            }
            let (mut last, mut end, mut result) = (0, 0, Ok(()));
            let first = block * BLOCK_WORDS;
            let begins = |at: &usize| self.seen[at / 64] >> (at % 64) & 1 == 1;
            let words = (first..first + BLOCK_WORDS).step_by(64).filter(|at| self.seen[at / 64] != 0);
            for at in words.flat_map(|word| word..word + 64).filter(begins) {
                if at < end {
                    result = Err(format!("the objects at words {last} and {at} overlap"));
                }
                last = at;
                end = at + object::object_words(arena.load(at));
            }
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
