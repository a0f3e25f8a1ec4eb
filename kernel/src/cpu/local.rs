//! What belongs to one core: its number, stacks, descriptor tables and wake flag.
//!
//! Enter at [`make`], then [`Core::adopt`] on the core itself; [`this`] afterwards. The GS base points at the core.
#![allow(unsafe_code, reason = "hardware edge: segment bases and descriptor tables")]

use crate::limits::{
    CORES_MAX, PAGE_BYTES, SPECIAL_STACK_BYTES, STACK_BYTES, STACK_BYTES_MAX, STACK_SLOT, STACK_STEP, STACKS,
};
use crate::memory;
use alloc::boxed::Box;
use core::cell::UnsafeCell;
use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering::Acquire, Ordering::Release};
use x86_64::VirtAddr;
use x86_64::instructions::segmentation::{CS, DS, ES, FS, GS, SS, Segment};
use x86_64::instructions::tables::load_tss;
use x86_64::registers::model_specific::GsBase;
use x86_64::structures::gdt::{Descriptor, GlobalDescriptorTable, SegmentSelector};
use x86_64::structures::tss::TaskStateSegment;

/// A core's own data.
#[repr(C)]
pub(crate) struct Core {
    /// Its own address, found through GS.
    address: *const Core,
    /// Its number, 0 for the one we started on.
    pub(crate) index: usize,
    /// Its local APIC's number.
    pub(crate) apic: AtomicU32,
    /// Somebody wants it awake.
    pub(crate) wake: AtomicBool,
    /// It sleeps or is about to: a wake needs an interrupt.
    pub(crate) sleeping: AtomicBool,
    /// The stack it runs the system on.
    pub(crate) stack: Range<u64>,
    tables: UnsafeCell<Tables>,
}

struct Tables {
    gdt: GlobalDescriptorTable,
    tss: TaskStateSegment,
    code: SegmentSelector,
    data: SegmentSelector,
    task: SegmentSelector,
}

// SAFETY: `tables` is written by `make` before anyone shares the core, and by the processor only then.
unsafe impl Sync for Core {}
// SAFETY: `address` is only an address.
unsafe impl Send for Core {}

static CORES: [AtomicPtr<Core>; CORES_MAX] = [const { AtomicPtr::new(core::ptr::null_mut()) }; CORES_MAX];

/// Makes core `index` with fresh stacks, each above an unmapped guard.
pub(crate) fn make(index: usize) -> &'static Core {
    let slot = STACKS + index as u64 * STACK_SLOT;
    let stack = slot + STACK_STEP..slot + STACK_STEP + STACK_BYTES_MAX;
    memory::map_fresh(stack.end - STACK_BYTES, STACK_BYTES);
    let mut at = stack.end;
    let special = SPECIAL_STACK_BYTES.map(|bytes| {
        memory::map_fresh(at + PAGE_BYTES, bytes);
        at += PAGE_BYTES + bytes;
        at
    });
    let mut tss = TaskStateSegment::new();
    let mut stacks = [VirtAddr::zero(); 7];
    for (entry, top) in stacks.iter_mut().zip(special) {
        *entry = VirtAddr::new(top);
    }
    tss.interrupt_stack_table = stacks; // whole, as its fields are unaligned
    let empty = SegmentSelector::NULL;
    let tables = Tables { gdt: GlobalDescriptorTable::new(), tss, code: empty, data: empty, task: empty };
    let core: &'static mut Core = Box::leak(Box::new(Core {
        address: core::ptr::null(),
        index,
        apic: AtomicU32::new(0),
        wake: AtomicBool::new(false),
        sleeping: AtomicBool::new(false),
        stack,
        tables: UnsafeCell::new(tables),
    }));
    core.address = core;
    let tables = core.tables.get_mut();
    // SAFETY: the task state lives as long as the leaked core.
    let task = Descriptor::tss_segment(unsafe { &*core::ptr::from_ref(&tables.tss) });
    tables.code = tables.gdt.append(Descriptor::kernel_code_segment());
    tables.data = tables.gdt.append(Descriptor::kernel_data_segment());
    tables.task = tables.gdt.append(task);
    CORES[index].store(core, Release);
    core
}

/// Returns a core that was made.
pub(crate) fn core(index: usize) -> Option<&'static Core> {
    // SAFETY: null or a leaked core.
    CORES.get(index).and_then(|core| unsafe { core.load(Acquire).as_ref() })
}

/// Returns the running core; `None` before it has adopted itself.
pub(crate) fn this() -> Option<&'static Core> {
    // The GS base is a kernel address only once a core has been adopted.
    let address = GsBase::read();
    // SAFETY: the only kernel address ever put there is that of a leaked core.
    (address.as_u64() >> 63 != 0).then(|| unsafe { &*address.as_ptr::<Core>() })
}

impl Core {
    /// Makes the running core be this one.
    pub(crate) fn adopt(&'static self) {
        // SAFETY: nobody writes the tables any more (see `make`); the selectors belong to this descriptor table.
        unsafe {
            let tables = &*self.tables.get();
            tables.gdt.load();
            CS::set_reg(tables.code);
            SS::set_reg(tables.data);
            DS::set_reg(tables.data);
            ES::set_reg(tables.data);
            FS::set_reg(SegmentSelector::NULL);
            GS::set_reg(SegmentSelector::NULL);
            GsBase::write(VirtAddr::new(self.address as u64));
            load_tss(tables.task);
        }
    }

    /// Runs a function on the core's own stack, for ever.
    pub(crate) fn run<T>(
        &self,
        argument: &'static mut T,
        function: extern "sysv64" fn(&'static mut T) -> !,
    ) -> ! {
        // SAFETY: the stack is mapped and nothing is on it. There is no way back, and backtraces end here.
        unsafe {
            core::arch::asm!(
                "mov rsp, {stack}",
                "xor ebp, ebp",
                "push 0",
                "jmp {function}",
                stack = in(reg) self.stack.end,
                function = in(reg) function,
                in("rdi") argument,
                options(noreturn),
            )
        }
    }

    /// Grows the stack when the address that faulted is in its untouched part. Returns whether it did.
    pub(crate) fn grow_stack(&self, address: u64) -> bool {
        self.stack.contains(&address) && memory::grow_stack(address)
    }

    /// Whether an address that is not mapped belongs to a stack: to a guard, or where there is no memory to grow.
    pub(crate) fn guards(&self, address: u64) -> bool {
        let slot = STACKS + self.index as u64 * STACK_SLOT;
        (slot..slot + STACK_SLOT).contains(&address)
    }
}
