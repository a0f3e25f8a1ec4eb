//! The standard scene: what everyone paints, in no one's own terms.
//!
//! Enter at [`Desk::new`]. A gradient wallpaper; windows that overlap, each with a soft shadow, a border, round corners and a
//! title bar; in them buttons, text, lines and circles. Places are those of the screen; what comes later lies on top.

use halt_bench::random::place;
use halt_ui::Font;
pub(crate) use halt_ui::Rect;

/// The size of all text.
pub(crate) const FONT: Font = Font { px: 16, bold: false, mono: true, exact: 0 };
/// The corner radius of windows.
pub(crate) const RADIUS: i32 = 8;
/// How far a window's shadow reaches, and how far down it is moved.
pub(crate) const SHADOW: (i32, i32) = (24, 8);
/// Colours of the wallpaper from top to bottom, of a shadow, of a border.
pub(crate) const WALLPAPER: (u32, u32) = (0xFF1B_2440, 0xFF5A_3D6B);
pub(crate) const SHADE: u32 = 0x8000_0000;
pub(crate) const BORDER: u32 = 0xFF4A_5266;

/// What lies in a window.
#[derive(Clone, PartialEq)]
pub(crate) enum Shape {
    /// A rectangle with round corners and perhaps a border of one pixel.
    Box { rect: Rect, radius: i32, fill: u32, border: Option<u32> },
    /// A line of text from its top left.
    Text { x: i32, y: i32, color: u32, text: String },
    /// A line from the centre of a pixel to that of another.
    Line { from: (i32, i32), to: (i32, i32), width: u16, color: u32 },
    /// The circle in a square.
    Circle { rect: Rect, fill: u32 },
}

/// A window: its frame's rectangle, and what lies in it.
#[derive(Clone)]
pub(crate) struct Window {
    pub(crate) rect: Rect,
    pub(crate) fill: u32,
    pub(crate) shapes: Vec<Shape>,
}

/// All of the screen.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) size: (i32, i32),
    pub(crate) windows: Vec<Window>,
}

fn words(seed: u64, count: usize) -> String {
    const LETTERS: &[u8] = b"etaoinshrdlucmfwypvbgkqjxz";
    (0..count as u64).map(|i| LETTERS[place(seed * 97 + i, LETTERS.len() as u64) as usize] as char).collect()
}

impl Desk {
    /// The scene for a screen of a size: 12 windows, 200 buttons, 4,000 glyphs, 50 lines, 20 circles.
    pub(crate) fn new(width: i32, height: i32) -> Desk {
        const WINDOWS: i32 = 12;
        let mut windows = Vec::new();
        for index in 0..WINDOWS {
            // The last one, on top, is what is dragged.
            let size = if index == WINDOWS - 1 { (400, 300) } else { (width * 35 / 100, height * 42 / 100) };
            let (column, row) = (index % 4, index / 4);
            let x = width * (2 + 21 * column) / 100 + 17 * row;
            let y = height * (3 + 25 * row) / 100 + 23 * column;
            let rect = Rect::new(x.min(width - size.0 - 60), y.min(height - size.1 - 60), size.0, size.1);
            windows.push(Window::new(index, rect));
        }
        Desk { size: (width, height), windows }
    }

    /// Only so many of its windows.
    pub(crate) fn with_windows(mut self, windows: Vec<Window>) -> Desk {
        self.windows = windows;
        self
    }

    /// How many glyphs show.
    pub(crate) fn glyph_count(&self) -> usize {
        let shapes = self.windows.iter().flat_map(|window| &window.shapes);
        shapes.map(|shape| if let Shape::Text { text, .. } = shape { text.len() } else { 0 }).sum()
    }
}

impl Window {
    fn new(index: i32, rect: Rect) -> Window {
        let seed = index as u64;
        let mut shapes = Vec::new();
        let bar = Rect::new(rect.x + 1, rect.y + 1, rect.width - 2, 30);
        shapes.push(Shape::Box { rect: bar, radius: RADIUS - 1, fill: 0xFF34_3B4C, border: None });
        let under = Rect { y: bar.bottom() - RADIUS, height: RADIUS, ..bar };
        shapes.push(Shape::Box { rect: under, radius: 0, fill: 0xFF34_3B4C, border: None });
        let text = |x, y, color, text| Shape::Text { x: rect.x + x, y: rect.y + y, color, text };
        shapes.push(text(16, 8, 0xFFD7_DCE8, words(seed, 14)));
        // 200 buttons of 4 letters, of 12 windows.
        let buttons = if index < 8 { 17 } else { 16 };
        for button in 0..buttons {
            let (x, y) = (16 + 60 * (button % 6), 42 + 34 * (button / 6));
            let place = Rect::new(rect.x + x, rect.y + y, 52, 28);
            shapes.push(Shape::Box { rect: place, radius: 6, fill: 0xFF3A_4152, border: Some(0xFF56_6078) });
            let label = words(seed * 31 + button as u64, 4);
            shapes.push(text(x + (52 - 4 * FONT.cell()) / 2, y + 6, 0xFFE4_E8F0, label));
        }
        // What is missing to 4,000 glyphs, in 6 lines: 334 for four of the windows, 333 for the others.
        let mut left = if index < 4 { 334 } else { 333 } - 14 - 4 * buttons as usize;
        for line in 0..6 {
            let count = left.min(46);
            left -= count;
            let y = 152 + (FONT.height() + 4) * line;
            shapes.push(text(16, y, 0xFFDD_E3EE, words(seed * 57 + line as u64, count)));
        }
        // 50 lines and 20 circles.
        for line in 0..if index < 2 { 5 } else { 4 } {
            let from = (rect.x + 16 + 40 * line, rect.y + 280);
            let to = (rect.x + 120 + 50 * line, rect.y + 272 - 14 * line);
            shapes.push(Shape::Line { from, to, width: 1 + line as u16 % 3, color: 0xFF8F_D3FF });
        }
        for circle in 0..if index < 8 { 2 } else { 1 } {
            let rect = Rect::new(rect.right() - 50 - 36 * circle, rect.y + 250, 32, 32);
            shapes.push(Shape::Circle { rect, fill: 0xC04C_8DF6 });
        }
        Window { rect, fill: 0xFF24_2936 + 0x0002_0304 * index as u32, shapes }
    }

    /// The window moved.
    pub(crate) fn moved(&self, dx: i32, dy: i32) -> Window {
        let by = |(x, y): (i32, i32)| (x + dx, y + dy);
        let moved = |shape: &Shape| match shape.clone() {
            Shape::Box { rect, radius, fill, border } => {
                Shape::Box { rect: rect.translated(dx, dy), radius, fill, border }
            }
            Shape::Text { x, y, color, text } => Shape::Text { x: x + dx, y: y + dy, color, text },
            Shape::Line { from, to, width, color } => {
                Shape::Line { from: by(from), to: by(to), width, color }
            }
            Shape::Circle { rect, fill } => Shape::Circle { rect: rect.translated(dx, dy), fill },
        };
        let shapes = self.shapes.iter().map(moved).collect();
        Window { rect: self.rect.translated(dx, dy), fill: self.fill, shapes }
    }

    /// Everything that it paints: the frame and its shadow.
    pub(crate) fn bounds(&self) -> Rect {
        self.rect.union(self.rect.translated(0, SHADOW.1).inflated(SHADOW.0))
    }
}
