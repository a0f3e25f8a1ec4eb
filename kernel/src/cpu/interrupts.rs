//! Interrupts and exceptions: the descriptor table, the entry stubs and where each vector goes.
//!
//! Enter at [`load`]. The stubs save everything Rust may touch: the general registers and the SSE state. (No handler
//! uses AVX instructions, and SSE ones leave the upper halves of the AVX registers alone.)
//!
//! Invariant: each vector runs on one of the special stacks, with interrupts off.
#![allow(unsafe_code, reason = "hardware edge: interrupt entry")]

use super::{apic, local};
use crate::{devices, memory, report};
use core::arch::naked_asm;
use core::cell::UnsafeCell;
use spin::Once;
use x86_64::VirtAddr;
use x86_64::registers::control::Cr2;
use x86_64::registers::segmentation::{CS, Segment};
use x86_64::structures::DescriptorTablePointer;

/// Vector of the local APIC's timer.
pub(crate) const TIMER: u8 = 0x30;
/// Vector of the interrupt that wakes a core.
pub(crate) const WAKE: u8 = 0x31;
/// First vector of devices; `devices` gives out the numbers.
pub(crate) const DEVICES: u8 = 0x40;
/// The last vector of devices.
const DEVICES_LAST: u8 = SPURIOUS - 1;
/// Vector of spurious interrupts of the local APIC.
pub(crate) const SPURIOUS: u8 = 0xFF;

const NMI: u8 = 2;
const DOUBLE_FAULT: u8 = 8;
const PAGE_FAULT: u8 = 14;
const MACHINE_CHECK: u8 = 18;
/// Bytes between stubs.
const STUB_BYTES: u64 = 16;
const VECTORS: usize = 256;

/// The registers at an interrupt, as the stub pushes them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) r15: u64,
    pub(crate) r14: u64,
    pub(crate) r13: u64,
    pub(crate) r12: u64,
    pub(crate) r11: u64,
    pub(crate) r10: u64,
    pub(crate) r9: u64,
    pub(crate) r8: u64,
    pub(crate) rbp: u64,
    pub(crate) rdi: u64,
    pub(crate) rsi: u64,
    pub(crate) rdx: u64,
    pub(crate) rcx: u64,
    pub(crate) rbx: u64,
    pub(crate) rax: u64,
    pub(crate) vector: u64,
    pub(crate) error: u64,
    pub(crate) rip: u64,
    pub(crate) cs: u64,
    pub(crate) rflags: u64,
    pub(crate) rsp: u64,
    pub(crate) ss: u64,
}

/// One entry of the descriptor table.
#[repr(C)]
#[derive(Clone, Copy)]
struct Gate {
    low: u16,
    selector: u16,
    stack: u8,
    kind: u8,
    middle: u16,
    high: u32,
    zero: u32,
}

struct Table(UnsafeCell<[Gate; VECTORS]>);

// SAFETY: written once under `READY`, then only read by the processor.
unsafe impl Sync for Table {}

const ABSENT: Gate = Gate { low: 0, selector: 0, stack: 0, kind: 0, middle: 0, high: 0, zero: 0 };
static TABLE: Table = Table(UnsafeCell::new([ABSENT; VECTORS]));
static READY: Once<()> = Once::new();

/// Makes the running core use the kernel's descriptor table.
pub(crate) fn load() {
    READY.call_once(|| {
        let first = stubs as *const () as u64;
        // SAFETY: only this closure writes the table, once, before any core uses it.
        let table = unsafe { &mut *TABLE.0.get() };
        for (vector, gate) in (0u8..=255).zip(table) {
            *gate = gate_to(first + u64::from(vector) * STUB_BYTES, stack_of(vector));
        }
    });
    let limit = (VECTORS * size_of::<Gate>() - 1) as u16;
    let pointer = DescriptorTablePointer { limit, base: VirtAddr::from_ptr(TABLE.0.get()) };
    // SAFETY: the table is static and complete.
    unsafe { x86_64::instructions::tables::lidt(&pointer) };
}

/// Which special stack (1 based, as the processor counts) a vector uses.
fn stack_of(vector: u8) -> u8 {
    match vector {
        DOUBLE_FAULT => 3,
        NMI | MACHINE_CHECK => 4,
        0..32 => 2,
        _ => 1,
    }
}

fn gate_to(handler: u64, stack: u8) -> Gate {
    const PRESENT_INTERRUPT_GATE: u8 = 0x8E;
    let (low, middle, high) = (handler as u16, (handler >> 16) as u16, (handler >> 32) as u32);
    Gate { low, selector: CS::get_reg().0, stack, kind: PRESENT_INTERRUPT_GATE, middle, high, zero: 0 }
}

/// 256 stubs of 16 bytes: each pushes an error code where the processor does not, then its vector.
#[unsafe(naked)]
unsafe extern "C" fn stubs() {
    naked_asm!(
        ".balign 16",
        ".set halt_vector, 0",
        ".rept 256",
        ".balign 16",
        // 8, 10-14, 17, 21, 29 and 30 come with an error code.
        ".if (halt_vector == 8) || ((halt_vector >= 10) && (halt_vector <= 14)) || (halt_vector == 17) || (halt_vector == 21) || (halt_vector == 29) || (halt_vector == 30)",
        ".else",
        "push 0",
        ".endif",
        "push halt_vector",
        "jmp {common}",
        ".set halt_vector, halt_vector + 1",
        ".endr",
        common = sym common,
    )
}

/// Saves the registers, calls [`dispatch`], restores them. The stack is 16-aligned after the 22 words of [`Frame`].
#[unsafe(naked)]
unsafe extern "C" fn common() {
    naked_asm!(
        "push rax", "push rbx", "push rcx", "push rdx", "push rsi", "push rdi", "push rbp",
        "push r8", "push r9", "push r10", "push r11", "push r12", "push r13", "push r14", "push r15",
        "mov rdi, rsp",
        "sub rsp, 512",
        "fxsave64 [rsp]",
        "cld",
        "call {dispatch}",
        "fxrstor64 [rsp]",
        "add rsp, 512",
        "pop r15", "pop r14", "pop r13", "pop r12", "pop r11", "pop r10", "pop r9", "pop r8",
        "pop rbp", "pop rdi", "pop rsi", "pop rdx", "pop rcx", "pop rbx", "pop rax",
        "add rsp, 16",
        "iretq",
        dispatch = sym dispatch,
    )
}

/// Sends an interrupt where it belongs.
extern "sysv64" fn dispatch(frame: &Frame) {
    // `push` sign-extends the vector's byte.
    match frame.vector as u8 {
        PAGE_FAULT => {
            let address = Cr2::read_raw();
            // Bit 0 of the error: the page is there, so it is a matter of permission.
            let absent = frame.error & 1 == 0;
            let grows = || local::this().is_some_and(|core| core.grow_stack(address));
            if !(absent && (memory::arena::touch(address) || grows())) {
                report::exception(frame, address);
            }
        }
        NMI if report::under_way() => super::halt(),
        0..32 => report::exception(frame, 0),
        TIMER | WAKE => apic::done(),
        vector @ DEVICES..=DEVICES_LAST => {
            devices::interrupt(vector - DEVICES);
            apic::done();
        }
        _ => {} // spurious, or the old controller's, which is masked
    }
}
