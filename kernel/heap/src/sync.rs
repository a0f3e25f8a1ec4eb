//! The atomics of the files that models of their interleavings include: a model puts its own in their place.

pub(crate) use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
