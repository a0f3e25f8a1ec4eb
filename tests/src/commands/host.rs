//! `halt host`: the whole system in this process, without QEMU.

use super::shot::{check_app, check_folder, finish, read_script};
use crate::error::Result;
use crate::machine::Machine;
use crate::native::{self, Native};
use crate::rendezvous::Rendezvous;
use crate::screenshots::Screenshots;
use std::path::Path;
use std::time::Duration;

/// Runs the desktop until it is switched off.
pub(super) fn run(machine: &Machine, nrepl: Option<u16>) -> Result<()> {
    let (host, port, _) = native::start(machine)?;
    host.echo_log();
    let rendezvous = Rendezvous::open("host", port)?;
    eprintln!(
        "halt: this is {}, without a window: reach it with `halt repl` and `halt push FILE`",
        rendezvous.name()
    );
    let _server = super::serve_editors(nrepl, &rendezvous)?;
    eprintln!("halt: or take a picture with `halt host --shot out.png`; Ctrl-C ends it");
    let mut screenshots = Screenshots::new(Path::new("."), Some(rendezvous.socket()));
    let mut seen = host.log().len();
    while !host.is_powered_off() {
        for line in host.wait_for_log(seen, Duration::from_secs(3600)) {
            seen += 1;
            screenshots.hear(&line, || Ok(native::picture(&host)));
        }
    }
    Ok(())
}

/// Boots without a window, plays the script, writes the picture.
pub(super) fn shot(machine: &Machine, out: &Path, script: Option<&Path>, wants_json: bool) -> Result<()> {
    let lines = read_script(script)?;
    check_folder(out)?;
    let mut desktop = Native::boot(machine)?;
    finish(&mut desktop, &lines, out, wants_json)?;
    if machine.app.is_some() {
        let log = desktop.log();
        check_app(&mut desktop, &log)?;
    }
    if wants_json {
        crate::figures::print(&mut desktop, machine, None)?;
    }
    Ok(())
}
