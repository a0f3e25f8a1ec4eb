//! What the loader and the kernel both need before either has an allocator.
//!
//! Enter at [`serial::Serial`], [`fw_cfg::FwCfg`], [`elf::Elf`] and [`handover::Handover`]. The crate `halt-memory`
//! comes along: the functions that the prebuilt `core` expects from a C library.
//!
//! Invariant: nothing here allocates, locks or needs interrupts.
#![cfg_attr(not(test), no_std)]

// A test program has a C library of its own.
#[cfg(not(test))]
extern crate halt_memory as _;

pub mod elf;
pub mod exit;
pub mod fw_cfg;
pub mod handover;
pub mod port;
pub mod serial;
