//! The protocol of commits to several atoms (`kernel/heap/src/transact.rs`): two transactions and a plain swap, on two atoms.
//!
//! Enter at [`Protocol::whole`] and take a part away. Each transaction reads one atom, or both, and writes one, or both; it
//! claims what it read and wrote, decides by its status, and removes its claims. Whoever meets a claim decides against its
//! owner, and removes it. The plain side applies a transaction at the moment at which it decides for itself: what the atoms
//! stand for must be the same at all times, whatever readers meet.
//!
//! Invariant: a step touches one shared word.

use crate::explore::{Model, Step};

/// Which parts of the protocol are there.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// What was only read is claimed too.
    pub claim_reads: bool,
    /// A claim is put only in the place of what was read.
    pub compare_seen: bool,
    /// The owner decides by compare-and-set: not when another has decided.
    pub decide_by_compare_and_set: bool,
    /// Whoever removes another's claim has decided first.
    pub decide_before_removing: bool,
}

impl Protocol {
    /// All of it.
    pub fn whole() -> Protocol {
        Protocol {
            claim_reads: true,
            compare_seen: true,
            decide_by_compare_and_set: true,
            decide_before_removing: true,
        }
    }
}

const ATOMS: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Word {
    Value(u8),
    /// The claim of a transaction.
    Claim(usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Status {
    Open,
    Done,
    Failed,
}

/// What an actor does next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum At {
    /// Looks at the word of an atom, to read it.
    Read(usize),
    /// Looks at the status of a claim that it met while it read.
    Resolve(usize, usize),
    /// Looks at an atom, to put its claim (or, the plain writer, its value) there.
    Look(usize),
    /// Puts it in the place of a value.
    Put(usize, u8),
    /// Decides against the owner of a claim that is in its way.
    Settle(usize, usize),
    /// Looks at the status of a claim, to remove it; then goes on with the same atom.
    Undo(usize, usize),
    Remove(usize, usize, u8),
    Decide,
    /// Removes its own claims.
    Leave(usize),
    End,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Actor {
    at: At,
    seen: [u8; ATOMS],
    /// What its entries say, once its claims are put.
    old: [u8; ATOMS],
    has_claimed: [bool; ATOMS],
}

/// A whole state.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct State {
    atoms: [Word; ATOMS],
    status: [Status; 2],
    actors: [Actor; 3],
    /// What the atoms should stand for.
    plain: [u8; ATOMS],
    /// The first that committed although what it read held no more.
    stale: Option<usize>,
}

const NAMES: [&str; 3] = ["transaction 0", "transaction 1", "writer"];
const WRITER: usize = 2;
/// Which atoms a transaction writes: each the sum of both and something of its own.
const WRITES: [[bool; ATOMS]; 2] = [[true, false], [false, true]];

fn new_value(owner: usize, atom: usize, seen: [u8; ATOMS]) -> u8 {
    if WRITES[owner][atom] { seen[0] + 2 * seen[1] + 1 + owner as u8 } else { seen[atom] }
}

impl State {
    fn value_of_claim(&self, owner: usize, atom: usize) -> u8 {
        match self.status[owner] {
            Status::Done => new_value(owner, atom, self.actors[owner].seen),
            _ => self.actors[owner].old[atom],
        }
    }

    fn stands_for(&self, atom: usize) -> u8 {
        match self.atoms[atom] {
            Word::Value(value) => value,
            Word::Claim(owner) => self.value_of_claim(owner, atom),
        }
    }
}

impl Protocol {
    fn actor_step(&self, state: &State, number: usize) -> Option<(&'static str, State)> {
        let mut next = state.clone();
        let actor = state.actors[number];
        let mine = &mut next.actors[number];
        let after_read = |atom: usize| if atom + 1 < ATOMS { At::Read(atom + 1) } else { At::Look(0) };
        let claims = |atom: usize| self.claim_reads || WRITES[number][atom];
        let after_put = |atom: usize| if atom + 1 < ATOMS { At::Look(atom + 1) } else { At::Decide };
        let what = match actor.at {
            At::Read(atom) => {
                match state.atoms[atom] {
                    Word::Value(value) => (mine.seen[atom], mine.at) = (value, after_read(atom)),
                    Word::Claim(owner) => mine.at = At::Resolve(atom, owner),
                }
                "reads an atom"
            }
            At::Resolve(atom, owner) => {
                (mine.seen[atom], mine.at) = (state.value_of_claim(owner, atom), after_read(atom));
                "reads the status of a claim"
            }
            At::Look(atom) if number != WRITER && !claims(atom) => {
                mine.at = after_put(atom);
                "passes over an atom"
            }
            At::Look(_) if number != WRITER && state.status[number] != Status::Open => {
                mine.at = At::Decide;
                "finds itself decided"
            }
            At::Look(atom) => {
                mine.at = match state.atoms[atom] {
                    Word::Value(value) => {
                        let is_stale = number != WRITER && self.compare_seen && value != actor.seen[atom];
                        if is_stale { At::Leave(0) } else { At::Put(atom, value) }
                    }
                    Word::Claim(owner) if self.decide_before_removing => At::Settle(atom, owner),
                    Word::Claim(owner) => At::Undo(atom, owner),
                };
                if mine.at == At::Leave(0) {
                    next.status[number] = Status::Failed;
                }
                "looks at an atom"
            }
            At::Put(atom, held) if state.atoms[atom] != Word::Value(held) => {
                mine.at = At::Look(atom);
                "comes too late"
            }
            At::Put(atom, held) if number == WRITER => {
                mine.at = At::End;
                next.atoms[atom] = Word::Value(held + 20);
                next.plain[atom] += 20;
                "stores"
            }
            At::Put(atom, held) => {
                (mine.old[atom], mine.has_claimed[atom], mine.at) = (held, true, after_put(atom));
                next.atoms[atom] = Word::Claim(number);
                "puts a claim"
            }
            At::Settle(atom, owner) => {
                mine.at = At::Undo(atom, owner);
                if state.status[owner] == Status::Open {
                    next.status[owner] = Status::Failed;
                }
                "decides against the owner"
            }
            At::Undo(atom, owner) => {
                mine.at = At::Remove(atom, owner, state.value_of_claim(owner, atom));
                "reads what a claim stands for"
            }
            At::Remove(atom, owner, value) => {
                mine.at = if owner == number { At::Leave(atom + 1) } else { At::Look(atom) };
                if state.atoms[atom] == Word::Claim(owner) {
                    next.atoms[atom] = Word::Value(value);
                }
                "removes a claim"
            }
            At::Decide => {
                mine.at = At::Leave(0);
                let all = (0..ATOMS).all(|atom| actor.has_claimed[atom] || !claims(atom));
                let decides = state.status[number] == Status::Open || !self.decide_by_compare_and_set;
                if all && decides {
                    next.status[number] = Status::Done;
                    if state.plain != actor.seen {
                        next.stale = state.stale.or(Some(number));
                    }
                    for atom in 0..ATOMS {
                        next.plain[atom] = new_value(number, atom, actor.seen);
                    }
                } else if decides {
                    next.status[number] = Status::Failed;
                }
                "decides"
            }
            At::Leave(atom) if atom == ATOMS => {
                mine.at = At::End;
                "ends"
            }
            At::Leave(atom) => {
                mine.at = if actor.has_claimed[atom] { At::Undo(atom, number) } else { At::Leave(atom + 1) };
                "goes to its claims"
            }
            At::End => return None,
        };
        Some((what, next))
    }
}

impl Model for Protocol {
    type State = State;

    fn starts(&self) -> Vec<State> {
        let actor = Actor { at: At::Read(0), seen: [0; ATOMS], old: [0; ATOMS], has_claimed: [false; ATOMS] };
        let mut starts = Vec::new();
        for atom in 0..ATOMS {
            let actors = [actor, actor, Actor { at: At::Look(atom), ..actor }];
            starts.push(State {
                atoms: [Word::Value(1), Word::Value(2)],
                status: [Status::Open; 2],
                actors,
                plain: [1, 2],
                stale: None,
            });
        }
        starts
    }

    fn steps(&self, state: &State, visit: &mut dyn FnMut(Step, State)) {
        for (number, name) in NAMES.into_iter().enumerate() {
            if let Some((what, next)) = self.actor_step(state, number) {
                visit(Step(name, what), next);
            }
        }
    }

    fn fault(&self, state: &State) -> Option<String> {
        if let Some(number) = state.stale {
            return Some(format!("{} committed with what held no more", NAMES[number]));
        }
        let seen = [state.stands_for(0), state.stands_for(1)];
        if seen != state.plain {
            return Some(format!("the atoms stand for {seen:?} instead of {:?}", state.plain));
        }
        let left = self.is_end(state) && state.atoms.iter().any(|word| matches!(word, Word::Claim(_)));
        left.then(|| "a claim was left behind".to_string())
    }

    fn is_end(&self, state: &State) -> bool {
        state.actors.iter().all(|actor| actor.at == At::End)
    }
}
