//! Weak tables: one value for all that are equal, for as long as something refers to it.

mod common;

use common::{Random, heap};
use halt_heap::{Heap, Scope, Value, WeakTable};
use std::collections::{BTreeMap, BTreeSet};

/// A value of a few objects that is equal for equal `n`.
fn make<'s>(s: Scope<'s>, n: usize) -> Value<'s> {
    let name = s.string(&format!("name {n}")).expect("room");
    s.list(&[name, s.int(n as i64).expect("small")]).expect("room")
}

fn number<'s>(s: Scope<'s>, value: Value<'s>) -> usize {
    s.as_int(s.first_of(s.rest_of(value))).expect("a number") as usize
}

/// Interns, holds and drops values; what is held keeps its entry, and all else loses it with the next whole collection.
fn check(heap: &Heap, table: &WeakTable, seed: u64, numbers: usize, own: bool) {
    let mut random = Random(seed);
    let mut mutator = heap.mutator();
    let mut held: Vec<usize> = Vec::new();
    for step in 0..150 {
        mutator.enter(|s| {
            for _ in 0..random.below(8) {
                let n = random.below(numbers);
                let value = table.intern(s, make(s, n)).expect("room");
                assert_eq!(number(s, value), n, "seed {seed}, step {step}");
                let again = table.get(s, make(s, n)).expect("it is held");
                assert!(s.equal(value, again));
                if random.below(2) == 0 {
                    s.root_push(value);
                    held.push(n);
                }
            }
            if random.below(10) == 0 {
                let kept = random.below(held.len() + 1);
                s.root_resize(kept);
                held.truncate(kept);
            }
            for (index, n) in held.iter().enumerate() {
                assert_eq!(number(s, s.root_get(index)), *n, "seed {seed}, step {step}");
            }
        });
        if random.below(12) == 0 && heap.collect() && own {
            heap.verify().expect("a sound heap");
            assert_eq!(table.len(), held.iter().collect::<BTreeSet<_>>().len(), "seed {seed}, step {step}");
            mutator.enter(|s| {
                // Equal entries are one: no two places hold different words for one number.
                let mut words = BTreeMap::new();
                for (index, n) in held.iter().enumerate() {
                    let word = s.root_get(index).word();
                    assert_eq!(*words.entry(n).or_insert(word), word, "seed {seed}, step {step}");
                    assert_eq!(table.get(s, make(s, *n)).map(Value::word), Some(word));
                }
            });
        }
    }
}

#[test]
fn entries_live_as_long_as_somebody_holds_them() {
    for seed in 0..12 {
        let heap = heap(32);
        heap.set_torture(seed % 3 == 0);
        check(&heap, &heap.weak_table(), seed, 40, true);
    }
}

#[test]
fn many_threads_intern_while_the_old_space_is_collected() {
    for torture in [false, true] {
        let heap = heap(64);
        heap.set_torture(torture);
        let table = heap.weak_table();
        std::thread::scope(|threads| {
            for thread in 0..3 {
                let (heap, table) = (&heap, table.clone());
                threads.spawn(move || {
                    (0..4).for_each(|round| check(heap, &table, 10 * thread + round, 60, false))
                });
            }
        });
        assert!(heap.collect());
        assert_eq!(table.len(), 0);
        heap.verify().expect("a sound heap");
    }
}

#[test]
fn a_table_grows_and_immediates_are_their_own() {
    let heap = heap(64);
    let (table, other) = (heap.weak_table(), heap.weak_table());
    let mut mutator = heap.mutator();
    mutator.enter(|s| {
        assert!(table.intern(s, Value::TRUE).expect("room").is_identical(Value::TRUE));
        for n in 0..5_000 {
            s.root_push(table.intern(s, make(s, n)).expect("room"));
        }
        assert_eq!((table.len(), other.len()), (5_000, 0));
        for n in 0..5_000 {
            assert!(table.get(s, make(s, n)).expect("held").is_identical(s.root_get(n)));
        }
        assert!(table.get(s, make(s, 5_000)).is_none() && other.get(s, make(s, 0)).is_none());
        s.root_resize(10);
    });
    drop(other);
    assert!(heap.collect());
    assert_eq!(table.len(), 10);
}

#[test]
fn failing_allocations_leave_the_table_as_it_was() {
    let heap = heap(16);
    let table = heap.weak_table();
    let mut mutator = heap.mutator();
    for failures in 0.. {
        mutator.fail_allocation_after(Some(failures));
        let done = mutator.enter(|s| {
            let value = s.string("a").and_then(|text| s.list(&[text, text]));
            value.and_then(|value| table.intern(s, value)).is_ok()
        });
        mutator.fail_allocation_after(None);
        heap.verify().expect("a sound heap");
        assert_eq!(table.len(), usize::from(done));
        if done {
            assert!(failures >= 5, "{failures} points of failure");
            return;
        }
    }
}
