//! Instants, UUIDs, tagged literals, and the records of promises and futures.

use super::{Answer, fixed, int_at, str_at, truth};
use crate::native::{Call, Native};
use crate::{tagged, tags};
use halt_heap::{Kind, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    fixed("tagged-literal", 2, "Returns a literal of a tag without a reader: see :tag and :form.", |c| {
        if c.s.kind(c.arg(0)) != Kind::Symbol {
            return c.wrong_argument(0, "a symbol");
        }
        Ok(c.s.record(tags::TAGGED, &[c.arg(0), c.arg(1)], &[])?)
    }),
    fixed("tagged-literal?", 1, "Returns true if x is a literal of a tag without a reader.", |c| {
        is(c, tags::TAGGED)
    }),
    fixed(
        "reader-conditional",
        2,
        "Returns a reader conditional as a value: see :form and :splicing?.",
        |c| {
            let splicing = Value::bool(c.arg(1).is_truthy());
            Ok(c.s.record(tags::READER_CONDITIONAL, &[c.arg(0), splicing], &[])?)
        },
    ),
    fixed("reader-conditional?", 1, "Returns true if x is a reader conditional as a value.", |c| {
        is(c, tags::READER_CONDITIONAL)
    }),
    fixed("read-tag*", 2, "Returns what the tags of the language make of a form: #inst and #uuid.", |c| {
        match tagged::read(c.s, c.arg(0), c.arg(1))? {
            Ok(value) => Ok(value),
            Err(message) => c.throw("read", &message),
        }
    }),
    fixed("uuid?", 1, "Returns true if x is a UUID.", |c| is(c, tags::UUID)),
    fixed("parse-uuid", 1, "Returns the UUID of a text, or nil.", |c| match tagged::uuid(str_at(c, 0)?) {
        Some(words) => Ok(c.s.record(tags::UUID, &[], &words)?),
        None => Ok(Value::NIL),
    }),
    fixed("uuid*", 2, "Returns the random UUID of two integers of 64 bits.", |c| {
        let (high, low) = (int_at(c, 0)? as u64, int_at(c, 1)? as u64);
        let words = [high & !0xF000 | 0x4000, low & (u64::MAX >> 2) | 1 << 63];
        Ok(c.s.record(tags::UUID, &[], &words)?)
    }),
    fixed("inst?", 1, "Returns true if x is an instant.", |c| is(c, tags::INSTANT)),
    fixed(
        "inst-ms",
        1,
        "Returns the milliseconds of an instant since 1970.",
        |c| match tagged::milliseconds(c.s, c.arg(0)) {
            Some(ms) => Ok(c.s.int(ms)?),
            None => c.wrong_argument(0, "an instant"),
        },
    ),
    fixed(
        "promise*",
        2,
        "Returns a promise or future over an atom: [value], [nil error], or nil or a list of those that wait.",
        |c| {
            if c.s.kind(c.arg(0)) != Kind::Atom {
                return c.wrong_argument(0, "an atom");
            }
            Ok(c.s.record(tags::PROMISE, &[c.arg(0), c.arg(1)], &[])?)
        },
    ),
    fixed("promise-part*", 2, "Returns the atom of a promise, or its second value.", |c| {
        let parts = c.s.record_values(c.arg(0));
        match (c.s.record_tag(c.arg(0)), parts.get(int_at(c, 1)? as usize)) {
            (Some(tags::PROMISE), Some(part)) => Ok(*part),
            _ => c.wrong_argument(0, "a promise or future"),
        }
    }),
    fixed("future?", 1, "Returns true if x is a future.", |c| {
        let is_promise = c.s.record_tag(c.arg(0)) == Some(tags::PROMISE);
        truth(is_promise && !c.s.record_values(c.arg(0))[1].is_nil())
    }),
];

fn is<'s>(call: &Call<'_, 's>, tag: u16) -> Answer<'s> {
    truth(call.s.record_tag(call.arg(0)) == Some(tag))
}
