//! The protocol of concurrent relocation: an object moves while two mutators use it, and its old place is reused.
//!
//! Enter at [`Protocol::whole`] and take a part away. `X` is copied to `X'`. An atom, a record and what the second
//! mutator makes may hold either; registers too. A mutator that has answered hand-shake D forwards what it stores;
//! one that has answered E holds no `X`. Once the old place is reused nobody may come upon it, and at no time may the
//! atom hold another value than was stored last, of which the two copies are one.
//!
//! Invariant: the ends of scopes are the steps that answer hand-shakes; between two of them registers keep their words.

use crate::explore::{Model, Step};
use crate::marking::Born;

/// Which parts of the protocol are there.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// Hand-shake D: references are fixed once everybody forwards what it stores.
    pub flip_hand_shake: bool,
    /// Hand-shake E: the old place is reused once everybody has put its roots right.
    pub settle_hand_shake: bool,
    /// A mutator that has answered D forwards what it stores and promotes.
    pub forwards: bool,
    /// A store before D notes the place, so that it is fixed although the marker saw another word there.
    pub log_places: bool,
    /// Objects made meanwhile are walked.
    pub walk_fresh: bool,
    /// References are fixed by compare-and-set: not if a mutator has stored meanwhile.
    pub fix_by_compare_and_set: bool,
    /// Whether the second mutator is a fork of the first.
    pub fork: Option<Born>,
}

impl Protocol {
    /// All of it.
    pub fn whole() -> Protocol {
        Protocol {
            flip_hand_shake: true,
            settle_hand_shake: true,
            forwards: true,
            log_places: true,
            walk_fresh: true,
            fix_by_compare_and_set: true,
            fork: None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Phase {
    /// Marking is complete; nothing is copied yet.
    Copy,
    /// Hand-shake D.
    Flip,
    Fix,
    /// Hand-shake E.
    Settle,
    Reused,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Word {
    Nil,
    X,
    Copy,
    New,
}

/// What may hold a word: the atom, a record of the old space, the atom that the second mutator makes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Place {
    Atom,
    Record,
    New,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Mutator {
    exists: bool,
    answered: Option<Phase>,
    registers: [Word; 2],
    has_logged: bool,
}

/// A whole state.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct State {
    phase: Phase,
    mutators: [Mutator; 2],
    atom: Word,
    /// What was stored in the atom last, whichever copy.
    stored: Word,
    /// Whether the atom is among the places to fix.
    atom_is_noted: bool,
    record: Word,
    new: Option<Word>,
    /// Places still to fix.
    to_fix: [bool; 3],
    /// A place whose word was read, and is about to be replaced.
    fixing: Option<Place>,
}

const NAMES: [&str; 2] = ["mutator 0", "mutator 1"];

fn value(word: Word) -> Word {
    if word == Word::Copy { Word::X } else { word }
}

fn forward(word: Word) -> Word {
    if word == Word::X { Word::Copy } else { word }
}

impl State {
    fn word(&self, place: Place) -> Word {
        match place {
            Place::Atom => self.atom,
            Place::Record => self.record,
            Place::New => self.new.unwrap_or(Word::Nil),
        }
    }

    fn put(&mut self, place: Place, word: Word) {
        match place {
            Place::Atom => self.atom = word,
            Place::Record => self.record = word,
            Place::New => self.new = Some(word),
        }
    }

    fn all_answered(&self) -> bool {
        self.mutators.iter().all(|mutator| mutator.answered >= Some(self.phase) || !mutator.exists)
    }

    fn tidy(mut self) -> State {
        self.mutators.iter_mut().for_each(|mutator| mutator.registers.sort_unstable());
        self
    }
}

impl Protocol {
    fn mutator_steps(&self, state: &State, number: usize, visit: &mut dyn FnMut(Step, State)) {
        let mutator = &state.mutators[number];
        let is_flipped = mutator.answered.is_some();
        let mut step = |name, change: &dyn Fn(&mut State)| {
            let mut next = state.clone();
            change(&mut next);
            visit(Step(NAMES[number], name), next.tidy());
        };
        for index in 1 - number..2 {
            let (held, other) = (mutator.registers[index], mutator.registers[1 - index]);
            let stored = if self.forwards && is_flipped { forward(held) } else { held };
            step("loads from the record", &|state| state.mutators[number].registers[index] = state.record);
            step("loads", &|state| state.mutators[number].registers[index] = state.atom);
            step("stores", &|state| {
                (state.atom, state.stored) = (stored, value(held));
                state.mutators[number].has_logged |= self.log_places && !is_flipped;
            });
            if other == Word::New {
                step("loads from the new atom", &|state| {
                    state.mutators[number].registers[index] = state.word(Place::New);
                });
                step("stores to the new atom", &|state| state.new = Some(stored));
            }
            if held != Word::Nil {
                step("drops", &|state| state.mutators[number].registers[index] = Word::Nil);
            }
            if number == 1 && state.new.is_none() && state.phase < Phase::Settle {
                step("makes an atom", &|state| {
                    state.new = Some(stored);
                    state.mutators[number].registers[index] = Word::New;
                });
            }
        }
        let asks = matches!(state.phase, Phase::Flip | Phase::Settle);
        if asks && mutator.answered < Some(state.phase) {
            step("answers", &|state| {
                let mutator = &mut state.mutators[number];
                mutator.answered = Some(state.phase);
                state.atom_is_noted |= std::mem::take(&mut mutator.has_logged);
                if state.phase == Phase::Settle {
                    mutator.registers = mutator.registers.map(forward);
                }
            });
        }
        if let (Some(born), 0, false) = (self.fork, number, state.mutators[1].exists) {
            step("forks", &|state| {
                state.mutators[1] = Mutator { has_logged: false, exists: true, ..state.mutators[0] };
                if asks && born == Born::UpToDate {
                    state.mutators[1].answered = Some(state.phase);
                }
            });
        }
    }

    fn collector_steps(&self, state: &State, visit: &mut dyn FnMut(Step, State)) {
        let mut step = |name, next: State| visit(Step("collector", name), next.tidy());
        let phase = |phase| State { phase, ..state.clone() };
        match state.phase {
            Phase::Copy => step("copies X", phase(Phase::Flip)),
            Phase::Flip if state.all_answered() || !self.flip_hand_shake => {
                let to_fix = [state.atom_is_noted, true, self.walk_fresh && state.new.is_some()];
                step("ends hand-shake D", State { to_fix, ..phase(Phase::Fix) });
            }
            Phase::Fix => {
                if let Some(place) = state.fixing {
                    let mut next = State { fixing: None, ..state.clone() };
                    if !self.fix_by_compare_and_set || state.word(place) == Word::X {
                        next.put(place, Word::Copy);
                    }
                    return step("replaces a reference", next);
                }
                for (number, place) in [Place::Atom, Place::Record, Place::New].into_iter().enumerate() {
                    if state.to_fix[number] {
                        let mut next = state.clone();
                        next.to_fix[number] = false;
                        next.fixing = (state.word(place) == Word::X).then_some(place);
                        step("looks at a place", next);
                    }
                }
                if !state.to_fix.contains(&true) {
                    step("has fixed all it knows", phase(Phase::Settle));
                }
            }
            Phase::Settle if state.all_answered() || !self.settle_hand_shake => {
                step("reuses the old place", phase(Phase::Reused));
            }
            _ => {}
        }
    }
}

impl Model for Protocol {
    type State = State;

    fn starts(&self) -> Vec<State> {
        let mutator = Mutator { exists: true, answered: None, registers: [Word::Nil; 2], has_logged: false };
        let state = State {
            phase: Phase::Copy,
            mutators: [mutator, Mutator { exists: self.fork.is_none(), ..mutator }],
            atom: Word::Nil,
            stored: Word::Nil,
            atom_is_noted: false,
            record: Word::X,
            new: None,
            to_fix: [false; 3],
            fixing: None,
        };
        vec![State { atom: Word::X, stored: Word::X, atom_is_noted: true, ..state.clone() }, state]
    }

    fn steps(&self, state: &State, visit: &mut dyn FnMut(Step, State)) {
        self.collector_steps(state, visit);
        for number in 0..2 {
            if state.mutators[number].exists {
                self.mutator_steps(state, number, visit);
            }
        }
    }

    fn fault(&self, state: &State) -> Option<String> {
        if value(state.atom) != state.stored {
            return Some(format!("the atom holds {:?}, but {:?} was stored", state.atom, state.stored));
        }
        if state.phase != Phase::Reused {
            return None;
        }
        let registers = state.mutators.iter().flat_map(|mutator| mutator.registers);
        let mut words = registers.chain([state.atom, state.record, state.new.unwrap_or(Word::Nil)]);
        words.any(|word| word == Word::X).then(|| "the reused place can be reached".to_string())
    }

    fn is_end(&self, state: &State) -> bool {
        state.phase == Phase::Reused
    }
}
