//! `embedded-graphics` on a target: the door for everything written for that ecosystem.
//!
//! Its colours are opaque; blending is what the picture's own nodes are for.

use crate::blend::OPAQUE;
use crate::target::Target;
use core::convert::Infallible;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Dimensions, Point, Size};
use embedded_graphics::pixelcolor::{IntoStorage, Rgb888};
use embedded_graphics::primitives::Rectangle;
use halt_ui::Rect;

impl Dimensions for Target<'_> {
    fn bounding_box(&self) -> Rectangle {
        let clip = self.clip();
        let size = Size::new(clip.width.max(0) as u32, clip.height.max(0) as u32);
        Rectangle::new(Point::new(clip.x, clip.y), size)
    }
}

fn rect_of(area: &Rectangle) -> Rect {
    let size = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    Rect::new(area.top_left.x, area.top_left.y, size(area.size.width), size(area.size.height))
}

impl DrawTarget for Target<'_> {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        for Pixel(place, color) in pixels {
            let (_, row) = self.row(place.y, place.x, place.x.saturating_add(1));
            row.fill(color.into_storage() | OPAQUE);
        }
        Ok(())
    }

    fn fill_contiguous<I>(&mut self, area: &Rectangle, colors: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Rgb888>,
    {
        let rect = rect_of(area);
        let mut colors = colors.into_iter();
        for y in rect.y..rect.bottom() {
            let (left, row) = self.row(y, rect.x, rect.right());
            let (before, inside) = (left.saturating_sub(rect.x).min(rect.width), row.len());
            let after = rect.width as usize - before.max(0) as usize - inside;
            if before > 0 {
                colors.nth(before as usize - 1);
            }
            for pixel in row {
                match colors.next() {
                    Some(color) => *pixel = color.into_storage() | OPAQUE,
                    None => return Ok(()),
                }
            }
            if after > 0 {
                colors.nth(after - 1);
            }
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, color: Rgb888) -> Result<(), Infallible> {
        self.rect(rect_of(area), color.into_storage() | OPAQUE);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use embedded_graphics::mono_font::{MonoTextStyle, ascii::FONT_6X10};
    use embedded_graphics::prelude::*;
    use embedded_graphics::primitives::{Circle, PrimitiveStyle};
    use embedded_graphics::text::Text;

    /// Draws on the whole and on a window of it; what the window shows must be the same.
    #[test]
    fn drawings_are_cut_to_the_target() {
        fn draw(target: &mut Target) {
            let fill = PrimitiveStyle::with_fill(Rgb888::new(200, 30, 90));
            Circle::new(Point::new(-4, 3), 30).into_styled(fill).draw(target).unwrap();
            let style = MonoTextStyle::new(&FONT_6X10, Rgb888::WHITE);
            Text::new("HALT", Point::new(9, 14), style).draw(target).unwrap();
            let area = Rectangle::new(Point::new(20, 22), Size::new(20, 9));
            let colors = (0..180).map(|i| Rgb888::new(i as u8, 0, 0));
            target.fill_contiguous(&area, colors).unwrap();
        }
        let (mut whole, mut part) = ([OPAQUE; 32 * 32], [OPAQUE; 10 * 20]);
        draw(&mut Target::new(&mut whole, 32, Rect::new(0, 0, 32, 32)));
        draw(&mut Target::new(&mut part, 10, Rect::new(16, 7, 10, 20)));
        assert!(whole.contains(&0xFFC8_1E5A) && whole.contains(&0xFFFF_FFFF));
        for y in 0..20 {
            assert_eq!(part[10 * y..10 * y + 10], whole[32 * (y + 7) + 16..][..10], "row {y}");
        }
    }
}
