//! Switching the machine off.
#![allow(unsafe_code, reason = "hardware edge: power ports and QEMU's configuration device")]

use crate::cpu::{self, time};
use crate::log::log;
use crate::machine;
use crate::options::Options;
use halt_boot::exit::{self, Exit};
use halt_boot::fw_cfg::FwCfg;

/// How long ACPI may take.
const SLEEP_US: u64 = 1_000_000;

/// Switches off, by QEMU's exit device or by ACPI; says so and halts when there is neither.
pub(crate) fn off(options: Options) -> ! {
    log(format_args!("halt: power off"));
    if let Some(qemu) = options.qemu {
        exit::leave(qemu, Exit::Off);
    }
    if let Some(sleep) = machine::soft_off() {
        // SAFETY: the registers and values are what ACPI says switches the machine off.
        unsafe { sleep.enter() };
        time::pause_us(SLEEP_US);
    }
    log(format_args!("halt: this machine cannot be switched off by software"));
    cpu::halt()
}

/// Ends QEMU after a failure when the launcher asked for that.
pub(crate) fn after_failure() {
    // SAFETY: the other cores are stopped, and what this core may have been reading no longer matters.
    if let Some(qemu) = unsafe { FwCfg::probe() }.filter(|qemu| exit::wanted_on_failure(*qemu)) {
        exit::leave(qemu, Exit::Failure);
    }
}
