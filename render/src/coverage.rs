//! Coverage of round edges: how much of each pixel an ellipse's quarter covers.
//!
//! Enter at [`Tables::quarter`] for the cached tables of circles and [`Edge::compute`] for any other ellipse. A
//! row of a quarter is an [`Edge`]: nothing up to `start`, then some cells of partial coverage, then all. Each
//! pixel row is cut into 16 lines whose horizontal extent is exact to 1/256 pixel, by integer square roots.
//!
//! Invariant: a table is a pure function of its diameter; the cache only ever grows, up to a fixed bound.

use crate::blend::Kernels;
use crate::glyph::Glyphs;
use alloc::boxed::Box;
use alloc::vec::Vec;
use spin::{Once, RwLock};

/// Lines that a pixel row is cut into.
const LINES: i64 = 16;
/// Circles up to this diameter are cached; the tables of all of them together take about 2 MB.
const DIAMETER_MAX: usize = 512;
/// Ellipses larger than this are cut, which keeps the arithmetic within 64 bits.
pub(crate) const ELLIPSE_MAX: i32 = 1 << 19;

/// One row of a shape from its left (or, mirrored, right) end inward.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge<'c> {
    /// Pixels that are not covered at all.
    pub(crate) start: i32,
    /// Coverage of those that follow; all further ones are covered in full.
    pub(crate) cells: &'c [u8],
}

impl<'c> Edge<'c> {
    /// A straight edge.
    pub(crate) const STRAIGHT: Edge<'static> = Edge { start: 0, cells: &[] };

    /// Pixels up to which the coverage is less than full.
    #[inline(always)]
    pub(crate) fn end(&self) -> i32 {
        self.start + self.cells.len() as i32
    }

    /// Coverage of the pixel at a distance from the end.
    #[inline(always)]
    pub(crate) fn at(&self, distance: i32) -> u32 {
        if distance < self.start {
            0
        } else {
            self.cells.get((distance - self.start) as usize).map_or(255, |cell| *cell as u32)
        }
    }

    /// Row `row` (counted from the nearer of top and bottom) of an ellipse in a rectangle of the given size. The
    /// cells go to `cells`; the start is returned. Sizes are 1..=[`ELLIPSE_MAX`].
    pub(crate) fn compute(width: i32, height: i32, row: i32, cells: &mut Vec<u8>) -> i32 {
        let (w, h) = (width as i64, height as i64);
        // Half the width of the ellipse on each line, in 1/256 pixels.
        let half = |line: i64| {
            let (above, radius) = (16 * h - (2 * (LINES * row as i64 + line) + 1), 16 * h);
            let root = (((radius * radius - above * above) as u64) << 16).isqrt() as i64;
            w * root / (32 * h)
        };
        let halves: [i64; LINES as usize] = core::array::from_fn(|line| half(line as i64));
        // The lines grow longer towards the middle of the ellipse, and the last is the longest, unless the
        // middle lies within this row.
        let longest = halves.iter().copied().max().unwrap_or(0);
        let shortest = halves.iter().copied().min().unwrap_or(0);
        let start = ((128 * w - longest) >> 8) as i32;
        let end = (((128 * w - shortest + 255) >> 8) as i32).min((width + 1) / 2);
        cells.clear();
        cells.extend((start..end).map(|i| {
            let (left, right) = (256 * i as i64, 256 * (i as i64 + 1));
            let sum: i64 =
                halves.iter().map(|half| (right.min(128 * w + half) - left.max(128 * w - half)).max(0)).sum();
            ((sum * 255 + LINES * 128) / (LINES * 256)) as u8
        }));
        start
    }
}

/// The left upper quarter of a circle.
pub(crate) struct Quarter {
    rows: Vec<(u32, u32, u32)>,
    cells: Vec<u8>,
}

impl Quarter {
    fn circle(diameter: i32) -> Quarter {
        let (mut rows, mut cells, mut row_cells) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..(diameter + 1) / 2 {
            let start = Edge::compute(diameter, diameter, row, &mut row_cells);
            rows.push((start as u32, cells.len() as u32, row_cells.len() as u32));
            cells.extend_from_slice(&row_cells);
        }
        Quarter { rows, cells }
    }

    /// A row; straight below the quarter.
    #[inline]
    pub(crate) fn edge(&self, row: i32) -> Edge<'_> {
        match self.rows.get(row as usize) {
            Some(&(start, first, count)) => {
                Edge { start: start as i32, cells: &self.cells[first as usize..(first + count) as usize] }
            }
            None => Edge::STRAIGHT,
        }
    }
}

/// The tables that painting looks things up in, filled on first use and shared by all workers.
pub struct Tables {
    pub(crate) kernels: &'static Kernels,
    circles: Box<[Once<Quarter>]>,
    pub(crate) falloffs: Box<[Once<Box<[u8]>>]>,
    pub(crate) glyphs: RwLock<Glyphs>,
    pub(crate) arrows: crate::pointer::Arrows,
}

impl Tables {
    /// Empty tables, and the kernels that are fastest here.
    pub fn new() -> Tables {
        Tables::with_kernels(Kernels::here())
    }

    /// Empty tables, and kernels of the caller's choice.
    pub fn with_kernels(kernels: &'static Kernels) -> Tables {
        Tables {
            kernels,
            circles: (0..=DIAMETER_MAX).map(|_| Once::new()).collect(),
            falloffs: (0..=halt_ui::SHADOW_BLUR_MAX).map(|_| Once::new()).collect(),
            glyphs: RwLock::new(Glyphs::new()),
            arrows: crate::pointer::Arrows::new(),
        }
    }

    /// The quarter of a circle of a diameter, when that is cached.
    #[inline]
    pub(crate) fn quarter(&self, diameter: i32) -> Option<&Quarter> {
        let place = self.circles.get(usize::try_from(diameter).ok()?)?;
        Some(place.call_once(|| Quarter::circle(diameter)))
    }
}

impl Default for Tables {
    fn default() -> Tables {
        Tables::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(width: i32, height: i32) -> f64 {
        let mut cells = Vec::new();
        let mut sum = 0u64;
        for y in 0..height {
            let start = Edge::compute(width, height, y.min(height - 1 - y), &mut cells);
            let edge = Edge { start, cells: &cells };
            sum += (0..width).map(|x| edge.at(x.min(width - 1 - x)) as u64).sum::<u64>();
        }
        sum as f64 / 255.0
    }

    #[test]
    fn ellipses_cover_their_area() {
        for (width, height) in
            [(1, 1), (2, 2), (3, 3), (7, 7), (16, 16), (101, 101), (64, 8), (9, 80), (300, 1)]
        {
            let exact = core::f64::consts::PI / 4.0 * width as f64 * height as f64;
            let (got, edge) = (area(width, height), (width + height) as f64);
            assert!((got - exact).abs() < 0.01 * edge, "{width}x{height}: {got} for {exact}");
        }
    }

    #[test]
    fn a_circle_is_symmetric_about_its_diagonal() {
        let tables = Tables::new();
        for diameter in [1, 2, 5, 16, 33, 100] {
            let quarter = tables.quarter(diameter).unwrap();
            for y in 0..(diameter + 1) / 2 {
                for x in 0..(diameter + 1) / 2 {
                    let (a, b) = (quarter.edge(y).at(x) as i32, quarter.edge(x).at(y) as i32);
                    assert!((a - b).abs() <= 12, "diameter {diameter} at {x},{y}: {a} and {b}");
                }
            }
        }
    }
}
