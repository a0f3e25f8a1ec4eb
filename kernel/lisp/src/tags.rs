//! Tags of the records that the language is made of, and their layouts.
//!
//! Each constant says which values and raw words a record of that tag has.

/// A function: values `[codes..., captures...]`; words `[shape of the first code, count of codes]`. The variadic code is last.
pub const FUNCTION: u16 = 0x001;
/// A native function: values `[name symbol]`; words `[index in the runtime's table]`.
pub const NATIVE: u16 = 0x003;
/// Code: values `[name, file, constants...]`; words as in `bytecode.rs`.
pub const CODE: u16 = 0x004;
/// A var: values `[qualified symbol, atom]`; the atom holds the root value, its info the metadata.
pub const VAR: u16 = 0x005;
/// A namespace: values `[name, atom of symbol -> var, atom of alias -> namespace name, atom of how often a name of it came to mean
/// something else]`.
pub const NAMESPACE: u16 = 0x006;
/// A lazy sequence: values `[cell]`; the cell holds a [`THUNK`] until it is realised, then a list-like value or nil.
pub const LAZY: u16 = 0x007;
/// A delay: values `[cell]`; the cell holds a [`THUNK`] until it is realised, then the value.
pub const DELAY: u16 = 0x008;
/// What an unrealised cell holds: values `[function of no arguments]`. Programs never see it.
pub const THUNK: u16 = 0x009;
/// The rest of a vector as a sequence: values `[vector, index]`; never empty.
pub const VECTOR_SEQ: u16 = 0x00A;
/// A reduced value: values `[value]`.
pub const REDUCED: u16 = 0x00B;
/// A multimethod: values `[name, dispatch function, atom of methods]`; called like a function.
pub const MULTIMETHOD: u16 = 0x00C;
/// A function with metadata: values `[function, metadata]`; called like the function.
pub const META_FUNCTION: u16 = 0x00D;
/// A regex: values `[pattern]`; words: its program, see `regex.rs`.
pub const REGEX: u16 = 0x00E;
/// A part of a sorted map or set as a sequence: values `[collection, index of the first, index at which it ends,
/// comparator]`, backwards where the end is lower; never empty. The comparator tells orders of equal collections apart.
pub const SORTED_SEQ: u16 = 0x00F;
/// A big integer that does not fit 64 bits: words `[sign, magnitude...]`, the least word first; the sign is 1 when negative.
pub const BIG: u16 = 0x010;
/// A big integer that does: values `[integer]`, which it equals.
pub const SMALL_BIG: u16 = 0x011 | halt_heap::ALIAS;
/// A ratio in lowest terms: values `[numerator, denominator]`, integers or [`BIG`].
pub const RATIO: u16 = 0x012;
/// A decimal without trailing zeros: words `[scale, sign, magnitude...]`.
pub const DECIMAL: u16 = 0x013;
/// A decimal with trailing zeros: values `[decimal without them]`, which it equals; words as above.
pub const PADDED_DECIMAL: u16 = 0x014 | halt_heap::ALIAS;
/// A promise or future: values `[atom, kind]`; the atom holds nil or a list of the processes
/// that wait, then `[value]` or `[nil error]`; the kind is nil for a promise.
pub const PROMISE: u16 = 0x015;
/// A UUID: two words.
pub const UUID: u16 = 0x016;
/// An instant: one word, milliseconds since 1970.
pub const INSTANT: u16 = 0x017;
/// A tagged literal without a reader: values `[tag, form]`.
pub const TAGGED: u16 = 0x018;
/// A reader conditional as a value: values `[form, whether it splices]`.
pub const READER_CONDITIONAL: u16 = 0x019;
/// A reference that is no atom: values `[kind, atom, extra]`; the kind is a keyword: `:ref`, `:agent`, `:matcher`, or `:array`,
/// whose atom holds a vector.
pub const REFERENCE: u16 = 0x01A;
/// An object of `deftype` or `reify`: values `[type symbol, fields or methods, metadata]`; words `[serial]`, so that no two are equal.
pub const OBJECT: u16 = 0x01B;
/// What a runtime's image holds: values `[atom of namespaces, error for exhausted memory, next serial number, names of the natives, atom
/// of what sources made, how often names came to mean something else]`.
pub const IMAGE: u16 = 0x01C;
/// A chunk of a sequence and what follows it: values `[vector, index of the first element, rest]`; the chunk is never empty.
/// Words `[counts of its parts]`, a byte each from its beginning on, 0 where all have 32: see `seq::parts_of`.
pub const CHUNK_SEQ: u16 = 0x01D;
/// Integers in steps: values `[first, end, step]`, the end left out; never empty.
pub const RANGE_SEQ: u16 = 0x01E;
/// What loading a source made: values `[its text, vector of MADE]`, see `again.rs`.
pub(crate) const LOADED: u16 = 0x01F;
/// What a definition of a source made: values `[var, function, metadata, namespace's name]`, words as in `again.rs`.
pub(crate) const MADE: u16 = 0x020;
/// The loading of a source: values `[file and namespace, its LOADED of the last time or nil, list of what it has made so far, the last
/// first]`.
pub(crate) const LOADING: u16 = 0x021;
/// First of the tags that the library (`natives/`) chooses freely, up to 0x0FF.
pub const LIBRARY_FIRST: u16 = 0x040;
