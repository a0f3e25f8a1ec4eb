//! Prints the collector's figures on this machine: `cargo run --release -p halt-heap --example figures`.

use halt_heap::{Heap, Region, Scope, Value};
use std::hint::black_box;
use std::time::Instant;

fn heap(mebibytes: usize) -> Heap {
    let heap = Heap::new(Region::allocate(mebibytes << 20)).expect("a region large enough");
    heap.set_relax(std::thread::yield_now);
    heap.set_clock(|| {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_micros() as u64
    });
    heap
}

/// A binary tree of records of 40 bytes: `2^depth` leaves.
fn tree<'s>(s: Scope<'s>, depth: u32) -> Value<'s> {
    let children = if depth == 0 { [Value::NIL; 2] } else { [tree(s, depth - 1), tree(s, depth - 1)] };
    s.record(1, &children, &[depth as u64]).expect("room")
}

/// Nano-seconds for each of `count` calls.
fn time(name: &str, count: u64, mut body: impl FnMut()) {
    let start = Instant::now();
    for _ in 0..count {
        body();
    }
    println!("{name:40} {:10.1} ns", start.elapsed().as_nanos() as f64 / count as f64);
}

fn main() {
    let small = heap(256);
    let mut mutator = small.mutator();
    time("an empty scope", 5_000_000, || {
        black_box(mutator.enter(|s| s.root_count()));
    });
    time("a mutator made and dropped", 1_000_000, || drop(black_box(small.mutator())));
    time("a mutator, one scope, one object", 1_000_000, || {
        small.mutator().enter(|s| black_box(s.record(1, &[], &[1]).is_ok()));
    });
    const BATCH: u64 = 10_000;
    let start = Instant::now();
    for _ in 0..5_000 {
        mutator.enter(|s| {
            for n in 0..BATCH {
                black_box(s.record(1, &[Value::NIL], &[n]).expect("room"));
            }
        });
    }
    let seconds = start.elapsed().as_secs_f64();
    let objects = 5_000.0 * BATCH as f64;
    println!(
        "{:40} {:10.1} ns, {:.2} GB/s",
        "an object of 32 bytes",
        seconds * 1e9 / objects,
        objects * 32.0 / seconds / 1e9
    );
    println!("{:?}", small.stats());

    mutator.enter(|s| s.root_push(s.atom(Value::NIL).expect("room")));
    time("atom: a small number stored", 5_000_000, || {
        mutator.enter(|s| s.atom_store(s.root_get(0), Value::TRUE).expect("room"));
    });
    time("atom: a new record of 32 bytes stored", 5_000_000, || {
        mutator.enter(|s| {
            let new = s.record(1, &[Value::NIL], &[1]).expect("room");
            s.atom_store(s.root_get(0), new).expect("room");
        });
    });
    time("a record published, opened, dropped", 5_000_000, || {
        mutator.enter(|s| {
            let handle = s.publish(s.record(1, &[Value::NIL], &[1]).expect("room")).expect("room");
            black_box(s.open(&handle));
        });
    });

    println!("live MiB | minor ns/object | promotion ns/object | major us | us per live MiB (least of 5)");
    for depth in [14, 17, 20] {
        let objects = (2u64 << depth) as f64;
        let mut least = [f64::MAX; 3];
        let mut live = 0.0;
        for _ in 0..5 {
            let heap = heap(512);
            let mut mutator = heap.mutator();
            mutator.enter(|s| s.root_push(tree(s, depth)));
            let minor_us = heap.stats().minor_us_max as f64;
            let start = Instant::now();
            let handle = mutator.enter(|s| s.publish(s.root_get(0)).expect("room"));
            let promotion_ns = start.elapsed().as_nanos() as f64;
            mutator.enter(|s| s.root_resize(0));
            heap.collect();
            let before = heap.stats().major_us_total;
            heap.collect();
            live = heap.stats().old_live_bytes as f64 / 1048576.0;
            let major_us = (heap.stats().major_us_total - before) as f64;
            for (least, figure) in least.iter_mut().zip([minor_us * 1e3, promotion_ns, major_us]) {
                *least = least.min(figure);
            }
            drop(handle);
        }
        let [minor, promotion, major] = least;
        println!(
            "{live:8.1} | {:.1} | {:.1} | {major:.0} | {:.0}",
            minor / objects,
            promotion / objects,
            major / live
        );
    }

    println!(
        "live MiB | longest of the pauses of 10 sliced collections, us | mean | ns for each promoted record"
    );
    for depth in [10, 14, 17, 20] {
        let heap = heap(512);
        let mut mutator = heap.mutator();
        let handle = mutator.enter(|s| s.publish(tree(s, depth)).expect("room"));
        mutator.enter(|s| s.root_push(s.atom(Value::NIL).expect("room")));
        let (start, mut records) = (Instant::now(), 0);
        while heap.stats().majors_sliced < 10 {
            mutator.enter(|s| {
                let mut last = Value::NIL;
                for n in 0..100 {
                    last = s.record(1, &[last], &[n]).expect("room");
                }
                s.atom_store(s.root_get(0), last).expect("room");
            });
            records += 100;
        }
        let (stats, ns) = (heap.stats(), start.elapsed().as_nanos() as f64 / records as f64);
        let live = stats.old_live_bytes as f64 / 1048576.0;
        let mean = stats.major_us_total as f64 / (2.0 * stats.majors_sliced as f64);
        println!("{live:8.1} | {} | {mean:.0} | {ns:.1}", stats.major_us_max);
        drop(handle);
    }
}
