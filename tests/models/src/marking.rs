//! The protocol of concurrent marking: two mutators, an atom, a published slot, one object that may be lost.
//!
//! Enter at [`Protocol::whole`] and take a part away. Object `X` begins in a register of one mutator, in the atom or
//! in the slot. A mutator loads, stores, makes atoms, publishes, opens and drops, in any order; the ends of its
//! scopes are the steps that acknowledge a hand-shake or flush its log. When marking is complete, everything
//! that anybody can still reach must be marked.
//!
//! Invariant: a mutator knows the phase that it acknowledged last. (Looking at the collector's phase earlier would be
//! like acknowledging earlier: until then it has done nothing that the hand-shake asks it not to do.)

use crate::explore::{Model, Step};

/// Which parts of the protocol are there.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// Hand-shake A: nobody's roots are scanned before everybody logs.
    pub barrier_hand_shake: bool,
    /// A store to an atom logs the word that it overwrites.
    pub log_old: bool,
    /// Until all roots are scanned, a store to an atom and a new slot log the word that they store.
    pub log_new: bool,
    /// What a mutator makes counts as live from the moment that its roots are scanned, rather than from its answer
    /// to hand-shake A: what counts as live is not scanned.
    pub fresh_after_roots: bool,
    /// Slots are scanned before any roots.
    pub slots_first: bool,
    /// Hand-shake C: logs are flushed before marking is called complete.
    pub flush_hand_shake: bool,
    /// Which mutator may make an atom.
    pub maker: usize,
    /// Whether the second mutator is a fork of the first, made at any time; and whether it then takes over the
    /// epoch that its parent has seen, rather than the current one.
    pub fork: Option<Born>,
}

/// Which hand-shakes a fork has done at its birth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Born {
    /// Those that its parent has done.
    AsItsParent,
    /// All of them.
    UpToDate,
}

impl Protocol {
    /// All of it.
    pub fn whole() -> Protocol {
        Protocol {
            barrier_hand_shake: true,
            log_old: true,
            log_new: true,
            fresh_after_roots: true,
            maker: 1,
            slots_first: true,
            flush_hand_shake: true,
            fork: None,
        }
    }
}

/// The collector's phases, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Phase {
    /// Hand-shake A is under way.
    Barrier,
    Slots,
    /// Hand-shake B.
    Roots,
    LateSlots,
    Trace,
    /// Hand-shake C.
    Flush,
    Done,
}

/// Objects are bits; nil is none.
type Object = u8;
const NIL: Object = 0;
const ATOM: Object = 1;
const X: Object = 2;
/// The atom that one mutator may make.
const NEW: Object = 4;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Mutator {
    exists: bool,
    acknowledged: bool,
    /// The phase that it acknowledged last.
    sees: Option<Phase>,
    registers: [Object; 2],
    /// Its log: a set of objects.
    log: u8,
}

/// A whole state.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct State {
    phase: Phase,
    mutators: [Mutator; 2],
    atom: Object,
    slot: Object,
    /// What the new atom holds, once it exists.
    new: Option<Object>,
    marked: u8,
    /// Marked, not yet scanned.
    grey: u8,
    /// Logs that were flushed.
    log: u8,
    logged_since_flush: bool,
}

const NAMES: [&str; 2] = ["mutator 0", "mutator 1"];

impl State {
    fn mark(&mut self, objects: u8) {
        self.grey |= objects & !self.marked;
        self.marked |= objects;
    }

    fn flush(&mut self, number: usize) {
        let log = std::mem::take(&mut self.mutators[number].log) & !self.marked;
        self.logged_since_flush |= log != 0;
        self.log |= log;
    }

    fn held(&self, object: Object) -> u8 {
        match object {
            ATOM => self.atom,
            NEW => self.new.unwrap_or(NIL),
            _ => NIL,
        }
    }

    fn reachable(&self) -> u8 {
        let mut reached = ATOM | self.slot;
        for mutator in &self.mutators {
            reached |= mutator.registers[0] | mutator.registers[1];
        }
        for _ in 0..3 {
            for object in [ATOM, NEW] {
                if reached & object != 0 {
                    reached |= self.held(object);
                }
            }
        }
        reached
    }

    /// States that differ in nothing that matters become the same: marked objects need no log, and registers
    /// have no order.
    fn tidy(mut self) -> State {
        self.log &= !self.marked;
        for mutator in &mut self.mutators {
            mutator.log &= !self.marked;
            mutator.registers.sort_unstable();
        }
        self
    }

    fn all_acknowledged(&self) -> bool {
        self.mutators.iter().all(|mutator| mutator.acknowledged || !mutator.exists)
    }

    fn enter(mut self, phase: Phase) -> State {
        self.phase = phase;
        self.mutators.iter_mut().for_each(|mutator| mutator.acknowledged = false);
        self.logged_since_flush = false;
        self
    }
}

impl Protocol {
    fn logs_old(&self, mutator: &Mutator) -> bool {
        self.log_old && mutator.sees.is_some()
    }

    fn logs_new(&self, mutator: &Mutator) -> bool {
        self.log_new && mutator.sees.is_some_and(|phase| phase < Phase::Trace)
    }

    fn mutator_steps(&self, state: &State, number: usize, visit: &mut dyn FnMut(Step, State)) {
        let mut step = |name, change: &dyn Fn(&mut State, &mut Mutator)| {
            let mut next = state.clone();
            let mut mutator = next.mutators[number];
            change(&mut next, &mut mutator);
            next.mutators[number] = mutator;
            visit(Step(NAMES[number], name), next.tidy());
        };
        let mutator = &state.mutators[number];
        // The first mutator makes do with one register: the second in order, as the first is nil.
        for index in 1 - number..2 {
            let (held, other) = (mutator.registers[index], mutator.registers[1 - index]);
            let mut atoms = vec![ATOM];
            atoms.extend((other == NEW).then_some(NEW));
            for atom in atoms {
                if state.held(atom) != held {
                    step(
                        if atom == ATOM { "loads" } else { "loads from the new atom" },
                        &|state, mutator| {
                            mutator.registers[index] = state.held(atom);
                        },
                    );
                    step(
                        if atom == ATOM { "stores" } else { "stores to the new atom" },
                        &|state, mutator| {
                            if self.logs_old(mutator) {
                                mutator.log |= state.held(atom) & !state.marked;
                            }
                            if self.logs_new(mutator) {
                                mutator.log |= held & !state.marked;
                            }
                            if atom == ATOM { state.atom = held } else { state.new = Some(held) }
                        },
                    );
                }
            }
            if held != NIL {
                step("drops", &|_, mutator| mutator.registers[index] = NIL);
            }
            if state.slot == NIL && held != NIL {
                step("publishes", &|state, mutator| {
                    state.slot = held;
                    if self.log_new && mutator.sees.is_some() {
                        mutator.log |= held & !state.marked;
                    }
                });
            }
            if state.slot != NIL && state.slot != held {
                step("opens", &|state, mutator| mutator.registers[index] = state.slot);
            }
            if number == self.maker && state.new.is_none() {
                step("makes an atom", &|state, mutator| {
                    state.new = Some(held);
                    mutator.registers[index] = NEW;
                    let fresh_from = if self.fresh_after_roots { Phase::Roots } else { Phase::Barrier };
                    if mutator.sees >= Some(fresh_from) {
                        state.marked |= NEW;
                    }
                });
            }
        }
        if state.slot != NIL {
            step("releases the slot", &|state, _| state.slot = NIL);
        }
    }

    /// The end of a scope.
    fn scope_ends(&self, state: &State, number: usize, visit: &mut dyn FnMut(Step, State)) {
        let mutator = &state.mutators[number];
        if mutator.log != 0 {
            let mut next = state.clone();
            next.flush(number);
            visit(Step(NAMES[number], "flushes its log"), next);
        }
        if !mutator.acknowledged && matches!(state.phase, Phase::Barrier | Phase::Roots | Phase::Flush) {
            let mut next = state.clone();
            if state.phase == Phase::Roots {
                let registers = mutator.registers;
                next.log |= (registers[0] | registers[1]) & !state.marked;
            }
            next.flush(number);
            next.mutators[number].acknowledged = true;
            next.mutators[number].sees = Some(state.phase);
            visit(Step(NAMES[number], "acknowledges"), next);
        }
        if let (Some(born), 0, false) = (self.fork, number, state.mutators[1].exists) {
            let mut next = state.clone();
            next.mutators[1] = Mutator { exists: true, log: 0, ..*mutator };
            if born == Born::UpToDate {
                (next.mutators[1].acknowledged, next.mutators[1].sees) = (true, Some(state.phase));
            }
            visit(Step(NAMES[0], "forks"), next);
        }
    }

    fn collector_steps(&self, state: &State, visit: &mut dyn FnMut(Step, State)) {
        let mut step = |name, next: State| visit(Step("collector", name), next.tidy());
        let all = state.all_acknowledged();
        match state.phase {
            Phase::Barrier if all || !self.barrier_hand_shake => {
                step("ends hand-shake A", state.clone().enter(Phase::Slots));
            }
            Phase::Slots | Phase::LateSlots => {
                let mut next = state.clone();
                if self.slots_first == (state.phase == Phase::Slots) {
                    next.mark(ATOM | state.slot);
                }
                let phase = if state.phase == Phase::Slots { Phase::Roots } else { Phase::Trace };
                step("scans the slots", next.enter(phase));
            }
            Phase::Roots if all => step("ends hand-shake B", state.clone().enter(Phase::LateSlots)),
            Phase::Trace if state.log != 0 => {
                let mut next = state.clone();
                let log = std::mem::take(&mut next.log);
                next.mark(log);
                step("takes the log", next);
            }
            Phase::Trace if state.grey != 0 => {
                for object in [ATOM, X, NEW] {
                    if state.grey & object != 0 {
                        let mut next = state.clone();
                        next.grey &= !object;
                        next.mark(state.held(object));
                        step("scans an object", next);
                    }
                }
            }
            Phase::Trace => step("has marked all it knows", state.clone().enter(Phase::Flush)),
            Phase::Flush if all || !self.flush_hand_shake => {
                let is_complete = !state.logged_since_flush && state.log == 0;
                let phase = if is_complete { Phase::Done } else { Phase::Trace };
                step("ends hand-shake C", state.clone().enter(phase));
            }
            _ => {}
        }
    }
}

impl Model for Protocol {
    type State = State;

    fn starts(&self) -> Vec<State> {
        let mutator = Mutator { exists: true, acknowledged: false, sees: None, registers: [NIL; 2], log: 0 };
        let empty = State {
            phase: Phase::Barrier,
            mutators: [mutator, Mutator { exists: self.fork.is_none(), ..mutator }],
            atom: NIL,
            slot: NIL,
            new: None,
            marked: 0,
            grey: 0,
            log: 0,
            logged_since_flush: false,
        };
        let mut starts = vec![State { atom: X, ..empty.clone() }, State { slot: X, ..empty.clone() }];
        let holder = usize::from(self.fork.is_none());
        starts.push(empty);
        starts[2].mutators[holder].registers[1] = X;
        starts
    }

    fn steps(&self, state: &State, visit: &mut dyn FnMut(Step, State)) {
        if state.phase == Phase::Done {
            return;
        }
        self.collector_steps(state, visit);
        for number in 0..2 {
            if state.mutators[number].exists {
                self.mutator_steps(state, number, visit);
                self.scope_ends(state, number, visit);
            }
        }
    }

    fn fault(&self, state: &State) -> Option<String> {
        let lost = state.reachable() & !state.marked;
        (state.phase == Phase::Done && lost != 0).then(|| {
            let names = [(ATOM, "the atom"), (X, "X"), (NEW, "the new atom")];
            let lost: Vec<_> = names.into_iter().filter(|(bit, _)| lost & bit != 0).map(|(_, n)| n).collect();
            format!("{} can be reached and is not marked", lost.join(" and "))
        })
    }

    fn is_end(&self, state: &State) -> bool {
        state.phase == Phase::Done
    }
}
