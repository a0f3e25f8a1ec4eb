//! What heads of collections share: the check of their kind, and metadata.

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;

/// Places of hash and metadata in the payload of a vector.
pub(crate) const VECTOR_HASH: usize = 3;
pub(crate) const VECTOR_META: usize = 4;
/// Places of hash and metadata in the payload of a map or set.
pub(crate) const TRIE_HASH: usize = 2;
pub(crate) const TRIE_META: usize = 3;
/// Place of the metadata in the payload of a sorted map or set; that of the hash is as in a map.
const SORTED_META: usize = 4;
/// Place of the metadata in a pair.
const PAIR_META: usize = 3;

impl<'s> Scope<'s> {
    /// The place of an object of a kind. Panics when the value is none.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn offset_of(self, value: Value<'s>, kind: Kind) -> u64 {
        if !value.is_reference() || self.core.header(value.word()) as u8 != kind as u8 {
            wrong_kind(kind, self.kind(value));
        }
        value.word()
    }

    /// The value of a payload word of a collection's head.
    #[inline(always)]
    pub(crate) fn head(self, offset: u64, index: usize) -> Value<'s> {
        Value::from_word(self.core.word(offset, index))
    }

    /// The metadata of a pair, vector, map or set; nil when it has none, and for anything else.
    pub fn meta(self, value: Value<'s>) -> Value<'s> {
        match self.meta_place(value) {
            Some(at) => self.head(value.word(), at),
            None => Value::NIL,
        }
    }

    /// The value with other metadata; values that carry none come back as they are.
    pub fn with_meta(self, value: Value<'s>, meta: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let Some(at) = self.meta_place(value) else { return Ok(value) };
        let mut words = [0; 5];
        for (index, word) in words[..at].iter_mut().enumerate() {
            *word = self.core.word(value.word(), index);
        }
        words[at] = meta.word();
        self.core.object_of(self.kind(value), [&words[..=at]])
    }

    /// The metadata is the last word of each.
    fn meta_place(self, value: Value<'s>) -> Option<usize> {
        match self.kind(value) {
            Kind::Pair => Some(PAIR_META),
            Kind::Map | Kind::Set => Some(TRIE_META),
            Kind::Vector => Some(VECTOR_META),
            Kind::SortedMap | Kind::SortedSet => Some(SORTED_META),
            _ => None,
        }
    }
}

#[cold]
#[track_caller]
fn wrong_kind(expected: Kind, got: Kind) -> ! {
    panic!("expected {expected:?}, got {got:?}")
}
