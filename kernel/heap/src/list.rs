//! Lists: pairs of first and rest, with count and metadata.
//!
//! A pair's payload is [first, rest, count or nil, metadata]; the count is known where the rest is a list
//! of known count or empty. A negative count tells how many pairs are left of a chunk, this one among them.

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;

impl<'s> Scope<'s> {
    /// A pair. `rest` is a list, the empty list, or any other sequence value.
    #[inline(always)]
    pub fn pair(self, first: Value<'s>, rest: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let count = match self.list_count(rest).and_then(|n| Value::small_int(n as i64 + 1)) {
            Some(count) => count,
            None => Value::NIL,
        };
        self.values_object(Kind::Pair, &[first, rest, count, Value::NIL])
    }

    /// A list of values.
    pub fn list(self, values: &[Value<'s>]) -> Result<Value<'s>, OutOfMemory> {
        let mut list = Value::EMPTY_LIST;
        for value in values.iter().rev() {
            list = self.pair(*value, list)?;
        }
        Ok(list)
    }

    /// A list of values with metadata; the empty list has none.
    pub fn list_with_meta(self, values: &[Value<'s>], meta: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let Some((first, others)) = values.split_first() else { return Ok(Value::EMPTY_LIST) };
        let rest = self.list(others)?;
        let count = Value::small_int(values.len() as i64).unwrap_or(Value::NIL);
        self.values_object(Kind::Pair, &[*first, rest, count, meta])
    }

    /// The first of a pair; nil for anything else.
    #[inline]
    pub fn first_of(self, pair: Value<'s>) -> Value<'s> {
        self.pair_values(pair).map_or(Value::NIL, |values| values[0])
    }

    /// The rest of a pair; the empty list for anything else.
    #[inline]
    pub fn rest_of(self, pair: Value<'s>) -> Value<'s> {
        self.pair_values(pair).map_or(Value::EMPTY_LIST, |values| values[1])
    }

    /// First and rest of a pair; `None` for anything else.
    #[inline(always)]
    pub fn pair_parts(self, value: Value<'s>) -> Option<(Value<'s>, Value<'s>)> {
        self.pair_values(value).map(|values| (values[0], values[1]))
    }

    /// The count of a list, where it is known without walking: O(1).
    pub fn list_count(self, list: Value<'s>) -> Option<usize> {
        if list.is_identical(Value::EMPTY_LIST) {
            return Some(0);
        }
        self.pair_values(list)
            .and_then(|values| values[2].as_small_int())
            .and_then(|n| usize::try_from(n).ok())
    }

    /// A sequence of values, which count as a chunk of it, and what follows them.
    pub fn chunk(self, values: &[Value<'s>], rest: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let mut list = rest;
        for (value, left) in values.iter().rev().zip(1..) {
            list =
                self.values_object(Kind::Pair, &[*value, list, Value::truncated_int(-left), Value::NIL])?;
        }
        Ok(list)
    }

    /// How many elements from here on are left of a chunk; 0 where there is none.
    pub fn chunk_left(self, list: Value<'s>) -> usize {
        let count = self.pair_values(list).and_then(|values| values[2].as_small_int());
        count.map_or(0, |n| n.min(0).unsigned_abs() as usize)
    }

    /// The elements of a chain of pairs, to the first rest that is no pair.
    pub fn list_iter(self, list: Value<'s>) -> ListIter<'s> {
        ListIter { s: self, at: list }
    }

    #[inline]
    pub(crate) fn pair_values(self, value: Value<'s>) -> Option<&'s [Value<'s>]> {
        self.payload_of(value, Kind::Pair).map(crate::scope::as_values)
    }
}

/// The elements of a list.
#[derive(Clone, Copy)]
pub struct ListIter<'s> {
    s: Scope<'s>,
    at: Value<'s>,
}

impl<'s> ListIter<'s> {
    /// What is left of the list.
    pub fn rest(&self) -> Value<'s> {
        self.at
    }
}

impl<'s> Iterator for ListIter<'s> {
    type Item = Value<'s>;

    fn next(&mut self) -> Option<Value<'s>> {
        let values = self.s.pair_values(self.at)?;
        self.at = values[1];
        Some(values[0])
    }
}

#[cfg(test)]
mod tests {
    use crate::{Heap, Region, Value};

    #[test]
    fn a_chunk_is_a_list_that_knows_how_much_of_it_is_left() {
        let heap = Heap::new(Region::allocate(1 << 22)).expect("a heap");
        heap.mutator().enter(|s| {
            let [a, b, c] = [1, 2, 3].map(|n| s.int(n).expect("a small integer"));
            let rest = s.list(&[c]).expect("room");
            let chunk = s.chunk(&[a, b], rest).expect("room");
            let next = s.rest_of(chunk);
            assert_eq!([chunk, next, rest, Value::NIL].map(|list| s.chunk_left(list)), [2, 1, 0, 0]);
            assert_eq!([chunk, next, rest].map(|list| s.list_count(list)), [None, None, Some(1)]);
            assert!(s.equal(chunk, s.list(&[a, b, c]).expect("room")));
            let longer = s.pair(c, chunk).expect("room");
            assert_eq!((s.chunk_left(longer), s.list_count(longer)), (0, None));
        });
    }
}
