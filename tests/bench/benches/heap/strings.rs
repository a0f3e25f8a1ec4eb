//! Maps of strings: assoc, and get by strings that are equal but not the same.
//!
//! Enter at [`contest`]. Strings are made before the time is taken. Ours cache their hash, those of the peers do not: that
//! is a difference of the systems, not of the work.

use crate::Plan;
use crate::contest::{Contest, Turn};
use crate::map::{ImMap, ImblMap, RpdsMap};
use crate::ours::{Ours, heap, int, key, number};
use crate::peers;
use halt_bench::random::place;
use halt_heap::{Scope, Value};
use std::hint::black_box;
use std::sync::Arc;

type Text = Arc<str>;

/// The string key with a number.
fn text(n: u64) -> String {
    format!("key-{}", key(n))
}

/// A peer: the old version stays as it was.
trait Peer: Clone + Default + 'static {
    fn with(&self, key: &Text, value: u64) -> Self;
    fn at(&self, key: &Text) -> u64;
    fn sum(&self) -> u64;
}

/// `im` and `imbl`, its continuation, have one interface.
macro_rules! peer {
    ($peer:ty) => {
        impl Peer for $peer {
            fn with(&self, key: &Text, value: u64) -> Self {
                self.update(key.clone(), value)
            }

            fn at(&self, key: &Text) -> u64 {
                self[key]
            }

            fn sum(&self) -> u64 {
                self.values().sum()
            }
        }
    };
}

peer!(ImblMap<Text, u64>);
peer!(ImMap<Text, u64>);

impl Peer for RpdsMap<Text, u64> {
    fn with(&self, key: &Text, value: u64) -> Self {
        self.insert(key.clone(), value)
    }

    fn at(&self, key: &Text) -> u64 {
        self[key]
    }

    fn sum(&self) -> u64 {
        self.values().sum()
    }
}

/// Ours: the root is a pair of the keys (a vector of strings) and the map.
fn ours(is_get: bool, count: u64) -> impl FnMut() -> Turn + 'static {
    let mut ours = Ours::new(heap());
    let mut others = Ours::new(heap());
    for strings in [&mut ours, &mut others] {
        strings.reset(|s| s.vector(&[]).expect("room"));
        strings.fold(0..count, |s, keys, n| {
            s.vector_push(keys, s.string(&text(n)).expect("room")).expect("room")
        });
        strings.fold(0..1, |s, keys, _| s.pair(keys, s.empty_map().expect("room")).expect("room"));
    }
    if is_get {
        // The map's keys are the strings of `ours`, those that are looked up are others.
        assoc_all(&mut ours, count);
        others.look(|s, pair| {
            let keys = s.publish(s.first_of(pair)).expect("room");
            ours.fold(0..1, |t, pair, _| t.pair(t.open(&keys), t.rest_of(pair)).expect("room"));
        });
    }
    drop(others);
    heap().collect();
    move || {
        if is_get {
            return Turn::timed_sum(count, || {
                ours.sum(0..count, |s, pair, n| {
                    let key = s.vector_get(s.first_of(pair), place(n, count) as usize);
                    let value = s.map_get(s.rest_of(pair), key.expect("an index in range"));
                    number(s, value.expect("a key that is there"))
                })
            });
        }
        ours.fold(0..1, |s, pair, _| s.pair(s.first_of(pair), s.empty_map().expect("room")).expect("room"));
        heap().collect();
        let turn = Turn::timed(count, || assoc_all(&mut ours, count));
        turn.with(ours.look(|s, pair| s.map_iter(s.rest_of(pair)).map(|(_, n)| number(s, n)).sum()))
    }
}

fn assoc_all(ours: &mut Ours, count: u64) {
    ours.fold(0..count, |s, pair, n| {
        let keys: Value<'_> = s.first_of(pair);
        let key = s.vector_get(keys, n as usize).expect("an index in range");
        let map = s.map_assoc(s.rest_of(pair), key, int(s, n)).expect("room");
        rooted(s, keys, map)
    });
}

/// The pair that the root holds.
fn rooted<'s>(s: Scope<'s>, keys: Value<'s>, map: Value<'s>) -> Value<'s> {
    s.pair(keys, map).expect("room")
}

fn peer<P: Peer>(is_get: bool, count: u64) -> impl FnMut() -> Turn + 'static {
    let texts = move || (0..count).map(|n| Text::from(text(n))).collect::<Vec<_>>();
    let fill = move |keys: &[Text]| (0..).zip(keys).fold(P::default(), |map, (n, key)| map.with(key, n));
    let mut made = None;
    move || {
        let (keys, others, map) = made.get_or_insert_with(|| {
            let keys = texts();
            let map = if is_get { fill(&keys) } else { P::default() };
            (keys, texts(), map)
        });
        if is_get {
            return Turn::timed_sum(count, || {
                (0..count).map(|n| black_box(&*map).at(&others[place(n, count) as usize])).sum()
            });
        }
        *map = P::default();
        Turn::timed(count, || *map = fill(keys)).with(map.sum())
    }
}

/// The contest of a benchmark of this file.
pub(crate) fn contest(name: &str, plan: &Plan) -> Contest {
    let count = plan.scaled(1_000_000);
    let is_get = name == "map-str-get";
    Contest::new(ours(is_get, count))
        .and("imbl", peer::<ImblMap<Text, u64>>(is_get, count))
        .and("im", peer::<ImMap<Text, u64>>(is_get, count))
        .and("rpds", peer::<RpdsMap<Text, u64>>(is_get, count))
        .and_program("Clojure", peers::clojure(), &format!("{name} {count}"))
}
