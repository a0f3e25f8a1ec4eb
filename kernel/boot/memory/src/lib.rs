//! The memory functions that `core` expects from a C library, and the two symbols of unwinding it names.
//!
//! Byte-wise string instructions are ten times slower than these loops under emulation, so bulk work goes
//! in 16-byte steps; what does not fill a step is done by one more, overlapping step.
//!
//! A crate of its own, because `no_builtins` (which keeps the compiler from turning these loops into calls of
//! themselves) takes a crate out of link-time optimisation, and such a crate may not call into `core`: no
//! function here needs more than what is inlined.
#![cfg_attr(not(test), no_std)]
#![no_builtins]
//!
//! Under test the functions have no C names, so that the test program keeps its own.
#![allow(unsafe_code, reason = "the C library's memory functions, which work on raw memory")]
#![allow(unreachable_pub, reason = "the linker, not Rust code, refers to these symbols")]

use core::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_set1_epi8, _mm_storeu_si128};

/// # Safety
/// 16 bytes at `from` are readable.
#[inline(always)]
unsafe fn load16(from: *const u8) -> __m128i {
    // SAFETY: the caller's promise; the load needs no alignment.
    unsafe { _mm_loadu_si128(from.cast()) }
}

/// # Safety
/// 16 bytes at `to` are writable.
#[inline(always)]
unsafe fn store16(to: *mut u8, value: __m128i) {
    // SAFETY: the caller's promise; the store needs no alignment.
    unsafe { _mm_storeu_si128(to.cast(), value) }
}

/// Copies fewer than 16 bytes, reading all before writing any.
///
/// # Safety
/// As for [`memmove`], with `count < 16`.
#[inline(always)]
unsafe fn move_short(to: *mut u8, from: *const u8, count: usize) {
    // SAFETY: each arm touches `count` bytes from both pointers, as two overlapping steps of one size.
    unsafe {
        match count {
            8.. => {
                let first = from.cast::<u64>().read_unaligned();
                let last = from.add(count - 8).cast::<u64>().read_unaligned();
                to.cast::<u64>().write_unaligned(first);
                to.add(count - 8).cast::<u64>().write_unaligned(last);
            }
            4.. => {
                let first = from.cast::<u32>().read_unaligned();
                let last = from.add(count - 4).cast::<u32>().read_unaligned();
                to.cast::<u32>().write_unaligned(first);
                to.add(count - 4).cast::<u32>().write_unaligned(last);
            }
            2.. => {
                let first = from.cast::<u16>().read_unaligned();
                let last = from.add(count - 2).cast::<u16>().read_unaligned();
                to.cast::<u16>().write_unaligned(first);
                to.add(count - 2).cast::<u16>().write_unaligned(last);
            }
            1 => *to = *from,
            0 => {}
        }
    }
}

/// Copies `count` bytes between places that do not overlap.
///
/// # Safety
/// As C's `memcpy`.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the caller promises readable `from` and writable `to` of `count` bytes; every step below
    // stays within `count`. The last 16 bytes are read before anything is written and written last, so
    // this also serves `memmove` when `to` is below `from`.
    unsafe {
        if count < 16 {
            move_short(to, from, count);
            return to;
        }
        let last = load16(from.add(count - 16));
        let mut done = 0;
        while done + 64 <= count {
            let (a, b) = (load16(from.add(done)), load16(from.add(done + 16)));
            let (c, d) = (load16(from.add(done + 32)), load16(from.add(done + 48)));
            store16(to.add(done), a);
            store16(to.add(done + 16), b);
            store16(to.add(done + 32), c);
            store16(to.add(done + 48), d);
            done += 64;
        }
        while done + 16 <= count {
            store16(to.add(done), load16(from.add(done)));
            done += 16;
        }
        store16(to.add(count - 16), last);
    }
    to
}

/// Copies `count` bytes between places that may overlap.
///
/// # Safety
/// As C's `memmove`.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: as for `memcpy`; going down, the first 16 bytes are read first and written last.
    unsafe {
        if count < 16 || (to as usize).wrapping_sub(from as usize) >= count {
            return memcpy(to, from, count);
        }
        let first = load16(from);
        let mut rest = count;
        while rest >= 16 {
            rest -= 16;
            store16(to.add(rest), load16(from.add(rest)));
        }
        store16(to, first);
    }
    to
}

/// Fills `count` bytes.
///
/// # Safety
/// As C's `memset`.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
    let byte = byte as u8;
    // SAFETY: the caller promises `count` writable bytes; every step stays within them.
    unsafe {
        if count < 16 {
            let wide = u64::from(byte) * 0x0101_0101_0101_0101;
            match count {
                8.. => {
                    to.cast::<u64>().write_unaligned(wide);
                    to.add(count - 8).cast::<u64>().write_unaligned(wide);
                }
                4.. => {
                    to.cast::<u32>().write_unaligned(wide as u32);
                    to.add(count - 4).cast::<u32>().write_unaligned(wide as u32);
                }
                _ => {
                    for index in 0..count {
                        *to.add(index) = byte;
                    }
                }
            }
            return to;
        }
        let wide = _mm_set1_epi8(byte as i8);
        let mut done = 0;
        while done + 64 <= count {
            store16(to.add(done), wide);
            store16(to.add(done + 16), wide);
            store16(to.add(done + 32), wide);
            store16(to.add(done + 48), wide);
            done += 64;
        }
        while done + 16 <= count {
            store16(to.add(done), wide);
            done += 16;
        }
        store16(to.add(count - 16), wide);
    }
    to
}

/// Compares `count` bytes as unsigned numbers, the first difference deciding.
///
/// # Safety
/// As C's `memcmp`.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    let mut done = 0;
    // SAFETY: the caller promises `count` readable bytes on both sides.
    unsafe {
        while done + 8 <= count {
            let a = left.add(done).cast::<u64>().read_unaligned();
            let b = right.add(done).cast::<u64>().read_unaligned();
            if a != b {
                return if a.swap_bytes() < b.swap_bytes() { -1 } else { 1 };
            }
            done += 8;
        }
        while done < count {
            let (a, b) = (*left.add(done), *right.add(done));
            if a != b {
                return i32::from(a) - i32::from(b);
            }
            done += 1;
        }
    }
    0
}

/// Compares `count` bytes for equality: 0 when equal.
///
/// # Safety
/// As C's `bcmp`.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    // SAFETY: the same promise.
    unsafe { memcmp(left, right, count) }
}

/// Counts the bytes before the first zero.
///
/// # Safety
/// As C's `strlen`.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn strlen(text: *const u8) -> usize {
    let mut length = 0;
    // SAFETY: the caller promises a terminating zero, so every byte up to it is readable.
    while unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    length
}

/// Named by the prebuilt `core`; never called, as panics abort.
#[cfg(not(test))]
#[unsafe(no_mangle)]
pub extern "C" fn rust_eh_personality() {}

/// Named by the prebuilt `core`; never called, as panics abort.
#[cfg(not(test))]
#[unsafe(no_mangle)]
pub extern "C" fn _Unwind_Resume() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that differ from their neighbours.
    fn pattern(count: usize) -> Vec<u8> {
        (0..count).map(|index| (index * 7 + index / 256) as u8).collect()
    }

    #[test]
    fn copies_of_every_short_length_and_offset() {
        for count in (0..200).chain([1000, 4096, 5003]) {
            for (from, to) in [(0, 0), (1, 0), (0, 3), (5, 9)] {
                let source = pattern(count + 16);
                let mut target = vec![0xEE; count + 32];
                // SAFETY: both have room for `count` bytes from there.
                unsafe { memcpy(target.as_mut_ptr().add(to), source.as_ptr().add(from), count) };
                assert_eq!(target[to..to + count], source[from..from + count], "{count} bytes");
                assert!(
                    target[..to].iter().chain(&target[to + count..]).all(|byte| *byte == 0xEE),
                    "{count}"
                );
            }
        }
    }

    #[test]
    fn overlapping_moves_in_both_directions() {
        for count in (0..150).chain([1000, 4099]) {
            for (from, to) in [(0, 1), (1, 0), (0, 15), (15, 0), (0, 64), (64, 0), (3, 70), (70, 3), (9, 9)] {
                let mut moved = pattern(count + 128);
                let mut expected = moved.clone();
                expected.copy_within(from..from + count, to);
                let start = moved.as_mut_ptr();
                // SAFETY: both ranges are within the vector.
                unsafe { memmove(start.add(to), start.add(from), count) };
                assert_eq!(moved, expected, "{count} bytes from {from} to {to}");
            }
        }
    }

    #[test]
    fn fills_exactly_what_it_is_given() {
        for count in (0..150).chain([1000, 4097]) {
            let mut target = vec![0x11; count + 8];
            // SAFETY: the vector has more than `count` bytes from there.
            unsafe { memset(target.as_mut_ptr().add(3), 0x1AB, count) };
            assert!(
                target[3..3 + count].iter().all(|byte| *byte == 0xAB),
                "{count} bytes, of the low byte only"
            );
            assert!(target[..3].iter().chain(&target[3 + count..]).all(|byte| *byte == 0x11), "{count}");
        }
    }

    #[test]
    fn comparison_is_by_the_first_difference_as_unsigned_bytes() {
        for count in 0..70 {
            for place in 0..count {
                let left = pattern(count);
                let mut right = left.clone();
                right[place] = right[place].wrapping_add(128);
                if let Some(byte) = right.get_mut(place + 1) {
                    *byte = !*byte; // what comes later does not matter
                }
                // SAFETY: both have `count` bytes.
                let (order, same) = unsafe {
                    (memcmp(left.as_ptr(), right.as_ptr(), count), bcmp(left.as_ptr(), left.as_ptr(), count))
                };
                assert_eq!(
                    order.signum(),
                    if left[place] < right[place] { -1 } else { 1 },
                    "{place} of {count}"
                );
                assert_eq!(same, 0);
            }
        }
    }

    #[test]
    fn length_ends_at_the_first_zero() {
        for text in ["", "a", "halt\0more"] {
            let bytes = [text.as_bytes(), b"\0"].concat();
            let expected = text.find('\0').unwrap_or(text.len());
            // SAFETY: the text ends with a zero.
            assert_eq!(unsafe { strlen(bytes.as_ptr()) }, expected);
        }
    }
}
