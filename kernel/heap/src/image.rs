//! Images: what a value reaches, and every name, as words that a fresh heap takes over without making them anew.
//!
//! Enter at [`Heap::image_of`] and [`Scope::place_image`]. A reference is an offset into the arena, so an image only needs to know in which
//! blocks it will lie: its references count in blocks of its own, and placing it adds to each how far its block is from there.
//!
//! ```text
//! | MAGIC, root, blocks, names | span of each block | the blocks' words | length and hash of each name | their texts |
//! ```
//! The span of a block is 0 where it holds small objects, which end at a header 0 or with the block; else one large object begins in it, of
//! as many blocks, whose others have the span `TAIL`. A door for `unsafe`: [`Image::new`] takes words for objects.
//!
//! Invariants: an image holds all that its root reaches; the same heap gives the same image.
#![allow(unsafe_code, reason = "words of a file become objects; the caller vouches for the file")]

use crate::arena::{Arena, BLOCK_WORDS, LARGE_WORDS, OLD_LARGE};
use crate::core::{Heap, HeapCore};
use crate::mutator::MutatorCore;
use crate::object;
use crate::published::Published;
use crate::scope::{OutOfMemory, Scope};
use crate::space::Priority;
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;

/// Tells an image, and its form: "HALTHEAP", and a number that changes with the layout of any object.
const MAGIC: u64 = u64::from_le_bytes(*b"HALTHP01");
const HEADER_WORDS: usize = 4;
/// The span of the later blocks of a large object.
const TAIL: u64 = u64::MAX;

/// An image of a heap.
#[derive(Clone, Copy)]
pub struct Image(&'static [u8]);

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({} bytes)", self.0.len())
    }
}

/// Why an image was not placed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImageError {
    /// It is no image, or one of another layout.
    Unknown,
    /// The heap has names already.
    NotFresh,
    /// There is no room.
    OutOfMemory,
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ImageError::Unknown => "this is no image of a heap, or one of another layout",
            ImageError::NotFresh => "an image can only be placed in a heap that was not used",
            ImageError::OutOfMemory => "the heap has no room for the image",
        })
    }
}

impl From<OutOfMemory> for ImageError {
    fn from(_: OutOfMemory) -> ImageError {
        ImageError::OutOfMemory
    }
}

impl Image {
    /// Takes the bytes of an image.
    ///
    /// # Safety
    /// The bytes came from [`Heap::image_of`], of the same version of this crate, and what was reachable there keeps the promises that the
    /// users of the heap make to each other.
    pub const unsafe fn new(bytes: &'static [u8]) -> Image {
        Image(bytes)
    }
}

/// Words as they lie in a file.
type Words = &'static [[u8; 8]];

/// Takes the next words off some bytes.
fn take_words(bytes: &mut &'static [u8], count: u64) -> Result<Words, ImageError> {
    let (words, _) = bytes.as_chunks();
    let words = words.get(..count as usize).ok_or(ImageError::Unknown)?;
    *bytes = &bytes[words.len() * 8..];
    Ok(words)
}

impl Heap {
    /// Returns the image of what a published value reaches, and of every name. `None` when some scope stays open.
    pub fn image_of(&self, root: &Published) -> Option<Vec<u8>> {
        // No nursery holds anything then, and nothing is being moved.
        if !self.collect() {
            return None;
        }
        let work = self.0.collector.work.lock();
        if !work.is_idle() || !self.0.stop() {
            return None;
        }
        let image = Writer::new(&self.0.arena).image(root.word(), self.0.names.all());
        self.0.registry.resume();
        Some(image)
    }
}

struct Writer<'a> {
    arena: &'a Arena,
    /// The words of the blocks, and the span of each.
    words: Vec<u64>,
    spans: Vec<u64>,
    /// Where the next small object goes, and the end of its block.
    next: usize,
    end: usize,
    /// Where each object went, by its place in the arena; and those whose fields are still to be put right.
    places: BTreeMap<usize, usize>,
    stack: Vec<usize>,
}

impl Writer<'_> {
    fn new(arena: &Arena) -> Writer<'_> {
        Writer {
            arena,
            words: Vec::new(),
            spans: Vec::new(),
            next: 0,
            end: 0,
            places: BTreeMap::new(),
            stack: Vec::new(),
        }
    }

    fn image(mut self, root: u64, names: Vec<(u32, &'static str)>) -> Vec<u8> {
        let root = self.copy(root);
        while let Some(at) = self.stack.pop() {
            let fields = object::fields(self.words[at], || self.words[at + 1]);
            for index in fields.values {
                self.words[at + 1 + index] = self.copy(self.words[at + 1 + index]);
            }
            for index in fields.pairs {
                let Ok(pair) =
                    object::map_pair(self.words[at + 1 + index], |word| Ok::<_, Infallible>(self.copy(word)));
                self.words[at + 1 + index] = pair;
            }
        }
        let head = [MAGIC, root, self.spans.len() as u64, names.len() as u64];
        let lengths = names.iter().map(|(hash, name)| (name.len() as u64) << 32 | *hash as u64);
        let words = head.into_iter().chain(self.spans).chain(self.words).chain(lengths);
        let mut bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
        names.iter().for_each(|(_, name)| bytes.extend(name.as_bytes()));
        bytes
    }

    /// Copies what a word refers to, without its fields. Returns the word for the image.
    fn copy(&mut self, word: u64) -> u64 {
        if word & 3 != 0 {
            return word;
        }
        let from = word as usize / 8;
        if let Some(place) = self.places.get(&from) {
            return *place as u64 * 8;
        }
        let header = self.arena.load(from);
        let count = object::object_words(header);
        let place = self.place(count);
        self.words[place] = object::with_forwarding(header, 0);
        for index in 1..count {
            self.words[place + index] = self.arena.load(from + index);
        }
        self.places.insert(from, place);
        self.stack.push(place);
        place as u64 * 8
    }

    fn place(&mut self, count: usize) -> usize {
        if count > LARGE_WORDS {
            return self.add_blocks(count.div_ceil(BLOCK_WORDS), true);
        }
        if self.next + count > self.end {
            self.next = self.add_blocks(1, false);
            self.end = self.next + BLOCK_WORDS;
        }
        self.next += count;
        self.next - count
    }

    /// Adds blocks behind the others. Returns their first word.
    fn add_blocks(&mut self, count: usize, is_large: bool) -> usize {
        let first = self.words.len();
        self.words.resize(first + count * BLOCK_WORDS, 0);
        self.spans.push(if is_large { count as u64 } else { 0 });
        self.spans.resize(first / BLOCK_WORDS + count, TAIL);
        first
    }
}

impl Scope<'_> {
    /// Places an image in this heap, in which nothing was made yet, and publishes its root.
    pub fn place_image(self, image: Image) -> Result<Published, ImageError> {
        let heap = &self.core.heap.0;
        let mut bytes = image.0;
        let head = take_words(&mut bytes, HEADER_WORDS as u64)?;
        let [magic, root, blocks, names] = [0, 1, 2, 3].map(|index| u64::from_le_bytes(head[index]));
        if magic != MAGIC {
            return Err(ImageError::Unknown);
        }
        let spans: Vec<u64> =
            take_words(&mut bytes, blocks)?.iter().copied().map(u64::from_le_bytes).collect();
        let words = take_words(&mut bytes, blocks * BLOCK_WORDS as u64)?;
        let lengths = take_words(&mut bytes, names)?;
        let length = |entry: &[u8; 8]| (u64::from_le_bytes(*entry) >> 32) as usize;
        if lengths.iter().map(length).sum::<usize>() != bytes.len() {
            return Err(ImageError::Unknown);
        }
        let texts = str::from_utf8(bytes).map_err(|_| ImageError::Unknown)?;
        if !heap.names.fill(lengths, texts) {
            return Err(ImageError::NotFresh);
        }
        let placing = Placing { core: self.core, blocks: take_blocks(self.core, heap, &spans)?, words };
        placing.copy(&spans);
        Ok(self.publish(Value::from_word(placing.moved(root)))?)
    }
}

/// Takes a block for each of an image.
fn take_blocks(core: &MutatorCore, heap: &HeapCore, spans: &[u64]) -> Result<Vec<usize>, OutOfMemory> {
    let (mut blocks, cycle) = (Vec::with_capacity(spans.len()), core.asked().cycle());
    for span in spans {
        let block = match *span {
            0 => heap.arena.take_old(cycle, Priority::Ordinary),
            TAIL => blocks.last().map(|block| block + 1),
            span => {
                let words = span as usize * BLOCK_WORDS;
                heap.arena.take_large(words, OLD_LARGE, cycle, Priority::Ordinary)
            }
        };
        blocks.push(block.ok_or(OutOfMemory)?);
    }
    heap.note_old_growth(spans.len() * BLOCK_WORDS);
    Ok(blocks)
}

/// An image on its way into the arena.
struct Placing<'a> {
    core: &'a MutatorCore,
    /// Where each of its blocks goes.
    blocks: Vec<usize>,
    /// The words of its blocks.
    words: Words,
}

impl Placing<'_> {
    /// The place in the arena of a word of the image.
    fn place(&self, index: usize) -> usize {
        self.blocks[index / BLOCK_WORDS] * BLOCK_WORDS + index % BLOCK_WORDS
    }

    /// The word in the arena for a word in the image.
    #[inline]
    fn moved(&self, word: u64) -> u64 {
        if word & 3 != 0 { word } else { self.place(word as usize / 8) as u64 * 8 }
    }

    fn copy(&self, spans: &[u64]) {
        for (block, span) in spans.iter().enumerate().filter(|(_, span)| **span != TAIL) {
            let (mut index, end) = (block * BLOCK_WORDS, (block + 1) * BLOCK_WORDS);
            while index < end {
                let header = u64::from_le_bytes(self.words[index]);
                if header == 0 {
                    break;
                }
                let count = object::object_words(header);
                self.copy_object(self.place(index), &self.words[index..index + count]);
                index += if *span == 0 { count } else { BLOCK_WORDS };
            }
        }
    }

    #[inline]
    fn copy_object(&self, at: usize, words: Words) {
        let (arena, word) = (&self.core.heap.0.arena, |index: usize| u64::from_le_bytes(words[index]));
        let object::Fields { values, pairs } = object::fields(word(0), || word(1));
        let moved_pair = |pair| {
            let Ok(pair) = object::map_pair(pair, |word| Ok::<_, Infallible>(self.moved(word)));
            pair
        };
        let raw_until = pairs.end.max(values.end);
        (0..=values.start).for_each(|index| arena.store(at + index, word(index)));
        values.for_each(|index| arena.store(at + 1 + index, self.moved(word(1 + index))));
        pairs.for_each(|index| arena.store(at + 1 + index, moved_pair(word(1 + index))));
        (raw_until + 1..words.len()).for_each(|index| arena.store(at + index, word(index)));
        if self.core.asked().marks_fresh() {
            arena.mark(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;
    use alloc::boxed::Box;

    fn heap() -> Heap {
        Heap::new(Region::allocate(8 << 20)).unwrap()
    }

    fn image(heap: &Heap, root: &Published) -> Image {
        let bytes: &'static [u8] = Box::leak(heap.image_of(root).unwrap().into_boxed_slice());
        // SAFETY: it was just made.
        unsafe { Image::new(bytes) }
    }

    /// A value of many kinds, with an atom that leads back to itself and strings too large for a block.
    fn sample(heap: &Heap) -> Published {
        let make = |s: Scope<'_>| {
            let atom = s.atom(Value::NIL)?;
            let many: Vec<_> = (0..5000).map(|n| s.int(n).unwrap()).collect();
            let entries = (0..500).map(|n| Ok((s.keyword(&alloc::format!("k{n}")), s.int(n << 60)?)));
            let map = s.map(&entries.collect::<Result<Vec<_>, OutOfMemory>>()?)?;
            let large = s.string(&"words ".repeat(30_000))?;
            let record = s.record(7, &[s.symbol("a/b"), map, atom], &[atom.word(), 8, 0])?;
            let lazy = s.cell(record)?;
            let floats = s.set(&[s.float(1e300)?, s.float(0.5)?])?;
            s.atom_store(atom, s.vector(&[record, s.vector(&many)?, large, floats, lazy, atom])?)?;
            s.publish(atom)
        };
        heap.mutator().enter(make).unwrap()
    }

    #[test]
    fn a_placed_image_is_the_same_value_and_gives_the_same_image() {
        let from = heap();
        let root = sample(&from);
        let first = image(&from, &root);
        let to = heap();
        let placed = to.mutator().enter(|s| s.place_image(first)).unwrap();
        to.verify().unwrap();
        let second = image(&to, &placed);
        assert!(first.0 == second.0, "{} and {} bytes", first.0.len(), second.0.len());
        let text = |heap: &Heap, root: &Published| {
            heap.mutator().enter(|s| {
                let parts = s.atom_load(s.open(root));
                let record = s.vector_get(parts, 0).unwrap();
                let map = s.record_values(record)[1];
                assert_eq!(s.map_get(map, s.keyword("k7")).and_then(|n| s.as_int(n)), Some(7 << 60));
                assert_eq!(s.name(s.record_values(record)[0]), Some("a/b"));
                assert_eq!(s.record_words(record)[1..], [8, 0]);
                assert_eq!(s.vector_count(s.vector_get(parts, 1).unwrap()), 5000);
                s.try_str(s.vector_get(parts, 2).unwrap()).unwrap().unwrap().len()
            })
        };
        assert_eq!(text(&from, &root), text(&to, &placed));
        for _ in 0..3 {
            assert!(to.collect());
            to.verify().unwrap();
        }
        assert_eq!(text(&to, &placed), 180_000);
    }

    #[test]
    fn an_image_is_placed_while_the_collector_is_at_work() {
        let from = heap();
        let made = image(&from, &sample(&from));
        for steps in 0..40 {
            let to = heap();
            let mut mutator = to.mutator();
            mutator.enter(|_| (0..steps).for_each(|_| _ = to.collect_a_little(20)));
            let placed = mutator.enter(|s| s.place_image(made)).unwrap();
            (0..steps * 10).for_each(|_| _ = to.collect_a_little(50));
            to.verify().unwrap();
            drop(placed);
            assert!(to.collect());
            assert_eq!(to.usage_bytes().0, heap().usage_bytes().0);
        }
    }

    #[test]
    fn what_is_no_image_or_finds_a_used_heap_is_refused() {
        let from = heap();
        let made = image(&from, &sample(&from));
        let place = |heap: &Heap, image| heap.mutator().enter(|s| s.place_image(image).err());
        // SAFETY: these are refused before any word becomes an object.
        let cut = |count: usize| unsafe { Image::new(&made.0[..count]) };
        for count in [0, 7, 31, 32, 100, 40_000, made.0.len() - 1] {
            assert_eq!(place(&heap(), cut(count)), Some(ImageError::Unknown));
        }
        assert_eq!(place(&from, made), Some(ImageError::NotFresh));
        let small = Heap::new(Region::allocate(10 * crate::arena::BLOCK_BYTES)).unwrap();
        assert_eq!(place(&small, made), Some(ImageError::OutOfMemory));
    }
}
