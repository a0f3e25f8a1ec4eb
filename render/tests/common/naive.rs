//! The oracle: paints every node at every pixel, by the definitions, without spans, tables, bounds, tiles or
//! culling.

use super::children;
use halt_heap::{Heap, Region, Scope, Value};
use halt_render::{LAYERS_MAX, Tables, Target, paint_picture};
use halt_ui::{Edge, Flags, Font, Gradient, Image, Node, NodeData, NodeKind, Path, Rect, pointer_size};

/// The pixels of a picture on a black screen.
pub(crate) fn paint<'s>(s: Scope<'s>, root: Node<'s>, width: i32, height: i32) -> Vec<u32> {
    let mut screen = Naive { width, height, pixels: vec![0xFF00_0000; (width * height) as usize] };
    screen.node(s, root, (0, 0), Rect::new(0, 0, width, height), 0);
    screen.pixels
}

struct Naive {
    width: i32,
    height: i32,
    pixels: Vec<u32>,
}

fn divide(n: u32) -> u32 {
    (2 * n + 255) / 510
}

impl Naive {
    fn node<'s>(&mut self, s: Scope<'s>, node: Node<'s>, origin: (i32, i32), clip: Rect, mut layers: usize) {
        let mut data = node.data(s);
        if layers == LAYERS_MAX {
            data.fade = 0;
        }
        layers += (data.fade != 0) as usize;
        let behind = self.pixels.clone();
        let moved = data.rect.translated(origin.0, origin.1);
        let max = 1 << 28;
        let rect = Rect::new(
            moved.x.clamp(-max, max),
            moved.y.clamp(-max, max),
            moved.width.clamp(0, max),
            moved.height.clamp(0, max),
        );
        let text = s.as_str(node.content(s)).unwrap_or("").to_string();
        let image = Image::of(s, node.content(s)).map(|image| Pixels::of(&image));
        let path = Path::of(s, node.content(s));
        let edges = path.map(|path| [path.fill().collect(), path.stroke().collect()]).unwrap_or_default();
        let stops = node.stops(s).iter().map(|(at, color)| (at as i64, color)).collect();
        let paint = Paint { edges, stops, ..Paint::new(&data, rect, &text, image) };
        for y in 0..self.height {
            for x in 0..self.width {
                if clip.contains(x, y) {
                    let pixel = &mut self.pixels[(y * self.width + x) as usize];
                    *pixel = paint.at(x, y, *pixel);
                }
            }
        }
        let painted = self.pixels.clone();
        let border = paint.border();
        let is_box = matches!(data.kind, NodeKind::Box | NodeKind::Surface);
        let rounds = data.clips() && is_box && data.radius > 0;
        let around = if rounds { moved.inflated(-border) } else { moved };
        let inside = if data.clips() { around.intersection(clip) } else { clip };
        let cuts = rounds && layers < LAYERS_MAX;
        layers += cuts as usize;
        for child in children(s, node) {
            self.node(s, Node::of(s, child).unwrap(), (moved.x, moved.y), inside, layers);
        }
        if cuts {
            let outline = rect.inflated(-border);
            let radius = (data.radius as i32).min(rect.width / 2).min(rect.height / 2) - border;
            self.mix(&painted, |x, y| {
                let upper = y - outline.y < outline.bottom() - 1 - y;
                let square = if upper { Flags::SQUARE_TOP } else { Flags::SQUARE_BOTTOM };
                let diameter = if data.flags & square == 0 { 2 * radius.max(0) } else { 0 };
                rounded(outline, (diameter, diameter), x, y)
            });
        }
        self.mix(&behind, |_, _| 255 - data.fade as u32);
    }

    /// Lets shine through what was there before, where `share` is less than 255.
    fn mix(&mut self, behind: &[u32], share: impl Fn(i32, i32) -> u32) {
        for (at, pixel) in self.pixels.iter_mut().enumerate() {
            let (x, y) = (at as i32 % self.width, at as i32 / self.width);
            *pixel = blend(behind[at], *pixel | 0xFF00_0000, share(x, y));
        }
    }
}

struct Paint<'d> {
    data: &'d NodeData,
    rect: Rect,
    /// The glyphs of a text, each in the rectangle of the line that it covers.
    text: Vec<(Rect, Vec<u8>)>,
    arrow: Option<(Vec<u32>, Vec<u32>)>,
    image: Option<Pixels>,
    /// The edges of a path's fill and of its stroke.
    edges: [Vec<Edge>; 2],
    /// The colours of a gradient of many, and where each is, in 1/65536 of the way.
    stops: Vec<(i64, u32)>,
}

/// The coverage of a text's glyphs.
fn glyphs(data: &NodeData, text: &str) -> Vec<(Rect, Vec<u8>)> {
    if data.kind != NodeKind::Text {
        return Vec::new();
    }
    let font = Font::of(data);
    let outlines = font.outlines();
    let quarters = if font.mono || font.px > 32 { 1 } else { 4 };
    let mut all = Vec::new();
    for (glyph, at) in font.glyphs(text) {
        let at = (at * quarters + 32) >> 6;
        let polygons = outlines.outline(glyph, 64 * (at % quarters) as i32);
        let Some((left, top, right, bottom)) = polygons.bounds() else { continue };
        let block = Rect::new(
            left >> 8,
            top >> 8,
            ((right + 511) >> 8) - (left >> 8),
            ((bottom + 511) >> 8) - (top >> 8),
        );
        let cells = halt_render::coverage(&polygons, block);
        all.push((block.translated((at / quarters) as i32, 0), cells));
    }
    all
}

/// The pixels of an image, premultiplied.
struct Pixels {
    size: (i64, i64),
    rows: Vec<Vec<u32>>,
}

impl Pixels {
    fn of(image: &Image) -> Pixels {
        let row = |y| (0..image.width).map(|x| Image::pixel_of(image.row(y), x)).collect();
        let rows = (0..image.height).map(row).collect();
        Pixels { size: (image.width as i64, image.height as i64), rows }
    }

    /// A channel of the pixel at a place in a rectangle of a size.
    fn channel(&self, shift: u32, (x, y): (i64, i64), size: (i64, i64), flags: u8) -> u32 {
        let (columns, rows) = self.size;
        let (mut width, mut height) = (256 * columns, 256 * rows);
        if flags & Flags::COVER != 0 {
            match size.0 * rows > size.1 * columns {
                true => height = (width * size.1 / size.0).max(1),
                false => width = (height * size.0 / size.1).max(1),
            }
        }
        let (left, top) = ((256 * columns - width) / 2, (256 * rows - height) / 2);
        let middle = (left + (2 * x + 1) * width / (2 * size.0), top + (2 * y + 1) * height / (2 * size.1));
        let at = |x: i64, y: i64| {
            let row = &self.rows[y.clamp(0, rows - 1) as usize];
            row[x.clamp(0, columns - 1) as usize] >> shift & 255
        };
        if flags & Flags::PIXELATED != 0 {
            return at(middle.0 >> 8, middle.1 >> 8);
        }
        if width <= 256 * size.0 && height <= 256 * size.1 {
            let end = (256 * columns - 256, 256 * rows - 256);
            let (x, y) = ((middle.0 - 128).clamp(0, end.0), (middle.1 - 128).clamp(0, end.1));
            let between =
                |a: u32, b: u32, share: i64| (a * (256 - share as u32) + b * share as u32 + 128) >> 8;
            let row = |y: i64| between(at(x >> 8, y), at((x >> 8) + 1, y), x & 255);
            return between(row(y >> 8), row((y >> 8) + 1), y & 255);
        }
        let ends = |start: i64, at: i64, length: i64, size: i64, end: i64| {
            let from = (start + at * length / size).clamp(0, end - 1);
            (from, (start + (at + 1) * length / size).clamp(from + 1, end))
        };
        let (x0, x1) = ends(left, x, width, size.0, 256 * columns);
        let (y0, y1) = ends(top, y, height, size.1, 256 * rows);
        let inside = |at: i64, from: i64, to: i64| (to.min(at * 256 + 256) - from.max(at * 256)).max(0);
        let mut sum = 0;
        for row in y0 >> 8..=(y1 - 1) >> 8 {
            for column in x0 >> 8..=(x1 - 1) >> 8 {
                sum += inside(row, y0, y1) * inside(column, x0, x1) * at(column, row) as i64;
            }
        }
        let area = (x1 - x0) * (y1 - y0);
        ((sum + area / 2) / area) as u32
    }
}

fn blend(under: u32, color: u32, coverage: u32) -> u32 {
    let alpha = divide((color >> 24) * coverage);
    let channel = |shift: u32| {
        let (under, color) = (under >> shift & 255, color >> shift & 255);
        divide(under * (255 - alpha) + color * alpha) << shift
    };
    0xFF00_0000 | channel(16) | channel(8) | channel(0)
}

/// Coverage of a pixel at a distance from the left and the top end of an ellipse of a size.
fn ellipse(width: i32, height: i32, i: i32, j: i32) -> u32 {
    let (w, h, i, j) = (width as i64, height as i64, i as i64, j as i64);
    let sum: i64 = (0..16)
        .map(|line| {
            let above = 16 * h - (32 * j + 2 * line + 1);
            let root = (((256 * h * h - above * above) as u64) << 16).isqrt() as i64;
            let half = w * root / (32 * h);
            let (left, right) = ((128 * w - half).max(256 * i), (128 * w + half).min(256 * i + 256));
            (right - left).max(0)
        })
        .sum();
    ((sum * 255 + 2048) / 4096) as u32
}

/// Coverage of a box with corner diameters (0 for square ones) at a pixel.
fn rounded(rect: Rect, diameters: (i32, i32), x: i32, y: i32) -> u32 {
    if !rect.contains(x, y) {
        return 0;
    }
    let i = (x - rect.x).min(rect.right() - 1 - x);
    let j = (y - rect.y).min(rect.bottom() - 1 - y);
    if i < (diameters.0 + 1) / 2 && j < (diameters.1 + 1) / 2 {
        ellipse(diameters.0, diameters.1, i, j)
    } else {
        255
    }
}

/// The integral of the shadow's bell, with pixel centres `place` pixels from its start.
fn falloff(place: i64, blur: i64) -> i64 {
    let n = 4 * blur;
    let u = 3 * (2 * place + 1);
    let sixth = match u {
        _ if place < 0 => return 0,
        _ if place >= 2 * blur => return 255,
        _ if u < n => u * u * u,
        _ if u < 2 * n => 3 * n * n * n - 9 * n * n * u + 9 * n * u * u - 2 * u * u * u,
        _ => 6 * n * n * n - (3 * n - u).pow(3),
    };
    (sixth * 255 + 3 * n * n * n) / (6 * n * n * n)
}

fn threshold(x: i32, y: i32, size: i32) -> i32 {
    if size == 1 {
        return 0;
    }
    let half = size / 2;
    let base = [[0, 2], [3, 1]];
    let (low, high) = ((x & 1, y & 1), (x >> 1, y >> 1));
    base[low.1 as usize][low.0 as usize] * half * half + threshold(high.0, high.1, half)
}

/// How much of a pixel edges wind around, by 16 lines.
fn wound(edges: &[Edge], x: i32, y: i32) -> u32 {
    let (left, right) = (256 * x as i64, 256 * x as i64 + 256);
    let sum: i64 = (0..16)
        .map(|line| {
            let y = 256 * y as i64 + 16 * line + 8;
            let mut crossings: Vec<_> = edges
                .iter()
                .filter(|(a, b)| (a.1 as i64 <= y) != (b.1 as i64 <= y))
                .map(|(a, b)| {
                    let ((x0, y0), (x1, y1)) = if a.1 < b.1 { (*a, *b) } else { (*b, *a) };
                    let (dx, dy) = (x1 as i64 - x0 as i64, y1 as i64 - y0 as i64);
                    (x0 as i64 + ((y - y0 as i64) * dx).div_euclid(dy), (b.1 - a.1).signum())
                })
                .collect();
            crossings.sort();
            let mut winds = 0;
            let spans = crossings.windows(2).map(|pair| {
                winds += pair[0].1;
                if winds == 0 { 0 } else { (pair[1].0.min(right) - pair[0].0.max(left)).max(0) }
            });
            spans.sum::<i64>()
        })
        .sum();
    ((sum * 255 + 2048) / 4096) as u32
}

impl<'d> Paint<'d> {
    fn new(data: &'d NodeData, rect: Rect, text: &str, image: Option<Pixels>) -> Paint<'d> {
        let size = pointer_size(rect);
        let arrow = (data.kind == NodeKind::Pointer).then(|| (arrow(size, 0, !0), arrow(size, !0, 0)));
        let (edges, stops) = Default::default();
        Paint { data, rect, text: glyphs(data, text), arrow, image, edges, stops }
    }

    fn at(&self, x: i32, y: i32, under: u32) -> u32 {
        let (data, rect) = (self.data, self.rect);
        match data.kind {
            NodeKind::Box | NodeKind::Surface | NodeKind::Ellipse | NodeKind::Image | NodeKind::Path
                if rect.is_empty() =>
            {
                under
            }
            NodeKind::Path if !rect.contains(x, y) => under,
            NodeKind::Path => {
                let filled = blend(under, self.fill(x, y), wound(&self.edges[0], x - rect.x, y - rect.y));
                let stroked =
                    if self.border() == 0 { 0 } else { wound(&self.edges[1], x - rect.x, y - rect.y) };
                blend(filled, data.stroke, stroked)
            }
            NodeKind::Box | NodeKind::Surface => {
                let radius = (data.radius as i32).min(rect.width / 2).min(rect.height / 2);
                let border = self.border();
                let upper = y - rect.y < rect.bottom() - 1 - y;
                let square = if upper { Flags::SQUARE_TOP } else { Flags::SQUARE_BOTTOM };
                let radius = if data.flags & square == 0 { radius } else { 0 };
                let inner = 2 * (radius - border).max(0);
                let coverage = rounded(rect, (2 * radius, 2 * radius), x, y);
                let inside = rounded(rect.inflated(-border), (inner, inner), x, y);
                let under = self.shadow(x, y, under);
                self.shape(x, y, under, coverage, inside)
            }
            NodeKind::Ellipse => {
                let size = |n: i32| n.min(1 << 19);
                let rect = Rect { width: size(rect.width), height: size(rect.height), ..rect };
                let inside = self.rect.inflated(-self.border());
                let inside = Rect { width: size(inside.width), height: size(inside.height), ..inside };
                let coverage = rounded(rect, (rect.width, rect.height), x, y);
                let inside = match inside.is_empty() {
                    true => 0,
                    false => rounded(inside, (inside.width, inside.height), x, y),
                };
                self.shape(x, y, under, coverage, inside)
            }
            NodeKind::Text => blend(under, data.fill, self.glyph(x, y)),
            NodeKind::Image => self.image(x, y, under),
            NodeKind::Line => blend(under, data.fill, self.line(x, y)),
            NodeKind::Pointer => self.pointer(x, y, under),
        }
    }

    fn border(&self) -> i32 {
        if self.data.stroke >> 24 == 0 { 0 } else { self.data.stroke_width as i32 }
    }

    fn shadow(&self, x: i32, y: i32, under: u32) -> u32 {
        let data = self.data;
        let blur = data.shadow_blur.min(128) as i64;
        let profile = |place: i32, start: i32, end: i32| {
            let from = |edge: i32| falloff(place as i64 - edge as i64 + blur, blur);
            (from(start) - from(end)) as u32
        };
        let shape = self.rect.translated(0, data.shadow_dy as i32);
        let (across, down) = (profile(x, shape.x, shape.right()), profile(y, shape.y, shape.bottom()));
        let strength = divide((data.shadow >> 24) * down);
        blend(under, data.shadow | 0xFF00_0000, divide(strength * across))
    }

    fn fill(&self, x: i32, y: i32) -> u32 {
        let (data, rect) = (self.data, self.rect);
        let (x, y) = (x - rect.x, y - rect.y);
        if !self.stops.is_empty() {
            let share = self.share(x, y);
            let next = self.stops.iter().position(|(at, _)| share < *at).unwrap_or(self.stops.len());
            let (start, from) = self.stops[next.max(1) - 1];
            let (end, to) = self.stops[next.min(self.stops.len() - 1)];
            return (0..4).fold(0, |color, channel| {
                let of = |color: u32| ((color >> (8 * channel) & 255) as i64) << 16;
                let slope = if end == start { 0 } else { ((of(to) - of(from)) << 16) / (end - start) };
                let value = of(from) + ((slope * (share - start).max(0)) >> 16);
                let value = value + threshold(x & 7, y & 7, 8) as i64 * 1024 + 512;
                color | (value as u32 >> 16) << (8 * channel)
            });
        }
        if data.fill_end == 0 || data.fill_end == data.fill {
            return data.fill;
        }
        (0..4).fold(0, |color, channel| {
            let of = |color: u32| (color >> (8 * channel) & 255) as i64;
            let grown = self.grown(x, y, of(data.fill_end) - of(data.fill));
            let value = of(data.fill) * 65536 + grown + threshold(x & 7, y & 7, 8) as i64 * 1024 + 512;
            color | (value as u32 >> 16) << (8 * channel)
        })
    }

    /// How much of the way a place has behind it, in 1/65536.
    fn share(&self, x: i32, y: i32) -> i64 {
        match self.data.gradient {
            Gradient::Linear(degrees) => {
                let (width, height) = (self.rect.width as i64 - 1, self.rect.height as i64 - 1);
                let angle = (degrees as f64).to_radians();
                let unit = |part: f64| (part * 65536.0).round() as i64;
                let (dx, dy) = (unit(angle.sin()), unit(-angle.cos()));
                let length = (width * dx.abs() + height * dy.abs()).max(65536);
                let x = if dx < 0 { width - x as i64 } else { x as i64 };
                let y = if dy < 0 { height - y as i64 } else { y as i64 };
                ((dx.abs() << 32) / length * x + (dy.abs() << 32) / length * y) >> 16
            }
            // What grows by 1 has grown by its share.
            Gradient::Radial { .. } => self.grown(x, y, 1),
        }
    }

    /// How much of what a channel grows by from end to end it has grown by at a place, in 1/65536.
    fn grown(&self, x: i32, y: i32, all: i64) -> i64 {
        let (width, height) = (self.rect.width as i64 - 1, self.rect.height as i64 - 1);
        match self.data.gradient {
            Gradient::Linear(degrees) => {
                let angle = (degrees as f64).to_radians();
                let unit = |part: f64| (part * 65536.0).round() as i64;
                let (dx, dy) = (unit(angle.sin()), unit(-angle.cos()));
                let length = (width * dx.abs() + height * dy.abs()).max(65536);
                let step = |part: i64| all * 65536 * part.abs() / length;
                let x = if dx < 0 { width - x as i64 } else { x as i64 };
                let y = if dy < 0 { height - y as i64 } else { y as i64 };
                step(dx) * x + step(dy) * y
            }
            Gradient::Radial { x: cx, y: cy, radius } => {
                let (dx, dy) = (2 * x as i64 + 1 - cx as i64, 2 * y as i64 + 1 - cy as i64);
                let (square, whole) = (dx * dx + dy * dy, radius as i64 * radius as i64);
                let share = if square < whole { ((square as u64) << 32) / whole as u64 } else { 1 << 32 };
                all * share.isqrt() as i64
            }
        }
    }

    fn shape(&self, x: i32, y: i32, under: u32, outer: u32, inner: u32) -> u32 {
        let data = self.data;
        if outer == 0 {
            return under;
        }
        let fill = self.fill(x, y);
        if self.border() == 0 {
            return blend(under, fill, outer);
        }
        let opaque = [data.fill, data.stroke, if data.fill_end == 0 { !0 } else { data.fill_end }];
        let opaque = match self.stops.is_empty() {
            true => opaque.to_vec(),
            false => self.stops.iter().map(|(_, color)| *color).chain([data.stroke]).collect(),
        };
        if opaque.iter().all(|color| color >> 24 == 255) {
            return blend(blend(under, data.stroke, outer), fill, inner);
        }
        blend(blend(under, fill, outer), data.stroke, outer.saturating_sub(inner))
    }

    fn glyph(&self, x: i32, y: i32) -> u32 {
        let font = Font::of(self.data);
        let line = Rect { height: self.rect.height.min(font.height()), ..self.rect };
        let around = Rect { x: line.x - font.overhang(), width: line.width + 2 * font.overhang(), ..line };
        if line.is_empty() || !around.contains(x, y) {
            return 0;
        }
        let (x, y) = (x - self.rect.x, y - self.rect.y);
        let cells = self.text.iter().filter(|(block, _)| block.contains(x, y));
        let sum: u32 = cells
            .map(|(block, cells)| cells[((y - block.y) * block.width + x - block.x) as usize] as u32)
            .sum();
        sum.min(255)
    }

    fn image(&self, x: i32, y: i32, under: u32) -> u32 {
        let (data, rect) = (self.data, self.rect);
        let (Some(image), true) = (&self.image, rect.contains(x, y)) else { return under };
        let radius = (data.radius as i32).min(rect.width / 2).min(rect.height / 2);
        let upper = y - rect.y < rect.bottom() - 1 - y;
        let square = if upper { Flags::SQUARE_TOP } else { Flags::SQUARE_BOTTOM };
        let radius = if data.flags & square == 0 { radius } else { 0 };
        let coverage = rounded(rect, (2 * radius, 2 * radius), x, y);
        let (place, size) =
            (((x - rect.x) as i64, (y - rect.y) as i64), (rect.width as i64, rect.height as i64));
        let channel = |shift| {
            let value = image.channel(shift, place, size, data.flags);
            divide(divide(value * (data.fill >> 24)) * coverage)
        };
        let rest = 255 - channel(24);
        let over = |shift: u32| (divide((under >> shift & 255) * rest) + channel(shift)) << shift;
        0xFF00_0000 | over(16) | over(8) | over(0)
    }

    fn line(&self, x: i32, y: i32) -> u32 {
        let rect = self.rect;
        let unit = |place: i32| place.clamp(-1 << 20, 1 << 20) as i64 * 16 + 8;
        let rising = self.data.flags & Flags::RISING != 0;
        let (y0, y1) = if rising { (rect.bottom(), rect.y) } else { (rect.y, rect.bottom()) };
        let (x0, y0, x1, y1) = (unit(rect.x), unit(y0), unit(rect.right()), unit(y1));
        let (dx, dy) = (x1 - x0, y1 - y0);
        let (px, py) = (x as i64 * 16 + 8, y as i64 * 16 + 8);
        let square = dx * dx + dy * dy;
        let along = (px - x0) * dx + (py - y0) * dy;
        let far = |x: i64, y: i64| (((px - x) * (px - x) + (py - y) * (py - y)) * 256).isqrt();
        let distance = match along {
            ..0 => far(x0, y0),
            _ if along > square || square == 0 => far(x1, y1),
            _ => ((px - x0) * dy - (py - y0) * dx).abs() * 16 / square.isqrt(),
        };
        let reach = self.data.stroke_width.max(1) as i64 * 128 + 128;
        ((reach - distance).clamp(0, 256) * 255 / 256) as u32
    }

    fn pointer(&self, x: i32, y: i32, under: u32) -> u32 {
        let (column, row) = (x - self.rect.x, y - self.rect.y);
        let Some((inside, around)) = &self.arrow else {
            return under;
        };
        let (width, height) = pointer_size(self.rect);
        if !Rect::new(0, 0, width, height).contains(column, row) {
            return under;
        }
        let at = (row * width + column) as usize;
        blend(blend(under, self.data.stroke, around[at]), self.data.fill, inside[at])
    }
}

/// The arrow's coverage, read off an arrow that is painted white on black: of its inside and of its outline.
fn arrow((width, height): (i32, i32), stroke: u32, fill: u32) -> Vec<u32> {
    let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
    heap.mutator().enter(|s| {
        let rect = Rect::new(0, 0, width, height);
        let data = NodeData { kind: NodeKind::Pointer, rect, fill, stroke, ..NodeData::default() };
        let nil = Value::NIL;
        let node = data.build(s, nil, nil, nil, nil, nil).unwrap();
        let mut pixels = vec![0; (width * height) as usize];
        let mut target = Target::new(&mut pixels, width as usize, rect);
        paint_picture(s, node, &mut target, &Tables::new());
        pixels.iter().map(|pixel| pixel & 255).collect()
    })
}
