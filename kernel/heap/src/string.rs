//! Strings and bytes: how they are made. Reading them is in `bytes.rs`.

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;

impl<'s> Scope<'s> {
    /// A string. O(n).
    pub fn string(self, text: &str) -> Result<Value<'s>, OutOfMemory> {
        self.byte_object(Kind::String, text.as_bytes())
    }

    /// Bytes. O(n).
    pub fn bytes(self, bytes: &[u8]) -> Result<Value<'s>, OutOfMemory> {
        self.byte_object(Kind::Bytes, bytes)
    }

    /// The last word is filled with zeros, so equal strings have equal words.
    fn byte_object(self, kind: Kind, bytes: &[u8]) -> Result<Value<'s>, OutOfMemory> {
        let (whole, rest) = bytes.as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        let payload = core::iter::once(bytes.len() as u64)
            .chain(whole.iter().map(|chunk| u64::from_le_bytes(*chunk)))
            .chain((!rest.is_empty()).then(|| u64::from_le_bytes(last)));
        let words = 1 + bytes.len().div_ceil(8);
        Ok(Value::reference(self.core.object(kind, words, payload)?))
    }
}
