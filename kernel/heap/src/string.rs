//! Strings and bytes: length and cached hash in the first word, then the bytes.

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;

impl<'s> Scope<'s> {
    /// A string.
    pub fn string(self, text: &str) -> Result<Value<'s>, OutOfMemory> {
        self.byte_object(Kind::String, text.as_bytes())
    }

    /// Bytes.
    pub fn bytes(self, bytes: &[u8]) -> Result<Value<'s>, OutOfMemory> {
        self.byte_object(Kind::Bytes, bytes)
    }

    /// The text, if the value is a string.
    #[inline]
    pub fn as_str(self, value: Value<'s>) -> Option<&'s str> {
        // A string's bytes came from a `str`, so the check never fails.
        self.payload_bytes(value, Kind::String).and_then(|bytes| core::str::from_utf8(bytes).ok())
    }

    /// The bytes, if the value is bytes.
    pub fn as_bytes(self, value: Value<'s>) -> Option<&'s [u8]> {
        self.payload_bytes(value, Kind::Bytes)
    }

    fn byte_object(self, kind: Kind, bytes: &[u8]) -> Result<Value<'s>, OutOfMemory> {
        let length = bytes.len() as u64;
        let chunks = bytes.chunks(8).map(|chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        });
        let words = 1 + bytes.len().div_ceil(8);
        let payload = core::iter::once(length).chain(chunks);
        Ok(Value::reference(self.core.object(kind, words, payload)?))
    }
}
