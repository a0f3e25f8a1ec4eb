//! Transforms of a canvas's shapes: turned, scaled, moved.
//!
//! Enter at [`Transform::read`]. Composed as in SVG: of several steps the last one is done first.

use crate::path::Spot;
use crate::style::{items, number};
use alloc::string::{String, ToString};
use halt_heap::{Kind, Scope, Value};

/// An affine map [a b c d e f] as SVG's `matrix`: (x, y) comes to (a x + c y + e, b x + d y + f).
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Transform([f64; 6]);

impl Transform {
    pub(crate) const IDENTITY: Transform = Transform([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// Reads a step such as `[:rotate 30]`, several of them, or a matrix of six numbers; the error is what is taken instead.
    pub(crate) fn read<'s>(s: Scope<'s>, value: Value<'s>) -> Result<Transform, String> {
        let wanted = || "steps such as [:rotate 30], [:scale 2] and [:move 10 5], or six numbers".to_string();
        let parts = items(s, value).ok_or_else(wanted)?;
        if parts.iter().any(|part| s.kind(*part) == Kind::Vector) {
            let steps = parts.iter().map(|part| Transform::step(s, *part).ok_or_else(wanted));
            return steps.into_iter().try_fold(Transform::IDENTITY, |all, step| Ok(all.of(step?)));
        }
        Transform::step(s, value).ok_or_else(wanted)
    }

    fn step<'s>(s: Scope<'s>, value: Value<'s>) -> Option<Transform> {
        let parts = items(s, value)?;
        let named = parts.first().and_then(|head| s.name(*head).filter(|_| s.kind(*head) == Kind::Keyword));
        let mut n = [0.0; 6];
        let numbers = parts.get(named.is_some() as usize..)?;
        if numbers.len() > n.len() {
            return None;
        }
        for (place, part) in n.iter_mut().zip(numbers) {
            *place = number(s, *part)?.clamp(-1e6, 1e6);
        }
        let about = |x: f64, y: f64, map: Transform| shifted(x, y).of(map).of(shifted(-x, -y));
        Some(match (named, numbers.len()) {
            (Some("rotate"), 1 | 3) => {
                let (sin, cos) = libm::sincos(libm::fmod(n[0], 360.0).to_radians());
                about(n[1], n[2], Transform([cos, sin, -sin, cos, 0.0, 0.0]))
            }
            (Some("scale"), 1) => Transform([n[0], 0.0, 0.0, n[0], 0.0, 0.0]),
            (Some("scale"), 2) => Transform([n[0], 0.0, 0.0, n[1], 0.0, 0.0]),
            (Some("scale"), 4) => about(n[2], n[3], Transform([n[0], 0.0, 0.0, n[1], 0.0, 0.0])),
            (Some("move"), 2) => shifted(n[0], n[1]),
            (None, 6) => Transform(n),
            _ => return None,
        })
    }

    /// This map after another one.
    fn of(self, first: Transform) -> Transform {
        let ([a, b, c, d, ..], [p, q, r, t, u, v]) = (self.0, first.0);
        let (e, f) = self.at((u, v));
        Transform([a * p + c * q, b * p + d * q, a * r + c * t, b * r + d * t, e, f])
    }

    /// Where a place comes to.
    pub(crate) fn at(self, (x, y): Spot) -> Spot {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// A bound of how many times longer anything becomes.
    pub(crate) fn stretch(self) -> f64 {
        let [a, b, c, d, ..] = self.0;
        libm::sqrt(a * a + b * b + c * c + d * d)
    }
}

fn shifted(x: f64, y: f64) -> Transform {
    Transform([1.0, 0.0, 0.0, 1.0, x, y])
}
