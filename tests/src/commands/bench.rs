//! `halt bench`: measures this machine, beside peers.
//!
//! Enter at [`bench`]. The measuring programs are the bench targets of `tests/bench`: release builds with peers that nothing
//! else needs, so they are built when they are asked for.

use crate::args::Measurement;
use crate::error::{Error, Result, naming};
use halt_bench::suite::SUITES;
use std::process::Command;

/// Builds and runs a suite, or lists what there is.
pub(super) fn bench(measurement: &Measurement) -> Result<()> {
    let Measurement::Suite { suite, words } = measurement else {
        print!("{}", list());
        return Ok(());
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
    text
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
