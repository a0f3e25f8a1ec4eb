//! The kernel's first page tables.
//!
//! Enter at [`AddressSpace::new`]. The firmware maps memory at its own addresses, so a table is reached through
//! its physical address.

use crate::{Failure, allocate, allocate_at, firmware, fixed};
use bootloader_api::BootloaderConfig;
use bootloader_api::config::Mapping;
use uefi::Status;
use uefi::boot::{self, AllocateType};
use uefi::mem::memory_map::{MemoryMap, MemoryType};
use x86_64::structures::paging::mapper::{MapToError, Mapper};
use x86_64::structures::paging::{
    FrameAllocator, OffsetPageTable, Page, PageSize, PageTable, PageTableFlags as Flags, PhysFrame, Size2MiB,
    Size4KiB,
};
use x86_64::{PhysAddr, VirtAddr};

/// Bytes of a page.
pub(crate) const PAGE_BYTES: u64 = Size4KiB::SIZE;
/// Where mappings go that name no address: far from the addresses the kernel fixes.
const DYNAMIC_START: u64 = 0xFFFF_A000_0000_0000;

/// The page tables under construction.
pub(crate) struct AddressSpace {
    root: u64,
    tables: OffsetPageTable<'static>,
    next: u64,
}

/// Page-table frames from the firmware.
struct Frames;

// SAFETY: every frame is freshly allocated and handed out once.
unsafe impl FrameAllocator<Size4KiB> for Frames {
    fn allocate_frame(&mut self) -> Option<PhysFrame> {
        allocate(PAGE_BYTES).ok().map(|address| PhysFrame::containing_address(PhysAddr::new(address)))
    }
}

impl AddressSpace {
    /// Makes empty tables.
    pub(crate) fn new(config: &BootloaderConfig) -> Result<AddressSpace, Failure> {
        let cr4 = x86_64::registers::control::Cr4::read();
        if cr4.contains(x86_64::registers::control::Cr4Flags::L5_PAGING) {
            return Err(Failure(
                "five-level paging is on, which the kernel does not support",
                Status::SUCCESS,
            ));
        }
        // Starting processors load the root while they are in 32-bit mode.
        let root = allocate_at(AllocateType::MaxAddress(0xFFFF_FFFF), PAGE_BYTES)?;
        // SAFETY: the page is zeroed, ours for ever, and memory is mapped at its own addresses.
        let tables = unsafe { OffsetPageTable::new(&mut *(root as *mut PageTable), VirtAddr::zero()) };
        let start: Option<u64> = config.mappings.dynamic_range_start;
        Ok(AddressSpace { root, tables, next: start.unwrap_or(DYNAMIC_START) })
    }

    /// The physical address of the root table.
    pub(crate) fn root(&self) -> u64 {
        self.root
    }

    /// Returns where a mapping goes: where it wants, or the next free place.
    pub(crate) fn place(&mut self, mapping: &Mapping, bytes: u64, align: u64) -> u64 {
        fixed(mapping).unwrap_or_else(|| {
            let at = self.next.next_multiple_of(align);
            self.next = at + bytes + PAGE_BYTES; // a hole between neighbours
            at
        })
    }

    /// Maps `bytes` of memory in 4 KiB pages.
    pub(crate) fn map(&mut self, at: u64, memory: u64, bytes: u64, flags: Flags) -> Result<(), Failure> {
        for offset in (0..bytes).step_by(PAGE_BYTES as usize) {
            self.map_page::<Size4KiB>(at + offset, memory + offset, flags)?;
        }
        Ok(())
    }

    /// Maps all memory the kernel may want to see at an offset, in 2 MiB pages, and returns the offset.
    pub(crate) fn map_memory(&mut self, mapping: &Mapping) -> Result<u64, Failure> {
        let unknown = |error: uefi::Error| Failure("the firmware gives no memory map", error.status());
        let map = firmware(|| boot::memory_map(MemoryType::LOADER_DATA)).map_err(unknown)?;
        let memory = || {
            map.entries().filter(|entry| {
                matches!(
                    entry.ty,
                    MemoryType::CONVENTIONAL
                        | MemoryType::BOOT_SERVICES_CODE
                        | MemoryType::BOOT_SERVICES_DATA
                        | MemoryType::LOADER_CODE
                        | MemoryType::LOADER_DATA
                        | MemoryType::ACPI_RECLAIM
                        | MemoryType::ACPI_NON_VOLATILE
                )
            })
        };
        let end = memory().map(|entry| entry.phys_start + entry.page_count * PAGE_BYTES).max().unwrap_or(0);
        let offset = self.place(mapping, end, Size2MiB::SIZE);
        for entry in memory() {
            let last = entry.phys_start + entry.page_count * PAGE_BYTES;
            let mut at = entry.phys_start / Size2MiB::SIZE * Size2MiB::SIZE;
            while at < last {
                self.map_page::<Size2MiB>(offset + at, at, Flags::WRITABLE | Flags::NO_EXECUTE)?;
                at += Size2MiB::SIZE;
            }
        }
        Ok(offset)
    }

    /// Maps the code around `address` at its own address, for the moment of the switch.
    pub(crate) fn map_identity(&mut self, address: u64) -> Result<(), Failure> {
        let page = address / PAGE_BYTES * PAGE_BYTES;
        self.map(page, page, 2 * PAGE_BYTES, Flags::empty())
    }

    /// Maps one page; a page that is already mapped to the same place stays.
    fn map_page<S: PageSize>(&mut self, at: u64, memory: u64, flags: Flags) -> Result<(), Failure>
    where
        for<'a> OffsetPageTable<'a>: Mapper<S>,
    {
        let page = Page::<S>::containing_address(VirtAddr::new(at));
        let frame = PhysFrame::<S>::containing_address(PhysAddr::new(memory));
        // SAFETY: these tables are not in use yet.
        match unsafe { self.tables.map_to(page, frame, flags | Flags::PRESENT, &mut Frames) } {
            Ok(unused) => {
                unused.ignore();
                Ok(())
            }
            Err(MapToError::PageAlreadyMapped(mapped)) if mapped == frame => Ok(()),
            Err(MapToError::FrameAllocationFailed) => {
                Err(Failure("not enough memory for page tables", Status::SUCCESS))
            }
            Err(_) => Err(Failure("two mappings of the kernel overlap", Status::SUCCESS)),
        }
    }
}
