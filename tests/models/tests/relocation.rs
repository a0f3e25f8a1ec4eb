//! Relocation misleads nobody; without any one part of its protocol it does, and the model tells the story.

use halt_models::explore::explore;
use halt_models::marking::Born;
use halt_models::relocation::Protocol;

const STATES: usize = 1_000_000;

#[test]
fn a_reused_place_is_never_reached() {
    let found = explore(&Protocol::whole(), STATES);
    assert!(found.fault.is_none() && found.ends > 100, "{found:#?}");
    println!("{} states", found.states);
}

#[test]
fn a_fork_is_put_right_as_its_parent_would_have_been() {
    let found = explore(&Protocol { fork: Some(Born::AsItsParent), ..Protocol::whole() }, STATES);
    assert!(found.fault.is_none() && found.ends > 100, "{found:#?}");
    misleads("an up-to-date fork", "reused", Protocol { fork: Some(Born::UpToDate), ..Protocol::whole() });
}

#[test]
fn each_part_is_needed() {
    let whole = Protocol::whole();
    misleads("hand-shake D", "reused", Protocol { flip_hand_shake: false, ..whole });
    misleads("hand-shake E", "reused", Protocol { settle_hand_shake: false, ..whole });
    misleads("forwarding what is stored", "reused", Protocol { forwards: false, ..whole });
    misleads("the log of places", "reused", Protocol { log_places: false, ..whole });
    misleads("the walk of fresh objects", "reused", Protocol { walk_fresh: false, ..whole });
    misleads("compare-and-set", "was stored", Protocol { fix_by_compare_and_set: false, ..whole });
}

fn misleads(without: &str, how: &str, protocol: Protocol) {
    let found = explore(&protocol, STATES);
    let (story, fault) = found.fault.unwrap_or_else(|| panic!("{without} is not needed"));
    assert!(fault.contains(how), "{fault}");
    println!("without {without}: {fault}, after {} states", found.states);
    story.iter().for_each(|step| println!("    {} {}", step.0, step.1));
}
