//! `halt repl`: evaluates in a running desktop what is typed.
//!
//! Enter at [`repl`]. A terminal gets line editing, history and completion; anything else is read to its end, form by
//! form, without prompts.

use crate::error::{Error, Result};
use crate::port::{Port, Word};
use crate::rendezvous;
use halt_heap::{Heap, Region};
use halt_lisp::{excerpt, is_complete};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper, Highlighter, Hinter};
use std::cell::RefCell;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How the messages of what is typed here begin.
const FILE: &str = "repl";
/// How often Ctrl-C is looked for while a program runs.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long completion may take.
const COMPLETED_WITHIN: Duration = Duration::from_secs(2);
/// Characters that end a word.
const BETWEEN_WORDS: &str = "()[]{}\"; \t\n'`~@^,";
const HISTORY_LINES_MAX: usize = 5_000;

/// Reads, evaluates and prints until the input ends.
pub(super) fn repl(to: Option<&str>) -> Result<()> {
    let heap =
        Heap::new(Region::allocate(16 << 20)).map_err(|_| Error::failed("there is no room for the heap"))?;
    let session = Session {
        port: RefCell::new(rendezvous::find(to)?),
        namespace: RefCell::new("user".to_string()),
        heap,
        is_interrupted: Arc::new(AtomicBool::new(false)),
    };
    if std::io::stdin().is_terminal() { talk(Rc::new(session)) } else { read_through(&session) }
}

/// A conversation with one desktop.
struct Session {
    port: RefCell<Port>,
    namespace: RefCell<String>,
    heap: Heap,
    /// Ctrl-C came while a program ran.
    is_interrupted: Arc<AtomicBool>,
}

impl Session {
    fn is_complete(&self, text: &str) -> bool {
        self.heap.mutator().enter(|s| is_complete(s, text))
    }

    /// Runs a text and prints its value; its failure is the program's.
    fn run(&self, text: &str) -> Result<()> {
        self.is_interrupted.store(false, Ordering::Relaxed);
        let mut port = self.port.borrow_mut();
        let head = format!("{} 1 1 {FILE}\n", self.namespace.borrow());
        let send_within = Duration::from_secs(10);
        let id = port.send("run", &(head + text), send_within)?;
        loop {
            if self.is_interrupted.swap(false, Ordering::Relaxed) {
                port.send("interrupt", &id.to_string(), send_within)?;
            }
            let Some(reply) = port.receive(LOOK_EVERY)?.filter(|reply| reply.id == id) else { continue };
            match reply.word {
                Word::Out => {
                    crate::output::write(&reply.text);
                }
                Word::Ok => {
                    let (namespace, value) = reply.text.split_once('\n').unwrap_or(("user", ""));
                    *self.namespace.borrow_mut() = namespace.to_string();
                    crate::output::line(value);
                    return Ok(());
                }
                Word::Error if reply.text == "killed" => return Err(Error::of_program("interrupted")),
                Word::Error => {
                    let shown =
                        excerpt(text, FILE, &reply.text).map_or(String::new(), |shown| format!("\n{shown}"));
                    return Err(Error::of_program(reply.text + &shown));
                }
            }
        }
    }
}

/// Everything that standard input holds; fails when any of it did.
fn read_through(session: &Session) -> Result<()> {
    let (mut text, mut failed) = (String::new(), false);
    let mut lines = std::io::stdin().lock().lines();
    loop {
        let line = lines.next();
        let is_end = line.is_none();
        if let Some(line) = line {
            text += &line.map_err(crate::error::naming("standard input"))?;
            text.push('\n');
        }
        if !text.trim().is_empty() && (is_end || session.is_complete(&text)) {
            match session.run(&std::mem::take(&mut text)) {
                Err(error) if error.is_of_program() => {
                    failed = true;
                    eprintln!("{error}");
                }
                outcome => outcome?,
            }
        }
        if is_end {
            break;
        }
    }
    // What went wrong is said already, at its place.
    if failed { Err(Error::of_program("halt: not everything went well")) } else { Ok(()) }
}

/// A person at a terminal.
fn talk(session: Rc<Session>) -> Result<()> {
    let io = |error| Error::failed(format!("terminal: {error}"));
    signal_hook::flag::register(signal_hook::consts::SIGINT, session.is_interrupted.clone())
        .map_err(crate::error::naming("signals"))?;
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .max_history_size(HISTORY_LINES_MAX)
        .map_err(io)?
        .auto_add_history(true)
        .build();
    let mut editor: Editor<Typing, _> = Editor::with_config(config).map_err(io)?;
    editor.set_helper(Some(Typing { session: session.clone() }));
    let history = history();
    if let Some(history) = &history {
        // There is none the first time.
        let _ = editor.load_history(history);
    }
    crate::output::line("Ctrl-C interrupts, Ctrl-D ends, Tab completes; *1 is the last value.");
    loop {
        let prompt = format!("{}=> ", session.namespace.borrow());
        match editor.readline(&prompt) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => match session.run(&text) {
                Err(error) if error.is_of_program() => eprintln!("{error}"),
                outcome => outcome?,
            },
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(io(error)),
        }
        if let Some(history) = &history {
            // A history that cannot be kept is no reason to end.
            let _ = editor.save_history(history);
        }
    }
    Ok(())
}

/// Where what was typed is kept, when there is a place.
fn history() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    let folder = state.join("halt");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

/// What helps somebody who types.
#[derive(Helper, Highlighter, Hinter)]
struct Typing {
    session: Rc<Session>,
}

impl Validator for Typing {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match self.session.is_complete(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

impl Completer for Typing {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let start = line[..at].rfind(|c| BETWEEN_WORDS.contains(c)).map_or(0, |before| before + 1);
        let word = &line[start..at];
        let asked = format!("{} {word}", self.session.namespace.borrow());
        let answer = self.session.port.borrow_mut().request("complete", &asked, COMPLETED_WITHIN);
        // Without an answer there is nothing to complete with; the next evaluation says why.
        let Ok(Ok(rows)) = answer else { return Ok((start, Vec::new())) };
        Ok((start, rows.lines().filter_map(|row| row.split('\t').next()).map(String::from).collect()))
    }
}
