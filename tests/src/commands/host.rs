//! `halt host`: the whole system in this process, without QEMU.

use super::shot::{check_app, check_folder, finish, read_script};
use crate::error::Result;
use crate::kept::Kept;
use crate::machine::Machine;
use crate::native::{self, Native};
use crate::rendezvous::Rendezvous;
use crate::screenshots::Screenshots;
use crate::window::Window;
use halt_host::Host;
use std::path::Path;
use std::time::Duration;

/// Runs the desktop until it is switched off or its window is closed.
pub(super) fn run(machine: &Machine, is_headless: bool, nrepl: Option<u16>) -> Result<()> {
    let (host, port, size) = native::start(machine)?;
    host.echo_log();
    let rendezvous = Rendezvous::open("host", port)?;
    let window = if is_headless || !has_display() { Err(None) } else { Window::open(size).map_err(Some) };
    let what = if window.is_ok() { "" } else { ", without a window" };
    eprintln!("halt: this is {}{what}: reach it with `halt repl` and `halt push FILE`", rendezvous.name());
    let _server = super::serve_editors(nrepl, &rendezvous)?;
    let window = match window {
        Ok(window) => Some(window),
        Err(why) => {
            if let Some(why) = why {
                eprintln!("halt: no window: {why}");
            }
            eprintln!("halt: or take a picture with `halt host --shot out.png`; Ctrl-C ends it");
            None
        }
    };
    let socket = rendezvous.socket().to_path_buf();
    let answers = move || answer_desktop(&host, &socket);
    match window {
        Some(window) => {
            std::thread::spawn(answers);
            window.show(host)
        }
        None => {
            answers();
            Ok(())
        }
    }
}

/// Whether windows can be opened here.
fn has_display() -> bool {
    std::env::var_os("DISPLAY").is_some_and(|value| !value.is_empty())
}

/// Takes the pictures that the desktop asks for, and keeps what is to outlive it, until it is switched off.
fn answer_desktop(host: &Host, socket: &Path) {
    let mut kept = Kept::of_user(socket);
    let mut screenshots = Screenshots::new(Path::new("."), Some(socket));
    let mut seen = host.log().len();
    kept.iter().for_each(Kept::restore);
    while !host.is_powered_off() {
        for line in host.wait_for_log(seen, Duration::from_secs(3600)) {
            seen += 1;
            screenshots.hear(&line, || Ok(native::picture(host)));
            kept.iter_mut().for_each(|kept| kept.hear(&line));
        }
    }
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
