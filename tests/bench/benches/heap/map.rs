//! Maps of integers: assoc, update, get, iterate and dissoc beside the persistent maps of Rust and of Clojure.
//!
//! Enter at [`contest`]. The peers get a hash function as cheap as ours ([`Mix`]); with their default one they are slower.

use crate::Plan;
use crate::contest::{Contest, Turn};
use crate::ours::{Ours, heap, int, key, number};
use crate::peers;
use halt_bench::random::place;
use halt_heap::{Scope, Value};
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;

/// A cheap hash function that spreads to all bits.
#[derive(Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.write_u64(chunk.iter().rev().fold(0, |word, byte| word << 8 | *byte as u64));
        }
        self.write_u64(chunks.remainder().iter().rev().fold(1, |word, byte| word << 8 | *byte as u64));
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(byte as u64);
    }

    fn write_u64(&mut self, word: u64) {
        let product = (self.0 ^ word ^ 0x2545_F491_4F6C_DD1D) as u128 * 0x9E37_79B9_7F4A_7C15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The peers' way to make hashers.
pub(crate) type Build = BuildHasherDefault<Mix>;
/// Maps of the peers.
pub(crate) type ImblMap<K, V> = imbl::GenericHashMap<K, V, Build, imbl::shared_ptr::DefaultSharedPtr>;
pub(crate) type ImMap<K, V> = im::HashMap<K, V, Build>;
pub(crate) type RpdsMap<K, V> = rpds::HashTrieMapSync<K, V, Build>;

/// A peer: each operation leaves the old version as it was.
trait Peer: Clone + Default + 'static {
    fn with(&self, key: u64, value: u64) -> Self;
    fn without(&self, key: u64) -> Self;
    fn at(&self, key: u64) -> u64;
    fn sum(&self) -> u64;
}

/// `im` and `imbl`, its continuation, have one interface.
macro_rules! peer {
    ($peer:ty) => {
        impl Peer for $peer {
            fn with(&self, key: u64, value: u64) -> Self {
                self.update(key, value)
            }

            fn without(&self, key: u64) -> Self {
                self.without(&key)
            }

            fn at(&self, key: u64) -> u64 {
                self[&key]
            }

            fn sum(&self) -> u64 {
                self.iter().map(|(key, value)| key ^ value).sum()
            }
        }
    };
}

peer!(ImblMap<u64, u64>);
peer!(ImMap<u64, u64>);

impl Peer for RpdsMap<u64, u64> {
    fn with(&self, key: u64, value: u64) -> Self {
        self.insert(key, value)
    }

    fn without(&self, key: u64) -> Self {
        self.remove(&key)
    }

    fn at(&self, key: u64) -> u64 {
        self[&key]
    }

    fn sum(&self) -> u64 {
        self.iter().map(|(key, value)| key ^ value).sum()
    }
}

fn empty<'s>(s: Scope<'s>) -> Value<'s> {
    s.empty_map().expect("room for an empty map")
}

fn assoc<'s>(s: Scope<'s>, map: Value<'s>, key: u64, value: u64) -> Value<'s> {
    s.map_assoc(map, int(s, key), int(s, value)).expect("room")
}

fn fill(ours: &mut Ours, count: u64) {
    ours.fold(0..count, |s, map, n| assoc(s, map, key(n), n));
}

fn iterate(ours: &mut Ours) -> u64 {
    ours.look(|s, map| s.map_iter(map).map(|(key, value)| number(s, key) ^ number(s, value)).sum())
}

fn ours(name: &str, count: u64) -> impl FnMut() -> Turn + 'static {
    let mut ours = Ours::new(heap());
    ours.reset(empty);
    if name != "map-assoc" && name != "map-dissoc" {
        fill(&mut ours, count);
    }
    let name = name.to_string();
    move || match name.as_str() {
        "map-assoc" => {
            ours.reset(empty);
            Turn::timed(count, || fill(&mut ours, count)).with(iterate(&mut ours))
        }
        "map-update" => {
            let turn = Turn::timed(count, || {
                ours.fold(0..count, |s, map, n| assoc(s, map, key(place(n, count)), n + 7))
            });
            turn.with(iterate(&mut ours))
        }
        "map-get" => Turn::timed_sum(count, || {
            ours.sum(0..count, |s, map, n| {
                let value = s.map_get(map, int(s, key(place(n, count))));
                number(s, value.expect("a key that is there"))
            })
        }),
        "map-iterate" => Turn::timed_sum(count, || iterate(&mut ours)),
        _ => {
            ours.reset(empty);
            fill(&mut ours, count);
            let turn = Turn::timed(count, || {
                ours.fold(0..count, |s, map, n| s.map_dissoc(map, int(s, key(n))).expect("room"))
            });
            turn.with(iterate(&mut ours))
        }
    }
}

fn peer<P: Peer>(name: &str, count: u64) -> impl FnMut() -> Turn + 'static {
    let fill = move || (0..count).fold(P::default(), |map, n| map.with(key(n), n));
    let mut made = None;
    let name = name.to_string();
    move || {
        let is_filled = name != "map-assoc" && name != "map-dissoc";
        let map = made.get_or_insert_with(|| if is_filled { fill() } else { P::default() });
        match name.as_str() {
            "map-assoc" => {
                *map = P::default();
                Turn::timed(count, || *map = fill()).with(map.sum())
            }
            "map-update" => {
                let turn = Turn::timed(count, || {
                    (0..count).for_each(|n| *map = map.with(key(place(n, count)), n + 7));
                });
                turn.with(map.sum())
            }
            "map-get" => {
                Turn::timed_sum(count, || (0..count).map(|n| black_box(&*map).at(key(place(n, count)))).sum())
            }
            "map-iterate" => Turn::timed_sum(count, || black_box(&*map).sum()),
            _ => {
                *map = fill();
                Turn::timed(count, || (0..count).for_each(|n| *map = map.without(key(n)))).with(map.sum())
            }
        }
    }
}

/// The contest of a benchmark of this file.
pub(crate) fn contest(name: &str, plan: &Plan) -> Contest {
    let count = plan.scaled(1_000_000);
    Contest::new(ours(name, count))
        .and("imbl", peer::<ImblMap<u64, u64>>(name, count))
        .and("im", peer::<ImMap<u64, u64>>(name, count))
        .and("rpds", peer::<RpdsMap<u64, u64>>(name, count))
        .and_program("Clojure", peers::clojure(), &format!("{name} {count}"))
}
