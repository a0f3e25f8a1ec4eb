//! The styles of a grid as `taffy` wants them.

use crate::adapter::{dimension, edges, limit, margins};
use crate::style::{Length, Problem, Style, describe, items, length, number, pixels};
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, Scope, Value};
use taffy::prelude::*;
use taffy::style::GridTemplateComponent;

/// Tracks of one axis; more are a mistake.
const TRACKS_MAX: usize = 1000;

/// Returns the container style of a grid.
pub(crate) fn container_style<'s>(s: Scope<'s>, style: &Style<'s>) -> Result<Box<taffy::Style>, Problem> {
    let [row_gap, column_gap] = style.gap.unwrap_or([0, 0]);
    Ok(Box::new(taffy::Style {
        size: Size { width: dimension(style.width), height: dimension(style.height) },
        min_size: Size { width: limit(style.min_width), height: limit(style.min_height) },
        max_size: Size { width: limit(style.max_width), height: limit(style.max_height) },
        margin: margins(style.margin),
        padding: edges(style.pad.unwrap_or([0; 4])),
        border: edges([style.border(); 4]),
        gap: Size {
            width: LengthPercentage::length(column_gap as f32),
            height: LengthPercentage::length(row_gap as f32),
        },
        align_items: style.align.map_or(AlignItems::NORMAL, crate::adapter::align_items),
        justify_content: style.justify.map_or(JustifyContent::NORMAL, crate::adapter::justify_content),
        grid_template_columns: tracks(s, ":columns", style.columns)?,
        grid_template_rows: tracks(s, ":rows", style.rows)?,
        ..taffy::Style::DEFAULT
    }))
}

fn tracks<'s>(
    s: Scope<'s>,
    name: &str,
    value: Value<'s>,
) -> Result<Vec<GridTemplateComponent<alloc::string::String>>, Problem> {
    let wrong = |value| {
        Problem::Scene(format!(
            "{name} takes a count or a vector of pixels, \"50%\", :auto, :fr and [:fr 2], not {}",
            describe(s, value)
        ))
    };
    if value.is_nil() {
        return Ok(Vec::new());
    }
    if let Some(count) = s.as_int(value) {
        let count = count.clamp(1, TRACKS_MAX as i64) as usize;
        return Ok((0..count).map(|_| fraction(1.0)).collect());
    }
    let parts = items(s, value).ok_or_else(|| wrong(value))?;
    let mut tracks = Vec::with_capacity(parts.len().min(TRACKS_MAX));
    for part in parts.into_iter().take(TRACKS_MAX) {
        tracks.push(match s.kind(part) {
            Kind::Keyword if s.name(part) == Some("fr") => fraction(1.0),
            Kind::Keyword if s.name(part) == Some("auto") => auto(),
            Kind::Vector => match items(s, part).unwrap_or_default()[..] {
                [head, share] if s.name(head) == Some("fr") => {
                    fraction(number(s, share).ok_or_else(|| wrong(part))?.clamp(0.0, 10_000.0) as f32)
                }
                _ => return Err(wrong(part)),
            },
            Kind::String => match length(s, part) {
                Some(Length::Share(share)) => percent(share),
                _ => return Err(wrong(part)),
            },
            _ => {
                GridTemplateComponent::from_length(pixels(s, part).ok_or_else(|| wrong(part))?.max(0) as f32)
            }
        });
    }
    Ok(tracks)
}

/// A share of what is left; unlike CSS's `fr` it may be narrower than its content.
fn fraction(share: f32) -> GridTemplateComponent<alloc::string::String> {
    minmax(MinTrackSizingFunction::from_length(0.0), MaxTrackSizingFunction::from_fr(share))
}
