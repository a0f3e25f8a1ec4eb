//! A set of block numbers as bits, with a second row of bits that tells which words of the first hold any: finding one
//! looks at a few words however large the arena is.

use alloc::boxed::Box;

pub(crate) struct Bits {
    words: Box<[u64]>,
    /// A bit for each word that is not 0.
    summary: Box<[u64]>,
}

impl Bits {
    /// An empty set of numbers below `count`.
    pub(crate) fn new(count: usize) -> Bits {
        let words = count.div_ceil(64);
        Bits {
            words: alloc::vec![0; words].into_boxed_slice(),
            summary: alloc::vec![0; words.div_ceil(64)].into_boxed_slice(),
        }
    }

    pub(crate) fn set(&mut self, number: usize) {
        let word = number / 64;
        self.words[word] |= 1 << (number % 64);
        self.summary[word / 64] |= 1 << (word % 64);
    }

    /// Adds all numbers from `first` to below `end`, a word of them at a time.
    pub(crate) fn set_range(&mut self, first: usize, end: usize) {
        let mut number = first;
        while number < end {
            let next = ((number / 64 + 1) * 64).min(end);
            self.words[number / 64] |= u64::MAX >> (64 - (next - number)) << (number % 64);
            self.set(number);
            number = next;
        }
    }

    pub(crate) fn clear(&mut self, number: usize) {
        let word = number / 64;
        self.words[word] &= !(1 << (number % 64));
        if self.words[word] == 0 {
            self.summary[word / 64] &= !(1 << (word % 64));
        }
    }

    pub(crate) fn clear_all(&mut self) {
        self.words.fill(0);
        self.summary.fill(0);
    }

    /// The least number in the set that is at least `from`.
    pub(crate) fn first_from(&self, from: usize) -> Option<usize> {
        let word = from / 64;
        let bits = self.words.get(word)? & (u64::MAX << (from % 64));
        if bits != 0 {
            return Some(word * 64 + bits.trailing_zeros() as usize);
        }
        let mut mask = u64::MAX.checked_shl((word % 64) as u32 + 1).unwrap_or(0);
        for place in word / 64..self.summary.len() {
            let some = self.summary[place] & mask;
            if some != 0 {
                let word = place * 64 + some.trailing_zeros() as usize;
                return Some(word * 64 + self.words[word].trailing_zeros() as usize);
            }
            mask = u64::MAX;
        }
        None
    }

    fn contains(&self, number: usize) -> bool {
        self.words[number / 64] >> (number % 64) & 1 == 1
    }

    /// The first number of the last `count` consecutive numbers in the set.
    pub(crate) fn last_run(&self, count: usize) -> Option<usize> {
        let mut run = 0;
        for number in (0..self.words.len() * 64).rev() {
            run = if self.contains(number) { run + 1 } else { 0 };
            if run == count {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_and_the_last_run() {
        let mut bits = Bits::new(200);
        for number in [3, 70, 71, 72, 130, 190] {
            bits.set(number);
        }
        assert_eq!(bits.first_from(0), Some(3));
        assert_eq!(bits.first_from(4), Some(70));
        assert_eq!(bits.first_from(73), Some(130));
        assert_eq!(bits.first_from(191), None);
        assert_eq!(bits.last_run(3), Some(70));
        assert_eq!(bits.last_run(4), None);
        bits.clear(3);
        bits.clear(70);
        assert_eq!(bits.first_from(0), Some(71));
        bits.set(1);
        assert_eq!(bits.first_from(0), Some(1));
        bits.clear_all();
        assert_eq!(bits.first_from(0), None);
        bits.set(190);
        assert_eq!(bits.first_from(0), Some(190));
    }

    #[test]
    fn a_range_is_its_numbers() {
        for (first, end) in [(0, 0), (0, 1), (0, 64), (3, 64), (3, 65), (63, 128), (64, 130), (70, 9000)] {
            let mut bits = Bits::new(9000);
            bits.set_range(first, end);
            assert!((0..9000).all(|number| bits.contains(number) == (first..end).contains(&number)));
            assert_eq!(bits.first_from(0), (first < end).then_some(first));
        }
    }

    #[test]
    fn finds_what_a_plain_set_finds() {
        let (mut bits, mut model) = (Bits::new(20_000), alloc::collections::BTreeSet::new());
        let mut random = 1u64;
        for step in 0..20_000 {
            random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            let number = (random >> 33) as usize % 20_000;
            if step % 3 == 0 {
                bits.set(number);
                model.insert(number);
            } else if let Some(found) = model.range(number..).next().copied() {
                bits.clear(found);
                model.remove(&found);
            }
            assert_eq!(bits.first_from(number), model.range(number..).next().copied());
        }
        assert!(model.iter().all(|number| bits.contains(*number)));
    }
}
