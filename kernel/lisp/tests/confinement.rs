//! What a confined program tries in order to name or change what is not its own, and what it is told.

use halt_heap::{Heap, Region};
use halt_lisp::{Fiber, Outcome, Runtime, error_message, eval_to_string};
use std::sync::Arc;

/// A runtime with a system of closed namespaces, two apps, and what is guarded in an open one.
fn runtime() -> Arc<Runtime> {
    let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
    let runtime = Runtime::from_image(&heap, &[], &[], halt_image::library()).expect("a runtime");
    let source = "(ns sys.shell) (def secret (atom 1)) (def ^:open shown 7) (defn tell [] @secret) (defmacro peek! [] `(tell))
                  (ns sys.open) (def ^:guarded register (atom {})) (defn note [k] (swap! register assoc k 1) (count @register))
                  (defmulti speak identity) (defmethod speak :default [_] :silent)
                  (ns app.other) (def mine (atom :untouched)) (defn help [] :help)";
    eval_to_string(&runtime, "system.clj", source, &()).expect("it loads");
    runtime
}

/// Runs a program as the app `notes`. Returns its value, or the message of its error.
fn confined(runtime: &Arc<Runtime>, source: &str) -> String {
    let mut fiber = Fiber::new(runtime);
    fiber.start_source("notes.clj", source, "app.notes");
    fiber.confine("app.notes", &["sys.shell", "app."]).expect("room");
    loop {
        match fiber.run(10_000, &()) {
            Outcome::Yielded => {}
            Outcome::Parked | Outcome::Forking => return "waits".into(),
            Outcome::Done(value) => return fiber.show(&value, &()).unwrap_or_else(|error| error),
            Outcome::Failed(error) => return fiber.mutator().enter(|s| error_message(s, s.open(&error))),
        }
    }
}

#[test]
fn what_a_program_was_not_handed_it_cannot_name() {
    let runtime = runtime();
    for program in [
        "@sys.shell/secret",
        "(reset! sys.shell/secret 2)",
        "(sys.shell/tell)",
        "#'sys.shell/secret",
        "(eval '(sys.shell/tell))",
        "(eval (read-string \"@sys.shell/secret\"))",
        "(load-string \"@sys.shell/secret\")",
        "(resolve 'sys.shell/secret)",
        "(ns-resolve 'sys.shell 'secret)",
        "(ns-resolve (find-ns 'sys.shell) 'secret)",
        "(find-var 'sys.shell/secret)",
        "(requiring-resolve 'sys.shell/secret)",
        "(do (in-ns 'sys.shell) (eval 'secret))",
        "(do (in-ns 'sys.shell) (eval '(tell)))",
        "(do (alias 's 'sys.shell) (eval 's/secret))",
        "(do (require '[sys.shell :as s :refer [secret]]) (eval 'secret))",
        "(do (require '[sys.shell :refer :all]) (eval '(tell)))",
        "(do (refer 'sys.shell) (eval '(tell)))",
        "(sys.shell/peek!)",
        "(macroexpand-1 '(sys.shell/peek!))",
        "(binding [sys.shell/secret 1] 1)",
        "(with-redefs [sys.shell/secret 1] 1)",
        "(set! sys.shell/secret 2)",
        "(swap! sys.shell/secret inc)",
        "(deref (get (ns-publics 'sys.shell) 'secret (var sys.shell/secret)))",
        "@sys.open/register",
        "(swap! sys.open/register dissoc :a)",
        "@app.other/mine",
        "(app.other/help)",
        "@(ns-atoms* 'sys.shell)",
        "(deref hierarchy*)",
        "(multi-part* sys.open/speak :halt/methods)",
        "(raw-meta* sys.open/speak)",
    ] {
        let answer = confined(&runtime, program);
        assert!(answer.contains("was not handed the right"), "{program}: {answer}");
    }
    // Neither do lists of names show them.
    for (program, expected) in [
        ("(keys (ns-publics 'sys.shell))", "(shown)"),
        ("(keys (ns-map 'sys.shell))", "(shown)"),
        ("(keys (ns-interns 'sys.shell))", "(shown)"),
        ("(some #{'register} (keys (ns-publics 'sys.open)))", "nil"),
        ("(vals (ns-publics 'app.other))", "nil"),
        ("(meta sys.open/speak)", "{}"),
        ("(keys (methods sys.open/speak))", "(:default)"),
    ] {
        assert_eq!(confined(&runtime, program), expected, "{program}");
    }
}

#[test]
fn what_is_not_its_own_it_cannot_change() {
    let runtime = runtime();
    for program in [
        "(do (in-ns 'clojure.core) (eval '(def inc dec)))",
        "(do (in-ns 'clojure.core) (eval '(defn evil [] 1)))",
        "(do (in-ns 'sys.shell) (eval '(def secret 2)))",
        "(do (in-ns 'app.other) (eval '(defn help [] :mine)))",
        "(ns app.other)",
        "(ns fresh)",
        "(in-ns 'fresh)",
        "(create-ns 'fresh)",
        "(intern 'clojure.core 'inc dec)",
        "(intern 'sys.shell 'fresh 1)",
        "(alter-var-root #'inc (fn [_] dec))",
        "(var-root* #'map nil)",
        "(with-redefs [map 1] 1)",
        "(alter-meta! #'map assoc :macro true)",
        "(reset-meta! #'map {})",
        "(set-atom-info* #'map :doc \"mine\")",
        "(add-watch #'map :k (fn [_ _ _ _] 1))",
        "(set-validator! #'map some?)",
        "(ns-unmap 'clojure.core 'map)",
        "(ns-unalias 'sys.shell 'x)",
        "(remove-ns 'sys.shell)",
        "(swap! (ns-atoms* 'clojure.core) dissoc 'map)",
        "(do (in-ns 'sys.open) (require '[clojure.set :as s]))",
        "(do (in-ns 'sys.open) (alias 's 'clojure.core))",
        "(defmethod sys.open/speak :cat [_] :mine)",
        "(remove-method sys.open/speak :default)",
        "(defmethod print-method :evil [_ _] (throw 1))",
    ] {
        let answer = confined(&runtime, program);
        assert!(answer.contains("was not handed the right"), "{program}: {answer}");
    }
    let whole = "[@sys.shell/secret @app.other/mine (app.other/help) (inc 1) (map inc [1]) (sys.open/speak :cat) (find-ns 'fresh)]";
    assert_eq!(
        eval_to_string(&runtime, "t", whole, &()).as_deref(),
        Ok("[1 :untouched :help 2 (2) :silent nil]")
    );
}

#[test]
fn all_else_goes_on_as_ever() {
    let runtime = runtime();
    for (program, expected) in [
        ("(def x 1) (defn f [y] (+ x y)) (alter-var-root #'x inc) (f 1)", "3"),
        ("(ns app.notes.draw) (def y 2) (ns app.notes (:require [app.notes.draw :as d])) (+ d/y 1)", "3"),
        ("(require '[clojure.set :as set] '[clojure.zip]) (= #{1 2} (set/union #{1} #{2}))", "true"),
        ("sys.shell/shown", "7"),
        ("[(sys.open/note :a) (sys.open/note :b)]", "[1 2]"),
        ("(defmulti area :kind) (defmethod area :square [s] (* 2 (:a s))) (area {:kind :square :a 2})", "4"),
        ("(defprotocol P (p [x])) (defrecord R [a] P (p [x] a)) (p (->R 5))", "5"),
        ("(derive ::a ::b) (isa? ::a ::b)", "true"),
        // What comes with its first use, comes.
        ("(def r (ref 1)) (dosync (alter r inc)) (pr-str (subs \"abc\" 1) @r)", "\"\\\"bc\\\" 2\""),
        ("(with-local-vars [v 1] (var-set v 2) (var-get v))", "2"),
        ("(def ^:dynamic *d* 1) (binding [*d* 2] *d*)", "2"),
        ("(eval '(do (def z 4) (* z z)))", "16"),
        ("(confined*)", "\"app.notes\""),
    ] {
        assert_eq!(confined(&runtime, program), expected, "{program}");
    }
    assert_eq!(eval_to_string(&runtime, "t", "(confined*)", &()).as_deref(), Ok("nil"));
}
