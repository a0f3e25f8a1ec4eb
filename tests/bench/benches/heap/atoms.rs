//! Atoms: swaps by one writer and by two, loads beside a writer.
//!
//! Enter at [`contest`]. Writers begin together; each divides its own operations by its own processor time, and the figure is
//! the sum, which is the rate when every writer has a processor to itself. Nothing is lost: at the end each counter has
//! counted every swap.

use crate::Plan;
use crate::clock::thread_ns;
use crate::contest::{Contest, Turn};
use crate::map::ImblMap;
use crate::ours::{BATCH, Ours, heap, int, number};
use crate::peers;
use arc_swap::ArcSwap;
use crossbeam_epoch::{Atomic, Owned};
use halt_heap::Published;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

/// Entries of the map in an atom.
const ENTRIES: u64 = 1024;

/// Lets each writer do its `count` operations, all at once. Millions of operations a second.
fn together(writers: u64, count: u64, write: impl Fn(u64) + Sync) -> f64 {
    let barrier = Barrier::new(writers as usize);
    std::thread::scope(|threads| {
        let handles: Vec<_> = (0..writers)
            .map(|writer| {
                let (barrier, write) = (&barrier, &write);
                threads.spawn(move || {
                    barrier.wait();
                    let start = thread_ns();
                    write(writer);
                    count as f64 * 1e3 / (thread_ns() - start).max(1) as f64
                })
            })
            .collect();
        handles.into_iter().map(|handle| handle.join().expect("a writer that ends")).sum()
    })
}

/// The key that a swap of a map replaces.
fn entry(writer: u64, n: u64) -> u64 {
    halt_bench::random::place(n + writer * 7_919, ENTRIES)
}

/// An atom that all mutators reach.
fn published_atom(is_map: bool) -> Published {
    let mut mutator = heap().mutator();
    mutator.enter(|s| {
        let mut value = int(s, 0);
        if is_map {
            value = s.empty_map().expect("room");
            for n in 0..ENTRIES {
                value = s.map_assoc(value, int(s, n), int(s, 0)).expect("room");
            }
        }
        s.publish(s.atom(value).expect("room")).expect("room")
    })
}

fn our_numbers(writers: u64, count: u64) -> impl FnMut() -> Turn + 'static {
    move || {
        let atom = published_atom(false);
        let value = together(writers, count, |_| {
            let mut ours = Ours::new(heap());
            ours.fold(0..count, |s, held, _| {
                let atom = s.open(&atom);
                s.atom_swap(atom, |old| Ok(int(s, number(s, old) + 1))).expect("room");
                held
            });
        });
        let check = heap().mutator().enter(|s| number(s, s.atom_load(s.open(&atom))));
        Turn { value, check }
    }
}

fn our_maps(writers: u64, count: u64) -> impl FnMut() -> Turn + 'static {
    move || {
        let atom = published_atom(true);
        let value = together(writers, count, |writer| {
            let mut ours = Ours::new(heap());
            ours.fold(0..count, |s, held, n| {
                let atom = s.open(&atom);
                let key = int(s, entry(writer, n));
                let swapped = s.atom_swap(atom, |map| {
                    let count = number(s, s.map_get(map, key).expect("a key that is there"));
                    s.map_assoc(map, key, int(s, count + 1))
                });
                swapped.expect("room");
                held
            });
        });
        let sum = heap().mutator().enter(|s| {
            let map = s.atom_load(s.open(&atom));
            s.map_iter(map).map(|(_, count)| number(s, count)).sum()
        });
        Turn { value, check: sum }
    }
}

fn arc_swap_numbers(writers: u64, count: u64) -> impl FnMut() -> Turn + 'static {
    move || {
        let atom = ArcSwap::from_pointee(0u64);
        let value = together(writers, count, |_| {
            (0..count).for_each(|_| drop(atom.rcu(|old| **old + 1)));
        });
        Turn { value, check: **atom.load() }
    }
}

fn arc_swap_maps(writers: u64, count: u64) -> impl FnMut() -> Turn + 'static {
    move || {
        let map: ImblMap<u64, u64> = (0..ENTRIES).map(|n| (n, 0)).collect();
        let atom = ArcSwap::from_pointee(map);
        let value = together(writers, count, |writer| {
            for n in 0..count {
                let key = entry(writer, n);
                atom.rcu(|map| map.update(key, map[&key] + 1));
            }
        });
        Turn { value, check: atom.load().values().sum() }
    }
}

#[allow(unsafe_code, reason = "crossbeam-epoch reads its pointers with unsafe")]
fn epoch_swaps<T: Clone + Send + Sync + 'static>(
    writers: u64,
    count: u64,
    first: impl Fn() -> T + 'static,
    next: impl Fn(&T, u64, u64) -> T + Sync + 'static,
    sum: impl Fn(&T) -> u64 + 'static,
) -> impl FnMut() -> Turn + 'static {
    move || {
        let atom = Atomic::new(first());
        let value = together(writers, count, |writer| {
            for n in 0..count {
                let guard = crossbeam_epoch::pin();
                loop {
                    let old = atom.load(Ordering::Acquire, &guard);
                    // SAFETY: the atom is never null, and the guard keeps what was loaded alive.
                    let new = Owned::new(next(unsafe { old.deref() }, writer, n));
                    let swapped =
                        atom.compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire, &guard);
                    if swapped.is_ok() {
                        // SAFETY: the old value was unlinked by us, and is freed once nobody can hold it.
                        unsafe { guard.defer_destroy(old) };
                        break;
                    }
                }
            }
        });
        // SAFETY: the writers have ended; this is the only reference.
        let last = unsafe { atom.into_owned() };
        Turn { value, check: sum(&last) }
    }
}

/// Loads by this thread while another one swaps for as long as that takes.
fn loads(load: impl FnOnce() -> u64, swap: impl Fn() + Sync, count: u64) -> Turn {
    let is_done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                swap();
            }
        });
        let start = thread_ns();
        std::hint::black_box(load());
        let ns = (thread_ns() - start).max(1);
        is_done.store(true, Ordering::Relaxed);
        Turn { value: count as f64 * 1e3 / ns as f64, check: count }
    })
}

fn our_loads(count: u64) -> impl FnMut() -> Turn + 'static {
    move || {
        let atom = published_atom(false);
        let load = || {
            let mut mutator = heap().mutator();
            let in_a_scope = || {
                mutator.enter(|s| {
                    let atom = s.open(&atom);
                    (0..BATCH).fold(0, |sum, _| sum + number(s, s.atom_load(atom)))
                })
            };
            std::iter::repeat_with(in_a_scope).take((count / BATCH) as usize).fold(0, u64::wrapping_add)
        };
        let swap = || {
            let mut mutator = heap().mutator();
            mutator.enter(|s| {
                let atom = s.open(&atom);
                for _ in 0..BATCH {
                    s.atom_swap(atom, |old| Ok(int(s, number(s, old) + 1))).expect("room");
                }
            });
        };
        loads(load, swap, count)
    }
}

fn arc_swap_loads(count: u64) -> impl FnMut() -> Turn + 'static {
    move || {
        let atom = ArcSwap::from_pointee(0u64);
        let load = || (0..count).fold(0, |sum, _| sum + **atom.load());
        loads(load, || drop(atom.rcu(|old| **old + 1)), count)
    }
}

/// Pinned once for as many loads as a scope of ours has.
#[allow(unsafe_code, reason = "crossbeam-epoch reads its pointers with unsafe")]
fn epoch_loads(count: u64) -> impl FnMut() -> Turn + 'static {
    move || {
        let atom = Atomic::new(0u64);
        let load = || {
            let in_a_pin = || {
                let guard = crossbeam_epoch::pin();
                // SAFETY: the atom is never null, and the guard keeps what was loaded alive.
                let load = || unsafe { *atom.load(Ordering::Acquire, &guard).deref() };
                (0..BATCH).fold(0, |sum, _| sum + load())
            };
            std::iter::repeat_with(in_a_pin).take((count / BATCH) as usize).fold(0, u64::wrapping_add)
        };
        let swap = || {
            let guard = crossbeam_epoch::pin();
            let old = atom.load(Ordering::Acquire, &guard);
            // SAFETY: as above; there is one writer, so the exchange replaces what was loaded.
            let new = Owned::new(unsafe { old.deref() } + 1);
            let old = atom.swap(new, Ordering::AcqRel, &guard);
            // SAFETY: the old value was unlinked by us, and is freed once nobody can hold it.
            unsafe { guard.defer_destroy(old) };
        };
        let turn = loads(load, swap, count);
        // SAFETY: the writer has ended; this is the only reference.
        drop(unsafe { atom.into_owned() });
        turn
    }
}

/// The contest of a benchmark of this file.
pub(crate) fn contest(name: &str, plan: &Plan) -> Contest {
    let writers = if name.ends_with('2') { 2 } else { 1 };
    let count = match name {
        "atom-load" => plan.scaled(50_000_000),
        "swap-map-1" | "swap-map-2" => plan.scaled(2_000_000),
        _ => plan.scaled(10_000_000),
    };
    let contest = match name {
        "atom-load" => Contest::new(our_loads(count))
            .and("arc-swap", arc_swap_loads(count))
            .and("crossbeam-epoch", epoch_loads(count)),
        "swap-map-1" | "swap-map-2" => {
            let first = || -> ImblMap<u64, u64> { (0..ENTRIES).map(|n| (n, 0)).collect() };
            let next = |map: &ImblMap<u64, u64>, writer, n| {
                let key = entry(writer, n);
                map.update(key, map[&key] + 1)
            };
            let epoch = epoch_swaps(writers, count, first, next, |map| map.values().sum());
            Contest::new(our_maps(writers, count))
                .and("arc-swap + imbl", arc_swap_maps(writers, count))
                .and("crossbeam-epoch + imbl", epoch)
        }
        _ => Contest::new(our_numbers(writers, count))
            .and("arc-swap", arc_swap_numbers(writers, count))
            .and("crossbeam-epoch", epoch_swaps(writers, count, || 0u64, |old, _, _| old + 1, |last| *last)),
    };
    contest.and_program("Clojure", peers::clojure(), &format!("{name} {count}"))
}
