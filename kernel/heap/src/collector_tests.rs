//! Tests of the collector that see its inside: collections step by step, with scopes between the steps.

use super::Stage;
use crate::{Heap, OutOfMemory, Region, Scope, Value};
use alloc::vec;
use core::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn a_parked_nursery_keeps_what_its_objects_forward_to() {
    let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
    heap.0.arena.poisons.store(true, Ordering::Relaxed);
    let mut mutator = heap.mutator();
    mutator.enter(|s| {
        let cell = s.cell(Value::UNBOUND).unwrap();
        s.root_push(s.record(1, &[cell], &[]).unwrap());
        drop(s.publish(cell).unwrap());
        s.cell_set(cell, Value::UNBOUND, s.record(2, &[], &[77]).unwrap()).unwrap();
    });
    // The young original still leads to the shared cell.
    step_until(&heap, |stage| stage == Stage::Sweep);
    step_until(&heap, |stage| stage == Stage::Idle);
    heap.verify().unwrap();
    mutator.enter(|s| {
        let held = s.cell_get(s.record_values(s.root_get(0))[0]);
        assert_eq!(s.record_words(held), [77]);
    });
}

/// Takes the smallest steps, beginning a cycle if none is under way, until a stage is reached.
fn step_until(heap: &Heap, is_reached: impl Fn(Stage) -> bool) {
    loop {
        assert!(heap.0.step(1, true), "no scope should be open");
        if is_reached(heap.0.collector.work.lock().stage) {
            return;
        }
    }
}

/// Marks in the smallest steps; `during` runs in scopes once the roots are scanned.
fn mark_slowly(heap: &Heap, mut during: impl FnMut()) {
    step_until(heap, |stage| stage == Stage::Trace);
    during();
    step_until(heap, |stage| stage == Stage::Idle);
    heap.verify().unwrap();
}

#[test]
fn what_is_taken_out_of_an_atom_or_a_cell_while_marking_is_kept() {
    let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
    heap.0.arena.poisons.store(true, Ordering::Relaxed);
    let mut mutator = heap.mutator();
    let number = |s: Scope<'_>, root| s.record_words(s.root_get(root))[0];
    for way in 0..5 {
        let handle = mutator.enter(|s| {
            s.root_resize(0);
            let held = s.record(1, &[], &[42]).unwrap();
            let cell = s.cell(held).unwrap();
            let atom = s.atom(held).unwrap();
            s.atom_set_info(atom, s.record(2, &[], &[43]).unwrap()).unwrap();
            let deep = s.record(3, &[s.atom(cell).unwrap(), atom], &[]).unwrap();
            s.publish(deep).unwrap()
        });
        mark_slowly(&heap, || {
            mutator.enter(|s| {
                let deep = s.record_values(s.open(&handle));
                let (cell, atom) = (s.atom_load(deep[0]), deep[1]);
                s.root_push(s.atom_load(atom));
                s.root_push(s.atom_info(atom));
                let old = s.root_get(0);
                // Both the cell and the atom hold it: take it out of both, and the atom's other value too.
                s.cell_set(cell, old, Value::NIL).unwrap();
                match way {
                    0 => s.atom_store(atom, Value::NIL).unwrap(),
                    1 => assert!(s.atom_compare_and_set(atom, old, Value::NIL).unwrap()),
                    2 => drop(s.atom_swap(atom, |_| Ok(Value::NIL)).unwrap()),
                    3 => s.atom_store(atom, s.record(4, &[], &[1]).unwrap()).unwrap(),
                    _ => {}
                }
                s.atom_set_info(atom, Value::NIL).unwrap();
            });
            mutator.collect_young();
        });
        mutator.enter(|s| assert_eq!((number(s, 0), number(s, 1)), (42, 43)));
    }
}

#[test]
fn what_is_taken_out_of_a_cell_while_marking_is_kept() {
    let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
    heap.0.arena.poisons.store(true, Ordering::Relaxed);
    let mut mutator = heap.mutator();
    let handle = mutator.enter(|s| {
        let cell = s.cell(s.record(1, &[], &[42]).unwrap()).unwrap();
        s.publish(s.record(1, &[cell], &[]).unwrap()).unwrap()
    });
    mark_slowly(&heap, || {
        mutator.enter(|s| {
            let cell = s.record_values(s.open(&handle))[0];
            s.root_push(s.cell_get(cell));
            s.cell_set(cell, s.root_get(0), Value::NIL).unwrap();
        });
    });
    mutator.enter(|s| assert_eq!(s.record_words(s.root_get(0)), [42]));
}

#[test]
fn nothing_takes_the_place_of_what_the_collector_may_be_looking_at() {
    let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
    heap.0.collector.evacuates_every.store(1, Ordering::Relaxed);
    let mut mutator = heap.mutator();
    mutator.enter(|s| s.root_push(s.publish(s.record(1, &[], &[1]).unwrap()).map(|h| s.open(&h)).unwrap()));
    let mut promoted_twice = || {
        mutator.enter(|s| {
            let places = [2, 3].map(|n| {
                let place = s.core.promote(s.record(n, &[], &[1]).unwrap().word()).unwrap();
                s.core.undo_promotion();
                place
            });
            places[0] == places[1]
        })
    };
    assert!(promoted_twice(), "a promotion that is undone leaves nothing behind");
    step_until(&heap, |stage| stage == Stage::FixFresh);
    assert!(!promoted_twice(), "the collector walks through what is marked in fresh blocks");
    step_until(&heap, |stage| stage == Stage::Idle);
    assert!(promoted_twice());
    heap.verify().unwrap();
}

#[test]
fn progress_counts_what_is_moved_and_what_is_put_right() {
    let heap = Heap::new(Region::allocate(8 << 20)).unwrap();
    let mut mutator = heap.mutator();
    let mut promote = || {
        mutator.enter(|s| {
            let chain = (0..5000).try_fold(Value::NIL, |last, n| s.record(1, &[last], &[n])).unwrap();
            s.root_push(s.publish(chain).map(|handle| s.open(&handle)).unwrap());
        });
    };
    promote();
    assert!(heap.collect());
    heap.0.collector.evacuates_every.store(1, Ordering::Relaxed);
    step_until(&heap, |stage| stage == Stage::Trace);
    promote();
    let mut seen = vec![];
    for stage in [Stage::Evacuate, Stage::FixSlots, Stage::FixFresh, Stage::FixPublished] {
        step_until(&heap, |reached| reached == stage);
        seen.push(heap.0.collector.progress.load(Ordering::Relaxed));
    }
    assert!(seen.is_sorted_by(|before, after| before < after), "{seen:?}");
}

#[test]
fn what_is_new_while_marking_is_kept() {
    let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
    heap.0.arena.poisons.store(true, Ordering::Relaxed);
    let mut mutator = heap.mutator();
    let text = "x".repeat(40_000);
    let handle = mutator.enter(|s| s.publish(s.atom(Value::NIL).unwrap()).unwrap());
    for _ in 0..3 {
        mark_slowly(&heap, || {
            mutator.enter(|s| {
                let wide = s.record(1, &[s.record(2, &[], &[7]).unwrap(); 3000], &[6]).unwrap();
                let long = s.string(&text).unwrap();
                let new = s.record(3, &[wide, long, s.atom_load(s.open(&handle))], &[8]).unwrap();
                s.atom_store(s.open(&handle), new).unwrap();
            });
        });
    }
    mutator.enter(|s| {
        let mut value = s.atom_load(s.open(&handle));
        for _ in 0..3 {
            let &[wide, long, next] = s.record_values(value) else { panic!("a record lost its values") };
            assert!(s.record_values(wide).iter().all(|inner| s.record_words(*inner) == [7]));
            assert_eq!(s.as_str(long), Some(text.as_str()));
            value = next;
        }
        assert!(value.is_nil());
        s.atom_store(s.open(&handle), Value::NIL).unwrap();
    });
    // What was new then is garbage for the next one.
    mark_slowly(&heap, || ());
    mark_slowly(&heap, || ());
    assert_eq!(heap.stats().old_live_bytes, 256);
}

#[test]
fn a_scope_that_does_not_end_keeps_only_the_cycle_waiting() {
    let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
    let (mut outer, mut inner) = (heap.mutator(), heap.mutator());
    outer.set_name("the outer one");
    outer.enter(|s| {
        s.root_push(s.record(1, &[], &[9]).unwrap());
        heap.0.request_collection();
        assert!(heap.wants_collection() && heap.held_open().is_empty());
        while heap.collect_if_needed() {}
        assert!(!heap.wants_collection() && !heap.collect_if_needed());
        assert!(s.wants_safepoint());
        assert_eq!(heap.held_open(), vec!["the outer one"]);
        // Everybody else goes on.
        inner.enter(|t| assert!(t.record(1, &[], &[9]).is_ok()));
        s.enter(&mut inner, |t| assert!(t.record(1, &[], &[9]).is_ok() && !t.wants_safepoint()));
        drop(heap.mutator());
    });
    assert!(heap.wants_collection() && heap.held_open().is_empty());
    while heap.stats().majors == 0 {
        assert!(heap.collect_if_needed());
    }
    assert_eq!((heap.stats().majors_given_up, heap.stats().majors_sliced), (0, 1));
    outer.enter(|s| assert_eq!(s.record_words(s.root_get(0)), [9]));
}

#[test]
fn survivors_of_two_minor_collections_leave_the_nursery() {
    let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
    let mut mutator = heap.mutator();
    mutator.enter(|s| {
        s.root_push(s.record(1, &[], &[5; 100]).unwrap());
        s.root_push(s.string(&"x".repeat(100_000)).unwrap());
    });
    mutator.collect_young();
    assert!(heap.stats().nursery_bytes > 100_000);
    mutator.collect_young();
    assert_eq!(heap.stats().nursery_bytes, 0, "{:?}", heap.stats());
    heap.verify().unwrap();
    mutator.enter(|s| {
        assert_eq!(s.record_words(s.root_get(0)), [5; 100]);
        assert_eq!(s.as_str(s.root_get(1)).map(str::len), Some(100_000));
        s.root_resize(0);
    });
    assert!(heap.collect());
    assert_eq!(heap.stats().old_live_bytes, 0);
}

#[test]
fn cycles_keep_up_with_many_writers() {
    for evacuates_every in [0, 16] {
        let heap = Heap::new(Region::allocate(64 << 20)).unwrap();
        heap.0.collector.evacuates_every.store(evacuates_every, Ordering::Relaxed);
        let mut mutators: vec::Vec<_> = (0..32).map(|_| heap.mutator()).collect();
        let atom = mutators[0].enter(|s| {
            let none = s.record(1, &[], &[0, 0]).unwrap();
            s.publish(s.atom(s.vector(&[none; 32]).unwrap()).unwrap()).unwrap()
        });
        // 210 MiB are published, of which a few KiB live.
        for round in 0..20_000 {
            let writer = round % mutators.len();
            mutators[writer].enter(|s| {
                for n in 0..36 {
                    let swapped = s.atom_swap(s.open(&atom), |old| {
                        let entry = s.record(1, &[], &[round as u64, n])?;
                        Ok(s.vector_assoc(old, writer, entry)?.unwrap())
                    });
                    s.root_resize(0);
                    s.root_push(swapped.unwrap());
                }
            });
        }
        let stats = heap.stats();
        assert!(stats.majors > 2);
        assert_eq!(stats.majors, stats.majors_sliced, "some stopped everybody");
    }
}

#[test]
fn a_refusal_brings_a_collection_however_little_was_taken() {
    let heap = Heap::new(Region::allocate(16 << 20)).unwrap();
    let mut mutator = heap.mutator();
    // What lives fills the arena until it refuses more.
    let more = |s: Scope<'_>| {
        for _ in 0..100 {
            let last = if s.root_count() > 0 { s.root_get(0) } else { Value::NIL };
            let next = s.publish(s.record(1, &[last], &[0; 100])?)?;
            s.root_resize(0);
            s.root_push(s.open(&next));
        }
        Ok::<(), OutOfMemory>(())
    };
    while mutator.enter(more).is_ok() {}
    assert!(heap.collect());
    let free = heap.stats().free_bytes;
    assert!(free < (16 << 20) / 8, "{free} bytes are free");
    // All of it dies; nothing was taken since.
    mutator.enter(|s| s.root_resize(0));
    let tries = (0..3).filter(|_| {
        mutator
            .enter(|s| (0..1_000).try_for_each(|_| s.publish(s.record(1, &[], &[0; 100])?).map(drop)).is_ok())
    });
    assert!(tries.count() > 0, "garbage was never collected");
}

#[test]
fn who_lags_behind_gives_its_core_to_the_holder_of_the_lock() {
    static TURNS: AtomicUsize = AtomicUsize::new(0);
    let heap = Heap::new(Region::allocate(8 << 20)).unwrap();
    heap.set_torture(false);
    heap.set_relax(|| {
        TURNS.fetch_add(1, Ordering::Relaxed);
    });
    step_until(&heap, |stage| stage == Stage::Trace);
    let mut mutator = heap.mutator();
    let held = heap.0.collector.work.lock();
    mutator.enter(|_| {});
    assert_eq!(TURNS.load(Ordering::Relaxed), 0, "a mutator that does not lag behind goes on");
    let mut kept = vec![];
    while !heap.0.is_behind() {
        mutator.enter(|s| kept.push(s.publish(s.bytes(&[1; 10_000]).unwrap()).unwrap()));
    }
    let before = TURNS.load(Ordering::Relaxed);
    mutator.enter(|_| {});
    assert_eq!(TURNS.load(Ordering::Relaxed), before + 1);
    drop(held);
    mutator.enter(|_| {});
    assert_eq!(TURNS.load(Ordering::Relaxed), before + 1, "it helps where the lock is free");
}
