//! The hand-shake's own source file under `loom`.

use halt_models::safepoint::{claims, reuse};

/// Every execution in which threads are interrupted at most so often.
fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(body);
}

#[test]
fn a_block_is_reused_after_everybody_has_answered() {
    model(|| reuse(true));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_block_reused_without_waiting_is_seen() {
    model(|| reuse(false));
}

#[test]
fn one_at_a_time_touches_a_mutator() {
    model(claims);
}
