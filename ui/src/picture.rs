//! The picture: a scene laid out, an immutable tree of nodes in the heap.
//!
//! Enter at [`Node::of`] to read one and [`NodeData::build`] to make one. A node is a heap record: its
//! values are [key, children, content, scene, handlers, memo], its words the packed [`NodeData`], the bounds of
//! all that the subtree paints, the [`Stops`] of a gradient of many colours and, where there are many children, the bounds of each group of them. The memo is what layout measured of the scene (`memo.rs`), nil where there is none.
//!
//! Invariant: a child's rectangle is relative to its parent's top left, so a subtree that moves as a whole
//! stays the same value. Absent: pixels.

use crate::font::Font;
use crate::theme::faded;
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// The tag of picture nodes among heap records.
pub const NODE_TAG: u16 = 0x100;

/// A rectangle in pixels; width and height are never negative.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
}

impl Rect {
    /// A rectangle from its top left and size.
    pub const fn new(x: i32, y: i32, width: i32, height: i32) -> Rect {
        Rect { x, y, width, height }
    }

    /// Whether it holds no pixel.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.width <= 0 || self.height <= 0
    }

    /// Whether a pixel is inside.
    #[inline]
    pub fn contains(self, x: i32, y: i32) -> bool {
        x >= self.x && y >= self.y && x < self.right() && y < self.bottom()
    }

    /// One past the right edge.
    #[inline]
    pub fn right(self) -> i32 {
        self.x.saturating_add(self.width)
    }

    /// One past the bottom edge.
    #[inline]
    pub fn bottom(self) -> i32 {
        self.y.saturating_add(self.height)
    }

    /// One past the right and the bottom edge, exactly: cheaper to compare than those that saturate.
    #[inline(always)]
    fn ends(self) -> (i64, i64) {
        (self.x as i64 + self.width as i64, self.y as i64 + self.height as i64)
    }

    /// Whether it holds all of another one, which is not empty.
    #[inline]
    pub fn holds(self, other: Rect) -> bool {
        let (ends, inner) = (self.ends(), other.ends());
        self.x <= other.x && self.y <= other.y && inner.0 <= ends.0 && inner.1 <= ends.1
    }

    /// The rectangle moved by an offset.
    #[inline]
    pub fn translated(self, dx: i32, dy: i32) -> Rect {
        Rect { x: self.x.saturating_add(dx), y: self.y.saturating_add(dy), ..self }
    }

    /// The rectangle grown by so many pixels on every side.
    #[inline]
    pub fn inflated(self, by: i32) -> Rect {
        Rect {
            x: self.x.saturating_sub(by),
            y: self.y.saturating_sub(by),
            width: self.width.saturating_add(by.saturating_mul(2)),
            height: self.height.saturating_add(by.saturating_mul(2)),
        }
    }

    /// What both hold; empty (zero-sized) when they do not meet.
    #[inline]
    pub fn intersection(self, other: Rect) -> Rect {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (a, b) = (self.ends(), other.ends());
        // No more than the narrower one is wide.
        let width = (a.0.min(b.0) - x as i64).max(0) as i32;
        let height = (a.1.min(b.1) - y as i64).max(0) as i32;
        if width == 0 || height == 0 { Rect::new(x, y, 0, 0) } else { Rect { x, y, width, height } }
    }

    /// Whether both have a pixel in common.
    #[inline]
    pub fn meets(self, other: Rect) -> bool {
        let (a, b) = (self.ends(), other.ends());
        (self.x.max(other.x) as i64) < a.0.min(b.0) && (self.y.max(other.y) as i64) < a.1.min(b.1)
    }

    /// The least rectangle that holds both; an empty one adds nothing.
    #[inline]
    pub fn union(self, other: Rect) -> Rect {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Rect {
            x,
            y,
            width: self.right().max(other.right()).saturating_sub(x),
            height: self.bottom().max(other.bottom()).saturating_sub(y),
        }
    }
}

/// What a node paints.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum NodeKind {
    /// A box: shadow, fill, border; then its children.
    #[default]
    Box = 0,
    /// One line of text, its content a string; top left of the line box at the rectangle's, above and below which
    /// nothing is painted.
    Text,
    /// The ellipse inscribed in the rectangle, filled and stroked.
    Ellipse,
    /// The line, `stroke_width` wide with round ends and in the colour `fill`, from the centre of the pixel at the
    /// rectangle's top left to the centre of that at its right and bottom edge (with [`Flags::RISING`] from
    /// bottom left to top right). A horizontal line has height 0.
    Line,
    /// The pointer's arrow, its tip at the rectangle's top left, in `fill` with an outline in `stroke`.
    Pointer,
    /// The place of an app's picture: the content is the window's id; its child, when there is one, is the
    /// app's root node.
    Surface,
    /// The image that is the content, scaled to the rectangle, in the alpha of `fill`; its corners are rounded.
    Image,
    /// The path that is the content, whose place is the rectangle's: filled, and over that its stroke in `stroke`.
    Path,
}

/// Bits of a node.
pub struct Flags;

impl Flags {
    /// Children are clipped to the rectangle.
    pub const CLIP: u8 = 1;
    /// A line rises to the right.
    pub const RISING: u8 = 2;
    /// The keyboard focus can rest here.
    pub const FOCUSABLE: u8 = 4;
    /// Text is bold.
    pub const BOLD: u8 = 16;
    /// Does not react; hit tests pass through.
    pub const DISABLED: u8 = 32;
    /// The upper corners of a box are square whatever its radius.
    pub const SQUARE_TOP: u8 = 64;
    /// The lower corners of a box are square whatever its radius.
    pub const SQUARE_BOTTOM: u8 = 128;
    /// An image shows its pixels as they are, however much it is enlarged.
    pub const PIXELATED: u8 = 2;
    /// Text is of the monospaced face.
    pub const MONO: u8 = 2;
    /// Letters are placed by a size that need not be whole pixels, which the stroke's width tells (`Font::exact`).
    pub const EXACT: u8 = 8;
    /// An image keeps its proportions and is cut where it does not fit.
    pub const COVER: u8 = 8;
}

/// How a fill goes over from its colour to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gradient {
    /// Along a direction, in degrees clockwise from upwards, from corner to corner.
    Linear(u16),
    /// From a place outwards to a radius, in half pixels from the rectangle's top left.
    Radial {
        /// Half pixels from the left edge.
        x: i16,
        /// Half pixels from the top edge.
        y: i16,
        /// Half pixels from the centre to where the end is reached.
        radius: u16,
    },
}

impl Gradient {
    /// From top to bottom.
    pub const DOWN: Gradient = Gradient::Linear(180);
    /// From left to right.
    pub const ACROSS: Gradient = Gradient::Linear(90);

    fn pack(self) -> u64 {
        match self {
            Gradient::Linear(degrees) => (degrees as u64) << 16,
            Gradient::Radial { x, y, radius } => {
                1 | (x as u16 as u64) << 16 | (y as u16 as u64) << 32 | (radius as u64) << 48
            }
        }
    }

    fn unpack(word: u64) -> Gradient {
        let part = |place: u32| (word >> place) as u16;
        match word & 1 {
            0 => Gradient::Linear(part(16)),
            _ => Gradient::Radial { x: part(16) as i16, y: part(32) as i16, radius: part(48) },
        }
    }
}

impl Default for Gradient {
    fn default() -> Gradient {
        Gradient::DOWN
    }
}

/// The most colours of a gradient.
pub const STOPS_MAX: usize = 8;

/// The colours of a gradient that has more than two, or two that are not at its ends, from the first to the last; none of any
/// other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stops<'a>(&'a [u64]);

impl<'a> Stops<'a> {
    /// Of no gradient, or of one of two colours.
    pub const NONE: Stops<'static> = Stops(&[]);

    /// Stops that were packed; those beyond [`STOPS_MAX`] do not count.
    pub fn of(words: &'a [u64]) -> Stops<'a> {
        Stops(&words[..words.len().min(STOPS_MAX)])
    }

    /// A stop, packed: where it is, in 1/65536 of the way from the gradient's start to its end, and its colour.
    pub const fn pack(at: u32, color: u32) -> u64 {
        color as u64 | (at as u64) << 32
    }

    /// How many there are.
    #[inline]
    pub fn count(self) -> usize {
        self.0.len()
    }

    /// Places in 1/65536 of the way, never falling, and colours.
    #[inline]
    pub fn iter(self) -> impl DoubleEndedIterator<Item = (i32, u32)> + ExactSizeIterator + Clone {
        self.0.iter().map(|word| ((word >> 32) as i32, *word as u32))
    }
}

/// Everything of a node that is not a reference. Colours are 0xAARRGGBB, not premultiplied; alpha 0 paints nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct NodeData {
    /// What it paints.
    pub kind: NodeKind,
    /// Bits of [`Flags`].
    pub flags: u8,
    /// Corner radius in pixels; of a box that clips, its children are cut by it too.
    pub radius: u8,
    /// How much of what lies behind shines through the node and all within it, as one: 255 for an invisible one.
    pub fade: u8,
    /// Place relative to the parent, and size.
    pub rect: Rect,
    /// Fill colour (gradient start); of text and lines: the colour.
    pub fill: u32,
    /// Gradient end; 0 for a solid fill.
    pub fill_end: u32,
    /// The way from one to the other.
    pub gradient: Gradient,
    /// How many [`Stops`] the node has, which say more than the two colours do: these are the first and the last then.
    pub stops: u8,
    /// Border or stroke colour.
    pub stroke: u32,
    /// Border or stroke width in pixels (inside the rectangle).
    pub stroke_width: u16,
    /// Height of a line of text in pixels; 0 for the usual one.
    pub font_px: u16,
    /// Shadow colour; alpha 0 for none.
    pub shadow: u32,
    /// Shadow blur radius in pixels.
    pub shadow_blur: u16,
    /// Shadow offset down in pixels.
    pub shadow_dy: i16,
}

const WORDS: usize = 7;
const BOUNDS_WORD: usize = WORDS;
const STOPS_WORD: usize = BOUNDS_WORD + 2;
/// Children that have bounds in common, so that a walk can pass over all of them at once. A group ends where a leaf of
/// the vector does.
const GROUP: usize = 8;

/// The size of the pointer's arrow, outline included; its tip is at the top left.
pub const POINTER_SIZE: (i32, i32) = (14, 21);
/// The height of the largest arrow.
pub const POINTER_HEIGHT_MAX: i32 = 4 * POINTER_SIZE.1;

/// The size of the arrow in a place: as high as that, within bounds.
pub fn pointer_size(place: Rect) -> (i32, i32) {
    let height = place.height.clamp(POINTER_SIZE.1, POINTER_HEIGHT_MAX);
    (height * POINTER_SIZE.0 / POINTER_SIZE.1, height)
}

/// Places and sizes beyond this count as this, so that sums of a few of them do not overflow.
pub const PLACE_MAX: i32 = 1 << 24;
/// The most pixels a shadow is blurred by; larger radii count as this.
pub const SHADOW_BLUR_MAX: u16 = 128;

fn pair(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

#[inline]
fn rect_of(words: &[u64]) -> Rect {
    let (low, high) = (|word: u64| word as u32 as i32, |word: u64| (word >> 32) as i32);
    Rect::new(low(words[0]), high(words[0]), low(words[1]), high(words[1]))
}

/// How many stops the words of a node say that it has.
#[inline]
fn stops_of(words: &[u64]) -> u8 {
    (words[WORDS - 1] >> 1) as u8
}

fn words_of(rect: Rect) -> [u64; 2] {
    [pair(rect.x as u32, rect.y as u32), pair(rect.width as u32, rect.height as u32)]
}

impl NodeData {
    /// Whether the fill paints anything.
    #[inline]
    pub fn fills(&self) -> bool {
        (self.fill | self.fill_end) >> 24 != 0 || self.stops > 0
    }

    /// Whether children are painted inside the rectangle only.
    #[inline]
    pub fn clips(&self) -> bool {
        self.flags & Flags::CLIP != 0 || self.kind == NodeKind::Surface
    }

    /// Whether children are cut by round corners.
    #[inline]
    pub fn rounds(&self) -> bool {
        self.radius > 0 && self.clips() && matches!(self.kind, NodeKind::Box | NodeKind::Surface)
    }

    /// The border as it is painted.
    #[inline]
    pub fn border(&self) -> i32 {
        if self.stroke >> 24 == 0 { 0 } else { self.stroke_width as i32 }
    }

    /// What children of a node that clips and covers `rect` are cut to: where its corners are round, the inside of its border.
    #[inline]
    pub fn clip(&self, rect: Rect) -> Rect {
        let clip = if self.rounds() { rect.inflated(-self.border()) } else { rect };
        if clip.is_empty() { Rect { width: 0, height: 0, ..clip } } else { clip }
    }

    /// Every pixel that the node itself (not its children) may paint, beside `rect` in the parent's space.
    /// Text stays inside its lines, its first and last letters may stick out a little; the shadow of a box, a line's width and the pointer stick out.
    #[inline]
    pub fn paint_bounds(&self) -> Rect {
        let rect = self.rect;
        match self.kind {
            NodeKind::Box | NodeKind::Surface | NodeKind::Ellipse | NodeKind::Image | NodeKind::Path
                if rect.is_empty() =>
            {
                Rect { width: 0, height: 0, ..rect }
            }
            NodeKind::Box | NodeKind::Surface if self.shadow >> 24 != 0 => {
                let blur = self.shadow_blur.min(SHADOW_BLUR_MAX) as i32;
                rect.union(rect.translated(0, self.shadow_dy as i32).inflated(blur))
            }
            NodeKind::Line => {
                let end_pixel = Rect {
                    width: rect.width.saturating_add(1),
                    height: rect.height.saturating_add(1),
                    ..rect
                };
                end_pixel.inflated(self.stroke_width.div_ceil(2) as i32 + 1)
            }
            NodeKind::Text if !rect.is_empty() => {
                let overhang = Font::of(self).overhang();
                let width = rect.width.saturating_add(2 * overhang);
                Rect { x: rect.x.saturating_sub(overhang), width, ..rect }
            }
            NodeKind::Pointer => {
                let (width, height) = pointer_size(rect);
                Rect { width, height, ..rect }
            }
            _ => rect,
        }
    }

    /// Makes it, and all within it, as opaque as `opacity` of 255 says. What is painted at once needs no fade.
    pub(crate) fn set_opacity(&mut self, opacity: u32, holds_others: bool) {
        let shows = |color: u32| (color >> 24 != 0) as usize;
        let fills = self.fills() as usize;
        let paints = fills + shows(self.stroke) * (self.stroke_width > 0) as usize + shows(self.shadow);
        if holds_others || paints > 1 || self.stops > 0 {
            self.fade = 255 - opacity.min(255) as u8;
            return;
        }
        for color in [&mut self.fill, &mut self.fill_end, &mut self.stroke, &mut self.shadow] {
            *color = faded(*color, opacity);
        }
    }

    fn pack(&self) -> [u64; WORDS] {
        [
            self.kind as u64
                | (self.flags as u64) << 8
                | (self.radius as u64) << 16
                | (self.fade as u64) << 24,
            words_of(self.rect)[0],
            words_of(self.rect)[1],
            pair(self.fill, self.fill_end),
            pair(self.stroke, self.stroke_width as u32 | (self.font_px as u32) << 16),
            pair(self.shadow, self.shadow_blur as u32 | (self.shadow_dy as u16 as u32) << 16),
            self.gradient.pack() | (self.stops as u64) << 1,
        ]
    }

    fn unpack(words: &[u64]) -> NodeData {
        let (low, high) = (|word: u64| word as u32, |word: u64| (word >> 32) as u32);
        let kind = match words[0] as u8 {
            1 => NodeKind::Text,
            2 => NodeKind::Ellipse,
            3 => NodeKind::Line,
            4 => NodeKind::Pointer,
            5 => NodeKind::Surface,
            6 => NodeKind::Image,
            7 => NodeKind::Path,
            _ => NodeKind::Box,
        };
        NodeData {
            kind,
            flags: (words[0] >> 8) as u8,
            radius: (words[0] >> 16) as u8,
            fade: (words[0] >> 24) as u8,
            rect: rect_of(&words[1..3]),
            fill: low(words[3]),
            fill_end: high(words[3]),
            gradient: Gradient::unpack(words[6]),
            stops: stops_of(words),
            stroke: low(words[4]),
            stroke_width: high(words[4]) as u16,
            font_px: (words[4] >> 48) as u16,
            shadow: low(words[5]),
            shadow_blur: high(words[5]) as u16,
            shadow_dy: (words[5] >> 48) as i16,
        }
    }

    /// Makes the node. `children` is a vector of nodes or nil, `content` a string, an id, an image or nil, `scene` the value it
    /// was laid out from, `handlers` a map from event keywords to functions or nil. The rectangle is cut to
    /// [`PLACE_MAX`], negative sizes to 0; the node has no stops.
    pub fn build<'s>(
        &self,
        s: Scope<'s>,
        key: Value<'s>,
        children: Value<'s>,
        content: Value<'s>,
        scene: Value<'s>,
        handlers: Value<'s>,
    ) -> Result<Node<'s>, OutOfMemory> {
        self.build_with(s, [key, children, content, scene, handlers, Value::NIL], Stops::NONE)
    }

    /// As [`NodeData::build`], with the memo behind the handlers (or nil), and with stops.
    pub fn build_with<'s>(
        &self,
        s: Scope<'s>,
        values: [Value<'s>; 6],
        stops: Stops,
    ) -> Result<Node<'s>, OutOfMemory> {
        let place = |n: i32| n.clamp(-PLACE_MAX, PLACE_MAX);
        let size = |n: i32| n.clamp(0, PLACE_MAX);
        let Rect { x, y, width, height } = self.rect;
        let rect = Rect::new(place(x), place(y), size(width), size(height));
        let data = NodeData { rect, stops: stops.count() as u8, ..*self };
        let head = data.pack();
        let children = values[1];
        let has_children = s.kind(children) == Kind::Vector;
        let leaves = || has_children.then(|| s.vector_leaves(children)).into_iter().flatten();
        let is_small = !has_children || s.vector_count(children) <= GROUP;
        if is_small && stops.count() == 0 {
            let mut words = [0; STOPS_WORD];
            words[..WORDS].copy_from_slice(&head);
            let inside = leaves().map(|leaf| union_of(s, leaf)).fold(Rect::default(), Rect::union);
            words[BOUNDS_WORD..].copy_from_slice(&words_of(data.bounds_with(inside)));
            return Ok(Node(s.record(NODE_TAG, &values, &words)?));
        }
        let groups = if is_small { 0 } else { s.vector_count(children) / 2 };
        let mut words = Vec::with_capacity(STOPS_WORD + stops.count() + groups);
        words.extend_from_slice(&head);
        words.extend_from_slice(&[0; 2]);
        words.extend_from_slice(stops.0);
        let mut inside = Rect::default();
        for group in leaves().flat_map(|leaf| leaf.chunks(GROUP)) {
            let bounds = union_of(s, group);
            inside = inside.union(bounds);
            if !is_small {
                words.extend_from_slice(&words_of(bounds));
            }
        }
        words[BOUNDS_WORD..STOPS_WORD].copy_from_slice(&words_of(data.bounds_with(inside)));
        Ok(Node(s.record(NODE_TAG, &values, &words)?))
    }

    /// What the node and its children paint, in the space of `rect`, from what the children do, in their own.
    fn bounds_with(&self, inside: Rect) -> Rect {
        let inside = inside.translated(self.rect.x, self.rect.y);
        self.paint_bounds().union(if self.clips() {
            inside.intersection(self.clip(self.rect))
        } else {
            inside
        })
    }
}

/// What some nodes paint.
fn union_of<'s>(s: Scope<'s>, nodes: &[Value<'s>]) -> Rect {
    nodes
        .iter()
        .filter_map(|node| Node::of(s, *node))
        .fold(Rect::default(), |bounds, node| bounds.union(node.bounds(s)))
}

/// A node of a picture.
#[derive(Clone, Copy)]
pub struct Node<'s>(Value<'s>);

impl<'s> Node<'s> {
    /// Takes a value for a node; `None` when it is none.
    #[inline]
    pub fn of(s: Scope<'s>, value: Value<'s>) -> Option<Node<'s>> {
        (s.record_tag(value) == Some(NODE_TAG)).then_some(Node(value))
    }

    /// The node as a value.
    pub fn value(self) -> Value<'s> {
        self.0
    }

    /// Its own data.
    #[inline]
    pub fn data(self, s: Scope<'s>) -> NodeData {
        NodeData::unpack(s.record_words(self.0))
    }

    /// Everything that it and its children may paint, relative to the parent's top left (as `rect` is).
    #[inline]
    pub fn bounds(self, s: Scope<'s>) -> Rect {
        rect_of(&s.record_words(self.0)[BOUNDS_WORD..STOPS_WORD])
    }

    /// The colours of its gradient, where it has many.
    #[inline]
    pub fn stops(self, s: Scope<'s>) -> Stops<'s> {
        let words = s.record_words(self.0);
        Stops(&words[STOPS_WORD..][..stops_of(words) as usize])
    }

    /// Hands on its children that may paint inside a rectangle (in their own space), back to front: groups that are elsewhere
    /// are not looked into.
    #[inline]
    pub fn for_each_child_in(self, s: Scope<'s>, area: Rect, mut go: impl FnMut(Node<'s>)) {
        let Some((_, values, words)) = s.record_parts(self.0) else { return };
        let children = values[1];
        if s.kind(children) != Kind::Vector {
            return;
        }
        let mut bounds = words[STOPS_WORD + stops_of(words) as usize..].chunks_exact(2).map(rect_of);
        for leaf in s.vector_leaves(children) {
            for group in leaf.chunks(GROUP) {
                if bounds.next().is_some_and(|bounds| !bounds.meets(area)) {
                    continue;
                }
                for child in group {
                    if let Some((NODE_TAG, _, words)) = s.record_parts(*child)
                        && rect_of(&words[BOUNDS_WORD..STOPS_WORD]).meets(area)
                    {
                        go(Node(*child));
                    }
                }
            }
        }
    }

    /// Its key among its siblings, or nil.
    #[inline]
    pub fn key(self, s: Scope<'s>) -> Value<'s> {
        s.record_values(self.0)[0]
    }

    /// Its children: a vector of nodes, back to front, or nil.
    #[inline]
    pub fn children(self, s: Scope<'s>) -> Value<'s> {
        s.record_values(self.0)[1]
    }

    /// Its content: the string of a text, the window id of a surface, an image, a path, where a text area is scrolled to, else nil.
    #[inline]
    pub fn content(self, s: Scope<'s>) -> Value<'s> {
        s.record_values(self.0)[2]
    }

    /// The scene value it was laid out from.
    pub fn scene(self, s: Scope<'s>) -> Value<'s> {
        s.record_values(self.0)[3]
    }

    /// Its handlers: a map from event keywords to functions, or nil.
    pub fn handlers(self, s: Scope<'s>) -> Value<'s> {
        s.record_values(self.0)[4]
    }

    /// What layout measured of its scene, or nil.
    pub(crate) fn memo(self, s: Scope<'s>) -> Value<'s> {
        s.record_values(self.0)[5]
    }

    /// The same node with other children.
    pub fn with_children(self, s: Scope<'s>, children: Value<'s>) -> Result<Node<'s>, OutOfMemory> {
        let v = s.record_values(self.0);
        self.data(s).build_with(s, [v[0], children, v[2], v[3], v[4], v[5]], self.stops(s))
    }

    /// The same node with other data; its stops stay.
    pub fn with_data(self, s: Scope<'s>, data: &NodeData) -> Result<Node<'s>, OutOfMemory> {
        let v = s.record_values(self.0);
        data.build_with(s, [v[0], v[1], v[2], v[3], v[4], v[5]], self.stops(s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halt_heap::{Heap, Region};

    #[test]
    fn node_data_packs_and_unpacks() {
        let data = NodeData {
            kind: NodeKind::Surface,
            flags: Flags::CLIP | Flags::BOLD,
            radius: 8,
            fade: 77,
            rect: Rect::new(-5, 7, 1000, 20_000),
            fill: 0xFF01_0203,
            fill_end: 0x8004_0506,
            gradient: Gradient::Radial { x: -300, y: 77, radius: 65_000 },
            stops: 0,
            stroke: 0x1122_3344,
            stroke_width: 3,
            font_px: 24,
            shadow: 0x8000_0000,
            shadow_blur: 24,
            shadow_dy: -6,
        };
        let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let nil = Value::NIL;
            let node = data.build(s, nil, nil, nil, nil, nil).unwrap();
            assert_eq!(Node::of(s, node.value()).unwrap().data(s), data);
            let words = [Stops::pack(0, 7), Stops::pack(30_000, !0), Stops::pack(65_536, 0)];
            for count in 0..=words.len() {
                let stops = Stops::of(&words[..count]);
                let node = data.build_with(s, [nil; 6], stops).unwrap();
                let expected = NodeData { stops: count as u8, ..data };
                assert_eq!(
                    (node.data(s), node.stops(s), node.bounds(s)),
                    (expected, stops, data.paint_bounds())
                );
                let moved = node.with_data(s, &NodeData { rect: Rect::new(1, 1, 5, 5), ..expected }).unwrap();
                assert_eq!(moved.stops(s).iter().collect::<Vec<_>>(), stops.iter().collect::<Vec<_>>());
            }
            for gradient in [Gradient::DOWN, Gradient::ACROSS, Gradient::Linear(359)] {
                assert_eq!(Gradient::unpack(gradient.pack()), gradient);
            }
        });
    }

    #[test]
    fn children_are_found_by_place() {
        let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let nil = Value::NIL;
            for count in [0, 1, 8, 9, 31, 100, 1100] {
                let at = |i: i32| Rect::new(i % 40 * 10, i / 40 * 10, 12, 12);
                let child =
                    |i| NodeData { rect: at(i), ..NodeData::default() }.build(s, nil, nil, nil, nil, nil);
                let children: Vec<_> = (0..count).map(|i| child(i).unwrap().value()).collect();
                let children = s.vector(&children).unwrap();
                let stops = [Stops::pack(1, 2); 3];
                let stops = Stops::of(&stops[..count as usize % 4]);
                let node =
                    NodeData::default().build_with(s, [nil, children, nil, nil, nil, nil], stops).unwrap();
                for area in [Rect::new(55, 12, 30, 1), Rect::new(0, 0, 1000, 1000), Rect::new(-9, 0, 9, 9)] {
                    let mut found = Vec::new();
                    node.for_each_child_in(s, area, |child| found.push(child.data(s).rect));
                    let meets = |rect: &Rect| !rect.intersection(area).is_empty();
                    assert_eq!(found, (0..count).map(at).filter(meets).collect::<Vec<_>>(), "{count}");
                }
            }
        });
    }

    #[test]
    fn bounds_hold_the_subtree_and_stop_at_a_clip() {
        let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let nil = Value::NIL;
            let shadow = NodeData {
                rect: Rect::new(90, 10, 20, 20),
                shadow: 0xFF00_0000,
                shadow_blur: 5,
                shadow_dy: 2,
                ..NodeData::default()
            };
            let child = shadow.build(s, nil, nil, nil, nil, nil).unwrap();
            assert_eq!(child.bounds(s), Rect::new(85, 7, 30, 30));
            let children = s.vector(&[child.value()]).unwrap();
            let mut parent = NodeData { rect: Rect::new(5, 5, 100, 20), ..NodeData::default() };
            let bounds = |data: &NodeData| data.build(s, nil, children, nil, nil, nil).unwrap().bounds(s);
            assert_eq!(bounds(&parent), Rect::new(5, 5, 115, 37));
            parent.flags = Flags::CLIP;
            assert_eq!(bounds(&parent), parent.rect);
        });
    }
}
