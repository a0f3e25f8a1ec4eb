//! The line of a source that an error is about, with a caret below it.
//!
//! Enter at [`excerpt`].

use alloc::format;
use alloc::string::String;

/// The most characters of a line that are shown.
const WIDTH: usize = 100;

/// For an error `file:line:column: message` about a source of that name: the line, and a caret below the column.
/// None when the error names no place in it.
pub fn excerpt(source: &str, file: &str, error: &str) -> Option<String> {
    let mut parts = error.strip_prefix(file)?.strip_prefix(':')?.splitn(3, ':');
    let line: usize = parts.next()?.parse().ok()?;
    let column: usize = parts.next()?.parse().ok()?;
    let text = source.lines().nth(line.checked_sub(1)?)?;
    // A long line is shown around its column.
    let start = column.saturating_sub(WIDTH * 3 / 4);
    let clean = |c: char| if c == '\t' { ' ' } else { c };
    let shown: String = text.chars().map(clean).skip(start).take(WIDTH).filter(|c| !c.is_control()).collect();
    let pad = " ".repeat(column.checked_sub(1 + start)?.min(WIDTH));
    if shown.trim().is_empty() {
        return None;
    }
    Some(format!("  {}\n  {pad}^", shown.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_the_column() {
        let source = "(+ 1\n   (foo))";
        assert_eq!(excerpt(source, "a.clj", "a.clj:2:5: unbound"), Some("     (foo))\n      ^".into()));
        assert_eq!(excerpt(source, "a.clj", "b.clj:2:5: unbound"), None);
        for error in ["", "a.clj", "a.clj:9:9: x", "a.clj:0:0: x", "a.clj:1", "a.clj:x:y: z"] {
            assert_eq!(excerpt(source, "a.clj", error), None, "{error}");
        }
    }

    #[test]
    fn a_long_line_is_shown_around_its_column() {
        let source = "x".repeat(1000) + "!" + &"y".repeat(1000);
        let shown = excerpt(&source, "f", "f:1:1001: m").unwrap_or_default();
        let (line, caret) = shown.split_once('\n').unwrap_or_default();
        assert_eq!(line.chars().nth(caret.len() - 1), Some('!'));
        assert!(line.len() < 120);
    }
}
