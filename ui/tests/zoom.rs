//! A picture zoomed: what touches still touches, and what did not change is what it was.

mod common;

use common::{children, scene, shown, texts, with_heap};
use halt_heap::Scope;
use halt_ui::{Font, Node, Rect, Theme, layout, place_under, zoom, zoomed_place};

fn lay<'s>(s: Scope<'s>, previous: Option<Node<'s>>, text: &str) -> Node<'s> {
    layout(s, previous, scene(s, text), 300, 200, &Theme::dark()).unwrap().root
}

fn rects<'s>(s: Scope<'s>, node: Node<'s>) -> Vec<Rect> {
    children(s, node).iter().map(|child| child.data(s).rect).collect()
}

#[test]
fn everything_is_larger_and_touches_as_before() {
    with_heap(|s| {
        let plain = lay(
            s,
            None,
            "[:row {:pad 3} [:box {:width 7 :height 5}] [:box {:width 9 :height 5}] [:text {:font :mono} \"abcd\"]]",
        );
        let large = zoom(s, plain, 150, None).unwrap();
        let (was, is) = (rects(s, plain), rects(s, large));
        assert_eq!(was[0].right(), was[1].x);
        assert_eq!((is[0].right(), is[1].right()), (is[1].x, is[2].x));
        assert_eq!((is[0].x, is[0].width, large.data(s).rect.width), (4, 11, 450));
        // Half a pixel a character more than whole ones: the line ends where its caret is.
        let text = children(s, large)[2].data(s);
        assert_eq!((text.font_px, Font::of(&text).width("abcd"), text.rect.width), (24, 42, 42));
        assert_eq!(texts(s, large), texts(s, plain));
    });
}

#[test]
fn a_place_leads_to_the_pixel_that_it_shows() {
    for percent in [100, 125, 150, 200, 300] {
        for place in -40..400 {
            let first = zoomed_place(place, percent);
            let last = zoomed_place(place + 1, percent) - 1;
            // The zoomed pixels of one pixel lead back to it; only where two of them share one, to its neighbour.
            assert!((place_under(last, percent) - place).abs() <= 1, "{percent} {place}");
            assert!((place_under(first, percent) - place).abs() <= 1, "{percent} {place}");
        }
    }
    assert_eq!([0, 1, 2, 3].map(|place| place_under(place, 200)), [0, 0, 1, 1]);
}

#[test]
fn sharing_with_the_one_before_gives_what_zooming_anew_gives() {
    let list = |keys: &[usize], chosen: usize| {
        let lines = keys.iter().map(|key| {
            let bold = if *key == chosen { ":bold true" } else { "" };
            format!("[:row {{:key {key}}} [:text {{{bold}}} \"line {key}\"] [:button {{:on-click 1}} \"x\"]]")
        });
        format!("[:column [:text \"head\"] {}]", lines.collect::<String>())
    };
    with_heap(|s| {
        let steps = [
            list(&[1, 2, 3, 4], 0),
            list(&[1, 2, 3, 4], 2),
            list(&[2, 3, 4, 5], 2),
            list(&[5, 4, 3, 2], 9),
            list(&[], 0),
            list(&[7, 1, 2], 1),
        ];
        let mut before: Option<(Node<'_>, Node<'_>)> = None;
        for step in &steps {
            let plain = lay(s, before.map(|(plain, _)| plain), step);
            let large = zoom(s, plain, 125, before).unwrap();
            assert_eq!(shown(s, large), shown(s, zoom(s, plain, 125, None).unwrap()), "{step}");
            if let Some((old, old_large)) = before {
                for (child, large_child) in children(s, plain).into_iter().zip(children(s, large)) {
                    let was = children(s, old).iter().position(|old| old.value().is_identical(child.value()));
                    if let Some(at) = was {
                        assert!(
                            children(s, old_large)[at].value().is_identical(large_child.value()),
                            "{step}"
                        );
                    }
                }
            }
            before = Some((plain, large));
        }
        let (plain, large) = before.unwrap();
        assert!(zoom(s, plain, 125, before).unwrap().value().is_identical(large.value()));
    });
}

#[test]
fn no_text_is_wider_than_its_place_in_any_zoom() {
    with_heap(|s| {
        for (px, font) in (8..40).flat_map(|px| [(px, ":ui"), (px, ":mono")]) {
            let text =
                format!("[:text {{:font {font} :font-size {px} :bold true}} \"the quick brown fox jumps\"]");
            let picture =
                layout(s, None, scene(s, &format!("[:stack {text}]")), 2000, 200, &Theme::dark()).unwrap();
            for percent in [125i64, 150, 200] {
                let large = zoom(s, picture.root, percent as i32, None).unwrap();
                let data = children(s, large)[0].data(s);
                let (plain, font_there) = (Font::of(&children(s, picture.root)[0].data(s)), Font::of(&data));
                let width = font_there.width("the quick brown fox jumps");
                // A caret, which lies where it lay, lies between the same letters.
                let places = |font: Font| font.glyphs("the quick brown fox jumps").map(|(_, at)| at);
                for (was, is) in places(plain).zip(places(font_there)) {
                    assert!((was * percent - 100 * is).abs() <= 200, "{font} {px} in {percent}: {was} {is}");
                }
                // Both ends of the place are rounded.
                assert!(
                    width <= data.rect.width + 1,
                    "{font} {px} in {percent}: {width} in {}",
                    data.rect.width
                );
            }
        }
    });
}
