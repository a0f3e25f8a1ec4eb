//! `halt push`: loads a file into a running desktop.

use crate::error::{Error, Result, naming};
use crate::port::{Port, Word};
use crate::rendezvous;
use halt_lisp::excerpt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How often a watched file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a desktop may say nothing before it is given up; loading that takes longer says so by printing.
const LOADED_WITHIN: Duration = Duration::from_secs(60);

/// Loads the file once, or whenever it changes.
pub(super) fn push(file: &Path, is_watching: bool, to: Option<&str>) -> Result<()> {
    let mut port = rendezvous::find(to)?;
    if !is_watching {
        return load(&mut port, file);
    }
    let mut last = None;
    loop {
        let now = changed(file);
        // A file that is being replaced is not there for a moment.
        if now.is_some() && now != last {
            last = now;
            match load(&mut port, file) {
                Err(error) if error.is_of_program() => eprintln!("{error}"),
                outcome => outcome?,
            }
        } else if last.is_none() {
            return load(&mut port, file);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn changed(file: &Path) -> Option<(SystemTime, u64)> {
    let found = std::fs::metadata(file).ok()?;
    Some((found.modified().ok()?, found.len()))
}

/// Where a file is loaded into: `apps/NAME/app.clj` into the namespace in which the desktop itself loads the app of that name, so that its functions
/// are those that run already and get into no other app's way; any other into `user`.
fn namespace_of(file: &Path) -> String {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
    let mut parts = file.iter().rev().map(|part| part.to_str());
    match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
        (Some("app.clj"), Some(name), Some("apps")) if is_name(name) => format!("app.{name}"),
        _ => "user".to_string(),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn load(port: &mut Port, file: &Path) -> Result<()> {
    let name = file.display().to_string();
    if name.contains('\n') {
        return Err(Error::usage(format!("{name:?}: a file name with a line end")));
    }
    let source = std::fs::read_to_string(file).map_err(naming(file.display()))?;
    let id = port.send("push", &format!("{} 1 1 {name}\n{source}", namespace_of(file)), LOADED_WITHIN)?;
    loop {
        let Some(reply) = port.receive(LOADED_WITHIN)?.filter(|reply| reply.id == id) else {
            return Err(Error::failed(format!(
                "{name}: loading it does not come to an end within {} s",
                LOADED_WITHIN.as_secs()
            )));
        };
        match reply.word {
            Word::Out => {
                crate::output::write(&reply.text);
            }
            Word::Ok => {
                let value = reply.text.split_once('\n').map_or("", |(_, value)| value);
                crate::output::line(value);
                return Ok(());
            }
            Word::Error => {
                let shown =
                    excerpt(&source, &name, &reply.text).map_or(String::new(), |shown| format!("\n{shown}"));
                return Err(Error::of_program(reply.text + &shown));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::namespace_of;
    use std::path::Path;

    #[test]
    fn an_app_has_a_namespace_of_its_own() {
        let in_workspace = crate::workspace().join("apps/counter/../counter/app.clj");
        for (file, namespace) in [
            ("apps/hello/app.clj", "app.hello"),
            ("/home/me/apps/two-words/app.clj", "app.two-words"),
            (in_workspace.to_str().expect("a path"), "app.counter"),
            ("apps/two words/app.clj", "user"),
            ("apps/hello/other.clj", "user"),
            ("app.clj", "user"),
            ("hello.clj", "user"),
        ] {
            assert_eq!(namespace_of(Path::new(file)), namespace, "{file}");
        }
    }
}
