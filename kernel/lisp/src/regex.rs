//! Regular expressions: patterns to programs, which are run in time proportional to text and program.
//!
//! Enter at [`compile`] and [`find`]. A program is a slice of words, kept in the regex's record: its header, instructions (Thompson's
//! construction, in order of preference), then ranges of classes.
//!
//! Absent: back references and look-around, which cannot be found in such a time.

mod search;

pub(crate) use search::find;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Most instructions of a program: counted repetitions are copies.
const PROGRAM_MAX: usize = 20_000;
/// Deepest nesting of groups.
const DEPTH_MAX: u32 = 100;

const CHAR: u64 = 0;
const CHAR_ANY_CASE: u64 = 1;
const ANY: u64 = 2;
const CLASS: u64 = 3;
const SPLIT: u64 = 4;
const JUMP: u64 = 5;
const SAVE: u64 = 6;
const ASSERT: u64 = 7;
const MATCH: u64 = 8;

const TEXT_START: u64 = 0;
const TEXT_END: u64 = 1;
const LINE_START: u64 = 2;
const LINE_END: u64 = 3;
const WORD_EDGE: u64 = 4;
const NO_WORD_EDGE: u64 = 5;
/// The end, or the line end that ends the text.
const LAST_END: u64 = 6;

fn word(op: u64, a: usize, b: usize) -> u64 {
    op | (a as u64) << 8 | (b as u64) << 36
}

fn unpack(word: u64) -> (u64, usize, usize) {
    (word & 0xFF, (word >> 8) as usize & 0xFFF_FFFF, (word >> 36) as usize)
}

/// A pattern taken apart.
enum Node {
    Empty,
    Char(char, bool),
    Any(bool),
    Class {
        ranges: Vec<(u32, u32)>,
        is_negated: bool,
        any_case: bool,
    },
    Sequence(Vec<Node>),
    /// Characters between `\Q` and `\E`: what follows repeats the last one only.
    Quoted(Vec<Node>),
    Choice(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: usize,
        most: Option<usize>,
        is_greedy: bool,
    },
    Group(Box<Node>, usize),
    Assert(u64),
}

#[derive(Clone, Copy, Default)]
struct Flags {
    any_case: bool,
    dot_all: bool,
    multi_line: bool,
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    groups: usize,
    flags: Flags,
    depth: u32,
}

/// The program of a pattern, or what is wrong with it.
pub(crate) fn compile(pattern: &str) -> Result<Vec<u64>, String> {
    let mut parser =
        Parser { chars: pattern.chars().collect(), at: 0, groups: 0, flags: Flags::default(), depth: 0 };
    let node = parser.choice()?;
    if parser.at < parser.chars.len() {
        return Err(format!("unmatched `)` at {}", parser.at + 1));
    }
    let mut emitter = Emitter { code: Vec::new(), ranges: Vec::new() };
    emitter.emit(&Node::Group(Box::new(node), 0))?;
    emitter.push(MATCH, 0, 0)?;
    let mut words = alloc::vec![emitter.code.len() as u64 | (parser.groups as u64) << 32];
    words.extend(emitter.code);
    words.extend(emitter.ranges.iter().map(|(low, high)| u64::from(*low) | u64::from(*high) << 32));
    Ok(words)
}

/// How many groups a program has beside the whole match.
pub(crate) fn group_count(program: &[u64]) -> usize {
    (program[0] >> 32) as usize
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += found as usize;
        found
    }

    fn choice(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("groups are nested too deeply".to_string());
        }
        let mut choices = alloc::vec![self.sequence()?];
        while self.take('|') {
            choices.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if choices.len() == 1 { choices.remove(0) } else { Node::Choice(choices) })
    }

    fn sequence(&mut self) -> Result<Node, String> {
        let mut nodes = Vec::new();
        while let Some(c) = self.peek() {
            if c == '|' || c == ')' {
                break;
            }
            let node = match self.atom()? {
                Node::Quoted(mut quoted) => {
                    let last = quoted.pop().unwrap_or(Node::Empty);
                    nodes.extend(quoted);
                    last
                }
                node => node,
            };
            nodes.push(self.repeated(node)?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Sequence(nodes) })
    }

    fn repeated(&mut self, node: Node) -> Result<Node, String> {
        let mut node = node;
        loop {
            let (least, most) = match self.peek() {
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('?') => (0, Some(1)),
                Some('{') => match self.counts()? {
                    Some(counts) => counts,
                    None => return Ok(node),
                },
                _ => return Ok(node),
            };
            self.at += 1;
            let is_greedy = !self.take('?');
            if is_greedy && self.take('+') {
                return Err(format!("possessive repetition is not supported, at {}", self.at));
            }
            node = Node::Repeat { node: Box::new(node), least, most, is_greedy };
        }
    }

    /// `{n}`, `{n,}` or `{n,m}`; leaves the position at the closing brace.
    fn counts(&mut self) -> Result<Option<(usize, Option<usize>)>, String> {
        let end = match self.chars[self.at..].iter().position(|c| *c == '}') {
            Some(length) => self.at + length,
            None => return Err(format!("unclosed `{{` at {}", self.at + 1)),
        };
        let text: String = self.chars[self.at + 1..end].iter().collect();
        let (least, most) = text.split_once(',').unwrap_or((&text, &text));
        let number = |text: &str| text.parse::<usize>().ok().filter(|n| *n <= 1_000);
        let counts = match (number(least), most.is_empty(), number(most)) {
            (Some(least), true, _) => (least, None),
            (Some(least), false, Some(most)) if least <= most => (least, Some(most)),
            _ => return Err(format!("invalid repetition {{{text}}}")),
        };
        self.at = end;
        Ok(Some(counts))
    }

    fn atom(&mut self) -> Result<Node, String> {
        let place = self.at + 1;
        let c = self.chars[self.at];
        self.at += 1;
        Ok(match c {
            '.' => Node::Any(self.flags.dot_all),
            '^' => Node::Assert(if self.flags.multi_line { LINE_START } else { TEXT_START }),
            '$' => Node::Assert(if self.flags.multi_line { LINE_END } else { LAST_END }),
            '(' => self.group(place)?,
            '[' => self.class(place)?,
            '\\' => self.escape(place)?,
            '*' | '+' | '?' => return Err(format!("nothing to repeat for `{c}` at {place}")),
            c => Node::Char(c, self.flags.any_case),
        })
    }

    fn group(&mut self, place: usize) -> Result<Node, String> {
        let outer = self.flags;
        let mut index = None;
        if self.take('?') {
            match self.peek() {
                Some(':') => self.at += 1,
                Some('<') if !matches!(self.chars.get(self.at + 1), Some('=' | '!')) => {
                    while self.peek().is_some_and(|c| c != '>') {
                        self.at += 1;
                    }
                    self.at += 1;
                    index = Some(());
                }
                Some('=' | '!' | '<' | '>') => {
                    return Err(format!("look-around and atomic groups are not supported, at {place}"));
                }
                _ => {
                    self.set_flags(place)?;
                    if self.take(')') {
                        // The flags hold for the rest of the group around.
                        return Ok(Node::Empty);
                    }
                    self.at += 1;
                }
            }
        } else {
            index = Some(());
        }
        let index = index.map(|()| {
            self.groups += 1;
            self.groups
        });
        let inside = self.choice()?;
        if !self.take(')') {
            return Err(format!("unclosed group at {place}"));
        }
        self.flags = outer;
        Ok(match index {
            Some(index) => Node::Group(Box::new(inside), index),
            None => inside,
        })
    }

    /// `(?ims-ims` up to `)` or `:`.
    fn set_flags(&mut self, place: usize) -> Result<(), String> {
        let mut on = true;
        loop {
            match self.peek() {
                Some('i') => self.flags.any_case = on,
                Some('s') => self.flags.dot_all = on,
                Some('m') => self.flags.multi_line = on,
                Some('u') => {}
                Some('-') => on = false,
                Some(')' | ':') => return Ok(()),
                _ => return Err(format!("unknown kind of group at {place}")),
            }
            self.at += 1;
        }
    }

    fn escape(&mut self, place: usize) -> Result<Node, String> {
        let Some(c) = self.peek() else { return Err("a pattern ends with `\\`".to_string()) };
        if let Some((ranges, is_negated)) = named_class(c) {
            self.at += 1;
            return Ok(Node::Class { ranges: ranges.to_vec(), is_negated, any_case: false });
        }
        let assert = match c {
            'b' => Some(WORD_EDGE),
            'B' => Some(NO_WORD_EDGE),
            'A' => Some(TEXT_START),
            'z' => Some(TEXT_END),
            'Z' => Some(LAST_END),
            _ => None,
        };
        if let Some(assert) = assert {
            self.at += 1;
            return Ok(Node::Assert(assert));
        }
        if c == 'Q' {
            self.at += 1;
            let rest = &self.chars[self.at..];
            let length = rest.windows(2).position(|pair| pair == ['\\', 'E']).unwrap_or(rest.len());
            let any_case = self.flags.any_case;
            let nodes = rest[..length].iter().map(|c| Node::Char(*c, any_case)).collect();
            self.at = (self.at + length + 2).min(self.chars.len());
            return Ok(Node::Quoted(nodes));
        }
        Ok(Node::Char(self.escaped_char(place)?, self.flags.any_case))
    }

    /// The character of an escape that stands for one.
    fn escaped_char(&mut self, place: usize) -> Result<char, String> {
        let Some(c) = self.peek() else { return Err("a pattern ends with `\\`".to_string()) };
        self.at += 1;
        Ok(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'f' => '\u{C}',
            'a' => '\u{7}',
            'e' => '\u{1B}',
            'x' => self.hexadecimal(2, place)?,
            'u' => self.hexadecimal(4, place)?,
            c if c.is_ascii_digit() => return Err(format!("back references are not supported, at {place}")),
            c if c.is_ascii_alphabetic() => return Err(format!("unknown escape \\{c} at {place}")),
            c => c,
        })
    }

    fn hexadecimal(&mut self, digits: usize, place: usize) -> Result<char, String> {
        let text: String = self.chars[self.at..].iter().take(digits).collect();
        self.at += text.chars().count();
        let code = if text.len() == digits { u32::from_str_radix(&text, 16).ok() } else { None };
        code.and_then(char::from_u32).ok_or_else(|| format!("invalid character escape at {place}"))
    }

    fn class(&mut self, place: usize) -> Result<Node, String> {
        let is_negated = self.take('^');
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        let mut is_first = true;
        loop {
            let Some(c) = self.peek() else { return Err(format!("unclosed class at {place}")) };
            self.at += 1;
            match c {
                ']' if !is_first => break,
                '[' => {
                    let Node::Class { ranges: inner, is_negated, .. } = self.class(self.at)? else {
                        continue;
                    };
                    ranges.extend(if is_negated { complement(&inner) } else { inner });
                }
                '&' if self.peek() == Some('&') => {
                    return Err(format!("intersections of classes are not supported, at {}", self.at));
                }
                '\\' if self.peek().is_some_and(|c| named_class(c).is_some()) => {
                    let (inner, is_negated) = self.peek().and_then(named_class).unwrap_or((&[], false));
                    self.at += 1;
                    ranges.extend(if is_negated { complement(inner) } else { inner.to_vec() });
                }
                c => {
                    let low = if c == '\\' { self.escaped_char(self.at)? } else { c };
                    let is_range = self.peek() == Some('-')
                        && self.chars.get(self.at + 1).is_some_and(|next| *next != ']' && *next != '[');
                    if !is_range {
                        ranges.push((low as u32, low as u32));
                    } else {
                        self.at += 1;
                        let mut high = self.chars[self.at];
                        self.at += 1;
                        if high == '\\' {
                            high = self.escaped_char(self.at)?;
                        }
                        if high < low {
                            return Err(format!("the range {low}-{high} is the wrong way round"));
                        }
                        ranges.push((low as u32, high as u32));
                    }
                }
            }
            is_first = false;
        }
        Ok(Node::Class { ranges, is_negated, any_case: self.flags.any_case })
    }
}

type Ranges = &'static [(u32, u32)];

const DIGIT: Ranges = &[(0x30, 0x39)];
const WORD: Ranges = &[(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
const SPACE: Ranges = &[(0x09, 0x0D), (0x20, 0x20)];

/// The class of `\d` and its like, and whether it is negated.
fn named_class(c: char) -> Option<(Ranges, bool)> {
    Some(match c {
        'd' => (DIGIT, false),
        'D' => (DIGIT, true),
        'w' => (WORD, false),
        'W' => (WORD, true),
        's' => (SPACE, false),
        'S' => (SPACE, true),
        _ => return None,
    })
}

fn complement(ranges: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let (mut out, mut next) = (Vec::new(), 0);
    for (low, high) in sorted {
        if low > next {
            out.push((next, low - 1));
        }
        next = next.max(high + 1);
    }
    out.push((next, 0x10_FFFF));
    out
}

struct Emitter {
    code: Vec<u64>,
    ranges: Vec<(u32, u32)>,
}

impl Emitter {
    fn push(&mut self, op: u64, a: usize, b: usize) -> Result<usize, String> {
        if self.code.len() >= PROGRAM_MAX {
            return Err("the pattern is too large".to_string());
        }
        self.code.push(word(op, a, b));
        Ok(self.code.len() - 1)
    }

    /// Sets both ways of a split, the preferred one first.
    fn split(&mut self, at: usize, is_greedy: bool, inside: usize, after: usize) {
        self.code[at] = if is_greedy { word(SPLIT, inside, after) } else { word(SPLIT, after, inside) };
    }

    fn emit(&mut self, node: &Node) -> Result<(), String> {
        match node {
            Node::Empty => {}
            Node::Char(c, any_case) => {
                let (op, c) = if *any_case { (CHAR_ANY_CASE, fold(*c)) } else { (CHAR, *c) };
                self.push(op, c as usize, 0)?;
            }
            Node::Any(dot_all) => {
                self.push(ANY, *dot_all as usize, 0)?;
            }
            Node::Class { ranges, is_negated, any_case } => {
                let start = self.ranges.len();
                self.ranges.extend(ranges);
                self.push(
                    CLASS,
                    start,
                    ranges.len() << 2 | (*any_case as usize) << 1 | *is_negated as usize,
                )?;
            }
            Node::Sequence(nodes) | Node::Quoted(nodes) => {
                for node in nodes {
                    self.emit(node)?;
                }
            }
            Node::Choice(nodes) => {
                let mut ends = Vec::new();
                for (index, node) in nodes.iter().enumerate() {
                    if index + 1 == nodes.len() {
                        self.emit(node)?;
                        break;
                    }
                    let split = self.push(SPLIT, 0, 0)?;
                    self.emit(node)?;
                    ends.push(self.push(JUMP, 0, 0)?);
                    let after = self.code.len();
                    self.split(split, true, split + 1, after);
                }
                for end in ends {
                    self.code[end] = word(JUMP, self.code.len(), 0);
                }
            }
            Node::Repeat { node, least, most, is_greedy } => {
                for _ in 0..*least {
                    self.emit(node)?;
                }
                match most {
                    None => {
                        let split = self.push(SPLIT, 0, 0)?;
                        self.emit(node)?;
                        self.push(JUMP, split, 0)?;
                        let after = self.code.len();
                        self.split(split, *is_greedy, split + 1, after);
                    }
                    Some(most) => {
                        let mut splits = Vec::new();
                        for _ in *least..*most {
                            splits.push(self.push(SPLIT, 0, 0)?);
                            self.emit(node)?;
                        }
                        let after = self.code.len();
                        for split in splits {
                            self.split(split, *is_greedy, split + 1, after);
                        }
                    }
                }
            }
            Node::Group(node, index) => {
                self.push(SAVE, index * 2, 0)?;
                self.emit(node)?;
                self.push(SAVE, index * 2 + 1, 0)?;
            }
            Node::Assert(kind) => {
                self.push(ASSERT, *kind as usize, 0)?;
            }
        }
        Ok(())
    }
}

fn fold(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers below a bound, in the same order each time.
    pub(super) fn random() -> impl FnMut(usize) -> usize {
        let mut seed = 42_u64;
        move |bound| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % bound
        }
    }

    fn first<'t>(pattern: &str, text: &'t str) -> Vec<Option<&'t str>> {
        let program = compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        let found = find(&program, text, 0, false).unwrap_or_default();
        found.into_iter().map(|span| span.map(|(from, to)| &text[from..to])).collect()
    }

    #[test]
    fn first_match_with_groups() {
        for (pattern, text, expected) in [
            ("a", "cat", &[Some("a")][..]),
            ("a*", "baa", &[Some("")]),
            ("a+", "baa", &[Some("aa")]),
            ("a+?", "baa", &[Some("a")]),
            ("(\\d+)-(\\d+)", "x 10-20", &[Some("10-20"), Some("10"), Some("20")]),
            ("(a)|(b)", "b", &[Some("b"), None, Some("b")]),
            ("a|ab", "ab", &[Some("a")]),
            ("(?:ab)+", "ababa", &[Some("abab")]),
            ("[^a-c]+", "abcxyz", &[Some("xyz")]),
            ("[\\w.-]+@\\w+", "to me.b@host!", &[Some("me.b@host")]),
            ("(?i)HeLLo", "say hello", &[Some("hello")]),
            ("^b$", "a\nb", &[]),
            ("(?m)^b$", "a\nb", &[Some("b")]),
            ("\\bfoo\\b", "afoo foo", &[Some("foo")]),
            ("a{2,3}", "aaaa", &[Some("aaa")]),
            ("a{2}", "a", &[]),
            ("(?s)a.b", "a\nb", &[Some("a\nb")]),
            ("a.b", "a\nb", &[]),
            ("(a*)*", "aa", &[Some("aa"), Some("aa")]),
            ("x*", "", &[Some("")]),
            ("\\Qa.b\\E+", "a.bb", &[Some("a.bb")]),
            ("[]a]+", "a]", &[Some("a]")]),
            ("\\u00e4", "\u{e4}", &[Some("\u{e4}")]),
        ] {
            assert_eq!(first(pattern, text), expected, "{pattern} in {text:?}");
        }
    }

    #[test]
    fn bad_patterns_say_why() {
        for (pattern, message) in [
            ("(", "unclosed group at 1"),
            (")", "unmatched `)` at 1"),
            ("[a", "unclosed class at 1"),
            ("*", "nothing to repeat for `*` at 1"),
            ("a\\", "a pattern ends with `\\`"),
            ("(a)\\1", "back references are not supported, at 4"),
            ("a(?=b)", "look-around and atomic groups are not supported, at 2"),
            ("[b-a]", "the range b-a is the wrong way round"),
            ("a{3,2}", "invalid repetition {3,2}"),
            ("((a{1000}){1000})", "the pattern is too large"),
        ] {
            assert_eq!(compile(pattern), Err(message.to_string()), "{pattern}");
        }
    }

    #[test]
    fn no_pattern_panics_or_takes_for_ever() {
        let mut next = random();
        let alphabet: Vec<char> = "ab(|)*+?[]^$.\\{}d,2-w:i<>&\u{e4}".chars().collect();
        for _ in 0..20_000 {
            let pattern: String = (0..next(12)).map(|_| alphabet[next(alphabet.len())]).collect();
            if let Ok(program) = compile(&pattern) {
                let text = "aab\u{e4}b d2";
                let found = find(&program, text, 0, false);
                if let Some(Some((from, to))) = found.and_then(|groups| groups[0].into()) {
                    assert!(
                        text.is_char_boundary(from) && text.is_char_boundary(to) && from <= to,
                        "{pattern}"
                    );
                }
            }
        }
        let evil = compile("(a*)*(a*)*b").expect("a pattern");
        assert_eq!(find(&evil, &"a".repeat(5_000), 0, true), None);
    }
}
