//! The functions that led to a failure.
//!
//! Enter at [`write`]. Frames are found by frame pointers, which the image is built with; names come from the kernel's
//! own ELF file, which the loader leaves in memory.
#![allow(unsafe_code, reason = "refers to the kernel's ELF file in memory")]

use super::peek;
use crate::limits::PHYSICAL;
use bootloader_api::BootInfo;
use core::fmt::Write;
use halt_boot::elf::Elf;
use rustc_demangle::demangle;
use spin::Once;

/// Frames shown; more are only counted as "and more".
const FRAMES_MAX: usize = 32;

static SYMBOLS: Once<Symbols> = Once::new();

struct Symbols {
    elf: Elf<'static>,
    /// What the loader added to the file's addresses.
    base: u64,
}

/// Remembers where the kernel's ELF file is.
pub(crate) fn adopt_symbols(info: &BootInfo) {
    // SAFETY: the loader keeps the file in memory of its own, which stays mapped and unwritten.
    let file = unsafe {
        core::slice::from_raw_parts((PHYSICAL + info.kernel_addr) as *const u8, info.kernel_len as usize)
    };
    if let Ok(elf) = Elf::parse(file) {
        SYMBOLS.call_once(|| Symbols { elf, base: info.kernel_image_offset });
    }
}

/// Writes the frames, innermost first: `first` is where execution stopped, if that is no call.
pub(super) fn write(out: &mut impl Write, first: Option<u64>, frame_pointer: u64) {
    let _ = writeln!(out, "backtrace:");
    let mut number = 0;
    let mut line = |out: &mut dyn Write, address: u64, back: u64| {
        let _ = write!(out, "{number:>3} {address:016x} ");
        name(out, address, back);
        number += 1;
    };
    if let Some(address) = first {
        line(out, address, 0);
    }
    let mut at = frame_pointer;
    for _ in 0..FRAMES_MAX {
        // A frame: the caller's frame pointer, then the return address.
        let (Some(next), Some(back)) = (peek(at), peek(at.wrapping_add(8))) else { return };
        if back == 0 {
            return;
        }
        line(out, back, 1);
        // Frames go up the stack; interrupt stacks are above the core's own.
        if next == 0 || next == at {
            return;
        }
        at = next;
    }
    let _ = writeln!(out, "    and more");
}

/// Writes a function's name. A return address belongs to the instruction before it, `back` bytes down.
fn name(out: &mut dyn Write, address: u64, back: u64) {
    let found =
        SYMBOLS.get().and_then(|symbols| symbols.elf.function_at(address.wrapping_sub(symbols.base + back)));
    let _ = match found {
        Some((mangled, offset)) => writeln!(out, "{:#}+{:#x}", demangle(mangled), offset + back),
        None => writeln!(out, "?"),
    };
}
