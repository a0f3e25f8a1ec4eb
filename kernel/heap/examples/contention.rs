//! Writers of one atom under several policies for those that came too late: commits, retries, fairness.
//! `cargo run --release -p halt-heap --example contention [number|map|slow]`; see `docs/experiments/0006-contention.md`.

use halt_heap::{Heap, OutOfMemory, Published, Region, Scope, Value};
use std::hint::spin_loop;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How long a row runs, and how often.
const RUN: Duration = Duration::from_millis(200);
const ROUNDS: usize = 5;
const WRITERS: [usize; 5] = [1, 2, 4, 8, 16];
/// Commits in a scope.
const BATCH: usize = 100;

/// What a writer does after a lost commit, and around one.
#[derive(Clone, Copy)]
enum Policy {
    /// Try again at once.
    Retry,
    /// Wait for a fixed number of turns of the spin loop.
    Fixed(u32),
    /// Wait for a random time, under a bound that doubles with each loss.
    Random,
    /// Let another thread run.
    Yield,
    /// Wait in a queue, first come first served, to be the only one that is not new.
    Queue,
    /// A random wait, then a turn that all others respect: what `Scope::atom_swap` does.
    Turn,
}

const POLICIES: [(&str, Policy); 7] = [
    ("retry at once", Policy::Retry),
    ("wait 50 turns", Policy::Fixed(50)),
    ("wait 1000 turns", Policy::Fixed(1000)),
    ("random, doubling", Policy::Random),
    ("yield", Policy::Yield),
    ("queue", Policy::Queue),
    ("random, then a turn", Policy::Turn),
];

/// A ticket lock: who lost takes a ticket and commits when it is served.
#[derive(Default)]
struct Queue {
    next: AtomicU64,
    served: AtomicU64,
}

#[derive(Clone, Copy, Default)]
struct Score {
    commits: u64,
    losses: u64,
    cpu_ns: u64,
}

/// Nano-seconds that this thread has run; Linux keeps count.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0)
}

/// One commit under a policy. Returns how often it was lost before.
fn commit<'s>(
    s: Scope<'s>,
    atom: Value<'s>,
    policy: Policy,
    queue: &Queue,
    random: &mut u64,
    mut next: impl FnMut(Value<'s>) -> Result<Value<'s>, OutOfMemory>,
) -> Result<u64, OutOfMemory> {
    if let Policy::Turn = policy {
        let mut runs = 0;
        s.atom_swap(atom, |old| {
            runs += 1;
            next(old)
        })?;
        return Ok(runs - 1);
    }
    let (mut losses, mut queued) = (0, false);
    let result = loop {
        let old = s.atom_load(atom);
        match next(old).and_then(|new| s.atom_compare_and_set(atom, old, new)) {
            Ok(true) => break Ok(losses),
            Ok(false) => losses += 1,
            Err(error) => break Err(error),
        }
        match policy {
            Policy::Fixed(turns) => (0..turns).for_each(|_| spin_loop()),
            Policy::Random => {
                *random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
                let bound = (64 << losses.min(6)).min(2048);
                (0..(*random >> 33) % bound).for_each(|_| spin_loop());
            }
            Policy::Yield => std::thread::yield_now(),
            Policy::Queue if !queued => {
                let ticket = queue.next.fetch_add(1, Ordering::AcqRel);
                while queue.served.load(Ordering::Acquire) != ticket {
                    std::thread::yield_now();
                }
                queued = true;
            }
            Policy::Retry | Policy::Queue | Policy::Turn => {}
        }
    };
    if queued {
        queue.served.fetch_add(1, Ordering::AcqRel);
    }
    result
}

/// Writers on one atom for the time of a row.
fn run(
    heap: &Heap,
    atom: &Published,
    writers: usize,
    policy: Policy,
    next: impl for<'s> Fn(Scope<'s>, usize, u64, Value<'s>) -> Result<Value<'s>, OutOfMemory> + Sync,
) -> Vec<Score> {
    let (barrier, stop, queue) = (Barrier::new(writers + 1), AtomicBool::new(false), Queue::default());
    let (barrier, stop, queue, next) = (&barrier, &stop, &queue, &next);
    std::thread::scope(|scope| {
        let writer = |number: usize| {
            move || {
                let (mut mutator, mut score, mut random) = (heap.mutator(), Score::default(), number as u64);
                barrier.wait();
                let started = cpu_ns();
                while !stop.load(Ordering::Relaxed) {
                    // Without room the scope ends, and the next may find some.
                    let _: Result<(), OutOfMemory> = mutator.enter(|s| {
                        let atom = s.open(atom);
                        for _ in 0..BATCH {
                            let count = score.commits;
                            let losses = commit(s, atom, policy, queue, &mut random, |old| {
                                next(s, number, count, old)
                            })?;
                            score.losses += losses;
                            // With the others gone, whoever starved commits at last.
                            if stop.load(Ordering::Relaxed) {
                                break;
                            }
                            score.commits += 1;
                        }
                        Ok(())
                    });
                }
                score.cpu_ns = cpu_ns() - started;
                score
            }
        };
        let threads: Vec<_> = (0..writers).map(|number| scope.spawn(writer(number))).collect();
        barrier.wait();
        std::thread::sleep(RUN);
        stop.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().expect("a writer")).collect()
    })
}

/// Millions of commits in a second in which every writer that a core is there for runs; losses for each commit; the least
/// commits of a writer in its own time, as a part of the most.
fn all_alike(scores: &[Score]) -> [f64; 3] {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get()).min(scores.len());
    let sum = |part: fn(&Score) -> u64| scores.iter().map(part).sum::<u64>() as f64;
    let seconds = sum(|score| score.cpu_ns) / 1e9 / cores as f64;
    let commits = sum(|score| score.commits);
    // The clock of a thread that hardly ran is too coarse.
    let ran = scores.iter().filter(|score| score.cpu_ns > 2_000_000);
    let rates = ran.map(|score| score.commits as f64 / score.cpu_ns as f64);
    let (least, most) =
        rates.fold((f64::MAX, 0.0f64), |(least, most), rate| (least.min(rate), most.max(rate)));
    [commits / seconds / 1e6, sum(|score| score.losses) / commits, least / most]
}

/// Commits of the first writer in a second, its losses for each, and millions of commits of one of the
/// others in a second of theirs.
fn one_is_slow(scores: &[Score]) -> [f64; 3] {
    let (slow, others) = (scores[0], &scores[1..]);
    let others_ns = others.iter().map(|score| score.cpu_ns).sum::<u64>() as f64;
    [
        slow.commits as f64 / RUN.as_secs_f64(),
        slow.losses as f64 / slow.commits.max(1) as f64,
        others.iter().map(|score| score.commits).sum::<u64>() as f64 / others_ns * 1e3,
    ]
}

/// Runs every policy with every number of writers, in rounds, so that noise hits all; prints medians.
fn table(
    title: &str,
    columns: &str,
    writers: &[usize],
    figures: fn(&[Score]) -> [f64; 3],
    body: impl Fn(usize, Policy) -> Vec<Score>,
) {
    println!("\n{title}\n\n| policy | writers | {columns} |\n|---|---|---|---|---|");
    let rows: Vec<_> =
        POLICIES.iter().flat_map(|policy| writers.iter().map(move |count| (policy, *count))).collect();
    let mut samples = vec![[const { Vec::new() }; 3]; rows.len()];
    for _ in 0..ROUNDS {
        for ((policy, count), samples) in rows.iter().zip(&mut samples) {
            for (samples, figure) in samples.iter_mut().zip(figures(&body(*count, policy.1))) {
                samples.push(figure);
            }
        }
    }
    for ((policy, count), samples) in rows.iter().zip(samples) {
        let [first, second, third] = samples.map(|mut samples: Vec<f64>| {
            samples.sort_by(f64::total_cmp);
            samples[samples.len() / 2]
        });
        println!("| {} | {count} | {first:.2} | {second:.3} | {third:.2} |", policy.0);
    }
}

fn heap() -> Heap {
    let heap = Heap::new(Region::allocate(2 << 30)).expect("a region large enough");
    heap.set_relax(std::thread::yield_now);
    heap
}

fn increment<'s>(s: Scope<'s>, old: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
    s.int(old.as_small_int().unwrap_or(0) + 1)
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|want| want == name);
    // One for all, since a region is never given back.
    let heap = heap();
    let number = |heap: &Heap| published(heap, |s| s.int(0));
    if wants("number") {
        let columns = "M commits/s | losses/commit | fairness";
        table("A number is incremented.", columns, &WRITERS, all_alike, |writers, policy| {
            run(&heap, &number(&heap), writers, policy, |s, _, _, old| increment(s, old))
        });
    }
    if wants("map") {
        let columns = "M commits/s | losses/commit | fairness";
        table(
            "One of 1,024 entries of a map is replaced.",
            columns,
            &WRITERS,
            all_alike,
            |writers, policy| {
                let atom = published(&heap, |s| {
                    (0..1024i64).try_fold(s.empty_map()?, |map, n| s.map_assoc(map, s.int(n)?, Value::NIL))
                });
                run(&heap, &atom, writers, policy, |s, writer, count, old| {
                    let key = (writer as u64 * 331 + count).wrapping_mul(0x9E37_79B9) >> 5 & 1023;
                    s.map_assoc(old, s.int(key as i64)?, s.int(count as i64)?)
                })
            },
        );
    }
    if wants("slow") {
        let title = "The function of one writer sleeps for 50 us; the others increment.";
        let columns = "its commits/s | its losses/commit | M commits/s of each other";
        table(title, columns, &WRITERS[1..], one_is_slow, |writers, policy| {
            run(&heap, &number(&heap), writers, policy, |s, writer, _, old| {
                if writer == 0 {
                    std::thread::sleep(Duration::from_micros(50));
                }
                increment(s, old)
            })
        });
    }
}

fn published(
    heap: &Heap,
    value: impl for<'s> FnOnce(Scope<'s>) -> Result<Value<'s>, OutOfMemory>,
) -> Published {
    heap.mutator().enter(|s| s.publish(s.atom(value(s).expect("room")).expect("room")).expect("room"))
}
