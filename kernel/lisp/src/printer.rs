//! The printer: values to text.
//!
//! Enter at [`print()`] (readably as `pr-str`, else as `println`; `str` prints collections readably) or [`print_limited`]. What is lazy and not realised yet
//! prints as `...`: whoever wants it shown realises it first ([`crate::seq::realise_deep`]).
//!
//! Invariant: depth is bounded, so that no value exhausts the native stack.

use crate::number::print_float;
use crate::{boxed, seq, tags};

use alloc::string::{String, ToString};
use core::fmt::Write;
use halt_heap::{Kind, Scope, Value};

/// How much of a value is printed.
#[derive(Clone, Copy, Debug)]
pub struct PrintLimits {
    /// Deepest level whose content is shown; below it stands `#`.
    pub depth: usize,
    /// Elements shown of each collection; then `...`.
    pub length: usize,
    /// Bytes after which everything is cut.
    pub bytes: usize,
}

impl PrintLimits {
    /// Everything, but for what is nested deeper than 200 levels and what is longer than 8 MiB.
    pub const ALL: PrintLimits = PrintLimits { depth: 200, length: usize::MAX, bytes: 8 << 20 };
    /// For the data in an error message.
    pub const MESSAGE: PrintLimits = PrintLimits { depth: 6, length: 20, bytes: 1000 };
    /// For a value named within an error message.
    pub const SHORT: PrintLimits = PrintLimits { depth: 3, length: 8, bytes: 120 };
}

/// A value as text: as the reader takes it when `readably`, else as `println` shows it.
pub fn print<'s>(s: Scope<'s>, value: Value<'s>, readably: bool) -> String {
    print_limited(s, value, readably, PrintLimits::ALL)
}

/// A value as text within limits.
pub fn print_limited<'s>(s: Scope<'s>, value: Value<'s>, readably: bool, limits: PrintLimits) -> String {
    let mut printer = Printer { s, readably, limits, out: String::new() };
    printer.value(value, 0);
    printer.out
}

/// The name of a character for `\name`, or none for one that shows itself.
pub fn char_name(c: char) -> Option<&'static str> {
    Some(match c {
        '\n' => "newline",
        ' ' => "space",
        '\t' => "tab",
        '\r' => "return",
        '\u{8}' => "backspace",
        '\u{C}' => "formfeed",
        _ => return None,
    })
}

struct Printer<'s> {
    s: Scope<'s>,
    readably: bool,
    limits: PrintLimits,
    out: String,
}

impl<'s> Printer<'s> {
    fn value(&mut self, value: Value<'s>, depth: usize) {
        let s = self.s;
        if self.out.len() > self.limits.bytes {
            return self.cut();
        }
        match s.kind(value) {
            Kind::Nil => self.out.push_str("nil"),
            Kind::Bool => self.out.push_str(if value.is_truthy() { "true" } else { "false" }),
            Kind::Int => {
                let _ = write!(self.out, "{}", s.as_int(value).unwrap_or(0));
            }
            Kind::Float => self.out.push_str(&print_float(s.as_float(value).unwrap_or(0.0))),
            Kind::Char => self.char(value.as_char().unwrap_or(' ')),
            Kind::Keyword => {
                self.out.push(':');
                self.out.push_str(s.name(value).unwrap_or("?"));
            }
            Kind::Symbol => self.out.push_str(s.name(value).unwrap_or("?")),
            Kind::EmptyList => self.out.push_str(if depth < self.limits.depth { "()" } else { "#" }),
            Kind::Unbound => self.out.push_str("#<unbound>"),
            Kind::String => self.string(value),
            Kind::Bytes => {
                let _ = write!(self.out, "#<bytes {}>", s.as_bytes(value).map_or(0, <[u8]>::len));
            }
            Kind::Pair => self.sequence(value, "(", ")", depth),
            Kind::Vector => self.sequence(value, "[", "]", depth),
            Kind::Set | Kind::SortedSet => self.sequence(value, "#{", "}", depth),
            Kind::Map => self.map(s.map_iter(value), depth),
            Kind::SortedMap => self.map(s.sorted_map_iter(value), depth),
            Kind::Record => self.record(value, depth),
            Kind::Atom => {
                self.out.push_str("#<atom ");
                self.value(s.atom_load(value), depth + 1);
                self.out.push('>');
            }
            Kind::Cell => self.out.push_str("#<cell>"),
            Kind::VectorLeaf
            | Kind::VectorBranch
            | Kind::VectorRelaxed
            | Kind::MapBranch
            | Kind::MapCollision
            | Kind::SortedBranch
            | Kind::Rope
            | Kind::RopeBranch => {
                self.out.push_str("#<branch>");
            }
        }
    }

    fn cut(&mut self) {
        if !self.out.ends_with("...") {
            self.out.push_str("...");
        }
    }

    fn char(&mut self, c: char) {
        if !self.readably {
            return self.out.push(c);
        }
        self.out.push('\\');
        match char_name(c) {
            Some(name) => self.out.push_str(name),
            None => self.out.push(c),
        }
    }

    fn string(&mut self, string: Value<'s>) {
        if self.readably {
            self.out.push('"');
        }
        let mut is_cut = false;
        for chunk in self.s.string_chunks(string) {
            let budget = self.limits.bytes.saturating_sub(self.out.len());
            let end = chunk.floor_char_boundary(budget);
            self.text(&chunk[..end]);
            is_cut = end < chunk.len();
            if is_cut {
                break;
            }
        }
        if self.readably {
            self.out.push('"');
        }
        if is_cut {
            self.out.push_str("...");
        }
    }

    /// A part of a string, as the reader takes it or as it is.
    fn text(&mut self, shown: &str) {
        if !self.readably {
            return self.out.push_str(shown);
        }
        for c in shown.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\t' => self.out.push_str("\\t"),
                '\r' => self.out.push_str("\\r"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{C}' => self.out.push_str("\\f"),
                c => self.out.push(c),
            }
        }
    }

    fn sequence(&mut self, coll: Value<'s>, open: &str, close: &str, depth: usize) {
        if depth >= self.limits.depth {
            return self.out.push('#');
        }
        self.out.push_str(open);
        let (s, mut count) = (self.s, 0);
        // Only an unrealised tail stops the walk early.
        let end = seq::for_each(s, coll, |element| {
            if count > 0 {
                self.out.push(' ');
            }
            if count >= self.limits.length || self.out.len() > self.limits.bytes {
                self.cut();
                return Ok(false);
            }
            count += 1;
            self.nested(element, depth + 1);
            Ok(true)
        });
        if end.is_err() {
            self.out.push_str(if count > 0 { " ..." } else { "..." });
        }
        self.out.push_str(close);
    }

    fn nested(&mut self, value: Value<'s>, depth: usize) {
        self.value(value, depth);
    }

    fn map(&mut self, entries: impl Iterator<Item = (Value<'s>, Value<'s>)>, depth: usize) {
        if depth >= self.limits.depth {
            return self.out.push('#');
        }
        self.out.push('{');
        for (index, (key, value)) in entries.enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            if index >= self.limits.length || self.out.len() > self.limits.bytes {
                self.cut();
                break;
            }
            self.nested(key, depth + 1);
            self.out.push(' ');
            self.nested(value, depth + 1);
        }
        self.out.push('}');
    }

    fn record(&mut self, value: Value<'s>, depth: usize) {
        let s = self.s;
        let values = s.record_values(value);
        match s.record_tag(value).unwrap_or(0) {
            tags::LAZY if depth >= self.limits.depth => self.out.push('#'),
            tags::LAZY if seq::is_realised(s, value) => match s.cell_get(values[0]) {
                state if state.is_nil() => self.out.push_str("()"),
                state => self.sequence(state, "(", ")", depth),
            },
            tags::LAZY => self.out.push_str("(...)"),
            _ if seq::is_seq(s, value) => self.sequence(value, "(", ")", depth),
            tags::VAR => {
                self.out.push_str("#'");
                self.out.push_str(s.name(values[0]).unwrap_or("?"));
            }
            tags::DELAY => {
                let state = match seq::realised(s, value) {
                    Ok(state) => print_limited(s, state, true, PrintLimits::SHORT),
                    Err(_) => "pending".to_string(),
                };
                let _ = write!(self.out, "#<delay {state}>");
            }
            tags::REDUCED => {
                self.out.push_str("#<reduced ");
                self.value(values[0], depth + 1);
                self.out.push('>');
            }
            tags::REGEX => {
                let _ = write!(self.out, "#\"{}\"", s.as_str(values[0]).unwrap_or(""));
            }
            tags::BIG | tags::SMALL_BIG | tags::RATIO | tags::DECIMAL | tags::PADDED_DECIMAL => {
                if let Some(number) = boxed::unbox(s, value) {
                    let text = crate::number::print(&number, true);
                    let budget = self.limits.bytes.saturating_sub(self.out.len());
                    match text.get(..budget).filter(|shown| shown.len() < text.len()) {
                        Some(shown) => {
                            self.out.push_str(shown);
                            self.cut();
                        }
                        None => self.out.push_str(&text),
                    }
                }
            }
            tags::UUID | tags::INSTANT => self.out.push_str(&crate::tagged::print(s, value)),
            tags::TAGGED => {
                let _ = write!(self.out, "#{} ", s.name(values[0]).unwrap_or("?"));
                self.value(values[1], depth + 1);
            }
            tags::READER_CONDITIONAL => {
                self.out.push_str(if values[1].is_truthy() { "#?@" } else { "#?" });
                self.value(values[0], depth + 1);
            }
            tags::PROMISE => {
                let kind = if values[1].is_nil() { "promise" } else { "future" };
                let state = s.atom_load(values[0]);
                let shown = match s.kind(state) {
                    Kind::Vector => print_limited(s, state, true, PrintLimits::SHORT),
                    _ => "pending".to_string(),
                };
                let _ = write!(self.out, "#<{kind} {shown}>");
            }
            tags::REFERENCE => {
                let _ = write!(self.out, "#<{}", s.name(values[0]).unwrap_or("reference"));
                if !matches!(s.name(values[0]), Some("matcher")) {
                    self.out.push(' ');
                    self.value(s.atom_load(values[1]), depth + 1);
                }
                self.out.push('>');
            }
            tags::OBJECT => {
                let _ = write!(self.out, "#<{}>", s.name(values[0]).unwrap_or("object"));
            }
            tags::NAMESPACE => {
                let _ = write!(self.out, "#<namespace {}>", s.name(values[0]).unwrap_or("?"));
            }
            tag @ (tags::FUNCTION | tags::NATIVE | tags::META_FUNCTION | tags::MULTIMETHOD) => {
                let what = if tag == tags::MULTIMETHOD { "multimethod" } else { "fn" };
                let _ = write!(self.out, "#<{what} {}>", function_name(s, value));
            }
            tag => {
                let _ = write!(self.out, "#<record {tag:#x}>");
            }
        }
    }
}

/// The name of a function of any kind, `"fn"` when it has none.
pub fn function_name<'s>(s: Scope<'s>, function: Value<'s>) -> String {
    let values = s.record_values(function);
    let name = match s.record_tag(function) {
        Some(tags::FUNCTION) => s.record_values(values[0])[0],
        Some(tags::NATIVE | tags::MULTIMETHOD) => values[0],
        Some(tags::META_FUNCTION) => return function_name(s, values[0]),
        _ => Value::NIL,
    };
    match s.name(name) {
        Some(name) => name.to_string(),
        None => "fn".to_string(),
    }
}
