//! Persistent hash maps and sets over the trie.
//!
//! The payload of both is [count, root or nil, hash or nil, metadata].

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::trie::Rest;
use crate::value::Value;

impl<'s> Scope<'s> {
    fn trie_of(
        self,
        kind: Kind,
        count: usize,
        root: Value<'s>,
        meta: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let count = Value::small_int(count as i64).unwrap_or(Value::NIL);
        self.values_object(kind, &[count, root, Value::NIL, meta])
    }

    fn count_and_root(self, value: Value<'s>) -> (usize, Value<'s>) {
        let values = self.values_of(value);
        (values[0].as_small_int().unwrap_or(0) as usize, values[1])
    }

    /// The empty map.
    pub fn empty_map(self) -> Result<Value<'s>, OutOfMemory> {
        self.trie_of(Kind::Map, 0, Value::NIL, Value::NIL)
    }

    /// A map of entries; of equal keys the later one wins. O(n).
    pub fn map(self, entries: &[(Value<'s>, Value<'s>)]) -> Result<Value<'s>, OutOfMemory> {
        let (mut count, mut root) = (0, Value::NIL);
        for (key, value) in entries {
            let (next, added) = self.trie_assoc(root, 0, self.hash(*key), [*key, *value])?;
            root = next;
            count += added as usize;
        }
        self.trie_of(Kind::Map, count, root, Value::NIL)
    }

    /// The count of a map. O(1).
    pub fn map_count(self, map: Value<'s>) -> usize {
        self.count_and_root(map).0
    }

    /// The value of a key. O(log32 n).
    pub fn map_get(self, map: Value<'s>, key: Value<'s>) -> Option<Value<'s>> {
        self.map_find(map, key).map(|(_, value)| value)
    }

    /// The entry of a key: the key as the map holds it, and the value.
    pub fn map_find(self, map: Value<'s>, key: Value<'s>) -> Option<(Value<'s>, Value<'s>)> {
        let (_, root) = self.count_and_root(map);
        self.trie_find::<2>(root, self.hash(key), key).map(|entry| (entry[0], entry[1]))
    }

    /// The map with an entry added or replaced. O(log32 n).
    pub fn map_assoc(
        self,
        map: Value<'s>,
        key: Value<'s>,
        value: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let (count, root) = self.count_and_root(map);
        let (next, added) = self.trie_assoc(root, 0, self.hash(key), [key, value])?;
        if next.is_identical(root) {
            return Ok(map);
        }
        self.trie_of(Kind::Map, count + added as usize, next, self.meta(map))
    }

    /// The map without a key. O(log32 n).
    pub fn map_dissoc(self, map: Value<'s>, key: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.dissoc::<2>(Kind::Map, map, key)
    }

    fn dissoc<const W: usize>(
        self,
        kind: Kind,
        map: Value<'s>,
        key: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let (count, root) = self.count_and_root(map);
        let root = match self.trie_dissoc::<W>(root, 0, self.hash(key), key)? {
            Rest::Unchanged => return Ok(map),
            Rest::Node(node) => node,
            Rest::Empty => Value::NIL,
            Rest::Single(entry) => {
                let mut place = [Value::NIL; W];
                place.copy_from_slice(&entry);
                self.trie_assoc(Value::NIL, 0, self.hash(entry[0]), place)?.0
            }
        };
        self.trie_of(kind, count - 1, root, self.meta(map))
    }

    /// The entries of a map, in an order that depends on the keys alone (but for colliding hashes).
    pub fn map_iter(self, map: Value<'s>) -> impl Iterator<Item = (Value<'s>, Value<'s>)> + Clone {
        self.trie_iter::<2>(self.count_and_root(map).1).map(|entry| (entry[0], entry[1]))
    }

    /// The entries of `b` over those of `a`. O(size of b).
    pub fn map_merge(self, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let mut map = a;
        for (key, value) in self.map_iter(b) {
            map = self.map_assoc(map, key, value)?;
        }
        Ok(map)
    }

    /// The empty set.
    pub fn empty_set(self) -> Result<Value<'s>, OutOfMemory> {
        self.trie_of(Kind::Set, 0, Value::NIL, Value::NIL)
    }

    /// A set of values. O(n).
    pub fn set(self, values: &[Value<'s>]) -> Result<Value<'s>, OutOfMemory> {
        let mut set = self.empty_set()?;
        for value in values {
            set = self.set_conj(set, *value)?;
        }
        Ok(set)
    }

    /// The count of a set. O(1).
    pub fn set_count(self, set: Value<'s>) -> usize {
        self.count_and_root(set).0
    }

    /// Whether a set holds a value. O(log32 n).
    pub fn set_contains(self, set: Value<'s>, value: Value<'s>) -> bool {
        self.set_get(set, value).is_some()
    }

    /// The element that equals a value, as the set holds it.
    pub fn set_get(self, set: Value<'s>, value: Value<'s>) -> Option<Value<'s>> {
        let (_, root) = self.count_and_root(set);
        self.trie_find::<1>(root, self.hash(value), value).map(|entry| entry[0])
    }

    /// The set with one more value. O(log32 n).
    pub fn set_conj(self, set: Value<'s>, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let (count, root) = self.count_and_root(set);
        let (next, added) = self.trie_assoc(root, 0, self.hash(value), [value])?;
        if !added {
            return Ok(set);
        }
        self.trie_of(Kind::Set, count + 1, next, self.meta(set))
    }

    /// The set without a value. O(log32 n).
    pub fn set_disj(self, set: Value<'s>, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.dissoc::<1>(Kind::Set, set, value)
    }

    /// The elements of a set.
    pub fn set_iter(self, set: Value<'s>) -> impl Iterator<Item = Value<'s>> + Clone {
        self.trie_iter::<1>(self.count_and_root(set).1).map(|entry| entry[0])
    }
}
