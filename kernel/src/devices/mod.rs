//! What is plugged in: keyboards, pointers, the development port; and how their interrupts arrive.
//!
//! Enter at [`start`], [`enable`] and [`interrupt`]. All device interrupts go to core 0.

mod console;
mod ioapic;
mod pci;
pub(crate) mod port;
mod ps2;
mod virtio;

use crate::cpu::{interrupts, time};
use crate::machine::Tables;
use crate::platform::SYSTEM;
use halt_system::InputEvent;

const PORT: u8 = 0;
const KEYBOARD: u8 = 1;
const MOUSE: u8 = 2;
const CONSOLE: u8 = 3;
/// The first of the virtio devices' numbers.
const VIRTIO: u8 = 8;

const COM2_IRQ: u8 = 3;
const KEYBOARD_IRQ: u8 = 1;
const MOUSE_IRQ: u8 = 12;

/// How often devices without an interrupt are looked at.
const POLL_US: u64 = 4_000;

/// Finds and starts the devices. Their interrupts wait until [`enable`].
pub(crate) fn start(tables: &Tables) {
    ioapic::start(tables);
    port::start();
    ioapic::route_isa(tables, COM2_IRQ, interrupts::DEVICES + PORT);
    if ps2::start() {
        ioapic::route_isa(tables, KEYBOARD_IRQ, interrupts::DEVICES + KEYBOARD);
        ioapic::route_isa(tables, MOUSE_IRQ, interrupts::DEVICES + MOUSE);
    }
    let functions = pci::functions();
    virtio::start(tables, &functions);
    console::start(tables, &functions, interrupts::DEVICES + CONSOLE);
}

/// Lets interrupts in: the system is there to take events.
pub(crate) fn enable() {
    port::enable();
    x86_64::instructions::interrupts::enable();
    // What came before the interrupts were wired up left no edge behind.
    x86_64::instructions::interrupts::without_interrupts(|| {
        ps2::drain();
        virtio::drain_all();
        port::receive();
    });
}

/// Handles the interrupt of device `number`.
pub(crate) fn interrupt(number: u8) {
    match number {
        PORT => port::receive(),
        KEYBOARD | MOUSE => ps2::drain(),
        CONSOLE => {
            port::receive();
            // Its line may be another's too.
            virtio::drain_lines();
        }
        _ => {
            if virtio::interrupt(number.wrapping_sub(VIRTIO)) {
                port::receive();
            }
        }
    }
}

/// Called on core 0 before it sleeps: what did not fit a queue before may fit now.
pub(crate) fn before_wait() {
    port::resume();
}

/// When core 0 must look at devices that have no interrupt, if there are any.
pub(crate) fn poll_deadline() -> Option<u64> {
    virtio::need_polling().then(|| time::now_us() + POLL_US)
}

/// Looks at the devices that have no interrupt.
pub(crate) fn poll() {
    x86_64::instructions::interrupts::without_interrupts(|| {
        virtio::drain_all();
        port::receive();
    });
}

/// Hands an event to the system.
fn push(event: InputEvent) {
    if let Some(system) = SYSTEM.get() {
        system.push_input(event);
    }
}
