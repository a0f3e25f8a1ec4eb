//! The interpreter loop. A door for `unsafe`: registers, constants and instructions are reached by pointer.
//!
//! Enter at [`Vm::interpret`]. Each instruction has its quick way here; whatever needs more (an error, a safepoint, a call that
//! is not plain) leaves the loop to [`Vm::step`](crate::step), which executes the whole instruction. So the loop itself calls
//! little, and its pointers stay in the processor's registers.
//!
//! Invariant: code was verified when it was made (`bytecode::verify`), so its registers lie in the frame's window, its
//! constants exist and its jumps land on instructions; [`Vm::enter`] makes the stack long enough for the window. The pointers
//! are taken anew after everything that may move the stack or change the frame.
//! Invariant: an instruction that is left to `step` has had no effect, but for fuel and for a native's signal.
#![allow(
    unsafe_code,
    reason = "the value stack and the code are read without bounds checks, after verification"
)]

use crate::arithmetic;
use crate::bytecode::{CODE_CONSTANTS, CODE_HEADER, LIBRARY, Op, Shape};
use crate::calls::INLINE_ARGUMENTS;
use crate::native::Call;
use crate::seq;
use crate::tags;
use crate::vm::{BINDINGS, Exit, Link, LinkParts, MARKS, NAMESPACE, Vm};
use alloc::vec::Vec;
use halt_heap::{Kind, Scope, Value};

/// Pointers into the running frame.
struct Frame<'s> {
    /// Register 0.
    base: *mut Value<'s>,
    /// The word before the next instruction: within an instruction, that one.
    ip: *const u64,
    /// Constants of the running code; the words behind them are its instructions.
    constants: *const u64,
    /// End of the stack.
    limit: *mut Value<'s>,
}

/// The first value of a function is its code; a code's constants come behind its name and its file.
const FIRST_VALUE: usize = 1;
const FIRST_CONSTANT: usize = FIRST_VALUE + CODE_CONSTANTS;

impl<'s> Vm<'_, 's> {
    #[inline(never)]
    fn frame(&self) -> Frame<'s> {
        let s = self.s;
        let code = s.root_get(self.base - 2);
        let needed = self.base + Shape::of(s.record_words(code)[0]).registers as usize;
        if needed >= s.root_count() {
            s.root_resize(needed + 64);
        }
        let stack = s.root_pointer();
        // SAFETY: `base` is a slot of the stack, which is `root_count` long; the slot below the link holds a code record,
        // whose constants lie there, and `pc` leads from them to one of its instructions.
        unsafe {
            let constants = s.record_pointer_unchecked(code).add(FIRST_CONSTANT);
            Frame {
                base: stack.add(self.base),
                ip: constants.add(self.pc as usize - 1),
                constants,
                limit: stack.add(s.root_count()),
            }
        }
    }

    /// Runs until the frame that was entered last from outside returns, the slice ends or a native parks.
    pub(crate) fn interpret(&mut self) -> Exit<'s> {
        if self.is_plain {
            return self.interpret_plainly();
        }
        loop {
            let word = self.hot();
            if let Some(exit) = self.step(word) {
                return exit;
            }
        }
    }

    /// Runs until an instruction is not to be executed in its quick way; returns it.
    fn hot(&mut self) -> u64 {
        let s = self.s;
        // Locals of their own, so that they live in the processor's registers.
        let Frame { mut base, mut ip, mut constants, mut limit } = self.frame();

        macro_rules! register {
            ($index:expr) => {
                *{
                    let index = $index as usize;
                    // SAFETY: verified code names registers of its window only.
                    unsafe { &mut *base.add(index) }
                }
            };
        }
        macro_rules! registers {
            ($first:expr, $count:expr) => {{
                let (first, count) = ($first as usize, $count as usize);
                // SAFETY: as above, and nothing writes them while they are looked at.
                unsafe { core::slice::from_raw_parts(base.add(first), count) }
            }};
        }
        macro_rules! constant {
            ($index:expr) => {{
                let index = $index as usize;
                // SAFETY: verified code names constants that it has.
                unsafe { *constants.add(index).cast::<Value<'s>>() }
            }};
        }
        macro_rules! below {
            ($count:expr) => {
                // SAFETY: a frame has three slots below its base: function, code, link.
                *unsafe { &mut *base.sub($count) }
            };
        }
        macro_rules! jump {
            ($offset:expr) => {{
                let offset = $offset as isize;
                // SAFETY: verified jumps land on instructions.
                ip = unsafe { ip.offset(offset) };
            }};
        }
        // An operand of the running instruction: a load of its own, as it is needed.
        macro_rules! operand {
            (a) => {
                // SAFETY: the instruction lies there, and is a word of four parts: opcode, a, b, c.
                unsafe { *ip.cast::<u16>().add(1) }
            };
            (b) => {
                // SAFETY: as above.
                unsafe { *ip.cast::<u16>().add(2) }
            };
            (c) => {
                // SAFETY: as above.
                unsafe { *ip.cast::<u16>().add(3) }
            };
            (wide) => {
                // SAFETY: as above.
                unsafe { *ip.cast::<i32>().add(1) }
            };
        }
        // Brings `self.base` and `self.pc` up to date: they are behind the running instruction.
        macro_rules! sync {
            () => {
                // SAFETY: each two point into the stack, or into the running code.
                unsafe {
                    self.base = base.offset_from(s.root_pointer()) as usize;
                    self.pc = ip.offset_from(constants) as u32 + 1;
                }
            };
        }
        // Leaves an instruction to `step`.
        macro_rules! leave {
            () => {{
                sync!();
                // SAFETY: `ip` is the running instruction.
                return unsafe { *ip };
            }};
        }
        // Counts fuel; at its end `step` looks at what a safepoint must look at.
        macro_rules! safepoint {
            () => {
                self.fuel -= 1;
                if self.fuel < 0 {
                    leave!();
                }
            };
        }
        // Goes on in a code whose constants begin there, at the word `pc` behind the first.
        macro_rules! go_on {
            ($constants:expr, $pc:expr) => {
                constants = $constants;
                // SAFETY: they are those of a code record, and `pc` leads to one of its instructions.
                ip = unsafe { constants.add($pc as usize - 1) };
            };
        }
        // Returns a value from the running frame, whose link is normal.
        macro_rules! give {
            ($link:expr, $value:expr) => {{
                let link = LinkParts::unpack($link);
                below!(3) = $value;
                // SAFETY: the caller's base is `delta` below; a code record lies under its link.
                base = unsafe { base.sub(link.delta) };
                go_on!(constants_of(s, below!(2)), link.pc);
            }};
        }
        // Calls a native of the right arity.
        macro_rules! native {
            ($a:expr, $count:expr, $function:expr) => {{
                register!($a) = $function;
                sync!();
                let Some(value) = self.call_quickly($a, $count, $function) else {
                    // SAFETY: as in `leave`.
                    return unsafe { *ip };
                };
                // The native had the scope in its hands: the stack may have moved.
                let stack = s.root_pointer();
                // SAFETY: `call_quickly` has looked whether the stack still has the frame.
                (base, limit) = unsafe { (stack.add(self.base), stack.add(s.root_count())) };
                value
            }};
        }
        macro_rules! call {
            ($a:expr, $count:expr, $function:expr) => {{
                let (a, count, function) = ($a as usize, $count as usize, $function);
                if let Some((code, callee)) = code_of(s, function, below!(3), below!(2), constants)
                    && shape_of(callee) as u32 as usize == count
                    // A pointer that may lie anywhere, only to be compared.
                    && base.wrapping_add(a + 3 + Shape::of(shape_of(callee)).registers as usize) < limit
                {
                    // SAFETY: both point into the running code.
                    let pc = unsafe { ip.offset_from(constants) } as u32 + 1;
                    register!(a) = function;
                    register!(a + 1) = code;
                    register!(a + 2) = LinkParts { link: Link::Normal, delta: a + 3, pc }.pack();
                    // SAFETY: the new window fits, see above.
                    base = unsafe { base.add(a + 3) };
                    go_on!(callee, entry_of(callee));
                    continue;
                }
                register!(a) = native!(a, count, function);
            }};
        }
        macro_rules! tail_call {
            ($a:expr, $count:expr, $function:expr) => {{
                let (a, count, function) = ($a as usize, $count as usize, $function);
                if let Some((code, callee)) = code_of(s, function, below!(3), below!(2), constants)
                    && shape_of(callee) as u32 as usize == count
                    && base.wrapping_add(Shape::of(shape_of(callee)).registers as usize) < limit
                {
                    if shape_of(callee) & LIBRARY != 0 {
                        sync!();
                        self.note_caller(below!(2), self.pc);
                    }
                    for index in 0..count {
                        register!(index) = register!(a + 3 + index);
                    }
                    (below!(3), below!(2)) = (function, code);
                    go_on!(callee, entry_of(callee));
                    continue;
                }
                let link = below!(1);
                if !LinkParts::is_normal(link) {
                    leave!();
                }
                let value = native!(a, count, function);
                give!(link, value);
            }};
        }
        // What is not inlined into the loop, and where it has no answer leaves the instruction to `step`.
        macro_rules! apart {
            ($work:expr) => {
                match apart(move || $work) {
                    Some(answer) => answer,
                    None => leave!(),
                }
            };
        }
        macro_rules! var_value {
            ($atom:expr) => {{
                let atom = $atom;
                match s.atom_load_reference(atom) {
                    Some(value) => value,
                    None => apart!(var_value(s, atom)),
                }
            }};
        }
        macro_rules! arithmetic {
            ($a:expr, $left:expr, $right:expr, $int:ident, $float:expr, $slow:path) => {{
                let (left, right) = ($left, $right);
                register!($a) = if let Some(value) = left.$int(right) {
                    value
                } else if let Some((x, y)) = left.small_floats(right)
                    && let Some(value) = Value::small_float($float(x, y))
                {
                    value
                } else {
                    apart!($slow(s, left, right).ok())
                };
            }};
        }
        macro_rules! compare {
            ($left:expr, $right:expr, $operator:tt, $slow:path) => {{
                let (left, right) = ($left, $right);
                if let Some((x, y)) = left.order_of_small_ints(right) {
                    x $operator y
                } else {
                    compare_floats!(left, right, $operator, $slow)
                }
            }};
        }
        macro_rules! compare_floats {
            ($left:expr, $right:expr, $operator:tt, $slow:path) => {{
                let (left, right) = ($left, $right);
                if let Some((x, y)) = left.small_floats(right) {
                    x $operator y
                } else if let Some((x, y)) = with_zeros(left, right) {
                    x $operator y
                } else {
                    apart!($slow(s, left, right).ok())
                }
            }};
        }
        // Where doubles are likely: these first.
        macro_rules! float_arithmetic {
            ($float:expr, $int:ident, $slow:path) => {{
                let (left, right) = (register!(operand!(b)), register!(operand!(c)));
                if let Some((x, y)) = left.small_floats(right).or_else(|| with_zeros(left, right))
                    && let Some(value) = Value::small_float($float(x, y))
                {
                    register!(operand!(a)) = value;
                } else {
                    register!(operand!(a)) = apart!(left.$int(right).or_else(|| $slow(s, left, right).ok()));
                }
            }};
        }
        // What the next instruction alone takes stays a double in the processor's register, as long as it finds doubles beside it.
        macro_rules! float_then {
            ($run:lifetime, $float:expr, $int:ident, $slow:path) => {{
                let (left, right) = (register!(operand!(b)), register!(operand!(c)));
                if let Some((x, y)) = left.small_floats(right).or_else(|| with_zeros(left, right)) {
                    // A double, and the instruction that made it.
                    let (mut value, mut at) = ($float(x, y), ip);
                    let (value, at) = loop {
                        // SAFETY: `verify` holds that there is an instruction behind one that hands over.
                        let next = unsafe { at.add(1) };
                        macro_rules! part {
                            ($word:expr, $index:literal) => {
                                // SAFETY: each is an instruction of the running code, four parts.
                                unsafe { *$word.cast::<u16>().add($index) }
                            };
                        }
                        // The double beside the one that was handed over.
                        macro_rules! beside {
                            ($index:expr) => {
                                match register!($index).as_small_float() {
                                    Some(other) => other,
                                    None => break (value, at),
                                }
                            };
                        }
                        macro_rules! hand_on {
                            ($result:expr) => {{
                                (value, at) = ($result, next);
                                continue;
                            }};
                        }
                        macro_rules! store {
                            ($result:expr) => {{
                                let Some(result) = Value::small_float($result) else { break (value, at) };
                                register!(part!(next, 1)) = result;
                                ip = next;
                                continue $run;
                            }};
                        }
                        // Left or right of the operator.
                        macro_rules! either {
                            ($left:literal, $right:literal, $operator:tt) => {{
                                let (left, right) = (part!(next, $left), part!(next, $right));
                                if left == part!(at, 1) {
                                    value $operator beside!(right)
                                } else {
                                    beside!(left) $operator value
                                }
                            }};
                        }
                        macro_rules! test {
                            ($operator:tt) => {{
                                let holds = either!(1, 2, $operator);
                                ip = next;
                                if !holds {
                                    jump!(operand!(c) as i16);
                                }
                                continue $run;
                            }};
                        }
                        // SAFETY: as of every instruction.
                        match unsafe { core::mem::transmute::<u8, Op>(*next.cast::<u8>()) } {
                            Op::AddFloat => store!(value + beside!(part!(next, 3))),
                            Op::AddThen => hand_on!(value + beside!(part!(next, 3))),
                            Op::MultiplyFloat => store!(value * beside!(part!(next, 3))),
                            Op::MultiplyThen => hand_on!(value * beside!(part!(next, 3))),
                            Op::SubtractFloat => store!(either!(2, 3, -)),
                            Op::SubtractThen => hand_on!(either!(2, 3, -)),
                            Op::JumpNotLessFloat => test!(<),
                            Op::JumpNotLessEqualFloat => test!(<=),
                            _ => break (value, at),
                        }
                    };
                    // The instruction that takes it has to look closer.
                    let Some(value) = Value::small_float(value) else { leave!() };
                    ip = at;
                    register!(operand!(a)) = value;
                } else {
                    register!(operand!(a)) =
                        apart!(left.$int(right).or_else(|| $slow(s, left, right).ok()));
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
                    apart!(seq::equal(s, left, right).ok())
                }
            }};
        }
        'run: loop {
            // SAFETY: an instruction of the running code comes next, and verified code does not run off its end; `verify` admits
            // numbers of opcodes only, and `Op` is `repr(u8)`.
            let op = unsafe {
                ip = ip.add(1);
                core::mem::transmute::<u8, Op>(*ip.cast::<u8>())
            };
            match op {
                Op::Move => register!(operand!(a)) = register!(operand!(b)),
                Op::Const => register!(operand!(a)) = constant!(operand!(wide) as u32),
                Op::Int => register!(operand!(a)) = Value::truncated_int(operand!(wide) as i64),
                Op::Capture => register!(operand!(a)) = s.record_values(below!(3))[operand!(b) as usize],
                Op::SelfRef => register!(operand!(a)) = below!(3),
                Op::Var => register!(operand!(a)) = var_value!(constant!(operand!(wide) as u32)),
                Op::Jump => jump!(operand!(wide)),
                Op::Loop => {
                    safepoint!();
                    jump!(operand!(wide));
                }
                Op::JumpIfNot => {
                    if !register!(operand!(a)).is_truthy() {
                        jump!(operand!(wide));
                    }
                }
                Op::JumpIf => {
                    if register!(operand!(a)).is_truthy() {
                        jump!(operand!(wide));
                    }
                }
                Op::JumpIfNil => {
                    if register!(operand!(a)).is_nil() {
                        jump!(operand!(wide));
                    }
                }
                Op::JumpIfNotNil => {
                    if !register!(operand!(a)).is_nil() {
                        jump!(operand!(wide));
                    }
                }
                Op::JumpNotLess => {
                    if !compare!(register!(operand!(a)), register!(operand!(b)), <, arithmetic::less) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::JumpNotLessEqual => {
                    if !compare!(register!(operand!(a)), register!(operand!(b)), <=, arithmetic::less_equal) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::JumpNotEqual => {
                    if !equal!(register!(operand!(a)), register!(operand!(b))) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::JumpNotLessInt => {
                    if !compare!(register!(operand!(a)), immediate(operand!(b)), <, arithmetic::less) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::JumpNotLessEqualInt => {
                    if !compare!(register!(operand!(a)), immediate(operand!(b)), <=, arithmetic::less_equal) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::JumpNotGreaterInt => {
                    if !compare!(immediate(operand!(b)), register!(operand!(a)), <, arithmetic::less) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::JumpNotGreaterEqualInt => {
                    if !compare!(immediate(operand!(b)), register!(operand!(a)), <=, arithmetic::less_equal) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::JumpEqual => {
                    if equal!(register!(operand!(a)), register!(operand!(b))) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::JumpEqualInt => {
                    if equal!(register!(operand!(a)), immediate(operand!(b))) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::LoopLess => {
                    safepoint!();
                    if compare!(register!(operand!(a)), register!(operand!(b)), <, arithmetic::less) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::LoopLessInt => {
                    safepoint!();
                    if compare!(register!(operand!(a)), immediate(operand!(b)), <, arithmetic::less) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::JumpNotEqualInt => {
                    if !equal!(register!(operand!(a)), immediate(operand!(b))) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::Add => arithmetic!(
                    operand!(a),
                    register!(operand!(b)),
                    register!(operand!(c)),
                    add_small_ints,
                    |x: f64, y: f64| x + y,
                    arithmetic::add
                ),
                Op::Subtract => arithmetic!(
                    operand!(a),
                    register!(operand!(b)),
                    register!(operand!(c)),
                    subtract_small_ints,
                    |x: f64, y: f64| x - y,
                    arithmetic::subtract
                ),
                Op::Multiply => arithmetic!(
                    operand!(a),
                    register!(operand!(b)),
                    register!(operand!(c)),
                    multiply_small_ints,
                    |x: f64, y: f64| x * y,
                    arithmetic::multiply
                ),
                Op::AddFloat => {
                    float_arithmetic!(|x: f64, y: f64| x + y, add_small_ints, arithmetic::add)
                }
                Op::SubtractFloat => {
                    float_arithmetic!(|x: f64, y: f64| x - y, subtract_small_ints, arithmetic::subtract)
                }
                Op::MultiplyFloat => {
                    float_arithmetic!(|x: f64, y: f64| x * y, multiply_small_ints, arithmetic::multiply)
                }
                Op::AddThen => float_then!('run, |x: f64, y: f64| x + y, add_small_ints, arithmetic::add),
                Op::SubtractThen => {
                    float_then!('run, |x: f64, y: f64| x - y, subtract_small_ints, arithmetic::subtract)
                }
                Op::MultiplyThen => {
                    float_then!('run, |x: f64, y: f64| x * y, multiply_small_ints, arithmetic::multiply)
                }
                Op::JumpNotLessFloat => {
                    if !compare_floats!(register!(operand!(a)), register!(operand!(b)), <, arithmetic::less) {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::JumpNotLessEqualFloat => {
                    if !compare_floats!(register!(operand!(a)), register!(operand!(b)), <=, arithmetic::less_equal)
                    {
                        jump!(operand!(c) as i16);
                    }
                }
                Op::AddInt => {
                    let (left, right) = (register!(operand!(b)), immediate(operand!(c)));
                    register!(operand!(a)) = match left.add_small_ints(right) {
                        Some(value) => value,
                        None => apart!(arithmetic::add(s, left, right).ok()),
                    };
                }
                Op::Less => {
                    register!(operand!(a)) = Value::bool(
                        compare!(register!(operand!(b)), register!(operand!(c)), <, arithmetic::less),
                    );
                }
                Op::LessEqual => {
                    register!(operand!(a)) = Value::bool(
                        compare!(register!(operand!(b)), register!(operand!(c)), <=, arithmetic::less_equal),
                    );
                }
                Op::Equal => {
                    register!(operand!(a)) =
                        Value::bool(equal!(register!(operand!(b)), register!(operand!(c))))
                }
                Op::Not => register!(operand!(a)) = Value::bool(!register!(operand!(b)).is_truthy()),
                Op::IsNil => register!(operand!(a)) = Value::bool(register!(operand!(b)).is_nil()),
                Op::First => {
                    let coll = register!(operand!(b));
                    register!(operand!(a)) = match s.pair_parts(coll) {
                        Some((first, _)) => first,
                        None => apart!(seq::first(s, coll).ok()),
                    };
                }
                Op::Next => {
                    let coll = register!(operand!(b));
                    register!(operand!(a)) = match s.pair_parts(coll) {
                        Some((_, rest)) if rest.is_nil() || rest.is_identical(Value::EMPTY_LIST) => {
                            Value::NIL
                        }
                        Some((_, rest)) if s.pair_parts(rest).is_some() => rest,
                        _ => apart!(seq::next(s, coll).ok()),
                    };
                }
                Op::Rest => {
                    let coll = register!(operand!(b));
                    register!(operand!(a)) = apart!(seq::rest(s, coll).ok());
                }
                Op::Call => {
                    safepoint!();
                    call!(operand!(a), operand!(b), register!(operand!(a)));
                }
                Op::TailCall => {
                    safepoint!();
                    tail_call!(operand!(a), operand!(b), register!(operand!(a)));
                }
                Op::CallVar => {
                    safepoint!();
                    call!(operand!(a), operand!(b), var_value!(constant!(operand!(c))));
                }
                Op::TailCallVar => {
                    safepoint!();
                    tail_call!(operand!(a), operand!(b), var_value!(constant!(operand!(c))));
                }
                Op::Return => {
                    let link = below!(1);
                    if !LinkParts::is_normal(link) {
                        leave!();
                    }
                    give!(link, register!(operand!(a)));
                }
                Op::Closure => {
                    let captured = registers!(operand!(a) + 1, operand!(c));
                    let function = constant!(operand!(b));
                    register!(operand!(a)) = apart!(closure(s, function, captured));
                }
                Op::Vector => {
                    let items = registers!(operand!(b), operand!(c));
                    register!(operand!(a)) = apart!(vector(s, items));
                }
                Op::Map => {
                    let items = registers!(operand!(b), operand!(c));
                    register!(operand!(a)) = apart!(map_of(s, items));
                }
                Op::CellGet => register!(operand!(a)) = apart(move || s.cell_get(register!(operand!(b)))),
                Op::Dynamic
                | Op::JumpNotType
                | Op::Set
                | Op::Throw
                | Op::Define
                | Op::Cell
                | Op::CellSet
                | Op::BindingsGet
                | Op::BindingsSet
                | Op::BindingsAdd => leave!(),
            }
        }
    }

    /// Calls a native of the right arity, which lies in a register with its arguments behind. `None` for anything else, and
    /// when it asks for something: its signal is kept for [`step`](Self::step). Cold as [`apart`] is.
    #[cold]
    #[inline(never)]
    fn call_quickly(&mut self, a: usize, count: usize, function: Value<'s>) -> Option<Value<'s>> {
        self.call_native_quickly(a, count, function)
    }

    #[inline(never)]
    fn call_native_quickly(&mut self, a: usize, count: usize, function: Value<'s>) -> Option<Value<'s>> {
        let s = self.s;
        let Some((tags::NATIVE, _, words)) = s.record_parts(function) else {
            return self.look_up(a, count, function);
        };
        let native = self.runtime.native(words[0] as usize);
        let (least, most) = native.arity;
        if count < least as usize || count > most.map_or(INLINE_ARGUMENTS, usize::from).min(INLINE_ARGUMENTS)
        {
            return None;
        }
        let at = self.base + a + 3;
        let argument = |index| s.root_get(at + index);
        let (one, two, three, many);
        let args: &[Value<'s>] = match count {
            0 => &[],
            1 => {
                one = [argument(0)];
                &one
            }
            2 => {
                two = [argument(0), argument(1)];
                &two
            }
            3 => {
                three = [argument(0), argument(1), argument(2)];
                &three
            }
            _ => {
                many = core::array::from_fn::<_, INLINE_ARGUMENTS, _>(|index| {
                    if index < count { argument(index) } else { Value::NIL }
                });
                &many[..count]
            }
        };
        let result = (native.function)(&Call {
            s,
            args,
            runtime: self.runtime,
            host: self.host,
            bindings: s.root_get(BINDINGS),
            namespace: s.root_get(NAMESPACE),
            native,
        });
        assert!(s.root_count() >= at, "a native cut the value stack");
        // One that allocated much makes the next call a safepoint.
        if self.fuel > 0 {
            if self.nesting == 0 && s.wants_safepoint() {
                self.budget += self.fuel;
                self.fuel = 0;
            }
        } else if self.is_profiled()
            && let Err(signal) = self.sample()
        {
            self.signal = Some(signal);
            return None;
        }
        match result {
            Ok(value) => Some(value),
            Err(signal) => {
                self.signal = Some(signal);
                None
            }
        }
    }
}

impl<'s> Vm<'_, 's> {
    /// A keyword called with a hash map, or a hash map with a key.
    fn look_up(&self, a: usize, count: usize, function: Value<'s>) -> Option<Value<'s>> {
        let s = self.s;
        if count != 1 {
            return None;
        }
        let argument = s.root_get(self.base + a + 3);
        let (map, key) = match (s.kind(function), s.kind(argument)) {
            (Kind::Keyword, Kind::Map) => (argument, function),
            (Kind::Map, _) => (function, argument),
            _ => return None,
        };
        Some(s.map_get(map, key).unwrap_or(Value::NIL))
    }
}

/// What is not inlined into the loop. It counts as cold, so that the compiler moves the loop's registers out of its way there
/// rather than everywhere.
#[cold]
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Two immediate doubles, of which one may be zero.
#[inline(always)]
fn with_zeros(left: Value<'_>, right: Value<'_>) -> Option<(f64, f64)> {
    Some((left.as_small_float()?, right.as_small_float()?))
}

/// The root value of a var, unless it is unbound.
#[inline(never)]
fn var_value<'s>(s: Scope<'s>, atom: Value<'s>) -> Option<Value<'s>> {
    let value = s.atom_load(atom);
    (!value.is_identical(Value::UNBOUND)).then_some(value)
}

/// A function with what it captures.
#[inline(never)]
pub(crate) fn closure<'s>(s: Scope<'s>, function: Value<'s>, captured: &[Value<'s>]) -> Option<Value<'s>> {
    let (_, own, words) = s.record_parts(function)?;
    let count = own.len() + captured.len();
    let mut few = [Value::NIL; 16];
    if count > few.len() {
        return s.record(tags::FUNCTION, &[own, captured].concat(), words).ok();
    }
    few[..own.len()].copy_from_slice(own);
    few[own.len()..count].copy_from_slice(captured);
    s.record(tags::FUNCTION, &few[..count], words).ok()
}

/// A vector, unless it is to tell where it was built.
fn vector<'s>(s: Scope<'s>, items: &[Value<'s>]) -> Option<Value<'s>> {
    if s.root_get(MARKS).is_nil() { s.vector(items).ok() } else { None }
}

/// A map of keys and values in turn, unless a key may be a sequence.
fn map_of<'s>(s: Scope<'s>, items: &[Value<'s>]) -> Option<Value<'s>> {
    if items.iter().step_by(2).any(|key| s.record_tag(*key).is_some()) { None } else { map(s, items) }
}

/// A map of keys and values in turn.
#[inline(never)]
pub(crate) fn map<'s>(s: Scope<'s>, items: &[Value<'s>]) -> Option<Value<'s>> {
    let entries: Vec<_> = items.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    s.map(&entries).ok()
}

/// The integer of an immediate operand.
#[inline(always)]
pub(crate) fn immediate<'s>(operand: u16) -> Value<'s> {
    Value::truncated_int(operand as i16 as i64)
}

/// The first code of a function and where its constants are. For the function that runs these are the code that runs and its
/// constants, so that the processor need not wait for them.
#[inline(always)]
fn code_of<'s>(
    s: Scope<'s>,
    function: Value<'s>,
    running: Value<'s>,
    code: Value<'s>,
    constants: *const u64,
) -> Option<(Value<'s>, *const u64)> {
    if function.is_identical(running) {
        return Some((code, constants));
    }
    let record = s.record_pointer(function)?;
    // SAFETY: a record begins with its description, and a function's first value is a code.
    let code = unsafe {
        if (*record >> 32) as u16 != tags::FUNCTION {
            return None;
        }
        *record.add(FIRST_VALUE).cast::<Value<'s>>()
    };
    Some((code, constants_of(s, code)))
}

/// Where the constants of a code are.
#[inline(always)]
fn constants_of<'s>(s: Scope<'s>, code: Value<'s>) -> *const u64 {
    // SAFETY: whoever asks has it from a function or a frame, so it is a code, and has a name and a file before its constants.
    unsafe { s.record_pointer_unchecked(code).add(FIRST_CONSTANT) }
}

/// How far a code's first instruction is behind its first constant: see [`bytecode::entry`](crate::bytecode::entry).
#[inline(always)]
fn entry_of(constants: *const u64) -> u32 {
    const { assert!(CODE_CONSTANTS == CODE_HEADER && cfg!(target_endian = "little")) };
    // SAFETY: they are those of a code, a record, which begins with the count of its values.
    unsafe { *constants.sub(FIRST_CONSTANT) as u32 }
}

/// The word of a code's shape.
#[inline(always)]
fn shape_of(constants: *const u64) -> u64 {
    // SAFETY: as above: it is the first word of the header before the instructions.
    unsafe { *constants.add(entry_of(constants) as usize - CODE_HEADER) }
}
