//! Persistent vector: a radix tree of full leaves with a tail.
//!
//! A vector's payload is [size, root or nil, tail, hash or nil, metadata]; its size word is an integer:
//!
//! ```text
//!  63                       14 13        7 6 5       0
//!  +--------------------------+-----------+-+---------+
//!  | elements                 | of these  |r| shift   |    r: the tree has relaxed branches
//!  |                          | in tail   | | of root |
//!  +--------------------------+-----------+-+---------+
//! ```
//! The tail is a leaf of the last 1 to [`LEAF`] elements (0 in an empty vector), the tree below the root holds the
//! leaves before it. The nodes of the tree are in `vector_tree.rs`, joining two trees in `vector_join.rs`, bulk building
//! is in `builder.rs`, iteration in `vector_iter.rs`, the difference of two vectors in `vector_pairs.rs`. The
//! operations panic on what is no vector.
//!
//! A tail may have room for more: places that no vector counts hold [`Value::VACANT`]. A push takes the next such
//! place where nobody can have seen it, else it copies the tail. So an older version may keep alive what was pushed
//! onto it, up to a leaf.
//!
//! Source: Bagwell and Rompf, RRB-Trees (2011); the tail is Clojure's.
//!
//! Invariant: vectors of one count, neither of them relaxed, with roots of one shift and as much in their tails have one
//! shape. Others need not: slices and joined vectors have shapes of their own.

use crate::builder::Builder;
use crate::meta::VECTOR_META;
use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope, as_values, as_words};
use crate::value::Value;
use crate::vector_iter::{VectorIter, VectorLeaves};
use crate::vector_tree::Tree;
use core::sync::atomic::Ordering;

/// Children of a branch and elements of a leaf, as powers of two (experiment 0007). Narrow in unit tests, which
/// so see deep trees.
pub(crate) const BITS: u32 = if cfg!(test) { 2 } else { 5 };
pub(crate) const LEAF_BITS: u32 = if cfg!(test) { 1 } else { 5 };
pub(crate) const WIDTH: usize = 1 << BITS;
pub(crate) const LEAF: usize = 1 << LEAF_BITS;

// The size word has 7 bits for the elements in the tail.
const _: () = assert!(LEAF < 128);

/// The least room of a tail that was pushed onto.
const ROOM_MIN: usize = if LEAF < 4 { LEAF } else { 4 };

/// The size word of a vector.
#[derive(Clone, Copy)]
struct Size(usize);

impl Size {
    /// What to add to the word when the tail gets one more element: the integers' tag is 2 bits wide.
    const ONE_MORE_IN_TAIL: u64 = (1 << 14 | 1 << 7) << 2;

    #[inline(always)]
    fn of(parts: &Parts<'_>) -> Size {
        let tree = parts.tree.shift as usize | (parts.tree.is_relaxed as usize) << 6;
        Size(parts.count << 14 | parts.tail_count << 7 | tree)
    }

    #[inline(always)]
    fn of_word(word: u64) -> Size {
        debug_assert!(Value::from_word(word).as_small_int().is_some());
        Size((word >> 2) as usize)
    }

    #[inline(always)]
    fn value<'s>(self) -> Value<'s> {
        // Memory does not hold so many elements that this is no small integer.
        Value::small_int(self.0 as i64).unwrap_or(Value::NIL)
    }

    #[inline(always)]
    fn count(self) -> usize {
        self.0 >> 14
    }

    #[inline(always)]
    fn tail_count(self) -> usize {
        self.0 >> 7 & 127
    }

    #[inline(always)]
    fn is_relaxed(self) -> bool {
        self.0 & 1 << 6 != 0
    }

    #[inline(always)]
    fn shift(self) -> u32 {
        self.0 as u32 & 63
    }
}

/// Vectors of up to so many leaves are concatenated by adding their leaves.
const LEAVES_ADDED: usize = 4;

/// A vector's parts, read once.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'s> {
    pub(crate) count: usize,
    pub(crate) tail_count: usize,
    pub(crate) tail: Value<'s>,
    pub(crate) tree: Tree<'s>,
}

impl Parts<'_> {
    /// Whether the trees and tails of two vectors of one count have one shape.
    pub(crate) fn has_shape_of(&self, other: &Parts<'_>) -> bool {
        let is_regular = !self.tree.is_relaxed && !other.tree.is_relaxed;
        is_regular && self.tree.shift == other.tree.shift && self.tail_count == other.tail_count
    }

    /// The index of the tail's first element.
    #[inline(always)]
    pub(crate) fn tail_start(&self) -> usize {
        self.count - self.tail_count
    }
}

impl<'s> Scope<'s> {
    #[inline(always)]
    pub(crate) fn vector_parts(self, vector: Value<'s>) -> Parts<'s> {
        let offset = self.offset_of(vector, Kind::Vector);
        let size = Size::of_word(self.core.word(offset, 0));
        let (root, tail) = (self.head(offset, 1), self.head(offset, 2));
        let tree = Tree { root, shift: size.shift(), is_relaxed: size.is_relaxed() };
        Parts { count: size.count(), tail_count: size.tail_count(), tail, tree }
    }

    #[inline(always)]
    pub(crate) fn vector_of(self, parts: Parts<'s>, meta: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let size = Size::of(&parts).value();
        self.values_object(Kind::Vector, &[size, parts.tree.root, parts.tail, Value::NIL, meta])
    }

    /// The elements of the tail.
    #[inline(always)]
    pub(crate) fn tail_of(self, parts: &Parts<'s>) -> &'s [Value<'s>] {
        as_values(&self.core.payload(parts.tail.word())[..parts.tail_count])
    }

    /// A vector of values. O(n).
    pub fn vector(self, values: &[Value<'s>]) -> Result<Value<'s>, OutOfMemory> {
        if values.len() <= LEAF {
            let tail = self.values_object(Kind::VectorLeaf, values)?;
            let (count, tree) = (values.len(), Tree::EMPTY);
            return self.vector_of(Parts { count, tail_count: count, tail, tree }, Value::NIL);
        }
        let full = values.len().saturating_sub(1) & !(LEAF - 1);
        let mut builder = Builder::new(self);
        for leaf in values[..full].chunks_exact(LEAF) {
            builder.push_leaf(leaf)?;
        }
        builder.finish(&values[full..])
    }

    /// A vector of what an iterator yields. O(n), with no more memory than the vector takes.
    pub fn vector_from(self, values: impl Iterator<Item = Value<'s>>) -> Result<Value<'s>, OutOfMemory> {
        self.vector_try_from(values.map(Ok))
    }

    /// A vector of what an iterator yields, unless it fails.
    pub fn vector_try_from<E: From<OutOfMemory>>(
        self,
        values: impl Iterator<Item = Result<Value<'s>, E>>,
    ) -> Result<Value<'s>, E> {
        let mut builder = Builder::new(self);
        let (mut leaf, mut count) = ([Value::NIL; LEAF], 0);
        for value in values {
            if count == LEAF {
                builder.push_leaf(&leaf)?;
                count = 0;
            }
            leaf[count] = value?;
            count += 1;
        }
        Ok(builder.finish(&leaf[..count])?)
    }

    /// The count of a vector. O(1).
    #[inline]
    pub fn vector_count(self, vector: Value<'s>) -> usize {
        Size::of_word(self.core.word(self.offset_of(vector, Kind::Vector), 0)).count()
    }

    /// The element at an index. O(log n).
    #[inline]
    pub fn vector_get(self, vector: Value<'s>, index: usize) -> Option<Value<'s>> {
        let parts = self.vector_parts(vector);
        if index >= parts.count {
            return None;
        }
        let tail_start = parts.tail_start();
        Some(if index >= tail_start {
            self.vector_word(parts.tail, index - tail_start)
        } else {
            self.tree_get(&parts.tree, index)
        })
    }

    /// The vector with one more element at its end. Amortised O(1), O(log n) at worst.
    #[inline]
    pub fn vector_push(self, vector: Value<'s>, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let offset = self.offset_of(vector, Kind::Vector);
        let (size, root, tail) =
            (self.core.word(offset, 0), self.core.word(offset, 1), self.core.word(offset, 2));
        let meta = self.core.word(offset, VECTOR_META);
        if self.take_place(tail, Size::of_word(size).tail_count(), value) {
            let words = [size + Size::ONE_MORE_IN_TAIL, root, tail, Value::NIL.word(), meta];
            return self.core.object_of(Kind::Vector, [&words]);
        }
        self.push_with_room(vector, value)
    }

    /// Puts a value in the place behind a tail's elements, if that is vacant and in the part of the nursery
    /// that was allocated since the last collection, so that nobody has seen a copy.
    #[inline(always)]
    fn take_place(self, tail: u64, at: usize, value: Value<'s>) -> bool {
        if !self.core.is_private(tail)
            || at >= self.core.payload_words(tail)
            || self.core.word(tail, at) != Value::VACANT.word()
        {
            return false;
        }
        self.core.atomic(tail, at).store(value.word(), Ordering::Relaxed);
        true
    }

    #[inline(never)]
    fn push_with_room(self, vector: Value<'s>, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let parts = self.with_room(self.vector_parts(vector), value)?;
        let (count, tail_count) = (parts.count + 1, parts.tail_count + 1);
        self.vector_of(Parts { count, tail_count, ..parts }, self.vector_meta(vector))
    }

    /// The parts with a tail that has room, and the value in the first vacant place; the counts are as before.
    fn with_room(self, parts: Parts<'s>, value: Value<'s>) -> Result<Parts<'s>, OutOfMemory> {
        const VACANT: [u64; LEAF] = [Value::VACANT.word(); LEAF];
        let (parts, elements) = if parts.tail_count < LEAF {
            (parts, self.tail_of(&parts))
        } else {
            (Parts { tail_count: 0, ..self.with_tail_in_tree(parts)? }, &[][..])
        };
        let used = elements.len() + 1;
        let room = if parts.tree.root.is_nil() { used.next_power_of_two().max(ROOM_MIN) } else { LEAF };
        let words = [as_words(elements), &[value.word()], &VACANT[used..room]];
        Ok(Parts { tail: self.core.object_of(Kind::VectorLeaf, words)?, ..parts })
    }

    /// The parts with the full tail moved into the tree; the tail is stale.
    fn with_tail_in_tree(self, parts: Parts<'s>) -> Result<Parts<'s>, OutOfMemory> {
        Ok(Parts { tree: self.tree_push(&parts.tree, parts.tail)?, ..parts })
    }

    /// The vector without its last element; `None` when it is empty. O(log n).
    pub fn vector_pop(self, vector: Value<'s>) -> Result<Option<Value<'s>>, OutOfMemory> {
        let parts = self.vector_parts(vector);
        if parts.count == 0 {
            return Ok(None);
        }
        let count = parts.count - 1;
        let parts = if parts.tail_count > 1 || count == 0 {
            let tail_count = parts.tail_count - 1;
            let tail = self.values_object(Kind::VectorLeaf, &self.tail_of(&parts)[..tail_count])?;
            Parts { count, tail_count, tail, ..parts }
        } else {
            // The last leaf of the tree becomes the tail.
            let (tree, tail) = self.tree_pop(&parts.tree)?;
            Parts { count, tail_count: self.core.payload_words(tail.word()), tail, tree }
        };
        self.vector_of(parts, self.vector_meta(vector)).map(Some)
    }

    /// The vector with the element at an index replaced; at its count: pushed; past it: `None`. O(log n).
    #[inline]
    pub fn vector_assoc(
        self,
        vector: Value<'s>,
        index: usize,
        value: Value<'s>,
    ) -> Result<Option<Value<'s>>, OutOfMemory> {
        let parts = self.vector_parts(vector);
        if index >= parts.count {
            return if index == parts.count { self.vector_push(vector, value).map(Some) } else { Ok(None) };
        }
        let tail_start = parts.tail_start();
        let parts = if index >= tail_start {
            let (before, after) = self.tail_of(&parts).split_at(index - tail_start);
            let words = [as_words(before), &[value.word()], as_words(&after[1..])];
            Parts { tail: self.core.object_of(Kind::VectorLeaf, words)?, ..parts }
        } else {
            Parts { tree: self.tree_set(&parts.tree, index, value)?, ..parts }
        };
        self.vector_of(parts, self.vector_meta(vector)).map(Some)
    }

    #[inline(always)]
    fn vector_meta(self, vector: Value<'s>) -> Value<'s> {
        self.head(vector.word(), VECTOR_META)
    }

    /// The elements from `start` to below `end`, both clamped to the vector, without metadata. Keeps none of
    /// the others alive. O(log n).
    pub fn vector_slice(self, vector: Value<'s>, start: usize, end: usize) -> Result<Value<'s>, OutOfMemory> {
        let parts = self.vector_parts(vector);
        let end = end.min(parts.count);
        let start = start.min(end);
        if (start, end) == (0, parts.count) {
            return if self.vector_meta(vector).is_nil() {
                Ok(vector)
            } else {
                self.with_meta(vector, Value::NIL)
            };
        }
        if end - start <= LEAF {
            let mut elements = [Value::NIL; LEAF];
            let few = self.vector_iter(vector).skip(start).take(end - start);
            elements.iter_mut().zip(few).for_each(|(place, element)| *place = element);
            return self.vector(&elements[..end - start]);
        }
        // More than a leaf: the tail does not hold all of them, nor does the leaf that becomes the tail.
        let tail_start = parts.tail_start();
        let (tree, tail, tail_count) = if end > tail_start {
            (parts.tree, self.first_of_leaf(parts.tail, end - tail_start)?, end - tail_start)
        } else {
            let (tree, tail) = self.tree_cut_after(&parts.tree, end)?;
            (tree, tail, self.core.payload_words(tail.word()))
        };
        let tree = self.tree_cut_before(&tree, start)?;
        self.vector_of(Parts { count: end - start, tail_count, tail, tree }, Value::NIL)
    }

    /// The elements of one vector after those of another, with the metadata of the first. O(log n).
    pub fn vector_concat(self, first: Value<'s>, second: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let (a, b) = (self.vector_parts(first), self.vector_parts(second));
        if a.count == 0 && b.count > 0 {
            return self.with_meta(second, self.vector_meta(first));
        }
        // A few leaves are added one by one, which keeps a regular tree regular.
        if b.count <= LEAVES_ADDED * LEAF {
            return self.vector_extend(first, self.vector_iter(second));
        }
        let leaf = self.first_of_leaf(a.tail, a.tail_count)?;
        let tree = self.tree_join(&self.tree_push(&a.tree, leaf)?, &b.tree)?;
        let parts = Parts { count: a.count + b.count, tail_count: b.tail_count, tail: b.tail, tree };
        self.vector_of(parts, self.vector_meta(first))
    }

    /// The vector with what an iterator yields at its end. Amortised O(1) an element, and less garbage than
    /// pushing one by one.
    pub fn vector_extend(
        self,
        vector: Value<'s>,
        values: impl Iterator<Item = Value<'s>>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let mut parts = self.vector_parts(vector);
        let mut leaf = [Value::NIL; LEAF];
        leaf[..parts.tail_count].copy_from_slice(self.tail_of(&parts));
        let before = parts.count;
        for value in values {
            if parts.tail_count == LEAF {
                parts.tail = self.values_object(Kind::VectorLeaf, &leaf)?;
                parts = Parts { tail_count: 0, ..self.with_tail_in_tree(parts)? };
            }
            leaf[parts.tail_count] = value;
            parts.tail_count += 1;
            parts.count += 1;
        }
        if parts.count == before {
            return Ok(vector);
        }
        parts.tail = self.values_object(Kind::VectorLeaf, &leaf[..parts.tail_count])?;
        self.vector_of(parts, self.vector_meta(vector))
    }

    /// The elements in order.
    pub fn vector_iter(self, vector: Value<'s>) -> VectorIter<'s> {
        VectorIter::new(self, self.vector_parts(vector))
    }

    /// The elements as slices of at most 32.
    pub fn vector_leaves(self, vector: Value<'s>) -> VectorLeaves<'s> {
        VectorLeaves::new(self, self.vector_parts(vector))
    }

    /// The elements of a vector from an index on as slices, in order. O(log n) for the first.
    pub fn vector_leaves_from(self, vector: Value<'s>, index: usize) -> VectorLeaves<'s> {
        let mut leaves = self.vector_leaves(vector);
        leaves.seek(index);
        leaves
    }
}
