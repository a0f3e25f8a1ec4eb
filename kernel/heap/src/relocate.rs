//! Relocation: moves what lives in sparse blocks together, while everybody reads it.
//!
//! Enter at [`Relocation::choose`], [`Relocation::evacuate`], [`Relocation::fix_slot`] and [`Relocation::release`], which the stages of a cycle
//! call in this order (`cycle.rs`). A copy and its original are equal and neither changes, so a reader may hold either; the
//! upper half of an original's header leads to the copy. Atoms and cells stay where they are.
//!
//! References into the blocks to be freed are found in six places, and each is put right by somebody: those in old
//! objects were noted by the marker, those stored into atoms and cells behind it were logged with their place,
//! those in fresh blocks, in what stays in the chosen blocks and in published slots are found by a walk, those in nurseries and on root stacks by their
//! mutators when they settle. From the hand-shake *Flip* on nobody stores another one.
//!
//! Invariant: in a block of state `OLD_FROM` the upper half of every marked object's header is its new place, or its
//! own when it stays.

use crate::arena::{Arena, BLOCK_WORDS, OLD, OLD_FROM};
use crate::core::HeapCore;
use crate::object::{self, Kind};
use crate::sabotage::Part;
use crate::space::Priority;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::ops::Range;
use core::sync::atomic::Ordering;

/// Live words are counted in parts of a block of this many. Not in lines: where small objects that live long lie
/// among larger ones that do not, most lines live and few words.
const PART_WORDS: usize = 32;
const PARTS: usize = BLOCK_WORDS / PART_WORDS;
/// Blocks of which more lives are not worth it.
const PARTS_MAX: usize = PARTS / 2;
/// A cycle copies at most this part of the arena, and of what is free.
const PART_OF_ARENA: usize = 8;
const PART_OF_FREE: usize = 4;
/// A cycle moves nothing unless that gains this part of the arena, or a large object found no run of free blocks: what was
/// taken during the cycle has to be put right for it, and the holes of sparse blocks serve small objects as they are.
const PART_GAINED: usize = 32;
/// What is to become of a block: nothing, it is chosen to be evacuated, or all that lives in it was moved.
const STAYS: u32 = 0;
const CHOSEN: u32 = 1;
const MOVES_WHOLE: u32 = 2;
/// Cost of releasing a block that was moved whole.
const WHOLE_COST: isize = 8;
/// Cost of walking over the marks of a block, and how many marked objects cost as much as marking a small one.
const WALK_COST: isize = 32;
const MARKED_A_UNIT: isize = 8;
/// Blocks with copies that cost as much.
const TAKEN_A_UNIT: usize = 4;
const TAKEN_AT_ONCE: usize = 256;
/// What `fix_fields` counts and costs as much as marking a small object: 25 ns each, where marking takes 120.
const FIXES_A_UNIT: isize = 4;
/// How many words that are looked up cost as much as one that refers to what was moved, whose original lies anywhere in memory.
const LOOKED_UP_A_FIX: isize = 8;
/// What is put right of a fresh block in one go costs about as much: half a step of a mutator.
const FIX_COST: isize = 192;

pub(crate) struct Relocation {
    /// Blocks chosen. Those for which there was no room are in state `OLD` when the others are evacuated.
    blocks: Vec<u32>,
    /// How many old blocks have so many live parts, by the last sweep.
    occupancy: [u32; PARTS + 1],
    /// Words that live in the blocks chosen, as far as is known.
    words: usize,
    /// Blocks with at most this many live parts are chosen.
    parts_most: usize,
    /// For tests: if not 0, every so many-th block instead.
    every: usize,
    /// Where the next copy goes.
    free: Range<usize>,
    /// Blocks taken for copies.
    taken: Vec<u32>,
    /// There was no room for some object.
    is_full: bool,
}

impl Relocation {
    pub(crate) fn new() -> Relocation {
        Relocation {
            blocks: Vec::new(),
            occupancy: [0; PARTS + 1],
            words: 0,
            parts_most: 0,
            every: 0,
            free: 0..0,
            taken: Vec::new(),
            is_full: false,
        }
    }

    /// Begins anew: decides how sparse a block must be to be chosen, by what may be copied in a cycle.
    pub(crate) fn begin(&mut self, heap: &HeapCore) {
        let arena = &heap.arena;
        let blocks = (arena.free_blocks() / PART_OF_FREE).min(arena.usable_blocks() / PART_OF_ARENA);
        let mut room = blocks * PARTS;
        let fits = |parts: &usize| {
            let needed = *parts * self.occupancy[*parts] as usize;
            let fits = needed <= room;
            room = room.saturating_sub(needed);
            fits
        };
        let most = (1..=PARTS_MAX).take_while(fits).last().unwrap_or(0);
        let gained: usize = (1..=most).map(|parts| self.occupancy[parts] as usize * (PARTS - parts)).sum();
        let pays = gained >= arena.usable_blocks() / PART_GAINED * PARTS;
        self.parts_most = if pays | arena.take_run_refused() { most } else { 0 };
        self.every = heap.collector.evacuates_every.load(Ordering::Relaxed);
        (self.blocks, self.taken) = (Vec::new(), Vec::new());
        (self.free, self.is_full, self.words) = (0..0, false, 0);
    }

    /// Chooses a block of the old space that nobody allocates in, or does not, and forgets what lives there.
    pub(crate) fn choose(&mut self, arena: &Arena, block: usize) {
        let parts = parts_of(arena, block);
        // A block that was fresh in the last cycle has none; what lives there is unknown.
        let is_chosen = match self.every {
            0 => (1..=self.parts_most).contains(&parts),
            every => (block + arena.cycle() as usize).is_multiple_of(every),
        };
        if arena.state(block) == OLD && is_chosen && self.blocks.try_reserve(1).is_ok() {
            self.blocks.push(block as u32);
            self.words += parts * PART_WORDS;
            arena.set_chosen(block, CHOSEN);
        }
        if arena.state(block) == OLD {
            arena.forget_live(block);
        }
    }

    /// How much is to be moved in this cycle, about.
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// Nothing is known yet of what is to be moved in the cycle that begins.
    pub(crate) fn forget_words(&mut self) {
        self.words = 0;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Chooses none after all.
    pub(crate) fn give_up(&mut self, arena: &Arena) {
        self.blocks.drain(..).for_each(|block| arena.set_chosen(block as usize, STAYS));
        self.words = 0;
    }

    /// Copies what lives in the next block. Returns the cost, or nothing when that was all.
    pub(crate) fn evacuate(&mut self, heap: &HeapCore, number: usize) -> Option<isize> {
        let arena = &heap.arena;
        let block = *self.blocks.get(number)? as usize;
        if self.is_full {
            arena.set_chosen(block, STAYS);
            return Some(1);
        }
        let (mut words_moved, mut is_whole) = (0, true);
        arena.for_each_marked(block, |at| {
            let header = arena.load(at);
            let words = object::object_words(header);
            let stays = self.is_full || Kind::of_header(header).stays();
            let copy = if stays { None } else { self.allocate(heap, words) };
            if let Some(copy) = copy {
                arena.store(copy, object::with_forwarding(header, 0));
                arena.copy_shared(at + 1, copy + 1, words - 1);
                arena.mark(copy);
                arena.mark_lines(copy, words);
                words_moved += words;
                heap.counters.objects_moved.fetch_add(1, Ordering::Relaxed);
            }
            is_whole &= copy.is_some();
            arena.store(at, object::with_forwarding(header, copy.unwrap_or(at)));
        });
        if is_whole {
            arena.set_chosen(block, MOVES_WHOLE);
        }
        arena.set_state(block, OLD_FROM);
        heap.counters.words_moved.fetch_add(words_moved as u64, Ordering::Relaxed);
        Some(16 + words_moved as isize / 8)
    }

    fn allocate(&mut self, heap: &HeapCore, words: usize) -> Option<usize> {
        if self.free.len() < words {
            let taken = self.taken.try_reserve(1).ok().and_then(|()| {
                // Fresh until everything in it is put right.
                heap.arena.take_old(heap.arena.cycle(), Priority::Ordinary)
            });
            let Some(block) = taken else {
                self.is_full = true;
                return None;
            };
            self.taken.push(block as u32);
            self.free = block * BLOCK_WORDS..(block + 1) * BLOCK_WORDS;
        }
        self.free.start += words;
        Some(self.free.start - words)
    }

    /// Puts right a field that is noted as referring into an evacuated block.
    pub(crate) fn fix_slot(heap: &HeapCore, at: usize) {
        if !heap.omits(Part::FixSlots) {
            heap.arena.fix_place(at);
        }
    }

    /// Puts right some of what lies in a fresh block, from a word of it on. Returns the cost, and the word to go on with if there is more.
    pub(crate) fn fix_fresh(arena: &Arena, block: usize, from: usize) -> (isize, Option<usize>) {
        if arena.state_now(block) < OLD || !arena.is_fresh(block) {
            return (1, None);
        }
        let mut cost = FIXES_A_UNIT;
        let mut next = block * BLOCK_WORDS + from;
        while let Some(at) = arena.next_marked(block, next) {
            if cost > FIX_COST * FIXES_A_UNIT {
                return (cost / FIXES_A_UNIT, Some(at % BLOCK_WORDS));
            }
            cost += arena.fix_fields(at);
            next = at + 1;
        }
        (cost / FIXES_A_UNIT, None)
    }

    /// Puts right what stays in the next chosen block: its fields were not noted. Returns the cost, or nothing when
    /// that was all.
    pub(crate) fn fix_kept(&self, arena: &Arena, number: usize) -> Option<isize> {
        let block = *self.blocks.get(number)? as usize;
        if arena.moves_whole(block) {
            return Some(1);
        }
        let is_whole = arena.state(block) == OLD;
        let (mut cost, mut marked) = (0, 0);
        arena.for_each_marked(block, |at| {
            marked += 1;
            if is_whole || object::header_forwarding(arena.load(at)) == Some(at) {
                cost += arena.fix_fields(at);
            }
        });
        Some(WALK_COST + cost / FIXES_A_UNIT + marked / MARKED_A_UNIT)
    }

    /// Counts an old block for the next cycle's choice.
    pub(crate) fn count(&mut self, arena: &Arena, block: usize) {
        if arena.state(block) == OLD {
            self.occupancy[parts_of(arena, block)] += 1;
        }
    }

    /// Gives the next evacuated block to the sweep, with what stayed in it; nobody refers to the rest. Or, after the last of them,
    /// some blocks with copies. Returns the cost, or nothing when that was all.
    pub(crate) fn release(&mut self, heap: &HeapCore) -> Option<isize> {
        let arena = &heap.arena;
        if let Some(block) = self.blocks.pop() {
            return Some(release_block(heap, block as usize));
        }
        if !self.taken.is_empty() {
            // The live lines of the copies are known, so the sweep need not take them for fresh.
            let rest = self.taken.len().saturating_sub(TAKEN_AT_ONCE);
            self.taken.drain(rest..).for_each(|block| arena.set_taken_in(block as usize, 0));
            return Some((TAKEN_AT_ONCE / TAKEN_A_UNIT) as isize);
        }
        self.occupancy.fill(0);
        None
    }
}

/// Gives an evacuated block to the sweep. Returns the cost.
fn release_block(heap: &HeapCore, block: usize) -> isize {
    let arena = &heap.arena;
    if arena.state(block) != OLD_FROM {
        return 1;
    }
    let mut marked = 0;
    let moved_whole = arena.moves_whole(block);
    arena.set_chosen(block, STAYS);
    arena.forget_live(block);
    if moved_whole {
        arena.clear_marks(block);
        arena.set_state(block, OLD);
        heap.counters.blocks_evacuated.fetch_add(1, Ordering::Relaxed);
        return WHOLE_COST;
    }
    arena.for_each_marked(block, |at| {
        marked += 1;
        let header = arena.load(at);
        if object::header_forwarding(header) == Some(at) {
            arena.mark_lines(at, object::object_words(header));
        } else {
            arena.unmark(at);
        }
    });
    arena.set_state(block, OLD);
    if arena.lines(block) == 0 {
        heap.counters.blocks_evacuated.fetch_add(1, Ordering::Relaxed);
    }
    WALK_COST + marked / MARKED_A_UNIT
}

/// Live parts of an old block, by the last collection.
fn parts_of(arena: &Arena, block: usize) -> usize {
    arena.live_words(block).div_ceil(PART_WORDS).min(PARTS)
}

impl Arena {
    /// The word that refers to the copy, where it refers to what was moved.
    #[inline]
    pub(crate) fn forward(&self, word: u64) -> u64 {
        if word & 3 != 0 || self.state(word as usize / 8 / BLOCK_WORDS) != OLD_FROM {
            return word;
        }
        self.forwarded(word)
    }

    /// The same for a word that is known to refer into an evacuated block.
    #[cold]
    pub(crate) fn forwarded(&self, word: u64) -> u64 {
        core::sync::atomic::fence(Ordering::Acquire);
        object::header_forwarding(self.load(word as usize / 8)).map_or(word, |at| at as u64 * 8)
    }

    /// Makes the fields of an object refer to the copies of what was moved. Returns the cost, of which `FIXES_A_UNIT` are a unit.
    fn fix_fields(&self, at: usize) -> isize {
        let header = self.load(at);
        let fields = object::fields(header, || self.load(at + 1));
        // Of a pair each half is looked up.
        let looked_up = fields.values.len() + 2 * fields.pairs.len();
        let mut moved = 0;
        if Kind::of_header(header).stays() {
            fields.values.for_each(|index| self.fix(at + 1 + index));
        } else {
            // Nobody else stores here.
            let Ok(()) = self.map_fields(at, header, |word| {
                let copy = self.forward(word);
                moved += (copy != word) as isize;
                Ok::<_, Infallible>(copy)
            });
        }
        1 + looked_up as isize / LOOKED_UP_A_FIX + moved
    }

    /// Makes a word that is known by its place only refer to the copies of what it refers to.
    fn fix_place(&self, at: usize) {
        if !self.is_pair(at) {
            return self.fix(at);
        }
        let pair = self.load(at);
        let Ok(copies) = object::map_pair(pair, |word| Ok::<_, Infallible>(self.forward(word)));
        self.store(at, copies);
    }

    /// Makes a field refer to the copy of what it refers to. If somebody else stores meanwhile, the better.
    fn fix(&self, at: usize) {
        let word = self.load_shared(at);
        let copy = self.forward(word);
        if copy != word {
            self.replace(at, word, copy);
        }
    }

    /// Whether the collector is about to move what lives in an old block.
    #[inline(always)]
    pub(crate) fn is_chosen(&self, block: usize) -> bool {
        self.entry(block).aged.load(Ordering::Relaxed) != 0
    }

    /// Whether nothing of an evacuated block stayed.
    fn moves_whole(&self, block: usize) -> bool {
        self.entry(block).aged.load(Ordering::Relaxed) == MOVES_WHOLE
    }

    fn set_chosen(&self, block: usize, chosen: u32) {
        self.entry(block).aged.store(chosen, Ordering::Relaxed);
    }
}
