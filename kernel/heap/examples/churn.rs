//! What collections of the old space cost a program that churns: a map is updated at random, by one mutator which does the work of an idle
//! core as well, so that the same happens in every run. `churn [ENTRIES] [MIB] [UPDATES] [BALLAST]`: the ballast is MiB of records that
//! live and are left alone.
//!
//! Prints a row for each collection, then bytes marked and moved for each update, and nanoseconds of the fastest tenth of the run.

use halt_heap::{Heap, HeapStats, Mutator, OutOfMemory, Region, Value};
use std::time::Instant;

const BATCH: u64 = 1000;
/// Steps of an idle core after each scope.
const IDLE_STEPS: usize = 8;

/// A number as random as a key should be (the finaliser of splitmix64).
fn mixed(n: u64) -> u64 {
    let n = (n ^ n >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let n = (n ^ n >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ n >> 31
}

/// Puts new records at some of the keys.
fn put(mutator: &mut Mutator, numbers: std::ops::Range<u64>, key: impl Fn(u64) -> u64) {
    let mut next = numbers.start;
    while next < numbers.end {
        let result = mutator.enter(|s| {
            let (mut map, first) = (s.root_get(0), next);
            while next < numbers.end && next - first < BATCH && (next == first || !s.wants_safepoint()) {
                let key = Value::small_int((mixed(key(next)) >> 3) as i64).expect("61 bits");
                map = s.map_assoc(map, key, s.record(1, &[], &[next])?)?;
                next += 1;
            }
            s.root_set(0, map);
            Ok::<_, OutOfMemory>(())
        });
        result.expect("room");
        // As an idle core would meanwhile.
        for _ in 0..IDLE_STEPS {
            mutator.heap().collect_if_needed();
        }
    }
}

fn row(stats: &HeapStats, before: &HeapStats) {
    let mib = |bytes: u64| bytes >> 20;
    println!(
        "marked {:5} MiB, moved {:4}, live {:5}, free {:5}",
        mib(stats.marked_bytes - before.marked_bytes),
        mib(stats.moved_bytes - before.moved_bytes),
        stats.old_live_bytes >> 20,
        stats.free_bytes >> 20
    );
}

fn main() {
    let argument =
        |index, default| std::env::args().nth(index).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (entries, mib, updates) = (argument(1, 1_000_000), argument(2, 220), argument(3, 3_000_000));
    let heap = Heap::new(Region::allocate((mib as usize) << 20)).expect("a heap");
    let mut mutator = heap.mutator();
    mutator.enter(|s| s.root_push(s.empty_map().expect("room")));
    put(&mut mutator, 0..entries, |n| n);
    for _ in 0..argument(4, 0) << 20 >> 15 {
        mutator.enter(|s| {
            // 32 KiB: records of 32 bytes in a chain.
            let before = if s.root_count() > 1 { s.root_get(1) } else { Value::NIL };
            let chain = (0..1024).try_fold(before, |last, n| s.record(2, &[last], &[n])).expect("room");
            s.root_resize(1);
            s.root_push(chain);
        });
    }
    assert!(heap.collect());
    let first = heap.stats();
    println!("{entries} entries, {} MiB live", first.old_live_bytes >> 20);
    let (mut last, mut fastest) = (first, u128::MAX);
    for part in 0..10 {
        let started = Instant::now();
        for batch in 0..updates / 10 / BATCH {
            let from = part * updates / 10 + batch * BATCH;
            put(&mut mutator, from..from + BATCH, |n| mixed(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)) % entries);
            let stats = heap.stats();
            if stats.majors > last.majors {
                row(&stats, &last);
                last = stats;
            }
        }
        fastest = fastest.min(started.elapsed().as_nanos() / (updates / 10) as u128);
    }
    let stats = heap.stats();
    println!(
        "{} collections, {} stopped everybody; an update: {} bytes marked, {} moved, {fastest} ns",
        stats.majors - first.majors,
        stats.majors - stats.majors_sliced - 1,
        (stats.marked_bytes - first.marked_bytes) / updates,
        (stats.moved_bytes - first.moved_bytes) / updates
    );
}
