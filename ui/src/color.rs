//! Colours of scenes: numbers, vectors, strings and names.
//!
//! Enter at [`read_color`] and [`read_paint`]. The error of both says what a colour is.

use crate::nearest::nearest;
use crate::style::{items, number};
use crate::theme::{COLOR_NAMES, Theme, faded};
use alloc::format;
use alloc::string::{String, ToString};
use halt_heap::{Kind, Scope, Value};

/// A colour, or two with a gradient between them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Paint {
    pub(crate) start: u32,
    /// The gradient's end; 0 for one colour.
    pub(crate) end: u32,
    pub(crate) across: bool,
}

impl Paint {
    pub(crate) const fn solid(color: u32) -> Paint {
        Paint { start: color, end: 0, across: false }
    }

    pub(crate) const fn down(start: u32, end: u32) -> Paint {
        Paint { start, end, across: false }
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

/// A colour or `[:gradient from to :down/:across]`.
pub(crate) fn read_paint<'s>(s: Scope<'s>, theme: &Theme, value: Value<'s>) -> Result<Paint, String> {
    let parts = items(s, value).unwrap_or_default();
    let is = |value: Value<'s>, name: &str| s.name(value) == Some(name);
    if !parts.first().is_some_and(|head| is(*head, "gradient")) {
        return read_color(s, theme, value).map(Paint::solid);
    }
    let across = match parts.get(3) {
        None => false,
        Some(way) if is(*way, "down") => false,
        Some(way) if is(*way, "across") => true,
        Some(_) => return Err("[:gradient from to :down] or :across".to_string()),
    };
    match parts.get(1..3) {
        Some([from, to]) => {
            Ok(Paint { start: read_color(s, theme, *from)?, end: read_color(s, theme, *to)?, across })
        }
        _ => Err("[:gradient from to :down] or :across".to_string()),
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
