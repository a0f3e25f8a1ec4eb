//! Contests in painting.
//!
//! Enter at one of the public functions; each is a benchmark.

use crate::contest::{Contest, Turn};
use crate::graphics::Graphics;
use crate::harness::Plan;
use crate::ours::{Ours, child, moved, node, picture, text_data, window, with_child};
use crate::peers::{Peer, damage_of_move, paint};
use crate::scene::{Desk, FONT, Rect, Shape, Window};
use crate::skia::TinySkia;
use crate::vello::Vello;
use crate::{blend2d, cairo};
use halt_bench::figure::{Figure, median};
use halt_bench::random::place;
use halt_bench::suite::Bench;
use halt_render::Kernels;
use halt_ui::{Flags, NodeData};
use std::process::ExitCode;

const SIZE: (i32, i32) = (1920, 1080);

/// The peers by name. Those that are not installed say so when it is their turn.
fn peers(size: (i32, i32)) -> Vec<(&'static str, Box<dyn Peer>)> {
    vec![
        ("tiny-skia", Box::new(TinySkia::new(size))),
        ("vello_cpu", Box::new(Vello::new(size))),
        ("embedded-graphics, no anti-aliasing", Box::new(Graphics::new(size))),
    ]
}

/// A turn whose figure is in the unit of the benchmark, from nanoseconds for each operation.
fn turn(count: usize, per_unit: f64, work: impl FnOnce()) -> Turn {
    let turn = Turn::timed(count as u64, work);
    Turn { value: turn.value / per_unit, ..turn }
}

/// The peer that is asked for, and nowhere installed that we know of.
fn with_blend2d(contest: Contest) -> Contest {
    contest.and_program("Blend2D", blend2d::library(), "")
}

const MS: f64 = 1e6;
const US: f64 = 1e3;

fn screen(size: (i32, i32)) -> Rect {
    Rect::new(0, 0, size.0, size.1)
}

/// Everything painted again.
pub(crate) fn repaint(plan: &Plan, size: (i32, i32)) -> Contest {
    let size = if plan.is_quick { (640, 360) } else { size };
    let desk = Desk::new(size.0, size.1);
    let count = plan.scaled(100).max(1) as usize;
    let mut ours = Ours::new(size, 32, |s| Ok(vec![picture(s, &desk)?]));
    ours.switch_off();
    let mut contest = Contest::new(move || {
        turn(count, MS, || {
            (0..count).for_each(|_| ours.repaint());
        })
    });
    let cairo = cairo::painting(&format!("repaint-{}", size.1), screen(size), std::slice::from_ref(&desk));
    let count = (count / 10).max(1);
    for (name, mut peer) in peers(size) {
        let desk = desk.clone();
        contest = contest.and(name, move || {
            turn(count, MS, || (0..count).for_each(|_| paint(&mut *peer, &desk, screen(size))))
        });
    }
    with_blend2d(contest.and_program("cairo", cairo, &format!("paint {count} {MS}")))
}

/// A character typed at the end of a line of 30 in the window on top.
pub(crate) fn typed(plan: &Plan) -> Contest {
    let mut desk = Desk::new(SIZE.0, SIZE.1);
    let top = desk.windows.len() - 1;
    let home = desk.windows[top].rect;
    let (x, y, color) = (home.x + 16, home.y + 246, 0xFFDD_E3EE);
    let text = |count| "the quick brown fox jumps over the"[..count].replace(' ', "o");
    let line = move |count| Shape::Text { x, y, color, text: text(count) };
    let place = desk.windows[top].shapes.len();
    desk.windows[top].shapes.push(line(30));
    let mut ours = Ours::new(SIZE, 32, |s| {
        let first = picture(s, &desk)?;
        let frame = child(s, first, top);
        let words = text(31);
        let typed = node(s, text_data(16, 246, color, &words), &[], Some(&words))?;
        let frame = with_child(s, frame, place, typed)?;
        Ok(vec![first, with_child(s, first, top, frame.value())?])
    });
    let count = plan.scaled(20_000) as usize;
    let mut contest = Contest::new(move || turn(count, US, || ours.swing(count)));
    let count = (count / 20).max(1);
    let advance = FONT.cell();
    let area = Rect::new(x + 30 * advance, y, advance, FONT.height());
    let mut longer = desk.clone();
    longer.windows[top].shapes[place] = line(31);
    let cairo = cairo::painting("type", area, &[desk.clone(), longer]);
    for (name, mut peer) in peers(SIZE) {
        let mut desk = desk.clone();
        contest = contest.and(name, move || {
            turn(count, US, || {
                for i in 0..count {
                    desk.windows[top].shapes[place] = line(30 + i % 2);
                    paint(&mut *peer, &desk, area);
                }
            })
        });
    }
    with_blend2d(contest.and_program("cairo", cairo, &format!("paint {count} {US}")))
}

/// The window on top dragged 8 pixels to the side.
pub(crate) fn dragged(plan: &Plan) -> Contest {
    let desk = Desk::new(SIZE.0, SIZE.1);
    let top = desk.windows.len() - 1;
    let mut ours = Ours::new(SIZE, 32, |s| {
        let mut pictures = vec![picture(s, &desk)?];
        for _ in 0..16 {
            let last = pictures[pictures.len() - 1];
            let frame = moved(s, child(s, last, top), -8, 0)?;
            pictures.push(with_child(s, last, top, frame.value())?);
        }
        Ok(pictures)
    });
    let count = plan.scaled(1600) as usize;
    let mut contest = Contest::new(move || turn(count, MS, || ours.swing(count)));
    let count = (count / 20).max(1);
    let places = [desk.windows[top].clone(), desk.windows[top].moved(-8, 0)];
    let area = damage_of_move(&places[0], &places[1]);
    let mut aside = desk.clone();
    aside.windows[top] = places[1].clone();
    let cairo = cairo::painting("drag", area, &[desk.clone(), aside]);
    for (name, mut peer) in peers(SIZE) {
        let (mut desk, places) = (desk.clone(), places.clone());
        contest = contest.and(name, move || {
            turn(count, MS, || {
                for i in 0..count {
                    desk.windows[top] = places[(i + 1) % 2].clone();
                    paint(&mut *peer, &desk, area);
                }
            })
        });
    }
    with_blend2d(contest.and_program("cairo", cairo, &format!("paint {count} {MS}")))
}

/// A window full of text, 1000 by 700 pixels, and in it 400 lines.
fn page(lines: i32) -> (Window, Rect, Vec<Shape>) {
    let rect = Rect::new(300, 200, 1000, 700);
    let inside = Rect::new(rect.x + 10, rect.y + 34, rect.width - 20, rect.height - 44);
    let text = |line: i32| {
        let text: String =
            (0..120).map(|i| (b'a' + ((line * 7 + i * 5 + i * i) % 26) as u8) as char).collect();
        let y = inside.y + line * FONT.height();
        Shape::Text { x: inside.x, y, color: 0xFFDD_E3EE, text }
    };
    (Window { rect, fill: 0xFF24_2936, shapes: Vec::new() }, inside, (0..lines).map(text).collect())
}

/// A full window of text scrolled by 3 lines.
pub(crate) fn scrolled(plan: &Plan) -> Contest {
    let (frame, inside, lines) = page(400);
    let step = 3 * FONT.height();
    let desk = Desk::new(SIZE.0, SIZE.1).with_windows(vec![frame.clone()]);
    let mut ours = Ours::new(SIZE, 64, |s| {
        let shapes = lines.iter().map(|line| {
            let Shape::Text { x, y, color, text } = line else { unreachable!("all lines are text") };
            node(s, text_data(x - inside.x, y - inside.y, *color, text), &[], Some(text))
        });
        let shapes = shapes.collect::<Result<Vec<_>, _>>()?;
        let column = Rect::new(0, 0, inside.width, 400 * FONT.height());
        let column = node(s, NodeData { rect: column, ..NodeData::default() }, &shapes, None)?;
        let port = NodeData {
            rect: inside.translated(-frame.rect.x, -frame.rect.y),
            flags: Flags::CLIP,
            ..NodeData::default()
        };
        let port = node(s, port, &[column], None)?;
        let first = picture(s, &desk)?;
        let shell = child(s, first, 0).with_children(s, s.vector(&[port])?)?;
        let mut pictures = vec![with_child(s, first, 0, shell.value())?];
        for _ in 0..20 {
            let last = pictures[pictures.len() - 1];
            let shell = child(s, last, 0);
            let port = child(s, shell, 0);
            let port = with_child(s, port, 0, moved(s, child(s, port, 0), 0, -step)?.value())?;
            let shell = with_child(s, shell, 0, port.value())?;
            pictures.push(with_child(s, last, 0, shell.value())?);
        }
        Ok(pictures)
    });
    let count = plan.scaled(1000) as usize;
    let mut contest = Contest::new(move || turn(count, MS, || ours.swing(count)));
    let count = (count / 50).max(1);
    let shown = (inside.height / FONT.height() + 1) as usize;
    // Lines that are not shown are not offered.
    let desks = [0, 3].map(|first| {
        let mut window = frame.clone();
        let up = first as i32 * FONT.height();
        let text = Window { shapes: lines[first..first + shown].to_vec(), ..frame.clone() };
        window.shapes = text.moved(0, -up).shapes;
        desk.clone().with_windows(vec![window])
    });
    let cairo = cairo::painting("scroll", inside, &desks);
    for (name, mut peer) in peers(SIZE) {
        let desks = desks.clone();
        contest = contest.and(name, move || {
            turn(count, MS, || (0..count).for_each(|i| paint(&mut *peer, &desks[i % 2], inside)))
        });
    }
    let mut bare = Moved::new(inside, step);
    let contest = contest.and("two copies, no painting", move || {
        turn(count, MS, || (0..count).for_each(|i| bare.shift(i % 2 == 0)))
    });
    with_blend2d(contest.and_program("cairo", cairo, &format!("paint {count} {MS}")))
}

/// What a scroll moves, from one frame in memory to itself and to another, and nothing else: what is to be undercut.
struct Moved {
    inside: Rect,
    step: i32,
    frame: Vec<u32>,
    shown: Vec<u32>,
}

impl Moved {
    fn new(inside: Rect, step: i32) -> Moved {
        let pixels = vec![1; (SIZE.0 * SIZE.1) as usize];
        Moved { inside, step, frame: pixels.clone(), shown: pixels }
    }

    fn shift(&mut self, is_up: bool) {
        let Rect { x, y, width, height } = self.inside;
        let at = |row: i32| (row * SIZE.0 + x) as usize;
        for row in 0..height - self.step {
            let (to, from) = match is_up {
                true => (y + row, y + row + self.step),
                false => (y + height - 1 - row, y + height - 1 - row - self.step),
            };
            let (to, from, count) = (at(to), at(from), width as usize);
            self.frame.copy_within(from..from + count, to);
            self.shown[to..to + count].copy_from_slice(&self.frame[to..to + count]);
        }
    }
}

/// How often the glyphs are painted over each other: the ground, which ours paints as well, is little beside them.
const PAGES: usize = 8;

/// 4,000 glyphs on a plain ground, over and over, in millions a second.
pub(crate) fn glyphs(plan: &Plan) -> Contest {
    let size = (1024, 768);
    let (frame, _, lines) = page(40);
    let text = Window { shapes: lines[..34].to_vec(), ..frame }.moved(-280, -200);
    let desk = Desk::new(size.0, size.1).with_windows(vec![text.clone()]);
    let cairo = cairo::painting("glyphs", screen(size), &[desk]);
    let count = plan.scaled(50).max(1) as usize;
    let mut total = 0;
    for shape in &text.shapes {
        total += if let Shape::Text { text, .. } = shape { text.len() } else { 0 };
    }
    let rate = move |turn: Turn| Turn { value: (PAGES * total) as f64 * 1e3 / turn.value, ..turn };
    let shapes: Vec<Shape> = (0..PAGES).flat_map(|_| text.shapes.clone()).collect();
    let mut ours = crate::ours::Plain::new(size, &shapes);
    let mut contest =
        Contest::new(move || rate(Turn::timed(count as u64, || (0..count).for_each(|_| ours.paint()))));
    for (name, mut peer) in peers(size) {
        let (shapes, count) = (shapes.clone(), (count / 10).max(1));
        contest = contest.and(name, move || {
            rate(Turn::timed(count as u64, || {
                peer.begin(screen(size));
                for shape in (0..count).flat_map(|_| &shapes) {
                    if let Shape::Text { x, y, color, text } = shape {
                        peer.text(*x, *y, *color, text);
                    }
                }
                peer.end();
            }))
        });
    }
    with_blend2d(contest.and_program("cairo", cairo, &format!("glyphs {count}")))
}

/// A layer of the screen's size, each pixel with an alpha of its own, laid over another.
pub(crate) fn over(plan: &Plan) -> Contest {
    let size = if plan.is_quick { (320, 200) } else { SIZE };
    let pixels = (size.0 * size.1) as usize;
    let layer: Vec<u32> = (0..pixels as u64)
        .map(|i| {
            let (alpha, color) = (place(i, 256) as u32, place(i + 77, 1 << 24) as u32);
            let channel = |shift: u32| ((color >> shift & 255) * alpha / 255) << shift;
            alpha << 24 | channel(0) | channel(8) | channel(16)
        })
        .collect();
    let count = plan.scaled(300).max(1) as usize;
    let mut under = vec![0xFF20_4060; pixels];
    let (kernels, own) = (Kernels::here(), layer.clone());
    let contest =
        Contest::new(move || turn(count, MS, || (0..count).for_each(|_| kernels.lay(&mut under, &own))));
    let mut skia = crate::skia::Layers::new(size, &layer);
    let count = (count / 10).max(1);
    let contest = contest.and("tiny-skia", move || turn(count, MS, || (0..count).for_each(|_| skia.over())));
    with_blend2d(contest.and_program(
        "pixman",
        cairo::libraries(),
        &format!("over {} {} {count} {MS}", size.0, size.1),
    ))
}

/// One change among 10 to 1,000 windows: figures for each, and what a window more costs.
pub(crate) fn windows(bench: &Bench, plan: &Plan) -> Result<Vec<Figure>, String> {
    let mut figures = Vec::new();
    let count = plan.scaled(10_000) as usize;
    let mut ends = Vec::new();
    for windows in [10, 100, 1000] {
        let small = |i: i32| Window {
            rect: Rect::new(20 + (i % 40) * 46, 20 + (i / 40) * 40, 44, 38),
            fill: 0xFF24_2936,
            shapes: Vec::new(),
        };
        let desk = Desk::new(SIZE.0, SIZE.1).with_windows((0..windows).map(small).collect());
        let mut ours = Ours::new(SIZE, 32, |s| {
            let first = picture(s, &desk)?;
            let mut changed = small(windows / 2);
            changed.fill = 0xFF70_2936;
            let changed = window(s, &changed)?;
            Ok(vec![first, with_child(s, first, windows as usize / 2, changed)?])
        });
        let mut values: Vec<f64> =
            (0..=plan.runs).map(|_| turn(count, US, || ours.swing(count)).value).skip(1).collect();
        let value = median(&mut values);
        ends.push((windows as f64, value));
        let figure = Figure::new(bench, value, plan.runs, Vec::new());
        figures.push(Figure { name: format!("windows-{windows}"), ..figure });
    }
    let slope = (ends[2].1 - ends[0].1).max(0.0) * 1e3 / (ends[2].0 - ends[0].0);
    let figure = Figure::new(bench, slope, plan.runs, Vec::new());
    figures.push(Figure { name: "windows-slope".into(), unit: "ns a window".into(), ..figure });
    Ok(figures)
}

/// Writes what each contender painted, as PPM pictures.
pub(crate) fn pictures(directory: &str) -> ExitCode {
    let desk = Desk::new(SIZE.0, SIZE.1);
    println!("{} windows, {} glyphs", desk.windows.len(), desk.glyph_count());
    let ours = Ours::new(SIZE, 32, |s| Ok(vec![picture(s, &desk)?]));
    let mut painted = vec![("halt", ours.pixels())];
    for (name, mut peer) in peers(SIZE) {
        paint(&mut *peer, &desk, screen(SIZE));
        painted.push((name, peer.pixels()));
    }
    for (name, pixels) in painted {
        let mut bytes = format!("P6 {} {} 255\n", SIZE.0, SIZE.1).into_bytes();
        bytes.extend(pixels.iter().flat_map(|p| [(p >> 16) as u8, (p >> 8) as u8, *p as u8]));
        let path = format!("{directory}/{}.ppm", name.split(',').next().unwrap_or(name));
        if let Err(error) = std::fs::write(&path, bytes) {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
