//! `halt run`: boots the desktop and stays until it ends.

use crate::error::{Error, Result};
use crate::firmware::Tools;
use crate::guest::{self, Guest};
use crate::kept::Kept;
use crate::machine::{Display, Machine};
use crate::qemu::{self, KERNEL_FAILED, POWERED_OFF, Qemu};
use crate::rendezvous::Rendezvous;
use crate::screenshots::Screenshots;
use crate::serial::Echo;
use std::path::Path;
use std::time::Duration;

/// How often it is looked whether QEMU still runs.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Boots the desktop, shows where it is to be seen, and returns when it was switched off or its window closed.
pub(super) fn run(machine: &Machine, is_headless: bool, nrepl: Option<u16>) -> Result<()> {
    machine.check_app()?;
    let tools = Tools::find_or_install(!is_headless && qemu::has_display())?;
    let efi = guest::efi()?;
    let mut show = if is_headless { Display::Vnc } else { qemu::display_here(&tools) };
    let mut started = Qemu::start(machine, &tools, &efi, &show, Echo::Output);
    if let (Err(error), Display::Window(driver)) = (&started, &show) {
        eprintln!("halt: no window ({driver}: {error})");
        show = Display::Vnc;
        started = Qemu::start(machine, &tools, &efi, &show, Echo::Output);
    }
    let mut qemu = started?;
    if show == Display::Vnc {
        eprintln!("halt: no window: connect a VNC viewer to {}", qemu.vnc_address()?);
        eprintln!("halt: or take a picture of a desktop with `cargo run -- shot out.png`");
    }
    eprintln!("halt: the desktop's power button or Ctrl-C ends it");
    let rendezvous = match found_when_ready(&qemu) {
        Ok(rendezvous) => rendezvous,
        Err(error) => {
            eprintln!("halt: `halt repl` and `halt push` cannot reach this desktop: {error}");
            None
        }
    };
    let _server = match &rendezvous {
        Some(rendezvous) => super::serve_editors(nrepl, rendezvous)?,
        None => None,
    };
    let mut screenshots = Screenshots::new(Path::new("."), rendezvous.as_ref().map(Rendezvous::socket));
    let mut kept = rendezvous.as_ref().and_then(|rendezvous| Kept::of_user(rendezvous.socket()));
    let lines = qemu.log.listen();
    kept.iter().for_each(Kept::restore);
    let status = loop {
        if let Ok(line) = lines.recv_timeout(LOOK_EVERY) {
            screenshots.hear(&line, || qemu.picture());
            kept.iter_mut().for_each(|kept| kept.hear(&line));
        } else if let Some(status) = qemu.wait(LOOK_EVERY)? {
            break status;
        }
    };
    match status.code() {
        Some(0 | POWERED_OFF) => Ok(()),
        Some(KERNEL_FAILED) => Err(Error::failed("the kernel failed; its report is above")),
        _ => Err(Error::failed(format!("QEMU failed ({status})\n{}", qemu.last_words()))),
    }
}

/// Waits for the desktop and makes it one that `halt repl` and `halt push` find; nothing when it does not come up.
fn found_when_ready(qemu: &Qemu) -> Result<Option<Rendezvous>> {
    if Guest::wait_until_ready(qemu).is_err() {
        // Why not, is for the user to see on its screen and in its log, and for QEMU's end to tell.
        return Ok(None);
    }
    let rendezvous = Rendezvous::open("run", qemu.port_stream()?)?;
    eprintln!("halt: this is {}: reach it with `halt repl` and `halt push FILE`", rendezvous.name());
    Ok(Some(rendezvous))
}
