//! A run: several objects that are allocated together, one after the other, such as the nodes of a copied path.
//!
//! Enter at [`MutatorCore::begin_run`]; then write the objects in order, each of which may refer to the one that will
//! follow it ([`Run::after_next`]), and [`Run::finish`], or [`Run::finish_early`] where there was more room. A door for `unsafe`: fresh memory is filled here.
//!
//! Invariant: a finished run is full, or what is left of it was given back, so whoever walks the nursery finds one object behind the other.
#![allow(unsafe_code, reason = "fills fresh memory; see the SAFETY comments")]

use crate::arena::{self, LARGE_WORDS};
use crate::mutator::MutatorCore;
use crate::object::{self, Kind};
use crate::pairs::half_of;
use crate::scope::OutOfMemory;
use crate::value::Value;

/// Memory for objects that nobody has seen yet.
pub(crate) struct Run<'a> {
    core: &'a MutatorCore,
    /// Where the run and the next object begin, and where the run ends, in words from the base of the arena.
    first: usize,
    at: usize,
    end: usize,
}

impl MutatorCore {
    /// Takes memory for objects of so many words altogether, headers counted, fewer than a large object has.
    #[inline]
    pub(crate) fn begin_run(&self, words: usize) -> Result<Run<'_>, OutOfMemory> {
        assert!(words < LARGE_WORDS, "a run of {words} words");
        let at = self.reserve_run(Kind::MapBranch, words)?;
        Ok(Run { core: self, first: at, at, end: at + words })
    }

    /// Fetches the cache line of an object, and so many bytes behind it, that will be read soon.
    #[inline(always)]
    pub(crate) fn prefetch(&self, word: u64, bytes: usize) {
        for line in (0..=bytes).step_by(64) {
            arena::prefetch(self.base.wrapping_byte_add(word as usize + line));
        }
    }
}

impl<'a> Run<'a> {
    /// Writes the next object, whose payload is a few slices in a row.
    #[inline(always)]
    pub(crate) fn object<const N: usize>(&mut self, kind: Kind, parts: [&[u64]; N]) -> Value<'a> {
        let words: usize = parts.iter().map(|part| part.len()).sum();
        let at = self.at;
        assert!(words < self.end - at, "a run is longer than was said");
        self.at += words + 1;
        // SAFETY: the `words + 1` words at `at` lie in the run, which nobody else has seen and no slice of a live
        // payload overlaps; the parts have `words` words together.
        unsafe {
            let slot = self.core.base.add(at);
            slot.write(object::header(kind, words));
            let mut to = slot.add(1);
            for part in parts {
                core::ptr::copy_nonoverlapping(part.as_ptr(), to, part.len());
                to = to.add(part.len());
            }
        }
        Value::reference(at as u64 * 8)
    }

    /// Writes the next object: the payload of another one with the word at an index replaced.
    #[inline(always)]
    pub(crate) fn copy_with(&mut self, kind: Kind, words: &[u64], index: usize, word: u64) {
        let at = self.at;
        self.object(kind, [words]);
        assert!(index < words.len());
        // SAFETY: the object that was just written has `words.len()` payload words.
        unsafe { self.core.base.add(at + 1 + index).write(word) }
    }

    /// Writes the next object: a branch of a map with another child in a half of its payload.
    #[inline(always)]
    pub(crate) fn copy_with_child(&mut self, words: &[u64], half: usize, child: Value<'_>) {
        let at = self.at;
        self.object(Kind::MapBranch, [words]);
        assert!(half < words.len() * 2);
        // SAFETY: the object that was just written has `words.len()` payload words, of two halves each.
        unsafe { self.core.base.add(at + 1).cast::<u32>().add(half).write(half_of(child)) }
    }

    /// What refers to the object behind the next one, if that has so many payload words.
    #[inline(always)]
    pub(crate) fn after_next(&self, words: usize) -> Value<'a> {
        Value::reference((self.at + words + 1) as u64 * 8)
    }

    /// Whether there is room for so many words more.
    #[inline(always)]
    pub(crate) fn fits(&self, words: usize) -> bool {
        words <= self.end - self.at
    }

    /// Replaces a word of the payload of the first object, which is written and has so many.
    #[inline(always)]
    pub(crate) fn set_in_first(&mut self, index: usize, word: u64) {
        let at = self.first + 1 + index;
        assert!(at < self.at);
        // SAFETY: the word lies in the part of the run that is written, which nobody else has seen.
        unsafe { self.core.base.add(at).write(word) }
    }

    /// Says that all objects are written, and gives the rest of the room back.
    #[inline(always)]
    pub(crate) fn finish_early(self) {
        self.release_to(self.at);
    }

    /// What is given back must be what was reserved last: equality and hashes, which may be asked meanwhile, allocate nothing.
    #[inline(always)]
    fn release_to(&self, at: usize) {
        assert!(self.core.reserved_to() == self.end, "something was allocated behind a run");
        self.core.release_to(at);
    }

    /// Gives all the room back, as if nothing had been written.
    pub(crate) fn give_up(self) {
        self.release_to(self.first);
    }

    /// Says that all objects are written.
    #[inline(always)]
    pub(crate) fn finish(self) {
        assert!(self.at == self.end, "a run is shorter than was said");
    }
}
