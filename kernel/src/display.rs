//! The framebuffer: finished pixels go in, nothing is ever read back.
//!
//! Enter at [`start`] and [`Screen::present`]. The mapping is write-combining, so rows are written from left to right
//! in stores of 8 bytes or more.
#![allow(unsafe_code, reason = "hardware edge: the framebuffer")]

use bootloader_api::BootInfo;
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use halt_boot::handover::Handover;
use halt_devices::pixels::Format;

/// The screen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    base: *mut u32,
    stride: usize,
    format: Format,
    /// Width in pixels.
    pub(crate) width: u32,
    /// Height in pixels.
    pub(crate) height: u32,
}

// SAFETY: the pointer is to the framebuffer, which is mapped for ever; racing writers could only mix pixels.
unsafe impl Send for Screen {}
// SAFETY: as above.
unsafe impl Sync for Screen {}

/// The screen, for failure reports; null until there is one.
static CURRENT: AtomicPtr<Screen> = AtomicPtr::new(core::ptr::null_mut());

/// Takes over the framebuffer the loader mapped.
pub(crate) fn start(info: &mut BootInfo, handover: &Handover) -> &'static Screen {
    let framebuffer = info.framebuffer.take().expect("the loader always finds a screen");
    let about = framebuffer.info();
    assert_eq!(about.bytes_per_pixel, 4, "GOP pixels have four bytes");
    let format = Format::of_masks(handover.pixel_masks);
    let screen = alloc::boxed::Box::leak(alloc::boxed::Box::new(Screen {
        base: framebuffer.into_buffer().as_mut_ptr().cast(),
        stride: about.stride,
        format,
        width: about.width as u32,
        height: about.height as u32,
    }));
    CURRENT.store(screen, Relaxed);
    screen
}

/// Returns the screen once there is one.
pub(crate) fn current() -> Option<&'static Screen> {
    // SAFETY: only ever null or a leaked box.
    unsafe { CURRENT.load(Relaxed).as_ref() }
}

impl Screen {
    /// Writes a rectangle of 0xFFRRGGBB pixels whose rows are `stride` apart. What is off the screen is left out.
    pub(crate) fn present(&self, x: u32, y: u32, width: u32, height: u32, pixels: &[u32], stride: usize) {
        let width = width.min(self.width.saturating_sub(x)) as usize;
        let height = height.min(self.height.saturating_sub(y)) as usize;
        for row in 0..height {
            let Some(from) = pixels.get(row * stride..row * stride + width) else { return };
            // SAFETY: `x + width` and `y + row` are on the screen, whose rows are `self.stride` apart.
            unsafe { self.write_row(self.base.add((y as usize + row) * self.stride + x as usize), from) };
        }
    }

    /// Fills a rectangle with one colour.
    pub(crate) fn fill(&self, x: u32, y: u32, width: u32, height: u32, colour: u32) {
        let row = [colour; 64];
        for at in (x..x + width).step_by(row.len()) {
            self.present(at, y, (x + width - at).min(row.len() as u32), height, &row, 0);
        }
    }

    /// # Safety
    /// `to` has room for `from` in the framebuffer.
    unsafe fn write_row(&self, to: *mut u32, from: &[u32]) {
        // SAFETY: the caller's promise. `copy` goes in 16-byte stores.
        unsafe {
            match self.format {
                Format::Same => to.copy_from_nonoverlapping(from.as_ptr(), from.len()),
                // Each arm has a loop of its own, without a decision for each pixel.
                Format::Swapped => write_pairs(to, from, |pixel| Format::Swapped.convert(pixel)),
                masks => write_pairs(to, from, |pixel| masks.convert(pixel)),
            }
        }
    }
}

/// Writes converted pixels, two to a store.
///
/// # Safety
/// `to` has room for `from`.
unsafe fn write_pairs(to: *mut u32, from: &[u32], convert: impl Fn(u32) -> u32) {
    let (pairs, rest) = from.as_chunks::<2>();
    for (index, pair) in pairs.iter().enumerate() {
        let both = u64::from(convert(pair[0])) | u64::from(convert(pair[1])) << 32;
        // SAFETY: `2 * index + 1` is less than `from.len()`.
        unsafe { to.add(2 * index).cast::<u64>().write_unaligned(both) };
    }
    if let [last] = rest {
        // SAFETY: the last pixel's place.
        unsafe { to.add(from.len() - 1).write(convert(*last)) };
    }
}
