//! A program's forms as parts of its text, so that each can be run, and answered, by itself.
//!
//! Enter at [`forms`].

use halt_heap::Heap;
use halt_lisp::Reader;

/// A part of a text with one form, and the line and column where it begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form<'t> {
    pub(super) text: &'t str,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// The forms of a text. What cannot be read is the last part, for whoever runs it to complain of.
pub(super) fn forms<'t>(heap: &Heap, text: &'t str) -> Vec<Form<'t>> {
    // Which namespace an alias stands for makes no difference to where a form ends.
    let resolve = |alias: Option<&str>| Some(alias.unwrap_or("user").to_string());
    let mut found = Vec::new();
    heap.mutator().enter(|s| {
        let mut reader = Reader::new(s, text, &resolve);
        loop {
            let (start, line, column) = reader.position();
            let end = match reader.next_form() {
                Ok(Some(_)) => reader.position().0,
                Ok(None) => return,
                Err(_) => text.len(),
            };
            found.push(Form { text: &text[start..end], line, column });
            if end == text.len() {
                return;
            }
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use halt_heap::Region;

    fn check(text: &str, expected: &[(&str, u32, u32)]) {
        let heap = Heap::new(Region::allocate(1 << 22)).unwrap();
        let expected: Vec<_> =
            expected.iter().map(|(text, line, column)| Form { text, line: *line, column: *column }).collect();
        assert_eq!(forms(&heap, text), expected, "{text}");
    }

    #[test]
    fn parts_begin_where_the_one_before_ends() {
        check("", &[]);
        check(" ; nothing\n", &[]);
        check("1 (+ 1\n 2) ::a/b", &[("1", 1, 1), (" (+ 1\n 2)", 1, 2), (" ::a/b", 2, 4)]);
        check("#_1 \"ä;\" ; end", &[("#_1 \"ä;\"", 1, 1)]);
    }

    #[test]
    fn what_cannot_be_read_is_the_last_part() {
        check("1 (+ 1", &[("1", 1, 1), (" (+ 1", 1, 2)]);
        check("1 ) 2", &[("1", 1, 1), (" ) 2", 1, 2)]);
    }
}
