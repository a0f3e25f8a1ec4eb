//! Text in cells of the monospaced font: metrics, wrapping, ellipsis.
//!
//! Enter at [`Font`] and [`Lines::of`]. Every character takes one cell; control characters count as spaces.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster_width};

/// Lines kept of one text; what is beyond is cut with an ellipsis.
const LINES_MAX: usize = 4096;

/// Characters kept of one line.
pub(crate) const COLUMNS_MAX: usize = 4096;

/// A size and weight of the font.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Font {
    pub(crate) px: u16,
    pub(crate) bold: bool,
}

impl Font {
    /// The font of a size in pixels: the nearest there is.
    pub(crate) fn new(px: i32, bold: bool) -> Font {
        let px = match px {
            ..18 => 16,
            18..22 => 20,
            22..28 => 24,
            _ => 32,
        };
        Font { px, bold }
    }

    /// Width of a cell.
    pub(crate) fn cell(self) -> i32 {
        let weight = if self.bold { FontWeight::Bold } else { FontWeight::Regular };
        let height = match self.px {
            20 => RasterHeight::Size20,
            24 => RasterHeight::Size24,
            32 => RasterHeight::Size32,
            _ => RasterHeight::Size16,
        };
        get_raster_width(weight, height) as i32
    }

    /// Height of one line.
    pub(crate) fn height(self) -> i32 {
        self.px as i32
    }

    /// Distance from one line's top to the next one's.
    pub(crate) fn pitch(self) -> i32 {
        (self.px + self.px / 4) as i32
    }

    /// Height of a number of lines.
    pub(crate) fn lines_height(self, count: usize) -> i32 {
        match count {
            0 => self.height(),
            _ => self.height() + (count as i32 - 1) * self.pitch(),
        }
    }
}

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
    /// Cuts at line ends and, when `columns` is given, before words that go beyond it (words longer than a
    /// line are cut within).
    pub(crate) fn of(text: &str, columns: Option<usize>) -> Lines {
        let mut lines = Lines { ranges: Vec::new(), cut: false };
        let mut start = 0;
        for line in text.split('\n') {
            let end = start + line.len();
            let visible = end - usize::from(line.ends_with('\r'));
            match columns {
                Some(columns) => lines.wrap(text, start..visible, columns.max(1)),
                None => lines.ranges.push(start..visible),
            }
            if lines.ranges.len() > LINES_MAX {
                lines.ranges.truncate(LINES_MAX);
                lines.cut = true;
                break;
            }
            start = end + 1;
        }
        lines
    }

    fn wrap(&mut self, text: &str, line: Range<usize>, columns: usize) {
        let mut start = line.start;
        while self.ranges.len() <= LINES_MAX {
            let rest = &text[start..line.end];
            let fits = byte_of_first(rest, columns);
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

    /// Characters of the widest line.
    pub(crate) fn columns(&self, text: &str) -> usize {
        self.ranges.iter().map(|range| columns_of(&text[range.clone()])).max().unwrap_or(0)
    }
}

/// As [`byte_of`], without a look at what follows.
fn byte_of_first(text: &str, columns: usize) -> usize {
    if text.len() <= columns {
        return text.len();
    }
    if text.as_bytes()[..columns].is_ascii() {
        return columns;
    }
    text.char_indices().nth(columns).map_or(text.len(), |(index, _)| index)
}

/// A line as it is painted in `columns` cells: cut with dots when it is longer, control characters as spaces.
/// `None` when the line can be painted as it is.
pub(crate) fn shown(line: &str, columns: usize, cut: bool) -> Option<String> {
    let columns = columns.min(COLUMNS_MAX);
    let visible = &line[..byte_of_first(line, columns)];
    let too_long = cut || visible.len() < line.len();
    if !too_long && !visible.bytes().any(|byte| byte < b' ') {
        return None;
    }
    let dots = if too_long { columns.min(3) } else { 0 };
    let kept = if too_long { columns - dots } else { columns };
    let mut out: String = visible.chars().take(kept).map(|c| if c < ' ' { ' ' } else { c }).collect();
    if too_long {
        let end = out.trim_end_matches(' ').len();
        out.truncate(end);
        out.extend(core::iter::repeat_n('.', dots));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, columns: Option<usize>, expected: &[&str]) {
        let lines = Lines::of(text, columns);
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
        assert_eq!(shown("hello", 5, false), None);
        assert_eq!(shown("hello world", 8, false).as_deref(), Some("hello..."));
        assert_eq!(shown("hello", 2, false).as_deref(), Some(".."));
        assert_eq!(shown("hello", 0, false).as_deref(), Some(""));
        assert_eq!(shown("a\tb", 5, false).as_deref(), Some("a b"));
    }

    #[test]
    fn a_huge_text_is_bounded() {
        let text = "word ".repeat(300_000);
        let lines = Lines::of(&text, Some(1));
        assert!(lines.cut && lines.ranges.len() == LINES_MAX);
    }
}
