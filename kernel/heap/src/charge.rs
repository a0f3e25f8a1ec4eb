//! Who holds how much of the old space: an estimate by sampling.
//!
//! Enter at [`MutatorCore::charge`] and [`MutatorCore::weigh`]. Objects of the old space know no owner; an owner word in each
//! would cost an eighth of a small object. So every mutator notes one of its promoted objects every so many
//! words. Each collection of the old space drops the notes about objects that died; what is left tells how
//! much of what the mutator made still lives, whoever uses it.
//!
//! Invariant: between collections, each note is the place of an object that lived at the last one, or is newer
//! than its snapshot.

use crate::arena::{BLOCK_WORDS, OLD};
use crate::mutator::MutatorCore;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

/// Words between notes at first; doubled whenever there are too many notes.
const EVERY_WORDS: usize = 512;
const NOTES_MAX: usize = 64;

pub(crate) struct Notes {
    every_words: usize,
    /// Word indices of objects.
    places: Vec<u32>,
}

impl Default for Notes {
    fn default() -> Notes {
        Notes { every_words: EVERY_WORDS, places: Vec::new() }
    }
}

impl Notes {
    /// Bytes that they take.
    pub(crate) fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<u32>()
    }

    fn add(&mut self, at: usize) {
        if self.places.len() == NOTES_MAX {
            self.every_words *= 2;
            let mut is_odd = false;
            self.places.retain(|_| {
                is_odd = !is_odd;
                is_odd
            });
        }
        self.places.push(at as u32);
    }
}

impl MutatorCore {
    /// Notes that this mutator put an object into the old space.
    #[inline]
    pub(crate) fn charge(&self, at: usize, words: usize) {
        if !self.charges_none(words) {
            self.note(at, words - self.note_in_words.get());
        }
    }

    /// Counts so many words, if none of them is to be noted. Returns whether it is so.
    #[inline]
    pub(crate) fn charges_none(&self, words: usize) -> bool {
        let until = self.note_in_words.get();
        let is_short = words < until;
        if is_short {
            self.note_in_words.set(until - words);
        }
        is_short
    }

    /// Notes an object, more than once if it is large: `over` words of it lie behind the place for a note.
    #[cold]
    fn note(&self, at: usize, mut over: usize) {
        let mut notes = self.notes.take();
        notes.add(at);
        while over >= notes.every_words {
            over -= notes.every_words;
            notes.add(at);
        }
        self.note_in_words.set(notes.every_words - over);
        self.notes.set(notes);
    }

    /// After marking, before the sweep: drops the notes about objects that died, and estimates what lives.
    pub(crate) fn weigh(&self) {
        let arena = &self.heap.0.arena;
        let mut notes = self.notes.take();
        let mut living = 0;
        notes.places.retain_mut(|place| {
            // Where nothing lives nothing was moved either.
            if arena.is_marked(*place as usize) {
                *place = (arena.forward(u64::from(*place) * 8) / 8) as u32;
            }
            let (at, block) = (*place as usize, *place as usize / BLOCK_WORDS);
            let is_alive = arena.state(block) >= OLD && arena.is_marked(at);
            living += usize::from(is_alive);
            // What came while marking went on may be garbage: the next collection tells.
            is_alive || arena.state(block) >= OLD && arena.is_fresh(block)
        });
        self.retained_words.store(living * notes.every_words, Ordering::Relaxed);
        self.promoted_words.store(0, Ordering::Relaxed);
        self.weighed.fetch_add(1, Ordering::Relaxed);
        self.notes.set(notes);
    }
}

#[cfg(test)]
mod tests {
    use crate::{Heap, Region, Scope, Value};

    fn chain<'s>(s: Scope<'s>, count: u64) -> Value<'s> {
        (0..count).fold(Value::NIL, |last, n| s.record(1, &[last], &[n]).unwrap())
    }

    #[test]
    fn who_holds_is_charged_and_who_churns_is_not() {
        let heap = Heap::new(Region::allocate(64 << 20)).unwrap();
        let [mut holder, mut churner, mut other] = [0; 3].map(|_| heap.mutator());
        let atom = churner.enter(|s| s.publish(s.atom(Value::NIL).unwrap()).unwrap());
        for round in 0..60 {
            // 32 KiB a round are held for ever, 320 KiB are garbage in the next.
            holder.enter(|s| s.root_push(s.publish(chain(s, 1_000)).map(|h| s.open(&h)).unwrap()));
            churner.enter(|s| s.atom_store(s.open(&atom), chain(s, 10_000)).unwrap());
            // What lives goes up and down, through others.
            other.enter(|s| {
                s.root_resize(0);
                s.root_push(s.publish(chain(s, 5_000 * (round % 7))).map(|h| s.open(&h)).unwrap());
            });
            if round % 3 == 0 {
                assert!(heap.collect());
            }
        }
        assert!(heap.collect());
        let held = holder.used_bytes();
        assert!((1_500_000..2_500_000).contains(&held), "{held} bytes, but 60 times 32,000 are held");
        assert!(churner.used_bytes() < 500_000, "{}", churner.used_bytes());
        holder.enter(|s| s.root_resize(10));
        assert!(heap.collect());
        let held = holder.used_bytes();
        assert!((200_000..500_000).contains(&held), "{held} bytes, but 10 times 32,000 are held");
    }

    #[test]
    fn a_large_object_counts_whole() {
        let heap = Heap::new(Region::allocate(16 << 20)).unwrap();
        let mut mutator = heap.mutator();
        mutator.enter(|s| s.root_push(s.record(1, &[Value::TRUE; 100_000], &[]).unwrap()));
        mutator.enter(|s| s.root_push(s.string(&"x".repeat(800_000)).unwrap()));
        mutator.collect_young();
        mutator.collect_young();
        assert!(heap.collect());
        let held = mutator.used_bytes();
        assert!((1_400_000..1_800_000).contains(&held), "{held} bytes, but 1,600,000 are held");
    }
}
