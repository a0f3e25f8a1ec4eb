//! Previews: an app's picture made small, as a picture of its own.
//!
//! Enter at [`preview`]. Boxes, shapes and images keep their proportions; text that would be too small to read becomes a bar for each
//! word. Whoever shows a preview makes it anew when the app's picture changes.
//!
//! Invariant: a preview reacts to nothing and has no keys: it is there to be seen.

use crate::path::Path;
use crate::picture::{Flags, Gradient, Node, NodeData, NodeKind, Rect};
use crate::surface::children;
use crate::theme::faded;
use alloc::vec::Vec;
use halt_heap::{OutOfMemory, Scope, Value};

/// The most nodes of a preview; what comes after them is left out.
pub const PREVIEW_NODES_MAX: usize = 4000;

/// The picture made so small that it fits into a size, never larger than it is, in the middle of it.
pub fn preview<'s>(
    s: Scope<'s>,
    picture: Node<'s>,
    width: i32,
    height: i32,
) -> Result<Node<'s>, OutOfMemory> {
    let whole = picture.data(s).rect;
    let (from_width, from_height) = (whole.width.max(1), whole.height.max(1));
    let (width, height) = (width.max(0), height.max(0));
    // The side that is shorter of room decides.
    let scale = match i64::from(width) * i64::from(from_height) < i64::from(height) * i64::from(from_width) {
        true => Scale { to: width.min(from_width), from: from_width },
        false => Scale { to: height.min(from_height), from: from_height },
    };
    let mut small = Small { s, scale, left: PREVIEW_NODES_MAX };
    let root = small.node(picture, 0)?;
    let mut data = root.data(s);
    data.rect.x = (width - data.rect.width) / 2;
    data.rect.y = (height - data.rect.height) / 2;
    data.flags |= Flags::CLIP | Flags::DISABLED;
    root.with_data(s, &data)
}

#[derive(Clone, Copy)]
struct Scale {
    to: i32,
    from: i32,
}

impl Scale {
    fn of(self, pixels: i32) -> i32 {
        (i64::from(pixels) * i64::from(self.to)).div_euclid(i64::from(self.from)) as i32
    }

    fn gradient(self, gradient: Gradient) -> Gradient {
        match gradient {
            Gradient::Linear(_) => gradient,
            Gradient::Radial { x, y, radius } => Gradient::Radial {
                x: self.of(x.into()) as i16,
                y: self.of(y.into()) as i16,
                radius: self.of(radius.into()) as u16,
            },
        }
    }

    /// Both edges are scaled, so that what touches still does; nothing that was there vanishes.
    fn rect(self, rect: Rect) -> Rect {
        let (x, y) = (self.of(rect.x), self.of(rect.y));
        let size = |from: i32, end: i32, start: i32| if from > 0 { (self.of(end) - start).max(1) } else { 0 };
        Rect::new(x, y, size(rect.width, rect.right(), x), size(rect.height, rect.bottom(), y))
    }
}

struct Small<'s> {
    s: Scope<'s>,
    scale: Scale,
    left: usize,
}

impl<'s> Small<'s> {
    fn node(&mut self, node: Node<'s>, depth: usize) -> Result<Node<'s>, OutOfMemory> {
        let (s, nil) = (self.s, Value::NIL);
        let old = node.data(s);
        let thin = |width: u16| if width == 0 { 0 } else { self.scale.of(width.into()).max(1) as u16 };
        let data = NodeData {
            rect: self.scale.rect(old.rect),
            radius: self.scale.of(old.radius.into()) as u8,
            stroke_width: thin(old.stroke_width),
            gradient: self.scale.gradient(old.gradient),
            flags: old.flags & !Flags::FOCUSABLE,
            shadow: 0,
            ..old
        };
        self.left = self.left.saturating_sub(1);
        if old.kind == NodeKind::Text {
            return self.words(node, data);
        }
        if let Some(path) = Path::of(s, node.content(s)).filter(|_| old.kind == NodeKind::Path) {
            let small = path.scaled(s, self.scale.to, self.scale.from)?;
            return data.build_with(s, [nil, nil, small.value(), nil, nil, nil], node.stops(s));
        }
        if old.kind == NodeKind::Image {
            return data.build(s, nil, nil, node.content(s), nil, nil);
        }
        let mut made = Vec::new();
        // Pictures are at most a few hundred levels deep: layout bounds them.
        for child in children(s, node) {
            if self.left == 0 || depth > 512 {
                break;
            }
            made.push(self.node(child, depth + 1)?.value());
        }
        // A window in a preview is a box like any other: it is nobody's to replace.
        let kind = if old.kind == NodeKind::Surface { NodeKind::Box } else { old.kind };
        let values = [nil, vector_or_nil(s, &made)?, nil, nil, nil, nil];
        NodeData { kind, ..data }.build_with(s, values, node.stops(s))
    }

    /// A line of text as bars, each as wide as its word.
    fn words(&mut self, node: Node<'s>, data: NodeData) -> Result<Node<'s>, OutOfMemory> {
        let (s, nil) = (self.s, Value::NIL);
        let text = s.as_str(node.content(s)).unwrap_or("");
        let count = text.chars().count().max(1) as i64;
        let place = |chars: usize| (chars as i64 * i64::from(data.rect.width) / count) as i32;
        let bar = NodeData { fill: faded(data.fill, 170), ..NodeData::default() };
        let height = (data.rect.height / 2).max(1);
        let (mut bars, mut at) = (Vec::new(), 0);
        for word in text.split(' ') {
            let end = at + word.chars().count();
            if end > at && self.left > 0 {
                self.left -= 1;
                let rect = Rect::new(
                    place(at),
                    (data.rect.height - height) / 2,
                    (place(end) - place(at)).max(1),
                    height,
                );
                bars.push(NodeData { rect, ..bar }.build(s, nil, nil, nil, nil, nil)?.value());
            }
            at = end + 1;
        }
        let children = vector_or_nil(s, &bars)?;
        NodeData { rect: data.rect, ..NodeData::default() }.build(s, nil, children, nil, nil, nil)
    }
}

fn vector_or_nil<'s>(s: Scope<'s>, values: &[Value<'s>]) -> Result<Value<'s>, OutOfMemory> {
    if values.is_empty() { Ok(Value::NIL) } else { s.vector(values) }
}
