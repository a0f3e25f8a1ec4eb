//! What every program of benchmarks does: reads its words, measures, prints figures.
//!
//! Enter at [`Program::main`]. Each benchmark runs in a process of its own, which this one starts, so that none meets
//! memory that another one left behind. Without `--bench`, as `cargo test` calls it, everything runs once and small, and
//! only what was computed is looked at.
#![allow(dead_code, reason = "each program uses a part")]

pub(crate) mod asked;
pub(crate) mod clock;
pub(crate) mod contest;

use halt_bench::figure::{Figure, table};
use halt_bench::suite::{Bench, SUITES, Suite, suite};
use std::process::{Command, ExitCode, Stdio};

/// A program of benchmarks.
pub(crate) struct Program {
    /// The bench target that it is.
    pub(crate) target: &'static str,
    /// Measures one benchmark in this process. Most have one figure.
    pub(crate) figures_of: fn(&Bench, &Plan) -> Result<Vec<Figure>, String>,
    /// Whether a benchmark gets its memory in large pages.
    pub(crate) large_pages: fn(&str) -> bool,
}

/// How much to do.
#[derive(Clone, Default)]
pub(crate) struct Plan {
    /// Runs that count.
    pub(crate) runs: usize,
    /// A hundredth of the work, or less.
    pub(crate) is_quick: bool,
    /// No peers.
    pub(crate) only_ours: bool,
    /// Only this much memory, where a benchmark is shown for several sizes.
    pub(crate) mib: Option<usize>,
    /// What was measured, as it came, instead of figures.
    pub(crate) is_trace: bool,
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
                "--trace" => request.plan.is_trace = true,
                "--quick" => request.plan.is_quick = true,
                "--ours" => request.plan.only_ours = true,
                "--rust" => request.plan.only_rust = true,
                "--mib" => {
                    let number = words.next().and_then(|number| number.parse().ok());
                    request.plan.mib =
                        Some(number.filter(|mib| *mib > 0).ok_or("`--mib` needs a number above 0")?);
                }
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
        words.extend(plan.mib.iter().flat_map(|mib| ["--mib".into(), mib.to_string()]));
        words.push(name.into());
        words
    }
}

impl Program {
    /// Measures one benchmark in a process of its own.
    fn figures_of_child(&self, request: &Request, name: &str) -> Result<Vec<Figure>, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        if (self.large_pages)(name) {
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
    fn suites(&self) -> impl Iterator<Item = &'static Suite> {
        SUITES.iter().filter(|suite| suite.target == self.target)
    }

    fn run(&self, request: &Request) -> Result<(), String> {
        let mut benches: Vec<&Bench> = Vec::new();
        for name in &request.names {
            let found = self.suites().find_map(|suite| suite.bench(name));
            match suite(name) {
                Some(suite) => benches.extend(suite.benches),
                None => benches.push(found.ok_or_else(|| format!("no benchmark is named `{name}`"))?),
            }
        }
        if benches.is_empty() {
            benches.extend(self.suites().flat_map(|suite| suite.benches));
        }
        let (mut rows, mut failures) = (Vec::new(), Vec::new());
        for bench in benches {
            let figures = match request.is_child {
                true => (self.figures_of)(bench, &request.plan),
                false => self.figures_of_child(request, bench.name),
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
    fn smoke(&self) -> Result<(), String> {
        let plan = Plan { runs: 1, is_quick: true, only_rust: true, ..Plan::default() };
        for bench in self.suites().flat_map(|suite| suite.benches) {
            for figure in (self.figures_of)(bench, &plan)? {
                if !(figure.value.is_finite() && figure.value >= 0.0) {
                    return Err(format!("{}: a figure of {}", figure.name, figure.value));
                }
            }
            println!("{}: works", bench.name);
        }
        Ok(())
    }

    /// Does what the words of the command line ask for.
    pub(crate) fn main(&self) -> ExitCode {
        let outcome = Request::read(std::env::args().skip(1))
            .and_then(|request| if request.is_bench { self.run(&request) } else { self.smoke() });
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        }
    }
}
