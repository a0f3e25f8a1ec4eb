//! What devices say, as values: the parts of drivers that are functions, so that they run and are tested anywhere.
//!
//! Enter at the modules: [`evdev`] and [`ps2_mouse`] turn device bytes into `InputEvent`s, [`console`] opens the development port, [`cmos`] reads a date, [`pixels`]
//! converts colours for the framebuffer, [`aml`] finds how to switch the machine off.
//!
//! Absent: ports, registers, memory of devices. Those are in `halt-kernel`.
#![no_std]

#[cfg(test)]
extern crate std;

pub mod aml;
pub mod cmos;
pub mod console;
pub mod evdev;
pub mod pixels;
pub mod ps2_mouse;
