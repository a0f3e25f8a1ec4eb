//! Every barrier and every hand-shake is needed: with any one left out, a run of several mutators with nested scopes,
//! between whose operations the collector takes its steps, goes wrong; with none left out, no run does.
//!
//! One thread, so that a seed says it all. Freed memory is poisoned; every block, or every other one, is evacuated in
//! every cycle.

extern crate std;

use super::Part;
use crate::arena::BLOCK_WORDS;
use crate::object::{self, Kind};
use crate::{Heap, Mutator, Published, Region, Scope, Value, WeakTable};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::mem::ManuallyDrop;
use core::sync::atomic::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};

const PLAYERS: usize = 3;
const ATOMS: usize = 3;
const HANDLES: usize = 3;
const ROUNDS: usize = 150;
const SEEDS: u64 = 100;
/// Runs until one with a part left out goes wrong, which a few of a hundred do.
const SEEDS_MAX: u64 = 400;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ z >> 31) % bound as u64) as usize
    }
}

/// A mutator, and what its roots should hold: numbers of nodes.
struct Player {
    mutator: Mutator,
    roots: Vec<usize>,
}

/// What should be where. A node is a record of its number and up to two older nodes.
struct World {
    heap: Heap,
    random: Random,
    /// The children of each node.
    nodes: Vec<Vec<usize>>,
    /// Atoms, and the node that each holds.
    atoms: Vec<(Published, usize)>,
    handles: Vec<Option<(Published, usize)>>,
    weak: WeakTable,
}

/// A value that a scope holds, and the node that it should be.
type Register<'s> = (Value<'s>, usize);

impl World {
    fn new(seed: u64, omitted: u32) -> World {
        let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
        heap.0.arena.poisons.store(true, Ordering::Relaxed);
        heap.0.collector.evacuates_every.store(1 + seed as usize % 2, Ordering::Relaxed);
        heap.0.omitted.store(omitted, Ordering::Relaxed);
        let mut world = World {
            heap: heap.clone(),
            random: Random(seed),
            nodes: Vec::new(),
            atoms: Vec::new(),
            handles: (0..HANDLES).map(|_| None).collect(),
            weak: heap.weak_table(),
        };
        heap.mutator().enter(|s| {
            for _ in 0..ATOMS {
                let (value, node) = world.node(s, &[]);
                world.atoms.push((s.publish(s.atom(value).unwrap()).unwrap(), node));
            }
        });
        world
    }

    fn node<'s>(&mut self, s: Scope<'s>, children: &[Register<'s>]) -> Register<'s> {
        let values: Vec<_> = children.iter().map(|child| child.0).collect();
        self.nodes.push(children.iter().map(|child| child.1).collect());
        let number = self.nodes.len() - 1;
        (s.record(1, &values, &[number as u64]).unwrap(), number)
    }

    /// Whether a value is the node that it should be, some levels deep. Never follows a reference to no record.
    fn check<'s>(&self, s: Scope<'s>, (value, node): Register<'s>, depth: usize) -> Result<(), String> {
        let (arena, at) = (&self.heap.0.arena, value.word() as usize / 8);
        let is_record = value.is_reference()
            && arena.contains(at)
            && arena.load(at) as u8 == Kind::Record as u8
            && at % BLOCK_WORDS + object::object_words(arena.load(at)) <= BLOCK_WORDS;
        if !is_record || s.record_words(value) != [node as u64] {
            return Err(format!("node {node} is lost"));
        }
        let (values, children) = (s.record_values(value), &self.nodes[node]);
        if values.len() != children.len() {
            return Err(format!("node {node} lost its children"));
        }
        let mut pairs = values.iter().zip(children);
        pairs.try_for_each(
            |(value, child)| {
                if depth == 0 { Ok(()) } else { self.check(s, (*value, *child), depth - 1) }
            },
        )
    }

    fn step(&mut self) {
        let budget = 1 + self.random.below(160) as isize;
        self.heap.0.step(budget, true);
    }

    /// What happens in a scope of the first player; scopes of the others may open inside it.
    fn scope(&mut self, s: Scope<'_>, roots: &mut Vec<usize>, rest: &mut [Player]) -> Result<(), String> {
        let mut registers: Vec<Register<'_>> = Vec::new();
        let omitted = self.heap.0.omitted.load(Ordering::Relaxed);
        for _ in 0..self.random.below(24) {
            let (j, k) = (self.random.below(ATOMS), self.random.below(HANDLES));
            let chosen = match registers.len() {
                0 => None,
                count => Some(registers[self.random.below(count)]),
            };
            match self.random.below(18) {
                0 => {
                    let children: Vec<_> =
                        registers.iter().rev().take(self.random.below(3)).copied().collect();
                    registers.push(self.node(s, &children));
                }
                1 | 2 => registers.push((s.atom_load(s.open(&self.atoms[j].0)), self.atoms[j].1)),
                3 => {
                    if let Some((value, node)) = chosen {
                        s.atom_store(s.open(&self.atoms[j].0), value).unwrap();
                        self.atoms[j].1 = node;
                    }
                }
                4 => {
                    let new = self.node(s, chosen.as_slice());
                    s.atom_store(s.open(&self.atoms[j].0), new.0).unwrap();
                    self.atoms[j].1 = new.1;
                }
                5 => {
                    // One value may be known by two names; the atom must not care.
                    let old = registers.iter().rev().find(|register| register.1 == self.atoms[j].1).copied();
                    if let (Some((old, node)), Some(new)) = (old.or(chosen), chosen) {
                        let done = s.atom_compare_and_set(s.open(&self.atoms[j].0), old, new.0).unwrap();
                        if done != (node == self.atoms[j].1) {
                            return Err(format!("comparing with node {node} came to {done}"));
                        }
                        if done {
                            self.atoms[j].1 = new.1;
                        }
                    }
                }
                6 => {
                    if let Some((value, node)) = chosen {
                        s.root_push(value);
                        roots.push(node);
                    }
                }
                7 => {
                    if let Some(node) = roots.pop() {
                        registers.push((s.root_get(roots.len()), node));
                        s.root_resize(roots.len());
                    }
                }
                8 => {
                    if let Some((value, node)) = chosen {
                        self.handles[k] = Some((s.publish(value).unwrap(), node));
                    }
                }
                9 => {
                    if let Some((handle, node)) = &self.handles[k] {
                        registers.push((s.open(handle), *node));
                        if self.random.below(2) == 0 {
                            self.handles[k] = None;
                        }
                    }
                }
                10 => {
                    if let Some((value, node)) = chosen {
                        self.atoms[j] = (s.publish(s.atom(value).unwrap()).unwrap(), node);
                    }
                }
                11 => registers.truncate(registers.len() / 2),
                12 | 17 if !rest.is_empty() => {
                    let chosen = self.random.below(rest.len());
                    rest.swap(0, chosen);
                    let (player, rest) = rest.split_at_mut(1);
                    let Player { mutator, roots } = &mut player[0];
                    s.enter(mutator, |t| self.scope(t, roots, rest))?;
                }
                // In a heap that is broken these may not end.
                13 if omitted & !(Part::FixWeak as u32) == 0 => {
                    if let Some((value, node)) = chosen {
                        registers.push((self.weak.intern(s, value).unwrap(), node));
                    }
                }
                14 if omitted == 0 => {
                    let other = (j + 1) % ATOMS;
                    let [from, to] = [j, other].map(|index| s.open(&self.atoms[index].0));
                    let done = s.transact(|t| {
                        let value = t.load(from)?;
                        t.store(from, chosen.map_or(value, |chosen| chosen.0))?;
                        t.store(to, value)
                    });
                    done.map_err(|abort| format!("a transaction came to {abort:?}"))?;
                    self.atoms[other].1 = self.atoms[j].1;
                    self.atoms[j].1 = chosen.map_or(self.atoms[j].1, |chosen| chosen.1);
                }
                _ => self.step(),
            }
            registers.iter().try_for_each(|register| self.check(s, *register, 2))?;
        }
        (0..roots.len()).try_for_each(|index| self.check(s, (s.root_get(index), roots[index]), 3))
    }

    fn play(&mut self) -> Result<(), String> {
        let heap = self.heap.clone();
        let player = |_| Player { mutator: heap.mutator(), roots: Vec::new() };
        // A collector that was broken off may hold mutators for ever: then they are not dropped.
        let mut players: ManuallyDrop<Vec<Player>> = ManuallyDrop::new((0..PLAYERS).map(player).collect());
        for _ in 0..ROUNDS {
            let chosen = self.random.below(PLAYERS);
            players.swap(0, chosen);
            let (first, rest) = players.split_at_mut(1);
            let Player { mutator, roots } = &mut first[0];
            mutator.enter(|s| self.scope(s, roots, rest))?;
            match self.random.below(12) {
                0 => players[0].mutator.collect_young(),
                1 => heap.verify()?,
                2 => players[0] = player(0),
                _ => self.step(),
            }
        }
        heap.verify()?;
        for player in players.iter_mut() {
            player.mutator.enter(|s| {
                let mut roots = player.roots.iter().enumerate();
                roots.try_for_each(|(index, node)| self.check(s, (s.root_get(index), *node), 9))?;
                self.atoms
                    .iter()
                    .try_for_each(|(atom, node)| self.check(s, (s.atom_load(s.open(atom)), *node), 9))
            })?;
        }
        drop(ManuallyDrop::into_inner(players));
        Ok(())
    }
}

fn run(seed: u64, omitted: u32) -> Result<(), String> {
    let mut world = World::new(seed, omitted);
    catch_unwind(AssertUnwindSafe(|| world.play())).unwrap_or_else(|panic| {
        Err(panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic".to_string()))
    })
}

#[test]
fn with_nothing_left_out_no_run_goes_wrong() {
    // `HALT_SEEDS=10000` makes it long.
    let seeds = std::env::var("HALT_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    for seed in 0..seeds {
        let mut world = World::new(seed, 0);
        world.play().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let stats = world.heap.stats();
        assert!(stats.majors_sliced > 3 && stats.objects_moved > 20, "seed {seed}: {stats:?}");
    }
}

/// The part to leave out, for the process that does.
const OMITTED: &str = "HALT_OMITTED";

/// What `with_any_part_left_out_some_run_goes_wrong` starts in processes of its own: a broken heap may end them.
#[test]
fn runs_with_one_part_left_out() {
    let omitted = std::env::var(OMITTED).ok().and_then(|text| text.parse().ok());
    if let Some(omitted) = omitted {
        (0..SEEDS_MAX)
            .for_each(|seed| run(seed, omitted).unwrap_or_else(|error| panic!("seed {seed}: {error}")));
    }
}

#[test]
fn with_any_part_left_out_some_run_goes_wrong() {
    use Part::*;
    let parts = [
        OldLog,
        NewLog,
        SlotLog,
        PlaceLog,
        Barrier,
        Roots,
        Flush,
        Flip,
        Settle,
        Forwarding,
        Comparing,
        FixSlots,
        FixFresh,
        FixPublished,
        FixRoots,
        FixKept,
        FixWeak,
        SlotsFirst,
        FreshBlocks,
    ];
    let goes_wrong = |part: &Part| {
        let status = std::process::Command::new(std::env::current_exe().expect("this test's path"))
            .args(["--exact", "sabotage::tests::runs_with_one_part_left_out"])
            .env(OMITTED, (*part as u32).to_string())
            .output()
            .expect("a process for the runs")
            .status;
        !status.success()
    };
    let unneeded: Vec<_> = parts.into_iter().filter(|part| !goes_wrong(part)).collect();
    assert!(unneeded.is_empty(), "nothing goes wrong without {unneeded:?}");
}
