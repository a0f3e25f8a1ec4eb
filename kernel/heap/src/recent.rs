//! What equality and hash remember about parts they have seen, so that a value made by sharing (whose tree
//! would be huge) costs no more than its parts.
//!
//! Enter at [`Recent::get`] and [`Recent::note`]. Nothing is kept before [`PATIENCE`] questions, so small
//! values pay nothing. Bounded: a full table is emptied.

use alloc::boxed::Box;

/// Answers by a pair of words (one of them may be 0).
pub(crate) struct Recent {
    asked: usize,
    count: usize,
    /// Open addressing; a first word of 0 is free. Empty at first, else a power of two.
    slots: Box<[Slot]>,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    key: (u64, u64),
    answer: u32,
}

/// Questions that are not worth remembering.
const PATIENCE: usize = 1024;
const SLOTS_MIN: usize = 1024;
/// 6 MiB.
const SLOTS_MAX: usize = 1 << 18;

impl Recent {
    pub(crate) fn new() -> Recent {
        Recent { asked: 0, count: 0, slots: Box::default() }
    }

    /// Counts a question. Whether its answer should be noted.
    pub(crate) fn ask(&mut self) -> bool {
        self.asked += 1;
        self.asked > PATIENCE
    }

    /// The answer noted for a key.
    #[inline]
    pub(crate) fn get(&self, key: (u64, u64)) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let slot = &self.slots[self.place(key)];
        (slot.key == key).then_some(slot.answer)
    }

    pub(crate) fn note(&mut self, key: (u64, u64), answer: u32) {
        if self.count * 2 >= self.slots.len() {
            self.grow();
        }
        let place = self.place(key);
        self.count += usize::from(self.slots[place].key.0 == 0);
        self.slots[place] = Slot { key, answer };
    }

    /// The slot of a key, or the free one where it belongs.
    fn place(&self, key: (u64, u64)) -> usize {
        let mask = self.slots.len() - 1;
        let mixed = crate::hash::mix(key.0.rotate_left(32) ^ key.1) as usize;
        let mut place = mixed & mask;
        while self.slots[place].key.0 != 0 && self.slots[place].key != key {
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        let is_full = self.slots.len() >= SLOTS_MAX;
        let length = if is_full { SLOTS_MAX } else { (self.slots.len() * 2).max(SLOTS_MIN) };
        let old = core::mem::replace(&mut self.slots, alloc::vec![Slot::default(); length].into());
        self.count = 0;
        if is_full {
            return;
        }
        for slot in old.iter().filter(|slot| slot.key.0 != 0) {
            let place = self.place(slot.key);
            self.slots[place] = *slot;
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_is_noted_until_it_is_full() {
        let mut recent = Recent::new();
        assert!((0..PATIENCE).all(|_| !recent.ask()) && recent.ask());
        assert_eq!(recent.get((8, 0)), None);
        let kept = SLOTS_MAX as u64 / 2;
        for n in 1..=kept {
            recent.note((n * 8, n % 3), n as u32);
        }
        assert!((1..=kept).all(|n| recent.get((n * 8, n % 3)) == Some(n as u32)));
        assert_eq!(recent.get((8, 2)), None);
        recent.note((4, 4), 7);
        assert!(recent.get((8, 1)).is_none() && recent.get((4, 4)) == Some(7));
    }
}
