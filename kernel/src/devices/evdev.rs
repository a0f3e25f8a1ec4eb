//! Linux's input events, which virtio devices speak, into ours.
//!
//! Enter at [`Decoder::advance`].

use halt_system::InputEvent;
use halt_system::pc_keyboard::{KeyCode, KeyState};

const EV_SYN: u16 = 0;
const EV_KEY: u16 = 1;
const EV_REL: u16 = 2;
/// Events of absolute axes.
pub(super) const EV_ABS: u16 = 3;
const AXIS_X: u16 = 0;
const AXIS_Y: u16 = 1;
const REL_WHEEL: u16 = 8;
const BTN_LEFT: u16 = 0x110;
const BTN_MIDDLE: u16 = 0x112;
const BTN_GEAR_DOWN: u16 = 0x150;
const BTN_GEAR_UP: u16 = 0x151;

/// A device's events under way: those of a pointer come in pieces and count at the next report's end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoder {
    ranges: [(u32, u32); 2],
    place: [u16; 2],
    moved_to: bool,
    moved_by: [i32; 2],
}

impl Decoder {
    /// Makes a decoder for axes of these ranges.
    pub(super) fn new(x: (u32, u32), y: (u32, u32)) -> Decoder {
        Decoder { ranges: [x, y], place: [0; 2], moved_to: false, moved_by: [0; 2] }
    }

    /// Takes one event and pushes what follows from it.
    pub(super) fn advance(&mut self, kind: u16, code: u16, value: i32, push: &mut impl FnMut(InputEvent)) {
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
