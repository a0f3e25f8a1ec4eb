//! Our side of the contests: a heap, and a mutator that works in scopes of about a thousand operations.
//!
//! Enter at [`Ours::new`]. The last version lies at the bottom of the root stack between scopes; the collector runs as
//! it does in life, at the ends of scopes, and its work is in our figures.

use halt_bench::random;
use halt_heap::{Heap, Mutator, Region, Scope, Value};
use std::hint::black_box;
use std::ops::Range;
use std::sync::OnceLock;

/// Operations in one scope.
pub(crate) const BATCH: u64 = 1000;

/// Memory of the heap that most benchmarks share.
const HEAP_BYTES: usize = 1 << 30;
/// Words in the smallest page of memory.
const PAGE_WORDS: usize = 512;

/// The heap that most benchmarks share.
pub(crate) fn heap() -> &'static Heap {
    static HEAP: OnceLock<Heap> = OnceLock::new();
    HEAP.get_or_init(|| heap_of(if cfg!(debug_assertions) { HEAP_BYTES / 8 } else { HEAP_BYTES }))
}

/// A heap of its own, for good. Its memory is there before it is used, as a machine's is: the pages are touched here.
pub(crate) fn heap_of(bytes: usize) -> Heap {
    let words = vec![0u64; bytes / 8].leak();
    words.chunks_mut(PAGE_WORDS).for_each(|page| *black_box(&mut page[0]) = 0);
    heap_in(Region::from_static(words))
}

/// A heap whose memory comes as it is used, for good.
pub(crate) fn untouched_heap_of(bytes: usize) -> Heap {
    heap_in(Region::allocate(bytes))
}

fn heap_in(region: Region) -> Heap {
    let heap = Heap::new(region).expect("a region that holds a heap");
    heap.set_relax(std::thread::yield_now);
    heap
}

/// A mutator with one value at the bottom of its root stack.
pub(crate) struct Ours {
    mutator: Mutator,
}

impl Ours {
    /// With nil.
    pub(crate) fn new(heap: &Heap) -> Ours {
        let mut mutator = heap.mutator();
        mutator.enter(|s| s.root_push(Value::NIL));
        Ours { mutator }
    }

    /// Starts from a value, with the garbage of what was there before gone.
    pub(crate) fn reset(&mut self, make: impl for<'s> FnOnce(Scope<'s>) -> Value<'s>) {
        self.mutator.enter(|s| s.root_set(0, make(s)));
        self.mutator.heap().collect();
    }

    /// Keeps another value, on top of the root stack.
    pub(crate) fn keep(&mut self, make: impl for<'s> FnOnce(Scope<'s>) -> Value<'s>) {
        self.mutator.enter(|s| s.root_push(make(s)));
    }

    /// Applies an operation for each number to the value, in scopes of a thousand.
    #[inline(always)]
    pub(crate) fn fold(
        &mut self,
        numbers: Range<u64>,
        operation: impl for<'s> Fn(Scope<'s>, Value<'s>, u64) -> Value<'s>,
    ) {
        for first in numbers.clone().step_by(BATCH as usize) {
            self.mutator.enter(|s| {
                let last = (first + BATCH).min(numbers.end);
                let value = (first..last).fold(s.root_get(0), |value, n| operation(s, value, n));
                s.root_set(0, value);
            });
        }
    }

    /// Sums what a look at the value gives for each number, in scopes of a thousand.
    #[inline(always)]
    pub(crate) fn sum(
        &mut self,
        numbers: Range<u64>,
        look: impl for<'s> Fn(Scope<'s>, Value<'s>, u64) -> u64,
    ) -> u64 {
        let mut sum = 0;
        for first in numbers.clone().step_by(BATCH as usize) {
            let last = (first + BATCH).min(numbers.end);
            sum += self.mutator.enter(|s| {
                let value = s.root_get(0);
                (first..last).map(|n| look(s, value, n)).sum::<u64>()
            });
        }
        sum
    }

    /// Looks at the whole value in one scope.
    #[inline(always)]
    pub(crate) fn look<R>(&mut self, look: impl for<'s> FnOnce(Scope<'s>, Value<'s>) -> R) -> R {
        self.mutator.enter(|s| look(s, s.root_get(0)))
    }
}

/// An integer value.
#[inline(always)]
pub(crate) fn int<'s>(s: Scope<'s>, n: u64) -> Value<'s> {
    s.int(n as i64).expect("room for an integer")
}

/// The number of an integer value.
#[inline(always)]
pub(crate) fn number<'s>(s: Scope<'s>, value: Value<'s>) -> u64 {
    s.as_int(value).expect("an integer") as u64
}

/// The integer key with a number.
#[inline(always)]
pub(crate) fn key(n: u64) -> u64 {
    random::scatter(n)
}
