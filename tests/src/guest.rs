//! A running desktop in QEMU, spoken to as a user would: pointer, keys, eyes; and through its development port.
//!
//! Enter at [`Guest::boot`]. Everything here has a time limit.

use crate::error::{Error, Result};
use crate::firmware::Tools;
use crate::image;
use crate::input::{Button, Gesture, Key, Point, Stroke, qemu_events};
use crate::machine::{Display, Machine, Size};
use crate::picture::Picture;
use crate::player::{Desktop, Stage};
use crate::port::{Answer, Port};
use crate::qemu::Qemu;
use crate::serial::{Echo, Outcome};
use halt_host::halt_system::InputEvent;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::OnceLock;
use std::time::Duration;

/// Generous, because emulation on a busy machine is slow.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// The limit of one step of a script.
const STEP_WITHIN: Duration = Duration::from_secs(120);

/// How the line begins with which the kernel says that the desktop is up.
const READY: &str = "halt: ready";

/// A desktop that is up.
#[derive(Debug)]
pub struct Guest {
    qemu: Qemu,
    port: Port,
    size: Size,
}

/// Builds `halt.efi`, once in a process.
pub fn efi() -> Result<PathBuf> {
    static EFI: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
    let build = || {
        eprintln!("halt: building the system");
        image::build_efi(&crate::workspace())
    };
    EFI.get_or_init(build).clone().map_err(Error::failed)
}

impl Guest {
    /// Builds, boots without a window, and waits for the desktop.
    pub fn boot(machine: &Machine) -> Result<Self> {
        let mut qemu = Self::start(machine)?;
        Self::wait_until_ready(&qemu)?;
        let port = qemu.port()?;
        let picture = qemu.picture()?;
        let size = Size { width: picture.width(), height: picture.height() };
        Ok(Self { qemu, port, size })
    }

    /// Builds and boots without a window; does not wait for the desktop.
    pub fn start(machine: &Machine) -> Result<Qemu> {
        machine.check_app()?;
        let efi = efi()?;
        let tools = Tools::find_or_install(false)?;
        Qemu::start(machine, &tools, &efi, &Display::None, Echo::Silent)
    }

    /// Waits for the line that says that the desktop is up, and returns it.
    pub fn wait_until_ready(qemu: &Qemu) -> Result<String> {
        let what = match qemu.log.wait_for_line(|line| line.starts_with(READY), READY_WITHIN) {
            Outcome::Line(line) => return Ok(line),
            Outcome::Ended => "QEMU ended before the desktop was up".to_string(),
            Outcome::TimedOut => format!("no desktop within {} s", READY_WITHIN.as_secs()),
        };
        Err(Error::failed(format!("{what}\n{}", qemu.last_words())))
    }

    /// What the first serial port said so far.
    pub fn log(&self) -> String {
        self.qemu.log.contents()
    }

    /// Adds to a failure that QEMU has ended, when that is the cause.
    fn explained(&self, error: Error) -> Error {
        match self.qemu.wait(Duration::from_millis(100)) {
            Ok(Some(status)) => {
                Error::failed(format!("{error}: QEMU has ended ({status})\n{}", self.qemu.last_words()))
            }
            _ => error,
        }
    }

    /// Moves the pointer to a pixel.
    pub fn move_to(&mut self, x: u32, y: u32) -> Result<()> {
        self.play(&Gesture::Move(Point { x, y }))
    }

    /// Clicks at a pixel.
    pub fn click(&mut self, x: u32, y: u32) -> Result<()> {
        self.move_to(x, y)?;
        self.play(&Gesture::Click(Button::Left))
    }

    /// Drags from one pixel to another.
    pub fn drag(&mut self, from: (u32, u32), to: (u32, u32)) -> Result<()> {
        let point = |(x, y)| Point { x, y };
        self.play(&Gesture::Drag(point(from), point(to)))
    }

    /// Types characters of a US keyboard; `\n` is the enter key.
    pub fn type_text(&mut self, text: &str) -> Result<()> {
        let stroke = |character| {
            Stroke::typing(character).ok_or_else(|| Error::usage(format!("cannot type `{character}`")))
        };
        let strokes = text.chars().map(stroke).collect::<Result<_>>()?;
        self.play(&Gesture::Type(strokes))
    }

    /// Presses keys together, by name.
    pub fn press(&mut self, names: &[&str]) -> Result<()> {
        let key = |name: &&str| Key::named(name).ok_or_else(|| Error::usage(format!("unknown key `{name}`")));
        let keys = names.iter().map(key).collect::<Result<_>>()?;
        self.play(&Gesture::Keys(keys))
    }

    /// Waits for QEMU to end by itself.
    pub fn wait(&self, at_most: Duration) -> Result<Option<ExitStatus>> {
        self.qemu.wait(at_most)
    }
}

impl Desktop for Guest {
    fn size(&self) -> Size {
        self.size
    }

    fn request(&mut self, verb: &str, payload: &str) -> Result<Answer> {
        self.port.request(verb, payload, STEP_WITHIN).map_err(|error| self.explained(error))
    }

    fn send_input(&mut self, events: &[InputEvent]) -> Result<()> {
        let events: Vec<_> = events.iter().flat_map(qemu_events).collect();
        self.qemu.send_input(&events).map_err(|error| self.explained(error))
    }

    fn raw_picture(&mut self) -> Result<Picture> {
        self.qemu.picture()
    }
}
