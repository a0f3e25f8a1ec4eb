//! The portable HALT system: processes, scheduler, input, native functions, app loading.
//!
//! Enter at [`System::start`], then call [`System::run_core`] on every core.
#![no_std]

extern crate alloc;

mod platform;
pub use pc_keyboard;
pub use platform::{InputEvent, Platform};

use crossbeam_queue::ArrayQueue;

/// How large the machine is.
#[derive(Clone, Copy, Debug)]
pub struct SystemConfig {
    /// Width of the screen in pixels.
    pub width: u32,
    /// Height of the screen in pixels.
    pub height: u32,
    /// Microseconds from kernel entry (or program start) to `Platform::now_us() == 0`; 0 when the clock starts there.
    pub entry_us: u64,
}

/// The running system.
pub struct System {
    platform: &'static dyn Platform,
    config: SystemConfig,
    input: ArrayQueue<InputEvent>,
    port: ArrayQueue<u8>,
}

impl System {
    /// Makes the system over a platform. `arena` is memory for the heap: 16-aligned, zeroed, for ever ours.
    pub fn start(platform: &'static dyn Platform, config: SystemConfig, arena: &'static mut [u64]) -> System {
        let _ = arena;
        System { platform, config, input: ArrayQueue::new(1024), port: ArrayQueue::new(65536) }
    }

    /// Queues an input event and wakes the core that reads input. Lock-free: interrupt handlers call it.
    pub fn push_input(&self, event: InputEvent) {
        let _ = self.input.push(event);
        self.platform.wake(0);
    }

    /// Queues bytes from the development port. Lock-free: interrupt handlers call it. Returns how many fitted.
    pub fn push_port(&self, bytes: &[u8]) -> usize {
        let count = bytes.iter().take_while(|byte| self.port.push(**byte).is_ok()).count();
        self.platform.wake(0);
        count
    }

    /// Runs one core for ever. Core 0 boots the desktop and logs the ready line.
    pub fn run_core(&self, core: usize) -> ! {
        if core == 0 {
            let (w, h) = (self.config.width, self.config.height);
            let row = alloc::vec![0xFF20_4060u32; w as usize];
            for y in 0..h {
                self.platform.present(0, y, w, 1, &row, w as usize);
            }
            self.platform.log("halt: ready");
        }
        loop {
            self.platform.wait(core, None);
        }
    }
}
