//! Gestures of a user, as the events of the guest's tablet and keyboard.
//!
//! Enter at [`Gesture::batches`]. A batch is what the device reports at one moment; the player waits for the
//! guest between batches, so that no queue overflows and every intermediate state is painted.

use crate::machine::Size;
use serde_json::{Value, json};

/// What a user does with the pointer or the keyboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// Moves the pointer to a pixel.
    Move(Point),
    /// Presses and releases a button where the pointer is.
    Click(Button),
    /// Moves to the first place, and from there to the second with the left button held.
    Drag(Point, Point),
    /// Turns the wheel by this many notches; positive is up, away from the user.
    Scroll(i32),
    /// Presses these keys together.
    Keys(Vec<Key>),
    /// Types characters.
    Type(Vec<Stroke>),
}

/// A pixel of the guest's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Pixels from the left.
    pub x: u32,
    /// Pixels from the top.
    pub y: u32,
}

/// A button of the pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// The main one.
    Left,
    /// The one for menus.
    Right,
}

/// A key, by QEMU's name for it (its "qcode").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(&'static str);

/// A key that types a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stroke {
    key: Key,
    has_shift: bool,
}

/// Names of keys that are not characters, and QEMU's names for them.
const NAMED: &[(&str, &str)] = &[
    ("enter", "ret"),
    ("return", "ret"),
    ("escape", "esc"),
    ("esc", "esc"),
    ("tab", "tab"),
    ("space", "spc"),
    ("backspace", "backspace"),
    ("delete", "delete"),
    ("insert", "insert"),
    ("home", "home"),
    ("end", "end"),
    ("pageup", "pgup"),
    ("pagedown", "pgdn"),
    ("up", "up"),
    ("down", "down"),
    ("left", "left"),
    ("right", "right"),
    ("shift", "shift"),
    ("ctrl", "ctrl"),
    ("alt", "alt"),
    ("altgr", "alt_r"),
    ("super", "meta_l"),
    ("menu", "compose"),
    ("capslock", "caps_lock"),
    ("f1", "f1"),
    ("f2", "f2"),
    ("f3", "f3"),
    ("f4", "f4"),
    ("f5", "f5"),
    ("f6", "f6"),
    ("f7", "f7"),
    ("f8", "f8"),
    ("f9", "f9"),
    ("f10", "f10"),
    ("f11", "f11"),
    ("f12", "f12"),
];

/// The characters of a US keyboard, key by key: QEMU's name, plain, with shift.
const CHARACTERS: &[(&str, char, char)] = &[
    ("a", 'a', 'A'),
    ("b", 'b', 'B'),
    ("c", 'c', 'C'),
    ("d", 'd', 'D'),
    ("e", 'e', 'E'),
    ("f", 'f', 'F'),
    ("g", 'g', 'G'),
    ("h", 'h', 'H'),
    ("i", 'i', 'I'),
    ("j", 'j', 'J'),
    ("k", 'k', 'K'),
    ("l", 'l', 'L'),
    ("m", 'm', 'M'),
    ("n", 'n', 'N'),
    ("o", 'o', 'O'),
    ("p", 'p', 'P'),
    ("q", 'q', 'Q'),
    ("r", 'r', 'R'),
    ("s", 's', 'S'),
    ("t", 't', 'T'),
    ("u", 'u', 'U'),
    ("v", 'v', 'V'),
    ("w", 'w', 'W'),
    ("x", 'x', 'X'),
    ("y", 'y', 'Y'),
    ("z", 'z', 'Z'),
    ("1", '1', '!'),
    ("2", '2', '@'),
    ("3", '3', '#'),
    ("4", '4', '$'),
    ("5", '5', '%'),
    ("6", '6', '^'),
    ("7", '7', '&'),
    ("8", '8', '*'),
    ("9", '9', '('),
    ("0", '0', ')'),
    ("minus", '-', '_'),
    ("equal", '=', '+'),
    ("bracket_left", '[', '{'),
    ("bracket_right", ']', '}'),
    ("backslash", '\\', '|'),
    ("semicolon", ';', ':'),
    ("apostrophe", '\'', '"'),
    ("grave_accent", '`', '~'),
    ("comma", ',', '<'),
    ("dot", '.', '>'),
    ("slash", '/', '?'),
    ("spc", ' ', ' '),
    ("tab", '\t', '\t'),
    ("ret", '\n', '\n'),
];

const SHIFT: Key = Key("shift");
/// How many places a drag visits on its way.
const DRAG_STEPS: u32 = 8;
/// How many characters go into the guest's queues at once: the smallest (PS/2) holds 16 bytes.
const STROKES_AT_ONCE: usize = 2;

impl Key {
    /// Returns the key of this name: a word, or a character that it types without shift.
    pub fn named(name: &str) -> Option<Self> {
        let word = NAMED.iter().find(|(word, _)| *word == name).map(|(_, code)| Key(code));
        word.or_else(|| {
            let mut characters = name.chars();
            let stroke = Stroke::typing(characters.next()?)?;
            (characters.next().is_none() && !stroke.has_shift).then_some(stroke.key)
        })
    }

    /// The names that are words.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(word, _)| *word)
    }

    fn event(self, is_down: bool) -> Value {
        json!({ "type": "key", "data": { "down": is_down, "key": { "type": "qcode", "data": self.0 } } })
    }
}

impl Stroke {
    /// Returns how a US keyboard types this character, where it can.
    pub fn typing(character: char) -> Option<Self> {
        CHARACTERS.iter().find_map(|(code, plain, shifted)| {
            let is_on_it = *plain == character || *shifted == character;
            is_on_it.then_some(Self { key: Key(code), has_shift: *plain != character })
        })
    }

    fn events(self) -> Vec<Value> {
        let press = [self.key.event(true), self.key.event(false)];
        match self.has_shift {
            true => [SHIFT.event(true)].into_iter().chain(press).chain([SHIFT.event(false)]).collect(),
            false => press.into(),
        }
    }
}

impl Button {
    fn event(self, is_down: bool) -> Value {
        let name = match self {
            Button::Left => "left",
            Button::Right => "right",
        };
        button_event(name, is_down)
    }
}

fn button_event(name: &str, is_down: bool) -> Value {
    json!({ "type": "btn", "data": { "down": is_down, "button": name } })
}

impl Point {
    /// The tablet's report of being at the middle of this pixel. Both axes run from 0 to 32767.
    fn events(self, size: Size) -> Vec<Value> {
        let place = |at: u32, count: u32| {
            let at = u64::from(at.min(count.saturating_sub(1)));
            ((2 * at + 1) * 32768 / (2 * u64::from(count.max(1)))).min(32767)
        };
        let axis =
            |name: &str, value: u64| json!({ "type": "abs", "data": { "axis": name, "value": value } });
        vec![axis("x", place(self.x, size.width)), axis("y", place(self.y, size.height))]
    }
}

impl Gesture {
    /// Returns the events of a gesture on a screen of this size, as QEMU's `input-send-event` takes them.
    pub fn batches(&self, size: Size) -> Vec<Vec<Value>> {
        match self {
            Gesture::Move(to) => vec![to.events(size)],
            Gesture::Click(button) => vec![vec![button.event(true)], vec![button.event(false)]],
            Gesture::Drag(from, to) => {
                let on_the_way = |step: u32| {
                    let part = |a: u32, b: u32| (a * (DRAG_STEPS - step) + b * step) / DRAG_STEPS;
                    Point { x: part(from.x, to.x), y: part(from.y, to.y) }
                };
                let mut batches = vec![from.events(size), vec![Button::Left.event(true)]];
                batches.extend((1..=DRAG_STEPS).map(|step| on_the_way(step).events(size)));
                batches.push(vec![Button::Left.event(false)]);
                batches
            }
            Gesture::Scroll(notches) => {
                let name = if *notches > 0 { "wheel-up" } else { "wheel-down" };
                let notch = || vec![button_event(name, true), button_event(name, false)];
                (0..notches.unsigned_abs()).map(|_| notch()).collect()
            }
            Gesture::Keys(keys) => {
                let down = keys.iter().map(|key| key.event(true)).collect();
                let up = keys.iter().rev().map(|key| key.event(false)).collect();
                vec![down, up]
            }
            Gesture::Type(strokes) => strokes
                .chunks(STROKES_AT_ONCE)
                .map(|some| some.iter().flat_map(|one| one.events()).collect())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 1280, height: 800 };

    #[test]
    fn every_pixel_is_reached_under_either_rounding() {
        for size in [SIZE, Size { width: 1920, height: 1080 }, Size { width: 801, height: 601 }] {
            for x in 0..size.width {
                let value = Point { x, y: 0 }.events(size)[0]["data"]["value"].as_u64().unwrap();
                let width = u64::from(size.width);
                assert_eq!(value * width / 32768, u64::from(x));
                assert_eq!((value as f64 * (width - 1) as f64 / 32767.0).round() as u32, x);
            }
        }
        let outside = Point { x: 5000, y: 0 }.events(SIZE);
        assert_eq!(outside, Point { x: 1279, y: 0 }.events(SIZE));
    }

    #[test]
    fn all_of_ascii_can_be_typed() {
        for character in ' '..='~' {
            assert!(Stroke::typing(character).is_some(), "{character}");
        }
        assert_eq!(Stroke::typing('ä'), None);
        assert_eq!(Stroke::typing('A').unwrap().events().len(), 4);
        assert_eq!(Stroke::typing('a').unwrap().events().len(), 2);
    }

    #[test]
    fn keys_have_names() {
        assert_eq!(Key::named("enter"), Some(Key("ret")));
        assert_eq!(Key::named("a"), Some(Key("a")));
        assert_eq!(Key::named("-"), Some(Key("minus")));
        for name in ["A", "", "ab", "entre"] {
            assert_eq!(Key::named(name), None, "{name}");
        }
    }

    #[test]
    fn keys_are_released_in_reverse() {
        let keys = Gesture::Keys(vec![Key("ctrl"), Key("c")]).batches(SIZE);
        let code = |event: &Value| event["data"]["key"]["data"].as_str().unwrap().to_string();
        assert_eq!(keys[0].iter().map(code).collect::<Vec<_>>(), ["ctrl", "c"]);
        assert_eq!(keys[1].iter().map(code).collect::<Vec<_>>(), ["c", "ctrl"]);
    }

    #[test]
    fn drags_end_where_they_should() {
        let (from, to) = (Point { x: 300, y: 200 }, Point { x: 100, y: 250 });
        let batches = Gesture::Drag(from, to).batches(SIZE);
        assert_eq!(batches[0], from.events(SIZE));
        assert_eq!(batches[batches.len() - 2], to.events(SIZE));
        assert_eq!(batches.len(), 3 + DRAG_STEPS as usize);
        assert_eq!(Gesture::Scroll(-3).batches(SIZE).len(), 3);
    }
}
