//! The screen beside its peers: `cargo run -- bench screen [NAME...] [--json] [--runs N] [--quick] [--ours]`.
//!
//! Enter at [`figures_of`], which finds the contest of a name; `scene.rs` holds what everyone paints. Times are of the
//! processor and of one core. `--pictures DIRECTORY` in place of names writes what each contender painted.

#[path = "../harness/mod.rs"]
mod harness;

mod blend2d;
mod cairo;
mod diffs;
mod graphics;
mod layouts;
mod ours;
mod paints;
mod peers;
mod scene;
mod skia;
mod trials;
mod vello;

use halt_bench::figure::Figure;
use halt_bench::suite::Bench;
use harness::{Plan, Program, asked, contest};
use std::process::ExitCode;

/// Measures one benchmark in this process.
fn figures_of(bench: &Bench, plan: &Plan) -> Result<Vec<Figure>, String> {
    let contest = match bench.name {
        "repaint-1080" => paints::repaint(plan, (1920, 1080)),
        "repaint-1440" => paints::repaint(plan, (2560, 1440)),
        "type" => paints::typed(plan),
        "drag" => paints::dragged(plan),
        "scroll" => paints::scrolled(plan),
        "glyphs" => paints::glyphs(plan),
        "over" => paints::over(plan),
        "diff-equal" => diffs::equal(plan),
        "diff-600" => diffs::leaf(plan, 600),
        "diff-10000" => diffs::leaf(plan, 10_000),
        "layout-cold" => layouts::cold(plan),
        "layout-leaf" => layouts::leaf(plan),
        "repaint-two-cores" => trials::two_cores(plan),
        "tile-size" => return trials::tile_size(bench, plan),
        "identity" => return trials::identity(bench, plan),
        "layers" => return trials::layers(bench, plan),
        "policies" => return trials::policies(bench, plan),
        "windows" => return paints::windows(bench, plan),
        name => return Err(format!("{name} is not measured yet")),
    };
    Ok(vec![contest.planned(plan).run(bench, plan.runs)?])
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = words.iter().position(|word| word == "--pictures") {
        return paints::pictures(words.get(at + 1).map_or(".", |directory| directory));
    }
    Program { target: "screen", figures_of, large_pages: |_| true }.main()
}
