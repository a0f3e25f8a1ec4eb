//! The screen's pixels, one buffer per tile.
//!
//! Enter at [`Screen::lock`]. A tile's buffer is behind a lock of its own, so workers paint different tiles at once
//! and nothing is shared by two; its rows lie together, which caches like.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};
use halt_ui::Rect;
use spin::{Mutex, MutexGuard};

/// Pixels in a cache line.
const LINE: usize = 16;

/// Pixels of which the first lies `skew` pixels behind the beginning of a cache line. Copies of what is aligned alike are faster by a
/// third.
pub(crate) struct Aligned {
    pixels: Box<[u32]>,
    start: usize,
    count: usize,
}

impl Aligned {
    fn new(count: usize, skew: usize, color: u32) -> Aligned {
        let pixels = alloc::vec![color; count + LINE].into_boxed_slice();
        let beyond = pixels.as_ptr() as usize / size_of::<u32>() % LINE;
        Aligned { start: (LINE + skew % LINE - beyond) % LINE, pixels, count }
    }
}

impl Deref for Aligned {
    type Target = [u32];

    #[inline]
    fn deref(&self) -> &[u32] {
        &self.pixels[self.start..][..self.count]
    }
}

impl DerefMut for Aligned {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u32] {
        &mut self.pixels[self.start..][..self.count]
    }
}

/// The pixels that are on the screen.
pub(crate) struct Screen {
    tiles: Box<[Mutex<Aligned>]>,
    places: Box<[Rect]>,
    columns: usize,
    width: usize,
    height: usize,
}

impl Screen {
    /// A screen of tiles at the given places, which together are the whole screen.
    pub(crate) fn new(width: i32, height: i32, places: Box<[Rect]>, color: u32) -> Screen {
        let buffer = |place: &Rect| Aligned::new((place.width * place.height) as usize, 0, color);
        let tiles = places.iter().map(|place| Mutex::new(buffer(place))).collect();
        let columns = places.iter().take_while(|place| place.y == 0).count();
        Screen { tiles, places, columns, width: width as usize, height: height as usize }
    }

    /// The place of a tile; its width is the stride of its pixels.
    pub(crate) fn place(&self, tile: usize) -> Rect {
        self.places[tile]
    }

    /// The pixels of a tile, for one worker alone.
    pub(crate) fn lock(&self, tile: usize) -> MutexGuard<'_, Aligned> {
        self.tiles[tile].lock()
    }

    /// Copies pixels to `to`, which lies on the screen as does where they come from, `by` less; `done` is told each row. Rows
    /// go in the order that overwrites none before it was read.
    pub(crate) fn shift(&self, to: Rect, by: (i32, i32), mut done: impl FnMut(i32, &[u32])) {
        let from = to.translated(-by.0, -by.1);
        let touched = to.union(from);
        let mut tiles: Vec<_> = self
            .places
            .iter()
            .zip(&self.tiles)
            .map(|(place, tile)| (!place.intersection(touched).is_empty()).then(|| tile.lock()))
            .collect();
        let (tile_width, tile_height) = (self.places[0].width, self.places[0].height);
        // The parts of a row: the index of a tile, the place in it, and how many pixels.
        let parts = |x: i32, y: i32| {
            let (row, line) = ((y / tile_height) as usize * self.columns, y % tile_height);
            let mut x = x;
            let right = x + to.width;
            core::iter::from_fn(move || {
                let tile = row + (x / tile_width) as usize;
                let place = self.places.get(tile).filter(|_| x < right)?;
                let count = place.right().min(right) - x;
                let at = (line * place.width + x - place.x) as usize;
                x += count;
                Some((tile, at, count as usize))
            })
        };
        let mut pixels = Aligned::new(to.width as usize, to.x as usize, 0);
        for step in 0..to.height {
            let y = if by.1 > 0 { to.bottom() - 1 - step } else { to.y + step };
            let mut rest = &mut pixels[..];
            for (tile, at, count) in parts(from.x, y - by.1) {
                let (part, others) = core::mem::take(&mut rest).split_at_mut(count);
                if let Some(source) = &tiles[tile] {
                    part.copy_from_slice(&source[at..at + count]);
                }
                rest = others;
            }
            let mut rest = &pixels[..];
            for (tile, at, count) in parts(to.x, y) {
                let (part, others) = rest.split_at(count);
                if let Some(target) = &mut tiles[tile] {
                    target[at..at + count].copy_from_slice(part);
                }
                rest = others;
            }
            done(y, &pixels);
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
