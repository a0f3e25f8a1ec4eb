//! The screen's pixels, one buffer per tile.
//!
//! Enter at [`Screen::lock`]. A tile's buffer is behind a lock of its own, so workers paint different tiles at once
//! and nothing is shared by two; its rows lie together, which caches like.

use alloc::boxed::Box;
use alloc::vec::Vec;
use halt_ui::Rect;
use spin::{Mutex, MutexGuard};

/// The pixels that are on the screen.
pub(crate) struct Screen {
    tiles: Box<[Mutex<Box<[u32]>>]>,
    places: Box<[Rect]>,
    columns: usize,
    width: usize,
    height: usize,
}

impl Screen {
    /// A screen of tiles at the given places, which together are the whole screen.
    pub(crate) fn new(width: i32, height: i32, places: Box<[Rect]>, color: u32) -> Screen {
        let buffer = |place: &Rect| alloc::vec![color; (place.width * place.height) as usize];
        let tiles = places.iter().map(|place| Mutex::new(buffer(place).into_boxed_slice())).collect();
        let columns = places.iter().take_while(|place| place.y == 0).count();
        Screen { tiles, places, columns, width: width as usize, height: height as usize }
    }

    /// The place of a tile; its width is the stride of its pixels.
    pub(crate) fn place(&self, tile: usize) -> Rect {
        self.places[tile]
    }

    /// The pixels of a tile, for one worker alone.
    pub(crate) fn lock(&self, tile: usize) -> MutexGuard<'_, Box<[u32]>> {
        self.tiles[tile].lock()
    }

    /// Copies pixels to `to`, which lies on the screen as does where they come from, `by` less; `done` is told each tile's part
    /// of it: where it is, its pixels and their stride. Pieces go in the order that overwrites none before it was read.
    pub(crate) fn shift(&self, to: Rect, by: (i32, i32), mut done: impl FnMut(Rect, &[u32], usize)) {
        let touched = to.union(to.translated(-by.0, -by.1));
        let mut tiles: Vec<_> = self
            .places
            .iter()
            .zip(&self.tiles)
            .map(|(place, tile)| (!place.intersection(touched).is_empty()).then(|| tile.lock()))
            .collect();
        let tile = self.places[0];
        // Both columns cut, then both rows, so that each piece is of one tile and goes to one.
        for (x, width) in pieces(to.x, to.right(), tile.width, by.0) {
            for (y, height) in pieces(to.y, to.bottom(), tile.height, by.1) {
                let (source, from, stride) = self.find(x - by.0, y - by.1);
                let (target, at, target_stride) = self.find(x, y);
                let width = width as usize;
                // What is as wide as its tiles is one run.
                let is_whole = width == stride && width == target_stride;
                let (rows, run) =
                    if is_whole { (1, width * height as usize) } else { (height as usize, width) };
                for row in 0..rows {
                    let row = if by.1 > 0 { rows - 1 - row } else { row };
                    let (from, at) = (from + row * stride, at + row * target_stride);
                    if source == target {
                        if let Some(pixels) = &mut tiles[source] {
                            pixels.copy_within(from..from + run, at);
                        }
                    } else if let Ok([Some(source), Some(target)]) = tiles.get_disjoint_mut([source, target])
                    {
                        target[at..at + run].copy_from_slice(&source[from..from + run]);
                    }
                }
            }
        }
        for (place, pixels) in self.places.iter().zip(&tiles) {
            let part = place.intersection(to);
            if let (false, Some(pixels)) = (part.is_empty(), pixels) {
                let stride = place.width as usize;
                let first = (part.y - place.y) as usize * stride + (part.x - place.x) as usize;
                done(part, &pixels[first..], stride);
            }
        }
    }

    /// The tile of a place, where in it that is, and how many pixels a row of it has.
    fn find(&self, x: i32, y: i32) -> (usize, usize, usize) {
        let (width, height) = (self.places[0].width, self.places[0].height);
        let tile = (y / height) as usize * self.columns + (x / width) as usize;
        let place = self.places[tile];
        (tile, ((y - place.y) * place.width + x - place.x) as usize, place.width as usize)
    }

    /// A copy of all pixels, row by row.
    pub(crate) fn copy(&self) -> Vec<u32> {
        let mut all = alloc::vec![0; self.width * self.height];
        for (tile, place) in self.places.iter().enumerate() {
            let pixels = self.lock(tile);
            for (row, pixels) in pixels.chunks_exact(place.width as usize).enumerate() {
                let start = (place.y as usize + row) * self.width + place.x as usize;
                all[start..start + pixels.len()].copy_from_slice(pixels);
            }
        }
        all
    }
}

/// Where a range is cut so that neither it nor what lies `by` before it crosses a border of tiles of a size: starts and lengths,
/// the last first when the range moves up.
fn pieces(start: i32, end: i32, size: i32, by: i32) -> Vec<(i32, i32)> {
    let border = |at: i32| (at / size + 1) * size;
    let mut all = Vec::new();
    let mut at = start;
    while at < end {
        let next = border(at).min(border(at - by) + by).min(end);
        all.push((at, next - at));
        at = next;
    }
    if by > 0 {
        all.reverse();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_moved_whatever_overlaps() {
        let mut state = 5u64;
        let mut random = |low: i32, high: i32| {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            low + ((state >> 33) % (high - low) as u64) as i32
        };
        let (width, height) = (70, 50);
        for round in 0..2000 {
            let (tile_width, tile_height) = (random(3, 40), random(3, 40));
            let grid = crate::DamageGrid::new(width, height, tile_width, tile_height);
            let places = (0..grid.tile_count()).map(|tile| grid.tile(tile)).collect();
            let screen = Screen::new(width, height, places, 0);
            for tile in 0..grid.tile_count() {
                let place = screen.place(tile);
                for (i, pixel) in screen.lock(tile).iter_mut().enumerate() {
                    let (x, y) = (i as i32 % place.width + place.x, i as i32 / place.width + place.y);
                    *pixel = (y * width + x) as u32;
                }
            }
            let from = Rect::new(random(0, 60), random(0, 40), random(1, 71), random(1, 51));
            let from = from.intersection(grid.screen());
            let by = (random(-from.x, width - from.right() + 1), random(-from.y, height - from.bottom() + 1));
            let by = [(by.0, 0), (0, by.1), by][round % 3];
            let to = from.translated(by.0, by.1);
            let mut shown = screen.copy();
            screen.shift(to, by, |part, pixels, stride| {
                for (y, row) in (part.y..part.bottom()).zip(pixels.chunks(stride)) {
                    let start = (y * width + part.x) as usize;
                    shown[start..start + part.width as usize].copy_from_slice(&row[..part.width as usize]);
                }
            });
            let moved = screen.copy();
            assert!(shown == moved, "round {round}: what is shown");
            for (at, pixel) in moved.iter().enumerate() {
                let (x, y) = (at as i32 % width, at as i32 / width);
                let inside = to.contains(x, y);
                let expected = if inside { (y - by.1) * width + x - by.0 } else { at as i32 };
                assert_eq!(*pixel, expected as u32, "round {round}: {x},{y} of {to:?} by {by:?}");
            }
        }
    }
}
