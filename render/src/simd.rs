//! The span kernels in SSE2 and AVX2.
//!
//! Enter at [`sse2`] and [`avx2`], which return a table where the processor, and the system under us, can run it. Both
//! are one text (`kernels!`) over the same few operations; every channel is a 16-bit lane, and `t * 257 >> 16` is
//! the exact division by 255 of `blend.rs`.
//!
//! Invariant: bytes equal those of [`Kernels::SCALAR`], which is their oracle.
#![allow(unsafe_code, reason = "SIMD loads, stores and calls; each block argues its case")]

use crate::blend::{self, Kernels, OPAQUE};
use core::arch::x86_64::*;

/// The kernels with four pixels at a time, which every processor of this architecture has.
pub(crate) fn sse2() -> Option<&'static Kernels> {
    Some(&sse2::KERNELS)
}

/// The kernels with eight pixels at a time, where processor and system have AVX2 on.
pub(crate) fn avx2() -> Option<&'static Kernels> {
    has_avx2().then_some(&avx2::KERNELS)
}

fn has_avx2() -> bool {
    const OSXSAVE: u32 = 1 << 27;
    const AVX: u32 = 1 << 28;
    const AVX2: u32 = 1 << 5;
    const SSE_AND_AVX_STATE: u64 = 0b110;
    let features = __cpuid(1).ecx;
    if __cpuid(0).eax < 7 || features & OSXSAVE == 0 || features & AVX == 0 {
        return false;
    }
    // SAFETY: OSXSAVE says that the system switched on XGETBV.
    let state = unsafe { read_xcr0() };
    state & SSE_AND_AVX_STATE == SSE_AND_AVX_STATE && __cpuid_count(7, 0).ebx & AVX2 != 0
}

/// The processor's own clock.
pub(crate) fn ticks() -> u64 {
    // SAFETY: every processor of this architecture has a time stamp counter, and we run where it may be read.
    unsafe { _rdtsc() }
}

#[target_feature(enable = "xsave")]
fn read_xcr0() -> u64 {
    // SAFETY: register 0 exists wherever the instruction does.
    unsafe { _xgetbv(0) }
}

/// The kernels over vectors of `$count` pixels.
macro_rules! kernels {
    ($name:ident, $feature:literal, $vector:ty, $count:literal, $cells:ty, $quadrupled:ident, {
        load: $load:ident, store: $store:ident, zero: $zero:ident, all16: $all16:ident, all32: $all32:ident,
        add: $add:ident, sub: $sub:ident, low: $low:ident, high: $high:ident, mul: $mul:ident,
        mul_high: $mul_high:ident, pack: $pack:ident, or: $or:ident, add8: $add8:ident,
        shuffle_low: $shuffle_low:ident, shuffle_high: $shuffle_high:ident,
    }) => {
        mod $name {
            use super::*;

            pub(super) const KERNELS: Kernels = Kernels {
                name: stringify!($name),
                // SAFETY: the table is handed out only where the feature is there; so for all of them.
                fill: |pixels, color| unsafe { fill(pixels, color) },
                // SAFETY: as above.
                blend: |pixels, color, alpha| unsafe { blend(pixels, color, alpha) },
                // SAFETY: as above.
                cover: |pixels, color, coverage| unsafe { cover(pixels, color, coverage) },
                // SAFETY: as above.
                over: |pixels, colors| unsafe { over(pixels, colors) },
                // SAFETY: as above.
                lay: |pixels, colors| unsafe { lay(pixels, colors) },
                // SAFETY: as above.
                mask: |pixels, stride, width, color, coverage, pitch| unsafe {
                    mask(pixels, stride, width, color, coverage, pitch)
                },
            };

            /// Lanes 257, 128 and 255, and zero.
            #[derive(Clone, Copy)]
            struct Numbers {
                by_255: $vector,
                half: $vector,
                full: $vector,
                zero: $vector,
                opaque: $vector,
            }

            #[inline]
            #[target_feature(enable = $feature)]
            fn numbers() -> Numbers {
                Numbers {
                    by_255: $all16(257),
                    half: $all16(128),
                    full: $all16(255),
                    zero: $zero(),
                    opaque: $all32(OPAQUE as i32),
                }
            }

            #[inline]
            #[target_feature(enable = $feature)]
            fn read(pixels: &[u32; $count]) -> $vector {
                // SAFETY: the array is as large as the vector, and the load asks for no alignment.
                unsafe { $load(pixels.as_ptr().cast()) }
            }

            #[inline]
            #[target_feature(enable = $feature)]
            fn write(pixels: &mut [u32; $count], vector: $vector) {
                // SAFETY: the array is as large as the vector, and the store asks for no alignment.
                unsafe { $store(pixels.as_mut_ptr().cast(), vector) }
            }

            /// `color * alpha + under * (255 - alpha)`, divided by 255, in 16-bit lanes.
            #[inline]
            #[target_feature(enable = $feature)]
            fn mix(n: Numbers, under: $vector, color: $vector, alpha: $vector) -> $vector {
                let t = $add($mul(color, alpha), $mul(under, $sub(n.full, alpha)));
                $mul_high($add(t, n.half), n.by_255)
            }

            #[target_feature(enable = $feature)]
            fn fill(pixels: &mut [u32], color: u32) {
                let all = $all32((color | OPAQUE) as i32);
                // The last ones are set in one go, too, some of them for the second time.
                let Some(last) = pixels.last_chunk_mut() else { return blend::fill_scalar(pixels, color) };
                write(last, all);
                pixels.as_chunks_mut::<$count>().0.iter_mut().for_each(|chunk| write(chunk, all));
            }

            #[target_feature(enable = $feature)]
            fn blend(pixels: &mut [u32], color: u32, alpha: u32) {
                if alpha == 0 || alpha == 255 {
                    return (Kernels::SCALAR.blend)(pixels, color, alpha);
                }
                let n = numbers();
                let source = $low($all32(color as i32), n.zero);
                let source = $add($mul(source, $all16(alpha as i16)), n.half);
                let rest = $all16(255 - alpha as i16);
                let (chunks, tail) = pixels.as_chunks_mut::<$count>();
                for chunk in chunks {
                    let under = read(chunk);
                    let low = $mul_high($add(source, $mul($low(under, n.zero), rest)), n.by_255);
                    let high = $mul_high($add(source, $mul($high(under, n.zero), rest)), n.by_255);
                    write(chunk, $or($pack(low, high), n.opaque));
                }
                (Kernels::SCALAR.blend)(tail, color, alpha);
            }

            /// What `cover` does to one vector.
            #[inline]
            #[target_feature(enable = $feature)]
            fn cover_one<const SCALED: bool>(
                n: Numbers,
                under: $vector,
                color: $vector,
                alpha: $vector,
                coverage: $vector,
            ) -> $vector {
                let scaled = |coverage| match SCALED {
                    true => $mul_high($add($mul(coverage, alpha), n.half), n.by_255),
                    false => coverage,
                };
                let low = mix(n, $low(under, n.zero), color, scaled($low(coverage, n.zero)));
                let high = mix(n, $high(under, n.zero), color, scaled($high(coverage, n.zero)));
                $or($pack(low, high), n.opaque)
            }

            #[target_feature(enable = $feature)]
            fn cover(pixels: &mut [u32], color: u32, coverage: &[u8]) {
                let n = numbers();
                let (lanes, alpha) = ($low($all32(color as i32), n.zero), blend::alpha(color));
                let alphas = $all16(alpha as i16);
                let count = pixels.len().min(coverage.len());
                let (chunks, tail) = pixels[..count].as_chunks_mut::<$count>();
                let (cells, cells_tail) = coverage[..count].as_chunks::<$count>();
                for (chunk, cells) in chunks.iter_mut().zip(cells) {
                    let made = cover_one::<true>(n, read(chunk), lanes, alphas, $quadrupled(*cells));
                    write(chunk, made);
                }
                (Kernels::SCALAR.cover)(tail, color, cells_tail);
            }

            #[target_feature(enable = $feature)]
            fn over(pixels: &mut [u32], colors: &[u32]) {
                let n = numbers();
                let count = pixels.len().min(colors.len());
                let (chunks, tail) = pixels[..count].as_chunks_mut::<$count>();
                let (sources, sources_tail) = colors[..count].as_chunks::<$count>();
                for (chunk, source) in chunks.iter_mut().zip(sources) {
                    let (under, source) = (read(chunk), read(source));
                    let half = |under, source| {
                        let alpha = $shuffle_high::<0xFF>($shuffle_low::<0xFF>(source));
                        mix(n, under, source, alpha)
                    };
                    let low = half($low(under, n.zero), $low(source, n.zero));
                    let high = half($high(under, n.zero), $high(source, n.zero));
                    write(chunk, $or($pack(low, high), n.opaque));
                }
                (Kernels::SCALAR.over)(tail, sources_tail);
            }

            #[target_feature(enable = $feature)]
            fn lay(pixels: &mut [u32], colors: &[u32]) {
                let n = numbers();
                let count = pixels.len().min(colors.len());
                let (chunks, tail) = pixels[..count].as_chunks_mut::<$count>();
                let (sources, sources_tail) = colors[..count].as_chunks::<$count>();
                for (chunk, source) in chunks.iter_mut().zip(sources) {
                    let (under, source) = (read(chunk), read(source));
                    let half = |under, source| {
                        let rest = $sub(n.full, $shuffle_high::<0xFF>($shuffle_low::<0xFF>(source)));
                        $mul_high($add($mul(under, rest), n.half), n.by_255)
                    };
                    let low = half($low(under, n.zero), $low(source, n.zero));
                    let high = half($high(under, n.zero), $high(source, n.zero));
                    write(chunk, $add8($pack(low, high), source));
                }
                (Kernels::SCALAR.lay)(tail, sources_tail);
            }

            #[target_feature(enable = $feature)]
            fn mask(
                pixels: &mut [u32],
                stride: usize,
                width: usize,
                color: u32,
                coverage: &[u8],
                pitch: usize,
            ) {
                match blend::alpha(color) {
                    255 => mask_of::<false>(pixels, stride, width, color, coverage, pitch),
                    _ => mask_of::<true>(pixels, stride, width, color, coverage, pitch),
                }
            }

            #[inline]
            #[target_feature(enable = $feature)]
            fn mask_of<const SCALED: bool>(
                pixels: &mut [u32],
                stride: usize,
                width: usize,
                color: u32,
                coverage: &[u8],
                pitch: usize,
            ) {
                let n = numbers();
                let lanes = $low($all32(color as i32), n.zero);
                let alphas = $all16(blend::alpha(color) as i16);
                let rows = pixels.chunks_mut(stride.max(1)).zip(coverage.chunks(pitch.max(1)));
                for (row, cells) in rows {
                    let width = width.min(row.len()).min(cells.len());
                    let mut at = 0;
                    // A vector may reach beyond the glyph where the row and the cells go on: what is there is kept.
                    while at < width {
                        let left = width - at;
                        let (Some(chunk), Some(eight)) =
                            (row[at..].first_chunk_mut::<$count>(), cells[at..].first_chunk::<$count>())
                        else {
                            (Kernels::SCALAR.cover)(&mut row[at..width], color, &cells[at..width]);
                            break;
                        };
                        if *eight == [0; $count] {
                            at += $count;
                            continue;
                        }
                        let eight = if left < $count { only(eight, left) } else { *eight };
                        let made = cover_one::<SCALED>(n, read(chunk), lanes, alphas, $quadrupled(eight));
                        write(chunk, made);
                        at += $count;
                    }
                }
            }

            /// The first few cells, and nothing.
            #[inline(always)]
            fn only(cells: &[u8; $count], count: usize) -> [u8; $count] {
                (<$cells>::from_le_bytes(*cells) & !(!0 << (8 * count))).to_le_bytes()
            }
        }
    };
}

kernels!(sse2, "sse2", __m128i, 4, u32, quadrupled_4, {
    load: _mm_loadu_si128, store: _mm_storeu_si128, zero: _mm_setzero_si128, all16: _mm_set1_epi16,
    all32: _mm_set1_epi32, add: _mm_add_epi16, sub: _mm_sub_epi16, low: _mm_unpacklo_epi8,
    high: _mm_unpackhi_epi8, mul: _mm_mullo_epi16, mul_high: _mm_mulhi_epu16, pack: _mm_packus_epi16,
    or: _mm_or_si128, add8: _mm_adds_epu8, shuffle_low: _mm_shufflelo_epi16, shuffle_high: _mm_shufflehi_epi16,
});

kernels!(avx2, "avx2", __m256i, 8, u64, quadrupled_8, {
    load: _mm256_loadu_si256, store: _mm256_storeu_si256, zero: _mm256_setzero_si256, all16: _mm256_set1_epi16,
    all32: _mm256_set1_epi32, add: _mm256_add_epi16, sub: _mm256_sub_epi16, low: _mm256_unpacklo_epi8,
    high: _mm256_unpackhi_epi8, mul: _mm256_mullo_epi16, mul_high: _mm256_mulhi_epu16, pack: _mm256_packus_epi16,
    or: _mm256_or_si256, add8: _mm256_adds_epu8, shuffle_low: _mm256_shufflelo_epi16,
    shuffle_high: _mm256_shufflehi_epi16,
});

/// Each coverage four times over, beside the four channels of its pixel.
#[inline]
#[target_feature(enable = "sse2")]
fn quadrupled_4(cells: [u8; 4]) -> __m128i {
    let cells = _mm_cvtsi32_si128(i32::from_le_bytes(cells));
    let twice = _mm_unpacklo_epi8(cells, cells);
    _mm_unpacklo_epi16(twice, twice)
}

/// The same for eight.
#[inline]
#[target_feature(enable = "avx2")]
fn quadrupled_8(cells: [u8; 8]) -> __m256i {
    let cells = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(i64::from_le_bytes(cells)));
    let first_of_four =
        _mm256_set_epi32(0x0C0C_0C0C, 0x0808_0808, 0x0404_0404, 0, 0x0C0C_0C0C, 0x0808_0808, 0x0404_0404, 0);
    _mm256_shuffle_epi8(cells, first_of_four)
}
