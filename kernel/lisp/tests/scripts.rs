//! Runs the assertion scripts of `tests/lisp`: Clojure that passes on Clojure itself as well.

use halt_heap::{Heap, Region};
use halt_lisp::{Runtime, eval_to_string};

/// Loads a script into a fresh runtime, with the library from its source or its image, and runs its tests. Returns how many
/// assertions held.
fn run(path: &std::path::Path, is_image: bool) -> u64 {
    let heap = Heap::new(Region::allocate(128 << 20)).expect("a heap");
    let runtime = match is_image {
        true => Runtime::from_image(&heap, &[], &[], halt_image::library()),
        false => Runtime::new(&heap, &[]),
    };
    let runtime = runtime.expect("a runtime");
    let file = path.file_name().and_then(|name| name.to_str()).expect("a file name");
    let support = "support/answers.clj";
    for (file, path) in [(support, &*path.with_file_name(support)), (file, path)] {
        let source = std::fs::read_to_string(path).expect("a readable script");
        if let Err(error) = eval_to_string(&runtime, file, &source, &()) {
            panic!("{error}");
        }
    }
    let report = "(let [counts (atom nil)
              text (with-out-str (reset! counts (clojure.test/run-all-tests #\"lisp.*\")))]
          (if (clojure.test/successful? @counts) (:pass @counts) text))";
    match eval_to_string(&runtime, "report", report, &()) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{file}: {}", text.replace("\\n", "\n"))),
        Err(error) => panic!("{file}: {error}"),
    }
}

#[test]
fn all_scripts_hold() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/lisp");
    let mut held = 0;
    for entry in std::fs::read_dir(folder).expect("the folder of the scripts") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "clj") {
            let from_source = run(&path, false);
            assert_eq!(run(&path, true), from_source, "{}", path.display());
            held += from_source;
        }
    }
    assert!(held > 4_000, "only {held} assertions ran");
}

/// What the scripts assert is what Clojure does: they pass there too.
#[test]
fn all_scripts_hold_on_clojure() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/lisp/clojure/run.clj");
    match std::process::Command::new("clojure").arg(script).output() {
        Err(error) => eprintln!("skipped: `clojure` does not run here ({error})"),
        Ok(output) => {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
        }
    }
}

/// Every public var of the core says what it does.
#[test]
fn every_public_var_has_a_doc_string() {
    let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
    let runtime = Runtime::new(&heap, &[]).expect("a runtime");
    let source = "(require 'clojure.set 'clojure.walk 'clojure.test 'clojure.zip 'clojure.data 'clojure.edn)
        (for [ns '[clojure.core clojure.string clojure.math clojure.set clojure.walk clojure.test clojure.zip clojure.data clojure.edn]
              [name v] (ns-publics ns)
              :when (and (not (clojure.string/ends-with? (str name) \"*\")) (not (:doc (meta v))))]
          name)";
    assert_eq!(eval_to_string(&runtime, "docs", source, &()), Ok("()".into()));
}

/// `docs/LISP.md` lists exactly the names of clojure.core that are absent.
#[test]
fn absent_names_are_the_documented_ones() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let read = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).expect("a readable file");
    let (names, page) = (read("tests/lisp/clojure-core-1.11.txt"), read("docs/LISP.md"));
    let lists =
        page.split("## Names of clojure.core that are absent").nth(1).expect("the lists of absent names");
    let documented: std::collections::BTreeSet<&str> = lists
        .split("```text")
        .skip(1)
        .flat_map(|list| list.split("```").next())
        .flat_map(str::split_whitespace)
        .collect();
    let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
    let runtime = Runtime::new(&heap, &[]).expect("a runtime");
    for name in names.lines() {
        let is_var =
            eval_to_string(&runtime, "name", &format!("(some? (resolve '{name}))"), &()) == Ok("true".into());
        // A form of the compiler has no var; its error is then about the form, not about the name.
        let is_form = || {
            let error = eval_to_string(&runtime, "name", &format!("({name})"), &());
            !error.is_err_and(|error| error.contains("unbound symbol") || error.contains("outside of"))
        };
        let is_present = is_var || is_form();
        assert_eq!(
            is_present,
            !documented.contains(name),
            "{name}: present, and is it documented as absent?"
        );
    }
}

/// The other namespaces have all of Clojure's names but those that `docs/LISP.md` lists.
#[test]
fn absent_names_of_the_other_namespaces_are_the_documented_ones() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let read = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).expect("a readable file");
    let (names, page) = (read("tests/lisp/clojure-libraries-1.11.txt"), read("docs/LISP.md"));
    let section = page.split("## Names of other namespaces that are absent").nth(1).expect("the section");
    let documented = section.split("```").nth(1).expect("the list").trim_start_matches("text");
    let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
    let runtime = Runtime::new(&heap, &[]).expect("a runtime");
    let spaces: std::collections::BTreeSet<&str> =
        names.lines().filter_map(|n| n.split('/').next()).collect();
    let quoted: String = spaces.iter().map(|name| format!("'{name} ")).collect();
    let source = format!("(require {quoted}) (remove resolve '[{}])", names.replace('\n', " "));
    let absent = eval_to_string(&runtime, "names", &source, &()).expect("the absent names");
    let absent: Vec<&str> = absent.trim_matches(['(', ')']).split_whitespace().collect();
    assert_eq!(absent, documented.split_whitespace().collect::<Vec<_>>());
}

/// What the library notices is reported where the program called it, also from a function's end.
#[test]
fn errors_in_the_library_name_the_programs_line() {
    let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
    let runtime = Runtime::new(&heap, &[]).expect("a runtime");
    for (source, expected) in [
        ("(reduce + [1 :a])", "t.clj:1:1: + wants a number as its second argument, got :a"),
        (
            "(defn f [x]\n  (mapv inc x))\n(f [\"x\"])",
            "t.clj:2:3: inc wants a number as its first argument, got \"x\"",
        ),
        (
            "(defn g [s]\n (update s :a inc)) (assoc {} :b (g {}))",
            "t.clj:2:2: inc wants a number as its first argument, got nil",
        ),
        ("(defmulti m identity)\n(m 5)", "t.clj:2:1: no method for the dispatch value 5"),
        ("(do (doall (filter 5 [1])) 1)", "t.clj:1:5: 5 is not a function"),
    ] {
        assert_eq!(eval_to_string(&runtime, "t.clj", source, &()), Err(expected.into()), "{source}");
    }
}
