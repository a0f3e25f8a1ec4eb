//! Sequences: the parts that need no function of the program. The lazy ones are Lisp, in `clj/core.clj`.

use super::{Answer, at_least, collections, delegate, fixed, int_at, key, truth};
use crate::native::{Call, Native, Signal};
use crate::{seq, tags};
use halt_heap::{Kind, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    fixed("first", 1, "Returns the first element of coll, or nil.", |c| seq::first(c.s, c.arg(0))),
    fixed("rest", 1, "Returns a possibly empty sequence of the elements after the first.", |c| {
        seq::rest(c.s, c.arg(0))
    }),
    fixed(
        "next",
        1,
        "Returns a sequence of the elements after the first, or nil when there are none.",
        |c| seq::next(c.s, c.arg(0)),
    ),
    fixed("second", 1, "Returns the second element of coll, or nil.", |c| {
        seq::first(c.s, seq::rest(c.s, c.arg(0))?)
    }),
    fixed("ffirst", 1, "Returns the first element of the first element.", |c| {
        seq::first(c.s, seq::first(c.s, c.arg(0))?)
    }),
    fixed("nfirst", 1, "Returns the next of the first element.", |c| {
        seq::next(c.s, seq::first(c.s, c.arg(0))?)
    }),
    fixed("fnext", 1, "Returns the first of the next of coll.", |c| {
        seq::first(c.s, seq::next(c.s, c.arg(0))?)
    }),
    fixed("nnext", 1, "Returns the next of the next of coll.", |c| seq::next(c.s, seq::next(c.s, c.arg(0))?)),
    fixed("cons", 2, "Returns a sequence of x followed by the elements of coll.", cons),
    fixed("last", 1, "Returns the last element of coll, or nil.", |c| {
        if c.s.kind(c.arg(0)) == Kind::Vector {
            return Ok(c.s.vector_iter(c.arg(0)).next_back().unwrap_or(Value::NIL));
        }
        let mut last = Value::NIL;
        seq::for_each(c.s, c.arg(0), |element| {
            last = element;
            Ok(true)
        })?;
        Ok(last)
    }),
    fixed("butlast", 1, "Returns a sequence of all elements but the last, or nil.", |c| {
        let mut elements = seq::to_vec(c.s, c.arg(0))?;
        elements.pop();
        list_or_nil(c, &elements)
    }),
    fixed("reverse", 1, "Returns a list of the elements of coll in reverse order.", |c| {
        let mut elements = seq::to_vec(c.s, c.arg(0))?;
        elements.reverse();
        Ok(c.s.list(&elements)?)
    }),
    fixed("nthnext", 2, "Returns the sequence after the first n elements, or nil when there is none.", |c| {
        let rest = drop(c, "clojure.core/nthnext-lazy*")?;
        seq::seq(c.s, rest)
    }),
    fixed("nthrest", 2, "Returns coll without its first n elements.", |c| {
        drop(c, "clojure.core/nthrest-lazy*")
    }),
    at_least(
        "apply",
        2,
        "Calls f with the arguments, the last of which is a sequence of further arguments.",
        |c| {
            let (last, first) = (c.args[c.args.len() - 1], &c.args[1..c.args.len() - 1]);
            if first.is_empty() && c.s.kind(last) == Kind::Vector {
                return Err(Signal::Apply(c.arg(0), last));
            }
            let mut arguments = first.to_vec();
            arguments.extend(seq::to_vec(c.s, last)?);
            Err(Signal::Apply(c.arg(0), c.s.vector(&arguments)?))
        },
    ),
    fixed("realise-all*", 1, "Realises a lazy sequence to its end. Returns it.", |c| {
        if !collections::is_empty(c, c.arg(0))? {
            seq::for_each(c.s, c.arg(0), |_| Ok(true))?;
        }
        Ok(c.arg(0))
    }),
    at_least("distinct?", 1, "Returns true if no two of the arguments are equal.", |c| {
        let mut seen = c.s.empty_set()?;
        for value in c.args {
            let value = key(c, *value)?;
            if c.s.set_contains(seen, value) {
                return truth(false);
            }
            seen = c.s.set_conj(seen, value)?;
        }
        truth(true)
    }),
    fixed("take-last", 2, "Returns a sequence of the last n elements of coll, or nil.", |c| {
        let n = int_at(c, 0)?.max(0) as usize;
        let elements = seq::to_vec(c.s, c.arg(1))?;
        list_or_nil(c, &elements[elements.len().saturating_sub(n)..])
    }),
    fixed("split-at*", 2, "Returns [the first n elements, the others] of a vector.", |c| {
        let count = c.s.vector_count(super::vector_at(c, 1)?);
        let n = (int_at(c, 0)?.max(0) as usize).min(count);
        let halves = [c.s.vector_slice(c.arg(1), 0, n)?, c.s.vector_slice(c.arg(1), n, count)?];
        Ok(c.s.vector(&halves)?)
    }),
    fixed("reduced", 1, "Returns x wrapped so that a reduction ends with it.", |c| {
        Ok(c.s.record(tags::REDUCED, &[c.arg(0)], &[])?)
    }),
    fixed("unreduced", 1, "Returns what a reduced value holds; anything else as it is.", |c| {
        Ok(super::reduced_content(c, c.arg(0)).unwrap_or(c.arg(0)))
    }),
    fixed(
        "ensure-reduced",
        1,
        "Returns x, wrapped as reduced unless it is.",
        |c| match super::reduced_content(c, c.arg(0)) {
            Some(_) => Ok(c.arg(0)),
            None => Ok(c.s.record(tags::REDUCED, &[c.arg(0)], &[])?),
        },
    ),
];

fn list_or_nil<'s>(call: &Call<'_, 's>, elements: &[Value<'s>]) -> Answer<'s> {
    Ok(if elements.is_empty() { Value::NIL } else { call.s.list(elements)? })
}

fn cons<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, coll) = (call.s, call.arg(1));
    let rest = match s.kind(coll) {
        Kind::Nil => Value::EMPTY_LIST,
        Kind::Pair | Kind::EmptyList => coll,
        Kind::Record if seq::is_seq(s, coll) => coll,
        _ => match seq::seq(s, coll)? {
            seq if seq.is_nil() => Value::EMPTY_LIST,
            seq => seq,
        },
    };
    Ok(s.pair(call.arg(0), rest)?)
}

/// The collection after its first n elements.
fn drop<'s>(call: &Call<'_, 's>, name: &str) -> Answer<'s> {
    let (s, coll, n) = (call.s, call.arg(0), int_at(call, 1)?.max(0));
    if s.kind(coll) == Kind::Vector && n > 0 {
        let rest = seq::vector_seq(s, coll, n as usize)?;
        return Ok(if rest.is_nil() { Value::EMPTY_LIST } else { rest });
    }
    let mut rest = coll;
    for done in 0..n {
        rest = match seq::seq(s, rest) {
            // As in Clojure, what has no first element stays what it is: nil, or an empty collection.
            Ok(here) if here.is_nil() => return Ok(rest),
            Ok(here) => seq::rest(s, here)?,
            // Not realised from here: go on from here, lest the walk start over for each element.
            Err(_) if done > 0 => return delegate(call, name, &[rest, s.int(n - done)?]),
            Err(signal) => return Err(signal),
        };
    }
    Ok(rest)
}
