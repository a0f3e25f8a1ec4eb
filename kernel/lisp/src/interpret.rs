//! The interpreter loop. A door for `unsafe`: registers, constants and instructions are reached by pointer.
//!
//! Invariant: code was verified when it was made (`bytecode::verify`), so its registers lie in the frame's window, its
//! constants exist and its jumps land on instructions; [`Vm::enter`] makes the stack long enough for the window. The pointers
//! are taken anew after everything that may move the stack or change the frame.
#![allow(
    unsafe_code,
    reason = "the value stack and the code are read without bounds checks, after verification"
)]

use crate::arithmetic;
use crate::bytecode::{CODE_CONSTANTS, CODE_HEADER, LIBRARY, Op, Shape};
use crate::calls::{INLINE_ARGUMENTS, Step};
use crate::errors;
use crate::native::{Call, Signal};
use crate::seq;
use crate::tags;
use crate::vm::{BINDINGS, Exit, Link, LinkParts, NAMESPACE, Vm};
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Value};

/// Pointers into the running frame.
struct Frame<'s> {
    /// Register 0.
    base: *mut Value<'s>,
    /// First and next instruction.
    start: *const u64,
    ip: *const u64,
    constants: *const Value<'s>,
    /// End of the stack.
    limit: *mut Value<'s>,
}

impl<'s> Vm<'_, 's> {
    #[inline]
    fn frame(&self) -> Frame<'s> {
        let s = self.s;
        let code = s.root_get(self.base - 2);
        let (values, words) = (s.record_values(code), s.record_words(code));
        // Between slices the stack is cut above the running frame, whose window may end below that of its caller.
        let needed = self.base + Shape::of(words[0]).registers as usize;
        if needed >= s.root_count() {
            s.root_resize(needed + 64);
        }
        let stack = s.root_pointer();
        // SAFETY: `base` is a slot of the stack, which is `root_count` long; the code record holds its constants and
        // instructions behind these offsets, and `pc` is one of its instructions.
        unsafe {
            let start = words.as_ptr().add(CODE_HEADER);
            Frame {
                base: stack.add(self.base),
                start,
                ip: start.add(self.pc as usize),
                constants: values.as_ptr().add(CODE_CONSTANTS),
                limit: stack.add(s.root_count()),
            }
        }
    }

    /// Runs until the frame that was entered last from outside returns, the slice ends or a native parks.
    pub(crate) fn interpret(&mut self) -> Exit<'s> {
        let s = self.s;
        let mut f = self.frame();

        macro_rules! register {
            ($index:expr) => {
                // SAFETY: verified code names registers of its window only.
                *unsafe { &mut *f.base.add($index as usize) }
            };
        }
        macro_rules! constant {
            ($index:expr) => {
                // SAFETY: verified code names constants that it has.
                unsafe { *f.constants.add($index as usize) }
            };
        }
        // Brings `self.pc` up to date: it is behind the running instruction.
        macro_rules! sync {
            () => {
                // SAFETY: both point into the instructions of the running code.
                self.pc = unsafe { f.ip.offset_from(f.start) } as u32
            };
        }
        macro_rules! throw {
            ($signal:expr) => {{
                sync!();
                match self.throw($signal) {
                    Ok(()) => f = self.frame(),
                    Err(exit) => return exit,
                }
                continue;
            }};
        }
        macro_rules! attempt {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(signal) => throw!(Signal::from(signal)),
                }
            };
        }
        macro_rules! jump {
            ($offset:expr) => {
                // SAFETY: verified jumps land on instructions.
                f.ip = unsafe { f.ip.offset($offset as isize) }
            };
        }
        // What follows a slow call: `$store` puts its value where it belongs.
        macro_rules! step {
            ($step:expr, $value:ident => $store:block) => {
                match $step {
                    Ok(Step::Frame) => f = self.frame(),
                    Ok(Step::Value($value)) => {
                        f = self.frame();
                        $store
                    }
                    Ok(Step::Yield($value)) => {
                        f = self.frame();
                        $store
                        sync!();
                        (self.fuel, self.budget) = (0, 0);
                        return Exit::Slice;
                    }
                    Ok(Step::Exit(exit)) => return exit,
                    Err(signal) => match self.throw(signal) {
                        Ok(()) => f = self.frame(),
                        Err(exit) => return exit,
                    },
                }
            };
        }
        // Takes the pointers to instructions and constants from a code record; gives its count of registers.
        macro_rules! start_code {
            ($code:expr) => {{
                let (_, values, words) = s.record_parts($code).unwrap_or((0, &[], &[]));
                // SAFETY: the code slot of a frame holds a code record, whose constants and instructions lie there.
                unsafe {
                    f.start = words.as_ptr().add(CODE_HEADER);
                    f.constants = values.as_ptr().add(CODE_CONSTANTS);
                    Shape::of(*words.as_ptr()).registers as isize
                }
            }};
        }
        // Returns from the running frame.
        macro_rules! give {
            ($value:expr) => {{
                let value = $value;
                // SAFETY: a frame has three slots below its base.
                let link = LinkParts::unpack(unsafe { *f.base.sub(1) });
                if link.link == Link::Normal {
                    // SAFETY: as above, for this frame and its caller's, whose base is `delta` below.
                    let code = unsafe {
                        *f.base.sub(3) = value;
                        f.base = f.base.sub(link.delta);
                        *f.base.sub(2)
                    };
                    self.base -= link.delta;
                    let registers = start_code!(code);
                    // SAFETY: `pc` is an instruction of the caller.
                    f.ip = unsafe { f.start.add(link.pc as usize) };
                    // SAFETY: both point into the stack or one past its end.
                    if unsafe { f.limit.offset_from(f.base) } <= registers {
                        self.pc = link.pc;
                        f = self.frame();
                    }
                } else {
                    sync!();
                    step!(self.returned(value), _value => {});
                }
            }};
        }
        // Counts fuel; at its end looks at what a safepoint must look at.
        macro_rules! safepoint {
            () => {
                self.fuel -= 1;
                if self.fuel < 0 {
                    sync!();
                    match self.safepoint() {
                        Ok(false) => {}
                        Ok(true) => {
                            self.pc -= 1;
                            return Exit::Slice;
                        }
                        Err(signal) => throw!(signal),
                    }
                }
            };
        }
        // Calls a native of the right arity here; else, or when it asks for something, tells `dispatch`.
        macro_rules! native_call {
            ($a:expr, $count:expr, $function:expr, $value:ident => $store:block) => {{
                let mut signal = None;
                if $count <= INLINE_ARGUMENTS
                    && let Some((tags::NATIVE, _, words)) = s.record_parts($function)
                {
                    let native = self.runtime.native(words[0] as usize);
                    let (least, most) = native.arity;
                    if $count >= least as usize && most.is_none_or(|most| $count <= most as usize) {
                        let mut arguments = [Value::NIL; INLINE_ARGUMENTS];
                        for index in 0..$count {
                            arguments[index] = register!($a + 3 + index);
                        }
                        let result = (native.function)(&Call {
                            s,
                            args: &arguments[..$count],
                            runtime: self.runtime,
                            host: self.host,
                            bindings: s.root_get(BINDINGS),
                            namespace: s.root_get(NAMESPACE),
                            native,
                        });
                        // The native had the scope in its hands: the stack may have moved.
                        let (stack, count) = (s.root_pointer(), s.root_count());
                        assert!(count >= self.base, "a native cut the value stack");
                        // SAFETY: `base` is a slot of the stack, which is `count` long.
                        (f.base, f.limit) = unsafe { (stack.add(self.base), stack.add(count)) };
                        // One that allocated much makes the next call a safepoint.
                        if self.fuel > 0 {
                            if self.nesting == 0 && s.wants_safepoint() {
                                self.budget += self.fuel;
                                self.fuel = 0;
                            }
                        } else if self.is_profiled() {
                            sync!();
                            if let Err(signal) = self.sample() {
                                throw!(signal);
                            }
                        }
                        match result {
                            Ok($value) => $store
                            Err(asked @ (Signal::Throw(_) | Signal::OutOfMemory)) => throw!(asked),
                            Err(asked) => signal = Some(asked),
                        }
                    }
                }
                signal
            }};
        }
        macro_rules! call {
            ($a:expr, $count:expr, $function:expr) => {{
                let (a, count, function) = ($a as usize, $count as usize, $function);
                safepoint!();
                if let Some((tags::FUNCTION, values, words)) = s.record_parts(function) {
                    let shape = Shape::of(words[0]);
                    // SAFETY: the window ends where the stack does at the latest; one past it is still a pointer into it.
                    let fits = unsafe { f.limit.offset_from(f.base.add(a + 3)) } > shape.registers as isize;
                    if words[0] as u32 as usize == count && words[1] == 1 && fits {
                        sync!();
                        let link = LinkParts { link: Link::Normal, delta: a + 3, pc: self.pc };
                        let code = values[0];
                        register!(a) = function;
                        register!(a + 1) = code;
                        register!(a + 2) = link.pack();
                        self.base += a + 3;
                        // SAFETY: the new window fits, see above.
                        f.base = unsafe { f.base.add(a + 3) };
                        start_code!(code);
                        f.ip = f.start;
                        continue;
                    }
                }
                let signal = native_call!(a, count, function, value => {
                    register!(a) = value;
                    continue;
                });
                register!(a) = function;
                sync!();
                step!(self.dispatch(a, count, false, signal), value => { register!(a) = value; });
            }};
        }
        macro_rules! tail_call {
            ($a:expr, $count:expr, $function:expr) => {{
                let (a, count, function) = ($a as usize, $count as usize, $function);
                safepoint!();
                register!(a) = function;
                if let Some((tags::FUNCTION, values, words)) = s.record_parts(function) {
                    let shape = Shape::of(words[0]);
                    // SAFETY: as in a call.
                    let fits = unsafe { f.limit.offset_from(f.base) } > shape.registers as isize;
                    if words[0] as u32 as usize == count && words[1] == 1 && fits {
                        let code = values[0];
                        if words[0] & LIBRARY != 0 {
                            sync!();
                            // SAFETY: a frame has three slots below its base.
                            self.note_caller(unsafe { *f.base.sub(2) }, self.pc);
                        }
                        for index in 0..count {
                            register!(index) = register!(a + 3 + index);
                        }
                        // SAFETY: a frame has three slots below its base.
                        unsafe {
                            *f.base.sub(3) = function;
                            *f.base.sub(2) = code;
                        }
                        start_code!(code);
                        f.ip = f.start;
                        continue;
                    }
                }
                let signal = native_call!(a, count, function, value => {
                    give!(value);
                    continue;
                });
                sync!();
                step!(self.dispatch(a, count, true, signal), value => { give!(value); });
            }};
        }
        macro_rules! var_value {
            ($atom:expr) => {{
                let atom = $atom;
                let value = s.atom_load(atom);
                if value.is_identical(Value::UNBOUND) {
                    throw!(self.unbound(atom));
                }
                value
            }};
        }
        macro_rules! arithmetic {
            ($a:expr, $left:expr, $right:expr, $int:expr, $float:expr, $slow:path) => {{
                let (left, right) = ($left, $right);
                let quick = match (left.as_small_int(), right.as_small_int()) {
                    (Some(x), Some(y)) => $int(x, y).and_then(Value::small_int),
                    _ => match (left.as_small_float(), right.as_small_float()) {
                        (Some(x), Some(y)) => Value::small_float($float(x, y)),
                        _ => None,
                    },
                };
                register!($a) = match quick {
                    Some(value) => value,
                    None => attempt!($slow(s, left, right)),
                };
            }};
        }
        macro_rules! compare {
            ($left:expr, $right:expr, $operator:tt, $name:literal, $slow:path) => {{
                let (left, right) = ($left, $right);
                match (left.as_small_int(), right.as_small_int()) {
                    (Some(x), Some(y)) => x $operator y,
                    _ => match (left.as_small_float(), right.as_small_float()) {
                        (Some(x), Some(y)) => x $operator y,
                        _ => attempt!($slow(s, $name, left, right)),
                    },
                }
            }};
        }
        macro_rules! equal {
            ($left:expr, $right:expr) => {{
                let (left, right) = ($left, $right);
                // NaN is no immediate, so identical immediates are equal, and different ones mostly are not.
                if !left.is_reference() && !right.is_reference() {
                    left.is_identical(right)
                } else {
                    match seq::equal(s, left, right) {
                        Ok(equal) => equal,
                        Err(signal @ (Signal::Force(_) | Signal::ForceAll(_))) => {
                            sync!();
                            step!(self.force(signal), _value => {});
                            continue;
                        }
                        Err(signal) => throw!(signal),
                    }
                }
            }};
        }
        macro_rules! compare_int {
            ($a:expr, $b:expr, $operator:tt, $name:literal, |$left:ident, $right:ident| $slow:expr) => {{
                let left = register!($a);
                match left.as_small_int() {
                    Some(x) => x $operator ($b as i16 as i64),
                    None => {
                        let ($left, $right) = (left, immediate($b as i16 as i64));
                        attempt!($slow)
                    }
                }
            }};
        }

        loop {
            // SAFETY: `ip` is an instruction of the running code, and verified code does not run off its end.
            let word = unsafe { *f.ip };
            // SAFETY: as above: at most one past the end, and then it is not read.
            f.ip = unsafe { f.ip.add(1) };
            let (a, b, c) = ((word >> 16) as u16, (word >> 32) as u16, (word >> 48) as u16);
            let wide = (word >> 32) as u32;
            // SAFETY: `verify` admits numbers of opcodes only, and `Op` is `repr(u8)`.
            let op = unsafe { core::mem::transmute::<u8, Op>(word as u8) };
            match op {
                Op::Move => register!(a) = register!(b),
                Op::Const => register!(a) = constant!(wide),
                Op::Int => register!(a) = immediate(wide as i32 as i64),
                Op::Capture => {
                    // SAFETY: a frame has three slots below its base.
                    let function = unsafe { *f.base.sub(3) };
                    register!(a) = s.record_values(function)[b as usize];
                }
                Op::SelfRef => {
                    // SAFETY: as above.
                    register!(a) = unsafe { *f.base.sub(3) };
                }
                Op::Var => register!(a) = var_value!(constant!(wide)),
                Op::Dynamic => {
                    let var = constant!(wide);
                    let (symbol, atom) = (s.record_values(var)[0], s.record_values(var)[1]);
                    let bindings = s.root_get(BINDINGS);
                    let bound = if bindings.is_nil() { None } else { s.map_get(bindings, symbol) };
                    register!(a) = match bound {
                        Some(value) => value,
                        None => var_value!(atom),
                    };
                }
                Op::Jump => jump!(wide as i32),
                Op::Loop => {
                    safepoint!();
                    jump!(wide as i32);
                }
                Op::JumpIfNot => {
                    if !register!(a).is_truthy() {
                        jump!(wide as i32);
                    }
                }
                Op::JumpIf => {
                    if register!(a).is_truthy() {
                        jump!(wide as i32);
                    }
                }
                Op::JumpIfNil => {
                    if register!(a).is_nil() {
                        jump!(wide as i32);
                    }
                }
                Op::JumpIfNotNil => {
                    if !register!(a).is_nil() {
                        jump!(wide as i32);
                    }
                }
                Op::JumpNotLess => {
                    if !compare!(register!(a), register!(b), <, "<", arithmetic::less) {
                        jump!(c as i16);
                    }
                }
                Op::JumpNotLessEqual => {
                    if !compare!(register!(a), register!(b), <=, "<=", arithmetic::less_equal) {
                        jump!(c as i16);
                    }
                }
                Op::JumpNotEqual => {
                    if !equal!(register!(a), register!(b)) {
                        jump!(c as i16);
                    }
                }
                Op::JumpNotLessInt => {
                    if !compare_int!(a, b, <, "<", |x, y| arithmetic::less(s, "<", x, y)) {
                        jump!(c as i16);
                    }
                }
                Op::JumpNotLessEqualInt => {
                    if !compare_int!(a, b, <=, "<=", |x, y| arithmetic::less_equal(s, "<=", x, y)) {
                        jump!(c as i16);
                    }
                }
                Op::JumpNotGreaterInt => {
                    if !compare_int!(a, b, >, ">", |x, y| arithmetic::less(s, ">", y, x)) {
                        jump!(c as i16);
                    }
                }
                Op::JumpNotGreaterEqualInt => {
                    if !compare_int!(a, b, >=, ">=", |x, y| arithmetic::less_equal(s, ">=", y, x)) {
                        jump!(c as i16);
                    }
                }
                Op::JumpNotEqualInt => {
                    if !equal!(register!(a), immediate(b as i16 as i64)) {
                        jump!(c as i16);
                    }
                }
                Op::JumpNotType => {
                    let error = register!(a);
                    let kind =
                        if errors::is_error(s, error) { s.map_get(error, s.keyword("type")) } else { None };
                    if !kind.is_some_and(|kind| kind.is_identical(constant!(b))) {
                        jump!(c as i16);
                    }
                }
                Op::Add => {
                    arithmetic!(
                        a,
                        register!(b),
                        register!(c),
                        i64::checked_add,
                        |x: f64, y: f64| x + y,
                        arithmetic::add
                    )
                }
                Op::Subtract => arithmetic!(
                    a,
                    register!(b),
                    register!(c),
                    i64::checked_sub,
                    |x: f64, y: f64| x - y,
                    arithmetic::subtract
                ),
                Op::Multiply => arithmetic!(
                    a,
                    register!(b),
                    register!(c),
                    i64::checked_mul,
                    |x: f64, y: f64| x * y,
                    arithmetic::multiply
                ),
                Op::AddInt => {
                    let left = register!(b);
                    let quick = left.as_small_int().and_then(|n| Value::small_int(n + c as i16 as i64));
                    register!(a) = match quick {
                        Some(value) => value,
                        None => attempt!(arithmetic::add(s, left, immediate(c as i16 as i64))),
                    };
                }
                Op::Less => {
                    register!(a) =
                        Value::bool(compare!(register!(b), register!(c), <, "<", arithmetic::less));
                }
                Op::LessEqual => {
                    register!(a) =
                        Value::bool(compare!(register!(b), register!(c), <=, "<=", arithmetic::less_equal));
                }
                Op::Equal => register!(a) = Value::bool(equal!(register!(b), register!(c))),
                Op::Not => register!(a) = Value::bool(!register!(b).is_truthy()),
                Op::IsNil => register!(a) = Value::bool(register!(b).is_nil()),
                Op::Call => call!(a, b, register!(a)),
                Op::TailCall => tail_call!(a, b, register!(a)),
                Op::CallVar => call!(a, b, var_value!(constant!(c))),
                Op::TailCallVar => tail_call!(a, b, var_value!(constant!(c))),
                Op::Return => give!(register!(a)),
                Op::Closure => {
                    let (own, words) = (s.record_values(constant!(b)), s.record_words(constant!(b)));
                    // SAFETY: verified: the registers lie in the window, and nothing writes them meanwhile.
                    let captured =
                        unsafe { core::slice::from_raw_parts(f.base.add(a as usize + 1), c as usize) };
                    let count = own.len() + captured.len();
                    let mut few = [Value::NIL; 16];
                    register!(a) = if count <= few.len() {
                        few[..own.len()].copy_from_slice(own);
                        few[own.len()..count].copy_from_slice(captured);
                        attempt!(s.record(tags::FUNCTION, &few[..count], words))
                    } else {
                        attempt!(s.record(tags::FUNCTION, &[own, captured].concat(), words))
                    };
                }
                Op::Vector => {
                    // SAFETY: verified: the registers lie in the window, and nothing writes them meanwhile.
                    let items = unsafe { core::slice::from_raw_parts(f.base.add(b as usize), c as usize) };
                    let vector = attempt!(s.vector(items));
                    register!(a) = if s.root_get(crate::vm::MARKS).is_nil() {
                        vector
                    } else {
                        sync!();
                        attempt!(self.marked(vector))
                    };
                }
                Op::Map => {
                    let entries: Vec<_> = (0..c / 2)
                        .map(|index| (register!(b + 2 * index), register!(b + 2 * index + 1)))
                        .collect();
                    register!(a) = attempt!(s.map(&entries));
                }
                Op::Set => {
                    let items: Vec<_> = (0..c).map(|index| register!(b + index)).collect();
                    register!(a) = attempt!(s.set(&items));
                }
                Op::Throw => throw!(Signal::Throw(register!(a))),
                Op::Define => {
                    let var = constant!(wide);
                    attempt!(self.define(var, register!(a), register!(a + 1)));
                    register!(a) = var;
                }
                Op::Cell => register!(a) = attempt!(s.cell(Value::UNBOUND)),
                Op::CellSet => {
                    attempt!(s.cell_set(register!(a), Value::UNBOUND, register!(b)));
                }
                Op::CellGet => register!(a) = s.cell_get(register!(b)),
                Op::BindingsGet => register!(a) = s.root_get(BINDINGS),
                Op::BindingsSet => s.root_set(BINDINGS, register!(a)),
                Op::BindingsAdd => {
                    let bindings = s.root_get(BINDINGS);
                    let map = if bindings.is_nil() { attempt!(s.map(&[])) } else { bindings };
                    s.root_set(BINDINGS, attempt!(s.map_assoc(map, constant!(wide), register!(a))));
                }
            }
        }
    }

    /// At the end of a step of fuel: whether the slice must end, or the error that the program gets.
    #[cold]
    fn safepoint(&mut self) -> Result<bool, Signal<'s>> {
        let step = self.budget.min(self.fuel_step());
        self.budget -= step;
        self.fuel = step - 1;
        if self.is_profiled() {
            self.sample()?;
        }
        if step <= 0 {
            return Ok(true);
        }
        if self.nesting > 0 {
            return Ok(false);
        }
        // Memory counts when what is garbage is collected.
        if self.s.wants_safepoint() {
            return Ok(true);
        }
        if self.s.is_over_quota() { Err(Signal::OutOfMemory) } else { Ok(false) }
    }

    /// Takes the error of a signal to its handler.
    #[cold]
    pub(crate) fn throw(&mut self, signal: Signal<'s>) -> Result<(), Exit<'s>> {
        let error = match signal {
            Signal::Throw(error) => error,
            Signal::OutOfMemory => self.out_of_memory(),
            _ => match errors::throw(self.s, "internal", "a native asked for what only a call can do") {
                Signal::Throw(error) => error,
                _ => self.out_of_memory(),
            },
        };
        self.unwind(error)
    }

    #[cold]
    fn unbound(&self, atom: Value<'s>) -> Signal<'s> {
        let s = self.s;
        let info = s.atom_info(atom);
        let part = |key| {
            if s.kind(info) != Kind::Map {
                return "?";
            }
            s.map_get(info, s.keyword(key)).and_then(|name| s.name(name)).unwrap_or("?")
        };
        errors::throw(s, "unbound", &format!("{}/{} has no value yet", part("ns"), part("name")))
    }

    fn define(&mut self, var: Value<'s>, value: Value<'s>, meta: Value<'s>) -> Result<(), OutOfMemory> {
        let s = self.s;
        let atom = s.record_values(var)[1];
        if !value.is_identical(Value::UNBOUND) {
            s.atom_store(atom, value)?;
        }
        if !meta.is_nil() {
            s.atom_set_info(atom, meta)?;
        }
        Ok(())
    }
}

#[inline(always)]
fn immediate<'s>(n: i64) -> Value<'s> {
    Value::small_int(n).unwrap_or(Value::NIL)
}
