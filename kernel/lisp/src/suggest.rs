//! Near names for a name that is not there.

use crate::runtime::{self, CORE, Runtime, split};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use halt_heap::{Scope, Value};

/// The message for a symbol that means nothing, with the names that it may have been meant for.
pub(crate) fn unbound<'s>(
    runtime: &Runtime,
    s: Scope<'s>,
    namespace: Value<'s>,
    symbol: Value<'s>,
    locals: &[&'static str],
) -> String {
    let full = s.name(symbol).unwrap_or("?");
    let (qualifier, name) = split(full).map_or((None, full), |(q, name)| (Some(q), name));
    let mut candidates: Vec<&'static str> = locals.to_vec();
    let mut add = |namespace: Value<'s>| {
        let mappings = runtime::namespace_parts(s, namespace)[1];
        candidates.extend(s.map_iter(s.atom_load(mappings)).filter_map(|(name, _)| s.name(name)));
    };
    match qualifier {
        Some(qualifier) => match runtime.resolve_alias(s, namespace, s.symbol(qualifier)) {
            Some(target) => add(target),
            None => return format!("no namespace or alias {qualifier} for {full}"),
        },
        None => {
            add(namespace);
            if let Some(core) = runtime.find_namespace(s, s.symbol(CORE)) {
                add(core);
            }
            candidates.extend(crate::natives::later().map(|(_, name)| name));
        }
    }
    let near = nearest(name, &candidates);
    match near.as_slice() {
        [] => format!("unbound symbol: {full}"),
        names => format!("unbound symbol: {full} (did you mean {}?)", names.join(", ")),
    }
}

/// Up to three candidates that are few edits away from a name.
pub fn nearest<'c>(name: &str, candidates: &[&'c str]) -> Vec<&'c str> {
    let most = (name.chars().count() / 3).clamp(1, 3);
    let mut near: Vec<(usize, &str)> = candidates
        .iter()
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= most + 2)
        .map(|candidate| (edit_distance(name, candidate), *candidate))
        .filter(|(distance, _)| *distance <= most)
        .collect();
    near.sort();
    near.dedup();
    near.truncate(3);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one name into the other.
pub fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = alloc::vec![i];
        for j in 1..=b.len() {
            let replace = above[j - 1] + (a[i - 1] != b[j - 1]) as usize;
            let mut best = replace.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = core::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_come_first() {
        assert_eq!(nearest("pritnln", &["print", "println", "first"]), ["println"]);
        assert_eq!(nearest("frist", &["first", "rest"]), ["first"]);
        assert!(nearest("xyzzy", &["first", "rest"]).is_empty());
    }
}
