//! Mutators: whatever runs and allocates, and the objects it allocates.
//!
//! Enter at [`Heap::mutator`] and, within the crate, [`MutatorCore::object`]. A door for `unsafe`: payloads are
//! handed out as slices here.
//!
//! Invariant: words below a chunk's bump pointer are initialised; a published object is never written again,
//! but for atoms, cells and cached hashes, which are written atomically.
#![allow(unsafe_code, reason = "payload slices and the root stack; see the SAFETY comments")]

use crate::arena::LARGE_WORDS;
use crate::charge::Notes;
use crate::core::Heap;
use crate::direct::Direct;
use crate::handshake::State;
use crate::nursery::Chunk;
use crate::object::{self, Kind};
use crate::old::OldBuffer;
use crate::published::Published;
use crate::registry::Registry;
use crate::scope::OutOfMemory;
use crate::space::Priority;
use crate::value::Value;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::{Cell, UnsafeCell};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// A mutator may always promote this much before somebody looks whether it exceeds its quota.
const PROMOTED_WORDS_UNCHECKED: usize = 4 * 1024 * 1024 / 8;

impl Heap {
    /// Makes a mutator: whatever runs and allocates. It holds no memory of the arena until it allocates.
    pub fn mutator(&self) -> Mutator {
        self.mutator_of(|registry, core| registry.add(core, &self.0.epoch))
    }

    /// Makes a mutator and lets `register` give it its place.
    pub(crate) fn mutator_of(&self, register: impl FnOnce(&Registry, NonNull<MutatorCore>)) -> Mutator {
        let core = Box::new(MutatorCore {
            heap: self.clone(),
            base: self.0.arena.base(),
            bump: Cell::new(0),
            limit: Cell::new(0),
            chunk_first: Cell::new(0),
            chunk_end: Cell::new(0),
            chunk_step: Cell::new(0),
            chunks: Cell::default(),
            retired_words: Cell::new(0),
            survived_words: Cell::new(0),
            survival: Cell::new(0.001),
            large: Cell::default(),
            large_words: Cell::new(0),
            large_changed: Cell::new(false),
            presses: Cell::new(false),
            spent: Cell::new(0),
            old: Cell::default(),
            direct: Direct::default(),
            promoted_words: AtomicUsize::new(0),
            retained_words: AtomicUsize::new(0),
            weighed: AtomicU32::new(0),
            doubted: Cell::new(None),
            notes: Cell::default(),
            use_words: AtomicUsize::new(0),
            note_in_words: Cell::new(0),
            quota_words: Cell::new(usize::MAX),
            priority: Cell::new(Priority::Ordinary),
            failpoint: Cell::new(u64::MAX),
            commits: Cell::new((0, 0)),
            back_off: Cell::new(0),
            log: Cell::default(),
            roots: UnsafeCell::new(Vec::new()),
            state: State::new(),
            place: Cell::new(0),
        });
        let core = NonNull::from(Box::leak(core));
        register(&self.0.registry, core);
        Mutator { core }
    }
}

/// Whatever runs and allocates: a process, a layout job, a render worker. One core at a time uses it.
pub struct Mutator {
    core: NonNull<MutatorCore>,
}

// SAFETY: a mutator is used by one core at a time (`enter` takes `&mut`), and its pointers are arena offsets.
unsafe impl Send for Mutator {}

pub(crate) struct MutatorCore {
    pub(crate) heap: Heap,
    pub(crate) base: *mut u64,
    /// Next free word of the current chunk, and where the fast path ends, in words from the base.
    pub(crate) bump: Cell<usize>,
    pub(crate) limit: Cell<usize>,
    pub(crate) chunk_first: Cell<usize>,
    pub(crate) chunk_end: Cell<usize>,
    /// How often the chunks grew since the last minor collection.
    pub(crate) chunk_step: Cell<u32>,
    /// Full chunks, and the words in them.
    pub(crate) chunks: Cell<Vec<Chunk>>,
    pub(crate) retired_words: Cell<usize>,
    /// Words that the last minor collection left in the nursery.
    pub(crate) survived_words: Cell<usize>,
    /// Which part of what was fresh survived the last minor collections.
    pub(crate) survival: Cell<f32>,
    /// Blocks of young large objects, and their words.
    pub(crate) large: Cell<Vec<usize>>,
    pub(crate) large_words: Cell<usize>,
    /// Some of them were promoted.
    pub(crate) large_changed: Cell<bool>,
    /// The nursery is full enough that the scope should end.
    pub(crate) presses: Cell<bool>,
    /// What the end of the scope did for the collector or for the nursery, in units of the collector's steps.
    pub(crate) spent: Cell<usize>,
    pub(crate) old: Cell<Option<Box<OldBuffer>>>,
    pub(crate) direct: Direct,
    /// Words put into the old space since it was last collected.
    pub(crate) promoted_words: AtomicUsize,
    /// How much of what it put there before still lives: an estimate, by the notes.
    pub(crate) retained_words: AtomicUsize,
    pub(crate) notes: Cell<Notes>,
    /// How often that was estimated, and after which estimate it was found to be more than the quota.
    pub(crate) weighed: AtomicU32,
    doubted: Cell<Option<u32>>,
    /// Words that it held at the end of its last scope, for whoever asks.
    pub(crate) use_words: AtomicUsize,
    /// Words to promote until the next note.
    pub(crate) note_in_words: Cell<usize>,
    pub(crate) quota_words: Cell<usize>,
    pub(crate) priority: Cell<Priority>,
    /// Allocations that still succeed; `u64::MAX` when no failpoint is set.
    pub(crate) failpoint: Cell<u64>,
    /// Compare-and-sets of this scope that succeeded, and that failed.
    commits: Cell<(u64, u64)>,
    /// The state of its random numbers (`contention.rs`).
    pub(crate) back_off: Cell<u32>,
    /// What this scope overwrote while the old space was being marked.
    pub(crate) log: Cell<Vec<u64>>,
    roots: UnsafeCell<Vec<u64>>,
    /// Who may touch this, and which hand-shake it answered.
    pub(crate) state: State,
    /// Its place in the registry.
    pub(crate) place: Cell<u32>,
}

impl Mutator {
    /// Bounds the memory of this mutator; [`Scope::is_over_quota`] tells when it is exceeded, and
    /// allocation fails when the nursery alone does.
    pub fn set_quota_bytes(&mut self, bytes: usize) {
        let _held = self.core().hold();
        self.core().quota_words.set(bytes / 8);
    }

    /// Lets this mutator allocate from the reserve that is left when the arena is full: the shell.
    pub fn set_reserve(&mut self, reserve: bool) {
        let _held = self.core().hold();
        self.core().priority.set(if reserve { Priority::Reserve } else { Priority::Ordinary });
    }

    /// Lets the next `count` allocations succeed and all later ones fail, until it is set to `None`. For tests.
    pub fn fail_allocation_after(&mut self, count: Option<u64>) {
        let core = self.core();
        let _held = core.hold();
        core.failpoint.set(count.unwrap_or(u64::MAX));
        core.limit.set(if count.is_some() { 0 } else { core.chunk_end.get() });
    }

    /// Bytes that this mutator holds: its nursery, what it put into the old space since that was last
    /// collected, and an estimate of what it put there before.
    pub fn used_bytes(&self) -> usize {
        let _held = self.core().hold();
        self.core().used_words() * 8
    }

    /// Says how to call this mutator where it keeps a collection waiting ([`Heap::held_open`]).
    pub fn set_name(&mut self, name: &str) {
        self.core().heap.0.registry.name(self.core().place.get(), name);
    }

    /// The heap it allocates from.
    pub fn heap(&self) -> &Heap {
        &self.core().heap
    }

    #[inline(always)]
    pub(crate) fn core(&self) -> &MutatorCore {
        // SAFETY: the pointer is that of a leaked box, freed only when the mutator is dropped.
        unsafe { self.core.as_ref() }
    }
}

impl Drop for Mutator {
    fn drop(&mut self) {
        // For good: nobody closes it any more.
        core::mem::forget(self.core().hold());
        self.core().heap.0.registry.remove(self.core().place.get());
        self.core().drop_young();
        // SAFETY: `Heap::mutator` leaked this box, and nobody else has the pointer any more.
        drop(unsafe { Box::from_raw(self.core.as_ptr()) });
    }
}

impl MutatorCore {
    pub(crate) fn publish(&self, word: u64) -> Result<Published, OutOfMemory> {
        let word = self.promote(word)?;
        self.log_new(word);
        Ok(Published::new(&self.heap, word))
    }

    #[inline]
    pub(crate) fn open(&self, published: &Published) -> u64 {
        assert!(Arc::ptr_eq(&self.heap.0, &published.heap().0), "a published value opened in another heap");
        published.word()
    }

    fn used_words(&self) -> usize {
        let old = &[&self.promoted_words, &self.retained_words];
        self.young_words() + old.iter().map(|words| words.load(Ordering::Relaxed)).sum::<usize>()
    }

    /// Whether the nursery is more than the quota, garbage included, or what lived at the last collection is. What was
    /// promoted since may be garbage; it does not count yet.
    pub(crate) fn seems_over_quota(&self) -> bool {
        self.young_words() > self.quota_words.get() || self.retains_more_than_quota()
    }

    /// Whether it is over its quota for certain. What lived at the last collection may have died since, and nothing but another one would tell: so
    /// that is asked for, and only what two in a row found counts, or what is promoted meanwhile, if that is more than the quota
    /// alone.
    pub(crate) fn is_over_quota(&self) -> bool {
        let quota = self.quota_words.get();
        if self.young_words() > quota {
            return true;
        }
        if !self.retains_more_than_quota() {
            self.doubted.set(None);
            return false;
        }
        let weighed = self.weighed.load(Ordering::Relaxed);
        let is_confirmed = self.doubted.replace(Some(weighed)).is_some_and(|doubted| doubted != weighed);
        self.heap.0.request_collection();
        is_confirmed || self.promoted_words.load(Ordering::Relaxed) > quota
    }

    fn retains_more_than_quota(&self) -> bool {
        self.survived_words.get() + self.retained_words.load(Ordering::Relaxed) > self.quota_words.get()
    }

    /// Whether it seems to hold more than its quota, and the collection that tells has not ended.
    pub(crate) fn awaits_collection(&self) -> bool {
        self.doubted.get() == Some(self.weighed.load(Ordering::Relaxed)) && self.retains_more_than_quota()
    }

    /// Whether so much was promoted that it may exceed the quota: only a collection can tell.
    pub(crate) fn may_be_over_quota(&self) -> bool {
        let promoted = self.promoted_words.load(Ordering::Relaxed);
        promoted > (self.quota_words.get() / 2).max(PROMOTED_WORDS_UNCHECKED)
    }

    /// Counts a compare-and-set on an atom; the heap learns of it at the end of the scope.
    pub(crate) fn note_commit(&self, committed: bool) {
        let (commits, retries) = self.commits.get();
        self.commits.set((commits + committed as u64, retries + !committed as u64));
    }

    /// Tells the heap what this scope committed, and whoever asks what the mutator holds.
    #[inline]
    pub(crate) fn flush_figures(&self) {
        self.use_words.store(self.used_words(), Ordering::Relaxed);
        let (commits, retries) = self.commits.take();
        if commits + retries > 0 {
            self.heap.0.note_commits(commits, retries);
        }
    }

    /// Counts the failpoint down; says whether this allocation is to fail.
    #[inline]
    pub(crate) fn fails(&self) -> bool {
        match self.failpoint.get() {
            u64::MAX => false,
            0 => true,
            left => {
                self.failpoint.set(left - 1);
                false
            }
        }
    }

    /// Allocates an object and fills its payload from an iterator of `words` words.
    #[inline]
    pub(crate) fn object(
        &self,
        kind: Kind,
        words: usize,
        payload: impl Iterator<Item = u64>,
    ) -> Result<u64, OutOfMemory> {
        let at = self.reserve(kind, words)?;
        // SAFETY: the arena holds the object's words.
        let slot = unsafe { self.base.add(at) };
        // SAFETY: `at` begins `words + 1` words that nobody else has seen.
        unsafe {
            slot.write(object::header(kind, words));
            let mut written = 0;
            // Inner iteration: chained slices become plain loops.
            payload.for_each(|word| {
                written += 1;
                if written <= words {
                    slot.add(written).write(word);
                }
            });
            assert!(written == words, "an object of {words} words got {written}");
        }
        if words >= LARGE_WORDS {
            self.settle_large(at)?;
        }
        Ok(at as u64 * 8)
    }

    /// Finds the words of a new object: compare, bump. Returns the index of its header, which the caller writes.
    #[inline(always)]
    fn reserve(&self, kind: Kind, words: usize) -> Result<usize, OutOfMemory> {
        let bump = self.bump.get();
        if bump + words < self.limit.get() {
            self.bump.set(bump + words + 1);
            Ok(bump)
        } else {
            self.reserve_slow(kind, words + 1)
        }
    }

    /// Allocates an object whose payload is a few slices in a row. Where their lengths are known where this is
    /// called, the copies are plain stores.
    #[inline(always)]
    pub(crate) fn object_of<const N: usize>(
        &self,
        kind: Kind,
        parts: [&[u64]; N],
    ) -> Result<Value<'_>, OutOfMemory> {
        let words = parts.iter().map(|part| part.len()).sum();
        let at = self.reserve(kind, words)?;
        // SAFETY: `at` begins `words + 1` words of the arena that nobody else has seen, and that no slice of
        // live payloads overlaps; the parts have `words` words together.
        unsafe {
            let slot = self.base.add(at);
            slot.write(object::header(kind, words));
            let mut to = slot.add(1);
            for part in parts {
                core::ptr::copy_nonoverlapping(part.as_ptr(), to, part.len());
                to = to.add(part.len());
            }
        }
        if words >= LARGE_WORDS {
            self.settle_large(at)?;
        }
        Ok(Value::reference(at as u64 * 8))
    }

    /// Room for several objects in a row, of so many words altogether, headers counted. Returns the index of the
    /// first; [`release_to`](Self::release_to) says where they ended.
    #[inline]
    pub(crate) fn reserve_run(&self, kind: Kind, words: usize) -> Result<usize, OutOfMemory> {
        let bump = self.bump.get();
        if bump + words <= self.limit.get() {
            self.bump.set(bump + words);
            return Ok(bump);
        }
        self.reserve_slow(kind, words)
    }

    /// Where the room reserved last ends.
    #[inline(always)]
    pub(crate) fn reserved_to(&self) -> usize {
        self.bump.get()
    }

    /// Gives back what is left of the room reserved last: all from `end` on.
    #[inline]
    pub(crate) fn release_to(&self, end: usize) {
        debug_assert!((self.direct.is_open() || end >= self.chunk_first.get()) && end <= self.bump.get());
        self.bump.set(end);
    }

    /// The word at an index of the arena.
    #[inline(always)]
    pub(crate) fn slot(&self, index: usize) -> *mut u64 {
        debug_assert!(self.heap.0.arena.contains(index));
        self.base.wrapping_add(index)
    }

    /// Whether an object was allocated since the last collection of this nursery, in its current chunk, and
    /// was not published: no copy of it exists.
    #[inline(always)]
    pub(crate) fn is_private(&self, offset: u64) -> bool {
        let at = offset as usize / 8;
        self.chunk_first.get() <= at
            && at < self.bump.get()
            && object::header_forwarding(self.header(offset)).is_none()
    }

    /// Payload words of an object.
    #[inline(always)]
    pub(crate) fn payload_words(&self, offset: u64) -> usize {
        object::header_words(self.header(offset))
    }

    #[inline(always)]
    pub(crate) fn header(&self, offset: u64) -> u64 {
        debug_assert!(self.heap.0.arena.contains(offset as usize / 8), "a reference leads out of the arena");
        // SAFETY: `offset` is that of a live object of this scope; its header is initialised and aligned. Its upper
        // half changes when the collector moves the object.
        unsafe { AtomicU64::from_ptr(self.base.byte_add(offset as usize)) }.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(crate) fn payload(&self, offset: u64) -> &[u64] {
        let words = object::header_words(self.header(offset));
        // SAFETY: the object is live and has `words` initialised payload words, none of which changes
        // (atoms and cells are read by `atomic` only).
        unsafe { core::slice::from_raw_parts(self.base.add(offset as usize / 8 + 1), words) }
    }

    /// The payload from an index on: what lies behind a word that caches a hash.
    #[inline(always)]
    pub(crate) fn payload_from(&self, offset: u64, from: usize) -> &[u64] {
        let words = object::header_words(self.header(offset));
        assert!(from <= words);
        // SAFETY: as in `payload`; the words from `from` on lie inside the object.
        unsafe { core::slice::from_raw_parts(self.base.add(offset as usize / 8 + 1 + from), words - from) }
    }

    /// Payload words of an object that is known to have them: those of a branch that its bitmaps promise.
    #[inline(always)]
    pub(crate) fn payload_part<const W: usize>(&self, offset: u64, from: usize) -> &[u64; W] {
        debug_assert!(from + W <= object::header_words(self.header(offset)));
        // SAFETY: as in `payload`; the caller knows that the words lie inside the object.
        unsafe { &*self.base.byte_add(offset as usize).add(1 + from).cast() }
    }

    /// One payload word of an object that caches its hash, whose payload others may be writing to.
    #[inline(always)]
    pub(crate) fn word(&self, offset: u64, index: usize) -> u64 {
        self.atomic(offset, index).load(Ordering::Relaxed)
    }

    /// Half a payload word: one reference of a pair, as a word.
    #[inline(always)]
    pub(crate) fn half(&self, offset: u64, half: usize) -> u64 {
        debug_assert!(half / 2 < object::header_words(self.header(offset)));
        // SAFETY: the half lies in a live object, is initialised and aligned. The collector may put the whole word in another one's
        // place, half of which means the same.
        unsafe { self.base.byte_add(offset as usize).add(1).cast::<u32>().add(half).read() as u64 * 8 }
    }

    /// A payload word that changes: of an atom, a cell, or a cached hash.
    #[inline(always)]
    pub(crate) fn atomic(&self, offset: u64, index: usize) -> &AtomicU64 {
        debug_assert!(index < object::header_words(self.header(offset)));
        // SAFETY: the word is inside a live object; all its accesses after publication are atomic.
        unsafe { AtomicU64::from_ptr(self.base.byte_add(offset as usize).add(1 + index)) }
    }

    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "the cell is only reached through the scope's one thread")]
    pub(crate) fn with_roots<R>(&self, body: impl FnOnce(&mut Vec<u64>) -> R) -> R {
        // SAFETY: `MutatorCore` is not `Sync`, and `body` (this crate's, no user code) does not come back here.
        // The collector comes here only for a mutator that it claimed or stopped.
        body(unsafe { &mut *self.roots.get() })
    }
}
