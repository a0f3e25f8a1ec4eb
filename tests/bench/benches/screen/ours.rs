//! HALT's part: the scene as a picture, and a compositor that paints changes of it.
//!
//! Enter at [`Ours`]. Pictures are made beforehand; what is timed goes from a picture in hand to finished pixels that were
//! copied to where the display would show them.

use crate::scene::{BORDER, Desk, FONT, RADIUS, Rect, SHADE, SHADOW, Shape, WALLPAPER, Window};
use halt_heap::{Heap, Mutator, OutOfMemory, Published, Region, Scope, Value};
use halt_render::{Compositor, Display, Tables, Target, paint_picture};
use halt_ui::{Flags, Node, NodeData, NodeKind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// A frame buffer in memory.
pub(crate) struct Shown {
    width: usize,
    pixels: Mutex<Vec<u32>>,
    is_off: AtomicBool,
}

impl Shown {
    /// A display of a size, all black.
    pub(crate) fn new(size: (i32, i32)) -> Shown {
        let pixels = Mutex::new(vec![0; (size.0 * size.1) as usize]);
        Shown { width: size.0 as usize, pixels, is_off: AtomicBool::new(false) }
    }

    /// Takes no more pixels.
    pub(crate) fn switch_off(&self) {
        self.is_off.store(true, Ordering::Relaxed);
    }
}

impl Display for Shown {
    fn present(&self, x: u32, y: u32, width: u32, height: u32, pixels: &[u32], stride: usize) {
        if self.is_off.load(Ordering::Relaxed) {
            return;
        }
        let mut shown = self.pixels.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        for row in 0..height as usize {
            let start = (y as usize + row) * self.width + x as usize;
            let line = &pixels[row * stride..][..width as usize];
            shown[start..start + width as usize].copy_from_slice(line);
        }
    }

    fn now_us(&self) -> u64 {
        0
    }
}

pub(crate) type Made<'s> = Result<Value<'s>, OutOfMemory>;

/// A node of some data with children and a string.
pub(crate) fn node<'s>(s: Scope<'s>, data: NodeData, children: &[Value<'s>], text: Option<&str>) -> Made<'s> {
    let children = if children.is_empty() { Value::NIL } else { s.vector(children)? };
    let content = text.map_or(Ok(Value::NIL), |text| s.string(text))?;
    Ok(data.build(s, Value::NIL, children, content, Value::NIL, Value::NIL)?.value())
}

/// The data of a line of text.
pub(crate) fn text_data(x: i32, y: i32, color: u32, text: &str) -> NodeData {
    let rect = Rect::new(x, y, FONT.cell() * text.len() as i32, FONT.height());
    NodeData {
        kind: NodeKind::Text,
        flags: Flags::MONO,
        rect,
        fill: color,
        font_px: FONT.px,
        ..NodeData::default()
    }
}

fn shape<'s>(s: Scope<'s>, shape: &Shape, origin: Rect) -> Made<'s> {
    let (dx, dy) = (-origin.x, -origin.y);
    match shape {
        Shape::Box { rect, radius, fill, border } => {
            let data = NodeData {
                rect: rect.translated(dx, dy),
                radius: *radius as u8,
                fill: *fill,
                stroke: border.unwrap_or(0),
                stroke_width: border.is_some() as u16,
                ..NodeData::default()
            };
            node(s, data, &[], None)
        }
        Shape::Text { x, y, color, text } => {
            node(s, text_data(x + dx, y + dy, *color, text), &[], Some(text))
        }
        Shape::Line { from, to, width, color } => {
            let (x, y) = (from.0.min(to.0), from.1.min(to.1));
            let rect = Rect::new(x, y, (from.0 - to.0).abs(), (from.1 - to.1).abs());
            let rising = (to.0 > from.0) != (to.1 > from.1);
            let data = NodeData {
                kind: NodeKind::Line,
                flags: if rising { Flags::RISING } else { 0 },
                rect: rect.translated(dx, dy),
                fill: *color,
                stroke_width: *width,
                ..NodeData::default()
            };
            node(s, data, &[], None)
        }
        Shape::Circle { rect, fill } => {
            let rect = rect.translated(dx, dy);
            node(s, NodeData { kind: NodeKind::Ellipse, rect, fill: *fill, ..NodeData::default() }, &[], None)
        }
    }
}

/// A window as a node.
pub(crate) fn window<'s>(s: Scope<'s>, window: &Window) -> Made<'s> {
    let shapes: Result<Vec<_>, _> = window.shapes.iter().map(|it| shape(s, it, window.rect)).collect();
    let data = NodeData {
        rect: window.rect,
        radius: RADIUS as u8,
        fill: window.fill,
        stroke: BORDER,
        stroke_width: 1,
        shadow: SHADE,
        shadow_blur: SHADOW.0 as u16,
        shadow_dy: SHADOW.1 as i16,
        ..NodeData::default()
    };
    node(s, data, &shapes?, None)
}

/// The picture of a desk.
pub(crate) fn picture<'s>(s: Scope<'s>, desk: &Desk) -> Result<Node<'s>, OutOfMemory> {
    let windows: Result<Vec<_>, _> = desk.windows.iter().map(|it| window(s, it)).collect();
    let wallpaper = NodeData {
        rect: Rect::new(0, 0, desk.size.0, desk.size.1),
        fill: WALLPAPER.0,
        fill_end: WALLPAPER.1,
        ..NodeData::default()
    };
    let root = node(s, wallpaper, &windows?, None)?;
    Ok(Node::of(s, root).expect("a node"))
}

/// The node's child at an index.
pub(crate) fn child<'s>(s: Scope<'s>, node: Node<'s>, index: usize) -> Node<'s> {
    let child = s.vector_get(node.children(s), index).expect("an index in bounds");
    Node::of(s, child).expect("a node")
}

/// The node with another child at an index, all else shared.
pub(crate) fn with_child<'s>(
    s: Scope<'s>,
    node: Node<'s>,
    index: usize,
    child: Value<'s>,
) -> Result<Node<'s>, OutOfMemory> {
    let children = s.vector_assoc(node.children(s), index, child)?.expect("an index in bounds");
    node.with_children(s, children)
}

/// The node moved.
pub(crate) fn moved<'s>(s: Scope<'s>, node: Node<'s>, dx: i32, dy: i32) -> Result<Node<'s>, OutOfMemory> {
    let data = node.data(s);
    node.with_data(s, &NodeData { rect: data.rect.translated(dx, dy), ..data })
}

/// A compositor with its heap and the pictures it goes through.
pub(crate) struct Ours {
    mutator: Mutator,
    worker: Mutator,
    pub(crate) compositor: Compositor,
    display: Shown,
    pictures: Vec<Published>,
    _heap: Heap,
}

impl Ours {
    /// A screen of a size, and pictures that `make` makes, the first of which is shown.
    pub(crate) fn new(
        size: (i32, i32),
        mib: usize,
        make: impl for<'s> FnOnce(Scope<'s>) -> Result<Vec<Node<'s>>, OutOfMemory>,
    ) -> Ours {
        let heap = Heap::new(Region::allocate(mib << 20)).expect("a heap");
        let (mut mutator, worker) = (heap.mutator(), heap.mutator());
        let pictures = mutator
            .enter(|s| make(s)?.iter().map(|it| s.publish(it.value())).collect::<Result<Vec<_>, _>>())
            .expect("memory for the pictures");
        let display = Shown::new(size);
        let compositor = Compositor::new(size.0, size.1);
        let mut ours = Ours { mutator, worker, compositor, display, pictures, _heap: heap };
        ours.show(0);
        ours
    }

    /// Brings a picture to the display.
    pub(crate) fn show(&mut self, index: usize) {
        let Ours { mutator, worker, compositor, display, pictures, .. } = self;
        let started = mutator.enter(|s| {
            let picture = Node::of(s, s.open(&pictures[index])).expect("a node");
            compositor.begin_frame(s, picture, display)
        });
        started.expect("memory for a frame");
        while compositor.paint_some(worker, 0, display) {}
    }

    /// Paints everything of the first picture again.
    pub(crate) fn repaint(&mut self) {
        self.compositor.repaint();
        self.show(0);
    }

    /// Copies no more pixels to the display: the frame in memory is what peers paint, too.
    pub(crate) fn switch_off(&self) {
        self.display.switch_off();
    }

    /// Goes through the pictures there and back, `frames` times in all.
    pub(crate) fn swing(&mut self, frames: usize) {
        let last = self.pictures.len() - 1;
        for frame in 1..=frames {
            let at = frame % (2 * last);
            self.show(if at > last { 2 * last - at } else { at });
        }
    }

    /// What the display shows.
    pub(crate) fn pixels(&self) -> Vec<u32> {
        self.display.pixels.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}

/// Text painted onto a plain ground, without a compositor.
pub(crate) struct Plain {
    mutator: Mutator,
    picture: Published,
    size: (i32, i32),
    pixels: Vec<u32>,
    tables: Tables,
    _heap: Heap,
}

impl Plain {
    pub(crate) fn new(size: (i32, i32), shapes: &[Shape]) -> Plain {
        let heap = Heap::new(Region::allocate(8 << 20)).expect("a heap");
        let mut mutator = heap.mutator();
        let screen = Rect::new(0, 0, size.0, size.1);
        let picture = mutator.enter(|s| {
            let shapes: Result<Vec<_>, _> = shapes.iter().map(|it| shape(s, it, screen)).collect();
            let ground = NodeData { rect: screen, ..NodeData::default() };
            s.publish(node(s, ground, &shapes?, None)?)
        });
        let pixels = vec![0; (size.0 * size.1) as usize];
        let picture = picture.expect("memory for the picture");
        Plain { mutator, picture, size, pixels, tables: Tables::new(), _heap: heap }
    }

    pub(crate) fn paint(&mut self) {
        let Plain { mutator, picture, size, pixels, tables, .. } = self;
        mutator.enter(|s| {
            let root = Node::of(s, s.open(picture)).expect("a node");
            let mut target = Target::new(pixels, size.0 as usize, Rect::new(0, 0, size.0, size.1));
            paint_picture(s, root, &mut target, tables);
        });
    }
}
