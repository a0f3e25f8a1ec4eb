//! Soft shadows of boxes.
//!
//! Enter at [`paint`]. The shadow is the box's rectangle, moved down and blurred in both directions by a bell of
//! three joined parabolas, which a Gaussian is hardly told from. Such a blur is the product of one fall-off
//! across and one down, each the difference of two running integrals, read from a table per radius.

use crate::blend::{alpha, scale};
use crate::coverage::Tables;
use crate::shape;
use crate::target::Target;
use alloc::boxed::Box;
use alloc::vec::Vec;
use halt_ui::{NodeData, Rect, SHADOW_BLUR_MAX};

/// The integral of the bell at the centres of the `2 * blur` pixels around an edge, 0..=255.
fn falloff(blur: i32) -> Box<[u8]> {
    let n = 4 * blur as i64;
    (0..2 * blur as i64)
        .map(|i| {
            // u runs from 0 to 3 in units of 1/n; the integral is a cubic in each third.
            let u = 3 * (2 * i + 1);
            let sixth = if u < n {
                u * u * u
            } else if u < 2 * n {
                -2 * u * u * u + 9 * n * u * u - 9 * n * n * u + 3 * n * n * n
            } else {
                6 * n * n * n - (3 * n - u) * (3 * n - u) * (3 * n - u)
            };
            ((sixth * 255 + 3 * n * n * n) / (6 * n * n * n)) as u8
        })
        .collect()
}

/// The fall-off of an interval.
struct Profile<'t> {
    start: i32,
    end: i32,
    blur: i32,
    table: &'t [u8],
}

impl Profile<'_> {
    #[inline(always)]
    fn integral(&self, place: i32) -> u32 {
        match place {
            ..0 => 0,
            _ => self.table.get(place as usize).map_or(255, |value| *value as u32),
        }
    }

    #[inline(always)]
    fn at(&self, place: i32) -> u32 {
        self.integral(place - self.start + self.blur) - self.integral(place - self.end + self.blur)
    }
}

/// Paints the shadow of a box that covers `rect`. `hidden` is the corner radius of a box that hides what is behind
/// it; nothing is painted there. `cells` is room for the fall-off across.
pub(crate) fn paint(
    target: &mut Target,
    tables: &Tables,
    cells: &mut Vec<u8>,
    data: &NodeData,
    rect: Rect,
    hidden: Option<i32>,
) {
    if alpha(data.shadow) == 0 || rect.is_empty() {
        return;
    }
    let hides = |part: Rect| part.intersection(target.clip()) == target.clip();
    if hidden.is_some_and(|radius| shape::cross(rect, radius).into_iter().any(hides)) {
        return;
    }
    let blur = data.shadow_blur.min(SHADOW_BLUR_MAX) as i32;
    let table = tables.falloffs[blur as usize].call_once(|| falloff(blur));
    let shape = rect.translated(0, data.shadow_dy as i32);
    let shown = shape.inflated(blur).intersection(target.clip());
    let across = Profile { start: shape.x, end: shape.right(), blur, table };
    let down = Profile { start: shape.y, end: shape.bottom(), ..across };
    cells.clear();
    cells.extend((shown.x..shown.right()).map(|x| across.at(x) as u8));
    // Between its ramps a wide shadow is even.
    let even = (shape.x + blur, shape.right() - blur);
    for y in shown.y..shown.bottom() {
        let color = data.shadow & 0xFF_FFFF | scale(alpha(data.shadow), down.at(y)) << 24;
        if alpha(color) == 0 {
            continue;
        }
        let mut row = |left: i32, right: i32| {
            let (left, right) = (left.max(shown.x), right.min(shown.right()));
            if left >= right {
                return;
            }
            let even = (even.0.clamp(left, right), even.1.clamp(left, right));
            let even = (even.0, even.1.max(even.0));
            for (left, right) in [(left, even.0), (even.1, right)] {
                if left < right {
                    let kernels = target.kernels;
                    let (x, pixels) = target.row(y, left, right);
                    let coverage = cells.get((x - shown.x) as usize..).unwrap_or(&[]);
                    (kernels.cover)(pixels, color, coverage);
                }
            }
            if even.0 < even.1 {
                target.span(y, even.0, even.1, color);
            }
        };
        match hidden {
            Some(radius) if y >= rect.y && y < rect.bottom() => {
                let corner = y < rect.y + radius || y >= rect.bottom() - radius;
                let corner = if corner { radius } else { 0 };
                row(shown.x, rect.x + corner);
                row(rect.right() - corner, shown.right());
            }
            _ => row(shown.x, shown.right()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_falloff_rises_evenly_about_its_middle() {
        for blur in 1..=SHADOW_BLUR_MAX as i32 {
            let table = falloff(blur);
            assert!(table.windows(2).all(|pair| pair[0] <= pair[1]));
            for i in 0..table.len() {
                let sum = table[i] as i32 + table[table.len() - 1 - i] as i32;
                assert!((254..=256).contains(&sum), "blur {blur} at {i}: {sum}");
            }
        }
    }
}
