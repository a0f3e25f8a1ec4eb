//! Transactions: against a plain model with other writers in between, with failing allocations, on several threads.

mod common;

use common::{Random, heap};
use halt_heap::{Abort, Heap, OutOfMemory, Published, Scope, Value};
use std::sync::atomic::{AtomicBool, Ordering};

fn int<'s>(n: i64) -> Value<'s> {
    Value::small_int(n).expect("small")
}

/// Handles on atoms that hold boxed numbers: `[n]`.
fn atoms(heap: &Heap, count: usize, each: i64) -> Vec<Published> {
    heap.mutator().enter(|s| {
        let atom = || s.publish(s.atom(boxed(s, each).expect("room")).expect("room")).expect("room");
        (0..count).map(|_| atom()).collect()
    })
}

/// A number in an object of its own, so that a commit publishes something.
fn boxed(s: Scope<'_>, n: i64) -> Result<Value<'_>, OutOfMemory> {
    s.record(1, &[], &[n as u64])
}

fn unboxed<'s>(s: Scope<'s>, value: Value<'s>) -> i64 {
    s.record_words(value)[0] as i64
}

fn held(s: Scope<'_>, atoms: &[Published]) -> Vec<i64> {
    atoms.iter().map(|atom| unboxed(s, s.atom_load(s.open(atom)))).collect()
}

#[test]
fn commits_are_those_of_a_model_whatever_comes_between() {
    for seed in 0..40 {
        let heap = heap(16);
        heap.set_torture(seed % 4 == 0);
        let mut random = Random(seed);
        let atoms = atoms(&heap, 8, 0);
        let mut model = [0; 8];
        let (mut mutator, mut other) = (heap.mutator(), heap.mutator());
        for step in 0..60 {
            let touched: Vec<(usize, usize)> =
                (0..random.below(6)).map(|_| (random.below(8), random.below(4))).collect();
            let disturbed = random.below(3) == 0;
            let victim = random.below(8);
            let mut runs = 0;
            mutator.enter(|s| {
                let mut expected = model;
                let result = s.transact(|t| {
                    expected = model;
                    runs += 1;
                    for (index, (atom, what)) in touched.iter().enumerate() {
                        let place = s.open(&atoms[*atom]);
                        match what {
                            0 => t.ensure(place)?,
                            1 => assert_eq!(unboxed(s, t.load(place)?), expected[*atom], "seed {seed}"),
                            2 => {
                                expected[*atom] = (step * 10 + index) as i64;
                                t.store(place, boxed(s, expected[*atom])?)?;
                            }
                            _ => {
                                expected[*atom] += 1;
                                let n = unboxed(s, t.load(place)?);
                                t.store(place, boxed(s, n + 1)?)?;
                            }
                        }
                    }
                    if disturbed && runs == 1 {
                        model[victim] -= 1;
                        s.enter(&mut other, |s| {
                            let atom = s.open(&atoms[victim]);
                            s.atom_swap(atom, |old| boxed(s, unboxed(s, old) - 1)).map(|_| ())
                        })?;
                    }
                    Ok(())
                });
                assert!(result.is_ok());
                let of_victim = || touched.iter().filter(|(atom, _)| *atom == victim);
                // What was read first must not have changed, unless nothing depends on it.
                let matters = touched.iter().any(|(atom, what)| *what >= 2 || *atom != touched[0].0);
                if disturbed && matters && of_victim().next().is_some_and(|(_, what)| *what != 2) {
                    assert_eq!(runs, 2, "seed {seed}, step {step}");
                }
                if disturbed && runs == 1 && of_victim().all(|(_, what)| *what < 2) {
                    expected[victim] -= 1;
                }
                model = expected;
                assert_eq!(held(s, &atoms), model, "seed {seed}, step {step}");
            });
            if step % 16 == 0 {
                heap.verify().expect("a sound heap");
            }
        }
    }
}

#[test]
fn a_failing_function_changes_nothing_and_its_error_comes_out() {
    let heap = heap(16);
    let atoms = atoms(&heap, 3, 7);
    heap.mutator().enter(|s| {
        let result: Result<(), _> = s.transact(|t| {
            for atom in &atoms {
                t.store(s.open(atom), int(1))?;
            }
            Err(Abort::Failed(int(42)))
        });
        assert!(matches!(result, Err(Abort::Failed(error)) if s.as_int(error) == Some(42)));
        assert_eq!(held(s, &atoms), [7, 7, 7]);
    });
}

#[test]
fn failing_allocations_leave_no_trace() {
    let heap = heap(16);
    let atoms = atoms(&heap, 4, 1);
    let mut mutator = heap.mutator();
    let (mut failures, mut n) = (0, 0);
    loop {
        mutator.fail_allocation_after(Some(n));
        let done = mutator.enter(|s| {
            let result = s.transact(|t| {
                for (index, atom) in atoms.iter().enumerate() {
                    let list = s.list(&[int(1), int(2), boxed(s, index as i64)?])?;
                    t.store(s.open(atom), s.record(1, &[list], &[2])?)?;
                }
                Ok(())
            });
            match result {
                Ok(()) => true,
                Err(abort) => {
                    assert!(matches!(abort, Abort::OutOfMemory));
                    assert_eq!(held(s, &atoms), [1; 4], "after {n} allocations");
                    false
                }
            }
        });
        mutator.fail_allocation_after(None);
        heap.verify().expect("a sound heap");
        if done {
            break;
        }
        (failures, n) = (failures + 1, n + 1);
    }
    assert!(failures > 20, "{failures} points of failure");
    mutator.enter(|s| assert_eq!(held(s, &atoms), [2; 4]));
}

#[test]
fn a_transaction_of_thousands_of_atoms_commits() {
    let heap = heap(64);
    let atoms = atoms(&heap, 3_000, 0);
    heap.mutator().enter(|s| {
        s.transact(|t| {
            for (n, atom) in atoms.iter().enumerate() {
                t.store(s.open(atom), boxed(s, n as i64)?)?;
            }
            Ok(())
        })
        .expect("room");
        assert!(held(s, &atoms).into_iter().eq(0..3_000));
    });
    assert!(heap.collect());
    heap.verify().expect("a sound heap");
}

/// Money moves between accounts by transactions while swaps lend one coin to one of them; nobody ever sees any other
/// made or lost.
fn soak(torture: bool, transfers: usize) {
    let heap = heap(32);
    heap.set_torture(torture);
    let accounts = atoms(&heap, 6, 100);
    let counter = atoms(&heap, 1, 0);
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let writers: Vec<_> = (0..3)
            .map(|thread| {
                let (heap, accounts, counter) = (&heap, &accounts, &counter);
                threads.spawn(move || {
                    let mut random = Random(thread);
                    let mut mutator = heap.mutator();
                    for _ in 0..transfers {
                        let [from, to] = [0; 2].map(|_| random.below(accounts.len()));
                        let amount = random.below(20) as i64;
                        mutator.enter(|s| {
                            s.transact(|t| {
                                let [from, to] = [from, to].map(|index| s.open(&accounts[index]));
                                let have = unboxed(s, t.load(from)?);
                                t.store(from, boxed(s, have - amount)?)?;
                                let have = unboxed(s, t.load(to)?);
                                t.store(to, boxed(s, have + amount)?)
                            })
                            .expect("room");
                            s.atom_swap(s.open(&counter[0]), |n| boxed(s, unboxed(s, n) + 1)).expect("room");
                        });
                    }
                })
            })
            .collect();
        let lender = threads.spawn(|| {
            let mut mutator = heap.mutator();
            while !done.load(Ordering::Relaxed) {
                mutator.enter(|s| {
                    for change in [1, -1] {
                        s.atom_swap(s.open(&accounts[0]), |n| boxed(s, unboxed(s, n) + change))
                            .expect("room");
                    }
                });
            }
        });
        let reader = threads.spawn(|| {
            let (mut mutator, mut sums) = (heap.mutator(), 0);
            // At least once, however quick the writers were.
            while sums == 0 || !done.load(Ordering::Relaxed) {
                mutator.enter(|s| {
                    let sum = s.transact(|t| {
                        accounts.iter().try_fold(0, |sum, atom| Ok(sum + unboxed(s, t.load(s.open(atom))?)))
                    });
                    assert!(matches!(sum, Ok(600 | 601)), "{sum:?}");
                    // Plain loads never wait, and never see a claim.
                    assert!(held(s, &accounts).iter().all(|n| n.abs() < 1_000_000));
                });
                sums += 1;
            }
            sums
        });
        writers.into_iter().for_each(|writer| writer.join().expect("a writer"));
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().expect("the reader") > 0);
        lender.join().expect("the lender");
    });
    heap.mutator().enter(|s| {
        assert_eq!(held(s, &accounts).iter().sum::<i64>(), 600);
        assert_eq!(held(s, &counter), [3 * transfers as i64]);
    });
    heap.verify().expect("a sound heap");
}

#[test]
fn no_money_is_made_or_lost() {
    soak(false, 20_000);
}

#[test]
fn no_money_is_made_or_lost_under_torture() {
    soak(true, 300);
}
