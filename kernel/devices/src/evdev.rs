//! Linux's input events, which virtio devices speak, into ours.
//!
//! Enter at [`Decoder::advance`].

use halt_system::InputEvent;
use halt_system::pc_keyboard::{KeyCode, KeyState};

const EV_SYN: u16 = 0;
const EV_KEY: u16 = 1;
const EV_REL: u16 = 2;
/// The kind of events of absolute axes.
pub const EV_ABS: u16 = 3;
const AXIS_X: u16 = 0;
const AXIS_Y: u16 = 1;
const REL_WHEEL: u16 = 8;
const BTN_LEFT: u16 = 0x110;
const BTN_MIDDLE: u16 = 0x112;
const BTN_GEAR_DOWN: u16 = 0x150;
const BTN_GEAR_UP: u16 = 0x151;

/// A device's events under way: those of a pointer come in pieces and count at the next report's end.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    ranges: [(u32, u32); 2],
    place: [u16; 2],
    moved_to: bool,
    moved_by: [i32; 2],
}

impl Decoder {
    /// Makes a decoder for axes of these ranges.
    pub fn new(x: (u32, u32), y: (u32, u32)) -> Decoder {
        Decoder { ranges: [x, y], place: [0; 2], moved_to: false, moved_by: [0; 2] }
    }

    /// Takes one event and pushes what follows from it.
    pub fn advance(&mut self, kind: u16, code: u16, value: i32, push: &mut impl FnMut(InputEvent)) {
        match (kind, code) {
            (EV_ABS, AXIS_X | AXIS_Y) => {
                let axis = usize::from(code);
                self.place[axis] = scale(value, self.ranges[axis]);
                self.moved_to = true;
            }
            (EV_REL, AXIS_X | AXIS_Y) => self.moved_by[usize::from(code)] += value,
            (EV_REL, REL_WHEEL) if value != 0 => self.then(push, InputEvent::Wheel { notches: value }),
            (EV_KEY, BTN_LEFT..=BTN_MIDDLE) => {
                let button = (code - BTN_LEFT) as u8;
                self.then(push, InputEvent::Button { button, down: value != 0 });
            }
            (EV_KEY, BTN_GEAR_UP) if value != 0 => self.then(push, InputEvent::Wheel { notches: 1 }),
            (EV_KEY, BTN_GEAR_DOWN) if value != 0 => self.then(push, InputEvent::Wheel { notches: -1 }),
            (EV_KEY, _) => {
                if let Some(code) = key(code) {
                    // 2 is a repeat, which is another press.
                    let state = if value == 0 { KeyState::Up } else { KeyState::Down };
                    self.then(push, InputEvent::Key { code, state });
                }
            }
            (EV_SYN, _) => self.settle(push),
            _ => {}
        }
    }

    /// Pushes an event after the movement that came before it.
    fn then(&mut self, push: &mut impl FnMut(InputEvent), event: InputEvent) {
        self.settle(push);
        push(event);
    }

    fn settle(&mut self, push: &mut impl FnMut(InputEvent)) {
        if core::mem::take(&mut self.moved_to) {
            push(InputEvent::PointerAbsolute { x: self.place[0], y: self.place[1] });
        }
        let [dx, dy] = core::mem::take(&mut self.moved_by);
        if (dx, dy) != (0, 0) {
            push(InputEvent::PointerRelative { dx, dy });
        }
    }
}

/// Brings an axis value to `0..=32767`.
fn scale(value: i32, (low, high): (u32, u32)) -> u16 {
    let span = u64::from(high.saturating_sub(low).max(1));
    let at = u64::from(value.max(0).cast_unsigned().saturating_sub(low)).min(span);
    (at * 32767 / span) as u16
}

/// The key of a Linux key code, by place on the keyboard.
fn key(code: u16) -> Option<KeyCode> {
    use KeyCode::*;
    const KEYS: [KeyCode; 89] = [
        Unknown,
        Escape,
        Key1,
        Key2,
        Key3,
        Key4,
        Key5,
        Key6,
        Key7,
        Key8,
        Key9,
        Key0,
        OemMinus,
        OemPlus,
        Backspace,
        Tab,
        Q,
        W,
        E,
        R,
        T,
        Y,
        U,
        I,
        O,
        P,
        Oem4,
        Oem6,
        Return,
        LControl,
        A,
        S,
        D,
        F,
        G,
        H,
        J,
        K,
        L,
        Oem1,
        Oem3,
        Oem8,
        LShift,
        Oem7,
        Z,
        X,
        C,
        V,
        B,
        N,
        M,
        OemComma,
        OemPeriod,
        Oem2,
        RShift,
        NumpadMultiply,
        LAlt,
        Spacebar,
        CapsLock,
        F1,
        F2,
        F3,
        F4,
        F5,
        F6,
        F7,
        F8,
        F9,
        F10,
        NumpadLock,
        ScrollLock,
        Numpad7,
        Numpad8,
        Numpad9,
        NumpadSubtract,
        Numpad4,
        Numpad5,
        Numpad6,
        NumpadAdd,
        Numpad1,
        Numpad2,
        Numpad3,
        Numpad0,
        NumpadPeriod,
        Unknown,
        Unknown,
        Oem5,
        F11,
        F12,
    ];
    let key = match code {
        96 => NumpadEnter,
        97 => RControl,
        98 => NumpadDivide,
        99 => SysRq,
        100 => RAltGr,
        102 => Home,
        103 => ArrowUp,
        104 => PageUp,
        105 => ArrowLeft,
        106 => ArrowRight,
        107 => End,
        108 => ArrowDown,
        109 => PageDown,
        110 => Insert,
        111 => Delete,
        113 => Mute,
        114 => VolumeDown,
        115 => VolumeUp,
        119 => PauseBreak,
        125 => LWin,
        126 => RWin,
        127 => Apps,
        _ => *KEYS.get(usize::from(code))?,
    };
    (key != Unknown).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Checks what a device's `(kind, code, value)` events become.
    fn check(events: &[(u16, u16, i32)], expected: &[InputEvent]) {
        let mut decoder = Decoder::new((0, 32767), (0, 999));
        let mut found = Vec::new();
        for (kind, code, value) in events {
            decoder.advance(*kind, *code, *value, &mut |event| found.push(event));
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn a_place_counts_when_the_report_ends() {
        let place = InputEvent::PointerAbsolute { x: 7, y: 32767 };
        check(&[(EV_ABS, 0, 7), (EV_ABS, 1, 999)], &[]);
        check(&[(EV_ABS, 0, 7), (EV_ABS, 1, 999), (EV_SYN, 0, 0)], &[place]);
        check(&[(EV_ABS, 0, 7), (EV_ABS, 1, 5000), (EV_SYN, 0, 0), (EV_SYN, 0, 0)], &[place]);
    }

    #[test]
    fn a_button_comes_after_the_place_it_was_pressed_at() {
        let place = InputEvent::PointerAbsolute { x: 3, y: 0 };
        let down = InputEvent::Button { button: 0, down: true };
        check(&[(EV_ABS, 0, 3), (EV_KEY, BTN_LEFT, 1), (EV_SYN, 0, 0)], &[place, down]);
        let up = InputEvent::Button { button: 2, down: false };
        check(&[(EV_KEY, BTN_MIDDLE, 0), (EV_SYN, 0, 0)], &[up]);
    }

    #[test]
    fn movements_add_up_within_a_report() {
        let moved = InputEvent::PointerRelative { dx: 4, dy: -1 };
        check(&[(EV_REL, 0, 3), (EV_REL, 1, -1), (EV_REL, 0, 1), (EV_SYN, 0, 0), (EV_SYN, 0, 0)], &[moved]);
    }

    #[test]
    fn wheels_turn_as_an_axis_and_as_buttons() {
        let (up, down) = (InputEvent::Wheel { notches: 1 }, InputEvent::Wheel { notches: -1 });
        check(&[(EV_REL, REL_WHEEL, 1), (EV_REL, REL_WHEEL, -1), (EV_REL, REL_WHEEL, 0)], &[up, down]);
        check(&[(EV_KEY, BTN_GEAR_UP, 1), (EV_KEY, BTN_GEAR_UP, 0), (EV_KEY, BTN_GEAR_DOWN, 1)], &[up, down]);
    }

    #[test]
    fn keys_are_named_by_place_and_repeats_are_presses() {
        use KeyCode::*;
        let key = |code, state| InputEvent::Key { code, state };
        let (down, up) = (KeyState::Down, KeyState::Up);
        check(
            &[(EV_KEY, 30, 1), (EV_KEY, 30, 2), (EV_KEY, 30, 0)],
            &[key(A, down), key(A, down), key(A, up)],
        );
        for (code, name) in
            [(1, Escape), (28, Return), (41, Oem8), (57, Spacebar), (59, F1), (68, F10), (83, NumpadPeriod)]
        {
            check(&[(EV_KEY, code, 1)], &[key(name, down)]);
        }
        for (code, name) in
            [(86, Oem5), (87, F11), (88, F12), (96, NumpadEnter), (103, ArrowUp), (111, Delete), (125, LWin)]
        {
            check(&[(EV_KEY, code, 1)], &[key(name, down)]);
        }
        check(&[(EV_KEY, 0, 1), (EV_KEY, 84, 1), (EV_KEY, 700, 1), (EV_KEY, u16::MAX, 1)], &[]);
    }

    #[test]
    fn values_outside_an_axis_are_brought_to_its_ends() {
        assert_eq!(
            [scale(-5, (0, 100)), scale(0, (10, 20)), scale(50, (0, 100)), scale(900, (0, 100))],
            [0, 0, 16383, 32767]
        );
        assert_eq!(scale(3, (7, 7)), 0);
        assert_eq!(scale(i32::MAX, (0, u32::MAX)), 16383);
    }
}
