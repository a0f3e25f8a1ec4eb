//! The clock: the time-stamp counter, measured once against ACPI's timer or the PIT, and the date from the CMOS clock.
//!
//! Enter at [`start`], [`Measurement::begin`] and [`now_us`], which is 0 at kernel entry.
//!
//! Invariant: all cores read one counter, which never goes back; it is not adjusted after it was measured.
#![allow(unsafe_code, reason = "hardware edge: clock registers")]

use super::apic;
use crate::machine::PmTimer;
use core::arch::x86_64::{__cpuid, _rdtsc};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use halt_boot::port;
use halt_devices::cmos;

const PM_TIMER_HZ: u64 = 3_579_545;
const PIT_HZ: u64 = 1_193_182;
/// How long the measurement takes at least.
const WINDOW_US: u64 = 10_000;

static START_TSC: AtomicU64 = AtomicU64::new(0);
/// Micro-seconds in a tick, times 2^64; 0 until measured.
static US_PER_TICK: AtomicU64 = AtomicU64::new(0);
static TICKS_PER_SECOND: AtomicU64 = AtomicU64::new(0);
/// Micro-seconds from the loader's start to kernel entry; 0 when not known.
static LOADER_US: AtomicU64 = AtomicU64::new(0);

/// Starts the clock: this moment is 0.
pub(crate) fn start() {
    START_TSC.store(tsc(), Relaxed);
}

/// Micro-seconds since kernel entry; 0 until the clock is measured.
pub(crate) fn now_us() -> u64 {
    let ticks = tsc().saturating_sub(START_TSC.load(Relaxed));
    ((u128::from(ticks) * u128::from(US_PER_TICK.load(Relaxed))) >> 64) as u64
}

/// Returns how long the loader took.
pub(crate) fn loader_us() -> Option<u64> {
    Some(LOADER_US.load(Relaxed)).filter(|us| *us != 0)
}

/// The counter's value at a time of [`now_us`].
pub(crate) fn tsc_at(us: u64) -> u64 {
    START_TSC.load(Relaxed) + (u128::from(us) * u128::from(TICKS_PER_SECOND.load(Relaxed)) / 1_000_000) as u64
}

/// Spins for a short while; only for starting devices.
pub(crate) fn pause_us(us: u64) {
    match US_PER_TICK.load(Relaxed) {
        // Not measured yet: no processor we run on counts faster than this.
        0 => {
            let end = tsc() + us * 5000;
            while tsc() < end {
                core::hint::spin_loop();
            }
        }
        _ => {
            let end = now_us() + us;
            while now_us() < end {
                core::hint::spin_loop();
            }
        }
    }
}

fn tsc() -> u64 {
    // SAFETY: reading the counter has no effect.
    unsafe { _rdtsc() }
}

/// A counter of known speed.
#[derive(Clone, Copy, Debug)]
enum Reference {
    Acpi(PmTimer),
    Pit,
}

impl Reference {
    fn hz(self) -> u64 {
        match self {
            Reference::Acpi(_) => PM_TIMER_HZ,
            Reference::Pit => PIT_HZ,
        }
    }

    /// Ticks from `first` to `last`, less than one round of the counter apart.
    fn ticks(self, first: u32, last: u32) -> u64 {
        u64::from(match self {
            Reference::Acpi(timer) => last.wrapping_sub(first) & timer.mask,
            Reference::Pit => first.wrapping_sub(last) & 0xFFFF, // it counts down
        })
    }

    fn read(self) -> u32 {
        // SAFETY: reading ACPI's timer has no effect; latching channel 2 of the PIT only holds its count for reading.
        unsafe {
            match self {
                Reference::Acpi(timer) => port::read_u32(timer.port) & timer.mask,
                Reference::Pit => {
                    port::write_u8(0x43, 0x80);
                    u32::from(port::read_u8(0x42)) | u32::from(port::read_u8(0x42)) << 8
                }
            }
        }
    }
}

/// The three counters at one moment.
#[derive(Clone, Copy, Debug)]
struct Sample {
    tsc: u64,
    reference: u32,
    apic: u32,
}

impl Sample {
    /// Takes the best of a few: the one that was interrupted least.
    fn take(reference: Reference) -> Sample {
        let one = || {
            let before = tsc();
            let value = reference.read();
            let apic = apic::timer_now();
            let after = tsc();
            (after - before, Sample { tsc: before + (after - before) / 2, reference: value, apic })
        };
        let mut best = one();
        for _ in 0..6 {
            let next = one();
            if next.0 < best.0 {
                best = next;
            }
        }
        best.1
    }
}

/// A measurement under way; other work may go on meanwhile, for less than 50 ms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measurement {
    reference: Reference,
    first: Sample,
}

impl Measurement {
    /// Begins to measure the time-stamp counter and the local APIC's timer.
    pub(crate) fn begin(timer: Option<PmTimer>) -> Measurement {
        let reference = timer.map_or(Reference::Pit, Reference::Acpi);
        if let Reference::Pit = reference {
            // SAFETY: channel 2 belongs to the speaker, which stays off: gate on, mode 2, all 65536 counts.
            unsafe {
                port::write_u8(0x61, port::read_u8(0x61) & !2 | 1);
                port::write_u8(0x43, 0xB4);
                port::write_u8(0x42, 0);
                port::write_u8(0x42, 0);
            }
        }
        Measurement { reference, first: Sample::take(reference) }
    }

    /// Waits until enough time has passed and sets the clock's speed.
    pub(crate) fn finish(self, loader_start_tsc: u64) {
        let needed = self.reference.hz() * WINDOW_US / 1_000_000;
        while self.reference.ticks(self.first.reference, self.reference.read()) < needed {
            core::hint::spin_loop();
        }
        let last = Sample::take(self.reference);
        let ticks = self.reference.ticks(self.first.reference, last.reference).max(1);
        let measured =
            u128::from(last.tsc - self.first.tsc) * u128::from(self.reference.hz()) / u128::from(ticks);
        let per_second = known_hz().unwrap_or(measured as u64).max(1_000_001);
        TICKS_PER_SECOND.store(per_second, Relaxed);
        US_PER_TICK.store(((1_000_000u128 << 64) / u128::from(per_second)) as u64, Relaxed);
        let us = ticks * 1_000_000 / self.reference.hz();
        apic::set_rate(u64::from(self.first.apic.wrapping_sub(last.apic)), us);
        let start = START_TSC.load(Relaxed);
        if loader_start_tsc != 0 && loader_start_tsc < start {
            LOADER_US.store(
                (u128::from(start - loader_start_tsc) * 1_000_000 / u128::from(per_second)) as u64,
                Relaxed,
            );
        }
    }
}

/// The counter's speed, where the processor states it exactly.
fn known_hz() -> Option<u64> {
    if __cpuid(0).eax < 0x15 {
        return None;
    }
    let leaf = __cpuid(0x15);
    let exact = leaf.eax != 0 && leaf.ebx != 0 && leaf.ecx != 0;
    exact.then(|| u64::from(leaf.ecx) * u64::from(leaf.ebx) / u64::from(leaf.eax))
}

/// Reads the date and time of the CMOS clock, taken as UTC; `None` when it is not set.
pub(crate) fn unix_seconds() -> Option<u64> {
    // Two equal readings in a row were not taken while the clock was changing.
    let mut last = read_cmos();
    for _ in 0..100 {
        let next = read_cmos();
        if next == last {
            return cmos::unix_seconds(next);
        }
        last = next;
    }
    None
}

/// The registers that [`cmos::unix_seconds`] wants.
fn read_cmos() -> [u8; 7] {
    cmos::REGISTERS.map(|register| {
        // SAFETY: selecting and reading a clock register; bit 7 keeps NMIs as they are: on.
        unsafe {
            port::write_u8(0x70, register);
            port::read_u8(0x71)
        }
    })
}
