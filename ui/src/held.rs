//! What holds beside a scene: styles by place, for what is no part of an app's state. The caret of the field that
//! has the focus is such, and how far a list was scrolled.
//!
//! Enter at [`Held`]. A map leads from the root by steps, each a child's key or, where it has none, its number among
//! its siblings as [`number_step`] has it; the styles themselves are under nil: `{-1 {:name {nil {:cursor 3}}}}`.

use halt_heap::{Kind, Scope, Value};

/// The step to a child without a key: its number from the front, counted down from -1, so that it is no key that lists of
/// things commonly have.
pub fn number_step(index: usize) -> i64 {
    -1 - index as i64
}

/// The styles of a picture, and those that the picture before was laid out with.
#[derive(Clone, Copy)]
pub struct Held<'s> {
    /// What holds now.
    pub now: Value<'s>,
    /// What held before: where both are equal, nothing is to be done.
    pub before: Value<'s>,
}

impl<'s> Held<'s> {
    /// Nothing.
    pub const NONE: Held<'s> = Held { now: Value::NIL, before: Value::NIL };

    /// Whether nothing is held here or below, now and before.
    pub(crate) fn is_none(self) -> bool {
        self.now.is_nil() && self.before.is_nil()
    }

    /// Whether the same is held as before.
    pub(crate) fn is_unchanged(self, s: Scope<'s>) -> bool {
        s.equal(self.now, self.before)
    }

    /// What is held at a child and below it.
    pub(crate) fn below(self, s: Scope<'s>, key: Value<'s>, index: usize) -> Held<'s> {
        if self.is_none() {
            return self;
        }
        let get = |held: Value<'s>| {
            if s.kind(held) != Kind::Map {
                return Value::NIL;
            }
            let found = match key.is_nil() {
                true => s.int(number_step(index)).ok().and_then(|step| s.map_get(held, step)),
                false => s.map_get(held, key),
            };
            found.unwrap_or(Value::NIL)
        };
        Held { now: get(self.now), before: get(self.before) }
    }

    /// The styles of this very node, or nil.
    pub(crate) fn styles(self, s: Scope<'s>) -> Value<'s> {
        match s.kind(self.now) {
            Kind::Map => s.map_get(self.now, Value::NIL).unwrap_or(Value::NIL),
            _ => Value::NIL,
        }
    }
}
