//! The emitter: nodes to bytecode.
//!
//! Enter at [`emit`]. Locals live in registers; temporaries are taken above them like a stack.
//!
//! Invariant: a node writes its destination only as its last act, so a loop variable may be the destination of its own
//! next value.

use crate::bytecode::{CodeParts, Handler, Op, Origin, Shape, encode, encode_wide};
use crate::node::{Arity, Function, Local, Node, Place, Primitive, Try};
use crate::runtime::var_atom;
use crate::{natives, tags};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// Why nodes could not be compiled.
pub(crate) enum EmitError {
    /// A bound of the instruction set is exceeded.
    TooLarge(String),
    /// No memory for the code.
    Memory,
}

impl From<OutOfMemory> for EmitError {
    fn from(_: OutOfMemory) -> Self {
        EmitError::Memory
    }
}

type Emit<T> = Result<T, EmitError>;
type Register = u16;

/// Whether control goes on behind what was emitted.
type Falls = bool;

/// The most constants that a loop holds in registers.
const HELD_MAX: usize = 8;
/// Fewer constants are looked for one after the other.
const INDEXED_FROM: usize = 32;
/// The most registers of a function.
pub(crate) const REGISTERS_MAX: usize = 4_000;

/// Compiles a function without captures to a function value.
pub(crate) fn emit<'s>(s: Scope<'s>, file: Value<'s>, function: &Function<'s>) -> Emit<Value<'s>> {
    let mut codes = Vec::with_capacity(function.arities.len());
    let mut shape = None;
    for arity in &function.arities {
        let mut emitter = Emitter::new(s, file, function.arities.len());
        let code = emitter.arity(function.name, arity)?;
        shape.get_or_insert(Shape::of(s.record_words(code)[0]));
        codes.push(code);
    }
    let words = [shape.map_or(0, Shape::word), codes.len() as u64];
    Ok(s.record(tags::FUNCTION, &codes, &words)?)
}

struct Emitter<'s> {
    s: Scope<'s>,
    file: Value<'s>,
    /// How many values precede the captures in the function.
    codes: usize,
    instructions: Vec<u64>,
    constants: Vec<Value<'s>>,
    /// Where each is among them, once there are [`INDEXED_FROM`].
    constant_index: BTreeMap<u64, u32>,
    handlers: Vec<Handler>,
    lines: Vec<(u32, u32, u32)>,
    registers: Vec<Register>,
    /// Locals that are likely to be doubles.
    floats: BTreeSet<Local>,
    top: usize,
    top_max: usize,
    /// Where the enclosing loops begin.
    loops: Vec<usize>,
    /// Constants that lie in registers while a loop turns.
    held: Vec<(Value<'s>, Register)>,
}

impl<'s> Emitter<'s> {
    fn new(s: Scope<'s>, file: Value<'s>, codes: usize) -> Emitter<'s> {
        Emitter {
            s,
            file,
            codes,
            // As most functions need at most.
            instructions: Vec::with_capacity(64),
            constants: Vec::with_capacity(16),
            constant_index: BTreeMap::new(),
            handlers: Vec::new(),
            lines: Vec::with_capacity(32),
            registers: Vec::with_capacity(16),
            floats: BTreeSet::new(),
            top: 0,
            top_max: 0,
            loops: Vec::new(),
            held: Vec::new(),
        }
    }

    fn arity(&mut self, name: Value<'s>, arity: &Arity<'s>) -> Emit<Value<'s>> {
        for local in 0..arity.parameters + arity.is_variadic as u32 {
            let register = self.take()?;
            self.place_local(local, register);
        }
        self.loops.push(0);
        self.tail(&arity.body)?;
        let code = CodeParts {
            name,
            file: self.file,
            shape: Shape {
                parameters: arity.parameters as u16,
                is_variadic: arity.is_variadic,
                registers: self.top_max.max(1) as u16,
                is_library: self.s.as_str(self.file).is_some_and(natives::is_library),
            },
            constants: core::mem::take(&mut self.constants),
            instructions: core::mem::take(&mut self.instructions),
            handlers: core::mem::take(&mut self.handlers),
            lines: core::mem::take(&mut self.lines),
        };
        Ok(code.finish(self.s)?)
    }

    fn take(&mut self) -> Emit<Register> {
        self.take_many(1)
    }

    fn take_many(&mut self, count: usize) -> Emit<Register> {
        let first = self.top;
        self.top += count;
        self.top_max = self.top_max.max(self.top);
        if self.top > REGISTERS_MAX {
            return Err(EmitError::TooLarge("a function needs too many registers: split it".to_string()));
        }
        Ok(first as Register)
    }

    fn place_local(&mut self, local: Local, register: Register) {
        let index = local as usize;
        if self.registers.len() <= index {
            self.registers.resize(index + 1, 0);
        }
        self.registers[index] = register;
    }

    fn push(&mut self, op: Op, a: u16, b: u16, c: u16) {
        self.instructions.push(encode(op, a, b, c));
    }

    fn push_wide(&mut self, op: Op, a: u16, wide: u32) {
        self.instructions.push(encode_wide(op, a, wide));
    }

    fn line(&mut self, place: Place) {
        let at = self.instructions.len() as u32;
        if place.0 == 0 || self.lines.last().is_some_and(|last| (last.1, last.2) == place) {
            return;
        }
        match self.lines.last_mut() {
            Some(last) if last.0 == at => (last.1, last.2) = place,
            _ => self.lines.push((at, place.0, place.1)),
        }
    }

    fn constant(&mut self, value: Value<'s>) -> u32 {
        let count = self.constants.len();
        if count < INDEXED_FROM {
            let known = self.constants.iter().position(|known| known.is_identical(value));
            return known.unwrap_or_else(|| {
                self.constants.push(value);
                count
            }) as u32;
        }
        if count == INDEXED_FROM && self.constant_index.is_empty() {
            self.constant_index = self.constants.iter().map(|known| known.word()).zip(0..).collect();
        }
        *self.constant_index.entry(value.word()).or_insert_with(|| {
            self.constants.push(value);
            count as u32
        })
    }

    /// Emits a jump whose target is not known yet; returns where it is.
    fn jump(&mut self, op: Op, a: u16, b: u16) -> usize {
        self.push(op, a, b, 0);
        self.instructions.len() - 1
    }

    fn land(&mut self, jump: usize) -> Emit<()> {
        self.land_at(jump, self.instructions.len())
    }

    fn land_at(&mut self, jump: usize, target: usize) -> Emit<()> {
        let offset = target as i64 - jump as i64 - 1;
        let word = self.instructions[jump];
        let op = Op::ALL[(word & 0xFF) as usize].0;
        let is_wide =
            matches!(op, Op::Jump | Op::Loop | Op::JumpIf | Op::JumpIfNot | Op::JumpIfNil | Op::JumpIfNotNil);
        self.instructions[jump] = if is_wide {
            word & 0xFFFF_FFFF | (offset as i32 as u32 as u64) << 32
        } else {
            let Ok(narrow) = i16::try_from(offset) else {
                return Err(EmitError::TooLarge("a function is too large: split it".to_string()));
            };
            word & 0xFFFF_FFFF_FFFF | (narrow as u16 as u64) << 48
        };
        Ok(())
    }

    fn land_all(&mut self, jumps: Vec<usize>) -> Emit<()> {
        jumps.into_iter().try_for_each(|jump| self.land(jump))
    }

    /// A register that holds the node's value: its own for a local, else a new temporary.
    fn operand(&mut self, node: &Node<'s>) -> Emit<Register> {
        match node {
            Node::Local(local) => return Ok(self.registers[*local as usize]),
            Node::Const(value) if let Some(register) = self.held(*value) => return Ok(register),
            _ => {}
        }
        let register = self.take()?;
        self.emit(node, register)?;
        Ok(register)
    }

    /// Emits a node whose value is the function's.
    fn tail(&mut self, node: &Node<'s>) -> Emit<()> {
        let top = self.top;
        match node {
            Node::If(parts) => {
                let [test, then, otherwise] = &**parts;
                let mut jumps = Vec::new();
                self.condition(test, &mut jumps)?;
                self.tail(then)?;
                self.top = top;
                self.land_all(jumps)?;
                self.tail(otherwise)?;
            }
            Node::Do(nodes) => {
                let (last, first) = nodes.split_last().expect("a do has forms");
                self.effects(first)?;
                self.tail(last)?;
            }
            Node::Let { bindings, body } => {
                self.bindings(bindings)?;
                self.tail(body)?;
            }
            Node::Letfn { bindings, body } => {
                self.cells(bindings)?;
                self.tail(body)?;
            }
            Node::Loop { bindings, body } => {
                self.bindings(bindings)?;
                self.clear_dead(bindings, body);
                let held = self.begin_loop(body)?;
                self.tail(body)?;
                self.end_loop(held);
            }
            Node::Recur { locals, values, place } => self.recur(locals, values, *place)?,
            Node::Call { function, arguments, place } => {
                let base = self.take_many(3)?;
                self.call(base, function, arguments, *place, true)?;
            }
            Node::And(nodes) | Node::Or(nodes) => {
                let (last, first) = nodes.split_last().expect("and has forms");
                let op = if matches!(node, Node::And(_)) { Op::JumpIfNot } else { Op::JumpIf };
                let register = self.take()?;
                let mut jumps = Vec::new();
                for node in first {
                    self.emit(node, register)?;
                    jumps.push(self.jump(op, register, 0));
                }
                let before = self.top;
                self.tail(last)?;
                self.top = before;
                self.land_all(jumps)?;
                self.push(Op::Return, register, 0, 0);
            }
            node => {
                let register = match node {
                    Node::Local(local) => self.registers[*local as usize],
                    _ => {
                        let register = self.take()?;
                        if !self.emit(node, register)? {
                            self.top = top;
                            return Ok(());
                        }
                        register
                    }
                };
                self.push(Op::Return, register, 0, 0);
            }
        }
        self.top = top;
        Ok(())
    }

    fn effects(&mut self, nodes: &[Node<'s>]) -> Emit<()> {
        for node in nodes {
            let top = self.top;
            if !matches!(node, Node::Const(_) | Node::Local(_) | Node::Capture(_)) {
                let register = self.take()?;
                self.emit(node, register)?;
            }
            self.top = top;
        }
        Ok(())
    }

    fn bindings(&mut self, bindings: &[(Local, Node<'s>)]) -> Emit<()> {
        for (local, value) in bindings {
            let register = self.take()?;
            self.emit(value, register)?;
            self.top = register as usize + 1;
            self.place_local(*local, register);
            if self.is_float(value) {
                self.floats.insert(*local);
            }
        }
        Ok(())
    }

    /// Before a loop that the function ends with: forgets what the loop does not read, so that going through a
    /// lazy sequence does not keep what lies behind.
    fn clear_dead(&mut self, bindings: &[(Local, Node<'s>)], body: &Node<'s>) {
        let mut is_needed = alloc::vec![false; self.top];
        for (local, register) in self.registers.iter().enumerate() {
            let is_own = bindings.iter().any(|binding| binding.0 as usize == local);
            if let Some(needed) = is_needed.get_mut(*register as usize)
                && !*needed
            {
                *needed = is_own || mentions(body, local as Local);
            }
        }
        for (_, register) in &self.held {
            is_needed[*register as usize] = true;
        }
        for (register, _) in is_needed.iter().enumerate().filter(|(_, needed)| !**needed) {
            self.push_wide(Op::Int, register as Register, 0);
        }
    }

    /// Begins a loop: the constants that its arithmetic needs, and that no instruction has within it, are put into registers
    /// before. Returns how many there were.
    fn begin_loop(&mut self, body: &Node<'s>) -> Emit<usize> {
        let count = self.held.len();
        let mut wanted = Vec::new();
        operand_constants(body, &mut wanted);
        wanted.truncate(HELD_MAX);
        for value in wanted {
            if self.held(value).is_none() {
                let register = self.take()?;
                self.emit_constant(value, register);
                self.held.push((value, register));
            }
        }
        self.loops.push(self.instructions.len());
        Ok(count)
    }

    fn end_loop(&mut self, held: usize) {
        self.loops.pop();
        self.held.truncate(held);
    }

    /// The register in which a constant lies.
    fn held(&self, value: Value<'s>) -> Option<Register> {
        self.held.iter().find(|(held, _)| held.is_identical(value)).map(|(_, register)| *register)
    }

    fn cells(&mut self, bindings: &[(Local, Node<'s>)]) -> Emit<()> {
        for (local, _) in bindings {
            let register = self.take()?;
            self.push(Op::Cell, register, 0, 0);
            self.place_local(*local, register);
        }
        for (local, value) in bindings {
            let top = self.top;
            let register = self.take()?;
            self.emit(value, register)?;
            self.push(Op::CellSet, self.registers[*local as usize], register, 0);
            self.top = top;
        }
        Ok(())
    }

    /// Emits a node; its value goes to `to`, temporaries above `top`.
    fn emit(&mut self, node: &Node<'s>, to: Register) -> Emit<Falls> {
        let top = self.top;
        let falls = self.emit_inner(node, to)?;
        self.top = top;
        Ok(falls)
    }

    fn emit_inner(&mut self, node: &Node<'s>, to: Register) -> Emit<Falls> {
        match node {
            Node::Const(value) => self.emit_constant(*value, to),
            Node::Local(local) => {
                let from = self.registers[*local as usize];
                if from != to {
                    self.push(Op::Move, to, from, 0);
                }
            }
            Node::Content(cell) => {
                let cell = self.operand(cell)?;
                self.push(Op::CellGet, to, cell, 0);
            }
            Node::Capture(index) => self.push(Op::Capture, to, *index + self.codes as u16, 0),
            Node::SelfRef => self.push(Op::SelfRef, to, 0, 0),
            Node::Var { var, is_dynamic, place } => {
                self.line(*place);
                if *is_dynamic {
                    let constant = self.constant(*var);
                    self.push_wide(Op::Dynamic, to, constant);
                } else {
                    let constant = self.constant(var_atom(self.s, *var));
                    self.push_wide(Op::Var, to, constant);
                }
            }
            Node::If(parts) => return self.emit_if(parts, to),
            Node::Do(nodes) => {
                let (last, first) = nodes.split_last().expect("a do has forms");
                self.effects(first)?;
                return self.emit(last, to);
            }
            Node::Let { bindings, body } => {
                self.bindings(bindings)?;
                return self.emit(body, to);
            }
            Node::Letfn { bindings, body } => {
                self.cells(bindings)?;
                return self.emit(body, to);
            }
            Node::Loop { bindings, body } => {
                self.bindings(bindings)?;
                let held = self.begin_loop(body)?;
                let falls = self.emit(body, to)?;
                self.end_loop(held);
                return Ok(falls);
            }
            Node::Recur { locals, values, place } => {
                self.recur(locals, values, *place)?;
                return Ok(false);
            }
            Node::And(nodes) | Node::Or(nodes) => return self.emit_and_or(node, nodes, to),
            Node::Call { function, arguments, place } => {
                // A destination on top of the stack is where the call can leave its result.
                let base = if to as usize + 1 == self.top {
                    self.take_many(2)?;
                    to
                } else {
                    self.take_many(3)?
                };
                self.call(base, function, arguments, *place, false)?;
                if base != to {
                    self.push(Op::Move, to, base, 0);
                }
            }
            Node::Primitive { operator, arguments, place } => {
                self.primitive(*operator, arguments, *place, to)?
            }
            Node::Function(function) => self.function(function, to)?,
            Node::Define { var, value, meta, place } => {
                self.define(*var, value.as_deref(), *meta, *place, to)?
            }
            Node::Vector(nodes, place) => {
                // Where scenes are written is asked for: see `mark-vectors!`.
                let is_scene =
                    matches!(nodes.first(), Some(Node::Const(head)) if self.s.kind(*head) == Kind::Keyword);
                self.collection(Op::Vector, nodes, is_scene.then_some(*place), to)?
            }
            Node::Map(nodes) => self.collection(Op::Map, nodes, None, to)?,
            Node::Set(nodes) => self.collection(Op::Set, nodes, None, to)?,
            Node::Throw(node, place) => {
                let register = self.operand(node)?;
                self.line(*place);
                self.push(Op::Throw, register, 0, 0);
                return Ok(false);
            }
            Node::Try(parts) => return self.emit_try(parts, to),
            Node::Binding { bindings, body } => return self.emit_binding(bindings, body, to),
        }
        Ok(true)
    }

    fn emit_constant(&mut self, value: Value<'s>, to: Register) {
        match value.as_small_int().map(i32::try_from) {
            Some(Ok(n)) => self.push_wide(Op::Int, to, n as u32),
            _ => {
                let constant = self.constant(value);
                self.push_wide(Op::Const, to, constant);
            }
        }
    }

    fn emit_if(&mut self, parts: &[Node<'s>; 3], to: Register) -> Emit<Falls> {
        let [test, then, otherwise] = parts;
        let mut jumps = Vec::new();
        self.condition(test, &mut jumps)?;
        let then_falls = self.emit(then, to)?;
        let end = then_falls.then(|| self.jump(Op::Jump, 0, 0));
        self.land_all(jumps)?;
        let otherwise_falls = self.emit(otherwise, to)?;
        if let Some(end) = end {
            self.land(end)?;
        }
        Ok(then_falls || otherwise_falls)
    }

    fn emit_and_or(&mut self, node: &Node<'s>, nodes: &[Node<'s>], to: Register) -> Emit<Falls> {
        let (last, first) = nodes.split_last().expect("and has forms");
        let op = if matches!(node, Node::And(_)) { Op::JumpIfNot } else { Op::JumpIf };
        // Through a temporary: the destination must not be written before the end.
        let register = self.take()?;
        let mut jumps = Vec::new();
        for node in first {
            self.emit(node, register)?;
            jumps.push(self.jump(op, register, 0));
        }
        self.emit(last, register)?;
        self.land_all(jumps)?;
        self.push(Op::Move, to, register, 0);
        Ok(true)
    }

    /// Emits a test: falls through when it holds, else takes one of the jumps added to `jumps`.
    fn condition(&mut self, test: &Node<'s>, jumps: &mut Vec<usize>) -> Emit<()> {
        let top = self.top;
        match test {
            Node::Const(value) if value.is_truthy() => {}
            Node::Const(_) => {
                let jump = self.jump(Op::Jump, 0, 0);
                jumps.push(jump);
            }
            Node::And(nodes) => {
                for node in nodes {
                    self.condition(node, jumps)?;
                }
            }
            Node::Or(nodes) => {
                let (last, first) = nodes.split_last().expect("or has forms");
                let mut holds = Vec::new();
                for node in first {
                    self.inverse_condition(node, &mut holds)?;
                }
                self.condition(last, jumps)?;
                self.land_all(holds)?;
            }
            Node::Primitive { operator, arguments, place } => {
                self.primitive_condition(*operator, arguments, *place, test, jumps)?;
            }
            _ => {
                let register = self.operand(test)?;
                jumps.push(self.jump(Op::JumpIfNot, register, 0));
            }
        }
        self.top = top;
        Ok(())
    }

    /// Emits a test: falls through when it fails, else takes one of the jumps added to `jumps`.
    fn inverse_condition(&mut self, test: &Node<'s>, jumps: &mut Vec<usize>) -> Emit<()> {
        let top = self.top;
        match test {
            Node::Primitive { operator: Primitive::Equal, arguments, place } => {
                let [left, right] = &arguments[..] else { unreachable!("two values are compared") };
                let left = self.operand(left)?;
                let (op, right) = match small(right) {
                    Some(n) => (Op::JumpEqualInt, n as u16),
                    None => (Op::JumpEqual, self.operand(right)?),
                };
                self.line(*place);
                jumps.push(self.jump(op, left, right));
            }
            Node::Primitive { operator: Primitive::IsNil, arguments, .. } => {
                let register = self.operand(&arguments[0])?;
                jumps.push(self.jump(Op::JumpIfNil, register, 0));
            }
            Node::Primitive { .. } | Node::And(_) | Node::Or(_) | Node::Const(_) => {
                let mut fails = Vec::new();
                self.condition(test, &mut fails)?;
                jumps.push(self.jump(Op::Jump, 0, 0));
                self.land_all(fails)?;
            }
            _ => {
                let register = self.operand(test)?;
                jumps.push(self.jump(Op::JumpIf, register, 0));
            }
        }
        self.top = top;
        Ok(())
    }

    fn primitive_condition(
        &mut self,
        operator: Primitive,
        arguments: &[Node<'s>],
        place: Place,
        test: &Node<'s>,
        jumps: &mut Vec<usize>,
    ) -> Emit<()> {
        let [left, right] = match (operator, arguments) {
            (Primitive::Not, [node]) => {
                let register = self.operand(node)?;
                jumps.push(self.jump(Op::JumpIf, register, 0));
                return Ok(());
            }
            (Primitive::IsNil, [node]) => {
                let register = self.operand(node)?;
                jumps.push(self.jump(Op::JumpIfNotNil, register, 0));
                return Ok(());
            }
            (
                Primitive::Less
                | Primitive::LessEqual
                | Primitive::Greater
                | Primitive::GreaterEqual
                | Primitive::Equal,
                [left, right],
            ) => [left, right],
            _ => {
                let register = self.take()?;
                self.emit(test, register)?;
                jumps.push(self.jump(Op::JumpIfNot, register, 0));
                return Ok(());
            }
        };
        if let Some(n) = small(right) {
            let register = self.operand(left)?;
            let op = match operator {
                Primitive::Less => Op::JumpNotLessInt,
                Primitive::LessEqual => Op::JumpNotLessEqualInt,
                Primitive::Greater => Op::JumpNotGreaterInt,
                Primitive::GreaterEqual => Op::JumpNotGreaterEqualInt,
                _ => Op::JumpNotEqualInt,
            };
            self.line(place);
            jumps.push(self.jump(op, register, n as u16));
            self.note_origin(operator, false);
            return Ok(());
        }
        let is_float = self.is_float(left) || self.is_float(right);
        let nodes = [left, right];
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        let (op, a, b) = match operator {
            Primitive::Less => (Op::JumpNotLess, left, right),
            Primitive::LessEqual => (Op::JumpNotLessEqual, left, right),
            Primitive::Greater => (Op::JumpNotLess, right, left),
            Primitive::GreaterEqual => (Op::JumpNotLessEqual, right, left),
            _ => (Op::JumpNotEqual, left, right),
        };
        let op = match op {
            Op::JumpNotLess if is_float => Op::JumpNotLessFloat,
            Op::JumpNotLessEqual if is_float => Op::JumpNotLessEqualFloat,
            op => op,
        };
        if is_float && op != Op::JumpNotEqual {
            self.hand_over(nodes, [left, right]);
        }
        self.line(place);
        jumps.push(self.jump(op, a, b));
        self.note_origin(operator, matches!(operator, Primitive::Greater | Primitive::GreaterEqual));
        Ok(())
    }

    fn primitive(
        &mut self,
        operator: Primitive,
        arguments: &[Node<'s>],
        place: Place,
        to: Register,
    ) -> Emit<()> {
        if let [argument] = arguments {
            let register = self.operand(argument)?;
            let (op, n) = match operator {
                Primitive::First => (Op::First, 0),
                Primitive::Next => (Op::Next, 0),
                Primitive::Rest => (Op::Rest, 0),
                Primitive::Not => (Op::Not, 0),
                Primitive::Inc => (Op::AddInt, 1),
                Primitive::Dec => (Op::AddInt, -1_i16),
                _ => (Op::IsNil, 0),
            };
            self.line(place);
            self.push(op, to, register, n as u16);
            self.note_origin(operator, false);
            return Ok(());
        }
        let [left, right] = arguments else { unreachable!("a primitive has one or two arguments") };
        let add = match (operator, small(left), small(right)) {
            (Primitive::Add, _, Some(n)) => Some((left, n, false)),
            (Primitive::Add, Some(n), _) => Some((right, n, true)),
            // A double of -0.0 less 0 is itself; plus 0 it is 0.0.
            (Primitive::Subtract, _, Some(n)) if n != 0 && n > i16::MIN => Some((left, -n, false)),
            _ => None,
        };
        if let Some((node, n, is_swapped)) = add {
            let register = self.operand(node)?;
            self.line(place);
            self.push(Op::AddInt, to, register, n as u16);
            self.note_origin(operator, is_swapped);
            return Ok(());
        }
        let is_float = self.is_float(left) || self.is_float(right);
        let nodes = [left, right];
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        let (op, mut b, mut c) = match operator {
            Primitive::Add if is_float => (Op::AddFloat, left, right),
            Primitive::Subtract if is_float => (Op::SubtractFloat, left, right),
            Primitive::Multiply if is_float => (Op::MultiplyFloat, left, right),
            Primitive::Add => (Op::Add, left, right),
            Primitive::Subtract => (Op::Subtract, left, right),
            Primitive::Multiply => (Op::Multiply, left, right),
            Primitive::Less => (Op::Less, left, right),
            Primitive::LessEqual => (Op::LessEqual, left, right),
            Primitive::Greater => (Op::Less, right, left),
            Primitive::GreaterEqual => (Op::LessEqual, right, left),
            _ => (Op::Equal, left, right),
        };
        let mut is_swapped = matches!(operator, Primitive::Greater | Primitive::GreaterEqual);
        if matches!(op, Op::AddFloat | Op::SubtractFloat | Op::MultiplyFloat) {
            let taken = self.hand_over(nodes, [left, right]);
            if taken == Some(right) && op != Op::SubtractFloat {
                (b, c, is_swapped) = (c, b, true);
            }
        }
        self.line(place);
        self.push(op, to, b, c);
        self.note_origin(operator, is_swapped);
        Ok(())
    }

    /// Notes in the instruction that was emitted last what it was made of.
    fn note_origin(&mut self, written: Primitive, is_swapped: bool) {
        if let Some(last) = self.instructions.last_mut() {
            *last |= Origin { written, is_swapped }.bits();
        }
    }

    /// Before an instruction on doubles: where the last one made one of its operands, a temporary, that one need not put it there.
    /// Returns that operand.
    fn hand_over(&mut self, nodes: [&Node<'s>; 2], registers: [Register; 2]) -> Option<Register> {
        let last = self.instructions.last_mut()?;
        let then = match Op::ALL[(*last & 0xFF) as usize].0 {
            Op::AddFloat => Op::AddThen,
            Op::SubtractFloat => Op::SubtractThen,
            Op::MultiplyFloat => Op::MultiplyThen,
            _ => return None,
        };
        let made = (*last >> 16) as Register;
        let is_taken =
            |index: usize| registers[index] == made && matches!(nodes[index], Node::Primitive { .. });
        if is_taken(0) == is_taken(1) {
            return None;
        }
        *last = *last & !0xFF | then as u64;
        Some(made)
    }

    /// Emits a call whose window begins at `base`, of which the first three registers are taken.
    fn call(
        &mut self,
        base: Register,
        function: &Node<'s>,
        arguments: &[Node<'s>],
        place: Place,
        is_tail: bool,
    ) -> Emit<()> {
        let atom = match function {
            Node::Var { var, is_dynamic: false, .. } => {
                let constant = self.constant(var_atom(self.s, *var));
                u16::try_from(constant).ok()
            }
            _ => None,
        };
        if atom.is_none() {
            self.top = base as usize + 1;
            self.emit(function, base)?;
        }
        self.top = base as usize + 3;
        for argument in arguments {
            let register = self.take()?;
            self.emit(argument, register)?;
        }
        self.line(place);
        let count = arguments.len() as u16;
        match (atom, is_tail) {
            (Some(atom), false) => self.push(Op::CallVar, base, count, atom),
            (Some(atom), true) => self.push(Op::TailCallVar, base, count, atom),
            (None, false) => self.push(Op::Call, base, count, 0),
            (None, true) => self.push(Op::TailCall, base, count, 0),
        }
        Ok(())
    }

    fn recur(&mut self, locals: &[Local], values: &[Node<'s>], place: Place) -> Emit<()> {
        let mut moves = Vec::new();
        for (index, (local, value)) in locals.iter().zip(values).enumerate() {
            let target = self.registers[*local as usize];
            // The new value may go straight to its place when no later one needs the old.
            let is_direct = matches!(value, Node::Primitive { .. } | Node::Const(_) | Node::Local(_))
                && !values[index + 1..].iter().any(|later| mentions(later, *local));
            if is_direct {
                self.emit(value, target)?;
            } else if let Node::Local(other) = value
                && !locals.contains(other)
            {
                moves.push((target, self.registers[*other as usize]));
            } else {
                let register = self.take()?;
                self.emit(value, register)?;
                moves.push((target, register));
            }
        }
        for (target, register) in moves {
            self.push(Op::Move, target, register, 0);
        }
        let start = *self.loops.last().expect("recur is inside of a loop or function");
        self.line(place);
        self.loop_on(start);
        let jump = self.jump(Op::Loop, 0, 0);
        self.land_at(jump, start)
    }

    /// Where a loop begins with a comparison: does it at the loop's end too, to go on behind the first. When it fails, the way
    /// is through the first again, which knows where to leave.
    fn loop_on(&mut self, start: usize) {
        let Some(word) = self.instructions.get(start).copied() else { return };
        let op = match Op::ALL[(word & 0xFF) as usize].0 {
            Op::JumpNotLess => Op::LoopLess,
            Op::JumpNotLessInt => Op::LoopLessInt,
            _ => return,
        };
        let back = start as i64 - self.instructions.len() as i64;
        let Ok(back) = i16::try_from(back) else { return };
        self.push(op, (word >> 16) as u16, (word >> 32) as u16, back as u16);
    }

    /// Whether a node's value is likely to be a double: arithmetic with one gives another.
    fn is_float(&self, node: &Node<'s>) -> bool {
        match node {
            Node::Const(value) => self.s.as_float(*value).is_some(),
            Node::Local(local) => self.floats.contains(local),
            Node::Primitive {
                operator:
                    Primitive::Add | Primitive::Subtract | Primitive::Multiply | Primitive::Inc | Primitive::Dec,
                arguments,
                ..
            } => arguments.iter().any(|argument| self.is_float(argument)),
            _ => false,
        }
    }

    fn function(&mut self, function: &Function<'s>, to: Register) -> Emit<()> {
        let template = emit(self.s, self.file, function)?;
        let constant = self.constant(template);
        if function.captures.is_empty() {
            self.push_wide(Op::Const, to, constant);
            return Ok(());
        }
        let Ok(constant) = u16::try_from(constant) else {
            return Err(EmitError::TooLarge("a function has too many constants: split it".to_string()));
        };
        let base = self.take()?;
        for capture in &function.captures {
            let register = self.take()?;
            self.emit(capture, register)?;
        }
        self.push(Op::Closure, base, constant, function.captures.len() as u16);
        self.push(Op::Move, to, base, 0);
        Ok(())
    }

    fn define(
        &mut self,
        var: Value<'s>,
        value: Option<&Node<'s>>,
        meta: Value<'s>,
        place: Place,
        to: Register,
    ) -> Emit<()> {
        let base = self.take_many(2)?;
        match value {
            Some(value) => {
                self.emit(value, base)?;
            }
            None => self.emit_constant(Value::UNBOUND, base),
        }
        self.emit_constant(meta, base + 1);
        let constant = self.constant(var);
        self.line(place);
        self.push_wide(Op::Define, base, constant);
        self.push(Op::Move, to, base, 0);
        Ok(())
    }

    fn collection(&mut self, op: Op, nodes: &[Node<'s>], place: Option<Place>, to: Register) -> Emit<()> {
        let first = self.top as Register;
        for node in nodes {
            let register = self.take()?;
            self.emit(node, register)?;
        }
        let first = if nodes.is_empty() { 0 } else { first };
        if let Some(place) = place {
            self.line(place);
        }
        self.push(op, to, first, nodes.len() as u16);
        Ok(())
    }

    /// The body, then `finally` on every way out.
    fn emit_try(&mut self, parts: &Try<'s>, to: Register) -> Emit<Falls> {
        let result = self.take()?;
        let mut ends = Vec::new();
        let start = self.instructions.len();
        let body_falls = self.emit(&parts.body, result)?;
        let end = self.instructions.len();
        if body_falls {
            self.finish_try(parts, result, to)?;
            ends.push(self.jump(Op::Jump, 0, 0));
        }
        let error = self.take()?;
        self.handle(start, end, error, self.instructions.len());
        // What runs before `finally` does: the catch clauses, and throwing on what none of them took.
        let mut spans = Vec::new();
        let mut span_start = self.instructions.len();
        for (kind, local, body) in &parts.catches {
            let next = if kind.is_nil() {
                None
            } else {
                let constant = self.constant(*kind);
                let Ok(constant) = u16::try_from(constant) else {
                    return Err(EmitError::TooLarge(
                        "a function has too many constants: split it".to_string(),
                    ));
                };
                Some(self.jump(Op::JumpNotType, error, constant))
            };
            self.place_local(*local, error);
            if self.emit(body, result)? {
                spans.push((span_start, self.instructions.len()));
                self.finish_try(parts, result, to)?;
                ends.push(self.jump(Op::Jump, 0, 0));
                span_start = self.instructions.len();
            }
            match next {
                Some(next) => self.land(next)?,
                None => break,
            }
        }
        self.push(Op::Throw, error, 0, 0);
        if let Some(finally) = &parts.finally {
            let target = self.instructions.len();
            spans.push((span_start, target));
            let error = self.take()?;
            for (start, end) in spans {
                self.handle(start, end, error, target);
            }
            self.effects(core::slice::from_ref(finally))?;
            self.push(Op::Throw, error, 0, 0);
        }
        let falls = !ends.is_empty();
        self.land_all(ends)?;
        Ok(falls)
    }

    fn finish_try(&mut self, parts: &Try<'s>, result: Register, to: Register) -> Emit<()> {
        if let Some(finally) = &parts.finally {
            self.effects(core::slice::from_ref(finally))?;
        }
        self.push(Op::Move, to, result, 0);
        Ok(())
    }

    fn handle(&mut self, start: usize, end: usize, register: Register, target: usize) {
        let (start, end, target) = (start as u32, end as u32, target as u32);
        self.handlers.push(Handler { start, end, target, register });
    }

    fn emit_binding(
        &mut self,
        bindings: &[(Value<'s>, Node<'s>)],
        body: &Node<'s>,
        to: Register,
    ) -> Emit<Falls> {
        let saved = self.take()?;
        let result = self.take()?;
        self.push(Op::BindingsGet, saved, 0, 0);
        let first = self.top as Register;
        for (_, value) in bindings {
            let register = self.take()?;
            self.emit(value, register)?;
        }
        for (index, (symbol, _)) in bindings.iter().enumerate() {
            let constant = self.constant(*symbol);
            self.push_wide(Op::BindingsAdd, first + index as u16, constant);
        }
        let start = self.instructions.len();
        self.emit(body, result)?;
        let end = self.instructions.len();
        self.push(Op::BindingsSet, saved, 0, 0);
        self.push(Op::Move, to, result, 0);
        let done = self.jump(Op::Jump, 0, 0);
        let error = self.take()?;
        self.handle(start, end, error, self.instructions.len());
        self.push(Op::BindingsSet, saved, 0, 0);
        self.push(Op::Throw, error, 0, 0);
        self.land(done)?;
        Ok(true)
    }
}

/// The constants that are operands of arithmetic and comparisons in a node, but for those that an instruction has within it.
fn operand_constants<'s>(node: &Node<'s>, found: &mut Vec<Value<'s>>) {
    if let Node::Primitive { arguments, .. } = node {
        for argument in arguments {
            if let Node::Const(value) = argument
                && small(argument).is_none()
                && !found.iter().any(|known| known.is_identical(*value))
            {
                found.push(*value);
            }
        }
    }
    each_part(node, &mut |part| operand_constants(part, found));
}

/// The integer of a constant node that fits an immediate operand.
fn small(node: &Node<'_>) -> Option<i16> {
    match node {
        Node::Const(value) => i16::try_from(value.as_small_int()?).ok(),
        _ => None,
    }
}

/// Whether a node reads a local of this function.
fn mentions(node: &Node<'_>, local: Local) -> bool {
    if let Node::Local(other) = node {
        return *other == local;
    }
    let mut found = false;
    each_part(node, &mut |part| found = found || mentions(part, local));
    found
}

/// Visits the nodes that a node consists of, within this function.
fn each_part<'n, 's>(node: &'n Node<'s>, visit: &mut dyn FnMut(&'n Node<'s>)) {
    match node {
        Node::Const(_) | Node::Local(_) | Node::Capture(_) | Node::SelfRef | Node::Var { .. } => {}
        Node::Content(cell) => visit(cell),
        Node::If(parts) => parts.iter().for_each(visit),
        Node::Do(nodes)
        | Node::And(nodes)
        | Node::Or(nodes)
        | Node::Vector(nodes, _)
        | Node::Map(nodes)
        | Node::Set(nodes) => nodes.iter().for_each(visit),
        Node::Let { bindings, body } | Node::Loop { bindings, body } | Node::Letfn { bindings, body } => {
            bindings.iter().for_each(|binding| visit(&binding.1));
            visit(body);
        }
        Node::Recur { values, .. } => values.iter().for_each(visit),
        Node::Call { function, arguments, .. } => {
            visit(function);
            arguments.iter().for_each(visit);
        }
        Node::Primitive { arguments, .. } => arguments.iter().for_each(visit),
        Node::Function(function) => function.captures.iter().for_each(visit),
        Node::Define { value, .. } => value.iter().for_each(|value| visit(value)),
        Node::Throw(node, _) => visit(node),
        Node::Try(parts) => {
            visit(&parts.body);
            parts.catches.iter().for_each(|catch| visit(&catch.2));
            parts.finally.iter().for_each(visit);
        }
        Node::Binding { bindings, body } => {
            bindings.iter().for_each(|binding| visit(&binding.1));
            visit(body);
        }
    }
}
