//! One QEMU: started, watched, controlled, ended.
//!
//! Enter at [`Qemu::start`].
//!
//! Invariant: the process and its private folder end with the [`Qemu`].

use crate::error::{Error, Result, naming};
use crate::firmware::{Tools, kvm_may_work};
use crate::guard::{Folder, Guarded};
use crate::machine::{Accelerator, Display, Files, Machine};
use crate::picture::Picture;
use crate::port::Port;
use crate::qmp::Qmp;
use crate::serial::{Echo, Log};
use serde_json::json;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

/// What QEMU ends with when the kernel switches the machine off.
pub const POWERED_OFF: i32 = 33;
/// What QEMU ends with when the kernel has failed and the machine is to end then.
pub const KERNEL_FAILED: i32 = 35;

/// How long a guest under KVM may be silent before KVM is taken to be broken.
const KVM_SPEAKS_WITHIN: Duration = Duration::from_secs(5);
/// How long QEMU may take to open its control socket.
const SOCKET_WITHIN: Duration = Duration::from_secs(20);

/// A running QEMU.
#[derive(Debug)]
pub struct Qemu {
    process: Guarded,
    /// What the guest's first serial port says.
    pub log: Log,
    errors: Log,
    qmp: Qmp,
    files: Files,
    dump: PathBuf,
}

impl Qemu {
    /// Starts a guest: with KVM where that works, else emulated.
    pub fn start(machine: &Machine, tools: &Tools, efi: &Path, show: &Display, echo: Echo) -> Result<Self> {
        if kvm_may_work() {
            match Self::start_with_kvm(machine, tools, efi, show, echo) {
                Ok(qemu) => return Ok(qemu),
                Err(error) => eprintln!("halt: KVM does not work here ({error}); emulating instead"),
            }
        }
        Self::launch(machine, tools, efi, show, echo, Accelerator::Tcg)
    }

    /// Starts a guest with KVM; one that stays silent counts as not started.
    pub fn start_with_kvm(
        machine: &Machine,
        tools: &Tools,
        efi: &Path,
        show: &Display,
        echo: Echo,
    ) -> Result<Self> {
        let qemu = Self::launch(machine, tools, efi, show, echo, Accelerator::Kvm)?;
        match qemu.log.wait_for_anything(KVM_SPEAKS_WITHIN) {
            true => Ok(qemu),
            false => {
                Err(Error::failed(format!("the guest said nothing within {} s", KVM_SPEAKS_WITHIN.as_secs())))
            }
        }
    }

    fn launch(
        machine: &Machine,
        tools: &Tools,
        efi: &Path,
        show: &Display,
        echo: Echo,
        how: Accelerator,
    ) -> Result<Self> {
        let folder = Folder::new()?;
        let at = |name: &str| folder.path().join(name);
        let files = Files {
            firmware_code: tools.code.clone(),
            firmware_variables: at("variables.fd"),
            qmp: at("qmp"),
            port: at("port"),
        };
        let dump = at("screen.ppm");
        // Copied by content: the original may be read-only, and QEMU opens the copy for writing.
        let variables = std::fs::read(&tools.variables).map_err(naming(tools.variables.display()))?;
        std::fs::write(&files.firmware_variables, variables).map_err(naming("firmware variables"))?;
        let arguments = machine.arguments(efi, &files, how, show)?;
        let process = Guarded::spawn(&tools.qemu, &arguments, folder)?;
        let (output, errors) = process.take_pipes().ok_or_else(|| Error::failed("QEMU has no output"))?;
        let log = Log::follow(output, echo);
        let errors = Log::follow(errors, Echo::Silent);
        let qmp = Self::connect(&process, &errors, &files.qmp)?;
        Ok(Self { process, log, errors, qmp, files, dump })
    }

    /// Connects to the control socket, which QEMU opens a little after it starts.
    fn connect(process: &Guarded, errors: &Log, socket: &Path) -> Result<Qmp> {
        let until = Instant::now() + SOCKET_WITHIN;
        loop {
            let failure = match Qmp::connect(socket) {
                Ok(qmp) => return Ok(qmp),
                Err(failure) => failure,
            };
            if let Some(status) = process.ended()? {
                std::thread::sleep(Duration::from_millis(50)); // for the last of its words
                return Err(Error::failed(format!("QEMU did not start ({status}): {}", errors.tail(5))));
            } else if Instant::now() > until {
                return Err(failure);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A connection to the guest's development port; there is one at a time.
    pub fn port_stream(&self) -> Result<UnixStream> {
        UnixStream::connect(&self.files.port).map_err(naming("development port"))
    }

    /// Connects to the guest's development port. Before that, QEMU drops what the guest writes there.
    pub fn port(&self) -> Result<Port> {
        Port::connect(&self.files.port)
    }

    /// Sends events to the guest's tablet and keyboard, as of one moment.
    pub fn send_input(&mut self, events: &[serde_json::Value]) -> Result<()> {
        self.qmp.execute("input-send-event", json!({ "events": events })).map(|_| ())
    }

    /// Takes a picture of the screen.
    pub fn picture(&mut self) -> Result<Picture> {
        self.qmp.execute("screendump", json!({ "filename": self.dump }))?;
        Picture::from_ppm(&std::fs::read(&self.dump).map_err(naming("screen dump"))?)
    }

    /// The address that VNC viewers connect to, for [`Display::Vnc`].
    pub fn vnc_address(&mut self) -> Result<String> {
        let answer = self.qmp.execute("query-vnc", json!({}))?;
        match (answer["host"].as_str(), answer["service"].as_str()) {
            (Some(host), Some(port)) => Ok(format!("{host}:{port}")),
            _ => Err(Error::failed(format!("QEMU serves no VNC: {answer}"))),
        }
    }

    /// How QEMU ended, when it has.
    pub fn ended(&self) -> Result<Option<ExitStatus>> {
        self.process.ended()
    }

    /// Waits for QEMU to end by itself.
    pub fn wait(&self, at_most: Duration) -> Result<Option<ExitStatus>> {
        self.process.wait(at_most)
    }

    /// QEMU's process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The last of what guest and QEMU said, for an error message.
    pub fn last_words(&self) -> String {
        let mut words = self.errors.tail(5);
        let log = self.log.tail(25);
        if !log.is_empty() {
            words += &format!("\nthe guest's last lines:\n{log}");
        }
        words
    }
}

/// Returns how to show the guest's screen to somebody at this machine.
pub fn display_here(tools: &Tools) -> Display {
    if !has_display() {
        return Display::Vnc;
    }
    let help = Command::new(&tools.qemu).args(["-display", "help"]).output();
    let known = help.map(|help| String::from_utf8_lossy(&help.stdout).into_owned()).unwrap_or_default();
    let drivers = ["cocoa", "gtk", "sdl"];
    let driver = drivers.into_iter().find(|driver| known.lines().any(|line| line.trim() == *driver));
    driver.map_or(Display::Vnc, |driver| Display::Window(driver.to_string()))
}

/// Whether windows can be opened here.
pub fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(target_os = "macos") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
