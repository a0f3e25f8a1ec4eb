//! Persistent sorted maps and sets over the tree in `sorted_tree.rs`.
//!
//! The payload of both is [count, root or nil, hash or nil, comparator, metadata]. The heap calls no functions of
//! programs: the order of keys is an argument of whatever searches, and the comparator only the place where users
//! keep what they know of it (nil for the natural order, [`Scope::compare`]). All searches in one collection must be
//! given the same order. Who cannot give one searches with `sorted_map_nth` and edits by index.
//!
//! Sorted maps equal hash maps of equal entries, whatever their order; so do sets.
//!
//! The operations panic on what is no sorted map or set.

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope, as_words};
use crate::sorted_tree::Place;
use crate::value::Value;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Values of an entry: of a map, of a set.
const MAP: usize = 2;
const SET: usize = 1;
/// Place of the comparator in the payload.
const COMPARATOR: usize = 3;

impl<'s> Scope<'s> {
    /// A sorted map without entries. `comparator` is nil for the natural order.
    pub fn empty_sorted_map(self, comparator: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.sorted_of(Kind::SortedMap, 0, [Value::NIL, comparator, Value::NIL])
    }

    /// A sorted set without elements. `comparator` is nil for the natural order.
    pub fn empty_sorted_set(self, comparator: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.sorted_of(Kind::SortedSet, 0, [Value::NIL, comparator, Value::NIL])
    }

    /// A sorted map of entries; of equal keys the first stays, with the last value. O(n log n), O(n) where they are in
    /// order.
    pub fn sorted_map<E: From<OutOfMemory>>(
        self,
        comparator: Value<'s>,
        entries: &[(Value<'s>, Value<'s>)],
        order: impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, E>,
    ) -> Result<Value<'s>, E> {
        self.sorted_from(Kind::SortedMap, comparator, entries.iter().map(|entry| [entry.0, entry.1]), order)
    }

    /// A sorted set of values; of equal ones the first stays. O(n log n), O(n) where they are in order.
    pub fn sorted_set<E: From<OutOfMemory>>(
        self,
        comparator: Value<'s>,
        values: &[Value<'s>],
        order: impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, E>,
    ) -> Result<Value<'s>, E> {
        self.sorted_from(Kind::SortedSet, comparator, values.iter().map(|value| [*value]), order)
    }

    fn sorted_from<const W: usize, E: From<OutOfMemory>>(
        self,
        kind: Kind,
        comparator: Value<'s>,
        from: impl ExactSizeIterator<Item = [Value<'s>; W]>,
        mut order: impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, E>,
    ) -> Result<Value<'s>, E> {
        let mut entries: Vec<[Value<'s>; W]> = Vec::new();
        entries.try_reserve_exact(from.len()).map_err(|_| OutOfMemory)?;
        entries.extend(from);
        let mut failure = None;
        entries.sort_by(|a, b| {
            if failure.is_some() {
                return Ordering::Equal;
            }
            order(a[0], b[0]).unwrap_or_else(|error| {
                failure = Some(error);
                Ordering::Equal
            })
        });
        let mut kept = 0;
        for index in 0..entries.len() {
            if failure.is_some() {
                break;
            }
            let entry = entries[index];
            if kept > 0 && order(entries[kept - 1][0], entry[0])? == Ordering::Equal {
                entries[kept - 1][W - 1] = if W == 1 { entries[kept - 1][0] } else { entry[W - 1] };
            } else {
                entries[kept] = entry;
                kept += 1;
            }
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(self.sorted_in_order(kind, comparator, &entries[..kept])?),
        }
    }

    /// A sorted map of entries that are in its order, with different keys. O(n), without a comparison.
    pub fn sorted_map_in_order(
        self,
        comparator: Value<'s>,
        entries: &[[Value<'s>; 2]],
    ) -> Result<Value<'s>, OutOfMemory> {
        self.sorted_in_order(Kind::SortedMap, comparator, entries)
    }

    /// A sorted set of different values that are in its order. O(n), without a comparison.
    pub fn sorted_set_in_order(
        self,
        comparator: Value<'s>,
        values: &[Value<'s>],
    ) -> Result<Value<'s>, OutOfMemory> {
        self.sorted_in_order(Kind::SortedSet, comparator, values.as_chunks::<1>().0)
    }

    fn sorted_in_order<const W: usize>(
        self,
        kind: Kind,
        comparator: Value<'s>,
        entries: &[[Value<'s>; W]],
    ) -> Result<Value<'s>, OutOfMemory> {
        let root = self.sorted_build(W, as_words(entries.as_flattened()))?;
        self.sorted_of(kind, entries.len(), [root, comparator, Value::NIL])
    }

    /// A head: `parts` are root, comparator and metadata.
    fn sorted_of(self, kind: Kind, count: usize, parts: [Value<'s>; 3]) -> Result<Value<'s>, OutOfMemory> {
        let [root, comparator, meta] = parts;
        let count = Value::small_int(count as i64).unwrap_or(Value::NIL);
        self.values_object(kind, &[count, root, Value::NIL, comparator, meta])
    }

    /// The head of a collection with another tree.
    fn sorted_with(self, coll: Value<'s>, root: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let count = if root.is_nil() { 0 } else { self.sorted_branch(root).count };
        self.sorted_of(self.kind(coll), count, [root, self.head(coll.word(), COMPARATOR), self.meta(coll)])
    }

    /// The tree of a map (its entries are 2 values) or set (1).
    #[inline]
    pub(crate) fn sorted_trunk(self, coll: Value<'s>) -> (Value<'s>, usize) {
        let width = if self.kind(coll) == Kind::SortedMap {
            MAP
        } else {
            self.offset_of(coll, Kind::SortedSet);
            SET
        };
        (self.trie_root(coll), width)
    }

    #[inline]
    fn sorted_map_root(self, map: Value<'s>) -> Value<'s> {
        self.head(self.offset_of(map, Kind::SortedMap), 1)
    }

    #[inline]
    fn sorted_set_root(self, set: Value<'s>) -> Value<'s> {
        self.head(self.offset_of(set, Kind::SortedSet), 1)
    }

    /// The count of a sorted map or set. O(1).
    #[inline]
    pub fn sorted_count(self, coll: Value<'s>) -> usize {
        self.sorted_trunk(coll);
        self.head(coll.word(), 0).as_small_int().unwrap_or(0) as usize
    }

    /// The comparator that a sorted map or set was made with.
    pub fn sorted_comparator(self, coll: Value<'s>) -> Value<'s> {
        self.sorted_trunk(coll);
        self.head(coll.word(), COMPARATOR)
    }

    /// The same collection without its entries, comparator and metadata kept.
    pub fn sorted_empty(self, coll: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.sorted_trunk(coll);
        self.sorted_with(coll, Value::NIL)
    }

    /// The value of a key. O(log n).
    pub fn sorted_map_get<E>(
        self,
        map: Value<'s>,
        key: Value<'s>,
        order: impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, E>,
    ) -> Result<Option<Value<'s>>, E> {
        Ok(self.sorted_map_find(map, key, order)?.map(|entry| entry.1))
    }

    /// The entry of a key: the key as the map holds it, and the value. O(log n).
    #[inline]
    pub fn sorted_map_find<E>(
        self,
        map: Value<'s>,
        key: Value<'s>,
        mut order: impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, E>,
    ) -> Result<Option<(Value<'s>, Value<'s>)>, E> {
        let root = self.sorted_map_root(map);
        let place = self.sorted_search(root, MAP, key, &mut order)?;
        Ok(place.is_found.then(|| pair(self.sorted_entry(root, MAP, &place))))
    }

    /// The map with an entry added, or the value of an equal key replaced. The same map when it holds that very
    /// value already. O(log n).
    pub fn sorted_map_assoc<E: From<OutOfMemory>>(
        self,
        map: Value<'s>,
        key: Value<'s>,
        value: Value<'s>,
        mut order: impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, E>,
    ) -> Result<Value<'s>, E> {
        let place = self.sorted_search(self.sorted_map_root(map), MAP, key, &mut order)?;
        Ok(self.sorted_put(map, &place, &[key, value])?)
    }

    /// The map without a key; the same map when it has none. O(log n).
    pub fn sorted_map_dissoc<E: From<OutOfMemory>>(
        self,
        map: Value<'s>,
        key: Value<'s>,
        mut order: impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, E>,
    ) -> Result<Value<'s>, E> {
        let place = self.sorted_search(self.sorted_map_root(map), MAP, key, &mut order)?;
        Ok(self.sorted_drop(map, MAP, &place)?)
    }

    /// The element that equals a value, as the set holds it. O(log n).
    pub fn sorted_set_get<E>(
        self,
        set: Value<'s>,
        value: Value<'s>,
        mut order: impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, E>,
    ) -> Result<Option<Value<'s>>, E> {
        let root = self.sorted_set_root(set);
        let place = self.sorted_search(root, SET, value, &mut order)?;
        Ok(place.is_found.then(|| self.sorted_entry(root, SET, &place)[0]))
    }

    /// The set with one more value; the same set when it holds it. O(log n).
    pub fn sorted_set_conj<E: From<OutOfMemory>>(
        self,
        set: Value<'s>,
        value: Value<'s>,
        mut order: impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, E>,
    ) -> Result<Value<'s>, E> {
        let place = self.sorted_search(self.sorted_set_root(set), SET, value, &mut order)?;
        Ok(self.sorted_put(set, &place, &[value])?)
    }

    /// The set without a value; the same set when it does not hold it. O(log n).
    pub fn sorted_set_disj<E: From<OutOfMemory>>(
        self,
        set: Value<'s>,
        value: Value<'s>,
        mut order: impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, E>,
    ) -> Result<Value<'s>, E> {
        let place = self.sorted_search(self.sorted_set_root(set), SET, value, &mut order)?;
        Ok(self.sorted_drop(set, SET, &place)?)
    }

    /// The index of a key in the order of a sorted map or set: `Ok` where it is, `Err` where it would be. O(log n).
    pub fn sorted_rank<E>(
        self,
        coll: Value<'s>,
        key: Value<'s>,
        mut order: impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, E>,
    ) -> Result<Result<usize, usize>, E> {
        let (root, width) = self.sorted_trunk(coll);
        let place = self.sorted_search(root, width, key, &mut order)?;
        let index = self.sorted_index(root, &place);
        Ok(if place.is_found { Ok(index) } else { Err(index) })
    }

    /// The entry with an index in the order of a sorted map. O(log n).
    pub fn sorted_map_nth(self, map: Value<'s>, index: usize) -> Option<(Value<'s>, Value<'s>)> {
        let root = self.sorted_map_root(map);
        let place = (index < self.sorted_count(map)).then(|| self.sorted_place(root, index, true))?;
        Some(pair(self.sorted_entry(root, MAP, &place)))
    }

    /// The element with an index in the order of a sorted set. O(log n).
    pub fn sorted_set_nth(self, set: Value<'s>, index: usize) -> Option<Value<'s>> {
        let root = self.sorted_set_root(set);
        let place = (index < self.sorted_count(set)).then(|| self.sorted_place(root, index, true))?;
        Some(self.sorted_entry(root, SET, &place)[0])
    }

    /// The map with the value of the entry at an index replaced (`Ok`), or with an entry inserted there (`Err`): what
    /// [`sorted_rank`](Self::sorted_rank) says. Who gives an index vouches for the order. O(log n).
    pub fn sorted_map_put_at(
        self,
        map: Value<'s>,
        rank: Result<usize, usize>,
        key: Value<'s>,
        value: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let place = self.sorted_place_of(map, rank);
        self.sorted_put(map, &place, &[key, value])
    }

    /// The set with a value inserted at an index (`Err`); the same set for the index of an element (`Ok`). Who gives
    /// an index vouches for the order. O(log n).
    pub fn sorted_set_put_at(
        self,
        set: Value<'s>,
        rank: Result<usize, usize>,
        value: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let place = self.sorted_place_of(set, rank);
        self.sorted_put(set, &place, &[value])
    }

    /// The map or set without the entry at an index; the same one past its end. O(log n).
    pub fn sorted_remove_at(self, coll: Value<'s>, index: usize) -> Result<Value<'s>, OutOfMemory> {
        let (_, width) = self.sorted_trunk(coll);
        self.sorted_drop(coll, width, &self.sorted_place_of(coll, Ok(index)))
    }

    /// A rank's place; an index past the end is that behind the last entry.
    fn sorted_place_of(self, coll: Value<'s>, rank: Result<usize, usize>) -> Place {
        let (root, _) = self.sorted_trunk(coll);
        let (Ok(index) | Err(index)) = rank;
        let count = self.sorted_count(coll);
        self.sorted_place(root, index.min(count), rank.is_ok() && index < count)
    }

    fn sorted_put(
        self,
        coll: Value<'s>,
        place: &Place,
        entry: &[Value<'s>],
    ) -> Result<Value<'s>, OutOfMemory> {
        let (root, width) = self.sorted_trunk(coll);
        assert!(width == entry.len(), "an entry of a map was put into a set, or of a set into a map");
        let root = if place.is_found {
            let old = self.sorted_entry(root, width, place);
            if width == SET || old[1].is_identical(entry[1]) {
                return Ok(coll);
            }
            self.sorted_replace(root, width, place, entry[1])?
        } else {
            self.sorted_insert(root, place, as_words(entry))?
        };
        self.sorted_with(coll, root)
    }

    fn sorted_drop(self, coll: Value<'s>, width: usize, place: &Place) -> Result<Value<'s>, OutOfMemory> {
        if !place.is_found {
            return Ok(coll);
        }
        self.sorted_with(coll, self.sorted_remove(self.trie_root(coll), width, place)?)
    }

    /// The entries of a sorted map in order.
    pub fn sorted_map_iter(self, map: Value<'s>) -> impl Iterator<Item = (Value<'s>, Value<'s>)> + Clone {
        self.sorted_iter(self.sorted_map_root(map), MAP, false).map(pair)
    }

    /// The elements of a sorted set in order.
    pub fn sorted_set_iter(self, set: Value<'s>) -> impl Iterator<Item = Value<'s>> + Clone {
        self.sorted_iter(self.sorted_set_root(set), SET, false).map(|entry| entry[0])
    }

    /// The entries of a sorted map in order, from an index on: O(log n) to begin with.
    pub fn sorted_map_iter_from(
        self,
        map: Value<'s>,
        index: usize,
    ) -> impl Iterator<Item = (Value<'s>, Value<'s>)> + Clone {
        let place = self.sorted_place_of(map, Err(index));
        self.sorted_iter_at(self.sorted_map_root(map), MAP, &place, false).map(pair)
    }

    /// The elements of a sorted set in order, from an index on: O(log n) to begin with.
    pub fn sorted_set_iter_from(
        self,
        set: Value<'s>,
        index: usize,
    ) -> impl Iterator<Item = Value<'s>> + Clone {
        let place = self.sorted_place_of(set, Err(index));
        self.sorted_iter_at(self.sorted_set_root(set), SET, &place, false).map(|entry| entry[0])
    }

    /// The entries of a sorted map with indices below `end`, last first: O(log n) to begin with.
    pub fn sorted_map_rev_iter(
        self,
        map: Value<'s>,
        end: usize,
    ) -> impl Iterator<Item = (Value<'s>, Value<'s>)> + Clone {
        let place = self.sorted_place_of(map, Err(end));
        self.sorted_iter_at(self.sorted_map_root(map), MAP, &place, true).map(pair)
    }

    /// The elements of a sorted set with indices below `end`, last first: O(log n) to begin with.
    pub fn sorted_set_rev_iter(self, set: Value<'s>, end: usize) -> impl Iterator<Item = Value<'s>> + Clone {
        let place = self.sorted_place_of(set, Err(end));
        self.sorted_iter_at(self.sorted_set_root(set), SET, &place, true).map(|entry| entry[0])
    }
}

fn pair<'s>(entry: &[Value<'s>]) -> (Value<'s>, Value<'s>) {
    (entry[0], entry[1])
}

#[cfg(test)]
mod tests {
    //! Run with deep trees of few children; `tests/sorted.rs` has those that ship.

    use crate::object::Kind;
    use crate::scope::Scope;
    use crate::sorted_tree::{MAX, MIN};
    use crate::value::Value;
    use crate::{Heap, OutOfMemory, Region};
    use alloc::vec::Vec;
    use core::cmp::Ordering;

    fn natural<'s>(s: Scope<'s>) -> impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, OutOfMemory> + Copy {
        move |a, b| Ok(s.compare(a, b).unwrap_or(Ordering::Equal))
    }

    /// Checks the invariants of a tree. Returns its least key.
    fn check_branch<'s>(s: Scope<'s>, branch: Value<'s>, width: usize, is_root: bool) -> Value<'s> {
        assert_eq!(s.kind(branch), Kind::SortedBranch);
        let parts = s.sorted_branch(branch);
        let (entries, children) = s.sorted_node(branch);
        if parts.level == 0 {
            assert_eq!(entries.len(), parts.count * width);
            assert!(parts.count <= MAX && parts.count >= if is_root { 1 } else { MIN });
            return entries[0];
        }
        assert!(children.len() <= MAX && children.len() >= if is_root { 2 } else { MIN });
        let below: usize = children.iter().map(|child| s.sorted_branch(*child).count).sum();
        assert_eq!(parts.count, below);
        let keys = &s.core.payload(branch.word())[1 + children.len()..];
        for (child, key) in children.iter().zip(keys) {
            assert_eq!(s.sorted_branch(*child).level + 1, parts.level);
            assert!(check_branch(s, *child, width, false).is_identical(Value::from_word(*key)));
        }
        children.first().map_or(Value::NIL, |_| Value::from_word(keys[0]))
    }

    fn check<'s>(s: Scope<'s>, set: Value<'s>, model: &[i64]) {
        let got: Vec<i64> = s.sorted_set_iter(set).filter_map(|v| s.as_int(v)).collect();
        assert_eq!(got, model);
        assert_eq!(s.sorted_count(set), model.len());
        let (root, width) = s.sorted_trunk(set);
        if model.is_empty() {
            assert!(root.is_nil());
        } else {
            check_branch(s, root, width, true);
        }
    }

    #[test]
    fn trees_keep_their_shape_through_growth_and_shrinking() {
        let heap = Heap::new(Region::allocate(256 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let orders: [fn(i64) -> i64; 4] = [|n| n, |n| -n, |n| n * 7919 % 401, |n| n * 31 % 401];
            for put in orders {
                for remove in orders {
                    let mut set = s.empty_sorted_set(Value::NIL).unwrap();
                    let mut model: Vec<i64> = Vec::new();
                    for n in 0..401 {
                        let n = put(n);
                        set = s.sorted_set_conj(set, s.int(n).unwrap(), natural(s)).unwrap();
                        model.insert(model.binary_search(&n).unwrap_err(), n);
                        if n % 13 == 0 {
                            check(s, set, &model);
                        }
                    }
                    for n in 0..401 {
                        let n = remove(n);
                        let smaller = s.sorted_set_disj(set, s.int(n).unwrap(), natural(s)).unwrap();
                        match model.binary_search(&n) {
                            Ok(at) => {
                                model.remove(at);
                            }
                            Err(_) => assert!(smaller.is_identical(set)),
                        }
                        set = smaller;
                        if n % 7 == 0 {
                            check(s, set, &model);
                        }
                    }
                    check(s, set, &model);
                }
            }
        });
    }

    #[test]
    fn bulk_trees_are_well_formed_and_every_index_is_a_place() {
        let heap = Heap::new(Region::allocate(256 << 20)).unwrap();
        heap.mutator().enter(|s| {
            for count in (0..70).chain([255, 256, 257, 1000]) {
                let model: Vec<i64> = (0..count).map(|n| n * 2).collect();
                let values: Vec<_> = model.iter().map(|n| s.int(*n).unwrap()).collect();
                let set = s.sorted_set_in_order(Value::NIL, &values).unwrap();
                check(s, set, &model);
                for (index, n) in model.iter().enumerate() {
                    let rank = |n: i64| s.sorted_rank(set, s.int(n).unwrap(), natural(s)).unwrap();
                    assert_eq!((rank(*n), rank(n + 1)), (Ok(index), Err(index + 1)));
                    assert_eq!(s.sorted_set_nth(set, index).and_then(|v| s.as_int(v)), Some(*n));
                    let mut less = model.clone();
                    less.remove(index);
                    check(s, s.sorted_remove_at(set, index).unwrap(), &less);
                    let mut more = model.clone();
                    more.insert(index, n - 1);
                    check(s, s.sorted_set_put_at(set, Err(index), s.int(n - 1).unwrap()).unwrap(), &more);
                    let from: Vec<_> =
                        s.sorted_set_iter_from(set, index).filter_map(|v| s.as_int(v)).collect();
                    assert_eq!(from, model[index..]);
                    let mut back: Vec<_> =
                        s.sorted_set_rev_iter(set, index).filter_map(|v| s.as_int(v)).collect();
                    back.reverse();
                    assert_eq!(back, model[..index]);
                }
                assert!(s.sorted_set_nth(set, model.len()).is_none());
                assert!(s.sorted_remove_at(set, model.len()).unwrap().is_identical(set));
                let more = s.sorted_set_put_at(set, Err(usize::MAX), s.int(9999).unwrap()).unwrap();
                assert_eq!(s.sorted_set_nth(more, model.len()).and_then(|v| s.as_int(v)), Some(9999));
            }
        });
    }
}
