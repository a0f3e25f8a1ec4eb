//! A fiber: one running program. It owns a mutator; all its values lie on the mutator's root stack between slices.
//!
//! Enter at [`Fiber::new`], [`Fiber::start_call`] or [`Fiber::start_source`], then [`Fiber::run`] until it is done.

use crate::again::{self, Findings, Made};
use crate::analyser::{self, Top};
use crate::errors;
use crate::native::Signal;
use crate::printer;
use crate::reader::Reader;
use crate::runtime::{Runtime, namespace_parts};
use crate::vm::{BINDINGS, CONFINED, Exit, FILE, FRAMES, LAST, LOADING, NAMESPACE, PENDING, PROFILE, Vm};
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::any::Any;
use halt_heap::{Kind, Mutator, OutOfMemory, Published, Scope, Value};

/// One running program. It may move between cores from slice to slice.
pub struct Fiber {
    runtime: Arc<Runtime>,
    mutator: Mutator,
    /// Slot of register 0 of the running frame and its next instruction; 0 when no frame runs.
    base: usize,
    pc: u32,
    /// What is read form by form, and where the reader is.
    source: Option<(Arc<str>, (usize, u32, u32))>,
    /// Line and column where that text begins in its file.
    source_place: (u32, u32),
    interrupt: Option<String>,
    is_plain: bool,
    /// What is to be called with the value in the end.
    then: Option<Published>,
}

/// How a slice ended.
#[derive(Debug)]
pub enum Outcome {
    /// Its fuel is used up, or it asked to yield: run it again.
    Yielded,
    /// A native parked it: run it again when what it waits for has come.
    Parked,
    /// A native wants a fork: see [`Fiber::fork`]. Run it again, and the fork; both execute the native again.
    Forking,
    /// The program ended with this value.
    Done(Published),
    /// The program ended with this error value.
    Failed(Published),
}

/// How a scope of a slice ended.
enum Turn {
    Again,
    End(Outcome),
}

impl Fiber {
    /// A fiber with nothing to do.
    pub fn new(runtime: &Arc<Runtime>) -> Fiber {
        let mutator = runtime.heap().mutator();
        Fiber {
            runtime: runtime.clone(),
            mutator,
            base: 0,
            pc: 0,
            source: None,
            source_place: (1, 1),
            interrupt: None,
            is_plain: false,
            then: None,
        }
    }

    /// Runs without the quick ways of instructions, whose oracle this is.
    pub fn run_plainly(&mut self) {
        self.is_plain = true;
    }

    /// Confines the program to a namespace and those below it: it may change only these, and not name what is in namespaces that begin with one
    /// of `closed`, unless that is its own or marked `:open`, nor what is marked `:guarded`. See `confine.rs`.
    pub fn confine(&mut self, own: &str, closed: &[&str]) -> Result<(), OutOfMemory> {
        let runtime = self.runtime.clone();
        self.mutator.enter(|s| {
            Vm::attach(s, &runtime, &(), "", 0, 0);
            let names = core::iter::once(&own).chain(closed).map(|name| s.string(name));
            s.root_set(CONFINED, s.vector(&names.collect::<Result<alloc::vec::Vec<_>, _>>()?)?);
            Ok(())
        })
    }

    /// Bounds its memory; a program that goes beyond gets an error of type `:out-of-memory`.
    pub fn set_quota_bytes(&mut self, bytes: usize) {
        self.mutator.set_quota_bytes(bytes);
    }

    /// Sets up a call. What the fiber did before is dropped.
    pub fn start_call(&mut self, function: &Published, arguments: &[Published]) {
        self.mutator.enter(|s| {
            if s.root_count() > BINDINGS {
                s.root_set(BINDINGS, Value::NIL);
            }
        });
        self.start_call_bound(function, arguments);
    }

    /// Calls a function with the value of what was started, with the dynamic bindings that are in force then: its value
    /// is the fiber's.
    pub fn then(&mut self, function: Published) {
        self.then = Some(function);
    }

    /// Sets up a call with the dynamic bindings that what the fiber did before has left in force.
    pub fn start_call_bound(&mut self, function: &Published, arguments: &[Published]) {
        self.source = None;
        (self.base, self.pc) = (0, 0);
        let runtime = self.runtime.clone();
        self.mutator.enter(|s| {
            let mut vm = Vm::attach(s, &runtime, &(), "", 0, 0);
            s.root_resize(FRAMES);
            vm.forget_caller();
            s.root_set(PENDING, Value::EMPTY_LIST);
            s.root_set(LOADING, Value::NIL);
            let arguments: alloc::vec::Vec<_> = arguments.iter().map(|argument| s.open(argument)).collect();
            match vm.start(s.open(function), &arguments) {
                Ok(()) => (self.base, self.pc) = (vm.base, vm.pc),
                // The error is what the first slice reports.
                Err(signal) => {
                    let error = thrown(&vm, signal);
                    s.root_set(LAST, error);
                    self.pc = FAILED;
                }
            }
        });
    }

    /// Collects where the time goes from now on: adds to the map in this atom (see `profile*`).
    pub fn profile(&mut self, samples: &Published) {
        let runtime = self.runtime.clone();
        self.mutator.enter(|s| {
            Vm::attach(s, &runtime, &(), "", 0, 0);
            s.root_set(PROFILE, s.open(samples));
        });
    }

    /// Sets up reading, compiling and running a source form by form; the answer is the last value.
    pub fn start_source(&mut self, file: &str, source: &str, namespace: &str) {
        self.start_source_at(file, source, namespace, (1, 1));
    }

    /// The same for a part of a file that begins at this line and column.
    pub fn start_source_at(&mut self, file: &str, source: &str, namespace: &str, place: (u32, u32)) {
        self.source = Some((Arc::from(source), (0, place.0, place.1)));
        self.source_place = place;
        (self.base, self.pc) = (0, 0);
        let runtime = self.runtime.clone();
        self.mutator.enter(|s| {
            Vm::attach(s, &runtime, &(), "", 0, 0).forget_caller();
            s.root_resize(FRAMES);
            s.root_set(LAST, Value::NIL);
            s.root_set(BINDINGS, Value::NIL);
            s.root_set(PENDING, Value::EMPTY_LIST);
            s.root_set(NAMESPACE, s.symbol(namespace));
            s.root_set(FILE, s.string(file).unwrap_or(Value::NIL));
            again::begin(s, &runtime, place == (1, 1));
        });
    }

    /// Runs a slice of at most `fuel` calls and loop turns. `host` is what natives get as their host.
    pub fn run(&mut self, fuel: u32, host: &dyn Any) -> Outcome {
        let mut fuel = i64::from(fuel).max(1);
        loop {
            match self.turn(&mut fuel, host) {
                Turn::End(outcome) => {
                    if let Outcome::Failed(error) = &outcome {
                        self.clean_up_after(error);
                    }
                    if let (Outcome::Done(value), Some(then)) = (&outcome, self.then.take()) {
                        self.start_call_bound(&then, core::slice::from_ref(value));
                        continue;
                    }
                    return outcome;
                }
                Turn::Again if fuel <= 0 => return Outcome::Yielded,
                Turn::Again => {}
            }
        }
    }

    /// When the heap itself, not a quota, was exhausted: what the program leaves behind must not be in the way of the next.
    fn clean_up_after(&mut self, error: &Published) {
        let is_memory =
            |s: Scope<'_>| errors::error_type(s, s.open(error)).as_deref() == Some("out-of-memory");
        if self.mutator.enter(is_memory) {
            let stats = self.runtime.heap().stats();
            if stats.free_bytes < stats.arena_bytes / 4 {
                self.runtime.heap().collect();
            }
        }
    }

    /// Runs within one scope.
    fn turn(&mut self, fuel: &mut i64, host: &dyn Any) -> Turn {
        let (text, mut position) = match &self.source {
            Some((text, position)) => (&**text, Some(*position)),
            None => ("", None),
        };
        let interrupt = self.interrupt.take();
        let (turn, base, pc, left) = self.mutator.enter(|s| {
            let mut vm = Vm::attach(s, &self.runtime, host, text, self.base, self.pc);
            vm.source_place = self.source_place;
            vm.is_plain = self.is_plain;
            vm.refuel(*fuel);
            let turn = run_scope(&mut vm, &mut position, interrupt.as_deref());
            let (base, pc) = match turn {
                Turn::End(Outcome::Done(_) | Outcome::Failed(_)) => (0, 0),
                _ => (vm.base, vm.pc),
            };
            vm.base = base;
            vm.cut();
            (turn, base, pc, vm.fuel_left())
        });
        (self.base, self.pc) = (base, pc);
        if let (Some(source), Some(position)) = (&mut self.source, position) {
            source.1 = position;
        }
        // A scope that ended early because memory wants to be collected has used some fuel too.
        *fuel = left.min(*fuel - 1);
        turn
    }

    /// Makes the next run throw an error of type `:interrupt` with this message, wherever the program is.
    pub fn interrupt(&mut self, message: &str) {
        self.interrupt = Some(message.into());
    }

    /// Returns a second fiber that goes on from where this one is, independently: stack, bindings, what is left of the
    /// source. Costs the stack and what it reaches that nobody else could see yet. Without room for that, nothing happens.
    pub fn fork(&mut self) -> Result<Fiber, OutOfMemory> {
        Ok(Fiber {
            runtime: self.runtime.clone(),
            mutator: self.mutator.fork()?,
            base: self.base,
            pc: self.pc,
            source: self.source.clone(),
            source_place: self.source_place,
            interrupt: self.interrupt.clone(),
            is_plain: self.is_plain,
            then: None,
        })
    }

    /// The mutator, for working with values between slices.
    pub fn mutator(&mut self) -> &mut Mutator {
        &mut self.mutator
    }

    /// The runtime it runs in.
    pub fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// The name of the namespace that the program is in.
    pub fn namespace(&mut self) -> String {
        let runtime = self.runtime.clone();
        self.mutator.enter(|s| {
            Vm::attach(s, &runtime, &(), "", 0, 0);
            s.name(s.root_get(NAMESPACE)).unwrap_or("user").to_string()
        })
    }
}

/// The program counter of a fiber whose start failed; its error is in the slot of the last value.
const FAILED: u32 = u32::MAX;

fn thrown<'s>(vm: &Vm<'_, 's>, signal: Signal<'s>) -> Value<'s> {
    match signal {
        Signal::Throw(error) => error,
        _ => vm.out_of_memory(),
    }
}

fn end<'s>(vm: &Vm<'_, 's>, result: Result<Value<'s>, Value<'s>>) -> Turn {
    let s = vm.s;
    let published = s.publish(match result {
        Ok(value) | Err(value) => value,
    });
    Turn::End(match (published, result) {
        (Ok(value), Ok(_)) => Outcome::Done(value),
        (Ok(error), Err(_)) => Outcome::Failed(error),
        (Err(OutOfMemory), _) => Outcome::Failed(vm.runtime.out_of_memory_handle()),
    })
}

fn run_scope<'s>(
    vm: &mut Vm<'_, 's>,
    position: &mut Option<(usize, u32, u32)>,
    interrupt: Option<&str>,
) -> Turn {
    let s = vm.s;
    if vm.base == 0 && vm.pc == FAILED {
        let error = s.root_get(LAST);
        return end(vm, Err(error));
    }
    if let Some(message) = interrupt {
        let signal = errors::throw(s, "interrupt", message);
        if vm.base == 0 {
            let error = thrown(vm, signal);
            return end(vm, Err(error));
        }
        // The instruction that would run next is where the program is.
        vm.pc += 1;
        if let Err(Exit::Throw(error)) = vm.throw(signal) {
            return end(vm, Err(error));
        }
    }
    loop {
        if vm.base == 0 {
            let form = match next_form(vm, position) {
                Ok(Some(form)) => form,
                Ok(None) => {
                    let value = s.root_get(LAST);
                    // Without room for it, the next load compiles everything.
                    let _ = again::end(vm);
                    return end(vm, Ok(value));
                }
                Err(signal) => {
                    let error = thrown(vm, signal);
                    return end(vm, Err(error));
                }
            };
            if let Err(signal) = begin(vm, form) {
                let error = thrown(vm, signal);
                return end(vm, Err(error));
            }
            if vm.base == 0 {
                continue;
            }
        }
        match vm.interpret() {
            Exit::Return(value) => {
                s.root_set(LAST, value);
                if position.is_none() {
                    return end(vm, Ok(value));
                }
                if vm.fuel_left() <= 0 || s.wants_safepoint() {
                    return Turn::Again;
                }
            }
            Exit::Throw(error) => return end(vm, Err(error)),
            Exit::Park => return Turn::End(Outcome::Parked),
            Exit::Fork => return Turn::End(Outcome::Forking),
            Exit::Slice if vm.fuel_left() <= 0 => return Turn::End(Outcome::Yielded),
            Exit::Slice => return Turn::Again,
        }
    }
}

/// The next top-level form: a pending one, or one that is read.
fn next_form<'s>(
    vm: &mut Vm<'_, 's>,
    position: &mut Option<(usize, u32, u32)>,
) -> Result<Option<Value<'s>>, Signal<'s>> {
    let s = vm.s;
    let pending = s.root_get(PENDING);
    if s.kind(pending) == Kind::Pair {
        s.root_set(PENDING, s.rest_of(pending));
        return Ok(Some(s.first_of(pending)));
    }
    vm.form_span = None;
    let Some(at) = *position else { return Ok(None) };
    let (text, runtime) = (vm.source, vm.runtime);
    let namespace = vm.current_namespace()?;
    let resolve = |alias: Option<&str>| resolve_keyword(s, runtime, namespace, alias);
    let mut reader = Reader::new(s, text, &resolve);
    reader.seek(at);
    let skipped = again::skip(vm, &mut reader)?;
    let form = reader.next_form();
    let end = reader.position();
    *position = Some(end);
    // Reading and compiling take fuel too: about a call for every few bytes.
    vm.refuel((vm.fuel_left() - (end.0 - at.0 - skipped) as i64 / 4 - skipped as i64 / 64).max(0));
    vm.form_place = reader.form_place();
    let (line, column) = vm.form_place;
    vm.form_span = Some(((reader.form_start(), line, column), end));
    match form {
        Ok(form) => Ok(form),
        Err(error) => {
            let value = errors::error(s, "read", &error.message)?;
            let value = s.map_assoc(value, s.keyword("incomplete"), Value::bool(error.is_incomplete))?;
            Err(Signal::Throw(vm.at_place(value, (error.line, error.column))?))
        }
    }
}

/// What `::name` and `::alias/name` mean in a namespace.
pub(crate) fn resolve_keyword<'s>(
    s: Scope<'s>,
    runtime: &Runtime,
    namespace: Value<'s>,
    alias: Option<&str>,
) -> Option<String> {
    let target = match alias {
        None => namespace,
        Some(alias) => runtime.resolve_alias(s, namespace, s.symbol(alias))?,
    };
    s.name(namespace_parts(s, target)[0]).map(ToString::to_string)
}

/// Compiles a top-level form and enters it, or notes the parts of a `do` as the forms that come next.
fn begin<'s>(vm: &mut Vm<'_, 's>, form: Value<'s>) -> Result<(), Signal<'s>> {
    let s = vm.s;
    let made = Made::of(vm, form)?;
    vm.findings = Findings::default();
    match analyser::top(vm, form)? {
        Top::Parts(parts) => {
            let mut pending = s.root_get(PENDING);
            for part in parts.iter().rev() {
                pending = s.pair(*part, pending)?;
            }
            s.root_set(PENDING, pending);
            if parts.is_empty() {
                s.root_set(LAST, Value::NIL);
            }
            Ok(())
        }
        Top::Form(form) => {
            let function = vm.compile(form)?;
            if let Some(made) = made {
                made.note(vm, function)?;
            }
            vm.start(function, &[])
        }
    }
}

/// Evaluates a source to the text of its last value, as a REPL shows it; the error is `file:line:column: message`.
pub fn eval_to_string(
    runtime: &Arc<Runtime>,
    file: &str,
    source: &str,
    host: &dyn Any,
) -> Result<String, String> {
    let mut fiber = Fiber::new(runtime);
    fiber.start_source(file, source, "user");
    let value = fiber.run_to_end(host)?;
    fiber.show(&value, host)
}

impl Fiber {
    /// A value as a REPL shows it, under the bindings in force; lazy parts are realised, run in this fiber to the end.
    pub fn show(&mut self, value: &Published, host: &dyn Any) -> Result<String, String> {
        let runtime = self.runtime.clone();
        let show = self.mutator.enter(|s| {
            let function = runtime.var_value(s, "clojure.core/show-str").unwrap_or(Value::NIL);
            s.publish(function).map_err(|OutOfMemory| "out of memory")
        })?;
        self.start_call_bound(&show, core::slice::from_ref(value));
        let text = self.run_to_end(host)?;
        Ok(self.mutator.enter(|s| printer::print(s, s.open(&text), false)))
    }

    /// Runs to the end: the value, or the text of the error.
    pub fn run_to_end(&mut self, host: &dyn Any) -> Result<Published, String> {
        loop {
            match self.run(u32::MAX, host) {
                Outcome::Yielded => {}
                Outcome::Parked => return Err("the program waits for ever".to_string()),
                Outcome::Forking => return Err("the program forks where nothing could run both".to_string()),
                Outcome::Done(value) => return Ok(value),
                Outcome::Failed(error) => {
                    return Err(self.mutator.enter(|s| errors::error_message(s, s.open(&error))));
                }
            }
        }
    }
}
