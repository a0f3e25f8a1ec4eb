//! What must not compile: values, slices and scopes that leave the scope they are valid in.
//!
//! Each case stands beside one that differs only in what is forbidden, so that it fails for that reason.
//! They run with `cargo test` as documentation tests.
//!
//! A value does not outlive its scope, by assignment, by return or inside a collection:
//!
//! ```compile_fail,E0521
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let mut kept = halt_heap::Value::NIL;
//! heap.mutator().enter(|s| kept = s.record(1, &[], &[7]).unwrap());
//! ```
//! ```
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let mut kept = None;
//! heap.mutator().enter(|s| kept = Some(s.publish(s.record(1, &[], &[7]).unwrap()).unwrap()));
//! heap.mutator().enter(|s| assert_eq!(s.record_words(s.open(kept.as_ref().unwrap())), [7]));
//! ```
//! ```compile_fail
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let value = heap.mutator().enter(|s| s.record(1, &[], &[7]).unwrap());
//! ```
//! ```compile_fail,E0521
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let mut kept = Vec::new();
//! heap.mutator().enter(|s| kept.push(s.record(1, &[], &[7]).unwrap()));
//! ```
//!
//! Neither does what a value lends:
//!
//! ```compile_fail
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let words = heap.mutator().enter(|s| s.record_words(s.record(1, &[], &[7]).unwrap()));
//! ```
//! ```
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let words = heap.mutator().enter(|s| s.record_words(s.record(1, &[], &[7]).unwrap()).to_vec());
//! assert_eq!(words, [7]);
//! ```
//!
//! Nor the scope itself, to outside or to another thread:
//!
//! ```compile_fail,E0521
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let mut kept = None;
//! heap.mutator().enter(|s| kept = Some(s));
//! ```
//! ```compile_fail,E0277
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! heap.mutator().enter(|s| {
//!     std::thread::scope(|threads| {
//!         threads.spawn(move || s.root_count());
//!     });
//! });
//! ```
//!
//! Values of two open scopes do not mix:
//!
//! ```compile_fail,E0521
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let mut other = heap.mutator();
//! heap.mutator().enter(|s| {
//!     let mine = s.record(1, &[], &[7]).unwrap();
//!     s.enter(&mut other, |t| t.record(1, &[mine], &[]).is_ok());
//! });
//! ```
//! ```
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let mut other = heap.mutator();
//! heap.mutator().enter(|s| {
//!     let mine = s.publish(s.record(1, &[], &[7]).unwrap()).unwrap();
//!     assert!(s.enter(&mut other, |t| t.record(1, &[t.open(&mine)], &[]).is_ok()));
//! });
//! ```
//!
//! And a mutator has one scope at a time:
//!
//! ```compile_fail,E0500
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let mut mutator = heap.mutator();
//! mutator.enter(|s| {
//!     let mine = s.record(1, &[], &[7]).unwrap();
//!     mutator.collect_young();
//!     s.kind(mine)
//! });
//! ```
//!
//! A value of one scope does not get into an atom of another, nor into a table or a transaction of one:
//!
//! ```compile_fail,E0521
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let mut other = heap.mutator();
//! heap.mutator().enter(|s| {
//!     let mine = s.record(1, &[], &[7]).unwrap();
//!     s.enter(&mut other, |t| t.atom_store(t.atom(halt_heap::Value::NIL).unwrap(), mine).is_ok());
//! });
//! ```
//! ```compile_fail,E0521
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let table = heap.weak_table();
//! let mut other = heap.mutator();
//! heap.mutator().enter(|s| {
//!     let mine = s.record(1, &[], &[7]).unwrap();
//!     s.enter(&mut other, |t| table.intern(t, mine).is_ok());
//! });
//! ```
//! ```
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let table = heap.weak_table();
//! let mut other = heap.mutator();
//! heap.mutator().enter(|s| {
//!     let mine = s.publish(s.record(1, &[], &[7]).unwrap()).unwrap();
//!     s.enter(&mut other, |t| assert!(table.intern(t, t.open(&mine)).is_ok()));
//!     s.enter(&mut other, |t| t.atom_store(t.atom(halt_heap::Value::NIL).unwrap(), t.open(&mine)).unwrap());
//! });
//! ```
//!
//! Iterators and transactions end with their scope:
//!
//! ```compile_fail
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let items = heap.mutator().enter(|s| s.vector_iter(s.vector(&[halt_heap::Value::TRUE]).unwrap()));
//! ```
//! ```
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let items = heap.mutator().enter(|s| s.vector_iter(s.vector(&[halt_heap::Value::TRUE]).unwrap()).count());
//! assert_eq!(items, 1);
//! ```
//! ```compile_fail
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! heap.mutator().enter(|s| {
//!     let atom = s.atom(halt_heap::Value::NIL).unwrap();
//!     let mut kept = None;
//!     let _ = s.transact(|t| {
//!         kept = Some(t);
//!         Ok(())
//!     });
//! });
//! ```
//! ```compile_fail,E0521
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! let mut other = heap.mutator();
//! heap.mutator().enter(|s| {
//!     let mine = s.record(1, &[], &[7]).unwrap();
//!     s.enter(&mut other, |t| {
//!         let atom = t.atom(halt_heap::Value::NIL).unwrap();
//!         t.transact(|tx| tx.store(atom, mine)).is_ok()
//!     });
//! });
//! ```
//! ```
//! let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
//! heap.mutator().enter(|s| {
//!     let atom = s.atom(halt_heap::Value::NIL).unwrap();
//!     s.transact(|t| t.store(atom, halt_heap::Value::TRUE)).unwrap();
//! });
//! ```
