//! The known name nearest to a misspelt one.

use alloc::vec::Vec;

/// Returns the name with the fewest edits from `wrong`, when it is near enough to be meant.
pub(crate) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if wrong.len() > 40 {
        return None;
    }
    let limit = 1 + wrong.chars().count() / 3;
    names
        .map(|name| (edits(wrong, name), name))
        .filter(|(count, _)| *count <= limit)
        .min_by_key(|(count, _)| *count)
        .map(|(_, name)| name)
}

/// Insertions, removals and replacements that turn one name into the other.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_slip_and_refuses_a_stranger() {
        let names = ["row", "column", "button", "text"];
        assert_eq!(nearest("buton", names.into_iter()), Some("button"));
        assert_eq!(nearest("colum", names.into_iter()), Some("column"));
        assert_eq!(nearest("zzzzzz", names.into_iter()), None);
    }
}
