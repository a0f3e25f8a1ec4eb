//! What the tests of the collector share: a small seeded generator and a heap.

use halt_heap::{Heap, Region, Scope};

/// splitmix64.
#[allow(dead_code, reason = "not every test file uses all of this")]
#[derive(Clone)]
pub(crate) struct Random(pub(crate) u64);

#[allow(dead_code, reason = "as above")]
impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

pub(crate) fn heap(mebibytes: usize) -> Heap {
    let heap = Heap::new(Region::allocate(mebibytes << 20)).expect("a region large enough");
    heap.set_relax(std::thread::yield_now);
    heap
}

/// Runs a body in one scope of a fresh heap.
#[allow(dead_code, reason = "not every test file uses all of this")]
pub(crate) fn in_scope(body: impl for<'s> FnOnce(Scope<'s>)) {
    heap(1024).mutator().enter(body);
}

/// An integer that tries place by the hash given, different for each `serial`: the inverse of the heap's mixing.
#[allow(dead_code, reason = "as above")]
pub(crate) fn colliding_int(hash: u32, serial: u32) -> i64 {
    let z = ((hash as u64) << 32 | serial as u64).wrapping_mul(0xF1DE_83E1_9937_733D);
    (z ^ z >> 32) as i64
}

/// Families of keys, from hashes that differ to hashes that are all the same.
#[allow(dead_code, reason = "as above")]
pub(crate) const FAMILIES: [fn(u32) -> i64; 6] = [
    |n| n as i64,
    // The same place at the first levels.
    |n| colliding_int(n, n),
    // Different at the first level and at the last.
    |n| colliding_int((n % 3) << 30 | (n & 4) >> 2, n),
    // The same place at the upper levels, and many at each level below.
    |n| colliding_int((n / 3) << (n % 3 * 5), n),
    // A few hashes.
    |n| colliding_int((n % 5).wrapping_mul(0x1357_9BDF), n),
    |n| colliding_int(0xDEAD_BEEF, n),
];
