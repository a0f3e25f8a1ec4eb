//! Pixel arithmetic: exact integer blending of sRGB values, and the table of span kernels.
//!
//! Enter at [`Kernels::SCALAR`], [`blend`] and [`scale`]. A pixel is `0xFFRRGGBB`, a colour `0xAARRGGBB`, not
//! premultiplied. Products are divided by 255 with exact rounding, `(t + (t >> 8)) >> 8` for `t` 128 above the
//! product, so that every kernel gives the same bytes and coverage 255 gives exactly the colour.
//!
//! The three channels lie in one 64-bit word, 16 bits apart, so that a pixel costs one multiplication: under
//! emulation that is several times faster than SIMD registers.

const LANES: u64 = 0x0000_00FF_00FF_00FF;
const HALF: u64 = 0x0000_0080_0080_0080;
/// The alpha of every finished pixel.
pub(crate) const OPAQUE: u32 = 0xFF00_0000;

/// The alpha of a colour.
#[inline(always)]
pub(crate) fn alpha(color: u32) -> u32 {
    color >> 24
}

/// `a * b / 255`, rounded, for `a` and `b` up to 255.
#[inline(always)]
pub(crate) fn scale(a: u32, b: u32) -> u32 {
    let t = a * b + 128;
    (t + (t >> 8)) >> 8
}

/// Red and blue stay in the low lanes, green moves to the third.
#[inline(always)]
fn spread(pixel: u32) -> u64 {
    (pixel as u64 | (pixel as u64) << 24) & LANES
}

#[inline(always)]
fn gather(lanes: u64) -> u32 {
    (lanes | lanes >> 24) as u32 | OPAQUE
}

#[inline(always)]
fn divide(t: u64) -> u64 {
    ((t + (t >> 8 & LANES)) >> 8) & LANES
}

/// `under` with the colour's channels over it at an alpha of 0..=255. The colour's own alpha does not count.
#[inline(always)]
pub(crate) fn blend(under: u32, color: u32, alpha: u32) -> u32 {
    let t = spread(color) * alpha as u64 + spread(under) * (255 - alpha) as u64 + HALF;
    gather(divide(t))
}

/// `under` with a colour over it, its alpha scaled by a coverage of 0..=255.
#[inline(always)]
pub(crate) fn cover(under: u32, color: u32, coverage: u32) -> u32 {
    blend(under, color, scale(alpha(color), coverage))
}

/// The functions that run over whole spans. Which implementation is used never shows in the pixels.
#[derive(Clone, Copy)]
pub struct Kernels {
    /// Sets every pixel.
    pub(crate) fill: fn(&mut [u32], u32),
    /// Blends a colour at one alpha.
    pub(crate) blend: fn(&mut [u32], u32, u32),
    /// Blends a colour at its alpha scaled by a coverage per pixel; there are as many, or more.
    pub(crate) cover: fn(&mut [u32], u32, &[u8]),
    /// Blends a colour per pixel at that colour's alpha; there are as many, or more.
    pub(crate) over: fn(&mut [u32], &[u32]),
}

impl Kernels {
    /// Plain integer code.
    pub const SCALAR: Kernels =
        Kernels { fill: fill_scalar, blend: blend_scalar, cover: cover_scalar, over: over_scalar };
}

fn fill_scalar(pixels: &mut [u32], color: u32) {
    pixels.fill(color | OPAQUE);
}

fn blend_scalar(pixels: &mut [u32], color: u32, alpha: u32) {
    match alpha {
        0 => {}
        255 => fill_scalar(pixels, color),
        _ => {
            let source = spread(color) * alpha as u64 + HALF;
            let rest = (255 - alpha) as u64;
            for pixel in pixels {
                *pixel = gather(divide(source + spread(*pixel) * rest));
            }
        }
    }
}

fn cover_scalar(pixels: &mut [u32], color: u32, coverage: &[u8]) {
    let (lanes, alpha) = (spread(color), alpha(color));
    for (pixel, coverage) in pixels.iter_mut().zip(coverage) {
        if *coverage == 0 {
            continue;
        }
        let a = scale(alpha, *coverage as u32) as u64;
        *pixel = gather(divide(lanes * a + spread(*pixel) * (255 - a) + HALF));
    }
}

fn over_scalar(pixels: &mut [u32], colors: &[u32]) {
    for (pixel, color) in pixels.iter_mut().zip(colors) {
        *pixel = blend(*pixel, *color, alpha(*color));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_by_255_is_exact() {
        for product in 0..=255 * 255u32 {
            let t = product + 128;
            assert_eq!((t + (t >> 8)) >> 8, (2 * product + 255) / 510, "{product}");
        }
    }

    #[test]
    fn lanes_do_not_touch() {
        for (under, color) in
            [(0xFF00FF00u32, 0xFFu32), (0xFFFF00FF, 0x00FF00), (0xFFFFFFFF, 0xFFFFFF), (0xFF123456, 0x9ABCDE)]
        {
            for alpha in 0..=255 {
                let channel = |shift: u32| {
                    let (u, c) = (under >> shift & 255, color >> shift & 255);
                    ((2 * (c * alpha + u * (255 - alpha)) + 255) / 510) << shift
                };
                assert_eq!(blend(under, color, alpha), OPAQUE | channel(0) | channel(8) | channel(16));
            }
        }
    }

    #[test]
    fn the_span_kernels_agree_with_the_pixel_functions() {
        let under: [u32; 5] = [0xFF000000, 0xFFFFFFFF, 0xFF808080, 0xFF123456, 0xFFFEDCBA];
        let coverage = [0u8, 255, 1, 128, 254];
        let color = 0xC0A1_B2C3;
        let mut pixels = under;
        (Kernels::SCALAR.cover)(&mut pixels, color, &coverage);
        for i in 0..5 {
            assert_eq!(pixels[i], cover(under[i], color, coverage[i] as u32));
        }
        let mut pixels = under;
        (Kernels::SCALAR.blend)(&mut pixels, color, 77);
        for i in 0..5 {
            assert_eq!(pixels[i], blend(under[i], color, 77));
        }
        let mut pixels = under;
        (Kernels::SCALAR.over)(&mut pixels, &[color; 5]);
        for i in 0..5 {
            assert_eq!(pixels[i], blend(under[i], color, 0xC0));
        }
    }
}
