//! Two vectors' trees as one, and a part of a vector.
//!
//! Enter at [`Scope::tree_join`]. It goes down the right edge of the first tree and the left edge of the second, and
//! joins them from the leaves up. Where the nodes around the seam are emptier than need be, their slots are
//! moved together, so that a search in a relaxed branch stays short however often trees are joined.
//!
//! Source: the plan of slots is that of Bagwell and Rompf (2011), as L'orange describes it (2014).

use crate::object::Kind;
use crate::pairs::Nodes;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;
use crate::vector::{BITS, LEAF, WIDTH};
use crate::vector_tree::{Tree, below};
use alloc::vec::Vec;

/// So many more nodes than the fewest possible may hold the slots of a level around the seam.
const EXTRA_NODES: usize = 2;

impl<'s> Scope<'s> {
    /// A tree of the elements of two trees, neither of them empty. O(log n).
    pub(crate) fn tree_join(self, first: &Tree<'s>, second: &Tree<'s>) -> Result<Tree<'s>, OutOfMemory> {
        let shift = first.shift.max(second.shift);
        let nodes = self.join_nodes(first.root, first.shift, second.root, second.shift)?;
        match nodes[..] {
            [root] => Ok(self.tree_of(root, shift)),
            _ => Ok(self.tree_of(self.vector_branch(nodes.into_iter(), shift + BITS)?, shift + BITS)),
        }
    }

    /// One or two nodes, of the greater of the two shifts, with the elements of both.
    fn join_nodes(
        self,
        mut left: Value<'s>,
        mut left_shift: u32,
        mut right: Value<'s>,
        mut right_shift: u32,
    ) -> Result<Vec<Value<'s>>, OutOfMemory> {
        let shift = left_shift.max(right_shift);
        if shift == 0 {
            return Ok(alloc::vec![left, right]);
        }
        let (mut before, mut after) = (Nodes::default(), Nodes::default());
        if left_shift == shift {
            let children = self.vector_children(left);
            before = children.before(children.len() - 1);
            (left, left_shift) = (children.last(), below(shift));
        }
        if right_shift == shift {
            let children = self.vector_children(right);
            after = children.from(1);
            (right, right_shift) = (children.first(), below(shift));
        }
        let mut nodes: Vec<_> = before.iter().collect();
        nodes.extend(self.join_nodes(left, left_shift, right, right_shift)?);
        nodes.extend(after.iter());
        let nodes = self.packed(nodes, below(shift))?;
        // At most twice WIDTH: WIDTH - 1 from each side and two from the seam.
        nodes.chunks(WIDTH).map(|children| self.vector_branch(children.iter().copied(), shift)).collect()
    }

    /// Neighbours of one shift with the same slots in fewer nodes, if there are too many of them.
    fn packed(self, nodes: Vec<Value<'s>>, shift: u32) -> Result<Vec<Value<'s>>, OutOfMemory> {
        let slots: Vec<Vec<_>> = nodes
            .iter()
            .map(|node| match shift {
                0 => self.vector_leaf(*node).to_vec(),
                _ => self.vector_children(*node).iter().collect(),
            })
            .collect();
        let mut counts: Vec<usize> = slots.iter().map(|slots| slots.len()).collect();
        plan(&mut counts, if shift == 0 { LEAF } else { WIDTH });
        if counts.len() == nodes.len() {
            return Ok(nodes);
        }
        let mut packed = Vec::with_capacity(counts.len());
        let (mut node, mut used) = (0, 0);
        for count in counts {
            if used == 0 && slots[node].len() == count {
                packed.push(nodes[node]);
                node += 1;
                continue;
            }
            let mut taken = [Value::NIL; if LEAF > WIDTH { LEAF } else { WIDTH }];
            let mut filled = 0;
            while filled < count {
                let part = &slots[node][used..];
                let part = &part[..part.len().min(count - filled)];
                taken[filled..filled + part.len()].copy_from_slice(part);
                filled += part.len();
                used += part.len();
                if used == slots[node].len() {
                    (node, used) = (node + 1, 0);
                }
            }
            packed.push(if shift == 0 {
                self.values_object(Kind::VectorLeaf, &taken[..count])?
            } else {
                self.vector_branch(taken[..count].iter().copied(), shift)?
            });
        }
        Ok(packed)
    }
}

/// How many slots each node gets, in order, given how many each has: leaves out nodes until there are few enough,
/// by moving the slots of one that is not full, and what these push out, to the nodes after it.
fn plan(counts: &mut Vec<usize>, most: usize) {
    let total: usize = counts.iter().sum();
    let enough = total.div_ceil(most) + EXTRA_NODES;
    let mut at = 0;
    while counts.len() > enough {
        while counts[at] == most {
            at += 1;
        }
        let mut moving = counts.remove(at);
        // There are at least `2 * most` free places behind: the moving slots end before the nodes do.
        let mut to = at;
        while moving > 0 {
            let sum = counts[to] + moving;
            counts[to] = sum.min(most);
            moving = sum - counts[to];
            to += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(counts: &[usize], most: usize, expected: &[usize]) {
        let mut planned = counts.to_vec();
        plan(&mut planned, most);
        assert_eq!(planned, expected);
        assert_eq!(planned.iter().sum::<usize>(), counts.iter().sum());
    }

    #[test]
    fn plan_leaves_what_is_full_enough() {
        check(&[4, 4, 4], 4, &[4, 4, 4]);
        check(&[1, 4, 4, 1], 4, &[1, 4, 4, 1]);
        check(&[4, 1, 1, 1], 4, &[4, 1, 1, 1]);
    }

    #[test]
    fn plan_moves_slots_to_the_nodes_behind() {
        check(&[1, 1, 1, 1, 1], 4, &[2, 1, 1, 1]);
        check(&[4, 4, 1, 4, 3, 1, 1, 1], 4, &[4, 4, 4, 4, 1, 1, 1]);
        check(&[1; 64], 32, &[32, 30, 1, 1]);
    }
}
