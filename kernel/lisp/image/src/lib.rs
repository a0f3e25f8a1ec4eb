//! The core library, loaded: an image that a start takes over instead of reading and compiling the source.
//!
//! Enter at [`library`], for `halt_lisp::Runtime::from_image`. `build.rs` makes the image.
//!
//! Invariant: what a runtime has from the image is what it would have from the source (`kernel/lisp/tests/image.rs`).
//! Absent: the system's own Lisp, of which the launcher makes an image for the kernel (decision 0015).
#![no_std]
#![allow(unsafe_code, reason = "vouches for the image that the build script made")]

use halt_heap::Image;

/// The image of a runtime that has loaded the core library, and has no natives but the language's own.
pub const fn library() -> Image {
    // SAFETY: the build script has written what `Heap::image_of` gave; it is built from the same sources, in the same run of cargo.
    unsafe { Image::new(include_bytes!(concat!(env!("OUT_DIR"), "/library.image"))) }
}
