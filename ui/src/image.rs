//! Images: rectangles of pixels as values.
//!
//! Enter at [`Image::from_pixels`], [`Image::decode`] and [`Image::of`]. An image is a heap record: its words are the width and
//! the height, whether it is opaque, and the pixels, premultiplied 0xAARRGGBB, two in a word, each row from a new word on.
//!
//! Invariant: no colour channel of a pixel is above its alpha, so that what is mixed from pixels has none either.

use crate::attribute::Attribute;
use crate::picture::Node;
use crate::style::{EXTENT_MAX, Problem};
use crate::surface::node_at;
use crate::words::{StyleWord, Words};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Scope, Value};
use zune_png::PngDecoder;
use zune_png::zune_core::bytestream::ZCursor;
use zune_png::zune_core::colorspace::ColorSpace;
use zune_png::zune_core::options::DecoderOptions;
use zune_png::zune_core::result::DecodingResult;

/// The tag of images among heap records.
pub const IMAGE_TAG: u16 = 0x102;

/// The most pixels of an image: those of four screens of 2560x1600.
pub const IMAGE_PIXELS_MAX: usize = 1 << 24;

const HEAD: usize = 2;

/// Why there is no image.
#[derive(Debug)]
pub enum ImageError {
    /// What is wrong with the source.
    Source(String),
    /// The arena is exhausted.
    Memory,
}

impl From<OutOfMemory> for ImageError {
    fn from(_: OutOfMemory) -> ImageError {
        ImageError::Memory
    }
}

/// An image in the heap.
#[derive(Clone, Copy)]
pub struct Image<'s> {
    value: Value<'s>,
    words: &'s [u64],
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Whether every pixel hides what is behind it.
    pub is_opaque: bool,
}

/// The colour with its channels scaled by its alpha.
fn premultiplied(color: u32) -> u32 {
    let alpha = color >> 24;
    if alpha == 255 {
        return color;
    }
    let channel = |shift: u32| (((color >> shift & 255) * alpha + 127) / 255) << shift;
    alpha << 24 | channel(16) | channel(8) | channel(0)
}

impl<'s> Image<'s> {
    /// Takes a value for an image; `None` when it is none.
    pub fn of(s: Scope<'s>, value: Value<'s>) -> Option<Image<'s>> {
        if s.record_tag(value) != Some(IMAGE_TAG) {
            return None;
        }
        let words = s.record_words(value);
        let (width, height) = (words[0] as u32 as usize, (words[0] >> 32) as usize);
        Some(Image { value, words: &words[HEAD..], width, height, is_opaque: words[1] == 1 })
    }

    /// The image as a value.
    pub fn value(self) -> Value<'s> {
        self.value
    }

    /// The words of a row: pairs of pixels, the left one in the low half.
    #[inline]
    pub fn row(self, y: usize) -> &'s [u64] {
        let pitch = self.width.div_ceil(2);
        &self.words[y * pitch..(y + 1) * pitch]
    }

    /// A pixel of a row: premultiplied 0xAARRGGBB.
    #[inline(always)]
    pub fn pixel_of(row: &[u64], x: usize) -> u32 {
        (row[x / 2] >> (32 * (x & 1))) as u32
    }

    /// An image of colours 0xAARRGGBB, row by row. There must be as many as fit exactly.
    pub fn from_pixels(
        s: Scope<'s>,
        width: i64,
        height: i64,
        colors: impl ExactSizeIterator<Item = u32>,
    ) -> Result<Image<'s>, ImageError> {
        let (width, height) = check_size(width, height)?;
        if colors.len() != width * height {
            let count = colors.len();
            let problem = format!("an image of {width}x{height} has {} pixels, not {count}", width * height);
            return Err(ImageError::Source(problem));
        }
        let pitch = width.div_ceil(2);
        let mut words = Vec::new();
        words.try_reserve_exact(HEAD + pitch * height).map_err(|_| ImageError::Memory)?;
        words.resize(HEAD + pitch * height, 0);
        let mut all = 255;
        let (mut x, mut row) = (0, HEAD);
        for color in colors {
            all &= color >> 24;
            words[row + x / 2] |= (premultiplied(color) as u64) << (32 * (x & 1));
            x += 1;
            if x == width {
                (x, row) = (0, row + pitch);
            }
        }
        words[0] = width as u64 | (height as u64) << 32;
        words[1] = (all == 255) as u64;
        let value = s.record(IMAGE_TAG, &[], &words)?;
        Ok(Image { value, words: &s.record_words(value)[HEAD..], width, height, is_opaque: all == 255 })
    }

    /// An image of bytes, row by row: one byte a pixel for grey, two for grey and alpha, three for red, green and blue, four
    /// with alpha.
    pub fn from_bytes(s: Scope<'s>, width: i64, height: i64, bytes: &[u8]) -> Result<Image<'s>, ImageError> {
        let (columns, rows) = check_size(width, height)?;
        let gray = |level: u8, alpha: u8| u32::from_be_bytes([alpha, level, level, level]);
        let count = columns * rows;
        match bytes.len() / count.max(1) {
            _ if !bytes.len().is_multiple_of(count.max(1)) => {}
            1 => return Image::from_pixels(s, width, height, bytes.iter().map(|level| gray(*level, 255))),
            2 => {
                let pixels = bytes.as_chunks::<2>().0.iter();
                return Image::from_pixels(
                    s,
                    width,
                    height,
                    pixels.map(|[level, alpha]| gray(*level, *alpha)),
                );
            }
            3 => {
                let pixels = bytes.as_chunks::<3>().0.iter();
                let color = |[r, g, b]: &[u8; 3]| u32::from_be_bytes([255, *r, *g, *b]);
                return Image::from_pixels(s, width, height, pixels.map(color));
            }
            4 => {
                let pixels = bytes.as_chunks::<4>().0.iter();
                let color = |[r, g, b, a]: &[u8; 4]| u32::from_be_bytes([*a, *r, *g, *b]);
                return Image::from_pixels(s, width, height, pixels.map(color));
            }
            _ => {}
        }
        let problem = format!("{} bytes are no image of {columns}x{rows}: 1 to 4 a pixel", bytes.len());
        Err(ImageError::Source(problem))
    }

    /// The image in the bytes of a PNG or QOI file.
    pub fn decode(s: Scope<'s>, bytes: &[u8]) -> Result<Image<'s>, ImageError> {
        match bytes {
            [0x89, b'P', b'N', b'G', ..] => decode_png(s, bytes),
            [b'q', b'o', b'i', b'f', ..] => decode_qoi(s, bytes),
            _ => Err(ImageError::Source("these bytes are neither a PNG nor a QOI image".into())),
        }
    }
}

fn check_size(width: i64, height: i64) -> Result<(usize, usize), ImageError> {
    let side = 1..=EXTENT_MAX as i64;
    if !side.contains(&width) || !side.contains(&height) || width * height > IMAGE_PIXELS_MAX as i64 {
        let problem = format!("an image has 1 to {IMAGE_PIXELS_MAX} pixels, not {width}x{height}");
        return Err(ImageError::Source(problem));
    }
    Ok((width as usize, height as usize))
}

fn decode_png<'s>(s: Scope<'s>, bytes: &[u8]) -> Result<Image<'s>, ImageError> {
    let wrong = |error: &dyn core::fmt::Debug| {
        let mut told = format!("{error:?}");
        told.truncate(told.char_indices().nth(120).map_or(told.len(), |(at, _)| at));
        ImageError::Source(format!("a broken PNG: {told}"))
    };
    let options = DecoderOptions::new_safe()
        .png_set_strip_to_8bit(true)
        .set_strict_mode(true)
        .set_max_width(IMAGE_PIXELS_MAX)
        .set_max_height(IMAGE_PIXELS_MAX)
        .inflate_set_limit(5 * IMAGE_PIXELS_MAX);
    let mut decoder = PngDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| wrong(&error))?;
    let (width, height) = decoder.dimensions().unwrap_or((0, 0));
    let (width, height) = (width as i64, height as i64);
    // Before any memory is taken for it.
    check_size(width, height)?;
    let DecodingResult::U8(pixels) = decoder.decode().map_err(|error| wrong(&error))? else {
        return Err(wrong(&"a depth that cannot be read"));
    };
    match decoder.colorspace() {
        Some(ColorSpace::Luma | ColorSpace::LumaA | ColorSpace::RGB | ColorSpace::RGBA) => {
            Image::from_bytes(s, width, height, &pixels)
        }
        other => Err(wrong(&other)),
    }
}

fn decode_qoi<'s>(s: Scope<'s>, bytes: &[u8]) -> Result<Image<'s>, ImageError> {
    let wrong = |error: qoi::Error| ImageError::Source(format!("a broken QOI image: {error}"));
    let header = qoi::decode_header(bytes).map_err(wrong)?;
    let (width, height) = (header.width as i64, header.height as i64);
    let (columns, rows) = check_size(width, height)?;
    let mut pixels = Vec::new();
    let count = columns * rows * header.channels.as_u8() as usize;
    pixels.try_reserve_exact(count).map_err(|_| ImageError::Memory)?;
    pixels.resize(count, 0);
    qoi::decode_to_buf(&mut pixels, bytes).map_err(wrong)?;
    Image::from_bytes(s, width, height, &pixels)
}

impl From<ImageError> for Problem {
    fn from(error: ImageError) -> Problem {
        match error {
            ImageError::Source(problem) => Problem::Scene(problem),
            ImageError::Memory => Problem::Memory,
        }
    }
}

/// The image that a node of the previous picture shows, if its source was the same.
pub(crate) fn shown_by<'s>(
    s: Scope<'s>,
    node: Node<'s>,
    source: Value<'s>,
    words: &Words,
) -> Option<Image<'s>> {
    let scene = Some(node.scene(s)).filter(|scene| s.kind(*scene) == Kind::Vector)?;
    let styles = s.vector_get(scene, 1).filter(|map| s.kind(*map) == Kind::Map)?;
    let is_source = |key| words.style(s, key) == StyleWord::Known(Attribute::Source);
    let (_, known) = s.map_iter(styles).find(|(key, _)| is_source(*key))?;
    if !known.is_identical(source) {
        return None;
    }
    let inside = || node_at(s, node, &[0]).and_then(|child| Image::of(s, child.content(s)));
    Image::of(s, node.content(s)).or_else(inside)
}

/// The image that a scene's `:source` means: an image, or bytes of a file.
pub(crate) fn image_of<'s>(s: Scope<'s>, source: Value<'s>) -> Result<Image<'s>, ImageError> {
    if let Some(image) = Image::of(s, source) {
        return Ok(image);
    }
    match s.kind(source) {
        Kind::Bytes => Image::decode(s, s.as_bytes(source).unwrap_or(&[])),
        Kind::Nil => Err(ImageError::Source("an image needs a :source".into())),
        _ => {
            let wanted = "a :source is what (image ...) returns, or the bytes of a PNG or QOI file";
            Err(ImageError::Source(format!("{wanted}, not {}", crate::style::describe(s, source))))
        }
    }
}
