//! Peers that are programs of their own: each is built, started when its first turn comes, and asked over a pipe.
//!
//! Enter at [`Asked::turns`]. A program reads lines `NAME NUMBER...` and answers each with `VALUE CHECK`, timed inside.
//! One that is not installed fails its first turn with that as the reason, and is left out.

use super::contest::Turn;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What a JVM is told about pages.
pub(crate) const LARGE_PAGES: &str = "-XX:+UseTransparentHugePages";

/// How to build and start a program.
pub(crate) struct Asked(pub(crate) Box<dyn FnOnce() -> Result<Command, String>>);

/// A program that answers.
struct Running {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left of it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn start(mut command: Command) -> Result<Running, String> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| explained(&command, &error))?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("no pipes".into());
        };
        Ok(Running { child, questions, answers: BufReader::new(answers) })
    }

    fn ask(&mut self, request: &str) -> Result<Turn, String> {
        let mut answer = String::new();
        writeln!(self.questions, "{request}").map_err(|error| error.to_string())?;
        self.answers.read_line(&mut answer).map_err(|error| error.to_string())?;
        let mut words = answer.split_whitespace();
        match (words.next().map(str::parse), words.next().map(str::parse)) {
            (Some(Ok(value)), Some(Ok(check))) => Ok(Turn { value, check }),
            _ => Err(format!("answered `{}` to `{request}`", answer.trim_end())),
        }
    }
}

fn explained(command: &Command, error: &std::io::Error) -> String {
    let program = command.get_program().to_string_lossy();
    match error.kind() {
        std::io::ErrorKind::NotFound => format!("`{program}` is not installed"),
        _ => format!("{program}: {error}"),
    }
}

impl Asked {
    /// Turns that ask the program the same thing each time.
    pub(crate) fn turns(self, request: String) -> impl FnMut() -> Result<Turn, String> + 'static {
        let (mut asked, mut running) = (Some(self), None);
        move || {
            if let Some(asked) = asked.take() {
                running = Some(Running::start((asked.0)()?)?);
            }
            running.as_mut().ok_or("did not start")?.ask(&request)
        }
    }
}

/// The source of a peer.
pub(crate) fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name)
}

/// Where programs are built.
pub(crate) fn built(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Runs a compiler.
pub(crate) fn build(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| explained(command, &error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("does not compile: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Clojure on a JVM as it comes.
pub(crate) fn clojure(script: &'static str, memory_mib: usize) -> Asked {
    Asked(Box::new(move || {
        let jars = ["clojure.jar", "spec.alpha.jar", "core.specs.alpha.jar"];
        let jars = jars.map(|jar| format!("/usr/share/java/{jar}"));
        if !Path::new(&jars[0]).exists() {
            return Err(format!("{} is not installed", jars[0]));
        }
        let mut command = Command::new("java");
        command
            .args([LARGE_PAGES, &format!("-Xmx{memory_mib}m"), "-cp", &jars.join(":"), "clojure.main"])
            .arg(source(script));
        Ok(command)
    }))
}
