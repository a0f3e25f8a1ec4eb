//! Programs that take all memory fail cleanly, and what comes after them works again.

use halt_heap::{Heap, Region};
use halt_lisp::{Fiber, Outcome, Runtime, error_message, eval_to_string};
use std::sync::Arc;

const GREEDY: &[&str] = &[
    "(loop [v []] (recur (conj v (range 10))))",
    "(loop [m {} i 0] (recur (assoc m i (str i \" is a number\")) (inc i)))",
    "(vec (range 100000000))",
    "(loop [s \"0123456789\"] (recur (str s s)))",
    "(def kept (atom nil)) (loop [] (swap! kept conj (vec (repeat 1000 :x))) (recur))",
    "(doall (iterate (fn [x] (vec (repeat 100 x))) 1))",
    "(reduce conj #{} (range))",
    "(apply + (range))",
    "(loop [f identity] (recur (comp f (fn [x] [f x]))))",
    "(into {} (map (fn [x] [x (list x x x)])) (range))",
    "(sort (repeatedly (fn [] [1 2 3])))",
    "(pr-str (repeat 1000000000 \"long\"))",
    "(loop [n 2N] (recur (* n n)))",
    "(let [endless (map vec (partition 50 (range)))] (count endless) (first endless))",
];

fn runtime(mib: usize) -> Arc<Runtime> {
    let heap = Heap::new(Region::allocate(mib << 20)).expect("a heap");
    Runtime::new(&heap, &[]).expect("a runtime")
}

/// Runs a program that must fail; its error's message.
fn failure(runtime: &Arc<Runtime>, program: &str, quota: Option<usize>) -> String {
    let mut fiber = Fiber::new(runtime);
    if let Some(quota) = quota {
        fiber.set_quota_bytes(quota);
    }
    fiber.start_source("greedy.clj", program, "user");
    loop {
        match fiber.run(100_000, &()) {
            Outcome::Yielded => {}
            Outcome::Failed(error) => return fiber.mutator().enter(|s| error_message(s, s.open(&error))),
            Outcome::Parked | Outcome::Forking | Outcome::Done(_) => panic!("{program} came to an end"),
        }
    }
}

#[test]
fn evaluations_after_an_exhausted_heap_work_again() {
    let runtime = runtime(24);
    for program in GREEDY {
        let message = failure(&runtime, program, None);
        assert!(message.contains("memory") || message.contains("too large"), "{program}: {message}");
        // What the program kept in its vars is let go by whoever cleans up after it.
        let after = "(def kept nil) (reduce + (map inc (range 1000)))";
        let value = eval_to_string(&runtime, "after.clj", after, &());
        assert_eq!(value, Ok("500500".into()), "after {program}");
    }
    runtime.heap().verify().expect("a valid heap");
}

#[test]
fn a_quota_ends_the_greedy_and_no_other() {
    let runtime = runtime(24);
    for program in GREEDY.iter().step_by(3) {
        let message = failure(&runtime, program, Some(2 << 20));
        assert!(message.contains("memory") || message.contains("too large"), "{program}: {message}");
        assert_eq!(
            eval_to_string(&runtime, "after.clj", "(str 1 :a)", &()),
            Ok("\"1:a\"".into()),
            "{program}"
        );
    }
}
