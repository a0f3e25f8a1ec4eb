//! `halt shot`: a picture of a desktop, after a script, and the figures of the boot.

use crate::error::{Error, Result, naming};
use crate::figures;
use crate::guest::{self, Guest};
use crate::machine::Machine;
use crate::player::{self, Desktop, Stage};
use crate::script::{self, Line};
use std::io::Read;
use std::path::Path;

/// Boots without a window, plays the script, writes the picture. The guest is gone when this returns.
pub(super) fn shot(mut machine: Machine, out: &Path, script: Option<&Path>, wants_json: bool) -> Result<()> {
    let lines = read_script(script)?;
    check_folder(out)?;
    machine.ends_on_failure = true;
    let mut guest = Guest::boot(&machine)?;
    finish(&mut guest, &lines, out, wants_json)?;
    if machine.app.is_some() {
        let log = guest.log();
        check_app(&mut guest, &log)?;
    }
    if wants_json {
        figures::print(&mut guest, &machine, Some(&guest::efi()?))?;
    }
    Ok(())
}

/// Reads a script. Before anything is built or booted, so that mistakes show at once.
pub(super) fn read_script(script: Option<&Path>) -> Result<Vec<Line>> {
    match script {
        Some(path) => script::parse(&path.display().to_string(), &read(path)?),
        None => Ok(Vec::new()),
    }
}

/// Whether there is a folder for a picture. Asked early, too.
pub(super) fn check_folder(out: &Path) -> Result<()> {
    if out.is_dir() {
        return Err(Error::failed(format!("{}: this is a folder, not a file to write", out.display())));
    }
    match out.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        Some(folder) => {
            Err(Error::failed(format!("{}: there is no folder {}", out.display(), folder.display())))
        }
        None => Ok(()),
    }
}

/// Plays the script to a desktop and writes the picture.
pub(super) fn finish(desktop: &mut impl Desktop, lines: &[Line], out: &Path, wants_json: bool) -> Result<()> {
    // With `--json`, standard output is for figures only.
    let print = |value: &str| if wants_json { eprintln!("{value}") } else { crate::output::line(value) };
    player::play(desktop, lines, print)?;
    desktop.picture()?.write_png(out)
}

/// Fails when the app that was given does not load, or a window shows an error at the end.
pub(super) fn check_app(desktop: &mut impl Desktop, log: &str) -> Result<()> {
    if let Some(problem) = log.lines().find_map(|line| line.trim_end().strip_prefix("halt: app: ")) {
        return Err(Error::of_program(problem));
    }
    let shown = "(clojure.string/join \"\\n\" (for [w (:windows @halt.shell/desktop) :when (:error w)] (str (:app w) \": \" (:error w))))";
    let shown = desktop.lisp(shown)?;
    let shown: String = serde_json::from_str(&shown).unwrap_or(shown);
    if shown.is_empty() { Ok(()) } else { Err(Error::of_program(shown)) }
}

fn read(path: &Path) -> Result<String> {
    let mut text = String::new();
    let outcome = match path.to_str() {
        Some("-") => std::io::stdin().read_to_string(&mut text),
        _ => std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)),
    };
    outcome.map(|_| text).map_err(naming(path.display()))
}
