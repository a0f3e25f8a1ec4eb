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
use halt_heap::Value;
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

/// The root with the keys, a vector of strings.
const KEYS: usize = 1;

/// Ours: the map is the root, and other keys or the same lie above it. Keys that are looked up at random lie in a plain array, as
/// those of the peers do.
fn ours(is_get: bool, count: u64) -> impl FnMut() -> Turn + 'static {
    let mut ours = Ours::new(heap());
    let mut keys = || {
        ours.reset(|s| s.vector(&[]).expect("room"));
        ours.fold(0..count, |s, keys, n| {
            s.vector_push(keys, s.string(&text(n)).expect("room")).expect("room")
        });
        ours.look(|s, keys| s.publish(keys).expect("room"))
    };
    let (keys, others) = (keys(), is_get.then(&mut keys));
    ours.keep(|s| s.open(&keys));
    ours.reset(|s| s.empty_map().expect("room"));
    if let Some(others) = others {
        assoc_all(&mut ours, count);
        ours.look(|s, _| s.root_set(KEYS, s.open(&others)));
    }
    drop(keys);
    heap().collect();
    move || {
        if is_get {
            return ours.look(|s, map| {
                let keys: Vec<Value<'_>> = s.vector_iter(s.root_get(KEYS)).collect();
                Turn::timed_sum(count, || {
                    let look = |n| s.map_get(map, keys[place(n, count) as usize]);
                    (0..count).map(|n| number(s, look(n).expect("a key that is there"))).sum()
                })
            });
        }
        ours.reset(|s| s.empty_map().expect("room"));
        let turn = Turn::timed(count, || assoc_all(&mut ours, count));
        turn.with(ours.look(|s, map| s.map_iter(map).map(|(_, n)| number(s, n)).sum()))
    }
}

fn assoc_all(ours: &mut Ours, count: u64) {
    ours.fold(0..count, |s, map, n| {
        let key = s.vector_get(s.root_get(KEYS), n as usize).expect("an index in range");
        s.map_assoc(map, key, int(s, n)).expect("room")
    });
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
