//! What happens when the kernel fails: a report on the first serial port and on the screen, then silence.
//!
//! Enter at [`exception`] and the panic handler. The report names the failure, shows the registers and the functions
//! that led there.
//!
//! Invariant: a report takes no lock and allocates nothing; the other cores are stopped first.
#![allow(unsafe_code, reason = "reads stacks and takes over devices after a failure")]

mod backtrace;
mod panel;

use crate::cpu::interrupts::Frame;
use crate::cpu::{self, apic, local};
use crate::{memory, power};
use bootloader_api::BootInfo;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use halt_boot::handover::{Handover, MAGIC};
use halt_boot::serial::{COM1, Serial};

pub(crate) use backtrace::adopt_symbols;

/// The core that reports, plus one.
static REPORTER: AtomicUsize = AtomicUsize::new(0);

const NAMES: [&str; 22] = [
    "division error",
    "debug exception",
    "non-maskable interrupt",
    "breakpoint",
    "overflow",
    "bound range exceeded",
    "invalid instruction",
    "no x87 unit",
    "double fault",
    "coprocessor segment overrun",
    "invalid task state",
    "segment not present",
    "stack segment fault",
    "general protection fault",
    "page fault",
    "reserved exception",
    "x87 floating-point error",
    "alignment check",
    "machine check",
    "SIMD floating-point error",
    "virtualisation exception",
    "control protection exception",
];

/// Takes what the loader handed over, symbols included, before anything can fail.
pub(crate) fn adopt(info: &BootInfo) -> Handover {
    adopt_symbols(info);
    let address = info.ramdisk_addr.into_option().expect("the loader hands a record over");
    // SAFETY: our loader put a record there; the length is its size.
    let handover = unsafe { (address as *const Handover).read() };
    assert!(handover.magic == MAGIC, "loader and kernel are of different builds");
    handover
}

/// Whether a report is being made: the others stop.
pub(crate) fn under_way() -> bool {
    REPORTER.load(SeqCst) != 0
}

/// Reports an exception. `address` is what a page fault was about.
pub(crate) fn exception(frame: &Frame, address: u64) -> ! {
    let vector = frame.vector as usize & 0xFF;
    begin(format_args!("exception {vector} at {:#x}", frame.rip));
    let mut out = Report::new();
    let name = NAMES.get(vector).copied().unwrap_or("unknown exception");
    let overflow = vector == 14 && local::this().is_some_and(|core| core.guards(address));
    let _ = match overflow {
        true => writeln!(out, "halt: FAILURE on core {}: stack overflow", core_index()),
        false => writeln!(out, "halt: FAILURE on core {}: {name}", core_index()),
    };
    if vector == 14 {
        let what = match (frame.error & 16 != 0, frame.error & 2 != 0) {
            (true, _) => "executing",
            (_, true) => "writing",
            _ => "reading",
        };
        let why = if frame.error & 1 != 0 { "not permitted" } else { "nothing is mapped there" };
        let _ = writeln!(out, "{what} {address:#018x}: {why}");
    }
    registers(&mut out, frame);
    backtrace::write(&mut out, Some(frame.rip), frame.rbp);
    finish(out)
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let frame_pointer: u64;
    // SAFETY: copies a register.
    unsafe {
        core::arch::asm!("mov {}, rbp", out(reg) frame_pointer, options(nomem, nostack, preserves_flags))
    };
    begin(format_args!("{info}"));
    let mut out = Report::new();
    let _ = writeln!(out, "halt: FAILURE on core {}: panic: {}", core_index(), info.message());
    if let Some(place) = info.location() {
        let _ = writeln!(out, "at {place}");
    }
    backtrace::write(&mut out, None, frame_pointer);
    finish(out)
}

/// Makes this core the reporter. A failure of the reporter itself is one line; a failure elsewhere meanwhile is silent.
fn begin(what: fmt::Arguments<'_>) {
    x86_64::instructions::interrupts::disable();
    let me = core_index() + 1;
    match REPORTER.compare_exchange(0, me, SeqCst, SeqCst) {
        Ok(_) => {
            if apic::started() {
                apic::stop_others();
            }
        }
        Err(reporter) if reporter == me => {
            let _ = writeln!(Serial::programmed(COM1), "\nhalt: another failure while reporting: {what}");
            power::after_failure();
            cpu::halt()
        }
        Err(_) => cpu::halt(),
    }
}

/// Shows the report on the screen, then stops.
fn finish(out: Report) -> ! {
    let Report { mut serial, text, length } = out;
    let _ = writeln!(serial, "halt: the machine has stopped");
    panel::show(core::str::from_utf8(&text[..length]).unwrap_or("the report is on the first serial port"));
    power::after_failure();
    cpu::halt()
}

fn core_index() -> usize {
    local::this().map_or(0, |core| core.index)
}

fn registers(out: &mut Report, frame: &Frame) {
    let f = frame;
    let rows = [
        [("rip", f.rip), ("rsp", f.rsp), ("rbp", f.rbp), ("flags", f.rflags)],
        [("rax", f.rax), ("rbx", f.rbx), ("rcx", f.rcx), ("rdx", f.rdx)],
        [("rsi", f.rsi), ("rdi", f.rdi), ("r8", f.r8), ("r9", f.r9)],
        [("r10", f.r10), ("r11", f.r11), ("r12", f.r12), ("r13", f.r13)],
        [("r14", f.r14), ("r15", f.r15), ("error", f.error), ("cs", f.cs)],
    ];
    for row in rows {
        for (name, value) in row {
            let _ = write!(out, "{name:>5} {value:016x} ");
        }
        let _ = writeln!(out);
    }
}

/// Text that goes to serial at once and is kept for the screen.
struct Report {
    serial: Serial,
    text: [u8; 6144],
    length: usize,
}

impl Report {
    fn new() -> Report {
        let mut serial = Serial::programmed(COM1);
        let _ = serial.write_str("\n"); // a line may have been interrupted
        Report { serial, text: [0; 6144], length: 0 }
    }
}

impl Write for Report {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.serial.write(text.as_bytes());
        let room = &mut self.text[self.length..];
        // Cut at a character's end, as the panel wants text.
        let count = text.floor_char_boundary(text.len().min(room.len()));
        room[..count].copy_from_slice(&text.as_bytes()[..count]);
        self.length += count;
        Ok(())
    }
}

/// Reads a word of memory, if it is mapped.
fn peek(address: u64) -> Option<u64> {
    if !address.is_multiple_of(8) {
        return None;
    }
    memory::translate(address)?;
    // SAFETY: the word is mapped, and aligned so that it is within a page.
    Some(unsafe { (address as *const u64).read_volatile() })
}
