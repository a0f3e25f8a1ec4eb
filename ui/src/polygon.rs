//! Polygons: what outlines and paths are painted from.
//!
//! Enter at [`Polygons`]. Places are in 1/256 pixels. Curves become as many straight lines as keep within a sixteenth of a
//! pixel.

use alloc::vec::Vec;

/// A place in 1/256 pixels.
pub type Point = (i32, i32);

/// The most lines that one curve becomes.
const LINES_MAX: i64 = 128;

/// Closed polygons, filled where they wind around.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Polygons {
    points: Vec<Point>,
    /// For each polygon the number of points up to its end.
    ends: Vec<usize>,
}

/// `count` lines keep a curve, whose second difference is `bend`, within the tolerance.
fn lines_for(bend: i64) -> i64 {
    (bend.max(0) as u64).isqrt().clamp(0, LINES_MAX as u64 - 1) as i64 + 1
}

fn bend(a: Point, b: Point, c: Point) -> i64 {
    let along = |a: i32, b: i32, c: i32| (a as i64 - 2 * b as i64 + c as i64).abs();
    along(a.0, b.0, c.0).max(along(a.1, b.1, c.1))
}

impl Polygons {
    /// Begins another polygon.
    pub fn move_to(&mut self, to: Point) {
        self.close();
        self.points.push(to);
    }

    /// A straight line.
    pub fn line_to(&mut self, to: Point) {
        self.points.push(to);
    }

    /// Where the pen is.
    pub fn place(&self) -> Point {
        self.points.last().copied().unwrap_or((0, 0))
    }

    /// A quadratic curve.
    pub fn quad_to(&mut self, by: Point, to: Point) {
        let from = self.place();
        let n = lines_for(bend(from, by, to) / 64);
        for i in 1..=n {
            let at = |a: i32, b: i32, c: i32| {
                let (a, b, c) = (a as i64, b as i64, c as i64);
                (((n - i) * (n - i) * a + 2 * i * (n - i) * b + i * i * c) / (n * n)) as i32
            };
            self.points.push((at(from.0, by.0, to.0), at(from.1, by.1, to.1)));
        }
    }

    /// A cubic curve.
    pub fn cubic_to(&mut self, by: Point, then: Point, to: Point) {
        let from = self.place();
        let n = lines_for(bend(from, by, then).max(bend(by, then, to)) * 3 / 64);
        for i in 1..=n {
            let at = |a: i32, b: i32, c: i32, d: i32| {
                let (a, b, c, d) = (a as i64, b as i64, c as i64, d as i64);
                let (i, j) = (i, n - i);
                ((j * j * j * a + 3 * i * j * j * b + 3 * i * i * j * c + i * i * i * d) / (n * n * n)) as i32
            };
            self.points.push((at(from.0, by.0, then.0, to.0), at(from.1, by.1, then.1, to.1)));
        }
    }

    /// Ends a polygon; it runs back to its start.
    pub fn close(&mut self) {
        if self.points.len() > self.ends.last().copied().unwrap_or(0) {
            self.ends.push(self.points.len());
        }
    }

    /// The polygons, each a list of points.
    pub fn iter(&self) -> impl Iterator<Item = &[Point]> {
        let starts = core::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.points[start..*end])
    }

    /// The lines around all of them.
    pub fn lines(&self) -> impl Iterator<Item = (Point, Point)> {
        self.iter().flat_map(|polygon| {
            let next = polygon.iter().skip(1).chain(polygon.first());
            polygon.iter().copied().zip(next.copied())
        })
    }

    /// The least and the largest coordinates: left, top, right, bottom; `None` when there is no point.
    pub fn bounds(&self) -> Option<(i32, i32, i32, i32)> {
        let first = *self.points.first()?;
        Some(self.points.iter().fold((first.0, first.1, first.0, first.1), |(l, t, r, b), (x, y)| {
            (l.min(*x), t.min(*y), r.max(*x), b.max(*y))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_end_where_they_should_and_stay_near() {
        let mut circle = Polygons::default();
        let (r, k) = (25_600i32, 14_138i32);
        circle.move_to((r, 0));
        circle.cubic_to((r, k), (k, r), (0, r));
        circle.close();
        let points: Vec<Point> = circle.iter().next().unwrap().to_vec();
        assert_eq!((points[0], points[points.len() - 1]), ((r, 0), (0, r)));
        for pair in points.windows(2) {
            let middle = ((pair[0].0 + pair[1].0) as f64 / 2.0, (pair[0].1 + pair[1].1) as f64 / 2.0);
            let off = (middle.0.hypot(middle.1) - r as f64).abs();
            assert!(off < 24.0, "{off} at {middle:?}");
        }
        assert_eq!(circle.lines().count(), points.len());
        assert_eq!(circle.bounds(), Some((0, 0, r, r)));
        assert_eq!(Polygons::default().bounds(), None);
    }
}
