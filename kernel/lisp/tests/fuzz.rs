//! Programs that make no sense: nothing may panic or fail to end, and the heap stays valid.
//!
//! SHOW=1 prints each program before it runs; SEED and ROUNDS choose others and more.

mod random;

use halt_heap::{Heap, Region};
use halt_lisp::{Fiber, Outcome, Runtime, arities, error_message, namespace_parts};
use random::Random;
use std::sync::Arc;

/// Names that are no var: special forms, macros of the compiler, reserved words.
const FORMS: &[&str] = &[
    "def",
    "fn",
    "fn*",
    "let",
    "let*",
    "loop",
    "loop*",
    "recur",
    "if",
    "do",
    "quote",
    "var",
    "try",
    "catch",
    "finally",
    "throw",
    "letfn",
    "binding",
    "defmacro",
    "defn",
    "defn-",
    "ns",
    "when",
    "when-not",
    "if-not",
    "cond",
    "->",
    "->>",
    "if-let",
    "when-let",
    "lazy-seq",
    "delay",
    "declare",
    "comment",
    "case",
    "dotimes",
    "and",
    "or",
    "&",
    "syntax-quote",
];

const ATOMS: &[&str] = &[
    "nil",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "2",
    "7",
    "9223372036854775807",
    "-9223372036854775808",
    "1.5",
    "##NaN",
    "##Inf",
    "\"\"",
    "\"abc\"",
    "\"é\\n\"",
    "\\a",
    ":a",
    ":b/c",
    "x",
    "y",
    "'s",
    "()",
    "[]",
    "{}",
    "#{}",
    "[1 2 3]",
    "'(1 2)",
    "{:a 1}",
    "#{1 :a}",
    "(range 5)",
    "(range)",
    "(atom 1)",
    "inc",
    "#(+ % 1)",
    "(lazy-seq [1 2])",
    "(delay 1)",
    "#'first",
    "[[1 2] [3 4]]",
    "\"%d %s\"",
    "{:keys [x y] :as z}",
    "[x & y]",
    "*out*",
    "1N",
    "-3/7",
    "2.50M",
    "1e-40M",
    "123456789012345678901234567890",
    "(promise)",
    "(future 1)",
    "#uuid \"00000000-0000-0001-0000-00000000000f\"",
    "#inst \"2026\"",
    "(tagged-literal 'a 1)",
    "(chunk-buffer 1)",
    "\"%70000d %x %.9999f\"",
];

fn form(random: &mut Random, names: &[(String, usize)], depth: u32) -> String {
    if depth == 0 || random.below(4) == 0 {
        return ATOMS[random.below(ATOMS.len())].to_string();
    }
    let count = random.below(4);
    let mut parts: Vec<_> = (0..count).map(|_| form(random, names, depth - 1)).collect();
    match random.below(12) {
        0 => format!("[{}]", parts.join(" ")),
        1 => format!("`({} ~{} ~@{})", parts.join(" "), form(random, names, 1), form(random, names, 1)),
        2 => format!("(fn [x] {})", parts.join(" ")),
        3..=5 => {
            parts.insert(0, FORMS[random.below(FORMS.len())].to_string());
            if random.below(2) == 0 {
                parts.insert(1, format!("[x {}]", form(random, names, 1)));
            }
            format!("({})", parts.join(" "))
        }
        _ => {
            // Mostly with as many arguments as the function takes.
            let (name, least) = &names[random.below(names.len())];
            while parts.len() < *least && random.below(20) > 0 {
                parts.push(form(random, names, depth - 1));
            }
            if random.below(8) > 0 {
                parts.truncate((*least).max(1));
            }
            parts.insert(0, name.clone());
            format!("({})", parts.join(" "))
        }
    }
}

/// The vars of the core, with the least count of arguments that each takes.
fn core_names(runtime: &Runtime) -> Vec<(String, usize)> {
    runtime.heap().mutator().enter(|s| {
        let core = runtime.find_namespace(s, s.symbol("clojure.core")).expect("the core");
        let mappings = s.atom_load(namespace_parts(s, core)[1]);
        let least = |var| {
            let arities = arities(runtime, s, var).unwrap_or_default();
            arities.iter().map(|arity| arity.0).min().unwrap_or(0)
        };
        let names =
            s.map_iter(mappings).filter_map(|(name, var)| Some((s.name(name)?.to_string(), least(var))));
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    })
}

#[test]
fn nonsense_neither_panics_nor_hangs() {
    let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
    let runtime = Runtime::new(&heap, &[]).expect("a runtime");
    let names = core_names(&runtime);
    let number = |name, otherwise| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise);
    let mut random = Random(number("SEED", 0x2545_F491_4F6C_DD1D));
    let mut values = 0;
    for round in 0..number("ROUNDS", 40_000) as u32 {
        heap.set_torture(round % 8 == 0);
        let program = form(&mut random, &names, 3 + round % 4);
        if std::env::var_os("SHOW").is_some() {
            eprintln!("{program}");
        }
        values += run(&runtime, &program) as u32;
    }
    heap.set_torture(false);
    heap.verify().expect("a valid heap");
    assert!(values > 500, "only {values} programs have a value");
}

/// Runs a program for a while; whether it has a value.
fn run(runtime: &Arc<Runtime>, program: &str) -> bool {
    let mut fiber = Fiber::new(runtime);
    fiber.set_quota_bytes(4 << 20);
    // In a namespace of its own: what it defines must not bend the library for the next.
    fiber.start_source("fuzz.clj", program, "fuzz");
    for _ in 0..20 {
        match fiber.run(500, &()) {
            Outcome::Yielded => {}
            Outcome::Parked | Outcome::Forking => return false,
            Outcome::Done(value) => {
                fiber.mutator().enter(|s| halt_lisp::print(s, s.open(&value), true));
                return true;
            }
            Outcome::Failed(error) => {
                fiber.mutator().enter(|s| error_message(s, s.open(&error)));
                return false;
            }
        }
    }
    false
}
