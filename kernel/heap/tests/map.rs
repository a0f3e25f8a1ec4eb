//! Maps against `BTreeMap`, under random operation lists, for keys whose hashes differ, nearly collide and
//! collide. Every older version is checked again after every step.

mod common;

use common::{FAMILIES, Random, colliding_int, heap, in_scope};
use halt_heap::{Kind, Scope, Value};
use std::collections::BTreeMap;

type Model = BTreeMap<i64, i64>;

fn int<'s>(s: Scope<'s>, n: i64) -> Value<'s> {
    s.int(n).unwrap()
}

fn entries<'s>(s: Scope<'s>, model: impl Iterator<Item = (i64, i64)>) -> Vec<(Value<'s>, Value<'s>)> {
    model.map(|(key, value)| (int(s, key), int(s, value))).collect()
}

fn check<'s>(s: Scope<'s>, map: Value<'s>, model: &Model, context: &str) {
    assert_eq!(s.kind(map), Kind::Map);
    assert_eq!(s.map_count(map), model.len(), "{context}");
    let got: Vec<_> = s.map_iter(map).map(|(k, v)| (s.as_int(k).unwrap(), s.as_int(v).unwrap())).collect();
    assert_eq!(got.len(), model.len(), "{context}");
    assert_eq!(&got.into_iter().collect::<Model>(), model, "{context}");
}

/// A random operation on a map and its model.
fn step<'s>(
    s: Scope<'s>,
    random: &mut Random,
    key: fn(u32) -> i64,
    map: Value<'s>,
    model: &mut Model,
) -> Value<'s> {
    let key = |random: &mut Random| key(random.below(48) as u32);
    match random.below(8) {
        0 => {
            let other: Model = (0..random.below(30)).map(|n| (key(random), n as i64)).collect();
            model.extend(&other);
            s.map_merge(map, s.map(&entries(s, other.into_iter())).unwrap()).unwrap()
        }
        1 => (0..random.below(30)).fold(map, |map, _| {
            let gone = key(random);
            model.remove(&gone);
            s.map_dissoc(map, int(s, gone)).unwrap()
        }),
        2..=4 => {
            let gone = key(random);
            let had = model.remove(&gone).is_some();
            let next = s.map_dissoc(map, int(s, gone)).unwrap();
            assert!(had || next.is_identical(map), "removing nothing changes nothing");
            next
        }
        _ => {
            let (key, value) = (key(random), random.below(3) as i64);
            let had = model.insert(key, value);
            let next = s.map_assoc(map, int(s, key), int(s, value)).unwrap();
            assert!(had != Some(value) || next.is_identical(map), "adding what is there changes nothing");
            next
        }
    }
}

/// Equal maps made in other ways have one hash, one shape, and one order but for colliding keys.
fn check_canonical<'s>(s: Scope<'s>, map: Value<'s>, model: &Model, hashes_collide: bool, context: &str) {
    let mut forwards = s.empty_map().unwrap();
    for (key, value) in entries(s, model.iter().map(|(k, v)| (*k, *v))) {
        forwards = s.map_assoc(forwards, key, value).unwrap();
    }
    let twice = model.iter().rev().map(|(k, _)| (*k, -1)).chain(model.iter().rev().map(|(k, v)| (*k, *v)));
    let bulk = s.map(&entries(s, twice)).unwrap();
    for other in [forwards, bulk] {
        assert!(s.equal(map, other) && s.equal(other, map), "{context}");
        assert_eq!(s.hash(map), s.hash(other), "{context}");
        let keys = |map| s.map_iter(map).map(|(key, _)| s.as_int(key)).collect::<Vec<_>>();
        assert!(hashes_collide || keys(map) == keys(other), "{context}");
    }
    if let Some((key, value)) = model.iter().next() {
        let changed = s.map_assoc(bulk, int(s, *key), int(s, value + 100)).unwrap();
        assert!(!s.equal(map, changed) && !s.equal(changed, map), "{context}");
        let less = s.map_dissoc(bulk, int(s, *key)).unwrap();
        let moved = s.map_assoc(less, int(s, key ^ 1 << 40), int(s, *value)).unwrap();
        assert!(!s.equal(map, less) && !s.equal(map, moved), "{context}");
    }
}

#[test]
fn every_version_agrees_with_its_model() {
    for (family, key) in FAMILIES.into_iter().enumerate() {
        in_scope(|s| {
            let mut random = Random(family as u64 + 1);
            let mut versions = vec![(s.empty_map().unwrap(), Model::new())];
            for at in 0..120 {
                let recent = versions.len().min(5);
                let (map, mut model) = versions[versions.len() - 1 - random.below(recent)].clone();
                let next = step(s, &mut random, key, map, &mut model);
                let context = format!("family {family}, step {at}");
                check_canonical(s, next, &model, family >= 2, &context);
                versions.push((next, model));
                for (map, model) in &versions {
                    check(s, *map, model, &context);
                }
                let (newest, model) = &versions[versions.len() - 1];
                for n in 0..60 {
                    let key = key(n);
                    let found = s.map_get(*newest, int(s, key)).and_then(|v| s.as_int(v));
                    assert_eq!(found, model.get(&key).copied(), "{context}");
                }
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
    mutator.enter(|s| s.root_push(s.empty_map().unwrap()));
    for at in 0..16 * FAMILIES.len() {
        let key = FAMILIES[at / 16];
        mutator.enter(|s| {
            let from = models.len() - 1 - random.below(models.len().min(4));
            let mut model = models[from].clone();
            let next = step(s, &mut random, key, s.root_get(from), &mut model);
            s.root_push(next);
            models.push(model);
        });
        mutator.enter(|s| {
            for (index, model) in models.iter().enumerate() {
                check(s, s.root_get(index), model, &format!("step {at}, version {index}"));
                // Hashes are cached at different times, in young and old objects.
                if random.below(3) == 0 {
                    let fresh = s.map(&entries(s, model.iter().map(|(k, v)| (*k, *v)))).unwrap();
                    assert_eq!(s.hash(fresh), s.hash(s.root_get(index)));
                }
            }
        });
        heap.verify().unwrap();
    }
}

#[test]
fn the_test_can_make_collisions() {
    in_scope(|s| {
        let order = |a, b| {
            let map = s.map(&[(a, Value::NIL), (b, Value::NIL)]).unwrap();
            s.map_iter(map).map(|(key, _)| s.as_int(key)).collect::<Vec<_>>()
        };
        // Only keys of one hash come in the order in which they were put.
        for n in 0..100 {
            let (a, b) = (int(s, colliding_int(n * 77, n)), int(s, colliding_int(n * 77, n + 1)));
            assert_ne!(order(a, b), order(b, a), "{n}");
            let c = int(s, colliding_int(n * 77 + 1, n));
            assert_eq!(order(a, c), order(c, a), "{n}");
        }
    });
}

#[test]
fn an_allocation_may_fail_at_any_point() {
    let heap = heap(16);
    for key in FAMILIES {
        let mut mutator = heap.mutator();
        let old: Model = (0..40).map(|n| (key(n), n as i64)).collect();
        mutator.enter(|s| s.root_push(s.map(&entries(s, old.iter().map(|(k, v)| (*k, *v)))).unwrap()));
        for allowed in 0.. {
            mutator.fail_allocation_after(Some(allowed));
            let done = mutator.enter(|s| {
                let mut map = s.root_get(0);
                for n in 35..45 {
                    map = s.map_assoc(map, s.int(key(n)).ok()?, Value::TRUE).ok()?;
                    map = s.map_dissoc(map, s.int(key(n - 20)).ok()?).ok()?;
                }
                Some(s.map_count(s.map_merge(s.root_get(0), map).ok()?))
            });
            mutator.fail_allocation_after(None);
            mutator.enter(|s| check(s, s.root_get(0), &old, "after a failure"));
            heap.verify().unwrap();
            if let Some(count) = done {
                assert_eq!(count, 45);
                break;
            }
        }
    }
}

#[test]
fn large_maps_keep_every_entry() {
    in_scope(|s| {
        let all: Vec<_> = (0..100_000).map(|n| (int(s, n), int(s, n + 1))).collect();
        let bulk = s.map(&all).unwrap();
        let mut map = s.empty_map().unwrap();
        for (key, value) in &all {
            map = s.map_assoc(map, *key, *value).unwrap();
        }
        assert!(s.equal(map, bulk) && s.hash(map) == s.hash(bulk));
        for n in (0..100_000).step_by(7) {
            assert_eq!(s.map_get(map, int(s, n)).and_then(|v| s.as_int(v)), Some(n + 1));
        }
        for (key, _) in &all {
            map = s.map_dissoc(map, *key).unwrap();
        }
        assert!(s.equal(map, s.empty_map().unwrap()));
        assert_eq!(s.map_iter(map).count(), 0);
    });
}

/// A map whose keys all collide is a list, no worse.
#[test]
fn ten_thousand_keys_of_one_hash_stay_correct() {
    const COUNT: u32 = 10_000;
    let key = |n| colliding_int(0x0BAD_5EED, n);
    in_scope(|s| {
        let all: Vec<_> = (0..COUNT).map(|n| (int(s, key(n)), int(s, n as i64))).collect();
        let (first, last) = all.split_at(COUNT as usize - 200);
        let flood = s.map(&all).unwrap();
        let put = last
            .iter()
            .fold(s.map(first).unwrap(), |map, (key, value)| s.map_assoc(map, *key, *value).unwrap());
        assert_eq!((s.map_count(flood), s.map_count(put)), (COUNT as usize, COUNT as usize));
        assert!(s.equal(flood, put) && s.hash(flood) == s.hash(put));
        for n in (0..COUNT + 100).step_by(100) {
            let found = s.map_get(put, int(s, key(n))).and_then(|value| s.as_int(value));
            assert_eq!(found, (n < COUNT).then_some(n as i64));
        }
        let updated = s.map_assoc(put, all[7].0, Value::NIL).unwrap();
        let mut changes = 0;
        s.map_diff(put, updated, |found, _, _| {
            assert!(s.equal(found, all[7].0));
            changes += 1;
        });
        assert_eq!(changes, 1);
        let rest =
            all[2..].iter().rev().step_by(50).fold(updated, |map, (key, _)| s.map_dissoc(map, *key).unwrap());
        assert_eq!(s.map_count(rest), COUNT as usize - (COUNT as usize - 2).div_ceil(50));
        // Other keys do not pay for it.
        let other = s.map_assoc(rest, int(s, colliding_int(0xFBAD_5EED, 1)), Value::TRUE).unwrap();
        assert_eq!(s.map_count(other), s.map_count(rest) + 1);
    });
}

/// Removing entries until two of one hash are left, then one, moves the last up to the root.
#[test]
fn the_last_of_a_flood_moves_up() {
    in_scope(|s| {
        let key = |n| int(s, colliding_int(77, n));
        let entries: Vec<_> = (0..40).map(|n| (key(n), Value::TRUE)).collect();
        let last = (1..40).fold(s.map(&entries).unwrap(), |map, n| s.map_dissoc(map, key(n)).unwrap());
        let fresh = s.map(&entries[..1]).unwrap();
        assert!(s.equal(last, fresh) && s.map_count(last) == 1);
        let both = s.map_assoc(last, int(s, colliding_int(78, 0)), Value::TRUE).unwrap();
        assert!(s.equal(
            s.map_dissoc(both, key(0)).unwrap(),
            s.map(&[(int(s, colliding_int(78, 0)), Value::TRUE)]).unwrap()
        ));
    });
}

/// Below the upper levels, three branches full of entries, each but the last with the next as its one child.
#[test]
fn a_path_of_full_branches() {
    in_scope(|s| {
        let key = |n: u32| colliding_int((1 + n % 31) << (n / 31 * 5), n);
        let (mut map, mut model) = (s.empty_map().unwrap(), Model::new());
        let mut versions = Vec::new();
        for round in 0..2 {
            for n in 0..93 {
                map = s.map_assoc(map, int(s, key(n)), int(s, round)).unwrap();
                model.insert(key(n), round);
                versions.push((map, model.clone()));
                let same = s.map_assoc(map, int(s, key(n)), int(s, round)).unwrap();
                assert!(same.is_identical(map), "adding what is there changes nothing");
            }
        }
        check_canonical(s, map, &model, false, "full");
        for n in 0..93 {
            map = s.map_dissoc(map, int(s, key(n))).unwrap();
            model.remove(&key(n));
            versions.push((map, model.clone()));
            let same = s.map_dissoc(map, int(s, key(n))).unwrap();
            assert!(same.is_identical(map), "removing nothing changes nothing");
        }
        for (number, (map, model)) in versions.iter().enumerate() {
            check(s, *map, model, &format!("version {number}"));
        }
    });
}

#[test]
fn an_equal_key_stays_and_its_value_goes() {
    in_scope(|s| {
        let list = s.list(&[int(s, 1)]).unwrap();
        let vector = s.vector(&[int(s, 1)]).unwrap();
        let map = s.map(&[(list, Value::TRUE), (vector, Value::FALSE)]).unwrap();
        let (key, value) = s.map_find(map, vector).unwrap();
        assert!(s.map_count(map) == 1 && key.is_identical(list) && value.is_identical(Value::FALSE));
        let map = s.map_assoc(map, vector, Value::NIL).unwrap();
        let (key, value) = s.map_find(map, list).unwrap();
        assert!(key.is_identical(list) && value.is_nil());
        let meta = s.with_meta(map, Value::TRUE).unwrap();
        let meta = s.map_assoc(meta, Value::TRUE, Value::TRUE).unwrap();
        assert!(s.meta(meta).is_truthy() && s.meta(s.map_dissoc(meta, list).unwrap()).is_truthy());
    });
}
