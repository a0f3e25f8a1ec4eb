//! The seam: `halt_system::Platform` over this machine.

use crate::cpu::{apic, cores, time};
use crate::display::Screen;
use crate::log::log;
use crate::options::Options;
use crate::{devices, power};
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use halt_system::{Platform, System};
use spin::Once;

/// The running system; interrupt handlers push events into it.
pub(crate) static SYSTEM: Once<System> = Once::new();
/// Whether [`SYSTEM`] is there and the other cores may run it.
pub(crate) static STARTED: AtomicBool = AtomicBool::new(false);
static MACHINE: Once<Machine> = Once::new();

/// The machine, as the system sees it.
#[derive(Debug)]
pub(crate) struct Machine {
    core_count: usize,
    native_bytes: usize,
    screen: &'static Screen,
    options: Options,
    boot_unix_seconds: Option<u64>,
    /// Whether the desktop said it is ready, after which a crash test runs.
    ready: AtomicBool,
}

/// Makes the platform.
pub(crate) fn start(
    core_count: usize,
    native_bytes: usize,
    screen: &'static Screen,
    options: Options,
) -> &'static Machine {
    let boot_unix_seconds = time::unix_seconds().map(|now| now.saturating_sub(time::now_us() / 1_000_000));
    MACHINE.call_once(|| Machine {
        core_count,
        native_bytes,
        screen,
        options,
        boot_unix_seconds,
        ready: AtomicBool::new(false),
    })
}

impl Platform for Machine {
    fn now_us(&self) -> u64 {
        time::now_us()
    }

    fn boot_unix_seconds(&self) -> Option<u64> {
        self.boot_unix_seconds
    }

    fn core_count(&self) -> usize {
        self.core_count
    }

    fn native_bytes(&self) -> Option<usize> {
        Some(self.native_bytes)
    }

    fn wait(&self, core: usize, deadline_us: Option<u64>) {
        if core == 0 {
            if let Some(crash) = self.options.crash.filter(|_| self.ready.load(Relaxed)) {
                crash.run();
            }
            devices::before_wait();
        }
        let poll = if core == 0 { devices::poll_deadline() } else { None };
        apic::sleep(poll.into_iter().chain(deadline_us).min());
        if core == 0 && poll.is_some() {
            devices::poll();
        }
    }

    fn wake(&self, core: usize) {
        cores::wake(core);
    }

    fn present(&self, x: u32, y: u32, width: u32, height: u32, pixels: &[u32], stride: usize) {
        self.screen.present(x, y, width, height, pixels, stride);
    }

    fn log(&self, line: &str) {
        log(format_args!("{line}"));
        if line.starts_with("halt: ready") {
            self.ready.store(true, Relaxed);
            cores::wake(0);
        }
    }

    fn port_write(&self, bytes: &[u8]) {
        devices::port::write(bytes);
    }

    fn power_off(&self) {
        power::off(self.options);
    }
}
