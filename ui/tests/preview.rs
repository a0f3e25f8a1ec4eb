//! Previews: they fit, they are inert, and they are bounded.

mod common;

use common::{scene, with_heap};
use halt_heap::Scope;
use halt_ui::{Flags, Node, NodeKind, PREVIEW_NODES_MAX, Rect, Theme, layout, preview};

fn nodes<'s>(s: Scope<'s>, node: Node<'s>, left: i32, top: i32, found: &mut Vec<(Node<'s>, Rect)>) {
    let rect = node.data(s).rect.translated(left, top);
    found.push((node, rect));
    if !node.children(s).is_nil() {
        for child in s.vector_iter(node.children(s)).filter_map(|child| Node::of(s, child)) {
            nodes(s, child, rect.x, rect.y, found);
        }
    }
}

const APP: &str = "[:column {:gap 8 :pad 12 :key 3} [:text \"some words here\"] [:button {:on-click 1 :shadow true} \"Press\"]
    [:canvas {:width 100 :height 60} [:circle {:x 30 :y 30 :r 20 :fill :accent :on-click 2}] [:line {:x1 0 :y1 0 :x2 90 :y2 50 :stroke :text}]]]";

#[test]
fn a_preview_fits_and_reacts_to_nothing() {
    with_heap(check_small);
}

fn check_small<'s>(s: Scope<'s>) {
    {
        let picture = layout(s, None, scene(s, APP), 400, 300, &Theme::dark()).unwrap().root;
        for (width, height) in [(200, 150), (80, 150), (200, 30), (1, 1), (0, 0), (4000, 3000)] {
            let small = preview(s, picture, width, height).unwrap();
            let root = small.data(s).rect;
            let fits = root.width <= width.max(1) && root.height <= height.max(1);
            assert!(fits && root.width <= 400 && root.height <= 300, "{width}x{height}: {root:?}");
            let mut found = Vec::new();
            nodes(s, small, 0, 0, &mut found);
            for (node, _) in &found {
                assert!(node.handlers(s).is_nil() && node.key(s).is_nil());
                let data = node.data(s);
                assert!(data.kind != NodeKind::Text && data.flags & Flags::FOCUSABLE == 0);
            }
        }
        // Half as large, each part lies where half of its place is.
        let small = preview(s, picture, 200, 150).unwrap();
        let (mut old, mut new) = (Vec::new(), Vec::new());
        nodes(s, picture, 0, 0, &mut old);
        nodes(s, small, 0, 0, &mut new);
        let of = |all: &[(Node<'s>, Rect)]| {
            all.iter()
                .filter(|(node, _)| node.data(s).kind == NodeKind::Ellipse)
                .map(|(_, rect)| *rect)
                .next()
        };
        let (before, after) = (of(&old).unwrap(), of(&new).unwrap());
        assert!((before.x - 2 * after.x).abs() <= 4 && (before.width - 2 * after.width).abs() <= 2);
        // Three words are three bars.
        let words = new.iter().filter(|(_, rect)| rect.height == 4 && rect.y < 15).count();
        assert_eq!(words, 3);
    }
}

#[test]
fn a_preview_of_the_size_of_the_app_has_its_places() {
    with_heap(|s| {
        let picture = layout(s, None, scene(s, APP), 400, 300, &Theme::dark()).unwrap().root;
        let same = preview(s, picture, 400, 300).unwrap();
        let (mut old, mut new) = (Vec::new(), Vec::new());
        nodes(s, picture, 0, 0, &mut old);
        nodes(s, same, 0, 0, &mut new);
        for (node, rect) in old.iter().filter(|(node, _)| node.data(s).kind != NodeKind::Text) {
            let kind = node.data(s).kind;
            assert!(
                new.iter().any(|(other, place)| other.data(s).kind == kind && place == rect),
                "{kind:?} {rect:?}"
            );
        }
    });
}

#[test]
fn a_preview_has_a_bounded_number_of_nodes() {
    with_heap(|s| {
        let rows = "[:row {:height 4} \"a b\"]".repeat(5000);
        let picture =
            layout(s, None, scene(s, &format!("[:column {rows}]")), 400, 300, &Theme::dark()).unwrap().root;
        let mut found = Vec::new();
        nodes(s, preview(s, picture, 100, 100).unwrap(), 0, 0, &mut found);
        assert!(found.len() <= PREVIEW_NODES_MAX + 2, "{}", found.len());
    });
}
