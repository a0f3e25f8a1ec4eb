//! Strings and names: `subs`, `format`, `name`, and `clojure.string`.
//!
//! Positions count characters (code points), which for text outside of the basic plane differs from Clojure's
//! UTF-16 units. What splits or is replaced is a regex, a string or a character.

use super::{Answer, at_least, between, fixed, format, int_at, printing, regexes, str_at, truth};
use crate::native::{Call, Native, Signal};
use crate::{runtime, seq};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use halt_heap::{Kind, Value};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    between("subs", 2, 3, "Returns the part of a string from start to below end.", subs),
    at_least(
        "format",
        1,
        "Returns a text formatted as by Java's formatter: %s %d %f %x %c %b %e %n, width, precision, flags.",
        format::format_native,
    ),
    fixed("name", 1, "Returns the name of a keyword, symbol or string, without its namespace.", |c| {
        if c.s.kind(c.arg(0)) == Kind::String {
            return Ok(c.arg(0));
        }
        let Some(name) = c.s.name(c.arg(0)) else {
            return c.wrong_argument(0, "a keyword, a symbol or a string");
        };
        Ok(c.s.string(runtime::split(name).map_or(name, |parts| parts.1))?)
    }),
    fixed("namespace", 1, "Returns the namespace of a keyword or symbol as a string, or nil.", |c| {
        let Some(name) = c.s.name(c.arg(0)) else { return c.wrong_argument(0, "a keyword or a symbol") };
        Ok(match runtime::split(name) {
            Some((namespace, _)) => c.s.string(namespace)?,
            None => Value::NIL,
        })
    }),
    between("keyword", 1, 2, "Returns the keyword of a name, or of a namespace and a name.", |c| {
        if c.args.len() == 1 && c.s.kind(c.arg(0)) == Kind::Keyword {
            return Ok(c.arg(0));
        }
        Ok(match full_name(c)? {
            Some(name) => c.s.keyword(&name),
            None => Value::NIL,
        })
    }),
    between("symbol", 1, 2, "Returns the symbol of a name, or of a namespace and a name.", |c| {
        if let Some(crate::tags::VAR) = c.s.record_tag(c.arg(0)) {
            return Ok(c.s.record_values(c.arg(0))[0]);
        }
        match full_name(c)? {
            Some(name) => Ok(c.s.symbol(&name)),
            None => c.wrong_argument(0, "a string, a symbol or a keyword"),
        }
    }),
    fixed("char", 1, "Returns the character of a code point.", |c| {
        if c.arg(0).as_char().is_some() {
            return Ok(c.arg(0));
        }
        match u32::try_from(int_at(c, 0)?).ok().and_then(char::from_u32) {
            Some(char) => Ok(Value::char(char)),
            None => c.wrong_argument(0, "the number of a character"),
        }
    }),
    between(
        "clojure.string/join",
        1,
        2,
        "Returns the texts of the elements of coll, with the separator between them.",
        |c| {
            let mut separator = String::new();
            if c.args.len() > 1 {
                printing::push_text(c, c.arg(0), &mut separator)?;
            }
            let elements = seq::to_vec(c.s, c.args[c.args.len() - 1])?;
            printing::joined(c, &elements, Some(&separator))
        },
    ),
    between(
        "clojure.string/split",
        2,
        3,
        "Splits a string where a regex, a string or a character occurs, into at most limit parts. Trailing empty parts are dropped without a limit.",
        split,
    ),
    fixed(
        "clojure.string/split-lines",
        1,
        "Splits a string at line ends; trailing empty lines are dropped.",
        |c| {
            let mut lines: Vec<_> =
                str_at(c, 0)?.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
            drop_empty(&mut lines);
            strings(c, &lines)
        },
    ),
    fixed("clojure.string/trim", 1, "Removes white space from both ends.", |c| {
        map_str(c, |t| t.trim().to_string())
    }),
    fixed("clojure.string/triml", 1, "Removes white space from the start.", |c| {
        map_str(c, |t| t.trim_start().to_string())
    }),
    fixed("clojure.string/trimr", 1, "Removes white space from the end.", |c| {
        map_str(c, |t| t.trim_end().to_string())
    }),
    fixed("clojure.string/trim-newline", 1, "Removes all line ends from the end.", |c| {
        map_str(c, |t| t.trim_end_matches(['\n', '\r']).to_string())
    }),
    fixed("clojure.string/upper-case", 1, "Converts to upper case.", |c| map_text(c, str::to_uppercase)),
    fixed("clojure.string/lower-case", 1, "Converts to lower case.", |c| map_text(c, str::to_lowercase)),
    fixed(
        "clojure.string/capitalize",
        1,
        "Converts the first character to upper case, the others to lower case.",
        |c| {
            map_text(c, |t| {
                let mut chars = t.chars();
                let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
                first + &chars.as_str().to_lowercase()
            })
        },
    ),
    fixed("clojure.string/reverse", 1, "Returns the characters in reverse order.", |c| {
        map_str(c, |t| t.chars().rev().collect())
    }),
    fixed(
        "clojure.string/replace",
        3,
        "Replaces every occurrence of a string or character by another, or of a regex by a text ($1 is a group) or by a function of the match.",
        |c| replace(c, usize::MAX),
    ),
    fixed(
        "clojure.string/replace-first",
        3,
        "Replaces the first occurrence of a string or character by another.",
        |c| replace(c, 1),
    ),
    fixed("clojure.string/includes?", 2, "Returns true if a string contains another.", |c| {
        truth(str_at(c, 0)?.contains(str_at(c, 1)?))
    }),
    fixed("clojure.string/starts-with?", 2, "Returns true if a string starts with another.", |c| {
        truth(str_at(c, 0)?.starts_with(str_at(c, 1)?))
    }),
    fixed("clojure.string/ends-with?", 2, "Returns true if a string ends with another.", |c| {
        truth(str_at(c, 0)?.ends_with(str_at(c, 1)?))
    }),
    fixed("clojure.string/blank?", 1, "Returns true if a string is nil, empty or only white space.", |c| {
        truth(c.arg(0).is_nil() || str_at(c, 0)?.chars().all(char::is_whitespace))
    }),
    between(
        "clojure.string/index-of",
        2,
        3,
        "Returns the index of the first occurrence of a string or character, from an index on; nil when there is none.",
        |c| {
            let (text, wanted) = (str_at(c, 0)?, pattern(c, 1)?);
            let from = if c.args.len() > 2 { int_at(c, 2)?.max(0) as usize } else { 0 };
            let start = byte_at(text, from).unwrap_or(text.len());
            match text[start..].find(&wanted) {
                Some(at) => Ok(c.s.int(text[..start + at].chars().count() as i64)?),
                None => Ok(Value::NIL),
            }
        },
    ),
    between(
        "clojure.string/last-index-of",
        2,
        3,
        "Returns the index of the last occurrence of a string or character, from an index back; nil when there is none.",
        |c| {
            let (text, wanted) = (str_at(c, 0)?, pattern(c, 1)?);
            let last = if c.args.len() > 2 { int_at(c, 2)? } else { i64::MAX };
            let mut found = None;
            for (index, (at, _)) in text.char_indices().chain([(text.len(), ' ')]).enumerate() {
                if index as i64 <= last && text[at..].starts_with(&wanted) {
                    found = Some(index);
                }
            }
            found.map_or(Ok(Value::NIL), |index| Ok(c.s.int(index as i64)?))
        },
    ),
    fixed(
        "clojure.string/escape",
        2,
        "Replaces each character that is a key of cmap by the text of its value.",
        |c| {
            if c.s.kind(c.arg(1)) != Kind::Map {
                return c.wrong_argument(1, "a map");
            }
            let mut text = String::new();
            for char in str_at(c, 0)?.chars() {
                match c.s.map_get(c.arg(1), Value::char(char)) {
                    Some(value) => printing::push_text(c, value, &mut text)?,
                    None => text.push(char),
                }
            }
            Ok(c.s.string(&text)?)
        },
    ),
];

/// The byte position of a character; the length is that of the end.
fn byte_at(text: &str, index: usize) -> Option<usize> {
    if text.is_ascii() {
        return (index <= text.len()).then_some(index);
    }
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(index)
}

fn subs<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, string) = (call.s, call.arg(0));
    let Some(bytes) = s.string_len(string) else { return call.wrong_argument(0, "a string") };
    let start = int_at(call, 1)?;
    let end = if call.args.len() > 2 { Some(int_at(call, 2)?) } else { None };
    let place = |index: i64| usize::try_from(index).ok().and_then(|index| s.string_byte_of(string, index));
    let (from, to) = (place(start), end.map_or(Some(bytes), place));
    let part = match (from, to) {
        (Some(from), Some(to)) => s.string_slice(string, from..to)?,
        _ => None,
    };
    match part {
        Some(part) => Ok(part),
        None => {
            let end = end.map_or(String::new(), |end| alloc::format!(" to {end}"));
            let count = s.string_char_count(string).unwrap_or(0);
            let message =
                alloc::format!("subs from {start}{end} is out of bounds for a string of {count} characters");
            call.throw("index", &message)
        }
    }
}

/// The name that `keyword` and `symbol` make; `None` for what has no name.
fn full_name<'s>(call: &Call<'_, 's>) -> Result<Option<String>, Signal<'s>> {
    let text = |value: Value<'s>| match call.s.as_str(value) {
        Some(text) => Some(text.to_string()),
        None => call.s.name(value).map(ToString::to_string),
    };
    if call.args.len() == 1 {
        return Ok(text(call.arg(0)));
    }
    let Some(name) = text(call.arg(1)) else { return call.wrong_argument(1, "a string") };
    match text(call.arg(0)) {
        Some(namespace) => Ok(Some(alloc::format!("{namespace}/{name}"))),
        None if call.arg(0).is_nil() => Ok(Some(name)),
        None => call.wrong_argument(0, "a string"),
    }
}

/// A string or character to look for.
fn pattern<'s>(call: &Call<'_, 's>, index: usize) -> Result<String, Signal<'s>> {
    match call.arg(index).as_char() {
        Some(c) => Ok(c.to_string()),
        None => match call.s.as_str(call.arg(index)) {
            Some(text) => Ok(text.to_string()),
            None => call.wrong_argument(index, "a string or a character"),
        },
    }
}

fn map_str<'s>(call: &Call<'_, 's>, convert: fn(&str) -> String) -> Answer<'s> {
    Ok(call.s.string(&convert(str_at(call, 0)?))?)
}

/// The same of what `str` makes of anything but nil.
fn map_text<'s>(call: &Call<'_, 's>, convert: fn(&str) -> String) -> Answer<'s> {
    if call.arg(0).is_nil() || call.s.kind(call.arg(0)) == Kind::String {
        return map_str(call, convert);
    }
    let mut text = String::new();
    printing::push_text(call, call.arg(0), &mut text)?;
    Ok(call.s.string(&convert(&text))?)
}

fn strings<'s>(call: &Call<'_, 's>, parts: &[&str]) -> Answer<'s> {
    let parts = parts.iter().map(|part| call.s.string(part)).collect::<Result<Vec<_>, _>>()?;
    Ok(call.s.vector(&parts)?)
}

fn drop_empty(parts: &mut Vec<&str>) {
    while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
}

fn split<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    if regexes::is_regex(call.s, call.arg(1)) {
        let limit = if call.args.len() > 2 { int_at(call, 2)? } else { 0 };
        return strings(call, &regexes::split(regexes::program(call, 1)?, str_at(call, 0)?, limit));
    }
    let (text, separator) = (str_at(call, 0)?, pattern(call, 1)?);
    let limit = if call.args.len() > 2 { int_at(call, 2)? } else { 0 };
    let mut parts: Vec<&str> = match (separator.is_empty(), limit) {
        (true, _) => text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]).collect(),
        (false, 1..) => text.splitn(limit as usize, &separator).collect(),
        _ => text.split(&separator).collect(),
    };
    if limit == 0 {
        drop_empty(&mut parts);
    }
    strings(call, &parts)
}

fn replace<'s>(call: &Call<'_, 's>, times: usize) -> Answer<'s> {
    if regexes::is_regex(call.s, call.arg(1)) {
        return regexes::replace(call, times);
    }
    let (text, from, to) = (str_at(call, 0)?, pattern(call, 1)?, pattern(call, 2)?);
    let text = if times == 1 { text.replacen(&from, &to, 1) } else { text.replace(&from, &to) };
    Ok(call.s.string(&text)?)
}
