//! What keywords of scenes mean, remembered for one layout.
//!
//! Enter at [`Words::style`] and [`Words::tag`]. A scene says the same few words over and over; looking a name up
//! in the heap's table and in ours costs several times what the rest of reading a style does.

use crate::attribute::Attribute;
use crate::tag::Tag;
use core::cell::Cell;
use halt_heap::{Kind, Scope, Value};

const SLOTS: usize = 128;

/// What a key of a style map is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StyleWord {
    /// A style we know.
    Known(Attribute),
    /// A handler: its name begins with `on-`.
    Handler,
    /// A keyword we do not know.
    Unknown,
    /// No keyword.
    Other,
}

/// The words seen so far. A slot remembers one; another one that falls on it takes its place.
pub(crate) struct Words {
    styles: [Cell<(u64, StyleWord)>; SLOTS],
    tags: [Cell<(u64, Option<Tag>)>; SLOTS],
}

impl Words {
    pub(crate) fn new() -> Words {
        // No value is the word 0.
        Words {
            styles: [const { Cell::new((0, StyleWord::Other)) }; SLOTS],
            tags: [const { Cell::new((0, None)) }; SLOTS],
        }
    }

    /// What a key of a style map means.
    pub(crate) fn style<'s>(&self, s: Scope<'s>, key: Value<'s>) -> StyleWord {
        let slot = &self.styles[slot_of(key)];
        let (word, meaning) = slot.get();
        if word == key.word() {
            return meaning;
        }
        let meaning = match s.name(key).filter(|_| s.kind(key) == Kind::Keyword) {
            None => return StyleWord::Other,
            Some(name) if name.starts_with("on-") => StyleWord::Handler,
            Some(name) => Attribute::of(name).map_or(StyleWord::Unknown, StyleWord::Known),
        };
        slot.set((key.word(), meaning));
        meaning
    }

    /// The tag that the head of a scene vector names.
    pub(crate) fn tag<'s>(&self, s: Scope<'s>, head: Value<'s>) -> Option<Tag> {
        let slot = &self.tags[slot_of(head)];
        let (word, tag) = slot.get();
        if word == head.word() {
            return tag;
        }
        let name = s.name(head).filter(|_| s.kind(head) == Kind::Keyword)?;
        let tag = Tag::of(name);
        slot.set((head.word(), tag));
        tag
    }
}

fn slot_of(value: Value<'_>) -> usize {
    // Keywords are numbered one after the other above their low byte.
    (value.word() >> 8) as usize % SLOTS
}
