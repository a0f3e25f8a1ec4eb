//! Finds QEMU and the UEFI firmware (OVMF) on this machine.
//!
//! Enter at [`Tools::find_or_install`].

use crate::error::{Error, Result};
use crate::install;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// What booting a guest needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tools {
    /// The emulator.
    pub qemu: PathBuf,
    /// The firmware's code.
    pub code: PathBuf,
    /// The firmware's variables as they are at first; every guest gets a copy.
    pub variables: PathBuf,
}

const QEMU: &str = "qemu-system-x86_64";

/// Where distributions put OVMF: folder, code, variables. Earlier ones are preferred.
const FIRMWARE: &[(&str, &str, &str)] = &[
    ("/usr/share/OVMF", "OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"),
    ("/usr/share/OVMF", "OVMF_CODE.fd", "OVMF_VARS.fd"),
    ("/usr/share/edk2/x64", "OVMF_CODE.4m.fd", "OVMF_VARS.4m.fd"),
    ("/usr/share/edk2/x64", "OVMF_CODE.fd", "OVMF_VARS.fd"),
    ("/usr/share/edk2-ovmf/x64", "OVMF_CODE.fd", "OVMF_VARS.fd"),
    ("/usr/share/edk2/ovmf", "OVMF_CODE.fd", "OVMF_VARS.fd"),
    ("/usr/share/edk2/OvmfX64", "OVMF_CODE.fd", "OVMF_VARS.fd"),
    ("/usr/share/edk2-ovmf", "OVMF_CODE.fd", "OVMF_VARS.fd"),
    ("/usr/share/qemu", "ovmf-x86_64-4m-code.bin", "ovmf-x86_64-4m-vars.bin"),
    ("/usr/share/qemu", "ovmf-x86_64-code.bin", "ovmf-x86_64-vars.bin"),
    ("/usr/share/qemu", "edk2-x86_64-code.fd", "edk2-i386-vars.fd"),
    ("/opt/homebrew/share/qemu", "edk2-x86_64-code.fd", "edk2-i386-vars.fd"),
    ("/usr/local/share/qemu", "edk2-x86_64-code.fd", "edk2-i386-vars.fd"),
];

impl Tools {
    /// Returns the tools of this machine; what is missing is installed where that is possible.
    ///
    /// `HALT_QEMU`, `HALT_OVMF_CODE` and `HALT_OVMF_VARS` come before any search, and are never second-guessed.
    pub fn find_or_install(wants_window: bool) -> Result<Self> {
        let overrides = Overrides::from_environment()?;
        match Self::find(&overrides, FIRMWARE) {
            Ok(tools) => Ok(tools),
            Err(missing) => {
                install::install(missing, wants_window)?;
                Self::find(&overrides, FIRMWARE).map_err(|missing| {
                    Error::failed(format!("{missing} is still missing after the installation"))
                })
            }
        }
    }

    /// Returns the tools, or the name of what is missing.
    fn find(overrides: &Overrides, places: &[(&str, &str, &str)]) -> std::result::Result<Self, &'static str> {
        let qemu = overrides.qemu.clone().or_else(|| find_program(QEMU)).ok_or("QEMU")?;
        let (code, variables) = match &overrides.firmware {
            Some(pair) => pair.clone(),
            None => find_firmware(places, &qemu).ok_or("OVMF (UEFI firmware for QEMU)")?,
        };
        Ok(Self { qemu, code, variables })
    }
}

/// What the environment says.
#[derive(Default)]
struct Overrides {
    qemu: Option<PathBuf>,
    firmware: Option<(PathBuf, PathBuf)>,
}

impl Overrides {
    fn from_environment() -> Result<Self> {
        let qemu = existing("HALT_QEMU")?;
        let firmware = match (existing("HALT_OVMF_CODE")?, existing("HALT_OVMF_VARS")?) {
            (Some(code), Some(variables)) => Some((code, variables)),
            (None, None) => None,
            _ => {
                return Err(Error::usage(
                    "HALT_OVMF_CODE and HALT_OVMF_VARS belong together: set both or neither",
                ));
            }
        };
        Ok(Self { qemu, firmware })
    }
}

/// The file that a variable of the environment names.
fn existing(variable: &str) -> Result<Option<PathBuf>> {
    match env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from) {
        Some(path) if !path.is_file() => {
            Err(Error::usage(format!("{variable}: there is no file {}", path.display())))
        }
        path => Ok(path),
    }
}

/// Returns where a program is, as a shell would find it.
pub fn find_program(name: &str) -> Option<PathBuf> {
    find_program_in(name, &env::var_os("PATH")?)
}

fn find_program_in(name: &str, path: &OsStr) -> Option<PathBuf> {
    let folders = env::split_paths(path).filter(|folder| !folder.as_os_str().is_empty());
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn find_firmware(places: &[(&str, &str, &str)], qemu: &Path) -> Option<(PathBuf, PathBuf)> {
    let pair = |folder: &Path, code: &str, variables: &str| {
        let pair = (folder.join(code), folder.join(variables));
        (pair.0.is_file() && pair.1.is_file()).then_some(pair)
    };
    let known = places.iter().find_map(|(folder, code, variables)| pair(Path::new(folder), code, variables));
    // Else what QEMU itself ships, wherever it is installed: PREFIX/bin/qemu and PREFIX/share/qemu.
    known.or_else(|| {
        let prefix = qemu.canonicalize().ok()?.parent()?.parent()?.join("share/qemu");
        pair(&prefix, "edk2-x86_64-code.fd", "edk2-i386-vars.fd")
    })
}

/// Whether KVM can work here. The device may exist, and even open, on machines whose processor cannot run guests.
pub fn kvm_may_work() -> bool {
    let flags = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let has_extension = flags
        .lines()
        .filter(|line| line.starts_with("flags"))
        .any(|line| line.split_whitespace().any(|flag| flag == "vmx" || flag == "svm"));
    has_extension && std::fs::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn firmware_needs_code_and_variables() {
        let folder = env::temp_dir().join(format!("halt-firmware-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let at = folder.to_str().unwrap();
        let places = [(at, "absent.fd", "vars.fd"), (at, "code.fd", "vars.fd")];
        let overrides = Overrides { qemu: Some(folder.join("qemu")), firmware: None };
        assert_eq!(Tools::find(&overrides, &places), Err("OVMF (UEFI firmware for QEMU)"));
        std::fs::write(folder.join("code.fd"), "").unwrap();
        assert_eq!(Tools::find(&overrides, &places), Err("OVMF (UEFI firmware for QEMU)"));
        std::fs::write(folder.join("vars.fd"), "").unwrap();
        assert_eq!(Tools::find(&overrides, &places).unwrap().code, folder.join("code.fd"));
        assert_eq!(find_program_in("code.fd", folder.as_os_str()), Some(folder.join("code.fd")));
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(find_program_in("code.fd", folder.as_os_str()), None);
        assert_eq!(find_program_in("code.fd", OsStr::new("")), None);
    }
}
