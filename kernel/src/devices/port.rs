//! The development port: bytes from and to the virtio console where there is one for us, else the second serial port.
//!
//! Invariant: no byte is lost. What the system's queue does not take waits here, and the device is not read meanwhile,
//! which stops the sender.
#![allow(unsafe_code, reason = "hardware edge: the UART")]

use super::console::{self, BUFFER_BYTES};
use crate::cpu::lock::Mutex;
use crate::platform::SYSTEM;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use halt_boot::serial::{COM2, Serial};
use spin::Once;

/// Bytes of the serial port that are taken at once.
const SERIAL_BYTES: usize = 64;

static UART: Once<Serial> = Once::new();
/// Held while an answer is written, so that answers of different cores do not mix.
static WRITING: spin::Mutex<()> = spin::Mutex::new(());
static WAITING: Mutex<Waiting> = Mutex::new(Waiting { bytes: [0; BUFFER_BYTES], length: 0 });
/// Whether anything is in [`WAITING`].
static STALLED: AtomicBool = AtomicBool::new(false);

/// Received bytes the system had no room for.
struct Waiting {
    bytes: [u8; BUFFER_BYTES],
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
    while waiting.length == 0 {
        if !waiting.fill() {
            return;
        }
        waiting.pass_on();
    }
    STALLED.store(true, Relaxed);
    if let Some(uart) = UART.get() {
        uart.set_receive_interrupt(false);
    }
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
    /// Takes what has arrived, if anything did.
    fn fill(&mut self) -> bool {
        self.length = console::read(&mut self.bytes);
        let serial = || UART.get().and_then(Serial::read);
        while self.length < SERIAL_BYTES
            && let Some(byte) = serial()
        {
            self.bytes[self.length] = byte;
            self.length += 1;
        }
        self.length > 0
    }

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
    if console::write(bytes) {
        return;
    }
    if let Some(uart) = UART.get() {
        uart.write(bytes);
    }
}
