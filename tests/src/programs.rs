//! The programs of the suite `lisp` on a desktop: `halt bench programs`.
//!
//! Enter at [`measure`]. They are those of `tests/bench/peers/programs.clj`, with sizes that an emulated machine bears, and the clock is the
//! desktop's. A desktop of this machine has its turn first, so that the two show what emulation costs.

use crate::error::{Error, Result};
use crate::latency::Figures;
use crate::player::{Desktop, Stage};
use halt_bench::figure::median;
use serde_json::json;

const PROGRAMS: &str = include_str!("../bench/peers/programs.clj");

/// Each program and its size.
const SIZES: &[(&str, u64)] = &[
    ("fib", 24),
    ("tak", 15),
    ("sum", 2_000_000),
    ("mandelbrot", 60),
    ("queens", 7),
    ("string", 20_000),
    ("hof", 200_000),
    ("sort", 50_000),
    ("vector", 100_000),
    ("map", 50_000),
];

/// How often each is timed, after a turn that is not.
const RUNS: usize = 3;

/// Measures the programs on a desktop that has just come up. `place` begins the names of the figures.
pub fn measure(desktop: &mut impl Desktop, place: &str, is_quick: bool) -> Result<Figures> {
    desktop.lisp(PROGRAMS)?;
    let mut figures = Figures::new();
    for (name, size) in SIZES {
        let size = if is_quick && *size > 100 { size / 10 } else { *size };
        let program = format!(
            "(let [[prepare work check] (get programs {name:?}) given (prepare {size}) sound (check (work given))]
               (apply str (interpose \" \"
                 (for [_ (range {RUNS})]
                   (let [start (time-us) result (work given) us (- (time-us) start)]
                     (if (= sound (check result)) us :wrong))))))"
        );
        let told = desktop.lisp(&program)?;
        let times =
            told.trim_matches('"').split(' ').map(str::parse).collect::<std::result::Result<Vec<f64>, _>>();
        let mut times = times.map_err(|_| Error::failed(format!("{name}: answered {told}")))?;
        figures.push((format!("{place}_{name}_{size}_us"), json!(median(&mut times))));
    }
    Ok(figures)
}
