//! Questions about what a value is.

use super::{Answer, arithmetic, collections, fixed, truth};
use crate::native::{Call, Native};
use crate::{boxed, runtime, seq, tags};
use halt_heap::{Kind, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    fixed("nil?", 1, "Returns true if x is nil.", |c| truth(c.arg(0).is_nil())),
    fixed("some?", 1, "Returns true if x is not nil.", |c| truth(!c.arg(0).is_nil())),
    fixed("not", 1, "Returns true if x is nil or false.", |c| truth(!c.arg(0).is_truthy())),
    fixed("true?", 1, "Returns true if x is true.", |c| truth(c.arg(0).as_bool() == Some(true))),
    fixed("false?", 1, "Returns true if x is false.", |c| truth(c.arg(0).as_bool() == Some(false))),
    fixed("boolean", 1, "Returns false for nil and false, else true.", |c| truth(c.arg(0).is_truthy())),
    fixed("boolean?", 1, "Returns true if x is true or false.", |c| is(c, Kind::Bool)),
    fixed("number?", 1, "Returns true if x is a number.", |c| truth(arithmetic::is_number(c, c.arg(0)))),
    fixed("int?", 1, "Returns true if x is an integer.", |c| is(c, Kind::Int)),
    fixed("integer?", 1, "Returns true if x is an integer, big or not.", |c| {
        truth(c.s.kind(c.arg(0)) == Kind::Int || is_big(c))
    }),
    fixed("rational?", 1, "Returns true if x is an integer, a ratio or a decimal.", |c| {
        truth(c.s.kind(c.arg(0)) == Kind::Int || boxed::is_boxed(c.s, c.arg(0)))
    }),
    fixed("ratio?", 1, "Returns true if x is a ratio.", |c| record(c, tags::RATIO)),
    fixed("decimal?", 1, "Returns true if x is a decimal.", |c| {
        truth(matches!(c.s.record_tag(c.arg(0)), Some(tags::DECIMAL | tags::PADDED_DECIMAL)))
    }),
    fixed("nat-int?", 1, "Returns true if x is an integer that is not negative.", |c| sign(c, |n| n >= 0)),
    fixed("pos-int?", 1, "Returns true if x is a positive integer.", |c| sign(c, |n| n > 0)),
    fixed("neg-int?", 1, "Returns true if x is a negative integer.", |c| sign(c, |n| n < 0)),
    fixed("float?", 1, "Returns true if x is a double.", |c| is(c, Kind::Float)),
    fixed("double?", 1, "Returns true if x is a double.", |c| is(c, Kind::Float)),
    fixed("NaN?", 1, "Returns true if x is not a number.", |c| {
        truth(arithmetic::number(c, 0)?.float().is_nan())
    }),
    fixed("infinite?", 1, "Returns true if x is an infinite double.", |c| {
        truth(arithmetic::number(c, 0)?.float().is_infinite())
    }),
    fixed("char?", 1, "Returns true if x is a character.", |c| is(c, Kind::Char)),
    fixed("string?", 1, "Returns true if x is a string.", |c| is(c, Kind::String)),
    fixed("bytes?", 1, "Returns true if x is a value of bytes.", |c| is(c, Kind::Bytes)),
    fixed("keyword?", 1, "Returns true if x is a keyword.", |c| is(c, Kind::Keyword)),
    fixed("symbol?", 1, "Returns true if x is a symbol.", |c| is(c, Kind::Symbol)),
    fixed("ident?", 1, "Returns true if x is a symbol or a keyword.", |c| {
        truth(c.s.name(c.arg(0)).is_some())
    }),
    fixed("simple-keyword?", 1, "Returns true if x is a keyword without a namespace.", |c| {
        name(c, Kind::Keyword, false)
    }),
    fixed("qualified-keyword?", 1, "Returns true if x is a keyword with a namespace.", |c| {
        name(c, Kind::Keyword, true)
    }),
    fixed("simple-symbol?", 1, "Returns true if x is a symbol without a namespace.", |c| {
        name(c, Kind::Symbol, false)
    }),
    fixed("qualified-symbol?", 1, "Returns true if x is a symbol with a namespace.", |c| {
        name(c, Kind::Symbol, true)
    }),
    fixed("simple-ident?", 1, "Returns true if x is a symbol or keyword without a namespace.", |c| {
        truth(c.s.name(c.arg(0)).is_some_and(|name| runtime::split(name).is_none()))
    }),
    fixed("qualified-ident?", 1, "Returns true if x is a symbol or keyword with a namespace.", |c| {
        truth(c.s.name(c.arg(0)).is_some_and(|name| runtime::split(name).is_some()))
    }),
    fixed("vector?", 1, "Returns true if x is a vector.", |c| is(c, Kind::Vector)),
    fixed("map?", 1, "Returns true if x is a map.", |c| truth(seq::is_map(c.s, c.arg(0)))),
    fixed("set?", 1, "Returns true if x is a set.", |c| {
        truth(matches!(c.s.kind(c.arg(0)), Kind::Set | Kind::SortedSet))
    }),
    fixed("list?", 1, "Returns true if x is a list.", |c| {
        truth(matches!(c.s.kind(c.arg(0)), Kind::EmptyList) || c.s.list_count(c.arg(0)).is_some())
    }),
    fixed("seq?", 1, "Returns true if x is a sequence.", |c| truth(seq::is_seq(c.s, c.arg(0)))),
    fixed("seqable?", 1, "Returns true if seq works on x.", |c| {
        truth(c.arg(0).is_nil() || c.s.kind(c.arg(0)) == Kind::String || is_collection(c))
    }),
    fixed("coll?", 1, "Returns true if x is a collection.", |c| truth(is_collection(c))),
    fixed("sequential?", 1, "Returns true if x is a list, a vector or a sequence.", |c| {
        truth(seq::is_sequential(c.s, c.arg(0)))
    }),
    fixed("associative?", 1, "Returns true if x is a map or a vector.", |c| {
        truth(matches!(c.s.kind(c.arg(0)), Kind::Map | Kind::SortedMap | Kind::Vector))
    }),
    fixed("counted?", 1, "Returns true if count takes constant time on x.", |c| {
        let s = c.s;
        truth(match s.kind(c.arg(0)) {
            Kind::Vector | Kind::Map | Kind::Set | Kind::EmptyList => true,
            Kind::SortedMap | Kind::SortedSet => true,
            Kind::Pair => s.list_count(c.arg(0)).is_some(),
            Kind::Record => seq::indexed_count(s, c.arg(0)) > 0,
            _ => false,
        })
    }),
    fixed("indexed?", 1, "Returns true if nth takes constant time on x.", |c| is(c, Kind::Vector)),
    fixed("reversible?", 1, "Returns true if rseq works on x.", |c| {
        truth(matches!(c.s.kind(c.arg(0)), Kind::Vector | Kind::SortedMap | Kind::SortedSet))
    }),
    fixed(
        "map-entry?",
        1,
        "Returns true if x is a vector of two elements, which is what a map entry is.",
        |c| truth(c.s.kind(c.arg(0)) == Kind::Vector && c.s.vector_count(c.arg(0)) == 2),
    ),
    fixed("empty?", 1, "Returns true if coll has no elements.", |c| {
        truth(collections::is_empty(c, c.arg(0))?)
    }),
    fixed("fn?", 1, "Returns true if x is a function.", |c| truth(is_function(c))),
    fixed("ifn?", 1, "Returns true if x can be called.", |c| {
        let s = c.s;
        truth(match s.kind(c.arg(0)) {
            Kind::Keyword | Kind::Symbol | Kind::Map | Kind::Set | Kind::Vector => true,
            Kind::SortedMap | Kind::SortedSet => true,
            _ => is_function(c) || matches!(s.record_tag(c.arg(0)), Some(tags::VAR | tags::MULTIMETHOD)),
        })
    }),
    fixed("var?", 1, "Returns true if x is a var.", |c| record(c, tags::VAR)),
    fixed("delay?", 1, "Returns true if x is a delay.", |c| record(c, tags::DELAY)),
    fixed("reduced?", 1, "Returns true if x is a reduced value.", |c| record(c, tags::REDUCED)),
    fixed("atom?", 1, "Returns true if x is an atom.", |c| is(c, Kind::Atom)),
    fixed("volatile?", 1, "Returns true if x is an atom: a volatile is one here.", |c| is(c, Kind::Atom)),
    fixed(
        "realized?",
        1,
        "Returns true if a lazy sequence, a delay, a promise or a future has its value.",
        |c| {
            if c.s.record_tag(c.arg(0)) == Some(tags::PROMISE) {
                let state = c.s.atom_load(c.s.record_values(c.arg(0))[0]);
                return truth(c.s.kind(state) == Kind::Vector);
            }
            if !seq::is_lazy(c.s, c.arg(0)) {
                return c.wrong_argument(0, "a lazy sequence, a delay, a promise or a future");
            }
            truth(seq::is_realised(c.s, c.arg(0)))
        },
    ),
    fixed("any?", 1, "Returns true.", |_| truth(true)),
    fixed("type", 1, "Returns the :type of the metadata of x, or what x is, as a keyword.", type_of),
    fixed("class", 1, "Returns what x is, as a keyword: there are no classes.", |c| Ok(class(c, c.arg(0)))),
];

fn is<'s>(call: &Call<'_, 's>, kind: Kind) -> Answer<'s> {
    truth(call.s.kind(call.arg(0)) == kind)
}

fn sign<'s>(call: &Call<'_, 's>, test: fn(i64) -> bool) -> Answer<'s> {
    truth(call.s.as_int(call.arg(0)).is_some_and(test))
}

fn name<'s>(call: &Call<'_, 's>, kind: Kind, qualified: bool) -> Answer<'s> {
    let value = call.arg(0);
    let name = call.s.name(value).filter(|_| call.s.kind(value) == kind);
    truth(name.is_some_and(|name| runtime::split(name).is_some() == qualified))
}

fn record<'s>(call: &Call<'_, 's>, tag: u16) -> Answer<'s> {
    truth(call.s.record_tag(call.arg(0)) == Some(tag))
}

fn is_big(call: &Call<'_, '_>) -> bool {
    matches!(call.s.record_tag(call.arg(0)), Some(tags::BIG | tags::SMALL_BIG))
}

fn is_function(call: &Call<'_, '_>) -> bool {
    matches!(call.s.record_tag(call.arg(0)), Some(tags::FUNCTION | tags::NATIVE | tags::META_FUNCTION))
}

fn is_collection(call: &Call<'_, '_>) -> bool {
    let kind = call.s.kind(call.arg(0));
    matches!(kind, Kind::Vector | Kind::Map | Kind::Set | Kind::SortedMap | Kind::SortedSet)
        || seq::is_seq(call.s, call.arg(0))
}

fn type_of<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let meta = s.meta(call.arg(0));
    match s.kind(meta) {
        Kind::Map => Ok(s.map_get(meta, s.keyword("type")).unwrap_or_else(|| class(call, call.arg(0)))),
        _ => Ok(class(call, call.arg(0))),
    }
}

/// What a value is, as a keyword.
pub(super) fn class<'s>(call: &Call<'_, 's>, value: Value<'s>) -> Value<'s> {
    let s = call.s;
    let name = match s.kind(value) {
        Kind::Nil => return Value::NIL,
        Kind::Bool => "boolean",
        Kind::Int => "integer",
        Kind::Float => "double",
        Kind::Char => "character",
        Kind::Keyword => "keyword",
        Kind::Symbol => "symbol",
        Kind::String => "string",
        Kind::Bytes => "bytes",
        Kind::EmptyList | Kind::Pair => "list",
        Kind::Vector => "vector",
        Kind::Map | Kind::SortedMap => "map",
        Kind::Set | Kind::SortedSet => "set",
        Kind::Atom => "atom",
        Kind::Record => match s.record_tag(value).unwrap_or(0) {
            tags::FUNCTION | tags::NATIVE | tags::META_FUNCTION => "function",
            tags::MULTIMETHOD => "multimethod",
            tags::VAR => "var",
            tags::NAMESPACE => "namespace",
            _ if seq::is_seq(s, value) => "sequence",
            tags::DELAY => "delay",
            tags::REDUCED => "reduced",
            tags::PROMISE => "promise",
            tags::UUID => "uuid",
            tags::INSTANT => "instant",
            tags::TAGGED => "tagged-literal",
            tags::BIG | tags::SMALL_BIG => "big-integer",
            tags::RATIO => "ratio",
            tags::DECIMAL | tags::PADDED_DECIMAL => "decimal",
            tags::REGEX => "regex",
            tags::REFERENCE => return s.record_values(value)[0],
            tags::OBJECT => return s.record_values(value)[0],
            _ => "record",
        },
        _ => "other",
    };
    s.keyword(name)
}
