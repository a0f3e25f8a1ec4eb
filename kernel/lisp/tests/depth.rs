//! Deep nesting is a clean error or works, on a small native stack.

use halt_heap::{Heap, Region};
use halt_lisp::{Runtime, eval_to_string};

/// Evaluates on a thread with a stack of 1 MiB.
fn eval(source: &'static str) -> String {
    eval_owned(source.to_string())
}

fn eval_owned(source: String) -> String {
    let body = move || {
        let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
        let runtime = Runtime::new(&heap, &[]).expect("a runtime");
        eval_to_string(&runtime, "t", &source, &()).unwrap_or_else(|error| error)
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(body).expect("a thread").join().expect("no panic")
}

fn nested(open: &str, middle: &str, close: &str, count: usize) -> String {
    open.repeat(count) + middle + &close.repeat(count)
}

#[test]
fn nesting_below_the_limit_compiles() {
    for (open, close) in [
        ("(do ", ")"),
        ("(let [x 1] ", ")"),
        ("[", "]"),
        ("{:a ", "}"),
        ("(if true ", ")"),
        ("(loop [x 1] ", ")"),
        ("((fn [x] ", ") 1)"),
        ("(try ", " (catch _ e e))"),
        ("(+ 1 ", ")"),
        ("(let [[x] [1]] ", ")"),
        ("(when true ", ")"),
    ] {
        let value = eval_owned(nested(open, "1", close, 110));
        assert!(!value.contains("nested"), "{open}: {value}");
    }
}

#[test]
fn nesting_above_the_limit_is_an_error() {
    for (open, close) in [
        ("(+ 1 ", ")"),
        ("[", "]"),
        ("(let [x ", "] x)"),
        ("((fn [] ", "))"),
        ("(try ", " (finally 1))"),
        ("`(", ")"),
        ("'", ""),
        ("(let [[x] ", "] x)"),
        ("#_", ""),
    ] {
        let value = eval_owned(nested(open, "1", close, 2000));
        assert!(
            value.contains("nested") || matches!(open, "'" | "#_"),
            "{open}: {}",
            &value[..value.len().min(200)]
        );
    }
    assert!(eval_owned("(let [".repeat(100_000)).contains("nested deeper"));
}

#[test]
fn deep_values_are_fine() {
    assert_eq!(eval("(def v (loop [v nil n 0] (if (< n 100000) (recur [v] (inc n)) v))) (= v v)"), "true");
    assert!(eval("(loop [v nil n 0] (if (< n 100000) (recur [v] (inc n)) v))").ends_with("]]]"));
    assert_eq!(eval("(defmacro deep [n] (if (= n 0) 1 `(+ 0 (deep ~(dec n))))) (deep 100)"), "1");
    assert!(eval("(defmacro deep [n] `(+ 0 (deep ~(inc n)))) (deep 0)").contains("nested"));
    assert!(eval("(defmacro deep [n] (eval (list 'deep (inc n)))) (deep 0)").contains("nested"));
}
