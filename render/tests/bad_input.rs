//! Pictures that no layout should make: they cost bounded time and are cut cleanly.

mod common;

use common::{Blind, HEIGHT, WIDTH, begin};
use halt_heap::{Heap, Region, Scope, Value};
use halt_render::{BACKGROUND, Compositor, FrameStart};
use halt_ui::{Node, NodeData, NodeKind, Rect};

const WHITE: u32 = 0xFFFF_FFFF;

fn node<'s>(s: Scope<'s>, data: NodeData, children: Value<'s>, content: Value<'s>) -> Node<'s> {
    data.build(s, Value::NIL, children, content, Value::NIL, Value::NIL).unwrap()
}

fn filled(rect: Rect) -> NodeData {
    NodeData { rect, fill: WHITE, ..NodeData::default() }
}

/// The pixels of a picture, brought to the screen in one frame.
fn pixels(make: impl for<'s> FnOnce(Scope<'s>) -> Node<'s>) -> Vec<u32> {
    let heap = Heap::new(Region::allocate(256 << 20)).unwrap();
    let (mut mutator, mut worker) = (heap.mutator(), heap.mutator());
    let compositor = Compositor::with_tiles(WIDTH, HEIGHT, 64, 64);
    begin(&compositor, &mut mutator, make);
    while compositor.paint_some(&mut worker, 0, &Blind) {}
    compositor.pixels()
}

#[test]
fn a_tree_deeper_than_any_stack_is_painted() {
    let pixels = pixels(|s| {
        let mut inner = node(s, filled(Rect::new(1, 1, 3, 3)), Value::NIL, Value::NIL);
        for _ in 0..100_000 {
            let children = s.vector(&[inner.value()]).unwrap();
            let data = NodeData { rect: Rect::new(0, 0, WIDTH, HEIGHT), ..NodeData::default() };
            inner = node(s, data, children, Value::NIL);
        }
        inner
    });
    assert_eq!(pixels.iter().filter(|pixel| **pixel == WHITE).count(), 9);
}

#[test]
fn places_and_sizes_at_the_ends_of_their_range_are_cut() {
    for rect in [
        Rect::new(i32::MIN, i32::MIN, i32::MAX, i32::MAX),
        Rect::new(i32::MAX, i32::MAX, i32::MAX, i32::MAX),
        Rect::new(5, 5, i32::MIN, 10),
        Rect::new(5, 5, 0, 10),
    ] {
        let pixels = pixels(|s| node(s, filled(rect), Value::NIL, Value::NIL));
        assert!(pixels.iter().all(|pixel| *pixel == BACKGROUND), "{rect:?}");
    }
    let all = pixels(|s| node(s, filled(Rect::new(-9, -9, i32::MAX, i32::MAX)), Value::NIL, Value::NIL));
    assert!(all.iter().all(|pixel| *pixel == WHITE));
}

#[test]
fn megabytes_of_text_in_one_line_show_their_beginning() {
    let rect = Rect::new(0, 0, 100_000, 20);
    let long = pixels(|s| text(s, rect, &"wide ".repeat(1 << 20)));
    assert!(long == pixels(|s| text(s, rect, &"wide ".repeat(100))));
    let wide = pixels(|s| text(s, rect, &"wïde ".repeat(1 << 20)));
    assert!(wide != long && wide.contains(&WHITE));
}

fn text<'s>(s: Scope<'s>, rect: Rect, words: &str) -> Node<'s> {
    let data = NodeData { kind: NodeKind::Text, rect, fill: WHITE, font_px: 20, ..NodeData::default() };
    node(s, data, Value::NIL, s.string(words).unwrap())
}

#[test]
fn children_that_are_no_nodes_are_passed_over() {
    let pixels = pixels(|s| {
        let inner = node(s, filled(Rect::new(0, 0, 2, 2)), s.list(&[Value::TRUE]).unwrap(), Value::TRUE);
        let children = s.vector(&[Value::NIL, Value::TRUE, inner.value(), Value::EMPTY_LIST]).unwrap();
        let data = NodeData { rect: Rect::new(0, 0, WIDTH, HEIGHT), ..NodeData::default() };
        node(s, data, children, Value::TRUE)
    });
    assert_eq!(pixels.iter().filter(|pixel| **pixel == WHITE).count(), 4);
}

#[test]
fn one_of_very_many_siblings_is_found_quickly() {
    let heap = Heap::new(Region::allocate(512 << 20)).unwrap();
    let (mut mutator, mut worker) = (heap.mutator(), heap.mutator());
    let compositor = Compositor::new(WIDTH, HEIGHT);
    let root = NodeData { rect: Rect::new(0, 0, WIDTH, HEIGHT), ..NodeData::default() };
    let (_, first) = begin(&compositor, &mut mutator, |s| {
        let dots = (0..100_000)
            .map(|i| node(s, filled(Rect::new(i % 2000, i / 2000, 1, 1)), Value::NIL, Value::NIL).value());
        node(s, root, s.vector_from(dots).unwrap(), Value::NIL)
    });
    while compositor.paint_some(&mut worker, 0, &Blind) {}
    let (start, _) = begin(&compositor, &mut mutator, |s| {
        let old = Node::of(s, s.open(&first)).unwrap();
        // It was at 0, 35.
        let dot = node(s, filled(Rect::new(10, 30, 2, 2)), Value::NIL, Value::NIL);
        let children = s.vector_assoc(old.children(s), 70_000, dot.value()).unwrap().unwrap();
        old.with_children(s, children).unwrap()
    });
    assert_eq!(start, FrameStart::Started { tiles: 1 });
    while compositor.paint_some(&mut worker, 0, &Blind) {}
    assert!(compositor.stats().nodes_diffed <= 3, "{:?}", compositor.stats());
    assert_eq!(compositor.stats().pixels, 12 * 6);
}
