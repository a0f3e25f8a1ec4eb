//! From the screen atom to the display: begins frames, paints tiles, keeps the figures.
//!
//! Enter at [`SystemCore::paint`], which every core calls in its loop. Newer snapshots only replace each other
//! while a frame is being painted: a thousand commits cost one picture.

use crate::SystemCore;
use crate::platform::Platform;
use crate::screen::{LATENCIES_MAX, Screen};
use alloc::format;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use halt_render::{Display, FrameStart};

/// Below this many tiles the core that began the frame paints alone and wakes nobody.
const TILES_TO_SHARE: usize = 4;

/// The frame that is being painted.
#[derive(Default)]
pub(crate) struct Painting {
    /// When the oldest pointer move that this frame shows came in; 0 for none.
    pointer_since_us: u64,
}

/// What the frames so far cost.
#[derive(Default)]
pub(crate) struct ScreenFigures {
    frames: u64,
    /// The newest pointer latencies, in microseconds: a ring.
    latencies_us: Vec<u32>,
    next_latency: usize,
    layout_us: u64,
    layouts: u64,
}

/// The platform as the compositor's display.
struct PlatformDisplay(&'static dyn Platform);

impl Display for PlatformDisplay {
    fn present(&self, x: u32, y: u32, width: u32, height: u32, pixels: &[u32], stride: usize) {
        self.0.present(x, y, width, height, pixels, stride);
    }

    fn now_us(&self) -> u64 {
        self.0.now_us()
    }
}

impl SystemCore {
    /// Paints some tiles, or begins the next frame. Returns whether there was anything for this core.
    pub(crate) fn paint(&self, core: usize) -> bool {
        let screen = &self.screen;
        if core >= screen.compositor.workers() {
            return false;
        }
        let display = PlatformDisplay(self.platform);
        if screen.compositor.waiting_tiles() > 0 {
            let painted = screen.compositor.paint_some(&mut self.core_mutator(core), core, &display);
            self.end_frame_if_done();
            return painted;
        }
        if !screen.is_dirty.load(Ordering::SeqCst) || !screen.compositor.frame_done() {
            return false;
        }
        let Some(mut painting) = screen.painting.try_lock() else { return false };
        if screen.is_in_flight.load(Ordering::SeqCst) || !screen.is_dirty.swap(false, Ordering::SeqCst) {
            return false;
        }
        // Read before the root: a move that comes now belongs to the next frame.
        painting.pointer_since_us = screen.pointer_since_us.swap(0, Ordering::SeqCst);
        screen.is_in_flight.store(true, Ordering::SeqCst);
        let started = self.core_mutator(core).enter(|s| match screen.root(s) {
            Some(root) => screen.compositor.begin_frame(s, root, &display),
            None => Ok(FrameStart::Unchanged),
        });
        if !matches!(started, Ok(FrameStart::Started { .. })) {
            screen.is_in_flight.store(false, Ordering::SeqCst);
        }
        // Held until the frame's tiles are counted: nobody can take it for done before.
        drop(painting);
        match started {
            Ok(FrameStart::Started { tiles: 0 }) => self.end_frame_if_done(),
            Ok(FrameStart::Started { tiles }) => {
                if tiles >= TILES_TO_SHARE {
                    self.wake_idle_cores();
                }
            }
            Ok(FrameStart::Unchanged) => {}
            Ok(FrameStart::Busy) => screen.is_dirty.store(true, Ordering::SeqCst),
            Err(_) => {
                self.log("screen: a frame has to wait: out of memory");
                self.heap.collect();
                screen.is_dirty.store(true, Ordering::SeqCst);
            }
        }
        true
    }

    fn end_frame_if_done(&self) {
        let screen = &self.screen;
        let mut painting = screen.painting.lock();
        if !screen.compositor.frame_done() || !screen.is_in_flight.swap(false, Ordering::SeqCst) {
            return;
        }
        let now = self.platform.now_us();
        let since = core::mem::take(&mut painting.pointer_since_us);
        drop(painting);
        if screen.is_dirty.load(Ordering::SeqCst) {
            // Whoever may begin the next frame might have gone to sleep while this one was under way.
            self.wake_idle_cores();
        }
        let mut figures = screen.figures.lock();
        figures.frames += 1;
        if since != 0 {
            figures.add_latency(now.saturating_sub(since));
        }
        if figures.frames == 1 {
            screen.first_frame_us.store(now, Ordering::Relaxed);
            drop(figures);
            let loaded = screen.loaded_us.load(Ordering::Relaxed);
            self.log(&format!(
                "halt: ready kernel_to_frame_us={now} loader_to_frame_us={} lisp_loaded_us={loaded}",
                now + self.config.loader_us
            ));
        }
    }
}

impl ScreenFigures {
    fn add_latency(&mut self, us: u64) {
        let us = us.min(u32::MAX as u64) as u32;
        if self.latencies_us.len() < LATENCIES_MAX {
            self.latencies_us.push(us);
        } else {
            self.latencies_us[self.next_latency] = us;
        }
        self.next_latency = (self.next_latency + 1) % LATENCIES_MAX;
    }
}

impl Screen {
    /// Whether a core that paints has something to paint or a frame to begin.
    pub(crate) fn has_work(&self, core: usize) -> bool {
        core < self.compositor.workers()
            && (self.compositor.waiting_tiles() > 0
                || self.is_dirty.load(Ordering::SeqCst) && !self.is_in_flight.load(Ordering::SeqCst))
    }

    /// Whether everything that was committed is on the display.
    pub(crate) fn is_settled(&self) -> bool {
        !self.is_dirty.load(Ordering::SeqCst) && !self.is_in_flight.load(Ordering::SeqCst)
    }

    /// A pointer move came in at this time; the oldest one counts.
    pub(crate) fn note_pointer_event(&self, at_us: u64) {
        let _ = self.pointer_since_us.compare_exchange(0, at_us.max(1), Ordering::SeqCst, Ordering::SeqCst);
    }

    pub(crate) fn note_loaded(&self, at_us: u64) {
        self.loaded_us.store(at_us, Ordering::Relaxed);
    }

    pub(crate) fn note_layout(&self, us: u64) {
        let mut figures = self.figures.lock();
        figures.layouts += 1;
        figures.layout_us += us;
    }

    /// Switches the tint of tiles by worker; all is painted again.
    pub(crate) fn set_tint(&self, on: bool) {
        self.compositor.set_tint(on);
        self.is_dirty.store(true, Ordering::SeqCst);
    }

    /// Forgets the latencies measured so far.
    pub(crate) fn reset_latencies(&self) {
        let mut figures = self.figures.lock();
        figures.latencies_us.clear();
        figures.next_latency = 0;
    }

    pub(crate) fn add_figures(&self, list: &mut Vec<(&'static str, u64)>) {
        let figures = self.figures.lock();
        let last = self.compositor.stats();
        let mut sorted = figures.latencies_us.clone();
        sorted.sort_unstable();
        let at = |share: usize| match sorted.len() {
            0 => 0,
            n => sorted[(n - 1) * share / 100] as u64,
        };
        list.extend([
            ("width", self.width as u64),
            ("height", self.height as u64),
            ("kernel-to-frame-us", self.first_frame_us.load(Ordering::Relaxed)),
            ("lisp-loaded-us", self.loaded_us.load(Ordering::Relaxed)),
            ("tint", self.compositor.tint() as u64),
            ("frames", figures.frames),
            ("frame-us", last.frame_us as u64),
            ("frame-nodes", last.nodes_diffed as u64),
            ("frame-tiles", last.tiles as u64),
            ("frame-pixels", last.pixels),
            ("frame-diff-us", last.diff_us as u64),
            ("frame-paint-us", last.paint_us as u64),
            ("frame-present-us", last.present_us as u64),
            ("layouts", figures.layouts),
            ("layout-us", figures.layout_us),
            ("pointer-moves", sorted.len() as u64),
            ("pointer-median-us", at(50)),
            ("pointer-p99-us", at(99)),
        ]);
    }
}
