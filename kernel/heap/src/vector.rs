//! Persistent vector: a 32-way radix tree with a tail.
//!
//! A vector's payload is [count, shift, root branch or nil, tail branch, hash or nil, metadata]. A branch
//! holds up to 32 values: leaves hold elements, others branches.
//!
//! Source: Bagwell and Rompf, RRB-Trees (2011), without relaxed nodes; the tail is Clojure's.

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;
use alloc::vec::Vec;

const BITS: usize = 5;
const WIDTH: usize = 1 << BITS;

/// A vector's parts, read once.
#[derive(Clone, Copy)]
struct Parts<'s> {
    count: usize,
    shift: usize,
    root: Value<'s>,
    tail: Value<'s>,
}

impl<'s> Parts<'s> {
    fn tail_start(&self) -> usize {
        if self.count == 0 { 0 } else { (self.count - 1) / WIDTH * WIDTH }
    }
}

fn number<'s>(n: usize) -> Value<'s> {
    Value::small_int(n as i64).unwrap_or(Value::NIL)
}

impl<'s> Scope<'s> {
    fn vector_parts(self, vector: Value<'s>) -> Parts<'s> {
        let v = self.values_of(vector);
        let count = v[0].as_small_int().unwrap_or(0) as usize;
        Parts { count, shift: v[1].as_small_int().unwrap_or(0) as usize, root: v[2], tail: v[3] }
    }

    fn vector_of(self, parts: Parts<'s>, meta: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let values = [number(parts.count), number(parts.shift), parts.root, parts.tail, Value::NIL, meta];
        self.values_object(Kind::Vector, &values)
    }

    /// A vector of values. O(n).
    pub fn vector(self, values: &[Value<'s>]) -> Result<Value<'s>, OutOfMemory> {
        let tail_start = if values.is_empty() { 0 } else { (values.len() - 1) / WIDTH * WIDTH };
        let tail = self.values_object(Kind::VectorBranch, &values[tail_start..])?;
        let mut level = Vec::new();
        for leaf in values[..tail_start].chunks(WIDTH) {
            level.push(self.values_object(Kind::VectorBranch, leaf)?);
        }
        let mut shift = BITS;
        while level.len() > WIDTH {
            let mut above = Vec::new();
            for branch in level.chunks(WIDTH) {
                above.push(self.values_object(Kind::VectorBranch, branch)?);
            }
            level = above;
            shift += BITS;
        }
        let root =
            if level.is_empty() { Value::NIL } else { self.values_object(Kind::VectorBranch, &level)? };
        self.vector_of(Parts { count: values.len(), shift, root, tail }, Value::NIL)
    }

    /// A vector of what an iterator yields. O(n).
    pub fn vector_from(self, values: impl Iterator<Item = Value<'s>>) -> Result<Value<'s>, OutOfMemory> {
        self.vector(&values.collect::<Vec<_>>())
    }

    /// The count of a vector. O(1).
    #[inline]
    pub fn vector_count(self, vector: Value<'s>) -> usize {
        self.values_of(vector)[0].as_small_int().unwrap_or(0) as usize
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

    fn leaf_for(self, parts: &Parts<'s>, index: usize) -> &'s [Value<'s>] {
        if index >= parts.tail_start() {
            return self.values_of(parts.tail);
        }
        let mut branch = parts.root;
        let mut shift = parts.shift;
        while shift > 0 {
            branch = self.values_of(branch)[(index >> shift) % WIDTH];
            shift -= BITS;
        }
        self.values_of(branch)
    }

    /// The vector with one more element at its end. O(log32 n), amortised O(1).
    pub fn vector_push(self, vector: Value<'s>, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let parts = self.vector_parts(vector);
        let meta = self.meta(vector);
        let tail = self.values_of(parts.tail);
        if tail.len() < WIDTH {
            let tail = self.branch_with(tail, value)?;
            return self.vector_of(Parts { count: parts.count + 1, tail, ..parts }, meta);
        }
        let new_tail = self.values_object(Kind::VectorBranch, &[value])?;
        let full = parts.tail;
        let leaves = parts.tail_start() / WIDTH;
        let (root, shift) = if parts.root.is_nil() {
            (self.values_object(Kind::VectorBranch, &[full])?, BITS)
        } else if leaves == 1 << parts.shift {
            let path = self.new_path(parts.shift, full)?;
            (self.values_object(Kind::VectorBranch, &[parts.root, path])?, parts.shift + BITS)
        } else {
            (self.push_leaf(parts.root, parts.shift, parts.tail_start(), full)?, parts.shift)
        };
        self.vector_of(Parts { count: parts.count + 1, shift, root, tail: new_tail }, meta)
    }

    fn new_path(self, shift: usize, leaf: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let mut branch = leaf;
        for _ in 0..shift / BITS {
            branch = self.values_object(Kind::VectorBranch, &[branch])?;
        }
        Ok(branch)
    }

    fn push_leaf(
        self,
        branch: Value<'s>,
        shift: usize,
        index: usize,
        leaf: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let children = self.values_of(branch);
        let at = (index >> shift) % WIDTH;
        if shift == BITS {
            return self.branch_with(children, leaf);
        }
        if at < children.len() {
            let child = self.push_leaf(children[at], shift - BITS, index, leaf)?;
            self.branch_set(children, at, child)
        } else {
            let path = self.new_path(shift - BITS, leaf)?;
            self.branch_with(children, path)
        }
    }

    fn branch_with(self, values: &[Value<'s>], value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let words = values.iter().map(|value| value.word()).chain(core::iter::once(value.word()));
        Ok(Value::reference(self.core.object(Kind::VectorBranch, values.len() + 1, words)?))
    }

    fn branch_set(self, values: &[Value<'s>], at: usize, value: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let words = values.iter().enumerate().map(|(i, old)| if i == at { value.word() } else { old.word() });
        Ok(Value::reference(self.core.object(Kind::VectorBranch, values.len(), words)?))
    }

    /// The vector without its last element; `None` when it is empty. O(log32 n).
    pub fn vector_pop(self, vector: Value<'s>) -> Result<Option<Value<'s>>, OutOfMemory> {
        let parts = self.vector_parts(vector);
        let meta = self.meta(vector);
        if parts.count == 0 {
            return Ok(None);
        }
        let tail = self.values_of(parts.tail);
        if tail.len() > 1 || parts.count == 1 {
            let tail = self.values_object(Kind::VectorBranch, &tail[..tail.len() - 1])?;
            return self.vector_of(Parts { count: parts.count - 1, tail, ..parts }, meta).map(Some);
        }
        // The last leaf of the tree becomes the tail.
        let last = parts.count - 2;
        let mut leaf = parts.root;
        let mut shift = parts.shift;
        while shift > 0 {
            leaf = self.values_of(leaf)[(last >> shift) % WIDTH];
            shift -= BITS;
        }
        let mut root = self.pop_leaf(parts.root, parts.shift)?;
        let mut shift = parts.shift;
        if let Some(branch) = root
            && shift > BITS
            && self.values_of(branch).len() == 1
        {
            root = Some(self.values_of(branch)[0]);
            shift -= BITS;
        }
        let root = root.unwrap_or(Value::NIL);
        self.vector_of(Parts { count: parts.count - 1, shift, root, tail: leaf }, meta).map(Some)
    }

    fn pop_leaf(self, branch: Value<'s>, shift: usize) -> Result<Option<Value<'s>>, OutOfMemory> {
        let children = self.values_of(branch);
        let last = children.len() - 1;
        let below = if shift > BITS { self.pop_leaf(children[last], shift - BITS)? } else { None };
        match below {
            Some(child) => self.branch_set(children, last, child).map(Some),
            None if last == 0 => Ok(None),
            None => self.values_object(Kind::VectorBranch, &children[..last]).map(Some),
        }
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
        let meta = self.meta(vector);
        let parts = if index >= parts.tail_start() {
            let tail = self.branch_set(self.values_of(parts.tail), index % WIDTH, value)?;
            Parts { tail, ..parts }
        } else {
            Parts { root: self.set_in(parts.root, parts.shift, index, value)?, ..parts }
        };
        self.vector_of(parts, meta).map(Some)
    }

    fn set_in(
        self,
        branch: Value<'s>,
        shift: usize,
        index: usize,
        value: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let children = self.values_of(branch);
        let at = (index >> shift) % WIDTH;
        let child = if shift == 0 { value } else { self.set_in(children[at], shift - BITS, index, value)? };
        self.branch_set(children, at, child)
    }

    /// The elements from `start` to below `end`, both clamped to the vector. O(end - start).
    pub fn vector_slice(self, vector: Value<'s>, start: usize, end: usize) -> Result<Value<'s>, OutOfMemory> {
        let end = end.min(self.vector_count(vector));
        let start = start.min(end);
        self.vector_from(self.vector_iter(vector).skip(start).take(end - start))
    }

    /// The elements of one vector after those of another. O(n) of both.
    pub fn vector_concat(self, first: Value<'s>, second: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.vector_from(self.vector_iter(first).chain(self.vector_iter(second)))
    }

    /// The elements in order. A leaf is looked up once in 32 elements.
    pub fn vector_iter(self, vector: Value<'s>) -> VectorIter<'s> {
        let parts = self.vector_parts(vector);
        VectorIter { s: self, parts, leaf: &[], leaf_start: usize::MAX, at: 0, end: parts.count }
    }

    /// The elements as slices of at most 32.
    pub fn vector_leaves(self, vector: Value<'s>) -> impl Iterator<Item = &'s [Value<'s>]> {
        let parts = self.vector_parts(vector);
        (0..parts.count).step_by(WIDTH).map(move |index| self.leaf_for(&parts, index))
    }
}

/// The elements of a vector, from both ends.
#[derive(Clone)]
pub struct VectorIter<'s> {
    s: Scope<'s>,
    parts: Parts<'s>,
    leaf: &'s [Value<'s>],
    leaf_start: usize,
    at: usize,
    end: usize,
}

impl<'s> VectorIter<'s> {
    fn get(&mut self, index: usize) -> Value<'s> {
        let start = index / WIDTH * WIDTH;
        if start != self.leaf_start {
            self.leaf = self.s.leaf_for(&self.parts, index);
            self.leaf_start = start;
        }
        self.leaf[index - start]
    }
}

impl<'s> Iterator for VectorIter<'s> {
    type Item = Value<'s>;

    fn next(&mut self) -> Option<Value<'s>> {
        (self.at < self.end).then(|| {
            self.at += 1;
            self.get(self.at - 1)
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.at, Some(self.end - self.at))
    }

    fn nth(&mut self, n: usize) -> Option<Value<'s>> {
        self.at = self.at.saturating_add(n).min(self.end);
        self.next()
    }
}

impl DoubleEndedIterator for VectorIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        (self.at < self.end).then(|| {
            self.end -= 1;
            self.get(self.end)
        })
    }
}

impl ExactSizeIterator for VectorIter<'_> {}
