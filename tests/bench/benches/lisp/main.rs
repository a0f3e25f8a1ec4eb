//! The language beside its peers: `cargo run -- bench lisp [NAME...] [--json] [--runs N] [--quick] [--ours]`.
//!
//! Enter at [`figures_of`]. Programs are in `peers/`: a table here says how large and how many times. Figures are milliseconds
//! of the processor, of all threads.

#[path = "../harness/mod.rs"]
mod harness;
mod ours;
mod peers;
mod processes;

use halt_bench::figure::Figure;
use halt_bench::suite::Bench;
use harness::contest::{Contest, Turn};
use harness::{Plan, Program, asked, clock};
use ours::Ours;
use std::process::{Command, ExitCode};
use std::sync::Barrier;

/// Nanoseconds of a millisecond.
const MS: u64 = 1_000_000;

/// The word that asks for a process which does nothing but start.
const START: &str = "--start";

/// Size and number of times; both when everything is to be small. The clock of a peer may go in steps of ten milliseconds: a run takes
/// some hundred.
fn size_of(name: &str, is_quick: bool) -> Option<(u64, u64)> {
    let (size, times, small) = match name {
        "fib" => (32, 1, 12),
        "tak" => (18, 20, 12),
        "sum" => (100_000_000, 1, 10_000),
        "mandelbrot" => (200, 5, 10),
        "queens" => (9, 10, 5),
        "string" => (500_000, 1, 1000),
        "hof" => (1_000_000, 20, 10_000),
        "sort" => (1_000_000, 1, 10_000),
        "vector" => (1_000_000, 4, 10_000),
        "map" => (1_000_000, 1, 10_000),
        "swap" => (1_000_000, 4, 1000),
        _ => return None,
    };
    Some(if is_quick { (small, 1) } else { (size, times) })
}

fn figures_of(bench: &Bench, plan: &Plan) -> Result<Vec<Figure>, String> {
    let contest = match bench.name {
        "start" => Contest::new_fallible(start(plan)),
        "load" => load(plan)?,
        "swap" => swap(plan)?,
        name @ ("spawn" | "switch" | "process-bytes") => processes::contest(name, plan)?,
        name => program(name, plan)?,
    };
    Ok(vec![contest.planned(plan).run(bench, plan.runs)?])
}

/// A program of `programs.clj`.
fn program(name: &str, plan: &Plan) -> Result<Contest, String> {
    let (size, times) = size_of(name, plan.is_quick).ok_or_else(|| format!("{name} is not measured yet"))?;
    let mut ours = Ours::new()?;
    let [prepare, work, check] = ours.program(name)?;
    let mut contest = Contest::new_fallible(move || {
        let size = ours.integer(size)?;
        let prepared = ours::call(&ours.runtime, &prepare, &size)?;
        ours.runtime.heap().collect();
        let start = clock::process_ns();
        let mut result = ours::call(&ours.runtime, &work, &prepared)?;
        for _ in 1..times {
            result = ours::call(&ours.runtime, &work, &prepared)?;
        }
        let value = (clock::process_ns() - start) as f64 / (MS * times) as f64;
        let checked = ours::call(&ours.runtime, &check, &result)?;
        Ok(Turn { value, check: ours.number(&checked)? })
    });
    for (peer, asked) in peers::all() {
        contest = contest.and_program(peer, asked, &format!("{name} {size} {times}"));
    }
    Ok(contest)
}

/// Two threads that swap one atom.
fn swap(plan: &Plan) -> Result<Contest, String> {
    let (size, times) = size_of("swap", plan.is_quick).ok_or("no size")?;
    let mut ours = Ours::new()?;
    let (swap_many, counter) = (ours.var("swap-many")?, ours.var("counter")?);
    let contest = Contest::new_fallible(move || {
        let size = ours.integer(size)?;
        let (mut spent, mut check) = (0, 0);
        for _ in 0..times {
            ours.value(|s| s.atom_store(s.open(&counter), s.int(0).ok()?).ok().map(|()| s.open(&counter)))?;
            let start = clock::process_ns();
            let barrier = Barrier::new(2);
            std::thread::scope(|threads| {
                let runtime = &ours.runtime;
                let one = || {
                    barrier.wait();
                    ours::call(runtime, &swap_many, &size)
                };
                let both = [threads.spawn(one), threads.spawn(one)];
                both.into_iter().try_for_each(|thread| thread.join().expect("a thread").map(drop))
            })?;
            spent += clock::process_ns() - start;
            let count = ours.value(|s| Some(s.atom_load(s.open(&counter))))?;
            check = ours.number(&count)?;
        }
        Ok(Turn { value: spent as f64 / (MS * times) as f64, check })
    });
    Ok(contest.and_program("Clojure", peers::clojure(), &format!("swap {size} {times}")))
}

/// A source that is read, compiled and run.
fn load(plan: &Plan) -> Result<Contest, String> {
    let functions = plan.scaled(1000).max(2);
    let source = lines(functions);
    Ok(Contest::new_fallible(move || {
        let mut ours = Ours::new()?;
        let start = clock::process_ns();
        let result = ours::load(&ours.runtime, "lines.clj", &source)?;
        let value = (clock::process_ns() - start) as f64 / MS as f64;
        Ok(Turn { value, check: ours.number(&result)? })
    }))
}

/// Ten lines for each function, of the kind that people write.
fn lines(functions: u64) -> String {
    let mut text = String::new();
    for i in 0..functions {
        text += &format!(
            r#"
;; Number {i} of the family.
(defn area-{i}
  "Sums what the shapes cover, those with a negative side left out."
  [shapes {{:keys [scale offset] :or {{scale {i} offset 0}}}}]
  (let [sides (filter (fn [[width height]] (and (pos? width) (pos? height))) shapes)]
    (loop [left (seq sides) total offset]
      (if-let [[[width height] & others] left]
        (recur others (+ total (* scale width height)))
        (cond (neg? total) 0 (> total 1000000) :large :else total)))))
"#
        );
    }
    text + "(area-1 [[1 2] [-1 3] [3 4]] {:offset 1})\n"
}

/// A process that starts.
fn start(plan: &Plan) -> impl FnMut() -> Result<Turn, String> + 'static {
    let processes = if plan.is_quick { 1 } else { 10 };
    move || {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let (mut value, mut check) = (0.0, 0);
        for _ in 0..processes {
            let output = Command::new(&program).arg(START).output().map_err(|error| error.to_string())?;
            let text = String::from_utf8_lossy(&output.stdout);
            let mut words = text.split_whitespace();
            let (Some(Ok(ms)), Some(Ok(one))) =
                (words.next().map(str::parse::<f64>), words.next().map(str::parse))
            else {
                return Err(format!("a process answered `{text}`"));
            };
            value += ms / processes as f64;
            check = one;
        }
        Ok(Turn { value, check })
    }
}

/// What a process that only starts does: the time since it began, and the value of 1.
fn started() -> Result<(), String> {
    let runtime = ours::runtime()?;
    let one = halt_lisp::eval_to_string(&runtime, "-e", "1", &())?;
    println!("{} {one}", clock::process_ns() as f64 / MS as f64);
    Ok(())
}

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|word| word == START) {
        return match started() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    // As a machine gives it: what a process asks for, in the pages that it gets.
    Program { target: "lisp", figures_of, large_pages: |_| false }.main()
}
