//! Vectors against `Vec` under random operation lists: pushes, pops, changes, slices, concatenations, extensions and
//! differences. Every version that is kept is checked again after every step.
//!
//! This file is also a module of the crate's unit tests, in which branches and leaves are narrow: there the same
//! lists make trees of many levels.

mod common;

use common::{Random, heap};
use halt_heap::{Mutator, OutOfMemory, Scope, Value};
use std::{format, string::String, vec, vec::Vec};

fn int<'s>(s: Scope<'s>, n: u32) -> Value<'s> {
    s.int(n as i64).unwrap()
}

fn vector_of<'s>(s: Scope<'s>, model: &[u32]) -> Value<'s> {
    s.vector_from(model.iter().map(|n| int(s, *n))).unwrap()
}

/// Checks count, iteration from both ends and by leaf, and some single elements.
fn check<'s>(s: Scope<'s>, vector: Value<'s>, model: &[u32], random: &mut Random, context: &str) {
    assert_eq!(s.vector_count(vector), model.len(), "{context}");
    let same = |(value, n): (Value<'s>, &u32)| value.as_small_int() == Some(*n as i64);
    assert!(s.vector_iter(vector).zip(model).all(same), "{context}: iteration");
    assert!(s.vector_iter(vector).rev().zip(model.iter().rev()).all(same), "{context}: from the end");
    let by_leaf: Vec<_> = s.vector_leaves(vector).flatten().copied().collect();
    assert!(by_leaf.len() == model.len() && by_leaf.into_iter().zip(model).all(same), "{context}: leaves");
    for _ in 0..8.min(model.len()) {
        let index = random.below(model.len());
        assert!(same((s.vector_get(vector, index).unwrap(), &model[index])), "{context}: element {index}");
    }
    assert!(s.vector_get(vector, model.len()).is_none(), "{context}");
}

/// A change of a vector, told without the vector.
#[derive(Clone, Debug)]
enum Change {
    Push(Vec<u32>),
    Extend(Vec<u32>),
    Pop(usize),
    Assoc(usize, u32),
    Slice(usize, usize),
    Append(usize),
    Prepend(usize),
}

impl Change {
    fn random(random: &mut Random, count: usize, versions: usize, longest: usize) -> Change {
        let some = |random: &mut Random, most: usize| -> Vec<u32> {
            (0..random.below(most)).map(|_| random.below(1 << 20) as u32).collect()
        };
        match random.below(9) {
            0 if count > 0 => Change::Assoc(random.below(count), random.below(1 << 20) as u32),
            1 => Change::Pop(random.below(40).min(count)),
            2 | 3 => {
                let start = random.below(count + 1);
                Change::Slice(start, start + random.below(count + 1 - start))
            }
            // What is short already stays longer.
            4 if count > 0 => Change::Slice(random.below(count.min(70)), count - random.below(count.min(70))),
            5 => Change::Append(random.below(versions)),
            6 => Change::Prepend(random.below(versions)),
            7 => Change::Extend(some(random, longest)),
            _ => Change::Push(some(random, 90)),
        }
    }

    fn of_model(&self, model: &[u32], others: &[Vec<u32>]) -> Vec<u32> {
        let mut next = model.to_vec();
        match self {
            Change::Push(all) | Change::Extend(all) => next.extend(all),
            Change::Pop(count) => next.truncate(next.len() - count),
            Change::Assoc(index, n) => next[*index] = *n,
            Change::Slice(start, end) => next = next[*start.min(end)..*end].to_vec(),
            Change::Append(other) => next.extend(&others[*other]),
            Change::Prepend(other) => next = [&others[*other][..], model].concat(),
        }
        next
    }

    fn of_vector<'s>(
        &self,
        s: Scope<'s>,
        vector: Value<'s>,
        other: impl Fn(usize) -> Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        match self {
            Change::Push(all) => {
                all.iter().try_fold(vector, |vector, n| s.vector_push(vector, s.int(*n as i64)?))
            }
            Change::Extend(all) => s.vector_extend(vector, all.iter().map(|n| int(s, *n))),
            Change::Pop(count) => {
                (0..*count).try_fold(vector, |vector, _| Ok(s.vector_pop(vector)?.expect("an element")))
            }
            Change::Assoc(index, n) => Ok(s.vector_assoc(vector, *index, int(s, *n))?.expect("in range")),
            Change::Slice(start, end) => s.vector_slice(vector, *start.min(end), *end),
            Change::Append(at) => s.vector_concat(vector, other(*at)),
            Change::Prepend(at) => s.vector_concat(other(*at), vector),
        }
    }
}

/// Checks that the difference of two vectors is that of their models.
fn check_diff<'s>(s: Scope<'s>, [a, b]: [Value<'s>; 2], [old, new]: [&[u32]; 2], context: &str) {
    let mut found = Vec::new();
    s.vector_diff(a, b, |index, old, new| {
        let number = |value: Option<Value<'s>>| value.and_then(Value::as_small_int).map(|n| n as u32);
        found.push((index, number(old), number(new)));
    });
    let all = 0..old.len().max(new.len());
    let expected: Vec<_> = all
        .map(|index| (index, old.get(index).copied(), new.get(index).copied()))
        .filter(|(_, old, new)| old != new)
        .collect();
    assert_eq!(found, expected, "{context}");
}

/// A list of random changes; the versions lie on the root stack, so collections come between.
fn run(mutator: &mut Mutator, seed: u64, steps: usize, longest: usize) {
    let mut random = Random(seed);
    let mut models: Vec<Vec<u32>> = vec![Vec::new()];
    mutator.enter(|s| {
        s.root_resize(0);
        s.root_push(s.vector(&[]).unwrap());
    });
    for step in 0..steps {
        let recent = models.len().min(4);
        let at = models.len() - 1 - random.below(recent);
        let change = Change::random(&mut random, models[at].len(), models.len(), longest);
        let next = change.of_model(&models[at], &models);
        if next.len() > longest {
            continue;
        }
        let context: String = format!("seed {seed}, step {step}, {at} -> {}: {change:?}", models.len());
        mutator.enter(|s| {
            let vector = change.of_vector(s, s.root_get(at), |other| s.root_get(other)).unwrap();
            s.root_push(vector);
            check_diff(s, [s.root_get(at), vector], [&models[at], &next], &context);
            let fresh = vector_of(s, &next);
            assert!(s.equal(fresh, vector) && s.equal(vector, fresh), "{context}: equality");
            assert!(s.hash(fresh) == s.hash(vector), "{context}: hash");
            if let Some(last) = next.len().checked_sub(1) {
                let other = s.vector_assoc(vector, random.below(last + 1), Value::NIL).unwrap().unwrap();
                assert!(!s.equal(other, fresh) && !s.equal(fresh, other), "{context}: inequality");
            }
        });
        models.push(next);
        // Of many versions some are forgotten.
        if models.len() > 24 {
            let gone = random.below(20);
            models.swap_remove(gone);
            mutator.enter(|s| {
                s.root_set(gone, s.root_get(s.root_count() - 1));
                s.root_resize(s.root_count() - 1);
            });
        }
        mutator.enter(|s| {
            for (index, model) in models.iter().enumerate() {
                check(s, s.root_get(index), model, &mut random, &context);
            }
        });
    }
}

#[test]
fn every_version_agrees_with_its_model() {
    let heap = heap(256);
    for seed in 0..12 {
        run(&mut heap.mutator(), seed, 120, if seed % 3 == 0 { 6000 } else { 600 });
    }
    heap.verify().unwrap();
}

#[test]
fn every_version_agrees_with_its_model_under_torture() {
    let heap = heap(64);
    heap.set_torture(true);
    for seed in 100..104 {
        run(&mut heap.mutator(), seed, 60, 1200);
        heap.verify().unwrap();
    }
}

#[test]
fn an_allocation_may_fail_at_any_point_of_any_change() {
    let heap = heap(64);
    let mut mutator = heap.mutator();
    let models: [Vec<u32>; 3] = [(0..1057).collect(), (0..1500).rev().collect(), (7..40).collect()];
    mutator.enter(|s| {
        for model in &models {
            s.root_push(vector_of(s, model));
        }
        // A relaxed one: its start is cut within a leaf, and something is put before it.
        let cut = s.vector_slice(s.root_get(0), 5, 1050).unwrap();
        s.root_push(s.vector_concat(s.root_get(2), cut).unwrap());
    });
    let mut all = models.to_vec();
    all.push([&models[2][..], &models[0][5..1050]].concat());
    let changes = [
        Change::Push((0..70).collect()),
        Change::Extend((0..70).collect()),
        Change::Pop(70),
        Change::Assoc(3, 99),
        Change::Assoc(500, 99),
        Change::Slice(3, 900),
        Change::Slice(333, 1000),
        Change::Append(1),
        Change::Prepend(1),
        Change::Append(3),
        Change::Prepend(2),
    ];
    let mut random = Random(9);
    for at in [0, 3] {
        for change in &changes {
            let expected = change.of_model(&all[at], &all);
            for allowed in 0.. {
                mutator.fail_allocation_after(Some(allowed));
                let done = mutator.enter(|s| {
                    let changed = change.of_vector(s, s.root_get(at), |other| s.root_get(other));
                    changed.is_ok_and(|vector| {
                        check(s, vector, &expected, &mut random, "the change that succeeds");
                        true
                    })
                });
                mutator.fail_allocation_after(None);
                if done {
                    break;
                }
                assert!(allowed < 10_000, "{change:?} never ends");
            }
            mutator.enter(|s| {
                for (index, model) in all.iter().enumerate() {
                    check(s, s.root_get(index), model, &mut random, &format!("after {change:?}"));
                }
            });
        }
    }
    heap.verify().unwrap();
}

#[test]
fn a_vector_joined_of_many_pieces_stays_low() {
    let heap = heap(256);
    let mut random = Random(77);
    heap.mutator().enter(|s| {
        let (mut vector, mut model) = (s.vector(&[]).unwrap(), Vec::new());
        for round in 0..300 {
            let piece: Vec<u32> = (0..1 + random.below(200) as u32).map(|n| n + round * 1000).collect();
            let (piece_vector, in_front) = (vector_of(s, &piece), random.below(2) == 0);
            let [first, second] = if in_front { [piece_vector, vector] } else { [vector, piece_vector] };
            vector = s.vector_concat(first, second).unwrap();
            model = if in_front { [piece, model].concat() } else { [model, piece].concat() };
        }
        check(s, vector, &model, &mut random, "joined");
        // As a leaf has at least one element, many levels would show as many leaves.
        let leaves = s.vector_leaves(vector).count();
        let fresh = s.vector_leaves(vector_of(s, &model)).count();
        assert!(leaves < 2 * fresh, "{leaves} leaves where {fresh} would do");
    });
}
