//! What is believed about the heap, checked by machine: models of its protocols.
//!
//! Enter at [`explore::explore`] for the protocols, each written as a small state machine whose every interleaving is
//! visited ([`marking`], [`relocation`]). The folder `tests` beside this one runs them.
//!
//! Invariant: each model can leave out any one part of its protocol, and then finds what breaks: a part whose
//! absence nobody notices is not needed, or not modelled.

pub mod explore;
pub mod marking;
pub mod relocation;
