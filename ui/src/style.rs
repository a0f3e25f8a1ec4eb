//! Styles: the attribute map of a scene node, read and checked.
//!
//! Enter at [`Style::read`]. Sizes and places are clamped to bounds within which sums of thousands cannot
//! overflow; a style of the wrong kind is a [`Problem`] that names it.

use crate::attribute::Attribute;
use crate::color::{Paint, read_color, read_paint};
use crate::dash::Dash;
use crate::font::{FONT_PX_DEFAULT, Font};
use crate::nearest::nearest;
use crate::picture::Flags;
use crate::stroke::{Cap, Join};
use crate::theme::Theme;
use crate::transform::Transform;
use crate::words::{StyleWord, Words};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// Places are within plus or minus this many pixels, sizes below it.
pub(crate) const EXTENT_MAX: i32 = 1 << 20;

/// Why a scene node cannot be laid out.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The scene is wrong; the text says how.
    Scene(String),
    /// The arena is exhausted.
    Memory,
}

impl From<OutOfMemory> for Problem {
    fn from(_: OutOfMemory) -> Problem {
        Problem::Memory
    }
}

/// A size along one axis.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) enum Length {
    #[default]
    Auto,
    Px(i32),
    /// A share of the parent, 1.0 for all of it.
    Share(f32),
}

/// Where children or text lie across an axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Align {
    Start,
    Center,
    End,
    Stretch,
}

/// How children share the rest of the main axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Justify {
    Start,
    Center,
    End,
    Between,
    Around,
    Evenly,
}

/// A soft shadow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shadow {
    pub(crate) color: u32,
    pub(crate) blur: u16,
    pub(crate) dy: i16,
}

/// What a control looks like right now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Look {
    pub(crate) hover: bool,
    pub(crate) pressed: bool,
    pub(crate) focused: bool,
    pub(crate) disabled: bool,
    pub(crate) primary: bool,
    pub(crate) checked: bool,
    pub(crate) invalid: bool,
}

/// How an image fills its box.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Fit {
    /// As large as it can be without being cut.
    #[default]
    Contain,
    /// As small as it can be without leaving any of the box.
    Cover,
    /// In whatever proportions the box has.
    Fill,
}

/// Top, right, bottom and left.
pub(crate) type Edges = [i32; 4];

/// The styles of one node; what was not given is `None`, `Auto` or nil.
#[derive(Clone, Copy)]
pub(crate) struct Style<'s> {
    pub(crate) width: Length,
    pub(crate) height: Length,
    pub(crate) min_width: Length,
    pub(crate) min_height: Length,
    pub(crate) max_width: Length,
    pub(crate) max_height: Length,
    pub(crate) margin: Edges,
    pub(crate) pad: Option<Edges>,
    pub(crate) gap: Option<[i32; 2]>,
    pub(crate) grow: Option<f32>,
    pub(crate) shrink: Option<f32>,
    pub(crate) align: Option<Align>,
    pub(crate) align_self: Option<Align>,
    pub(crate) justify: Option<Justify>,
    pub(crate) wrap: bool,
    pub(crate) bold: bool,
    pub(crate) underline: bool,
    /// Whether the text is of the monospaced face.
    pub(crate) mono: Option<bool>,
    pub(crate) clip: Option<bool>,
    pub(crate) focusable: Option<bool>,
    pub(crate) look: Look,
    pub(crate) fill: Option<Paint>,
    /// Whether the fill was named `:field`.
    pub(crate) sunken: bool,
    pub(crate) color: Option<u32>,
    pub(crate) border_color: Option<u32>,
    pub(crate) border_width: Option<i32>,
    pub(crate) radius: Option<i32>,
    /// The flags of corners that stay square.
    pub(crate) square: u8,
    pub(crate) shadow: Option<Shadow>,
    pub(crate) font_px: Option<i32>,
    pub(crate) opacity: u32,
    pub(crate) x: i32,
    pub(crate) y: i32,
    /// Ends of a line: x1, y1, x2, y2.
    pub(crate) ends: [i32; 4],
    /// Radii of a circle or an ellipse.
    pub(crate) radii: [Option<i32>; 2],
    /// Where an arc begins and ends, in degrees.
    pub(crate) turn: [f64; 2],
    pub(crate) transform: Option<Transform>,
    /// How far the content is moved, across and down; nothing where nobody says.
    pub(crate) scroll: [Option<i32>; 2],
    pub(crate) spans: [u16; 2],
    pub(crate) key: Value<'s>,
    pub(crate) id: Value<'s>,
    pub(crate) value: Value<'s>,
    pub(crate) min: Value<'s>,
    pub(crate) max: Value<'s>,
    pub(crate) label: Value<'s>,
    pub(crate) placeholder: Value<'s>,
    pub(crate) cursor: Value<'s>,
    pub(crate) anchor: Value<'s>,
    pub(crate) columns: Value<'s>,
    pub(crate) rows: Value<'s>,
    pub(crate) source: Value<'s>,
    pub(crate) fit: Fit,
    pub(crate) pixelated: bool,
    /// What a path or a polygon says.
    pub(crate) outline: Value<'s>,
    pub(crate) cap: Cap,
    pub(crate) join: Join,
    /// Lengths on and off, which can be read, or nil.
    pub(crate) dash: Value<'s>,
    pub(crate) dash_offset: f64,
    /// Width over height, where one follows from the other.
    pub(crate) aspect: Option<f32>,
    pub(crate) handlers: Value<'s>,
}

impl Default for Style<'_> {
    fn default() -> Self {
        let nil = Value::NIL;
        Style {
            width: Length::Auto,
            height: Length::Auto,
            min_width: Length::Auto,
            min_height: Length::Auto,
            max_width: Length::Auto,
            max_height: Length::Auto,
            margin: [0; 4],
            pad: None,
            gap: None,
            grow: None,
            shrink: None,
            align: None,
            align_self: None,
            justify: None,
            wrap: false,
            bold: false,
            underline: false,
            mono: None,
            clip: None,
            focusable: None,
            look: Look::default(),
            fill: None,
            sunken: false,
            color: None,
            border_color: None,
            border_width: None,
            radius: None,
            square: 0,
            shadow: None,
            font_px: None,
            opacity: 255,
            x: 0,
            y: 0,
            ends: [0; 4],
            radii: [None; 2],
            turn: [0.0, 360.0],
            transform: None,
            scroll: [None; 2],
            spans: [1; 2],
            key: nil,
            id: nil,
            value: nil,
            min: nil,
            max: nil,
            label: nil,
            placeholder: nil,
            cursor: nil,
            anchor: nil,
            columns: nil,
            rows: nil,
            source: nil,
            fit: Fit::default(),
            pixelated: false,
            outline: nil,
            cap: Cap::default(),
            join: Join::default(),
            dash: nil,
            dash_offset: 0.0,
            aspect: None,
            handlers: nil,
        }
    }
}

impl<'s> Style<'s> {
    /// Reads an attribute map; nil values count as absent.
    pub(crate) fn read(
        s: Scope<'s>,
        theme: &Theme,
        words: &Words,
        map: Value<'s>,
    ) -> Result<Style<'s>, Problem> {
        let mut style = Style::default();
        style.overlay(s, theme, words, map)?;
        Ok(style)
    }

    /// Sets what an attribute map says; nil values count as absent.
    pub(crate) fn overlay(
        &mut self,
        s: Scope<'s>,
        theme: &Theme,
        words: &Words,
        map: Value<'s>,
    ) -> Result<(), Problem> {
        let mut handlers: Vec<(Value<'s>, Value<'s>)> = Vec::new();
        let name = |key: Value<'s>| s.name(key).unwrap_or("?");
        for (key, value) in s.map_iter(map) {
            match words.style(s, key) {
                _ if value.is_nil() => {}
                StyleWord::Handler => handlers.push((key, value)),
                StyleWord::Known(attribute) => self.set(s, theme, attribute, value).map_err(|wanted| {
                    Problem::Scene(format!(":{} takes {wanted}, not {}", name(key), describe(s, value)))
                })?,
                StyleWord::Unknown => {
                    return Err(Problem::Scene(unknown("style", name(key), Attribute::names())));
                }
                StyleWord::Other => {
                    let key = describe(s, key);
                    return Err(Problem::Scene(format!("a style is named by a keyword, not by {key}")));
                }
            }
        }
        if !handlers.is_empty() {
            self.handlers = s.map(&handlers)?;
        }
        Ok(())
    }

    /// Sets one style; the error is what it takes instead.
    fn set(
        &mut self,
        s: Scope<'s>,
        theme: &Theme,
        attribute: Attribute,
        value: Value<'s>,
    ) -> Result<(), String> {
        use Attribute as A;
        let pixels = || pixels(s, value).ok_or_else(|| "a number of pixels".to_string());
        let length = || length(s, value).ok_or_else(|| "pixels or a share such as \"50%\"".to_string());
        let factor =
            || number(s, value).map(|n| n.clamp(0.0, 1e6) as f32).ok_or_else(|| "a number".to_string());
        let degrees = || number(s, value).ok_or_else(|| "degrees".to_string());
        let color = || read_color(s, theme, value);
        let flag = value.is_truthy();
        match attribute {
            A::W | A::Width => self.width = length()?,
            A::H | A::Height => self.height = length()?,
            A::MinWidth => self.min_width = length()?,
            A::MinHeight => self.min_height = length()?,
            A::MaxWidth => self.max_width = length()?,
            A::MaxHeight => self.max_height = length()?,
            A::Margin => self.margin = edges(s, value)?,
            A::Pad => self.pad = Some(edges(s, value)?.map(|edge| edge.max(0))),
            A::Gap => self.gap = Some(gaps(s, value)?),
            A::Grow => self.grow = Some(if value.as_bool() == Some(true) { 1.0 } else { factor()? }),
            A::Shrink => self.shrink = Some(factor()?),
            A::Align => self.align = Some(align(s, value)?),
            A::AlignSelf => self.align_self = Some(align(s, value)?),
            A::Justify => self.justify = Some(justify(s, value)?),
            A::Wrap => self.wrap = flag,
            A::Bold => self.bold = flag,
            A::Underline => self.underline = flag,
            A::Clip => self.clip = Some(flag),
            A::Focusable => self.focusable = Some(flag),
            A::Hover => self.look.hover = flag,
            A::Pressed => self.look.pressed = flag,
            A::Focused => self.look.focused = flag,
            A::Disabled => self.look.disabled = flag,
            A::Invalid => self.look.invalid = flag,
            A::Primary => self.look.primary = flag,
            A::Checked => self.look.checked = flag,
            A::Fill => {
                self.fill = Some(read_paint(s, theme, value)?);
                self.sunken = s.name(value) == Some("field");
            }
            A::Color => self.color = Some(color()?),
            A::Border => self.set_border(s, theme, value)?,
            A::BorderColor | A::Stroke => self.border_color = Some(color()?),
            A::BorderWidth | A::StrokeWidth => self.border_width = Some(pixels()?.clamp(0, 1000)),
            A::Radius => self.set_radius(s, value)?,
            A::Shadow => self.shadow = shadow(s, theme, value)?,
            A::Font => {
                self.mono = Some(one_of(s, value, &[("ui", false), ("mono", true)])?);
            }
            A::FontSize => self.font_px = Some(pixels()?),
            A::Opacity => {
                let opacity = number(s, value).ok_or_else(|| "a number from 0 to 1".to_string())?;
                self.opacity = (opacity.clamp(0.0, 1.0) * 255.0) as u32;
            }
            A::X => self.x = pixels()?,
            A::Y => self.y = pixels()?,
            A::X1 => self.ends[0] = pixels()?,
            A::Y1 => self.ends[1] = pixels()?,
            A::X2 => self.ends[2] = pixels()?,
            A::Y2 => self.ends[3] = pixels()?,
            A::R => self.radii = [Some(pixels()?.max(0)); 2],
            A::Rx => self.radii[0] = Some(pixels()?.max(0)),
            A::Ry => self.radii[1] = Some(pixels()?.max(0)),
            A::From => self.turn[0] = degrees()?,
            A::To => self.turn[1] = degrees()?,
            A::Transform => self.transform = Some(Transform::read(s, value)?),
            A::ScrollX => self.scroll[0] = Some(pixels()?),
            A::ScrollY => self.scroll[1] = Some(pixels()?),
            A::ColumnSpan => self.spans[0] = pixels()?.clamp(1, 1000) as u16,
            A::RowSpan => self.spans[1] = pixels()?.clamp(1, 1000) as u16,
            A::Key => self.key = value,
            A::Id => self.id = value,
            A::Value => self.value = value,
            A::Min => self.min = value,
            A::Max => self.max = value,
            A::Label => self.label = value,
            A::Placeholder => self.placeholder = value,
            A::Cursor => self.cursor = value,
            A::Anchor => self.anchor = value,
            A::Selection => {
                let ends: Vec<Value<'s>> = items(s, value).ok_or("[anchor cursor]")?;
                let [anchor, cursor] = ends[..] else { return Err("[anchor cursor]".to_string()) };
                (self.anchor, self.cursor) = (anchor, cursor);
            }
            A::Source => self.source = value,
            A::Smooth => self.pixelated = !flag,
            A::Fit => {
                let fits = [("contain", Fit::Contain), ("cover", Fit::Cover), ("fill", Fit::Fill)];
                self.fit = one_of(s, value, &fits)?;
            }
            A::D | A::Points => self.outline = value,
            A::Cap => {
                let caps = [("butt", Cap::Butt), ("round", Cap::Round), ("square", Cap::Square)];
                self.cap = one_of(s, value, &caps)?;
            }
            A::Join => {
                let joins = [("miter", Join::Miter), ("round", Join::Round), ("bevel", Join::Bevel)];
                self.join = one_of(s, value, &joins)?;
            }
            A::Dash => {
                let wanted = "1 to 16 lengths on and off such as [6 4], of 0 or more and not all 0";
                Dash::read(s, value, 0.0).ok_or(wanted)?;
                self.dash = value;
            }
            A::DashOffset => {
                self.dash_offset = number(s, value).ok_or("a number of pixels")?.clamp(-1e9, 1e9)
            }
            A::Columns => self.columns = value,
            A::Rows => self.rows = value,
            // Of meaning to who holds the pointer.
            A::Drag | A::Step | A::Tip => {}
        }
        Ok(())
    }

    fn set_radius(&mut self, s: Scope<'s>, value: Value<'s>) -> Result<(), String> {
        let wanted = || "a number of pixels, [top 0] or [0 bottom]".to_string();
        let both = |value| pixels(s, value).map(|radius| radius.clamp(0, 255));
        if let Some(radius) = both(value) {
            self.radius = Some(radius);
            return Ok(());
        }
        let [top, bottom] = items(s, value).ok_or_else(wanted)?[..] else { return Err(wanted()) };
        let (top, bottom) = (both(top).ok_or_else(wanted)?, both(bottom).ok_or_else(wanted)?);
        self.square = match (top, bottom) {
            (_, 0) => Flags::SQUARE_BOTTOM,
            (0, _) => Flags::SQUARE_TOP,
            _ if top == bottom => 0,
            _ => return Err(wanted()),
        };
        self.radius = Some(top.max(bottom));
        Ok(())
    }

    fn set_border(&mut self, s: Scope<'s>, theme: &Theme, value: Value<'s>) -> Result<(), String> {
        let wanted = || "{:color c :width px}, a colour or a width".to_string();
        match s.kind(value) {
            Kind::Map => {
                for (key, part) in s.map_iter(value) {
                    match s.name(key) {
                        Some("color") => self.border_color = Some(read_color(s, theme, part)?),
                        Some("width") => {
                            self.border_width = Some(pixels(s, part).ok_or_else(wanted)?.clamp(0, 1000))
                        }
                        _ => return Err(wanted()),
                    }
                }
            }
            // A small number is a width; a colour has more to it.
            Kind::Int if pixels(s, value).is_some_and(|n| n <= 64) => self.border_width = pixels(s, value),
            _ => self.border_color = Some(read_color(s, theme, value)?),
        }
        Ok(())
    }

    /// The font of the node's text.
    pub(crate) fn font(&self) -> Font {
        Font::new(self.font_px.unwrap_or(FONT_PX_DEFAULT), self.bold, self.mono.unwrap_or(false))
    }

    /// Width of the border as it is painted.
    pub(crate) fn border(&self) -> i32 {
        self.border_width.unwrap_or(if self.border_color.is_some() { 1 } else { 0 })
    }

    /// Whether nothing but its content says how large it is.
    pub(crate) fn is_plain(&self) -> bool {
        let open = |length: Length| matches!(length, Length::Auto | Length::Px(0));
        self.width == Length::Auto
            && self.height == Length::Auto
            && self.max_width == Length::Auto
            && self.max_height == Length::Auto
            && open(self.min_width)
            && open(self.min_height)
            && self.pad.is_none()
            && self.border() == 0
            && self.margin == [0; 4]
    }

    /// Whether its size depends on its parent's.
    pub(crate) fn has_share(&self) -> bool {
        [self.width, self.height, self.min_width, self.min_height, self.max_width, self.max_height]
            .iter()
            .any(|length| matches!(length, Length::Share(_)))
    }
}

/// A number of pixels; not a number is 0, the huge is clamped.
pub(crate) fn pixels<'s>(s: Scope<'s>, value: Value<'s>) -> Option<i32> {
    if let Some(n) = s.as_int(value) {
        return Some(n.clamp(-(EXTENT_MAX as i64), EXTENT_MAX as i64) as i32);
    }
    // Casts of floats saturate and take NaN for 0. Adding a half and flooring rounds the same way on both
    // sides of 0, so that motion across it is even.
    s.as_float(value).map(|f| libm::floor(f.clamp(-(EXTENT_MAX as f64), EXTENT_MAX as f64) + 0.5) as i32)
}

/// An integer or a float; not a number is 0.
pub(crate) fn number<'s>(s: Scope<'s>, value: Value<'s>) -> Option<f64> {
    let number = s.as_int(value).map(|n| n as f64).or_else(|| s.as_float(value))?;
    Some(if number.is_nan() { 0.0 } else { number })
}

/// The values of a vector or a list.
pub(crate) fn items<'s>(s: Scope<'s>, value: Value<'s>) -> Option<Vec<Value<'s>>> {
    match s.kind(value) {
        Kind::Vector => Some(s.vector_iter(value).collect()),
        Kind::Pair => Some(s.list_iter(value).collect()),
        Kind::EmptyList => Some(Vec::new()),
        _ => None,
    }
}

pub(crate) fn length<'s>(s: Scope<'s>, value: Value<'s>) -> Option<Length> {
    if let Some(text) = s.as_str(value) {
        let share: f32 = text.strip_suffix('%')?.trim().parse().ok()?;
        return Some(Length::Share(if share.is_nan() { 0.0 } else { share.clamp(0.0, 10_000.0) / 100.0 }));
    }
    match s.name(value).filter(|_| s.kind(value) == Kind::Keyword) {
        Some("auto") => Some(Length::Auto),
        Some("all") => Some(Length::Share(1.0)),
        Some(_) => None,
        None => pixels(s, value).map(|n| Length::Px(n.max(0))),
    }
}

fn edges<'s>(s: Scope<'s>, value: Value<'s>) -> Result<Edges, String> {
    let wanted = || "a number, [vertical horizontal] or [top right bottom left]".to_string();
    if let Some(all) = pixels(s, value) {
        return Ok([all; 4]);
    }
    let parts = items(s, value).ok_or_else(wanted)?;
    let parts: Option<Vec<i32>> = parts.into_iter().map(|part| pixels(s, part)).collect();
    match parts.as_deref() {
        Some([vertical, horizontal]) => Ok([*vertical, *horizontal, *vertical, *horizontal]),
        Some([top, right, bottom, left]) => Ok([*top, *right, *bottom, *left]),
        _ => Err(wanted()),
    }
}

fn gaps<'s>(s: Scope<'s>, value: Value<'s>) -> Result<[i32; 2], String> {
    let wanted = || "a number or [vertical horizontal]".to_string();
    if let Some(all) = pixels(s, value) {
        return Ok([all.max(0); 2]);
    }
    match items(s, value).ok_or_else(wanted)?[..] {
        [vertical, horizontal] => match (pixels(s, vertical), pixels(s, horizontal)) {
            (Some(vertical), Some(horizontal)) => Ok([vertical.max(0), horizontal.max(0)]),
            _ => Err(wanted()),
        },
        _ => Err(wanted()),
    }
}

fn keyword<'s>(s: Scope<'s>, value: Value<'s>) -> Option<&'static str> {
    s.name(value).filter(|_| s.kind(value) == Kind::Keyword)
}

/// What a keyword stands for; the error lists those there are.
fn one_of<'s, T: Copy>(s: Scope<'s>, value: Value<'s>, known: &[(&str, T)]) -> Result<T, String> {
    let name = keyword(s, value);
    let found = known.iter().find(|(known, _)| name == Some(*known));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let names: Vec<String> = known.iter().map(|(name, _)| format!(":{name}")).collect();
        let (last, others) = names.split_last().expect("there are some");
        format!("{} or {last}", others.join(", "))
    })
}

fn align<'s>(s: Scope<'s>, value: Value<'s>) -> Result<Align, String> {
    match keyword(s, value) {
        Some("start" | "left" | "top") => Ok(Align::Start),
        Some("center") => Ok(Align::Center),
        Some("end" | "right" | "bottom") => Ok(Align::End),
        Some("stretch") => Ok(Align::Stretch),
        _ => Err(":start, :center, :end or :stretch".to_string()),
    }
}

fn justify<'s>(s: Scope<'s>, value: Value<'s>) -> Result<Justify, String> {
    let known = [
        ("start", Justify::Start),
        ("center", Justify::Center),
        ("end", Justify::End),
        ("between", Justify::Between),
        ("around", Justify::Around),
        ("evenly", Justify::Evenly),
    ];
    one_of(s, value, &known)
}

fn shadow<'s>(s: Scope<'s>, theme: &Theme, value: Value<'s>) -> Result<Option<Shadow>, String> {
    let wanted = || "{:color c :blur px :dy px} or true".to_string();
    let mut shadow = Shadow { color: theme.shadow, blur: 16, dy: 6 };
    if let Some(on) = value.as_bool() {
        return Ok(on.then_some(shadow));
    }
    if s.kind(value) != Kind::Map {
        return Err(wanted());
    }
    for (key, part) in s.map_iter(value) {
        let size = pixels(s, part);
        match s.name(key) {
            Some("color") => shadow.color = read_color(s, theme, part)?,
            Some("blur") => shadow.blur = size.ok_or_else(wanted)?.clamp(0, 255) as u16,
            Some("dy") => shadow.dy = size.ok_or_else(wanted)?.clamp(-255, 255) as i16,
            _ => return Err(wanted()),
        }
    }
    Ok(Some(shadow))
}

/// `unknown tag :buton; did you mean :button?`
pub(crate) fn unknown<'a>(what: &str, name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let shown: String = name.chars().take(60).collect();
    match nearest(name, names) {
        Some(meant) => format!("unknown {what} :{shown}; did you mean :{meant}?"),
        None => format!("unknown {what} :{shown}"),
    }
}

/// A value in a few words.
pub(crate) fn describe<'s>(s: Scope<'s>, value: Value<'s>) -> String {
    if let Some(n) = s.as_int(value) {
        return n.to_string();
    }
    if let Some(f) = s.as_float(value) {
        return format!("{f:?}");
    }
    if let Some(text) = s.as_str(value) {
        let shown: String = text.chars().take(24).collect();
        let dots = if shown.len() < text.len() { "..." } else { "" };
        return format!("\"{shown}{dots}\"");
    }
    match s.kind(value) {
        Kind::Nil => "nil".to_string(),
        Kind::Bool => if value.is_truthy() { "true" } else { "false" }.to_string(),
        Kind::Char => value.as_char().map(|c| format!("\\{c}")).unwrap_or_default(),
        Kind::Keyword => format!(":{}", s.name(value).unwrap_or("?")),
        Kind::Symbol => format!("the symbol {}", s.name(value).unwrap_or("?")),
        Kind::Vector => "a vector".to_string(),
        Kind::Pair | Kind::EmptyList => "a list".to_string(),
        Kind::Map => "a map".to_string(),
        Kind::Set => "a set".to_string(),
        Kind::Atom => "an atom".to_string(),
        Kind::Record => "a function or record".to_string(),
        _ => "a value of another kind".to_string(),
    }
}
