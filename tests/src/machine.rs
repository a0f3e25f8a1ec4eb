//! What kind of guest to boot, and the QEMU options that make it.
//!
//! Enter at [`Machine`] and [`Machine::arguments`].
//!
//! Invariant: every guest has the devices that the kernel drives: a serial port for the log and a virtio console for the
//! development port (or a second serial port), a tablet and a keyboard, the debug-exit device, and the standard display.

use crate::error::{Error, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The size of a screen in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Size {
    /// Reads `WIDTHxHEIGHT`; `None` unless both are sensible.
    pub fn parse(text: &str) -> Option<Self> {
        let (width, height) = text.split_once('x')?;
        let size = Self { width: width.parse().ok()?, height: height.parse().ok()? };
        ((320..=8192).contains(&size.width) && (200..=8192).contains(&size.height)).then_some(size)
    }
}

/// What the guest boots from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BootFrom {
    /// The firmware starts the freshly built `halt.efi` directly.
    Build,
    /// The firmware finds the loader on this disk image, attached as a USB stick.
    Disk(PathBuf),
}

/// A guest to boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Processors.
    pub cpus: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// The screen to ask for; the loader's default when absent.
    pub size: Option<Size>,
    /// How large everything is shown at first, in percent; as before, or as it is, when absent.
    pub scale: Option<u32>,
    /// A Lisp app to start with the desktop.
    pub app: Option<PathBuf>,
    /// What to boot.
    pub boot_from: BootFrom,
    /// A failure to cause once the desktop is up, as the kernel names them.
    pub crash: Option<String>,
    /// Whether a kernel failure ends QEMU (with code 35) rather than leaving its report on the screen.
    pub ends_on_failure: bool,
    /// Whether the development port is the second serial port, as on a machine without virtio; far slower (experiment 0018).
    pub has_serial_port: bool,
}

impl Default for Machine {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, |count| count.get() as u32);
        Self {
            cpus: cores.clamp(2, 8),
            memory_mib: 256,
            size: None,
            scale: None,
            app: None,
            boot_from: BootFrom::Build,
            crash: None,
            ends_on_failure: false,
            has_serial_port: false,
        }
    }
}

/// How QEMU runs the guest's instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accelerator {
    /// Hardware virtualisation.
    Kvm,
    /// Emulation, one host thread a processor.
    Tcg,
}

/// Where the guest's screen is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Display {
    /// Nowhere; pictures can still be taken.
    None,
    /// In a window, by this QEMU display driver.
    Window(String),
    /// To VNC viewers on this machine, on the first free port.
    Vnc,
}

/// The files of one QEMU, all in its private folder.
#[derive(Clone, Debug)]
pub struct Files {
    /// The firmware's code, shared and read-only.
    pub firmware_code: PathBuf,
    /// This guest's own copy of the firmware's variables.
    pub firmware_variables: PathBuf,
    /// The control socket.
    pub qmp: PathBuf,
    /// The development port's socket.
    pub port: PathBuf,
}

impl Machine {
    /// Returns the options for QEMU.
    pub fn arguments(
        &self,
        efi: &Path,
        files: &Files,
        how: Accelerator,
        show: &Display,
    ) -> Result<Vec<OsString>> {
        let mut arguments = Arguments::default();
        arguments.pair("-machine", "q35");
        match how {
            Accelerator::Kvm => arguments.pair("-accel", "kvm").pair("-cpu", "host"),
            // Five-level page tables are off: the loader builds four-level ones.
            Accelerator::Tcg => arguments.pair("-accel", "tcg,thread=multi").pair("-cpu", "max,la57=off"),
        };
        arguments.pair("-smp", self.cpus.to_string()).pair("-m", format!("{}M", self.memory_mib));
        arguments.file("-drive", "if=pflash,format=raw,readonly=on,file=", &files.firmware_code);
        arguments.file("-drive", "if=pflash,format=raw,file=", &files.firmware_variables);
        match &self.boot_from {
            BootFrom::Build => {
                arguments.pair("-kernel", efi);
            }
            BootFrom::Disk(image) => {
                arguments.file("-drive", "if=none,id=stick,format=raw,readonly=on,file=", image);
                arguments.pair("-device", "qemu-xhci").pair("-device", "usb-storage,drive=stick,bootindex=0");
            }
        }
        arguments.pair("-device", "virtio-tablet-pci").pair("-device", "virtio-keyboard-pci");
        arguments.pair("-device", "isa-debug-exit,iobase=0xf4,iosize=0x04");
        arguments.pair("-chardev", "stdio,id=log,signal=off").pair("-serial", "chardev:log");
        arguments.file("-chardev", "socket,id=port,server=on,wait=off,path=", &files.port);
        if self.has_serial_port {
            arguments.pair("-serial", "chardev:port");
        } else {
            // Port 0 is for terminals: its writes are dropped when nobody takes them.
            arguments.pair("-device", "virtio-serial-pci,max_ports=2");
            arguments.pair("-device", "virtserialport,chardev=port,nr=1,name=halt.port");
        }
        arguments.file("-chardev", "socket,id=qmp,server=on,wait=off,path=", &files.qmp);
        arguments.pair("-mon", "chardev=qmp,mode=control");
        arguments.pair("-monitor", "none").pair("-parallel", "none").pair("-nic", "none");
        arguments
            .flag("-nodefaults")
            .pair("-device", self.display_device())
            .pair("-boot", "menu=off")
            .flag("-no-reboot");
        match show {
            Display::None => arguments.pair("-display", "none"),
            Display::Window(driver) => arguments.pair("-display", driver).pair("-name", "HALT"),
            Display::Vnc => arguments.pair("-display", "none").pair("-vnc", "127.0.0.1:0,to=99"),
        };
        for (name, value) in self.settings()? {
            arguments.pair("-fw_cfg", format!("name={name},string={value}"));
        }
        self.check_app()?;
        if let Some(app) = &self.app {
            arguments.file("-fw_cfg", "name=opt/halt/app,file=", app);
        }
        Ok(arguments.0)
    }

    /// Whether the app's file can be read: asked before anything is built, and so that a wrong name is our error
    /// and not QEMU's.
    pub fn check_app(&self) -> Result<()> {
        match &self.app {
            Some(app) => std::fs::File::open(app).map(drop).map_err(crate::error::naming(app.display())),
            None => Ok(()),
        }
    }

    /// The display. A size that is asked for is the monitor's own, so that the firmware offers it as a mode.
    fn display_device(&self) -> String {
        let Some(size) = self.size else { return "VGA".to_string() };
        let bytes = u64::from(size.width) * u64::from(size.height) * 4;
        let mib = bytes.div_ceil(1 << 20).next_power_of_two().max(16);
        format!("VGA,edid=on,xres={},yres={},vgamem_mb={mib}", size.width, size.height)
    }

    /// What the guest reads through `fw_cfg`.
    fn settings(&self) -> Result<Vec<(&'static str, String)>> {
        let mut settings = Vec::new();
        if let Some(size) = self.size {
            settings.push(("opt/halt/size", format!("{}x{}", size.width, size.height)));
        }
        if let Some(scale) = self.scale {
            settings.push(("opt/halt/scale", scale.to_string()));
        }
        if let Some(app) = &self.app {
            let name = app.file_name().and_then(|name| name.to_str());
            let name =
                name.ok_or_else(|| Error::usage(format!("--app {}: not a file name", app.display())))?;
            settings.push(("opt/halt/app-name", name.replace(',', ",,")));
        }
        if let Some(crash) = &self.crash {
            settings.push(("opt/halt/crash", crash.clone()));
        }
        if self.ends_on_failure {
            settings.push(("opt/halt/exit-on-failure", "1".to_string()));
        }
        Ok(settings)
    }
}

/// QEMU options under construction.
#[derive(Default)]
struct Arguments(Vec<OsString>);

impl Arguments {
    fn flag(&mut self, name: &str) -> &mut Self {
        self.0.push(name.into());
        self
    }

    fn pair(&mut self, name: &str, value: impl Into<OsString>) -> &mut Self {
        self.0.extend([name.into(), value.into()]);
        self
    }

    /// An option that ends in a path, in which QEMU wants commas doubled.
    fn file(&mut self, name: &str, before: &str, path: &Path) -> &mut Self {
        let path = path.to_string_lossy().replace(',', ",,");
        self.pair(name, format!("{before}{path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(machine: &Machine) -> Result<String> {
        let files = Files {
            firmware_code: "code".into(),
            firmware_variables: "a,b".into(),
            qmp: "qmp".into(),
            port: "port".into(),
        };
        let arguments = machine.arguments(Path::new("halt.efi"), &files, Accelerator::Tcg, &Display::None)?;
        Ok(arguments.join(" ".as_ref()).to_string_lossy().into_owned())
    }

    #[test]
    fn sizes_are_checked() {
        assert_eq!(Size::parse("1280x800"), Some(Size { width: 1280, height: 800 }));
        for text in ["", "x", "1280", "1280x", "1280x800x2", "-1x800", "10x10", "99999x99999"] {
            assert_eq!(Size::parse(text), None, "{text}");
        }
    }

    #[test]
    fn arguments_carry_the_wishes() {
        let size = Some(Size { width: 800, height: 600 });
        let machine = Machine {
            cpus: 3,
            memory_mib: 300,
            size,
            crash: Some("panic".into()),
            scale: Some(200),
            ..Machine::default()
        };
        let line = arguments(&machine).unwrap();
        for part in [
            "scale,string=200",
            "-smp 3",
            "-m 300M",
            "name=opt/halt/size,string=800x600",
            "crash,string=panic",
            "file=a,,b",
        ] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(!line.contains("exit-on-failure"));
    }

    #[test]
    fn development_port_is_a_console_unless_it_is_to_be_serial() {
        let with = |has_serial_port| arguments(&Machine { has_serial_port, ..Machine::default() }).unwrap();
        assert!(with(false).contains("virtserialport,chardev=port") && !with(false).contains("chardev:port"));
        assert!(with(true).contains("-serial chardev:port") && !with(true).contains("virtserialport"));
    }

    #[test]
    fn missing_app_is_named() {
        let machine = Machine { app: Some("no/such/app.clj".into()), ..Machine::default() };
        assert!(arguments(&machine).unwrap_err().to_string().starts_with("no/such/app.clj: "));
    }
}
