//! The loader.

fn main() {}
