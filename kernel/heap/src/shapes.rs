//! The shapes of collections, for the verifier: what each kind of node promises beside that its words are values.
//!
//! Enter at [`Shapes::check`], with each object that lives. It trusts no node: counts, bitmaps, places by hash, fill, order
//! and balance are found anew from what lies below. Each node is looked at once, however many versions share it: it lies at the
//! same place in all of them.
//!
//! Absent: cached hashes of collections; the order of sorted collections that a program gave.

use crate::hash::text_hash;
use crate::object::{Kind, pairs_of, sizes_of, split_pair};
use crate::rope::CHUNK;
use crate::scope::{Scope, as_values};
use crate::sorted_tree::{LEVELS, MAX, MIN};
use crate::trie::{SHIFT_END, bit_at, deeper};
use crate::value::Value;
use crate::vector::{BITS, LEAF, LEAF_BITS, WIDTH};
use crate::vector_tree::below;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// The longest collision node of which all keys are compared with each other.
const PAIRS_MAX: usize = 64;

type Checked<T> = Result<T, String>;

/// What is known of a node: where it lies in a tree, and how much is below it.
#[derive(Clone, Copy)]
struct Node {
    place: Place,
    count: usize,
    /// Characters, in a rope.
    chars: usize,
}

/// Values of an entry, level or shift, and the bits of the hash that lead there.
type Place = (usize, u32, u32);

pub(crate) struct Shapes<'s> {
    s: Scope<'s>,
    nodes: BTreeMap<u64, Node>,
}

macro_rules! ensure {
    ($is:expr, $node:expr, $($text:tt)*) => {
        if !$is {
            let node = $node;
            return Err(format!("the node at word {}: {}", node.word() / 8, format!($($text)*)));
        }
    };
}

impl<'s> Shapes<'s> {
    /// The scope is only read in.
    pub(crate) fn new(s: Scope<'s>) -> Shapes<'s> {
        Shapes { s, nodes: BTreeMap::new() }
    }

    /// Checks the collection whose head this object is, if it is one. All that it refers to is an object.
    pub(crate) fn check(&mut self, at: usize) -> Checked<()> {
        let value = Value::reference(at as u64 * 8);
        match self.kind(value) {
            Kind::Map => self.hashed(value, 2),
            Kind::Set => self.hashed(value, 1),
            Kind::Vector => self.vector(value),
            Kind::SortedMap => self.sorted(value, 2),
            Kind::SortedSet => self.sorted(value, 1),
            Kind::String | Kind::Bytes => self.flat(value),
            Kind::Rope => self.rope(value),
            Kind::Pair => self.pair(value),
            _ => Ok(()),
        }
    }

    /// What an object is, ropes and parts of collections included; nil for what is none.
    fn kind(&self, value: Value<'s>) -> Kind {
        if value.is_reference() { Kind::of_header(self.s.core.header(value.word())) } else { Kind::Nil }
    }

    fn words(&self, value: Value<'s>) -> &'s [u64] {
        self.s.core.payload(value.word())
    }

    /// What is known of a node that was looked at before. It lies at one place only.
    fn known(&self, node: Value<'s>, place: Place) -> Checked<Option<Node>> {
        let known = self.nodes.get(&node.word()).copied();
        if let Some(known) = known {
            ensure!(known.place == place, node, "lies at {:?} and at {place:?}", known.place);
        }
        Ok(known)
    }

    fn note(&mut self, node: Value<'s>, place: Place, count: usize) -> usize {
        self.nodes.insert(node.word(), Node { place, count, chars: 0 });
        count
    }

    fn head(&self, head: Value<'s>, words: usize) -> Checked<&'s [Value<'s>]> {
        let payload = self.words(head);
        ensure!(payload.len() == words, head, "a head of {} words", payload.len());
        Ok(as_values(payload))
    }

    fn number(&self, node: Value<'s>, value: Value<'s>) -> Checked<usize> {
        let number = value.as_small_int().and_then(|n| usize::try_from(n).ok());
        number.ok_or_else(|| format!("the node at word {}: {value:?} is no count", node.word() / 8))
    }

    // Maps and sets.

    fn hashed(&mut self, head: Value<'s>, width: usize) -> Checked<()> {
        let parts = self.head(head, 4)?;
        let count = self.number(head, parts[0])?;
        let below = if parts[1].is_nil() { 0 } else { self.trie(parts[1], width, 0, 0)? };
        ensure!(count == below, head, "counts {count} entries, and has {below}");
        ensure!(parts[1].is_nil() || below > 0, head, "an empty root");
        Ok(())
    }

    /// Entries under a node of a trie, whose hashes begin with the bits of `prefix`.
    fn trie(&mut self, node: Value<'s>, width: usize, shift: u32, prefix: u32) -> Checked<usize> {
        let place = (width, shift, prefix);
        if let Some(known) = self.known(node, place)? {
            return Ok(known.count);
        }
        let s = self.s;
        let words = self.words(node);
        if shift >= SHIFT_END {
            ensure!(
                self.kind(node) == Kind::MapCollision,
                node,
                "{:?} below the last level",
                self.kind(node)
            );
            let entries = words.len().saturating_sub(1);
            let is_whole = entries.is_multiple_of(width) && entries >= 2 * width;
            ensure!(is_whole, node, "{entries} values in a collision node");
            let keys = || as_values(&words[1..]).iter().step_by(width);
            for (index, key) in keys().enumerate() {
                ensure!(s.place_hash(*key) == prefix, node, "key {index} has another hash");
                let others = if entries <= PAIRS_MAX * width { entries } else { 1 };
                let is_there = keys().skip(index + 1).take(others).any(|other| s.equal(*key, *other));
                ensure!(!is_there, node, "key {index} is there twice");
            }
            return Ok(self.note(node, place, entries / width));
        }
        ensure!(self.kind(node) == Kind::MapBranch, node, "{:?} in a trie", self.kind(node));
        let (data, nodes) = (words[0] as u32, (words[0] >> 32) as u32);
        let (singles, children) = (data.count_ones() as usize, nodes.count_ones() as usize);
        ensure!(data & nodes == 0, node, "an entry and a child at one place");
        let bits = deeper(shift) - shift;
        let fan = 1u64 << bits;
        ensure!(u64::from(data | nodes) < 1 << fan, node, "a place past the last one");
        let is_whole = words.len() == 1 + singles * width + pairs_of(children);
        ensure!(is_whole, node, "{} words for {singles} entries and {children} children", words.len());
        let (_, in_pairs) = words.split_at(1 + singles * width);
        let halves = in_pairs.iter().flat_map(|pair| split_pair(*pair));
        ensure!(
            halves.map(|word| word != 0).eq((0..pairs_of(children) * 2).map(|at| at < children)),
            node,
            "other than {children} children"
        );
        let (entries, below) = s.trie_node(node, width);
        let places = |bitmap: u32| (0..32).filter(move |place| bitmap >> place & 1 == 1);
        for (place, entry) in places(data).zip(entries.chunks_exact(width)) {
            let hash = s.place_hash(entry[0]);
            let is_here =
                hash.checked_shr(32 - shift).unwrap_or(0) == prefix && bit_at(hash, shift) == 1 << place;
            ensure!(is_here, node, "the key at place {place} does not belong there");
        }
        let mut count = singles;
        for (place, child) in places(nodes).zip(below.iter()) {
            let in_child = self.trie(child, width, shift + bits, prefix << bits | place)?;
            ensure!(in_child >= 2, node, "the child at place {place} has {in_child} entries");
            count += in_child;
        }
        Ok(self.note(node, place, count))
    }

    // Vectors.

    fn vector(&mut self, head: Value<'s>) -> Checked<()> {
        let parts = self.head(head, 5)?;
        self.number(head, parts[0])?;
        let vector = self.s.vector_parts(head);
        let (root, tail, shift) = (vector.tree.root, vector.tail, vector.tree.shift);
        let is_level = shift >= LEAF_BITS && (shift - LEAF_BITS).is_multiple_of(BITS) && shift < 64;
        ensure!(is_level, head, "a root of shift {shift}");
        ensure!(self.kind(tail) == Kind::VectorLeaf || vector.count == 0, head, "no tail");
        let room = if tail.is_reference() { self.words(tail).len() } else { 0 };
        let (in_tail, is_empty) = (vector.tail_count, vector.count == 0);
        let fits = in_tail <= room && room <= LEAF && (in_tail > 0 || is_empty);
        ensure!(fits, head, "{in_tail} elements in a tail of {room} places");
        let elements = if in_tail > 0 { &as_values(self.words(tail))[..in_tail] } else { &[] };
        ensure!(elements.iter().all(|element| !is_vacant(*element)), head, "counts a place that is vacant");
        let in_tree = if root.is_nil() { 0 } else { self.vector_node(root, shift)? };
        let count = in_tree + in_tail;
        ensure!(vector.count == count, head, "counts {} elements, and has {count}", vector.count);
        if !root.is_nil() {
            let is_relaxed = self.s.tree_of(root, shift).is_relaxed;
            ensure!(vector.tree.is_relaxed == is_relaxed, head, "its tree is relaxed: {is_relaxed}");
        }
        Ok(())
    }

    /// Elements under a node of a vector.
    fn vector_node(&mut self, node: Value<'s>, shift: u32) -> Checked<usize> {
        let place = (1, shift, 0);
        if let Some(known) = self.known(node, place)? {
            return Ok(known.count);
        }
        let (kind, words) = (self.kind(node), self.words(node));
        if shift == 0 {
            ensure!(kind == Kind::VectorLeaf, node, "{kind:?} for a leaf");
            ensure!((1..=LEAF).contains(&words.len()), node, "a leaf of {} elements", words.len());
            let is_full = as_values(words).iter().all(|element| !is_vacant(*element));
            ensure!(is_full, node, "a vacant place in a leaf");
            return Ok(self.note(node, place, words.len()));
        }
        let is_relaxed = kind == Kind::VectorRelaxed;
        ensure!(is_relaxed || kind == Kind::VectorBranch, node, "{kind:?} for a branch");
        let (sizes, in_pairs) = words.split_at(if is_relaxed { sizes_of(words.len()) } else { 0 });
        let (sizes, there) = (as_values(sizes), |half: &u64| *half != 0);
        let halves: Vec<u64> = in_pairs.iter().flat_map(|pair| split_pair(*pair)).collect();
        let children = halves.iter().filter(|half| there(half)).count();
        let is_whole = halves[..children].iter().all(there)
            && in_pairs.len() == pairs_of(children)
            && (!is_relaxed || sizes.len() == children);
        ensure!(is_whole && (1..=WIDTH).contains(&children), node, "{children} children");
        let children = self.s.vector_children(node);
        let (mut count, mut is_regular) = (0, true);
        for (index, child) in children.iter().enumerate() {
            is_regular &= count == index << shift;
            count += self.vector_node(child, below(shift))?;
            if is_relaxed {
                let size = self.number(node, sizes[index])?;
                ensure!(size == count, node, "says {size} elements up to child {index}, and has {count}");
            }
            ensure!(count <= (index + 1) << shift, node, "child {index} is too full");
        }
        ensure!(is_regular != is_relaxed, node, "{kind:?}, and its children are full: {is_regular}");
        Ok(self.note(node, place, count))
    }

    // Sorted maps and sets.

    fn sorted(&mut self, head: Value<'s>, width: usize) -> Checked<()> {
        let parts = self.head(head, 5)?;
        let (count, root) = (self.number(head, parts[0])?, parts[1]);
        let mut below = 0;
        if !root.is_nil() {
            ensure!(self.kind(root) == Kind::SortedBranch, head, "{:?} for a root", self.kind(root));
            let level = self.s.sorted_branch(root).level;
            ensure!(level < LEVELS, root, "level {level}");
            let is_natural = parts[3].is_nil();
            below = self.sorted_node(root, width, level, is_natural)?;
            let least = if level == 0 { 1 } else { 2 };
            let items = self.s.sorted_items(root, width);
            ensure!(items >= least, root, "{items} items in a root of level {level}");
        }
        ensure!(count == below, head, "counts {count} entries, and has {below}");
        Ok(())
    }

    /// Entries under a branch of a sorted tree; of one that is no root, enough items.
    fn sorted_node(
        &mut self,
        node: Value<'s>,
        width: usize,
        level: usize,
        is_natural: bool,
    ) -> Checked<usize> {
        let place = (width, level as u32, u32::from(is_natural));
        if let Some(known) = self.known(node, place)? {
            return Ok(known.count);
        }
        let s = self.s;
        ensure!(self.kind(node) == Kind::SortedBranch, node, "{:?} in a sorted tree", self.kind(node));
        let (branch, values) = (s.sorted_branch(node), as_values(&self.words(node)[1..]));
        ensure!(branch.level == level, node, "level {} where {level} should be", branch.level);
        let step = if level == 0 { width } else { 2 };
        let items = values.len() / step;
        let is_whole = values.len().is_multiple_of(step) && (1..=MAX).contains(&items);
        ensure!(is_whole, node, "{} values at level {level}", values.len());
        let in_order = |a: Value<'s>, b: Value<'s>| {
            let order = if is_natural { s.compare(a, b) } else { None };
            order.is_none_or(Ordering::is_lt)
        };
        let mut count = items;
        if level == 0 {
            let keys = || values.iter().step_by(width);
            for (index, (a, b)) in keys().zip(keys().skip(1)).enumerate() {
                ensure!(in_order(*a, *b), node, "the keys at {index} and behind it are not in order");
            }
        } else {
            count = 0;
            let (children, keys) = values.split_at(items);
            for (index, (child, key)) in children.iter().zip(keys).enumerate() {
                count += self.sorted_node(*child, width, level - 1, is_natural)?;
                let items = s.sorted_items(*child, width);
                ensure!(items >= MIN, *child, "{items} items");
                ensure!(
                    s.equal(s.sorted_edge(*child, width, false), *key),
                    node,
                    "key {index} is not the least"
                );
                let follows = index == 0 || in_order(s.sorted_edge(children[index - 1], width, true), *key);
                ensure!(follows, node, "child {index} is not in order");
            }
        }
        ensure!(branch.count == count, node, "counts {} entries, and has {count}", branch.count);
        Ok(self.note(node, place, count))
    }

    // Strings.

    fn flat(&mut self, text: Value<'s>) -> Checked<()> {
        let words = self.words(text);
        let (length, hash) = (words[0] as u32 as usize, (words[0] >> 32) as u32);
        ensure!(words.len() == 1 + length.div_ceil(8), text, "{length} bytes in {} words", words.len());
        let rest = length % 8 * 8;
        ensure!(rest == 0 || words[words.len() - 1] >> rest == 0, text, "no zeros behind the end");
        if self.kind(text) == Kind::String {
            ensure!(
                hash == 0 || hash == text_hash(length, words[1..].iter().copied()),
                text,
                "another hash is cached"
            );
            let bytes = words[1..].iter().flat_map(|word| word.to_le_bytes()).take(length).collect();
            ensure!(String::from_utf8(bytes).is_ok(), text, "no text");
        }
        Ok(())
    }

    fn rope(&mut self, head: Value<'s>) -> Checked<()> {
        let parts = self.head(head, 3)?;
        let (bytes, height) = self.rope_node(parts[0])?;
        ensure!(height > 0 && bytes > CHUNK, head, "a rope of {bytes} bytes");
        ensure!(self.kind(parts[1]) == Kind::Cell, head, "no cell");
        let flat = self.s.cell_get(parts[1]);
        let kept = if flat.is_nil() { Some(bytes) } else { self.s.string_len(flat) };
        ensure!(kept == Some(bytes), head, "keeps a text of {kept:?} bytes, and has {bytes}");
        Ok(())
    }

    /// Bytes and height of a tree of a rope.
    fn rope_node(&mut self, node: Value<'s>) -> Checked<(usize, u32)> {
        if let Some(known) = self.nodes.get(&node.word()) {
            return Ok((known.count, known.place.1));
        }
        let (bytes, chars, height) = match self.s.rope_children(node) {
            Some((left, right)) => {
                let (a, b) = (self.rope_node(left)?, self.rope_node(right)?);
                ensure!(a.1.abs_diff(b.1) <= 1, node, "children of heights {} and {}", a.1, b.1);
                let chars =
                    [left, right].map(|child| self.nodes.get(&child.word()).map_or(0, |node| node.chars));
                (a.0 + b.0, chars[0] + chars[1], a.1.max(b.1) + 1)
            }
            None => {
                ensure!(self.kind(node) == Kind::String, node, "{:?} in a rope", self.kind(node));
                self.flat(node)?;
                let text = self.s.flat_str(node).unwrap_or("");
                ensure!((1..=CHUNK).contains(&text.len()), node, "a leaf of {} bytes", text.len());
                (text.len(), text.chars().count(), 0)
            }
        };
        let size = self.s.rope_size(node);
        let said = (size.bytes, size.chars, size.height as u32);
        let found = (bytes, chars, height);
        ensure!(said == found, node, "says {said:?} bytes, characters and levels, and has {found:?}");
        self.nodes.insert(node.word(), Node { place: (0, height, 0), count: bytes, chars });
        Ok((bytes, height))
    }

    // Lists.

    fn pair(&mut self, pair: Value<'s>) -> Checked<()> {
        let parts = self.head(pair, 4)?;
        let count = self.s.list_count(parts[1]).map(|count| count + 1);
        let said = parts[2].as_small_int().map(|count| count as usize);
        ensure!(said == count, pair, "says {said:?} elements, and has {count:?}");
        Ok(())
    }
}

fn is_vacant(value: Value<'_>) -> bool {
    value.is_identical(Value::VACANT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector_tree::Children;
    use crate::{Heap, Region, object};

    type Made<'s> = Result<Value<'s>, crate::OutOfMemory>;

    /// Makes a value, follows a path of payload words down from it, and changes one word of what lies there: the
    /// verifier has to say what is expected, and nothing before and after.
    #[track_caller]
    fn check(
        make: impl for<'s> Fn(Scope<'s>) -> Made<'s>,
        path: &[usize],
        index: usize,
        change: impl for<'s> Fn(Scope<'s>, u64) -> u64,
        expected: &str,
    ) {
        let heap = Heap::new(Region::allocate(2 << 20)).unwrap();
        heap.set_torture(false);
        let mut mutator = heap.mutator();
        let (at, old, new) = mutator.enter(|s| {
            let root = make(s).unwrap();
            s.root_push(root);
            s.root_push(root);
            let node = path.iter().fold(root.word(), |node, index| step(s, node, *index));
            let old = s.core.word(node, index);
            (node as usize / 8 + 1 + index, old, change(s, old))
        });
        heap.verify().unwrap();
        heap.0.arena.store(at, new);
        let error = heap.verify().err().unwrap_or_default();
        assert!(error.contains(expected), "expected `{expected}`, got `{error}`");
        heap.0.arena.store(at, old);
        heap.verify().unwrap();
    }

    /// The word that leads down from a node at an index: of a pair the first.
    fn step(s: Scope<'_>, node: u64, index: usize) -> u64 {
        let word = s.core.word(node, index);
        let fields = object::fields(s.core.header(node), || s.core.word(node, 0));
        if fields.pairs.contains(&index) { split_pair(word)[0] } else { word }
    }

    /// A pair with another first reference.
    fn with_first(pair: u64, word: u64) -> u64 {
        (pair >> 32) << 32 | (word / 8)
    }

    fn int<'s>(n: i64) -> Value<'s> {
        Value::small_int(n).unwrap()
    }

    fn one_more(_: Scope<'_>, word: u64) -> u64 {
        word + (1 << 2)
    }

    fn map(s: Scope<'_>) -> Made<'_> {
        s.map(&(0..200).map(|n| (int(n), int(-n))).collect::<alloc::vec::Vec<_>>())
    }

    /// Two keys whose hashes are one, below seven branches.
    fn collision(s: Scope<'_>) -> Made<'_> {
        // The inverse of how integers are placed (hash.rs): the halves are put together by the golden ratio's inverse.
        let key = |low: u64| {
            let z = (0xABCD_EF01 << 32 | low).wrapping_mul(0xF1DE_83E1_9937_733D);
            s.int((z ^ z >> 32) as i64)
        };
        s.map(&[(key(1)?, int(1)), (key(2)?, int(2))])
    }

    #[test]
    fn broken_maps_are_found() {
        check(map, &[], 0, one_more, "counts 201 entries, and has 200");
        check(map, &[], 1, |_, _| Value::NIL.word(), "counts 200 entries, and has 0");
        check(map, &[1], 0, |_, word| word ^ 3 << 32, "words for");
        check(map, &[1], 0, |_, word| word | 1 << 20 | 1 << 21, "past the last");
        check(map, &[1], 0, |_, word| word | word >> 32, "an entry and a child at one place");
        check(map, &[1, 1], 1, |_, _| int(1_000_000).word(), "does not belong there");
        // A child that was to be an entry of its parent.
        let alone = |s: Scope<'_>, pair| {
            let words = s.core.payload(split_pair(pair)[0]);
            let data = words[0] as u32;
            let first = u64::from(data & data.wrapping_neg());
            let node = s.core.object_of(Kind::MapBranch, [&[first], &words[1..3]]).unwrap();
            with_first(pair, node.word())
        };
        check(map, &[1], 1, alone, "has 1 entries");
        // A child at another place.
        check(map, &[1], 1, |_, pair| pair.rotate_left(32), "does not belong there");
        check(map, &[1], 1, |s, pair| with_first(pair, s.string("x").unwrap().word()), "String in a trie");
        check(map, &[1], 1, |_, pair| pair >> 32, "other than 16 children");
        let deep = [1, 1, 1, 1, 1, 1, 1, 1];
        check(collision, &deep, 1, |_, _| int(7).word(), "has another hash");
        check(collision, &deep, 1, |s, _| collision_key(s, 3), "is there twice");
        check(|s| s.set(&[int(1), int(2)]), &[], 0, one_more, "counts 3 entries, and has 2");
    }

    /// A key of the map of colliding ones.
    fn collision_key(s: Scope<'_>, at: usize) -> u64 {
        let node = (0..7).fold(s.trie_root(collision(s).unwrap()).word(), |node, _| step(s, node, 1));
        s.core.word(node, at)
    }

    fn vector(s: Scope<'_>) -> Made<'_> {
        s.vector_from((0..100).map(int))
    }

    fn relaxed(s: Scope<'_>) -> Made<'_> {
        let vector = vector(s)?;
        let part = s.vector_slice(vector, 5, 100)?;
        s.vector_concat(part, vector)
    }

    #[test]
    fn broken_vectors_are_found() {
        check(vector, &[], 0, |_, word| word + (1 << 14 << 2), "counts 101 elements, and has 100");
        check(vector, &[], 0, |_, word| word + (1 << 7 << 2), "elements in a tail of");
        check(
            vector,
            &[],
            2,
            |s, _| s.core.object_of(Kind::VectorLeaf, [&[]]).unwrap().word(),
            "a tail of 0",
        );
        check(vector, &[1, 0], 0, |s, pair| with_first(pair, s.string("x").unwrap().word()), "String for a");
        let mut leaf = alloc::vec![1];
        leaf.resize(4, 0);
        check(vector, &leaf, 0, |_, _| Value::VACANT.word(), "a vacant place");
        // A branch that is not full, before others.
        let less = |s: Scope<'_>, word| {
            let mut less = Children::new();
            less.extend(s.vector_children(Value::reference(split_pair(word)[0])).from(1));
            with_first(word, s.raw_object(Kind::VectorBranch, less.words()).unwrap().word())
        };
        check(vector, &[1], 0, less, "VectorBranch, and its children are full: false");
        check(relaxed, &[1], 0, one_more, "elements up to child 0");
        check(relaxed, &[], 0, |_, word| word ^ 1 << 6 << 2, "its tree is relaxed");
    }

    fn sorted(s: Scope<'_>) -> Made<'_> {
        let entries: alloc::vec::Vec<_> = (0..100).map(|n| [int(n), int(-n)]).collect();
        s.sorted_map_in_order(Value::NIL, &entries)
    }

    #[test]
    fn broken_sorted_maps_are_found() {
        check(sorted, &[], 0, one_more, "counts 101 entries, and has 100");
        check(sorted, &[1], 0, |_, word| word + (1 << 8 << 2), "counts 101 entries, and has 100");
        let leaf = [1, 1, 1, 1];
        check(sorted, &leaf, 3, |_, _| int(-1).word(), "not in order");
        check(sorted, &leaf, 1, |_, _| int(-1).word(), "is not the least");
        check(
            sorted,
            &leaf[..3],
            2,
            |s, _| s.core.word(s.trie_root(sorted(s).unwrap()).word(), 1),
            "level 2 where 0",
        );
        let alone = |s: Scope<'_>, word| {
            let words = [int(1 << 8).word(), s.core.word(word, 1), s.core.word(word, 2)];
            s.core.object_of(Kind::SortedBranch, [&words]).unwrap().word()
        };
        check(sorted, &leaf[..3], 1, alone, "1 items");
    }

    fn rope(s: Scope<'_>) -> Made<'_> {
        s.string_in_chunks(&"0123456789 ".repeat(20))
    }

    #[test]
    fn broken_strings_are_found() {
        fn text(s: Scope<'_>) -> Made<'_> {
            let text = s.string("text")?;
            s.hash(text);
            Ok(text)
        }
        check(text, &[], 0, |_, word| word + (1 << 32), "another hash");
        check(text, &[], 0, |_, word| word + 8, "12 bytes in 2 words");
        check(text, &[], 1, |_, word| word | 1 << 40, "no zeros");
        check(|s| s.string("text"), &[], 1, |_, word| word | 0xFF, "no text");
        check(|s| s.bytes(b"\xFFa"), &[], 1, |_, word| word | 1 << 63, "no zeros");
        check(rope, &[0], 1, one_more, "says (220, 221,");
        check(rope, &[0], 2, |s, _| s.string("x").unwrap().word(), "children of heights 0 and");
        check(rope, &[], 0, |s, _| s.string("x").unwrap().word(), "a rope of 1 bytes");
    }

    #[test]
    fn broken_lists_are_found() {
        fn list(s: Scope<'_>) -> Made<'_> {
            s.list(&[int(1), int(2), int(3)])
        }
        check(list, &[1], 2, one_more, "says");
        check(list, &[], 2, |_, _| Value::NIL.word(), "says None elements, and has Some(3)");
    }
}
