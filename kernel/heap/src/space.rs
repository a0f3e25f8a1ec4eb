//! The space of the arena: taking blocks, parts of blocks and runs of blocks, and giving them back.
//!
//! Enter at [`Arena::take_chunk`] (nurseries), [`Arena::take_old`] and [`Arena::take_recyclable`] (the old space),
//! [`Arena::take_large`], and [`Arena::sweep`].
//!
//! Invariant: a block changes its state under the lock of [`Space`], and only while nobody but the caller can
//! hold a reference into it.

use crate::arena::{
    Arena, BLOCK_WORDS, CHUNK_WORDS, FREE, LINE_WORDS, OLD, OLD_LARGE, POISON, TAIL, YOUNG, YOUNG_LARGE,
};
use crate::bits::Bits;
use core::sync::atomic::Ordering;

const CHUNKS: usize = BLOCK_WORDS / CHUNK_WORDS;

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

/// What the lock protects: which blocks are to be had.
pub(crate) struct Space {
    /// Free blocks.
    free: Bits,
    /// Young blocks with a free chunk.
    partial: Bits,
    /// Old blocks with free lines that nobody allocates from.
    recyclable: Bits,
}

impl Space {
    /// All blocks from the first usable one are free.
    pub(crate) fn new(blocks: usize, first_block: usize) -> Space {
        let mut free = Bits::new(blocks);
        free.set_range(first_block, blocks);
        Space { free, partial: Bits::new(blocks), recyclable: Bits::new(blocks) }
    }

    pub(crate) fn forget_recyclable(&mut self) {
        self.recyclable.clear_all();
    }
}

impl Arena {
    /// Whether `blocks` may be taken at a priority.
    fn may_take(&self, blocks: usize, priority: Priority) -> bool {
        let kept = match priority {
            Priority::Ordinary => self.reserve_blocks,
            Priority::OrdinaryMinor => self.reserve_blocks * 3 / 4,
            Priority::Reserve => self.reserve_blocks / 4,
            Priority::ReserveMinor => 0,
        };
        let may = self.free_blocks() >= blocks + kept;
        if !may {
            self.refused.store(true, Ordering::Relaxed);
        }
        may
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
        let mut space = self.space.lock();
        let block = space.recyclable.first_from(0)?;
        space.recyclable.clear(block);
        Some(block)
    }

    /// Takes a free block for the old space, in the cycle that the taker knows of.
    pub(crate) fn take_old(&self, cycle: u32, priority: Priority) -> Option<usize> {
        let mut space = self.space.lock();
        let block = self.take_free(&mut space, priority)?;
        self.clear_marks(block);
        self.forget_live(block);
        self.set_rescan(block, false);
        self.entry(block).aged.store(0, Ordering::Relaxed);
        self.set_taken_in(block, cycle);
        self.set_state(block, OLD);
        Some(block)
    }

    /// Takes contiguous blocks for a large object, from the far end. Returns the first.
    pub(crate) fn take_large(
        &self,
        words: usize,
        state: u8,
        cycle: u32,
        priority: Priority,
    ) -> Option<usize> {
        let blocks = words.div_ceil(BLOCK_WORDS);
        let mut space = self.space.lock();
        if !self.may_take(blocks, priority) {
            return None;
        }
        let Some(first) = space.free.last_run(blocks) else {
            self.run_refused.store(true, Ordering::Relaxed);
            return None;
        };
        self.entry(first).span.store(blocks as u32, Ordering::Relaxed);
        self.entry(first).aged.store(0, Ordering::Relaxed);
        self.unmark(first * BLOCK_WORDS);
        self.set_taken_in(first, cycle);
        self.set_rescan(first, false);
        for block in first..first + blocks {
            space.free.clear(block);
            self.set_state(block, if block == first { state } else { TAIL });
        }
        self.free_blocks.fetch_sub(blocks, Ordering::Relaxed);
        Some(first)
    }

    /// Whether a large object found no run of free blocks, though there were enough, since this was asked last.
    pub(crate) fn take_run_refused(&self) -> bool {
        self.run_refused.swap(false, Ordering::Relaxed)
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
    pub(crate) fn age_large(&self, first: usize, cycle: u32) {
        debug_assert!(self.state(first) == YOUNG_LARGE);
        self.set_taken_in(first, cycle);
        self.entry(first).aged.store(0, Ordering::Relaxed);
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

    /// After marking: frees an old block if it holds nothing, and else offers its free lines.
    /// What was taken in this cycle stays. Returns the live lines of what stays, and how many blocks became free.
    pub(crate) fn sweep(&self, block: usize) -> (usize, usize) {
        match self.state_now(block) {
            OLD if self.is_fresh(block) => (BLOCK_WORDS / LINE_WORDS, 0),
            OLD => {
                let lines = self.lines(block);
                if self.poisons.load(Ordering::Relaxed) {
                    self.poison_holes(block);
                }
                let mut space = self.space.lock();
                if lines == 0 {
                    self.give_free(&mut space, block);
                } else if lines != u128::MAX {
                    space.recyclable.set(block);
                }
                (lines.count_ones() as usize, usize::from(lines == 0))
            }
            OLD_LARGE if self.is_fresh(block) || self.is_marked(block * BLOCK_WORDS) => {
                (self.span(block) * (BLOCK_WORDS / LINE_WORDS), 0)
            }
            OLD_LARGE => {
                let blocks = self.span(block);
                self.give_large(block);
                (0, blocks)
            }
            _ => (0, 0),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::Region;

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
        let block = arena.take_old(0, Priority::Ordinary).unwrap();
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
        let first = arena.take_large(3 * BLOCK_WORDS - 5, OLD_LARGE, 0, Priority::Ordinary).unwrap();
        assert_eq!((arena.span(first), arena.free_blocks()), (3, free - 3));
        assert_eq!(arena.state(first + 1), TAIL);
        arena.give_large(first);
        assert_eq!(arena.free_blocks(), free);
        while arena.take_old(0, Priority::Ordinary).is_some() {}
        assert_eq!(arena.free_blocks(), arena.reserve_blocks);
        assert!(arena.take_old(0, Priority::ReserveMinor).is_some());
    }
}
