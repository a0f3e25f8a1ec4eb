//! Object headers, kinds, and where the fields of objects lie.
//!
//! ```text
//!  63            32 31             8 7    0
//!  +---------------+----------------+------+
//!  | forwarding    | payload words  | kind |   header, one word before the payload
//!  +---------------+----------------+------+
//! ```
//! The forwarding half of a young object is its new place (in words from the start of the arena) once it was
//! copied, else 0; a forwarded object stays readable. In an old object it means nothing (it says where the
//! object was copied from, which lets a promotion be undone), but in a block that is evacuated: there it is the new
//! place again.

use core::ops::Range;

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// The value nil.
    Nil = 0,
    /// A boolean.
    Bool,
    /// A 64-bit integer, immediate or boxed.
    Int,
    /// A double, immediate or boxed.
    Float,
    /// A character.
    Char,
    /// An interned keyword.
    Keyword,
    /// An interned symbol.
    Symbol,
    /// The empty list.
    EmptyList,
    /// A mark that programs never see.
    Unbound,
    /// A UTF-8 string.
    String,
    /// Bytes.
    Bytes,
    /// A list cell: first, rest, count or nil, metadata.
    Pair,
    /// A persistent vector.
    Vector,
    /// A persistent hash map.
    Map,
    /// A persistent hash set.
    Set,
    /// A persistent sorted map.
    SortedMap,
    /// A persistent sorted set.
    SortedSet,
    /// A tagged tuple of values and raw words, for the heap's users.
    Record,
    /// An atom: the one thing that changes.
    Atom,
    /// A cell that is written at most once: a lazy value.
    Cell,
    /// A part of a vector: elements.
    VectorLeaf,
    /// A part of a map or set: bitmaps first, then values, then pairs of references to its children.
    MapBranch,
    /// A part of a map or set: entries whose hashes collide.
    MapCollision,
    /// A part of a sorted map or set.
    SortedBranch,
    /// A part of a vector whose children are not all full: their sizes first, then pairs of references to them.
    VectorRelaxed,
    /// A string in parts. Users see a string.
    Rope,
    /// A part of a rope.
    RopeBranch,
    /// A part of a vector above its leaves, whose children but the last are full: pairs of references to them.
    VectorBranch,
}

/// How the words of an object are traced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Layout {
    /// Every payload word is a value.
    Values,
    /// No payload word is a value.
    Raw,
    /// The first payload word is raw, and its upper 32 bits have a bit for each child; at the end of the payload each word holds two
    /// children, in 32 bits each: word indices, of which 0 is none. What lies between are values.
    Branch,
    /// Pairs of references.
    Pairs,
    /// Sizes, which are values, then a pair for each two of them.
    Sized,
    /// The first payload word is raw; its low 32 bits count the values that follow; the rest is raw.
    Mixed,
}

impl Kind {
    const ALL: [Kind; 28] = [
        Kind::Nil,
        Kind::Bool,
        Kind::Int,
        Kind::Float,
        Kind::Char,
        Kind::Keyword,
        Kind::Symbol,
        Kind::EmptyList,
        Kind::Unbound,
        Kind::String,
        Kind::Bytes,
        Kind::Pair,
        Kind::Vector,
        Kind::Map,
        Kind::Set,
        Kind::SortedMap,
        Kind::SortedSet,
        Kind::Record,
        Kind::Atom,
        Kind::Cell,
        Kind::VectorLeaf,
        Kind::MapBranch,
        Kind::MapCollision,
        Kind::SortedBranch,
        Kind::VectorRelaxed,
        Kind::Rope,
        Kind::RopeBranch,
        Kind::VectorBranch,
    ];

    /// What users see of each kind.
    const SEEN: [Kind; 28] = {
        let mut seen = Kind::ALL;
        seen[Kind::Rope as usize] = Kind::String;
        seen
    };

    /// What users see of an object.
    #[inline(always)]
    pub(crate) fn seen_of_header(header: u64) -> Kind {
        Kind::SEEN[(header & 0xFF) as usize]
    }

    /// Whether objects of this kind never move once they are shared: those that change.
    pub(crate) fn stays(self) -> bool {
        matches!(self, Kind::Atom | Kind::Cell)
    }

    pub(crate) fn of_header(header: u64) -> Kind {
        Kind::ALL[(header & 0xFF) as usize]
    }

    pub(crate) fn layout(self) -> Layout {
        match self {
            Kind::Int | Kind::Float | Kind::String | Kind::Bytes => Layout::Raw,
            Kind::MapBranch => Layout::Branch,
            Kind::VectorBranch => Layout::Pairs,
            Kind::VectorRelaxed => Layout::Sized,
            Kind::Record => Layout::Mixed,
            _ => Layout::Values,
        }
    }
}

/// Largest payload in words (128 MiB).
pub(crate) const PAYLOAD_WORDS_MAX: usize = (1 << 24) - 1;

pub(crate) fn header(kind: Kind, words: usize) -> u64 {
    debug_assert!(words <= PAYLOAD_WORDS_MAX);
    (words as u64) << 8 | kind as u64
}

pub(crate) fn header_words(header: u64) -> usize {
    (header >> 8 & 0xFF_FFFF) as usize
}

/// The word index that the header of a young object forwards to.
#[inline(always)]
pub(crate) fn header_forwarding(header: u64) -> Option<usize> {
    let index = (header >> 32) as usize;
    (index != 0).then_some(index)
}

/// Which payload words of an object lead to others.
#[derive(Clone)]
pub(crate) struct Fields {
    /// Values, which may be references.
    pub(crate) values: Range<usize>,
    /// Pairs of references.
    pub(crate) pairs: Range<usize>,
}

/// The fields of an object, given its header and first payload word.
#[inline(always)]
pub(crate) fn fields(header: u64, first: impl FnOnce() -> u64) -> Fields {
    let words = header_words(header);
    let (values, pairs) = match Kind::of_header(header).layout() {
        Layout::Raw => (0..0, 0..0),
        Layout::Values => (0..words, 0..0),
        Layout::Branch => {
            let pairs = words - pairs_of((first() >> 32).count_ones() as usize);
            (1..pairs, pairs..words)
        }
        Layout::Pairs => (0..0, 0..words),
        Layout::Sized => (0..sizes_of(words), sizes_of(words)..words),
        Layout::Mixed => (1..1 + first() as u32 as usize, 0..0),
    };
    Fields { values, pairs }
}

/// Words that hold so many references in pairs.
#[inline(always)]
pub(crate) const fn pairs_of(references: usize) -> usize {
    references.div_ceil(2)
}

/// Sizes among so many words that hold them and a pair for each two of them.
#[inline(always)]
pub(crate) fn sizes_of(words: usize) -> usize {
    words * 2 / 3
}

/// The references of a pair, as words; 0 for none.
#[inline(always)]
pub(crate) fn split_pair(pair: u64) -> [u64; 2] {
    [(pair as u32 as u64) * 8, (pair >> 32) * 8]
}

/// A pair with what `change` makes of each reference that is there.
#[inline(always)]
pub(crate) fn map_pair<E>(pair: u64, mut change: impl FnMut(u64) -> Result<u64, E>) -> Result<u64, E> {
    let mut changed = [0; 2];
    for (to, word) in changed.iter_mut().zip(split_pair(pair)) {
        if word != 0 {
            *to = change(word)? / 8;
        }
    }
    Ok(changed[0] | changed[1] << 32)
}

/// Words of an object, its header counted.
#[inline(always)]
pub(crate) fn object_words(header: u64) -> usize {
    header_words(header) + 1
}

/// The header with a forwarding half: the new place, as a word index.
#[inline(always)]
pub(crate) fn with_forwarding(header: u64, index: usize) -> u64 {
    header & 0xFFFF_FFFF | (index as u64) << 32
}

/// Whether a header names a kind that objects have.
pub(crate) fn is_object_header(header: u64) -> bool {
    let kind = header as u8;
    (kind >= Kind::String as u8 && (kind as usize) < Kind::ALL.len())
        || kind == Kind::Int as u8
        || kind == Kind::Float as u8
}
