//! `halt repl` and `halt push` into a running desktop, as users start them.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long something may take on a busy machine.
const SOON: Duration = Duration::from_secs(60);

/// A desktop in a process, and a folder for its socket and our files. Both are gone when this is dropped.
struct Running {
    child: Child,
    folder: PathBuf,
}

impl Running {
    fn start(name: &str) -> Running {
        let folder = std::env::temp_dir().join(format!("halt-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("run")).unwrap();
        let command = halt(&folder, &["host", "--size", "640x480"]).stderr(Stdio::piped()).spawn();
        let mut running = Running { child: command.unwrap(), folder };
        let mut said = BufReader::new(running.child.stderr.take().unwrap()).lines();
        let up = said.find(|line| line.as_ref().is_ok_and(|line| line.contains("halt: this is host-")));
        assert!(up.is_some(), "no desktop");
        // What else it says must not fill the pipe.
        std::thread::spawn(move || said.for_each(drop));
        running
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).unwrap();
    }

    fn run(&self, words: &[&str], input: &str) -> Output {
        let mut child = halt(&self.folder, words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What the REPL prints for a text that goes well.
    fn repl(&self, input: &str) -> String {
        let output = self.run(&["repl"], input);
        assert!(output.status.success(), "{input}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn push(&self, file: &str) -> std::result::Result<String, String> {
        let output = self.run(&["push", file], "");
        match output.status.code() {
            Some(0) => Ok(String::from_utf8(output.stdout).unwrap()),
            Some(1) => Err(String::from_utf8(output.stderr).unwrap()),
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn halt(folder: &std::path::Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_halt"));
    command.args(words).current_dir(folder).env("HALT_RUNTIME_DIR", folder.join("run"));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

#[test]
fn repl_reads_form_by_form_and_keeps_its_namespace() {
    let running = Running::start("repl");
    let text = "(+ 1\n   2)\n(println \"out\")\n(map inc [1 2])\n(ns mine)\n(def a 6)\na *1\n::k\n";
    assert_eq!(running.repl(text), "3\nout\nnil\n(2 3)\nnil\n#'mine/a\n#'mine/a\n:mine/k\n");
    // The definition is the desktop's, the namespace was this conversation's.
    assert_eq!(running.repl("(inc mine/a)"), "7\n");
    let output = running.run(&["repl"], "1\n(oops)\n2\n(");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "1\n2\n");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("repl:1:2: unbound symbol: oops\n  (oops)\n   ^\n"), "{errors}");
    assert!(errors.contains("repl:2:1: end of text"), "{errors}");
}

#[test]
fn push_replaces_code_and_keeps_state() {
    let running = Running::start("push");
    let app = |view: &str| {
        format!("(defn label [n] {view})\n(defapp hello {{:state 7}} (fn [n] [:text {{}} (label n)]))")
    };
    running.file("hello.clj", &app("(str n)"));
    assert_eq!(running.push("hello.clj"), Ok("hello\n".to_string()));
    let opened = "(loop [n 0] (if-let [state (app-state \"hello\")] @state (do (sleep 10) (recur (inc n)))))";
    assert_eq!(running.repl(opened), "7\n");
    running.repl("(swap! (app-state \"hello\") inc)");
    running.file("hello.clj", &app("(str \"n = \" n)"));
    assert_eq!(running.push("hello.clj"), Ok("hello\n".to_string()));
    assert_eq!(running.repl("@(app-state \"hello\")\n(label 1)"), "8\n\"n = 1\"\n");
    assert_eq!(
        running.repl("(count (filter (fn [run] (= \"hello\" (:app run))) (vals @running-apps)))"),
        "1\n"
    );

    running.file("hello.clj", &app("\n  (nowhere n)"));
    let failure = running.push("hello.clj").unwrap_err();
    assert!(failure.starts_with("hello.clj:2:4: unbound symbol: nowhere"), "{failure}");
    assert!(failure.ends_with("\n    (nowhere n))\n     ^\n"), "{failure}");
    assert_eq!(running.repl("(label 1)"), "\"n = 1\"\n");
    assert!(running.push("no.clj").unwrap_err().starts_with("halt: no.clj: "));
}

#[test]
fn push_watches_a_file() {
    let running = Running::start("watch");
    running.file("w.clj", "(def watched 1)");
    let mut child =
        halt(&running.folder, &["push", "--watch", "w.clj"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let becomes = |value: &str| {
        let until = Instant::now() + SOON;
        while running.repl("(if-let [v (resolve 'watched)] @v nil)") != value {
            assert!(Instant::now() < until, "it never becomes {value}");
        }
    };
    becomes("1\n");
    running.file("w.clj", "(def watched 22)");
    becomes("22\n");
    // A mistake is told, and the next version is loaded all the same.
    running.file("w.clj", "(def watched (oops 3))");
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    assert!(line.starts_with("w.clj:1:15: unbound symbol: oops"), "{line}");
    running.file("w.clj", "(def watched 4444)");
    becomes("4444\n");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn nobody_there_is_said() {
    let folder = std::env::temp_dir().join(format!("halt-nobody-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let output = halt(&folder, &["repl"]).env("HALT_RUNTIME_DIR", folder.join("run")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors, "halt: no desktop runs; `halt run` or `halt host` starts one\n");
    std::fs::remove_dir_all(&folder).unwrap();
}
