//! What more cores bring to the concurrent demos: `halt bench demos`.
//!
//! Enter at [`measure`]. Each demo is opened alone and played as a user plays it: its buttons choose the number of workers, and the
//! rates are those that it shows (`kernel/system/clj/demo.clj`).

use crate::error::{Error, Result};
use crate::figures::{rate as per_second, stats};
use crate::latency::Figures;
use crate::player::{self, Desktop, Stage};
use crate::script;
use halt_bench::figure::median;
use serde_json::json;
use std::time::Duration;

/// A demo and what it counts.
struct Demo {
    name: &'static str,
    /// What the rate is of.
    unit: &'static str,
    /// Steps of a script before the measurement.
    prepare: &'static str,
    /// Whether the rate is that of one run, which is over at some time; else it is read again and again.
    is_run: bool,
}

/// The size of a picture that is computed pixel by pixel, small enough for an emulated machine.
macro_rules! small {
    ($name:literal) => {
        concat!("lisp (:size (swap! (app-state \"", $name, "\") assoc :size [160 96]))")
    };
}

const DEMOS: &[Demo] = &[
    Demo { name: "mandelbrot", unit: "pixels", prepare: small!("mandelbrot"), is_run: true },
    Demo { name: "ray", unit: "pixels", prepare: small!("ray"), is_run: true },
    Demo { name: "life", unit: "generations", prepare: "press Guns", is_run: false },
    Demo { name: "race", unit: "commits", prepare: "press :work-1000", is_run: false },
    Demo {
        name: "universe",
        unit: "steps",
        prepare: "press :fork-1\nsee World 2\npress Full speed",
        is_run: false,
    },
    Demo { name: "swarm", unit: "frames", prepare: "press :sprites-10000", is_run: false },
];

/// How often each number of workers has its turn: other work on the machine comes and goes, so they alternate.
const ROUNDS: usize = 3;
/// A demo makes a new rate every second; the first one may be of a second in which the workers were changed.
const SETTLE: Duration = Duration::from_millis(2200);
/// Looks for the end of a run.
const LOOKS: u32 = 3000;
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Measures the demos on a desktop that has just come up. `place` begins the names of the figures.
pub fn measure(desktop: &mut impl Desktop, place: &str, cpus: u32, is_quick: bool) -> Result<Figures> {
    let mut figures = Figures::new();
    for demo in DEMOS.iter().take(if is_quick { 1 } else { DEMOS.len() }) {
        player::open_alone(desktop, demo.name)?;
        play(desktop, demo.prepare)?;
        let counts = if cpus > 1 { vec![1, cpus] } else { vec![1] };
        let mut rates = vec![Vec::new(); counts.len()];
        let mut frames = rates.clone();
        for _ in 0..if is_quick { 1 } else { ROUNDS } {
            for (index, workers) in counts.iter().enumerate() {
                let before = stats(desktop)?;
                rates[index].push(rate(desktop, demo, *workers)?);
                frames[index].extend(per_second(&before, &stats(desktop)?, "frames"));
            }
        }
        for (index, workers) in counts.iter().enumerate() {
            let mut figure = |unit: &str, rates: &[f64]| {
                let name = format!("{place}_{}_{unit}_per_s_{workers}_workers", demo.name);
                figures.push((name, json!((median(&mut rates.to_vec()) * 10.0).round() / 10.0)));
            };
            figure(demo.unit, &rates[index]);
            // Of the whole screen: it is painted when something has changed.
            if demo.unit != "frames" {
                figure("frames", &frames[index]);
            }
        }
        if let [one, many] = &rates[..] {
            let mut ratios: Vec<_> = one.iter().zip(many).map(|(one, many)| many / one).collect();
            figures.push((
                format!("{place}_{}_speed_up", demo.name),
                json!((median(&mut ratios) * 100.0).round() / 100.0),
            ));
        }
    }
    Ok(figures)
}

fn play(desktop: &mut impl Desktop, text: &str) -> Result<()> {
    player::play(desktop, &script::parse("demos", text)?, |_| {})
}

/// The rate that a demo shows a while after so many workers were chosen.
fn rate(desktop: &mut impl Desktop, demo: &Demo, workers: u32) -> Result<f64> {
    let state = format!("(app-state {:?})", demo.name);
    desktop.lisp(&format!("(swap! {state} update-in [:demo :by-workers] dissoc {workers})"))?;
    play(desktop, &format!("press :workers-{workers}"))?;
    if !demo.is_run {
        std::thread::sleep(SETTLE);
    }
    for _ in 0..LOOKS {
        let shown = desktop.lisp(&format!("(get-in @{state} [:demo :by-workers {workers}])"))?;
        // Slower than once a second it shows nothing at times.
        if let Some(rate) = shown.parse().ok().filter(|rate| *rate > 0.0) {
            return Ok(rate);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Err(Error::failed(format!("{} shows no rate of {workers} workers", demo.name)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_played_is_a_script() {
        for demo in super::DEMOS {
            assert!(crate::script::parse(demo.name, demo.prepare).is_ok(), "{}", demo.name);
        }
    }
}
