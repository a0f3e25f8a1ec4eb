//! Layers: nodes that are painted with all within them as one, and then let shine through what lies behind.
//!
//! Enter at [`Layers`]. Every finished pixel is opaque, so a layer needs no picture of its own: what lies behind is put aside,
//! the layer is painted over it, and where it fades, or is cut by a round corner, the two are mixed. That gives what
//! composing a transparent picture would give. A round corner puts aside its own square only.
//!
//! Invariant: a pixel of a layer depends on what lies behind at its own place alone.

use crate::blend::blend;
use crate::coverage::Tables;
use crate::shape::{Outline, radius_of};
use crate::target::Target;
use alloc::vec::Vec;
use halt_ui::{Flags, NodeData, Rect};

/// What a layer does to what is in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Layer {
    /// Lets all that lies behind shine through.
    Fade,
    /// Cuts what lies outside of round corners.
    Round,
}

/// The outline that children of a node with round corners are cut by, and its corners' radius.
pub(crate) fn round(data: &NodeData, rect: Rect) -> (Rect, i32) {
    let radius = (radius_of(data, rect) - data.border()).max(0);
    (data.clip(rect), radius)
}

/// The squares of the round corners.
pub(crate) fn corners(data: &NodeData, outline: Rect, radius: i32) -> impl Iterator<Item = Rect> {
    let rows = [(Flags::SQUARE_TOP, outline.y), (Flags::SQUARE_BOTTOM, outline.bottom() - radius)];
    let flags = data.flags;
    let round = rows.into_iter().filter(move |(square, _)| flags & square == 0);
    let lefts = [outline.x, outline.right() - radius];
    round.flat_map(move |(_, y)| lefts.map(|x| Rect::new(x, y, radius, radius)))
}

/// What was put aside for the layers that are open, the innermost last.
#[derive(Default)]
pub(crate) struct Layers {
    behind: Vec<u32>,
}

impl Layers {
    /// Puts aside what is in the target's clip.
    pub(crate) fn open(&mut self, target: &mut Target) {
        let clip = target.clip();
        for y in clip.y..clip.bottom() {
            self.behind.extend_from_slice(target.row(y, clip.x, clip.right()).1);
        }
    }

    /// Brings it back where the layer of a node that covers `rect` lets it. The clip is the one that it was opened with.
    pub(crate) fn close(
        &mut self,
        target: &mut Target,
        tables: &Tables,
        layer: Layer,
        data: &NodeData,
        rect: Rect,
    ) {
        let clip = target.clip();
        if clip.is_empty() {
            return;
        }
        let width = clip.width as usize;
        let start = self.behind.len() - width * clip.height as usize;
        let (outline, radius) = round(data, rect);
        let corners = Outline::new(tables, outline, data, radius);
        let mut cells = Vec::new();
        for (y, behind) in (clip.y..).zip(self.behind[start..].chunks_exact(width)) {
            let (_, row) = target.row(y, clip.x, clip.right());
            let pixels = row.iter_mut().zip(behind);
            match layer {
                Layer::Fade => {
                    let opacity = 255 - data.fade as u32;
                    pixels.for_each(|(pixel, behind)| *pixel = blend(*behind, *pixel, opacity));
                }
                Layer::Round => {
                    let edge = corners.edge(y, &mut cells);
                    for (x, (pixel, behind)) in (clip.x..).zip(pixels) {
                        let coverage = edge.at((x - outline.x).min(outline.right() - 1 - x));
                        *pixel = blend(*behind, *pixel, coverage);
                    }
                }
            }
        }
        self.behind.truncate(start);
    }
}
