//! The bare-metal kernel: it makes a `halt_system::Platform` out of a PC and runs the system on every core.
//!
//! Enter at [`main`], which the loader calls, then [`start`]. `memory/` has frames, page tables, the allocator and the heap's arena,
//! `cpu/` cores, interrupts and time, `devices/` what is plugged in, `report/` what happens when something fails,
//! `platform.rs` the seam to the portable system.
//!
//! Invariant: interrupt handlers run on core 0 with interrupts off, allocate nothing, and only push events and wake.
//! Invariant: every interrupt and exception runs on a stack of its own, because `core` uses the red zone.
#![no_std]
#![no_main]

extern crate alloc;

mod cpu;
mod crash;
mod devices;
mod display;
mod image;
mod limits;
mod log;
mod machine;
mod memory;
mod options;
mod platform;
mod power;
mod report;

use alloc::boxed::Box;
use bootloader_api::BootInfo;
use core::sync::atomic::Ordering::Relaxed;
use cpu::{cores, time};
use halt_boot::handover::Handover;
use halt_system::{System, SystemConfig};
use log::log;

bootloader_api::entry_point!(main, config = &limits::LOADER);

/// What is known before anything is started.
struct Boot {
    info: &'static mut BootInfo,
    handover: Handover,
    memory: memory::Memory,
}

/// Makes failures reportable and memory usable, then leaves the loader's stack.
fn main(info: &'static mut BootInfo) -> ! {
    time::start();
    let handover = report::adopt(info);
    log::start();
    let memory = memory::start(info);
    let core = cpu::start_first();
    core.run(Box::leak(Box::new(Boot { info, handover, memory })), start)
}

/// Starts the machine, then the system. The clock is measured while other work goes on.
extern "sysv64" fn start(boot: &'static mut Boot) -> ! {
    let Boot { info, handover, memory } = boot;
    let screen = display::start(info, handover);
    let tables = machine::read(info.rsdp_addr.into_option());
    cpu::apic::start(tables.local_apic);
    let measuring = time::Measurement::begin(tables.pm_timer);
    let options = options::read();
    let starting = cores::start_others(&tables);
    devices::start(&tables);
    let found = starting.finish();
    measuring.finish(handover.loader_start_tsc);
    let core_count = found.min(limits::CORES_MAX);

    let arena = memory::arena::start();
    log(format_args!(
        "halt: kernel entry +{} us after loader start; {core_count} cores, {} MiB memory, {} MiB allocator, {} MiB arena, {}x{} screen",
        time::loader_us().unwrap_or(0),
        memory.total_bytes >> 20,
        memory.allocator_bytes >> 20,
        (arena.len() * 8) >> 20,
        screen.width,
        screen.height,
    ));
    let platform = platform::start(core_count, memory.allocator_bytes as usize, screen, options);
    let config = SystemConfig {
        width: screen.width,
        height: screen.height,
        scale: options::scale(),
        loader_us: time::loader_us().unwrap_or(0),
        app: options::app(),
        image: image::desktop(),
    };
    log(format_args!("halt: kernel up at {} us", time::now_us()));
    let system = platform::SYSTEM.call_once(|| match System::start(platform, config, arena) {
        Ok(system) => system,
        Err(message) => panic!("the system cannot start: {message}"),
    });
    platform::STARTED.store(true, Relaxed);
    devices::enable();
    cores::wake_all();
    system.run_core(0)
}
