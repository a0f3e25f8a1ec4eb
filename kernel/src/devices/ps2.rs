//! The PS/2 keyboard and mouse behind the i8042 controller.
//!
//! Enter at [`start`] and [`drain`]. The keyboard speaks scan code set 2, untranslated. The mouse sends packets of three
//! bytes, or four with a wheel.
//!
//! Invariant: every wait has an end, so that a machine without the controller, or without a device on it, still starts.
#![allow(unsafe_code, reason = "hardware edge: i8042 ports")]

use super::push;
use crate::cpu::lock::Mutex;
use crate::cpu::time;
use halt_boot::port::{read_u8, write_u8};
use halt_system::InputEvent;
use halt_system::pc_keyboard::{ScancodeSet, ScancodeSet2};
use spin::LazyLock;

const DATA: u16 = 0x60;
const STATUS: u16 = 0x64;
const OUTPUT_FULL: u8 = 1;
const INPUT_FULL: u8 = 2;
const FROM_MOUSE: u8 = 0x20;
const ACKNOWLEDGE: u8 = 0xFA;
/// Polls, 10 us apart, before a device counts as absent.
const PATIENCE: u32 = 2_000;
/// A pause within a mouse packet after which the next byte starts a new one.
const PACKET_GAP_US: u64 = 500_000;

static KEYBOARD: LazyLock<Mutex<ScancodeSet2>> = LazyLock::new(|| Mutex::new(ScancodeSet2::new()));
static MOUSE: Mutex<Mouse> =
    Mutex::new(Mouse { packet: [0; 4], filled: 0, packet_bytes: 3, buttons: 0, last_byte_us: 0 });

/// Starts the controller and its devices. Returns whether there is a controller.
pub(super) fn start() -> bool {
    if status() == 0xFF {
        return false;
    }
    let _ = LazyLock::force(&KEYBOARD);
    let started = (|| {
        command(0xAD)?; // keyboard off
        command(0xA7)?; // mouse off
        discard();
        command(0x20)?;
        let configuration = read()?;
        command(0x60)?;
        // Interrupts and clocks on, translation to scan code set 1 off.
        write((configuration | 0x03) & !0x70)?;
        command(0xAE)?;
        command(0xA8)
    })();
    if started.is_none() {
        return false;
    }
    let keyboard = (|| {
        keyboard_command(0xF5)?; // no scanning while we set it up
        keyboard_command(0xF0)?;
        keyboard_command(2)?;
        keyboard_command(0xF4)
    })();
    let mouse = start_mouse();
    discard();
    keyboard.is_some() || mouse.is_some()
}

fn start_mouse() -> Option<()> {
    mouse_command(0xF6)?; // defaults
    // This sequence of sample rates asks a mouse to report its wheel; it then changes its identity to 3.
    for rate in [200, 100, 80] {
        mouse_command(0xF3)?;
        mouse_command(rate)?;
    }
    mouse_command(0xF2)?;
    let identity = read()?;
    MOUSE.lock().packet_bytes = if identity == 3 { 4 } else { 3 };
    mouse_command(0xF3)?;
    mouse_command(100)?;
    mouse_command(0xF4)
}

/// Takes all bytes that wait in the controller; called with interrupts off.
pub(super) fn drain() {
    loop {
        let status = status();
        if status == 0xFF || status & OUTPUT_FULL == 0 {
            return;
        }
        // SAFETY: the byte is there; reading takes it.
        let byte = unsafe { read_u8(DATA) };
        if status & FROM_MOUSE != 0 {
            MOUSE.lock().advance(byte, time::now_us());
        } else if let Ok(Some(event)) = KEYBOARD.lock().advance_state(byte) {
            push(InputEvent::Key { code: event.code, state: event.state });
        }
    }
}

/// The mouse's packets under way.
struct Mouse {
    packet: [u8; 4],
    filled: usize,
    packet_bytes: usize,
    /// The buttons as last reported.
    buttons: u8,
    last_byte_us: u64,
}

impl Mouse {
    /// Takes one byte. Bit 3 of a packet's first byte is always set, so a byte without it cannot start one.
    fn advance(&mut self, byte: u8, now_us: u64) {
        if self.filled > 0 && now_us - self.last_byte_us > PACKET_GAP_US {
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
            self.report();
        }
    }

    /// Turns a whole packet into events.
    fn report(&mut self) {
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

fn status() -> u8 {
    // SAFETY: reading the status has no effect.
    unsafe { read_u8(STATUS) }
}

fn wait_until(ready: impl Fn(u8) -> bool) -> Option<()> {
    for _ in 0..PATIENCE {
        if ready(status()) {
            return Some(());
        }
        time::pause_us(10);
    }
    None
}

fn command(byte: u8) -> Option<()> {
    wait_until(|status| status & INPUT_FULL == 0)?;
    // SAFETY: the controller takes commands here; ours only set up the two devices.
    unsafe { write_u8(STATUS, byte) };
    Some(())
}

fn write(byte: u8) -> Option<()> {
    wait_until(|status| status & INPUT_FULL == 0)?;
    // SAFETY: as for `command`.
    unsafe { write_u8(DATA, byte) };
    Some(())
}

fn read() -> Option<u8> {
    wait_until(|status| status & OUTPUT_FULL != 0)?;
    // SAFETY: the byte is there; reading takes it.
    Some(unsafe { read_u8(DATA) })
}

fn discard() {
    for _ in 0..32 {
        if status() & OUTPUT_FULL == 0 {
            return;
        }
        // SAFETY: as for `read`.
        unsafe { read_u8(DATA) };
    }
}

fn keyboard_command(byte: u8) -> Option<()> {
    write(byte)?;
    acknowledged()
}

fn mouse_command(byte: u8) -> Option<()> {
    command(0xD4)?;
    write(byte)?;
    acknowledged()
}

/// Waits for the device's answer, passing over what it was sending before.
fn acknowledged() -> Option<()> {
    (0..16).find_map(|_| match read() {
        Some(ACKNOWLEDGE) => Some(Some(())),
        Some(_) => None,
        None => Some(None),
    })?
}
