//! Destructuring: patterns in `let`, `loop` and parameters become plain bindings.
//!
//! Enter at [`pairs`]. Sequential patterns use `nth` and `nthnext`, associative ones `get`.

use crate::analyser::{Analysed, Analyser};
use crate::runtime::split;
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, Value};

type Pairs<'s> = Vec<(Value<'s>, Value<'s>)>;

/// Bindings of patterns as bindings of symbols, in order.
pub(crate) fn pairs<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    bindings: &[(Value<'s>, Value<'s>)],
) -> Analysed<'s, Pairs<'s>> {
    let mut out = Vec::with_capacity(bindings.len() * 3);
    for (pattern, value) in bindings {
        bind(analyser, *pattern, *value, &mut out, 0)?;
    }
    Ok(out)
}

/// `loop` with patterns: the loop goes over plain symbols, a `let` inside takes them apart.
pub(crate) fn loop_form<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    bindings: &[(Value<'s>, Value<'s>)],
    body: &[Value<'s>],
) -> Analysed<'s, Value<'s>> {
    let s = analyser.s;
    let (mut outer, mut targets, mut inner) = (Vec::new(), Vec::new(), Vec::new());
    for (pattern, value) in bindings {
        if s.kind(*pattern) == Kind::Symbol {
            outer.extend([*pattern, *value]);
            targets.extend([*pattern, *pattern]);
        } else {
            let symbol = analyser.fresh("loop");
            outer.extend([symbol, *value, *pattern, symbol]);
            targets.extend([symbol, symbol]);
            inner.extend([*pattern, symbol]);
        }
    }
    let mut form = alloc::vec![s.symbol("clojure.core/let"), s.vector(&inner)?];
    form.extend(body);
    let inner = s.list(&form)?;
    let looped = s.list(&[s.symbol("loop*"), s.vector(&targets)?, inner])?;
    Ok(s.list(&[s.symbol("clojure.core/let"), s.vector(&outer)?, looped])?)
}

fn bind<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    pattern: Value<'s>,
    value: Value<'s>,
    out: &mut Pairs<'s>,
    depth: u32,
) -> Analysed<'s, ()> {
    if depth > 50 {
        return analyser.fail("patterns are nested too deeply");
    }
    let s = analyser.s;
    match s.kind(pattern) {
        Kind::Symbol => {
            out.push((pattern, value));
            Ok(())
        }
        Kind::Vector => sequential(analyser, pattern, value, out, depth),
        Kind::Map => associative(analyser, pattern, value, out, depth),
        _ => {
            let shown = analyser.show(pattern);
            analyser.fail(&format!("cannot bind a value to {shown}: a symbol, a vector or a map is wanted"))
        }
    }
}

fn sequential<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    pattern: Value<'s>,
    value: Value<'s>,
    out: &mut Pairs<'s>,
    depth: u32,
) -> Analysed<'s, ()> {
    let s = analyser.s;
    let whole = analyser.fresh("vec");
    out.push((whole, value));
    let items: Vec<_> = s.vector_iter(pattern).collect();
    let (ampersand, as_key) = (s.symbol("&"), s.keyword("as"));
    let (mut at, mut index) = (0, 0_i64);
    while at < items.len() {
        let item = items[at];
        if item.is_identical(ampersand) || item.is_identical(as_key) {
            let Some(target) = items.get(at + 1).copied() else {
                return analyser.fail(&format!("nothing after {} in a pattern", analyser.show(item)));
            };
            if item.is_identical(as_key) {
                out.push((target, whole));
            } else {
                let rest = s.list(&[s.symbol("clojure.core/nthnext"), whole, s.int(index)?])?;
                bind(analyser, target, rest, out, depth + 1)?;
            }
            at += 2;
            continue;
        }
        let element = s.list(&[s.symbol("clojure.core/nth"), whole, s.int(index)?, Value::NIL])?;
        bind(analyser, item, element, out, depth + 1)?;
        index += 1;
        at += 1;
    }
    Ok(())
}

fn associative<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    pattern: Value<'s>,
    value: Value<'s>,
    out: &mut Pairs<'s>,
    depth: u32,
) -> Analysed<'s, ()> {
    let s = analyser.s;
    let whole = analyser.fresh("map");
    out.push((whole, s.list(&[s.symbol("clojure.core/map-of-rest"), value])?));
    let defaults = s.map_get(pattern, s.keyword("or")).filter(|map| s.kind(*map) == Kind::Map);
    if let Some(target) = s.map_get(pattern, s.keyword("as")) {
        out.push((target, whole));
    }
    let get = |target: Value<'s>, key: Value<'s>| {
        let mut form = alloc::vec![s.symbol("clojure.core/get"), whole, key];
        form.extend(defaults.and_then(|map| s.map_get(map, target)));
        s.list(&form)
    };
    for (key, part) in s.map_iter(pattern) {
        if s.kind(key) != Kind::Keyword {
            let form = get(key, part)?;
            bind(analyser, key, form, out, depth + 1)?;
            continue;
        }
        let name = s.name(key).unwrap_or("");
        let (namespace, short) = split(name).map_or((None, name), |(n, short)| (Some(n), short));
        match short {
            "or" | "as" => continue,
            "keys" | "syms" | "strs" if s.kind(part) == Kind::Vector => {}
            _ => return analyser.fail(&format!("a map pattern has no :{name}")),
        }
        for item in s.vector_iter(part) {
            let Some(item_name) = s.name(item) else {
                let shown = analyser.show(item);
                return analyser.fail(&format!("`:{name}` wants names, got {shown}"));
            };
            let (own, local) = split(item_name).map_or((None, item_name), |(n, local)| (Some(n), local));
            let full = match own.or(namespace) {
                Some(namespace) => format!("{namespace}/{local}"),
                None => local.into(),
            };
            let key = match short {
                "keys" => s.keyword(&full),
                "syms" => s.list(&[s.symbol("quote"), s.symbol(&full)])?,
                _ => s.string(local)?,
            };
            let local = s.symbol(local);
            out.push((local, get(local, key)?));
        }
    }
    Ok(())
}
