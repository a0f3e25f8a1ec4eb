//! Persistent collections against `std` models while every scope's end collects: what a root, an atom or a
//! handle holds, older versions included, keeps its contents, its hash and its equality.

mod common;

use common::{Random, heap};
use halt_heap::{Published, Scope, Value};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq)]
enum Model {
    Map(BTreeMap<i64, String>),
    Set(BTreeSet<i64>),
    Vector(Vec<Option<Box<Model>>>),
    List(Vec<i64>),
}

impl Model {
    fn random(random: &mut Random) -> Model {
        match random.below(4) {
            0 => Model::Map(BTreeMap::new()),
            1 => Model::Set(BTreeSet::new()),
            2 => Model::Vector(Vec::new()),
            _ => Model::List((0..random.below(40) as i64).collect()),
        }
    }

    fn build<'s>(&self, s: Scope<'s>) -> Value<'s> {
        match self {
            Model::Map(map) => {
                let entries: Vec<_> = map.iter().map(|(k, v)| (key(s, *k), s.string(v).unwrap())).collect();
                s.map(&entries).unwrap()
            }
            Model::Set(set) => s.set(&set.iter().map(|k| key(s, *k)).collect::<Vec<_>>()).unwrap(),
            Model::Vector(items) => {
                let items: Vec<_> =
                    items.iter().map(|item| item.as_ref().map_or(Value::NIL, |m| m.build(s))).collect();
                s.vector(&items).unwrap()
            }
            Model::List(items) => s.list(&items.iter().map(|n| key(s, *n)).collect::<Vec<_>>()).unwrap(),
        }
    }

    fn check<'s>(&self, s: Scope<'s>, value: Value<'s>) {
        match self {
            Model::Map(map) => {
                assert_eq!(s.map_count(value), map.len());
                for (k, v) in map {
                    assert_eq!(s.map_get(value, key(s, *k)).and_then(|v| s.as_str(v)), Some(v.as_str()));
                }
            }
            Model::Set(set) => {
                assert_eq!(s.set_count(value), set.len());
                assert!(set.iter().all(|k| s.set_contains(value, key(s, *k))));
            }
            Model::Vector(items) => {
                assert_eq!(s.vector_count(value), items.len());
                for (item, model) in s.vector_iter(value).zip(items) {
                    match model {
                        Some(model) => model.check(s, item),
                        None => assert!(item.is_nil()),
                    }
                }
            }
            Model::List(items) => {
                let ints: Vec<_> = s.list_iter(value).map(|item| number(s, item)).collect();
                assert_eq!(&ints, items);
            }
        }
    }

    fn depth(&self) -> usize {
        match self {
            Model::Vector(items) => 1 + items.iter().flatten().map(|m| m.depth()).max().unwrap_or(0),
            _ => 1,
        }
    }

    /// One random step, on the model and on the value.
    fn step<'s>(&mut self, s: Scope<'s>, value: Value<'s>, random: &mut Random) -> Value<'s> {
        let n = random.below(60) as i64;
        match self {
            Model::Map(map) if random.below(3) == 0 => {
                map.remove(&n);
                s.map_dissoc(value, key(s, n)).unwrap()
            }
            Model::Map(map) => {
                let text = "x".repeat(random.below(30));
                map.insert(n, text.clone());
                s.map_assoc(value, key(s, n), s.string(&text).unwrap()).unwrap()
            }
            Model::Set(set) if random.below(3) == 0 => {
                set.remove(&n);
                s.set_disj(value, key(s, n)).unwrap()
            }
            Model::Set(set) => {
                set.insert(n);
                s.set_conj(value, key(s, n)).unwrap()
            }
            Model::Vector(items) if random.below(3) == 0 && !items.is_empty() => {
                let at = random.below(items.len());
                items[at] = None;
                s.vector_assoc(value, at, Value::NIL).unwrap().unwrap()
            }
            Model::Vector(items) => {
                items.push(None);
                s.vector_push(value, Value::NIL).unwrap()
            }
            Model::List(items) => {
                items.insert(0, n);
                s.pair(key(s, n), value).unwrap()
            }
        }
    }
}

/// Keys of several kinds, boxed integers among them.
fn key<'s>(s: Scope<'s>, n: i64) -> Value<'s> {
    match n % 3 {
        0 => s.int(n).unwrap(),
        1 => s.int(i64::MAX - n).unwrap(),
        _ => s.string(&n.to_string()).unwrap(),
    }
}

fn number<'s>(s: Scope<'s>, value: Value<'s>) -> i64 {
    match s.as_int(value) {
        Some(n) if n > 1_000_000 => i64::MAX - n,
        Some(n) => n,
        None => s.as_str(value).unwrap().parse().unwrap(),
    }
}

#[test]
fn versions_keep_their_contents_through_collections() {
    const ROOTS: usize = 10;
    for seed in 0..8 {
        let heap = heap(16);
        heap.set_torture(true);
        let mut random = Random(seed);
        let mut mutator = heap.mutator();
        let mut models: Vec<Model> = (0..ROOTS).map(|_| Model::random(&mut random)).collect();
        let mut versions: Vec<(Model, u32, Published)> = Vec::new();
        let atom = mutator.enter(|s| {
            for model in &models {
                s.root_push(model.build(s));
            }
            s.publish(s.atom(Value::NIL).unwrap()).unwrap()
        });
        let mut in_atom = None;
        for _ in 0..150 {
            mutator.enter(|s| {
                for _ in 0..random.below(20) {
                    let at = random.below(ROOTS);
                    let value = models[at].step(s, s.root_get(at), &mut random);
                    s.root_set(at, value);
                }
                let (at, other) = (random.below(ROOTS), random.below(ROOTS));
                match random.below(6) {
                    0 if models[other].depth() < 5 => {
                        let inner = models[other].clone();
                        if let Model::Vector(items) = &mut models[at] {
                            items.push(Some(Box::new(inner)));
                            s.root_set(at, s.vector_push(s.root_get(at), s.root_get(other)).unwrap());
                        }
                    }
                    1 => {
                        let value = s.root_get(at);
                        versions.push((models[at].clone(), s.hash(value), s.publish(value).unwrap()));
                    }
                    2 => {
                        s.atom_store(s.open(&atom), s.root_get(at)).unwrap();
                        in_atom = Some(models[at].clone());
                    }
                    3 => {
                        if let Some(model) = &in_atom {
                            s.root_set(at, s.atom_load(s.open(&atom)));
                            models[at] = model.clone();
                        }
                    }
                    4 if versions.len() > 20 => {
                        versions.swap_remove(random.below(versions.len()));
                    }
                    _ => {}
                }
                for (at, model) in models.iter().enumerate() {
                    model.check(s, s.root_get(at));
                }
            });
            mutator.enter(|s| {
                for (model, hash, handle) in &versions {
                    let value = s.open(handle);
                    model.check(s, value);
                    assert_eq!(s.hash(value), *hash);
                    let again = model.build(s);
                    assert!(s.equal(value, again));
                    assert_eq!(s.hash(again), *hash);
                }
            });
            heap.verify().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
    }
}
