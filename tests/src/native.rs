//! A running desktop in this process, without QEMU: the system's own code on threads, with a screen in memory.
//!
//! Enter at [`Native::boot`]. Input goes in as the events of its devices, everything else through its development
//! port, as with a guest.

use crate::error::{Error, Result, naming};
use crate::machine::{Machine, Size};
use crate::picture::Picture;
use crate::player::Desktop;
use crate::port::{Answer, Port};
use halt_host::halt_system::InputEvent;
use halt_host::{Host, HostConfig};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// Generous, because this machine may be busy.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// The limit of one step of a script.
const STEP_WITHIN: Duration = Duration::from_secs(60);

/// The screen when nobody asks for another: as the guest's.
const SIZE: Size = Size { width: 1280, height: 800 };

/// A desktop that is up.
pub struct Native {
    host: Host,
    port: Port,
    size: Size,
}

impl Native {
    /// Boots and waits for the desktop. It runs until the process ends.
    pub fn boot(machine: &Machine) -> Result<Self> {
        let (host, port, size) = start(machine)?;
        Ok(Self { host, port: Port::new(port), size })
    }

    /// The system itself.
    pub fn host(&self) -> Host {
        self.host
    }

    /// What the system logged so far.
    pub fn log(&self) -> String {
        self.host.log().join("\n")
    }
}

/// Boots and waits for the desktop. Returns it with its development port and the size of its screen.
pub fn start(machine: &Machine) -> Result<(Host, UnixStream, Size)> {
    let size = machine.size.unwrap_or(SIZE);
    let app = match &machine.app {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(naming(path.display()))?;
            Some((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text))
        }
        None => None,
    };
    let (host, port) = Host::boot(HostConfig {
        cores: machine.cpus as usize,
        memory_mib: machine.memory_mib as usize,
        width: size.width,
        height: size.height,
        scale: machine.scale.unwrap_or(0),
        app,
        boot_unix_seconds: None,
    })
    .map_err(Error::failed)?;
    host.wait_until_ready(READY_WITHIN)
        .map_err(|log| Error::failed(format!("the desktop did not come up\n{log}")))?;
    Ok((host, port, size))
}

/// The screen as it is now.
pub fn picture(host: &Host) -> Picture {
    let picture = host.picture();
    Picture::from_words(picture.width, picture.height, &picture.pixels)
}

impl Desktop for Native {
    fn size(&self) -> Size {
        self.size
    }

    fn request(&mut self, verb: &str, payload: &str) -> Result<Answer> {
        let answer = self.port.request(verb, payload, STEP_WITHIN);
        match answer {
            Err(error) if self.host.is_powered_off() => {
                Err(Error::failed(format!("{error}: the system was switched off")))
            }
            answer => answer,
        }
    }

    fn send_input(&mut self, events: &[InputEvent]) -> Result<()> {
        events.iter().for_each(|event| self.host.push_input(*event));
        Ok(())
    }

    fn raw_picture(&mut self) -> Result<Picture> {
        Ok(picture(&self.host))
    }
}
