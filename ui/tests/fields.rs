//! Text fields, scrolls and keyed children, from outside.

mod common;

use common::{children, mono_scene, texts, with_heap};
use halt_heap::{Scope, Value};
use halt_ui::{
    Flags, Node, NodeData, NodeKind, Rect, ScrollExtent, Theme, layout, replace_child_by_key, scroll_extent,
    text_index_at,
};

fn field<'s>(s: Scope<'s>, text: &str, width: i32, height: i32) -> Node<'s> {
    layout(s, None, mono_scene(s, text), width, height, &Theme::dark()).unwrap().root
}

#[test]
fn a_click_finds_its_character() {
    with_heap(|s| {
        // Padding 10 and border 1, cells 7 wide.
        let input = field(s, "[:input {:value \"hello\"}]", 100, 32);
        for (x, index) in [(-50, 0), (11, 0), (14, 0), (15, 1), (11 + 14, 2), (60, 5), (500, 5)] {
            assert_eq!(text_index_at(s, input, x, 16), index, "at {x}");
        }
        let area = field(s, "[:text-area {:value \"one two\\nüber\" :pad 0 :border-width 0}]", 35, 80);
        assert_eq!(texts(s, area), ["one", "two", "über"]);
        assert_eq!(text_index_at(s, area, 8, 3), 1);
        assert_eq!(text_index_at(s, area, 8, 25), 5);
        assert_eq!(text_index_at(s, area, 15, 1000), 10);
        assert_eq!(text_index_at(s, field(s, "[:input {:placeholder \"name\"}]", 100, 32), 40, 16), 0);
    });
}

#[test]
fn the_caret_stays_in_sight() {
    with_heap(|s| {
        let input = field(
            s,
            "[:input {:value \"0123456789\" :cursor 9 :focused? true :pad 0 :border-width 0}]",
            35,
            16,
        );
        assert_eq!(texts(s, input), ["56789"]);
        let caret = children(s, input).last().unwrap().data(s);
        assert!(caret.rect.x >= 0 && caret.rect.right() <= 35, "{:?}", caret.rect);
        assert_eq!(text_index_at(s, input, 0, 8), 5);
        let area = "[:text-area {:value \"a\\nb\\nc\\nd\" :cursor 7 :focused? true :pad 0 :border-width 0}]";
        assert_eq!(texts(s, field(s, area, 70, 40)), ["c", "d"]);
    });
}

#[test]
fn the_last_of_many_lines_is_shown() {
    with_heap(|s| {
        for lines in [4_095, 4_096, 22_000] {
            let text = "x\\n".repeat(lines) + "end";
            let cursor = 2 * lines + 3;
            let area = format!(
                "[:text-area {{:value \"{text}\" :cursor {cursor} :focused? true :pad 0 :border-width 0}}]"
            );
            assert_eq!(texts(s, field(s, &area, 70, 40)), ["x", "end"]);
        }
    });
}

#[test]
fn a_selection_lies_behind_its_text() {
    with_heap(|s| {
        let text = "[:input {:value \"hello\" :selection [1 4] :focused? true :pad 0 :border-width 0}]";
        let parts: Vec<NodeData> =
            children(s, field(s, text, 70, 16)).iter().map(|node| node.data(s)).collect();
        assert_eq!(parts[0].rect, Rect::new(7, 0, 21, 16));
        assert_eq!(parts[1].kind, NodeKind::Text);
        assert_eq!(parts[2].rect.x, 4 * 7 - 1);
        assert_ne!(field(s, text, 70, 16).data(s).flags & Flags::FOCUSABLE, 0);
    });
}

#[test]
fn a_scroll_says_how_far_it_goes() {
    with_heap(|s| {
        let text =
            |down: i32| format!("[:scroll {{:scroll-y {down}}} [:box {{:height 90}}] [:box {{:height 60}}]]");
        for (asked, is) in [(0, 0), (30, 30), (400, 50), (-7, 0)] {
            let extent = ScrollExtent { content: 150, height: 100, top: is, caret: None };
            assert_eq!(scroll_extent(s, field(s, &text(asked), 50, 100)), extent);
        }
    });
}

#[test]
fn a_text_area_is_scrolled_apart_from_its_caret() {
    with_heap(|s| {
        let text = |down: i32, cursor: i32| {
            format!(
                "[:text-area {{:value \"a\\nb\\nc\\nd\" :scroll-y {down} :cursor {cursor} :focused? true :pad 0 :border-width 0}}]"
            )
        };
        for (asked, cursor, seen, top, caret) in [
            (0, 7, ["a", "b"], 0, (60, 80)),
            (20, 0, ["b", "c"], 20, (0, 20)),
            (400, 2, ["c", "d"], 40, (20, 40)),
            (-7, 0, ["a", "b"], 0, (0, 20)),
        ] {
            let area = field(s, &text(asked, cursor), 70, 40);
            assert_eq!(texts(s, area), seen);
            let extent = ScrollExtent { content: 80, height: 40, top, caret: Some(caret) };
            assert_eq!(scroll_extent(s, area), extent);
            // A click into what is seen means what is seen.
            assert_eq!(text_index_at(s, area, 0, 30), (top / 20 + 1) as usize * 2);
        }
    });
}

#[test]
fn children_are_replaced_by_key() {
    with_heap(|s| {
        let root = field(s, "[:stack [:box {:key :a}] [:box {:key :pointer :x 1}] \"t\"]", 50, 50);
        let pointer = |x: i32| {
            let data =
                NodeData { kind: NodeKind::Pointer, rect: Rect::new(x, 0, 0, 0), ..NodeData::default() };
            let nil = Value::NIL;
            data.build(s, s.keyword("pointer"), nil, nil, nil, nil).unwrap()
        };
        let moved = replace_child_by_key(s, root, s.keyword("pointer"), pointer(7)).unwrap();
        let (old, new) = (children(s, root), children(s, moved));
        assert_eq!((new.len(), new[1].data(s).rect.x), (3, 7));
        assert!(old[0].value().is_identical(new[0].value()) && old[2].value().is_identical(new[2].value()));
        let added = replace_child_by_key(s, root, s.keyword("other"), pointer(9)).unwrap();
        assert_eq!(children(s, added)[3].data(s).rect.x, 9);
        let lone = field(s, "[:box]", 5, 5);
        assert_eq!(children(s, replace_child_by_key(s, lone, Value::NIL, pointer(1)).unwrap()).len(), 1);
    });
}
