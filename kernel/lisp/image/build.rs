//! Loads the core library as a start without an image would, and writes the image of that.

use halt_heap::{Heap, Region};
use halt_lisp::Runtime;
use std::path::PathBuf;

const HEAP_BYTES: usize = 256 << 20;

fn main() {
    let heap = Heap::new(Region::allocate(HEAP_BYTES)).expect("a heap");
    let runtime = Runtime::new(&heap, &[]).unwrap_or_else(|error| panic!("the core library: {error}"));
    let image = runtime.image().unwrap_or_else(|error| panic!("the image: {error}"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo tells where to")).join("library.image");
    std::fs::write(&out, image).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
    // Cargo runs this again whenever the language, its library or the heap have changed: it is linked from them.
    println!("cargo:rerun-if-changed=build.rs");
}
