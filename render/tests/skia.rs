//! Shapes against a reference rasteriser, `tiny-skia`.
//!
//! Its coverage is sampled at 4 lines a pixel, ours at 16, so the two may differ at an edge by a third; anywhere else not
//! at all, and over a whole shape hardly. A curve's width is cut by both into straight pieces of their own.

#[path = "../../ui/tests/common/mod.rs"]
mod scenes;

use halt_heap::{Heap, Region, Value};
use halt_render::{Tables, Target, paint_picture};
use halt_ui::{Gradient, Node, NodeData, Rect, Stops, Theme, layout};
use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint, PathBuilder, Pixmap, Point,
    RadialGradient, Shader, SpreadMode, Stroke, Transform,
};

const SIZE: i32 = 120;
/// At an edge, of 255.
const EDGE: u32 = 80;
/// On the average over the pixels where either has something.
const MEAN: f64 = 2.5;

/// White on black, as we paint it.
fn ours(d: &str, styles: &str) -> Vec<u32> {
    let heap = Heap::new(Region::allocate(8 << 20)).unwrap();
    heap.mutator().enter(|s| {
        let key = |name: &str| s.keyword(name);
        let white = s.int(0xFF_FFFF).unwrap();
        let mut map = vec![(key("d"), s.string(d).unwrap())];
        for style in styles.split(' ').filter(|style| !style.is_empty()) {
            let (name, value) = style.split_once('=').unwrap();
            let value = match value {
                "white" => white,
                _ => value.parse().map_or_else(|_| key(value), |n| s.int(n).unwrap()),
            };
            map.push((key(name), value));
        }
        let shape = s.vector(&[key("path"), s.map(&map).unwrap()]).unwrap();
        let scene = s.vector(&[key("canvas"), shape]).unwrap();
        painted(s, layout(s, None, scene, SIZE, SIZE, &Theme::dark()).unwrap().root)
    })
}

fn painted<'s>(s: halt_heap::Scope<'s>, node: Node<'s>) -> Vec<u32> {
    let mut pixels = vec![0; (SIZE * SIZE) as usize];
    let mut target = Target::new(&mut pixels, SIZE as usize, Rect::new(0, 0, SIZE, SIZE));
    paint_picture(s, node, &mut target, &Tables::new());
    pixels
}

/// The blue of each pixel of theirs.
fn theirs(draw: impl FnOnce(&mut Pixmap)) -> Vec<u32> {
    let mut pixmap = Pixmap::new(SIZE as u32, SIZE as u32).unwrap();
    pixmap.fill(Color::BLACK);
    draw(&mut pixmap);
    pixmap.pixels().iter().map(|pixel| pixel.blue() as u32).collect()
}

fn check(name: &str, got: &[u32], expected: &[u32], edge: u32, mean: f64) {
    let (mut sum, mut count) = (0, 0);
    for (at, (got, expected)) in got.iter().map(|pixel| pixel & 255).zip(expected).enumerate() {
        let off = got.abs_diff(*expected);
        let (x, y) = (at as i32 % SIZE, at as i32 / SIZE);
        assert!(off <= edge, "{name}: {got} at {x},{y} for {expected}");
        sum += off;
        count += (got + expected > 0) as u32;
    }
    let off = sum as f64 / count.max(1) as f64;
    assert!(off <= mean && count > 50, "{name}: {off} off on the average of {count}");
}

fn white() -> Paint<'static> {
    Paint { shader: Shader::SolidColor(Color::WHITE), anti_alias: true, ..Paint::default() }
}

/// The same outline, told twice: as text, and to a builder.
type Outline = (&'static str, fn(&mut PathBuilder));

fn outlines() -> [Outline; 4] {
    [
        ("M 10.3 12 L 100 30.7 L 42.2 108 Z", |path| {
            path.move_to(10.3, 12.0);
            path.line_to(100.0, 30.7);
            path.line_to(42.2, 108.0);
            path.close();
        }),
        ("M 60 8 L 92 108 L 8 46 L 112 46 L 28 108 Z", |path| {
            path.move_to(60.0, 8.0);
            [(92.0, 108.0), (8.0, 46.0), (112.0, 46.0), (28.0, 108.0)]
                .into_iter()
                .for_each(|(x, y)| path.line_to(x, y));
            path.close();
        }),
        ("M 15 60 C 15 -20 105 140 105 60 Q 90 5 60 20 Z", |path| {
            path.move_to(15.0, 60.0);
            path.cubic_to(15.0, -20.0, 105.0, 140.0, 105.0, 60.0);
            path.quad_to(90.0, 5.0, 60.0, 20.0);
            path.close();
        }),
        ("M 20 100 L 40 20 L 60 90 C 70 20 100 20 100 100", |path| {
            path.move_to(20.0, 100.0);
            path.line_to(40.0, 20.0);
            path.line_to(60.0, 90.0);
            path.cubic_to(70.0, 20.0, 100.0, 20.0, 100.0, 100.0);
        }),
    ]
}

/// A canvas of shapes, white on black.
fn shown(text: &str) -> Vec<u32> {
    let heap = Heap::new(Region::allocate(8 << 20)).unwrap();
    heap.mutator().enter(|s| {
        let scene = scenes::scene(s, &format!("[:canvas {text}]"));
        painted(s, layout(s, None, scene, SIZE, SIZE, &Theme::dark()).unwrap().root)
    })
}

#[test]
fn dashes_lie_where_the_reference_puts_them() {
    let caps = [("butt", LineCap::Butt), ("round", LineCap::Round), ("square", LineCap::Square)];
    // Along curves it measures coarsely: the next test says where dashes end there.
    for (d, outline) in outlines().into_iter().filter(|(d, _)| !d.contains('C')) {
        for (cap, their_cap) in caps {
            for (lengths, offset) in
                [(&[10.0, 7.0][..], 0.0), (&[14.0, 5.0, 3.0, 5.0], 6.0), (&[20.0, 11.0], -4.0)]
            {
                let list = lengths.iter().map(|length| length.to_string()).collect::<Vec<_>>().join(" ");
                let got = shown(&format!(
                    "[:path {{:d \"{d}\" :stroke :white :stroke-width 5 :cap :{cap} :dash [{list}] :dash-offset {offset}}}]"
                ));
                let expected = theirs(|pixmap| {
                    let mut path = PathBuilder::new();
                    outline(&mut path);
                    let stroke = Stroke {
                        width: 5.0,
                        line_cap: their_cap,
                        dash: tiny_skia::StrokeDash::new(lengths.to_vec(), offset),
                        ..Stroke::default()
                    };
                    pixmap.stroke_path(
                        &path.finish().unwrap(),
                        &white(),
                        &stroke,
                        Transform::identity(),
                        None,
                    );
                });
                check(&format!("{d} {cap} {list} {offset}"), &got, &expected, EDGE, 2.0 * MEAN);
            }
        }
    }
}

/// The oracle of dashes along a curve: the length of an arc is its angle times its radius.
#[test]
fn dashes_of_a_circle_end_where_its_length_says() {
    let radius = 45.0;
    let pixels =
        shown("[:arc {:x 60 :y 60 :r 45 :from 0 :to 359 :stroke :white :stroke-width 6 :dash [10 7]}]");
    let mut met = [0, 0];
    for step in 0..270 {
        let along = f64::from(step) + 0.5;
        let (sin, cos) = (along / radius).sin_cos();
        let (x, y) = (60.0 + radius * sin, 60.0 - radius * cos);
        let light = pixels[y as usize * SIZE as usize + x as usize] & 255;
        // A pixel's own size aside.
        match along % 17.0 {
            on if (1.5..8.5).contains(&on) => assert_eq!((light, met[0] += 1), (255, ()), "at {along}"),
            off if (11.5..15.5).contains(&off) => assert_eq!((light, met[1] += 1), (0, ()), "at {along}"),
            _ => {}
        }
    }
    assert!(met[0] > 100 && met[1] > 50, "{met:?}");
}

#[test]
fn dashed_borders_lie_within_their_shapes() {
    for shape in [
        ":rect {:x 10 :y 20 :w 90 :h 70 :radius 15",
        ":circle {:x 60 :y 60 :r 45",
        ":ellipse {:x 60 :y 60 :rx 50 :ry 30",
        ":rect {:x 10 :y 20 :w 90 :h 6",
    ] {
        let of = |more: &str| shown(&format!("[{shape} :stroke :white :stroke-width 8 {more}}}]"));
        let (whole, dashed) = (of(""), of(":dash [10 6]"));
        let sum = |pixels: &[u32]| pixels.iter().map(|pixel| f64::from(pixel & 255)).sum::<f64>();
        let beyond = dashed.iter().zip(&whole).filter(|(a, b)| (*a & 255) > (*b & 255) + EDGE).count();
        assert_eq!(beyond, 0, "{shape}");
        let share = sum(&dashed) / sum(&whole);
        if shape.contains(":h 6") {
            // Both sides of a border that fills its shape cover the same.
            continue;
        }
        assert!((share - 10.0 / 16.0).abs() < 0.06, "{shape}: {share}");
        // One without gaps is the whole border.
        let full = of(":dash [7 0]");
        let expected: Vec<u32> = whole.iter().map(|pixel| pixel & 255).collect();
        check(shape, &full, &expected, EDGE, 2.0 * MEAN);
    }
}

#[test]
fn a_transform_that_changes_nothing_shows_the_same() {
    for (shape, styles) in [
        ("rect", ":x 20 :y 30 :w 70 :h 40"),
        ("rect", ":x 20 :y 30 :w 70 :h 40 :radius 12"),
        ("rect", ":x 20 :y 30 :w 70 :h 40 :radius [9 0]"),
        ("circle", ":x 60 :y 55 :r 41"),
        ("ellipse", ":x 60 :y 55 :rx 50 :ry 22"),
        ("line", ":x1 12 :y1 20 :x2 100 :y2 71 :stroke-width 6"),
        ("line", ":x1 12 :y1 50 :x2 100 :y2 50 :stroke-width 5"),
        ("polygon", ":x 9 :y 7 :points [[4 4] [100 30] [40 90]]"),
        ("path", ":x 9 :y 7 :d \"M 4 4 C 90 0 0 90 90 90\""),
    ] {
        for paint in
            [":fill :white", ":stroke :white :stroke-width 7", ":fill :white :stroke :red :stroke-width 3"]
        {
            let of = |transform: &str| shown(&format!("[:{shape} {{{styles} {paint} {transform}}}]"));
            let plain = of("");
            // Thin and round, our own painters sample coverage in two ways.
            for transform in ["[1 0 0 1 0 0]", "[[:move 30 4] [:scale 1] [:rotate 360 5 9] [:move -30 -4]]"] {
                let expected: Vec<u32> = plain.iter().map(|pixel| pixel & 255).collect();
                let got = of(&format!(":transform {transform}"));
                check(&format!("{shape} {styles} {paint} {transform}"), &got, &expected, EDGE, 2.0 * MEAN);
            }
        }
    }
}

#[test]
fn transforms_put_shapes_where_the_reference_puts_them() {
    let path = |build: &dyn Fn(&mut PathBuilder)| {
        let mut path = PathBuilder::new();
        build(&mut path);
        path.finish().unwrap()
    };
    let triangle = path(&|path| {
        path.move_to(10.0, 5.0);
        path.line_to(40.0, 15.0);
        path.line_to(14.0, 44.0);
        path.close();
    });
    let steps = "[[:move 50 20] [:rotate 25] [:scale 1.5 2]]";
    let map = Transform::from_translate(50.0, 20.0)
        .pre_concat(Transform::from_rotate(25.0))
        .pre_concat(Transform::from_scale(1.5, 2.0));
    let stroke = Stroke { width: 6.0, ..Stroke::default() };
    let points = ":points [[10 5] [40 15] [14 44]]";
    let fill = theirs(|pixmap| pixmap.fill_path(&triangle, &white(), FillRule::Winding, map, None));
    check(
        "fill",
        &shown(&format!("[:polygon {{:fill :white {points} :transform {steps}}}]")),
        &fill,
        EDGE,
        MEAN,
    );
    // The stroke is scaled with the shape, as SVG does.
    let line = theirs(|pixmap| pixmap.stroke_path(&triangle, &white(), &stroke, map, None));
    let shape = format!("[:polygon {{:stroke :white :stroke-width 6 {points} :transform {steps}}}]");
    check("stroke", &shown(&shape), &line, EDGE, MEAN);
}

#[test]
fn arcs_are_parts_of_a_circle() {
    let circle = "[:circle {:x 60 :y 60 :r 48 :fill :white}]";
    let whole = shown("[:arc {:x 60 :y 60 :r 48 :fill :white}]");
    let expected: Vec<u32> = shown(circle).iter().map(|pixel| pixel & 255).collect();
    check("whole", &whole, &expected, EDGE, MEAN);
    // Clockwise from upwards: the quarter to the upper right, and what is left of the others.
    let lit = |pixels: &[u32], x: usize, y: usize| pixels[y * SIZE as usize + x] & 255 > 128;
    let at = |pixels: &[u32]| [(80, 40), (80, 80), (40, 80), (40, 40)].map(|(x, y)| lit(pixels, x, y));
    for (turn, expected) in [
        (":from 0 :to 90", [true, false, false, false]),
        (":from 90 :to 360", [false, true, true, true]),
        (":from 90 :to 0", [true, false, false, false]),
        (":from -90 :to 0", [false, false, false, true]),
        (":from 0 :to 1e9", [true; 4]),
        (":from 0 :to 0", [false; 4]),
    ] {
        assert_eq!(
            at(&shown(&format!("[:arc {{:x 60 :y 60 :r 48 :fill :white {turn}}}]"))),
            expected,
            "{turn}"
        );
    }
    // Without a fill it is a line, and the middle is empty.
    let line = shown("[:arc {:x 60 :y 60 :r 48 :from 0 :to 180 :stroke :white :stroke-width 4}]");
    assert!(lit(&line, 108, 60) && !lit(&line, 60, 60) && !lit(&line, 12, 60));
}

#[test]
fn fills_cover_what_the_reference_covers() {
    for (d, build) in outlines() {
        let expected = theirs(|pixmap| {
            let mut path = PathBuilder::new();
            build(&mut path);
            let path = path.finish().unwrap();
            pixmap.fill_path(&path, &white(), FillRule::Winding, Transform::identity(), None);
        });
        check(d, &ours(d, "fill=white"), &expected, EDGE, MEAN);
    }
}

#[test]
fn strokes_cover_what_the_reference_covers() {
    let caps = [("butt", LineCap::Butt), ("round", LineCap::Round), ("square", LineCap::Square)];
    let joins = [("miter", LineJoin::Miter), ("round", LineJoin::Round), ("bevel", LineJoin::Bevel)];
    for (d, build) in outlines() {
        for ((cap, line_cap), (join, line_join)) in caps.into_iter().zip(joins) {
            for width in [2, 5, 14] {
                let expected = theirs(|pixmap| {
                    let mut path = PathBuilder::new();
                    build(&mut path);
                    let stroke = Stroke { width: width as f32, line_cap, line_join, ..Stroke::default() };
                    let path = path.finish().unwrap();
                    pixmap.stroke_path(&path, &white(), &stroke, Transform::identity(), None);
                });
                let styles = format!("stroke=white stroke-width={width} cap={cap} join={join}");
                // Thin lines are mostly edge. (Those a pixel wide it makes in another way.) Where the sides of a curve are, it
                // approximates; the next test says who is right.
                let mean = if width == 2 { 4.0 * MEAN } else { MEAN };
                let (edge, mean) = if d.contains('C') { (100, 2.0 * mean) } else { (EDGE, mean) };
                check(&format!("{d} {styles}"), &ours(d, &styles), &expected, edge, mean);
            }
        }
    }
}

/// A round pen covers what lies within half its width of the curve: 16 by 16 samples of each pixel.
#[test]
fn a_round_pen_covers_what_is_near_the_curve() {
    let d = "M 15 60 C 15 -20 105 140 105 60";
    let curve: Vec<(f64, f64)> = (0..=2000)
        .map(|i| {
            let (t, u) = (i as f64 / 2000.0, 1.0 - i as f64 / 2000.0);
            let mix = |a: f64, b: f64, c: f64, d: f64| {
                u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
            };
            (mix(15.0, 15.0, 105.0, 105.0), mix(60.0, -20.0, 140.0, 60.0))
        })
        .collect();
    for width in [2, 5, 14] {
        let got = ours(d, &format!("stroke=white stroke-width={width} cap=round join=round"));
        let half = width as f64 / 2.0;
        for (at, got) in got.iter().map(|pixel| (pixel & 255) as i32).enumerate().step_by(7) {
            let (x, y) = ((at as i32 % SIZE) as f64, (at as i32 / SIZE) as f64);
            let near: Vec<_> =
                curve.iter().filter(|spot| (spot.0 - x - 0.5).hypot(spot.1 - y - 0.5) < half + 1.0).collect();
            let inside = (0..256).filter(|sample| {
                let (x, y) = (x + (sample % 16) as f64 / 16.0, y + (sample / 16) as f64 / 16.0);
                near.iter().any(|spot| (spot.0 - x - 1.0 / 32.0).hypot(spot.1 - y - 1.0 / 32.0) <= half)
            });
            let expected = (inside.count() * 255 / 256) as i32;
            assert!((got - expected).abs() <= 16, "{width}: {got} at {x},{y} for {expected}");
        }
    }
}

#[test]
fn gradients_have_the_colours_of_the_reference() {
    check_gradients(&[(0.0, 0), (1.0, 255)]);
}

#[test]
fn gradients_of_many_colours_have_those_of_the_reference() {
    check_gradients(&[(0.0, 0), (0.3, 255), (1.0, 40)]);
    check_gradients(&[(0.125, 200), (0.5, 10), (0.75, 250), (0.9375, 100)]);
}

/// Gradients every way of greys at places, against theirs.
fn check_gradients(greys: &[(f32, u8)]) {
    let size = SIZE as f32;
    let stops = || {
        let stop =
            |(at, grey): &(f32, u8)| GradientStop::new(*at, Color::from_rgba8(*grey, *grey, *grey, 255));
        greys.iter().map(stop).collect::<Vec<_>>()
    };
    let color = |grey: u8| 0xFF00_0000 | (grey as u32 * 0x01_0101);
    let words: Vec<u64> =
        greys.iter().map(|(at, grey)| Stops::pack((at * 65536.0) as u32, color(*grey))).collect();
    let many = if words.len() > 2 { Stops::of(&words) } else { Stops::NONE };
    let (pad, none) = (SpreadMode::Pad, Transform::identity());
    // Theirs run from edge to edge, ours from the middle of the first pixel to that of the last.
    let linear = |degrees: f32| {
        let (dx, dy) = (degrees.to_radians().sin(), -degrees.to_radians().cos());
        let half = (size - 1.0) / 2.0 * (dx.abs() + dy.abs());
        let at = |by: f32| Point::from_xy(size / 2.0 + by * dx, size / 2.0 + by * dy);
        LinearGradient::new(at(-half), at(half), stops(), pad, none).unwrap()
    };
    let center = Point::from_xy(40.0, 50.5);
    let radial = RadialGradient::new(center, 0.0, center, 70.0, stops(), pad, none).unwrap();
    let cases =
        [0, 30, 45, 90, 180, 222, 315].map(|degrees| (Gradient::Linear(degrees), linear(degrees as f32)));
    for (gradient, shader) in
        cases.into_iter().chain([(Gradient::Radial { x: 80, y: 101, radius: 140 }, radial)])
    {
        let expected = theirs(|pixmap| {
            let paint = Paint { shader, ..Paint::default() };
            let all = tiny_skia::Rect::from_xywh(0.0, 0.0, size, size).unwrap();
            pixmap.fill_rect(all, &paint, Transform::identity(), None);
        });
        let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
        let got = heap.mutator().enter(|s| {
            let rect = Rect::new(0, 0, SIZE, SIZE);
            let data =
                NodeData { rect, fill: 0xFF00_0000, fill_end: 0xFFFF_FFFF, gradient, ..NodeData::default() };
            painted(s, data.build_with(s, [Value::NIL; 6], many).unwrap())
        });
        check(&format!("{gradient:?}"), &got, &expected, 2, 1.0);
    }
}
