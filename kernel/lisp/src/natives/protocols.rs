//! Protocols: which methods a value's type leads to. Everything else about them is Lisp, in `clj/core.clj`.
//!
//! A protocol is a map of `:name` and `:impls`, an atom of type -> method key -> function. A value's type is the
//! `:type` of its metadata, else the keyword of what it is; a reified value carries its methods in its metadata.

use super::{Answer, fixed, predicates};
use crate::native::{Call, Native, Signal};
use crate::printer::{self, PrintLimits};
use alloc::format;
use halt_heap::{Kind, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    fixed(
        "find-methods*",
        2,
        "Returns the map of the methods of a protocol that the type of x leads to, or nil.",
        |c| Ok(methods(c, c.arg(1))?.unwrap_or(Value::NIL)),
    ),
    fixed(
        "protocol-method*",
        3,
        "Returns the method of a protocol under a key for x. Throws when there is none.",
        method,
    ),
];

fn part<'s>(call: &Call<'_, 's>, map: Value<'s>, key: &str) -> Option<Value<'s>> {
    match call.s.kind(map) {
        Kind::Map => call.s.map_get(map, call.s.keyword(key)),
        _ => None,
    }
}

fn methods<'s>(call: &Call<'_, 's>, x: Value<'s>) -> Result<Option<Value<'s>>, Signal<'s>> {
    let s = call.s;
    let Some(implementations) = part(call, call.arg(0), "impls").filter(|impls| s.kind(*impls) == Kind::Atom)
    else {
        return call.wrong_argument(0, "a protocol");
    };
    let table = s.atom_load(implementations);
    let meta = s.meta(x);
    if let Some(reified) = part(call, meta, "halt/reified") {
        let name = part(call, call.arg(0), "name").unwrap_or(Value::NIL);
        if s.kind(reified) == Kind::Map
            && let Some(methods) = s.map_get(reified, name)
        {
            return Ok(Some(methods));
        }
    }
    let of_type = |t: Value<'s>| if s.kind(table) == Kind::Map { s.map_get(table, t) } else { None };
    let own = part(call, meta, "type").unwrap_or_else(|| predicates::class(call, x));
    if let Some(methods) = of_type(own) {
        return Ok(Some(methods));
    }
    let number = if crate::boxed::is_number(s, x) { of_type(s.keyword("number")) } else { None };
    Ok(number.or_else(|| of_type(s.keyword("default"))))
}

fn method<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let found = methods(call, call.arg(2))?.filter(|methods| s.kind(*methods) == Kind::Map);
    match found.and_then(|methods| s.map_get(methods, call.arg(1))) {
        Some(method) => Ok(method),
        None => {
            let name =
                part(call, call.arg(0), "name").and_then(|name| s.name(name)).unwrap_or("the protocol");
            let method = s.name(call.arg(1)).unwrap_or("?");
            let shown = printer::print_limited(s, call.arg(2), true, PrintLimits::SHORT);
            call.throw("type", &format!("no implementation of {method} of {name} for {shown}"))
        }
    }
}
