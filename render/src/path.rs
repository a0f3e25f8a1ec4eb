//! Paths: outlines filled, and their strokes.
//!
//! Enter at [`paint`]. Each pixel row is cut into 16 lines; where the edges cross a line is exact to 1/256 pixel, and what lies
//! between crossings that the outline winds around is covered, once, however often it does so.
//!
//! Invariant: what a pixel gets does not depend on the part of the path that is looked at: a crossing follows from its edge.

use crate::blend::cover;
use crate::gradient::Fill;
use crate::target::Target;
use alloc::vec::Vec;
use halt_ui::{Edge, NodeData, Path, Rect, Stops, crossing, winding};

/// Lines that a pixel row is cut into.
const LINES: i32 = 16;

/// Buffers of a painter of paths.
#[derive(Default)]
pub(crate) struct Buffers {
    /// The edges that reach what is painted, by their upper ends.
    edges: Vec<Edge>,
    /// Those of them that reach the row.
    live: Vec<Edge>,
    crossings: Vec<(i64, i32)>,
    sums: Vec<i32>,
    coverage: Vec<u8>,
}

/// Paints a path whose rectangle is `rect`.
pub(crate) fn paint(
    target: &mut Target,
    buffers: &mut Buffers,
    (data, stops): (&NodeData, Stops),
    path: &Path,
    rect: Rect,
) {
    let shown = rect.intersection(target.clip());
    if shown.is_empty() {
        return;
    }
    if let Some(fill) = Fill::of(data, stops, rect) {
        buffers.fill(path.fill(), rect, shown, |y, left, coverage| match fill {
            Fill::Solid(color) => blend_row(target, y, left, coverage, color),
            Fill::Gradient(_) => {
                let (_, row) = target.row(y, left, left + coverage.len() as i32);
                for ((x, pixel), part) in (left..).zip(row).zip(coverage).filter(|(_, part)| **part > 0) {
                    *pixel = cover(*pixel, fill.at(x, y), *part as u32);
                }
            }
        });
    }
    if data.border() > 0 {
        buffers.fill(path.stroke(), rect, shown, |y, left, coverage| {
            blend_row(target, y, left, coverage, data.stroke);
        });
    }
}

fn blend_row(target: &mut Target, y: i32, left: i32, coverage: &[u8], color: u32) {
    let kernels = target.kernels;
    let (_, row) = target.row(y, left, left + coverage.len() as i32);
    (kernels.cover)(row, color, coverage);
}

impl Buffers {
    /// Gives the coverage of those rows of `shown` that have any to `put`: the row, where it begins, and what is covered.
    fn fill(
        &mut self,
        edges: impl Iterator<Item = Edge>,
        rect: Rect,
        shown: Rect,
        mut put: impl FnMut(i32, i32, &[u8]),
    ) {
        let local = |y: i32| 256 * (y - rect.y) as i64;
        let ends = |(a, b): &Edge| (a.1.min(b.1) as i64, a.1.max(b.1) as i64);
        let (top, bottom) = (local(shown.y), local(shown.bottom()));
        self.edges.clear();
        let near = edges.take_while(|edge| ends(edge).0 < bottom).filter(|edge| ends(edge).1 > top);
        self.edges.extend(near);
        self.live.clear();
        let left = 256 * (shown.x - rect.x) as i64;
        let end = 256 * shown.width as i64;
        let mut next = 0;
        for y in shown.y..shown.bottom() {
            let (top, bottom) = (local(y), local(y + 1));
            self.live.retain(|edge| ends(edge).1 > top);
            while let Some(edge) = self.edges.get(next).filter(|edge| ends(edge).0 < bottom) {
                self.live.push(*edge);
                next += 1;
            }
            if self.live.is_empty() {
                continue;
            }
            self.sums.clear();
            // A crossing in the last pixel leaves something in the cell behind it.
            self.sums.resize(shown.width as usize + 2, 0);
            for line in 0..LINES {
                let line = top + (16 * line + 8) as i64;
                self.crossings.clear();
                let crossed =
                    self.live.iter().filter_map(|edge| Some((crossing(*edge, line)?, winding(*edge))));
                self.crossings.extend(crossed);
                self.crossings.sort_unstable_by_key(|(x, _)| *x);
                let mut winds = 0;
                for (x, by) in &self.crossings {
                    let was = winds;
                    winds += by;
                    let sign = (winds != 0) as i32 - (was != 0) as i32;
                    if sign != 0 {
                        let x = (x - left).clamp(0, end);
                        let (column, part) = ((x >> 8) as usize, (x & 255) as i32);
                        self.sums[column] += sign * (256 - part);
                        self.sums[column + 1] += sign * part;
                    }
                }
            }
            self.coverage.clear();
            let mut sum = 0;
            self.coverage.extend(self.sums[..shown.width as usize].iter().map(|cell| {
                sum += cell;
                ((sum * 255 + LINES * 128) / (LINES * 256)) as u8
            }));
            put(y, shown.x, &self.coverage);
        }
    }
}
