//! Native functions of the system: processes, time, the screen, the machine.
//!
//! Each is small, never calls back into the VM, and reaches the system through its [`ProcessContext`].
//! Those that change the desktop or the machine ask for a privileged process; a window's own process
//! reaches its window through the unforgeable record it was handed.

pub(crate) mod apps;
mod machine;
mod process;
mod screen;

use crate::ProcessContext;
use alloc::format;
use alloc::string::String;
use halt_heap::{Scope, Value};
use halt_lisp::{Call, Native, Signal};

/// Tag of the record that stands for a window and lets its holder paint into it.
pub(crate) const WINDOW_TAG: u16 = 0x200;

/// All native functions of the system.
pub(crate) fn sets() -> [&'static [Native]; 4] {
    [process::NATIVES, screen::NATIVES, machine::NATIVES, apps::NATIVES]
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
