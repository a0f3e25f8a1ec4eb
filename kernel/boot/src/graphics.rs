//! Choosing a screen mode through the Graphics Output Protocol.
//!
//! Enter at [`choose`]. Modes without a framebuffer (blit only) cannot be used and are said so.

use crate::{Failure, firmware};
use bootloader_api::info::{FrameBufferInfo, PixelFormat as Format};
use uefi::Status;
use uefi::boot::{self, OpenProtocolAttributes, OpenProtocolParams};
use uefi::proto::console::gop::{GraphicsOutput, ModeInfo, PixelFormat};

/// A screen that is switched on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// Physical address of the first pixel.
    pub(crate) address: u64,
    /// Bytes of the framebuffer.
    pub(crate) bytes: u64,
    /// Red, green and blue bits of a pixel.
    pub(crate) masks: [u32; 3],
    width: usize,
    height: usize,
    stride: usize,
    format: Format,
}

impl Screen {
    /// Width and height in pixels.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// The screen as the kernel wants it described.
    pub(crate) fn info(&self) -> FrameBufferInfo {
        FrameBufferInfo {
            byte_len: self.bytes as usize,
            width: self.width,
            height: self.height,
            pixel_format: self.format,
            bytes_per_pixel: 4,
            stride: self.stride,
        }
    }
}

/// Switches to the mode nearest to `wanted`, exact where there is one.
pub(crate) fn choose(wanted: (usize, usize)) -> Result<Screen, Failure> {
    let none = |error: uefi::Error| Failure("the firmware offers no graphics output", error.status());
    let handle = firmware(boot::get_handle_for_protocol::<GraphicsOutput>).map_err(none)?;
    let params = OpenProtocolParams { handle, agent: boot::image_handle(), controller: None };
    // SAFETY: the protocol is used here only, and not closed under us: the console that shares it stays
    // open, so that a failure can still be shown.
    let mut output = firmware(|| unsafe {
        boot::open_protocol::<GraphicsOutput>(params, OpenProtocolAttributes::GetProtocol)
    })
    .map_err(none)?;

    let distance = |info: &ModeInfo| {
        let (width, height) = info.resolution();
        width.abs_diff(wanted.0) + height.abs_diff(wanted.1)
    };
    let mut modes = output.modes();
    let best = core::iter::from_fn(|| firmware(|| modes.next()))
        .filter(|mode| masks(mode.info()).is_some())
        .min_by_key(|mode| distance(mode.info()))
        .ok_or(Failure("every screen mode is blit-only: no framebuffer to draw into", Status::SUCCESS))?;
    if output.current_mode_info() != *best.info() {
        firmware(|| output.set_mode(&best))
            .map_err(|error| Failure("the screen mode cannot be set", error.status()))?;
    }
    let info = output.current_mode_info();
    let masks = masks(&info).ok_or(Failure("the screen mode is blit-only", Status::SUCCESS))?;
    let (width, height) = info.resolution();
    let mut framebuffer = output.frame_buffer();
    let bytes = framebuffer.size().max(info.stride() * height * 4) as u64;
    Ok(Screen {
        address: framebuffer.as_mut_ptr() as u64,
        bytes,
        masks,
        width,
        height,
        stride: info.stride(),
        format: match info.pixel_format() {
            PixelFormat::Rgb => Format::Rgb,
            PixelFormat::Bgr => Format::Bgr,
            _ => Format::Unknown {
                red_position: masks[0].trailing_zeros() as u8,
                green_position: masks[1].trailing_zeros() as u8,
                blue_position: masks[2].trailing_zeros() as u8,
            },
        },
    })
}

/// The red, green and blue bits of a mode's 32-bit pixels; `None` when it has no framebuffer.
fn masks(info: &ModeInfo) -> Option<[u32; 3]> {
    match info.pixel_format() {
        PixelFormat::Rgb => Some([0xFF, 0xFF00, 0xFF_0000]),
        PixelFormat::Bgr => Some([0xFF_0000, 0xFF00, 0xFF]),
        PixelFormat::Bitmask => info.pixel_bitmask().map(|mask| [mask.red, mask.green, mask.blue]),
        PixelFormat::BltOnly => None,
    }
}
