//! Persistent vector: a 32-way radix tree with a tail.
//!
//! A vector's payload is [count << 6 | shift, root or nil, tail, hash or nil, metadata]. The tail is a leaf of
//! the last 1 to 32 elements (0 in an empty vector), the tree below the root holds the full leaves before it.
//! Bulk building is in `builder.rs`, iteration in `vector_iter.rs`. The operations panic on what is no vector.
//!
//! Source: Bagwell and Rompf, RRB-Trees (2011), without relaxed nodes; the tail is Clojure's.
//!
//! Invariant: the tree is as low as it can be, so vectors of one count have one shape.

use crate::builder::Builder;
use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope, as_values};
use crate::value::Value;
use crate::vector_iter::VectorIter;

pub(crate) const BITS: u32 = 5;
pub(crate) const WIDTH: usize = 1 << BITS;

/// A vector's parts, read once.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'s> {
    pub(crate) count: usize,
    pub(crate) shift: u32,
    pub(crate) root: Value<'s>,
    pub(crate) tail: Value<'s>,
}

impl Parts<'_> {
    /// The index of the tail's first element.
    #[inline(always)]
    pub(crate) fn tail_start(&self) -> usize {
        self.count.saturating_sub(1) & !(WIDTH - 1)
    }
}

#[inline(always)]
fn digit(index: usize, shift: u32) -> usize {
    (index >> shift) % WIDTH
}

impl<'s> Scope<'s> {
    #[inline(always)]
    pub(crate) fn vector_parts(self, vector: Value<'s>) -> Parts<'s> {
        let offset = self.offset_of(vector, Kind::Vector);
        let size = self.head(offset, 0).as_small_int().unwrap_or(0);
        let (root, tail) = (self.head(offset, 1), self.head(offset, 2));
        Parts { count: (size >> 6) as usize, shift: size as u32 & 63, root, tail }
    }

    pub(crate) fn vector_of(self, parts: Parts<'s>, meta: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let size = (parts.count as i64) << 6 | parts.shift as i64;
        let size = Value::small_int(size).unwrap_or(Value::NIL);
        self.values_object(Kind::Vector, &[size, parts.root, parts.tail, Value::NIL, meta])
    }

    /// The words of a branch or leaf.
    #[inline(always)]
    fn branch_words(self, branch: Value<'s>) -> &'s [u64] {
        self.core.payload(branch.word())
    }

    #[inline(always)]
    fn child(self, branch: Value<'s>, at: usize) -> Value<'s> {
        Value::from_word(self.branch_words(branch)[at])
    }

    fn new_branch_of<const N: usize>(self, parts: [&[u64]; N]) -> Result<Value<'s>, OutOfMemory> {
        self.core.object_of(Kind::VectorBranch, parts)
    }

    fn branch_push(self, branch: Value<'s>, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.new_branch_of([self.branch_words(branch), &[value.word()]])
    }

    fn branch_set(self, branch: Value<'s>, at: usize, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let words = self.branch_words(branch);
        self.new_branch_of([&words[..at], &[value.word()], &words[at + 1..]])
    }

    /// A branch without its last child; `None` when it had one.
    fn branch_pop(self, branch: Value<'s>) -> Result<Option<Value<'s>>, OutOfMemory> {
        let words = self.branch_words(branch);
        if words.len() == 1 { Ok(None) } else { self.new_branch_of([&words[..words.len() - 1]]).map(Some) }
    }

    /// A vector of values. O(n).
    pub fn vector(self, values: &[Value<'s>]) -> Result<Value<'s>, OutOfMemory> {
        let full = values.len().saturating_sub(1) & !(WIDTH - 1);
        let mut builder = Builder::new(self);
        for leaf in values[..full].chunks_exact(WIDTH) {
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
        let (mut leaf, mut count) = ([Value::NIL; WIDTH], 0);
        for value in values {
            if count == WIDTH {
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
        let size = self.head(self.offset_of(vector, Kind::Vector), 0);
        (size.as_small_int().unwrap_or(0) >> 6) as usize
    }

    /// The element at an index. O(log32 n).
    #[inline]
    pub fn vector_get(self, vector: Value<'s>, index: usize) -> Option<Value<'s>> {
        let parts = self.vector_parts(vector);
        if index >= parts.count {
            return None;
        }
        Some(self.leaf_for(&parts, index)[index % WIDTH])
    }

    /// The leaf that holds an index below the count.
    #[inline]
    pub(crate) fn leaf_for(self, parts: &Parts<'s>, index: usize) -> &'s [Value<'s>] {
        let mut branch = parts.tail;
        if index < parts.tail_start() {
            branch = parts.root;
            let mut shift = parts.shift;
            while shift > 0 {
                branch = self.child(branch, digit(index, shift));
                shift -= BITS;
            }
        }
        as_values(self.branch_words(branch))
    }

    /// Root, shift and tail of a vector.
    pub(crate) fn vector_trunk(self, vector: Value<'s>) -> (Value<'s>, u32, &'s [Value<'s>]) {
        let parts = self.vector_parts(vector);
        (parts.root, parts.shift, as_values(self.branch_words(parts.tail)))
    }

    /// The vector with one more element at its end. Amortised O(1), O(log32 n) at worst.
    pub fn vector_push(self, vector: Value<'s>, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let parts = self.vector_parts(vector);
        let meta = self.meta(vector);
        let parts = if self.branch_words(parts.tail).len() < WIDTH {
            Parts { count: parts.count + 1, tail: self.branch_push(parts.tail, value)?, ..parts }
        } else {
            let tail = self.values_object(Kind::VectorBranch, &[value])?;
            Parts { count: parts.count + 1, tail, ..self.with_tail_in_tree(parts)? }
        };
        self.vector_of(parts, meta)
    }

    /// The parts with the full tail moved into the tree; the tail is stale.
    fn with_tail_in_tree(self, parts: Parts<'s>) -> Result<Parts<'s>, OutOfMemory> {
        let (tail, start) = (parts.tail, parts.tail_start());
        if parts.root.is_nil() {
            return Ok(Parts { root: self.new_branch_of([&[tail.word()]])?, shift: BITS, ..parts });
        }
        if start >> BITS == 1 << parts.shift {
            let path = self.new_path(parts.shift, tail)?;
            let root = self.new_branch_of([&[parts.root.word(), path.word()]])?;
            return Ok(Parts { root, shift: parts.shift + BITS, ..parts });
        }
        Ok(Parts { root: self.push_leaf(parts.root, parts.shift, start, tail)?, ..parts })
    }

    fn new_path(self, shift: u32, leaf: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let mut branch = leaf;
        for _ in 0..shift / BITS {
            branch = self.new_branch_of([&[branch.word()]])?;
        }
        Ok(branch)
    }

    fn push_leaf(
        self,
        branch: Value<'s>,
        shift: u32,
        index: usize,
        leaf: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        if shift == BITS {
            return self.branch_push(branch, leaf);
        }
        let at = digit(index, shift);
        if at < self.branch_words(branch).len() {
            let child = self.push_leaf(self.child(branch, at), shift - BITS, index, leaf)?;
            self.branch_set(branch, at, child)
        } else {
            self.branch_push(branch, self.new_path(shift - BITS, leaf)?)
        }
    }

    /// The vector without its last element; `None` when it is empty. O(log32 n).
    pub fn vector_pop(self, vector: Value<'s>) -> Result<Option<Value<'s>>, OutOfMemory> {
        let parts = self.vector_parts(vector);
        let meta = self.meta(vector);
        if parts.count == 0 {
            return Ok(None);
        }
        let count = parts.count - 1;
        let tail = self.branch_words(parts.tail);
        if tail.len() > 1 || count == 0 {
            let tail = self.new_branch_of([&tail[..tail.len() - 1]])?;
            return self.vector_of(Parts { count, tail, ..parts }, meta).map(Some);
        }
        // The last leaf of the tree becomes the tail.
        let (root, tail) = self.pop_leaf(parts.root, parts.shift)?;
        let (mut root, mut shift) = (root.unwrap_or(Value::NIL), parts.shift);
        if shift > BITS && self.branch_words(root).len() == 1 {
            (root, shift) = (self.child(root, 0), shift - BITS);
        }
        self.vector_of(Parts { count, shift, root, tail }, meta).map(Some)
    }

    /// What is left of a branch without its last leaf, and that leaf.
    fn pop_leaf(self, branch: Value<'s>, shift: u32) -> Result<(Option<Value<'s>>, Value<'s>), OutOfMemory> {
        let last = self.branch_words(branch).len() - 1;
        let child = self.child(branch, last);
        if shift == BITS {
            return Ok((self.branch_pop(branch)?, child));
        }
        let (rest, leaf) = self.pop_leaf(child, shift - BITS)?;
        let rest = match rest {
            Some(child) => Some(self.branch_set(branch, last, child)?),
            None => self.branch_pop(branch)?,
        };
        Ok((rest, leaf))
    }

    /// The vector with the element at an index replaced; at its count: pushed; past it: `None`. O(log32 n).
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
        let parts = if index >= parts.tail_start() {
            Parts { tail: self.branch_set(parts.tail, index % WIDTH, value)?, ..parts }
        } else {
            Parts { root: self.set_in(parts.root, parts.shift, index, value)?, ..parts }
        };
        self.vector_of(parts, self.meta(vector)).map(Some)
    }

    fn set_in(
        self,
        branch: Value<'s>,
        shift: u32,
        index: usize,
        value: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let at = digit(index, shift);
        let child =
            if shift == 0 { value } else { self.set_in(self.child(branch, at), shift - BITS, index, value)? };
        self.branch_set(branch, at, child)
    }

    /// The elements from `start` to below `end`, both clamped to the vector, without metadata.
    /// O(end - start).
    pub fn vector_slice(self, vector: Value<'s>, start: usize, end: usize) -> Result<Value<'s>, OutOfMemory> {
        let end = end.min(self.vector_count(vector));
        let start = start.min(end);
        self.vector_from(self.vector_iter(vector).skip(start).take(end - start))
    }

    /// The elements of one vector after those of another, with the metadata of the first.
    /// O(size of the second).
    pub fn vector_concat(self, first: Value<'s>, second: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.vector_extend(first, self.vector_iter(second))
    }

    /// The vector with what an iterator yields at its end. Amortised O(1) an element, and less garbage than
    /// pushing one by one.
    pub fn vector_extend(
        self,
        vector: Value<'s>,
        values: impl Iterator<Item = Value<'s>>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let mut parts = self.vector_parts(vector);
        let mut leaf = [Value::NIL; WIDTH];
        let tail = as_values(self.branch_words(parts.tail));
        leaf[..tail.len()].copy_from_slice(tail);
        let (mut in_leaf, before) = (tail.len(), parts.count);
        for value in values {
            if in_leaf == WIDTH {
                parts.tail = self.values_object(Kind::VectorBranch, &leaf)?;
                parts = self.with_tail_in_tree(parts)?;
                in_leaf = 0;
            }
            leaf[in_leaf] = value;
            in_leaf += 1;
            parts.count += 1;
        }
        if parts.count == before {
            return Ok(vector);
        }
        parts.tail = self.values_object(Kind::VectorBranch, &leaf[..in_leaf])?;
        self.vector_of(parts, self.meta(vector))
    }

    /// The elements in order.
    pub fn vector_iter(self, vector: Value<'s>) -> VectorIter<'s> {
        VectorIter::new(self, self.vector_parts(vector))
    }

    /// The elements as slices of at most 32.
    pub fn vector_leaves(self, vector: Value<'s>) -> impl Iterator<Item = &'s [Value<'s>]> {
        let parts = self.vector_parts(vector);
        (0..parts.count).step_by(WIDTH).map(move |index| self.leaf_for(&parts, index))
    }
}
