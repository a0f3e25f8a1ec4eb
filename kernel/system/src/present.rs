//! From the screen atom to the display: begins frames, paints tiles, keeps the figures.
//!
//! Enter at [`SystemCore::paint`], which every core calls in its loop. Newer snapshots only replace each other
//! while a frame is being painted: a thousand commits cost one picture.

use crate::SystemCore;
use crate::platform::Platform;
use crate::screen::{LATENCIES_MAX, Screen};
use alloc::format;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};
use halt_render::{Display, FrameStart};

/// Below this many tiles the core that began the frame paints alone and wakes nobody.
const TILES_TO_SHARE: usize = 4;

/// The frame that is being painted.
#[derive(Default)]
pub(crate) struct Painting {
    /// When the oldest pointer move that this frame shows came in; 0 for none.
    pointer_since_us: u64,
    /// When the oldest key press or drag whose answer this frame shows came in; 0 for none.
    answer_since_us: u64,
}

/// What the frames so far cost.
#[derive(Default)]
pub(crate) struct ScreenFigures {
    frames: u64,
    /// From a move of the pointer to its picture.
    pointer: Latencies,
    /// From a key press or a drag to the picture of what a program made of it.
    answers: Latencies,
    layout_us: u64,
    layouts: u64,
}

/// The newest latencies in microseconds: a ring.
#[derive(Default)]
struct Latencies {
    us: Vec<u32>,
    next: usize,
}

impl Latencies {
    fn add(&mut self, us: u64) {
        let us = us.min(u32::MAX as u64) as u32;
        if self.us.len() < LATENCIES_MAX {
            self.us.push(us);
        } else {
            self.us[self.next] = us;
        }
        self.next = (self.next + 1) % LATENCIES_MAX;
    }

    /// How many there are, their median and their 99th percentile.
    fn summary(&self) -> [u64; 3] {
        let mut sorted = self.us.clone();
        sorted.sort_unstable();
        let at = |share: usize| match sorted.len() {
            0 => 0,
            n => sorted[(n - 1) * share / 100] as u64,
        };
        [sorted.len() as u64, at(50), at(99)]
    }
}

/// The way of a key press or a drag to its picture: from the event to the commit that answers it, and on to the frame
/// that shows that commit. Events that come meanwhile are part of the same wait.
#[derive(Default)]
pub(crate) struct Answers {
    /// When the oldest event came that no commit followed yet; 0 for none.
    asked_us: AtomicU64,
    /// The same of the commits that no frame shows yet.
    committed_us: AtomicU64,
}

impl Answers {
    /// An event came that a program is expected to answer.
    pub(crate) fn note_event(&self, at_us: u64) {
        let _ = self.asked_us.compare_exchange(0, at_us.max(1), Ordering::SeqCst, Ordering::SeqCst);
    }

    /// A program committed a picture.
    pub(crate) fn note_commit(&self) {
        let asked = self.asked_us.swap(0, Ordering::SeqCst);
        if asked != 0 {
            let _ = self.committed_us.compare_exchange(0, asked, Ordering::SeqCst, Ordering::SeqCst);
        }
    }

    /// The frame did not come to be. A commit that changed nothing was no answer.
    fn give_back(&self, since_us: u64, is_unchanged: bool) {
        let to = if is_unchanged { &self.asked_us } else { &self.committed_us };
        if since_us != 0 {
            let _ = to.compare_exchange(0, since_us, Ordering::SeqCst, Ordering::SeqCst);
        }
    }

    /// A frame begins: what it shows is answered when it ends.
    fn take(&self) -> u64 {
        self.committed_us.swap(0, Ordering::SeqCst)
    }
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
        if screen.is_in_flight.swap(true, Ordering::SeqCst) {
            return false;
        }
        // In this order, so that what is to be painted is never in neither place.
        if !screen.is_dirty.swap(false, Ordering::SeqCst) {
            screen.is_in_flight.store(false, Ordering::SeqCst);
            return false;
        }
        // Read before the root: a move that comes now belongs to the next frame.
        painting.pointer_since_us = screen.pointer_since_us.swap(0, Ordering::SeqCst);
        painting.answer_since_us = screen.answers.take();
        let started = self.core_mutator(core).enter(|s| match screen.root(s) {
            Some(root) => screen.compositor.begin_frame(s, root, &display),
            None => Ok(FrameStart::Unchanged),
        });
        if !matches!(started, Ok(FrameStart::Started { .. })) {
            if !matches!(started, Ok(FrameStart::Unchanged)) {
                screen.is_dirty.store(true, Ordering::SeqCst);
            }
            screen.is_in_flight.store(false, Ordering::SeqCst);
            let since = core::mem::take(&mut painting.answer_since_us);
            screen.answers.give_back(since, matches!(started, Ok(FrameStart::Unchanged)));
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
            Ok(FrameStart::Unchanged | FrameStart::Busy) => {}
            Err(_) => {
                self.log("screen: a frame has to wait: out of memory");
                self.heap.collect();
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
        let answer_since = core::mem::take(&mut painting.answer_since_us);
        drop(painting);
        if screen.is_dirty.load(Ordering::SeqCst) {
            // Whoever may begin the next frame might have gone to sleep while this one was under way.
            self.wake_idle_cores();
        }
        let mut figures = screen.figures.lock();
        figures.frames += 1;
        if since != 0 {
            figures.pointer.add(now.saturating_sub(since));
        }
        if answer_since != 0 {
            figures.answers.add(now.saturating_sub(answer_since));
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

impl Screen {
    /// Whether a core that paints has something to paint or a frame to begin.
    pub(crate) fn has_work(&self, core: usize) -> bool {
        core < self.compositor.workers()
            && (self.compositor.waiting_tiles() > 0
                || self.is_dirty.load(Ordering::SeqCst) && !self.is_in_flight.load(Ordering::SeqCst))
    }

    /// Whether everything that was committed is on the display.
    pub(crate) fn is_settled(&self) -> bool {
        // In the order of the hand-over: `paint` takes the frame before the mark.
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
        figures.pointer = Latencies::default();
        figures.answers = Latencies::default();
    }

    pub(crate) fn add_figures(&self, list: &mut Vec<(&'static str, u64)>) {
        let figures = self.figures.lock();
        let last = self.compositor.stats();
        let ([moves, move_median, move_p99], [answers, answer_median, answer_p99]) =
            (figures.pointer.summary(), figures.answers.summary());
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
            ("pointer-moves", moves),
            ("pointer-median-us", move_median),
            ("pointer-p99-us", move_p99),
            ("answers", answers),
            ("answer-median-us", answer_median),
            ("answer-p99-us", answer_p99),
        ]);
    }
}
