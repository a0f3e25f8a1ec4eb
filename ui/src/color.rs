//! Colours of scenes: numbers, vectors, strings and names.
//!
//! Enter at [`read_color`] and [`read_paint`]. The error of both says what a colour is.

use crate::nearest::nearest;
use crate::picture::{Gradient, STOPS_MAX, Stops};
use crate::style::{Length, items, length, number};
use crate::theme::{COLOR_NAMES, Theme, faded};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use halt_heap::{Kind, Scope, Value};

/// A colour, or several with a gradient between them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Paint {
    pub(crate) start: u32,
    /// The gradient's end; 0 for one colour.
    pub(crate) end: u32,
    pub(crate) way: Way,
    /// The colours of a gradient that is not told by its ends alone, packed as those of [`Stops`], the first `count` of them.
    stops: [u64; STOPS_MAX],
    count: u8,
}

/// How a gradient runs, before it is known how large what it fills is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Way {
    /// Degrees clockwise from upwards.
    Along(u16),
    /// From a centre outwards; `Auto` is the middle, and a radius up to the farthest corner.
    Outwards { x: Length, y: Length, radius: Length },
}

impl Paint {
    pub(crate) const fn solid(color: u32) -> Paint {
        Paint::down(color, 0)
    }

    pub(crate) const fn down(start: u32, end: u32) -> Paint {
        Paint { start, end, way: Way::DOWN, stops: [0; STOPS_MAX], count: 0 }
    }

    /// Of colours at places in 1/65536 of a way, of which there are some, and no more than a gradient may have.
    fn along(way: Way, colors: &[(u32, u32)]) -> Paint {
        let [(first, start), .., (last, end)] = *colors else {
            return Paint::solid(colors.first().map_or(0, |it| it.1));
        };
        let paint = Paint { way, ..Paint::down(start, end) };
        if colors.iter().all(|(_, color)| color >> 24 == 0) {
            return Paint::solid(0);
        }
        // An end of 0 would be none.
        if colors.len() == 2 && (first, last) == (0, 65_536) && end != 0 {
            return paint;
        }
        let mut stops = [0; STOPS_MAX];
        stops.iter_mut().zip(colors).for_each(|(stop, (at, color))| *stop = Stops::pack(*at, *color));
        Paint { stops, count: colors.len() as u8, ..paint }
    }

    /// What its ends do not tell.
    pub(crate) fn stops(&self) -> Stops<'_> {
        Stops::of(&self.stops[..self.count as usize])
    }

    /// The paint with other colours. One that is a single colour stays one.
    pub(crate) fn map(mut self, color: impl Fn(u32) -> u32) -> Paint {
        self.start = color(self.start);
        if self.end != 0 || self.count > 0 {
            self.end = color(self.end);
        }
        for stop in &mut self.stops[..self.count as usize] {
            *stop = Stops::pack((*stop >> 32) as u32, color(*stop as u32));
        }
        self
    }

    /// The gradient the other way round.
    pub(crate) fn reversed(mut self) -> Paint {
        if self.end == 0 && self.count == 0 {
            return self;
        }
        (self.start, self.end) = (self.end, self.start);
        let stops = &mut self.stops[..self.count as usize];
        stops.reverse();
        stops.iter_mut().for_each(|stop| *stop = Stops::pack(65_536 - (*stop >> 32) as u32, *stop as u32));
        self
    }
}

impl Way {
    const DOWN: Way = Way::Along(180);

    /// The gradient of what is so large; an ellipse ends at its sides.
    pub(crate) fn within(self, width: i32, height: i32, is_ellipse: bool) -> Gradient {
        let (x, y, radius) = match self {
            Way::Along(degrees) => return Gradient::Linear(degrees),
            Way::Outwards { x, y, radius } => (x, y, radius),
        };
        let place = |at: Length, size: i32| match at {
            Length::Auto => size as f64,
            Length::Px(px) => 2.0 * px as f64,
            Length::Share(share) => 2.0 * share as f64 * size as f64,
        };
        let (x, y) = (place(x, width), place(y, height));
        let far = |at: f64, size: i32| at.max(2.0 * size as f64 - at);
        let (across, down) = (far(x, width), far(y, height));
        let farthest = if is_ellipse { across.max(down) } else { libm::hypot(across, down) };
        let radius = match radius {
            Length::Auto => farthest,
            Length::Px(px) => 2.0 * px as f64,
            Length::Share(share) => farthest * share as f64,
        };
        // Casts of floats saturate.
        Gradient::Radial { x: x as i16, y: y as i16, radius: radius as u16 }
    }
}

/// `0xRRGGBB`, `[r g b]`, `[r g b a]`, `"#rrggbb"`, a name of the theme or `[name alpha]`, as 0xAARRGGBB.
pub(crate) fn read_color<'s>(s: Scope<'s>, theme: &Theme, value: Value<'s>) -> Result<u32, String> {
    let wanted = || "a colour: 0xRRGGBB, [r g b], \"#rrggbb\" or a name such as :accent".to_string();
    if let Some(n) = s.as_int(value) {
        return match n {
            0..=0xFF_FFFF => Ok(0xFF00_0000 | n as u32),
            0x100_0000..=0xFFFF_FFFF => Ok(n as u32),
            _ => Err(wanted()),
        };
    }
    match s.kind(value) {
        Kind::Keyword => {
            let name = s.name(value).unwrap_or("");
            theme.color(name).ok_or_else(|| match nearest(name, COLOR_NAMES.into_iter()) {
                Some(meant) => format!("{} (:{meant}, perhaps?)", wanted()),
                None => wanted(),
            })
        }
        Kind::String => s.as_str(value).and_then(from_hex).ok_or_else(wanted),
        Kind::Vector | Kind::Pair => match items(s, value).as_deref() {
            Some([name, alpha]) if s.kind(*name) == Kind::Keyword => {
                let alpha = alpha_of(s, *alpha).ok_or_else(wanted)?;
                Ok(faded(read_color(s, theme, *name)?, alpha))
            }
            _ => from_parts(s, value).ok_or_else(wanted),
        },
        _ => Err(wanted()),
    }
}

/// A colour, `[:gradient from to way]` or `[:gradient {:stops [...]} way]`.
pub(crate) fn read_paint<'s>(s: Scope<'s>, theme: &Theme, value: Value<'s>) -> Result<Paint, String> {
    let parts = items(s, value).unwrap_or_default();
    if parts.first().is_none_or(|head| s.name(*head) != Some("gradient")) {
        return read_color(s, theme, value).map(Paint::solid);
    }
    let wanted = || "[:gradient from to way], with a way such as :down, 45 or :radial".to_string();
    let (way, colors) = match parts[1..] {
        [map, ref way @ ..] if s.kind(map) == Kind::Map && way.len() < 2 => {
            let stops = s.map_get(map, s.keyword("stops")).filter(|_| s.map_count(map) == 1);
            (way.first().copied(), read_stops(s, theme, stops.ok_or_else(stops_wanted)?)?)
        }
        [from, to, ref way @ ..] if way.len() < 2 => {
            let ends = [(0, read_color(s, theme, from)?), (65_536, read_color(s, theme, to)?)];
            (way.first().copied(), Vec::from(ends))
        }
        _ => return Err(wanted()),
    };
    let way = way.map_or(Some(Way::DOWN), |way| read_way(s, way)).ok_or_else(wanted)?;
    Ok(Paint::along(way, &colors))
}

fn stops_wanted() -> String {
    format!(
        "{{:stops [[0 :red] [0.5 :white] [1 :blue]]}} in a gradient: 2 to {STOPS_MAX} colours, all with or all without a place from 0 to 1, in order"
    )
}

/// The places, in 1/65536 of the way, and the colours of `[[0 :red] [0.5 :white] [1 :blue]]`, or of `[:red :white :blue]`, which lie
/// evenly.
fn read_stops<'s>(s: Scope<'s>, theme: &Theme, value: Value<'s>) -> Result<Vec<(u32, u32)>, String> {
    let stops =
        items(s, value).filter(|stops| (2..=STOPS_MAX).contains(&stops.len())).ok_or_else(stops_wanted)?;
    let placed = |stop: Value<'s>| match items(s, stop)?[..] {
        // A colour of two parts begins with its name.
        [at, color] if s.name(at).is_none() => Some((at, color)),
        _ => None,
    };
    let are_placed = placed(stops[0]).is_some();
    let mut read: Vec<(u32, u32)> = Vec::with_capacity(stops.len());
    for (index, stop) in stops.iter().enumerate() {
        let (at, color) = match placed(*stop) {
            Some((at, color)) if are_placed => {
                let at = s.as_int(at).map(|at| at as f64).or_else(|| s.as_float(at));
                // Nothing that is not a number is within.
                let at = at.filter(|at| (0.0..=1.0).contains(at)).ok_or_else(stops_wanted)?;
                ((at * 65_536.0 + 0.5) as u32, color)
            }
            None if !are_placed => ((65_536 * index / (stops.len() - 1)) as u32, *stop),
            _ => return Err(stops_wanted()),
        };
        if read.last().is_some_and(|(before, _)| *before > at) {
            return Err(stops_wanted());
        }
        read.push((at, read_color(s, theme, color)?));
    }
    Ok(read)
}

/// `:up`, `:across`, `:down`, `:left`, degrees clockwise from upwards, `:radial` or `{:at [x y] :r radius}`.
fn read_way<'s>(s: Scope<'s>, value: Value<'s>) -> Option<Way> {
    if let Some(degrees) = number(s, value) {
        // Not a number, or infinite, is 0.
        let turn = libm::fmod(libm::round(degrees), 360.0);
        return Some(Way::Along((turn + if turn < 0.0 { 360.0 } else { 0.0 }) as u16));
    }
    let (mut x, mut y, mut radius) = (Length::Auto, Length::Auto, Length::Auto);
    if s.kind(value) == Kind::Map {
        for (key, part) in s.map_iter(value) {
            match s.name(key) {
                Some("at") => match items(s, part)?[..] {
                    [across, down] => (x, y) = (length(s, across)?, length(s, down)?),
                    _ => return None,
                },
                Some("r") => radius = length(s, part)?,
                _ => return None,
            }
        }
        return Some(Way::Outwards { x, y, radius });
    }
    match s.name(value).filter(|_| s.kind(value) == Kind::Keyword)? {
        "up" => Some(Way::Along(0)),
        "across" => Some(Way::Along(90)),
        "down" => Some(Way::DOWN),
        "left" => Some(Way::Along(270)),
        "radial" => Some(Way::Outwards { x, y, radius }),
        _ => None,
    }
}

fn from_hex(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('#')?;
    let n = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
    match digits.len() {
        3 => {
            let digit = |shift: u32| ((n >> shift) & 15) * 0x11;
            Some(0xFF00_0000 | digit(8) << 16 | digit(4) << 8 | digit(0))
        }
        6 => Some(0xFF00_0000 | n),
        8 => Some(n.rotate_right(8)),
        _ => None,
    }
}

/// An integer of 255, or a float that is a share: [255 0 0 0.5].
fn alpha_of<'s>(s: Scope<'s>, value: Value<'s>) -> Option<u32> {
    match s.as_float(value) {
        Some(share) => Some((share.clamp(0.0, 1.0) * 255.0) as u32),
        None => Some(s.as_int(value)?.clamp(0, 255) as u32),
    }
}

fn from_parts<'s>(s: Scope<'s>, value: Value<'s>) -> Option<u32> {
    let parts = items(s, value)?;
    if !(3..=4).contains(&parts.len()) {
        return None;
    }
    let channel = |part: Value<'s>| match s.as_int(part) {
        Some(n) => Some(n.clamp(0, 255) as u32),
        None => number(s, part).map(|f| f.clamp(0.0, 255.0) as u32),
    };
    let alpha = match parts.get(3) {
        Some(part) => alpha_of(s, *part)?,
        None => 255,
    };
    Some(alpha << 24 | channel(parts[0])? << 16 | channel(parts[1])? << 8 | channel(parts[2])?)
}
