//! `halt host`: the whole system in this process, without QEMU.

use super::shot::{check_folder, finish, read_script};
use crate::error::Result;
use crate::machine::Machine;
use crate::native::{self, Native};
use crate::rendezvous::Rendezvous;
use std::path::Path;
use std::time::Duration;

/// Runs the desktop until it is switched off.
pub(super) fn run(machine: &Machine) -> Result<()> {
    let (host, port, _) = native::start(machine)?;
    host.echo_log();
    let rendezvous = Rendezvous::open("host", port)?;
    eprintln!(
        "halt: this is {}, without a window: reach it with `halt repl` and `halt push FILE`",
        rendezvous.name()
    );
    eprintln!("halt: or take a picture with `halt host --shot out.png`; Ctrl-C ends it");
    while !host.wait_for_power_off(Duration::from_secs(3600)) {}
    Ok(())
}

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
