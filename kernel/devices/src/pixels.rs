//! Colours as framebuffers store them.
//!
//! Enter at [`Format::of_masks`] and [`Format::convert`].

/// How a pixel 0xFFRRGGBB is stored in 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As it is.
    Same,
    /// With red and blue exchanged.
    Swapped,
    /// Red, green and blue each in bits of their own.
    Masks([u32; 3]),
}

impl Format {
    /// Returns the format whose red, green and blue are these bits.
    pub fn of_masks(masks: [u32; 3]) -> Format {
        match masks {
            [0xFF_0000, 0xFF00, 0xFF] => Format::Same,
            [0xFF, 0xFF00, 0xFF_0000] => Format::Swapped,
            _ => Format::Masks(masks),
        }
    }

    /// Converts one pixel.
    #[inline]
    pub fn convert(self, pixel: u32) -> u32 {
        match self {
            Format::Same => pixel,
            Format::Swapped => (pixel & 0xFF00_FF00) | (pixel >> 16 & 0xFF) | ((pixel & 0xFF) << 16),
            Format::Masks([red, green, blue]) => {
                channel(pixel >> 16, red) | channel(pixel >> 8, green) | channel(pixel, blue)
            }
        }
    }
}

/// Puts the low 8 bits of a value into the bits of a mask, the most significant ones first.
fn channel(value: u32, mask: u32) -> u32 {
    // Spread over 32 bits, so that a mask of any width and place takes its top bits.
    let spread = (value & 0xFF) * 0x0101_0101;
    spread.checked_shr(mask.leading_zeros()).unwrap_or(0) & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks what two colours become in a format of these masks.
    fn check(masks: [u32; 3], expected: [u32; 2]) {
        let format = Format::of_masks(masks);
        assert_eq!([0xFF12_3456, 0xFFFF_80FF].map(|pixel| format.convert(pixel)), expected, "{format:?}");
    }

    #[test]
    fn common_orders() {
        check([0xFF_0000, 0xFF00, 0xFF], [0xFF12_3456, 0xFFFF_80FF]);
        check([0xFF, 0xFF00, 0xFF_0000], [0xFF56_3412, 0xFFFF_80FF]);
    }

    #[test]
    fn channels_anywhere_and_of_any_width() {
        check([0xFF00_0000, 0xFF_0000, 0xFF00], [0x1234_5600, 0xFF80_FF00]);
        // 5, 6 and 5 bits keep the top ones; 10 bits repeat the top ones below.
        check([0xF800, 0x07E0, 0x001F], [0x11AA, 0xFC1F]);
        check([0x3FF0_0000, 0x000F_FC00, 0x3FF], [0x0483_4159, 0x3FF8_0BFF]);
    }

    #[test]
    fn a_missing_channel_is_left_out() {
        check([0xFF, 0, 0], [0x12, 0xFF]);
    }
}
