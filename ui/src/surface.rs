//! Changing a picture along one path: app pictures in their windows, the pointer, a focused node.
//!
//! Enter at [`replace_surface`] and [`replace_at`]. Only the nodes of the path are made anew.

use crate::picture::{Node, NodeKind};
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Scope, Value};

/// Returns the path (child numbers from the root) of the surface with an id. Does not look inside surfaces.
pub fn find_surface<'s>(s: Scope<'s>, root: Node<'s>, id: Value<'s>) -> Option<Vec<usize>> {
    let mut path = Vec::new();
    find(s, root, id, &mut path).then_some(path)
}

/// Returns the paths of the surfaces whose ids are wanted. Does not look inside surfaces.
pub fn find_surfaces<'s>(
    s: Scope<'s>,
    root: Node<'s>,
    wanted: impl Fn(Value<'s>) -> bool,
) -> Vec<Vec<usize>> {
    fn walk<'s>(
        s: Scope<'s>,
        node: Node<'s>,
        wanted: &dyn Fn(Value<'s>) -> bool,
        path: &mut Vec<usize>,
        found: &mut Vec<Vec<usize>>,
    ) {
        if node.data(s).kind == NodeKind::Surface {
            if wanted(node.content(s)) {
                found.push(path.clone());
            }
            return;
        }
        for (index, child) in children(s, node).enumerate() {
            path.push(index);
            walk(s, child, wanted, path, found);
            path.pop();
        }
    }
    let mut found = Vec::new();
    walk(s, root, &wanted, &mut Vec::new(), &mut found);
    found
}

fn find<'s>(s: Scope<'s>, node: Node<'s>, id: Value<'s>, path: &mut Vec<usize>) -> bool {
    if node.data(s).kind == NodeKind::Surface {
        return s.equal(node.content(s), id);
    }
    for (index, child) in children(s, node).enumerate() {
        path.push(index);
        if find(s, child, id, path) {
            return true;
        }
        path.pop();
    }
    false
}

/// Returns the node at a path.
pub fn node_at<'s>(s: Scope<'s>, root: Node<'s>, path: &[usize]) -> Option<Node<'s>> {
    path.iter().try_fold(root, |node, index| {
        let children = node.children(s);
        (s.kind(children) == Kind::Vector).then_some(())?;
        Node::of(s, s.vector_get(children, *index)?)
    })
}

/// Returns the picture with another node at a path; `None` when nothing is there.
pub fn replace_at<'s>(
    s: Scope<'s>,
    root: Node<'s>,
    path: &[usize],
    node: Node<'s>,
) -> Result<Option<Node<'s>>, OutOfMemory> {
    let Some((index, rest)) = path.split_first() else { return Ok(Some(node)) };
    let Some(child) = node_at(s, root, &[*index]) else { return Ok(None) };
    let Some(child) = replace_at(s, child, rest, node)? else { return Ok(None) };
    let Some(children) = s.vector_assoc(root.children(s), *index, child.value())? else { return Ok(None) };
    Ok(Some(root.with_children(s, children)?))
}

/// Returns the picture with an app's picture (or nothing) in the surface with an id; `None` when there is no
/// such surface.
pub fn replace_surface<'s>(
    s: Scope<'s>,
    root: Node<'s>,
    id: Value<'s>,
    picture: Option<Node<'s>>,
) -> Result<Option<Node<'s>>, OutOfMemory> {
    let Some(path) = find_surface(s, root, id) else { return Ok(None) };
    let Some(surface) = node_at(s, root, &path) else { return Ok(None) };
    let children = match picture {
        Some(picture) => s.vector(&[picture.value()])?,
        None => Value::NIL,
    };
    let surface = surface.with_children(s, children)?;
    replace_at(s, root, &path, surface)
}

/// Returns the node with the child of a key replaced, or with the new child on top when no child has the key.
pub fn replace_child_by_key<'s>(
    s: Scope<'s>,
    parent: Node<'s>,
    key: Value<'s>,
    child: Node<'s>,
) -> Result<Node<'s>, OutOfMemory> {
    // What is replaced often, the pointer, is on top.
    let count = children(s, parent).count();
    let found = (0..count)
        .rev()
        .find(|index| node_at(s, parent, &[*index]).is_some_and(|node| s.equal(node.key(s), key)));
    let old = parent.children(s);
    let children = match found {
        Some(index) => s.vector_assoc(old, index, child.value())?.unwrap_or(old),
        None if count == 0 => s.vector(&[child.value()])?,
        None => s.vector_push(old, child.value())?,
    };
    parent.with_children(s, children)
}

/// Returns the children of a node, back to front; of a node without any, none.
pub fn children<'s>(s: Scope<'s>, node: Node<'s>) -> impl Iterator<Item = Node<'s>> {
    let children = node.children(s);
    let count = if s.kind(children) == Kind::Vector { s.vector_count(children) } else { 0 };
    (0..count).filter_map(move |index| Node::of(s, s.vector_get(children, index)?))
}
