//! Mutators: making one, running something in it, taking its answer and ending it; forking; parking.
//!
//! Enter at [`spawn`], [`fork`] and [`parked`].

use crate::Plan;
use crate::churn::add_ballast;
use crate::clock::thread_ns;
use crate::contest::{Contest, Turn};
use crate::ours::{Ours, heap, heap_of, int, number, untouched_heap_of};
use crate::peers;
use halt_heap::{Heap, Mutator, Value};

/// What one that is spawned computes.
fn answer(n: u64) -> u64 {
    n * n % 1_000
}

/// In microseconds.
fn in_us(turn: Turn) -> Turn {
    Turn { value: turn.value / 1e3, ..turn }
}

fn our_spawns(count: u64) -> impl FnMut() -> Turn + 'static {
    let mut parent = Ours::new(heap());
    move || {
        let turn = Turn::timed_sum(count, || {
            parent.sum(0..count, |s, _, n| {
                let mut child = heap().mutator();
                let published = s.enter(&mut child, |t| {
                    let node = t.pair(int(t, answer(n)), Value::EMPTY_LIST).expect("room");
                    t.publish(node).expect("room")
                });
                drop(child);
                number(s, s.first_of(s.open(&published)))
            })
        });
        in_us(turn)
    }
}

fn threads(count: u64) -> impl FnMut() -> Turn + 'static {
    move || {
        let spawn = |n| std::thread::spawn(move || Box::new(answer(n)));
        let turn = Turn::timed_sum(count, || {
            (0..count).map(|n| *spawn(n).join().expect("a thread that ends")).sum()
        });
        in_us(turn)
    }
}

/// The contest of `spawn`.
pub(crate) fn spawn(plan: &Plan) -> Contest {
    let count = plan.scaled(100_000);
    let request = format!("spawn {count}");
    Contest::new(our_spawns(count))
        .and_program("goroutine", peers::go(peers::MEMORY_MIB), &request)
        .and_program("Erlang", peers::erlang(), &request)
        .and("thread", threads(count))
}

/// Forks whose time is taken together.
const FORKS: usize = 1000;

/// Microseconds of a fork, when so much is reached. The children end outside of the time.
fn our_forks(live_mib: usize) -> impl FnMut() -> Result<Turn, String> + 'static {
    let mut parent: Option<Mutator> = None;
    move || {
        let parent = match &mut parent {
            Some(parent) => parent,
            none => {
                let mut mutator = heap_of((2 * live_mib + 64) << 20).mutator();
                add_ballast(&mut mutator, live_mib << 20)?;
                // What collecting the parent's own garbage costs is not the fork's.
                mutator.heap().collect();
                none.insert(mutator)
            }
        };
        let mut children = Vec::with_capacity(FORKS);
        let start = thread_ns();
        for n in 0..FORKS {
            // Something that the parent has not shared yet.
            parent.enter(|s| {
                let node = s.record(1, &[Value::NIL], &[n as u64]).map_err(|error| error.to_string())?;
                s.root_push(node);
                Ok::<_, String>(())
            })?;
            children.push(parent.fork().map_err(|error| error.to_string())?);
            parent.enter(|s| s.root_resize(1));
        }
        let ns = thread_ns() - start;
        let is_right = children
            .iter_mut()
            .zip(0..)
            .all(|(child, n)| child.enter(|s| s.root_count() == 2 && s.record_words(s.root_get(1)) == [n]));
        match is_right {
            true => Ok(Turn { value: ns as f64 / 1e3 / FORKS as f64, check: live_mib as u64 }),
            false => Err("a fork has other roots than its parent had".into()),
        }
    }
}

/// The contest of `fork`.
pub(crate) fn fork(plan: &Plan, live_mib: usize) -> Contest {
    let live_mib = if plan.is_quick { live_mib / 64 } else { live_mib };
    Contest::new_fallible(our_forks(live_mib))
        .and_program("fork(), huge pages", peers::linux_fork(), &format!("fork-huge {live_mib}"))
        .and_program("fork(), 4 KiB pages", peers::linux_fork(), &format!("fork {live_mib}"))
}

/// Bytes of this process.
fn resident() -> Result<u64, String> {
    let text = std::fs::read_to_string("/proc/self/statm").map_err(|error| error.to_string())?;
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.map(|pages| pages * rustix::param::page_size() as u64).ok_or_else(|| format!("statm: `{text}`"))
}

/// What a parked mutator keeps alive: a record, and its place on the root stack.
const PARKED_LIVE_BYTES: u64 = 24;

/// Bytes for each of `count` parked mutators beyond what it keeps alive: what the process has more of then. Those of earlier
/// turns stay, so that none takes memory that an earlier one had touched.
fn our_parked(count: u64) -> impl FnMut() -> Result<Turn, String> + 'static {
    let mut heap: Option<Heap> = None;
    let mut all = Vec::new();
    move || {
        let heap = heap.get_or_insert_with(|| untouched_heap_of(512 << 20));
        let mut mutators = Vec::with_capacity(count as usize);
        let before = resident()?;
        for n in 0..count {
            let mut mutator = heap.mutator();
            mutator.enter(|s| {
                for n in 0..100 {
                    s.record(1, &[], &[n]).expect("room");
                }
                s.root_push(s.record(1, &[], &[n]).expect("room"));
            });
            mutator.park().map_err(|error| error.to_string())?;
            mutators.push(mutator);
        }
        let bytes = resident()?.saturating_sub(before) as f64 / count as f64;
        let mut sum = 0;
        for mutator in &mut mutators {
            sum += mutator.enter(|s| s.record_words(s.root_get(0))[0]);
        }
        all.push(mutators);
        match sum == count * (count - 1) / 2 {
            true => Ok(Turn { value: (bytes - PARKED_LIVE_BYTES as f64).max(0.0), check: count }),
            false => Err(format!("parked mutators held {sum} together")),
        }
    }
}

/// The contest of `parked`.
pub(crate) fn parked(plan: &Plan) -> Contest {
    let count = plan.scaled(10_000);
    let request = format!("parked {count}");
    Contest::new_fallible(our_parked(count))
        .and_program("goroutine", peers::go(peers::MEMORY_MIB), &request)
        .and_program("Erlang", peers::erlang(), &request)
}
