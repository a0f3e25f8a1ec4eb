//! Pixel arithmetic: exact integer blending of sRGB values, and the table of span kernels.
//!
//! Enter at [`Kernels::SCALAR`], [`blend`] and [`scale`]. A pixel is `0xFFRRGGBB`, a colour `0xAARRGGBB`, not
//! premultiplied. Products are divided by 255 with exact rounding, `(t + (t >> 8)) >> 8` for `t` 128 above the
//! product, so that every kernel gives the same bytes and coverage 255 gives exactly the colour.
//!
//! The three channels lie in one 64-bit word, 16 bits apart, so that a pixel costs one multiplication: under
//! emulation that is several times faster than SIMD registers.

use spin::Once;

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
    pub(crate) name: &'static str,
    /// Sets every pixel.
    pub(crate) fill: fn(&mut [u32], u32),
    /// Blends a colour at one alpha.
    pub(crate) blend: fn(&mut [u32], u32, u32),
    /// Blends a colour at its alpha scaled by a coverage per pixel; the shorter of the two counts.
    pub(crate) cover: fn(&mut [u32], u32, &[u8]),
    /// Blends a colour per pixel at that colour's alpha; the shorter of the two counts.
    pub(crate) over: fn(&mut [u32], &[u32]),
    /// The same for premultiplied colours.
    pub(crate) lay: fn(&mut [u32], &[u32]),
    /// As `cover` over a block of rows: pixels and their stride, the block's width, the colour, coverage and its stride.
    /// There are as many rows as the coverage has.
    pub(crate) mask: fn(&mut [u32], usize, usize, u32, &[u8], usize),
}

impl Kernels {
    /// Plain integer code, the oracle of all others.
    pub const SCALAR: Kernels = Kernels {
        name: "scalar",
        fill: fill_scalar,
        blend: blend_scalar,
        cover: cover_scalar,
        over: over_scalar,
        lay: lay_scalar,
        mask: mask_scalar,
    };

    /// All that can run here, the scalar ones first and the widest last.
    pub fn all() -> impl Iterator<Item = &'static Kernels> {
        #[cfg(target_arch = "x86_64")]
        let wider = [crate::simd::sse2(), crate::simd::avx2()];
        #[cfg(not(target_arch = "x86_64"))]
        let wider: [Option<&'static Kernels>; 0] = [];
        core::iter::once(&Kernels::SCALAR).chain(wider.into_iter().flatten())
    }

    /// Those that are fastest by a clock: under emulation the scalar ones, else the widest. Takes some
    /// microseconds; the clock's unit does not matter as long as it is well below one.
    pub fn fastest(mut clock: impl FnMut() -> u64) -> &'static Kernels {
        let mut pixels = [0xFF12_3456; 256];
        let coverage: [u8; 256] = core::array::from_fn(|i| i as u8);
        let mut time = |kernels: &Kernels| {
            let mut round = || {
                let start = clock();
                (kernels.cover)(&mut pixels, 0xC065_4321, &coverage);
                (kernels.blend)(&mut pixels, 0x0065_4321, 77);
                clock().wrapping_sub(start)
            };
            // The least of a few: an interrupt, or a translation of code, may come in between.
            (0..8).map(|_| round()).min().unwrap_or(u64::MAX)
        };
        Kernels::all().min_by_key(|kernels| time(kernels)).unwrap_or(&Kernels::SCALAR)
    }

    /// The fastest here by the processor's own clock, found out once.
    pub fn here() -> &'static Kernels {
        static HERE: Once<&'static Kernels> = Once::new();
        #[cfg(target_arch = "x86_64")]
        let clock = crate::simd::ticks;
        #[cfg(not(target_arch = "x86_64"))]
        let clock = || 0;
        HERE.call_once(|| Kernels::fastest(clock))
    }

    /// What they are called: `scalar`, `sse2` or `avx2`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Lays premultiplied colours over pixels, one over each; the shorter of the two counts.
    pub fn lay(&self, pixels: &mut [u32], colors: &[u32]) {
        (self.lay)(pixels, colors);
    }
}

pub(crate) fn fill_scalar(pixels: &mut [u32], color: u32) {
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

fn lay_scalar(pixels: &mut [u32], colors: &[u32]) {
    for (pixel, color) in pixels.iter_mut().zip(colors) {
        let rest = (255 - alpha(*color)) as u64;
        // A premultiplied channel is at most its alpha, so no sum is beyond 255.
        let lanes = divide(spread(*pixel) * rest + HALF);
        *pixel = ((lanes | lanes >> 24) as u32 & !OPAQUE).wrapping_add(*color & !OPAQUE) | OPAQUE;
    }
}

fn mask_scalar(pixels: &mut [u32], stride: usize, width: usize, color: u32, coverage: &[u8], pitch: usize) {
    for (row, cells) in pixels.chunks_mut(stride.max(1)).zip(coverage.chunks(pitch.max(1))) {
        let width = width.min(row.len()).min(cells.len());
        cover_scalar(&mut row[..width], color, &cells[..width]);
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

    /// Every kernel, over random spans of every length and start.
    #[test]
    fn all_kernels_give_the_same_bytes() {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            (state >> 32) as u32
        };
        let premultiplied = |color: u32| {
            let a = alpha(color);
            let channel = |shift: u32| scale(color >> shift & 255, a) << shift;
            a << 24 | channel(0) | channel(8) | channel(16)
        };
        for round in 0..4000 {
            let (start, count, stride) =
                (random() as usize % 9, random() as usize % 70, 9 + random() as usize % 30);
            let under: [u32; 128] = core::array::from_fn(|_| random() | OPAQUE);
            let colors: [u32; 128] = core::array::from_fn(|_| random());
            let laid = colors.map(premultiplied);
            let coverage: [u8; 128] =
                core::array::from_fn(|i| [0, 255, colors[i] as u8][(colors[i] as usize >> 8 & 3) % 3]);
            let color = random() | if round % 3 == 0 { OPAQUE } else { 0 };
            let run = |kernels: &Kernels, which: usize| {
                let mut pixels = under;
                let span = &mut pixels[start..start + count];
                match which {
                    0 => (kernels.fill)(span, color),
                    1 => (kernels.blend)(span, color, alpha(color)),
                    2 => (kernels.cover)(span, color, &coverage[..count]),
                    3 => (kernels.over)(span, &colors),
                    4 => (kernels.lay)(span, &laid),
                    _ => (kernels.mask)(span, stride, count % 13, color, &coverage[..count], 4 + round % 11),
                }
                pixels
            };
            for which in 0..6 {
                let expected = run(&Kernels::SCALAR, which);
                assert!(expected.iter().all(|pixel| alpha(*pixel) == 255));
                for kernels in Kernels::all() {
                    assert!(run(kernels, which) == expected, "{} {which} in round {round}", kernels.name());
                }
            }
        }
        assert!(Kernels::all().any(|kernels| core::ptr::eq(kernels, Kernels::fastest(|| 0))));
    }
}
