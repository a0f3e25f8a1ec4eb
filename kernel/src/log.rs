//! The log on the first serial port.
//!
//! Enter at [`log`]. Lines of different cores do not mix.

use crate::cpu::lock::Mutex;
use core::fmt::{self, Write};
use halt_boot::serial::{COM1, Serial};

static PORT: Mutex<Serial> = Mutex::new(Serial::programmed(COM1));

/// Starts the log; the loader programmed the port already.
pub(crate) fn start() {
    log(format_args!("halt: kernel entry"));
}

/// Writes one line.
pub(crate) fn log(line: fmt::Arguments<'_>) {
    let mut port = PORT.lock();
    let _ = port.write_fmt(line);
    port.write(b"\n");
}
