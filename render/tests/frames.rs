//! Frames: incremental against full, one worker against many, over random pictures and edits.

mod common;

use common::{Blind, HEIGHT, Rng, WIDTH, begin, copy, edit, picture};
use halt_heap::{Heap, Mutator, Published, Region};
use halt_render::{Compositor, Display, FrameStart, Tables, Target, paint_picture};
use halt_ui::{Node, NodeData, Rect};
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
        assert_eq!(*shown.0.lock().unwrap(), compositor.pixels());
        let old = root;
        (_, root) = begin(&compositor, &mut mutator, |s| {
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
