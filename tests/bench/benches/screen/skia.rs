//! tiny-skia: glyphs and shadows are pixmaps made beforehand, for it draws neither.

use crate::peers::{Kept, Mask, Peer, glyphs, shadow_place};
use crate::scene::{Rect, WALLPAPER};
use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LinearGradient, Paint, Path, PathBuilder, Pixmap, PixmapPaint,
    Point, PremultipliedColorU8, Shader, SpreadMode, Stroke, Transform,
};

pub(crate) struct TinySkia {
    screen: Pixmap,
    /// What is painted now, and its place.
    part: Option<(Pixmap, Rect)>,
    masks: Vec<Mask>,
    glyphs: Vec<(u32, Vec<Pixmap>)>,
    shadows: Kept<Pixmap>,
}

fn color(argb: u32) -> Color {
    Color::from_rgba8((argb >> 16) as u8, (argb >> 8) as u8, argb as u8, (argb >> 24) as u8)
}

fn paint(argb: u32) -> Paint<'static> {
    Paint { shader: Shader::SolidColor(color(argb)), anti_alias: true, ..Paint::default() }
}

fn tinted(mask: &Mask, argb: u32) -> Pixmap {
    let mut pixmap = Pixmap::new(mask.width as u32, mask.height as u32).expect("a size");
    let channel = |shift: u32, a: u32| ((argb >> shift & 255) * a / 255) as u8;
    for (pixel, coverage) in pixmap.pixels_mut().iter_mut().zip(&mask.coverage) {
        let a = *coverage as u32 * (argb >> 24) / 255;
        let made = PremultipliedColorU8::from_rgba(channel(16, a), channel(8, a), channel(0, a), a as u8);
        *pixel = made.expect("premultiplied");
    }
    pixmap
}

fn round_path(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Path {
    let mut path = PathBuilder::new();
    let (right, bottom, k) = (x + width, y + height, radius * 0.447_715);
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - k, y, right, y + k, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(right, bottom - k, right - k, bottom, right - radius, bottom);
    path.line_to(x + radius, bottom);
    path.cubic_to(x + k, bottom, x, bottom - k, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + k, x + k, y, x + radius, y);
    path.close();
    path.finish().expect("a path")
}

impl TinySkia {
    pub(crate) fn new(size: (i32, i32)) -> TinySkia {
        TinySkia {
            screen: Pixmap::new(size.0 as u32, size.1 as u32).expect("a size"),
            part: None,
            masks: glyphs(),
            glyphs: Vec::new(),
            shadows: Kept::new(|mask| tinted(mask, crate::scene::SHADE)),
        }
    }

    /// The pixmap to paint into, and how places move into it.
    fn part(&mut self) -> (&mut Pixmap, (i32, i32)) {
        match &mut self.part {
            Some((pixmap, area)) => (pixmap, (-area.x, -area.y)),
            None => (&mut self.screen, (0, 0)),
        }
    }

    fn transform(by: (i32, i32)) -> Transform {
        Transform::from_translate(by.0 as f32, by.1 as f32)
    }
}

impl Peer for TinySkia {
    fn begin(&mut self, area: Rect) {
        let whole = (self.screen.width(), self.screen.height()) == (area.width as u32, area.height as u32);
        self.part =
            (!whole).then(|| (Pixmap::new(area.width as u32, area.height as u32).expect("a size"), area));
    }

    fn wallpaper(&mut self, screen: Rect) {
        let (target, by) = self.part();
        let stops =
            vec![GradientStop::new(0.0, color(WALLPAPER.0)), GradientStop::new(1.0, color(WALLPAPER.1))];
        let (from, to) = (Point::from_xy(0.0, 0.0), Point::from_xy(0.0, screen.height as f32));
        let gradient = LinearGradient::new(from, to, stops, SpreadMode::Pad, Transform::identity());
        let paint = Paint { shader: gradient.expect("a gradient"), ..Paint::default() };
        let rect = tiny_skia::Rect::from_xywh(0.0, 0.0, screen.width as f32, screen.height as f32);
        target.fill_rect(rect.expect("a rectangle"), &paint, Self::transform(by), None);
    }

    fn shadow(&mut self, window: Rect) {
        let (x, y) = shadow_place(window);
        let (target, by) = match &mut self.part {
            Some((pixmap, area)) => (pixmap, (-area.x, -area.y)),
            None => (&mut self.screen, (0, 0)),
        };
        let shadow = self.shadows.shadow(window).as_ref();
        target.draw_pixmap(x + by.0, y + by.1, shadow, &PixmapPaint::default(), Transform::identity(), None);
    }

    fn round_rect(&mut self, rect: Rect, radius: i32, fill: u32, border: Option<u32>) {
        let (target, by) = self.part();
        let (x, y, w, h) = (rect.x as f32, rect.y as f32, rect.width as f32, rect.height as f32);
        if radius == 0 {
            let rect = tiny_skia::Rect::from_xywh(x, y, w, h).expect("a rectangle");
            target.fill_rect(rect, &paint(fill), Self::transform(by), None);
            return;
        }
        let path = round_path(x, y, w, h, radius as f32);
        target.fill_path(&path, &paint(fill), FillRule::Winding, Self::transform(by), None);
        if let Some(border) = border {
            let path = round_path(x + 0.5, y + 0.5, w - 1.0, h - 1.0, radius as f32 - 0.5);
            target.stroke_path(&path, &paint(border), &Stroke::default(), Self::transform(by), None);
        }
    }

    fn text(&mut self, x: i32, y: i32, color: u32, text: &str) {
        if !self.glyphs.iter().any(|(kept, _)| *kept == color) {
            let tints = self.masks.iter().map(|mask| tinted(mask, color)).collect();
            self.glyphs.push((color, tints));
        }
        let (target, by) = match &mut self.part {
            Some((pixmap, area)) => (pixmap, (-area.x, -area.y)),
            None => (&mut self.screen, (0, 0)),
        };
        let glyphs = &self.glyphs.iter().find(|(kept, _)| *kept == color).expect("made above").1;
        let mut x = x + by.0;
        for letter in text.bytes() {
            let glyph = &glyphs[(letter - b'a') as usize];
            let paint = PixmapPaint::default();
            target.draw_pixmap(x, y + by.1, glyph.as_ref(), &paint, Transform::identity(), None);
            x += glyph.width() as i32;
        }
    }

    fn line(&mut self, from: (i32, i32), to: (i32, i32), width: u16, color: u32) {
        let (target, by) = self.part();
        let mut path = PathBuilder::new();
        path.move_to(from.0 as f32 + 0.5, from.1 as f32 + 0.5);
        path.line_to(to.0 as f32 + 0.5, to.1 as f32 + 0.5);
        let stroke = Stroke { width: width as f32, line_cap: LineCap::Round, ..Stroke::default() };
        let path = path.finish().expect("a path");
        target.stroke_path(&path, &paint(color), &stroke, Self::transform(by), None);
    }

    fn circle(&mut self, rect: Rect, fill: u32) {
        let (target, by) = self.part();
        let radius = rect.width as f32 / 2.0;
        let path = PathBuilder::from_circle(rect.x as f32 + radius, rect.y as f32 + radius, radius);
        let path = path.expect("a circle");
        target.fill_path(&path, &paint(fill), FillRule::Winding, Self::transform(by), None);
    }

    fn end(&mut self) {
        if let Some((part, area)) = self.part.take() {
            let (width, stride) = (area.width as usize, self.screen.width() as usize);
            for (row, line) in part.pixels().chunks_exact(width).enumerate() {
                let start = (area.y as usize + row) * stride + area.x as usize;
                self.screen.pixels_mut()[start..start + width].copy_from_slice(line);
            }
        }
    }

    fn pixels(&mut self) -> Vec<u32> {
        let argb = |pixel: &PremultipliedColorU8| {
            u32::from_be_bytes([pixel.alpha(), pixel.red(), pixel.green(), pixel.blue()])
        };
        self.screen.pixels().iter().map(argb).collect()
    }
}

/// Two layers of a size.
pub(crate) struct Layers {
    under: Pixmap,
    over: Pixmap,
}

impl Layers {
    /// A plain layer and, over it, one of premultiplied pixels.
    pub(crate) fn new(size: (i32, i32), over: &[u32]) -> Layers {
        let layer = || Pixmap::new(size.0 as u32, size.1 as u32).expect("a size");
        let (mut under, mut upper) = (layer(), layer());
        under.fill(color(0xFF20_4060));
        for (pixel, argb) in upper.pixels_mut().iter_mut().zip(over) {
            let [a, r, g, b] = argb.to_be_bytes();
            *pixel = PremultipliedColorU8::from_rgba(r, g, b, a).expect("premultiplied");
        }
        Layers { under, over: upper }
    }

    /// Lays the one over the other.
    pub(crate) fn over(&mut self) {
        let paint = PixmapPaint::default();
        self.under.draw_pixmap(0, 0, self.over.as_ref(), &paint, Transform::identity(), None);
    }
}
