//! Values to text, and text to whoever listens.
//!
//! Text goes to the innermost `with-out-str`, else to the function `halt.sys/write-out` if the system has one, else to
//! the [`Output`] that the fiber runs with, else nowhere.
//!
//! Where a program has added a method to `print-method`, all but `str` leave the text to Lisp (`clj/rare.clj`).

use super::{Answer, at_least, between, delegate, fixed};
use crate::native::{Call, Native, Signal};
use crate::printer::{self, PrintLimits};
use crate::{seq, tags};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use halt_heap::{Kind, StringBuilder, Value};

/// A host that takes what a program prints: pass it to `Fiber::run` where there is no system.
pub struct Output(pub Box<dyn Fn(&str)>);

/// Elements of a collection that a REPL shows unless it is told otherwise.
const SHOWN_LENGTH: usize = 1_000;

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    at_least("str", 0, "Returns the texts of the arguments, one after the other; nil has none.", |c| {
        match c.args {
            // Most often a short text and a value.
            [string] if c.s.kind(*string) == Kind::String => Ok(*string),
            args => joined(c, args, None),
        }
    }),
    at_least("pr-str", 0, "Returns the arguments as the reader takes them, separated by spaces.", |c| {
        answer(c, true, "")
    }),
    fixed(
        "show-str",
        1,
        "Returns what a REPL shows of a value: as pr-str, but of each collection at most 1,000 elements where *print-length* is not set.",
        |c| {
            if is_extended(c) {
                let length = c.s.int(SHOWN_LENGTH as i64)?;
                return delegate(c, "clojure.core/extended-show*", &[c.arg(0), length]);
            }
            let mut limits = limits(c);
            let name = c.s.symbol("clojure.core/*print-length*");
            if c.bindings.is_nil() || c.s.map_get(c.bindings, name).is_none() {
                limits.length = limits.length.min(SHOWN_LENGTH);
            }
            Ok(c.s.string(&text(c, true, "", limits)?)?)
        },
    ),
    at_least("prn-str", 0, "Returns the arguments as the reader takes them, and a line end.", |c| {
        answer(c, true, "\n")
    }),
    at_least("print-str", 0, "Returns the arguments as people read them, separated by spaces.", |c| {
        answer(c, false, "")
    }),
    at_least("println-str", 0, "Returns the arguments as people read them, and a line end.", |c| {
        answer(c, false, "\n")
    }),
    at_least("pr", 0, "Prints the arguments as the reader takes them, separated by spaces.", |c| {
        write_all(c, true, "")
    }),
    at_least("prn", 0, "Prints the arguments as the reader takes them, and a line end.", |c| {
        write_all(c, true, "\n")
    }),
    at_least("print", 0, "Prints the arguments as people read them, separated by spaces.", |c| {
        write_all(c, false, "")
    }),
    at_least("println", 0, "Prints the arguments as people read them, and a line end.", |c| {
        write_all(c, false, "\n")
    }),
    fixed("plain-str*", 1, "Returns the text of x by no method of the program.", |c| {
        Ok(c.s.string(&text(c, true, "", limits(c))?)?)
    }),
    fixed("write-text*", 1, "Prints a string as it is.", |c| {
        let text = super::str_at(c, 0)?;
        write(c, text)
    }),
    fixed("newline", 0, "Prints a line end.", |c| write(c, "\n")),
    fixed("flush", 0, "Does nothing: what is printed is out already. Returns nil.", |_| Ok(Value::NIL)),
    between("join-strings*", 1, 1, "Returns the strings of a vector as one.", |c| {
        let strings = c.s.vector_iter(super::vector_at(c, 0)?);
        joined(c, &strings.filter(|text| c.s.kind(*text) == Kind::String).collect::<Vec<_>>(), None)
    }),
];

/// The texts of values one after the other, with a separator between them.
pub(super) fn joined<'s>(call: &Call<'_, 's>, values: &[Value<'s>], separator: Option<&str>) -> Answer<'s> {
    let (mut builder, mut text) = (StringBuilder::new(call.s), String::new());
    for (index, value) in values.iter().enumerate() {
        if let Some(separator) = separator.filter(|_| index > 0) {
            builder.push_str(separator)?;
        }
        if call.s.kind(*value) == Kind::String {
            builder.push(*value)?;
        } else {
            text.clear();
            push_text(call, *value, &mut text)?;
            builder.push_str(&text)?;
        }
    }
    Ok(builder.finish()?)
}

/// Appends what `str` shows of a value: strings and characters as they are, collections readably.
pub(super) fn push_text<'s>(
    call: &Call<'_, 's>,
    value: Value<'s>,
    text: &mut String,
) -> Result<(), Signal<'s>> {
    match call.s.kind(value) {
        Kind::Nil => {}
        Kind::String => text.extend(call.s.string_chunks(value)),
        Kind::Char => text.extend(value.as_char()),
        Kind::Float => {
            let shown = printer::print(call.s, value, false);
            text.push_str(shown.strip_prefix("##").map_or(&shown[..], |name| match name {
                "Inf" => "Infinity",
                "-Inf" => "-Infinity",
                name => name,
            }));
        }
        Kind::Record if call.s.record_tag(value) == Some(tags::REGEX) => {
            text.push_str(call.s.as_str(call.s.record_values(value)[0]).unwrap_or(""));
        }
        Kind::Record if let Some(shown) = crate::tagged::text(call.s, value) => text.push_str(&shown),
        Kind::Record if let Some(number) = crate::boxed::unbox(call.s, value) => {
            text.push_str(&crate::number::print(&number, false));
        }
        Kind::Vector
        | Kind::Map
        | Kind::Set
        | Kind::SortedMap
        | Kind::SortedSet
        | Kind::Pair
        | Kind::Record => {
            seq::realise_deep(call.s, value)?;
            text.push_str(&printer::print(call.s, value, true));
        }
        _ => text.push_str(&printer::print(call.s, value, false)),
    }
    Ok(())
}

/// The limits that `*print-length*` and `*print-level*` set.
fn limits<'s>(call: &Call<'_, 's>) -> PrintLimits {
    let mut limits = PrintLimits::ALL;
    let number = |name| call.dynamic(name).and_then(|value| call.s.as_int(value)).map(|n| n.max(0) as usize);
    if let Some(length) = number("clojure.core/*print-length*") {
        limits.length = length;
    }
    if let Some(depth) = number("clojure.core/*print-level*") {
        limits.depth = depth.min(limits.depth);
    }
    limits
}

/// Whether a program has said how values of some type are printed.
fn is_extended(call: &Call<'_, '_>) -> bool {
    let (s, is) = (call.s, |value, tag| call.s.record_tag(value) == Some(tag));
    let Some(function) = call.runtime.var_value(s, "clojure.core/print-method") else { return false };
    if !is(function, tags::META_FUNCTION) {
        return false;
    }
    let methods = s.map_get(s.record_values(function)[1], s.keyword("halt/methods"));
    methods.is_some_and(|methods| s.map_count(s.atom_load(methods)) > 1)
}

/// Leaves the call to a function of Lisp if a program has said how values of some type are printed.
fn extend<'s>(call: &Call<'_, 's>, name: &str, readably: bool, end: &str) -> Result<(), Signal<'s>> {
    if !is_extended(call) {
        return Ok(());
    }
    let readably = Value::bool(prints_readably(call, readably));
    delegate(call, name, &[call.s.vector(call.args)?, readably, call.s.string(end)?])
}

fn prints_readably(call: &Call<'_, '_>, readably: bool) -> bool {
    readably && call.dynamic("clojure.core/*print-readably*").is_none_or(Value::is_truthy)
}

fn text<'s>(
    call: &Call<'_, 's>,
    readably: bool,
    end: &str,
    limits: PrintLimits,
) -> Result<String, Signal<'s>> {
    let readably = prints_readably(call, readably);
    let mut text = String::new();
    for (index, value) in call.args.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        if value.is_reference() && call.s.kind(*value) != Kind::String {
            seq::realise_shown(call.s, *value, limits.length, limits.depth)?;
        }
        text.push_str(&printer::print_limited(call.s, *value, readably, limits));
    }
    text.push_str(end);
    Ok(text)
}

fn answer<'s>(call: &Call<'_, 's>, readably: bool, end: &str) -> Answer<'s> {
    extend(call, "clojure.core/extended-str*", readably, end)?;
    Ok(call.s.string(&text(call, readably, end, limits(call))?)?)
}

fn write_all<'s>(call: &Call<'_, 's>, readably: bool, end: &str) -> Answer<'s> {
    extend(call, "clojure.core/extended-print*", readably, end)?;
    let text = text(call, readably, end, limits(call))?;
    write(call, &text)
}

fn write<'s>(call: &Call<'_, 's>, text: &str) -> Answer<'s> {
    let s = call.s;
    if let Some(out) = call.dynamic("clojure.core/*out*")
        && s.kind(out) == Kind::Atom
    {
        let text = s.string(text)?;
        s.atom_swap(out, |parts| s.vector_push(parts, text))?;
        return Ok(Value::NIL);
    }
    if let Some(output) = call.host.downcast_ref::<Output>() {
        (output.0)(text);
        return Ok(Value::NIL);
    }
    match call.runtime.var_value(s, "halt.sys/write-out") {
        Some(_) => delegate(call, "halt.sys/write-out", &[s.string(text)?]),
        None => Ok(Value::NIL),
    }
}
