//! The screen's pixels, one buffer per tile.
//!
//! Enter at [`Screen::lock`]. A tile's buffer is behind a lock of its own, so workers paint different tiles at once
//! and nothing is shared by two; its rows lie together, which caches like.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;
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

/// Tiles that are held, by their index.
type Tiles<'t> = [Option<MutexGuard<'t, Box<[u32]>>>];

/// Pixels that are compared at a time: a line of a cache.
const AT_ONCE: usize = 16;

/// From the first to the last place in which two rows differ, in steps of [`AT_ONCE`].
fn change(a: &[u32], b: &[u32]) -> Range<usize> {
    let count = a.len().min(b.len());
    let differs = |(a, b): (&[u32], &[u32])| a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b)) != 0;
    let mut both = a.chunks(AT_ONCE).zip(b.chunks(AT_ONCE));
    let Some(first) = both.position(differs) else { return 0..0 };
    let after = both.rposition(differs).map_or(first + 1, |at| first + 2 + at);
    AT_ONCE * first..(AT_ONCE * after).min(count)
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

    /// Copies pixels to `to`, which lies on the screen as does where they come from, `by` less. What is there already is not
    /// written: most of a page of text is its ground. `done` is told what is new: its place, pixels from its top left on,
    /// and their stride.
    pub(crate) fn shift(&self, to: Rect, by: (i32, i32), mut done: impl FnMut(Rect, &[u32], usize)) {
        let touched = to.union(to.translated(-by.0, -by.1));
        let held = self.places.iter().zip(&self.tiles);
        let mut tiles: Vec<_> = held
            .map(|(place, tile)| (!place.intersection(touched).is_empty()).then(|| tile.lock()))
            .collect();
        if by.0 == 0 {
            let width = self.places[0].width;
            for column in to.x / width..=(to.right() - 1) / width {
                let part = to.intersection(Rect { x: column * width, width, ..to });
                self.shift_column(&mut tiles, part, by.1, &mut done);
            }
        } else {
            self.shift_rows(&mut tiles, to, by, &mut done);
        }
    }

    /// The order of rows in which none is overwritten before it was read.
    fn rows_of(to: Rect, down: i32) -> impl Iterator<Item = i32> {
        (0..to.height).map(move |step| if down > 0 { to.bottom() - 1 - step } else { to.y + step })
    }

    /// The tile of a place, and the place in it.
    fn find(&self, x: i32, y: i32) -> (usize, usize) {
        let (width, height) = (self.places[0].width, self.places[0].height);
        let tile = (y / height) as usize * self.columns + (x / width) as usize;
        let place = self.places[tile];
        (tile, ((y - place.y) * place.width + x - place.x) as usize)
    }

    /// Moves what lies in one column of tiles up or down: from tile to tile, or within one.
    fn shift_column(
        &self,
        tiles: &mut Tiles,
        to: Rect,
        down: i32,
        done: &mut impl FnMut(Rect, &[u32], usize),
    ) {
        let count = to.width as usize;
        // Rows of one tile that follow each other and have changed: told at once.
        let mut new = Rect::default();
        let mut tell = |tiles: &Tiles, new: Rect| {
            let (tile, at) = self.find(new.x, new.y);
            if let Some(pixels) = &tiles[tile] {
                done(new, &pixels[at..], self.places[tile].width as usize);
            }
        };
        for y in Self::rows_of(to, down) {
            let ((tile, at), (source, from)) = (self.find(to.x, y), self.find(to.x, y - down));
            let change = match tiles.get_disjoint_mut([tile, source]) {
                Ok([Some(target), Some(source)]) => {
                    let (target, source) = (&mut target[at..at + count], &source[from..from + count]);
                    let change = change(target, source);
                    target[change.clone()].copy_from_slice(&source[change.clone()]);
                    change
                }
                Ok(_) => 0..0,
                Err(_) => tiles[tile].as_mut().map_or(0..0, |pixels| {
                    let change = change(&pixels[at..at + count], &pixels[from..from + count]);
                    pixels.copy_within(from + change.start..from + change.end, at + change.start);
                    change
                }),
            };
            let row =
                Rect::new(to.x + change.start as i32, y, change.len() as i32, !change.is_empty() as i32);
            let follows =
                (new.y == y + 1 || new.bottom() == y) && self.find(to.x, y).0 == self.find(to.x, new.y).0;
            if !row.is_empty() && !new.is_empty() && follows {
                new = new.union(row);
                continue;
            }
            if !new.is_empty() {
                tell(tiles, new);
            }
            new = row;
        }
        if !new.is_empty() {
            tell(tiles, new);
        }
    }

    /// Moves rows of which a pixel may come from another column of tiles.
    fn shift_rows(
        &self,
        tiles: &mut Tiles,
        to: Rect,
        by: (i32, i32),
        done: &mut impl FnMut(Rect, &[u32], usize),
    ) {
        // The parts of a row: the index of a tile, the place in it, and how many pixels.
        let parts = |x: i32, y: i32| {
            let (right, mut x) = (x + to.width, x);
            core::iter::from_fn(move || {
                let (tile, at) = (x < right).then(|| self.find(x, y))?;
                let count = self.places[tile].right().min(right) - x;
                x += count;
                Some((tile, at, count as usize))
            })
        };
        let mut pixels = alloc::vec![0; to.width as usize];
        for y in Self::rows_of(to, by.1) {
            let mut start = 0;
            for (tile, at, count) in parts(to.x - by.0, y - by.1) {
                if let Some(source) = &tiles[tile] {
                    pixels[start..start + count].copy_from_slice(&source[at..at + count]);
                }
                start += count;
            }
            let (mut start, mut new) = (0, pixels.len()..0);
            for (tile, at, count) in parts(to.x, y) {
                let part = &pixels[start..start + count];
                if let Some(target) = &mut tiles[tile] {
                    let target = &mut target[at..at + count];
                    let change = change(target, part);
                    target[change.clone()].copy_from_slice(&part[change.clone()]);
                    if !change.is_empty() {
                        new = new.start.min(start + change.start)..start + change.end;
                    }
                }
                start += count;
            }
            if !new.is_empty() {
                done(
                    Rect::new(to.x + new.start as i32, y, new.len() as i32, 1),
                    &pixels[new],
                    to.width as usize,
                );
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_holds_every_pixel_that_differs_and_little_else() {
        let row: [u32; 70] = core::array::from_fn(|i| i as u32);
        assert!(change(&row, &row).is_empty() && change(&[], &[]).is_empty());
        for first in 0..70 {
            for last in first..70 {
                let mut other = row;
                (other[first], other[last]) = (99, 99);
                let found = change(&row, &other);
                assert!(found.start <= first && first < found.start + AT_ONCE, "{first} {last}: {found:?}");
                assert!(
                    last < found.end && found.end <= (last + AT_ONCE).min(70),
                    "{first} {last}: {found:?}"
                );
            }
        }
    }
}
