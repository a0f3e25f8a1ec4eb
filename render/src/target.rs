//! A target: pixels that may be painted, a window onto some rectangle of the screen.
//!
//! Enter at [`Target::new`] and [`Target::row`], the one way by which painting code reaches pixels: whatever
//! it asks for is cut to the clip, so nothing outside can be touched. It implements the `DrawTarget` of
//! `embedded-graphics` (`draw_target.rs`).

use crate::blend::{Kernels, alpha};
use halt_ui::Rect;

/// Pixels that may be painted.
pub struct Target<'a> {
    pixels: &'a mut [u32],
    stride: usize,
    area: Rect,
    clip: Rect,
    pub(crate) kernels: &'static Kernels,
}

impl<'a> Target<'a> {
    /// A target over pixels whose first one is the top left of `area`, in screen coordinates; rows are `stride`
    /// pixels apart. Panics when there are too few pixels.
    pub fn new(pixels: &'a mut [u32], stride: usize, area: Rect) -> Target<'a> {
        let (width, height) = (area.width.max(0) as usize, area.height.max(0) as usize);
        let enough = height == 0 || stride * (height - 1) + width <= pixels.len();
        assert!(width <= stride && enough, "{width}x{height} pixels at stride {stride} in {}", pixels.len());
        Target { pixels, stride, area, clip: area, kernels: &Kernels::SCALAR }
    }

    /// The rectangle of the screen that may be painted now.
    pub fn clip(&self) -> Rect {
        self.clip
    }

    /// Sets the rectangle that may be painted; what lies outside of the target does not count.
    pub fn set_clip(&mut self, clip: Rect) {
        self.clip = clip.intersection(self.area);
    }

    /// The pixels of a row from `left` up to `right`, cut to the clip, and the place of the first.
    #[inline]
    pub(crate) fn row(&mut self, y: i32, left: i32, right: i32) -> (i32, &mut [u32]) {
        let (left, right) = (left.max(self.clip.x), right.min(self.clip.right()));
        if y < self.clip.y || y >= self.clip.bottom() || left >= right {
            return (left, &mut []);
        }
        let start = (y - self.area.y) as usize * self.stride + (left - self.area.x) as usize;
        (left, &mut self.pixels[start..start + (right - left) as usize])
    }

    /// Blends a colour over a part of a row.
    #[inline]
    pub(crate) fn span(&mut self, y: i32, left: i32, right: i32, color: u32) {
        let kernels = self.kernels;
        let (_, row) = self.row(y, left, right);
        match alpha(color) {
            0 => {}
            255 => (kernels.fill)(row, color),
            alpha => (kernels.blend)(row, color, alpha),
        }
    }

    /// Blends a colour over a block at a place, scaled by coverage whose rows are as long as the block is wide.
    #[inline]
    pub(crate) fn mask(&mut self, block: Rect, color: u32, coverage: &[u8]) {
        let shown = block.intersection(self.clip);
        if shown.is_empty() {
            return;
        }
        let (pitch, skipped) = (block.width as usize, (shown.y - block.y) as usize);
        let first = skipped * pitch + (shown.x - block.x) as usize;
        let last = (skipped + shown.height as usize) * pitch;
        let start = (shown.y - self.area.y) as usize * self.stride + (shown.x - self.area.x) as usize;
        let kernels = self.kernels;
        let pixels = &mut self.pixels[start..];
        (kernels.mask)(pixels, self.stride, shown.width as usize, color, &coverage[first..last], pitch);
    }

    /// Blends a colour over a rectangle.
    pub(crate) fn rect(&mut self, rect: Rect, color: u32) {
        let rect = rect.intersection(self.clip);
        for y in rect.y..rect.bottom() {
            self.span(y, rect.x, rect.right(), color);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_to_the_clip() {
        let mut pixels = [0u32; 12];
        let mut target = Target::new(&mut pixels, 4, Rect::new(10, 20, 4, 3));
        target.set_clip(Rect::new(11, 0, 2, 22));
        target.rect(Rect::new(-100, -100, 1000, 1000), 0xFFFF_FFFF);
        assert_eq!(pixels.map(|p| p & 1), [0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    }
}
