//! Failures on purpose, so that tests can see how failures are reported.
#![allow(unsafe_code, reason = "these break the machine's rules on purpose")]

use crate::log::log;
use core::hint::black_box;

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Crash {
    Panic,
    PageFault,
    StackOverflow,
    DoubleFault,
    Divide,
}

impl Crash {
    /// Finds a way to fail by its name.
    pub(crate) fn named(name: &str) -> Option<Crash> {
        Some(match name {
            "panic" => Crash::Panic,
            "page-fault" => Crash::PageFault,
            "stack-overflow" => Crash::StackOverflow,
            "double-fault" => Crash::DoubleFault,
            "divide" => Crash::Divide,
            _ => return None,
        })
    }

    /// Fails.
    #[inline(never)]
    pub(crate) fn run(self) {
        log(format_args!("halt: crash test: {self:?}"));
        match self {
            Crash::Panic => panic!("crash test"),
            Crash::PageFault => page_fault(),
            Crash::StackOverflow => {
                black_box(stack_overflow(1));
            }
            Crash::DoubleFault => double_fault(),
            Crash::Divide => divide(),
        }
    }
}

#[inline(never)]
fn page_fault() {
    // SAFETY: not safe at all: nothing is mapped there, and the fault stops the machine.
    unsafe { core::arch::asm!("mov byte ptr [{}], 1", in(reg) 0xDEAD_0000u64) };
}

#[inline(never)]
#[allow(unconditional_recursion, reason = "it shall overflow the stack")]
fn stack_overflow(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    black_box(stack_overflow(depth + 1)) + frame[7]
}

#[inline(never)]
fn double_fault() {
    // A descriptor table that ends after the double fault's entry: the breakpoint below still fits, but a page fault
    // (14) finds no entry, nor does the general protection fault (13) about that, which is a double fault (8).
    let current = x86_64::instructions::tables::sidt();
    let short = x86_64::structures::DescriptorTablePointer { base: current.base, limit: 9 * 16 - 1 };
    // SAFETY: the table stays the kernel's own; the machine stops here.
    unsafe { x86_64::instructions::tables::lidt(&short) };
    page_fault();
}

#[inline(never)]
fn divide() {
    // SAFETY: the division error stops the machine.
    unsafe {
        core::arch::asm!("xor edx, edx", "xor ecx, ecx", "div ecx", out("eax") _, out("ecx") _, out("edx") _)
    };
}
