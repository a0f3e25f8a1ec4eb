//! The immutable heap: values, persistent collections, atoms.
//!
//! Enter at [`Heap::new`], then [`Heap::mutator`] and [`Mutator::enter`], which hands out a [`Scope`].
//! Everything a program does with values is a method of the scope; a [`Value`] cannot outlive it.
//!
//! Invariant: a value, once reachable by anyone but its maker, never changes. Only atoms do.
//! Absent: the heap knows no Lisp; functions, pictures and the like are records with tags of their users.
#![no_std]
#![allow(clippy::result_unit_err)]

extern crate alloc;
#[cfg(test)]
extern crate self as halt_heap;
#[cfg(test)]
extern crate std;

mod algebra;
mod arena;
mod atom;
mod bits;
mod builder;
mod bulk;
mod bytes;
mod charge;
mod collector;
mod contention;
mod core;
mod cycle;
mod diff;
mod direct;
mod edit;
mod equal;
#[cfg(doctest)]
mod escape;
mod fork;
mod handshake;
mod hash;
mod image;
mod intern;
mod list;
mod map;
mod mark;
mod meta;
mod mutator;
mod nursery;
mod object;
mod old;
mod order;
mod pairs;
mod pause;
mod pending;
mod published;
mod recent;
mod registry;
mod relocate;
mod report;
mod rope;
mod run;
mod sabotage;
mod safepoint;
mod scope;
mod segments;
mod set;
mod shapes;
mod slots;
mod sorted;
mod sorted_iter;
mod sorted_tree;
mod space;
mod stats;
mod string;
mod string_builder;
mod subtrie;
mod sync;
mod transact;
mod trie;
mod value;
mod vector;
mod vector_iter;
mod vector_join;
#[cfg(test)]
#[path = "../tests/vector_model.rs"]
mod vector_model;
mod vector_pairs;
mod vector_path;
mod vector_tree;
mod verify;
mod weak;

pub use crate::core::{Heap, HeapError};
pub use arena::Region;
pub use image::{Image, ImageError};
pub use list::ListIter;
pub use mutator::Mutator;
pub use object::Kind;
pub use pause::{PauseCause, PauseUse};
pub use published::Published;
pub use report::MutatorUse;
pub use rope::StringChunks;
pub use scope::{ALIAS, OutOfMemory, Scope};
pub use stats::HeapStats;
pub use string_builder::StringBuilder;
pub use transact::{Abort, Transaction};
pub use value::Value;
pub use vector_iter::{VectorIter, VectorLeaves};
pub use vector_pairs::VectorPairs;
pub use weak::WeakTable;
