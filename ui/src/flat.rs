//! Whether a scene is data through and through.

use crate::item::NODES_MAX;
use halt_heap::{Kind, Scope, Value};

/// Values that are looked at: more than a scene has that is laid out. Bounds the time, for a small value can hold itself many times.
const LOOKS_MAX: usize = 10 * NODES_MAX;

/// Returns whether a scene can be laid out as it is: no node's head is a function, and nothing among the
/// children is still to be computed. A scene that is larger than any that is laid out counts as flat: layout says so. `expands` tells by a record's tag whether it is a function or a lazy
/// sequence. Styles are not looked into: handlers are functions.
pub fn scene_is_flat<'s>(s: Scope<'s>, scene: Value<'s>, expands: impl Fn(u16) -> bool) -> bool {
    let mut rest = alloc::vec![scene];
    let mut looks = 0;
    while let Some(value) = rest.pop() {
        looks += 1;
        match s.kind(value) {
            Kind::Record if s.record_tag(value).is_some_and(&expands) => return false,
            Kind::Vector => {
                looks += s.vector_count(value);
                if looks > LOOKS_MAX {
                    return true;
                }
                // An attribute map is no child; a map anywhere else is an error box later.
                rest.extend(s.vector_iter(value).filter(|child| needs_a_look(s, *child)));
            }
            Kind::Pair => {
                if looks > LOOKS_MAX {
                    return true;
                }
                if needs_a_look(s, s.first_of(value)) {
                    rest.push(s.first_of(value));
                }
                rest.push(s.rest_of(value));
            }
            _ => {}
        }
    }
    true
}

fn needs_a_look<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    matches!(s.kind(value), Kind::Record | Kind::Vector | Kind::Pair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use halt_heap::{Heap, Region};

    #[test]
    fn functions_count_at_heads_and_among_children_but_not_in_styles() {
        let heap = Heap::new(Region::allocate(1 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let function = s.record(7, &[], &[]).unwrap();
            let picture = s.record(8, &[], &[]).unwrap();
            let flat = |scene| scene_is_flat(s, scene, |tag| tag == 7);
            let row = s.keyword("row");
            let styles = s.map(&[(s.keyword("on-click"), function)]).unwrap();
            let button = s.vector(&[s.keyword("button"), styles]).unwrap();
            assert!(flat(s.vector(&[row, button, picture, Value::NIL]).unwrap()));
            let component = s.vector(&[function, button]).unwrap();
            assert!(!flat(s.vector(&[row, component]).unwrap()));
            let lazy_tail = s.pair(button, function).unwrap();
            assert!(!flat(s.vector(&[row, styles, lazy_tail]).unwrap()));
            assert!(!flat(s.vector(&[row, s.list(&[component]).unwrap()]).unwrap()));
            // Thirty values that stand for a thousand million.
            let twice = |inner, _| s.vector(&[row, inner, inner]).unwrap();
            assert!(flat((0..30).fold(button, twice)));
            let twice = |inner, _| s.list(&[inner, inner]).unwrap();
            assert!(flat((0..30).fold(button, twice)));
        });
    }
}
