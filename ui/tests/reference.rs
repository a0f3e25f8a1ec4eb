//! The toolkit reference, `docs/APPS.md`: it has every tag, and each example draws.

mod common;

use common::{scene, with_heap};
use halt_heap::Scope;
use halt_ui::{Node, Theme, layout, tag_names};

const REFERENCE: &str = include_str!("../../docs/APPS.md");

/// The entries: a tag and its example.
fn entries() -> Vec<(&'static str, &'static str)> {
    let heads = REFERENCE.split("\n### `:").skip(1);
    heads
        .map(|entry| {
            let (tag, rest) = entry.split_once('`').unwrap();
            let example = rest.split_once("```clojure\n").and_then(|(_, rest)| rest.split_once("```"));
            (tag, example.unwrap_or_else(|| panic!(":{tag} has no example")).0)
        })
        .collect()
}

/// Whether something of a picture has the border of an error box.
fn is_broken<'s>(s: Scope<'s>, node: Node<'s>, theme: &Theme) -> bool {
    node.data(s).stroke == theme.danger
        || common::children(s, node).into_iter().any(|child| is_broken(s, child, theme))
}

#[test]
fn every_tag_has_an_entry() {
    let mut known: Vec<_> = tag_names().collect();
    let mut told: Vec<_> = entries().into_iter().map(|(tag, _)| tag).collect();
    known.sort();
    told.sort();
    assert_eq!(told, known);
}

#[test]
fn every_example_draws_its_node() {
    with_heap(|s| {
        let theme = Theme::light();
        for (tag, example) in entries() {
            assert!(
                example.contains(&format!("[:{tag} ")) || example.contains(&format!("[:{tag}]")),
                ":{tag}"
            );
            let root = layout(s, None, scene(s, example), 400, 200, &theme).unwrap().root;
            assert_eq!(is_broken(s, root, &theme), tag == "error", ":{tag}: {}", common::shown(s, root));
        }
        let wrong = layout(s, None, scene(s, "[:row [:buton]]"), 400, 200, &theme).unwrap().root;
        assert!(is_broken(s, wrong, &theme));
    });
}
