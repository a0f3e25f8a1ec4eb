//! Port input and output: the `in` and `out` instructions.
#![allow(unsafe_code, reason = "hardware edge: port instructions")]

use core::arch::asm;

/// Reads a byte from a port.
///
/// # Safety
/// Reading the port must have no effect that breaks memory safety (no device there starts a transfer).
#[inline]
pub unsafe fn read_u8(port: u16) -> u8 {
    let value: u8;
    // SAFETY: the caller vouches for the port; the instruction touches no memory.
    unsafe { asm!("in al, dx", in("dx") port, out("al") value, options(nomem, nostack, preserves_flags)) };
    value
}

/// Writes a byte to a port.
///
/// # Safety
/// As for [`read_u8`], of writing.
#[inline]
pub unsafe fn write_u8(port: u16, value: u8) {
    // SAFETY: as for `read_u8`.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack, preserves_flags)) };
}

/// Writes 16 bits to a port.
///
/// # Safety
/// As for [`write_u8`].
#[inline]
pub unsafe fn write_u16(port: u16, value: u16) {
    // SAFETY: as for `read_u8`.
    unsafe { asm!("out dx, ax", in("dx") port, in("ax") value, options(nomem, nostack, preserves_flags)) };
}

/// Reads 16 bits from a port.
///
/// # Safety
/// As for [`read_u8`].
#[inline]
pub unsafe fn read_u16(port: u16) -> u16 {
    let value: u16;
    // SAFETY: as for `read_u8`.
    unsafe { asm!("in ax, dx", in("dx") port, out("ax") value, options(nomem, nostack, preserves_flags)) };
    value
}

/// Reads 32 bits from a port.
///
/// # Safety
/// As for [`read_u8`].
#[inline]
pub unsafe fn read_u32(port: u16) -> u32 {
    let value: u32;
    // SAFETY: as for `read_u8`.
    unsafe { asm!("in eax, dx", in("dx") port, out("eax") value, options(nomem, nostack, preserves_flags)) };
    value
}

/// Writes 32 bits to a port.
///
/// # Safety
/// As for [`write_u8`].
#[inline]
pub unsafe fn write_u32(port: u16, value: u32) {
    // SAFETY: as for `read_u8`.
    unsafe { asm!("out dx, eax", in("dx") port, in("eax") value, options(nomem, nostack, preserves_flags)) };
}
