//! Rich text: runs in several styles, set in lines together.
//!
//! Enter at [`Items::read_runs`], [`Items::rich_content`] and [`Items::push_rich`]. Lines break at spaces wherever
//! runs end, so a word may have parts in several of them; in a line all letters stand on one baseline.

use crate::color::Paint;
use crate::control::{aligned, text_data, underline};
use crate::font::Font;
use crate::held::number_step;
use crate::item::{Items, children_of, push_plain};
use crate::picture::{Flags, NodeData};
use crate::style::{Problem, describe};
use crate::tag::Tag;
use crate::text::{LINES_MAX, byte_of_first, shown};
use crate::theme::faded;
use crate::tree::sure;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;
use halt_heap::{Kind, OutOfMemory, Value};
use taffy::{AvailableSpace, Size};

/// Bytes kept of all runs of one text.
const RUNS_BYTES_MAX: usize = 1 << 20;

/// A run of text in one style.
pub(crate) struct Run<'s> {
    text: String,
    font: Font,
    color: u32,
    fill: Option<Paint>,
    underline: bool,
    opacity: u32,
    focusable: bool,
    key: Value<'s>,
    handlers: Value<'s>,
    scene: Value<'s>,
}

/// A part of a run in one line.
#[derive(Clone, PartialEq, Debug)]
struct Piece {
    run: usize,
    /// Which part of its paragraph it is of.
    part: usize,
    range: Range<usize>,
    width: i32,
}

type Line = Vec<Piece>;

fn width_of(line: &[Piece]) -> i32 {
    line.iter().fold(0, |sum, piece| sum.saturating_add(piece.width))
}

/// The parts of runs between two line ends, a few more than are shown.
fn paragraphs(runs: &[Run<'_>]) -> Vec<Vec<(usize, Range<usize>)>> {
    let mut list = alloc::vec![Vec::new()];
    for (number, run) in runs.iter().enumerate() {
        let mut start = 0;
        for (index, part) in run.text.split('\n').enumerate() {
            if index > 0 {
                if list.len() > LINES_MAX {
                    return list;
                }
                list.push(Vec::new());
            }
            if let Some(last) = list.last_mut().filter(|_| !part.is_empty()) {
                last.push((number, start..start + part.len()));
            }
            start += part.len() + 1;
        }
    }
    list
}

/// Cuts runs into lines, at line ends and, with a width, at spaces so that no line is wider (words that are wider are cut
/// within). The second is whether text was left off after the last line.
fn lines_of(runs: &[Run<'_>], room: Option<i32>) -> (Vec<Line>, bool) {
    let mut lines = Vec::new();
    for parts in paragraphs(runs) {
        match room {
            Some(room) => wrap(runs, &parts, room, &mut lines),
            None => lines.push(
                parts
                    .into_iter()
                    .enumerate()
                    .map(|(part, (run, range))| {
                        let width = runs[run].font.width(&runs[run].text[range.clone()]);
                        Piece { run, part, range, width }
                    })
                    .collect(),
            ),
        }
        if lines.len() > LINES_MAX {
            lines.truncate(LINES_MAX);
            return (lines, true);
        }
    }
    (lines, false)
}

fn wrap(runs: &[Run<'_>], parts: &[(usize, Range<usize>)], room: i32, lines: &mut Vec<Line>) {
    let (mut line, mut taken): (Line, i32) = (Vec::new(), 0);
    // Where the next piece begins: a part, and a byte of its run.
    let (mut part, mut at) = (0, parts.first().map_or(0, |(_, range)| range.start));
    // A line begins with no space, but for the first one.
    let mut fresh = false;
    while let Some((run, range)) = parts.get(part) {
        let (text, font) = (runs[*run].text.as_str(), runs[*run].font);
        if fresh {
            let rest = &text[at..range.end];
            at += rest.len() - rest.trim_start_matches(' ').len();
            fresh = at == range.end;
        }
        let rest = &text[at..range.end];
        let fits = font.fitting(rest, room.saturating_sub(taken)).0;
        if fits == rest.len() {
            if fits > 0 {
                let width = font.width(rest);
                line.push(Piece { run: *run, part, range: at..range.end, width });
                taken = taken.saturating_add(width);
            }
            part += 1;
            at = parts.get(part).map_or(0, |(_, range)| range.start);
            continue;
        }
        let first = if line.is_empty() { byte_of_first(rest, 1) } else { 0 };
        line.push(Piece { run: *run, part, range: at..at + fits.max(first), width: 0 });
        let breaks_here = rest[fits.max(first)..].starts_with(' ');
        if let Some((place, end)) = last_break(runs, &line, breaks_here) {
            line.truncate(place + 1);
            line[place].range.end = end;
        }
        // On from where the line ends, which may be in a part before this one.
        if let Some(last) = line.last() {
            (part, at) = (last.part, last.range.end);
        }
        push_line(runs, &mut line, lines);
        (taken, fresh) = (0, true);
        if lines.len() > LINES_MAX {
            return;
        }
    }
    if !line.is_empty() || !fresh {
        lines.push(line);
    }
}

/// The last space of a line after something that is none, as piece and byte; `None` where the line is cut as it is.
fn last_break(runs: &[Run<'_>], line: &[Piece], breaks_at_end: bool) -> Option<(usize, usize)> {
    if breaks_at_end {
        return None;
    }
    let text = |piece: &Piece| &runs[piece.run].text[piece.range.clone()];
    let (place, space) =
        line.iter().enumerate().rev().find_map(|(place, piece)| Some((place, text(piece).rfind(' ')?)))?;
    let before = line[..place].iter().any(|piece| !text(piece).trim().is_empty());
    (before || !text(&line[place])[..space].trim().is_empty())
        .then(|| (place, line[place].range.start + space))
}

/// Ends a line: without the spaces at its end.
fn push_line(runs: &[Run<'_>], line: &mut Line, lines: &mut Vec<Line>) {
    while let Some(last) = line.last_mut() {
        let text = &runs[last.run].text[last.range.clone()];
        last.range.end = last.range.start + text.trim_end_matches(' ').len();
        if !last.range.is_empty() {
            last.width = runs[last.run].font.width(&runs[last.run].text[last.range.clone()]);
            break;
        }
        line.pop();
    }
    lines.push(core::mem::take(line));
}

/// Heights of a line: above the baseline, below it, and the gap to the line before.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Heights {
    above: i32,
    below: i32,
    gap: i32,
}

impl Heights {
    fn of(runs: &[Run<'_>], line: &[Piece], font: Font) -> Heights {
        let one = |font: Font| Heights {
            above: font.baseline(),
            below: font.height() - font.baseline(),
            gap: font.pitch() - font.height(),
        };
        let join = |a: Heights, b: Heights| Heights {
            above: a.above.max(b.above),
            below: a.below.max(b.below),
            gap: a.gap.max(b.gap),
        };
        line.iter().map(|piece| one(runs[piece.run].font)).reduce(join).unwrap_or(one(font))
    }

    fn line(self) -> i32 {
        self.above + self.below
    }
}

/// Heights of lines and gaps in all.
fn height_of(heights: &[Heights]) -> i32 {
    let add = |sum: i32, heights: &Heights| sum.saturating_add(heights.gap + heights.line());
    heights.iter().fold(0, add) - heights.first().map_or(0, |first| first.gap)
}

impl<'s> Items<'s, '_> {
    /// Reads the runs of a rich text.
    pub(crate) fn read_runs(&mut self, place: usize) -> Result<(), Problem> {
        let (s, scene, own) = (self.s, self.list[place].scene, self.list[place].style);
        let mut runs: Vec<Run<'s>> = Vec::new();
        let mut room = RUNS_BYTES_MAX;
        for child in children_of(s, scene)? {
            if room == 0 {
                break;
            }
            let mut run = Run {
                text: String::new(),
                font: own.font(),
                color: own.color.unwrap_or(self.theme.text),
                fill: None,
                underline: own.underline,
                opacity: 255,
                focusable: false,
                key: s.int(number_step(runs.len()))?,
                handlers: Value::NIL,
                scene: child,
            };
            if s.kind(child) == Kind::Vector {
                let (tag, style) = self.read_head(child)?;
                if tag == Tag::Error {
                    let problem = self.joined(child)?;
                    return Err(Problem::Scene(s.as_str(problem).unwrap_or("").into()));
                }
                if tag != Tag::Text {
                    let tag = tag.name();
                    return Err(Problem::Scene(format!(
                        "a :rich-text holds strings, numbers and :text, not :{tag}"
                    )));
                }
                let mut merged = own;
                merged.font_px = style.font_px.or(own.font_px);
                merged.mono = style.mono.or(own.mono);
                merged.bold |= style.bold;
                run.text = s.as_str(self.joined(child)?).unwrap_or("").to_string();
                run.font = merged.font();
                run.color = style.color.unwrap_or(run.color);
                (run.fill, run.opacity, run.handlers) = (style.fill, style.opacity, style.handlers);
                run.underline |= style.underline;
                run.focusable = !own.look.disabled
                    && style.focusable.unwrap_or_else(|| {
                        s.kind(style.handlers) == Kind::Map
                            && s.map_get(style.handlers, self.on_click).is_some()
                    });
                if !style.key.is_nil() {
                    run.key = style.key;
                }
            } else if !push_plain(s, child, &mut run.text) {
                return Err(Problem::Scene(format!(
                    "text is strings and numbers, not {}",
                    describe(s, child)
                )));
            }
            if run.text.len() > room {
                run.text = run.text[..run.text.floor_char_boundary(room)].to_string();
                room = 0;
            }
            room -= run.text.len().min(room);
            if run.text.bytes().any(|byte| byte < b' ' && byte != b'\n') {
                let line_ends = run.text.replace("\r\n", "\n");
                run.text = line_ends.chars().map(|c| if c < ' ' && c != '\n' { ' ' } else { c }).collect();
            }
            runs.push(run);
        }
        self.count += runs.len();
        let (lines, _) = lines_of(&runs, None);
        let widest = lines.iter().map(|line| width_of(line)).max().unwrap_or(0);
        self.list[place].cells = (widest.max(0) as usize, lines.len());
        self.list[place].runs = runs;
        Ok(())
    }

    /// The size of a rich text's lines.
    pub(crate) fn rich_content(
        &self,
        place: usize,
        known: Size<Option<f32>>,
        space: Size<AvailableSpace>,
    ) -> Size<f32> {
        let item = &self.list[place];
        let all = item.cells.0 as f32;
        let width = match (known.width, space.width) {
            (Some(width), _) => width,
            (None, AvailableSpace::Definite(width)) => width.min(all),
            (None, AvailableSpace::MaxContent) => all,
            (None, AvailableSpace::MinContent) => (item.style.font().width("mmmm") as f32).min(all),
        };
        let (lines, _) = lines_of(&item.runs, ((sure(width) as f32) < all).then_some(sure(width)));
        let heights: Vec<Heights> =
            lines.iter().map(|line| Heights::of(&item.runs, line, item.style.font())).collect();
        Size { width, height: height_of(&heights) as f32 }
    }

    /// The nodes of a rich text: for each part of a run in a line one, relative to the item.
    pub(crate) fn push_rich(&mut self, place: usize) -> Result<Vec<Value<'s>>, OutOfMemory> {
        let runs = core::mem::take(&mut self.list[place].runs);
        let nodes = self.rich_nodes(place, &runs);
        self.list[place].runs = runs;
        nodes
    }

    fn rich_nodes(&mut self, place: usize, runs: &[Run<'s>]) -> Result<Vec<Value<'s>>, OutOfMemory> {
        let item = &self.list[place];
        let (inner, style) = (item.inner(), item.style);
        let (mut lines, cut) = lines_of(runs, Some(inner.width));
        let mut heights: Vec<Heights> =
            lines.iter().map(|line| Heights::of(runs, line, style.font())).collect();
        let all = lines.len();
        while lines.len() > 1 && height_of(&heights) > inner.height {
            lines.pop();
            heights.pop();
        }
        let cut = cut || lines.len() < all;
        let mut y = inner.y + (inner.height - height_of(&heights)).max(0) / 2;
        let mut nodes = Vec::new();
        let mut met = alloc::vec![false; runs.len()];
        let count = lines.len();
        for (number, (line, heights)) in lines.iter().zip(&heights).enumerate() {
            let width = width_of(line);
            let mut x = inner.x + aligned(&style, inner.width, width);
            y += if number == 0 { 0 } else { heights.gap };
            for (place_in_line, piece) in line.iter().enumerate() {
                let run = &runs[piece.run];
                let text = &run.text[piece.range.clone()];
                let ends = cut && number + 1 == count && place_in_line + 1 == line.len();
                let clean = shown(text, run.font, inner.right() - x, ends);
                let text = clean.as_deref().unwrap_or(text);
                let top = y + heights.above - run.font.baseline();
                let first = !core::mem::replace(&mut met[piece.run], true);
                nodes.push(self.rich_node(run, text, (x, top), first)?);
                x = x.saturating_add(piece.width);
            }
            y += heights.line();
        }
        self.count += nodes.len();
        Ok(nodes)
    }

    /// A run's part in a line: its text, in a box where there is more to it. The first part has the run's key, and there the
    /// keyboard stops.
    fn rich_node(
        &mut self,
        run: &Run<'s>,
        text: &str,
        (x, y): (i32, i32),
        first: bool,
    ) -> Result<Value<'s>, OutOfMemory> {
        let (s, nil) = (self.s, Value::NIL);
        let key = if first { run.key } else { nil };
        let data = text_data(run.font, text, 0, 0, faded(run.color, run.opacity));
        let rect = data.rect.translated(x, y);
        let content = s.string(text)?;
        self.stats.new_nodes += 1;
        if run.fill.is_none() && !run.underline && run.handlers.is_nil() {
            let data = NodeData { rect, ..data };
            return Ok(data.build(s, key, nil, content, run.scene, nil)?.value());
        }
        let mut inside = alloc::vec![data.build(s, nil, nil, content, run.scene, nil)?.value()];
        if run.underline {
            let line = underline(run.font, data.rect.width, data.fill);
            inside.push(line.build(s, nil, nil, nil, nil, nil)?.value());
        }
        let fill = run.fill.unwrap_or(Paint::solid(0)).map(|color| faded(color, run.opacity));
        let data = NodeData {
            flags: if run.focusable && first { Flags::FOCUSABLE } else { 0 },
            radius: 3,
            rect,
            fill: fill.start,
            fill_end: fill.end,
            gradient: fill.way.within(rect.width, rect.height, false),
            ..NodeData::default()
        };
        let children = s.vector(&inside)?;
        self.stats.new_nodes += inside.len() as u32;
        Ok(data.build_with(s, [key, children, nil, run.scene, run.handlers, nil], fill.stops())?.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lines;

    const MONO: Font = Font { px: 16, bold: false, mono: true, exact: 0 };
    const UI: Font = Font { mono: false, ..MONO };

    fn run(text: &str, font: Font) -> Run<'static> {
        Run {
            text: text.to_string(),
            font,
            color: 0,
            fill: None,
            underline: false,
            opacity: 255,
            focusable: false,
            key: Value::NIL,
            handlers: Value::NIL,
            scene: Value::NIL,
        }
    }

    fn text_of(runs: &[Run<'_>], line: &[Piece]) -> String {
        line.iter().map(|piece| &runs[piece.run].text[piece.range.clone()]).collect()
    }

    /// Cuts a text into runs at pseudo-random places.
    fn cut(text: &str, seed: &mut u64, font: impl Fn(u64) -> Font) -> Vec<Run<'static>> {
        let mut runs = alloc::vec![String::new()];
        for c in text.chars() {
            *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            if *seed >> 61 == 0 {
                runs.push(String::new());
            }
            runs.last_mut().unwrap().push(c);
        }
        runs.iter().enumerate().map(|(number, text)| run(text, font(number as u64))).collect()
    }

    const TEXTS: [&str; 6] = [
        "one two three, and so on to the end of it",
        "  indented,  with   wide    gaps and trailing ones   ",
        "a\n\nb c\n d",
        "averyveryverylongwordthatfitsinnoline and short ones",
        "",
        "\u{e4}\u{f6}\u{fc} \u{e4}\u{f6} more \u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}",
    ];

    /// The oracle: text of one style is cut as if it were one run, wherever its runs end.
    #[test]
    fn runs_of_one_style_are_cut_as_the_whole_text() {
        let mut seed = 1;
        for text in TEXTS {
            for columns in 1..50 {
                let room = columns * MONO.cell();
                let runs = cut(text, &mut seed, |_| MONO);
                let expected: Vec<&str> = Lines::of(text, Some((MONO, room)))
                    .ranges
                    .into_iter()
                    .map(|range| text[range].trim_end_matches(' '))
                    .collect();
                let lines = lines_of(&runs, Some(room)).0;
                let shown: Vec<String> = lines.iter().map(|line| text_of(&runs, line)).collect();
                let shown: Vec<&str> = shown.iter().map(|line| line.trim_end_matches(' ')).collect();
                assert_eq!(shown, expected, "{text:?} in {columns}");
            }
        }
    }

    #[test]
    fn lines_of_several_styles_fit_and_leave_out_nothing_but_spaces() {
        let mut seed = 2;
        let letters = |text: &str| text.replace([' ', '\n'], "");
        for text in TEXTS {
            for room in 30..200 {
                let runs = cut(text, &mut seed, |number| Font {
                    px: 10 + number as u16 % 3 * 7,
                    bold: number % 2 == 1,
                    mono: number % 5 == 4,
                    ..UI
                });
                let lines = lines_of(&runs, Some(room)).0;
                let shown: String = lines.iter().map(|line| text_of(&runs, line)).collect();
                assert_eq!(letters(&shown), letters(text));
                for line in &lines {
                    let end = text_of(&runs, line).trim_end_matches(' ').len();
                    assert!(width_of(line) <= room || end < 2, "{:?} in {room}", text_of(&runs, line));
                }
            }
        }
    }

    #[test]
    fn a_huge_text_is_bounded() {
        let runs = [run(&"word ".repeat(300_000), UI), run("end", MONO)];
        let (lines, cut) = lines_of(&runs, Some(1));
        assert!(cut && lines.len() == LINES_MAX);
        assert_eq!(lines_of(&runs, None).0.len(), 1);
    }
}
