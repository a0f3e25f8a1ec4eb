//! The launcher without the system: QEMU runs its firmware only, which is quick and needs no image.

use halt::error::Result;
use halt::firmware::Tools;
use halt::machine::{BootFrom, Display, Machine};
use halt::qemu::Qemu;
use halt::serial::{Echo, Outcome};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A disk that holds nothing to boot.
fn empty_disk() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("empty.img");
    let bytes = 1 << 20;
    if std::fs::metadata(&path).map_or(0, |file| file.len()) != bytes {
        std::fs::write(&path, vec![0; bytes as usize]).unwrap();
    }
    path
}

fn start_firmware(show: &Display) -> Result<Qemu> {
    let disk = empty_disk();
    let machine = Machine { boot_from: BootFrom::Disk(disk), ..Machine::default() };
    Qemu::start(&machine, &Tools::find_or_install(false)?, Path::new("unused"), show, Echo::Silent)
}

#[test]
fn firmware_is_heard_and_seen_and_ends_with_us() {
    let mut qemu = start_firmware(&Display::Vnc).unwrap();
    let heard = qemu.log.wait_for_line(|line| line.contains("BdsDxe"), Duration::from_secs(60));
    assert!(matches!(heard, Outcome::Line(_)), "{heard:?}: {}", qemu.last_words());
    let picture = qemu.picture().unwrap();
    assert!(picture.width() >= 640 && picture.height() >= 400);
    assert!(qemu.vnc_address().unwrap().starts_with("127.0.0.1:59"));
    let id = qemu.id();
    drop(qemu);
    assert!(!Path::new(&format!("/proc/{id}")).exists());
}

#[test]
fn qemu_that_does_not_start_says_why() {
    let machine = Machine { boot_from: BootFrom::Disk("no/such/disk.img".into()), ..Machine::default() };
    let tools = Tools::find_or_install(false).unwrap();
    let error = Qemu::start(&machine, &tools, Path::new("unused"), &Display::None, Echo::Silent).unwrap_err();
    assert!(error.to_string().contains("no/such/disk.img"), "{error}");
}

/// Runs the `halt` command, without the programs of this machine unless they are given.
fn halt(words: &[&str], path: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_halt"));
    command.args(words).env("PATH", path).env("HALT_KEEP", "").envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap_or(-1), text)
}

#[test]
fn machine_without_qemu_and_package_manager_gets_one_message() {
    let (code, text) = halt(&["run", "--headless"], "", &[("HALT_QEMU", "")]);
    assert_eq!(code, 1, "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.starts_with("halt: QEMU is missing and there is no package manager that I know: install"),
        "{text}"
    );
}

#[test]
fn package_manager_is_run_in_the_open() {
    let folder = std::env::temp_dir().join(format!("halt-manager-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["apt-get", "sudo"] {
        let path = folder.join(name);
        std::fs::write(&path, "#!/bin/sh\necho \"ran: $0 $*\"\n").unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let (code, text) = halt(&["run", "--headless"], folder.to_str().unwrap(), &[("HALT_QEMU", "")]);
    assert_eq!(code, 1, "{text}");
    assert!(text.starts_with("halt: QEMU is missing; installing it\nhalt: running: "), "{text}");
    assert!(
        text.contains("apt-get install -y --no-install-recommends qemu-system-x86 ovmf\nran: "),
        "{text}"
    );
    assert!(text.ends_with("halt: QEMU is still missing after the installation\n"), "{text}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn kvm_starts_or_fails_in_time() {
    if !Path::new("/dev/kvm").exists() {
        return;
    }
    let disk = empty_disk();
    let machine = Machine { boot_from: BootFrom::Disk(disk), ..Machine::default() };
    let tools = Tools::find_or_install(false).unwrap();
    let start = std::time::Instant::now();
    let outcome = Qemu::start_with_kvm(&machine, &tools, Path::new("unused"), &Display::None, Echo::Silent);
    match outcome {
        Ok(qemu) => assert!(qemu.log.wait_for_anything(Duration::ZERO)),
        Err(error) => assert!(start.elapsed() < Duration::from_secs(60), "{error}"),
    }
}

#[test]
fn wrong_names_in_the_environment_are_named() {
    let (code, text) = halt(&["run"], "", &[("HALT_QEMU", "/no/such/qemu")]);
    assert_eq!((code, text.as_str()), (2, "halt: HALT_QEMU: there is no file /no/such/qemu\n"));
    let (code, text) = halt(&["run"], "", &[("HALT_OVMF_CODE", "/no/such/code.fd")]);
    assert_eq!((code, text.as_str()), (2, "halt: HALT_OVMF_CODE: there is no file /no/such/code.fd\n"));
}

#[test]
fn mistakes_end_before_anything_is_started() {
    let script = std::env::temp_dir().join(format!("halt-script-{}", std::process::id()));
    std::fs::write(&script, "wait 1\nclck\n").unwrap();
    let name = script.to_str().unwrap();
    for (words, message) in [
        (&["shto"][..], "halt: unknown command `shto`; did you mean `shot`?\n".to_string()),
        (&["run", "--cpu", "2"], "halt: unknown option `--cpu` of `run`; did you mean `--cpus`?\n".into()),
        (
            &["shot", "x.png", "--script", name],
            format!("halt: {name}:2: unknown word `clck`; did you mean `click`?\n"),
        ),
    ] {
        assert_eq!(halt(words, "", &[]), (2, message));
    }
    let (code, text) = halt(&["shot", "x.png", "--script", "no/such/script"], "", &[]);
    assert_eq!((code, text.starts_with("halt: no/such/script: ")), (1, true), "{text}");
    let (code, text) = halt(&["shot", "no/such/folder/x.png"], "", &[]);
    assert_eq!((code, text.as_str()), (1, "halt: no/such/folder/x.png: there is no folder no/such/folder\n"));
    std::fs::remove_file(&script).unwrap();
}

#[test]
fn help_goes_to_standard_output() {
    for words in [&["help"][..], &["--help"], &["help", "shot"], &["shot", "--help"], &["run", "-h"]] {
        let (code, text) = halt(words, "", &[]);
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("halt"), "{text}");
    }
}
