//! Scenes to pictures: layout, hit test, focus, text editing.
//!
//! Enter at [`layout()`], which makes a picture of [`Node`]s from a scene, and at [`hit_test`], which finds what
//! lies under a point. Absent: pixels and events.
#![no_std]

extern crate alloc;

mod adapter;
mod attribute;
mod canvas;
mod color;
mod control;
mod dash;
mod edit;
mod flat;
mod font;
mod grid;
mod held;
mod hit;
mod image;
mod item;
mod layout;
mod matching;
mod memo;
mod nearest;
mod pairs;
mod path;
mod picture;
mod polygon;
mod preview;
mod rich;
mod stroke;
mod style;
mod surface;
mod tag;
mod text;
mod theme;
mod transform;
mod tree;
mod words;
mod zoom;

pub use edit::{EditOp, EditState, Motion, Rows, edit, edit_in};
pub use flat::scene_is_flat;
pub use font::{FACES, FONT_PX, FONT_PX_DEFAULT, Font, Glyph, Outlines, Place};
pub use held::{Held, number_step};
pub use hit::{
    Focusable, Hit, HitPath, ScrollExtent, SurfaceHit, deepen, focusables, handler_of, hit_test,
    scroll_extent, text_index_at, text_rows,
};
pub use image::{IMAGE_PIXELS_MAX, IMAGE_TAG, Image, ImageError};
pub use item::{CHILDREN_MAX, DEPTH_MAX, ITEMS_MAX, NODES_MAX};
pub use layout::{Layout, LayoutStats, layout, layout_held};
pub use path::{Edge, PATH_EDGES_MAX, PATH_TAG, Path, crossing, winding};
pub use picture::{
    Flags, Gradient, NODE_TAG, Node, NodeData, NodeKind, PLACE_MAX, POINTER_HEIGHT_MAX, POINTER_SIZE, Rect,
    SHADOW_BLUR_MAX, STOPS_MAX, Stops, pointer_size,
};
pub use polygon::{Point, Polygons};
pub use preview::{PREVIEW_NODES_MAX, preview};
pub use surface::{
    children, find_surface, find_surfaces, node_at, replace_at, replace_child_by_key, replace_surface,
};
pub use tag::tag_names;
pub use theme::{THEME_COLORS, Theme};
pub use zoom::{Zoomed, place_under, zoom, zoomed_place};
