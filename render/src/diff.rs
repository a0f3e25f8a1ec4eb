//! The difference of two pictures.
//!
//! Enter at [`diff`]. Both trees are walked together; a subtree that is the same reference at the same place ends the
//! walk there, so the cost follows what changed. Children are paired by key, those without by their order.
//!
//! Invariant: every pixel in which the two pictures differ is marked. Marking more costs time, never correctness.

use crate::damage::DamageGrid;
use crate::image;
use crate::limits::{SAME_HASH_MAX, SCREEN_MAX};
use crate::moves::{Candidate, core_of};
use alloc::vec::Vec;
use halt_heap::{Kind, Scope, Value};
use halt_ui::{Flags, Font, Image, Node, NodeData, NodeKind, Rect};

/// What a diff cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DiffStats {
    /// Pairs of nodes that were compared, and nodes that only one picture has.
    pub nodes: usize,
}

/// Where a list of siblings is: the place of their parent and the clip they are under.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    x: i32,
    y: i32,
    clip: Rect,
}

struct Pair<'s> {
    old: Node<'s>,
    new: Node<'s>,
    was: Place,
    is: Place,
}

/// Marks where a new picture differs from an old one; without an old one, everything.
pub fn diff<'s>(s: Scope<'s>, old: Option<Node<'s>>, new: Node<'s>, damage: &mut DamageGrid) -> DiffStats {
    let (stats, candidates) = diff_and_moves(s, old, new, damage);
    for candidate in candidates {
        damage.add(candidate.was);
        damage.add(candidate.is);
    }
    stats
}

/// The same, but for subtrees that moved as a whole, which are not marked but returned.
pub(crate) fn diff_and_moves<'s>(
    s: Scope<'s>,
    old: Option<Node<'s>>,
    new: Node<'s>,
    damage: &mut DamageGrid,
) -> (DiffStats, Vec<Candidate>) {
    let mut stats = DiffStats::default();
    let Some(old) = old else {
        damage.add_all();
        return (stats, Vec::new());
    };
    let place = Place { x: 0, y: 0, clip: damage.screen() };
    let mut walk = Walk { s, damage, next: None, pairs: Vec::new(), moved: Vec::new(), stats: &mut stats };
    walk.pair(old, new, place, place);
    while let Some(pair) = walk.next.take().or_else(|| walk.pairs.pop()) {
        walk.compare(pair);
    }
    let moved = walk.moved;
    (stats, moved)
}

struct Walk<'s, 'd> {
    s: Scope<'s>,
    damage: &'d mut DamageGrid,
    /// The pair to go on with, and those after it, the last first: most changes are below one node, and need no list.
    next: Option<Pair<'s>>,
    pairs: Vec<Pair<'s>>,
    moved: Vec<Candidate>,
    stats: &'d mut DiffStats,
}

impl<'s> Walk<'s, '_> {
    /// Marks everything that a subtree paints.
    fn mark(&mut self, node: Node<'s>, place: Place) {
        self.stats.nodes += 1;
        self.damage.add(node.bounds(self.s).translated(place.x, place.y).intersection(place.clip));
    }

    /// Takes up a pair of nodes that stand for each other.
    fn pair(&mut self, old: Node<'s>, new: Node<'s>, was: Place, is: Place) {
        if !old.value().is_identical(new.value()) {
            if let Some(before) = self.next.replace(Pair { old, new, was, is }) {
                self.pairs.push(before);
            }
        } else if was != is {
            self.stats.nodes += 1;
            self.moved_subtree(old, new, was, is);
        }
    }

    /// Takes up a subtree that is the same as before but for its place and clip: to be copied or, where that cannot be,
    /// marked.
    fn moved_subtree(&mut self, old: Node<'s>, new: Node<'s>, was: Place, is: Place) {
        let s = self.s;
        let (old_bounds, new_bounds) = (old.bounds(s), new.bounds(s));
        let shown = |bounds: Rect, place: Place| bounds.translated(place.x, place.y).intersection(place.clip);
        let candidate_is = shown(new_bounds, is);
        let candidate_was = shown(old_bounds, was);
        let (a, b) = (old.data(s).rect.translated(was.x, was.y), new.data(s).rect.translated(is.x, is.y));
        let by = (b.x.saturating_sub(a.x), b.y.saturating_sub(a.y));
        let is_far = by.0.unsigned_abs().max(by.1.unsigned_abs()) > SCREEN_MAX as u32;
        if by == (0, 0) || is_far {
            self.damage.add(candidate_was);
            self.damage.add(candidate_is);
            return;
        }
        let core = core_of(s, old, a, candidate_was).intersection(candidate_was);
        let candidate = Candidate { was: candidate_was, is: candidate_is, core, by };
        // The lines of a list that scrolls move side by side.
        match self.moved.last_mut() {
            Some(last) if last.joins(&candidate) => *last = last.with(&candidate),
            _ => self.moved.push(candidate),
        }
    }

    fn compare(&mut self, Pair { old, new, was, is }: Pair<'s>) {
        let s = self.s;
        self.stats.nodes += 1;
        let (a, b) = (old.data(s), new.data(s));
        let (old_rect, new_rect) = (a.rect.translated(was.x, was.y), b.rect.translated(is.x, is.y));
        let same_look = NodeData { rect: b.rect, flags: visible_flags(&a), ..a }
            == NodeData { flags: visible_flags(&b), ..b }
            && (b.stops == 0 || old.stops(s) == new.stops(s));
        if a.fade != b.fade {
            // It shows through all within.
            self.mark(old, was);
            self.mark(new, is);
            return;
        }
        let (before, after) = (old.children(s), new.children(s));
        let same_size = (a.rect.width, a.rect.height) == (b.rect.width, b.rect.height);
        if same_look
            && same_size
            && (old_rect.x, old_rect.y) != (new_rect.x, new_rect.y)
            && before.is_identical(after)
            && old.content(s).is_identical(new.content(s))
        {
            return self.moved_subtree(old, new, was, is);
        }
        let typed = b.kind == NodeKind::Text && Rect { width: b.rect.width, ..old_rect } == new_rect;
        if !same_look || (old_rect != new_rect && !typed) || was.clip != is.clip {
            let shown = |data: &NodeData, place: Place| {
                data.paint_bounds().translated(place.x, place.y).intersection(place.clip)
            };
            let (gone, come) = (shown(&a, was), shown(&b, is));
            self.damage.add(gone);
            if come != gone {
                self.damage.add(come);
            }
        } else if b.kind == NodeKind::Path {
            if !s.equal(old.content(s), new.content(s)) {
                self.damage.add(b.paint_bounds().translated(is.x, is.y).intersection(is.clip));
            }
        } else if b.kind == NodeKind::Image {
            self.damage.add(self.image_change(old, new, &b, new_rect).intersection(is.clip));
        } else if b.kind == NodeKind::Text {
            let font = Font::of(&b);
            let (before, after) = (self.text(old), self.text(new));
            let change = text_change(before, after, font, new_rect);
            self.damage.add(change.intersection(is.clip));
            let is_cut = |text: &str, rect: Rect| font.width(text) > rect.width;
            if old_rect.right() != new_rect.right() && (is_cut(before, old_rect) || is_cut(after, new_rect)) {
                // What only the wider one shows.
                let right = old_rect.right().min(new_rect.right()).saturating_sub(font.overhang());
                let end = old_rect.right().max(new_rect.right()).saturating_add(font.overhang());
                let rest = Rect { x: right, width: end.saturating_sub(right), ..new_rect };
                self.damage.add(rest.intersection(is.clip));
            }
        }
        let inside = |place: Place, data: &NodeData, rect: Rect| Place {
            x: rect.x,
            y: rect.y,
            clip: if data.clips() { data.clip(rect).intersection(place.clip) } else { place.clip },
        };
        let (was, is) = (inside(was, &a, old_rect), inside(is, &b, new_rect));
        if was == is && before.is_identical(after) {
            return;
        }
        if was.clip != is.clip || !self.aligned_children(before, after, was, is) {
            self.matched_children(before, after, was, is);
        }
    }

    /// What a text node says.
    fn text(&self, node: Node<'s>) -> &'s str {
        self.s.as_str(node.content(self.s)).unwrap_or("")
    }

    /// Where two images differ in one rectangle.
    fn image_change(&self, old: Node<'s>, new: Node<'s>, data: &NodeData, rect: Rect) -> Rect {
        let s = self.s;
        let (before, after) = (old.content(s), new.content(s));
        if before.is_identical(after) || rect.is_empty() {
            return Rect::default();
        }
        match (Image::of(s, before), Image::of(s, after)) {
            (Some(before), Some(after)) => image::change(&before, &after, data, rect),
            _ => rect,
        }
    }

    /// Pairs children that have kept their index, which is what most changes leave. Returns whether they all have;
    /// when not, nothing was done.
    fn aligned_children(&mut self, before: Value<'s>, after: Value<'s>, was: Place, is: Place) -> bool {
        let s = self.s;
        let vectors = s.kind(before) == Kind::Vector && s.kind(after) == Kind::Vector;
        if !vectors || s.vector_count(before) != s.vector_count(after) {
            return false;
        }
        debug_assert!(self.next.is_none(), "the pair that is compared was taken");
        let (pairs, nodes) = (self.pairs.len(), self.stats.nodes);
        let aligned = if was == is {
            // What both vectors share need not be opened.
            s.vector_pairs(before, after).all(|(_, old, new)| {
                let mut unlike = old.iter().zip(new).filter(|(old, new)| !old.is_identical(**new));
                unlike.all(|(old, new)| self.pair_aligned(*old, *new, was, is))
            })
        } else {
            let mut both = s.vector_iter(before).zip(s.vector_iter(after));
            both.all(|(old, new)| self.pair_aligned(old, new, was, is))
        };
        if !aligned {
            self.next = None;
            self.pairs.truncate(pairs);
            self.stats.nodes = nodes;
        }
        aligned
    }

    /// Pairs two children of one index, if they are nodes. Returns false when they have different keys.
    fn pair_aligned(&mut self, old: Value<'s>, new: Value<'s>, was: Place, is: Place) -> bool {
        match (Node::of(self.s, old), Node::of(self.s, new)) {
            (Some(old), Some(new)) if self.same_key(old, new) => {
                self.pair(old, new, was, is);
                true
            }
            (None, None) => true,
            _ => false,
        }
    }

    fn same_key(&self, old: Node<'s>, new: Node<'s>) -> bool {
        let (a, b) = (old.key(self.s), new.key(self.s));
        a.is_identical(b) || self.s.equal(a, b)
    }

    /// Pairs children from both ends, first by reference and then by key, and by a search over the middle.
    fn matched_children(&mut self, before: Value<'s>, after: Value<'s>, was: Place, is: Place) {
        let (old_all, new_all) = (self.nodes_of(before), self.nodes_of(after));
        let (mut old, mut new) = (&old_all[..], &new_all[..]);
        for by_key in [false, true] {
            let alike = |walk: &Self, a: Node<'s>, b: Node<'s>| match by_key {
                false => a.value().is_identical(b.value()),
                true => walk.same_key(a, b),
            };
            while let ([a, old_rest @ ..], [b, new_rest @ ..]) = (old, new)
                && alike(self, *a, *b)
            {
                self.pair(*a, *b, was, is);
                (old, new) = (old_rest, new_rest);
            }
            while let ([old_rest @ .., a], [new_rest @ .., b]) = (old, new)
                && alike(self, *a, *b)
            {
                self.pair(*a, *b, was, is);
                (old, new) = (old_rest, new_rest);
            }
        }
        if !old.is_empty() && !new.is_empty() {
            return self.search(old, new, was, is);
        }
        old.iter().for_each(|node| self.mark(*node, was));
        new.iter().for_each(|node| self.mark(*node, is));
    }

    /// Pairs children by key wherever they are. One that changed sides with another is painted again, as is
    /// one that is new or gone.
    fn search(&mut self, old: &[Node<'s>], new: &[Node<'s>], was: Place, is: Place) {
        let s = self.s;
        let mut places: Vec<(u32, usize)> =
            old.iter().enumerate().map(|(i, node)| (s.hash(node.key(s)), i)).collect();
        places.sort_unstable();
        let mut taken = alloc::vec![false; old.len()];
        // The first place of nodes without a key that may still be free.
        let mut unkeyed = 0;
        let mut last = 0;
        for node in new {
            let found = if node.key(s).is_nil() {
                let next = (unkeyed..old.len()).find(|i| old[*i].key(s).is_nil());
                unkeyed = next.map_or(old.len(), |i| i + 1);
                next
            } else {
                let hash = s.hash(node.key(s));
                let first = places.partition_point(|(other, _)| *other < hash);
                places[first..]
                    .iter()
                    .take_while(|(other, _)| *other == hash)
                    .take(SAME_HASH_MAX)
                    .map(|(_, i)| *i)
                    .find(|i| !taken[*i] && self.same_key(old[*i], *node))
            };
            let Some(index) = found else {
                self.mark(*node, is);
                continue;
            };
            taken[index] = true;
            if index < last {
                self.mark(old[index], was);
                self.mark(*node, is);
            } else {
                last = index;
                self.pair(old[index], *node, was, is);
            }
        }
        for (index, node) in old.iter().enumerate() {
            if !taken[index] {
                self.mark(*node, was);
            }
        }
    }

    fn nodes_of(&self, children: Value<'s>) -> Vec<Node<'s>> {
        if self.s.kind(children) != Kind::Vector {
            return Vec::new();
        }
        self.s.vector_iter(children).filter_map(|child| Node::of(self.s, child)).collect()
    }
}

/// The flags that change what is painted.
fn visible_flags(data: &NodeData) -> u8 {
    data.flags & !(Flags::FOCUSABLE | Flags::DISABLED)
}

/// How many pairs there are before the first that differ.
fn alike(pairs: impl Iterator<Item = (u8, u8)>) -> usize {
    pairs.take_while(|(a, b)| a == b).count()
}

/// Where two texts of a font differ, which begin at the same place: around the ink of what changed and, if that is wider or
/// narrower than before, of all behind it.
fn text_change(before: &str, after: &str, font: Font, rect: Rect) -> Rect {
    if before == after {
        return Rect::default();
    }
    let mut start = alike(before.bytes().zip(after.bytes()));
    // Up to there both are the same, so both have characters that begin there, or neither.
    while !before.is_char_boundary(start) {
        start -= 1;
    }
    let (rest, new_rest) = (&before[start..], &after[start..]);
    let mut end = alike(rest.bytes().rev().zip(new_rest.bytes().rev()));
    while !rest.is_char_boundary(rest.len() - end) {
        end -= 1;
    }
    let (middle, new_middle) = (&rest[..rest.len() - end], &new_rest[..new_rest.len() - end]);
    let origin = font.start().behind(&before[..start]);
    let end_of = |middle: &str, rest: &str| origin.behind(middle).start_of(&rest[middle.len()..]);
    let parts = match end_of(middle, rest) == end_of(new_middle, new_rest) {
        true => [middle, new_middle],
        false => [rest, new_rest],
    };
    let mut reach = (i32::MAX, i32::MIN);
    for part in parts {
        let (Some(first), Some((at, last))) = (part.chars().next(), part.char_indices().next_back()) else {
            continue;
        };
        let from = font.pixels(origin.start_of(part));
        let to = font.pixels(origin.behind(&part[..at]).start_of(&part[at..]));
        let mut left = from.saturating_add(font.ink(first).0);
        let mut right = to.saturating_add(font.ink(last).1);
        if at > 0 {
            // Those between begin behind the first, and end before the last begins, but for what pairs move back.
            let over = font.overhang() + font.overlap();
            left = left.min(from.saturating_add(font.advance(first) - 1 - over));
            right = right.max(to.saturating_add(over));
        }
        reach = (reach.0.min(left), reach.1.max(right));
    }
    let rounded = !font.is_whole() as i32;
    let left = reach.0.saturating_sub(2 * rounded);
    let right = reach.1.saturating_add(2 * rounded);
    Rect { x: rect.x.saturating_add(left), width: right.saturating_sub(left), ..rect }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::Tables;
    use crate::target::Target;
    use alloc::string::String;

    /// Two texts painted: every pixel in which they differ lies in what is called their change.
    #[test]
    fn a_change_of_text_holds_all_that_differs() {
        let tables = Tables::new();
        let mut state = 5u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            (state >> 33) as usize % below
        };
        let letters: Vec<char> = "jfWAV il.,mg漢Äþ|_".chars().collect();
        for _ in 0..400 {
            let mut word = |most: usize| -> String {
                (0..random(most)).map(|_| letters[random(letters.len())]).collect()
            };
            let (start, end) = (word(8), word(8));
            let texts = [0, 1].map(|_| start.clone() + &word(3) + &end);
            let flags = [
                0,
                Flags::MONO,
                Flags::BOLD,
                Flags::MONO | Flags::BOLD,
                Flags::MONO | Flags::EXACT,
                Flags::EXACT,
            ];
            let px = [8, 11, 16, 20, 33][random(5)];
            let data = NodeData {
                kind: NodeKind::Text,
                flags: flags[random(6)],
                rect: Rect::new(20, 4, 700, px.into()),
                fill: !0,
                font_px: px,
                stroke_width: px * 30,
                ..NodeData::default()
            };
            let painted = [0, 1].map(|at: usize| {
                let mut pixels = alloc::vec![0xFF00_0000u32; 740 * 60];
                let mut target = Target::new(&mut pixels, 740, Rect::new(0, 0, 740, 60));
                let mut block = Vec::new();
                crate::glyph::paint(&mut target, &tables.glyphs(), &mut block, &data, data.rect, &texts[at]);
                pixels
            });
            let change = text_change(&texts[0], &texts[1], Font::of(&data), data.rect);
            for (at, (a, b)) in painted[0].iter().zip(&painted[1]).enumerate() {
                let (x, y) = (at as i32 % 740, at as i32 / 740);
                assert!(a == b || change.contains(x, y), "{x},{y} beyond {change:?}: {texts:?} {data:?}");
            }
        }
    }
}
