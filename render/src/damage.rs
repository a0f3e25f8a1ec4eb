//! Damage: at most two dirty rectangles per tile.
//!
//! Enter at [`DamageGrid::add`]. Every rectangle is cut by the tiles; where a tile has two already, the two of the three that
//! waste the least together are joined. So memory is constant, and so is the work per tile.

use alloc::vec::Vec;
use halt_ui::Rect;

const CLEAN: [Rect; 2] = [Rect { x: 0, y: 0, width: 0, height: 0 }; 2];

/// Pixels that are rather painted for nothing than in a rectangle of their own: so many, or half of those asked for.
const WASTE_MAX: i64 = 256;

fn area(it: Rect) -> i64 {
    i64::from(it.width) * i64::from(it.height)
}

/// The pixels that one rectangle around two has and they have not; negative where they overlap.
fn waste(a: Rect, b: Rect) -> i64 {
    area(a.union(b)) - area(a) - area(b)
}

/// Two rectangles around those of a tile and one more.
fn joined([a, b]: [Rect; 2], c: Rect) -> [Rect; 2] {
    let [a, b] = if a.is_empty() {
        [c, b]
    } else if b.is_empty() {
        [a, c]
    } else {
        let (ab, ac, bc) = (waste(a, b), waste(a, c), waste(b, c));
        if ac <= ab && ac <= bc {
            [a.union(c), b]
        } else if bc <= ab {
            [a, b.union(c)]
        } else {
            [a.union(b), c]
        }
    };
    let most = WASTE_MAX.max((area(a) + area(b)) / 2);
    if b.is_empty() || waste(a, b) > most { [a, b] } else { [a.union(b), Rect::default()] }
}

/// What must be painted again, tile by tile.
pub struct DamageGrid {
    screen: Rect,
    tile: (i32, i32),
    columns: usize,
    dirty: Vec<[Rect; 2]>,
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
        let dirty = alloc::vec![CLEAN; columns * rows];
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
        self.place((index % self.columns) as i32, (index / self.columns) as i32)
    }

    fn place(&self, column: i32, row: i32) -> Rect {
        let place = Rect::new(column * self.tile.0, row * self.tile.1, self.tile.0, self.tile.1);
        place.intersection(self.screen)
    }

    /// Marks a rectangle; what lies outside of the screen does not count.
    pub fn add(&mut self, rect: Rect) {
        let rect = rect.intersection(self.screen);
        if rect.is_empty() {
            return;
        }
        let (first, mut row) = (rect.x / self.tile.0, rect.y / self.tile.1);
        while row * self.tile.1 < rect.bottom() {
            let mut column = first;
            while column * self.tile.0 < rect.right() {
                self.add_to(
                    row as usize * self.columns + column as usize,
                    self.place(column, row).intersection(rect),
                );
                column += 1;
            }
            row += 1;
        }
    }

    /// Marks a part of a tile.
    #[inline]
    fn add_to(&mut self, index: usize, part: Rect) {
        let dirty = &mut self.dirty[index];
        if dirty[0].is_empty() {
            self.marked.push(index);
            *dirty = [part, Rect::default()];
        } else if !dirty[0].holds(part) {
            *dirty = joined(*dirty, part);
        }
    }

    /// Marks the whole screen.
    pub fn add_all(&mut self) {
        self.add(self.screen);
    }

    /// The index of each dirty tile and its dirty rectangles, the second of which may be empty. They may overlap.
    pub fn iter(&self) -> impl Iterator<Item = (usize, [Rect; 2])> {
        self.marked.iter().map(|index| (*index, self.dirty[*index]))
    }

    /// How many tiles are dirty.
    pub fn dirty_count(&self) -> usize {
        self.marked.len()
    }

    /// Makes every tile clean.
    pub fn clear(&mut self) {
        for index in self.marked.drain(..) {
            self.dirty[index] = CLEAN;
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
        grid.add(Rect::new(20, 8, 1, 1));
        grid.add(Rect::new(-5, 60, 500, 9));
        let none = Rect::default();
        let dirty: Vec<_> = grid.iter().collect();
        assert_eq!(dirty, [(0, [Rect::new(20, 8, 12, 6), none]), (1, [Rect::new(32, 10, 2, 4), none])]);
        grid.add_all();
        let areas = grid.iter().flat_map(|(_, both)| both).map(|rect| rect.width * rect.height);
        assert_eq!(areas.sum::<i32>(), 5000);
        grid.clear();
        assert_eq!(grid.iter().count(), 0);
    }

    #[test]
    fn a_tile_keeps_two_rectangles_that_are_far_apart() {
        let mut grid = DamageGrid::new(128, 64, 128, 64);
        let [left, top, near] = [Rect::new(0, 0, 8, 64), Rect::new(0, 0, 128, 8), Rect::new(120, 9, 4, 4)];
        grid.add(left);
        grid.add(top);
        assert_eq!(grid.iter().next(), Some((0, [left, top])));
        grid.add(near);
        assert_eq!(grid.iter().next(), Some((0, [left, Rect::new(0, 0, 128, 13)])));
        assert_eq!(grid.dirty_count(), 1);
    }
}
