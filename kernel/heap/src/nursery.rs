//! Nurseries: what a mutator allocates, and the minor collection that copies the little that lives.
//!
//! Enter at [`MutatorCore::reserve_slow`] and [`MutatorCore::collect_young`]. A nursery is a chain of chunks that starts
//! empty and grows in doubling steps, so that thousands of mutators are cheap. The minor collection is
//! Cheney's: it copies what the root stack reaches, in breadth-first order, without recursion. It stops, asks
//! and informs nobody. What survives a second one moves to the old space.
//!
//! Invariant: only its own mutator refers into a nursery.

use crate::arena::{BLOCK_WORDS, CHUNK_WORDS, LARGE_WORDS, OLD_LARGE, YOUNG_LARGE};
use crate::mutator::MutatorCore;
use crate::object::{self, Kind, Layout};
use crate::pause::PauseCause;
use crate::scope::OutOfMemory;
use crate::space::Priority;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

/// The least and the greatest nursery at which a scope's end collects.
const THRESHOLD_WORDS_MIN: usize = 16 * 1024 / 8;
const THRESHOLD_WORDS_MAX: usize = 1024 * 1024 / 8;
/// What a minor collection should find alive: it is the pause. Where much survives, the nursery is smaller,
/// down to this.
const SURVIVORS_WORDS: usize = 20 * 1024 / 8;
const ADAPTED_WORDS_MIN: usize = 32 * 1024 / 8;
/// Surviving words that cost as much as marking one small object.
const SURVIVORS_A_UNIT: usize = 8;
/// Where more than this part of what is fresh survives, it moves to the old space at once: most of it would
/// survive a second time, and be copied twice.
const TENURING: f32 = 0.3;
/// Where more than half of what is fresh was published, the mutator allocates in the old space, for so many times as much.
const DIRECT_TURNS: usize = 16;
/// A scope that allocates more than this in the old space should end soon.
const DIRECT_WORDS_MAX: usize = THRESHOLD_WORDS_MAX;

/// A part of a nursery: objects from `first` to `used`, memory to `end`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    pub(crate) first: usize,
    pub(crate) used: usize,
    pub(crate) end: usize,
}

impl MutatorCore {
    /// Finds room for an object when the fast path did not. Returns the index of its header.
    #[cold]
    #[inline(never)]
    pub(crate) fn reserve_slow(&self, kind: Kind, words: usize) -> Result<usize, OutOfMemory> {
        if words > object::PAYLOAD_WORDS_MAX || self.fails() {
            return Err(OutOfMemory);
        }
        if self.heap.0.is_behind() {
            self.presses.set(true);
        }
        if self.bump.get() + words <= self.chunk_end.get() {
            let at = self.bump.get();
            self.bump.set(at + words);
            self.set_limit();
            return Ok(at);
        }
        if self.young_words() + self.direct.words() + words > self.quota_words.get() {
            return Err(OutOfMemory);
        }
        if words > LARGE_WORDS {
            return self.reserve_large(kind, words);
        }
        let first = match self.open_direct(words) {
            Some(first) => first,
            None => self.open_chunk(words, false, self.priority.get()).ok_or(OutOfMemory)?,
        };
        if self.fresh_words() >= self.threshold_words() || self.direct.words() >= DIRECT_WORDS_MAX {
            self.presses.set(true);
        }
        self.bump.set(first + words);
        Ok(first)
    }

    fn reserve_large(&self, kind: Kind, words: usize) -> Result<usize, OutOfMemory> {
        let arena = &self.heap.0.arena;
        // Without references it may die young; else it lies in the old space, so that it is never copied.
        let raw = kind.layout() == Layout::Raw;
        if raw {
            // What is allocated from here on may refer to something young.
            self.close_direct();
        }
        let state = if raw { YOUNG_LARGE } else { OLD_LARGE };
        let block =
            arena.take_large(words, state, self.asked().cycle(), self.priority.get()).ok_or(OutOfMemory)?;
        let span_words = arena.span(block) * BLOCK_WORDS;
        if raw {
            let mut large = self.large.take();
            large.push(block);
            self.large.set(large);
            self.large_words.set(self.large_words.get() + span_words);
        } else {
            self.heap.0.note_old_growth(span_words);
            self.promoted_words.fetch_add(span_words, Ordering::Relaxed);
            self.charge(block * BLOCK_WORDS, span_words);
        }
        self.presses.set(true);
        Ok(block * BLOCK_WORDS)
    }

    /// Takes the next chunk and makes it the current one.
    fn open_chunk(&self, words: usize, aged: bool, priority: Priority) -> Option<usize> {
        let arena = &self.heap.0.arena;
        let step = CHUNK_WORDS << self.chunk_step.get().min((BLOCK_WORDS / CHUNK_WORDS).ilog2());
        let (first, end) = arena
            .take_chunk(step.max(words), aged, priority)
            .or_else(|| arena.take_chunk(words, aged, priority))?;
        self.retire_chunk();
        self.chunk_step.set(self.chunk_step.get() + 1);
        self.chunk_first.set(first);
        self.chunk_end.set(end);
        self.bump.set(first);
        self.set_limit();
        Some(first)
    }

    /// Sets where the fast path ends: with a failpoint set, it is always closed; while the collector is at work, it
    /// ends where the mutator should look whether that needs help.
    pub(crate) fn set_limit(&self) {
        let (at, end) = (self.bump.get(), self.chunk_end.get());
        let pace = self.heap.0.collector.pace_words.load(Ordering::Relaxed);
        self.limit.set(if self.failpoint.get() == u64::MAX { end.min(at.saturating_add(pace)) } else { at });
    }

    /// Puts the current chunk with the full ones.
    fn retire_chunk(&self) {
        self.close_direct();
        if self.chunk_end.get() == 0 {
            return;
        }
        let chunk = Chunk { first: self.chunk_first.get(), used: self.bump.get(), end: self.chunk_end.get() };
        let mut chunks = self.chunks.take();
        chunks.push(chunk);
        self.chunks.set(chunks);
        self.retired_words.set(self.retired_words.get() + (chunk.used - chunk.first));
        self.close_chunk();
    }

    pub(crate) fn close_chunk(&self) {
        self.chunk_first.set(0);
        self.chunk_end.set(0);
        self.bump.set(0);
        self.limit.set(0);
    }

    /// Words in the nursery, garbage included.
    pub(crate) fn young_words(&self) -> usize {
        let current = if self.direct.is_open() { 0 } else { self.bump.get() - self.chunk_first.get() };
        self.retired_words.get() + current + self.large_words.get()
    }

    /// Words allocated since the last minor collection.
    pub(crate) fn fresh_words(&self) -> usize {
        self.young_words().saturating_sub(self.survived_words.get())
    }

    /// How much may be fresh before a scope's end collects: less where memory is short or mutators are many.
    fn threshold_words(&self) -> usize {
        let heap = &self.heap.0;
        let share = heap.arena.free_blocks() * BLOCK_WORDS / (4 * heap.registry.count().max(1));
        let adapted = (SURVIVORS_WORDS as f32 / self.survival.get()) as usize;
        if self.direct.is_allowed() {
            // The nursery is in use for as long as the collector puts things right.
            return THRESHOLD_WORDS_MIN;
        }
        share
            .clamp(THRESHOLD_WORDS_MIN, THRESHOLD_WORDS_MAX)
            .min(adapted.max(ADAPTED_WORDS_MIN))
            .min(self.quota_words.get() / 4)
    }

    /// Collects at the end of a scope if enough is fresh.
    pub(crate) fn collect_young_if_due(&self) {
        self.close_direct();
        if self.large_changed.take() {
            self.forget_promoted_large();
        }
        let fresh = self.fresh_words();
        let due = fresh >= THRESHOLD_WORDS_MIN && fresh >= self.threshold_words()
            || self.seems_over_quota() && fresh > 0
            || self.heap.0.torture.load(Ordering::Relaxed);
        if due {
            let started = self.heap.0.now();
            self.collect_young();
            self.heap.0.note_pause(PauseCause::Minor, started);
        }
        self.presses.set(false);
        if self.may_be_over_quota() {
            self.heap.0.request_collection();
        }
    }

    /// Drops the young large objects that were promoted from the list: they are the old space's now.
    fn forget_promoted_large(&self) {
        let arena = &self.heap.0.arena;
        let mut large = self.large.take();
        large.retain(|block| arena.state(*block) == YOUNG_LARGE);
        self.large_words.set(large.iter().map(|block| arena.span(*block) * BLOCK_WORDS).sum());
        self.large.set(large);
    }

    /// The minor collection. Only between scopes, or at the very end of one. Returns whether there was room
    /// for the survivors; if not, everything stays as it was.
    pub(crate) fn collect_young(&self) -> bool {
        let started = self.heap.0.now();
        self.close_direct();
        let (fresh, promoted) = (self.fresh_words(), self.promoted_words.load(Ordering::Relaxed));
        self.heap.0.note_allocated(fresh);
        self.retire_chunk();
        let from = self.chunks.take();
        self.retired_words.set(0);
        self.chunk_step.set(0);
        let published = self.direct.take_published();
        let is_tortured = self.heap.0.torture.load(Ordering::Relaxed) && self.random().is_multiple_of(2);
        let is_telling = fresh >= THRESHOLD_WORDS_MIN || is_tortured;
        let goes = is_telling && published > fresh / 2 || is_tortured;
        self.direct.set_tenures(self.survival.get() > TENURING || goes);
        let copied = self.copy_roots(&from);
        self.retire_chunk();
        if copied {
            self.with_roots(|roots| {
                for root in roots.iter_mut() {
                    *root = self.resolve(*root);
                }
            });
            self.forget_dead_large();
            self.survived_words.set(self.young_words());
            let promoted = self.promoted_words.load(Ordering::Relaxed).saturating_sub(promoted);
            let survived = self.young_words() + promoted;
            self.note_survival(fresh, survived);
            self.direct.take_published();
            if is_telling {
                self.direct.allow(if goes { fresh * DIRECT_TURNS } else { 0 });
            }
            self.spent.set(self.spent.get() + survived / SURVIVORS_A_UNIT);
            self.give_chunks(from);
        } else {
            self.restore(from);
        }
        self.chunk_step.set(0);
        self.heap.0.note_minor(started);
        copied
    }

    /// Learns from a minor collection how much of what is fresh survives: at once when it is more than before,
    /// half way when it is less.
    fn note_survival(&self, fresh: usize, survived: usize) {
        if fresh >= THRESHOLD_WORDS_MIN {
            let seen = (survived as f32 / fresh as f32).clamp(0.001, 1.0);
            self.survival.set(seen.max((seen + self.survival.get()) / 2.0));
        }
    }

    /// Gives all of the nursery back: the mutator ends.
    pub(crate) fn drop_young(&self) {
        self.heap.0.note_allocated(self.fresh_words());
        self.retire_chunk();
        self.give_chunks(self.chunks.take());
        self.forget_promoted_large();
        for block in self.large.take() {
            self.heap.0.arena.give_large(block);
        }
    }

    /// The same for a mutator that goes on, and whose roots reach nothing in the nursery.
    pub(crate) fn empty_young(&self) {
        self.drop_young();
        self.retired_words.set(0);
        self.survived_words.set(0);
        self.large_words.set(0);
        self.chunk_step.set(0);
        self.presses.set(false);
    }

    fn give_chunks(&self, chunks: Vec<Chunk>) {
        for chunk in chunks {
            self.heap.0.arena.give_chunk(chunk.first, chunk.end);
        }
    }

    /// Copies everything young that the roots reach. The roots themselves are changed afterwards, through
    /// the forwarding, so that a collection that finds no room can be taken back.
    fn copy_roots(&self, from: &[Chunk]) -> bool {
        if from.is_empty() && self.large_words.get() == 0 {
            return true;
        }
        let count = self.with_roots(|roots| roots.len());
        for index in 0..count {
            let root = self.with_roots(|roots| roots[index]);
            if self.evacuate(root).is_err() {
                return false;
            }
        }
        // Scan the copies: the full chunks, then what is in the current one, until nothing is added.
        let (mut number, mut at) = (0, 0);
        loop {
            let full = self.chunk(number);
            let (first, used) = match full {
                Some(chunk) => (chunk.first, chunk.used),
                None => (self.chunk_first.get(), self.bump.get()),
            };
            at = at.max(first);
            if at == used && full.is_none() {
                return true;
            }
            while at < used {
                match self.scan(at) {
                    Ok(words) => at += words,
                    Err(OutOfMemory) => return false,
                }
            }
            if full.is_some() {
                (number, at) = (number + 1, 0);
            }
        }
    }

    /// Calls `visit` with the place and header of each object in the chunks, dead ones too.
    pub(crate) fn for_each_young(&self, mut visit: impl FnMut(usize, u64)) {
        let chunks = self.chunks.take();
        let current =
            Chunk { first: self.chunk_first.get(), used: self.bump.get(), end: self.chunk_end.get() };
        for chunk in chunks.iter().chain([&current]) {
            let mut at = chunk.first;
            while at < chunk.used {
                let header = self.heap.0.arena.load(at);
                visit(at, header);
                at += object::object_words(header);
            }
        }
        self.chunks.set(chunks);
    }

    /// A full chunk.
    fn chunk(&self, number: usize) -> Option<Chunk> {
        let chunks = self.chunks.take();
        let chunk = chunks.get(number).copied();
        self.chunks.set(chunks);
        chunk
    }

    /// Evacuates the fields of a copy. Returns its words.
    #[inline]
    fn scan(&self, at: usize) -> Result<usize, OutOfMemory> {
        let arena = &self.heap.0.arena;
        let header = arena.load(at);
        arena.map_fields(at, header, |field| self.evacuate(field))?;
        Ok(object::object_words(header))
    }

    /// Copies a young object out of the way, if it was not yet: to new chunks, or, when it survived before,
    /// with all it refers to into the old space. Returns the word of the copy.
    #[inline]
    fn evacuate(&self, word: u64) -> Result<u64, OutOfMemory> {
        if self.is_shared(word) {
            return Ok(word);
        }
        let arena = &self.heap.0.arena;
        let at = word as usize / 8;
        let header = arena.load(at);
        if object::header_forwarding(header).is_some() {
            return Ok(self.newest(at) as u64 * 8);
        }
        let large = arena.state(at / BLOCK_WORDS) == YOUNG_LARGE;
        if (arena.is_aged(at) || self.direct.tenures())
            && let Ok(shared) = self.promote_young(word, self.priority.get().of_minor())
        {
            return Ok(shared);
        }
        if large {
            arena.mark_large_reached(at / BLOCK_WORDS);
            return Ok(word);
        }
        let words = object::object_words(header);
        if self.bump.get() + words > self.chunk_end.get() {
            self.open_chunk(words, true, self.priority.get().of_minor()).ok_or(OutOfMemory)?;
        }
        let copy = self.bump.get();
        self.bump.set(copy + words);
        arena.copy(at, copy, words);
        arena.store(at, object::with_forwarding(header, copy));
        Ok(copy as u64 * 8)
    }

    /// Frees the young large objects that the minor collection did not reach; the others are aged now.
    fn forget_dead_large(&self) {
        self.forget_promoted_large();
        let arena = &self.heap.0.arena;
        let mut large = self.large.take();
        large.retain(|block| {
            let reached = arena.take_large_reached(*block);
            if !reached {
                arena.give_large(*block);
            }
            reached
        });
        self.large_words.set(large.iter().map(|block| arena.span(*block) * BLOCK_WORDS).sum());
        self.large.set(large);
    }

    /// Takes a minor collection back that found no room: originals forward only to complete old copies.
    fn restore(&self, from: Vec<Chunk>) {
        let arena = &self.heap.0.arena;
        for chunk in &from {
            let mut at = chunk.first;
            while at < chunk.used {
                let header = arena.load(at);
                if object::header_forwarding(header).is_some() {
                    let newest = self.newest(at);
                    let target = if arena.is_old(newest) { newest } else { 0 };
                    arena.store(at, object::with_forwarding(header, target));
                }
                at += object::object_words(header);
            }
        }
        let copies = self.chunks.take();
        self.give_chunks(copies);
        self.retired_words.set(from.iter().map(|chunk| chunk.used - chunk.first).sum());
        self.chunks.set(from);
        let large = self.large.take();
        for block in &large {
            arena.take_large_reached(*block);
        }
        self.large.set(large);
        self.forget_promoted_large();
    }
}
