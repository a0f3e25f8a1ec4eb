//! The natural order of values, as Clojure's `compare` has it.
//!
//! Enter at [`Scope::compare`]. Only values of one kind have an order, but nil comes before everything and numbers
//! of both kinds compare by size. Vectors compare by count, then element by element, on a stack of their own.

use crate::object::Kind;
use crate::scope::Scope;
use crate::value::Value;
use alloc::vec::Vec;
use core::cmp::Ordering;

impl<'s> Scope<'s> {
    /// The order of two values; `None` where they have none. O(1), for strings and vectors O(n).
    #[inline]
    pub fn compare(self, a: Value<'s>, b: Value<'s>) -> Option<Ordering> {
        if let (Some(a), Some(b)) = (a.as_small_int(), b.as_small_int()) {
            return Some(a.cmp(&b));
        }
        match (self.kind(a), self.kind(b)) {
            (Kind::Vector, Kind::Vector) => self.compare_vectors(a, b),
            (kind_a, kind_b) => self.compare_simple(a, kind_a, b, kind_b),
        }
    }

    /// Compares what is no pair of vectors.
    fn compare_simple(self, a: Value<'s>, kind_a: Kind, b: Value<'s>, kind_b: Kind) -> Option<Ordering> {
        match (kind_a, kind_b) {
            (Kind::Nil, Kind::Nil) => Some(Ordering::Equal),
            (Kind::Nil, _) => Some(Ordering::Less),
            (_, Kind::Nil) => Some(Ordering::Greater),
            (Kind::Int, Kind::Int) => Some(self.as_int(a).cmp(&self.as_int(b))),
            (Kind::Int | Kind::Float, Kind::Int | Kind::Float) => {
                let float = |value| self.as_float(value).or_else(|| self.as_int(value).map(|n| n as f64));
                // What is no number has no place; as in Clojure it equals all.
                Some(float(a).partial_cmp(&float(b)).unwrap_or(Ordering::Equal))
            }
            (Kind::String, Kind::String) => Some(self.compare_strings(a, b)),
            (Kind::Keyword, Kind::Keyword) | (Kind::Symbol, Kind::Symbol) => {
                Some(self.name(a).map(parts).cmp(&self.name(b).map(parts)))
            }
            (Kind::Char, Kind::Char) => Some(a.as_char().cmp(&b.as_char())),
            (Kind::Bool, Kind::Bool) => Some(a.is_truthy().cmp(&b.is_truthy())),
            _ => None,
        }
    }

    #[inline(never)]
    fn compare_vectors(self, a: Value<'s>, b: Value<'s>) -> Option<Ordering> {
        let mut open = Vec::new();
        let mut next = Some((a, b));
        loop {
            if let Some((a, b)) = next {
                let order = match (self.kind(a), self.kind(b)) {
                    (Kind::Vector, Kind::Vector) => {
                        let order = self.vector_count(a).cmp(&self.vector_count(b));
                        if order == Ordering::Equal && !a.is_identical(b) {
                            open.push((a, b, 0));
                        }
                        order
                    }
                    (kind_a, kind_b) => self.compare_simple(a, kind_a, b, kind_b)?,
                };
                if order != Ordering::Equal {
                    return Some(order);
                }
            }
            let Some((a, b, index)) = open.last_mut() else { return Some(Ordering::Equal) };
            next = self.vector_get(*a, *index).zip(self.vector_get(*b, *index));
            *index += 1;
            if next.is_none() {
                open.pop();
            }
        }
    }
}

/// Namespace and name; what has no namespace comes first.
fn parts(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((namespace, rest)) if !namespace.is_empty() && !rest.is_empty() => (Some(namespace), rest),
        _ => (None, name),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Heap, Region, Value};
    use core::cmp::Ordering;

    #[test]
    fn values_of_a_kind_have_an_order() {
        let heap = Heap::new(Region::allocate(16 << 20)).unwrap();
        heap.mutator().enter(|s| {
            macro_rules! vector {
                ($values:expr) => {
                    s.vector(&$values).unwrap()
                };
            }
            let text = |t| s.string(t).unwrap();
            let (one, two) = (s.int(1).unwrap(), s.int(2).unwrap());
            let ascending = [
                (Value::NIL, one),
                (one, two),
                (s.int(i64::MIN).unwrap(), s.int(i64::MAX).unwrap()),
                (one, s.float(1.5).unwrap()),
                (text("a"), text("ab")),
                (Value::char('a'), Value::char('b')),
                (Value::FALSE, Value::TRUE),
                (s.keyword("b"), s.keyword("a/a")),
                (s.symbol("a/z"), s.symbol("b/a")),
                (s.symbol("/"), s.symbol("a")),
                (vector!([two]), vector!([one, one])),
                (vector!([one, one]), vector!([one, two])),
                (vector!([Value::NIL, vector!([one])]), vector!([Value::NIL, vector!([two])])),
            ];
            for (a, b) in ascending {
                assert_eq!(s.compare(a, b), Some(Ordering::Less));
                assert_eq!(s.compare(b, a), Some(Ordering::Greater));
                assert_eq!(s.compare(b, b), Some(Ordering::Equal));
            }
            assert_eq!(s.compare(one, s.float(1.0).unwrap()), Some(Ordering::Equal));
            assert_eq!(s.compare(one, s.keyword("a")), None);
            assert_eq!(s.compare(vector!([one]), vector!([text("")])), None);
            assert_eq!(s.compare(s.empty_map().unwrap(), s.empty_map().unwrap()), None);
        });
    }

    #[test]
    fn deep_vectors_are_no_danger() {
        let heap = Heap::new(Region::allocate(512 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let deep = |n: i64| {
                (0..500_000).fold(s.int(n).unwrap(), |inner, _| s.vector(&[inner, Value::NIL]).unwrap())
            };
            assert_eq!(s.compare(deep(1), deep(2)), Some(Ordering::Less));
            assert_eq!(s.compare(deep(1), deep(1)), Some(Ordering::Equal));
        });
    }
}
