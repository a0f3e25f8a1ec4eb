//! Text cut into lines: wrapping, ellipsis.
//!
//! Enter at [`Lines::of`] and [`shown`]. Control characters count as spaces.

use crate::font::Font;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// Lines kept of one text; what is beyond is cut with an ellipsis.
pub(crate) const LINES_MAX: usize = 4096;

/// Characters kept of one line.
pub(crate) const COLUMNS_MAX: usize = 4096;

/// Characters of a string.
pub(crate) fn columns_of(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// Byte index of the character with a number; the end when there are fewer.
pub(crate) fn byte_of(text: &str, column: usize) -> usize {
    if text.is_ascii() {
        return column.min(text.len());
    }
    text.char_indices().nth(column).map_or(text.len(), |(index, _)| index)
}

/// A text cut into lines: byte ranges without their line ends.
pub(crate) struct Lines {
    pub(crate) ranges: Vec<Range<usize>>,
    /// Whether text was left off after the last line.
    pub(crate) cut: bool,
}

impl Lines {
    /// Cuts at line ends and, when a font and a width are given, before words that go beyond it (words longer than a
    /// line are cut within).
    pub(crate) fn of(text: &str, room: Option<(Font, i32)>) -> Lines {
        Lines::at_most(LINES_MAX, text, room)
    }

    /// As [`of`](Self::of), with so many lines.
    pub(crate) fn at_most(most: usize, text: &str, room: Option<(Font, i32)>) -> Lines {
        let mut lines = Lines { ranges: Vec::new(), cut: false };
        let mut start = 0;
        for line in text.split('\n') {
            let end = start + line.len();
            let visible = end - usize::from(line.ends_with('\r'));
            match room {
                Some((font, width)) => lines.wrap(most, text, start..visible, font, width),
                None => lines.ranges.push(start..visible),
            }
            if lines.ranges.len() > most {
                lines.ranges.truncate(most);
                lines.cut = true;
                break;
            }
            start = end + 1;
        }
        lines
    }

    fn wrap(&mut self, most: usize, text: &str, line: Range<usize>, font: Font, width: i32) {
        let mut start = line.start;
        while self.ranges.len() <= most {
            let rest = &text[start..line.end];
            // A line has at least one character.
            let fits = font.fitting(rest, width).0.max(byte_of_first(rest, 1));
            if fits == rest.len() {
                break;
            }
            // The character after a full line may be the space at which it breaks.
            let end = match rest[..fits].rfind(' ') {
                _ if rest[fits..].starts_with(' ') => fits,
                Some(space) if !rest[..space].trim().is_empty() => space,
                _ => fits,
            };
            let shown = rest[..end].trim_end_matches(' ').len();
            self.ranges.push(start..start + shown);
            start += end;
            start += text[start..line.end].len() - text[start..line.end].trim_start_matches(' ').len();
            if start == line.end {
                return;
            }
        }
        self.ranges.push(start..line.end);
    }

    /// Pixels of the widest line, as far as it is shown.
    pub(crate) fn width(&self, text: &str, font: Font) -> i32 {
        self.ranges.iter().map(|range| width_of(&text[range.clone()], font)).max().unwrap_or(0)
    }
}

/// Pixels of a line, as far as it is shown.
pub(crate) fn width_of(line: &str, font: Font) -> i32 {
    font.width(&line[..byte_of_first(line, COLUMNS_MAX)])
}

/// As [`byte_of`], without a look at what follows.
pub(crate) fn byte_of_first(text: &str, columns: usize) -> usize {
    if text.len() <= columns {
        return text.len();
    }
    if text.as_bytes()[..columns].is_ascii() {
        return columns;
    }
    text.char_indices().nth(columns).map_or(text.len(), |(index, _)| index)
}

/// A line as it is painted in a width: cut with dots when it is longer, control characters as spaces.
/// `None` when the line can be painted as it is.
pub(crate) fn shown(line: &str, font: Font, width: i32, cut: bool) -> Option<String> {
    const DOTS: &str = "...";
    let visible = &line[..byte_of_first(line, COLUMNS_MAX)];
    let too_long = cut || visible.len() < line.len() || font.width(visible) > width;
    if !too_long && !visible.bytes().any(|byte| byte < b' ') {
        return None;
    }
    let dots = if too_long { &DOTS[..font.fitting(DOTS, width).0] } else { "" };
    let kept = if too_long { font.fitting(visible, width - font.width(dots)).0 } else { visible.len() };
    let mut out: String = visible[..kept].chars().map(|c| if c < ' ' { ' ' } else { c }).collect();
    if too_long {
        loop {
            let end = out.trim_end_matches(' ').len();
            out.truncate(end);
            out.push_str(dots);
            // Some letters keep the dots farther away than others.
            if end == 0 || font.width(&out) <= width {
                break;
            }
            out.truncate(end);
            out.pop();
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONO: Font = Font { px: 16, bold: false, mono: true, exact: 0 };
    const UI: Font = Font { mono: false, ..MONO };

    fn check(text: &str, columns: Option<i32>, expected: &[&str]) {
        let lines = Lines::of(text, columns.map(|columns| (MONO, columns * MONO.cell())));
        let shown: Vec<&str> = lines.ranges.iter().map(|range| &text[range.clone()]).collect();
        assert_eq!(shown, expected, "{text:?} in {columns:?}");
    }

    #[test]
    fn text_wraps_at_words() {
        check("", Some(5), &[""]);
        check("a\n\nb", None, &["a", "", "b"]);
        check("one two three", Some(7), &["one two", "three"]);
        check("one two three", Some(8), &["one two", "three"]);
        check("abcdefgh", Some(3), &["abc", "def", "gh"]);
        check("a   b", Some(2), &["a", "b"]);
        check("äöü äöü", Some(3), &["äöü", "äöü"]);
        check("  indented text", Some(10), &["  indented", "text"]);
        check("end   ", Some(4), &["end"]);
    }

    #[test]
    fn long_lines_end_in_dots() {
        assert_eq!(shown("hello", MONO, 5 * MONO.cell(), false), None);
        assert_eq!(shown("hello world", MONO, 8 * MONO.cell(), false).as_deref(), Some("hello..."));
        assert_eq!(shown("hello", MONO, 2 * MONO.cell(), false).as_deref(), Some(".."));
        assert_eq!(shown("hello", MONO, 0, false).as_deref(), Some(""));
        assert_eq!(shown("a\tb", MONO, 5 * MONO.cell(), false).as_deref(), Some("a b"));
    }

    #[test]
    fn proportional_text_is_cut_by_its_width() {
        for width in 0..200 {
            let out = shown("a line that is long", UI, width, false);
            let painted = out.as_deref().unwrap_or("a line that is long");
            assert!(UI.width(painted) <= width, "{painted} in {width}");
        }
        let text = "some words that wrap, iiiiiiiiiiiiiiiiiiiiiii and WWWWWWWWWWWW too";
        for width in 30..300 {
            for range in Lines::of(text, Some((UI, width))).ranges {
                assert!(UI.width(&text[range.clone()]) <= width, "{:?} in {width}", &text[range]);
            }
        }
    }

    #[test]
    fn a_huge_text_is_bounded() {
        let text = "word ".repeat(300_000);
        let lines = Lines::of(&text, Some((MONO, 1)));
        assert!(lines.cut && lines.ranges.len() == LINES_MAX);
    }
}
