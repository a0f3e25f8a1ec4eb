//! The natives that the compiler itself relies on.

use crate::native::{Call, Native, Signal};
use crate::seq;
use crate::tags;
use halt_heap::Value;

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    Native {
        name: "lazy-seq*",
        arity: (1, Some(1)),
        doc: "Returns a lazy sequence whose content is what the function of no arguments f returns.",
        function: lazy_seq,
    },
    Native {
        name: "delay*",
        arity: (1, Some(1)),
        doc: "Returns a delay whose value is what the function of no arguments f returns.",
        function: delay,
    },
    Native {
        name: "seq",
        arity: (1, Some(1)),
        doc: "Returns a sequence on coll, or nil when it is empty.",
        function: seq_of,
    },
];

fn lazy_seq<'s>(call: &Call<'_, 's>) -> Result<Value<'s>, Signal<'s>> {
    deferred(call, tags::LAZY)
}

fn delay<'s>(call: &Call<'_, 's>) -> Result<Value<'s>, Signal<'s>> {
    deferred(call, tags::DELAY)
}

fn deferred<'s>(call: &Call<'_, 's>, tag: u16) -> Result<Value<'s>, Signal<'s>> {
    let thunk = call.s.record(tags::THUNK, &[call.arg(0)], &[])?;
    let cell = call.s.cell(thunk)?;
    Ok(call.s.record(tag, &[cell], &[])?)
}

fn seq_of<'s>(call: &Call<'_, 's>) -> Result<Value<'s>, Signal<'s>> {
    seq::seq(call.s, call.arg(0))
}
