//! `halt film`: an animated picture of a script that is played as a hand would play it.

use super::shot::{check_app, check_folder, read_script};
use crate::error::Result;
use crate::film;
use crate::machine::Machine;
use crate::native::Native;
use std::path::Path;

/// Boots in this process, plays the script, writes the film.
pub(super) fn film(machine: &Machine, out: &Path, script: &Path) -> Result<()> {
    let lines = read_script(Some(script))?;
    check_folder(out)?;
    let mut desktop = Native::boot(machine)?;
    film::film(&mut desktop, &lines, out, crate::output::line)?;
    if machine.app.is_some() {
        let log = desktop.log();
        check_app(&mut desktop, &log)?;
    }
    Ok(())
}
