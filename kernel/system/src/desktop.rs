//! Start of the desktop: loads the built-in Lisp and the first apps, then starts the shell.
//!
//! Enter at [`SystemCore::boot_desktop`]. An app that does not load is reported in a window; the rest goes on. [`desktop_image`] does the
//! loading ahead of time, for a machine to begin with (`SystemConfig::image`).

use crate::natives::{self, apps};
use crate::process::{Answer, Process, ProcessSpec, Start};
use crate::{ProcessContext, SystemCore};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use halt_heap::{Heap, Published, Region};
use halt_lisp::{Fiber, Outcome, Runtime, Source};

/// The system's own Lisp: file name, text, namespace.
pub(crate) const SYSTEM_SOURCES: &[(&str, &str, &str)] = &[
    ("fields.clj", include_str!("../clj/fields.clj"), "clojure.core"),
    ("controls.clj", include_str!("../clj/controls.clj"), "clojure.core"),
    ("app.clj", include_str!("../clj/app.clj"), "clojure.core"),
    ("icons.clj", include_str!("../clj/icons.clj"), "clojure.core"),
    ("widgets.clj", include_str!("../clj/widgets.clj"), "clojure.core"),
    ("files.clj", include_str!("../clj/files.clj"), "clojure.core"),
    ("pick.clj", include_str!("../clj/pick.clj"), "clojure.core"),
    ("manual.clj", include_str!("../clj/manual.clj"), "clojure.core"),
    ("windows.clj", include_str!("../clj/windows.clj"), "halt.shell"),
    ("wallpapers.clj", include_str!("../clj/wallpapers.clj"), "halt.shell"),
    ("settings.clj", include_str!("../clj/settings.clj"), "halt.shell"),
    ("time.clj", include_str!("../clj/time.clj"), "halt.shell"),
    ("gauges.clj", include_str!("../clj/gauges.clj"), "halt.shell"),
    ("notices.clj", include_str!("../clj/notices.clj"), "halt.shell"),
    ("timeline.clj", include_str!("../clj/timeline.clj"), "halt.shell"),
    ("carry.clj", include_str!("../clj/carry.clj"), "halt.shell"),
    ("switcher.clj", include_str!("../clj/switcher.clj"), "halt.shell"),
    ("menus.clj", include_str!("../clj/menus.clj"), "halt.shell"),
    ("picking.clj", include_str!("../clj/picking.clj"), "halt.shell"),
    ("look.clj", include_str!("../clj/look.clj"), "halt.shell"),
    ("focus.clj", include_str!("../clj/focus.clj"), "halt.shell"),
    ("pointer.clj", include_str!("../clj/pointer.clj"), "halt.shell"),
    ("keyboard.clj", include_str!("../clj/keyboard.clj"), "halt.shell"),
    ("shell.clj", include_str!("../clj/shell.clj"), "halt.shell"),
    ("port.clj", include_str!("../clj/port.clj"), "halt.port"),
];

/// What apps may require beside the language's own library: namespace, file name, text.
pub(crate) const LIBRARY: &[Source] = &[("halt.demo", "halt/demo.clj", include_str!("../clj/demo.clj"))];

/// Memory to load all of these in.
const IMAGE_HEAP_BYTES: usize = 256 << 20;

/// Apps that are open when the desktop comes up.
const FIRST_APPS: &[&str] = &["counter", "repl"];

/// What the first apps are loaded from: file, text, namespace.
fn first_apps() -> impl Iterator<Item = (String, &'static str, String)> {
    FIRST_APPS
        .iter()
        .map(|name| (apps::file(name), apps::source(name).unwrap_or_default(), apps::namespace(name)))
}

/// Makes the image of a heap in which the library, the system's own Lisp and the first apps are loaded. Fails with the message of what does
/// not load.
pub fn desktop_image() -> Result<Vec<u8>, String> {
    let heap = Heap::new(Region::allocate(IMAGE_HEAP_BYTES)).map_err(|error| format!("{error}"))?;
    let runtime = Runtime::from_image(&heap, &natives::sets(), LIBRARY, halt_image::library())?;
    let system =
        SYSTEM_SOURCES.iter().map(|(file, text, namespace)| (file.to_string(), *text, namespace.to_string()));
    for (file, text, namespace) in system.chain(first_apps()) {
        let mut fiber = Fiber::new(&runtime);
        fiber.start_source(&file, text, &namespace);
        // Nobody: loading only defines.
        fiber.run_to_end(&())?;
    }
    runtime.image()
}

impl SystemCore {
    /// Loads everything and spawns the shell. Runs on core 0, once, before its loop.
    pub(crate) fn boot_desktop(&'static self) {
        let spec = ProcessSpec {
            name: "boot".to_string(),
            parent: 0,
            is_privileged: true,
            confined: None,
            answer: Answer::Nobody,
            is_evaluation: false,
            team: None,
            start: Start::source("", String::new()),
        };
        // It is in no table and no queue: nobody sends to it or ends it.
        let loader = Arc::new(Process::new(0, spec));
        let mut problems = Vec::new();
        let mut first: Vec<String> = FIRST_APPS.iter().map(|name| name.to_string()).collect();
        if self.config.image.is_none() {
            for (file, text, namespace) in SYSTEM_SOURCES {
                if let Err(error) = self.load(&loader, file, text, namespace) {
                    self.log(&format!("halt: failed: {error}"));
                }
            }
            for (file, text, namespace) in first_apps() {
                problems.extend(self.load(&loader, &file, text, &namespace).err());
            }
        }
        if let Some((file, text)) = &self.config.app {
            match self.load(&loader, file, text, "user") {
                Ok(last) => first.extend(self.app_name(&last)),
                Err(error) => problems.push(error),
            }
        }
        for problem in &problems {
            self.log(&format!("halt: app: {problem}"));
        }
        let quoted = |texts: &[String]| texts.iter().map(|text| format!("{text:?} ")).collect::<String>();
        let text = format!(
            "(halt.shell/shell-main {} {} {} [{}] [{}])",
            self.config.width,
            self.config.height,
            self.config.scale,
            quoted(&first),
            quoted(&problems)
        );
        let loaded_us = self.platform.now_us();
        self.screen.note_loaded(loaded_us);
        self.spawn(ProcessSpec {
            name: "shell".to_string(),
            parent: 0,
            is_privileged: true,
            confined: None,
            answer: Answer::Nobody,
            is_evaluation: false,
            team: None,
            start: Start::source("boot", text),
        });
    }

    /// Runs a source text to its end on this core. Returns the last value.
    fn load(
        &'static self,
        loader: &Arc<Process>,
        file: &str,
        text: &str,
        namespace: &str,
    ) -> Result<Published, String> {
        let context = ProcessContext { system: self, process: loader.clone() };
        let mut fiber = Fiber::new(&self.runtime);
        fiber.start_source(file, text, namespace);
        // An app whose file never ends its own loading must not hold up the desktop.
        const SLICES_MAX: u32 = 2_000;
        for _ in 0..SLICES_MAX {
            match fiber.run(10_000, &context) {
                Outcome::Done(value) => return Ok(value),
                Outcome::Failed(error) => {
                    return Err(self.core_mutator(0).enter(|s| halt_lisp::error_message(s, s.open(&error))));
                }
                Outcome::Forking => fiber.interrupt("fork: an app cannot fork while it is loaded"),
                Outcome::Yielded | Outcome::Parked => {}
            }
        }
        Err(format!("{file}:1:1: loading this file does not come to an end"))
    }

    /// The name of an app that `defapp` just answered with.
    fn app_name(&self, value: &Published) -> Option<String> {
        self.core_mutator(0).enter(|s| s.name(s.open(value)).map(|name| name.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halt_heap::Image;

    /// Images tell all that a program could: values, vars, instructions, the numbers of names.
    #[test]
    fn what_begins_with_the_image_is_what_was_loaded() {
        let bytes: &'static [u8] = desktop_image().expect("the desktop loads").leak();
        let heap = Heap::new(Region::allocate(64 << 20)).expect("a heap");
        // SAFETY: it was just made.
        #[allow(unsafe_code, reason = "as above")]
        let image = unsafe { Image::new(bytes) };
        let runtime = Runtime::from_image(&heap, &natives::sets(), LIBRARY, image).expect("a runtime");
        let again = runtime.image().expect("an image");
        assert!(again == bytes, "{} and {} bytes", again.len(), bytes.len());
        heap.verify().expect("a sound heap");
    }
}
