//! `halt bless`: accepts what the tests of golden pictures see now.

use crate::error::{Error, Result, naming};
use crate::golden::BLESS;
use std::process::Command;

/// Runs the golden tests so that they write their pictures instead of comparing them.
pub(super) fn bless() -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(crate::workspace())
        .args(["test", "--package", "halt", "--test", "desktop", "--test", "apps"])
        .env(BLESS, "1");
    let status = command.status().map_err(naming("cargo"))?;
    if !status.success() {
        return Err(Error::failed("the tests failed; golden pictures that they reached are written"));
    }
    eprintln!("halt: golden pictures are in tests/golden; look at `git diff` before you commit them");
    Ok(())
}
