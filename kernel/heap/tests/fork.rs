//! Forks and parked mutators.

mod common;

use common::{Random, heap};
use halt_heap::{Heap, Mutator, Scope, Value};

/// A list of `count` numbers, counted down.
fn list<'s>(s: Scope<'s>, count: i64) -> Value<'s> {
    (0..count).fold(Value::EMPTY_LIST, |rest, n| s.pair(s.int(n).expect("small"), rest).expect("room"))
}

fn sum<'s>(s: Scope<'s>, list: Value<'s>) -> i64 {
    s.list_iter(list).map(|n| s.as_int(n).expect("a number")).sum()
}

fn root_sums(mutator: &mut Mutator) -> Vec<i64> {
    mutator.enter(|s| (0..s.root_count()).map(|root| sum(s, s.root_get(root))).collect())
}

fn check_forks(heap: &Heap, seed: u64) {
    let mut random = Random(seed);
    let mut family = vec![(heap.mutator(), Vec::new())];
    for step in 0..200 {
        let (count, index) = (family.len(), random.below(family.len()));
        let (mutator, model) = &mut family[index];
        match random.below(6) {
            0 | 1 => {
                let count = random.below(50) as i64;
                mutator.enter(|s| s.root_push(list(s, count)));
                model.push(count * (count - 1) / 2);
            }
            2 if !model.is_empty() => {
                let root = random.below(model.len());
                mutator.enter(|s| {
                    let longer = s.pair(s.int(1000).expect("small"), s.root_get(root)).expect("room");
                    s.root_set(root, longer);
                });
                model[root] += 1000;
            }
            3 => mutator.park().expect("room"),
            4 if count > 4 => drop(family.swap_remove(index)),
            _ => {
                let child = (mutator.fork().expect("room"), model.clone());
                family.push(child);
            }
        }
        if random.below(8) == 0 {
            heap.collect();
        }
        for (mutator, model) in &mut family {
            assert_eq!(root_sums(mutator), *model, "seed {seed}, step {step}");
        }
    }
    heap.verify().expect("a sound heap");
}

#[test]
fn forks_go_on_independently() {
    for seed in 0..10 {
        let heap = heap(32);
        heap.set_torture(seed % 2 == 0);
        check_forks(&heap, seed);
    }
}

#[test]
fn forks_keep_what_they_hold_while_others_collect() {
    let heap = heap(64);
    std::thread::scope(|threads| {
        for thread in 0..3 {
            let heap = &heap;
            threads.spawn(move || {
                for seed in 0..10 {
                    check_forks(heap, 100 * thread + seed);
                }
            });
        }
    });
}

#[test]
fn a_fork_costs_what_is_not_shared_yet() {
    let heap = heap(64);
    let mut parent = heap.mutator();
    parent.enter(|s| s.root_push(list(s, 200_000)));
    drop(parent.fork().expect("room"));
    let before = heap.usage_bytes();
    let children: Vec<_> = (0..100).map(|_| parent.fork().expect("room")).collect();
    assert_eq!(heap.usage_bytes(), before, "nothing was left to share");
    drop(parent);
    for mut child in children {
        assert_eq!(root_sums(&mut child), [200_000 * 199_999 / 2]);
    }
}

#[test]
fn a_fork_without_room_changes_nothing() {
    let heap = heap(16);
    let mut parent = heap.mutator();
    let mut failures = 0;
    loop {
        parent.enter(|s| {
            s.root_resize(0);
            (0..3).for_each(|count| s.root_push(list(s, 3 * count)));
        });
        parent.fail_allocation_after(Some(failures));
        let child = parent.fork();
        parent.fail_allocation_after(None);
        assert_eq!(root_sums(&mut parent), [0, 3, 15]);
        heap.verify().expect("a sound heap");
        if let Ok(mut child) = child {
            assert_eq!(root_sums(&mut child), [0, 3, 15]);
            break;
        }
        assert!(parent.park().is_ok(), "a park that finds room");
        failures += 1;
    }
    assert!(failures >= 9, "{failures} points of failure");
}

#[test]
fn a_parked_mutator_takes_less_than_a_kibibyte() {
    let heap = heap(64);
    let mut mutators: Vec<_> = (0..500).map(|_| heap.mutator()).collect();
    for (n, mutator) in mutators.iter_mut().enumerate() {
        mutator.enter(|s| {
            list(s, 500);
            s.root_push(list(s, 50 + n as i64 % 7));
        });
        assert!(mutator.overhead_bytes() > 1024);
        mutator.park().expect("room");
        assert!(mutator.overhead_bytes() <= 1024, "{} bytes", mutator.overhead_bytes());
    }
    assert!(heap.collect());
    for (n, mutator) in mutators.iter_mut().enumerate() {
        let count = 50 + n as i64 % 7;
        assert_eq!(root_sums(mutator), [count * (count - 1) / 2]);
    }
    heap.verify().expect("a sound heap");
}
