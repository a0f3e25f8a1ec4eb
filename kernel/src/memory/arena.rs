//! The memory of the immutable heap: one contiguous range that reads as zero.
//!
//! Enter at [`start`]. Zeroing hundreds of megabytes at boot would cost more than the whole boot may, so chunks are
//! zeroed and mapped when they are first touched: the page fault handler calls [`touch`].
//!
//! Invariant: a chunk is mapped only after it is zero, by one core, and stays mapped. As absent entries are
//! not remembered by any core, no core needs to be told.
#![allow(unsafe_code, reason = "hardware edge: page tables and raw memory")]

use super::{Mutex, frames, free_bytes, physical, take_rest};
use crate::limits::{ARENA, ARENA_BYTES_MAX, ARENA_CHUNK, PAGE_BYTES};
use alloc::boxed::Box;
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};
use spin::Once;
use x86_64::registers::control::Cr3;

const PRESENT_WRITABLE: u64 = 3;
const NO_EXECUTE: u64 = 1 << 63;
const ENTRIES: u64 = 512;

static PARTS: Once<Parts> = Once::new();

struct Parts {
    memory: Range<u64>,
    /// The last level of the arena's page tables, one word a page.
    entries: &'static [AtomicU64],
    /// For each group of chunks, held while one of it is made.
    locks: Box<[Mutex<()>]>,
}

/// Takes all memory that is left, at most [`ARENA_BYTES_MAX`], and returns it as zeroes.
pub(crate) fn start() -> &'static mut [u64] {
    // Page tables first: 8 bytes for each page of as much as there may be.
    let bytes_max = free_bytes().min(ARENA_BYTES_MAX).next_multiple_of(ENTRIES * PAGE_BYTES);
    let leaves = frames(bytes_max / PAGE_BYTES * 8);
    let memory = take_rest(bytes_max, ARENA_CHUNK);
    link(leaves, bytes_max);
    let bytes = memory.end - memory.start;
    // SAFETY: the frames are zeroed, ours for ever and only ever accessed as atomics.
    let entries =
        unsafe { core::slice::from_raw_parts(physical(leaves).cast(), (bytes / PAGE_BYTES) as usize) };
    let locks = (0..64).map(|_| Mutex::new(())).collect();
    PARTS.call_once(|| Parts { memory, entries, locks });
    // SAFETY: the range is kept for the arena, reads as zero through `touch`, and is handed out once:
    // `frames` and `take_rest` gave this memory to nobody else.
    unsafe { core::slice::from_raw_parts_mut(ARENA as *mut u64, bytes as usize / 8) }
}

/// Hangs the leaves into the page tables.
fn link(leaves: u64, bytes_max: u64) {
    let set = |table: u64, index: u64, entry: u64| {
        // SAFETY: `table` is a page table frame and `index` below 512; nothing is mapped there yet.
        unsafe { physical(table).cast::<u64>().add(index as usize).write_volatile(entry | PRESENT_WRITABLE) };
    };
    let directory_pointers = frames(PAGE_BYTES);
    for gigabyte in 0..bytes_max.div_ceil(1 << 30) {
        let directory = frames(PAGE_BYTES);
        let here = (bytes_max - (gigabyte << 30)).min(1 << 30).div_ceil(ENTRIES * PAGE_BYTES);
        for index in 0..here {
            set(directory, index, leaves + (gigabyte * ENTRIES + index) * PAGE_BYTES);
        }
        set(directory_pointers, gigabyte, directory);
    }
    set(Cr3::read().0.start_address().as_u64(), ARENA >> 39 & (ENTRIES - 1), directory_pointers);
}

/// Makes the chunk around an address that faulted. Returns whether the address is the arena's and may be used now.
pub(crate) fn touch(address: u64) -> bool {
    let Some(parts) = PARTS.get() else { return false };
    let offset = address.wrapping_sub(ARENA);
    if offset >= parts.memory.end - parts.memory.start {
        return false;
    }
    let chunk = offset / ARENA_CHUNK;
    let pages =
        (chunk * ARENA_CHUNK / PAGE_BYTES) as usize..((chunk + 1) * ARENA_CHUNK / PAGE_BYTES) as usize;
    let _held = parts.locks[chunk as usize % parts.locks.len()].lock();
    if parts.entries[pages.start].load(Ordering::Acquire) != 0 {
        return true; // another core was faster
    }
    let memory = parts.memory.start + chunk * ARENA_CHUNK;
    // SAFETY: this chunk of the arena's memory is not mapped in the arena yet, so nobody sees it.
    unsafe { physical(memory).write_bytes(0, ARENA_CHUNK as usize) };
    // From the last to the first, which stands for the whole chunk above.
    for page in pages.clone().rev() {
        let at = memory + (page - pages.start) as u64 * PAGE_BYTES;
        parts.entries[page].store(at | PRESENT_WRITABLE | NO_EXECUTE, Ordering::Release);
    }
    true
}
