//! Union, intersection and difference of two tries by structure: what both share is not looked at, and what only
//! one of them has is taken as a whole.
//!
//! Enter at [`Scope::map_merge`], [`Scope::set_union`], [`Scope::set_intersection`] and [`Scope::set_difference`].
//! Recursion is as deep as a trie: eight levels.
//!
//! Invariant: the shape stays canonical (see `trie.rs`); a node that comes out as it was is not made again.

use crate::meta::TRIE_META;
use crate::object::Kind;
use crate::pairs::Pairs;
use crate::scope::{OutOfMemory, Scope, as_words};
use crate::subtrie::Sub;
use crate::trie::{FAN, SHIFT_END, bitmaps, deeper};
use crate::value::Value;
use alloc::vec::Vec;

/// So many entries are sooner put one by one.
const FEW: usize = 4;
/// A trie that has so many times the entries of another one is large beside it.
const LARGE: usize = 8;

#[derive(Clone, Copy, PartialEq)]
enum Operation {
    Union,
    Intersection,
    Difference,
}

/// Which entries are counted: the count of the result follows from it, and the others need no visit.
#[derive(Clone, Copy, PartialEq)]
enum Counted {
    OnlyA,
    OnlyB,
    Common,
}

/// What became of a part.
enum Made<'s, const W: usize> {
    Nothing,
    /// One entry: it lies in the parent.
    Entry([Value<'s>; W]),
    Node(Value<'s>),
}

struct Algebra<'s> {
    s: Scope<'s>,
    operation: Operation,
    counted: Counted,
    count: usize,
}

/// A branch under way.
struct Maker<'s, const W: usize> {
    data: u32,
    nodes: u32,
    entries: [[Value<'s>; W]; FAN],
    children: Pairs<{ FAN / 2 }>,
}

impl<'s, const W: usize> Made<'s, W> {
    fn of(sub: Sub<'s>) -> Made<'s, W> {
        match sub {
            Sub::Entry(entry) => Made::Entry(core::array::from_fn(|index| entry[index])),
            Sub::Node(node) => Made::Node(node),
        }
    }
}

impl<'s, const W: usize> Maker<'s, W> {
    fn new() -> Maker<'s, W> {
        Maker { data: 0, nodes: 0, entries: [[Value::NIL; W]; FAN], children: Pairs::new() }
    }

    /// Adds what is at a place behind those added before.
    fn add(&mut self, bit: u32, made: Made<'s, W>) {
        match made {
            Made::Nothing => {}
            Made::Entry(entry) => {
                self.entries[self.data.count_ones() as usize] = entry;
                self.data |= bit;
            }
            Made::Node(node) => {
                self.children.push(node);
                self.nodes |= bit;
            }
        }
    }

    /// The branch, or the node among `like` that is the same.
    fn finish(self, s: Scope<'s>, shift: u32, like: [Sub<'s>; 2]) -> Result<Made<'s, W>, OutOfMemory> {
        let entries = &self.entries[..self.data.count_ones() as usize];
        match (entries, self.nodes) {
            ([], 0) => return Ok(Made::Nothing),
            ([entry], 0) if shift > 0 => return Ok(Made::Entry(*entry)),
            _ => {}
        }
        let maps = [bitmaps(self.data, self.nodes)];
        let parts = [&maps, as_words(entries.as_flattened()), self.children.words()];
        s.node_like(Kind::MapBranch, parts, like).map(Made::Node)
    }
}

impl<'s> Algebra<'s> {
    fn tally<const W: usize>(&mut self, counted: Counted, sub: Sub<'s>, shift: u32) {
        if self.counted == counted {
            self.count += self.s.sub_count::<W>(sub, shift);
        }
    }

    /// The result for two parts at the same place, whose entries, if they are such, have the hash given.
    fn combine<const W: usize>(
        &mut self,
        a: Sub<'s>,
        b: Sub<'s>,
        shift: u32,
        hash: Option<u32>,
    ) -> Result<Made<'s, W>, OutOfMemory> {
        if let (Sub::Node(node), Sub::Node(other)) = (a, b)
            && node.is_identical(other)
        {
            self.tally::<W>(Counted::Common, a, shift);
            let is_kept = self.operation != Operation::Difference;
            return Ok(if is_kept { Made::Node(node) } else { Made::Nothing });
        }
        if let (Sub::Entry(old), Sub::Entry(new)) = (a, b) {
            return self.combine_entries(old, new, shift);
        }
        if shift >= SHIFT_END {
            return self.combine_collided(a, b);
        }
        let hash = hash.or_else(|| self.s.lone_hash(a, b));
        let (view_a, view_b) = (self.s.view::<W>(a, shift, hash), self.s.view::<W>(b, shift, hash));
        let is_union = self.operation == Operation::Union;
        let mut bits = if is_union { view_a.bits() | view_b.bits() } else { view_a.bits() };
        let mut maker = Maker::new();
        while bits != 0 {
            let bit = bits & bits.wrapping_neg();
            bits &= bits - 1;
            let below = deeper(shift);
            let made = match (view_a.at(bit), view_b.at(bit)) {
                (Some(a), Some(b)) => self.combine(a, b, below, hash)?,
                (Some(a), None) => {
                    self.tally::<W>(Counted::OnlyA, a, below);
                    if self.operation == Operation::Intersection { Made::Nothing } else { Made::of(a) }
                }
                (None, Some(b)) => {
                    self.tally::<W>(Counted::OnlyB, b, below);
                    if is_union { Made::of(b) } else { Made::Nothing }
                }
                (None, None) => Made::Nothing,
            };
            maker.add(bit, made);
        }
        maker.finish(self.s, shift, [a, b])
    }

    fn combine_entries<const W: usize>(
        &mut self,
        a: &'s [Value<'s>],
        b: &'s [Value<'s>],
        shift: u32,
    ) -> Result<Made<'s, W>, OutOfMemory> {
        let is_common = self.s.equal(a[0], b[0]);
        self.count += usize::from(is_common == (self.counted == Counted::Common));
        Ok(match (self.operation, is_common) {
            (Operation::Union, true) => Made::Entry(merged(a, b)),
            (Operation::Union, false) => {
                let hashed = |entry: &'s [Value<'s>]| (self.s.place_hash(entry[0]), merged(entry, entry));
                let mut pair = [hashed(a), hashed(b)];
                pair.sort_by_key(|entry| entry.0);
                Made::Node(self.s.build_node::<W>(&pair, shift)?)
            }
            (Operation::Intersection, true) | (Operation::Difference, false) => Made::of(Sub::Entry(a)),
            _ => Made::Nothing,
        })
    }

    /// The result for entries whose hashes collide. O(entries of a * entries of b).
    fn combine_collided<const W: usize>(
        &mut self,
        a: Sub<'s>,
        b: Sub<'s>,
    ) -> Result<Made<'s, W>, OutOfMemory> {
        let s = self.s;
        let (entries_a, entries_b) = (s.collided(a), s.collided(b));
        let find =
            |entries: &'s [Value<'s>], key| entries.chunks_exact(W).find(|entry| s.equal(entry[0], key));
        let mut result: Vec<[Value<'s>; W]> = Vec::new();
        let mut common = 0;
        for old in entries_a.chunks_exact(W) {
            let new = find(entries_b, old[0]);
            common += usize::from(new.is_some());
            match (self.operation, new) {
                (Operation::Union, Some(new)) => result.push(merged(old, new)),
                (Operation::Union | Operation::Difference, None) | (Operation::Intersection, Some(_)) => {
                    result.push(merged(old, old));
                }
                _ => {}
            }
        }
        if self.operation == Operation::Union {
            let added = entries_b.chunks_exact(W).filter(|new| find(entries_a, new[0]).is_none());
            result.extend(added.map(|new| merged::<W>(new, new)));
        }
        self.count += match self.counted {
            Counted::OnlyA => entries_a.len() / W - common,
            Counted::OnlyB => entries_b.len() / W - common,
            Counted::Common => common,
        };
        Ok(match result.as_slice() {
            [] => Made::Nothing,
            [entry] => Made::Entry(*entry),
            entries => {
                let parts: [&[u64]; 3] = [&[Value::NIL.word()], as_words(entries.as_flattened()), &[]];
                Made::Node(s.node_like(Kind::MapCollision, parts, [a, b])?)
            }
        })
    }
}

/// The key of one entry with the value of another; of a set, the first element.
fn merged<'s, const W: usize>(a: &[Value<'s>], b: &[Value<'s>]) -> [Value<'s>; W] {
    core::array::from_fn(|index| if index == 0 { a[0] } else { b[index] })
}

impl<'s> Scope<'s> {
    /// A node with these parts: the one among `like` that has them, or a new one.
    fn node_like(self, kind: Kind, parts: [&[u64]; 3], like: [Sub<'s>; 2]) -> Result<Value<'s>, OutOfMemory> {
        let is_same = |node: &Value<'s>| {
            let words = self.core.payload(node.word());
            words.len() == parts.iter().map(|part| part.len()).sum()
                && words.iter().eq(parts.iter().copied().flatten())
        };
        let nodes = like.into_iter().filter_map(|sub| match sub {
            Sub::Node(node) => Some(node),
            Sub::Entry(_) => None,
        });
        match nodes.into_iter().find(is_same) {
            Some(node) => Ok(node),
            None => self.core.object_of(kind, parts),
        }
    }

    /// The result of an operation on two maps or sets, with the metadata of the first.
    fn combine<const W: usize>(
        self,
        operation: Operation,
        kind: Kind,
        a: Value<'s>,
        b: Value<'s>,
    ) -> Result<Value<'s>, OutOfMemory> {
        let (count_a, count_b) = (self.trie_count(a, kind), self.trie_count(b, kind));
        let (root_a, root_b) = (self.trie_root(a), self.trie_root(b));
        let counted = match operation {
            Operation::Union if count_a < count_b => Counted::OnlyA,
            Operation::Union => Counted::OnlyB,
            Operation::Intersection if count_a / LARGE > count_b || count_b / LARGE > count_a => {
                Counted::Common
            }
            Operation::Intersection => Counted::OnlyA,
            Operation::Difference if count_a / LARGE > count_b => Counted::Common,
            Operation::Difference => Counted::OnlyA,
        };
        let mut algebra = Algebra { s: self, operation, counted, count: 0 };
        let made = match (root_a.is_nil(), root_b.is_nil()) {
            (false, false) => algebra.combine::<W>(Sub::Node(root_a), Sub::Node(root_b), 0, None)?,
            (true, false) if operation == Operation::Union => Made::Node(root_b),
            (false, true) if operation != Operation::Intersection => Made::Node(root_a),
            _ => Made::Nothing,
        };
        let root = match made {
            Made::Node(root) => root,
            Made::Nothing | Made::Entry(_) => Value::NIL,
        };
        let meta = self.head(a.word(), TRIE_META);
        if root.is_identical(root_a) {
            return Ok(a);
        }
        if root.is_identical(root_b) && meta.is_identical(self.head(b.word(), TRIE_META)) {
            return Ok(b);
        }
        let count = match (operation, counted) {
            _ if root.is_nil() => 0,
            _ if root_a.is_nil() => count_b,
            (Operation::Union, Counted::OnlyA) => count_b + algebra.count,
            (Operation::Union, _) => count_a + algebra.count,
            (Operation::Intersection, Counted::Common) | (Operation::Difference, Counted::OnlyA) => {
                algebra.count
            }
            _ => count_a - algebra.count,
        };
        self.trie_of(kind, count, root, meta)
    }

    /// The entries of `b` over those of `a`, with the metadata of `a`; of equal keys that of `a` stays. Costs no
    /// more than what the two do not share.
    pub fn map_merge(self, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        if self.map_count(b) <= FEW && self.map_count(a) > 0 {
            return self.map_iter(b).try_fold(a, |merged, (key, value)| self.map_assoc(merged, key, value));
        }
        if self.map_count(a) == 0 && self.meta(a).is_nil() && self.meta(b).is_nil() {
            return Ok(b);
        }
        self.combine::<2>(Operation::Union, Kind::Map, a, b)
    }

    /// The elements of two sets, with the metadata of `a`; of equal ones that of `a` stays. Costs no more than
    /// what the two do not share.
    pub fn set_union(self, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.combine::<1>(Operation::Union, Kind::Set, a, b)
    }

    /// The elements of `a` that `b` has too, with the metadata of `a`. Costs no more than the smaller one, or what
    /// the two do not share.
    pub fn set_intersection(self, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.combine::<1>(Operation::Intersection, Kind::Set, a, b)
    }

    /// The elements of `a` that `b` has not, with the metadata of `a`. Costs no more than the smaller one, or what
    /// the two do not share.
    pub fn set_difference(self, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        self.combine::<1>(Operation::Difference, Kind::Set, a, b)
    }
}
