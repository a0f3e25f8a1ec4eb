//! Vectors against `Vec`, under random operation lists. Every older version is checked again after every step.

mod common;

use common::{Random, heap, in_scope};
use halt_heap::{Scope, Value};

fn int<'s>(s: Scope<'s>, n: u32) -> Value<'s> {
    s.int(n as i64).unwrap()
}

fn vector_of<'s>(s: Scope<'s>, model: &[u32]) -> Value<'s> {
    s.vector_from(model.iter().map(|n| int(s, *n))).unwrap()
}

fn check<'s>(s: Scope<'s>, vector: Value<'s>, model: &[u32], context: &str) {
    assert_eq!(s.vector_count(vector), model.len(), "{context}");
    let same = |value: Value<'s>, n: &u32| s.as_int(value) == Some(*n as i64);
    assert!(s.vector_iter(vector).zip(model).all(|(value, n)| same(value, n)), "{context}");
    let leaves: Vec<_> = s.vector_leaves(vector).flatten().collect();
    assert_eq!(leaves.len(), model.len(), "{context}");
    assert!(leaves.iter().zip(model).all(|(value, n)| same(**value, n)), "{context}");
}

/// Lengths around every change of shape of trees up to three levels.
const LENGTHS: [usize; 16] =
    [0, 1, 2, 31, 32, 33, 63, 64, 65, 1023, 1024, 1025, 1055, 1056, 1057, 32 * 1024 + 33];

#[test]
fn all_ways_to_make_a_vector_give_one_shape() {
    in_scope(|s| {
        for length in LENGTHS {
            let model: Vec<u32> = (0..length as u32).collect();
            let bulk = vector_of(s, &model);
            let slice: Vec<_> = model.iter().map(|n| int(s, *n)).collect();
            let mut pushed = s.vector(&[]).unwrap();
            for n in &slice {
                pushed = s.vector_push(pushed, *n).unwrap();
            }
            let mut popped = vector_of(s, &(0..length as u32 + 70).collect::<Vec<_>>());
            for _ in 0..70 {
                popped = s.vector_pop(popped).unwrap().unwrap();
            }
            let halves = s.vector_concat(
                s.vector_slice(bulk, 0, length / 3).unwrap(),
                s.vector_slice(bulk, length / 3, usize::MAX).unwrap(),
            );
            let ways = [bulk, s.vector(&slice).unwrap(), pushed, popped, halves.unwrap()];
            for (way, vector) in ways.into_iter().enumerate() {
                let context = format!("length {length}, way {way}");
                check(s, vector, &model, &context);
                assert!(s.equal(bulk, vector) && s.hash(bulk) == s.hash(vector), "{context}");
                for index in 0..length.min(2000) {
                    let got = s.vector_get(vector, index).and_then(|v| s.as_int(v));
                    assert_eq!(got, Some(index as i64), "{context}");
                }
                assert!(s.vector_get(vector, length).is_none());
                assert!(s.vector_assoc(vector, length + 1, Value::NIL).unwrap().is_none());
                if length > 0 {
                    let other = s.vector_assoc(vector, length / 2, Value::NIL).unwrap().unwrap();
                    assert!(!s.equal(other, bulk) && !s.equal(bulk, other), "{context}");
                }
            }
        }
    });
}

#[test]
fn every_version_agrees_with_its_model() {
    in_scope(|s| {
        let mut random = Random(0x1234);
        let mut versions = vec![(s.vector(&[]).unwrap(), Vec::<u32>::new())];
        for at in 0..250 {
            let recent = versions.len().min(6);
            let (old, mut model) = versions[versions.len() - 1 - random.below(recent)].clone();
            let next = match random.below(7) {
                0 => match s.vector_pop(old).unwrap() {
                    Some(next) => {
                        model.pop();
                        next
                    }
                    None => old,
                },
                1 if !model.is_empty() => {
                    let (index, n) = (random.below(model.len() + 1), random.below(1000) as u32);
                    if index == model.len() {
                        model.push(n)
                    } else {
                        model[index] = n
                    }
                    s.vector_assoc(old, index, int(s, n)).unwrap().unwrap()
                }
                2 => {
                    let start = random.below(model.len() + 1);
                    let end = start + random.below(model.len() + 1 - start);
                    model = model[start..end].to_vec();
                    s.vector_slice(old, start, end).unwrap()
                }
                3 => {
                    let (other, more) = versions[random.below(versions.len())].clone();
                    if model.len() + more.len() > 4000 {
                        continue;
                    }
                    model.extend(more);
                    s.vector_concat(old, other).unwrap()
                }
                _ => (0..random.below(90) as u32).fold(old, |next, n| {
                    model.push(n);
                    s.vector_push(next, int(s, n)).unwrap()
                }),
            };
            versions.push((next, model));
            for (vector, model) in &versions {
                check(s, *vector, model, &format!("step {at}"));
            }
            let (newest, model) = &versions[versions.len() - 1];
            let fresh = vector_of(s, model);
            assert!(s.equal(fresh, *newest) && s.hash(fresh) == s.hash(*newest), "step {at}");
        }
    });
}

#[test]
fn iterators_meet_in_the_middle() {
    in_scope(|s| {
        let mut random = Random(5);
        for length in LENGTHS {
            let model: Vec<u32> = (0..length as u32).collect();
            let (mut iter, mut expected) = (s.vector_iter(vector_of(s, &model)), model.iter());
            loop {
                assert_eq!(iter.len(), expected.len());
                let (got, want) = match random.below(5) {
                    0 | 1 => (iter.next(), expected.next()),
                    2 => (iter.next_back(), expected.next_back()),
                    3 => {
                        let n = random.below(70);
                        (iter.nth(n), expected.nth(n))
                    }
                    _ => {
                        let n = random.below(40);
                        (iter.nth_back(n), expected.nth_back(n))
                    }
                };
                assert_eq!(got.and_then(|v| s.as_int(v)), want.map(|n| *n as i64), "length {length}");
                if want.is_none() {
                    break;
                }
            }
        }
    });
}

#[test]
fn an_allocation_may_fail_at_any_point() {
    let heap = heap(16);
    let mut mutator = heap.mutator();
    let model: Vec<u32> = (0..1057).collect();
    mutator.enter(|s| s.root_push(vector_of(s, &model)));
    for allowed in 0.. {
        mutator.fail_allocation_after(Some(allowed));
        let done = mutator.enter(|s| {
            let mut vector = s.root_get(0);
            for n in 0..40 {
                vector = s.vector_push(vector, int(s, n)).ok()?;
                vector = s.vector_assoc(vector, n as usize * 20, Value::NIL).ok()??;
            }
            for _ in 0..80 {
                vector = s.vector_pop(vector).ok()??;
            }
            vector = s.vector_concat(vector, s.root_get(0)).ok()?;
            Some(s.vector_count(s.vector_slice(vector, 10, 2000).ok()?))
        });
        mutator.fail_allocation_after(None);
        mutator.enter(|s| check(s, s.root_get(0), &model, "after a failure"));
        if let Some(count) = done {
            assert_eq!(count, 1990);
            break;
        }
    }
    heap.verify().unwrap();
}

#[test]
fn a_difference_is_found_without_a_look_at_what_is_shared() {
    in_scope(|s| {
        let old = vector_of(s, &(0..1_000_000).collect::<Vec<_>>());
        let new = s.vector_assoc(old, 777_777, Value::NIL).unwrap().unwrap();
        let seen: usize = s.vector_pairs(old, new).map(|(_, old, _)| old.len()).sum();
        assert!((1..=32).contains(&seen), "{seen} elements were looked at");
        let mut found = Vec::new();
        s.vector_diff(old, new, |index, old, new| found.push((index, old, new)));
        assert!(matches!(found[..], [(777_777, Some(_), Some(_))]), "{found:?}");
        assert_eq!(s.vector_pairs(new, new).count(), 0);
        // Trees of different shapes and heights that share their first half.
        let half = s.vector_slice(old, 0, 500_000).unwrap();
        let joined = s.vector_concat(half, s.vector_slice(old, 0, 600_000).unwrap()).unwrap();
        let first = s.vector_pairs(old, joined).next().unwrap().0;
        assert!((499_000..=500_000).contains(&first), "the first difference is looked for at {first}");
        s.vector_diff(old, s.vector_push(old, Value::NIL).unwrap(), |index, old, new| {
            assert!((index, old.is_none(), new.is_some()) == (1_000_000, true, true));
        });
    });
}

#[test]
fn slices_and_joins_cost_no_more_in_a_large_vector() {
    let heap = heap(64);
    heap.mutator().enter(|s| {
        let large = vector_of(s, &(0..1_000_000).collect::<Vec<_>>());
        let before = heap.usage_bytes().0;
        let mut vector = large;
        for n in 1..20 {
            let middle = s.vector_slice(vector, n * 1000 + 7, s.vector_count(vector) - n).unwrap();
            vector = s.vector_concat(s.vector_concat(large, middle).unwrap(), large).unwrap();
            vector = s.vector_slice(vector, 500, 1_500_000).unwrap();
        }
        let grown = heap.usage_bytes().0 - before;
        assert!(grown < 2 << 20, "{grown} bytes, but each step makes a few paths");
    });
}

#[test]
fn a_slice_keeps_nothing_else_alive() {
    let heap = heap(64);
    let mut mutator = heap.mutator();
    mutator.enter(|s| s.root_push(Value::NIL));
    for (start, end) in [(170, 230), (211, 247), (3, 30), (0, 20), (390, 400), (350, 390)] {
        mutator.enter(|s| {
            let texts = (0..400).map(|n| s.string(&format!("{n:30000}")).unwrap());
            s.root_set(0, s.vector_from(texts).unwrap());
        });
        mutator.enter(|s| s.root_set(0, s.vector_slice(s.root_get(0), start, end).unwrap()));
        mutator.collect_young();
        assert!(heap.collect());
        // A text of 30,000 bytes has a block of its own.
        let stats = heap.stats();
        let live = stats.old_live_bytes + stats.nursery_bytes;
        assert!(live < (end - start) * 32_768 + 100_000, "{live} bytes live in {start}..{end}");
    }
}
