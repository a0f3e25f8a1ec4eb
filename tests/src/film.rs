//! A film of a desktop: an animated PNG of a script that is played as a hand would play it.
//!
//! Enter at [`film`]. The camera looks at the screen many times a second and keeps what changed, with its time.
//!
//! Invariant: each frame is the smallest rectangle that turns the picture before it into the next.

use crate::error::{Error, Result, naming};
use crate::input::{Button, Gesture, Point};
use crate::native::{self, Native};
use crate::picture::{Area, Picture};
use crate::player::{self, Desktop, Stage};
use crate::script::Line;
use halt_host::Host;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often the camera looks.
const LOOK_EVERY: Duration = Duration::from_millis(40);
/// How often a hand's moves are reported, how far a move goes at least, and how many a way has at most.
const MOVE_EVERY: Duration = Duration::from_millis(16);
const MOVE_PIXELS: u32 = 12;
const MOVES_MAX: u32 = 40;
/// How long a hand takes for other things.
const CLICK: Duration = Duration::from_millis(90);
const KEY: Duration = Duration::from_millis(80);
/// How long the end is shown before the film begins again.
const LAST: Duration = Duration::from_secs(2);
/// The most that a film may hold before it is compressed.
const BYTES_MAX: usize = 1 << 30;

/// A part of the screen that changed.
#[derive(Debug, PartialEq, Eq)]
struct Frame {
    area: Area,
    picture: Picture,
    at: Duration,
}

/// What the camera has seen.
#[derive(Debug)]
struct Reel {
    last: Picture,
    frames: Vec<Frame>,
    bytes: usize,
}

impl Reel {
    fn new(first: Picture) -> Self {
        let area = Area { x: 0, y: 0, width: first.width(), height: first.height() };
        let frame = Frame { area, picture: first.clone(), at: Duration::ZERO };
        Self { last: first, frames: vec![frame], bytes: 0 }
    }

    fn look(&mut self, picture: Picture, at: Duration) -> Result<()> {
        let Some(area) = self.last.difference(&picture) else { return Ok(()) };
        let part = picture.crop(area);
        self.bytes += (area.width * area.height * 3) as usize;
        if self.bytes > BYTES_MAX {
            return Err(Error::failed("too much moves for so long a film"));
        }
        self.frames.push(Frame { area, picture: part, at });
        self.last = picture;
        Ok(())
    }

    /// Writes an animated PNG that ends at this time and begins again.
    fn write(&self, path: &Path, end: Duration) -> Result<()> {
        let file = std::fs::File::create(path).map_err(naming(path.display()))?;
        let io = |error: png::EncodingError| Error::failed(format!("{}: {error}", path.display()));
        let mut encoder = png::Encoder::new(BufWriter::new(file), self.last.width(), self.last.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        encoder.set_animated(self.frames.len() as u32, 0).map_err(io)?;
        let mut writer = encoder.write_header().map_err(io)?;
        for (index, frame) in self.frames.iter().enumerate() {
            let next = self.frames.get(index + 1).map_or(end.max(frame.at), |next| next.at);
            let shown_ms = (next - frame.at).as_millis().min(u128::from(u16::MAX)) as u16;
            writer.set_frame_delay(shown_ms, 1000).map_err(io)?;
            // The first one is the whole picture, for those who show no films.
            if index > 0 {
                // The size first may not fit at the old place, nor the place with the old size.
                writer.reset_frame_position().map_err(io)?;
                writer.set_frame_dimension(frame.area.width, frame.area.height).map_err(io)?;
                writer.set_frame_position(frame.area.x, frame.area.y).map_err(io)?;
            }
            writer.write_image_data(frame.picture.bytes()).map_err(io)?;
        }
        writer.finish().map_err(io)
    }
}

/// A desktop that is played to as a hand would play: the pointer goes its way, keys come one by one.
struct Hand<'d> {
    desktop: &'d mut Native,
    at: Point,
}

impl Hand<'_> {
    fn send(&mut self, gesture: &Gesture, pause: Duration) -> Result<()> {
        for batch in gesture.batches(self.desktop.size()) {
            self.desktop.send_input(&batch)?;
            std::thread::sleep(pause);
        }
        Ok(())
    }

    fn move_to(&mut self, to: Point) -> Result<()> {
        let from = self.at;
        let away = from.x.abs_diff(to.x).max(from.y.abs_diff(to.y));
        let moves = (away / MOVE_PIXELS).clamp(1, MOVES_MAX);
        for step in 1..=moves {
            // Slow at both ends.
            let part = f64::from(step) / f64::from(moves);
            let part = part * part * (3.0 - 2.0 * part);
            let between =
                |a: u32, b: u32| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u32;
            let place = Point { x: between(from.x, to.x), y: between(from.y, to.y) };
            self.send(&Gesture::Move(place), MOVE_EVERY)?;
        }
        self.at = to;
        Ok(())
    }

    fn press(&mut self, is_down: bool) -> Result<()> {
        self.desktop.send_input(&[Button::Left.event(is_down)])?;
        std::thread::sleep(CLICK);
        Ok(())
    }
}

impl Stage for Hand<'_> {
    fn play(&mut self, gesture: &Gesture) -> Result<()> {
        match gesture {
            Gesture::Move(to) => self.move_to(*to)?,
            Gesture::Drag(from, to) => {
                self.move_to(*from)?;
                self.press(true)?;
                self.move_to(*to)?;
                self.press(false)?;
            }
            Gesture::Type(strokes) => {
                for stroke in strokes {
                    self.send(&Gesture::Type(vec![*stroke]), KEY)?;
                }
            }
            other => self.send(other, CLICK)?,
        }
        self.desktop.sync()
    }

    fn lisp(&mut self, expression: &str) -> Result<String> {
        self.desktop.lisp(expression)
    }

    fn picture(&mut self) -> Result<Picture> {
        self.desktop.picture()
    }
}

/// Plays a script and writes what was to be seen.
pub fn film(desktop: &mut Native, lines: &[Line], out: &Path, print: impl FnMut(&str)) -> Result<()> {
    let host = desktop.host();
    desktop.sync()?;
    let is_over = Arc::new(AtomicBool::new(false));
    let camera = std::thread::spawn({
        let is_over = is_over.clone();
        move || watch(&host, &is_over)
    });
    let size = desktop.size();
    let mut hand = Hand { desktop, at: Point { x: size.width / 2, y: size.height / 2 } };
    let played = player::play(&mut hand, lines, print);
    std::thread::sleep(2 * LOOK_EVERY);
    is_over.store(true, Ordering::Relaxed);
    let (reel, end) = camera.join().map_err(|_| Error::failed("the camera failed"))??;
    played?;
    reel.write(out, end + LAST)
}

/// Looks until it is over. Returns what was seen and how long that was.
fn watch(host: &Host, is_over: &AtomicBool) -> Result<(Reel, Duration)> {
    let start = Instant::now();
    let mut reel = Reel::new(native::picture(host));
    let mut version = None;
    while !is_over.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK_EVERY);
        let now = Some(host.picture_version());
        if now != version {
            version = now;
            reel.look(native::picture(host), start.elapsed())?;
        }
    }
    Ok((reel, start.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::Folder;

    #[test]
    fn frames_are_what_changed_with_its_time() {
        let blank = Picture::filled(9, 7, [1, 2, 3]);
        let bytes = |picture: &Picture| picture.bytes().to_vec();
        let mut dotted = bytes(&blank);
        dotted[3 * (9 * 2 + 4)] = 200;
        let dotted = Picture::from_ppm(&[&b"P6\n9 7\n255\n"[..], &dotted].concat()).unwrap();
        let mut reel = Reel::new(blank.clone());
        let ms = Duration::from_millis;
        reel.look(blank.clone(), ms(40)).unwrap();
        reel.look(dotted.clone(), ms(80)).unwrap();
        reel.look(blank.clone(), ms(200)).unwrap();
        let area = Area { x: 4, y: 2, width: 1, height: 1 };
        let seen: Vec<_> = reel.frames.iter().skip(1).map(|frame| (frame.area, frame.at)).collect();
        assert_eq!(seen, [(area, ms(80)), (area, ms(200))]);

        let folder = Folder::new().unwrap();
        let path = folder.path().join("film.png");
        reel.write(&path, ms(1200)).unwrap();
        // Another reader than the writer: each frame is put where it says.
        let file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        assert_eq!(reader.info().animation_control().unwrap().num_frames, 3);
        let mut shown = Vec::new();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        for _ in 0..3 {
            let info = reader.next_frame(&mut pixels).unwrap();
            let control = *reader.info().frame_control().unwrap();
            shown.push((control.x_offset, control.y_offset, info.width, control.delay_num, pixels[0]));
        }
        assert_eq!(shown, [(0, 0, 9, 80, 1), (4, 2, 1, 120, 200), (4, 2, 1, 1000, 1)]);
        assert_eq!(Picture::read_png(&path).unwrap(), blank);
    }
}
