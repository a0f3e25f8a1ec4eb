//! The screen: layout and commit of windows and of the desktop, hit tests, focus, text editing.

use super::{
    Answer, CAPABILITY_TAG, CONTROL_TAG, WINDOW_TAG, context, error, int_arg, is_inert, need_capability,
    need_privilege, nodes, wrong_argument,
};
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use halt_heap::{Kind, OutOfMemory, Published, Scope, Value};
use halt_lisp::{Call, Native, Signal};
use halt_ui::{EditOp, EditState, FONT_PX_DEFAULT, Flags, Font, Held, Motion, Node, Rect, Rows, Theme};

pub(crate) const NATIVES: &[Native] = &[
    Native {
        name: "scene-flat?",
        arity: (1, Some(1)),
        doc: "Returns whether a scene holds no component to call and no sequence to realise.",
        function: scene_flat,
    },
    Native {
        name: "make-window!",
        arity: (1, Some(1)),
        doc: "Returns the record that lets its holder paint into the window with an id. Privileged.",
        function: make_window,
    },
    Native {
        name: "forget-window!",
        arity: (1, Some(1)),
        doc: "Forgets the picture of the window with an id. Privileged.",
        function: forget_window,
    },
    Native {
        name: "paint-window!",
        arity: (4, Some(6)),
        doc: "Lays a scene out and commits it as the picture of a window: (paint-window! window scene width height). Two maps of styles by path may follow: what holds beside the scene, and what held when it was painted last.",
        function: paint_window,
    },
    Native {
        name: "commit-desktop!",
        arity: (3, Some(3)),
        doc: "Lays the desktop's scene out and commits it: (commit-desktop! scene width height). Privileged.",
        function: commit_desktop,
    },
    Native {
        name: "hit-test",
        arity: (2, Some(2)),
        doc: "Returns the nodes with handlers, keys, tips and scrolls under a pixel, innermost first: maps with :handlers :path :rect :local :surface :key :tag :inner (the path in its window) :focusable :field :tip. Privileged.",
        function: hit_test,
    },
    Native {
        name: "nodes-at",
        arity: (2, Some(2)),
        doc: "Returns all nodes under a pixel, innermost first: maps as of hit-test. Privileged.",
        function: nodes_at,
    },
    Native {
        name: "focusables",
        arity: (1, Some(1)),
        doc: "Returns the controls of a window in Tab order: maps as of hit-test. Privileged.",
        function: focusables,
    },
    Native {
        name: "key-targets",
        arity: (1, Some(1)),
        doc: "Returns the nodes of a window that listen to keys: maps as of hit-test, the rectangle apart. Privileged.",
        function: key_targets,
    },
    Native {
        name: "set-focus-ring!",
        arity: (1, Some(1)),
        doc: "Shows the focus ring around the node at a path in a window, [id path], wherever that is; or hides it with nil. Privileged.",
        function: set_focus_ring,
    },
    Native {
        name: "set-theme!",
        arity: (1, Some(2)),
        doc: "Chooses what colours scenes name: :dark, :light or :high-contrast; a map may follow with others by name, {:accent 0xE0702A}. Windows show it when they are painted again. Privileged.",
        function: set_theme,
    },
    Native {
        name: "set-zoom!",
        arity: (1, Some(1)),
        doc: "Chooses how large the desktop is painted, in percent, 100 to 400. Programs go on in the desktop's own pixels. Privileged.",
        function: set_zoom,
    },
    Native {
        name: "set-hands!",
        arity: (2, Some(2)),
        doc: "Chooses how far the pointer goes, in percent of what a mouse says, and the least milliseconds from one time to the next that a key that is held counts; nil for once. Privileged.",
        function: set_hands,
    },
    Native {
        name: "change-settings!",
        arity: (1, Some(2)),
        doc: "Changes what a map names of the user's settings: (change-settings! right {:theme :light}). Takes the capability :settings first, or is privileged.",
        function: change_settings,
    },
    Native {
        name: "theme-color",
        arity: (1, Some(1)),
        doc: "Returns the colour [red green blue alpha] that a name such as :accent has in the theme of now, or nil.",
        function: theme_color,
    },
    Native {
        name: "pointer-place",
        arity: (0, Some(0)),
        doc: "Returns the pointer's place [x y]. Privileged.",
        function: pointer_place,
    },
    Native {
        name: "become-shell!",
        arity: (0, Some(0)),
        doc: "Makes the running process the one that gets input. Privileged.",
        function: become_shell,
    },
    Native {
        name: "set-front!",
        arity: (1, Some(1)),
        doc: "Lets a process get a core before others, as the shell does: that of the app in front; nil for none. Privileged.",
        function: set_front,
    },
    Native {
        name: "set-resting!",
        arity: (2, Some(2)),
        doc: "Lets everything that the process of an app spawned rest, with true, or go on: (set-resting! pid on?). It itself goes on. Returns whether it lives. Privileged.",
        function: set_resting,
    },
    Native {
        name: "send-shell",
        arity: (1, Some(1)),
        doc: "Sends a message to the shell. Whoever is not privileged may ask it to open an app, {:type :open :app name :given [value-or-nothing]}, and with its window show an error above that, {:type :app-error :window window :message text-or-nil}, or move the focus in it, {:type :focus :window window :path path}, with :all? true and its text selected, or :step n, show a menu, {:type :menu :window window :items [[label handler] ...]}, tell the user something, {:type :notify :title text :text text}, and fill the clipboard, {:type :copy :value value}, and let the user pick a node to inspect, {:type :pick}; with the capability :processes start the app of a window again, {:type :restart :id id :right processes}.",
        function: send_shell,
    },
    Native {
        name: "send-control",
        arity: (2, Some(2)),
        doc: "Sends a process a message that it obeys, as control-message tells it from others. Privileged.",
        function: send_control,
    },
    Native {
        name: "control-message",
        arity: (1, Some(1)),
        doc: "Returns what send-control sent to this very process; of any other message, nil.",
        function: control_message,
    },
    Native {
        name: "make-capability!",
        arity: (1, Some(1)),
        doc: "Returns the right to do what a keyword names, for handing on: :painters (see set-workers!, set-tint!), :processes (see kill, send-shell), :settings (see change-settings!). Privileged.",
        function: make_capability,
    },
    Native {
        name: "spawn-confined",
        arity: (2, None),
        doc: "Like spawn, for a process that is confined to a namespace and those below it, and so are those that it spawns: (spawn-confined \"app.notes\" f x). It can change no other one, nor name what is in other apps and in the shell, unless that is marked ^:open, nor what is marked ^:guarded. Privileged processes only.",
        function: spawn_confined,
    },
    Native {
        name: "spawn-privileged",
        arity: (1, None),
        doc: "Like spawn; the process may do what its parent may. Privileged.",
        function: spawn_privileged,
    },
    Native {
        name: "edit-text",
        arity: (2, Some(3)),
        doc: "Applies an edit to {:text :cursor :anchor}: (edit-text state [:insert \"a\"]), [:left], [:word-left], [:backspace], ... Up, down, home and end go by the lines of the text, or by the rows that a third argument says they are wrapped into, see text-rows. After up and down, :across in the answer tells how far across they aim.",
        function: edit_text,
    },
    Native {
        name: "edit-op",
        arity: (1, Some(1)),
        doc: "Returns the edit that a key event asks for, or nil.",
        function: edit_op,
    },
];

/// Items of a menu that an app shows; more are left out.
const MENU_ITEMS_MAX: usize = 200;

fn scene_flat<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    // Components are functions, sequences yet to be realised are lazy: both are records of the language.
    Ok(Value::bool(halt_ui::scene_is_flat(s, call.args[0], |_| true)))
}

fn make_window<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "make-window!")?;
    Ok(call.s.record(WINDOW_TAG, &[call.args[0]], &[])?)
}

/// The id of a window record.
pub(super) fn window_id<'s>(call: &Call<'_, 's>, what: &str) -> Result<Value<'s>, Signal<'s>> {
    match call.s.record_tag(call.args[0]) {
        Some(WINDOW_TAG) => Ok(call.s.record_values(call.args[0])[0]),
        _ => Err(wrong_argument(call, what, 0, "the process's window")),
    }
}

fn forget_window<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "forget-window!")?;
    context(call).system.screen.forget_surface(call.s, call.args[0])?;
    Ok(Value::NIL)
}

fn paint_window<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let id = window_id(call, "paint-window!")?;
    let (width, height) = (int_arg(call, "paint-window!", 2)?, int_arg(call, "paint-window!", 3)?);
    let system = context(call).system;
    let screen = &system.screen;
    let start = system.platform.now_us();
    let previous = screen.surface(call.s, id);
    let held = |index: usize| call.args.get(index).copied().unwrap_or(Value::NIL);
    let held = Held { now: held(4), before: held(5) };
    let (width, height) = (clamp(width), clamp(height));
    let layout =
        halt_ui::layout_held(call.s, previous, call.args[1], width, height, &screen.theme(call.s), held)?
            .root;
    screen.note_layout(system.platform.now_us() - start);
    if previous.is_some_and(|old| old.value().is_identical(layout.value())) {
        return Ok(Value::FALSE);
    }
    screen.commit_surface(call.s, id, layout)?;
    system.wake_idle_cores();
    Ok(Value::TRUE)
}

fn clamp(pixels: i64) -> i32 {
    pixels.clamp(0, 16_384) as i32
}

fn commit_desktop<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "commit-desktop!")?;
    let (width, height) = (int_arg(call, "commit-desktop!", 1)?, int_arg(call, "commit-desktop!", 2)?);
    let system = context(call).system;
    let screen = &system.screen;
    let start = system.platform.now_us();
    let previous = screen.layout(call.s);
    let layout =
        halt_ui::layout(call.s, previous, call.args[0], clamp(width), clamp(height), &screen.theme(call.s))?
            .root;
    screen.note_layout(system.platform.now_us() - start);
    screen.commit_desktop(call.s, layout)?;
    system.wake_idle_cores();
    Ok(Value::NIL)
}

pub(super) fn rect_value<'s>(s: Scope<'s>, rect: Rect) -> Result<Value<'s>, OutOfMemory> {
    let parts = [rect.x, rect.y, rect.width, rect.height];
    let parts = parts.iter().map(|n| s.int(*n as i64)).collect::<Result<Vec<_>, _>>()?;
    s.vector(&parts)
}

/// A node under a point or in the Tab order, as a map.
fn node_value<'s>(
    s: Scope<'s>,
    node: Node<'s>,
    rect: Rect,
    path: &[Value<'s>],
    inner: &[Value<'s>],
    surface: Value<'s>,
    place: (i32, i32),
) -> Result<Value<'s>, OutOfMemory> {
    let tip = Some(nodes::style_of(s, node, "tip")).filter(|tip| s.as_str(*tip).is_some());
    // The value that is dragged is only carried; what it looks like is the node's text.
    let drag = nodes::style_of(s, node, "drag");
    let label = if drag.is_nil() { Value::NIL } else { nodes::first_text(s, node) };
    // Whoever looks at the key of an app's node must not run the app's code.
    let key = Some(node.key(s)).filter(|key| is_inert(s, *key)).unwrap_or(Value::NIL);
    let local = [s.int((place.0 - rect.x) as i64)?, s.int((place.1 - rect.y) as i64)?];
    s.map(&[
        (s.keyword("handlers"), node.handlers(s)),
        (s.keyword("path"), s.vector(path)?),
        (s.keyword("rect"), rect_value(s, rect)?),
        (s.keyword("local"), s.vector(&local)?),
        (s.keyword("surface"), surface),
        (s.keyword("key"), key),
        (s.keyword("tag"), nodes::tag_of(s, node)),
        (s.keyword("inner"), s.vector(inner)?),
        (s.keyword("focusable"), Value::bool(node.data(s).flags & Flags::FOCUSABLE != 0)),
        (s.keyword("field"), Value::bool(nodes::is_live_field(s, node))),
        (s.keyword("tip"), tip.unwrap_or(Value::NIL)),
        (s.keyword("drag"), drag),
        (s.keyword("label"), label),
    ])
}

fn hit_test<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    nodes_under(call, "hit-test", false)
}

fn nodes_at<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    nodes_under(call, "nodes-at", true)
}

/// The nodes under a pixel: all, or those that somebody may want to know of.
fn nodes_under<'s>(call: &Call<'_, 's>, what: &str, wants_all: bool) -> Answer<'s> {
    need_privilege(call, what)?;
    let s = call.s;
    let (x, y) = (int_arg(call, what, 0)? as i32, int_arg(call, what, 1)? as i32);
    let Some(desktop) = context(call).system.screen.desktop(s) else { return Ok(s.vector(&[])?) };
    let mut path = halt_ui::hit_test(s, desktop, x, y);
    if wants_all {
        halt_ui::deepen(s, &mut path, x, y);
    }
    // A node is known by the keys on its way, or its number where it has none: so it stays the same node
    // when its window comes to the front.
    let steps = path.hits.iter().map(|hit| nodes::step(s, hit.node, hit.index));
    let steps = steps.collect::<Result<Vec<_>, _>>()?;
    let mut found = Vec::new();
    for (depth, hit) in path.hits.iter().enumerate().rev() {
        let counts = wants_all
            || !hit.node.handlers(s).is_nil()
            || !hit.node.key(s).is_nil()
            || s.name(nodes::tag_of(s, hit.node)) == Some("scroll")
            || !nodes::style_of(s, hit.node, "tip").is_nil()
            || !nodes::style_of(s, hit.node, "drag").is_nil();
        if !counts {
            continue;
        }
        let data = hit.node.data(s);
        let rect = Rect::new(hit.x, hit.y, data.rect.width, data.rect.height);
        let surface = path.surface.filter(|surface| depth > surface.depth).map_or(Value::NIL, |at| at.id);
        // Within the window: from the app's root on.
        let inner = path.surface.map_or(0, |surface| surface.depth + 2).min(depth + 1);
        found.push(node_value(s, hit.node, rect, &steps[..=depth], &steps[inner..=depth], surface, (x, y))?);
    }
    Ok(s.vector(&found)?)
}

fn focusables<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "focusables")?;
    let s = call.s;
    let screen = &context(call).system.screen;
    let (Some(desktop), Some(picture)) = (screen.desktop(s), screen.surface(s, call.args[0])) else {
        return Ok(s.vector(&[])?);
    };
    let (left, top) = surface_place(s, desktop, call.args[0]).unwrap_or((0, 0));
    let mut found = Vec::new();
    for control in halt_ui::focusables(s, picture) {
        let rect = control.rect.translated(left, top);
        let path = nodes::steps_along(s, picture, &control.path)?;
        found.push(node_value(s, control.node, rect, &path, &path, call.args[0], (rect.x, rect.y))?);
    }
    Ok(s.vector(&found)?)
}

/// Where a window's surface lies on the screen.
pub(crate) fn surface_place<'s>(s: Scope<'s>, desktop: Node<'s>, id: Value<'s>) -> Option<(i32, i32)> {
    let path = halt_ui::find_surface(s, desktop, id)?;
    let (mut x, mut y) = (desktop.data(s).rect.x, desktop.data(s).rect.y);
    for depth in 1..=path.len() {
        let rect = halt_ui::node_at(s, desktop, &path[..depth])?.data(s).rect;
        (x, y) = (x + rect.x, y + rect.y);
    }
    Some((x, y))
}

fn key_targets<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "key-targets")?;
    let s = call.s;
    let Some(picture) = context(call).system.screen.surface(s, call.args[0]) else {
        return Ok(s.vector(&[])?);
    };
    let mut found = Vec::new();
    collect_key_targets(s, picture, s.keyword("on-key"), &mut Vec::new(), &mut found)?;
    Ok(s.vector(&found)?)
}

fn collect_key_targets<'s>(
    s: Scope<'s>,
    node: Node<'s>,
    event: Value<'s>,
    path: &mut Vec<Value<'s>>,
    found: &mut Vec<Value<'s>>,
) -> Result<(), OutOfMemory> {
    if node.data(s).flags & Flags::DISABLED != 0 {
        return Ok(());
    }
    // Pictures are at most a few hundred levels deep: layout bounds them.
    if halt_ui::handler_of(s, node, event).is_some() {
        let data = node.data(s);
        found.push(node_value(s, node, data.rect, path, path, Value::NIL, (data.rect.x, data.rect.y))?);
    }
    if path.len() < 512 {
        for (index, child) in halt_ui::children(s, node).enumerate() {
            path.push(nodes::step(s, child, index)?);
            collect_key_targets(s, child, event, path, found)?;
            path.pop();
        }
    }
    Ok(())
}

fn set_focus_ring<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "set-focus-ring!")?;
    let system = context(call).system;
    system.screen.set_focus_ring(call.s, call.args[0])?;
    system.wake_idle_cores();
    Ok(Value::NIL)
}

fn set_theme<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "set-theme!")?;
    let s = call.s;
    let name = s.name(call.args[0]).filter(|_| s.kind(call.args[0]) == Kind::Keyword);
    let Some(mut theme) = name.and_then(Theme::named) else {
        return Err(wrong_argument(call, "set-theme!", 0, ":dark, :light or :high-contrast"));
    };
    let others = call.args.get(1).copied().unwrap_or(Value::NIL);
    if s.kind(others) == Kind::Map {
        for (name, color) in s.map_iter(others) {
            let color = s.as_int(color).filter(|color| (0..=0xFF_FFFF).contains(color));
            let changed = color.and_then(|color| theme.with_color(s.name(name)?, 0xFF00_0000 | color as u32));
            let Some(changed) = changed else {
                let wanted = "a map of names of the theme to colours 0xRRGGBB";
                return Err(wrong_argument(call, "set-theme!", 1, wanted));
            };
            theme = changed;
        }
    }
    let system = context(call).system;
    system.screen.set_theme(s, theme)?;
    system.wake_idle_cores();
    Ok(Value::NIL)
}

fn set_zoom<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "set-zoom!")?;
    let percent = int_arg(call, "set-zoom!", 0)?.clamp(100, 400) as i32;
    let system = context(call).system;
    system.screen.set_zoom(call.s, percent)?;
    system.wake_idle_cores();
    Ok(Value::NIL)
}

fn set_hands<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "set-hands!")?;
    let speed = int_arg(call, "set-hands!", 0)?.clamp(10, 1000) as i32;
    let repeat_us = match call.args[1].is_nil() {
        true => None,
        false => Some(int_arg(call, "set-hands!", 1)?.clamp(0, 60_000) as u64 * 1000),
    };
    context(call).system.router.lock().set_hands(speed, repeat_us);
    Ok(Value::NIL)
}

fn change_settings<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let change = match need_capability(call, "settings", "change-settings!")? {
        [change] if s.kind(*change) == Kind::Map && is_inert(s, *change) => *change,
        _ => {
            let wanted = "change-settings! takes a map of settings, such as {:theme :light}";
            return Err(error(s, "wrong-argument", wanted));
        }
    };
    let message = s.map(&[(s.keyword("type"), s.keyword("settings")), (s.keyword("change"), change)])?;
    let message: Published = s.publish(message)?;
    let system = context(call).system;
    Ok(Value::bool(system.send(system.shell.load(Ordering::Acquire), message)))
}

fn theme_color<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let Some(color) = s.name(call.args[0]).and_then(|name| context(call).system.screen.theme(s).color(name))
    else {
        return Ok(Value::NIL);
    };
    let parts = [color >> 16 & 255, color >> 8 & 255, color & 255, color >> 24];
    let parts = parts.iter().map(|part| s.int(i64::from(*part))).collect::<Result<Vec<_>, _>>()?;
    Ok(s.vector(&parts)?)
}

fn pointer_place<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "pointer-place")?;
    let s = call.s;
    let screen = &context(call).system.screen;
    screen.move_is_pending.store(false, Ordering::Release);
    let (x, y) = screen.pointer(s);
    Ok(s.vector(&[s.int(x as i64)?, s.int(y as i64)?])?)
}

fn become_shell<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "become-shell!")?;
    let context = context(call);
    context.system.shell.store(context.process.pid, Ordering::Release);
    context.process.has_precedence.store(true, Ordering::Relaxed);
    context.system.screen.move_is_pending.store(false, Ordering::Release);
    Ok(Value::NIL)
}

fn set_front<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "set-front!")?;
    let pid = if call.args[0].is_nil() { 0 } else { int_arg(call, "set-front!", 0)? };
    context(call).system.set_front(pid as u64);
    Ok(Value::NIL)
}

fn set_resting<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "set-resting!")?;
    let pid = int_arg(call, "set-resting!", 0)? as u64;
    Ok(Value::bool(context(call).system.set_resting(pid, call.args[1].is_truthy())))
}

fn send_shell<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let system = context(call).system;
    let message = match context(call).process.is_privileged {
        true => call.args[0],
        false => request(call, "send-shell", call.args[0])?,
    };
    let message: Published = call.s.publish(message)?;
    Ok(Value::bool(system.send(system.shell.load(Ordering::Acquire), message)))
}

/// What anybody may ask the shell for, built anew: whatever else a message holds, the shell never sees it.
pub(super) fn request<'s>(call: &Call<'_, 's>, what: &str, message: Value<'s>) -> Answer<'s> {
    let s = call.s;
    let refused = |why: &str| Err(error(s, "not-permitted", &format!("{what}: {why}")));
    let is_map = s.kind(message) == Kind::Map;
    let get = |name: &str| match is_map {
        true => s.map_get(message, s.keyword(name)).unwrap_or(Value::NIL),
        false => Value::NIL,
    };
    let is_text = |value: Value<'s>| s.as_str(value).is_some();
    let kind = get("type");
    let fields: &[(&str, Value<'s>)] = match s.name(kind).filter(|_| s.kind(kind) == Kind::Keyword) {
        // The value is for the app's own `:from`; the shell only carries it.
        Some("open") if is_text(get("app")) => &[("app", get("app")), ("given", get("given"))],
        Some("open") => return refused(":app must be the name of an app"),
        // Only paths are data through and through: the shell compares them.
        Some("focus") if s.record_tag(get("window")) == Some(WINDOW_TAG) && is_inert(s, get("path")) => {
            let step = Some(get("step")).filter(|step| s.as_int(*step).is_some()).unwrap_or(Value::NIL);
            let all = Value::bool(get("all?").is_truthy());
            &[("id", s.record_values(get("window"))[0]), ("path", get("path")), ("step", step), ("all?", all)]
        }
        Some("menu") if s.record_tag(get("window")) == Some(WINDOW_TAG) => {
            &[("id", s.record_values(get("window"))[0]), ("items", menu_items(s, get("items"))?)]
        }
        Some("focus") => return refused(":window must be the process's window, :path that of a node in it"),
        Some("notify") if is_text(get("title")) && is_text(get("text")) => {
            &[("title", get("title")), ("text", get("text"))]
        }
        Some("notify") => return refused(":title and :text must be texts"),
        Some("copy") => &[("value", get("value"))],
        Some("pick") => &[],
        Some("restart")
            if super::is_capability(s, get("right"), "processes") && s.as_int(get("id")).is_some() =>
        {
            &[("id", get("id"))]
        }
        Some("restart") => return refused(":right must be the right to do this, :id a window's"),
        Some("app-error") => {
            let (window, text) = (get("window"), get("message"));
            if s.record_tag(window) != Some(WINDOW_TAG) {
                return refused(":window must be the process's window");
            }
            if !text.is_nil() && !is_text(text) {
                return refused(":message must be a text or nil");
            }
            &[("id", s.record_values(window)[0]), ("message", text)]
        }
        _ => {
            return refused(
                "this process may ask the shell for :open, :menu, :focus, :notify, :copy, :pick and :app-error alone",
            );
        }
    };
    let mut built = s.map(&[(s.keyword("type"), kind)])?;
    for (name, value) in fields {
        built = s.map_assoc(built, s.keyword(name), *value)?;
    }
    Ok(built)
}

/// The items of a menu, [label handler]: labels are texts, so that whoever shows them runs nobody's code.
fn menu_items<'s>(s: Scope<'s>, items: Value<'s>) -> Answer<'s> {
    let mut built = Vec::new();
    let sound = if s.kind(items) == Kind::Vector { s.vector_count(items) } else { 0 };
    for item in (0..sound.min(MENU_ITEMS_MAX)).filter_map(|index| s.vector_get(items, index)) {
        if s.kind(item) == Kind::Vector
            && let (Some(label), Some(handler)) = (s.vector_get(item, 0), s.vector_get(item, 1))
            && s.as_str(label).is_some()
        {
            built.push(s.vector(&[label, handler])?);
        }
    }
    Ok(s.vector(&built)?)
}

fn send_control<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "send-control")?;
    let s = call.s;
    let pid = int_arg(call, "send-control", 0)?;
    // The receiver stands in it, so that one who got it cannot pass it on.
    let message = s.record(CONTROL_TAG, &[s.int(pid)?, call.args[1]], &[])?;
    let message = s.publish(message)?;
    Ok(Value::bool(context(call).system.send(pid as u64, message)))
}

fn control_message<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let own = context(call).process.pid as i64;
    match (s.record_tag(call.args[0]), s.record_values(call.args[0])) {
        (Some(CONTROL_TAG), [pid, message]) if s.as_int(*pid) == Some(own) => Ok(*message),
        _ => Ok(Value::NIL),
    }
}

fn make_capability<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "make-capability!")?;
    match call.s.name(call.args[0]) {
        Some("painters" | "processes" | "settings" | "code") => {
            Ok(call.s.record(CAPABILITY_TAG, &[call.args[0]], &[])?)
        }
        _ => Err(wrong_argument(
            call,
            "make-capability!",
            0,
            "the name of one: :painters, :processes, :settings, :code",
        )),
    }
}

fn spawn_privileged<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "spawn-privileged")?;
    super::process::spawn_call(call, call.args, true, None)
}

fn spawn_confined<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    need_privilege(call, "spawn-confined")?;
    let own = super::str_arg(call, "spawn-confined", 0)?.into();
    super::process::spawn_call(call, &call.args[1..], false, Some(own))
}

/// Reads {:text :cursor :anchor :across}.
fn edit_state<'s>(call: &Call<'_, 's>) -> Result<EditState, Signal<'s>> {
    let s = call.s;
    if s.kind(call.args[0]) != Kind::Map {
        return Err(wrong_argument(call, "edit-text", 0, "a map with :text, :cursor and :anchor"));
    }
    let get = |name: &str| s.map_get(call.args[0], s.keyword(name)).unwrap_or(Value::NIL);
    let text = s.as_str(get("text")).unwrap_or("").to_string();
    let count = text.chars().count();
    let place = |name: &str| s.as_int(get(name)).unwrap_or(count as i64).clamp(0, count as i64) as usize;
    let across = s.as_int(get("across")).map(|pixels| pixels.clamp(0, i32::MAX as i64) as i32);
    Ok(EditState { cursor: place("cursor"), anchor: place("anchor"), text, across })
}

/// Reads the rows that [`text_rows`](super::nodes) has told: {:width :size :bold? :mono?}.
fn edit_rows<'s>(call: &Call<'_, 's>) -> Result<Rows, Signal<'s>> {
    let s = call.s;
    let rows = match call.args.get(2) {
        Some(rows) if !rows.is_nil() => *rows,
        _ => return Ok(Rows::Lines),
    };
    let get = |name: &str| s.map_get(rows, s.keyword(name)).unwrap_or(Value::NIL);
    let width = (s.kind(rows) == Kind::Map).then(|| s.as_int(get("width"))).flatten();
    let Some(width) = width else {
        return Err(wrong_argument(call, "edit-text", 2, "rows, a map with :width"));
    };
    let size = s.as_int(get("size")).unwrap_or(FONT_PX_DEFAULT as i64).clamp(0, i32::MAX as i64) as i32;
    let font = Font::new(size, get("bold?").is_truthy(), get("mono?").is_truthy());
    Ok(Rows::Wrapped(font, clamp(width)))
}

fn edit_text<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let state = edit_state(call)?;
    if s.kind(call.args[1]) != Kind::Vector {
        return Err(wrong_argument(call, "edit-text", 1, "an edit such as [:insert \"a\"]"));
    }
    let name = s.vector_get(call.args[1], 0).and_then(|name| s.name(name)).unwrap_or("");
    let text = s.vector_get(call.args[1], 1).and_then(|text| s.as_str(text)).unwrap_or("");
    let at = s.vector_get(call.args[1], 1).and_then(|at| s.as_int(at)).unwrap_or(0).max(0) as usize;
    let Some(op) = edit_named(name, text, at) else {
        return Err(error(s, "wrong-argument", &format!("edit-text: there is no edit :{name}")));
    };
    let next = halt_ui::edit_in(&state, &op, edit_rows(call)?);
    let across = next.across.map_or(Ok(Value::NIL), |across| s.int(across as i64))?;
    Ok(s.map(&[
        (s.keyword("text"), s.string(&next.text)?),
        (s.keyword("cursor"), s.int(next.cursor as i64)?),
        (s.keyword("anchor"), s.int(next.anchor as i64)?),
        (s.keyword("across"), across),
    ])?)
}

/// The edit of a name.
fn edit_named(name: &str, text: &str, at: usize) -> Option<EditOp> {
    Some(match name {
        "insert" => EditOp::Insert(text.to_string()),
        "backspace" => EditOp::Backspace,
        "delete" => EditOp::Delete,
        "backspace-word" => EditOp::BackspaceWord,
        "delete-word" => EditOp::DeleteWord,
        "select-word" => EditOp::SelectWord(at),
        "select-all" => EditOp::SelectAll,
        _ => match name.strip_prefix("select-") {
            Some(motion) => EditOp::Extend(motion_named(motion)?),
            None => EditOp::Move(motion_named(name)?),
        },
    })
}

fn motion_named(name: &str) -> Option<Motion> {
    Some(match name {
        "left" => Motion::Left,
        "right" => Motion::Right,
        "word-left" => Motion::WordLeft,
        "word-right" => Motion::WordRight,
        "home" => Motion::Home,
        "end" => Motion::End,
        "up" => Motion::Up,
        "down" => Motion::Down,
        "start" => Motion::Start,
        "finish" => Motion::Finish,
        _ => return None,
    })
}

fn edit_op<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let s = call.s;
    let event = call.args[0];
    if s.kind(event) != Kind::Map {
        return Err(wrong_argument(call, "edit-op", 0, "a key event"));
    }
    let get = |name: &str| s.map_get(event, s.keyword(name)).unwrap_or(Value::NIL);
    let (shift, ctrl, alt) = (get("shift").is_truthy(), get("ctrl").is_truthy(), get("alt").is_truthy());
    let name = match (s.name(get("key")).unwrap_or(""), ctrl) {
        ("backspace", false) => "backspace",
        ("backspace", true) => "backspace-word",
        ("delete", false) => "delete",
        ("delete", true) => "delete-word",
        ("left", false) => "left",
        ("left", true) => "word-left",
        ("right", false) => "right",
        ("right", true) => "word-right",
        ("up", _) => "up",
        ("down", _) => "down",
        ("home", false) => "home",
        ("home", true) => "start",
        ("end", false) => "end",
        ("end", true) => "finish",
        ("a", true) => "select-all",
        ("v", true) if s.as_str(get("clipboard")).is_some() => {
            return Ok(s.vector(&[s.keyword("insert"), get("clipboard")])?);
        }
        ("tab", false) => return Ok(s.vector(&[s.keyword("insert"), s.string("  ")?])?),
        _ => {
            let text = get("text");
            return if ctrl || alt || s.as_str(text).is_none() {
                Ok(Value::NIL)
            } else {
                Ok(s.vector(&[s.keyword("insert"), text])?)
            };
        }
    };
    let moves = motion_named(name).is_some();
    let name = if shift && moves { format!("select-{name}") } else { name.to_string() };
    Ok(s.vector(&[s.keyword(&name)])?)
}
