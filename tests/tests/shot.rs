//! `halt shot` as a user starts it.

use std::io::Read;
use std::process::{Command, Stdio};

fn halt(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_halt"));
    command.args(words).stdin(Stdio::null());
    command
}

#[test]
fn shot_plays_a_script_and_writes_pictures() {
    let folder = std::env::temp_dir().join(format!("halt-shot-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let script =
        "move 600 400\nlisp (+ 40 2)\nexpect 42\nshot before.png\nlisp (no-such-function)\nshot never.png\n";
    std::fs::write(folder.join("script"), script).unwrap();
    let mut child = halt(&["shot", "out.png", "--script", "script"])
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut output, mut errors) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{errors}");
    assert_eq!(output, "42\n", "{errors}");
    assert!(errors.contains("halt: script:5: "), "{errors}");
    assert!(errors.contains("no-such-function"), "{errors}");
    let picture = halt::picture::Picture::read_png(&folder.join("before.png")).unwrap();
    assert_eq!((picture.width(), picture.height()), (1280, 800));
    assert!(!folder.join("never.png").exists() && !folder.join("out.png").exists());
    std::fs::remove_dir_all(&folder).unwrap();
}
