//! A 16550 serial port.
//!
//! Enter at [`Serial::new`]. Writing never hangs: a port that takes nothing for a while is given up
//! for that call.
#![allow(unsafe_code, reason = "hardware edge: UART registers")]

use crate::port;
use core::fmt;

/// Where the first serial port (the log) is.
pub const COM1: u16 = 0x3F8;
/// Where the second serial port (the development port, where there is no better) is.
pub const COM2: u16 = 0x2F8;

/// Bytes that fit the transmitter once it is empty.
const FIFO_BYTES: usize = 16;
/// Polls of an unmoving transmitter before the rest of a write is dropped: about a second.
const PATIENCE: u32 = 1_000_000;

/// A serial port at 115200 baud, 8N1, with its FIFOs on.
#[derive(Clone, Copy, Debug)]
pub struct Serial {
    base: u16,
    present: bool,
}

impl Serial {
    /// Programs the UART at `base` and finds out whether one is there.
    ///
    /// # Safety
    /// `base` is [`COM1`] or [`COM2`], and nobody else programs that port.
    pub unsafe fn new(base: u16) -> Serial {
        // SAFETY: the caller says these are a UART's registers.
        unsafe {
            port::write_u8(base + 7, 0xA5); // the scratch register remembers only where a UART is
            let present = port::read_u8(base + 7) == 0xA5;
            if present {
                port::write_u8(base + 1, 0x00); // no interrupts yet
                port::write_u8(base + 3, 0x80); // divisor latch
                port::write_u8(base, 1); // 115200 baud
                port::write_u8(base + 1, 0);
                port::write_u8(base + 3, 0x03); // 8N1
                port::write_u8(base + 2, 0x07); // FIFOs on and empty, interrupt at the first byte
                port::write_u8(base + 4, 0x0B); // DTR, RTS, OUT2 (lets interrupts out)
            }
            Serial { base, present }
        }
    }

    /// Returns a handle to a port that [`Serial::new`] already programmed.
    pub const fn programmed(base: u16) -> Serial {
        Serial { base, present: true }
    }

    /// Returns whether there is a UART.
    pub fn present(&self) -> bool {
        self.present
    }

    /// Asks for an interrupt when a byte arrives, or for none.
    pub fn set_receive_interrupt(&self, on: bool) {
        if self.present {
            // SAFETY: `base` is a UART (see `new`); this is its interrupt enable register.
            unsafe { port::write_u8(self.base + 1, u8::from(on)) };
        }
    }

    /// Takes a received byte, if there is one.
    pub fn read(&self) -> Option<u8> {
        // SAFETY: `base` is a UART (see `new`); reading the buffer only takes the byte.
        unsafe { (self.present && port::read_u8(self.base + 5) & 1 != 0).then(|| port::read_u8(self.base)) }
    }

    /// Writes bytes, waiting for room. Drops the rest when nothing moves for about a second.
    pub fn write(&self, bytes: &[u8]) {
        if !self.present {
            return;
        }
        for chunk in bytes.chunks(FIFO_BYTES) {
            let mut patience = PATIENCE;
            // SAFETY: `base` is a UART (see `new`): line status, then the transmit buffer.
            unsafe {
                while port::read_u8(self.base + 5) & 0x20 == 0 {
                    patience -= 1;
                    if patience == 0 {
                        return;
                    }
                    core::hint::spin_loop();
                }
                for byte in chunk {
                    port::write_u8(self.base, *byte);
                }
            }
        }
    }
}

impl fmt::Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text.as_bytes());
        Ok(())
    }
}
