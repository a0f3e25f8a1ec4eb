//! Ropes: long strings as balanced trees of short ones.
//!
//! A string of more than [`CHUNK`] bytes that was put together or cut out of another is a rope; users see a string.
//! Its head's payload is [root, cell of the flat string or nil, hash or nil]. A branch's is [height | bytes << 8,
//! characters, left, right]; leaves are flat strings of at most [`CHUNK`] bytes. Who asks for the text of a rope as
//! a whole (`as_str`) gets a flat string that is made once, and kept in the cell.
//!
//! Enter at [`Scope::string_concat`], [`Scope::string_slice`], [`Scope::string_chunks`]; strings made of many pieces
//! are in `string_builder.rs`.
//!
//! Source: Boehm, Atkinson and Plass, Ropes: an Alternative to Strings (1995); joining is that of Blelloch, Ferizovic
//! and Sun, Just Join for Parallel Ordered Sets (2016).
//!
//! Invariant: the heights of a branch's children differ by one at most; no leaf is empty.

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;
use core::cmp::Ordering;
use core::ops::Range;

/// Most bytes of a leaf. What is not longer is flat.
pub(crate) const CHUNK: usize = if cfg!(test) { 16 } else { 1024 };
/// Bytes of the longest string (128 MiB): one that can be flat.
pub(crate) const TEXT_MAX: usize = (crate::object::PAYLOAD_WORDS_MAX - 1) * 8;
/// Bounds the height: a balanced tree of `TEXT_MAX` leaves is lower.
const HEIGHT_MAX: usize = 48;

/// Places in the payload of a head.
const ROOT: usize = 0;
const FLAT: usize = 1;
pub(crate) const ROPE_HASH: usize = 2;

/// What a tree holds.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) bytes: usize,
    pub(crate) chars: usize,
    pub(crate) height: usize,
}

impl<'s> Scope<'s> {
    /// The bytes of a string's text. O(1).
    pub fn string_len(self, string: Value<'s>) -> Option<usize> {
        match self.rope_root(string) {
            Some(root) => Some(self.rope_size(root).bytes),
            None => self.flat_str(string).map(str::len),
        }
    }

    /// The characters of a string. O(1) for a rope, else O(n).
    pub fn string_char_count(self, string: Value<'s>) -> Option<usize> {
        match self.rope_root(string) {
            Some(root) => Some(self.rope_size(root).chars),
            None => self.flat_str(string).map(char_count),
        }
    }

    /// The place in bytes of the character with an index; that of the end for the count. O(log n) for a rope, else O(n).
    pub fn string_byte_of(self, string: Value<'s>, index: usize) -> Option<usize> {
        let Some(mut tree) = self.rope_root(string) else { return byte_of(self.flat_str(string)?, index) };
        let (mut before, mut index) = (0, index);
        while let Some((left, right)) = self.rope_children(tree) {
            let size = self.rope_size(left);
            if index < size.chars {
                tree = left;
            } else {
                (before, index, tree) = (before + size.bytes, index - size.chars, right);
            }
        }
        Some(before + byte_of(self.flat_str(tree)?, index)?)
    }

    /// The character with an index. O(log n) for a rope, else O(n).
    pub fn string_char_at(self, string: Value<'s>, index: usize) -> Option<char> {
        let at = self.string_byte_of(string, index)?;
        let (leaf, before) = match self.rope_root(string) {
            Some(root) => self.leaf_at(root, at),
            None => (self.flat_str(string)?, 0),
        };
        leaf.get(at - before..)?.chars().next()
    }

    /// One string behind another. O(log n), and O(n) the first time that a long flat string takes part. Panics when one
    /// is none; `OutOfMemory` also when the result would be longer than 128 MiB.
    pub fn string_concat(self, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let (a_bytes, b_bytes) = (self.expect_string(a), self.expect_string(b));
        let bytes = a_bytes + b_bytes;
        if a_bytes == 0 {
            return Ok(b);
        }
        if b_bytes == 0 {
            return Ok(a);
        }
        if bytes > TEXT_MAX {
            return Err(OutOfMemory);
        }
        if let (Some(a), Some(b)) = (self.flat_str(a), self.flat_str(b))
            && bytes <= CHUNK
        {
            return self.leaf_of(&[a, b]);
        }
        let tree = self.rope_join_texts(self.rope_tree(a)?, self.rope_tree(b)?)?;
        self.rope_of(tree)
    }

    /// The part of a string in a range of bytes; `None` where that does not fit into it, or cuts a character.
    /// O(log n), for flat strings O(length of the part).
    pub fn string_slice(
        self,
        string: Value<'s>,
        range: Range<usize>,
    ) -> Result<Option<Value<'s>>, OutOfMemory> {
        let bytes = self.expect_string(string);
        if range.start > range.end || range.end > bytes {
            return Ok(None);
        }
        let Some(root) = self.rope_root(string) else {
            return match self.flat_str(string).and_then(|text| text.get(range)) {
                Some(part) if part.len() == bytes => Ok(Some(string)),
                Some(part) => self.string_in_chunks(part).map(Some),
                None => Ok(None),
            };
        };
        let is_boundary = |at| {
            let (leaf, before) = self.leaf_at(root, at);
            leaf.is_char_boundary(at - before)
        };
        if !is_boundary(range.start) || !is_boundary(range.end) {
            return Ok(None);
        }
        if range.len() == bytes {
            return Ok(Some(string));
        }
        if range.len() <= CHUNK {
            return self.part_of(root, range).map(Some);
        }
        let (_, rest) = self.rope_split(root, range.start)?;
        let (part, _) = match rest {
            Some(rest) => self.rope_split(rest, range.len())?,
            None => (None, None),
        };
        match part {
            Some(part) => self.rope_of(part).map(Some),
            None => Ok(None),
        }
    }

    /// The text of a string in pieces, without making a long one flat.
    pub fn string_chunks(self, string: Value<'s>) -> StringChunks<'s> {
        let mut chunks = StringChunks { s: self, stack: [Value::NIL; HEIGHT_MAX], depth: 0 };
        let tree = match self.rope_root(string) {
            Some(root) => match self.cell_get(self.head(string.word(), FLAT)) {
                flat if flat.is_nil() => Some(root),
                flat => Some(flat),
            },
            None => self.flat_str(string).map(|_| string),
        };
        if let Some(tree) = tree {
            (chunks.stack[0], chunks.depth) = (tree, 1);
        }
        chunks
    }

    /// The order of two strings, by code points.
    pub(crate) fn compare_strings(self, a: Value<'s>, b: Value<'s>) -> Ordering {
        if let (Some(a), Some(b)) = (self.flat_str(a), self.flat_str(b)) {
            return a.cmp(b);
        }
        let (mut a, mut b) = (self.string_chunks(a), self.string_chunks(b));
        let (mut left, mut right): (&[u8], &[u8]) = (&[], &[]);
        loop {
            if left.is_empty() {
                left = a.next().unwrap_or("").as_bytes();
            }
            if right.is_empty() {
                right = b.next().unwrap_or("").as_bytes();
            }
            let common = left.len().min(right.len());
            if common == 0 {
                return left.len().cmp(&right.len());
            }
            match left[..common].cmp(&right[..common]) {
                Ordering::Equal => (left, right) = (&left[common..], &right[common..]),
                order => return order,
            }
        }
    }

    /// The text of a rope in one piece: made when it is asked for first, and kept.
    #[cold]
    pub(crate) fn rope_text(self, rope: Value<'s>) -> Result<Option<&'s str>, OutOfMemory> {
        let Some(root) = self.rope_root(rope) else { return Ok(None) };
        let cell = self.head(rope.word(), FLAT);
        let kept = self.cell_get(cell);
        if !kept.is_nil() {
            return Ok(self.flat_str(kept));
        }
        let bytes = self.rope_size(root).bytes;
        let hash = self.cached_hash(rope.word(), ROPE_HASH).unwrap_or(0);
        let head = bytes as u64 | (hash as u64) << 32;
        let words = core::iter::once(head).chain(self.string_words(rope));
        let flat = Value::reference(self.core.object(Kind::String, 1 + bytes.div_ceil(8), words)?);
        // Where there is no room to share it, it serves this once.
        Ok(self.flat_str(self.cell_set(cell, Value::NIL, flat).unwrap_or(flat)))
    }

    /// The words that the flat string of the same text has behind its first one.
    pub(crate) fn string_words(self, string: Value<'s>) -> impl Iterator<Item = u64> {
        Words { chunks: self.string_chunks(string), rest: &[] }
    }

    /// The root of a rope.
    #[inline]
    pub(crate) fn rope_root(self, value: Value<'s>) -> Option<Value<'s>> {
        let is_rope = value.is_reference() && self.core.header(value.word()) as u8 == Kind::Rope as u8;
        is_rope.then(|| self.head(value.word(), ROOT))
    }

    #[track_caller]
    fn expect_string(self, value: Value<'s>) -> usize {
        match self.string_len(value) {
            Some(bytes) => bytes,
            None => panic!("expected String, got {:?}", self.kind(value)),
        }
    }

    /// A string of a tree: flat if it is short.
    pub(crate) fn rope_of(self, tree: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let size = self.rope_size(tree);
        if size.height == 0 {
            return Ok(tree);
        }
        if size.bytes <= CHUNK {
            return self.part_of(tree, 0..size.bytes);
        }
        let cell = self.cell(Value::NIL)?;
        self.values_object(Kind::Rope, &[tree, cell, Value::NIL])
    }

    /// The tree of a string.
    pub(crate) fn rope_tree(self, string: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        match (self.rope_root(string), self.flat_str(string)) {
            (None, Some(text)) if text.len() > CHUNK => self.chunked(text),
            (root, _) => Ok(root.unwrap_or(string)),
        }
    }

    /// A string of a text: a rope if it is long.
    pub(crate) fn string_in_chunks(self, text: &str) -> Result<Value<'s>, OutOfMemory> {
        self.rope_of(self.chunked(text)?)
    }

    fn chunked(self, text: &str) -> Result<Value<'s>, OutOfMemory> {
        if text.len() <= CHUNK {
            return self.string(text);
        }
        let (left, right) = text.split_at(text.floor_char_boundary(text.len() / 2));
        self.rope_join(self.chunked(left)?, self.chunked(right)?)
    }

    /// What a tree says that it holds.
    pub(crate) fn rope_size(self, tree: Value<'s>) -> Size {
        match self.payload_of(tree, Kind::RopeBranch) {
            Some(words) => {
                let number = |at: usize| Value::from_word(words[at]).as_small_int().unwrap_or(0) as usize;
                Size { bytes: number(0) >> 8, height: number(0) & 0xFF, chars: number(1) }
            }
            None => {
                let text = self.flat_str(tree).unwrap_or("");
                Size { bytes: text.len(), chars: char_count(text), height: 0 }
            }
        }
    }

    /// The two halves of a tree that is no leaf.
    pub(crate) fn rope_children(self, tree: Value<'s>) -> Option<(Value<'s>, Value<'s>)> {
        let words = self.payload_of(tree, Kind::RopeBranch)?;
        Some((Value::from_word(words[2]), Value::from_word(words[3])))
    }

    fn rope_branch(self, left: Value<'s>, right: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let (a, b) = (self.rope_size(left), self.rope_size(right));
        let height = a.height.max(b.height) + 1;
        assert!(height < HEIGHT_MAX && a.height.abs_diff(b.height) <= 1, "a rope lost its balance");
        let number = |n: usize| Value::small_int(n as i64).unwrap_or(Value::NIL);
        let parts = [number(height | (a.bytes + b.bytes) << 8), number(a.chars + b.chars), left, right];
        self.values_object(Kind::RopeBranch, &parts)
    }

    /// One tree behind another. O(difference of the heights).
    fn rope_join(self, left: Value<'s>, right: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let (a, b) = (self.rope_size(left).height, self.rope_size(right).height);
        match (self.rope_children(left), self.rope_children(right)) {
            (Some((outer, inner)), _) if a > b + 1 => self.rope_balance(outer, self.rope_join(inner, right)?),
            (_, Some((inner, outer))) if b > a + 1 => self.rope_balance(self.rope_join(left, inner)?, outer),
            _ => self.rope_branch(left, right),
        }
    }

    /// A branch of two trees whose heights differ by two at most.
    fn rope_balance(self, left: Value<'s>, right: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let height = |tree| self.rope_size(tree).height;
        let (a, b) = (height(left), height(right));
        if a > b + 1
            && let Some((outer, inner)) = self.rope_children(left)
        {
            return match self.rope_children(inner) {
                Some((first, second)) if height(inner) > height(outer) => {
                    self.rope_branch(self.rope_branch(outer, first)?, self.rope_branch(second, right)?)
                }
                _ => self.rope_branch(outer, self.rope_branch(inner, right)?),
            };
        }
        if b > a + 1
            && let Some((inner, outer)) = self.rope_children(right)
        {
            return match self.rope_children(inner) {
                Some((first, second)) if height(inner) > height(outer) => {
                    self.rope_branch(self.rope_branch(left, first)?, self.rope_branch(second, outer)?)
                }
                _ => self.rope_branch(self.rope_branch(left, inner)?, outer),
            };
        }
        self.rope_branch(left, right)
    }

    /// As `join`; the leaves that meet become one if they are short.
    pub(crate) fn rope_join_texts(self, left: Value<'s>, right: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let (last, first) = (self.edge(left, true), self.edge(right, false));
        if last.len() + first.len() > CHUNK {
            return self.rope_join(left, right);
        }
        let middle = self.leaf_of(&[last, first])?;
        if self.rope_children(right).is_none() {
            return self.with_edge(left, true, middle);
        }
        if self.rope_children(left).is_none() {
            return self.with_edge(right, false, middle);
        }
        let left = self.with_edge(left, true, middle)?;
        match self.rope_split(right, first.len())?.1 {
            Some(rest) => self.rope_join(left, rest),
            None => Ok(left),
        }
    }

    /// The text of the last or the first leaf.
    fn edge(self, tree: Value<'s>, is_last: bool) -> &'s str {
        let mut tree = tree;
        while let Some((left, right)) = self.rope_children(tree) {
            tree = if is_last { right } else { left };
        }
        self.flat_str(tree).unwrap_or("")
    }

    /// The tree with its last or its first leaf replaced.
    fn with_edge(self, tree: Value<'s>, is_last: bool, leaf: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        match self.rope_children(tree) {
            None => Ok(leaf),
            Some((left, right)) if is_last => self.rope_branch(left, self.with_edge(right, true, leaf)?),
            Some((left, right)) => self.rope_branch(self.with_edge(left, false, leaf)?, right),
        }
    }

    /// What lies before a place, and from it on: a boundary of characters. O(height).
    #[allow(clippy::type_complexity, reason = "two trees, each of which may be empty")]
    fn rope_split(
        self,
        tree: Value<'s>,
        at: usize,
    ) -> Result<(Option<Value<'s>>, Option<Value<'s>>), OutOfMemory> {
        let Some((left, right)) = self.rope_children(tree) else {
            let (before, after) = self.flat_str(tree).unwrap_or("").split_at(at);
            let leaf = |text: &str| (!text.is_empty()).then(|| self.string(text)).transpose();
            return Ok((leaf(before)?, leaf(after)?));
        };
        let middle = self.rope_size(left).bytes;
        if at == middle {
            return Ok((Some(left), Some(right)));
        }
        if at < middle {
            let (before, after) = self.rope_split(left, at)?;
            let after = after.map_or(Ok(right), |after| self.rope_join(after, right))?;
            return Ok((before, Some(after)));
        }
        let (before, after) = self.rope_split(right, at - middle)?;
        let before = before.map_or(Ok(left), |before| self.rope_join(left, before))?;
        Ok((Some(before), after))
    }

    /// The leaf that holds a place, or ends there, and how many bytes lie before it.
    fn leaf_at(self, tree: Value<'s>, at: usize) -> (&'s str, usize) {
        let (mut tree, mut before) = (tree, 0);
        while let Some((left, right)) = self.rope_children(tree) {
            let middle = before + self.rope_size(left).bytes;
            if at < middle {
                tree = left;
            } else {
                (tree, before) = (right, middle);
            }
        }
        (self.flat_str(tree).unwrap_or(""), before)
    }

    /// A flat string of a range of at most [`CHUNK`] bytes.
    fn part_of(self, tree: Value<'s>, range: Range<usize>) -> Result<Value<'s>, OutOfMemory> {
        // A range lies in few leaves, but short ones may follow each other.
        let mut buffer = alloc::string::String::with_capacity(CHUNK);
        let mut at = range.start;
        while at < range.end {
            let (leaf, before) = self.leaf_at(tree, at);
            let end = leaf.len().min(range.end - before);
            buffer.push_str(&leaf[at - before..end]);
            at = before + end;
        }
        self.string(&buffer)
    }

    /// A leaf of a few texts.
    fn leaf_of(self, texts: &[&str]) -> Result<Value<'s>, OutOfMemory> {
        let mut buffer = alloc::string::String::with_capacity(CHUNK);
        texts.iter().for_each(|text| buffer.push_str(text));
        self.string(&buffer)
    }
}

fn char_count(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// The place in bytes of a character; that of the end for the count.
fn byte_of(text: &str, index: usize) -> Option<usize> {
    if text.is_ascii() {
        return (index <= text.len()).then_some(index);
    }
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(index)
}

/// The text of a string in pieces, in order.
#[derive(Clone)]
pub struct StringChunks<'s> {
    s: Scope<'s>,
    /// Trees still to visit, the next one last: one of each height at most.
    stack: [Value<'s>; HEIGHT_MAX],
    depth: usize,
}

impl<'s> Iterator for StringChunks<'s> {
    type Item = &'s str;

    fn next(&mut self) -> Option<&'s str> {
        self.depth = self.depth.checked_sub(1)?;
        let mut tree = self.stack[self.depth];
        while let Some((left, right)) = self.s.rope_children(tree) {
            self.stack[self.depth] = right;
            self.depth += 1;
            tree = left;
        }
        self.s.flat_str(tree)
    }
}

/// Pieces of text as words of eight bytes, the last one filled with zeros.
struct Words<'s> {
    chunks: StringChunks<'s>,
    rest: &'s [u8],
}

impl Iterator for Words<'_> {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        if let Some((word, rest)) = self.rest.split_first_chunk::<8>() {
            self.rest = rest;
            return Some(u64::from_le_bytes(*word));
        }
        let (mut word, mut filled) = ([0; 8], 0);
        while filled < 8 {
            if self.rest.is_empty() {
                match self.chunks.next() {
                    Some(chunk) => self.rest = chunk.as_bytes(),
                    None => break,
                }
            }
            let count = self.rest.len().min(8 - filled);
            let (taken, rest) = self.rest.split_at(count);
            word[filled..filled + count].copy_from_slice(taken);
            (self.rest, filled) = (rest, filled + count);
        }
        (filled > 0).then(|| u64::from_le_bytes(word))
    }
}

#[cfg(test)]
mod tests {
    //! Run with leaves of 16 bytes, so that short texts make high trees; `tests/rope.rs` has those that ship.

    use super::{CHUNK, Size};
    use crate::object::Kind;
    use crate::{Heap, Region, Scope, StringBuilder, Value};
    use alloc::string::String;
    use alloc::vec::Vec;

    /// Checks the invariants below a branch.
    fn check_tree<'s>(s: Scope<'s>, tree: Value<'s>) -> Size {
        let size = s.rope_size(tree);
        match s.rope_children(tree) {
            None => assert!((1..=CHUNK).contains(&size.bytes)),
            Some((left, right)) => {
                let (a, b) = (check_tree(s, left), check_tree(s, right));
                assert!(a.height.abs_diff(b.height) <= 1 && size.height == a.height.max(b.height) + 1);
                assert_eq!((size.bytes, size.chars), (a.bytes + b.bytes, a.chars + b.chars));
            }
        }
        size
    }

    fn check<'s>(s: Scope<'s>, string: Value<'s>, model: &str) {
        assert_eq!(s.kind(string), Kind::String);
        assert_eq!(s.string_chunks(string).collect::<String>(), model);
        assert_eq!(s.string_len(string), Some(model.len()));
        assert_eq!(s.string_char_count(string), Some(model.chars().count()));
        assert_eq!(s.rope_root(string).is_some(), model.len() > CHUNK);
        if let Some(root) = s.rope_root(string) {
            check_tree(s, root);
        }
    }

    #[test]
    fn ropes_stay_balanced_while_they_are_cut_and_put_together() {
        let heap = Heap::new(Region::allocate(512 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let mut state = 7u64;
            let mut below = |bound: usize| {
                state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
                (state >> 33) as usize % bound
            };
            let letters = ['a', 'b', 'ä', '€', '𝄞', '\n'];
            let mut versions: Vec<(Value<'_>, String)> = alloc::vec![(s.string("").unwrap(), String::new())];
            for step in 0..1500 {
                let recent = versions.len().min(12);
                let (string, text) = versions[versions.len() - 1 - below(recent)].clone();
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
                let next = match below(5) {
                    0 | 1 => {
                        let piece: String = (0..below(40)).map(|_| letters[below(letters.len())]).collect();
                        let value = s.string_in_chunks(&piece).unwrap();
                        match below(2) {
                            0 => (s.string_concat(string, value).unwrap(), text + &piece),
                            _ => (s.string_concat(value, string).unwrap(), piece + &text),
                        }
                    }
                    2 if text.len() < 5000 => {
                        let (other, more) = &versions[below(versions.len())];
                        (s.string_concat(string, *other).unwrap(), text + more)
                    }
                    _ => {
                        let (a, b) = (below(places.len()), below(places.len()));
                        let range = places[a.min(b)]..places[a.max(b)];
                        let part = s.string_slice(string, range.clone()).unwrap().unwrap();
                        (part, text[range].into())
                    }
                };
                check(s, next.0, &next.1);
                if step % 10 == 0 {
                    for (string, text) in &versions[versions.len() - recent..] {
                        check(s, *string, text);
                    }
                }
                versions.push(next);
            }
        });
    }

    #[test]
    fn one_by_one_makes_no_list() {
        let heap = Heap::new(Region::allocate(512 << 20)).unwrap();
        heap.mutator().enter(|s| {
            let (mut front, mut back) = (s.string("").unwrap(), s.string("").unwrap());
            let (mut builder, mut text) = (StringBuilder::new(s), String::new());
            for n in 0..3000u32 {
                let letter = char::from_u32(0x3B1 + n % 24).unwrap();
                let piece = s.string(letter.encode_utf8(&mut [0; 4])).unwrap();
                back = s.string_concat(back, piece).unwrap();
                front = s.string_concat(piece, front).unwrap();
                builder.push_char(letter).unwrap();
                text.push(letter);
            }
            check(s, back, &text);
            check(s, builder.finish().unwrap(), &text);
            check(s, front, &text.chars().rev().collect::<String>());
            assert!(s.rope_root(back).is_some_and(|root| s.rope_size(root).height < 14));
            for (index, (at, char)) in text.char_indices().enumerate() {
                assert_eq!(s.string_byte_of(back, index), Some(at));
                assert_eq!(s.string_char_at(back, index), Some(char));
            }
            assert_eq!(s.string_byte_of(back, 3000), Some(6000));
            assert_eq!((s.string_byte_of(back, 3001), s.string_char_at(back, 3000)), (None, None));
        });
    }
}
