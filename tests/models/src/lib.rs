//! What is believed about the heap, checked by machine: models of its protocols, and a fuzzer of its interface.
//!
//! Enter at [`explore::explore`] for the protocols, each written as a small state machine whose every interleaving is
//! visited ([`marking`], [`relocation`], [`transaction`]). The heap's own files run under `loom`:
//! [`safepoint`], [`slots_in_use`]. The fuzzer is at [`fuzz::run`]. The folder `tests` beside this one has the tests.
//!
//! Invariant: each model can leave out any one part of its protocol, and then finds what breaks: a part whose
//! absence nobody notices is not needed, or not modelled.

extern crate alloc;

mod algebra;
pub mod explore;
pub mod fuzz;
pub mod marking;
pub mod plain;
pub mod relocation;
pub mod safepoint;
pub mod slots_in_use;
mod sync;
pub mod transaction;

#[path = "../../../kernel/heap/src/handshake.rs"]
#[allow(dead_code, reason = "the models need not use all of it")]
mod handshake;

#[path = "../../../kernel/heap/src/slots.rs"]
#[allow(dead_code, reason = "as above")]
mod slots;
