//! A contest: contenders that do the same work, timed by turns.
//!
//! Enter at [`Contest::run`]. Each run lets every contender have its turn, so that noise of the machine hits all of them;
//! the first run warms up and does not count. What contenders computed is compared: a contender that does other
//! work than the first one is an error, not a figure.

use super::asked::Asked;
use super::{Plan, clock};
use halt_bench::figure::{Figure, median};
use halt_bench::suite::Bench;

/// What one turn gave.
pub(crate) struct Turn {
    /// In the unit of the benchmark.
    pub(crate) value: f64,
    /// What was computed; the same for all contenders.
    pub(crate) check: u64,
}

impl Turn {
    /// A turn of `count` operations, in nanoseconds of processor time for each.
    pub(crate) fn timed(count: u64, work: impl FnOnce()) -> Turn {
        let start = clock::process_ns();
        work();
        Turn { value: (clock::process_ns() - start) as f64 / count as f64, check: 0 }
    }

    /// As [`timed`](Self::timed) for work that has a result.
    pub(crate) fn timed_sum(count: u64, work: impl FnOnce() -> u64) -> Turn {
        let mut check = 0;
        let turn = Turn::timed(count, || check = work());
        turn.with(check)
    }

    /// The turn with what was computed, found outside of the time.
    pub(crate) fn with(self, check: u64) -> Turn {
        Turn { check, ..self }
    }
}

/// One who takes part. A turn that fails says why.
pub(crate) struct Contender {
    name: String,
    turn: Box<dyn FnMut() -> Result<Turn, String>>,
}

/// Everyone who takes part in one benchmark; the first is ours.
pub(crate) struct Contest {
    contenders: Vec<Contender>,
    programs: Vec<Contender>,
}

impl Contest {
    /// A contest with our own part.
    pub(crate) fn new(ours: impl FnMut() -> Turn + 'static) -> Contest {
        Contest { contenders: Vec::new(), programs: Vec::new() }.and("ours", ours)
    }

    /// A contest with our own part, which may fail.
    pub(crate) fn new_fallible(ours: impl FnMut() -> Result<Turn, String> + 'static) -> Contest {
        Contest { contenders: Vec::new(), programs: Vec::new() }.and_fallible("ours", ours)
    }

    /// With another contender.
    pub(crate) fn and(self, name: &str, mut turn: impl FnMut() -> Turn + 'static) -> Contest {
        self.and_fallible(name, move || Ok(turn()))
    }

    /// With another contender whose turn may fail.
    pub(crate) fn and_fallible(
        mut self,
        name: &str,
        turn: impl FnMut() -> Result<Turn, String> + 'static,
    ) -> Contest {
        self.contenders.push(Contender { name: name.into(), turn: Box::new(turn) });
        self
    }

    /// With a program that is asked the same thing in each turn.
    pub(crate) fn and_program(mut self, name: &str, program: Asked, request: &str) -> Contest {
        let turn = Box::new(program.turns(request.into()));
        self.programs.push(Contender { name: name.into(), turn });
        self
    }

    /// With those who are wanted.
    pub(crate) fn planned(mut self, plan: &Plan) -> Contest {
        let programs = std::mem::take(&mut self.programs);
        if plan.only_ours {
            self.contenders.truncate(1);
        } else if !plan.only_rust {
            self.contenders.extend(programs);
        }
        self
    }

    /// Runs `runs` times after a warm-up. A peer that fails is left out with a note; ours is an error.
    pub(crate) fn run(mut self, bench: &Bench, runs: usize) -> Result<Figure, String> {
        let mut values = vec![Vec::new(); self.contenders.len()];
        let mut expected = None;
        for run in 0..=runs {
            let mut at = 0;
            while let Some(contender) = self.contenders.get_mut(at) {
                match (contender.turn)() {
                    Ok(turn) => {
                        let expected = *expected.get_or_insert(turn.check);
                        if turn.check != expected {
                            let name = &contender.name;
                            return Err(format!(
                                "{}: {name} computed {} instead of {expected}",
                                bench.name, turn.check
                            ));
                        }
                        if run > 0 {
                            values[at].push(turn.value);
                        }
                        at += 1;
                    }
                    Err(error) if at > 0 => {
                        eprintln!("{}: {} is left out: {error}", bench.name, contender.name);
                        self.contenders.remove(at);
                        values.remove(at);
                    }
                    Err(error) => return Err(format!("{}: {error}", bench.name)),
                }
            }
        }
        let mut medians = values.iter_mut().map(|values| median(values));
        let value = medians.next().unwrap_or(f64::NAN);
        let names = self.contenders.iter().skip(1).map(|contender| contender.name.clone());
        Ok(Figure::new(bench, value, runs, names.zip(medians).collect()))
    }
}
