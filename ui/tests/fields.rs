//! Text fields, scrolls and keyed children, from outside.

mod common;

use common::{Random, children, mono_scene, texts, with_heap};
use halt_heap::{Scope, Value};
use halt_ui::{
    EditOp, EditState, Flags, Motion, Node, NodeData, NodeKind, Rect, ScrollExtent, Theme, edit_in, layout,
    replace_child_by_key, scroll_extent, text_index_at, text_rows,
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

/// A text area with a cursor: its node, its row with the caret, and the number of its rows.
fn area<'s>(s: Scope<'s>, text: &str, cursor: usize, style: &str, width: i32) -> (Node<'s>, i32, i32) {
    let scene = format!("[:text-area {{:value {text:?} :cursor {cursor} :focused? true {style}}}]");
    let area = layout(s, None, common::scene(s, &scene), width, 400, &Theme::dark()).unwrap().root;
    let extent = scroll_extent(s, area);
    let (top, bottom) = extent.caret.unwrap();
    let pitch = bottom - top;
    (area, top / pitch, extent.content / pitch)
}

#[test]
fn up_and_down_go_by_the_rows_that_are_seen() {
    let mut random = Random::new(11);
    let words = ["a", "be", "see", "over", "wound", "longwords", "ümläut", " ", "\n", "x\n"];
    for _ in 0..60 {
        let text: String =
            (0..random.below(16)).map(|_| [words[random.below(words.len())], " "].concat()).collect();
        let style = ["", ":font :mono", ":bold true :font-size 20", ":pad 3 :font-size 13"][random.below(4)];
        let width = 60 + random.below(140) as i32;
        with_heap(|s| {
            let count = text.chars().count();
            for cursor in 0..=count {
                let (node, row, rows) = area(s, &text, cursor, style, width);
                let by = text_rows(s, node).unwrap();
                let state = EditState { cursor, anchor: cursor, ..EditState::new(&text) };
                let to = |motion: Motion| edit_in(&state, &EditOp::Move(motion), by).cursor;
                let row_of = |cursor: usize| area(s, &text, cursor, style, width).1;
                let said = format!("{text:?} {style} {width} at {cursor}");
                match row {
                    0 => assert_eq!(to(Motion::Up), 0, "{said}"),
                    _ => assert_eq!(row_of(to(Motion::Up)), row - 1, "{said}"),
                }
                match row + 1 == rows {
                    true => assert_eq!(to(Motion::Down), count, "{said}"),
                    false => assert_eq!(row_of(to(Motion::Down)), row + 1, "{said}"),
                }
                let (home, end) = (to(Motion::Home), to(Motion::End));
                assert_eq!((row_of(home), row_of(end)), (row, row), "{said}");
                assert!(home == 0 || row_of(home - 1) == row - 1, "{said}");
                // What is behind the end is the next row, or spaces at which the line is wrapped.
                let behind = text.chars().skip(end).find(|c| *c != ' ');
                let next = end + text.chars().skip(end).take_while(|c| *c == ' ').count().max(1);
                assert!(behind.is_none() || row_of(next) == row + 1, "{said}");
            }
        });
    }
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
