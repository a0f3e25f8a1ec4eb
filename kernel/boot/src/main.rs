//! The UEFI loader: puts the kernel it contains into memory and jumps to it.
//!
//! Enter at [`efi_main`], which the firmware calls. The steps are in [`load`]: choose a screen mode
//! (`graphics.rs`), copy and relocate the kernel (`kernel.rs`), make its page tables (`mapping.rs`),
//! leave the firmware and go.
//!
//! Invariant: firmware is only called through [`firmware`], which keeps interrupts off at all other times: the firmware's
//! handlers run on our stack, and `core` uses the red zone below it.
//! Invariant: a failure is one clear line on the first serial port and on the screen, then a return to the firmware.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "hardware edge: firmware calls, page tables, the jump to the kernel")]

mod graphics;
mod kernel;
mod mapping;

use bootloader_api::BootInfo;
use bootloader_api::config::Mapping;
use bootloader_api::info::{MemoryRegion, MemoryRegionKind};
use core::fmt::{self, Write};
use core::time::Duration;
use halt_boot::exit;
use halt_boot::fw_cfg::FwCfg;
use halt_boot::handover::{Handover, MAGIC};
use halt_boot::serial::{COM1, Serial};
use mapping::{AddressSpace, PAGE_BYTES};
use uefi::boot::{self, AllocateType};
use uefi::mem::memory_map::{MemoryMap, MemoryType};
use uefi::table::cfg::ConfigTableEntry;
use uefi::{Handle, Status};
use x86_64::structures::paging::PageTableFlags as Flags;

/// The kernel, or nothing in a build that was given none.
static KERNEL: &[u8] = include_bytes!(env!("HALT_KERNEL_IMAGE"));
/// The screen when nobody asks for another.
const DEFAULT_SIZE: (usize, usize) = (1280, 800);
/// Bytes for `BootInfo`, the handover record and the memory regions.
const INFO_BYTES: u64 = 8 * PAGE_BYTES;
/// Where the memory regions start in them.
const REGIONS_OFFSET: u64 = 1024;

/// The bit of leaf 1, ECX, that says that the processor counts bits. The image is built for those that do.
const POPCNT: u32 = 1 << 23;

/// Called by the firmware.
#[unsafe(no_mangle)]
extern "efiapi" fn efi_main(image: Handle, table: *const core::ffi::c_void) -> Status {
    x86_64::instructions::interrupts::disable();
    // SAFETY: reading the counter has no effect.
    let start_tsc = unsafe { core::arch::x86_64::_rdtsc() };
    // SAFETY: the firmware passes its own handle and table.
    unsafe {
        boot::set_image_handle(image);
        uefi::table::set_system_table(table.cast());
    }
    // SAFETY: COM1 is ours from here on; the firmware's console on it has nothing more to say.
    let mut serial = unsafe { Serial::new(COM1) };
    let _ = serial.write_str("\nhalt: loader start\n");
    let Err(failure) = load(start_tsc, &mut serial);
    say(&mut serial, format_args!("halt: cannot start: {failure}"));
    // SAFETY: one processor runs, and only this code.
    if let Some(qemu) = unsafe { FwCfg::probe() }.filter(|qemu| exit::wanted_on_failure(*qemu)) {
        exit::leave(qemu, exit::Exit::Failure);
    }
    firmware(|| boot::stall(Duration::from_secs(10)));
    x86_64::instructions::interrupts::enable(); // as the firmware left them
    Status::LOAD_ERROR
}

/// Calls the firmware. It lets interrupts in whenever it likes, so they are switched off afterwards; only functions that
/// call nothing use the red zone, so nothing is lost in between.
pub(crate) fn firmware<T>(call: impl FnOnce() -> T) -> T {
    let result = call();
    x86_64::instructions::interrupts::disable();
    result
}

/// What stopped the loader.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) &'static str, pub(crate) Status);

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Status::SUCCESS => out.write_str(self.0),
            status => write!(out, "{} (firmware says {status:?})", self.0),
        }
    }
}

/// Something that does not return.
enum Never {}

fn load(start_tsc: u64, serial: &mut Serial) -> Result<Never, Failure> {
    if KERNEL.is_empty() {
        return Err(Failure(
            "this loader was built without a kernel; `cargo run` builds one with it",
            Status::SUCCESS,
        ));
    }
    if core::arch::x86_64::__cpuid(1).ecx & POPCNT == 0 {
        return Err(Failure("this processor lacks POPCNT, which all have since 2008", Status::UNSUPPORTED));
    }
    let wanted = wanted_size(serial);
    let screen = firmware(|| graphics::choose(wanted))?;
    if screen.size() != wanted {
        let (width, height) = screen.size();
        say(serial, format_args!("halt: no mode {}x{}; using {width}x{height}", wanted.0, wanted.1));
    }

    let config = kernel::config(KERNEL)?;
    let mut space = AddressSpace::new(&config)?;
    let loaded = kernel::load(KERNEL, &config, &mut space)?;

    let stack_bytes = config.kernel_stack_size.next_multiple_of(PAGE_BYTES);
    let stack = space.place(&config.mappings.kernel_stack, stack_bytes + PAGE_BYTES, PAGE_BYTES) + PAGE_BYTES; // guard below
    space.map(stack, allocate(stack_bytes)?, stack_bytes, Flags::WRITABLE | Flags::NO_EXECUTE)?;

    let frames = screen.bytes.next_multiple_of(PAGE_BYTES);
    let framebuffer = space.place(&config.mappings.framebuffer, frames, PAGE_BYTES);
    // WRITE_THROUGH selects the second PAT entry, which `enter` makes write-combining.
    space.map(
        framebuffer,
        screen.address,
        frames,
        Flags::WRITABLE | Flags::NO_EXECUTE | Flags::WRITE_THROUGH,
    )?;

    let info = allocate(INFO_BYTES)?;
    let info_virtual = space.place(&config.mappings.boot_info, INFO_BYTES, PAGE_BYTES);
    space.map(info_virtual, info, INFO_BYTES, Flags::WRITABLE | Flags::NO_EXECUTE)?;
    let handover =
        Handover { magic: MAGIC, loader_start_tsc: start_tsc, pixel_masks: screen.masks, reserved: 0 };

    let physical_offset = match config.mappings.physical_memory {
        Some(ref mapping) => Some(firmware(|| space.map_memory(mapping))?),
        None => None,
    };
    space.map_identity(enter as *const () as u64)?;
    let rsdp = uefi::system::with_config_table(|entries| {
        let find = |guid| entries.iter().find(|entry| entry.guid == guid).map(|entry| entry.address as u64);
        find(ConfigTableEntry::ACPI2_GUID).or_else(|| find(ConfigTableEntry::ACPI_GUID))
    });

    // SAFETY: nothing of the firmware is used from here on but the memory map this returns.
    let map = firmware(|| unsafe { boot::exit_boot_services(Some(MemoryType::LOADER_DATA)) });
    // SAFETY: `info` is `INFO_BYTES` fresh bytes of ours, page-aligned: the regions start at
    // `REGIONS_OFFSET` and there are at most as many as fit.
    let region_count = unsafe {
        let room = ((INFO_BYTES - REGIONS_OFFSET) as usize) / size_of::<MemoryRegion>();
        fill_regions(&map, (info + REGIONS_OFFSET) as *mut MemoryRegion, room)
    };
    // The kernel sees its info pages at their virtual address.
    let regions = (info_virtual + REGIONS_OFFSET) as *mut MemoryRegion;
    // SAFETY: the slice is only carried to the kernel, where the address is mapped and the regions are initialised.
    let regions: &'static mut [MemoryRegion] =
        unsafe { core::slice::from_raw_parts_mut(regions, region_count) };
    let mut boot_info = BootInfo::new(regions.into());
    // SAFETY: the framebuffer is mapped at this address for `screen.bytes`.
    boot_info.framebuffer =
        Some(unsafe { bootloader_api::info::FrameBuffer::new(framebuffer, screen.info()) }).into();
    boot_info.physical_memory_offset = physical_offset.into();
    boot_info.rsdp_addr = rsdp.into();
    boot_info.kernel_addr = KERNEL.as_ptr() as u64;
    boot_info.kernel_len = KERNEL.len() as u64;
    boot_info.kernel_image_offset = loaded.base;
    boot_info.kernel_stack_bottom = stack;
    boot_info.kernel_stack_len = stack_bytes;
    let handover_offset = (size_of::<BootInfo>() as u64).next_multiple_of(16);
    boot_info.ramdisk_addr = Some(info_virtual + handover_offset).into();
    boot_info.ramdisk_len = size_of::<Handover>() as u64;
    // SAFETY: both fit below `REGIONS_OFFSET` of our info pages (checked when compiling).
    unsafe {
        const { assert!(size_of::<BootInfo>() + size_of::<Handover>() + 16 <= REGIONS_OFFSET as usize) };
        (info as *mut BootInfo).write(boot_info);
        ((info + handover_offset) as *mut Handover).write(handover);
    }
    // SAFETY: the tables map this code at its own address, the kernel, its stack and its info.
    unsafe { enter(info_virtual, space.root(), stack + stack_bytes, loaded.entry) }
}

/// The size the launcher asks for, or the default.
fn wanted_size(serial: &mut Serial) -> (usize, usize) {
    let mut buffer = [0; 64];
    // SAFETY: one processor runs, and only this code.
    let Some(device) = (unsafe { FwCfg::probe() }) else { return DEFAULT_SIZE };
    let Some(text) = device.text("opt/halt/size", &mut buffer) else { return DEFAULT_SIZE };
    let parsed = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    parsed.unwrap_or_else(|| {
        say(serial, format_args!("halt: size {text:?} is not WIDTHxHEIGHT; using the default"));
        DEFAULT_SIZE
    })
}

/// Allocates zeroed pages that the kernel will find marked as the loader's.
pub(crate) fn allocate(bytes: u64) -> Result<u64, Failure> {
    allocate_at(AllocateType::AnyPages, bytes)
}

/// As [`allocate`], in a place the caller restricts.
pub(crate) fn allocate_at(place: AllocateType, bytes: u64) -> Result<u64, Failure> {
    let pages = bytes.div_ceil(PAGE_BYTES) as usize;
    let memory = firmware(|| boot::allocate_pages(place, MemoryType::LOADER_DATA, pages))
        .map_err(|error| Failure("not enough memory for the kernel", error.status()))?;
    // SAFETY: the firmware just gave us these pages.
    unsafe { memory.as_ptr().write_bytes(0, pages * PAGE_BYTES as usize) };
    Ok(memory.as_ptr() as u64)
}

/// Writes the memory map as regions, joining neighbours of one kind, and returns how many there are.
///
/// # Safety
/// `regions` has room for `room` entries.
unsafe fn fill_regions(map: &impl MemoryMap, regions: *mut MemoryRegion, room: usize) -> usize {
    let mut count = 0;
    let mut last: Option<MemoryRegion> = None;
    for descriptor in map.entries() {
        let kind = match descriptor.ty {
            MemoryType::CONVENTIONAL | MemoryType::BOOT_SERVICES_CODE | MemoryType::BOOT_SERVICES_DATA => {
                MemoryRegionKind::Usable
            }
            MemoryType::LOADER_CODE | MemoryType::LOADER_DATA => MemoryRegionKind::Bootloader,
            other => MemoryRegionKind::UnknownUefi(other.0),
        };
        let start = descriptor.phys_start;
        let end = start + descriptor.page_count * PAGE_BYTES;
        match &mut last {
            Some(region) if region.kind == kind && region.end == start => region.end = end,
            _ if count == room => break, // what does not fit is memory the kernel does without
            _ => {
                count += 1;
                last = Some(MemoryRegion { start, end, kind });
            }
        }
        if let Some(region) = last {
            // SAFETY: `count` is between 1 and `room`.
            unsafe { regions.add(count - 1).write(region) };
        }
    }
    count
}

/// Switches to the kernel's page tables and stack and starts it. No-execute and write protection are switched on before
/// the tables that need them; PAT entry 1 (write-through by default) becomes write-combining, the others keep their
/// meaning. Naked, so that it is one piece of code at its own address, which stays mapped.
///
/// # Safety
/// `root` is the table that maps this function at its own address, the kernel at `entry`, the stack below
/// `stack_top` and the boot info.
#[unsafe(naked)]
unsafe extern "sysv64" fn enter(info: u64, root: u64, stack_top: u64, entry: u64) -> ! {
    core::arch::naked_asm!(
        "cli",
        "mov r8, rdx",
        "mov r9, rcx",
        "mov ecx, 0xC0000080", // EFER: no-execute
        "rdmsr",
        "or eax, 0x800",
        "wrmsr",
        "mov ecx, 0x277", // PAT
        "mov eax, 0x00070106",
        "mov edx, 0x00070106",
        "wrmsr",
        "mov rax, cr0",
        "or eax, 0x10000", // write protection
        "mov cr0, rax",
        "mov cr3, rsi",
        "mov rsp, r8",
        "xor ebp, ebp",
        "push 0", // no return address: backtraces end here
        "jmp r9", // rdi is the boot info
    )
}

/// Says one line on serial and on the firmware's console.
fn say(serial: &mut Serial, line: fmt::Arguments<'_>) {
    let _ = writeln!(serial, "{line}");
    firmware(|| {
        uefi::system::with_stdout(|console| {
            let _ = writeln!(console, "{line}\r");
        });
    });
}

/// Returns where a mapping wants to be, if it says.
pub(crate) fn fixed(mapping: &Mapping) -> Option<u64> {
    match mapping {
        Mapping::FixedAddress(address) => Some(*address),
        Mapping::Dynamic => None,
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: nobody else uses COM1: this is the only code that runs.
    let mut serial = unsafe { Serial::new(COM1) };
    let _ = writeln!(serial, "halt: the loader failed: {info}");
    loop {
        x86_64::instructions::hlt();
    }
}
