//! Metadata of lists, vectors, maps and sets.

use crate::object::Kind;
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;

impl<'s> Scope<'s> {
    /// The metadata of a value, or nil.
    pub fn meta(self, value: Value<'s>) -> Value<'s> {
        match self.meta_place(value) {
            Some(at) => self.values_of(value)[at],
            None => Value::NIL,
        }
    }

    /// The value with other metadata; values that carry none come back as they are.
    pub fn with_meta(self, value: Value<'s>, meta: Value<'s>) -> Result<Value<'s>, OutOfMemory> {
        let Some(at) = self.meta_place(value) else { return Ok(value) };
        let mut values = self.values_of(value).to_vec();
        values[at] = meta;
        self.values_object(self.kind(value), &values)
    }

    fn meta_place(self, value: Value<'s>) -> Option<usize> {
        match self.kind(value) {
            Kind::Pair | Kind::Map | Kind::Set => Some(3),
            Kind::Vector => Some(5),
            _ => None,
        }
    }
}
