//! The instruction set, and code as a value.
//!
//! An instruction is one 64-bit word. Registers are slots of the frame's window on the value stack.
//!
//! ```text
//!  63      48 47      32 31      16 15     8 7      0
//!  +---------+----------+----------+--------+--------+
//!  |    c    |    b     |    a     | origin | opcode |
//!  +---------+----------+----------+--------+--------+
//! ```
//! The origin of arithmetic and of comparisons is what the program wrote, which an error names: see [`Origin`].
//! `b` and `c` together make a 32-bit immediate, constant index or jump offset ("wide").
//! Jumps are relative to the instruction after them.
//!
//! Invariant: [`verify`] holds for all code that is made: registers lie in the window, constants exist, jumps
//! land on instructions. The VM relies on it instead of checking.

use crate::node::Primitive;
use crate::tags;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use halt_heap::{OutOfMemory, Scope, Value};

/// Describes the instruction set once: opcode, operands, meaning.
macro_rules! instructions {
    ($($name:ident $operands:ident $doc:literal,)*) => {
        /// What an instruction does.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        #[allow(clippy::upper_case_acronyms)]
        pub(crate) enum Op {
            $(#[doc = $doc] $name,)*
        }

        impl Op {
            /// All opcodes with their operands, in the order of their numbers.
            pub(crate) const ALL: &'static [(Op, Operands, &'static str)] = &[$((Op::$name, Operands::$operands, $doc),)*];
        }
    };
}

/// Which operands an instruction has. R is a register, K a constant, I an immediate, J a jump offset, N a count;
/// a capital W marks those in the wide operand.
#[allow(clippy::upper_case_acronyms, reason = "each letter is an operand")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operands {
    R,
    RR,
    RRR,
    RRI,
    RKW,
    RIW,
    RI,
    JW,
    RJW,
    RRJ,
    RIJ,
    RKJ,
    RN,
    RNK,
    RRN,
    RKN,
}

instructions! {
    Move RR "a := b",
    Const RKW "a := constant",
    Int RIW "a := immediate integer",
    Capture RI "a := value b of the running function: codes, then captures",
    SelfRef R "a := the running function",
    Var RKW "a := root value of the var whose atom is the constant",
    Dynamic RKW "a := binding in force of the var in the constant",
    Jump JW "jump",
    Loop JW "jump back; a safepoint",
    JumpIfNot RJW "jump when a is nil or false",
    JumpIf RJW "jump when a is neither nil nor false",
    JumpIfNil RJW "jump when a is nil",
    JumpIfNotNil RJW "jump when a is not nil",
    JumpNotLess RRJ "jump unless a < b",
    JumpNotLessEqual RRJ "jump unless a <= b",
    JumpNotLessFloat RRJ "as JumpNotLess, where doubles are likely",
    JumpNotLessEqualFloat RRJ "as JumpNotLessEqual, where doubles are likely",
    JumpNotEqual RRJ "jump unless a = b",
    JumpEqual RRJ "jump when a = b",
    JumpNotLessInt RIJ "jump unless a < immediate b",
    JumpNotLessEqualInt RIJ "jump unless a <= immediate b",
    JumpNotGreaterInt RIJ "jump unless a > immediate b",
    JumpNotGreaterEqualInt RIJ "jump unless a >= immediate b",
    JumpNotEqualInt RIJ "jump unless a = immediate b",
    JumpEqualInt RIJ "jump when a = immediate b",
    LoopLess RRJ "jump back when a < b; a safepoint",
    LoopLessInt RIJ "jump back when a < immediate b; a safepoint",
    JumpNotType RKJ "jump unless the error a has the type constant b, or one of these types",
    Add RRR "a := b + c",
    Subtract RRR "a := b - c",
    Multiply RRR "a := b * c",
    AddFloat RRR "as Add, where doubles are likely",
    SubtractFloat RRR "as Subtract, where doubles are likely",
    MultiplyFloat RRR "as Multiply, where doubles are likely",
    AddThen RRR "as AddFloat; only the next instruction, one on doubles, reads a",
    SubtractThen RRR "as SubtractFloat; only the next instruction, one on doubles, reads a",
    MultiplyThen RRR "as MultiplyFloat; only the next instruction, one on doubles, reads a",
    AddInt RRI "a := b + immediate c",
    Less RRR "a := b < c",
    LessEqual RRR "a := b <= c",
    Equal RRR "a := b = c",
    Not RR "a := whether b is nil or false",
    IsNil RR "a := whether b is nil",
    First RR "a := (first b)",
    Next RR "a := (next b)",
    Rest RR "a := (rest b)",
    Call RN "a := call of the function in a with n arguments in a+3..; a safepoint",
    TailCall RN "return the call of the function in a with n arguments in a+3..; a safepoint",
    CallVar RNK "a := call of the root value of constant c's var with n arguments in a+3..; a safepoint",
    TailCallVar RNK "return the call of the root value of constant c's var; a safepoint",
    Closure RKN "a := the function in constant b with n captures from a+1..",
    Vector RRN "a := vector of the n values from b",
    Map RRN "a := map of the n values from b, keys and values in turn",
    Set RRN "a := set of the n values from b",
    Throw R "throw a",
    Define RKW "sets the root of the constant's var to a, its metadata to a+1 unless nil; a := the var",
    Cell R "a := a new cell, for functions that refer to each other",
    CellSet RR "fills the cell a with b",
    CellGet RR "a := content of the cell b",
    BindingsGet R "a := the dynamic bindings in force",
    BindingsSet R "puts the dynamic bindings a in force",
    BindingsAdd RKW "binds the symbol in the constant to a",
    Return R "return a",
}

impl Op {
    /// Whether only the next instruction reads what this one makes.
    fn hands_over(self) -> bool {
        matches!(self, Op::AddThen | Op::SubtractThen | Op::MultiplyThen)
    }
}

/// An instruction word with three narrow operands.
pub(crate) fn encode(op: Op, a: u16, b: u16, c: u16) -> u64 {
    op as u64 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48
}

/// An instruction word with a wide operand.
pub(crate) fn encode_wide(op: Op, a: u16, wide: u32) -> u64 {
    op as u64 | (a as u64) << 16 | (wide as u64) << 32
}

/// What the program wrote where an instruction does arithmetic or compares: `(> a b)` is executed as `(< b a)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Origin {
    pub(crate) written: Primitive,
    /// Whether the instruction has the operands the other way round.
    pub(crate) is_swapped: bool,
}

impl Origin {
    const SWAPPED: u64 = 0x80;

    /// In the place that it has in an instruction word.
    pub(crate) fn bits(self) -> u64 {
        (self.written as u64 | if self.is_swapped { Self::SWAPPED } else { 0 }) << 8
    }

    /// That of an instruction word which has one.
    pub(crate) fn of(word: u64) -> Origin {
        let byte = word >> 8 & 0xFF;
        Origin {
            written: Primitive::ALL[(byte & !Self::SWAPPED) as usize].0,
            is_swapped: byte & Self::SWAPPED != 0,
        }
    }

    /// Two operands of the instruction in the order in which the program has them.
    pub(crate) fn ordered<T>(self, left: T, right: T) -> (T, T) {
        if self.is_swapped { (right, left) } else { (left, right) }
    }

    /// Whether an instruction does what the program wrote.
    fn suits(self, op: Op, immediate: i16) -> bool {
        use Primitive::{Add, Dec, Greater, GreaterEqual, Inc, Less, LessEqual, Multiply, Subtract};
        match op {
            Op::Add | Op::AddFloat | Op::AddThen => self.written == Add,
            Op::Subtract | Op::SubtractFloat | Op::SubtractThen => {
                self.written == Subtract && !self.is_swapped
            }
            Op::Multiply | Op::MultiplyFloat | Op::MultiplyThen => self.written == Multiply,
            Op::AddInt => match (self.written, self.is_swapped) {
                (Add, _) => true,
                // A double of -0.0 less 0 is itself; plus 0 it is 0.0.
                (Subtract, false) => immediate != 0 && immediate != i16::MIN,
                (Inc, false) => immediate == 1,
                (Dec, false) => immediate == -1,
                _ => false,
            },
            Op::Less | Op::JumpNotLess | Op::JumpNotLessFloat => {
                self.written == if self.is_swapped { Greater } else { Less }
            }
            Op::LessEqual | Op::JumpNotLessEqual | Op::JumpNotLessEqualFloat => {
                self.written == if self.is_swapped { GreaterEqual } else { LessEqual }
            }
            Op::JumpNotLessInt => self.written == Less && !self.is_swapped,
            Op::JumpNotLessEqualInt => self.written == LessEqual && !self.is_swapped,
            Op::JumpNotGreaterInt => self.written == Greater && !self.is_swapped,
            Op::JumpNotGreaterEqualInt => self.written == GreaterEqual && !self.is_swapped,
            _ => true,
        }
    }
}

/// Constants come after this many other values in a code record.
pub(crate) const CODE_CONSTANTS: usize = 2;
/// Instructions come after this many other words in a code record.
pub(crate) const CODE_HEADER: usize = 2;

/// A span of instructions whose errors go to a handler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handler {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) target: u32,
    pub(crate) register: u16,
}

/// What a function needs: parameters, whether the last takes the rest, registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shape {
    pub(crate) parameters: u16,
    pub(crate) is_variadic: bool,
    pub(crate) registers: u16,
    /// Whether the code is the library's rather than a program's.
    pub(crate) is_library: bool,
}

/// The bit of a shape's word that tells the library's code.
pub(crate) const LIBRARY: u64 = 1 << 48;

impl Shape {
    pub(crate) fn word(self) -> u64 {
        let library = if self.is_library { LIBRARY } else { 0 };
        self.parameters as u64 | (self.is_variadic as u64) << 16 | (self.registers as u64) << 32 | library
    }

    #[inline(always)]
    pub(crate) fn of(word: u64) -> Shape {
        Shape {
            parameters: word as u16,
            is_variadic: word >> 16 & 1 != 0,
            registers: (word >> 32) as u16,
            is_library: word & LIBRARY != 0,
        }
    }
}

/// Code while it is built.
pub(crate) struct CodeParts<'s> {
    pub(crate) name: Value<'s>,
    pub(crate) file: Value<'s>,
    pub(crate) shape: Shape,
    pub(crate) constants: Vec<Value<'s>>,
    pub(crate) instructions: Vec<u64>,
    pub(crate) handlers: Vec<Handler>,
    /// (instruction, line, column), rising.
    pub(crate) lines: Vec<(u32, u32, u32)>,
}

impl<'s> CodeParts<'s> {
    /// Makes the code record.
    pub(crate) fn finish(&self, s: Scope<'s>) -> Result<Value<'s>, OutOfMemory> {
        let problem = verify(self);
        assert!(problem.is_none(), "the compiler made bad code: {}", problem.unwrap_or_default());
        let mut values = alloc::vec![self.name, self.file];
        values.extend(&self.constants);
        let count = self.instructions.len() as u64;
        let mut words = Vec::with_capacity(CODE_HEADER + self.instructions.len() + self.lines.len());
        words.push(self.shape.word());
        words.push(count | (self.handlers.len() as u64) << 32);
        words.extend(&self.instructions);
        for handler in &self.handlers {
            words.push((handler.start as u64) << 32 | handler.end as u64);
            words.push((handler.target as u64) << 32 | handler.register as u64);
        }
        let lines = self.lines.iter();
        words.extend(lines.map(|(at, line, column)| {
            (*at as u64 & 0xFF_FFFF) << 40 | (*line as u64 & 0xFF_FFFF) << 16 | (*column).min(0xFFFF) as u64
        }));
        s.record(tags::CODE, &values, &words)
    }
}

/// How far a code's first instruction is behind its first constant: what a machine's `pc` is at the start.
pub(crate) fn entry<'s>(s: Scope<'s>, code: Value<'s>) -> u32 {
    (s.record_values(code).len() - CODE_CONSTANTS + CODE_HEADER) as u32
}

/// The instruction before that at a machine's `pc`.
fn before<'s>(s: Scope<'s>, code: Value<'s>, pc: u32) -> u32 {
    pc.saturating_sub(entry(s, code)).saturating_sub(1)
}

/// Looks for the innermost handler of the instruction before `pc`: its target, as a `pc`, and register.
pub(crate) fn find_handler<'s>(s: Scope<'s>, code: Value<'s>, pc: u32) -> Option<(u32, u16)> {
    let (words, at) = (s.record_words(code), before(s, code, pc));
    let (count, handlers) = counts(words);
    words[CODE_HEADER + count..CODE_HEADER + count + 2 * handlers].chunks_exact(2).find_map(|pair| {
        let (start, end) = ((pair[0] >> 32) as u32, pair[0] as u32);
        (start <= at && at < end).then_some((entry(s, code) + (pair[1] >> 32) as u32, pair[1] as u16))
    })
}

/// Line and column of the instruction before `pc`.
pub(crate) fn find_line<'s>(s: Scope<'s>, code: Value<'s>, pc: u32) -> Option<(u32, u32)> {
    let (words, at) = (s.record_words(code), before(s, code, pc));
    let (count, handlers) = counts(words);
    let lines = words.get(CODE_HEADER + count + 2 * handlers..)?;
    let after = lines.partition_point(|line| (line >> 40) as u32 <= at);
    let line = *lines.get(after.checked_sub(1)?)?;
    Some(((line >> 16 & 0xFF_FFFF) as u32, (line & 0xFFFF) as u32))
}

fn counts(words: &[u64]) -> (usize, usize) {
    (words[1] as u32 as usize, (words[1] >> 32) as usize)
}

/// A function as it would be so many lines further down in its file, of which `constant` does the same for what is in its code and no
/// function. What was compiled from another file stays as it is.
pub(crate) fn moved<'s>(
    s: Scope<'s>,
    function: Value<'s>,
    file: Value<'s>,
    by: i64,
    constant: &dyn Fn(Value<'s>) -> Result<Value<'s>, OutOfMemory>,
) -> Result<Value<'s>, OutOfMemory> {
    let code_moved = |code: Value<'s>| {
        let (values, mut words) = (s.record_values(code), s.record_words(code).to_vec());
        if s.as_str(values[1]) != s.as_str(file) {
            return Ok(code);
        }
        let mut values = values.to_vec();
        for value in &mut values[CODE_CONSTANTS..] {
            *value = match s.record_tag(*value) {
                Some(tags::FUNCTION) => moved(s, *value, file, by, constant)?,
                _ => constant(*value)?,
            };
        }
        let (count, handlers) = counts(&words);
        for line in &mut words[CODE_HEADER + count + 2 * handlers..] {
            let moved = (*line >> 16 & 0xFF_FFFF) as i64 + by;
            *line = *line & !(0xFF_FFFF << 16) | (moved as u64 & 0xFF_FFFF) << 16;
        }
        s.record(tags::CODE, &values, &words)
    };
    let (mut values, words) = (s.record_values(function).to_vec(), s.record_words(function));
    for code in values.iter_mut().take(words.get(1).map_or(0, |count| *count as usize)) {
        *code = code_moved(*code)?;
    }
    s.record(tags::FUNCTION, &values, words)
}

fn operands(word: u64) -> (u16, u16, u16, u32) {
    ((word >> 16) as u16, (word >> 32) as u16, (word >> 48) as u16, (word >> 32) as u32)
}

/// Whether an instruction on doubles takes a register's value, as one of its two: the first where the order tells nothing.
fn takes(word: u64, register: u16) -> bool {
    let (a, b, c, _) = operands(word);
    match Op::ALL.get((word & 0xFF) as usize).map(|(op, ..)| *op) {
        Some(Op::JumpNotLessFloat | Op::JumpNotLessEqualFloat) => (a == register) != (b == register),
        Some(Op::SubtractFloat | Op::SubtractThen) => (b == register) != (c == register),
        Some(Op::AddFloat | Op::AddThen | Op::MultiplyFloat | Op::MultiplyThen) => {
            b == register && c != register
        }
        _ => false,
    }
}

/// What is wrong with code, if anything: the VM relies on this finding nothing.
pub(crate) fn verify(code: &CodeParts<'_>) -> Option<String> {
    let (registers, count) = (code.shape.registers as usize, code.instructions.len());
    let needed = code.shape.parameters as usize + code.shape.is_variadic as usize;
    if needed > registers {
        return Some(format!("{registers} registers for {needed} parameters"));
    }
    for (at, word) in code.instructions.iter().enumerate() {
        let Some((op, kind, _)) = Op::ALL.get((word & 0xFF) as usize) else {
            return Some(format!("no opcode {}", word & 0xFF));
        };
        let (a, b, c, wide) = operands(*word);
        let register = |r: u16, extra: usize| (r as usize + extra) < registers;
        let constant = |k: usize| k < code.constants.len();
        let lands = |offset: i64| {
            let target = at as i64 + 1 + offset;
            target >= 0 && (target as usize) < count
        };
        let range = |first: u16, n: u16| first as usize + n as usize <= registers;
        let ok = match kind {
            Operands::R => register(a, 0),
            Operands::RR => register(a, 0) && register(b, 0),
            Operands::RRR => register(a, 0) && register(b, 0) && register(c, 0),
            Operands::RRI => register(a, 0) && register(b, 0),
            Operands::RKW => register(a, (*op == Op::Define) as usize) && constant(wide as usize),
            Operands::RIW | Operands::RI => register(a, 0),
            Operands::JW => lands(wide as i32 as i64),
            Operands::RJW => register(a, 0) && lands(wide as i32 as i64),
            Operands::RRJ => register(a, 0) && register(b, 0) && lands(c as i16 as i64),
            Operands::RIJ => register(a, 0) && lands(c as i16 as i64),
            Operands::RKJ => register(a, 0) && constant(b as usize) && lands(c as i16 as i64),
            Operands::RN => range(a, b.saturating_add(3)),
            Operands::RNK => range(a, b.saturating_add(3)) && constant(c as usize),
            Operands::RKN => constant(b as usize) && range(a, c.saturating_add(1)),
            Operands::RRN => register(a, 0) && range(b, c),
        };
        let is_known = (word >> 8 & 0x7F) < Primitive::ALL.len() as u64;
        let ok = ok && is_known && Origin::of(*word).suits(*op, c as i16);
        if !ok || op.hands_over() && !code.instructions.get(at + 1).is_some_and(|next| takes(*next, a)) {
            return Some(format!("instruction {at}: {}", show(*word)));
        }
    }
    let ends = [Op::Return, Op::TailCall, Op::TailCallVar, Op::Jump, Op::Loop, Op::Throw];
    match code.instructions.last() {
        Some(last) if ends.iter().any(|op| *op as u64 == last & 0xFF) => None,
        _ => Some(String::from("falls off its end")),
    }
}

/// An instruction as text.
pub(crate) fn show(word: u64) -> String {
    let Some((op, kind, _)) = Op::ALL.get((word & 0xFF) as usize) else { return format!("? {word:#x}") };
    let (a, b, c, wide) = operands(word);
    let wide = wide as i32;
    match kind {
        Operands::R => format!("{op:?} r{a}"),
        Operands::RR => format!("{op:?} r{a} r{b}"),
        Operands::RRR => format!("{op:?} r{a} r{b} r{c}"),
        Operands::RRI => format!("{op:?} r{a} r{b} {}", c as i16),
        Operands::RKW => format!("{op:?} r{a} k{wide}"),
        Operands::RIW => format!("{op:?} r{a} {wide}"),
        Operands::RI => format!("{op:?} r{a} {b}"),
        Operands::JW => format!("{op:?} {wide:+}"),
        Operands::RJW => format!("{op:?} r{a} {wide:+}"),
        Operands::RRJ => format!("{op:?} r{a} r{b} {:+}", c as i16),
        Operands::RIJ => format!("{op:?} r{a} {} {:+}", b as i16, c as i16),
        Operands::RKJ => format!("{op:?} r{a} k{b} {:+}", c as i16),
        Operands::RN => format!("{op:?} r{a} n{b}"),
        Operands::RNK => format!("{op:?} r{a} n{b} k{c}"),
        Operands::RRN => format!("{op:?} r{a} r{b} n{c}"),
        Operands::RKN => format!("{op:?} r{a} k{b} n{c}"),
    }
}

/// The instructions of code as text, a line each.
pub fn disassemble<'s>(s: Scope<'s>, code: Value<'s>) -> String {
    let words = s.record_words(code);
    if s.record_tag(code) != Some(tags::CODE) {
        return String::new();
    }
    let (count, _) = counts(words);
    let mut text = String::new();
    for (at, word) in words[CODE_HEADER..CODE_HEADER + count].iter().enumerate() {
        text.push_str(&format!("{at:4} {}\n", show(*word)));
    }
    text
}
