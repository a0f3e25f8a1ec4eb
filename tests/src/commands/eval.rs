//! `halt eval`: runs Lisp on this machine, without a guest.
//!
//! The language is the guest's own; what belongs to the system (windows, processes, figures) is not there.

use crate::error::{Error, Result, naming};
use halt_heap::{Heap, Region};
use halt_lisp::natives::Output;
use halt_lisp::{Runtime, eval_to_string, excerpt};
use std::io::{Read, Write};
use std::path::PathBuf;

/// How much the heap may grow to. Pages that are not touched cost nothing.
const HEAP_BYTES: usize = 1 << 30;

/// Runs the files in order, then the expression, of which the value is printed. Ends at the first uncaught error.
pub(super) fn eval(files: &[PathBuf], expression: Option<&str>) -> Result<()> {
    let heap = Heap::new(Region::allocate(HEAP_BYTES))
        .map_err(|_| Error::failed("there is no room for the heap"))?;
    heap.set_relax(std::thread::yield_now);
    let runtime = Runtime::new(&heap, &[]).map_err(Error::failed)?;
    let output = Output(Box::new(|text| {
        // Whoever reads may have enough; the program goes on.
        let _ = std::io::stdout().write_all(text.as_bytes());
    }));
    let run = |name: &str, source: &str| {
        eval_to_string(&runtime, name, source, &output).map_err(|error| {
            let shown = excerpt(source, name, &error).map_or(String::new(), |shown| format!("\n{shown}"));
            Error::of_program(error + &shown)
        })
    };
    for file in files {
        run(&file.display().to_string(), &read(file)?)?;
    }
    if let Some(expression) = expression {
        println!("{}", run("-e", expression)?);
    }
    Ok(())
}

fn read(file: &PathBuf) -> Result<String> {
    if file.as_os_str() != "-" {
        return std::fs::read_to_string(file).map_err(naming(file.display()));
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(naming("-"))?;
    Ok(text)
}
