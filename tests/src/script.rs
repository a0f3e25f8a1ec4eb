//! Scripts of input: what they say, checked before anything is started.
//!
//! Enter at [`parse`]. One step a line; the words are in [`WORDS`].

use crate::error::{Error, Result};
use crate::input::{Button, Gesture, Key, Point, Stroke};
use crate::nearest::suggestion;
use std::path::PathBuf;
use std::time::Duration;

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `FILE:LINE`, for messages.
    pub place: String,
    /// What to do.
    pub step: Step,
}

/// What one line does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Lets time pass.
    Wait(Duration),
    /// Plays input.
    Play(Gesture),
    /// Clicks in the middle of what shows a text in the front window, or has a key.
    Press(String),
    /// The front window shows this.
    See(String),
    /// Evaluates an expression in the guest and prints its value.
    Lisp(String),
    /// The last value printed contains this.
    Expect(String),
    /// Takes a picture.
    Shot(PathBuf),
    /// The front window looks as the golden pictures of this name say.
    Golden(String),
}

/// The words a line may begin with, what follows them, and what they do.
const WORDS: &[(&str, &str, &str)] = &[
    ("wait", "MS", "lets time pass"),
    ("move", "X Y", "moves the pointer to a pixel"),
    ("click", "[left|right]", "clicks where the pointer is"),
    ("press", "TEXT", "clicks on what shows this in the front window; or `:KEY [X Y]`, on what has a key"),
    ("see", "TEXT", "fails unless the front window shows this"),
    ("drag", "X1 Y1 X2 Y2", "drags with the left button"),
    ("scroll", "N", "turns the wheel; positive is up"),
    ("key", "NAME[+NAME...]", "presses keys together, as in `key ctrl+a`"),
    ("type", "TEXT", "types the rest of the line"),
    ("lisp", "EXPR", "evaluates in the running system and prints the value"),
    ("expect", "TEXT", "fails unless the last value printed contains this"),
    ("shot", "FILE.png", "takes a picture"),
    ("golden", "NAME", "fails unless the front window looks as in tests/golden, in each theme"),
];

/// The longest `wait` there may be.
const WAIT_MS_MAX: u64 = 600_000;

/// Returns an explanation of the words, a line each.
pub fn help() -> String {
    let line =
        |(word, rest, help): &(&str, &str, &str)| format!("  {:<22} {help}\n", format!("{word} {rest}"));
    WORDS.iter().map(line).collect()
}

/// Reads a whole script; the first mistake is reported as `FILE:LINE: message`.
pub fn parse(file: &str, text: &str) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = format!("{file}:{}", index + 1);
        let step = parse_line(line).map_err(|message| Error::usage(format!("{place}: {message}")))?;
        lines.push(Line { place, step });
    }
    Ok(lines)
}

fn parse_line(line: &str) -> std::result::Result<Step, String> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let usage = || {
        let rest = WORDS.iter().find(|(known, ..)| *known == word).map_or("", |(_, rest, _)| rest);
        format!("expected `{word} {rest}`, got `{line}`")
    };
    let needed = || if rest.is_empty() { Err(usage()) } else { Ok(rest.to_string()) };
    Ok(match word {
        "wait" => match rest.parse() {
            Ok(milliseconds) if milliseconds <= WAIT_MS_MAX => {
                Step::Wait(Duration::from_millis(milliseconds))
            }
            _ => return Err(usage()),
        },
        "move" => match numbers(rest).ok_or_else(usage)?[..] {
            [x, y] => Step::Play(Gesture::Move(Point { x, y })),
            _ => return Err(usage()),
        },
        "click" => Step::Play(Gesture::Click(match rest {
            "" | "left" => Button::Left,
            "right" => Button::Right,
            other => return Err(format!("unknown button `{other}`{}", suggestion(other, ["left", "right"]))),
        })),
        "drag" => match numbers(rest).ok_or_else(usage)?[..] {
            [x1, y1, x2, y2] => Step::Play(Gesture::Drag(Point { x: x1, y: y1 }, Point { x: x2, y: y2 })),
            _ => return Err(usage()),
        },
        "scroll" => match rest.parse() {
            Ok(notches @ -100..=100) => Step::Play(Gesture::Scroll(notches)),
            _ => return Err(usage()),
        },
        "key" => Step::Play(Gesture::Keys(keys(&needed()?)?)),
        "type" => {
            let stroke = |character| {
                Stroke::typing(character).ok_or_else(|| format!("cannot type `{character}` on a US keyboard"))
            };
            Step::Play(Gesture::Type(needed()?.chars().map(stroke).collect::<std::result::Result<_, _>>()?))
        }
        "press" => Step::Press(needed()?),
        "see" => Step::See(needed()?),
        "lisp" => Step::Lisp(needed()?),
        "expect" => Step::Expect(needed()?),
        "shot" => Step::Shot(PathBuf::from(needed()?)),
        "golden" => Step::Golden(needed()?),
        _ => {
            return Err(format!(
                "unknown word `{word}`{}",
                suggestion(word, WORDS.iter().map(|(word, ..)| *word))
            ));
        }
    })
}

/// The numbers in a line, if it is nothing but coordinates.
fn numbers(text: &str) -> Option<Vec<u32>> {
    text.split_whitespace().map(|word| word.parse().ok().filter(|number| *number <= 32767)).collect()
}

fn keys(text: &str) -> std::result::Result<Vec<Key>, String> {
    // `+` is itself typed with shift, so it never names a key.
    let key = |name: &str| {
        Key::named(name).ok_or_else(|| match name.chars().count() {
            1 => format!("no key types `{name}` by itself"),
            _ => format!("unknown key `{name}`{}", suggestion(name, Key::names())),
        })
    };
    text.split('+').map(|name| key(name.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Step) {
        let lines = parse("s", line).unwrap();
        assert_eq!(lines, [Line { place: "s:1".into(), step: expected }], "{line}");
    }

    fn fails(text: &str, message: &str) {
        assert_eq!(parse("s", text).unwrap_err().to_string(), message);
    }

    #[test]
    fn every_word_is_read() {
        check("wait 250", Step::Wait(Duration::from_millis(250)));
        check("  move 10 20 ", Step::Play(Gesture::Move(Point { x: 10, y: 20 })));
        check("click", Step::Play(Gesture::Click(Button::Left)));
        check("click right", Step::Play(Gesture::Click(Button::Right)));
        check("drag 1 2 3 4", Step::Play(Gesture::Drag(Point { x: 1, y: 2 }, Point { x: 3, y: 4 })));
        check("press Add one", Step::Press("Add one".into()));
        check("press :paper 3 4", Step::Press(":paper 3 4".into()));
        check("see 41", Step::See("41".into()));
        check("scroll -2", Step::Play(Gesture::Scroll(-2)));
        let keys = ["ctrl", "a"].map(|name| Key::named(name).unwrap()).to_vec();
        check("key ctrl+a", Step::Play(Gesture::Keys(keys)));
        check("type # +1", Step::Play(Gesture::Type("# +1".chars().filter_map(Stroke::typing).collect())));
        check("lisp (+ 1  2)", Step::Lisp("(+ 1  2)".into()));
        check("expect a  b", Step::Expect("a  b".into()));
        check("shot out.png", Step::Shot("out.png".into()));
        check("golden paint", Step::Golden("paint".into()));
        assert_eq!(parse("s", "\n# a comment\n\n"), Ok(Vec::new()));
    }

    #[test]
    fn mistakes_have_their_place_and_a_hint() {
        fails("wait 1\n\nclik", "s:3: unknown word `clik`; did you mean `click`?");
        fails("move 1", "s:1: expected `move X Y`, got `move 1`");
        fails("move 1 -2", "s:1: expected `move X Y`, got `move 1 -2`");
        fails("wait long", "s:1: expected `wait MS`, got `wait long`");
        fails("lisp", "s:1: expected `lisp EXPR`, got `lisp`");
        fails("click middel", "s:1: unknown button `middel`; known are left, right");
        fails("key contrl+a", "s:1: unknown key `contrl`; did you mean `ctrl`?");
        fails("key A", "s:1: no key types `A` by itself");
        fails("type ä", "s:1: cannot type `ä` on a US keyboard");
    }
}
