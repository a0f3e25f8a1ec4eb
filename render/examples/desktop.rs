//! Paints a sample desktop, writes it as a PPM picture, and says what some changes of it cost.
//!
//! `cargo run --release -p halt-render --example desktop -- OUT.ppm [WIDTHxHEIGHT]`

use halt_heap::{Heap, OutOfMemory, Region, Scope, Value};
use halt_render::{Compositor, Display};
use halt_ui::{Flags, Font, Node, NodeData, NodeKind, Rect};
use std::io::Write;
use std::time::Instant;

struct Clock(Instant);

impl Display for Clock {
    fn present(&self, _: u32, _: u32, _: u32, _: u32, _: &[u32], _: usize) {}
    fn now_us(&self) -> u64 {
        self.0.elapsed().as_micros() as u64
    }
}

type Made<'s> = Result<Value<'s>, OutOfMemory>;

fn node<'s>(s: Scope<'s>, data: NodeData, children: &[Value<'s>]) -> Made<'s> {
    let children = if children.is_empty() { Value::NIL } else { s.vector(children)? };
    let nil = Value::NIL;
    Ok(data.build(s, nil, children, nil, nil, nil)?.value())
}

fn text<'s>(s: Scope<'s>, x: i32, y: i32, px: u16, color: u32, flags: u8, words: &str) -> Made<'s> {
    let width = Font::new(px as i32, flags & Flags::BOLD != 0, false).width(words);
    let rect = Rect::new(x, y, width, px as i32);
    let data =
        NodeData { kind: NodeKind::Text, rect, fill: color, font_px: px, flags, ..NodeData::default() };
    let nil = Value::NIL;
    Ok(data.build(s, nil, nil, s.string(words)?, nil, nil)?.value())
}

fn button<'s>(s: Scope<'s>, x: i32, y: i32, primary: bool, label: &str) -> Made<'s> {
    let width = Font::new(16, false, false).width(label) + 32;
    let (fill, fill_end, stroke, color) = if primary {
        (0xFF4C8DF6, 0xFF2F6FE0, 0xFF2A62C8, 0xFFFFFFFF)
    } else {
        (0xFF3A4152, 0xFF323848, 0x30FFFFFF, 0xFFE4E8F0)
    };
    let data = NodeData {
        rect: Rect::new(x, y, width, 32),
        radius: 8,
        fill,
        fill_end,
        stroke,
        stroke_width: 1,
        shadow: 0x40000000,
        shadow_blur: 6,
        shadow_dy: 2,
        ..NodeData::default()
    };
    node(s, data, &[text(s, 16, 8, 16, color, 0, label)?])
}

fn window<'s>(s: Scope<'s>, rect: Rect, title: &str, content: &[Value<'s>]) -> Made<'s> {
    let bar = NodeData {
        rect: Rect::new(1, 1, rect.width - 2, 36),
        radius: 9,
        fill: 0xFF343B4C,
        fill_end: 0xFF2A303F,
        ..NodeData::default()
    };
    let mut lights = Vec::new();
    for (i, color) in [0xFFFF5F57, 0xFFFEBC2E, 0xFF28C840].into_iter().enumerate() {
        let data = NodeData {
            kind: NodeKind::Ellipse,
            rect: Rect::new(12 + 20 * i as i32, 12, 12, 12),
            fill: color,
            stroke: 0x30000000,
            stroke_width: 1,
            ..NodeData::default()
        };
        lights.push(node(s, data, &[])?);
    }
    lights.push(text(s, 84, 10, 16, 0xFFD7DCE8, Flags::BOLD, title)?);
    let mut children = vec![node(s, bar, &lights)?];
    let line =
        NodeData { rect: Rect::new(1, 36, rect.width - 2, 1), fill: 0x40000000, ..NodeData::default() };
    children.push(node(s, line, &[])?);
    let body = NodeData {
        rect: Rect::new(0, 37, rect.width, rect.height - 37),
        flags: Flags::CLIP,
        ..NodeData::default()
    };
    children.push(node(s, body, content)?);
    let frame = NodeData {
        rect,
        radius: 10,
        fill: 0xFF242936,
        stroke: 0xFF4A5266,
        stroke_width: 1,
        shadow: 0x90000000,
        shadow_blur: 32,
        shadow_dy: 12,
        ..NodeData::default()
    };
    node(s, frame, &children)
}

fn desktop<'s>(s: Scope<'s>, width: i32, height: i32) -> Made<'s> {
    let mut code = Vec::new();
    let lines = [
        "(defapp counter",
        "  {:title \"Counter\" :state 0}",
        "  (fn [n]",
        "    [:row {:gap 8 :pad 12}",
        "      [:text (str n)]",
        "      [:button {:on-click inc} \"Add one\"]]))",
        "",
        "; a value, once reachable, never changes",
        "=> (map inc [1 2 3])",
        "(2 3 4)",
        "äöü ß éèê ñ ł œ – ← missing: 漢字",
    ];
    for (i, line) in lines.iter().enumerate() {
        let color = if line.starts_with(';') { 0xFF7C869C } else { 0xFFDDE3EE };
        code.push(text(s, 16, 14 + 22 * i as i32, 20, color, 0, line)?);
    }
    let counter = [
        text(s, 24, 24, 32, 0xFFFFFFFF, Flags::BOLD, "42")?,
        text(s, 24, 66, 16, 0xFF98A2B8, 0, "clicks so far")?,
        button(s, 24, 100, true, "Add one")?,
        button(s, 128, 100, false, "Reset")?,
    ];
    let mut shapes = Vec::new();
    for i in 0..12 {
        let size = 20 + 9 * i;
        let data = NodeData {
            kind: NodeKind::Ellipse,
            rect: Rect::new(14 + 26 * i, 20 + (i % 3) * 34, size, if i % 2 == 0 { size } else { size / 2 }),
            fill: [0xC04C8DF6, 0xFF46C46B, 0xA0F5B83D, 0xC0E5484D][i as usize % 4],
            fill_end: [0xC09B6BF0, 0, 0xA0E5484D, 0][i as usize % 4],
            stroke: 0xFFFFFFFF,
            stroke_width: (i % 4) as u16,
            ..NodeData::default()
        };
        shapes.push(node(s, data, &[])?);
        let line = NodeData {
            kind: NodeKind::Line,
            rect: Rect::new(20, 180, 340 - 20 * i, 8 * i),
            flags: if i % 2 == 0 { 0 } else { Flags::RISING },
            fill: 0xFF8FD3FF,
            stroke_width: 1 + (i as u16 % 3),
            ..NodeData::default()
        };
        shapes.push(node(s, line, &[])?);
    }
    let bar =
        NodeData { rect: Rect::new(0, height - 44, width, 44), fill: 0xD0181C26, ..NodeData::default() };
    let bar = node(
        s,
        bar,
        &[
            button(s, 12, 6, true, "HALT")?,
            button(s, 96, 6, false, "Counter")?,
            text(s, width - 70, 12, 20, 0xFFE4E8F0, 0, "19:40")?,
        ],
    )?;
    let pointer = NodeData {
        kind: NodeKind::Pointer,
        rect: Rect::new(560, 330, 12, 19),
        fill: 0xFFFFFFFF,
        stroke: 0xFF101418,
        ..NodeData::default()
    };
    let wallpaper = NodeData {
        rect: Rect::new(0, 0, width, height),
        fill: 0xFF1B2440,
        fill_end: 0xFF5A3D6B,
        ..NodeData::default()
    };
    let children = [
        window(s, Rect::new(90, 70, 560, 330), "repl", &code)?,
        window(s, Rect::new(700, 120, 420, 320), "shapes", &shapes)?,
        window(s, Rect::new(430, 300, 340, 220), "counter", &counter)?,
        bar,
        node(s, pointer, &[])?,
    ];
    node(s, wallpaper, &children)
}

/// The desktop with sprites in a window of their own, some hundreds of circles, at a moment.
fn sprites<'s>(s: Scope<'s>, count: i32, moment: i32) -> Made<'s> {
    let circle = |i: i32| {
        let (x, y) = ((i * 137 + moment * (1 + i % 5)) % 760, (i * 71 + moment * (1 + i % 3)) % 560);
        let data = NodeData {
            kind: NodeKind::Ellipse,
            rect: Rect::new(x, y, 16, 16),
            fill: 0xFF40_6080 + 0x0003_0507 * (i % 40) as u32,
            ..NodeData::default()
        };
        node(s, data, &[])
    };
    let circles: Vec<_> = (0..count).map(circle).collect::<Result<_, _>>()?;
    window(s, Rect::new(240, 100, 780, 640), "sprites", &circles)
}

/// A node with its child at an index replaced, all else shared.
fn with_child<'s>(
    s: Scope<'s>,
    node: Node<'s>,
    index: usize,
    child: Value<'s>,
) -> Result<Node<'s>, OutOfMemory> {
    let children = s.vector_assoc(node.children(s), index, child)?.expect("an index in bounds");
    node.with_children(s, children)
}

fn child<'s>(s: Scope<'s>, node: Node<'s>, index: usize) -> Node<'s> {
    let child = s.vector_get(node.children(s), index).expect("an index in bounds");
    Node::of(s, child).expect("a node")
}

/// The child at an index moved.
fn moved<'s>(s: Scope<'s>, root: Node<'s>, index: usize, dx: i32, dy: i32) -> Result<Node<'s>, OutOfMemory> {
    let node = child(s, root, index);
    let data = node.data(s);
    let node = node.with_data(s, &NodeData { rect: data.rect.translated(dx, dy), ..data })?;
    with_child(s, root, index, node.value())
}

/// A character added to or taken from a line of the first window.
fn typed<'s>(s: Scope<'s>, root: Node<'s>, round: i32) -> Result<Node<'s>, OutOfMemory> {
    let window = child(s, root, 0);
    let body = child(s, window, 2);
    let words = if round % 2 == 0 { "=> (map inc [1 2 3])" } else { "=> (map inc [1 2 3] " };
    let body = with_child(s, body, 8, text(s, 16, 190, 20, 0xFFDD_E3EE, 0, words)?)?;
    let window = with_child(s, window, 2, body.value())?;
    with_child(s, root, 0, window.value())
}

type Change = for<'s> fn(Scope<'s>, Node<'s>, i32) -> Result<Node<'s>, OutOfMemory>;

const ROUNDS: i32 = 201;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = arguments.first().map_or("desktop.ppm", |path| path);
    let size = arguments.get(1).map_or("1280x800", |size| size);
    let (width, height) = size.split_once('x').expect("a size as WIDTHxHEIGHT");
    let (width, height) = (width.parse().expect("a width"), height.parse().expect("a height"));

    let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
    let (mut mutator, mut worker) = (heap.mutator(), heap.mutator());
    let compositor = Compositor::new(width, height);
    let clock = Clock(Instant::now());
    let mut root = mutator.enter(|s| s.publish(desktop(s, width, height)?)).expect("memory");
    println!("{width}x{height}, one worker, medians of {ROUNDS} frames");
    println!("| change | tiles | pixels | nodes diffed | nodes visited | diff us | frame us |");
    println!("|---|---|---|---|---|---|---|");
    let changes: [(&str, Change); 6] = [
        ("everything", |_, root, _| Ok(root)),
        ("the pointer moves", |s, root, i| moved(s, root, 4, 3 - 6 * (i % 2), 2 - 4 * (i % 2))),
        ("a character is typed", typed),
        ("a window is dragged", |s, root, i| moved(s, root, 2, 8 - 16 * (i % 2), 0)),
        ("400 sprites move", |s, root, i| with_child(s, root, 1, sprites(s, 400, i)?)),
        ("one sprite of 400 moves", |s, root, i| {
            let window = child(s, root, 1);
            let body = moved(s, child(s, window, 2), 200, 2 - 4 * (i % 2), 0)?;
            with_child(s, root, 1, with_child(s, window, 2, body.value())?.value())
        }),
    ];
    for (name, change) in changes {
        let mut frames = Vec::new();
        for round in 0..ROUNDS {
            if name == "everything" {
                compositor.repaint();
            }
            root = mutator
                .enter(|s| {
                    let next = change(s, Node::of(s, s.open(&root)).expect("a node"), round)?;
                    compositor.begin_frame(s, next, &clock)?;
                    s.publish(next.value())
                })
                .expect("memory");
            while compositor.paint_some(&mut worker, 0, &clock) {}
            frames.push(compositor.stats());
        }
        frames.sort_unstable_by_key(|stats| stats.frame_us);
        let it = frames[frames.len() / 2];
        println!(
            "| {name} | {} | {} | {} | {} | {} | {} |",
            it.tiles, it.pixels, it.nodes_diffed, it.nodes_visited, it.diff_us, it.frame_us
        );
        if name == "everything" {
            let mut bytes = format!("P6 {width} {height} 255\n").into_bytes();
            let pixels = compositor.pixels();
            bytes.extend(pixels.iter().flat_map(|p| [(p >> 16) as u8, (p >> 8) as u8, *p as u8]));
            std::fs::File::create(path).and_then(|mut file| file.write_all(&bytes)).expect("a picture file");
        }
    }
}
