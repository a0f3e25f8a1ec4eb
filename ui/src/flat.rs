//! Whether a scene is data through and through.

use halt_heap::{Kind, Scope, Value};

/// Returns whether a scene can be laid out as it is: no node's head is a function, and nothing among the
/// children is still to be computed. `expands` tells by a record's tag whether it is a function or a lazy
/// sequence. Styles are not looked into: handlers are functions.
pub fn scene_is_flat<'s>(s: Scope<'s>, scene: Value<'s>, expands: impl Fn(u16) -> bool) -> bool {
    let mut rest = alloc::vec![scene];
    while let Some(value) = rest.pop() {
        match s.kind(value) {
            Kind::Record if s.record_tag(value).is_some_and(&expands) => return false,
            Kind::Vector => {
                // An attribute map is no child; a map anywhere else is an error box later.
                rest.extend(s.vector_iter(value).filter(|child| needs_a_look(s, *child)));
            }
            Kind::Pair => {
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
        });
    }
}
