//! Questions that tools ask about programs: arities, whether a text is complete.

use crate::bytecode::Shape;
use crate::reader::Reader;
use crate::tags;
use crate::vm::codes;
use alloc::string::ToString;
use halt_heap::{Scope, Value};

/// Whether a function written in Lisp has an arity of exactly `count` parameters and no rest.
pub fn has_fixed_arity<'s>(s: Scope<'s>, function: Value<'s>, count: usize) -> bool {
    match s.record_tag(function) {
        Some(tags::FUNCTION) => codes(s, function).iter().any(|code| {
            let shape = Shape::of(s.record_words(*code)[0]);
            !shape.is_variadic && shape.parameters as usize == count
        }),
        Some(tags::META_FUNCTION) => has_fixed_arity(s, s.record_values(function)[0], count),
        _ => false,
    }
}

/// Whether a text reads to its end with nothing left open. A text that is wrong in another way counts as
/// complete: more text would not make it right.
pub fn is_complete(s: Scope<'_>, text: &str) -> bool {
    let resolve = |alias: Option<&str>| Some(alias.unwrap_or("user").to_string());
    let mut reader = Reader::new(s, text, &resolve);
    loop {
        match reader.next_form() {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(error) => return !error.is_incomplete,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halt_heap::{Heap, Region};

    #[test]
    fn what_is_open_is_incomplete() {
        let heap = Heap::new(Region::allocate(1 << 22)).expect("a heap");
        heap.mutator().enter(|s| {
            for (text, complete) in
                [("(+ 1 2)", true), ("(+ 1", false), ("\"a", false), (")", true), ("", true)]
            {
                assert_eq!(is_complete(s, text), complete, "{text}");
            }
        });
    }
}
