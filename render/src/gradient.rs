//! Fills: a solid colour or a dithered gradient, linear or radial.
//!
//! Enter at [`Fill::of`]. A gradient adds a threshold that depends on the pixel's place in the rectangle to
//! 16 more bits of colour than a pixel has, so a wide gradient shows no bands. Both depend on the place in the
//! rectangle alone, so a rectangle that moves takes its pixels along.

use halt_ui::{Gradient as Way, NodeData, Rect};

/// What a shape is filled with.
#[derive(Clone, Copy)]
pub(crate) enum Fill {
    Solid(u32),
    Gradient(Gradient),
}

#[derive(Clone, Copy)]
pub(crate) struct Gradient {
    rect: Rect,
    start: u32,
    course: Course,
    opaque: bool,
}

/// What the channels (blue, green, red, alpha) grow by, in 1/65536.
#[derive(Clone, Copy)]
enum Course {
    /// From one pixel to the next across and down, counted from the right or the bottom where it runs that way.
    Straight { across: [i32; 4], down: [i32; 4], from_right: bool, from_bottom: bool },
    /// From the centre to the radius, both in half pixels.
    Round { center: (i32, i32), radius: i32, all: [i32; 4] },
}

/// The sine of each degree up to 90, in 1/65536.
const SINES: [i32; 91] = {
    let mut table = [0; 91];
    let mut degree = 0;
    while degree <= 90 {
        let angle = degree as f64 * core::f64::consts::PI / 180.0;
        let (mut term, mut sum, mut n) = (angle, angle, 1);
        while n < 12 {
            term = -term * angle * angle / ((2 * n) * (2 * n + 1)) as f64;
            sum += term;
            n += 1;
        }
        table[degree] = (sum * 65536.0 + 0.5) as i32;
        degree += 1;
    }
    table
};

/// The direction of an angle clockwise from upwards: across and down, in 1/65536.
fn direction(degrees: u16) -> (i64, i64) {
    let sine = |degrees: u16| {
        let at = degrees % 180;
        let size = SINES[at.min(180 - at) as usize] as i64;
        if degrees % 360 < 180 { size } else { -size }
    };
    (sine(degrees % 360), -sine(degrees % 360 + 90))
}

/// Ordered dithering: every threshold once in 8x8 pixels, in 1/64.
const BAYER: [[u8; 8]; 8] = {
    let mut table = [[0; 8]; 8];
    let mut i = 0;
    while i < 64 {
        let (x, y) = (i % 8, i / 8);
        let mixed = x ^ y;
        let mut value = 0;
        let mut bit = 0;
        while bit < 3 {
            value |= (y >> bit & 1) << (4 - 2 * bit) | (mixed >> bit & 1) << (5 - 2 * bit);
            bit += 1;
        }
        table[y][x] = value as u8;
        i += 1;
    }
    table
};

impl Fill {
    /// The fill of a node that covers `rect`; `None` when it paints nothing.
    pub(crate) fn of(data: &NodeData, rect: Rect) -> Option<Fill> {
        if data.fill_end == 0 || data.fill_end == data.fill {
            return (data.fill >> 24 != 0).then_some(Fill::Solid(data.fill));
        }
        let all: [i32; 4] = core::array::from_fn(|channel| {
            let of = |color: u32| (color >> (8 * channel) & 255) as i32;
            of(data.fill_end) - of(data.fill)
        });
        let course = match data.gradient {
            Way::Linear(degrees) => {
                let (dx, dy) = direction(degrees);
                let (width, height) = (rect.width as i64 - 1, rect.height as i64 - 1);
                let length = (width * dx.abs() + height * dy.abs()).max(65536);
                let steps = |part: i64| all.map(|all| (all as i64 * 65536 * part.abs() / length) as i32);
                let (across, down) = (steps(dx), steps(dy));
                Course::Straight { across, down, from_right: dx < 0, from_bottom: dy < 0 }
            }
            Way::Radial { x, y, radius } => {
                Course::Round { center: (x as i32, y as i32), radius: radius as i32, all }
            }
        };
        let opaque = data.fill >> 24 == 255 && data.fill_end >> 24 == 255;
        Some(Fill::Gradient(Gradient { rect, start: data.fill, course, opaque }))
    }

    /// Whether it hides everything behind it.
    pub(crate) fn is_opaque(&self) -> bool {
        match self {
            Fill::Solid(color) => color >> 24 == 255,
            Fill::Gradient(gradient) => gradient.opaque,
        }
    }

    /// The colour of a pixel.
    #[inline]
    pub(crate) fn at(&self, x: i32, y: i32) -> u32 {
        match self {
            Fill::Solid(color) => *color,
            Fill::Gradient(gradient) => gradient.at(x - gradient.rect.x, y - gradient.rect.y),
        }
    }
}

impl Gradient {
    #[inline(always)]
    fn at(&self, x: i32, y: i32) -> u32 {
        self.dithered(x, y, self.grown(x, y))
    }

    /// The channels of a pixel, in 1/65536.
    #[inline(always)]
    fn grown(&self, x: i32, y: i32) -> [i32; 4] {
        let start = |channel: usize| ((self.start >> (8 * channel) & 255) << 16) as i32;
        match &self.course {
            Course::Straight { across, down, from_right, from_bottom } => {
                let x = if *from_right { self.rect.width - 1 - x } else { x };
                let y = if *from_bottom { self.rect.height - 1 - y } else { y };
                core::array::from_fn(|c| start(c) + across[c] * x + down[c] * y)
            }
            Course::Round { center, radius, all } => {
                let share = share_of_radius(2 * x + 1 - center.0, 2 * y + 1 - center.1, *radius);
                core::array::from_fn(|c| start(c) + all[c] * share)
            }
        }
    }

    #[inline(always)]
    fn dithered(&self, x: i32, y: i32, channels: [i32; 4]) -> u32 {
        let threshold = (BAYER[(y & 7) as usize][(x & 7) as usize] as i32) << 10 | 1 << 9;
        let of = |channel: usize| ((channels[channel] + threshold) as u32 >> 16) << (8 * channel);
        of(0) | of(1) | of(2) | of(3)
    }

    /// The colours of a row from the pixel `x`, `y` on.
    pub(crate) fn write(&self, x: i32, y: i32, colors: &mut [u32]) {
        let (x, y) = (x - self.rect.x, y - self.rect.y);
        let Course::Straight { across, from_right, .. } = &self.course else {
            return (x..).zip(colors).for_each(|(x, color)| *color = self.at(x, y));
        };
        if *across != [0; 4] {
            let mut channels = self.grown(x, y);
            let step = across.map(|step| if *from_right { -step } else { step });
            for (x, color) in (x..).zip(colors) {
                *color = self.dithered(x, y, channels);
                channels = core::array::from_fn(|c| channels[c] + step[c]);
            }
            return;
        }
        // Down a row only the thresholds change, and they repeat.
        let pattern: [u32; 8] = core::array::from_fn(|i| self.at(x + i as i32, y));
        let mut chunks = colors.chunks_exact_mut(8);
        for chunk in &mut chunks {
            chunk.copy_from_slice(&pattern);
        }
        let rest = chunks.into_remainder();
        let count = rest.len();
        rest.copy_from_slice(&pattern[..count]);
    }

    pub(crate) fn is_opaque(&self) -> bool {
        self.opaque
    }
}

/// How much of a radius lies between the centre and a place, in 1/65536; all in half pixels.
#[inline]
fn share_of_radius(dx: i32, dy: i32, radius: i32) -> i32 {
    let (dx, dy) = (dx as i64, dy as i64);
    let (square, all) = ((dx * dx + dy * dy) as u64, (radius as i64 * radius as i64) as u64);
    if square >= all { 65536 } else { ((square << 32) / all).isqrt() as i32 }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn every_threshold_occurs_once() {
        let mut seen = [false; 64];
        BAYER.iter().flatten().for_each(|value| seen[*value as usize] = true);
        assert!(seen.iter().all(|seen| *seen));
    }

    fn gradient_of(data: &NodeData, rect: Rect) -> Gradient {
        let Some(Fill::Gradient(gradient)) = Fill::of(data, rect) else { panic!("no gradient") };
        gradient
    }

    fn near(a: u32, b: u32, by: u32) -> bool {
        (0..4).all(|c| (a >> (8 * c) & 255).abs_diff(b >> (8 * c) & 255) <= by)
    }

    const DATA: NodeData = NodeData {
        kind: halt_ui::NodeKind::Box,
        flags: 0,
        radius: 0,
        fade: 0,
        rect: Rect::new(0, 0, 0, 0),
        fill: 0xFF10_F080,
        fill_end: 0x40F0_1081,
        gradient: Way::DOWN,
        stroke: 0,
        stroke_width: 0,
        font_px: 0,
        shadow: 0,
        shadow_blur: 0,
        shadow_dy: 0,
    };

    #[test]
    fn gradients_run_from_end_to_end_and_rows_agree_with_pixels() {
        let corners = |degrees: u16| match degrees / 90 {
            0 => ((0, 59), (99, 0)),
            1 => ((0, 0), (99, 59)),
            2 => ((99, 0), (0, 59)),
            _ => ((99, 59), (0, 0)),
        };
        for degrees in (0..360).step_by(5) {
            let data = NodeData { gradient: Way::Linear(degrees), ..DATA };
            let gradient = gradient_of(&data, Rect::new(-3, 5, 100, 60));
            let (from, to) = corners(degrees);
            assert!(near(gradient.at(from.0, from.1), data.fill, 1), "{degrees}");
            assert!(near(gradient.at(to.0, to.1), data.fill_end, 1), "{degrees}");
            let mut row = [0; 61];
            gradient.write(1, 40, &mut row);
            for (i, color) in row.iter().enumerate() {
                assert_eq!(*color, Fill::Gradient(gradient).at(1 + i as i32, 40), "{degrees}");
            }
        }
    }

    /// Every pixel against its place along the direction, or from the centre, in floating point.
    #[test]
    fn gradients_are_where_geometry_says() {
        let (width, height) = (90, 50);
        let radial = |x, y, radius| Way::Radial { x, y, radius };
        let ways = [0, 10, 45, 90, 133, 200, 275, 359].map(Way::Linear);
        for gradient in ways.into_iter().chain([radial(90, 50, 100), radial(-20, 30, 171), radial(9, 9, 0)]) {
            let made = gradient_of(&NodeData { gradient, ..DATA }, Rect::new(0, 0, width, height));
            for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
                let share = match gradient {
                    Way::Linear(degrees) => {
                        let angle = (degrees as f64).to_radians();
                        let (dx, dy) = (angle.sin(), -angle.cos());
                        let middle = ((width - 1) as f64 / 2.0, (height - 1) as f64 / 2.0);
                        let length = 2.0 * (middle.0 * dx.abs() + middle.1 * dy.abs());
                        ((x as f64 - middle.0) * dx + (y as f64 - middle.1) * dy) / length + 0.5
                    }
                    Way::Radial { radius: 0, .. } => 1.0,
                    Way::Radial { x: cx, y: cy, radius } => {
                        let at = |at: i32, center: i16| (2 * at + 1 - center as i32) as f64;
                        (at(x, cx).hypot(at(y, cy)) / radius as f64).min(1.0)
                    }
                };
                let mixed = (0..4).fold(0, |color, c| {
                    let of = |color: u32| (color >> (8 * c) & 255) as f64;
                    color | ((of(DATA.fill) + (of(DATA.fill_end) - of(DATA.fill)) * share) as u32) << (8 * c)
                });
                assert!(near(made.at(x, y), mixed, 2), "{x},{y} of {gradient:?}");
            }
        }
    }
}
