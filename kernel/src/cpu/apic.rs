//! The local APIC: end of interrupt, interrupts between cores, and the timer that ends a core's sleep.
//!
//! Enter at [`start`] (once), [`start_this`] (on every core) and [`sleep`].
#![allow(unsafe_code, reason = "hardware edge: local APIC registers")]

use super::{interrupts, local, time};
use crate::memory;
use core::arch::x86_64::__cpuid;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use x86_64::registers::model_specific::Msr;

const APIC_BASE: u32 = 0x1B;
const TSC_DEADLINE: u32 = 0x6E0;
const X2APIC_BASE: u32 = 0x800;

const ID: u32 = 0x20;
const TASK_PRIORITY: u32 = 0x80;
const END: u32 = 0xB0;
const SPURIOUS: u32 = 0xF0;
const COMMAND: u32 = 0x300;
const COMMAND_HIGH: u32 = 0x310;
const LVT_TIMER: u32 = 0x320;
const TIMER_START: u32 = 0x380;
const TIMER_NOW: u32 = 0x390;
const TIMER_DIVIDE: u32 = 0x3E0;

const MASKED: u32 = 1 << 16;
const DEADLINE_MODE: u32 = 2 << 17;
const DIVIDE_BY_16: u32 = 3;

/// The registers; null when they are model-specific registers instead (x2APIC).
static REGISTERS: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
/// Whether [`start`] is done.
static STARTED: AtomicBool = AtomicBool::new(false);
/// Whether the timer compares with the time-stamp counter.
static BY_TSC: AtomicBool = AtomicBool::new(false);
/// Timer ticks in a micro-second, times 2^32.
static TICKS_PER_US: AtomicU64 = AtomicU64::new(0);

/// Finds the local APICs and starts the running core's.
pub(crate) fn start(address: u64) {
    // SAFETY: every 64-bit processor has this register.
    let base = unsafe { Msr::new(APIC_BASE).read() };
    if base & 1 << 10 == 0 {
        REGISTERS.store(memory::map_device(address, 4096), Relaxed);
    }
    BY_TSC.store(__cpuid(1).ecx & 1 << 24 != 0, Relaxed);
    mask_old_controllers();
    start_this();
    STARTED.store(true, Relaxed);
}

/// Starts the running core's local APIC, its timer running silently.
pub(crate) fn start_this() {
    // SAFETY: as in `start`; bit 11 enables the APIC, which firmware may leave off on other cores. The mode of the
    // first core, bit 10, is every core's.
    unsafe {
        let mut base = Msr::new(APIC_BASE);
        let value = base.read();
        let x2 = if REGISTERS.load(Relaxed).is_null() { 1 << 10 } else { 0 };
        base.write(value | 1 << 11 | x2);
    }
    write(TASK_PRIORITY, 0);
    write(SPURIOUS, 0x100 | u32::from(interrupts::SPURIOUS));
    write(TIMER_DIVIDE, DIVIDE_BY_16);
    write(LVT_TIMER, MASKED | u32::from(interrupts::TIMER));
    write(TIMER_START, u32::MAX);
    if let Some(core) = local::this() {
        core.apic.store(number(), Relaxed);
    }
}

/// Says how fast the timer is, once that is measured, and makes the running core's interrupt.
pub(crate) fn set_rate(ticks: u64, us: u64) {
    TICKS_PER_US.store((ticks << 32) / us.max(1), Relaxed);
    arm_this();
}

/// Makes the running core's timer interrupt from now on.
pub(crate) fn arm_this() {
    write(TIMER_START, 0);
    let mode = if BY_TSC.load(Relaxed) { DEADLINE_MODE } else { 0 };
    write(LVT_TIMER, mode | u32::from(interrupts::TIMER));
}

/// Whether the local APICs were found: before that there is only one core, and no registers.
pub(crate) fn started() -> bool {
    STARTED.load(Relaxed)
}

/// The running core's local APIC number.
fn number() -> u32 {
    let id = read(ID);
    if REGISTERS.load(Relaxed).is_null() { id } else { id >> 24 }
}

/// The timer's current count; it goes down.
pub(crate) fn timer_now() -> u32 {
    read(TIMER_NOW)
}

/// Says that the current interrupt is handled.
pub(crate) fn done() {
    write(END, 0);
}

/// Sleeps until an interrupt, a wake of this core or a time of [`time::now_us`].
pub(crate) fn sleep(deadline_us: Option<u64>) {
    let Some(core) = local::this() else { return };
    x86_64::instructions::interrupts::disable();
    core.sleeping.store(true, SeqCst);
    // Whoever wakes sets the flag, then looks whether we sleep; we do the reverse, so one of us sees the other. An
    // interrupt that comes from here on stays pending until `enable_and_hlt`, which it ends.
    let awake = core.wake.swap(false, SeqCst) || deadline_us.is_some_and(|deadline| !set_timer(deadline));
    match awake {
        true => x86_64::instructions::interrupts::enable(),
        false => x86_64::instructions::interrupts::enable_and_hlt(),
    }
    core.sleeping.store(false, SeqCst);
    core.wake.store(false, SeqCst);
}

/// Sets the timer; false when the time has come already.
fn set_timer(deadline_us: u64) -> bool {
    let now = time::now_us();
    if deadline_us <= now {
        return false;
    }
    if BY_TSC.load(Relaxed) {
        // SAFETY: the processor has this register, says CPUID; it only sets the timer.
        unsafe { Msr::new(TSC_DEADLINE).write(time::tsc_at(deadline_us)) };
    } else {
        // At most the timer's range: waking early is allowed.
        let ticks = (u128::from(deadline_us - now) * u128::from(TICKS_PER_US.load(Relaxed))) >> 32;
        write(TIMER_START, ticks.clamp(1, u128::from(u32::MAX)) as u32);
    }
    true
}

/// Interrupts another core.
pub(crate) fn interrupt(apic: u32, vector: u8) {
    command(apic, u32::from(vector) | 1 << 14);
}

/// Resets another core, which then waits for [`begin`].
pub(crate) fn reset(apic: u32) {
    command(apic, 0x4500);
}

/// Starts another core at a page below 1 MiB.
pub(crate) fn begin(apic: u32, page: u64) {
    command(apic, 0x4600 | (page >> 12) as u32);
}

/// Sends all other cores the interrupt that cannot be masked.
pub(crate) fn stop_others() {
    const ALL_BUT_SELF: u32 = 3 << 18;
    command(0, ALL_BUT_SELF | 0x4400);
}

fn command(apic: u32, low: u32) {
    if REGISTERS.load(Relaxed).is_null() {
        // SAFETY: the interrupt command register of x2APIC mode: the destination in the upper half.
        unsafe { Msr::new(X2APIC_BASE + (COMMAND >> 4)).write(u64::from(apic) << 32 | u64::from(low)) };
        return;
    }
    // Two writes make a command: an interrupt between them must not send one of its own.
    x86_64::instructions::interrupts::without_interrupts(|| {
        write(COMMAND_HIGH, apic << 24);
        write(COMMAND, low);
        while read(COMMAND) & 1 << 12 != 0 {
            core::hint::spin_loop(); // being sent, which takes no longer than the bus
        }
    });
}

fn read(register: u32) -> u32 {
    let registers = REGISTERS.load(Relaxed);
    // SAFETY: a register of the mapped local APIC, or the same as a model-specific one.
    unsafe {
        match registers.is_null() {
            true => Msr::new(X2APIC_BASE + (register >> 4)).read() as u32,
            false => registers.add(register as usize).cast::<u32>().read_volatile(),
        }
    }
}

fn write(register: u32, value: u32) {
    let registers = REGISTERS.load(Relaxed);
    // SAFETY: as in `read`; the values are this module's.
    unsafe {
        match registers.is_null() {
            true => Msr::new(X2APIC_BASE + (register >> 4)).write(u64::from(value)),
            false => registers.add(register as usize).cast::<u32>().write_volatile(value),
        }
    }
}

/// The two old interrupt controllers say nothing any more; what slips through comes as vectors 0x20 to 0x2F.
fn mask_old_controllers() {
    use halt_boot::port::write_u8;
    // SAFETY: the controllers' own start sequence.
    unsafe {
        for (base, first, wiring) in [(0x20, 0x20, 4), (0xA0, 0x28, 2)] {
            write_u8(base, 0x11);
            write_u8(base + 1, first);
            write_u8(base + 1, wiring);
            write_u8(base + 1, 1);
            write_u8(base + 1, 0xFF);
        }
    }
}
