//! The PS/2 keyboard and mouse behind the i8042 controller.
//!
//! Enter at [`start`] and [`drain`]. The keyboard speaks scan code set 2, untranslated.
//!
//! Invariant: every wait has an end, so that a machine without the controller, or without a device on it, still starts.
#![allow(unsafe_code, reason = "hardware edge: i8042 ports")]

use super::push;
use crate::cpu::lock::Mutex;
use crate::cpu::time;
use halt_boot::port::{read_u8, write_u8};
use halt_devices::ps2_mouse::Mouse;
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

static KEYBOARD: LazyLock<Mutex<ScancodeSet2>> = LazyLock::new(|| Mutex::new(ScancodeSet2::new()));
static MOUSE: Mutex<Mouse> = Mutex::new(Mouse::new());

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
    MOUSE.lock().set_wheel(identity == 3);
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
            MOUSE.lock().advance(byte, time::now_us(), &mut push);
        } else if let Ok(Some(event)) = KEYBOARD.lock().advance_state(byte) {
            push(InputEvent::Key { code: event.code, state: event.state });
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
