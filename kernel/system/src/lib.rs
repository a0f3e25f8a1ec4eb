//! The portable HALT system: processes, scheduler, input, native functions, app loading.
//!
//! Enter at [`System::start`], then call [`System::run_core`] on every core.
//!
//! Invariant: nothing here knows a device or a port; the machine is behind [`Platform`]. Clock, input and
//! randomness enter as values.
#![no_std]

extern crate alloc;

mod desktop;
mod input;
mod limits;
mod natives;
mod platform;
mod port;
mod present;
mod process;
mod queue;
mod scheduler;
mod screen;
mod stats;
mod table;

pub use desktop::desktop_image;
pub use halt_heap;
pub use pc_keyboard;
pub use platform::{InputEvent, Platform};

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use crossbeam_queue::ArrayQueue;
use halt_heap::{Heap, Image, Mutator, Region};
use halt_lisp::Runtime;
use spin::{Mutex, MutexGuard};

/// Pieces of the development port's input that wait to be read, at most: up to 64 KiB.
const PORT_PIECES: usize = 520;

/// How large the machine is, and what it is to run.
#[derive(Clone, Debug, Default)]
pub struct SystemConfig {
    /// Width of the screen in pixels.
    pub width: u32,
    /// Height of the screen in pixels.
    pub height: u32,
    /// How large everything is shown at first, in percent; 0 where nobody asked.
    pub scale: u32,
    /// Microseconds that passed before `Platform::now_us() == 0`: from the loader's start, if known.
    pub loader_us: u64,
    /// An app to load beside the built-in ones: file name and source text.
    pub app: Option<(String, String)>,
    /// What [`desktop_image`] gave, in a build of the same sources ([`SOURCES_HASH`]); without it the desktop's own Lisp is loaded.
    pub image: Option<Image>,
}

include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// The running system. Copy it freely: it lives for ever.
#[derive(Clone, Copy)]
pub struct System {
    core: &'static SystemCore,
}

/// What the parts of the system share.
pub(crate) struct SystemCore {
    platform: &'static dyn Platform,
    config: SystemConfig,
    heap: Heap,
    runtime: Arc<Runtime>,
    processes: table::ProcessTable,
    scheduler: scheduler::Scheduler,
    limits: limits::Limits,
    /// Messages that wait in mailboxes.
    messages: AtomicUsize,
    /// Processes that are queued or run: all that do not wait.
    active: AtomicUsize,
    /// How many cores work, the first ones.
    working_cores: AtomicUsize,
    /// Microseconds that each core slept.
    idle_us: Vec<AtomicU64>,
    /// What the clock was, at each core, when it ended a slice just now; 0 when it did something else since.
    slice_end_us: Vec<AtomicU64>,
    /// One mutator a core, for painting and small natives.
    mutators: Vec<Mutex<Mutator>>,
    input: ArrayQueue<(u64, InputEvent)>,
    /// Input events that found the queue full.
    lost_input: AtomicU64,
    router: Mutex<input::Router>,
    port_in: ArrayQueue<port::Piece>,
    port_reader: Mutex<port::PortReader>,
    port_out: Mutex<()>,
    sync_waits: AtomicBool,
    screen: screen::Screen,
    /// The process that gets input.
    shell: AtomicU64,
    random: AtomicU64,
}

/// What a native function reaches of the system: the caller's process.
pub(crate) struct ProcessContext {
    pub(crate) system: &'static SystemCore,
    pub(crate) process: Arc<process::Process>,
}

/// The clock that the heap's figures use: that of the first system (a test process may have several).
static CLOCK: spin::Once<&'static dyn Platform> = spin::Once::new();

impl ProcessContext {
    /// The team of what this process spawns: its own, but whom the shell spawns heads one.
    pub(crate) fn team_of_spawned(&self) -> Option<Arc<queue::Team>> {
        let is_shell = self.process.pid == self.system.shell.load(Ordering::Acquire);
        (!is_shell).then(|| self.process.team.clone())
    }
}

impl System {
    /// Makes the system over a platform. `arena` is memory for the heap: zeroed, for ever ours. Fails with
    /// a message when the arena is too small or the built-in Lisp does not load.
    pub fn start(
        platform: &'static dyn Platform,
        config: SystemConfig,
        arena: &'static mut [u64],
    ) -> Result<System, String> {
        let heap = Heap::new(Region::from_static(arena)).map_err(|error| alloc::format!("{error}"))?;
        CLOCK.call_once(|| platform);
        heap.set_clock(|| CLOCK.get().map_or(0, |platform| platform.now_us()));
        let image = config.image.unwrap_or(halt_image::library());
        let runtime = Runtime::from_image(&heap, &natives::sets(), desktop::LIBRARY, image)?;
        let cores = platform.core_count();
        let screen = screen::Screen::new(&heap, &config)?;
        screen.compositor.set_workers(cores);
        let core: &'static SystemCore = Box::leak(Box::new(SystemCore {
            platform,
            runtime,
            processes: table::ProcessTable::default(),
            scheduler: scheduler::Scheduler::new(cores),
            limits: limits::Limits::new(platform.native_bytes(), heap.usage_bytes().1),
            messages: AtomicUsize::new(0),
            active: AtomicUsize::new(0),
            working_cores: AtomicUsize::new(cores),
            idle_us: (0..cores).map(|_| AtomicU64::new(0)).collect(),
            slice_end_us: (0..cores).map(|_| AtomicU64::new(0)).collect(),
            mutators: (0..cores)
                .map(|core| {
                    // Painting and input go on when programs have filled the arena.
                    let mut mutator = heap.mutator();
                    mutator.set_name(&alloc::format!("core {core}"));
                    mutator.set_reserve(true);
                    Mutex::new(mutator)
                })
                .collect(),
            input: ArrayQueue::new(1024),
            lost_input: AtomicU64::new(0),
            router: Mutex::new(input::Router::new(&config)),
            port_in: ArrayQueue::new(PORT_PIECES),
            port_reader: Mutex::new(port::PortReader::default()),
            port_out: Mutex::new(()),
            sync_waits: AtomicBool::new(false),
            screen,
            shell: AtomicU64::new(0),
            random: AtomicU64::new(0x9E37_79B9_7F4A_7C15),
            config,
            heap,
        }));
        Ok(System { core })
    }

    /// Queues an input event and wakes a core. Lock-free: interrupt handlers call it.
    pub fn push_input(&self, event: InputEvent) {
        let now = self.core.platform.now_us();
        if self.core.input.push((now, event)).is_err() {
            self.core.lost_input.fetch_add(1, Ordering::Relaxed);
        }
        self.core.wake_a_core();
    }

    /// Queues bytes from the development port. Lock-free: interrupt handlers call it. Returns how many fitted.
    pub fn push_port(&self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        for piece in bytes.chunks(port::Piece::BYTES) {
            if self.core.port_in.push(port::Piece::new(piece)).is_err() {
                break;
            }
            taken += piece.len();
        }
        self.core.wake_a_core();
        taken
    }

    /// Runs one core for ever. Core 0 boots the desktop, which logs the ready line once it is painted.
    pub fn run_core(&self, core: usize) -> ! {
        if core == 0 {
            self.core.boot_desktop();
        }
        loop {
            self.step(core);
        }
    }

    /// Does what there is to do on a core, or sleeps once: one turn of [`run_core`](Self::run_core).
    pub fn step(&self, core: usize) {
        if !self.core.run_core_once(core) {
            self.core.sleep(core);
        }
    }
}

impl SystemCore {
    /// The mutator of a core. Held only for a moment, never across a slice.
    fn core_mutator(&self, core: usize) -> MutexGuard<'_, Mutator> {
        self.mutators[core].lock()
    }

    /// Wakes an idle core, or core 0 where none is.
    fn wake_a_core(&self) {
        if !self.wake_core_below(self.platform.core_count()) {
            self.platform.wake(0);
        }
    }

    /// Whether a core has something to do that is no process.
    fn has_core_work(&self, core: usize) -> bool {
        !self.input.is_empty() || !self.port_in.is_empty() || self.screen.has_work(core)
    }

    /// Whether all input was handled and painted and nothing runs.
    fn is_at_rest(&self) -> bool {
        // In the order in which work is handed on, so that none slips past from one place to the next.
        self.input.is_empty()
            && !self.router.is_locked()
            && self.active.load(Ordering::SeqCst) == 0
            && self.screen.is_settled()
    }

    fn log(&self, line: &str) {
        self.platform.log(line);
    }
}
