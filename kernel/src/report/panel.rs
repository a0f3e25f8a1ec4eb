//! The report on the screen.

use crate::display::{self, Screen};
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

const HEIGHT: RasterHeight = RasterHeight::Size16;
const LINE: u32 = 18;
const MARGIN: u32 = 16;
const BACKGROUND: u32 = 0xFF5A_1420;
const EDGE: u32 = 0xFFE0_5060;
const CELL_MAX: usize = 16;

/// Draws a panel with the report over whatever is on the screen.
pub(super) fn show(report: &str) {
    let Some(screen) = display::current() else { return };
    let lines = report.lines().count() as u32 + 2;
    let width = screen.width.saturating_sub(2 * MARGIN);
    let height = (lines * LINE + 2 * MARGIN).min(screen.height.saturating_sub(2 * MARGIN));
    screen.fill(MARGIN, MARGIN, width, height, EDGE);
    screen.fill(MARGIN + 2, MARGIN + 2, width.saturating_sub(4), height.saturating_sub(4), BACKGROUND);
    let heading =
        ["HALT has stopped, because the kernel failed. The same report is on the first serial port.", ""];
    let mut y = 2 * MARGIN;
    for (index, line) in heading.into_iter().chain(report.lines()).enumerate() {
        if y + LINE > MARGIN + height {
            return;
        }
        let weight = if index == 0 { FontWeight::Bold } else { FontWeight::Regular };
        write_line(screen, y, line, weight, MARGIN + width - 8);
        y += LINE;
    }
}

/// Draws one line of text, cut at the panel's right edge.
fn write_line(screen: &Screen, y: u32, line: &str, weight: FontWeight, right: u32) {
    let cell = get_raster_width(weight, HEIGHT);
    let mut x = 2 * MARGIN;
    for character in line.chars() {
        if x + cell as u32 > right {
            return;
        }
        if let Some(glyph) = get_raster(character, weight, HEIGHT).or_else(|| get_raster('?', weight, HEIGHT))
        {
            for (row, levels) in (y..).zip(glyph.rows()) {
                let mut pixels = [BACKGROUND; CELL_MAX];
                for (pixel, level) in pixels.iter_mut().zip(levels) {
                    *pixel = mix(*level);
                }
                screen.present(x, row, cell.min(CELL_MAX) as u32, 1, &pixels, CELL_MAX);
            }
        }
        x += cell as u32;
    }
}

/// White over the background.
fn mix(level: u8) -> u32 {
    let channel = |shift: u32| {
        let below = BACKGROUND >> shift & 0xFF;
        (below + (0xFF - below) * u32::from(level) / 255) << shift
    };
    0xFF00_0000 | channel(16) | channel(8) | channel(0)
}
