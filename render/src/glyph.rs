//! Text: runs of glyphs of the monospaced font.
//!
//! Enter at [`paint`]. The font's coverage bytes are part of the program; a [`Font`] is the table that finds those of
//! a character and tells which rows of them are blank. A character without a glyph is a hollow box.

use crate::coverage::Tables;
use crate::target::Target;
use alloc::vec::Vec;
use halt_ui::{Flags, NodeData, Rect};
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

/// Four sizes, regular and bold.
pub(crate) const FONTS: usize = 8;
const FIRST: u32 = 0x20;
const LAST: u32 = 0x17F;

/// The font size that is used where `px` is asked for: the largest there is that is not larger.
fn raster_height(px: u16) -> RasterHeight {
    match px {
        0..20 => RasterHeight::Size16,
        20..24 => RasterHeight::Size20,
        24..32 => RasterHeight::Size24,
        _ => RasterHeight::Size32,
    }
}

/// Pixels from one character to the next in text of a size.
pub fn advance(font_px: u16, bold: bool) -> i32 {
    let weight = if bold { FontWeight::Bold } else { FontWeight::Regular };
    get_raster_width(weight, raster_height(font_px)) as i32
}

/// The height of a line of text of a size.
pub fn line_height(font_px: u16) -> i32 {
    raster_height(font_px).val() as i32
}

#[derive(Clone, Copy)]
struct Glyph {
    coverage: &'static [u8],
    /// The first row that is not blank, and the one after the last.
    top: u8,
    bottom: u8,
}

/// The glyphs of one size and weight.
pub(crate) struct Font {
    weight: FontWeight,
    height: RasterHeight,
    advance: i32,
    glyphs: Vec<Option<Glyph>>,
}

impl Font {
    fn new(weight: FontWeight, height: RasterHeight) -> Font {
        let advance = get_raster_width(weight, height) as i32;
        let mut font = Font { weight, height, advance, glyphs: Vec::new() };
        font.glyphs = (FIRST..=LAST).map(|code| font.load(char::from_u32(code)?)).collect();
        font
    }

    fn load(&self, c: char) -> Option<Glyph> {
        let raster = get_raster(c, self.weight, self.height)?;
        let inked = |row: &[u8]| row.iter().any(|coverage| *coverage != 0);
        let top = raster.rows().position(inked).unwrap_or(0) as u8;
        let bottom = raster.rows().rposition(inked).map_or(0, |row| row + 1) as u8;
        Some(Glyph { coverage: raster.pixels(), top, bottom })
    }

    fn glyph(&self, c: char) -> Option<Glyph> {
        match self.glyphs.get((c as u32).wrapping_sub(FIRST) as usize) {
            Some(glyph) => *glyph,
            None => self.load(c),
        }
    }
}

impl Tables {
    fn font(&self, px: u16, bold: bool) -> &Font {
        let height = raster_height(px);
        let weight = if bold { FontWeight::Bold } else { FontWeight::Regular };
        let size = match height {
            RasterHeight::Size16 => 0,
            RasterHeight::Size20 => 1,
            RasterHeight::Size24 => 2,
            RasterHeight::Size32 => 3,
        };
        self.fonts[2 * size + bold as usize].call_once(|| Font::new(weight, height))
    }
}

/// Paints a line of text inside a rectangle. The coverage of the glyphs that show is put together in `block` first,
/// so that the pixels are gone over once, in whole vectors: glyph by glyph, each would read what the last one wrote
/// a moment before, which processors wait for.
pub(crate) fn paint(
    target: &mut Target,
    tables: &Tables,
    block: &mut Vec<u8>,
    data: &NodeData,
    rect: Rect,
    text: &str,
) {
    let whole = target.clip();
    let font = tables.font(data.font_px, data.flags & Flags::BOLD != 0);
    let height = font.height.val() as i32;
    let shown = Rect { height: height.min(rect.height), ..rect }.intersection(whole);
    if shown.is_empty() || data.fill >> 24 == 0 {
        return;
    }
    // Characters to the left of the clip are passed over, those to the right never looked at.
    let skipped = (shown.x - rect.x) / font.advance;
    let count = (shown.right() - rect.x + font.advance - 1) / font.advance - skipped;
    let tail = match text.is_ascii() {
        true => text.get(skipped as usize..).unwrap_or(""),
        false => text.char_indices().nth(skipped as usize).map_or("", |(at, _)| &text[at..]),
    };
    let first = rect.x + skipped * font.advance;
    let pitch = (count * font.advance) as usize;
    block.clear();
    block.resize(pitch * height as usize, 0);
    let (mut at, mut last) = (0, 0);
    for c in tail.chars().take(count as usize) {
        match font.glyph(c) {
            Some(glyph) => put_glyph(font, glyph, &mut block[at..], (pitch, pitch - at)),
            None if c.is_control() || c.is_whitespace() => {}
            None => put_missing(font, &mut block[at..], pitch),
        }
        at += font.advance as usize;
        last = at;
    }
    target.set_clip(Rect { width: shown.width.min(first + last as i32 - shown.x).max(0), ..shown });
    target.mask(Rect::new(first, rect.y, pitch as i32, height), data.fill, block);
    target.set_clip(whole);
}

/// `room` is what is left of a row.
fn put_glyph(font: &Font, glyph: Glyph, block: &mut [u8], (pitch, room): (usize, usize)) {
    let advance = font.advance as usize;
    // What lies to the right is blank as yet, so that a small glyph's row may be written as a whole word.
    let only = !0u64 >> (64 - 8 * advance.min(8));
    for row in glyph.top as usize..glyph.bottom as usize {
        let (to, from) = (&mut block[row * pitch..][..room], &glyph.coverage[row * advance..]);
        match (advance <= 8, to.first_chunk_mut::<8>(), from.first_chunk::<8>()) {
            (true, Some(to), Some(from)) => *to = (u64::from_le_bytes(*from) & only).to_le_bytes(),
            _ => to[..advance].copy_from_slice(&from[..advance]),
        }
    }
}

/// A hollow box.
fn put_missing(font: &Font, block: &mut [u8], pitch: usize) {
    let (width, height) = (font.advance as usize, font.height.val());
    let thick = (height / 16).max(1);
    let (top, bottom) = (height / 5, height / 5 + height * 3 / 5);
    for row in top..bottom {
        let line = &mut block[row * pitch..][1..width - 1];
        if row < top + thick || row >= bottom - thick {
            line.fill(255);
        } else {
            line[..thick].fill(255);
            line[width - 2 - thick..].fill(255);
        }
    }
}
