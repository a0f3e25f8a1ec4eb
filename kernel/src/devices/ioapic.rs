//! The I/O APICs: which device input becomes which vector on core 0.
#![allow(unsafe_code, reason = "hardware edge: I/O APIC registers")]

use crate::cpu::local;
use crate::cpu::lock::Mutex;
use crate::log::log;
use crate::machine::Tables;
use crate::memory;
use alloc::vec::Vec;
use core::sync::atomic::Ordering::Relaxed;

const WINDOW: usize = 0x10;
const VERSION: u32 = 1;
const ENTRIES: u32 = 0x10;
const MASKED: u32 = 1 << 16;

static CONTROLLERS: Mutex<Vec<Controller>> = Mutex::new(Vec::new());

struct Controller {
    registers: *mut u8,
    base: u32,
    inputs: u32,
}

// SAFETY: the registers are reachable from every core; the lock around them makes accesses whole.
unsafe impl Send for Controller {}

impl Controller {
    fn read(&mut self, register: u32) -> u32 {
        // SAFETY: the mapped select and window registers of an I/O APIC.
        unsafe {
            self.registers.cast::<u32>().write_volatile(register);
            self.registers.add(WINDOW).cast::<u32>().read_volatile()
        }
    }

    fn write(&mut self, register: u32, value: u32) {
        // SAFETY: as in `read`.
        unsafe {
            self.registers.cast::<u32>().write_volatile(register);
            self.registers.add(WINDOW).cast::<u32>().write_volatile(value);
        }
    }
}

/// Finds the controllers and silences all inputs.
pub(super) fn start(tables: &Tables) {
    let mut controllers = CONTROLLERS.lock();
    for found in &tables.io_apics {
        let registers = memory::map_device(found.address, 0x20);
        let mut controller = Controller { registers, base: found.base, inputs: 0 };
        controller.inputs = (controller.read(VERSION) >> 16 & 0xFF) + 1;
        for input in 0..controller.inputs {
            controller.write(ENTRIES + 2 * input, MASKED);
        }
        controllers.push(controller);
    }
}

/// Sends an ISA interrupt to core 0 as `vector`.
pub(super) fn route_isa(tables: &Tables, irq: u8, vector: u8) -> bool {
    match tables.overrides.iter().find(|entry| entry.irq == irq) {
        Some(entry) => route(entry.input, vector, entry.active_low, entry.level),
        None => route(u32::from(irq), vector, false, false),
    }
}

/// Sends a PCI function's interrupt line to core 0 as `vector`; the lines are level-triggered, active low unless told.
pub(super) fn route_line(tables: &Tables, line: u8, vector: u8) -> bool {
    match tables.overrides.iter().find(|entry| entry.irq == line) {
        Some(entry) => route(entry.input, vector, entry.active_low, true),
        None => route(u32::from(line), vector, true, true),
    }
}

fn route(input: u32, vector: u8, active_low: bool, level: bool) -> bool {
    let core = local::core(0).map_or(0, |core| core.apic.load(Relaxed));
    let mut controllers = CONTROLLERS.lock();
    let Some(controller) = controllers.iter_mut().find(|it| (it.base..it.base + it.inputs).contains(&input))
    else {
        log(format_args!("halt: no interrupt controller serves input {input}"));
        return false;
    };
    let register = ENTRIES + 2 * (input - controller.base);
    controller.write(register + 1, core << 24);
    controller.write(register, u32::from(vector) | u32::from(active_low) << 13 | u32::from(level) << 15);
    true
}
