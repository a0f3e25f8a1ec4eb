//! Prints what allocation, atoms, mutators and forks cost on this machine, in CPU time of the threads:
//! `cargo run --release -p halt-heap --example atoms [NAME...]`.

use halt_heap::{Heap, Mutator, OutOfMemory, Published, Region, Scope, Value};
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

const RUNS: usize = 5;
/// Operations in one scope.
const BATCH: u64 = 1_000;

/// Nano-seconds that this thread has run; Linux keeps count.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0)
}

fn heap(mebibytes: usize) -> Heap {
    let heap = Heap::new(Region::allocate(mebibytes << 20)).expect("a region large enough");
    heap.set_relax(std::thread::yield_now);
    heap
}

/// The median of some runs of a body that says how many nano-seconds an operation took.
fn report(name: &str, wanted: &[String], mut body: impl FnMut() -> f64) {
    if !wanted.is_empty() && !wanted.iter().any(|want| name.starts_with(want.as_str())) {
        return;
    }
    let mut ns: Vec<f64> = (0..RUNS).map(|_| body()).collect();
    ns.sort_by(f64::total_cmp);
    println!("{name:28} {:9.2} ns {:9.1} M/s", ns[RUNS / 2], 1e3 / ns[RUNS / 2]);
}

/// Nano-seconds of `count` operations of one mutator, `BATCH` in a scope. One that finds no room is done again in the next
/// scope: others may keep the collector waiting.
fn batches(
    mutator: &mut Mutator,
    count: u64,
    mut body: impl for<'s> FnMut(Scope<'s>, u64) -> Result<(), OutOfMemory>,
) -> f64 {
    let (started, mut done) = (cpu_ns(), 0);
    while done < count {
        mutator.enter(|s| {
            let end = count.min(done + BATCH);
            while done < end && body(s, done).is_ok() {
                done += 1;
            }
        });
    }
    (cpu_ns() - started) as f64 / count as f64
}

/// As `batches`, on several threads at once: nano-seconds of all operations together.
fn writers(
    heap: &Heap,
    atom: &Published,
    threads: u64,
    count: u64,
    body: impl for<'s> Fn(Scope<'s>, Value<'s>, u64) -> Result<(), OutOfMemory> + Sync,
) -> f64 {
    let barrier = Barrier::new(threads as usize);
    let ns: Vec<f64> = std::thread::scope(|scope| {
        let run = |thread: u64| {
            let (barrier, body) = (&barrier, &body);
            move || {
                let mut mutator = heap.mutator();
                barrier.wait();
                batches(&mut mutator, count, |s, n| body(s, s.open(atom), n * threads + thread))
            }
        };
        let handles: Vec<_> = (0..threads).map(|thread| scope.spawn(run(thread))).collect();
        handles.into_iter().map(|handle| handle.join().expect("a writer")).collect()
    });
    // Each did `count` operations in this time, all at once.
    ns.iter().sum::<f64>() / (threads * threads) as f64
}

fn number_atom(heap: &Heap) -> Published {
    heap.mutator()
        .enter(|s| s.publish(s.atom(Value::small_int(0).expect("small")).expect("room")).expect("room"))
}

fn map_atom(heap: &Heap) -> Published {
    heap.mutator().enter(|s| {
        let int = |n: i64| Value::small_int(n).expect("small");
        let map = (0..1024)
            .fold(s.empty_map().expect("room"), |map, n| s.map_assoc(map, int(n), int(0)).expect("room"));
        s.publish(s.atom(map).expect("room")).expect("room")
    })
}

fn increment<'s>(s: Scope<'s>, atom: Value<'s>) -> Result<(), OutOfMemory> {
    black_box(s.atom_swap(atom, |old| s.int(old.as_small_int().expect("a number") + 1))?);
    Ok(())
}

fn update<'s>(s: Scope<'s>, atom: Value<'s>, n: u64) -> Result<(), OutOfMemory> {
    let key = Value::small_int((n.wrapping_mul(0x9E37_79B9) >> 5 & 1023) as i64).expect("small");
    let value = Value::small_int(n as i64).expect("small");
    black_box(s.atom_swap(atom, |old| s.map_assoc(old, key, value))?);
    Ok(())
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wanted = &wanted[..];
    let small = heap(1024);
    let mut mutator = small.mutator();
    report("memset of 32 bytes", wanted, || {
        let mut memory = vec![0u8; 256 << 10];
        let started = cpu_ns();
        for n in 0..2000u32 {
            black_box(&mut memory).fill(n as u8);
        }
        (cpu_ns() - started) as f64 / (2000.0 * memory.len() as f64 / 32.0)
    });
    report("alloc record", wanted, || {
        batches(&mut mutator, 50_000_000, |s, n| {
            black_box(s.record(1, &[Value::NIL], &[n])?);
            Ok(())
        })
    });
    report("alloc pair (40 bytes)", wanted, || {
        batches(&mut mutator, 50_000_000, |s, _| {
            black_box(s.pair(Value::TRUE, Value::NIL)?);
            Ok(())
        })
    });
    report("empty scope", wanted, || {
        let started = cpu_ns();
        for _ in 0..5_000_000 {
            black_box(mutator.enter(|s| s.root_count()));
        }
        (cpu_ns() - started) as f64 / 5e6
    });
    report("spawn", wanted, || {
        let started = cpu_ns();
        for n in 0..1_000_000 {
            black_box(small.mutator().enter(|s| s.record_words(s.record(1, &[], &[n]).expect("room"))[0]));
        }
        (cpu_ns() - started) as f64 / 1e6
    });
    report("fork", wanted, || {
        mutator.enter(|s| s.root_push(s.list(&[Value::TRUE; 10]).expect("room")));
        let started = cpu_ns();
        for _ in 0..1_000_000 {
            drop(black_box(mutator.fork().expect("room")));
        }
        mutator.enter(|s| s.root_resize(0));
        (cpu_ns() - started) as f64 / 1e6
    });
    let number = number_atom(&small);
    report("atom-load alone", wanted, || {
        let started = cpu_ns();
        mutator.enter(|s| {
            let atom = s.open(&number);
            for _ in 0..100_000_000 {
                black_box(s.atom_load(atom));
            }
        });
        (cpu_ns() - started) as f64 / 1e8
    });
    report("atom-load", wanted, || {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut mutator = small.mutator();
                while !stop.load(Ordering::Relaxed) {
                    batches(&mut mutator, 100_000, |s, _| increment(s, s.open(&number)));
                }
            });
            let mut ns = 0.0;
            for _ in 0..100 {
                let started = cpu_ns();
                mutator.enter(|s| {
                    let atom = s.open(&number);
                    for _ in 0..1_000_000 {
                        black_box(s.atom_load(atom));
                    }
                });
                ns += (cpu_ns() - started) as f64 / 1e8;
            }
            stop.store(true, Ordering::Relaxed);
            ns
        })
    });
    for threads in [1, 2] {
        report(&format!("swap-number-{threads}"), wanted, || {
            writers(&small, &number, threads, 10_000_000, |s, atom, _| increment(s, atom))
        });
    }
    let map = map_atom(&small);
    for threads in [1, 2] {
        report(&format!("swap-map-{threads}"), wanted, || writers(&small, &map, threads, 1_000_000, update));
    }
    report("map-assoc alone", wanted, || {
        mutator.enter(|s| s.root_push(s.atom_load(s.open(&map))));
        let ns = batches(&mut mutator, 1_000_000, |s, n| {
            let key = Value::small_int((n.wrapping_mul(0x9E37_79B9) >> 5 & 1023) as i64).expect("small");
            s.root_set(0, s.map_assoc(s.root_get(0), key, Value::TRUE)?);
            Ok(())
        });
        mutator.enter(|s| s.root_resize(0));
        ns
    });
}
