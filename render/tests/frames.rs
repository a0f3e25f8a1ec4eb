//! Frames: incremental against full, one worker against many, over random pictures and edits.

mod common;

use common::{Blind, HEIGHT, Rng, WIDTH, begin, begin_on, copy, edit, picture};
use halt_heap::{Heap, Mutator, Published, Region, Scope, Value};
use halt_render::{Compositor, Display, FrameStart, Tables, Target, paint_picture};
use halt_ui::{Flags, Node, NodeData, NodeKind, Rect};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// All pixels of a picture, painted at once.
fn full(mutator: &mut Mutator, root: &Published, tables: &Tables) -> Vec<u32> {
    mutator.enter(|s| {
        let root = Node::of(s, s.open(root)).unwrap();
        let mut pixels = vec![0; (WIDTH * HEIGHT) as usize];
        let screen = Rect::new(0, 0, WIDTH, HEIGHT);
        paint_picture(s, root, &mut Target::new(&mut pixels, WIDTH as usize, screen), tables);
        pixels
    })
}

fn check(got: &[u32], expected: &[u32], what: &str) {
    if let Some(at) = (0..expected.len()).find(|at| got[*at] != expected[*at]) {
        let (x, y) = (at as i32 % WIDTH, at as i32 / WIDTH);
        panic!("{what}: {:08X} at {x},{y} for {:08X}", got[at], expected[at]);
    }
}

#[test]
fn incremental_frames_equal_full_repaints() {
    let tables = Tables::new();
    for seed in 0..80 {
        let mut rng = Rng(seed);
        let heap = Heap::new(Region::allocate(32 << 20)).unwrap();
        let (mut mutator, mut worker) = (heap.mutator(), heap.mutator());
        let tile = (rng.between(5, 60), rng.between(5, 60));
        let compositor = Compositor::with_tiles(WIDTH, HEIGHT, tile.0, tile.1);
        let (_, mut root) = begin(&compositor, &mut mutator, |s| picture(s, &mut rng));
        for step in 0..130 {
            while compositor.paint_some(&mut worker, 0, &Blind) {}
            assert!(compositor.frame_done());
            let what = format!("seed {seed} step {step}");
            check(&compositor.pixels(), &full(&mut mutator, &root, &tables), &what);
            let old = root;
            (_, root) = begin(&compositor, &mut mutator, |s| {
                let old = Node::of(s, s.open(&old)).unwrap();
                edit(s, &mut rng, old, true)
            });
        }
    }
}

/// Ends the workers when the test ends, however it does.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn many_workers_paint_what_one_paints() {
    let tables = Tables::new();
    for seed in 1000..1012 {
        let mut rng = Rng(seed);
        let heap = Heap::new(Region::allocate(32 << 20)).unwrap();
        let mut mutator = heap.mutator();
        let compositor = Compositor::with_tiles(WIDTH, HEIGHT, 16, 16);
        let stop = AtomicBool::new(false);
        std::thread::scope(|threads| {
            let _stop = Stop(&stop);
            let mut workers = Vec::new();
            for worker in 0..3 {
                let (compositor, stop, mut mutator) = (&compositor, &stop, heap.mutator());
                workers.push(threads.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        if !compositor.paint_some(&mut mutator, worker, &Blind) {
                            std::thread::yield_now();
                        }
                    }
                }));
            }
            let (_, mut root) = begin(&compositor, &mut mutator, |s| picture(s, &mut rng));
            for step in 0..100 {
                while !compositor.frame_done() {
                    assert!(!workers.iter().any(|worker| worker.is_finished()), "a worker failed");
                    std::thread::yield_now();
                }
                let what = format!("seed {seed} step {step}");
                check(&compositor.pixels(), &full(&mut mutator, &root, &tables), &what);
                let old = root;
                (_, root) = begin(&compositor, &mut mutator, |s| {
                    let old = Node::of(s, s.open(&old)).unwrap();
                    if step % 10 == 0 { picture(s, &mut rng) } else { edit(s, &mut rng, old, true) }
                });
            }
        });
    }
}

/// Keeps what it is shown.
struct Shown(Mutex<Vec<u32>>);

impl Display for Shown {
    fn present(&self, x: u32, y: u32, width: u32, height: u32, pixels: &[u32], stride: usize) {
        let mut shown = self.0.lock().unwrap();
        for row in 0..height as usize {
            let start = (y as usize + row) * WIDTH as usize + x as usize;
            let line = &pixels[row * stride..row * stride + width as usize];
            shown[start..start + width as usize].copy_from_slice(line);
        }
    }

    fn now_us(&self) -> u64 {
        7
    }
}

#[test]
fn the_display_is_shown_what_changed() {
    let mut rng = Rng(42);
    let heap = Heap::new(Region::allocate(32 << 20)).unwrap();
    let (mut mutator, mut worker) = (heap.mutator(), heap.mutator());
    let compositor = Compositor::with_tiles(WIDTH, HEIGHT, 32, 16);
    let shown = Shown(Mutex::new(vec![0; (WIDTH * HEIGHT) as usize]));
    let (_, mut root) = begin(&compositor, &mut mutator, |s| picture(s, &mut rng));
    for _ in 0..100 {
        while compositor.paint_some(&mut worker, 0, &shown) {}
        check(&shown.0.lock().unwrap(), &compositor.pixels(), "the display");
        let old = root;
        (_, root) = begin_on(&shown, &compositor, &mut mutator, |s| {
            let old = Node::of(s, s.open(&old)).unwrap();
            edit(s, &mut rng, old, true)
        });
    }
}

#[test]
fn an_equal_picture_changes_nothing_though_it_shares_nothing() {
    for seed in 0..100 {
        let mut rng = Rng(seed);
        let heap = Heap::new(Region::allocate(8 << 20)).unwrap();
        let (mut mutator, mut worker) = (heap.mutator(), heap.mutator());
        let compositor = Compositor::with_tiles(WIDTH, HEIGHT, 16, 16);
        let (start, root) = begin(&compositor, &mut mutator, |s| picture(s, &mut rng));
        assert_eq!(start, FrameStart::Started { tiles: 80 });
        let (busy, _) = begin(&compositor, &mut mutator, |s| Node::of(s, s.open(&root)).unwrap());
        assert_eq!(busy, FrameStart::Busy);
        while compositor.paint_some(&mut worker, 0, &Blind) {}
        let (start, _) = begin(&compositor, &mut mutator, |s| copy(s, Node::of(s, s.open(&root)).unwrap()));
        assert_eq!(start, FrameStart::Unchanged, "seed {seed}");
    }
}

/// Windows with lines in a port that scrolls, over a ground, below a pointer.
fn windows<'s>(
    s: Scope<'s>,
    places: &[(i32, i32, i32)],
    pointer: (i32, i32),
    fill_end: u32,
    fades: bool,
) -> Node<'s> {
    let nil = Value::NIL;
    let made = |data: NodeData, children: &[Value<'s>], text: &str| {
        let children = s.vector(children).unwrap();
        data.build(s, nil, children, s.string(text).unwrap(), nil, nil).unwrap().value()
    };
    let mut all = Vec::new();
    for (index, &(x, y, scrolled)) in places.iter().enumerate() {
        let line = |i: i32| {
            let rect = Rect::new(3, i * 16, 70, 16);
            let data = NodeData {
                kind: NodeKind::Text,
                rect,
                fill: 0xFFFF_FFFF,
                font_px: 16,
                ..NodeData::default()
            };
            made(data, &[], ["moving", "pixels", "by values"][i as usize % 3])
        };
        let lines: Vec<_> = (0..12).map(line).collect();
        let column = NodeData { rect: Rect::new(0, -scrolled, 74, 192), ..NodeData::default() };
        // One shows what lies behind it, another has its list cut by its lower corners.
        let (height, rounds) = if index == 2 { (64, Flags::CLIP) } else { (60, 0) };
        let port = NodeData { rect: Rect::new(3, 10, 74, height), flags: Flags::CLIP, ..NodeData::default() };
        let frame = NodeData {
            rect: Rect::new(x, y, 80, 74),
            radius: 6,
            flags: rounds,
            fade: if fades && index == 1 { 90 } else { 0 },
            fill: 0xFF20_3050 + 0x30_1010 * index as u32,
            stroke: 0xFF80_8080,
            stroke_width: 1,
            shadow: 0x8000_0000,
            shadow_blur: 6,
            shadow_dy: 3,
            ..NodeData::default()
        };
        all.push(made(frame, &[made(port, &[made(column, &lines, "")], "")], ""));
    }
    let rect = Rect::new(pointer.0, pointer.1, 14, 21);
    let arrow = NodeData {
        kind: NodeKind::Pointer,
        rect,
        fill: 0xFFFF_FFFF,
        stroke: 0xFF00_0000,
        ..NodeData::default()
    };
    all.push(made(arrow, &[], ""));
    let ground =
        NodeData { rect: Rect::new(0, 0, WIDTH, HEIGHT), fill: 0xFF40_6040, fill_end, ..NodeData::default() };
    Node::of(s, made(ground, &all, "")).unwrap()
}

/// The window with the pieces of an older one where they are equal, as layout would give it.
fn sharing<'s>(s: Scope<'s>, old: Node<'s>, new: Node<'s>) -> Node<'s> {
    let inside = common::children(s, old).into_iter().zip(common::children(s, new));
    let inside: Vec<_> = inside
        .map(|(old, new)| sharing(s, Node::of(s, old).unwrap(), Node::of(s, new).unwrap()).value())
        .collect();
    let same_children = common::children(s, old).iter().zip(&inside).all(|(a, b)| a.is_identical(*b));
    if same_children && old.data(s) == new.data(s) && s.equal(old.content(s), new.content(s)) {
        return old;
    }
    let (children, content) =
        (if same_children { old.children(s) } else { s.vector(&inside).unwrap() }, old.content(s));
    let nil = Value::NIL;
    new.data(s).build(s, nil, children, content, nil, nil).unwrap()
}

#[test]
fn what_moves_is_copied_and_equals_a_full_repaint() {
    let tables = Tables::new();
    let (mut copied, mut painted) = (0, 0);
    for seed in 0..40 {
        let mut rng = Rng(seed);
        let heap = Heap::new(Region::allocate(32 << 20)).unwrap();
        let (mut mutator, mut worker) = (heap.mutator(), heap.mutator());
        let tile = (rng.between(16, 60), rng.between(16, 60));
        let compositor = Compositor::with_tiles(WIDTH, HEIGHT, tile.0, tile.1);
        let shown = Shown(Mutex::new(vec![0; (WIDTH * HEIGHT) as usize]));
        let mut places: Vec<_> = (0..3).map(|i| (10 + 25 * i, 5 + 12 * i, 0)).collect();
        let fades = seed % 4 > 1;
        let (mut pointer, fill_end) = ((50, 40), if seed % 2 == 0 { 0 } else { 0xFF60_2060 });
        let (_, mut root) =
            begin(&compositor, &mut mutator, |s| windows(s, &places, pointer, fill_end, fades));
        for step in 0..60 {
            while compositor.paint_some(&mut worker, 0, &shown) {}
            let what = format!("seed {seed} step {step}");
            check(&compositor.pixels(), &full(&mut mutator, &root, &tables), &what);
            // The first frame paints everything; the display gets it, and then what changes.
            if step == 0 {
                *shown.0.lock().unwrap() = compositor.pixels();
            }
            check(&shown.0.lock().unwrap(), &compositor.pixels(), &format!("{what}, on the display"));
            copied += compositor.stats().pixels_copied;
            painted += compositor.stats().pixels;
            let place = &mut places[rng.below(3)];
            match rng.below(4) {
                0 => place.2 = (place.2 + rng.between(-20, 21)).clamp(0, 130),
                1 => (place.0, place.1) = (place.0 + rng.between(-9, 10), place.1 + rng.between(-9, 10)),
                2 => {
                    let by = (rng.between(-9, 10), rng.between(-9, 10));
                    (place.0, place.1) = (place.0 + by.0, place.1 + by.1);
                    pointer = (pointer.0 + by.0, pointer.1 + by.1);
                }
                _ => pointer = (rng.between(0, WIDTH), rng.between(0, HEIGHT)),
            }
            let old = root;
            root = mutator.enter(|s| {
                let old = Node::of(s, s.open(&old)).unwrap();
                let new = sharing(s, old, windows(s, &places, pointer, fill_end, fades));
                // What moved leaves a rim where it was, so no frame is done before a tile of it is painted.
                let start = compositor.begin_frame(s, new, &shown).unwrap();
                assert_ne!(start, FrameStart::Started { tiles: 0 }, "{what}");
                s.publish(new.value()).unwrap()
            });
        }
    }
    // These windows are hardly larger than a tile, so their rims are most of what they are.
    assert!(copied > painted / 8, "{copied} pixels copied, {painted} painted");
}

/// A desktop of 1280x800 with three windows of 400x300 and a list of lines in the last.
fn desktop<'s>(s: Scope<'s>, (x, y): (i32, i32), scrolled: i32, flat: bool) -> Node<'s> {
    let nil = Value::NIL;
    let made = |data: NodeData, children: &[Value<'s>], text: &str| {
        let children = s.vector(children).unwrap();
        data.build(s, nil, children, s.string(text).unwrap(), nil, nil).unwrap().value()
    };
    let window = |x: i32, y: i32, children: &[Value<'s>]| {
        let frame = NodeData {
            rect: Rect::new(x, y, 400, 300),
            radius: 8,
            fill: 0xFF20_3050,
            stroke: 0xFF80_8080,
            stroke_width: 1,
            shadow: 0x8000_0000,
            shadow_blur: 24,
            shadow_dy: 8,
            ..NodeData::default()
        };
        made(frame, children, "")
    };
    let line = |i: i32| {
        let y = i * 16 - if flat { scrolled } else { 0 };
        let rect = Rect::new(0, y, 380, 16);
        let (kind, fill) = (NodeKind::Text, 0xFFFF_FFFF);
        let data = NodeData { kind, rect, fill, font_px: 16, ..NodeData::default() };
        made(data, &[], &format!("line {i} of a list that is longer than its port"))
    };
    let lines: Vec<_> = (0..60).map(line).collect();
    let column = NodeData { rect: Rect::new(0, -scrolled, 380, 960), ..NodeData::default() };
    let port = NodeData { rect: Rect::new(10, 40, 380, 250), flags: Flags::CLIP, ..NodeData::default() };
    let port = if flat { made(port, &lines, "") } else { made(port, &[made(column, &lines, "")], "") };
    let windows = [window(60, 50, &[]), window(700, 300, &[]), window(x, y, &[port])];
    let ground = NodeData { rect: Rect::new(0, 0, 1280, 800), fill: 0xFF40_6040, ..NodeData::default() };
    Node::of(s, made(ground, &windows, "")).unwrap()
}

#[test]
fn a_dragged_window_costs_its_rim_and_a_scrolled_list_its_new_lines() {
    let tables = Tables::new();
    // Pixels that differ, where the window was and where it is or in the port, and how many may be painted.
    let cases = [
        ("drag", false, (448 + 8) * 348, 46_000),
        ("scroll", false, 380 * 250, 20_000),
        ("flat", true, 380 * 250, 20_000),
    ];
    for (name, flat, differ, most) in cases {
        let heap = Heap::new(Region::allocate(32 << 20)).unwrap();
        let (mut mutator, mut worker) = (heap.mutator(), heap.mutator());
        let compositor = Compositor::new(1280, 800);
        let (mut x, mut scrolled) = (300, 0);
        let (_, mut root) = begin(&compositor, &mut mutator, |s| desktop(s, (x, 200), scrolled, flat));
        while compositor.paint_some(&mut worker, 0, &Blind) {}
        for step in 0..8 {
            if name == "drag" {
                x += 8
            } else {
                scrolled += 48
            }
            root = mutator.enter(|s| {
                let old = Node::of(s, s.open(&root)).unwrap();
                let new = sharing(s, old, desktop(s, (x, 200), scrolled, flat));
                compositor.begin_frame(s, new, &Blind).unwrap();
                s.publish(new.value()).unwrap()
            });
            while compositor.paint_some(&mut worker, 0, &Blind) {}
            let stats = compositor.stats();
            println!("{name}: {} pixels painted, {} copied", stats.pixels, stats.pixels_copied);
            assert!(stats.pixels < most && stats.pixels_copied + stats.pixels >= differ, "{name}: {stats:?}");
            let mut pixels = vec![0; 1280 * 800];
            mutator.enter(|s| {
                let mut target = Target::new(&mut pixels, 1280, Rect::new(0, 0, 1280, 800));
                paint_picture(s, Node::of(s, s.open(&root)).unwrap(), &mut target, &tables);
            });
            assert!(compositor.pixels() == pixels, "{name}: step {step} differs from a full repaint");
        }
    }
}

/// A row of boxes, each with its number for a key, and a shadow that reaches its neighbours.
fn boxes<'s>(s: halt_heap::Scope<'s>, order: &[i64]) -> Node<'s> {
    let nil = halt_heap::Value::NIL;
    let children: Vec<_> = order
        .iter()
        .map(|n| {
            let data = NodeData {
                rect: Rect::new(4 + 12 * *n as i32, 10, 20, 20),
                fill: 0xFF30_5070 + 0x20_1008 * *n as u32,
                ..NodeData::default()
            };
            data.build(s, s.int(*n).unwrap(), nil, nil, nil, nil).unwrap().value()
        })
        .collect();
    let root = NodeData { rect: Rect::new(0, 0, WIDTH, HEIGHT), fill: 0xFFFF_FFFF, ..NodeData::default() };
    root.build(s, nil, s.vector(&children).unwrap(), nil, nil, nil).unwrap()
}

#[test]
fn raising_one_of_many_repaints_it_alone() {
    let heap = Heap::new(Region::allocate(8 << 20)).unwrap();
    let (mut mutator, mut worker) = (heap.mutator(), heap.mutator());
    let compositor = Compositor::with_tiles(WIDTH, HEIGHT, 40, 40);
    begin(&compositor, &mut mutator, |s| boxes(s, &[0, 1, 2, 3, 4]));
    while compositor.paint_some(&mut worker, 0, &Blind) {}
    let (_, root) = begin(&compositor, &mut mutator, |s| boxes(s, &[0, 2, 3, 4, 1]));
    while compositor.paint_some(&mut worker, 0, &Blind) {}
    assert_eq!(compositor.stats().pixels, 20 * 20);
    check(&compositor.pixels(), &full(&mut mutator, &root, &Tables::new()), "raised");
}

#[test]
fn the_tint_shows_who_painted_and_leaves_no_trace() {
    let heap = Heap::new(Region::allocate(8 << 20)).unwrap();
    let (mut mutator, mut worker) = (heap.mutator(), heap.mutator());
    let compositor = Compositor::with_tiles(WIDTH, HEIGHT, 40, 40);
    let mut frame = |compositor: &Compositor, worker_id: usize| {
        begin(compositor, &mut mutator, |s| boxes(s, &[0, 1, 2]));
        while compositor.paint_some(&mut worker, worker_id, &Blind) {}
        compositor.pixels()
    };
    let plain = frame(&compositor, 0);
    compositor.set_tint(true);
    let (first, stats) = (frame(&compositor, 0), compositor.stats());
    assert_eq!((stats.tiles, stats.tiles_per_worker[0]), (12, 12));
    compositor.set_tint(false);
    assert_eq!(frame(&compositor, 1), plain);
    compositor.set_tint(true);
    let second = frame(&compositor, 1);
    assert!(first != plain && second != plain && first != second);
    compositor.set_workers(1);
    compositor.set_tint(false);
    assert_eq!(frame(&compositor, 1), second, "worker 1 may not paint");
    assert!(!compositor.frame_done());
    assert_eq!(frame(&compositor, 0), plain);
}
