//! A scope: the span in which values are valid, and everything one can do with them.
//!
//! The collections add their operations in their own files (`vector.rs`, `map.rs`, ...).

use crate::mutator::{Mutator, MutatorCore};
use crate::object::Kind;
use crate::published::Published;
use crate::value::{Brand, Value, Word};
use core::fmt;
use core::marker::PhantomData;

/// The arena, or the quota of a mutator, is exhausted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of memory")
    }
}

/// The span in which values are valid. Copy it freely; it cannot leave the closure of `Mutator::enter`.
#[derive(Clone, Copy)]
pub struct Scope<'s> {
    pub(crate) core: &'s MutatorCore,
    brand: Brand<'s>,
}

/// The bit of a record's tag that makes it an alias: in equality and hash it stands for its first value, so that
/// a map finds what is stored under either. Identity, tag, values and words stay its own.
pub const ALIAS: u16 = 0x8000;

/// Root stacks of fewer places than this are not made smaller.
const ROOTS_KEPT: usize = 8192;

impl<'s> Scope<'s> {
    pub(crate) fn new(core: &'s MutatorCore) -> Scope<'s> {
        Scope { core, brand: PhantomData }
    }

    /// What a value is.
    #[inline]
    pub fn kind(self, value: Value<'s>) -> Kind {
        match value.unpack() {
            Word::Ref(offset) => Kind::seen_of_header(self.core.header(offset)),
            Word::Nil => Kind::Nil,
            Word::Bool(_) => Kind::Bool,
            Word::Int(_) => Kind::Int,
            Word::Float(_) => Kind::Float,
            Word::Char(_) => Kind::Char,
            Word::Keyword(_) => Kind::Keyword,
            Word::Symbol(_) => Kind::Symbol,
            Word::EmptyList => Kind::EmptyList,
            Word::Unbound => Kind::Unbound,
        }
    }

    /// An integer of any size that fits 64 bits.
    #[inline]
    pub fn int(self, n: i64) -> Result<Value<'s>, OutOfMemory> {
        match Value::small_int(n) {
            Some(value) => Ok(value),
            None => self.raw_object(Kind::Int, &[n as u64]),
        }
    }

    /// A double.
    #[inline]
    pub fn float(self, f: f64) -> Result<Value<'s>, OutOfMemory> {
        match Value::small_float(f) {
            Some(value) => Ok(value),
            None => self.raw_object(Kind::Float, &[f.to_bits()]),
        }
    }

    /// The integer, if the value is one.
    #[inline]
    pub fn as_int(self, value: Value<'s>) -> Option<i64> {
        value.as_small_int().or_else(|| self.boxed_int(value))
    }

    #[cold]
    #[inline(never)]
    fn boxed_int(self, value: Value<'s>) -> Option<i64> {
        self.payload_of(value, Kind::Int).map(|words| words[0] as i64)
    }

    /// The double, if the value is one.
    #[inline]
    pub fn as_float(self, value: Value<'s>) -> Option<f64> {
        value
            .as_small_float()
            .or_else(|| self.payload_of(value, Kind::Float).map(|words| f64::from_bits(words[0])))
    }

    /// The keyword of a name (without its colon; `"ns/name"` with a namespace).
    pub fn keyword(self, name: &str) -> Value<'s> {
        Value::keyword(self.core.heap.0.names.id(name))
    }

    /// The symbol of a name (`"ns/name"` with a namespace).
    pub fn symbol(self, name: &str) -> Value<'s> {
        Value::symbol(self.core.heap.0.names.id(name))
    }

    /// The whole name of a keyword or symbol.
    pub fn name(self, value: Value<'s>) -> Option<&'static str> {
        match value.unpack() {
            Word::Keyword(id) | Word::Symbol(id) => Some(self.core.heap.0.names.name(id)),
            _ => None,
        }
    }

    /// A record: a tuple of values and raw words with a tag that its user chooses. It is by value, as
    /// everything: equal when tag, values and words are.
    #[inline(always)]
    pub fn record(self, tag: u16, values: &[Value<'s>], words: &[u64]) -> Result<Value<'s>, OutOfMemory> {
        let descriptor = values.len() as u64 | (tag as u64) << 32;
        self.core.object_of(Kind::Record, [&[descriptor], as_words(values), words])
    }

    /// What an alias stands for in equality and hash, if the value is one: see [`ALIAS`].
    pub(crate) fn alias_of(self, value: Value<'s>) -> Option<Value<'s>> {
        let (tag, values, _) = self.record_parts(value)?;
        if tag & ALIAS == 0 { None } else { values.first().copied() }
    }

    /// The tag of a record.
    #[inline]
    pub fn record_tag(self, value: Value<'s>) -> Option<u16> {
        self.payload_of(value, Kind::Record).map(|words| (words[0] >> 32) as u16)
    }

    /// The values of a record; empty for anything else.
    #[inline]
    pub fn record_values(self, value: Value<'s>) -> &'s [Value<'s>] {
        match self.payload_of(value, Kind::Record) {
            Some(words) => as_values(&words[1..1 + words[0] as u32 as usize]),
            None => &[],
        }
    }

    /// The raw words of a record; empty for anything else.
    #[inline]
    pub fn record_words(self, value: Value<'s>) -> &'s [u64] {
        match self.payload_of(value, Kind::Record) {
            Some(words) => &words[1 + words[0] as u32 as usize..],
            None => &[],
        }
    }

    /// Makes a value visible to others and keeps it alive outside of any scope. Costs what is new about it.
    pub fn publish(self, value: Value<'s>) -> Result<Published, OutOfMemory> {
        self.core.publish(value.word())
    }

    /// The value of a published handle.
    #[inline]
    pub fn open(self, published: &Published) -> Value<'s> {
        Value::from_word(self.core.open(published))
    }

    /// Whether the mutator holds more than its quota: checked at safepoints by whoever runs programs. What it put into the old
    /// space counts when two collections in a row found it alive; the first time a collection is asked for.
    pub fn is_over_quota(self) -> bool {
        self.core.is_over_quota()
    }

    /// Whether [`is_over_quota`](Self::is_over_quota) waits for a collection. Then scopes should be short: their ends do their part of it.
    pub fn awaits_collection(self) -> bool {
        self.core.awaits_collection()
    }

    /// Whether this scope should end soon: its nursery is full enough to be collected, or a collection of
    /// the old space waits. Cheap; whoever runs programs asks at calls and loop back-edges.
    #[inline]
    pub fn wants_safepoint(self) -> bool {
        self.core.wants_safepoint()
    }

    /// Opens a scope of another mutator inside this one. Unlike `Mutator::enter` it never waits: a collection
    /// cannot run while this scope is open.
    pub fn enter<R>(self, mutator: &mut Mutator, body: impl for<'t> FnOnce(Scope<'t>) -> R) -> R {
        mutator.enter_nested(body)
    }

    /// Pushes a value on the root stack, which survives the scope.
    #[inline]
    pub fn root_push(self, value: Value<'s>) {
        self.core.with_roots(|roots| roots.push(value.word()));
    }

    /// Reads the root stack. Panics past its end.
    #[inline]
    pub fn root_get(self, index: usize) -> Value<'s> {
        Value::from_word(self.core.with_roots(|roots| roots[index]))
    }

    /// Writes the root stack. Panics past its end.
    #[inline]
    pub fn root_set(self, index: usize, value: Value<'s>) {
        self.core.with_roots(|roots| roots[index] = value.word());
    }

    /// Length of the root stack.
    #[inline]
    pub fn root_count(self) -> usize {
        self.core.with_roots(|roots| roots.len())
    }

    /// Sets the length of the root stack; new places hold nil. A stack that was far longer gives memory back.
    #[inline]
    pub fn root_resize(self, count: usize) {
        self.core.with_roots(|roots| {
            roots.resize(count, Value::NIL.word());
            if roots.capacity() > ROOTS_KEPT && count < roots.capacity() / 8 {
                roots.shrink_to(2 * count);
            }
        });
    }

    /// As [`root_resize`](Self::root_resize) for a stack that grows, where there may be no memory for it.
    pub fn root_grow(self, count: usize) -> Result<(), OutOfMemory> {
        self.core.with_roots(|roots| {
            roots.try_reserve_exact(count.saturating_sub(roots.len())).map_err(|_| OutOfMemory)?;
            roots.resize(count.max(roots.len()), Value::NIL.word());
            Ok(())
        })
    }

    /// The root stack as memory: `root_count` values, for a machine that keeps its registers there. Valid in this
    /// scope until the next `root_push` or `root_resize`.
    #[inline]
    pub fn root_pointer(self) -> *mut Value<'s> {
        self.core.with_roots(|roots| roots.as_mut_ptr().cast())
    }

    /// Tag, values and raw words of a record, or `None` for anything else.
    #[inline(always)]
    pub fn record_parts(self, value: Value<'s>) -> Option<(u16, &'s [Value<'s>], &'s [u64])> {
        let payload = self.payload_of(value, Kind::Record)?;
        let (values, words) = payload[1..].split_at(payload[0] as u32 as usize);
        Some(((payload[0] >> 32) as u16, as_values(values), words))
    }

    /// A record as it lies in memory, or `None` for anything else: a word that has the count of values in its lower half
    /// and the tag above that, then values, then raw words. Valid in this scope.
    #[inline(always)]
    pub fn record_pointer(self, value: Value<'s>) -> Option<*const u64> {
        self.payload_of(value, Kind::Record).map(<[u64]>::as_ptr)
    }

    /// As [`record_pointer`](Self::record_pointer) for what is known to be a record.
    ///
    /// # Safety
    /// The value is a record.
    #[allow(unsafe_code, reason = "for a machine that knows its code to be one")]
    #[inline(always)]
    pub unsafe fn record_pointer_unchecked(self, value: Value<'s>) -> *const u64 {
        debug_assert!(self.payload_of(value, Kind::Record).is_some());
        // SAFETY: the caller says that the value leads to a record, whose payload begins behind its header.
        unsafe { self.core.base.add(value.word() as usize / 8 + 1) }
    }

    /// The payload of a reference of a given kind.
    #[inline(always)]
    pub(crate) fn payload_of(self, value: Value<'s>, kind: Kind) -> Option<&'s [u64]> {
        if !value.is_reference() {
            return None;
        }
        let header = self.core.header(value.word());
        (header as u8 == kind as u8).then(|| self.core.payload(value.word()))
    }

    #[inline(always)]
    pub(crate) fn raw_object(self, kind: Kind, words: &[u64]) -> Result<Value<'s>, OutOfMemory> {
        self.core.object_of(kind, [words])
    }

    #[inline(always)]
    pub(crate) fn values_object(self, kind: Kind, values: &[Value<'s>]) -> Result<Value<'s>, OutOfMemory> {
        self.core.object_of(kind, [as_words(values)])
    }
}

/// Words that the core knows to be values of the scope.
#[allow(unsafe_code, reason = "the one cast from words to values")]
pub(crate) fn as_values<'s>(words: &'s [u64]) -> &'s [Value<'s>] {
    debug_assert!(words.iter().all(|word| *word != 0));
    // SAFETY: `Value` is `repr(transparent)` over a non-zero word, and no payload word of a values
    // layout is ever 0: they are written from values only.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), words.len()) }
}

/// Words that hold two references each, in the order of their halves.
#[allow(unsafe_code, reason = "the one cast from pairs to their halves")]
#[inline(always)]
pub(crate) fn as_halves(words: &[u64]) -> &[u32] {
    const { assert!(cfg!(target_endian = "little"), "the lower half of a pair comes first") }
    // SAFETY: twice as many halves of 4 bytes lie in the words, are aligned, and all bits of one are a number.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), words.len() * 2) }
}

/// The same, to write them.
#[allow(unsafe_code, reason = "as above")]
#[inline(always)]
pub(crate) fn as_halves_mut(words: &mut [u64]) -> &mut [u32] {
    // SAFETY: as above; all bits of two halves are a word.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), words.len() * 2) }
}

/// Values as the words that they are.
#[allow(unsafe_code, reason = "the one cast from values to words")]
#[inline(always)]
pub(crate) fn as_words<'a>(values: &'a [Value<'_>]) -> &'a [u64] {
    // SAFETY: `Value` is `repr(transparent)` over a non-zero `u64`.
    unsafe { core::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }
}
