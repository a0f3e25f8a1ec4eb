//! Polygons to coverage: how much of each pixel lies inside.
//!
//! Enter at [`Raster::fill`]. Each line leaves in every cell that it crosses how far it goes down there and how much of that
//! lies to the right of it; a sum along a row then is the area, exact to 1/256 pixel, in integers.
//!
//! Invariant: what a pixel gets does not depend on the part of the polygons that is looked at. A line is cut at whole pixels
//! only, and where, follows from its ends.

use alloc::vec::Vec;
use halt_ui::{Point, Polygons, Rect};

/// Room for the sums of one block.
#[derive(Default)]
pub(crate) struct Raster {
    sums: Vec<i32>,
    width: i32,
    height: i32,
}

/// All of a pixel in units of the sums: 256 down, and 2 * 256 across.
const WHOLE: i32 = 2 * 256 * 256;
/// Places are within this many 1/256 pixels of the block.
const FAR: i32 = 1 << 29;

impl Raster {
    /// Gives the coverage of every pixel of a block, row by row, to `put`. Where polygons wind around a pixel more than once
    /// counts as once.
    pub(crate) fn fill(&mut self, polygons: &Polygons, block: Rect, mut put: impl FnMut(&[u8])) {
        (self.width, self.height) = (block.width, block.height);
        self.sums.clear();
        // A line at the very right leaves something in the cell behind the last.
        self.sums.resize((self.width as usize + 2) * self.height as usize, 0);
        let local = |(x, y): Point| {
            let at = |place: i32, start: i32| {
                (place as i64 - 256 * start as i64).clamp(-FAR as i64, FAR as i64) as i32
            };
            (at(x, block.x), at(y, block.y))
        };
        for (from, to) in polygons.lines() {
            self.line(local(from), local(to));
        }
        let mut row = alloc::vec![0; self.width as usize];
        for sums in self.sums.chunks_exact(self.width as usize + 2) {
            let mut sum = 0i32;
            for (coverage, cell) in row.iter_mut().zip(sums) {
                sum = sum.wrapping_add(*cell);
                *coverage =
                    ((sum.unsigned_abs().min(WHOLE as u32) * 255 + WHOLE as u32 / 2) / WHOLE as u32) as u8;
            }
            put(&row);
        }
    }

    /// Cuts a line by the rows.
    fn line(&mut self, (x0, y0): Point, (x1, y1): Point) {
        if y0 == y1 {
            return;
        }
        let (down, top, bottom) = if y0 < y1 { (1, y0, y1) } else { (-1, y1, y0) };
        let (top_x, bottom_x) = if y0 < y1 { (x0, x1) } else { (x1, x0) };
        let (dx, dy) = (bottom_x as i64 - top_x as i64, bottom as i64 - top as i64);
        let x_at = |y: i32| top_x + ((y as i64 - top as i64) * dx / dy) as i32;
        let first = (top >> 8).max(0);
        let last = ((bottom - 1) >> 8).min(self.height - 1);
        for row in first..=last {
            let (from, to) = (top.max(row * 256), bottom.min(row * 256 + 256));
            self.part(row, (x_at(from), from - row * 256), (x_at(to), to - row * 256), down);
        }
    }

    /// Cuts what of a line lies in a row by the columns.
    fn part(&mut self, row: i32, (x0, y0): Point, (x1, y1): Point, down: i32) {
        let start = row as usize * (self.width as usize + 2);
        let limit = 256 * self.width;
        let sums = &mut self.sums[start..start + self.width as usize + 2];
        let mut put = |x0: i32, x1: i32, dy: i32| {
            // Beyond the left end all of it counts, beyond the right end nothing.
            let column = (x0.min(x1) >> 8).clamp(-1, limit >> 8);
            if column < 0 {
                sums[0] += down * dy * 512;
            } else if column < limit >> 8 {
                let left = dy * (x0 + x1 - 512 * column);
                sums[column as usize] += down * (dy * 512 - left);
                sums[column as usize + 1] += down * left;
            }
        };
        let (left, right) = (x0.min(x1), x0.max(x1));
        if left >> 8 == (right - 1).max(left) >> 8 || right <= 0 || left >= limit {
            return put(x0, x1, y1 - y0);
        }
        let (dx, dy) = ((x1 - x0) as i64, (y1 - y0) as i64);
        let y_at = |x: i32| y0 + ((x as i64 - x0 as i64) * dy / dx) as i32;
        // What lies beyond the ends is one part each, whatever its slope.
        let columns = (left >> 8).max(-1) + 1..=((right - 1) >> 8).min(limit >> 8);
        let (mut x, mut y) = (x0, y0);
        let mut step = |to: i32| {
            let next = y_at(to);
            put(x, to, next - y);
            (x, y) = (to, next);
        };
        if x0 < x1 {
            columns.for_each(|column| step(column * 256));
        } else {
            columns.rev().for_each(|column| step(column * 256));
        }
        put(x, x1, y1 - y);
    }
}

/// The coverage of every pixel of a block by polygons, row by row.
pub fn coverage(polygons: &Polygons, block: Rect) -> Vec<u8> {
    let mut all = Vec::new();
    Raster::default().fill(polygons, block, |row| all.extend_from_slice(row));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(points: &[Point], block: Rect) -> Vec<u8> {
        let mut polygons = Polygons::default();
        polygons.move_to(points[0]);
        points[1..].iter().for_each(|point| polygons.line_to(*point));
        polygons.close();
        coverage(&polygons, block)
    }

    /// Sixteen times sixteen samples of each pixel.
    fn sampled(points: &[Point], block: Rect) -> Vec<u8> {
        let mut all = Vec::new();
        for y in block.y..block.bottom() {
            for x in block.x..block.right() {
                let inside = (0..256).filter(|sample| {
                    let (px, py) = (x * 256 + sample % 16 * 16 + 8, y * 256 + sample / 16 * 16 + 8);
                    let next = points.iter().skip(1).chain(points.first());
                    let winding: i32 = points
                        .iter()
                        .zip(next)
                        .filter(|(a, b)| (a.1 <= py) != (b.1 <= py))
                        .map(|(a, b)| {
                            let side = (b.0 - a.0) as i64 * (py - a.1) as i64
                                - (px - a.0) as i64 * (b.1 - a.1) as i64;
                            if b.1 > a.1 && side < 0 {
                                1
                            } else if b.1 <= a.1 && side > 0 {
                                -1
                            } else {
                                0
                            }
                        })
                        .sum();
                    winding != 0
                });
                all.push((inside.count() * 255 / 256) as u8);
            }
        }
        all
    }

    #[test]
    fn triangles_are_covered_as_samples_say() {
        let mut state = 7u64;
        let mut random = |below: i32| {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            ((state >> 33) % below as u64) as i32
        };
        let block = Rect::new(3, 2, 17, 13);
        for _ in 0..300 {
            let points: [Point; 3] = core::array::from_fn(|_| (random(7000) - 600, random(5000) - 600));
            let (got, expected) = (covered(&points, block), sampled(&points, block));
            for (i, (a, b)) in got.iter().zip(&expected).enumerate() {
                assert!(a.abs_diff(*b) <= 24, "{a} for {b} at {i} of {points:?}");
            }
            let off: i64 = got.iter().zip(&expected).map(|(a, b)| *a as i64 - *b as i64).sum();
            assert!(off.abs() < 600, "{off} in all of {points:?}");
        }
    }

    #[test]
    fn a_part_is_what_the_whole_has_there() {
        let points = [(100, -300), (5000, 900), (2345, 4200), (-700, 2000)];
        let whole = covered(&points, Rect::new(-4, -3, 30, 24));
        for (x, y, width, height) in
            [(-4, -3, 30, 24), (0, 0, 8, 8), (5, 5, 1, 1), (12, 3, 14, 9), (40, 40, 3, 3)]
        {
            let part = covered(&points, Rect::new(x, y, width, height));
            for j in 0..height {
                for i in 0..width {
                    let (row, column) = ((y + j + 3), (x + i + 4));
                    let inside = (0..24).contains(&row) && (0..30).contains(&column);
                    let expected = if inside { whole[(row * 30 + column) as usize] } else { 0 };
                    assert_eq!(part[(j * width + i) as usize], expected, "{i},{j} of {x},{y}");
                }
            }
        }
    }

    #[test]
    fn whole_pixels_are_covered_whole_and_huge_polygons_cost_their_block() {
        let square = [(256, 256), (768, 256), (768, 768), (256, 768)];
        let expected = [0, 0, 0, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0];
        assert_eq!(covered(&square, Rect::new(0, 0, 4, 4)), expected);
        let far = i32::MAX;
        let huge = [(-far, -far), (far, -far), (far, far), (-far, far)];
        assert_eq!(covered(&huge, Rect::new(0, 0, 3, 3)), [255; 9]);
    }
}
