//! Processor time: what a busy machine disturbs least.
//!
//! Enter at [`process_ns`] and [`thread_ns`]. Both count the kernel's work for us too: page faults are a cost.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of all threads of this process.
pub(crate) fn process_ns() -> u64 {
    ns(ClockId::ProcessCPUTime)
}

/// Nanoseconds of this thread.
pub(crate) fn thread_ns() -> u64 {
    ns(ClockId::ThreadCPUTime)
}

fn ns(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
