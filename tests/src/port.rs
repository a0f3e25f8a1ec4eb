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

/// An open development port.
#[derive(Debug)]
pub struct Port {
    stream: UnixStream,
    received: Vec<u8>,
    last_id: u64,
}

impl Port {
    /// Connects to the socket behind the guest's second serial port.
    pub fn connect(socket: &Path) -> Result<Self> {
        Ok(Self::new(UnixStream::connect(socket).map_err(naming("development port"))?))
    }

    /// Speaks through a socket that is connected to a development port.
    pub fn new(stream: UnixStream) -> Self {
        Self { stream, received: Vec::new(), last_id: 0 }
    }

    /// Sends a request and waits for its reply.
    pub fn request(&mut self, verb: &str, payload: &str, at_most: Duration) -> Result<Answer> {
        self.last_id += 1;
        let id = self.last_id;
        let until = Instant::now() + at_most;
        let request = format!("{id} {verb} {}\n{payload}\n", payload.len());
        let timeout =
            || Error::failed(format!("the guest did not answer `{verb}` within {} s", at_most.as_secs()));
        // QEMU takes bytes as fast as the guest reads them; a guest that hangs would block us here.
        let io = naming::<std::io::Error>("development port");
        self.stream.set_write_timeout(Some(at_most.max(Duration::from_millis(1)))).map_err(io)?;
        match self.stream.write_all(request.as_bytes()) {
            Err(error) if is_timeout(&error) => return Err(timeout()),
            outcome => outcome.map_err(naming("development port"))?,
        }
        loop {
            match take_reply(&mut self.received) {
                Some((got, answer)) if got == id => return Ok(answer),
                // Id 0 is the guest's complaint about a line that it could not read.
                Some((0, Err(problem))) => return Err(Error::failed(format!("development port: {problem}"))),
                // The late reply to a request that we gave up on.
                Some(_) => continue,
                None => {}
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(timeout());
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

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Takes the first whole reply off the bytes. Lines that are no reply (noise from before the kernel) are dropped.
fn take_reply(received: &mut Vec<u8>) -> Option<(u64, Answer)> {
    loop {
        let line_end = received.iter().position(|byte| *byte == b'\n')?;
        let Some((id, is_ok, length)) = parse_head(&received[..line_end]) else {
            received.drain(..=line_end);
            continue;
        };
        let (start, end) = (line_end + 1, line_end + 1 + length);
        if received.len() <= end {
            return None; // the payload and its newline are still to come
        }
        let text = String::from_utf8_lossy(&received[start..end]).into_owned();
        received.drain(..=end);
        return Some((id, if is_ok { Ok(text) } else { Err(text) }));
    }
}

fn parse_head(line: &[u8]) -> Option<(u64, bool, usize)> {
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (id, word, length) = (words.next()?, words.next()?, words.next()?);
    let is_ok = match word {
        "ok" => true,
        "error" => false,
        _ => return None,
    };
    if words.next().is_some() {
        return None;
    }
    Some((id.parse().ok()?, is_ok, length.parse().ok()?))
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
        let whole = b"7 error 4\nab\nc\n8 ok 0\n\n";
        let mut got = Vec::new();
        for byte in whole {
            received.push(*byte);
            got.extend(take_reply(&mut received));
        }
        assert_eq!(got, [(7, Err("ab\nc".to_string())), (8, Ok(String::new()))]);
        assert!(received.is_empty());
    }
}
