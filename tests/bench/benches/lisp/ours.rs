//! Our side of the contests: a runtime, and programs of `peers/programs.clj` in it.
//!
//! Enter at [`Ours::new`].

use halt_heap::{Heap, Mutator, Published, Region, Scope, Value};
use halt_lisp::{Fiber, Outcome, Runtime, error_message};
use std::sync::Arc;

/// Memory of a heap. Its pages come as they are used.
const HEAP_BYTES: usize = 1 << 30;

const PROGRAMS: &str = include_str!("../../peers/programs.clj");

/// A runtime of its own, on a heap of its own.
pub(crate) fn runtime() -> Result<Arc<Runtime>, String> {
    let bytes = if cfg!(debug_assertions) { HEAP_BYTES / 8 } else { HEAP_BYTES };
    let heap = Heap::new(Region::allocate(bytes)).map_err(|_| "no room for a heap")?;
    heap.set_relax(std::thread::yield_now);
    Runtime::from_image(&heap, &[], &[], halt_image::library())
}

/// Runs what a fiber was set up for.
pub(crate) fn run(fiber: &mut Fiber) -> Result<Published, String> {
    loop {
        match fiber.run(u32::MAX, &()) {
            Outcome::Yielded => {}
            Outcome::Parked | Outcome::Forking => return Err("waits for other processes".into()),
            Outcome::Done(value) => return Ok(value),
            Outcome::Failed(error) => {
                return Err(fiber.mutator().enter(|s| error_message(s, s.open(&error))));
            }
        }
    }
}

/// Reads, compiles and runs a source in a fiber of its own.
pub(crate) fn load(runtime: &Arc<Runtime>, file: &str, source: &str) -> Result<Published, String> {
    let mut fiber = Fiber::new(runtime);
    fiber.start_source(file, source, "user");
    run(&mut fiber)
}

/// Calls a function in a fiber of its own.
pub(crate) fn call(
    runtime: &Arc<Runtime>,
    function: &Published,
    argument: &Published,
) -> Result<Published, String> {
    let mut fiber = Fiber::new(runtime);
    fiber.start_call(function, std::slice::from_ref(argument));
    run(&mut fiber)
}

/// A runtime with the programs in it.
pub(crate) struct Ours {
    pub(crate) runtime: Arc<Runtime>,
    /// Between calls it holds nothing.
    mutator: Mutator,
}

impl Ours {
    pub(crate) fn new() -> Result<Ours, String> {
        let runtime = runtime()?;
        load(&runtime, "programs.clj", PROGRAMS)?;
        let mutator = runtime.heap().mutator();
        Ok(Ours { runtime, mutator })
    }

    /// A value of the heap, made or found.
    pub(crate) fn value(
        &mut self,
        make: impl for<'s> FnOnce(Scope<'s>) -> Option<Value<'s>>,
    ) -> Result<Published, String> {
        let made = self.mutator.enter(|s| s.publish(make(s)?).ok());
        made.ok_or_else(|| "a value is missing".into())
    }

    pub(crate) fn integer(&mut self, number: u64) -> Result<Published, String> {
        self.value(|s| s.int(number as i64).ok())
    }

    /// What a function of the programs, or a variable of theirs, holds.
    pub(crate) fn var(&mut self, name: &str) -> Result<Published, String> {
        let runtime = self.runtime.clone();
        self.value(|s| runtime.var_value(s, &format!("user/{name}")))
    }

    /// Preparation, work and check of a program.
    pub(crate) fn program(&mut self, name: &str) -> Result<[Published; 3], String> {
        let programs = self.var("programs")?;
        let mut part = |index| {
            self.value(|s| {
                let program = s.map_get(s.open(&programs), s.string(name).ok()?)?;
                s.vector_get(program, index)
            })
        };
        Ok([part(0)?, part(1)?, part(2)?])
    }

    /// The integer that a value is.
    pub(crate) fn number(&mut self, value: &Published) -> Result<u64, String> {
        let number = self.mutator.enter(|s| s.as_int(s.open(value)));
        number.and_then(|number| u64::try_from(number).ok()).ok_or_else(|| "not a number".into())
    }
}
