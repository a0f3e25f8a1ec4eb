//! The experiments on the screen that `docs/experiments` records: the size of tiles, who paints which, a picture per window,
//! what sharing saves a diff.
//!
//! Enter at one of the public functions. The columns beside ours are other ways to do the same work: they stand where peers
//! stand.

use crate::contest::{Contest, Turn};
use crate::harness::Plan;
use crate::harness::clock::thread_ns;
use crate::ours::{Made, Ours, Shown, child, moved, node, picture, text_data, window, with_child};
use crate::scene::{Desk, Rect, Window};
use halt_bench::figure::{Figure, median};
use halt_bench::random::place;
use halt_bench::suite::Bench;
use halt_heap::{Heap, Mutator, OutOfMemory, Published, Region, Scope};
use halt_render::{
    Compositor, DamageGrid, Kernels, TILE_HEIGHT, TILE_WIDTH, Tables, Target, diff, paint_picture,
};
use halt_ui::{Node, NodeData, NodeKind};
use std::time::Instant;

const SIZE: (i32, i32) = (1920, 1080);

/// Sizes of tiles beside ours, the last of them the whole screen.
const TILES: [(i32, i32); 9] =
    [(32, 32), (64, 64), (128, 64), (128, 128), (256, 32), (256, 128), (512, 64), (1920, 16), SIZE];

fn published<'s>(s: Scope<'s>, pictures: &[Node<'s>]) -> Result<Vec<Published>, OutOfMemory> {
    pictures.iter().map(|it| s.publish(it.value())).collect()
}

/// The standard scene twice: as it is, and changed.
fn typed<'s>(s: Scope<'s>, desk: &Desk) -> Result<Vec<Node<'s>>, OutOfMemory> {
    let first = picture(s, desk)?;
    let top = desk.windows.len() - 1;
    let frame = child(s, first, top);
    let letter = node(s, text_data(16, 246, 0xFFDD_E3EE, "a"), &[], Some("a"))?;
    let children = s.vector_push(frame.children(s), letter)?;
    let frame = frame.with_children(s, children)?;
    Ok(vec![first, with_child(s, first, top, frame.value())?])
}

fn dragged<'s>(s: Scope<'s>, desk: &Desk) -> Result<Vec<Node<'s>>, OutOfMemory> {
    let first = picture(s, desk)?;
    let top = desk.windows.len() - 1;
    let frame = moved(s, child(s, first, top), -8, 0)?;
    Ok(vec![first, with_child(s, first, top, frame.value())?])
}

/// 400 circles in a window, each of which moves.
fn sprites<'s>(s: Scope<'s>, desk: &Desk) -> Result<Vec<Node<'s>>, OutOfMemory> {
    let first = picture(s, desk)?;
    let frame = child(s, first, 0);
    let with = |moment: u64| {
        let circles = (0..400).map(|i| {
            let (x, y) = (place(i, 600) as i32 + moment as i32 * 3, place(i + 7000, 380) as i32);
            let data = NodeData {
                kind: NodeKind::Ellipse,
                rect: Rect::new(x, y, 12, 12),
                fill: 0xFF40_6080 + (i as u32 % 40) * 0x3_0507,
                ..NodeData::default()
            };
            node(s, data, &[], None)
        });
        let circles = circles.collect::<Result<Vec<_>, _>>()?;
        with_child(s, first, 0, frame.with_children(s, s.vector(&circles)?)?.value())
    };
    Ok(vec![with(0)?, with(1)?])
}

/// What changes, by name.
const CHANGES: [(&str, Change); 3] = [
    ("type", |s, desk| typed(s, desk)),
    ("drag", |s, desk| dragged(s, desk)),
    ("sprites", |s, desk| sprites(s, desk)),
];
type Change = for<'s> fn(Scope<'s>, &Desk) -> Result<Vec<Node<'s>>, OutOfMemory>;

/// Ours with tiles of a size.
fn with_tiles(desk: &Desk, tile: (i32, i32), change: Change) -> Ours {
    let mut ours = Ours::new(SIZE, 32, |s| change(s, desk));
    ours.compositor = Compositor::with_tiles(SIZE.0, SIZE.1, tile.0, tile.1);
    ours.show(0);
    ours
}

fn tile_name(tile: (i32, i32)) -> String {
    if tile == SIZE { "the whole screen".into() } else { format!("{}x{}", tile.0, tile.1) }
}

/// A full repaint, a character, a drag and 400 sprites with tiles of each size; each to the copied pixels.
pub(crate) fn tile_size(bench: &Bench, plan: &Plan) -> Result<Vec<Figure>, String> {
    let desk = Desk::new(SIZE.0, SIZE.1);
    let mut figures = Vec::new();
    for (name, change) in [("repaint", CHANGES[0].1)].into_iter().chain(CHANGES) {
        let count = plan.scaled(if name == "type" { 20_000 } else { 100 }).max(2) as usize;
        let turns = |tile| {
            let mut ours = with_tiles(&desk, tile, change);
            move || {
                let turn = Turn::timed(count as u64, || {
                    for frame in 0..count {
                        if name == "repaint" { ours.repaint() } else { ours.show((frame + 1) % 2) }
                    }
                });
                // All end at one picture, whose pixels no size of tiles changes.
                Turn { value: turn.value / 1e3, check: sum_of(&ours.pixels()) }
            }
        };
        let mut contest = Contest::new(turns((TILE_WIDTH, TILE_HEIGHT)));
        for tile in TILES {
            contest = contest.and(&tile_name(tile), turns(tile));
        }
        let figure = contest.planned(plan).run(bench, plan.runs)?;
        figures.push(Figure { name: format!("tile-size-{name}"), ..figure });
    }
    Ok(figures)
}

fn sum_of(pixels: &[u32]) -> u64 {
    pixels.iter().fold(0, |sum, pixel| sum.wrapping_mul(31).wrapping_add(u64::from(*pixel)))
}

/// A tree of so many leaves, ten to a node.
fn tree<'s>(s: Scope<'s>, leaves: u64, first: u64) -> Made<'s> {
    let rect = Rect::new((first % 61) as i32, (first % 37) as i32, 400, 300);
    let data = NodeData { rect, fill: 0xFF30_4050 + first as u32 % 999, ..NodeData::default() };
    if leaves <= 1 {
        return node(s, data, &[], None);
    }
    let each = leaves / 10;
    let children: Result<Vec<_>, _> = (0..10).map(|i| tree(s, each, first + i * each)).collect();
    node(s, data, &children?, None)
}

/// The tree with its leaf at a place in another colour: the path to it is new, all else shared.
fn changed<'s>(s: Scope<'s>, root: Node<'s>, leaves: u64, at: u64) -> Result<Node<'s>, OutOfMemory> {
    if leaves <= 1 {
        let data = root.data(s);
        return root.with_data(s, &NodeData { fill: data.fill ^ 0xFF, ..data });
    }
    let each = leaves / 10;
    let index = (at / each) as usize;
    let child = changed(s, child(s, root, index), each, at % each)?;
    with_child(s, root, index, child.value())
}

/// A diff after one leaf of 100 to 100,000 has changed, beside one of trees that share nothing, as when a view is made anew.
pub(crate) fn identity(bench: &Bench, plan: &Plan) -> Result<Vec<Figure>, String> {
    [100, 1000, 10_000, 100_000]
        .into_iter()
        .map(|leaves: u64| {
            let heap = Heap::new(Region::allocate(256 << 20)).expect("a heap");
            let mut mutator = heap.mutator();
            let made = mutator.enter(|s| {
                let root = |value| Node::of(s, value).expect("a node");
                let old = root(tree(s, leaves, 0)?);
                let shared = changed(s, old, leaves, leaves * 2 / 3)?;
                let anew = changed(s, root(tree(s, leaves, 0)?), leaves, leaves * 2 / 3)?;
                published(s, &[old, shared, anew])
            });
            let pictures = std::rc::Rc::new(made.map_err(|_| "out of memory")?);
            let turns = |to: usize, count: u64| {
                let (mut mutator, pictures) = (heap.mutator(), pictures.clone());
                let mut damage = DamageGrid::new(SIZE.0, SIZE.1, TILE_WIDTH, TILE_HEIGHT);
                move || diffs(&mut mutator, [&pictures[0], &pictures[to]], &mut damage, count)
            };
            let count = plan.scaled(50_000).max(1);
            let contest =
                Contest::new(turns(1, count)).and("nothing shared", turns(2, (count * 20 / leaves).max(1)));
            let figure = contest.planned(plan).run(bench, plan.runs)?;
            Ok(Figure { name: format!("identity-{leaves}"), ..figure })
        })
        .collect()
}

/// Diffs so many times, in micro-seconds each; what is dirty is compared.
fn diffs(mutator: &mut Mutator, both: [&Published; 2], damage: &mut DamageGrid, count: u64) -> Turn {
    mutator.enter(|s| {
        let [old, new] = both.map(|it| Node::of(s, s.open(it)).expect("a node"));
        let turn = Turn::timed(count, || {
            for _ in 0..count {
                damage.clear();
                diff(s, Some(old), std::hint::black_box(new), damage);
            }
        });
        let dirty =
            damage.iter().flat_map(|(_, both)| both).map(|it| (it.x + it.width * it.height) as u64).sum();
        Turn { value: turn.value / 1e3, check: dirty }
    })
}

/// A picture of a window alone, premultiplied, shadow included.
struct Layer {
    place: Rect,
    /// Its opaque inside.
    inside: Rect,
    pixels: Vec<u32>,
}

impl Layer {
    /// Paints a window over black and over white: what differs is what shows through.
    fn new(mutator: &mut Mutator, tables: &Tables, it: &Window) -> Layer {
        let place = it.bounds();
        let size = (place.width, place.height);
        let over = |mutator: &mut Mutator, ground: u32| {
            let mut pixels = vec![ground; (size.0 * size.1) as usize];
            mutator.enter(|s| {
                let it = window(s, &it.moved(-place.x, -place.y)).expect("memory for a window");
                let data =
                    NodeData { rect: Rect::new(0, 0, size.0, size.1), fill: ground, ..NodeData::default() };
                let root = node(s, data, &[it], None).expect("memory for a window");
                let mut target = Target::new(&mut pixels, size.0 as usize, Rect::new(0, 0, size.0, size.1));
                paint_picture(s, Node::of(s, root).expect("a node"), &mut target, tables);
            });
            pixels
        };
        let (black, white) = (over(mutator, 0xFF00_0000), over(mutator, 0xFFFF_FFFF));
        let pixels = black.iter().zip(&white).map(|(black, white)| {
            let alpha = 255 - ((white >> 8 & 255) - (black >> 8 & 255));
            black & 0xFF_FFFF | alpha << 24
        });
        Layer { place, inside: it.rect.inflated(-crate::scene::RADIUS), pixels: pixels.collect() }
    }

    /// Lays what is in an area onto the screen. The opaque inside is copied.
    fn lay(&self, kernels: &Kernels, area: Rect, screen: &mut [u32]) {
        let area = area.intersection(self.place);
        for y in area.y..area.bottom() {
            let row = (y - self.place.y) * self.place.width - self.place.x;
            let from = |x: i32| (row + x) as usize;
            let to = |x: i32| (y * SIZE.0 + x) as usize;
            let inside = area.intersection(self.inside);
            let is_inside = inside.y <= y && y < inside.bottom();
            let (left, right) =
                if is_inside { (inside.x, inside.right()) } else { (area.right(), area.right()) };
            kernels.lay(&mut screen[to(area.x)..to(left)], &self.pixels[from(area.x)..from(left)]);
            screen[to(left)..to(right)].copy_from_slice(&self.pixels[from(left)..from(right)]);
            kernels
                .lay(&mut screen[to(right)..to(area.right())], &self.pixels[from(right)..from(area.right())]);
        }
    }
}

/// A compositor that keeps a picture of each window.
struct Layers {
    wallpaper: Vec<u32>,
    layers: Vec<Layer>,
    screen: Vec<u32>,
    shown: Vec<u32>,
}

impl Layers {
    fn new(desk: &Desk) -> Layers {
        let heap = Heap::new(Region::allocate(32 << 20)).expect("a heap");
        let (mut mutator, tables) = (heap.mutator(), Tables::new());
        let layers = desk.windows.iter().map(|it| Layer::new(&mut mutator, &tables, it)).collect();
        let wallpaper =
            Ours::new(SIZE, 8, |s| Ok(vec![picture(s, &desk.clone().with_windows(Vec::new()))?])).pixels();
        let (screen, shown) = (wallpaper.clone(), wallpaper.clone());
        Layers { wallpaper, layers, screen, shown }
    }

    fn bytes(&self) -> usize {
        4 * (self.wallpaper.len() + self.layers.iter().map(|layer| layer.pixels.len()).sum::<usize>())
    }

    /// Composes an area anew, and copies it to the display.
    fn compose(&mut self, area: Rect) {
        let area = area.intersection(Rect::new(0, 0, SIZE.0, SIZE.1));
        let rows = || {
            (area.y..area.bottom())
                .map(|y| (y * SIZE.0 + area.x) as usize..(y * SIZE.0 + area.right()) as usize)
        };
        rows().for_each(|row| self.screen[row.clone()].copy_from_slice(&self.wallpaper[row]));
        let kernels = Kernels::here();
        self.layers.iter().for_each(|layer| layer.lay(kernels, area, &mut self.screen));
        rows().for_each(|row| self.shown[row.clone()].copy_from_slice(&self.screen[row]));
    }

    /// Moves the window on top.
    fn drag(&mut self, dx: i32) {
        if let Some(top) = self.layers.last_mut() {
            let was = top.place;
            (top.place, top.inside) = (was.translated(dx, 0), top.inside.translated(dx, 0));
            let area = was.union(top.place);
            self.compose(area);
        }
    }
}

/// How much the pixels may differ: alphas were found from two paintings, each rounded.
const TOLERANCE: i32 = 3;

fn alike(a: &[u32], b: &[u32]) -> Result<(), String> {
    let channels = |pixel: u32| [16, 8, 0].map(|shift| (pixel >> shift & 255) as i32);
    let farthest = a
        .iter()
        .zip(b)
        .map(|(a, b)| channels(*a).iter().zip(channels(*b)).map(|(a, b)| (a - b).abs()).max().unwrap_or(0));
    match farthest.max() {
        Some(far) if far > TOLERANCE => Err(format!("layers show colours that are {far} of 255 away")),
        _ => Ok(()),
    }
}

/// Everything composed again, and a window dragged: painting against layers.
pub(crate) fn layers(bench: &Bench, plan: &Plan) -> Result<Vec<Figure>, String> {
    let desk = Desk::new(SIZE.0, SIZE.1);
    let mut layered = Layers::new(&desk);
    layered.compose(Rect::new(0, 0, SIZE.0, SIZE.1));
    let mut ours = Ours::new(SIZE, 32, |s| dragged(s, &desk));
    alike(&ours.pixels(), &layered.shown)?;
    let bytes = Figure::new(bench, layered.bytes() as f64 / f64::from(1 << 20), 1, Vec::new());
    let mut figures = vec![Figure { name: "layers-memory".into(), unit: "MiB".into(), ..bytes }];
    let count = plan.scaled(200).max(2);
    let us = |turn: Turn| Turn { value: turn.value / 1e3, ..turn };
    let full = Contest::new(move || us(Turn::timed(count, || (0..count).for_each(|_| ours.repaint()))));
    let full = full.and("layers", move || {
        us(Turn::timed(count, || (0..count).for_each(|_| layered.compose(Rect::new(0, 0, SIZE.0, SIZE.1)))))
    });
    let mut layered = Layers::new(&desk);
    let mut ours = Ours::new(SIZE, 32, |s| dragged(s, &desk));
    let drag = Contest::new(move || {
        us(Turn::timed(count, || (0..count).for_each(|i| ours.show((i as usize + 1) % 2))))
    });
    let drag = drag.and("layers", move || {
        us(Turn::timed(count, || (0..count).for_each(|i| layered.drag(if i % 2 == 0 { -8 } else { 8 }))))
    });
    for (name, contest) in [("layers-repaint", full), ("layers-drag", drag)] {
        let figure = contest.planned(plan).run(bench, plan.runs)?;
        figures.push(Figure { name: name.into(), ..figure });
    }
    Ok(figures)
}

/// Ways to share tiles among workers; each tells when the last one is done.
type Policy = fn(&[f64], usize) -> f64;

/// The next free worker takes the next tile, in an order.
fn taken(costs: impl Iterator<Item = f64>, workers: usize) -> f64 {
    let mut free_at = vec![0.0f64; workers];
    for cost in costs {
        if let Some(next) = free_at.iter_mut().min_by(|a, b| a.total_cmp(b)) {
            *next += cost;
        }
    }
    free_at.into_iter().fold(0.0, f64::max)
}

const POLICIES: [(&str, Policy); 4] = [
    ("a band each", |costs, workers| {
        let band = costs.len().div_ceil(workers).max(1);
        costs.chunks(band).map(|band| band.iter().sum()).fold(0.0, f64::max)
    }),
    ("every n-th tile", |costs, workers| {
        (0..workers).map(|first| costs.iter().skip(first).step_by(workers).sum()).fold(0.0, f64::max)
    }),
    ("a queue, four tiles at a time", |costs, workers| {
        taken(costs.chunks(4).map(|tiles| tiles.iter().sum()), workers)
    }),
    ("a queue, the dearest first", |costs, workers| {
        let mut sorted = costs.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        taken(sorted.into_iter(), workers)
    }),
];

/// What each dirty tile of a change takes to paint, in nanoseconds of this thread: the least of some turns.
fn costs_of(desk: &Desk, change: Change, is_full: bool, turns: usize) -> Vec<f64> {
    let heap = Heap::new(Region::allocate(32 << 20)).expect("a heap");
    let (mut mutator, tables) = (heap.mutator(), Tables::new());
    mutator.enter(|s| {
        let pictures = change(s, desk).expect("memory for the pictures");
        let mut damage = DamageGrid::new(SIZE.0, SIZE.1, TILE_WIDTH, TILE_HEIGHT);
        diff(s, if is_full { None } else { Some(pictures[0]) }, pictures[1], &mut damage);
        let mut jobs: Vec<(usize, [Rect; 2])> = damage.iter().collect();
        jobs.sort_by_key(|(tile, _)| *tile);
        let costs = jobs.into_iter().map(|(tile, dirty)| {
            let place = damage.tile(tile);
            let mut pixels = vec![0; (place.width * place.height) as usize];
            let times = (0..turns).map(|_| {
                let start = thread_ns();
                let mut target = Target::new(&mut pixels, place.width as usize, place);
                for rect in dirty.into_iter().filter(|rect| !rect.is_empty()) {
                    target.set_clip(rect);
                    paint_picture(s, pictures[1], &mut target, &tables);
                }
                thread_ns() - start
            });
            times.min().unwrap_or(0) as f64
        });
        costs.collect()
    })
}

/// When the last tile is painted, by 1 to 16 workers under each policy: computed from what each tile was measured to take.
pub(crate) fn policies(bench: &Bench, plan: &Plan) -> Result<Vec<Figure>, String> {
    let desk = Desk::new(SIZE.0, SIZE.1);
    let mut figures = Vec::new();
    for (name, change, is_full) in
        [("repaint", CHANGES[0].1, true), ("drag", CHANGES[1].1, false), ("sprites", CHANGES[2].1, false)]
    {
        let costs = costs_of(&desk, change, is_full, 2 * plan.runs + 1);
        for workers in [1, 2, 4, 8, 16] {
            let value = taken(costs.iter().copied(), workers) / 1e3;
            let others = POLICIES.map(|(policy, end)| (policy.to_string(), end(&costs, workers) / 1e3));
            let bound = costs.iter().sum::<f64>() / workers as f64;
            let bound = bound.max(costs.iter().copied().fold(0.0, f64::max));
            let fair = ("no policy can do better".to_string(), bound / 1e3);
            if others.iter().chain([&fair]).any(|(_, end)| *end < bound / 1e3 * 0.999)
                || value < bound / 1e3 * 0.999
            {
                return Err(format!("{name}: a policy ends before its work is done"));
            }
            let figure = Figure::new(bench, value, plan.runs, others.into_iter().chain([fair]).collect());
            figures.push(Figure { name: format!("policies-{name}-{workers}"), ..figure });
        }
    }
    Ok(figures)
}

/// The standard scene painted in full by two threads, beside one: by the clock on the wall, of which only the ratio says something.
pub(crate) fn two_cores(plan: &Plan) -> Contest {
    let desk = Desk::new(SIZE.0, SIZE.1);
    let count = plan.scaled(200).max(2) as usize;
    let turns = |threads: usize| {
        let desk = desk.clone();
        let heap = Heap::new(Region::allocate(32 << 20)).expect("a heap");
        let mut mutator = heap.mutator();
        let picture =
            mutator.enter(|s| s.publish(picture(s, &desk)?.value())).expect("memory for the picture");
        let (compositor, display) = (Compositor::new(SIZE.0, SIZE.1), Shown::new(SIZE));
        display.switch_off();
        let mut workers: Vec<Mutator> = (0..threads).map(|_| heap.mutator()).collect();
        move || {
            let mut times = Vec::new();
            for _ in 0..count {
                compositor.repaint();
                let start = Instant::now();
                mutator
                    .enter(|s| {
                        compositor.begin_frame(s, Node::of(s, s.open(&picture)).expect("a node"), &display)
                    })
                    .expect("memory for a frame");
                let (own, others) = workers.split_first_mut().expect("a worker");
                std::thread::scope(|scope| {
                    for (at, worker) in others.iter_mut().enumerate() {
                        let (compositor, display) = (&compositor, &display);
                        scope.spawn(move || while compositor.paint_some(worker, at + 1, display) {});
                    }
                    while compositor.paint_some(own, 0, &display) {}
                });
                times.push(start.elapsed().as_nanos() as f64 / 1e6);
            }
            Turn { value: median(&mut times), check: sum_of(&compositor.pixels()) }
        }
    };
    Contest::new(turns(2)).and("one core", turns(1))
}
