//! Blend2D, which is asked for where it is installed.
//!
//! Enter at [`library`]. Debian has no package of it, so there is no program here that paints with it: one that was never run would
//! prove nothing. Its place among the peers says so wherever figures are taken.

use crate::asked::Asked;
use std::process::Command;

const LIBRARY: &str = "libblend2d.so";

/// Why it does not take part.
pub(crate) fn library() -> Asked {
    Asked(Box::new(|| {
        // A compiler answers with a path where it finds a library, else with its name.
        let found = Command::new("cc").arg(format!("-print-file-name={LIBRARY}")).output();
        let found = found.map_err(|error| format!("cc: {error}"))?.stdout;
        Err(match String::from_utf8_lossy(&found).trim() {
            LIBRARY => format!("{LIBRARY} is not installed"),
            path => format!("nothing here paints with {path} yet"),
        })
    }))
}
