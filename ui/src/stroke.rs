//! Strokes: the polygons that a pen covers which follows an outline.
//!
//! Enter at [`Pen::stroke`]. Each straight piece is a rectangle, each joint a wedge, each end a cap; they overlap, and all run the
//! same way, so that what winds around any of them is covered once.

use crate::path::{Run, Spot};
use alloc::vec::Vec;
use core::f64::consts::PI;

/// What an open end looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Cap {
    /// It ends where the outline does.
    #[default]
    Butt,
    Round,
    Square,
}

/// What a joint looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Join {
    /// Pointed, unless that would be longer than four times the width.
    #[default]
    Miter,
    Round,
    Bevel,
}

/// What draws a stroke.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pen {
    pub(crate) width: f64,
    pub(crate) cap: Cap,
    pub(crate) join: Join,
}

/// A point is at most so many times the width long.
const MITER_MAX: f64 = 4.0;

/// Joints that turn less are of a curve that was made straight; they are pointed, which follows it best.
const SMOOTH_COS: f64 = 0.965;

fn plus(a: Spot, b: Spot) -> Spot {
    (a.0 + b.0, a.1 + b.1)
}

fn times(a: Spot, by: f64) -> Spot {
    (a.0 * by, a.1 * by)
}

/// The direction from one place to another, of length 1.
fn direction(from: Spot, to: Spot) -> Spot {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    times((x, y), 1.0 / libm::hypot(x, y))
}

/// A quarter of a turn.
fn turned(a: Spot) -> Spot {
    (-a.1, a.0)
}

/// The sides of a polygon: each corner with the next, the last with the first.
pub(crate) fn sides(polygon: &[Spot]) -> impl Iterator<Item = (Spot, Spot)> + '_ {
    polygon.iter().copied().zip(polygon.iter().skip(1).chain(polygon.first()).copied())
}

/// Whether two places are one: directions over less than a 64th of a pixel are noise.
fn are_one(a: Spot, b: Spot) -> bool {
    libm::hypot(a.0 - b.0, a.1 - b.1) < 1.0 / 64.0
}

struct Strokes {
    polygons: Vec<Vec<Spot>>,
}

impl Strokes {
    /// Adds a polygon, in the one direction.
    fn add(&mut self, mut polygon: Vec<Spot>) {
        let area: f64 = sides(&polygon).map(|(a, b)| a.0 * b.1 - a.1 * b.0).sum();
        if area < 0.0 {
            polygon.reverse();
        }
        if area != 0.0 {
            self.polygons.push(polygon);
        }
    }
}

impl Pen {
    /// The polygons that it covers.
    pub(crate) fn stroke(&self, runs: &[Run]) -> Vec<Vec<Spot>> {
        let mut strokes = Strokes { polygons: Vec::new() };
        runs.iter().for_each(|run| self.follow(run, &mut strokes));
        strokes.polygons
    }

    fn follow(&self, run: &Run, strokes: &mut Strokes) {
        let half = self.width / 2.0;
        let mut spots = run.spots.clone();
        spots.dedup_by(|a, b| are_one(*a, *b));
        if run.closed && spots.len() > 1 && are_one(spots[0], spots[spots.len() - 1]) {
            spots.pop();
        }
        if let [only] = spots[..] {
            // A place alone shows its caps.
            match self.cap {
                Cap::Butt => {}
                Cap::Round => strokes.add(self.fan(only, 0.0, 2.0 * PI)),
                Cap::Square => strokes.add(self.bar(plus(only, (-half, 0.0)), plus(only, (half, 0.0)))),
            }
            return;
        }
        let closed = run.closed && spots.len() > 2;
        let next = spots.iter().skip(1).chain(spots.first().filter(|_| closed));
        let pieces: Vec<(Spot, Spot)> = spots.iter().copied().zip(next.copied()).collect();
        for (from, to) in &pieces {
            strokes.add(self.bar(*from, *to));
        }
        let last = pieces.len().saturating_sub(1);
        for (index, (from, to)) in pieces.iter().enumerate() {
            let then = if index < last { index + 1 } else { 0 };
            if index < last || closed {
                self.joint(*to, direction(*from, *to), direction(pieces[then].0, pieces[then].1), strokes);
            }
        }
        if let (false, Some(first), Some(last)) = (closed, pieces.first(), pieces.last()) {
            self.end(first.0, direction(first.1, first.0), strokes);
            self.end(last.1, direction(last.0, last.1), strokes);
        }
    }

    /// A straight piece.
    fn bar(&self, from: Spot, to: Spot) -> Vec<Spot> {
        let side = times(turned(direction(from, to)), self.width / 2.0);
        let other = times(side, -1.0);
        alloc::vec![plus(from, side), plus(to, side), plus(to, other), plus(from, other)]
    }

    /// A part of the disc around a place, from an angle on.
    fn fan(&self, at: Spot, from: f64, turn: f64) -> Vec<Spot> {
        let half = self.width / 2.0;
        let count = (libm::sqrt(2.0 * half) * turn.abs()).clamp(2.0, 512.0) as usize + 1;
        (0..=count)
            .map(|i| {
                let (sin, cos) = libm::sincos(from + turn * i as f64 / count as f64);
                plus(at, (half * cos, half * sin))
            })
            .collect()
    }

    fn end(&self, at: Spot, outwards: Spot, strokes: &mut Strokes) {
        match self.cap {
            Cap::Butt => {}
            Cap::Square => strokes.add(self.bar(at, plus(at, times(outwards, self.width / 2.0)))),
            Cap::Round => {
                strokes.add(self.fan(at, libm::atan2(outwards.1, outwards.0) - PI / 2.0, PI));
            }
        }
    }

    fn joint(&self, at: Spot, before: Spot, after: Spot, strokes: &mut Strokes) {
        let half = self.width / 2.0;
        let (cross, dot) = (before.0 * after.1 - before.1 * after.0, before.0 * after.0 + before.1 * after.1);
        // The outer side is away from the turn.
        let outer = if cross > 0.0 { -half } else { half };
        let (from, to) = (times(turned(before), outer), times(turned(after), outer));
        let smooth = dot > SMOOTH_COS;
        if self.join == Join::Round && !smooth {
            let turn = libm::atan2(cross, dot);
            let mut wedge = self.fan(at, libm::atan2(from.1, from.0), turn);
            wedge.push(at);
            return strokes.add(wedge);
        }
        let mut wedge = alloc::vec![at, plus(at, from)];
        // The point lies where the outer sides meet: as far as half the width over the sine of half the angle between them.
        if (self.join == Join::Miter || smooth) && 2.0 / (1.0 + dot) <= MITER_MAX * MITER_MAX {
            wedge.push(plus(at, times(plus(from, to), 1.0 / (1.0 + dot))));
        }
        wedge.push(plus(at, to));
        strokes.add(wedge);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(pen: &Pen, runs: &[Run], x: f64, y: f64) -> bool {
        let winding = |polygon: &Vec<Spot>| {
            let inside = sides(polygon).filter(|(a, b)| {
                let side = (b.0 - a.0) * (y - a.1) - (b.1 - a.1) * (x - a.0);
                (a.1 <= y) != (b.1 <= y) && (side > 0.0) == (b.1 > a.1)
            });
            inside.count() % 2 == 1
        };
        pen.stroke(runs).iter().any(winding)
    }

    #[test]
    fn caps_and_joints_reach_as_far_as_they_should() {
        let corner = Run { spots: alloc::vec![(0.0, 0.0), (20.0, 0.0), (20.0, 20.0)], closed: false };
        let runs = [corner];
        let reaches = |cap, join, x, y| covered(&Pen { width: 4.0, cap, join }, &runs, x, y);
        assert!(reaches(Cap::Butt, Join::Miter, 10.0, 1.9) && !reaches(Cap::Butt, Join::Miter, 10.0, 2.1));
        assert!(!reaches(Cap::Butt, Join::Miter, -0.1, 1.0));
        assert!(reaches(Cap::Round, Join::Miter, -1.8, 0.0) && !reaches(Cap::Round, Join::Miter, -1.8, 1.8));
        assert!(
            reaches(Cap::Square, Join::Miter, -1.8, 1.8) && !reaches(Cap::Square, Join::Miter, -2.1, 0.0)
        );
        assert!(reaches(Cap::Butt, Join::Miter, 21.9, -1.9));
        assert!(reaches(Cap::Butt, Join::Round, 21.3, -1.3) && !reaches(Cap::Butt, Join::Round, 21.6, -1.6));
        assert!(reaches(Cap::Butt, Join::Bevel, 20.9, -0.9) && !reaches(Cap::Butt, Join::Bevel, 21.1, -1.1));
        // Too sharp for a point.
        let spike = [Run { spots: alloc::vec![(0.0, 0.0), (20.0, 1.0), (0.0, 2.0)], closed: false }];
        let pen = Pen { width: 4.0, cap: Cap::Butt, join: Join::Miter };
        assert!(!covered(&pen, &spike, 23.0, 1.0));
        let closed = [Run { spots: alloc::vec![(0.0, 0.0), (20.0, 0.0), (20.0, 20.0)], closed: true }];
        assert!(covered(&pen, &closed, 10.0, 10.0) && !covered(&pen, &closed, 15.0, 8.0));
    }

    #[test]
    fn places_alone_show_their_caps() {
        let dot = [Run { spots: alloc::vec![(5.0, 5.0), (5.0, 5.0)], closed: false }];
        for (cap, count) in [(Cap::Butt, 0), (Cap::Round, 1), (Cap::Square, 1)] {
            assert_eq!(Pen { width: 4.0, cap, join: Join::Round }.stroke(&dot).len(), count);
        }
    }
}
