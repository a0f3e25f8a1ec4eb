//! Object headers and kinds.
//!
//! ```text
//!  63            32 31             8 7    0
//!  +---------------+----------------+------+
//!  | forwarding    | payload words  | kind |   header, one word before the payload
//!  +---------------+----------------+------+
//! ```
//! The forwarding half is the new place (in words from the start of the arena) once an object was copied,
//! else 0; a forwarded object stays readable.

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
    /// A tagged tuple of values and raw words, for the heap's users.
    Record,
    /// An atom: the one thing that changes.
    Atom,
    /// A cell that is written at most once: a lazy value.
    Cell,
    /// A part of a vector.
    VectorBranch,
    /// A part of a map or set: bitmaps first, then values.
    MapBranch,
    /// A part of a map or set: entries whose hashes collide.
    MapCollision,
}

/// How the words of an object are traced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Layout {
    /// Every payload word is a value.
    Values,
    /// No payload word is a value.
    Raw,
    /// The first payload word is raw, the rest are values.
    RawFirst,
    /// The first payload word is raw; its low 32 bits count the values that follow; the rest is raw.
    Mixed,
}

impl Kind {
    const ALL: [Kind; 21] = [
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
        Kind::Record,
        Kind::Atom,
        Kind::Cell,
        Kind::VectorBranch,
        Kind::MapBranch,
        Kind::MapCollision,
    ];

    pub(crate) fn of_header(header: u64) -> Kind {
        Kind::ALL[(header & 0xFF) as usize]
    }

    pub(crate) fn layout(self) -> Layout {
        match self {
            Kind::Int | Kind::Float | Kind::String | Kind::Bytes => Layout::Raw,
            Kind::MapBranch => Layout::RawFirst,
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

/// The byte offset that a header forwards to.
pub(crate) fn header_forwarding(header: u64) -> Option<u64> {
    let words = header >> 32;
    (words != 0).then_some(words * 8)
}
