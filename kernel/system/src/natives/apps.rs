//! The built-in apps, the pages of the manual, and what a window shows: for who opens apps and who plays them.
//!
//! `build.rs` makes the list from the folders of `apps/`.

use super::{Answer, context, screen, str_arg};
use crate::desktop;
use crate::screen::Screen;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use halt_heap::{OutOfMemory, Scope, Value};
use halt_lisp::{Call, Native};
use halt_ui::Node;

include!(concat!(env!("OUT_DIR"), "/apps.rs"));

pub(crate) const NATIVES: &[Native] = &[
    Native {
        name: "app-source",
        arity: (1, Some(1)),
        doc: "Returns the program of the built-in app of a name, or nil.",
        function: app_source,
    },
    Native {
        name: "system-file",
        arity: (1, Some(1)),
        doc: "Returns a file of the system's own Lisp, {:text :namespace}, such as \"look.clj\" or \"halt/demo.clj\"; nil for another name.",
        function: system_file,
    },
    Native {
        name: "manual-page",
        arity: (1, Some(1)),
        doc: "Returns the text of a page of the manual, Markdown, or nil: \"TUTORIAL\", \"APPS\", \"SCENES\" or \"LISP\".",
        function: manual_page,
    },
    Native {
        name: "app-catalogue",
        arity: (0, Some(0)),
        doc: "Returns the text of a map: what the built-in apps say about themselves, by name.",
        function: app_catalogue,
    },
    Native {
        name: "window-parts",
        arity: (1, Some(1)),
        doc: "Returns what has a text or a key in the picture of the window with an id, back to front: maps with :text, :key and :rect on the screen.",
        function: window_parts,
    },
];

/// The program of a built-in app.
pub(crate) fn source(name: &str) -> Option<&'static str> {
    APPS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The file of a built-in app, as errors name it.
pub(crate) fn file(name: &str) -> String {
    format!("apps/{name}/app.clj")
}

/// The namespace that a built-in app is loaded in.
pub(crate) fn namespace(name: &str) -> String {
    format!("app.{name}")
}

fn app_source<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    match source(str_arg(call, "app-source", 0)?) {
        Some(text) => Ok(call.s.string(text)?),
        None => Ok(Value::NIL),
    }
}

fn system_file<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, name) = (call.s, str_arg(call, "system-file", 0)?);
    let own = desktop::SYSTEM_SOURCES.iter().map(|(file, text, namespace)| (*file, *text, *namespace));
    let library = desktop::LIBRARY.iter().map(|(namespace, file, text)| (*file, *text, *namespace));
    match own.chain(library).find(|(file, ..)| *file == name) {
        Some((_, text, namespace)) => {
            Ok(s.map(&[
                (s.keyword("text"), s.string(text)?),
                (s.keyword("namespace"), s.string(namespace)?),
            ])?)
        }
        None => Ok(Value::NIL),
    }
}

fn manual_page<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let name = str_arg(call, "manual-page", 0)?;
    match PAGES.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => Ok(call.s.string(text)?),
        None => Ok(Value::NIL),
    }
}

fn app_catalogue<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    Ok(call.s.string(CATALOGUE)?)
}

fn window_parts<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    super::need_privilege(call, "window-parts")?;
    let s = call.s;
    let mut found = Vec::new();
    let screen = &context(call).system.screen;
    if let (Some(desktop), Some(picture)) = (screen.desktop(s), screen.surface(s, call.args[0])) {
        // A window that the desktop does not show yet has no place.
        if let Some(place) = screen::surface_place(s, desktop, call.args[0]) {
            collect_parts(s, screen, picture, place, 0, &mut found)?;
        }
    }
    Ok(s.vector(&found)?)
}

fn collect_parts<'s>(
    s: Scope<'s>,
    screen: &Screen,
    node: Node<'s>,
    (left, top): (i32, i32),
    depth: usize,
    found: &mut Vec<Value<'s>>,
) -> Result<(), OutOfMemory> {
    let rect = node.data(s).rect.translated(left, top);
    let text = node.content(s);
    let text = if s.as_str(text).is_some() { text } else { Value::NIL };
    if !text.is_nil() || !node.key(s).is_nil() {
        found.push(s.map(&[
            (s.keyword("text"), text),
            (s.keyword("key"), node.key(s)),
            (s.keyword("rect"), screen::rect_value(s, screen.on_screen(rect))?),
        ])?);
    }
    // Pictures are at most a few hundred levels deep: layout bounds them.
    if depth < 512 {
        for child in halt_ui::children(s, node) {
            collect_parts(s, screen, child, (rect.x, rect.y), depth + 1, found)?;
        }
    }
    Ok(())
}
