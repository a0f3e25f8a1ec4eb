//! Names of keywords and symbols, interned for ever.
//!
//! A hash table with linear probing: reading a source looks up every name in it, which made an ordered map a
//! quarter of the time to boot.

use alloc::boxed::Box;
use alloc::vec::Vec;
use spin::RwLock;

/// The table of names; an id is an index.
#[derive(Default)]
pub(crate) struct Names {
    table: RwLock<Table>,
}

#[derive(Default)]
struct Table {
    /// Hash and text of each name.
    names: Vec<(u32, &'static str)>,
    /// Ids plus one, 0 where empty; a power of two of them, at most half of them taken.
    slots: Vec<u32>,
}

impl Table {
    fn find(&self, hash: u32, name: &str) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let id = self.slots[at].checked_sub(1)?;
            let (known_hash, known) = self.names[id as usize];
            if known_hash == hash && known == name {
                return Some(id);
            }
            at = (at + 1) & mask;
        }
    }

    fn insert(&mut self, hash: u32, name: &'static str) -> u32 {
        let id = self.names.len() as u32;
        self.names.push((hash, name));
        if self.names.len() * 2 > self.slots.len() {
            let slots = (self.names.len() * 4).next_power_of_two().max(1024);
            self.slots = alloc::vec![0; slots];
            for id in 0..=id {
                self.place(id);
            }
        } else {
            self.place(id);
        }
        id
    }

    fn place(&mut self, id: u32) {
        let mask = self.slots.len() - 1;
        let mut at = self.names[id as usize].0 as usize & mask;
        while self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = id + 1;
    }
}

fn hash(name: &str) -> u32 {
    let mix = |state: u64, word: u64| (state.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let (chunks, rest) = name.as_bytes().as_chunks::<8>();
    let state = chunks.iter().fold(name.len() as u64, |state, chunk| mix(state, u64::from_le_bytes(*chunk)));
    let last = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let state = if rest.is_empty() { state } else { mix(state, last) };
    (state >> 32) as u32
}

impl Names {
    /// Returns the id of a name, interning it if it is new. A name, once interned, stays for ever.
    pub(crate) fn id(&self, name: &str) -> u32 {
        let hash = hash(name);
        if let Some(id) = self.table.read().find(hash, name) {
            return id;
        }
        let mut table = self.table.write();
        match table.find(hash, name) {
            Some(id) => id,
            None => table.insert(hash, Box::leak(Box::from(name))),
        }
    }

    /// Hash and text of every name, in the order of their ids.
    pub(crate) fn all(&self) -> Vec<(u32, &'static str)> {
        self.table.read().names.clone()
    }

    /// Takes over the names of an image: `entries` are length and hash of each (`image.rs`), `texts` is all of them in a row. Returns false
    /// when there are names already, or the lengths do not fit the text.
    pub(crate) fn fill(&self, entries: &[[u8; 8]], texts: &'static str) -> bool {
        let mut table = self.table.write();
        let mut rest = texts;
        if !table.names.is_empty() {
            return false;
        }
        for entry in entries {
            let entry = u64::from_le_bytes(*entry);
            let Some((name, after)) = rest.split_at_checked((entry >> 32) as usize) else { return false };
            table.insert(entry as u32, name);
            rest = after;
        }
        true
    }

    pub(crate) fn name(&self, id: u32) -> &'static str {
        self.table.read().names.get(id as usize).map_or("?", |entry| entry.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn names_keep_their_ids_while_the_table_grows() {
        let names = Names::default();
        let text = |n: u32| format!("{}name-{n}", "x".repeat(n as usize % 20));
        for n in 0..5_000 {
            assert_eq!(names.id(&text(n)), n);
        }
        for n in 0..5_000 {
            assert_eq!((names.id(&text(n)), names.name(n)), (n, text(n).as_str()));
        }
        assert_eq!((names.id(""), names.id("")), (5_000, 5_000));
        assert_eq!(names.name(9_999), "?");
    }
}
