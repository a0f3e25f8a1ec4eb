//! Allocation in the shared old space, and promotion into it.
//!
//! Enter at [`MutatorCore::promote`]: it copies what is not yet shared of a value, breadth first and without
//! recursion, so publishing costs only what is new. The originals stay readable; the upper half of their
//! headers leads to the copies, and the upper half of a copy's header leads back, so that a promotion that
//! fails (or whose compare-and-set does) is undone without a trace.
//!
//! Invariant: outside of a promotion, nothing reachable in the old space refers to a nursery.

use crate::arena::{Arena, BLOCK_WORDS, LARGE_WORDS, LINE_WORDS, OLD, OLD_FROM, OLD_LARGE, YOUNG_LARGE};
use crate::core::HeapCore;
use crate::handshake::Handshake;
use crate::mutator::MutatorCore;
use crate::object::{self, Kind, Layout};
use crate::pending::{Field, Pending};
use crate::sabotage::Part;
use crate::scope::OutOfMemory;
use crate::space::Priority;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;
use core::sync::atomic::Ordering;

/// Where a mutator allocates in the old space while its scope is open: the free lines of one block, and a
/// whole block for what does not fit between live lines. Between scopes it waits in a pool for the next user.
#[derive(Default)]
pub(crate) struct OldBuffer {
    hole: Range<usize>,
    /// The block of the hole, and the line at which to look for its next one.
    block: usize,
    line: usize,
    overflow: Range<usize>,
    /// What is left of a block that a mutator allocates in from the start.
    run: Range<usize>,
    /// What the promotion under way wrote, and the buffer as it was before.
    written: Vec<Range<usize>>,
    before: (Range<usize>, Range<usize>),
    /// The cycle of the collector in which it is good.
    cycle: u32,
}

impl OldBuffer {
    fn begin(&mut self) {
        self.written.clear();
        self.before = (self.hole.clone(), self.overflow.clone());
    }

    fn allocate(&mut self, heap: &HeapCore, words: usize, priority: Priority) -> Option<usize> {
        let at = self.find(heap, words, priority)?;
        match self.written.last_mut() {
            Some(last) if last.end == at => last.end += words,
            _ => {
                self.written.try_reserve(1).ok()?;
                self.written.push(at..at + words);
            }
        }
        Some(at)
    }

    #[inline]
    fn find(&mut self, heap: &HeapCore, words: usize, priority: Priority) -> Option<usize> {
        loop {
            if self.hole.start + words <= self.hole.end {
                return Some(take(&mut self.hole, words));
            }
            if words > LINE_WORDS && self.block != 0 {
                break;
            }
            if !self.next_hole(heap, priority) {
                // The last resort: what is left of the block for larger objects.
                break;
            }
        }
        if self.overflow.start + words > self.overflow.end {
            let block = heap.arena.take_old(self.cycle, priority)?;
            heap.note_old_growth(BLOCK_WORDS);
            self.overflow = block * BLOCK_WORDS..(block + 1) * BLOCK_WORDS;
        }
        Some(take(&mut self.overflow, words))
    }

    /// Takes all of a free block, or what the last scope left of one, for at least so many words.
    fn take_run(&mut self, heap: &HeapCore, words: usize, priority: Priority) -> Option<Range<usize>> {
        let rest = core::mem::take(&mut self.run);
        if rest.len() >= words {
            return Some(rest);
        }
        let block = heap.arena.take_old(self.cycle, priority)?;
        heap.note_old_growth(BLOCK_WORDS);
        Some(block * BLOCK_WORDS..(block + 1) * BLOCK_WORDS)
    }

    /// Moves on to the next free lines: of this block, else of a partly live one, else a free block.
    fn next_hole(&mut self, heap: &HeapCore, priority: Priority) -> bool {
        let arena = &heap.arena;
        loop {
            if self.block != 0
                && let Some((line, count)) = arena.next_hole(self.block, self.line)
            {
                let first = self.block * BLOCK_WORDS + line * LINE_WORDS;
                self.hole = first..first + count * LINE_WORDS;
                self.line = line + count;
                heap.note_old_growth(count * LINE_WORDS);
                return true;
            }
            let Some(block) = arena.take_recyclable().or_else(|| arena.take_old(self.cycle, priority)) else {
                self.block = 0;
                self.hole = 0..0;
                return false;
            };
            (self.block, self.line) = (block, 0);
        }
    }

    /// Marks what the promotion under way wrote, so that the collector finds its way through a fresh block.
    fn mark(&self, arena: &Arena) {
        for written in &self.written {
            let mut at = written.start;
            while at < written.end {
                arena.mark(at);
                at += object::object_words(arena.load(at));
            }
        }
    }

    /// Forgets the copies of the promotion under way: the originals forward nowhere again. Where `asked` is the hand-shake that the mutator
    /// answered last, and the copies were marked, the collector may be looking at them.
    fn undo(&mut self, arena: &Arena, is_marked: bool, asked: Handshake) {
        for written in self.written.drain(..) {
            let mut at = written.start;
            while at < written.end {
                let header = arena.load(at);
                if is_marked {
                    arena.unmark(at);
                }
                if let Some(original) = object::header_forwarding(header) {
                    arena.store(original, object::with_forwarding(arena.load(original), 0));
                }
                at += object::object_words(header);
            }
        }
        if is_marked && asked == Handshake::Flip {
            // It may have read a header and be on its way through the fields, so nothing else comes into their place.
            return;
        }
        // What lies in holes that were finished meanwhile is garbage; a collection finds it.
        if self.before.0.end == self.hole.end {
            self.hole = self.before.0.clone();
        }
        if self.before.1.end == self.overflow.end {
            self.overflow = self.before.1.clone();
        }
    }
}

fn take(range: &mut Range<usize>, words: usize) -> usize {
    let at = range.start;
    range.start += words;
    at
}

impl MutatorCore {
    /// Makes everything reachable from a word visible to other mutators. Returns the shared word.
    #[inline]
    pub(crate) fn promote(&self, word: u64) -> Result<u64, OutOfMemory> {
        match self.shared(word) {
            Some(shared) => Ok(shared),
            None => self.promote_young(word, self.priority.get()),
        }
    }

    /// Promotes, publishes with `publish`, and undoes the promotion if that says that it failed.
    pub(crate) fn promote_for(
        &self,
        word: u64,
        publish: impl FnOnce(u64) -> bool,
    ) -> Result<bool, OutOfMemory> {
        if let Some(shared) = self.shared(word) {
            return Ok(publish(shared));
        }
        let shared = self.promote_young(word, self.priority.get())?;
        let published = publish(shared);
        if !published {
            self.undo_promotion();
        }
        Ok(published)
    }

    /// Undoes the last promotion, which was not published.
    pub(crate) fn undo_promotion(&self) {
        let mut buffer = self.old_buffer();
        buffer.undo(&self.heap.0.arena, self.asked().marks_fresh(), self.asked().ask());
        self.old.set(Some(buffer));
    }

    /// Promotes several words (0 stands for none) as one promotion. Returns whether there was something to promote,
    /// and so to undo.
    pub(crate) fn promote_all<'a>(
        &self,
        words: impl Iterator<Item = &'a mut u64>,
    ) -> Result<bool, OutOfMemory> {
        let mut buffer = self.old_buffer();
        buffer.begin();
        let mut result = Ok(());
        for word in words.filter(|word| **word != 0) {
            if let Some(shared) = self.shared(*word) {
                *word = shared;
                continue;
            }
            match self.copy_to_old(&mut buffer, *word, self.priority.get()) {
                Ok(shared) => *word = shared,
                Err(OutOfMemory) => {
                    result = Err(OutOfMemory);
                    break;
                }
            }
        }
        let result = result.and_then(|()| self.copy_fields(&mut buffer, self.priority.get()));
        self.end_promotion(buffer, result)
    }

    /// Whether a word is an immediate or refers to the old space.
    #[inline(always)]
    pub(crate) fn is_shared(&self, word: u64) -> bool {
        word & 3 != 0 || self.heap.0.arena.is_old(word as usize / 8)
    }

    /// The word to store for one that is shared already: nobody stores a reference to what was moved after the flip.
    #[inline(always)]
    pub(crate) fn shared(&self, word: u64) -> Option<u64> {
        if word & 3 != 0 {
            return Some(word);
        }
        match self.heap.0.arena.state(word as usize / 8 / BLOCK_WORDS) {
            OLD_FROM => Some(self.forward(word)),
            state if state >= OLD => Some(word),
            _ => None,
        }
    }

    /// The same for a word that is known to be shared.
    #[inline(always)]
    pub(crate) fn to_store(&self, word: u64) -> u64 {
        self.shared(word).unwrap_or(word)
    }

    /// The word that refers to the copy of what was moved, from this mutator's flip on.
    #[cold]
    fn forward(&self, word: u64) -> u64 {
        let forwards = self.asked().ask() == Handshake::Flip && !self.heap.0.omits(Part::Forwarding);
        if forwards { self.heap.0.arena.forwarded(word) } else { word }
    }

    /// Whether two words of the old space refer to one object, or to it and its copy.
    #[inline(always)]
    pub(crate) fn is_same(&self, a: u64, b: u64) -> bool {
        let arena = &self.heap.0.arena;
        a == b || arena.forward(a) == arena.forward(b) && !self.heap.0.omits(Part::Comparing)
    }

    /// The newest copy of what a word refers to.
    #[inline(always)]
    pub(crate) fn resolve(&self, word: u64) -> u64 {
        if self.is_shared(word) { word } else { self.newest(word as usize / 8) as u64 * 8 }
    }

    /// The newest copy of a young object.
    pub(crate) fn newest(&self, mut at: usize) -> usize {
        let arena = &self.heap.0.arena;
        while !arena.is_old(at) {
            match object::header_forwarding(arena.load(at)) {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    }

    /// The old buffer of this scope, taken from the pool if it has none yet.
    fn old_buffer(&self) -> Box<OldBuffer> {
        let mut buffer = self.old.take().unwrap_or_else(|| self.heap.0.pool.lock().pop().unwrap_or_default());
        let cycle = self.asked().cycle();
        if buffer.cycle != cycle && !self.heap.0.omits(Part::FreshBlocks) {
            // It leads to blocks that are not fresh in this cycle.
            *buffer = OldBuffer { cycle, ..OldBuffer::default() };
        }
        buffer
    }

    /// Memory of the old space for at least so many words, in which this mutator allocates from the start.
    pub(crate) fn take_run(&self, words: usize) -> Option<Range<usize>> {
        let mut buffer = self.old_buffer();
        let run = buffer.take_run(&self.heap.0, words, self.priority.get());
        self.old.set(Some(buffer));
        run
    }

    /// Gives back what was not used of it.
    pub(crate) fn give_run(&self, rest: Range<usize>) {
        let mut buffer = self.old_buffer();
        buffer.run = rest;
        self.old.set(Some(buffer));
    }

    /// Gives the old buffer back to the pool at the end of a scope.
    #[inline]
    pub(crate) fn return_old_buffer(&self) {
        if let Some(buffer) = self.old.take() {
            self.heap.0.pool.lock().push(buffer);
        }
    }

    /// Copies the closure of a young word.
    pub(crate) fn promote_young(&self, word: u64, priority: Priority) -> Result<u64, OutOfMemory> {
        let mut buffer = self.old_buffer();
        buffer.begin();
        let shared = self.copy_to_old(&mut buffer, word, priority);
        let result = shared.and_then(|_| self.copy_fields(&mut buffer, priority));
        self.end_promotion(buffer, result)?;
        shared
    }

    /// Notes what was promoted, or undoes it when there was no room. Returns whether it was anything.
    fn end_promotion(
        &self,
        mut buffer: Box<OldBuffer>,
        result: Result<(), OutOfMemory>,
    ) -> Result<bool, OutOfMemory> {
        match result {
            Ok(()) => {
                let words: usize = buffer.written.iter().map(|range| range.len()).sum();
                self.promoted_words.fetch_add(words, Ordering::Relaxed);
                self.direct.note_published(words);
                if self.asked().marks_fresh() {
                    buffer.mark(&self.heap.0.arena);
                }
            }
            Err(OutOfMemory) => buffer.undo(&self.heap.0.arena, false, self.asked().ask()),
        }
        let any = !buffer.written.is_empty();
        self.old.set(Some(buffer));
        result.map(|()| any)
    }

    /// Copies what the copies of a promotion refer to, and what that refers to.
    fn copy_fields(&self, buffer: &mut OldBuffer, priority: Priority) -> Result<(), OutOfMemory> {
        let arena = &self.heap.0.arena;
        let mut pending = Pending::default();
        let (mut segment, mut at) = (0, 0);
        while let Some(written) = buffer.written.get(segment) {
            at = at.max(written.start);
            if at < written.end {
                let header = arena.load(at);
                arena.for_each_unsettled(at, header, |field| match pending.swap(self, field) {
                    Some(first) => self.copy_field(buffer, first, priority),
                    None => Ok(()),
                })?;
                at += object::object_words(header);
            } else if segment + 1 < buffer.written.len() {
                (segment, at) = (segment + 1, 0);
            } else if let Some(field) = pending.take() {
                // What it refers to comes behind all that was looked at.
                self.copy_field(buffer, field, priority)?;
            } else {
                break;
            }
        }
        Ok(())
    }

    /// Copies what a field of a copy refers to.
    #[inline]
    fn copy_field(
        &self,
        buffer: &mut OldBuffer,
        field: Field,
        priority: Priority,
    ) -> Result<(), OutOfMemory> {
        let copy = self.copy_to_old(buffer, field.word, priority)?;
        field.set(&self.heap.0.arena, copy);
        Ok(())
    }

    /// Copies one young object; its fields are left for the scan.
    fn copy_to_old(&self, buffer: &mut OldBuffer, word: u64, priority: Priority) -> Result<u64, OutOfMemory> {
        let arena = &self.heap.0.arena;
        let at = self.newest(word as usize / 8);
        if let Some(shared) = self.shared(at as u64 * 8) {
            return Ok(shared);
        }
        let block = at / BLOCK_WORDS;
        if arena.state(block) == YOUNG_LARGE {
            arena.age_large(block, self.asked().cycle());
            self.heap.0.note_old_growth(arena.span(block) * BLOCK_WORDS);
            self.large_changed.set(true);
            self.charge(at, arena.span(block) * BLOCK_WORDS);
            return Ok(at as u64 * 8);
        }
        let header = arena.load(at);
        let words = object::object_words(header);
        if self.fails() {
            return Err(OutOfMemory);
        }
        let copy = buffer.allocate(&self.heap.0, words, priority).ok_or(OutOfMemory)?;
        arena.store(copy, object::with_forwarding(header, at));
        arena.copy(at + 1, copy + 1, words - 1);
        arena.store(at, object::with_forwarding(header, copy));
        self.charge(copy, words);
        Ok(copy as u64 * 8)
    }

    /// Allocates an object in the old space. Its values must be shared already.
    pub(crate) fn old_object(&self, kind: Kind, payload: &[u64]) -> Result<u64, OutOfMemory> {
        debug_assert!(payload.iter().all(|word| self.is_shared(*word)));
        let (at, arena) = (self.old_words(kind, payload.len())?, &self.heap.0.arena);
        for (index, word) in payload.iter().enumerate() {
            arena.store(at + 1 + index, *word);
        }
        Ok(at as u64 * 8)
    }

    /// Allocates an object in the old space, whose payload the caller writes. Returns the index of its header.
    pub(crate) fn old_words(&self, kind: Kind, words: usize) -> Result<usize, OutOfMemory> {
        if self.fails() {
            return Err(OutOfMemory);
        }
        let (heap, priority) = (&self.heap.0, self.priority.get());
        let at = if words > LARGE_WORDS {
            let block = heap.arena.take_large(words + 1, OLD_LARGE, self.asked().cycle(), priority);
            block
                .inspect(|block| heap.note_old_growth(heap.arena.span(*block) * BLOCK_WORDS))
                .map(|block| block * BLOCK_WORDS)
        } else {
            let mut buffer = self.old_buffer();
            buffer.begin();
            let at = buffer.allocate(heap, words + 1, priority);
            buffer.written.clear();
            self.old.set(Some(buffer));
            at
        };
        let at = at.ok_or(OutOfMemory)?;
        heap.arena.store(at, object::header(kind, words));
        if self.asked().marks_fresh() {
            heap.arena.mark(at);
        }
        self.promoted_words.fetch_add(words + 1, Ordering::Relaxed);
        self.charge(at, words + 1);
        Ok(at)
    }

    /// Makes the fields of a new large object shared: it lies in the old space from the start.
    pub(crate) fn settle_large(&self, at: usize) -> Result<(), OutOfMemory> {
        let arena = &self.heap.0.arena;
        let header = arena.load(at);
        if arena.state(at / BLOCK_WORDS) != OLD_LARGE || Kind::of_header(header).layout() == Layout::Raw {
            return Ok(());
        }
        arena
            .map_fields(at, header, |word| self.promote(word))
            .inspect_err(|OutOfMemory| arena.give_large(at / BLOCK_WORDS))?;
        if self.asked().marks_fresh() {
            arena.mark(at);
        }
        Ok(())
    }
}
