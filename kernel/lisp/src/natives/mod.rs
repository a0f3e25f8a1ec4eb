//! The library's functions written in Rust, and how to write one.
//!
//! A native is a [`NativeFn`](crate::NativeFn) plus a [`Native`] that names it; every set listed in [`CORE`] is interned when the
//! runtime starts, before `clj/core.clj` is loaded.
//!
//! # Sequences and laziness
//! Natives never call back. When a native meets a lazy sequence that is not realised yet, it returns
//! `Err(Signal::Force(lazy))`: the VM realises its head and executes the native again. To walk a whole sequence, ask
//! for all of it at once (`Signal::ForceAll`), else the walk starts over for every element. The helpers in
//! [`crate::seq`] do this: `seq`, `first`, `next`, `rest` force the head only; `to_vec` realises to the end;
//! `realise_deep` realises all that is nested in a value (for printing, hashing). Use `?` on them.
//! `(lazy-seq* f)` and `(delay* f)` make lazy values from a function of no arguments.
//!
//! # Calling a function
//! `Err(Signal::Apply(f, arguments))` makes the call of `f` the result of the native (a tail call): `apply`.
//! What needs several calls (`map`, `reduce`, `swap!`) is Lisp in `clj/core.clj`.

use crate::native::Native;

mod basic;

/// The sets of natives that every runtime has.
pub const CORE: &[&[Native]] = &[basic::NATIVES];
