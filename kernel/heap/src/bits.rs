//! A set of block numbers as bits, with a hint where the first one is.

use alloc::boxed::Box;

pub(crate) struct Bits {
    words: Box<[u64]>,
    /// No bit is set in a word before this one.
    first_word: usize,
}

impl Bits {
    /// An empty set of numbers below `count`.
    pub(crate) fn new(count: usize) -> Bits {
        Bits { words: alloc::vec![0; count.div_ceil(64)].into_boxed_slice(), first_word: 0 }
    }

    pub(crate) fn set(&mut self, number: usize) {
        self.words[number / 64] |= 1 << (number % 64);
        self.first_word = self.first_word.min(number / 64);
    }

    pub(crate) fn clear(&mut self, number: usize) {
        self.words[number / 64] &= !(1 << (number % 64));
        while self.first_word < self.words.len() && self.words[self.first_word] == 0 {
            self.first_word += 1;
        }
    }

    pub(crate) fn clear_all(&mut self) {
        self.words.fill(0);
        self.first_word = self.words.len();
    }

    fn contains(&self, number: usize) -> bool {
        self.words[number / 64] >> (number % 64) & 1 == 1
    }

    /// The least number in the set that is at least `from`.
    pub(crate) fn first_from(&self, from: usize) -> Option<usize> {
        let mut word = (from / 64).max(self.first_word);
        let mut mask = if word == from / 64 { u64::MAX << (from % 64) } else { u64::MAX };
        while word < self.words.len() {
            let bits = self.words[word] & mask;
            if bits != 0 {
                return Some(word * 64 + bits.trailing_zeros() as usize);
            }
            word += 1;
            mask = u64::MAX;
        }
        None
    }

    /// The first number of the last `count` consecutive numbers in the set.
    pub(crate) fn last_run(&self, count: usize) -> Option<usize> {
        let mut run = 0;
        for number in (self.first_word * 64..self.words.len() * 64).rev() {
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
}
