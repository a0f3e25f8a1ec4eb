//! Scenes to pictures: layout, hit test, focus, text editing.
//!
//! Enter at [`Node`], the picture that everything here makes or reads. Absent: pixels and events.
#![no_std]

extern crate alloc;

mod picture;

pub use picture::{Flags, NODE_TAG, Node, NodeData, NodeKind, POINTER_SIZE, Rect, SHADOW_BLUR_MAX};
