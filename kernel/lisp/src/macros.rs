//! The macros that come with the compiler, in Rust because everything uses them and boot compiles them all.
//!
//! Enter at [`expand`]. Each takes the forms after its name and returns the expansion.

use crate::analyser::{Analysed, Analyser};
use crate::errors;
use alloc::format;

use alloc::vec::Vec;
use halt_heap::{Kind, Value};

/// Names of the macros in this file and of the special forms that have a value in `clojure.core` in Clojure.
const KNOWN: &[&str] = &[
    "defn",
    "defn-",
    "defmacro",
    "when",
    "when-not",
    "if-not",
    "cond",
    "->",
    "->>",
    "if-let",
    "when-let",
    "if-some",
    "when-some",
    "lazy-seq",
    "delay",
    "ns",
    "declare",
    "comment",
    "doto",
    "dotimes",
    "while",
    "let",
    "loop",
    "fn",
    "and",
    "or",
    "binding",
    "letfn",
    "case",
];

/// Whether a name is a macro of the compiler or a special form with a name in the core.
pub(crate) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// The expansion of a form by its head's name and its arguments; `None` when the name is no macro of this file.
pub(crate) fn expand<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    name: &str,
    arguments: &[Value<'s>],
) -> Option<Analysed<'s, Value<'s>>> {
    Some(match name {
        "defn" => define(analyser, arguments, "defn"),
        "defn-" => define(analyser, arguments, "defn-"),
        "defmacro" => define(analyser, arguments, "defmacro"),
        "when" => when(analyser, arguments, false),
        "when-not" => when(analyser, arguments, true),
        "if-not" => if_not(analyser, arguments),
        "cond" => cond(analyser, arguments),
        "->" => thread(analyser, arguments, true),
        "->>" => thread(analyser, arguments, false),
        "if-let" => if_let(analyser, arguments, "if-let", false),
        "when-let" => if_let(analyser, arguments, "when-let", false),
        "if-some" => if_let(analyser, arguments, "if-some", true),
        "when-some" => if_let(analyser, arguments, "when-some", true),
        "lazy-seq" => deferred(analyser, arguments, "clojure.core/lazy-seq*"),
        "delay" => deferred(analyser, arguments, "clojure.core/delay*"),
        "ns" => namespace(analyser, arguments),
        "declare" => declare(analyser, arguments),
        "comment" => Ok(Value::NIL),
        "case" => case(analyser, arguments),
        "dotimes" => dotimes(analyser, arguments),
        "while" => while_loop(analyser, arguments),
        "new" => match arguments {
            [class, arguments @ ..] if analyser.s.kind(*class) == Kind::Symbol => {
                construct(analyser, analyser.s.name(*class).unwrap_or(""), arguments)
            }
            _ => analyser.fail("new wants the name of a record or an error class"),
        },
        name if name.ends_with('.') && !name.starts_with('.') => {
            construct(analyser, &name[..name.len() - 1], arguments)
        }
        _ => return None,
    })
}

/// `(Name. fields...)`: a record by its function `->Name`, or an error by the name that Java has for its kind.
fn construct<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    class: &str,
    arguments: &[Value<'s>],
) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    let (namespace, name) = match class.rsplit_once(['.', '/']) {
        Some((namespace, name)) => (Some(namespace.replace('_', "-")), name),
        None => (None, class),
    };
    let maker = match namespace {
        Some(namespace) => format!("{namespace}/->{name}"),
        None => format!("->{name}"),
    };
    let maker = s.symbol(&maker);
    if analyser.is_var(maker)? {
        return list(analyser, &[maker], arguments);
    }
    match errors::types_of_class(name) {
        Some(kinds) => {
            let kind = s.keyword(kinds.first().unwrap_or(&"error"));
            list(analyser, &[s.symbol("clojure.core/new-error*"), kind], arguments)
        }
        None => analyser.fail(&format!("there is no record or error class {class}")),
    }
}

fn list<'s>(
    analyser: &Analyser<'_, '_, 's>,
    head: &[Value<'s>],
    tail: &[Value<'s>],
) -> Analysed<'s, Value<'s>> {
    let mut items = head.to_vec();
    items.extend(tail);
    Ok(analyser.s.list(&items)?)
}

fn body<'s>(analyser: &Analyser<'_, '_, 's>, forms: &[Value<'s>]) -> Analysed<'s, Value<'s>> {
    match forms {
        [] => Ok(Value::NIL),
        [form] => Ok(*form),
        forms => list(analyser, &[analyser.s.symbol("do")], forms),
    }
}

/// `defn`, `defn-` and `defmacro`: a `def` of a function, with doc string and parameters as metadata.
fn define<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    arguments: &[Value<'s>],
    what: &str,
) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    let [name, rest @ ..] = arguments else { return analyser.fail(&format!("{what} wants a name")) };
    if s.kind(*name) != Kind::Symbol {
        return analyser.fail(&format!("{what} wants a symbol as its name, got {}", analyser.show(*name)));
    }
    let (mut rest, mut meta) = (rest, s.empty_map()?);
    if let [doc, after @ ..] = rest
        && s.kind(*doc) == Kind::String
        && !after.is_empty()
    {
        meta = s.map_assoc(meta, s.keyword("doc"), *doc)?;
        rest = after;
    }
    if let [attributes, after @ ..] = rest
        && s.kind(*attributes) == Kind::Map
    {
        meta = s.map_merge(meta, *attributes)?;
        rest = after;
    }
    let mut clauses = analyser.clauses(what, rest)?;
    let parameters: Vec<_> = clauses.iter().map(|clause| clause.0).collect();
    meta = s.map_assoc(meta, s.keyword("arglists"), s.list(&parameters)?)?;
    match what {
        "defn-" => meta = s.map_assoc(meta, s.keyword("private"), Value::TRUE)?,
        "defmacro" => {
            meta = s.map_assoc(meta, s.keyword("macro"), Value::TRUE)?;
            for (parameters, _) in &mut clauses {
                let mut all = alloc::vec![s.symbol("&form"), s.symbol("&env")];
                all.extend(s.vector_iter(*parameters));
                *parameters = s.vector(&all)?;
            }
        }
        _ => {}
    }
    let mut function = alloc::vec![s.symbol("fn*")];
    match clauses.as_slice() {
        [(parameters, body)] => {
            function.push(*parameters);
            function.extend(body);
        }
        clauses => {
            for (parameters, body) in clauses {
                function.push(list(analyser, &[*parameters], body)?);
            }
        }
    }
    Ok(s.list(&[s.symbol("def"), *name, meta, s.list(&function)?])?)
}

fn when<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    arguments: &[Value<'s>],
    is_not: bool,
) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    let [test, rest @ ..] = arguments else { return analyser.fail("when wants a test") };
    let then = body(analyser, rest)?;
    let parts = if is_not {
        [s.symbol("if"), *test, Value::NIL, then]
    } else {
        [s.symbol("if"), *test, then, Value::NIL]
    };
    Ok(s.list(&parts)?)
}

fn if_not<'s>(analyser: &mut Analyser<'_, '_, 's>, arguments: &[Value<'s>]) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    match arguments {
        [test, then] => Ok(s.list(&[s.symbol("if"), *test, Value::NIL, *then])?),
        [test, then, otherwise] => Ok(s.list(&[s.symbol("if"), *test, *otherwise, *then])?),
        _ => analyser.fail("if-not wants a test, a then and an else"),
    }
}

fn cond<'s>(analyser: &mut Analyser<'_, '_, 's>, arguments: &[Value<'s>]) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    match arguments {
        [] => Ok(Value::NIL),
        [_] => analyser.fail("cond wants an even number of forms: the last test has no value"),
        [test, then, rest @ ..] => {
            let otherwise = if rest.is_empty() {
                Value::NIL
            } else {
                list(analyser, &[s.symbol("clojure.core/cond")], rest)?
            };
            if s.kind(*test) == Kind::Keyword {
                return Ok(*then);
            }
            Ok(s.list(&[s.symbol("if"), *test, *then, otherwise])?)
        }
    }
}

fn thread<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    arguments: &[Value<'s>],
    first: bool,
) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    let [value, steps @ ..] = arguments else { return analyser.fail("-> wants a value") };
    let mut value = *value;
    for step in steps {
        value = if s.kind(*step) == Kind::Pair {
            let mut items: Vec<_> = s.list_iter(*step).collect();
            items.insert(if first { 1 } else { items.len() }, value);
            s.with_meta(s.list(&items)?, s.meta(*step))?
        } else {
            s.list(&[*step, value])?
        };
    }
    Ok(value)
}

fn if_let<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    arguments: &[Value<'s>],
    what: &str,
    is_some: bool,
) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    let (vector, rest) = match arguments {
        [vector, rest @ ..] if s.kind(*vector) == Kind::Vector && s.vector_count(*vector) == 2 => {
            (*vector, rest)
        }
        _ => return analyser.fail(&format!("{what} wants a vector of one binding")),
    };
    let (then, otherwise) = match rest {
        rest if what.starts_with("when") => (body(analyser, rest)?, Value::NIL),
        [then] => (*then, Value::NIL),
        [then, otherwise] => (*then, *otherwise),
        _ => return analyser.fail(&format!("{what} wants a then and an else")),
    };
    let pattern = s.vector_get(vector, 0).unwrap_or(Value::NIL);
    let value = s.vector_get(vector, 1).unwrap_or(Value::NIL);
    let found = analyser.fresh("found");
    let bound = s.list(&[s.symbol("clojure.core/let"), s.vector(&[pattern, found])?, then])?;
    let choice = if is_some {
        let test = s.list(&[s.symbol("clojure.core/nil?"), found])?;
        s.list(&[s.symbol("if"), test, otherwise, bound])?
    } else {
        s.list(&[s.symbol("if"), found, bound, otherwise])?
    };
    Ok(s.list(&[s.symbol("clojure.core/let"), s.vector(&[found, value])?, choice])?)
}

fn deferred<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    arguments: &[Value<'s>],
    make: &str,
) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    let function = list(analyser, &[s.symbol("fn*"), s.vector(&[])?], arguments)?;
    Ok(s.list(&[s.symbol(make), function])?)
}

fn namespace<'s>(analyser: &mut Analyser<'_, '_, 's>, arguments: &[Value<'s>]) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    let [name, clauses @ ..] = arguments else { return analyser.fail("ns wants a name") };
    if s.kind(*name) != Kind::Symbol {
        return analyser.fail(&format!("ns wants a symbol, got {}", analyser.show(*name)));
    }
    let clauses: Vec<_> = clauses.iter().filter(|clause| s.kind(**clause) == Kind::Pair).copied().collect();
    let quote = |value| s.list(&[s.symbol("quote"), value]);
    Ok(s.list(&[s.symbol("clojure.core/enter-namespace"), quote(*name)?, quote(s.list(&clauses)?)?])?)
}

fn declare<'s>(analyser: &mut Analyser<'_, '_, 's>, arguments: &[Value<'s>]) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    let mut forms = Vec::with_capacity(arguments.len());
    for name in arguments {
        forms.push(s.list(&[s.symbol("def"), *name])?);
    }
    body(analyser, &forms)
}

/// `case` as a chain of comparisons with constants; a list groups constants.
fn case<'s>(analyser: &mut Analyser<'_, '_, 's>, arguments: &[Value<'s>]) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    let [value, clauses @ ..] = arguments else { return analyser.fail("case wants a value") };
    let subject = analyser.fresh("case");
    let mut otherwise = match clauses.len() % 2 {
        1 => clauses[clauses.len() - 1],
        _ => {
            let text = s.string("no matching clause for")?;
            s.list(&[s.symbol("clojure.core/case-failed"), text, subject])?
        }
    };
    let equal = |constant: Value<'s>| {
        let quoted = match s.kind(constant) {
            Kind::Symbol | Kind::Pair | Kind::Vector | Kind::Map | Kind::Set => {
                s.list(&[s.symbol("quote"), constant])?
            }
            _ => constant,
        };
        s.list(&[s.symbol("clojure.core/="), subject, quoted])
    };
    for pair in clauses.chunks_exact(2).rev() {
        let test = if s.kind(pair[0]) == Kind::Pair {
            let mut tests = alloc::vec![s.symbol("clojure.core/or")];
            for constant in s.list_iter(pair[0]) {
                tests.push(equal(constant)?);
            }
            s.list(&tests)?
        } else {
            equal(pair[0])?
        };
        otherwise = s.list(&[s.symbol("if"), test, pair[1], otherwise])?;
    }
    Ok(s.list(&[s.symbol("clojure.core/let"), s.vector(&[subject, *value])?, otherwise])?)
}

fn dotimes<'s>(analyser: &mut Analyser<'_, '_, 's>, arguments: &[Value<'s>]) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    let (vector, rest) = match arguments {
        [vector, rest @ ..] if s.kind(*vector) == Kind::Vector && s.vector_count(*vector) == 2 => {
            (*vector, rest)
        }
        _ => return analyser.fail("dotimes wants a vector of a name and a count"),
    };
    let name = s.vector_get(vector, 0).unwrap_or(Value::NIL);
    let count = s.vector_get(vector, 1).unwrap_or(Value::NIL);
    let limit = analyser.fresh("limit");
    let core = |name: &str| s.symbol(&format!("clojure.core/{name}"));
    let test = s.list(&[core("<"), name, limit])?;
    let next = s.list(&[s.symbol("recur"), s.list(&[core("inc"), name])?])?;
    let mut turn = rest.to_vec();
    turn.push(next);
    let turn = body(analyser, &turn)?;
    let choice = s.list(&[s.symbol("if"), test, turn, Value::NIL])?;
    let looped = s.list(&[s.symbol("loop*"), s.vector(&[name, s.int(0)?])?, choice])?;
    Ok(s.list(&[core("let"), s.vector(&[limit, count])?, looped])?)
}

fn while_loop<'s>(analyser: &mut Analyser<'_, '_, 's>, arguments: &[Value<'s>]) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    let [test, rest @ ..] = arguments else { return analyser.fail("while wants a test") };
    let mut turn = rest.to_vec();
    turn.push(s.list(&[s.symbol("recur")])?);
    let turn = body(analyser, &turn)?;
    let choice = s.list(&[s.symbol("if"), *test, turn, Value::NIL])?;
    Ok(s.list(&[s.symbol("loop*"), s.vector(&[])?, choice])?)
}
