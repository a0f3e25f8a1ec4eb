//! Measure and place: the sizes of items and where they lie.
//!
//! Enter at [`Items::place`]. Flexbox and grid are `taffy`'s (`adapter.rs`); stacks, scrolls and leaves are ours. A parent
//! first measures (memoised by exact input), then places: every node is placed with a whole number of pixels, so
//! what is inside a node is a function of its scene and its size alone. That is what makes reuse exact.

use crate::adapter::LeafStyle;
use crate::item::{Item, Items};
use crate::picture::Rect;
use crate::style::{Align, EXTENT_MAX, Justify, Length};
use crate::tag::Tag;
use crate::text::Lines;
use taffy::prelude::*;
use taffy::tree::{LayoutInput, RequestedAxis, RunMode, SizingMode};
use taffy::{Line, compute_flexbox_layout, compute_grid_layout, compute_leaf_layout};

/// Measures kept of one item during a layout.
const ENTRIES_MAX: usize = 24;

/// Lines to which a text area grows by itself.
const AREA_ROWS_MAX: usize = 8;

/// Width of the bar beside scrolled content.
pub(crate) const SCROLL_BAR: i32 = 8;

impl<'s> Items<'s, '_> {
    /// Gives an item its size and places what is inside.
    pub(crate) fn place(&mut self, place: usize, width: i32, height: i32) {
        let s = self.s;
        let (width, height) = (width.clamp(0, EXTENT_MAX), height.clamp(0, EXTENT_MAX));
        let item = &mut self.list[place];
        (item.rect.width, item.rect.height) = (width, height);
        if item.stands(s) || !item.tag.has_items() || !self.expanded(place) {
            return;
        }
        let tag = self.list[place].tag;
        let inputs = LayoutInput {
            run_mode: RunMode::PerformLayout,
            sizing_mode: SizingMode::ContentSize,
            axis: RequestedAxis::Both,
            known_dimensions: Size { width: Some(width as f32), height: Some(height as f32) },
            known_dimensions_are_definite: Size { width: true, height: true },
            parent_size: Size { width: None, height: None },
            available_space: Size {
                width: AvailableSpace::Definite(width as f32),
                height: AvailableSpace::Definite(height as f32),
            },
            vertical_margins_are_collapsible: Line { start: false, end: false },
        };
        self.list[place].remainder = 0.0;
        match tag {
            Tag::Grid => drop(compute_grid_layout(self, NodeId::from(place), inputs)),
            Tag::Stack => self.place_stack(place),
            Tag::Scroll => self.place_scroll(place),
            _ => drop(compute_flexbox_layout(self, NodeId::from(place), inputs)),
        }
    }

    /// Whether the children are there to look at; false once memory has run out.
    fn expanded(&mut self, place: usize) -> bool {
        if self.expand(place).is_err() {
            self.out_of_memory = true;
        }
        !self.out_of_memory
    }

    fn place_stack(&mut self, place: usize) {
        let inner = self.list[place].inner();
        let (align, justify) = (self.list[place].style.align, self.list[place].style.justify);
        for index in 0..self.list[place].children.len() {
            let child = self.list[place].children[index];
            let size = self.natural_size(child, inner.width, inner.height, None);
            let (mut width, mut height) = (whole(size.width), whole(size.height));
            if align == Some(Align::Stretch) && self.list[child].style.height == Length::Auto {
                (width, height) = (width, inner.height);
            }
            let rest = |all: i32, part: i32, share: i32| (all - part) * share / 2;
            let x = match justify {
                Some(Justify::Center) => rest(inner.width, width, 1),
                Some(Justify::End) => rest(inner.width, width, 2),
                _ => 0,
            };
            let y = match align {
                Some(Align::Center) => rest(inner.height, height, 1),
                Some(Align::End) => rest(inner.height, height, 2),
                _ => 0,
            };
            width = width.max(0);
            self.place(child, width, height);
            let item = &mut self.list[child];
            item.rect.x = inner.x + x + item.style.x;
            item.rect.y = inner.y + y + item.style.y;
        }
    }

    fn place_scroll(&mut self, place: usize) {
        let inner = self.list[place].inner();
        let [across, down] = self.list[place].style.scroll.map(|pixels| pixels.unwrap_or(0));
        let gap = self.list[place].style.gap.unwrap_or([0, 0])[0];
        let width = (inner.width - SCROLL_BAR).max(0);
        let mut top = 0i32;
        let mut widest = 0;
        for index in 0..self.list[place].children.len() {
            let child = self.list[place].children[index];
            let known = matches!(self.list[child].style.width, Length::Auto).then_some(width as f32);
            let size = self.natural_size(child, width, inner.height, known);
            let (child_width, child_height) = (whole(size.width), whole(size.height));
            self.place(child, child_width, child_height);
            top = if index == 0 { top } else { top.saturating_add(gap) }.min(EXTENT_MAX);
            self.list[child].rect.y = top;
            top = top.saturating_add(child_height).min(EXTENT_MAX);
            widest = widest.max(child_width);
        }
        let dx = inner.x - across.clamp(0, (widest - width).max(0));
        let dy = inner.y - down.clamp(0, (top - inner.height).max(0));
        for index in 0..self.list[place].children.len() {
            let child = self.list[place].children[index];
            self.list[child].rect.x = dx;
            self.list[child].rect.y += dy;
        }
        self.list[place].content_height = top;
    }

    /// The size of a child that no flexbox or grid sizes, in a space.
    pub(crate) fn natural_size(
        &mut self,
        child: usize,
        width: i32,
        height: i32,
        known: Option<f32>,
    ) -> Size<f32> {
        self.measure(
            child,
            LayoutInput {
                run_mode: RunMode::ComputeSize,
                sizing_mode: SizingMode::InherentSize,
                axis: RequestedAxis::Both,
                known_dimensions: Size { width: known, height: None },
                known_dimensions_are_definite: Size { width: true, height: true },
                parent_size: Size { width: Some(width as f32), height: Some(height as f32) },
                available_space: Size {
                    width: AvailableSpace::Definite(width as f32),
                    height: AvailableSpace::MaxContent,
                },
                vertical_margins_are_collapsible: Line { start: false, end: false },
            },
        )
    }

    pub(crate) fn measure(&mut self, place: usize, inputs: LayoutInput) -> Size<f32> {
        if let Size { width: Some(width), height: Some(height) } = inputs.known_dimensions {
            return Size { width, height };
        }
        if self.out_of_memory {
            return Size { width: 0.0, height: 0.0 };
        }
        let item = &self.list[place];
        let tag = item.tag;
        if item.plain {
            self.stats.measures += 1;
            let natural = self.text_content(place, inputs.known_dimensions, inputs.available_space);
            let known = inputs.known_dimensions;
            return Size {
                width: known.width.unwrap_or(natural.width),
                height: known.height.unwrap_or(natural.height),
            };
        }
        let memoised = tag.has_items().then(|| crate::memo::key_of(&inputs, item.style.has_share()));
        if let Some(key) = &memoised {
            if let Some(size) = item.entries.iter().rev().find_map(|entry| entry.answer(key)) {
                return size;
            }
            if !self.expanded(place) {
                return Size { width: 0.0, height: 0.0 };
            }
        }
        self.stats.measures += 1;
        let node = NodeId::from(place);
        let size = if tag == Tag::Grid {
            compute_grid_layout(self, node, inputs).size
        } else if tag.is_flex() {
            compute_flexbox_layout(self, node, inputs).size
        } else {
            let style = &self.list[place].style;
            let (leaf, border) = (LeafStyle::of(style), style.border());
            let [top, right, bottom, left] = style.pad.unwrap_or([0; 4]);
            let pads = Size { width: left + right + 2 * border, height: top + bottom + 2 * border };
            compute_leaf_layout(
                inputs,
                &leaf,
                |_, _| 0.0,
                |known, space| {
                    // What is known has padding and border in it; content has its place inside of them.
                    let known = Size {
                        width: known.width.map(|width| (width - pads.width as f32).max(0.0)),
                        height: known.height.map(|height| (height - pads.height as f32).max(0.0)),
                    };
                    let natural = self.natural_content(place, known, space);
                    Size {
                        width: known.width.unwrap_or(natural.width),
                        height: known.height.unwrap_or(natural.height),
                    }
                },
            )
            .size
        };
        let size = Size { width: bounded(size.width), height: bounded(size.height) };
        if let Some(key) = memoised {
            let entries = &mut self.list[place].entries;
            if entries.len() == ENTRIES_MAX {
                entries.remove(0);
            }
            entries.push(crate::memo::Entry::new(key, size));
        }
        size
    }

    /// The size of what is inside a leaf, without padding and border.
    fn natural_content(
        &mut self,
        place: usize,
        known: Size<Option<f32>>,
        space: Size<AvailableSpace>,
    ) -> Size<f32> {
        let item = &self.list[place];
        let font = item.style.font();
        let line = font.height() as f32;
        match item.tag {
            Tag::Text => self.text_content(place, known, space),
            Tag::RichText => self.rich_content(place, known, space),
            Tag::Input => Size { width: 200.0, height: line },
            Tag::TextArea => self.area_content(place, known, space),
            Tag::Checkbox => {
                let label = self.list[place].style.label;
                let label = self.s.as_str(label).map_or(0, |label| crate::text::width_of(label, font));
                let width = crate::control::CHECK_SIZE + if label > 0 { 8 + label } else { 0 };
                Size { width: width as f32, height: line.max(crate::control::CHECK_SIZE as f32) }
            }
            Tag::Progress => Size { width: 160.0, height: 8.0 },
            Tag::Slider => Size { width: 160.0, height: 20.0 },
            Tag::Image => Size { width: item.cells.0 as f32, height: item.cells.1 as f32 },
            Tag::Stack => self.stack_content(place),
            Tag::Scroll => {
                let width = match space.width {
                    AvailableSpace::Definite(width) => known.width.unwrap_or(width),
                    _ => known.width.unwrap_or(0.0),
                };
                let width = (whole(width) - SCROLL_BAR).max(0);
                let gap = self.list[place].style.gap.unwrap_or([0, 0])[0] as f32;
                let mut size = Size { width: 0.0f32, height: 0.0f32 };
                for index in 0..self.list[place].children.len() {
                    let child = self.list[place].children[index];
                    let own = matches!(self.list[child].style.width, Length::Auto);
                    let known = (own && width > 0).then_some(width as f32);
                    let child = self.natural_size(child, width, 0, known);
                    size.width = size.width.max(child.width);
                    size.height += child.height + if index == 0 { 0.0 } else { gap };
                }
                // At the least a scroll takes nothing: that is what it is for.
                let at_least = |space: AvailableSpace, size: f32| match space {
                    AvailableSpace::MinContent => 0.0,
                    _ => size,
                };
                Size {
                    width: at_least(space.width, size.width + SCROLL_BAR as f32),
                    height: at_least(space.height, size.height),
                }
            }
            _ => Size { width: 0.0, height: 0.0 },
        }
    }

    fn text_content(&self, place: usize, known: Size<Option<f32>>, space: Size<AvailableSpace>) -> Size<f32> {
        let item = &self.list[place];
        let font = item.style.font();
        let (widest, lines) = item.cells;
        let all = widest as f32;
        if !item.style.wrap {
            let width = match space.width {
                // A button asks for the room of its label, whose neighbours may have it otherwise.
                AvailableSpace::MinContent if self.list[item.parent].tag == Tag::Button => all,
                AvailableSpace::MinContent if item.style.min_width == Length::Px(0) => 0.0,
                _ => all,
            };
            return Size { width, height: font.lines_height(lines) as f32 };
        }
        let width = match (known.width, space.width) {
            (Some(width), _) => width,
            (None, AvailableSpace::Definite(width)) => width.min(all),
            (None, AvailableSpace::MaxContent) => all,
            (None, AvailableSpace::MinContent) => font.width("mmmm") as f32,
        };
        if sure(width) as usize >= widest {
            return Size { width, height: font.lines_height(lines) as f32 };
        }
        let text = self.s.as_str(item.text).unwrap_or("");
        let lines = Lines::of(text, Some((font, sure(width))));
        Size { width, height: font.lines_height(lines.ranges.len()) as f32 }
    }

    /// A text area is as high as its `:rows` say, else as its text, up to a bound.
    fn area_content(&self, place: usize, known: Size<Option<f32>>, space: Size<AvailableSpace>) -> Size<f32> {
        let (s, item) = (self.s, &self.list[place]);
        let font = item.style.font();
        let width = match (known.width, space.width) {
            (Some(width), _) => width,
            (None, AvailableSpace::Definite(width)) => width.min(320.0),
            _ => 320.0,
        };
        let rows = match s.as_int(item.style.rows) {
            Some(rows) => rows.clamp(1, 1000) as usize,
            None => {
                let text = s.as_str(item.style.value).unwrap_or("");
                Lines::of(text, Some((font, sure(width)))).ranges.len().clamp(1, AREA_ROWS_MAX)
            }
        };
        Size { width, height: font.lines_height(rows) as f32 }
    }

    fn stack_content(&mut self, place: usize) -> Size<f32> {
        let mut all = Size { width: 0.0f32, height: 0.0f32 };
        for index in 0..self.list[place].children.len() {
            let child = self.list[place].children[index];
            let (x, y) = (self.list[child].style.x as f32, self.list[child].style.y as f32);
            let inputs = LayoutInput {
                run_mode: RunMode::ComputeSize,
                sizing_mode: SizingMode::InherentSize,
                axis: RequestedAxis::Both,
                known_dimensions: Size { width: None, height: None },
                known_dimensions_are_definite: Size { width: true, height: true },
                parent_size: Size { width: None, height: None },
                available_space: Size {
                    width: AvailableSpace::MaxContent,
                    height: AvailableSpace::MaxContent,
                },
                vertical_margins_are_collapsible: Line { start: false, end: false },
            };
            let size = self.measure(child, inputs);
            all.width = all.width.max(x + size.width);
            all.height = all.height.max(y + size.height);
        }
        all
    }

    /// A whole size for a child of a flex or grid container; what rounding takes from one child along the main
    /// axis, the next one gets.
    pub(crate) fn snapped(&mut self, place: usize, size: Size<f32>) -> (i32, i32) {
        let parent = self.list[place].parent;
        let parent_item = &mut self.list[parent];
        let (mut width, mut height) = (size.width, size.height);
        match parent_item.tag {
            Tag::Row | Tag::Button => {
                width += parent_item.remainder;
                parent_item.remainder = width - whole(width) as f32;
            }
            Tag::Column | Tag::Box => {
                height += parent_item.remainder;
                parent_item.remainder = height - whole(height) as f32;
            }
            _ => {}
        }
        (whole(width), whole(height))
    }
}

impl<'s> Item<'s> {
    /// Whether the previous node shows the same scene in the same size.
    pub(crate) fn stands(&self, s: halt_heap::Scope<'s>) -> bool {
        self.kept
            && self.previous.is_some_and(|previous| {
                let rect = previous.data(s).rect;
                (rect.width, rect.height) == (self.rect.width, self.rect.height)
            })
    }

    /// The space inside padding and border, relative to the item.
    pub(crate) fn inner(&self) -> Rect {
        let [top, right, bottom, left] = self.style.pad.unwrap_or([0; 4]);
        let border = self.style.border();
        Rect::new(
            left + border,
            top + border,
            (self.rect.width - left - right - 2 * border).max(0),
            (self.rect.height - top - bottom - 2 * border).max(0),
        )
    }
}

/// Rounds a size that may be anything.
pub(crate) fn whole(size: f32) -> i32 {
    // Casts saturate and take NaN for 0.
    (size.clamp(0.0, EXTENT_MAX as f32) + 0.5) as i32
}

/// The whole pixels of a width that may be shared out: what is placed may have one less than rounding says.
pub(crate) fn sure(width: f32) -> i32 {
    (width.clamp(0.0, EXTENT_MAX as f32) + 1.0 / 64.0) as i32
}

fn bounded(size: f32) -> f32 {
    if size.is_nan() { 0.0 } else { size.clamp(0.0, EXTENT_MAX as f32) }
}
