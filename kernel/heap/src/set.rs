//! Persistent hash sets over the trie. The operations panic on what is no set.

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;

impl<'s> Scope<'s> {
    #[inline]
    fn set_root(self, set: Value<'s>) -> Value<'s> {
        self.head(self.offset_of(set, Kind::Set), 1)
    }

    /// The empty set.
    pub fn empty_set(self) -> Result<Value<'s>, OutOfMemory> {
        self.trie_of(Kind::Set, 0, Value::NIL, Value::NIL)
    }

    /// A set of values; of equal ones the first stays. O(n log n).
    pub fn set(self, values: &[Value<'s>]) -> Result<Value<'s>, OutOfMemory> {
        self.trie_from(Kind::Set, values.iter().map(|value| (self.place_hash(*value), [*value])))
    }

    /// The count of a set. O(1).
    #[inline]
    pub fn set_count(self, set: Value<'s>) -> usize {
        self.trie_count(set, Kind::Set)
    }

    /// Whether a set holds a value. O(log32 n).
    pub fn set_contains(self, set: Value<'s>, value: Value<'s>) -> bool {
        self.set_get(set, value).is_some()
    }

    /// The element that equals a value, as the set holds it. O(log32 n).
    pub fn set_get(self, set: Value<'s>, value: Value<'s>) -> Option<Value<'s>> {
        self.trie_find::<1>(self.set_root(set), value).map(|entry| entry[0])
    }

    /// The set with one more value; the same set when it holds it. O(log32 n).
    pub fn set_conj(self, set: Value<'s>, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.collection_put(Kind::Set, set, [value])
    }

    /// The set without a value; the same set when it does not hold it. O(log32 n).
    pub fn set_disj(self, set: Value<'s>, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.collection_remove::<1>(Kind::Set, set, value)
    }

    /// The elements of a set, in an order that depends on them alone (but for colliding hashes).
    pub fn set_iter(self, set: Value<'s>) -> impl Iterator<Item = Value<'s>> + Clone {
        self.trie_iter::<1>(self.set_root(set)).map(|entry| entry[0])
    }
}
