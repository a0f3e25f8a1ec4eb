//! virtio keyboards, tablets and mice, and what drivers of virtio devices share.
//!
//! Enter at [`start`] and [`interrupt`]; for other drivers at [`open`] and [`wire`]. A device interrupts by message (MSI-X); failing that by its interrupt line;
//! failing that core 0 polls it.
//!
//! Invariant: events keep their order: a pointer's place is reported before the button that was pressed there.
#![allow(unsafe_code, reason = "hardware edge: device memory")]

use super::{VIRTIO, ioapic, pci, push};
use crate::cpu::lock::Mutex;
use crate::cpu::{interrupts, local};
use crate::limits::{PAGE_BYTES, PHYSICAL};
use crate::log::log;
use crate::machine::Tables;
use crate::memory;
use alloc::vec::Vec;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use halt_devices::evdev;
use halt_system::InputEvent;
use virtio_drivers::device::input::{InputConfigSelect, VirtIOInput};
use virtio_drivers::transport::DeviceType;
use virtio_drivers::transport::pci::bus::{
    Command, ConfigurationAccess, DeviceFunction, DeviceFunctionInfo, PciRoot,
};
use virtio_drivers::transport::pci::{PciTransport, virtio_device_type};
use virtio_drivers::{BufferDirection, Hal, PhysAddr};

/// Devices we have vectors for.
const DEVICES_MAX: usize = 32;
const CAPABILITY_VENDOR: u8 = 0x09;
const CAPABILITY_MSI_X: u8 = 0x11;
const COMMON_CONFIGURATION: u8 = 1;
const INTERRUPT_LINE: u8 = 0x3C;

// Places in virtio's common configuration.
const CONFIG_VECTOR: usize = 0x10;
const QUEUE_SELECT: usize = 0x16;
const QUEUE_VECTOR: usize = 0x1A;
/// The message of a queue that sends none.
pub(super) const NO_VECTOR: u16 = 0xFFFF;

static DEVICES: Mutex<Vec<Device>> = Mutex::new(Vec::new());
static POLLED: AtomicBool = AtomicBool::new(false);

struct Device {
    input: VirtIOInput<Memory, PciTransport>,
    state: evdev::Decoder,
    /// Interrupts stay raised until acknowledged.
    by_line: bool,
}

/// Finds and starts the devices.
pub(super) fn start(tables: &Tables, functions: &[(DeviceFunction, DeviceFunctionInfo)]) {
    let mut root = PciRoot::new(pci::Ports);
    for (function, info) in functions {
        if virtio_device_type(info) != Some(DeviceType::Input) {
            continue;
        }
        let number = DEVICES.lock().len();
        if number == DEVICES_MAX {
            log(format_args!("halt: more than {DEVICES_MAX} virtio input devices; {function} is ignored"));
            return;
        }
        match start_device(&mut root, *function, tables, VIRTIO + number as u8) {
            Ok(device) => DEVICES.lock().push(device),
            Err(error) => log(format_args!("halt: virtio input device {function}: {error}")),
        }
    }
}

fn start_device(
    root: &mut PciRoot<pci::Ports>,
    function: DeviceFunction,
    tables: &Tables,
    number: u8,
) -> Result<Device, alloc::string::String> {
    let transport = open(root, function)?;
    let mut input = VirtIOInput::<Memory, _>::new(transport).map_err(|error| alloc::format!("{error}"))?;
    // Bits of EV_ABS: which axes there are.
    let mut axes = [0; 8];
    let has_axes = input.query_config_select(InputConfigSelect::EvBits, evdev::EV_ABS as u8, &mut axes);
    let tablet = has_axes.is_ok_and(|bytes| bytes > 0) && axes[0] & 3 == 3;
    let mut range = |axis| match tablet.then(|| input.abs_info(axis)) {
        Some(Ok(info)) => (info.min, info.max),
        _ => (0, 32767),
    };
    let state = evdev::Decoder::new(range(0), range(1));
    // The event queue interrupts, the other does not.
    let wiring = wire(root, function, tables, interrupts::DEVICES + number, &[(1, NO_VECTOR), (0, 0)]);
    Ok(Device { input, state, by_line: wiring == Wiring::Line })
}

/// Makes a device's registers reachable.
pub(super) fn open(
    root: &mut PciRoot<pci::Ports>,
    function: DeviceFunction,
) -> Result<PciTransport, alloc::string::String> {
    // Sizing a BAR switches decoding off and on, if it is on; each switch makes an emulator rebuild its memory map, which
    // takes a millisecond. So it is switched on once, afterwards.
    root.set_command(function, Command::empty());
    let transport =
        PciTransport::new::<Memory, _>(root, function).map_err(|error| alloc::format!("{error}"))?;
    root.set_command(function, Command::MEMORY_SPACE | Command::BUS_MASTER);
    Ok(transport)
}

/// How we hear of a device.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wiring {
    /// By its messages.
    Message,
    /// By an interrupt line, which may be shared; raised until acknowledged.
    Line,
    /// Core 0 looks.
    Polled,
}

/// Lets a device interrupt core 0 with a vector. `queues` tells for each of its queues whether it does: 0, or [`NO_VECTOR`].
pub(super) fn wire(
    root: &PciRoot<pci::Ports>,
    function: DeviceFunction,
    tables: &Tables,
    vector: u8,
    queues: &[(u16, u16)],
) -> Wiring {
    if use_messages(root, function, vector, queues) {
        return Wiring::Message;
    }
    let line = pci::Ports.read_word(function, INTERRUPT_LINE) as u8;
    if line != 0 && line != 0xFF && ioapic::route_line(tables, line, vector) {
        return Wiring::Line;
    }
    log(format_args!("halt: virtio device {function} has no interrupt; it is polled"));
    POLLED.store(true, Relaxed);
    Wiring::Polled
}

/// Makes the device's queues send messages to core 0, or none. Returns whether the device agreed.
fn use_messages(
    root: &PciRoot<pci::Ports>,
    function: DeviceFunction,
    vector: u8,
    queues: &[(u16, u16)],
) -> bool {
    let mut common = None;
    let mut table = None;
    for capability in root.capabilities(function) {
        let word = |index: u8| pci::Ports.read_word(function, capability.offset + 4 * index);
        match capability.id {
            // Capability: length u8, type u8, BAR u8, padding, offset u32, length u32.
            CAPABILITY_VENDOR if (capability.private_header >> 8) as u8 == COMMON_CONFIGURATION => {
                common = Some((word(1) as u8, u64::from(word(2))));
            }
            // The table's place: BAR in the low three bits, offset in the others.
            CAPABILITY_MSI_X => {
                table = Some((capability.offset, (word(1) & 7) as u8, u64::from(word(1) & !7)))
            }
            _ => {}
        }
    }
    let (Some((common_bar, common_offset)), Some((control, table_bar, table_offset))) = (common, table)
    else {
        return false;
    };
    let place = |bar, offset, bytes| {
        pci::bar_address(function, bar).map(|address| memory::map_device(address + offset, bytes))
    };
    let (Some(common), Some(entry)) =
        (place(common_bar, common_offset, 64), place(table_bar, table_offset, 16))
    else {
        return false;
    };
    let core = local::core(0).map_or(0, |core| core.apic.load(Relaxed));
    // SAFETY: the device's own table and configuration, just mapped; the message goes to core 0's local APIC.
    unsafe {
        let entry = entry.cast::<u32>();
        entry.write_volatile(0xFEE0_0000 | core << 12);
        entry.add(1).write_volatile(0);
        entry.add(2).write_volatile(u32::from(vector));
        entry.add(3).write_volatile(0);
        let header = pci::Ports.read_word(function, control);
        pci::Ports.write_word(function, control, header & !(1 << 30) | 1 << 31);
        let field = |offset: usize| common.add(offset).cast::<u16>();
        field(CONFIG_VECTOR).write_volatile(NO_VECTOR);
        let agreed = queues.iter().all(|(queue, message)| {
            field(QUEUE_SELECT).write_volatile(*queue);
            field(QUEUE_VECTOR).write_volatile(*message);
            field(QUEUE_VECTOR).read_volatile() == *message
        });
        if agreed {
            return true;
        }
        pci::Ports.write_word(function, control, header & !(1 << 31));
    }
    false
}

/// Handles the interrupt of a device; called with interrupts off. Returns whether it came by a line, which may be shared.
pub(super) fn interrupt(number: u8) -> bool {
    match DEVICES.lock().get_mut(usize::from(number)) {
        Some(device) if !device.by_line => {
            device.drain();
            return false;
        }
        _ => {}
    }
    drain_lines();
    true
}

/// Takes the events of all devices on lines; called with interrupts off.
pub(super) fn drain_lines() {
    DEVICES.lock().iter_mut().filter(|device| device.by_line).for_each(Device::drain);
}

/// Takes the events of all devices; called with interrupts off.
pub(super) fn drain_all() {
    DEVICES.lock().iter_mut().for_each(Device::drain);
}

/// Whether a device has no interrupt.
pub(super) fn need_polling() -> bool {
    POLLED.load(Relaxed)
}

impl Device {
    fn drain(&mut self) {
        if self.by_line {
            self.input.ack_interrupt();
        }
        while let Some(event) = self.input.pop_pending_event() {
            self.state.advance(
                event.event_type,
                event.code,
                event.value.cast_signed(),
                &mut |event: InputEvent| push(event),
            );
        }
    }
}

/// Memory for the driver: all memory is mapped at one offset, and devices see physical addresses.
pub(super) struct Memory;

// SAFETY: `dma_alloc` hands out frames that are zeroed, page-aligned and nobody else's; the mapping at `PHYSICAL` is
// never undone.
unsafe impl Hal for Memory {
    fn dma_alloc(pages: usize, _: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        let address = memory::frames(pages as u64 * PAGE_BYTES);
        (address, NonNull::new(memory::physical(address)).expect("the offset is not zero"))
    }

    unsafe fn dma_dealloc(_: PhysAddr, _: NonNull<u8>, _: usize) -> i32 {
        0 // frames do not come back; devices stay for ever
    }

    unsafe fn mmio_phys_to_virt(address: PhysAddr, bytes: usize) -> NonNull<u8> {
        NonNull::new(memory::map_device(address, bytes as u64)).expect("the offset is not zero")
    }

    unsafe fn share(buffer: NonNull<[u8]>, _: BufferDirection) -> PhysAddr {
        // Buffers come from the allocator, whose memory is in the mapping at `PHYSICAL`.
        let address = buffer.cast::<u8>().as_ptr() as u64;
        memory::translate(address).unwrap_or_else(|| address.wrapping_sub(PHYSICAL))
    }

    unsafe fn unshare(_: PhysAddr, _: NonNull<[u8]>, _: BufferDirection) {}
}
