//! Moves: pixels that are on the screen already, elsewhere.
//!
//! Enter at [`settle`]. The diff meets subtrees whose place alone has changed: what is scrolled or dragged. What shows in a
//! rectangle is a list of nodes from the topmost down to one that covers it; where the old list of the
//! place it came from and the new list of the place it goes to are the same but for the offset, so are the pixels. What
//! the lists do not share (a pointer, a window above) is painted again.
//!
//! Invariant: a copy gives the bytes that painting would give. When in doubt there is none.

use crate::blend::alpha;
use crate::damage::DamageGrid;
use crate::gradient::Fill;
use crate::limits::{MOVE_AREA_MIN, MOVE_LOOK_AHEAD, MOVES_MAX};
use crate::paint::{Item, visible};
use crate::shape;
use alloc::vec::Vec;
use halt_heap::Scope;
use halt_ui::{Node, NodeData, NodeKind, Rect};

/// A rectangle whose pixels come from elsewhere on the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Move {
    /// Where they go to.
    pub(crate) to: Rect,
    /// How far that is from where they are.
    pub(crate) by: (i32, i32),
}

/// A subtree that moved as a whole: what of it showed and shows, on the screen.
#[derive(Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) was: Rect,
    pub(crate) is: Rect,
    /// The part of `was` that is worth a look.
    pub(crate) core: Rect,
    pub(crate) by: (i32, i32),
}

impl Candidate {
    /// Whether another one moved as far, and both together are hardly larger than each alone.
    pub(crate) fn joins(&self, other: &Candidate) -> bool {
        let much = area(self.core) + area(other.core);
        self.by == other.by && area(self.core.union(other.core)) <= much + much / 4
    }

    /// Both as one.
    pub(crate) fn with(&self, other: &Candidate) -> Candidate {
        Candidate {
            was: self.was.union(other.was),
            is: self.is.union(other.is),
            core: self.core.union(other.core),
            by: self.by,
        }
    }
}

pub(crate) fn area(rect: Rect) -> i64 {
    rect.width as i64 * rect.height as i64
}

/// The part of a node's bounds that may be copied: the inside of an opaque box, else everything.
pub(crate) fn core_of<'s>(s: Scope<'s>, node: Node<'s>, rect: Rect, bounds: Rect) -> Rect {
    let data = &node.data(s);
    let solid = matches!(data.kind, NodeKind::Box | NodeKind::Surface)
        && Fill::of(data, node.stops(s), rect).is_some_and(|fill| fill.is_opaque());
    if solid { shape::cross(rect, shape::radius_of(data, rect))[0] } else { bounds }
}

/// Takes up those moves that hold, and marks what they leave to be painted. Those that do not hold are marked whole.
pub(crate) fn settle<'s>(
    s: Scope<'s>,
    old: Node<'s>,
    new: Node<'s>,
    candidates: &[Candidate],
    damage: &mut DamageGrid,
) -> Vec<Move> {
    let mut moves: Vec<Move> = Vec::new();
    let mut looks = 0;
    for candidate in candidates {
        let (dx, dy) = candidate.by;
        let to = candidate.core.translated(dx, dy).intersection(candidate.is).intersection(damage.screen());
        let to = to
            .intersection(damage.screen().translated(dx, dy))
            .intersection(candidate.was.translated(dx, dy));
        let from = to.translated(-dx, -dy);
        let is_free = moves.iter().all(|other| {
            let source = other.to.translated(-other.by.0, -other.by.1);
            [from, to]
                .iter()
                .all(|rect| rect.intersection(other.to).is_empty() && rect.intersection(source).is_empty())
        });
        let is_worth = looks < MOVES_MAX && area(to) >= MOVE_AREA_MIN && is_free;
        looks += is_worth as usize;
        let differs = is_worth.then(|| difference(s, (old, from), (new, to), candidate.by)).flatten();
        let Some(differs) = differs else {
            damage.add(candidate.was);
            damage.add(candidate.is);
            continue;
        };
        moves.push(Move { to, by: candidate.by });
        differs.iter().for_each(|rect| damage.add(*rect));
        add_without(damage, candidate.was, to);
        add_without(damage, candidate.is, to);
    }
    moves
}

/// Marks what of a rectangle lies outside of another.
fn add_without(damage: &mut DamageGrid, rect: Rect, hole: Rect) {
    let hole = rect.intersection(hole);
    if hole.is_empty() {
        return damage.add(rect);
    }
    damage.add(Rect { height: hole.y - rect.y, ..rect });
    damage.add(Rect { y: hole.bottom(), height: rect.bottom() - hole.bottom(), ..rect });
    damage.add(Rect { width: hole.x - rect.x, y: hole.y, height: hole.height, ..rect });
    let right = rect.right() - hole.right();
    damage.add(Rect { x: hole.right(), width: right, y: hole.y, height: hole.height });
}

/// The rectangles, where the pixels go to, in which the two pictures differ by more than the offset; `None` when too much
/// does.
fn difference<'s>(
    s: Scope<'s>,
    (old, from): (Node<'s>, Rect),
    (new, to): (Node<'s>, Rect),
    by: (i32, i32),
) -> Option<Vec<Rect>> {
    let (mut before, before_hidden, _) = visible(s, old, from);
    let (mut after, after_hidden, _) = visible(s, new, to);
    if !before_hidden || !after_hidden {
        return None;
    }
    let (base, new_base) = (before.pop()?, after.pop()?);
    if !is_same(s, &base, &new_base, by) && !is_same_ground(s, &base, from, &new_base, to) {
        return None;
    }
    let mut differs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < before.len() {
        let ahead = after[j..].iter().take(MOVE_LOOK_AHEAD);
        match ahead.enumerate().find(|(_, item)| is_same(s, &before[i], item, by)) {
            Some((skipped, _)) => {
                differs.extend(after[j..j + skipped].iter().map(|item| item.clip));
                j += skipped + 1;
            }
            None => differs.push(before[i].clip.translated(by.0, by.1)),
        }
        i += 1;
    }
    differs.extend(after[j..].iter().map(|item| item.clip));
    let much: i64 = differs.iter().map(|rect| area(*rect)).sum();
    (much * 2 < area(to)).then_some(differs)
}

/// Whether two nodes paint the same but for the offset, themselves.
fn is_same<'s>(s: Scope<'s>, a: &Item<'s>, b: &Item<'s>, by: (i32, i32)) -> bool {
    a.part == b.part
        && a.rect.translated(by.0, by.1) == b.rect
        && a.clip.translated(by.0, by.1) == b.clip
        && (a.node.value().is_identical(b.node.value())
            || NodeData { rect: b.data.rect, ..a.data } == b.data
                && a.node.stops(s) == b.node.stops(s)
                && (!matches!(b.data.kind, NodeKind::Text | NodeKind::Image | NodeKind::Path)
                    || s.equal(a.node.content(s), b.node.content(s))))
}

/// Whether both are grounds of one solid colour.
fn is_same_ground<'s>(s: Scope<'s>, a: &Item<'s>, from: Rect, b: &Item<'s>, to: Rect) -> bool {
    let color = |item: &Item<'s>, area: Rect| {
        let data = &item.data;
        let border = data.border();
        let inside = item.rect.inflated(-border);
        match Fill::of(data, item.node.stops(s), item.rect) {
            Some(Fill::Solid(color)) if inside.intersection(area) == area => Some(color),
            _ => None,
        }
    };
    color(a, from).is_some_and(|ground| alpha(ground) == 255 && color(b, to) == Some(ground))
}
