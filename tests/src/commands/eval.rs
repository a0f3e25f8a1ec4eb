//! `halt eval`: runs Lisp on this machine, without a guest.
//!
//! The language is the guest's own; what belongs to the system (windows, processes, figures) is not there. Clock,
//! randomness and files are this machine's (`edge.rs`).

use super::edge;
use crate::args::Eval;
use crate::error::{Error, Result, naming};
use halt_heap::{Heap, Published, Region};
use halt_lisp::natives::Output;
use halt_lisp::{Fiber, Runtime, excerpt};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

/// How much the heap may grow to. Pages that are not touched cost nothing.
const HEAP_BYTES: usize = 1 << 30;

/// Runs the tests of every namespace that has some. Its value is what went wrong, or nil.
const RUN_TESTS: &str = "
    (require 'clojure.test)
    (let [counts (clojure.test/run-all-tests)]
      (cond
        (not (clojure.test/successful? counts)) :failed
        (zero? (:test counts))                  :none))";

/// Runs the files in order, then the expression, of which the value is printed; then the tests, if they are wanted. Ends
/// at the first uncaught error.
pub(super) fn eval(wanted: &Eval) -> Result<()> {
    let heap = Heap::new(Region::allocate(HEAP_BYTES))
        .map_err(|_| Error::failed("there is no room for the heap"))?;
    heap.set_relax(std::thread::yield_now);
    let runtime =
        Runtime::from_image(&heap, &[edge::NATIVES], &[], halt_image::library()).map_err(Error::failed)?;
    let output = Output(Box::new(|text| {
        crate::output::write(text);
    }));
    let samples = match wanted.is_profiled {
        true => Some(samples(&heap)?),
        false => None,
    };
    let run = |name: &str, source: &str| {
        let mut fiber = Fiber::new(&runtime);
        if let Some(samples) = &samples {
            fiber.profile(samples);
        }
        fiber.start_source(name, source, "user");
        fiber.run_to_end(&output).and_then(|value| fiber.show(&value, &output)).map_err(|error| {
            let shown = excerpt(source, name, &error).map_or(String::new(), |shown| format!("\n{shown}"));
            Error::of_program(error + &shown)
        })
    };
    for file in &wanted.files {
        run(&file.display().to_string(), &read(file)?)?;
    }
    if let Some(expression) = &wanted.expression {
        crate::output::line(&run("-e", expression)?);
    }
    let tested = wanted.is_test.then(|| run("--test", RUN_TESTS)).transpose()?;
    if let Some(samples) = samples {
        eprint!("{}", profile(&runtime, &samples)?);
    }
    match tested.as_deref() {
        Some(":failed") => Err(Error::of_program("halt: tests failed")),
        Some(":none") => Err(Error::of_program("halt: there are no tests (deftest) in what was evaluated")),
        _ => Ok(()),
    }
}

/// An atom for samples.
fn samples(heap: &Heap) -> Result<Published> {
    heap.mutator()
        .enter(|s| s.publish(s.atom(s.empty_map()?)?))
        .map_err(|_| Error::failed("there is no room for samples"))
}

/// The report of samples.
fn profile(runtime: &Arc<Runtime>, samples: &Published) -> Result<String> {
    let mut fiber = Fiber::new(runtime);
    fiber.start_source("--profile", "(fn [samples] (with-out-str (print-profile @samples)))", "user");
    let report = fiber.run_to_end(&()).map_err(Error::failed)?;
    fiber.start_call(&report, std::slice::from_ref(samples));
    let text = fiber.run_to_end(&()).map_err(Error::failed)?;
    Ok(fiber.mutator().enter(|s| halt_lisp::print(s, s.open(&text), false)))
}

fn read(file: &PathBuf) -> Result<String> {
    let (mut bytes, name) = (Vec::new(), file.display().to_string());
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes).map_err(naming(&name))?;
    } else {
        bytes = std::fs::read(file).map_err(naming(&name))?;
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::of_program(not_text(&name, error.as_bytes(), at))
    })
}

/// What is wrong with a file that is no UTF-8 from an offset on, and where.
fn not_text(name: &str, bytes: &[u8], at: usize) -> String {
    let before = String::from_utf8_lossy(&bytes[..at]);
    let line = before.split('\n').count();
    let last = before.rsplit('\n').next().unwrap_or("");
    let byte = bytes.get(at).copied().unwrap_or(0);
    format!(
        "{name}:{line}:{}: the byte 0x{byte:02x} is not UTF-8\n  {last}\n  {}^",
        last.chars().count() + 1,
        " ".repeat(last.chars().count())
    )
}

#[cfg(test)]
mod tests {
    use super::not_text;

    #[test]
    fn a_byte_that_is_no_text_has_a_place() {
        let text = "a.clj:2:4: the byte 0xff is not UTF-8\n  (é \n     ^";
        assert_eq!(not_text("a.clj", b"1\n(\xC3\xA9 \xff)", 6), text);
    }
}
