//! The development port: bytes from and to the second serial port.
//!
//! Invariant: no byte is lost. What the system's queue does not take waits here, and the UART is not read meanwhile,
//! which stops the sender.
#![allow(unsafe_code, reason = "hardware edge: the UART")]

use crate::cpu::lock::Mutex;
use crate::platform::SYSTEM;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use halt_boot::serial::{COM2, Serial};
use spin::Once;

static UART: Once<Serial> = Once::new();
/// Held while an answer is written, so that answers of different cores do not mix.
static WRITING: spin::Mutex<()> = spin::Mutex::new(());
static WAITING: Mutex<Waiting> = Mutex::new(Waiting { bytes: [0; 64], length: 0 });
/// Whether anything is in [`WAITING`].
static STALLED: AtomicBool = AtomicBool::new(false);

/// Received bytes the system had no room for.
struct Waiting {
    bytes: [u8; 64],
    length: usize,
}

/// Starts the UART.
pub(super) fn start() {
    // SAFETY: COM2 is used here only.
    UART.call_once(|| unsafe { Serial::new(COM2) });
}

/// Lets the UART interrupt.
pub(super) fn enable() {
    if let Some(uart) = UART.get() {
        uart.set_receive_interrupt(true);
    }
}

/// Takes what has arrived; called with interrupts off.
pub(super) fn receive() {
    let mut waiting = WAITING.lock();
    let Some(uart) = UART.get() else { return };
    while waiting.length == 0 {
        let mut count = 0;
        while count < waiting.bytes.len()
            && let Some(byte) = uart.read()
        {
            waiting.bytes[count] = byte;
            count += 1;
        }
        if count == 0 {
            return;
        }
        waiting.length = count;
        waiting.pass_on();
    }
    STALLED.store(true, Relaxed);
    uart.set_receive_interrupt(false);
}

/// Goes on after the system's queue was full.
pub(super) fn resume() {
    if !STALLED.load(Relaxed) {
        return;
    }
    {
        let mut waiting = WAITING.lock();
        waiting.pass_on();
        if waiting.length > 0 {
            return;
        }
        STALLED.store(false, Relaxed);
    }
    receive();
    if !STALLED.load(Relaxed) {
        enable();
        receive(); // what came before the interrupt was on again
    }
}

impl Waiting {
    /// Gives the system as much as it takes.
    fn pass_on(&mut self) {
        let Some(system) = SYSTEM.get() else { return };
        let taken = system.push_port(&self.bytes[..self.length]);
        self.bytes.copy_within(taken..self.length, 0);
        self.length -= taken;
    }
}

/// Writes bytes.
pub(crate) fn write(bytes: &[u8]) {
    let _held = WRITING.lock();
    if let Some(uart) = UART.get() {
        uart.write(bytes);
    }
}
