//! The portable HALT system: processes, scheduler, input, native functions, app loading.
//!
//! Enter at [`System::start`], then call [`System::run_core`] on every core.
#![no_std]

extern crate alloc;

mod platform;
pub use pc_keyboard;
pub use platform::{InputEvent, Platform};

use crossbeam_queue::ArrayQueue;

use alloc::boxed::Box;
use alloc::string::String;

/// How large the machine is, and what it is to run.
#[derive(Clone, Debug, Default)]
pub struct SystemConfig {
    /// Width of the screen in pixels.
    pub width: u32,
    /// Height of the screen in pixels.
    pub height: u32,
    /// Microseconds that passed before `Platform::now_us() == 0`: since the loader's start, if known, else 0.
    pub loader_us: u64,
    /// An app to load beside the built-in ones: file name and source text.
    pub app: Option<(String, String)>,
}

/// The running system. Copy it freely: it lives for ever.
#[derive(Clone, Copy)]
pub struct System {
    core: &'static SystemCore,
}

struct SystemCore {
    platform: &'static dyn Platform,
    config: SystemConfig,
    input: ArrayQueue<InputEvent>,
    port: ArrayQueue<u8>,
}

impl System {
    /// Makes the system over a platform. `arena` is memory for the heap: zeroed, for ever ours. Fails with
    /// a message when the arena is too small or the built-in Lisp does not load.
    pub fn start(
        platform: &'static dyn Platform,
        config: SystemConfig,
        arena: &'static mut [u64],
    ) -> Result<System, String> {
        let _ = arena;
        let (input, port) = (ArrayQueue::new(1024), ArrayQueue::new(65536));
        Ok(System { core: Box::leak(Box::new(SystemCore { platform, config, input, port })) })
    }

    /// Queues an input event and wakes the core that reads input. Lock-free: interrupt handlers call it.
    pub fn push_input(&self, event: InputEvent) {
        let _ = self.core.input.push(event);
        self.core.platform.wake(0);
    }

    /// Queues bytes from the development port. Lock-free: interrupt handlers call it. Returns how many fitted.
    pub fn push_port(&self, bytes: &[u8]) -> usize {
        let count = bytes.iter().take_while(|byte| self.core.port.push(**byte).is_ok()).count();
        self.core.platform.wake(0);
        count
    }

    /// Runs one core for ever. Core 0 boots the desktop and logs the ready line.
    pub fn run_core(&self, core: usize) -> ! {
        if core == 0 {
            let (w, h) = (self.core.config.width, self.core.config.height);
            let row = alloc::vec![0xFF20_4060u32; w as usize];
            for y in 0..h {
                self.core.platform.present(0, y, w, 1, &row, w as usize);
            }
            self.core.platform.log("halt: ready");
        }
        loop {
            self.core.platform.wait(core, None);
        }
    }
}
