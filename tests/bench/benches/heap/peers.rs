//! Peers of the heap that are programs of their own.
//!
//! Enter at [`clojure`], [`java`], [`go`], [`ocaml`] and [`erlang`].

use crate::asked::{self, Asked, LARGE_PAGES, build, built, source};
use std::process::Command;

/// Memory that a peer's collector may use, in MiB: four times what `churn` keeps alive, as for ours.
pub(crate) const MEMORY_MIB: usize = 2400;

/// Clojure on a JVM as it comes.
pub(crate) fn clojure() -> Asked {
    asked::clojure("heap.clj", MEMORY_MIB)
}

/// Java with one of its collectors.
pub(crate) fn java(collector: &'static str, memory_mib: usize) -> Asked {
    Asked(Box::new(move || {
        let mut command = Command::new("java");
        command.arg(format!("-XX:+Use{collector}")).arg(LARGE_PAGES);
        command.args([format!("-Xms{memory_mib}m"), format!("-Xmx{memory_mib}m")]);
        command.arg(source("Churn.java"));
        Ok(command)
    }))
}

/// Go, which collects when its memory is used up.
pub(crate) fn go(memory_mib: usize) -> Asked {
    Asked(Box::new(move || {
        let program = built("heap-go");
        build(Command::new("go").args(["build", "-o"]).arg(&program).arg(source("heap.go")))?;
        let mut command = Command::new(program);
        command.env("GOGC", "off").env("GOMEMLIMIT", format!("{memory_mib}MiB"));
        Ok(command)
    }))
}

/// Native OCaml, which may waste twice what lives.
pub(crate) fn ocaml() -> Asked {
    Asked(Box::new(|| {
        // The compiler writes beside its source.
        let copy = built("heap.ml");
        std::fs::copy(source("heap.ml"), &copy).map_err(|error| format!("heap.ml: {error}"))?;
        let program = built("heap-ocaml");
        build(Command::new("ocamlopt").args(["-unsafe", "-inline", "100", "-o"]).arg(&program).arg(&copy))?;
        let mut command = Command::new(program);
        command.env("OCAMLRUNPARAM", "s=256k,o=200");
        Ok(command)
    }))
}

/// Erlang's own maps and processes.
pub(crate) fn erlang() -> Asked {
    Asked(Box::new(|| {
        let mut command = Command::new("escript");
        command.arg(source("heap.erl"));
        Ok(command)
    }))
}

/// The program that forks a Linux process.
pub(crate) fn linux_fork() -> Asked {
    Asked(Box::new(|| {
        let program = built("fork");
        build(Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(source("fork.c")))?;
        Ok(Command::new(program))
    }))
}
