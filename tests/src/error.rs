//! What can go wrong in the command: one message for the user and the exit code that goes with it.
//!
//! Enter at [`Error::failed`] and [`Error::usage`].

use std::fmt;

/// A failure with the exit code of the process that it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    message: String,
    exit_code: u8,
    is_of_program: bool,
}

/// What the command's functions return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Something that was asked for did not work; exit code 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 1, is_of_program: false }
    }

    /// The command line or a script does not make sense; exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 2, is_of_program: false }
    }

    /// The user's program failed; the message begins with its place there. Exit code 1.
    pub fn of_program(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 1, is_of_program: true }
    }

    /// Whether the user's program failed, rather than this one.
    pub fn is_of_program(&self) -> bool {
        self.is_of_program
    }

    /// The code the process ends with.
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// Returns the same failure with a place or a culprit before the message.
    pub fn within(self, what: impl fmt::Display) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Names the culprit of an I/O failure: `.map_err(naming(path.display()))`.
pub fn naming<E: fmt::Display>(what: impl fmt::Display) -> impl FnOnce(E) -> Error {
    move |error| Error::failed(format!("{what}: {error}"))
}
