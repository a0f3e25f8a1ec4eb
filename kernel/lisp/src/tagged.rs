//! The values of tagged literals: instants, UUIDs, and those that have no reader.
//!
//! Enter at [`read`], which the reader calls for `#tag form`, and [`print`].
//!
//! Invariant: an instant counts milliseconds since 1970 in UTC; its year lies between 0 and 9999, as its text does.

use crate::tags;
use alloc::format;
use alloc::string::{String, ToString};
use halt_heap::{OutOfMemory, Scope, Value};

/// What a tag makes of a form: a value, or the error's message.
pub(crate) fn read<'s>(
    s: Scope<'s>,
    tag: Value<'s>,
    form: Value<'s>,
) -> Result<Result<Value<'s>, String>, OutOfMemory> {
    let text = s.as_str(form);
    Ok(match (s.name(tag), text) {
        (Some("inst"), Some(text)) => match instant(text) {
            Some(ms) => Ok(s.record(tags::INSTANT, &[], &[ms as u64])?),
            None => {
                Err(format!("#inst wants a time such as \"2026-01-31T12:00:00.000-00:00\", got \"{text}\""))
            }
        },
        (Some("uuid"), Some(text)) => match uuid(text) {
            Some(words) => Ok(s.record(tags::UUID, &[], &words)?),
            None => Err(format!("#uuid wants 32 hexadecimal digits in five groups, got \"{text}\"")),
        },
        (Some(name @ ("inst" | "uuid")), None) => Err(format!("#{name} wants a string")),
        _ => Ok(s.record(tags::TAGGED, &[tag, form], &[])?),
    })
}

/// What a keyword finds in a tagged literal or a reader conditional.
pub(crate) fn part<'s>(s: Scope<'s>, value: Value<'s>, key: Value<'s>) -> Option<Value<'s>> {
    let names = match s.record_tag(value)? {
        tags::TAGGED => ["tag", "form"],
        tags::READER_CONDITIONAL => ["form", "splicing?"],
        _ => return None,
    };
    let at = names.iter().position(|name| s.keyword(name).is_identical(key))?;
    s.record_values(value).get(at).copied()
}

/// The parts of a UUID's text.
pub(crate) fn uuid(text: &str) -> Option<[u64; 2]> {
    let groups: alloc::vec::Vec<&str> = text.split('-').collect();
    let is_whole = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]);
    if !is_whole || !groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit())) {
        return None;
    }
    let all = u128::from_str_radix(&groups.concat(), 16).ok()?;
    Some([(all >> 64) as u64, all as u64])
}

/// The text of an instant or a UUID: what stands between the quotes of its literal.
pub(crate) fn text<'s>(s: Scope<'s>, value: Value<'s>) -> Option<String> {
    match (s.record_tag(value)?, s.record_words(value)) {
        (tags::UUID, [high, low]) => Some(format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )),
        (tags::INSTANT, [ms]) => Some(instant_text(*ms as i64)),
        _ => None,
    }
}

/// The milliseconds of an instant.
pub(crate) fn milliseconds<'s>(s: Scope<'s>, value: Value<'s>) -> Option<i64> {
    match (s.record_tag(value)?, s.record_words(value)) {
        (tags::INSTANT, [ms]) => Some(*ms as i64),
        _ => None,
    }
}

/// Days since 1970 of a date, by the calendar of 400 years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    (era * 400 + year + (month <= 2) as i64, month, day)
}

/// Takes a number of so many digits from the front of a text, which must be within bounds.
fn take(text: &mut &str, digits: usize, least: i64, most: i64) -> Option<i64> {
    let number = text.get(..digits).filter(|part| part.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    *text = &text[digits..];
    (least..=most).contains(&number).then_some(number)
}

fn skip(text: &mut &str, mark: char) -> bool {
    match text.strip_prefix(mark) {
        Some(rest) => {
            *text = rest;
            true
        }
        None => false,
    }
}

/// Milliseconds of a text in RFC 3339, parts of which may be left away from the end.
pub(crate) fn instant(text: &str) -> Option<i64> {
    let mut rest = text;
    let year = take(&mut rest, 4, 0, 9999)?;
    let (mut month, mut day, mut time) = (1, 1, 0);
    if skip(&mut rest, '-') {
        month = take(&mut rest, 2, 1, 12)?;
        if skip(&mut rest, '-') {
            let (is_leap, short) =
                (days(year, 3, 1) - days(year, 2, 1) == 29, [4, 6, 9, 11].contains(&month));
            let last = if month == 2 { 28 + is_leap as i64 } else { 31 - short as i64 };
            day = take(&mut rest, 2, 1, last)?;
            if skip(&mut rest, 'T') {
                time = take(&mut rest, 2, 0, 23)? * 3_600_000;
                if skip(&mut rest, ':') {
                    time += take(&mut rest, 2, 0, 59)? * 60_000;
                    if skip(&mut rest, ':') {
                        time += take(&mut rest, 2, 0, 60)? * 1000 + fraction(&mut rest)?;
                    }
                }
            }
        }
    }
    let offset = match rest.chars().next() {
        None => 0,
        Some('Z') if rest.len() == 1 => 0,
        Some(sign @ ('+' | '-')) => {
            rest = &rest[1..];
            let hours = take(&mut rest, 2, 0, 23)?;
            let minutes = if skip(&mut rest, ':') { take(&mut rest, 2, 0, 59)? } else { return None };
            if !rest.is_empty() {
                return None;
            }
            (hours * 60 + minutes) * if sign == '-' { -60_000 } else { 60_000 }
        }
        Some(_) => return None,
    };
    Some(days(year, month, day) * 86_400_000 + time - offset)
}

/// `.123` as milliseconds; further digits are dropped.
fn fraction(rest: &mut &str) -> Option<i64> {
    if !skip(rest, '.') {
        return Some(0);
    }
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let digits = format!("{:0<3}", &rest[..length.min(3)]);
    *rest = &rest[length..];
    if length == 0 { None } else { digits.parse().ok() }
}

fn instant_text(ms: i64) -> String {
    let (day, time) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (year, month, day) = date(day.clamp(-800_000, 3_000_000));
    let (hours, minutes, seconds) = (time / 3_600_000, time / 60_000 % 60, time / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{:03}-00:00", time % 1000)
}

/// The whole literal of a tagged value, but for the form of one that has no reader.
pub(crate) fn print<'s>(s: Scope<'s>, value: Value<'s>) -> String {
    let name = if s.record_tag(value) == Some(tags::UUID) { "uuid" } else { "inst" };
    format!("#{name} \"{}\"", text(s, value).unwrap_or_else(|| "?".to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_go_both_ways() {
        for (text, shown) in [
            ("1970", "1970-01-01T00:00:00.000-00:00"),
            ("2024-02-29", "2024-02-29T00:00:00.000-00:00"),
            ("2026-01-31T12:30:05.25Z", "2026-01-31T12:30:05.250-00:00"),
            ("2000-03-01T00:30:00.000+01:00", "2000-02-29T23:30:00.000-00:00"),
            ("1969-12-31T23:59:59.999-00:00", "1969-12-31T23:59:59.999-00:00"),
        ] {
            assert_eq!(instant(text).map(instant_text).as_deref(), Some(shown), "{text}");
        }
        for text in [
            "",
            "26",
            "2023-02-29",
            "2026-13",
            "2026-01-01T25",
            "2026-01-01x",
            "2026-01-01T00:00:00.+00:00",
            "2026é",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_has_one_number() {
        for day in (-700_000..2_900_000).step_by(997) {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), day);
        }
    }

    #[test]
    fn uuids_are_whole() {
        assert_eq!(uuid("00000000-0000-0001-0000-00000000000f"), Some([1, 15]));
        for text in
            ["", "1-1-1-1-1", "0000000g-0000-0001-0000-00000000000f", "00000000-0000-0001-0000+00000000000f"]
        {
            assert_eq!(uuid(text), None, "{text}");
        }
    }
}
