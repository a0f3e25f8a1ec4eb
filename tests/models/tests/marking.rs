//! Marking loses nothing; without any one part of its protocol it does, and the model tells the story.

use halt_models::explore::explore;
use halt_models::marking::{Born, Protocol};

const STATES: usize = 8_000_000;

#[test]
fn nothing_reachable_is_lost() {
    for maker in [0, 1] {
        let found = explore(&Protocol { maker, ..Protocol::whole() }, STATES);
        assert!(found.fault.is_none(), "{found:#?}");
        assert!(found.ends > 100, "{found:?}");
        println!("{} states", found.states);
    }
}

#[test]
fn a_fork_is_scanned_as_its_parent_would_have_been() {
    let found = explore(&Protocol { fork: Some(Born::AsItsParent), ..Protocol::whole() }, STATES);
    assert!(found.fault.is_none() && found.ends > 100, "{found:#?}");
    loses("an up-to-date fork", Protocol { fork: Some(Born::UpToDate), ..Protocol::whole() });
}

#[test]
fn each_part_is_needed() {
    let whole = Protocol::whole();
    loses("hand-shake A", Protocol { barrier_hand_shake: false, ..whole });
    loses("the log of old words", Protocol { log_old: false, ..whole });
    loses("the log of new words", Protocol { log_new: false, ..whole });
    loses("scanning what was made before the roots were", Protocol { fresh_after_roots: false, ..whole });
    let passed_on = Protocol { fresh_after_roots: false, maker: 0, ..whole };
    loses("the same, with what another mutator made", passed_on);
    loses("slots before roots", Protocol { slots_first: false, ..whole });
    loses("hand-shake C", Protocol { flush_hand_shake: false, ..whole });
}

fn loses(without: &str, protocol: Protocol) {
    let found = explore(&protocol, STATES);
    let (story, fault) = found.fault.unwrap_or_else(|| panic!("{without} is not needed"));
    assert!(fault.contains("is not marked"), "{fault}");
    println!("without {without}: {fault}, after {} states", found.states);
    story.iter().for_each(|step| println!("    {} {}", step.0, step.1));
}
