//! Syntax-quote: a template becomes the form that builds it.
//!
//! Symbols are qualified as the namespace in which the template stands sees them; `name#` becomes one fresh name for
//! the whole template; parts without an unquote become constants.

use crate::analyser::{Analysed, Analyser};
use crate::runtime::{self, split};
use crate::seq;
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, Value};

/// Names that are never qualified.
const SPECIAL: &[&str] = &[
    "def",
    "fn*",
    "let*",
    "loop*",
    "recur",
    "if",
    "do",
    "quote",
    "var",
    "try",
    "catch",
    "finally",
    "throw",
    "&",
    "letfn*",
    "unquote",
    "unquote-splicing",
    "%",
];

/// The form that builds what a template describes, which is nested in others as deep as `depth` tells.
pub(crate) fn expand<'s>(
    analyser: &mut Analyser<'_, '_, 's>,
    template: Value<'s>,
    depth: u32,
) -> Analysed<'s, Value<'s>> {
    let serial = analyser.vm.runtime.next_serial();
    let mut quasi = Quasi { analyser, serial, depth };
    Ok(match quasi.part(template)? {
        Part::Constant(value) => quasi.quote(value)?,
        Part::Form(form) => form,
        Part::Splice(_) => {
            return quasi.analyser.fail("`~@` outside of a collection has nothing to splice into");
        }
    })
}

enum Part<'s> {
    /// A value that needs no evaluation.
    Constant(Value<'s>),
    /// A form to evaluate.
    Form(Value<'s>),
    /// A form whose elements are spliced in.
    Splice(Value<'s>),
}

struct Quasi<'q, 'v, 'a, 's> {
    analyser: &'q mut Analyser<'v, 'a, 's>,
    serial: u32,
    depth: u32,
}

impl<'s> Quasi<'_, '_, '_, 's> {
    fn part(&mut self, template: Value<'s>) -> Analysed<'s, Part<'s>> {
        let s = self.analyser.s;
        self.depth += 1;
        if self.depth > crate::analyser::DEPTH_MAX {
            return self.analyser.fail("a syntax-quote is nested too deeply");
        }
        let part = match s.kind(template) {
            Kind::Symbol => Ok(Part::Constant(self.symbol(template)?)),
            Kind::Pair => self.list(template),
            Kind::Vector => {
                let items: Vec<_> = s.vector_iter(template).collect();
                self.collection(template, &items, "clojure.core/vec")
            }
            Kind::Set => {
                let items: Vec<_> = s.set_iter(template).collect();
                self.collection(template, &items, "clojure.core/set")
            }
            Kind::Map => {
                let items: Vec<_> = s.map_iter(template).flat_map(|(key, value)| [key, value]).collect();
                self.collection(template, &items, "clojure.core/map-of-rest")
            }
            _ => Ok(Part::Constant(template)),
        };
        self.depth -= 1;
        part
    }

    fn quote(&self, value: Value<'s>) -> Analysed<'s, Value<'s>> {
        let s = self.analyser.s;
        Ok(match s.kind(value) {
            Kind::Symbol | Kind::Pair | Kind::Vector | Kind::Map | Kind::Set => {
                s.list(&[s.symbol("quote"), value])?
            }
            _ => value,
        })
    }

    fn list(&mut self, template: Value<'s>) -> Analysed<'s, Part<'s>> {
        let s = self.analyser.s;
        let items = seq::to_vec(s, template)?;
        let is = |name: &str| items[0].is_identical(s.symbol(name));
        if items.len() == 2 && is("clojure.core/unquote") {
            return Ok(Part::Form(items[1]));
        }
        if items.len() == 2 && is("clojure.core/unquote-splicing") {
            return Ok(Part::Splice(items[1]));
        }
        // An inner syntax-quote is the form that builds its template, as where Clojure reads it.
        if items.len() == 2 && is("clojure.core/syntax-quote") {
            let inner = expand(self.analyser, items[1], self.depth)?;
            return self.part(inner);
        }
        let parts = items.iter().map(|item| self.part(*item)).collect::<Result<Vec<_>, _>>()?;
        if let Some(values) = constants(&parts) {
            return Ok(Part::Constant(s.list(&values)?));
        }
        Ok(Part::Form(self.build(&parts)?))
    }

    /// The form that builds a list of parts.
    fn build(&mut self, parts: &[Part<'s>]) -> Analysed<'s, Value<'s>> {
        let s = self.analyser.s;
        let mut form = Vec::with_capacity(parts.len() + 1);
        if !parts.iter().any(|part| matches!(part, Part::Splice(_))) {
            form.push(s.symbol("clojure.core/list"));
            for part in parts {
                form.push(self.evaluated(part)?);
            }
            return Ok(s.list(&form)?);
        }
        // Runs of single parts become lists, spliced parts stand for themselves.
        form.push(s.symbol("clojure.core/list-of-parts"));
        let mut run = Vec::new();
        for part in parts {
            match part {
                Part::Splice(value) => {
                    if !run.is_empty() {
                        run.insert(0, s.symbol("clojure.core/list"));
                        form.push(s.list(&run)?);
                        run.clear();
                    }
                    form.push(*value);
                }
                part => run.push(self.evaluated(part)?),
            }
        }
        if !run.is_empty() {
            run.insert(0, s.symbol("clojure.core/list"));
            form.push(s.list(&run)?);
        }
        Ok(s.list(&form)?)
    }

    fn evaluated(&self, part: &Part<'s>) -> Analysed<'s, Value<'s>> {
        match part {
            Part::Constant(value) => self.quote(*value),
            Part::Form(form) | Part::Splice(form) => Ok(*form),
        }
    }

    fn collection(&mut self, template: Value<'s>, items: &[Value<'s>], make: &str) -> Analysed<'s, Part<'s>> {
        let s = self.analyser.s;
        let parts = items.iter().map(|item| self.part(*item)).collect::<Result<Vec<_>, _>>()?;
        if let Some(values) = constants(&parts) {
            return Ok(Part::Constant(match s.kind(template) {
                Kind::Vector => s.vector(&values)?,
                Kind::Set => s.set(&values)?,
                _ => s.map(&values.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>())?,
            }));
        }
        let list = self.build(&parts)?;
        Ok(Part::Form(s.list(&[s.symbol(make), list])?))
    }

    fn symbol(&mut self, symbol: Value<'s>) -> Analysed<'s, Value<'s>> {
        let s = self.analyser.s;
        let name = s.name(symbol).unwrap_or("");
        if SPECIAL.contains(&name) || name.starts_with('.') {
            return Ok(symbol);
        }
        if let Some(stem) = name.strip_suffix('#') {
            return Ok(s.symbol(&format!("{stem}__{}__auto", self.serial)));
        }
        let (runtime, namespace) = (self.analyser.vm.runtime, self.analyser.namespace());
        if let Some(var) = runtime.resolve(s, namespace, symbol) {
            return Ok(s.record_values(var)[0]);
        }
        if crate::macros::is_known(name)
            || split(name).is_none() && runtime.later_source(s, namespace, symbol).is_some()
        {
            return Ok(s.symbol(&format!("{}/{name}", runtime::CORE)));
        }
        if let Some((alias, short)) = split(name) {
            return Ok(match runtime.resolve_alias(s, namespace, s.symbol(alias)) {
                Some(target) => {
                    let target = s.name(runtime::namespace_parts(s, target)[0]).unwrap_or("");
                    s.symbol(&format!("{target}/{short}"))
                }
                None => symbol,
            });
        }
        let own = s.name(runtime::namespace_parts(s, namespace)[0]).unwrap_or("");
        Ok(s.symbol(&format!("{own}/{name}")))
    }
}

fn constants<'s>(parts: &[Part<'s>]) -> Option<Vec<Value<'s>>> {
    parts.iter().map(|part| if let Part::Constant(value) = part { Some(*value) } else { None }).collect()
}
