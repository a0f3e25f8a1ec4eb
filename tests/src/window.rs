//! A window of this machine's display with the screen of a desktop that runs in this process. Speaks X11, which
//! Wayland's desktops understand too, over its socket.
//!
//! Enter at [`Window::open`] and [`Window::show`]. Keys and buttons go in as the events of an input device, so that their
//! meaning is decided where the guest's kernel decides it (`halt-devices`).
//!
//! Invariant: what is shown equals the desktop's screen, word by word; only what changed is sent.

use crate::error::{Error, Result};
use crate::machine::Size;
use halt_devices::evdev::{Decoder, EV_ABS};
use halt_host::Host;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::properties::WmSizeHints;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::*;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// X11 counts keys from 8 on, Linux from 0 on.
const FIRST_KEY: u8 = 8;
/// Linux's kinds and codes of events.
const EV_SYN: u16 = 0;
const EV_KEY: u16 = 1;
const EV_REL: u16 = 2;
const REL_WHEEL: u16 = 8;
const BUTTONS: [(u8, u16); 3] = [(1, 0x110), (2, 0x112), (3, 0x111)];
/// The longest wait for a change, after which it is looked whether the window is still there.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A window that is open.
pub struct Window {
    connection: Arc<RustConnection>,
    id: u32,
    graphics: u32,
    size: Size,
    /// What tells that the window is to be closed: type and first word of a message.
    deletes: (Atom, Atom),
}

/// Whatever goes wrong between us and the display.
fn failed(error: impl std::fmt::Display) -> Error {
    Error::failed(format!("display: {error}"))
}

impl Window {
    /// Opens a window of this size on the display that the environment names.
    pub fn open(size: Size) -> Result<Self> {
        let (connection, screen) = x11rb::connect(None).map_err(failed)?;
        let setup = connection.setup();
        let screen = setup.roots.get(screen).ok_or_else(|| failed("it has no screen"))?;
        let is_ours = |format: &Format| format.depth == screen.root_depth && format.bits_per_pixel == 32;
        let is_known = setup.pixmap_formats.iter().any(is_ours) && matches!(screen.root_depth, 24 | 32);
        if !is_known || setup.image_byte_order != ImageOrder::LSB_FIRST {
            return Err(failed("its pixels are not of 32 bits"));
        }
        let (width, height) = (size.width as u16, size.height as u16);
        if width > screen.width_in_pixels || height > screen.height_in_pixels {
            return Err(failed(format!(
                "a screen of {width}x{height} does not fit on {}x{}; say --size",
                screen.width_in_pixels, screen.height_in_pixels
            )));
        }
        let (id, graphics, root) = (
            connection.generate_id().map_err(failed)?,
            connection.generate_id().map_err(failed)?,
            screen.root,
        );
        let (cursor, nothing) =
            (connection.generate_id().map_err(failed)?, connection.generate_id().map_err(failed)?);
        let build = || -> std::result::Result<(Atom, Atom), x11rb::errors::ReplyOrIdError> {
            // The desktop draws its own pointer.
            connection.create_pixmap(1, nothing, root, 1, 1)?;
            connection.create_cursor(cursor, nothing, nothing, 0, 0, 0, 0, 0, 0, 0, 0)?;
            let events = EventMask::EXPOSURE
                | EventMask::KEY_PRESS
                | EventMask::KEY_RELEASE
                | EventMask::BUTTON_PRESS
                | EventMask::BUTTON_RELEASE
                | EventMask::POINTER_MOTION
                | EventMask::FOCUS_CHANGE
                | EventMask::STRUCTURE_NOTIFY;
            let wishes = CreateWindowAux::new().event_mask(events).background_pixel(0).cursor(cursor);
            let (class, visual) = (WindowClass::INPUT_OUTPUT, x11rb::COPY_FROM_PARENT);
            connection.create_window(
                screen.root_depth,
                id,
                root,
                0,
                0,
                width,
                height,
                0,
                class,
                visual,
                &wishes,
            )?;
            connection.create_gc(graphics, id, &CreateGCAux::new().graphics_exposures(0))?;
            let mut hints = WmSizeHints::new();
            hints.min_size = Some((i32::from(width), i32::from(height)));
            hints.max_size = hints.min_size;
            hints.set_normal_hints(&connection, id)?;
            connection.change_property8(
                PropMode::REPLACE,
                id,
                AtomEnum::WM_NAME,
                AtomEnum::STRING,
                b"HALT",
            )?;
            connection.change_property8(
                PropMode::REPLACE,
                id,
                AtomEnum::WM_CLASS,
                AtomEnum::STRING,
                b"halt\0HALT\0",
            )?;
            let protocols = connection.intern_atom(false, b"WM_PROTOCOLS")?.reply()?.atom;
            let delete = connection.intern_atom(false, b"WM_DELETE_WINDOW")?.reply()?.atom;
            connection.change_property32(PropMode::REPLACE, id, protocols, AtomEnum::ATOM, &[delete])?;
            connection.map_window(id)?;
            connection.sync()?;
            Ok((protocols, delete))
        };
        let deletes = build().map_err(failed)?;
        Ok(Self { connection: Arc::new(connection), id, graphics, size, deletes })
    }

    /// Shows a desktop and plays this machine's keyboard and mouse to it, until the window is closed or the desktop is
    /// switched off.
    pub fn show(self, host: Host) -> Result<()> {
        let (is_closed, is_exposed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        let hands = Hands {
            connection: self.connection.clone(),
            host,
            deletes: self.deletes,
            held: BTreeSet::new(),
            decoder: Decoder::new(
                (0, self.size.width.saturating_sub(1)),
                (0, self.size.height.saturating_sub(1)),
            ),
        };
        std::thread::spawn({
            let (is_closed, is_exposed) = (is_closed.clone(), is_exposed.clone());
            move || {
                // A display that is gone is a window that is closed.
                let _ = hands.listen(&is_exposed);
                is_closed.store(true, Ordering::SeqCst);
            }
        });
        let (mut shown, mut version) = (Vec::new(), u64::MAX);
        while !is_closed.load(Ordering::SeqCst) && !host.is_powered_off() {
            let before = version;
            version = host.wait_for_picture(before, LOOK_EVERY);
            if is_exposed.swap(false, Ordering::SeqCst) {
                shown.clear();
            } else if version == before {
                continue;
            }
            let pixels = host.picture().pixels;
            if let Some(rows) = changed_rows(&shown, &pixels, self.size.width as usize) {
                self.send(&pixels, rows)?;
                shown = pixels;
            }
        }
        Ok(())
    }

    /// Sends whole rows, as many at once as the display takes.
    fn send(&self, pixels: &[u32], (first, end): (usize, usize)) -> Result<()> {
        let width = self.size.width as usize;
        // A little is for the request itself.
        let at_once = ((self.connection.maximum_request_bytes() - 64) / (width * 4)).max(1);
        let depth = self.connection.setup().roots.first().map_or(24, |screen| screen.root_depth);
        for from in (first..end).step_by(at_once) {
            let to = (from + at_once).min(end);
            let bytes: Vec<u8> =
                pixels[from * width..to * width].iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
            let (rows, top) = ((to - from) as u16, from as i16);
            let (format, columns) = (ImageFormat::Z_PIXMAP, width as u16);
            self.connection
                .put_image(format, self.id, self.graphics, columns, rows, 0, top, 0, depth, &bytes)
                .map_err(failed)?;
        }
        self.connection.flush().map_err(failed)
    }
}

/// The first and one after the last row in which two screens differ; all rows when there is no old one.
fn changed_rows(old: &[u32], new: &[u32], width: usize) -> Option<(usize, usize)> {
    let height = new.len() / width.max(1);
    if old.len() != new.len() {
        return (height > 0).then_some((0, height));
    }
    let differs = |row: &usize| old[row * width..(row + 1) * width] != new[row * width..(row + 1) * width];
    let first = (0..height).find(differs)?;
    (0..height).rfind(differs).map(|last| (first, last + 1))
}

/// This machine's keyboard and mouse.
struct Hands {
    connection: Arc<RustConnection>,
    host: Host,
    deletes: (Atom, Atom),
    /// Keys that are down, by Linux's numbers.
    held: BTreeSet<u16>,
    decoder: Decoder,
}

impl Hands {
    /// Plays events until the window is closed.
    fn listen(mut self, is_exposed: &AtomicBool) -> Result<()> {
        let mut next = None;
        loop {
            let event = match next.take() {
                Some(event) => event,
                None => self.connection.wait_for_event().map_err(failed)?,
            };
            match event {
                Event::Expose(_) => is_exposed.store(true, Ordering::SeqCst),
                Event::MotionNotify(at) => self.point(at.event_x, at.event_y),
                Event::ButtonPress(button) => {
                    self.point(button.event_x, button.event_y);
                    match button.detail {
                        4 => self.advance(EV_REL, REL_WHEEL, 1),
                        5 => self.advance(EV_REL, REL_WHEEL, -1),
                        detail => self.button(detail, 1),
                    }
                }
                Event::ButtonRelease(button) => {
                    self.point(button.event_x, button.event_y);
                    self.button(button.detail, 0);
                }
                Event::KeyPress(key) => self.key(key.detail, true),
                Event::KeyRelease(key) => {
                    // A key that is held comes as pairs of release and press at one time.
                    next = self.connection.poll_for_event().map_err(failed)?;
                    let is_repeat = matches!(&next, Some(Event::KeyPress(press))
                        if (press.detail, press.time) == (key.detail, key.time));
                    if !is_repeat {
                        self.key(key.detail, false);
                    }
                }
                // Where the keys are let go now, nobody tells us.
                Event::FocusOut(_) => {
                    for code in std::mem::take(&mut self.held) {
                        self.advance(EV_KEY, code, 0);
                    }
                }
                Event::ClientMessage(message)
                    if (message.type_, message.data.as_data32()[0]) == self.deletes =>
                {
                    return Ok(());
                }
                Event::DestroyNotify(_) => return Ok(()),
                _ => {}
            }
        }
    }

    fn advance(&mut self, kind: u16, code: u16, value: i32) {
        let host = self.host;
        self.decoder.advance(kind, code, value, &mut |event| host.push_input(event));
    }

    fn point(&mut self, x: i16, y: i16) {
        self.advance(EV_ABS, 0, i32::from(x));
        self.advance(EV_ABS, 1, i32::from(y));
        self.advance(EV_SYN, 0, 0);
    }

    fn button(&mut self, detail: u8, value: i32) {
        if let Some((_, code)) = BUTTONS.iter().find(|(button, _)| *button == detail) {
            self.advance(EV_KEY, *code, value);
        }
    }

    fn key(&mut self, detail: u8, is_down: bool) {
        let code = u16::from(detail.saturating_sub(FIRST_KEY));
        if is_down {
            self.held.insert(code);
        } else {
            self.held.remove(&code);
        }
        self.advance(EV_KEY, code, i32::from(is_down));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_changed_are_found() {
        let old = vec![0; 12];
        let mut new = old.clone();
        assert_eq!(changed_rows(&old, &new, 3), None);
        assert_eq!(changed_rows(&[], &new, 3), Some((0, 4)));
        new[3] = 1;
        new[8] = 1;
        assert_eq!(changed_rows(&old, &new, 3), Some((1, 3)));
        assert_eq!(changed_rows(&[], &[], 3), None);
    }

    #[test]
    fn a_display_that_is_not_there_is_told() {
        // The environment of a test is shared, so the name is given by hand.
        let error = x11rb::connect(Some("no-such-display")).map(|_| ()).map_err(failed).unwrap_err();
        assert!(error.to_string().starts_with("display: "), "{error}");
    }
}
