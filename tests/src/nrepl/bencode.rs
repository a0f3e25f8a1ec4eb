//! Bencode, the encoding of nREPL's messages: integers, byte strings, lists and dictionaries.
//!
//! Enter at [`read`] and [`Bencode::write`].
//!
//! Invariant: whatever comes in, [`read`] ends with a value or an error; what it holds meanwhile is bounded by
//! [`MESSAGE_BYTES_MAX`] and [`DEPTH_MAX`].

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

/// The longest message; a desktop takes no more than 1 MiB of source.
const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// How deep lists and dictionaries may lie in each other.
const DEPTH_MAX: usize = 32;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bencode {
    /// An integer.
    Int(i64),
    /// A string; clients mean UTF-8.
    Text(Vec<u8>),
    /// A list.
    List(Vec<Bencode>),
    /// A dictionary.
    Dict(Dict),
}

/// A message. Ordered by its keys, as the encoding wants it.
pub type Dict = BTreeMap<Vec<u8>, Bencode>;

/// Why there is no value.
#[derive(Debug, PartialEq, Eq)]
pub enum Broken {
    /// The input ended, where a value would begin or within one.
    Ended,
    /// The input is no bencode, or more of it than may be.
    Malformed(&'static str),
}

impl Bencode {
    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into().into_bytes())
    }

    /// A list of strings.
    pub fn texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// A dictionary with these keys.
    pub fn dict<'k>(entries: impl IntoIterator<Item = (&'k str, Bencode)>) -> Self {
        Self::Dict(entries.into_iter().map(|(key, value)| (key.as_bytes().to_vec(), value)).collect())
    }

    /// The text of a string. What is not UTF-8 in it becomes a replacement character.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }

    /// Appends the encoding.
    pub fn write(&self, to: &mut Vec<u8>) {
        let write_text = |text: &[u8], to: &mut Vec<u8>| {
            to.extend_from_slice(format!("{}:", text.len()).as_bytes());
            to.extend_from_slice(text);
        };
        match self {
            Self::Int(number) => to.extend_from_slice(format!("i{number}e").as_bytes()),
            Self::Text(text) => write_text(text, to),
            Self::List(items) => {
                to.push(b'l');
                items.iter().for_each(|item| item.write(to));
                to.push(b'e');
            }
            Self::Dict(entries) => {
                to.push(b'd');
                for (key, value) in entries {
                    write_text(key, to);
                    value.write(to);
                }
                to.push(b'e');
            }
        }
    }
}

/// Reads one value, waiting for it as long as the input does.
pub fn read(from: &mut impl BufRead) -> Result<Bencode, Broken> {
    Message { from, left: MESSAGE_BYTES_MAX }.value(0)
}

/// A message that is being read.
struct Message<'f, F> {
    from: &'f mut F,
    /// How many bytes it may still have.
    left: usize,
}

impl<F: BufRead> Message<'_, F> {
    fn value(&mut self, depth: usize) -> Result<Bencode, Broken> {
        let first = self.byte()?;
        self.value_from(first, depth)
    }

    fn value_from(&mut self, first: u8, depth: usize) -> Result<Bencode, Broken> {
        if depth > DEPTH_MAX {
            return Err(Broken::Malformed("too deep"));
        }
        match first {
            b'i' => self.number(b'e', None).map(Bencode::Int),
            b'0'..=b'9' => self.text(first).map(Bencode::Text),
            b'l' => {
                let mut items = Vec::new();
                loop {
                    match self.byte()? {
                        b'e' => return Ok(Bencode::List(items)),
                        first => items.push(self.value_from(first, depth + 1)?),
                    }
                }
            }
            b'd' => {
                let mut entries = Dict::new();
                loop {
                    match self.byte()? {
                        b'e' => return Ok(Bencode::Dict(entries)),
                        first @ b'0'..=b'9' => {
                            let key = self.text(first)?;
                            entries.insert(key, self.value(depth + 1)?);
                        }
                        _ => return Err(Broken::Malformed("a key that is no string")),
                    }
                }
            }
            _ => Err(Broken::Malformed("no value begins so")),
        }
    }

    /// A string whose length begins with this digit.
    fn text(&mut self, first: u8) -> Result<Vec<u8>, Broken> {
        let length = self.number(b':', Some(first))?;
        let length = usize::try_from(length).map_err(|_| Broken::Malformed("a length below 0"))?;
        self.take(length)?;
        let mut text = Vec::new();
        let read = self.from.take(length as u64).read_to_end(&mut text);
        match read {
            Ok(count) if count == length => Ok(text),
            _ => Err(Broken::Ended),
        }
    }

    /// A number up to the byte that ends it.
    fn number(&mut self, end: u8, first: Option<u8>) -> Result<i64, Broken> {
        let mut digits = String::new();
        digits.extend(first.map(char::from));
        loop {
            match self.byte()? {
                byte if byte == end => break,
                // The longest is -9223372036854775808.
                byte if digits.len() < 20 => digits.push(char::from(byte)),
                _ => return Err(Broken::Malformed("a number that is too long")),
            }
        }
        match digits.starts_with('+') {
            false => digits.parse().map_err(|_| Broken::Malformed("no number")),
            true => Err(Broken::Malformed("no number")),
        }
    }

    fn byte(&mut self) -> Result<u8, Broken> {
        self.take(1)?;
        let mut byte = [0];
        self.from.read_exact(&mut byte).map(|()| byte[0]).map_err(|_| Broken::Ended)
    }

    fn take(&mut self, count: usize) -> Result<(), Broken> {
        self.left = self.left.checked_sub(count).ok_or(Broken::Malformed("a message that is too long"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halt_bench::random::place;

    fn encoded(value: &Bencode) -> Vec<u8> {
        let mut bytes = Vec::new();
        value.write(&mut bytes);
        bytes
    }

    fn check(input: &[u8], expected: Result<Bencode, Broken>) {
        let shown = String::from_utf8_lossy(&input[..input.len().min(60)]).into_owned();
        assert_eq!(read(&mut &input[..]), expected, "{shown}");
    }

    #[test]
    fn values_are_read() {
        check(b"i-42e", Ok(Bencode::Int(-42)));
        check(b"5:a b:crest", Ok(Bencode::text("a b:c")));
        check(
            b"l1:ai0elee",
            Ok(Bencode::List(vec![Bencode::text("a"), Bencode::Int(0), Bencode::List(vec![])])),
        );
        let message = Bencode::dict([("op", Bencode::text("eval")), ("code", Bencode::text("ä"))]);
        check("d2:op4:eval4:code2:äe".as_bytes(), Ok(message.clone()));
        assert_eq!(encoded(&message), "d4:code2:ä2:op4:evale".as_bytes());
    }

    #[test]
    fn what_is_no_bencode_is_told() {
        for (input, problem) in [
            (&b"hello"[..], "no value begins so"),
            (b"\0", "no value begins so"),
            (b"ie", "no number"),
            (b"i1.5e", "no number"),
            (b"i+1e", "no number"),
            (b"i99999999999999999999e", "no number"),
            (b"5x", "no number"),
            (b"99999999999999999999999:", "a number that is too long"),
            (b"99999999:", "a message that is too long"),
            (b"di1ei2ee", "a key that is no string"),
        ] {
            let input = [input, &b":                        "[..]].concat();
            check(&input, Err(Broken::Malformed(problem)));
        }
        check(&b"l".repeat(1 << 20), Err(Broken::Malformed("too deep")));
        for input in [&b""[..], b"i1", b"5:abc", b"l", b"d1:a", b"12"] {
            check(input, Err(Broken::Ended));
        }
    }

    /// Numbers that look random, each below what is asked for.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: usize) -> usize {
            self.0 += 1;
            place(self.0, bound as u64) as usize
        }

        fn text(&mut self) -> Vec<u8> {
            (0..self.below(5)).map(|_| self.below(256) as u8).collect()
        }

        fn value(&mut self, depth: usize) -> Bencode {
            match self.below(if depth > 3 { 2 } else { 4 }) {
                0 => Bencode::Int(self.below(1 << 30) as i64 - (1 << 29)),
                1 => Bencode::Text(self.text()),
                2 => Bencode::List((0..self.below(4)).map(|_| self.value(depth + 1)).collect()),
                _ => {
                    Bencode::Dict((0..self.below(4)).map(|_| (self.text(), self.value(depth + 1))).collect())
                }
            }
        }
    }

    #[test]
    fn what_is_written_is_read_and_damage_ends_in_an_error_or_a_value() {
        let mut random = Random(7);
        for _ in 0..2_000 {
            let value = random.value(0);
            let mut bytes = encoded(&value);
            check(&bytes, Ok(value));
            check(&bytes[..random.below(bytes.len())], Err(Broken::Ended));
            let at = random.below(bytes.len());
            bytes[at] = random.below(256) as u8;
            let _ = read(&mut &bytes[..]);
        }
    }
}
