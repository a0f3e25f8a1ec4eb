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

/// Paints a line of text inside a rectangle.
pub(crate) fn paint(target: &mut Target, tables: &Tables, data: &NodeData, rect: Rect, text: &str) {
    let whole = target.clip();
    let clip = whole.intersection(rect);
    if clip.is_empty() || data.fill >> 24 == 0 {
        return;
    }
    target.set_clip(clip);
    let font = tables.font(data.font_px, data.flags & Flags::BOLD != 0);
    // Characters to the left of the clip are passed over, those to the right never looked at.
    let skipped = (clip.x - rect.x) / font.advance;
    let shown = (clip.right() - rect.x + font.advance - 1) / font.advance - skipped;
    let tail = match text.is_ascii() {
        true => text.get(skipped as usize..).unwrap_or(""),
        false => text.char_indices().nth(skipped as usize).map_or("", |(at, _)| &text[at..]),
    };
    let mut x = rect.x + skipped * font.advance;
    for c in tail.chars().take(shown as usize) {
        match font.glyph(c) {
            Some(glyph) => paint_glyph(target, font, glyph, x, rect.y, data.fill),
            None if c.is_control() || c.is_whitespace() => {}
            None => paint_missing(target, font, x, rect.y, data.fill),
        }
        x += font.advance;
    }
    target.set_clip(whole);
}

fn paint_glyph(target: &mut Target, font: &Font, glyph: Glyph, x: i32, y: i32, color: u32) {
    let (top, bottom) = (glyph.top as i32, glyph.bottom as i32);
    let block = Rect::new(x, y + top, font.advance, bottom - top);
    let coverage = &glyph.coverage[(top * font.advance) as usize..(bottom * font.advance) as usize];
    target.mask(block, color, coverage);
}

fn paint_missing(target: &mut Target, font: &Font, x: i32, y: i32, color: u32) {
    let height = font.height.val() as i32;
    let frame = Rect::new(x + 1, y + height / 5, font.advance - 2, height * 3 / 5);
    let thick = (height / 16).max(1);
    let middle = frame.height - 2 * thick;
    target.rect(Rect { height: thick, ..frame }, color);
    target.rect(Rect { y: frame.bottom() - thick, height: thick, ..frame }, color);
    for x in [frame.x, frame.right() - thick] {
        target.rect(Rect::new(x, frame.y + thick, thick, middle), color);
    }
}
