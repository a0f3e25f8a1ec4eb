//! Input routing: raw events become the pointer's place, messages to the shell, and nothing is lost.
//!
//! Enter at [`SystemCore::route_input`]. The pointer moves here, natively, in the same turn that takes the
//! event: no program, however slow, makes it lag. Moves are coalesced, buttons and keys never.

use crate::platform::InputEvent;
use crate::{SystemConfig, SystemCore};
use core::sync::atomic::Ordering;
use halt_heap::{OutOfMemory, Published, Scope, Value};
use pc_keyboard::layouts::{AnyLayout, Us104Key};
use pc_keyboard::{DecodedKey, EventDecoder, HandleControl, KeyCode, KeyEvent, KeyState};

/// What the router remembers between events.
pub(crate) struct Router {
    x: i32,
    y: i32,
    width: i32,
    height: i32,
    held: Modifiers,
    /// How many buttons of the pointer are down.
    buttons: u8,
    /// How far the pointer goes, in percent of how far a mouse says; what is left over of a pixel, in hundredths.
    speed: i32,
    rest: (i32, i32),
    /// The least time between two presses of a key that is held, or none: such a one counts once.
    repeat_us: Option<u64>,
    /// The key that was pressed last and is held since, and when that counted last.
    held_key: Option<(KeyCode, u64)>,
    /// The Super key went down and nothing else since.
    lone_super: bool,
    decoder: EventDecoder<AnyLayout>,
}

impl Router {
    pub(crate) fn new(config: &SystemConfig) -> Router {
        let (width, height) = (config.width as i32, config.height as i32);
        Router {
            x: width / 2,
            y: height / 2,
            width,
            height,
            held: Modifiers::default(),
            buttons: 0,
            speed: 100,
            rest: (0, 0),
            repeat_us: Some(0),
            held_key: None,
            lone_super: false,
            decoder: EventDecoder::new(AnyLayout::Us104Key(Us104Key), HandleControl::Ignore),
        }
    }

    /// Moves the pointer as far as a mouse says, at the speed chosen.
    fn move_by(&mut self, dx: i32, dy: i32) {
        let step = |by: i32, rest: &mut i32, speed: i32| {
            let all = by.saturating_mul(speed).saturating_add(*rest);
            *rest = all % 100;
            all / 100
        };
        let dx = step(dx, &mut self.rest.0, self.speed);
        let dy = step(dy, &mut self.rest.1, self.speed);
        self.move_to(self.x.saturating_add(dx), self.y.saturating_add(dy));
    }

    /// Whether a press of a key counts: one that is held counts as often as was chosen.
    fn counts(&mut self, code: KeyCode, at_us: u64) -> bool {
        let counts = match (self.held_key, self.repeat_us) {
            (Some((held, last_us)), Some(least_us)) if held == code => {
                at_us.saturating_sub(last_us) >= least_us
            }
            (Some((held, _)), None) if held == code => false,
            _ => true,
        };
        if counts {
            self.held_key = Some((code, at_us));
        }
        counts
    }

    /// Chooses the speed of a mouse in percent, and how often a key that is held counts.
    pub(crate) fn set_hands(&mut self, speed: i32, repeat_us: Option<u64>) {
        (self.speed, self.repeat_us) = (speed, repeat_us);
    }

    fn move_to(&mut self, x: i32, y: i32) {
        self.x = x.clamp(0, self.width - 1);
        self.y = y.clamp(0, self.height - 1);
    }
}

/// The modifier keys that are down.
#[derive(Clone, Copy, Default)]
struct Modifiers {
    shift: bool,
    ctrl: bool,
    alt: bool,
    /// The Super, Windows or Command key.
    super_key: bool,
}

impl Modifiers {
    /// Their entries in a message to the shell.
    fn entries<'s>(self, s: Scope<'s>) -> [(Value<'s>, Value<'s>); 4] {
        [("shift", self.shift), ("ctrl", self.ctrl), ("alt", self.alt), ("super", self.super_key)]
            .map(|(name, is_down)| (s.keyword(name), Value::bool(is_down)))
    }
}

/// A message to the shell, before it becomes a value.
struct Key {
    kind: &'static str,
    name: &'static str,
    text: Option<char>,
    at_us: u64,
    held: Modifiers,
}

impl SystemCore {
    /// Handles what came in. Returns whether there was anything.
    pub(crate) fn route_input(&self, core: usize) -> bool {
        if self.input.is_empty() {
            return false;
        }
        let Some(mut router) = self.router.try_lock() else { return false };
        let mut moved_since: Option<u64> = None;
        let mut any = false;
        while let Some((at_us, event)) = self.input.pop() {
            any = true;
            match event {
                InputEvent::PointerAbsolute { x, y } => {
                    let (width, height) = (router.width, router.height);
                    router.move_to(x as i32 * width / 32768, y as i32 * height / 32768);
                    moved_since.get_or_insert(at_us);
                }
                InputEvent::PointerRelative { dx, dy } => {
                    router.move_by(dx, dy);
                    moved_since.get_or_insert(at_us);
                }
                InputEvent::Button { button, down } => {
                    self.flush_move(core, &router, &mut moved_since);
                    // Super was held for the pointer.
                    router.lone_super = false;
                    router.buttons = if down {
                        router.buttons.saturating_add(1)
                    } else {
                        router.buttons.saturating_sub(1)
                    };
                    self.send_button(core, &router, at_us, button, down);
                }
                InputEvent::Wheel { notches } => {
                    self.flush_move(core, &router, &mut moved_since);
                    self.send_wheel(core, &router, at_us, notches);
                }
                InputEvent::Key { code, state: KeyState::Up } => {
                    if router.held_key.is_some_and(|(held, _)| held == code) {
                        router.held_key = None;
                    }
                    self.key(core, &mut router, at_us, code, KeyState::Up);
                }
                InputEvent::Key { code, state } => {
                    if router.counts(code, at_us) {
                        self.key(core, &mut router, at_us, code, state);
                    }
                }
            }
        }
        self.flush_move(core, &router, &mut moved_since);
        any
    }

    fn flush_move(&self, core: usize, router: &Router, since: &mut Option<u64>) {
        let Some(since) = since.take() else { return };
        self.screen.note_pointer_event(since);
        if router.buttons > 0 {
            self.screen.answers.note_event(since);
        }
        let moved = self.core_mutator(core).enter(|s| self.screen.move_pointer(s, router.x, router.y));
        if moved.is_err() {
            self.log("input: the pointer did not move: out of memory");
        }
        self.wake_idle_cores();
        // One move message at a time is under way; the shell asks for the newest place when it gets it.
        if !self.screen.move_is_pending.swap(true, Ordering::AcqRel) {
            let held = router.held;
            let sent = self.send_to_shell(core, |s| {
                let [shift, ctrl, alt, super_key] = held.entries(s);
                let time = (s.keyword("time-us"), s.int(since as i64)?);
                s.map(&[(s.keyword("type"), s.keyword("pointer-move")), time, shift, ctrl, alt, super_key])
            });
            // Nobody will ask for the place: the next move must be told.
            if !sent {
                self.screen.move_is_pending.store(false, Ordering::Release);
            }
        }
    }

    fn send_button(&self, core: usize, router: &Router, at_us: u64, button: u8, down: bool) {
        // The system knows three buttons; others do nothing.
        let names = ["left", "right", "middle"];
        let Some(name) = names.get(button as usize) else { return };
        let ((x, y), held) = (self.screen.under(router.x, router.y), router.held);
        if button == 0 && self.core_mutator(core).enter(|s| self.screen.press(s, down)).is_err() {
            self.log("input: a button is not shown as pressed: out of memory");
        }
        self.send_to_shell(core, |s| {
            let [shift, ctrl, alt, super_key] = held.entries(s);
            s.map(&[
                (s.keyword("type"), s.keyword(if down { "pointer-down" } else { "pointer-up" })),
                (s.keyword("x"), s.int(x as i64)?),
                (s.keyword("y"), s.int(y as i64)?),
                (s.keyword("button"), s.keyword(name)),
                (s.keyword("time-us"), s.int(at_us as i64)?),
                shift,
                ctrl,
                alt,
                super_key,
            ])
        });
    }

    fn send_wheel(&self, core: usize, router: &Router, at_us: u64, notches: i32) {
        let ((x, y), held) = (self.screen.under(router.x, router.y), router.held);
        self.send_to_shell(core, |s| {
            let [shift, ctrl, alt, super_key] = held.entries(s);
            s.map(&[
                (s.keyword("type"), s.keyword("wheel")),
                (s.keyword("x"), s.int(x as i64)?),
                (s.keyword("y"), s.int(y as i64)?),
                (s.keyword("notches"), s.int(notches as i64)?),
                (s.keyword("time-us"), s.int(at_us as i64)?),
                shift,
                ctrl,
                alt,
                super_key,
            ])
        });
    }

    fn key(&self, core: usize, router: &mut Router, at_us: u64, code: KeyCode, state: KeyState) {
        let down = state != KeyState::Up;
        let is_super = matches!(code, KeyCode::LWin | KeyCode::RWin);
        match code {
            KeyCode::LAlt | KeyCode::RAltGr => router.held.alt = down,
            KeyCode::LShift | KeyCode::RShift => router.held.shift = down,
            KeyCode::LControl | KeyCode::RControl => router.held.ctrl = down,
            KeyCode::LWin | KeyCode::RWin => router.held.super_key = down,
            _ => {}
        }
        let text = match router.decoder.process_keyevent(KeyEvent::new(code, state)) {
            Some(DecodedKey::Unicode(c)) if !c.is_control() => Some(c),
            _ => None,
        };
        // Super alone acts when it is released, so that it can also be held with other keys.
        let acts = if is_super { !down && router.lone_super } else { down };
        router.lone_super = is_super && down;
        let key = match code {
            // Whoever steps through windows with Alt held has chosen when it is let go.
            KeyCode::LAlt if !down => {
                Key { kind: "key-up", name: "alt", text: None, at_us, held: router.held }
            }
            _ if acts => {
                let Some(name) = key_name(code) else { return };
                Key { kind: "key", name, text, at_us, held: router.held }
            }
            _ => return,
        };
        self.screen.answers.note_event(at_us);
        self.send_to_shell(core, |s| key_message(s, &key));
    }

    /// Builds a message and sends it to the shell, if there is one yet. Returns whether it was sent.
    fn send_to_shell(
        &self,
        core: usize,
        build: impl for<'s> FnOnce(Scope<'s>) -> Result<Value<'s>, OutOfMemory>,
    ) -> bool {
        let shell = self.shell.load(Ordering::Acquire);
        if shell == 0 {
            return false;
        }
        let message: Result<Published, OutOfMemory> =
            self.core_mutator(core).enter(|s| build(s).and_then(|message| s.publish(message)));
        match message {
            Ok(message) => self.send(shell, message),
            Err(OutOfMemory) => {
                self.log("input: an event was lost: out of memory");
                false
            }
        }
    }
}

fn key_message<'s>(s: Scope<'s>, key: &Key) -> Result<Value<'s>, OutOfMemory> {
    let text = match key.text {
        Some(c) => s.string(c.encode_utf8(&mut [0; 4]))?,
        None => Value::NIL,
    };
    let [shift, ctrl, alt, super_key] = key.held.entries(s);
    s.map(&[
        (s.keyword("type"), s.keyword(key.kind)),
        (s.keyword("key"), s.keyword(key.name)),
        (s.keyword("text"), text),
        (s.keyword("time-us"), s.int(key.at_us as i64)?),
        shift,
        ctrl,
        alt,
        super_key,
    ])
}

/// The name of a key by its place on a US keyboard; `None` for keys that only modify.
fn key_name(code: KeyCode) -> Option<&'static str> {
    use KeyCode::*;
    Some(match code {
        Escape => "escape",
        F1 => "f1",
        F2 => "f2",
        F3 => "f3",
        F4 => "f4",
        F5 => "f5",
        F6 => "f6",
        F7 => "f7",
        F8 => "f8",
        F9 => "f9",
        F10 => "f10",
        F11 => "f11",
        F12 => "f12",
        Return | NumpadEnter => "enter",
        Spacebar => "space",
        Tab => "tab",
        Backspace => "backspace",
        Delete => "delete",
        Insert => "insert",
        Home => "home",
        End => "end",
        PageUp => "page-up",
        PageDown => "page-down",
        ArrowLeft => "left",
        ArrowRight => "right",
        ArrowUp => "up",
        ArrowDown => "down",
        LWin | RWin => "super",
        Apps => "menu",
        PrintScreen | SysRq => "print",
        Key0 => "0",
        Key1 => "1",
        Key2 => "2",
        Key3 => "3",
        Key4 => "4",
        Key5 => "5",
        Key6 => "6",
        Key7 => "7",
        Key8 => "8",
        Key9 => "9",
        OemMinus => "minus",
        OemPlus => "plus",
        Oem4 => "left-bracket",
        Oem6 => "right-bracket",
        Oem2 => "slash",
        LAlt | RAltGr | LShift | RShift | LControl | RControl | CapsLock | NumpadLock | ScrollLock => {
            return None;
        }
        A => "a",
        B => "b",
        C => "c",
        D => "d",
        E => "e",
        F => "f",
        G => "g",
        H => "h",
        I => "i",
        J => "j",
        K => "k",
        L => "l",
        M => "m",
        N => "n",
        O => "o",
        P => "p",
        Q => "q",
        R => "r",
        S => "s",
        T => "t",
        U => "u",
        V => "v",
        W => "w",
        X => "x",
        Y => "y",
        Z => "z",
        _ => "other",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn every_letter_has_its_name() {
        let names: Vec<&str> =
            [KeyCode::A, KeyCode::M, KeyCode::Z].into_iter().filter_map(key_name).collect();
        assert_eq!(names, ["a", "m", "z"]);
        assert_eq!(key_name(KeyCode::LShift), None);
    }

    fn router() -> Router {
        Router::new(&SystemConfig { width: 1000, height: 500, ..SystemConfig::default() })
    }

    #[test]
    fn a_mouse_is_as_quick_as_was_chosen_and_loses_no_part_of_a_pixel() {
        let mut router = router();
        let (x, y) = (router.x, router.y);
        router.move_by(10, -10);
        assert_eq!((router.x - x, router.y - y), (10, -10));
        router.set_hands(50, Some(0));
        (0..3).for_each(|_| router.move_by(1, -1));
        assert_eq!((router.x - x, router.y - y), (11, -11));
        router.move_by(1, -1);
        assert_eq!((router.x - x, router.y - y), (12, -12));
        router.set_hands(200, Some(0));
        router.move_by(5, 5);
        assert_eq!((router.x - x, router.y - y), (22, -2));
    }

    #[test]
    fn a_key_that_is_held_counts_as_often_as_was_chosen() {
        let counted = |repeat_us: Option<u64>| {
            let mut router = router();
            router.set_hands(100, repeat_us);
            (0..10).filter(|turn| router.counts(KeyCode::A, 1_000_000 + turn * 30_000)).count()
        };
        assert_eq!(counted(Some(0)), 10);
        assert_eq!(counted(Some(80_000)), 4);
        assert_eq!(counted(None), 1);
        let mut router = router();
        router.set_hands(100, None);
        assert!(router.counts(KeyCode::A, 1) && router.counts(KeyCode::B, 2) && router.counts(KeyCode::A, 3));
    }

    #[test]
    fn the_pointer_stays_on_the_screen() {
        let mut router = Router::new(&SystemConfig { width: 100, height: 50, ..SystemConfig::default() });
        router.move_to(-5, 70);
        assert_eq!((router.x, router.y), (0, 49));
    }
}
