//! Damage: one dirty rectangle per tile.
//!
//! Enter at [`DamageGrid::add`]. Every rectangle is cut by the tiles and joined with what they hold, so memory is
//! constant, and so is the work per tile.

use alloc::vec::Vec;
use halt_ui::Rect;

/// What must be painted again, tile by tile.
pub struct DamageGrid {
    screen: Rect,
    tile: (i32, i32),
    columns: usize,
    dirty: Vec<Rect>,
    /// The tiles that are dirty, in the order in which they became so.
    marked: Vec<usize>,
}

impl DamageGrid {
    /// A clean grid over a screen, with tiles of a size. All sizes are at least 1.
    pub fn new(width: i32, height: i32, tile_width: i32, tile_height: i32) -> DamageGrid {
        let (width, height) = (width.max(1), height.max(1));
        let tile = (tile_width.max(1), tile_height.max(1));
        let count = |pixels: i32, tile: i32| (pixels as usize).div_ceil(tile as usize);
        let (columns, rows) = (count(width, tile.0), count(height, tile.1));
        let dirty = alloc::vec![Rect::default(); columns * rows];
        let marked = Vec::with_capacity(dirty.len());
        DamageGrid { screen: Rect::new(0, 0, width, height), tile, columns, dirty, marked }
    }

    /// The whole screen.
    pub fn screen(&self) -> Rect {
        self.screen
    }

    /// How many tiles there are.
    pub fn tile_count(&self) -> usize {
        self.dirty.len()
    }

    /// The place of a tile.
    pub fn tile(&self, index: usize) -> Rect {
        let (column, row) = ((index % self.columns) as i32, (index / self.columns) as i32);
        let place = Rect::new(column * self.tile.0, row * self.tile.1, self.tile.0, self.tile.1);
        place.intersection(self.screen)
    }

    /// Marks a rectangle; what lies outside of the screen does not count.
    pub fn add(&mut self, rect: Rect) {
        let rect = rect.intersection(self.screen);
        if rect.is_empty() {
            return;
        }
        for row in rect.y / self.tile.1..=(rect.bottom() - 1) / self.tile.1 {
            for column in rect.x / self.tile.0..=(rect.right() - 1) / self.tile.0 {
                let index = row as usize * self.columns + column as usize;
                let part = self.tile(index).intersection(rect);
                if self.dirty[index].is_empty() {
                    self.marked.push(index);
                }
                self.dirty[index] = self.dirty[index].union(part);
            }
        }
    }

    /// Marks the whole screen.
    pub fn add_all(&mut self) {
        self.add(self.screen);
    }

    /// The dirty rectangles and the index of their tiles.
    pub fn iter(&self) -> impl Iterator<Item = (usize, Rect)> {
        self.marked.iter().map(|index| (*index, self.dirty[*index]))
    }

    /// How many tiles are dirty.
    pub fn dirty_count(&self) -> usize {
        self.marked.len()
    }

    /// Makes every tile clean.
    pub fn clear(&mut self) {
        for index in self.marked.drain(..) {
            self.dirty[index] = Rect::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_are_cut_by_tiles_and_joined() {
        let mut grid = DamageGrid::new(100, 50, 32, 32);
        assert_eq!((grid.tile_count(), grid.tile(7)), (8, Rect::new(96, 32, 4, 18)));
        grid.add(Rect::new(30, 10, 4, 4));
        grid.add(Rect::new(0, 0, 1, 1));
        grid.add(Rect::new(-5, 60, 500, 9));
        let dirty: Vec<_> = grid.iter().collect();
        assert_eq!(dirty, [(0, Rect::new(0, 0, 32, 14)), (1, Rect::new(32, 10, 2, 4))]);
        grid.add_all();
        assert_eq!(grid.iter().map(|(_, rect)| rect.width * rect.height).sum::<i32>(), 5000);
        grid.clear();
        assert_eq!(grid.iter().count(), 0);
    }
}
