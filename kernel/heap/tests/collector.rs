//! The collector against plain models: what is reachable keeps its contents through minor and major
//! collections, publishing, several mutators on threads, full arenas and failing allocations.

mod common;

use common::{Random, heap};
use halt_heap::{Heap, Mutator, OutOfMemory, Published, Scope, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const TREE: u16 = 7;

/// Builds a tree that its seed describes wholly, so that whoever meets it can check it.
fn tree<'s>(s: Scope<'s>, seed: u64, depth: usize) -> Result<Value<'s>, OutOfMemory> {
    let mut random = Random(seed);
    let count = if depth == 0 { 0 } else { random.below(5) };
    let mut children = Vec::new();
    for _ in 0..count {
        children.push(tree(s, random.next(), depth - 1)?);
    }
    s.record(TREE, &children, &[seed, depth as u64])
}

/// Whether a value is the tree that it says it is. Returns its seed.
fn check_tree<'s>(s: Scope<'s>, value: Value<'s>) -> u64 {
    assert_eq!(s.record_tag(value), Some(TREE));
    let &[seed, depth] = s.record_words(value) else { panic!("a tree lost its words") };
    let mut random = Random(seed);
    let count = if depth == 0 { 0 } else { random.below(5) };
    let children = s.record_values(value);
    assert_eq!(children.len(), count, "tree {seed:#x}");
    for child in children {
        assert_eq!(check_tree(s, *child), random.next());
        assert_eq!(s.record_words(*child)[1], depth - 1);
    }
    seed
}

/// A chain of records, each referring to the next.
fn chain<'s>(s: Scope<'s>, count: usize) -> Result<Value<'s>, OutOfMemory> {
    let mut last = Value::NIL;
    for n in 0..count {
        last = s.record(TREE, &[last], &[n as u64])?;
    }
    Ok(last)
}

fn check_chain<'s>(s: Scope<'s>, mut value: Value<'s>, count: usize) {
    for n in (0..count).rev() {
        assert_eq!(s.record_words(value), [n as u64]);
        value = s.record_values(value)[0];
    }
    assert!(value.is_nil());
}

#[test]
fn roots_atoms_and_handles_keep_trees_through_every_collection() {
    const ROOTS: usize = 12;
    for seed in 0..6 {
        let heap = heap(8);
        heap.set_torture(seed % 2 == 0);
        let mut random = Random(seed);
        let mut mutator = heap.mutator();
        // Roots 0..ROOTS hold trees or nil, the next ROOTS atoms of trees or nil.
        let (mut roots, mut atoms) = ([None; ROOTS], [None; ROOTS]);
        let mut handles: Vec<(u64, Published)> = Vec::new();
        mutator.enter(|s| {
            s.root_resize(ROOTS);
            for _ in 0..ROOTS {
                s.root_push(s.atom(Value::NIL).unwrap());
            }
        });
        for step in 0..400 {
            mutator.enter(|s| {
                for _ in 0..random.below(6) {
                    let (i, j) = (random.below(ROOTS), random.below(ROOTS));
                    let atom = s.root_get(ROOTS + j);
                    match random.below(7) {
                        0 | 1 => {
                            let seed = random.next();
                            s.root_set(i, tree(s, seed, random.below(6)).unwrap());
                            roots[i] = Some(seed);
                        }
                        2 => {
                            s.root_set(i, Value::NIL);
                            roots[i] = None;
                        }
                        3 => {
                            s.atom_store(atom, s.root_get(i)).unwrap();
                            atoms[j] = roots[i];
                        }
                        4 => {
                            s.root_set(i, s.atom_load(atom));
                            roots[i] = atoms[j];
                        }
                        5 => {
                            if let Some(seed) = roots[i] {
                                handles.push((seed, s.publish(s.root_get(i)).unwrap()));
                            }
                        }
                        _ => {
                            if !handles.is_empty() {
                                handles.swap_remove(random.below(handles.len()));
                            }
                        }
                    }
                }
                for i in 0..ROOTS {
                    let value = s.root_get(i);
                    assert_eq!((!value.is_nil()).then(|| check_tree(s, value)), roots[i]);
                    let value = s.atom_load(s.root_get(ROOTS + i));
                    assert_eq!((!value.is_nil()).then(|| check_tree(s, value)), atoms[i]);
                }
                for (seed, handle) in &handles {
                    assert_eq!(check_tree(s, s.open(handle)), *seed);
                }
            });
            match random.below(8) {
                0 => mutator.collect_young(),
                1 => assert!(heap.collect()),
                _ => {}
            }
            heap.verify().unwrap_or_else(|error| panic!("seed {seed}, step {step}: {error}"));
        }
        assert!(heap.stats().minors > 0 && heap.stats().majors > 0);
    }
}

#[test]
fn threads_share_atoms_while_collections_run() {
    const THREADS: usize = 4;
    const ATOMS: usize = 8;
    let heap = heap(24);
    heap.set_torture(true);
    let atoms: Vec<Published> = heap
        .mutator()
        .enter(|s| (0..ATOMS).map(|_| s.publish(s.atom(tree(s, 1, 3).unwrap()).unwrap()).unwrap()).collect());
    let (atoms, commits) = (Arc::new(atoms), AtomicUsize::new(0));
    std::thread::scope(|threads| {
        for number in 0..THREADS {
            let (heap, atoms, commits) = (heap.clone(), atoms.clone(), &commits);
            threads.spawn(move || {
                let mut random = Random(number as u64);
                let mut mutator = heap.mutator();
                for step in 0..400 {
                    mutator.enter(|s| {
                        for _ in 0..4 {
                            let atom = s.open(&atoms[random.below(ATOMS)]);
                            let old = s.atom_load(atom);
                            check_tree(s, old);
                            let new = tree(s, random.next(), random.below(6)).unwrap();
                            if s.atom_compare_and_set(atom, old, new).unwrap() {
                                commits.fetch_add(1, Ordering::Relaxed);
                            }
                            // The original stays readable, whether it was promoted, undone or neither.
                            check_tree(s, new);
                            s.root_push(new);
                            s.root_push(old);
                        }
                        for index in 0..s.root_count() {
                            check_tree(s, s.root_get(index));
                        }
                        if s.root_count() > 40 {
                            s.root_resize(random.below(40));
                        }
                    });
                    if step % 100 == 0 {
                        heap.verify().unwrap();
                    }
                }
            });
        }
    });
    heap.verify().unwrap();
    assert!(commits.load(Ordering::Relaxed) > 100);
    assert!(heap.stats().majors > 10, "{:?}", heap.stats());
}

#[test]
fn a_chain_of_a_million_needs_no_deep_stack() {
    const COUNT: usize = 1_000_000;
    let work = move || {
        let heap = heap(192);
        let mut mutator = heap.mutator();
        let handle = mutator.enter(|s| {
            s.root_push(chain(s, COUNT).unwrap());
            s.publish(s.root_get(0)).unwrap()
        });
        assert!(heap.collect());
        heap.verify().unwrap();
        mutator.enter(|s| {
            check_chain(s, s.open(&handle), COUNT);
            s.root_set(0, chain(s, COUNT).unwrap());
        });
        assert!(heap.collect() && heap.collect());
        mutator.enter(|s| {
            check_chain(s, s.root_get(0), COUNT);
            s.root_resize(0);
        });
        drop(handle);
        assert!(heap.collect());
        assert_eq!(heap.stats().old_live_bytes, 0);
    };
    std::thread::Builder::new().stack_size(128 * 1024).spawn(work).unwrap().join().unwrap();
}

#[test]
fn garbage_is_reclaimed_young_and_old() {
    let heap = heap(8);
    let mut mutator = heap.mutator();
    let atom = mutator.enter(|s| s.publish(s.atom(Value::NIL).unwrap()).unwrap());
    for round in 0..400 {
        mutator.enter(|s| {
            // 400 times 400 KiB of each kind of garbage through 8 MiB.
            chain(s, 10_000).unwrap();
            s.atom_store(s.open(&atom), chain(s, 10_000).unwrap()).unwrap();
            check_chain(s, s.atom_load(s.open(&atom)), 10_000);
        });
        if round % 50 == 0 {
            heap.verify().unwrap();
        }
    }
    assert!(heap.stats().majors > 3 && heap.stats().minors > 3);
}

#[test]
fn a_failed_compare_and_set_leaves_nothing_behind() {
    let heap = heap(8);
    let mut mutator = heap.mutator();
    mutator.enter(|s| s.root_push(s.atom(Value::TRUE).unwrap()));
    let before = heap.stats();
    for _ in 0..2_000 {
        mutator.enter(|s| {
            let new = chain(s, 50).unwrap();
            assert!(!s.atom_compare_and_set(s.root_get(0), Value::NIL, new).unwrap());
            check_chain(s, new, 50);
        });
    }
    let after = heap.stats();
    assert_eq!(after.majors, before.majors);
    assert!(after.promoted_bytes <= before.promoted_bytes + 64 * 1024, "{before:?} {after:?}");
    heap.verify().unwrap();
}

#[test]
fn a_cell_has_one_truth_before_and_after_it_is_shared() {
    for torture in [false, true] {
        let heap = heap(4);
        heap.set_torture(torture);
        let mut mutator = heap.mutator();
        let handle = mutator.enter(|s| {
            let cell = s.cell(Value::UNBOUND).unwrap();
            let holder = s.record(TREE, &[cell], &[]).unwrap();
            s.root_push(holder);
            s.publish(holder).unwrap()
        });
        mutator.enter(|s| {
            // One name leads through the young original, the other through the shared copy.
            let young = s.record_values(s.root_get(0))[0];
            let shared = s.record_values(s.open(&handle))[0];
            assert_eq!(check_tree(s, s.cell_set(young, Value::UNBOUND, tree(s, 5, 4).unwrap()).unwrap()), 5);
            assert_eq!(check_tree(s, s.cell_get(shared)), 5);
            let late = s.cell_set(shared, Value::UNBOUND, tree(s, 6, 4).unwrap()).unwrap();
            assert_eq!(check_tree(s, late), 5);
            assert_eq!(check_tree(s, s.cell_get(young)), 5);
        });
        // A cell that grows old in a nursery may come to hold something younger than itself.
        mutator.enter(|s| s.root_push(s.cell(Value::UNBOUND).unwrap()));
        mutator.collect_young();
        mutator.enter(|s| {
            s.cell_set(s.root_get(1), Value::UNBOUND, tree(s, 9, 5).unwrap()).unwrap();
        });
        for _ in 0..3 {
            mutator.collect_young();
            heap.verify().unwrap();
            mutator.enter(|s| assert_eq!(check_tree(s, s.cell_get(s.root_get(1))), 9));
        }
    }
}

#[test]
fn a_mutator_that_allocates_for_ever_gets_an_error_and_the_others_go_on() {
    let heap = heap(8);
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let mut mutator = heap.mutator();
            mutator.set_reserve(true);
            let mut random = Random(3);
            while !stop.load(Ordering::Relaxed) {
                let seed = random.next();
                mutator.enter(|s| assert_eq!(check_tree(s, tree(s, seed, 4).unwrap()), seed));
            }
        });
        for _ in 0..20 {
            let mut hog = heap.mutator();
            hog.enter(|s| {
                s.root_push(Value::NIL);
                while let Ok(value) = s.record(TREE, &[s.root_get(0)], &[0; 20]) {
                    s.root_set(0, value);
                }
            });
            heap.verify().unwrap();
            // What it holds is kept, and publishing it all finds no room either.
            hog.enter(|s| assert_eq!(s.publish(s.root_get(0)).err(), Some(OutOfMemory)));
            heap.verify().unwrap();
        }
        stop.store(true, Ordering::Relaxed);
    });
    heap.collect();
    assert!(heap.stats().free_bytes > 7 << 20, "{:?}", heap.stats());
}

#[test]
fn a_quota_bounds_what_a_scope_may_allocate() {
    let heap = heap(8);
    let mut mutator = heap.mutator();
    mutator.set_quota_bytes(256 * 1024);
    mutator.enter(|s| {
        assert_eq!(chain(s, 100_000).err(), Some(OutOfMemory));
        assert!(s.wants_safepoint());
    });
    assert!(mutator.used_bytes() < 4 * 1024, "{}", mutator.used_bytes());
    mutator.enter(|s| {
        s.root_push(chain(s, 5_000).unwrap());
        assert!(!s.is_over_quota());
        s.root_set(0, s.publish(s.root_get(0)).map(|handle| s.open(&handle)).unwrap());
    });
    assert!(heap.collect());
    mutator.enter(|s| {
        assert!(!s.is_over_quota());
        s.root_push(chain(s, 5_000).unwrap());
    });
    assert!(heap.collect());
    assert!(mutator.used_bytes() > 300 * 1024, "{}", mutator.used_bytes());
    // What one collection found may be garbage since: only the next one tells.
    mutator.enter(|s| assert!(!s.is_over_quota() && s.awaits_collection()));
    assert!(heap.collect());
    mutator.enter(|s| assert!(s.is_over_quota()));
    // It is told once, so that whoever catches that gets to let go of something.
    mutator.enter(|s| {
        assert!(!s.is_over_quota() && s.awaits_collection());
        s.root_resize(1);
    });
    // The ends of its scopes do the collection it waits for.
    let scopes = (0..100_000).take_while(|_| {
        mutator.enter(|s| {
            assert!(!s.is_over_quota());
            s.awaits_collection()
        })
    });
    assert!(scopes.count() < 100_000);
    assert!(mutator.used_bytes() < 256 * 1024, "{}", mutator.used_bytes());
}

#[test]
fn allocation_may_fail_at_any_point() {
    fn program(mutator: &mut Mutator, atom: &Published) -> Result<(), OutOfMemory> {
        mutator.enter(|s| {
            let value = tree(s, 12, 4)?;
            s.root_push(value);
            let cell = s.cell(value)?;
            s.atom_store(s.open(atom), s.record(TREE, &[cell, value], &[])?)?;
            let other = s.atom(tree(s, 13, 4)?)?;
            s.root_push(other);
            s.record(TREE, &[tree(s, 14, 3)?; 3000], &[])?;
            s.cell_set(cell, value, tree(s, 15, 4)?)?;
            s.publish(tree(s, 16, 3)?)?;
            Ok(())
        })
    }
    let heap = heap(8);
    let mut failures = 0;
    for count in 0.. {
        let mut mutator = heap.mutator();
        let atom = mutator.enter(|s| s.publish(s.atom(Value::NIL).unwrap()).unwrap());
        mutator.fail_allocation_after(Some(count));
        let result = program(&mut mutator, &atom);
        mutator.fail_allocation_after(None);
        heap.verify().unwrap_or_else(|error| panic!("after {count} allocations: {error}"));
        mutator.enter(|s| {
            if s.root_count() > 0 {
                assert_eq!(check_tree(s, s.root_get(0)), 12);
            }
            assert_eq!(check_tree(s, tree(s, 17, 3).unwrap()), 17);
        });
        mutator.collect_young();
        heap.verify().unwrap_or_else(|error| panic!("after {count} allocations and a collection: {error}"));
        if result.is_ok() {
            break;
        }
        failures += 1;
    }
    assert!(failures > 50, "{failures}");
}

#[test]
fn large_objects_are_kept_and_freed() {
    let heap = heap(16);
    heap.set_torture(true);
    let mut mutator = heap.mutator();
    let words: Vec<u64> = (0..20_000).collect();
    for round in 0..100 {
        mutator.enter(|s| {
            let seed = round as u64;
            let wide = s.record(TREE, &[tree(s, seed, 3).unwrap(); 3_000], &words).unwrap();
            s.root_resize(0);
            s.root_push(wide);
            // Garbage that lies in the old space from the start.
            s.record(TREE, &[], &words).unwrap();
        });
        heap.verify().unwrap();
        mutator.enter(|s| {
            assert_eq!(s.record_words(s.root_get(0)), words);
            assert!(s.record_values(s.root_get(0)).iter().all(|v| check_tree(s, *v) == round as u64));
        });
    }
}

#[test]
fn a_large_string_has_one_owner_at_a_time() {
    let heap = heap(4);
    let (mut one, mut two) = (heap.mutator(), heap.mutator());
    let text = |n: u64| n.to_string().repeat(30_000);
    let mut random = Random(11);
    let mut held = [None, None];
    for round in 0..300 {
        let which = random.below(2);
        let mutator = if which == 0 { &mut one } else { &mut two };
        let handle = mutator.enter(|s| {
            s.root_resize(1);
            if random.below(2) == 0 {
                s.root_set(0, s.string(&text(round)).unwrap());
                held[which] = Some(round);
            }
            (random.below(2) == 0).then(|| s.publish(s.root_get(0)).unwrap())
        });
        if random.below(3) == 0 {
            mutator.collect_young();
        }
        drop(handle);
        if random.below(3) == 0 {
            mutator.enter(|s| s.root_resize(0));
            held[which] = None;
        }
        if random.below(3) == 0 {
            heap.collect();
        }
        heap.verify().unwrap_or_else(|error| panic!("round {round}: {error}"));
        for (mutator, held) in [&mut one, &mut two].into_iter().zip(held) {
            mutator.enter(|s| {
                s.root_resize(1);
                assert_eq!(s.as_str(s.root_get(0)), held.map(text).as_deref());
            });
        }
    }
}

#[test]
fn handles_go_from_thread_to_thread() {
    let heap = heap(16);
    let (send, receive) = std::sync::mpsc::channel::<(u64, Published)>();
    std::thread::scope(|threads| {
        for number in 0..2 {
            let (heap, send) = (heap.clone(), send.clone());
            threads.spawn(move || {
                let mut mutator = heap.mutator();
                for n in 0..5_000 {
                    let seed = number << 32 | n;
                    let message = mutator.enter(|s| s.publish(tree(s, seed, 3).unwrap()).unwrap());
                    send.send((seed, message.clone())).unwrap();
                }
            });
        }
        drop(send);
        let mut mutator = heap.mutator();
        for (count, (seed, message)) in receive.iter().enumerate() {
            assert_eq!(mutator.enter(|s| check_tree(s, s.open(&message))), seed);
            if count % 500 == 0 {
                heap.collect();
            }
        }
    });
    drop(receive);
    heap.verify().unwrap();
    assert!(heap.collect());
    assert_eq!(heap.stats().old_live_bytes, 0);
}

#[test]
fn thousands_of_mutators_are_cheap() {
    let heap = heap(16);
    let mut mutators: Vec<Mutator> = (0..4_000u64)
        .map(|n| {
            let mut mutator = heap.mutator();
            mutator.enter(|s| s.root_push(tree(s, n, 1).unwrap()));
            mutator.collect_young();
            mutator
        })
        .collect();
    let stats = heap.stats();
    assert_eq!(stats.mutators, 4_000);
    assert!(stats.nursery_bytes <= 4_000 * 1024 + 32 * 1024, "{stats:?}");
    assert!(heap.collect());
    for (n, mutator) in mutators.iter_mut().enumerate() {
        mutator.enter(|s| assert_eq!(check_tree(s, s.root_get(0)), n as u64));
    }
    drop(mutators);
    assert!(heap.collect());
    assert_eq!(heap.stats().free_bytes, self::heap(16).stats().free_bytes);
}

#[test]
fn scopes_nest_and_a_collection_inside_one_gives_up() {
    let heap = heap(4);
    heap.set_clock(|| {
        static TICKS: AtomicUsize = AtomicUsize::new(0);
        TICKS.fetch_add(50, Ordering::Relaxed) as u64
    });
    let (mut outer, mut inner) = (heap.mutator(), heap.mutator());
    outer.enter(|s| {
        let mine = tree(s, 1, 3).unwrap();
        let handle = s.enter(&mut inner, |t| t.publish(tree(t, 2, 3).unwrap()).unwrap());
        assert!(!heap.collect());
        assert!(heap.verify().is_err());
        assert_eq!(check_tree(s, s.open(&handle)), 2);
        assert_eq!(check_tree(s, mine), 1);
    });
    assert!(heap.collect());
    assert_eq!(heap.stats().majors_given_up, 2);
}

#[test]
fn heaps_do_not_share_handles() {
    let (one, two) = (heap(1), heap(1));
    let handle = one.mutator().enter(|s| s.publish(Value::TRUE).unwrap());
    let open = || two.mutator().enter(|s| s.open(&handle).is_truthy());
    let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(open));
    assert!(opened.is_err());
    let _: &Heap = handle.heap();
}
