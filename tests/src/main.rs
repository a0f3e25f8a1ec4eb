//! The `halt` command. `halt help` says what it does; the library does it.

use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = halt::args::parse(std::env::args().skip(1)).and_then(halt::commands::execute);
    halt::guard::yield_to_signal();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let prefix = if error.is_of_program() { "" } else { "halt: " };
            eprintln!("{prefix}{error}");
            ExitCode::from(error.exit_code())
        }
    }
}
