//! A fiber: one running program. It owns a mutator; all its values lie on the mutator's root stack between slices.
//!
//! Enter at [`Fiber::new`], [`Fiber::start_call`] or [`Fiber::start_source`], then [`Fiber::run`] until it is done.

use crate::runtime::Runtime;
use alloc::string::String;
use alloc::sync::Arc;
use core::any::Any;
use halt_heap::{Mutator, Published};

/// One running program. It may move between cores from slice to slice.
pub struct Fiber {
    runtime: Arc<Runtime>,
    mutator: Mutator,
    interrupt: Option<String>,
}

/// How a slice ended.
#[derive(Debug)]
pub enum Outcome {
    /// Its fuel is used up, or it asked to yield: run it again.
    Yielded,
    /// A native parked it: run it again when what it waits for has come.
    Parked,
    /// The program ended with this value.
    Done(Published),
    /// The program ended with this error value.
    Failed(Published),
}

impl Fiber {
    /// A fiber with nothing to do.
    pub fn new(runtime: &Arc<Runtime>) -> Fiber {
        Fiber { runtime: runtime.clone(), mutator: runtime.heap().mutator(), interrupt: None }
    }

    /// Bounds its memory; a program that goes beyond gets an error of type `:out-of-memory`.
    pub fn set_quota_bytes(&mut self, bytes: usize) {
        self.mutator.set_quota_bytes(bytes);
    }

    /// Sets up a call.
    pub fn start_call(&mut self, function: &Published, arguments: &[Published]) {
        let _ = (function, arguments);
    }

    /// Sets up reading, compiling and running a source form by form; the answer is the last value.
    pub fn start_source(&mut self, file: &str, source: &str, namespace: &str) {
        let _ = (file, source, namespace);
    }

    /// Runs a slice of at most `fuel` calls and loop turns. `host` is what natives get as their host.
    pub fn run(&mut self, fuel: u32, host: &dyn Any) -> Outcome {
        let _ = (fuel, host);
        Outcome::Yielded
    }

    /// Makes the next run throw an error of type `:interrupt` with this message, wherever the program is.
    pub fn interrupt(&mut self, message: &str) {
        self.interrupt = Some(message.into());
    }

    /// The mutator, for working with values between slices.
    pub fn mutator(&mut self) -> &mut Mutator {
        &mut self.mutator
    }

    /// The runtime it runs in.
    pub fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }
}

/// Evaluates a source to the text of its last value; the error is `file:line:column: message`.
pub fn eval_to_string(
    runtime: &Arc<Runtime>,
    file: &str,
    source: &str,
    host: &dyn Any,
) -> Result<String, String> {
    let _ = (file, source, host);
    let _ = Fiber::new(runtime);
    Err(String::from("the machine is not built yet"))
}
