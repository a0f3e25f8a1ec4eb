//! One instruction, in the plain way: what the interpreter loop leaves.
//!
//! Enter at [`Vm::step`]. All instructions are here, by the value stack's checked accesses, so this is a whole machine too:
//! [`Vm::interpret_plainly`] runs it, which tests compare with the quick one.

use crate::bytecode::{CODE_CONSTANTS, Op, Origin};
use crate::calls::Step;
use crate::interpret::{closure, immediate, map};
use crate::native::Signal;
use crate::node::Primitive;
use crate::vm::{BINDINGS, Exit, Link, LinkParts, MARKS, Vm};
use crate::{arithmetic, errors, seq};
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Value};

/// Whether the machine goes on, or stops.
type Flow<'s> = Option<Exit<'s>>;

impl<'s> Vm<'_, 's> {
    /// Runs as [`interpret`](Self::interpret) does, by nothing but [`step`](Self::step).
    pub(crate) fn interpret_plainly(&mut self) -> Exit<'s> {
        loop {
            let word = self.word_at(self.pc);
            self.pc += 1;
            let counts = matches!(
                Op::ALL[(word & 0xFF) as usize].0,
                Op::Loop
                    | Op::LoopLess
                    | Op::LoopLessInt
                    | Op::Call
                    | Op::TailCall
                    | Op::CallVar
                    | Op::TailCallVar
            );
            self.fuel -= i64::from(counts);
            if let Some(exit) = self.step(word) {
                return exit;
            }
        }
    }

    /// Executes an instruction; `self.pc` is behind it, and its fuel is counted.
    #[inline(never)]
    pub(crate) fn step(&mut self, word: u64) -> Flow<'s> {
        match self.execute(word) {
            Ok(flow) => flow,
            Err(signal) => self.throw(signal).err(),
        }
    }

    fn register(&self, index: u16) -> Value<'s> {
        self.s.root_get(self.base + index as usize)
    }

    fn set(&self, index: u16, value: Value<'s>) {
        self.s.root_set(self.base + index as usize, value);
    }

    fn registers(&self, first: u16, count: u16) -> Vec<Value<'s>> {
        (0..count).map(|index| self.register(first + index)).collect()
    }

    fn constant(&self, index: usize) -> Value<'s> {
        self.s.record_values(self.s.root_get(self.base - 2))[CODE_CONSTANTS + index]
    }

    fn jump(&mut self, offset: i32) {
        self.pc = self.pc.wrapping_add_signed(offset);
    }

    fn jump_unless(&mut self, holds: bool, offset: i32) {
        if !holds {
            self.jump(offset);
        }
    }

    fn execute(&mut self, word: u64) -> Result<Flow<'s>, Signal<'s>> {
        let s = self.s;
        let (a, b, c) = ((word >> 16) as u16, (word >> 32) as u16, (word >> 48) as u16);
        let wide = (word >> 32) as usize;
        let (far, near) = (wide as i32, c as i16 as i32);
        let r = |index| self.register(index);
        match Op::ALL[(word & 0xFF) as usize].0 {
            Op::Move => self.set(a, r(b)),
            Op::Const => self.set(a, self.constant(wide)),
            Op::Int => self.set(a, Value::truncated_int(far as i64)),
            Op::Capture => self.set(a, s.record_values(s.root_get(self.base - 3))[b as usize]),
            Op::SelfRef => self.set(a, s.root_get(self.base - 3)),
            Op::Var => self.set(a, self.var_root(self.constant(wide))?),
            Op::Dynamic => {
                let var = self.constant(wide);
                let (symbol, atom) = (s.record_values(var)[0], s.record_values(var)[1]);
                let bindings = s.root_get(BINDINGS);
                let bound = if bindings.is_nil() { None } else { s.map_get(bindings, symbol) };
                self.set(a, bound.map_or_else(|| self.var_root(atom), Ok)?);
            }
            Op::Jump => self.jump(far),
            Op::Loop => {
                if self.must_stop()? {
                    return Ok(Some(Exit::Slice));
                }
                self.jump(far);
            }
            Op::JumpIfNot => self.jump_unless(r(a).is_truthy(), far),
            Op::JumpIf => self.jump_unless(!r(a).is_truthy(), far),
            Op::JumpIfNil => self.jump_unless(!r(a).is_nil(), far),
            Op::JumpIfNotNil => self.jump_unless(r(a).is_nil(), far),
            Op::JumpNotLess | Op::JumpNotLessFloat | Op::JumpNotLessEqual | Op::JumpNotLessEqualFloat => {
                self.jump_unless(self.holds(word, r(a), r(b))?, near);
            }
            Op::JumpNotLessInt
            | Op::JumpNotLessEqualInt
            | Op::JumpNotGreaterInt
            | Op::JumpNotGreaterEqualInt => self.jump_unless(self.holds(word, r(a), immediate(b))?, near),
            Op::JumpNotEqual => return self.equal(r(a), r(b), |vm, equal| vm.jump_unless(equal, near)),
            Op::JumpEqual => return self.equal(r(a), r(b), |vm, equal| vm.jump_unless(!equal, near)),
            Op::JumpEqualInt => {
                return self.equal(r(a), immediate(b), |vm, equal| vm.jump_unless(!equal, near));
            }
            Op::LoopLess | Op::LoopLessInt => {
                if self.must_stop()? {
                    return Ok(Some(Exit::Slice));
                }
                let is_register = word & 0xFF == Op::LoopLess as u64;
                let bound = if is_register { self.register(b) } else { immediate(b) };
                // An error comes again from the comparison that the loop begins with, which knows its place.
                let again = arithmetic::less(s, self.register(a), bound);
                self.jump_unless(!again.unwrap_or(false), near);
            }
            Op::JumpNotEqualInt => {
                return self.equal(r(a), immediate(b), |vm, equal| vm.jump_unless(equal, near));
            }
            Op::JumpNotType => {
                let is_wanted = errors::has_type(s, r(a), self.constant(b as usize));
                self.jump_unless(is_wanted, near);
            }
            Op::Add
            | Op::AddFloat
            | Op::AddThen
            | Op::Subtract
            | Op::SubtractFloat
            | Op::SubtractThen
            | Op::Multiply
            | Op::MultiplyFloat
            | Op::MultiplyThen => self.set(a, self.number(word, r(b), r(c))?),
            Op::AddInt => {
                // What is taken away is added negated.
                let is_taken = matches!(Origin::of(word).written, Primitive::Subtract | Primitive::Dec);
                let right = Value::truncated_int(if is_taken { -i64::from(near) } else { i64::from(near) });
                self.set(a, self.number(word, r(b), right)?);
            }
            Op::Less | Op::LessEqual => self.set(a, Value::bool(self.holds(word, r(b), r(c))?)),
            Op::Equal => return self.equal(r(b), r(c), |vm, equal| vm.set(a, Value::bool(equal))),
            Op::Not => self.set(a, Value::bool(!r(b).is_truthy())),
            Op::IsNil => self.set(a, Value::bool(r(b).is_nil())),
            Op::First => return self.part(a, seq::first(s, r(b))),
            Op::Next => return self.part(a, seq::next(s, r(b))),
            Op::Rest => return self.part(a, seq::rest(s, r(b))),
            Op::Call => return self.call(a, b, None, false),
            Op::TailCall => return self.call(a, b, None, true),
            Op::CallVar => return self.call(a, b, Some(c), false),
            Op::TailCallVar => return self.call(a, b, Some(c), true),
            Op::Return => return self.give(r(a)),
            Op::Closure => {
                let made = closure(s, self.constant(b as usize), &self.registers(a + 1, c));
                self.set(a, made.ok_or(OutOfMemory)?);
            }
            Op::Vector => {
                let vector = s.vector(&self.registers(b, c))?;
                let is_marked = !s.root_get(MARKS).is_nil();
                self.set(a, if is_marked { self.marked(vector)? } else { vector });
            }
            Op::Map => {
                let mut items = self.registers(b, c);
                for item in items.iter_mut().step_by(2) {
                    match seq::key(s, *item) {
                        Ok(key) => *item = key,
                        Err(signal) => return self.need(signal),
                    }
                }
                self.set(a, map(s, &items).ok_or(OutOfMemory)?);
            }
            Op::Set => {
                let mut items = self.registers(b, c);
                for item in &mut items {
                    match seq::key(s, *item) {
                        Ok(key) => *item = key,
                        Err(signal) => return self.need(signal),
                    }
                }
                self.set(a, s.set(&items)?);
            }
            Op::Throw => return Err(Signal::Throw(r(a))),
            Op::Define => {
                let var = self.constant(wide);
                self.runtime.define(s, var, r(a), r(a + 1))?;
                self.set(a, var);
            }
            Op::Cell => self.set(a, s.cell(Value::UNBOUND)?),
            Op::CellSet => {
                s.cell_set(r(a), Value::UNBOUND, r(b))?;
            }
            Op::CellGet => self.set(a, s.cell_get(r(b))),
            Op::BindingsGet => self.set(a, s.root_get(BINDINGS)),
            Op::BindingsSet => s.root_set(BINDINGS, r(a)),
            Op::BindingsAdd => {
                let bindings = s.root_get(BINDINGS);
                let map = if bindings.is_nil() { s.map(&[])? } else { bindings };
                s.root_set(BINDINGS, s.map_assoc(map, self.constant(wide), r(a))?);
            }
        }
        Ok(None)
    }

    /// The root value of a var.
    fn var_root(&self, atom: Value<'s>) -> Result<Value<'s>, Signal<'s>> {
        let value = self.s.atom_load(atom);
        if value.is_identical(Value::UNBOUND) { Err(self.unbound(atom)) } else { Ok(value) }
    }

    /// The number that the program wrote, from the operands of an instruction.
    fn number(&self, word: u64, left: Value<'s>, right: Value<'s>) -> Result<Value<'s>, Signal<'s>> {
        let origin = Origin::of(word);
        let (left, right) = origin.ordered(left, right);
        arithmetic::written(self.s, origin.written, left, right)
    }

    /// Whether the comparison holds that the program wrote, from the operands of an instruction.
    fn holds(&self, word: u64, left: Value<'s>, right: Value<'s>) -> Result<bool, Signal<'s>> {
        let origin = Origin::of(word);
        let (left, right) = origin.ordered(left, right);
        arithmetic::holds(self.s, origin.written, left, right)
    }

    /// Whether two values are equal, for `then`. Where something is not realised, a function of the library walks both side by side and
    /// realises no more than that takes; then [`compared`](Self::compared) does what `then` would do.
    fn equal(
        &mut self,
        left: Value<'s>,
        right: Value<'s>,
        then: impl FnOnce(&mut Self, bool),
    ) -> Result<Flow<'s>, Signal<'s>> {
        match seq::equal(self.s, left, right) {
            Ok(equal) => {
                then(self, equal);
                Ok(None)
            }
            Err(signal @ (Signal::Force(_) | Signal::ForceAll(_))) => {
                let Some(walk) = self.runtime.var_value(self.s, "clojure.core/equal*") else {
                    return self.need(signal);
                };
                let at = self.top();
                self.ensure(at + 5)?;
                self.s.root_set(at + 3, left);
                self.s.root_set(at + 4, right);
                self.enter(at, walk, 2, Link::Equal, self.pc)?;
                Ok(None)
            }
            Err(signal) => Err(signal),
        }
    }

    /// Goes on behind an instruction whose operands have been compared by a function of the library.
    pub(crate) fn compared(&mut self, equal: bool) {
        let word = self.word_at(self.pc - 1);
        let near = (word >> 48) as i16 as i32;
        match Op::ALL[(word & 0xFF) as usize].0 {
            Op::JumpEqual | Op::JumpEqualInt => self.jump_unless(!equal, near),
            Op::JumpNotEqual => self.jump_unless(equal, near),
            _ => self.set((word >> 16) as u16, Value::bool(equal)),
        }
    }

    /// An instruction of the running code.
    fn word_at(&self, pc: u32) -> u64 {
        let code = self.s.root_get(self.base - 2);
        let constants = self.s.record_values(code).len() - CODE_CONSTANTS;
        self.s.record_words(code)[pc as usize - constants]
    }

    /// A part of a sequence, for a register; what it needs to be realised for that comes first.
    fn part(&mut self, a: u16, part: Result<Value<'s>, Signal<'s>>) -> Result<Flow<'s>, Signal<'s>> {
        match part {
            Ok(part) => {
                self.set(a, part);
                Ok(None)
            }
            Err(signal) => self.need(signal),
        }
    }

    /// Realises what a signal asks for; then the instruction is executed again.
    fn need(&mut self, signal: Signal<'s>) -> Result<Flow<'s>, Signal<'s>> {
        let (Signal::Force(_) | Signal::ForceAll(_)) = signal else { return Err(signal) };
        let step = self.force(signal)?;
        self.follow(step, |_, _| Ok(None))
    }

    /// What comes after a slow call: `store` puts its value where it belongs.
    fn follow(
        &mut self,
        step: Step<'s>,
        store: impl FnOnce(&mut Self, Value<'s>) -> Result<Flow<'s>, Signal<'s>>,
    ) -> Result<Flow<'s>, Signal<'s>> {
        match step {
            Step::Frame => Ok(None),
            Step::Value(value) => store(self, value),
            Step::Yield(value) => {
                let flow = store(self, value)?;
                (self.fuel, self.budget) = (0, 0);
                Ok(flow.or(Some(Exit::Slice)))
            }
            Step::Exit(exit) => Ok(Some(exit)),
        }
    }

    /// Whether the slice ends before the running instruction.
    fn must_stop(&mut self) -> Result<bool, Signal<'s>> {
        let stops = self.fuel < 0 && self.safepoint()?;
        self.pc -= u32::from(stops);
        Ok(stops)
    }

    /// Calls what lies in a register, or a var's value, which is put there.
    fn call(&mut self, a: u16, count: u16, var: Option<u16>, is_tail: bool) -> Result<Flow<'s>, Signal<'s>> {
        let signal = self.signal.take();
        // A native that was called has counted its fuel, and lies in the register.
        if signal.is_none() {
            if self.must_stop()? {
                return Ok(Some(Exit::Slice));
            }
            if let Some(constant) = var {
                self.set(a, self.var_root(self.constant(constant as usize))?);
            }
        }
        let step = self.dispatch(a as usize, count as usize, is_tail, signal)?;
        self.follow(step, |vm, value| {
            if is_tail {
                return vm.give(value);
            }
            vm.set(a, value);
            Ok(None)
        })
    }

    /// Returns a value from the running frame.
    fn give(&mut self, value: Value<'s>) -> Result<Flow<'s>, Signal<'s>> {
        let link = LinkParts::unpack(self.s.root_get(self.base - 1));
        if link.link != Link::Normal {
            let step = self.returned(value)?;
            return self.follow(step, |_, _| Ok(None));
        }
        self.s.root_set(self.base - 3, value);
        self.base -= link.delta;
        self.pc = link.pc;
        Ok(None)
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
        if self.s.is_over_quota() { Err(Signal::OutOfMemory) } else { Ok(self.s.awaits_collection()) }
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
}
