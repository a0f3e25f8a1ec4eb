//! From picture to pixels: diff, damage, tiles, workers, span code.
//!
//! Enter at [`Compositor`], which does it all for a screen; [`paint_picture`] and [`diff()`] are its two halves, and a
//! [`Target`] also is an `embedded-graphics` `DrawTarget`.
//!
//! Invariant: the same picture gives the same pixels, for any number of workers and whatever was on the screen before.
//! Absent: events, and floating point, which costs ten times as much under emulation.
#![no_std]

extern crate alloc;

mod blend;
mod compositor;
mod coverage;
mod damage;
mod diff;
mod draw_target;
mod glyph;
mod gradient;
mod image;
mod layer;
mod limits;
mod line;
mod moves;
mod paint;
mod path;
mod pointer;
mod raster;
mod screen;
mod shadow;
mod shape;
#[cfg(target_arch = "x86_64")]
mod simd;
mod stats;
mod target;

pub use blend::Kernels;
pub use compositor::{Compositor, Display, FrameStart};
pub use coverage::Tables;
pub use damage::DamageGrid;
pub use diff::{DiffStats, diff};
pub use limits::{LAYERS_MAX, SCREEN_MAX, TILE_HEIGHT, TILE_WIDTH, WORKERS_MAX};
pub use paint::{BACKGROUND, paint_picture};
pub use raster::coverage;
pub use stats::FrameStats;
pub use target::Target;
