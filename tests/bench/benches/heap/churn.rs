//! Churn: a large map of small nodes, updated at random so that garbage comes in a steady stream.
//!
//! Enter at [`contest`], and at [`Churn`] for its pauses (`pauses.rs`). Each update puts a new node at a key that is there. Our collector runs in a thread of its own,
//! as it does on an idle core; its processor time is charged to us. A scope ends when it has done its thousand, or when the heap
//! would like it to.

use crate::Plan;
use crate::clock::{process_ns, thread_ns};
use crate::contest::{Contest, Turn};
use crate::map::ImblMap;
use crate::ours::{BATCH, heap_of, int, key};
use crate::pauses::Pauses;
use crate::peers::{self, MEMORY_MIB};
use halt_bench::random::place;
use halt_heap::{Heap, Mutator, OutOfMemory, Scope, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Entries: 600 MiB in our heap.
const ENTRIES: u64 = 11_000_000;
/// Updates in a turn: 2 GiB of garbage in our heap.
const UPDATES: u64 = 1_700_000;
/// Keys that are looked up when a turn is over.
const CHECKED: u64 = 1000;
/// How often a scope may fail for lack of memory before that is the result.
const FAILURES_MAX: u32 = 10;

/// How much of a collection is done at a time when memory is short.
const STEP: usize = 100_000;

/// A thread that collects whenever there is something to do.
struct Collecting {
    is_done: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Collecting {
    fn start(heap: &Heap) -> Collecting {
        let (heap, is_done) = (heap.clone(), Arc::new(AtomicBool::new(false)));
        let done = is_done.clone();
        let thread = std::thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                if !heap.collect_if_needed() {
                    std::thread::sleep(Duration::from_micros(200));
                }
            }
        });
        Collecting { is_done, thread: Some(thread) }
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        self.is_done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("a collector that ends");
        }
    }
}

/// Our side: the map at the bottom of the root stack.
pub(crate) struct Churn {
    pub(crate) mutator: Mutator,
    entries: u64,
    /// Times between leaving a body and entering the next one, when they are wanted.
    pub(crate) pauses: Option<Pauses>,
    /// Scopes that found no room for a single update.
    pub(crate) starved: u64,
    _collecting: Option<Collecting>,
}

/// The map with a new node at a key.
fn put<'s>(s: Scope<'s>, map: Value<'s>, key: u64, n: u64) -> Result<Value<'s>, OutOfMemory> {
    s.map_assoc(map, int(s, key), s.record(1, &[], &[n])?)
}

impl Churn {
    /// A map of so many entries. Without an idle core, only the mutator collects.
    pub(crate) fn new(memory_bytes: usize, entries: u64, idle_core: bool) -> Result<Churn, String> {
        let heap = heap_of(memory_bytes);
        let collecting = idle_core.then(|| Collecting::start(&heap));
        let mut mutator = heap.mutator();
        mutator.enter(|s| s.root_push(s.empty_map().expect("room")));
        let mut churn = Churn { mutator, entries, pauses: None, starved: 0, _collecting: collecting };
        churn.put_all(entries, key)?;
        let heap = churn.mutator.heap();
        heap.collect();
        eprintln!("churn: {entries} entries, {} MiB live", heap.stats().old_live_bytes >> 20);
        Ok(churn)
    }

    /// Puts a new node at the key of each number.
    fn put_all(&mut self, count: u64, key_of: impl Fn(u64) -> u64) -> Result<(), String> {
        let (mut next, mut failures) = (0, 0);
        let heap = self.mutator.heap().clone();
        while next < count {
            let first = next;
            let pauses = &mut self.pauses;
            next = self.mutator.enter(|s| {
                if let Some(pauses) = pauses {
                    pauses.enter(&heap, thread_ns());
                }
                let (mut map, mut n) = (s.root_get(0), first);
                while n < count {
                    let Ok(new) = put(s, map, key_of(n), n) else { break };
                    (map, n) = (new, n + 1);
                    if n - first == BATCH || s.wants_safepoint() {
                        break;
                    }
                }
                s.root_set(0, map);
                if let Some(pauses) = pauses {
                    pauses.leave(&heap);
                }
                n
            });
            if next > first {
                failures = 0;
                continue;
            }
            // What a process would do: see a collection through, and try again.
            failures += 1;
            self.starved += 1;
            let majors = heap.stats().majors;
            while heap.stats().majors == majors {
                heap.collect_a_little(STEP);
            }
            if failures == FAILURES_MAX {
                return Err(format!("out of memory: {:?}", self.mutator.heap().stats()));
            }
        }
        Ok(())
    }

    pub(crate) fn churn(&mut self, updates: u64) -> Result<(), String> {
        let entries = self.entries;
        self.put_all(updates, |n| key(place(n, entries)))
    }

    fn check(&mut self, updates: u64) -> u64 {
        let entries = self.entries;
        self.mutator.enter(|s| {
            let number = |n| {
                let node = s.map_get(s.root_get(0), int(s, key(place(n, entries))));
                s.record_words(node.expect("a key that is there"))[0]
            };
            (0..updates.min(CHECKED)).map(number).sum()
        })
    }
}

/// Updates a second of processor time, of all threads.
fn rate(updates: u64, work: impl FnOnce() -> Result<(), String>) -> Result<Turn, String> {
    let start = process_ns();
    work()?;
    Ok(Turn { value: updates as f64 * 1e9 / (process_ns() - start) as f64, check: 0 })
}

fn ours(memory_bytes: usize, entries: u64, updates: u64) -> impl FnMut() -> Result<Turn, String> {
    let mut churn = None;
    move || {
        if churn.is_none() {
            churn = Some(Churn::new(memory_bytes, entries, true)?);
        }
        let churn = churn.as_mut().ok_or("not made")?;
        let turn = rate(updates, || churn.churn(updates))?;
        let stats = churn.mutator.heap().stats();
        eprintln!("churn: {} collections of the old space, {} of the nursery", stats.majors, stats.minors);
        Ok(turn.with(churn.check(updates)))
    }
}

/// Reference counting, by the fastest of the Rust libraries.
fn counted(entries: u64, updates: u64) -> impl FnMut() -> Result<Turn, String> {
    let mut map = ImblMap::<u64, Arc<u64>>::default();
    move || {
        if map.is_empty() {
            map = (0..entries).map(|n| (key(n), Arc::new(n))).collect();
        }
        let turn = rate(updates, || {
            for n in 0..updates {
                map = map.update(key(place(n, entries)), Arc::new(n));
            }
            Ok(())
        })?;
        Ok(turn.with((0..updates.min(CHECKED)).map(|n| *map[&key(place(n, entries))]).sum()))
    }
}

/// The contest of `churn` (collectors for throughput, and counting) and of `churn-low-pause`.
pub(crate) fn contest(name: &str, plan: &Plan) -> Contest {
    let (entries, updates) = (plan.scaled(ENTRIES), plan.scaled(UPDATES));
    let memory_mib = if plan.is_quick { 128 } else { MEMORY_MIB };
    let request = format!("churn {updates} {entries}");
    let contest = Contest::new_fallible(ours(memory_mib << 20, entries, updates));
    if name == "churn" {
        return contest
            .and_fallible("Arc (imbl)", counted(entries, updates))
            .and_program("G1", peers::java("G1GC", memory_mib), &request)
            .and_program("Parallel", peers::java("ParallelGC", memory_mib), &request);
    }
    contest
        .and_program("ZGC", peers::java("ZGC", memory_mib), &request)
        .and_program("Go", peers::go(memory_mib), &request)
        .and_program("OCaml", peers::ocaml(), &request)
        .and_program("Erlang", peers::erlang(), &request)
}

/// Nodes in one leaf of the ballast: a vector of vectors of records of 32 bytes.
const NODES: u64 = 1000;

/// Vectors of records on the root stack until so much lives.
pub(crate) fn add_ballast(mutator: &mut Mutator, bytes: usize) -> Result<(), String> {
    let at = mutator.enter(|s| {
        s.root_push(s.vector(&[]).map_err(|error| error.to_string())?);
        Ok::<_, String>(s.root_count() - 1)
    })?;
    let leaf_bytes = NODES as usize * (32 + 8);
    for leaf in 0..bytes / leaf_bytes {
        mutator
            .enter(|s| {
                let nodes = (0..NODES).map(|n| s.record(1, &[Value::NIL], &[leaf as u64 * NODES + n]));
                let leaf = s.vector_try_from(nodes)?;
                s.root_set(at, s.vector_push(s.root_get(at), leaf)?);
                Ok(())
            })
            .map_err(|error: OutOfMemory| error.to_string())?;
    }
    Ok(())
}
