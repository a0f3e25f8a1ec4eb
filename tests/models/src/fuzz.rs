//! The fuzzer: bytes say what several mutators do, and every value is compared with a plain one.
//!
//! Enter at [`run`]. A byte is an operation, the next ones its operands; after the last byte all is checked and ends. Whatever
//! the bytes, the same bytes do the same: one thread, several mutators whose scopes nest, and steps of the
//! collector between any two operations. Values are held in local variables of a scope, on root stacks, in atoms and
//! in handles; all of them are checked again and again.
//!
//! Invariant: an operation that fails for want of memory changes nothing that the plain side can see.

use crate::algebra::{change_order, check_difference, check_order, order, together};
use crate::plain::{Plain, TAG};
use halt_heap::{Abort, Heap, Mutator, OutOfMemory, Published, Region, Scope, Value, WeakTable};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Values heavier than this do not grow.
const WEIGHT_MAX: usize = 300;
const LOCALS_MAX: usize = 24;
const ROOTS_MAX: usize = 24;
const ACTORS_MAX: usize = 5;
const DEPTH_MAX: usize = 3;

/// What a run did.
#[derive(Clone, Copy, Default, Debug)]
pub struct Report {
    /// Operations.
    pub steps: usize,
    /// Operations that found no room.
    pub failures: usize,
    /// Collections of the old space that ended.
    pub collections: u64,
}

/// splitmix64: the bytes of a seed.
pub fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    };
    (0..count.div_ceil(8)).flat_map(|_| next().to_le_bytes()).take(count).collect()
}

/// A heap as the first byte says: small or larger, tortured or not.
pub fn heap(first: u8) -> Heap {
    let mebibytes = [1, 2, 4, 8][usize::from(first & 3)];
    let heap = Heap::new(Region::allocate(mebibytes << 20)).expect("a region large enough");
    heap.set_torture(first & 4 != 0);
    heap.set_relax(std::thread::yield_now);
    heap
}

/// Interprets bytes on a heap, which others may be using too. Panics when something is not as it should be.
pub fn run(heap: &Heap, bytes: &[u8]) -> Report {
    let mut world = World {
        heap: heap.clone(),
        input: Input { bytes, at: 0 },
        actors: vec![Some(Actor { mutator: heap.mutator(), roots: Vec::new() })],
        atoms: Vec::new(),
        handles: Vec::new(),
        interned: heap.weak_table(),
        report: Report::default(),
    };
    while !world.input.is_empty() {
        world.between_scopes();
    }
    world.end();
    world.report.collections = heap.stats().majors;
    world.report
}

/// Panics when a heap that nobody uses any more holds something.
pub fn check_empty(heap: &Heap) {
    heap.verify().expect("the heap is in order");
    assert!(heap.collect() && heap.collect(), "no scope is open");
    let stats = heap.stats();
    assert_eq!((stats.old_live_bytes, stats.nursery_bytes), (0, 0), "{stats:?}");
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Input<'_> {
    fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The next byte; zeros behind the end.
    fn byte(&mut self) -> usize {
        self.at += 1;
        self.bytes.get(self.at - 1).copied().unwrap_or(0).into()
    }

    fn below(&mut self, bound: usize) -> usize {
        self.byte() % bound.max(1)
    }
}

struct Actor {
    mutator: Mutator,
    roots: Vec<Plain>,
}

struct World<'a> {
    heap: Heap,
    input: Input<'a>,
    /// Those that are not in a scope.
    actors: Vec<Option<Actor>>,
    atoms: Vec<(Published, Plain)>,
    handles: Vec<(Published, Plain)>,
    interned: WeakTable,
    report: Report,
}

type Local<'s> = (Value<'s>, Plain);

impl World<'_> {
    fn between_scopes(&mut self) {
        let number = self.input.below(self.actors.len());
        match self.input.below(32) {
            0 => drop(self.heap.collect()),
            1 => {
                // Somebody else may keep a scope open, if there is somebody else.
                let alone = self.is_alone();
                if let Err(error) = self.heap.verify() {
                    assert!(!alone && error == "a scope stays open", "{error}");
                }
            }
            2..6 => _ = self.heap.collect_a_little(1 + self.input.byte()),
            6 => _ = self.heap.collect_if_needed(),
            7 if self.actors.len() < ACTORS_MAX => {
                self.actors.push(Some(Actor { mutator: self.heap.mutator(), roots: Vec::new() }));
            }
            8 if self.actors.len() > 1 => drop(self.actors.swap_remove(number)),
            9 => {
                let fork = self.with_actor(number, |_, actor| {
                    actor.mutator.fork().map(|mutator| Actor { mutator, roots: actor.roots.clone() })
                });
                match fork {
                    Ok(fork) if self.actors.len() < ACTORS_MAX => self.actors.push(Some(fork)),
                    Ok(fork) => self.actors[number] = Some(fork),
                    Err(OutOfMemory) => self.report.failures += 1,
                }
            }
            10 => {
                let parked = self.with_actor(number, |_, actor| actor.mutator.park());
                self.report.failures += usize::from(parked.is_err());
            }
            11 => self.with_actor(number, |_, actor| actor.mutator.collect_young()),
            12 => {
                let count = (self.input.byte() as u64).is_multiple_of(3).then(|| self.input.byte() as u64);
                self.with_actor(number, |_, actor| actor.mutator.fail_allocation_after(count));
            }
            _ => self.with_actor(number, |world, actor| {
                let Actor { mutator, roots } = actor;
                mutator.enter(|s| world.scope(s, roots, 1));
            }),
        }
    }

    fn with_actor<R>(&mut self, number: usize, body: impl FnOnce(&mut Self, &mut Actor) -> R) -> R {
        let mut actor = self.actors[number].take().expect("an actor outside of scopes");
        let result = body(self, &mut actor);
        self.actors[number] = Some(actor);
        result
    }

    /// One scope: operations until one ends it.
    fn scope<'s>(&mut self, s: Scope<'s>, roots: &mut Vec<Plain>, depth: usize) {
        let mut locals: Vec<Local<'s>> = vec![(Value::NIL, Plain::Nil)];
        while !self.input.is_empty() {
            self.report.steps += 1;
            let operation = self.input.below(80);
            if operation == 0 || s.wants_safepoint() && self.input.below(4) == 0 {
                break;
            }
            match self.operate(s, operation, &mut locals, roots, depth) {
                Ok(()) => {}
                Err(OutOfMemory) => {
                    self.report.failures += 1;
                    locals.truncate(locals.len() / 2);
                    roots.truncate(roots.len() / 2);
                    s.root_resize(roots.len());
                    if self.input.below(2) == 0 {
                        break;
                    }
                }
            }
            while locals.len() > LOCALS_MAX {
                let at = self.input.below(locals.len());
                locals.swap_remove(at);
            }
            if locals.is_empty() {
                locals.push((Value::NIL, Plain::Nil));
            }
        }
        locals.iter().for_each(|(value, plain)| plain.check(s, *value));
    }

    fn operate<'s>(
        &mut self,
        s: Scope<'s>,
        operation: usize,
        locals: &mut Vec<Local<'s>>,
        roots: &mut Vec<Plain>,
        depth: usize,
    ) -> Result<(), OutOfMemory> {
        let at = self.input.below(locals.len());
        let local = locals[at].clone();
        match operation {
            1..4 => _ = self.heap.collect_a_little(1 + self.input.byte()),
            4 | 5 if roots.len() < ROOTS_MAX => {
                s.root_push(local.0);
                roots.push(local.1);
            }
            6 | 7 if !roots.is_empty() => {
                let index = self.input.below(roots.len());
                locals.push((s.root_get(index), roots[index].clone()));
            }
            8 if !roots.is_empty() => {
                let index = self.input.below(roots.len());
                s.root_set(index, local.0);
                roots[index] = local.1;
            }
            9 => {
                roots.truncate(self.input.below(roots.len() + 1));
                s.root_resize(roots.len());
            }
            10 => self.handles.push((s.publish(local.0)?, local.1)),
            11 if !self.handles.is_empty() => {
                let index = self.input.below(self.handles.len());
                let (handle, plain) = &self.handles[index];
                locals.push((s.open(handle), plain.clone()));
            }
            12 if !self.handles.is_empty() => {
                let index = self.input.below(self.handles.len());
                let handle = self.handles.swap_remove(index);
                if self.input.below(4) == 0 {
                    self.handles.push((handle.0.clone(), handle.1.clone()));
                }
            }
            13 if self.atoms.len() < 6 => {
                let atom = s.atom(local.0)?;
                self.atoms.push((s.publish(atom)?, local.1));
            }
            14 if self.atoms.len() > 3 => {
                let index = self.input.below(self.atoms.len());
                self.atoms.swap_remove(index);
            }
            15..24 if !self.atoms.is_empty() => self.atom(s, operation, local, locals)?,
            24 if depth < DEPTH_MAX => {
                let number = self.input.below(self.actors.len());
                if let Some(mut actor) = self.actors[number].take() {
                    let Actor { mutator, roots } = &mut actor;
                    s.enter(mutator, |t| self.scope(t, roots, depth + 1));
                    self.actors[number] = Some(actor);
                }
            }
            25 => local.1.check_equal(s, local.0),
            26 => roots.iter().enumerate().for_each(|(index, plain)| plain.check(s, s.root_get(index))),
            27 => self.check_shared(s),
            64..68 => {
                let other = &locals[self.input.below(locals.len())];
                check_difference(s, &local, other);
                if local.1.weight() + other.1.weight() <= WEIGHT_MAX
                    && let Some(made) = together(s, &local, other, self.input.byte())?
                {
                    check_difference(s, &local, &made);
                    made.1.check(s, made.0);
                    locals.push(made);
                }
            }
            68..73 => {
                let number = self.input.byte();
                check_order(s, &local, number);
                if local.1.weight() <= WEIGHT_MAX
                    && let Some(made) = change_order(s, &local, number)?
                {
                    made.1.check(s, made.0);
                    locals.push(made);
                }
            }
            73..77 => locals.push(self.intern(s, &local)?),
            77 => {
                if let Some(found) = self.interned.get(s, local.0) {
                    assert!(s.equal(found, local.0), "{:?} is found", Plain::read(s, found));
                }
            }
            _ => {
                if let Some(made) = self.make(s, operation, &local, locals)? {
                    made.1.check(s, made.0);
                    locals.push(made);
                }
            }
        }
        Ok(())
    }

    /// Interns a value: what is equal is the same one from then on.
    fn intern<'s>(&mut self, s: Scope<'s>, local: &Local<'s>) -> Result<Local<'s>, OutOfMemory> {
        let (value, plain) = local;
        let interned = self.interned.intern(s, *value)?;
        // It may be one of another kind: a set for a sorted one, a vector for a list.
        let found = Plain::read(s, interned);
        assert!(s.equal(interned, *value), "{found:?} for {plain:?}");
        for _ in 0..self.input.below(4) {
            self.heap.collect_a_little(64);
        }
        // It is held, so it is there.
        let again = self.interned.get(s, *value).expect("what was interned");
        found.check(s, again);
        if let Ok(equal) = plain.build(s) {
            let same = self.interned.intern(s, equal)?;
            assert!(same.is_identical(again) || !self.is_alone(), "{plain:?} is there twice");
        }
        Ok((interned, found))
    }

    /// Whether nobody else uses the heap.
    fn is_alone(&self) -> bool {
        self.heap.stats().mutators == self.actors.len()
    }

    fn atom<'s>(
        &mut self,
        s: Scope<'s>,
        operation: usize,
        local: Local<'s>,
        locals: &mut Vec<Local<'s>>,
    ) -> Result<(), OutOfMemory> {
        let index = self.input.below(self.atoms.len());
        let other = self.input.below(self.atoms.len());
        let atom = s.open(&self.atoms[index].0);
        match operation {
            15 | 16 => locals.push((s.atom_load(atom), self.atoms[index].1.clone())),
            17 | 18 => {
                s.atom_store(atom, local.0)?;
                self.atoms[index].1 = local.1;
            }
            19 => {
                // With what was loaded before steps of the collector, it succeeds.
                let old = s.atom_load(atom);
                for _ in 0..self.input.below(8) {
                    self.heap.collect_a_little(64);
                }
                assert!(s.atom_compare_and_set(atom, old, local.0)?, "nobody else stored");
                self.atoms[index].1 = local.1;
            }
            20 => {
                // With something else, it fails.
                if self.atoms[index].1 != local.1 {
                    assert!(!s.atom_compare_and_set(atom, local.0, Value::TRUE)?);
                }
            }
            21 => {
                let plain = self.atoms[index].1.clone();
                let grown = Plain::Record(Rc::new(vec![plain.clone()]), 5);
                if grown.weight() < WEIGHT_MAX {
                    let new = s.atom_swap(atom, |old| {
                        plain.check(s, old);
                        s.record(TAG, &[old], &[5])
                    })?;
                    self.atoms[index].1 = grown.clone();
                    locals.push((new, grown));
                }
            }
            22 if index != other => {
                let second = s.open(&self.atoms[other].0);
                let swapped = s.transact(|t| {
                    let (a, b) = (t.load(atom)?, t.load(second)?);
                    t.store(atom, b)?;
                    t.store(second, a)
                });
                match swapped {
                    Ok(()) => {
                        let plain = std::mem::replace(&mut self.atoms[index].1, Plain::Nil);
                        self.atoms[index].1 = std::mem::replace(&mut self.atoms[other].1, plain);
                    }
                    Err(Abort::OutOfMemory) => return Err(OutOfMemory),
                    Err(abort) => panic!("{abort:?}"),
                }
            }
            _ => {
                // A function that fails changes nothing.
                let failed: Result<(), _> = s.transact(|t| {
                    t.store(atom, local.0)?;
                    Err(Abort::Failed(Value::TRUE))
                });
                assert!(matches!(failed, Err(Abort::Failed(_) | Abort::OutOfMemory)));
            }
        }
        self.atoms[index].1.check(s, s.atom_load(atom));
        Ok(())
    }

    /// A value made of others, or of nothing.
    fn make<'s>(
        &mut self,
        s: Scope<'s>,
        operation: usize,
        local: &Local<'s>,
        locals: &[Local<'s>],
    ) -> Result<Option<Local<'s>>, OutOfMemory> {
        let (value, plain) = (local.0, &local.1);
        let (item, item_plain) = locals[self.input.below(locals.len())].clone();
        if plain.weight() + item_plain.weight() > WEIGHT_MAX {
            return Ok(None);
        }
        let (number, key) = (self.input.byte(), self.key());
        Ok(Some(match (plain, operation) {
            (_, 28) => {
                let plain = Plain::Record(Rc::new(vec![plain.clone(), item_plain]), number as u64);
                (s.record(TAG, &[value, item], &[number as u64])?, plain)
            }
            (_, 29..34) => {
                let plain = [
                    Plain::Vector(Rc::default()),
                    Plain::Map(Rc::default()),
                    Plain::Set(Rc::default()),
                    Plain::Sorted(Rc::default()),
                    Plain::SortedSet(Rc::default()),
                    Plain::List(Rc::default()),
                ];
                let plain = plain[number % plain.len()].clone();
                let value = match plain {
                    Plain::Map(_) => s.empty_map()?,
                    Plain::Set(_) => s.empty_set()?,
                    Plain::Sorted(_) => s.empty_sorted_map(Value::NIL)?,
                    _ => plain.build(s)?,
                };
                (value, plain)
            }
            (_, 34) => {
                // Larger than a line; sometimes larger than half a block.
                let length = if number % 16 == 0 { 40_000 } else { number * 7 };
                let plain = Plain::Text("text ".repeat(length / 5).into());
                (plain.build(s)?, plain)
            }
            (Plain::Vector(items), _) => {
                return vector(s, value, items, (item, item_plain), operation, number);
            }
            (Plain::Map(map), 35..42) => {
                let mut map = map.clone();
                Rc::make_mut(&mut map).remove(&key);
                (s.map_dissoc(value, key.build(s)?)?, Plain::Map(map))
            }
            (Plain::Map(map), _) => {
                let mut map = map.clone();
                Rc::make_mut(&mut map).insert(key.clone(), item_plain);
                (s.map_assoc(value, key.build(s)?, item)?, Plain::Map(map))
            }
            (Plain::Set(set), 35..42) => {
                let mut set: Rc<BTreeSet<Plain>> = set.clone();
                Rc::make_mut(&mut set).remove(&key);
                (s.set_disj(value, key.build(s)?)?, Plain::Set(set))
            }
            (Plain::Set(set), _) => {
                let mut set = set.clone();
                Rc::make_mut(&mut set).insert(key.clone());
                (s.set_conj(value, key.build(s)?)?, Plain::Set(set))
            }
            (Plain::Sorted(map), 35..42) => {
                let mut map: Rc<BTreeMap<i64, Plain>> = map.clone();
                Rc::make_mut(&mut map).remove(&(number as i64));
                let key = s.int(number as i64)?;
                (s.sorted_map_dissoc(value, key, |a, b| order(s, a, b))?, Plain::Sorted(map))
            }
            (Plain::Sorted(map), _) => {
                let mut map = map.clone();
                Rc::make_mut(&mut map).insert(number as i64, item_plain);
                let key = s.int(number as i64)?;
                (s.sorted_map_assoc(value, key, item, |a, b| order(s, a, b))?, Plain::Sorted(map))
            }
            (Plain::SortedSet(_), _) => return change_order(s, local, number),
            (Plain::List(items), _) => {
                let mut items = items.clone();
                Rc::make_mut(&mut items).push(item_plain);
                (s.pair(item, value)?, Plain::List(items))
            }
            (Plain::Record(items, _), _) => {
                let index = number % items.len();
                (s.record_values(value)[index], items[index].clone())
            }
            (Plain::Nil | Plain::Int(_) | Plain::Text(_), _) => (key.build(s)?, key),
        }))
    }

    /// A key, of few different ones: small and boxed integers, strings, vectors, and integers whose hashes collide.
    fn key(&mut self) -> Plain {
        let number = self.input.below(64) as i64;
        match self.input.below(6) {
            0 | 1 => Plain::Int(number),
            2 => Plain::Int(i64::MAX - number),
            3 => Plain::Text(format!("{number:0width$}", width = number as usize).into()),
            4 => Plain::Int(colliding(0xABCD_EF01, number as u32)),
            _ => Plain::Vector(Rc::new(vec![Plain::Int(number), Plain::Nil])),
        }
    }

    fn check_shared(&self, s: Scope<'_>) {
        for (handle, plain) in &self.handles {
            plain.check(s, s.open(handle));
        }
        for (handle, plain) in &self.atoms {
            plain.check(s, s.atom_load(s.open(handle)));
        }
    }

    /// Checks everything, then that nothing is left when nobody holds anything.
    fn end(&mut self) {
        for actor in self.actors.iter_mut().flatten() {
            actor.mutator.fail_allocation_after(None);
        }
        for number in 0..self.actors.len() {
            self.with_actor(number, |world, actor| {
                actor.mutator.enter(|s| {
                    world.check_shared(s);
                    for (index, plain) in actor.roots.iter().enumerate() {
                        plain.check_equal(s, s.root_get(index));
                    }
                });
            });
        }
        let alone = self.is_alone();
        self.actors.clear();
        self.atoms.clear();
        self.handles.clear();
        if alone {
            assert!(self.heap.collect() && self.heap.collect(), "no scope is open");
            assert!(self.interned.is_empty(), "{} interned values are left", self.interned.len());
        }
    }
}

fn vector<'s>(
    s: Scope<'s>,
    value: Value<'s>,
    items: &Rc<Vec<Plain>>,
    (item, item_plain): Local<'s>,
    operation: usize,
    number: usize,
) -> Result<Option<Local<'s>>, OutOfMemory> {
    let mut items = items.clone();
    let count = items.len();
    let changed = Rc::make_mut(&mut items);
    let made = match operation {
        35..38 => {
            let popped = s.vector_pop(value)?;
            assert_eq!(popped.is_some(), changed.pop().is_some());
            let Some(value) = popped else { return Ok(None) };
            value
        }
        38..42 if count > 0 => {
            changed[number % count] = item_plain;
            s.vector_assoc(value, number % count, item)?.expect("an index below the count")
        }
        42..45 => {
            let (start, end) = (number % (count + 1), number / 2 % (count + 1));
            let (start, end) = (start.min(end), start.max(end));
            *changed = changed[start..end].to_vec();
            s.vector_slice(value, start, end)?
        }
        45..50 => {
            let Plain::Vector(second) = &item_plain else { return Ok(None) };
            changed.extend(second.iter().cloned());
            s.vector_concat(value, item)?
        }
        50..53 => {
            // Many at once, so that the vector grows deep.
            changed.extend((0..40).map(|n| Plain::Int(n + number as i64)));
            let mut value = value;
            for n in 0..40 {
                value = s.vector_push(value, s.int(n + number as i64)?)?;
            }
            value
        }
        _ => {
            changed.push(item_plain);
            s.vector_push(value, item)?
        }
    };
    Ok(Some((made, Plain::Vector(items))))
}

/// An integer whose place in a map is by the hash given, another for each serial: the inverse of the heap's mixing.
fn colliding(hash: u32, serial: u32) -> i64 {
    let z = ((hash as u64) << 32 | serial as u64).wrapping_mul(0xF1DE_83E1_9937_733D);
    (z ^ z >> 32) as i64
}
