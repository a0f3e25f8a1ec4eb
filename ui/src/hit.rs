//! What lies under a point, and what the keyboard can reach.
//!
//! Enter at [`hit_test`] and [`focusables`]. Corners count as square; the pointer's own node is never hit.

use crate::edit::Rows;
use crate::font::Font;
use crate::path::Path;
use crate::picture::{Flags, Node, NodeKind, Rect};
use crate::surface::children;
use alloc::vec::Vec;
use halt_heap::{Kind, Scope, Value};

/// A node under a point.
#[derive(Clone, Copy)]
pub struct Hit<'s> {
    /// The node.
    pub node: Node<'s>,
    /// Its number among its parent's children; 0 for the root.
    pub index: usize,
    /// Left edge, in the root's space.
    pub x: i32,
    /// Top edge, in the root's space.
    pub y: i32,
}

/// An app's surface under a point.
#[derive(Clone, Copy)]
pub struct SurfaceHit<'s> {
    /// The window's id.
    pub id: Value<'s>,
    /// The surface's place among the hits; what follows belongs to the app.
    pub depth: usize,
    /// The point, relative to the surface.
    pub x: i32,
    /// The point, relative to the surface.
    pub y: i32,
}

/// The nodes under a point, from the root to the innermost.
pub struct HitPath<'s> {
    /// The nodes; empty when the root does not hold the point.
    pub hits: Vec<Hit<'s>>,
    /// The surface that was crossed, if any.
    pub surface: Option<SurfaceHit<'s>>,
}

impl<'s> HitPath<'s> {
    /// The innermost node with a handler of a name such as `:on-click`, and that handler; with `within` from a
    /// place in the path on only.
    pub fn handler(&self, s: Scope<'s>, name: Value<'s>, within: usize) -> Option<(Hit<'s>, Value<'s>)> {
        self.hits.get(within..)?.iter().rev().find_map(|hit| Some((*hit, handler_of(s, hit.node, name)?)))
    }

    /// The innermost node that the keyboard focus can rest on.
    pub fn focusable(&self, s: Scope<'s>, within: usize) -> Option<Hit<'s>> {
        let takes_focus = |hit: &&Hit<'s>| hit.node.data(s).flags & Flags::FOCUSABLE != 0;
        self.hits.get(within..)?.iter().rev().find(takes_focus).copied()
    }

    /// Child numbers from the root to a hit of this path.
    pub fn path_to(&self, depth: usize) -> Vec<usize> {
        self.hits.iter().take(depth + 1).skip(1).map(|hit| hit.index).collect()
    }
}

/// The handler of a node for an event such as `:on-click`.
pub fn handler_of<'s>(s: Scope<'s>, node: Node<'s>, name: Value<'s>) -> Option<Value<'s>> {
    let handlers = node.handlers(s);
    if s.kind(handlers) != Kind::Map {
        return None;
    }
    s.map_get(handlers, name).filter(|handler| !handler.is_nil())
}

/// Finds what lies under a point: at every level the topmost child that paints, handles or holds something
/// there. Respects clips; passes through what is disabled and through boxes that neither paint nor handle.
pub fn hit_test<'s>(s: Scope<'s>, root: Node<'s>, x: i32, y: i32) -> HitPath<'s> {
    let mut path = HitPath { hits: Vec::new(), surface: None };
    if descend(s, root, 0, (0, 0), (x, y), &mut path.hits) || root.data(s).rect.contains(x, y) {
        if path.hits.is_empty() {
            let rect = root.data(s).rect;
            path.hits.push(Hit { node: root, index: 0, x: rect.x, y: rect.y });
        } else {
            path.hits.reverse();
        }
    }
    path.surface = surface_among(s, &path.hits, x, y);
    path
}

/// The surface that a path crosses.
fn surface_among<'s>(s: Scope<'s>, hits: &[Hit<'s>], x: i32, y: i32) -> Option<SurfaceHit<'s>> {
    hits.iter().enumerate().find_map(|(depth, hit)| {
        (hit.node.data(s).kind == NodeKind::Surface).then(|| SurfaceHit {
            id: hit.node.content(s),
            depth,
            x: x - hit.x,
            y: y - hit.y,
        })
    })
}

/// Goes on from the innermost node hit to those in it that hold the point and neither paint nor handle, or are disabled.
pub fn deepen<'s>(s: Scope<'s>, path: &mut HitPath<'s>, x: i32, y: i32) {
    // Pictures are at most a few hundred levels deep: layout bounds them.
    while let Some(last) = path.hits.last().copied() {
        let below = children(s, last.node).enumerate().filter_map(|(index, node)| {
            let rect = node.data(s).rect.translated(last.x, last.y);
            rect.contains(x, y).then_some(Hit { node, index, x: rect.x, y: rect.y })
        });
        let Some(next) = below.last() else { break };
        path.hits.push(next);
    }
    path.surface = surface_among(s, &path.hits, x, y);
}

/// Collects the path from the innermost hit outwards; false when nothing of the subtree is there.
fn descend<'s>(
    s: Scope<'s>,
    node: Node<'s>,
    index: usize,
    (left, top): (i32, i32),
    (x, y): (i32, i32),
    hits: &mut Vec<Hit<'s>>,
) -> bool {
    let data = node.data(s);
    // Bounds hold all that the subtree paints, and rectangles of boxes that paint nothing.
    if data.flags & Flags::DISABLED != 0 || data.kind == NodeKind::Pointer {
        return false;
    }
    let rect = data.rect.translated(left, top);
    let inside = rect.contains(x, y);
    if !inside && (data.clips() || !node.bounds(s).translated(left, top).contains(x, y)) {
        return false;
    }
    let list = node.children(s);
    let count = if s.kind(list) == Kind::Vector { s.vector_count(list) } else { 0 };
    let below = (0..count).rev().any(|index| {
        s.vector_get(list, index)
            .and_then(|child| Node::of(s, child))
            .is_some_and(|child| descend(s, child, index, (rect.x, rect.y), (x, y), hits))
    });
    let inside = inside
        && match Path::of(s, node.content(s)) {
            Some(path) if data.kind == NodeKind::Path => path.contains(x - rect.x, y - rect.y),
            _ => true,
        };
    let solid = || match data.kind {
        NodeKind::Text | NodeKind::Surface => true,
        _ if data.fade == 255 => false,
        NodeKind::Line => data.fill >> 24 != 0,
        _ => data.fills() || data.stroke >> 24 != 0 && data.stroke_width > 0,
    };
    let taken =
        below || inside && (solid() || !node.handlers(s).is_nil() || data.flags & Flags::FOCUSABLE != 0);
    if taken {
        hits.push(Hit { node, index, x: rect.x, y: rect.y });
    }
    taken
}

/// A node that the keyboard focus can rest on.
#[derive(Clone)]
pub struct Focusable<'s> {
    /// The node.
    pub node: Node<'s>,
    /// Child numbers from the root.
    pub path: Vec<usize>,
    /// Its rectangle in the root's space.
    pub rect: Rect,
}

/// Returns what the focus can rest on, in Tab order (that of the scene). Does not look inside surfaces: every
/// app has a focus of its own.
pub fn focusables<'s>(s: Scope<'s>, root: Node<'s>) -> Vec<Focusable<'s>> {
    let mut found = Vec::new();
    collect(s, root, (0, 0), &mut Vec::new(), &mut found);
    found
}

fn collect<'s>(
    s: Scope<'s>,
    node: Node<'s>,
    (left, top): (i32, i32),
    path: &mut Vec<usize>,
    found: &mut Vec<Focusable<'s>>,
) {
    let data = node.data(s);
    if data.flags & Flags::DISABLED != 0 {
        return;
    }
    let rect = data.rect.translated(left, top);
    if data.flags & Flags::FOCUSABLE != 0 {
        found.push(Focusable { node, path: path.clone(), rect });
    }
    if data.kind == NodeKind::Surface && !path.is_empty() {
        return;
    }
    for (index, child) in children(s, node).enumerate() {
        path.push(index);
        collect(s, child, (rect.x, rect.y), path, found);
        path.pop();
    }
}

/// Returns the number of the character at a point of an input or a text area (relative to its node): where a
/// click puts the cursor.
pub fn text_index_at<'s>(s: Scope<'s>, field: Node<'s>, x: i32, y: i32) -> usize {
    let mut best: Option<(i32, usize)> = None;
    for child in children(s, field) {
        let data = child.data(s);
        let (NodeKind::Text, Some(first)) = (data.kind, s.as_int(child.key(s))) else { continue };
        let rect = data.rect;
        let distance = if y < rect.y { rect.y - y } else { (y - rect.bottom() + 1).max(0) };
        let text = s.as_str(child.content(s)).unwrap_or("");
        let column = Font::of(&data).index_at(text, x - rect.x);
        if best.is_none_or(|(nearest, _)| distance < nearest) {
            best = Some((distance, first.max(0) as usize + column));
        }
    }
    best.map_or(0, |(_, index)| index)
}

/// What a scroll or a text area shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScrollExtent {
    /// The height of its content, in pixels.
    pub content: i32,
    /// As much of it is seen.
    pub height: i32,
    /// How far it is scrolled down.
    pub top: i32,
    /// Of a text area the top and the bottom of the line with the caret, in its content.
    pub caret: Option<(i32, i32)>,
}

/// Returns what a scroll or a text area shows.
pub fn scroll_extent<'s>(s: Scope<'s>, scroll: Node<'s>) -> ScrollExtent {
    if let Some([content, height, top, above, below, ..]) = area_numbers(s, scroll) {
        return ScrollExtent { content, height, top, caret: Some((above, below)) };
    }
    let of_scene =
        || children(s, scroll).filter(|child| !child.scene(s).is_nil()).map(|child| child.data(s).rect);
    let top = of_scene().map(|rect| rect.y).min().unwrap_or(0);
    let bottom = of_scene().map(|rect| rect.bottom()).max().unwrap_or(0);
    let height = scroll.data(s).rect.height;
    ScrollExtent { content: bottom - top, height, top: (-top).max(0), caret: None }
}

/// Returns the rows that a text area wraps its lines into; `None` of any other node.
pub fn text_rows<'s>(s: Scope<'s>, area: Node<'s>) -> Option<Rows> {
    let [.., width, px, face] = area_numbers(s, area)?;
    Some(Rows::Wrapped(Font::of_face(px, face), width))
}

/// What layout noted of a text area: the height of its content, how much of it is seen, how far that is down, the top and the
/// bottom of the row with the caret, the width within which lines are wrapped, the size of the font, and its face.
fn area_numbers<'s>(s: Scope<'s>, area: Node<'s>) -> Option<[i32; 8]> {
    let noted = area.content(s);
    if s.kind(noted) != Kind::Vector {
        return None;
    }
    let numbers: Vec<i32> = s.vector_iter(noted).map(|value| s.as_int(value).unwrap_or(0) as i32).collect();
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::NodeData;
    use halt_heap::{Heap, OutOfMemory, Region};

    const FILLED: u32 = 0xFF11_2233;

    fn node<'s>(
        s: Scope<'s>,
        data: NodeData,
        key: i64,
        children: &[Node<'s>],
        handler: Option<&str>,
    ) -> Result<Node<'s>, OutOfMemory> {
        let nil = Value::NIL;
        let values: Vec<Value<'s>> = children.iter().map(|child| child.value()).collect();
        let list = if values.is_empty() { nil } else { s.vector(&values)? };
        let handlers = match handler {
            Some(name) => s.map(&[(s.keyword(name), Value::TRUE)])?,
            None => nil,
        };
        data.build(s, s.int(key)?, list, s.int(key)?, nil, handlers)
    }

    fn filled(x: i32, y: i32, width: i32, height: i32) -> NodeData {
        NodeData { rect: Rect::new(x, y, width, height), fill: FILLED, ..NodeData::default() }
    }

    fn check(x: i32, y: i32, expected: &[i64]) {
        let heap = Heap::new(Region::allocate(8 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let root = desktop(s).unwrap();
            let path = hit_test(s, root, x, y);
            let keys: Vec<i64> = path.hits.iter().filter_map(|hit| s.as_int(hit.node.key(s))).collect();
            assert_eq!(keys, expected, "at {x},{y}");
        });
    }

    /// 0: the screen; 1: a window with a surface 2 that shows app root 3 with a button 4; 5: a clear layer over
    /// it all with one disabled box 6 and one box 7 that overhangs; 8: the pointer.
    fn desktop(s: Scope<'_>) -> Result<Node<'_>, OutOfMemory> {
        let button =
            node(s, NodeData { flags: Flags::FOCUSABLE, ..filled(5, 5, 30, 10) }, 4, &[], Some("on-click"))?;
        let far = node(s, filled(90, 5, 30, 10), 9, &[], None)?;
        let app = node(s, NodeData { fill: 0, ..filled(0, 0, 100, 50) }, 3, &[button, far], None)?;
        let surface =
            node(s, NodeData { kind: NodeKind::Surface, ..filled(0, 20, 100, 50) }, 2, &[app], None)?;
        let window = node(s, filled(100, 100, 100, 70), 1, &[surface], Some("on-pointer-down"))?;
        let disabled =
            node(s, NodeData { flags: Flags::DISABLED, ..filled(110, 120, 10, 10) }, 6, &[], None)?;
        let overhang = node(s, filled(390, 0, 50, 10), 7, &[], None)?;
        let layer = node(s, NodeData { fill: 0, ..filled(0, 0, 400, 300) }, 5, &[disabled, overhang], None)?;
        let pointer = node(s, NodeData { kind: NodeKind::Pointer, ..filled(112, 126, 0, 0) }, 8, &[], None)?;
        node(s, filled(0, 0, 640, 480), 0, &[window, layer, pointer], None)
    }

    #[test]
    fn the_topmost_that_is_there_is_hit() {
        check(5, 5, &[0]);
        check(101, 101, &[0, 1]);
        check(112, 126, &[0, 1, 2, 3, 4]);
        check(150, 160, &[0, 1, 2]);
        check(420, 5, &[0, 5, 7]);
        // The surface clips what sticks out of it.
        check(205, 127, &[0]);
        check(1000, 5, &[]);
    }

    fn key<'s>(s: Scope<'s>, hit: Option<(Hit<'s>, Value<'s>)>) -> Option<i64> {
        hit.and_then(|(hit, _)| s.as_int(hit.node.key(s)))
    }

    #[test]
    fn handlers_surfaces_and_focus_are_found() {
        let heap = Heap::new(Region::allocate(8 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let root = desktop(s).unwrap();
            let path = hit_test(s, root, 112, 126);
            assert_eq!(key(s, path.handler(s, s.keyword("on-click"), 0)), Some(4));
            assert_eq!(key(s, path.handler(s, s.keyword("on-pointer-down"), 0)), Some(1));
            let surface = path.surface.unwrap();
            assert_eq!((s.as_int(surface.id), surface.x, surface.y), (Some(2), 12, 6));
            assert_eq!(key(s, path.handler(s, s.keyword("on-pointer-down"), surface.depth)), None);
            assert_eq!(path.focusable(s, 0).map(|hit| (hit.x, hit.y)), Some((105, 125)));
            assert_eq!(path.path_to(4), [0, 0, 0, 0]);
            assert!(focusables(s, root).is_empty(), "an app's focus is its own");
            let app = path.hits[3].node;
            let found = focusables(s, app);
            assert_eq!((found.len(), found[0].path.as_slice(), found[0].rect.x), (1, &[0][..], 5));
        });
    }
}
