//! Soft shadows of boxes.
//!
//! Enter at [`paint`]. The shadow is the box's rectangle, moved down and blurred in both directions by a bell of
//! three joined parabolas, which a Gaussian is hardly told from. Such a blur is the product of one fall-off
//! across and one down, each the difference of two running integrals, read from a table per radius.

use crate::blend::{alpha, blend, scale};
use crate::coverage::Tables;
use crate::target::Target;
use alloc::boxed::Box;
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

/// Paints the shadow of a box that covers `rect`. Where `radius` tells that the box hides it, and `hidden` that the
/// box is opaque, nothing is painted.
pub(crate) fn paint(
    target: &mut Target,
    tables: &Tables,
    data: &NodeData,
    rect: Rect,
    radius: i32,
    hidden: bool,
) {
    if alpha(data.shadow) == 0 || rect.is_empty() {
        return;
    }
    let blur = data.shadow_blur.min(SHADOW_BLUR_MAX) as i32;
    let table = tables.falloffs[blur as usize].call_once(|| falloff(blur));
    let shape = rect.translated(0, data.shadow_dy as i32);
    let across = Profile { start: shape.x, end: shape.right(), blur, table };
    let down = Profile { start: shape.y, end: shape.bottom(), ..across };
    let bounds = shape.inflated(blur);
    let rows = bounds.intersection(target.clip());
    for y in rows.y..rows.bottom() {
        let strength = scale(alpha(data.shadow), down.at(y));
        if strength == 0 {
            continue;
        }
        let corner = if y < rect.y + radius || y >= rect.bottom() - radius { radius } else { 0 };
        if hidden && y >= rect.y && y < rect.bottom() {
            row(target, y, bounds.x, rect.x + corner, &across, data.shadow, strength);
            row(target, y, rect.right() - corner, bounds.right(), &across, data.shadow, strength);
        } else {
            row(target, y, bounds.x, bounds.right(), &across, data.shadow, strength);
        }
    }
}

/// Paints a part of a row: the ramps at both ends and the even stretch between them, when there is one.
fn row(target: &mut Target, y: i32, left: i32, right: i32, across: &Profile, color: u32, strength: u32) {
    let even = (across.start + across.blur).clamp(left, right.max(left));
    let even_end = (across.end - across.blur).clamp(even, right.max(even));
    let kernels = target.kernels;
    for (from, to) in [(left, even), (even_end, right)] {
        let (x, pixels) = target.row(y, from, to);
        for (i, pixel) in pixels.iter_mut().enumerate() {
            *pixel = blend(*pixel, color, scale(strength, across.at(x + i as i32)));
        }
    }
    let (_, pixels) = target.row(y, even, even_end);
    (kernels.blend)(pixels, color, strength);
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
