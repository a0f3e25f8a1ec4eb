//! Published values from several threads, for `loom`: `kernel/heap/src/slots.rs` itself, on `loom`'s atomics.
//!
//! Enter at [`two_publishers`], [`head_comes_back`] and [`shared_handle`], inside `loom::model`.

use crate::slots::Slots;
use loom::sync::Arc;
use loom::sync::atomic::Ordering;
use loom::thread;

/// A table whose segments are small, as loom's atomics cost.
type Table = Slots<2>;

fn word(table: &Table, slot: u32) -> u64 {
    table.slot(slot).word.load(Ordering::Acquire)
}

/// Two threads publish, look and drop twice each, with a free slot at first; a third looks at all words as the
/// collector does.
pub fn two_publishers() {
    let table = Arc::new(Table::new());
    let first = table.add(8);
    table.release(first);
    let threads = [1, 2].map(|number| {
        let table = table.clone();
        thread::spawn(move || {
            for round in 0..2 {
                let mine = number * 64 + round * 8;
                let slot = table.add(mine);
                assert_eq!(word(&table, slot), mine, "two handles share a slot");
                table.release(slot);
            }
        })
    });
    table.visit(0..8, |word| {
        let word = word.load(Ordering::Acquire);
        assert!(word & 3 != 0 || matches!(word, 8 | 64 | 72 | 128 | 136), "{word:#x}");
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let mut used = 0;
    table.visit(0..8, |word| {
        used += 1;
        assert!(word.load(Ordering::Relaxed) & 3 != 0, "a free slot is a root");
    });
    assert!(used <= 2, "{used} slots for two handles at a time");
}

/// While one thread is about to take the first of two free slots, the other takes both and gives the first back.
pub fn head_comes_back() {
    let table = Arc::new(Table::new());
    let free = [table.add(8), table.add(16)];
    free.into_iter().for_each(|slot| table.release(slot));
    let thread = thread::spawn({
        let table = table.clone();
        move || [table.add(24), table.add(32)]
    });
    let (first, second) = (table.add(40), table.add(48));
    table.release(first);
    let third = table.add(56);
    let theirs = thread.join().unwrap();
    let words = [theirs[0], theirs[1], second, third].map(|slot| word(&table, slot));
    assert_eq!(words, [24, 32, 48, 56], "two handles share a slot");
}

/// A slot with two handles, dropped on two threads while a third publishes.
pub fn shared_handle() {
    let table = Arc::new(Table::new());
    let slot = table.add(8);
    table.slot(slot).count.fetch_add(1, Ordering::Relaxed);
    let threads = [0, 1].map(|_| {
        let table = table.clone();
        thread::spawn(move || {
            assert_eq!(word(&table, slot), 8);
            table.release(slot);
        })
    });
    let other = table.add(16);
    assert_eq!(word(&table, other), 16);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(word(&table, other), 16);
    let again = table.add(24);
    assert_eq!((word(&table, other), word(&table, again)), (16, 24));
}
