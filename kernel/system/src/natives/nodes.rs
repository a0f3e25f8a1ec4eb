//! What a process may know of the picture in its own window: nodes by their paths, for the toolkit in Lisp.
//!
//! A path leads from the window's root by steps, each a node's key or, where it has none, its number among its
//! siblings (negative, see `halt_ui::number_step`): so it stays the same when others come and go. The record of the window says whose picture it is.

use super::{Answer, context, int_arg, is_inert, screen, wrong_argument};
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Scope, Value};
use halt_lisp::{Call, Native, Signal};
use halt_ui::{Flags, Held, Node, NodeKind, Rect, Rows, children};

pub(crate) const NATIVES: &[Native] = &[
    Native {
        name: "window-node",
        arity: (2, Some(2)),
        doc: "Returns the node at a path in the picture of a window, or nil: {:tag :styles :handlers :rect :path}, the rectangle in the window's pixels.",
        function: window_node,
    },
    Native {
        name: "scenes-along",
        arity: (5, Some(5)),
        doc: "Returns the scenes of the nodes along a path, the outermost first, in a scene laid out with a width and a height, and with styles by path that hold beside it: (scenes-along scene width height held path). They bear their metadata.",
        function: scenes_along,
    },
    Native {
        name: "first-field",
        arity: (1, Some(1)),
        doc: "Returns the path of the first text field of a window that takes what is typed, or nil.",
        function: first_field,
    },
    Native {
        name: "path-of-key",
        arity: (2, Some(2)),
        doc: "Returns the path of the node with a key in the picture of a window, or nil.",
        function: path_of_key,
    },
    Native {
        name: "text-index",
        arity: (4, Some(4)),
        doc: "Returns the number of the character at a place in a text field: (text-index window path x y), in pixels from its corner.",
        function: text_index,
    },
    Native {
        name: "scroll-extent",
        arity: (2, Some(2)),
        doc: "Returns the height of what a scroll or a text area holds, how much of it is seen, and how far it is scrolled down; of a text area also the top and the bottom of the line with the caret; all in pixels; or nil.",
        function: scroll_extent,
    },
    Native {
        name: "text-rows",
        arity: (2, Some(2)),
        doc: "Returns what a text area wraps its lines by, for edit-text: (text-rows window path) is the width of its rows in pixels and the font, {:width :size :bold? :mono?}; or nil.",
        function: text_rows,
    },
];

/// The picture of the window that the first argument stands for.
fn picture<'s>(call: &Call<'_, 's>, what: &str) -> Result<Option<Node<'s>>, Signal<'s>> {
    let id = screen::window_id(call, what)?;
    Ok(context(call).system.screen.surface(call.s, id))
}

/// The child that a step leads to.
fn child_at<'s>(s: Scope<'s>, node: Node<'s>, wanted: Value<'s>) -> Option<Node<'s>> {
    let is_it = |index, child| step(s, child, index).is_ok_and(|step| s.equal(step, wanted));
    children(s, node).enumerate().find(|(index, child)| is_it(*index, *child)).map(|(_, child)| child)
}

/// The step to a node with a number among its siblings.
pub(super) fn step<'s>(s: Scope<'s>, node: Node<'s>, index: usize) -> Result<Value<'s>, OutOfMemory> {
    match node.key(s) {
        key if key.is_nil() || !is_inert(s, key) => s.int(halt_ui::number_step(index)),
        key => Ok(key),
    }
}

/// The steps along child numbers from the root.
pub(super) fn steps_along<'s>(
    s: Scope<'s>,
    root: Node<'s>,
    path: &[usize],
) -> Result<Vec<Value<'s>>, OutOfMemory> {
    let mut steps = Vec::with_capacity(path.len());
    let mut node = root;
    for index in path {
        let Some(child) = halt_ui::node_at(s, node, &[*index]) else { break };
        steps.push(step(s, child, *index)?);
        node = child;
    }
    Ok(steps)
}

/// A node that a path led to.
#[derive(Clone, Copy)]
pub(crate) struct Found<'s> {
    pub(crate) node: Node<'s>,
    /// In the root's space.
    pub(crate) rect: Rect,
    /// What the clips around it leave to be seen, in the root's space.
    pub(crate) clip: Rect,
}

/// Follows a path from a root; what is disabled is not there.
pub(crate) fn at_path<'s>(s: Scope<'s>, root: Node<'s>, path: Value<'s>) -> Option<Found<'s>> {
    if s.kind(path) != Kind::Vector {
        return None;
    }
    let rect = root.data(s).rect;
    if root.data(s).flags & Flags::DISABLED != 0 {
        return None;
    }
    let mut found = Found { node: root, rect, clip: rect };
    for wanted in s.vector_iter(path) {
        let data = found.node.data(s);
        let clip = if data.clips() { found.clip.intersection(found.rect) } else { found.clip };
        let node = child_at(s, found.node, wanted)?;
        if node.data(s).flags & Flags::DISABLED != 0 {
            return None;
        }
        let rect = node.data(s).rect.translated(found.rect.x, found.rect.y);
        found = Found { node, rect, clip };
    }
    Some(found)
}

/// The part of a node's scene at an index, if it is of a kind, or nil.
fn scene_part<'s>(s: Scope<'s>, node: Node<'s>, index: usize, kind: Kind) -> Value<'s> {
    let scene = node.scene(s);
    let part = (s.kind(scene) == Kind::Vector).then(|| s.vector_get(scene, index)).flatten();
    part.filter(|part| s.kind(*part) == kind).unwrap_or(Value::NIL)
}

/// The tag that a node's scene begins with, or nil.
pub(super) fn tag_of<'s>(s: Scope<'s>, node: Node<'s>) -> Value<'s> {
    scene_part(s, node, 0, Kind::Keyword)
}

/// The style map of a node's scene, or nil.
fn styles_of<'s>(s: Scope<'s>, node: Node<'s>) -> Value<'s> {
    scene_part(s, node, 1, Kind::Map)
}

/// Whether a node is a text field that takes what is typed.
pub(super) fn is_live_field<'s>(s: Scope<'s>, node: Node<'s>) -> bool {
    let has = |name: &str| halt_ui::handler_of(s, node, s.keyword(name)).is_some();
    matches!(s.name(tag_of(s, node)), Some("input" | "text-area")) && (has("on-change") || has("on-key"))
}

/// A style of a node that is for who holds the pointer, such as :tip or :drag; or nil.
pub(super) fn style_of<'s>(s: Scope<'s>, node: Node<'s>, name: &str) -> Value<'s> {
    match styles_of(s, node) {
        styles if styles.is_nil() => Value::NIL,
        styles => s.map_get(styles, s.keyword(name)).unwrap_or(Value::NIL),
    }
}

/// The first text in a node, or nil. Pictures are at most a few hundred levels deep.
pub(super) fn first_text<'s>(s: Scope<'s>, node: Node<'s>) -> Value<'s> {
    let text = node.content(s);
    if s.as_str(text).is_some() {
        return text;
    }
    children(s, node).map(|child| first_text(s, child)).find(|text| !text.is_nil()).unwrap_or(Value::NIL)
}

fn window_node<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let Some(root) = picture(call, "window-node")? else { return Ok(Value::NIL) };
    let Some(found) = at_path(s, root, call.args[1]) else { return Ok(Value::NIL) };
    Ok(s.map(&[
        (s.keyword("tag"), tag_of(s, found.node)),
        (s.keyword("styles"), styles_of(s, found.node)),
        (s.keyword("handlers"), found.node.handlers(s)),
        (s.keyword("rect"), screen::rect_value(s, found.rect)?),
        (s.keyword("path"), call.args[1]),
    ])?)
}

fn scenes_along<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let size = |index| Ok::<_, Signal<'s>>(int_arg(call, "scenes-along", index)?.clamp(0, 16_384) as i32);
    let theme = context(call).system.screen.theme(s);
    let held = Held { now: call.args[3], before: Value::NIL };
    // Without what was laid out before: that may be of an equal scene, without this one's metadata.
    let mut node = halt_ui::layout_held(s, None, call.args[0], size(1)?, size(2)?, &theme, held)?.root;
    if s.kind(call.args[4]) != Kind::Vector {
        return Err(wrong_argument(call, "scenes-along", 4, "a path"));
    }
    let mut scenes = alloc::vec![node.scene(s)];
    for wanted in s.vector_iter(call.args[4]) {
        let Some(child) = child_at(s, node, wanted) else { break };
        // What the toolkit has added has no scene.
        scenes.extend(Some(child.scene(s)).filter(|scene| !scene.is_nil()));
        node = child;
    }
    Ok(s.vector(&scenes)?)
}

fn first_field<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let Some(root) = picture(call, "first-field")? else { return Ok(Value::NIL) };
    match halt_ui::focusables(s, root).iter().find(|control| is_live_field(s, control.node)) {
        Some(field) => Ok(s.vector(&steps_along(s, root, &field.path)?)?),
        None => Ok(Value::NIL),
    }
}

fn path_of_key<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let Some(root) = picture(call, "path-of-key")? else { return Ok(Value::NIL) };
    let mut path = Vec::new();
    match find_key(s, root, call.args[1], &mut path) {
        true => Ok(s.vector(&steps_along(s, root, &path)?)?),
        false => Ok(Value::NIL),
    }
}

/// Finds the child numbers that lead to the first node with a key. Pictures are at most a few hundred levels deep.
fn find_key<'s>(s: Scope<'s>, node: Node<'s>, key: Value<'s>, path: &mut Vec<usize>) -> bool {
    for (index, child) in children(s, node).enumerate() {
        path.push(index);
        if s.equal(child.key(s), key) || find_key(s, child, key, path) {
            return true;
        }
        path.pop();
    }
    false
}

fn text_index<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let (x, y) = (int_arg(call, "text-index", 2)? as i32, int_arg(call, "text-index", 3)? as i32);
    let found = picture(call, "text-index")?.and_then(|root| at_path(s, root, call.args[1]));
    let Some(found) = found else {
        return Err(wrong_argument(call, "text-index", 1, "the path of a text field"));
    };
    Ok(s.int(halt_ui::text_index_at(s, found.node, x, y) as i64)?)
}

fn scroll_extent<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let found = picture(call, "scroll-extent")?.and_then(|root| at_path(s, root, call.args[1]));
    let Some(found) = found.filter(|found| found.node.data(s).kind == NodeKind::Box) else {
        return Ok(Value::NIL);
    };
    let extent = halt_ui::scroll_extent(s, found.node);
    let caret = extent.caret.map(|(top, bottom)| [top, bottom]);
    let pixels = [extent.content, extent.height, extent.top].into_iter().chain(caret.into_iter().flatten());
    let parts = pixels.map(|pixels| s.int(pixels as i64)).collect::<Result<Vec<_>, _>>()?;
    Ok(s.vector(&parts)?)
}

fn text_rows<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let found = picture(call, "text-rows")?.and_then(|root| at_path(s, root, call.args[1]));
    let Some(Rows::Wrapped(font, width)) = found.and_then(|found| halt_ui::text_rows(s, found.node)) else {
        return Ok(Value::NIL);
    };
    Ok(s.map(&[
        (s.keyword("width"), s.int(width as i64)?),
        (s.keyword("size"), s.int(font.height() as i64)?),
        (s.keyword("bold?"), Value::bool(font.bold)),
        (s.keyword("mono?"), Value::bool(font.mono)),
    ])?)
}
