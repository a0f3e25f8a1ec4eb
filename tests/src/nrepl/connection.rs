//! One client: its messages, and the answers.
//!
//! Enter at [`serve`]. [`OPERATIONS`] lists what can be asked.
//!
//! Invariant: what a client started is interrupted, and the sessions that it made are closed, when it goes away.

use super::bencode::{Bencode, Broken, Dict, read};
use super::forms::forms;
use super::session::{Interrupted, Program, Session};
use super::{Shared, locked};
use crate::port::Port;
use std::io::{BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The version of the protocol that we speak.
const PROTOCOL: (i64, i64, i64) = (1, 0, 0);
/// How long a client may take no answers before it is given up.
const TAKES_WITHIN: Duration = Duration::from_secs(10);
/// How long a question about a name may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// How programs without a file are called in messages.
const FILE: &str = "nrepl";

/// What can be asked, and what for.
const OPERATIONS: &[(&str, &str)] = &[
    ("classpath", "Answers with an empty `classpath`: there are no files inside."),
    ("clone", "Makes a session, `new-session`, in the namespace of `session`."),
    ("close", "Ends `session` and what runs in it."),
    ("complete", "The same as `completions`."),
    ("completions", "The names that `prefix` could become in `ns`."),
    ("describe", "Says what there is."),
    ("eldoc", "The parameters of `sym` in `ns`."),
    (
        "eval",
        "Runs `code`, form by form, in `ns` or where the session is; `file`, `line`, `column` say where it stands.",
    ),
    ("info", "What `sym` means in `ns`, as fields of the answer."),
    ("interrupt", "Ends what runs in `session`, if it is `interrupt-id`."),
    ("load-file", "Runs `file`, a whole text called `file-path`; apps that run show what is new."),
    ("lookup", "What `sym` means in `ns`, as `info`."),
    ("ls-sessions", "Lists the sessions."),
    ("stacktrace", "The place of the last error in `session`."),
];

/// The way back to a client.
struct Client {
    stream: Mutex<TcpStream>,
    is_gone: AtomicBool,
}

/// A message, and the way back.
pub(super) struct Request {
    message: Dict,
    client: Arc<Client>,
}

impl Request {
    fn text(&self, key: &str) -> Option<String> {
        self.message.get(key.as_bytes())?.as_text()
    }

    fn number(&self, key: &str) -> Option<u32> {
        match self.message.get(key.as_bytes())? {
            Bencode::Int(number) => {
                u32::try_from(*number).ok().filter(|number| (1..1 << 20).contains(number))
            }
            _ => None,
        }
    }

    /// What the client calls it.
    pub(super) fn id(&self) -> Bencode {
        self.message.get(&b"id"[..]).cloned().unwrap_or(Bencode::text(""))
    }

    /// Whether nobody waits for answers any more.
    pub(super) fn is_alone(&self) -> bool {
        self.client.is_gone.load(Ordering::Relaxed)
    }

    /// Sends an answer; others may follow.
    pub(super) fn reply<'k>(&self, fields: impl IntoIterator<Item = (&'k str, Bencode)>) {
        let Bencode::Dict(mut answer) = Bencode::dict(fields) else { return };
        for key in [&b"id"[..], b"session"] {
            if let Some(value) = self.message.get(key) {
                answer.entry(key.to_vec()).or_insert_with(|| value.clone());
            }
        }
        self.client.send(&Bencode::Dict(answer));
    }

    /// Sends the last answer.
    pub(super) fn done(&self, status: &[&str]) {
        self.done_with(status, []);
    }

    fn done_with<'k>(&self, status: &[&str], fields: impl IntoIterator<Item = (&'k str, Bencode)>) {
        let status = Bencode::texts(status.iter().copied().chain(["done"]));
        self.reply(fields.into_iter().chain([("status", status)]));
    }
}

impl Client {
    fn send(&self, answer: &Bencode) {
        let mut bytes = Vec::new();
        answer.write(&mut bytes);
        let mut stream = locked(&self.stream);
        if !self.is_gone.load(Ordering::Relaxed) && stream.write_all(&bytes).is_err() {
            self.is_gone.store(true, Ordering::Relaxed);
            // The thread that listens to it cleans up.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Answers a client until it goes away.
pub(super) fn serve(shared: &Shared, stream: TcpStream) {
    let Ok(writer) = stream.try_clone() else { return };
    // Small answers are to come at once. Without either option it would only be slower, or wait longer.
    let _ = writer.set_nodelay(true);
    let _ = writer.set_write_timeout(Some(TAKES_WITHIN));
    let client = Arc::new(Client { stream: Mutex::new(writer), is_gone: AtomicBool::new(false) });
    let mut connection = Connection { shared, sessions: Vec::new(), port: None };
    let mut input = BufReader::new(stream);
    loop {
        match read(&mut input) {
            Ok(Bencode::Dict(message)) => connection.answer(Request { message, client: client.clone() }),
            Ok(_) => client.send(&complaint("a message that is no dictionary")),
            Err(Broken::Ended) => break,
            Err(Broken::Malformed(problem)) => {
                // Where the next message would begin, nobody knows.
                client.send(&complaint(problem));
                break;
            }
        }
    }
    client.is_gone.store(true, Ordering::Relaxed);
    let _ = locked(&client.stream).shutdown(Shutdown::Both);
    connection.sessions.iter().for_each(|id| shared.close_session(id));
}

fn complaint(problem: &str) -> Bencode {
    Bencode::dict([
        ("err", Bencode::text(format!("{problem}\n"))),
        ("status", Bencode::texts(["error", "malformed-message", "done"])),
    ])
}

struct Connection<'s> {
    shared: &'s Shared,
    /// Those that it made.
    sessions: Vec<String>,
    /// For questions, which are answered while programs run.
    port: Option<Port>,
}

impl Connection<'_> {
    fn answer(&mut self, request: Request) {
        let session = match request.text("session").filter(|id| !id.is_empty()) {
            None => None,
            Some(id) => match self.shared.session(&id) {
                Some(session) => Some(session),
                None => return request.done(&["error", "unknown-session"]),
            },
        };
        let op = request.text("op").unwrap_or_default();
        match op.as_str() {
            "clone" => {
                let namespace = session.map_or("user".to_string(), |session| session.namespace());
                let new = self.shared.make_session(&namespace, true);
                self.sessions.push(new.id().to_string());
                request.done_with(&[], [("new-session", Bencode::text(new.id()))]);
            }
            "close" => {
                let Some(session) = session else { return request.done(&["error", "no-session"]) };
                self.shared.close_session(session.id());
                self.sessions.retain(|id| id != session.id());
                request.done(&["session-closed"]);
            }
            "ls-sessions" => {
                let mut ids: Vec<String> = locked(&self.shared.sessions).keys().cloned().collect();
                ids.sort_unstable();
                request.done_with(&[], [("sessions", Bencode::texts(ids.iter().map(String::as_str)))]);
            }
            "interrupt" => {
                let Some(session) = session else { return request.done(&["error", "session-ephemeral"]) };
                match session.interrupt(request.message.get(&b"interrupt-id"[..])) {
                    Interrupted::Done => request.done(&[]),
                    Interrupted::Idle => request.done(&["session-idle"]),
                    Interrupted::Other => request.done(&["error", "interrupt-id-mismatch"]),
                }
            }
            "eval" => match request.text("code") {
                Some(code) => self.run(session, request, code, false),
                None => request.done(&["error", "no-code"]),
            },
            "load-file" => match request.text("file") {
                Some(text) => self.run(session, request, text, true),
                None => request.done(&["error", "no-file"]),
            },
            "complete" | "completions" => self.complete(session.as_deref(), &request),
            "lookup" | "info" | "eldoc" => self.look_up(session.as_deref(), &request, &op),
            "stacktrace" => stacktrace(session.as_deref(), &request),
            "classpath" => request.done_with(&[], [("classpath", Bencode::List(Vec::new()))]),
            "describe" => describe(session.as_deref(), &request),
            _ => request.done_with(&["error", "unknown-op"], [("op", Bencode::text(op.clone()))]),
        }
    }

    fn run(&self, session: Option<Arc<Session>>, request: Request, text: String, is_file: bool) {
        // Without a session it is one of its own that nobody finds.
        let session = session.unwrap_or_else(|| self.shared.make_session("user", false));
        let named = if is_file {
            request.text("file-path").or(request.text("file-name"))
        } else {
            request.text("file")
        };
        let file = named.map(|name| name.replace(['\n', '\r'], " ")).filter(|name| !name.trim().is_empty());
        let (line, column) = match is_file {
            true => (1, 1),
            false => (request.number("line").unwrap_or(1), request.number("column").unwrap_or(1)),
        };
        let namespace = match is_file {
            true => Some("user".to_string()),
            false => request.text("ns").filter(|name| !name.is_empty()),
        };
        let file = file.unwrap_or_else(|| FILE.to_string());
        session.run(request, Program { text, file, line, column, namespace, is_file });
    }

    /// Asks the desktop about a name as it is seen from a namespace; nothing when there is no answer.
    fn ask(&mut self, session: Option<&Session>, request: &Request, verb: &str, word: &str) -> String {
        let namespace = request.text("ns").filter(|name| !name.is_empty() && !name.contains([' ', '\n']));
        let namespace = namespace.or(session.map(Session::namespace)).unwrap_or("user".to_string());
        if self.port.is_none() {
            self.port = Port::connect(&self.shared.socket).ok();
        }
        let Some(port) = &mut self.port else { return String::new() };
        match port.request(verb, &format!("{namespace} {word}"), ANSWERED_WITHIN) {
            Ok(answer) => answer.unwrap_or_default(),
            Err(_) => {
                // The next question gets a new connection.
                self.port = None;
                String::new()
            }
        }
    }

    fn complete(&mut self, session: Option<&Session>, request: &Request) {
        let word = request.text("prefix").or(request.text("symbol")).unwrap_or_default();
        let rows = self.ask(session, request, "complete", &word);
        let candidate = |row: &str| {
            let mut words = row.split('\t');
            let mut word = || Bencode::text(words.next().unwrap_or_default());
            Bencode::dict([("candidate", word()), ("ns", word()), ("type", word())])
        };
        let candidates = Bencode::List(rows.lines().map(candidate).collect());
        request.done_with(&[], [("completions", candidates)]);
    }

    fn look_up(&mut self, session: Option<&Session>, request: &Request, op: &str) {
        let word = request.text("sym").or(request.text("symbol")).unwrap_or_default();
        let answer = self.ask(session, request, "lookup", &word);
        let (lines, doc) = answer.split_once("\n\n").unwrap_or((&answer, ""));
        let field = |key: &str| {
            lines.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')).unwrap_or_default()
        };
        if lines.is_empty() {
            return match op {
                "lookup" => request.done_with(&[], [("info", Bencode::dict([]))]),
                "info" => request.done(&["no-info"]),
                _ => request.done(&["no-eldoc"]),
            };
        }
        let within = |list: &str| list.get(1..list.len().max(2) - 1).unwrap_or_default().to_string();
        let arities = within(field("arglists"));
        let parts = |text: &str| -> Vec<String> {
            let found = forms(&self.shared.heap, text);
            found.iter().map(|form| form.text.trim().to_string()).collect()
        };
        if op == "eldoc" {
            let parameters = |arity: &String| {
                Bencode::List(parts(&within(arity)).into_iter().map(Bencode::text).collect())
            };
            let kind = if matches!(field("kind"), "function" | "macro") { "function" } else { "variable" };
            return request.done_with(
                &[],
                [
                    ("name", Bencode::text(field("name"))),
                    ("ns", Bencode::text(field("ns"))),
                    ("type", Bencode::text(kind)),
                    ("docstring", Bencode::text(doc)),
                    ("eldoc", Bencode::List(parts(&arities).iter().map(parameters).collect())),
                ],
            );
        }
        let mut info = vec![("doc", Bencode::text(doc))];
        for key in ["name", "ns", "file"] {
            info.push((key, Bencode::text(field(key))));
        }
        for key in ["line", "column"] {
            info.extend(field(key).parse().ok().map(|number| (key, Bencode::Int(number))));
        }
        if !arities.is_empty() {
            info.push(("arglists-str", Bencode::text(parts(&arities).join("\n"))));
        }
        match field("kind") {
            "macro" => info.push(("macro", Bencode::text("true"))),
            "special-form" => info.push(("special-form", Bencode::text("true"))),
            _ => {}
        }
        info.retain(|(_, value)| *value != Bencode::text(""));
        match op {
            "lookup" => request.done_with(&[], [("info", Bencode::dict(info))]),
            _ => request.done_with(&[], info),
        }
    }
}

fn describe(session: Option<&Session>, request: &Request) {
    let is_verbose = request.message.get(&b"verbose?"[..]).is_some_and(|wish| *wish != Bencode::Int(0));
    let operation = |(name, doc): &(&'static str, &'static str)| {
        let told = is_verbose.then(|| ("doc", Bencode::text(*doc)));
        (*name, Bencode::dict(told))
    };
    let (major, minor, incremental) = PROTOCOL;
    let protocol = Bencode::dict([
        ("major", Bencode::Int(major)),
        ("minor", Bencode::Int(minor)),
        ("incremental", Bencode::Int(incremental)),
        ("version-string", Bencode::text(format!("{major}.{minor}.{incremental}"))),
    ]);
    let ours = Bencode::dict([("version-string", Bencode::text(env!("CARGO_PKG_VERSION")))]);
    let namespace = session.map_or("user".to_string(), Session::namespace);
    request.done_with(
        &[],
        [
            ("ops", Bencode::dict(OPERATIONS.iter().map(operation))),
            ("versions", Bencode::dict([("nrepl", protocol), ("halt", ours)])),
            ("aux", Bencode::dict([("current-ns", Bencode::text(namespace))])),
        ],
    );
}

/// The last error and its place, as a trace of one frame.
fn stacktrace(session: Option<&Session>, request: &Request) {
    let Some(error) = session.and_then(Session::last_error) else { return request.done(&["no-error"]) };
    let mut parts = error.splitn(4, ':');
    let place = (parts.next(), parts.next().and_then(|line| line.parse().ok()), parts.next(), parts.next());
    let (Some(file), Some(line), Some(_), Some(message)) = place else {
        return request
            .done_with(&[], [("class", Bencode::text("halt.Error")), ("message", Bencode::text(error))]);
    };
    let frame = Bencode::dict([
        ("class", Bencode::text("user")),
        ("method", Bencode::text("eval")),
        ("name", Bencode::text("user/eval")),
        ("file", Bencode::text(file)),
        ("line", Bencode::Int(line)),
        ("type", Bencode::text("clj")),
        ("flags", Bencode::texts(["clj"])),
    ]);
    request.done_with(
        &[],
        [
            ("class", Bencode::text("halt.Error")),
            ("message", Bencode::text(message.trim_start())),
            ("stacktrace", Bencode::List(vec![frame])),
        ],
    );
}
