//! The editing model of text fields: a pure function from a state and an operation to the next state.
//!
//! Enter at [`edit`]. Positions count characters, never bytes.

use crate::text::{byte_of, columns_of};
use alloc::string::String;

/// A text with a cursor and the other end of the selection, both in characters.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EditState {
    /// The text.
    pub text: String,
    /// Where typing happens.
    pub cursor: usize,
    /// The selection's other end; equal to the cursor when nothing is selected.
    pub anchor: usize,
}

/// A movement of the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Motion {
    /// One character back.
    Left,
    /// One character on.
    Right,
    /// To the start of this word or the one before.
    WordLeft,
    /// To the end of this word or the next one.
    WordRight,
    /// To the start of the line.
    Home,
    /// To the end of the line.
    End,
    /// To the line above, as near to the column as it allows.
    Up,
    /// To the line below.
    Down,
    /// To the start of the text.
    Start,
    /// To the end of the text.
    Finish,
}

/// An operation on an edit state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EditOp {
    /// Replaces the selection by a text and puts the cursor behind it.
    Insert(String),
    /// Deletes the selection, else the character before the cursor.
    Backspace,
    /// Deletes the selection, else the character after the cursor.
    Delete,
    /// Deletes the selection, else back to the start of the word.
    BackspaceWord,
    /// Deletes the selection, else to the end of the word.
    DeleteWord,
    /// Moves the cursor; the selection goes.
    Move(Motion),
    /// Moves the cursor and leaves the anchor: selects.
    Extend(Motion),
    /// Puts cursor and anchor at a character.
    Place(usize),
    /// Puts the cursor at a character and leaves the anchor.
    ExtendTo(usize),
    /// Selects all of it.
    SelectAll,
    /// Selects the word at a character.
    SelectWord(usize),
}

impl EditState {
    /// A text with the cursor at its end.
    pub fn new(text: &str) -> EditState {
        let end = text.chars().count();
        EditState { text: text.into(), cursor: end, anchor: end }
    }

    /// The selected characters' range.
    pub fn selection(&self) -> core::ops::Range<usize> {
        self.cursor.min(self.anchor)..self.cursor.max(self.anchor)
    }

    /// The selected text.
    pub fn selected(&self) -> String {
        let range = self.selection();
        self.text.chars().skip(range.start).take(range.len()).collect()
    }
}

/// Returns the state after an operation. Positions beyond the text are taken for its end. Costs a pass over
/// the text and one copy of it.
pub fn edit(state: &EditState, op: &EditOp) -> EditState {
    let text = state.text.as_str();
    let (cursor, anchor) = (byte_of(text, state.cursor), byte_of(text, state.anchor));
    let (from, to) = (cursor.min(anchor), cursor.max(anchor));
    let place = |byte: usize| columns_of(&text[..byte]);
    let at = |cursor: usize, anchor: usize| EditState {
        text: state.text.clone(),
        cursor: place(cursor),
        anchor: if anchor == cursor { place(cursor) } else { place(anchor) },
    };
    let replace = |from: usize, to: usize, new: &str| {
        let mut next = String::with_capacity(text.len() - (to - from) + new.len());
        next.extend([&text[..from], new, &text[to..]]);
        let end = place(from) + columns_of(new);
        EditState { text: next, cursor: end, anchor: end }
    };
    let remove_to = |motion: Motion| {
        if from < to {
            return replace(from, to, "");
        }
        let other = moved(text, cursor, motion);
        replace(cursor.min(other), cursor.max(other), "")
    };
    match op {
        EditOp::Insert(new) => replace(from, to, new),
        EditOp::Backspace => remove_to(Motion::Left),
        EditOp::Delete => remove_to(Motion::Right),
        EditOp::BackspaceWord => remove_to(Motion::WordLeft),
        EditOp::DeleteWord => remove_to(Motion::WordRight),
        // As everywhere: an arrow without shift goes to the selection's end on its side.
        EditOp::Move(Motion::Left) if from < to => at(from, from),
        EditOp::Move(Motion::Right) if from < to => at(to, to),
        EditOp::Move(motion) => {
            let place = moved(text, cursor, *motion);
            at(place, place)
        }
        EditOp::Extend(motion) => at(moved(text, cursor, *motion), anchor),
        EditOp::Place(place) => at(byte_of(text, *place), byte_of(text, *place)),
        EditOp::ExtendTo(place) => at(byte_of(text, *place), anchor),
        EditOp::SelectAll => at(text.len(), 0),
        EditOp::SelectWord(place) => {
            let middle = byte_of(text, *place);
            // At the end of the text it is the last word that is meant.
            let own = text[middle..].chars().next().or(text.chars().next_back()).map(class);
            let same = |c: char| Some(class(c)) == own;
            at(skip(text, middle, same), skip_back(text, middle, same))
        }
    }
}

/// Words are runs of one class; white space parts them.
fn class(c: char) -> u8 {
    if c.is_whitespace() {
        0
    } else if c.is_alphanumeric() || "_-?!*".contains(c) {
        1
    } else {
        2
    }
}

/// The byte behind the characters from `from` on that are wanted.
fn skip(text: &str, from: usize, wanted: impl Fn(char) -> bool) -> usize {
    text[from..].find(|c| !wanted(c)).map_or(text.len(), |count| from + count)
}

/// The byte before the characters up to `to` that are wanted.
fn skip_back(text: &str, to: usize, wanted: impl Fn(char) -> bool) -> usize {
    text[..to].trim_end_matches(wanted).len()
}

/// Where a motion leads, in bytes.
fn moved(text: &str, cursor: usize, motion: Motion) -> usize {
    let line_start = |place: usize| text[..place].rfind('\n').map_or(0, |end| end + 1);
    let line_end = |place: usize| text[place..].find('\n').map_or(text.len(), |count| place + count);
    let column = |start: usize| columns_of(&text[start..cursor]);
    let in_line = |start: usize, end: usize, column: usize| start + byte_of(&text[start..end], column);
    match motion {
        Motion::Left => text[..cursor].chars().next_back().map_or(0, |c| cursor - c.len_utf8()),
        Motion::Right => text[cursor..].chars().next().map_or(cursor, |c| cursor + c.len_utf8()),
        Motion::WordLeft => {
            let end = skip_back(text, cursor, |c| class(c) == 0);
            let own = text[..end].chars().next_back().map(class);
            skip_back(text, end, |c| Some(class(c)) == own)
        }
        Motion::WordRight => {
            let start = skip(text, cursor, |c| class(c) == 0);
            let own = text[start..].chars().next().map(class);
            skip(text, start, |c| Some(class(c)) == own)
        }
        Motion::Home => line_start(cursor),
        Motion::End => line_end(cursor),
        Motion::Up => match line_start(cursor) {
            0 => 0,
            start => in_line(line_start(start - 1), start - 1, column(start)),
        },
        Motion::Down => match line_end(cursor) {
            end if end == text.len() => end,
            end => in_line(end + 1, line_end(end + 1), column(line_start(cursor))),
        },
        Motion::Start => 0,
        Motion::Finish => text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state written as text with `|` for the cursor and `^` for the anchor where it differs.
    fn state(shown: &str) -> EditState {
        let text = shown.replace(['|', '^'], "");
        let place = |mark: char, other: char| {
            let before = shown.split(mark).next().filter(|before| before.len() < shown.len())?;
            Some(before.chars().filter(|c| *c != other).count())
        };
        let cursor = place('|', '^').expect("a cursor");
        EditState { text, cursor, anchor: place('^', '|').unwrap_or(cursor) }
    }

    fn check(before: &str, op: EditOp, after: &str) {
        assert_eq!(edit(&state(before), &op), state(after), "{before:?} {op:?}");
    }

    #[test]
    fn typing_and_deleting() {
        check("ab|", EditOp::Insert("ü".into()), "abü|");
        check("a^bc|d", EditOp::Insert("x".into()), "ax|d");
        check("äö|ü", EditOp::Backspace, "ä|ü");
        check("|ab", EditOp::Backspace, "|ab");
        check("ab|", EditOp::Delete, "ab|");
        check("a|bc", EditOp::Delete, "a|c");
        check("|a^b", EditOp::Delete, "|b");
        check("one two|", EditOp::BackspaceWord, "one |");
        check("one| two", EditOp::DeleteWord, "one|");
    }

    #[test]
    fn moving() {
        check("ab|", EditOp::Move(Motion::Left), "a|b");
        check("a^b|c", EditOp::Move(Motion::Left), "a|bc");
        check("|ab^c", EditOp::Move(Motion::Right), "ab|c");
        check("one two|", EditOp::Move(Motion::WordLeft), "one |two");
        check("|one two", EditOp::Move(Motion::WordRight), "one| two");
        check("a\nbc|d", EditOp::Move(Motion::Home), "a\n|bcd");
        check("a\nb|cd\ne", EditOp::Move(Motion::End), "a\nbcd|\ne");
        check("abc\nd\nef|g", EditOp::Move(Motion::Up), "abc\nd|\nefg");
        check("ab|c\nd\n", EditOp::Move(Motion::Down), "abc\nd|\n");
        check("ab|c", EditOp::Move(Motion::Up), "|abc");
        check("ab|c", EditOp::Move(Motion::Down), "abc|");
    }

    #[test]
    fn selecting() {
        check("a|b", EditOp::Extend(Motion::Right), "a^b|");
        check("a|b", EditOp::SelectAll, "^ab|");
        check("|(foo bar)", EditOp::SelectWord(2), "(^foo| bar)");
        check("|", EditOp::SelectWord(5), "|");
        check("^ab|c", EditOp::ExtendTo(99), "^abc|");
        assert_eq!(state("a^bc|d").selected(), "bc");
    }

    #[test]
    fn places_beyond_the_text_are_its_end() {
        let wild = EditState { text: "ab".into(), cursor: 99, anchor: 50 };
        assert_eq!(edit(&wild, &EditOp::Insert("c".into())), EditState::new("abc"));
    }
}
