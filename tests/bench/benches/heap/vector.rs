//! Vectors: push, assoc, get and iterate beside the persistent vectors of Rust and of Clojure.
//!
//! Enter at [`contest`].

use crate::Plan;
use crate::contest::{Contest, Turn};
use crate::ours::{Ours, heap, int, number};
use crate::peers;
use halt_bench::random::place;
use halt_heap::{Scope, Value};
use std::hint::black_box;

/// A peer: each operation leaves the old version as it was.
trait Peer: Clone + Default + 'static {
    fn pushed(&self, value: u64) -> Self;
    fn with(&self, index: usize, value: u64) -> Self;
    fn at(&self, index: usize) -> u64;
    fn sum(&self) -> u64;
}

/// `im` and `imbl`, its continuation, have one interface.
macro_rules! peer {
    ($peer:ty) => {
        impl Peer for $peer {
            fn pushed(&self, value: u64) -> Self {
                let mut new = self.clone();
                new.push_back(value);
                new
            }

            fn with(&self, index: usize, value: u64) -> Self {
                self.update(index, value)
            }

            fn at(&self, index: usize) -> u64 {
                self[index]
            }

            fn sum(&self) -> u64 {
                self.iter().sum()
            }
        }
    };
}

peer!(imbl::Vector<u64>);
peer!(im::Vector<u64>);

impl Peer for rpds::VectorSync<u64> {
    fn pushed(&self, value: u64) -> Self {
        self.push_back(value)
    }

    fn with(&self, index: usize, value: u64) -> Self {
        self.set(index, value).expect("an index in range")
    }

    fn at(&self, index: usize) -> u64 {
        *self.get(index).expect("an index in range")
    }

    fn sum(&self) -> u64 {
        self.iter().sum()
    }
}

fn empty<'s>(s: Scope<'s>) -> Value<'s> {
    s.vector(&[]).expect("room for an empty vector")
}

fn push(ours: &mut Ours, count: u64) {
    ours.fold(0..count, |s, vector, n| s.vector_push(vector, int(s, n)).expect("room"));
}

fn assoc<'s>(s: Scope<'s>, vector: Value<'s>, index: u64, value: u64) -> Value<'s> {
    let new = s.vector_assoc(vector, index as usize, int(s, value)).expect("room");
    new.expect("an index in range")
}

fn iterate(ours: &mut Ours) -> u64 {
    ours.look(|s, vector| s.vector_iter(vector).map(|value| number(s, value)).sum())
}

/// Ours, filled when the benchmark wants it so.
fn ours(name: &str, count: u64) -> impl FnMut() -> Turn + 'static {
    let mut ours = Ours::new(heap());
    ours.reset(empty);
    if name != "vector-push" {
        push(&mut ours, count);
    }
    let name = name.to_string();
    move || match name.as_str() {
        "vector-push" => {
            ours.reset(empty);
            Turn::timed(count, || push(&mut ours, count)).with(iterate(&mut ours))
        }
        "vector-assoc" => {
            let turn = Turn::timed(count, || {
                ours.fold(0..count, |s, vector, n| assoc(s, vector, place(n, count), n + 7))
            });
            turn.with(iterate(&mut ours))
        }
        "vector-get" => Turn::timed_sum(count, || {
            ours.sum(0..count, |s, vector, n| {
                let value = s.vector_get(vector, place(n, count) as usize);
                number(s, value.expect("an index in range"))
            })
        }),
        _ => Turn::timed_sum(count, || iterate(&mut ours)),
    }
}

fn peer<P: Peer>(name: &str, count: u64) -> impl FnMut() -> Turn + 'static {
    let fill = move || (0..count).fold(P::default(), |vector, n| vector.pushed(n));
    let mut made = None;
    let name = name.to_string();
    move || {
        let is_push = name == "vector-push";
        let vector = made.get_or_insert_with(|| if is_push { P::default() } else { fill() });
        match name.as_str() {
            "vector-push" => {
                *vector = P::default();
                Turn::timed(count, || *vector = fill()).with(vector.sum())
            }
            "vector-assoc" => {
                let turn = Turn::timed(count, || {
                    (0..count).for_each(|n| *vector = vector.with(place(n, count) as usize, n + 7));
                });
                turn.with(vector.sum())
            }
            "vector-get" => Turn::timed_sum(count, || {
                (0..count).map(|n| black_box(&*vector).at(place(n, count) as usize)).sum()
            }),
            _ => Turn::timed_sum(count, || black_box(&*vector).sum()),
        }
    }
}

/// The contest of a benchmark of this file.
pub(crate) fn contest(name: &str, plan: &Plan) -> Contest {
    let count = plan.scaled(1_000_000);
    Contest::new(ours(name, count))
        .and("imbl", peer::<imbl::Vector<u64>>(name, count))
        .and("im", peer::<im::Vector<u64>>(name, count))
        .and("rpds", peer::<rpds::VectorSync<u64>>(name, count))
        .and_program("Clojure", peers::clojure(), &format!("{name} {count}"))
}
