//! Runs the programs of regexes over texts.
//!
//! Enter at [`find`]. Two machines find the same match, the one that going back through all choices in order of preference finds first:
//! [`Backtracker`] does go back, but never from one place of program and text twice (as RE2's `BitState` does), and is left for [`Pike`]
//! where a match may be too long for its notes. Both take time proportional to program and text.

use super::{
    ANY, ASSERT, CHAR, CHAR_ANY_CASE, CLASS, JUMP, LAST_END, LINE_END, LINE_START, MATCH, SAVE, SPLIT,
    TEXT_END, TEXT_START, WORD_EDGE, fold, group_count, unpack,
};
use alloc::vec::Vec;

/// Words of notes that a backtracker may take (32 KiB).
const NOTES_MAX: usize = 1 << 12;

/// The slot of a group that took no part.
const NONE: usize = usize::MAX;

/// A match: start and end of it and of its groups, `None` for those that took no part.
type Groups = Vec<Option<(usize, usize)>>;

/// The first match from a byte position on (at this position only, and to the end, when it has to be `whole`).
pub(crate) fn find(program: &[u64], text: &str, start: usize, whole: bool) -> Option<Groups> {
    let program = Program::of(program);
    let slots = match Backtracker::new(&program, text, whole, NOTES_MAX).find(start) {
        Outcome::Found(slots) => slots,
        Outcome::None => return None,
        Outcome::TooFar(from) => Pike::new(&program, text).find(from, whole)?,
    };
    Some(slots.chunks(2).map(|pair| (pair[1] != NONE).then_some((pair[0], pair[1]))).collect())
}

struct Program<'p> {
    code: &'p [u64],
    ranges: &'p [u64],
    slot_count: usize,
}

impl<'p> Program<'p> {
    fn of(words: &'p [u64]) -> Program<'p> {
        let (code, ranges) = words[1..].split_at(words[0] as u32 as usize);
        Program { code, ranges, slot_count: (group_count(words) + 1) * 2 }
    }

    fn holds(&self, assert: u64, text: &str, at: usize) -> bool {
        let (before, after) = (text[..at].chars().next_back(), text[at..].chars().next());
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        match assert {
            TEXT_START => at == 0,
            TEXT_END => after.is_none(),
            LAST_END => after.is_none() || after == Some('\n') && at + 1 == text.len(),
            LINE_START => before.is_none() || before == Some('\n') && after.is_some(),
            LINE_END => after.is_none() || after == Some('\n'),
            WORD_EDGE => is_word(before) != is_word(after),
            _ => is_word(before) == is_word(after),
        }
    }

    fn takes(&self, instruction: u64, c: char) -> bool {
        let (op, a, b) = unpack(instruction);
        match op {
            CHAR => a == c as usize,
            CHAR_ANY_CASE => a == fold(c) as usize,
            ANY => a == 1 || !matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'),
            CLASS => {
                let ranges = &self.ranges[a..a + (b >> 2)];
                let within = |c: char| {
                    ranges.iter().any(|range| (*range as u32..=(*range >> 32) as u32).contains(&(c as u32)))
                };
                let upper = || c.to_uppercase().next().unwrap_or(c);
                let found = within(c) || b & 2 != 0 && (within(fold(c)) || within(upper()));
                found != (b & 1 != 0)
            }
            _ => false,
        }
    }
}

/// What is still to be done, the last first.
enum Pending {
    /// Goes on from a place of the program, at a place of the text.
    Place(u32, usize),
    /// Gives a slot the value back that it had.
    Restore(usize, usize),
}

enum Outcome {
    Found(Vec<usize>),
    None,
    /// None begins before this place, and what begins here goes further than notes can be taken.
    TooFar(usize),
}

struct Backtracker<'p, 't> {
    program: &'p Program<'p>,
    text: &'t str,
    whole: bool,
    pending: Vec<Pending>,
    /// A bit for each place of the program, for each byte of the text from `base` on: whether it led nowhere, or is being tried.
    notes: Vec<u64>,
    notes_max: usize,
    /// Words of notes for a byte of text.
    stride: usize,
    base: usize,
}

/// What going on from a place would need more notes than there may be.
struct NoRoom;

impl<'p, 't> Backtracker<'p, 't> {
    fn new(program: &'p Program<'p>, text: &'t str, whole: bool, notes_max: usize) -> Self {
        let stride = program.code.len().div_ceil(64);
        Backtracker {
            program,
            text,
            whole,
            pending: Vec::new(),
            notes: Vec::new(),
            notes_max,
            stride,
            base: 0,
        }
    }

    fn find(mut self, start: usize) -> Outcome {
        let rows = self.notes_max / self.stride;
        let mut slots = alloc::vec![NONE; self.program.slot_count];
        let mut from = start;
        self.base = start;
        loop {
            match self.run(from, &mut slots) {
                Ok(true) => return Outcome::Found(slots),
                Ok(false) if self.whole => return Outcome::None,
                Ok(false) => {}
                // New notes pay where they are for other text by half.
                Err(NoRoom) if from - self.base > rows / 2 => {
                    self.base = from;
                    self.notes.clear();
                    slots.fill(NONE);
                    continue;
                }
                Err(NoRoom) => return Outcome::TooFar(from),
            }
            match self.text[from..].chars().next() {
                Some(c) => from += c.len_utf8(),
                None => return Outcome::None,
            }
        }
    }

    /// Notes that a place is tried. Whether it was not before.
    fn is_new(&mut self, place: u32, at: usize) -> Result<bool, NoRoom> {
        let row = (at - self.base) * self.stride;
        let index = row + place as usize / 64;
        if index >= self.notes.len() {
            if row + self.stride > self.notes_max {
                return Err(NoRoom);
            }
            self.notes.resize(row + self.stride, 0);
        }
        let bit = 1 << (place % 64);
        let is_new = self.notes[index] & bit == 0;
        self.notes[index] |= bit;
        Ok(is_new)
    }

    /// Whether a match begins at a place of the text; then `slots` tell of it, else they are as they were.
    fn run(&mut self, from: usize, slots: &mut [usize]) -> Result<bool, NoRoom> {
        self.pending.clear();
        self.pending.push(Pending::Place(0, from));
        while let Some(pending) = self.pending.pop() {
            match pending {
                Pending::Restore(slot, old) => slots[slot] = old,
                Pending::Place(place, at) => {
                    if self.go_on(place, at, slots)? {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Goes on from a place as far as it leads, and notes in `pending` what could have been done instead.
    fn go_on(&mut self, mut place: u32, mut at: usize, slots: &mut [usize]) -> Result<bool, NoRoom> {
        while self.is_new(place, at)? {
            let instruction = self.program.code[place as usize];
            let (op, a, b) = unpack(instruction);
            place += 1;
            match op {
                JUMP => place = a as u32,
                SPLIT => {
                    self.pending.push(Pending::Place(b as u32, at));
                    place = a as u32;
                }
                SAVE => {
                    self.pending.push(Pending::Restore(a, slots[a]));
                    slots[a] = at;
                }
                ASSERT if self.program.holds(a as u64, self.text, at) => {}
                MATCH => return Ok(!self.whole || at == self.text.len()),
                _ => match self.text[at..].chars().next() {
                    Some(c) if self.program.takes(instruction, c) => at += c.len_utf8(),
                    _ => return Ok(false),
                },
            }
        }
        Ok(false)
    }
}

/// Threads in order of preference; a place of the program occurs once.
struct Threads {
    places: Vec<u32>,
    /// Slots of each thread, one after the other.
    slots: Vec<usize>,
    /// Where in `places` a place of the program is, if it is there.
    index: Vec<u32>,
}

impl Threads {
    fn new(instructions: usize) -> Threads {
        Threads { places: Vec::new(), slots: Vec::new(), index: alloc::vec![0; instructions] }
    }

    fn clear(&mut self) {
        self.places.clear();
        self.slots.clear();
    }

    fn contains(&self, place: u32) -> bool {
        self.places.get(self.index[place as usize] as usize) == Some(&place)
    }
}

/// Thompson's machine as Pike arranged it: it keeps a list of threads in order of preference, and never goes back in the text.
struct Pike<'p, 't> {
    program: &'p Program<'p>,
    text: &'t str,
    pending: Vec<Pending>,
    /// Places that lead on at once, which a step has been to already: bounds its work.
    seen: Vec<u32>,
    step: u32,
}

impl<'p, 't> Pike<'p, 't> {
    fn new(program: &'p Program<'p>, text: &'t str) -> Self {
        Pike { program, text, pending: Vec::new(), seen: alloc::vec![0; program.code.len()], step: 0 }
    }

    /// Adds a thread, and all that it becomes without taking a character.
    fn add(&mut self, threads: &mut Threads, place: u32, slots: &mut [usize], at: usize) {
        self.pending.push(Pending::Place(place, at));
        while let Some(pending) = self.pending.pop() {
            let place = match pending {
                Pending::Restore(slot, old) => {
                    slots[slot] = old;
                    continue;
                }
                Pending::Place(place, _) => place,
            };
            if self.seen[place as usize] == self.step || threads.contains(place) {
                continue;
            }
            self.seen[place as usize] = self.step;
            let (op, a, b) = unpack(self.program.code[place as usize]);
            match op {
                JUMP => self.pending.push(Pending::Place(a as u32, at)),
                SPLIT => {
                    self.pending.push(Pending::Place(b as u32, at));
                    self.pending.push(Pending::Place(a as u32, at));
                }
                SAVE => {
                    self.pending.push(Pending::Restore(a, slots[a]));
                    slots[a] = at;
                    self.pending.push(Pending::Place(place + 1, at));
                }
                ASSERT => {
                    if self.program.holds(a as u64, self.text, at) {
                        self.pending.push(Pending::Place(place + 1, at));
                    }
                }
                _ => {
                    threads.index[place as usize] = threads.places.len() as u32;
                    threads.places.push(place);
                    threads.slots.extend_from_slice(slots);
                }
            }
        }
    }

    fn find(mut self, start: usize, whole: bool) -> Option<Vec<usize>> {
        let (text, code, slot_count) = (self.text, self.program.code, self.program.slot_count);
        let (mut now, mut next) = (Threads::new(code.len()), Threads::new(code.len()));
        let mut slots = alloc::vec![NONE; slot_count];
        let mut found: Option<Vec<usize>> = None;
        let mut at = start;
        self.step = 1;
        loop {
            if found.is_none() && (!whole || at == start) {
                slots.fill(NONE);
                self.add(&mut now, 0, &mut slots, at);
            }
            if now.places.is_empty() && (found.is_some() || whole) {
                break;
            }
            let c = text[at..].chars().next();
            let after = at + c.map_or(0, char::len_utf8);
            self.step += 1;
            next.clear();
            for index in 0..now.places.len() {
                let place = now.places[index];
                let thread = &now.slots[index * slot_count..(index + 1) * slot_count];
                if code[place as usize] & 0xFF == MATCH {
                    if whole && at < text.len() {
                        continue;
                    }
                    // Those that follow are less preferred.
                    found = Some(thread.to_vec());
                    break;
                }
                if c.is_some_and(|c| self.program.takes(code[place as usize], c)) {
                    slots.copy_from_slice(thread);
                    self.add(&mut next, place + 1, &mut slots, after);
                }
            }
            if c.is_none() {
                break;
            }
            core::mem::swap(&mut now, &mut next);
            at = after;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::compile;
    use super::super::tests::random;
    use super::*;
    use alloc::string::String;

    /// What both machines find, the first with so much room for its notes, and whether that sufficed.
    fn both(pattern: &str, text: &str, whole: bool, notes_max: usize) -> Option<bool> {
        let words = compile(pattern).ok()?;
        let program = Program::of(&words);
        let expected = Pike::new(&program, text).find(0, whole);
        let (found, sufficed) = match Backtracker::new(&program, text, whole, notes_max).find(0) {
            Outcome::Found(slots) => (Some(slots), true),
            Outcome::None => (None, true),
            Outcome::TooFar(from) => (Pike::new(&program, text).find(from, whole), false),
        };
        assert_eq!(found, expected, "{pattern} in {text:?}, whole: {whole}, notes: {notes_max}");
        Some(sufficed)
    }

    #[test]
    fn both_machines_find_the_same() {
        let mut next = random();
        let signs = [
            "a", "b", "ab", "(", ")", "|", "*", "+", "?", "[ab]", "[^a]", ".", "^", "$", "\\b", "{0,2}",
            "??", "*?", "(?i)B", "\u{e4}",
        ];
        let (mut sufficed, mut too_far) = (0, 0);
        for _ in 0..40_000 {
            let pattern: String = (0..next(10)).map(|_| signs[next(signs.len())]).collect();
            let text: String = (0..next(40)).map(|_| ['a', 'b', 'a', 'B', '\u{e4}', '\n'][next(6)]).collect();
            match both(&pattern, &text, next(3) == 0, [NOTES_MAX, 1, 4, 16][next(4)]) {
                Some(true) => sufficed += 1,
                Some(false) => too_far += 1,
                None => {}
            }
        }
        assert!(sufficed > 5_000 && too_far > 1_000, "{sufficed} searches with room, {too_far} without");
    }

    #[test]
    fn a_long_text_is_searched_with_few_notes() {
        let text = "ab".repeat(10_000) + "ac";
        assert_eq!(both("a(c)", &text, false, 64), Some(true));
        assert_eq!(both("(?:ab)*ac", &text, false, 64), Some(false));
        assert_eq!(both("(a*)*(a*)*c", &"a".repeat(5_000), false, NOTES_MAX), Some(false));
    }
}
