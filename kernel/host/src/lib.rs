//! The whole system as a process of this machine: threads for cores, memory for a screen, a socket for the
//! development port.
//!
//! Enter at [`Host::boot`]. What is portable is the guest's own code; this crate is the other side of
//! [`Platform`], as the kernel is.
//!
//! Absent: windows and files; whoever boots a host shows its [`Picture`] and plays its input.

pub use halt_system;

use halt_system::{InputEvent, Platform, System, SystemConfig};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The stack of a core's thread. Pages that are not touched cost nothing.
const STACK_BYTES: usize = 8 << 20;

/// The longest sleep of a core, so that a lost wake would be a delay and no end.
const SLEEP_MAX: Duration = Duration::from_millis(500);

/// How the line begins with which the system says that the desktop is up.
const READY: &str = "halt: ready";

/// What to boot.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// Threads that run the system, at least 1.
    pub cores: usize,
    /// The heap's memory, in MiB.
    pub memory_mib: usize,
    /// Width of the screen in pixels.
    pub width: u32,
    /// Height of the screen in pixels.
    pub height: u32,
    /// How large everything is shown at first, in percent; 0 where nobody asked.
    pub scale: u32,
    /// An app to load beside the built-in ones: file name and source text.
    pub app: Option<(String, String)>,
    /// Seconds since 1970-01-01 UTC that the system is to take for its start; this machine's clock when absent.
    pub boot_unix_seconds: Option<u64>,
}

/// A running system. Its threads go on until the process ends.
#[derive(Clone, Copy)]
pub struct Host {
    system: System,
    machine: &'static Machine,
}

/// A copy of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Each pixel as 0xFFRRGGBB, row by row.
    pub pixels: Vec<u32>,
}

/// The machine that the system sees.
struct Machine {
    start: Instant,
    boot_unix_seconds: Option<u64>,
    width: usize,
    cores: Vec<Core>,
    screen: Mutex<Screen>,
    screen_changed: Condvar,
    log: Mutex<Log>,
    log_grew: Condvar,
    port: UnixStream,
}

/// What a core's thread sleeps on.
#[derive(Default)]
struct Core {
    is_woken: Mutex<bool>,
    woken: Condvar,
}

struct Screen {
    pixels: Vec<u32>,
    /// Grows with each rectangle that is written.
    version: u64,
}

#[derive(Default)]
struct Log {
    lines: Vec<String>,
    /// Whether lines also go to standard output.
    is_echoed: bool,
    is_powered_off: bool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Platform for Machine {
    fn now_us(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    fn boot_unix_seconds(&self) -> Option<u64> {
        self.boot_unix_seconds
    }

    fn core_count(&self) -> usize {
        self.cores.len()
    }

    fn wait(&self, core: usize, deadline_us: Option<u64>) {
        let core = &self.cores[core];
        let left = deadline_us.map(|at| Duration::from_micros(at.saturating_sub(self.now_us())));
        let timeout = left.unwrap_or(SLEEP_MAX).min(SLEEP_MAX);
        let mut is_woken = locked(&core.is_woken);
        if !*is_woken && !timeout.is_zero() {
            is_woken = core.woken.wait_timeout(is_woken, timeout).unwrap_or_else(PoisonError::into_inner).0;
        }
        *is_woken = false;
    }

    fn wake(&self, core: usize) {
        let core = &self.cores[core];
        *locked(&core.is_woken) = true;
        core.woken.notify_one();
    }

    fn present(&self, x: u32, y: u32, width: u32, height: u32, pixels: &[u32], stride: usize) {
        let (x, y, width) = (x as usize, y as usize, width as usize);
        let mut screen = locked(&self.screen);
        screen.version += 1;
        for row in 0..height as usize {
            let to = (y + row) * self.width + x;
            screen.pixels[to..to + width].copy_from_slice(&pixels[row * stride..row * stride + width]);
        }
        drop(screen);
        self.screen_changed.notify_all();
    }

    fn log(&self, line: &str) {
        let mut log = locked(&self.log);
        if log.is_echoed {
            println!("{line}");
        }
        log.lines.push(line.to_string());
        self.log_grew.notify_all();
    }

    fn port_write(&self, bytes: &[u8]) {
        // Nobody listens any more: then nobody misses the reply.
        let _ = (&self.port).write_all(bytes);
    }

    fn power_off(&self) {
        locked(&self.log).is_powered_off = true;
        self.log_grew.notify_all();
        // Whoever waits for a reply waits no longer.
        let _ = self.port.shutdown(Shutdown::Both);
        // As on a real machine nothing runs after this; the process ends when its owner sees it.
        loop {
            std::thread::park();
        }
    }
}

impl Host {
    /// Boots a system. Returns it at once, and the asking end of its development port.
    pub fn boot(config: HostConfig) -> Result<(Host, UnixStream), String> {
        let (ours, theirs) = UnixStream::pair().map_err(|error| format!("development port: {error}"))?;
        let heard = theirs.try_clone().map_err(|error| format!("development port: {error}"))?;
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|time| time.as_secs());
        let machine: &'static Machine = Box::leak(Box::new(Machine {
            start: Instant::now(),
            boot_unix_seconds: config.boot_unix_seconds.or_else(now),
            width: config.width as usize,
            cores: (0..config.cores.max(1)).map(|_| Core::default()).collect(),
            screen: Mutex::new(Screen {
                pixels: vec![0xFF00_0000; config.width as usize * config.height as usize],
                version: 0,
            }),
            screen_changed: Condvar::new(),
            log: Mutex::new(Log::default()),
            log_grew: Condvar::new(),
            port: theirs,
        }));
        let arena = vec![0u64; (config.memory_mib << 20) / 8].leak();
        let (width, height, scale) = (config.width, config.height, config.scale);
        let config = SystemConfig { width, height, scale, loader_us: 0, app: config.app, image: None };
        let system = System::start(machine, config, arena)?;
        for core in 0..machine.cores.len() {
            thread(&format!("core {core}"), move || system.run_core(core))?;
        }
        thread("development port", move || hear(heard, &system))?;
        Ok((Host { system, machine }, ours))
    }

    /// Waits for the line that says that the desktop is up, and returns it. Fails with the log.
    pub fn wait_until_ready(&self, at_most: Duration) -> Result<String, String> {
        let until = Instant::now() + at_most;
        let mut log = locked(&self.machine.log);
        loop {
            if let Some(line) = log.lines.iter().find(|line| line.starts_with(READY)) {
                return Ok(line.clone());
            }
            let left = until.saturating_duration_since(Instant::now());
            let is_failed = log.lines.iter().any(|line| line.starts_with("halt: failed"));
            if is_failed || log.is_powered_off || left.is_zero() {
                return Err(log.lines.join("\n"));
            }
            log = self.machine.log_grew.wait_timeout(log, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Sends the log to standard output from now on, and what it says so far.
    pub fn echo_log(&self) {
        let mut log = locked(&self.machine.log);
        log.is_echoed = true;
        log.lines.iter().for_each(|line| println!("{line}"));
    }

    /// What the system logged so far, a line each.
    pub fn log(&self) -> Vec<String> {
        locked(&self.machine.log).lines.clone()
    }

    /// What the system logs after its first `seen` lines: waits until there is any, for at most this long, or until the
    /// system was switched off.
    pub fn wait_for_log(&self, seen: usize, at_most: Duration) -> Vec<String> {
        let log = locked(&self.machine.log);
        let is_silent = |log: &mut Log| log.lines.len() <= seen && !log.is_powered_off;
        let waited = self.machine.log_grew.wait_timeout_while(log, at_most, is_silent);
        waited.unwrap_or_else(PoisonError::into_inner).0.lines.iter().skip(seen).cloned().collect()
    }

    /// Hands an input event to the system.
    pub fn push_input(&self, event: InputEvent) {
        self.system.push_input(event);
    }

    /// A copy of the screen as it is now.
    pub fn picture(&self) -> Picture {
        let pixels = locked(&self.machine.screen).pixels.clone();
        let width = self.machine.width as u32;
        Picture { width, height: pixels.len() as u32 / width.max(1), pixels }
    }

    /// A number that grows whenever the screen changes.
    pub fn picture_version(&self) -> u64 {
        locked(&self.machine.screen).version
    }

    /// Waits until the screen is at another version than this one, for at most this long. Returns its version.
    pub fn wait_for_picture(&self, version: u64, at_most: Duration) -> u64 {
        let screen = locked(&self.machine.screen);
        let is_same = |screen: &mut Screen| screen.version == version;
        let waited = self.machine.screen_changed.wait_timeout_while(screen, at_most, is_same);
        waited.unwrap_or_else(PoisonError::into_inner).0.version
    }

    /// Whether the system was switched off.
    pub fn is_powered_off(&self) -> bool {
        locked(&self.machine.log).is_powered_off
    }

    /// Waits until the system was switched off, for at most this long. Returns whether it was.
    pub fn wait_for_power_off(&self, at_most: Duration) -> bool {
        let log = locked(&self.machine.log);
        let is_on = |log: &mut Log| !log.is_powered_off;
        let waited = self.machine.log_grew.wait_timeout_while(log, at_most, is_on);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_powered_off
    }
}

fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), String> {
    let builder = std::thread::Builder::new().name(name.to_string()).stack_size(STACK_BYTES);
    builder.spawn(run).map(|_| ()).map_err(|error| format!("no thread for {name}: {error}"))
}

/// Hands what is asked to the system, as fast as it takes it, until the asking end is gone.
fn hear(mut port: UnixStream, system: &System) {
    let mut chunk = [0; 4096];
    while let Ok(count @ 1..) = port.read(&mut chunk) {
        let mut rest = &chunk[..count];
        while !rest.is_empty() {
            let taken = system.push_port(rest);
            rest = &rest[taken..];
            if !rest.is_empty() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}
