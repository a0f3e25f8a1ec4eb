//! Kernel failures: each gives a report with function names on the log and a panel on the screen, and ends QEMU with its
//! own exit code where that is asked for.

use halt::guest::Guest;
use halt::machine::Machine;
use halt::qemu::KERNEL_FAILED;
use halt::serial::Outcome;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const REPORT_WITHIN: Duration = Duration::from_secs(120);
const PANEL_WITHIN: Duration = Duration::from_secs(30);
/// The panel's background.
const PANEL: [u8; 3] = [0x5A, 0x14, 0x20];

/// Boots, lets the kernel fail, and looks for these words in the report.
fn check(crash: &str, ends: bool, words: &[&str]) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let machine = Machine { crash: Some(crash.to_string()), ends_on_failure: ends, ..Machine::default() };
    let mut qemu = Guest::start(&machine).unwrap();
    let outcome = qemu.log.wait_for_line(|line| line == "halt: the machine has stopped", REPORT_WITHIN);
    assert!(matches!(outcome, Outcome::Line(_)), "{crash}: {outcome:?}\n{}", qemu.last_words());
    let log = qemu.log.contents();
    let report =
        &log[log.find("halt: FAILURE on core").unwrap_or_else(|| panic!("{crash}: no report\n{log}"))..];
    for word in words {
        assert!(report.contains(word), "{crash}: no `{word}` in\n{report}");
    }
    if ends {
        let status = qemu.wait(PANEL_WITHIN).unwrap().expect("QEMU goes on");
        assert_eq!(status.code(), Some(KERNEL_FAILED));
        return;
    }
    // The panel is painted after the report.
    let until = Instant::now() + PANEL_WITHIN;
    while qemu.picture().unwrap().count(PANEL) < 50_000 {
        assert!(Instant::now() < until, "{crash}: no panel");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(qemu.ended().unwrap(), None, "the panel must stay");
}

#[test]
fn panic() {
    check("panic", false, &["panic: crash test", "Crash::run"]);
}

#[test]
fn panic_ends_qemu_when_asked() {
    check("panic", true, &["panic: crash test"]);
}

#[test]
fn page_fault() {
    check("page-fault", false, &["writing 0x00000000dead0000", "page_fault", "Crash::run"]);
}

#[test]
fn stack_overflow() {
    check("stack-overflow", false, &["stack overflow", "stack_overflow"]);
}

#[test]
fn double_fault() {
    check("double-fault", false, &["double fault"]);
}

#[test]
fn divide() {
    check("divide", false, &["divi", "Crash::run"]);
}
