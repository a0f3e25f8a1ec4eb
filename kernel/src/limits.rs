//! Every bound and address of the kernel.

use bootloader_api::BootloaderConfig;
use bootloader_api::config::Mapping;

/// Cores that are started; more stay asleep.
pub(crate) const CORES_MAX: usize = 256;
/// Bytes of a page.
pub(crate) const PAGE_BYTES: u64 = 4096;

/// Where all memory is mapped.
pub(crate) const PHYSICAL: u64 = 0xFFFF_8000_0000_0000;
/// Where the stacks are, a slot for each core.
pub(crate) const STACKS: u64 = 0xFFFF_9000_0000_0000;
/// Where the heap's arena is.
pub(crate) const ARENA: u64 = 0xFFFF_B000_0000_0000;
/// Where the kernel itself is.
const KERNEL: u64 = 0xFFFF_FFFF_8000_0000;

/// Bytes of the stack the loader gives the first core; it only starts the kernel.
const LOADER_STACK_BYTES: u64 = 128 << 10;
/// The most a core's stack for running the system may grow to.
pub(crate) const STACK_BYTES_MAX: u64 = 8 << 20;
/// Bytes of it that are there from the start; the rest comes when it is touched.
pub(crate) const STACK_BYTES: u64 = 64 << 10;
/// By how much it grows.
pub(crate) const STACK_STEP: u64 = 16 << 10;
/// Bytes of the stacks of interrupts, faults, double faults and NMIs.
pub(crate) const SPECIAL_STACK_BYTES: [u64; 4] = [32 << 10, 64 << 10, 64 << 10, 32 << 10];
/// Address space of all stacks of a core, the unmapped guards between them included.
pub(crate) const STACK_SLOT: u64 = 16 << 20;

/// The most the heap's arena gets.
pub(crate) const ARENA_BYTES_MAX: u64 = 2 << 30;
/// Arena memory that is zeroed at once, when it is first touched.
pub(crate) const ARENA_CHUNK: u64 = 64 << 10;
/// Memory kept for stacks to grow, and for page tables, after the arena took the rest.
pub(crate) const RESERVE_BYTES: u64 = 12 << 20;

/// What the kernel asks of its loader.
pub(crate) static LOADER: BootloaderConfig = {
    let mut config = BootloaderConfig::new_default();
    config.kernel_stack_size = LOADER_STACK_BYTES;
    config.mappings.kernel_base = Mapping::FixedAddress(KERNEL);
    config.mappings.physical_memory = Some(Mapping::FixedAddress(PHYSICAL));
    config
};
