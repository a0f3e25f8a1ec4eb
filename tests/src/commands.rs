//! What each command does, once its words are understood.
//!
//! Enter at [`execute`].

mod bench;
mod bless;
mod disk;
mod edge;
mod eval;
mod film;
mod host;
mod push;
mod repl;
mod run;
mod shot;

use crate::args::{Command, Measurement};
use crate::error::Result;
use crate::guard;

pub use disk::write_image;

use crate::nrepl::Server;
use crate::rendezvous::Rendezvous;
use std::path::Path;

/// Serves Clojure editors where they are to be served, and says so.
fn serve_editors(nrepl: Option<u16>, rendezvous: &Rendezvous) -> Result<Option<Server>> {
    let Some(port) = nrepl else { return Ok(None) };
    let mut server = Server::start(port, rendezvous.socket())?;
    server.announce(Path::new("."))?;
    eprintln!("halt: nREPL at 127.0.0.1:{} (in .nrepl-port)", server.port());
    Ok(Some(server))
}

/// Does what the user asked for.
pub fn execute(command: Command) -> Result<()> {
    // Ctrl-C is the usual way to end `run`; elsewhere it means that there is no result.
    let is_run = matches!(command, Command::Run { .. } | Command::Host { out: None, .. });
    match command {
        Command::Help(text) => {
            crate::output::write(&text);
            return Ok(());
        }
        // Starts no guest that would have to end.
        Command::Eval(_) | Command::Repl { .. } | Command::Push { .. } => {}
        Command::Bench(Measurement::List | Measurement::Suite { .. }) => {}
        _ => guard::end_with_us(is_run.then_some(0))?,
    }
    match command {
        Command::Run { machine, is_headless, nrepl } => run::run(&machine, is_headless, nrepl),
        Command::Shot { machine, out, script, wants_json } => {
            shot::shot(machine, &out, script.as_deref(), wants_json)
        }
        Command::Host { machine, out, script, wants_json, is_headless, nrepl } => match out {
            Some(out) => host::shot(&machine, &out, script.as_deref(), wants_json),
            None => host::run(&machine, is_headless, nrepl),
        },
        Command::Film { machine, out, script } => film::film(&machine, &out, &script),
        Command::Repl { to } => repl::repl(to.as_deref()),
        Command::Push { file, is_watching, to } => push::push(&file, is_watching, to.as_deref()),
        Command::Eval(wanted) => eval::eval(&wanted),
        Command::Image { out } => disk::image(&out),
        Command::Bench(measurement) => bench::bench(&measurement),
        Command::Bless => bless::bless(),
        Command::Help(_) => Ok(()),
    }
}
