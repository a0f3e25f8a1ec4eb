//! Installs QEMU and OVMF with the machine's own package manager, saying exactly what it runs.
//!
//! Enter at [`install`].

use crate::error::{Error, Result};
use crate::firmware::find_program;
use std::path::Path;
use std::process::{Command, Stdio};

/// A package manager and how it installs what we need.
struct Manager {
    program: &'static str,
    install: &'static [&'static str],
    packages: &'static [&'static str],
    /// What a window needs beyond those.
    window_packages: &'static [&'static str],
    needs_root: bool,
}

const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        install: &["install", "-y", "--no-install-recommends"],
        packages: &["qemu-system-x86", "ovmf"],
        window_packages: &["qemu-system-gui"],
        needs_root: true,
    },
    Manager {
        program: "dnf",
        install: &["install", "-y"],
        packages: &["qemu-system-x86-core", "edk2-ovmf"],
        window_packages: &["qemu-ui-gtk"],
        needs_root: true,
    },
    Manager {
        program: "pacman",
        install: &["-S", "--needed", "--noconfirm"],
        packages: &["qemu-system-x86", "edk2-ovmf"],
        window_packages: &["qemu-ui-gtk"],
        needs_root: true,
    },
    Manager {
        program: "zypper",
        install: &["--non-interactive", "install"],
        packages: &["qemu-x86", "qemu-ovmf-x86_64"],
        window_packages: &["qemu-ui-gtk"],
        needs_root: true,
    },
    Manager {
        program: "brew",
        install: &["install"],
        packages: &["qemu"],
        window_packages: &[],
        needs_root: false,
    },
];

/// Installs what is needed to boot a guest, or says in one line what the user should install.
pub fn install(missing: &str, wants_window: bool) -> Result<()> {
    let advice = |why: &str| {
        Error::failed(format!(
            "{missing} is missing and {why}: install QEMU for x86-64 (`qemu-system-x86_64`) and OVMF, or set \
             HALT_QEMU, HALT_OVMF_CODE and HALT_OVMF_VARS"
        ))
    };
    let manager = MANAGERS.iter().find(|manager| find_program(manager.program).is_some());
    let manager = manager.ok_or_else(|| advice("there is no package manager that I know"))?;
    let sudo = match (manager.needs_root && !is_root(), find_program("sudo").is_some()) {
        (false, _) => None,
        (true, true) => Some("sudo"),
        (true, false) => {
            return Err(advice(&format!("{} needs root, but there is no sudo", manager.program)));
        }
    };
    eprintln!("halt: {missing} is missing; installing it");
    // A fresh container has no package lists yet; elsewhere they are only refreshed when they turn out stale.
    let is_apt = manager.program == "apt-get";
    if is_apt && !has_package_lists(Path::new("/var/lib/apt/lists")) {
        execute(sudo, manager.program, &["update"])?;
    }
    let window = if wants_window { manager.window_packages } else { &[] };
    let words = [manager.install, manager.packages, window].concat();
    match execute(sudo, manager.program, &words) {
        Err(_) if is_apt => {
            execute(sudo, manager.program, &["update"])?;
            execute(sudo, manager.program, &words)
        }
        outcome => outcome,
    }
}

/// Runs a command in the open: it is printed first, and its output goes to the terminal.
fn execute(sudo: Option<&str>, program: &str, words: &[&str]) -> Result<()> {
    let line: Vec<&str> = sudo.into_iter().chain([program]).chain(words.iter().copied()).collect();
    let shown = line.join(" ");
    eprintln!("halt: running: {shown}");
    let mut command = Command::new(line[0]);
    command.args(&line[1..]).env("DEBIAN_FRONTEND", "noninteractive");
    // Standard output may be for figures.
    command.stdout(Stdio::from(std::io::stderr()));
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::failed(format!("`{shown}` failed ({status})"))),
        Err(error) => Err(Error::failed(format!("`{shown}`: {error}"))),
    }
}

fn has_package_lists(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
}

/// Whether this process may install packages without asking anybody.
fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uids.and_then(|uids| uids.split_whitespace().nth(1)) == Some("0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_lists_are_recognised() {
        let folder = std::env::temp_dir().join(format!("halt-lists-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("partial")).unwrap();
        assert!(!has_package_lists(&folder));
        std::fs::write(folder.join("mirror_dists_stable_main_binary-amd64_Packages.lz4"), "").unwrap();
        assert!(has_package_lists(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(!has_package_lists(&folder));
    }

    #[test]
    fn commands_that_fail_are_named() {
        assert_eq!(execute(None, "true", &["x"]), Ok(()));
        assert!(execute(None, "false", &["x"]).unwrap_err().to_string().starts_with("`false x` failed"));
        assert!(
            execute(None, "no-such-program", &[]).unwrap_err().to_string().starts_with("`no-such-program`: ")
        );
    }
}
