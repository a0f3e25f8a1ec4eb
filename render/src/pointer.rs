//! The pointer: an arrow with an outline.
//!
//! Enter at [`paint`]. The arrow is a polygon, sampled once for each size at 8x8 places a pixel into two coverage tables: the
//! arrow itself, and everything within a pixel of it (of its usual size).

use crate::coverage::Tables;
use crate::target::Target;
use alloc::boxed::Box;
use halt_ui::{NodeData, POINTER_HEIGHT_MAX, POINTER_SIZE, Rect, pointer_size};
use spin::Once;

/// The corners in 1/16 pixels of the usual size.
const POLYGON: [(i32, i32); 7] =
    [(17, 17), (17, 260), (73, 207), (111, 296), (152, 279), (115, 191), (190, 188)];
const OUTLINE: i32 = 17;
const SAMPLES: i32 = 8;

/// Coverage of the arrow and of its outline, row by row.
pub(crate) struct Arrow {
    inside: Box<[u8]>,
    around: Box<[u8]>,
}

/// Arrows of all heights, made when they are first met.
pub(crate) struct Arrows(Box<[Once<Arrow>]>);

impl Arrows {
    pub(crate) fn new() -> Arrows {
        Arrows((POINTER_SIZE.1..=POINTER_HEIGHT_MAX).map(|_| Once::new()).collect())
    }

    fn of(&self, size: (i32, i32)) -> &Arrow {
        self.0[(size.1 - POINTER_SIZE.1) as usize].call_once(|| Arrow::new(size))
    }
}

impl Arrow {
    fn new((width, height): (i32, i32)) -> Arrow {
        let table = |contains: fn(i32, i32) -> bool| {
            let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
            // A sample in 1/16 pixels of the usual size.
            let usual = |pixel: i32, sample: i32| (16 * pixel + 2 * sample + 1) * POINTER_SIZE.1 / height;
            pixels
                .map(|(x, y)| {
                    let places = (0..SAMPLES * SAMPLES).map(|i| (i % SAMPLES, i / SAMPLES));
                    let hits = places.filter(|(i, j)| contains(usual(x, *i), usual(y, *j))).count();
                    (hits * 255 / (SAMPLES * SAMPLES) as usize) as u8
                })
                .collect()
        };
        Arrow { inside: table(is_inside), around: table(|x, y| is_inside(x, y) || is_near(x, y)) }
    }
}

fn edges() -> impl Iterator<Item = ((i32, i32), (i32, i32))> {
    (0..POLYGON.len()).map(|i| (POLYGON[i], POLYGON[(i + 1) % POLYGON.len()]))
}

/// Whether a ray to the left crosses an odd number of edges.
fn is_inside(x: i32, y: i32) -> bool {
    edges()
        .filter(|((x0, y0), (x1, y1))| {
            let crosses = (*y0 > y) != (*y1 > y);
            let side = (x - x0) * (y1 - y0) - (y - y0) * (x1 - x0);
            crosses && (side > 0) == (y1 > y0)
        })
        .count()
        % 2
        == 1
}

/// Whether an edge is no farther than the outline is wide.
fn is_near(x: i32, y: i32) -> bool {
    edges().any(|((x0, y0), (x1, y1))| {
        let (dx, dy) = (x1 - x0, y1 - y0);
        let (px, py) = (x - x0, y - y0);
        let (along, length_squared) = (px * dx + py * dy, dx * dx + dy * dy);
        let limit = OUTLINE * OUTLINE;
        if along < 0 {
            px * px + py * py <= limit
        } else if along > length_squared {
            (x - x1) * (x - x1) + (y - y1) * (y - y1) <= limit
        } else {
            let cross = (px * dy - py * dx) as i64;
            cross * cross <= limit as i64 * length_squared as i64
        }
    })
}

/// Paints the arrow with its tip at the top left of a rectangle.
pub(crate) fn paint(target: &mut Target, tables: &Tables, data: &NodeData, rect: Rect) {
    let (width, height) = pointer_size(rect);
    let arrow = tables.arrows.of((width, height));
    let kernels = target.kernels;
    let rows = Rect { width, height, ..rect }.intersection(target.clip());
    for (coverage, color) in [(&arrow.around, data.stroke), (&arrow.inside, data.fill)] {
        for y in rows.y..rows.bottom() {
            let (left, pixels) = target.row(y, rect.x, rect.x + width);
            let first = ((y - rect.y) * width + left - rect.x) as usize;
            (kernels.cover)(pixels, color, &coverage[first..first + pixels.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arrow_fits_and_its_outline_holds_it() {
        for percent in [100, 125, 150, 200, 400] {
            let size = pointer_size(Rect::new(0, 0, 0, POINTER_SIZE.1 * percent / 100));
            let arrow = Arrow::new(size);
            let (width, height) = (size.0 as usize, size.1 as usize);
            assert!(arrow.inside.iter().zip(&arrow.around).all(|(inside, around)| inside <= around));
            let ink = |x: usize, y: usize| arrow.around[y * width + x];
            assert!((0..height).any(|y| ink(0, y) > 100), "the outline begins at the left");
            assert!((0..height).all(|y| ink(width - 1, y) < 200), "and ends before the right");
            assert!((0..width).all(|x| ink(x, height - 1) < 200), "and the bottom");
            assert_eq!(arrow.inside[height * 8 / 21 * width + width * 3 / 14], 255);
        }
    }
}
