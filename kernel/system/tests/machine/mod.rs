//! A machine made of threads and memory, for tests of the whole system without QEMU.

use halt_system::halt_heap::Image;
use halt_system::{InputEvent, Platform, System, SystemConfig, desktop_image};
use std::sync::{Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// A platform whose cores are threads and whose display is memory.
pub(crate) struct Machine {
    start: Instant,
    cores: usize,
    width: usize,
    wakes: Vec<(Mutex<bool>, Condvar)>,
    pixels: Mutex<Vec<u32>>,
    log: Mutex<Vec<String>>,
    replies: Mutex<Vec<u8>>,
    powered_off: Mutex<bool>,
    changed: Condvar,
}

impl Platform for Machine {
    fn now_us(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    fn boot_unix_seconds(&self) -> Option<u64> {
        Some(1_700_000_040)
    }

    fn core_count(&self) -> usize {
        self.cores
    }

    fn wait(&self, core: usize, deadline_us: Option<u64>) {
        let (flag, condition) = &self.wakes[core];
        let mut woken = flag.lock().unwrap();
        let now = self.now_us();
        let longest = Duration::from_millis(500);
        let timeout =
            deadline_us.map_or(longest, |at| Duration::from_micros(at.saturating_sub(now)).min(longest));
        if !*woken && !timeout.is_zero() {
            woken = condition.wait_timeout(woken, timeout).unwrap().0;
        }
        *woken = false;
    }

    fn wake(&self, core: usize) {
        let (flag, condition) = &self.wakes[core];
        *flag.lock().unwrap() = true;
        condition.notify_one();
    }

    fn present(&self, x: u32, y: u32, width: u32, height: u32, pixels: &[u32], stride: usize) {
        let mut screen = self.pixels.lock().unwrap();
        for row in 0..height as usize {
            let to = (y as usize + row) * self.width + x as usize;
            screen[to..to + width as usize]
                .copy_from_slice(&pixels[row * stride..row * stride + width as usize]);
        }
    }

    fn log(&self, line: &str) {
        self.log.lock().unwrap().push(line.to_string());
        self.changed.notify_all();
    }

    fn port_write(&self, bytes: &[u8]) {
        self.replies.lock().unwrap().extend_from_slice(bytes);
        self.changed.notify_all();
    }

    fn power_off(&self) {
        *self.powered_off.lock().unwrap() = true;
    }
}

/// The image of the desktop, made once for all tests of a process.
fn image() -> Image {
    static BYTES: OnceLock<&[u8]> = OnceLock::new();
    let bytes = BYTES.get_or_init(|| desktop_image().expect("the desktop's Lisp loads").leak());
    // SAFETY: it was just made.
    #[allow(unsafe_code, reason = "as above")]
    unsafe {
        Image::new(bytes)
    }
}

/// A running system and the hands on it.
pub(crate) struct Guest {
    pub(crate) system: System,
    pub(crate) machine: &'static Machine,
    pub(crate) width: i32,
    pub(crate) height: i32,
    next_id: u64,
}

impl Guest {
    /// Boots a desktop on `cores` threads. They run until the test process ends.
    pub(crate) fn boot(cores: usize, width: u32, height: u32, app: Option<(&str, &str)>) -> Guest {
        let machine: &'static Machine = Box::leak(Box::new(Machine {
            start: Instant::now(),
            cores,
            width: width as usize,
            wakes: (0..cores).map(|_| (Mutex::new(false), Condvar::new())).collect(),
            pixels: Mutex::new(vec![0; (width * height) as usize]),
            log: Mutex::new(Vec::new()),
            replies: Mutex::new(Vec::new()),
            powered_off: Mutex::new(false),
            changed: Condvar::new(),
        }));
        let arena = vec![0u64; (96 << 20) / 8].leak();
        let app = app.map(|(name, text)| (name.to_string(), text.to_string()));
        let config = SystemConfig { width, height, app, image: Some(image()), ..SystemConfig::default() };
        let system = System::start(machine, config, arena).expect("the system starts");
        for core in 0..cores {
            std::thread::Builder::new()
                .stack_size(1 << 20)
                .spawn(move || system.run_core(core))
                .expect("a thread for a core");
        }
        let mut guest = Guest { system, machine, width: width as i32, height: height as i32, next_id: 0 };
        guest.wait_for_log("halt: ready");
        guest.settle();
        guest
    }

    pub(crate) fn wait_for_log(&self, part: &str) -> String {
        let mut log = self.machine.log.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(line) = log.iter().find(|line| line.contains(part)) {
                return line.clone();
            }
            let failed = log.iter().any(|line| line.contains("halt: failed"));
            assert!(!failed && Instant::now() < deadline, "`{part}` never came; the log is {log:#?}");
            log = self.machine.changed.wait_timeout(log, Duration::from_millis(200)).unwrap().0;
        }
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.machine.log.lock().unwrap().clone()
    }

    /// Sends one request to the development port and waits for its reply.
    pub(crate) fn request(&mut self, verb: &str, payload: &str) -> Result<String, String> {
        self.next_id += 1;
        let id = self.next_id;
        let request = format!("{id} {verb} {}\n{payload}\n", payload.len());
        assert_eq!(self.system.push_port(request.as_bytes()), request.len());
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut replies = self.machine.replies.lock().unwrap();
        loop {
            if let Some(reply) = take_reply(&mut replies, id) {
                return reply;
            }
            assert!(
                Instant::now() < deadline,
                "no reply to {verb} {payload}; the log is {:#?}",
                self.machine.log.lock().unwrap()
            );
            replies = self.machine.changed.wait_timeout(replies, Duration::from_millis(100)).unwrap().0;
        }
    }

    pub(crate) fn sync(&mut self) {
        self.request("sync", "").expect("sync");
    }

    /// Waits until nothing runs and all is painted, however busy this machine is; a sync goes on after a second.
    pub(crate) fn settle(&mut self) {
        let is_busy = |guest: &mut Guest| guest.request("sync", "").expect("sync") == "busy";
        assert!((0..120).any(|_| !is_busy(self)), "the desktop does not come to rest: {:?}", self.log());
    }

    pub(crate) fn lisp(&mut self, source: &str) -> String {
        match self.request("eval", source) {
            Ok(text) => text,
            Err(error) => panic!("{source}: {error}"),
        }
    }

    /// Waits until an expression has a value: what runs in other processes takes its time.
    pub(crate) fn eventually(&mut self, source: &str, wanted: &str) {
        let mut seen = String::new();
        for _ in 0..400 {
            seen = self.request("eval", source).unwrap_or_else(|error| error);
            if seen == wanted {
                return;
            }
            self.lisp("(sleep 10)");
        }
        // It may be the state of a whole app.
        let seen: String = seen.chars().take(2000).collect();
        panic!("{source}: {seen}, not {wanted}\n{:?}", self.log());
    }

    pub(crate) fn move_to(&mut self, x: i32, y: i32) {
        self.system.push_input(self.place(x, y));
        self.sync();
    }

    pub(crate) fn place(&self, x: i32, y: i32) -> InputEvent {
        // The middle of the pixel, in 32768ths of the screen.
        let unit = |pixel: i32, size: i32| ((pixel * 32768 + 16384) / size).clamp(0, 32767) as u16;
        InputEvent::PointerAbsolute { x: unit(x, self.width), y: unit(y, self.height) }
    }

    pub(crate) fn button(&mut self, down: bool) {
        self.system.push_input(InputEvent::Button { button: 0, down });
        self.sync();
    }

    pub(crate) fn click(&mut self, x: i32, y: i32) {
        self.move_to(x, y);
        self.button(true);
        self.button(false);
    }

    pub(crate) fn drag(&mut self, from: (i32, i32), to: (i32, i32)) {
        self.move_to(from.0, from.1);
        self.button(true);
        for step in 1..=4 {
            self.move_to(from.0 + (to.0 - from.0) * step / 4, from.1 + (to.1 - from.1) * step / 4);
        }
        self.button(false);
    }

    /// Down, one move and up, with no time for the desktop in between.
    pub(crate) fn fast_drag(&mut self, from: (i32, i32), to: (i32, i32)) {
        self.move_to(from.0, from.1);
        for event in [
            InputEvent::Button { button: 0, down: true },
            self.place(to.0, to.1),
            InputEvent::Button { button: 0, down: false },
        ] {
            self.system.push_input(event);
        }
        self.sync();
    }

    pub(crate) fn key(&mut self, code: halt_system::pc_keyboard::KeyCode) {
        use halt_system::pc_keyboard::KeyState;
        self.system.push_input(InputEvent::Key { code, state: KeyState::Down });
        self.system.push_input(InputEvent::Key { code, state: KeyState::Up });
        self.sync();
    }

    pub(crate) fn pixels(&self) -> Vec<u32> {
        self.machine.pixels.lock().unwrap().clone()
    }

    pub(crate) fn is_powered_off(&self) -> bool {
        *self.machine.powered_off.lock().unwrap()
    }

    /// Writes the screen as a PPM picture, for looking at it.
    pub(crate) fn write_ppm(&self, path: &str) {
        let mut bytes = format!("P6\n{} {}\n255\n", self.width, self.height).into_bytes();
        for pixel in self.pixels() {
            bytes.extend([(pixel >> 16) as u8, (pixel >> 8) as u8, pixel as u8]);
        }
        std::fs::write(path, bytes).expect("the picture is written");
    }
}

/// Takes a reply out of the bytes that came, if it is there whole.
fn take_reply(bytes: &mut Vec<u8>, id: u64) -> Option<Result<String, String>> {
    let mut at = 0;
    while at < bytes.len() {
        let line_end = at + bytes[at..].iter().position(|byte| *byte == b'\n')?;
        let line = String::from_utf8(bytes[at..line_end].to_vec()).expect("a reply line is text");
        let words: Vec<&str> = line.split(' ').collect();
        let length: usize = words[2].parse().expect("a reply has a length");
        let end = line_end + 1 + length + 1;
        if end > bytes.len() {
            return None;
        }
        if words[0] == id.to_string() {
            let text = String::from_utf8(bytes[line_end + 1..end - 1].to_vec()).expect("a reply is text");
            let is_ok = words[1] == "ok";
            bytes.drain(at..end);
            return Some(if is_ok { Ok(text) } else { Err(text) });
        }
        at = end;
    }
    None
}
