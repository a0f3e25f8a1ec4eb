//! The B+ tree under sorted maps and sets.
//!
//! A branch's payload is [level | count of entries below << 8, then at level 0 the entries in order, above it the
//! children, then the least key of each]. An entry is `width` values: key and value in a map, the element in a set.
//!
//! Enter at [`Scope::sorted_search`] and [`Scope::sorted_place`], which find a [`Place`], and at the edits, which
//! take one: so the order of keys is asked for in one function only, and edits never ask.
//!
//! Invariant: all leaves lie equally deep; a branch has [`MIN`] to [`MAX`] children or entries, but the root, which
//! has two children or one entry at least; the keys of a branch are the least ones of its children.

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope, as_values};
use crate::value::Value;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Most children or entries of a branch (decision 0009). The unit tests of this crate run with deep trees.
pub(crate) const MAX: usize = if cfg!(test) { 4 } else { 24 };
/// Least ones. Less than half, so that a branch that was split is not soon merged again.
pub(crate) const MIN: usize = if cfg!(test) { 2 } else { 8 };
/// Bounds the levels: with `MIN` children each they would outgrow every arena.
pub(crate) const LEVELS: usize = if cfg!(test) { 32 } else { 12 };

/// A branch's parts, read once.
#[derive(Clone, Copy)]
pub(crate) struct Branch<'s> {
    pub(crate) level: usize,
    /// Entries below.
    pub(crate) count: usize,
    /// Entries, or children and keys.
    words: &'s [u64],
}

/// Where an entry is, or would be: the index of the child at each level, of the entry at level 0.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) at: [u8; LEVELS],
    pub(crate) is_found: bool,
}

/// What became of a branch that got one more child or entry.
enum Grown<'s> {
    One(Value<'s>),
    Two(Value<'s>, Value<'s>),
}

/// Words that are being put together into one branch or two.
struct Buffer {
    words: [u64; 4 * MAX],
    length: usize,
}

impl Buffer {
    fn of(parts: &[&[u64]]) -> Buffer {
        let mut buffer = Buffer { words: [0; 4 * MAX], length: 0 };
        for part in parts {
            buffer.words[buffer.length..buffer.length + part.len()].copy_from_slice(part);
            buffer.length += part.len();
        }
        buffer
    }

    fn words(&self) -> &[u64] {
        &self.words[..self.length]
    }
}

fn info(level: usize, count: usize) -> u64 {
    Value::small_int((level | count << 8) as i64).unwrap_or(Value::NIL).word()
}

/// How many of the items stay in the left half of a split. What grows at one end is likely to grow there again.
fn split_at(count: usize, added: usize) -> usize {
    if added + 1 == count {
        count - MIN
    } else if added == 0 {
        MIN
    } else {
        count / 2
    }
}

impl<'s> Branch<'s> {
    /// The entries of a leaf.
    pub(crate) fn entries(&self) -> &'s [Value<'s>] {
        as_values(self.words)
    }

    /// The children of a branch that is no leaf.
    pub(crate) fn children(&self) -> &'s [Value<'s>] {
        as_values(self.child_words())
    }

    fn child_words(&self) -> &'s [u64] {
        &self.words[..self.words.len() / 2]
    }

    fn key_words(&self) -> &'s [u64] {
        &self.words[self.words.len() / 2..]
    }

    fn least(&self) -> u64 {
        if self.level == 0 { self.words[0] } else { self.key_words()[0] }
    }

    /// Children, or entries of a width.
    fn len(&self, width: usize) -> usize {
        self.words.len() / if self.level == 0 { width } else { 2 }
    }
}

impl<'s> Scope<'s> {
    #[inline(always)]
    pub(crate) fn sorted_branch(self, branch: Value<'s>) -> Branch<'s> {
        let words = self.core.payload(branch.word());
        let info = Value::from_word(words[0]).as_small_int().unwrap_or(0) as usize;
        Branch { level: info & 0xFF, count: info >> 8, words: &words[1..] }
    }

    /// Entries and children of a branch.
    pub(crate) fn sorted_node(self, branch: Value<'s>) -> (&'s [Value<'s>], &'s [Value<'s>]) {
        let branch = self.sorted_branch(branch);
        if branch.level == 0 { (branch.entries(), &[]) } else { (&[], branch.children()) }
    }

    /// Children of a branch, or entries of a width.
    pub(crate) fn sorted_items(self, branch: Value<'s>, width: usize) -> usize {
        self.sorted_branch(branch).len(width)
    }

    /// The last or the first key below a branch.
    pub(crate) fn sorted_edge(self, branch: Value<'s>, width: usize, is_last: bool) -> Value<'s> {
        let mut branch = self.sorted_branch(branch);
        while branch.level > 0 {
            let children = branch.children();
            branch = self.sorted_branch(children[if is_last { children.len() - 1 } else { 0 }]);
        }
        let entries = branch.entries();
        entries[if is_last { entries.len() - width } else { 0 }]
    }

    fn new_leaf<const N: usize>(self, count: usize, parts: [&[u64]; N]) -> Result<Value<'s>, OutOfMemory> {
        let mut all: [&[u64]; 4] = [&[]; 4];
        let head = [info(0, count)];
        all[0] = &head;
        all[1..=N].copy_from_slice(&parts);
        self.core.object_of(Kind::SortedBranch, all)
    }

    fn new_inner(
        self,
        level: usize,
        count: usize,
        children: &[u64],
        keys: &[u64],
    ) -> Result<Value<'s>, OutOfMemory> {
        self.core.object_of(Kind::SortedBranch, [&[info(level, count)], children, keys])
    }

    /// A branch of a level above the leaves, with its keys and its count from its children.
    fn inner_of(self, level: usize, children: &[u64]) -> Result<Value<'s>, OutOfMemory> {
        let mut keys = [0; MAX + 1];
        let mut count = 0;
        for (key, child) in keys.iter_mut().zip(children) {
            let child = self.sorted_branch(Value::from_word(*child));
            *key = child.least();
            count += child.count;
        }
        self.new_inner(level, count, children, &keys[..children.len()])
    }

    /// Searches for a key. `order` compares it with keys of the tree, O(log n) times. `root` may be nil.
    #[inline]
    pub(crate) fn sorted_search<E>(
        self,
        root: Value<'s>,
        width: usize,
        key: Value<'s>,
        order: &mut impl FnMut(Value<'s>, Value<'s>) -> Result<Ordering, E>,
    ) -> Result<Place, E> {
        let mut place = Place { at: [0; LEVELS], is_found: false };
        if root.is_nil() {
            return Ok(place);
        }
        let mut branch = self.sorted_branch(root);
        while branch.level > 0 {
            let keys = as_values(branch.key_words());
            // The last child whose least key is not greater; else the first.
            let (mut low, mut high) = (0, keys.len());
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                match order(key, keys[middle])? {
                    Ordering::Less => high = middle,
                    Ordering::Greater => low = middle,
                    Ordering::Equal => (low, high) = (middle, middle + 1),
                }
            }
            place.at[branch.level] = low as u8;
            branch = self.sorted_branch(branch.children()[low]);
        }
        let entries = branch.entries();
        let (mut low, mut high) = (0, branch.len(width));
        while low < high {
            let middle = low + (high - low) / 2;
            match order(key, entries[middle * width])? {
                Ordering::Less => high = middle,
                Ordering::Greater => low = middle + 1,
                Ordering::Equal => {
                    (low, place.is_found) = (middle, true);
                    break;
                }
            }
        }
        place.at[0] = low as u8;
        Ok(place)
    }

    /// The place of the entry with an index, or behind the last one. `root` may be nil.
    pub(crate) fn sorted_place(self, root: Value<'s>, index: usize, is_found: bool) -> Place {
        let mut place = Place { at: [0; LEVELS], is_found };
        if root.is_nil() {
            return place;
        }
        let (mut branch, mut index) = (self.sorted_branch(root), index);
        while branch.level > 0 {
            let children = branch.children();
            let mut at = 0;
            let mut child = self.sorted_branch(children[0]);
            // The end of a child is the beginning of the next one, if there is one.
            while index >= child.count && at + 1 < children.len() {
                index -= child.count;
                at += 1;
                child = self.sorted_branch(children[at]);
            }
            place.at[branch.level] = at as u8;
            branch = child;
        }
        place.at[0] = index.min(branch.count) as u8;
        place
    }

    /// How many entries lie before a place. `root` may be nil.
    pub(crate) fn sorted_index(self, root: Value<'s>, place: &Place) -> usize {
        if root.is_nil() {
            return 0;
        }
        let (mut branch, mut index) = (self.sorted_branch(root), 0);
        while branch.level > 0 {
            let (before, from) = branch.children().split_at(place.at[branch.level] as usize);
            index += before.iter().map(|child| self.sorted_branch(*child).count).sum::<usize>();
            branch = self.sorted_branch(from[0]);
        }
        index + place.at[0] as usize
    }

    /// The entry at a place where one was found.
    #[inline]
    pub(crate) fn sorted_entry(self, root: Value<'s>, width: usize, place: &Place) -> &'s [Value<'s>] {
        let mut branch = self.sorted_branch(root);
        while branch.level > 0 {
            branch = self.sorted_branch(branch.children()[place.at[branch.level] as usize]);
        }
        let from = place.at[0] as usize * width;
        &branch.entries()[from..from + width]
    }

    /// The tree with the last value of the entry at a place replaced.
    pub(crate) fn sorted_replace(
        self,
        branch: Value<'s>,
        width: usize,
        place: &Place,
        value: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let parts = self.sorted_branch(branch);
        let at = place.at[parts.level] as usize;
        if parts.level == 0 {
            let at = at * width + width - 1;
            let (before, after) = (&parts.words[..at], &parts.words[at + 1..]);
            return self.new_leaf(parts.count, [before, &[value.word()], after]);
        }
        let child = self.sorted_replace(parts.children()[at], width, place, value)?;
        self.core.object_of(
            Kind::SortedBranch,
            [&[info(parts.level, parts.count)], &parts.words[..at], &[child.word()], &parts.words[at + 1..]],
        )
    }

    /// The tree with an entry at a place where none was found. `root` may be nil.
    pub(crate) fn sorted_insert(
        self,
        root: Value<'s>,
        place: &Place,
        entry: &[u64],
    ) -> Result<Value<'s>, OutOfMemory> {
        if root.is_nil() {
            return self.new_leaf(1, [entry]);
        }
        match self.grow(root, place, entry)? {
            Grown::One(root) => Ok(root),
            Grown::Two(left, right) => {
                let level = self.sorted_branch(left).level + 1;
                assert!(level < LEVELS, "a sorted tree outgrew every arena");
                self.inner_of(level, &[left.word(), right.word()])
            }
        }
    }

    fn grow(self, branch: Value<'s>, place: &Place, entry: &[u64]) -> Result<Grown<'s>, OutOfMemory> {
        let (parts, width) = (self.sorted_branch(branch), entry.len());
        let at = place.at[parts.level] as usize;
        if parts.level == 0 {
            let (before, after) = parts.words.split_at(at * width);
            if parts.count < MAX {
                return self.new_leaf(parts.count + 1, [before, entry, after]).map(Grown::One);
            }
            let buffer = Buffer::of(&[before, entry, after]);
            let left_count = split_at(MAX + 1, at);
            let (left, right) = buffer.words().split_at(left_count * width);
            let left = self.new_leaf(left_count, [left])?;
            return Ok(Grown::Two(left, self.new_leaf(MAX + 1 - left_count, [right])?));
        }
        let (children, keys) = (parts.child_words(), parts.key_words());
        match self.grow(parts.children()[at], place, entry)? {
            Grown::One(child) => {
                let key = self.sorted_branch(child).least();
                self.core
                    .object_of(
                        Kind::SortedBranch,
                        [
                            &[info(parts.level, parts.count + 1)],
                            &children[..at],
                            &[child.word()],
                            &children[at + 1..],
                            &keys[..at],
                            &[key],
                            &keys[at + 1..],
                        ],
                    )
                    .map(Grown::One)
            }
            Grown::Two(left, right) => {
                let buffer =
                    Buffer::of(&[&children[..at], &[left.word(), right.word()], &children[at + 1..]]);
                let children = buffer.words();
                if children.len() <= MAX {
                    return self.inner_of(parts.level, children).map(Grown::One);
                }
                let (left, right) = children.split_at(split_at(children.len(), at + 1));
                let left = self.inner_of(parts.level, left)?;
                Ok(Grown::Two(left, self.inner_of(parts.level, right)?))
            }
        }
    }

    /// The tree without the entry at a place where one was found; nil when it was the last.
    pub(crate) fn sorted_remove(
        self,
        root: Value<'s>,
        width: usize,
        place: &Place,
    ) -> Result<Value<'s>, OutOfMemory> {
        let mut root = self.shrink(root, width, place)?;
        // A root that has one child left is that child.
        loop {
            let parts = self.sorted_branch(root);
            if parts.count == 0 {
                return Ok(Value::NIL);
            }
            if parts.level == 0 || parts.children().len() > 1 {
                return Ok(root);
            }
            root = parts.children()[0];
        }
    }

    /// What is left of a branch: it may have too few children or entries.
    fn shrink(self, branch: Value<'s>, width: usize, place: &Place) -> Result<Value<'s>, OutOfMemory> {
        let parts = self.sorted_branch(branch);
        let at = place.at[parts.level] as usize;
        if parts.level == 0 {
            let (before, after) = (&parts.words[..at * width], &parts.words[(at + 1) * width..]);
            return self.new_leaf(parts.count - 1, [before, after]);
        }
        let children = parts.child_words();
        let child = self.shrink(parts.children()[at], width, place)?;
        let left = self.sorted_branch(child);
        if left.len(width) >= MIN {
            let keys = parts.key_words();
            return self.core.object_of(
                Kind::SortedBranch,
                [
                    &[info(parts.level, parts.count - 1)],
                    &children[..at],
                    &[child.word()],
                    &children[at + 1..],
                    &keys[..at],
                    &[left.least()],
                    &keys[at + 1..],
                ],
            );
        }
        // It joins its neighbour, or they share what they have.
        let first = at.saturating_sub(1);
        let pair = if at == 0 { [child.word(), children[1]] } else { [children[at - 1], child.word()] };
        let (joined, count) = self.join(pair.map(Value::from_word), width)?;
        let joined = joined.map(Value::word);
        let buffer = Buffer::of(&[&children[..first], &joined[..count], &children[first + 2..]]);
        self.inner_of(parts.level, buffer.words())
    }

    /// One branch or two with all that two neighbours hold, and how many.
    fn join(self, pair: [Value<'s>; 2], width: usize) -> Result<([Value<'s>; 2], usize), OutOfMemory> {
        let [a, b] = pair.map(|branch| self.sorted_branch(branch));
        let level = a.level;
        let (a_words, b_words) =
            if level == 0 { (a.words, b.words) } else { (a.child_words(), b.child_words()) };
        let width = if level == 0 { width } else { 1 };
        let make = |words: &[u64]| {
            if level == 0 { self.new_leaf(words.len() / width, [words]) } else { self.inner_of(level, words) }
        };
        let buffer = Buffer::of(&[a_words, b_words]);
        let words = buffer.words();
        if words.len() / width <= MAX {
            return Ok(([make(words)?, Value::NIL], 1));
        }
        let (left, right) = words.split_at(words.len() / width / 2 * width);
        Ok(([make(left)?, make(right)?], 2))
    }

    /// A tree of entries that are in order already, each branch made once; nil without any.
    pub(crate) fn sorted_build(self, width: usize, entries: &[u64]) -> Result<Value<'s>, OutOfMemory> {
        let mut children = Vec::new();
        children.try_reserve_exact(entries.len().div_ceil(width * MAX)).map_err(|_| OutOfMemory)?;
        for leaf in even_parts(entries, width) {
            children.push(self.new_leaf(leaf.len() / width, [leaf])?.word());
        }
        let mut level = 1;
        while children.len() > 1 {
            let mut parents = Vec::new();
            for part in even_parts(&children, 1) {
                parents.push(self.inner_of(level, part)?.word());
            }
            (children, level) = (parents, level + 1);
        }
        Ok(children.first().map_or(Value::NIL, |root| Value::from_word(*root)))
    }
}

/// Cuts words into parts of at most [`MAX`] items of a width, as even as can be: so none has fewer than [`MIN`],
/// unless there is one only.
fn even_parts(words: &[u64], width: usize) -> impl Iterator<Item = &[u64]> {
    let items = words.len() / width;
    let parts = items.div_ceil(MAX);
    (0..parts).map(move |part| &words[items * part / parts * width..items * (part + 1) / parts * width])
}
