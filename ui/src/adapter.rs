//! The door to `taffy`: our styles and items as its low-level traits want them.
//!
//! Enter at the implementation of `LayoutPartialTree`: a parent's algorithm measures and places its children
//! through it. What measuring and placing is, `tree.rs` says.

use crate::item::{Item, Items};
use crate::style::{Align, EXTENT_MAX, Edges, Justify, Length, Style};
use crate::tag::Tag;
use core::slice;
use taffy::prelude::*;
use taffy::style::{CoreStyle, FlexboxContainerStyle, FlexboxItemStyle, GridItemStyle, Overflow, Position};
use taffy::tree::{LayoutInput, LayoutOutput, RequestedAxis, RunMode};
use taffy::{
    LayoutFlexboxContainer, LayoutGridContainer, LayoutPartialTree, Line, Point, TraversePartialTree,
};

pub(crate) fn dimension(length: Length) -> Dimension {
    match length {
        Length::Auto => Dimension::auto(),
        Length::Px(px) => Dimension::length(px as f32),
        Length::Share(share) => Dimension::percent(share),
    }
}

pub(crate) fn limit(length: Length) -> LengthPercentageAuto {
    match length {
        Length::Auto => LengthPercentageAuto::auto(),
        Length::Px(px) => LengthPercentageAuto::length(px as f32),
        Length::Share(share) => LengthPercentageAuto::percent(share),
    }
}

pub(crate) fn edges([top, right, bottom, left]: Edges) -> taffy::Rect<LengthPercentage> {
    let px = |n: i32| LengthPercentage::length(n as f32);
    taffy::Rect { left: px(left), right: px(right), top: px(top), bottom: px(bottom) }
}

pub(crate) fn margins([top, right, bottom, left]: Edges) -> taffy::Rect<LengthPercentageAuto> {
    let px = |n: i32| LengthPercentageAuto::length(n as f32);
    taffy::Rect { left: px(left), right: px(right), top: px(top), bottom: px(bottom) }
}

pub(crate) fn align_items(align: Align) -> AlignItems {
    match align {
        Align::Start => AlignItems::START,
        Align::Center => AlignItems::CENTER,
        Align::End => AlignItems::END,
        Align::Stretch => AlignItems::STRETCH,
    }
}

pub(crate) fn justify_content(justify: Justify) -> JustifyContent {
    match justify {
        Justify::Start => JustifyContent::START,
        Justify::Center => JustifyContent::CENTER,
        Justify::End => JustifyContent::END,
        Justify::Between => JustifyContent::SPACE_BETWEEN,
        Justify::Around => JustifyContent::SPACE_AROUND,
        Justify::Evenly => JustifyContent::SPACE_EVENLY,
    }
}

/// The sizes of a leaf, apart from the items, so that measuring may borrow them.
pub(crate) struct LeafStyle {
    size: Size<Dimension>,
    min_size: Size<LengthPercentageAuto>,
    max_size: Size<LengthPercentageAuto>,
    padding: taffy::Rect<LengthPercentage>,
    border: taffy::Rect<LengthPercentage>,
    aspect: Option<f32>,
}

impl LeafStyle {
    pub(crate) fn of(style: &Style<'_>) -> LeafStyle {
        LeafStyle {
            size: Size { width: dimension(style.width), height: dimension(style.height) },
            min_size: Size { width: limit(style.min_width), height: limit(style.min_height) },
            max_size: Size { width: limit(style.max_width), height: limit(style.max_height) },
            padding: edges(style.pad.unwrap_or([0; 4])),
            border: edges([style.border(); 4]),
            aspect: style.aspect,
        }
    }
}

impl CoreStyle for LeafStyle {
    type CustomIdent = alloc::string::String;

    fn size(&self) -> Size<Dimension> {
        self.size
    }
    fn min_size(&self) -> Size<LengthPercentageAuto> {
        self.min_size
    }
    fn max_size(&self) -> Size<LengthPercentageAuto> {
        self.max_size
    }
    fn padding(&self) -> taffy::Rect<LengthPercentage> {
        self.padding
    }
    fn border(&self) -> taffy::Rect<LengthPercentage> {
        self.border
    }
    fn margin(&self) -> taffy::Rect<LengthPercentageAuto> {
        margins([0; 4])
    }

    // The trait's own defaults build and drop a whole default style each.
    fn overflow(&self) -> Point<Overflow> {
        Point { x: Overflow::Visible, y: Overflow::Visible }
    }
    fn position(&self) -> Position {
        Position::Static
    }
    fn inset(&self) -> taffy::Rect<LengthPercentageAuto> {
        taffy::Rect::auto()
    }
    fn aspect_ratio(&self) -> Option<f32> {
        self.aspect
    }
}

/// An item's styles as `taffy` asks for them.
pub(crate) struct ItemStyle<'a, 's>(&'a Item<'s>);

impl CoreStyle for ItemStyle<'_, '_> {
    type CustomIdent = alloc::string::String;

    fn size(&self) -> Size<Dimension> {
        Size { width: dimension(self.0.style.width), height: dimension(self.0.style.height) }
    }
    fn min_size(&self) -> Size<LengthPercentageAuto> {
        Size { width: limit(self.0.style.min_width), height: limit(self.0.style.min_height) }
    }
    fn max_size(&self) -> Size<LengthPercentageAuto> {
        Size { width: limit(self.0.style.max_width), height: limit(self.0.style.max_height) }
    }
    fn margin(&self) -> taffy::Rect<LengthPercentageAuto> {
        margins(self.0.style.margin)
    }
    fn padding(&self) -> taffy::Rect<LengthPercentage> {
        edges(self.0.style.pad.unwrap_or([0; 4]))
    }
    fn border(&self) -> taffy::Rect<LengthPercentage> {
        edges([self.0.style.border(); 4])
    }

    // The trait's own defaults build and drop a whole default style each.
    fn overflow(&self) -> Point<Overflow> {
        Point { x: Overflow::Visible, y: Overflow::Visible }
    }
    fn position(&self) -> Position {
        Position::Static
    }
    fn inset(&self) -> taffy::Rect<LengthPercentageAuto> {
        taffy::Rect::auto()
    }
    fn aspect_ratio(&self) -> Option<f32> {
        self.0.style.aspect
    }
}

impl FlexboxContainerStyle for ItemStyle<'_, '_> {
    fn flex_direction(&self) -> FlexDirection {
        if matches!(self.0.tag, Tag::Row | Tag::Button) { FlexDirection::Row } else { FlexDirection::Column }
    }
    fn flex_wrap(&self) -> FlexWrap {
        if self.0.style.wrap { FlexWrap::Wrap } else { FlexWrap::NoWrap }
    }
    fn gap(&self) -> Size<LengthPercentage> {
        let [vertical, horizontal] = self.0.style.gap.unwrap_or([0, 0]);
        Size {
            width: LengthPercentage::length(horizontal as f32),
            height: LengthPercentage::length(vertical as f32),
        }
    }
    fn align_content(&self) -> AlignContent {
        if self.0.style.wrap { AlignContent::START } else { AlignContent::NORMAL }
    }
    fn align_items(&self) -> AlignItems {
        self.0.style.align.map_or(AlignItems::NORMAL, align_items)
    }
    fn justify_content(&self) -> JustifyContent {
        self.0.style.justify.map_or(JustifyContent::NORMAL, justify_content)
    }
}

impl FlexboxItemStyle for ItemStyle<'_, '_> {
    fn flex_basis(&self) -> Dimension {
        // What scrolls or stretches takes what is left instead of shrinking from its content.
        let elastic =
            matches!(self.0.tag, Tag::Scroll | Tag::TextArea | Tag::Input | Tag::Canvas | Tag::Surface);
        if elastic && self.0.style.grow.is_some_and(|grow| grow > 0.0) {
            Dimension::length(0.0)
        } else {
            Dimension::auto()
        }
    }
    fn flex_grow(&self) -> f32 {
        self.0.style.grow.unwrap_or(0.0)
    }
    fn flex_shrink(&self) -> f32 {
        self.0.style.shrink.unwrap_or(1.0)
    }
    fn align_self(&self) -> Option<AlignSelf> {
        self.0.style.align_self.map(align_items)
    }
}

impl GridItemStyle for ItemStyle<'_, '_> {
    fn grid_row(&self) -> Line<GridPlacement> {
        Line { start: GridPlacement::from_span(self.0.style.spans[1]), end: GridPlacement::Auto }
    }
    fn grid_column(&self) -> Line<GridPlacement> {
        Line { start: GridPlacement::from_span(self.0.style.spans[0]), end: GridPlacement::Auto }
    }
    fn align_self(&self) -> Option<AlignSelf> {
        self.0.style.align_self.map(align_items)
    }
    fn justify_self(&self) -> Option<AlignSelf> {
        None
    }
}

/// Item numbers as `taffy` knows them.
pub(crate) type ChildIds<'a> = core::iter::Map<slice::Iter<'a, usize>, fn(&usize) -> NodeId>;

impl TraversePartialTree for Items<'_, '_> {
    type ChildIter<'a>
        = ChildIds<'a>
    where
        Self: 'a;

    fn child_ids(&self, parent: NodeId) -> ChildIds<'_> {
        self.list[usize::from(parent)].children.iter().map(|child| NodeId::from(*child))
    }
    fn child_count(&self, parent: NodeId) -> usize {
        self.list[usize::from(parent)].children.len()
    }
    fn get_child_id(&self, parent: NodeId, index: usize) -> NodeId {
        NodeId::from(self.list[usize::from(parent)].children[index])
    }
}

impl<'s> LayoutPartialTree for Items<'s, '_> {
    type CoreContainerStyle<'a>
        = ItemStyle<'a, 's>
    where
        Self: 'a;
    type CustomIdent = alloc::string::String;

    fn get_core_container_style(&self, node: NodeId) -> ItemStyle<'_, 's> {
        ItemStyle(&self.list[usize::from(node)])
    }

    fn set_unrounded_layout(&mut self, node: NodeId, layout: &taffy::Layout) {
        let limit = EXTENT_MAX as f32;
        // Floors towards the left for what overflows there; places are finite.
        let place = |at: f32| (at.clamp(-limit, limit) + limit + 0.5) as i32 - EXTENT_MAX;
        let rect = &mut self.list[usize::from(node)].rect;
        (rect.x, rect.y) = (place(layout.location.x), place(layout.location.y));
    }

    fn compute_child_layout(&mut self, node: NodeId, inputs: LayoutInput) -> LayoutOutput {
        let place = usize::from(node);
        match inputs.run_mode {
            RunMode::PerformHiddenLayout => LayoutOutput::HIDDEN,
            RunMode::ComputeSize => LayoutOutput::from_outer_size(self.measure(place, inputs)),
            RunMode::PerformLayout => {
                let inputs =
                    LayoutInput { run_mode: RunMode::ComputeSize, axis: RequestedAxis::Both, ..inputs };
                let size = self.measure(place, inputs);
                let (width, height) = self.snapped(place, size);
                self.place(place, width, height);
                let rect = self.list[place].rect;
                LayoutOutput::from_outer_size(Size { width: rect.width as f32, height: rect.height as f32 })
            }
        }
    }
}

impl<'s> LayoutFlexboxContainer for Items<'s, '_> {
    type FlexboxContainerStyle<'a>
        = ItemStyle<'a, 's>
    where
        Self: 'a;
    type FlexboxItemStyle<'a>
        = ItemStyle<'a, 's>
    where
        Self: 'a;

    fn get_flexbox_container_style(&self, node: NodeId) -> ItemStyle<'_, 's> {
        ItemStyle(&self.list[usize::from(node)])
    }
    fn get_flexbox_child_style(&self, child: NodeId) -> ItemStyle<'_, 's> {
        ItemStyle(&self.list[usize::from(child)])
    }
}

impl<'s> LayoutGridContainer for Items<'s, '_> {
    type GridContainerStyle<'a>
        = &'a taffy::Style
    where
        Self: 'a;
    type GridItemStyle<'a>
        = ItemStyle<'a, 's>
    where
        Self: 'a;

    fn get_grid_container_style(&self, node: NodeId) -> &taffy::Style {
        const PLAIN: &taffy::Style = &taffy::Style::DEFAULT;
        self.list[usize::from(node)].grid.as_deref().unwrap_or(PLAIN)
    }
    fn get_grid_child_style(&self, child: NodeId) -> ItemStyle<'_, 's> {
        ItemStyle(&self.list[usize::from(child)])
    }
}
