//! Suggests what a mistyped word was meant to be.
//!
//! Enter at [`suggestion`].

use halt_lisp::edit_distance as edits;

/// Returns `; did you mean ...?` for the candidate nearest to `word`, or `; known are ...` when none is near.
pub fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    match nearest(word, &candidates) {
        Some(candidate) => format!("; did you mean `{candidate}`?"),
        None if candidates.is_empty() => String::new(),
        None => format!("; known are {}", candidates.join(", ")),
    }
}

/// The candidate with the fewest edits, when those are few enough to be a slip of the fingers.
fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let bound = (word.chars().count() / 2).clamp(1, 3);
    let prefixed = candidates.iter().filter(|candidate| word.len() > 1 && candidate.starts_with(word));
    let close = candidates.iter().filter(|candidate| edits(word, candidate) <= bound);
    close
        .min_by_key(|candidate| edits(word, candidate))
        .or_else(|| prefixed.min_by_key(|it| it.len()))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (a, b, expected) in
            [("", "abc", 3), ("shot", "shot", 0), ("shto", "shot", 1), ("sot", "shot", 1), ("run", "eval", 4)]
        {
            assert_eq!(edits(a, b), expected, "{a} {b}");
            assert_eq!(edits(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let words = ["run", "shot", "eval", "image"];
        assert_eq!(nearest("shoot", &words), Some("shot"));
        assert_eq!(nearest("img", &words), None);
        assert_eq!(nearest("im", &words), Some("image"));
        assert_eq!(nearest("imgae", &words), Some("image"));
        assert_eq!(nearest("frobnicate", &words), None);
        assert_eq!(suggestion("frobnicate", words), "; known are run, shot, eval, image");
    }
}
