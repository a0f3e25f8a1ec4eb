//! Boxes with rounded corners, and ellipses: fill and border, anti-aliased.
//!
//! Enter at [`paint`]. Both are one thing: a rectangle whose four corners are cut by the quarter of an ellipse (for
//! an ellipse they meet in the middle), and a second such shape inside, for what the border leaves. A row is
//! then two mirrored edges of a few pixels each, and a span between.
//!
//! Where fill and border are both opaque the border is painted where the inner shape does not cover, and the
//! fill over it by the inner shape's coverage, so that no fill shines through at the outer edge.

use crate::blend::{alpha, cover};
use crate::coverage::{ELLIPSE_MAX, Edge, Quarter, Tables};
use crate::gradient::Fill;
use crate::target::Target;
use alloc::vec::Vec;
use halt_ui::{Flags, NodeData, NodeKind, Rect, Stops};

/// Buffers of one painter: the edges of a row of a shape, the fall-off across a shadow, a line of text.
#[derive(Default)]
pub(crate) struct Cells {
    outer: Vec<u8>,
    inner: Vec<u8>,
    pub(crate) falloff: Vec<u8>,
    pub(crate) glyphs: Vec<u8>,
    pub(crate) images: crate::image::Buffers,
    pub(crate) paths: crate::path::Buffers,
}

/// A rectangle with cut corners.
pub(crate) struct Outline<'t> {
    rect: Rect,
    corners: Corners<'t>,
    /// The flags of corners that stay square.
    square: u8,
}

enum Corners<'t> {
    Square,
    Circle(&'t Quarter),
    Ellipse,
}

impl<'t> Outline<'t> {
    pub(crate) fn new(tables: &'t Tables, rect: Rect, data: &NodeData, radius: i32) -> Outline<'t> {
        let square = data.flags & (Flags::SQUARE_TOP | Flags::SQUARE_BOTTOM);
        let round = |diameter| match tables.quarter(diameter) {
            _ if diameter <= 0 => Corners::Square,
            Some(quarter) => Corners::Circle(quarter),
            None => Corners::Ellipse,
        };
        if data.kind != NodeKind::Ellipse {
            return Outline { rect, corners: round(2 * radius), square };
        }
        let rect = Rect { width: rect.width.min(ELLIPSE_MAX), height: rect.height.min(ELLIPSE_MAX), ..rect };
        let corners = if rect.width == rect.height { round(rect.width) } else { Corners::Ellipse };
        Outline { rect, corners, square: 0 }
    }

    /// The ends of row `y`, which is one of the rectangle's.
    pub(crate) fn edge<'c>(&self, y: i32, cells: &'c mut Vec<u8>) -> Edge<'c>
    where
        't: 'c,
    {
        let (above, below) = (y - self.rect.y, self.rect.bottom() - 1 - y);
        let flag = if above < below { Flags::SQUARE_TOP } else { Flags::SQUARE_BOTTOM };
        if self.square & flag != 0 {
            return Edge::STRAIGHT;
        }
        let row = above.min(below);
        match self.corners {
            Corners::Square => Edge::STRAIGHT,
            Corners::Circle(quarter) => quarter.edge(row),
            Corners::Ellipse => {
                let start = Edge::compute(self.rect.width, self.rect.height, row, cells);
                Edge { start, cells }
            }
        }
    }
}

/// The corner radius that a box of this size can have.
pub(crate) fn radius_of(data: &NodeData, rect: Rect) -> i32 {
    (data.radius as i32).min(rect.width / 2).min(rect.height / 2)
}

/// The two rectangles that a box with round corners fills whatever its corners are: all but its top and bottom, and all but
/// its sides.
pub(crate) fn cross(rect: Rect, radius: i32) -> [Rect; 2] {
    let lying = Rect { y: rect.y + radius, height: rect.height - 2 * radius, ..rect };
    [lying, Rect { x: rect.x + radius, width: rect.width - 2 * radius, ..rect }]
}

/// Paints the fill and the border of a box or an ellipse that covers `rect`.
pub(crate) fn paint(
    target: &mut Target,
    tables: &Tables,
    cells: &mut Cells,
    (data, stops): (&NodeData, Stops),
    rect: Rect,
) {
    let border = data.border();
    let fill = Fill::of(data, stops, rect);
    if rect.is_empty() || (fill.is_none() && border == 0) {
        return;
    }
    let radius = radius_of(data, rect);
    let outer = Outline::new(tables, rect, data, radius);
    let inside = rect.inflated(-border);
    let inner = (!inside.is_empty() && border > 0)
        .then(|| Outline::new(tables, inside, data, (radius - border).max(0)));
    let ring = border > 0 && alpha(data.stroke) == 255 && fill.is_some_and(|fill| fill.is_opaque());
    let brush = Brush { fill, stroke: data.stroke, border, ring };
    let rows = outer.rect.intersection(target.clip());
    let straight = brush.straight(data, rect, radius).intersection(rows);
    let mut next = rows.y;
    while next < rows.bottom() {
        let y = next;
        if straight.y <= y && y < straight.bottom() {
            brush.straight_rows(target, rect, y, straight.bottom());
            next = straight.bottom();
            continue;
        }
        next += 1;
        let outer_edge = outer.edge(y, &mut cells.outer);
        let inner_edge = match &inner {
            Some(inner) if y >= inside.y && y < inner.rect.bottom() => Some(inner.edge(y, &mut cells.inner)),
            _ => None,
        };
        brush.row(target, y, outer.rect, outer_edge, inner_edge);
    }
}

struct Brush<'a> {
    fill: Option<Fill<'a>>,
    stroke: u32,
    border: i32,
    /// Fill and border are opaque.
    ring: bool,
}

impl Brush<'_> {
    /// The rows between the corners, where a box is a span with a border at each end.
    fn straight(&self, data: &NodeData, rect: Rect, radius: i32) -> Rect {
        if data.kind == NodeKind::Ellipse || 2 * self.border >= rect.width.min(rect.height) {
            return Rect::default();
        }
        let ends = radius.max(self.border);
        Rect { y: rect.y + ends, height: (rect.height - 2 * ends).max(0), ..rect }
    }

    /// Paints such rows.
    fn straight_rows(&self, target: &mut Target, rect: Rect, top: i32, bottom: i32) {
        let inside = (rect.x + self.border, rect.right() - self.border);
        let filled = if self.ring { inside } else { (rect.x, rect.right()) };
        for y in top..bottom {
            if let Some(fill) = &self.fill {
                fill_span(target, fill, y, filled.0, filled.1);
            }
            if self.border > 0 {
                target.span(y, rect.x, inside.0, self.stroke);
                target.span(y, inside.1, rect.right(), self.stroke);
            }
        }
    }

    fn row(&self, target: &mut Target, y: i32, rect: Rect, outer: Edge, inner: Option<Edge>) {
        let zone = match &inner {
            Some(inner) => outer.end().max(self.border + inner.end()),
            None => outer.end(),
        };
        let zone = zone.min((rect.width + 1) / 2);
        let (left, right) = (rect.x + zone, (rect.right() - zone).max(rect.x + zone));
        let fill_shows = inner.is_some() || self.border == 0;
        if let Some(fill) = &self.fill
            && (fill_shows || !self.ring)
        {
            fill_span(target, fill, y, left, right);
        }
        if !fill_shows {
            target.span(y, left, right, self.stroke);
        }
        if self.is_plain() {
            return self.ends(target, y, (rect, left, right), &outer, &inner);
        }
        let (start, row) = target.row(y, rect.x + outer.start, left);
        for (i, pixel) in row.iter_mut().enumerate() {
            let x = start + i as i32;
            self.pixel(pixel, x, y, x - rect.x, &outer, &inner);
        }
        let (start, row) = target.row(y, right, rect.right() - outer.start);
        for (i, pixel) in row.iter_mut().enumerate() {
            let x = start + i as i32;
            self.pixel(pixel, x, y, rect.right() - 1 - x, &outer, &inner);
        }
    }

    /// Whether every pixel has one colour of fill.
    fn is_plain(&self) -> bool {
        !matches!(self.fill, Some(Fill::Gradient(_)))
    }

    /// Paints both ends of a row, up to `left` and from `right` on, in one colour of fill: the right one is the left one mirrored.
    fn ends(
        &self,
        target: &mut Target,
        y: i32,
        (rect, left, right): (Rect, i32, i32),
        outer: &Edge,
        inner: &Option<Edge>,
    ) {
        let (first, last) = (rect.x + outer.start, rect.right() - 1 - outer.start);
        let fill = self.fill.as_ref().map_or(0, |fill| fill.at(first, y));
        let (start, row) = target.row(y, first, last + 1);
        for i in 0..left - first {
            let outer = outer.cells.get(i as usize).map_or(255, |cell| *cell as u32);
            let inner = inner.as_ref().map_or(0, |edge| edge.at(first - rect.x + i - self.border));
            // What lies left of the row has no place in it, either.
            let mut paint = |x: i32| {
                if let Some(pixel) = row.get_mut((x - start) as usize) {
                    *pixel = self.mixed(*pixel, fill, outer, inner);
                }
            };
            paint(first + i);
            if last - i >= right {
                paint(last - i);
            }
        }
    }

    /// A pixel with the fill, in the colour that it has there, and the border over it.
    #[inline(always)]
    fn mixed(&self, under: u32, fill: u32, outer: u32, inner: u32) -> u32 {
        if self.ring {
            return match (outer, inner) {
                (_, 255) => fill,
                (_, 0) => cover(under, self.stroke, outer),
                _ => cover(cover(under, self.stroke, outer), fill, inner),
            };
        }
        let filled = cover(under, fill, outer);
        if self.border == 0 { filled } else { cover(filled, self.stroke, outer.saturating_sub(inner)) }
    }

    /// Paints a pixel at a distance from the nearer end of its row.
    #[inline]
    fn pixel(&self, pixel: &mut u32, x: i32, y: i32, distance: i32, outer: &Edge, inner: &Option<Edge>) {
        let fill = self.fill.as_ref().map_or(0, |fill| fill.at(x, y));
        let inner = inner.as_ref().map_or(0, |edge| edge.at(distance - self.border));
        *pixel = self.mixed(*pixel, fill, outer.at(distance), inner);
    }
}

fn fill_span(target: &mut Target, fill: &Fill, y: i32, left: i32, right: i32) {
    let gradient = match fill {
        Fill::Solid(color) => return target.span(y, left, right, *color),
        Fill::Gradient(gradient) => gradient,
    };
    let kernels = target.kernels;
    let (x, row) = target.row(y, left, right);
    if gradient.is_opaque() {
        return gradient.write(x, y, row);
    }
    let mut colors = [0; 64];
    for (i, chunk) in row.chunks_mut(64).enumerate() {
        let colors = &mut colors[..chunk.len()];
        gradient.write(x + 64 * i as i32, y, colors);
        (kernels.over)(chunk, colors);
    }
}
