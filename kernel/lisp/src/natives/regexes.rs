//! Regular expressions: `re-find` and its like, and their part of `clojure.string`.
//!
//! A regex is a record of its pattern and its program, so it is equal to another of the same pattern.

use super::{Answer, between, delegate, fixed, str_at};
use crate::native::{Call, Native, Signal};
use crate::{regex, tags};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use halt_heap::{OutOfMemory, Scope, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    fixed("re-pattern", 1, "Returns the regex of a pattern.", |c| {
        if is_regex(c.s, c.arg(0)) {
            return Ok(c.arg(0));
        }
        match make(c.s, str_at(c, 0)?)? {
            Ok(regex) => Ok(regex),
            Err(problem) => c.throw("argument", &format!("re-pattern: {problem}")),
        }
    }),
    fixed(
        "re-find-from*",
        3,
        "Finds the first match in a text from an offset in bytes on: [match next-offset], or nil.",
        |c| {
            let (text, from) = (str_at(c, 1)?, super::int_at(c, 2)? as usize);
            if !text.is_char_boundary(from) {
                return Ok(Value::NIL);
            }
            let Some(groups) = regex::find(program(c, 0)?, text, from, false) else { return Ok(Value::NIL) };
            let (start, end) = groups[0].unwrap_or((from, from));
            let step = text[end..].chars().next().map_or(1, char::len_utf8);
            let next = if start == end { end + step } else { end };
            let found = matched(c, text, &groups)?;
            Ok(c.s.vector(&[found, c.s.int(next as i64)?])?)
        },
    ),
    between(
        "re-find",
        1,
        2,
        "Returns the first match of a regex in a text, a vector with its groups if it has some, or nil; the next one of a matcher.",
        |c| {
            if c.args.len() == 1 {
                return delegate(c, "clojure.core/matcher-find*", c.args);
            }
            let text = str_at(c, 1)?;
            match regex::find(program(c, 0)?, text, 0, false) {
                Some(groups) => matched(c, text, &groups),
                None => Ok(Value::NIL),
            }
        },
    ),
    fixed("re-matches", 2, "Returns the match of a regex with a whole text, as re-find does, or nil.", |c| {
        let text = str_at(c, 1)?;
        match regex::find(program(c, 0)?, text, 0, true) {
            Some(groups) => matched(c, text, &groups),
            None => Ok(Value::NIL),
        }
    }),
    fixed(
        "re-seq",
        2,
        "Returns a sequence of all matches of a regex in a text, as re-find returns them, or nil.",
        |c| {
            let text = str_at(c, 1)?;
            let mut found = Vec::new();
            for groups in all(program(c, 0)?, text) {
                found.push(matched(c, text, &groups)?);
            }
            Ok(if found.is_empty() { Value::NIL } else { c.s.list(&found)? })
        },
    ),
    fixed("regex?", 1, "Returns true if x is a regex.", |c| Ok(Value::bool(is_regex(c.s, c.arg(0))))),
    fixed(
        "clojure.string/re-quote-replacement",
        1,
        "Returns a text that stands for itself as a replacement.",
        |c| Ok(c.s.string(&str_at(c, 0)?.replace('\\', "\\\\").replace('$', "\\$"))?),
    ),
];

type Groups = Vec<Option<(usize, usize)>>;

/// Whether a value is a regex.
pub(crate) fn is_regex<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    s.record_tag(value) == Some(tags::REGEX)
}

/// The regex of a pattern, or what is wrong with it.
pub(crate) fn make<'s>(s: Scope<'s>, pattern: &str) -> Result<Result<Value<'s>, String>, OutOfMemory> {
    match regex::compile(pattern) {
        Ok(program) => Ok(Ok(s.record(tags::REGEX, &[s.string(pattern)?], &program)?)),
        Err(problem) => Ok(Err(format!("{problem} in the regex {pattern:?}"))),
    }
}

/// The program of the regex at an index.
pub(super) fn program<'s>(call: &Call<'_, 's>, index: usize) -> Result<&'s [u64], Signal<'s>> {
    match is_regex(call.s, call.arg(index)) {
        true => Ok(call.s.record_words(call.arg(index))),
        false => call.wrong_argument(index, "a regex"),
    }
}

/// All matches in a text, one after the other.
pub(super) fn all<'p>(program: &'p [u64], text: &'p str) -> impl Iterator<Item = Groups> {
    let mut from = Some(0);
    core::iter::from_fn(move || {
        let groups = regex::find(program, text, from?, false)?;
        let (start, end) = groups[0]?;
        // An empty match lets one character pass.
        from = match text[end..].chars().next() {
            Some(c) if start == end => Some(end + c.len_utf8()),
            None if start == end => None,
            _ => Some(end),
        };
        Some(groups)
    })
}

fn matched<'s>(call: &Call<'_, 's>, text: &str, groups: &Groups) -> Answer<'s> {
    let s = call.s;
    let mut values = Vec::with_capacity(groups.len());
    for group in groups {
        values.push(match group {
            Some((start, end)) => s.string(&text[*start..*end])?,
            None => Value::NIL,
        });
    }
    Ok(if values.len() == 1 { values[0] } else { s.vector(&values)? })
}

/// The parts of a text between matches, as Java splits.
pub(super) fn split<'t>(program: &[u64], text: &'t str, limit: i64) -> Vec<&'t str> {
    let (mut parts, mut from) = (Vec::new(), 0);
    for groups in all(program, text) {
        if limit > 0 && parts.len() as i64 == limit - 1 {
            break;
        }
        let Some((start, end)) = groups[0] else { continue };
        // An empty match at the start or the end splits nothing.
        if end == 0 || start == end && start == text.len() {
            continue;
        }
        parts.push(&text[from..start]);
        from = end;
    }
    let is_split = !parts.is_empty();
    parts.push(&text[from..]);
    if limit == 0 && is_split {
        while parts.last().is_some_and(|part| part.is_empty()) {
            parts.pop();
        }
    }
    parts
}

/// Replaces matches by a text with `$1` for groups, or by what a function returns for each.
pub(super) fn replace<'s>(call: &Call<'_, 's>, times: usize) -> Answer<'s> {
    let s = call.s;
    let (text, program) = (str_at(call, 0)?, program(call, 1)?);
    let matches = all(program, text).take(times);
    let Some(replacement) = s.as_str(call.arg(2)) else {
        let (mut parts, mut from) = (Vec::new(), 0);
        for groups in matches {
            let Some((start, end)) = groups[0] else { continue };
            parts.extend([s.string(&text[from..start])?, matched(call, text, &groups)?]);
            from = end;
        }
        parts.push(s.string(&text[from..])?);
        return delegate(call, "clojure.core/replace-parts*", &[s.vector(&parts)?, call.arg(2)]);
    };
    let (mut out, mut from) = (String::new(), 0);
    for groups in matches {
        let Some((start, end)) = groups[0] else { continue };
        out.push_str(&text[from..start]);
        fill(call, replacement, text, &groups, &mut out)?;
        from = end;
    }
    out.push_str(&text[from..]);
    Ok(s.string(&out)?)
}

/// Appends a replacement: `$n` is a group, `\` takes the next character as it is.
fn fill<'s>(
    call: &Call<'_, 's>,
    replacement: &str,
    text: &str,
    groups: &Groups,
    out: &mut String,
) -> Result<(), Signal<'s>> {
    let mut chars = replacement.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '$' => {
                let Some(mut index) = chars.next().and_then(|c| c.to_digit(10)) else {
                    return call.throw(
                        "argument",
                        &format!("no group after `$` in the replacement {replacement:?}"),
                    );
                };
                // More digits belong to it as long as there is such a group.
                while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10))
                    && ((index * 10 + digit) as usize) < groups.len()
                {
                    index = index * 10 + digit;
                    chars.next();
                }
                match groups.get(index as usize) {
                    Some(Some((start, end))) => out.push_str(&text[*start..*end]),
                    Some(None) => {}
                    None => return call.throw("index", &format!("no group {index} in the regex")),
                }
            }
            c => out.push(c),
        }
    }
    Ok(())
}
