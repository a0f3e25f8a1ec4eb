//! What operations on collections cost: prints nanoseconds an operation, the collector's work included. On Linux
//! it is the thread's own time, so that a busy machine disturbs it less.
//!
//! `cargo run --release -p halt-heap --example collections [ELEMENTS [PREFIX]]`: only what begins with the prefix.

use halt_heap::{Heap, Mutator, OutOfMemory, Region, Scope, Value};
use std::cmp::Ordering;
use std::time::Instant;

/// Operations in one scope; the collector may run between two.
const BATCH: u64 = 500;

/// Time that this thread has used.
struct Clock(Instant, Option<u64>);

impl Clock {
    fn start() -> Clock {
        Clock(Instant::now(), Clock::used_ns())
    }

    fn used_ns() -> Option<u64> {
        std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
    }

    fn print(&self, name: &str, count: u64) {
        let ns = match (self.1, Clock::used_ns()) {
            (Some(start), Some(now)) => now - start,
            _ => self.0.elapsed().as_nanos() as u64,
        };
        println!("{name:<16} {:>8.1} ns", ns as f64 / count as f64);
    }
}

/// Numbers that look random and fit a word: splitmix64's finaliser.
fn scatter(n: u64) -> u64 {
    let n = (n ^ n >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (n ^ n >> 27) >> 4
}

/// How often a walk is repeated: the clock is coarse.
const WALKS: usize = 20;

/// Whether what is measured is asked for on the command line.
fn is_wanted(name: &str) -> bool {
    std::env::args().nth(2).is_none_or(|prefix| name.starts_with(&prefix))
}

/// Applies an operation `count` times to the value at the bottom of the root stack, and prints its cost.
fn measure(
    name: &str,
    mutator: &mut Mutator,
    count: u64,
    operation: impl for<'s> Fn(Scope<'s>, Value<'s>, u64) -> Value<'s>,
) {
    if !is_wanted(name) {
        return;
    }
    let clock = Clock::start();
    for first in (0..count).step_by(BATCH as usize) {
        mutator.enter(|s| {
            let last = (first + BATCH).min(count);
            let value = (first..last).fold(s.root_get(0), |value, n| operation(s, value, n));
            s.root_set(0, value);
        });
    }
    clock.print(name, count);
}

/// Prints what a walk costs an element.
fn measure_walk(name: &str, mutator: &mut Mutator, walk: impl for<'s> Fn(Scope<'s>, Value<'s>) -> usize) {
    if !is_wanted(name) {
        return;
    }
    let clock = Clock::start();
    let count: usize = (0..WALKS).map(|_| mutator.enter(|s| walk(s, s.root_get(0)))).sum();
    clock.print(name, count as u64);
}

fn int<'s>(s: Scope<'s>, n: u64) -> Value<'s> {
    s.int(n as i64).expect("room")
}

fn text<'s>(s: Scope<'s>, n: u64) -> Value<'s> {
    s.string(&format!("key-{n}")).expect("room")
}

fn order<'s>(s: Scope<'s>) -> impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, OutOfMemory> {
    move |a, b| Ok(s.compare(a, b).unwrap_or(Ordering::Equal))
}

fn main() {
    let count: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let heap = Heap::new(Region::allocate(3 << 30)).expect("a large region");
    let mut mutator = heap.mutator();
    let m = &mut mutator;
    m.enter(|s| s.root_push(s.vector(&[]).expect("room")));

    measure("vector-push", m, count, |s, v, n| s.vector_push(v, int(s, n)).expect("room"));
    measure("vector-assoc", m, count, |s, v, n| {
        let index = (scatter(n) % count) as usize;
        s.vector_assoc(v, index, int(s, n + 1)).expect("room").expect("an index in range")
    });
    measure("vector-get", m, count, |s, v, n| {
        std::hint::black_box(s.vector_get(v, (scatter(n) % count) as usize));
        v
    });
    measure_walk("vector-iterate", m, |s, v| s.vector_iter(v).filter(|v| v.is_truthy()).count());

    m.enter(|s| s.root_set(0, s.empty_map().expect("room")));
    measure("map-assoc", m, count, |s, map, n| {
        s.map_assoc(map, int(s, scatter(n)), int(s, n)).expect("room")
    });
    measure("map-update", m, count, |s, map, n| {
        s.map_assoc(map, int(s, scatter(scatter(n) % count)), int(s, n + 7)).expect("room")
    });
    measure("map-get", m, count, |s, map, n| {
        std::hint::black_box(
            s.map_get(map, int(s, scatter(scatter(n) % count))).expect("a key that is there"),
        );
        map
    });
    measure_walk("map-iterate", m, |s, map| s.map_iter(map).filter(|(_, v)| v.is_truthy()).count());
    measure("map-dissoc", m, count, |s, map, n| s.map_dissoc(map, int(s, scatter(n))).expect("room"));

    m.enter(|s| s.root_set(0, s.empty_map().expect("room")));
    measure("map-str-assoc", m, count, |s, map, n| s.map_assoc(map, text(s, n), int(s, n)).expect("room"));
    measure("map-str-get", m, count, |s, map, n| {
        std::hint::black_box(s.map_get(map, text(s, scatter(n) % count)).expect("a key that is there"));
        map
    });

    m.enter(|s| s.root_set(0, s.empty_sorted_map(Value::NIL).expect("room")));
    measure("sorted-assoc", m, count, |s, map, n| {
        s.sorted_map_assoc(map, int(s, scatter(n)), int(s, n), order(s)).expect("room")
    });
    measure("sorted-update", m, count, |s, map, n| {
        let key = int(s, scatter(scatter(n) % count));
        s.sorted_map_assoc(map, key, int(s, n + 7), order(s)).expect("room")
    });
    measure("sorted-get", m, count, |s, map, n| {
        let key = int(s, scatter(scatter(n) % count));
        std::hint::black_box(s.sorted_map_get(map, key, order(s)).expect("an order"));
        map
    });
    measure("sorted-nth", m, count, |s, map, n| {
        std::hint::black_box(s.sorted_map_nth(map, (scatter(n) % count) as usize));
        map
    });
    measure_walk("sorted-iterate", m, |s, map| s.sorted_map_iter(map).filter(|(_, v)| v.is_truthy()).count());
    measure("sorted-dissoc", m, count, |s, map, n| {
        s.sorted_map_dissoc(map, int(s, scatter(n)), order(s)).expect("room")
    });
    measure("sorted-append", m, count, |s, map, n| {
        s.sorted_map_assoc(map, int(s, n), int(s, n), order(s)).expect("room")
    });

    m.enter(|s| s.root_set(0, Value::NIL));
    measure("map-literal-4", m, count, |s, _, n| {
        let key = |n| Value::char(char::from_u32(n).expect("a letter"));
        let n = int(s, n);
        s.map(&[(key(97), n), (key(98), n), (key(99), n), (key(100), n)]).expect("room")
    });
    measure("vector-literal-4", m, count, |s, _, n| s.vector(&[int(s, n); 4]).expect("room"));
    println!("{:?}", heap.stats());
}
