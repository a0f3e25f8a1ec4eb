//! vello_cpu, on one thread: its own glyphs from its own atlas, its own blurred rectangles for shadows.

use crate::peers::Peer;
use crate::scene::{FONT, RADIUS, Rect, SHADE, SHADOW, WALLPAPER};
use std::sync::Arc;
use vello_cpu::color::{AlphaColor, Srgb};
use vello_cpu::kurbo::{self, Affine, BezPath, Cap, Circle, RoundedRect, Shape, Stroke};
use vello_cpu::peniko::{Blob, FontData, Gradient};
use vello_cpu::{Glyph, Pixmap, RenderContext, Resources};

const MONO: &[u8] = include_bytes!("../../../../assets/fonts/mono-regular.ttf");

/// The advance of every glyph of the face, of its size.
const ADVANCE: f32 = 0.6;

pub(crate) struct Vello {
    screen: Pixmap,
    context: RenderContext,
    resources: Resources,
    /// What is painted where it is not all of the screen.
    part: Pixmap,
    area: Rect,
    font: FontData,
}

fn color(argb: u32) -> AlphaColor<Srgb> {
    AlphaColor::from_rgba8((argb >> 16) as u8, (argb >> 8) as u8, argb as u8, (argb >> 24) as u8)
}

fn rectangle(it: Rect) -> kurbo::Rect {
    kurbo::Rect::new(it.x.into(), it.y.into(), it.right().into(), it.bottom().into())
}

fn path(shape: impl Shape) -> BezPath {
    shape.to_path(0.1)
}

impl Vello {
    pub(crate) fn new(size: (i32, i32)) -> Vello {
        let (width, height) = (size.0 as u16, size.1 as u16);
        Vello {
            screen: Pixmap::new(width, height),
            context: RenderContext::new(width, height),
            resources: Resources::new(),
            part: Pixmap::new(1, 1),
            area: Rect::new(0, 0, size.0, size.1),
            font: FontData::new(Blob::new(Arc::new(MONO)), 0),
        }
    }

    fn is_whole(&self) -> bool {
        self.area == Rect::new(0, 0, self.screen.width().into(), self.screen.height().into())
    }
}

impl Peer for Vello {
    fn begin(&mut self, area: Rect) {
        self.area = area;
        let (width, height) = (area.width as u16, area.height as u16);
        self.context.reset_and_resize(width, height);
        if !self.is_whole() && (self.part.width(), self.part.height()) != (width, height) {
            self.part = Pixmap::new(width, height);
        }
        self.context.set_transform(Affine::translate((f64::from(-area.x), f64::from(-area.y))));
    }

    fn wallpaper(&mut self, screen: Rect) {
        let gradient = Gradient::new_linear((0.0, 0.0), (0.0, f64::from(screen.height)))
            .with_stops([color(WALLPAPER.0), color(WALLPAPER.1)]);
        self.context.set_paint(gradient);
        self.context.fill_rect(&rectangle(screen));
    }

    fn shadow(&mut self, window: Rect) {
        self.context.set_paint(color(SHADE));
        let place = rectangle(window.translated(0, SHADOW.1));
        // Ours is a bell that ends where theirs is all but gone.
        self.context.fill_blurred_rounded_rect(&place, RADIUS as f32, SHADOW.0 as f32 / 2.5, false);
    }

    fn round_rect(&mut self, rect: Rect, radius: i32, fill: u32, border: Option<u32>) {
        self.context.set_paint(color(fill));
        if radius == 0 {
            return self.context.fill_rect(&rectangle(rect));
        }
        let radius = f64::from(radius);
        self.context.fill_path(&path(RoundedRect::from_rect(rectangle(rect), radius)));
        if let Some(border) = border {
            self.context.set_paint(color(border));
            self.context.set_stroke(Stroke::new(1.0));
            let inner = RoundedRect::from_rect(rectangle(rect).inset(-0.5), radius - 0.5);
            self.context.stroke_path(&path(inner));
        }
    }

    fn text(&mut self, x: i32, y: i32, argb: u32, text: &str) {
        let Vello { context, resources, font, .. } = self;
        context.set_paint(color(argb));
        let y = (y + FONT.baseline()) as f32;
        let glyphs = FONT.glyphs(text).map(|(glyph, at)| Glyph {
            id: glyph.id.unwrap_or(0).into(),
            x: x as f32 + at as f32 / 64.0,
            y,
        });
        let glyphs: Vec<Glyph> = glyphs.collect();
        let run = context.glyph_run(resources, font).font_size(FONT.cell() as f32 / ADVANCE);
        run.hint(true).atlas_cache(true).fill_glyphs(glyphs.into_iter()).expect("a font");
    }

    fn line(&mut self, from: (i32, i32), to: (i32, i32), width: u16, argb: u32) {
        let centre = |(x, y): (i32, i32)| (f64::from(x) + 0.5, f64::from(y) + 0.5);
        self.context.set_paint(color(argb));
        self.context.set_stroke(Stroke::new(width.into()).with_caps(Cap::Round));
        self.context.stroke_path(&path(kurbo::Line::new(centre(from), centre(to))));
    }

    fn circle(&mut self, rect: Rect, fill: u32) {
        let radius = f64::from(rect.width) / 2.0;
        let centre = (f64::from(rect.x) + radius, f64::from(rect.y) + radius);
        self.context.set_paint(color(fill));
        self.context.fill_path(&path(Circle::new(centre, radius)));
    }

    fn end(&mut self) {
        self.context.flush();
        if self.is_whole() {
            return self.context.render(&mut self.screen, &mut self.resources);
        }
        self.context.render(&mut self.part, &mut self.resources);
        let (width, stride) = (self.area.width as usize, self.screen.width() as usize);
        for (row, line) in self.part.data().chunks_exact(width).enumerate() {
            let start = (self.area.y as usize + row) * stride + self.area.x as usize;
            self.screen.data_mut()[start..start + width].copy_from_slice(line);
        }
    }

    fn pixels(&mut self) -> Vec<u32> {
        self.screen.data().iter().map(|it| u32::from_be_bytes([it.a, it.r, it.g, it.b])).collect()
    }
}
