//! cairo, and pixman under it, in a program of its own (`peers/cairo.c`), which needs the libraries but not their headers.
//!
//! Enter at [`painting`] and [`libraries`]. The program reads the scene from a file; its letters are those of the same font, which
//! cairo keeps itself, and shadows are masks that were made beforehand.

use crate::asked::{Asked, build, built, source};
use crate::peers::{shadow, shadow_place, shapes_in, windows_in};
use crate::scene::{BORDER, Desk, FONT, RADIUS, Rect, SHADE, Shape, WALLPAPER};
use std::fmt::Write;
use std::process::Command;

/// Paints what of desks reaches an area, one desk after the other.
pub(crate) fn painting(name: &str, area: Rect, desks: &[Desk]) -> Asked {
    let (desks, file) = (desks.to_vec(), built(&format!("cairo-{name}.txt")));
    Asked(Box::new(move || {
        std::fs::write(&file, scene(area, &desks)).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut command = program()?;
        command.arg(file);
        Ok(command)
    }))
}

/// Only the libraries, without a scene.
pub(crate) fn libraries() -> Asked {
    Asked(Box::new(program))
}

fn program() -> Result<Command, String> {
    let program = built("cairo");
    let libraries =
        ["libcairo.so.2", "libpixman-1.so.0", "libfreetype.so.6"].map(|name| format!("-l:{name}"));
    build(Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(source("cairo.c")).args(&libraries))
        .map_err(|error| {
            match libraries.iter().find(|name| error.contains(&format!("cannot find {name}"))) {
                Some(name) => format!("{} is not installed", &name[3..]),
                None => error,
            }
        })?;
    Ok(Command::new(program))
}

/// The scene as `cairo.c` reads it.
fn scene(area: Rect, desks: &[Desk]) -> String {
    let mut out = String::new();
    let size = desks.first().map_or((0, 0), |desk| desk.size);
    let font = source("../../../assets/fonts/mono-regular.ttf");
    let place = |it: Rect| format!("{} {} {} {}", it.x, it.y, it.width, it.height);
    let mut line = |text: String| writeln!(out, "{text}").unwrap_or_default();
    line(format!("{} {} {} {:x} {:x}", size.0, size.1, place(area), WALLPAPER.0, WALLPAPER.1));
    line(format!("{} {} {}", FONT.cell(), FONT.baseline(), font.display()));
    for desk in desks {
        line("d".into());
        for window in windows_in(desk, area) {
            let mask = shadow(window.rect);
            let (x, y) = shadow_place(window.rect);
            line(format!("s {} 0 {SHADE:x} 0", place(Rect::new(x, y, mask.width, mask.height))));
            line(mask.coverage.iter().fold(String::new(), |hex, cover| hex + &format!("{cover:02x}")));
            line(format!("b {} {RADIUS} {:x} {BORDER:x}", place(window.rect), window.fill));
            for shape in shapes_in(window, area) {
                line(match shape {
                    Shape::Box { rect, radius, fill, border } => {
                        format!("b {} {radius} {fill:x} {:x}", place(*rect), border.unwrap_or(0))
                    }
                    Shape::Text { x, y, color, text } => format!("t {x} {y} 0 0 0 {color:x} 0 {text}"),
                    Shape::Line { from, to, width, color } => {
                        format!("l {} {} {} {} {width} {color:x} 0", from.0, from.1, to.0, to.1)
                    }
                    Shape::Circle { rect, fill } => format!("c {} 0 {fill:x} 0", place(*rect)),
                });
            }
        }
    }
    out
}
