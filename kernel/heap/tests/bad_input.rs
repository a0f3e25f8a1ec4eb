//! What a heap is given that no heap could want: regions too small, scopes that never end, values deeper than any
//! stack, keys that all collide, functions that fail. `HALT_DEEP=10000000` makes the deep values as deep.

mod common;

use common::{colliding_int, heap};
use halt_heap::{Abort, Heap, HeapError, OutOfMemory, Region, Scope, Value};

#[test]
fn a_region_too_small_names_the_bytes_it_needs() {
    for bytes in [0, 1, 8, 4_096, 32 * 1024] {
        let error = Heap::new(Region::allocate(bytes)).err().expect("too small for anything");
        let HeapError::RegionTooSmall { needed_bytes } = error;
        assert!(needed_bytes > bytes && error.to_string().contains(&needed_bytes.to_string()), "{error}");
        let heap = Heap::new(Region::allocate(needed_bytes)).expect("what it asked for");
        heap.mutator().enter(|s| assert!(s.record(1, &[], &[7]).is_ok()));
        heap.verify().unwrap();
    }
}

#[test]
fn a_scope_kept_open_is_named_and_stops_nobody() {
    let heap = heap(32);
    let (mut sleeper, mut worker, mut third) = (heap.mutator(), heap.mutator(), heap.mutator());
    sleeper.set_name("sleeper");
    let atom = worker.enter(|s| s.publish(s.atom(Value::NIL).unwrap()).unwrap());
    sleeper.enter(|s| {
        let kept = s.record(7, &[], &[1, 2, 3]).unwrap();
        // Old garbage, less than the arena in all: the collector waits for the sleeper, the others do not.
        for round in 0..40 {
            for mutator in [&mut worker, &mut third] {
                s.enter(mutator, |t| {
                    let list = (0..2_000).try_fold(Value::NIL, |list, n| t.record(1, &[list], &[n]));
                    t.atom_store(t.open(&atom), list.unwrap()).unwrap();
                    assert_eq!(t.record_words(t.atom_load(t.open(&atom))), [1_999]);
                });
            }
            heap.collect_a_little(10_000);
            if round > 2 {
                assert_eq!(heap.held_open(), ["sleeper"]);
            }
        }
        assert_eq!(s.record_words(kept), [1, 2, 3]);
    });
    while heap.held_open().is_empty() && heap.collect_a_little(10_000) {
        if heap.stats().majors > 0 {
            break;
        }
    }
    assert!(heap.held_open().is_empty());
    drop(atom);
    assert!(heap.collect() && heap.collect());
    assert_eq!(heap.stats().old_live_bytes, 0, "{:?}", heap.stats());
}

/// One value in another, of each kind by turns.
fn deeper<'s>(s: Scope<'s>, n: usize, inner: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
    match n % 5 {
        0 => s.vector(&[inner]),
        1 => s.list(&[inner]),
        2 => s.map(&[(Value::TRUE, inner)]),
        3 => s.set(&[inner]),
        _ => s.record(3, &[inner], &[n as u64]),
    }
}

fn deep<'s>(s: Scope<'s>, levels: usize) -> Value<'s> {
    (0..levels).try_fold(Value::NIL, |inner, n| deeper(s, n, inner)).expect("a large arena")
}

fn levels(default: usize) -> usize {
    std::env::var("HALT_DEEP").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// On a stack that no recursion by levels would fit.
fn on_a_small_stack(body: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(128 * 1024).spawn(body).unwrap().join().unwrap();
}

#[test]
fn a_value_a_hundred_thousand_levels_deep_is_as_any_other() {
    on_a_small_stack(|| {
        let levels = levels(100_000);
        let heap = heap(levels * 700 / (1 << 20) + 64);
        let mut mutator = heap.mutator();
        let handle = mutator.enter(|s| {
            let (one, two) = (deep(s, levels), deep(s, levels));
            assert!(s.equal(one, two) && s.hash(one) == s.hash(two));
            assert!(!s.equal(one, deep(s, levels - 5)));
            s.root_push(one);
            s.publish(two).unwrap()
        });
        for _ in 0..3 {
            mutator.collect_young();
            assert!(heap.collect());
        }
        heap.verify().unwrap();
        mutator.enter(|s| {
            assert!(s.equal(s.root_get(0), s.open(&handle)));
            s.root_resize(0);
        });
        drop(handle);
        assert!(heap.collect());
        assert_eq!(heap.stats().old_live_bytes, 0);
    });
}

#[test]
fn a_long_list_is_marked_and_freed_without_recursion() {
    on_a_small_stack(|| {
        let cells = levels(300_000);
        let heap = heap(cells * 160 / (1 << 20) + 32);
        let mut mutator = heap.mutator();
        let handle = mutator.enter(|s| {
            let list = (0..cells).try_fold(s.list(&[]).unwrap(), |list, _| s.pair(Value::TRUE, list));
            s.publish(list.unwrap()).unwrap()
        });
        // In steps, with a scope in between, and all at once.
        while heap.collect_a_little(5_000) && heap.stats().majors == 0 {
            mutator.enter(|s| assert_eq!(s.list_count(s.open(&handle)), Some(cells)));
        }
        heap.verify().unwrap();
        assert!(heap.collect() && heap.stats().old_live_bytes > cells * 40);
        drop(handle);
        assert!(heap.collect());
        assert_eq!(heap.stats().old_live_bytes, 0);
    });
}

#[test]
fn a_flood_of_colliding_keys_is_no_worse_than_a_list() {
    const COUNT: u32 = 2_000;
    let heap = heap(64);
    heap.mutator().enter(|s| {
        let keys: Vec<_> = (0..COUNT).map(|n| s.int(colliding_int(0x1234_5678, n)).unwrap()).collect();
        let entries: Vec<_> = keys.iter().map(|key| (*key, *key)).collect();
        let map = s.map(&entries).unwrap();
        let backwards = s.map(&entries.iter().rev().copied().collect::<Vec<_>>()).unwrap();
        assert!(s.equal(map, backwards) && s.hash(map) == s.hash(backwards));
        let before = heap.usage_bytes().0;
        let mut smaller = map;
        for key in keys.iter().step_by(100) {
            assert!(s.map_get(map, *key).is_some_and(|value| s.equal(value, *key)));
            smaller = s.map_dissoc(smaller, *key).unwrap();
            assert!(s.map_get(smaller, *key).is_none());
        }
        assert_eq!(s.map_count(smaller), COUNT as usize - COUNT as usize / 100);
        assert_eq!(s.map_count(map), COUNT as usize);
        // A change copies one row of entries: 20 of them, of 16 bytes an entry, and what a chunk rounds up.
        let taken = heap.usage_bytes().0 - before;
        assert!(taken < 20 * COUNT as usize * 16 * 2 + (1 << 20), "{taken}");
        assert!(s.map_get(map, s.int(colliding_int(0x1234_5678, COUNT)).unwrap()).is_none());
    });
}

#[derive(Debug, PartialEq)]
enum Refused {
    ByProgram,
    NoMemory,
}

impl From<OutOfMemory> for Refused {
    fn from(_: OutOfMemory) -> Refused {
        Refused::NoMemory
    }
}

#[test]
fn a_function_or_validator_that_fails_changes_nothing() {
    let heap = heap(4);
    heap.mutator().enter(|s| {
        let (one, two) = (s.int(1).unwrap(), s.int(2).unwrap());
        let (atom, other) = (s.atom(one).unwrap(), s.atom(one).unwrap());
        let fails = s.atom_swap_validated(atom, |_| Err(Refused::ByProgram), |_| Ok(()), |_, _| panic!());
        assert_eq!(fails.err(), Some(Refused::ByProgram));
        let refuses = |_| Err(Refused::ByProgram);
        let refused = s.atom_swap_validated(atom, |_| Ok(two), refuses, |_, _| panic!("a watch was called"));
        assert_eq!(refused.err(), Some(Refused::ByProgram));
        assert_eq!(s.atom_swap(atom, |_| Err(OutOfMemory)).err(), Some(OutOfMemory));
        let aborted: Result<(), _> = s.transact(|t| {
            t.store(atom, two)?;
            t.store(other, two)?;
            Err(Abort::Failed(s.keyword("no")))
        });
        assert!(matches!(aborted, Err(Abort::Failed(why)) if s.name(why) == Some("no")));
        for atom in [atom, other] {
            assert_eq!(s.as_int(s.atom_load(atom)), Some(1));
        }
        assert!(s.atom_compare_and_set(atom, one, two).unwrap());
    });
    heap.verify().unwrap();
}

#[test]
fn one_that_exhausts_the_arena_is_told_and_the_others_go_on() {
    let heap = heap(4);
    let (mut hog, mut other) = (heap.mutator(), heap.mutator());
    other.set_reserve(true);
    hog.enter(|s| {
        // Held in the old space, so that no collection helps.
        let mut handles = Vec::new();
        let failed = loop {
            match s.string(&"x".repeat(10_000)).and_then(|text| s.publish(text)) {
                Ok(handle) => handles.push(handle),
                Err(error) => break error,
            }
        };
        assert_eq!(failed, OutOfMemory);
        s.enter(&mut other, |t| {
            let atom = t.atom(Value::NIL).unwrap();
            t.atom_swap(atom, |_| t.string("the error window")).unwrap();
            assert_eq!(t.as_str(t.atom_load(atom)), Some("the error window"));
        });
        drop(handles);
    });
    assert!(heap.collect());
    hog.enter(|s| assert!(s.string(&"x".repeat(100_000)).is_ok()));
    heap.verify().unwrap();
}
