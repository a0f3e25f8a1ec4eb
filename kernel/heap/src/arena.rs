//! The arena: one region of memory, cut into blocks, with the tables that say what each block is.
//!
//! Enter at [`Arena::new`]. A door for `unsafe`: every word of the region is read and written here or through
//! the pointers and slices given out here. The audit unit is this file with the files of the collector
//! (`core.rs`, `nursery.rs`, `old.rs`, `mark.rs`, `verify.rs`), which pass it word indices.
//!
//! ```text
//! | tables (whole blocks) | block | block | block | ...
//! ```
//! Invariants: a word index given to `load`, `store`, `slice`, ... lies in the region; a block changes its
//! state under the lock of `space`, and only while nobody but the caller can hold a reference into it.
#![allow(unsafe_code, reason = "the arena is raw memory shared by all mutators; this is the audit unit")]

use crate::bits::Bits;
use alloc::boxed::Box;
use core::mem::size_of;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use spin::Mutex;

/// Bytes in a block, the unit in which the arena is handed out.
pub(crate) const BLOCK_BYTES: usize = 32 * 1024;
pub(crate) const BLOCK_WORDS: usize = BLOCK_BYTES / 8;
/// The old space reuses partly live blocks by lines.
pub(crate) const LINE_WORDS: usize = 32;
/// Nurseries take parts of blocks: runs of 1, 2, 4, 8 or 16 chunks, or a whole block.
pub(crate) const CHUNK_WORDS: usize = 128;
const CHUNKS: usize = BLOCK_WORDS / CHUNK_WORDS;
/// Objects above this size have blocks of their own.
pub(crate) const LARGE_WORDS: usize = BLOCK_WORDS / 2;
/// The fewest blocks beside the tables with which a heap works.
const BLOCKS_MIN: usize = 8;
/// Fills freed memory in torture mode: as a header of no kind, as a value a reference out of any arena.
pub(crate) const POISON: u64 = 0xDEAD_DEAD_DEAD_DEA8;
/// Forwarding has 32 bits for a word index.
const WORDS_MAX: usize = 1 << 32;

/// What a block is.
pub(crate) const FREE: u8 = 0;
/// Tables.
pub(crate) const RESERVED: u8 = 1;
/// Later blocks of a large object.
pub(crate) const TAIL: u8 = 2;
/// Chunks of nurseries.
pub(crate) const YOUNG: u8 = 3;
/// A large object without references, in a nursery.
pub(crate) const YOUNG_LARGE: u8 = 4;
/// The shared old space. States from here on are old.
pub(crate) const OLD: u8 = 5;
/// A large object in the old space.
pub(crate) const OLD_LARGE: u8 = 6;

/// Memory for a heap: word-aligned, zeroed, and the heap's for ever.
pub struct Region(&'static mut [u64]);

impl Region {
    /// Takes memory that the caller gives away.
    pub fn from_static(words: &'static mut [u64]) -> Region {
        Region(words)
    }

    /// Takes `bytes` from the global allocator; never given back.
    pub fn allocate(bytes: usize) -> Region {
        Region(Box::leak(alloc::vec![0u64; bytes / 8].into_boxed_slice()))
    }
}

/// Who asks for memory: how far into the reserve it may reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Priority {
    /// A mutator: leaves the whole reserve.
    Ordinary,
    /// Copying what lives in its nursery: leaves three quarters.
    OrdinaryMinor,
    /// A mutator that may use the reserve: leaves a quarter.
    Reserve,
    /// Copying what lives in its nursery: leaves nothing.
    ReserveMinor,
}

impl Priority {
    /// The priority of the minor collections of a mutator of this one.
    pub(crate) fn of_minor(self) -> Priority {
        match self {
            Priority::Ordinary | Priority::OrdinaryMinor => Priority::OrdinaryMinor,
            Priority::Reserve | Priority::ReserveMinor => Priority::ReserveMinor,
        }
    }
}

/// One row of the block table.
#[repr(C)]
struct Entry {
    /// Old blocks: which lines were live at the last collection.
    lines: [AtomicU64; 2],
    /// Young blocks: which chunks are taken. Old ones: not 0 when taken since marking began.
    taken: AtomicU32,
    /// Young blocks: which chunks hold survivors of a minor collection. Young large: survived one.
    aged: AtomicU32,
    /// Large objects: blocks in all.
    span: AtomicU32,
    /// The marker dropped work that lies in this block; young large: the minor collection reached it.
    rescan: AtomicU32,
}

pub(crate) struct Arena {
    base: *mut u64,
    words: usize,
    blocks: usize,
    first_block: usize,
    states: *const AtomicU8,
    entries: *const Entry,
    marks: *const AtomicU64,
    space: Mutex<Space>,
    free_blocks: AtomicUsize,
    pub(crate) reserve_blocks: usize,
    pub(crate) poisons: AtomicBool,
    /// The old space is being marked: what it takes now counts as live. Changes while no scope is open.
    marking: AtomicBool,
}

/// What the lock protects: which blocks are to be had.
struct Space {
    /// Free blocks.
    free: Bits,
    /// Young blocks with a free chunk.
    partial: Bits,
    /// Old blocks with free lines that nobody allocates from.
    recyclable: Bits,
}

// SAFETY: the pointers lead to memory that lives for ever and is shared under the rules of this file.
unsafe impl Send for Arena {}
// SAFETY: as above.
unsafe impl Sync for Arena {}

impl Arena {
    /// Lays tables and blocks over a region; says how many bytes it needs at least when that is too small.
    pub(crate) fn new(region: Region) -> Result<Arena, usize> {
        let words = region.0.len().min(WORDS_MAX);
        let blocks = words / BLOCK_WORDS;
        let table_words = table_words(blocks);
        let first_block = table_words.div_ceil(BLOCK_WORDS);
        if blocks < first_block + BLOCKS_MIN {
            return Err((BLOCKS_MIN + table_words.div_ceil(BLOCK_WORDS).max(1)) * BLOCK_BYTES);
        }
        let base = region.0.as_mut_ptr();
        // Marks, entries, states: in falling order of alignment.
        let marks_words = blocks * MARK_WORDS;
        let entries_words = blocks * size_of::<Entry>() / 8;
        let mut free = Bits::new(blocks);
        for block in first_block..blocks {
            free.set(block);
        }
        let usable = blocks - first_block;
        let arena = Arena {
            base,
            words: blocks * BLOCK_WORDS,
            blocks,
            first_block,
            marks: base as *const AtomicU64,
            // SAFETY: `table_words` counted these words, and they lie inside the region.
            entries: unsafe { base.add(marks_words) } as *const Entry,
            // SAFETY: as above.
            states: unsafe { base.add(marks_words + entries_words) } as *const AtomicU8,
            space: Mutex::new(Space { free, partial: Bits::new(blocks), recyclable: Bits::new(blocks) }),
            free_blocks: AtomicUsize::new(usable),
            reserve_blocks: (usable / 16).clamp(1, 1024),
            poisons: AtomicBool::new(false),
            marking: AtomicBool::new(false),
        };
        for block in 0..first_block {
            arena.set_state(block, RESERVED);
        }
        Ok(arena)
    }

    pub(crate) fn base(&self) -> *mut u64 {
        self.base
    }

    pub(crate) fn bytes(&self) -> usize {
        self.blocks * BLOCK_BYTES
    }

    /// The blocks that may hold objects.
    pub(crate) fn block_range(&self) -> core::ops::Range<usize> {
        self.first_block..self.blocks
    }

    pub(crate) fn free_blocks(&self) -> usize {
        self.free_blocks.load(Ordering::Relaxed)
    }

    pub(crate) fn usable_blocks(&self) -> usize {
        self.blocks - self.first_block
    }

    // Words.

    #[inline(always)]
    pub(crate) fn load(&self, index: usize) -> u64 {
        debug_assert!(index < self.words, "word {index} lies outside the arena");
        // SAFETY: in bounds, and initialised: the region was when it was given.
        unsafe { self.base.add(index).read() }
    }

    /// Reads a word that mutators may change meanwhile: a field of an atom, or a cached hash.
    #[inline(always)]
    pub(crate) fn load_shared(&self, index: usize) -> u64 {
        debug_assert!(index < self.words, "word {index} lies outside the arena");
        // SAFETY: in bounds, initialised, and aligned.
        unsafe { AtomicU64::from_ptr(self.base.add(index)) }.load(Ordering::Acquire)
    }

    #[inline(always)]
    pub(crate) fn store(&self, index: usize, word: u64) {
        debug_assert!(index < self.words, "word {index} lies outside the arena");
        // SAFETY: in bounds. The collector's files write only objects that no reader can hold: new copies,
        // and the forwarding half of headers of objects of the running mutator, which nobody else sees.
        unsafe { self.base.add(index).write(word) }
    }

    #[inline(always)]
    pub(crate) fn copy(&self, from: usize, to: usize, words: usize) {
        debug_assert!(from + words <= self.words && to + words <= self.words);
        // SAFETY: in bounds; `to` is fresh memory that overlaps no object.
        unsafe { core::ptr::copy_nonoverlapping(self.base.add(from), self.base.add(to), words) }
    }

    /// Whether an index can be that of an object at all.
    pub(crate) fn contains(&self, index: usize) -> bool {
        index >= self.first_block * BLOCK_WORDS && index < self.words
    }

    pub(crate) fn fill(&self, from: usize, to: usize, word: u64) {
        for index in from..to {
            self.store(index, word);
        }
    }

    // The block table.

    #[inline(always)]
    pub(crate) fn state(&self, block: usize) -> u8 {
        debug_assert!(block < self.blocks);
        // SAFETY: the table has a byte for each block.
        unsafe { &*self.states.add(block) }.load(Ordering::Relaxed)
    }

    fn set_state(&self, block: usize, state: u8) {
        debug_assert!(block < self.blocks);
        // SAFETY: the table has a byte for each block.
        unsafe { &*self.states.add(block) }.store(state, Ordering::Relaxed);
    }

    #[inline(always)]
    fn entry(&self, block: usize) -> &Entry {
        debug_assert!(block < self.blocks);
        // SAFETY: the table has an entry for each block.
        unsafe { &*self.entries.add(block) }
    }

    /// Whether an object lies in the shared old space.
    #[inline(always)]
    pub(crate) fn is_old(&self, index: usize) -> bool {
        self.state(index / BLOCK_WORDS) >= OLD
    }

    /// Whether a young object survived a minor collection.
    #[inline(always)]
    pub(crate) fn is_aged(&self, index: usize) -> bool {
        let chunk = index % BLOCK_WORDS / CHUNK_WORDS;
        self.entry(index / BLOCK_WORDS).aged.load(Ordering::Relaxed) >> chunk & 1 == 1
    }

    /// Whether a young object lies in a chunk that is taken.
    pub(crate) fn is_taken(&self, index: usize) -> bool {
        let chunk = index % BLOCK_WORDS / CHUNK_WORDS;
        self.entry(index / BLOCK_WORDS).taken.load(Ordering::Relaxed) >> chunk & 1 == 1
    }

    /// The free part of an old block at or after a line: first line and line count.
    pub(crate) fn next_hole(&self, block: usize, line: usize) -> Option<(usize, usize)> {
        if line >= BLOCK_WORDS / LINE_WORDS {
            return None;
        }
        let lines = self.lines(block);
        let first = line + (!(lines >> line)).trailing_zeros() as usize;
        if first >= BLOCK_WORDS / LINE_WORDS {
            return None;
        }
        let count = ((lines >> first).trailing_zeros() as usize).min(BLOCK_WORDS / LINE_WORDS - first);
        Some((first, count))
    }

    pub(crate) fn lines(&self, block: usize) -> u128 {
        let [low, high] = &self.entry(block).lines;
        low.load(Ordering::Relaxed) as u128 | (high.load(Ordering::Relaxed) as u128) << 64
    }

    fn set_lines(&self, block: usize, lines: u128) {
        let [low, high] = &self.entry(block).lines;
        low.store(lines as u64, Ordering::Relaxed);
        high.store((lines >> 64) as u64, Ordering::Relaxed);
    }

    /// Marks the lines of an old object as live.
    pub(crate) fn mark_lines(&self, index: usize, words: usize) {
        let (block, first) = (index / BLOCK_WORDS, index % BLOCK_WORDS / LINE_WORDS);
        let last = (index % BLOCK_WORDS + words - 1) / LINE_WORDS;
        let ones = u128::MAX >> (127 - (last - first));
        self.set_lines(block, self.lines(block) | ones << first);
    }

    /// Blocks of the large object that begins in this block.
    pub(crate) fn span(&self, block: usize) -> usize {
        self.entry(block).span.load(Ordering::Relaxed) as usize
    }

    pub(crate) fn set_rescan(&self, block: usize, rescan: bool) {
        self.entry(block).rescan.store(rescan as u32, Ordering::Relaxed);
    }

    pub(crate) fn rescan(&self, block: usize) -> bool {
        self.entry(block).rescan.load(Ordering::Relaxed) != 0
    }

    // Marking.

    #[inline(always)]
    pub(crate) fn is_marking(&self) -> bool {
        self.marking.load(Ordering::Relaxed)
    }

    pub(crate) fn set_marking(&self, marking: bool) {
        self.marking.store(marking, Ordering::Relaxed);
    }

    /// Whether an old block was taken since marking began.
    #[inline(always)]
    pub(crate) fn is_fresh(&self, block: usize) -> bool {
        self.entry(block).taken.load(Ordering::Relaxed) != 0
    }

    fn set_fresh(&self, block: usize, fresh: bool) {
        self.entry(block).taken.store(fresh as u32, Ordering::Relaxed);
    }

    /// Forgets which lines live, and offers none of them until the next sweep.
    pub(crate) fn forget_lines(&self) {
        self.space.lock().recyclable.clear_all();
        for block in self.block_range() {
            if self.state(block) >= OLD {
                self.set_lines(block, 0);
                self.set_fresh(block, false);
                self.set_rescan(block, false);
            }
        }
    }

    // Mark bits, one for each word: set by the one collector only. Outside of a collection only old blocks have
    // any.

    #[inline(always)]
    fn mark_word(&self, index: usize) -> &AtomicU64 {
        debug_assert!(index < self.words);
        // SAFETY: the table has a bit for each word of the arena.
        unsafe { &*self.marks.add(index / 64) }
    }

    /// Marks an object; says whether it was not marked before.
    #[inline(always)]
    pub(crate) fn mark(&self, index: usize) -> bool {
        let word = self.mark_word(index);
        let (old, bit) = (word.load(Ordering::Relaxed), 1 << (index % 64));
        word.store(old | bit, Ordering::Relaxed);
        old & bit == 0
    }

    pub(crate) fn is_marked(&self, index: usize) -> bool {
        self.mark_word(index).load(Ordering::Relaxed) >> (index % 64) & 1 == 1
    }

    /// Forgets the marks of the blocks whose state is in a range.
    pub(crate) fn clear_marks(&self, states: core::ops::RangeInclusive<u8>) {
        for block in self.block_range() {
            if states.contains(&self.state(block)) {
                for index in 0..MARK_WORDS {
                    self.mark_word(block * BLOCK_WORDS + index * 64).store(0, Ordering::Relaxed);
                }
            }
        }
    }

    /// Calls `visit` with each marked index of a block.
    pub(crate) fn for_each_marked(&self, block: usize, mut visit: impl FnMut(usize)) {
        for word in 0..MARK_WORDS {
            let first = block * BLOCK_WORDS + word * 64;
            let mut bits = self.mark_word(first).load(Ordering::Relaxed);
            while bits != 0 {
                visit(first + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
    }

    // Taking and giving back.

    /// Whether `blocks` may be taken at a priority.
    fn may_take(&self, blocks: usize, priority: Priority) -> bool {
        let kept = match priority {
            Priority::Ordinary => self.reserve_blocks,
            Priority::OrdinaryMinor => self.reserve_blocks * 3 / 4,
            Priority::Reserve => self.reserve_blocks / 4,
            Priority::ReserveMinor => 0,
        };
        self.free_blocks() >= blocks + kept
    }

    /// Takes a run of chunks of a block for a nursery, or a whole block: the least power of two of at least
    /// `words`. Returns its first word and its end.
    pub(crate) fn take_chunk(&self, words: usize, aged: bool, priority: Priority) -> Option<(usize, usize)> {
        let chunks = words.div_ceil(CHUNK_WORDS).next_power_of_two();
        debug_assert!(chunks <= CHUNKS);
        let ones = u32::MAX >> (CHUNKS - chunks);
        let mut space = self.space.lock();
        let found = if chunks < CHUNKS { self.find_chunks(&space, chunks) } else { None };
        let (block, shift) = match found {
            Some(found) => found,
            None => {
                let block = self.take_free(&mut space, priority)?;
                self.entry(block).taken.store(0, Ordering::Relaxed);
                self.entry(block).aged.store(0, Ordering::Relaxed);
                self.set_state(block, YOUNG);
                (block, 0)
            }
        };
        let entry = self.entry(block);
        let taken = entry.taken.load(Ordering::Relaxed) | ones << shift;
        let ages = entry.aged.load(Ordering::Relaxed) & !(ones << shift);
        entry.taken.store(taken, Ordering::Relaxed);
        entry.aged.store(if aged { ages | ones << shift } else { ages }, Ordering::Relaxed);
        if taken == u32::MAX {
            space.partial.clear(block);
        } else {
            space.partial.set(block);
        }
        let first = block * BLOCK_WORDS + shift * CHUNK_WORDS;
        Some((first, first + chunks * CHUNK_WORDS))
    }

    /// A free aligned run of chunks in the first few partly taken blocks.
    fn find_chunks(&self, space: &Space, chunks: usize) -> Option<(usize, usize)> {
        const TRIES: usize = 16;
        let ones = u32::MAX >> (CHUNKS - chunks);
        let mut from = 0;
        for _ in 0..TRIES {
            let block = space.partial.first_from(from)?;
            let taken = self.entry(block).taken.load(Ordering::Relaxed);
            let fits = (0..CHUNKS).step_by(chunks).find(|shift| taken >> shift & ones == 0);
            if let Some(shift) = fits {
                return Some((block, shift));
            }
            from = block + 1;
        }
        None
    }

    /// Gives back a chunk that `take_chunk` gave.
    pub(crate) fn give_chunk(&self, first: usize, end: usize) {
        self.poison(first, end);
        let block = first / BLOCK_WORDS;
        let chunks = (end - first) / CHUNK_WORDS;
        let ones = u32::MAX >> (CHUNKS - chunks) << (first % BLOCK_WORDS / CHUNK_WORDS);
        let entry = self.entry(block);
        let mut space = self.space.lock();
        let taken = entry.taken.load(Ordering::Relaxed) & !ones;
        entry.taken.store(taken, Ordering::Relaxed);
        entry.aged.store(entry.aged.load(Ordering::Relaxed) & !ones, Ordering::Relaxed);
        if taken == 0 {
            space.partial.clear(block);
            self.give_free(&mut space, block);
        } else {
            space.partial.set(block);
        }
    }

    /// Takes an old block with free lines.
    pub(crate) fn take_recyclable(&self) -> Option<usize> {
        if self.is_marking() {
            return None;
        }
        let mut space = self.space.lock();
        let block = space.recyclable.first_from(0)?;
        space.recyclable.clear(block);
        Some(block)
    }

    /// Takes a free block for the old space.
    pub(crate) fn take_old(&self, priority: Priority) -> Option<usize> {
        let mut space = self.space.lock();
        let block = self.take_free(&mut space, priority)?;
        self.set_lines(block, 0);
        self.set_fresh(block, self.is_marking());
        self.set_state(block, OLD);
        Some(block)
    }

    /// Takes contiguous blocks for a large object, from the far end. Returns the first.
    pub(crate) fn take_large(&self, words: usize, state: u8, priority: Priority) -> Option<usize> {
        let blocks = words.div_ceil(BLOCK_WORDS);
        let mut space = self.space.lock();
        if !self.may_take(blocks, priority) {
            return None;
        }
        let first = space.free.last_run(blocks)?;
        for block in first..first + blocks {
            space.free.clear(block);
            self.set_state(block, if block == first { state } else { TAIL });
        }
        self.entry(first).span.store(blocks as u32, Ordering::Relaxed);
        self.entry(first).aged.store(0, Ordering::Relaxed);
        self.set_fresh(first, self.is_marking());
        self.set_rescan(first, false);
        self.free_blocks.fetch_sub(blocks, Ordering::Relaxed);
        Some(first)
    }

    /// Gives back the blocks of a large object.
    pub(crate) fn give_large(&self, first: usize) {
        let blocks = self.span(first);
        self.poison(first * BLOCK_WORDS, (first + blocks) * BLOCK_WORDS);
        let mut space = self.space.lock();
        for block in first..first + blocks {
            self.give_free(&mut space, block);
        }
    }

    /// Turns a large object of a nursery into one of the old space, where it lies.
    pub(crate) fn age_large(&self, first: usize) {
        debug_assert!(self.state(first) == YOUNG_LARGE);
        self.set_fresh(first, self.is_marking());
        self.set_state(first, OLD_LARGE);
    }

    /// Notes that a minor collection reached a young large object.
    pub(crate) fn mark_large_reached(&self, first: usize) {
        self.set_rescan(first, true);
    }

    /// Whether the minor collection reached a young large object; then it has survived one.
    pub(crate) fn take_large_reached(&self, first: usize) -> bool {
        let reached = self.rescan(first);
        self.set_rescan(first, false);
        if reached {
            self.entry(first).aged.store(u32::MAX, Ordering::Relaxed);
        }
        reached
    }

    /// After marking: frees old blocks that hold nothing, and offers the free lines of the others.
    /// What was taken since marking began stays. Returns the live words, counted in whole lines.
    pub(crate) fn sweep(&self) -> usize {
        let mut live_words = 0;
        for block in self.block_range() {
            match self.state(block) {
                OLD | OLD_LARGE if self.is_fresh(block) => {
                    let blocks = if self.state(block) == OLD { 1 } else { self.span(block) };
                    live_words += blocks * BLOCK_WORDS;
                }
                OLD => {
                    let lines = self.lines(block);
                    live_words += lines.count_ones() as usize * LINE_WORDS;
                    if self.poisons.load(Ordering::Relaxed) {
                        self.poison_holes(block);
                    }
                    let mut space = self.space.lock();
                    if lines == 0 {
                        space.recyclable.clear(block);
                        self.give_free(&mut space, block);
                    } else if lines != u128::MAX {
                        space.recyclable.set(block);
                    } else {
                        space.recyclable.clear(block);
                    }
                }
                OLD_LARGE if self.is_marked(block * BLOCK_WORDS) => {
                    live_words += self.span(block) * BLOCK_WORDS;
                }
                OLD_LARGE => self.give_large(block),
                _ => {}
            }
        }
        live_words
    }

    fn poison_holes(&self, block: usize) {
        let mut line = 0;
        while let Some((first, count)) = self.next_hole(block, line) {
            let start = block * BLOCK_WORDS + first * LINE_WORDS;
            self.poison(start, start + count * LINE_WORDS);
            line = first + count;
        }
    }

    fn poison(&self, from: usize, to: usize) {
        if self.poisons.load(Ordering::Relaxed) {
            self.fill(from, to, POISON);
        }
    }

    fn take_free(&self, space: &mut Space, priority: Priority) -> Option<usize> {
        if !self.may_take(1, priority) {
            return None;
        }
        let block = space.free.first_from(0)?;
        space.free.clear(block);
        self.free_blocks.fetch_sub(1, Ordering::Relaxed);
        Some(block)
    }

    fn give_free(&self, space: &mut Space, block: usize) {
        debug_assert!(self.state(block) >= TAIL, "block {block} is freed twice");
        self.set_state(block, FREE);
        space.free.set(block);
        self.free_blocks.fetch_add(1, Ordering::Relaxed);
    }
}

/// Words of mark bits for a block.
const MARK_WORDS: usize = BLOCK_WORDS / 64;

fn table_words(blocks: usize) -> usize {
    blocks * (MARK_WORDS + size_of::<Entry>() / 8) + blocks.div_ceil(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arena() -> Arena {
        Arena::new(Region::allocate(1 << 20)).unwrap_or_else(|needed| panic!("needs {needed}"))
    }

    #[test]
    fn a_region_too_small_says_what_it_needs() {
        let needed = Arena::new(Region::allocate(1000)).err().unwrap();
        assert!(Arena::new(Region::allocate(needed)).is_ok());
    }

    #[test]
    fn chunks_share_a_block_and_give_it_back() {
        let arena = arena();
        let free = arena.free_blocks();
        let chunks: alloc::vec::Vec<_> =
            (0..8).map(|_| arena.take_chunk(2 * CHUNK_WORDS, false, Priority::Ordinary).unwrap()).collect();
        assert_eq!(arena.free_blocks(), free - 1);
        let aged = arena.take_chunk(CHUNK_WORDS, true, Priority::Ordinary).unwrap();
        assert!(arena.is_aged(aged.0) && !arena.is_aged(chunks[0].0));
        for (first, end) in chunks {
            assert_eq!(end - first, 2 * CHUNK_WORDS);
            arena.give_chunk(first, end);
        }
        assert_eq!(arena.free_blocks(), free - 1);
        arena.give_chunk(aged.0, aged.1);
        assert_eq!(arena.free_blocks(), free);
    }

    #[test]
    fn holes_are_the_lines_without_live_objects() {
        let arena = arena();
        let block = arena.take_old(Priority::Ordinary).unwrap();
        assert_eq!(arena.next_hole(block, 0), Some((0, 128)));
        arena.mark_lines(block * BLOCK_WORDS, 1);
        arena.mark_lines(block * BLOCK_WORDS + 10 * LINE_WORDS + 31, 2);
        arena.mark_lines(block * BLOCK_WORDS + 127 * LINE_WORDS, LINE_WORDS);
        assert_eq!(arena.next_hole(block, 0), Some((1, 9)));
        assert_eq!(arena.next_hole(block, 10), Some((12, 115)));
        assert_eq!(arena.next_hole(block, 127), None);
        arena.mark_lines(block * BLOCK_WORDS, BLOCK_WORDS);
        assert_eq!(arena.next_hole(block, 0), None);
    }

    #[test]
    fn large_objects_take_runs_and_the_reserve_stays() {
        let arena = arena();
        let free = arena.free_blocks();
        let first = arena.take_large(3 * BLOCK_WORDS - 5, OLD_LARGE, Priority::Ordinary).unwrap();
        assert_eq!((arena.span(first), arena.free_blocks()), (3, free - 3));
        assert_eq!(arena.state(first + 1), TAIL);
        arena.give_large(first);
        assert_eq!(arena.free_blocks(), free);
        while arena.take_old(Priority::Ordinary).is_some() {}
        assert_eq!(arena.free_blocks(), arena.reserve_blocks);
        assert!(arena.take_old(Priority::ReserveMinor).is_some());
    }
}
