//! The language in the guest, on four cores: what the scripts of `tests/lisp` assert, every script in a process of its own at the same time,
//! and texts that are no programs.

#[path = "../../kernel/lisp/tests/random/mod.rs"]
mod random;

use halt::guest::Guest;
use halt::machine::Machine;
use halt::native::Native;
use halt::player::{Desktop, Stage};
use random::Random;
use std::path::PathBuf;

/// Each script, by the name of its file: `support` first.
fn scripts() -> Vec<(String, String)> {
    let folder = halt::workspace().join("tests/lisp");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of the scripts")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "clj"))
        .collect();
    files.sort();
    files.insert(0, folder.join("support/answers.clj"));
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), std::fs::read_to_string(path).expect("a script"))).collect()
}

fn run(desktop: &mut impl Desktop, file: &str, text: &str) -> Result<String, String> {
    desktop.request("run", &format!("user 1 1 {file}\n{text}")).expect("a reply")
}

/// Runs the tests of all namespaces at once; returns how many assertions held.
const RUN_TESTS: &str = r#"
(let [me (self)
      spaces (filter (fn [space] (clojure.string/starts-with? (str (ns-name space)) "lisp.")) (all-ns))]
  (doseq [space spaces]
    (spawn (fn []
             (let [counts (atom nil)
                   text (with-out-str (reset! counts (clojure.test/run-tests space)))]
               (send me {:space (ns-name space) :counts @counts :text text})))))
  (loop [held 0 bad [] left (count spaces)]
    (if (zero? left)
      (if (seq bad) (apply str bad) held)
      (let [{:keys [counts text]} (next-message 100000)]
        (recur (+ held (:pass counts 0))
               (if (and counts (clojure.test/successful? counts)) bad (conj bad (or text "no answer")))
               (dec left))))))"#;

fn check_scripts(desktop: &mut impl Desktop) {
    for (file, text) in scripts() {
        run(desktop, &file, &text).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
    let answer = desktop.lisp(RUN_TESTS).expect("the tests run");
    let held: u64 = answer.parse().unwrap_or_else(|_| panic!("{}", answer.replace("\\n", "\n")));
    assert!(held > 4_000, "only {held} assertions ran");
}

/// Sends pieces of the scripts with characters put in, taken out and changed. Each is answered, and so is what comes after it.
fn check_rubbish(desktop: &mut impl Desktop, count: usize) {
    let text: Vec<char> = scripts().iter().flat_map(|(_, text)| text.chars()).collect();
    let odd: Vec<char> = "()[]{}\"\\;'`~@#^:/.,0z\u{0}\u{7f}\u{e9}\u{1F600}".chars().collect();
    let mut random = Random(0x5EED);
    let mut refused = 0;
    for _ in 0..count {
        let from = random.below(text.len() - 400);
        let mut piece = text[from..from + 1 + random.below(399)].to_vec();
        for _ in 0..random.below(4) {
            let at = random.below(piece.len());
            let character = random.of(&odd);
            match random.below(3) {
                0 => piece.insert(at, character),
                1 => piece[at] = character,
                _ => piece.truncate(at.max(1)),
            }
        }
        let piece: String = piece.into_iter().collect();
        match run(desktop, "rubbish.clj", &piece) {
            Ok(_) => {}
            // Where it went wrong is said.
            Err(error) => {
                assert!(error.contains(".clj:"), "{piece}\n{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > count / 2, "{refused} of {count} refused");
    assert_eq!(desktop.lisp("(reduce + (range 10))").expect("an answer"), "45");
}

#[test]
fn the_language_holds_on_this_machine() {
    let mut desktop = Native::boot(&Machine { cpus: 4, ..Machine::default() }).unwrap();
    check_scripts(&mut desktop);
    check_rubbish(&mut desktop, 500);
}

#[test]
fn the_language_holds_in_the_guest() {
    let mut guest = Guest::boot(&Machine { cpus: 4, ..Machine::default() }).unwrap();
    check_scripts(&mut guest);
    check_rubbish(&mut guest, 100);
}
