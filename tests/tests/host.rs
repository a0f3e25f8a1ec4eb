//! `halt host`, the whole system in a process of this machine: as a user starts it, and beside QEMU.

use halt::error::{Error, Result};
use halt::guest::Guest;
use halt::machine::{Machine, Size};
use halt::native::Native;
use halt::picture::{Area, Picture};
use halt::player::{self, Desktop, Stage};
use halt::port::Answer;
use halt::script;
use halt_host::halt_system::InputEvent;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of a test's own, removed when the test succeeds.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("halt-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn halt(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_halt"));
    command.args(words).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn host_plays_a_script_and_writes_pictures() {
    let folder = folder("host");
    let app = "(defapp hello {:title \"Hello\" :state 5} (fn [n] [:text {} (str n)]))";
    std::fs::write(folder.join("hello.clj"), app).unwrap();
    let script = "move 600 400\nlisp @(app-state \"hello\")\nexpect 5\nshot before.png\n\
                  lisp (no-such-function)\nshot never.png\n";
    std::fs::write(folder.join("script"), script).unwrap();
    let words =
        ["host", "--shot", "out.png", "--script", "script", "--app", "hello.clj", "--size", "800x600"];
    let output = halt(&folder, &words);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert_eq!(text(&output.stdout), "5\n", "{errors}");
    assert!(errors.contains("halt: script:5: ") && errors.contains("no-such-function"), "{errors}");
    let picture = Picture::read_png(&folder.join("before.png")).unwrap();
    assert_eq!((picture.width(), picture.height()), (800, 600));
    assert!(picture.colours() > 100, "nothing but {} colours", picture.colours());
    assert!(!folder.join("never.png").exists() && !folder.join("out.png").exists());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn switching_off_ends_the_script() {
    let folder = folder("host-off");
    std::fs::write(folder.join("script"), "lisp (power-off)\n").unwrap();
    let output = halt(&folder, &["host", "--shot", "out.png", "--script", "script"]);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("script:1: ") && errors.contains("switched off"), "{errors}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn apps_that_fail_are_reported_with_their_picture() {
    let folder = folder("host-failing");
    let check = |app: &str, script: &str, message: &str| {
        std::fs::write(folder.join("a.clj"), app).unwrap();
        std::fs::write(folder.join("script"), script).unwrap();
        let words =
            ["host", "--shot", "out.png", "--script", "script", "--app", "a.clj", "--size", "640x480"];
        let output = halt(&folder, &words);
        assert_eq!(output.status.code(), Some(1), "{app}");
        let errors = text(&output.stderr);
        assert!(errors.starts_with(message), "{errors}");
        Picture::read_png(&folder.join("out.png")).unwrap();
        std::fs::remove_file(folder.join("out.png")).unwrap();
    };
    let click = "press Go\n";
    check("(defapp a {}\n  (fn [n] [:text (nowhere n)]))", "", "a.clj:2:19: unbound symbol: nowhere");
    check("(defapp a {:state 0} (fn [n] [:text {} (str (quot 1 n))]))", "", "a: view: a.clj:1:");
    let failing = "(defapp a {:state 0} (fn [n] [:button {:on-click (fn [n] (quot 1 n))} \"Go\"]))";
    check(failing, click, "a: handler: a.clj:1:");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn missing_app_and_folder_are_named() {
    let folder = folder("host-missing");
    let missing = |words: &[&str], message: &str| {
        let output = halt(&folder, words);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).starts_with(message), "{}", text(&output.stderr));
    };
    missing(&["host", "--shot", "out.png", "--app", "no.clj"], "halt: no.clj: ");
    missing(&["host", "--shot", "no/out.png"], "halt: no/out.png: there is no folder no");
    missing(&["host", "--shot", "."], "halt: .: this is a folder");
    missing(&["image", "."], "halt: .: this is a folder");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// What both are to show: windows moved and resized, text typed, an answer, a menu, the pointer. Each step, and what says that it has been
/// done: keyboard and pointer are devices of their own, and a machine that others keep busy reads them when it comes to it.
const SCRIPT: &[(&str, &str)] = &[
    ("move 153 136\nclick\nclick", "(= 2 @(app-state \"counter\"))"),
    ("drag 150 64 180 300", "(at-rest? [90 284 260 142])"),
    ("drag 348 424 420 500", "(at-rest? [90 284 332 218])"),
    ("move 980 240\nclick", "(= \"repl\" (:app (halt.shell/focused-window @halt.shell/desktop)))"),
    ("type (map inc [1 2 3])", "(typed? \"(map inc [1 2 3])\")"),
    ("key enter", "(= [:out \"(2 3 4)\"] (peek (:lines @(app-state \"repl\"))))"),
    ("type (oops", "(typed? \"(oops\")"),
    ("move 700 560", "(= [700 560] (pointer-place))"),
];

/// What is asked above.
const QUESTIONS: &str = "(do
  (defn at-rest? [rect]
    (let [{:keys [windows drag]} @halt.shell/desktop]
      (and (nil? drag) (some (fn [w] (and (= \"counter\" (:app w)) (= rect (mapv w [:x :y :w :h])))) windows))))
  (defn typed? [text] (= text (:text (:input @(app-state \"repl\"))))))";

/// A desktop that nobody hurries: what is played to it waits until it is at rest, where a script goes on after a while in
/// any case, since there are desktops that never are.
struct Unhurried<D>(D);

/// How many seconds of its own time a desktop has to come to rest.
const REST_WITHIN: usize = 120;

impl<D: Desktop> Desktop for Unhurried<D> {
    fn size(&self) -> Size {
        self.0.size()
    }

    fn request(&mut self, verb: &str, payload: &str) -> Result<Answer> {
        self.0.request(verb, payload)
    }

    fn send_input(&mut self, events: &[InputEvent]) -> Result<()> {
        self.0.send_input(events)
    }

    fn raw_picture(&mut self) -> Result<Picture> {
        self.0.raw_picture()
    }

    fn sync(&mut self) -> Result<()> {
        for _ in 0..REST_WITHIN {
            if self.request("sync", "")?.map_err(Error::failed)? != "busy" {
                return Ok(());
            }
        }
        Err(Error::failed("the desktop does not come to rest"))
    }
}

/// The screen above the task bar, whose clock shows the time.
fn played(desktop: impl Desktop) -> Picture {
    let mut desktop = Unhurried(desktop);
    desktop.lisp(QUESTIONS).unwrap();
    for (step, is_done) in SCRIPT {
        let text = format!("{step}\nlisp (loop [] (when-not {is_done} (sleep 5) (recur)))");
        let lines = script::parse("script", &text).unwrap();
        player::play(&mut desktop, &lines, |_| {}).unwrap();
    }
    let whole = desktop.picture().unwrap();
    whole.crop(Area { x: 0, y: 0, width: whole.width(), height: whole.height() - 40 })
}

#[test]
fn pixels_are_the_same_as_in_qemu() {
    let size = Some(Size { width: 1280, height: 800 });
    let machine = Machine { cpus: 2, size, ..Machine::default() };
    let mut native = Native::boot(&machine).unwrap();
    let guest = Guest::boot(&machine).unwrap();
    let untouched = native.picture().unwrap();
    let (here, there) = (played(native), played(guest));
    assert!(untouched.difference(&here).is_some(), "the script does nothing");
    let difference = here.difference(&there);
    if difference.is_some() {
        let folder = halt::workspace().join("target/host");
        std::fs::create_dir_all(&folder).unwrap();
        here.write_png(&folder.join("here.png")).unwrap();
        there.write_png(&folder.join("there.png")).unwrap();
    }
    assert_eq!(difference, None, "see target/host");
}
