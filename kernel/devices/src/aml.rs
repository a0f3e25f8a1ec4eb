//! The one object we need of ACPI's machine language, found by its bytes.

/// Finds `Name (_S5, Package () {a, b, ...})` in AML and returns a and b: what to write into the two power
/// management control registers to switch the machine off.
pub fn soft_off_types(code: &[u8]) -> Option<[u8; 2]> {
    let at = code.windows(5).position(|bytes| bytes == b"_S5_\x12")? + 5;
    // The package's length takes 1 to 4 bytes, says the first one's top bits; then the count of elements.
    let mut rest = code.get(at + 1 + usize::from(code.get(at)? >> 6) + 1..)?;
    let mut next = || {
        let (value, used) = match rest {
            [0x0A, value, ..] => (*value, 2),
            [0x01, ..] => (1, 1),
            _ => (0, 1), // ZeroOp, and what is no number
        };
        rest = rest.get(used..).unwrap_or(&[]);
        value
    };
    Some([next(), next()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_small_numbers() {
        let code = |tail: &[u8]| [b"junk\x08_S5_\x12".as_slice(), tail].concat();
        assert_eq!(soft_off_types(&code(&[6, 4, 0, 0, 0, 0])), Some([0, 0]));
        assert_eq!(soft_off_types(&code(&[8, 4, 0x0A, 5, 1, 0, 0])), Some([5, 1]));
        assert_eq!(soft_off_types(&code(&[0x48, 0, 2, 0x0A, 7, 0x0A, 6])), Some([7, 6]));
    }

    #[test]
    fn absent_or_cut_off() {
        assert_eq!(soft_off_types(b""), None);
        assert_eq!(soft_off_types(b"a table without the state"), None);
        assert_eq!(soft_off_types(b"_S5_\x12"), None);
        assert_eq!(soft_off_types(b"_S5_\x12\xC8"), None);
    }
}
