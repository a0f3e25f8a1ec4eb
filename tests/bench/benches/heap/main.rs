//! The heap beside its peers: `cargo run -- bench heap [NAME...] [--json] [--runs N] [--mib N] [--quick] [--ours]`.
//!
//! Enter at [`figures_of`], which finds the contest of a name.

mod alloc;
mod atoms;
mod churn;
mod experiments;
#[path = "../harness/mod.rs"]
mod harness;
mod map;
mod mutators;
mod ours;
mod pauses;
mod peers;
mod strings;
mod vector;

use halt_bench::figure::Figure;
use halt_bench::suite::Bench;
use harness::{Plan, Program, asked, clock, contest};
use std::process::ExitCode;

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
        "churn-pause" => return pauses::beside_helper(bench, plan),
        "churn-pause-alone" => return pauses::alone(bench, plan),
        "no-barriers" | "sharing" | "fork-by-size" => return experiments::figures(bench, plan),
        name => return Err(format!("{name} is not measured yet")),
    };
    Ok(vec![contest.planned(plan).run(bench, plan.runs)?])
}

fn main() -> ExitCode {
    // Large pages for the memory of all who allocate it with the C library's `malloc`, us included; the JVM is told so, too.
    // Where bytes are counted, a large page would be counted for one small object.
    let large_pages = |name: &str| name != "parked";
    Program { target: "heap", figures_of, large_pages }.main()
}
