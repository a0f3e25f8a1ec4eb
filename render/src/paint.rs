//! Painting a rectangle of a picture.
//!
//! Enter at [`paint_picture`]. The tree is walked from the topmost node down, so that the walk can end at the node
//! whose opaque part covers the whole rectangle, and leave out what others hide; what is left is then painted
//! upward. Subtrees that do not reach the rectangle are skipped by their bounds.
//!
//! Invariant: a pixel is a function of the picture and its place. Which rectangle is painted, and what was left
//! out as hidden, never shows.

use crate::coverage::Tables;
use crate::glyph::Glyphs;
use crate::gradient::Fill;
use crate::layer::{Layer, Layers};
use crate::limits::{COVERS_MAX, LAYERS_MAX, PLACE_MAX};
use crate::shape::Cells;
use crate::target::Target;
use crate::{blend, glyph, image, layer, line, path, pointer, shadow, shape};
use alloc::vec::Vec;
use halt_heap::Scope;
use halt_ui::{Image, Node, NodeData, NodeKind, Path, Rect, Stops};

/// Room for so many nodes is made at once.
const USUAL: usize = 8;

/// What lies behind the picture.
pub const BACKGROUND: u32 = 0xFF00_0000;

/// What is done for a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// Its own paint.
    Paint,
    /// What lies behind a layer is put aside.
    Open(Layer),
    /// And comes back where the layer lets it.
    Close(Layer),
}

/// A part of a node's painting, at its place on the screen.
pub(crate) struct Item<'s> {
    pub(crate) part: Part,
    pub(crate) node: Node<'s>,
    pub(crate) data: NodeData,
    pub(crate) rect: Rect,
    pub(crate) clip: Rect,
    /// Where what it hides is hidden on the screen.
    solid: Rect,
}

/// What a node shows beside its own data.
#[derive(Clone, Copy)]
pub(crate) enum Content<'s> {
    Nothing,
    Text(&'s str),
    Image(Image<'s>),
    Path(Path<'s>),
}

impl<'s> Content<'s> {
    fn of(s: Scope<'s>, item: &Item<'s>) -> Content<'s> {
        let content = item.node.content(s);
        match item.data.kind {
            NodeKind::Text => s.as_str(content).map_or(Content::Nothing, Content::Text),
            NodeKind::Image => Image::of(s, content).map_or(Content::Nothing, Content::Image),
            NodeKind::Path => Path::of(s, content).map_or(Content::Nothing, Content::Path),
            _ => Content::Nothing,
        }
    }
}

/// A subtree to look at: its root, and where it is.
type Visit<'s> = (Node<'s>, Around);

/// What a subtree is in.
#[derive(Clone, Copy)]
struct Around {
    /// The place of the parent.
    origin: (i32, i32),
    clip: Rect,
    /// Where no layer lets through what lies behind.
    solid: Rect,
    /// Layers around it, whether they reach here or not.
    layers: usize,
}

/// What is left to do, the last first. Trees may be deeper than a machine's stack.
struct Agenda<'s> {
    /// `None` is the turn of the last of `owners`: all its children were looked at.
    visits: Vec<Option<Visit<'s>>>,
    owners: Vec<Item<'s>>,
}

/// Paints everything of a picture that shows in the target's clip. Returns how many nodes it visited.
pub fn paint_picture<'s>(s: Scope<'s>, root: Node<'s>, target: &mut Target, tables: &Tables) -> usize {
    let area = target.clip();
    if area.is_empty() {
        return 0;
    }
    target.kernels = tables.kernels;
    let (items, is_hidden, visited) = visible(s, root, area);
    if !is_hidden {
        target.rect(area, BACKGROUND);
    }
    let (mut cells, mut layers) = (Cells::default(), Layers::default());
    let glyphs = tables.glyphs();
    for item in items.iter().rev() {
        target.set_clip(item.clip);
        match item.part {
            Part::Paint => {
                let content = Content::of(s, item);
                let look = (&item.data, item.node.stops(s));
                paint_node(target, (tables, &glyphs), &mut cells, look, content, item.rect);
            }
            Part::Open(_) => layers.open(target),
            Part::Close(layer) => layers.close(target, tables, layer, &item.data, item.rect),
        }
    }
    target.set_clip(area);
    visited
}

/// What shows in a rectangle, from the topmost down; whether the last of it hides everything that lies behind; and how many
/// nodes were visited.
pub(crate) fn visible<'s>(s: Scope<'s>, root: Node<'s>, area: Rect) -> (Vec<Item<'s>>, bool, usize) {
    let mut covers = Covers::default();
    // Most rectangles show a few nodes.
    let mut items = Vec::with_capacity(USUAL);
    let mut visited = 0;
    let around = Around { origin: (0, 0), clip: area, solid: area, layers: 0 };
    let mut agenda = Agenda { visits: Vec::with_capacity(2 * USUAL), owners: Vec::with_capacity(USUAL) };
    agenda.visits.push(Some((root, around)));
    while let Some(visit) = agenda.visits.pop() {
        if let Some(visit) = visit {
            visited += 1;
            agenda.enter(s, visit, &covers, &mut items);
        } else if let Some(item) = agenda.owners.pop() {
            let hides = item.part == Part::Paint && covers.add(s, &item);
            items.push(item);
            if hides && covers.hide(area) {
                return (items, true, visited);
            }
        }
    }
    (items, false, visited)
}

impl<'s> Agenda<'s> {
    /// Takes up what a subtree shows: the node itself, and before it those of its children that reach the clip. What closes
    /// its layers comes before all of them.
    fn enter(&mut self, s: Scope<'s>, (node, around): Visit<'s>, covers: &Covers, items: &mut Vec<Item<'s>>) {
        let Around { origin, clip, mut solid, mut layers } = around;
        let shown = node.bounds(s).translated(origin.0, origin.1).intersection(clip);
        if shown.is_empty() || covers.hide(shown) {
            return;
        }
        let data = node.data(s);
        let rect = data.rect.translated(origin.0, origin.1);
        let place = tame(rect);
        let item = |part, clip, solid| Item { part, node, data, rect: place, clip, solid };
        if data.fade != 0 && layers < LAYERS_MAX {
            if data.fade == 255 {
                return;
            }
            layers += 1;
            solid = Rect::default();
            items.push(item(Part::Close(Layer::Fade), shown, solid));
            self.put_off(item(Part::Open(Layer::Fade), shown, solid));
        }
        // The bounds are a clip as well, so that even sums that overflow look the same from every tile.
        let own = NodeData { rect, ..data }.paint_bounds().intersection(shown);
        if !own.is_empty() && paints(&data) {
            self.put_off(item(Part::Paint, own, solid));
        }
        let inside = if data.clips() { data.clip(rect).intersection(shown) } else { shown };
        if inside.is_empty() {
            return;
        }
        if data.rounds() && layers < LAYERS_MAX {
            layers += 1;
            let (outline, radius) = layer::round(&data, place);
            for corner in layer::corners(&data, outline, radius) {
                let corner = corner.intersection(inside);
                if !corner.is_empty() {
                    items.push(item(Part::Close(Layer::Round), corner, solid));
                    self.put_off(item(Part::Open(Layer::Round), corner, solid));
                    solid = solid.intersection(shape::cross(outline, radius)[0]);
                }
            }
        }
        let around = Around { origin: (rect.x, rect.y), clip: inside, solid, layers };
        // Sums of places saturate far outside of every screen, so a child is looked at in its own space.
        let area = inside.translated(rect.x.saturating_neg(), rect.y.saturating_neg());
        node.for_each_child_in(s, area, |child| self.visits.push(Some((child, around))));
    }

    /// Puts a part off until all that was taken up after it is done.
    fn put_off(&mut self, item: Item<'s>) {
        self.visits.push(None);
        self.owners.push(item);
    }
}

/// Whether a node paints anything itself; a box that only holds others does not.
fn paints(data: &NodeData) -> bool {
    let alphas = blend::alpha(data.stroke) | blend::alpha(data.shadow);
    match data.kind {
        NodeKind::Box | NodeKind::Surface | NodeKind::Ellipse | NodeKind::Image | NodeKind::Path => {
            data.fills() || alphas != 0
        }
        NodeKind::Text | NodeKind::Line | NodeKind::Pointer => true,
    }
}

/// A rectangle whose edges can be added to without overflow; far from every screen, where this moves any.
fn tame(rect: Rect) -> Rect {
    Rect {
        x: rect.x.clamp(-PLACE_MAX, PLACE_MAX),
        y: rect.y.clamp(-PLACE_MAX, PLACE_MAX),
        width: rect.width.clamp(0, PLACE_MAX),
        height: rect.height.clamp(0, PLACE_MAX),
    }
}

/// Paints a node itself, without its children, at a place on the screen.
pub(crate) fn paint_node(
    target: &mut Target,
    (tables, glyphs): (&Tables, &Glyphs),
    cells: &mut Cells,
    (data, stops): (&NodeData, Stops),
    content: Content,
    rect: Rect,
) {
    match data.kind {
        NodeKind::Box | NodeKind::Surface => {
            let opaque = Fill::of(data, stops, rect).is_some_and(|fill| fill.is_opaque());
            let radius = shape::radius_of(data, rect);
            shadow::paint(target, tables, &mut cells.falloff, data, rect, opaque.then_some(radius));
            shape::paint(target, tables, cells, (data, stops), rect);
        }
        NodeKind::Ellipse => shape::paint(target, tables, cells, (data, stops), rect),
        NodeKind::Text => {
            if let Content::Text(text) = content {
                glyph::paint(target, glyphs, &mut cells.glyphs, data, rect, text);
            }
        }
        NodeKind::Image => {
            if let Content::Image(shown) = content {
                image::paint(target, tables, &mut cells.images, data, &shown, rect);
            }
        }
        NodeKind::Path => {
            if let Content::Path(shown) = content {
                path::paint(target, &mut cells.paths, (data, stops), &shown, rect);
            }
        }
        NodeKind::Line => line::paint(target, data, rect),
        NodeKind::Pointer => pointer::paint(target, tables, data, rect),
    }
}

/// The largest opaque rectangles seen so far, from the top of the picture down.
#[derive(Default)]
struct Covers {
    rects: [Rect; COVERS_MAX],
    /// How many there are.
    count: usize,
}

impl Covers {
    /// Whether everything in a rectangle, which is not empty, is hidden by one of them.
    fn hide(&self, rect: Rect) -> bool {
        self.rects[..self.count].iter().any(|cover| cover.holds(rect))
    }

    /// Takes in what a node's paint hides. Returns whether it may hide anything.
    fn add<'s>(&mut self, s: Scope<'s>, item: &Item<'s>) -> bool {
        let opaque = match item.data.kind {
            _ if blend::alpha(item.data.fill) != 255 => false,
            NodeKind::Box | NodeKind::Surface => {
                Fill::of(&item.data, item.node.stops(s), item.rect).is_some_and(|fill| fill.is_opaque())
            }
            NodeKind::Image => {
                Image::of(s, item.node.content(s)).is_some_and(|shown| image::is_opaque(&shown, &item.data))
            }
            _ => false,
        };
        if !opaque {
            return false;
        }
        let radius = shape::radius_of(&item.data, item.rect);
        for part in shape::cross(item.rect, radius).into_iter().take(1 + (radius > 0) as usize) {
            self.remember(part.intersection(item.clip).intersection(item.solid));
        }
        true
    }

    /// Keeps a rectangle in place of the smallest one.
    fn remember(&mut self, rect: Rect) {
        let area = |rect: &Rect| rect.width as i64 * rect.height as i64;
        if rect.is_empty() {
            return;
        }
        if self.count < COVERS_MAX {
            self.rects[self.count] = rect;
            self.count += 1;
            return;
        }
        if let Some(smallest) = self.rects.iter_mut().min_by_key(|rect| area(rect))
            && area(smallest) < area(&rect)
        {
            *smallest = rect;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paints without a clip into a larger buffer, over black and over white.
    #[test]
    fn nothing_lands_outside_of_the_paint_bounds() {
        let tables = Tables::new();
        let kinds = [NodeKind::Box, NodeKind::Text, NodeKind::Ellipse, NodeKind::Line, NodeKind::Pointer];
        for case in 0..2000i32 {
            let data = NodeData {
                kind: kinds[case as usize % kinds.len()],
                flags: case as u8,
                radius: (case % 13) as u8,
                fade: 0,
                rect: Rect::new(60 + case % 7, 50 + case % 11, case % 37, case % 29),
                fill: 0xFF12_3456,
                fill_end: if case % 3 == 0 { 0x80AB_CDEF } else { 0 },
                gradient: halt_ui::Gradient::Linear(case as u16 * 7 % 360),
                stops: 0,
                stroke: 0xC0FF_8000,
                stroke_width: (case % 17) as u16,
                font_px: 16,
                shadow: if case % 2 == 0 { 0xFF40_4040 } else { 0 },
                shadow_blur: (case % 31) as u16,
                shadow_dy: (case % 23 - 11) as i16,
            };
            for under in [0, 0xFFFF_FFFF] {
                let mut pixels = alloc::vec![under; 192 * 160];
                let mut target = Target::new(&mut pixels, 192, Rect::new(0, 0, 192, 160));
                let stops =
                    [Stops::pack(9_000, !0), Stops::pack(40_000, 0x8012_3456), Stops::pack(40_000, !0)];
                let stops = Stops::of(&stops[..if case % 5 == 0 { 3 } else { 0 }]);
                let text = Content::Text("words that are longer than their rectangle");
                paint_node(
                    &mut target,
                    (&tables, &tables.glyphs()),
                    &mut Cells::default(),
                    (&data, stops),
                    text,
                    data.rect,
                );
                let bounds = data.paint_bounds();
                for (at, pixel) in pixels.iter().enumerate() {
                    let (x, y) = (at as i32 % 192, at as i32 / 192);
                    let touched = pixel & 0xFF_FFFF != under & 0xFF_FFFF;
                    assert!(!touched || bounds.contains(x, y), "{x},{y} of {data:?}");
                }
            }
        }
    }
}
