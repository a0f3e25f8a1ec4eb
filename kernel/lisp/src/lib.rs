//! HALT's Lisp: reader, compiler, bytecode VM, core library, printer.
//!
//! Enter at [`Runtime::new`], then run programs with a [`Fiber`]; [`eval_to_string`] does both for one source.
//! Functions written in Rust meet the VM at [`NativeFn`]; the library is in `natives/` and `clj/`.
//!
//! Invariant: natives never call back into the VM; they return a [`Signal`] that asks it for what they need.
//! Absent: the language knows no screen, no process and no device.
#![no_std]

extern crate alloc;

mod errors;
mod fiber;
mod native;
pub mod natives;
mod number;
mod printer;
mod reader;
mod runtime;
pub mod seq;
pub mod tags;

pub use errors::{error, error_message, error_trace, error_type, is_error, throw};
pub use fiber::{Fiber, Outcome, eval_to_string};
pub use native::{Call, Native, NativeFn, Signal};
pub use printer::{PrintLimits, print, print_limited};
pub use reader::{ReadError, Reader, meta_map};
pub use runtime::Runtime;
