//! The editing model of text fields: a pure function from a state and an operation to the next state.
//!
//! Enter at [`edit`] and [`edit_in`]. Positions count characters, never bytes.
//!
//! Where a word is cut at the end of a row, the place between two of its characters is the end of one row and the start of
//! the next. A cursor there is in the next row, as it is shown.

use crate::font::Font;
use crate::text::{Lines, byte_of, columns_of};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// The rows of a text: what up, down, home and end go by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rows {
    /// Its lines, measured in characters.
    Lines,
    /// What its lines are wrapped into by a font within a width, measured in pixels.
    Wrapped(Font, i32),
}

/// A text with a cursor and the other end of the selection, both in characters.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EditState {
    /// The text.
    pub text: String,
    /// Where typing happens.
    pub cursor: usize,
    /// The selection's other end; equal to the cursor when nothing is selected.
    pub anchor: usize,
    /// After going up or down, how far from the start of a row the next such step aims, in the measure of the rows: so a
    /// short row between does not shift the cursor for good. `None` after all else.
    pub across: Option<i32>,
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
    /// To the start of the row.
    Home,
    /// To the end of the row.
    End,
    /// To the row above, as near to where it came from as that allows; from the first row to its start.
    Up,
    /// To the row below; from the last row to its end.
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
        EditState { text: text.into(), cursor: end, anchor: end, across: None }
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

/// As [`edit_in`], by the lines of the text.
pub fn edit(state: &EditState, op: &EditOp) -> EditState {
    edit_in(state, op, Rows::Lines)
}

/// Returns the state after an operation, where up, down, home and end go by rows. Positions beyond the text are taken for its end. Costs a pass over
/// the text and one copy of it.
pub fn edit_in(state: &EditState, op: &EditOp, rows: Rows) -> EditState {
    let text = state.text.as_str();
    let (cursor, anchor) = (byte_of(text, state.cursor), byte_of(text, state.anchor));
    let (from, to) = (cursor.min(anchor), cursor.max(anchor));
    let place = |byte: usize| columns_of(&text[..byte]);
    let at = |cursor: usize, anchor: usize| EditState {
        text: state.text.clone(),
        cursor: place(cursor),
        anchor: if anchor == cursor { place(cursor) } else { place(anchor) },
        across: None,
    };
    let replace = |from: usize, to: usize, new: &str| {
        let mut next = String::with_capacity(text.len() - (to - from) + new.len());
        next.extend([&text[..from], new, &text[to..]]);
        let end = place(from) + columns_of(new);
        EditState { text: next, cursor: end, anchor: end, across: None }
    };
    let remove_to = |motion: Motion| {
        if from < to {
            return replace(from, to, "");
        }
        let (other, _) = moved(text, cursor, motion, rows, None);
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
            let (place, across) = moved(text, cursor, *motion, rows, state.across);
            EditState { across, ..at(place, place) }
        }
        EditOp::Extend(motion) => {
            let (place, across) = moved(text, cursor, *motion, rows, state.across);
            EditState { across, ..at(place, anchor) }
        }
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

/// Where a motion leads, in bytes; after going up or down also how far across that aims.
fn moved(text: &str, cursor: usize, motion: Motion, rows: Rows, across: Option<i32>) -> (usize, Option<i32>) {
    let place = match motion {
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
        Motion::Home => Line::at(text, cursor, rows).row(cursor).1.start,
        Motion::End => {
            let line = Line::at(text, cursor, rows);
            line.end_of(text, line.row(cursor).0)
        }
        Motion::Up | Motion::Down => {
            let line = Line::at(text, cursor, rows);
            let (number, row) = line.row(cursor);
            let across = across.unwrap_or_else(|| {
                rows.across(&text[row.clone()], cursor.clamp(row.start, row.end) - row.start)
            });
            let place = match motion {
                Motion::Up if number > 0 => line.place(text, number - 1, across, rows),
                Motion::Up => match text[..line.all.start].strip_suffix('\n') {
                    Some(before) => {
                        let above = Line::at(text, before.len(), rows);
                        above.place(text, above.rows.len() - 1, across, rows)
                    }
                    None => 0,
                },
                _ if number + 1 < line.rows.len() => line.place(text, number + 1, across, rows),
                _ if line.all.end < text.len() => {
                    Line::at(text, line.all.end + 1, rows).place(text, 0, across, rows)
                }
                _ => text.len(),
            };
            return (place, Some(across));
        }
        Motion::Start => 0,
        Motion::Finish => text.len(),
    };
    (place, None)
}

impl Rows {
    /// How far across a byte of a row is.
    fn across(self, row: &str, byte: usize) -> i32 {
        match self {
            Rows::Lines => columns_of(&row[..byte]) as i32,
            Rows::Wrapped(font, _) => font.place_of(row, byte),
        }
    }

    /// The byte in a row that is nearest to a place across.
    fn byte_at(self, row: &str, across: i32) -> usize {
        match self {
            Rows::Lines => byte_of(row, across.max(0) as usize),
            Rows::Wrapped(font, _) => byte_of(row, font.index_at(row, across)),
        }
    }
}

/// A line of a text, and its rows, both in bytes of the text. The spaces at which a line is wrapped are in no row; what of a
/// very long line is beyond the last row that is shown belongs to that.
struct Line {
    all: Range<usize>,
    rows: Vec<Range<usize>>,
}

impl Line {
    /// The line around a place.
    fn at(text: &str, place: usize, rows: Rows) -> Line {
        let start = text[..place].rfind('\n').map_or(0, |end| end + 1);
        let end = text[place..].find('\n').map_or(text.len(), |count| place + count);
        let room = match rows {
            Rows::Lines => None,
            Rows::Wrapped(font, width) => Some((font, width)),
        };
        let lines = Lines::of(&text[start..end], room);
        let rows = lines.ranges.iter().map(|row| start + row.start..start + row.end).collect();
        Line { all: start..end, rows }
    }

    /// The number and the bytes of the row with a place of the line.
    fn row(&self, place: usize) -> (usize, Range<usize>) {
        let number = self.rows.partition_point(|row| row.start <= place).saturating_sub(1);
        (number, self.rows[number].clone())
    }

    /// The last place of a row.
    fn end_of(&self, text: &str, number: usize) -> usize {
        let row = self.rows[number].clone();
        match self.rows.get(number + 1) {
            // Where a word is cut, the place behind is the next row's.
            Some(next) if next.start == row.end => {
                text[row.clone()].char_indices().next_back().map_or(row.end, |(last, _)| row.start + last)
            }
            Some(_) => row.end,
            None => self.all.end,
        }
    }

    /// The place in a row that is nearest to one across.
    fn place(&self, text: &str, number: usize, across: i32, rows: Rows) -> usize {
        let row = self.rows[number].clone();
        let place = row.start + rows.byte_at(&text[row.clone()], across);
        if place == row.end && number + 1 < self.rows.len() { self.end_of(text, number) } else { place }
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
        EditState { text, cursor, anchor: place('^', '|').unwrap_or(cursor), across: None }
    }

    fn check(before: &str, op: EditOp, after: &str) {
        check_in(Rows::Lines, before, &[op], after);
    }

    fn check_in(rows: Rows, before: &str, ops: &[EditOp], after: &str) {
        let seen = ops.iter().fold(state(before), |state, op| edit_in(&state, op, rows));
        assert_eq!(EditState { across: None, ..seen }, state(after), "{before:?} {ops:?}");
    }

    /// As many characters of the monospaced face in a row.
    fn wrapped(columns: i32) -> Rows {
        let font = Font::new(16, false, true);
        Rows::Wrapped(font, columns * font.cell())
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
    fn up_and_down_keep_their_way_over_short_rows() {
        let (up, down) = (EditOp::Move(Motion::Up), EditOp::Move(Motion::Down));
        check_in(Rows::Lines, "abc\nd\nef|g", &[up.clone(), up.clone()], "ab|c\nd\nefg");
        check_in(Rows::Lines, "abc|\n\nefg", &[down.clone(), down.clone()], "abc\n\nefg|");
        // Whatever else is done ends it.
        let (left, home) = (EditOp::Move(Motion::Left), EditOp::Move(Motion::Home));
        check_in(Rows::Lines, "abc|\nde\nfgh", &[down.clone(), left, down.clone()], "abc\nde\nf|gh");
        check_in(Rows::Lines, "abc|\nde\nfgh", &[down.clone(), home, down.clone()], "abc\nde\n|fgh");
        // At the first and the last row all of it is gone through; the way back is the same.
        check_in(Rows::Lines, "abc\nd|ef", &[down.clone(), up.clone()], "a|bc\ndef");
        check_in(Rows::Lines, "abc\nd|ef", &[up.clone(), up, down], "abc\nd|ef");
    }

    #[test]
    fn wrapped_lines_are_gone_through_row_by_row() {
        let go = |motion: Motion| EditOp::Move(motion);
        let check = |before: &str, motion: Motion, after: &str| {
            check_in(wrapped(5), before, &[EditOp::Move(motion)], after);
        };
        // Rows "one", "three", "x", "äöü".
        check("o|ne three x\näöü", Motion::Down, "one t|hree x\näöü");
        check("one thr|ee x\näöü", Motion::Down, "one three x|\näöü");
        check("one three x|\näöü", Motion::Down, "one three x\nä|öü");
        check("one three x\näö|ü", Motion::Up, "one three x|\näöü");
        check("one three |x\näöü", Motion::Up, "one |three x\näöü");
        check("one th|ree x\näöü", Motion::Up, "on|e three x\näöü");
        check("on|e three x\näöü", Motion::Up, "|one three x\näöü");
        check("one three x\näö|ü", Motion::Down, "one three x\näöü|");
        check("one th|ree x\näöü", Motion::Home, "one |three x\näöü");
        check("one th|ree x\näöü", Motion::End, "one three| x\näöü");
        check("one three |x\näöü", Motion::End, "one three x|\näöü");
        let ways = [go(Motion::Down), go(Motion::Down), go(Motion::Down)];
        check_in(wrapped(5), "on|e three x\näöü", &ways, "one three x\näö|ü");
        let select = [EditOp::Extend(Motion::Down), EditOp::Extend(Motion::End)];
        check_in(wrapped(5), "o|ne three x", &select, "o^ne three| x");
        // The spaces at which a line is wrapped are the row's before.
        check("one   | three", Motion::Home, "|one    three");
        check("one   | three", Motion::End, "one|    three");
    }

    #[test]
    fn a_word_that_is_cut_has_each_place_once() {
        // Rows "abcde", "fgh": between e and f is the start of the second.
        let check = |before: &str, motion: Motion, after: &str| {
            check_in(wrapped(5), before, &[EditOp::Move(motion)], after);
        };
        check("ab|cdefgh", Motion::End, "abcd|efgh");
        check("abcd|efgh", Motion::End, "abcd|efgh");
        check("abcde|fgh", Motion::Home, "abcde|fgh");
        check("abcde|fgh", Motion::End, "abcdefgh|");
        check("abcde|fgh", Motion::Up, "|abcdefgh");
        check("abcd|efgh", Motion::Down, "abcdefgh|");
        check("abcdefgh\nabcde|", Motion::Up, "abcdefgh|\nabcde");
        check_in(
            wrapped(5),
            "abcdefgh\nabcde|",
            &[EditOp::Move(Motion::Up), EditOp::Move(Motion::Up)],
            "abcd|efgh\nabcde",
        );
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
        let wild = EditState { text: "ab".into(), cursor: 99, anchor: 50, across: None };
        assert_eq!(edit(&wild, &EditOp::Insert("c".into())), EditState::new("abc"));
    }
}
