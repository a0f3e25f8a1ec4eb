//! Which child of the previous picture most likely shows what a child of the new scene shows.
//!
//! Enter at [`previous_children`]. A wrong guess costs sharing, never correctness.

use crate::picture::Node;
use alloc::vec::Vec;
use halt_heap::{Kind, Scope, Value};

/// Returns, for every child scene, its node in the previous picture, if any: the same scenes from both ends,
/// then by key, then in order.
pub(crate) fn previous_children<'s>(
    s: Scope<'s>,
    previous: Option<Node<'s>>,
    scenes: &[Value<'s>],
) -> Vec<Option<Node<'s>>> {
    let Some(previous) = previous else { return Vec::new() };
    let old = nodes_of_scene(s, previous);
    let mut found: Vec<Option<Node<'s>>> = alloc::vec![None; scenes.len()];
    let same = |node: &Node<'s>, scene: &Value<'s>| node.scene(s).is_identical(*scene);
    let shorter = old.len().min(scenes.len());
    let start = (0..shorter).take_while(|i| same(&old[*i], &scenes[*i])).count();
    let tail = (0..shorter - start)
        .take_while(|i| same(&old[old.len() - 1 - i], &scenes[scenes.len() - 1 - i]))
        .count();
    for i in 0..start {
        found[i] = Some(old[i]);
    }
    for i in 1..=tail {
        found[scenes.len() - i] = Some(old[old.len() - i]);
    }
    let middle_old = &old[start..old.len() - tail];
    let middle = start..scenes.len() - tail;
    if middle_old.is_empty() || middle.is_empty() {
        return found;
    }
    let key_name = s.keyword("key");
    let mut keyed: Vec<(u32, Node<'s>)> = middle_old
        .iter()
        .filter(|node| !node.key(s).is_nil())
        .map(|node| (s.hash(node.key(s)), *node))
        .collect();
    keyed.sort_by_key(|(hash, _)| *hash);
    let mut unkeyed = middle_old.iter().filter(|node| node.key(s).is_nil());
    for i in middle {
        let key = key_of(s, scenes[i], key_name);
        found[i] = if key.is_nil() {
            unkeyed.next().copied()
        } else {
            let hash = s.hash(key);
            let from = keyed.partition_point(|(other, _)| *other < hash);
            keyed[from..]
                .iter()
                .take_while(|(other, _)| *other == hash)
                .find(|(_, node)| s.equal(node.key(s), key))
                .map(|(_, node)| *node)
        };
    }
    found
}

/// The children that were laid out from a scene of their own.
fn nodes_of_scene<'s>(s: Scope<'s>, node: Node<'s>) -> Vec<Node<'s>> {
    let children = node.children(s);
    if s.kind(children) != Kind::Vector {
        return Vec::new();
    }
    s.vector_iter(children)
        .filter_map(|child| Node::of(s, child))
        .filter(|child| !child.scene(s).is_nil())
        .collect()
}

fn key_of<'s>(s: Scope<'s>, scene: Value<'s>, key_name: Value<'s>) -> Value<'s> {
    if s.kind(scene) != Kind::Vector {
        return Value::NIL;
    }
    match s.vector_get(scene, 1) {
        Some(map) if s.kind(map) == Kind::Map => s.map_get(map, key_name).unwrap_or(Value::NIL),
        _ => Value::NIL,
    }
}
