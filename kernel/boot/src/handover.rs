//! What the loader tells the kernel beyond `BootInfo`. It travels as the "RAM disk".

/// Says that a RAM disk is a [`Handover`] of this layout.
pub const MAGIC: u64 = u64::from_le_bytes(*b"HALTboot");

/// The loader's own notes for the kernel.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Handover {
    /// [`MAGIC`].
    pub magic: u64,
    /// The time-stamp counter when the firmware started the loader.
    pub loader_start_tsc: u64,
    /// Which bits of a 32-bit pixel are red, green and blue.
    pub pixel_masks: [u32; 3],
    /// Zero.
    pub reserved: u32,
}
