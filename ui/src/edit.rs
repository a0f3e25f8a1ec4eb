//! The editing model of text fields: a pure function from a state and an operation to the next state.
//!
//! Enter at [`edit`]. Positions count characters, never bytes.

use alloc::string::String;
use alloc::vec::Vec;

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

/// Returns the state after an operation. Positions beyond the text are taken for its end.
pub fn edit(state: &EditState, op: &EditOp) -> EditState {
    let chars: Vec<char> = state.text.chars().collect();
    let count = chars.len();
    let (cursor, anchor) = (state.cursor.min(count), state.anchor.min(count));
    let at = |cursor: usize, anchor: usize| EditState { text: state.text.clone(), cursor, anchor };
    let replace = |from: usize, to: usize, text: &str| {
        let mut next: String = chars[..from].iter().collect();
        next.push_str(text);
        next.extend(&chars[to..]);
        let end = from + text.chars().count();
        EditState { text: next, cursor: end, anchor: end }
    };
    let (from, to) = (cursor.min(anchor), cursor.max(anchor));
    let remove_to = |motion: Motion| {
        if from < to {
            return replace(from, to, "");
        }
        let other = moved(&chars, cursor, motion);
        replace(cursor.min(other), cursor.max(other), "")
    };
    match op {
        EditOp::Insert(text) => replace(from, to, text),
        EditOp::Backspace => remove_to(Motion::Left),
        EditOp::Delete => remove_to(Motion::Right),
        EditOp::BackspaceWord => remove_to(Motion::WordLeft),
        EditOp::DeleteWord => remove_to(Motion::WordRight),
        // As everywhere: an arrow without shift goes to the selection's end on its side.
        EditOp::Move(Motion::Left) if from < to => at(from, from),
        EditOp::Move(Motion::Right) if from < to => at(to, to),
        EditOp::Move(motion) => {
            let place = moved(&chars, cursor, *motion);
            at(place, place)
        }
        EditOp::Extend(motion) => at(moved(&chars, cursor, *motion), anchor),
        EditOp::Place(place) => at((*place).min(count), (*place).min(count)),
        EditOp::ExtendTo(place) => at((*place).min(count), anchor),
        EditOp::SelectAll => at(count, 0),
        EditOp::SelectWord(place) => {
            let place = (*place).min(count);
            let kind = |i: usize| class(chars[i]);
            let own = chars.get(place).or(chars.last()).map(|c| class(*c));
            let mut start = place.min(count.saturating_sub(1));
            while start > 0 && Some(kind(start - 1)) == own {
                start -= 1;
            }
            let mut end = place;
            while end < count && Some(kind(end)) == own {
                end += 1;
            }
            at(end, start)
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

fn moved(chars: &[char], cursor: usize, motion: Motion) -> usize {
    let line_start = |place: usize| chars[..place].iter().rposition(|c| *c == '\n').map_or(0, |i| i + 1);
    let line_end =
        |place: usize| chars[place..].iter().position(|c| *c == '\n').map_or(chars.len(), |i| place + i);
    match motion {
        Motion::Left => cursor.saturating_sub(1),
        Motion::Right => (cursor + 1).min(chars.len()),
        Motion::WordLeft => {
            let mut place = cursor;
            while place > 0 && class(chars[place - 1]) == 0 {
                place -= 1;
            }
            let own = place.checked_sub(1).map(|i| class(chars[i]));
            while place > 0 && Some(class(chars[place - 1])) == own {
                place -= 1;
            }
            place
        }
        Motion::WordRight => {
            let mut place = cursor;
            while place < chars.len() && class(chars[place]) == 0 {
                place += 1;
            }
            let own = chars.get(place).map(|c| class(*c));
            while place < chars.len() && Some(class(chars[place])) == own {
                place += 1;
            }
            place
        }
        Motion::Home => line_start(cursor),
        Motion::End => line_end(cursor),
        Motion::Up => {
            let start = line_start(cursor);
            match start.checked_sub(1) {
                Some(end) => (line_start(end) + (cursor - start)).min(end),
                None => 0,
            }
        }
        Motion::Down => {
            let end = line_end(cursor);
            if end == chars.len() {
                return end;
            }
            (end + 1 + (cursor - line_start(cursor))).min(line_end(end + 1))
        }
        Motion::Start => 0,
        Motion::Finish => chars.len(),
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
