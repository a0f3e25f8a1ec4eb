//! Allocating in the old space from the start, where most of what is allocated ends there anyway.
//!
//! Enter at [`MutatorCore::open_direct`] and [`MutatorCore::close_direct`]. Where a minor collection finds that more than half of what was fresh
//! was published, copying it cost more than the garbage among it: a value that is swapped again and again. (What survives without being published
//! is better off in the nursery: docs/experiments/0022.) Then the mutator takes its memory from free blocks of the old space for a while, after which a round
//! of the nursery tells whether that is still so. What is allocated there is shared from the start: to publish it costs nothing.
//!
//! Invariants: while such a chunk is open nothing young exists, so the old space does not refer to a nursery. A chunk is closed at
//! the end of its scope at the latest, before the mutator answers a hand-shake, so it lies in fresh blocks when it
//! should, and what it holds is marked when the collector has to find its way through it.

use crate::handshake::Handshake;
use crate::mutator::MutatorCore;
use crate::object;
use core::cell::Cell;
use core::sync::atomic::Ordering;

/// What a mutator knows of this; in words, of which an arena has fewer than 2^32.
#[derive(Default)]
pub(crate) struct Direct {
    /// Where the open chunk begins, or 0.
    first: Cell<u32>,
    /// Words in the chunks that the scope closed.
    words: Cell<u32>,
    /// How many words may still go to the old space until the nursery is asked again.
    left: Cell<u32>,
    /// Words published since the last minor collection.
    published: Cell<u32>,
    /// The minor collection under way moves all that survives to the old space.
    tenures: Cell<bool>,
}

impl Direct {
    #[inline(always)]
    pub(crate) fn is_open(&self) -> bool {
        self.first.get() != 0
    }

    /// Words that the scope allocated in the old space, but for the open chunk.
    pub(crate) fn words(&self) -> usize {
        self.words.get() as usize
    }

    /// Lets the next words go to the old space, once the nursery is empty.
    pub(crate) fn allow(&self, words: usize) {
        self.left.set(words as u32);
    }

    /// Whether the mutator may allocate in the old space.
    pub(crate) fn is_allowed(&self) -> bool {
        self.left.get() > 0
    }

    pub(crate) fn note_published(&self, words: usize) {
        self.published.set(self.published.get().saturating_add(words as u32));
    }

    pub(crate) fn take_published(&self) -> usize {
        self.published.take() as usize
    }

    pub(crate) fn set_tenures(&self, tenures: bool) {
        self.tenures.set(tenures);
    }

    pub(crate) fn tenures(&self) -> bool {
        self.tenures.get()
    }

    /// The scope ends.
    pub(crate) fn forget_words(&self) {
        self.words.set(0);
    }
}

impl MutatorCore {
    /// Takes a chunk of the old space for at least so many words and makes it the current one, if that is where the mutator
    /// should allocate. Returns its first word.
    pub(crate) fn open_direct(&self, words: usize) -> Option<usize> {
        let is_empty = self.chunk_end.get() == 0 && self.young_words() == 0;
        // After the flip nobody stores what was moved, and promotion sees to that.
        if !self.direct.is_allowed()
            || !(is_empty || self.direct.is_open())
            || self.asked().ask() == Handshake::Flip
            || self.heap.0.is_scarce()
        {
            return None;
        }
        self.close_direct();
        let run = self.take_run(words)?;
        self.direct.first.set(run.start as u32);
        // So nothing in it is private to this mutator, where a push might change it.
        self.chunk_first.set(usize::MAX);
        self.chunk_end.set(run.end);
        self.bump.set(run.start);
        self.set_limit();
        Some(run.start)
    }

    /// Closes the open chunk of the old space, if there is one.
    #[inline]
    pub(crate) fn close_direct(&self) {
        if self.direct.is_open() {
            self.close_open_direct();
        }
    }

    #[cold]
    fn close_open_direct(&self) {
        let first = self.direct.first.take() as usize;
        let (used, end) = (self.bump.get(), self.chunk_end.get());
        self.close_chunk();
        self.give_run(used..end);
        let words = used - first;
        self.direct.words.set(self.direct.words.get().saturating_add(words as u32));
        self.direct.left.set(self.direct.left.get().saturating_sub(words as u32));
        self.promoted_words.fetch_add(words, Ordering::Relaxed);
        self.heap.0.note_allocated(words);
        let (is_marked, mut at) = (self.asked().marks_fresh(), first);
        if !is_marked && self.charges_none(words) {
            return;
        }
        while at < used {
            let words = object::object_words(self.heap.0.arena.load(at));
            if is_marked {
                self.heap.0.arena.mark(at);
            }
            self.charge(at, words);
            at += words;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cycle::Stage;
    use crate::{Heap, OutOfMemory, Published, Region, Scope, Value};
    use alloc::vec::Vec;
    use core::sync::atomic::Ordering;

    const LEAVES: u64 = 2_000;

    fn heap() -> Heap {
        let heap = Heap::new(Region::allocate(16 << 20)).unwrap();
        heap.set_torture(false);
        heap
    }

    /// Publishes records until what is new is shared from the start, and more.
    fn publish_much(heap: &Heap, scopes: usize) -> (crate::Mutator, Published) {
        let mut mutator = heap.mutator();
        let atom = mutator.enter(|s| s.publish(s.atom(Value::NIL).unwrap()).unwrap());
        for _ in 0..scopes {
            mutator.enter(|s| (0..1_000).for_each(|n| swap(s, &atom, n).unwrap()));
        }
        (mutator, atom)
    }

    fn swap(s: Scope<'_>, atom: &Published, n: u64) -> Result<(), OutOfMemory> {
        s.atom_swap(s.open(atom), |old| {
            s.record(1, &[s.pair(Value::TRUE, Value::NIL)?, first(s, old)], &[n])
        })?;
        Ok(())
    }

    /// What the last record began with, so that records refer to those before, but do not pile up.
    fn first<'s>(s: Scope<'s>, record: Value<'s>) -> Value<'s> {
        if record.is_nil() { Value::NIL } else { s.record_values(record)[0] }
    }

    fn is_direct(s: Scope<'_>) -> bool {
        s.core.is_shared(s.record(1, &[], &[1]).unwrap().word())
    }

    #[test]
    fn who_publishes_allocates_in_the_old_space_and_who_does_not_in_the_nursery() {
        let heap = heap();
        let (mut mutator, _atom) = publish_much(&heap, 100);
        assert!(mutator.enter(is_direct));
        let minors = heap.stats().minors;
        assert!(!heap.mutator().enter(is_direct));
        for _ in 0..2_000 {
            mutator.enter(|s| {
                (0..1_000).for_each(|n| {
                    s.record(1, &[], &[n]).unwrap();
                })
            });
        }
        assert!(!mutator.enter(is_direct) && heap.stats().minors > minors);
        heap.verify().unwrap();
    }

    #[test]
    fn what_is_young_ends_it() {
        let heap = heap();
        let (mut mutator, _atom) = publish_much(&heap, 100);
        mutator.enter(|s| {
            assert!(is_direct(s));
            let bytes = s.bytes(&[7; 40_000]).unwrap();
            assert!(!s.core.is_shared(bytes.word()));
            s.root_push(s.record(1, &[bytes], &[]).unwrap());
            assert!(!is_direct(s));
        });
        heap.verify().unwrap();
    }

    #[test]
    fn a_vector_in_the_old_space_never_changes() {
        let heap = heap();
        let (mut mutator, _atom) = publish_much(&heap, 100);
        mutator.enter(|s| {
            let one = s.vector_push(s.vector(&[]).unwrap(), Value::TRUE).unwrap();
            assert!(s.core.is_shared(one.word()));
            let parts = s.vector_parts(one);
            s.vector_push(one, Value::FALSE).unwrap();
            assert!(s.core.payload(parts.tail.word())[1..].iter().all(|word| *word == Value::VACANT.word()));
        });
    }

    #[test]
    fn a_quota_bounds_what_a_scope_allocates_there() {
        let heap = heap();
        let (mut mutator, _atom) = publish_much(&heap, 100);
        mutator.set_quota_bytes(100_000);
        let allocated =
            mutator.enter(|s| (0..100_000).take_while(|n| s.record(1, &[], &[*n]).is_ok()).count());
        assert!((2_000..10_000).contains(&allocated), "{allocated} records of 24 bytes");
    }

    #[test]
    fn it_goes_on_while_the_old_space_is_collected_and_moved() {
        for every in [1, 3] {
            let heap = heap();
            heap.0.collector.evacuates_every.store(every, Ordering::Relaxed);
            heap.0.arena.poisons.store(true, Ordering::Relaxed);
            let (mut mutator, atom) = publish_much(&heap, 100);
            // Leaves that live for ever, each passed on from record to record.
            mutator.enter(|s| {
                let leaves: Vec<_> = (0..LEAVES)
                    .map(|n| s.record(1, &[s.record(2, &[], &[n]).unwrap()], &[0]).unwrap())
                    .collect();
                s.atom_store(s.open(&atom), s.vector(&leaves).unwrap()).unwrap();
            });
            let (mut scopes, mut direct, mut other) = (0, 0, None);
            while heap.stats().majors < 8 {
                mutator.enter(|s| {
                    direct += usize::from(is_direct(s));
                    for n in 0..8 {
                        let place = (scopes * 8 + n) * 7 % LEAVES as usize;
                        let swapped = s.atom_swap(s.open(&atom), |old| {
                            let leaf = first(s, s.vector_get(old, place).unwrap());
                            Ok(s.vector_assoc(old, place, s.record(1, &[leaf], &[1])?)?.unwrap())
                        });
                        swapped.unwrap();
                    }
                });
                heap.0.step(80, true);
                scopes += 1;
                // So there are free blocks that the collector has passed when it puts right what is fresh.
                let stage = heap.0.collector.work.lock().stage;
                if stage == Stage::Trace && other.is_none() {
                    let mut mutator = heap.mutator();
                    mutator.enter(|s| (0..20_000).for_each(|n| assert!(s.record(1, &[], &[n]).is_ok())));
                    other = Some(mutator);
                } else if stage == Stage::FixFresh && scopes % 16 == 0 {
                    other = None;
                }
                if scopes % 8 == 0 {
                    heap.verify().unwrap();
                }
                mutator.enter(|s| {
                    let records = s.vector_iter(s.atom_load(s.open(&atom)));
                    let leaves = records.map(|record| s.record_words(first(s, record))[0]);
                    assert!(leaves.eq(0..LEAVES));
                });
            }
            assert!(direct > scopes / 4, "{direct} of {scopes} scopes allocated in the old space");
        }
    }
}
