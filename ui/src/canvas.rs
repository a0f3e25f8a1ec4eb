//! A canvas: shapes at places of their own, past the layout algorithms.
//!
//! Enter at [`Items::shapes`]. A shape whose scene is the same value stays the same node. Other nodes in a
//! canvas lie at their `:x` and `:y` as in a stack.

use crate::control::text_data;
use crate::dash::Dash;
use crate::item::Items;
use crate::matching::previous_children;
use crate::memo::Memo;
use crate::path::{Outline, Path, Spot};
use crate::picture::{Flags, Node, NodeData, NodeKind, Rect, Stops};
use crate::stroke::{Cap, Pen};
use crate::style::{EXTENT_MAX, Length, Problem, Style};
use crate::tag::Tag;
use alloc::string::ToString;
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Scope, Value};

impl<'s> Items<'s, '_> {
    /// The nodes of a canvas's children.
    pub(crate) fn shapes(&mut self, place: usize) -> Result<Vec<Value<'s>>, OutOfMemory> {
        let s = self.s;
        let previous = self.list[place].previous;
        // The text of an error box names its place, which may be another one now.
        let sound = previous.filter(|node| {
            Memo::of(s, *node).is_some_and(|memo| !memo.broken && memo.fingerprint == self.fingerprint)
        });
        let scenes = self.take_scenes(place);
        let olds = previous_children(s, sound, &scenes);
        let mut nodes = Vec::with_capacity(scenes.len());
        for (index, shape) in scenes.iter().enumerate() {
            let old = olds.get(index).copied().flatten();
            let direct = self.is_direct(*shape);
            if direct
                && let Some(old) = old
                && old.scene(s).is_identical(*shape)
            {
                self.stats.reused += 1;
                nodes.push(old.value());
                continue;
            }
            let node = if direct {
                match self.shape(*shape, old) {
                    Ok(node) => node,
                    Err(Problem::Memory) => return Err(OutOfMemory),
                    Err(Problem::Scene(problem)) => {
                        let error = self.read_error(*shape, place, index, &problem)?;
                        self.free_child(place, error)?
                    }
                }
            } else {
                let child = self.read(*shape, place, index, old)?;
                self.free_child(place, child)?
            };
            nodes.push(node.value());
            if self.is_too_large() {
                break;
            }
        }
        Ok(nodes)
    }

    /// Whether a child is made without an item.
    fn is_direct(&self, scene: Value<'s>) -> bool {
        let s = self.s;
        s.kind(scene) == Kind::Vector
            && s.vector_get(scene, 0)
                .and_then(|head| self.words.tag(s, head))
                .is_some_and(|tag| tag.is_shape() || tag == Tag::Text)
    }

    /// Lays out and emits a child that is no shape.
    fn free_child(&mut self, place: usize, child: usize) -> Result<Node<'s>, OutOfMemory> {
        let inner = self.list[place].inner();
        let size = self.natural_size(child, inner.width, inner.height, None);
        self.place(child, size.width as i32, size.height as i32);
        let item = &mut self.list[child];
        (item.rect.x, item.rect.y) = (item.style.x, item.style.y);
        self.emit(child)
    }

    fn shape(&mut self, scene: Value<'s>, old: Option<Node<'s>>) -> Result<Node<'s>, Problem> {
        let s = self.s;
        let (tag, style) = self.read_head(scene)?;
        self.count += 1;
        let (data, content) = if tag == Tag::Text {
            if style.transform.is_some() {
                return Err(Problem::Scene("a :text has a place and a size, and no :transform".to_string()));
            }
            let text = self.joined(scene)?;
            let shown = s.as_str(text).unwrap_or("");
            let clean = crate::text::shown(shown, style.font(), i32::MAX, false);
            let content = match &clean {
                Some(clean) => s.string(clean)?,
                None => text,
            };
            let color = style.color.or(style.fill.map(|paint| paint.start)).unwrap_or(self.theme.text);
            let shown = clean.as_deref().unwrap_or(shown);
            let mut data = text_data(style.font(), shown, style.x, style.y, color);
            data.set_opacity(style.opacity, false);
            data.rect.x += match style.align {
                Some(crate::style::Align::Center) => -data.rect.width / 2,
                Some(crate::style::Align::End) => -data.rect.width,
                _ => 0,
            };
            (data, content)
        } else if tag.is_path() || style.transform.is_some() || !style.dash.is_nil() {
            self.path(tag, &style, scene, old)?
        } else {
            (shape_data(tag, &style, self.theme.text), Value::NIL)
        };
        if let Some(old) = old
            && old.data(s) == data
            && s.equal(old.scene(s), scene)
            && s.equal(old.content(s), content)
        {
            self.stats.reused += 1;
            return Ok(old);
        }
        self.stats.new_nodes += 1;
        let stops = style.fill.as_ref().filter(|_| data.stops > 0).map_or(Stops::NONE, |fill| fill.stops());
        Ok(data.build_with(s, [style.key, Value::NIL, content, scene, style.handlers, Value::NIL], stops)?)
    }
}

impl<'s> Items<'s, '_> {
    /// The data and the content of a path, or of another shape with a transform or dashes; those of the old one where the scene is
    /// equal.
    fn path(
        &self,
        tag: Tag,
        style: &Style<'s>,
        scene: Value<'s>,
        old: Option<Node<'s>>,
    ) -> Result<(NodeData, Value<'s>), Problem> {
        let s = self.s;
        if let Some(old) = old.filter(|old| s.equal(old.scene(s), scene)) {
            return Ok((old.data(s), old.content(s)));
        }
        let mut data = shape_data(tag, style, self.theme.text);
        if tag == Tag::Line {
            (data.stroke, data.fill) = (data.fill, 0);
        }
        let open = matches!(tag, Tag::Polyline | Tag::Arc);
        if open && !data.fills() && style.border_color.is_none() {
            data.stroke = style.color.unwrap_or(self.theme.text);
            data.stroke_width = style.border_width.unwrap_or(1).max(0) as u16;
        }
        let dash = Dash::read(s, style.dash, style.dash_offset);
        let cap = if tag == Tag::Line && dash.is_none() { Cap::Round } else { style.cap };
        let pen = Pen { width: data.border() as f64, cap, join: style.join };
        let (dx, dy) = match tag.is_path() && tag != Tag::Arc {
            true => (style.x as f64, style.y as f64),
            false => (0.0, 0.0),
        };
        let placed = |(x, y): Spot| {
            let spot = (x + dx, y + dy);
            style.transform.map_or(spot, |transform| transform.at(spot))
        };
        let place = |mut polygons: Vec<Vec<Spot>>| {
            polygons.iter_mut().flatten().for_each(|spot| *spot = placed(*spot));
            polygons
        };
        let (mut fill, mut stroke) = (Vec::new(), Vec::new());
        let edge = outline(s, tag, style, &data, (pen.width, 0.0))?;
        if data.fills() {
            let wedge = tag == Tag::Arc && pen.width > 0.0;
            fill = place(match wedge {
                true => outline(s, tag, style, &data, (0.0, 0.0))?.polygons(),
                false => edge.polygons(),
            });
        }
        if pen.width > 0.0 {
            stroke = place(match (tag, &dash) {
                (Tag::Rect | Tag::Circle | Tag::Ellipse, Some(dash)) => {
                    // Along the middle of the border, which may be wider than there is room for.
                    let width = pen.width.min(data.rect.width.min(data.rect.height).max(0).into());
                    let middle = outline(s, tag, style, &data, (width, width / 2.0))?;
                    middle.dashed(dash, cap != Cap::Butt)?.stroked(&Pen { width, ..pen })?
                }
                (_, Some(dash)) => edge.dashed(dash, cap != Cap::Butt)?.stroked(&pen)?,
                // The border of a box or an ellipse lies within it: what is around it, and a hole.
                (Tag::Rect | Tag::Circle | Tag::Ellipse, None) => {
                    let mut hole = outline(s, tag, style, &data, (pen.width, pen.width))?.polygons();
                    hole.iter_mut().for_each(|polygon| polygon.reverse());
                    [edge.polygons(), hole].concat()
                }
                _ => edge.stroked(&pen)?,
            });
        }
        let (path, rect) = Path::build(s, &fill, &stroke)?;
        (data.kind, data.rect, data.shadow) = (NodeKind::Path, rect, 0);
        if let Some(paint) = style.fill {
            data.gradient = paint.way.within(rect.width, rect.height, false);
        }
        data.set_opacity(style.opacity, false);
        Ok((data, path.value()))
    }
}

/// The outline of a shape, cut finely enough for a stroke of a width; of a box or an ellipse so far within.
fn outline<'s>(
    s: Scope<'s>,
    tag: Tag,
    style: &Style<'s>,
    data: &NodeData,
    (width, inset): (f64, f64),
) -> Result<Outline, Problem> {
    let stretch = style.transform.map_or(1.0, |transform| transform.stretch().max(1.0));
    let detail = (1.0 + width / 4.0) * stretch;
    let [left, top, right, bottom] =
        [data.rect.x, data.rect.y, data.rect.right(), data.rect.bottom()].map(f64::from);
    match tag {
        Tag::Path => Outline::read(s, style.outline, detail),
        Tag::Polygon | Tag::Polyline => Outline::of_points(s, style.outline, tag == Tag::Polygon),
        Tag::Line => {
            let [x1, y1, x2, y2] = style.ends.map(|end| end as f64 + 0.5);
            Ok(Outline::line_of((x1, y1), (x2, y2)))
        }
        Tag::Arc => {
            let [rx, ry] = style.radii.map(|radius| radius.unwrap_or(0) as f64);
            Outline::arc_of((style.x as f64, style.y as f64), (rx, ry), style.turn, width == 0.0, detail)
        }
        Tag::Circle | Tag::Ellipse => {
            let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
            let radii = (((right - left) / 2.0 - inset).max(0.0), ((bottom - top) / 2.0 - inset).max(0.0));
            Outline::arc_of(middle, radii, [0.0, 360.0], false, detail)
        }
        _ => {
            let square = |flag: u8| data.flags & flag != 0;
            let radius = |flag| if square(flag) { 0.0 } else { (data.radius as f64 - inset).max(0.0) };
            let radii = [radius(Flags::SQUARE_TOP), radius(Flags::SQUARE_BOTTOM)];
            let within = |from: f64, to: f64| {
                let half = ((to - from) / 2.0).max(0.0);
                (from + inset.min(half), to - inset.min(half))
            };
            let ((left, right), (top, bottom)) = (within(left, right), within(top, bottom));
            Outline::rect_of([left, top, right, bottom], radii, detail)
        }
    }
}

fn shape_data(tag: Tag, style: &Style<'_>, text: u32) -> NodeData {
    let px = |length: Length| if let Length::Px(px) = length { px } else { 0 };
    let (width, height) = (px(style.width), px(style.height));
    let [rx, ry] = style.radii;
    let fill = style.fill.unwrap_or(crate::color::Paint::solid(style.color.unwrap_or(0)));
    let round = |rx: i32, ry: i32| Rect::new(style.x - rx, style.y - ry, 2 * rx, 2 * ry);
    let mut data = NodeData {
        fill: fill.start,
        fill_end: fill.end,
        stops: fill.stops().count() as u8,
        flags: style.square,
        stroke: style.border_color.unwrap_or(0),
        stroke_width: style.border() as u16,
        radius: style.radius.unwrap_or(0) as u8,
        rect: Rect::new(style.x, style.y, width, height),
        ..NodeData::default()
    };
    if let Some(shadow) = style.shadow {
        (data.shadow, data.shadow_blur, data.shadow_dy) = (shadow.color, shadow.blur, shadow.dy);
    }
    match tag {
        Tag::Circle => {
            let r = rx.unwrap_or(width / 2);
            (data.kind, data.rect) = (NodeKind::Ellipse, round(r, r));
        }
        Tag::Ellipse => {
            data.kind = NodeKind::Ellipse;
            if let Some(rx) = rx {
                data.rect = round(rx, ry.unwrap_or(rx));
            }
        }
        Tag::Line => {
            let [x1, y1, x2, y2] = style.ends;
            let rising = (x2 > x1) != (y2 > y1);
            let color =
                style.border_color.or(style.fill.map(|fill| fill.start)).or(style.color).unwrap_or(text);
            data = NodeData {
                kind: NodeKind::Line,
                flags: if rising && x1 != x2 && y1 != y2 { Flags::RISING } else { 0 },
                rect: Rect::new(x1.min(x2), y1.min(y2), (x1 - x2).abs(), (y1 - y2).abs()),
                fill: color,
                stroke_width: style.border_width.unwrap_or(1).clamp(1, EXTENT_MAX) as u16,
                ..NodeData::default()
            };
        }
        _ => {}
    }
    if !tag.is_path() {
        data.gradient = fill.way.within(data.rect.width, data.rect.height, data.kind == NodeKind::Ellipse);
        data.set_opacity(style.opacity, false);
    }
    data
}
