//! HALT's Lisp: reader, compiler, bytecode VM, core library, printer.
//!
//! Enter at [`Runtime::new`], then run programs with a [`Fiber`]; [`eval_to_string`] does both for one source.
//! Functions written in Rust meet the VM at [`NativeFn`]; the library is in `natives/` and `clj/`.
//!
//! Invariant: natives never call back into the VM; they return a [`Signal`] that asks it for what they need.
//! Absent: the language knows no screen, no process and no device.
#![no_std]

extern crate alloc;

mod again;
mod analyser;
pub mod arithmetic;
mod boxed;
mod bytecode;
mod calls;
mod confine;
mod decimal;
mod destructure;
mod emitter;
mod errors;
pub mod evaluator;
mod excerpt;
mod fiber;
mod inspect;
mod interpret;
mod macros;
mod meanings;
mod native;
pub mod natives;
mod node;
mod number;
mod printer;
mod profiler;
mod quasi;
mod reader;
mod regex;
mod runtime;
pub mod seq;
mod step;
mod suggest;
mod tagged;
pub mod tags;
mod tower;
mod vm;

pub use bytecode::disassemble;
pub use errors::{error, error_message, error_trace, error_type, is_error, throw};
pub use excerpt::excerpt;
pub use fiber::{Fiber, Outcome, eval_to_string};
pub use inspect::{has_fixed_arity, is_complete};
pub use native::{Call, Native, NativeFn, Signal};
pub use printer::{PrintLimits, char_name, function_name, print, print_limited};
pub use reader::{ReadError, Reader, Resolve, meta_map};
pub use runtime::{Runtime, Source, namespace_parts, var_atom};
pub use suggest::{edit_distance, nearest};
pub use vm::{accepts_arity, arities};
