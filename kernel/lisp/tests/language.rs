//! The language by example: source and what its last value prints as, or the message of its error.

use halt_heap::{Heap, Region};
use halt_lisp::{Fiber, Outcome, Runtime, error_message, eval_to_string};
use std::sync::Arc;

fn runtime() -> Arc<Runtime> {
    let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
    Runtime::new(&heap, &[]).expect("a runtime")
}

/// Checks pairs of source and printed value; errors print as their message.
#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let runtime = runtime();
    for (source, expected) in cases {
        let printed = eval_to_string(&runtime, "test.clj", source, &()).unwrap_or_else(|error| error);
        assert_eq!(&printed, expected, "{source}");
    }
    // Again in the smallest slices, with a collection after each.
    runtime.heap().set_torture(true);
    for (source, expected) in
        cases.iter().filter(|(source, _)| !source.contains("0000") && !source.contains("(r n)"))
    {
        assert_eq!(&in_slices(&runtime, source), expected, "in slices: {source}");
    }
    runtime.heap().set_torture(false);
    runtime.heap().verify().expect("a valid heap");
}

fn in_slices(runtime: &Arc<Runtime>, source: &str) -> String {
    let mut fiber = Fiber::new(runtime);
    fiber.start_source("test.clj", source, "user");
    for _ in 0..100_000 {
        match fiber.run(1, &()) {
            Outcome::Yielded => {}
            Outcome::Parked | Outcome::Forking => return "parked".to_string(),
            Outcome::Done(value) => return fiber.show(&value, &()).unwrap_or_else(|error| error),
            Outcome::Failed(error) => return fiber.mutator().enter(|s| error_message(s, s.open(&error))),
        }
    }
    "does not end".to_string()
}

#[test]
fn what_is_shown_of_endless_values() {
    let cases = [
        ("(count (show-str (range)))", "3895"),
        ("(= (show-str (range)) (show-str (iterate inc 0)))", "true"),
        ("(binding [*print-length* nil] (count (show-str (vec (range 2000)))))", "8891"),
        ("(set! *print-length* 2) (range)", "(0 1 ...)"),
    ];
    check(&cases);
}

#[test]
fn a_value_made_by_sharing_costs_no_more_than_its_parts() {
    let cases = [
        (
            "(defn f [n] (reduce (fn [x _] [x (list x)]) [] (range n))) (= (hash (f 70)) (hash (f 70)))",
            "true",
        ),
        ("(< 8000000 (count (pr-str (f 70))) 9000000)", "true"),
        ("(count (pr-str (vec (map (fn [x] (map inc [x])) (range 20000)))))", "148895"),
    ];
    check(&cases);
}

/// Without a clock the profiler counts calls and turns of loops, which are the same in every run.
#[test]
fn a_profile_names_the_functions_and_lines_that_take_most() {
    let source = "
(defn hot [n]
  (loop [i 0]
    (if (< i n)
      (recur (inc i))
      i)))
(defn cold [n] (if (pos? n) (+ 1 (cold (dec n))) 0))
(defn both []
  (+ (hot 9000)
     (cold 900)))
(def samples (atom {}))
(profile* samples)
(def value (both))
(profile* nil)
(hot 1000)
(let [report (profile-report @samples)
      [hot cold both] (map (fn [name] (first (filter (fn [row] (= name (:function row))) (:functions report))))
                           [\"hot (test.clj)\" \"cold (test.clj)\" \"both (test.clj)\"])]
  [value
   (= hot (first (:functions report))) (< 8900 (:us hot) 9100) (< 850 (:us cold) 3000)
   (= (:us hot) (:total-us hot)) (< (:us hot) (:total-us both)) (< (:us both) 10)
   (:line (first (:lines report)))
   (clojure.string/starts-with? (with-out-str (print-profile @samples)) \"profile: \")])";
    let expected = "[9900 true true true true true true \"test.clj:5 in hot\" true]";
    let runtime = runtime();
    assert_eq!(eval_to_string(&runtime, "test.clj", source, &()).as_deref(), Ok(expected));
    let source = "(def odd (atom [])) (profile* odd) (dotimes [_ 9] (str 1)) (profile* nil) (map? @odd)";
    assert_eq!(eval_to_string(&runtime, "test.clj", source, &()).as_deref(), Ok("true"));
    let source = "(with-out-str (println (profile (reduce + (range 5000)))))";
    let text = eval_to_string(&runtime, "test.clj", source, &()).expect("a text");
    assert!(text.contains("profile: ") && text.ends_with("12497500\\n\""), "{text}");
}

#[test]
fn values_and_special_forms() {
    check(&[
        ("1", "1"),
        ("", "nil"),
        ("[1 :a \"x\" \\c nil true (quote b)]", "[1 :a \"x\" \\c nil true b]"),
        ("(if nil 1 2)", "2"),
        ("(if 0 1)", "1"),
        ("(if false 1)", "nil"),
        ("(do 1 2 3)", "3"),
        ("(do)", "nil"),
        ("(let [x 1 y (+ x 1)] [x y])", "[1 2]"),
        ("(let [x 1] (let [x (+ x 1)] x))", "2"),
        ("(loop [i 0 acc 0] (if (< i 10) (recur (inc i) (+ acc i)) acc))", "45"),
        ("(loop [a 1 b 2 n 0] (if (= n 3) [a b] (recur b a (inc n))))", "[2 1]"),
        ("((fn [x] (* x x)) 7)", "49"),
        ("((fn [x & more] [x more]) 1 2 3)", "[1 (2 3)]"),
        ("((fn [x & more] [x more]) 1)", "[1 nil]"),
        ("((fn ([] 0) ([x] x) ([x y & z] [x y z])) 1 2 3 4)", "[1 2 (3 4)]"),
        ("((fn fact [n] (if (< n 2) 1 (* n (fact (dec n))))) 10)", "3628800"),
        ("(def x 5) (def y (+ x 1)) [x y]", "[5 6]"),
        ("(defn f \"doc\" [x] (+ x 1)) (f 1)", "2"),
        ("(defn f [x] 1) (defn g [] (f 0)) (defn f [x] 2) (g)", "2"),
        ("(let [x 1 f (fn [] (fn [] x))] ((f)))", "1"),
        ("(let [a 1 b 2] ((fn [c] ((fn [d] [a b c d]) 4)) 3))", "[1 2 3 4]"),
        ("(and 1 2)", "2"),
        ("(and nil 2)", "nil"),
        ("(or nil 2)", "2"),
        ("(or false nil)", "nil"),
        ("(if (and 1 (or nil 2)) :y :n)", ":y"),
        ("(if (not (and 1 nil)) :y :n)", ":y"),
        (
            "(letfn [(ev [n] (if (= n 0) true (od (dec n)))) (od [n] (if (= n 0) false (ev (dec n))))] (ev 100))",
            "true",
        ),
        ("(cond false 1 nil 2 :else 3)", "3"),
        ("(-> 1 (+ 2) inc)", "4"),
        ("(->> 1 (- 10))", "9"),
        ("(case 3 1 :a (2 3) :b :c)", ":b"),
        ("(case 'x x 1 2)", "1"),
        ("(when-let [x 1] (+ x 1))", "2"),
        ("(if-let [[a b] nil] a :no)", ":no"),
        ("(:a {:a 1})", "1"),
        ("({:a 1} :b 2)", "2"),
        ("([1 2 3] 1)", "2"),
        ("(#{1 2} 3)", "nil"),
        ("(apply + 1 2 [3 4])", "10"),
        ("(apply (fn [& xs] xs) '(1 2))", "(1 2)"),
        ("(#(+ %1 %2) 1 2)", "3"),
        ("(eval '(+ 1 2))", "3"),
        ("(disassemble (fn [x] (+ x 1)))", "\"   0 AddInt r1 r0 1\\n   1 Return r1\\n\""),
    ]);
}

#[test]
fn macros_and_syntax_quote() {
    check(&[
        ("(defmacro unless [t & body] `(if ~t nil (do ~@body))) (unless false 1 2)", "2"),
        ("(defmacro twice [x] `(let [v# ~x] [v# v#])) (twice (+ 1 2))", "[3 3]"),
        ("(defmacro m [] (list '+ 1 2)) (m)", "3"),
        ("`(a ~(+ 1 2) ~@[4 5])", "(user/a 3 4 5)"),
        ("`[1 ~2 {:a ~(+ 1 2)}]", "[1 2 {:a 3}]"),
        ("`(first if x.y/z)", "(clojure.core/first if x.y/z)"),
        ("(do (defmacro k [] 7) (k))", "7"),
        ("(macroexpand-1 '(when a b))", "(if a b nil)"),
        ("(defmacro loops [] '(loops)) (loops)", "test.clj:1:30: macro expansion does not end: (loops)"),
        ("(defmacro spin [] (loop [] (recur))) (spin)", "test.clj:1:38: macro expansion does not end"),
        ("(defmacro bad [] (throw (ex-info \"no\" {:a 1}))) (bad)", "test.clj:1:49: no {:a 1}"),
        ("(defmacro lazy [] (lazy-seq (cons '+ (lazy-seq (cons 1 nil))))) (lazy)", "1"),
    ]);
}

#[test]
fn destructuring() {
    check(&[
        ("(let [[a b & r :as all] [1 2 3 4]] [a b r all])", "[1 2 (3 4) [1 2 3 4]]"),
        ("(let [{:keys [a b] :or {b 2} :as m} {:a 1}] [a b m])", "[1 2 {:a 1}]"),
        ("(let [{x :a [y] :b} {:a 1 :b [2]}] [x y])", "[1 2]"),
        ("(let [{:strs [a] :syms [b]} {\"a\" 1 'b 2}] [a b])", "[1 2]"),
        ("(let [{:keys [n/a :b]} {:n/a 1 :b 2}] [a b])", "[1 2]"),
        ("(let [{:n/keys [a]} {:n/a 1}] a)", "1"),
        ("((fn [[a b] {:keys [c]}] [a b c]) [1 2] {:c 3})", "[1 2 3]"),
        ("((fn [& {:keys [a]}] a) :a 1)", "1"),
        ("(loop [[a b] [1 2] n 0] (if (= n 1) [a b] (recur [b a] (inc n))))", "[2 1]"),
        ("(let [[[a] b] nil] [a b])", "[nil nil]"),
        ("(let [[a b & r] '(1 2 3)] r)", "(3)"),
    ]);
}

#[test]
fn errors_are_values() {
    check(&[
        ("(try (throw {:a 1}) (catch :default e e))", "{:a 1}"),
        ("(try (throw (ex-info \"m\" {:x 1})) (catch ExceptionInfo e (:data e)))", "{:x 1}"),
        ("(try (+ 1 :a) (catch :type e (:message e)))", "\"+ wants numbers, got :a\""),
        ("(try (+ 1 :a) (catch :arity e 1) (catch :type e 2))", "2"),
        ("(try (try (+ 1 :a) (catch :arity e 1)) (catch :default e 3))", "3"),
        ("(def a (atom 0)) (try 1 (finally (reset! a 5))) @a", "5"),
        ("(def a (atom 0)) (try (try (throw {}) (finally (reset! a 6))) (catch _ e @a))", "6"),
        ("(def a (atom [])) (try (throw 1) (catch _ e 2) (finally (reset! a 7)))", "2"),
        (
            "((fn f [x] (try (if (= x 0) (throw :deep) (f (dec x))) (catch :arity e 0))) 10)",
            "uncaught: :deep",
        ),
        ("(loop [i 0] (if (< (try (if (= i 3) (throw 9) i) (catch _ e e)) 9) (recur (inc i)) i))", "3"),
        ("(+ 1\n  (xyzzy 2))", "test.clj:2:4: unbound symbol: xyzzy"),
        (
            "(defn furst [x] x) (let [a 1] (first2 a))",
            "test.clj:1:32: unbound symbol: first2 (did you mean first, ffirst, furst?)",
        ),
        ("(defn f [x y] 1)\n(f 1)", "test.clj:2:1: f wants 2 arguments, got 1"),
        ("((fn g ([a] 1) ([a b & c] 2)))", "test.clj:1:1: g wants 1 or 2 or more arguments, got 0"),
        ("(1 2)", "test.clj:1:1: 1 is not a function"),
        ("(\"x\")", "test.clj:1:1: \"x\" is not a function"),
        ("([1 2] 5)", "test.clj:1:1: index 5 is out of bounds of a vector of 2"),
        (
            "(defn f [x]\n  (* x :k))\n(defn g [x] (+ 1 (f x)))\n(g 2)",
            "test.clj:2:3: * wants numbers, got :k",
        ),
        ("(:trace (try ((fn f [] (+ 1 (nope)))) (catch _ e e)))", "test.clj:1:30: unbound symbol: nope"),
        (
            "(defn f []\n (+ :a 1))\n(defn g [] (inc (f)))\n(:trace (try (g) (catch _ e e)))",
            "[\"f (test.clj:2:2)\" \"g (test.clj:3:17)\" \"fn (test.clj:4:14)\"]",
        ),
        ("(* 4611686018427387904 4)", "test.clj:1:1: integer overflow: (* 4611686018427387904 4)"),
        ("(+ 4611686018427387904 4611686018427387903)", "9223372036854775807"),
        ("(declare later) (later)", "test.clj:1:17: user/later has no value yet"),
        ("(if)", "test.clj:1:1: if wants a test, a then and an else, got 0 forms"),
        ("(let [x] x)", "test.clj:1:1: let wants a value for every binding: x has none"),
        ("(let x 1)", "test.clj:1:1: let wants a vector of bindings, got x"),
        ("(do (recur))", "test.clj:1:5: recur is only allowed where a loop or function would return"),
        ("(loop [x 1] (recur 1 2))", "test.clj:1:13: recur wants 1 values here, got 2"),
        (
            "(loop [x 1] (+ 1 (recur 2)))",
            "test.clj:1:18: recur is only allowed where a loop or function would return",
        ),
        ("1\n when", "test.clj:2:2: unbound symbol: when"),
        ("(defmacro m [] 1) m", "test.clj:1:19: user/m is a macro, it has no value"),
        ("[1 2", "test.clj:1:5: end of text: expected `]` to close the `[` opened at 1:1"),
        ("(defn r [n] (+ 1 (r n))) (r 1)", "test.clj:1:18: stack overflow"),
        ("(try ((fn r [n] (+ 1 (r n))) 1) (catch :stack-overflow e :caught))", ":caught"),
        ("(def x 1) (def x (+ x :k))", "test.clj:1:18: + wants numbers, got :k"),
        ("(case 9 1 2)", "test.clj:1:1: no matching clause: 9"),
    ]);
}

#[test]
fn an_error_reaches_a_handler_far_above_the_window_of_what_throws() {
    let bindings: Vec<_> = (0..200).map(|n| format!("x{n} {n}")).collect();
    let source = format!(
        "(defn thrower [n] (if (= n 0) (nth [] 5) (thrower (dec n))))
         (defn f [] (let [{}] [(try (thrower 20) (catch :index e (+ x1 x2))) x199]))
         (f)",
        bindings.join(" ")
    );
    check(&[(&source, "[3 199]")]);
}

#[test]
fn laziness() {
    check(&[
        ("(defn nat [n] (lazy-seq (cons n (nat (inc n))))) (first (next (nat 1)))", "2"),
        (
            "(defn nat [n] (lazy-seq (cons n (nat (inc n)))))
             (defn tk [n c] (lazy-seq (if (< 0 n) (cons (first c) (tk (dec n) (rest c))))))
             (tk 5 (nat 1))",
            "(1 2 3 4 5)",
        ),
        ("(defn down [n] (lazy-seq (if (< 0 n) (cons n (down (dec n)))))) (count (down 10000))", "10000"),
        ("(defn deep [n] (lazy-seq (if (= n 0) [1 2] (deep (dec n))))) (count (deep 100000))", "2"),
        ("(def n (atom 0)) (def d (delay (reset! n (inc @n)))) [@d @d @n]", "[1 1 1]"),
        ("(= [1 2] (lazy-seq (cons 1 (lazy-seq (cons 2 nil)))))", "true"),
        ("(if (= (lazy-seq nil) []) 1 2)", "1"),
        ("(first (lazy-seq (throw {:type :x :message \"in lazy\"})))", "test.clj:1:18: in lazy"),
        ("(def l (lazy-seq (+ 1 :a))) (try (first l) (catch _ e 1)) (try (first l) (catch _ e 2))", "2"),
    ]);
}

#[test]
fn calls_in_tail_position_do_not_grow_the_stack() {
    check(&[
        ("(defn f [n] (if (= n 0) :done (f (dec n)))) (f 1000000)", ":done"),
        (
            "(declare g) (defn f [n] (if (= n 0) :done (g (dec n)))) (defn g [n] (let [m n] (f m))) (f 1000001)",
            ":done",
        ),
        ("(defn f [n & r] (if (= n 0) r (apply f (dec n) r))) (f 10000 1 2)", "(1 2)"),
        ("(defn f ([n] (f n 0)) ([n acc] (if (= n 0) acc (recur (dec n) (inc acc))))) (f 100000)", "100000"),
        ("(defn f [n] (and true (or nil (if (= n 0) :done (f (dec n)))))) (f 1000000)", ":done"),
    ]);
}

#[test]
fn dynamic_vars_and_namespaces() {
    check(&[
        ("(def ^:dynamic *x* 1) (defn f [] *x*) [(f) (binding [*x* 2] (f)) (f)]", "[1 2 1]"),
        ("(def ^:dynamic *x* 1) (try (binding [*x* 2] (throw {})) (catch _ e *x*))", "1"),
        ("(def y 1) (binding [y 2] y)", "test.clj:1:11: y is not dynamic: define it with ^:dynamic"),
        (
            "(ns a.b) (def x 1) (ns c (:require [a.b :as ab :refer [x]])) [x ab/x a.b/x ::ab/k ::k]",
            "[1 1 1 :a.b/k :c/k]",
        ),
        ("(ns d (:require [nowhere]))", "test.clj:1:1: there is no namespace nowhere to require"),
        ("(in-ns 'e) (def z 3) (in-ns 'user) e/z", "3"),
    ]);
}
