//! The reader: text to forms.
//!
//! Enter at [`Reader::new`], then [`Reader::next_form`] until it returns `None`. What is open lies on an explicit stack,
//! so that nesting costs no native stack; its depth is bounded by [`DEPTH_MAX`].
//!
//! Collections get their place as metadata: an integer, see [`place`]. Symbols are immediate values and have no
//! metadata of their own: `^:dynamic x` is noted in the metadata of the list around it, under `:halt/symbols`, and of the
//! vectors, maps and sets between.
//!
//! Invariant: no input panics; an error says where it is, what is wrong and what was open.

use crate::{boxed, number};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// Deepest nesting of forms that the reader takes.
pub(crate) const DEPTH_MAX: usize = 10_000;

/// Why text could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadError {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// Whether more text could make it right (something is still open).
    pub is_incomplete: bool,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// A place in a source as an immediate integer: the line above 16 bits of column.
pub(crate) fn place<'s>(line: u32, column: u32) -> Value<'s> {
    Value::small_int((line as i64) << 16 | column.min(0xFFFF) as i64).unwrap_or(Value::NIL)
}

/// Line and column of a [`place`], or of metadata with `:line` and `:column`.
pub(crate) fn place_of<'s>(s: Scope<'s>, meta: Value<'s>) -> Option<(u32, u32)> {
    if let Some(place) = meta.as_small_int() {
        return Some(((place >> 16) as u32, (place & 0xFFFF) as u32));
    }
    if s.kind(meta) != Kind::Map {
        return None;
    }
    let number = |key| s.map_get(meta, s.keyword(key)).and_then(|v| s.as_int(v)).map(|n| n as u32);
    Some((number("line")?, number("column").unwrap_or(1)))
}

/// The metadata of a value as programs see it: a map or nil, a [`place`] spelled out.
pub fn meta_map<'s>(s: Scope<'s>, meta: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
    match meta.as_small_int() {
        Some(place) => {
            s.map(&[(s.keyword("line"), s.int(place >> 16)?), (s.keyword("column"), s.int(place & 0xFFFF)?)])
        }
        None => Ok(meta),
    }
}

/// What opened a span of forms that is not closed yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    List,
    Vector,
    Map,
    Set,
    FnLiteral,
    Conditional {
        splice: bool,
    },
    /// `'x` and its like: the symbol in front of one form.
    Prefix(&'static str, &'static str),
    Meta,
    Discard,
    /// `#tag`: the tag is the first item.
    Tagged,
    /// `#:name{`: the name is the first item.
    QualifiedMap,
}

impl Open {
    fn text(self) -> &'static str {
        match self {
            Open::List => "(",
            Open::Vector => "[",
            Open::Map => "{",
            Open::Set => "#{",
            Open::FnLiteral => "#(",
            Open::Conditional { splice: false } => "#?(",
            Open::Conditional { splice: true } => "#?@(",
            Open::Prefix(text, _) => text,
            Open::Meta => "^",
            Open::Discard => "#_",
            Open::Tagged => "#",
            Open::QualifiedMap => "#:",
        }
    }

    fn closer(self) -> Option<char> {
        match self {
            Open::List | Open::FnLiteral | Open::Conditional { .. } => Some(')'),
            Open::Vector => Some(']'),
            Open::Map | Open::Set | Open::QualifiedMap => Some('}'),
            Open::Prefix(..) | Open::Meta | Open::Discard | Open::Tagged => None,
        }
    }
}

struct Frame<'s> {
    open: Open,
    line: u32,
    column: u32,
    /// Where its forms begin in `items`.
    start: usize,
    /// Metadata of symbols directly inside.
    symbols: Vec<(Value<'s>, Value<'s>)>,
}

/// How `::name` and `::alias/name` are resolved.
pub type Resolve<'a> = &'a dyn Fn(Option<&str>) -> Option<String>;

/// A reader over one text.
pub struct Reader<'a, 's> {
    s: Scope<'s>,
    text: &'a str,
    position: usize,
    line: u32,
    column: u32,
    resolve: Resolve<'a>,
    frames: Vec<Frame<'s>>,
    items: Vec<Value<'s>>,
    /// Parameters of the `#()` that is being read: how many, and whether there is a rest.
    fn_parameters: (u8, bool),
    fn_serial: u32,
    form_place: (u32, u32),
    form_start: usize,
    has_unknown_tag: bool,
    is_data: bool,
}

enum Failure {
    Read(ReadError),
    Memory,
}

impl From<OutOfMemory> for Failure {
    fn from(_: OutOfMemory) -> Self {
        Failure::Memory
    }
}

type Read<T> = Result<T, Failure>;

impl<'a, 's> Reader<'a, 's> {
    /// A reader at the beginning of a text. `resolve` gives the current namespace (`None`) or that of an alias.
    pub fn new(s: Scope<'s>, text: &'a str, resolve: Resolve<'a>) -> Reader<'a, 's> {
        Reader {
            s,
            text,
            position: 0,
            line: 1,
            column: 1,
            resolve,
            frames: Vec::with_capacity(16),
            items: Vec::with_capacity(64),
            fn_parameters: (0, false),
            fn_serial: 0,
            form_place: (1, 1),
            form_start: 0,
            has_unknown_tag: false,
            is_data: false,
        }
    }

    /// Goes on at a place that [`position`](Self::position) returned for the same text.
    pub fn seek(&mut self, (position, line, column): (usize, u32, u32)) {
        (self.position, self.line, self.column) = (position, line, column);
    }

    /// Where the reader is: byte offset, line, column.
    pub fn position(&self) -> (usize, u32, u32) {
        (self.position, self.line, self.column)
    }

    /// Whether a literal had a tag without a reader.
    pub(crate) fn has_unknown_tag(&self) -> bool {
        self.has_unknown_tag
    }

    /// Line and column of the form that was read last.
    pub fn form_place(&self) -> (u32, u32) {
        self.form_place
    }

    /// The first byte of the form that was read last.
    pub(crate) fn form_start(&self) -> usize {
        self.form_start
    }

    /// Reads the next form; `None` at the end of the text.
    pub fn next_form(&mut self) -> Result<Option<Value<'s>>, ReadError> {
        self.frames.clear();
        self.items.clear();
        self.read().map_err(|failure| match failure {
            Failure::Read(error) => error,
            Failure::Memory => ReadError {
                line: self.line,
                column: self.column,
                message: "out of memory while reading".to_string(),
                is_incomplete: false,
            },
        })
    }

    fn read(&mut self) -> Read<Option<Value<'s>>> {
        loop {
            self.skip_blank();
            let (line, column) = (self.line, self.column);
            if self.frames.is_empty() {
                self.form_place = (line, column);
                self.form_start = self.position;
            }
            let Some(c) = self.peek() else {
                return match self.frames.last() {
                    None => Ok(None),
                    Some(frame) => {
                        let what = match frame.open.closer() {
                            Some(closer) => format!("expected `{closer}` to close the"),
                            None => "expected a form after the".to_string(),
                        };
                        let (text, l, c) = (frame.open.text(), frame.line, frame.column);
                        let message = format!("end of text: {what} `{text}` opened at {l}:{c}");
                        Err(Failure::Read(ReadError { line, column, message, is_incomplete: true }))
                    }
                };
            };
            if self.is_data && self.is_code() {
                let mark: String =
                    self.rest().chars().take(if c == '#' || c == ':' { 2 } else { 1 }).collect();
                return self.fail((line, column), format!("`{mark}` stands for code, and this is data"));
            }
            let done = match c {
                '(' => self.open(Open::List, 1)?,
                '[' => self.open(Open::Vector, 1)?,
                '{' => self.open(Open::Map, 1)?,
                ')' | ']' | '}' => self.close(c)?,
                '\'' => self.open(Open::Prefix("'", "quote"), 1)?,
                '`' => self.open(Open::Prefix("`", "clojure.core/syntax-quote"), 1)?,
                '@' => self.open(Open::Prefix("@", "clojure.core/deref"), 1)?,
                '~' if self.rest().starts_with("~@") => {
                    self.open(Open::Prefix("~@", "clojure.core/unquote-splicing"), 2)?
                }
                '~' => self.open(Open::Prefix("~", "clojure.core/unquote"), 1)?,
                '^' => self.open(Open::Meta, 1)?,
                '#' => self.dispatch()?,
                '"' => {
                    let value = self.string()?;
                    self.complete(value, line, column)?
                }
                '\\' => {
                    let value = self.character()?;
                    self.complete(value, line, column)?
                }
                _ => {
                    let value = self.token()?;
                    self.complete(value, line, column)?
                }
            };
            if done.is_some() {
                return Ok(done);
            }
        }
    }

    /// From now on, what stands for code or depends on a namespace is an error: `@ ` ~ #( #' #" #? ::`.
    pub(crate) fn refuse_code(&mut self) {
        self.is_data = true;
    }

    fn is_code(&self) -> bool {
        match self.rest().as_bytes() {
            [b'@' | b'`' | b'~', ..] => true,
            [b'#', second, ..] => b"('\"?".contains(second),
            [b':', b':', ..] => true,
            _ => false,
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn peek(&self) -> Option<char> {
        let byte = *self.text.as_bytes().get(self.position)?;
        if byte < 0x80 { Some(byte as char) } else { self.rest().chars().next() }
    }

    fn advance(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.position += c.len_utf8();
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    /// Goes over blanks and comments.
    pub(crate) fn skip_blank(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.position) {
            match byte {
                b'\n' => {
                    self.position += 1;
                    self.line += 1;
                    self.column = 1;
                }
                b' ' | b',' | b'\t'..=b'\r' => {
                    self.position += 1;
                    self.column += 1;
                }
                b';' => self.skip_line(),
                b'#' if bytes.get(self.position + 1) == Some(&b'!') => self.skip_line(),
                0x80.. if self.peek().is_some_and(|c| c.is_whitespace() || c == '\u{FEFF}') => {
                    self.advance();
                }
                _ => break,
            }
        }
    }

    /// Goes to the end of the line.
    fn skip_line(&mut self) {
        let rest = self.rest();
        let end = rest.bytes().position(|byte| byte == b'\n').unwrap_or(rest.len());
        self.position += end;
        self.column += rest[..end].chars().count() as u32;
    }

    fn fail<T>(&self, (line, column): (u32, u32), message: String) -> Read<T> {
        Err(Failure::Read(ReadError { line, column, message, is_incomplete: false }))
    }

    fn incomplete<T>(&self, (line, column): (u32, u32), message: String) -> Read<T> {
        Err(Failure::Read(ReadError { line, column, message, is_incomplete: true }))
    }

    fn here(&self) -> (u32, u32) {
        (self.line, self.column)
    }

    fn open(&mut self, open: Open, length: usize) -> Read<Option<Value<'s>>> {
        if self.frames.len() >= DEPTH_MAX {
            return self.fail(self.here(), format!("forms are nested deeper than {DEPTH_MAX}"));
        }
        let (line, column) = self.here();
        self.position += length;
        self.column += length as u32;
        let start = self.items.len();
        self.frames.push(Frame { open, line, column, start, symbols: Vec::new() });
        Ok(None)
    }

    fn dispatch(&mut self) -> Read<Option<Value<'s>>> {
        let here = self.here();
        let rest = self.rest();
        match rest.as_bytes().get(1) {
            Some(b'{') => self.open(Open::Set, 2),
            Some(b'(') => {
                if self.frames.iter().any(|frame| frame.open == Open::FnLiteral) {
                    return self.fail(here, "`#()` inside `#()`: write the inner one with `fn`".to_string());
                }
                self.fn_parameters = (0, false);
                self.fn_serial += 1;
                self.open(Open::FnLiteral, 2)
            }
            Some(b'\'') => self.open(Open::Prefix("#'", "var"), 2),
            Some(b'_') => self.open(Open::Discard, 2),
            Some(b'^') => self.open(Open::Meta, 2),
            Some(b'?') if rest.starts_with("#?@(") => self.open(Open::Conditional { splice: true }, 4),
            Some(b'?') if rest.starts_with("#?(") => self.open(Open::Conditional { splice: false }, 3),
            Some(b'#') => {
                self.position += 2;
                self.column += 2;
                let token = self.take_token();
                let value = match token {
                    "Inf" => f64::INFINITY,
                    "-Inf" => f64::NEG_INFINITY,
                    "NaN" => f64::NAN,
                    _ => return self.fail(here, format!("unknown symbolic value: ##{token}")),
                };
                let value = self.s.float(value)?;
                self.complete(value, here.0, here.1)
            }
            Some(b'"') => self.regex(here),
            Some(b':') => self.qualified_map(here),
            None => self.incomplete(here, "end of text after `#`".to_string()),
            Some(_) => {
                self.position += 1;
                self.column += 1;
                let tag = self.take_token();
                if !is_name(tag) || tag.starts_with(':') {
                    return self.fail(here, format!("`#` wants the name of a tag, got `{tag}`"));
                }
                (self.line, self.column) = here;
                self.open(Open::Tagged, 0)?;
                self.column += 1 + tag.chars().count() as u32;
                self.items.push(self.s.symbol(tag));
                Ok(None)
            }
        }
    }

    /// Takes in a finished form: into the collection around it, or through the prefixes in front of it.
    fn complete(&mut self, value: Value<'s>, line: u32, column: u32) -> Read<Option<Value<'s>>> {
        let (mut value, mut line, mut column) = (value, line, column);
        loop {
            let Some(frame) = self.frames.last() else { return Ok(Some(value)) };
            let (open, start, frame_line, frame_column) = (frame.open, frame.start, frame.line, frame.column);
            match open {
                Open::Prefix(_, symbol) => {
                    self.frames.pop();
                    let list = self.s.list(&[self.s.symbol(symbol), value])?;
                    value = self.s.with_meta(list, place(frame_line, frame_column))?;
                    (line, column) = (frame_line, frame_column);
                }
                Open::Tagged => {
                    let tag = self.items.pop().unwrap_or(Value::NIL);
                    self.frames.pop();
                    (line, column) = (frame_line, frame_column);
                    value = match crate::tagged::read(self.s, tag, value)? {
                        Ok(value) => value,
                        // In a reader conditional the form may be another dialect's, and is then not looked at.
                        Err(_) if self.frames.iter().any(|f| matches!(f.open, Open::Conditional { .. })) => {
                            self.s.record(crate::tags::TAGGED, &[tag, value], &[])?
                        }
                        Err(message) => return self.fail((line, column), message),
                    };
                    self.has_unknown_tag |= self.s.record_tag(value) == Some(crate::tags::TAGGED);
                }
                Open::Discard => {
                    self.frames.pop();
                    return Ok(None);
                }
                Open::Meta if self.items.len() == start => {
                    self.items.push(value);
                    return Ok(None);
                }
                Open::Meta => {
                    let meta = self.items.pop().unwrap_or(Value::NIL);
                    self.frames.pop();
                    value = self.attach(meta, value, (frame_line, frame_column), (line, column))?;
                    (line, column) = (frame_line, frame_column);
                }
                _ => {
                    self.items.push(value);
                    return Ok(None);
                }
            }
        }
    }

    fn attach(
        &mut self,
        meta: Value<'s>,
        value: Value<'s>,
        meta_place: (u32, u32),
        value_place: (u32, u32),
    ) -> Read<Value<'s>> {
        let s = self.s;
        let meta = match s.kind(meta) {
            Kind::Map => meta,
            Kind::Keyword => s.map(&[(meta, Value::TRUE)])?,
            Kind::Symbol | Kind::String => s.map(&[(s.keyword("tag"), meta)])?,
            Kind::Vector => s.map(&[(s.keyword("param-tags"), meta)])?,
            _ => {
                let message = "metadata must be a map, a keyword, a symbol, a string or a vector";
                return self.fail(meta_place, message.to_string());
            }
        };
        match s.kind(value) {
            Kind::Symbol => {
                if let Some(frame) = self.frames.last_mut() {
                    match frame.symbols.iter_mut().find(|entry| entry.0.is_identical(value)) {
                        Some(entry) => entry.1 = s.map_merge(meta, entry.1)?,
                        None => frame.symbols.push((value, meta)),
                    }
                }
                Ok(value)
            }
            Kind::Pair | Kind::Vector | Kind::Map | Kind::Set => {
                let old = meta_map(s, s.meta(value))?;
                let base = if s.kind(old) == Kind::Map { old } else { s.empty_map()? };
                Ok(s.with_meta(value, s.map_merge(base, meta)?)?)
            }
            Kind::EmptyList => Ok(value),
            _ => self.fail(value_place, "metadata can only be put on symbols and collections".to_string()),
        }
    }

    fn close(&mut self, closer: char) -> Read<Option<Value<'s>>> {
        let here = self.here();
        let Some(frame) = self.frames.pop() else {
            return self.fail(here, format!("unmatched `{closer}`"));
        };
        if frame.open.closer() != Some(closer) {
            let (text, line, column) = (frame.open.text(), frame.line, frame.column);
            let what = match frame.open.closer() {
                Some(expected) => format!("expected `{expected}` to close"),
                None => "expected a form after".to_string(),
            };
            let message = format!("unmatched `{closer}`: {what} the `{text}` opened at {line}:{column}");
            return self.fail(here, message);
        }
        self.advance();
        let s = self.s;
        let at = (frame.line, frame.column);
        let meta = self.meta_of(&frame)?;
        if matches!(frame.open, Open::Vector | Open::Map | Open::Set) {
            self.hand_up(&frame.symbols);
        }
        if frame.open == Open::List {
            let value = s.list_with_meta(&self.items[frame.start..], meta)?;
            self.items.truncate(frame.start);
            return self.complete(value, at.0, at.1);
        }
        let items: Vec<Value<'s>> = self.items.drain(frame.start..).collect();
        let value = match frame.open {
            Open::Vector => s.vector(&items)?,
            Open::Map => self.map(&items, at)?,
            Open::QualifiedMap => self.map(&self.qualified(&items), at)?,
            Open::Set => self.set(&items, at)?,
            Open::FnLiteral => self.fn_literal(&items, meta)?,
            Open::Conditional { splice } => return self.conditional(&items, splice, at),
            _ => s.list(&items)?,
        };
        let value = s.with_meta(value, meta)?;
        self.complete(value, at.0, at.1)
    }

    /// What was written on names in a vector, a map or a set holds for the list around it, too: a macro may take them from there.
    fn hand_up(&mut self, symbols: &[(Value<'s>, Value<'s>)]) {
        let Some(outer) = self.frames.last_mut() else { return };
        for entry in symbols {
            if !outer.symbols.iter().any(|known| known.0.is_identical(entry.0)) {
                outer.symbols.push(*entry);
            }
        }
    }

    fn meta_of(&self, frame: &Frame<'s>) -> Read<Value<'s>> {
        let at = place(frame.line, frame.column);
        if frame.symbols.is_empty() {
            return Ok(at);
        }
        let symbols = self.s.map(&frame.symbols)?;
        Ok(self.s.map_assoc(meta_map(self.s, at)?, self.s.keyword("halt/symbols"), symbols)?)
    }

    fn map(&self, items: &[Value<'s>], at: (u32, u32)) -> Read<Value<'s>> {
        if items.len() % 2 == 1 {
            return self.fail(at, "a map needs an even number of forms: a value for every key".to_string());
        }
        let entries: Vec<_> = items.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let map = self.s.map(&entries)?;
        if self.s.map_count(map) != entries.len() {
            return self.duplicate("key", "map", entries.iter().map(|entry| entry.0), at);
        }
        Ok(map)
    }

    /// `#:name{`, `#::{` or `#::alias{`.
    fn qualified_map(&mut self, here: (u32, u32)) -> Read<Option<Value<'s>>> {
        let name = self.rest()[2..].split('{').next().unwrap_or("");
        let length = 2 + name.len();
        if !self.rest()[length..].starts_with('{') || name.len() > 200 {
            return self.fail(here, "`#:` wants a namespace and a map: #:name{...}".to_string());
        }
        let namespace = match name.strip_prefix(':') {
            Some(alias) => (self.resolve)(Some(alias.trim()).filter(|alias| !alias.is_empty())),
            None => Some(name.trim().to_string()),
        };
        let Some(namespace) = namespace.filter(|name| is_name(name) && !name.contains('/')) else {
            return self.fail(here, format!("no namespace or alias for the map #:{name}"));
        };
        self.open(Open::QualifiedMap, length + 1)?;
        self.items.push(self.s.symbol(&namespace));
        Ok(None)
    }

    /// The items of a map behind a namespace's name, the keys without a namespace put into it.
    fn qualified(&self, items: &[Value<'s>]) -> Vec<Value<'s>> {
        let s = self.s;
        let Some((namespace, items)) = items.split_first() else { return Vec::new() };
        let namespace = s.name(*namespace).unwrap_or("?");
        let put = |key: Value<'s>| {
            let Some(name) = s.name(key) else { return key };
            let full = match crate::runtime::split(name) {
                None => format!("{namespace}/{name}"),
                Some(("_", name)) => name.to_string(),
                Some(_) => return key,
            };
            if s.kind(key) == Kind::Keyword { s.keyword(&full) } else { s.symbol(&full) }
        };
        items.iter().enumerate().map(|(at, item)| if at % 2 == 0 { put(*item) } else { *item }).collect()
    }

    fn set(&self, items: &[Value<'s>], at: (u32, u32)) -> Read<Value<'s>> {
        let set = self.s.set(items)?;
        if self.s.set_count(set) != items.len() {
            return self.duplicate("element", "set", items.iter().copied(), at);
        }
        Ok(set)
    }

    fn duplicate<T>(
        &self,
        what: &str,
        of: &str,
        items: impl Iterator<Item = Value<'s>>,
        at: (u32, u32),
    ) -> Read<T> {
        let mut seen = self.s.empty_set()?;
        for item in items {
            if self.s.set_contains(seen, item) {
                let shown = crate::printer::print(self.s, item, true);
                return self.fail(at, format!("duplicate {what} in a {of}: {shown}"));
            }
            seen = self.s.set_conj(seen, item)?;
        }
        self.fail(at, format!("duplicate {what} in a {of}"))
    }

    fn fn_literal(&mut self, items: &[Value<'s>], meta: Value<'s>) -> Read<Value<'s>> {
        let s = self.s;
        let (count, rest) = self.fn_parameters;
        let mut parameters: Vec<_> = (1..=count).map(|n| self.fn_parameter(n)).collect();
        if rest {
            parameters.extend([s.symbol("&"), self.fn_parameter(0)]);
        }
        let body = s.with_meta(s.list(items)?, meta)?;
        Ok(s.list(&[s.symbol("fn*"), s.vector(&parameters)?, body])?)
    }

    /// The symbol that stands for `%n`; 0 is `%&`.
    fn fn_parameter(&self, n: u8) -> Value<'s> {
        let serial = self.fn_serial;
        match n {
            0 => self.s.symbol(&format!("rest__{serial}#")),
            n => self.s.symbol(&format!("p{n}__{serial}#")),
        }
    }

    fn conditional(&mut self, items: &[Value<'s>], splice: bool, at: (u32, u32)) -> Read<Option<Value<'s>>> {
        let s = self.s;
        if items.len() % 2 == 1 {
            return self.fail(at, "a reader conditional needs a form for every feature".to_string());
        }
        let wanted = [s.keyword("halt"), s.keyword("default")];
        let choice = items
            .chunks_exact(2)
            .find(|pair| wanted.iter().any(|feature| feature.is_identical(pair[0])))
            .map(|pair| pair[1]);
        let Some(chosen) = choice else { return Ok(None) };
        if !splice {
            return self.complete(chosen, at.0, at.1);
        }
        let parts: Vec<_> = match s.kind(chosen) {
            Kind::Vector => s.vector_iter(chosen).collect(),
            Kind::Pair => s.list_iter(chosen).collect(),
            Kind::EmptyList => Vec::new(),
            _ => return self.fail(at, "`#?@` needs a list or a vector to splice".to_string()),
        };
        if self.frames.is_empty() {
            return self.fail(at, "`#?@` outside of a collection has nothing to splice into".to_string());
        }
        for part in parts {
            if let Some(value) = self.complete(part, at.0, at.1)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    fn take_token(&mut self) -> &'a str {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        // A quote-like character ends a token only behind its front: `a'` is a symbol.
        let cuts = bytes.first().is_some_and(|first| CLASSES[*first as usize] != Class::Quote);
        let (mut end, mut continued) = (0, 0);
        while let Some(byte) = bytes.get(end) {
            match CLASSES[*byte as usize] {
                Class::Name => end += 1,
                Class::End => break,
                Class::Quote if cuts => break,
                Class::Quote => end += 1,
                Class::Wide => {
                    let Some(c) = rest[end..].chars().next().filter(|c| !c.is_whitespace()) else { break };
                    end += c.len_utf8();
                    continued += c.len_utf8() - 1;
                }
            }
        }
        self.position += end;
        self.column += (end - continued) as u32;
        &rest[..end]
    }

    fn token(&mut self) -> Read<Value<'s>> {
        let here = self.here();
        let token = self.take_token();
        let bytes = token.as_bytes();
        let is_number = matches!(bytes, [b'0'..=b'9', ..] | [b'+' | b'-', b'0'..=b'9', ..]);
        if is_number {
            return match number::parse(token) {
                Ok(number) => Ok(boxed::to_value(self.s, &number)?),
                Err(message) => self.fail(here, message),
            };
        }
        if let Some(name) = token.strip_prefix(':') {
            return self.keyword(name, here);
        }
        match token {
            "nil" => return Ok(Value::NIL),
            "true" => return Ok(Value::TRUE),
            "false" => return Ok(Value::FALSE),
            "" => {
                let c = self.advance().unwrap_or(' ');
                return self.fail(here, format!("unexpected `{c}`"));
            }
            _ => {}
        }
        if bytes[0] == b'%' && self.frames.iter().any(|frame| frame.open == Open::FnLiteral) {
            return self.percent(token, here);
        }
        if !is_name(token) {
            return self.fail(here, format!("invalid symbol: {token}"));
        }
        Ok(self.s.symbol(token))
    }

    fn keyword(&mut self, name: &str, here: (u32, u32)) -> Read<Value<'s>> {
        if let Some(name) = name.strip_prefix(':') {
            let (alias, rest) = match name.split_once('/') {
                Some((alias, rest)) if !alias.is_empty() => (Some(alias), rest),
                _ => (None, name),
            };
            if !is_name(rest) {
                return self.fail(here, format!("invalid keyword: ::{name}"));
            }
            return match (self.resolve)(alias) {
                Some(namespace) => Ok(self.s.keyword(&format!("{namespace}/{rest}"))),
                None => self.fail(here, format!("no namespace or alias for the keyword ::{name}")),
            };
        }
        if !is_name(name) && !name.split('/').all(|part| !part.is_empty() && !part.contains(':')) {
            return self.fail(here, format!("invalid keyword: :{name}"));
        }
        Ok(self.s.keyword(name))
    }

    fn percent(&mut self, token: &str, here: (u32, u32)) -> Read<Value<'s>> {
        let n = match &token[1..] {
            "" => 1,
            "&" => {
                self.fn_parameters.1 = true;
                0
            }
            digits => match digits.parse::<u8>() {
                Ok(n @ 1..=20) => n,
                _ => return self.fail(here, format!("`{token}` is no parameter of `#()`: %, %1..%20 or %&")),
            },
        };
        self.fn_parameters.0 = self.fn_parameters.0.max(n);
        Ok(self.fn_parameter(n))
    }

    fn string(&mut self) -> Read<Value<'s>> {
        let start = self.here();
        self.advance();
        // Most strings have no escapes: take them as they are.
        let rest = self.rest();
        let (mut line, mut column) = self.here();
        for (at, byte) in rest.bytes().enumerate() {
            match byte {
                b'"' => {
                    self.position += at + 1;
                    (self.line, self.column) = (line, column + 1);
                    return Ok(self.s.string(&rest[..at])?);
                }
                b'\\' => break,
                b'\n' => (line, column) = (line + 1, 1),
                // All but the first byte of a character.
                0x80..0xC0 => {}
                _ => column += 1,
            }
        }
        let mut text = String::new();
        loop {
            let here = self.here();
            match self.advance() {
                None => {
                    let (line, column) = start;
                    let message = format!("end of text in the string opened at {line}:{column}");
                    return self.incomplete(self.here(), message);
                }
                Some('"') => return Ok(self.s.string(&text)?),
                Some('\\') => match self.escape(here)? {
                    Some(c) => text.push(c),
                    None => return self.incomplete(here, "end of text in a string".to_string()),
                },
                Some(c) => text.push(c),
            }
        }
    }

    /// A regex: what lies between the quotes goes to it as it is, escapes included.
    fn regex(&mut self, here: (u32, u32)) -> Read<Option<Value<'s>>> {
        let start = self.position + 2;
        self.advance();
        self.advance();
        loop {
            match self.advance() {
                None => {
                    let message = format!("end of text in the regex opened at {}:{}", here.0, here.1);
                    return self.incomplete(self.here(), message);
                }
                Some('"') => break,
                Some('\\') => {
                    self.advance();
                }
                Some(_) => {}
            }
        }
        let pattern = &self.text[start..self.position - 1];
        match crate::natives::regexes::make(self.s, pattern)? {
            Ok(regex) => self.complete(regex, here.0, here.1),
            Err(problem) => self.fail(here, problem),
        }
    }

    fn escape(&mut self, here: (u32, u32)) -> Read<Option<char>> {
        let Some(c) = self.advance() else { return Ok(None) };
        Ok(Some(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{C}',
            '\\' | '"' => c,
            'u' => {
                let digits = self.rest().get(..4).unwrap_or("");
                let Some(code) = hexadecimal(digits) else {
                    return self.fail(here, "`\\u` needs four hexadecimal digits".to_string());
                };
                self.position += 4;
                self.column += 4;
                match self.surrogates(code) {
                    Some(c) => c,
                    None => return self.fail(here, format!("\\u{digits} is no character")),
                }
            }
            '0'..='7' => {
                let mut code = c as u32 - '0' as u32;
                for _ in 0..2 {
                    if let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) {
                        code = code * 8 + digit;
                        self.advance();
                    }
                }
                char::from_u32(code).filter(|_| code <= 0o377).unwrap_or('\u{FFFD}')
            }
            _ => return self.fail(here, format!("unknown escape in a string: \\{c}")),
        }))
    }

    /// The character of a UTF-16 unit, with its second half if it is the first of two.
    fn surrogates(&mut self, code: u32) -> Option<char> {
        if (0xD800..0xDC00).contains(&code)
            && let Some(digits) = self.rest().strip_prefix("\\u").and_then(|rest| rest.get(..4))
            && let Some(low @ 0xDC00..0xE000) = hexadecimal(digits)
        {
            self.position += 6;
            self.column += 6;
            return char::from_u32(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
        }
        char::from_u32(code)
    }

    fn character(&mut self) -> Read<Value<'s>> {
        let here = self.here();
        self.advance();
        let Some(first) = self.advance() else {
            return self.incomplete(here, "end of text after `\\`".to_string());
        };
        let rest = if first.is_alphanumeric() { self.take_token() } else { "" };
        if rest.is_empty() {
            return Ok(Value::char(first));
        }
        let name = format!("{first}{rest}");
        let c = match name.as_str() {
            "newline" => Some('\n'),
            "space" => Some(' '),
            "tab" => Some('\t'),
            "return" => Some('\r'),
            "backspace" => Some('\u{8}'),
            "formfeed" => Some('\u{C}'),
            _ => match first {
                'u' if rest.len() == 4 => hexadecimal(rest).and_then(char::from_u32),
                'o' => {
                    u32::from_str_radix(rest, 8).ok().filter(|code| *code <= 0o377).and_then(char::from_u32)
                }
                _ => None,
            },
        };
        match c {
            Some(c) => Ok(Value::char(c)),
            None => self.fail(here, format!("unknown character: \\{name}")),
        }
    }
}

fn hexadecimal(digits: &str) -> Option<u32> {
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// What a byte means within a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Name,
    /// It ends every token.
    End,
    Quote,
    /// It is part of a character of several bytes.
    Wide,
}

/// The class of every byte.
const CLASSES: [Class; 256] = {
    let mut classes = [Class::Name; 256];
    let mut byte = 0x80;
    while byte < 256 {
        classes[byte] = Class::Wide;
        byte += 1;
    }
    let mut index = 0;
    let ends = b" \t\n\x0B\x0C\r()[]{}\",;";
    while index < ends.len() {
        classes[ends[index] as usize] = Class::End;
        index += 1;
    }
    let mut index = 0;
    let quotes = b"@`~^\\";
    while index < quotes.len() {
        classes[quotes[index] as usize] = Class::Quote;
        index += 1;
    }
    classes
};

/// Whether a token is a symbol: a name, or a namespace and a name. `/` itself is one.
fn is_name(token: &str) -> bool {
    let bytes = token.as_bytes();
    let bad = |part: &[u8]| match part {
        [] | [b'0'..=b'9', ..] => true,
        part => part.last() == Some(&b':'),
    };
    let Some(slash) = bytes.iter().position(|byte| *byte == b'/') else { return !bad(bytes) };
    let (namespace, name) = (&bytes[..slash], &bytes[slash + 1..]);
    match name {
        b"" => namespace.is_empty(),
        b"/" => !bad(namespace),
        name => !bad(namespace) && !bad(name) && !name.contains(&b'/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halt_heap::{Heap, Region};

    fn read(text: &str) -> String {
        let heap = Heap::new(Region::allocate(1 << 22)).expect("a heap");
        heap.mutator().enter(|s| {
            let resolve = |alias: Option<&str>| match alias {
                None => Some("user".to_string()),
                Some("s") => Some("clojure.string".to_string()),
                Some(_) => None,
            };
            let mut reader = Reader::new(s, text, &resolve);
            let mut forms = Vec::new();
            loop {
                match reader.next_form() {
                    Ok(Some(form)) => forms.push(crate::printer::print(s, form, true)),
                    Ok(None) => return forms.join(" "),
                    Err(error) => return format!("{error}"),
                }
            }
        })
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(read(text), expected, "{text}");
    }

    #[test]
    fn forms_of_all_kinds() {
        check(
            "nil true false 1 -2 1.5 \\a \\newline \\u0041 \"a\\nb\\u00e9\"",
            "nil true false 1 -2 1.5 \\a \\newline \\A \"a\\nbé\"",
        );
        check(":a :b/c ::d ::s/e x y/z / + -", ":a :b/c :user/d :clojure.string/e x y/z / + -");
        check("(1 [2 {:a #{3}}] ())", "(1 [2 {:a #{3}}] ())");
        check(
            "'a @b #'c `d ~e ~@f",
            "(quote a) (clojure.core/deref b) (var c) (clojure.core/syntax-quote d) (clojure.core/unquote e) (clojure.core/unquote-splicing f)",
        );
        check("#(+ % %2)", "(fn* [p1__1# p2__1#] (+ p1__1# p2__1#))");
        check("#(apply f %&)", "(fn* [& rest__1#] (apply f rest__1#))");
        check("[1 #_2 #_ #_ 3 4 5] ; end\n#! too", "[1 5]");
        check("[#?(:clj #js {:a #inst \"x\"} :default 3)]", "[3]");
        check("#?(:clj 1 :halt 2) [#?@(:default [1 2])] #?(:clj 3)", "2 [1 2]");
        check("^:a [1] ^{:b 2} x ##Inf ##-Inf ##NaN a' a#", "[1] x ##Inf ##-Inf ##NaN a' a#");
    }

    #[test]
    fn tags_and_namespaced_maps() {
        check("#foo [1 #_2 3]", "#foo [1 3]");
        check("#inst \"2020\"", "#inst \"2020-01-01T00:00:00.000-00:00\"");
        check("#:a{:b 1}", "{:a/b 1}");
        check("#:a {:_/b #:c{d 1}}", "{:b {c/d 1}}");
    }

    #[test]
    fn errors_say_where_what_and_what_was_open() {
        check("(1\n [2", "2:4: end of text: expected `]` to close the `[` opened at 2:2");
        check("(1]", "1:3: unmatched `]`: expected `)` to close the `(` opened at 1:1");
        check(")", "1:1: unmatched `)`");
        check("{:a}", "1:1: a map needs an even number of forms: a value for every key");
        check("{:a 1 :a 2}", "1:1: duplicate key in a map: :a");
        check("#{1 1}", "1:1: duplicate element in a set: 1");
        check("\"abc", "1:5: end of text in the string opened at 1:1");
        check("\"a\\q\"", "1:3: unknown escape in a string: \\q");
        check("\\abc", "1:1: unknown character: \\abc");
        check("1x", "1:1: invalid number: 1x");
        check("#inst 1", "1:1: #inst wants a string");
        check("#(foo #)", "1:7: `#` wants the name of a tag, got ``");
        check("#:{}", "1:1: no namespace or alias for the map #:");
        check("#\"a(\"", "1:1: unclosed group at 2 in the regex \"a(\"");
        check("#\"a", "1:4: end of text in the regex opened at 1:1");
        check("'", "1:2: end of text: expected a form after the `'` opened at 1:1");
        check("(')", "1:3: unmatched `)`: expected a form after the `'` opened at 1:2");
        check("::x/y", "1:1: no namespace or alias for the keyword ::x/y");
    }

    #[test]
    fn columns_count_characters() {
        check("(é\u{a0}x]", "1:5: unmatched `]`: expected `)` to close the `(` opened at 1:1");
        check("\"é\nb\" )", "2:4: unmatched `)`");
        check("\"é\\n\" )", "1:7: unmatched `)`");
        check("; é\n)", "2:1: unmatched `)`");
        check("(; é", "1:5: end of text: expected `)` to close the `(` opened at 1:1");
        check("é/ü :é \u{FEFF}x", "é/ü :é x");
    }

    #[test]
    fn slashes_and_quotes_in_names() {
        check("/ a// a'b :a/b", "/ a// a'b :a/b");
        check("a@b", "a (clojure.core/deref b)");
        for name in ["//", "/a", "a/", "a/b/c", "a:", "1/a"] {
            let kind = if name == "1/a" { "number" } else { "symbol" };
            check(name, &format!("1:1: invalid {kind}: {name}"));
        }
    }

    #[test]
    fn nesting_has_a_limit_instead_of_a_stack_overflow() {
        check(
            &"(".repeat(DEPTH_MAX + 1),
            &format!("1:{}: forms are nested deeper than {DEPTH_MAX}", DEPTH_MAX + 1),
        );
        assert!(read(&("[".repeat(500) + &"]".repeat(500))).starts_with("[[["));
    }

    #[test]
    fn random_text_never_panics() {
        let alphabet = [
            "(", ")", "[", "]", "{", "}", "#", "'", "`", "~", "@", "^", "\"", "\\", ":", "/", "%", "1", "0x",
            "a", "é", " ", "\n", ";", "_", "?", "&", "u00", "#(", "#?(", ".",
        ];
        let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..5_000 {
            let mut text = String::new();
            for _ in 0..seed % 24 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(alphabet[(seed >> 33) as usize % alphabet.len()]);
            }
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
            read(&text);
        }
    }
}
