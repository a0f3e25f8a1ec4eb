//! Numbers that look random: the same in every language that a peer is written in.
//!
//! Enter at [`scatter`]. Products stay below 2^59, so that no language needs a big integer for them.

/// All results are below this.
pub const BOUND: u64 = 1 << 31;
const MASK: u64 = BOUND - 1;

/// A number that looks random: a bijection on the numbers below [`BOUND`].
#[inline(always)]
pub fn scatter(n: u64) -> u64 {
    let n = ((n & MASK) * 0x9E3_779B) & MASK;
    let n = ((n ^ (n >> 15)) * 0x85E_BCA7) & MASK;
    let n = ((n ^ (n >> 13)) * 0xC2B_2AE3) & MASK;
    n ^ (n >> 16)
}

/// The place among `count` that operation number `n` goes to.
#[inline(always)]
pub fn place(n: u64, count: u64) -> u64 {
    scatter(n + 0x1234_5678) % count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scattered_numbers_are_distinct_and_spread() {
        let mut seen: Vec<u64> = (0..100_000).map(scatter).collect();
        assert_eq!([seen[0], seen[1], seen[2]], [0, 1_084_113_017, 1_836_293_230]);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 100_000);
        let low = seen.iter().filter(|n| **n < BOUND / 2).count();
        assert!((45_000..55_000).contains(&low), "{low} of 100000 in the lower half");
    }

    #[test]
    fn places_reach_everywhere() {
        let mut hits = [0; 10];
        (0..10_000).for_each(|n| hits[place(n, 10) as usize] += 1);
        assert!(hits.iter().all(|hits| (800..1200).contains(hits)), "{hits:?}");
    }
}
