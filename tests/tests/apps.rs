//! Plays every app of `apps/`, each on a desktop of its own: its `play.txt` is a script of clicks, keys and assertions.

use halt::machine::{Machine, Size};
use halt::native::Native;
use halt::player;
use halt::script;
use std::path::{Path, PathBuf};

fn folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(halt::workspace().join("apps")).unwrap().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Opens the app of a folder on a fresh desktop and plays its file. Returns what is wrong.
fn played(folder: &Path) -> Result<(), String> {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let file = format!("apps/{name}/play.txt");
    let text =
        std::fs::read_to_string(folder.join("play.txt")).map_err(|error| format!("{file}: {error}"))?;
    let lines = script::parse(&file, &text).map_err(|error| error.to_string())?;
    let asserts =
        lines.iter().filter(|line| matches!(line.step, script::Step::See(_) | script::Step::Expect(_)));
    if asserts.count() == 0 {
        return Err(format!("{file}: asserts nothing"));
    }
    let machine = Machine { cpus: 2, size: Some(Size { width: 1280, height: 800 }), ..Machine::default() };
    let mut desktop = Native::boot(&machine).map_err(|error| error.to_string())?;
    let outcome =
        player::open_alone(&mut desktop, &name).and_then(|()| player::play(&mut desktop, &lines, |_| {}));
    let log = desktop.log();
    let errors: Vec<_> = log.lines().filter(|line| line.starts_with(&format!("{name}: "))).collect();
    match outcome {
        Err(error) => Err(format!("{error}\n{}", errors.join("\n"))),
        Ok(()) if errors.is_empty() => Ok(()),
        Ok(()) => Err(format!("{file}: the log has errors\n{}", errors.join("\n"))),
    }
}

/// All of them, or the one that `HALT_APP` names.
#[test]
fn every_app_plays() {
    let only = std::env::var("HALT_APP").ok();
    let wanted = |folder: &&PathBuf| only.as_deref().is_none_or(|name| folder.ends_with(name));
    let problems: Vec<_> =
        folders().iter().filter(wanted).filter_map(|folder| played(folder).err()).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
