//! What the launcher asked for through QEMU's configuration device.

#![allow(unsafe_code, reason = "hardware edge: the configuration device")]

use crate::crash::Crash;
use crate::log::log;
use alloc::string::String;
use alloc::vec;
use halt_boot::fw_cfg::FwCfg;

/// The longest app that is loaded: the device hands over a byte at a time.
const APP_BYTES_MAX: usize = 1 << 20;

/// The options of this boot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// QEMU's configuration device, if we run under QEMU.
    pub(crate) qemu: Option<FwCfg>,
    /// Fail on purpose once the desktop is up.
    pub(crate) crash: Option<Crash>,
}

/// Reads the app the user wants beside the built-in ones: its file's name and text.
pub(crate) fn app() -> Option<(String, String)> {
    // SAFETY: other cores do not use the device, and this core reads one file at a time.
    let device = unsafe { FwCfg::probe() }?;
    let file = device.find("opt/halt/app")?;
    if file.bytes > APP_BYTES_MAX {
        log(format_args!("halt: the app has {} bytes; at most {APP_BYTES_MAX} are loaded", file.bytes));
        return None;
    }
    let mut bytes = vec![0; file.bytes];
    device.read(file, &mut bytes);
    let mut name = [0; 256];
    let name = device.text("opt/halt/app-name", &mut name).unwrap_or("app.clj");
    match String::from_utf8(bytes) {
        Ok(source) => Some((String::from(name), source)),
        Err(_) => {
            log(format_args!("halt: {name} is not UTF-8 text and is not loaded"));
            None
        }
    }
}

/// Reads how large the user wants everything, in percent; 0 where nothing was asked.
pub(crate) fn scale() -> u32 {
    // SAFETY: other cores do not use the device, and this core reads one file at a time.
    let Some(device) = (unsafe { FwCfg::probe() }) else { return 0 };
    let mut buffer = [0; 8];
    let Some(text) = device.text("opt/halt/scale", &mut buffer) else { return 0 };
    text.parse().unwrap_or_else(|_| {
        log(format_args!("halt: a scale is a number of percent, not {text:?}"));
        0
    })
}

/// Reads the options; called once, before other cores run our code.
pub(crate) fn read() -> Options {
    // SAFETY: other cores do not use the device, and this is the only call.
    let Some(device) = (unsafe { FwCfg::probe() }) else { return Options::default() };
    let mut buffer = [0; 32];
    let crash = device.text("opt/halt/crash", &mut buffer).and_then(|name| {
        let crash = Crash::named(name);
        if crash.is_none() {
            log(format_args!("halt: no crash test is called {name:?}"));
        }
        crash
    });
    Options { qemu: Some(device), crash }
}
