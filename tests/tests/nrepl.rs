//! The nREPL server as an editor sees it: over TCP, in front of a desktop of this machine and of one in QEMU.

use halt::guest::Guest;
use halt::machine::Machine;
use halt::nrepl::{Bencode, Server, read};
use halt::rendezvous::Rendezvous;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long an answer may take on a busy machine.
const SOON: Duration = Duration::from_secs(120);

/// An editor's connection.
struct Editor {
    stream: TcpStream,
    input: BufReader<TcpStream>,
    last_id: u32,
}

/// Everything that was answered to one message.
#[derive(Debug, Default, PartialEq)]
struct Answers {
    /// Printed texts together, and errors.
    out: String,
    err: String,
    /// Values, each with its namespace where that is told.
    values: Vec<String>,
    status: Vec<String>,
    /// The last answer, whole.
    last: Option<Bencode>,
}

impl Answers {
    fn field(&self, path: &[&str]) -> Option<Bencode> {
        path.iter().try_fold(self.last.clone()?, |value, key| match value {
            Bencode::Dict(entries) => entries.get(key.as_bytes()).cloned(),
            _ => None,
        })
    }

    fn text(&self, path: &[&str]) -> String {
        self.field(path).and_then(|value| value.as_text()).unwrap_or_default()
    }
}

impl Editor {
    fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        let input = BufReader::new(stream.try_clone().unwrap());
        Self { stream, input, last_id: 0 }
    }

    /// Sends a message; returns its id.
    fn send(&mut self, fields: &[(&str, &str)]) -> String {
        self.last_id += 1;
        let id = self.last_id.to_string();
        let mut fields: Vec<_> = fields.iter().map(|(key, value)| (*key, Bencode::text(*value))).collect();
        fields.push(("id", Bencode::text(id.clone())));
        let mut bytes = Vec::new();
        Bencode::dict(fields).write(&mut bytes);
        self.stream.write_all(&bytes).unwrap();
        id
    }

    fn receive(&mut self) -> Bencode {
        read(&mut self.input).unwrap()
    }

    /// Everything that is answered to a message.
    fn answers(&mut self, id: &str) -> Answers {
        let mut answers = Answers::default();
        while !answers.status.iter().any(|word| word == "done") {
            let Bencode::Dict(answer) = self.receive() else { panic!("no dictionary") };
            let text = |key: &str| answer.get(key.as_bytes()).and_then(Bencode::as_text);
            if text("id").as_deref() != Some(id) {
                continue;
            }
            answers.out += &text("out").unwrap_or_default();
            answers.err += &text("err").unwrap_or_default();
            let told = |ns: String| if ns.is_empty() { ns } else { format!(" in {ns}") };
            answers.values.extend(text("value").map(|value| value + &told(text("ns").unwrap_or_default())));
            if let Some(Bencode::List(words)) = answer.get(&b"status"[..]) {
                answers.status.extend(words.iter().filter_map(Bencode::as_text));
            }
            answers.last = Some(Bencode::Dict(answer));
        }
        answers
    }

    fn ask(&mut self, fields: &[(&str, &str)]) -> Answers {
        let id = self.send(fields);
        self.answers(&id)
    }

    fn session(&mut self) -> String {
        self.ask(&[("op", "clone")]).text(&["new-session"])
    }

    /// Values and what was printed and complained of.
    fn eval(&mut self, session: &str, code: &str) -> (Vec<String>, String, String) {
        let answers = self.ask(&[("op", "eval"), ("session", session), ("code", code)]);
        (answers.values, answers.out, answers.err)
    }
}

/// What an editor does in its first minutes.
fn converse(port: u16) {
    let mut editor = Editor::connect(port);
    let described = editor.ask(&[("op", "describe")]);
    for op in [
        "clone",
        "close",
        "completions",
        "describe",
        "eval",
        "info",
        "interrupt",
        "load-file",
        "lookup",
        "ls-sessions",
    ] {
        assert!(described.field(&["ops", op]).is_some(), "{op}");
    }
    assert_eq!(described.text(&["versions", "halt", "version-string"]), env!("CARGO_PKG_VERSION"));

    let session = editor.session();
    let values = |values: &[&str]| values.iter().map(|value| value.to_string()).collect::<Vec<_>>();
    let none = String::new;
    assert_eq!(
        editor.eval(&session, "(+ 1 2) (println \"ä\")\n:b"),
        (values(&["3 in user", "nil in user", ":b in user"]), "ä\n".to_string(), none())
    );
    assert_eq!(editor.eval(&session, " ; nothing"), (values(&[]), none(), none()));
    let (_, _, err) = editor.eval(&session, "(def one 1)\n(oops)\n(def two 2)");
    assert_eq!(err, "nrepl:2:2: unbound symbol: oops\n");
    let traced = editor.ask(&[("op", "stacktrace"), ("session", &session)]);
    assert!(matches!(traced.field(&["stacktrace"]), Some(Bencode::List(frames)) if frames.len() == 1));
    assert_eq!(editor.eval(&session, "[one (resolve 'two)]").0, values(&["[1 nil] in user"]));
    let (_, _, err) = editor.eval(&session, "(+ 1");
    assert!(err.starts_with("nrepl:1:5: ") || err.starts_with("nrepl:1:1: "), "{err}");

    // The place of what is sent is the file's; the namespace is the session's, or the message's.
    let code = [("op", "eval"), ("session", &session), ("code", "1 (oops)"), ("file", "a b.clj")];
    let mut bytes = Vec::new();
    let mut message = Bencode::dict(code.map(|(key, value)| (key, Bencode::text(value))));
    if let Bencode::Dict(fields) = &mut message {
        fields.insert(b"line".to_vec(), Bencode::Int(7));
        fields.insert(b"column".to_vec(), Bencode::Int(11));
        fields.insert(b"id".to_vec(), Bencode::text("placed"));
    }
    message.write(&mut bytes);
    editor.stream.write_all(&bytes).unwrap();
    assert_eq!(editor.answers("placed").err, "a b.clj:7:14: unbound symbol: oops\n");
    assert_eq!(
        editor.eval(&session, "(ns mine.own) (def a 6) ::k").0.last().unwrap(),
        ":mine.own/k in mine.own"
    );
    assert_eq!(editor.eval(&session, "(inc a)").0, values(&["7 in mine.own"]));
    let there = editor.ask(&[("op", "eval"), ("session", &session), ("ns", "user"), ("code", "[one *1]")]);
    assert_eq!(there.values, values(&["[1 7] in user"]));
    assert_eq!(editor.eval(&session, "a").0, values(&["6 in mine.own"]));
    let nowhere = editor.ask(&[("op", "eval"), ("session", &session), ("ns", "no.such"), ("code", "1")]);
    assert!(nowhere.status.contains(&"namespace-not-found".to_string()), "{nowhere:?}");

    // Another session, and none at all, are elsewhere.
    let other = editor.session();
    assert_eq!(editor.eval(&other, "(str (ns-name *ns*))").0, values(&["\"user\" in user"]));
    let alone = editor.ask(&[("op", "eval"), ("code", "(* 6 7)")]);
    assert_eq!((alone.values, alone.status), (values(&["42 in user"]), values(&["done"])));

    // While a program runs, other questions are answered; it ends when it is told to.
    let endless =
        editor.send(&[("op", "eval"), ("session", &session), ("code", "(println 1) (loop [] (recur)) 2")]);
    let known = editor.ask(&[("op", "completions"), ("prefix", "map-ind"), ("session", &session)]);
    let Some(Bencode::List(candidates)) = known.field(&["completions"]) else { panic!("{known:?}") };
    let found = Bencode::dict([
        ("candidate", Bencode::text("map-indexed")),
        ("ns", Bencode::text("clojure.core")),
        ("type", Bencode::text("function")),
    ]);
    assert_eq!(candidates, [found]);
    let wrong = editor.ask(&[("op", "interrupt"), ("session", &session), ("interrupt-id", "nobody")]);
    assert_eq!(wrong.status, values(&["error", "interrupt-id-mismatch", "done"]));
    editor.send(&[("op", "interrupt"), ("session", &session), ("interrupt-id", &endless)]);
    let ended = editor.answers(&endless);
    assert_eq!(ended.status, values(&["interrupted", "done"]));
    assert_eq!(editor.eval(&session, "3").0, values(&["3 in mine.own"]));
    let idle = editor.ask(&[("op", "interrupt"), ("session", &session)]);
    assert_eq!(idle.status, values(&["session-idle", "done"]));

    let info = editor.ask(&[("op", "info"), ("sym", "cond->"), ("ns", "user")]);
    assert_eq!((info.text(&["name"]), info.text(&["ns"])), ("cond->".into(), "clojure.core".into()));
    assert_eq!(info.text(&["macro"]), "true");
    let info = editor.ask(&[("op", "info"), ("sym", "when-let")]);
    assert_eq!((info.text(&["macro"]), info.text(&["ns"])), ("true".into(), "clojure.core".into()));
    editor.eval(&other, "(defn area \"Width by height.\" ([w] (* w w)) ([w {:keys [h]}] (* w h)))");
    let info = editor.ask(&[("op", "lookup"), ("sym", "area"), ("ns", "user")]);
    assert_eq!(info.text(&["info", "arglists-str"]), "[w]\n[w {:keys [h]}]");
    assert_eq!(info.text(&["info", "doc"]), "Width by height.");
    let eldoc = editor.ask(&[("op", "eldoc"), ("sym", "area"), ("ns", "user")]);
    let arities = Bencode::List(vec![Bencode::texts(["w"]), Bencode::texts(["w", "{:keys [h]}"])]);
    assert_eq!(eldoc.field(&["eldoc"]), Some(arities));
    assert_eq!(editor.ask(&[("op", "info"), ("sym", "nobody")]).status, values(&["no-info", "done"]));

    // A file that is loaded is an app that opens.
    let app = "(defapp loaded {:state 7} (fn [n] [:text {} (str n)]))";
    let load = [("op", "load-file"), ("session", &session), ("file", app), ("file-path", "loaded.clj")];
    assert_eq!(editor.ask(&load).values, values(&["loaded"]));
    let opened = "(loop [] (if-let [state (app-state \"loaded\")] @state (do (sleep 10) (recur))))";
    assert_eq!(editor.eval(&other, opened).0, values(&["7 in user"]));
    let broken = editor.ask(&[("op", "load-file"), ("file", "(def x\n  (oops))"), ("file-path", "/a/x.clj")]);
    assert_eq!(broken.err, "/a/x.clj:2:4: unbound symbol: oops\n");

    for (fields, status) in [
        (&[("op", "format-code")][..], "unknown-op"),
        (&[][..], "unknown-op"),
        (&[("op", "eval")][..], "no-code"),
        (&[("op", "load-file")][..], "no-file"),
        (&[("op", "eval"), ("code", "1"), ("session", "nobody")][..], "unknown-session"),
        (&[("op", "close")][..], "no-session"),
    ] {
        assert_eq!(editor.ask(fields).status, values(&["error", status, "done"]), "{fields:?}");
    }
    let listed = editor.ask(&[("op", "ls-sessions")]);
    assert!(
        matches!(listed.field(&["sessions"]), Some(Bencode::List(all)) if all.contains(&Bencode::text(&*session)))
    );
    assert_eq!(
        editor.ask(&[("op", "close"), ("session", &other)]).status,
        values(&["session-closed", "done"])
    );
    let closed = editor.ask(&[("op", "eval"), ("session", &other), ("code", "1")]);
    assert_eq!(closed.status, values(&["error", "unknown-session", "done"]));

    // What is broken ends its own connection only, and what is no message not even that.
    for garbage in [
        &b"hello"[..],
        b"d2:opi1",
        b"99999999:",
        b"\0\xff\xfe",
        b"lllllllllllllllllllllllllllllllllllllllll",
        b"die",
    ] {
        let mut other = TcpStream::connect(("127.0.0.1", port)).unwrap();
        other.set_read_timeout(Some(SOON)).unwrap();
        other.write_all(garbage).unwrap();
        other.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        other.read_to_end(&mut answer).unwrap();
        let is_told = String::from_utf8_lossy(&answer).contains("17:malformed-message");
        assert!(is_told || garbage == b"d2:opi1", "{garbage:?}: {answer:?}");
    }
    let mut other = Editor::connect(port);
    other.stream.write_all(b"i7ele4:evald2:idi3e2:op3:\xff\xfe\xfde").unwrap();
    for _ in 0..3 {
        assert!(matches!(other.receive(), Bencode::Dict(_)));
    }
    let Bencode::Dict(answer) = other.receive() else { panic!("no dictionary") };
    assert_eq!(answer[&b"id"[..]], Bencode::Int(3));

    // A client that goes away takes what it started along.
    let theirs = other.session();
    other.send(&[
        ("op", "eval"),
        ("session", &theirs),
        ("code", "(def going (atom 0)) (loop [] (swap! going inc) (recur))"),
    ]);
    let going = "(if-let [v (resolve 'user/going)] (pos? @@v) false)";
    until(|| editor.eval(&session, going).0 == values(&["true in mine.own"]));
    drop(other);
    let still = "(let [before @@(resolve 'user/going)] (sleep 50) (not= before @@(resolve 'user/going)))";
    until(|| editor.eval(&session, still).0 == values(&["false in mine.own"]));
}

fn until(mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + SOON;
    while !is_so() {
        assert!(Instant::now() < end, "it never comes to that");
    }
}

/// `halt host` in a folder of its own; gone when this is dropped.
struct Host {
    child: Child,
    folder: PathBuf,
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn editors_talk_to_a_desktop_of_this_machine() {
    let folder = std::env::temp_dir().join(format!("halt-nrepl-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("run")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_halt"));
    command.args(["host", "--headless", "--size", "640x480", "--nrepl", "0"]).current_dir(&folder);
    command.env("HALT_RUNTIME_DIR", folder.join("run")).env("HALT_KEEP", "");
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut host = Host { child, folder: folder.clone() };
    let mut said = BufReader::new(host.child.stderr.take().unwrap()).lines();
    let line = said.find_map(|line| line.ok().filter(|line| line.starts_with("halt: nREPL at 127.0.0.1:")));
    std::thread::spawn(move || said.for_each(drop));
    let line = line.expect("no server");
    let file = folder.join(".nrepl-port");
    let port = std::fs::read_to_string(&file).unwrap();
    assert!(line.contains(&format!(":{port} ")), "{line}");
    converse(port.parse().unwrap());
    // Ctrl-C leaves nothing behind.
    let status = Command::new("kill").args(["-INT", &host.child.id().to_string()]).status().unwrap();
    assert!(status.success());
    assert_eq!(host.child.wait().unwrap().code(), Some(0));
    assert!(!Path::new(&file).exists());
}

#[test]
fn editors_talk_to_a_desktop_in_qemu() {
    let qemu = Guest::start(&Machine { cpus: 2, ..Machine::default() }).unwrap();
    Guest::wait_until_ready(&qemu).unwrap();
    let rendezvous = Rendezvous::open("nrepl-test", qemu.port_stream().unwrap()).unwrap();
    converse(Server::start(0, rendezvous.socket()).unwrap().port());
}

#[test]
fn port_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Server::start(port, Path::new("unused")).unwrap_err().to_string();
    assert!(error.starts_with(&format!("nREPL at port {port}: ")), "{error}");
}
