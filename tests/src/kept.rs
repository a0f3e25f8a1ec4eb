//! What of a desktop outlives it: its settings and the files of its store, in one file of this machine.
//!
//! Enter at [`Kept::restore`] when a desktop has come up, and at [`Kept::hear`] with each line that it logs: one of them says
//! that there is something new to keep. The file holds a form a line, the settings as `{:settings {...}}` first, then each
//! file as `[name text]`. Decision 0014 tells why it is the launcher that keeps them.

use crate::error::{Error, Result, naming};
use crate::port::Port;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The variable of the environment that names another file; set to nothing, nothing is kept.
pub const FILE: &str = "HALT_KEEP";

/// The line that asks for keeping.
const LINE: &str = "halt: keep";
/// The least time between two writes: any program inside may log that line.
const APART: Duration = Duration::from_millis(500);
/// How long the desktop may take for one answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// The longest form that the development port takes, with what is around it.
const FORM_BYTES_MAX: usize = (1 << 20) - 64;

/// The file of one desktop.
#[derive(Debug)]
pub struct Kept {
    file: PathBuf,
    socket: PathBuf,
    last: Option<Instant>,
}

impl Kept {
    /// That of this user, for the desktop behind a socket; nothing where there is no place for it, or none is wanted.
    pub fn of_user(socket: &Path) -> Option<Self> {
        let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let folder = || {
            let state = set("XDG_STATE_HOME").filter(|folder| folder.is_absolute());
            Some(state.or_else(|| Some(set("HOME")?.join(".local/state")))?.join("halt/desktop.edn"))
        };
        let file = set(FILE).or_else(folder).filter(|file| !file.as_os_str().is_empty())?;
        Some(Self::new(file, socket))
    }

    fn new(file: PathBuf, socket: &Path) -> Self {
        Self { file, socket: socket.to_path_buf(), last: None }
    }

    /// Hands what was kept to the desktop. What goes wrong is told, and the desktop goes on.
    pub fn restore(&self) {
        if let Err(error) = self.try_restore() {
            eprintln!("halt: what was kept is not restored: {error}");
        }
    }

    fn try_restore(&self) -> Result<()> {
        let text = match std::fs::read_to_string(&self.file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            text => text.map_err(naming(self.file.display()))?,
        };
        let mut port = Port::connect(&self.socket)?;
        for (number, form) in text.lines().enumerate().filter(|(_, form)| !form.trim().is_empty()) {
            let place = format!("{}:{}", self.file.display(), number + 1);
            if form.len() > FORM_BYTES_MAX {
                eprintln!("halt: {place}: longer than a megabyte, left out");
                continue;
            }
            let answer = port.request("eval", &format!("(halt.port/restore '{form}\n)"), ANSWERS_WITHIN)?;
            if let Err(problem) = answer {
                eprintln!("halt: {place}: {problem}");
            }
        }
        Ok(())
    }

    /// Keeps what there is, if this line of the log asks for it.
    pub fn hear(&mut self, line: &str) {
        if line.trim_end() != LINE {
            return;
        }
        if let Some(wait) = self.last.and_then(|last| APART.checked_sub(last.elapsed())) {
            std::thread::sleep(wait);
        }
        self.last = Some(Instant::now());
        if let Err(error) = self.write() {
            eprintln!("halt: settings and files are not kept: {error}");
        }
    }

    /// Writes the file anew, whole or not at all.
    fn write(&self) -> Result<()> {
        let answer = Port::connect(&self.socket)?.request("kept", "", ANSWERS_WITHIN)?;
        let text = answer.map_err(Error::failed)?;
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder).map_err(naming(folder.display()))?;
        }
        let new = self.file.with_extension(format!("{}.new", std::process::id()));
        std::fs::write(&new, text + "\n").map_err(naming(new.display()))?;
        std::fs::rename(&new, &self.file).map_err(naming(self.file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::Folder;
    use crate::machine::Machine;
    use crate::native;
    use crate::rendezvous::Rendezvous;

    /// A desktop with what is kept in a file.
    fn boot(folder: &Path) -> (Rendezvous, Kept, Port) {
        let (_, port, _) = native::start(&Machine { cpus: 1, ..Machine::default() }).unwrap();
        let rendezvous = Rendezvous::open_in(folder, "kept", port).unwrap();
        let kept = Kept::new(folder.join("state/desktop.edn"), rendezvous.socket());
        let port = Port::connect(rendezvous.socket()).unwrap();
        (rendezvous, kept, port)
    }

    fn lisp(port: &mut Port, form: &str) -> String {
        port.request("eval", form, Duration::from_secs(60)).unwrap().unwrap()
    }

    #[test]
    fn settings_and_files_outlive_a_desktop() {
        let folder = Folder::new().unwrap();
        let (first, mut kept, mut port) = boot(folder.path());
        kept.restore();
        lisp(
            &mut port,
            "(do (change-settings! {:theme :light :scale 125}) (swap! files assoc \"notes/a \\\"b\\\"\" \"one\\n)two ' ä\") nil)",
        );
        port.request("sync", "", Duration::from_secs(60)).unwrap().unwrap();
        kept.hear("halt: keepsakes");
        assert!(!kept.file.exists());
        kept.hear("halt: keep\r");
        drop((first, port));

        let (_second, kept, mut port) = boot(folder.path());
        kept.restore();
        port.request("sync", "", Duration::from_secs(60)).unwrap().unwrap();
        let settings = lisp(&mut port, "((juxt :theme :scale :accent) (:settings @halt.shell/desktop))");
        assert_eq!(settings, "[:light 125 :blue]");
        assert_eq!(lisp(&mut port, "(get @files \"notes/a \\\"b\\\"\")"), "\"one\\n)two ' ä\"");

        // A broken line is told, what follows it is restored.
        std::fs::write(&kept.file, "{:settings {:theme\n[\"b\" \"2\"]\n[1 2]\n{:settings {:theme :pink}}\n")
            .unwrap();
        kept.restore();
        assert_eq!(lisp(&mut port, "(get @files \"b\")"), "\"2\"");
        assert_eq!(lisp(&mut port, "(count @files)"), "2");
    }
}
