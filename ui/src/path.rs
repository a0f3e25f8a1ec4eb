//! Paths: outlines of straight and curved pieces, as values that can be painted.
//!
//! Enter at [`Outline::read`], which reads what a scene says, and [`Path::of`]. A path in the heap is a record whose words are the
//! edges to be filled and then those of its stroke, each two words, in 1/256 pixels from the rectangle that holds them all.
//! Curves have become straight pieces, and a stroke the polygons that it covers, all running the same way (`stroke.rs`).
//!
//! Invariant: edges are in order of their upper ends, so that a painter need not look at what begins below.

use crate::dash::{DASHES_MAX, Dash};
use crate::picture::Rect;
use crate::stroke::{Pen, sides};
use crate::style::{EXTENT_MAX, Problem, items, number};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// The tag of paths among heap records.
pub const PATH_TAG: u16 = 0x103;

/// The most edges of a path, those of its stroke included.
pub const PATH_EDGES_MAX: usize = 1 << 16;

/// The most straight pieces that an outline becomes.
const PIECES_MAX: usize = PATH_EDGES_MAX / 4;

/// A place in pixels.
pub(crate) type Spot = (f64, f64);

/// An edge in 1/256 pixels, from one end to the other in the direction in which it runs.
pub type Edge = ((i32, i32), (i32, i32));

/// A path in the heap.
#[derive(Clone, Copy)]
pub struct Path<'s> {
    value: Value<'s>,
    words: &'s [u64],
}

impl<'s> Path<'s> {
    /// Takes a value for a path; `None` when it is none.
    pub fn of(s: Scope<'s>, value: Value<'s>) -> Option<Path<'s>> {
        let is_path = s.record_tag(value) == Some(PATH_TAG);
        is_path.then(|| Path { value, words: s.record_words(value) })
    }

    /// The path as a value.
    pub fn value(self) -> Value<'s> {
        self.value
    }

    /// The edges around what is filled, by their upper ends.
    pub fn fill(self) -> impl Iterator<Item = Edge> + 's {
        edges(&self.words[1..1 + 2 * self.words[0] as usize])
    }

    /// The edges around what the stroke covers, by their upper ends.
    pub fn stroke(self) -> impl Iterator<Item = Edge> + 's {
        edges(&self.words[1 + 2 * self.words[0] as usize..])
    }

    /// Whether a place in pixels from the top left of its rectangle is inside of the fill or on the stroke.
    pub fn contains(self, x: i32, y: i32) -> bool {
        let (x, y) = (256 * x as i64 + 128, 256 * y as i64 + 128);
        let winds = |edges: &mut dyn Iterator<Item = Edge>| {
            edges
                .map(|edge| if crossing(edge, y).is_some_and(|at| at <= x) { winding(edge) } else { 0 })
                .sum::<i32>()
                != 0
        };
        winds(&mut self.fill()) || winds(&mut self.stroke())
    }

    /// A path of polygons in pixels, those to be filled and those of a stroke, and the rectangle that holds it.
    pub fn build(
        s: Scope<'s>,
        fill: &[Vec<Spot>],
        stroke: &[Vec<Spot>],
    ) -> Result<(Path<'s>, Rect), OutOfMemory> {
        let extent = EXTENT_MAX as f64;
        let unit = |at: f64| libm::round(at.clamp(-extent, extent) * 256.0) as i32;
        let all = || fill.iter().chain(stroke).flatten().map(|(x, y)| (unit(*x), unit(*y)));
        let first = all().next().unwrap_or((0, 0));
        let (left, top, right, bottom) = all()
            .fold((first.0, first.1, first.0, first.1), |(l, t, r, b), (x, y)| {
                (l.min(x), t.min(y), r.max(x), b.max(y))
            });
        let (x, y) = (left >> 8, top >> 8);
        let rect = Rect::new(x, y, ((right + 255) >> 8) - x, ((bottom + 255) >> 8) - y);
        let mut words = alloc::vec![0];
        for (part, polygons) in [fill, stroke].into_iter().enumerate() {
            let mut edges: Vec<Edge> = Vec::new();
            for polygon in polygons {
                let place = |(px, py): Spot| (unit(px) - 256 * x, unit(py) - 256 * y);
                let pairs = sides(polygon).map(|(a, b)| (place(a), place(b)));
                edges.extend(pairs.filter(|(a, b)| a.1 != b.1));
            }
            edges.sort_by_key(|(a, b)| a.1.min(b.1));
            if part == 0 {
                words[0] = edges.len() as u64;
            }
            let word = |(x, y): (i32, i32)| x as u32 as u64 | (y as u32 as u64) << 32;
            words.extend(edges.iter().flat_map(|(a, b)| [word(*a), word(*b)]));
        }
        let value = s.record(PATH_TAG, &[], &words)?;
        Ok((Path { value, words: s.record_words(value) }, rect))
    }

    /// The path with every place scaled by a fraction.
    pub(crate) fn scaled(self, s: Scope<'s>, to: i32, from: i32) -> Result<Path<'s>, OutOfMemory> {
        let of = |part: u64| (part as u32 as i32 as i64 * to as i64).div_euclid(from as i64) as u32 as u64;
        let word = |word: &u64| of(*word) | of(word >> 32) << 32;
        let words: Vec<u64> =
            self.words[..1].iter().copied().chain(self.words[1..].iter().map(word)).collect();
        let value = s.record(PATH_TAG, &[], &words)?;
        Ok(Path { value, words: s.record_words(value) })
    }
}

fn edges(words: &[u64]) -> impl Iterator<Item = Edge> + '_ {
    let place = |word: u64| (word as u32 as i32, (word >> 32) as u32 as i32);
    words.as_chunks::<2>().0.iter().map(move |[a, b]| (place(*a), place(*b)))
}

/// What an edge adds to how often the outline winds around what lies to its right.
#[inline]
pub fn winding(edge: Edge) -> i32 {
    if edge.0.1 < edge.1.1 { 1 } else { -1 }
}

/// Where an edge crosses a row, in 1/256 pixels, if it does. Edges hold their upper end, not their lower one.
#[inline]
pub fn crossing((a, b): Edge, y: i64) -> Option<i64> {
    let (top, bottom) = if a.1 < b.1 { (a, b) } else { (b, a) };
    let (x0, y0, x1, y1) = (top.0 as i64, top.1 as i64, bottom.0 as i64, bottom.1 as i64);
    (y0 <= y && y < y1).then(|| x0 + ((y - y0) * (x1 - x0)).div_euclid(y1 - y0))
}

/// A run of straight pieces.
#[derive(Clone, Default, Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) spots: Vec<Spot>,
    pub(crate) closed: bool,
}

/// An outline: what a path says, its curves made straight.
#[derive(Default, Debug)]
pub(crate) struct Outline {
    pub(crate) runs: Vec<Run>,
    pieces: usize,
    /// How much finer curves are cut, because a stroke makes their outer side larger.
    detail: f64,
}

/// A part of what a path says.
#[derive(Clone, Copy, Debug)]
enum Word {
    Command(u8),
    Number(f64),
}

fn problem(text: impl Into<String>) -> Problem {
    Problem::Scene(text.into())
}

impl Outline {
    /// Reads `:d`: the text of an SVG path, or a vector of the same letters, as keywords, and numbers. `detail` is how many times
    /// finer than a fill in its own size curves are cut, for a stroke or a scale that makes them larger.
    pub(crate) fn read<'s>(s: Scope<'s>, value: Value<'s>, detail: f64) -> Result<Outline, Problem> {
        let mut words = Vec::new();
        match s.as_str(value) {
            Some(text) => words_of_text(text, &mut words)?,
            None if s.kind(value) == Kind::Vector => words_of_vector(s, value, 0, &mut words)?,
            None => return Err(problem("a :path needs a :d such as \"M 0 0 L 20 10 Z\"")),
        }
        Outline::of_words(&words, detail)
    }

    fn of_words(words: &[Word], detail: f64) -> Result<Outline, Problem> {
        let mut outline = Outline { detail, ..Outline::default() };
        outline.follow(words)?;
        Ok(outline)
    }

    /// The part of an ellipse between two angles, in degrees clockwise from upwards; `wedge` closes it by way of the centre. A
    /// whole turn is closed by itself.
    pub(crate) fn arc_of(
        (x, y): Spot,
        (rx, ry): Spot,
        [from, to]: [f64; 2],
        wedge: bool,
        detail: f64,
    ) -> Result<Outline, Problem> {
        let sweep = (to - from).clamp(-360.0, 360.0);
        let whole = sweep.abs() == 360.0;
        let spot = |share: f64| {
            let (sin, cos) = libm::sincos(libm::fmod(from + sweep * share, 360.0).to_radians());
            [Word::Number(x + rx * sin), Word::Number(y - ry * cos)]
        };
        let mut words = Vec::new();
        if wedge && !whole {
            words.extend([Word::Command(b'M'), Word::Number(x), Word::Number(y), Word::Command(b'L')]);
        } else {
            words.push(Word::Command(b'M'));
        }
        words.extend(spot(0.0));
        // By thirds: an arc of SVG's says neither a whole turn nor, surely, a half one.
        let clockwise = if sweep > 0.0 { 1.0 } else { 0.0 };
        for third in 1..=3 {
            words.push(Word::Command(b'A'));
            words.extend([rx, ry, 0.0, 0.0, clockwise].map(Word::Number));
            words.extend(spot(third as f64 / 3.0));
        }
        if wedge || whole {
            words.push(Word::Command(b'Z'));
        }
        Outline::of_words(&words, detail)
    }

    /// A rectangle from its corners, with radii of the upper corners and of the lower ones.
    pub(crate) fn rect_of(
        [left, top, right, bottom]: [f64; 4],
        radii: [f64; 2],
        detail: f64,
    ) -> Result<Outline, Problem> {
        let most = ((right - left).min(bottom - top) / 2.0).max(0.0);
        let [upper, lower] = radii.map(|radius| radius.clamp(0.0, most));
        let mut words = Vec::new();
        let mut step = |letter: u8, numbers: &[f64]| {
            words.push(Word::Command(letter));
            words.extend(numbers.iter().copied().map(Word::Number));
        };
        step(b'M', &[left + upper, top]);
        for (radius, from, to) in [
            (upper, (right - upper, top), (right, top + upper)),
            (lower, (right, bottom - lower), (right - lower, bottom)),
            (lower, (left + lower, bottom), (left, bottom - lower)),
            (upper, (left, top + upper), (left + upper, top)),
        ] {
            step(b'L', &[from.0, from.1]);
            if radius > 0.0 {
                step(b'A', &[radius, radius, 0.0, 0.0, 1.0, to.0, to.1]);
            }
        }
        step(b'Z', &[]);
        Outline::of_words(&words, detail)
    }

    /// A straight line.
    pub(crate) fn line_of(from: Spot, to: Spot) -> Outline {
        Outline {
            runs: alloc::vec![Run { spots: alloc::vec![from, to], closed: false }],
            ..Outline::default()
        }
    }

    /// Reads `:points`, a vector of places.
    pub(crate) fn of_points<'s>(s: Scope<'s>, value: Value<'s>, closed: bool) -> Result<Outline, Problem> {
        let wanted = || match s.kind(value) {
            Kind::Record => problem("a shape's :points are a vector: use mapv for map, or vec"),
            _ => problem("a shape needs :points such as [[0 0] [20 10]]"),
        };
        let mut spots = Vec::new();
        for point in items(s, value).ok_or_else(wanted)? {
            let [x, y] = items(s, point).ok_or_else(wanted)?[..] else { return Err(wanted()) };
            let at = |value| number(s, value).map(bounded).ok_or_else(wanted);
            spots.push((at(x)?, at(y)?));
            if spots.len() > PIECES_MAX {
                return Err(too_many());
            }
        }
        Ok(Outline { runs: alloc::vec![Run { spots, closed }], ..Outline::default() })
    }

    /// The polygons to fill.
    pub(crate) fn polygons(&self) -> Vec<Vec<Spot>> {
        self.runs.iter().map(|run| run.spots.clone()).collect()
    }

    /// It in dashes; `dots` says whether those of no length show.
    pub(crate) fn dashed(&self, dash: &Dash, dots: bool) -> Result<Outline, Problem> {
        let wanted = || problem(format!(":dash makes at most {DASHES_MAX} dashes of a shape"));
        let runs = dash.cut(&self.runs, dots).ok_or_else(wanted)?;
        Ok(Outline { runs, ..Outline::default() })
    }

    /// The polygons that a pen covers which follows it.
    pub(crate) fn stroked(&self, pen: &Pen) -> Result<Vec<Vec<Spot>>, Problem> {
        let polygons = pen.stroke(&self.runs);
        if polygons.iter().map(Vec::len).sum::<usize>() > PATH_EDGES_MAX - PIECES_MAX {
            return Err(too_many());
        }
        Ok(polygons)
    }

    fn follow(&mut self, words: &[Word]) -> Result<(), Problem> {
        let mut rest = words;
        let (mut command, mut start, mut at) = (b'?', (0.0, 0.0), (0.0, 0.0));
        // The last control point of a curve, and whether it was a cubic one.
        let mut last: Option<(Spot, bool)> = None;
        while let Some(word) = rest.first() {
            let explicit = match word {
                Word::Command(letter) => {
                    (command, rest) = (*letter, &rest[1..]);
                    true
                }
                Word::Number(_) => false,
            };
            let kind = command.to_ascii_uppercase();
            let count = match kind {
                b'M' | b'L' | b'T' => 2,
                b'H' | b'V' => 1,
                b'Q' | b'S' => 4,
                b'C' => 6,
                b'A' => 7,
                b'Z' if explicit => 0,
                _ => {
                    return Err(problem(
                        "a path begins with M and goes on with M, L, H, V, C, S, Q, T, A or Z",
                    ));
                }
            };
            if self.runs.is_empty() && kind != b'M' {
                return Err(problem("a path begins with M"));
            }
            let mut n = [0.0; 7];
            for (index, place) in n[..count].iter_mut().enumerate() {
                let Some(Word::Number(number)) = rest.get(index) else {
                    let letter = command as char;
                    return Err(problem(format!("{letter} in a path takes {count} numbers, not {index}")));
                };
                *place = *number;
            }
            rest = &rest[count..];
            let relative = command.is_ascii_lowercase();
            let (dx, dy) = if relative { at } else { (0.0, 0.0) };
            let spot = |i: usize| (bounded(n[i] + dx), bounded(n[i + 1] + dy));
            let mirrored = |at: Spot, cubic: bool| match last {
                Some((by, is_cubic)) if is_cubic == cubic => (2.0 * at.0 - by.0, 2.0 * at.1 - by.1),
                _ => at,
            };
            let mut by = None;
            if kind != b'M' && kind != b'Z' && self.runs.last().is_some_and(|run| run.closed) {
                self.runs.push(Run { spots: alloc::vec![start], closed: false });
            }
            let from = at;
            match kind {
                b'M' => {
                    at = spot(0);
                    start = at;
                    self.runs.push(Run { spots: alloc::vec![at], closed: false });
                    // Further places are lines to them.
                    command = if relative { b'l' } else { b'L' };
                }
                b'L' => at = spot(0),
                b'H' => at.0 = bounded(n[0] + dx),
                b'V' => at.1 = bounded(n[0] + dy),
                b'C' | b'S' => {
                    let (first, then, to) = match kind {
                        b'C' => (spot(0), spot(2), spot(4)),
                        _ => (mirrored(at, true), spot(0), spot(2)),
                    };
                    self.curve([from, first, then, to]);
                    (at, by) = (to, Some((then, true)));
                }
                b'Q' | b'T' => {
                    let (control, to) = match kind {
                        b'Q' => (spot(0), spot(2)),
                        _ => (mirrored(at, false), spot(0)),
                    };
                    let third = |end: Spot| {
                        (end.0 + (control.0 - end.0) * 2.0 / 3.0, end.1 + (control.1 - end.1) * 2.0 / 3.0)
                    };
                    self.curve([from, third(from), third(to), to]);
                    (at, by) = (to, Some((control, false)));
                }
                b'A' => {
                    at = spot(5);
                    self.arc(from, (n[0], n[1]), n[2], n[3] != 0.0, n[4] != 0.0, at);
                }
                _ => {
                    at = start;
                    if let Some(run) = self.runs.last_mut() {
                        run.closed = true;
                    }
                }
            }
            if matches!(kind, b'L' | b'H' | b'V') {
                self.push(at);
            }
            last = by;
            if self.pieces + self.runs.len() > PIECES_MAX {
                return Err(too_many());
            }
        }
        Ok(())
    }

    fn push(&mut self, spot: Spot) {
        self.pieces += 1;
        if let Some(run) = self.runs.last_mut() {
            run.spots.push(spot);
        }
    }

    /// A cubic curve in as many straight pieces as keep within a sixteenth of a pixel.
    fn curve(&mut self, [a, b, c, d]: [Spot; 4]) {
        let bend = |a: Spot, b: Spot, c: Spot| libm::hypot(a.0 - 2.0 * b.0 + c.0, a.1 - 2.0 * b.1 + c.1);
        let count =
            libm::sqrt(12.0 * bend(a, b, c).max(bend(b, c, d)) * self.detail).clamp(1.0, 256.0) as usize + 1;
        for i in 1..=count {
            let (t, u) = (i as f64 / count as f64, 1.0 - i as f64 / count as f64);
            let mix = |a: f64, b: f64, c: f64, d: f64| {
                u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
            };
            self.push(if i == count { d } else { (mix(a.0, b.0, c.0, d.0), mix(a.1, b.1, c.1, d.1)) });
        }
    }

    /// A part of an ellipse with radii, turned by degrees: the larger one or the smaller, clockwise or not.
    fn arc(&mut self, from: Spot, (rx, ry): Spot, degrees: f64, large: bool, sweep: bool, to: Spot) {
        let (mut rx, mut ry) = (rx.abs(), ry.abs());
        if rx < 1e-3 || ry < 1e-3 || from == to {
            return self.push(to);
        }
        // In the ellipse's own space: the middle between the ends, the centre, and the angles of the ends.
        let (sin, cos) = libm::sincos(degrees.to_radians());
        let (hx, hy) = ((from.0 - to.0) / 2.0, (from.1 - to.1) / 2.0);
        let (x, y) = (cos * hx + sin * hy, cos * hy - sin * hx);
        let excess = x * x / (rx * rx) + y * y / (ry * ry);
        if excess > 1.0 {
            (rx, ry) = (rx * libm::sqrt(excess), ry * libm::sqrt(excess));
        }
        let (xx, yy) = (rx * rx * y * y, ry * ry * x * x);
        let size = libm::sqrt(((rx * rx * ry * ry - xx - yy) / (xx + yy)).max(0.0));
        let size = if large == sweep { -size } else { size };
        let (cx, cy) = (size * rx * y / ry, -size * ry * x / rx);
        let angle = |x: f64, y: f64| libm::atan2(y / ry, x / rx);
        let first = angle(x - cx, y - cy);
        let mut turn = angle(-x - cx, -y - cy) - first;
        let whole = 2.0 * core::f64::consts::PI;
        if sweep && turn < 0.0 {
            turn += whole;
        } else if !sweep && turn > 0.0 {
            turn -= whole;
        }
        let center =
            (cos * cx - sin * cy + (from.0 + to.0) / 2.0, sin * cx + cos * cy + (from.1 + to.1) / 2.0);
        let count = (libm::sqrt(2.0 * rx.max(ry) * self.detail) * turn.abs()).clamp(1.0, 512.0) as usize + 1;
        for i in 1..count {
            let (py, px) = libm::sincos(first + turn * i as f64 / count as f64);
            let (px, py) = (rx * px, ry * py);
            self.push((center.0 + cos * px - sin * py, center.1 + sin * px + cos * py));
        }
        self.push(to);
    }
}

fn too_many() -> Problem {
    problem(format!("a path has at most {PIECES_MAX} straight pieces"))
}

/// Finite, and within what is laid out.
fn bounded(at: f64) -> f64 {
    let extent = EXTENT_MAX as f64;
    if at.is_nan() { 0.0 } else { at.clamp(-extent, extent) }
}

fn words_of_vector<'s>(
    s: Scope<'s>,
    value: Value<'s>,
    depth: usize,
    words: &mut Vec<Word>,
) -> Result<(), Problem> {
    for part in items(s, value).unwrap_or_default() {
        let letter = s.name(part).filter(|name| s.kind(part) == Kind::Keyword && name.len() == 1);
        if let Some(letter) = letter {
            words.push(Word::Command(letter.as_bytes()[0]));
        } else if let Some(number) = number(s, part) {
            words.push(Word::Number(bounded(number)));
        } else if depth < 2 && s.kind(part) == Kind::Vector {
            words_of_vector(s, part, depth + 1, words)?;
        } else {
            let part = crate::style::describe(s, part);
            return Err(problem(format!("a path is keywords such as :M and numbers, not {part}")));
        }
        if words.len() > 8 * PIECES_MAX {
            return Err(too_many());
        }
    }
    Ok(())
}

fn words_of_text(text: &str, words: &mut Vec<Word>) -> Result<(), Problem> {
    let bytes = text.as_bytes();
    // Of an arc the fourth and the fifth number are one digit each, and need nothing between them.
    let (mut at, mut arc) = (0, None);
    while at < bytes.len() {
        let byte = bytes[at];
        if byte.is_ascii_whitespace() || byte == b',' {
            at += 1;
            continue;
        }
        if byte.is_ascii_alphabetic() {
            words.push(Word::Command(byte));
            arc = byte.eq_ignore_ascii_case(&b'a').then_some(0);
            at += 1;
            continue;
        }
        let end = match arc {
            Some(3 | 4) => at + 1,
            _ => at + number_length(&bytes[at..]),
        };
        let number = text.get(at..end).and_then(|digits| digits.parse::<f64>().ok());
        let Some(number) = number else {
            let near: String = text.get(at..).unwrap_or("").chars().take(12).collect();
            return Err(problem(format!("a path is letters and numbers, not {near:?}")));
        };
        words.push(Word::Number(bounded(number)));
        arc = arc.map(|count| (count + 1) % 7);
        at = end;
        if words.len() > 8 * PIECES_MAX {
            return Err(too_many());
        }
    }
    Ok(())
}

/// How many bytes at the beginning are a number.
fn number_length(bytes: &[u8]) -> usize {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = bytes.first().is_some_and(|byte| matches!(byte, b'+' | b'-')) as usize;
    at += digits(at);
    if bytes.get(at) == Some(&b'.') {
        at += 1 + digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = bytes.get(at + 1).is_some_and(|byte| matches!(byte, b'+' | b'-')) as usize;
        let count = digits((at + 1 + sign).min(bytes.len()));
        if count > 0 {
            at += 1 + sign + count;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Vec<(Vec<(i32, i32)>, bool)> {
        let mut words = Vec::new();
        words_of_text(text, &mut words).unwrap();
        let mut outline = Outline { detail: 1.0, ..Outline::default() };
        outline.follow(&words).unwrap();
        let whole = |(x, y): &Spot| (libm::round(*x) as i32, libm::round(*y) as i32);
        outline.runs.iter().map(|run| (run.spots.iter().map(whole).collect(), run.closed)).collect()
    }

    fn wrong(text: &str) -> String {
        let mut words = Vec::new();
        let result = words_of_text(text, &mut words).and_then(|()| Outline::default().follow(&words));
        match result {
            Err(Problem::Scene(text)) => text,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn lines_are_followed() {
        let square = [(alloc::vec![(1, 2), (11, 2), (11, 12), (1, 12)], true)];
        for text in
            ["M1 2 L11 2 L11 12 L1 12 Z", "M1,2h10v10h-10z", "m1 2 10 0 0 10-10 0z", "M 1 2 H 11 V 12 H 1 Z"]
        {
            assert_eq!(runs(text), square, "{text}");
        }
        let two = [(alloc::vec![(0, 0), (3, 4)], true), (alloc::vec![(0, 0), (5, 5)], false)];
        assert_eq!(runs("M0 0l3 4zl5 5"), two);
        assert_eq!(runs("M.5.5-1e1,2.5E0"), [(alloc::vec![(1, 1), (-10, 3)], false)]);
        assert_eq!(runs(""), []);
    }

    #[test]
    fn curves_and_arcs_end_where_they_should() {
        for text in
            ["M0 0C0 5 5 10 10 10", "M0 0Q0 10 10 10", "M0 0A10 10 0 0 1 10 10", "M0 0a10 10 0 0110 10"]
        {
            let all = runs(text);
            let spots = &all[0].0;
            assert!(spots.len() > 3 && spots[0] == (0, 0) && spots[spots.len() - 1] == (10, 10), "{text}");
        }
        // Half a circle, both ways; one whose radius is too small is as large as it must be.
        let middle = |text: &str| {
            let all = runs(text);
            all[0].0[all[0].0.len() / 2]
        };
        assert_eq!(middle("M-10 0A10 10 0 0 1 10 0").1.signum(), -1);
        assert_eq!(middle("M-10 0A10 10 0 0 0 10 0").1.signum(), 1);
        assert_eq!(middle("M-10 0A1 1 0 0 0 10 0").1.signum(), 1);
        // What goes on smoothly: S mirrors the last control point.
        let smooth = runs("M0 0C0 10 10 10 10 0S20-10 20 0");
        assert!(smooth[0].0.iter().any(|spot| spot.1 < -5), "{smooth:?}");
        let waves = runs("M0 0Q5 10 10 0T20 0");
        assert!(waves[0].0.iter().any(|spot| spot.1 < -3), "{waves:?}");
    }

    #[test]
    fn what_is_wrong_is_told() {
        assert_eq!(wrong("L 1 2"), "a path begins with M");
        assert_eq!(wrong("M 1"), "M in a path takes 2 numbers, not 1");
        assert_eq!(wrong("M 1 2 C 1 2 3"), "C in a path takes 6 numbers, not 3");
        assert!(wrong("M 1 2 X 3").starts_with("a path begins with M and goes on"));
        assert!(wrong("M 1 2 Z 3").starts_with("a path begins with M and goes on"));
        assert_eq!(wrong("M 1 ?!"), "a path is letters and numbers, not \"?!\"");
        assert_eq!(wrong("M 1 é"), "a path is letters and numbers, not \"é\"");
        assert!(wrong(&"M0 0 ".repeat(70_000)).contains("at most"));
    }
}
