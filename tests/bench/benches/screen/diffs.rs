//! Contests in telling two pictures apart. No peer compares trees by reference, so there is none.

use crate::contest::{Contest, Turn};
use crate::harness::Plan;
use crate::ours::{child, node, with_child};
use crate::scene::Rect;
use halt_heap::{Heap, OutOfMemory, Published, Region, Scope};
use halt_render::{DamageGrid, TILE_HEIGHT, TILE_WIDTH, diff};
use halt_ui::{Node, NodeData};

/// A root with so many children.
fn tree<'s>(s: Scope<'s>, leaves: usize) -> Result<Node<'s>, OutOfMemory> {
    let leaf = |leaf: i32| {
        let rect = Rect::new(leaf % 60 * 30, leaf / 60 % 40 * 25, 28, 20);
        node(s, NodeData { rect, fill: 0xFF30_4050 + leaf as u32, ..NodeData::default() }, &[], None)
    };
    let children = (0..leaves as i32).map(leaf).collect::<Result<Vec<_>, _>>()?;
    let root = NodeData { rect: Rect::new(0, 0, 1900, 1000), ..NodeData::default() };
    Ok(Node::of(s, node(s, root, &children, None)?).expect("a node"))
}

/// The tree with a leaf in another colour.
fn changed<'s>(s: Scope<'s>, tree: Node<'s>, index: usize) -> Result<Node<'s>, OutOfMemory> {
    let leaf = child(s, tree, index);
    let data = leaf.data(s);
    let leaf = leaf.with_data(s, &NodeData { fill: data.fill ^ 0xFFFF, ..data })?;
    with_child(s, tree, index, leaf.value())
}

struct Pictures {
    mutator: halt_heap::Mutator,
    both: [Published; 2],
    damage: DamageGrid,
    _heap: Heap,
}

impl Pictures {
    fn new(leaves: usize) -> Pictures {
        let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
        let mut mutator = heap.mutator();
        let both = mutator.enter(|s| -> Result<_, OutOfMemory> {
            let first = tree(s, leaves)?;
            let second = changed(s, first, leaves * 2 / 3)?;
            Ok([s.publish(first.value())?, s.publish(second.value())?])
        });
        let damage = DamageGrid::new(1920, 1080, TILE_WIDTH, TILE_HEIGHT);
        Pictures { mutator, both: both.expect("memory for the pictures"), damage, _heap: heap }
    }

    /// Diffs the first against another so many times, within one scope; the sum of nodes visited.
    fn diff(&mut self, other: usize, count: u64) -> Turn {
        let Pictures { mutator, both, damage, .. } = self;
        mutator.enter(|s| {
            let open = |at: usize| Node::of(s, s.open(&both[at])).expect("a node");
            let (old, new) = (open(0), open(other));
            Turn::timed_sum(count, || {
                (0..count).map(|_| diff(s, Some(old), std::hint::black_box(new), damage).nodes as u64).sum()
            })
        })
    }
}

/// Equal roots.
pub(crate) fn equal(plan: &Plan) -> Contest {
    let count = plan.scaled(1_000_000);
    let mut pictures = Pictures::new(600);
    Contest::new(move || pictures.diff(0, count))
}

/// One leaf of so many changed.
pub(crate) fn leaf(plan: &Plan, leaves: usize) -> Contest {
    let count = plan.scaled(100_000);
    let mut pictures = Pictures::new(leaves);
    Contest::new(move || {
        let turn = pictures.diff(1, count);
        Turn { value: turn.value / 1e3, ..turn }
    })
}
