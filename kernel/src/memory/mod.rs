//! Physical memory: frames, the mapping of all memory, devices' registers, and how memory is shared out.
//!
//! Enter at [`start`]. The largest usable region is cut up once: the allocator's part, then frames as they are needed
//! (page tables, stacks, device queues), and what is left becomes the heap's arena (`arena.rs`).
//!
//! Invariant: a frame is handed out once and never comes back.
#![allow(unsafe_code, reason = "hardware edge: page tables and raw memory")]

pub(crate) mod allocator;
pub(crate) mod arena;

use crate::cpu::lock::Mutex;
use crate::limits::{PAGE_BYTES, PHYSICAL, RESERVE_BYTES, STACK_STEP};
use bootloader_api::BootInfo;
use bootloader_api::info::{MemoryRegion, MemoryRegionKind};
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use x86_64::registers::control::Cr3;
use x86_64::structures::paging::mapper::{MapToError, Mapper, Translate, TranslateResult};
use x86_64::structures::paging::{
    FrameAllocator, OffsetPageTable, Page, PageTable, PageTableFlags as Flags, PhysFrame, Size4KiB,
};
use x86_64::{PhysAddr, VirtAddr};

/// The frames that are left.
static FREE: Mutex<Range<u64>> = Mutex::new(0..0);
/// Held while page tables change.
static TABLES: Mutex<()> = Mutex::new(());
/// A free page below 1 MiB, where starting cores begin.
static LOW_PAGE: AtomicU64 = AtomicU64::new(0);

/// How much memory there is and where it went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) total_bytes: u64,
    pub(crate) allocator_bytes: u64,
}

/// Shares out the memory and starts the allocator.
pub(crate) fn start(info: &BootInfo) -> Memory {
    let usable = || info.memory_regions.iter().filter(|region| region.kind == MemoryRegionKind::Usable);
    let above = |region: &MemoryRegion| region.start.max(1 << 20)..region.end.max(1 << 20);
    let largest = usable().map(above).max_by_key(|range| range.end - range.start).expect("there is memory");
    let low = usable()
        .map(|region| region.start.max(PAGE_BYTES)..region.end.min(0xA_0000))
        .find(|low| low.start < low.end);
    LOW_PAGE.store(low.map_or(0, |low| low.start), Relaxed);

    // The system keeps several copies of the screen, beside its own tables; the arena matters more.
    let screen_bytes = info.framebuffer.as_ref().map_or(0, |framebuffer| framebuffer.info().byte_len as u64);
    let all = largest.end - largest.start;
    // Many processes are what a large machine is for: their records lie here.
    let processes_bytes = all / 32 + all.saturating_sub(256 << 20) / 8;
    let allocator_bytes =
        ((24 << 20) + 6 * screen_bytes + processes_bytes).min(all / 2) / PAGE_BYTES * PAGE_BYTES;
    *FREE.lock() = largest.start + allocator_bytes..largest.end;
    // SAFETY: the range is usable memory that nothing else was given, mapped at `PHYSICAL` by the loader.
    unsafe { allocator::claim(physical(largest.start), allocator_bytes as usize) };
    Memory {
        total_bytes: info.memory_regions.iter().filter(|r| is_memory(r)).map(|r| r.end - r.start).sum(),
        allocator_bytes,
    }
}

fn is_memory(region: &MemoryRegion) -> bool {
    // UEFI's kinds 0 and 11 upwards are holes and devices.
    !matches!(region.kind, MemoryRegionKind::UnknownUefi(0 | 11..))
}

/// A page below 1 MiB for the start of other cores.
pub(crate) fn low_page() -> Option<u64> {
    Some(LOW_PAGE.load(Relaxed)).filter(|page| *page != 0)
}

/// Where a physical address is mapped.
pub(crate) fn physical(address: u64) -> *mut u8 {
    (PHYSICAL + address) as *mut u8
}

/// Hands out contiguous zeroed frames.
///
/// # Panics
/// When there is no memory left, which the sizes in `limits.rs` rule out at start-up, the only time this is called.
pub(crate) fn frames(bytes: u64) -> u64 {
    try_frames(bytes).expect("the machine has enough memory to start")
}

/// Hands out contiguous zeroed frames while there are any.
fn try_frames(bytes: u64) -> Option<u64> {
    let bytes = bytes.next_multiple_of(PAGE_BYTES);
    let start = {
        let mut free = FREE.lock();
        let start = free.start;
        if free.end - start < bytes {
            return None;
        }
        free.start += bytes;
        start
    };
    // SAFETY: the frames are ours alone now, and mapped.
    unsafe { physical(start).write_bytes(0, bytes as usize) };
    Some(start)
}

/// Bytes of frames that are left.
fn free_bytes() -> u64 {
    let free = FREE.lock();
    free.end - free.start
}

/// Hands out all that is left but a reserve, not zeroed, at most `bytes_max`.
fn take_rest(bytes_max: u64, align: u64) -> Range<u64> {
    let mut free = FREE.lock();
    let start = free.start.next_multiple_of(align);
    let bytes = free.end.saturating_sub(start + RESERVE_BYTES).min(bytes_max) / align * align;
    // The reserve is what remains: above what was taken.
    free.start = start + bytes;
    start..start + bytes
}

/// Frames for page tables.
struct Frames;

// SAFETY: `frames` hands out each frame once, zeroed.
unsafe impl FrameAllocator<Size4KiB> for Frames {
    fn allocate_frame(&mut self) -> Option<PhysFrame> {
        Some(PhysFrame::containing_address(PhysAddr::new(try_frames(PAGE_BYTES)?)))
    }
}

/// The page tables in use.
///
/// # Safety
/// Nobody else changes them meanwhile: [`TABLES`] is held, or the machine is stopped.
unsafe fn tables() -> OffsetPageTable<'static> {
    let root = physical(Cr3::read().0.start_address().as_u64()).cast::<PageTable>();
    // SAFETY: the root is a page table, mapped at `PHYSICAL` like all memory; the caller vouches for the rest.
    unsafe { OffsetPageTable::new(&mut *root, VirtAddr::new(PHYSICAL)) }
}

/// Maps fresh zeroed memory for data.
pub(crate) fn map_fresh(at: u64, bytes: u64) {
    let memory = frames(bytes);
    map(at, memory, bytes, Flags::WRITABLE | Flags::NO_EXECUTE);
}

/// Grows a stack downwards by the step that holds `address`. Returns false when memory is used up.
pub(crate) fn grow_stack(address: u64) -> bool {
    let Some(memory) = try_frames(STACK_STEP) else { return false };
    // The tables down to the last level are there, as stacks start with their tops mapped; at most one is missing.
    map(address / STACK_STEP * STACK_STEP, memory, STACK_STEP, Flags::WRITABLE | Flags::NO_EXECUTE);
    true
}

/// Maps a low page at its own address, executable: cores start there.
pub(crate) fn map_start_page(page: u64) {
    map(page, page, PAGE_BYTES, Flags::WRITABLE);
}

/// Makes a device's registers reachable and returns where they are. They are not cached.
pub(crate) fn map_device(address: u64, bytes: u64) -> *mut u8 {
    let start = address / PAGE_BYTES * PAGE_BYTES;
    let end = (address + bytes).next_multiple_of(PAGE_BYTES);
    map(PHYSICAL + start, start, end - start, Flags::WRITABLE | Flags::NO_EXECUTE | Flags::NO_CACHE);
    physical(address)
}

/// Maps pages; pages that are mapped already stay as they are.
fn map(at: u64, memory: u64, bytes: u64, flags: Flags) {
    let _held = TABLES.lock();
    // SAFETY: `TABLES` is held.
    let mut tables = unsafe { tables() };
    for offset in (0..bytes).step_by(PAGE_BYTES as usize) {
        let page = Page::<Size4KiB>::containing_address(VirtAddr::new(at + offset));
        let frame = PhysFrame::containing_address(PhysAddr::new(memory + offset));
        // SAFETY: callers map fresh frames or device registers, at addresses kept for them in `limits.rs`.
        match unsafe { tables.map_to(page, frame, flags | Flags::PRESENT, &mut Frames) } {
            Ok(fresh) => fresh.ignore(), // it was not mapped, so no core remembers it
            Err(MapToError::PageAlreadyMapped(_) | MapToError::ParentEntryHugePage) => {}
            Err(error) => panic!("cannot map {at:#x}: {error:?}"),
        }
    }
}

/// Translates a virtual address to a physical one.
pub(crate) fn translate(address: u64) -> Option<u64> {
    // SAFETY: this only reads; entries are written whole.
    let tables = unsafe { tables() };
    match tables.translate(VirtAddr::try_new(address).ok()?) {
        TranslateResult::Mapped { frame, offset, .. } => Some(frame.start_address().as_u64() + offset),
        _ => None,
    }
}
