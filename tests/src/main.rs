//! The `halt` command. `halt help` says what it does; the library does it.

use std::process::ExitCode;

fn main() -> ExitCode {
    end_at_a_panic();
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

/// A panic of any thread ends the command, with its message: other threads would wait for that thread for ever.
fn end_at_a_panic() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tell(panic);
        std::process::abort();
    }));
}
