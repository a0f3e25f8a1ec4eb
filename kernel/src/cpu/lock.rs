//! A spin lock that keeps interrupts off while it is held, so that handlers may take it too.
//!
//! Enter at [`Mutex`]. For short work only.
#![allow(unsafe_code, reason = "a lock over raw interrupt state")]

use core::cell::Cell;
use core::sync::atomic::{AtomicBool, Ordering};
use x86_64::instructions::interrupts;

/// Data behind a [`RawLock`].
pub(crate) type Mutex<T> = lock_api::Mutex<RawLock, T>;

/// The lock itself.
pub(crate) struct RawLock {
    locked: AtomicBool,
    /// Whether the holder had interrupts on.
    interrupts: Cell<bool>,
}

// SAFETY: `interrupts` is only touched by the core that holds the lock.
unsafe impl Sync for RawLock {}

// SAFETY: `locked` goes from false to true for one core at a time, with acquire and release order.
unsafe impl lock_api::RawMutex for RawLock {
    #[allow(clippy::declare_interior_mutable_const, reason = "the initial value that lock_api asks for")]
    const INIT: RawLock = RawLock { locked: AtomicBool::new(false), interrupts: Cell::new(false) };
    type GuardMarker = lock_api::GuardNoSend;

    fn lock(&self) {
        while !self.try_lock() {
            while self.locked.load(Ordering::Relaxed) {
                core::hint::spin_loop();
            }
        }
    }

    fn try_lock(&self) -> bool {
        let were_on = interrupts::are_enabled();
        interrupts::disable();
        let got = self.locked.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok();
        match got {
            true => self.interrupts.set(were_on),
            false if were_on => interrupts::enable(),
            false => {}
        }
        got
    }

    unsafe fn unlock(&self) {
        let were_on = self.interrupts.get();
        self.locked.store(false, Ordering::Release);
        if were_on {
            interrupts::enable();
        }
    }
}
