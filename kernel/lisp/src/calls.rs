//! Calls that are not a plain Lisp function of the right arity: natives, variadic functions, collections as functions,
//! and what natives ask for by a signal.
//!
//! Enter at [`Vm::dispatch`] and [`Vm::returned`].

use crate::analyser::{self, Top};
use crate::bytecode::LIBRARY;
use crate::confine;
use crate::errors;
use crate::native::{Call, Signal};
use crate::natives;
use crate::printer::{self, PrintLimits};
use crate::runtime::var_atom;
use crate::seq;
use crate::tags;
use crate::vm::{BINDINGS, CONFINED, Exit, FILE, Link, LinkParts, NAMESPACE, Vm};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use halt_heap::{Kind, Value};

/// What the loop does after a slow call.
pub(crate) enum Step<'s> {
    /// The running frame changed: go on with it.
    Frame,
    /// The call has this value.
    Value(Value<'s>),
    /// The call has this value, and the slice ends.
    Yield(Value<'s>),
    /// The machine stops.
    Exit(Exit<'s>),
}

/// Natives with at most this many arguments get them without an allocation.
pub(crate) const INLINE_ARGUMENTS: usize = 8;

impl<'s> Vm<'_, 's> {
    /// Calls what lies in a register with the arguments behind it. `self.pc` is behind the call instruction.
    /// `signal` is what the native in that register has asked for already, if it was called.
    pub(crate) fn dispatch(
        &mut self,
        register: usize,
        count: usize,
        is_tail: bool,
        signal: Option<Signal<'s>>,
    ) -> Result<Step<'s>, Signal<'s>> {
        let s = self.s;
        let at = self.base + register;
        let mut function = s.root_get(at);
        let mut asked = signal;
        // Arguments that a signal brought, instead of those on the stack.
        let mut given: Option<Vec<Value<'s>>> = None;
        loop {
            let tag = s.record_tag(function);
            if tag == Some(tags::FUNCTION) {
                if let Some(arguments) = &given {
                    self.ensure(at + 3 + arguments.len() + 1)?;
                    for (index, value) in arguments.iter().enumerate() {
                        s.root_set(at + 3 + index, *value);
                    }
                }
                let count = given.as_ref().map_or(count, Vec::len);
                return self.call_function(register, function, count, is_tail);
            }
            let mut inline = [Value::NIL; INLINE_ARGUMENTS];
            let from_stack: Vec<Value<'s>>;
            let arguments: &[Value<'s>] = match &given {
                Some(arguments) => arguments,
                None if count <= INLINE_ARGUMENTS => {
                    for (index, slot) in inline[..count].iter_mut().enumerate() {
                        *slot = s.root_get(at + 3 + index);
                    }
                    &inline[..count]
                }
                None => {
                    from_stack = (0..count).map(|index| s.root_get(at + 3 + index)).collect();
                    &from_stack
                }
            };
            let result = match tag {
                _ if asked.is_some() => asked.take().map_or(Ok(Value::NIL), Err),
                Some(tags::NATIVE) => self.call_native(function, arguments),
                Some(tags::VAR) => {
                    let value = s.atom_load(var_atom(s, function));
                    given = Some(arguments.to_vec());
                    function = value;
                    continue;
                }
                Some(tags::META_FUNCTION) => {
                    given = Some(arguments.to_vec());
                    function = s.record_values(function)[0];
                    continue;
                }
                _ => self.call_value(function, arguments),
            };
            let signal = match result {
                Ok(value) => return Ok(Step::Value(value)),
                Err(signal) => signal,
            };
            match signal {
                Signal::Apply(target, arguments) => {
                    given = Some(seq::to_vec(s, arguments)?);
                    function = target;
                }
                Signal::Ordered => {
                    let (name, arguments) = self.ordered_call(function, arguments);
                    given = Some(arguments);
                    function = match self.runtime.var_value(s, &name) {
                        Some(function) => function,
                        None => return Err(errors::throw(s, "unsupported", &format!("there is no {name}"))),
                    };
                }
                Signal::Eval(form) => {
                    let place = core::mem::replace(&mut self.file, s.root_get(FILE));
                    let call = self.evaluation(form);
                    self.file = place;
                    let (callee, arguments) = call?;
                    (function, given) = (callee, Some(arguments));
                }
                Signal::Expand(form, is_whole) => return self.expand(form, is_whole).map(Step::Value),
                Signal::Load(name) => {
                    self.load(name)?;
                    self.pc -= 1;
                    return Ok(Step::Frame);
                }
                Signal::SetNamespace(name) => {
                    if self.runtime.find_namespace(s, name).is_none() {
                        confine::may_change(s, name)?;
                    }
                    self.runtime.namespace(s, name)?;
                    s.root_set(NAMESPACE, name);
                    return Ok(Step::Value(Value::NIL));
                }
                Signal::SetBindings(bindings) => {
                    s.root_set(BINDINGS, bindings);
                    return Ok(Step::Value(Value::NIL));
                }
                Signal::Yield(value) => return Ok(Step::Yield(value)),
                Signal::Park => {
                    self.pc -= 1;
                    return Ok(Step::Exit(Exit::Park));
                }
                Signal::Fork => {
                    self.pc -= 1;
                    return Ok(Step::Exit(Exit::Fork));
                }
                Signal::Force(_) | Signal::ForceAll(_) => return self.force(signal),
                signal => return Err(signal),
            }
        }
    }

    /// The function, and its arguments, whose call evaluates a form.
    fn evaluation(&mut self, form: Value<'s>) -> Result<(Value<'s>, Vec<Value<'s>>), Signal<'s>> {
        let s = self.s;
        match analyser::top(self, form)? {
            Top::Form(form) => Ok((self.compile(form)?, Vec::new())),
            Top::Parts(parts) => match self.runtime.var_value(s, "clojure.core/eval-all*") {
                Some(function) => Ok((function, alloc::vec![s.list(&parts)?])),
                None => Err(errors::throw(s, "unsupported", "there is no eval-all*")),
            },
        }
    }

    /// The function of the core, and its arguments, that stand in for a call that needs the order which a function of
    /// the program has.
    fn ordered_call(&self, function: Value<'s>, arguments: &[Value<'s>]) -> (String, Vec<Value<'s>>) {
        let s = self.s;
        if s.record_tag(function) == Some(tags::NATIVE) {
            let name = self.runtime.native(s.record_words(function)[0] as usize).name;
            return (format!("clojure.core/{name}-by*"), arguments.to_vec());
        }
        // A collection as the function of a key, or a name as that of a collection.
        let mut arguments = arguments.to_vec();
        let is_collection = matches!(s.kind(function), Kind::SortedMap | Kind::SortedSet);
        arguments.insert(usize::from(!is_collection), function);
        ("clojure.core/get-by*".into(), arguments)
    }

    fn call_function(
        &mut self,
        register: usize,
        function: Value<'s>,
        count: usize,
        is_tail: bool,
    ) -> Result<Step<'s>, Signal<'s>> {
        let s = self.s;
        let at = self.base + register;
        if !is_tail {
            self.enter(at, function, count, Link::Normal, self.pc)?;
            return Ok(Step::Frame);
        }
        // The arguments move down to this frame's registers, and its link stays.
        self.select(function, count)?;
        if s.record_words(function).first().is_some_and(|shape| shape & LIBRARY != 0) {
            self.note_caller(s.root_get(self.base - 2), self.pc);
        }
        let parts = LinkParts::unpack(s.root_get(self.base - 1));
        self.ensure(self.base + count + 1)?;
        for index in 0..count {
            s.root_set(self.base + index, s.root_get(at + 3 + index));
        }
        let at = self.base - 3;
        let base = self.base;
        self.base -= parts.delta;
        let entered = self.enter(at, function, count, parts.link, parts.pc);
        if entered.is_err() {
            self.base = base;
        }
        entered.map(|()| Step::Frame)
    }

    fn expand(&mut self, form: Value<'s>, is_whole: bool) -> Result<Value<'s>, Signal<'s>> {
        let mut form = form;
        for _ in 0..1_000 {
            match crate::analyser::expand_once(self, form)? {
                Some(expansion) => form = expansion,
                None => return Ok(form),
            }
            if !is_whole {
                return Ok(form);
            }
        }
        Err(errors::throw(self.s, "compile", "macro expansion does not end"))
    }

    /// The var that a symbol means in a namespace, its source loaded if it is one of those that come later.
    pub(crate) fn resolve(
        &mut self,
        namespace: Value<'s>,
        symbol: Value<'s>,
    ) -> Result<Option<Value<'s>>, Signal<'s>> {
        let mut found = self.runtime.resolve(self.s, namespace, symbol);
        if found.is_none()
            && let Some(file) = self.runtime.later_source(self.s, namespace, symbol)
        {
            self.load(self.s.symbol(file))?;
            found = self.runtime.resolve(self.s, namespace, symbol);
        }
        if let Some(var) = found {
            confine::check_name(self.s, var)?;
        }
        Ok(found)
    }

    /// Loads a namespace of the library, or a file of those that come later, in a nested machine.
    fn load(&mut self, name: Value<'s>) -> Result<(), Signal<'s>> {
        let s = self.s;
        let wanted = s.name(name).unwrap_or("?");
        let later = natives::LATER.iter().find(|source| source.0 == wanted);
        let later = later.map(|(file, text)| (crate::runtime::CORE, *file, *text));
        let Some((namespace, file, text)) = later.or_else(|| self.runtime.source(wanted)) else {
            return Err(errors::throw(s, "unbound", &format!("there is no namespace {wanted} to require")));
        };
        let saved = (self.file, self.source, s.root_get(FILE), s.root_get(NAMESPACE));
        // The library's own text.
        let confined = s.root_get(CONFINED);
        s.root_set(CONFINED, Value::NIL);
        let place = (self.form_place, self.source_place, core::mem::take(&mut self.depth));
        self.source_place = (1, 1);
        self.file = s.string(file)?;
        self.source = text;
        s.root_set(FILE, self.file);
        self.runtime.namespace(s, s.symbol(namespace))?;
        s.root_set(NAMESPACE, s.symbol(namespace));
        let result = self.load_forms(text);
        (self.file, self.source) = (saved.0, saved.1);
        (self.form_place, self.source_place, self.depth) = place;
        s.root_set(FILE, saved.2);
        s.root_set(NAMESPACE, saved.3);
        s.root_set(CONFINED, confined);
        result
    }

    fn load_forms(&mut self, text: &str) -> Result<(), Signal<'s>> {
        let s = self.s;
        let mut position = (0, 1, 1);
        loop {
            let (runtime, namespace) = (self.runtime, self.current_namespace()?);
            let resolve = |alias: Option<&str>| crate::fiber::resolve_keyword(s, runtime, namespace, alias);
            let mut reader = crate::reader::Reader::new(s, text, &resolve);
            reader.seek(position);
            let form = match reader.next_form() {
                Ok(Some(form)) => form,
                Ok(None) => return Ok(()),
                Err(error) => {
                    let value = errors::error(s, "read", &error.message)?;
                    return Err(Signal::Throw(self.at_place(value, (error.line, error.column))?));
                }
            };
            position = reader.position();
            self.form_place = reader.form_place();
            let function = self.compile(form)?;
            self.call_nested(function, &[], 100_000_000, "loading")?;
        }
    }

    pub(crate) fn call_native(
        &mut self,
        function: Value<'s>,
        arguments: &[Value<'s>],
    ) -> Result<Value<'s>, Signal<'s>> {
        let s = self.s;
        let native = self.runtime.native(s.record_words(function)[0] as usize);
        let (least, most) = native.arity;
        if arguments.len() < least as usize || most.is_some_and(|most| arguments.len() > most as usize) {
            let wanted = match most {
                Some(most) if most == least => format!("{least}"),
                Some(most) => format!("{least} to {most}"),
                None => format!("{least} or more"),
            };
            let plural = if wanted == "1" { "" } else { "s" };
            let message = format!("{} wants {wanted} argument{plural}, got {}", native.name, arguments.len());
            return Err(errors::throw(s, "arity", &message));
        }
        (native.function)(&Call {
            s,
            args: arguments,
            runtime: self.runtime,
            host: self.host,
            bindings: s.root_get(BINDINGS),
            namespace: s.root_get(NAMESPACE),
            native,
        })
    }

    /// Collections and names as functions of a key.
    pub(crate) fn call_value(
        &self,
        function: Value<'s>,
        arguments: &[Value<'s>],
    ) -> Result<Value<'s>, Signal<'s>> {
        let s = self.s;
        let kind = s.kind(function);
        let is_sorted = matches!(kind, Kind::SortedMap | Kind::SortedSet);
        let is_lookup = matches!(kind, Kind::Keyword | Kind::Symbol | Kind::Map | Kind::Set | Kind::Vector);
        if !is_lookup && !is_sorted {
            let shown = printer::print_limited(s, function, true, PrintLimits::SHORT);
            return Err(errors::throw(s, "call", &format!("{shown} is not a function")));
        }
        let (key, default) = match arguments {
            [key] => (*key, None),
            [key, default] if kind != Kind::Vector => (*key, Some(*default)),
            _ => {
                let shown = printer::print_limited(s, function, true, PrintLimits::SHORT);
                let message =
                    format!("{shown} as a function wants 1 or 2 arguments, got {}", arguments.len());
                return Err(errors::throw(s, "arity", &message));
            }
        };
        let found = match kind {
            Kind::Map => s.map_get(function, key),
            Kind::Set => s.set_get(function, key),
            Kind::SortedMap | Kind::SortedSet => natives::sorted_get(s, function, key)?,
            Kind::Vector => {
                let index = s.as_int(key).and_then(|index| usize::try_from(index).ok());
                let Some(value) = index.and_then(|index| s.vector_get(function, index)) else {
                    let shown = printer::print_limited(s, key, true, PrintLimits::SHORT);
                    let count = s.vector_count(function);
                    let message = format!("index {shown} is out of bounds of a vector of {count}");
                    return Err(errors::throw(s, "index", &message));
                };
                Some(value)
            }
            _ => match s.kind(key) {
                Kind::Map => s.map_get(key, function),
                Kind::Set => s.set_get(key, function),
                Kind::Record => crate::tagged::part(s, key, function),
                Kind::SortedMap | Kind::SortedSet => natives::sorted_get(s, key, function)?,
                _ => None,
            },
        };
        Ok(found.or(default).unwrap_or(Value::NIL))
    }

    /// Starts to realise what a native needs; then the instruction before `self.pc` is executed again.
    pub(crate) fn force(&mut self, signal: Signal<'s>) -> Result<Step<'s>, Signal<'s>> {
        let (wanted, link) = match signal {
            Signal::Force(wanted) => (wanted, Link::Force),
            Signal::ForceAll(wanted) => (wanted, Link::ForceAll),
            signal => return Err(signal),
        };
        let s = self.s;
        let Some((kept, lazy)) = self.next_wanted(wanted, link)? else {
            self.pc -= 1;
            return Ok(Step::Frame);
        };
        let at = self.top();
        self.ensure(at + 5)?;
        s.root_set(at, kept);
        s.root_set(at + 1, lazy);
        if !self.run_thunk(at, link, self.pc)? {
            self.pc -= 1;
        }
        Ok(Step::Frame)
    }

    /// Of what is wanted, one lazy value or a list of them, the first that is not realised; before it what is wanted from
    /// there on, in the same form.
    fn next_wanted(
        &self,
        wanted: Value<'s>,
        link: Link,
    ) -> Result<Option<(Value<'s>, Value<'s>)>, Signal<'s>> {
        let s = self.s;
        let unrealised = |value| match link {
            Link::ForceAll => self.next_unrealised(value),
            _ => Some(value).filter(|value| !seq::is_realised(s, *value)),
        };
        let mut at = wanted;
        while s.kind(at) == Kind::Pair {
            let rest = s.rest_of(at);
            if let Some(lazy) = unrealised(s.first_of(at)) {
                return Ok(Some((s.pair(lazy, rest)?, lazy)));
            }
            at = rest;
        }
        Ok(unrealised(at).map(|lazy| (lazy, lazy)))
    }

    /// Enters the thunk of the lazy value at `at + 1`; its frame begins at `at + 2`. Returns false, and enters nothing, when
    /// another process has realised the value meanwhile.
    fn run_thunk(&mut self, at: usize, link: Link, pc: u32) -> Result<bool, Signal<'s>> {
        let s = self.s;
        let lazy = s.root_get(at + 1);
        let state = s.cell_get(s.record_values(lazy)[0]);
        if s.record_tag(state) != Some(tags::THUNK) {
            return Ok(false);
        }
        let function = s.record_values(state).first().copied().unwrap_or(Value::NIL);
        if s.record_tag(function) != Some(tags::FUNCTION) {
            return Err(errors::throw(s, "type", "a lazy value wants a function made by fn"));
        }
        self.enter(at + 2, function, 0, link, pc)?;
        Ok(true)
    }

    /// The first part of a sequence that is not realised.
    fn next_unrealised(&self, coll: Value<'s>) -> Option<Value<'s>> {
        let s = self.s;
        let mut at = coll;
        loop {
            match s.kind(at) {
                Kind::Pair => at = s.rest_of(at),
                Kind::Record if s.record_tag(at) == Some(tags::LAZY) => match seq::realised(s, at) {
                    Ok(state) => at = state,
                    Err(_) => return Some(at),
                },
                Kind::Record => at = seq::chunk_parts(s, at)?.2,
                _ => return None,
            }
        }
    }

    /// The running frame returns a value to a link that is not `Normal`.
    pub(crate) fn returned(&mut self, value: Value<'s>) -> Result<Step<'s>, Signal<'s>> {
        let s = self.s;
        let parts = LinkParts::unpack(s.root_get(self.base - 1));
        let at = self.base - 5;
        self.base -= parts.delta;
        self.pc = parts.pc;
        if parts.link == Link::Exit {
            return Ok(Step::Exit(Exit::Return(value)));
        }
        if parts.link == Link::Equal {
            self.compared(value.is_truthy());
            return Ok(Step::Frame);
        }
        let (kept, lazy) = (s.root_get(at), s.root_get(at + 1));
        let is_list = s.kind(kept) == Kind::Pair;
        let target = if is_list { s.first_of(kept) } else { kept };
        // A lazy sequence of a lazy sequence of ...: only the innermost counts.
        let (mut value, is_delay) = (value, s.record_tag(target) == Some(tags::DELAY));
        while !is_delay && s.record_tag(value) == Some(tags::LAZY) {
            match seq::realised(s, value) {
                Ok(state) => value = state,
                Err(_) => {
                    if !lazy.is_identical(target) {
                        self.fill(lazy, value)?;
                    }
                    s.root_set(at + 1, value);
                    if self.run_thunk(at, parts.link, parts.pc)? {
                        return Ok(Step::Frame);
                    }
                }
            }
        }
        let state = if is_delay { value } else { seq::seq(s, value)? };
        self.fill(lazy, state)?;
        self.fill(target, state)?;
        let next = match parts.link {
            _ if is_list => self.next_wanted(s.pair(state, s.rest_of(kept))?, parts.link)?,
            Link::ForceAll => self.next_unrealised(state).map(|lazy| (lazy, lazy)),
            _ => None,
        };
        if let Some((kept, lazy)) = next {
            s.root_set(at, kept);
            s.root_set(at + 1, lazy);
            if self.run_thunk(at, parts.link, parts.pc)? {
                return Ok(Step::Frame);
            }
        }
        self.pc -= 1;
        Ok(Step::Frame)
    }

    /// Writes what a lazy value holds, unless somebody was faster.
    fn fill(&self, lazy: Value<'s>, value: Value<'s>) -> Result<(), Signal<'s>> {
        let s = self.s;
        let cell = s.record_values(lazy)[0];
        let state = s.cell_get(cell);
        if s.record_tag(state) == Some(tags::THUNK) {
            s.cell_set(cell, state, value)?;
        }
        Ok(())
    }

    /// Realises everything in a value in a nested machine: for what macros return.
    pub(crate) fn realise_nested(&mut self, value: Value<'s>) -> Result<(), Signal<'s>> {
        let s = self.s;
        while let Err(signal) = seq::realise_deep(s, value) {
            let (Signal::Force(part) | Signal::ForceAll(part)) = signal else { return Err(signal) };
            let realiser = self.runtime.var_value(s, "clojure.core/realise").unwrap_or(Value::NIL);
            self.call_nested(realiser, &[part], 2_000_000, "realising a macro's expansion")?;
        }
        Ok(())
    }
}
