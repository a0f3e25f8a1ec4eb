//! Random pictures and random edits of them, from a seed.
#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod naive;

use halt_heap::{Kind, Scope, Value};
use halt_render::{Compositor, Display, FrameStart};
use halt_ui::{Gradient, IMAGE_TAG, Image, Node, NodeData, NodeKind, PATH_TAG, Path, Rect, STOPS_MAX, Stops};

/// A small seeded generator (splitmix64).
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low) as usize) as i32
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// A display that shows nothing and whose clock stands still.
pub(crate) struct Blind;

impl Display for Blind {
    fn present(&self, _: u32, _: u32, _: u32, _: u32, _: &[u32], _: usize) {}
    fn now_us(&self) -> u64 {
        0
    }
}

pub(crate) const WIDTH: i32 = 160;
pub(crate) const HEIGHT: i32 = 120;

fn color(rng: &mut Rng) -> u32 {
    let rgb = rng.next() as u32 & 0xFF_FFFF;
    match rng.below(4) {
        0 => rng.next() as u32,
        1 if rng.one_in(2) => rgb,
        _ => rgb | 0xFF00_0000,
    }
}

fn gradient(rng: &mut Rng) -> Gradient {
    match rng.below(4) {
        0 => Gradient::DOWN,
        1 => Gradient::ACROSS,
        2 => Gradient::Linear(rng.below(360) as u16),
        _ if rng.one_in(9) => {
            Gradient::Radial { x: rng.next() as i16, y: rng.next() as i16, radius: rng.next() as u16 }
        }
        _ => {
            let at = |rng: &mut Rng| rng.between(-40, 200) as i16;
            Gradient::Radial { x: at(rng), y: at(rng), radius: rng.below(250) as u16 }
        }
    }
}

/// The stops of one node in four: some at one place, some before the start or behind the end of the way.
pub(crate) fn stops(rng: &mut Rng) -> Vec<u64> {
    if !rng.one_in(4) {
        return Vec::new();
    }
    let mut places: Vec<u32> = (0..1 + rng.below(STOPS_MAX)).map(|_| rng.below(9) as u32 * 8192).collect();
    places.sort_unstable();
    let is_opaque = rng.one_in(2);
    let color = |rng: &mut Rng| color(rng) | if is_opaque { 0xFF00_0000 } else { 0 };
    places.into_iter().map(|at| Stops::pack(at, color(rng))).collect()
}

fn rect(rng: &mut Rng) -> Rect {
    if rng.one_in(60) {
        let huge = |rng: &mut Rng| (rng.next() as i32) >> rng.below(20);
        return Rect::new(huge(rng), huge(rng), huge(rng), huge(rng));
    }
    let (width, height) = (rng.between(-2, 110), rng.between(-2, 80));
    Rect::new(rng.between(-30, 140), rng.between(-20, 110), width, height)
}

pub(crate) fn data(rng: &mut Rng) -> NodeData {
    let kind = match rng.below(15) {
        0..=5 => NodeKind::Box,
        6 | 7 => NodeKind::Text,
        8 => NodeKind::Ellipse,
        9 => NodeKind::Line,
        10 => NodeKind::Pointer,
        11 => NodeKind::Image,
        12 | 13 => NodeKind::Path,
        _ => NodeKind::Surface,
    };
    let shadow = if rng.one_in(3) { color(rng) } else { 0 };
    NodeData {
        kind,
        flags: rng.next() as u8,
        radius: if rng.one_in(2) { rng.below(30) as u8 } else { 0 },
        rect: rect(rng),
        fill: color(rng),
        fill_end: if rng.one_in(3) { color(rng) } else { 0 },
        gradient: gradient(rng),
        stops: 0,
        fade: [0, 0, 0, 0, rng.next() as u8, 255][rng.below(6)],
        stroke: if rng.one_in(2) { color(rng) } else { 0 },
        stroke_width: if rng.one_in(100) { rng.next() as u16 } else { rng.below(6) as u16 },
        font_px: [0, 8, 13, 16, 24, 50, 999][rng.below(7)],
        shadow,
        shadow_blur: if rng.one_in(50) { rng.next() as u16 } else { rng.below(16) as u16 },
        shadow_dy: rng.between(-8, 9) as i16,
    }
}

fn text<'s>(s: Scope<'s>, rng: &mut Rng) -> Value<'s> {
    const WORDS: [&str; 6] = ["", "a", "Halt", "immutable values", "äöü ł 漢字\tx", "0123456789 0123456789"];
    let mut words = String::from(WORDS[rng.below(WORDS.len())]);
    if rng.one_in(3) {
        words.push(char::from(b'a' + rng.below(26) as u8));
    }
    s.string(&words).unwrap()
}

pub(crate) fn image<'s>(s: Scope<'s>, rng: &mut Rng) -> Value<'s> {
    let side = |rng: &mut Rng| if rng.one_in(8) { rng.between(1, 300) } else { rng.between(1, 40) } as i64;
    let (width, height, is_opaque) = (side(rng), side(rng), rng.one_in(2));
    let mut colors: Vec<u32> = (0..width * height).map(|_| rng.next() as u32).collect();
    if is_opaque {
        colors.iter_mut().for_each(|color| *color |= 0xFF00_0000);
    }
    Image::from_pixels(s, width, height, colors.into_iter()).unwrap().value()
}

/// An image with a few pixels changed.
fn retouched<'s>(s: Scope<'s>, rng: &mut Rng, value: Value<'s>) -> Value<'s> {
    let Some(image) = Image::of(s, value) else { return value };
    let mut words = s.record_words(value).to_vec();
    for _ in 0..rng.below(4) {
        let (x, y) = (rng.below(image.width), rng.below(image.height));
        words[2 + y * image.width.div_ceil(2) + x / 2] ^= 0x0000_0001 << (32 * (x & 1));
        words[1] = 0;
    }
    s.record(IMAGE_TAG, &[], &words).unwrap()
}

fn content<'s>(s: Scope<'s>, rng: &mut Rng, kind: NodeKind) -> Value<'s> {
    match kind {
        NodeKind::Text => text(s, rng),
        NodeKind::Image => image(s, rng),
        NodeKind::Path => path(s, rng),
        _ => Value::NIL,
    }
}

/// A few polygons that may cross themselves and each other.
pub(crate) fn path<'s>(s: Scope<'s>, rng: &mut Rng) -> Value<'s> {
    let polygons = |rng: &mut Rng| -> Vec<Vec<(f64, f64)>> {
        let place = |rng: &mut Rng| rng.between(-10 * 256, 70 * 256) as f64 / 256.0;
        let polygon = |rng: &mut Rng| (0..rng.below(7)).map(|_| (place(rng), place(rng))).collect();
        (0..rng.below(3)).map(|_| polygon(rng)).collect()
    };
    let (fill, stroke) = (polygons(rng), polygons(rng));
    Path::build(s, &fill, &stroke).unwrap().0.value()
}

fn key<'s>(s: Scope<'s>, rng: &mut Rng) -> Value<'s> {
    if rng.one_in(3) { s.int(rng.below(12) as i64).unwrap() } else { Value::NIL }
}

fn vector<'s>(s: Scope<'s>, children: &[Value<'s>]) -> Value<'s> {
    if children.is_empty() { Value::NIL } else { s.vector(children).unwrap() }
}

/// A random subtree.
pub(crate) fn subtree<'s>(s: Scope<'s>, rng: &mut Rng, depth: usize) -> Node<'s> {
    let data = data(rng);
    let count = if depth == 0 { 0 } else { rng.below(5) };
    let children: Vec<_> = (0..count).map(|_| subtree(s, rng, depth - 1).value()).collect();
    let content = content(s, rng, data.kind);
    let key = key(s, rng);
    let values = [key, vector(s, &children), content, Value::NIL, Value::NIL, Value::NIL];
    data.build_with(s, values, Stops::of(&stops(rng))).unwrap()
}

/// A random picture of a whole screen.
pub(crate) fn picture<'s>(s: Scope<'s>, rng: &mut Rng) -> Node<'s> {
    let root = NodeData {
        rect: Rect::new(0, 0, WIDTH, HEIGHT),
        fill: color(rng),
        fill_end: if rng.one_in(2) { color(rng) } else { 0 },
        gradient: gradient(rng),
        ..NodeData::default()
    };
    let children: Vec<_> = (0..rng.below(8)).map(|_| subtree(s, rng, 3).value()).collect();
    let nil = Value::NIL;
    root.build_with(s, [nil, vector(s, &children), nil, nil, nil, nil], Stops::of(&stops(rng))).unwrap()
}

pub(crate) fn children<'s>(s: Scope<'s>, node: Node<'s>) -> Vec<Value<'s>> {
    let children = node.children(s);
    if s.kind(children) == Kind::Vector { s.vector_iter(children).collect() } else { Vec::new() }
}

/// The picture with a change somewhere; all else is shared.
pub(crate) fn edit<'s>(s: Scope<'s>, rng: &mut Rng, node: Node<'s>, root: bool) -> Node<'s> {
    let mut inside = children(s, node);
    if !inside.is_empty() && rng.below(5) < 3 {
        let index = rng.below(inside.len());
        inside[index] = edit(s, rng, Node::of(s, inside[index]).unwrap(), false).value();
        return node.with_children(s, vector(s, &inside)).unwrap();
    }
    let old = node.data(s);
    let nil = Value::NIL;
    match rng.below(13) {
        0 if !root => node.with_data(s, &data(rng)).unwrap(),
        1 | 2 if !root => {
            let rect = old.rect.translated(rng.between(-9, 10), rng.between(-9, 10));
            node.with_data(s, &NodeData { rect, ..old }).unwrap()
        }
        3 => node.with_data(s, &NodeData { fill: color(rng), ..old }).unwrap(),
        4 => {
            let content = match old.kind {
                NodeKind::Image if rng.below(3) > 0 => retouched(s, rng, node.content(s)),
                kind => content(s, rng, kind),
            };
            let values = [key(s, rng), node.children(s), content, nil, nil, nil];
            old.build_with(s, values, Stops::of(&stops(rng))).unwrap()
        }
        5 | 6 => {
            inside.insert(rng.below(inside.len() + 1), subtree(s, rng, 2).value());
            node.with_children(s, vector(s, &inside)).unwrap()
        }
        7 if !inside.is_empty() => {
            inside.remove(rng.below(inside.len()));
            node.with_children(s, vector(s, &inside)).unwrap()
        }
        8 if !inside.is_empty() => {
            let moved = inside.remove(rng.below(inside.len()));
            inside.insert(rng.below(inside.len() + 1), moved);
            node.with_children(s, vector(s, &inside)).unwrap()
        }
        9 => copy(s, node),
        10 => node.with_data(s, &NodeData { flags: rng.next() as u8, ..old }).unwrap(),
        11 => node.with_data(s, &NodeData { fade: rng.next() as u8, ..old }).unwrap(),
        12 => node.with_data(s, &NodeData { gradient: gradient(rng), ..old }).unwrap(),
        _ => node,
    }
}

/// An equal picture that shares nothing.
pub(crate) fn copy<'s>(s: Scope<'s>, node: Node<'s>) -> Node<'s> {
    let inside: Vec<_> =
        children(s, node).iter().map(|child| copy(s, Node::of(s, *child).unwrap()).value()).collect();
    let content = match s.as_str(node.content(s)) {
        Some(text) => s.string(text).unwrap(),
        None if Image::of(s, node.content(s)).is_some() => {
            s.record(IMAGE_TAG, &[], s.record_words(node.content(s))).unwrap()
        }
        None if Path::of(s, node.content(s)).is_some() => {
            s.record(PATH_TAG, &[], s.record_words(node.content(s))).unwrap()
        }
        None => node.content(s),
    };
    let nil = Value::NIL;
    node.data(s)
        .build_with(s, [node.key(s), vector(s, &inside), content, nil, nil, nil], node.stops(s))
        .unwrap()
}

/// Begins a frame in a scope of a mutator's, whose picture `make` gives.
pub(crate) fn begin(
    compositor: &Compositor,
    mutator: &mut halt_heap::Mutator,
    make: impl for<'s> FnOnce(Scope<'s>) -> Node<'s>,
) -> (FrameStart, halt_heap::Published) {
    begin_on(&Blind, compositor, mutator, make)
}

/// The same on a display of the caller's, which is shown what is copied.
pub(crate) fn begin_on(
    display: &dyn Display,
    compositor: &Compositor,
    mutator: &mut halt_heap::Mutator,
    make: impl for<'s> FnOnce(Scope<'s>) -> Node<'s>,
) -> (FrameStart, halt_heap::Published) {
    mutator.enter(|s| {
        let node = make(s);
        let start = compositor.begin_frame(s, node, display).unwrap();
        (start, s.publish(node.value()).unwrap())
    })
}
