//! Gestures of a user, as the events of a tablet and a keyboard.
//!
//! Enter at [`Gesture::batches`]. A batch is what the device reports at one moment; the player waits for the
//! guest between batches, so that no queue overflows and every intermediate state is painted.

use crate::machine::Size;
use halt_host::halt_system::InputEvent;
use halt_host::halt_system::pc_keyboard::{KeyCode, KeyState};
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

/// A key, by its place on a US keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(KeyCode);

/// A key that types a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stroke {
    key: Key,
    has_shift: bool,
}

/// Names of keys that are not characters.
const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Return),
    ("return", KeyCode::Return),
    ("escape", KeyCode::Escape),
    ("esc", KeyCode::Escape),
    ("tab", KeyCode::Tab),
    ("space", KeyCode::Spacebar),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("up", KeyCode::ArrowUp),
    ("down", KeyCode::ArrowDown),
    ("left", KeyCode::ArrowLeft),
    ("right", KeyCode::ArrowRight),
    ("shift", KeyCode::LShift),
    ("ctrl", KeyCode::LControl),
    ("alt", KeyCode::LAlt),
    ("altgr", KeyCode::RAltGr),
    ("super", KeyCode::LWin),
    ("menu", KeyCode::Apps),
    ("capslock", KeyCode::CapsLock),
    ("f1", KeyCode::F1),
    ("f2", KeyCode::F2),
    ("f3", KeyCode::F3),
    ("f4", KeyCode::F4),
    ("f5", KeyCode::F5),
    ("f6", KeyCode::F6),
    ("f7", KeyCode::F7),
    ("f8", KeyCode::F8),
    ("f9", KeyCode::F9),
    ("f10", KeyCode::F10),
    ("f11", KeyCode::F11),
    ("f12", KeyCode::F12),
];

/// The characters of a US keyboard, key by key: plain, with shift.
const CHARACTERS: &[(KeyCode, char, char)] = &[
    (KeyCode::A, 'a', 'A'),
    (KeyCode::B, 'b', 'B'),
    (KeyCode::C, 'c', 'C'),
    (KeyCode::D, 'd', 'D'),
    (KeyCode::E, 'e', 'E'),
    (KeyCode::F, 'f', 'F'),
    (KeyCode::G, 'g', 'G'),
    (KeyCode::H, 'h', 'H'),
    (KeyCode::I, 'i', 'I'),
    (KeyCode::J, 'j', 'J'),
    (KeyCode::K, 'k', 'K'),
    (KeyCode::L, 'l', 'L'),
    (KeyCode::M, 'm', 'M'),
    (KeyCode::N, 'n', 'N'),
    (KeyCode::O, 'o', 'O'),
    (KeyCode::P, 'p', 'P'),
    (KeyCode::Q, 'q', 'Q'),
    (KeyCode::R, 'r', 'R'),
    (KeyCode::S, 's', 'S'),
    (KeyCode::T, 't', 'T'),
    (KeyCode::U, 'u', 'U'),
    (KeyCode::V, 'v', 'V'),
    (KeyCode::W, 'w', 'W'),
    (KeyCode::X, 'x', 'X'),
    (KeyCode::Y, 'y', 'Y'),
    (KeyCode::Z, 'z', 'Z'),
    (KeyCode::Key1, '1', '!'),
    (KeyCode::Key2, '2', '@'),
    (KeyCode::Key3, '3', '#'),
    (KeyCode::Key4, '4', '$'),
    (KeyCode::Key5, '5', '%'),
    (KeyCode::Key6, '6', '^'),
    (KeyCode::Key7, '7', '&'),
    (KeyCode::Key8, '8', '*'),
    (KeyCode::Key9, '9', '('),
    (KeyCode::Key0, '0', ')'),
    (KeyCode::OemMinus, '-', '_'),
    (KeyCode::OemPlus, '=', '+'),
    (KeyCode::Oem4, '[', '{'),
    (KeyCode::Oem6, ']', '}'),
    (KeyCode::Oem7, '\\', '|'),
    (KeyCode::Oem1, ';', ':'),
    (KeyCode::Oem3, '\'', '"'),
    (KeyCode::Oem8, '`', '~'),
    (KeyCode::OemComma, ',', '<'),
    (KeyCode::OemPeriod, '.', '>'),
    (KeyCode::Oem2, '/', '?'),
    (KeyCode::Spacebar, ' ', ' '),
    (KeyCode::Tab, '\t', '\t'),
    (KeyCode::Return, '\n', '\n'),
];

/// QEMU's names for the keys (its "qcodes").
const QCODES: &[(KeyCode, &str)] = &[
    (KeyCode::Return, "ret"),
    (KeyCode::Escape, "esc"),
    (KeyCode::Tab, "tab"),
    (KeyCode::Spacebar, "spc"),
    (KeyCode::Backspace, "backspace"),
    (KeyCode::Delete, "delete"),
    (KeyCode::Insert, "insert"),
    (KeyCode::Home, "home"),
    (KeyCode::End, "end"),
    (KeyCode::PageUp, "pgup"),
    (KeyCode::PageDown, "pgdn"),
    (KeyCode::ArrowUp, "up"),
    (KeyCode::ArrowDown, "down"),
    (KeyCode::ArrowLeft, "left"),
    (KeyCode::ArrowRight, "right"),
    (KeyCode::LShift, "shift"),
    (KeyCode::LControl, "ctrl"),
    (KeyCode::LAlt, "alt"),
    (KeyCode::RAltGr, "alt_r"),
    (KeyCode::LWin, "meta_l"),
    (KeyCode::Apps, "compose"),
    (KeyCode::CapsLock, "caps_lock"),
    (KeyCode::F1, "f1"),
    (KeyCode::F2, "f2"),
    (KeyCode::F3, "f3"),
    (KeyCode::F4, "f4"),
    (KeyCode::F5, "f5"),
    (KeyCode::F6, "f6"),
    (KeyCode::F7, "f7"),
    (KeyCode::F8, "f8"),
    (KeyCode::F9, "f9"),
    (KeyCode::F10, "f10"),
    (KeyCode::F11, "f11"),
    (KeyCode::F12, "f12"),
    (KeyCode::A, "a"),
    (KeyCode::B, "b"),
    (KeyCode::C, "c"),
    (KeyCode::D, "d"),
    (KeyCode::E, "e"),
    (KeyCode::F, "f"),
    (KeyCode::G, "g"),
    (KeyCode::H, "h"),
    (KeyCode::I, "i"),
    (KeyCode::J, "j"),
    (KeyCode::K, "k"),
    (KeyCode::L, "l"),
    (KeyCode::M, "m"),
    (KeyCode::N, "n"),
    (KeyCode::O, "o"),
    (KeyCode::P, "p"),
    (KeyCode::Q, "q"),
    (KeyCode::R, "r"),
    (KeyCode::S, "s"),
    (KeyCode::T, "t"),
    (KeyCode::U, "u"),
    (KeyCode::V, "v"),
    (KeyCode::W, "w"),
    (KeyCode::X, "x"),
    (KeyCode::Y, "y"),
    (KeyCode::Z, "z"),
    (KeyCode::Key1, "1"),
    (KeyCode::Key2, "2"),
    (KeyCode::Key3, "3"),
    (KeyCode::Key4, "4"),
    (KeyCode::Key5, "5"),
    (KeyCode::Key6, "6"),
    (KeyCode::Key7, "7"),
    (KeyCode::Key8, "8"),
    (KeyCode::Key9, "9"),
    (KeyCode::Key0, "0"),
    (KeyCode::OemMinus, "minus"),
    (KeyCode::OemPlus, "equal"),
    (KeyCode::Oem4, "bracket_left"),
    (KeyCode::Oem6, "bracket_right"),
    (KeyCode::Oem7, "backslash"),
    (KeyCode::Oem1, "semicolon"),
    (KeyCode::Oem3, "apostrophe"),
    (KeyCode::Oem8, "grave_accent"),
    (KeyCode::OemComma, "comma"),
    (KeyCode::OemPeriod, "dot"),
    (KeyCode::Oem2, "slash"),
];

const SHIFT: Key = Key(KeyCode::LShift);
/// How many places a drag visits on its way.
const DRAG_STEPS: u32 = 8;
/// How many characters go into the guest's queues at once: the smallest (PS/2) holds 16 bytes.
const STROKES_AT_ONCE: usize = 2;

impl Key {
    /// Returns the key of this name: a word, or a character that it types without shift.
    pub fn named(name: &str) -> Option<Self> {
        let word = NAMED.iter().find(|(word, _)| *word == name).map(|(_, code)| Key(*code));
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

    fn event(self, is_down: bool) -> InputEvent {
        InputEvent::Key { code: self.0, state: if is_down { KeyState::Down } else { KeyState::Up } }
    }
}

impl Stroke {
    /// Returns how a US keyboard types this character, where it can.
    pub fn typing(character: char) -> Option<Self> {
        CHARACTERS.iter().find_map(|(code, plain, shifted)| {
            let is_on_it = *plain == character || *shifted == character;
            is_on_it.then_some(Self { key: Key(*code), has_shift: *plain != character })
        })
    }

    fn events(self) -> Vec<InputEvent> {
        let press = [self.key.event(true), self.key.event(false)];
        match self.has_shift {
            true => [SHIFT.event(true)].into_iter().chain(press).chain([SHIFT.event(false)]).collect(),
            false => press.into(),
        }
    }
}

impl Button {
    pub(crate) fn event(self, is_down: bool) -> InputEvent {
        let button = match self {
            Button::Left => 0,
            Button::Right => 1,
        };
        InputEvent::Button { button, down: is_down }
    }
}

impl Point {
    /// The tablet's report of being at the middle of this pixel. Both axes run from 0 to 32767.
    fn event(self, size: Size) -> InputEvent {
        let place = |at: u32, count: u32| {
            let at = u64::from(at.min(count.saturating_sub(1)));
            ((2 * at + 1) * 32768 / (2 * u64::from(count.max(1)))).min(32767) as u16
        };
        InputEvent::PointerAbsolute { x: place(self.x, size.width), y: place(self.y, size.height) }
    }
}

impl Gesture {
    /// Returns the events of a gesture on a screen of this size.
    pub fn batches(&self, size: Size) -> Vec<Vec<InputEvent>> {
        match self {
            Gesture::Move(to) => vec![vec![to.event(size)]],
            Gesture::Click(button) => vec![vec![button.event(true)], vec![button.event(false)]],
            Gesture::Drag(from, to) => {
                let on_the_way = |step: u32| {
                    let part = |a: u32, b: u32| (a * (DRAG_STEPS - step) + b * step) / DRAG_STEPS;
                    Point { x: part(from.x, to.x), y: part(from.y, to.y) }
                };
                let mut batches = vec![vec![from.event(size)], vec![Button::Left.event(true)]];
                batches.extend((1..=DRAG_STEPS).map(|step| vec![on_the_way(step).event(size)]));
                batches.push(vec![Button::Left.event(false)]);
                batches
            }
            Gesture::Scroll(notches) => {
                let notch = || vec![InputEvent::Wheel { notches: notches.signum() }];
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

/// Returns what QEMU's `input-send-event` takes for an event.
pub fn qemu_events(event: &InputEvent) -> Vec<Value> {
    let button =
        |name: &str, is_down: bool| json!({ "type": "btn", "data": { "down": is_down, "button": name } });
    match *event {
        InputEvent::PointerAbsolute { x, y } => {
            let axis =
                |name: &str, value: u16| json!({ "type": "abs", "data": { "axis": name, "value": value } });
            vec![axis("x", x), axis("y", y)]
        }
        InputEvent::PointerRelative { dx, dy } => {
            let axis =
                |name: &str, value: i32| json!({ "type": "rel", "data": { "axis": name, "value": value } });
            vec![axis("x", dx), axis("y", dy)]
        }
        InputEvent::Button { button: number, down } => {
            let names = ["left", "right", "middle"];
            names.get(usize::from(number)).map(|name| button(name, down)).into_iter().collect()
        }
        InputEvent::Wheel { notches } => {
            let name = if notches > 0 { "wheel-up" } else { "wheel-down" };
            (0..notches.unsigned_abs()).flat_map(|_| [button(name, true), button(name, false)]).collect()
        }
        InputEvent::Key { code, state } => {
            let name = QCODES.iter().find(|(key, _)| *key == code).map(|(_, name)| name);
            let key = |is_down: bool| {
                name.map(|name| {
                    let key = json!({ "type": "qcode", "data": name });
                    json!({ "type": "key", "data": { "down": is_down, "key": key } })
                })
            };
            match state {
                KeyState::Down => key(true).into_iter().collect(),
                KeyState::Up => key(false).into_iter().collect(),
                KeyState::SingleShot => key(true).into_iter().chain(key(false)).collect(),
            }
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
                let InputEvent::PointerAbsolute { x: value, .. } = Point { x, y: 0 }.event(size) else {
                    panic!("a point is a place");
                };
                let (value, width) = (u64::from(value), u64::from(size.width));
                assert_eq!(value * width / 32768, u64::from(x));
                assert_eq!((value as f64 * (width - 1) as f64 / 32767.0).round() as u32, x);
            }
        }
        let outside = Point { x: 5000, y: 0 }.event(SIZE);
        assert_eq!(outside, Point { x: 1279, y: 0 }.event(SIZE));
    }

    #[test]
    fn qemu_knows_every_key_and_every_event() {
        let codes = NAMED.iter().map(|(_, code)| code).chain(CHARACTERS.iter().map(|(code, ..)| code));
        for code in codes {
            let down = qemu_events(&Key(*code).event(true));
            assert_eq!(down.len(), 1, "{code:?}");
            assert_eq!(down[0]["data"]["down"], true);
        }
        assert_eq!(qemu_events(&Key(KeyCode::Return).event(false))[0]["data"]["key"]["data"], "ret");
        assert_eq!(qemu_events(&Button::Right.event(true))[0]["data"]["button"], "right");
        assert_eq!(qemu_events(&Point { x: 0, y: 0 }.event(SIZE)).len(), 2);
        let scrolled: Vec<_> = Gesture::Scroll(-1).batches(SIZE)[0].iter().flat_map(qemu_events).collect();
        assert_eq!(scrolled.len(), 2);
        assert_eq!(scrolled[0]["data"]["button"], "wheel-down");
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
        assert_eq!(Key::named("enter"), Some(Key(KeyCode::Return)));
        assert_eq!(Key::named("a"), Some(Key(KeyCode::A)));
        assert_eq!(Key::named("-"), Some(Key(KeyCode::OemMinus)));
        for name in ["A", "", "ab", "entre"] {
            assert_eq!(Key::named(name), None, "{name}");
        }
    }

    #[test]
    fn keys_are_released_in_reverse() {
        let (ctrl, c) = (Key(KeyCode::LControl), Key(KeyCode::C));
        let keys = Gesture::Keys(vec![ctrl, c]).batches(SIZE);
        assert_eq!(keys[0], [ctrl.event(true), c.event(true)]);
        assert_eq!(keys[1], [c.event(false), ctrl.event(false)]);
    }

    #[test]
    fn drags_end_where_they_should() {
        let (from, to) = (Point { x: 300, y: 200 }, Point { x: 100, y: 250 });
        let batches = Gesture::Drag(from, to).batches(SIZE);
        assert_eq!(batches[0], [from.event(SIZE)]);
        assert_eq!(batches[batches.len() - 2], [to.event(SIZE)]);
        assert_eq!(batches.len(), 3 + DRAG_STEPS as usize);
        assert_eq!(Gesture::Scroll(-3).batches(SIZE).len(), 3);
    }
}
