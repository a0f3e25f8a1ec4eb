//! embedded-graphics: neither anti-aliasing nor transparency, so shadows are left out.

use crate::peers::Peer;
use crate::scene::{Rect, WALLPAPER};
use core::convert::Infallible;
use embedded_graphics::mono_font::{MonoTextStyle, ascii::FONT_7X14};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{
    Circle, CornerRadii, Line, PrimitiveStyle, PrimitiveStyleBuilder, Rectangle, RoundedRectangle,
};
use embedded_graphics::text::{Baseline, Text};

/// A frame buffer as its users write one: pixels, spans and rectangles by slices.
struct Frame {
    size: (i32, i32),
    pixels: Vec<u32>,
}

impl OriginDimensions for Frame {
    fn size(&self) -> Size {
        Size::new(self.size.0 as u32, self.size.1 as u32)
    }
}

impl DrawTarget for Frame {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        let (width, height) = self.size;
        for Pixel(place, color) in pixels {
            if (0..width).contains(&place.x) && (0..height).contains(&place.y) {
                self.pixels[(place.y * width + place.x) as usize] = color.into_storage();
            }
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, color: Rgb888) -> Result<(), Infallible> {
        let area = area.intersection(&self.bounding_box());
        let (left, width) = (area.top_left.x as usize, area.size.width as usize);
        for y in area.rows() {
            let start = y as usize * self.size.0 as usize + left;
            self.pixels[start..start + width].fill(color.into_storage());
        }
        Ok(())
    }
}

pub(crate) struct Graphics {
    frame: Frame,
    area: Rectangle,
}

fn color(argb: u32) -> Rgb888 {
    Rgb888::new((argb >> 16) as u8, (argb >> 8) as u8, argb as u8)
}

fn rectangle(rect: Rect) -> Rectangle {
    Rectangle::new(Point::new(rect.x, rect.y), Size::new(rect.width as u32, rect.height as u32))
}

impl Graphics {
    pub(crate) fn new(size: (i32, i32)) -> Graphics {
        let pixels = vec![0; (size.0 * size.1) as usize];
        Graphics { frame: Frame { size, pixels }, area: Rectangle::zero() }
    }

    fn draw(&mut self, what: impl Drawable<Color = Rgb888>) {
        let drawn = if self.area == self.frame.bounding_box() {
            what.draw(&mut self.frame).map(|_| ())
        } else {
            what.draw(&mut self.frame.clipped(&self.area)).map(|_| ())
        };
        drawn.unwrap_or_else(|never| match never {});
    }
}

impl Peer for Graphics {
    fn begin(&mut self, area: Rect) {
        self.area = rectangle(area);
    }

    fn wallpaper(&mut self, screen: Rect) {
        for y in 0..screen.height {
            let mix = |shift: u32| {
                let (a, b) = ((WALLPAPER.0 >> shift & 255) as i32, (WALLPAPER.1 >> shift & 255) as i32);
                (a + (b - a) * y / screen.height) as u8
            };
            let style = PrimitiveStyle::with_fill(Rgb888::new(mix(16), mix(8), mix(0)));
            self.draw(rectangle(Rect { y, height: 1, ..screen }).into_styled(style));
        }
    }

    fn shadow(&mut self, _: Rect) {}

    fn round_rect(&mut self, rect: Rect, radius: i32, fill: u32, border: Option<u32>) {
        let mut style = PrimitiveStyleBuilder::new().fill_color(color(fill));
        if let Some(border) = border {
            style = style.stroke_color(color(border)).stroke_width(1);
        }
        let radii = CornerRadii::new(Size::new_equal(radius as u32));
        if radius == 0 {
            self.draw(rectangle(rect).into_styled(style.build()));
        } else {
            self.draw(RoundedRectangle::new(rectangle(rect), radii).into_styled(style.build()));
        }
    }

    fn text(&mut self, x: i32, y: i32, argb: u32, text: &str) {
        let style = MonoTextStyle::new(&FONT_7X14, color(argb));
        self.draw(Text::with_baseline(text, Point::new(x, y), style, Baseline::Top));
    }

    fn line(&mut self, from: (i32, i32), to: (i32, i32), width: u16, argb: u32) {
        let line = Line::new(Point::new(from.0, from.1), Point::new(to.0, to.1));
        self.draw(line.into_styled(PrimitiveStyle::with_stroke(color(argb), width as u32)));
    }

    fn circle(&mut self, rect: Rect, fill: u32) {
        let circle = Circle::new(Point::new(rect.x, rect.y), rect.width as u32);
        self.draw(circle.into_styled(PrimitiveStyle::with_fill(color(fill))));
    }

    fn end(&mut self) {}

    fn pixels(&mut self) -> Vec<u32> {
        self.frame.pixels.iter().map(|pixel| pixel | 0xFF00_0000).collect()
    }
}
