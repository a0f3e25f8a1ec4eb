//! Merge, union, intersection, difference and diff against `std` models, for maps and sets that share much, little
//! and nothing, and for keys whose hashes differ, nearly collide and collide.

mod common;

use common::{FAMILIES, Random, heap, in_scope};
use halt_heap::{OutOfMemory, Scope, Value};
use std::collections::{BTreeMap, BTreeSet};

type Model = BTreeMap<i64, i64>;

fn int<'s>(s: Scope<'s>, n: i64) -> Value<'s> {
    s.int(n).unwrap()
}

fn read<'s>(s: Scope<'s>, map: Value<'s>) -> Model {
    let model: Model = s.map_iter(map).map(|(k, v)| (s.as_int(k).unwrap(), s.as_int(v).unwrap())).collect();
    assert_eq!(s.map_count(map), model.len());
    model
}

fn read_set<'s>(s: Scope<'s>, set: Value<'s>) -> BTreeSet<i64> {
    let model: BTreeSet<i64> = s.set_iter(set).map(|v| s.as_int(v).unwrap()).collect();
    assert_eq!(s.set_count(set), model.len());
    model
}

fn map<'s>(s: Scope<'s>, model: &Model) -> Value<'s> {
    let entries: Vec<_> = model.iter().map(|(k, v)| (int(s, *k), int(s, *v))).collect();
    s.map(&entries).unwrap()
}

fn set<'s>(s: Scope<'s>, model: &BTreeSet<i64>) -> Value<'s> {
    let values: Vec<_> = model.iter().map(|n| int(s, *n)).collect();
    s.set(&values).unwrap()
}

/// A map that shares most of another one.
fn changed<'s>(
    s: Scope<'s>,
    random: &mut Random,
    key: fn(u32) -> i64,
    range: usize,
    from: Value<'s>,
) -> Value<'s> {
    (0..random.below(8)).fold(from, |map, _| {
        let key = int(s, key(random.below(range) as u32));
        match random.below(3) {
            0 => s.map_dissoc(map, key).unwrap(),
            _ => s.map_assoc(map, key, int(s, random.below(3) as i64)).unwrap(),
        }
    })
}

fn check_maps<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>, context: &str) {
    let (model_a, model_b) = (read(s, a), read(s, b));
    let merged = s.map_merge(a, b).unwrap();
    let mut model = model_a.clone();
    model.extend(&model_b);
    assert_eq!(read(s, merged), model, "{context}");
    let fresh = map(s, &model);
    assert!(s.equal(merged, fresh) && s.hash(merged) == s.hash(fresh), "{context}");
    // Canonical: what lies in the merged map can be taken away again.
    let rest = model.keys().fold(merged, |map, key| s.map_dissoc(map, int(s, *key)).unwrap());
    assert!(s.equal(rest, s.empty_map().unwrap()), "{context}");
    assert!(model_a.is_empty() || (model == model_a) == merged.is_identical(a), "{context}");

    let mut found = BTreeMap::new();
    s.map_diff(a, b, |key, old, new| {
        let value = |value: Option<Value<'s>>| value.map(|value| s.as_int(value).unwrap());
        let again = found.insert(s.as_int(key).unwrap(), (value(old), value(new)));
        assert!(again.is_none(), "{context}: a key comes once");
    });
    let keys: BTreeSet<_> = model_a.keys().chain(model_b.keys()).collect();
    let expected: BTreeMap<_, _> = keys
        .into_iter()
        .map(|key| (*key, (model_a.get(key).copied(), model_b.get(key).copied())))
        .filter(|(_, (old, new))| old != new)
        .collect();
    assert_eq!(found, expected, "{context}");
}

fn check_sets<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>, context: &str) {
    let (model_a, model_b) = (read_set(s, a), read_set(s, b));
    let check = |result: Value<'s>, model: BTreeSet<i64>| {
        assert_eq!(read_set(s, result), model, "{context}");
        let fresh = set(s, &model);
        assert!(s.equal(result, fresh) && s.equal(fresh, result), "{context}");
        assert!(model != model_a || result.is_identical(a), "{context}: nothing new, nothing made");
    };
    check(s.set_union(a, b).unwrap(), &model_a | &model_b);
    check(s.set_intersection(a, b).unwrap(), &model_a & &model_b);
    check(s.set_difference(a, b).unwrap(), &model_a - &model_b);
    let (mut gone, mut new) = (BTreeSet::new(), BTreeSet::new());
    s.set_diff(a, b, |element, is_new| {
        let side = if is_new { &mut new } else { &mut gone };
        assert!(side.insert(s.as_int(element).unwrap()), "{context}");
    });
    assert_eq!((gone, new), (&model_a - &model_b, &model_b - &model_a), "{context}");
}

#[test]
fn operations_on_two_agree_with_their_models() {
    for (family, key) in FAMILIES.into_iter().enumerate() {
        in_scope(|s| {
            let mut random = Random(family as u64 + 500);
            for at in 0..150 {
                let context = format!("family {family}, step {at}");
                let range = [4, 40, 400][random.below(3)];
                let model = |random: &mut Random| -> Model {
                    (0..random.below(range))
                        .map(|n| (key(random.below(range) as u32), n as i64 % 3))
                        .collect()
                };
                let a = map(s, &model(&mut random));
                let b = match random.below(3) {
                    0 => map(s, &model(&mut random)),
                    _ => changed(s, &mut random, key, range, a),
                };
                check_maps(s, a, b, &context);
                let keys = |map| set(s, &read(s, map).keys().copied().collect());
                check_sets(s, keys(a), keys(b), &context);
                let a = keys(a);
                let b = (0..random.below(6)).fold(a, |set, _| {
                    let element = int(s, key(random.below(range) as u32));
                    match random.below(2) {
                        0 => s.set_disj(set, element).unwrap(),
                        _ => s.set_conj(set, element).unwrap(),
                    }
                });
                check_sets(s, a, b, &context);
            }
        });
    }
}

#[test]
fn versions_survive_collections() {
    let heap = heap(64);
    heap.set_torture(true);
    let mut mutator = heap.mutator();
    let mut random = Random(11);
    mutator.enter(|s| s.root_push(s.empty_map().unwrap()));
    let mut models = vec![Model::new()];
    for at in 0..60 {
        let key = FAMILIES[at % FAMILIES.len()];
        mutator.enter(|s| {
            let pick = |random: &mut Random| random.below(models.len());
            let (a, b) = (s.root_get(pick(&mut random)), s.root_get(pick(&mut random)));
            let merged = s.map_merge(changed(s, &mut random, key, 30, a), b).unwrap();
            models.push(read(s, merged));
            s.root_push(merged);
        });
        mutator.enter(|s| {
            for (index, model) in models.iter().enumerate() {
                assert_eq!(&read(s, s.root_get(index)), model, "step {at}, version {index}");
            }
            check_maps(s, s.root_get(random.below(models.len())), s.root_get(at), &format!("step {at}"));
        });
        heap.verify().unwrap();
    }
}

/// A value that differs from itself wherever it is compared: only what is not shared is.
fn nan(s: Scope<'_>) -> Value<'_> {
    s.float(f64::NAN).unwrap()
}

#[test]
fn what_two_versions_share_is_not_visited() {
    const COUNT: i64 = 1_000_000;
    let heap = heap(1024);
    let mut mutator = heap.mutator();
    mutator.enter(|s| {
        let entries: Vec<_> = (0..COUNT).map(|n| (int(s, n), nan(s))).collect();
        s.root_push(s.map(&entries).unwrap());
    });
    for n in [0, 1, 12_345, COUNT - 1] {
        mutator.enter(|s| {
            let old = s.root_get(0);
            let new = s.map_assoc(old, int(s, n), nan(s)).unwrap();
            let mut visited = 0;
            s.map_diff(old, new, |_, _, _| visited += 1);
            assert!((1..=7 * 32).contains(&visited), "{visited} entries visited");
            // Ten thousand of these would be ten thousand million entries.
            for extra in 0..2_500 {
                let new = s.map_assoc(old, int(s, COUNT + extra), Value::NIL).unwrap();
                let merged = s.map_merge(new, s.map_assoc(old, int(s, n), Value::NIL).unwrap()).unwrap();
                assert_eq!(s.map_count(merged), COUNT as usize + 1);
            }
        });
        let before = mutator.used_bytes();
        mutator.enter(|s| {
            let (one, other) = (s.map_assoc(s.root_get(0), int(s, n), Value::NIL), int(s, -1 - n));
            let other = s.map_assoc(s.root_get(0), other, Value::NIL);
            let merged = s.map_merge(one.unwrap(), other.unwrap()).unwrap();
            assert!(s.map_get(merged, int(s, -1 - n)).is_some());
        });
        assert!(mutator.used_bytes() <= before + 256 * 1024, "merging makes what is new only");
    }
}

#[test]
fn an_allocation_may_fail_at_any_point() {
    let heap = heap(16);
    for key in FAMILIES {
        let mut mutator = heap.mutator();
        let a: Model = (0..60).map(|n| (key(n), n as i64)).collect();
        let b: Model = (30..90).map(|n| (key(n), 7)).collect();
        mutator.enter(|s| {
            s.root_push(map(s, &a));
            s.root_push(map(s, &b));
            s.root_push(set(s, &a.keys().copied().collect()));
            s.root_push(set(s, &b.keys().copied().collect()));
        });
        for allowed in 0.. {
            mutator.fail_allocation_after(Some(allowed));
            let done = mutator.enter(|s| {
                let merged = s.map_merge(s.root_get(0), s.root_get(1))?;
                let (a, b) = (s.root_get(2), s.root_get(3));
                let sets = [s.set_union(a, b)?, s.set_intersection(a, b)?, s.set_difference(a, b)?];
                Ok::<_, OutOfMemory>((s.map_count(merged), sets.map(|set| s.set_count(set))))
            });
            mutator.fail_allocation_after(None);
            mutator.enter(|s| {
                assert_eq!((read(s, s.root_get(0)), read(s, s.root_get(1))), (a.clone(), b.clone()))
            });
            heap.verify().unwrap();
            if let Ok(counts) = done {
                assert_eq!(counts, (90, [90, 30, 30]));
                break;
            }
        }
    }
}

#[test]
fn keys_stay_and_values_go_in_a_merge() {
    in_scope(|s| {
        let (list, vector) = (s.list(&[Value::TRUE]).unwrap(), s.vector(&[Value::TRUE]).unwrap());
        let others = |first| {
            let numbers = (0..50).map(|n| (int(s, n), Value::NIL));
            s.map(&numbers.chain([(first, first)]).collect::<Vec<_>>()).unwrap()
        };
        let merged = s.map_merge(others(list), others(vector)).unwrap();
        let (key, value) = s.map_find(merged, vector).unwrap();
        assert!(key.is_identical(list) && value.is_identical(vector) && s.map_count(merged) == 51);
        let a = s.with_meta(others(list), Value::TRUE).unwrap();
        assert!(s.meta(s.map_merge(a, others(vector)).unwrap()).is_truthy());
        assert!(s.meta(s.map_merge(others(vector), a).unwrap()).is_nil());
    });
}
