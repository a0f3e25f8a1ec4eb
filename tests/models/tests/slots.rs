//! The table of published values under `loom`.

use halt_models::slots_in_use::{head_comes_back, shared_handle, two_publishers};

/// Every execution in which threads are interrupted at most so often.
fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(body);
}

#[test]
fn a_slot_has_one_owner_at_a_time() {
    model(two_publishers);
}

#[test]
fn a_slot_that_comes_back_is_not_taken_for_the_same() {
    model(head_comes_back);
}

#[test]
fn the_last_handle_frees_a_slot() {
    model(shared_handle);
}
