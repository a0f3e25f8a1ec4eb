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
    width: usize,
    height: usize,
}

impl Screen {
    /// A screen of tiles at the given places, which together are the whole screen.
    pub(crate) fn new(width: i32, height: i32, places: Box<[Rect]>, color: u32) -> Screen {
        let buffer = |place: &Rect| alloc::vec![color; (place.width * place.height) as usize];
        let tiles = places.iter().map(|place| Mutex::new(buffer(place).into_boxed_slice())).collect();
        Screen { tiles, places, width: width as usize, height: height as usize }
    }

    /// The place of a tile; its width is the stride of its pixels.
    pub(crate) fn place(&self, tile: usize) -> Rect {
        self.places[tile]
    }

    /// The pixels of a tile, for one worker alone.
    pub(crate) fn lock(&self, tile: usize) -> MutexGuard<'_, Box<[u32]>> {
        self.tiles[tile].lock()
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
