//! The log of a guest: what its first serial port said, without the firmware's terminal codes.
//!
//! Enter at [`Log::follow`] and [`Log::wait_for_line`].

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How much of the log is kept: a guest that logs for ever must not fill our memory.
const BYTES_MAX: usize = 1 << 20;

/// Text that a thread collects while others wait for it.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<(Mutex<Text>, Condvar)>);

#[derive(Debug, Default)]
struct Text {
    kept: String,
    has_ended: bool,
    /// Who hears whole lines, and the one that has not come whole yet.
    listener: Option<Sender<String>>,
    line: String,
}

/// Where the log also goes while it is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo {
    /// Nowhere.
    Silent,
    /// To our standard output.
    Output,
}

/// Why a wait for a line ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The line came; here it is.
    Line(String),
    /// The log ended without it.
    Ended,
    /// Time is up.
    TimedOut,
}

impl Log {
    /// Collects what can be read until it ends, in a thread of its own.
    pub fn follow(mut from: impl Read + Send + 'static, echo: Echo) -> Self {
        let log = Self::default();
        let shared = log.clone();
        std::thread::spawn(move || {
            let (mut chunk, mut plain) = ([0; 4096], PlainText::default());
            while let Ok(count @ 1..) = from.read(&mut chunk) {
                let text = plain.push(&chunk[..count]);
                if echo == Echo::Output {
                    let mut output = std::io::stdout().lock();
                    // A closed terminal is no reason to stop listening.
                    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
                }
                shared.push(&text);
            }
            {
                let mut text = shared.text();
                text.has_ended = true;
                text.listener = None;
            }
            shared.0.1.notify_all();
        });
        log
    }

    fn text(&self) -> MutexGuard<'_, Text> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, more: &str) {
        let mut text = self.text();
        text.kept += more;
        if text.listener.is_some() {
            text.line += more;
            while let Some(end) = text.line.find('\n') {
                let line: String = text.line.drain(..=end).collect();
                // Whoever listened may have enough.
                let _ = text.listener.as_ref().map(|listener| listener.send(line.trim_end().to_string()));
            }
            if text.line.len() > BYTES_MAX {
                text.line.clear();
            }
        }
        if text.kept.len() > BYTES_MAX {
            let from = text.kept.len() - BYTES_MAX / 2;
            let from = (from..).find(|at| text.kept.is_char_boundary(*at)).unwrap_or(0);
            text.kept.drain(..from);
        }
        self.0.1.notify_all();
    }

    /// The whole lines that come from now on, until the log ends. There is one listener; the last one counts.
    pub fn listen(&self) -> Receiver<String> {
        let (listener, lines) = channel();
        let mut text = self.text();
        text.listener = (!text.has_ended).then_some(listener);
        text.line.clear();
        lines
    }

    /// Everything so far.
    pub fn contents(&self) -> String {
        self.text().kept.clone()
    }

    /// The last lines, for an error message.
    pub fn tail(&self, lines_max: usize) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.kept.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(lines_max)..].join("\n")
    }

    /// Waits for a whole line that satisfies `is_it`.
    pub fn wait_for_line(&self, is_it: impl Fn(&str) -> bool, at_most: Duration) -> Outcome {
        let until = Instant::now() + at_most;
        let mut text = self.text();
        loop {
            let whole = text.kept.rfind('\n').map_or(0, |end| end + 1);
            if let Some(line) = text.kept[..whole].lines().find(|line| is_it(line)) {
                return Outcome::Line(line.to_string());
            }
            let left = until.saturating_duration_since(Instant::now());
            if text.has_ended {
                return Outcome::Ended;
            } else if left.is_zero() {
                return Outcome::TimedOut;
            }
            text = self.0.1.wait_timeout(text, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until there is any text at all; returns whether there is.
    pub fn wait_for_anything(&self, at_most: Duration) -> bool {
        let text = self.text();
        let waiting = |text: &mut Text| text.kept.trim().is_empty() && !text.has_ended;
        let (text, _) =
            self.0.1.wait_timeout_while(text, at_most, waiting).unwrap_or_else(PoisonError::into_inner);
        !text.kept.trim().is_empty()
    }
}

/// Drops terminal control codes from a stream of bytes; the firmware would clear the user's terminal.
#[derive(Default)]
struct PlainText {
    state: State,
    /// Bytes of a character that has not come whole yet: at most three.
    partial: Vec<u8>,
}

#[derive(Default, PartialEq)]
enum State {
    #[default]
    Text,
    Escape,
    Sequence,
}

impl PlainText {
    fn push(&mut self, bytes: &[u8]) -> String {
        for &byte in bytes {
            match self.state {
                State::Escape if byte == b'[' => self.state = State::Sequence,
                State::Escape => self.state = State::Text,
                State::Sequence if (0x40..=0x7E).contains(&byte) => self.state = State::Text,
                State::Sequence => {}
                State::Text if byte == 0x1B => self.state = State::Escape,
                State::Text if byte == b'\n' || byte == b'\t' || (byte >= b' ' && byte != 0x7F) => {
                    self.partial.push(byte);
                }
                State::Text => {}
            }
        }
        let whole = match std::str::from_utf8(&self.partial) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.partial.len(),
        };
        let rest = self.partial.split_off(whole);
        let text = String::from_utf8_lossy(&self.partial).into_owned();
        self.partial = rest;
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_codes_are_dropped() {
        let mut plain = PlainText::default();
        assert_eq!(plain.push(b"\x1b[2J\x1b[01;01H\x1b[=3hBdsDxe: a\r\n\x07b\x1b"), "BdsDxe: a\nb");
        assert_eq!(plain.push(b"[31mred \xC3"), "red ");
        assert_eq!(plain.push(b"\xA4\n\xFF"), "ä\n\u{FFFD}");
    }

    #[test]
    fn lines_are_found_when_whole() {
        let log = Log::follow(&b"one\ntwo\nthr"[..], Echo::Silent);
        let wait =
            |start: &'static str| log.wait_for_line(|line| line.starts_with(start), Duration::from_secs(10));
        assert_eq!(wait("two"), Outcome::Line("two".into()));
        assert_eq!(wait("thr"), Outcome::Ended);
        assert_eq!(log.tail(2), "two\nthr");
        assert!(log.wait_for_anything(Duration::ZERO));
    }

    #[test]
    fn listeners_hear_whole_lines_until_the_end() {
        let log = Log::default();
        log.push("before\n");
        let lines = log.listen();
        ["a", "b\nc\n", "d"].iter().for_each(|text| log.push(text));
        assert_eq!(lines.try_iter().collect::<Vec<_>>(), ["ab", "c"]);
        assert!(Log::follow(&b"x"[..], Echo::Silent).listen().recv().is_err());
    }

    #[test]
    fn silence_times_out() {
        let log = Log::default();
        assert_eq!(log.wait_for_line(|_| true, Duration::from_millis(1)), Outcome::TimedOut);
        assert!(!log.wait_for_anything(Duration::from_millis(1)));
    }

    #[test]
    fn old_text_makes_room() {
        let log = Log::default();
        for _ in 0..5 {
            log.push(&"äöü\n".repeat(BYTES_MAX / 20));
        }
        assert!(log.contents().len() <= BYTES_MAX);
    }
}
