//! The painter against the naive one, and against its own bounds and clips.

mod common;

use common::{HEIGHT, Rng, WIDTH, data, naive, picture};
use halt_heap::{Heap, Region, Value};
use halt_render::{Kernels, Tables, Target, paint_picture};
use halt_ui::{NodeData, NodeKind, Rect, Stops};

#[test]
fn random_pictures_look_as_the_naive_painter_paints_them() {
    for seed in 0..80 {
        let mut rng = Rng(seed);
        let heap = Heap::new(Region::allocate(8 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let root = picture(s, &mut rng);
            let screen = Rect::new(0, 0, WIDTH, HEIGHT);
            let expected = naive::paint(s, root, WIDTH, HEIGHT);
            for kernels in Kernels::all() {
                let mut pixels = vec![0; (WIDTH * HEIGHT) as usize];
                let mut target = Target::new(&mut pixels, WIDTH as usize, screen);
                paint_picture(s, root, &mut target, &Tables::with_kernels(kernels));
                if let Some(at) = (0..pixels.len()).find(|at| pixels[*at] != expected[*at]) {
                    let (x, y) = (at as i32 % WIDTH, at as i32 / WIDTH);
                    let name = kernels.name();
                    panic!("seed {seed}, {name}: {:08X} at {x},{y} for {:08X}", pixels[at], expected[at]);
                }
            }
        });
    }
}

/// Each kind in each corner of its parameters, alone.
#[test]
fn single_nodes_look_as_the_naive_painter_paints_them() {
    let tables = Tables::new();
    let mut rng = Rng(7);
    for round in 0..500 {
        let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let mut data = data(&mut rng);
            data.rect =
                Rect::new(rng.between(-5, 40), rng.between(-5, 30), rng.between(0, 50), rng.between(0, 40));
            let content = match data.kind {
                NodeKind::Image => common::image(s, &mut rng),
                NodeKind::Path => common::path(s, &mut rng),
                _ => s.string("Hált 漢 values").unwrap(),
            };
            let nil = Value::NIL;
            let stops = common::stops(&mut rng);
            let node = data.build_with(s, [nil, nil, content, nil, nil, nil], Stops::of(&stops)).unwrap();
            let mut pixels = vec![0; 64 * 48];
            let mut target = Target::new(&mut pixels, 64, Rect::new(0, 0, 64, 48));
            paint_picture(s, node, &mut target, &tables);
            assert!(pixels == naive::paint(s, node, 64, 48), "round {round}: {data:?} {stops:x?}");
        });
    }
}

#[test]
fn children_stay_inside_of_a_clip() {
    let mut rng = Rng(11);
    let tables = Tables::new();
    for seed in 0..200 {
        let heap = Heap::new(Region::allocate(4 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let children: Vec<_> = (0..4).map(|_| common::subtree(s, &mut rng, 2).value()).collect();
            let window =
                NodeData { kind: NodeKind::Surface, rect: Rect::new(30, 25, 80, 60), ..NodeData::default() };
            let nil = Value::NIL;
            let node = window.build(s, nil, s.vector(&children).unwrap(), nil, nil, nil).unwrap();
            let mut pixels = vec![0; (WIDTH * HEIGHT) as usize];
            let screen = Rect::new(0, 0, WIDTH, HEIGHT);
            paint_picture(s, node, &mut Target::new(&mut pixels, WIDTH as usize, screen), &tables);
            for (at, pixel) in pixels.iter().enumerate() {
                let (x, y) = (at as i32 % WIDTH, at as i32 / WIDTH);
                let black = *pixel == halt_render::BACKGROUND;
                assert!(black || window.rect.contains(x, y), "seed {seed}: {x},{y}");
            }
        });
    }
}
