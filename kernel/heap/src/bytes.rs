//! The one door from words to bytes: the payload of strings and bytes.
//!
//! The payload is [length | hash << 32, bytes...]; the hash is 0 until somebody asked for it.
#![allow(unsafe_code, reason = "strings are stored in words and read as bytes")]

use crate::object::Kind;
use crate::scope::Scope;
use crate::value::Value;

impl<'s> Scope<'s> {
    /// The text of a string.
    #[inline]
    pub fn as_str(self, value: Value<'s>) -> Option<&'s str> {
        let bytes = self.payload_bytes(value, Kind::String)?;
        // SAFETY: the payload of a string is only ever written by `Scope::string`, from a `str`.
        Some(unsafe { core::str::from_utf8_unchecked(bytes) })
    }

    /// The bytes, if the value is bytes.
    #[inline]
    pub fn as_bytes(self, value: Value<'s>) -> Option<&'s [u8]> {
        self.payload_bytes(value, Kind::Bytes)
    }

    #[inline]
    fn payload_bytes(self, value: Value<'s>, kind: Kind) -> Option<&'s [u8]> {
        if !value.is_reference() || self.core.header(value.word()) as u8 != kind as u8 {
            return None;
        }
        let length = self.core.word(value.word(), 0) as u32 as usize;
        let words = self.core.payload_from(value.word(), 1);
        assert!(length <= words.len() * 8);
        // SAFETY: the words are initialised and live for 's, every byte of a word is a valid u8, and
        // `length` bytes lie within them by the assertion.
        Some(unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), length) })
    }
}
