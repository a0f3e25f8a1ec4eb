//! The fuzzer for as long as one likes: `cargo run --release -p halt-models --bin fuzz -- SECONDS [SEED [THREADS]]`.
//!
//! Each seed is one run; with one thread a seed that fails fails again. With several threads the runs share a heap.

use halt_models::fuzz;
use std::time::{Duration, Instant};

/// Bytes of a run.
const BYTES: usize = 20_000;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Some(Ok(seconds)), seed, threads) = (arguments.next(), arguments.next(), arguments.next()) else {
        eprintln!("fuzz SECONDS [SEED [THREADS]]: numbers");
        std::process::exit(2);
    };
    let seed = seed.and_then(Result::ok).unwrap_or(0);
    let threads = threads.and_then(Result::ok).unwrap_or(1);
    let until = Instant::now() + Duration::from_secs(seconds);
    let (mut seed, mut steps, mut failures, mut collections) = (seed, 0, 0, 0);
    let first = seed;
    while seed == first || Instant::now() < until {
        println!("seed {seed}");
        let heap = fuzz::heap(fuzz::bytes(seed, 1)[0]);
        std::thread::scope(|scope| {
            let run = |thread: u64| {
                let heap = heap.clone();
                move || fuzz::run(&heap, &fuzz::bytes(seed ^ thread << 48, BYTES))
            };
            let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(run(thread))).collect();
            for thread in threads {
                let Ok(report) = thread.join() else {
                    println!("failed at seed {seed}");
                    std::process::exit(1);
                };
                steps += report.steps;
                failures += report.failures;
            }
        });
        fuzz::check_empty(&heap);
        collections += heap.stats().majors;
        seed += 1;
    }
    println!("{} runs, {steps} operations, {failures} without room, {collections} collections", seed - first);
}
