//! `halt repl` and `halt push` into a running desktop, as users start them.

use halt::machine::{Machine, Size};
use halt::native::Native;
use halt::picture::{Area, Picture};
use halt::player::{self, Desktop, Stage};
use halt::script;
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
        let command =
            halt(&folder, &["host", "--headless", "--size", "640x480"]).stderr(Stdio::piped()).spawn();
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
    command.args(words).current_dir(folder).env("HALT_RUNTIME_DIR", folder.join("run")).env("HALT_KEEP", "");
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

/// Two apps that call their functions alike do not get into each other's way.
#[test]
fn push_loads_an_app_into_its_own_namespace() {
    let running = Running::start("own");
    for name in ["left", "right"] {
        std::fs::create_dir_all(running.folder.join("apps").join(name)).unwrap();
        let app = format!(
            "(defn label [n] (str \"{name} \" n))\n(defapp {name} {{}} (fn [n] [:text {{}} (label n)]))"
        );
        running.file(&format!("apps/{name}/app.clj"), &app);
        assert_eq!(running.push(&format!("apps/{name}/app.clj")), Ok(format!("{name}\n")));
    }
    let asked = "[(app.left/label 1) (app.right/label 2) (resolve 'label)]";
    assert_eq!(running.repl(asked), "[\"left 1\" \"right 2\" nil]\n");
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

/// An app whose view and handler call functions that a test defines anew.
const LIVE: &str = "(defn label [n] (str \"at \" n))
(defn more [n] (inc n))
(defapp live {:title \"Live\" :state 7 :width 300 :height 200}
  (fn [n] [:column {:pad 20 :gap 12} [:text {} (label n)] [:button {:on-click more} \"More\"]]))";

/// Evaluates as a REPL does.
fn define(desktop: &mut Native, text: &str) {
    let answer = desktop.request("run", &format!("user 1 1 live\n{text}")).unwrap();
    assert!(answer.is_ok(), "{answer:?}");
}

fn play(desktop: &mut Native, text: &str) {
    player::play(desktop, &script::parse("live", text).unwrap(), |_| {}).unwrap();
}

/// Checks the strip of the window once the desktop is at rest: an app tells of an error after it has painted.
fn expect_error(desktop: &mut Native, expected: &str) {
    desktop.sync().unwrap();
    play(desktop, &format!("lisp (:error (last (:windows @halt.shell/desktop)))\nexpect {expected}"));
}

/// What the window shows below its title, and below a strip with an error.
fn content(desktop: &mut Native) -> Picture {
    // The pointer, and the look of what is under it, are no part of it.
    play(desktop, "move 790 10");
    let place = desktop
        .lisp("(let [w (last (:windows @halt.shell/desktop))] [(:x w) (:y w) (:w w) (:h w)])")
        .unwrap();
    let numbers: Vec<u32> = player::numbers(&place).unwrap();
    let (x, y, width, height) = (numbers[0], numbers[1], numbers[2], numbers[3]);
    let strip = desktop
        .lisp("(if (:error (last (:windows @halt.shell/desktop))) halt.shell/strip-height 0)")
        .unwrap();
    let top = 32 + strip.parse::<u32>().unwrap();
    // Above the ring around the button.
    desktop.picture().unwrap().crop(Area {
        x: x + 2,
        y: y + top + 2,
        width: width - 4,
        height: (height - top - 4).min(50),
    })
}

#[test]
fn functions_of_a_running_app_change_at_its_next_event_and_mistakes_leave_its_picture() {
    let file = std::env::temp_dir().join(format!("halt-live-{}.clj", std::process::id()));
    std::fs::write(&file, LIVE).unwrap();
    let size = Some(Size { width: 800, height: 600 });
    let mut desktop =
        Native::boot(&Machine { cpus: 2, size, app: Some(file.clone()), ..Machine::default() }).unwrap();
    std::fs::remove_file(&file).unwrap();
    play(&mut desktop, "press More\nsee at 8");
    // A handler and a part of the view: new at once, with the state that there is.
    define(&mut desktop, "(defn more [n] (+ n 10))");
    play(&mut desktop, "see at 8\npress More\nsee at 18");
    define(&mut desktop, "(defn label [n] (str n \" now\"))");
    play(&mut desktop, "see 18 now\npress More\nsee 28 now");
    let good = content(&mut desktop);

    // A view that fails: the strip says where, the picture stays, and so does the state.
    define(&mut desktop, "(defn label [n] (quot n 0))");
    play(&mut desktop, "see 28 now");
    expect_error(&mut desktop, "view: live:1:");
    assert_eq!(content(&mut desktop).difference(&good), None);
    play(&mut desktop, "press More\nlisp @(app-state \"live\")\nexpect 38\nsee 28 now");
    define(&mut desktop, "(defn label [n] (str n \" again\"))");
    play(&mut desktop, "see 38 again");
    expect_error(&mut desktop, "nil");
    let good = content(&mut desktop);

    // A handler that fails: nothing changes but the strip.
    define(&mut desktop, "(defn more [n] (nth [] n))");
    play(&mut desktop, "press More");
    expect_error(&mut desktop, "handler: live:1:");
    play(&mut desktop, "see 38 again");
    assert_eq!(content(&mut desktop).difference(&good), None);
    // What does not compile changes nothing at all.
    let answer = desktop.request("run", "user 1 1 live\n(defn more [n] (nowhere n))").unwrap();
    assert!(answer.unwrap_err().contains("unbound symbol: nowhere"));
    define(&mut desktop, "(defn more [n] (dec n))");
    play(&mut desktop, "press More\nsee 37 again");
    expect_error(&mut desktop, "nil");
}

#[test]
fn screenshots_land_in_the_folder_of_the_command() {
    let running = Running::start("picture");
    running.repl("(log \"halt: screenshot\")");
    let file = running.folder.join("screenshot-1.png");
    let told = "(some (fn [notice] (= \"Screenshot\" (:title notice))) (:notices @halt.shell/desktop))";
    let until = Instant::now() + SOON;
    while running.repl(told) != "true\n" {
        assert!(Instant::now() < until, "no notice");
    }
    let picture = Picture::read_png(&file).unwrap();
    assert_eq!((picture.width(), picture.height()), (640, 480));
    assert!(picture.colours() > 100);
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
