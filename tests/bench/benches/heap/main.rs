//! The heap beside its peers: `cargo run -- bench heap [NAME...] [--json] [--runs N] [--quick] [--ours]`.
//!
//! Enter at [`figures_of`], which finds the contest of a name. Each benchmark runs in a process of its own, which this one starts, so that
//! none meets memory that another one left behind. Without `--bench`, as `cargo test` calls it, everything runs once and
//! small, and only what was computed is looked at.

mod alloc;
mod atoms;
mod churn;
mod clock;
mod contest;
mod experiments;
mod map;
mod mutators;
mod ours;
mod peers;
mod strings;
mod vector;

use halt_bench::figure::{Figure, table};
use halt_bench::suite::{Bench, SUITES, Suite, suite};
use std::process::{Command, ExitCode, Stdio};

/// How much to do.
#[derive(Clone, Default)]
pub(crate) struct Plan {
    /// Runs that count.
    runs: usize,
    /// A hundredth of the work, or less.
    pub(crate) is_quick: bool,
    /// No peers.
    pub(crate) only_ours: bool,
    /// No peers that are programs of their own.
    pub(crate) only_rust: bool,
}

impl Plan {
    /// A number of operations or elements, smaller when there is no time.
    pub(crate) fn scaled(&self, count: u64) -> u64 {
        if self.is_quick { count / 100 } else { count }
    }
}

/// What the words of the command line ask for.
#[derive(Default)]
struct Request {
    names: Vec<String>,
    plan: Plan,
    is_json: bool,
    is_bench: bool,
    /// This process measures, and answers in lines.
    is_child: bool,
}

impl Request {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Request, String> {
        let mut request = Request { plan: Plan { runs: 5, ..Plan::default() }, ..Request::default() };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => request.is_json = true,
                "--bench" => request.is_bench = true,
                "--child" => request.is_child = true,
                "--quick" => request.plan.is_quick = true,
                "--ours" => request.plan.only_ours = true,
                "--rust" => request.plan.only_rust = true,
                "--runs" => {
                    let number = words.next().and_then(|number| number.parse().ok());
                    request.plan.runs =
                        number.filter(|runs| *runs > 0).ok_or("`--runs` needs a number above 0")?;
                }
                option if option.starts_with('-') => return Err(format!("unknown option `{option}`")),
                _ => request.names.push(word),
            }
        }
        Ok(request)
    }

    /// The same request for one name, as words.
    fn words_for(&self, name: &str) -> Vec<String> {
        let plan = &self.plan;
        let mut words = vec!["--bench".into(), "--child".into(), "--runs".into(), plan.runs.to_string()];
        let flags = [("--quick", plan.is_quick), ("--ours", plan.only_ours), ("--rust", plan.only_rust)];
        words.extend(flags.iter().filter(|(_, is_on)| *is_on).map(|(flag, _)| flag.to_string()));
        words.push(name.into());
        words
    }
}

/// Measures one benchmark in this process. Most have one figure.
fn figures_of(bench: &Bench, plan: &Plan) -> Result<Vec<Figure>, String> {
    let contest = match bench.name {
        name if name.starts_with("vector-") => vector::contest(name, plan),
        name if name.starts_with("map-str") => strings::contest(name, plan),
        name if name.starts_with("map-") => map::contest(name, plan),
        name if name.starts_with("swap-") || name == "atom-load" => atoms::contest(name, plan),
        "alloc" => alloc::contest(plan),
        "spawn" => mutators::spawn(plan),
        "fork" => mutators::fork(plan, 1024),
        "parked" => mutators::parked(plan),
        "churn" | "churn-low-pause" => churn::contest(bench.name, plan),
        "churn-pause" => return churn::pauses(bench, plan),
        "no-barriers" | "sharing" | "fork-by-size" => return experiments::figures(bench, plan),
        name => return Err(format!("{name} is not measured yet")),
    };
    Ok(vec![contest.planned(plan).run(bench, plan.runs)?])
}

/// Measures one benchmark in a process of its own.
fn figures_of_child(request: &Request, name: &str) -> Result<Vec<Figure>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    if name != "parked" {
        // Large pages for the memory of all who allocate it with the C library's `malloc`, us included; the JVM is told so, too.
        // Where bytes are counted, a large page would be counted for one small object.
        command.env("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
    }
    let output = command
        .args(request.words_for(name))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name}: ended with {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| Figure::from_line(line).ok_or_else(|| format!("{name}: `{line}`"))).collect()
}

/// The suites that this program measures.
fn suites() -> impl Iterator<Item = &'static Suite> {
    SUITES.iter().filter(|suite| suite.target == "heap")
}

fn run(request: &Request) -> Result<(), String> {
    let mut benches: Vec<&Bench> = Vec::new();
    for name in &request.names {
        let found = suites().find_map(|suite| suite.bench(name));
        match suite(name) {
            Some(suite) => benches.extend(suite.benches),
            None => benches.push(found.ok_or_else(|| format!("no benchmark is named `{name}`"))?),
        }
    }
    if benches.is_empty() {
        benches.extend(suites().flat_map(|suite| suite.benches));
    }
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for bench in benches {
        let figures = match request.is_child {
            true => figures_of(bench, &request.plan),
            false => figures_of_child(request, bench.name),
        };
        match figures {
            Ok(figures) => {
                for figure in figures {
                    if request.is_child {
                        println!("{}", figure.line());
                    } else if request.is_json {
                        println!("{}", figure.json(bench));
                    } else {
                        eprintln!("{}", figure.row(bench).join("  "));
                        rows.push(figure.row(bench));
                    }
                }
            }
            Err(error) => {
                eprintln!("{error}");
                failures.push(bench.name);
            }
        }
    }
    if !rows.is_empty() {
        print!("{}", table(&rows));
    }
    if failures.is_empty() { Ok(()) } else { Err(format!("failed: {}", failures.join(", "))) }
}

/// Everything once, small, in this process: results are compared, times are not looked at.
fn smoke() -> Result<(), String> {
    let plan = Plan { runs: 1, is_quick: true, only_rust: true, ..Plan::default() };
    for bench in suites().flat_map(|suite| suite.benches) {
        for figure in figures_of(bench, &plan)? {
            if !(figure.value.is_finite() && figure.value >= 0.0) {
                return Err(format!("{}: a figure of {}", figure.name, figure.value));
            }
        }
        println!("{}: works", bench.name);
    }
    Ok(())
}

fn main() -> ExitCode {
    let outcome = Request::read(std::env::args().skip(1))
        .and_then(|request| if request.is_bench { run(&request) } else { smoke() });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
