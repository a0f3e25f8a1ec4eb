//! Reading, placing and relocating the kernel.
//!
//! Enter at [`config`] and [`load`].

use crate::mapping::{AddressSpace, PAGE_BYTES};
use crate::{Failure, allocate};
use bootloader_api::BootloaderConfig;
use halt_boot::elf::{Elf, PT_LOAD};
use uefi::Status;
use x86_64::structures::paging::PageTableFlags as Flags;

/// A kernel in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loaded {
    /// What was added to every address of the file.
    pub(crate) base: u64,
    /// Where it starts.
    pub(crate) entry: u64,
}

fn bad(message: &'static str) -> Failure {
    Failure(message, Status::SUCCESS)
}

/// Reads what the kernel asks of its loader.
pub(crate) fn config(file: &[u8]) -> Result<BootloaderConfig, Failure> {
    let section =
        Elf::parse(file).map_err(bad)?.sections().find(|section| section.name == b".bootloader-config");
    let section = section.ok_or(bad("the kernel has no loader configuration"))?;
    BootloaderConfig::deserialize(section.data).map_err(bad)
}

/// Copies the kernel's segments to fresh memory, relocates them and maps them with their own permissions.
pub(crate) fn load(
    file: &[u8],
    config: &BootloaderConfig,
    space: &mut AddressSpace,
) -> Result<Loaded, Failure> {
    let elf = Elf::parse(file).map_err(bad)?;
    let segments = || elf.segments().filter(|segment| segment.kind == PT_LOAD && segment.memory_bytes > 0);
    let end = segments()
        .map(|segment| segment.address + segment.memory_bytes)
        .max()
        .ok_or(bad("the kernel is empty"))?;
    let bytes = end.next_multiple_of(PAGE_BYTES);
    let memory = allocate(bytes)?;
    let base = space.place(&config.mappings.kernel_base, bytes, PAGE_BYTES);

    for segment in segments() {
        let data = elf.segment_data(&segment).ok_or(bad("the kernel is cut off"))?;
        // SAFETY: the segment lies within the `bytes` just allocated, as `end` is their maximum
        // and the file's bytes are not more than the memory's (else they would pass `end`; checked here).
        unsafe {
            if segment.file_bytes > segment.memory_bytes {
                return Err(bad("a kernel segment has more bytes than memory"));
            }
            ((memory + segment.address) as *mut u8).copy_from_nonoverlapping(data.as_ptr(), data.len());
        }
    }
    for relocation in elf.relocations().map_err(bad)? {
        let (at, addend) = relocation.map_err(bad)?;
        if at.checked_add(8).is_none_or(|last| last > bytes) {
            return Err(bad("a relocation is outside the kernel"));
        }
        // SAFETY: the word lies within the kernel's memory, just checked.
        unsafe { ((memory + at) as *mut u64).write_unaligned(base.wrapping_add(addend)) };
    }
    for segment in segments() {
        let first = segment.address / PAGE_BYTES * PAGE_BYTES;
        let last = (segment.address + segment.memory_bytes).next_multiple_of(PAGE_BYTES);
        let mut flags = Flags::empty();
        flags.set(Flags::WRITABLE, segment.flags & 2 != 0);
        flags.set(Flags::NO_EXECUTE, segment.flags & 1 == 0);
        space.map(base + first, memory + first, last - first, flags)?;
    }
    Ok(Loaded { base, entry: base + elf.entry() })
}
