//! Pauses of a mutator that churns: from leaving one body of a scope to entering the next, in its own processor time.
//!
//! Enter at [`beside_helper`] and [`alone`]. The first has a thread that collects, as an idle core does; what the host takes
//! away from the mutator within a pause is in its figures, so a loop that does nothing for the heap is measured beside it. The
//! second has no such thread: the mutator does all the collector's work, and the same in every run, pause by pause. The least
//! time of each pause over the runs is what the heap takes without the host's part.

use crate::Plan;
use crate::churn::{Churn, add_ballast};
use crate::clock::thread_ns;
use halt_bench::figure::{Figure, median};
use halt_bench::suite::Bench;
use halt_heap::{Heap, PauseCause, PauseUse};
use std::hint::black_box;
use std::process::{Command, Stdio};

/// Live data of the sizes that pauses are shown for.
const LIVE_MIB: [usize; 4] = [64, 256, 1024, 4096];
/// Entries of the map that is updated beside the ballast.
const ENTRIES: u64 = 200_000;
/// Most processor time for one size.
const SECONDS_MAX: u64 = 60;
/// Collections of the old space that a measurement lasts, unless that is too long.
const COLLECTIONS: u64 = 3;
const COLLECTIONS_ALONE: u64 = 2;
/// Updates between two looks at these.
const UPDATES: u64 = 10_000;
/// Pauses of which the causes are shown.
const TOLD: usize = 6;
/// A pause of which the causes are noted.
const TOLD_NS: u64 = 20_000;
/// Turns of the loop beside, of about 15 us, and how often it runs.
const LOOP_TURNS: u64 = 8_000;
const LOOPS: u64 = 100_000;

/// Pauses of one run.
#[derive(Default)]
pub(crate) struct Pauses {
    /// Nanoseconds, and the causes where it was long.
    all: Vec<(u64, String)>,
    /// When the last body was left, and the time of each cause until then.
    left: Option<(u64, [PauseUse; PauseCause::ALL.len()])>,
}

impl Pauses {
    pub(crate) fn enter(&mut self, heap: &Heap, now_ns: u64) {
        let Some((left_ns, before)) = self.left.take() else { return };
        let ns = now_ns - left_ns;
        let told = if ns < TOLD_NS { String::new() } else { told(heap, &before) };
        self.all.push((ns, told));
    }

    pub(crate) fn leave(&mut self, heap: &Heap) {
        let causes = heap.stats().pause_causes;
        self.left = Some((thread_ns(), causes));
    }
}

/// What kept the mutator since some moment, with micro-seconds.
fn told(heap: &Heap, before: &[PauseUse]) -> String {
    let causes = PauseCause::ALL.into_iter().zip(heap.stats().pause_causes.into_iter().zip(before));
    let noted = causes.filter(|(_, (after, before))| after.count > before.count);
    let texts: Vec<_> = noted
        .map(|(cause, (after, was))| format!("{} {}", cause.name(), after.us_total - was.us_total))
        .collect();
    texts.join(", ")
}

/// Churn until so many collections ended, or it takes too long.
fn run(churn: &mut Churn, collections: u64, last_ns: u64) -> Result<Vec<(u64, String)>, String> {
    churn.pauses = Some(Pauses { all: Vec::with_capacity(1 << 20), left: None });
    let (start_ns, majors) = (thread_ns(), churn.mutator.heap().stats().majors);
    loop {
        churn.churn(UPDATES)?;
        let is_long = thread_ns() - start_ns > last_ns;
        if is_long || churn.mutator.heap().stats().majors >= majors + collections {
            return Ok(churn.pauses.take().unwrap_or_default().all);
        }
    }
}

/// A churn beside so much that lives.
fn churn_of(live_mib: usize, plan: &Plan, idle_core: bool) -> Result<Churn, String> {
    let mut churn = Churn::new((2 * live_mib + 128) << 20, plan.scaled(ENTRIES), idle_core)?;
    add_ballast(&mut churn.mutator, live_mib << 20)?;
    // Time that a thread spends; it costs a system call, so nobody else measures so.
    churn.mutator.heap().set_clock(|| thread_ns() / 1000);
    Ok(churn)
}

fn sizes(plan: &Plan) -> Vec<usize> {
    match plan.mib {
        Some(mib) => vec![mib],
        None if plan.is_quick => vec![4],
        None => LIVE_MIB.to_vec(),
    }
}

/// Says what the longest pauses came from. Returns the longest and the 99.99th percentile in micro-seconds.
fn tell(what: &str, mut pauses: Vec<(u64, String)>) -> Result<(f64, f64), String> {
    pauses.sort_unstable_by_key(|(ns, _)| std::cmp::Reverse(*ns));
    let place = |part: f64| (pauses.len() as f64 * part) as usize;
    let Some((longest, _)) = pauses.first() else { return Err("no scope ended".into()) };
    let (median, tail) = (pauses[place(0.5)].0, pauses[place(1e-4)].0);
    eprintln!("{what}: {} scopes, median {median} ns, 99.99% {} us", pauses.len(), tail / 1000);
    for (ns, causes) in &pauses[..TOLD.min(pauses.len())] {
        eprintln!("{what}: {} us: {causes}", ns / 1000);
    }
    Ok((*longest as f64 / 1e3, tail as f64 / 1e3))
}

/// The longest over all sizes comes first, then for each size the longest and the 99.99th percentile.
fn figures(bench: &Bench, plan: &Plan, by_size: Vec<(usize, f64, f64)>) -> Vec<Figure> {
    let named = |name: String, value| Figure { name, ..Figure::new(bench, value, plan.runs, Vec::new()) };
    let longest = by_size.iter().map(|(_, longest, _)| *longest).fold(0.0, f64::max);
    let mut figures = vec![Figure::new(bench, longest, plan.runs, Vec::new())];
    for (mib, longest, tail) in by_size {
        figures.push(named(format!("{}-{mib}", bench.name), longest));
        figures.push(named(format!("{}-{mib}-p9999", bench.name), tail));
    }
    figures
}

/// Pauses while a thread collects, and those that the host makes in a loop that does nothing for the heap.
pub(crate) fn beside_helper(bench: &Bench, plan: &Plan) -> Result<Vec<Figure>, String> {
    let mut by_size = Vec::new();
    let last_ns = if plan.is_quick { 0 } else { SECONDS_MAX * 1_000_000_000 / (plan.runs as u64 + 1) };
    for live_mib in sizes(plan) {
        let mut churn = churn_of(live_mib, plan, true)?;
        let (mut longest, mut tails) = (0.0, Vec::new());
        for turn in 0..=plan.runs {
            let pauses = run(&mut churn, COLLECTIONS, last_ns)?;
            let what = format!("{}: {live_mib} MiB", bench.name);
            let (most, tail) = tell(&what, pauses)?;
            if turn > 0 {
                longest = f64::max(longest, most);
                tails.push(tail);
            }
        }
        let (heap, starved) = (churn.mutator.heap().stats(), churn.starved);
        eprintln!(
            "{}: {live_mib} MiB: {starved} scopes without memory, {} of {} collections stopped everybody",
            bench.name,
            heap.majors - heap.majors_sliced,
            heap.majors
        );
        by_size.push((live_mib, longest, median(&mut tails)));
    }
    let mut figures = figures(bench, plan, by_size);
    let (longest, tail) = tell(&format!("{}: a loop", bench.name), idle_loop(plan))?;
    for (name, value) in [("loop", longest), ("loop-p9999", tail)] {
        let name = format!("{}-{name}", bench.name);
        figures.push(Figure { name, ..Figure::new(bench, value, plan.runs, Vec::new()) });
    }
    Ok(figures)
}

/// How much longer than usual each turn of a loop takes that touches no memory.
fn idle_loop(plan: &Plan) -> Vec<(u64, String)> {
    let mut all: Vec<u64> = (0..plan.scaled(LOOPS))
        .map(|_| {
            let started = thread_ns();
            (0..LOOP_TURNS).fold(1u64, |x, turn| black_box(x.rotate_left(7) ^ turn));
            thread_ns() - started
        })
        .collect();
    all.sort_unstable();
    let usual = all[all.len() / 2];
    all.into_iter().map(|ns| (ns.saturating_sub(usual), String::new())).collect()
}

/// Pauses of a mutator that has to do all the collector's work, each the shortest of all runs.
pub(crate) fn alone(bench: &Bench, plan: &Plan) -> Result<Vec<Figure>, String> {
    if plan.is_trace {
        return trace(plan);
    }
    let mut by_size = Vec::new();
    for live_mib in sizes(plan) {
        let mut least: Vec<(u64, String)> = Vec::new();
        for turn in 0..plan.runs {
            let pauses = traced(bench, plan, live_mib)?;
            if turn == 0 {
                least = pauses;
                continue;
            }
            if pauses.len() != least.len() {
                return Err(format!("{} pauses in one run, {} in another", least.len(), pauses.len()));
            }
            for (least, pause) in least.iter_mut().zip(pauses) {
                if pause.0 < least.0 {
                    *least = pause;
                }
            }
        }
        let (longest, tail) = tell(&format!("{}: {live_mib} MiB", bench.name), least)?;
        by_size.push((live_mib, longest, tail));
    }
    Ok(figures(bench, plan, by_size))
}

/// One run in a process of its own, where memory is as new as in every other.
fn traced(bench: &Bench, plan: &Plan, live_mib: usize) -> Result<Vec<(u64, String)>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["--bench", "--child", "--trace", "--mib", &live_mib.to_string()]);
    if plan.is_quick {
        command.arg("--quick");
    }
    let output = command
        .arg(bench.name)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{}: {error}", bench.name))?;
    if !output.status.success() {
        return Err(format!("{}: ended with {}", bench.name, output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let pause = |line: &str| {
        let (ns, causes) = line.split_once('\t')?;
        Some((ns.parse().ok()?, causes.to_string()))
    };
    text.lines().map(|line| pause(line).ok_or_else(|| format!("{}: `{line}`", bench.name))).collect()
}

/// Prints the pauses of one run as they came.
fn trace(plan: &Plan) -> Result<Vec<Figure>, String> {
    let mut churn = churn_of(plan.mib.ok_or("a trace is of one size")?, plan, false)?;
    let last = if plan.is_quick { 1 } else { COLLECTIONS_ALONE };
    let mut text = String::new();
    for (ns, causes) in run(&mut churn, last, u64::MAX)? {
        text += &format!("{ns}\t{causes}\n");
    }
    print!("{text}");
    Ok(Vec::new())
}
