//! Layout: from a scene and the previous picture to the next picture.
//!
//! Enter at [`layout`]. Items are read and placed (`item.rs`, `tree.rs`), then emitted as nodes here.
//!
//! Invariant: the picture is, node by node, equal to one laid out without a previous picture; but a node that
//! would equal its predecessor is the predecessor itself, children and all.

use crate::color::Paint;
use crate::control::{aligned, button_paint, text_data};
use crate::held::Held;
use crate::item::{ITEMS_MAX, Item, Items, NODES_MAX};
use crate::memo::Memo;
use crate::picture::{Flags, Node, NodeData, NodeKind, Rect, Stops};
use crate::style::{EXTENT_MAX, Fit};
use crate::surface::{find_surface, node_at};
use crate::tag::Tag;
use crate::text::shown;
use crate::theme::{Theme, faded};
use crate::words::Words;
use alloc::format;
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// Room for so many items is made at once.
const ITEMS_USUAL: usize = 32;

/// What a layout cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LayoutStats {
    /// Nodes made.
    pub new_nodes: u32,
    /// Nodes taken over with everything below them.
    pub reused: u32,
    /// Scene nodes that were read.
    pub read: u32,
    /// Measures that no memo answered.
    pub measures: u32,
}

/// A picture and what it cost.
#[derive(Clone, Copy)]
pub struct Layout<'s> {
    /// The root node; its rectangle is the whole space.
    pub root: Node<'s>,
    /// What it cost.
    pub stats: LayoutStats,
}

/// Lays out a scene in a space. `previous` is the picture of the scene before, if there is one: what did not
/// change is taken from it. The scene must be expanded (components called, sequences realised); what is wrong
/// in it becomes an error box at its place.
pub fn layout<'s>(
    s: Scope<'s>,
    previous: Option<Node<'s>>,
    scene: Value<'s>,
    width: i32,
    height: i32,
    theme: &Theme,
) -> Result<Layout<'s>, OutOfMemory> {
    layout_held(s, previous, scene, width, height, theme, Held::NONE)
}

/// As [`layout`], with styles that are no part of the scene. `held.before` is what `previous` was laid out with.
pub fn layout_held<'s>(
    s: Scope<'s>,
    previous: Option<Node<'s>>,
    scene: Value<'s>,
    width: i32,
    height: i32,
    theme: &Theme,
    held: Held<'s>,
) -> Result<Layout<'s>, OutOfMemory> {
    let fingerprint = theme.fingerprint();
    let surfaces = previous;
    let previous =
        previous.filter(|node| Memo::of(s, *node).is_some_and(|memo| memo.fingerprint == fingerprint));
    let mut items = Items {
        s,
        theme,
        fingerprint,
        words: Words::new(),
        list: Vec::with_capacity(ITEMS_USUAL),
        count: 0,
        out_of_memory: false,
        previous_root: surfaces,
        held,
        on_click: s.keyword("on-click"),
        stats: LayoutStats::default(),
    };
    let root = items.read(scene, 0, 0, previous)?;
    let mut root = items.laid_out(root, width, height)?;
    if items.is_too_large() {
        items.list.clear();
        let problem = format!("a scene has at most {NODES_MAX} nodes, and {ITEMS_MAX} new ones at a time");
        let error = items.read_error(scene, 0, 0, &problem)?;
        items.count = 1;
        root = items.laid_out(error, width, height)?;
    }
    let stats = LayoutStats { read: items.list.len() as u32, ..items.stats };
    Ok(Layout { root, stats })
}

impl<'s> Items<'s, '_> {
    fn laid_out(&mut self, root: usize, width: i32, height: i32) -> Result<Node<'s>, OutOfMemory> {
        self.place(root, width, height);
        self.emit(root)
    }

    /// Makes the node of a placed item, or finds that the previous one will do.
    pub(crate) fn emit(&mut self, place: usize) -> Result<Node<'s>, OutOfMemory> {
        let s = self.s;
        if self.out_of_memory {
            return Err(OutOfMemory);
        }
        let item = &self.list[place];
        if item.stands(s)
            && let Some(previous) = item.previous
        {
            let old = previous.data(s);
            let data = NodeData { rect: kept_near(item.rect), ..old };
            if data == old {
                self.stats.reused += 1;
                return Ok(previous);
            }
            self.stats.new_nodes += 1;
            return previous.with_data(s, &data);
        }
        match item.tag {
            Tag::Text => self.emit_text(place),
            Tag::Surface => self.emit_surface(place),
            Tag::Image => self.emit_image(place),
            Tag::Canvas => {
                let nodes = self.shapes(place)?;
                let data = self.box_data(place);
                self.finish(place, data, nodes, Value::NIL)
            }
            tag if tag.is_control() => {
                let (parts, extent) = self.parts(place)?;
                let data = self.box_data(place);
                self.finish(place, data, parts, extent)
            }
            _ => {
                let mut nodes = Vec::with_capacity(self.list[place].children.len());
                for index in 0..self.list[place].children.len() {
                    let child = self.list[place].children[index];
                    nodes.push(self.emit(child)?.value());
                }
                if self.list[place].tag == Tag::Scroll {
                    self.push_scroll_bar(place, &mut nodes)?;
                }
                let data = self.box_data(place);
                self.finish(place, data, nodes, Value::NIL)
            }
        }
    }

    fn emit_text(&mut self, place: usize) -> Result<Node<'s>, OutOfMemory> {
        let s = self.s;
        let item = &self.list[place];
        let data = self.box_data(place);
        let painted = data.fills() || data.stroke >> 24 != 0 || data.shadow >> 24 != 0;
        let inner = item.inner();
        let font = item.style.font();
        let wraps = item.style.wrap && item.cells.0 > inner.width.max(0) as usize;
        // The pads keep text off the edges that a click still belongs to.
        let boxed = painted
            || item.style.underline
            || item.style.pad.is_some()
            || !item.style.handlers.is_nil()
            || data.flags != 0;
        if boxed || wraps || item.cells.1 > 1 {
            let lines = self.text_lines(place, inner)?;
            return self.finish(place, data, lines, Value::NIL);
        }
        let text = s.as_str(item.text).unwrap_or("");
        let clean = shown(text, font, inner.width, false);
        let line = clean.as_deref().unwrap_or(text);
        let width = font.width(line);
        let x = item.rect.x + inner.x + aligned(&item.style, inner.width, width);
        let y = item.rect.y + inner.y + (inner.height - font.height()) / 2;
        let color = item.style.color.unwrap_or(self.theme.text);
        let data = text_data(font, line, x, y, faded(color, item.style.opacity));
        let content = match &clean {
            Some(clean) => s.string(clean)?,
            None => item.text,
        };
        self.finish(place, data, Vec::new(), content)
    }

    fn emit_image(&mut self, place: usize) -> Result<Node<'s>, OutOfMemory> {
        let s = self.s;
        let data = self.box_data(place);
        let item = &self.list[place];
        let (style, inner, image) = (item.style, item.inner(), item.text);
        let mut rect = inner;
        if style.fit == Fit::Contain {
            let (width, height) = (item.cells.0 as i64, item.cells.1 as i64);
            let (across, down) = (inner.width as i64, inner.height as i64);
            // A pixel too much or too little in one direction is no reason for a margin.
            if across * height > (down + 1) * width {
                rect.width = (down * width / height).max(1).min(across) as i32;
            } else if down * width > (across + 1) * height {
                rect.height = (across * height / width).max(1).min(down) as i32;
            }
            rect.x += (inner.width - rect.width) / 2;
            rect.y += (inner.height - rect.height) / 2;
        }
        let cover = if style.fit == Fit::Cover { Flags::COVER } else { 0 };
        let pixelated = if style.pixelated { Flags::PIXELATED } else { 0 };
        let shown = NodeData {
            kind: NodeKind::Image,
            flags: cover | pixelated,
            rect,
            radius: (data.radius as i32 - style.border()).max(0) as u8,
            fill: 0xFFFF_FFFF,
            ..NodeData::default()
        };
        let painted = data.fills() || data.stroke >> 24 != 0 || data.shadow >> 24 != 0;
        if painted || rect != Rect::new(0, 0, data.rect.width, data.rect.height) {
            let nil = Value::NIL;
            let inside = match item.previous.and_then(|node| node_at(s, node, &[0])) {
                Some(old) if old.data(s) == shown && old.content(s).is_identical(image) => old,
                _ => shown.build(s, nil, nil, image, nil, nil)?,
            };
            return self.finish(place, data, alloc::vec![inside.value()], nil);
        }
        let state = data.flags & (Flags::DISABLED | Flags::FOCUSABLE);
        let fill = faded(shown.fill, style.opacity);
        let data = NodeData { flags: shown.flags | state, rect: data.rect, fill, ..shown };
        self.finish(place, data, Vec::new(), image)
    }

    /// A surface keeps the picture it shows: the scene's own, else the previous one of the same id.
    fn emit_surface(&mut self, place: usize) -> Result<Node<'s>, OutOfMemory> {
        let s = self.s;
        let item = &self.list[place];
        let id = if item.style.id.is_nil() { item.style.value } else { item.style.id };
        let given = s.vector_iter(item.scene).find_map(|child| Node::of(s, child));
        let shown = match given {
            Some(node) => Some(node),
            None => self
                .previous_root
                .and_then(|root| find_surface(s, root, id).and_then(|path| node_at(s, root, &path)))
                .and_then(|surface| node_at(s, surface, &[0])),
        };
        let data = NodeData { kind: NodeKind::Surface, ..self.box_data(place) };
        self.finish(place, data, shown.iter().map(|node| node.value()).collect(), id)
    }

    fn push_scroll_bar(&mut self, place: usize, nodes: &mut Vec<Value<'s>>) -> Result<(), OutOfMemory> {
        let item = &self.list[place];
        let (inner, content) = (item.inner(), item.content_height);
        let left = inner.right() - crate::tree::SCROLL_BAR + 2;
        let Some(data) = scroll_bar(self.theme, inner, left, content, item.style.scroll[1].unwrap_or(0))
        else {
            return Ok(());
        };
        let nil = Value::NIL;
        self.stats.new_nodes += 1;
        nodes.push(data.build(self.s, nil, nil, nil, nil, nil)?.value());
        Ok(())
    }

    /// What an item's box is filled with.
    fn box_fill(&self, place: usize) -> Paint {
        let Item { style, tag, .. } = &self.list[place];
        match tag {
            Tag::Button => button_paint(self.theme, style).0,
            Tag::Input | Tag::TextArea => style.fill.unwrap_or(Paint::solid(self.theme.field)),
            _ => style.fill.unwrap_or(Paint::solid(0)),
        }
    }

    /// Fill, border, shadow and flags of an item's box.
    fn box_data(&self, place: usize) -> NodeData {
        let item = &self.list[place];
        let (style, theme, look) = (&item.style, self.theme, item.style.look);
        let fill = self.box_fill(place);
        let mut stroke = style.border_color.unwrap_or(if style.border() > 0 { theme.border } else { 0 });
        let mut stroke_width = style.border();
        match item.tag {
            Tag::Button => {
                stroke = button_paint(theme, style).1;
                stroke_width = style.border_width.unwrap_or(if look.focused { 2 } else { 1 });
            }
            Tag::Input | Tag::TextArea => {
                if look.invalid {
                    stroke = theme.danger;
                } else if look.focused {
                    stroke = style.border_color.unwrap_or(theme.accent);
                } else if look.disabled && style.border_color.is_none() {
                    stroke = theme.disabled_edge(stroke);
                }
            }
            // It takes no room: a theme moves nothing.
            tag if style.sunken && theme.is_stark() && (tag.has_items() || tag == Tag::Canvas) => {
                stroke = style.border_color.unwrap_or(theme.border);
                stroke_width = style.border_width.unwrap_or(1);
            }
            _ => {}
        }
        let (radius, mut flags) = (style.radius.unwrap_or(0) as u8, style.square);
        if style.clip.unwrap_or(matches!(item.tag, Tag::Scroll | Tag::Canvas | Tag::Input | Tag::TextArea)) {
            flags |= Flags::CLIP;
        }
        let clicks = || {
            let handlers = style.handlers;
            item.tag.has_items() && !handlers.is_nil() && self.s.map_get(handlers, self.on_click).is_some()
        };
        let takes_focus =
            matches!(item.tag, Tag::Button | Tag::Input | Tag::TextArea | Tag::Checkbox | Tag::Slider)
                || clicks();
        if look.disabled {
            flags |= Flags::DISABLED;
        } else if style.focusable.unwrap_or(takes_focus) {
            flags |= Flags::FOCUSABLE;
        }
        let mut data = NodeData {
            flags,
            radius,
            rect: kept_near(item.rect),
            fill: fill.start,
            fill_end: fill.end,
            stops: fill.stops().count() as u8,
            gradient: fill.way.within(item.rect.width, item.rect.height, false),
            stroke,
            stroke_width: stroke_width as u16,
            ..NodeData::default()
        };
        if let Some(shadow) = style.shadow {
            (data.shadow, data.shadow_blur, data.shadow_dy) = (shadow.color, shadow.blur, shadow.dy);
        }
        data
    }

    /// Makes the node, unless the previous one is equal.
    fn finish(
        &mut self,
        place: usize,
        mut data: NodeData,
        nodes: Vec<Value<'s>>,
        content: Value<'s>,
    ) -> Result<Node<'s>, OutOfMemory> {
        let s = self.s;
        let item = &self.list[place];
        let (key, handlers, scene) = (item.style.key, item.style.handlers, item.scene);
        if matches!(data.kind, NodeKind::Box | NodeKind::Surface) {
            data.set_opacity(item.style.opacity, !nodes.is_empty());
        }
        let fill = (data.stops > 0).then(|| self.box_fill(place));
        let stops = fill.as_ref().map_or(Stops::NONE, |fill| fill.stops());
        let old = item.previous.map_or(Value::NIL, |node| node.children(s));
        let children = shared_children(s, old, &nodes)?;
        if let Some(previous) = item.previous
            && previous.data(s) == data
            && previous.stops(s) == stops
            && previous.children(s).is_identical(children)
            && s.equal(previous.content(s), content)
            && s.equal(previous.key(s), key)
            && same_but_children(s, previous.scene(s), scene)
            && s.equal(previous.handlers(s), handlers)
        {
            self.stats.reused += 1;
            return Ok(previous);
        }
        let memo = if item.tag.has_items() || item.tag == Tag::Canvas || place == 0 {
            let mut memo = Memo { fingerprint: self.fingerprint, broken: item.broken, height: 1, count: 1 };
            for node in &nodes {
                let below = Node::of(s, *node).and_then(|node| Memo::of(s, node));
                memo.height = memo.height.max(1 + below.map_or(1, |memo| memo.height));
                memo.count += below.map_or(1, |memo| memo.count);
            }
            memo.write(s, &item.entries)?
        } else {
            Value::NIL
        };
        self.stats.new_nodes += 1;
        data.build_with(s, [key, children, content, scene, handlers, memo], stops)
    }
}

/// A rectangle that begins no farther away than anything may.
fn kept_near(rect: Rect) -> Rect {
    let near = |at: i32| at.clamp(-EXTENT_MAX, EXTENT_MAX);
    Rect { x: near(rect.x), y: near(rect.y), ..rect }
}

/// A vector of children that shares what it can with the previous one.
fn shared_children<'s>(s: Scope<'s>, old: Value<'s>, nodes: &[Value<'s>]) -> Result<Value<'s>, OutOfMemory> {
    if nodes.is_empty() {
        return Ok(Value::NIL);
    }
    if s.kind(old) == Kind::Vector && s.vector_count(old) == nodes.len() {
        let differing: Vec<usize> = s
            .vector_iter(old)
            .zip(nodes)
            .enumerate()
            .filter(|(_, (old, new))| !old.is_identical(**new))
            .map(|(index, _)| index)
            .collect();
        if differing.len() * 8 <= nodes.len() {
            let mut children = old;
            for index in differing {
                children = s.vector_assoc(children, index, nodes[index])?.unwrap_or(children);
            }
            return Ok(children);
        }
    }
    s.vector(nodes)
}

/// Whether two scenes differ in nothing but their children, which the caller has compared. Texts have no
/// children of their own and are compared whole.
fn same_but_children<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> bool {
    if a.is_identical(b) {
        return true;
    }
    if s.kind(a) != Kind::Vector || s.kind(b) != Kind::Vector {
        return s.equal(a, b);
    }
    let part = |scene: Value<'s>, index: usize| s.vector_get(scene, index).unwrap_or(Value::NIL);
    let styles = |scene: Value<'s>| Some(part(scene, 1)).filter(|map| s.kind(*map) == Kind::Map);
    part(a, 0).is_identical(part(b, 0))
        && match (styles(a), styles(b)) {
            (Some(a), Some(b)) => s.equal(a, b),
            (None, None) => true,
            _ => false,
        }
}
/// The bar of what is higher than its room, scrolled down by so much; nothing where all is seen, or where there is no room for one.
pub(crate) fn scroll_bar(theme: &Theme, room: Rect, left: i32, content: i32, down: i32) -> Option<NodeData> {
    if content <= room.height || room.height < 24 {
        return None;
    }
    let scale = |part: i32| (part as i64 * room.height as i64 / content as i64) as i32;
    let length = scale(room.height).max(16);
    let (travel, hidden) = ((room.height - length) as i64, content - room.height);
    let top = (travel * down.clamp(0, hidden) as i64 / hidden as i64) as i32;
    let rect = Rect::new(left, room.y + top, 5, length);
    Some(NodeData { radius: 2, rect, fill: faded(theme.muted, 150), ..NodeData::default() })
}
