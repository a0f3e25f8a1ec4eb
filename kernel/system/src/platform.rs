//! The seam between the portable system and the machine it runs on.
//!
//! The kernel implements [`Platform`] over devices, the host over threads. Everything above it is
//! portable: clock and input enter as values.
//!
//! Invariant: nothing in this crate names a device or a port.

use pc_keyboard::{KeyCode, KeyState};

/// An input event as the machine reports it, before anybody interprets it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InputEvent {
    /// A key went down or up. The system decodes modifiers and characters.
    Key {
        /// Which key, by place on a US-104 keyboard.
        code: KeyCode,
        /// Down, up or both at once.
        state: KeyState,
    },
    /// The pointer is at this place; both axes run over `0..=32767` of the screen.
    PointerAbsolute {
        /// Horizontal place, `0..=32767`.
        x: u16,
        /// Vertical place, `0..=32767`.
        y: u16,
    },
    /// The pointer moved by this many pixels (right and down are positive).
    PointerRelative {
        /// Pixels to the right.
        dx: i32,
        /// Pixels down.
        dy: i32,
    },
    /// A pointer button changed: 0 is left, 1 right, 2 middle.
    Button {
        /// Which button.
        button: u8,
        /// Whether it is down now.
        down: bool,
    },
    /// The wheel turned by this many notches, positive is up (away from the user).
    Wheel {
        /// Notches.
        notches: i32,
    },
}

/// What the system needs of the machine. Every method may be called from every core.
pub trait Platform: Send + Sync {
    /// Microseconds since the machine started; never goes back, the same on every core.
    fn now_us(&self) -> u64;
    /// Seconds since 1970-01-01 UTC at `now_us() == 0`, where the machine knows it.
    fn boot_unix_seconds(&self) -> Option<u64>;
    /// Bytes that the allocator has for what is no value: processes, their stacks and mailboxes. `None` where it has plenty.
    fn native_bytes(&self) -> Option<usize> {
        None
    }
    /// Cores that run [`crate::System::run_core`], at least 1.
    fn core_count(&self) -> usize;
    /// Sleeps until an interrupt, a [`wake`](Self::wake) of this core or `deadline_us`, whichever
    /// comes first. May return early for no reason. A wake that came since the last call returns at once.
    fn wait(&self, core: usize, deadline_us: Option<u64>);
    /// Ends the wait of a core, now or its next one. Lock-free; called from interrupt handlers too.
    fn wake(&self, core: usize);
    /// Writes a rectangle of finished pixels (0xFFRRGGBB) to the display. `pixels[0]` is the
    /// rectangle's top left, rows are `stride` pixels apart. Rectangles of concurrent calls never overlap.
    fn present(&self, x: u32, y: u32, width: u32, height: u32, pixels: &[u32], stride: usize);
    /// Writes to the log (the first serial port), whole lines at a time.
    fn log(&self, line: &str);
    /// Writes bytes to the development port; see `docs/PROTOCOL.md`.
    fn port_write(&self, bytes: &[u8]);
    /// Switches the machine off. Does not return on real machines.
    fn power_off(&self);
}
