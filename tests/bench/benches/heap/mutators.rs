//! Mutators: making one, running something in it, taking its answer and ending it.
//!
//! Enter at [`contest`].

use crate::Plan;
use crate::contest::{Contest, Turn};
use crate::ours::{Ours, heap, int, number};

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
                    let node = t.pair(int(t, answer(n)), halt_heap::Value::EMPTY_LIST).expect("room");
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
pub(crate) fn contest(plan: &Plan) -> Contest {
    let count = plan.scaled(100_000);
    Contest::new(our_spawns(count)).and("thread", threads(count))
}
