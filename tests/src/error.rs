//! What can go wrong in the command: one message for the user and the exit code that goes with it.
//!
//! Enter at [`Error::failed`] and [`Error::usage`].

use std::fmt;

/// A failure with the exit code of the process that it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    message: String,
    exit_code: u8,
}

/// What the command's functions return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Something that was asked for did not work; exit code 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 1 }
    }

    /// The command line or a script does not make sense; exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 2 }
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
