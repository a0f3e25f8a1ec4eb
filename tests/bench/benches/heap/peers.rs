//! Peers that are programs of their own: each is built, started when its first turn comes, and asked over a pipe.
//!
//! Enter at [`clojure`], [`java`], [`go`], [`ocaml`], [`erlang`] and [`contest::Asked::turns`]. A program reads lines `NAME NUMBER...` and answers each
//! with `VALUE CHECK`, timed inside. One that is not installed fails its first turn with that as the reason, and is left out.

use crate::contest::{self, Turn};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Memory that a peer's collector may use, in MiB: four times what `churn` keeps alive, as for ours.
pub(crate) const MEMORY_MIB: usize = 2400;

const LARGE_PAGES: &str = "-XX:+UseTransparentHugePages";

/// How to build and start a program.
pub(crate) struct Asked(Box<dyn FnOnce() -> Result<Command, String>>);

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

impl contest::Asked for Asked {
    fn turns(self, request: String) -> impl FnMut() -> Result<Turn, String> + 'static {
        let (mut asked, mut running) = (Some(self), None);
        move || {
            if let Some(asked) = asked.take() {
                running = Some(Running::start((asked.0)()?)?);
            }
            running.as_mut().ok_or("did not start")?.ask(&request)
        }
    }
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name)
}

/// Where programs are built.
fn built(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Runs a compiler.
fn build(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| explained(command, &error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("does not compile: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Clojure on a JVM as it comes.
pub(crate) fn clojure() -> Asked {
    Asked(Box::new(|| {
        let jars = ["clojure.jar", "spec.alpha.jar", "core.specs.alpha.jar"];
        let jars = jars.map(|jar| format!("/usr/share/java/{jar}"));
        if !Path::new(&jars[0]).exists() {
            return Err(format!("{} is not installed", jars[0]));
        }
        let mut command = Command::new("java");
        command
            .args([LARGE_PAGES, "-Xmx2400m", "-cp", &jars.join(":"), "clojure.main"])
            .arg(source("heap.clj"));
        Ok(command)
    }))
}

/// Java with one of its collectors.
pub(crate) fn java(collector: &'static str, memory_mib: usize) -> Asked {
    Asked(Box::new(move || {
        let mut command = Command::new("java");
        command.arg(format!("-XX:+Use{collector}")).arg(LARGE_PAGES);
        command.args([format!("-Xms{memory_mib}m"), format!("-Xmx{memory_mib}m")]);
        command.arg(source("Churn.java"));
        Ok(command)
    }))
}

/// Go, which collects when its memory is used up.
pub(crate) fn go(memory_mib: usize) -> Asked {
    Asked(Box::new(move || {
        let program = built("heap-go");
        build(Command::new("go").args(["build", "-o"]).arg(&program).arg(source("heap.go")))?;
        let mut command = Command::new(program);
        command.env("GOGC", "off").env("GOMEMLIMIT", format!("{memory_mib}MiB"));
        Ok(command)
    }))
}

/// Native OCaml, which may waste twice what lives.
pub(crate) fn ocaml() -> Asked {
    Asked(Box::new(|| {
        // The compiler writes beside its source.
        let copy = built("heap.ml");
        std::fs::copy(source("heap.ml"), &copy).map_err(|error| format!("heap.ml: {error}"))?;
        let program = built("heap-ocaml");
        build(Command::new("ocamlopt").args(["-unsafe", "-inline", "100", "-o"]).arg(&program).arg(&copy))?;
        let mut command = Command::new(program);
        command.env("OCAMLRUNPARAM", "s=256k,o=200");
        Ok(command)
    }))
}

/// Erlang's own maps and processes.
pub(crate) fn erlang() -> Asked {
    Asked(Box::new(|| {
        let mut command = Command::new("escript");
        command.arg(source("heap.erl"));
        Ok(command)
    }))
}

/// The program that forks a Linux process.
pub(crate) fn linux_fork() -> Asked {
    Asked(Box::new(|| {
        let program = built("fork");
        build(Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(source("fork.c")))?;
        Ok(Command::new(program))
    }))
}
