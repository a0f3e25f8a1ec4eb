//! Random scenes and edits: layout never fails, and with a previous picture it gives what it gives without.

mod common;

use common::{Random, check_sound, difference, with_heap};
use halt_heap::{Kind, Scope, Value};
use halt_ui::{Node, Theme, find_surface, focusables, hit_test, layout, replace_surface, scene_is_flat};

const TAGS: [&str; 26] = [
    "row",
    "column",
    "stack",
    "grid",
    "box",
    "scroll",
    "button",
    "canvas",
    "spacer",
    "text",
    "rich-text",
    "input",
    "text-area",
    "checkbox",
    "progress",
    "slider",
    "surface",
    "rect",
    "circle",
    "ellipse",
    "line",
    "path",
    "polygon",
    "arc",
    "oops",
    "row",
];

const STYLES: [&str; 37] = [
    "gap",
    "pad",
    "margin",
    "width",
    "height",
    "min-width",
    "max-height",
    "grow",
    "shrink",
    "align",
    "justify",
    "fill",
    "color",
    "border",
    "opacity",
    "radius",
    "shadow",
    "font-size",
    "bold",
    "clip",
    "focusable",
    "key",
    "wrap",
    "underline",
    "value",
    "checked?",
    "x",
    "y",
    "r",
    "disabled?",
    "on-click",
    "d",
    "points",
    "to",
    "transform",
    "stroke",
    "gapp",
];

/// A value for a style: now and then of the wrong kind.
fn style_value<'s>(s: Scope<'s>, random: &mut Random, name: &str) -> Value<'s> {
    let pick = |random: &mut Random, names: &[&str]| s.keyword(names[random.below(names.len())]);
    let int = |n: i64| s.int(n).unwrap();
    // Not a number equals nothing, so no two handlers of it would be equal.
    if random.below(40) == 0 && name != "on-click" {
        return [Value::TRUE, s.float(f64::NAN).unwrap(), int(i64::MAX), int(-7), s.string("90%").unwrap()]
            [random.below(5)];
    }
    match name {
        "align" => pick(random, &["start", "center", "end", "stretch"]),
        "justify" => pick(random, &["start", "center", "end", "between", "around", "evenly"]),
        "fill" if random.below(4) == 0 => common::scene(
            s,
            [
                "[:gradient :accent :text 30]",
                "[:gradient :red [0 0 0 0] {:at [\"40%\" 3] :r 20}]",
                "[:gradient :red :blue {:at 3}]",
            ][random.below(3)],
        ),
        "d" => s.string(["M3 4l20 9 8 0z", "M0 0q20 30 40 2", "M 1 oops"][random.below(3)]).unwrap(),
        "points" => common::scene(s, ["[[0 0] [30 4] [9 22]]", "[[5 5]]", "[]"][random.below(3)]),
        "transform" => {
            common::scene(s, ["[:rotate 30]", "[[:move 9 4] [:scale 2 0.5]]", "[1 2 3]"][random.below(3)])
        }
        "opacity" => s.float(random.below(5) as f64 / 4.0).unwrap(),
        "fill" | "color" | "stroke" => pick(random, &["accent", "surface", "text", "danger", "none"]),
        "width" | "height" if random.below(3) == 0 => {
            s.string(["50%", "100%", "33%"][random.below(3)]).unwrap()
        }
        "grow" | "shrink" => s.float(random.below(4) as f64 / 2.0).unwrap(),
        "value" => s.string(&"some words ".repeat(random.below(4))).unwrap(),
        "bold" | "clip" | "focusable" | "underline" | "wrap" | "checked?" | "disabled?" | "shadow" => {
            Value::bool(random.below(2) == 0)
        }
        "font-size" => int(16 + 4 * random.below(5) as i64),
        "on-click" | "key" => int(random.below(5) as i64),
        _ => int(random.below(60) as i64),
    }
}

/// A part of a rich text: a string, or a text with some style.
fn random_run<'s>(s: Scope<'s>, random: &mut Random) -> Value<'s> {
    let text = s.string(["a", "some words", " of rich text", "two\nlines"][random.below(4)]).unwrap();
    if random.below(3) == 0 {
        return text;
    }
    let name = STYLES[random.below(STYLES.len() - 1)];
    let styles = s.map(&[(s.keyword(name), style_value(s, random, name))]).unwrap();
    s.vector(&[s.keyword("text"), styles, text]).unwrap()
}

fn random_scene<'s>(s: Scope<'s>, random: &mut Random, depth: usize) -> Value<'s> {
    if random.below(6) == 0 {
        return s.string(["", "word", "several words in a line", "two\nlines"][random.below(4)]).unwrap();
    }
    let known = if random.below(8) == 0 { TAGS.len() } else { 17 };
    let tag = TAGS[random.below(known)];
    let mut all = vec![s.keyword(tag)];
    let styles: Vec<(Value<'s>, Value<'s>)> = (0..random.below(5))
        .map(|_| {
            let known = STYLES.len() - usize::from(random.below(20) != 0);
            let name = STYLES[random.below(known)];
            (s.keyword(name), style_value(s, random, name))
        })
        .collect();
    if !styles.is_empty() {
        all.push(s.map(&styles).unwrap());
    }
    if depth > 0 {
        for _ in 0..random.below(5) {
            let child = match random.below(12) {
                0 => Value::NIL,
                2.. if tag == "rich-text" => random_run(s, random),
                1 => s.list(&[random_scene(s, random, depth - 1), Value::NIL]).unwrap(),
                _ => random_scene(s, random, depth - 1),
            };
            all.push(child);
        }
    }
    s.vector(&all).unwrap()
}

/// A row, column, stack or grid of a dozen random children.
fn random_root<'s>(s: Scope<'s>, random: &mut Random) -> Value<'s> {
    let mut all = vec![s.keyword(TAGS[random.below(4)])];
    all.extend((0..12).map(|_| random_scene(s, random, 4)));
    s.vector(&all).unwrap()
}

/// The scene with something changed somewhere: most of it stays the same value.
fn edited<'s>(s: Scope<'s>, random: &mut Random, scene: Value<'s>, depth: usize) -> Value<'s> {
    let count = if s.kind(scene) == Kind::Vector { s.vector_count(scene) } else { 0 };
    if count < 2 || (depth < 4 && random.below(4) == 0) {
        return random_scene(s, random, depth.min(2));
    }
    let index = 1 + random.below(count - 1);
    let part = s.vector_get(scene, index).unwrap();
    match s.kind(part) {
        Kind::Map => {
            let name = STYLES[random.below(STYLES.len() - 1)];
            let map = s.map_assoc(part, s.keyword(name), style_value(s, random, name)).unwrap();
            s.vector_assoc(scene, index, map).unwrap().unwrap()
        }
        Kind::Vector if random.below(6) == 0 => {
            // A child goes, or comes, or the order changes.
            let mut all: Vec<Value<'s>> = s.vector_iter(scene).collect();
            match random.below(3) {
                0 => drop(all.remove(index)),
                1 => all.insert(index, random_scene(s, random, depth.min(2))),
                _ => all[index..].reverse(),
            }
            s.vector(&all).unwrap()
        }
        Kind::Vector => {
            let child = edited(s, random, part, depth.saturating_sub(1));
            s.vector_assoc(scene, index, child).unwrap().unwrap()
        }
        _ => {
            let child = random_scene(s, random, depth.min(2));
            s.vector_assoc(scene, index, child).unwrap().unwrap()
        }
    }
}

#[test]
fn incremental_layout_equals_a_fresh_one() {
    let theme = Theme::dark();
    let (mut shared_pictures, mut nodes) = (0, 0);
    for seed in 0..300 {
        with_heap_of(24, |s| {
            let mut random = Random::new(seed + 1);
            let mut scene = random_root(s, &mut random);
            let (mut width, mut height) = (400, 300);
            let mut previous: Option<Node<'_>> = None;
            for step in 0..12 {
                let next = layout(s, previous, scene, width, height, &theme).unwrap();
                let fresh = layout(s, None, scene, width, height, &theme).unwrap();
                check_sound(s, next.root);
                let difference = difference(s, next.root, fresh.root);
                assert!(difference.is_none(), "seed {seed} step {step}: {}", difference.unwrap_or_default());
                shared_pictures += usize::from(next.stats.new_nodes * 2 < fresh.stats.new_nodes);
                nodes += fresh.stats.new_nodes;
                // Whatever lies there, looking for it is safe, and the path is one.
                for _ in 0..5 {
                    let (x, y) = (random.below(440) as i32 - 20, random.below(340) as i32 - 20);
                    let path = hit_test(s, next.root, x, y);
                    assert!(
                        path.hits.first().is_none_or(|hit| hit.node.value().is_identical(next.root.value()))
                    );
                    for (depth, hit) in path.hits.iter().enumerate() {
                        let found = halt_ui::node_at(s, next.root, &path.path_to(depth)).unwrap();
                        assert!(found.value().is_identical(hit.node.value()));
                    }
                }
                for focusable in focusables(s, next.root) {
                    let found = halt_ui::node_at(s, next.root, &focusable.path).unwrap();
                    assert!(found.value().is_identical(focusable.node.value()));
                }
                assert!(scene_is_flat(s, scene, |_| true));
                previous = Some(next.root);
                if random.below(6) == 0 {
                    (width, height) = (200 + random.below(300) as i32, 200 + random.below(300) as i32);
                }
                scene = edited(s, &mut random, scene, 4);
            }
        });
    }
    assert!(nodes > 100_000, "only {nodes} nodes");
    assert!(shared_pictures > 1_000, "only {shared_pictures} pictures shared half their nodes");
}

#[test]
fn app_pictures_stay_in_their_surfaces() {
    let theme = Theme::dark();
    with_heap(|s| {
        let id = |n: i64| s.int(n).unwrap();
        let desktop = |text: &str| common::scene(s, text);
        let first = desktop(
            "[:stack [:column {:x 9} [:text \"t\"] [:surface {:id 1 :w 90 :h 50}]] [:surface {:id 2 :w 5 :h 5}]]",
        );
        let shell = layout(s, None, first, 300, 200, &theme).unwrap().root;
        let app = layout(s, None, desktop("[:button \"hi\"]"), 90, 50, &theme).unwrap().root;
        assert!(replace_surface(s, shell, id(3), Some(app)).unwrap().is_none());
        let shell = replace_surface(s, shell, id(1), Some(app)).unwrap().unwrap();
        assert!(common::texts(s, shell).contains(&"hi".to_string()));
        // The other window is the same node: only the path was copied.
        let again = replace_surface(s, shell, id(1), None).unwrap().unwrap();
        let (old, new) = (common::children(s, shell)[1], common::children(s, again)[1]);
        assert!(old.value().is_identical(new.value()));
        assert!(!common::texts(s, again).contains(&"hi".to_string()));
        // A new scene of the shell keeps what its windows show, wherever they went.
        let moved =
            desktop("[:stack [:surface {:id 2 :w 6 :h 5}] [:box [:row [:surface {:id 1 :w 90 :h 50}]]]]");
        let after = layout(s, Some(shell), moved, 300, 200, &theme).unwrap().root;
        assert!(common::texts(s, after).contains(&"hi".to_string()));
        let path = find_surface(s, after, id(1)).unwrap();
        assert_eq!(path, [1, 0, 0]);
        let hit = hit_test(s, after, 20, 20);
        assert_eq!(hit.surface.and_then(|surface| s.as_int(surface.id)), Some(1));
        assert!(hit.focusable(s, 0).is_some());
    });
}

fn with_heap_of<R>(mebibytes: usize, body: impl for<'s> FnOnce(Scope<'s>) -> R) -> R {
    let heap = halt_heap::Heap::new(halt_heap::Region::allocate(mebibytes << 20)).unwrap();
    heap.mutator().enter(body)
}
