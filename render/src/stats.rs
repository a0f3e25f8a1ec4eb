//! What a frame cost, as a plain value.

use crate::limits::WORKERS_MAX;

/// The figures of one frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameStats {
    /// The frame's number, from 1.
    pub number: u64,
    /// Nodes that the diff looked at.
    pub nodes_diffed: u32,
    /// Nodes that painting visited, over all tiles.
    pub nodes_visited: u32,
    /// Tiles that were painted, in part or in whole.
    pub tiles: u32,
    /// Pixels that were painted.
    pub pixels: u64,
    /// Pixels that were copied from elsewhere on the screen.
    pub pixels_copied: u64,
    /// Microseconds of the diff.
    pub diff_us: u32,
    /// Microseconds of painting, summed over the workers.
    pub paint_us: u32,
    /// Microseconds of handing finished pixels to the display, summed over the workers.
    pub present_us: u32,
    /// Microseconds from the start of the diff to the last pixel.
    pub frame_us: u32,
    /// Tiles painted by each worker.
    pub tiles_per_worker: [u32; WORKERS_MAX],
}

impl Default for FrameStats {
    fn default() -> FrameStats {
        FrameStats {
            number: 0,
            nodes_diffed: 0,
            nodes_visited: 0,
            tiles: 0,
            pixels: 0,
            pixels_copied: 0,
            diff_us: 0,
            paint_us: 0,
            present_us: 0,
            frame_us: 0,
            tiles_per_worker: [0; WORKERS_MAX],
        }
    }
}
