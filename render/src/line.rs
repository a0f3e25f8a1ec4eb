//! Lines with round ends, anti-aliased.
//!
//! Enter at [`paint`]. A pixel's coverage follows from the distance of its centre from the line, in integers: the
//! ends lie on pixel centres, in 1/16 pixels; distances are in 1/256 pixels.

use crate::blend::cover;
use crate::target::Target;
use halt_ui::{Flags, NodeData, Rect};

/// Ends beyond this are pulled to it, which keeps the arithmetic within 64 bits.
const PLACE_MAX: i32 = 1 << 20;

/// Paints the line from corner to corner of a rectangle.
pub(crate) fn paint(target: &mut Target, data: &NodeData, rect: Rect) {
    let unit = |place: i32| place.clamp(-PLACE_MAX, PLACE_MAX) as i64 * 16 + 8;
    let (x0, x1) = (unit(rect.x), unit(rect.right()));
    let (mut y0, mut y1) = (unit(rect.y), unit(rect.bottom()));
    if data.flags & Flags::RISING != 0 {
        (y0, y1) = (y1, y0);
    }
    let (dx, dy) = (x1 - x0, y1 - y0);
    // Coverage falls from all to nothing while the distance goes from half the width - 1/2 to half the width + 1/2.
    let reach = data.stroke_width.max(1) as i64 * 128 + 128;
    let own = NodeData { rect, ..*data }.paint_bounds();
    let rows = own.intersection(target.clip());
    if is_beside(rows, (x0, y0), (dx, dy), reach) {
        return;
    }
    let length_squared = dx * dx + dy * dy;
    let length = length_squared.isqrt().max(1);
    for y in rows.y..rows.bottom() {
        let py = y as i64 * 16 + 8;
        let (left, right) = if dy == 0 {
            (rows.x, rows.right())
        } else {
            // Where the row meets the strip of that reach around the line.
            let middle = x0 + (py - y0) * dx / dy;
            let half = reach * length / (16 * dy.abs()) + 16;
            let (left, right) = ((middle - half).div_euclid(16), (middle + half).div_euclid(16) + 1);
            (left.max(rows.x as i64) as i32, right.min(rows.right() as i64) as i32)
        };
        let (start, row) = target.row(y, left, right);
        for (i, pixel) in row.iter_mut().enumerate() {
            let px = (start + i as i32) as i64 * 16 + 8;
            let along = (px - x0) * dx + (py - y0) * dy;
            let distance = if along < 0 || along > length_squared || length_squared == 0 {
                let (ex, ey) = if along < 0 { (px - x0, py - y0) } else { (px - x1, py - y1) };
                // 1/256 pixels: 16 times the units.
                ((ex * ex + ey * ey) * 256).isqrt()
            } else {
                ((px - x0) * dy - (py - y0) * dx).abs() * 16 / length
            };
            let coverage = (reach - distance).clamp(0, 256) * 255 / 256;
            *pixel = cover(*pixel, data.fill, coverage as u32);
        }
    }
}

/// Whether all corners of a rectangle lie on one side of a line, farther than it reaches: bounds of a line that falls are mostly
/// ground. The line's length is taken for that of its two sides, which is more.
fn is_beside(rect: Rect, (x0, y0): (i64, i64), (dx, dy): (i64, i64), reach: i64) -> bool {
    let far = reach * (dx.abs() + dy.abs()) / 16;
    let corners =
        [(rect.x, rect.y), (rect.right(), rect.y), (rect.x, rect.bottom()), (rect.right(), rect.bottom())];
    let sides = corners.map(|(x, y)| (x as i64 * 16 - x0) * dy - (y as i64 * 16 - y0) * dx);
    sides.iter().all(|side| *side > far) || sides.iter().all(|side| *side < -far)
}
