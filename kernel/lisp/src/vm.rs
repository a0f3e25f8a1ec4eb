//! The machine: frames on the value stack, nested calls, errors on their way up.
//!
//! Enter at [`Vm::attach`]; the loop is in `interpret.rs`, the slow ways to call in `calls.rs`.
//!
//! The value stack is the mutator's root stack, so a fiber between slices is nothing but that stack and two numbers.
//! Its first slots belong to the fiber ([`FRAMES`]); then come frames:
//!
//! ```text
//!  [function] [code] [link] [register 0] ... [register n-1]
//!                           ^ base
//! ```
//! The frame of a callee begins inside of the caller's registers, where its arguments are. A link is an integer: how to
//! go on ([`Link`]), how far down the caller's base is, and the caller's next instruction.
//!
//! Invariant: the stack is as long as every frame needs; every slot is a valid value.

use crate::again::{At, Findings};
use crate::bytecode::{self, Shape};
use crate::emitter::{self, EmitError};
use crate::errors;
use crate::native::{Native, Signal};
use crate::runtime::Runtime;
use crate::{analyser, natives, reader, tags};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::any::Any;
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// Slot of the dynamic bindings in force: a map or nil.
pub(crate) const BINDINGS: usize = 0;
/// Slot of the current namespace's name.
pub(crate) const NAMESPACE: usize = 1;
/// Slot of the last top-level value.
pub(crate) const LAST: usize = 2;
/// Slot of a list of forms to run before more is read.
pub(crate) const PENDING: usize = 3;
/// Slot of the file name of what is compiled.
pub(crate) const FILE: usize = 4;
/// Slots of the code that called the library last at a function's end, and of the instruction and the base of its
/// frame, which the library's has taken over.
const CALLER: usize = 5;
const CALLER_PC: usize = 6;
/// Slot of the atom that collects where the program spends its time, nil unless that is wanted (see `profiler.rs`).
pub(crate) const PROFILE: usize = 7;
/// Slot that is true while the vectors that a program builds are to tell where (see `mark-vectors!`).
pub(crate) const MARKS: usize = 8;
/// Slot of what confines the program: nil, or a vector of strings, its own namespace and the beginnings of those that are closed to it
/// (see `confine.rs`).
pub(crate) const CONFINED: usize = 9;
/// Slot of what is known of the source that is loaded: nil, or a [`tags::LOADING`].
pub(crate) const LOADING: usize = 10;
/// Slot of the first frame.
pub(crate) const FRAMES: usize = 11;

/// Longest value stack in values; beyond it a program gets an error of type `:stack-overflow`.
pub(crate) const STACK_MAX: usize = 1 << 18;
/// Functions listed in a stack trace.
const TRACE_MAX: usize = 24;
/// Machines running inside each other (macros that expand with macros): bounds the native stack.
const NESTING_MAX: u32 = 8;
/// Calls and loop turns between two looks at the safepoint's conditions.
pub(crate) const FUEL_STEP: i64 = 1024;

/// How a frame goes on when it returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Link {
    /// The value goes to the slot of the function, the caller continues.
    Normal = 0,
    /// The machine was entered here.
    Exit = 1,
    /// The value realises the lazy value below; then the caller's instruction is executed again.
    Force = 2,
    /// As `Force`, then on to the next part of the sequence that is not realised.
    ForceAll = 3,
    /// The value says whether what the caller's instruction compares is equal; it is done with that.
    Equal = 4,
}

/// A link taken apart.
///
/// ```text
///  63      32 31      16 15       5 4      2 1   0
///  +---------+----------+----------+--------+-----+
///  |   pc    |  delta   |     0    |  link  |  01 |
///  +---------+----------+----------+--------+-----+
/// ```
#[derive(Clone, Copy)]
pub(crate) struct LinkParts {
    pub(crate) link: Link,
    pub(crate) delta: usize,
    pub(crate) pc: u32,
}

impl LinkParts {
    #[inline(always)]
    pub(crate) fn pack<'s>(self) -> Value<'s> {
        debug_assert!(self.delta <= 0xFFFF);
        Value::truncated_int(self.link as i64 | (self.delta as i64) << 14 | (self.pc as i64) << 30)
    }

    /// Whether a link is [`Link::Normal`].
    #[inline(always)]
    pub(crate) fn is_normal(value: Value<'_>) -> bool {
        value.word() as u16 == Value::truncated_int(Link::Normal as i64).word() as u16
    }

    #[inline(always)]
    pub(crate) fn unpack(value: Value<'_>) -> LinkParts {
        let word = value.word();
        let link = match word >> 2 & 7 {
            0 => Link::Normal,
            1 => Link::Exit,
            2 => Link::Force,
            3 => Link::ForceAll,
            _ => Link::Equal,
        };
        LinkParts { link, delta: (word >> 16 & 0xFFFF) as usize, pc: (word >> 32) as u32 }
    }
}

/// Why the machine stopped.
#[derive(Clone, Copy)]
pub(crate) enum Exit<'s> {
    /// The slice is over; the frames stay.
    Slice,
    /// A native parked the fiber; the frames stay.
    Park,
    /// A native wants the fiber forked; the frames stay.
    Fork,
    /// The frame that was entered returned.
    Return(Value<'s>),
    /// An error left the frame that was entered.
    Throw(Value<'s>),
}

/// The machine, attached to a fiber's stack for the length of a scope.
pub(crate) struct Vm<'a, 's> {
    pub(crate) s: Scope<'s>,
    pub(crate) runtime: &'a Runtime,
    pub(crate) host: &'a dyn Any,
    /// Name of the file that is compiled, a string.
    pub(crate) file: Value<'s>,
    /// Text of that file, where it is at hand: to find the place of a symbol.
    pub(crate) source: &'a str,
    /// Line and column where that text begins in its file.
    pub(crate) source_place: (u32, u32),
    /// Line and column of the top-level form that is compiled.
    pub(crate) form_place: (u32, u32),
    /// Where the form that is compiled begins and ends, if it was read just now.
    pub(crate) form_span: Option<(At, At)>,
    /// What was found out about that form.
    pub(crate) findings: Findings<'s>,
    /// Calls and loop turns until the safepoint's conditions are looked at, and those after that.
    pub(crate) fuel: i64,
    pub(crate) budget: i64,
    /// Slot of register 0 of the running frame; 0 when there is none.
    pub(crate) base: usize,
    /// The running frame's next instruction, in words behind the first constant of its code.
    pub(crate) pc: u32,
    pub(crate) nesting: u32,
    /// What a native that the loop called asks of the instruction's plain way.
    pub(crate) signal: Option<Signal<'s>>,
    /// Whether every instruction goes its plain way.
    pub(crate) is_plain: bool,
    /// How deep the analyser is in forms, over all nested machines: bounds the native stack.
    pub(crate) depth: u32,
    /// When the profiler looked last; 0 for not yet in this slice.
    pub(crate) sampled_us: i64,
    /// The clock that it looks at.
    pub(crate) clock: Option<&'static Native>,
}

impl<'a, 's> Vm<'a, 's> {
    /// Attaches to the stack of a fiber.
    pub(crate) fn attach(
        s: Scope<'s>,
        runtime: &'a Runtime,
        host: &'a dyn Any,
        source: &'a str,
        base: usize,
        pc: u32,
    ) -> Vm<'a, 's> {
        if s.root_count() < FRAMES {
            s.root_resize(FRAMES);
            s.root_set(NAMESPACE, s.symbol("user"));
            s.root_set(PENDING, Value::EMPTY_LIST);
        }
        let file = s.root_get(FILE);
        Vm {
            s,
            runtime,
            host,
            file,
            source,
            source_place: (1, 1),
            form_place: (0, 0),
            form_span: None,
            findings: Findings::default(),
            fuel: 0,
            budget: 0,
            base,
            pc,
            nesting: 0,
            signal: None,
            is_plain: false,
            sampled_us: 0,
            clock: None,
            depth: 0,
        }
    }

    /// Calls and loop turns until the safepoint's conditions are looked at.
    pub(crate) fn fuel_step(&self) -> i64 {
        if self.is_profiled() { 1 } else { FUEL_STEP }
    }

    /// Gives the machine fuel for a slice.
    pub(crate) fn refuel(&mut self, fuel: i64) {
        self.fuel = fuel.min(self.fuel_step());
        self.budget = fuel - self.fuel;
    }

    /// Fuel that is left.
    pub(crate) fn fuel_left(&self) -> i64 {
        self.fuel.max(0) + self.budget
    }

    pub(crate) fn current_namespace(&self) -> Result<Value<'s>, OutOfMemory> {
        self.runtime.namespace(self.s, self.s.root_get(NAMESPACE))
    }

    /// Compiles a form to a function of no arguments.
    pub(crate) fn compile(&mut self, form: Value<'s>) -> Result<Value<'s>, Signal<'s>> {
        let function = analyser::analyse(self, form)?;
        match emitter::emit(self.s, self.file, &function) {
            Ok(function) => Ok(function),
            Err(EmitError::Memory) => Err(Signal::OutOfMemory),
            Err(EmitError::TooLarge(message)) => {
                let place = reader::place_of(self.s, self.s.meta(form)).unwrap_or((0, 0));
                let error = errors::error(self.s, "compile", &message)?;
                Err(Signal::Throw(self.at_place(error, place)?))
            }
        }
    }

    /// The first slot above the running frame.
    pub(crate) fn top(&self) -> usize {
        if self.base == 0 {
            return FRAMES;
        }
        let code = self.s.root_get(self.base - 2);
        self.base + Shape::of(self.s.record_words(code)[0]).registers as usize
    }

    /// Between slices: forgets what lies above the running frame, and leaves room for the windows of its callers, which may
    /// reach further than its own.
    pub(crate) fn cut(&self) {
        let (s, top) = (self.s, self.top());
        let (mut base, mut end) = (self.base, top);
        while base != 0 && base + emitter::REGISTERS_MAX > end {
            let code = s.root_get(base - 2);
            end = end.max(base + Shape::of(s.record_words(code)[0]).registers as usize);
            base -= LinkParts::unpack(s.root_get(base - 1)).delta;
        }
        s.root_resize(top);
        s.root_resize(end);
    }

    /// Makes the stack at least `count` long.
    pub(crate) fn ensure(&mut self, count: usize) -> Result<(), Signal<'s>> {
        if count > STACK_MAX {
            return Err(errors::throw(self.s, "stack-overflow", "stack overflow"));
        }
        let length = self.s.root_count();
        if count > length {
            self.s.root_grow((count + 64).max(length + length / 2).min(STACK_MAX))?;
        }
        Ok(())
    }

    /// Calls a function inside of the running slice and waits for its value: for macros and loading. It cannot park,
    /// and its fuel is its own.
    pub(crate) fn call_nested(
        &mut self,
        function: Value<'s>,
        arguments: &[Value<'s>],
        fuel: i64,
        what: &str,
    ) -> Result<Value<'s>, Signal<'s>> {
        if self.nesting >= NESTING_MAX {
            return Err(errors::throw(self.s, "compile", &format!("{what} is nested too deeply")));
        }
        let saved = (self.base, self.pc, self.fuel, self.budget);
        let bindings = self.s.root_get(BINDINGS);
        self.nesting += 1;
        self.refuel(fuel);
        let exit = match self.start(function, arguments) {
            Ok(()) => self.interpret(),
            Err(Signal::Throw(error)) => Exit::Throw(error),
            Err(signal) => {
                self.nesting -= 1;
                (self.base, self.pc, self.fuel, self.budget) = saved;
                return Err(signal);
            }
        };
        self.nesting -= 1;
        (self.base, self.pc, self.fuel, self.budget) = saved;
        match exit {
            Exit::Return(value) => Ok(value),
            Exit::Throw(error) => {
                self.s.root_set(BINDINGS, bindings);
                Err(Signal::Throw(error))
            }
            Exit::Slice => {
                self.s.root_set(BINDINGS, bindings);
                Err(errors::throw(self.s, "compile", &format!("{what} does not end")))
            }
            Exit::Park | Exit::Fork => {
                self.s.root_set(BINDINGS, bindings);
                let verb = if matches!(exit, Exit::Park) { "wait" } else { "fork" };
                Err(errors::throw(self.s, "compile", &format!("{what} must not {verb}")))
            }
        }
    }

    /// Puts a frame for a call of any function on top of the stack; its return ends [`interpret`](Self::interpret).
    pub(crate) fn start(&mut self, function: Value<'s>, arguments: &[Value<'s>]) -> Result<(), Signal<'s>> {
        let s = self.s;
        let is_function = s.record_tag(function) == Some(tags::FUNCTION);
        let mut slots: Vec<Value<'s>> = Vec::with_capacity(arguments.len() + 6);
        let function = if is_function {
            function
        } else {
            slots.extend([function, Value::NIL, Value::NIL]);
            self.trampoline(arguments.len())?
        };
        slots.extend(arguments);
        let at = self.top();
        self.ensure(at + 3 + slots.len())?;
        for (index, value) in slots.iter().enumerate() {
            s.root_set(at + 3 + index, *value);
        }
        self.enter(at, function, slots.len(), Link::Exit, self.pc)
    }

    /// A function that calls its first argument with the others from the fourth on.
    fn trampoline(&mut self, count: usize) -> Result<Value<'s>, Signal<'s>> {
        let count = u16::try_from(count).ok().filter(|count| *count < 1000);
        let Some(count) = count else {
            return Err(errors::throw(self.s, "arity", "too many arguments to start a call with"));
        };
        let shape =
            Shape { parameters: count + 3, is_variadic: false, registers: count + 3, is_library: false };
        let code = bytecode::CodeParts {
            name: Value::NIL,
            file: Value::NIL,
            shape,
            constants: Vec::new(),
            instructions: alloc::vec![bytecode::encode(bytecode::Op::TailCall, 0, count, 0)],
            handlers: Vec::new(),
            lines: Vec::new(),
        };
        let code = code.finish(self.s)?;
        Ok(self.s.record(tags::FUNCTION, &[code], &[shape.word(), 1])?)
    }

    /// Enters a function whose frame begins at a slot and whose arguments already lie in their places.
    pub(crate) fn enter(
        &mut self,
        at: usize,
        function: Value<'s>,
        count: usize,
        link: Link,
        pc: u32,
    ) -> Result<(), Signal<'s>> {
        let s = self.s;
        let code = self.select(function, count)?;
        let shape = Shape::of(s.record_words(code)[0]);
        let base = at + 3;
        self.ensure(base + (shape.registers as usize).max(count) + 1)?;
        if shape.is_variadic {
            let fixed = shape.parameters as usize;
            let mut rest = Value::NIL;
            if count > fixed {
                let items: Vec<_> = (fixed..count).map(|index| s.root_get(base + index)).collect();
                rest = s.list(&items)?;
            }
            s.root_set(base + fixed, rest);
        }
        s.root_set(at, function);
        s.root_set(at + 1, code);
        s.root_set(at + 2, LinkParts { link, delta: base - self.base, pc }.pack());
        self.base = base;
        self.pc = bytecode::entry(s, code);
        Ok(())
    }

    /// The code of a function for a count of arguments.
    pub(crate) fn select(&self, function: Value<'s>, count: usize) -> Result<Value<'s>, Signal<'s>> {
        let s = self.s;
        for code in codes(s, function) {
            let shape = Shape::of(s.record_words(*code)[0]);
            let parameters = shape.parameters as usize;
            if count == parameters || shape.is_variadic && count >= parameters {
                return Ok(*code);
            }
        }
        let name = crate::printer::function_name(s, function);
        let wanted = arities_text(s, function);
        Err(errors::throw(s, "arity", &format!("{name} wants {wanted}, got {count}")))
    }

    /// Takes an error up to its handler. `Err` when it leaves the frame that the machine was entered with.
    pub(crate) fn unwind(&mut self, error: Value<'s>) -> Result<(), Exit<'s>> {
        let s = self.s;
        let error = self.annotate(error).unwrap_or(error);
        loop {
            let code = s.root_get(self.base - 2);
            if let Some((target, register)) = bytecode::find_handler(s, code, self.pc) {
                s.root_set(self.base + register as usize, error);
                self.pc = target;
                return Ok(());
            }
            let parts = LinkParts::unpack(s.root_get(self.base - 1));
            self.base -= parts.delta;
            self.pc = parts.pc;
            if parts.link == Link::Exit {
                return Err(Exit::Throw(error));
            }
        }
    }

    /// Notes where a program calls the library at a function's end.
    pub(crate) fn note_caller(&self, code: Value<'s>, pc: u32) {
        let s = self.s;
        if s.record_words(code).first().is_some_and(|shape| shape & bytecode::LIBRARY == 0) {
            s.root_set(CALLER, code);
            let place = i64::from(pc) | (self.base as i64) << 32;
            s.root_set(CALLER_PC, Value::small_int(place).unwrap_or(Value::NIL));
        }
    }

    /// File and place of the program's call at a function's end that made the library's frame at a base.
    fn caller_at(&self, base: usize) -> Option<(Value<'s>, (u32, u32))> {
        let s = self.s;
        let (code, place) = (s.root_get(CALLER), s.root_get(CALLER_PC).as_small_int()?);
        if (place >> 32) as usize != base {
            return None;
        }
        let file = *s.record_values(code).get(1)?;
        Some((file, bytecode::find_line(s, code, place as u32)?))
    }

    /// Forgets who called the library last: what runs now has another source.
    pub(crate) fn forget_caller(&self) {
        self.s.root_set(CALLER, Value::NIL);
    }

    /// Adds file, line, column and trace of where the machine is to an error that has none.
    fn annotate(&mut self, error: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let s = self.s;
        if !errors::is_error(s, error) || s.map_get(error, s.keyword("trace")).is_some() {
            return Ok(error);
        }
        let mut lines = Vec::new();
        let (mut place, mut place_is_library) = (None, false);
        let (mut base, mut pc) = (self.base, self.pc);
        while base != 0 && lines.len() < TRACE_MAX {
            let code = s.root_get(base - 2);
            let line = bytecode::find_line(s, code, pc);
            let values = s.record_values(code);
            let file = values.get(1).and_then(|file| s.as_str(*file)).unwrap_or("");
            if !file.is_empty() {
                let name = values.first().and_then(|name| s.name(*name)).unwrap_or("fn");
                // Rather where the program called the library than where the library noticed.
                if place.is_none() || place_is_library && !natives::is_library(file) {
                    place = line.map(|line| (values[1], line));
                    place_is_library = natives::is_library(file);
                }
                if place_is_library && let Some(caller) = self.caller_at(base) {
                    (place, place_is_library) = (Some(caller), false);
                }
                let text = match line {
                    Some((line, column)) => format!("{name} ({file}:{line}:{column})"),
                    None => format!("{name} ({file})"),
                };
                lines.push(s.string(&text)?);
            }
            let parts = LinkParts::unpack(s.root_get(base - 1));
            base -= parts.delta;
            pc = parts.pc;
        }
        let mut error = error;
        if let Some((file, (line, column))) = place
            && s.map_get(error, s.keyword("line")).is_none()
        {
            error = s.map_assoc(error, s.keyword("file"), file)?;
            error = s.map_assoc(error, s.keyword("line"), s.int(line as i64)?)?;
            error = s.map_assoc(error, s.keyword("column"), s.int(column as i64)?)?;
        }
        s.map_assoc(error, s.keyword("trace"), s.vector(&lines)?)
    }

    /// A vector that begins with a keyword, with metadata that tells where the running instruction, which built it, was written.
    #[cold]
    pub(crate) fn marked(&self, vector: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let s = self.s;
        if s.vector_get(vector, 0).is_none_or(|head| s.kind(head) != Kind::Keyword) {
            return Ok(vector);
        }
        let code = s.root_get(self.base - 2);
        let line = bytecode::find_line(s, code, self.pc);
        let (Some((line, column)), Some(file)) = (line, s.record_values(code).get(1)) else {
            return Ok(vector);
        };
        let place = s.map(&[
            (s.keyword("file"), *file),
            (s.keyword("line"), s.int(i64::from(line))?),
            (s.keyword("column"), s.int(i64::from(column))?),
        ])?;
        s.with_meta(vector, place)
    }

    /// An error with the place of a form in the compiled file.
    pub(crate) fn at_place(
        &self,
        error: Value<'s>,
        (line, column): (u32, u32),
    ) -> Result<Value<'s>, OutOfMemory> {
        let s = self.s;
        if s.kind(error) != Kind::Map || line == 0 {
            return Ok(error);
        }
        let error = s.map_assoc(error, s.keyword("file"), self.file)?;
        let error = s.map_assoc(error, s.keyword("line"), s.int(line as i64)?)?;
        s.map_assoc(error, s.keyword("column"), s.int(column as i64)?)
    }

    /// As [`at_place`](Self::at_place), at the first occurrence of a symbol from that place on.
    pub(crate) fn at_symbol(
        &self,
        error: Value<'s>,
        place: (u32, u32),
        name: &str,
    ) -> Result<Value<'s>, OutOfMemory> {
        let found = find_symbol(self.source, self.source_place, place, name);
        self.at_place(error, found.unwrap_or(place))
    }

    /// The error value for exhausted memory.
    pub(crate) fn out_of_memory(&self) -> Value<'s> {
        self.runtime.out_of_memory(self.s)
    }
}

/// The codes of a function.
pub(crate) fn codes<'s>(s: Scope<'s>, function: Value<'s>) -> &'s [Value<'s>] {
    let count = s.record_words(function).get(1).copied().unwrap_or(0) as usize;
    s.record_values(function).get(..count).unwrap_or(&[])
}

/// Which counts of arguments a function takes: fixed ones with false, the least of a variadic one with true. `None` for
/// what is no function.
pub fn arities<'s>(runtime: &Runtime, s: Scope<'s>, function: Value<'s>) -> Option<Vec<(usize, bool)>> {
    match s.record_tag(function) {
        Some(tags::FUNCTION) => Some(
            codes(s, function)
                .iter()
                .map(|code| Shape::of(s.record_words(*code)[0]))
                .map(|shape| (shape.parameters as usize, shape.is_variadic))
                .collect(),
        ),
        Some(tags::NATIVE) => {
            let (least, most) = runtime.native(s.record_words(function)[0] as usize).arity;
            let least = least as usize;
            Some(match most {
                Some(most) => (least..=most as usize).map(|count| (count, false)).collect(),
                None => alloc::vec![(least, true)],
            })
        }
        Some(tags::META_FUNCTION) => arities(runtime, s, s.record_values(function)[0]),
        Some(tags::VAR) => arities(runtime, s, s.atom_load(crate::runtime::var_atom(s, function))),
        Some(tags::MULTIMETHOD) => Some(alloc::vec![(0, true)]),
        _ => match s.kind(function) {
            Kind::Keyword | Kind::Symbol | Kind::Map | Kind::Set | Kind::SortedMap | Kind::SortedSet => {
                Some(alloc::vec![(1, false), (2, false)])
            }
            Kind::Vector => Some(alloc::vec![(1, false)]),
            _ => None,
        },
    }
}

/// Whether a function can be called with a count of arguments.
pub fn accepts_arity<'s>(runtime: &Runtime, s: Scope<'s>, function: Value<'s>, count: usize) -> bool {
    let arities = arities(runtime, s, function).unwrap_or_default();
    arities.into_iter().any(|(least, is_variadic)| count == least || is_variadic && count > least)
}

fn arities_text<'s>(s: Scope<'s>, function: Value<'s>) -> String {
    let mut counts = Vec::new();
    for code in codes(s, function) {
        let shape = Shape::of(s.record_words(*code)[0]);
        counts.push(if shape.is_variadic {
            format!("{} or more", shape.parameters)
        } else {
            format!("{}", shape.parameters)
        });
    }
    let plural = if counts.len() == 1 && counts[0] == "1" { "" } else { "s" };
    format!("{} argument{plural}", counts.join(" or "))
}

/// Line and column of a symbol in a text that begins at `start`, from a place on.
fn find_symbol(text: &str, start: (u32, u32), place: (u32, u32), name: &str) -> Option<(u32, u32)> {
    // Only the first line of a text may begin within a line of its file.
    let before = |line: u32| if line == start.0 { start.1.saturating_sub(1) } else { 0 };
    let skipped = place.0.checked_sub(start.0)? as usize;
    let first = place.1.saturating_sub(1).checked_sub(before(place.0))? as usize;
    let is_edge = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || "()[]{}\"'`~@^,;#".contains(c));
    for (index, line) in text.lines().enumerate().skip(skipped).take(200) {
        let first = if index == skipped { first } else { 0 };
        let from = line.char_indices().nth(first).map_or(line.len(), |(at, _)| at);
        let mut at = from;
        while let Some(found) = line[at..].find(name) {
            let (from, to) = (at + found, at + found + name.len());
            if is_edge(line[..from].chars().next_back()) && is_edge(line[to..].chars().next()) {
                let line_of_file = start.0 + index as u32;
                let column = before(line_of_file) + line[..from].chars().count() as u32 + 1;
                return Some((line_of_file, column));
            }
            at = to;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::find_symbol;

    #[test]
    fn symbols_are_found_by_their_place_in_the_file() {
        let text = "(a b)\n(b\n a)";
        for (start, place, name, expected) in [
            ((1, 1), (1, 1), "b", Some((1, 4))),
            ((1, 1), (2, 1), "a", Some((3, 2))),
            ((7, 11), (7, 11), "a", Some((7, 12))),
            ((7, 11), (7, 13), "a", Some((9, 2))),
            ((7, 11), (8, 1), "b", Some((8, 2))),
            ((7, 11), (9, 1), "b", None),
            ((7, 11), (1, 1), "a", None),
        ] {
            assert_eq!(find_symbol(text, start, place, name), expected, "{name} from {place:?}");
        }
    }
}
