//! Every bound of this crate in one place.

/// Bytes of glyphs beyond which no more are kept.
pub(crate) const GLYPH_BYTES_MAX: usize = 4 << 20;
/// Bytes of glyphs beyond which all are forgotten between two pictures.
pub(crate) const GLYPH_BYTES_USUAL: usize = 3 << 20;
/// Pixels of a tile across; a multiple of a cache line.
pub const TILE_WIDTH: i32 = 256;
/// Pixels of a tile down.
pub const TILE_HEIGHT: i32 = 64;
/// Largest width and height of a screen.
pub const SCREEN_MAX: i32 = 16_384;
/// Workers whose share is counted; those beyond do not paint.
pub const WORKERS_MAX: usize = 32;
/// Tiles that one worker paints within one scope, the span between two safepoints.
pub(crate) const TILES_PER_SCOPE: usize = 4;
/// Fading or rounded nodes within one another; further ones are painted as if they were neither.
pub const LAYERS_MAX: usize = 64;
/// Opaque rectangles that are remembered while looking for what they hide.
pub(crate) const COVERS_MAX: usize = 8;
/// Nodes farther away than this are painted as if there, which no screen shows.
pub(crate) const PLACE_MAX: i32 = 1 << 28;
/// Children with one hash that are compared when looking for a key.
pub(crate) const SAME_HASH_MAX: usize = 16;
/// Pixels of a moved rectangle below which it is painted again rather than copied.
pub(crate) const MOVE_AREA_MIN: i64 = 1024;
/// Moves that are looked at in one frame.
pub(crate) const MOVES_MAX: usize = 8;
/// How many nodes are passed over in search of one that two lists share.
pub(crate) const MOVE_LOOK_AHEAD: usize = 8;
