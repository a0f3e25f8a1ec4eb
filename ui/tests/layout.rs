//! Layout by example: what lies where, what an error looks like, what is shared.

mod common;

use common::{children, mono_scene, scene, shown, texts, with_heap};
use halt_heap::{Scope, Value};
use halt_ui::{
    Flags, Font, Gradient, Held, Layout, Node, Path, Rect, Theme, focusables, hit_test, layout, layout_held,
    preview, zoom,
};

fn lay<'s>(
    s: Scope<'s>,
    previous: Option<Node<'s>>,
    scene: Value<'s>,
    width: i32,
    height: i32,
) -> Layout<'s> {
    layout(s, previous, scene, width, height, &Theme::dark()).unwrap()
}

fn check(text: &str, width: i32, height: i32, expected: &str) {
    with_heap(|s| {
        let picture = lay(s, None, mono_scene(s, text), width, height);
        let expected: String = expected.trim_matches('\n').lines().map(|line| format!("{line}\n")).collect();
        assert_eq!(shown(s, picture.root), expected, "{text}");
    });
}

#[test]
fn the_counter_of_the_design() {
    check(
        "[:row {:gap 8 :pad 12} [:text 7] [:button {:on-click 1} \"Add one\"]]",
        300,
        60,
        "
box 0,0 300x60
 text 12,22 7x16 \"7\"
 box 27,15 77x30
  text 14,7 49x16 \"Add one\"",
    );
}

/// Dashes that are none, and more than a shape may have, are an error box that says what is wrong.
#[test]
fn bad_dashes_are_error_boxes() {
    let shown_of = |dash: &str| {
        with_heap(|s| {
            let scene =
                mono_scene(s, &format!("[:canvas [:line {{:x1 0 :y1 0 :x2 999999 :y2 9 :dash {dash}}}]]"));
            shown(s, lay(s, None, scene, 2000, 50).root)
        })
    };
    for dash in [
        "[]",
        "[0]",
        "[0 0]",
        "[-1 4]",
        "[##NaN]",
        "[##Inf 1]",
        "7",
        "[:a]",
        "[1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8]",
    ] {
        assert!(shown_of(dash).contains(":dash takes 1 to 16 lengths"), "{dash}: {}", shown_of(dash));
    }
    for dash in ["[1]", "[1e-300]", "[0.5 0.5]"] {
        assert!(shown_of(dash).contains("at most 16384 dashes"), "{dash}: {}", shown_of(dash));
    }
    for more in ["[100 50]", "[200 ##NaN]", "[200 60] :dash-offset -1e300", "nil"] {
        assert!(!shown_of(more).contains("dash"), "{more}: {}", shown_of(more));
    }
}

#[test]
fn rows_share_what_is_left() {
    check(
        "[:row {:gap 10} [:box {:grow 1}] [:box {:width 50}] [:box {:grow 2}]]",
        160,
        20,
        "
box 0,0 160x20
 box 0,0 30x20
 box 40,0 50x20
 box 100,0 60x20",
    );
    // What rounding takes from one, the next one gets.
    check(
        "[:row [:box {:grow 1}] [:box {:grow 1}] [:box {:grow 1}]]",
        100,
        5,
        "
box 0,0 100x5
 box 0,0 33x5
 box 33,0 34x5
 box 67,0 33x5",
    );
}

#[test]
fn columns_stretch_and_buttons_do_not() {
    check(
        "[:column {:gap 4 :pad [2 5]} [:text \"ab\"] [:button \"x\"] [:spacer] [:box {:height 10 :margin 1}]]",
        100,
        100,
        "
box 0,0 100x100
 text 5,2 14x16 \"ab\"
 box 5,22 35x30
  text 14,7 7x16 \"x\"
 box 5,56 90x26
 box 6,87 88x10",
    );
}

#[test]
fn grids_place_in_cells() {
    check(
        "[:grid {:columns 2 :gap [2 10]} [:box {:height 5}] [:box] [:box {:height 6 :col-span 2}]]",
        110,
        13,
        "
box 0,0 110x13
 box 0,0 50x5
 box 60,0 50x5
 box 0,7 110x6",
    );
    check(
        "[:grid {:columns [20 :fr [:fr 3]]} [:box] [:box] [:box]]",
        100,
        9,
        "
box 0,0 100x9
 box 0,0 20x9
 box 20,0 20x9
 box 40,0 60x9",
    );
}

#[test]
fn stacks_place_in_pixels() {
    check(
        "[:stack [:box {:width \"100%\" :height \"50%\"}] [:box {:x 5 :y -6 :w 7 :h 8}] [:text {:x 3 :y 4} \"hi\"]]",
        40,
        20,
        "
box 0,0 40x20
 box 0,0 40x10
 box 5,-6 7x8
 text 3,4 14x16 \"hi\"",
    );
    check(
        "[:stack {:align :center :justify :center} [:box {:w 10 :h 4}]]",
        30,
        20,
        "
box 0,0 30x20
 box 10,8 10x4",
    );
}

#[test]
fn text_is_cut_wrapped_and_aligned() {
    check("[:row [:text \"hello world\"]]", 56, 16, "box 0,0 56x16\n text 0,0 56x16 \"hello...\"");
    check(
        "[:column [:text {:wrap true} \"one two three\"] [:text \"below\"]]",
        60,
        80,
        "
box 0,0 60x80
 box 0,0 60x36
  text 0,0 49x16 \"one two\"
  text 0,20 35x16 \"three\"
 text 0,36 35x16 \"below\"",
    );
    check(
        "[:column [:text {:align :end} \"ab\"] [:text {:align :center} \"ab\"] [:text \"a\\nb\"]]",
        40,
        80,
        "
box 0,0 40x80
 text 26,0 14x16 \"ab\"
 text 13,16 14x16 \"ab\"
 box 0,32 40x36
  text 0,0 7x16 \"a\"
  text 0,20 7x16 \"b\"",
    );
}

#[test]
fn sequences_are_spliced_and_nil_is_nothing() {
    with_heap(|s| {
        let value = scene(s, "[:column nil ([:text 1] (\"b\" [[:text 3] nil])) false [:text \"n: \" 4 (5)]]");
        assert_eq!(texts(s, lay(s, None, value, 100, 100).root), ["1", "b", "3", "n: 45"]);
    });
}

#[test]
fn scrolls_clip_and_clamp() {
    check(
        "[:scroll {:scroll-y 25} [:column [:box {:height 60}] [:box {:height 60}]]]",
        50,
        100,
        "
box 0,0 50x100
 box 0,-20 42x120
  box 0,0 42x60
  box 0,60 42x60
 box 44,17 5x83",
    );
}

#[test]
fn canvases_hold_shapes() {
    check(
        "[:canvas [:rect {:x 1 :y 2 :w 3 :h 4 :fill :red}] [:circle {:x 10 :y 10 :r 4}] \
         [:line {:x1 9 :y1 1 :x2 5 :y2 8}] [:ellipse {:x 1 :y 2 :w 9 :h 8}] [:text {:x 2.4 :y 3.5} \"t\"]]",
        50,
        50,
        "
box 0,0 50x50
 box 1,2 3x4
 ellipse 6,6 8x8
 line 5,1 4x7
 ellipse 1,2 9x8
 text 2,4 7x16 \"t\"",
    );
}

#[test]
fn errors_name_their_place_and_leave_the_rest() {
    let check_error = |text: &str, message: &str| {
        with_heap(|s| {
            let picture = lay(s, None, scene(s, text), 900, 300);
            let texts = texts(s, picture.root).join(" ");
            assert!(texts.contains(message), "{text} shows {texts:?}");
            assert_eq!(texts.contains("rest"), text.contains("rest"), "{text} shows {texts:?}");
        });
    };
    check_error(
        "[:column [:text \"rest\"] [:row [:buton 1]]]",
        "column[1] row[0]: unknown tag :buton; did you mean :button?",
    );
    check_error("[:column \"rest\" [:row {:gapp 1}]]", "column[1]: unknown style :gapp; did you mean :gap?");
    check_error(
        "[:column \"rest\" [:row {:gap \"x\"}]]",
        ":gap takes a number or [vertical horizontal], not \"x\"",
    );
    check_error("[:column \"rest\" [:box {:fill :acent}]]", "(:accent, perhaps?)");
    check_error("[:column \"rest\" [:box {3 4}]]", "a style is named by a keyword, not by 3");
    check_error("[:column \"rest\" {:a 1}]", "a map is no scene");
    check_error(
        "[:column \"rest\" [foo 1]]",
        "a node begins with a tag such as :row, not with the symbol foo",
    );
    check_error("[:column \"rest\" [:circle {:r 3}]]", ":circle belongs inside a :canvas");
    check_error("[:column \"rest\" [:canvas {:w 300 :h 99} [:circle {:r :big}]]]", "canvas[0]: :r takes");
    check_error("[:column \"rest\" [:grid {:columns :many}]]", ":columns takes a count");
    check_error("[:column \"rest\" [:text [:text 1]]]", "text is strings and numbers, not a vector");
    check_error("[:oops]", "unknown tag :oops");
    check_error("{}", "a map is no scene");
}

#[test]
fn depth_is_bounded() {
    with_heap(|s| {
        for tag in ["row", "stack", "scroll", "grid", "button"] {
            let mut value = s.string("bottom").unwrap();
            for _ in 0..5_000 {
                value = s.vector(&[s.keyword(tag), value]).unwrap();
            }
            let picture = lay(s, None, value, 500, 500);
            assert!(texts(s, picture.root).iter().all(|text| text != "bottom"), "{tag}");
            if tag == "stack" {
                let problem = "... stack[0]: a scene is at most 200 nodes deep";
                assert_eq!(texts(s, picture.root).concat(), problem);
            }
        }
    });
}

#[test]
fn wild_sizes_are_clamped() {
    with_heap(|s| {
        for size in ["##NaN", "-5", "##Inf", "1e300", "9223372036854775807", "\"1e99%\"", "\"-3%\""] {
            for tag in ["row", "stack", "grid", "scroll", "canvas", "text"] {
                let text = format!(
                    "[:row {{:gap 3}} [:{tag} {{:width {size} :height {size} :grow 1}}] [:stack [:box {{:x 1 :w {size}}}]]]"
                );
                common::check_sound(s, lay(s, None, scene(s, &text), 500, 500).root);
            }
        }
        for (width, height) in [(0, 0), (-5, 7), (i32::MAX, i32::MIN)] {
            common::check_sound(s, lay(s, None, scene(s, "[:row [:text 1] [:spacer]]"), width, height).root);
        }
    });
}

#[test]
fn one_changed_leaf_of_a_thousand_makes_a_path() {
    with_heap(|s| {
        // Forty columns of twenty-five texts, each with a scene of its own.
        let text = |n: usize| scene(s, &format!("[:text {{:min-width 40}} {n}]"));
        let columns: Vec<Value<'_>> = (0..40)
            .map(|column| {
                let mut all = vec![s.keyword("column")];
                all.extend((0..25).map(|n| text(column * 25 + n)));
                s.vector(&all).unwrap()
            })
            .collect();
        let mut all = vec![s.keyword("row")];
        all.extend(&columns);
        let before = s.vector(&all).unwrap();
        let first = lay(s, None, before, 2000, 800);
        assert!(first.stats.new_nodes > 1000);

        let again = lay(s, Some(first.root), before, 2000, 800);
        assert!(again.root.value().is_identical(first.root.value()));
        assert_eq!((again.stats.new_nodes, again.stats.read), (0, 1));

        let changed = s.vector_assoc(columns[17], 5, text(9999)).unwrap().unwrap();
        let after = s.vector_assoc(before, 18, changed).unwrap().unwrap();
        let second = lay(s, Some(first.root), after, 2000, 800);
        assert_eq!(second.stats.new_nodes, 3, "{:?}", second.stats);
        assert!(common::same(s, second.root, lay(s, None, after, 2000, 800).root));
        let (old, new) = (children(s, first.root), children(s, second.root));
        let shared = old.iter().zip(&new).filter(|(a, b)| a.value().is_identical(b.value())).count();
        assert_eq!(shared, 39);
    });
}

#[test]
fn an_equal_scene_made_anew_gives_the_same_picture() {
    with_heap(|s| {
        let text = "[:column {:pad 4} [:text \"a\"] [:row {:gap 2} [:button {:on-click 5} \"b\"] [:input {:value \"c\"}]] \
                    [:canvas {:h 20} [:circle {:x 4 :y 4 :r 2 :fill :red}]] [:checkbox {:checked? true} \"d\"]]";
        let first = lay(s, None, scene(s, text), 400, 300);
        let second = lay(s, Some(first.root), scene(s, text), 400, 300);
        assert!(second.root.value().is_identical(first.root.value()), "{:?}", second.stats);
    });
}

#[test]
fn keyed_children_are_found_when_they_move() {
    with_heap(|s| {
        let window = |key: &str, x: i32| {
            format!("[:box {{:key \"{key}\" :x {x} :w 50 :h 50 :fill :surface}} [:text \"{key}\"]]")
        };
        let first = scene(s, &format!("[:stack {} {}]", window("a", 1), window("b", 2)));
        let second = scene(s, &format!("[:stack {} {}]", window("b", 2), window("a", 30)));
        let before = lay(s, None, first, 300, 300);
        let after = lay(s, Some(before.root), second, 300, 300);
        let (old, new) = (children(s, before.root), children(s, after.root));
        assert!(old[1].value().is_identical(new[0].value()));
        // The one that moved is new, what is in it is not.
        assert!(old[0].children(s).is_identical(new[1].children(s)));
    });
}

#[test]
fn another_theme_paints_anew() {
    with_heap(|s| {
        let value = scene(s, "[:column [:button \"a\"]]");
        let dark = lay(s, None, value, 100, 100);
        let light = layout(s, Some(dark.root), value, 100, 100, &Theme::light()).unwrap();
        let fresh = layout(s, None, value, 100, 100, &Theme::light()).unwrap();
        assert!(common::same(s, light.root, fresh.root));
    });
}

#[test]
fn without_shades_a_field_has_an_edge_and_what_is_disabled_is_dim() {
    with_heap(|s| {
        let lay = |text: &str, theme: Theme| {
            let picture = layout(s, None, common::scene(s, text), 100, 60, &theme).unwrap().root;
            let data = picture.data(s);
            let inner = children(s, picture).first().map(|child| child.data(s).fill);
            (data.stroke, data.stroke_width, data.fill, inner)
        };
        let edge = |scene: &str, theme: Theme| {
            let (stroke, width, ..) = lay(scene, theme);
            (stroke, width)
        };
        let stark = Theme::high_contrast();
        for scene in ["[:column {:fill :field}]", "[:scroll {:fill :field}]", "[:canvas {:fill :field}]"] {
            assert_eq!(edge(scene, stark), (stark.border, 1), "{scene}");
            for theme in [Theme::dark(), Theme::light()] {
                assert_eq!(edge(scene, theme), (0, 0), "{scene}");
            }
        }
        // Only what is named a field, and says nothing of its border.
        for scene in ["[:column {:fill :surface}]", "[:column {:fill :field :border-width 0}]"] {
            assert_eq!(edge(scene, stark).1, 0, "{scene}");
        }
        assert_eq!(edge("[:column {:fill :field :border :danger}]", stark), (stark.danger, 1));
        for look in ["", ":primary? true", ":color :danger :fill :accent"] {
            let (live, dead) = (
                format!("[:button {{{look}}} \"a\"]"),
                format!("[:button {{:disabled? true {look}}} \"a\"]"),
            );
            let (live, dead) = (lay(&live, stark), lay(&dead, stark));
            assert_eq!(dead.2, stark.surface, "{look}");
            assert_eq!(dead, lay("[:button {:disabled? true} \"a\"]", stark), "{look}");
            let light = |color: u32| color >> 8 & 255;
            assert!(light(dead.0) + 64 < light(live.0), "{look}: {:x} beside {:x}", dead.0, live.0);
            assert_ne!(dead.3, Some(stark.muted), "{look}");
        }
        for theme in [Theme::dark(), Theme::light()] {
            let (live, dead) =
                (lay("[:button \"a\"]", theme), lay("[:button {:disabled? true} \"a\"]", theme));
            assert_eq!((dead.0, dead.3), (live.0, Some(theme.muted)));
        }
    });
}

#[test]
fn the_deepest_scene_fits_a_small_stack() {
    // The machine's stacks grow to some megabytes; a layout must not need them all.
    let run = || {
        with_heap(|s| {
            for tags in [["row", "column"], ["grid", "column"], ["stack", "scroll"], ["grid", "button"]] {
                let mut value = scene(s, "\"deep\"");
                for depth in 0..halt_ui::DEPTH_MAX {
                    value = s.vector(&[s.keyword(tags[depth % 2]), value]).unwrap();
                }
                let picture = lay(s, None, value, 500, 500);
                assert!(!texts(s, picture.root).is_empty(), "{tags:?}");
            }
        })
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_clip_shrinks_what_is_in_it_and_has_round_corners() {
    with_heap(|s| {
        let lines: String = (0..60).map(|n| format!("[:text \"{n}\"]")).collect();
        let text = format!(
            "[:stack [:column {{:w 200 :h 100 :clip true :radius 10 :border :accent :fill :surface}} \
             [:row {{:height 20 :fill :panel}}] \
             [:column {{:grow 1 :justify :end :clip true}} {lines}] [:box {{:height 30 :fill :panel}}]]]"
        );
        let picture = lay(s, None, scene(s, &text), 300, 300);
        let window = children(s, picture.root)[0];
        let rects: Vec<_> = children(s, window).iter().map(|node| node.data(s)).collect();
        assert_eq!((rects[1].rect.y, rects[1].rect.height, rects[2].rect.y), (21, 48, 69));
        let last = children(s, children(s, window)[1])[59].data(s).rect;
        assert_eq!(last.bottom(), 48, "the newest line is in sight");
        let data = window.data(s);
        assert!(data.rounds() && rects.iter().all(|rect| !rect.rounds()));
        assert_eq!(data.clip(data.rect), Rect::new(1, 1, 198, 98));
    });
}

#[test]
fn gradients_run_every_way() {
    with_heap(|s| {
        let data = |way: &str| {
            let text = format!("[:stack [:box {{:w 80 :h 40 :fill [:gradient :red :blue {way}]}}]]");
            children(s, lay(s, None, scene(s, &text), 300, 300).root)[0].data(s)
        };
        for (way, expected) in [
            ("", Gradient::DOWN),
            (":down", Gradient::DOWN),
            (":across", Gradient::ACROSS),
            (":up", Gradient::Linear(0)),
            (":left", Gradient::Linear(270)),
            ("45", Gradient::Linear(45)),
            ("-90.2", Gradient::Linear(270)),
            ("##NaN", Gradient::Linear(0)),
            ("##Inf", Gradient::Linear(0)),
            (":radial", Gradient::Radial { x: 80, y: 40, radius: 89 }),
            ("{:at [\"25%\" 10] :r 30}", Gradient::Radial { x: 40, y: 20, radius: 60 }),
            ("{:at [0 0] :r \"50%\"}", Gradient::Radial { x: 0, y: 0, radius: 89 }),
            ("{:r 1000000}", Gradient::Radial { x: 80, y: 40, radius: u16::MAX }),
        ] {
            assert_eq!(data(way).gradient, expected, "{way}");
        }
        let round = "[:canvas {:w 90 :h 90} [:circle {:r 20 :fill [:gradient :red :blue :radial]}]]";
        let circle = children(s, lay(s, None, scene(s, round), 300, 300).root)[0].data(s);
        assert_eq!(circle.gradient, Gradient::Radial { x: 40, y: 40, radius: 40 });
        for wrong in [":sideways", "[1 2]", "{:at 3}", "{:at [1]}", "{:r :big}", "{:radius 3}", "nil", "1 2"]
        {
            let text = format!("[:box {{:fill [:gradient :red :blue {wrong}]}}]");
            let shown = texts(s, lay(s, None, scene(s, &text), 900, 300).root).concat();
            assert!(shown.contains(":fill takes [:gradient from to way]"), "{wrong}: {shown}");
        }
    });
}

/// The places of a gradient's colours, and the colours but for their alpha.
fn stops<'s>(s: Scope<'s>, node: Node<'s>) -> Vec<(i32, u32)> {
    node.stops(s).iter().map(|(at, color)| (at, color & 0xFF_FFFF)).collect()
}

#[test]
fn gradients_have_many_colours() {
    with_heap(|s| {
        let node = |text: &str| {
            let root = lay(s, None, scene(s, &format!("[:stack {text}]")), 900, 300).root;
            (children(s, root)[0], texts(s, root).concat())
        };
        let of = |colors: &str| {
            stops(s, node(&format!("[:box {{:w 80 :h 40 :fill [:gradient {{:stops {colors}}} 45]}}]")).0)
        };
        let (a, b, c) = (0x11_1111, 0x22_2222, 0x33_3333);
        assert_eq!(of("[[0 0x111111] [0.5 0x222222] [1 0x333333]]"), [(0, a), (32_768, b), (65_536, c)]);
        assert_eq!(of("[0x111111 [34 34 34] \"#333\"]"), [(0, a), (32_768, b), (65_536, c)]);
        assert_eq!(of("[[0.25 0x111111] [0.25 [:white 255]]]"), [(16_384, a), (16_384, 0xFF_FFFF)]);
        // What two colours say is said by them alone.
        for plain in ["{:stops [:red :blue]} 45", "{:stops [[0 :red] [1 :blue]]} 45", ":red :blue 45"] {
            let (node, _) = node(&format!("[:box {{:fill [:gradient {plain}]}}]"));
            let data = node.data(s);
            assert_eq!((data.stops, data.gradient), (0, Gradient::Linear(45)), "{plain}");
            assert!(data.fill != data.fill_end && data.fill_end != 0);
        }
        // An end that is clear is an end.
        let (fading, _) = node("[:box {:fill [:gradient 0x111111 :none]}]");
        assert_eq!(fading.stops(s).iter().collect::<Vec<_>>(), [(0, 0xFF11_1111), (65_536, 0)]);
        let (clear, _) = node("[:box {:fill [:gradient {:stops [:none :none :none]}]}]");
        assert!(!clear.data(s).fills());
        // All the places where a fill may be.
        let three = ":fill [:gradient {:stops [[0 :none] [0.5 0x222222] [1 :none]]}]";
        for shown in [
            format!("[:text {{{three}}} \"x\"]"),
            format!("[:text {{:wrap true :w 9 {three}}} \"x y z\"]"),
            format!("[:button {{{three} :hover? true}} \"x\"]"),
            format!("[:button {{{three} :pressed? true}} \"x\"]"),
            format!("[:input {{{three}}}]"),
            format!("[:rich-text [:text {{{three}}} \"x\"]]"),
            format!("[:canvas {{:w 90 :h 90}} [:circle {{:r 20 {three}}}]]"),
            format!("[:canvas {{:w 90 :h 90}} [:path {{:d \"M 0 0 H 9 V 9 Z\" {three} :opacity 0.5}}]]"),
            format!("[:canvas {{:w 90 :h 90}} [:polyline {{:points [[0 0] [9 0] [9 9]] {three}}}]]"),
        ] {
            let (root, problem) = node(&shown);
            let filled = [root].into_iter().chain(children(s, root)).find(|node| node.data(s).stops == 3);
            let filled = filled.unwrap_or_else(|| panic!("{shown}: {problem}"));
            let shades = stops(s, filled);
            let is_button = shown.starts_with("[:button");
            assert!(is_button || shades[1] == (32_768, 0x22_2222), "{shown}: {shades:x?}");
            assert!(
                filled.data(s).fills()
                    && filled.data(s).fade == if shown.contains("opacity") { 128 } else { 0 }
            );
        }
        // They are there in what is made larger, and in what is made smaller.
        let root = lay(s, None, scene(s, &format!("[:stack [:box {{:w 80 :h 60 {three}}}]]")), 300, 300).root;
        for other in [zoom(s, root, 150, None).unwrap(), preview(s, root, 90, 90).unwrap()] {
            assert_eq!(children(s, other)[0].stops(s), children(s, root)[0].stops(s));
        }
        // A change of a colour in the middle is a change.
        let before = lay(s, None, scene(s, &format!("[:stack [:box {{{three}}}]]")), 300, 300).root;
        let other = three.replace("222222", "222223");
        let after = lay(s, Some(before), scene(s, &format!("[:stack [:box {{{other}}}]]")), 300, 300).root;
        assert_eq!(stops(s, children(s, after)[0])[1].1, 0x22_2223);
        for wrong in [
            "[]",
            "[:red]",
            "nil",
            "5",
            "[[0 :red]]",
            "[[0 :red] :blue]",
            "[:red [1 :blue]]",
            "[[0.6 :red] [0.5 :blue]]",
            "[[##NaN :red] [1 :blue]]",
            "[[0 :red] [##NaN :blue] [1 :red]]",
            "[[-1 :red] [1 :blue]]",
            "[[0 :red] [1.5 :blue]]",
            "[[0 :red] [##Inf :blue]]",
            "[[0 :red] [\"1\" :blue]]",
            "[:red :red :red :red :red :red :red :red :red]",
        ] {
            let (_, shown) = node(&format!("[:box {{:w 880 :fill [:gradient {{:stops {wrong}}}]}}]"));
            assert!(shown.contains(":fill takes {:stops [[0 :red]"), "{wrong}: {shown}");
        }
        let (_, shown) = node("[:box {:w 880 :fill [:gradient {:stops [:red :blu]}]}]");
        assert!(shown.contains("a colour"), "{shown}");
        let (_, shown) = node("[:box {:w 880 :fill [:gradient {:stops [:red :blue] :at [0 0]}]}]");
        assert!(shown.contains(":stops"), "{shown}");
        let (_, shown) = node("[:box {:w 880 :fill [:gradient {:stops [:red :blue]} :sideways]}]");
        assert!(shown.contains(":fill takes [:gradient from to way]"), "{shown}");
    });
}

#[test]
fn an_error_among_the_runs_of_a_rich_text_says_what_it_says() {
    with_heap(|s| {
        let picture = lay(s, None, scene(s, "[:rich-text \"a\" [:error \"more than enough\"]]"), 600, 100);
        assert_eq!(texts(s, picture.root).concat(), "more than enough");
    });
}

#[test]
fn rich_text_sets_runs_of_several_styles_in_lines() {
    with_heap(|s| {
        let runs = "\"Press \" [:text {:bold true :on-click f} \"Enter or Return\"] \", \" [:text {:font-size 32} 2] \" times.\"";
        let wide = scene(s, &format!("[:rich-text {runs}]"));
        let root = lay(s, None, wide, 600, 100).root;
        let nodes = children(s, root);
        assert_eq!(texts(s, root).concat(), "Press Enter or Return, 2 times.");
        let baseline = |place: usize| {
            let data = nodes[place].data(s);
            data.rect.y + Font::of(&data).baseline()
        };
        assert_eq!(baseline(0), baseline(3));
        let link = nodes[1].data(s);
        assert_eq!(link.rect.x, nodes[0].data(s).rect.right());
        assert!(link.flags & Flags::FOCUSABLE != 0 && nodes[0].data(s).flags & Flags::FOCUSABLE == 0);
        let path = hit_test(s, root, link.rect.x + 3, link.rect.y + 3);
        assert!(path.handler(s, s.keyword("on-click"), 0).is_some());
        // In a narrow column the link is in two lines; the keyboard stops once.
        let narrow = scene(s, &format!("[:column [:rich-text {runs}] [:text \"below\"]]"));
        let root = lay(s, None, narrow, 80, 300).root;
        let rich = children(s, root)[0];
        assert!(rich.data(s).rect.height > 60 && children(s, rich).len() > 5);
        assert_eq!(children(s, root)[1].data(s).rect.y, rich.data(s).rect.height);
        assert_eq!(focusables(s, root).len(), 1);
        assert!(lay(s, Some(root), narrow, 80, 300).root.value().is_identical(root.value()));
        // Cut with dots where there is no room below.
        let cut = scene(s, &format!("[:rich-text {{:height 20}} {runs}]"));
        assert!(texts(s, lay(s, None, cut, 80, 20).root).concat().ends_with("..."));
        for (wrong, told) in [
            ("[:rich-text [:button \"no\"]]", "a :rich-text holds strings, numbers and :text, not :button"),
            ("[:rich-text [:text {:bld true} \"no\"]]", "unknown style :bld; did you mean :bold?"),
            ("[:rich-text [:text [:text \"no\"]]]", "text is strings and numbers"),
        ] {
            let shown = texts(s, lay(s, None, scene(s, wrong), 900, 300).root).concat();
            assert!(shown.contains(told), "{wrong}: {shown}");
        }
        let plain = |styles: &str| lay(s, None, scene(s, &format!("[:text {styles} \"two\"]")), 90, 30).root;
        assert_eq!(children(s, plain("{}")).len(), 0);
        let underlined = children(s, plain("{:underline true}"));
        assert_eq!(underlined[1].data(s).rect.width, underlined[0].data(s).rect.width);
    });
}

#[test]
fn paths_are_shapes_of_a_canvas() {
    with_heap(|s| {
        let shown = |shape: &str| {
            let text = format!("[:canvas {{:w 200 :h 100}} {shape}]");
            children(s, lay(s, None, scene(s, &text), 300, 300).root)[0]
        };
        let triangle = shown("[:polygon {:x 5 :y 6 :points [[0 0] [20 0] [0 10]] :fill :red :on-click f}]");
        assert_eq!((triangle.data(s).rect, triangle.data(s).stroke), (Rect::new(5, 6, 20, 10), 0));
        let path = Path::of(s, triangle.content(s)).unwrap();
        assert_eq!((path.fill().count(), path.stroke().count()), (2, 0));
        assert!(path.contains(1, 1) && !path.contains(15, 8) && !path.contains(-1, 1));
        let curve = shown("[:path {:d \"M10 10 Q 30 90 50 10\" :stroke :red :stroke-width 4}]");
        assert_eq!(curve.data(s).rect, Rect::new(8, 9, 44, 44));
        let same = shown("[:path {:d [:M 10 10 :Q [30 90] [50 10]] :stroke :red :stroke-width 4}]");
        assert!(s.equal(curve.content(s), same.content(s)));
        let line = shown("[:polyline {:points [[0 0] [20 0.5]]}]").data(s);
        assert_eq!((line.stroke, line.stroke_width), (Theme::dark().text, 1));
        let wide = shown("[:path {:d \"M-1e9 0L0 1e300 5 5\" :stroke :red}]");
        assert!(wide.data(s).rect.width <= 1 << 21);
        assert!(shown("[:path {:d \"\" :fill :red :stroke :red}]").bounds(s).is_empty());
        let canvas =
            scene(s, "[:canvas {:w 90 :h 90} [:polygon {:points [[0 0] [20 0] [0 20]] :fill :red}]]");
        let root = lay(s, None, canvas, 90, 90).root;
        let hit = |x: i32, y: i32| hit_test(s, root, x, y).hits.len();
        assert_eq!((hit(3, 3), hit(18, 18)), (2, 1));
        for (wrong, told) in [
            ("[:path {:fill :red}]", ":path needs a :d"),
            ("[:rect {:transform [:rotate]}]", ":transform takes steps such as"),
            ("[:rect {:transform [[:scale 2] [:turn 3]]}]", ":transform takes steps"),
            ("[:rect {:transform [1 2 3 4 5 6 7]}]", ":transform takes steps"),
            ("[:arc {:from :here}]", ":from takes degrees"),
            ("[:text {:transform [:scale 2]} \"no\"]", "no :transform"),
            ("[:path {:d 7}]", ":path needs a :d"),
            ("[:path {:d \"L 3 4\"}]", "a path begins with M"),
            ("[:path {:d [:M 1 2 :L 3]}]", "L in a path takes 2 numbers, not 1"),
            ("[:path {:d [:M 1 2 :L nil 4]}]", "numbers, not nil"),
            ("[:path {:d [:move 1 2]}]", "numbers, not :move"),
            ("[:polygon {:points [1 2]}]", ":points such as"),
            ("[:polyline {}]", ":points such as"),
            ("[:path {:d \"M 0 0\" :cap :flat}]", ":cap takes :butt, :round or :square"),
            ("[:path {:d \"M 0 0\" :join 3}]", ":join takes :miter, :round or :bevel"),
        ] {
            let text = texts(s, shown(wrong)).concat();
            assert!(text.contains(told), "{wrong}: {text}");
        }
        let alone = lay(s, None, scene(s, "[:path {:d \"M 0 0\"}]"), 900, 90).root;
        assert!(texts(s, alone).concat().contains(":canvas"));
    });
}

#[test]
fn opacity_is_of_a_node_and_all_within() {
    with_heap(|s| {
        let data = |text: &str| children(s, lay(s, None, scene(s, text), 300, 300).root)[0].data(s);
        let group = data("[:stack [:row {:opacity 0.5 :fill 0xFF0000} \"a\"]]");
        assert_eq!((group.fade, group.fill), (128, 0xFFFF_0000));
        // What is painted at once needs no layer.
        let plain = data("[:stack [:row {:opacity 0.5 :fill 0xFF0000}]]");
        assert_eq!((plain.fade, plain.fill), (0, 0x7FFF_0000));
        let edged = data("[:stack [:row {:opacity 0.5 :fill 0xFF0000 :border :text}]]");
        assert_eq!((edged.fade, edged.fill), (128, 0xFFFF_0000));
        let text = data("[:stack [:text {:opacity 0.5 :color 0xFF0000} \"a\"]]");
        assert_eq!((text.fade, text.fill), (0, 0x7FFF_0000));
        let boxed = data("[:stack [:text {:opacity 0.5 :pad 3 :color 0xFF0000} \"a\"]]");
        assert_eq!(boxed.fade, 128);
        let circle = data("[:canvas {:w 9 :h 9} [:circle {:r 3 :fill :red :stroke :blue :opacity 0}]]");
        assert_eq!(circle.fade, 255);
    });
}

#[test]
fn a_scene_of_a_million_nodes_is_one_error_box() {
    with_heap(|s| {
        let child = s.vector(&[s.keyword("text")]).unwrap();
        let thousand = |tag: &str, child| {
            s.vector_from(std::iter::once(s.keyword(tag)).chain((0..1000).map(|_| child))).unwrap()
        };
        let column = thousand("column", child);
        // Thirty nodes that stand for a thousand million.
        let twice = (0..30).fold(child, |inner, _| s.vector(&[s.keyword("row"), inner, inner]).unwrap());
        for value in ["row", "canvas", "scroll"].map(|tag| thousand(tag, column)).into_iter().chain([twice]) {
            let picture = lay(s, None, value, 900, 300);
            assert_eq!(
                texts(s, picture.root)[0],
                "a scene has at most 100000 nodes, and 20000 new ones at a time"
            );
            assert!(picture.stats.read <= 1, "{:?}", picture.stats);
            // And it is gone as soon as the scene is small again.
            let small = lay(s, Some(picture.root), scene(s, "[:row \"ok\"]"), 900, 300);
            assert_eq!(texts(s, small.root), ["ok"]);
        }
    });
}

#[test]
fn a_million_children_of_a_node_are_an_error_box_in_its_place() {
    with_heap(|s| {
        let child = s.string("x").unwrap();
        let million = || (0..1_000_000).map(|_| child);
        let many = s.vector_from(million()).unwrap();
        let list = s.list(&million().collect::<Vec<_>>()).unwrap();
        let nothing = s.vector_from((0..1_000_000).map(|_| halt_heap::Value::NIL)).unwrap();
        let twice = (0..30).fold(child, |inner, _| s.list(&[inner, inner]).unwrap());
        for tag in ["row", "canvas", "scroll", "text", "rich-text", "checkbox", "button", "grid", "stack"] {
            let tag = s.keyword(tag);
            let flat = s.vector_from(std::iter::once(tag).chain(million())).unwrap();
            let of = |part| s.vector(&[tag, part]).unwrap();
            for (count, wide) in [
                ("1000000", flat),
                ("more", of(many)),
                ("more", of(list)),
                ("more", of(nothing)),
                ("more", of(twice)),
            ] {
                let value = s.vector(&[s.keyword("column"), wide, s.string("after").unwrap()]).unwrap();
                let before = lay(s, None, scene(s, "[:column [:row] \"after\"]"), 900, 300).root;
                let picture = lay(s, Some(before), value, 900, 300);
                let problem = format!("column[0]: a node has at most 20000 children, and this one {count}");
                assert_eq!(texts(s, picture.root), [problem.as_str(), "after"]);
                assert_eq!(shown(s, picture.root), shown(s, lay(s, None, value, 900, 300).root));
                let small = lay(s, Some(picture.root), scene(s, "[:column [:row] \"after\"]"), 900, 300);
                assert_eq!(shown(s, small.root), shown(s, before));
            }
        }
    });
}

#[test]
fn texts_of_megabytes_are_cut() {
    with_heap(|s| {
        let text = s.string(&"word ".repeat(1_000_000)).unwrap();
        for tag in ["text", "input", "text-area", "button"] {
            let styles = s.map(&[(s.keyword("wrap"), Value::TRUE), (s.keyword("value"), text)]).unwrap();
            let node = s.vector(&[s.keyword(tag), styles, text]).unwrap();
            let value = s.vector(&[s.keyword("column"), node, s.string("after").unwrap()]).unwrap();
            let picture = lay(s, None, value, 900, 300);
            let shown: usize = texts(s, picture.root).iter().map(String::len).sum();
            assert!(shown < 1 << 20, "{tag} shows {shown} bytes");
        }
        // A text that is put together has a bound of its own: this one would have 100 GB.
        let all = std::iter::once(s.keyword("text")).chain((0..20_000).map(|_| text));
        let value = s.vector_from(all).unwrap();
        assert_eq!(
            texts(s, lay(s, None, value, 900, 300).root),
            ["a text is put together of at most 16 MiB"]
        );
        let all = std::iter::once(s.keyword("rich-text")).chain((0..20_000).map(|_| text));
        let picture = lay(s, None, s.vector_from(all).unwrap(), 900, 300);
        assert!(texts(s, picture.root).iter().map(String::len).sum::<usize>() <= 1 << 20);
    });
}

#[test]
fn layout_says_when_memory_is_exhausted() {
    // A scope collects nothing: what does not fit the arena is an error, never a panic.
    let heap = halt_heap::Heap::new(halt_heap::Region::allocate(2 << 20)).unwrap();
    heap.mutator().enter(|s| {
        let value = scene(
            s,
            "[:column [:row {:gap 2} [:text 1] [:button {:on-click 1} \"b\"]] [:input {:value \"v\"}]]",
        );
        let full = (0..100_000).any(|_| layout(s, None, value, 300, 300, &Theme::dark()).is_err());
        assert!(full);
    });
}

#[test]
fn a_label_is_cut_where_its_button_may_not_grow() {
    check(
        "[:row [:button {:max-width 60} \"a long label\"] [:text \"and a neighbour\"]]",
        90,
        30,
        "
box 0,0 90x30
 box 0,0 60x30
  text 14,7 28x16 \"a...\"
 text 60,7 28x16 \"a...\"",
    );
}

#[test]
fn a_text_area_grows_with_its_text() {
    let area = |styles: &str, height: i32| {
        let text = format!("[:column [:text-area {{:pad 0 :border-width 0 {styles}}}]]");
        with_heap(|s| {
            let root = lay(s, None, scene(s, &text), 70, 900).root;
            assert_eq!(children(s, root)[0].data(s).rect.height, height, "{text}");
        });
    };
    area("", 16);
    area(":value \"one\\ntwo\"", 36);
    area(":value \"wraps after ten\"", 36);
    area(":value \"one\\ntwo\" :rows 3", 56);
    area(":value \"1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n9\"", 16 + 7 * 20);
}

/// What a toolkit holds beside the scene gives the picture that the same styles in the scene give, shares the rest, and
/// goes without a trace.
#[test]
fn held_styles_are_as_if_they_were_in_the_scene() {
    with_heap(|s| {
        let theme = Theme::dark();
        let text = |field: &str, scroll: &str| {
            format!(
                "[:column [:text \"a\"] [:row {{:key :r}} [:input {{:value \"hello\" {field}}}] [:text \"b\"]] \
                 [:scroll {{:height 20 {scroll}}} [:text \"1\"] [:text \"2\"] [:text \"3\"]]]"
            )
        };
        let plain = scene(s, &text("", ""));
        let held = scene(s, "{:r {-1 {nil {:cursor 2 :focused? true}}} -3 {nil {:scroll-y 7}}}");
        let first = layout(s, None, plain, 300, 200, &theme).unwrap().root;
        let now = Held { now: held, before: Value::NIL };
        let second = layout_held(s, Some(first), plain, 300, 200, &theme, now).unwrap();
        let wanted = scene(s, &text(":cursor 2 :focused? true", ":scroll-y 7"));
        let wanted = layout(s, None, wanted, 300, 200, &theme).unwrap().root;
        assert_eq!(shown(s, second.root), shown(s, wanted));
        assert_ne!(shown(s, first), shown(s, wanted));
        assert!(second.stats.reused >= 2, "{:?}", second.stats);
        let same = Held { now: held, before: held };
        let third = layout_held(s, Some(second.root), plain, 300, 200, &theme, same).unwrap();
        assert!(third.root.value().is_identical(second.root.value()));
        let gone = Held { now: Value::NIL, before: held };
        let last = layout_held(s, Some(second.root), plain, 300, 200, &theme, gone).unwrap().root;
        assert_eq!(shown(s, last), shown(s, first));
    });
}

/// Widths that are shared out are not whole, and what is placed may be a pixel narrower: no line is lost by it.
#[test]
fn text_that_wraps_in_a_row_is_never_cut() {
    with_heap(|s| {
        let words = [
            "unknown tag :buton; did you mean :button?",
            "takes a number, [vertical horizontal]",
            "is no picture",
        ];
        for width in 250..450 {
            let texts_of = words.map(|words| format!("[:text {{:wrap true :pad [6 8]}} {words:?}]"));
            let scene = scene(s, &format!("[:column [:row {{:gap 7}} {}]]", texts_of.join(" ")));
            let picture = layout(s, None, scene, width, 900, &Theme::dark()).unwrap();
            let shown = texts(s, picture.root);
            assert!(shown.iter().all(|line| !line.ends_with("...")), "{width}: {shown:?}");
        }
    });
}
