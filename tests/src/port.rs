//! Our end of the guest's development port; `docs/PROTOCOL.md` describes the lines.
//!
//! Enter at [`Port::connect`] and [`Port::request`].

use crate::error::{Error, Result, naming};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// What the guest answered: the text of `ok`, or of `error`.
pub type Answer = std::result::Result<String, String>;

/// One reply; output comes before the one that ends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Of which request.
    pub id: u64,
    /// What it is.
    pub word: Word,
    /// What it says.
    pub text: String,
}

/// What a reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// What the program printed; the request goes on.
    Out,
    /// The request's end.
    Ok,
    /// The request's end: it failed.
    Error,
}

impl Word {
    fn named(name: &str) -> Option<Self> {
        match name {
            "out" => Some(Self::Out),
            "ok" => Some(Self::Ok),
            "error" => Some(Self::Error),
            _ => None,
        }
    }

    /// How it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }
}

/// An open development port.
#[derive(Debug)]
pub struct Port {
    stream: UnixStream,
    received: Vec<u8>,
    last_id: u64,
}

impl Port {
    /// Connects to the socket behind the guest's development port.
    pub fn connect(socket: &Path) -> Result<Self> {
        Ok(Self::new(UnixStream::connect(socket).map_err(naming("development port"))?))
    }

    /// Speaks through a socket that is connected to a development port.
    pub fn new(stream: UnixStream) -> Self {
        Self { stream, received: Vec::new(), last_id: 0 }
    }

    /// Sends a request and waits for its reply. What a program prints meanwhile is dropped.
    pub fn request(&mut self, verb: &str, payload: &str, at_most: Duration) -> Result<Answer> {
        let until = Instant::now() + at_most;
        let id = self.send(verb, payload, at_most)?;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.receive(left)? {
                Some(reply) if reply.id == id && reply.word == Word::Ok => return Ok(Ok(reply.text)),
                Some(reply) if reply.id == id && reply.word == Word::Error => return Ok(Err(reply.text)),
                // Output, or the late reply to a request that we gave up on.
                Some(_) => {}
                None if Instant::now() >= until => return Err(no_answer(verb, at_most)),
                None => {}
            }
        }
    }

    /// Sends a request; returns its id.
    pub fn send(&mut self, verb: &str, payload: &str, at_most: Duration) -> Result<u64> {
        self.last_id += 1;
        let request = format!("{} {verb} {}\n{payload}\n", self.last_id, payload.len());
        // QEMU takes bytes as fast as the guest reads them; a guest that hangs would block us here.
        let io = naming::<std::io::Error>("development port");
        self.stream.set_write_timeout(Some(at_most.max(Duration::from_millis(1)))).map_err(io)?;
        match self.stream.write_all(request.as_bytes()) {
            Err(error) if is_timeout(&error) => Err(no_answer(verb, at_most)),
            outcome => outcome.map(|()| self.last_id).map_err(naming("development port")),
        }
    }

    /// The next reply to any request, or nothing within this time.
    pub fn receive(&mut self, at_most: Duration) -> Result<Option<Reply>> {
        let until = Instant::now() + at_most;
        loop {
            match take_reply(&mut self.received) {
                // Id 0 is the guest's complaint about a line that it could not read.
                Some(reply) if reply.id == 0 => {
                    return Err(Error::failed(format!("development port: {}", reply.text)));
                }
                Some(reply) => return Ok(Some(reply)),
                None => {}
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.stream.set_read_timeout(Some(left)).map_err(naming("development port"))?;
            let mut chunk = [0; 4096];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(Error::failed("development port: the guest has ended")),
                Ok(count) => self.received.extend_from_slice(&chunk[..count]),
                Err(error) if is_timeout(&error) => {}
                Err(error) => return Err(Error::failed(format!("development port: {error}"))),
            }
        }
    }
}

fn no_answer(verb: &str, within: Duration) -> Error {
    Error::failed(format!("the guest did not answer `{verb}` within {} s", within.as_secs()))
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Takes the first whole reply off the bytes. Lines that are no reply (noise from before the kernel) are dropped.
pub(crate) fn take_reply(received: &mut Vec<u8>) -> Option<Reply> {
    let is_word = |word: &str| Word::named(word).is_some();
    take_frame(received, is_word).map(|frame| Reply {
        id: frame.id,
        word: Word::named(&frame.word).unwrap_or(Word::Error),
        text: frame.text,
    })
}

/// A line `id word length` with the text after it: a request or a reply.
pub(crate) struct Frame {
    pub(crate) id: u64,
    pub(crate) word: String,
    pub(crate) text: String,
}

/// Takes the first whole frame off the bytes. Lines that are none are dropped.
pub(crate) fn take_frame(received: &mut Vec<u8>, is_word: impl Fn(&str) -> bool) -> Option<Frame> {
    loop {
        let line_end = received.iter().position(|byte| *byte == b'\n')?;
        let head = parse_head(&received[..line_end]).filter(|(_, word, _)| is_word(word));
        let Some((id, word, length)) = head else {
            received.drain(..=line_end);
            continue;
        };
        let word = word.to_string();
        let start = line_end + 1;
        let end = start.saturating_add(length);
        if received.len() <= end {
            return None; // the payload and its newline are still to come
        }
        let text = String::from_utf8_lossy(&received[start..end]).into_owned();
        received.drain(..=end);
        return Some(Frame { id, word, text });
    }
}

fn parse_head(line: &[u8]) -> Option<(u64, &str, usize)> {
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (id, word, length) = (words.next()?, words.next()?, words.next()?);
    words.next().is_none().then_some((id.parse().ok()?, word, length.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::thread::JoinHandle;

    /// A guest that answers every request with what `answer` makes of verb and payload.
    fn guest(answer: fn(u64, &str, &str) -> String) -> (Port, JoinHandle<()>) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let thread = std::thread::spawn(move || {
            let mut input = BufReader::new(theirs.try_clone().unwrap());
            let mut output = theirs;
            let mut head = String::new();
            while input.read_line(&mut head).unwrap_or(0) > 0 {
                let words: Vec<&str> = head.split_whitespace().collect();
                let mut payload = vec![0; words[2].parse::<usize>().unwrap() + 1];
                input.read_exact(&mut payload).unwrap();
                let payload = String::from_utf8(payload).unwrap();
                let reply = answer(words[0].parse().unwrap(), words[1], payload.trim_end_matches('\n'));
                output.write_all(reply.as_bytes()).unwrap();
                head.clear();
            }
        });
        (Port::new(ours), thread)
    }

    fn reply(id: u64, word: &str, text: &str) -> String {
        format!("{id} {word} {}\n{text}\n", text.len())
    }

    #[test]
    fn requests_get_their_replies() {
        let (mut port, thread) = guest(|id, verb, payload| match verb {
            "eval" => reply(id, "ok", &format!("<{payload}>\nä")),
            _ => reply(id, "error", &format!("unknown verb `{verb}`")),
        });
        let second = Duration::from_secs(10);
        assert_eq!(port.request("eval", "(+ 1\n 2)", second), Ok(Ok("<(+ 1\n 2)>\nä".into())));
        assert_eq!(port.request("evil", "", second), Ok(Err("unknown verb `evil`".into())));
        assert_eq!(port.request("eval", "", second), Ok(Ok("<>\nä".into())));
        drop(port);
        thread.join().unwrap();
    }

    #[test]
    fn noise_and_late_replies_are_skipped() {
        let (mut port, _thread) = guest(|id, _, _| {
            format!("UEFI shell\n\n{}{}", reply(id + 100, "ok", "late"), reply(id, "ok", "mine"))
        });
        assert_eq!(port.request("ping", "", Duration::from_secs(10)), Ok(Ok("mine".into())));
    }

    #[test]
    fn complaints_and_silence_are_failures() {
        let (mut port, _thread) = guest(|_, _, _| reply(0, "error", "expected `id verb length`"));
        let failure = port.request("ping", "", Duration::from_secs(10)).unwrap_err();
        assert_eq!(failure.to_string(), "development port: expected `id verb length`");
        let (mut port, _thread) = guest(|_, _, _| String::new());
        let failure = port.request("ping", "", Duration::from_millis(20)).unwrap_err();
        assert!(failure.to_string().contains("did not answer `ping`"), "{failure}");
    }

    #[test]
    fn replies_come_in_pieces() {
        let mut received = Vec::new();
        let whole = b"7 out 2\n9 \n7 error 4\nab\nc\n8 ok 0\n\n";
        let mut got = Vec::new();
        for byte in whole {
            received.push(*byte);
            got.extend(take_reply(&mut received));
        }
        let reply = |id, word, text: &str| Reply { id, word, text: text.to_string() };
        let expected = [reply(7, Word::Out, "9 "), reply(7, Word::Error, "ab\nc"), reply(8, Word::Ok, "")];
        assert_eq!(got, expected);
        assert!(received.is_empty());
    }
}
