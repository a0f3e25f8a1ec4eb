//! Visits every state that a state machine can reach, breadth first.
//!
//! Enter at [`explore`]. Interleavings are sequentially consistent; what weak memory does is the business of the
//! models under `loom`. The first broken state found is one of the nearest, so its story is a shortest one.

use std::collections::HashMap;
use std::hash::Hash;

/// A state machine of several actors.
pub trait Model {
    /// A whole state. Small: there will be many.
    type State: Clone + Eq + Hash;

    /// The states in which it may begin.
    fn starts(&self) -> Vec<Self::State>;

    /// Calls `visit` with each step that some actor can take, and the state after it.
    fn steps(&self, state: &Self::State, visit: &mut dyn FnMut(Step, Self::State));

    /// What is wrong with a state, if anything.
    fn fault(&self, state: &Self::State) -> Option<String>;

    /// Whether a state is an end that should be reachable.
    fn is_end(&self, state: &Self::State) -> bool;
}

/// Who does what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step(pub &'static str, pub &'static str);

/// What an exploration found.
#[derive(Debug)]
pub struct Found {
    /// States visited.
    pub states: usize,
    /// Ends among them.
    pub ends: usize,
    /// The way to a broken state, and what is wrong there.
    pub fault: Option<(Vec<Step>, String)>,
}

/// Visits every state that the model reaches, until one is broken. Panics when there are more than `limit`.
pub fn explore<M: Model>(model: &M, limit: usize) -> Found {
    let mut numbers: HashMap<M::State, usize> = HashMap::new();
    // Where each state was reached from, and by which step, in the order of their numbers.
    let mut came: Vec<(usize, Step)> = Vec::new();
    let mut queue = std::collections::VecDeque::new();
    let mut ends = 0;
    for start in model.starts() {
        if !numbers.contains_key(&start) {
            numbers.insert(start.clone(), came.len());
            queue.push_back((came.len(), start));
            came.push((usize::MAX, Step("all", "begin")));
        }
    }
    while let Some((number, state)) = queue.pop_front() {
        if let Some(fault) = model.fault(&state) {
            return Found { states: came.len(), ends, fault: Some((story(&came, number), fault)) };
        }
        ends += usize::from(model.is_end(&state));
        model.steps(&state, &mut |step, next| {
            if !numbers.contains_key(&next) {
                numbers.insert(next.clone(), came.len());
                queue.push_back((came.len(), next));
                came.push((number, step));
            }
        });
        assert!(came.len() <= limit, "more than {limit} states");
    }
    Found { states: came.len(), ends, fault: None }
}

fn story(came: &[(usize, Step)], mut number: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    while came[number].0 != usize::MAX {
        steps.push(came[number].1);
        number = came[number].0;
    }
    steps.reverse();
    steps
}
