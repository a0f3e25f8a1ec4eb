//! The core: the arena, its mutators and what keeps values alive between scopes.
//!
//! Enter at [`Heap::new`]. A door for `unsafe`: everything that reads or writes arena words goes through
//! the few functions at the end of this file.
//!
//! Invariant: words below a block's bump pointer are initialised; a published object is never written again,
//! but for atoms, cells and cached hashes, which are written atomically.
#![allow(unsafe_code, reason = "the arena is raw memory shared by all mutators; this is the audit unit")]

use crate::intern::Names;
use crate::object::{self, Kind};
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use spin::Mutex;

/// Bytes in a block, the unit in which the arena is handed out.
pub(crate) const BLOCK_BYTES: usize = 32 * 1024;
const BLOCK_WORDS: usize = BLOCK_BYTES / 8;

/// Memory for a heap: word-aligned, zeroed, and the heap's for ever.
pub struct Region(&'static mut [u64]);

impl Region {
    /// Takes memory that the caller gives away.
    pub fn from_static(words: &'static mut [u64]) -> Region {
        Region(words)
    }

    /// Takes `bytes` from the global allocator; never given back.
    pub fn allocate(bytes: usize) -> Region {
        Region(Box::leak(alloc::vec![0u64; bytes / 8].into_boxed_slice()))
    }
}

/// Why a heap could not be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeapError {
    /// The region holds fewer than the bytes given.
    RegionTooSmall {
        /// The least that works.
        needed_bytes: usize,
    },
}

impl fmt::Display for HeapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeapError::RegionTooSmall { needed_bytes } => {
                write!(f, "the heap needs a region of at least {needed_bytes} bytes")
            }
        }
    }
}

/// A shared handle on one heap. Cheap to clone.
#[derive(Clone)]
pub struct Heap(pub(crate) Arc<HeapCore>);

pub(crate) struct HeapCore {
    base: *mut u64,
    words: usize,
    next_block: AtomicUsize,
    roots: Mutex<RootTable>,
    pub(crate) names: Names,
}

// SAFETY: `base` points at memory that lives for ever; it is shared under the rules of this file.
unsafe impl Send for HeapCore {}
// SAFETY: as above.
unsafe impl Sync for HeapCore {}

#[derive(Default)]
struct RootTable {
    words: Vec<u64>,
    free: Vec<usize>,
}

impl Heap {
    /// Makes a heap over a region.
    pub fn new(region: Region) -> Result<Heap, HeapError> {
        let needed_bytes = 4 * BLOCK_BYTES;
        if region.0.len() * 8 < needed_bytes {
            return Err(HeapError::RegionTooSmall { needed_bytes });
        }
        Ok(Heap(Arc::new(HeapCore {
            base: region.0.as_mut_ptr(),
            words: region.0.len(),
            // Block 0 is never used, so that offset 0 is no object.
            next_block: AtomicUsize::new(1),
            roots: Mutex::new(RootTable::default()),
            names: Names::default(),
        })))
    }

    /// Makes a mutator: whatever runs and allocates.
    pub fn mutator(&self) -> Mutator {
        Mutator {
            core: MutatorCore {
                heap: self.clone(),
                bump: Cell::new(0),
                limit: Cell::new(0),
                allocated_words: Cell::new(0),
                quota_bytes: Cell::new(usize::MAX),
                roots: UnsafeCell::new(Vec::new()),
            },
        }
    }

    /// Bytes in use and bytes in all.
    pub fn usage_bytes(&self) -> (usize, usize) {
        (self.0.next_block.load(Ordering::Relaxed) * BLOCK_BYTES, self.0.words * 8)
    }
}

/// Whatever runs and allocates: a process, a layout job, a render worker. One core at a time uses it.
pub struct Mutator {
    pub(crate) core: MutatorCore,
}

// SAFETY: a mutator is used by one core at a time (`enter` takes `&mut`), and its pointers are arena offsets.
unsafe impl Send for Mutator {}

pub(crate) struct MutatorCore {
    pub(crate) heap: Heap,
    /// Next free word and end of the current block, in words from the base.
    bump: Cell<usize>,
    limit: Cell<usize>,
    allocated_words: Cell<usize>,
    quota_bytes: Cell<usize>,
    roots: UnsafeCell<Vec<u64>>,
}

impl Mutator {
    /// Opens a scope, the span in which values are valid. Its end is a safepoint: values that must survive
    /// it lie on the root stack ([`Scope::root_push`]), in an atom, or are [`Published`].
    pub fn enter<R>(&mut self, body: impl for<'s> FnOnce(Scope<'s>) -> R) -> R {
        body(Scope::new(&self.core))
    }

    /// Bounds the memory of this mutator; [`Scope::is_over_quota`] tells when it is exceeded.
    pub fn set_quota_bytes(&mut self, bytes: usize) {
        self.core.quota_bytes.set(bytes);
    }

    /// Bytes that this mutator holds alone.
    pub fn used_bytes(&self) -> usize {
        self.core.allocated_words.get() * 8
    }

    /// The heap it allocates from.
    pub fn heap(&self) -> &Heap {
        &self.core.heap
    }
}

/// A value that is kept alive outside of any scope and may go to any thread. Open it with [`Scope::open`].
pub struct Published {
    heap: Heap,
    slot: usize,
}

impl Published {
    fn new(heap: &Heap, word: u64) -> Published {
        let mut roots = heap.0.roots.lock();
        let slot = match roots.free.pop() {
            Some(slot) => {
                roots.words[slot] = word;
                slot
            }
            None => {
                roots.words.push(word);
                roots.words.len() - 1
            }
        };
        Published { heap: heap.clone(), slot }
    }

    fn word(&self) -> u64 {
        self.heap.0.roots.lock().words[self.slot]
    }
}

impl Clone for Published {
    fn clone(&self) -> Published {
        Published::new(&self.heap, self.word())
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        let mut roots = self.heap.0.roots.lock();
        roots.words[self.slot] = Value::NIL.word();
        roots.free.push(self.slot);
    }
}

impl fmt::Debug for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Published({})", self.slot)
    }
}

impl MutatorCore {
    /// Makes everything reachable from a word visible to other mutators.
    pub(crate) fn promote(&self, word: u64) -> Result<u64, OutOfMemory> {
        Ok(word)
    }

    /// The newest copy of what a word refers to.
    #[inline(always)]
    pub(crate) fn resolve(&self, word: u64) -> u64 {
        word
    }

    pub(crate) fn publish(&self, word: u64) -> Result<Published, OutOfMemory> {
        Ok(Published::new(&self.heap, self.promote(word)?))
    }

    pub(crate) fn open(&self, published: &Published) -> u64 {
        assert!(Arc::ptr_eq(&self.heap.0, &published.heap.0), "a published value opened in another heap");
        published.word()
    }

    pub(crate) fn is_over_quota(&self) -> bool {
        self.allocated_words.get() * 8 > self.quota_bytes.get()
    }

    /// Allocates an object and fills its payload from an iterator of `words` words.
    #[inline]
    pub(crate) fn object(
        &self,
        kind: Kind,
        words: usize,
        payload: impl Iterator<Item = u64>,
    ) -> Result<u64, OutOfMemory> {
        let at = self.bump(words + 1)?;
        let slot = self.heap.0.slot(at);
        // SAFETY: `bump` gave us `words + 1` words that nobody else has seen.
        unsafe {
            slot.write(object::header(kind, words));
            let mut written = 0;
            for word in payload.take(words) {
                written += 1;
                slot.add(written).write(word);
            }
            assert!(written == words, "an object got fewer words than it has");
        }
        Ok(at as u64 * 8)
    }

    fn bump(&self, words: usize) -> Result<usize, OutOfMemory> {
        if words > object::PAYLOAD_WORDS_MAX {
            return Err(OutOfMemory);
        }
        let at = self.bump.get();
        if at + words > self.limit.get() {
            let blocks = words.div_ceil(BLOCK_WORDS);
            let next = &self.heap.0.next_block;
            let first = next
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| {
                    ((n + blocks) * BLOCK_WORDS <= self.heap.0.words).then_some(n + blocks)
                })
                .map_err(|_| OutOfMemory)?;
            self.bump.set(first * BLOCK_WORDS + words);
            self.limit.set((first + blocks) * BLOCK_WORDS);
            self.allocated_words.set(self.allocated_words.get() + words);
            return Ok(first * BLOCK_WORDS);
        }
        self.bump.set(at + words);
        self.allocated_words.set(self.allocated_words.get() + words);
        Ok(at)
    }

    #[inline(always)]
    pub(crate) fn header(&self, offset: u64) -> u64 {
        // SAFETY: `offset` is that of a live object of this scope; its header is initialised.
        unsafe { self.heap.0.slot(offset as usize / 8).read() }
    }

    #[inline(always)]
    pub(crate) fn payload(&self, offset: u64) -> &[u64] {
        let words = object::header_words(self.header(offset));
        // SAFETY: the object is live and has `words` initialised payload words, none of which changes
        // (atoms and cells are read by `atomic` only).
        unsafe { core::slice::from_raw_parts(self.heap.0.slot(offset as usize / 8 + 1), words) }
    }

    /// A payload word that changes: of an atom, a cell, or a cached hash.
    #[inline(always)]
    pub(crate) fn atomic(&self, offset: u64, index: usize) -> &AtomicU64 {
        debug_assert!(index < object::header_words(self.header(offset)));
        // SAFETY: the word is inside a live object; all its accesses after publication are atomic.
        unsafe { AtomicU64::from_ptr(self.heap.0.slot(offset as usize / 8 + 1 + index)) }
    }

    #[allow(clippy::mut_from_ref, reason = "the cell is only reached through the scope's one thread")]
    pub(crate) fn with_roots<R>(&self, body: impl FnOnce(&mut Vec<u64>) -> R) -> R {
        // SAFETY: `MutatorCore` is not `Sync`, and `body` (this crate's, no user code) does not come back here.
        body(unsafe { &mut *self.roots.get() })
    }
}

impl HeapCore {
    #[inline(always)]
    fn slot(&self, word_index: usize) -> *mut u64 {
        debug_assert!(word_index < self.words);
        // SAFETY: in bounds of the region: every offset comes from `bump`.
        unsafe { self.base.add(word_index) }
    }
}
