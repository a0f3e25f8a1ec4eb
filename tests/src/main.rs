//! The `halt` command. `halt help` says what it does; the library does it.

use std::process::ExitCode;

fn main() -> ExitCode {
    match halt::args::parse(std::env::args().skip(1)).and_then(halt::commands::execute) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("halt: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
