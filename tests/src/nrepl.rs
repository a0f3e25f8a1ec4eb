//! An nREPL server in front of a running desktop, for the editors of Clojure programmers: bencode over TCP, of this
//! machine only.
//!
//! Enter at [`Server::start`]. A [`connection`] reads messages and answers what is answered at once; a [`session`] runs
//! programs, one after the other, through a connection of its own to the desktop's socket.
//!
//! Invariant: no message, however broken, ends more than the connection that it came by.
//! Absent: standard input for programs, middleware.

mod bencode;
mod connection;
mod forms;
mod session;

pub use bencode::{Bencode, Broken, Dict, read};

use crate::error::{Error, Result, naming};
use crate::guard;
use halt_heap::{Heap, Region};
use session::Session;
use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The file in which editors look for the port.
const PORT_FILE: &str = ".nrepl-port";
/// Room for the forms of a program while they are told apart.
const READER_BYTES: usize = 16 << 20;

/// A server that goes on until the process ends.
#[derive(Debug)]
pub struct Server {
    port: u16,
    /// Gone when this is dropped.
    file: Option<PathBuf>,
}

/// What the connections share.
struct Shared {
    /// Where the desktop is.
    socket: PathBuf,
    heap: Heap,
    sessions: Mutex<HashMap<String, Arc<Session>>>,
    sessions_made: AtomicU64,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Serves the desktop behind this socket at a port of this machine; 0 is any free one.
    pub fn start(port: u16, socket: &Path) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .map_err(naming(format!("nREPL at port {port}")))?;
        let port = listener.local_addr().map_err(naming("nREPL"))?.port();
        let heap = Heap::new(Region::allocate(READER_BYTES))
            .map_err(|_| Error::failed("there is no room for the nREPL server"))?;
        let shared = Arc::new(Shared {
            socket: socket.to_path_buf(),
            heap,
            sessions: Mutex::default(),
            sessions_made: AtomicU64::new(0),
        });
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || connection::serve(&shared, stream));
            }
        });
        Ok(Self { port, file: None })
    }

    /// Leaves the port in the file of this folder in which editors look for it.
    pub fn announce(&mut self, folder: &Path) -> Result<()> {
        let file = folder.join(PORT_FILE);
        std::fs::write(&file, self.port.to_string()).map_err(naming(file.display()))?;
        guard::remove_with_us(&file);
        self.file = Some(file);
        Ok(())
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            // A file that is gone already is what we want.
            let _ = std::fs::remove_file(file);
        }
    }
}

impl Shared {
    /// A session that begins in a namespace; a kept one is found by its name until it is closed.
    fn make_session(&self, namespace: &str, is_kept: bool) -> Arc<Session> {
        let number = self.sessions_made.fetch_add(1, Ordering::Relaxed) + 1;
        let id = format!("halt-{}-{number}", std::process::id());
        let session = Arc::new(Session::start(id.clone(), namespace, &self.socket, &self.heap));
        if is_kept {
            locked(&self.sessions).insert(id, session.clone());
        }
        session
    }

    fn session(&self, id: &str) -> Option<Arc<Session>> {
        locked(&self.sessions).get(id).cloned()
    }

    /// Ends a session, and what runs in it.
    fn close_session(&self, id: &str) {
        if let Some(session) = locked(&self.sessions).remove(id) {
            session.interrupt(None);
        }
    }
}
