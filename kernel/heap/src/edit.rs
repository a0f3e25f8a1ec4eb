//! Changing a map or set: the path to the place of the change is found first, then copied at once. In a large one the upper part
//! of the path, which is in the cache, is copied while the node below it comes from memory ([`Upper`]).
//!
//! Enter at [`Scope::collection_put`] and [`Scope::collection_remove`]. A new version is one run of memory:
//! the head, then the copied nodes from the root down.
//!
//! Invariant: the shape stays canonical (see `trie.rs`).

use crate::meta::TRIE_META;
use crate::object::{Kind, pairs_of};
use crate::pairs::{Pairs, half_of};
use crate::run::Run;
use crate::scope::{OutOfMemory, Scope, as_words};
use crate::trie::{Branch, FAN, LEVELS, SHIFT_END, UPPER_END, bit_at, bitmaps, deeper};
use crate::value::Value;

/// Children of a new branch.
type Children = Pairs<{ FAN / 2 }>;

/// Words of the head of a map or set, its header counted.
const HEAD_WORDS: usize = 5;
/// Room for what lies below the upper part of a path: two branches of any size.
const BELOW_WORDS: usize = 160;

/// The branches from the root down, each with the half of its payload that holds the child.
struct Path<'s> {
    steps: [(&'s [u64], usize); LEVELS],
    depth: usize,
    /// Words of all these branches, headers counted.
    words: usize,
}

/// What the head of a new version holds beside its root.
#[derive(Clone, Copy)]
struct Head<'s> {
    kind: Kind,
    count: usize,
    meta: Value<'s>,
}

/// Where the search for a key ended.
enum Place<'s> {
    /// In a branch that has the bit of the hash neither for an entry nor for a child, or for an entry.
    Branch(Branch<'s>, u32),
    Collision(Value<'s>),
}

impl<'s> Path<'s> {
    #[inline(always)]
    fn new() -> Path<'s> {
        Path { steps: [(&[], 0); LEVELS], depth: 0, words: 0 }
    }

    #[inline(always)]
    fn push(&mut self, words: &'s [u64], at: usize) {
        self.steps[self.depth] = (words, at);
        self.depth += 1;
        self.words += words.len() + 1;
    }

    fn pop(&mut self) -> Option<(&'s [u64], usize)> {
        self.depth = self.depth.checked_sub(1)?;
        let step = self.steps[self.depth];
        self.words -= step.0.len() + 1;
        Some(step)
    }
}

/// How an entry that meets another one in a branch is told from it.
struct Split<'s> {
    old: &'s [Value<'s>],
    old_hash: u32,
    /// The place of both in the branch.
    bit: u32,
    shift: u32,
    /// Where their hashes part, and branches until there of one child each.
    end: u32,
    chain: usize,
    /// Payload words of the branch, and words of all nodes, headers counted.
    branch_words: usize,
    words: usize,
}

/// A new version of which the upper part is written, while the node below that is on its way from memory.
struct Upper<'s> {
    run: Run<'s>,
    collection: Value<'s>,
    node: Value<'s>,
    shift: u32,
}

impl<'s> Upper<'s> {
    /// Changes the count and ends the version.
    #[inline(always)]
    fn finish(mut self, count: usize) -> Value<'s> {
        let count = Value::small_int(count as i64).unwrap_or(Value::NIL);
        self.run.set_in_first(0, count.word());
        self.run.finish_early();
        self.collection
    }
}

impl<'s> Scope<'s> {
    /// Begins a new version with a copy of the path through the upper levels, which are in the cache, while the node below them
    /// is on its way: a processor does not look far enough ahead to do so itself. Nothing where the path ends in them: to begin
    /// anew then costs a small trie less than it costs a large one not to know how long this path is.
    #[inline(always)]
    fn begin_upper<const W: usize>(
        self,
        head: Head<'s>,
        root: Value<'s>,
        hash: u32,
    ) -> Result<Option<Upper<'s>>, OutOfMemory> {
        let (mut path, mut node, mut shift) = (Path::new(), root, 0);
        while shift < UPPER_END {
            let branch = self.branch(node);
            let bit = bit_at(hash, shift);
            if branch.nodes & bit == 0 {
                return Ok(None);
            }
            let half = branch.child_half::<W>(bit);
            path.push(branch.words, half);
            node = branch.child(half);
            shift = deeper(shift);
            self.prefetch_copied(node, shift);
        }
        let (collection, run) = self.begin(head, &path, Err(BELOW_WORDS))?;
        Ok(Some(Upper { run, collection, node, shift }))
    }

    /// Copies the branches below the upper part of a path, down to that of the place of a hash. Returns it with the bit of the
    /// hash; nothing where there is no such branch, or no room.
    #[inline(always)]
    fn descend_lower<const W: usize>(self, upper: &mut Upper<'s>, hash: u32) -> Option<(Branch<'s>, u32)> {
        while upper.shift < SHIFT_END {
            let branch = self.branch(upper.node);
            let words = branch.words;
            // With an entry more, and headers.
            if !upper.run.fits(words.len() + 1 + W) {
                return None;
            }
            let bit = bit_at(hash, upper.shift);
            if branch.nodes & bit == 0 {
                return Some((branch, bit));
            }
            let half = branch.child_half::<W>(bit);
            upper.node = branch.child(half);
            upper.shift = deeper(upper.shift);
            self.prefetch_copied(upper.node, upper.shift);
            let child = upper.run.after_next(words.len());
            upper.run.copy_with_child(words, half, child);
        }
        None
    }

    /// Goes down to the place of a hash. Returns the shift there, too.
    #[inline(always)]
    fn descend<const W: usize>(self, root: Value<'s>, hash: u32) -> (Path<'s>, Place<'s>, u32) {
        let (mut path, mut node, mut shift) = (Path::new(), root, 0);
        while shift < SHIFT_END {
            let branch = self.branch(node);
            let bit = bit_at(hash, shift);
            if branch.nodes & bit == 0 {
                return (path, Place::Branch(branch, bit), shift);
            }
            let half = branch.child_half::<W>(bit);
            path.push(branch.words, half);
            node = branch.child(half);
            shift = deeper(shift);
            self.prefetch_copied(node, shift);
        }
        (path, Place::Collision(node), shift)
    }

    /// Begins a new version: its head and the copied path, of which the last child is `below`, or what will
    /// be written next, in so many words.
    #[inline(always)]
    fn begin(
        self,
        head: Head<'s>,
        path: &Path<'s>,
        below: Result<Value<'s>, usize>,
    ) -> Result<(Value<'s>, Run<'s>), OutOfMemory> {
        let below_words = below.err().unwrap_or(0);
        let mut run = self.core.begin_run(HEAD_WORDS + path.words + below_words)?;
        let count = Value::small_int(head.count as i64).unwrap_or(Value::NIL);
        let root = match below {
            Ok(root) if path.depth == 0 => root,
            _ => run.after_next(HEAD_WORDS - 1),
        };
        let words = [count.word(), root.word(), Value::NIL.word(), head.meta.word()];
        let collection = run.object(head.kind, [&words]);
        for (index, (words, half)) in path.steps[..path.depth].iter().enumerate() {
            let child = match below {
                Ok(below) if index + 1 == path.depth => below,
                _ => run.after_next(words.len()),
            };
            run.copy_with_child(words, *half, child);
        }
        Ok((collection, run))
    }

    /// A new version whose path ends in a node with these parts.
    #[inline(always)]
    fn version<const N: usize>(
        self,
        head: Head<'s>,
        path: &Path<'s>,
        kind: Kind,
        parts: [&[u64]; N],
    ) -> Result<Value<'s>, OutOfMemory> {
        let words: usize = parts.iter().map(|part| part.len()).sum();
        let (collection, mut run) = self.begin(head, path, Err(words + 1))?;
        run.object(kind, parts);
        run.finish();
        Ok(collection)
    }

    /// A new version whose path ends in a node that is there already; nil for none.
    fn version_over(
        self,
        head: Head<'s>,
        path: &Path<'s>,
        below: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let (collection, run) = self.begin(head, path, Ok(below))?;
        run.finish();
        Ok(collection)
    }

    #[inline(always)]
    fn head_of(self, kind: Kind, collection: Value<'s>) -> Head<'s> {
        let count = self.trie_count(collection, kind);
        Head { kind, count, meta: self.head(collection.word(), TRIE_META) }
    }

    /// Puts an entry into a map or set, or replaces the value of an equal key, which stays.
    pub(crate) fn collection_put<const W: usize>(
        self,
        kind: Kind,
        collection: Value<'s>,
        entry: [Value<'s>; W],
    ) -> Result<Value<'s>, OutOfMemory> {
        let head = self.head_of(kind, collection);
        let more = Head { count: head.count + 1, ..head };
        let hash = self.place_hash(entry[0]);
        let root = self.trie_root(collection);
        let entry_words = as_words(&entry);
        if root.is_nil() {
            let none = Path::new();
            return self.version(more, &none, Kind::MapBranch, [&[bitmaps(bit_at(hash, 0), 0)], entry_words]);
        }
        if let Some(mut upper) = self.begin_upper::<W>(head, root, hash)? {
            if let Some((branch, bit)) = self.descend_lower::<W>(&mut upper, hash) {
                let (words, at) = (branch.words, branch.entry_at::<W>(bit));
                if branch.data & bit == 0 {
                    let maps = [bitmaps(branch.data | bit, branch.nodes)];
                    upper.run.object(Kind::MapBranch, [&maps, &words[1..at], entry_words, &words[at..]]);
                    return Ok(upper.finish(more.count));
                }
                let old = branch.entry::<W>(at);
                if !self.equal(old[0], entry[0]) {
                    let split = self.split_of::<W>(&branch, bit, upper.shift, hash);
                    if upper.run.fits(split.words) {
                        self.write_split(&mut upper.run, &branch, &split, hash, &entry);
                        return Ok(upper.finish(more.count));
                    }
                } else if W > 1 && !old[W - 1].is_identical(entry[W - 1]) {
                    upper.run.copy_with(Kind::MapBranch, words, at + W - 1, entry[W - 1].word());
                    return Ok(upper.finish(head.count));
                } else {
                    upper.run.give_up();
                    return Ok(collection);
                }
            }
            upper.run.give_up();
        }
        let (path, place, shift) = self.descend::<W>(root, hash);
        let (branch, bit) = match place {
            Place::Branch(branch, bit) => (branch, bit),
            Place::Collision(node) => return self.collision_put(head, collection, &path, node, &entry),
        };
        let words = branch.words;
        let at = branch.entry_at::<W>(bit);
        if branch.data & bit == 0 {
            let maps = [bitmaps(branch.data | bit, branch.nodes)];
            return self.version(
                more,
                &path,
                Kind::MapBranch,
                [&maps, &words[1..at], entry_words, &words[at..]],
            );
        }
        let old = branch.entry::<W>(at);
        if !self.equal(old[0], entry[0]) {
            let split = self.split_of::<W>(&branch, bit, shift, hash);
            let (collection, mut run) = self.begin(more, &path, Err(split.words))?;
            self.write_split(&mut run, &branch, &split, hash, &entry);
            run.finish();
            return Ok(collection);
        }
        if W == 1 || old[W - 1].is_identical(entry[W - 1]) {
            return Ok(collection);
        }
        let (collection, mut run) = self.begin(head, &path, Err(words.len() + 1))?;
        run.copy_with(Kind::MapBranch, words, at + W - 1, entry[W - 1].word());
        run.finish();
        Ok(collection)
    }

    /// What it takes that an entry meets one of a branch of another key. O(1).
    #[inline(always)]
    fn split_of<const W: usize>(self, branch: &Branch<'s>, bit: u32, shift: u32, hash: u32) -> Split<'s> {
        let old = branch.entry::<W>(branch.entry_at::<W>(bit));
        let old_hash = self.place_hash(old[0]);
        let mut end = deeper(shift);
        let mut chain = 0;
        while end < SHIFT_END && bit_at(old_hash, end) == bit_at(hash, end) {
            end = deeper(end);
            chain += 1;
        }
        // The branch has an entry less and a child more; then branches with one child each, of three words; then the two
        // entries.
        let child_count = branch.nodes.count_ones() as usize;
        let branch_words = branch.children_at::<W>() - W + pairs_of(child_count + 1);
        let words = branch_words + 1 + 3 * chain + 2 + 2 * W;
        Split { old, old_hash, bit, shift, end, chain, branch_words, words }
    }

    /// Two entries meet: they move into a child of the branch, or further down where their hashes part.
    #[inline(always)]
    fn write_split<const W: usize>(
        self,
        run: &mut Run<'s>,
        branch: &Branch<'s>,
        split: &Split<'s>,
        hash: u32,
        entry: &[Value<'s>; W],
    ) {
        let Split { old, bit, end, .. } = *split;
        let (words, at) = (branch.words, branch.entry_at::<W>(bit));
        let (entries_end, child_half) = (branch.children_at::<W>(), branch.child_half::<W>(bit));
        let maps = [bitmaps(branch.data & !bit, branch.nodes | bit)];
        let (nodes, at_child) = (branch.parts::<W>().1, child_half - entries_end * 2);
        let mut children = Children::new();
        children.extend(nodes.before(at_child));
        children.push(run.after_next(split.branch_words));
        children.extend(nodes.from(at_child));
        run.object(Kind::MapBranch, [&maps, &words[1..at], &words[at + W..entries_end], children.words()]);
        let mut level = split.shift;
        for _ in 0..split.chain {
            level = deeper(level);
            let child = half_of(run.after_next(2)) as u64;
            run.object(Kind::MapBranch, [&[bitmaps(0, bit_at(hash, level)), child]]);
        }
        let (a, b) = (as_words(old), as_words(entry));
        if end >= SHIFT_END {
            run.object(Kind::MapCollision, [&[Value::NIL.word()], a, b]);
        } else {
            let (bit_a, bit_b) = (bit_at(split.old_hash, end), bit_at(hash, end));
            let (first, second) = if bit_a < bit_b { (a, b) } else { (b, a) };
            run.object(Kind::MapBranch, [&[bitmaps(bit_a | bit_b, 0)], first, second]);
        }
    }

    fn collision_put<const W: usize>(
        self,
        head: Head<'s>,
        collection: Value<'s>,
        path: &Path<'s>,
        node: Value<'s>,
        entry: &[Value<'s>; W],
    ) -> Result<Value<'s>, OutOfMemory> {
        let words = self.core.payload(node.word());
        let entries = self.collision_entries(node);
        let make = |parts: [&[u64]; 3]| self.core.object_of(Kind::MapCollision, parts);
        let Some(index) = entries.chunks_exact(W).position(|old| self.equal(old[0], entry[0])) else {
            let node = make([words, as_words(entry), &[]])?;
            return self.version_over(Head { count: head.count + 1, ..head }, path, node);
        };
        let at = index * W + W;
        if W == 1 || words[at] == entry[W - 1].word() {
            return Ok(collection);
        }
        let node = make([&words[..at], &[entry[W - 1].word()], &words[at + 1..]])?;
        self.version_over(head, path, node)
    }

    /// Removes the entry of a key from a map or set.
    pub(crate) fn collection_remove<const W: usize>(
        self,
        kind: Kind,
        collection: Value<'s>,
        key: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let head = self.head_of(kind, collection);
        let root = self.trie_root(collection);
        if root.is_nil() {
            return Ok(collection);
        }
        let less = Head { count: head.count - 1, ..head };
        let hash = self.place_hash(key);
        if let Some(mut upper) = self.begin_upper::<W>(head, root, hash)? {
            if let Some((branch, bit)) = self.descend_lower::<W>(&mut upper, hash) {
                let (words, at) = (branch.words, branch.entry_at::<W>(bit));
                let is_more = branch.nodes != 0 || words.len() > 1 + 2 * W;
                if branch.data & bit != 0 && is_more && self.equal(branch.entry::<W>(at)[0], key) {
                    let maps = [bitmaps(branch.data & !bit, branch.nodes)];
                    upper.run.object(Kind::MapBranch, [&maps, &words[1..at], &words[at + W..]]);
                    return Ok(upper.finish(less.count));
                }
            }
            upper.run.give_up();
        }
        let (mut path, place, _) = self.descend::<W>(root, hash);
        let (branch, bit) = match place {
            Place::Branch(branch, bit) => (branch, bit),
            Place::Collision(node) => {
                let entries = self.collision_entries(node);
                let Some(index) = entries.chunks_exact(W).position(|entry| self.equal(entry[0], key)) else {
                    return Ok(collection);
                };
                if entries.len() == 2 * W {
                    let other = (1 - index) * W;
                    return self.lift::<W>(less, &mut path, hash, &entries[other..other + W]);
                }
                let (words, at) = (self.core.payload(node.word()), 1 + index * W);
                let node = self.core.object_of(Kind::MapCollision, [&words[..at], &words[at + W..]])?;
                return self.version_over(less, &path, node);
            }
        };
        let (words, at) = (branch.words, branch.entry_at::<W>(bit));
        if branch.data & bit == 0 || !self.equal(branch.entry::<W>(at)[0], key) {
            return Ok(collection);
        }
        if branch.nodes == 0 && words.len() == 1 + 2 * W && path.depth > 0 {
            let other = if at == 1 { 1 + W } else { 1 };
            return self.lift::<W>(less, &mut path, hash, branch.entry::<W>(other));
        }
        if words.len() == 1 + W {
            return self.version_over(less, &path, Value::NIL);
        }
        let maps = [bitmaps(branch.data & !bit, branch.nodes)];
        self.version(less, &path, Kind::MapBranch, [&maps, &words[1..at], &words[at + W..]])
    }

    /// The node under a path has one entry left: it moves up to the first branch that holds more, or the root.
    fn lift<const W: usize>(
        self,
        head: Head<'s>,
        path: &mut Path<'s>,
        hash: u32,
        entry: &[Value<'s>],
    ) -> Result<Value<'s>, OutOfMemory> {
        let (mut branch, mut half) = (Branch::of(&[0]), 0);
        while let Some(step) = path.pop() {
            (branch, half) = (Branch::of(step.0), step.1);
            if branch.data != 0 || branch.nodes.count_ones() > 1 {
                break;
            }
        }
        let shift = (0..path.depth).fold(0, |shift, _| deeper(shift));
        let (bit, words) = (bit_at(hash, shift), branch.words);
        let (to, entries_end) = (branch.entry_at::<W>(bit), branch.children_at::<W>());
        let maps = [bitmaps(branch.data | bit, branch.nodes & !bit)];
        let (nodes, at_child) = (branch.parts::<W>().1, half - entries_end * 2);
        let mut children = Children::new();
        children.extend(nodes.before(at_child));
        children.extend(nodes.from(at_child + 1));
        let parts = [&maps, &words[1..to], as_words(entry), &words[to..entries_end], children.words()];
        self.version(head, path, Kind::MapBranch, parts)
    }
}
