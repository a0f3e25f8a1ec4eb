//! Golden pictures: small parts of the screen that must stay as they are, in `tests/golden`.
//!
//! Enter at [`check`]. `halt bless` accepts new ones.

use crate::error::{Error, Result, naming};
use crate::picture::Picture;
use std::path::{Path, PathBuf};

/// The variable of the environment that makes [`check`] write pictures instead of comparing them.
pub const BLESS: &str = "HALT_BLESS";

/// Compares a picture with the golden one of this name. What was seen is left in `target/golden` when it differs.
pub fn check(name: &str, seen: &Picture) -> Result<()> {
    let workspace = crate::workspace();
    let is_blessed = std::env::var_os(BLESS).is_some();
    check_in(&workspace.join("tests/golden"), &workspace.join("target/golden"), name, seen, is_blessed)
}

/// The same for a picture of the documentation, in a folder of `docs`.
pub fn check_doc(folder: &str, name: &str, seen: &Picture) -> Result<()> {
    let workspace = crate::workspace();
    let is_blessed = std::env::var_os(BLESS).is_some();
    let docs = workspace.join("docs").join(folder);
    check_in(&docs, &workspace.join("target/golden"), name, seen, is_blessed)
}

fn check_in(golden: &Path, rejected: &Path, name: &str, seen: &Picture, is_blessed: bool) -> Result<()> {
    let at = |folder: &Path| -> PathBuf { folder.join(name).with_extension("png") };
    let write = |folder: &Path| {
        std::fs::create_dir_all(folder).map_err(naming(folder.display()))?;
        seen.write_png(&at(folder))
    };
    let what = match Picture::read_png(&at(golden)) {
        Ok(expected) => match expected.difference(seen) {
            None => return Ok(()),
            Some(area) => format!("differs within {area:?}"),
        },
        Err(error) => error.to_string(),
    };
    if is_blessed {
        return write(golden);
    }
    write(rejected)?;
    let seen_at = at(rejected);
    Err(Error::failed(format!(
        "golden picture `{name}`: {what}; what was seen is {}, `cargo run -- bless` accepts it",
        seen_at.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_compared_until_blessed() {
        let folder = std::env::temp_dir().join(format!("halt-golden-{}", std::process::id()));
        let (golden, rejected) = (folder.join("golden"), folder.join("rejected"));
        let check =
            |picture: &Picture, is_blessed| check_in(&golden, &rejected, "button", picture, is_blessed);
        let (old, new) = (Picture::filled(4, 3, [9; 3]), Picture::filled(4, 3, [8; 3]));
        assert!(check(&old, false).is_err());
        assert_eq!(check(&old, true), Ok(()));
        assert_eq!(check(&old, false), Ok(()));
        // What is equal is not written again: other compressors make other files of the same pixels.
        let file = golden.join("button.png");
        let mut bytes = std::fs::read(&file).unwrap();
        bytes.extend_from_slice(b"behind the end");
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(check(&old, true), Ok(()));
        assert_eq!(std::fs::read(&file).unwrap(), bytes);
        let message = check(&new, false).unwrap_err().to_string();
        assert!(message.contains("golden picture `button`: differs within"), "{message}");
        assert_eq!(Picture::read_png(&rejected.join("button.png")).unwrap(), new);
        assert_eq!(check(&new, true), Ok(()));
        assert_eq!(Picture::read_png(&file).unwrap(), new);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
