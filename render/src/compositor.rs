//! The compositor: from one picture to the next, by as many workers as call in.
//!
//! It has no threads of its own. The core that has a new picture calls [`Compositor::begin_frame`], which diffs it
//! against the one on the screen and queues the dirty tiles; then every core, that one too, calls
//! [`Compositor::paint_some`] until there is nothing left. Whoever finishes the last tile ends the frame.
//!
//! Invariant: the pixels after a frame are a function of its picture (while the tint is off).

use crate::coverage::Tables;
use crate::damage::DamageGrid;
use crate::diff::diff_and_moves;
use crate::limits::{SCREEN_MAX, TILE_HEIGHT, TILE_WIDTH, TILES_PER_SCOPE, WORKERS_MAX};
use crate::moves::{Move, settle};
use crate::paint::{BACKGROUND, paint_picture};
use crate::screen::Screen;
use crate::stats::FrameStats;
use crate::target::Target;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crossbeam_queue::ArrayQueue;
use halt_heap::{Mutator, OutOfMemory, Published, Scope};
use halt_ui::{Node, Rect};
use spin::Mutex;

/// What the compositor needs of the machine, whichever core calls.
pub trait Display: Sync {
    /// Takes a rectangle of finished pixels: `pixels[0]` is its top left, rows are `stride` apart. Calls of several
    /// workers come at once, for rectangles of theirs that never overlap.
    fn present(&self, x: u32, y: u32, width: u32, height: u32, pixels: &[u32], stride: usize);

    /// Microseconds since some moment; only for the statistics.
    fn now_us(&self) -> u64;
}

/// What became of a new picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameStart {
    /// The last frame is still being painted; ask again after it.
    Busy,
    /// It looks the same as the one on the screen.
    Unchanged,
    /// What moved was copied, and so many tiles wait to be painted.
    Started {
        /// Tiles in the queue; with none the frame is done. Below about four it does not pay to wake another core.
        tiles: usize,
    },
}

struct Job {
    tile: usize,
    dirty: [Rect; 2],
}

/// What only the one who begins or ends a frame needs.
struct Desk {
    damage: DamageGrid,
    /// The picture that is, or is about to be, on the screen.
    shown: Option<Published>,
    repaint: bool,
    began_us: u64,
    running: FrameStats,
    last: FrameStats,
}

/// Turns pictures into pixels. Shared by all cores.
pub struct Compositor {
    size: (i32, i32),
    screen: Screen,
    tables: Tables,
    queue: ArrayQueue<Job>,
    /// Tiles of the current frame that are not finished.
    unfinished: AtomicUsize,
    workers: AtomicUsize,
    tint: AtomicBool,
    desk: Mutex<Desk>,
}

impl Compositor {
    /// A compositor for a screen of a size, all black. Sizes are cut to 1..=[`SCREEN_MAX`].
    pub fn new(width: i32, height: i32) -> Compositor {
        Compositor::with_tiles(width, height, TILE_WIDTH, TILE_HEIGHT)
    }

    /// The same with tiles of another size.
    pub fn with_tiles(width: i32, height: i32, tile_width: i32, tile_height: i32) -> Compositor {
        let (width, height) = (width.clamp(1, SCREEN_MAX), height.clamp(1, SCREEN_MAX));
        let damage = DamageGrid::new(width, height, tile_width, tile_height);
        let places = (0..damage.tile_count()).map(|tile| damage.tile(tile)).collect();
        Compositor {
            size: (width, height),
            screen: Screen::new(width, height, places, BACKGROUND),
            tables: Tables::new(),
            queue: ArrayQueue::new(damage.tile_count()),
            unfinished: AtomicUsize::new(0),
            workers: AtomicUsize::new(WORKERS_MAX),
            tint: AtomicBool::new(false),
            desk: Mutex::new(Desk {
                damage,
                shown: None,
                repaint: true,
                began_us: 0,
                running: FrameStats::default(),
                last: FrameStats::default(),
            }),
        }
    }

    /// Width and height of the screen.
    pub fn size(&self) -> (i32, i32) {
        self.size
    }

    /// Begins the frame that brings a picture onto the screen, unless one is being painted or nothing differs.
    /// It keeps the picture alive while it is on the screen.
    pub fn begin_frame<'s>(
        &self,
        s: Scope<'s>,
        picture: Node<'s>,
        display: &dyn Display,
    ) -> Result<FrameStart, OutOfMemory> {
        let mut desk = self.desk.lock();
        let desk = &mut *desk;
        if !self.frame_done() {
            return Ok(FrameStart::Busy);
        }
        let began_us = display.now_us();
        let old = desk.shown.as_ref().and_then(|shown| Node::of(s, s.open(shown)));
        if old.is_some_and(|old| old.value().is_identical(picture.value())) && !desk.repaint {
            return Ok(FrameStart::Unchanged);
        }
        self.tables.trim();
        let published = s.publish(picture.value())?;
        desk.damage.clear();
        let old = if desk.repaint { None } else { old };
        let (stats, moved) = diff_and_moves(s, old, picture, &mut desk.damage);
        let moves = match old {
            Some(old) if !self.tint() => settle(s, old, picture, &moved, &mut desk.damage),
            _ => {
                moved.iter().for_each(|moved| desk.damage.add(moved.was));
                moved.iter().for_each(|moved| desk.damage.add(moved.is));
                Vec::new()
            }
        };
        desk.repaint = false;
        desk.shown = Some(published);
        let tiles = desk.damage.dirty_count();
        if tiles == 0 && moves.is_empty() {
            return Ok(FrameStart::Unchanged);
        }
        desk.began_us = began_us;
        desk.running = FrameStats {
            number: desk.last.number + 1,
            nodes_diffed: stats.nodes as u32,
            tiles: tiles as u32,
            pixels: desk.damage.iter().flat_map(|(_, dirty)| dirty).map(area).sum(),
            pixels_copied: moves.iter().map(|it| area(it.to)).sum(),
            diff_us: (display.now_us() - began_us) as u32,
            ..FrameStats::default()
        };
        // No tile is being painted, so what is on the screen is the picture before.
        for Move { to, by } in moves {
            self.screen.shift(to, by, |y, pixels| {
                display.present(to.x as u32, y as u32, to.width as u32, 1, pixels, pixels.len());
            });
        }
        if tiles == 0 {
            desk.running.frame_us = (display.now_us() - began_us) as u32;
            desk.last = desk.running;
        }
        // The count comes first: a worker may take the first tile before the last one is queued.
        self.unfinished.store(tiles, Ordering::Release);
        for (tile, dirty) in desk.damage.iter() {
            let queued = self.queue.push(Job { tile, dirty }).is_ok();
            assert!(queued, "the queue holds every tile of the screen");
        }
        Ok(FrameStart::Started { tiles })
    }

    /// Paints some of the waiting tiles, in a scope of the caller's. Returns whether it painted any; when not, there
    /// is nothing left for this worker to do. `worker` is the caller's core; one core calls at a time.
    pub fn paint_some(&self, mutator: &mut Mutator, worker: usize, display: &dyn Display) -> bool {
        if worker >= self.workers() {
            return false;
        }
        let Some(first) = self.queue.pop() else {
            return false;
        };
        // The frame cannot end before this tile is painted, so what is shown stays what it is.
        let shown = self.desk.lock().shown.clone();
        let mut done = Share { worker, ..Share::default() };
        let finished = mutator.enter(|s| {
            let picture = shown.as_ref().and_then(|shown| Node::of(s, s.open(shown)));
            let mut job = Some(first);
            while let Some(Job { tile, dirty }) = job {
                self.paint_tile(s, picture, tile, dirty, &mut done, display);
                job = if done.tiles < TILES_PER_SCOPE { self.queue.pop() } else { None };
            }
            done.tiles
        });
        drop(shown);
        let mut desk = self.desk.lock();
        done.add_to(&mut desk.running);
        if self.unfinished.fetch_sub(finished, Ordering::AcqRel) == finished {
            let desk = &mut *desk;
            desk.running.frame_us = (display.now_us() - desk.began_us) as u32;
            desk.last = desk.running;
        }
        true
    }

    fn paint_tile<'s>(
        &self,
        s: Scope<'s>,
        picture: Option<Node<'s>>,
        tile: usize,
        dirty: [Rect; 2],
        done: &mut Share,
        display: &dyn Display,
    ) {
        let began_us = display.now_us();
        let place = self.screen.place(tile);
        let stride = place.width as usize;
        let mut pixels = self.screen.lock(tile);
        let dirty = dirty.into_iter().filter(|rect| !rect.is_empty());
        let mut target = Target::new(&mut pixels, stride, place);
        for rect in dirty.clone() {
            target.set_clip(rect);
            if let Some(picture) = picture {
                done.nodes += paint_picture(s, picture, &mut target, &self.tables);
            }
            if self.tint.load(Ordering::Relaxed) {
                target.rect(rect, tint_of(done.worker));
            }
        }
        let painted_us = display.now_us();
        for rect in dirty {
            let first = (rect.y - place.y) as usize * stride + (rect.x - place.x) as usize;
            let size = (rect.width as u32, rect.height as u32);
            display.present(rect.x as u32, rect.y as u32, size.0, size.1, &pixels[first..], stride);
        }
        done.tiles += 1;
        done.paint_us += painted_us - began_us;
        done.present_us += display.now_us() - painted_us;
    }

    /// Whether no tile waits or is being painted.
    pub fn frame_done(&self) -> bool {
        self.unfinished.load(Ordering::Acquire) == 0
    }

    /// Tiles that no worker has taken yet.
    pub fn waiting_tiles(&self) -> usize {
        self.queue.len()
    }

    /// Lets only the workers below `count` paint (at least one, at most [`WORKERS_MAX`]).
    pub fn set_workers(&self, count: usize) {
        self.workers.store(count.clamp(1, WORKERS_MAX), Ordering::Relaxed);
    }

    /// How many workers paint: those with a number below this.
    pub fn workers(&self) -> usize {
        self.workers.load(Ordering::Relaxed)
    }

    /// Whether tiles are tinted now.
    pub fn tint(&self) -> bool {
        self.tint.load(Ordering::Relaxed)
    }

    /// Whether every tile is tinted by the worker that painted it. A change paints everything again, from the next
    /// frame on.
    pub fn set_tint(&self, tint: bool) {
        let mut desk = self.desk.lock();
        desk.repaint |= self.tint.swap(tint, Ordering::Relaxed) != tint;
    }

    /// Makes the next frame paint everything, as when the display lost its pixels.
    pub fn repaint(&self) {
        self.desk.lock().repaint = true;
    }

    /// The figures of the last finished frame.
    pub fn stats(&self) -> FrameStats {
        self.desk.lock().last
    }

    /// A copy of the screen's pixels, row by row, tile after tile as each is free.
    pub fn pixels(&self) -> Vec<u32> {
        self.screen.copy()
    }
}

fn area(rect: Rect) -> u64 {
    rect.width as u64 * rect.height as u64
}

/// What one worker did in one call.
#[derive(Default)]
struct Share {
    worker: usize,
    tiles: usize,
    nodes: usize,
    paint_us: u64,
    present_us: u64,
}

impl Share {
    fn add_to(&self, stats: &mut FrameStats) {
        stats.nodes_visited += self.nodes as u32;
        stats.paint_us += self.paint_us as u32;
        stats.present_us += self.present_us as u32;
        stats.tiles_per_worker[self.worker] += self.tiles as u32;
    }
}

/// Colours that are told apart next to each other, at a quarter of full strength.
fn tint_of(worker: usize) -> u32 {
    const TINTS: [u32; 8] = [0xE5484D, 0x3E9BFF, 0x46C46B, 0xF5B83D, 0xA56EFF, 0x2CC6C6, 0xFF7AB8, 0x9CB02E];
    0x4400_0000 | TINTS[worker % TINTS.len()]
}
