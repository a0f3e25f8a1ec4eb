//! What the launcher asked for through QEMU's configuration device.

#![allow(unsafe_code, reason = "hardware edge: the configuration device")]

use crate::crash::Crash;
use crate::log::log;
use halt_boot::fw_cfg::FwCfg;

/// The options of this boot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// Whether we run under QEMU.
    pub(crate) qemu: bool,
    /// Leave QEMU with a failure code after a failure is reported.
    pub(crate) exit_on_failure: bool,
    /// Fail on purpose once the desktop is up.
    pub(crate) crash: Option<Crash>,
}

/// Reads the options; called once, before other cores run our code.
pub(crate) fn read() -> Options {
    // SAFETY: other cores do not use the device, and this is the only call.
    let Some(device) = (unsafe { FwCfg::probe() }) else { return Options::default() };
    let mut buffer = [0; 32];
    let exit_on_failure = device.text("opt/halt/exit-on-failure", &mut buffer) == Some("1");
    let crash = device.text("opt/halt/crash", &mut buffer).and_then(|name| {
        let crash = Crash::named(name);
        if crash.is_none() {
            log(format_args!("halt: no crash test is called {name:?}"));
        }
        crash
    });
    Options { qemu: true, exit_on_failure, crash }
}
