//! The desktop, loaded: an image that the launcher makes natively before it builds the kernel, so that a boot reads and compiles no Lisp.
//!
//! Absent: a kernel that was built in another way has none, and loads the source.

#![allow(unsafe_code, reason = "vouches for the launcher's file")]

use crate::log::log;
use halt_system::halt_heap::Image;

/// The image of the desktop that the launcher has made for this build, if it was built from the same sources.
pub(crate) fn desktop() -> Option<Image> {
    #[cfg(desktop_image)]
    let file: &'static [u8] = include_bytes!(env!("HALT_DESKTOP_IMAGE"));
    #[cfg(not(desktop_image))]
    let file: &'static [u8] = &[];
    let (hash, bytes) = file.split_at_checked(8)?;
    if hash != halt_system::SOURCES_HASH.to_le_bytes() {
        log(format_args!("halt: the desktop is loaded from its source: its image was made from another one"));
        return None;
    }
    // SAFETY: the launcher wrote what `desktop_image` gave, and it was built from these sources.
    Some(unsafe { Image::new(bytes) })
}
