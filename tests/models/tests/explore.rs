//! The explorer finds what it should.

use halt_models::explore::{Model, Step, explore};

/// Two actors add one to a number, by a load and a store each.
struct Adders {
    is_atomic: bool,
}

impl Model for Adders {
    type State = (u8, [(u8, u8); 2]);

    fn starts(&self) -> Vec<Self::State> {
        vec![(0, [(0, 0); 2])]
    }

    fn steps(&self, state: &Self::State, visit: &mut dyn FnMut(Step, Self::State)) {
        for (actor, name) in ["one", "two"].into_iter().enumerate() {
            let (number, mut actors) = *state;
            match actors[actor].0 {
                0 if self.is_atomic => {
                    actors[actor] = (2, 0);
                    visit(Step(name, "add"), (number + 1, actors));
                }
                0 => {
                    actors[actor] = (1, number);
                    visit(Step(name, "load"), (number, actors));
                }
                1 => {
                    let loaded = actors[actor].1;
                    actors[actor] = (2, 0);
                    visit(Step(name, "store"), (loaded + 1, actors));
                }
                _ => {}
            }
        }
    }

    fn fault(&self, state: &Self::State) -> Option<String> {
        (self.is_end(state) && state.0 != 2).then(|| format!("the sum is {}", state.0))
    }

    fn is_end(&self, state: &Self::State) -> bool {
        state.1.iter().all(|actor| actor.0 == 2)
    }
}

#[test]
fn a_lost_update_is_found_by_its_shortest_story() {
    let found = explore(&Adders { is_atomic: true }, 100);
    assert!(found.fault.is_none() && found.ends == 1, "{found:?}");
    let (steps, fault) = explore(&Adders { is_atomic: false }, 100).fault.unwrap();
    assert_eq!((steps.len(), fault.as_str()), (4, "the sum is 1"));
    assert_eq!(steps[1].1, "load");
}
