//! `halt host`: the whole system in this process, without QEMU.

use super::shot::{check_folder, finish, read_script};
use crate::error::Result;
use crate::machine::Machine;
use crate::native::Native;
use std::path::Path;

/// Boots without a window, plays the script, writes the picture.
pub(super) fn shot(machine: &Machine, out: &Path, script: Option<&Path>, wants_json: bool) -> Result<()> {
    let lines = read_script(script)?;
    check_folder(out)?;
    let mut desktop = Native::boot(machine)?;
    finish(&mut desktop, &lines, out, wants_json)?;
    if wants_json {
        crate::figures::print(&mut desktop, machine, None)?;
    }
    Ok(())
}
