//! What layout measured of a scene, kept in the picture for the next layout.
//!
//! Enter at [`Memo::of`] and [`write`]. A measure is a function of the scene node and its exact input alone, so
//! it holds as long as the scene is the same value under the same theme.

use crate::picture::Node;
use alloc::vec::Vec;
use halt_heap::{OutOfMemory, Scope, Value};
use taffy::{AvailableSpace, LayoutInput, RequestedAxis, Size, SizingMode};

/// The tag of memos among heap records.
const MEMO_TAG: u16 = 0x101;

/// Entries kept in a picture: a flex or grid parent asks about five different things.
const KEPT_MAX: usize = 8;

/// One measure: the packed input and the answer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Entry {
    key: [u32; 7],
    size: [u32; 2],
}

impl Entry {
    pub(crate) fn new(key: [u32; 7], size: Size<f32>) -> Entry {
        Entry { key, size: [size.width.to_bits(), size.height.to_bits()] }
    }

    /// The answer, when this is the question.
    pub(crate) fn answer(&self, key: &[u32; 7]) -> Option<Size<f32>> {
        (self.key == *key)
            .then(|| Size { width: f32::from_bits(self.size[0]), height: f32::from_bits(self.size[1]) })
    }
}

/// Packs an input. `shares` says whether the node's own size depends on its parent's.
pub(crate) fn key_of(inputs: &LayoutInput, shares: bool) -> [u32; 7] {
    let option = |value: Option<f32>| value.unwrap_or(f32::NAN).to_bits();
    let space = |space: AvailableSpace| match space {
        AvailableSpace::Definite(value) => value.to_bits(),
        AvailableSpace::MinContent => f32::NEG_INFINITY.to_bits(),
        AvailableSpace::MaxContent => f32::INFINITY.to_bits(),
    };
    let mode = match inputs.sizing_mode {
        SizingMode::ContentSize => 0,
        SizingMode::InherentSize => 4,
    };
    let axis = match inputs.axis {
        RequestedAxis::Horizontal => 0,
        RequestedAxis::Vertical => 1,
        RequestedAxis::Both => 2,
    };
    let parent = if shares { inputs.parent_size } else { Size { width: None, height: None } };
    [
        option(inputs.known_dimensions.width),
        option(inputs.known_dimensions.height),
        space(inputs.available_space.width),
        space(inputs.available_space.height),
        option(parent.width),
        option(parent.height),
        mode | axis,
    ]
}

/// The facts about a laid out subtree.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Memo {
    /// Of the theme it was laid out under.
    pub(crate) fingerprint: u32,
    /// Whether there is an error box within, whose text names its place.
    pub(crate) broken: bool,
    /// Levels of nodes.
    pub(crate) height: u16,
    /// Nodes.
    pub(crate) count: u32,
}

impl Memo {
    /// The memo of a node, if it has one.
    pub(crate) fn of<'s>(s: Scope<'s>, node: Node<'s>) -> Option<Memo> {
        let memo = node.memo(s);
        if s.record_tag(memo) != Some(MEMO_TAG) {
            return None;
        }
        let words = s.record_words(memo);
        Some(Memo {
            fingerprint: words[0] as u32,
            broken: words[0] >> 32 & 1 == 1,
            height: (words[0] >> 40) as u16,
            count: words[1] as u32,
        })
    }

    /// Writes a memo with the newest of the entries.
    pub(crate) fn write<'s>(&self, s: Scope<'s>, entries: &[Entry]) -> Result<Value<'s>, OutOfMemory> {
        let newest = &entries[entries.len().saturating_sub(KEPT_MAX)..];
        let mut words = Vec::with_capacity(2 + 5 * newest.len());
        words.push(self.fingerprint as u64 | (self.broken as u64) << 32 | (self.height as u64) << 40);
        words.push(self.count as u64);
        for entry in newest {
            let k = &entry.key;
            for (low, high) in
                [(k[0], k[1]), (k[2], k[3]), (k[4], k[5]), (k[6], 0), (entry.size[0], entry.size[1])]
            {
                words.push(low as u64 | (high as u64) << 32);
            }
        }
        s.record(MEMO_TAG, &[], &words)
    }
}

/// The measures in a node's memo.
pub(crate) fn entries_of<'s>(s: Scope<'s>, node: Node<'s>) -> Vec<Entry> {
    let words = s.record_words(node.memo(s)).get(2..).unwrap_or(&[]);
    let half = |word: u64| [word as u32, (word >> 32) as u32];
    words
        .chunks_exact(5)
        .map(|chunk| {
            let ([a, b], [c, d], [e, f]) = (half(chunk[0]), half(chunk[1]), half(chunk[2]));
            Entry { key: [a, b, c, d, e, f, chunk[3] as u32], size: half(chunk[4]) }
        })
        .collect()
}
