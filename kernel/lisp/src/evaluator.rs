//! A plain evaluator over analysed forms: slow and obvious, the oracle for compiler and VM in tests.
//!
//! Enter at [`evaluate`]. It runs what the analyser gives, without bytecode, registers or a value stack: locals are a
//! vector, functions are Rust values, errors are `Err`. It knows no laziness, no processes, and no functions inside of
//! collections; the programs that tests generate need none.

use crate::analyser;
use crate::errors;
use crate::fiber::resolve_keyword;
use crate::native::Signal;
use crate::node::{Arity, Function, Local, Node, Primitive, Try};
use crate::reader::Reader;
use crate::runtime::{Runtime, var_atom};
use crate::vm::{BINDINGS, NAMESPACE, Vm};
use crate::{arithmetic, printer, seq, tags};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use halt_heap::{Mutator, Scope, Value};

/// What an expression gives.
#[derive(Clone)]
enum Thing<'n, 's> {
    Value(Value<'s>),
    Function(Rc<Closure<'n, 's>>),
    /// A place that is filled later (`letfn`).
    Cell(Rc<RefCell<Option<Thing<'n, 's>>>>),
}

struct Closure<'n, 's> {
    function: &'n Function<'s>,
    captures: Vec<Thing<'n, 's>>,
}

/// Why an expression gives nothing.
enum Flow<'n, 's> {
    Recur(Vec<Thing<'n, 's>>),
    Throw(Thing<'n, 's>),
    /// Out of steps, or something that this evaluator does not know.
    Stop(String),
}

impl<'s> From<Signal<'s>> for Flow<'_, 's> {
    fn from(signal: Signal<'s>) -> Self {
        match signal {
            Signal::Throw(error) => Flow::Throw(Thing::Value(error)),
            Signal::OutOfMemory => Flow::Stop("out of memory".to_string()),
            _ => Flow::Stop("a signal that only the machine knows".to_string()),
        }
    }
}

impl From<halt_heap::OutOfMemory> for Flow<'_, '_> {
    fn from(_: halt_heap::OutOfMemory) -> Self {
        Flow::Stop("out of memory".to_string())
    }
}

type Given<'n, 's, T = Thing<'n, 's>> = Result<T, Flow<'n, 's>>;

/// The printed value of a source's last form, or what [`describe_error`] says of the error that it throws. `Err` tells
/// why there is no answer: it takes more than `steps`, or uses what this evaluator does not know.
pub fn evaluate(
    runtime: &Runtime,
    mutator: &mut Mutator,
    source: &str,
    steps: u64,
) -> Result<String, String> {
    mutator.enter(|s| {
        let mut vm = Vm::attach(s, runtime, &(), source, 0, 0);
        s.root_set(NAMESPACE, s.symbol("user"));
        s.root_set(BINDINGS, Value::NIL);
        let namespace = vm.current_namespace().map_err(|error| error.to_string())?;
        let resolve = |alias: Option<&str>| resolve_keyword(s, runtime, namespace, alias);
        let mut reader = Reader::new(s, source, &resolve);
        let mut forms = Vec::new();
        while let Some(form) = reader.next_form().map_err(|error| error.to_string())? {
            match analyser::analyse(&mut vm, form) {
                Ok(function) => forms.push(function),
                Err(Signal::Throw(error)) => return Ok(describe_error(s, error)),
                Err(_) => return Err("the analyser gave up".to_string()),
            }
        }
        let mut evaluator = Evaluator { s, vm, vars: BTreeMap::new(), steps, depth: 0 };
        let mut last = Thing::Value(Value::NIL);
        for form in &forms {
            match evaluator.node(&form.arities[0].body, &mut Vec::new(), None) {
                Ok(thing) => last = thing,
                Err(Flow::Throw(Thing::Value(error))) => return Ok(describe_error(s, error)),
                Err(Flow::Stop(reason)) => return Err(reason),
                Err(_) => return Err("a function was thrown".to_string()),
            }
        }
        match last {
            Thing::Value(value) => Ok(printer::print(s, value, true)),
            _ => Err("the value is a function".to_string()),
        }
    })
}

/// The text by which [`evaluate`] describes an error value: its type, which place and wording do not change.
pub fn describe_error<'s>(s: Scope<'s>, error: Value<'s>) -> String {
    match errors::error_type(s, error) {
        Some(kind) => format!("error :{kind}"),
        None => format!("thrown {}", printer::print(s, error, true)),
    }
}

struct Evaluator<'a, 'n, 's> {
    s: Scope<'s>,
    vm: Vm<'a, 's>,
    /// Root values of vars by their full name.
    vars: BTreeMap<u64, Thing<'n, 's>>,
    steps: u64,
    depth: u32,
}

type Locals<'n, 's> = Vec<Thing<'n, 's>>;

fn set<'n, 's>(locals: &mut Locals<'n, 's>, local: Local, thing: Thing<'n, 's>) {
    let index = local as usize;
    if locals.len() <= index {
        locals.resize(index + 1, Thing::Value(Value::NIL));
    }
    locals[index] = thing;
}

impl<'n, 's> Evaluator<'_, 'n, 's> {
    fn node(
        &mut self,
        node: &'n Node<'s>,
        locals: &mut Locals<'n, 's>,
        own: Option<&Rc<Closure<'n, 's>>>,
    ) -> Given<'n, 's> {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            return Err(Flow::Stop("out of steps".to_string()));
        }
        let s = self.s;
        Ok(match node {
            Node::Const(value) => Thing::Value(*value),
            Node::Local(local) => locals[*local as usize].clone(),
            Node::Capture(index) => own.expect("a closure").captures[*index as usize].clone(),
            Node::SelfRef => Thing::Function(own.expect("a closure").clone()),
            Node::Content(cell) => match self.node(cell, locals, own)? {
                Thing::Cell(cell) => cell.borrow().clone().expect("letfn fills its cells"),
                thing => thing,
            },
            Node::Var { var, .. } => self.var(*var)?,
            Node::If(parts) => {
                let test = self.node(&parts[0], locals, own)?;
                self.node(&parts[if is_truthy(&test) { 1 } else { 2 }], locals, own)?
            }
            Node::Do(nodes) => {
                let mut last = Thing::Value(Value::NIL);
                for node in nodes {
                    last = self.node(node, locals, own)?;
                }
                last
            }
            Node::And(nodes) => {
                let mut last = Thing::Value(Value::TRUE);
                for node in nodes {
                    last = self.node(node, locals, own)?;
                    if !is_truthy(&last) {
                        break;
                    }
                }
                last
            }
            Node::Or(nodes) => {
                let mut last = Thing::Value(Value::NIL);
                for node in nodes {
                    last = self.node(node, locals, own)?;
                    if is_truthy(&last) {
                        break;
                    }
                }
                last
            }
            Node::Let { bindings, body } => {
                for (local, value) in bindings {
                    let value = self.node(value, locals, own)?;
                    set(locals, *local, value);
                }
                self.node(body, locals, own)?
            }
            Node::Letfn { bindings, body } => {
                for (local, _) in bindings {
                    set(locals, *local, Thing::Cell(Rc::new(RefCell::new(None))));
                }
                for (local, function) in bindings {
                    let function = self.node(function, locals, own)?;
                    if let Thing::Cell(cell) = &locals[*local as usize] {
                        cell.replace(Some(function));
                    }
                }
                self.node(body, locals, own)?
            }
            Node::Loop { bindings, body } => {
                for (local, value) in bindings {
                    let value = self.node(value, locals, own)?;
                    set(locals, *local, value);
                }
                loop {
                    match self.node(body, locals, own) {
                        Err(Flow::Recur(values)) => {
                            for ((local, _), value) in bindings.iter().zip(values) {
                                set(locals, *local, value);
                            }
                        }
                        result => break result?,
                    }
                }
            }
            Node::Recur { values, .. } => {
                let values = self.nodes(values, locals, own)?;
                return Err(Flow::Recur(values));
            }
            Node::Call { function, arguments, .. } => {
                let function = self.node(function, locals, own)?;
                let arguments = self.nodes(arguments, locals, own)?;
                self.call(function, arguments)?
            }
            Node::Primitive { operator, arguments, .. } => {
                let arguments = self.nodes(arguments, locals, own)?;
                Thing::Value(self.primitive(*operator, &arguments)?)
            }
            Node::Function(function) => {
                let captures = self.nodes(&function.captures, locals, own)?;
                Thing::Function(Rc::new(Closure { function, captures }))
            }
            Node::Define { var, value, .. } => {
                if let Some(value) = value {
                    let value = self.node(value, locals, own)?;
                    self.vars.insert(s.record_values(*var)[0].word(), value);
                }
                Thing::Value(*var)
            }
            Node::Vector(nodes, _) => Thing::Value(s.vector(&self.values(nodes, locals, own)?)?),
            Node::Set(nodes) => Thing::Value(s.set(&self.values(nodes, locals, own)?)?),
            Node::Map(nodes) => {
                let values = self.values(nodes, locals, own)?;
                let entries: Vec<_> = values.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
                Thing::Value(s.map(&entries)?)
            }
            Node::Throw(node, _) => return Err(Flow::Throw(self.node(node, locals, own)?)),
            Node::Try(parts) => self.try_node(parts, locals, own)?,
            Node::Binding { .. } => return Err(Flow::Stop("binding".to_string())),
        })
    }

    fn nodes(
        &mut self,
        nodes: &'n [Node<'s>],
        locals: &mut Locals<'n, 's>,
        own: Option<&Rc<Closure<'n, 's>>>,
    ) -> Given<'n, 's, Vec<Thing<'n, 's>>> {
        nodes.iter().map(|node| self.node(node, locals, own)).collect()
    }

    fn values(
        &mut self,
        nodes: &'n [Node<'s>],
        locals: &mut Locals<'n, 's>,
        own: Option<&Rc<Closure<'n, 's>>>,
    ) -> Given<'n, 's, Vec<Value<'s>>> {
        self.nodes(nodes, locals, own)?.into_iter().map(plain).collect()
    }

    fn var(&self, var: Value<'s>) -> Given<'n, 's> {
        let s = self.s;
        if let Some(thing) = self.vars.get(&s.record_values(var)[0].word()) {
            return Ok(thing.clone());
        }
        let value = s.atom_load(var_atom(s, var));
        if value.is_identical(Value::UNBOUND) {
            return Err(errors::throw(s, "unbound", "no value yet").into());
        }
        Ok(Thing::Value(value))
    }

    fn call(&mut self, function: Thing<'n, 's>, arguments: Vec<Thing<'n, 's>>) -> Given<'n, 's> {
        let closure = match function {
            Thing::Function(closure) => closure,
            Thing::Value(value) => {
                let arguments = arguments.into_iter().map(plain).collect::<Result<Vec<_>, _>>()?;
                let result = match self.s.record_tag(value) {
                    Some(tags::NATIVE) => self.vm.call_native(value, &arguments),
                    Some(_) => return Err(Flow::Stop("a compiled function".to_string())),
                    None => self.vm.call_value(value, &arguments),
                };
                return Ok(Thing::Value(result?));
            }
            Thing::Cell(_) => return Err(Flow::Stop("a call of a cell".to_string())),
        };
        let count = arguments.len();
        let takes = |arity: &Arity<'_>| {
            count == arity.parameters as usize || arity.is_variadic && count >= arity.parameters as usize
        };
        let Some(arity) = closure.function.arities.iter().find(|arity| takes(arity)) else {
            return Err(errors::throw(self.s, "arity", "wrong count of arguments").into());
        };
        self.depth += 1;
        if self.depth > 200 {
            return Err(Flow::Stop("deep recursion".to_string()));
        }
        let mut locals = arguments;
        if arity.is_variadic {
            let rest = locals.split_off(arity.parameters as usize);
            let rest = rest.into_iter().map(plain).collect::<Result<Vec<_>, _>>()?;
            let rest = if rest.is_empty() { Value::NIL } else { self.s.list(&rest)? };
            locals.push(Thing::Value(rest));
        }
        let result = loop {
            match self.node(&arity.body, &mut locals, Some(&closure)) {
                Err(Flow::Recur(values)) => {
                    for (index, value) in values.into_iter().enumerate() {
                        locals[index] = value;
                    }
                }
                result => break result,
            }
        };
        self.depth -= 1;
        result
    }

    fn primitive(&self, operator: Primitive, arguments: &[Thing<'n, 's>]) -> Given<'n, 's, Value<'s>> {
        let s = self.s;
        if let [argument] = arguments {
            let value = || plain(argument.clone());
            return Ok(match operator {
                Primitive::Not => Value::bool(!is_truthy(argument)),
                Primitive::First => seq::first(s, value()?)?,
                Primitive::Next => seq::next(s, value()?)?,
                Primitive::Rest => seq::rest(s, value()?)?,
                Primitive::Inc | Primitive::Dec => arithmetic::written(s, operator, value()?, s.int(1)?)?,
                _ => Value::bool(matches!(argument, Thing::Value(value) if value.is_nil())),
            });
        }
        let (a, b) = (plain(arguments[0].clone())?, plain(arguments[1].clone())?);
        Ok(match operator {
            Primitive::Add | Primitive::Subtract | Primitive::Multiply => {
                arithmetic::written(s, operator, a, b)?
            }
            Primitive::Equal => Value::bool(seq::equal(s, a, b)?),
            _ => Value::bool(arithmetic::holds(s, operator, a, b)?),
        })
    }

    fn try_node(
        &mut self,
        parts: &'n Try<'s>,
        locals: &mut Locals<'n, 's>,
        own: Option<&Rc<Closure<'n, 's>>>,
    ) -> Given<'n, 's> {
        let depth = self.depth;
        let mut result = self.node(&parts.body, locals, own);
        if let Err(Flow::Throw(error)) = result {
            self.depth = depth;
            let is_of = |wanted| match &error {
                Thing::Value(value) => errors::has_type(self.s, *value, wanted),
                _ => false,
            };
            let clause = parts.catches.iter().find(|catch| catch.0.is_nil() || is_of(catch.0));
            result = match clause {
                Some((_, local, body)) => {
                    set(locals, *local, error);
                    self.node(body, locals, own)
                }
                None => Err(Flow::Throw(error)),
            };
        }
        if let Some(finally) = &parts.finally
            && !matches!(result, Err(Flow::Stop(_)))
        {
            self.node(finally, locals, own)?;
        }
        result
    }
}

fn plain<'n, 's>(thing: Thing<'n, 's>) -> Given<'n, 's, Value<'s>> {
    match thing {
        Thing::Value(value) => Ok(value),
        _ => Err(Flow::Stop("a function where a value is wanted".to_string())),
    }
}

fn is_truthy(thing: &Thing<'_, '_>) -> bool {
    match thing {
        Thing::Value(value) => value.is_truthy(),
        _ => true,
    }
}
