//! Text: runs of glyphs.
//!
//! Enter at [`paint`]. A glyph's coverage is made from its outline when it is first met and kept in [`Glyphs`], up to a bound of
//! memory: once for the monospaced face, for each quarter of a pixel at which it can begin for the proportional one, whose
//! places in a line are not whole. What has no room any more is made anew each time, until [`Tables::trim`] begins afresh.
//!
//! Invariant: coverage is a pure function of font, glyph and quarter; whether it was kept never shows.

use crate::coverage::Tables;
use crate::limits::{GLYPH_BYTES_MAX, GLYPH_BYTES_USUAL};
use crate::raster::Raster;
use crate::target::Target;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use halt_ui::{FACES, FONT_PX, Font, Glyph, NodeData, Outlines, Rect};
use spin::{Once, RwLockReadGuard};

/// Larger text begins at whole pixels, which nobody tells from quarters.
const QUARTERED_PX_MAX: u16 = 32;

/// The coverage of a glyph, around its place in a line.
struct Coverage {
    /// From where the glyph begins, rounded to a quarter, and from the top of the line.
    left: i32,
    top: i32,
    width: usize,
    /// A row's length: whole words of eight.
    pitch: usize,
    cells: Box<[u8]>,
}

/// The glyphs of one font.
struct FontGlyphs {
    font: Font,
    outlines: Outlines,
    quarters: usize,
    kept: Box<[Once<Coverage>]>,
}

/// The glyphs met so far.
pub(crate) struct Glyphs {
    fonts: Box<[Once<Box<FontGlyphs>>]>,
    bytes: AtomicUsize,
}

impl FontGlyphs {
    fn new(font: Font, keeps: bool) -> FontGlyphs {
        let quarters = if font.mono || font.px > QUARTERED_PX_MAX { 1 } else { 4 };
        // The last is the hollow box.
        let count = if keeps { (font.glyph_count() + 1) * quarters } else { 0 };
        let kept = (0..count).map(|_| Once::new()).collect();
        FontGlyphs { font, outlines: font.outlines(), quarters, kept }
    }

    fn bytes(&self) -> usize {
        size_of::<FontGlyphs>() + self.kept.len() * size_of::<Once<Coverage>>()
    }

    fn draw(&self, glyph: Glyph, quarter: i32) -> Coverage {
        let polygons = self.outlines.outline(glyph, 64 * quarter);
        let Some((left, top, right, bottom)) = polygons.bounds() else {
            return Coverage { left: 0, top: 0, width: 0, pitch: 0, cells: Box::new([]) };
        };
        // A font of ours has no glyph that is more than a few lines large.
        let most = 256 * 4 * self.font.px as i32;
        let pixel = |at: i32, up: i32| (at.clamp(-most, most) + up) >> 8;
        let (left, top) = (pixel(left, 0), pixel(top, 0));
        let (width, height) = (pixel(right, 255) - left, pixel(bottom, 255) - top);
        let pitch = (width as usize).next_multiple_of(8);
        let mut cells = Vec::with_capacity(pitch * height.max(0) as usize);
        Raster::default().fill(&polygons, Rect::new(left, top, width, height), |row| {
            cells.extend_from_slice(row);
            cells.resize(cells.len().next_multiple_of(pitch.max(1)), 0);
        });
        Coverage { left, top, width: width as usize, pitch, cells: cells.into_boxed_slice() }
    }
}

impl Glyphs {
    pub(crate) fn new() -> Glyphs {
        let sizes = (FONT_PX.end() - FONT_PX.start() + 1) as usize;
        Glyphs { fonts: (0..sizes * FACES).map(|_| Once::new()).collect(), bytes: AtomicUsize::new(0) }
    }

    fn has_room(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) < GLYPH_BYTES_MAX
    }

    /// Hands the glyphs of a font to `go`.
    fn with_font(&self, font: Font, go: impl FnOnce(&FontGlyphs)) {
        let slot = &self.fonts[(font.px as usize - *FONT_PX.start() as usize) * FACES + font.face()];
        if slot.get().is_none() && !self.has_room() {
            return go(&FontGlyphs::new(font, false));
        }
        go(slot.call_once(|| {
            let glyphs = Box::new(FontGlyphs::new(font, true));
            self.bytes.fetch_add(glyphs.bytes(), Ordering::Relaxed);
            glyphs
        }));
    }

    /// Hands the coverage of a glyph to `go`.
    fn with_glyph(&self, font: &FontGlyphs, glyph: Glyph, quarter: usize, go: impl FnOnce(&Coverage)) {
        let index = glyph.id.map_or(font.font.glyph_count(), usize::from) * font.quarters + quarter;
        let slot = font.kept.get(index);
        if let Some(coverage) = slot.and_then(Once::get) {
            return go(coverage);
        }
        match slot {
            Some(slot) if self.has_room() => go(slot.call_once(|| {
                let coverage = font.draw(glyph, quarter as i32);
                self.bytes.fetch_add(coverage.cells.len(), Ordering::Relaxed);
                coverage
            })),
            _ => go(&font.draw(glyph, quarter as i32)),
        }
    }
}

impl Tables {
    /// The glyphs, for as long as a picture is painted.
    pub(crate) fn glyphs(&self) -> RwLockReadGuard<'_, Glyphs> {
        self.glyphs.read()
    }

    /// Forgets the glyphs when they take more than usual. Call it between pictures.
    pub fn trim(&self) {
        if self.glyphs.read().bytes.load(Ordering::Relaxed) > GLYPH_BYTES_USUAL
            && let Some(mut glyphs) = self.glyphs.try_write()
        {
            *glyphs = Glyphs::new();
        }
    }

    /// Bytes that the glyphs take which were met so far.
    pub fn glyph_bytes(&self) -> usize {
        self.glyphs.read().bytes.load(Ordering::Relaxed)
    }
}

/// Paints a line of text at a rectangle. The coverage of the glyphs that show is put together in `block` first,
/// so that the pixels are gone over once, in whole vectors: glyph by glyph, each would read what the last one wrote
/// a moment before, which processors wait for.
pub(crate) fn paint(
    target: &mut Target,
    glyphs: &Glyphs,
    block: &mut Vec<u8>,
    data: &NodeData,
    rect: Rect,
    text: &str,
) {
    let whole = target.clip();
    let font = Font::of(data);
    let lines = Rect { height: font.height().min(rect.height), ..rect };
    let shown = NodeData { rect: lines, ..*data }.paint_bounds().intersection(whole);
    if shown.is_empty() || data.fill >> 24 == 0 {
        return;
    }
    // The last glyph may be written in whole words.
    let pitch = (shown.width as usize).next_multiple_of(8) + 8;
    block.clear();
    block.resize(pitch * shown.height as usize, 0);
    // Where the block begins, from the start of the line.
    let first = shown.x as i64 - rect.x as i64;
    let reach = font.reach();
    glyphs.with_font(font, |glyphs_of_font| {
        let quarters = glyphs_of_font.quarters as i64;
        for (glyph, at) in font.glyphs_from(text, first - reach.1) {
            let at = (at * quarters + 32) >> 6;
            let (x, quarter) = (at.div_euclid(quarters) - first, at.rem_euclid(quarters) as usize);
            if x + reach.1 <= 0 {
                continue;
            }
            if x - reach.0 >= shown.width as i64 {
                break;
            }
            glyphs.with_glyph(glyphs_of_font, glyph, quarter, |coverage| {
                let place = (x as i32 + coverage.left, rect.y + coverage.top - shown.y);
                put(coverage, place, block, pitch, shown.width as usize);
            });
        }
    });
    target.set_clip(shown);
    target.mask(Rect { width: pitch as i32, ..shown }, data.fill, block);
    target.set_clip(whole);
}

const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
const HIGH: u64 = !LOW;

/// The sum of each of eight bytes, at most 255.
#[inline]
fn sum_of_bytes(a: u64, b: u64) -> u64 {
    let low = (a & LOW) + (b & LOW);
    let over = ((a & b) | ((a | b) & low)) & HIGH;
    (low ^ ((a ^ b) & HIGH)) | ((over >> 7) * 255)
}

/// Eight cells of a block with those of a glyph added.
#[inline]
fn added(under: [u8; 8], over: [u8; 8]) -> [u8; 8] {
    let (under, over) = (u64::from_le_bytes(under), u64::from_le_bytes(over));
    let both = if under == 0 { over } else { sum_of_bytes(under, over) };
    both.to_le_bytes()
}

/// Adds a glyph to a block, at a place in it; what lies outside is cut. Rows of the block have eight bytes to spare.
fn put(glyph: &Coverage, (x, y): (i32, i32), block: &mut [u8], pitch: usize, width: usize) {
    if glyph.pitch == 0 {
        return;
    }
    if glyph.pitch == 8 && x >= 0 && y >= 0 && x as usize + 8 <= pitch {
        let mut at = y as usize * pitch + x as usize;
        for line in glyph.cells.as_chunks::<8>().0 {
            let Some(to) = block.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<8>()) else { return };
            *to = added(*to, *line);
            at += pitch;
        }
        return;
    }
    let rows = block.chunks_exact_mut(pitch);
    let skipped = y.min(0).unsigned_abs() as usize;
    let lines = glyph.cells.chunks_exact(glyph.pitch).skip(skipped);
    let pairs = rows.skip(y.max(0) as usize).zip(lines);
    if x >= 0 && x as usize + glyph.pitch <= pitch {
        let x = x as usize;
        for (row, line) in pairs {
            let words = row[x..x + glyph.pitch].as_chunks_mut::<8>().0.iter_mut();
            for (to, from) in words.zip(line.as_chunks::<8>().0) {
                *to = added(*to, *from);
            }
        }
        return;
    }
    let from = x.min(0).unsigned_abs() as usize;
    let start = x.max(0) as usize;
    let count = glyph.width.saturating_sub(from).min(width.saturating_sub(start));
    if count == 0 {
        return;
    }
    for (row, line) in pairs {
        for (to, cell) in row[start..start + count].iter_mut().zip(&line[from..from + count]) {
            *to = to.saturating_add(*cell);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_added_up_to_255() {
        for (a, b) in [(0, 0), (255, 255), (128, 127), (128, 128), (200, 100), (1, 254), (3, 4), (127, 127)] {
            for (c, d) in [(0, 0), (255, 1), (255, 255), (100, 100)] {
                let bytes = [a, c, b, d, 0, a, c, 255u8];
                let others = [b, d, a, c, 7, c, a, 255u8];
                let sums = sum_of_bytes(u64::from_le_bytes(bytes), u64::from_le_bytes(others)).to_le_bytes();
                for i in 0..8 {
                    assert_eq!(sums[i], bytes[i].saturating_add(others[i]), "{bytes:?} {others:?}");
                }
            }
        }
    }

    /// A run in one piece, and pixel by pixel.
    #[test]
    fn every_part_of_a_line_looks_as_in_the_whole() {
        let tables = Tables::new();
        for (px, flags) in [(16, 0), (16, halt_ui::Flags::MONO), (13, halt_ui::Flags::BOLD), (40, 0)] {
            let font = Font::new(px, flags & halt_ui::Flags::BOLD != 0, flags & halt_ui::Flags::MONO != 0);
            let text = "jÁgf, 漢 AVA fj";
            let rect = Rect::new(9, 5, font.width(text), px);
            let data = NodeData {
                kind: halt_ui::NodeKind::Text,
                rect,
                flags,
                fill: !0,
                font_px: px as u16,
                ..NodeData::default()
            };
            let run = |clips: &[Rect]| {
                let mut pixels = alloc::vec![0xFF00_0000u32; 400 * 60];
                let mut target = Target::new(&mut pixels, 400, Rect::new(0, 0, 400, 60));
                for clip in clips {
                    target.set_clip(*clip);
                    paint(&mut target, &tables.glyphs(), &mut Vec::new(), &data, rect, text);
                }
                pixels
            };
            let whole = run(&[Rect::new(0, 0, 400, 60)]);
            assert!(whole.contains(&!0), "{px}");
            let columns: Vec<_> = (0..400).map(|x| Rect::new(x, 0, 1, 60)).collect();
            assert!(run(&columns) == whole, "{px}");
            let bands: Vec<_> = (0..60).map(|i| Rect::new(0, i, 400, 1)).collect();
            assert!(run(&bands) == whole, "{px}");
        }
    }

    /// Text in every font, more than is kept: what is made anew looks the same.
    #[test]
    fn the_glyphs_are_bounded_and_made_anew_alike() {
        let tables = Tables::new();
        let line = |tables: &Tables, px: u16, flags: u8| {
            let rect = Rect::new(0, 0, 300, px as i32);
            let data = NodeData {
                kind: halt_ui::NodeKind::Text,
                rect,
                flags,
                fill: !0,
                font_px: px,
                ..NodeData::default()
            };
            let mut pixels = alloc::vec![0xFF00_0000u32; 300 * 200];
            let mut target = Target::new(&mut pixels, 300, Rect::new(0, 0, 300, 200));
            paint(&mut target, &tables.glyphs(), &mut Vec::new(), &data, rect, "Ham & gefäß");
            pixels
        };
        let mut sums = Vec::new();
        for px in (8..=192).step_by(3) {
            for flags in [0, 16, 2, 18] {
                sums.push((px, flags, line(&tables, px, flags)));
            }
        }
        let most = tables.glyph_bytes();
        assert!(most > GLYPH_BYTES_USUAL && most < GLYPH_BYTES_MAX + (1 << 20), "{most}");
        for (px, flags, expected) in &sums[sums.len() - 8..] {
            assert!(line(&tables, *px, *flags) == *expected, "{px}");
        }
        tables.trim();
        assert_eq!(tables.glyph_bytes(), 0);
        let (px, flags, expected) = &sums[5];
        assert!(line(&tables, *px, *flags) == *expected);
        assert!(tables.glyph_bytes() > 0);
    }
}
