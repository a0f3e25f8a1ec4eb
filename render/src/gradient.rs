//! Fills: a solid colour or a dithered gradient, linear or radial.
//!
//! Enter at [`Fill::of`]. A gradient adds a threshold that depends on the pixel's place in the rectangle to
//! 16 more bits of colour than a pixel has, so a wide gradient shows no bands. Both depend on the place in the
//! rectangle alone, so a rectangle that moves takes its pixels along. Where there are more than two colours, a pixel's share of the
//! way is found first, and then the two colours that it lies between.

use halt_ui::{Gradient as Way, NodeData, Rect, Stops};

/// What a shape is filled with.
#[derive(Clone, Copy)]
pub(crate) enum Fill<'a> {
    Solid(u32),
    Gradient(Gradient<'a>),
}

#[derive(Clone, Copy)]
pub(crate) struct Gradient<'a> {
    rect: Rect,
    start: u32,
    course: Course,
    opaque: bool,
    /// Its colours, where there are many.
    stops: Stops<'a>,
}

/// What the channels (blue, green, red, alpha) grow by, in 1/65536.
#[derive(Clone, Copy)]
enum Course {
    /// From one pixel to the next across and down, counted from the right or the bottom where it runs that way.
    Straight { across: [i32; 4], down: [i32; 4], from_right: bool, from_bottom: bool },
    /// From the centre to the radius, both in half pixels.
    Round { center: (i32, i32), radius: i32, all: [i32; 4] },
    /// As `Straight`, of many colours: what the share of the way grows by, in 1/65536 of its 1/65536.
    Shared { across: i64, down: i64, from_right: bool, from_bottom: bool },
}

/// Two colours next to each other.
#[derive(Clone, Copy)]
struct Segment {
    /// The shares of the way from which on and up to which a pixel lies between them, in 1/65536.
    start: i32,
    end: i32,
    /// The channels there, in 1/65536, and what they grow by with the share, in 1/65536 of that.
    from: [i64; 4],
    slopes: [i64; 4],
}

/// The channels of a colour, in 1/65536.
fn channels_of(color: u32) -> [i64; 4] {
    core::array::from_fn(|channel| ((color >> (8 * channel) & 255) as i64) << 16)
}

impl Segment {
    /// The segment of stops, of which there are some, that a share is in. Before the first and behind the last all is one colour; of
    /// two in one place the latter counts from there on.
    fn of(stops: Stops, share: i32) -> Segment {
        let even = |start, end, color| Segment { start, end, from: channels_of(color), slopes: [0; 4] };
        let mut before: Option<(i32, u32)> = None;
        for (at, color) in stops.iter() {
            if share < at {
                let Some((start, from)) = before else { return even(i32::MIN, at, color) };
                let from = channels_of(from);
                let to = channels_of(color);
                let slopes = core::array::from_fn(|c| ((to[c] - from[c]) << 16) / (at - start) as i64);
                return Segment { start, end: at, from, slopes };
            }
            before = Some((at, color));
        }
        let (start, color) = before.unwrap_or_default();
        even(start, i32::MAX, color)
    }

    #[inline(always)]
    fn holds(&self, share: i32) -> bool {
        self.start <= share && share < self.end
    }

    /// The channels at a share that it holds, in 1/65536.
    #[inline(always)]
    fn at(&self, share: i32) -> [i32; 4] {
        let past = share.wrapping_sub(self.start) as i64;
        core::array::from_fn(|c| (self.from[c] + ((self.slopes[c] * past) >> 16)) as i32)
    }
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

impl<'a> Fill<'a> {
    /// The fill of a node with such stops that covers `rect`; `None` when it paints nothing.
    pub(crate) fn of(data: &NodeData, stops: Stops<'a>, rect: Rect) -> Option<Fill<'a>> {
        let is_shared = stops.count() > 0;
        if (data.fill_end == 0 || data.fill_end == data.fill) && !is_shared {
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
                let (from_right, from_bottom) = (dx < 0, dy < 0);
                let step = |part: i64| (part.abs() << 32) / length;
                if is_shared {
                    let course = Course::Shared { across: step(dx), down: step(dy), from_right, from_bottom };
                    return Some(Fill::Gradient(Gradient::of(data, stops, rect, course)));
                }
                let steps = |part: i64| all.map(|all| (all as i64 * 65536 * part.abs() / length) as i32);
                let (across, down) = (steps(dx), steps(dy));
                Course::Straight { across, down, from_right, from_bottom }
            }
            Way::Radial { x, y, radius } => {
                Course::Round { center: (x as i32, y as i32), radius: radius as i32, all }
            }
        };
        Some(Fill::Gradient(Gradient::of(data, stops, rect, course)))
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

impl<'a> Gradient<'a> {
    fn of(data: &NodeData, stops: Stops<'a>, rect: Rect, course: Course) -> Gradient<'a> {
        let opaque = match stops.count() {
            0 => data.fill >> 24 == 255 && data.fill_end >> 24 == 255,
            _ => stops.iter().all(|(_, color)| color >> 24 == 255),
        };
        Gradient { rect, start: data.fill, course, opaque, stops }
    }

    #[inline(always)]
    fn at(&self, x: i32, y: i32) -> u32 {
        self.dithered(x, y, self.channels(x, y))
    }

    /// The channels of a pixel, in 1/65536.
    #[inline(always)]
    fn channels(&self, x: i32, y: i32) -> [i32; 4] {
        if self.stops.count() > 0 { self.shared(x, y) } else { self.grown(x, y) }
    }

    /// The same, of many colours.
    #[inline(never)]
    fn shared(&self, x: i32, y: i32) -> [i32; 4] {
        let share = self.share(x, y);
        Segment::of(self.stops, share).at(share)
    }

    /// How much of the way lies behind a pixel, in 1/65536.
    #[inline(always)]
    fn share(&self, x: i32, y: i32) -> i32 {
        match &self.course {
            Course::Shared { across, down, from_right, from_bottom } => {
                let x = if *from_right { self.rect.width - 1 - x } else { x };
                let y = if *from_bottom { self.rect.height - 1 - y } else { y };
                ((across * x as i64 + down * y as i64) >> 16) as i32
            }
            Course::Round { center, radius, .. } => {
                share_of_radius(2 * x + 1 - center.0, 2 * y + 1 - center.1, *radius)
            }
            Course::Straight { .. } => 0,
        }
    }

    /// The channels of a pixel between two colours, in 1/65536.
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
            Course::Shared { .. } => core::array::from_fn(start),
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
        let (across, from_right) = match &self.course {
            Course::Straight { across, from_right, .. } => (across, from_right),
            // Along the row all pixels have one share.
            Course::Shared { across: 0, from_right, .. } => (&[0; 4], from_right),
            _ if self.stops.count() > 0 => return self.write_shared(x, y, colors),
            _ => return (x..).zip(colors).for_each(|(x, color)| *color = self.at(x, y)),
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
        let channels = self.channels(x, y);
        let pattern: [u32; 8] = core::array::from_fn(|i| self.dithered(x + i as i32, y, channels));
        let mut chunks = colors.chunks_exact_mut(8);
        for chunk in &mut chunks {
            chunk.copy_from_slice(&pattern);
        }
        let rest = chunks.into_remainder();
        let count = rest.len();
        rest.copy_from_slice(&pattern[..count]);
    }

    /// The same for many colours, `x` and `y` from the rectangle's corner.
    fn write_shared(&self, x: i32, y: i32, colors: &mut [u32]) {
        let mut segment = Segment::of(self.stops, self.share(x, y));
        for (x, color) in (x..).zip(colors) {
            let share = self.share(x, y);
            if !segment.holds(share) {
                segment = Segment::of(self.stops, share);
            }
            *color = self.dithered(x, y, segment.at(share));
        }
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

    fn gradient_of(data: &NodeData, rect: Rect) -> Gradient<'static> {
        let Some(Fill::Gradient(gradient)) = Fill::of(data, Stops::NONE, rect) else { panic!("no gradient") };
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
        stops: 0,
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

    /// How far a pixel of a rectangle lies along the way, in floating point.
    fn share_of(way: Way, (x, y): (i32, i32), (width, height): (i32, i32)) -> f64 {
        match way {
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
                let share = share_of(gradient, (x, y), (width, height));
                let mixed = (0..4).fold(0, |color, c| {
                    let of = |color: u32| (color >> (8 * c) & 255) as f64;
                    color | ((of(DATA.fill) + (of(DATA.fill_end) - of(DATA.fill)) * share) as u32) << (8 * c)
                });
                assert!(near(made.at(x, y), mixed, 2), "{x},{y} of {gradient:?}");
            }
        }
    }

    /// Many colours: rows against pixels, and every pixel against its share of the way in floating point.
    #[test]
    fn many_colours_are_where_they_were_put() {
        let (width, height) = (90, 50);
        let rect = Rect::new(-4, 9, width, height);
        let ways = [0, 10, 45, 90, 133, 180, 200, 275].map(Way::Linear);
        let round = Way::Radial { x: 90, y: 50, radius: 80 };
        let lists: [&[(u32, u32)]; 4] = [
            &[(0, 0xFF10_F080), (20_000, 0x4010_1010), (65_536, 0xFFFF_0000)],
            &[(9_000, 0xFF00_00FF), (30_000, 0xFFFF_FFFF), (30_000, 0xFF00_0000), (60_000, 0xFF00_FF00)],
            &[(65_536, 0xFF12_3456), (65_536, 0xFF65_4321)],
            &[(0, 0), (32_768, 0xFFFF_FFFF), (65_536, 0)],
        ];
        for (way, list) in ways.into_iter().chain([round]).flat_map(|way| lists.map(|list| (way, list))) {
            let words: std::vec::Vec<u64> = list.iter().map(|(at, color)| Stops::pack(*at, *color)).collect();
            let stops = Stops::of(&words);
            let data = NodeData { gradient: way, stops: words.len() as u8, ..DATA };
            let Some(Fill::Gradient(made)) = Fill::of(&data, stops, rect) else { panic!("no gradient") };
            assert_eq!(made.is_opaque(), list.iter().all(|(_, color)| color >> 24 == 255));
            for y in 0..height {
                let mut row = [0; 90];
                made.write(rect.x, rect.y + y, &mut row);
                for (x, color) in (0..width).zip(row) {
                    assert_eq!(color, made.at(x, y), "{x},{y} of {way:?} {list:?}");
                    let share = share_of(way, (x, y), (width, height)) * 65_536.0;
                    // Next to where one colour ends hard, a pixel may be of either.
                    if list.iter().any(|(at, _)| (*at as f64 - share).abs() < 8.0) {
                        continue;
                    }
                    let next = list.iter().position(|(at, _)| *at as f64 > share).unwrap_or(list.len());
                    let (before, after) = (list[next.max(1) - 1], list[next.min(list.len() - 1)]);
                    let part = match after.0 == before.0 {
                        true => 0.0,
                        false => (share - before.0 as f64) / (after.0 as f64 - before.0 as f64),
                    };
                    let part = part.clamp(0.0, 1.0);
                    let mixed = (0..4).fold(0, |color, c| {
                        let of = |color: u32| (color >> (8 * c) & 255) as f64;
                        color | ((of(before.1) + (of(after.1) - of(before.1)) * part) as u32) << (8 * c)
                    });
                    assert!(near(color, mixed, 2), "{x},{y} of {way:?} {list:?}: {color:x} for {mixed:x}");
                }
            }
        }
    }
}
