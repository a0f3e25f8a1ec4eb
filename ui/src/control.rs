//! Controls: how buttons look, and the parts that fields, boxes to check, bars and sliders are made of.
//!
//! Enter at [`Items::parts`] and [`button_paint`].

use crate::color::Paint;
use crate::font::Font;
use crate::item::{Items, push_plain};
use crate::picture::{Flags, Node, NodeData, NodeKind, Rect};
use crate::style::{EXTENT_MAX, Style, number};
use crate::tag::Tag;
use crate::text::{Lines, byte_of, columns_of, shown};
use crate::theme::{Theme, mix};
use alloc::string::String;
use alloc::vec::Vec;
use halt_heap::{OutOfMemory, Value};

/// Side of a checkbox's square.
pub(crate) const CHECK_SIZE: i32 = 18;

/// Fill and border of a button as it looks right now.
pub(crate) fn button_paint(theme: &Theme, style: &Style<'_>) -> (Paint, u32) {
    let look = style.look;
    let plain = match style.fill {
        Some(paint) => paint,
        None if look.primary => Paint::down(theme.accent, theme.accent_end),
        None => Paint::down(theme.button, theme.button_end),
    };
    let ends = |paint: Paint, to: u32, amount: u32| paint.map(|color| mix(color, to, amount));
    let paint = if look.disabled {
        ends(plain, theme.surface, if theme.is_stark() { 255 } else { 150 })
    } else if look.pressed {
        // The light falls from above: what is pressed in is lit from below.
        ends(plain.reversed(), 0xFF00_0000, 36)
    } else if look.hover {
        ends(plain, theme.accent, 40)
    } else {
        plain
    };
    let border = match style.border_color {
        Some(color) => color,
        None if look.focused => theme.accent,
        None if plain.start >> 24 == 0 => 0,
        None => {
            let live = mix(mix(plain.start, theme.border, 150), theme.text, 24);
            if look.disabled { theme.disabled_edge(live) } else { live }
        }
    };
    (paint, border)
}

/// Colour of the text in a button.
pub(crate) fn button_text(theme: &Theme, button: &Style<'_>) -> u32 {
    match button.color {
        _ if button.look.disabled => theme.disabled(),
        Some(color) => color,
        None if button.look.primary => theme.accent_text,
        None => theme.text,
    }
}

impl<'s> Items<'s, '_> {
    /// The parts of a control, back to front, relative to it; and of a text area where it is scrolled to, else nil.
    pub(crate) fn parts(&mut self, place: usize) -> Result<(Vec<Value<'s>>, Value<'s>), OutOfMemory> {
        let mut parts = Parts { items: self, list: Vec::new() };
        let mut extent = Value::NIL;
        match parts.items.list[place].tag {
            Tag::Checkbox => parts.checkbox(place)?,
            Tag::Progress => parts.progress(place)?,
            Tag::Slider => parts.slider(place)?,
            Tag::RichText => return Ok((self.push_rich(place)?, extent)),
            _ => extent = parts.field(place)?,
        }
        Ok((parts.list, extent))
    }

    /// Lines of text inside a rectangle, aligned as the style says.
    pub(crate) fn text_lines(&mut self, place: usize, inner: Rect) -> Result<Vec<Value<'s>>, OutOfMemory> {
        let mut parts = Parts { items: self, list: Vec::new() };
        parts.lines(place, inner)?;
        Ok(parts.list)
    }
}

struct Parts<'a, 's, 't> {
    items: &'a mut Items<'s, 't>,
    list: Vec<Value<'s>>,
}

impl<'s> Parts<'_, 's, '_> {
    fn push(&mut self, data: NodeData) -> Result<(), OutOfMemory> {
        let nil = Value::NIL;
        self.items.stats.new_nodes += 1;
        let node: Node<'s> = data.build(self.items.s, nil, nil, nil, nil, nil)?;
        self.list.push(node.value());
        Ok(())
    }

    fn push_text(
        &mut self,
        item: usize,
        text: &str,
        key: Value<'s>,
        (x, y): (i32, i32),
        color: u32,
    ) -> Result<(), OutOfMemory> {
        let s = self.items.s;
        let data = text_data(self.items.list[item].style.font(), text, x, y, color);
        let nil = Value::NIL;
        let content = s.string(text)?;
        self.items.stats.new_nodes += 1;
        self.list.push(data.build(s, key, nil, content, nil, nil)?.value());
        Ok(())
    }

    fn checkbox(&mut self, place: usize) -> Result<(), OutOfMemory> {
        let theme = *self.items.theme;
        let item = &self.items.list[place];
        let (style, inner) = (item.style, item.inner());
        let on = style.look.checked || style.value.as_bool() == Some(true);
        let top = inner.y + (inner.height - CHECK_SIZE) / 2;
        let accent = if style.look.disabled { theme.disabled() } else { theme.accent };
        let (fill, end) = if on { (accent, mix(accent, 0xFF00_0000, 40)) } else { (theme.field, 0) };
        self.push(NodeData {
            radius: 5,
            rect: Rect::new(inner.x, top, CHECK_SIZE, CHECK_SIZE),
            fill,
            fill_end: end,
            stroke: match style.look {
                look if look.focused || look.hover => theme.accent,
                look if look.disabled => theme.disabled_edge(theme.border),
                _ => theme.border,
            },
            stroke_width: 1,
            ..NodeData::default()
        })?;
        if on {
            let tick = |x: i32, y: i32, width: i32, height: i32, rising: bool| NodeData {
                kind: NodeKind::Line,
                flags: if rising { Flags::RISING } else { 0 },
                rect: Rect::new(inner.x + x, top + y, width, height),
                fill: theme.accent_text,
                stroke_width: 2,
                ..NodeData::default()
            };
            self.push(tick(4, 9, 3, 3, false))?;
            self.push(tick(7, 5, 7, 7, true))?;
        }
        let label: String = self.items.s.as_str(style.label).unwrap_or("").into();
        if !label.is_empty() {
            let font = style.font();
            let x = inner.x + CHECK_SIZE + 8;
            let text = shown(&label, font, (inner.right() - x).max(0), false).unwrap_or(label);
            let color =
                if style.look.disabled { theme.disabled() } else { style.color.unwrap_or(theme.text) };
            let y = inner.y + (inner.height - font.height()) / 2;
            self.push_text(place, &text, Value::NIL, (x, y), color)?;
        }
        Ok(())
    }

    /// The share of `:value` between `:min` and `:max`.
    fn share(&self, place: usize) -> f64 {
        let s = self.items.s;
        let style = &self.items.list[place].style;
        let low = number(s, style.min).unwrap_or(0.0);
        let high = number(s, style.max).unwrap_or(1.0);
        let value = number(s, style.value).unwrap_or(low);
        let share = (value - low) / (high - low);
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    fn progress(&mut self, place: usize) -> Result<(), OutOfMemory> {
        let theme = *self.items.theme;
        let share = self.share(place);
        let item = &self.items.list[place];
        let inner = item.inner();
        let radius = (inner.height / 2).min(255) as u8;
        let width = (inner.width as f64 * share + 0.5) as i32;
        let color = item.style.color;
        self.push(NodeData { radius, rect: inner, fill: theme.border, ..NodeData::default() })?;
        if width > 0 {
            // Never narrower than its round ends.
            let rect = Rect { width: width.max(inner.height).min(inner.width), ..inner };
            let (fill, fill_end) = match color {
                Some(color) => (color, 0),
                None => (theme.accent, theme.accent_end),
            };
            self.push(NodeData { radius, rect, fill, fill_end, ..NodeData::default() })?;
        }
        Ok(())
    }

    fn slider(&mut self, place: usize) -> Result<(), OutOfMemory> {
        let theme = *self.items.theme;
        let share = self.share(place);
        let item = &self.items.list[place];
        let (inner, look) = (item.inner(), item.style.look);
        let thumb = 16.min(inner.height.max(0)).min(inner.width);
        let travel = inner.width - thumb;
        let x = inner.x + (travel as f64 * share + 0.5) as i32;
        let middle = inner.y + inner.height / 2;
        let accent = if look.disabled { theme.disabled() } else { theme.accent };
        let track = Rect::new(inner.x, middle - 2, inner.width, 4);
        self.push(NodeData { radius: 2, rect: track, fill: theme.border, ..NodeData::default() })?;
        let filled = Rect { width: x + thumb / 2 - inner.x, ..track };
        self.push(NodeData { radius: 2, rect: filled, fill: accent, ..NodeData::default() })?;
        self.push(NodeData {
            kind: NodeKind::Ellipse,
            rect: Rect::new(x, middle - thumb / 2, thumb, thumb),
            fill: if look.pressed { mix(0xFFFF_FFFF, accent, 60) } else { 0xFFFF_FFFF },
            stroke: accent,
            stroke_width: if look.hover || look.focused { 3 } else { 2 },
            ..NodeData::default()
        })
    }

    /// A text field: selection, text, caret. The key of each text is the number of its first character. Returns what
    /// [`scroll_extent`](crate::scroll_extent) and [`text_rows`](crate::text_rows) say of a text area, as a vector.
    fn field(&mut self, place: usize) -> Result<Value<'s>, OutOfMemory> {
        let (s, theme) = (self.items.s, *self.items.theme);
        let item = &self.items.list[place];
        let (style, inner, width, tag) = (item.style, item.inner(), item.rect.width, item.tag);
        let font = style.font();
        let mut plain = String::new();
        let text = match s.as_str(style.value) {
            Some(text) => text,
            None => {
                push_plain(s, style.value, &mut plain);
                plain.as_str()
            }
        };
        let lines = match tag {
            // Who writes must see what is written: all lines that can be scrolled to.
            Tag::TextArea => {
                let most = (EXTENT_MAX / font.pitch()) as usize;
                Lines::at_most(most, text, Some((font, inner.width)))
            }
            _ => Lines { ranges: alloc::vec![0..text.len()], cut: false },
        };
        // Starts of the lines in characters; a line's last place may be shared with the next one's first.
        let starts: Vec<usize> = lines
            .ranges
            .iter()
            .scan((0, 0), |(byte, column), range| {
                *column += columns_of(&text[*byte..range.start]);
                *byte = range.start;
                Some(*column)
            })
            .collect();
        let position = |value: Value<'s>| s.as_int(value).map(|n| n.max(0) as usize);
        let end = columns_of(text);
        let cursor = position(style.cursor).unwrap_or(end).min(end);
        let anchor = position(style.anchor).unwrap_or(cursor).min(end);
        let row = starts.partition_point(|start| *start <= cursor).saturating_sub(1);
        let rows = match tag {
            Tag::TextArea => ((inner.height + font.pitch() - font.height()) / font.pitch()).max(1) as usize,
            _ => 1,
        };
        let focused = style.look.focused;
        let first_row = match (style.scroll[1], tag) {
            (Some(down), Tag::TextArea) => {
                ((down.max(0) / font.pitch()) as usize).min(lines.ranges.len().saturating_sub(rows))
            }
            _ if focused => (row + 1).saturating_sub(rows),
            _ => 0,
        };
        let column = cursor - starts[row];
        // A field scrolls by whole characters so that its caret stays in sight.
        let first_column = match tag {
            Tag::Input if focused => first_in_sight(text, font, column, inner.width - 1),
            _ => 0,
        };
        let top = match tag {
            Tag::TextArea => inner.y,
            _ => inner.y + (inner.height - font.height()) / 2,
        };
        if text.is_empty() && !style.placeholder.is_nil() {
            let mut hint = String::new();
            push_plain(s, style.placeholder, &mut hint);
            let hint = shown(&hint, font, inner.width, false).unwrap_or(hint);
            self.push_text(place, &hint, Value::NIL, (inner.x, top), theme.muted)?;
        }
        let color = if style.look.disabled { theme.disabled() } else { style.color.unwrap_or(theme.text) };
        let (from, to) = (cursor.min(anchor), cursor.max(anchor));
        for line in first_row..(first_row + rows).min(lines.ranges.len()) {
            let content = &text[lines.ranges[line].clone()];
            let count = columns_of(content);
            let y = top + (line - first_row) as i32 * font.pitch();
            let first = byte_of(content, first_column);
            let visible = &content[first..];
            let visible = &visible[..font.fitting(visible, inner.width).0];
            let across = |column: usize| {
                font.place_of(visible, byte_of(content, column).clamp(first, first + visible.len()) - first)
            };
            let (a, b) =
                (from.saturating_sub(starts[line]).min(count), to.saturating_sub(starts[line]).min(count));
            if a < b {
                let fill = if focused { theme.selection } else { mix(theme.selection, theme.field, 128) };
                let rect = Rect::new(inner.x + across(a), y, across(b) - across(a), font.height());
                self.push(NodeData { radius: 2, rect, fill, ..NodeData::default() })?;
            }
            if !visible.is_empty() {
                let clean = shown(visible, font, inner.width, false);
                let key = s.int((starts[line] + first_column.min(count)) as i64)?;
                self.push_text(place, clean.as_deref().unwrap_or(visible), key, (inner.x, y), color)?;
            }
            if focused && line == row {
                let x = inner.x + across(column) - 1;
                let rect = Rect::new(x.max(0), y - 1, 2, font.height() + 2);
                self.push(NodeData { rect, fill: theme.accent, ..NodeData::default() })?;
            }
        }
        if tag != Tag::TextArea {
            return Ok(Value::NIL);
        }
        let pixels = |rows: usize| rows as i32 * font.pitch();
        let (content, shown, down) = (pixels(lines.ranges.len()), pixels(rows), pixels(first_row));
        let bar = Rect { height: shown, ..inner };
        if let Some(bar) = crate::layout::scroll_bar(&theme, bar, width - 8, content, down) {
            self.push(bar)?;
        }
        let face = font.face() as i32;
        let extent = [content, shown, down, pixels(row), pixels(row + 1), inner.width, font.height(), face];
        let mut values = [Value::NIL; 8];
        for (value, pixels) in values.iter_mut().zip(extent) {
            *value = s.int(pixels as i64)?;
        }
        s.vector(&values)
    }

    fn lines(&mut self, place: usize, inner: Rect) -> Result<(), OutOfMemory> {
        let s = self.items.s;
        let item = &self.items.list[place];
        let (font, style) = (item.style.font(), item.style);
        let color = style.color.unwrap_or(self.items.theme.text);
        let text = s.as_str(item.text).unwrap_or("");
        let lines = Lines::of(text, style.wrap.then_some((font, inner.width)));
        let fitting = ((inner.height + font.pitch() - font.height()) / font.pitch()).max(1) as usize;
        let count = lines.ranges.len().min(fitting);
        let cut = lines.cut || count < lines.ranges.len();
        let top = inner.y + (inner.height - font.lines_height(count)) / 2;
        for (row, range) in lines.ranges[..count].iter().enumerate() {
            let line = &text[range.clone()];
            let clean = shown(line, font, inner.width, cut && row + 1 == count);
            let line = clean.as_deref().unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            let x = inner.x + aligned(&style, inner.width, font.width(line));
            let y = top.max(inner.y) + row as i32 * font.pitch();
            self.push_text(place, line, Value::NIL, (x, y), color)?;
            if style.underline {
                let line = underline(font, font.width(line), color);
                self.push(NodeData { rect: line.rect.translated(x, y), ..line })?;
            }
        }
        Ok(())
    }
}

/// The first character of a line that is shown so that a place in it is within a width.
fn first_in_sight(line: &str, font: Font, column: usize, width: i32) -> usize {
    let before = &line[..byte_of(line, column)];
    let too_wide = font.width(before) - width;
    if too_wide <= 0 {
        return 0;
    }
    // The first letter that begins so far from the start that the rest has room.
    let starts = font.glyphs(before).take_while(|(_, at)| *at < 64 * i64::from(too_wide));
    starts.count()
}

/// Where text of a width begins in a wider space.
pub(crate) fn aligned(style: &Style<'_>, space: i32, width: i32) -> i32 {
    use crate::style::Align;
    match style.align {
        Some(Align::Center) => (space - width).max(0) / 2,
        Some(Align::End) => (space - width).max(0),
        _ => 0,
    }
}

/// The line under a text of a width, relative to the text.
pub(crate) fn underline(font: Font, width: i32, color: u32) -> NodeData {
    let thick = (font.height() / 16).max(1);
    let y = (font.baseline() + 1 + font.height() / 16).min(font.height() - thick);
    NodeData { rect: Rect::new(0, y, width, thick), fill: color, ..NodeData::default() }
}

/// The data of a line of text at a place.
pub(crate) fn text_data(font: Font, text: &str, x: i32, y: i32, color: u32) -> NodeData {
    NodeData {
        kind: NodeKind::Text,
        flags: if font.bold { Flags::BOLD } else { 0 } | if font.mono { Flags::MONO } else { 0 },
        rect: Rect::new(x, y, font.width(text), font.height()),
        fill: color,
        font_px: font.px,
        ..NodeData::default()
    }
}
