//! What the `halt` command and the end-to-end tests share: finding QEMU, starting guests, playing input into
//! them through their devices, and taking their pictures; and the same with the system as a part of this process.
//!
//! Enter at [`guest::Guest::boot`] and [`native::Native::boot`]. Below it are [`qemu`] (the process), [`qmp`] (its control socket) and [`port`]
//! (the guest's development port); above it are the commands.
//!
//! Invariant: no QEMU outlives the process that started it; see [`guard`].
//! Absent: anything that reaches into the guest other than through its devices and its development port.

pub mod args;
pub mod commands;
pub mod demos;
pub mod error;
pub mod fat;
pub mod figures;
pub mod film;
pub mod firmware;
pub mod golden;
pub mod guard;
pub mod guest;
pub mod image;
pub mod input;
pub mod install;
pub mod kept;
pub mod latency;
pub mod machine;
pub mod native;
pub mod nearest;
pub mod nrepl;
pub mod output;
pub mod picture;
pub mod player;
pub mod port;
pub mod programs;
pub mod qemu;
pub mod qmp;
pub mod rendezvous;
pub mod screenshots;
pub mod script;
pub mod serial;
pub mod window;

use std::path::PathBuf;

/// Returns the folder of the workspace that this command was built from.
pub fn workspace() -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    tests.parent().map(PathBuf::from).unwrap_or(tests)
}
