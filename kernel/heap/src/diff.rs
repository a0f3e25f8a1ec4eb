//! How two versions of a map or set differ: a walk along both tries, past all that they share.
//!
//! Enter at [`Scope::map_diff`] and [`Scope::set_diff`]. Recursion is as deep as a trie: eight levels.

use crate::object::Kind;
use crate::scope::Scope;
use crate::subtrie::Sub;
use crate::trie::{SHIFT_END, deeper};
use crate::value::Value;

/// An entry as it was and as it is.
type Visit<'v, 's> = &'v mut dyn FnMut(Option<&'s [Value<'s>]>, Option<&'s [Value<'s>]>);

impl<'s> Scope<'s> {
    /// Calls `visit` with each key whose values in two maps differ, and with these values, in no particular
    /// order. Costs no more than what the maps do not share.
    pub fn map_diff(
        self,
        old: Value<'s>,
        new: Value<'s>,
        mut visit: impl FnMut(Value<'s>, Option<Value<'s>>, Option<Value<'s>>),
    ) {
        self.offset_of(old, Kind::Map);
        self.offset_of(new, Kind::Map);
        self.roots_diff::<2>(old, new, &mut |a, b| {
            if let Some(entry) = a.or(b) {
                visit(entry[0], a.map(|entry| entry[1]), b.map(|entry| entry[1]));
            }
        });
    }

    /// Calls `visit` with each element that only one of two sets has, and whether that is the new one. Costs no
    /// more than what the sets do not share.
    pub fn set_diff(self, old: Value<'s>, new: Value<'s>, mut visit: impl FnMut(Value<'s>, bool)) {
        self.offset_of(old, Kind::Set);
        self.offset_of(new, Kind::Set);
        self.roots_diff::<1>(old, new, &mut |a, b| {
            if let Some(entry) = a.or(b) {
                visit(entry[0], b.is_some());
            }
        });
    }

    fn roots_diff<const W: usize>(self, old: Value<'s>, new: Value<'s>, visit: Visit<'_, 's>) {
        let root = |coll: Value<'s>| Some(self.trie_root(coll)).filter(|root| !root.is_nil()).map(Sub::Node);
        self.diff::<W>(root(old), root(new), 0, None, visit);
    }

    /// Compares the parts at a place, whose entries, if they are such, have the hash given.
    fn diff<const W: usize>(
        self,
        a: Option<Sub<'s>>,
        b: Option<Sub<'s>>,
        shift: u32,
        hash: Option<u32>,
        visit: Visit<'_, 's>,
    ) {
        match (a, b) {
            (Some(Sub::Node(a)), Some(Sub::Node(b))) if a.is_identical(b) => {}
            (Some(Sub::Entry(a)), Some(Sub::Entry(b))) => self.entries_diff::<W>(a, Some(b), visit),
            (Some(a), Some(b)) if shift >= SHIFT_END => {
                let (a, b) = (self.collided(a), self.collided(b));
                let find = |entries: &'s [Value<'s>], key| {
                    entries.chunks_exact(W).find(|entry| self.equal(entry[0], key))
                };
                for old in a.chunks_exact(W) {
                    self.entries_diff::<W>(old, find(b, old[0]), visit);
                }
                for new in b.chunks_exact(W).filter(|new| find(a, new[0]).is_none()) {
                    visit(None, Some(new));
                }
            }
            (Some(a), Some(b)) => {
                let hash = hash.or_else(|| self.lone_hash(a, b));
                let (a, b) = (self.view::<W>(a, shift, hash), self.view::<W>(b, shift, hash));
                let mut bits = a.bits() | b.bits();
                while bits != 0 {
                    let bit = bits & bits.wrapping_neg();
                    bits &= bits - 1;
                    self.diff::<W>(a.at(bit), b.at(bit), deeper(shift), hash, visit);
                }
            }
            (Some(a), None) => self.each_entry::<W>(a, &mut |entry| visit(Some(entry), None)),
            (None, Some(b)) => self.each_entry::<W>(b, &mut |entry| visit(None, Some(entry))),
            (None, None) => {}
        }
    }

    /// Compares an entry with another one of the same place, if there is one.
    fn entries_diff<const W: usize>(
        self,
        a: &'s [Value<'s>],
        b: Option<&'s [Value<'s>]>,
        visit: Visit<'_, 's>,
    ) {
        match b {
            Some(b) if self.equal(a[0], b[0]) => {
                if W > 1 && !self.equal(a[W - 1], b[W - 1]) {
                    visit(Some(a), Some(b));
                }
            }
            _ => {
                visit(Some(a), None);
                if let Some(b) = b {
                    visit(None, Some(b));
                }
            }
        }
    }

    fn each_entry<const W: usize>(self, sub: Sub<'s>, visit: &mut dyn FnMut(&'s [Value<'s>])) {
        match sub {
            Sub::Entry(entry) => visit(entry),
            Sub::Node(node) => self.trie_iter::<W>(node).for_each(visit),
        }
    }
}
