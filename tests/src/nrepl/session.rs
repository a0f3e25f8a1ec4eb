//! A session: programs that are run one after the other, and the namespace that the last one ended in.
//!
//! Enter at [`Session::start`] and [`Session::run`].
//!
//! Invariant: every program is answered with one `done`, whatever becomes of it.

use super::bencode::Bencode;
use super::connection::Request;
use super::forms::forms;
use super::locked;
use crate::error::{Error, Result};
use crate::port::{Port, Word};
use halt_heap::Heap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often an interrupt is looked for while a program runs.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long the desktop may take to read a request, and to answer a question about itself.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// What the desktop takes at once.
const PROGRAM_BYTES_MAX: usize = 1_000_000;

/// A session. It ends when it is dropped and has run what was asked for.
pub(super) struct Session {
    id: String,
    programs: Sender<(Request, Program)>,
    state: Arc<Mutex<State>>,
}

/// What a session remembers.
pub(super) struct State {
    namespace: String,
    /// The id of the message whose program runs.
    running: Option<Bencode>,
    is_interrupted: bool,
    last_error: Option<String>,
}

/// What is to be run.
pub(super) struct Program {
    pub(super) text: String,
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
    /// Where it runs, when that is not where the last one ended.
    pub(super) namespace: Option<String>,
    /// Whether it is a whole file: loaded at once, and shown by the apps that run.
    pub(super) is_file: bool,
}

/// What came of asking for an interrupt.
#[derive(PartialEq, Eq)]
pub(super) enum Interrupted {
    Done,
    /// Nothing runs.
    Idle,
    /// Another program runs.
    Other,
}

/// Why a program has no value.
enum Failure {
    Interrupted,
    OfProgram(String),
    OfDesktop(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::OfDesktop(error)
    }
}

impl Session {
    /// Starts one that begins in this namespace of the desktop behind a socket.
    pub(super) fn start(id: String, namespace: &str, socket: &Path, heap: &Heap) -> Self {
        let (programs, to_run) = channel();
        let state = Arc::new(Mutex::new(State {
            namespace: namespace.to_string(),
            running: None,
            is_interrupted: false,
            last_error: None,
        }));
        let runner =
            Runner { state: state.clone(), socket: socket.to_path_buf(), heap: heap.clone(), port: None };
        std::thread::spawn(move || runner.run_all(&to_run));
        Self { id, programs, state }
    }

    /// Its name.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Runs a program after those that wait.
    pub(super) fn run(&self, request: Request, program: Program) {
        // The thread at the other end lives as long as this does.
        let _ = self.programs.send((request, program));
    }

    /// The namespace that the last program ended in.
    pub(super) fn namespace(&self) -> String {
        locked(&self.state).namespace.clone()
    }

    /// What went wrong last.
    pub(super) fn last_error(&self) -> Option<String> {
        locked(&self.state).last_error.clone()
    }

    /// Ends the program that runs, when it is the one of this message.
    pub(super) fn interrupt(&self, id: Option<&Bencode>) -> Interrupted {
        let mut state = locked(&self.state);
        match &state.running {
            None => Interrupted::Idle,
            Some(running) if id.is_some_and(|id| id != running) => Interrupted::Other,
            Some(_) => {
                state.is_interrupted = true;
                Interrupted::Done
            }
        }
    }
}

/// The thread of a session.
struct Runner {
    state: Arc<Mutex<State>>,
    socket: PathBuf,
    heap: Heap,
    port: Option<Port>,
}

impl Runner {
    fn run_all(mut self, programs: &Receiver<(Request, Program)>) {
        while let Ok((request, program)) = programs.recv() {
            {
                let mut state = locked(&self.state);
                state.running = Some(request.id());
                state.is_interrupted = false;
            }
            let outcome = self.run(&request, &program);
            locked(&self.state).running = None;
            match outcome {
                Ok(()) => request.done(&[]),
                Err(Failure::Interrupted) => request.done(&["interrupted"]),
                Err(Failure::OfProgram(message)) => {
                    request.reply([("err", Bencode::text(format!("{message}\n")))]);
                    locked(&self.state).last_error = Some(message);
                    let class = || Bencode::text("class halt.Error");
                    let status = Bencode::texts(["eval-error"]);
                    request.reply([("ex", class()), ("root-ex", class()), ("status", status)]);
                    request.done(&[]);
                }
                Err(Failure::OfDesktop(error)) => {
                    // Whatever it was, the next program gets a new connection.
                    self.port = None;
                    request.reply([("err", Bencode::text(format!("{error}\n")))]);
                    request.done(&["error"]);
                }
            }
        }
    }

    fn run(&mut self, request: &Request, program: &Program) -> std::result::Result<(), Failure> {
        if let Some(namespace) = &program.namespace
            && !self.knows_namespace(namespace)?
        {
            request.reply([("status", Bencode::texts(["namespace-not-found"]))]);
            return Err(Failure::OfProgram(format!("there is no namespace {namespace}")));
        }
        if program.text.len() > PROGRAM_BYTES_MAX {
            let problem = format!("a program of more than {PROGRAM_BYTES_MAX} bytes");
            return Err(Failure::OfProgram(problem));
        }
        let mut namespace =
            program.namespace.clone().unwrap_or_else(|| locked(&self.state).namespace.clone());
        if program.is_file {
            let head = format!("{namespace} {} {} {}\n", program.line, program.column, program.file);
            let (_, value) = self.run_part(request, "push", &(head + &program.text))?;
            request.reply([("value", Bencode::text(value))]);
            return Ok(());
        }
        for form in forms(&self.heap.clone(), &program.text) {
            let column = form.column + if form.line == 1 { program.column - 1 } else { 0 };
            let line = form.line + program.line - 1;
            let head = format!("{namespace} {line} {column} {}\n", program.file);
            let (ended_in, value) = self.run_part(request, "run", &(head + form.text))?;
            if program.namespace.is_none() {
                locked(&self.state).namespace = ended_in.clone();
            }
            request.reply([("value", Bencode::text(value)), ("ns", Bencode::text(ended_in.clone()))]);
            namespace = ended_in;
        }
        Ok(())
    }

    /// Runs one part to its end. Returns the namespace that it ended in, and its value.
    fn run_part(
        &mut self,
        request: &Request,
        verb: &str,
        payload: &str,
    ) -> std::result::Result<(String, String), Failure> {
        let state = self.state.clone();
        let port = self.port()?;
        let id = port.send(verb, payload, ANSWERED_WITHIN)?;
        let mut is_told = false;
        loop {
            // Nobody is there any more to read what it prints.
            let is_over = locked(&state).is_interrupted || request.is_alone();
            if is_over && !is_told {
                port.send("interrupt", &id.to_string(), ANSWERED_WITHIN)?;
                is_told = true;
            }
            let Some(reply) = port.receive(LOOK_EVERY)?.filter(|reply| reply.id == id) else { continue };
            match reply.word {
                Word::Out => request.reply([("out", Bencode::text(reply.text))]),
                // It came to its end before it could be told, but nothing more is to run.
                Word::Ok if is_told => return Err(Failure::Interrupted),
                Word::Ok => {
                    let (namespace, value) = reply.text.split_once('\n').unwrap_or(("user", ""));
                    return Ok((namespace.to_string(), value.to_string()));
                }
                Word::Error if is_told && reply.text == "killed" => return Err(Failure::Interrupted),
                Word::Error => return Err(Failure::OfProgram(reply.text)),
            }
        }
    }

    fn knows_namespace(&mut self, name: &str) -> Result<bool> {
        if name.is_empty()
            || name.contains(|c: char| c.is_whitespace() || c.is_control() || "\"\\".contains(c))
        {
            return Ok(false);
        }
        let question = format!("(some? (find-ns (symbol \"{name}\")))");
        Ok(self.port()?.request("eval", &question, ANSWERED_WITHIN)?.is_ok_and(|answer| answer == "true"))
    }

    fn port(&mut self) -> Result<&mut Port> {
        let port = match self.port.take() {
            Some(port) => port,
            None => Port::connect(&self.socket)?,
        };
        Ok(self.port.insert(port))
    }
}
