//! What a confined program may name and change. A door that is shut where names become vars: code that was compiled elsewhere
//! does what it does.
//!
//! Enter at [`Fiber::confine`](crate::Fiber::confine). A confined fiber has a namespace of its own, and those below it (`app.notes` and
//! `app.notes.draw`): only these it may change. It may name what is in these and in every namespace that is not closed to it; of a closed one only
//! what its metadata calls `:open`; nothing that its metadata calls `:guarded`. Its forks inherit all that.
//!
//! Invariant: every way from a symbol or a namespace to a var asks [`may_name`], every change of a namespace or of a root value that a program
//! asks for [`may_change`].

use crate::native::Signal;
use crate::runtime::{namespace_parts, split, var_atom};
use crate::vm::CONFINED;
use crate::{errors, tags};
use alloc::format;
use halt_heap::{Kind, Scope, Value};

/// The running program's own namespace, unless it is free.
pub(crate) fn own<'s>(s: Scope<'s>) -> Option<&'s str> {
    match s.root_get(CONFINED) {
        rules if rules.is_nil() => None,
        rules => s.vector_get(rules, 0).and_then(|own| s.as_str(own)),
    }
}

fn is_below(namespace: &str, own: &str) -> bool {
    namespace.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether the running program may name a var.
pub(crate) fn may_name<'s>(s: Scope<'s>, var: Value<'s>) -> bool {
    let Some(own) = own(s) else { return true };
    let name = s.record_values(var).first().and_then(|symbol| s.name(*symbol)).and_then(split);
    let namespace = name.map_or("", |(namespace, _)| namespace);
    if is_below(namespace, own) {
        return true;
    }
    let info = s.atom_info(var_atom(s, var));
    let flag =
        |key| s.kind(info) == Kind::Map && s.map_get(info, s.keyword(key)).is_some_and(Value::is_truthy);
    let mut closed = s.vector_iter(s.root_get(CONFINED)).skip(1);
    let is_closed = closed.any(|prefix| s.as_str(prefix).is_some_and(|prefix| namespace.starts_with(prefix)));
    !flag("guarded") && (!is_closed || flag("open"))
}

/// Refuses a program that may not name a var.
pub(crate) fn check_name<'s>(s: Scope<'s>, var: Value<'s>) -> Result<(), Signal<'s>> {
    if may_name(s, var) {
        return Ok(());
    }
    let name = s.record_values(var).first().and_then(|symbol| s.name(*symbol)).unwrap_or("?");
    Err(errors::throw(
        s,
        "not-permitted",
        &format!("{name}: this process was not handed the right to name it"),
    ))
}

/// Refuses a program that may not change a namespace, which is one or the name of one.
pub(crate) fn may_change<'s>(s: Scope<'s>, namespace: Value<'s>) -> Result<(), Signal<'s>> {
    let Some(own) = own(s) else { return Ok(()) };
    let name = match s.record_tag(namespace) {
        Some(tags::NAMESPACE) => namespace_parts(s, namespace)[0],
        _ => namespace,
    };
    let name = s.name(name).unwrap_or("?");
    if is_below(name, own) {
        return Ok(());
    }
    let message =
        format!("{name}: this process was not handed the right to change this namespace; its own is {own}");
    Err(errors::throw(s, "not-permitted", &message))
}

/// Refuses a program that may not change the root value or the metadata of a var.
pub(crate) fn may_change_var<'s>(s: Scope<'s>, var: Value<'s>) -> Result<(), Signal<'s>> {
    let name = s.record_values(var).first().and_then(|symbol| s.name(*symbol)).and_then(split);
    match name {
        // A var of its own, which no namespace has: see with-local-vars.
        Some(("local", _)) | None => Ok(()),
        Some((namespace, _)) => may_change(s, s.symbol(namespace)),
    }
}
