//! Contests in layout: rows of columns of texts, cold and with one leaf changed.
//!
//! Enter at [`cold`] and [`leaf`]. The peer is taffy's own tree with its cache, given each text's size, so that it measures
//! none. What is compared is where all leaves end up.

use crate::contest::{Contest, Turn};
use crate::harness::Plan;
use halt_heap::{Heap, Mutator, OutOfMemory, Published, Region, Scope, Value};
use halt_ui::{Node, Rect, Theme, children, layout};
use taffy::prelude::{AvailableSpace, NodeId, Size, Style, TaffyTree, length};
use taffy::{AlignItems, FlexDirection};

/// The space that the scene is laid out in: room for every column.
const SPACE: (i32, i32) = (20_000, 20_000);
const GAP: i32 = 4;
const PAD: i32 = 4;

fn element<'s>(
    s: Scope<'s>,
    tag: &str,
    style: (&str, i32),
    children: &[Value<'s>],
) -> Result<Value<'s>, OutOfMemory> {
    let styles = [(s.keyword(style.0), s.int(style.1.into())?), (s.keyword("align"), s.keyword("start"))];
    let mut all = vec![s.keyword(tag), s.map(&styles)?];
    all.extend(children);
    s.vector(&all)
}

fn text(s: Scope<'_>, n: usize) -> Result<Value<'_>, OutOfMemory> {
    s.vector(&[s.keyword("text"), s.int(10_000 + n as i64)?])
}

/// The places of all leaves, as one number.
fn places_of(rects: impl Iterator<Item = Rect>) -> u64 {
    rects.fold(0, |sum, rect| sum * 31 % (1 << 40) + (rect.x * 4099 + rect.y) as u64)
}

/// Rows of columns: a scene, the same with one leaf changed, and the picture of the first.
struct Scenes {
    mutator: Mutator,
    scene: Published,
    changed: Published,
    picture: Published,
    theme: Theme,
    /// The leaves, column by column, each relative to its column.
    leaves: Vec<Vec<Rect>>,
    _heap: Heap,
}

impl Scenes {
    fn new(columns: usize, rows: usize) -> Scenes {
        let heap = Heap::new(Region::allocate(256 << 20)).expect("a heap");
        let mut mutator = heap.mutator();
        let theme = Theme::dark();
        let made = mutator.enter(|s| -> Result<_, OutOfMemory> {
            let column = |column: usize| {
                let texts: Result<Vec<_>, _> = (0..rows).map(|row| text(s, column * rows + row)).collect();
                element(s, "column", ("pad", PAD), &texts?)
            };
            let all = (0..columns).map(column).collect::<Result<Vec<_>, _>>()?;
            let scene = element(s, "row", ("gap", GAP), &all)?;
            // Tag and styles come first.
            let (at, place) = (columns / 2, rows / 3);
            let other = s.vector_assoc(all[at], place + 2, text(s, columns * rows + 1)?)?.expect("a place");
            let changed = s.vector_assoc(scene, at + 2, other)?.expect("a place");
            let picture = layout(s, None, scene, SPACE.0, SPACE.1, &theme)?.root;
            let leaves = columns_of(s, picture)
                .iter()
                .map(|it| children(s, *it).map(|leaf| leaf.data(s).rect).collect())
                .collect();
            Ok((s.publish(scene)?, s.publish(changed)?, s.publish(picture.value())?, leaves))
        });
        let (scene, changed, picture, leaves) = made.expect("memory for the scenes");
        Scenes { mutator, scene, changed, picture, theme, leaves, _heap: heap }
    }

    /// Lays the scene out so many times; with `known`, as a change of the picture that it had.
    fn turn(&mut self, count: u64, known: bool) -> Turn {
        let Scenes { mutator, scene, changed, picture, theme, .. } = self;
        let mut check = 0;
        let turn = Turn::timed(count, || {
            for i in 0..count {
                mutator.enter(|s| {
                    let previous = if known { Node::of(s, s.open(picture)) } else { None };
                    let scene = s.open(if known { changed } else { scene });
                    let root = layout(s, previous, scene, SPACE.0, SPACE.1, theme).expect("memory").root;
                    if i + 1 == count {
                        let columns = columns_of(s, root);
                        check = places_of(columns.iter().flat_map(|column| {
                            let at = column.data(s).rect;
                            children(s, *column).map(move |leaf| leaf.data(s).rect.translated(at.x, at.y))
                        }));
                    }
                });
            }
        });
        turn.with(check)
    }
}

/// The columns of a picture.
fn columns_of<'s>(s: Scope<'s>, root: Node<'s>) -> Vec<Node<'s>> {
    children(s, root).collect()
}

/// The same as a tree of taffy's.
struct Peer {
    tree: TaffyTree<()>,
    root: NodeId,
    columns: Vec<NodeId>,
    leaf: NodeId,
}

impl Peer {
    fn new(leaves: &[Vec<Rect>]) -> Peer {
        let mut tree = TaffyTree::with_capacity(leaves.len() * (1 + leaves.first().map_or(0, Vec::len)) + 1);
        let columns: Vec<NodeId> = leaves
            .iter()
            .map(|column| {
                let texts: Vec<NodeId> = column
                    .iter()
                    .map(|rect| {
                        let size =
                            Size { width: length(rect.width as f32), height: length(rect.height as f32) };
                        tree.new_leaf(Style { size, flex_shrink: 0.0, ..Style::default() }).expect("a leaf")
                    })
                    .collect();
                let style = Style {
                    flex_direction: FlexDirection::Column,
                    align_items: AlignItems::FLEX_START,
                    padding: taffy::Rect::length(PAD as f32),
                    flex_shrink: 0.0,
                    ..Style::default()
                };
                tree.new_with_children(style, &texts).expect("a column")
            })
            .collect();
        let style = Style {
            gap: Size { width: length(GAP as f32), height: length(0.0) },
            align_items: AlignItems::FLEX_START,
            size: Size { width: length(SPACE.0 as f32), height: length(SPACE.1 as f32) },
            ..Style::default()
        };
        let root = tree.new_with_children(style, &columns).expect("a row");
        let middle = tree.children(columns[columns.len() / 2]).expect("a column");
        let leaf = middle[middle.len() / 3];
        let mut peer = Peer { tree, root, columns, leaf };
        peer.place();
        peer
    }

    fn place(&mut self) {
        let space = Size {
            width: AvailableSpace::Definite(SPACE.0 as f32),
            height: AvailableSpace::Definite(SPACE.1 as f32),
        };
        self.tree.compute_layout(self.root, space).expect("a layout");
    }

    fn check(&self) -> u64 {
        let at = |node: NodeId| self.tree.layout(node).expect("a layout").location;
        places_of(self.columns.iter().flat_map(|column| {
            let column_at = at(*column);
            self.tree.children(*column).expect("a column").into_iter().map(move |leaf| {
                let leaf = at(leaf);
                Rect::new((column_at.x + leaf.x) as i32, (column_at.y + leaf.y) as i32, 0, 0)
            })
        }))
    }
}

fn in_unit(turn: Turn, ns: f64) -> Turn {
    Turn { value: turn.value / ns, ..turn }
}

/// 1,000 nodes laid out from nothing. taffy's tree is there already, as our scene is, and forgets what it knew.
pub(crate) fn cold(plan: &Plan) -> Contest {
    let (columns, count) = (if plan.is_quick { 4 } else { 40 }, plan.scaled(200).max(1));
    let mut scenes = Scenes::new(columns, 24);
    let leaves = scenes.leaves.clone();
    let mut peer = Peer::new(&leaves);
    Contest::new(move || in_unit(scenes.turn(count, false), 1e6)).and("taffy", move || {
        let turn = Turn::timed(count, || {
            for _ in 0..count {
                let texts =
                    peer.columns.iter().flat_map(|column| peer.tree.children(*column).expect("a column"));
                for leaf in texts.collect::<Vec<_>>() {
                    peer.tree.mark_dirty(leaf).expect("a leaf");
                }
                peer.place();
            }
        });
        in_unit(turn.with(peer.check()), 1e6)
    })
}

/// One leaf of 10,000 nodes changed; the others stand.
pub(crate) fn leaf(plan: &Plan) -> Contest {
    let (columns, count) = (if plan.is_quick { 4 } else { 100 }, plan.scaled(2000).max(1));
    let mut scenes = Scenes::new(columns, 99);
    let leaves = scenes.leaves.clone();
    let mut peer = Peer::new(&leaves);
    Contest::new(move || in_unit(scenes.turn(count, true), 1e6)).and("taffy", move || {
        let count = (count / 10).max(1);
        let turn = Turn::timed(count, || {
            for _ in 0..count {
                peer.tree.mark_dirty(peer.leaf).expect("a leaf");
                peer.place();
            }
        });
        in_unit(turn.with(peer.check()), 1e6)
    })
}
