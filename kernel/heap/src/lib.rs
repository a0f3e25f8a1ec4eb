//! halt-heap.
#![no_std]
