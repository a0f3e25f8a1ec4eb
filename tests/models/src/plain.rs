//! Plain values: what the fuzzer believes that the heap holds.
//!
//! Enter at [`Plain::build`] and [`Plain::check`].

use halt_heap::{Kind, OutOfMemory, Scope, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A value as `std` would hold it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plain {
    /// Nil.
    Nil,
    /// An integer, boxed when it is large.
    Int(i64),
    /// A string.
    Text(Rc<str>),
    /// A vector.
    Vector(Rc<Vec<Plain>>),
    /// A hash map.
    Map(Rc<BTreeMap<Plain, Plain>>),
    /// A hash set.
    Set(Rc<BTreeSet<Plain>>),
    /// A sorted map with integers for keys.
    Sorted(Rc<BTreeMap<i64, Plain>>),
    /// A sorted set of integers.
    SortedSet(Rc<BTreeSet<i64>>),
    /// A list, the newest element last.
    List(Rc<Vec<Plain>>),
    /// A record of values and one raw word.
    Record(Rc<Vec<Plain>>, u64),
}

/// The tag of the fuzzer's records.
pub const TAG: u16 = 77;

impl Plain {
    /// How many values it is made of.
    pub fn weight(&self) -> usize {
        let parts: usize = match self {
            Plain::Nil | Plain::Int(_) => 0,
            Plain::Text(text) => text.len() / 64,
            Plain::Vector(items) | Plain::List(items) | Plain::Record(items, _) => {
                items.iter().map(Plain::weight).sum()
            }
            Plain::Map(map) => map.iter().map(|(key, value)| key.weight() + value.weight()).sum(),
            Plain::Set(set) => set.iter().map(Plain::weight).sum(),
            Plain::Sorted(map) => map.values().map(Plain::weight).sum(),
            Plain::SortedSet(set) => set.len(),
        };
        parts + 1
    }

    /// Makes it anew in a heap.
    pub fn build<'s>(&self, s: Scope<'s>) -> Result<Value<'s>, OutOfMemory> {
        let all = |items: &[Plain]| items.iter().map(|item| item.build(s)).collect::<Result<Vec<_>, _>>();
        match self {
            Plain::Nil => Ok(Value::NIL),
            Plain::Int(n) => s.int(*n),
            Plain::Text(text) => s.string(text),
            Plain::Vector(items) => s.vector(&all(items)?),
            Plain::Map(map) => {
                let entries: Result<Vec<_>, _> =
                    map.iter().map(|(key, value)| Ok((key.build(s)?, value.build(s)?))).collect();
                s.map(&entries?)
            }
            Plain::Set(set) => s.set(&set.iter().map(|item| item.build(s)).collect::<Result<Vec<_>, _>>()?),
            Plain::Sorted(map) => {
                let entries: Result<Vec<_>, OutOfMemory> =
                    map.iter().map(|(key, value)| Ok([s.int(*key)?, value.build(s)?])).collect();
                s.sorted_map_in_order(Value::NIL, &entries?)
            }
            Plain::SortedSet(set) => {
                let items: Result<Vec<_>, _> = set.iter().map(|item| s.int(*item)).collect();
                s.sorted_set_in_order(Value::NIL, &items?)
            }
            Plain::List(items) => {
                let mut list = s.list(&[])?;
                for item in items.iter() {
                    list = s.pair(item.build(s)?, list)?;
                }
                Ok(list)
            }
            Plain::Record(items, word) => s.record(TAG, &all(items)?, &[*word]),
        }
    }

    /// Reads a value of the heap. Panics when no fuzzer made it.
    pub fn read<'s>(s: Scope<'s>, value: Value<'s>) -> Plain {
        let all =
            |values: &mut dyn Iterator<Item = Value<'s>>| values.map(|item| Plain::read(s, item)).collect();
        let int = |value| s.as_int(value).expect("an integer");
        match s.kind(value) {
            Kind::Nil => Plain::Nil,
            Kind::Int => Plain::Int(int(value)),
            Kind::String => Plain::Text(s.string_chunks(value).collect::<String>().into()),
            Kind::Vector => Plain::Vector(Rc::new(all(&mut s.vector_iter(value)))),
            Kind::Map => {
                let entries =
                    s.map_iter(value).map(|(key, item)| (Plain::read(s, key), Plain::read(s, item)));
                Plain::Map(Rc::new(entries.collect()))
            }
            Kind::Set => Plain::Set(Rc::new(s.set_iter(value).map(|item| Plain::read(s, item)).collect())),
            Kind::SortedMap => {
                let entries = s.sorted_map_iter(value).map(|(key, item)| (int(key), Plain::read(s, item)));
                Plain::Sorted(Rc::new(entries.collect()))
            }
            Kind::SortedSet => Plain::SortedSet(Rc::new(s.sorted_set_iter(value).map(int).collect())),
            Kind::EmptyList | Kind::Pair => {
                let mut items: Vec<_> = all(&mut s.list_iter(value));
                items.reverse();
                Plain::List(Rc::new(items))
            }
            Kind::Record => {
                let items = all(&mut s.record_values(value).iter().copied());
                Plain::Record(Rc::new(items), s.record_words(value)[0])
            }
            kind => panic!("{kind:?} in a fuzzer's value"),
        }
    }

    /// Panics when a value of the heap is another one.
    pub fn check<'s>(&self, s: Scope<'s>, value: Value<'s>) {
        match self {
            Plain::Nil => assert!(value.is_nil()),
            Plain::Int(n) => assert_eq!(s.as_int(value), Some(*n)),
            Plain::Text(text) => assert_eq!(s.as_str(value), Some(&**text)),
            Plain::Vector(items) => {
                assert_eq!(s.vector_count(value), items.len());
                assert_eq!(s.vector_iter(value).count(), items.len());
                for (index, (item, plain)) in s.vector_iter(value).zip(items.iter()).enumerate() {
                    plain.check(s, item);
                    if index % 7 == 3 {
                        plain.check(s, s.vector_get(value, index).expect("an index below the count"));
                    }
                }
                assert!(s.vector_get(value, items.len()).is_none());
            }
            Plain::Map(map) => {
                assert_eq!(s.map_count(value), map.len());
                assert_eq!(s.map_iter(value).count(), map.len());
                for (key, plain) in map.iter() {
                    if let Ok(key) = key.build(s) {
                        plain.check(s, s.map_get(value, key).expect("a key that was put"));
                    }
                }
            }
            Plain::Set(set) => {
                assert_eq!(s.set_count(value), set.len());
                assert_eq!(s.set_iter(value).count(), set.len());
                assert!(
                    set.iter().all(|item| item.build(s).map_or(true, |item| s.set_contains(value, item)))
                );
            }
            Plain::Sorted(map) => {
                assert_eq!(s.sorted_count(value), map.len());
                let mut entries = s.sorted_map_iter(value);
                for (key, plain) in map.iter() {
                    let entry = entries.next().expect("as many entries as the count says");
                    assert_eq!(s.as_int(entry.0), Some(*key));
                    plain.check(s, entry.1);
                }
                assert!(entries.next().is_none());
            }
            Plain::SortedSet(set) => {
                assert_eq!(s.sorted_count(value), set.len());
                let items = s.sorted_set_iter(value).map(|item| s.as_int(item).expect("an integer"));
                assert!(items.eq(set.iter().copied()));
            }
            Plain::List(items) => {
                assert_eq!(s.list_count(value), Some(items.len()));
                assert_eq!(s.list_iter(value).count(), items.len());
                s.list_iter(value).zip(items.iter().rev()).for_each(|(item, plain)| plain.check(s, item));
            }
            Plain::Record(items, word) => {
                assert_eq!((s.record_tag(value), s.record_words(value)), (Some(TAG), &[*word][..]));
                assert_eq!(s.record_values(value).len(), items.len());
                s.record_values(value)
                    .iter()
                    .zip(items.iter())
                    .for_each(|(item, plain)| plain.check(s, *item));
            }
        }
    }

    /// The same, and that it equals one built anew, with the same hash, if there is room for that.
    pub fn check_equal<'s>(&self, s: Scope<'s>, value: Value<'s>) {
        self.check(s, value);
        if let Ok(again) = self.build(s) {
            assert!(s.equal(value, again) && s.equal(again, value), "{self:?} does not equal itself");
            assert_eq!(s.hash(value), s.hash(again), "{self:?} has two hashes");
        }
    }
}
