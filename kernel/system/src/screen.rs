//! The screen atom: one immutable tree for the whole screen, and the commits that replace it.
//!
//! Enter at [`Screen::commit_desktop`], [`Screen::commit_surface`] and [`Screen::move_pointer`]: each is one
//! swap of the atom around a pure function. `compose` builds the tree from its parts; the painting side is
//! in `present.rs`.
//!
//! Invariant: the picture is a function of the snapshot: desktop as the shell laid it out, app pictures by
//! window id, pointer place, pressed button, focus ring, theme, zoom. Nobody ever calls `invalidate`. Everybody but the
//! painting side and the pointer's devices works in the pixels of the desktop, which the zoom enlarges.

use crate::SystemConfig;
use crate::natives::nodes::at_path;
use crate::natives::screen::surface_place;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use halt_heap::{Heap, Kind, OutOfMemory, Published, Scope, Value};
use halt_render::Compositor;
use halt_ui::{
    Flags, Node, NodeData, NodeKind, POINTER_SIZE, Rect, THEME_COLORS, Theme, place_under, zoom, zoomed_place,
};
use spin::Mutex;

/// Tag of the record in the screen atom.
const SCREEN_TAG: u16 = 0x201;

/// Latencies kept for the median and the 99th percentile.
pub(crate) const LATENCIES_MAX: usize = 1024;

/// The screen atom and what paints it.
pub(crate) struct Screen {
    pub(crate) width: i32,
    pub(crate) height: i32,
    atom: Published,
    /// The newest zoom in percent, for whoever turns places of the screen into those of the desktop.
    zoom: AtomicI32,
    /// A commit came that is not painted yet.
    pub(crate) is_dirty: AtomicBool,
    /// A frame was begun and its end is not yet noted.
    pub(crate) is_in_flight: AtomicBool,
    /// The shell has a pointer message it has not answered by asking for the place.
    pub(crate) move_is_pending: AtomicBool,
    /// When the oldest pointer move that is not yet on the display came in; 0 for none.
    pub(crate) pointer_since_us: AtomicU64,
    /// The oldest key press or drag that a program has not answered with a commit.
    pub(crate) answers: crate::present::Answers,
    pub(crate) compositor: Compositor,
    pub(crate) painting: Mutex<crate::present::Painting>,
    pub(crate) figures: Mutex<crate::present::ScreenFigures>,
    pub(crate) loaded_us: AtomicU64,
    pub(crate) first_frame_us: AtomicU64,
}

/// One snapshot of the screen, opened.
#[derive(Clone, Copy)]
struct Snapshot<'s> {
    /// The desktop as the shell laid it out, its surfaces empty; or nil.
    layout: Value<'s>,
    /// App pictures by window id.
    surfaces: Value<'s>,
    /// The layout with the surfaces in their places; or nil.
    desktop: Value<'s>,
    /// Everything, as it is painted.
    root: Value<'s>,
    /// The desktop zoomed, as far as there is a zoom; else nil.
    zoomed: Value<'s>,
    /// What the focus ring is around: [window path], or nil.
    ring: Value<'s>,
    /// What the colours are that scenes name.
    theme: Theme,
    /// Whether the desktop has surfaces with the ids `[:preview window]`: windows shown small.
    has_previews: bool,
    /// How large it is painted, in percent.
    zoom: i32,
    x: i32,
    y: i32,
    is_pressed: bool,
}

impl<'s> Snapshot<'s> {
    fn open(s: Scope<'s>, value: Value<'s>) -> Snapshot<'s> {
        let (v, w) = (s.record_values(value), s.record_words(value));
        Snapshot {
            layout: v[0],
            surfaces: v[1],
            desktop: v[2],
            root: v[3],
            ring: v[4],
            zoomed: v[5],
            zoom: w[4] as i32,
            x: w[0] as i32,
            y: w[1] as i32,
            is_pressed: w[2] != 0,
            has_previews: w[3] != 0,
            theme: Theme::of_colors(core::array::from_fn(|i| w[5 + i] as u32)),
        }
    }

    /// The pointer's place on the desktop.
    fn place(&self) -> (i32, i32) {
        (place_under(self.x, self.zoom), place_under(self.y, self.zoom))
    }

    fn build(&self, s: Scope<'s>) -> Result<Value<'s>, OutOfMemory> {
        let values = [self.layout, self.surfaces, self.desktop, self.root, self.ring, self.zoomed];
        let mut words = [0; 5 + THEME_COLORS];
        words[..2].copy_from_slice(&[self.x as u32 as u64, self.y as u32 as u64]);
        words[2..4].copy_from_slice(&[self.is_pressed as u64, self.has_previews as u64]);
        words[4] = self.zoom as u64;
        for (word, color) in words[5..].iter_mut().zip(self.theme.colors()) {
            *word = color.into();
        }
        s.record(SCREEN_TAG, &values, &words)
    }
}

impl Screen {
    pub(crate) fn new(heap: &Heap, config: &SystemConfig) -> Result<Screen, String> {
        let (width, height) = (config.width as i32, config.height as i32);
        let atom = heap.mutator().enter(|s| {
            let empty = Snapshot {
                layout: Value::NIL,
                surfaces: s.empty_map()?,
                desktop: Value::NIL,
                root: Value::NIL,
                ring: Value::NIL,
                zoomed: Value::NIL,
                zoom: 100,
                theme: Theme::dark(),
                has_previews: false,
                x: width / 2,
                y: height / 2,
                is_pressed: false,
            };
            s.publish(s.atom(empty.build(s)?)?)
        });
        Ok(Screen {
            width,
            height,
            atom: atom.map_err(|error| error.to_string())?,
            zoom: AtomicI32::new(100),
            is_dirty: AtomicBool::new(false),
            is_in_flight: AtomicBool::new(false),
            move_is_pending: AtomicBool::new(false),
            pointer_since_us: AtomicU64::new(0),
            answers: crate::present::Answers::default(),
            compositor: Compositor::new(width, height),
            painting: Mutex::new(crate::present::Painting::default()),
            figures: Mutex::new(crate::present::ScreenFigures::default()),
            loaded_us: AtomicU64::new(0),
            first_frame_us: AtomicU64::new(0),
        })
    }

    /// Replaces the desktop's layout. Surfaces keep their pictures.
    pub(crate) fn commit_desktop<'s>(&self, s: Scope<'s>, layout: Node<'s>) -> Result<(), OutOfMemory> {
        self.swap(s, |mut snapshot| {
            let mut desktop = layout;
            for (id, picture) in s.map_iter(snapshot.surfaces) {
                if let Some(picture) = Node::of(s, picture) {
                    desktop = halt_ui::replace_surface(s, desktop, id, Some(picture))?.unwrap_or(desktop);
                }
            }
            let previews = halt_ui::find_surfaces(s, desktop, |id| previewed(s, id).is_some());
            for path in &previews {
                desktop = with_preview(s, desktop, path, snapshot.surfaces)?;
            }
            snapshot.has_previews = !previews.is_empty();
            snapshot.layout = layout.value();
            snapshot.desktop = desktop.value();
            Ok(snapshot)
        })?;
        self.answers.note_commit();
        Ok(())
    }

    /// Replaces the picture of one window.
    pub(crate) fn commit_surface<'s>(
        &self,
        s: Scope<'s>,
        id: Value<'s>,
        picture: Node<'s>,
    ) -> Result<(), OutOfMemory> {
        self.swap(s, |mut snapshot| {
            snapshot.surfaces = s.map_assoc(snapshot.surfaces, id, picture.value())?;
            if let Some(desktop) = Node::of(s, snapshot.desktop) {
                let filled = halt_ui::replace_surface(s, desktop, id, Some(picture))?;
                let mut desktop = filled.unwrap_or(desktop);
                if snapshot.has_previews {
                    let shows = |preview| previewed(s, preview).is_some_and(|of| s.equal(of, id));
                    for path in halt_ui::find_surfaces(s, desktop, shows) {
                        desktop = with_preview(s, desktop, &path, snapshot.surfaces)?;
                    }
                }
                snapshot.desktop = desktop.value();
            }
            Ok(snapshot)
        })?;
        self.answers.note_commit();
        Ok(())
    }

    /// Forgets the picture of a window that was closed.
    pub(crate) fn forget_surface<'s>(&self, s: Scope<'s>, id: Value<'s>) -> Result<(), OutOfMemory> {
        self.swap(s, |mut snapshot| {
            snapshot.surfaces = s.map_dissoc(snapshot.surfaces, id)?;
            Ok(snapshot)
        })
    }

    /// Puts the pointer at a place.
    pub(crate) fn move_pointer(&self, s: Scope<'_>, x: i32, y: i32) -> Result<(), OutOfMemory> {
        self.swap(s, |snapshot| Ok(Snapshot { x, y, ..snapshot }))
    }

    /// Shows or hides the pressed look under the pointer.
    pub(crate) fn press(&self, s: Scope<'_>, is_pressed: bool) -> Result<(), OutOfMemory> {
        self.swap(s, |snapshot| Ok(Snapshot { is_pressed, ..snapshot }))
    }

    /// Shows the focus ring around the node at a path in a window, [window path], or hides it with nil.
    pub(crate) fn set_focus_ring<'s>(&self, s: Scope<'s>, ring: Value<'s>) -> Result<(), OutOfMemory> {
        if s.equal(self.snapshot(s).ring, ring) {
            return Ok(());
        }
        self.swap(s, |snapshot| Ok(Snapshot { ring, ..snapshot }))
    }

    /// What colours scenes name from now on. Pictures keep theirs until they are laid out again.
    pub(crate) fn set_theme(&self, s: Scope<'_>, theme: Theme) -> Result<(), OutOfMemory> {
        self.swap(s, |snapshot| Ok(Snapshot { theme, ..snapshot }))
    }

    /// How large everything is painted from now on, in percent.
    pub(crate) fn set_zoom(&self, s: Scope<'_>, zoom: i32) -> Result<(), OutOfMemory> {
        self.zoom.store(zoom, Ordering::Release);
        self.swap(s, |snapshot| Ok(Snapshot { zoom, ..snapshot }))
    }

    /// The place of the desktop that a place of the screen shows.
    pub(crate) fn under(&self, x: i32, y: i32) -> (i32, i32) {
        let zoom = self.zoom.load(Ordering::Acquire);
        (place_under(x, zoom), place_under(y, zoom))
    }

    /// Where on the screen a rectangle of the desktop shows.
    pub(crate) fn on_screen(&self, rect: Rect) -> Rect {
        let zoom = self.zoom.load(Ordering::Acquire);
        let (x, y) = (zoomed_place(rect.x, zoom), zoomed_place(rect.y, zoom));
        Rect::new(x, y, zoomed_place(rect.right(), zoom) - x, zoomed_place(rect.bottom(), zoom) - y)
    }

    /// The theme that scenes are laid out with.
    pub(crate) fn theme(&self, s: Scope<'_>) -> Theme {
        self.snapshot(s).theme
    }

    /// The pointer's place on the desktop.
    pub(crate) fn pointer(&self, s: Scope<'_>) -> (i32, i32) {
        self.snapshot(s).place()
    }

    /// The desktop with its surfaces filled, once the shell has committed one.
    pub(crate) fn desktop<'s>(&self, s: Scope<'s>) -> Option<Node<'s>> {
        Node::of(s, self.snapshot(s).desktop)
    }

    /// The desktop as the shell laid it out: what its next layout shares with.
    pub(crate) fn layout<'s>(&self, s: Scope<'s>) -> Option<Node<'s>> {
        Node::of(s, self.snapshot(s).layout)
    }

    /// The picture of one window.
    pub(crate) fn surface<'s>(&self, s: Scope<'s>, id: Value<'s>) -> Option<Node<'s>> {
        s.map_get(self.snapshot(s).surfaces, id).and_then(|picture| Node::of(s, picture))
    }

    /// The root of the newest snapshot, once there is a desktop.
    pub(crate) fn root<'s>(&self, s: Scope<'s>) -> Option<Node<'s>> {
        Node::of(s, self.snapshot(s).root)
    }

    fn snapshot<'s>(&self, s: Scope<'s>) -> Snapshot<'s> {
        Snapshot::open(s, s.atom_load(s.open(&self.atom)))
    }

    fn swap<'s>(
        &self,
        s: Scope<'s>,
        mut next: impl FnMut(Snapshot<'s>) -> Result<Snapshot<'s>, OutOfMemory>,
    ) -> Result<(), OutOfMemory> {
        s.atom_swap(s.open(&self.atom), |old| {
            let before = Snapshot::open(s, old);
            let mut snapshot = next(before)?;
            snapshot.zoomed = zoomed(s, &snapshot, &before)?;
            snapshot.root = self.compose(s, &snapshot)?;
            snapshot.build(s)
        })?;
        self.is_dirty.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// The whole screen: desktop, the look of the button under the pointer, focus ring, pointer.
    fn compose<'s>(&self, s: Scope<'s>, snapshot: &Snapshot<'s>) -> Result<Value<'s>, OutOfMemory> {
        let Some(desktop) = Node::of(s, snapshot.desktop) else { return Ok(Value::NIL) };
        let nil = Value::NIL;
        let leaf = |data: NodeData, key: &str| data.build(s, s.keyword(key), nil, nil, nil, nil);
        let painted = Node::of(s, snapshot.zoomed).unwrap_or(desktop);
        let enlarged = |node: Node<'s>| match snapshot.zoom {
            100 => Ok(node.value()),
            percent => zoom(s, node, percent, None).map(Node::value),
        };
        let painted = match self.hovered(s, desktop, snapshot) {
            Some((path, look)) => {
                let look = Node::of(s, enlarged(leaf(look, "hover")?)?);
                look.map_or(Ok(painted), |look| with_sibling(s, painted, &path, look))?
            }
            None => painted,
        };
        let mut children = alloc::vec![painted.value()];
        if let Some((ring, radius)) = ringed(s, desktop, snapshot.ring) {
            let flags = Flags::DISABLED;
            let stroke = snapshot.theme.text;
            let data = NodeData { rect: ring, radius, stroke, stroke_width: 2, flags, ..NodeData::default() };
            children.push(enlarged(leaf(data, "ring")?)?);
        }
        let (width, height) = POINTER_SIZE;
        let size = (zoomed_place(width, snapshot.zoom), zoomed_place(height, snapshot.zoom));
        let pointer = NodeData {
            kind: NodeKind::Pointer,
            rect: Rect::new(snapshot.x, snapshot.y, size.0, size.1),
            fill: 0xFFFF_FFFF,
            stroke: 0xFF10_1420,
            flags: Flags::DISABLED,
            ..NodeData::default()
        };
        children.push(leaf(pointer, "pointer")?.value());
        let whole = NodeData {
            rect: Rect::new(0, 0, self.width, self.height),
            flags: Flags::CLIP,
            ..NodeData::default()
        };
        Ok(whole.build(s, nil, s.vector(&children)?, nil, nil, nil)?.value())
    }

    /// The button under the pointer: its path on the desktop, and the look that lies on it.
    fn hovered<'s>(
        &self,
        s: Scope<'s>,
        desktop: Node<'s>,
        snapshot: &Snapshot<'s>,
    ) -> Option<(Vec<usize>, NodeData)> {
        let (x, y) = snapshot.place();
        let path = halt_ui::hit_test(s, desktop, x, y);
        let (hit, _) = path.handler(s, s.keyword("on-click"), 0)?;
        let depth = path.hits.iter().position(|other| other.node.value().is_identical(hit.node.value()))?;
        let data = hit.node.data(s);
        // Flags mean other things for what is no box.
        let (kind, square) = match data.kind {
            NodeKind::Ellipse => (NodeKind::Ellipse, 0),
            NodeKind::Path | NodeKind::Line => return None,
            _ => (NodeKind::Box, data.flags & (Flags::SQUARE_TOP | Flags::SQUARE_BOTTOM)),
        };
        let fill = match (snapshot.is_pressed, snapshot.theme.is_light()) {
            (true, _) => 0x3000_0000,
            (false, false) => 0x18FF_FFFF,
            (false, true) => 0x0C00_0000,
        };
        let flags = Flags::DISABLED | square;
        let look =
            NodeData { kind, rect: data.rect, radius: data.radius, fill, flags, ..NodeData::default() };
        Some((path.path_to(depth), look))
    }
}

/// Among more siblings no button looks as if the pointer were on it: they are all looked at for each move.
const SIBLINGS_MAX: usize = 4096;

/// The picture with another node on the one at a path, below all that lies on that one.
fn with_sibling<'s>(
    s: Scope<'s>,
    picture: Node<'s>,
    path: &[usize],
    node: Node<'s>,
) -> Result<Node<'s>, OutOfMemory> {
    let Some((place, above)) = path.split_last() else { return Ok(picture) };
    let Some(parent) = halt_ui::node_at(s, picture, above) else { return Ok(picture) };
    if s.vector_count(parent.children(s)) > SIBLINGS_MAX {
        return Ok(picture);
    }
    let mut children: Vec<Value<'s>> = halt_ui::children(s, parent).map(|child| child.value()).collect();
    children.insert((place + 1).min(children.len()), node.value());
    let parent = parent.with_children(s, s.vector(&children)?)?;
    Ok(halt_ui::replace_at(s, picture, above, parent)?.unwrap_or(picture))
}

/// The desktop as it is painted where there is a zoom; it shares with the one before. Else nil.
fn zoomed<'s>(s: Scope<'s>, now: &Snapshot<'s>, before: &Snapshot<'s>) -> Result<Value<'s>, OutOfMemory> {
    let Some(desktop) = Node::of(s, now.desktop).filter(|_| now.zoom != 100) else { return Ok(Value::NIL) };
    let pair = Node::of(s, before.desktop).zip(Node::of(s, before.zoomed));
    let pair = pair.filter(|_| before.zoom == now.zoom);
    Ok(zoom(s, desktop, now.zoom, pair)?.value())
}

/// The window that a surface with the id `[:preview window]` shows.
fn previewed<'s>(s: Scope<'s>, id: Value<'s>) -> Option<Value<'s>> {
    let is_one = s.kind(id) == Kind::Vector && s.name(s.vector_get(id, 0)?) == Some("preview");
    is_one.then(|| s.vector_get(id, 1))?
}

/// The desktop with a window's picture, made small, in the surface at a path.
fn with_preview<'s>(
    s: Scope<'s>,
    desktop: Node<'s>,
    path: &[usize],
    surfaces: Value<'s>,
) -> Result<Node<'s>, OutOfMemory> {
    let Some(surface) = halt_ui::node_at(s, desktop, path) else { return Ok(desktop) };
    let picture = previewed(s, surface.content(s)).and_then(|id| s.map_get(surfaces, id));
    let Some(picture) = picture.and_then(|picture| Node::of(s, picture)) else { return Ok(desktop) };
    let space = surface.data(s).rect;
    let small = halt_ui::preview(s, picture, space.width, space.height)?;
    let surface = surface.with_children(s, s.vector(&[small.value()])?)?;
    Ok(halt_ui::replace_at(s, desktop, path, surface)?.unwrap_or(desktop))
}

/// The focus ring around the node that [window path] names, and its radius, unless it is scrolled out of sight.
fn ringed<'s>(s: Scope<'s>, desktop: Node<'s>, ring: Value<'s>) -> Option<(Rect, u8)> {
    if s.kind(ring) != Kind::Vector {
        return None;
    }
    let (window, path) = (s.vector_get(ring, 0)?, s.vector_get(ring, 1)?);
    let (left, top) = surface_place(s, desktop, window)?;
    let surface = halt_ui::find_surface(s, desktop, window)?;
    let root = halt_ui::node_at(s, halt_ui::node_at(s, desktop, &surface)?, &[0])?;
    let found = at_path(s, root, path)?;
    let seen = found.rect.intersection(found.clip);
    if seen.is_empty() {
        return None;
    }
    let radius = found.node.data(s).radius.saturating_add(3);
    Some((seen.translated(left, top).inflated(3), radius))
}
