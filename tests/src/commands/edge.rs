//! What a program of `halt eval` gets of this machine: clock, randomness, files. In a guest the system hands these out.

use halt_heap::Value;
use halt_lisp::{Call, Native, Signal};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::sync::OnceLock;
use std::time::Instant;

type Answer<'s> = Result<Value<'s>, Signal<'s>>;

/// The natives.
pub(super) const NATIVES: &[Native] = &[
    Native {
        name: "time-us",
        arity: (0, Some(0)),
        doc: "Returns the time since the program began, in microseconds.",
        function: time_us,
    },
    Native {
        name: "rand-int",
        arity: (1, Some(1)),
        doc: "Returns a random integer from 0 to below n.",
        function: rand_int,
    },
    Native { name: "slurp", arity: (1, Some(1)), doc: "Returns the text of a file.", function: slurp },
    Native {
        name: "spit",
        arity: (2, Some(4)),
        doc: "Writes the text of a value into a file; with `:append true` at its end.",
        function: spit,
    },
];

fn time_us<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    static START: OnceLock<Instant> = OnceLock::new();
    Ok(call.s.int(START.get_or_init(Instant::now).elapsed().as_micros() as i64 + 1)?)
}

fn rand_int<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let Some(below) = call.s.as_int(call.arg(0)) else { return call.wrong_argument(0, "an integer") };
    // Every one of these has keys of its own.
    let bits = RandomState::new().build_hasher().finish();
    Ok(call.s.int(if below > 0 { (bits % below as u64) as i64 } else { 0 })?)
}

fn path<'s>(call: &Call<'_, 's>) -> Result<&'s str, Signal<'s>> {
    match call.s.try_str(call.arg(0))? {
        Some(path) => Ok(path),
        None => call.wrong_argument(0, "the name of a file"),
    }
}

fn slurp<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let path = path(call)?;
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(call.s.string(&text)?),
        Err(error) => call.throw("file", &format!("slurp: {path}: {error}")),
    }
}

fn spit<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    let (s, path) = (call.s, path(call)?);
    let text = match s.try_str(call.arg(1))? {
        Some(text) => text.to_string(),
        None => halt_lisp::print(s, call.arg(1), true),
    };
    let is_appended = s.name(call.arg(2)) == Some("append") && call.arg(3).is_truthy();
    let mut options = std::fs::OpenOptions::new();
    let options = options.create(true).write(true).append(is_appended).truncate(!is_appended);
    match options.open(path).and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Ok(Value::NIL),
        Err(error) => call.throw("file", &format!("spit: {path}: {error}")),
    }
}
