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

/// The classes of a glyph.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Classes {
    /// As the first of two: where the row of its class begins in the table.
    pub(crate) row: u16,
    /// As the second.
    pub(crate) column: u16,
}

/// A table of classes by classes.
pub(crate) type Table = &'static [[u8; 2]];

/// How much farther a glyph is behind another one of a row, in units. Without a table there are no pairs.
#[inline]
pub(crate) fn kerning(table: Table, row: u16, glyph: Classes) -> i64 {
    let value = table.get(usize::from(row) + usize::from(glyph.column));
    value.map_or(0, |value| i16::from_be_bytes(*value).into())
}

/// The pairs of a face.
#[derive(Default)]
pub(crate) struct Pairs {
    /// Of each glyph.
    pub(crate) classes: Box<[Classes]>,
    pub(crate) table: Table,
}

impl Pairs {
    /// The pairs of a face with so many glyphs; none where its file has none.
    pub(crate) fn of(font: &FontRef<'static>, glyphs: usize) -> Pairs {
        if font.gpos().is_err() {
            return Pairs::default();
        }
        let Some(pairs) = Pairs::read(font, glyphs) else {
            panic!("the pairs of a font of the program cannot be read")
        };
        pairs
    }

    fn read(font: &FontRef<'static>, glyphs: usize) -> Option<Pairs> {
        let lookup = font.gpos().ok()?.lookup_list().ok()?.lookups().get(0).ok()?;
        let PositionSubtables::Pair(parts) = lookup.subtables().ok()? else { return None };
        let PairPos::Format2(part) = parts.get(0).ok()? else { return None };
        let (rows, columns) = (usize::from(part.class1_count()), usize::from(part.class2_count()));
        let is_ours = parts.len() == 1 && rows * columns <= 1 << 16;
        // Values of two bytes, of the first glyph alone: how far the next one is.
        if !is_ours || part.value_format1().bits() != 4 || part.value_format2().bits() != 0 {
            return None;
        }
        let values = part.offset_data().as_bytes().get(HEAD_BYTES..)?.as_chunks::<2>().0;
        let (firsts, seconds) = (part.class_def1().ok()?, part.class_def2().ok()?);
        let class = |of: &ClassDef<'_>, id: usize| of.get(GlyphId16::new(id as u16)) as u16;
        let classes = |id| Classes { row: class(&firsts, id) * columns as u16, column: class(&seconds, id) };
        let classes = (0..glyphs).map(classes).collect();
        Some(Pairs { classes, table: values.get(..rows * columns)? })
    }

    /// The farthest that a glyph is moved back.
    pub(crate) fn most_back(&self) -> i64 {
        let least = self.table.iter().map(|value| i16::from_be_bytes(*value)).min();
        -i64::from(least.unwrap_or(0).min(0))
    }
}
