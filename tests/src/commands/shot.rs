//! `halt shot`: a picture of a desktop, after a script, and the figures of the boot.

use crate::error::{Error, Result, naming};
use crate::figures;
use crate::guest::{self, Guest};
use crate::machine::Machine;
use crate::player::{self, Stage};
use crate::script;
use std::io::Read;
use std::path::Path;

/// Boots without a window, plays the script, writes the picture. The guest is gone when this returns.
pub(super) fn shot(mut machine: Machine, out: &Path, script: Option<&Path>, wants_json: bool) -> Result<()> {
    // Before anything is built or booted, so that mistakes show at once.
    let lines = match script {
        Some(path) => script::parse(&path.display().to_string(), &read(path)?)?,
        None => Vec::new(),
    };
    if let Some(folder) = out.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(Error::failed(format!("{}: there is no folder {}", out.display(), folder.display())));
    }
    machine.ends_on_failure = true;
    let mut guest = Guest::boot(&machine)?;
    // With `--json`, standard output is for figures only.
    let print = |value: &str| if wants_json { eprintln!("{value}") } else { println!("{value}") };
    player::play(&mut guest, &lines, print)?;
    guest.picture()?.write_png(out)?;
    if wants_json {
        figures::print(&mut guest, &machine, &guest::efi()?)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    let mut text = String::new();
    let outcome = match path.to_str() {
        Some("-") => std::io::stdin().read_to_string(&mut text),
        _ => std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)),
    };
    outcome.map(|_| text).map_err(naming(path.display()))
}
