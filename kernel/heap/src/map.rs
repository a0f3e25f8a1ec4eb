//! Persistent hash maps over the trie.
//!
//! The payload of maps and sets is [count, root or nil, hash or nil, metadata]. The operations panic on what
//! is no map.

use crate::bulk::Hashed;
use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;
use alloc::vec::Vec;

/// Entries that are sorted on the stack rather than in a vector.
const FEW: usize = 16;

impl<'s> Scope<'s> {
    pub(crate) fn trie_of(
        self,
        kind: Kind,
        count: usize,
        root: Value<'s>,
        meta: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let count = Value::small_int(count as i64).unwrap_or(Value::NIL);
        self.values_object(kind, &[count, root, Value::NIL, meta])
    }

    #[inline]
    pub(crate) fn trie_count(self, value: Value<'s>, kind: Kind) -> usize {
        self.head(self.offset_of(value, kind), 0).as_small_int().unwrap_or(0) as usize
    }

    /// The root of the trie of a map or set, or nil.
    #[inline]
    pub(crate) fn trie_root(self, value: Value<'s>) -> Value<'s> {
        self.head(value.word(), 1)
    }

    #[inline]
    fn map_root(self, map: Value<'s>) -> Value<'s> {
        self.head(self.offset_of(map, Kind::Map), 1)
    }

    /// A map or set of hashed entries.
    pub(crate) fn trie_from<const W: usize>(
        self,
        kind: Kind,
        entries: impl ExactSizeIterator<Item = Hashed<'s, W>>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let (root, count) = if entries.len() <= FEW {
            let mut few = [(0, [Value::NIL; W]); FEW];
            let count = entries.len();
            for (place, entry) in few.iter_mut().zip(entries) {
                *place = entry;
            }
            self.trie_build(&mut few[..count])?
        } else {
            self.trie_build(&mut entries.collect::<Vec<_>>())?
        };
        self.trie_of(kind, count, root, Value::NIL)
    }

    /// The empty map.
    pub fn empty_map(self) -> Result<Value<'s>, OutOfMemory> {
        self.trie_of(Kind::Map, 0, Value::NIL, Value::NIL)
    }

    /// A map of entries; of equal keys the first stays, with the last value. O(n log n).
    pub fn map(self, entries: &[(Value<'s>, Value<'s>)]) -> Result<Value<'s>, OutOfMemory> {
        self.trie_from(Kind::Map, entries.iter().map(|(key, value)| (self.place_hash(*key), [*key, *value])))
    }

    /// The count of a map. O(1).
    #[inline]
    pub fn map_count(self, map: Value<'s>) -> usize {
        self.trie_count(map, Kind::Map)
    }

    /// The value of a key. O(log32 n).
    #[inline]
    pub fn map_get(self, map: Value<'s>, key: Value<'s>) -> Option<Value<'s>> {
        self.trie_find::<2>(self.map_root(map), key).map(|entry| entry[1])
    }

    /// The entry of a key: the key as the map holds it, and the value. O(log32 n).
    pub fn map_find(self, map: Value<'s>, key: Value<'s>) -> Option<(Value<'s>, Value<'s>)> {
        self.trie_find::<2>(self.map_root(map), key).map(|entry| (entry[0], entry[1]))
    }

    /// The map with an entry added, or the value of an equal key replaced. The same map when it holds that
    /// very value already. O(log32 n).
    pub fn map_assoc(
        self,
        map: Value<'s>,
        key: Value<'s>,
        value: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        self.collection_put(Kind::Map, map, [key, value])
    }

    /// The map without a key; the same map when it has none. O(log32 n).
    pub fn map_dissoc(self, map: Value<'s>, key: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.collection_remove::<2>(Kind::Map, map, key)
    }

    /// The entries of a map, in an order that depends on the keys alone (but for colliding hashes).
    pub fn map_iter(self, map: Value<'s>) -> impl Iterator<Item = (Value<'s>, Value<'s>)> + Clone {
        self.trie_iter::<2>(self.map_root(map)).map(|entry| (entry[0], entry[1]))
    }
}
