//! Zoom: a picture made larger as a whole, for eyes that want it so.
//!
//! Enter at [`zoom`]. Layout, hit tests and programs know nothing of it: they work in the pixels of the picture, and only what is
//! painted is larger. Where the picture shares nodes with the one before, so does the larger one: a change costs what it costs
//! without a zoom.
//!
//! Invariant: what touches in the picture touches in the larger one.

use crate::font::{FONT_PX_DEFAULT, Font};
use crate::path::Path;
use crate::picture::{Flags, Gradient, Node, NodeData, NodeKind, Rect, SHADOW_BLUR_MAX};
use crate::surface::children;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// Among so many children one that has changed and moved is searched by its key; among more it is made anew.
const SEARCHED_MAX: usize = 64;

/// A picture, and what it is when it is zoomed.
pub type Zoomed<'s> = (Node<'s>, Node<'s>);

/// Returns the picture in so many percent of its size. `before` is an earlier picture in the same zoom, to share with.
pub fn zoom<'s>(
    s: Scope<'s>,
    picture: Node<'s>,
    percent: i32,
    before: Option<Zoomed<'s>>,
) -> Result<Node<'s>, OutOfMemory> {
    Zoom { s, percent: percent.max(1) }.node(picture, before)
}

/// A place of a picture when it is zoomed.
pub fn zoomed_place(place: i32, percent: i32) -> i32 {
    (i64::from(place) * i64::from(percent)).div_euclid(100) as i32
}

/// The place of the picture that shows at a place of the zoomed one.
pub fn place_under(place: i32, percent: i32) -> i32 {
    (i64::from(place) * 100).div_euclid(i64::from(percent.max(1))) as i32
}

#[derive(Clone, Copy)]
struct Zoom<'s> {
    s: Scope<'s>,
    percent: i32,
}

impl<'s> Zoom<'s> {
    fn of(self, place: i32) -> i32 {
        zoomed_place(place, self.percent)
    }

    /// Widths and radii: nothing that was there vanishes.
    fn size(self, size: i32) -> i32 {
        if size == 0 { 0 } else { ((size * self.percent + 50) / 100).max(1) }
    }

    /// Both edges are zoomed, so that what touches still does.
    fn rect(self, rect: Rect) -> Rect {
        let (x, y) = (self.of(rect.x), self.of(rect.y));
        let size = |from: i32, end: i32, start: i32| if from > 0 { (self.of(end) - start).max(1) } else { 0 };
        Rect::new(x, y, size(rect.width, rect.right(), x), size(rect.height, rect.bottom(), y))
    }

    fn gradient(self, gradient: Gradient) -> Gradient {
        let place = |at: i16| self.of(at.into()).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        match gradient {
            Gradient::Linear(_) => gradient,
            Gradient::Radial { x, y, radius } => Gradient::Radial {
                x: place(x),
                y: place(y),
                radius: self.size(radius.into()).min(u16::MAX.into()) as u16,
            },
        }
    }

    fn data(self, old: NodeData) -> NodeData {
        let mut data = NodeData {
            rect: self.rect(old.rect),
            radius: self.size(old.radius.into()).min(255) as u8,
            stroke_width: self.size(old.stroke_width.into()) as u16,
            gradient: self.gradient(old.gradient),
            shadow_blur: (self.size(old.shadow_blur.into()) as u16).min(SHADOW_BLUR_MAX),
            shadow_dy: self.of(old.shadow_dy.into()) as i16,
            ..old
        };
        if old.kind == NodeKind::Text {
            let px = if old.font_px == 0 { FONT_PX_DEFAULT } else { i32::from(old.font_px) };
            // Letters are drawn in whole sizes, rounded down: text that is a little narrower than its place is whole, text
            // that is wider is cut. They are placed by the exact one, as a caret is that lies between them.
            // A character of the monospaced face is 7/16 of its size wide, but where it is laid out whole pixels.
            let cell = Font::of(&old).cell();
            let (px, exact) = match old.flags & Flags::MONO != 0 {
                true => (self.of(16 * cell) / 7, self.of(64 * cell)),
                false => (self.of(px), self.of(64 * px)),
            };
            (data.font_px, data.rect.height) = (px as u16, px.max(data.rect.height));
            data.flags |= Flags::EXACT;
            data.stroke_width = exact.min(u16::MAX.into()) as u16;
        }
        data
    }

    fn node(self, node: Node<'s>, before: Option<Zoomed<'s>>) -> Result<Node<'s>, OutOfMemory> {
        let s = self.s;
        if let Some((old, zoomed)) = before
            && old.value().is_identical(node.value())
        {
            return Ok(zoomed);
        }
        let old = node.data(s);
        let content = match Path::of(s, node.content(s)).filter(|_| old.kind == NodeKind::Path) {
            Some(path) => path.scaled(s, self.percent, 100)?.value(),
            None => node.content(s),
        };
        let children = self.children(node, before)?;
        let values = [node.key(s), children, content, node.scene(s), node.handlers(s), Value::NIL];
        self.data(old).build_with(s, values, node.stops(s))
    }

    /// The children zoomed; those that were there before, wherever among them, are taken over.
    fn children(self, node: Node<'s>, before: Option<Zoomed<'s>>) -> Result<Value<'s>, OutOfMemory> {
        let s = self.s;
        let list = node.children(s);
        if s.kind(list) != Kind::Vector {
            return Ok(Value::NIL);
        }
        let (mut olds, mut zooms) = (Vec::new(), Vec::new());
        if let Some((old, zoomed)) = before {
            if old.children(s).is_identical(list) {
                return Ok(zoomed.children(s));
            }
            olds.extend(children(s, old));
            zooms.extend(children(s, zoomed));
        }
        // Found by identity when the place alone does not do; made when it is first wanted.
        let mut places: Option<BTreeMap<u64, usize>> = None;
        let mut made = Vec::with_capacity(s.vector_count(list));
        for (index, child) in children(s, node).enumerate() {
            let is_same = |at: usize| {
                olds.get(at).is_some_and(|old: &Node<'s>| old.value().is_identical(child.value()))
            };
            let at = match is_same(index) {
                true => Some(index),
                false => {
                    let places = places.get_or_insert_with(|| {
                        olds.iter().enumerate().map(|(at, old)| (old.value().word(), at)).collect()
                    });
                    places.get(&child.value().word()).copied()
                }
            };
            // What took its place, or what has its key, may share what is below.
            let at = at.or_else(|| {
                let key = child.key(s);
                let has_key = |old: &Node<'s>| s.equal(old.key(s), key);
                if key.is_nil() || olds.get(index).is_some_and(has_key) {
                    return Some(index);
                }
                (olds.len() <= SEARCHED_MAX).then(|| olds.iter().position(has_key)).flatten()
            });
            let pair = at.and_then(|at| Some((*olds.get(at)?, *zooms.get(at)?)));
            made.push(self.node(child, pair)?.value());
        }
        s.vector(&made)
    }
}
