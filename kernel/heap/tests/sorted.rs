//! Sorted maps and sets against `BTreeMap`, under random operation lists. Every older version is checked again after
//! every step.

mod common;

use common::{FAMILIES, Random, heap, in_scope};
use halt_heap::{Kind, OutOfMemory, Scope, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;

type Model = BTreeMap<i64, i64>;

fn int<'s>(s: Scope<'s>, n: i64) -> Value<'s> {
    s.int(n).unwrap()
}

fn number<'s>(s: Scope<'s>, value: Value<'s>) -> i64 {
    s.as_int(value).unwrap()
}

fn natural<'s>(s: Scope<'s>) -> impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, OutOfMemory> + Copy {
    move |a, b| Ok(s.compare(a, b).unwrap())
}

fn reverse<'s>(s: Scope<'s>) -> impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, OutOfMemory> + Copy {
    move |a, b| Ok(s.compare(b, a).unwrap())
}

fn entries<'s>(s: Scope<'s>, model: &Model) -> Vec<(Value<'s>, Value<'s>)> {
    model.iter().map(|(key, value)| (int(s, *key), int(s, *value))).collect()
}

fn contents<'s>(s: Scope<'s>, entries: impl Iterator<Item = (Value<'s>, Value<'s>)>) -> Vec<(i64, i64)> {
    entries.map(|(key, value)| (number(s, key), number(s, value))).collect()
}

fn check<'s>(s: Scope<'s>, map: Value<'s>, model: &Model, context: &str) {
    assert_eq!(s.kind(map), Kind::SortedMap);
    assert_eq!(s.sorted_count(map), model.len(), "{context}");
    let expected: Vec<(i64, i64)> = model.iter().map(|(k, v)| (*k, *v)).collect();
    assert_eq!(contents(s, s.sorted_map_iter(map)), expected, "{context}");
}

/// A random operation on a map and its model.
fn step<'s>(
    s: Scope<'s>,
    random: &mut Random,
    key: fn(u32) -> i64,
    map: Value<'s>,
    model: &mut Model,
) -> Value<'s> {
    let key = |random: &mut Random| key(random.below(160) as u32);
    match random.below(8) {
        0 => (0..random.below(80)).fold(map, |map, n| {
            let new = key(random);
            model.insert(new, n as i64);
            s.sorted_map_assoc(map, int(s, new), int(s, n as i64), natural(s)).unwrap()
        }),
        1 => (0..random.below(80)).fold(map, |map, _| {
            let gone = key(random);
            model.remove(&gone);
            s.sorted_map_dissoc(map, int(s, gone), natural(s)).unwrap()
        }),
        2..=4 => {
            let gone = key(random);
            let had = model.remove(&gone).is_some();
            let next = s.sorted_map_dissoc(map, int(s, gone), natural(s)).unwrap();
            assert!(had || next.is_identical(map), "removing nothing changes nothing");
            next
        }
        _ => {
            let (key, value) = (key(random), random.below(3) as i64);
            let had = model.insert(key, value);
            let next = s.sorted_map_assoc(map, int(s, key), int(s, value), natural(s)).unwrap();
            assert!(had != Some(value) || next.is_identical(map), "adding what is there changes nothing");
            next
        }
    }
}

/// What a map made otherwise, or of another kind, has in common with one.
fn check_equality<'s>(s: Scope<'s>, map: Value<'s>, model: &Model, context: &str) {
    let hashed = s.map(&entries(s, model)).unwrap();
    let mut shuffled = entries(s, model);
    let middle = shuffled.len() / 3;
    shuffled.rotate_left(middle);
    let bulk = s.sorted_map(Value::NIL, &shuffled, natural(s)).unwrap();
    let backwards = s.sorted_map(Value::TRUE, &shuffled, reverse(s)).unwrap();
    let other = s.sorted_map(Value::FALSE, &shuffled, reverse(s)).unwrap();
    let all = [map, hashed, bulk, backwards, other];
    for a in all {
        for b in all {
            assert!(s.equal(a, b), "{context}");
        }
        assert_eq!(s.hash(a), s.hash(map), "{context}");
    }
    let Some((key, value)) = model.iter().nth(model.len() / 2) else { return };
    // The hashes are not cached here, and the counts equal.
    let changed = s.map_assoc(hashed, int(s, *key), int(s, value + 100)).unwrap();
    let moved =
        s.map_assoc(s.map_dissoc(hashed, int(s, *key)).unwrap(), int(s, key ^ 1 << 40), int(s, *value));
    let sorted = |changed| s.sorted_map(Value::NIL, &s.map_iter(changed).collect::<Vec<_>>(), natural(s));
    for unequal in [changed, moved.unwrap()] {
        for unequal in [unequal, sorted(unequal).unwrap()] {
            for a in all {
                let fresh = s.with_meta(a, Value::NIL).unwrap();
                assert!(!s.equal(fresh, unequal) && !s.equal(unequal, fresh), "{context}");
            }
        }
    }
}

#[test]
fn every_version_agrees_with_its_model() {
    for (family, key) in FAMILIES.into_iter().enumerate() {
        in_scope(|s| {
            let mut random = Random(family as u64 + 1);
            let mut versions = vec![(s.empty_sorted_map(Value::NIL).unwrap(), Model::new())];
            for at in 0..120 {
                let recent = versions.len().min(5);
                let (map, mut model) = versions[versions.len() - 1 - random.below(recent)].clone();
                let next = step(s, &mut random, key, map, &mut model);
                let context = format!("family {family}, step {at}");
                check_equality(s, next, &model, &context);
                versions.push((next, model));
                for (map, model) in &versions {
                    check(s, *map, model, &context);
                }
                let (newest, model) = &versions[versions.len() - 1];
                for n in 0..200 {
                    let key = key(n);
                    let found = s.sorted_map_get(*newest, int(s, key), natural(s)).unwrap();
                    assert_eq!(found.map(|v| number(s, v)), model.get(&key).copied(), "{context}");
                    let rank = s.sorted_rank(*newest, int(s, key), natural(s)).unwrap();
                    let before = model.range(..key).count();
                    let expected = if model.contains_key(&key) { Ok(before) } else { Err(before) };
                    assert_eq!(rank, expected, "{context}");
                }
                let from = random.below(model.len() + 1);
                let expected: Vec<_> = model.iter().map(|(k, v)| (*k, *v)).collect();
                assert_eq!(contents(s, s.sorted_map_iter_from(*newest, from)), expected[from..], "{context}");
                let mut back = contents(s, s.sorted_map_rev_iter(*newest, from));
                back.reverse();
                assert_eq!(back, expected[..from], "{context}");
            }
        });
    }
}

#[test]
fn versions_survive_collections() {
    let heap = heap(64);
    heap.set_torture(true);
    let mut mutator = heap.mutator();
    let mut random = Random(7);
    let mut models = vec![Model::new()];
    mutator.enter(|s| s.root_push(s.empty_sorted_map(Value::NIL).unwrap()));
    for at in 0..60 {
        mutator.enter(|s| {
            let from = models.len() - 1 - random.below(models.len().min(4));
            let mut model = models[from].clone();
            let next = step(s, &mut random, FAMILIES[0], s.root_get(from), &mut model);
            s.root_push(next);
            models.push(model);
        });
        mutator.enter(|s| {
            for (index, model) in models.iter().enumerate() {
                check(s, s.root_get(index), model, &format!("step {at}, version {index}"));
                // Hashes are cached at different times, in young and old objects.
                if random.below(3) == 0 {
                    let fresh = s.map(&entries(s, model)).unwrap();
                    assert_eq!(s.hash(fresh), s.hash(s.root_get(index)));
                }
            }
        });
        heap.verify().unwrap();
    }
}

#[test]
fn an_allocation_may_fail_at_any_point() {
    let heap = heap(16);
    let mut mutator = heap.mutator();
    let old: Model = (0..200).map(|n| (n * 2, n)).collect();
    mutator.enter(|s| s.root_push(s.sorted_map(Value::NIL, &entries(s, &old), natural(s)).unwrap()));
    for allowed in 0.. {
        mutator.fail_allocation_after(Some(allowed));
        let done = mutator.enter(|s| {
            let mut map = s.root_get(0);
            for n in 35..45 {
                map = s.sorted_map_assoc(map, s.int(n * 3).ok()?, Value::TRUE, natural(s)).ok()?;
                map = s.sorted_map_dissoc(map, s.int(n * 2 - 40).ok()?, natural(s)).ok()?;
            }
            let built =
                s.sorted_map(Value::NIL, &s.sorted_map_iter(map).collect::<Vec<_>>(), natural(s)).ok()?;
            Some((s.sorted_count(map), s.equal(built, map)))
        });
        mutator.fail_allocation_after(None);
        mutator.enter(|s| check(s, s.root_get(0), &old, "after a failure"));
        heap.verify().unwrap();
        if let Some(done) = done {
            assert_eq!(done, (195, true));
            break;
        }
    }
}

#[test]
fn an_order_may_fail_at_any_point() {
    in_scope(|s| {
        #[derive(Debug, PartialEq)]
        enum Failure {
            Order,
            Memory,
        }
        impl From<OutOfMemory> for Failure {
            fn from(_: OutOfMemory) -> Failure {
                Failure::Memory
            }
        }
        let values: Vec<_> = (0..100).map(|n| int(s, n * 37 % 100)).collect();
        let set = s.sorted_set(Value::NIL, &values, natural(s)).unwrap();
        for allowed in 0..8 {
            let mut left = allowed;
            let mut order = |a, b| {
                left -= 1;
                if left < 0 { Err(Failure::Order) } else { Ok(s.compare(a, b).unwrap()) }
            };
            assert_eq!(s.sorted_set(Value::NIL, &values, &mut order).err(), Some(Failure::Order));
            left = allowed;
            let mut order = |a, b| {
                left -= 1;
                if left < 0 { Err(Failure::Order) } else { Ok(s.compare(a, b).unwrap()) }
            };
            match s.sorted_set_conj(set, int(s, 1000), &mut order) {
                Ok(more) => assert_eq!(s.sorted_count(more), 101),
                Err(failure) => assert_eq!(failure, Failure::Order),
            }
        }
        assert_eq!(s.sorted_count(set), 100);
    });
}

#[test]
fn large_maps_keep_every_entry() {
    in_scope(|s| {
        let mut map = s.empty_sorted_map(Value::NIL).unwrap();
        for n in 0..100_000 {
            map = s.sorted_map_assoc(map, int(s, n * 7919 % 100_003), int(s, n), natural(s)).unwrap();
        }
        let model: Model = (0..100_000).map(|n| (n * 7919 % 100_003, n)).collect();
        check(s, map, &model, "large");
        let bulk = s.sorted_map(Value::NIL, &entries(s, &model), natural(s)).unwrap();
        assert!(s.equal(map, bulk) && s.hash(map) == s.hash(bulk));
        for key in model.keys() {
            map = s.sorted_map_dissoc(map, int(s, *key), natural(s)).unwrap();
        }
        assert!(
            s.equal(map, s.empty_map().unwrap()) && s.equal(map, s.empty_sorted_map(Value::TRUE).unwrap())
        );
        assert_eq!(s.sorted_map_iter(map).count(), 0);
    });
}

#[test]
fn an_equal_key_stays_and_its_value_goes() {
    in_scope(|s| {
        let (whole, float) = (int(s, 1), s.float(1.0).unwrap());
        let map =
            s.sorted_map(Value::NIL, &[(whole, Value::TRUE), (float, Value::FALSE)], natural(s)).unwrap();
        let (key, value) = s.sorted_map_find(map, float, natural(s)).unwrap().unwrap();
        assert!(s.sorted_count(map) == 1 && key.is_identical(whole) && value.is_identical(Value::FALSE));
        let map = s.sorted_map_assoc(map, float, Value::NIL, natural(s)).unwrap();
        let (key, value) = s.sorted_map_find(map, whole, natural(s)).unwrap().unwrap();
        assert!(key.is_identical(whole) && value.is_nil());
        let set = s.sorted_set(Value::NIL, &[whole, float], natural(s)).unwrap();
        assert!(s.sorted_set_get(set, float, natural(s)).unwrap().unwrap().is_identical(whole));
        assert!(s.sorted_set_conj(set, float, natural(s)).unwrap().is_identical(set));
    });
}

#[test]
fn metadata_and_comparator_stay() {
    in_scope(|s| {
        let order = s.keyword("order");
        for coll in [s.empty_sorted_map(order).unwrap(), s.empty_sorted_set(order).unwrap()] {
            let coll = s.with_meta(coll, Value::TRUE).unwrap();
            let full = if s.kind(coll) == Kind::SortedMap {
                s.sorted_map_assoc(coll, int(s, 1), Value::NIL, natural(s)).unwrap()
            } else {
                s.sorted_set_conj(coll, int(s, 1), natural(s)).unwrap()
            };
            let emptied = s.sorted_remove_at(full, 0).unwrap();
            for coll in [full, emptied, s.sorted_empty(full).unwrap()] {
                assert!(s.sorted_comparator(coll).is_identical(order) && s.meta(coll).is_truthy());
            }
        }
    });
}

#[test]
fn maps_and_sets_a_hundred_thousand_levels_deep_are_no_danger() {
    const DEPTH: usize = 100_000;
    let heap = heap(512);
    let mut mutator = heap.mutator();
    mutator.enter(|s| {
        // In keys and in values, through sorted and hash maps of all orders.
        let deep = |last: i64, swap: usize| {
            (0..DEPTH).fold(int(s, last), |inner, level| {
                let never = |_, _| Ok::<_, OutOfMemory>(Ordering::Less);
                match (level + swap) % 4 {
                    0 => s.sorted_map(Value::TRUE, &[(inner, Value::NIL)], never).unwrap(),
                    1 => s.sorted_map(Value::FALSE, &[(Value::NIL, inner)], never).unwrap(),
                    2 => s.sorted_set(s.keyword("a"), &[inner], never).unwrap(),
                    _ => s.sorted_set(s.keyword("b"), &[inner], never).unwrap(),
                }
            })
        };
        let (a, b, c) = (deep(1, 0), deep(1, 0), deep(2, 0));
        assert!(s.equal(a, b) && !s.equal(a, c));
        assert_eq!(s.hash(a), s.hash(b));
        assert_ne!(s.hash(a), s.hash(c));
        s.root_push(a);
        let atom = s.atom(b).unwrap();
        s.root_push(atom);
    });
    heap.collect();
    heap.verify().unwrap();
    mutator.enter(|s| assert!(s.equal(s.root_get(0), s.atom_load(s.root_get(1)))));
}

/// A sorted map and a hash map, a hundred thousand levels deep in keys whose hashes collide.
#[test]
fn colliding_keys_of_sorted_and_hash_sets_are_searched_without_recursion() {
    in_scope(|s| {
        let never = |_, _| Ok::<_, OutOfMemory>(Ordering::Less);
        let (mut sorted, mut hashed) = (int(s, 1), int(s, 1));
        for _ in 0..20_000 {
            let collider = int(s, common::colliding_int(s.hash(sorted), 5));
            assert_eq!(s.hash(sorted), s.hash(hashed));
            sorted = s.sorted_set(Value::TRUE, &[sorted, collider], never).unwrap();
            hashed = s.set(&[hashed, collider]).unwrap();
        }
        assert!(s.equal(sorted, hashed) && s.equal(hashed, sorted));
    });
}
