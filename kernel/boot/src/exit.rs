//! QEMU's `isa-debug-exit` device: a byte `b` written there ends QEMU with the code `2 * b + 1`.
#![allow(unsafe_code, reason = "hardware edge: the exit port")]

use crate::fw_cfg::FwCfg;
use crate::port;

const PORT: u16 = 0xF4;

/// How QEMU ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The machine was switched off: code 33.
    Off = 0x10,
    /// The kernel or its loader failed: code 35.
    Failure = 0x11,
}

/// Ends QEMU if the device is there: an absent one reads as all ones. `_qemu` shows that we run under QEMU, so that the
/// port is nothing else.
pub fn leave(_qemu: FwCfg, exit: Exit) {
    // SAFETY: under QEMU this port is the exit device or nothing.
    unsafe {
        if port::read_u8(PORT) != 0xFF {
            port::write_u8(PORT, exit as u8);
        }
    }
}

/// Whether the launcher wants QEMU to end when something fails.
pub fn wanted_on_failure(qemu: FwCfg) -> bool {
    qemu.text("opt/halt/exit-on-failure", &mut [0; 8]) == Some("1")
}
