//! The experiments that `docs/experiments` records: what it costs that the collector runs, what a load barrier would cost,
//! what sharing saves over copying, what a fork costs by size.
//!
//! Enter at [`figures`]. The columns beside ours are other ways to do the same work: they stand where peers stand.

use crate::Plan;
use crate::clock::thread_ns;
use crate::contest::{Contest, Turn};
use crate::mutators;
use crate::ours::{Ours, heap, heap_of, int, number};
use halt_bench::figure::{Figure, median};
use halt_bench::random::scatter;
use halt_bench::suite::Bench;
use halt_heap::{Heap, Mutator, OutOfMemory, Scope, Value};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The figures of one experiment.
pub(crate) fn figures(bench: &Bench, plan: &Plan) -> Result<Vec<Figure>, String> {
    let named = |name: String, figure: Figure| Figure { name, ..figure };
    match bench.name {
        "no-barriers" => no_barriers(bench, plan),
        "sharing" => [1, 10, 100, 1000]
            .into_iter()
            .map(|receivers| {
                let figure = sharing(receivers, plan.scaled(10_000)).planned(plan).run(bench, plan.runs)?;
                Ok(named(format!("sharing-{receivers}"), figure))
            })
            .collect(),
        _ => [64, 256, 1024]
            .into_iter()
            .map(|live_mib| {
                let figure = mutators::fork(plan, live_mib).planned(plan).run(bench, plan.runs)?;
                Ok(named(format!("fork-by-size-{live_mib}-mib"), figure))
            })
            .collect(),
    }
}

/// Bits that a reference with something to be done about it would have: none has. Read at every checked load, as a collector
/// with a load barrier does.
static BAD: AtomicU64 = AtomicU64::new(0);

#[cold]
#[inline(never)]
fn repair(value: Value<'_>) -> Value<'_> {
    black_box(value)
}

/// A loaded value, after the check that this heap does without.
#[inline(always)]
fn checked<const IS_CHECKED: bool>(value: Value<'_>) -> Value<'_> {
    if IS_CHECKED && value.word() & BAD.load(Ordering::Relaxed) != 0 { repair(value) } else { value }
}

/// A complete binary tree of records with a number each.
fn tree<'s>(s: Scope<'s>, depth: u32, n: u64) -> Result<Value<'s>, OutOfMemory> {
    match depth {
        0 => s.record(1, &[Value::NIL; 2], &[n]),
        _ => s.record(1, &[tree(s, depth - 1, 2 * n)?, tree(s, depth - 1, 2 * n + 1)?], &[n]),
    }
}

/// From the root to a leaf at random: a chain of loads that miss the cache when the tree is large.
#[inline(always)]
fn walk<'s, const IS_CHECKED: bool>(s: Scope<'s>, tree: Value<'s>, n: u64) -> u64 {
    let (mut node, mut way, mut sum) = (tree, scatter(n), 0);
    while let [left, right] = s.record_values(node) {
        sum += s.record_words(node)[0];
        let next = checked::<IS_CHECKED>(if way & 1 == 0 { *left } else { *right });
        if next.is_nil() {
            break;
        }
        (node, way) = (next, way >> 1);
    }
    sum
}

/// The depths of the trees: one that fits the first cache, one that fits none.
const DEPTHS: [(&str, u32); 2] = [("small", 7), ("large", 20)];

/// Nanoseconds for each load of a walk, in the thread's own time.
fn walks<const IS_CHECKED: bool>(ours: &mut Ours, depth: u32, count: u64) -> (f64, u64) {
    let start = thread_ns();
    let sum = ours.sum(0..count, walk::<IS_CHECKED>);
    ((thread_ns() - start) as f64 / (count * depth as u64) as f64, sum)
}

/// Runs the collector without a rest while `work` runs.
fn while_collecting<R>(heap: &Heap, work: impl FnOnce() -> R) -> R {
    let is_done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                heap.collect_a_little(10_000);
            }
        });
        let result = work();
        is_done.store(true, Ordering::Relaxed);
        result
    })
}

/// Loads of the mutator: unchecked and checked, the collector idle and running without a rest.
fn no_barriers(bench: &Bench, plan: &Plan) -> Result<Vec<Figure>, String> {
    let mut figures = Vec::new();
    for (size, depth) in DEPTHS {
        let depth = if plan.is_quick { depth.min(10) } else { depth };
        let heap = heap_of(512 << 20);
        let mut ours = Ours::new(&heap);
        ours.reset(|s| tree(s, depth, 1).expect("room for a tree"));
        let count = plan.scaled(20_000_000) / depth as u64;
        let mut columns = [const { Vec::new() }; 4];
        let mut sums = Vec::new();
        let cycles = heap.stats().majors;
        for run in 0..=plan.runs {
            let turns = [
                walks::<false>(&mut ours, depth, count),
                walks::<true>(&mut ours, depth, count),
                while_collecting(&heap, || walks::<false>(&mut ours, depth, count)),
                while_collecting(&heap, || walks::<true>(&mut ours, depth, count)),
            ];
            for (column, (ns, sum)) in columns.iter_mut().zip(turns) {
                if run > 0 {
                    column.push(ns);
                }
                sums.push(sum);
            }
        }
        if sums.iter().any(|sum| *sum != sums[0]) {
            return Err(format!("walks differ: {sums:?}"));
        }
        eprintln!("{}: {size}: {} collections meanwhile", bench.name, heap.stats().majors - cycles);
        let [ours, checked, collecting, both] = columns.map(|mut column| median(&mut column));
        let others = [("checked", checked), ("collecting", collecting), ("checked, collecting", both)];
        let others = others.map(|(name, ns)| (name.to_string(), ns)).to_vec();
        let figure = Figure::new(bench, ours, plan.runs, others);
        figures.push(Figure { name: format!("no-barriers-{size}"), ..figure });
    }
    Ok(figures)
}

/// Time for one receiver, in microseconds.
fn each(receivers: usize, work: impl FnMut(usize) -> u64) -> Turn {
    let start = thread_ns();
    let check = (0..receivers).map(work).sum();
    Turn { value: (thread_ns() - start) as f64 / 1e3 / receivers as f64, check }
}

/// A map of so many entries sent to several mutators: by reference, and the other ways. Every receiver looks one entry up.
fn sharing(receivers: usize, entries: u64) -> Contest {
    let key = move |at: usize| at as u64 % entries;
    let mutators = move || -> Vec<Mutator> { (0..receivers).map(|_| heap().mutator()).collect() };
    let map = heap().mutator().enter(|s| {
        let map = s.empty_map().expect("room");
        let map = (0..entries).fold(map, |map, n| s.map_assoc(map, int(s, n), int(s, n + 1)).expect("room"));
        s.publish(map).expect("room")
    });
    let sent = map.clone();
    let shared = move || {
        let mut mutators = mutators();
        each(receivers, |at| {
            mutators[at].enter(|s| {
                let map = s.open(&sent);
                s.root_push(map);
                number(s, s.map_get(map, int(s, key(at))).expect("a key that is there"))
            })
        })
    };
    let copied = move || {
        let mut mutators = mutators();
        each(receivers, |at| {
            mutators[at].enter(|s| {
                let pairs: Vec<_> = s.map_iter(s.open(&map)).collect();
                let copy = s.map(&pairs).expect("room");
                s.root_push(copy);
                number(s, s.map_get(copy, int(s, key(at))).expect("a key that is there"))
            })
        })
    };
    let table: HashMap<u64, u64> = (0..entries).map(|n| (n, n + 1)).collect();
    let counted = Arc::new(table.clone());
    let mut held = Vec::new();
    let by_count = move || {
        held.clear();
        each(receivers, |at| {
            held.push(counted.clone());
            held[at][&key(at)]
        })
    };
    let mut tables = Vec::new();
    let table_copied = move || {
        tables.clear();
        each(receivers, |at| {
            tables.push(table.clone());
            tables[at][&key(at)]
        })
    };
    Contest::new(shared)
        .and("Arc", by_count)
        .and("copy of a hash table", table_copied)
        .and("copy of our map", copied)
}
