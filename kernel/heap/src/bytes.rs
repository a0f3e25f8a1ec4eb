//! The one door from words to bytes: the payload of strings and bytes.
#![allow(unsafe_code, reason = "strings are stored in words and read as bytes")]

use crate::object::Kind;
use crate::scope::Scope;
use crate::value::Value;

impl<'s> Scope<'s> {
    /// The bytes of an object whose first payload word holds their count in its low half.
    #[inline]
    pub(crate) fn payload_bytes(self, value: Value<'s>, kind: Kind) -> Option<&'s [u8]> {
        let words = self.payload_of(value, kind)?;
        let length = words[0] as u32 as usize;
        assert!(length <= (words.len() - 1) * 8);
        // SAFETY: the words are initialised and live for 's, every byte of a word is a valid u8, and
        // `length` bytes lie within them by the assertion.
        Some(unsafe { core::slice::from_raw_parts(words.as_ptr().add(1).cast(), length) })
    }
}
