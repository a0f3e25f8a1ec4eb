//! What the tests of the collector share: a small seeded generator and a heap.

use halt_heap::{Heap, Region};

/// splitmix64.
#[derive(Clone)]
pub(crate) struct Random(pub(crate) u64);

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
