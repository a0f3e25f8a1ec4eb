//! Where running desktops are to be found: a socket for the development port of each, in a folder of this user's.
//!
//! Enter at [`Rendezvous::open`] for whoever runs a desktop, and at [`find`] for whoever wants to talk to one. Any number
//! of askers may be connected to a desktop at a time: their request ids are renumbered on the way in and back.
//!
//! Invariant: what an asker started is interrupted when it goes away.

use crate::error::{Error, Result, naming};
use crate::guard;
use crate::port::{Frame, Port, Word, take_frame, take_reply};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// The variable of the environment that names another folder for the sockets.
pub const FOLDER: &str = "HALT_RUNTIME_DIR";

/// The most bytes of a request that is not there whole yet; a desktop takes no longer payloads either.
const REQUEST_BYTES_MAX: usize = (1 << 20) + 1024;

/// How long an asker may take no replies before it is given up.
const TAKES_WITHIN: Duration = Duration::from_secs(5);

/// The socket of one running desktop; gone when this is dropped.
#[derive(Debug)]
pub struct Rendezvous {
    socket: PathBuf,
}

/// A desktop that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// What `--to` calls it.
    pub name: String,
    /// Its socket.
    pub socket: PathBuf,
    /// When it came up.
    pub since: SystemTime,
}

impl Rendezvous {
    /// Makes the socket of the desktop behind this development port. `kind` is what the command is called.
    pub fn open(kind: &str, port: UnixStream) -> Result<Self> {
        Self::open_in(&folder()?, kind, port)
    }

    pub(crate) fn open_in(folder: &Path, kind: &str, port: UnixStream) -> Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = match COUNT.fetch_add(1, Ordering::Relaxed) {
            0 => format!("{kind}-{}.sock", std::process::id()),
            more => format!("{kind}-{}-{more}.sock", std::process::id()),
        };
        let socket = folder.join(name);
        // What a killed process with our id left behind.
        let _ = std::fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).map_err(naming(socket.display()))?;
        guard::remove_with_us(&socket);
        let io = |error| naming::<std::io::Error>("development port")(error);
        let switchboard = Arc::new(Switchboard {
            port: Mutex::new(port.try_clone().map_err(io)?),
            lines: Mutex::new(Lines::default()),
        });
        let answering = switchboard.clone();
        std::thread::spawn(move || answering.answer(port));
        std::thread::spawn(move || {
            for asker in listener.incoming().flatten() {
                let switchboard = switchboard.clone();
                std::thread::spawn(move || switchboard.ask(asker));
            }
        });
        Ok(Self { socket })
    }

    /// Where it is.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// What `--to` calls it.
    pub fn name(&self) -> String {
        name_of(&self.socket)
    }
}

impl Drop for Rendezvous {
    fn drop(&mut self) {
        // A file that is gone already is what we want.
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// Joins the askers to the one connection that a desktop has.
struct Switchboard {
    port: Mutex<UnixStream>,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    last_id: u64,
    /// Who waits for the reply to which of our ids, and what the asker calls it.
    waiting: HashMap<u64, (Arc<Asker>, u64)>,
    has_ended: bool,
}

struct Asker {
    stream: Mutex<UnixStream>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Asker {
    fn tell(&self, id: u64, word: Word, text: &str) {
        let mut stream = locked(&self.stream);
        let reply = format!("{id} {} {}\n{text}\n", word.name(), text.len());
        if stream.write_all(reply.as_bytes()).is_err() {
            // It takes nothing; the thread that listens to it cleans up.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Switchboard {
    /// Listens to the desktop until it ends.
    fn answer(&self, mut port: UnixStream) {
        let (mut received, mut chunk) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = port.read(&mut chunk) {
            received.extend_from_slice(&chunk[..count]);
            while let Some(reply) = take_reply(&mut received) {
                let mut lines = locked(&self.lines);
                let waiting = match reply.word {
                    Word::Out => lines.waiting.get(&reply.id).cloned(),
                    _ => lines.waiting.remove(&reply.id),
                };
                drop(lines);
                if let Some((asker, id)) = waiting {
                    asker.tell(id, reply.word, &reply.text);
                }
            }
        }
        let mut lines = locked(&self.lines);
        lines.has_ended = true;
        for (_, (asker, _)) in lines.waiting.drain() {
            let _ = locked(&asker.stream).shutdown(Shutdown::Both);
        }
    }

    /// Listens to an asker until it goes away.
    fn ask(&self, mut stream: UnixStream) {
        let Ok(writer) = stream.try_clone() else { return };
        let _ = writer.set_write_timeout(Some(TAKES_WITHIN));
        let asker = Arc::new(Asker { stream: Mutex::new(writer) });
        let (mut received, mut chunk) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = stream.read(&mut chunk) {
            received.extend_from_slice(&chunk[..count]);
            while let Some(request) = take_frame(&mut received, |_| true) {
                if self.forward(&asker, request).is_none() {
                    return;
                }
            }
            if received.len() > REQUEST_BYTES_MAX {
                asker.tell(0, Word::Error, "a request that is too long");
                break;
            }
        }
        self.forget(&asker);
    }

    /// Hands a request on; `None` when the desktop has ended.
    fn forward(&self, asker: &Arc<Asker>, request: Frame) -> Option<()> {
        let mut lines = locked(&self.lines);
        if lines.has_ended {
            return None;
        }
        let mut text = request.text;
        if request.word == "interrupt" {
            // It names another request, by the asker's own number.
            let named = text.trim().parse().ok();
            let is_it =
                |(_, (of, id)): &(&u64, &(Arc<Asker>, u64))| Arc::ptr_eq(of, asker) && Some(*id) == named;
            match lines.waiting.iter().find(is_it) {
                Some((ours, _)) => text = ours.to_string(),
                None => {
                    drop(lines);
                    asker.tell(request.id, Word::Ok, "false");
                    return Some(());
                }
            }
        }
        lines.last_id += 1;
        let id = lines.last_id;
        lines.waiting.insert(id, (asker.clone(), request.id));
        drop(lines);
        self.send(id, &request.word, &text)
    }

    fn send(&self, id: u64, verb: &str, text: &str) -> Option<()> {
        let request = format!("{id} {verb} {}\n{text}\n", text.len());
        locked(&self.port).write_all(request.as_bytes()).ok()
    }

    /// An asker is gone: nobody wants to hear the rest of what it started.
    fn forget(&self, asker: &Arc<Asker>) {
        let mut lines = locked(&self.lines);
        let started: Vec<u64> =
            lines.waiting.iter().filter(|(_, (of, _))| Arc::ptr_eq(of, asker)).map(|(id, _)| *id).collect();
        for id in started {
            lines.waiting.remove(&id);
            lines.last_id += 1;
            self.send(lines.last_id, "interrupt", &id.to_string());
        }
    }
}

/// The folder of this user's sockets, made where it is missing. Nobody else may look into it.
fn folder() -> Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = match (set(FOLDER), set("XDG_RUNTIME_DIR")) {
        (Some(folder), _) => folder,
        (None, Some(runtime)) if runtime.is_dir() => runtime.join("halt"),
        _ => std::env::temp_dir().join(format!("halt-{}", user()?)),
    };
    match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(naming(folder.display())(error));
        }
        _ => {}
    }
    let found = std::fs::symlink_metadata(&folder).map_err(naming(folder.display()))?;
    // Whoever else could write there could pass for a desktop.
    if !found.is_dir() || found.uid() != user()? || found.permissions().mode() & 0o022 != 0 {
        return Err(Error::failed(format!("{}: not a folder that only you can write to", folder.display())));
    }
    Ok(folder)
}

/// The number of the user that we run as.
fn user() -> Result<u32> {
    // A file of ours says it without unsafe code; Linux has one for every process.
    if let Ok(found) = std::fs::metadata("/proc/self") {
        return Ok(found.uid());
    }
    let folder = guard::Folder::new()?;
    std::fs::metadata(folder.path()).map(|found| found.uid()).map_err(naming("folder for temporary files"))
}

/// The desktops that run, the newest first. Sockets that nobody listens to any more are removed.
pub fn running() -> Result<Vec<Running>> {
    running_in(&folder()?)
}

fn running_in(folder: &Path) -> Result<Vec<Running>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(naming(folder.display()))?.flatten() {
        let socket = entry.path();
        if socket.extension().is_none_or(|ending| ending != "sock") {
            continue;
        }
        match UnixStream::connect(&socket) {
            Ok(_) => {
                let since =
                    entry.metadata().and_then(|found| found.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
                found.push(Running { name: name_of(&socket), socket, since });
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                // Its process was killed. Somebody else may remove it at the same time.
                let _ = std::fs::remove_file(&socket);
            }
            Err(_) => {}
        }
    }
    found.sort_by(|a, b| b.since.cmp(&a.since).then_with(|| a.name.cmp(&b.name)));
    Ok(found)
}

fn name_of(socket: &Path) -> String {
    socket.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Connects to a running desktop: the newest one, or the one that `--to` names (a name or a process id).
pub fn find(to: Option<&str>) -> Result<Port> {
    let running = running()?;
    let chosen = choose(&running, to)?;
    Port::connect(&chosen.socket)
}

fn choose<'r>(running: &'r [Running], to: Option<&str>) -> Result<&'r Running> {
    let is_it = |one: &&Running| {
        to.is_none_or(|to| {
            one.name == to || one.name.split('-').nth(1) == Some(to) || Path::new(to) == one.socket
        })
    };
    running.iter().find(is_it).ok_or_else(|| {
        let names: Vec<&str> = running.iter().map(|one| one.name.as_str()).collect();
        match (to, names.is_empty()) {
            (_, true) => Error::failed("no desktop runs; `halt run` or `halt host` starts one"),
            (Some(to), _) => {
                Error::failed(format!("no desktop is called `{to}`; there are {}", names.join(", ")))
            }
            (None, _) => Error::failed("no desktop runs"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const SOON: Duration = Duration::from_secs(20);

    /// A desktop that answers everything in upper case with the id of the request, and never answers `eval`.
    fn desktop(folder: &Path) -> (Rendezvous, UnixStream) {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let other = theirs.try_clone().unwrap();
        std::thread::spawn(move || {
            let (mut received, mut chunk) = (Vec::new(), [0; 4096]);
            while let Ok(count @ 1..) = theirs.read(&mut chunk) {
                received.extend_from_slice(&chunk[..count]);
                while let Some(Frame { id, word, text }) = take_frame(&mut received, |_| true) {
                    let mut reply = |id: u64, kind: &str, text: &str| {
                        theirs.write_all(format!("{id} {kind} {}\n{text}\n", text.len()).as_bytes()).unwrap();
                    };
                    match word.as_str() {
                        "eval" => {}
                        "interrupt" => {
                            reply(text.parse().unwrap(), "error", "killed");
                            reply(id, "ok", "true");
                        }
                        _ => {
                            reply(id, "out", "so");
                            reply(id, "ok", &text.to_uppercase());
                        }
                    }
                }
            }
        });
        (Rendezvous::open_in(folder, "host", ours).unwrap(), other)
    }

    fn folder() -> guard::Folder {
        guard::Folder::new().unwrap()
    }

    #[test]
    fn several_askers_get_their_own_replies() {
        let folder = folder();
        let (rendezvous, _) = desktop(folder.path());
        let connect = || Port::connect(rendezvous.socket()).unwrap();
        let (mut a, mut b) = (connect(), connect());
        let (first, second) = (a.send("run", "ä\nb", SOON).unwrap(), b.send("run", "c", SOON).unwrap());
        assert_eq!((first, second), (1, 1));
        for (port, text) in [(&mut a, "Ä\nB"), (&mut b, "C")] {
            let reply = port.receive(SOON).unwrap().unwrap();
            assert_eq!((reply.id, reply.word, reply.text.as_str()), (1, Word::Out, "so"));
            let reply = port.receive(SOON).unwrap().unwrap();
            assert_eq!((reply.id, reply.word, reply.text.as_str()), (1, Word::Ok, text));
        }
    }

    #[test]
    fn interrupts_reach_their_own_request() {
        let folder = folder();
        let (rendezvous, _) = desktop(folder.path());
        let connect = || Port::connect(rendezvous.socket()).unwrap();
        let (mut a, mut b) = (connect(), connect());
        a.send("eval", "", SOON).unwrap();
        assert_eq!(a.request("ping", "x", SOON), Ok(Ok("X".into())));
        // The other asker's request 1 is not this one.
        assert_eq!(b.request("interrupt", "1", SOON), Ok(Ok("false".into())));
        let interrupt = a.send("interrupt", "1", SOON).unwrap();
        let replies = [a.receive(SOON).unwrap().unwrap(), a.receive(SOON).unwrap().unwrap()];
        assert_eq!((replies[0].id, replies[0].word), (1, Word::Error));
        assert_eq!((replies[1].id, replies[1].text.as_str()), (interrupt, "true"));
    }

    #[test]
    fn the_end_of_a_desktop_is_noticed() {
        let folder = folder();
        let (rendezvous, desktop) = desktop(folder.path());
        let mut port = Port::connect(rendezvous.socket()).unwrap();
        port.send("eval", "", SOON).unwrap();
        assert_eq!(port.request("ping", "", SOON), Ok(Ok(String::new())));
        desktop.shutdown(Shutdown::Both).unwrap();
        let until = Instant::now() + SOON;
        while port.request("ping", "", SOON).is_ok() {
            assert!(Instant::now() < until);
        }
    }

    #[test]
    fn stale_sockets_are_removed_and_the_newest_is_found() {
        let folder = folder();
        let stale = folder.path().join("run-1.sock");
        drop(UnixListener::bind(&stale).unwrap());
        let (old, _) = desktop(folder.path());
        std::thread::sleep(Duration::from_millis(20)); // file systems keep coarse times
        let (new, _) = desktop(folder.path());
        std::fs::write(folder.path().join("notes.txt"), "").unwrap();
        let running = running_in(folder.path()).unwrap();
        assert!(!stale.exists());
        let names: Vec<&str> = running.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, [new.name(), old.name()]);
        assert_eq!(choose(&running, None).unwrap().name, new.name());
        assert_eq!(choose(&running, Some(&old.name())).unwrap().name, old.name());
        let failure = choose(&running, Some("run-7")).unwrap_err().to_string();
        assert!(failure.starts_with("no desktop is called `run-7`; there are host-"), "{failure}");
        assert!(choose(&[], None).unwrap_err().to_string().contains("`halt run`"));
        let gone = old.socket().to_path_buf();
        drop(old);
        assert!(!gone.exists());
    }
}
