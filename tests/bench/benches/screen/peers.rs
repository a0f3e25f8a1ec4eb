//! What all peers share: painting the standard scene shape by shape, and masks of what some cannot draw.
//!
//! Enter at [`Peer`] and [`paint`]. Peers are given what a careful program would keep: the masks of glyphs and of whole
//! shadows are made beforehand, and damage is given to them perfectly, as a rectangle.

use crate::scene::{Desk, Rect, SHADOW, Shape, Window};
use halt_heap::{Heap, Region, Scope};
use halt_render::{Tables, Target, paint_picture};
use halt_ui::{Node, NodeData};

/// Coverage of something, row by row.
#[derive(Clone)]
pub(crate) struct Mask {
    pub(crate) width: i32,
    pub(crate) height: i32,
    pub(crate) coverage: Vec<u8>,
}

/// One who paints. Places are relative to the screen; what lies outside of `area` is not to be painted.
pub(crate) trait Peer {
    /// Prepares to paint a rectangle of the screen.
    fn begin(&mut self, area: Rect);
    fn wallpaper(&mut self, screen: Rect);
    fn shadow(&mut self, window: Rect);
    fn round_rect(&mut self, rect: Rect, radius: i32, fill: u32, border: Option<u32>);
    fn text(&mut self, x: i32, y: i32, color: u32, text: &str);
    fn line(&mut self, from: (i32, i32), to: (i32, i32), width: u16, color: u32);
    fn circle(&mut self, rect: Rect, fill: u32);
    /// Ends what `begin` began.
    fn end(&mut self);
    /// The screen's pixels.
    fn pixels(&mut self) -> Vec<u32>;
}

/// Paints everything of a desk that reaches a rectangle.
pub(crate) fn paint(peer: &mut dyn Peer, desk: &Desk, area: Rect) {
    peer.begin(area);
    peer.wallpaper(Rect::new(0, 0, desk.size.0, desk.size.1));
    for window in windows_in(desk, area) {
        peer.shadow(window.rect);
        peer.round_rect(window.rect, crate::scene::RADIUS, window.fill, Some(crate::scene::BORDER));
        for shape in shapes_in(window, area) {
            match shape {
                Shape::Box { rect, radius, fill, border } => peer.round_rect(*rect, *radius, *fill, *border),
                Shape::Text { x, y, color, text } => peer.text(*x, *y, *color, text),
                Shape::Line { from, to, width, color } => peer.line(*from, *to, *width, *color),
                Shape::Circle { rect, fill } => peer.circle(*rect, *fill),
            }
        }
    }
    peer.end();
}

/// The windows that reach an area.
pub(crate) fn windows_in(desk: &Desk, area: Rect) -> impl Iterator<Item = &Window> {
    desk.windows.iter().filter(move |window| !window.bounds().intersection(area).is_empty())
}

/// The shapes of a window that reach an area.
pub(crate) fn shapes_in(window: &Window, area: Rect) -> impl Iterator<Item = &Shape> {
    window.shapes.iter().filter(move |shape| !bounds(shape).intersection(area).is_empty())
}

fn bounds(shape: &Shape) -> Rect {
    match shape {
        Shape::Box { rect, .. } | Shape::Circle { rect, .. } => *rect,
        Shape::Text { x, y, color, text } => crate::ours::text_data(*x, *y, *color, text).rect,
        Shape::Line { from, to, width, .. } => {
            let rect = Rect::new(from.0.min(to.0), from.1.min(to.1), 0, 0);
            let size = ((from.0 - to.0).abs() + 1, (from.1 - to.1).abs() + 1);
            Rect { width: size.0, height: size.1, ..rect }.inflated(*width as i32 + 1)
        }
    }
}

/// The masks of the letters.
pub(crate) fn glyphs() -> Vec<Mask> {
    with_scope(|s| {
        let mut masks = Vec::new();
        for letter in 'a'..='z' {
            let text = letter.to_string();
            let data = crate::ours::text_data(0, 0, 0xFFFF_FFFF, &text);
            let node = crate::ours::node(s, data, &[], Some(&text)).expect("memory");
            masks.push(mask(s, Node::of(s, node).expect("a node"), data.rect));
        }
        masks
    })
}

/// The mask of a window's shadow, of full strength.
pub(crate) fn shadow(window: Rect) -> Mask {
    let (blur, down) = SHADOW;
    let area = Rect::new(0, 0, window.width, window.height).inflated(blur);
    with_scope(|s| {
        let data = NodeData {
            rect: Rect::new(0, -down, window.width, window.height),
            shadow: 0xFFFF_FFFF,
            shadow_blur: blur as u16,
            shadow_dy: down as i16,
            ..NodeData::default()
        };
        let node = crate::ours::node(s, data, &[], None).expect("memory");
        mask(s, Node::of(s, node).expect("a node"), area)
    })
}

fn with_scope<T>(work: impl for<'s> FnOnce(Scope<'s>) -> T) -> T {
    let heap = Heap::new(Region::allocate(4 << 20)).expect("a heap");
    heap.mutator().enter(work)
}

/// What a white node paints onto black.
fn mask<'s>(s: Scope<'s>, node: Node<'s>, area: Rect) -> Mask {
    let mut pixels = vec![0; (area.width * area.height) as usize];
    let mut target = Target::new(&mut pixels, area.width as usize, area);
    paint_picture(s, node, &mut target, &Tables::new());
    let coverage = pixels.iter().map(|pixel| *pixel as u8).collect();
    Mask { width: area.width, height: area.height, coverage }
}

/// Kept masks of the shadows of windows, by size.
pub(crate) struct Kept<T> {
    make: fn(&Mask) -> T,
    kept: Vec<((i32, i32), T)>,
}

impl<T> Kept<T> {
    pub(crate) fn new(make: fn(&Mask) -> T) -> Kept<T> {
        Kept { make, kept: Vec::new() }
    }

    /// The shadow for a window of a size.
    pub(crate) fn shadow(&mut self, window: Rect) -> &T {
        let size = (window.width, window.height);
        let found = self.kept.iter().position(|(kept, _)| *kept == size);
        let at = found.unwrap_or_else(|| {
            self.kept.push((size, (self.make)(&shadow(window))));
            self.kept.len() - 1
        });
        &self.kept[at].1
    }
}

/// The place of the top left of a window's shadow.
pub(crate) fn shadow_place(window: Rect) -> (i32, i32) {
    (window.x - SHADOW.0, window.y - SHADOW.0 + SHADOW.1)
}

/// What must be painted when a window moves from one place to another.
pub(crate) fn damage_of_move(from: &Window, to: &Window) -> Rect {
    from.bounds().union(to.bounds())
}
