//! Images, scaled to their rectangles.
//!
//! Enter at [`paint`]. What is enlarged is mixed of the four nearest pixels, what is made smaller is the mean of the area that
//! falls on a pixel; both in integers, on premultiplied channels. A row is put together in a buffer and laid over what is
//! there.
//!
//! Invariant: a pixel depends on its place in the rectangle alone, so an image that moves takes its pixels along.

use crate::blend::{alpha, scale};
use crate::coverage::Tables;
use crate::shape::{self, Outline};
use crate::target::Target;
use alloc::vec::Vec;
use halt_ui::{Flags, Image, NodeData, Rect};

const LANES: u64 = 0x00FF_00FF_00FF_00FF;
const HALF: u64 = 0x0080_0080_0080_0080;

/// Buffers of a painter of images.
#[derive(Default)]
pub(crate) struct Buffers {
    colors: Vec<u32>,
    taps: Vec<Tap>,
    sums: Vec<[u64; 4]>,
    edge: Vec<u8>,
}

/// What a pixel takes from the image along one axis: from `from` to `to`, in 1/256 pixels, when it is the mean of what lies
/// between; else of the pixel at `from`, and in 1/256 of the next.
#[derive(Clone, Copy)]
struct Tap {
    from: i64,
    to: i64,
}

impl Tap {
    fn first(self) -> usize {
        (self.from >> 8) as usize
    }

    fn share(self) -> u64 {
        self.from as u64 & 255
    }

    /// The pixels that the range meets, each with how much of it lies within.
    fn parts(self) -> impl Iterator<Item = (usize, u64)> {
        (self.from >> 8..=(self.to - 1) >> 8).map(move |at| {
            let inside = (self.to.min(at * 256 + 256) - self.from.max(at * 256)) as u64;
            (at as usize, inside)
        })
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Filter {
    Nearest,
    Mixed,
    Mean,
}

/// How places along one axis of the rectangle correspond to places in the image, in 1/256 pixels.
#[derive(Clone, Copy)]
struct Axis {
    filter: Filter,
    size: i64,
    start: i64,
    length: i64,
    pixels: i64,
}

impl Axis {
    fn tap(&self, at: i32) -> Tap {
        let at = at as i64;
        let end = 256 * self.pixels;
        let middle = self.start + (2 * at + 1) * self.length / (2 * self.size);
        match self.filter {
            Filter::Nearest => {
                let from = middle.clamp(0, end - 1) & !255;
                Tap { from, to: from + 256 }
            }
            Filter::Mixed => {
                let from = (middle - 128).clamp(0, end - 256);
                Tap { from, to: from }
            }
            Filter::Mean => {
                let from = (self.start + at * self.length / self.size).clamp(0, end - 1);
                let to = self.start + (at + 1) * self.length / self.size;
                Tap { from, to: to.clamp(from + 1, end) }
            }
        }
    }
}

/// Both axes of an image in a rectangle.
fn axes(image: &Image, flags: u8, rect: Rect) -> (Axis, Axis) {
    let (across, down) = (rect.width as i64, rect.height as i64);
    let (columns, rows) = (image.width as i64, image.height as i64);
    let (mut width, mut height) = (256 * columns, 256 * rows);
    if flags & Flags::COVER != 0 {
        if across * rows > down * columns {
            height = (width * down / across).max(1);
        } else {
            width = (height * across / down).max(1);
        }
    }
    let filter = match () {
        _ if flags & Flags::PIXELATED != 0 => Filter::Nearest,
        _ if width <= 256 * across && height <= 256 * down => Filter::Mixed,
        _ => Filter::Mean,
    };
    let axis = |size: i64, pixels: i64, length: i64| Axis {
        filter,
        size,
        start: (256 * pixels - length) / 2,
        length,
        pixels,
    };
    (axis(across, columns, width), axis(down, rows, height))
}

/// Whether an image in a rectangle hides everything behind it, but for its corners.
pub(crate) fn is_opaque(image: &Image, data: &NodeData) -> bool {
    image.is_opaque && alpha(data.fill) == 255
}

#[inline(always)]
fn spread(pixel: u32) -> u64 {
    (pixel & 0x00FF_00FF) as u64 | ((pixel >> 8 & 0x00FF_00FF) as u64) << 32
}

#[inline(always)]
fn gather(lanes: u64) -> u32 {
    (lanes & 0x00FF_00FF) as u32 | ((lanes >> 32 & 0x00FF_00FF) as u32) << 8
}

/// Between two pixels, `share` of 256 from the first to the second.
#[inline(always)]
fn mixed(a: u64, b: u64, share: u64) -> u64 {
    (a * (256 - share) + b * share + HALF) >> 8 & LANES
}

/// All channels scaled by `part` of 255.
#[inline(always)]
fn faded(color: u32, part: u32) -> u32 {
    let channel = |shift: u32| scale(color >> shift & 255, part) << shift;
    channel(24) | channel(16) | channel(8) | channel(0)
}

/// Paints an image that covers `rect`.
pub(crate) fn paint(
    target: &mut Target,
    tables: &Tables,
    buffers: &mut Buffers,
    data: &NodeData,
    image: &Image,
    rect: Rect,
) {
    let shown = rect.intersection(target.clip());
    let opacity = alpha(data.fill);
    if shown.is_empty() || opacity == 0 {
        return;
    }
    let Buffers { colors, taps, sums, edge: cells } = buffers;
    let (across, down) = axes(image, data.flags, rect);
    taps.clear();
    taps.extend((shown.x..shown.right()).map(|x| across.tap(x - rect.x)));
    let outline = Outline::new(tables, rect, data, shape::radius_of(data, rect));
    let kernels = target.kernels;
    for y in shown.y..shown.bottom() {
        let tap = down.tap(y - rect.y);
        colors.clear();
        match across.filter {
            Filter::Nearest => {
                let row = image.row(tap.first());
                colors.extend(taps.iter().map(|tap| Image::pixel_of(row, tap.first())));
            }
            Filter::Mixed => mix_row(image, tap, taps, colors),
            Filter::Mean => mean_row(image, tap, taps, sums, colors),
        }
        if opacity != 255 {
            colors.iter_mut().for_each(|color| *color = faded(*color, opacity));
        }
        let edge = outline.edge(y, cells);
        let is_straight = edge.end() == 0;
        if !is_straight {
            // Only the pixels near the ends.
            let left = (rect.x + edge.end()).min(shown.right());
            let right = (rect.right() - edge.end()).max(left).max(shown.x);
            for x in (shown.x..left).chain(right..shown.right()) {
                let coverage = edge.at((x - rect.x).min(rect.right() - 1 - x));
                let color = &mut colors[(x - shown.x) as usize];
                *color = faded(*color, coverage);
            }
        }
        let (_, row) = target.row(y, shown.x, shown.right());
        if is_straight && is_opaque(image, data) {
            row.copy_from_slice(colors);
        } else {
            (kernels.lay)(row, colors);
        }
    }
}

/// A row of what is not made smaller.
fn mix_row(image: &Image, tap: Tap, taps: &[Tap], colors: &mut Vec<u32>) {
    let (upper, down) = (image.row(tap.first()), tap.share());
    let lower = image.row((tap.first() + 1).min(image.height - 1));
    let last = image.width - 1;
    let along = |row: &[u64], tap: &Tap| {
        let (at, share) = (tap.first(), tap.share());
        let left = Image::pixel_of(row, at);
        if share == 0 {
            return spread(left);
        }
        mixed(spread(left), spread(Image::pixel_of(row, (at + 1).min(last))), share)
    };
    if down == 0 {
        colors.extend(taps.iter().map(|tap| gather(along(upper, tap))));
    } else {
        colors.extend(taps.iter().map(|tap| gather(mixed(along(upper, tap), along(lower, tap), down))));
    }
}

/// A row of what is made smaller: first the sums down the columns that it needs, then of these.
fn mean_row(image: &Image, tap: Tap, taps: &[Tap], sums: &mut Vec<[u64; 4]>, colors: &mut Vec<u32>) {
    let (Some(first), Some(last)) = (taps.first(), taps.last()) else { return };
    let (start, end) = (first.first(), ((last.to - 1) >> 8) as usize + 1);
    sums.clear();
    sums.resize(end - start, [0; 4]);
    for (y, part) in tap.parts() {
        let row = image.row(y);
        for (sum, x) in sums.iter_mut().zip(start..end) {
            let pixel = Image::pixel_of(row, x);
            for (channel, sum) in sum.iter_mut().enumerate() {
                *sum += part * (pixel >> (8 * channel) & 255) as u64;
            }
        }
    }
    let height = (tap.to - tap.from) as u64;
    colors.extend(taps.iter().map(|tap| {
        let mut all = [0; 4];
        for (x, part) in tap.parts() {
            for (sum, column) in all.iter_mut().zip(sums[x - start]) {
                *sum += part * column;
            }
        }
        let area = height * (tap.to - tap.from) as u64;
        all.iter().rev().fold(0, |color, sum| color << 8 | ((sum + area / 2) / area) as u32)
    }));
}

/// The part of the rectangle in which two images look different.
pub(crate) fn change(old: &Image, new: &Image, data: &NodeData, rect: Rect) -> Rect {
    if (old.width, old.height) != (new.width, new.height) {
        return rect;
    }
    let unlike = |y: &usize| old.row(*y) != new.row(*y);
    let Some(top) = (0..new.height).find(unlike) else { return Rect { width: 0, height: 0, ..rect } };
    let bottom = (top..new.height).rev().find(unlike).unwrap_or(top) + 1;
    let (mut left, mut right) = (new.width.div_ceil(2), 0);
    for y in (top..bottom).filter(|y| unlike(y)) {
        let (a, b) = (old.row(y), new.row(y));
        left = (0..left).find(|x| a[*x] != b[*x]).unwrap_or(left);
        right = (right..a.len()).rev().find(|x| a[*x] != b[*x]).map_or(right, |x| x + 1);
    }
    // From pixels of the image to those of the screen, with what the filter reaches beyond.
    let (across, down) = axes(new, data.flags, rect);
    let place = |axis: &Axis, pixel: i64| {
        let from = 256 * pixel - axis.start;
        from.div_euclid(axis.length) * axis.size + from.rem_euclid(axis.length) * axis.size / axis.length
    };
    let range = |axis: &Axis, from: usize, to: usize| {
        let from = place(axis, from as i64 - 1) - 1;
        let to = place(axis, to as i64 + 1) + 2;
        (from.clamp(0, axis.size) as i32, to.clamp(0, axis.size) as i32)
    };
    let (x0, x1) = range(&across, 2 * left, 2 * right);
    let (y0, y1) = range(&down, top, bottom);
    Rect { x: rect.x.saturating_add(x0), y: rect.y.saturating_add(y0), width: x1 - x0, height: y1 - y0 }
}
