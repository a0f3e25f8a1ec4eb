//! Commits to several atoms are all or nothing, and serialisable; without any one part of the protocol they are not.

use halt_models::explore::explore;
use halt_models::transaction::Protocol;

const STATES: usize = 3_000_000;

#[test]
fn commits_are_all_or_nothing() {
    let found = explore(&Protocol::whole(), STATES);
    assert!(found.fault.is_none() && found.ends > 10, "{found:#?}");
    println!("{} states, {} ends", found.states, found.ends);
}

#[test]
fn each_part_is_needed() {
    let whole = Protocol::whole();
    misleads("claims of what was only read", Protocol { claim_reads: false, ..whole });
    misleads("comparing with what was read", Protocol { compare_seen: false, ..whole });
    misleads("deciding by compare-and-set", Protocol { decide_by_compare_and_set: false, ..whole });
    misleads("deciding before removing", Protocol { decide_before_removing: false, ..whole });
}

fn misleads(without: &str, protocol: Protocol) {
    let found = explore(&protocol, STATES);
    let (story, fault) = found.fault.unwrap_or_else(|| panic!("{without} is not needed"));
    println!("without {without}: {fault}, after {} states", found.states);
    story.iter().for_each(|step| println!("    {} {}", step.0, step.1));
}
