//! Errors are values: maps with `:type`, `:message`, and where they came from.
//!
//! The keys: `:type` a keyword, `:message` a string, `:data` and `:cause` for `ex-info`; the VM adds `:file`, `:line`, `:column`
//! and `:trace` (a vector of strings, innermost function first) where the error is thrown.

use crate::native::Signal;
use crate::printer::{self, PrintLimits};
use alloc::format;
use alloc::string::{String, ToString};
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// An error value of a type (without its colon) with a message.
pub fn error<'s>(s: Scope<'s>, kind: &str, message: &str) -> Result<Value<'s>, OutOfMemory> {
    s.map(&[(s.keyword("type"), s.keyword(kind)), (s.keyword("message"), s.string(message)?)])
}

/// The signal that throws an [`error`].
#[cold]
pub fn throw<'s>(s: Scope<'s>, kind: &str, message: &str) -> Signal<'s> {
    match error(s, kind, message) {
        Ok(error) => Signal::Throw(error),
        Err(OutOfMemory) => Signal::OutOfMemory,
    }
}

/// Whether a thrown value is an error map rather than any value a program threw.
pub fn is_error<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    s.kind(value) == Kind::Map
        && s.map_get(value, s.keyword("type")).is_some()
        && s.map_get(value, s.keyword("message")).is_some()
}

/// The types for which the name of one of Java's classes stands, the first the one that it makes; none for all types. `None` where
/// it is no such name.
pub(crate) fn types_of_class(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "Exception" | "Throwable" | "RuntimeException" | "Error" => &[],
        "ExceptionInfo" => &["ex-info"],
        "ArithmeticException" => &["arithmetic"],
        "IllegalArgumentException" => &["argument", "type", "arity"],
        "ClassCastException" | "NullPointerException" => &["type", "call"],
        "UnsupportedOperationException" => &["unsupported", "type"],
        "NumberFormatException" => &["argument", "read"],
        "IndexOutOfBoundsException" => &["index"],
        "IllegalStateException" => &["state"],
        "ArityException" => &["arity"],
        "AssertionError" => &["assert"],
        "StackOverflowError" => &["stack-overflow"],
        "OutOfMemoryError" => &["out-of-memory"],
        "InterruptedException" => &["interrupt"],
        _ => return None,
    })
}

/// Whether a thrown value is an error of a type, or of one of a vector of types.
pub(crate) fn has_type<'s>(s: Scope<'s>, error: Value<'s>, wanted: Value<'s>) -> bool {
    let kind = if is_error(s, error) { get(s, error, "type") } else { None };
    kind.is_some_and(|kind| match s.kind(wanted) {
        Kind::Vector => s.vector_iter(wanted).any(|wanted| kind.is_identical(wanted)),
        _ => kind.is_identical(wanted),
    })
}

/// `file:line:column: message` of an error value, or what is known of these.
pub fn error_message<'s>(s: Scope<'s>, error: Value<'s>) -> String {
    if !is_error(s, error) {
        return format!("uncaught: {}", printer::print_limited(s, error, true, PrintLimits::MESSAGE));
    }
    let mut text = String::new();
    if let Some(file) = get(s, error, "file").and_then(|v| s.as_str(v)) {
        text.push_str(file);
        for key in ["line", "column"] {
            if let Some(number) = get(s, error, key).and_then(|v| s.as_int(v)) {
                text.push_str(&format!(":{number}"));
            }
        }
        text.push_str(": ");
    }
    match get(s, error, "message") {
        Some(message) => match s.as_str(message) {
            Some(message) => text.push_str(message),
            None => text.push_str(&printer::print_limited(s, message, true, PrintLimits::MESSAGE)),
        },
        None => text.push_str("error"),
    }
    if let Some(data) = get(s, error, "data").filter(|data| !data.is_nil()) {
        text.push_str(&format!(" {}", printer::print_limited(s, data, true, PrintLimits::MESSAGE)));
    }
    text
}

/// The stack trace of an error value, a line a function, innermost first; empty when there is none.
pub fn error_trace<'s>(s: Scope<'s>, error: Value<'s>) -> String {
    let mut text = String::new();
    if let Some(trace) = get(s, error, "trace").filter(|trace| s.kind(*trace) == Kind::Vector) {
        for line in s.vector_iter(trace) {
            text.push_str("  at ");
            text.push_str(s.as_str(line).unwrap_or("?"));
            text.push('\n');
        }
    }
    text
}

/// The type of an error value, without its colon.
pub fn error_type<'s>(s: Scope<'s>, error: Value<'s>) -> Option<String> {
    s.name(get(s, error, "type")?).map(ToString::to_string)
}

fn get<'s>(s: Scope<'s>, error: Value<'s>, key: &str) -> Option<Value<'s>> {
    if s.kind(error) != Kind::Map {
        return None;
    }
    s.map_get(error, s.keyword(key))
}
