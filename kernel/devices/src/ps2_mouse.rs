//! The packets of a PS/2 mouse: three bytes, or four with a wheel.
//!
//! Enter at [`Mouse::advance`].

use halt_system::InputEvent;

/// A pause within a packet after which the next byte starts a new one.
const PACKET_GAP_US: u64 = 500_000;

/// The mouse's packets under way.
#[derive(Clone, Copy, Debug)]
pub struct Mouse {
    packet: [u8; 4],
    filled: usize,
    packet_bytes: usize,
    /// The buttons as last reported.
    buttons: u8,
    last_byte_us: u64,
}

impl Default for Mouse {
    fn default() -> Mouse {
        Mouse::new()
    }
}

impl Mouse {
    /// A mouse without a wheel, no button down.
    pub const fn new() -> Mouse {
        Mouse { packet: [0; 4], filled: 0, packet_bytes: 3, buttons: 0, last_byte_us: 0 }
    }

    /// Says whether the mouse has a wheel, so that its packets have a fourth byte.
    pub fn set_wheel(&mut self, wheel: bool) {
        self.packet_bytes = if wheel { 4 } else { 3 };
        self.filled = 0;
    }

    /// Takes one byte that came at `now_us`, and pushes what follows from it. Bit 3 of a packet's first byte is always set, so a byte without it cannot start one.
    pub fn advance(&mut self, byte: u8, now_us: u64, push: &mut impl FnMut(InputEvent)) {
        if self.filled > 0 && now_us.saturating_sub(self.last_byte_us) > PACKET_GAP_US {
            self.filled = 0;
        }
        self.last_byte_us = now_us;
        if self.filled == 0 && byte & 8 == 0 {
            return;
        }
        self.packet[self.filled] = byte;
        self.filled += 1;
        if self.filled == self.packet_bytes {
            self.filled = 0;
            self.report(push);
        }
    }

    /// Turns a whole packet into events.
    fn report(&mut self, push: &mut impl FnMut(InputEvent)) {
        let [flags, x, y, wheel] = self.packet;
        // Nine-bit numbers whose signs are in the flags; bits 6 and 7 say that they overflowed.
        let dx = i32::from(x) - (i32::from(flags) << 4 & 0x100);
        let dy = i32::from(y) - (i32::from(flags) << 3 & 0x100);
        if flags & 0xC0 == 0 && (dx, dy) != (0, 0) {
            push(InputEvent::PointerRelative { dx, dy: -dy });
        }
        let changed = self.buttons ^ flags & 7;
        self.buttons = flags & 7;
        for button in 0..3 {
            if changed & 1 << button != 0 {
                push(InputEvent::Button { button, down: flags & 1 << button != 0 });
            }
        }
        if self.packet_bytes == 4 {
            // Four bits, positive towards the user.
            let notches = i32::from((wheel << 4).cast_signed() >> 4);
            if notches != 0 {
                push(InputEvent::Wheel { notches: -notches });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Checks what bytes, each with its time in milliseconds, become.
    fn check(wheel: bool, bytes: &[(u8, u64)], expected: &[InputEvent]) {
        let mut mouse = Mouse::new();
        mouse.set_wheel(wheel);
        let mut found = Vec::new();
        for (byte, ms) in bytes {
            mouse.advance(*byte, ms * 1000, &mut |event| found.push(event));
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn movement_is_signed_and_down_is_positive() {
        check(false, &[(0x08, 0), (5, 0), (3, 0)], &[InputEvent::PointerRelative { dx: 5, dy: -3 }]);
        check(false, &[(0x38, 0), (0xFF, 0), (0x00, 0)], &[InputEvent::PointerRelative { dx: -1, dy: 256 }]);
        check(false, &[(0x08, 0), (0, 0), (0, 0)], &[]);
    }

    #[test]
    fn overflowing_movement_is_left_out_but_buttons_count() {
        check(false, &[(0x49, 0), (0xFF, 0), (0, 0)], &[InputEvent::Button { button: 0, down: true }]);
    }

    #[test]
    fn buttons_are_reported_when_they_change() {
        let events = [
            InputEvent::Button { button: 0, down: true },
            InputEvent::Button { button: 2, down: true },
            InputEvent::Button { button: 0, down: false },
        ];
        let bytes = [0x0D, 0, 0, 0x0D, 0, 0, 0x0C, 0, 0].map(|byte| (byte, 0));
        check(false, &bytes, &events);
    }

    #[test]
    fn the_wheel_is_positive_away_from_the_user() {
        let bytes = [0x08, 0, 0, 0x01, 0x08, 0, 0, 0x0F, 0x08, 0, 0, 0].map(|byte| (byte, 0));
        check(true, &bytes, &[InputEvent::Wheel { notches: -1 }, InputEvent::Wheel { notches: 1 }]);
    }

    #[test]
    fn a_lost_byte_costs_one_packet() {
        // The first packet lacks its last byte; 7 and 2 cannot start a packet.
        let moved = |dx, dy| InputEvent::PointerRelative { dx, dy };
        check(false, &[(7, 0), (2, 0), (0x08, 0), (1, 0), (0, 0)], &[moved(1, 0)]);
        // After a pause, what was begun is forgotten.
        check(false, &[(0x08, 0), (9, 1), (0x08, 900), (1, 901), (2, 902)], &[moved(1, -2)]);
    }
}
