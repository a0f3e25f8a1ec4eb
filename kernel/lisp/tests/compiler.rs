//! Compiler and VM against the plain evaluator, on generated programs.
//!
//! A failure prints its seed and the program.

mod random;

use halt_heap::{Heap, Region};
use halt_lisp::evaluator::{describe_error, evaluate};
use halt_lisp::{Fiber, Outcome, Runtime};
use random::Random;
use std::sync::Arc;

struct Generator {
    random: Random,
    serial: u32,
    /// Functions that may be called: name and count of parameters.
    functions: Vec<(String, usize)>,
}

impl Generator {
    fn fresh(&mut self, stem: &str) -> String {
        self.serial += 1;
        // Names are reused on purpose: shadowing.
        format!("{stem}{}", self.serial % 5)
    }

    fn leaf(&mut self, names: &[String]) -> String {
        if !names.is_empty() && self.random.below(3) > 0 {
            return names[self.random.below(names.len())].clone();
        }
        match self.random.below(12) {
            0 => "nil".into(),
            1 => "true".into(),
            2 => "false".into(),
            3 => ":k".into(),
            4 => self.random.of(&["1.5", "0.0", "-2.25"]).into(),
            5 => "2305843009213693951".into(),
            6 => "-9223372036854775808".into(),
            7 => "\"s\"".into(),
            8 => "40000".into(),
            _ => format!("{}", self.random.below(7) as i64 - 3),
        }
    }

    fn many(&mut self, names: &[String], depth: u32, count: usize) -> String {
        let parts: Vec<_> = (0..count).map(|_| self.expression(names, depth)).collect();
        parts.join(" ")
    }

    fn with(names: &[String], more: &[&String]) -> Vec<String> {
        names.iter().cloned().chain(more.iter().map(|name| (*name).clone())).collect()
    }

    fn expression(&mut self, names: &[String], depth: u32) -> String {
        if depth == 0 {
            return self.leaf(names);
        }
        let d = depth - 1;
        let count = self.random.below(3);
        match self.random.below(26) {
            0 | 1 => self.leaf(names),
            2..=4 => {
                let operator = self.random.of(&["+", "-", "*", "+", "max"]);
                format!("({operator} {})", self.many(names, d, 2))
            }
            5 | 6 => {
                let operator = self.random.of(&["<", "<=", ">", ">=", "=", "="]);
                format!("({operator} {})", self.many(names, d, 2))
            }
            7 => {
                let operator = self.random.of(&["inc", "dec", "not", "nil?", "first", "count", "vec", "str"]);
                format!("({operator} {})", self.expression(names, d))
            }
            8..=10 => format!("(if {})", self.many(names, d, 3)),
            11 => {
                let operator = self.random.of(&["and", "or", "do", "vector", "list"]);
                format!("({operator} {})", self.many(names, d, count + 1))
            }
            12 | 13 => {
                let name = self.fresh("x");
                let value = self.expression(names, d);
                let inner = Self::with(names, &[&name]);
                format!("(let [{name} {value}] {})", self.many(&inner, d, 1))
            }
            14 => {
                let (a, b) = (self.fresh("p"), self.fresh("q"));
                let value = self.expression(names, d);
                let inner = Self::with(names, &[&a, &b]);
                format!("(let [[{a} {b}] [{value} 1]] {})", self.expression(&inner, d))
            }
            15 | 16 => {
                let (i, acc) = (self.fresh("i"), self.fresh("acc"));
                let start = self.expression(names, d);
                let inner = Self::with(names, &[&i, &acc]);
                let next = self.expression(&inner, d);
                let turns = self.random.below(5);
                let next_i = self.random.of(&["inc", "+ 1", "+ 2"]);
                let order = self.random.below(2) == 0;
                let (bindings, recur) = if order {
                    (format!("{i} 0 {acc} {start}"), format!("({next_i} {i}) {next}"))
                } else {
                    (format!("{acc} {start} {i} 0"), format!("{next} ({next_i} {i})"))
                };
                if i == acc {
                    return start;
                }
                format!("(loop [{bindings}] (if (< {i} {turns}) (recur {recur}) {acc}))")
            }
            17 => {
                let name = self.fresh("y");
                let inner = Self::with(names, &[&name]);
                format!("((fn [{name}] {}) {})", self.expression(&inner, d), self.expression(names, d))
            }
            18 => {
                let (f, y) = (self.fresh("f"), self.fresh("y"));
                let inner = Self::with(names, &[&y]);
                let body = self.expression(&inner, d);
                let outer: Vec<_> = names.iter().filter(|name| **name != f).cloned().collect();
                let (a, b) = (self.expression(&outer, d), self.expression(&outer, d));
                format!("(let [{f} (fn [{y}] {body})] [({f} {a}) ({f} {b})])")
            }
            19 => {
                let y = self.fresh("y");
                let inner = Self::with(names, &[&y]);
                let (one, more) = (self.expression(&inner, d), self.expression(&inner, d));
                let call = self.many(names, d, count);
                format!("((fn self ([] (self 1)) ([{y}] {one}) ([{y} z & r] [{more} r])) {call})")
            }
            20 => {
                let kind = self.random.of(&[":default", ":type", ":arithmetic", ":mine"]);
                let e = self.fresh("e");
                let inner = Self::with(names, &[]);
                let finally = if count == 0 { " (finally (+ 1 1))" } else { "" };
                let (body, handler) = (self.expression(names, d), self.expression(&inner, d));
                format!("(try {body} (catch {kind} {e} {handler}){finally})")
            }
            21 => {
                let value = self.expression(names, d);
                match count {
                    0 => format!("(throw [{value}])"),
                    _ => format!("(throw {{:type :mine, :message \"m\", :data {value}}})"),
                }
            }
            22 => format!("[{}]", self.many(names, d, count)),
            23 => format!("(:a {{:a {}, :b {}}})", self.expression(names, d), self.expression(names, d)),
            24 => {
                let (value, a, b) =
                    (self.expression(names, d), self.expression(names, d), self.expression(names, d));
                format!("(case {value} 0 {a} (1 2) {b} :other)")
            }
            _ => match self.functions.len() {
                0 => self.leaf(names),
                length => {
                    let (name, parameters) = self.functions[self.random.below(length)].clone();
                    format!("({name} {})", self.many(names, d, parameters))
                }
            },
        }
    }

    fn program(&mut self) -> String {
        let mut text = String::new();
        self.functions.clear();
        for index in 0..self.random.below(4) {
            let name = format!("g{index}");
            let parameters: Vec<_> = (0..self.random.below(3)).map(|n| format!("a{n}")).collect();
            let body = self.expression(&parameters, 4);
            text.push_str(&format!("(defn {name} [{}] {body})\n", parameters.join(" ")));
            self.functions.push((name, parameters.len()));
        }
        // One that calls itself, to a depth that its argument bounds.
        let names = ["n".to_string(), "a".to_string()];
        let (base, step) = (self.expression(&names, 2), self.expression(&names, 3));
        text.push_str(&format!("(defn down [n a] (if (< n 1) {base} (down (dec n) {step})))\n"));
        let (base, step) = (self.expression(&names, 2), self.expression(&names, 3));
        text.push_str(&format!("(defn grow [n a] (if (< n 1) {base} [(grow (dec n) {step}) a]))\n"));
        let start = self.expression(&[], 2);
        let parts = [self.expression(&[], 5), format!("(down 3 {start})"), format!("(grow 2 {start})")];
        match self.random.below(4) {
            0 => text.push_str(&format!("[{}]", parts.join(" "))),
            _ => {
                let caught =
                    parts.map(|part| format!("(try {part} (catch :mine e :mine) (catch _ e :caught))"));
                text.push_str(&format!("[{}]", caught.join(" ")));
            }
        }
        text
    }
}

fn run(runtime: &Arc<Runtime>, source: &str, fuel: u32, is_plain: bool) -> String {
    let mut fiber = Fiber::new(runtime);
    if is_plain {
        fiber.run_plainly();
    }
    fiber.start_source("test.clj", source, "user");
    loop {
        match fiber.run(fuel, &()) {
            Outcome::Yielded => {}
            Outcome::Parked | Outcome::Forking => return "parked".to_string(),
            Outcome::Done(value) => return fiber.show(&value, &()).unwrap_or_else(|error| error),
            Outcome::Failed(error) => return fiber.mutator().enter(|s| describe_error(s, s.open(&error))),
        }
    }
}

#[test]
fn generated_programs_mean_the_same_compiled_and_evaluated() {
    let heap = Heap::new(Region::allocate(128 << 20)).expect("a heap");
    let runtime = Runtime::new(&heap, &[]).expect("a runtime");
    let mut mutator = heap.mutator();
    let (mut compared, mut values) = (0, 0);
    for seed in 1..=3000_u64 {
        let random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let program = Generator { random, serial: 0, functions: Vec::new() }.program();
        let Ok(expected) = evaluate(&runtime, &mut mutator, &program, 200_000) else { continue };
        let fuel = if seed % 3 == 0 { 1 } else { 1_000_000 };
        for is_plain in [false, true] {
            let got = run(&runtime, &program, fuel, is_plain);
            assert_eq!(got, expected, "seed {seed}, plainly {is_plain}:\n{program}");
        }
        compared += 1;
        values += !expected.starts_with("error") as u32;
    }
    assert!(
        compared > 2000 && values > 300,
        "too few programs tell anything: {compared}, {values} with a value"
    );
}

#[test]
fn doubles_handed_from_one_instruction_to_the_next_are_those_that_each_would_make() {
    const SHAPES: &[&str] = &[
        "(+ (* k x) y)",
        "(+ y (* k x))",
        "(- (* x k) y)",
        "(- y (- x k))",
        "(* (+ k x) (- k y))",
        "(- (+ x (* k (- y k))) z)",
        "(* k (- z (+ y (* x k))))",
        "(if (< (* k x) y) 1 (if (<= z (- y k)) 2 3))",
        "(if (> (* k x) y) 1 (if (>= (+ z k) y) 2 3))",
        "(let [t (* k x)] [(+ t y) t])",
        "(+ (if (nil? z) 0.5 (* x k)) y)",
        "(loop [n 0 a x] (if (< n 3) (recur (inc n) (+ (* a k) y)) a))",
    ];
    let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
    let runtime = Runtime::new(&heap, &[]).expect("a runtime");
    let mut mutator = heap.mutator();
    for shape in SHAPES {
        let program = |error: &str| {
            format!(
                "(def f (fn [x y z] (let [k 1.5] {shape})))
                 (let [all [0.0 -0.0 1.0 -2.5 1e77 1e-77 -1e300 1e-300 ##NaN ##-Inf 3 2/3 \"s\" nil]
                       few [0.0 2.25 -1e300 nil]]
                   (loop [i 0 found []]
                     (if (< i 784)
                       (let [x (nth all (quot i 56)) y (nth all (rem (quot i 4) 14)) z (nth few (rem i 4))]
                         (recur (inc i) (conj found (try (f x y z) (catch _ e {error})))))
                       found)))"
            )
        };
        let bare = program("(:type e)");
        let expected = evaluate(&runtime, &mut mutator, &bare, 1_000_000).expect("an end");
        assert_eq!(run(&runtime, &bare, 1_000_000, false), expected, "{shape}");
        let placed = program("[(:message e) (:line e) (:column e)]");
        let plain = run(&runtime, &placed, 1_000_000, true);
        assert!(plain.contains("wants numbers"), "{shape}: {plain}");
        assert_eq!(run(&runtime, &placed, 1_000_000, false), plain, "{shape}");
    }
    let shown = "(do (def f (fn [a b] (let [k 1.5] (- k (+ a (* k b)))))) (disassemble f))";
    let text = run(&runtime, shown, 1_000_000, false);
    assert!(text.contains("MultiplyThen") && text.contains("AddThen"), "{text}");
}

#[test]
fn an_error_names_what_the_program_wrote_in_every_instruction_that_does_arithmetic_or_compares() {
    /// Functions of two numbers, and how their instructions are reached: as a value, as a test, as the second of alternatives.
    const BINARY: &[&str] = &["+", "-", "*", "<", "<=", ">", ">="];
    const PLACES: &[&str] = &["CALL", "(if CALL 1 2)", "(if (or CALL false) 1 2)", "(if (not CALL) 1 2)"];
    // `k` is likely a double for the compiler, `(* k y)` and its like hand theirs over.
    const OPERANDS: &[(&str, &str)] = &[
        ("x", "y"),
        ("x", "7"),
        ("7", "x"),
        ("x", "0"),
        ("x", "-1"),
        ("x", "-32768"),
        ("x", "32767"),
        ("x", "40000"),
        ("40000", "x"),
        ("x", "k"),
        ("k", "x"),
        ("(* k y)", "x"),
        ("x", "(+ k y)"),
        ("(- y k)", "x"),
    ];
    let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
    let runtime = Runtime::new(&heap, &[]).expect("a runtime");
    let mut mutator = heap.mutator();
    let mut calls: Vec<_> =
        ["(inc x)", "(dec x)", "(inc (inc x))", "(loop [i x n 0] (if (< i y) (recur (* 2 (inc i)) n) n))"]
            .map(String::from)
            .into();
    for operator in BINARY {
        for (left, right) in OPERANDS {
            calls.push(format!("({operator} {left} {right})"));
        }
    }
    let (mut code, mut messages) = (String::new(), 0);
    for call in &calls {
        for place in PLACES {
            let program = |function: &str| {
                format!(
                    "(def f (fn [x y] (let [k 1.5] {function})))
                     (let [all [\"s\" :k nil 1 -0.0 2.5 ##NaN 9223372036854775807 -9223372036854775808 2/3]]
                       (loop [i 0 found []]
                         (if (< i 100)
                           (recur (inc i)
                                  (let [x (nth all (quot i 10)) y (nth all (rem i 10))]
                                    (conj found (try (f x y) (catch _ e [(:type e) (:message e)])))))
                           found)))"
                )
            };
            let function = place.replace("CALL", call);
            let source = program(&function);
            let expected = evaluate(&runtime, &mut mutator, &source, 1_000_000).expect("an end");
            for is_plain in [false, true] {
                assert_eq!(
                    run(&runtime, &source, 1_000_000, is_plain),
                    expected,
                    "{function}, plainly {is_plain}"
                );
            }
            messages += expected.matches("wants numbers").count();
            code += &run(
                &runtime,
                &format!("(def f (fn [x y] (let [k 1.5] {function}))) (disassemble f)"),
                1_000_000,
                false,
            );
        }
    }
    assert!(messages > 10_000, "only {messages} errors");
    const REACHED: &[&str] = &[
        "Add ",
        "AddFloat ",
        "AddThen ",
        "AddInt ",
        "Subtract ",
        "SubtractFloat ",
        "SubtractThen ",
        "Multiply ",
        "MultiplyFloat ",
        "MultiplyThen ",
        "Less ",
        "LessEqual ",
        "LoopLess ",
        "JumpNotLess ",
        "JumpNotLessEqual ",
        "JumpNotLessFloat ",
        "JumpNotLessEqualFloat ",
        "JumpNotLessInt ",
        "JumpNotLessEqualInt ",
        "JumpNotGreaterInt ",
        "JumpNotGreaterEqualInt ",
    ];
    for op in REACHED {
        assert!(code.contains(&format!(" {op}")), "no {op} in what was compiled");
    }
}

#[test]
fn an_error_names_the_operands_as_they_stand_in_the_program() {
    let heap = Heap::new(Region::allocate(32 << 20)).expect("a heap");
    let runtime = Runtime::new(&heap, &[]).expect("a runtime");
    let check = |call: &str, message: &str| {
        let source = format!("(def f (fn [x y] {call})) (try (f \"s\" :k) (catch _ e (:message e)))");
        assert_eq!(run(&runtime, &source, 1_000_000, false), format!("{message:?}"), "{call}");
    };
    check("(> x 1)", "> wants numbers, got \"s\"");
    check("(> x y)", "> wants numbers, got \"s\"");
    check("(>= 1 y)", ">= wants numbers, got :k");
    check("(- x 1)", "- wants numbers, got \"s\"");
    check("(inc x)", "inc wants numbers, got \"s\"");
    check("(dec y)", "dec wants numbers, got :k");
    check("(let [m 9223372036854775807] (inc m))", "integer overflow: (inc 9223372036854775807)");
    check("(let [m 9223372036854775807] (+ 2 m))", "integer overflow: (+ 2 9223372036854775807)");
    check("(let [m -9223372036854775808] (- m 3))", "integer overflow: (- -9223372036854775808 3)");
}
