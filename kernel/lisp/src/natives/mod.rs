//! The library's functions written in Rust, and how to write one.
//!
//! A native is a [`NativeFn`] plus a [`Native`] that names it; every set listed in [`CORE`] is interned when the
//! runtime starts, before `clj/core.clj` is loaded.
//!
//! # Sequences and laziness
//! Natives never call back. When a native meets a lazy sequence that is not realised yet, it returns
//! `Err(Signal::Force(lazy))`: the VM realises its head and executes the native again. To walk a whole sequence, ask
//! for all of it at once (`Signal::ForceAll`), else the walk starts over for every element. The helpers in
//! [`crate::seq`] do this: `seq`, `first`, `next`, `rest` force the head only; `to_vec` realises to the end;
//! `realise_deep` realises all that is nested in a value (for printing, hashing). Use `?` on them.
//! `(lazy-seq* f)` and `(delay* f)` make lazy values from a function of no arguments.
//!
//! # Calling a function
//! `Err(Signal::Apply(f, arguments))` makes the call of `f` the result of the native (a tail call): `apply`.
//! What needs several calls (`map`, `reduce`, `swap!`) is Lisp in `clj/core.clj`; a native that has a rare case of
//! that kind hands it over with [`delegate`]. One that needs the order of a sorted collection returns
//! [`Signal::Ordered`] where that is a function of the program; `sorted::order` says so (see `sorted.rs`).

use crate::native::{Call, Native, NativeFn, Signal};
use crate::{seq, tags};
use core::ops::Range;
use halt_heap::{Kind, Scope, Value};

mod arithmetic;
mod associative;
mod atoms;
mod basic;
mod collections;
mod compare;
mod errors;
mod floats;
mod format;
mod predicates;
mod printing;
mod protocols;
mod reflection;
pub(crate) mod regexes;
mod sequences;
mod sorted;
mod strings;
mod tagged;
mod vectors;

pub use printing::Output;

/// The sets of natives that every runtime has.
pub const CORE: &[&[Native]] = &[
    basic::NATIVES,
    arithmetic::NATIVES,
    associative::NATIVES,
    atoms::NATIVES,
    collections::NATIVES,
    compare::NATIVES,
    errors::NATIVES,
    floats::NATIVES,
    predicates::NATIVES,
    printing::NATIVES,
    protocols::NATIVES,
    reflection::NATIVES,
    regexes::NATIVES,
    sequences::NATIVES,
    sorted::NATIVES,
    strings::NATIVES,
    tagged::NATIVES,
    vectors::NATIVES,
];

/// Natives of numbers and predicates, by their numbers: each takes a short time.
const SIMPLE: [Range<usize>; 2] = [numbers_of(arithmetic::NATIVES), numbers_of(predicates::NATIVES)];
/// Those that work on collections.
const COLLECTING: [Range<usize>; 2] = [numbers_of(associative::NATIVES), numbers_of(collections::NATIVES)];

/// The numbers that the natives of a set have in every runtime.
const fn numbers_of(wanted: &[Native]) -> Range<usize> {
    let (mut set, mut first) = (0, 0);
    while !is_same(CORE[set][0].name.as_bytes(), wanted[0].name.as_bytes()) {
        first += CORE[set].len();
        set += 1;
    }
    first..first + wanted.len()
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// A native that has no effect and is not asked about anything but its arguments, so it may be called again when it asked
/// for one to be realised.
fn plain<'s>(call: &Call<'_, 's>, function: Value<'s>) -> Option<&'static Native> {
    number_among(call.s, function, SIMPLE.iter().chain(&COLLECTING)).map(|number| call.runtime.native(number))
}

/// Whether a value is such a native.
pub(crate) fn is_plain<'s>(s: Scope<'s>, function: Value<'s>) -> bool {
    number_among(s, function, SIMPLE.iter().chain(&COLLECTING)).is_some()
}

/// A [`plain`] one that takes a short time, so that several calls in a row may be made.
fn simple<'s>(call: &Call<'_, 's>, function: Value<'s>) -> Option<&'static Native> {
    number_among(call.s, function, SIMPLE.iter()).map(|number| call.runtime.native(number))
}

fn number_among<'a, 's>(
    s: Scope<'s>,
    function: Value<'s>,
    mut numbers: impl Iterator<Item = &'a Range<usize>>,
) -> Option<usize> {
    let (tags::NATIVE, _, words) = s.record_parts(function)? else { return None };
    let number = words[0] as usize;
    numbers.any(|range| range.contains(&number)).then_some(number)
}

/// Whether a native takes so many arguments.
fn takes(native: &Native, count: usize) -> bool {
    let (least, most) = native.arity;
    count >= least as usize && most.is_none_or(|most| count <= most as usize)
}

/// Whether a file name is that of one of the library's sources.
pub(crate) fn is_library(file: &str) -> bool {
    SOURCES.iter().any(|source| source.1 == file) || LATER.iter().any(|source| source.0 == file)
}

/// The file of [`LATER`] that defines a name.
pub(crate) fn later_source(name: &str) -> Option<&'static str> {
    LATER.iter().find(|source| later_names(source.1).any(|defined| defined == name)).map(|source| source.0)
}

/// The names that the files of [`LATER`] define.
pub(crate) fn later() -> impl Iterator<Item = (&'static str, &'static str)> {
    LATER.iter().flat_map(|(file, text)| later_names(text).map(move |name| (*file, name)))
}

/// What a source defines at the start of its lines.
fn later_names(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter_map(|line| {
        let mut words = line.strip_prefix("(def")?.split([' ', ')']);
        let kind = words.next()?;
        let is_definition = matches!(kind, "" | "n" | "n-" | "macro" | "once" | "multi" | "protocol");
        words.find(|word| !word.starts_with('^')).filter(|_| is_definition)
    })
}

pub(crate) use sorted::get as sorted_get;

/// What a native answers.
pub(crate) type Answer<'s> = Result<Value<'s>, Signal<'s>>;

/// A native of exactly `count` arguments.
const fn fixed(name: &'static str, count: u8, doc: &'static str, function: NativeFn) -> Native {
    Native { name, arity: (count, Some(count)), doc, function }
}

/// A native of `least` to `most` arguments.
const fn between(name: &'static str, least: u8, most: u8, doc: &'static str, function: NativeFn) -> Native {
    Native { name, arity: (least, Some(most)), doc, function }
}

/// A native of any number of arguments from `least` on.
const fn at_least(name: &'static str, least: u8, doc: &'static str, function: NativeFn) -> Native {
    Native { name, arity: (least, None), doc, function }
}

/// A boolean as an answer.
#[inline(always)]
fn truth<'s>(b: bool) -> Answer<'s> {
    Ok(Value::bool(b))
}

/// The integer argument at an index, or an error that names it.
#[inline]
fn int_at<'s>(call: &Call<'_, 's>, index: usize) -> Result<i64, Signal<'s>> {
    match call.s.as_int(call.arg(index)) {
        Some(n) => Ok(n),
        None => match call.s.as_float(call.arg(index)) {
            // Clojure takes a whole double where it wants an index.
            Some(f) if f.abs() < 9.0e18 => Ok(f as i64),
            _ if let Some(n) = crate::boxed::unbox(call.s, call.arg(index))
                && let Some(n) = n.truncated().ok().and_then(|n| num_traits::ToPrimitive::to_i64(&n)) =>
            {
                Ok(n)
            }
            _ => call.wrong_argument(index, "an integer"),
        },
    }
}

/// The string argument at an index, or an error that names it.
#[inline]
fn str_at<'s>(call: &Call<'_, 's>, index: usize) -> Result<&'s str, Signal<'s>> {
    match call.s.try_str(call.arg(index))? {
        Some(text) => Ok(text),
        None => call.wrong_argument(index, "a string"),
    }
}

/// The vector argument at an index, or an error that names it.
#[inline]
fn vector_at<'s>(call: &Call<'_, 's>, index: usize) -> Answer<'s> {
    match call.s.kind(call.arg(index)) {
        Kind::Vector => Ok(call.arg(index)),
        _ => call.wrong_argument(index, "a vector"),
    }
}

/// A value as it can be a key or an element that others look up: sequences become lists, which the heap
/// compares and hashes by value. Needs them realised.
#[inline]
fn key<'s>(call: &Call<'_, 's>, value: Value<'s>) -> Answer<'s> {
    seq::key(call.s, value)
}

/// Leaves the call to a function of the core written in Lisp, with these arguments.
#[cold]
fn delegate<'s, T>(call: &Call<'_, 's>, name: &str, arguments: &[Value<'s>]) -> Result<T, Signal<'s>> {
    match call.runtime.var_value(call.s, name) {
        Some(function) => Err(Signal::Apply(function, call.s.vector(arguments)?)),
        None => match later_source(name.trim_start_matches("clojure.core/")) {
            Some(file) => Err(Signal::Load(call.s.symbol(file))),
            None => call.throw("unbound", &alloc::format!("{name} is not defined yet")),
        },
    }
}

/// The only value of a reduced value, if it is one.
#[inline]
fn reduced_content<'s>(call: &Call<'_, 's>, value: Value<'s>) -> Option<Value<'s>> {
    match call.s.record_tag(value) {
        Some(tags::REDUCED) => call.s.record_values(value).first().copied(),
        _ => None,
    }
}

/// Sources of `clojure.core` that are loaded when the first of their names is asked for: file name, text. A definition
/// begins at the start of a line.
pub const LATER: &[(&str, &str)] = &[
    ("clojure/more.clj", include_str!("../../clj/more.clj")),
    ("clojure/refs.clj", include_str!("../../clj/refs.clj")),
    ("clojure/rare.clj", include_str!("../../clj/rare.clj")),
];

/// The library's sources: namespace, file name, text. The core is loaded when the runtime starts, the others when they
/// are required first.
pub const SOURCES: &[crate::runtime::Source] = &[
    ("clojure.core", "clojure/core.clj", include_str!("../../clj/core.clj")),
    ("clojure.set", "clojure/set.clj", include_str!("../../clj/set.clj")),
    ("clojure.walk", "clojure/walk.clj", include_str!("../../clj/walk.clj")),
    ("clojure.edn", "clojure/edn.clj", include_str!("../../clj/edn.clj")),
    ("clojure.data", "clojure/data.clj", include_str!("../../clj/data.clj")),
    ("clojure.zip", "clojure/zip.clj", include_str!("../../clj/zip.clj")),
    ("clojure.test", "clojure/test.clj", include_str!("../../clj/test.clj")),
];
