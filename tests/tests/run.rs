//! `halt run` as a user starts it, and what is left when it ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One guest at a time: emulated processors share this machine's few.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn halt(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_halt"));
    command
        .args(words)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("HALT_KEEP", "")
        .stdin(Stdio::null());
    command
}

/// The processes that a process has started.
fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_child = |id: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // pid (name) state parent ...; the name may hold anything.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        fields.split_whitespace().nth(1) == Some(&parent.to_string())
    };
    ids.filter(is_child).collect()
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Starts `halt run`, waits for a line of the guest, sends a signal, and looks for what is left.
fn check_signal(name: &str, exit_code: Option<i32>, line_start: &str, mut command: Command) {
    let _turn = alone();
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let seen = output.lines().map_while(Result::ok).find(|line| line.starts_with(line_start));
    assert!(seen.is_some(), "halt ended early");
    let started = children(child.id());
    assert_eq!(started.len(), 1, "QEMU is the only child");
    signal(&child, name);
    assert_eq!(child.wait().unwrap().code(), exit_code);
    let until = Instant::now() + Duration::from_secs(10);
    while Path::new(&format!("/proc/{}", started[0])).exists() {
        assert!(Instant::now() < until, "QEMU is left behind after {name}");
        std::thread::sleep(Duration::from_millis(10));
    }
    // Who is killed outright cannot tidy up.
    let folder = std::env::temp_dir().join(format!("halt-{}-0", child.id()));
    assert_eq!(folder.exists(), exit_code.is_none(), "{}", folder.display());
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn ctrl_c_ends_the_desktop_and_leaves_nothing() {
    check_signal("-INT", Some(0), "halt: ready", halt(&["run"]));
}

#[test]
fn display_that_does_not_answer_is_no_failure() {
    let mut command = halt(&["run"]);
    command.env("DISPLAY", ":4711");
    check_signal("-TERM", Some(0), "halt: loader start", command);
}

#[test]
fn kill_leaves_nothing() {
    if Path::new("/usr/bin/setpriv").exists() {
        check_signal("-KILL", None, "halt: loader start", halt(&["run", "--headless"]));
    }
}
