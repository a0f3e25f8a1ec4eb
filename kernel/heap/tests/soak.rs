//! Everything at once, in an arena that is nearly full: threads that make and drop mutators, share atoms, pass
//! handles, write cells, hold large strings, run out of memory and go on, while collections of both kinds
//! run and the verifier looks. Short in a normal run; `HALT_SOAK_SECONDS=600` makes it long.

mod common;

use common::{Random, heap};
use halt_heap::{Mutator, OutOfMemory, Published, Scope, Value};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const NODE: u16 = 3;

/// A value that describes itself: its kind follows from its seed. Cells hold a value of the next seed.
fn build<'s>(s: Scope<'s>, seed: u64, depth: usize) -> Result<Value<'s>, OutOfMemory> {
    let mut random = Random(seed);
    let inner = match random.below(if depth == 0 { 2 } else { 6 }) {
        0 => s.string(&seed.to_string().repeat(random.below(8)))?,
        1 if random.below(40) == 0 => s.string(&"large".repeat(4_000 + random.below(9_000)))?,
        1 => s.int(i64::MAX - (seed >> 2) as i64)?,
        2 => {
            let cell = s.cell(Value::UNBOUND)?;
            s.cell_set(cell, Value::UNBOUND, build(s, random.next(), depth - 1)?)?;
            cell
        }
        3 => {
            let mut vector = s.vector(&[])?;
            for _ in 0..random.below(6) {
                vector = s.vector_push(vector, build(s, random.next(), depth - 1)?)?;
            }
            vector
        }
        4 => {
            let mut map = s.empty_map()?;
            for n in 0..random.below(6) as i64 {
                map = s.map_assoc(map, s.int(n)?, build(s, random.next(), depth - 1)?)?;
            }
            map
        }
        _ => s.list(&[build(s, random.next(), depth - 1)?, build(s, random.next(), depth - 1)?])?,
    };
    s.record(NODE, &[inner], &[seed, depth as u64])
}

fn check<'s>(s: Scope<'s>, value: Value<'s>) {
    assert_eq!(s.record_tag(value), Some(NODE), "not a node: {:?}", s.kind(value));
    let &[seed, depth] = s.record_words(value) else { panic!("a node lost its words") };
    let inner = s.record_values(value)[0];
    let mut random = Random(seed);
    let expect = |value: Value<'s>, seed: u64| {
        assert_eq!(s.record_words(value), [seed, depth - 1]);
        check(s, value);
    };
    match random.below(if depth == 0 { 2 } else { 6 }) {
        0 => assert_eq!(s.as_str(inner), Some(seed.to_string().repeat(random.below(8)).as_str())),
        1 if random.below(40) == 0 => {
            assert_eq!(s.as_str(inner), Some("large".repeat(4_000 + random.below(9_000)).as_str()));
        }
        1 => assert_eq!(s.as_int(inner), Some(i64::MAX - (seed >> 2) as i64)),
        2 => expect(s.cell_get(inner), random.next()),
        3 => {
            assert_eq!(s.vector_count(inner), random.below(6));
            s.vector_iter(inner).for_each(|item| expect(item, random.next()));
        }
        4 => {
            let count = random.below(6);
            assert_eq!(s.map_count(inner), count);
            for n in 0..count as i64 {
                expect(s.map_get(inner, Value::small_int(n).unwrap()).unwrap(), random.next());
            }
        }
        _ => s.list_iter(inner).for_each(|item| expect(item, random.next())),
    }
}

struct Shared {
    atoms: Vec<Published>,
    mail: Mutex<Vec<Published>>,
    stop: AtomicBool,
    steps: AtomicUsize,
    failures: AtomicUsize,
}

fn step(s: Scope<'_>, shared: &Shared, random: &mut Random) -> Result<(), OutOfMemory> {
    let atom = s.open(&shared.atoms[random.below(shared.atoms.len())]);
    match random.below(8) {
        0 | 1 => s.root_push(build(s, random.next(), random.below(7))?),
        2 => {
            let (old, new) = (s.atom_load(atom), build(s, random.next(), random.below(5))?);
            s.atom_compare_and_set(atom, old, new)?;
            check(s, new);
            check(s, old);
        }
        3 => s.root_push(s.atom_load(atom)),
        4 if s.root_count() > 0 => {
            let handle = s.publish(s.root_get(random.below(s.root_count())))?;
            shared.mail.lock().unwrap().push(handle);
        }
        5 => {
            let mail = shared.mail.lock().unwrap().pop();
            if let Some(handle) = mail {
                s.root_push(s.open(&handle));
            }
        }
        6 if s.root_count() > 0 => {
            s.atom_store(atom, s.root_get(random.below(s.root_count())))?;
        }
        _ => s.root_resize(s.root_count() - random.below(s.root_count() + 1)),
    }
    Ok(())
}

fn run(mutators: &mut [Mutator], shared: &Shared, random: &mut Random, is_tortured: bool) {
    let at = random.below(mutators.len());
    let mutator = &mut mutators[at];
    let result = mutator.enter(|s| {
        for _ in 0..random.below(8) {
            step(s, shared, random)?;
        }
        (0..s.root_count()).for_each(|index| check(s, s.root_get(index)));
        if s.root_count() > 40 {
            s.root_resize(10);
        }
        Ok(())
    });
    if result == Err(OutOfMemory) {
        // As a system would: the process that failed dies, its mail is dropped.
        shared.failures.fetch_add(1, Ordering::Relaxed);
        let heap = mutator.heap().clone();
        *mutator = heap.mutator();
        shared.mail.lock().unwrap().clear();
        heap.collect_if_needed();
    }
    match random.below(if is_tortured { 200 } else { 1_000 }) {
        0 => mutators[at].collect_young(),
        1 => mutators[at] = mutators[at].heap().clone().mutator(),
        2 => mutators[at].heap().verify().unwrap(),
        3 => drop(mutators[at].heap().collect()),
        _ => {}
    }
    shared.steps.fetch_add(1, Ordering::Relaxed);
}

fn soak(mebibytes: usize, is_tortured: bool, time: Duration) {
    let heap = heap(mebibytes);
    heap.set_torture(is_tortured);
    let atoms = heap
        .mutator()
        .enter(|s| (0..6).map(|n| s.publish(s.atom(build(s, n, 3).unwrap()).unwrap()).unwrap()).collect());
    let shared = Shared {
        atoms,
        mail: Mutex::default(),
        stop: AtomicBool::new(false),
        steps: AtomicUsize::new(0),
        failures: AtomicUsize::new(0),
    };
    std::thread::scope(|threads| {
        for number in 0..3 {
            let (heap, shared) = (heap.clone(), &shared);
            threads.spawn(move || {
                let mut random = Random(number);
                let mut mutators: Vec<_> = (0..8).map(|_| heap.mutator()).collect();
                while !shared.stop.load(Ordering::Relaxed) {
                    run(&mut mutators, shared, &mut random, is_tortured);
                }
            });
        }
        std::thread::sleep(time);
        shared.stop.store(true, Ordering::Relaxed);
    });
    shared.mail.lock().unwrap().clear();
    heap.verify().unwrap();
    println!("{} steps, {} failures", shared.steps.into_inner(), shared.failures.into_inner());
    println!("{:?}", heap.stats());
    assert!(!is_tortured || heap.stats().majors_sliced > 0);
    drop(shared.atoms);
    assert!(heap.collect());
    assert_eq!((heap.stats().old_live_bytes, heap.stats().nursery_bytes), (0, 0), "{:?}", heap.stats());
}

#[test]
fn everything_at_once() {
    let seconds = std::env::var("HALT_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3.0);
    let started = Instant::now();
    for (mebibytes, is_tortured) in [(1, true), (1, false), (4, true), (24, false)] {
        soak(mebibytes, is_tortured, Duration::from_secs_f64(seconds / 4.0));
    }
    println!("{:?}", started.elapsed());
}
