//! The gate: counts open scopes, and lets a collection wait until there is none.
//!
//! Enter at [`Gate::enter`] and [`Gate::close`]. A core that is inside a scope never waits here for ever: a
//! collection that does not get its way within its patience opens the gate again (so a nested scope entered
//! on the same core only waits that long; `Scope::enter` avoids even that).

use core::sync::atomic::{AtomicUsize, Ordering};

/// Set while a collection waits or runs.
const CLOSED: usize = 1 << (usize::BITS - 1);

#[derive(Default)]
pub(crate) struct Gate {
    /// Open scopes, and the closed bit.
    state: AtomicUsize,
}

impl Gate {
    /// Counts a scope in; waits while the gate is closed.
    #[inline]
    pub(crate) fn enter(&self, relax: impl Fn()) {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            if state & CLOSED != 0 {
                relax();
                state = self.state.load(Ordering::Relaxed);
                continue;
            }
            match self.state.compare_exchange_weak(state, state + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return,
                Err(seen) => state = seen,
            }
        }
    }

    /// Counts a scope in on a core that is inside another one, so that no collection can be running.
    #[inline]
    pub(crate) fn enter_nested(&self) {
        let state = self.state.fetch_add(1, Ordering::Acquire);
        debug_assert!(state & !CLOSED > 0, "a nested scope without an outer one");
    }

    #[inline]
    pub(crate) fn leave(&self) {
        let state = self.state.fetch_sub(1, Ordering::Release);
        debug_assert!(state & !CLOSED > 0, "more scopes left than entered");
    }

    /// Whether somebody waits for the open scopes to end.
    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.state.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// Closes the gate and waits until no scope is open, as long as `patient` says so. Returns whether the
    /// caller is alone now; it must then `open` the gate.
    pub(crate) fn close(&self, mut patient: impl FnMut() -> bool) -> bool {
        let mut state = self.state.fetch_or(CLOSED, Ordering::Acquire);
        debug_assert!(state & CLOSED == 0, "two collections at once");
        while state & !CLOSED != 0 {
            if !patient() {
                self.open();
                return false;
            }
            state = self.state.load(Ordering::Acquire);
        }
        true
    }

    pub(crate) fn open(&self) {
        self.state.fetch_and(!CLOSED, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_waits_for_scopes_and_gives_up() {
        let gate = Gate::default();
        gate.enter(|| ());
        gate.enter_nested();
        let mut tries = 0;
        assert!(!gate.close(|| {
            tries += 1;
            tries < 10
        }));
        assert!(!gate.is_closed());
        gate.leave();
        assert!(gate.close(|| {
            gate.leave();
            true
        }));
        assert!(gate.is_closed());
        gate.open();
        gate.enter(|| ());
    }
}
