//! Metadata, names of vars and namespaces, reading and evaluating.

use super::{Answer, between, delegate, fixed, str_at};
use crate::native::{Call, Native, Signal};
use crate::reader::{self, Reader};
use crate::{confine, runtime, seq, tags};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use halt_heap::{Kind, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    fixed("identity", 1, "Returns x.", |c| Ok(c.arg(0))),
    fixed("meta", 1, "Returns the metadata of a value, or nil.", meta),
    fixed("raw-meta*", 1, "Returns the metadata of a function, with what the library keeps there.", |c| {
        Ok(match c.s.record_tag(c.arg(0)) {
            Some(tags::META_FUNCTION) => c.s.record_values(c.arg(0))[1],
            _ => Value::NIL,
        })
    }),
    fixed("with-meta", 2, "Returns a collection or function with this metadata.", with_meta),
    fixed(
        "mark-vectors!",
        1,
        "With true, vectors that begin with a keyword and that this process builds from now on bear where that was written, as metadata {:file :line :column}; with nil no longer. Literals of nothing but constants are built when they are compiled, and bear nothing.",
        |c| {
            c.s.root_set(crate::vm::MARKS, if c.arg(0).is_truthy() { Value::TRUE } else { Value::NIL });
            Ok(Value::NIL)
        },
    ),
    between("gensym", 0, 1, "Returns a symbol that was never seen before.", |c| {
        let stem = if c.args.is_empty() { "G__" } else { str_at(c, 0)? };
        Ok(c.s.symbol(&format!("{stem}{}", c.runtime.next_serial())))
    }),
    fixed("eval", 1, "Evaluates a form in the current namespace.", |c| {
        seq::realise_deep(c.s, c.arg(0))?;
        Err(Signal::Eval(c.arg(0)))
    }),
    between(
        "read-string",
        1,
        2,
        "Reads the first form of a text. Options before it: :eof, what to return when there is none.",
        |c| {
            if c.args.len() > 1 {
                return delegate(c, "clojure.core/read-string-by*", c.args);
            }
            let (forms, has_unknown_tag, _) = read(c, str_at(c, 0)?, 1, false)?;
            match forms.first() {
                Some(form) if has_unknown_tag => delegate(c, "clojure.core/read-tags*", &[*form]),
                Some(form) => Ok(*form),
                None => c.throw("read", "read-string: there is no form in the text"),
            }
        },
    ),
    between(
        "read-one*",
        1,
        2,
        "Reads the first form of a text: [form rest has-unknown-tag], or nil at its end. With true, what stands for code is an error.",
        |c| {
            let text = str_at(c, 0)?;
            let is_data = c.args.len() > 1 && c.arg(1).is_truthy();
            let (forms, has_unknown_tag, end) = read(c, text, 1, is_data)?;
            match forms.first() {
                Some(form) => {
                    let rest = c.s.string(&text[end..])?;
                    Ok(c.s.vector(&[*form, rest, Value::bool(has_unknown_tag)])?)
                }
                None => Ok(Value::NIL),
            }
        },
    ),
    fixed(
        "bindings*",
        0,
        "Returns the dynamic bindings in force: a map from symbol to value, or nil.",
        |c| Ok(c.bindings),
    ),
    fixed("ns-atoms*", 1, "Returns the atom of a namespace's mappings.", |c| {
        confine::may_change(c.s, namespace(c)?)?;
        c.runtime.meanings.note_open();
        Ok(runtime::namespace_parts(c.s, namespace(c)?)[1])
    }),
    fixed("refer*", 2, "Maps a name of the current namespace to a var.", |c| {
        let current = c.runtime.namespace(c.s, c.namespace)?;
        confine::may_change(c.s, current)?;
        if c.s.record_tag(c.arg(1)) != Some(tags::VAR) {
            return c.wrong_argument(1, "a var");
        }
        c.runtime.refer(c.s, current, c.arg(0), c.arg(1))?;
        Ok(Value::NIL)
    }),
    fixed(
        "confined*",
        0,
        "Returns the name of the namespace to which this program is confined, or nil.",
        |c| {
            Ok(match confine::own(c.s) {
                Some(own) => c.s.string(own)?,
                None => Value::NIL,
            })
        },
    ),
    fixed("remove-ns", 1, "Removes the namespace of a name. Returns it, or nil.", |c| {
        if c.s.name(c.arg(0)).is_some_and(|name| name == runtime::CORE) {
            return c.throw("argument", "clojure.core cannot be removed");
        }
        confine::may_change(c.s, c.arg(0))?;
        c.runtime.remove_namespace(c.s, c.arg(0)).map_err(Signal::from)
    }),
    fixed("read-all*", 1, "Reads all forms of a text into a vector.", |c| {
        Ok(c.s.vector(&read(c, str_at(c, 0)?, usize::MAX, false)?.0)?)
    }),
    fixed(
        "load-string",
        1,
        "Evaluates all forms of a text in the current namespace. Returns the last value.",
        |c| {
            let (mut forms, ..) = read(c, str_at(c, 0)?, usize::MAX, false)?;
            forms.insert(0, c.s.symbol("do"));
            Err(Signal::Eval(c.s.list(&forms)?))
        },
    ),
    fixed("var-symbol*", 1, "Returns the qualified symbol of a var.", |c| match c.s.record_tag(c.arg(0)) {
        Some(tags::VAR) => Ok(c.s.record_values(c.arg(0))[0]),
        _ => c.wrong_argument(0, "a var"),
    }),
    between("resolve", 1, 1, "Returns the var that a symbol means in the current namespace, or nil.", |c| {
        resolve(c, c.namespace, c.arg(0))
    }),
    fixed("ns-resolve", 2, "Returns the var that a symbol means in a namespace, or nil.", |c| {
        resolve(c, c.arg(0), c.arg(1))
    }),
    fixed("find-ns", 1, "Returns the namespace of a name, or nil.", |c| {
        Ok(c.runtime.find_namespace(c.s, c.arg(0)).unwrap_or(Value::NIL))
    }),
    fixed("create-ns", 1, "Returns the namespace of a name, made when it is new.", |c| {
        match c.s.kind(c.arg(0)) {
            Kind::Symbol => {
                if c.runtime.find_namespace(c.s, c.arg(0)).is_none() {
                    confine::may_change(c.s, c.arg(0))?;
                }
                Ok(c.runtime.namespace(c.s, c.arg(0))?)
            }
            _ => c.wrong_argument(0, "a symbol"),
        }
    }),
    fixed("the-ns", 1, "Returns the namespace of a name; throws when there is none.", namespace),
    fixed("ns-name", 1, "Returns the name of a namespace as a symbol.", |c| {
        let namespace = namespace(c)?;
        Ok(runtime::namespace_parts(c.s, namespace)[0])
    }),
    fixed("all-ns", 0, "Returns a sequence of all namespaces.", |c| {
        let all: Vec<_> = c.s.map_iter(c.runtime.namespaces(c.s)).map(|entry| entry.1).collect();
        Ok(c.s.list(&all)?)
    }),
    fixed("ns-map", 1, "Returns a map from the names of a namespace to their vars.", |c| {
        let namespace = namespace(c)?;
        expect_all(c, namespace)?;
        let all = c.s.atom_load(runtime::namespace_parts(c.s, namespace)[1]);
        if confine::own(c.s).is_none() {
            return Ok(all);
        }
        let named: Vec<_> = c.s.map_iter(all).filter(|(_, var)| confine::may_name(c.s, *var)).collect();
        Ok(c.s.map(&named)?)
    }),
    fixed("ns-publics", 1, "Returns a map from the public names of a namespace to their vars.", publics),
    between(
        "intern",
        2,
        3,
        "Returns the var of a name in a namespace, made when it is new, with this root value if given.",
        |c| {
            confine::may_change(c.s, namespace(c)?)?;
            let var = c.runtime.intern(c.s, namespace(c)?, c.arg(1))?;
            if c.args.len() > 2 {
                c.runtime.set_root(c.s, var, c.arg(2))?;
            }
            Ok(var)
        },
    ),
    fixed("ns-unmap", 2, "Removes a name from a namespace.", |c| {
        confine::may_change(c.s, namespace(c)?)?;
        let [_, mappings, _] = runtime::namespace_parts(c.s, namespace(c)?);
        c.s.atom_swap(mappings, |all| c.s.map_dissoc(all, c.arg(1)))?;
        c.runtime.meanings.note();
        Ok(Value::NIL)
    }),
    fixed("ns-aliases", 1, "Returns a map from the aliases of a namespace to namespaces.", |c| {
        let [_, _, aliases] = runtime::namespace_parts(c.s, namespace(c)?);
        let mut found = c.s.empty_map()?;
        for (alias, name) in c.s.map_iter(c.s.atom_load(aliases)) {
            if let Some(target) = c.runtime.find_namespace(c.s, name) {
                found = c.s.map_assoc(found, alias, target)?;
            }
        }
        Ok(found)
    }),
    fixed("alias", 2, "Makes an alias in the current namespace for another one.", |c| {
        let Some(current) = c.runtime.find_namespace(c.s, c.namespace) else { return Ok(Value::NIL) };
        let name = match c.s.record_tag(c.arg(1)) {
            Some(tags::NAMESPACE) => runtime::namespace_parts(c.s, c.arg(1))[0],
            _ if c.runtime.find_namespace(c.s, c.arg(1)).is_some() => c.arg(1),
            _ => return c.wrong_argument(1, "the name of a namespace"),
        };
        confine::may_change(c.s, current)?;
        c.runtime.set_alias(c.s, current, c.arg(0), name)?;
        Ok(Value::NIL)
    }),
    fixed("ns-unalias", 2, "Removes an alias from a namespace.", |c| {
        confine::may_change(c.s, namespace(c)?)?;
        let [_, _, aliases] = runtime::namespace_parts(c.s, namespace(c)?);
        c.s.atom_swap(aliases, |all| c.s.map_dissoc(all, c.arg(1)))?;
        c.runtime.meanings.note();
        Ok(Value::NIL)
    }),
    fixed("current-ns*", 0, "Returns the name of the current namespace.", |c| Ok(c.namespace)),
    fixed("doc*", 1, "Returns the documentation of a var as text.", doc),
];

fn meta<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, value) = (call.s, call.arg(0));
    match s.kind(value) {
        Kind::Atom => {
            let info = s.atom_info(value);
            Ok(if s.kind(info) == Kind::Map {
                s.map_get(info, s.keyword("meta")).unwrap_or(Value::NIL)
            } else {
                Value::NIL
            })
        }
        Kind::Record => match s.record_tag(value) {
            Some(tags::VAR) => Ok(s.atom_info(runtime::var_atom(s, value))),
            Some(tags::META_FUNCTION) if confine::own(s).is_none() => Ok(s.record_values(value)[1]),
            // Not the atoms of a multimethod.
            Some(tags::META_FUNCTION) => {
                let meta = s.record_values(value)[1];
                ["halt/methods", "halt/prefers", "halt/choose", "halt/owner"]
                    .iter()
                    .filter(|_| s.kind(meta) == Kind::Map)
                    .try_fold(meta, |meta, key| Ok(s.map_dissoc(meta, s.keyword(key))?))
            }
            Some(tags::REFERENCE) => {
                let info = s.atom_info(s.record_values(value)[1]);
                let meta = if s.kind(info) == Kind::Map { s.map_get(info, s.keyword("meta")) } else { None };
                Ok(meta.unwrap_or(Value::NIL))
            }
            _ => Ok(Value::NIL),
        },
        _ => Ok(reader::meta_map(s, s.meta(value))?),
    }
}

fn with_meta<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, value, meta) = (call.s, call.arg(0), call.arg(1));
    if !meta.is_nil() && s.kind(meta) != Kind::Map {
        return call.wrong_argument(1, "a map");
    }
    match s.kind(value) {
        Kind::Pair | Kind::Vector | Kind::Map | Kind::Set | Kind::SortedMap | Kind::SortedSet => {
            Ok(s.with_meta(value, meta)?)
        }
        Kind::EmptyList | Kind::Symbol => Ok(value),
        Kind::Record => match s.record_tag(value) {
            _ if seq::is_seq(s, value) => match seq::seq(s, value)? {
                seq if seq.is_nil() => Ok(Value::EMPTY_LIST),
                seq => Ok(s.with_meta(s.pair(seq::first(s, seq)?, seq::rest(s, seq)?)?, meta)?),
            },
            Some(tags::META_FUNCTION) => {
                Ok(s.record(tags::META_FUNCTION, &[s.record_values(value)[0], meta], &[])?)
            }
            Some(tags::FUNCTION | tags::NATIVE) => Ok(s.record(tags::META_FUNCTION, &[value, meta], &[])?),
            _ => call.wrong_argument(0, "a collection or a function"),
        },
        _ => call.wrong_argument(0, "a collection or a function"),
    }
}

/// The first forms of a text, whether one has a tag without a reader, and where they end.
fn read<'s>(
    call: &Call<'_, 's>,
    text: &str,
    most: usize,
    is_data: bool,
) -> Result<(Vec<Value<'s>>, bool, usize), Signal<'s>> {
    let (s, runtime) = (call.s, call.runtime);
    let current = call.namespace;
    let resolve = |alias: Option<&str>| match alias {
        None => s.name(current).map(ToString::to_string),
        Some(alias) => {
            let namespace = runtime.resolve_alias(s, runtime.find_namespace(s, current)?, s.symbol(alias))?;
            s.name(runtime::namespace_parts(s, namespace)[0]).map(ToString::to_string)
        }
    };
    let mut reader = Reader::new(s, text, &resolve);
    if is_data {
        reader.refuse_code();
    }
    let mut forms = Vec::new();
    while forms.len() < most {
        match reader.next_form() {
            Ok(Some(form)) => forms.push(form),
            Ok(None) => break,
            Err(error) => return call.throw("read", &error.to_string()),
        }
    }
    Ok((forms, reader.has_unknown_tag(), reader.position().0))
}

fn resolve<'s>(call: &Call<'_, 's>, namespace: Value<'s>, symbol: Value<'s>) -> Answer<'s> {
    let s = call.s;
    if s.kind(symbol) != Kind::Symbol {
        return call.wrong_argument(call.args.len() - 1, "a symbol");
    }
    let namespace = match s.record_tag(namespace) {
        Some(tags::NAMESPACE) => Some(namespace),
        _ => call.runtime.find_namespace(s, namespace),
    };
    let Some(namespace) = namespace else { return Ok(Value::NIL) };
    match call.runtime.resolve(s, namespace, symbol) {
        Some(var) => {
            confine::check_name(s, var)?;
            Ok(var)
        }
        None => match call.runtime.later_source(s, namespace, symbol) {
            Some(file) => Err(Signal::Load(s.symbol(file))),
            None => Ok(Value::NIL),
        },
    }
}

/// The namespace that the first argument is or names.
fn namespace<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    if call.s.record_tag(call.arg(0)) == Some(tags::NAMESPACE) {
        return Ok(call.arg(0));
    }
    match call.runtime.find_namespace(call.s, call.arg(0)) {
        Some(namespace) => Ok(namespace),
        None => call.wrong_argument(0, "the name of a namespace"),
    }
}

/// Has all sources of the core loaded, if it is the core whose names are asked for.
fn expect_all<'s>(call: &Call<'_, 's>, namespace: Value<'s>) -> Result<(), Signal<'s>> {
    let s = call.s;
    if s.name(runtime::namespace_parts(s, namespace)[0]) == Some(runtime::CORE) {
        let is_absent = |name: &str| call.runtime.lookup(s, namespace, s.symbol(name)).is_none();
        if let Some((file, _)) = super::later().find(|(_, name)| is_absent(name)) {
            return Err(Signal::Load(s.symbol(file)));
        }
    }
    Ok(())
}

fn publics<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    expect_all(call, namespace(call)?)?;
    let [own, mappings, _] = runtime::namespace_parts(s, namespace(call)?);
    let mut entries = Vec::new();
    for (name, var) in s.map_iter(s.atom_load(mappings)) {
        let info = s.atom_info(runtime::var_atom(s, var));
        let get = |key| if s.kind(info) == Kind::Map { s.map_get(info, s.keyword(key)) } else { None };
        let is_own = get("ns").is_some_and(|ns| ns.is_identical(own));
        if is_own && !get("private").is_some_and(Value::is_truthy) && confine::may_name(s, var) {
            entries.push((name, var));
        }
    }
    Ok(s.map(&entries)?)
}

fn doc<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    if s.record_tag(call.arg(0)) != Some(tags::VAR) {
        return call.wrong_argument(0, "a var");
    }
    let info = s.atom_info(runtime::var_atom(s, call.arg(0)));
    let get = |key| if s.kind(info) == Kind::Map { s.map_get(info, s.keyword(key)) } else { None };
    let mut text = String::from(s.name(s.record_values(call.arg(0))[0]).unwrap_or("?"));
    if let Some(arglists) = get("arglists") {
        text.push('\n');
        text.push_str(&crate::printer::print(s, arglists, true));
    }
    if get("macro").is_some_and(Value::is_truthy) {
        text.push_str("\nMacro");
    }
    if let Some(doc) = get("doc").and_then(|doc| s.as_str(doc)) {
        text.push_str("\n  ");
        text.push_str(doc);
    }
    Ok(s.string(&text)?)
}
