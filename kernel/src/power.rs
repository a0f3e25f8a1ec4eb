//! Switching the machine off.
#![allow(unsafe_code, reason = "hardware edge: power and exit ports")]

use crate::cpu::{self, time};
use crate::log::log;
use crate::machine;
use crate::options::Options;
use halt_boot::port;

/// QEMU's `isa-debug-exit`: a byte `b` written there ends QEMU with `2 * b + 1`.
const EXIT_PORT: u16 = 0xF4;
const EXIT_OFF: u8 = 0x10;
const EXIT_FAILURE: u8 = 0x11;

/// How long ACPI may take.
const SLEEP_US: u64 = 1_000_000;

/// Switches off, by QEMU's exit device or by ACPI; says so and halts when there is neither.
pub(crate) fn off(options: Options) -> ! {
    log(format_args!("halt: power off"));
    leave(options, EXIT_OFF);
    if let Some(sleep) = machine::soft_off() {
        // SAFETY: the registers and values are what ACPI says switches the machine off.
        unsafe { sleep.enter() };
        time::pause_us(SLEEP_US);
    }
    log(format_args!("halt: this machine cannot be switched off by software"));
    cpu::halt()
}

/// Ends QEMU after a failure when the launcher asked for that.
pub(crate) fn after_failure(options: Options) {
    if options.exit_on_failure {
        leave(options, EXIT_FAILURE);
    }
}

/// Writes to the exit device if it is there: an absent one reads as all ones.
fn leave(options: Options, code: u8) {
    // SAFETY: under QEMU this port is the exit device or nothing.
    unsafe {
        if options.qemu && port::read_u8(EXIT_PORT) != 0xFF {
            port::write_u8(EXIT_PORT, code);
        }
    }
}
