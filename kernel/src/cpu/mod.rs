//! The cores: what each needs of its own, how they start, sleep and are interrupted, and the clock.
//!
//! Enter at [`start_first`] and [`start_this`].
#![allow(unsafe_code, reason = "hardware edge: control registers")]

pub(crate) mod apic;
pub(crate) mod cores;
pub(crate) mod interrupts;
pub(crate) mod local;
pub(crate) mod lock;
pub(crate) mod time;

use core::arch::x86_64::__cpuid;
use x86_64::registers::control::{Cr0, Cr0Flags, Cr4, Cr4Flags};
use x86_64::registers::model_specific::Msr;
use x86_64::registers::xcontrol::{XCr0, XCr0Flags};

/// The page attribute table: as at reset, but for entry 1 (and 5), which is write-combining instead of write-through.
const PAT: u64 = 0x0007_0106_0007_0106;
const IA32_PAT: u32 = 0x277;

/// Makes the core we started on ours. It stays on the loader's stack until [`local::Core::run`].
pub(crate) fn start_first() -> &'static local::Core {
    let core = local::make(0);
    start_this(core);
    core
}

/// Makes the running core use its own tables and stacks.
pub(crate) fn start_this(core: &'static local::Core) {
    start_vectors();
    // SAFETY: this core runs only our code, with memory types as the kernel's tables mean them.
    unsafe { Msr::new(IA32_PAT).write(PAT) };
    core.adopt();
    interrupts::load();
}

/// Switches on SSE, and AVX where there is one.
fn start_vectors() {
    // SAFETY: nothing depends on these being off.
    unsafe {
        Cr0::update(|flags| {
            flags.insert(Cr0Flags::MONITOR_COPROCESSOR | Cr0Flags::NUMERIC_ERROR | Cr0Flags::WRITE_PROTECT);
            flags.remove(Cr0Flags::EMULATE_COPROCESSOR | Cr0Flags::TASK_SWITCHED);
        });
        Cr4::update(|flags| flags.insert(Cr4Flags::OSFXSR | Cr4Flags::OSXMMEXCPT_ENABLE));
        let features = __cpuid(1).ecx;
        if features & 1 << 26 != 0 {
            Cr4::update(|flags| flags.insert(Cr4Flags::OSXSAVE));
            if features & 1 << 28 != 0 {
                XCr0::update(|flags| flags.insert(XCr0Flags::X87 | XCr0Flags::SSE | XCr0Flags::AVX));
            }
        }
    }
}

/// Stops this core for ever.
pub(crate) fn halt() -> ! {
    loop {
        x86_64::instructions::interrupts::disable();
        x86_64::instructions::hlt();
    }
}
