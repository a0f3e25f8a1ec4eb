//! The collections against the standard ones, under random operation lists; every older version is
//! checked again after every step.

use halt_heap::{Heap, Region, Scope, Value};
use std::collections::{BTreeMap, BTreeSet};

/// xorshift64*: a seeded source of test data.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }
}

fn int<'s>(s: Scope<'s>, n: u64) -> Value<'s> {
    s.int(n as i64).unwrap()
}

fn in_scope(body: impl for<'s> FnOnce(Scope<'s>)) {
    Heap::new(Region::allocate(1 << 30)).unwrap().mutator().enter(body);
}

#[test]
fn vectors_agree_with_the_model_in_every_version() {
    in_scope(|s| {
        let mut random = Random(0x1234_5678);
        for length in [0usize, 1, 31, 32, 33, 1023, 1024, 1025, 1056, 1057, 33_000] {
            let model: Vec<u64> = (0..length as u64).collect();
            let bulk = s.vector_from(model.iter().map(|n| int(s, *n))).unwrap();
            let mut pushed = s.vector(&[]).unwrap();
            for n in &model {
                pushed = s.vector_push(pushed, int(s, *n)).unwrap();
            }
            assert!(s.equal(bulk, pushed), "{length}");
            assert_eq!(s.hash(bulk), s.hash(pushed));
            assert!(s.vector_iter(pushed).zip(&model).all(|(v, n)| s.as_int(v) == Some(*n as i64)));
            let mut popped = pushed;
            for left in (0..length).rev().take(1100) {
                popped = s.vector_pop(popped).unwrap().unwrap();
                assert_eq!(s.vector_count(popped), left);
                if left > 0 {
                    assert_eq!(s.as_int(s.vector_get(popped, left - 1).unwrap()), Some(left as i64 - 1));
                }
            }
        }
        let mut versions = vec![(s.vector(&[]).unwrap(), Vec::<u64>::new())];
        for step in 0..400 {
            let (old, model) = versions[random.below(versions.len() as u64) as usize].clone();
            let mut model = model.clone();
            let next = match random.below(4) {
                0 if !model.is_empty() => {
                    model.pop();
                    s.vector_pop(old).unwrap().unwrap()
                }
                1 if !model.is_empty() => {
                    let (at, n) = (random.below(model.len() as u64) as usize, random.below(1000));
                    model[at] = n;
                    s.vector_assoc(old, at, int(s, n)).unwrap().unwrap()
                }
                _ => {
                    let mut next = old;
                    for n in 0..random.below(70) {
                        model.push(n);
                        next = s.vector_push(next, int(s, n)).unwrap();
                    }
                    next
                }
            };
            versions.push((next, model));
            for (vector, model) in &versions {
                assert_eq!(s.vector_count(*vector), model.len(), "step {step}");
                let got: Vec<i64> = s.vector_iter(*vector).map(|v| s.as_int(v).unwrap()).collect();
                assert!(got.iter().map(|n| *n as u64).eq(model.iter().copied()), "step {step}");
            }
        }
    });
}

#[test]
fn maps_agree_with_the_model_in_every_version() {
    in_scope(|s| {
        let mut random = Random(0x9876);
        let mut versions = vec![(s.empty_map().unwrap(), BTreeMap::<u64, u64>::new())];
        for step in 0..600 {
            let (old, mut model) =
                versions[versions.len() - 1 - random.below(versions.len().min(8) as u64) as usize].clone();
            let mut next = old;
            for _ in 0..random.below(20) {
                let (key, value) = (random.below(120), random.below(5));
                if random.below(3) == 0 {
                    model.remove(&key);
                    next = s.map_dissoc(next, int(s, key)).unwrap();
                } else {
                    model.insert(key, value);
                    next = s.map_assoc(next, int(s, key), int(s, value)).unwrap();
                }
            }
            versions.push((next, model));
            for (map, model) in versions.iter().rev().take(40) {
                assert_eq!(s.map_count(*map), model.len(), "step {step}");
                let got: BTreeMap<u64, u64> = s
                    .map_iter(*map)
                    .map(|(k, v)| (s.as_int(k).unwrap() as u64, s.as_int(v).unwrap() as u64))
                    .collect();
                assert_eq!(&got, model, "step {step}");
                // Canonical: built afresh in another order, it is equal, hashes alike and iterates alike.
                let entries: Vec<_> = model.iter().rev().map(|(k, v)| (int(s, *k), int(s, *v))).collect();
                let fresh = s.map(&entries).unwrap();
                assert!(s.equal(fresh, *map) && s.hash(fresh) == s.hash(*map), "step {step}");
                assert!(s.map_iter(fresh).map(|e| e.0.word()).eq(s.map_iter(*map).map(|e| e.0.word())));
            }
        }
    });
}

#[test]
fn sets_agree_with_the_model() {
    in_scope(|s| {
        let mut random = Random(77);
        let (mut set, mut model) = (s.empty_set().unwrap(), BTreeSet::new());
        for _ in 0..5000 {
            let n = random.below(300);
            if random.below(2) == 0 {
                set = s.set_conj(set, int(s, n)).unwrap();
                model.insert(n);
            } else {
                set = s.set_disj(set, int(s, n)).unwrap();
                model.remove(&n);
            }
            assert_eq!(s.set_count(set), model.len());
            assert_eq!(s.set_contains(set, int(s, n)), model.contains(&n));
        }
        let got: BTreeSet<u64> = s.set_iter(set).map(|v| s.as_int(v).unwrap() as u64).collect();
        assert_eq!(got, model);
    });
}

#[test]
fn large_maps_keep_every_entry() {
    in_scope(|s| {
        let mut map = s.empty_map().unwrap();
        for n in 0..100_000u64 {
            map = s.map_assoc(map, int(s, n), int(s, n + 1)).unwrap();
        }
        for n in (0..100_000u64).step_by(7) {
            assert_eq!(s.map_get(map, int(s, n)).and_then(|v| s.as_int(v)), Some(n as i64 + 1));
        }
        for n in 0..100_000u64 {
            map = s.map_dissoc(map, int(s, n)).unwrap();
        }
        assert!(s.equal(map, s.empty_map().unwrap()));
        assert_eq!(s.map_iter(map).count(), 0);
    });
}

#[test]
fn colliding_hashes_stay_correct() {
    // Atoms all share one hash, so every key collides.
    in_scope(|s| {
        let keys: Vec<_> = (0..50).map(|n| s.atom(int(s, n)).unwrap()).collect();
        let mut map = s.empty_map().unwrap();
        for (n, key) in keys.iter().enumerate() {
            map = s.map_assoc(map, *key, int(s, n as u64)).unwrap();
        }
        map = s.map_assoc(map, int(s, 5), Value::TRUE).unwrap();
        assert_eq!(s.map_count(map), 51);
        for (n, key) in keys.iter().enumerate() {
            assert_eq!(s.map_get(map, *key).and_then(|v| s.as_int(v)), Some(n as i64));
        }
        for key in &keys[1..] {
            map = s.map_dissoc(map, *key).unwrap();
        }
        let expected = s.map(&[(int(s, 5), Value::TRUE), (keys[0], int(s, 0))]).unwrap();
        assert!(s.equal(map, expected) && s.hash(map) == s.hash(expected));
    });
}

#[test]
fn equality_is_by_value() {
    in_scope(|s| {
        let list = s.list(&[int(s, 1), int(s, 2)]).unwrap();
        let vector = s.vector(&[int(s, 1), int(s, 2)]).unwrap();
        assert!(s.equal(list, vector) && s.hash(list) == s.hash(vector));
        let one = s.float(1.0).unwrap();
        assert!(!s.equal(int(s, 1), one));
        let nan = s.float(f64::NAN).unwrap();
        assert!(!s.equal(nan, nan));
        let (a, b) = (s.float(0.0).unwrap(), s.float(-0.0).unwrap());
        assert!(s.equal(a, b) && s.hash(a) == s.hash(b));
        let (a, b) = (s.string("ab\u{e9}").unwrap(), s.string("ab\u{e9}").unwrap());
        assert!(s.equal(a, b) && s.hash(a) == s.hash(b) && s.as_str(a) == Some("ab\u{e9}"));
        assert!(s.equal(s.vector(&[]).unwrap(), Value::EMPTY_LIST));
        assert!(!s.equal(s.vector(&[]).unwrap(), Value::NIL));
    });
}

#[test]
fn a_million_levels_compare_and_hash_without_recursion() {
    in_scope(|s| {
        let nest =
            || (0..1_000_000).fold(Value::EMPTY_LIST, |inner, _| s.pair(inner, Value::EMPTY_LIST).unwrap());
        let (a, b) = (nest(), nest());
        assert!(s.equal(a, b));
        assert_eq!(s.hash(a), s.hash(b));
    });
}

#[test]
fn metadata_does_not_count() {
    in_scope(|s| {
        let vector = s.vector(&[int(s, 1)]).unwrap();
        let with = s.with_meta(vector, s.keyword("m")).unwrap();
        assert!(
            s.equal(vector, with) && s.meta(with).is_identical(s.keyword("m")) && s.meta(vector).is_nil()
        );
        let pushed = s.vector_push(with, int(s, 2)).unwrap();
        assert!(s.meta(pushed).is_identical(s.keyword("m")));
    });
}
