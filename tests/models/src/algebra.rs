//! What two collections give together, and what a sorted one tells, beside the same of plain ones.
//!
//! Enter at [`together`], [`change_order`], [`check_difference`] and [`check_order`], which the fuzzer (`fuzz.rs`) calls.

use crate::plain::Plain;
use halt_heap::{OutOfMemory, Scope, Value};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::rc::Rc;

type Local<'s> = (Value<'s>, Plain);

/// The natural order.
pub(crate) fn order<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Ordering, OutOfMemory> {
    Ok(s.compare(a, b).expect("integers have an order"))
}

/// The union, intersection or difference of two sets, or two maps merged; nothing for other values.
pub(crate) fn together<'s>(
    s: Scope<'s>,
    a: &Local<'s>,
    b: &Local<'s>,
    number: usize,
) -> Result<Option<Local<'s>>, OutOfMemory> {
    Ok(Some(match (&a.1, &b.1) {
        (Plain::Map(first), Plain::Map(second)) => {
            let mut map = first.clone();
            Rc::make_mut(&mut map).extend(second.iter().map(|(key, value)| (key.clone(), value.clone())));
            (s.map_merge(a.0, b.0)?, Plain::Map(map))
        }
        (Plain::Set(first), Plain::Set(second)) => {
            let (value, set) = match number % 3 {
                0 => (s.set_union(a.0, b.0)?, first.union(second).cloned().collect()),
                1 => (s.set_intersection(a.0, b.0)?, first.intersection(second).cloned().collect()),
                _ => (s.set_difference(a.0, b.0)?, first.difference(second).cloned().collect()),
            };
            (value, Plain::Set(Rc::new(set)))
        }
        _ => return Ok(None),
    }))
}

/// Checks what the heap says of the difference of two collections of one kind: each place that differs once.
pub(crate) fn check_difference<'s>(s: Scope<'s>, a: &Local<'s>, b: &Local<'s>) {
    match (&a.1, &b.1) {
        (Plain::Map(old), Plain::Map(new)) => {
            let mut left: BTreeSet<_> = old.keys().chain(new.keys()).cloned().collect();
            left.retain(|key| old.get(key) != new.get(key));
            s.map_diff(a.0, b.0, |key, was, is| {
                let key = Plain::read(s, key);
                assert!(left.remove(&key), "{key:?} is told");
                check_option(s, was, old.get(&key));
                check_option(s, is, new.get(&key));
            });
            assert!(left.is_empty(), "not told: {left:?}");
        }
        (Plain::Set(old), Plain::Set(new)) => {
            let mut left: BTreeSet<_> = old.symmetric_difference(new).cloned().collect();
            s.set_diff(a.0, b.0, |element, is_new| {
                let element = Plain::read(s, element);
                assert!(left.remove(&element), "{element:?} is told");
                assert_eq!(is_new, new.contains(&element));
            });
            assert!(left.is_empty(), "not told: {left:?}");
        }
        (Plain::Vector(old), Plain::Vector(new)) => {
            // It may tell of places that hold equal values.
            let mut told = vec![false; old.len().max(new.len())];
            s.vector_diff(a.0, b.0, |index, was, is| {
                assert!(!std::mem::replace(&mut told[index], true), "{index} is told twice");
                check_option(s, was, old.get(index));
                check_option(s, is, new.get(index));
            });
            for (index, told) in told.into_iter().enumerate() {
                assert!(told || old.get(index) == new.get(index), "{index} differs, and is not told");
            }
        }
        _ => {}
    }
}

fn check_option<'s>(s: Scope<'s>, value: Option<Value<'s>>, plain: Option<&Plain>) {
    match (value, plain) {
        (Some(value), Some(plain)) => plain.check(s, value),
        (None, None) => {}
        (value, plain) => panic!("{value:?}, but {plain:?}"),
    }
}

/// Checks ranks, places and parts of a sorted collection, forwards and backwards.
pub(crate) fn check_order<'s>(s: Scope<'s>, (value, plain): &Local<'s>, number: usize) {
    let (value, keys): (_, Vec<i64>) = match plain {
        Plain::Sorted(map) => (*value, map.keys().copied().collect()),
        Plain::SortedSet(set) => (*value, set.iter().copied().collect()),
        _ => return,
    };
    let Ok(key) = s.int(number as i64) else { return };
    let int = |value| s.as_int(value).expect("an integer");
    assert_eq!(s.sorted_rank(value, key, |a, b| order(s, a, b)), Ok(keys.binary_search(&(number as i64))));
    let at = number % (keys.len() + 1);
    let (nth, from, before): (_, Vec<_>, Vec<_>) = if matches!(plain, Plain::Sorted(_)) {
        let nth = s.sorted_map_nth(value, at).map(|entry| int(entry.0));
        let from = s.sorted_map_iter_from(value, at).map(|entry| int(entry.0)).collect();
        (nth, from, s.sorted_map_rev_iter(value, at).map(|entry| int(entry.0)).collect())
    } else {
        let from = s.sorted_set_iter_from(value, at).map(int).collect();
        (s.sorted_set_nth(value, at).map(int), from, s.sorted_set_rev_iter(value, at).map(int).collect())
    };
    assert_eq!((nth, &from[..]), (keys.get(at).copied(), &keys[at..]));
    assert!(before.iter().rev().eq(&keys[..at]), "{before:?} before {at} of {keys:?}");
}

/// A sorted collection without the entry at an index, or a sorted set with one element more; nothing for other values.
pub(crate) fn change_order<'s>(
    s: Scope<'s>,
    (value, plain): &Local<'s>,
    number: usize,
) -> Result<Option<Local<'s>>, OutOfMemory> {
    let key = number as i64;
    Ok(Some(match plain {
        Plain::Sorted(map) if !map.is_empty() => {
            let (at, mut map) = (number % map.len(), map.clone());
            let key = *map.keys().nth(at).expect("an index below the count");
            Rc::make_mut(&mut map).remove(&key);
            (s.sorted_remove_at(*value, at)?, Plain::Sorted(map))
        }
        Plain::SortedSet(set) if number.is_multiple_of(3) && !set.is_empty() => {
            let (at, mut set) = (number % set.len(), set.clone());
            let key = *set.iter().nth(at).expect("an index below the count");
            Rc::make_mut(&mut set).remove(&key);
            (s.sorted_remove_at(*value, at)?, Plain::SortedSet(set))
        }
        Plain::SortedSet(set) if number.is_multiple_of(2) => {
            let mut set = set.clone();
            Rc::make_mut(&mut set).remove(&key);
            let element = s.int(key)?;
            (s.sorted_set_disj(*value, element, |a, b| order(s, a, b))?, Plain::SortedSet(set))
        }
        Plain::SortedSet(set) => {
            // Several at once, so that the tree grows deep.
            let (mut set, mut value) = (set.clone(), *value);
            for key in (key..).step_by(7).take(10) {
                Rc::make_mut(&mut set).insert(key);
                value = s.sorted_set_conj(value, s.int(key)?, |a, b| order(s, a, b))?;
            }
            (value, Plain::SortedSet(set))
        }
        _ => return Ok(None),
    }))
}
