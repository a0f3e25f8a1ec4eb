//! Peers of the language: the same programs in other languages.
//!
//! Enter at [`all`]. Their sources are in `peers/`; Clojure runs the very text that we run.

use crate::asked::{self, Asked, build, built, source};
use std::process::Command;

/// As much as our heap has, in MiB.
const MEMORY_MIB: usize = 1024;

/// The peers with their names.
pub(crate) fn all() -> [(&'static str, Asked); 4] {
    [("Lua 5.4", lua("lua5.4")), ("LuaJIT", lua("luajit")), ("Guile", guile()), ("Clojure", clojure())]
}

/// Clojure on a JVM as it comes.
pub(crate) fn clojure() -> Asked {
    asked::clojure("lisp.clj", MEMORY_MIB)
}

fn lua(program: &'static str) -> Asked {
    Asked(Box::new(move || {
        let mut command = Command::new(program);
        command.arg(source("lisp.lua"));
        Ok(command)
    }))
}

/// Guile with the program compiled, which it turns into native code.
fn guile() -> Asked {
    Asked(Box::new(|| {
        let compiled = built("lisp.go");
        build(Command::new("guild").args(["compile", "-o"]).arg(&compiled).arg(source("lisp.scm")))?;
        let mut command = Command::new("guile");
        command.args(["--no-auto-compile", "-c", &format!("(load-compiled {compiled:?})")]);
        Ok(command)
    }))
}
