//! The global allocator: `talc` over a fixed piece of memory.
#![allow(unsafe_code, reason = "hands raw memory to the allocator")]

use crate::cpu::lock::RawLock;
use talc::TalcLock;
use talc::source::Manual;

#[global_allocator]
static ALLOCATOR: TalcLock<RawLock, Manual> = TalcLock::new(Manual);

/// Gives the allocator its memory.
///
/// # Safety
/// The memory is mapped, writable and used by nobody else, for ever.
pub(crate) unsafe fn claim(start: *mut u8, bytes: usize) {
    // SAFETY: the caller's promise.
    let claimed = unsafe { ALLOCATOR.lock().claim(start, bytes) };
    assert!(claimed.is_some(), "{bytes} bytes are too few for the allocator");
}
