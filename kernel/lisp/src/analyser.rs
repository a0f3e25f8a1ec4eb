//! The analyser: forms to nodes. Resolves names, expands macros, checks the shape of special forms.
//!
//! Enter at [`analyse`]. Special forms are in this file, destructuring in `destructure.rs`, the macros that come with
//! the compiler in `macros.rs`, syntax-quote in `quasi.rs`. Macros written in Lisp run in a nested machine.
//!
//! Invariant: an error names the innermost form whose place is known.

use crate::bytecode;
use crate::confine;
use crate::errors;
use crate::native::Signal;
use crate::natives;
use crate::node::{Arity, Function, Local, Node, Place, Primitive, Try};
use crate::printer::{self, PrintLimits};
use crate::reader;
use crate::runtime::{self, CORE};
use crate::vm::Vm;
use crate::{destructure, macros, quasi, seq, suggest, tags};
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, Scope, Value};

/// Deepest nesting of forms that are compiled, macros expanded: bounds the native stack.
pub(crate) const DEPTH_MAX: u32 = 250;
/// Calls and loop turns that one macro expansion may take.
const EXPANSION_FUEL: i64 = 2_000_000;
/// Operands beyond three of a sum or a product that is compiled to instructions: their nodes are nested.
const OPERANDS_MAX: usize = 16;
/// Expansions of one form in a row.
const EXPANSIONS_MAX: u32 = 1_000;

pub(crate) type Analysed<'s, T = Node<'s>> = Result<T, Signal<'s>>;

/// The names that [`Analyser::special`] knows.
const SPECIAL: &[&str] = &[
    "quote",
    "if",
    "do",
    "let*",
    "let",
    "loop*",
    "loop",
    "fn*",
    "fn",
    "recur",
    "def",
    "var",
    "throw",
    "try",
    "and",
    "or",
    "binding",
    "letfn",
    "letfn*",
    "syntax-quote",
    "unquote",
    "unquote-splicing",
    "catch",
    "finally",
];

/// Whether a name is that of a special form.
pub(crate) fn is_special(name: &str) -> bool {
    SPECIAL.contains(&name)
}

/// What a name that is not a var stands for.
#[derive(Clone, Copy)]
struct Binding<'s> {
    symbol: Value<'s>,
    local: Local,
    /// Whether the local holds a cell with the value (`letfn`).
    is_cell: bool,
}

struct FunctionScope<'s> {
    /// The name by which the function knows itself, or nil.
    name: Value<'s>,
    bindings: Vec<Binding<'s>>,
    next_local: Local,
    /// Locals that `recur` gives new values; `None` where it is not allowed.
    recur: Option<Vec<Local>>,
    /// Captured names, whether they are cells, and where they come from.
    captures: Vec<(Value<'s>, bool, Node<'s>)>,
}

impl<'s> FunctionScope<'s> {
    fn new(name: Value<'s>) -> FunctionScope<'s> {
        FunctionScope { name, bindings: Vec::new(), next_local: 0, recur: None, captures: Vec::new() }
    }
}

/// The state of analysing one top-level form.
pub(crate) struct Analyser<'v, 'a, 's> {
    pub(crate) vm: &'v mut Vm<'a, 's>,
    pub(crate) s: Scope<'s>,
    namespace: Value<'s>,
    functions: Vec<FunctionScope<'s>>,
    place: Place,
    serial: u32,
    name_hint: Value<'s>,
    /// The `:halt/symbols` of the innermost form that was read: a `def` in it, or in what a macro made of it, finds
    /// what was written on its name.
    written: Value<'s>,
    words: Words<'s>,
}

/// Keywords that every form is asked about.
struct Words<'s> {
    r#macro: Value<'s>,
    dynamic: Value<'s>,
    symbols: Value<'s>,
}

/// Analyses a top-level form as a function of no arguments.
pub(crate) fn analyse<'s>(vm: &mut Vm<'_, 's>, form: Value<'s>) -> Analysed<'s, Function<'s>> {
    let body = Analyser::new(vm)?.form(form)?;
    Ok(Function {
        name: Value::NIL,
        arities: alloc::vec![Arity { parameters: 0, is_variadic: false, body }],
        captures: Vec::new(),
    })
}

/// A top-level form, its macros expanded as far as one could make a `do` of it.
pub(crate) enum Top<'s> {
    /// What is to be compiled.
    Form(Value<'s>),
    /// The forms of a `do`: top-level forms of their own, so that a macro or a namespace made in one is known in the next.
    Parts(Vec<Value<'s>>),
}

/// Finds out what a top-level form is.
pub(crate) fn top<'s>(vm: &mut Vm<'_, 's>, form: Value<'s>) -> Analysed<'s, Top<'s>> {
    let mut analyser = Analyser::new(vm)?;
    let (s, mut form) = (analyser.s, form);
    analyser.take_place(form);
    for _ in 0..EXPANSIONS_MAX {
        if s.kind(form) != Kind::Pair || s.kind(s.first_of(form)) != Kind::Symbol {
            return Ok(Top::Form(form));
        }
        let items = seq::to_vec(s, form)?;
        if items[0].is_identical(s.symbol("do")) {
            let parts = items[1..].iter().map(|part| analyser.keep_place(*part, form));
            return Ok(Top::Parts(parts.collect::<Result<_, _>>()?));
        }
        let var = match analyser.vm.runtime.lookup(s, analyser.namespace, items[0]) {
            Some(var) => Some(var),
            None => analyser.vm.resolve(analyser.namespace, items[0])?,
        };
        match analyser.expand_with(var, form, &items)? {
            Some(expansion) => form = analyser.keep_place(expansion, form)?,
            None => return Ok(Top::Form(form)),
        }
    }
    analyser.fail(&format!("macro expansion does not end: {}", analyser.show(form)))
}

/// One expansion step of a form, if its head is a macro.
pub(crate) fn expand_once<'s>(vm: &mut Vm<'_, 's>, form: Value<'s>) -> Analysed<'s, Option<Value<'s>>> {
    Analyser::new(vm)?.expand_once(form)
}

impl<'v, 'a, 's> Analyser<'v, 'a, 's> {
    fn new(vm: &'v mut Vm<'a, 's>) -> Analysed<'s, Self> {
        let (s, namespace) = (vm.s, vm.current_namespace()?);
        let functions = alloc::vec![FunctionScope::new(Value::NIL)];
        let place = vm.form_place;
        Ok(Analyser {
            vm,
            s,
            namespace,
            functions,
            place,
            serial: 0,
            name_hint: Value::NIL,
            written: Value::NIL,
            words: Words {
                r#macro: s.keyword("macro"),
                dynamic: s.keyword("dynamic"),
                symbols: s.keyword("halt/symbols"),
            },
        })
    }

    /// An error at the place of the form that is analysed.
    pub(crate) fn fail<T>(&self, message: &str) -> Analysed<'s, T> {
        Err(match errors::error(self.s, "compile", message).and_then(|e| self.vm.at_place(e, self.place)) {
            Ok(error) => Signal::Throw(error),
            Err(_) => Signal::OutOfMemory,
        })
    }

    pub(crate) fn show(&self, form: Value<'s>) -> alloc::string::String {
        printer::print_limited(self.s, form, true, PrintLimits::SHORT)
    }

    /// A symbol that no program writes, the same for the same place in the same form.
    pub(crate) fn fresh(&mut self, stem: &str) -> Value<'s> {
        self.serial += 1;
        self.s.symbol(&format!("{stem}__{}__auto", self.serial))
    }

    pub(crate) fn namespace(&self) -> Value<'s> {
        self.namespace
    }

    pub(crate) fn form(&mut self, form: Value<'s>) -> Analysed<'s> {
        let outer = self.place;
        self.vm.depth += 1;
        if self.vm.depth > DEPTH_MAX {
            self.vm.depth -= 1;
            return self.fail(&format!("forms are nested deeper than {DEPTH_MAX} levels"));
        }
        let written = self.written;
        let node = self.form_here(form);
        self.vm.depth -= 1;
        self.place = outer;
        self.written = written;
        node
    }

    fn form_here(&mut self, form: Value<'s>) -> Analysed<'s> {
        let s = self.s;
        let hint = core::mem::replace(&mut self.name_hint, Value::NIL);
        match s.kind(form) {
            Kind::Symbol => self.symbol(form),
            Kind::Pair => {
                self.take_place(form);
                self.take_written(form);
                self.list(form, hint)
            }
            Kind::Record if seq::is_seq(s, form) => {
                let items = seq::to_vec(s, form)?;
                let list = s.list(&items)?;
                if items.is_empty() { Ok(Node::Const(list)) } else { self.list(list, hint) }
            }
            Kind::Vector => {
                self.take_place(form);
                let items: Vec<_> = s.vector_iter(form).collect();
                let place = self.place;
                self.literal(form, &items, |nodes| Node::Vector(nodes, place))
            }
            Kind::Set => {
                self.take_place(form);
                let items: Vec<_> = s.set_iter(form).collect();
                self.literal(form, &items, Node::Set)
            }
            Kind::Map => {
                self.take_place(form);
                let items: Vec<_> = s.map_iter(form).flat_map(|(key, value)| [key, value]).collect();
                self.literal(form, &items, Node::Map)
            }
            Kind::Record if s.record_tag(form) == Some(crate::tags::TAGGED) => {
                let tag = s.name(s.record_values(form)[0]).unwrap_or("?");
                self.fail(&format!("no reader for the tag #{tag}"))
            }
            _ => Ok(Node::Const(form)),
        }
    }

    /// Forms none of which is in tail position.
    fn forms(&mut self, forms: &[Value<'s>]) -> Analysed<'s, Vec<Node<'s>>> {
        self.without_recur(|this| forms.iter().map(|form| this.form(*form)).collect())
    }

    fn take_place(&mut self, form: Value<'s>) {
        if let Some(place) = reader::place_of(self.s, self.s.meta(form)) {
            self.place = place;
        }
    }

    /// What was written on the names of a form that was read. A form that a macro made has no place: what was
    /// written in the macro's call holds for it, as in Clojure, where the name itself would bear it.
    fn take_written(&mut self, form: Value<'s>) {
        let meta = self.s.meta(form);
        if reader::place_of(self.s, meta).is_some() {
            let symbols = (self.s.kind(meta) == Kind::Map).then(|| self.s.map_get(meta, self.words.symbols));
            self.written = symbols.flatten().unwrap_or(Value::NIL);
        }
    }

    /// A collection literal: a constant when all its parts are.
    fn literal(
        &mut self,
        form: Value<'s>,
        items: &[Value<'s>],
        make: impl FnOnce(Vec<Node<'s>>) -> Node<'s>,
    ) -> Analysed<'s> {
        let s = self.s;
        let nodes = self.forms(items)?;
        let meta = s.meta(form);
        let user_meta = s.kind(meta) == Kind::Map;
        if !nodes.iter().all(|node| matches!(node, Node::Const(_))) {
            return Ok(make(nodes));
        }
        // The parts may differ from the form's own (a quoted part): build the constant from them.
        let values: Vec<_> = nodes
            .iter()
            .map(|node| if let Node::Const(value) = node { *value } else { Value::NIL })
            .collect();
        let constant = match s.kind(form) {
            Kind::Vector => s.vector(&values)?,
            Kind::Set => s.set(&values)?,
            _ => s.map(&values.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>())?,
        };
        let meta = if user_meta {
            let meta = s.map_dissoc(meta, s.keyword("line"))?;
            let meta = s.map_dissoc(meta, s.keyword("column"))?;
            s.map_dissoc(meta, s.keyword("halt/symbols"))?
        } else {
            Value::NIL
        };
        let has_meta = user_meta && s.map_count(meta) > 0;
        Ok(Node::Const(if has_meta { s.with_meta(constant, meta)? } else { constant }))
    }

    fn symbol(&mut self, symbol: Value<'s>) -> Analysed<'s> {
        if let Some(node) = self.resolve_local(symbol, self.functions.len() - 1) {
            return Ok(node);
        }
        if let Some(form) = self.own_var(symbol) {
            return self.form(form);
        }
        let var = self.resolve_var(symbol)?;
        self.var_node(var)
    }

    fn var_node(&mut self, var: Value<'s>) -> Analysed<'s> {
        let s = self.s;
        let is_own = self.vm.findings.defines.is_some_and(|own| own.is_identical(var));
        if !is_own && s.atom_load(runtime::var_atom(s, var)).is_identical(Value::UNBOUND) {
            self.vm.findings.is_open = true;
        }
        if self.has_flag(var, self.words.r#macro) {
            let name = s.name(s.record_values(var)[0]).unwrap_or("?");
            return self.fail(&format!("{name} is a macro, it has no value"));
        }
        Ok(Node::Var { var, is_dynamic: self.has_flag(var, self.words.dynamic), place: self.place })
    }

    /// Whether a var's metadata says so.
    fn has_flag(&self, var: Value<'s>, key: Value<'s>) -> bool {
        let info = self.s.atom_info(runtime::var_atom(self.s, var));
        self.s.kind(info) == Kind::Map && self.s.map_get(info, key).is_some_and(Value::is_truthy)
    }

    /// `*ns*` and `*file*`, which the compiler knows better than a var.
    fn own_var(&mut self, symbol: Value<'s>) -> Option<Value<'s>> {
        let s = self.s;
        let name = s.name(symbol).filter(|name| name.ends_with('*'))?;
        match name.strip_prefix("clojure.core/").unwrap_or(name) {
            "*ns*" => {
                let name = s.list(&[s.symbol("clojure.core/current-ns*")]).ok()?;
                s.list(&[s.symbol("clojure.core/the-ns"), name]).ok()
            }
            "*file*" => Some(self.vm.file),
            _ => None,
        }
    }

    fn resolve_var(&mut self, symbol: Value<'s>) -> Analysed<'s, Value<'s>> {
        match self.vm.resolve(self.namespace, symbol)? {
            Some(var) => Ok(var),
            None => {
                let message =
                    suggest::unbound(self.vm.runtime, self.s, self.namespace, symbol, &self.local_names());
                let name = self.s.name(symbol).unwrap_or("");
                Err(
                    match errors::error(self.s, "unbound", &message)
                        .and_then(|e| self.vm.at_symbol(e, self.place, name))
                    {
                        Ok(error) => Signal::Throw(error),
                        Err(_) => Signal::OutOfMemory,
                    },
                )
            }
        }
    }

    fn local_names(&self) -> Vec<&'static str> {
        let bindings = self.functions.iter().flat_map(|function| &function.bindings);
        bindings.filter_map(|binding| self.s.name(binding.symbol)).collect()
    }

    fn resolve_local(&mut self, symbol: Value<'s>, level: usize) -> Option<Node<'s>> {
        let function = &self.functions[level];
        if let Some(found) = function.bindings.iter().rev().find(|b| b.symbol.is_identical(symbol)) {
            let local = Node::Local(found.local);
            return Some(if found.is_cell { Node::Content(Box::new(local)) } else { local });
        }
        if function.name.is_identical(symbol) {
            return Some(Node::SelfRef);
        }
        let position = function.captures.iter().position(|capture| capture.0.is_identical(symbol));
        let index = match position {
            Some(index) => index,
            None => {
                let (is_cell, source) = match self.resolve_local(symbol, level.checked_sub(1)?)? {
                    Node::Content(cell) => (true, *cell),
                    node => (false, node),
                };
                let captures = &mut self.functions[level].captures;
                captures.push((symbol, is_cell, source));
                captures.len() - 1
            }
        };
        let is_cell = self.functions[level].captures[index].1;
        let capture = Node::Capture(index as u16);
        Some(if is_cell { Node::Content(Box::new(capture)) } else { capture })
    }

    fn is_local(&self, symbol: Value<'s>) -> bool {
        self.functions.iter().any(|function| {
            function.name.is_identical(symbol) && !symbol.is_nil()
                || function.bindings.iter().any(|binding| binding.symbol.is_identical(symbol))
        })
    }

    /// Whether a symbol means a var here. Where it means none, it may another time.
    pub(crate) fn is_var(&mut self, symbol: Value<'s>) -> Analysed<'s, bool> {
        let is_var = self.vm.resolve(self.namespace, symbol)?.is_some();
        self.vm.findings.is_open |= !is_var;
        Ok(is_var)
    }

    /// Whether a form names a function that the heap's own swap can call. What it names may be another one later.
    fn is_plain(&mut self, form: Value<'s>) -> Analysed<'s, bool> {
        let s = self.s;
        if s.kind(form) != Kind::Symbol || self.is_local(form) {
            return Ok(false);
        }
        let var = self.vm.resolve(self.namespace, form)?;
        Ok(var.is_some_and(|var| natives::is_plain(s, s.atom_load(runtime::var_atom(s, var)))))
    }

    fn list(&mut self, form: Value<'s>, hint: Value<'s>) -> Analysed<'s> {
        let s = self.s;
        let mut form = form;
        for _ in 0..EXPANSIONS_MAX {
            let items = seq::to_vec(s, form)?;
            let head = items[0];
            if s.kind(head) != Kind::Symbol || self.is_local(head) {
                return self.call(&items);
            }
            let name = s.name(head).unwrap_or("");
            let own = self.vm.runtime.lookup(s, self.namespace, head);
            let short = match name.strip_prefix("clojure.core/") {
                Some(short) if !short.is_empty() => Some(short),
                _ if own.is_none() => Some(name),
                _ if s.name(self.namespace_name()) == Some(CORE) => Some(name),
                _ => None,
            };
            if let Some(short) = short {
                if let Some(node) = self.special(short, &items, hint) {
                    return node;
                }
                if let Some(expansion) = macros::expand(self, short, &items[1..]) {
                    form = self.keep_place(expansion?, form)?;
                    if s.kind(form) != Kind::Pair {
                        return self.form(form);
                    }
                    continue;
                }
            }
            let var = match own {
                Some(var) => Some(var),
                None => self.vm.resolve(self.namespace, head)?,
            };
            let Some(expansion) = self.expand_with(var, form, &items)? else {
                // The core's own calls of these, too, are instructions.
                let is_core = own.is_none() || s.name(self.namespace_name()) == Some(CORE);
                if let Some(short) = short.filter(|_| is_core)
                    && let Some(operator) = Primitive::of(short, items.len() - 1)
                    && var.is_some()
                {
                    return self.primitive(operator, &items[1..]);
                }
                if let Some(name @ ("+" | "-" | "*")) = short.filter(|_| is_core)
                    && let [_, first, second, third @ .., last] = &items[..]
                    && third.len() < OPERANDS_MAX
                    && let Some(operator) = Primitive::of(name, 2)
                    && var.is_some()
                {
                    return self.sum(operator, [*first, *second], third, *last);
                }
                if let (Some("swap!"), [_, atom, function, more @ ..]) =
                    (short.filter(|_| is_core), &items[..])
                    && self.is_plain(*function)?
                {
                    let swap = s.symbol("clojure.core/swap-plain*");
                    return self.call(&[&[swap, *atom, *function], more].concat());
                }
                return match var.filter(|_| !name.ends_with('*')) {
                    // No other name than `own_var` knows.
                    Some(var) => {
                        confine::check_name(s, var)?;
                        let function = self.var_node(var)?;
                        self.call_of(function, &items[1..])
                    }
                    None => self.call(&items),
                };
            };
            form = self.keep_place(expansion, form)?;
            self.take_written(form);
            if s.kind(form) != Kind::Pair {
                return self.form(form);
            }
        }
        self.fail(&format!("macro expansion does not end: {}", self.show(form)))
    }

    fn namespace_name(&self) -> Value<'s> {
        runtime::namespace_parts(self.s, self.namespace)[0]
    }

    fn keep_place(&mut self, expansion: Value<'s>, form: Value<'s>) -> Analysed<'s, Value<'s>> {
        let s = self.s;
        let expansion = if s.kind(expansion) == Kind::Record && seq::is_seq(s, expansion) {
            s.list(&seq::to_vec(s, expansion)?)?
        } else {
            expansion
        };
        if s.kind(expansion) == Kind::Pair && s.meta(expansion).is_nil() {
            return Ok(s.with_meta(expansion, s.meta(form))?);
        }
        Ok(expansion)
    }

    fn expand_once(&mut self, form: Value<'s>) -> Analysed<'s, Option<Value<'s>>> {
        let s = self.s;
        if s.kind(form) != Kind::Pair || s.kind(s.first_of(form)) != Kind::Symbol {
            return Ok(None);
        }
        let items = seq::to_vec(s, form)?;
        let name = s.name(items[0]).unwrap_or("");
        let short = name.strip_prefix("clojure.core/").unwrap_or(name);
        if let Some(expansion) = macros::expand(self, short, &items[1..]) {
            return expansion.map(Some);
        }
        let var = self.vm.resolve(self.namespace, items[0])?;
        self.expand_with(var, form, &items)
    }

    fn expand_with(
        &mut self,
        var: Option<Value<'s>>,
        form: Value<'s>,
        items: &[Value<'s>],
    ) -> Analysed<'s, Option<Value<'s>>> {
        let s = self.s;
        let Some(var) = var else { return Ok(None) };
        if !self.has_flag(var, self.words.r#macro) {
            return Ok(None);
        }
        let expander = s.atom_load(runtime::var_atom(s, var));
        match s.record_parts(expander) {
            Some((tags::FUNCTION, _, [shape, ..])) if shape & bytecode::LIBRARY != 0 => {
                self.vm.findings.has_macros = true;
            }
            _ => self.vm.findings.is_open = true,
        }
        let mut arguments = alloc::vec![form, Value::NIL];
        arguments.extend(&items[1..]);
        match self.vm.call_nested(expander, &arguments, EXPANSION_FUEL, "macro expansion") {
            Ok(expansion) => {
                self.vm.realise_nested(expansion)?;
                Ok(Some(expansion))
            }
            Err(Signal::Throw(error)) => Err(Signal::Throw(self.vm.at_place(error, self.place)?)),
            Err(signal) => Err(signal),
        }
    }

    fn call(&mut self, items: &[Value<'s>]) -> Analysed<'s> {
        let function = self.without_recur(|this| this.form(items[0]))?;
        self.call_of(function, &items[1..])
    }

    fn call_of(&mut self, function: Node<'s>, arguments: &[Value<'s>]) -> Analysed<'s> {
        let place = self.place;
        let arguments = self.forms(arguments)?;
        Ok(Node::Call { function: Box::new(function), arguments, place })
    }

    fn primitive(&mut self, operator: Primitive, items: &[Value<'s>]) -> Analysed<'s> {
        let place = self.place;
        let arguments = self.forms(items)?;
        Ok(Node::Primitive { operator, arguments, place })
    }

    /// More than two operands: the operation of the first two and so on, as Clojure inlines it.
    fn sum(
        &mut self,
        operator: Primitive,
        first: [Value<'s>; 2],
        more: &[Value<'s>],
        last: Value<'s>,
    ) -> Analysed<'s> {
        let mut node = self.primitive(operator, &first)?;
        for operand in more.iter().chain([&last]) {
            let operand = self.without_recur(|this| this.form(*operand))?;
            node = Node::Primitive { operator, arguments: alloc::vec![node, operand], place: self.place };
        }
        Ok(node)
    }

    fn special(&mut self, name: &str, items: &[Value<'s>], hint: Value<'s>) -> Option<Analysed<'s>> {
        let arguments = &items[1..];
        Some(match name {
            "quote" => self.one(name, arguments).map(Node::Const),
            "if" => self.if_form(arguments),
            "do" => self.body(arguments),
            "let*" | "let" => self.let_form(name, arguments, false),
            "loop*" | "loop" => self.let_form(name, arguments, true),
            "fn*" | "fn" => self.function_form(arguments, hint),
            "recur" => self.recur(arguments),
            "def" => self.define(arguments),
            "var" => self.var_form(arguments),
            "throw" => match self.one(name, arguments) {
                Ok(argument) => {
                    let place = self.place;
                    self.without_recur(|this| this.form(argument))
                        .map(|node| Node::Throw(Box::new(node), place))
                }
                Err(signal) => Err(signal),
            },
            "try" => self.try_form(arguments),
            "and" | "or" => self.and_or(name == "and", arguments),
            "binding" => self.binding(arguments),
            "letfn" | "letfn*" => self.letfn(arguments),
            "syntax-quote" => {
                self.vm.findings.is_open = true;
                match self.one(name, arguments).and_then(|argument| quasi::expand(self, argument, 0)) {
                    Ok(expansion) => self.form(expansion),
                    Err(signal) => Err(signal),
                }
            }
            "unquote" | "unquote-splicing" => self.fail("`~` outside of a syntax-quote"),
            "catch" | "finally" => self.fail(&format!("`{name}` outside of a try")),
            _ => return None,
        })
    }

    fn one(&self, name: &str, arguments: &[Value<'s>]) -> Analysed<'s, Value<'s>> {
        match arguments {
            [argument] => Ok(*argument),
            _ => self.fail(&format!("{name} wants one form, got {}", arguments.len())),
        }
    }

    fn if_form(&mut self, arguments: &[Value<'s>]) -> Analysed<'s> {
        let (test, then, otherwise) = match arguments {
            [test, then] => (*test, *then, Value::NIL),
            [test, then, otherwise] => (*test, *then, *otherwise),
            _ => {
                return self
                    .fail(&format!("if wants a test, a then and an else, got {} forms", arguments.len()));
            }
        };
        let test = self.without_recur(|this| this.form(test))?;
        let then = self.form(then)?;
        let otherwise = self.form(otherwise)?;
        Ok(Node::If(Box::new([test, then, otherwise])))
    }

    /// Forms one after the other; the last one's value.
    pub(crate) fn body(&mut self, forms: &[Value<'s>]) -> Analysed<'s> {
        match forms {
            [] => Ok(Node::Const(Value::NIL)),
            [form] => self.form(*form),
            [first @ .., last] => {
                let mut nodes = Vec::with_capacity(forms.len());
                for form in first {
                    nodes.push(self.without_recur(|this| this.form(*form))?);
                }
                nodes.push(self.form(*last)?);
                Ok(Node::Do(nodes))
            }
        }
    }

    fn without_recur<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let level = self.functions.len() - 1;
        let recur = self.functions[level].recur.take();
        let result = body(self);
        self.functions[level].recur = recur;
        result
    }

    fn bind(&mut self, symbol: Value<'s>, is_cell: bool) -> Local {
        let function = self.functions.last_mut().expect("there is always a function");
        let local = function.next_local;
        function.next_local += 1;
        function.bindings.push(Binding { symbol, local, is_cell });
        local
    }

    /// Runs `body` with the bindings that it makes, then forgets them.
    fn scoped<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let level = self.functions.len() - 1;
        let count = self.functions[level].bindings.len();
        let result = body(self);
        self.functions[level].bindings.truncate(count);
        result
    }

    fn binding_pairs(
        &mut self,
        name: &str,
        form: Option<&Value<'s>>,
    ) -> Analysed<'s, Vec<(Value<'s>, Value<'s>)>> {
        let s = self.s;
        let Some(vector) = form.copied().filter(|form| s.kind(*form) == Kind::Vector) else {
            let got = form.map_or_else(|| "nothing".into(), |form| self.show(*form));
            return self.fail(&format!("{name} wants a vector of bindings, got {got}"));
        };
        let items: Vec<_> = s.vector_iter(vector).collect();
        if items.len() % 2 == 1 {
            let last = self.show(items[items.len() - 1]);
            return self.fail(&format!("{name} wants a value for every binding: {last} has none"));
        }
        Ok(items.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
    }

    fn let_form(&mut self, name: &str, arguments: &[Value<'s>], is_loop: bool) -> Analysed<'s> {
        let pairs = self.binding_pairs(name, arguments.first())?;
        let body = &arguments[1..];
        let is_simple = pairs.iter().all(|(target, _)| self.s.kind(*target) == Kind::Symbol);
        if is_loop && !is_simple {
            let form = destructure::loop_form(self, &pairs, body)?;
            return self.form(form);
        }
        let pairs = if is_simple { pairs } else { destructure::pairs(self, &pairs)? };
        self.scoped(|this| {
            let mut bindings = Vec::with_capacity(pairs.len());
            for (symbol, value) in &pairs {
                if this.s.name(*symbol).is_some_and(|name| runtime::split(name).is_some()) {
                    return this.fail(&format!("a local has no namespace: {}", this.show(*symbol)));
                }
                this.name_hint = *symbol;
                let value = this.without_recur(|this| this.form(*value))?;
                this.name_hint = Value::NIL;
                bindings.push((this.bind(*symbol, false), value));
            }
            if !is_loop {
                let body = Box::new(this.body(body)?);
                return Ok(if bindings.is_empty() { *body } else { Node::Let { bindings, body } });
            }
            let level = this.functions.len() - 1;
            let locals = bindings.iter().map(|binding| binding.0).collect();
            let outer = this.functions[level].recur.replace(locals);
            let body = this.body(body);
            this.functions[level].recur = outer;
            Ok(Node::Loop { bindings, body: Box::new(body?) })
        })
    }

    fn recur(&mut self, arguments: &[Value<'s>]) -> Analysed<'s> {
        let Some(locals) = self.functions.last().and_then(|function| function.recur.clone()) else {
            return self.fail("recur is only allowed where a loop or function would return");
        };
        if locals.len() != arguments.len() {
            let (wanted, got) = (locals.len(), arguments.len());
            return self.fail(&format!("recur wants {wanted} values here, got {got}"));
        }
        let values = self.forms(arguments)?;
        Ok(Node::Recur { locals, values, place: self.place })
    }

    fn function_form(&mut self, arguments: &[Value<'s>], hint: Value<'s>) -> Analysed<'s> {
        let s = self.s;
        let (name, rest) = match arguments {
            [name, rest @ ..] if s.kind(*name) == Kind::Symbol => (*name, rest),
            _ => (Value::NIL, arguments),
        };
        let clauses = self.clauses("fn", rest)?;
        let shown_name = if name.is_nil() { hint } else { name };
        self.functions.push(FunctionScope::new(name));
        let arities = self.arities(&clauses);
        let scope = self.functions.pop().expect("the function's own scope");
        let captures = scope.captures.into_iter().map(|capture| capture.2).collect();
        Ok(Node::Function(Box::new(Function { name: shown_name, arities: arities?, captures })))
    }

    /// Parameters and body of every arity: `[x] ...` or `([x] ...) ([x y] ...)`.
    pub(crate) fn clauses(
        &mut self,
        what: &str,
        forms: &[Value<'s>],
    ) -> Analysed<'s, Vec<(Value<'s>, Vec<Value<'s>>)>> {
        let s = self.s;
        match forms {
            [vector, body @ ..] if s.kind(*vector) == Kind::Vector => {
                Ok(alloc::vec![(*vector, body.to_vec())])
            }
            [] => self.fail(&format!("{what} wants a vector of parameters")),
            _ => {
                let mut clauses = Vec::new();
                for form in forms {
                    let parts = if seq::is_seq(s, *form) { seq::to_vec(s, *form)? } else { Vec::new() };
                    match parts.split_first() {
                        Some((vector, body)) if s.kind(*vector) == Kind::Vector => {
                            clauses.push((*vector, body.to_vec()));
                        }
                        _ => {
                            let shown = self.show(*form);
                            return self.fail(&format!("{what} wants a vector of parameters, got {shown}"));
                        }
                    }
                }
                Ok(clauses)
            }
        }
    }

    fn arities(&mut self, clauses: &[(Value<'s>, Vec<Value<'s>>)]) -> Analysed<'s, Vec<Arity<'s>>> {
        let mut arities: Vec<Arity<'s>> = Vec::with_capacity(clauses.len());
        for (vector, body) in clauses {
            let arity = self.arity(*vector, body)?;
            let clash = arities.iter().any(|other| {
                other.is_variadic == arity.is_variadic
                    && (arity.is_variadic || other.parameters == arity.parameters)
            });
            if clash {
                return self.fail("two arities of a function take the same count of arguments");
            }
            arities.push(arity);
        }
        arities.sort_by_key(|arity| (arity.is_variadic, arity.parameters));
        Ok(arities)
    }

    fn arity(&mut self, vector: Value<'s>, body: &[Value<'s>]) -> Analysed<'s, Arity<'s>> {
        let s = self.s;
        let ampersand = s.symbol("&");
        let items: Vec<_> = s.vector_iter(vector).collect();
        let (fixed, rest) = match items.iter().position(|item| item.is_identical(ampersand)) {
            Some(at) if at + 2 == items.len() => (&items[..at], Some(items[at + 1])),
            Some(_) => return self.fail("`&` wants one name for the rest, at the end of the parameters"),
            None => (&items[..], None),
        };
        if fixed.len() > 250 {
            return self.fail("a function takes at most 250 parameters");
        }
        let body = self.conditions(body)?;
        let level = self.functions.len() - 1;
        self.functions[level].bindings.clear();
        self.functions[level].next_local = 0;
        let mut patterns = Vec::new();
        for parameter in fixed.iter().copied().chain(rest) {
            let symbol = if s.kind(parameter) == Kind::Symbol {
                parameter
            } else {
                let symbol = self.fresh("argument");
                patterns.push((parameter, symbol));
                symbol
            };
            self.bind(symbol, false);
        }
        let count = fixed.len() as u32 + rest.is_some() as u32;
        self.functions[level].recur = Some((0..count).collect());
        let body = if patterns.is_empty() {
            self.body(&body)?
        } else {
            let pairs: Vec<_> = patterns.iter().flat_map(|(pattern, symbol)| [*pattern, *symbol]).collect();
            let mut form = alloc::vec![s.symbol("clojure.core/let"), s.vector(&pairs)?];
            form.extend(body);
            let form = s.list(&form)?;
            self.form(form)?
        };
        Ok(Arity { parameters: fixed.len() as u32, is_variadic: rest.is_some(), body })
    }

    /// Turns a leading `{:pre [...] :post [...]}` into assertions.
    fn conditions(&mut self, body: &[Value<'s>]) -> Analysed<'s, Vec<Value<'s>>> {
        let s = self.s;
        let [map, rest @ ..] = body else { return Ok(body.to_vec()) };
        if rest.is_empty() || s.kind(*map) != Kind::Map {
            return Ok(body.to_vec());
        }
        let conditions = |key| match s.map_get(*map, s.keyword(key)) {
            Some(vector) if s.kind(vector) == Kind::Vector => s.vector_iter(vector).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        let (pre, post) = (conditions("pre"), conditions("post"));
        if pre.is_empty() && post.is_empty() {
            return Ok(body.to_vec());
        }
        let assert = |form| s.list(&[s.symbol("clojure.core/assert"), form]);
        let mut forms = pre.into_iter().map(assert).collect::<Result<Vec<_>, _>>()?;
        if post.is_empty() {
            forms.extend(rest);
            return Ok(forms);
        }
        let result = s.symbol("%");
        let mut value = alloc::vec![s.symbol("do")];
        value.extend(rest);
        let mut checked = alloc::vec![s.symbol("clojure.core/let"), s.vector(&[result, s.list(&value)?])?];
        for form in post {
            checked.push(assert(form)?);
        }
        checked.push(result);
        forms.push(s.list(&checked)?);
        Ok(forms)
    }

    fn define(&mut self, arguments: &[Value<'s>]) -> Analysed<'s> {
        let s = self.s;
        let (name, doc, value) = match arguments {
            [name] => (*name, Value::NIL, None),
            [name, value] => (*name, Value::NIL, Some(*value)),
            [name, doc, value] if matches!(s.kind(*doc), Kind::String | Kind::Map) => {
                (*name, *doc, Some(*value))
            }
            _ => return self.fail("def wants a name, a doc string if any, and a value"),
        };
        if s.kind(name) != Kind::Symbol {
            return self.fail(&format!("def wants a symbol, got {}", self.show(name)));
        }
        let mut name = name;
        let own = s.name(self.namespace_name()).unwrap_or("");
        if let Some((qualifier, short)) = runtime::split(s.name(name).unwrap_or("")) {
            if qualifier != own {
                return self.fail(&format!("def in another namespace: {}", self.show(name)));
            }
            name = s.symbol(short);
        }
        let place = self.place;
        let mut meta = match s.kind(doc) {
            Kind::Map => doc,
            Kind::String => s.map(&[(s.keyword("doc"), doc)])?,
            _ => s.empty_map()?,
        };
        if s.kind(self.written) == Kind::Map
            && let Some(written) = s.map_get(self.written, name)
        {
            meta = s.map_merge(meta, written)?;
        }
        confine::may_change(s, self.namespace)?;
        let var = self.vm.runtime.intern(s, self.namespace, name)?;
        // What is compiled after this, and this itself, must know: dynamic vars are read differently.
        let dynamic = s.keyword("dynamic");
        if s.map_get(meta, dynamic).is_some_and(Value::is_truthy) {
            let info = s.atom_info(runtime::var_atom(s, var));
            self.vm.runtime.set_info(s, var, s.map_assoc(info, dynamic, Value::TRUE)?)?;
        }
        if self.functions.len() == 1 {
            self.vm.findings.defines = Some(var);
        }
        let meta = if value.is_some() || s.map_count(meta) > 0 {
            let meta = s.map_assoc(meta, s.keyword("ns"), self.namespace_name())?;
            let meta = s.map_assoc(meta, s.keyword("name"), name)?;
            let meta = s.map_assoc(meta, s.keyword("file"), self.vm.file)?;
            s.map_assoc(meta, s.keyword("line"), s.int(place.0 as i64)?)?
        } else {
            Value::NIL
        };
        let value = match value {
            Some(value) => {
                self.name_hint = name;
                let node = self.without_recur(|this| this.form(value))?;
                Some(Box::new(node))
            }
            None => None,
        };
        Ok(Node::Define { var, value, meta, place })
    }

    fn var_form(&mut self, arguments: &[Value<'s>]) -> Analysed<'s> {
        let symbol = self.one("var", arguments)?;
        if self.s.kind(symbol) != Kind::Symbol {
            return self.fail(&format!("var wants a symbol, got {}", self.show(symbol)));
        }
        Ok(Node::Const(self.resolve_var(symbol)?))
    }

    fn try_form(&mut self, arguments: &[Value<'s>]) -> Analysed<'s> {
        let s = self.s;
        let clause = |form: Value<'s>, name: &str| {
            s.kind(form) == Kind::Pair && s.first_of(form).is_identical(s.symbol(name))
        };
        let is_clause = |form: &Value<'s>| clause(*form, "catch") || clause(*form, "finally");
        let split = arguments.iter().position(is_clause).unwrap_or(arguments.len());
        let (body, clauses) = arguments.split_at(split);
        let body = self.without_recur(|this| this.body(body))?;
        let (mut catches, mut finally) = (Vec::new(), None);
        for form in clauses {
            let items = seq::to_vec(s, *form)?;
            if finally.is_some() || !is_clause(form) {
                return self
                    .fail(&format!("only catch and one finally may end a try, got {}", self.show(*form)));
            }
            if clause(*form, "finally") {
                finally = Some(self.without_recur(|this| this.body(&items[1..]))?);
                continue;
            }
            let [_, class, name, body @ ..] = &items[..] else {
                return self.fail("catch wants a type, a name and a body");
            };
            let kind = self.error_type(*class)?;
            if s.kind(*name) != Kind::Symbol {
                return self.fail(&format!("catch wants a symbol for the error, got {}", self.show(*name)));
            }
            let (local, node) = self.scoped(|this| {
                let local = this.bind(*name, false);
                (local, this.without_recur(|this| this.body(body)))
            });
            catches.push((kind, local, node?));
        }
        if catches.is_empty() && finally.is_none() {
            return Ok(body);
        }
        Ok(Node::Try(Box::new(Try { body, catches, finally })))
    }

    /// The `:type` that a catch clause selects, or a vector of several; nil for any.
    fn error_type(&self, class: Value<'s>) -> Analysed<'s, Value<'s>> {
        let s = self.s;
        let name = s.name(class).unwrap_or("");
        match s.kind(class) {
            Kind::Keyword if name == "default" => Ok(Value::NIL),
            Kind::Keyword => Ok(class),
            Kind::Symbol => match name.rsplit(['.', '/']).next().unwrap_or(name) {
                "_" | "Object" => Ok(Value::NIL),
                short => match errors::types_of_class(short) {
                    Some([]) => Ok(Value::NIL),
                    Some([kind]) => Ok(s.keyword(kind)),
                    Some(kinds) => {
                        Ok(s.vector(&kinds.iter().map(|kind| s.keyword(kind)).collect::<Vec<_>>())?)
                    }
                    None => self
                        .fail(&format!("catch knows no error class {name}; use :default or a :type keyword")),
                },
            },
            _ => self.fail(&format!("catch wants :default or a :type keyword, got {}", self.show(class))),
        }
    }

    fn and_or(&mut self, is_and: bool, arguments: &[Value<'s>]) -> Analysed<'s> {
        match arguments {
            [] => Ok(Node::Const(if is_and { Value::TRUE } else { Value::NIL })),
            [form] => self.form(*form),
            [first @ .., last] => {
                let mut nodes = Vec::with_capacity(arguments.len());
                for form in first {
                    nodes.push(self.without_recur(|this| this.form(*form))?);
                }
                nodes.push(self.form(*last)?);
                Ok(if is_and { Node::And(nodes) } else { Node::Or(nodes) })
            }
        }
    }

    fn binding(&mut self, arguments: &[Value<'s>]) -> Analysed<'s> {
        let s = self.s;
        let pairs = self.binding_pairs("binding", arguments.first())?;
        let mut bindings = Vec::with_capacity(pairs.len());
        for (symbol, value) in pairs {
            if s.kind(symbol) != Kind::Symbol {
                return self
                    .fail(&format!("binding wants the symbol of a dynamic var, got {}", self.show(symbol)));
            }
            let var = self.resolve_var(symbol)?;
            let Node::Var { is_dynamic: true, .. } = self.var_node(var)? else {
                return self.fail(&format!("{} is not dynamic: define it with ^:dynamic", self.show(symbol)));
            };
            let node = self.without_recur(|this| this.form(value))?;
            bindings.push((s.record_values(var)[0], node));
        }
        let body = self.without_recur(|this| this.body(&arguments[1..]))?;
        Ok(Node::Binding { bindings, body: Box::new(body) })
    }

    /// `(letfn [(f [x] ...) (g [y] ...)] ...)`.
    fn letfn(&mut self, arguments: &[Value<'s>]) -> Analysed<'s> {
        let s = self.s;
        let Some(vector) = arguments.first().copied().filter(|form| s.kind(*form) == Kind::Vector) else {
            return self.fail("letfn wants a vector of functions");
        };
        let mut functions = Vec::new();
        for form in s.vector_iter(vector) {
            match s.kind(form) {
                Kind::Pair if s.kind(s.first_of(form)) == Kind::Symbol => functions.push(form),
                _ => {
                    return self
                        .fail(&format!("letfn wants (name [parameters] ...), got {}", self.show(form)));
                }
            }
        }
        self.scoped(|this| {
            let locals: Vec<_> = functions.iter().map(|form| this.bind(s.first_of(*form), true)).collect();
            let mut bindings = Vec::new();
            for (form, local) in functions.iter().zip(locals) {
                // Without a name of its own, the function finds itself in its cell as the others do.
                let parts = seq::to_vec(s, s.rest_of(*form))?;
                let node = this.function_form(&parts, s.first_of(*form))?;
                bindings.push((local, node));
            }
            let body = Box::new(this.body(&arguments[1..])?);
            Ok(Node::Letfn { bindings, body })
        })
    }
}
