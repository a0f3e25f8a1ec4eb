//! Fills: a solid colour or a dithered linear gradient.
//!
//! Enter at [`Fill::of`]. A gradient adds a threshold that depends on the pixel's place in the rectangle to
//! 16 more bits of colour than a pixel has, so a wide gradient shows no bands. Both depend on the place in the
//! rectangle alone, so a rectangle that moves takes its pixels along.

use halt_ui::{Flags, NodeData, Rect};

/// What a shape is filled with.
#[derive(Clone, Copy)]
pub(crate) enum Fill {
    Solid(u32),
    Gradient(Gradient),
}

#[derive(Clone, Copy)]
pub(crate) struct Gradient {
    rect: Rect,
    across: bool,
    start: u32,
    /// What each channel (blue, green, red, alpha) grows by from one pixel to the next, in 1/65536.
    steps: [i32; 4],
    opaque: bool,
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
        let across = data.flags & Flags::GRADIENT_ACROSS != 0;
        let last = (if across { rect.width } else { rect.height } - 1).max(1);
        let steps = core::array::from_fn(|channel| {
            let of = |color: u32| (color >> (8 * channel) & 255) as i32;
            (of(data.fill_end) - of(data.fill)) * 65536 / last
        });
        let opaque = data.fill >> 24 == 255 && data.fill_end >> 24 == 255;
        Some(Fill::Gradient(Gradient { rect, across, start: data.fill, steps, opaque }))
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
        let threshold = (BAYER[(y & 7) as usize][(x & 7) as usize] as i32) << 10 | 1 << 9;
        let along = if self.across { x } else { y };
        let mut color = 0;
        for (channel, step) in self.steps.iter().enumerate() {
            let start = (self.start >> (8 * channel) & 255) as i32;
            color |= (((start << 16) + step * along + threshold) as u32 >> 16) << (8 * channel);
        }
        color
    }

    /// The colours of a row from the pixel `x`, `y` on.
    pub(crate) fn write(&self, x: i32, y: i32, colors: &mut [u32]) {
        let (x, y) = (x - self.rect.x, y - self.rect.y);
        if self.across {
            for (i, color) in colors.iter_mut().enumerate() {
                *color = self.at(x + i as i32, y);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_threshold_occurs_once() {
        let mut seen = [false; 64];
        BAYER.iter().flatten().for_each(|value| seen[*value as usize] = true);
        assert!(seen.iter().all(|seen| *seen));
    }

    #[test]
    fn gradients_run_from_end_to_end_and_rows_agree_with_pixels() {
        for flags in [0, Flags::GRADIENT_ACROSS] {
            let data = NodeData { fill: 0xFF10_F080, fill_end: 0x40F0_1081, flags, ..NodeData::default() };
            let rect = Rect::new(-3, 5, 100, 100);
            let Some(Fill::Gradient(gradient)) = Fill::of(&data, rect) else { panic!("no gradient") };
            let near =
                |a: u32, b: u32| (0..4).all(|c| (a >> (8 * c) & 255).abs_diff(b >> (8 * c) & 255) <= 1);
            assert!(near(gradient.at(0, 0), data.fill) && near(gradient.at(99, 99), data.fill_end));
            let mut row = [0; 61];
            gradient.write(1, 40, &mut row);
            for (i, color) in row.iter().enumerate() {
                assert_eq!(*color, Fill::Gradient(gradient).at(1 + i as i32, 40));
            }
        }
    }
}
