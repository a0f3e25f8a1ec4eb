//! Starting the other cores, and waking them.
//!
//! Enter at [`start_others`] and [`wake`]. Each core begins in 16-bit mode at a copied page of code below 1 MiB, takes
//! the next number, and arrives at [`arrive`] on its own stack with SSE on.
//!
//! Invariant: numbers are dense: cores that never arrive leave no hole.
#![allow(unsafe_code, reason = "hardware edge: starting cores")]

use super::{apic, interrupts, local};
use crate::cpu::time;
use crate::log::log;
use crate::machine::Tables;
use crate::memory;
use crate::platform::{STARTED, SYSTEM};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::arch::global_asm;
use core::sync::atomic::{
    AtomicU32, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release, Ordering::SeqCst,
};
use x86_64::registers::control::Cr3;

/// How long all cores together may take to arrive.
const ARRIVAL_US: u64 = 1_000_000;
/// When a core that was not heard of is called again.
const AGAIN_US: u64 = 20_000;

/// Cores that are ready to run the system, the first one included.
static ARRIVED: AtomicUsize = AtomicUsize::new(1);

// The page the other cores start in. Far jumps and addresses are patched for where the page is; `Note` is at 0xF00.
global_asm!(
    ".section .rodata",
    ".global halt_start_page, halt_start_jump32, halt_start_base, halt_start_jump64, halt_start_end",
    ".code16",
    "halt_start_page:",
    "cli",
    "cld",
    "mov ax, cs",
    "mov ds, ax",
    ".byte 0x0F, 0x01, 0x16", // lgdt [gdtr]
    ".word halt_start_gdtr - halt_start_page",
    "mov eax, cr0",
    "or eax, 1",
    "mov cr0, eax",
    ".byte 0x66, 0xEA", // far jump to the 32-bit code segment
    "halt_start_jump32: .long halt_start_32 - halt_start_page",
    ".word 0x08",
    ".code32",
    "halt_start_32:",
    "mov ax, 0x10",
    "mov ds, ax",
    "mov es, ax",
    "mov ss, ax",
    ".byte 0xBB", // mov ebx, the page's address
    "halt_start_base: .long 0",
    "mov eax, cr4",
    "or eax, 0x620", // PAE, and SSE: OSFXSR, OSXMMEXCPT
    "mov cr4, eax",
    "mov eax, [ebx + 0xF00]",
    "mov cr3, eax",
    "mov ecx, 0xC0000080",
    "rdmsr",
    "or eax, 0x900", // long mode, no-execute
    "wrmsr",
    "mov eax, cr0",
    "and eax, 0x9FFFFFFB", // caches on, no x87 emulation
    "or eax, 0x80010023",  // paging, write protection, NE, MP
    "mov cr0, eax",
    ".byte 0xEA", // far jump to the 64-bit code segment
    "halt_start_jump64: .long halt_start_64 - halt_start_page",
    ".word 0x18",
    ".code64",
    "halt_start_64:",
    "mov ecx, 1",
    "lock xadd [rbx + 0xF18], ecx",
    "cmp ecx, [rbx + 0xF1C]",
    "jae 2f",
    "mov rdx, [rbx + 0xF10]",
    "mov rsp, [rdx + rcx * 8]",
    "mov edi, ecx",
    "xor ebp, ebp",
    "push 0", // no return address: backtraces end here
    "jmp [rbx + 0xF08]",
    "2: cli",
    "hlt",
    "jmp 2b",
    ".balign 8",
    "halt_start_gdt: .quad 0, 0x00CF9A000000FFFF, 0x00CF92000000FFFF, 0x00AF9A000000FFFF",
    "halt_start_gdtr: .word 31",
    ".long halt_start_gdt - halt_start_page",
    "halt_start_end:",
    ".previous",
);

unsafe extern "C" {
    static halt_start_page: u8;
    static halt_start_jump32: u8;
    static halt_start_base: u8;
    static halt_start_jump64: u8;
    static halt_start_end: u8;
}

const NOTE_OFFSET: usize = 0xF00;

/// What the starting cores read.
#[repr(C)]
struct Note {
    root: u64,
    entry: u64,
    stacks: *const u64,
    next: AtomicU32,
    limit: u32,
}

/// Cores that were called and may be on their way.
#[derive(Debug)]
pub(crate) struct Starting {
    others: Vec<u32>,
    page: u64,
}

/// Calls all other cores; they start while the caller goes on.
pub(crate) fn start_others(tables: &Tables) -> Starting {
    let own = local::this().map_or(0, |core| core.apic.load(Relaxed));
    let others: Vec<u32> = tables.cores.iter().copied().filter(|apic| *apic != own).collect();
    let page = match memory::low_page() {
        Some(page) if !others.is_empty() => page,
        Some(_) => return Starting { others, page: 0 },
        None => {
            log(format_args!("halt: no memory below 1 MiB is free, so only one core is used"));
            return Starting { others: Vec::new(), page: 0 };
        }
    };
    let stacks: Vec<u64> = (1..=others.len()).map(|index| local::make(index).stack.end).collect();
    prepare(page, Box::leak(stacks.into_boxed_slice()));
    for apic in &others {
        apic::reset(*apic);
    }
    time::pause_us(100);
    for apic in &others {
        apic::begin(*apic, page);
    }
    Starting { others, page }
}

/// Writes the start page.
fn prepare(page: u64, stacks: &'static [u64]) {
    memory::map_start_page(page);
    let to = memory::physical(page);
    let start = &raw const halt_start_page;
    // SAFETY: the page is free memory below 1 MiB, mapped at its offset, and the code is shorter than `NOTE_OFFSET`.
    unsafe {
        let offset = |symbol: *const u8| symbol.offset_from(start) as usize;
        let bytes = offset(&raw const halt_start_end);
        assert!(bytes <= NOTE_OFFSET);
        to.copy_from_nonoverlapping(start, bytes);
        let gdt_base = bytes - 4;
        let patches = [offset(&raw const halt_start_jump32), offset(&raw const halt_start_base)];
        for at in patches.into_iter().chain([offset(&raw const halt_start_jump64), gdt_base]) {
            let word = to.add(at).cast::<u32>();
            word.write_unaligned(word.read_unaligned() + page as u32);
        }
        to.add(NOTE_OFFSET).cast::<Note>().write(Note {
            root: Cr3::read().0.start_address().as_u64(),
            entry: arrive as *const () as u64,
            stacks: stacks.as_ptr(),
            next: AtomicU32::new(0),
            limit: stacks.len() as u32,
        });
    }
}

impl Starting {
    /// Waits for the cores, calling those again that were not heard of, and returns how many there are in all.
    pub(crate) fn finish(self) -> usize {
        let all = self.others.len() + 1;
        let mut waited = 0;
        while ARRIVED.load(Acquire) < all && waited < ARRIVAL_US {
            time::pause_us(100);
            waited += 100;
            if waited == AGAIN_US {
                self.call_again();
            }
        }
        let arrived = ARRIVED.load(Acquire);
        if arrived < all {
            log(format_args!("halt: {} of {all} cores did not start", all - arrived));
            // Whoever comes now is too late: numbers end here.
            // SAFETY: the note was written by `prepare`; the limit is only ever read by starting cores.
            unsafe {
                let note = memory::physical(self.page).add(NOTE_OFFSET).cast::<Note>();
                (&raw mut (*note).limit).write_volatile(0);
            }
        }
        ARRIVED.load(Acquire)
    }

    fn call_again(&self) {
        let known = |apic: u32| {
            (0..=self.others.len()).filter_map(local::core).any(|core| core.apic.load(Relaxed) == apic)
        };
        for apic in self.others.iter().filter(|apic| !known(**apic)) {
            apic::begin(*apic, self.page);
        }
    }
}

/// Where a started core arrives.
extern "sysv64" fn arrive(ticket: u32) -> ! {
    let index = ticket as usize + 1;
    let core = local::core(index).expect("the core's data was made before it was called");
    super::start_this(core);
    apic::start_this();
    apic::arm_this();
    ARRIVED.fetch_add(1, Release);
    while !STARTED.load(Acquire) {
        apic::sleep(None);
    }
    SYSTEM.get().expect("started means there is a system").run_core(index)
}

/// Ends the sleep of a core, now or its next one.
pub(crate) fn wake(index: usize) {
    let Some(core) = local::core(index) else { return };
    // See `apic::sleep` for the order.
    if !core.wake.swap(true, SeqCst) && core.sleeping.load(SeqCst) {
        let here = local::this().is_some_and(|this| this.index == index);
        if !here {
            apic::interrupt(core.apic.load(Relaxed), interrupts::WAKE);
        }
    }
}

/// Wakes all cores.
pub(crate) fn wake_all() {
    for index in 1..ARRIVED.load(Acquire) {
        wake(index);
    }
}
