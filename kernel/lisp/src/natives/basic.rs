//! The natives that the compiler and the VM themselves rely on.

use crate::confine;
use crate::native::{Call, Native, Signal};
use crate::runtime::namespace_parts;
use crate::seq;
use crate::tags;
use alloc::format;
use halt_heap::{Kind, Value};

type Answer<'s> = Result<Value<'s>, Signal<'s>>;

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
    Native {
        name: "realise",
        arity: (1, Some(1)),
        doc: "Realises everything lazy inside of x, however deep. Returns x.",
        function: realise,
    },
    Native {
        name: "macroexpand-1",
        arity: (1, Some(1)),
        doc: "Returns the form after one step of macro expansion.",
        function: macroexpand_once,
    },
    Native {
        name: "macroexpand",
        arity: (1, Some(1)),
        doc: "Returns the form after macro expansion of its head, as far as it goes.",
        function: macroexpand,
    },
    Native {
        name: "in-ns",
        arity: (1, Some(1)),
        doc: "Makes the namespace of this name, a symbol, the current one.",
        function: in_namespace,
    },
    Native {
        name: "enter-namespace",
        arity: (2, Some(2)),
        doc: "What ns does: makes the namespace, obeys the (:require ...) clauses, makes it the current one.",
        function: enter_namespace,
    },
    Native {
        name: "require",
        arity: (0, None),
        doc: "Loads namespaces: each argument is a symbol or a vector [name :as alias :refer [names]].",
        function: require,
    },
    Native {
        name: "profile*",
        arity: (1, Some(1)),
        doc: "Collects where the time goes into the map of an atom: stacks, innermost call first, and microseconds. With nil no longer.",
        function: profile,
    },
    Native {
        name: "disassemble",
        arity: (1, Some(1)),
        doc: "Returns the bytecode of a function as a string, an instruction a line.",
        function: disassemble,
    },
];

fn lazy_seq<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    deferred(call, tags::LAZY)
}

fn delay<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    deferred(call, tags::DELAY)
}

fn deferred<'s>(call: &Call<'_, 's>, tag: u16) -> Answer<'s> {
    let thunk = call.s.record(tags::THUNK, &[call.arg(0)], &[])?;
    let cell = call.s.cell(thunk)?;
    Ok(call.s.record(tag, &[cell], &[])?)
}

fn seq_of<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    seq::seq(call.s, call.arg(0))
}

fn realise<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    seq::realise_deep(call.s, call.arg(0))?;
    Ok(call.arg(0))
}

fn macroexpand_once<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    seq::realise_deep(call.s, call.arg(0))?;
    Err(Signal::Expand(call.arg(0), false))
}

fn macroexpand<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    seq::realise_deep(call.s, call.arg(0))?;
    Err(Signal::Expand(call.arg(0), true))
}

fn in_namespace<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    if call.s.kind(call.arg(0)) != Kind::Symbol {
        return call.wrong_argument(0, "a symbol");
    }
    Err(Signal::SetNamespace(call.arg(0)))
}

fn enter_namespace<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    confine::may_change(s, call.arg(0))?;
    let namespace = call.runtime.namespace(s, call.arg(0))?;
    for clause in seq::to_vec(s, call.arg(1))? {
        let parts = seq::to_vec(s, clause)?;
        match parts.split_first() {
            Some((head, specs)) if matches!(s.name(*head), Some("require" | "use")) => {
                for spec in specs {
                    require_one(call, namespace, *spec)?;
                }
            }
            // What speaks of another host means nothing here.
            Some((head, _)) if matches!(s.name(*head), Some("refer-clojure" | "import" | "gen-class")) => {}
            _ => return call.throw("compile", "ns knows :require and :refer-clojure clauses only"),
        }
    }
    Err(Signal::SetNamespace(call.arg(0)))
}

fn require<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let namespace = call.runtime.namespace(call.s, call.namespace)?;
    for spec in call.args {
        if call.s.kind(*spec) != Kind::Keyword {
            require_one(call, namespace, *spec)?;
        }
    }
    Ok(Value::NIL)
}

/// `name` or `[name :as alias :refer [names]]` in a namespace.
fn require_one<'s>(call: &Call<'_, 's>, namespace: Value<'s>, spec: Value<'s>) -> Answer<'s> {
    let s = call.s;
    let parts = if s.kind(spec) == Kind::Symbol { alloc::vec![spec] } else { seq::to_vec(s, spec)? };
    let Some(name) = parts.first().copied().filter(|name| s.kind(*name) == Kind::Symbol) else {
        return call.throw("compile", "require wants a symbol or a vector that begins with one");
    };
    let Some(target) = call.runtime.find_namespace(s, name) else {
        return Err(Signal::Load(name));
    };
    if parts.len() > 1 {
        confine::may_change(s, namespace)?;
    }
    for option in parts[1..].chunks(2) {
        let [key, value] = option else {
            return call.throw("compile", "require wants a value for every option");
        };
        match s.name(*key) {
            Some("as" | "as-alias") => {
                call.runtime.set_alias(s, namespace, *value, name)?;
            }
            Some("refer") if s.kind(*value) == Kind::Keyword => {
                let all = s.atom_load(namespace_parts(s, target)[1]);
                for (symbol, var) in s.map_iter(all) {
                    call.runtime.refer(s, namespace, symbol, var)?;
                }
            }
            Some("refer") => {
                for symbol in seq::to_vec(s, *value)? {
                    let Some(var) = call.runtime.lookup(s, target, symbol) else {
                        let (short, full) = (s.name(symbol).unwrap_or("?"), s.name(name).unwrap_or("?"));
                        return call.throw("unbound", &format!("{full} has no {short} to refer"));
                    };
                    call.runtime.refer(s, namespace, symbol, var)?;
                }
            }
            _ => return call.throw("compile", "require knows the options :as and :refer"),
        }
    }
    Ok(Value::NIL)
}

fn profile<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    if !matches!(call.s.kind(call.arg(0)), Kind::Nil | Kind::Atom) {
        return call.wrong_argument(0, "an atom or nil");
    }
    call.s.root_set(crate::vm::PROFILE, call.arg(0));
    // The next slice looks at the clock more often, or no longer.
    Err(Signal::Yield(call.arg(0)))
}

fn disassemble<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    match s.record_tag(call.arg(0)) {
        Some(tags::FUNCTION) => {
            let codes = crate::vm::codes(s, call.arg(0)).iter();
            let text: alloc::string::String =
                codes.map(|code| crate::bytecode::disassemble(s, *code)).collect();
            Ok(s.string(&text)?)
        }
        _ => call.wrong_argument(0, "a function written in Lisp"),
    }
}
