//! The atomics that the heap's own files use when they are modelled here.

pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
