//! No QEMU outlives us: the guard that every child process is held by.
//!
//! Enter at [`Guarded::spawn`] and, in the command, [`end_with_us`]. There are four ways for us to end, and
//! each takes the children with it: dropping the guard, a panic (hook), a signal (thread), and being killed
//! outright (Linux ends the child when its parent dies, asked for through `setpriv`).

use crate::error::{Error, Result};
use crate::firmware::find_program;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// A child process and its private folder; both are gone when this is dropped.
#[derive(Debug)]
pub struct Guarded(Arc<Mutex<Held>>);

#[derive(Debug)]
struct Held {
    child: Child,
    folder: Folder,
}

impl Held {
    fn end(&mut self) {
        // Both fail only for a child that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.folder.remove();
    }
}

static LIVE: Mutex<Vec<Arc<Mutex<Held>>>> = Mutex::new(Vec::new());

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Guarded {
    /// Starts a program in a process group of its own: a Ctrl-C in the terminal is for us to handle.
    /// Standard output and error are pipes.
    ///
    /// The child ends with the *thread* that calls this, so call it from one that lives as long as the guard.
    pub fn spawn(program: &Path, arguments: &[impl AsRef<std::ffi::OsStr>], folder: Folder) -> Result<Self> {
        let mut command = match dies_with_parent() {
            Some(setpriv) => {
                let mut command = Command::new(setpriv);
                command.args(["--pdeathsig", "KILL", "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0);
        // The lock comes first, so that no signal falls between the start and the registration.
        let mut live = locked(&LIVE);
        let child = command.spawn().map_err(crate::error::naming(program.display()))?;
        let held = Arc::new(Mutex::new(Held { child, folder }));
        live.push(held.clone());
        Ok(Self(held))
    }

    /// The child's output pipes, the first time.
    pub fn take_pipes(&self) -> Option<(ChildStdout, ChildStderr)> {
        let mut held = locked(&self.0);
        held.child.stdout.take().zip(held.child.stderr.take())
    }

    /// The child's process id.
    pub fn id(&self) -> u32 {
        locked(&self.0).child.id()
    }

    /// How the child ended, when it has.
    pub fn ended(&self) -> Result<Option<ExitStatus>> {
        locked(&self.0).child.try_wait().map_err(|error| Error::failed(format!("waiting for QEMU: {error}")))
    }

    /// Waits for the child to end, for at most this long.
    pub fn wait(&self, at_most: Duration) -> Result<Option<ExitStatus>> {
        let until = Instant::now() + at_most;
        loop {
            match self.ended()? {
                None if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
                outcome => return Ok(outcome),
            }
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        locked(&self.0).end();
        locked(&LIVE).retain(|held| !Arc::ptr_eq(held, &self.0));
    }
}

/// Files that are to go when we do.
static FILES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes a file when a signal or a panic ends us; until then it is the caller's to remove.
pub fn remove_with_us(file: &Path) {
    locked(&FILES).push(file.to_path_buf());
}

/// Ends every child there is, and removes what is to go.
pub(crate) fn end_all() {
    for file in locked(&FILES).drain(..) {
        // A file that is gone already is what we want.
        let _ = std::fs::remove_file(file);
    }
    for held in locked(&LIVE).drain(..) {
        locked(&held).end();
    }
}

/// Makes signals and panics end the children before they end us. `exit_code` is for Ctrl-C and its like, where
/// `None` means the shell's usual 128 + signal.
pub fn end_with_us(exit_code: Option<i32>) -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(crate::error::naming("signals"))?;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            IS_SIGNALLED.store(true, Ordering::SeqCst);
            end_all();
            std::process::exit(exit_code.unwrap_or(128 + signal));
        }
    });
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        end_all();
    }));
    Ok(())
}

/// Whether a signal is ending us.
static IS_SIGNALLED: AtomicBool = AtomicBool::new(false);

/// Does not return while a signal is ending us: what fails then, fails because its QEMU was ended, and is no news.
pub fn yield_to_signal() {
    while IS_SIGNALLED.load(Ordering::SeqCst) {
        std::thread::park();
    }
}

/// Where `setpriv` is, when there is one that can tie a child's life to its parent's.
fn dies_with_parent() -> Option<PathBuf> {
    static SETPRIV: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let setpriv = find_program("setpriv")?;
        let help = Command::new(&setpriv).arg("--help").output().ok()?;
        String::from_utf8_lossy(&help.stdout).contains("--pdeathsig").then_some(setpriv)
    };
    SETPRIV.get_or_init(find).clone()
}

/// A private folder under the system's folder for temporary files, removed when dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes a new one.
    pub fn new() -> Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("halt-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut path = std::env::temp_dir().join(&name);
        // Names of sockets, which go in here, are limited to about 100 bytes.
        if path.as_os_str().len() > 80 {
            path = Path::new("/tmp").join(&name);
        }
        // What a killed process with our id left behind.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).map_err(crate::error::naming(path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn remove(&self) {
        // A folder that is gone already is what we want.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_running(id: u32) -> bool {
        Path::new(&format!("/proc/{id}")).exists()
    }

    #[test]
    fn dropping_ends_child_and_folder() {
        let folder = Folder::new().unwrap();
        let path = folder.path().to_path_buf();
        let child = Guarded::spawn(Path::new("/bin/sleep"), &["1000"], folder).unwrap();
        let id = child.id();
        assert!(is_running(id) && path.exists());
        assert_eq!(child.wait(Duration::ZERO).unwrap(), None);
        drop(child);
        assert!(!is_running(id) && !path.exists());
    }

    #[test]
    fn missing_program_leaves_no_folder() {
        let folder = Folder::new().unwrap();
        let path = folder.path().to_path_buf();
        let program = Path::new("/no/such/program");
        let outcome = Guarded::spawn(program, &["x"], folder);
        // Through `setpriv` the failure is the child's; either way nothing is left.
        drop(outcome);
        assert!(!path.exists());
    }

    #[test]
    fn child_dies_with_the_thread_that_started_it() {
        if dies_with_parent().is_none() {
            return; // not a Linux with util-linux
        }
        let child = std::thread::spawn(|| {
            let child = Guarded::spawn(Path::new("/bin/sleep"), &["1000"], Folder::new().unwrap()).unwrap();
            std::thread::sleep(Duration::from_millis(100)); // setpriv needs a moment to make the bond
            child
        });
        let child = child.join().unwrap();
        assert!(child.wait(Duration::from_secs(10)).unwrap().is_some());
    }
}
