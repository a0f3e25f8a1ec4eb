//! Fibers from outside: slices, quotas, interrupts, parking, several at once.

use halt_heap::{Heap, Region, Value};
use halt_lisp::{
    Call, Fiber, Native, Outcome, Runtime, Signal, accepts_arity, arities, error_message, eval_to_string,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the natives of these tests get as their host.
#[derive(Default)]
struct Host {
    is_open: AtomicBool,
}

/// Parks until the host's gate is open.
fn wait<'s>(call: &Call<'_, 's>) -> Result<Value<'s>, Signal<'s>> {
    let host: &Host = call.host.downcast_ref().expect("the host of these tests");
    if host.is_open.load(Ordering::SeqCst) { Ok(call.arg(0)) } else { Err(Signal::Park) }
}

fn give_way<'s>(call: &Call<'_, 's>) -> Result<Value<'s>, Signal<'s>> {
    Err(Signal::Yield(call.arg(0)))
}

/// Asks for a fork until the host's gate is open.
fn fork<'s>(call: &Call<'_, 's>) -> Result<Value<'s>, Signal<'s>> {
    let host: &Host = call.host.downcast_ref().expect("the host of these tests");
    if host.is_open.load(Ordering::SeqCst) { Ok(call.s.int(1)?) } else { Err(Signal::Fork) }
}

const NATIVES: &[Native] = &[
    Native { name: "test/fork", arity: (0, Some(0)), doc: "Asks for a fork.", function: fork },
    Native { name: "test/wait", arity: (1, Some(1)), doc: "Waits for the gate.", function: wait },
    Native { name: "test/give-way", arity: (1, Some(1)), doc: "Ends the slice.", function: give_way },
];

fn runtime(megabytes: usize) -> Arc<Runtime> {
    let heap = Heap::new(Region::allocate(megabytes << 20)).expect("a heap");
    Runtime::new(&heap, &[NATIVES]).expect("a runtime")
}

fn start(runtime: &Arc<Runtime>, source: &str) -> Fiber {
    let mut fiber = Fiber::new(runtime);
    fiber.start_source("test.clj", source, "user");
    fiber
}

/// Runs to the end: the printed value or the message of the error.
fn finish(fiber: &mut Fiber, host: &Host) -> String {
    loop {
        match fiber.run(10_000, host) {
            Outcome::Yielded => {}
            Outcome::Parked | Outcome::Forking => return "parked".to_string(),
            Outcome::Done(value) => return fiber.show(&value, host).unwrap_or_else(|error| error),
            Outcome::Failed(error) => return fiber.mutator().enter(|s| error_message(s, s.open(&error))),
        }
    }
}

#[test]
fn a_slice_ends_when_its_fuel_does() {
    let runtime = runtime(32);
    let mut fiber = start(&runtime, "(loop [] (recur))");
    for _ in 0..100 {
        assert!(matches!(fiber.run(1000, &()), Outcome::Yielded));
    }
    fiber.interrupt("stopped by the user");
    assert_eq!(finish(&mut fiber, &Host::default()), "test.clj:1:10: stopped by the user");
}

#[test]
fn an_interrupt_can_be_caught_and_cleans_up() {
    let runtime = runtime(32);
    let source = "(def a (atom 0))
        (try (try (loop [] (recur)) (finally (reset! a 1))) (catch :interrupt e [@a (:message e)]))";
    let mut fiber = start(&runtime, source);
    assert!(matches!(fiber.run(1000, &()), Outcome::Yielded));
    fiber.interrupt("now");
    assert_eq!(finish(&mut fiber, &Host::default()), "[1 \"now\"]");
}

#[test]
fn a_parked_call_is_executed_again() {
    let runtime = runtime(32);
    let host = Host::default();
    let mut fiber = start(&runtime, "(defn f [x] (+ 1 (test/wait x))) (f 41)");
    for _ in 0..3 {
        assert!(matches!(fiber.run(1000, &host), Outcome::Parked));
    }
    host.is_open.store(true, Ordering::SeqCst);
    assert_eq!(finish(&mut fiber, &host), "42");
    let mut tail = start(&runtime, "(defn f [x] (test/wait x)) (f 7)");
    assert_eq!(finish(&mut tail, &host), "7");
}

#[test]
fn giving_way_ends_the_slice_and_keeps_the_value() {
    let runtime = runtime(32);
    let mut fiber = start(&runtime, "(defn f [] (test/give-way 5)) (+ 1 (test/give-way (f)))");
    assert!(matches!(fiber.run(1000, &()), Outcome::Yielded));
    assert!(matches!(fiber.run(1000, &()), Outcome::Yielded));
    assert_eq!(finish(&mut fiber, &Host::default()), "6");
}

#[test]
fn only_the_greedy_program_fails() {
    let runtime = runtime(64);
    let mut greedy = start(&runtime, "(loop [l ()] (recur (cons [1 2 3] l)))");
    greedy.set_quota_bytes(4 << 20);
    // At the call or at the loop, whichever notices first.
    let message = finish(&mut greedy, &Host::default());
    assert!(message.starts_with("test.clj:1:") && message.ends_with(": out of memory"), "{message}");
    let caught = "(try (loop [l ()] (recur (cons [1 2 3] l))) (catch :out-of-memory e :caught))";
    let mut careful = start(&runtime, caught);
    careful.set_quota_bytes(4 << 20);
    assert_eq!(finish(&mut careful, &Host::default()), ":caught");
    // The arena itself is the bound for one without a quota.
    let mut boundless = start(&runtime, "(loop [l ()] (recur (cons [1 2 3] l)))");
    assert!(finish(&mut boundless, &Host::default()).ends_with("out of memory"));
    drop(boundless);
    assert_eq!(eval_to_string(&runtime, "t", "(+ 1 2)", &()), Ok("3".to_string()));
}

#[test]
fn garbage_does_not_count_against_the_quota() {
    let runtime = runtime(64);
    let mut fiber = start(&runtime, "(loop [i 0 v nil] (if (< i 300000) (recur (inc i) [i i i]) v))");
    fiber.set_quota_bytes(4 << 20);
    assert_eq!(finish(&mut fiber, &Host::default()), "[299999 299999 299999]");
}

#[test]
fn going_through_a_lazy_sequence_does_not_keep_it() {
    let runtime = runtime(64);
    let mut fiber = start(&runtime, "(reduce + 0 (filter odd? (map inc (range 400000))))");
    fiber.set_quota_bytes(6 << 20);
    assert_eq!(finish(&mut fiber, &Host::default()), "40000000000");
}

#[test]
fn calls_from_outside() {
    let runtime = runtime(32);
    let mut fiber = start(&runtime, "(fn [x & more] [x more])");
    let Outcome::Done(function) = fiber.run(1000, &()) else { panic!("a function") };
    let arguments = fiber.mutator().enter(|s| {
        let publish = |n| s.publish(s.int(n).expect("memory")).expect("memory");
        [publish(1), publish(2)]
    });
    fiber.start_call(&function, &arguments);
    assert_eq!(finish(&mut fiber, &Host::default()), "[1 (2)]");
    fiber.start_call(&function, &[]);
    assert_eq!(finish(&mut fiber, &Host::default()), "fn wants 1 or more arguments, got 0");
    let key = fiber.mutator().enter(|s| s.publish(s.keyword("k")).expect("memory"));
    let map = fiber.mutator().enter(|s| {
        let map = s.map(&[(s.keyword("k"), Value::TRUE)]).expect("memory");
        s.publish(map).expect("memory")
    });
    fiber.start_call(&key, &[map]);
    assert_eq!(finish(&mut fiber, &Host::default()), "true");
    fiber.mutator().enter(|s| {
        let function = s.open(&function);
        assert_eq!(arities(&runtime, s, function), Some(vec![(1, true)]));
        assert!(!accepts_arity(&runtime, s, function, 0) && accepts_arity(&runtime, s, function, 3));
        assert_eq!(arities(&runtime, s, Value::NIL), None);
    });
}

#[test]
fn a_redefinition_reaches_a_running_program() {
    let runtime = runtime(32);
    let mut fiber =
        start(&runtime, "(defn step [n] (inc n)) (loop [n 0] (if (= n :stop) n (recur (step n))))");
    assert!(matches!(fiber.run(1000, &()), Outcome::Yielded));
    assert_eq!(
        eval_to_string(&runtime, "b.clj", "(defn step [n] :stop)", &()),
        Ok("#'user/step".to_string())
    );
    assert_eq!(finish(&mut fiber, &Host::default()), ":stop");
}

#[test]
fn a_definition_that_fails_changes_nothing() {
    let runtime = runtime(32);
    let eval = |source| eval_to_string(&runtime, "t", source, &());
    assert!(eval("(defn f [] 1)").is_ok());
    assert!(eval("(defn f [] (nonsense))").is_err());
    assert_eq!(eval("(f)"), Ok("1".to_string()));
}

#[test]
fn fibers_on_several_threads_share_vars_and_atoms() {
    let runtime = runtime(64);
    assert!(eval_to_string(&runtime, "t", "(def hits (atom 0))", &()).is_ok());
    let source = "(loop [i 0]
        (if (= i 2000) :done
          (let [old @hits] (recur (if (compare-and-set! hits old (inc old)) (inc i) i)))))";
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(eval_to_string(&runtime, "t", source, &()), Ok(":done".to_string())));
        }
    });
    assert_eq!(eval_to_string(&runtime, "t", "@hits", &()), Ok("6000".to_string()));
}

/// Wherever a program stands, a fork of it comes to the same end, and so does the program.
#[test]
fn a_fork_anywhere_comes_to_the_same_end() {
    let runtime = runtime(64);
    let source = "(defn fib [n] (if (< n 2) n (+ (fib (dec n)) (fib (- n 2)))))
        (def kept (atom []))
        [(fib 12)
         (binding [*print-length* 4] (pr-str (map fib (range 9))))
         (try (reduce (fn [sum n] (if (= n 90) (throw (ex-info \"end\" {:sum sum})) (+ sum n))) (range 100))
           (catch :default e (ex-data e)))
         (str (reduce (fn [m n] (assoc m (mod n 17) (str n))) {} (range 200)))
         (loop [v (transient []) n 0] (if (< n 70) (recur (conj! v n) (inc n)) (reduce + (persistent! v))))
         (eval '(+ 1 2))]";
    let host = Host::default();
    let expected = finish(&mut start(&runtime, source), &host);
    assert!(expected.starts_with("[144 "), "{expected}");
    runtime.heap().set_torture(true);
    let (mut fiber, mut forks) = (start(&runtime, source), Vec::new());
    while matches!(fiber.run(25, &host), Outcome::Yielded) {
        forks.push(fiber.fork().expect("room"));
    }
    assert!(forks.len() > 20, "{} forks", forks.len());
    for fork in &mut forks {
        assert_eq!(finish(fork, &host), expected);
    }
}

#[test]
fn a_native_that_asks_for_a_fork_is_executed_again_in_both() {
    let runtime = runtime(32);
    let host = Host::default();
    let mut fiber = start(&runtime, "(let [x 40] (+ x (test/fork) 1))");
    assert!(matches!(fiber.run(1000, &host), Outcome::Forking));
    let mut fork = fiber.fork().expect("room");
    host.is_open.store(true, Ordering::SeqCst);
    assert_eq!(finish(&mut fork, &host), "42");
    assert_eq!(finish(&mut fiber, &host), "42");
}

#[test]
fn several_fibers_realise_one_sequence() {
    let runtime = runtime(64);
    let host = Host::default();
    let define = "(def all (atom nil)) (defn from [n] (lazy-seq (when (< n 300) (cons n (from (inc n))))))
                  (defn fresh [] (reset! all (mapv (fn [_] [(from 0) (delay 1)]) (range 40))) 1)";
    assert_eq!(finish(&mut start(&runtime, define), &host), "#'user/fresh");
    for _ in 0..20 {
        assert_eq!(finish(&mut start(&runtime, "(fresh)"), &host), "1");
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let sum = "(reduce + (map (fn [[numbers one]] (+ @one (reduce + numbers))) @all))";
                    assert_eq!(finish(&mut start(&runtime, sum), &Host::default()), "1794040");
                });
            }
        });
    }
}
