//! Native functions of the system: processes, time, the screen, the machine.
//!
//! Each is small, never calls back into the VM, and reaches the system through its [`ProcessContext`].
//! Those that change the desktop or the machine ask for a privileged process; a window's own process
//! reaches its window through the unforgeable record it was handed.

pub(crate) mod apps;
mod image;
mod machine;
pub(crate) mod nodes;
mod process;
pub(crate) mod screen;

use crate::ProcessContext;
use alloc::format;
use alloc::string::String;
use halt_heap::{Kind, Scope, Value};
use halt_lisp::{Call, Native, Signal};

/// Tag of the record that stands for a window and lets its holder paint into it.
pub(crate) const WINDOW_TAG: u16 = 0x200;

/// Tag of the record that a message of the shell comes in, so that a program can tell it from anybody else's.
pub(crate) const CONTROL_TAG: u16 = 0x202;

/// Tag of a right to do one thing, named by a keyword: its holder may.
pub(crate) const CAPABILITY_TAG: u16 = 0x203;

/// All native functions of the system.
pub(crate) fn sets() -> [&'static [Native]; 6] {
    [process::NATIVES, screen::NATIVES, machine::NATIVES, apps::NATIVES, nodes::NATIVES, image::NATIVES]
}

/// What a native answers.
pub(crate) type Answer<'s> = Result<Value<'s>, Signal<'s>>;

/// The process that calls.
pub(crate) fn context<'a>(call: &Call<'a, '_>) -> &'a ProcessContext {
    match call.host.downcast_ref::<ProcessContext>() {
        Some(context) => context,
        None => panic!("a system function was called outside of the system"),
    }
}

/// An error of a type with a message, as a signal.
pub(crate) fn error<'s>(s: Scope<'s>, kind: &str, message: &str) -> Signal<'s> {
    let build = || {
        let message = s.string(message)?;
        s.map(&[(s.keyword("type"), s.keyword(kind)), (s.keyword("message"), message)])
    };
    match build() {
        Ok(error) => Signal::Throw(error),
        Err(_) => Signal::OutOfMemory,
    }
}

/// Refuses a process that was not handed the right to do this.
pub(crate) fn need_privilege<'s>(call: &Call<'_, 's>, what: &str) -> Result<(), Signal<'s>> {
    if context(call).process.is_privileged {
        return Ok(());
    }
    let message = format!("{what}: this process was not handed the right to do this");
    Err(error(call.s, "not-permitted", &message))
}

/// Refuses a process that neither is privileged nor holds the capability of a name as its first argument. Returns the
/// arguments behind that.
pub(crate) fn need_capability<'a, 's>(
    call: &Call<'a, 's>,
    name: &str,
    what: &str,
) -> Result<&'a [Value<'s>], Signal<'s>> {
    let s = call.s;
    if let Some((first, rest)) = call.args.split_first()
        && is_capability(s, *first, name)
    {
        return Ok(rest);
    }
    need_privilege(call, what)?;
    Ok(call.args)
}

/// Whether a value is the capability of a name.
pub(crate) fn is_capability<'s>(s: Scope<'s>, value: Value<'s>, name: &str) -> bool {
    s.record_tag(value) == Some(CAPABILITY_TAG)
        && s.record_values(value).first().is_some_and(|held| s.name(*held) == Some(name))
}

/// Whether a value is mere data: looking at it, comparing it and printing it runs no program.
pub(crate) fn is_inert<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    // Bounds the native stack; what is nested deeper is nobody's key or message to the shell.
    fn look<'s>(s: Scope<'s>, value: Value<'s>, depth: usize) -> bool {
        let all = |mut values: &mut dyn Iterator<Item = Value<'s>>| {
            depth > 0 && (&mut values).all(|value| look(s, value, depth - 1))
        };
        match s.kind(value) {
            Kind::Pair => all(&mut s.list_iter(value)),
            Kind::Vector => all(&mut s.vector_iter(value)),
            Kind::Map => all(&mut s.map_iter(value).flat_map(|(key, value)| [key, value])),
            Kind::Set => all(&mut s.set_iter(value)),
            Kind::Record => {
                matches!(s.record_tag(value), Some(WINDOW_TAG | CAPABILITY_TAG | halt_ui::IMAGE_TAG))
            }
            Kind::Atom | Kind::SortedMap | Kind::SortedSet => false,
            _ => true,
        }
    }
    look(s, value, 8)
}

/// An integer argument, or an error that names function, place and value.
pub(crate) fn int_arg<'s>(call: &Call<'_, 's>, what: &str, index: usize) -> Result<i64, Signal<'s>> {
    let value = call.args.get(index).copied().unwrap_or(Value::NIL);
    let number = call.s.as_int(value).or_else(|| call.s.as_float(value).map(|f| f as i64));
    number.ok_or_else(|| wrong_argument(call, what, index, "a number"))
}

/// A string argument, or an error that names function, place and value.
pub(crate) fn str_arg<'s>(call: &Call<'_, 's>, what: &str, index: usize) -> Result<&'s str, Signal<'s>> {
    let value = call.args.get(index).copied().unwrap_or(Value::NIL);
    call.s.as_str(value).ok_or_else(|| wrong_argument(call, what, index, "a string"))
}

/// The error for an argument of the wrong kind.
pub(crate) fn wrong_argument<'s>(call: &Call<'_, 's>, what: &str, index: usize, wanted: &str) -> Signal<'s> {
    let value = call.args.get(index).copied().unwrap_or(Value::NIL);
    let mut printed: String = halt_lisp::print(call.s, value, true);
    if printed.len() > 80 {
        printed = printed.chars().take(77).chain("...".chars()).collect();
    }
    error(
        call.s,
        "wrong-argument",
        &format!("{what}: argument {} must be {wanted}, got {printed}", index + 1),
    )
}
