//! Equality by value.
//!
//! Enter at [`Scope::equal`]. Integers never equal floats; lists and vectors are equal element by element;
//! maps and sets (sorted ones too) without regard to order; atoms and cells when they are the same one; an alias
//! (see [`ALIAS`](crate::scope::ALIAS)) equals what its first value equals. Shared parts are not
//! looked at, so NaN, which equals nothing, goes unnoticed in a part that both values share.
//!
//! It walks with a stack of its own, so that a value a million levels deep is no danger: a list of pairs of
//! which all must be equal. Only where hashes collide must an entry be searched for; [`Work::Search`] marks the
//! place on the stack where a difference ends, and the search goes on.
//! Recently seen pairs are remembered, so that values made by sharing (whose trees would be huge) cost no
//! more than their parts.

use crate::meta::{TRIE_HASH, VECTOR_HASH};
use crate::object::Kind;
use crate::recent::Recent;
use crate::rope::ROPE_HASH;
use crate::scope::Scope;
use crate::sorted_iter::SortedIter;
use crate::value::Value;
use crate::vector_pairs::VectorPairs;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::ops::Deref;

/// A place in a sequence: a pair, or a vector from an index on.
#[derive(Clone, Copy)]
struct Cursor<'s> {
    at: Value<'s>,
    index: usize,
}

/// What a cursor finds.
enum Found<'s> {
    Element(Value<'s>),
    End,
    /// A sequence that only its maker can read.
    Opaque(Value<'s>),
}

/// What is left to do, last first.
enum Work<'s> {
    Values(Value<'s>, Value<'s>),
    /// Nodes of tries, with the values an entry has.
    Nodes(Value<'s>, Value<'s>, usize),
    Sequences(Cursor<'s>, Cursor<'s>),
    /// Vectors of one count whose trees have different shapes.
    Pairs(Box<VectorPairs<'s>>),
    Search(Search<'s>),
    /// What is left of two sorted trees of one order.
    InOrder(Box<SortedIter<'s>>, Box<SortedIter<'s>>),
    /// What is left of a sorted tree, to be looked up in a trie.
    Lookups(Box<SortedIter<'s>>, Value<'s>),
    /// All above was equal, so these two are.
    Equal(Value<'s>, Value<'s>),
}

/// Entries in a row.
#[derive(Clone)]
enum Group<'s> {
    Lent(&'s [Value<'s>]),
    Own(Rc<[Value<'s>]>),
}

impl<'s> Deref for Group<'s> {
    type Target = [Value<'s>];

    fn deref(&self) -> &[Value<'s>] {
        match self {
            Group::Lent(values) => values,
            Group::Own(values) => values,
        }
    }
}

/// Looks for each entry of one group, as of a collision node, in another: at `i` in the first and `j` in the second.
#[derive(Clone)]
struct Search<'s> {
    a: Group<'s>,
    b: Group<'s>,
    width: usize,
    i: usize,
    j: usize,
}

/// The two differ.
struct Different;

/// How many values an entry of a map or set of this kind has; 0 for other kinds.
fn entries_of(kind: Kind) -> usize {
    match kind {
        Kind::Map | Kind::SortedMap => 2,
        Kind::Set | Kind::SortedSet => 1,
        _ => 0,
    }
}

struct Machine<'s> {
    s: Scope<'s>,
    work: Vec<Work<'s>>,
    /// Pairs that were found equal.
    recent: Recent,
}

impl<'s> Scope<'s> {
    /// Whether two values are equal. O(n) in what they do not share.
    #[inline]
    pub fn equal(self, a: Value<'s>, b: Value<'s>) -> bool {
        if !a.is_reference() && !b.is_reference() {
            return a.is_identical(b);
        }
        match self.texts_equal(a, b) {
            Some(are_equal) => are_equal,
            None => self.equal_quickly(a, b).unwrap_or_else(|| self.equal_deep(a, b)),
        }
    }

    /// Whether two strings are equal, if both are in one part.
    #[inline(always)]
    pub(crate) fn texts_equal(self, a: Value<'s>, b: Value<'s>) -> Option<bool> {
        let (a, b) = (self.text_words(a)?, self.text_words(b)?);
        Some(are_equal_texts(a, b))
    }

    /// The answer, where it takes no look at parts.
    fn equal_quickly(self, a: Value<'s>, b: Value<'s>) -> Option<bool> {
        if a.is_identical(b) {
            return Some(!a.is_reference() || self.kind(a) != Kind::Float || !self.is_nan(a));
        }
        match (a.is_reference(), b.is_reference()) {
            (true, true) => self.references_equal_quickly(a, b),
            (false, false) => Some(false),
            (true, false) => Some(self.equals_immediate(a, b)),
            (false, true) => Some(self.equals_immediate(b, a)),
        }
    }

    fn is_nan(self, value: Value<'s>) -> bool {
        self.as_float(value).is_some_and(f64::is_nan)
    }

    fn equals_immediate(self, reference: Value<'s>, immediate: Value<'s>) -> bool {
        match self.kind(reference) {
            // -0.0 is boxed and equals 0.0.
            Kind::Float => self.as_float(reference) == immediate.as_small_float(),
            Kind::Vector => immediate.is_identical(Value::EMPTY_LIST) && self.vector_count(reference) == 0,
            Kind::Record => match self.alias_of(reference) {
                Some(other) => self.equal(other, immediate),
                None => false,
            },
            _ => false,
        }
    }

    fn references_equal_quickly(self, a: Value<'s>, b: Value<'s>) -> Option<bool> {
        let (kind, kind_b) = (self.kind(a), self.kind(b));
        if (kind == Kind::Record || kind_b == Kind::Record)
            && let (alias_a, alias_b) = (self.alias_of(a), self.alias_of(b))
            && (alias_a.is_some() || alias_b.is_some())
        {
            return Some(self.equal(alias_a.unwrap_or(a), alias_b.unwrap_or(b)));
        }
        if kind != kind_b {
            let is_sequential = |kind| matches!(kind, Kind::Pair | Kind::Vector);
            let (family, family_b) = (entries_of(kind), entries_of(kind_b));
            if family != 0 && family == family_b {
                return self.entries_differ_quickly(a, b).then_some(false);
            }
            return if is_sequential(kind) && is_sequential(kind_b) { None } else { Some(false) };
        }
        match kind {
            Kind::Int => Some(self.as_int(a) == self.as_int(b)),
            Kind::Float => Some(self.as_float(a) == self.as_float(b)),
            Kind::String if self.rope_root(a).is_some() || self.rope_root(b).is_some() => {
                let hash = |value| match self.rope_root(value) {
                    Some(_) => self.cached_hash(value.word(), ROPE_HASH),
                    None => Some((self.core.word(value.word(), 0) >> 32) as u32).filter(|hash| *hash != 0),
                };
                let hashes_differ = matches!((hash(a), hash(b)), (Some(a), Some(b)) if a != b);
                let differ = hashes_differ || self.string_len(a) != self.string_len(b);
                Some(!differ && self.compare_strings(a, b).is_eq())
            }
            Kind::String | Kind::Bytes => {
                let words = |value: Value<'s>| {
                    (self.core.word(value.word(), 0), self.core.payload_from(value.word(), 1))
                };
                Some(are_equal_texts(words(a), words(b)))
            }
            Kind::Vector => {
                let counts_differ = self.vector_count(a) != self.vector_count(b);
                let hash = |value: Value<'s>| self.cached_hash(value.word(), VECTOR_HASH);
                let hashes_differ = matches!((hash(a), hash(b)), (Some(a), Some(b)) if a != b);
                (counts_differ || hashes_differ).then_some(false)
            }
            Kind::Map | Kind::Set | Kind::SortedMap | Kind::SortedSet => {
                self.entries_differ_quickly(a, b).then_some(false)
            }
            Kind::Pair => match (self.list_count(a), self.list_count(b)) {
                (Some(a), Some(b)) if a != b => Some(false),
                _ => None,
            },
            Kind::Record | Kind::VectorLeaf | Kind::VectorBranch => None,
            _ => Some(self.core.resolve(a.word()) == self.core.resolve(b.word())),
        }
    }

    /// Whether counts or cached hashes of two maps or sets of any kind tell them apart.
    fn entries_differ_quickly(self, a: Value<'s>, b: Value<'s>) -> bool {
        let hash = |value: Value<'s>| self.cached_hash(value.word(), TRIE_HASH);
        !self.head(a.word(), 0).is_identical(self.head(b.word(), 0))
            || matches!((hash(a), hash(b)), (Some(a), Some(b)) if a != b)
    }

    #[inline(never)]
    fn equal_deep(self, a: Value<'s>, b: Value<'s>) -> bool {
        let work = alloc::vec![Work::Values(a, b)];
        let mut machine = Machine { s: self, work, recent: Recent::new() };
        while let Some(work) = machine.work.pop() {
            if machine.step(work).is_err() && !machine.search_on() {
                return false;
            }
        }
        true
    }
}

/// Whether two strings or byte strings are equal: for each its first word, which says length and hash (0 for none), and the rest.
#[inline(always)]
fn are_equal_texts((head_a, words_a): (u64, &[u64]), (head_b, words_b): (u64, &[u64])) -> bool {
    let differ = head_a ^ head_b;
    let is_other = differ as u32 != 0 || (differ != 0 && head_a >> 32 != 0 && head_b >> 32 != 0);
    // Most are short: a loop is faster than a call.
    !is_other && words_a.iter().zip(words_b).all(|(a, b)| a == b)
}

impl<'s> Cursor<'s> {
    fn next(&mut self, s: Scope<'s>) -> Found<'s> {
        match s.kind(self.at) {
            Kind::Pair => {
                let element = s.first_of(self.at);
                self.at = s.rest_of(self.at);
                Found::Element(element)
            }
            Kind::Vector => {
                self.index += 1;
                s.vector_get(self.at, self.index - 1).map_or(Found::End, Found::Element)
            }
            Kind::EmptyList | Kind::Nil => Found::End,
            _ => Found::Opaque(self.at),
        }
    }
}

impl<'s> Machine<'s> {
    fn step(&mut self, work: Work<'s>) -> Result<(), Different> {
        match work {
            Work::Values(a, b) => self.expand(a, b),
            Work::Nodes(a, b, width) => self.nodes(a, b, width),
            Work::Sequences(a, b) => self.sequences(a, b),
            Work::Pairs(mut pairs) => match pairs.next() {
                Some((_, a, b)) => {
                    self.work.push(Work::Pairs(pairs));
                    self.push_all(a, b)
                }
                None => Ok(()),
            },
            // All above the mark was equal: the key searched for is found.
            Work::Search(search) => self.search_found(search),
            Work::InOrder(a, b) => self.in_order(a, b),
            Work::Lookups(sorted, root) => self.lookups(sorted, root),
            Work::Equal(a, b) => {
                self.recent.note((a.word(), b.word()), 0);
                Ok(())
            }
        }
    }

    /// Compares two values now if that is easy, else later.
    fn push(&mut self, a: Value<'s>, b: Value<'s>) -> Result<(), Different> {
        match self.s.equal_quickly(a, b) {
            Some(true) => Ok(()),
            Some(false) => Err(Different),
            None => {
                self.work.push(Work::Values(a, b));
                Ok(())
            }
        }
    }

    fn push_all(&mut self, a: &[Value<'s>], b: &[Value<'s>]) -> Result<(), Different> {
        if a.len() != b.len() {
            return Err(Different);
        }
        a.iter().zip(b).try_for_each(|(a, b)| self.push(*a, *b))
    }

    /// Compares the parts of two values that could not be compared quickly.
    fn expand(&mut self, a: Value<'s>, b: Value<'s>) -> Result<(), Different> {
        if let Some(equal) = self.s.equal_quickly(a, b) {
            return if equal { Ok(()) } else { Err(Different) };
        }
        if self.was_equal(a, b) {
            return Ok(());
        }
        let s = self.s;
        match s.kind(a) {
            Kind::Vector if s.kind(b) == Kind::Vector => {
                let (a, b) = (s.vector_parts(a), s.vector_parts(b));
                if !a.has_shape_of(&b) {
                    self.work.push(Work::Pairs(Box::new(VectorPairs::new(s, &a, &b))));
                    return Ok(());
                }
                self.push(a.tree.root, b.tree.root)?;
                self.push_all(s.tail_of(&a), s.tail_of(&b))
            }
            Kind::VectorLeaf => self.push_all(s.vector_leaf(a), s.vector_leaf(b)),
            Kind::VectorBranch => {
                let (a, b) = (s.vector_children(a), s.vector_children(b));
                if a.len() != b.len() {
                    return Err(Different);
                }
                a.iter().zip(b.iter()).try_for_each(|(a, b)| self.push(a, b))
            }
            kind if entries_of(kind) != 0 => self.entries(a, b, entries_of(kind)),
            Kind::Record => {
                if s.record_tag(a) != s.record_tag(b) || s.record_words(a) != s.record_words(b) {
                    return Err(Different);
                }
                self.push_all(s.record_values(a), s.record_values(b))
            }
            _ => self.sequences(Cursor { at: a, index: 0 }, Cursor { at: b, index: 0 }),
        }
    }

    /// Compares two maps or sets, of which each may be sorted.
    fn entries(&mut self, a: Value<'s>, b: Value<'s>, width: usize) -> Result<(), Different> {
        let s = self.s;
        let (root_a, root_b) = (s.trie_root(a), s.trie_root(b));
        let is_sorted = |coll| matches!(s.kind(coll), Kind::SortedMap | Kind::SortedSet);
        match (is_sorted(a), is_sorted(b)) {
            (false, false) => self.nodes(root_a, root_b, width),
            (true, false) => self.lookups(Box::new(s.sorted_iter(root_a, width, false)), root_b),
            (false, true) => self.lookups(Box::new(s.sorted_iter(root_b, width, false)), root_a),
            (true, true) if s.sorted_comparator(a).is_identical(s.sorted_comparator(b)) => {
                let iter = |root| Box::new(s.sorted_iter(root, width, false));
                self.in_order(iter(root_a), iter(root_b))
            }
            (true, true) => self.in_any_order(root_a, root_b, width),
        }
    }

    /// Whether all values of two entries are equal at a glance.
    fn are_quickly_equal(&self, a: &[Value<'s>], b: &[Value<'s>]) -> bool {
        a.iter().zip(b).all(|(a, b)| self.s.equal_quickly(*a, *b) == Some(true))
    }

    /// Compares the entries of two sorted trees of one order, past the branches they share.
    fn in_order(&mut self, mut a: Box<SortedIter<'s>>, mut b: Box<SortedIter<'s>>) -> Result<(), Different> {
        loop {
            a.skip_shared(&mut b);
            match (a.next(), b.next()) {
                (Some(p), Some(q)) if self.are_quickly_equal(p, q) => {}
                (Some(p), Some(q)) => {
                    self.work.push(Work::InOrder(a, b));
                    return self.push_all(p, q);
                }
                (None, None) => return Ok(()),
                _ => return Err(Different),
            }
        }
    }

    /// Looks the entries of a sorted tree up in a trie.
    fn lookups(&mut self, mut sorted: Box<SortedIter<'s>>, root: Value<'s>) -> Result<(), Different> {
        while let Some(entry) = sorted.next() {
            let width = entry.len();
            let found = self.s.trie_candidates(root, self.s.place_hash(entry[0]), width);
            if found.is_empty() {
                return Err(Different);
            }
            if self.are_quickly_equal(entry, found) {
                continue;
            }
            self.work.push(Work::Lookups(sorted, root));
            if found.len() == width {
                return self.push_all(entry, found);
            }
            return self.search(Search { a: Group::Lent(entry), b: Group::Lent(found), width, i: 0, j: 0 });
        }
        Ok(())
    }

    /// Compares the entries of two sorted trees whose orders differ, by the hashes of their keys.
    fn in_any_order(&mut self, a: Value<'s>, b: Value<'s>, width: usize) -> Result<(), Different> {
        let s = self.s;
        let by_hash = |root| {
            let mut entries: Vec<_> =
                s.sorted_iter(root, width, false).map(|entry| (s.hash(entry[0]), entry)).collect();
            entries.sort_by_key(|entry| entry.0);
            entries
        };
        let (entries_a, entries_b) = (by_hash(a), by_hash(b));
        if entries_a.iter().zip(&entries_b).any(|(a, b)| a.0 != b.0) {
            return Err(Different);
        }
        // Those whose hashes collide are left for one search, which must lie on top.
        let (mut colliding_a, mut colliding_b) = (Vec::new(), Vec::new());
        let mut from = 0;
        for group in entries_a.chunk_by(|a, b| a.0 == b.0) {
            let group_b = &entries_b[from..from + group.len()];
            from += group.len();
            if let ([(_, a)], [(_, b)]) = (group, group_b) {
                self.push_all(a, b)?;
            } else {
                colliding_a.extend(group.iter().flat_map(|entry| entry.1));
                colliding_b.extend(group_b.iter().flat_map(|entry| entry.1));
            }
        }
        let own = |values: Vec<Value<'s>>| Group::Own(values.into());
        self.search(Search { a: own(colliding_a), b: own(colliding_b), width, i: 0, j: 0 })
    }

    fn sequences(&mut self, mut a: Cursor<'s>, mut b: Cursor<'s>) -> Result<(), Different> {
        loop {
            if a.index == b.index && a.at.is_identical(b.at) {
                return Ok(());
            }
            match (a.next(self.s), b.next(self.s)) {
                (Found::Element(p), Found::Element(q)) => match self.s.equal_quickly(p, q) {
                    Some(true) => {}
                    Some(false) => return Err(Different),
                    None => {
                        self.work.extend([Work::Sequences(a, b), Work::Values(p, q)]);
                        return Ok(());
                    }
                },
                (Found::End, Found::End) => return Ok(()),
                (Found::Opaque(p), Found::Opaque(q)) => return self.push(p, q),
                _ => return Err(Different),
            }
        }
    }

    /// Compares two nodes of tries. Their shape is canonical: equal ones hold the same bits, and equal keys
    /// in the same places, but for the order inside collision nodes.
    fn nodes(&mut self, a: Value<'s>, b: Value<'s>, width: usize) -> Result<(), Different> {
        if a.is_identical(b) {
            return Ok(());
        }
        if a.is_nil() || b.is_nil() || self.s.trie_shape(a) != self.s.trie_shape(b) {
            return Err(Different);
        }
        let ((entries_a, children_a), (entries_b, children_b)) =
            (self.s.trie_node(a, width), self.s.trie_node(b, width));
        for (a, b) in children_a.iter().zip(children_b.iter()) {
            if !a.is_identical(b) {
                self.work.push(Work::Nodes(a, b, width));
            }
        }
        if self.s.kind(a) == Kind::MapCollision {
            let (a, b) = (Group::Lent(entries_a), Group::Lent(entries_b));
            return self.search(Search { a, b, width, i: 0, j: 0 });
        }
        self.push_all(entries_a, entries_b)
    }

    /// Goes on with a search, until a comparison of keys has to be made first.
    fn search(&mut self, mut at: Search<'s>) -> Result<(), Different> {
        while at.i < at.a.len() {
            if at.j >= at.b.len() {
                return Err(Different);
            }
            match self.s.equal_quickly(at.a[at.i], at.b[at.j]) {
                Some(true) => at = self.entry_found(at)?,
                Some(false) => at.j += at.width,
                None => {
                    let keys = Work::Values(at.a[at.i], at.b[at.j]);
                    self.work.extend([Work::Search(at), keys]);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn search_found(&mut self, at: Search<'s>) -> Result<(), Different> {
        let next = self.entry_found(at)?;
        self.search(next)
    }

    /// The keys at a search's places are equal: so must be what belongs to them. The next search.
    fn entry_found(&mut self, at: Search<'s>) -> Result<Search<'s>, Different> {
        self.push_all(&at.a[at.i + 1..at.i + at.width], &at.b[at.j + 1..at.j + at.width])?;
        Ok(Search { i: at.i + at.width, j: 0, ..at })
    }

    /// After a difference: goes on with the innermost search, if there is one.
    fn search_on(&mut self) -> bool {
        while let Some(work) = self.work.pop() {
            if let Work::Search(at) = work
                && self.search(Search { j: at.j + at.width, ..at }).is_ok()
            {
                return true;
            }
        }
        false
    }

    /// Whether a pair was found equal lately. If not, and it is worth it, sees to it that it is noted when
    /// it will have been.
    fn was_equal(&mut self, a: Value<'s>, b: Value<'s>) -> bool {
        if !self.recent.ask() {
            return false;
        }
        if self.recent.get((a.word(), b.word())).is_some() {
            return true;
        }
        self.work.push(Work::Equal(a, b));
        false
    }
}
