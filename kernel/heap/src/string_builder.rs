//! Strings made of many pieces, without a second copy of them all and without quadratic time.

use crate::rope::{CHUNK, TEXT_MAX};
use crate::scope::{OutOfMemory, Scope};
use crate::value::Value;
use alloc::string::String;
use alloc::vec::Vec;

/// A string under construction.
pub struct StringBuilder<'s> {
    s: Scope<'s>,
    /// What is complete, as trees of ropes.
    trees: Vec<Value<'s>>,
    /// Bytes in them.
    bytes: usize,
    /// What follows, shorter than a leaf can be.
    buffer: String,
}

impl<'s> StringBuilder<'s> {
    /// A builder of a string that is empty so far.
    pub fn new(s: Scope<'s>) -> StringBuilder<'s> {
        StringBuilder { s, trees: Vec::new(), bytes: 0, buffer: String::new() }
    }

    /// Adds a text.
    pub fn push_str(&mut self, text: &str) -> Result<(), OutOfMemory> {
        let mut rest = text;
        while self.buffer.len() + rest.len() > CHUNK {
            let (part, after) = rest.split_at(rest.floor_char_boundary(CHUNK - self.buffer.len()));
            self.buffer.push_str(part);
            self.flush()?;
            rest = after;
        }
        self.buffer.push_str(rest);
        Ok(())
    }

    /// Adds a character.
    pub fn push_char(&mut self, char: char) -> Result<(), OutOfMemory> {
        self.push_str(char.encode_utf8(&mut [0; 4]))
    }

    /// Adds a string; a long one is shared. Panics when it is none.
    pub fn push(&mut self, string: Value<'s>) -> Result<(), OutOfMemory> {
        if self.s.rope_root(string).is_none()
            && let Some(text) = self.s.flat_str(string)
        {
            return self.push_str(text);
        }
        let Some(bytes) = self.s.string_len(string) else {
            panic!("expected String, got {:?}", self.s.kind(string))
        };
        self.flush()?;
        let tree = self.s.rope_tree(string)?;
        self.push_tree(tree, bytes)
    }

    /// Bytes so far.
    pub fn bytes(&self) -> usize {
        self.bytes + self.buffer.len()
    }

    fn flush(&mut self) -> Result<(), OutOfMemory> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let leaf = self.s.string(&self.buffer)?;
        let bytes = self.buffer.len();
        self.buffer.clear();
        self.push_tree(leaf, bytes)
    }

    fn push_tree(&mut self, tree: Value<'s>, bytes: usize) -> Result<(), OutOfMemory> {
        self.bytes += bytes;
        if self.bytes > TEXT_MAX {
            return Err(OutOfMemory);
        }
        self.trees.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.trees.push(tree);
        Ok(())
    }

    /// The string.
    pub fn finish(mut self) -> Result<Value<'s>, OutOfMemory> {
        if self.trees.is_empty() {
            return self.s.string(&self.buffer);
        }
        self.flush()?;
        self.s.rope_of(self.joined(&self.trees)?)
    }

    fn joined(&self, trees: &[Value<'s>]) -> Result<Value<'s>, OutOfMemory> {
        match trees {
            [tree] => Ok(*tree),
            _ => {
                let (left, right) = trees.split_at(trees.len() / 2);
                self.s.rope_join_texts(self.joined(left)?, self.joined(right)?)
            }
        }
    }
}
