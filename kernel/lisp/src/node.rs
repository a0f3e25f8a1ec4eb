//! Analysed forms: what the emitter and the evaluator work on.
//!
//! Locals are numbered within their function; a variable of an enclosing function is a capture.

use alloc::boxed::Box;
use alloc::vec::Vec;
use halt_heap::Value;

/// Line and column, from 1; 0 when unknown.
pub(crate) type Place = (u32, u32);

/// Number of a local within its function.
pub(crate) type Local = u32;

/// An analysed form.
pub(crate) enum Node<'s> {
    Const(Value<'s>),
    Local(Local),
    /// Content of the cell in a local or a capture (a function of `letfn`).
    Content(Box<Node<'s>>),
    Capture(u16),
    SelfRef,
    Var {
        var: Value<'s>,
        is_dynamic: bool,
        place: Place,
    },
    If(Box<[Node<'s>; 3]>),
    Do(Vec<Node<'s>>),
    Let {
        bindings: Vec<(Local, Node<'s>)>,
        body: Box<Node<'s>>,
    },
    Loop {
        bindings: Vec<(Local, Node<'s>)>,
        body: Box<Node<'s>>,
    },
    /// New values for these locals, then on with the loop or function that they belong to.
    Recur {
        locals: Vec<Local>,
        values: Vec<Node<'s>>,
        place: Place,
    },
    And(Vec<Node<'s>>),
    Or(Vec<Node<'s>>),
    Call {
        function: Box<Node<'s>>,
        arguments: Vec<Node<'s>>,
        place: Place,
    },
    Primitive {
        operator: Primitive,
        arguments: Vec<Node<'s>>,
        place: Place,
    },
    Function(Box<Function<'s>>),
    Define {
        var: Value<'s>,
        value: Option<Box<Node<'s>>>,
        meta: Value<'s>,
        place: Place,
    },
    Vector(Vec<Node<'s>>, Place),
    Map(Vec<Node<'s>>),
    Set(Vec<Node<'s>>),
    Throw(Box<Node<'s>>, Place),
    Try(Box<Try<'s>>),
    Binding {
        bindings: Vec<(Value<'s>, Node<'s>)>,
        body: Box<Node<'s>>,
    },
    /// Functions that refer to each other: cells are made, filled, then the body runs.
    Letfn {
        bindings: Vec<(Local, Node<'s>)>,
        body: Box<Node<'s>>,
    },
}

/// `try` with its clauses.
pub(crate) struct Try<'s> {
    pub(crate) body: Node<'s>,
    /// Type (nil for any), local of the error, body.
    pub(crate) catches: Vec<(Value<'s>, Local, Node<'s>)>,
    pub(crate) finally: Option<Node<'s>>,
}

/// A function: one or more arities that share their captures.
pub(crate) struct Function<'s> {
    pub(crate) name: Value<'s>,
    pub(crate) arities: Vec<Arity<'s>>,
    /// Where each captured value comes from in the enclosing function.
    pub(crate) captures: Vec<Node<'s>>,
}

/// One arity of a function.
pub(crate) struct Arity<'s> {
    /// How many parameters; they are the locals 0.. of the arity, the rest last.
    pub(crate) parameters: u32,
    /// Whether one more local takes the rest of the arguments.
    pub(crate) is_variadic: bool,
    pub(crate) body: Node<'s>,
}

/// What is compiled to an instruction of its own: a function of the core, as the program wrote it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Primitive {
    Add,
    Subtract,
    Multiply,
    Inc,
    Dec,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    Not,
    IsNil,
    First,
    Next,
    Rest,
}

impl Primitive {
    /// All of them with their name and their count of arguments, in the order of their numbers.
    pub(crate) const ALL: &'static [(Primitive, &'static str, usize)] = &[
        (Primitive::Add, "+", 2),
        (Primitive::Subtract, "-", 2),
        (Primitive::Multiply, "*", 2),
        (Primitive::Inc, "inc", 1),
        (Primitive::Dec, "dec", 1),
        (Primitive::Less, "<", 2),
        (Primitive::LessEqual, "<=", 2),
        (Primitive::Greater, ">", 2),
        (Primitive::GreaterEqual, ">=", 2),
        (Primitive::Equal, "=", 2),
        (Primitive::Not, "not", 1),
        (Primitive::IsNil, "nil?", 1),
        (Primitive::First, "first", 1),
        (Primitive::Next, "next", 1),
        (Primitive::Rest, "rest", 1),
    ];

    /// The primitive for a function of the core with a count of arguments.
    pub(crate) fn of(name: &str, count: usize) -> Option<Primitive> {
        Self::ALL.iter().find(|entry| (entry.1, entry.2) == (name, count)).map(|entry| entry.0)
    }

    /// The name of the function.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

const _: () = {
    let mut index = 0;
    while index < Primitive::ALL.len() {
        assert!(Primitive::ALL[index].0 as usize == index, "a primitive's number is its place in the list");
        index += 1;
    }
};
