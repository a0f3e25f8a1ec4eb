//! The development port: requests from outside, one reply each. `docs/PROTOCOL.md` describes the lines.
//!
//! Enter at [`SystemCore::serve_port`]. Broken requests get an `error` reply with id 0 and are skipped to
//! the end of their line; a payload is bounded by [`PAYLOAD_BYTES_MAX`].

use crate::SystemCore;
use crate::process::{Answer, ProcessSpec, Start, Wanted};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

/// The longest payload that a request may carry.
const PAYLOAD_BYTES_MAX: usize = 1 << 20;

/// How much of a request's line is looked at.
const LINE_BYTES_MAX: usize = 256;

/// How long a `sync` waits for a system that never comes to rest, in microseconds.
const SYNC_US_MAX: u64 = 1_000_000;

/// What the port has received so far of a request, and the syncs that wait.
#[derive(Default)]
pub(crate) struct PortReader {
    line: Vec<u8>,
    request: Option<(u64, String, usize)>,
    payload: Vec<u8>,
    /// Bytes of a refused payload that are still to come.
    skip: usize,
    syncs: Vec<(u64, u64)>,
}

/// Some bytes on their way from the port to the reader.
pub(crate) struct Piece {
    length: u8,
    bytes: [u8; Piece::BYTES],
}

impl Piece {
    /// The most bytes of one.
    pub(crate) const BYTES: usize = 127;

    /// Takes at most as many bytes as fit.
    pub(crate) fn new(from: &[u8]) -> Piece {
        let length = from.len().min(Piece::BYTES);
        let mut bytes = [0; Piece::BYTES];
        bytes[..length].copy_from_slice(&from[..length]);
        Piece { length: length as u8, bytes }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// A whole request.
#[derive(Debug, PartialEq)]
struct Request {
    id: u64,
    verb: String,
    payload: Vec<u8>,
}

impl PortReader {
    /// Takes of these bytes what belongs to one request; answers with it when that completes it, or with what is wrong.
    fn push(&mut self, bytes: &mut &[u8]) -> Option<Result<Request, (u64, String)>> {
        if self.skip > 0 {
            self.skip -= take(bytes, self.skip).len();
            return None;
        }
        if let Some((_, _, length)) = &self.request {
            self.payload.extend_from_slice(take(bytes, length - self.payload.len()));
            // The byte after the payload is its newline.
            if self.payload.len() < *length || take(bytes, 1).is_empty() {
                return None;
            }
            let payload = core::mem::take(&mut self.payload);
            return self.request.take().map(|(id, verb, _)| Ok(Request { id, verb, payload }));
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let part = take(bytes, end.unwrap_or(usize::MAX));
        self.line.extend(part.iter().take(LINE_BYTES_MAX - self.line.len()));
        if take(bytes, 1).is_empty() {
            return None;
        }
        let line = core::mem::take(&mut self.line);
        if line.is_empty() {
            return None;
        }
        match parse_line(&line) {
            Ok((id, _, length)) if length > PAYLOAD_BYTES_MAX => {
                self.skip = length.saturating_add(1);
                let problem = format!("a payload of {length} bytes is longer than {PAYLOAD_BYTES_MAX}");
                Some(Err((id, problem)))
            }
            Ok(request) => {
                self.payload.reserve_exact(request.2);
                self.request = Some(request);
                None
            }
            Err(problem) => Some(Err((0, problem))),
        }
    }
}

/// Takes the first bytes, as many as there are of that many.
fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    bytes.split_off(..count.min(bytes.len())).unwrap_or_default()
}

fn parse_line(line: &[u8]) -> Result<(u64, String, usize), String> {
    let line = core::str::from_utf8(line).map_err(|_| "a request line that is not UTF-8".to_string())?;
    let mut words = line.split_ascii_whitespace();
    let (Some(id), Some(verb), Some(length), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(format!("expected `id verb length`, got `{line}`"));
    };
    let id = id.parse().map_err(|_| format!("`{id}` is no request id"))?;
    let length: usize = length.parse().map_err(|_| format!("`{length}` is no payload length"))?;
    Ok((id, verb.to_string(), length))
}

impl SystemCore {
    /// Reads what came in and answers what can be answered. Returns whether there was anything.
    pub(crate) fn serve_port(&self, core: usize) -> bool {
        if self.port_in.is_empty() && !self.sync_waits.load(Ordering::Acquire) {
            return false;
        }
        let Some(mut reader) = self.port_reader.try_lock() else { return false };
        let mut worked = false;
        while let Some(piece) = self.port_in.pop() {
            worked = true;
            let mut bytes = piece.bytes();
            while !bytes.is_empty() {
                match reader.push(&mut bytes) {
                    None => {}
                    Some(Ok(request)) => self.serve(core, &mut reader, request),
                    Some(Err((id, problem))) => self.port_reply(id, Err(problem)),
                }
            }
        }
        let now = self.platform.now_us();
        if !reader.syncs.is_empty() && self.is_at_rest() {
            worked = true;
            for (id, _) in core::mem::take(&mut reader.syncs) {
                self.port_reply(id, Ok(String::new()));
            }
        }
        while let Some(index) = reader.syncs.iter().position(|(_, since)| now - since > SYNC_US_MAX) {
            worked = true;
            let (id, _) = reader.syncs.remove(index);
            self.port_reply(id, Ok("busy".to_string()));
        }
        self.sync_waits.store(!reader.syncs.is_empty(), Ordering::Release);
        worked
    }

    fn serve(&self, core: usize, reader: &mut PortReader, request: Request) {
        let id = request.id;
        let Ok(text) = String::from_utf8(request.payload) else {
            return self.port_reply(id, Err("a payload that is not UTF-8".to_string()));
        };
        match request.verb.as_str() {
            "ping" => self.port_reply(id, Ok("pong".to_string())),
            "sync" => reader.syncs.push((id, self.platform.now_us())),
            "stats" => self.port_reply(id, Ok(self.stats_json())),
            "eval" => self.start_for_port(id, Wanted::Value, Ok(Start::source("port", text))),
            "run" => self.start_for_port(id, Wanted::Run, run_source(&text)),
            "push" => self.start_for_port(id, Wanted::Push, run_source(&text)),
            "kept" => {
                let start = Start::source("port", "(halt.port/kept)".to_string());
                self.start_for_port(id, Wanted::Text, Ok(start));
            }
            "interrupt" => self.port_reply(id, self.interrupt_request(&text)),
            "complete" | "lookup" => {
                let start = self.ask_about(core, &format!("halt.port/{}", request.verb), &text);
                self.start_for_port(id, Wanted::Text, start);
            }
            verb => {
                let known = "complete, eval, interrupt, kept, lookup, ping, push, run, stats, sync";
                self.port_reply(id, Err(format!("unknown verb `{verb}`; there are {known}")));
            }
        }
    }

    fn start_for_port(&self, id: u64, wanted: Wanted, start: Result<Start, String>) {
        let spawned = start.and_then(|start| {
            let spec = ProcessSpec {
                name: "port eval".to_string(),
                parent: 0,
                is_privileged: true,
                confined: None,
                answer: Answer::Port(id, wanted),
                is_evaluation: true,
                team: None,
                start,
            };
            self.spawn(spec).ok_or_else(|| "there are as many processes as may be".to_string())
        });
        if let Err(problem) = spawned {
            self.port_reply(id, Err(problem));
        }
    }

    /// Kills what works on another request; answers whether there was any.
    fn interrupt_request(&self, of: &str) -> Result<String, String> {
        let of: u64 = of.trim().parse().map_err(|_| format!("`{of}` is no request id"))?;
        let process = self.processes.of_request(of);
        Ok(process.is_some_and(|process| self.kill(process.pid)).to_string())
    }

    /// A call of a function of ours with namespace and word.
    fn ask_about(&self, core: usize, function: &str, text: &str) -> Result<Start, String> {
        let (namespace, word) =
            text.split_once(' ').ok_or_else(|| format!("expected `namespace word`, got `{text}`"))?;
        let function = self.core_mutator(core).enter(|s| {
            let function = self.runtime.var_value(s, function).and_then(|function| s.publish(function).ok());
            let text = |text: &str| s.string(text).and_then(|text| s.publish(text));
            Some((function?, text(namespace).ok()?, text(word).ok()?))
        });
        let (function, namespace, word) =
            function.ok_or_else(|| "the system's part for this did not load".to_string())?;
        Ok(Start::Call(function, alloc::vec![namespace, word]))
    }

    /// Sends what a program prints to whoever asked for it to run.
    pub(crate) fn port_output(&self, id: u64, text: &str) {
        self.port_write(id, "out", text);
    }

    /// Writes one reply.
    pub(crate) fn port_reply(&self, id: u64, result: Result<String, String>) {
        let (word, text) = match &result {
            Ok(text) => ("ok", text),
            Err(text) => ("error", text),
        };
        self.port_write(id, word, text);
    }

    fn port_write(&self, id: u64, word: &str, text: &str) {
        let reply = format!("{id} {word} {}\n{text}\n", text.len());
        let _turn = self.port_out.lock();
        self.platform.port_write(reply.as_bytes());
    }
}

/// What `run` is to run: a line `namespace line column file`, then the text that stands at that place of the file.
fn run_source(payload: &str) -> Result<Start, String> {
    let (head, text) = payload.split_once('\n').unwrap_or((payload, ""));
    let mut words = head.splitn(4, ' ');
    let mut word = || words.next().filter(|word| !word.is_empty());
    let head = word().zip(word().and_then(|line| line.parse().ok())).zip(word().and_then(|n| n.parse().ok()));
    let (Some(((namespace, line), column)), Some(file)) = (head, word()) else {
        let first = payload.lines().next().unwrap_or_default();
        return Err(format!("expected `namespace line column file` on the first line, got `{first}`"));
    };
    let (namespace, file) = (namespace.to_string(), file.to_string());
    Ok(Start::Source { file, text: text.to_string(), namespace, place: (line, column), then: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However the bytes are cut, the same requests come of them.
    fn check(input: &str, expected: &[Result<(u64, &str, &str), &str>]) {
        for cut in [1, 2, 3, 7, Piece::BYTES, usize::MAX] {
            let mut reader = PortReader::default();
            let mut got = Vec::new();
            for mut piece in input.as_bytes().chunks(cut) {
                while !piece.is_empty() {
                    got.extend(reader.push(&mut piece));
                }
            }
            assert_eq!(got.len(), expected.len(), "{got:?}");
            compare(&got, expected);
        }
    }

    fn compare(got: &[Result<Request, (u64, String)>], expected: &[Result<(u64, &str, &str), &str>]) {
        for (got, expected) in got.iter().zip(expected) {
            match (got, expected) {
                (Ok(request), Ok((id, verb, payload))) => {
                    assert_eq!((request.id, request.verb.as_str()), (*id, *verb));
                    assert_eq!(request.payload, payload.as_bytes());
                }
                (Err((_, problem)), Err(part)) => assert!(problem.contains(part), "{problem}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn requests_come_whole() {
        check("1 ping 0\n\n2 eval 7\n(+ 1 2)\n", &[Ok((1, "ping", "")), Ok((2, "eval", "(+ 1 2)"))]);
        check("3 eval 3\na\nb\n", &[Ok((3, "eval", "a\nb"))]);
    }

    #[test]
    fn broken_requests_are_named_and_skipped() {
        check("hello\n4 ping 0\n\n", &[Err("expected `id verb length`"), Ok((4, "ping", ""))]);
        check("x ping 0\n", &[Err("`x` is no request id")]);
        check("1 eval 99999999\n", &[Err("longer than")]);
        let long = format!("1 eval 2000000\n{}\n2 ping 0\n\n", "x".repeat(2_000_000));
        check(&long, &[Err("longer than"), Ok((2, "ping", ""))]);
    }
}
