//! Fonts: the proportional face and the monospaced one, their widths and their outlines.
//!
//! Enter at [`Font`]. The files are part of the program (`assets/fonts`). What is as wide as what is told in units of the
//! face, summed, and scaled once: so a place in a line does not depend on what is behind it. A character without a glyph
//! is a hollow box.
//!
//! Invariant: only [`Place`] sums advances and kerning, so what measures, paints and hits agrees.

use crate::pairs::{Classes, Pairs, Table, kerning};
use crate::picture::{Flags, NodeData};
use crate::polygon::Polygons;
use alloc::boxed::Box;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{
    DrawSettings, Engine, GlyphStyles, HintingInstance, HintingOptions, OutlineGlyphCollection, OutlinePen,
    SmoothMode, Target,
};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use spin::Once;

/// The least and the largest size of text in pixels.
pub const FONT_PX: core::ops::RangeInclusive<i32> = 8..=192;
/// The size of text that says nothing of it.
pub const FONT_PX_DEFAULT: i32 = 16;

const FIRST: u32 = 0x20;
const LAST: u32 = 0x17F;

const FILES: [&[u8]; FACES] = [
    include_bytes!("../../assets/fonts/ui-regular.otf"),
    include_bytes!("../../assets/fonts/ui-bold.otf"),
    include_bytes!("../../assets/fonts/mono-regular.ttf"),
    include_bytes!("../../assets/fonts/mono-bold.ttf"),
];

/// The faces: proportional and monospaced, regular and bold.
pub const FACES: usize = 4;

/// A glyph of a face.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Glyph {
    /// Its number in the face; `None` for the hollow box of a character that has none.
    pub id: Option<u16>,
    /// How far the next one is, in units of the face.
    units: u16,
    classes: Classes,
}

struct Face {
    font: FontRef<'static>,
    outlines: OutlineGlyphCollection<'static>,
    styles: Once<GlyphStyles>,
    /// The glyphs of the characters from `FIRST` to `LAST`.
    near: Box<[Glyph]>,
    /// Where their ink begins and ends, in units, where the file tells.
    inks: Box<[Option<(i16, i16)>]>,
    per_em: i64,
    cap_height: i64,
    missing: u16,
    glyph_count: usize,
    pairs: Pairs,
    /// The farthest that a pair moves a glyph back, in units.
    most_back: i64,
    /// How far any glyph's ink reaches to the left and to the right of where it begins, in units.
    reach: (i64, i64),
}

impl Face {
    fn of(number: usize) -> &'static Face {
        static LOADED: [Once<Face>; FACES] = [const { Once::new() }; FACES];
        LOADED[number].call_once(|| Face::load(FILES[number]))
    }

    fn load(file: &'static [u8]) -> Face {
        let Ok(font) = FontRef::new(file) else { panic!("a font of the program cannot be read") };
        let metrics = font.metrics(Size::unscaled(), LocationRef::default());
        let outlines = font.outline_glyphs();
        let per_em = metrics.units_per_em;
        let mut face = Face {
            font,
            outlines,
            styles: Once::new(),
            near: Box::new([]),
            inks: Box::new([]),
            per_em: per_em as i64,
            cap_height: metrics.cap_height.unwrap_or(0.7 * per_em as f32) as i64,
            missing: per_em * 3 / 5,
            glyph_count: metrics.glyph_count as usize,
            pairs: Pairs::default(),
            most_back: 0,
            // Without a word of the file, farther than any glyph of a font of ours.
            reach: metrics.bounds.map_or((4 * per_em as i64, 4 * per_em as i64), |all| {
                (-(all.x_min as i64) + 1, all.x_max as i64 + 1)
            }),
        };
        face.pairs = Pairs::of(&face.font, face.glyph_count);
        face.most_back = face.pairs.most_back();
        face.near = (FIRST..=LAST).map(|code| face.find(char::from_u32(code).unwrap_or(' '))).collect();
        let glyphs = face.font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let ink = |glyph: &Glyph| {
            let bounds = glyphs.bounds(GlyphId::new(glyph.id?.into()))?;
            Some((bounds.x_min as i16, bounds.x_max as i16))
        };
        face.inks = face.near.iter().map(ink).collect();
        face
    }

    fn find(&self, c: char) -> Glyph {
        let c = if c.is_control() || c.is_whitespace() { ' ' } else { c };
        let found = self.font.charmap().map(c).filter(|id| id.to_u32() != 0);
        let widths = self.font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let width = found.and_then(|id| widths.advance_width(id));
        match (found, width) {
            (Some(id), Some(width)) => {
                let classes = self.pairs.classes.get(id.to_u32() as usize).copied().unwrap_or_default();
                Glyph { id: Some(id.to_u32() as u16), units: width as u16, classes }
            }
            _ => Glyph { id: None, units: self.missing, classes: Classes::default() },
        }
    }

    #[inline]
    fn glyph(&self, c: char) -> Glyph {
        match self.near.get((c as u32).wrapping_sub(FIRST) as usize) {
            Some(glyph) => *glyph,
            None => self.find(c),
        }
    }
}

/// A place in a line: behind some letters, or at its start.
#[derive(Clone, Copy)]
pub struct Place {
    face: &'static Face,
    /// What is of the face, at hand.
    near: &'static [Glyph],
    table: Table,
    /// The row of the last of them in the table.
    before: u16,
    /// How far it is from the start, in units of the face.
    units: i64,
}

impl Place {
    /// The glyph of a character that stands here, and where it begins; the place is behind it then.
    #[inline]
    fn step(&mut self, c: char) -> (Glyph, i64) {
        let near = self.near.get((c as u32).wrapping_sub(FIRST) as usize);
        let glyph = near.copied().unwrap_or_else(|| self.face.find(c));
        let mut at = self.units;
        if !self.table.is_empty() {
            at += kerning(self.table, self.before, glyph.classes);
            self.before = glyph.classes.row;
        }
        self.units = at + i64::from(glyph.units);
        (glyph, at)
    }

    /// The place behind a text that stands here.
    pub fn behind(mut self, text: &str) -> Place {
        if self.table.is_empty() {
            // Every glyph is as wide as the next.
            self.units += crate::text::columns_of(text) as i64 * i64::from(self.face.missing);
        } else {
            text.chars().for_each(|c| _ = self.step(c));
        }
        self
    }

    /// Where the first letter of a text that stands here begins, in units of the face; what has as many is as far.
    pub fn start_of(mut self, text: &str) -> i64 {
        text.chars().next().map_or(self.units, |c| self.step(c).1)
    }
}

/// A face in a size: `px` is the height of a line in pixels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Font {
    /// The height of a line, in pixels.
    pub px: u16,
    /// Whether it is bold.
    pub bold: bool,
    /// Whether every character is as wide as every other.
    pub mono: bool,
    /// Where its size is not what letters are placed by, in 1/64 pixels, what is: of the proportional face the size, of the
    /// monospaced one the distance from one character to the next; else 0.
    pub exact: u16,
}

impl Font {
    /// A font; sizes beyond [`FONT_PX`] count as its ends.
    pub fn new(px: i32, bold: bool, mono: bool) -> Font {
        Font { px: px.clamp(*FONT_PX.start(), *FONT_PX.end()) as u16, bold, mono, exact: 0 }
    }

    /// The font of a text node.
    #[inline]
    pub fn of(data: &NodeData) -> Font {
        let px = if data.font_px == 0 { FONT_PX_DEFAULT } else { data.font_px as i32 };
        let font = Font::new(px, data.flags & Flags::BOLD != 0, data.flags & Flags::MONO != 0);
        if data.flags & Flags::EXACT == 0 {
            return font;
        }
        // Letters never lie closer than they are drawn for, but for half a pixel.
        let least = if font.mono { 28 * font.px } else { 64 * font.px };
        Font { exact: data.stroke_width.max(least), ..font }
    }

    /// The number of its face, below [`FACES`].
    #[inline]
    pub fn face(self) -> usize {
        2 * self.mono as usize + self.bold as usize
    }

    /// A font of so many pixels in the face with a number.
    pub(crate) fn of_face(px: i32, face: i32) -> Font {
        Font::new(px, face & 1 != 0, face & 2 != 0)
    }

    /// How many glyphs its face has.
    pub fn glyph_count(self) -> usize {
        Face::of(self.face()).glyph_count
    }

    /// Height of one line.
    pub fn height(self) -> i32 {
        self.px as i32
    }

    /// Distance from one line's top to the next one's.
    pub fn pitch(self) -> i32 {
        (self.px + self.px / 4) as i32
    }

    /// Height of a number of lines.
    pub fn lines_height(self, count: usize) -> i32 {
        self.height() + (count.saturating_sub(1) as i32).saturating_mul(self.pitch())
    }

    /// Pixels from one character of the monospaced face to the next.
    pub fn cell(self) -> i32 {
        (self.px as i32 * 7 + 8) / 16
    }

    /// The same in 1/64 pixels, where they need not be whole.
    fn cell_64(self) -> i64 {
        if self.exact > 0 { self.exact as i64 } else { 64 * self.cell() as i64 }
    }

    /// What units of the face are multiplied by and divided by to be 1/64 pixels. The letters of the proportional face are
    /// 13/16 of a line high.
    fn scale(self, face: &Face) -> (i64, i64) {
        match self.mono {
            true => (64 * self.cell() as i64, face.missing as i64),
            false => (52 * self.px as i64, face.per_em),
        }
    }

    /// What places in a line are told by.
    #[inline]
    fn ruler(self, face: &Face) -> Ruler {
        let size = if self.exact > 0 { self.exact as i64 } else { 64 * self.px as i64 };
        match self.mono {
            true => Ruler::new(self.cell_64(), face.missing as i64),
            false => Ruler::new(52 * size, 64 * face.per_em),
        }
    }

    /// How far a glyph may reach beyond the ends of its line.
    pub fn overhang(self) -> i32 {
        1 + self.px as i32 / 8
    }

    /// The start of a line.
    pub fn start(self) -> Place {
        let face = Face::of(self.face());
        Place { face, near: &face.near, table: face.pairs.table, before: 0, units: 0 }
    }

    /// Units of the face in pixels, rounded up.
    pub fn pixels(self, units: i64) -> i32 {
        self.ruler(Face::of(self.face())).pixels(units)
    }

    /// How far a letter may be moved back over the one before it, in pixels.
    pub fn overlap(self) -> i32 {
        let face = Face::of(self.face());
        self.ruler(face).pixels(face.most_back)
    }

    /// Where the letters stand, from the top of the line: capitals are in its middle.
    pub fn baseline(self) -> i32 {
        let face = Face::of(self.face());
        let (by, per) = self.scale(face);
        let capital = (face.cap_height * by / per + 32) >> 6;
        (self.px as i32 + capital as i32) / 2
    }

    /// The glyphs of a text and where each begins, in 1/64 pixels from its start.
    #[inline]
    pub fn glyphs(self, text: &str) -> impl Iterator<Item = (Glyph, i64)> {
        self.run(text, 0)
    }

    /// The same behind so many units.
    #[inline]
    fn run(self, text: &str, units: i64) -> impl Iterator<Item = (Glyph, i64)> {
        let mut place = Place { units, ..self.start() };
        let ruler = self.ruler(place.face);
        text.chars().map(move |c| {
            let (glyph, at) = place.step(c);
            (glyph, ruler.place(at))
        })
    }

    /// The glyphs of a text that begin at or right of a place in pixels, and perhaps some left of it, as [`glyphs`](Self::glyphs).
    #[inline]
    pub fn glyphs_from(self, text: &str, place: i64) -> impl Iterator<Item = (Glyph, i64)> {
        let passed = match self.mono && place > 0 {
            true => (64 * place / self.cell_64().max(1)).min(text.len() as i64) as usize,
            false => 0,
        };
        let passed = if text.as_bytes()[..passed].is_ascii() { passed } else { 0 };
        // Every glyph of the monospaced face is as wide as the next.
        self.run(&text[passed..], passed as i64 * Face::of(self.face()).missing as i64)
    }

    /// How far the ink of any glyph reaches to the left and to the right of where it begins, in pixels.
    pub fn reach(self) -> (i64, i64) {
        let face = Face::of(self.face());
        let (by, per) = self.scale(face);
        let ruler = Ruler::new(by, per);
        let (left, right) = (face.reach.0.max(0), face.reach.1.max(face.missing.into()));
        (i64::from(ruler.pixels(left)) + 1, i64::from(ruler.pixels(right)) + 1)
    }

    /// How far the ink of a character may reach to the left and to the right of where it begins, in pixels.
    pub fn ink(self, c: char) -> (i32, i32) {
        let face = Face::of(self.face());
        match face.inks.get((c as u32).wrapping_sub(FIRST) as usize) {
            Some(Some((left, right))) => {
                let (by, per) = self.scale(face);
                let ruler = Ruler::new(by, per);
                // Outlines are drawn on a grid of 1/64 pixels.
                let (left, right) = (ruler.place((*left).into()) - 4, ruler.place((*right).into()) + 4);
                ((left >> 6) as i32, ((right + 63) >> 6) as i32)
            }
            _ => (-self.overhang(), self.advance(c) + self.overhang()),
        }
    }

    /// How far the next character is, in pixels, rounded up.
    pub fn advance(self, c: char) -> i32 {
        let face = Face::of(self.face());
        self.ruler(face).pixels(face.glyph(c).units as i64)
    }

    /// Whether every character begins at a whole pixel.
    pub fn is_whole(self) -> bool {
        self.mono && self.exact == 0
    }

    /// The width of a text in whole pixels.
    pub fn width(self, text: &str) -> i32 {
        if self.mono {
            let width = crate::text::columns_of(text) as i64 * self.cell_64();
            return ((width + 63) >> 6).min(i32::MAX as i64) as i32;
        }
        let place = self.start().behind(text);
        self.ruler(place.face).pixels(place.units)
    }

    /// Where the character at a byte of a text begins, in whole pixels; at its end, its width. There a caret stands.
    pub fn place_of(self, text: &str, byte: usize) -> i32 {
        let (before, rest) = text.split_at(byte);
        if self.mono || rest.is_empty() {
            return self.width(before);
        }
        self.pixels(self.start().behind(before).start_of(rest))
    }

    /// How many bytes of a text have room in a width, and how many pixels they take.
    pub fn fitting(self, text: &str, width: i32) -> (usize, i32) {
        if self.mono {
            let columns = (width / self.cell()).max(0) as usize;
            let bytes = crate::text::byte_of_first(text, columns);
            return (bytes, self.width(&text[..bytes]));
        }
        let (mut place, mut taken) = (self.start(), 0);
        let ruler = self.ruler(place.face);
        for (at, c) in text.char_indices() {
            place.step(c);
            let pixels = ruler.pixels(place.units);
            if pixels > width {
                return (at, taken);
            }
            taken = pixels;
        }
        (text.len(), taken)
    }

    /// The number of the character whose left edge is nearest to a place in a text.
    pub fn index_at(self, text: &str, x: i32) -> usize {
        let end = self.width(text) as i64 * 64;
        let starts = self.glyphs(text).map(|(_, at)| at).chain([end]);
        let distance = |at: i64| (at - 64 * x as i64).abs();
        starts.enumerate().min_by_key(|(_, at)| distance(*at)).map_or(0, |(index, _)| index)
    }

    /// The outlines of its glyphs.
    pub fn outlines(self) -> Outlines {
        let face = Face::of(self.face());
        let (by, per) = self.scale(face);
        let size = Size::new((by * face.per_em) as f32 / (64 * per) as f32);
        let styles = face.styles.call_once(|| GlyphStyles::new(&face.outlines)).clone();
        // Lines that lie are moved to whole pixels; those that stand stay where they are, for places in a line are not whole.
        let target = Target::Smooth {
            mode: SmoothMode::Light,
            symmetric_rendering: true,
            preserve_linear_metrics: true,
        };
        let options = HintingOptions { engine: Engine::Auto(Some(styles)), target };
        let hinting = HintingInstance::new(&face.outlines, size, LocationRef::default(), options).ok();
        Outlines { font: self, face, size, hinting }
    }
}

/// Units of a face as places in a line, by a multiplication: a division for each letter is most of what a letter costs.
#[derive(Clone, Copy)]
struct Ruler {
    /// 1/64 pixels of a unit, in `1 << RULER_BITS`, rounded up: so what comes out whole stays whole, up to as many units.
    unit: i64,
}

const RULER_BITS: u32 = 24;

impl Ruler {
    #[inline]
    fn new(by: i64, per: i64) -> Ruler {
        Ruler { unit: ((by << RULER_BITS) + per - 1) / per }
    }

    /// Units in 1/64 pixels.
    #[inline]
    fn place(self, units: i64) -> i64 {
        units.saturating_mul(self.unit) >> RULER_BITS
    }

    /// The same in pixels, rounded up.
    #[inline]
    fn pixels(self, units: i64) -> i32 {
        ((self.place(units) + 63) >> 6).min(i32::MAX as i64) as i32
    }
}

/// The outlines of a font's glyphs.
pub struct Outlines {
    font: Font,
    face: &'static Face,
    size: Size,
    hinting: Option<HintingInstance>,
}

/// Draws into polygons; glyphs grow upwards, the screen downwards.
struct Pen {
    polygons: Polygons,
    dx: i32,
    baseline: i32,
}

impl Pen {
    fn point(&self, x: f32, y: f32) -> (i32, i32) {
        let unit = |at: f32| libm::roundf(at * 256.0) as i32;
        (unit(x).saturating_add(self.dx), self.baseline.saturating_sub(unit(y)))
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.polygons.move_to(self.point(x, y));
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.polygons.line_to(self.point(x, y));
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.polygons.quad_to(self.point(cx, cy), self.point(x, y));
    }
    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.polygons.cubic_to(self.point(cx0, cy0), self.point(cx1, cy1), self.point(x, y));
    }
    fn close(&mut self) {
        self.polygons.close();
    }
}

impl Outlines {
    /// The outline of a glyph that begins `dx` 1/256 pixels right of the origin, in a line whose top is at 0.
    pub fn outline(&self, glyph: Glyph, dx: i32) -> Polygons {
        let baseline = 256 * self.font.baseline();
        let mut pen = Pen { polygons: Polygons::default(), dx, baseline };
        let Some(id) = glyph.id else { return self.hollow_box(dx) };
        let Some(outline) = self.face.outlines.get(GlyphId::new(id as u32)) else { return pen.polygons };
        let settings = match &self.hinting {
            Some(hinting) => DrawSettings::hinted(hinting, false),
            None => DrawSettings::unhinted(self.size, LocationRef::default()),
        };
        let drawn = outline.draw(settings, &mut pen);
        if drawn.is_err() {
            return self.hollow_box(dx);
        }
        pen.polygons.close();
        pen.polygons
    }

    /// What stands for a character without a glyph: two rectangles that run opposite ways.
    fn hollow_box(&self, dx: i32) -> Polygons {
        let px = self.font.px as i32;
        let (by, per) = self.font.scale(self.face);
        let advance = (self.face.missing as i64 * by / per * 4) as i32;
        let thick = 256 * (px / 16).max(1);
        let (left, right) = (dx + 256, dx + (advance - 256).max(3 * thick));
        let (top, bottom) = (256 * (px / 5), 256 * self.font.baseline());
        let mut polygons = Polygons::default();
        polygons.move_to((left, top));
        for point in [(right, top), (right, bottom), (left, bottom)] {
            polygons.line_to(point);
        }
        let (left, top, right, bottom) = (left + thick, top + thick, right - thick, bottom - thick);
        polygons.move_to((left, top));
        for point in [(left, bottom), (right, bottom), (right, top)] {
            polygons.line_to(point);
        }
        polygons.close();
        polygons
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;

    #[test]
    fn places_in_a_line_do_not_depend_on_where_it_is_cut() {
        for (px, mono) in [(16, false), (16, true), (20, true), (24, false), (11, false), (96, false)] {
            let font = Font::new(px, false, mono);
            let text = "Hamburgefonstiv 0123 ÄÖÜ 漢字";
            let mut last = 0;
            for (index, (at, _)) in text.char_indices().enumerate() {
                let (_, place) = font.glyphs(text).nth(index).unwrap();
                assert!(place >= last && (0..64).contains(&(font.place_of(text, at) as i64 * 64 - place)));
                assert_eq!(font.index_at(text, ((place + 32) / 64) as i32), index, "{px} {mono} {index}");
                last = place;
            }
            for width in [-5, 0, 7, 50, 100_000] {
                let (bytes, taken) = font.fitting(text, width);
                assert_eq!(taken, font.width(&text[..bytes]));
                let next = text[bytes..].chars().next().map_or(0, char::len_utf8);
                assert!(taken <= width.max(0) && (next == 0 || font.width(&text[..bytes + next]) > width));
            }
        }
    }

    /// The pairs as the face has them, told by other programs.
    #[test]
    fn pairs_stand_as_their_face_says() {
        let check = |bold: bool, text: &str, expected: i64| {
            let start = Font::new(16, bold, false).start();
            let alone: i64 = text.chars().map(|c| start.behind(c.encode_utf8(&mut [0; 4])).units).sum();
            assert_eq!(start.behind(text).units - alone, expected, "{text} {bold}");
        };
        for (text, regular, bold) in
            [("AV", -192, -234), ("To", -224, -224), ("Wa", -144, -158), ("r.", -176, -176)]
        {
            check(false, text, regular);
            check(true, text, bold);
        }
        check(false, "AVAV", -192 - 176 - 192);
        check(false, "To Wa", -224 - 144);
        for text in ["Hn", "10", "1:2", "7.", "漢V", ""] {
            check(false, text, 0);
        }
        assert_eq!(Font::new(16, false, true).width("AVTo"), 4 * 7);
    }

    /// The oracle of what is measured at once: letter by letter.
    #[test]
    fn texts_are_as_wide_as_their_letters_one_by_one() {
        let all: alloc::string::String = (0..=0x7F)
            .map(char::from)
            .flat_map(|a| (0..=0x7F).flat_map(move |b| [a, char::from(b)]))
            .collect();
        for number in 0..FACES {
            let start = Font::of_face(16, number as i32).start();
            for text in ["", "A", "AV", "\tA", "Tä", "äT", "T\u{7f}V", all.as_str()] {
                let mut place = start;
                text.chars().for_each(|c| _ = place.step(c));
                let behind = start.behind(text);
                assert_eq!((behind.units, behind.before), (place.units, place.before), "{text}");
            }
        }
    }

    #[test]
    fn a_caret_stands_where_its_letter_begins() {
        for (px, bold) in [(16, false), (16, true), (96, false), (11, true)] {
            let font = Font::new(px, bold, false);
            let text = "AVATo Wa, r.Tę ‘LT’ Ту";
            let places: Vec<i64> = font.glyphs(text).map(|(_, at)| at).collect();
            for ((byte, _), at) in text.char_indices().zip(&places) {
                assert_eq!(i64::from(font.place_of(text, byte)), (at + 63) >> 6, "{text} {byte}");
            }
            assert_eq!(font.place_of(text, text.len()), font.width(text));
            // Nothing of what is behind a letter moves it.
            for (byte, _) in text.char_indices() {
                assert!(font.glyphs(&text[..byte]).zip(&places).all(|((_, at), whole)| at == *whole));
            }
        }
    }

    /// So no prefix of a text is wider than one that is longer, and what goes by places may stop early.
    #[test]
    fn no_letter_begins_before_the_one_before_it() {
        for number in 0..FACES {
            let face = Face::of(number);
            if face.pairs.table.is_empty() {
                assert!(number >= 2);
                continue;
            }
            let shown = |c: &char| face.find(*c).id.is_some();
            let all: Vec<Glyph> =
                (0..=0xFFFF).filter_map(char::from_u32).filter(shown).map(|c| face.find(c)).collect();
            assert!(all.len() > 500 && face.most_back > 0);
            for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
                let kerning = kerning(face.pairs.table, a.classes.row, b.classes);
                let (a, b) = (i64::from(a.units), i64::from(b.units));
                assert!(-kerning <= face.most_back && a + kerning >= 0 && b + kerning >= 0);
            }
        }
    }

    #[test]
    fn the_monospaced_face_keeps_to_its_cells() {
        let cells: [(i32, i32); 4] = [(16, 7), (20, 9), (24, 11), (32, 14)];
        for (px, cell) in cells {
            let font = Font::new(px, false, true);
            assert_eq!((font.cell(), font.width("abc")), (cell, 3 * cell));
            let places: Vec<i64> = font.glyphs("iMö漢").map(|(_, at)| at).collect();
            assert_eq!(places, [0, 64, 128, 192].map(|at| at * cell as i64));
        }
    }

    #[test]
    fn figures_are_of_one_width() {
        for bold in [false, true] {
            let font = Font::new(16, bold, false);
            let widths: Vec<i64> =
                ('0'..='9').map(|c| font.glyphs(&format!("{c}|")).nth(1).unwrap().1).collect();
            assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
            assert!(font.width("iiii") < font.width("mmmm"));
        }
    }

    #[test]
    fn outlines_stand_on_the_baseline() {
        for px in [8, 13, 16, 24, 96, 192] {
            for face in 0..FACES {
                let font = Font::new(px, face & 1 == 1, face & 2 == 2);
                let outlines = font.outlines();
                for (glyph, at) in font.glyphs("Hx漢") {
                    let (left, top, right, bottom) = outlines.outline(glyph, 0).bounds().unwrap();
                    assert!(left > -256 && right < 256 * px && top >= 0, "{px} {face} at {at}");
                    // Large letters are where they are drawn.
                    let most = if px <= 24 { 8 } else { 128 };
                    assert!((bottom - 256 * font.baseline()).abs() <= most, "{px} {face}: {bottom}");
                }
                assert!(outlines.outline(font.glyphs(" ").next().unwrap().0, 0).bounds().is_none());
            }
        }
    }

    #[test]
    fn no_ink_reaches_farther_than_is_told() {
        for (px, face) in [8, 13, 16, 33].into_iter().flat_map(|px| (0..FACES).map(move |face| (px, face))) {
            let font = Font::new(px, face & 1 == 1, face & 2 == 2);
            let (outlines, reach) = (font.outlines(), font.reach());
            assert!(reach.0 <= px as i64 && reach.1 <= 2 * px as i64, "{px} {face}: {reach:?}");
            let ids = (0..font.glyph_count() as u16).map(Some).chain([None]);
            for id in ids {
                // At the last quarter of a pixel.
                let Some((left, _, right, _)) =
                    outlines.outline(Glyph { id, units: 0, classes: Classes::default() }, 192).bounds()
                else {
                    continue;
                };
                let (left, right) = (i64::from(left) - 192, i64::from(right));
                assert!(
                    left >= -256 * reach.0 && right <= 256 * reach.1,
                    "{px} {face} {id:?}: {left} {right} {reach:?}"
                );
            }
            for c in (FIRST..=LAST).filter_map(char::from_u32) {
                let (glyph, _) = font.glyphs(c.encode_utf8(&mut [0; 4])).next().unwrap();
                let Some((left, _, right, _)) = outlines.outline(glyph, 0).bounds() else { continue };
                let ink = font.ink(c);
                assert!(
                    left >= 256 * ink.0 && right <= 256 * ink.1,
                    "{px} {face} {c}: {left} {right} {ink:?}"
                );
            }
        }
    }
}
