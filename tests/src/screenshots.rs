//! The screenshot key: the desktop logs a line, and a picture of its screen lands in a file of this machine.
//!
//! Enter at [`Screenshots::hear`]. Any program inside may write that line, so pictures are limited in rate and number.

use crate::error::{Result, naming};
use crate::picture::Picture;
use crate::port::Port;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The line that asks for a picture.
const LINE: &str = "halt: screenshot";
/// The least time between two pictures.
const APART: Duration = Duration::from_millis(500);
/// The most pictures of one run.
const PICTURES_MAX: u32 = 1_000;
/// How long the desktop may take to hear where its picture is.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

/// Takes the pictures that a desktop asks for.
#[derive(Debug)]
pub struct Screenshots {
    folder: PathBuf,
    /// Where the desktop can be told.
    socket: Option<PathBuf>,
    taken: u32,
    last: Option<Instant>,
}

impl Screenshots {
    /// Pictures go to this folder; a desktop that can be reached is told their names.
    pub fn new(folder: &Path, socket: Option<&Path>) -> Self {
        Self { folder: folder.to_path_buf(), socket: socket.map(PathBuf::from), taken: 0, last: None }
    }

    /// Takes a picture if this line of the log asks for one. What goes wrong is told, and the desktop goes on.
    pub fn hear(&mut self, line: &str, picture: impl FnOnce() -> Result<Picture>) {
        let is_soon = self.last.is_some_and(|last| last.elapsed() < APART);
        if line.trim_end() != LINE || is_soon || self.taken >= PICTURES_MAX {
            return;
        }
        self.taken += 1;
        let told = match picture().and_then(|picture| self.write(&picture)) {
            Ok(name) => format!("{name} is in the folder where halt runs"),
            Err(error) => format!("no picture: {error}"),
        };
        eprintln!("halt: {told}");
        self.last = Some(Instant::now());
        if let Some(mut port) = self.socket.as_deref().and_then(|socket| Port::connect(socket).ok()) {
            // A desktop that does not listen misses a notice.
            let _ = port.request("eval", &format!("(notify! \"Screenshot\" {told:?})"), TOLD_WITHIN);
        }
    }

    /// Writes a picture under the first name that is free.
    fn write(&self, picture: &Picture) -> Result<String> {
        for number in 1.. {
            let name = format!("screenshot-{number}.png");
            let path = self.folder.join(&name);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(_) => return picture.write_png(&path).map(|()| name),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(naming(path.display())(error)),
            }
        }
        unreachable!("a folder has fewer files than there are numbers")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::Folder;

    #[test]
    fn pictures_get_free_names_and_come_apart() {
        let folder = Folder::new().unwrap();
        let there = |number: u32| folder.path().join(format!("screenshot-{number}.png"));
        std::fs::write(there(1), "mine").unwrap();
        let mut screenshots = Screenshots::new(folder.path(), None);
        let picture = Picture::filled(3, 2, [1, 2, 3]);
        let mut hear = |line: &str| screenshots.hear(line, || Ok(picture.clone()));
        hear("halt: screenshots are nice");
        assert!(!there(2).exists());
        hear("halt: screenshot");
        assert_eq!(Picture::read_png(&there(2)).unwrap(), picture);
        // A program that writes the line all the time does not fill the disk.
        (0..100).for_each(|_| hear("halt: screenshot\r"));
        assert!(!there(60).exists());
        assert_eq!(std::fs::read(there(1)).unwrap(), b"mine");
    }
}
