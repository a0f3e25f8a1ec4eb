//! `halt eval` as a user starts it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Runs `halt eval` with something on its standard input: exit code, output, errors.
fn eval(words: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_halt"));
    command.arg("eval").args(words).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that does not read its input may be gone by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn check(words: &[&str], input: &str, code: i32, output: &str, errors: &str) {
    assert_eq!(eval(words, input), (code, output.to_string(), errors.to_string()), "{words:?}");
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn expression_prints_its_value() {
    check(&["-e", "(+ 1 2)"], "", 0, "3\n", "");
    check(&["-e", "(def x 20) [(inc x) 42]"], "", 0, "[21 42]\n", "");
    check(&["-e", "\"text\""], "", 0, "\"text\"\n", "");
    check(&["-e", ""], "", 0, "nil\n", "");
}

#[test]
fn files_print_what_they_print() {
    file("double.clj", "(defn double [n] (* 2 n))\n(println \"loaded\")\n:not-printed\n");
    check(&["double.clj"], "", 0, "loaded\n", "");
    check(&["double.clj", "-e", "(double 21)"], "", 0, "loaded\n42\n", "");
    check(&["-"], "(print \"from\") (println \" input\")", 0, "from input\n", "");
}

#[test]
fn tests_are_run_and_reported_as_by_clojure() {
    file("good.clj", "(ns good (:require [clojure.test :refer [deftest is]]))\n(deftest a (is (= 1 1)))");
    let report = "\nTesting good\n\nRan 1 tests containing 1 assertions.\n0 failures, 0 errors.\n";
    check(&["--test", "good.clj"], "", 0, report, "");
    file(
        "bad.clj",
        "(ns bad (:require [clojure.test :refer :all]))
(deftest sums
  (testing \"small ones\"
    (is (= 3 (+ 1 1)) \"one and one\"))
  (is (thrown-with-msg? ArithmeticException #\"zero\" (/ 1 0))))
(deftest quotients
  (is (thrown-with-msg? ArithmeticException #\"^zero\" (/ 1 1)))
  (are [x y] (= y (inc x))  1 2, 3 3)
  (is (/ 1 0)))",
    );
    let report = "
Testing bad

FAIL in (sums) (bad.clj:4)
small ones
one and one
expected: (= 3 (+ 1 1))
  actual: (not (= 3 2))

FAIL in (quotients) (bad.clj:7)
expected: (thrown-with-msg? ArithmeticException #\"^zero\" (/ 1 1))
  actual: nil

FAIL in (quotients) (bad.clj:8)
expected: (= 3 (inc 3))
  actual: (not (= 3 4))

ERROR in (quotients) (bad.clj:9)
expected: (/ 1 0)
  actual: :arithmetic: divide by zero
 at fn (bad.clj:9:3)

Ran 2 tests containing 6 assertions.
3 failures, 1 errors.
";
    check(&["--test", "bad.clj"], "", 1, report, "halt: tests failed\n");
    let none = "halt: there are no tests (deftest) in what was evaluated\n";
    let summary = "\nRan 0 tests containing 0 assertions.\n0 failures, 0 errors.\n";
    check(&["--test", "-e", "1"], "", 1, &format!("1\n{summary}"), none);
}

#[test]
fn a_profile_comes_on_standard_error() {
    let (code, output, errors) = eval(&["--profile", "-e", "(reduce + (range 100000))"], "");
    assert_eq!((code, output.as_str()), (0, "4999950000\n"), "{errors}");
    assert!(errors.starts_with("profile: ") && errors.contains("  self   total  function\n"), "{errors}");
}

#[test]
fn programs_have_this_machines_clock_randomness_and_files() {
    check(&["-e", "(<= (time-us) (time-us))"], "", 0, "true\n", "");
    check(
        &["-e", "(and (< -1 (rand-int 3) 3) (<= 0 (rand) 1) (= #{1 2} (set (shuffle [1 2]))))"],
        "",
        0,
        "true\n",
        "",
    );
    let program = "(spit \"spat.txt\" \"one\\n\") (spit \"spat.txt\" [2] :append true) (slurp \"spat.txt\")";
    check(&["-e", program], "", 0, "\"one\\n[2]\"\n", "");
    let (code, _, errors) = eval(&["-e", "(slurp \"no such file\")"], "");
    assert_eq!(code, 1);
    assert!(errors.starts_with("-e:1:1: slurp: no such file: "), "{errors}");
}

#[test]
fn errors_have_their_place_and_end_the_run() {
    file("wrong.clj", "(println 1)\n\n  (first 5)\n(println 2)\n");
    let (code, output, errors) = eval(&["wrong.clj", "-e", "3"], "");
    assert_eq!((code, output.as_str()), (1, "1\n"), "{errors}");
    assert!(errors.starts_with("wrong.clj:3:3: "), "{errors}");
    assert!(errors.ends_with("\n    (first 5)\n    ^\n"), "{errors}");
    let (code, output, errors) = eval(&["-e", "(+ 1\n  (nowhere))"], "");
    assert_eq!((code, output.as_str()), (1, ""), "{errors}");
    assert!(errors.starts_with("-e:2:") && errors.contains("nowhere"), "{errors}");
    let (code, _, errors) = eval(&["-e", "(let [a 1"], "");
    assert_eq!(code, 1);
    assert!(errors.starts_with("-e:1:"), "{errors}");
}

#[test]
fn programs_without_end_in_depth_or_size_fail_cleanly() {
    // The message, the line of the source, and a caret below it.
    let (code, _, errors) = eval(&["-e", "((fn deep [n] (+ 1 (deep n))) 1)"], "");
    assert_eq!((code, errors.lines().count()), (1, 3), "{errors}");
    let (code, _, errors) = eval(&["-e", &"(".repeat(100_000)], "");
    assert_eq!((code, errors.lines().count()), (1, 3), "{errors}");
}

#[test]
fn mistakes_on_the_command_line_are_named() {
    check(&[], "", 2, "", "halt: `eval` needs a file or `-e EXPR`\n");
    let (code, _, errors) = eval(&["no-such-file.clj"], "");
    assert_eq!(code, 1);
    assert!(errors.starts_with("halt: no-such-file.clj: "), "{errors}");
}

/// As in `halt eval ... | head`: whoever reads has enough, even of a program that never ends.
#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    for words in [&["eval", "-e", "(run! println (range))"][..], &["help"], &["help", "shot"], &["bench"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_halt"));
        command.args(words).stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), errors.as_str()), (Some(141), ""), "{words:?}");
    }
}
