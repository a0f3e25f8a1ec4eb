//! Loading a source again: what did not change is left as it is, and nobody can tell but by the time that it takes.

use halt_heap::{Heap, Kind, Published, Region, Scope, Value};
use halt_lisp::{Fiber, Runtime, namespace_parts, print, tags, var_atom};
use std::collections::BTreeMap;
use std::sync::Arc;

fn runtime() -> Arc<Runtime> {
    let heap = Heap::new(Region::allocate(256 << 20)).expect("a heap");
    Runtime::from_image(&heap, &[], &[], halt_image::library()).expect("a runtime")
}

/// Loads a file; the value of its last form, or the error.
fn load(runtime: &Arc<Runtime>, file: &str, source: &str) -> Result<String, String> {
    let mut fiber = Fiber::new(runtime);
    fiber.start_source(file, source, "user");
    let value = fiber.run_to_end(&())?;
    fiber.show(&value, &())
}

fn eval(runtime: &Arc<Runtime>, source: &str) -> String {
    load(runtime, "", source).unwrap_or_else(|error| error)
}

/// The functions of the namespace `user`, by name.
fn functions(runtime: &Runtime) -> BTreeMap<String, Published> {
    runtime.heap().mutator().enter(|s| {
        let Some(mappings) = mappings(s, runtime, "user").map(|mappings| s.atom_load(mappings)) else {
            return BTreeMap::new();
        };
        let functions = s.map_iter(mappings).filter_map(|(name, var)| {
            let function = Some(s.atom_load(var_atom(s, var)));
            let function = function.filter(|function| s.record_tag(*function) == Some(tags::FUNCTION))?;
            Some((s.name(name)?.to_string(), s.publish(function).expect("room")))
        });
        functions.collect()
    })
}

/// The atom of the names of a namespace.
fn mappings<'s>(s: Scope<'s>, runtime: &Runtime, namespace: &str) -> Option<Value<'s>> {
    runtime.find_namespace(s, s.symbol(namespace)).map(|namespace| namespace_parts(s, namespace)[1])
}

/// Which functions are the very ones that were held, not such as are equal to them.
fn kept(runtime: &Runtime, held: &BTreeMap<String, Published>) -> String {
    let now = functions(runtime);
    runtime.heap().mutator().enter(|s| {
        let is_kept = |(name, old): &(&String, &Published)| {
            now.get(*name).is_some_and(|new| s.open(new).is_identical(s.open(old)))
        };
        held.iter().filter(is_kept).map(|(name, _)| name.as_str()).collect()
    })
}

/// Loads one version of a file after another, and tells after each which functions are the ones that they were before.
#[track_caller]
fn check(versions: &[(&str, &str)]) {
    let runtime = runtime();
    for (version, (source, expected)) in versions.iter().enumerate() {
        let held = functions(&runtime);
        load(&runtime, "a.clj", source).unwrap_or_else(|error| panic!("version {version}: {error}"));
        assert_eq!(kept(&runtime, &held), *expected, "version {version}: {source}");
    }
}

#[test]
fn what_did_not_change_is_kept() {
    check(&[
        ("(defn f [] 1)\n(defn g [] 2)\n(defn- h [] (f))", ""),
        ("(defn f [] 1)\n(defn g [] 2)\n(defn- h [] (f))", "fgh"),
        ("(defn f [] 1)\n(defn g [] 3)\n(defn- h [] (f))", "fh"),
        ("(defn f [] 1) ; that\n(defn g [] 3)\n  (defn- h [] (f))", "fg"),
        // Another line is another function; see `lines_move`.
        ("(defn f [] 1)\n\n(defn g [] 3)\n  (defn- h [] (f))", "f"),
        ("(defn f [] 1)\n\n#_ 4 (defn g [] 3)\n  (defn- h [] (f))", "fh"),
    ]);
}

#[test]
fn what_other_code_changed_is_compiled() {
    let source = "(defn f [] 1)\n(defn g [] 2)";
    for (between, expected) in [
        ("(defn f [] 3)", "g"),
        ("(alter-var-root #'f (fn [old] (fn [] 4)))", "g"),
        ("(alter-meta! #'g assoc :doc \"other\")", "f"),
        ("(add-watch #'f :w (fn [& _]))", "g"),
        ("(ns-unmap 'user 'f)", ""),
        ("(in-ns 'other) (defn f [] 1) (in-ns 'user)", "fg"),
        ("(require '[clojure.set :as g])", ""),
        ("(defn not-of-the-core [] 1)", "fg"),
        ("(defn update [] 1)", ""),
        ("(defmacro when-let [x] x)", ""),
        ("(def if 1)", ""),
        ("(ns-atoms* 'user)", ""),
    ] {
        let runtime = runtime();
        eval(&runtime, "(require 'clojure.set)");
        load(&runtime, "a.clj", source).expect("a value");
        let held = functions(&runtime);
        eval(&runtime, between);
        load(&runtime, "a.clj", source).expect("a value");
        assert_eq!(kept(&runtime, &held), expected, "{between}");
        assert_eq!(eval(&runtime, "[(f) (g) (:doc (meta #'g))]"), "[1 2 nil]", "{between}");
    }
}

#[test]
fn what_a_name_means_now_counts() {
    // Each first part once, then the others after it: what the last expression gives then.
    for (first, then, asked, expected) in [
        ("(defn g [] (count [1]))", "(defn count [_] :own) (defn g [] (count [1]))", "(g)", ":own"),
        (
            "(defn g [] (count [1])) (defn count [_] :own)",
            "(defn g [] (count [1])) (defn count [_] :own)",
            "(g)",
            ":own",
        ),
        ("(defmacro m [] 1) (defn g [] (m))", "(defmacro m [] 2) (defn g [] (m))", "(g)", "2"),
        (
            "(defn k [] 1) (defmacro m [] (k)) (defn g [] (m))",
            "(defn k [] 2) (defmacro m [] (k)) (defn g [] (m))",
            "(g)",
            "2",
        ),
        (
            "(declare m) (defn g [] (fn [] (m 1)))",
            "(declare m) (defmacro m [x] :macro) (defn g [] (fn [] (m 1)))",
            "((g))",
            ":macro",
        ),
        ("(def d 1) (defn k [] d) (defn g [] (binding [d 2] (k)))", "", "1", "1"),
        (
            "(def d 1) (defn k [] d)",
            "(def ^:dynamic d 1) (defn k [] d) (def r (binding [d 2] (k)))",
            "r",
            "2",
        ),
        (
            "(ns user (:require [clojure.string :as s])) (defn g [] (s/join [1 2]))",
            "(create-ns 'x) (in-ns 'x) (clojure.core/defn join [_] :x) (in-ns 'user) (ns user (:require [x :as s])) (defn g [] (s/join [1 2]))",
            "(g)",
            ":x",
        ),
        (
            "(defn g [] `(a b))",
            "(in-ns 'y) (clojure.core/defn a [] 1) (in-ns 'user) (require '[y :refer [a]]) (defn g [] `(a b))",
            "(g)",
            "(y/a user/b)",
        ),
        ("(defn g [] ::x/k)", "(defn g [] :k)", "(g)", ":k"),
        (
            "(defn g [x] (cond-> x true inc))",
            "(in-ns 'clojure.core) (defmacro cond-> [x & _] x) (in-ns 'user) (defn g [x] (cond-> x true inc))",
            "(g 1)",
            "1",
        ),
    ] {
        let runtime = runtime();
        let _ = load(&runtime, "a.clj", first);
        let _ = load(&runtime, "a.clj", first);
        let _ = load(&runtime, "a.clj", &format!("{first}\n{then}"));
        let _ = load(&runtime, "a.clj", &format!("{then}\n"));
        let last = load(&runtime, "a.clj", &format!("{then}\n"));
        if !then.is_empty() {
            last.unwrap_or_else(|error| panic!("{then}: {error}"));
        }
        assert_eq!(eval(&runtime, asked), expected, "{first} then {then}");
    }
}

#[test]
fn a_load_that_fails_is_compiled_the_next_time() {
    check(&[("(defn f [] 1)\n(defn g [] 2)", ""), ("(defn f [] 1)\n(defn g [] 2)", "fg")]);
    let runtime = runtime();
    load(&runtime, "a.clj", "(defn f [] 1)\n(defn g [] 2)").expect("a value");
    load(&runtime, "a.clj", "\n(defn f [] 1)\n(defn g [] nowhere)").expect_err("an error");
    assert_eq!(load(&runtime, "a.clj", "(defn f [] 1)\n(defn g [] 2)"), Ok("#'user/g".into()));
    assert_eq!(eval(&runtime, "[(:line (meta #'f)) (:line (meta #'g)) (f) (g)]"), "[1 2 1 2]");
}

/// What is remembered is bounded: not charged to whoever loads it.
#[test]
fn texts_are_forgotten_when_they_are_too_many() {
    let runtime = runtime();
    let long = format!("(defn f [] 1) ; {}", "x".repeat(900_000));
    for (file, source, expected) in [
        ("a.clj", "(defn f [] 1)", ""),
        ("a.clj", "(defn f [] 1)", "f"),
        ("b.clj", &*long, ""),
        ("b.clj", &*long, "f"),
        ("c.clj", &*long, ""),
        ("d.clj", &*long, ""),
        ("a.clj", "(defn f [] 1)", ""),
        ("a.clj", "(defn f [] 1)", "f"),
    ] {
        let held = functions(&runtime);
        load(&runtime, file, source).expect("a value");
        assert_eq!(kept(&runtime, &held), expected, "{file}");
    }
}

#[test]
fn lines_move() {
    let runtime = runtime();
    let source = "(defn f \"Doc.\" [{:keys [a]} b]\n  (map (fn [x]\n (+ x :a)) '((1) [b])))\n(defn g [] (first (f {} 1)))";
    for above in ["", "\n\n", "; one line\n", "", "\n\n\n\n"] {
        load(&runtime, "a.clj", &format!("{above}{source}")).expect("a value");
        let n = above.matches('\n').count();
        assert_eq!(
            eval(
                &runtime,
                "[(:line (meta #'f)) (:line (meta #'g)) (:doc (meta #'f)) (:arglists (meta #'f))]"
            ),
            format!("[{} {} \"Doc.\" ([{{:keys [a]}} b])]", n + 1, n + 4)
        );
        assert_eq!(eval(&runtime, "(:line (meta (first (:arglists (meta #'f)))))"), format!("{}", n + 1));
        let error = load(&runtime, "", "(doall (f {:a 1} 2))").expect_err("an error");
        assert!(error.starts_with(&format!("a.clj:{}:2: ", n + 3)), "{above:?}: {error}");
    }
}

/// Everything that can be told of a namespace, but for the numbers in generated names.
fn told(runtime: &Runtime, namespace: &str) -> Vec<String> {
    runtime.heap().mutator().enter(|s| {
        let Some(mappings) = mappings(s, runtime, namespace) else { return Vec::new() };
        let mut all: Vec<String> = s
            .map_iter(s.atom_load(mappings))
            .map(|(name, var)| {
                let atom = var_atom(s, var);
                format!(
                    "{} {} {}",
                    print(s, name, true),
                    tell(s, s.atom_load(atom)),
                    tell(s, s.atom_info(atom))
                )
            })
            .map(|text| without_numbers(&text))
            .collect();
        all.sort();
        all
    })
}

/// A value with its metadata, a function with its code.
fn tell<'s>(s: Scope<'s>, value: Value<'s>) -> String {
    let all = |values: &mut dyn Iterator<Item = Value<'s>>| {
        values.map(|value| tell(s, value) + " ").collect::<String>()
    };
    let meta = if s.meta(value).is_nil() { String::new() } else { format!("^{}", tell(s, s.meta(value))) };
    match s.kind(value) {
        Kind::Atom => match s.atom_info(value) {
            info if s.kind(info) == Kind::Map => {
                print(s, s.map_get(info, s.keyword("name")).unwrap_or(info), true)
            }
            _ => "atom".into(),
        },
        Kind::Pair => format!("{meta}({})", all(&mut s.list_iter(value))),
        Kind::Vector => format!("{meta}[{}]", all(&mut s.vector_iter(value))),
        Kind::Map => {
            let mut entries: Vec<_> =
                s.map_iter(value).map(|(k, v)| tell(s, k) + " " + &tell(s, v)).collect();
            entries.sort();
            format!("{meta}{{{}}}", entries.join(" "))
        }
        Kind::Record => match s.record_parts(value) {
            Some((tags::FUNCTION, values, words)) => {
                format!("<fn {words:x?} {}>", all(&mut values.iter().copied()))
            }
            // A macro may name a function by a number.
            Some((tags::CODE, [name, values @ ..], words)) => {
                let name = print(s, *name, true);
                let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
                format!("<{name} {words:x?} {}>", all(&mut values.iter().copied()))
            }
            _ => print(s, value, true),
        },
        _ => print(s, value, true),
    }
}

/// A text in which `x__12__auto` is `x____auto`.
fn without_numbers(text: &str) -> String {
    let parts: Vec<&str> = text.split("__").collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.iter().map(|part| if is_number(part) { "" } else { part }).collect::<Vec<_>>().join("__")
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// Forms of a file; N is a number that edits change. The first [`WHOLE`] make a whole file in their order.
const WHOLE: usize = 14;
const FORMS: &[&str] = &[
    "(ns user (:require [clojure.string :as s]))",
    "(defn joined [xs] (s/join \",\" (map inc xs)))",
    "(def ^:dynamic *depth* N)",
    "(defn deep [] (binding [*depth* (inc *depth*)] *depth*))",
    "(defn area [w h] (* w h N))",
    "(defn- twice\n  \"Doubles N.\"\n  [x]\n  (+ x\n     x))",
    "(defn all [xs] (for [x xs :when (odd? x)]\n  (twice (+ x N))))",
    "(defn threaded [m] (cond-> m (:a m) (assoc :b N)\n  true (update :c #(str % N))))",
    "(defn many ([x] (many x N)) ([x y & more] [x y\n more '(quoted [N] {:a (b)})]))",
    "(declare later)",
    "(defn early [x] (if x (later x) N))",
    "(defn later [x] (early (not x)))",
    "(def table {:n N :f twice})",
    "(def ^:dynamic *depth* N)",
    "(def *depth* N)",
    "(defn deep [] (binding [*depth* (inc *depth*)] *depth*))",
    "(defn shallow [] *depth*)",
    "(defmacro unless [test then] `(if ~test N ~then))",
    "(defn unlessed [x] (unless x\n  :no))",
    "(defn templated [] `(area ~N later))",
    "(defn update [m k] [m k N])",
    "(defmacro when-not [x] N)",
    "(defn negated [x] (when-not x))",
    "(defn joined [xs] (s/join \",\" (map twice xs)))",
    "(require '[clojure.string :as s])",
    "(require '[clojure.set :as s])",
    "(defn unioned [a b] (s/union a b))",
    "(defn kept [] ::s/kept)",
    "(ns user)",
    "(ns other (:require [clojure.string :as s]))",
    "(defn closed [n] (let [f (fn [x] (fn [y] (+ x y n\n N)))] f))",
    "(defn asserted [x] {:pre [(pos? x)]} (assert (odd? x)) N)",
    "(defn ^{:since N} hinted [^String x] x)",
    "(defn stated \"Doc\" {:added [N '(x)]} [x] (case x 1 :a (2 3) :b\n [N]))",
    "(alter-meta! #'twice assoc :seen N)",
    "(def twice (comp twice twice))",
    "(ns-unmap *ns* 'area)",
    "(defn reified [] (reify clojure.core/IFn))",
    "#_ (defn gone [] N)",
    "(do (defn inside [] N) (defn inside-too [] (inside)))",
    "; a comment of N",
    "(defn broken [] (nowhere N))",
    "(intern *ns* 'twice (fn [x] N))",
];

/// A random file is edited at random. One runtime loads it each time, another one too, with nothing left out: the same comes of it.
#[test]
fn random_edits_leave_behind_what_whole_loads_do() {
    let mut kept_functions = 0;
    for seed in 0..40 {
        let mut random = Random(seed * 7919 + 1);
        let (again, whole) = (runtime(), runtime());
        // Whoever holds the names of a namespace may change them: everything is compiled from then on.
        eval(&whole, "(ns-atoms* 'user)");
        let form = |random: &mut Random| {
            let form = FORMS[random.below(FORMS.len())].replace('N', &random.below(3).to_string());
            "\n".repeat(random.below(3)) + &" ".repeat(random.below(8) / 7) + &form
        };
        let mut file: Vec<String> = FORMS[..WHOLE].iter().map(|form| form.replace('N', "0")).collect();
        let mut good = file.clone();
        for step in 0..25 {
            let at = random.below(file.len());
            match random.below(8) {
                0 => file.insert(at, form(&mut random)),
                1 => drop(file.remove(at)),
                2 => file[at] = form(&mut random),
                3 => file.insert(0, "; moves all\n".into()),
                4 => {
                    let other = random.below(file.len());
                    file.swap(at, other);
                }
                5 => file[at] = file[at].replace('0', "1"),
                6 => file[at] = file[at].replace('1', "0"),
                _ => {}
            }
            let text = file.join("\n");
            let held = (functions(&again), functions(&whole));
            let (a, b) = (load(&again, "a.clj", &text), load(&whole, "a.clj", &text));
            match &a {
                Ok(_) => good = file.clone(),
                Err(_) => file = good.clone(),
            }
            // Maps are printed in an order of their names' numbers, which the compiler gives too.
            let sorted = |text: String| {
                let mut all: Vec<char> = without_numbers(&text).chars().collect();
                all.sort_unstable();
                all
            };
            let (a, b) = (a.map(sorted).map_err(sorted), b.map(sorted).map_err(sorted));
            assert_eq!(a, b, "seed {seed}, step {step}:\n{text}");
            // What is not in the file any more stays as well.
            kept_functions += kept(&again, &held.0).len() - kept(&whole, &held.1).len();
            for namespace in ["user", "other"] {
                assert_eq!(
                    told(&again, namespace),
                    told(&whole, namespace),
                    "seed {seed}, step {step}:\n{text}"
                );
            }
        }
        again.heap().verify().expect("a sound heap");
    }
    assert!(kept_functions > 10_000, "only {kept_functions} letters of names of functions were kept");
}

#[test]
fn what_an_image_holds_is_known() {
    let runtime = runtime();
    let source = "(ns app) (defn f [] (map inc [1]))\n(defn g [x] (cond-> x true f))";
    load(&runtime, "a.clj", source).expect("a value");
    let bytes = runtime.image().expect("an image").leak();
    let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
    // SAFETY: it was just made, by this build.
    #[allow(unsafe_code, reason = "as above")]
    let image = unsafe { halt_heap::Image::new(bytes) };
    let placed = Runtime::from_image(&heap, &[], &[], image).expect("a runtime");
    eval(&placed, "(require '[app :refer [f g]])");
    let held = functions(&placed);
    load(&placed, "a.clj", source).expect("a value");
    assert_eq!(kept(&placed, &held), "fg");
}
