//! Tries built at once: the entries sorted by hash, then each node once.
//!
//! Invariant: the shape is that of putting the entries one by one.

use crate::object::Kind;
use crate::pairs::Pairs;
use crate::scope::{OutOfMemory, Scope, as_words};
use crate::trie::{FAN, SHIFT_END, bit_at, bitmaps, deeper};
use crate::value::Value;

/// An entry and the hash of its key.
pub(crate) type Hashed<'s, const W: usize> = (u32, [Value<'s>; W]);

impl<'s> Scope<'s> {
    /// The root of a trie of entries (nil without any) and their count. Of equal keys the first stays, with
    /// the last value. O(n log n), and O(k^2) for k keys of one hash.
    pub(crate) fn trie_build<const W: usize>(
        self,
        entries: &mut [Hashed<'s, W>],
    ) -> Result<(Value<'s>, usize), OutOfMemory> {
        // Stable: entries of one hash stay in their order.
        entries.sort_by_key(|entry| entry.0);
        let count = self.merge_equal_keys(entries);
        if count == 0 {
            return Ok((Value::NIL, 0));
        }
        Ok((self.build_node(&entries[..count], 0)?, count))
    }

    /// Moves the entries of different keys to the front. Returns their count.
    fn merge_equal_keys<const W: usize>(self, entries: &mut [Hashed<'s, W>]) -> usize {
        let (mut count, mut run) = (0, 0);
        for at in 0..entries.len() {
            let (hash, entry) = entries[at];
            if count > 0 && entries[count - 1].0 != hash {
                run = count;
            }
            match (run..count).find(|kept| self.equal(entries[*kept].1[0], entry[0])) {
                Some(kept) if W > 1 => entries[kept].1[W - 1] = entry[W - 1],
                Some(_) => {}
                None => {
                    entries[count] = (hash, entry);
                    count += 1;
                }
            }
        }
        count
    }

    /// A node of sorted entries: two or more, but for a root.
    pub(crate) fn build_node<const W: usize>(
        self,
        entries: &[Hashed<'s, W>],
        shift: u32,
    ) -> Result<Value<'s>, OutOfMemory> {
        if shift >= SHIFT_END {
            let values = entries.iter().flat_map(|(_, entry)| entry.iter().map(|value| value.word()));
            let words = core::iter::once(Value::NIL.word()).chain(values);
            let offset = self.core.object(Kind::MapCollision, 1 + entries.len() * W, words)?;
            return Ok(Value::reference(offset));
        }
        let (mut data, mut nodes) = (0, 0);
        let mut singles = [[Value::NIL; W]; FAN];
        let (mut single_count, mut children) = (0, Pairs::<{ FAN / 2 }>::new());
        for group in entries.chunk_by(|a, b| bit_at(a.0, shift) == bit_at(b.0, shift)) {
            let bit = bit_at(group[0].0, shift);
            if let [(_, entry)] = group {
                data |= bit;
                singles[single_count] = *entry;
                single_count += 1;
            } else {
                nodes |= bit;
                children.push(self.build_node(group, deeper(shift))?);
            }
        }
        let maps = [bitmaps(data, nodes)];
        let entries = as_words(singles[..single_count].as_flattened());
        self.core.object_of(Kind::MapBranch, [&maps, entries, children.words()])
    }
}
