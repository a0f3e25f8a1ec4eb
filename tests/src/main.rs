//! The `halt` command.

fn main() {}
