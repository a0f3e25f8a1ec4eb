//! `halt bench`: measures this machine, beside peers.
//!
//! Enter at [`bench`]. The measuring programs are the bench targets of `tests/bench`: release builds with peers that nothing
//! else needs, so they are built when they are asked for.

use crate::args::{DEMOS, LATENCY, Measurement, PROGRAMS};
use crate::demos;
use crate::error::{Error, Result, naming};
use crate::figures::{print_figure, print_row};
use crate::guest::Guest;
use crate::latency::{self, Amount, Figures};
use crate::machine::Machine;
use crate::native::Native;
use crate::player::Desktop;
use crate::programs;
use halt_bench::suite::SUITES;
use std::process::Command;

/// Builds and runs a suite, or lists what there is.
pub(super) fn bench(measurement: &Measurement) -> Result<()> {
    let (suite, words) = match measurement {
        Measurement::Suite { suite, words } => (suite, words),
        Measurement::Desktops { what, in_qemu, is_quick, wants_json } => {
            return desktops(what, *in_qemu, *is_quick, *wants_json);
        }
        Measurement::List => {
            crate::output::write(&list());
            return Ok(());
        }
    };
    let names = words.first().filter(|word| !word.starts_with('-'));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    eprintln!("halt: building the suite `{}` with its peers (cargo bench -p halt-bench)", suite.name);
    let status = Command::new(cargo)
        .current_dir(crate::workspace())
        .args(["bench", "--quiet", "--package", "halt-bench", "--bench", suite.target, "--"])
        .args(names.is_none().then_some(suite.name))
        .args(words)
        .status()
        .map_err(naming("cargo"))?;
    match status.success() {
        true => Ok(()),
        false => Err(Error::failed(format!("the suite `{}` failed", suite.name))),
    }
}

/// Boots desktops with two cores and measures them: one in QEMU, and one of this machine.
fn desktops(what: &str, in_qemu: bool, is_quick: bool, wants_json: bool) -> Result<()> {
    let machine = Machine { cpus: 2, ..Machine::default() };
    let print = |figures: Figures| {
        let line = if wants_json { print_figure } else { print_row };
        figures.iter().for_each(|(name, value)| line(name, value));
    };
    // In QEMU first: the desktop of this machine runs until the process ends, and would take the other's time.
    if in_qemu {
        print(figures_of(what, &mut Guest::boot(&machine)?, "qemu", machine.cpus, is_quick)?);
    }
    print(figures_of(what, &mut Native::boot(&machine)?, "native", machine.cpus, is_quick)?);
    Ok(())
}

fn figures_of(
    what: &str,
    desktop: &mut impl Desktop,
    place: &str,
    cpus: u32,
    is_quick: bool,
) -> Result<Figures> {
    match what {
        DEMOS => demos::measure(desktop, place, cpus, is_quick),
        PROGRAMS => programs::measure(desktop, place, is_quick),
        _ => latency::measure(desktop, place, Amount::new(is_quick)),
    }
}

/// The suites and their benchmarks.
fn list() -> String {
    let mut text = String::new();
    for suite in SUITES {
        text += &format!("halt bench {}: {}\n", suite.name, suite.what);
        for bench in suite.benches {
            text += &format!(
                "  {:<16} {} ({}; to reach: {})\n",
                bench.name,
                bench.what,
                bench.unit,
                bench.aim_text()
            );
        }
    }
    text + &format!(
        "halt bench {LATENCY}: from a hand to the pixels, on a desktop of this machine and in QEMU\n\
         halt bench {DEMOS}: what the concurrent demos get done with one worker and with two, in both\n\
         halt bench {PROGRAMS}: small programs of the suite `lisp` on the same two desktops\n"
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_names_every_benchmark() {
        let text = super::list();
        for bench in super::SUITES.iter().flat_map(|suite| suite.benches) {
            assert!(text.contains(&format!("  {} ", bench.name)), "{}: {text}", bench.name);
        }
    }
}
