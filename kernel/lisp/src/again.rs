//! Loading a source again: a definition that would come out as it is stays what it is.
//!
//! Enter at [`begin`] when the loading of a source begins, at [`skip`] before a form is read, at [`Made::of`] and [`Made::note`] around the
//! compilation of one, and at [`end`]. What a source made is kept by its file and the namespace in which it began ([`tags::LOADED`]).
//!
//! Only a `defn` or `defn-` is left out: one whose text, column and namespace are those of the last time, whose var holds what it made then, metadata
//! included, and for which no name means something else. The last is not looked up name by name: [`Runtime::meanings_in`] counts whatever
//! changes what a name means to forms that are compiled, and macros that are not the library's make a form one to compile. If only its line is
//! another one, the function is made anew with other lines.
//!
//! Invariant: what a load leaves behind is what it would have left behind had every form been compiled.

use crate::bytecode::{self, CODE_CONSTANTS};
use crate::reader::{self, Reader};
use crate::runtime::{CORE, Runtime, namespace_parts, var_atom};
use crate::vm::{CONFINED, FILE, LAST, LOADING, NAMESPACE, Vm};
use crate::{natives, tags};
use alloc::vec::Vec;
use core::cell::Cell;
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// Deepest nesting of constants in which places are moved: bounds the native stack.
const DEPTH_MAX: u32 = 64;
/// Bytes of texts that are remembered, and texts; when there are more, the others are forgotten.
const BYTES_MAX: usize = 2 << 20;
const SOURCES_MAX: usize = 128;

/// What the compiler found out about a form.
#[derive(Default)]
pub(crate) struct Findings<'s> {
    /// The var that the form defines.
    pub(crate) defines: Option<Value<'s>>,
    /// Whether what comes out depends on more than what is counted: macros of programs, templates, vars without a value.
    pub(crate) is_open: bool,
    /// Whether macros of the library were expanded.
    pub(crate) has_macros: bool,
}

/// A place in a text: byte, line, column.
pub(crate) type At = (usize, u32, u32);

/// Words of a [`tags::MADE`].
struct Words {
    /// First byte of the form in its text, and the byte behind it.
    start: u32,
    end: u32,
    line: u32,
    column: u32,
    /// Lines from the first to the last, and the column behind it.
    lines: u32,
    end_column: u32,
    meanings: [u64; 2],
    has_macros: bool,
}

impl Words {
    fn pack(&self) -> [u64; 6] {
        let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let [all, own] = self.meanings;
        let places = [pair(self.start, self.end), pair(self.line, self.column)];
        [places[0], places[1], pair(self.lines, self.end_column), all, own, u64::from(self.has_macros)]
    }

    fn unpack(words: &[u64]) -> Option<Words> {
        let &[span, place, rest, all, own, has_macros] = words else { return None };
        Some(Words {
            start: (span >> 32) as u32,
            end: span as u32,
            line: (place >> 32) as u32,
            column: place as u32,
            lines: (rest >> 32) as u32,
            end_column: rest as u32,
            meanings: [all, own],
            has_macros: has_macros != 0,
        })
    }
}

/// Sets up a fiber for the loading of a source from its beginning, or for anything else.
pub(crate) fn begin<'s>(s: Scope<'s>, runtime: &Runtime, is_whole: bool) {
    let file = s.root_get(FILE);
    let is_kept =
        is_whole && s.as_str(file).is_some_and(|file| !file.is_empty() && !natives::is_library(file));
    let loading = || {
        let key = s.vector(&[file, s.root_get(NAMESPACE)])?;
        let known = s.map_get(s.atom_load(runtime.loaded(s)), key).unwrap_or(Value::NIL);
        s.record(tags::LOADING, &[key, known, Value::EMPTY_LIST], &[])
    };
    // Without room for it, everything is compiled.
    s.root_set(LOADING, if is_kept { loading().unwrap_or(Value::NIL) } else { Value::NIL });
}

/// Key, what is known and what was made, while that is to be noted.
fn loading<'s>(s: Scope<'s>) -> Option<[Value<'s>; 3]> {
    match s.record_parts(s.root_get(LOADING))? {
        (tags::LOADING, &[key, known, made], _) => Some([key, known, made]),
        _ => None,
    }
}

/// Keeps what a source made that was loaded to its end.
pub(crate) fn end(vm: &Vm<'_, '_>) -> Result<(), OutOfMemory> {
    let s = vm.s;
    let Some([key, _, made]) = loading(s).filter(|[.., made]| s.kind(*made) == Kind::Pair) else {
        return Ok(());
    };
    s.root_set(LOADING, Value::NIL);
    let mut all: Vec<_> = s.list_iter(made).collect();
    all.reverse();
    let loaded = s.record(tags::LOADED, &[s.string(vm.source)?, s.vector(&all)?], &[])?;
    let length =
        |loaded| s.record_values(loaded).first().and_then(|text| s.as_str(*text)).map_or(0, str::len);
    s.atom_swap(vm.runtime.loaded(s), |known| {
        let bytes: usize = s.map_iter(known).map(|(_, loaded)| length(loaded)).sum();
        let has_room = s.map_count(known) < SOURCES_MAX && bytes + vm.source.len() <= BYTES_MAX;
        s.map_assoc(if has_room { known } else { s.empty_map()? }, key, loaded)
    })?;
    Ok(())
}

/// Goes over definitions that would come out as they are. Returns how many bytes that were.
pub(crate) fn skip<'s>(vm: &mut Vm<'_, 's>, reader: &mut Reader<'_, 's>) -> Result<usize, OutOfMemory> {
    let s = vm.s;
    let known = loading(s).and_then(|[_, known, _]| s.record_parts(known));
    let Some((tags::LOADED, &[text, all], _)) = known else { return Ok(0) };
    let (Some(text), false) = (s.as_str(text), vm.runtime.meanings.is_open()) else { return Ok(0) };
    // What a confined program may not name, it must be told of.
    if !s.root_get(CONFINED).is_nil() {
        return Ok(0);
    }
    let namespace = vm.current_namespace()?;
    let from = reader.position().0;
    loop {
        reader.skip_blank();
        let at = reader.position();
        if !vm.source[at.0..].starts_with("(defn") {
            return Ok(at.0 - from);
        }
        let Some(next) = again(vm, namespace, text, all, at)? else { return Ok(at.0 - from) };
        reader.seek(next);
    }
}

/// The place behind the definition that stands at a place, if that has been done with.
fn again<'s>(
    vm: &mut Vm<'_, 's>,
    namespace: Value<'s>,
    text: &str,
    all: Value<'s>,
    at: At,
) -> Result<Option<At>, OutOfMemory> {
    let s = vm.s;
    let rest = &vm.source.as_bytes()[at.0..];
    let is_same = |words: &Words| {
        let known = text.as_bytes().get(words.start as usize..words.end as usize);
        known.is_some_and(|known| rest.starts_with(known)) && words.column == at.2
    };
    // Where as many definitions were before, and around it: one that was added moved all that follow.
    let count = s.vector_count(all);
    let first = loading(s).and_then(|[.., made]| s.list_count(made)).unwrap_or(0).min(count);
    let around = (0..=count).flat_map(|away| [first.checked_add(away), first.checked_sub(away + 1)]);
    let mut known = around.flatten().filter_map(|index| {
        let (_, values, words) = s.record_parts(s.vector_get(all, index)?)?;
        let words = Words::unpack(words).filter(is_same)?;
        Some((values, words))
    });
    let Some((&[var, function, meta, own], words)) = known.next() else { return Ok(None) };
    let atom = var_atom(s, var);
    let holds = own.is_identical(s.root_get(NAMESPACE))
        && words.meanings == vm.runtime.meanings_in(s, namespace)
        && (!words.has_macros || vm.runtime.meanings.is_library_whole())
        && s.atom_load(atom).is_identical(function)
        && s.atom_info(atom).is_identical(meta);
    if !holds {
        return Ok(None);
    }
    let (mut function, mut meta) = (function, meta);
    if words.line != at.1 {
        let mover = Mover { s, by: i64::from(at.1) - i64::from(words.line), is_stuck: Cell::new(false) };
        let constant = |constant| mover.moved(constant);
        function = bytecode::moved(s, function, s.root_get(FILE), mover.by, &constant)?;
        meta = s.map_assoc(mover.moved(meta)?, s.keyword("line"), s.int(i64::from(at.1))?)?;
        if mover.is_stuck.get() {
            return Ok(None);
        }
        vm.runtime.define(s, var, function, meta)?;
    }
    let length = words.end - words.start;
    let next = (at.0 + length as usize, at.1 + words.lines, words.end_column);
    let words = Words { start: at.0 as u32, end: next.0 as u32, line: at.1, ..words };
    note(s, &[var, function, meta, own], &words)?;
    s.root_set(LAST, var);
    Ok(Some(next))
}

fn note<'s>(s: Scope<'s>, values: &[Value<'s>], words: &Words) -> Result<(), OutOfMemory> {
    let Some([key, known, made]) = loading(s) else { return Ok(()) };
    let made = s.pair(s.record(tags::MADE, values, &words.pack())?, made)?;
    s.root_set(LOADING, s.record(tags::LOADING, &[key, known, made], &[])?);
    Ok(())
}

/// Moves places in metadata so many lines further down.
struct Mover<'s> {
    s: Scope<'s>,
    by: i64,
    /// Whether something was left as it is: nested deeper than [`DEPTH_MAX`], or with metadata that a program wrote beside a place.
    is_stuck: Cell<bool>,
}

impl<'s> Mover<'s> {
    fn moved(&self, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        if self.has_place(value, 0) { self.collection(value) } else { Ok(value) }
    }

    fn collection(&self, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let s = self.s;
        let meta = match reader::place_of(s, s.meta(value)) {
            Some((line, column)) => reader::place((i64::from(line) + self.by) as u32, column),
            None => s.meta(value),
        };
        let parts =
            self.parts(value).into_iter().map(|part| self.moved(part)).collect::<Result<Vec<_>, _>>()?;
        let value = match s.kind(value) {
            Kind::Pair => s.list(&parts)?,
            Kind::Vector => s.vector(&parts)?,
            Kind::Set => s.set(&parts)?,
            _ => s.map(&parts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>())?,
        };
        s.with_meta(value, meta)
    }

    /// Whether the metadata of a constant, or of what is in it, tells a place.
    fn has_place(&self, value: Value<'s>, depth: u32) -> bool {
        let is_placed = reader::place_of(self.s, self.s.meta(value)).is_some();
        if depth > DEPTH_MAX || is_placed && self.s.kind(self.s.meta(value)) == Kind::Map {
            self.is_stuck.set(true);
            return false;
        }
        is_placed || self.parts(value).into_iter().any(|part| self.has_place(part, depth + 1))
    }

    fn parts(&self, value: Value<'s>) -> Vec<Value<'s>> {
        let s = self.s;
        match s.kind(value) {
            Kind::Pair => s.list_iter(value).collect(),
            Kind::Vector => s.vector_iter(value).collect(),
            Kind::Set => s.set_iter(value).collect(),
            Kind::Map => s.map_iter(value).flat_map(|(key, value)| [key, value]).collect(),
            _ => Vec::new(),
        }
    }
}

/// A definition that is compiled, so that it can be noted what it made.
pub(crate) struct Made {
    span: (At, At),
    meanings: [u64; 2],
}

impl Made {
    /// What there is to note of a form that was read whole, if it is one that may be left out the next time.
    pub(crate) fn of<'s>(vm: &Vm<'_, 's>, form: Value<'s>) -> Result<Option<Made>, OutOfMemory> {
        let s = vm.s;
        let (Some(span), false) = (vm.form_span, s.root_get(LOADING).is_nil()) else { return Ok(None) };
        let head = s.first_of(form);
        let is_definition = [s.symbol("defn"), s.symbol("defn-")].iter().any(|name| name.is_identical(head));
        if s.kind(form) != Kind::Pair || !is_definition || !vm.source[span.0.0..].starts_with("(defn") {
            return Ok(None);
        }
        let namespace = vm.current_namespace()?;
        let is_core = s.name(namespace_parts(s, namespace)[0]) == Some(CORE);
        if !is_core && vm.runtime.lookup(s, namespace, head).is_some() {
            return Ok(None);
        }
        Ok(Some(Made { span, meanings: vm.runtime.meanings_in(s, namespace) }))
    }

    /// Notes what was compiled, a function that defines, unless it could come out otherwise another time.
    pub(crate) fn note<'s>(self, vm: &Vm<'_, 's>, thunk: Value<'s>) -> Result<(), OutOfMemory> {
        let s = vm.s;
        let code = crate::vm::codes(s, thunk).first().map_or(&[][..], |code| s.record_values(*code));
        let Some(&[function, meta, var]) = code.get(CODE_CONSTANTS..) else { return Ok(()) };
        let is_definition = s.record_tag(function) == Some(tags::FUNCTION)
            && s.kind(meta) == Kind::Map
            && vm.findings.defines.is_some_and(|defined| defined.is_identical(var));
        if !is_definition || vm.findings.is_open {
            return Ok(());
        }
        let (start, end) = self.span;
        let words = Words {
            start: start.0 as u32,
            end: end.0 as u32,
            line: start.1,
            column: start.2,
            lines: end.1 - start.1,
            end_column: end.2,
            meanings: self.meanings,
            has_macros: vm.findings.has_macros,
        };
        note(s, &[var, function, meta, s.root_get(NAMESPACE)], &words)
    }
}
