//! Boots on machines of several shapes. Every other end-to-end test uses the ordinary shape.

use halt::commands::write_image;
use halt::guest::{Guest, efi};
use halt::machine::{BootFrom, Machine, Size};
use halt::player::{Desktop, Stage};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One guest at a time: emulated processors share this machine's few.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Boots to a desktop that answers and has a picture.
fn check(machine: &Machine) -> Guest {
    let mut guest = Guest::boot(machine).unwrap();
    assert_eq!(guest.request("ping", "").unwrap(), Ok("pong".to_string()));
    let picture = guest.picture().unwrap();
    let size = machine.size.unwrap_or(Size { width: 1280, height: 800 });
    assert_eq!((picture.width(), picture.height()), (size.width, size.height));
    assert!(picture.colours() > 8, "nothing is painted");
    guest
}

/// Sends and gets more than any buffer on the way holds.
fn check_long_texts(guest: &mut Guest) {
    let text = "0123456789".repeat(15_000);
    let answer = guest.request("eval", &format!("(count {text:?})")).unwrap();
    assert_eq!(answer, Ok("150000".to_string()));
    let answer = guest.request("eval", "(apply str (repeat 15000 \"0123456789\"))").unwrap();
    assert!(
        answer == Ok(format!("{text:?}")),
        "{} bytes came back",
        answer.unwrap_or_else(|error| error).len()
    );
}

fn cores(guest: &mut Guest) -> u64 {
    let stats: serde_json::Value = serde_json::from_str(&guest.stats().unwrap()).unwrap();
    stats["cores"].as_u64().unwrap()
}

#[test]
fn one_cpu() {
    let _turn = alone();
    let mut guest = check(&Machine { cpus: 1, ..Machine::default() });
    assert_eq!(cores(&mut guest), 1);
}

#[test]
fn two_cpus_and_256_mib_on_another_size() {
    let _turn = alone();
    let size = Some(Size { width: 1024, height: 768 });
    let mut guest = check(&Machine { cpus: 2, memory_mib: 256, size, ..Machine::default() });
    assert_eq!(cores(&mut guest), 2);
    check_long_texts(&mut guest);
}

#[test]
fn development_port_on_a_machine_without_a_virtio_console() {
    let _turn = alone();
    let mut guest = check(&Machine { cpus: 2, has_serial_port: true, ..Machine::default() });
    check_long_texts(&mut guest);
}

#[test]
fn four_cpus_and_an_app_that_does_not_compile() {
    let _turn = alone();
    let app = std::env::temp_dir().join(format!("halt-broken-{}.clj", std::process::id()));
    std::fs::write(&app, "(defapp broken {}\n  (fn [n]\n    [:text (no-such-function n)]))\n").unwrap();
    let mut guest = check(&Machine { cpus: 4, app: Some(app.clone()), ..Machine::default() });
    assert_eq!(cores(&mut guest), 4);
    let name = app.file_name().unwrap().to_str().unwrap();
    let log = guest.log();
    assert!(log.lines().any(|line| line.starts_with(&format!("halt: app: {name}:3:"))), "{log}");
    std::fs::remove_file(&app).unwrap();
}

#[test]
fn sixteen_cpus_and_256_mib() {
    let _turn = alone();
    let mut guest = check(&Machine { cpus: 16, memory_mib: 256, ..Machine::default() });
    assert_eq!(cores(&mut guest), 16);
}

#[test]
fn disk_image() {
    let _turn = alone();
    let image = std::env::temp_dir().join(format!("halt-boot-{}.img", std::process::id()));
    write_image(&std::fs::read(efi().unwrap()).unwrap(), &image).unwrap();
    check(&Machine { boot_from: BootFrom::Disk(image.clone()), ..Machine::default() });
    std::fs::remove_file(&image).unwrap();
}
