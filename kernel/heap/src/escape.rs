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
