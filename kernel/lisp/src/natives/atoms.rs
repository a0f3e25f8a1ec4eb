//! Atoms, and what else `deref` opens. Watches and validators are called by Lisp, in `clj/core.clj`.
//!
//! The info of an atom is nil, or a map of `:watches` (key to function), `:validator` and `:meta`.

use super::{Answer, at_least, between, delegate, fixed, reduced_content};
use crate::calls::INLINE_ARGUMENTS;
use crate::native::{Call, Native, Signal};
use crate::{confine, runtime, seq, tags};
use halt_heap::{Abort, Kind, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    at_least(
        "atom",
        1,
        "Returns an atom that holds x. Options: :meta a map, :validator a function of the new value.",
        atom,
    ),
    fixed("volatile!", 1, "Returns an atom that holds x: a volatile is one here.", |c| {
        Ok(c.s.atom(c.arg(0))?)
    }),
    between(
        "deref",
        1,
        3,
        "Returns the value of an atom, a var, a delay (realised), a reduced value, or a promise or future once it has one; at most so many milliseconds are waited, then the third argument is returned. @x is (deref x).",
        deref,
    ),
    fixed("force", 1, "Returns the value of a delay, realised; anything else as it is.", |c| {
        match c.s.record_tag(c.arg(0)) {
            Some(tags::DELAY) => seq::realised(c.s, c.arg(0)),
            _ => Ok(c.arg(0)),
        }
    }),
    fixed(
        "commit*",
        3,
        "Sets an atom to new if it still holds old, after its validator, before its watches. Returns whether it did.",
        commit,
    ),
    fixed(
        "compare-and-set*",
        3,
        "Sets an atom to new if it still holds old, without validator and watches. Returns whether it did.",
        |c| {
            expect_atom(c)?;
            Ok(Value::bool(c.s.atom_compare_and_set(c.arg(0), c.arg(1), c.arg(2))?))
        },
    ),
    fixed(
        "compare-and-set!",
        3,
        "Sets an atom to new if it holds a value equal to old. Returns whether it did.",
        |c| {
            expect_atom(c)?;
            let held = c.s.atom_load(c.arg(0));
            if !held.is_identical(c.arg(1)) && !seq::equal(c.s, held, c.arg(1))? {
                return Ok(Value::FALSE);
            }
            commit_from(c, held, c.arg(2))
        },
    ),
    fixed("reset!", 2, "Sets an atom to a value, whatever it held. Returns the value.", |c| {
        expect_atom(c)?;
        if !c.s.atom_info(c.arg(0)).is_nil() {
            return delegate(c, "clojure.core/reset-watched*", c.args);
        }
        c.s.atom_store(c.arg(0), c.arg(1))?;
        Ok(c.arg(1))
    }),
    fixed("vreset!", 2, "Sets a volatile to a value. Returns the value.", |c| {
        expect_atom(c)?;
        c.s.atom_store(c.arg(0), c.arg(1))?;
        Ok(c.arg(1))
    }),
    fixed("atom-info*", 2, "Returns what is kept under a key beside the value of an atom or var.", |c| {
        let info = c.s.atom_info(info_atom(c)?);
        Ok(if c.s.kind(info) == Kind::Map {
            c.s.map_get(info, c.arg(1)).unwrap_or(Value::NIL)
        } else {
            Value::NIL
        })
    }),
    fixed(
        "set-atom-info*",
        3,
        "Keeps a value under a key beside the value of an atom or var; nil removes it.",
        |c| {
            let atom = info_atom(c)?;
            if c.s.record_tag(c.arg(0)) == Some(tags::VAR) {
                confine::may_change_var(c.s, c.arg(0))?;
            }
            let info = match c.s.atom_info(atom) {
                info if c.s.kind(info) == Kind::Map => info,
                _ => c.s.empty_map()?,
            };
            let info = match c.arg(2).is_nil() {
                true => c.s.map_dissoc(info, c.arg(1))?,
                false => c.s.map_assoc(info, c.arg(1), c.arg(2))?,
            };
            let info = if c.s.map_count(info) == 0 { Value::NIL } else { info };
            match c.s.record_tag(c.arg(0)) {
                Some(tags::VAR) => c.runtime.set_info(c.s, c.arg(0), info)?,
                _ => c.s.atom_set_info(atom, info)?,
            }
            Ok(c.arg(0))
        },
    ),
    between("var-root*", 1, 2, "Returns the root value of a var, or sets it.", |c| {
        let atom = var_atom(c)?;
        if c.args.len() > 1 {
            confine::may_change_var(c.s, c.arg(0))?;
            c.runtime.set_root(c.s, c.arg(0), c.arg(1))?;
            return Ok(c.arg(1));
        }
        Ok(c.s.atom_load(atom))
    }),
    fixed("local-var*", 1, "Returns a var of its own that holds x: see with-local-vars.", |c| {
        let symbol = c.s.symbol(&alloc::format!("local/var{}", c.runtime.next_serial()));
        let atom = c.s.atom(c.arg(0))?;
        c.s.atom_set_info(atom, c.s.map(&[(c.s.keyword("dynamic"), Value::TRUE)])?)?;
        Ok(c.s.record(tags::VAR, &[symbol, atom], &[])?)
    }),
    fixed(
        "set-bindings*",
        1,
        "Goes on with these dynamic bindings: a map from symbol to value, or nil.",
        |c| match c.s.kind(c.arg(0)) {
            Kind::Nil | Kind::Map => Err(Signal::SetBindings(c.arg(0))),
            _ => c.wrong_argument(0, "a map or nil"),
        },
    ),
    fixed("reference*", 3, "Returns a reference of a kind over an atom: see refs.clj.", |c| {
        if c.s.kind(c.arg(1)) != Kind::Atom || c.s.kind(c.arg(0)) != Kind::Keyword {
            return c.wrong_argument(1, "an atom");
        }
        Ok(c.s.record(tags::REFERENCE, &[c.arg(0), c.arg(1), c.arg(2)], &[])?)
    }),
    fixed("reference-kind*", 1, "Returns the kind of a reference, or nil.", |c| {
        Ok(match c.s.record_tag(c.arg(0)) {
            Some(tags::REFERENCE) => c.s.record_values(c.arg(0))[0],
            _ => Value::NIL,
        })
    }),
    fixed("reference-part*", 2, "Returns the atom of a reference of a kind.", |c| reference_part(c, 1)),
    fixed("reference-extra*", 2, "Returns what a reference of a kind keeps beside its atom.", |c| {
        reference_part(c, 2)
    }),
    fixed(
        "transact*",
        1,
        "Sets atoms at once: a vector of [atom old new]. Returns false, and sets none, if one does not hold its old value.",
        transact,
    ),
    at_least(
        "swap-plain*",
        2,
        "Sets an atom to f of its value and the arguments, as swap!; f is plain*.",
        swap_plainly,
    ),
    fixed("bound?", 1, "Returns true if a var has a value.", |c| {
        let atom = var_atom(c)?;
        Ok(Value::bool(!c.s.atom_load(atom).is_identical(Value::UNBOUND)))
    }),
];

fn atom<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let atom = s.atom(call.arg(0))?;
    let options = &call.args[1..];
    if options.is_empty() {
        return Ok(atom);
    }
    if options.len() % 2 == 1 {
        return call.throw("argument", "atom wants a value for every option");
    }
    let (mut info, mut validator) = (s.empty_map()?, Value::NIL);
    for pair in options.chunks_exact(2) {
        match s.name(pair[0]) {
            Some("validator") => validator = pair[1],
            Some("meta") => info = s.map_assoc(info, pair[0], pair[1])?,
            _ => return call.wrong_argument(1, "the options :meta and :validator"),
        }
    }
    if s.map_count(info) > 0 {
        s.atom_set_info(atom, info)?;
    }
    match validator.is_nil() {
        true => Ok(atom),
        false => delegate(call, "clojure.core/with-validator*", &[atom, validator]),
    }
}

fn deref<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, reference) = (call.s, call.arg(0));
    if s.kind(reference) == Kind::Atom {
        return Ok(s.atom_load(reference));
    }
    match s.record_tag(reference) {
        Some(tags::DELAY) => seq::realised(s, reference),
        Some(tags::PROMISE) => {
            let state = s.atom_load(s.record_values(reference)[0]);
            if s.kind(state) != Kind::Vector {
                return delegate(call, "clojure.core/await-promise*", call.args);
            }
            match (s.vector_get(state, 0), s.vector_get(state, 1)) {
                (Some(_), Some(error)) => Err(Signal::Throw(error)),
                (Some(value), None) => Ok(value),
                _ => delegate(call, "clojure.core/await-promise*", call.args),
            }
        }
        Some(tags::VAR) => {
            if let Some(symbol) = s.record_values(reference).first()
                && !call.bindings.is_nil()
                && let Some(value) = s.map_get(call.bindings, *symbol)
            {
                return Ok(value);
            }
            Ok(s.atom_load(runtime::var_atom(s, reference)))
        }
        Some(tags::REFERENCE) => {
            let [kind, atom, _] = *s.record_values(reference) else { return Ok(Value::NIL) };
            let is_ref = s.name(kind) == Some("ref");
            if is_ref && call.dynamic("clojure.core/*transaction*").is_some_and(Value::is_truthy) {
                return delegate(call, "clojure.core/ref-read*", &[reference]);
            }
            if !is_ref && s.name(kind) != Some("agent") {
                return call.wrong_argument(0, "an atom, a var or a delay");
            }
            Ok(s.atom_load(atom))
        }
        _ => match reduced_content(call, reference) {
            Some(value) => Ok(value),
            // Futures and promises belong to the system.
            None if s.record_tag(reference).is_some_and(|tag| tag >= 0x200) => {
                delegate(call, "halt.sys/deref", &[reference])
            }
            None => call.wrong_argument(0, "an atom, a var or a delay"),
        },
    }
}

fn reference_part<'s>(call: &Call<'_, 's>, index: usize) -> Answer<'s> {
    let s = call.s;
    match s.record_values(call.arg(0)) {
        values @ [kind, ..]
            if s.record_tag(call.arg(0)) == Some(tags::REFERENCE) && kind.is_identical(call.arg(1)) =>
        {
            Ok(values[index])
        }
        _ => {
            let name = s.name(call.arg(1)).unwrap_or("reference");
            let wanted = if name.starts_with('a') { "an" } else { "a" };
            let shown =
                crate::printer::print_limited(s, call.arg(0), true, crate::printer::PrintLimits::SHORT);
            call.throw("type", &alloc::format!("{wanted} {name} was wanted, got {shown}"))
        }
    }
}

fn transact<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let mut entries = alloc::vec::Vec::new();
    for entry in s.vector_iter(super::vector_at(call, 0)?) {
        let parts = seq::to_vec(s, entry)?;
        match parts[..] {
            [atom, old, new] if s.kind(atom) == Kind::Atom => entries.push((atom, old, new)),
            _ => return call.wrong_argument(0, "a vector of [atom old new]"),
        }
    }
    let result = s.transact(|t| {
        for (atom, old, new) in &entries {
            if !t.load(*atom)?.is_identical(*old) {
                return Err(Abort::Failed(Value::FALSE));
            }
            if !old.is_identical(*new) {
                t.store(*atom, *new)?;
            }
        }
        Ok(())
    });
    match result {
        Ok(()) => Ok(Value::TRUE),
        Err(Abort::Failed(_) | Abort::Retry) => Ok(Value::FALSE),
        Err(Abort::OutOfMemory) => Err(Signal::OutOfMemory),
    }
}

fn expect_atom<'s>(call: &Call<'_, 's>) -> Result<(), crate::Signal<'s>> {
    match call.s.kind(call.arg(0)) {
        Kind::Atom => Ok(()),
        _ => call.wrong_argument(0, "an atom"),
    }
}

/// The heap's own swap: it knows how to step back for other writers. What asks for more than a call is left to Lisp.
fn swap_plainly<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, atom) = (call.s, call.arg(0));
    let native = super::plain(call, call.arg(1));
    let is_watched = || !s.atom_info(atom).is_nil();
    let Some(native) = native.filter(|_| s.kind(atom) == Kind::Atom && !is_watched()) else {
        return delegate(call, "clojure.core/swap-any*", call.args);
    };
    let mut few = [Value::NIL; INLINE_ARGUMENTS];
    let count = call.args.len() - 1;
    if count > few.len() || !super::takes(native, count) {
        return delegate(call, "clojure.core/swap-any*", call.args);
    }
    few[1..count].copy_from_slice(&call.args[2..]);
    let next = |old| {
        few[0] = old;
        (native.function)(&Call { args: &few[..count], native, ..*call })
    };
    match s.atom_swap_validated(atom, next, |_| Ok(()), |_, _| {}) {
        Err(signal) if !matches!(signal, Signal::Throw(_) | Signal::OutOfMemory) => {
            delegate(call, "clojure.core/swap-any*", call.args)
        }
        answer => answer,
    }
}

fn commit<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    expect_atom(call)?;
    commit_from(call, call.arg(1), call.arg(2))
}

fn commit_from<'s>(call: &Call<'_, 's>, old: Value<'s>, new: Value<'s>) -> Answer<'s> {
    if !call.s.atom_info(call.arg(0)).is_nil() {
        return delegate(call, "clojure.core/commit-watched*", &[call.arg(0), old, new]);
    }
    Ok(Value::bool(call.s.atom_compare_and_set(call.arg(0), old, new)?))
}

fn var_atom<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    match call.s.record_tag(call.arg(0)) {
        Some(tags::VAR) => Ok(runtime::var_atom(call.s, call.arg(0))),
        _ => call.wrong_argument(0, "a var"),
    }
}

/// The atom whose info belongs to an atom or a var.
fn info_atom<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    match call.s.kind(call.arg(0)) {
        Kind::Atom => Ok(call.arg(0)),
        _ if call.s.record_tag(call.arg(0)) == Some(tags::VAR) => var_atom(call),
        _ if call.s.record_tag(call.arg(0)) == Some(tags::REFERENCE) => {
            Ok(call.s.record_values(call.arg(0))[1])
        }
        _ => call.wrong_argument(0, "an atom or a var"),
    }
}
