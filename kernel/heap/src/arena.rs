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

use crate::object;
use crate::space::Space;
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
/// Objects above this size have blocks of their own.
pub(crate) const LARGE_WORDS: usize = BLOCK_WORDS / 2;
/// The fewest blocks beside the tables with which a heap works.
const BLOCKS_MIN: usize = 8;
/// Fills freed memory in torture mode: as a header of no kind, as a value a reference out of any arena.
pub(crate) const POISON: u64 = 0xDEAD_DEAD_DEAD_DEA8;
/// Forwarding has 32 bits for a word index.
const WORDS_MAX: usize = 1 << 32;
/// The number before that of the first cycle.
pub(crate) const CYCLE_FIRST: u32 = 1;

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
/// A block of the old space whose objects were copied elsewhere, but for those that never move.
pub(crate) const OLD_FROM: u8 = 7;

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

/// One row of the block table.
#[repr(C)]
pub(crate) struct Entry {
    /// Old blocks: which lines were live at the last collection.
    lines: [AtomicU64; 2],
    /// Young blocks: which chunks are taken. Old ones: in which cycle of the collector they were taken.
    pub(crate) taken: AtomicU32,
    /// Young blocks: which chunks hold survivors of a minor collection. Young large: survived one. Old: not 0 when
    /// the block is to be evacuated.
    pub(crate) aged: AtomicU32,
    /// Large objects: blocks in all. Old blocks: words that lived at the last collection.
    pub(crate) span: AtomicU32,
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
    pub(crate) space: Mutex<Space>,
    pub(crate) free_blocks: AtomicUsize,
    /// Somebody was refused a block since the last collection.
    pub(crate) refused: AtomicBool,
    /// A large object found no run of free blocks, though there were enough.
    pub(crate) run_refused: AtomicBool,
    pub(crate) reserve_blocks: usize,
    pub(crate) poisons: AtomicBool,
    /// Counts collections of the old space. What it takes in the cycle under way is fresh: it counts as live.
    cycle: AtomicU32,
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
            space: Mutex::new(Space::new(blocks, first_block)),
            free_blocks: AtomicUsize::new(usable),
            refused: AtomicBool::new(false),
            run_refused: AtomicBool::new(false),
            reserve_blocks: (usable / 16).clamp(1, 1024),
            poisons: AtomicBool::new(false),
            cycle: AtomicU32::new(CYCLE_FIRST),
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
        // SAFETY: in bounds, aligned, and initialised: the region was when it was given.
        unsafe { AtomicU64::from_ptr(self.base.add(index)) }.load(Ordering::Relaxed)
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
        unsafe { AtomicU64::from_ptr(self.base.add(index)) }.store(word, Ordering::Relaxed)
    }

    /// Asks for the cache line of a word that will be read soon, without waiting for it.
    #[inline(always)]
    pub(crate) fn prefetch(&self, index: usize) {
        debug_assert!(index < self.words, "word {index} lies outside the arena");
        prefetch(self.base.wrapping_add(index));
    }

    #[inline(always)]
    pub(crate) fn copy(&self, from: usize, to: usize, words: usize) {
        debug_assert!(from + words <= self.words && to + words <= self.words);
        // SAFETY: in bounds; `to` is fresh memory that overlaps no object.
        unsafe { core::ptr::copy_nonoverlapping(self.base.add(from), self.base.add(to), words) }
    }

    /// Copies a payload in which mutators may be caching a hash.
    pub(crate) fn copy_shared(&self, from: usize, to: usize, words: usize) {
        for index in 0..words {
            self.store(to + index, self.load(from + index));
        }
    }

    /// Replaces a word, if it is still there, by one that means the same.
    pub(crate) fn replace(&self, index: usize, from: u64, to: u64) {
        debug_assert!(index < self.words, "word {index} lies outside the arena");
        // SAFETY: in bounds, initialised, and aligned. Mutators read fields as plain memory; both words refer to
        // equal values (docs/soundness.md, "Fields change under readers").
        let word = unsafe { AtomicU64::from_ptr(self.base.add(index)) };
        let _ = word.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// The index of a word of the arena.
    pub(crate) fn index_of(&self, word: &AtomicU64) -> usize {
        let index = (word.as_ptr() as usize - self.base as usize) / 8;
        debug_assert!(index < self.words);
        index
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

    // Fields.

    /// Calls `visit` with each word of an object that may be a reference.
    #[inline(always)]
    pub(crate) fn for_each_field(&self, at: usize, header: u64, mut visit: impl FnMut(u64)) {
        let fields = object::fields(header, || self.load(at + 1));
        fields.values.for_each(|index| visit(self.load(at + 1 + index)));
        for index in fields.pairs {
            object::split_pair(self.load(at + 1 + index))
                .into_iter()
                .filter(|word| *word != 0)
                .for_each(&mut visit);
        }
    }

    /// Replaces each word of an object that may be a reference by what `change` makes of it; that leaves alone what refers to a
    /// block of the old space that is not evacuated, as most children of branches do. Nobody else stores there.
    #[inline(always)]
    pub(crate) fn map_fields<E>(
        &self,
        at: usize,
        header: u64,
        mut change: impl FnMut(u64) -> Result<u64, E>,
    ) -> Result<(), E> {
        let fields = object::fields(header, || self.load(at + 1));
        for index in fields.values {
            let word = self.load(at + 1 + index);
            let changed = change(word)?;
            if changed != word {
                self.store(at + 1 + index, changed);
            }
        }
        for index in fields.pairs {
            let pair = self.load(at + 1 + index);
            if self.is_settled(pair as u32 as usize) & self.is_settled((pair >> 32) as usize) {
                continue;
            }
            let changed = object::map_pair(pair, &mut change)?;
            if changed != pair {
                self.store(at + 1 + index, changed);
            }
        }
        Ok(())
    }

    /// Whether a word of the old space is a pair of references, of an object that is marked.
    pub(crate) fn is_pair(&self, index: usize) -> bool {
        let block = index / BLOCK_WORDS;
        if self.state(block) == OLD_LARGE {
            return false;
        }
        let Some(at) = self.last_marked(block, index) else { return false };
        let header = self.load(at);
        object::fields(header, || self.load(at + 1)).pairs.contains(&(index - at).wrapping_sub(1))
    }

    // The block table.

    #[inline(always)]
    pub(crate) fn state(&self, block: usize) -> u8 {
        debug_assert!(block < self.blocks);
        // SAFETY: the table has a byte for each block.
        unsafe { &*self.states.add(block) }.load(Ordering::Relaxed)
    }

    /// The state of a block that others may be taking: what they wrote about it before is seen.
    pub(crate) fn state_now(&self, block: usize) -> u8 {
        debug_assert!(block < self.blocks);
        // SAFETY: the table has a byte for each block.
        unsafe { &*self.states.add(block) }.load(Ordering::Acquire)
    }

    pub(crate) fn set_state(&self, block: usize, state: u8) {
        debug_assert!(block < self.blocks);
        // SAFETY: the table has a byte for each block.
        unsafe { &*self.states.add(block) }.store(state, Ordering::Release);
    }

    #[inline(always)]
    pub(crate) fn entry(&self, block: usize) -> &Entry {
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

    pub(crate) fn set_lines(&self, block: usize, lines: u128) {
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
        self.entry(block).span.store((self.live_words(block) + words) as u32, Ordering::Relaxed);
    }

    /// Forgets what lives in an old block: before it is marked anew.
    pub(crate) fn forget_live(&self, block: usize) {
        self.set_lines(block, 0);
        self.entry(block).span.store(0, Ordering::Relaxed);
    }

    /// Words of the objects of an old block that lived at the last collection; may count some twice.
    pub(crate) fn live_words(&self, block: usize) -> usize {
        self.entry(block).span.load(Ordering::Relaxed) as usize
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

    /// The number of the cycle under way, or of the last one.
    #[inline(always)]
    pub(crate) fn cycle(&self) -> u32 {
        self.cycle.load(Ordering::Relaxed)
    }

    pub(crate) fn set_cycle(&self, cycle: u32) {
        self.cycle.store(cycle, Ordering::Relaxed);
    }

    /// Whether an old block was taken in the cycle under way, by a mutator that knew of it.
    #[inline(always)]
    pub(crate) fn is_fresh(&self, block: usize) -> bool {
        self.entry(block).taken.load(Ordering::Relaxed) == self.cycle()
    }

    pub(crate) fn set_taken_in(&self, block: usize, cycle: u32) {
        self.entry(block).taken.store(cycle, Ordering::Relaxed);
    }

    // Mark bits, one for each word: those of blocks that are not fresh are set by the one collector only,
    // those of a fresh block by whoever allocates in it.

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

    /// Takes the mark of an object back.
    pub(crate) fn unmark(&self, index: usize) {
        let word = self.mark_word(index);
        word.store(word.load(Ordering::Relaxed) & !(1 << (index % 64)), Ordering::Relaxed);
    }

    /// Forgets the marks of a block.
    pub(crate) fn clear_marks(&self, block: usize) {
        for index in 0..MARK_WORDS {
            self.mark_word(block * BLOCK_WORDS + index * 64).store(0, Ordering::Relaxed);
        }
    }

    /// Asks for the mark of an object that will be marked soon.
    #[inline(always)]
    pub(crate) fn prefetch_mark(&self, index: usize) {
        prefetch(self.mark_word(index).as_ptr());
    }

    /// The first marked index of a block from an index of it, or the block's end, on.
    pub(crate) fn next_marked(&self, block: usize, from: usize) -> Option<usize> {
        let end = (block + 1) * BLOCK_WORDS;
        let mut first = from;
        while first < end {
            let bits = self.mark_word(first).load(Ordering::Relaxed) >> (first % 64);
            if bits != 0 {
                return Some(first + bits.trailing_zeros() as usize);
            }
            first = (first / 64 + 1) * 64;
        }
        None
    }

    /// The last marked index of a block up to and with an index of it.
    fn last_marked(&self, block: usize, until: usize) -> Option<usize> {
        let mut last = until;
        loop {
            let bits = self.mark_word(last).load(Ordering::Relaxed) << (63 - last % 64);
            if bits != 0 {
                return Some(last - bits.leading_zeros() as usize);
            }
            last = (last / 64 * 64).checked_sub(1).filter(|last| *last >= block * BLOCK_WORDS)?;
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
}

/// Words of mark bits for a block.
const MARK_WORDS: usize = BLOCK_WORDS / 64;

/// Asks for the cache line at an address, wherever it leads.
#[inline(always)]
pub(crate) fn prefetch(address: *const u64) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a prefetch reads nothing and never faults.
    unsafe {
        core::arch::asm!("prefetcht0 [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = address;
}

fn table_words(blocks: usize) -> usize {
    blocks * (MARK_WORDS + size_of::<Entry>() / 8) + blocks.div_ceil(8)
}
