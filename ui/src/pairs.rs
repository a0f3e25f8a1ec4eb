//! Kerning: how much nearer a letter stands, or how much farther, because of the one before it.
//!
//! Enter at [`Pairs::of`]. A face of ours has all its pairs in one table of classes by classes (`assets/fonts/subset.py` says
//! how it is made), which is read where it lies in the file. Class 0 has no pairs.

use alloc::boxed::Box;
use skrifa::FontRef;
use skrifa::raw::TableProvider;
use skrifa::raw::tables::gpos::{PairPos, PositionSubtables};
use skrifa::raw::tables::layout::ClassDef;
use skrifa::raw::types::GlyphId16;

/// Bytes of a subtable before its values: format, coverage, two formats of values, two definitions of classes, two counts.
const HEAD_BYTES: usize = 16;

/// The classes of a glyph: as the first of two, and as the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Classes {
    pub(crate) first: u8,
    pub(crate) second: u8,
}

/// The pairs of a face.
pub(crate) struct Pairs {
    classes: Box<[Classes]>,
    columns: usize,
    values: &'static [[u8; 2]],
}

impl Pairs {
    /// The pairs of a face with so many glyphs; `None` where it has none.
    pub(crate) fn of(font: &FontRef<'static>, glyphs: usize) -> Option<Pairs> {
        font.gpos().ok()?;
        let Some(pairs) = Pairs::read(font, glyphs) else {
            panic!("the pairs of a font of the program cannot be read")
        };
        Some(pairs)
    }

    fn read(font: &FontRef<'static>, glyphs: usize) -> Option<Pairs> {
        let lookup = font.gpos().ok()?.lookup_list().ok()?.lookups().get(0).ok()?;
        let PositionSubtables::Pair(parts) = lookup.subtables().ok()? else { return None };
        let PairPos::Format2(part) = parts.get(0).ok()? else { return None };
        let (rows, columns) = (usize::from(part.class1_count()), usize::from(part.class2_count()));
        let is_ours = parts.len() == 1 && rows.max(columns) <= 256;
        // Values of two bytes, of the first glyph alone: how far the next one is.
        if !is_ours || part.value_format1().bits() != 4 || part.value_format2().bits() != 0 {
            return None;
        }
        let values = part.offset_data().as_bytes().get(HEAD_BYTES..)?.as_chunks::<2>().0;
        let (firsts, seconds) = (part.class_def1().ok()?, part.class_def2().ok()?);
        let class = |of: &ClassDef<'_>, id: usize| of.get(GlyphId16::new(id as u16)) as u8;
        let classes = |id| Classes { first: class(&firsts, id), second: class(&seconds, id) };
        let classes = (0..glyphs).map(classes).collect();
        Some(Pairs { classes, columns, values: values.get(..rows * columns)? })
    }

    /// The classes of a glyph.
    pub(crate) fn classes(&self, id: u32) -> Classes {
        self.classes.get(id as usize).copied().unwrap_or_default()
    }

    /// How much farther a glyph of the second class is behind one of the first, in units.
    #[inline]
    pub(crate) fn kerning(&self, first: u8, second: u8) -> i64 {
        let at = usize::from(first) * self.columns + usize::from(second);
        self.values.get(at).map_or(0, |value| i16::from_be_bytes(*value).into())
    }

    /// The farthest that a glyph is moved back.
    pub(crate) fn most_back(&self) -> i64 {
        let least = self.values.iter().map(|value| i16::from_be_bytes(*value)).min();
        -i64::from(least.unwrap_or(0).min(0))
    }
}
