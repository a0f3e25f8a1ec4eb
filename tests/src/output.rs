//! Standard output. `println!` panics when nobody reads it any more, as in `halt shot out.png --json | head`.
//!
//! Enter at [`write`] and [`line`]. When nobody reads any more, the command ends there, quietly, as others do.

use crate::guard;
use std::io::{ErrorKind, Write};

/// What a shell reports of a command that wrote to a pipe that was closed: 128 and the signal's number.
const PIPE_CLOSED: i32 = 128 + 13;

/// Writes a text at once.
pub fn write(text: &str) {
    let mut output = std::io::stdout().lock();
    let Err(error) = output.write_all(text.as_bytes()).and_then(|()| output.flush()) else { return };
    drop(output);
    guard::yield_to_signal();
    guard::end_all();
    if error.kind() == ErrorKind::BrokenPipe {
        std::process::exit(PIPE_CLOSED);
    }
    // Standard error may be closed as well.
    let _ = writeln!(std::io::stderr(), "halt: standard output: {error}");
    std::process::exit(1);
}

/// Writes a line.
pub fn line(text: &str) {
    write(&format!("{text}\n"));
}
