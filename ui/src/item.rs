//! Scene nodes read into items: tag, checked styles, text, children.
//!
//! Enter at [`Items::read`] and [`Items::expand`]. Items are read when layout first looks at them: below a node
//! whose previous picture stands, none are made. A wrong scene becomes an error item in its place.

use crate::held::Held;
use crate::memo::{Entry, Memo, entries_of};
use crate::picture::{Node, Rect};
use crate::rich::Run;
use crate::style::{Align, Fit, Justify, Length, Problem, Style, describe, unknown};
use crate::tag::Tag;
use crate::text::{Lines, width_of};
use crate::theme::{Theme, mix};
use crate::words::Words;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// Levels of nodes; deeper ones are an error box. Bounds the stack that layout takes.
pub const DEPTH_MAX: usize = 200;

/// Nodes of one picture, taken over ones included; with more, the scene is one error box.
pub const NODES_MAX: usize = 100_000;

/// Scene nodes that one layout reads. Bounds its memory: an item takes half a kilobyte.
pub const ITEMS_MAX: usize = 20_000;

/// What one node holds, what is left out included; with more it is an error box. Bounds what looking at it takes.
pub const CHILDREN_MAX: usize = 20_000;

/// Bytes of a text that is put together of several; with more it is an error box.
const JOINED_BYTES_MAX: usize = 16 << 20;

/// A scene node while it is laid out.
pub(crate) struct Item<'s> {
    pub(crate) tag: Tag,
    pub(crate) scene: Value<'s>,
    pub(crate) style: Style<'s>,
    /// Of a text: its string; of an image: the image.
    pub(crate) text: Value<'s>,
    /// Of a rich text: its runs.
    pub(crate) runs: Vec<Run<'s>>,
    /// Of a text: pixels of its widest line, and its lines; of an image: pixels across and down.
    pub(crate) cells: (usize, usize),
    /// Whether it is a text that nothing but its content gives a size.
    pub(crate) plain: bool,
    pub(crate) parent: usize,
    pub(crate) depth: usize,
    /// Its place among its parent's children.
    pub(crate) index: usize,
    /// The node that most likely shows the same thing in the previous picture.
    pub(crate) previous: Option<Node<'s>>,
    /// What is held here and below.
    pub(crate) held: Held<'s>,
    /// Whether the previous node shows the very same scene: it stands when the size is the same.
    pub(crate) kept: bool,
    pub(crate) expanded: bool,
    /// The scenes of its children until these are read, unless it is kept.
    pub(crate) scenes: Option<Vec<Value<'s>>>,
    pub(crate) children: Vec<usize>,
    /// Whether it is, or holds, an error box.
    pub(crate) broken: bool,
    /// Whether it stands for a wrong scene.
    pub(crate) error: bool,
    pub(crate) entries: Vec<Entry>,
    pub(crate) grid: Option<Box<taffy::Style>>,
    /// Of a scroll: the height of what it shows.
    pub(crate) content_height: i32,
    /// What rounding has cut from earlier children's sizes along the main axis.
    pub(crate) remainder: f32,
    /// The result, relative to the parent.
    pub(crate) rect: Rect,
}

/// The items of one layout.
pub(crate) struct Items<'s, 't> {
    pub(crate) s: Scope<'s>,
    pub(crate) theme: &'t Theme,
    pub(crate) fingerprint: u32,
    pub(crate) words: Words,
    pub(crate) list: Vec<Item<'s>>,
    /// Nodes so far, those of kept subtrees included.
    pub(crate) count: usize,
    /// Set when the arena was exhausted inside a callback.
    pub(crate) out_of_memory: bool,
    pub(crate) previous_root: Option<Node<'s>>,
    pub(crate) held: Held<'s>,
    /// The keyword `:on-click`.
    pub(crate) on_click: Value<'s>,
    pub(crate) stats: crate::layout::LayoutStats,
}

impl<'s> Items<'s, '_> {
    /// Reads a scene node as a child of `parent` (of itself for the root).
    pub(crate) fn read(
        &mut self,
        scene: Value<'s>,
        parent: usize,
        index: usize,
        previous: Option<Node<'s>>,
    ) -> Result<usize, OutOfMemory> {
        let place = self.push(scene, parent, index, previous);
        match self.fill(place) {
            Ok(()) => {}
            Err(Problem::Memory) => return Err(OutOfMemory),
            Err(Problem::Scene(problem)) => self.set_error(place, &problem)?,
        }
        Ok(place)
    }

    fn push(&mut self, scene: Value<'s>, parent: usize, index: usize, previous: Option<Node<'s>>) -> usize {
        let place = self.list.len();
        let depth = if place == 0 { 0 } else { self.list[parent].depth + 1 };
        self.list.push(Item {
            tag: Tag::Text,
            scene,
            style: Style::default(),
            text: Value::NIL,
            runs: Vec::new(),
            cells: (0, 1),
            plain: false,
            parent,
            depth,
            index,
            previous,
            held: Held::NONE,
            kept: false,
            expanded: false,
            scenes: None,
            children: Vec::new(),
            broken: false,
            error: false,
            entries: Vec::new(),
            grid: None,
            content_height: 0,
            remainder: 0.0,
            rect: Rect::default(),
        });
        self.count += 1;
        place
    }

    /// Makes the error item of a child that was read in another way.
    pub(crate) fn read_error(
        &mut self,
        scene: Value<'s>,
        parent: usize,
        index: usize,
        problem: &str,
    ) -> Result<usize, OutOfMemory> {
        let place = self.push(scene, parent, index, None);
        self.set_error(place, problem)?;
        Ok(place)
    }

    fn fill(&mut self, place: usize) -> Result<(), Problem> {
        let (s, scene) = (self.s, self.list[place].scene);
        if self.list[place].depth >= DEPTH_MAX {
            return Err(Problem::Scene(format!("a scene is at most {DEPTH_MAX} nodes deep")));
        }
        if s.kind(scene) != Kind::Vector {
            let mut text = String::new();
            let text = match s.kind(scene) {
                Kind::String => scene,
                _ if push_plain(s, scene, &mut text) => s.string(&text)?,
                _ => return Err(Problem::Scene(format!("{} is no scene", describe(s, scene)))),
            };
            self.list[place].style.key = Value::NIL;
            return self.set_text(place, text);
        }
        let tag = self.read_tag(scene)?;
        self.list[place].tag = tag;
        if let Some(map) = styles_of(s, scene) {
            // Read in its place: a style is some hundred bytes.
            let Items { list, theme, words, .. } = self;
            let style = &mut list[place].style;
            if let Err(problem) = style.overlay(s, theme, words, map) {
                *style = Style::default();
                return Err(problem);
            }
        }
        self.set_held(place)?;
        if tag.is_shape() {
            return Err(Problem::Scene(format!(":{} belongs inside a :canvas", tag.name())));
        }
        if tag == Tag::Text {
            let text = self.joined(scene)?;
            return self.set_text(place, text);
        }
        if tag == Tag::Error {
            let problem = self.joined(scene)?;
            return Err(Problem::Scene(s.as_str(problem).unwrap_or("").to_string()));
        }
        if tag == Tag::Checkbox && self.list[place].style.label.is_nil() {
            self.list[place].style.label = self.joined(scene)?;
        }
        if tag == Tag::Image {
            self.set_image(place)?;
        }
        if tag == Tag::RichText {
            self.read_runs(place)?;
        }
        self.set_defaults(place);
        if tag == Tag::Grid {
            self.list[place].grid = Some(crate::grid::container_style(s, &self.list[place].style)?);
        }
        self.set_kept(place);
        if !self.list[place].kept && (tag.has_items() || tag == Tag::Canvas) {
            self.list[place].scenes = Some(children_of(s, scene)?);
        }
        Ok(())
    }

    /// The scenes of an item's children.
    pub(crate) fn take_scenes(&mut self, place: usize) -> Vec<Value<'s>> {
        let item = &mut self.list[place];
        // What is kept was no error before.
        item.scenes.take().unwrap_or_else(|| children_of(self.s, item.scene).unwrap_or_default())
    }

    /// Finds what is held here, and lets it override the styles of the scene.
    fn set_held(&mut self, place: usize) -> Result<(), Problem> {
        let (s, item) = (self.s, &self.list[place]);
        let outer = if place == 0 { self.held } else { self.list[item.parent].held };
        if outer.is_none() {
            return Ok(());
        }
        let held = if place == 0 { outer } else { outer.below(s, item.style.key, item.index) };
        let styles = held.styles(s);
        let item = &mut self.list[place];
        item.held = held;
        if s.kind(styles) == Kind::Map {
            item.style.overlay(s, self.theme, &self.words, styles)?;
        }
        Ok(())
    }

    /// The tag and the styles of a scene vector.
    pub(crate) fn read_head(&self, scene: Value<'s>) -> Result<(Tag, Style<'s>), Problem> {
        let tag = self.read_tag(scene)?;
        let style = match styles_of(self.s, scene) {
            Some(map) => Style::read(self.s, self.theme, &self.words, map)?,
            None => Style::default(),
        };
        Ok((tag, style))
    }

    /// The tag of a scene vector.
    fn read_tag(&self, scene: Value<'s>) -> Result<Tag, Problem> {
        let s = self.s;
        let head = s.vector_get(scene, 0).unwrap_or(Value::NIL);
        self.words.tag(s, head).ok_or_else(|| {
            Problem::Scene(match s.kind(head) {
                Kind::Keyword => unknown("tag", s.name(head).unwrap_or("?"), Tag::names()),
                Kind::Record => "a component was not called: its head is still a function".to_string(),
                _ => format!("a node begins with a tag such as :row, not with {}", describe(s, head)),
            })
        })
    }

    /// The texts and numbers of a node as one string.
    pub(crate) fn joined(&self, scene: Value<'s>) -> Result<Value<'s>, Problem> {
        let s = self.s;
        let mut text = String::new();
        let first = first_child(s, scene);
        if s.vector_count(scene) == first + 1
            && let Some(only) = s.vector_get(scene, first)
        {
            // What most texts are.
            match s.kind(only) {
                Kind::String => return Ok(only),
                Kind::Int if push_plain(s, only, &mut text) => return Ok(s.string(&text)?),
                _ => {}
            }
        }
        let children = children_of(s, scene)?;
        if let [only] = children[..]
            && s.kind(only) == Kind::String
        {
            return Ok(only);
        }
        for child in children {
            if !push_plain(s, child, &mut text) {
                return Err(Problem::Scene(format!(
                    "text is strings and numbers, not {}",
                    describe(s, child)
                )));
            }
            if text.len() > JOINED_BYTES_MAX {
                let most = JOINED_BYTES_MAX >> 20;
                return Err(Problem::Scene(format!("a text is put together of at most {most} MiB")));
            }
        }
        Ok(s.string(&text)?)
    }

    fn set_text(&mut self, place: usize, text: Value<'s>) -> Result<(), Problem> {
        let content = self.s.as_str(text).unwrap_or("");
        self.list[place].text = text;
        self.set_defaults(place);
        self.list[place].plain = self.list[place].style.is_plain();
        let font = self.list[place].style.font();
        // One line is by far the most common.
        self.list[place].cells = if content.as_bytes().contains(&b'\n') {
            let lines = Lines::of(content, None);
            (lines.width(content, font) as usize, lines.ranges.len())
        } else {
            (width_of(content, font) as usize, 1)
        };
        Ok(())
    }

    fn set_image(&mut self, place: usize) -> Result<(), Problem> {
        let s = self.s;
        let item = &mut self.list[place];
        let source = item.style.source;
        // What was decoded once need not be again.
        let known = item.previous.and_then(|node| crate::image::shown_by(s, node, source, &self.words));
        let image = match known {
            Some(image) => image,
            None => crate::image::image_of(s, source)?,
        };
        (item.text, item.cells) = (image.value(), (image.width, image.height));
        let style = &mut item.style;
        if style.fit != Fit::Fill && (style.width == Length::Auto || style.height == Length::Auto) {
            style.aspect = Some(image.width as f32 / image.height as f32);
        }
        Ok(())
    }

    /// Turns an item into the error box that names its place and its problem.
    fn set_error(&mut self, place: usize, problem: &str) -> Result<(), OutOfMemory> {
        let mut path: Vec<String> = Vec::new();
        let mut at = place;
        while at != 0 {
            let parent = self.list[at].parent;
            path.push(format!("{}[{}]", self.list[parent].tag.name(), self.list[at].index));
            at = parent;
        }
        path.reverse();
        // The near end of a deep path says most; what is too deep leaves little room.
        let levels = if path.len() < DEPTH_MAX { 6 } else { 1 };
        let shown = &path[path.len().saturating_sub(levels)..];
        let place_name =
            if shown.len() < path.len() { format!("... {}", shown.join(" ")) } else { shown.join(" ") };
        let message = match place_name.as_str() {
            "" => problem.to_string(),
            _ => format!("{place_name}: {problem}"),
        };
        let theme = self.theme;
        let text = self.s.string(&message)?;
        let item = &mut self.list[place];
        let place_in_parent = Style { x: item.style.x, y: item.style.y, ..Style::default() };
        item.tag = Tag::Text;
        item.style = Style {
            wrap: true,
            pad: Some([6, 8, 6, 8]),
            fill: Some(crate::color::Paint::solid(mix(theme.surface, theme.danger, 48))),
            border_color: Some(theme.danger),
            radius: Some(6),
            color: Some(theme.text),
            ..place_in_parent
        };
        item.error = true;
        item.plain = false;
        item.text = text;
        item.cells = (width_of(&message, item.style.font()) as usize, 1);
        item.children.clear();
        item.scenes = None;
        item.grid = None;
        item.kept = false;
        let mut at = place;
        loop {
            self.list[at].broken = true;
            if at == 0 {
                return Ok(());
            }
            at = self.list[at].parent;
        }
    }

    /// Whether the previous node shows the very same scene, and what it knows.
    fn set_kept(&mut self, place: usize) {
        let s = self.s;
        let item = &mut self.list[place];
        let Some(previous) = item.previous else { return };
        if !item.held.is_unchanged(s) {
            return;
        }
        if item.tag.is_control() {
            item.kept = previous.scene(s).is_identical(item.scene) || s.equal(previous.scene(s), item.scene);
            return;
        }
        if !previous.scene(s).is_identical(item.scene) {
            return;
        }
        let Some(memo) = Memo::of(s, previous) else { return };
        let fits =
            item.depth + memo.height as usize <= DEPTH_MAX && self.count + memo.count as usize <= NODES_MAX;
        if memo.broken || !fits || memo.fingerprint != self.fingerprint {
            return;
        }
        item.kept = true;
        item.entries = entries_of(s, previous);
        self.count += memo.count as usize - 1;
    }

    /// Makes the items of the children, each with its likely node in the previous picture.
    pub(crate) fn expand(&mut self, place: usize) -> Result<(), OutOfMemory> {
        if self.list[place].expanded || !self.list[place].tag.has_items() {
            return Ok(());
        }
        self.list[place].expanded = true;
        if self.is_too_large() {
            return Ok(());
        }
        let s = self.s;
        let (tag, previous) = (self.list[place].tag, self.list[place].previous);
        let mut scenes = self.take_scenes(place);
        if tag == Tag::Button && scenes.len() > 1 {
            let mut label = String::new();
            if scenes.iter().all(|child| push_plain(s, *child, &mut label)) {
                scenes = alloc::vec![s.string(&label)?];
            }
        }
        let previous = crate::matching::previous_children(s, previous, &scenes);
        let mut children = Vec::with_capacity(scenes.len());
        for (index, child) in scenes.into_iter().enumerate() {
            children.push(self.read(child, place, index, previous.get(index).copied().flatten())?);
            if self.is_too_large() {
                children.clear();
                break;
            }
        }
        self.list[place].children = children;
        Ok(())
    }

    /// Whether the layout has met more than it may; it then ends in one error box.
    pub(crate) fn is_too_large(&self) -> bool {
        self.count > NODES_MAX || self.list.len() > ITEMS_MAX
    }

    /// Fills in what the scene left open, by tag and by parent.
    fn set_defaults(&mut self, place: usize) {
        let theme = self.theme;
        let parent = &self.list[self.list[place].parent];
        let (parent_tag, parent_align) = (parent.tag, parent.style.align);
        let in_button = place != 0 && parent_tag == Tag::Button;
        let button_style = in_button.then_some(parent.style);
        let is_root = place == 0;
        let item = &mut self.list[place];
        let style = &mut item.style;
        match item.tag {
            Tag::Button => {
                // A label is only ever justified in a button that is wider than it.
                let wide = style.justify.is_some() && style.width == Length::Auto;
                if wide && parent_tag == Tag::Column && parent_align.is_none() {
                    style.align_self.get_or_insert(Align::Stretch);
                }
                style.pad.get_or_insert([7, 14, 7, 14]);
                style.radius.get_or_insert(8);
                style.gap.get_or_insert([8, 8]);
                style.align.get_or_insert(Align::Center);
                style.justify.get_or_insert(Justify::Center);
            }
            Tag::Spacer if style.width == Length::Auto && style.height == Length::Auto => {
                style.grow.get_or_insert(1.0);
            }
            Tag::Text => {
                if let Some(button) = button_style {
                    let color = crate::control::button_text(theme, &button);
                    style.color.get_or_insert(color);
                    style.font_px = style.font_px.or(button.font_px);
                    style.mono = style.mono.or(button.mono);
                    style.bold |= button.bold;
                }
                if style.min_width == Length::Auto && !is_root {
                    // Rather than push its neighbours out, a text is cut with dots.
                    style.min_width = Length::Px(0);
                }
            }
            Tag::Image => {
                // It shrinks rather than push its neighbours out.
                for length in [&mut style.min_width, &mut style.min_height] {
                    if *length == Length::Auto {
                        *length = Length::Px(0);
                    }
                }
            }
            Tag::Input | Tag::TextArea => {
                style.pad.get_or_insert([7, 10, 7, 10]);
                style.radius.get_or_insert(8);
                style.border_width.get_or_insert(1);
                if style.min_width == Length::Auto {
                    style.min_width = Length::Px(40);
                }
            }
            _ => {}
        }
        // What is cut off need not fit.
        if style.clip == Some(true) || item.tag == Tag::Scroll {
            for length in [&mut style.min_width, &mut style.min_height] {
                if *length == Length::Auto {
                    *length = Length::Px(0);
                }
            }
        }
        if is_root {
            return;
        }
        let (row, column) =
            (matches!(parent_tag, Tag::Row | Tag::Button), matches!(parent_tag, Tag::Column | Tag::Box));
        let fixed = (row && matches!(style.width, Length::Px(_)))
            || (column && matches!(style.height, Length::Px(_)));
        if fixed {
            style.shrink.get_or_insert(0.0);
        }
        if parent_align.is_none() && style.align_self.is_none() {
            let small = matches!(item.tag, Tag::Text | Tag::Button | Tag::Input | Tag::Image)
                || item.tag.is_control();
            if row && small && item.tag != Tag::TextArea {
                style.align_self = Some(Align::Center);
            } else if column && matches!(item.tag, Tag::Button | Tag::Checkbox | Tag::Image) {
                style.align_self = Some(Align::Start);
            }
        }
    }
}

/// The attribute map of a scene vector.
fn styles_of<'s>(s: Scope<'s>, scene: Value<'s>) -> Option<Value<'s>> {
    s.vector_get(scene, 1).filter(|second| s.kind(*second) == Kind::Map)
}

/// Where the children of a scene vector begin: behind the tag, and the styles.
fn first_child<'s>(s: Scope<'s>, scene: Value<'s>) -> usize {
    1 + styles_of(s, scene).is_some() as usize
}

/// The children of a scene vector: nested sequences spliced, nil and booleans left out. Wrong with more than
/// [`CHILDREN_MAX`] values, however they are nested.
pub(crate) fn children_of<'s>(s: Scope<'s>, scene: Value<'s>) -> Result<Vec<Value<'s>>, Problem> {
    let too_many = |count: &str| {
        let problem = format!("a node has at most {CHILDREN_MAX} children, and this one {count}");
        Err(Problem::Scene(problem))
    };
    let first = first_child(s, scene);
    let mut count = s.vector_count(scene).saturating_sub(first);
    if count > CHILDREN_MAX {
        return too_many(&count.to_string());
    }
    let mut children = Vec::with_capacity(count);
    for child in s.vector_iter(scene).skip(first) {
        if is_node_or_plain(s, child) {
            children.push(child);
            continue;
        }
        // Sequences within sequences: a stack of what is still to come, first on top.
        let mut rest = alloc::vec![child];
        while let Some(value) = rest.pop() {
            let from = rest.len();
            match s.kind(value) {
                Kind::Nil | Kind::Bool | Kind::EmptyList => {}
                Kind::Vector if !is_node_or_plain(s, value) => {
                    rest.extend(s.vector_iter(value).take(CHILDREN_MAX + 1));
                }
                Kind::Pair => rest.extend(s.list_iter(value).take(CHILDREN_MAX + 1)),
                _ => children.push(value),
            }
            rest[from..].reverse();
            count += rest.len() - from;
            if count > CHILDREN_MAX {
                return too_many("more");
            }
        }
    }
    Ok(children)
}

/// Whether a child stands for itself rather than for a sequence of children.
fn is_node_or_plain<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    match s.kind(value) {
        Kind::Nil | Kind::Bool | Kind::EmptyList | Kind::Pair => false,
        Kind::Vector => s.vector_get(value, 0).is_some_and(|head| {
            !matches!(
                s.kind(head),
                Kind::Vector
                    | Kind::Pair
                    | Kind::EmptyList
                    | Kind::Nil
                    | Kind::Bool
                    | Kind::String
                    | Kind::Int
                    | Kind::Float
            )
        }),
        _ => true,
    }
}

/// Appends a value that is text by itself; false for any other.
pub(crate) fn push_plain<'s>(s: Scope<'s>, value: Value<'s>, out: &mut String) -> bool {
    if let Some(text) = s.as_str(value) {
        out.push_str(text);
    } else if let Some(n) = s.as_int(value) {
        let _ = write!(out, "{n}");
    } else if let Some(f) = s.as_float(value) {
        let _ = write!(out, "{f:?}");
    } else if let Some(c) = value.as_char() {
        out.push(c);
    } else if let Some(name) = s.name(value) {
        if s.kind(value) == Kind::Keyword {
            out.push(':');
        }
        out.push_str(name);
    } else if let Some(b) = value.as_bool() {
        out.push_str(if b { "true" } else { "false" });
    } else {
        return false;
    }
    true
}
