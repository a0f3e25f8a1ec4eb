//! One 64-bit word a value: immediates, or a reference into the arena.
//!
//! ```text
//!  63                                   8 7      2 1 0
//!  +-------------------------------------+--------+---+
//!  | byte offset into the arena (8-aligned)       000 |  reference
//!  | signed integer, 62 bits                       01 |  integer
//!  | double, exponent folded (see `from_f64`)      10 |  float
//!  | payload, 56 bits                     | subtag |11 |  nil, booleans, chars, names, ...
//!  +-------------------------------------+--------+---+
//! ```
//! Invariant: no value is the word 0, so `Result<Value, OutOfMemory>` is one word too.

use ::core::fmt;
use ::core::marker::PhantomData;
use ::core::num::NonZeroU64;

/// A value, valid inside the scope `'s` it is branded with.
///
/// Equality of words is not equality of values: see `Scope::equal`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Value<'s>(NonZeroU64, Brand<'s>);

/// Makes `'s` invariant: values of two scopes never mix.
pub(crate) type Brand<'s> = PhantomData<fn(&'s ()) -> &'s ()>;

const TAG_INT: u64 = 0b01;
const TAG_FLOAT: u64 = 0b10;
const TAG_OTHER: u64 = 0b11;

/// What is added to a double before its exponent's top bits become the tag.
const FLOAT_BIAS: u64 = 1 << 60;

const SUB_NIL: u64 = 0;
const SUB_FALSE: u64 = 1;
const SUB_TRUE: u64 = 2;
const SUB_CHAR: u64 = 3;
const SUB_KEYWORD: u64 = 4;
const SUB_SYMBOL: u64 = 5;
const SUB_EMPTY_LIST: u64 = 6;
const SUB_ZERO_FLOAT: u64 = 7;
const SUB_UNBOUND: u64 = 8;
const SUB_VACANT: u64 = 9;
/// No value: what an atom holds in place of one while a commit to several atoms goes on (`transact.rs`).
const SUB_CLAIM: u64 = 10;

/// The word of a claim: it leads to a word of the arena.
#[inline(always)]
pub(crate) const fn claim(index: usize) -> u64 {
    other(SUB_CLAIM, index as u64)
}

const fn other(sub: u64, payload: u64) -> u64 {
    payload << 8 | sub << 2 | TAG_OTHER
}

/// What a word is, as far as the word alone tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Word {
    Nil,
    Bool(bool),
    Int(i64),
    Float(u64),
    Char(char),
    Keyword(u32),
    Symbol(u32),
    EmptyList,
    Unbound,
    Ref(u64),
}

#[cfg(test)]
pub(crate) const INT_MAX: i64 = (1 << 61) - 1;
#[cfg(test)]
pub(crate) const INT_MIN: i64 = -(1 << 61);

impl<'s> Value<'s> {
    /// The value nil.
    pub const NIL: Value<'s> = Self::raw(other(SUB_NIL, 0));
    /// The value false.
    pub const FALSE: Value<'s> = Self::raw(other(SUB_FALSE, 0));
    /// The value true.
    pub const TRUE: Value<'s> = Self::raw(other(SUB_TRUE, 0));
    /// The empty list.
    pub const EMPTY_LIST: Value<'s> = Self::raw(other(SUB_EMPTY_LIST, 0));
    /// A mark for "no value here" that programs never see: unbound vars, empty map slots.
    pub const UNBOUND: Value<'s> = Self::raw(other(SUB_UNBOUND, 0));

    /// A place of a vector's tail that no vector counts. No program gets to see it.
    pub(crate) const VACANT: Value<'s> = Self::raw(other(SUB_VACANT, 0));

    const fn raw(word: u64) -> Value<'s> {
        match NonZeroU64::new(word) {
            Some(word) => Value(word, PhantomData),
            None => panic!("the word 0 is no value"),
        }
    }

    /// Takes a word for a value of this scope. The core vouches for it: every caller lives in this crate
    /// and passes a word it read from the arena or a root in the same scope.
    #[allow(unsafe_code, reason = "the one cast from a word to a value")]
    #[inline(always)]
    pub(crate) fn from_word(word: u64) -> Value<'s> {
        debug_assert!(word != 0);
        // SAFETY: no value is the word 0, and none is ever stored: what callers read was written from a value.
        Value(unsafe { NonZeroU64::new_unchecked(word) }, PhantomData)
    }

    /// As [`from_word`](Self::from_word) for a word that may be 0.
    #[inline(always)]
    pub(crate) fn of_word(word: u64) -> Option<Value<'s>> {
        NonZeroU64::new(word).map(|word| Value(word, PhantomData))
    }

    /// The word of this value. Equal words are the same value; different words may be equal values.
    #[inline(always)]
    pub const fn word(self) -> u64 {
        self.0.get()
    }

    /// A boolean.
    #[inline(always)]
    pub fn bool(b: bool) -> Value<'s> {
        if b { Self::TRUE } else { Self::FALSE }
    }

    /// A character.
    #[inline(always)]
    pub fn char(c: char) -> Value<'s> {
        Self::from_word(other(SUB_CHAR, c as u64))
    }

    /// An integer that fits 62 bits; else `None` (see `Scope::int`).
    #[inline(always)]
    pub fn small_int(n: i64) -> Option<Value<'s>> {
        let shifted = n.wrapping_shl(2);
        if shifted >> 2 == n { Some(Self::from_word(shifted as u64 | TAG_INT)) } else { None }
    }

    /// An integer of the low 62 bits.
    #[inline(always)]
    pub fn truncated_int(n: i64) -> Value<'s> {
        Self::from_word((n as u64) << 2 | TAG_INT)
    }

    /// A double whose exponent is common enough to be immediate; else `None` (see `Scope::float`).
    ///
    /// Doubles with a magnitude in 2^-255 .. 2^256 have exponent bits 011.. or 100..: one more, and these bits are
    /// 10 and a third. Rotated to the bottom they are the tag, with the sign above it.
    #[inline(always)]
    pub fn small_float(f: f64) -> Option<Value<'s>> {
        let word = f.to_bits().wrapping_add(FLOAT_BIAS).rotate_left(3);
        if word & 3 == TAG_FLOAT {
            Some(Self::from_word(word))
        } else if f.to_bits() == 0 {
            Some(Self::from_word(other(SUB_ZERO_FLOAT, 0)))
        } else {
            None
        }
    }

    pub(crate) fn keyword(id: u32) -> Value<'s> {
        Self::from_word(other(SUB_KEYWORD, id as u64))
    }

    pub(crate) fn symbol(id: u32) -> Value<'s> {
        Self::from_word(other(SUB_SYMBOL, id as u64))
    }

    #[inline(always)]
    pub(crate) fn reference(offset: u64) -> Value<'s> {
        debug_assert!(offset != 0 && offset.is_multiple_of(8));
        Self::from_word(offset)
    }

    /// Whether this is nil.
    #[inline(always)]
    pub fn is_nil(self) -> bool {
        self.word() == Self::NIL.word()
    }

    /// Whether this counts as true: everything but nil and false.
    #[inline(always)]
    pub fn is_truthy(self) -> bool {
        self.word() != Self::NIL.word() && self.word() != Self::FALSE.word()
    }

    /// Whether the two words are the same. Only ever an optimisation: a relocation may part two references
    /// to one value.
    #[inline(always)]
    pub fn is_identical(self, other: Value<'s>) -> bool {
        self.word() == other.word()
    }

    /// Whether this is a reference into the arena rather than an immediate.
    #[inline(always)]
    pub fn is_reference(self) -> bool {
        self.word() & 3 == 0
    }

    /// The integer, if it is an immediate one (boxed ones: `Scope::as_int`).
    #[inline(always)]
    pub fn as_small_int(self) -> Option<i64> {
        if self.word() & 3 == TAG_INT { Some(self.word() as i64 >> 2) } else { None }
    }

    /// The double, if it is an immediate one (boxed ones: `Scope::as_float`).
    #[inline(always)]
    pub fn as_small_float(self) -> Option<f64> {
        match self.word() & 3 {
            TAG_FLOAT => Some(unfold(self.word())),
            _ if self.word() == other(SUB_ZERO_FLOAT, 0) => Some(0.0),
            _ => None,
        }
    }

    #[inline(always)]
    fn are_small_ints(self, other: Value<'s>) -> bool {
        ((self.word() ^ TAG_INT) | (other.word() ^ TAG_INT)) & 3 == 0
    }

    /// Two numbers in the order of two immediate integers.
    #[inline(always)]
    pub fn order_of_small_ints(self, other: Value<'s>) -> Option<(i64, i64)> {
        self.are_small_ints(other).then_some((self.word() as i64, other.word() as i64))
    }

    /// Two doubles, if both are immediate and neither is zero.
    #[inline(always)]
    pub fn small_floats(self, other: Value<'s>) -> Option<(f64, f64)> {
        // As for integers, whose test mostly comes before: the bits that are left show two floats too.
        let are_floats = (self.word() ^ TAG_INT) & (other.word() ^ TAG_INT) & 3 == TAG_FLOAT ^ TAG_INT;
        are_floats.then(|| (unfold(self.word()), unfold(other.word())))
    }

    /// The sum of two immediate integers, if it is one.
    #[inline(always)]
    pub fn add_small_ints(self, other: Value<'s>) -> Option<Value<'s>> {
        if !self.are_small_ints(other) {
            return None;
        }
        (self.word() as i64)
            .checked_add((other.word() - TAG_INT) as i64)
            .map(|sum| Self::from_word(sum as u64 | TAG_INT))
    }

    /// The difference of two immediate integers, if it is one.
    #[inline(always)]
    pub fn subtract_small_ints(self, other: Value<'s>) -> Option<Value<'s>> {
        if !self.are_small_ints(other) {
            return None;
        }
        let difference = (self.word() as i64).checked_sub((other.word() - TAG_INT) as i64);
        difference.map(|difference| Self::from_word(difference as u64 | TAG_INT))
    }

    /// The product of two immediate integers, if it is one.
    #[inline(always)]
    pub fn multiply_small_ints(self, other: Value<'s>) -> Option<Value<'s>> {
        if !self.are_small_ints(other) {
            return None;
        }
        let product = ((self.word() - TAG_INT) as i64).checked_mul(other.word() as i64 >> 2);
        product.map(|product| Self::from_word(product as u64 | TAG_INT))
    }

    /// The boolean, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        match self.unpack() {
            Word::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The character, if it is one.
    pub fn as_char(self) -> Option<char> {
        match self.unpack() {
            Word::Char(c) => Some(c),
            _ => None,
        }
    }

    pub(crate) fn unpack(self) -> Word {
        let word = self.word();
        match word & 3 {
            0 => Word::Ref(word),
            TAG_INT => Word::Int(word as i64 >> 2),
            TAG_FLOAT => Word::Float(unfold(word).to_bits()),
            _ => {
                let payload = word >> 8;
                match (word >> 2) & 63 {
                    SUB_FALSE => Word::Bool(false),
                    SUB_TRUE => Word::Bool(true),
                    SUB_CHAR => Word::Char(char::from_u32(payload as u32).unwrap_or('\u{FFFD}')),
                    SUB_KEYWORD => Word::Keyword(payload as u32),
                    SUB_SYMBOL => Word::Symbol(payload as u32),
                    SUB_EMPTY_LIST => Word::EmptyList,
                    SUB_ZERO_FLOAT => Word::Float(0),
                    SUB_UNBOUND => Word::Unbound,
                    _ => Word::Nil,
                }
            }
        }
    }
}

#[inline(always)]
fn unfold(word: u64) -> f64 {
    f64::from_bits(word.rotate_right(3).wrapping_sub(FLOAT_BIAS))
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.unpack())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_fold_and_unfold() {
        for f in [0.0, 1.0, -1.0, 0.5, 1e-70, -1e70, 3.25e10, f64::EPSILON, 1.9999999] {
            let value = Value::small_float(f).expect("a common exponent");
            assert_eq!(value.as_small_float().map(f64::to_bits), Some(f.to_bits()), "{f}");
        }
        for f in [-0.0, f64::NAN, f64::INFINITY, 1e300, 1e-300, f64::MIN_POSITIVE] {
            assert!(Value::small_float(f).is_none(), "{f}");
        }
        // Every exponent with either sign, and the ends of each.
        for top in 0..1 << 12 {
            for low in [0, 1, (1 << 52) - 1] {
                let f = f64::from_bits(top << 52 | low);
                let is_small = f.to_bits() == 0 || (2f64.powi(-255)..2f64.powi(257)).contains(&f.abs());
                let folded = Value::small_float(f).and_then(Value::as_small_float).map(f64::to_bits);
                assert_eq!(folded, is_small.then_some(f.to_bits()), "{f}");
            }
        }
    }

    #[test]
    fn arithmetic_on_words_is_that_of_integers() {
        let numbers = [0, 1, -1, 2, -7, 1 << 31, -(1 << 31), INT_MAX, INT_MAX - 1, INT_MIN, INT_MIN + 1];
        let value = |n| Value::small_int(n).expect("62 bits");
        for (a, b) in numbers.iter().flat_map(|a| numbers.iter().map(move |b| (*a, *b))) {
            let (x, y) = (value(a), value(b));
            let number = |value: Option<Value<'_>>| value.and_then(Value::as_small_int);
            let fits = |n: Option<i64>| n.filter(|n| (INT_MIN..=INT_MAX).contains(n));
            assert_eq!(number(x.add_small_ints(y)), fits(a.checked_add(b)), "{a} + {b}");
            assert_eq!(number(x.subtract_small_ints(y)), fits(a.checked_sub(b)), "{a} - {b}");
            assert_eq!(number(x.multiply_small_ints(y)), fits(a.checked_mul(b)), "{a} * {b}");
            assert_eq!(x.order_of_small_ints(y).map(|(x, y)| x.cmp(&y)), Some(a.cmp(&b)), "{a} {b}");
            assert!(Value::truncated_int(a).is_identical(x));
        }
        for other in [Value::NIL, Value::reference(8), Value::small_float(1.5).expect("a common exponent")] {
            for (x, y) in [(value(1), other), (other, value(1))] {
                assert!(x.add_small_ints(y).is_none() && x.subtract_small_ints(y).is_none());
                assert!(x.multiply_small_ints(y).is_none() && x.order_of_small_ints(y).is_none());
                assert!(x.small_floats(y).is_none());
            }
        }
    }

    #[test]
    fn integers_keep_62_bits() {
        for n in [0, 1, -1, INT_MAX, INT_MIN] {
            assert_eq!(Value::small_int(n).and_then(Value::as_small_int), Some(n));
        }
        assert!(Value::small_int(INT_MAX + 1).is_none());
        assert!(Value::small_int(INT_MIN - 1).is_none());
    }

    #[test]
    fn a_result_of_a_value_is_one_word() {
        assert_eq!(size_of::<Result<Value<'static>, crate::OutOfMemory>>(), 8);
    }
}
