//! Numbers that look random, the same in every run of a test.

/// xorshift (Marsaglia, 2003), from a seed that is not 0.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below a bound that is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// One of some things.
    #[allow(dead_code, reason = "not every test chooses")]
    pub(crate) fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}
