//! What ACPI says about the machine: its cores, interrupt controllers, timer and how to switch it off.
//!
//! Enter at [`read`]. Absent: an AML interpreter; the one object we need of it, `\_S5`, is found by its bytes.
#![allow(unsafe_code, reason = "hardware edge: firmware tables")]

use crate::cpu::time;
use crate::limits::CORES_MAX;
use crate::memory;
use acpi::address::{AddressSpace, GenericAddress};
use acpi::sdt::SdtHeader;
use acpi::sdt::fadt::Fadt;
use acpi::sdt::madt::{Madt, MadtEntry};
use acpi::{AcpiTables, Handler, PciAddress};
use alloc::vec::Vec;
use core::ptr::NonNull;
use halt_boot::port;
use halt_devices::aml;
use spin::Once;

/// The machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    /// Local APIC numbers of the cores that may be started.
    pub(crate) cores: Vec<u32>,
    /// Physical address of the local APIC.
    pub(crate) local_apic: u64,
    pub(crate) io_apics: Vec<IoApic>,
    pub(crate) overrides: Vec<Override>,
    pub(crate) pm_timer: Option<PmTimer>,
}

/// An interrupt controller for devices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IoApic {
    pub(crate) address: u64,
    /// The first interrupt it serves.
    pub(crate) base: u32,
}

/// An ISA interrupt that is wired to another input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Override {
    pub(crate) irq: u8,
    pub(crate) input: u32,
    pub(crate) active_low: bool,
    pub(crate) level: bool,
}

/// ACPI's timer: a counter in a port.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PmTimer {
    pub(crate) port: u16,
    pub(crate) mask: u32,
}

/// How to switch the machine off: values for its power management control ports.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SoftOff {
    ports: [Option<(u16, u16)>; 2],
}

static SOFT_OFF: Once<Option<SoftOff>> = Once::new();

/// Reads the tables.
///
/// # Panics
/// When there are none that can be used: no machine with UEFI lacks them.
pub(crate) fn read(rsdp: Option<u64>) -> Tables {
    let rsdp = rsdp.expect("the firmware has ACPI tables");
    // SAFETY: the loader took the address from the firmware.
    let acpi = match unsafe { AcpiTables::from_rsdp(Mapper, rsdp as usize) } {
        Ok(acpi) => acpi,
        Err(error) => panic!("the ACPI tables cannot be read: {error:?}"),
    };
    let madt = acpi.find_table::<Madt>().expect("ACPI describes the interrupt controllers");
    let mut tables = Tables { local_apic: u64::from(madt.get().local_apic_address), ..Tables::default() };
    for entry in madt.get().entries() {
        match entry {
            // Flags: 1 enabled, 2 can be enabled later (a socket without a processor, for us).
            MadtEntry::LocalApic(core) if core.flags & 1 != 0 => tables.cores.push(u32::from(core.apic_id)),
            MadtEntry::LocalX2Apic(core) if core.flags & 1 != 0 => tables.cores.push(core.x2apic_id),
            MadtEntry::LocalApicAddressOverride(entry) => tables.local_apic = entry.local_apic_address,
            MadtEntry::IoApic(entry) => tables.io_apics.push(IoApic {
                address: u64::from(entry.io_apic_address),
                base: entry.global_system_interrupt_base,
            }),
            MadtEntry::InterruptSourceOverride(entry) => tables.overrides.push(Override {
                irq: entry.irq,
                input: entry.global_system_interrupt,
                active_low: entry.flags & 3 == 3,
                level: entry.flags >> 2 & 3 == 3,
            }),
            _ => {}
        }
    }
    tables.cores.sort_unstable();
    tables.cores.dedup();
    tables.cores.truncate(CORES_MAX);
    if let Some(fadt) = acpi.find_table::<Fadt>() {
        let fadt = fadt.get();
        let long = { fadt.flags }.pm_timer_is_32_bit();
        tables.pm_timer = fadt.pm_timer_block().ok().flatten().and_then(|block| {
            Some(PmTimer { port: io_port(block)?, mask: if long { u32::MAX } else { 0xFF_FFFF } })
        });
        let controls = [fadt.pm1a_control_block().ok(), fadt.pm1b_control_block().ok().flatten()];
        SOFT_OFF.call_once(|| soft_off_of(&acpi, controls.map(|block| block.and_then(io_port))));
    }
    tables
}

/// Returns how to switch the machine off, if ACPI told.
pub(crate) fn soft_off() -> Option<SoftOff> {
    SOFT_OFF.get().copied().flatten()
}

fn io_port(block: GenericAddress) -> Option<u16> {
    (block.address_space == AddressSpace::SystemIo)
        .then(|| block.address.try_into().ok())
        .flatten()
        .filter(|port| *port != 0)
}

/// Looks for `\_S5`, the values of the "soft off" state, in the machine's AML.
fn soft_off_of(acpi: &AcpiTables<Mapper>, ports: [Option<u16>; 2]) -> Option<SoftOff> {
    acpi.dsdt().ok().into_iter().chain(acpi.ssdts()).find_map(|table| {
        let start = memory::map_device(table.phys_address as u64, u64::from(table.length));
        let bytes = (table.length as usize).checked_sub(size_of::<SdtHeader>())?;
        // SAFETY: the table is mapped for its own length and nobody writes it.
        let code = unsafe { core::slice::from_raw_parts(start.add(size_of::<SdtHeader>()), bytes) };
        let types = aml::soft_off_types(code)?;
        // SLP_TYP goes to bits 10 to 12, SLP_EN is bit 13.
        let value = |index: usize| ports[index].map(|port| (port, u16::from(types[index]) << 10 | 1 << 13));
        Some(SoftOff { ports: [value(0), value(1)] })
    })
}

impl SoftOff {
    /// Switches off, if the machine obeys.
    ///
    /// # Safety
    /// Nothing is under way that needs the machine.
    pub(crate) unsafe fn enter(self) {
        for (port, value) in self.ports.into_iter().flatten() {
            // SAFETY: these are ACPI's own ports and values for this.
            unsafe { port::write_u16(port, value) };
        }
    }
}

macro_rules! reads {
    ($($name:ident $type:ty),*) => {$(
        fn $name(&self, address: usize) -> $type {
            let at = memory::map_device(address as u64, size_of::<$type>() as u64);
            // SAFETY: just mapped; the crate reads only registers that the tables name.
            unsafe { at.cast::<$type>().read_volatile() }
        }
    )*};
}

macro_rules! writes {
    ($($name:ident $type:ty),*) => {$(
        fn $name(&self, address: usize, value: $type) {
            let at = memory::map_device(address as u64, size_of::<$type>() as u64);
            // SAFETY: just mapped; the crate writes only registers that the tables name.
            unsafe { at.cast::<$type>().write_volatile(value) }
        }
    )*};
}

macro_rules! ports {
    ($($read:ident $write:ident $type:ty, $in:path, $out:path);*) => {$(
        fn $read(&self, port: u16) -> $type {
            // SAFETY: the crate reads only ports that the tables name.
            unsafe { $in(port) }
        }
        fn $write(&self, port: u16, value: $type) {
            // SAFETY: the crate writes only ports that the tables name.
            unsafe { $out(port, value) }
        }
    )*};
}

/// Only AML reaches into PCI configuration space, and we run none: it reads as absent.
macro_rules! no_pci {
    ($($read:ident $write:ident $type:ty),*) => {$(
        fn $read(&self, _: PciAddress, _: u16) -> $type {
            <$type>::MAX
        }
        fn $write(&self, _: PciAddress, _: u16, _: $type) {}
    )*};
}

/// Gives the `acpi` crate memory. All memory that holds tables is mapped at one offset already.
#[derive(Clone, Copy, Debug)]
struct Mapper;

impl Handler for Mapper {
    unsafe fn map_physical_region<T>(&self, address: usize, bytes: usize) -> acpi::RawPhysicalMapping<T> {
        let at = NonNull::new(memory::map_device(address as u64, bytes as u64).cast())
            .expect("the offset is not zero");
        // SAFETY: the region is mapped and never unmapped.
        unsafe { acpi::RawPhysicalMapping::new(address, at, bytes, bytes) }
    }

    unsafe fn unmap_physical_region<T>(&self, _: acpi::RawPhysicalMapping<T>) {}

    reads! { read_u8 u8, read_u16 u16, read_u32 u32, read_u64 u64 }
    writes! { write_u8 u8, write_u16 u16, write_u32 u32, write_u64 u64 }
    ports! {
        read_io_u8 write_io_u8 u8, port::read_u8, port::write_u8;
        read_io_u16 write_io_u16 u16, port::read_u16, port::write_u16;
        read_io_u32 write_io_u32 u32, port::read_u32, port::write_u32
    }
    no_pci! { read_pci_u8 write_pci_u8 u8, read_pci_u16 write_pci_u16 u16, read_pci_u32 write_pci_u32 u32 }

    fn nanos_since_boot(&self) -> u64 {
        time::now_us() * 1000
    }

    fn stall(&self, microseconds: u64) {
        time::pause_us(microseconds);
    }

    fn sleep(&self, milliseconds: u64) {
        time::pause_us(milliseconds * 1000);
    }
}
