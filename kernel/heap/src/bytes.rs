//! The one door from words to bytes: the payload of strings and bytes.
//!
//! The payload is [length | hash << 32, bytes...]; the hash is 0 until somebody asked for it.
#![allow(unsafe_code, reason = "strings are stored in words and read as bytes")]

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;
use alloc::vec::Vec;
use core::ops::Range;

impl<'s> Scope<'s> {
    /// The text of a string. A rope is made flat first, once: `None` also where there is no room for that
    /// ([`try_str`](Self::try_str) tells).
    #[inline]
    pub fn as_str(self, value: Value<'s>) -> Option<&'s str> {
        match self.flat_str(value) {
            None => self.rope_text(value).unwrap_or(None),
            text => text,
        }
    }

    /// As [`as_str`](Self::as_str), where it matters that there may be no room to make a rope flat.
    #[inline]
    pub fn try_str(self, value: Value<'s>) -> Result<Option<&'s str>, OutOfMemory> {
        match self.flat_str(value) {
            None => self.rope_text(value),
            text => Ok(text),
        }
    }

    /// The text of a flat string.
    #[inline]
    pub(crate) fn flat_str(self, value: Value<'s>) -> Option<&'s str> {
        let bytes = self.payload_bytes(value, Kind::String)?;
        // SAFETY: the payload of a string is only ever written by `Scope::string`, from a `str`, and by
        // `Scope::rope_text`, from the leaves of a rope, whose texts in a row are a text.
        Some(unsafe { core::str::from_utf8_unchecked(bytes) })
    }

    /// The bytes, if the value is bytes.
    #[inline]
    pub fn as_bytes(self, value: Value<'s>) -> Option<&'s [u8]> {
        self.payload_bytes(value, Kind::Bytes)
    }

    /// The part of bytes in a range; `None` where that does not fit into them. O(length of the part). Panics when the
    /// value is no bytes.
    pub fn bytes_slice(
        self,
        bytes: Value<'s>,
        range: Range<usize>,
    ) -> Result<Option<Value<'s>>, OutOfMemory> {
        match self.expect_bytes(bytes).get(range) {
            Some(part) => self.bytes(part).map(Some),
            None => Ok(None),
        }
    }

    /// Bytes behind bytes. O(n). Panics when one is none.
    pub fn bytes_concat(self, a: Value<'s>, b: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let (a, b) = (self.expect_bytes(a), self.expect_bytes(b));
        let mut all = Vec::new();
        all.try_reserve_exact(a.len() + b.len()).map_err(|_| OutOfMemory)?;
        all.extend_from_slice(a);
        all.extend_from_slice(b);
        self.bytes(&all)
    }

    #[track_caller]
    fn expect_bytes(self, value: Value<'s>) -> &'s [u8] {
        match self.as_bytes(value) {
            Some(bytes) => bytes,
            None => panic!("expected Bytes, got {:?}", self.kind(value)),
        }
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
