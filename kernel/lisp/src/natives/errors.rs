//! Errors that programs make and take apart.

use super::{at_least, between, fixed, str_at};
use crate::errors;
use crate::native::{Call, Native};
use crate::printer::{self, PrintLimits};
use alloc::format;
use alloc::string::String;
use halt_heap::{Kind, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    between(
        "ex-info",
        2,
        3,
        "Returns an error with a message, a map of data and a cause, to be thrown.",
        |c| {
            let s = c.s;
            let message = match c.arg(0).is_nil() {
                true => Value::NIL,
                false => s.string(str_at(c, 0)?)?,
            };
            if !crate::seq::is_map(s, c.arg(1)) {
                return c.wrong_argument(1, "a map");
            }
            let kind = (s.keyword("type"), s.keyword("ex-info"));
            let error = s.map(&[kind, (s.keyword("message"), message), (s.keyword("data"), c.arg(1))])?;
            match c.args.len() {
                3 => Ok(s.map_assoc(error, s.keyword("cause"), c.arg(2))?),
                _ => Ok(error),
            }
        },
    ),
    between(
        "new-error*",
        1,
        3,
        "Returns an error of a type, with a message and a cause if any; a cause alone brings its message.",
        |c| {
            let s = c.s;
            let rest: &[Value<'_>] = c.args.get(1..).unwrap_or(&[]);
            let (message, cause) = match rest {
                [cause] if errors::is_error(s, *cause) => {
                    (s.map_get(*cause, s.keyword("message")), Some(*cause))
                }
                [message, cause @ ..] if message.is_nil() || s.kind(*message) == Kind::String => {
                    (Some(*message), cause.first().copied())
                }
                [] => (None, None),
                _ => return c.wrong_argument(1, "a message"),
            };
            let message = (s.keyword("message"), message.unwrap_or(Value::NIL));
            let error = s.map(&[(s.keyword("type"), c.arg(0)), message])?;
            match cause {
                Some(cause) => Ok(s.map_assoc(error, s.keyword("cause"), cause)?),
                None => Ok(error),
            }
        },
    ),
    fixed("ex-message", 1, "Returns the message of an error, or nil.", |c| Ok(part(c, "message"))),
    fixed("ex-data", 1, "Returns the map of data of an error that ex-info made, else nil.", |c| {
        Ok(part(c, "data"))
    }),
    fixed("ex-cause", 1, "Returns the cause of an error, or nil.", |c| Ok(part(c, "cause"))),
    fixed("ex-type", 1, "Returns the :type of an error, or nil.", |c| Ok(part(c, "type"))),
    fixed("case-failed", 2, "Throws the error of a case without a matching clause.", |c| {
        let shown = printer::print_limited(c.s, c.arg(1), true, PrintLimits::SHORT);
        c.throw("type", &format!("no matching clause: {shown}"))
    }),
    fixed("index-failed*", 1, "Throws the error of an index past the end of a sequence.", |c| {
        c.throw("index", "index is out of bounds for a sequence")
    }),
    fixed("throw-error*", 2, "Throws an error of a type with a message.", |c| match c.s.name(c.arg(0)) {
        Some(kind) => c.throw(kind, str_at(c, 1)?),
        None => c.wrong_argument(0, "a keyword"),
    }),
    at_least(
        "assert-failed*",
        1,
        "Throws the error of a failed assertion of a form, with a message if any.",
        |c| {
            let shown = printer::print_limited(c.s, c.arg(0), true, PrintLimits::MESSAGE);
            let text = match c.args.len() {
                1 => String::new(),
                _ => format!("{}\n", printer::print(c.s, c.arg(1), false)),
            };
            c.throw("assert", &format!("assert failed: {text}{shown}"))
        },
    ),
];

fn part<'s>(call: &Call<'_, 's>, key: &str) -> Value<'s> {
    let s = call.s;
    match s.kind(call.arg(0)) {
        Kind::Map if crate::errors::is_error(s, call.arg(0)) => {
            s.map_get(call.arg(0), s.keyword(key)).unwrap_or(Value::NIL)
        }
        _ => Value::NIL,
    }
}
