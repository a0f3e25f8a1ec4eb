//! PCI configuration space through the two classic ports, and a walk over all functions.
//!
//! The ports reach the first 256 bytes of each function, which is where all we need is.
#![allow(unsafe_code, reason = "hardware edge: configuration ports")]

use crate::cpu::lock::Mutex;
use alloc::vec::Vec;
use halt_boot::port::{read_u32, write_u32};
use virtio_drivers::transport::pci::bus::{
    ConfigurationAccess, DeviceFunction, DeviceFunctionInfo, HeaderType, PciRoot,
};

const ADDRESS: u16 = 0xCF8;
const DATA: u16 = 0xCFC;
/// The first base address register.
const BARS: u8 = 0x10;
/// Secondary bus number of a bridge, in its second byte.
const BRIDGE_BUSES: u8 = 0x18;

/// Held for the two steps of an access.
static PORTS: Mutex<()> = Mutex::new(());

/// Access by ports.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports;

fn address(function: DeviceFunction, register: u8) -> u32 {
    let place =
        u32::from(function.bus) << 16 | u32::from(function.device) << 11 | u32::from(function.function) << 8;
    1 << 31 | place | u32::from(register & 0xFC)
}

impl ConfigurationAccess for Ports {
    fn read_word(&self, function: DeviceFunction, register: u8) -> u32 {
        let _held = PORTS.lock();
        // SAFETY: reading configuration space has no effect on memory.
        unsafe {
            write_u32(ADDRESS, address(function, register));
            read_u32(DATA)
        }
    }

    fn write_word(&mut self, function: DeviceFunction, register: u8, data: u32) {
        let _held = PORTS.lock();
        // SAFETY: only the virtio driver writes, to the functions it drives.
        unsafe {
            write_u32(ADDRESS, address(function, register));
            write_u32(DATA, data);
        }
    }

    unsafe fn unsafe_clone(&self) -> Ports {
        *self
    }
}

/// Returns the physical address a memory BAR was given by the firmware.
pub(super) fn bar_address(function: DeviceFunction, bar: u8) -> Option<u64> {
    let low = Ports.read_word(function, BARS + 4 * bar.min(5));
    // Bit 0: ports; bits 1 and 2: 64 bits wide; bit 3 only says that reads have no effect.
    let address = match low & 7 {
        0 => u64::from(low & !15),
        4 if bar < 5 => {
            u64::from(low & !15) | u64::from(Ports.read_word(function, BARS + 4 * (bar + 1))) << 32
        }
        _ => return None,
    };
    Some(address).filter(|address| *address != 0)
}

/// Lists all functions, behind bridges too.
pub(super) fn functions() -> Vec<(DeviceFunction, DeviceFunctionInfo)> {
    let root = PciRoot::new(Ports);
    let mut found = Vec::new();
    let mut buses = alloc::vec![0u8];
    let mut next = 0;
    // A bridge leads to a bus of a higher number, each of which is looked at once: at most 256 rounds.
    while let Some(bus) = buses.get(next).copied() {
        next += 1;
        for (function, info) in root.enumerate_bus(bus) {
            if info.header_type == HeaderType::PciPciBridge {
                let secondary = (Ports.read_word(function, BRIDGE_BUSES) >> 8) as u8;
                if secondary > bus && !buses.contains(&secondary) {
                    buses.push(secondary);
                }
            }
            found.push((function, info));
        }
    }
    found
}
