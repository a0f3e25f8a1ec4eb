//! Random edits against a model that keeps characters in a plain vector.

mod common;

use common::Random;
use halt_ui::{EditOp, EditState, Motion, edit};

const ALPHABET: [char; 9] = ['a', 'b', ' ', ' ', '\n', '(', 'ü', '漢', '-'];

fn random_text(random: &mut Random, most: usize) -> String {
    (0..random.below(most)).map(|_| ALPHABET[random.below(ALPHABET.len())]).collect()
}

#[test]
fn edits_agree_with_plain_vectors() {
    let mut random = Random::new(7);
    let mut state = EditState::default();
    for step in 0..20_000 {
        let chars: Vec<char> = state.text.chars().collect();
        assert!(state.cursor <= chars.len() && state.anchor <= chars.len(), "step {step}: {state:?}");
        let range = state.selection();
        let place = random.below(chars.len() + 3);
        let spliced = |from: usize, to: usize, text: &str| -> String {
            chars[..from].iter().copied().chain(text.chars()).chain(chars[to..].iter().copied()).collect()
        };
        let old = state.clone();
        match random.below(9) {
            0 | 1 => {
                let text = random_text(&mut random, 6);
                state = edit(&old, &EditOp::Insert(text.clone()));
                assert_eq!(state.text, spliced(range.start, range.end, &text));
                assert_eq!(state.cursor, range.start + text.chars().count());
            }
            2 => {
                state = edit(&old, &EditOp::Backspace);
                let from = if range.is_empty() { range.start.saturating_sub(1) } else { range.start };
                assert_eq!((state.text.clone(), state.cursor), (spliced(from, range.end, ""), from));
            }
            3 => {
                state = edit(&old, &EditOp::Delete);
                let to = if range.is_empty() { (range.end + 1).min(chars.len()) } else { range.end };
                assert_eq!((state.text.clone(), state.cursor), (spliced(range.start, to, ""), range.start));
            }
            4 => {
                state = edit(&old, &EditOp::Place(place));
                assert_eq!((state.cursor, state.anchor), (place.min(chars.len()), place.min(chars.len())));
            }
            5 => {
                state = edit(&old, &EditOp::ExtendTo(place));
                assert_eq!((state.cursor, state.anchor), (place.min(chars.len()), old.anchor));
            }
            6 => {
                // There and back: a line's ends lie around the cursor, and hold no line break between them.
                let home = edit(&old, &EditOp::Move(Motion::Home)).cursor;
                let end = edit(&old, &EditOp::Move(Motion::End)).cursor;
                assert!(home <= old.cursor && old.cursor <= end);
                assert!(!chars[home..end].contains(&'\n'));
                assert!(home == 0 || chars[home - 1] == '\n');
                assert!(end == chars.len() || chars[end] == '\n');
                let up = edit(&old, &EditOp::Move(Motion::Up)).cursor;
                assert!(up <= old.cursor && (home == 0) != chars[..old.cursor].contains(&'\n'));
                assert!(home == 0 || up < home);
                state = edit(&old, &EditOp::Move([Motion::Up, Motion::Down][random.below(2)]));
            }
            7 => {
                state = edit(&old, &EditOp::SelectWord(place));
                let selected = state.selected();
                let blank = |c: char| c.is_whitespace();
                assert!(selected.chars().all(blank) || !selected.contains(blank), "{selected:?}");
                assert_eq!(selected.is_empty(), chars.is_empty());
            }
            _ => {
                let motions = [
                    Motion::Left,
                    Motion::Right,
                    Motion::WordLeft,
                    Motion::WordRight,
                    Motion::Up,
                    Motion::Down,
                    Motion::Start,
                    Motion::Finish,
                ];
                let motion = motions[random.below(motions.len())];
                state = edit(&old, &EditOp::Extend(motion));
                assert_eq!((&state.text, state.anchor), (&old.text, old.anchor));
                let moved = edit(&old, &EditOp::Move(motion));
                if range.is_empty() {
                    assert_eq!(moved.cursor, state.cursor);
                }
                assert_eq!(moved.cursor, moved.anchor);
            }
        }
        if state.text.chars().count() > 60 {
            state = edit(&edit(&state, &EditOp::SelectAll), &EditOp::Backspace);
            assert_eq!(state, EditState::default());
        }
    }
}
