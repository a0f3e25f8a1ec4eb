//! What the benchmarks share: their names and aims, their figures as text, and numbers that look random.
//!
//! Enter at [`suite::SUITES`] for what there is to measure and at [`figure::Figure`] for what a measurement says. The
//! measuring programs are the bench targets of this package (`benches/`), with the peers as their dependencies;
//! programs in other languages are in `peers/`.
//!
//! Absent: clocks and peers, so that the `halt` command can depend on this library at no cost.

pub mod figure;
pub mod random;
pub mod suite;
