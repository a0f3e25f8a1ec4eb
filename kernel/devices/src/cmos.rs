//! The date in a PC's CMOS clock.

/// The registers to read: seconds, minutes, hours, day, month, year and the format.
pub const REGISTERS: [u8; 7] = [0, 2, 4, 7, 8, 9, 11];

/// Returns the seconds since 1970 of a reading of [`REGISTERS`], taken as UTC in this century; `None` when it is no date.
pub fn unix_seconds(raw: [u8; 7]) -> Option<u64> {
    let [second, minute, hour, day, month, year, format] = raw;
    let decode = |value: u8| if format & 4 != 0 { value } else { (value >> 4) * 10 + (value & 15) };
    let hour = match (format & 2 != 0, decode(hour & 0x7F), hour & 0x80 != 0) {
        (true, hour, _) => hour,
        (false, hour, afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
    };
    let (day, month) = (u64::from(decode(day)), u64::from(decode(month)));
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = 2000 + u64::from(decode(year));
    // Days since 1970 in the proleptic Gregorian calendar, years starting in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + u64::from(hour) * 3600 + u64::from(decode(minute)) * 60 + u64::from(decode(second)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BCD_24: u8 = 2;
    const BINARY_24: u8 = 6;

    #[test]
    fn known_moments() {
        // 2000-03-01, 2024-02-29 12:34:56 and 2099-12-31 23:59:59.
        assert_eq!(unix_seconds([0, 0, 0, 1, 3, 0, BCD_24]), Some(951_868_800));
        assert_eq!(unix_seconds([0x56, 0x34, 0x12, 0x29, 0x02, 0x24, BCD_24]), Some(1_709_210_096));
        assert_eq!(unix_seconds([59, 59, 23, 31, 12, 99, BINARY_24]), Some(4_102_444_799));
    }

    #[test]
    fn hours_of_half_days() {
        let at = |hour| unix_seconds([0, 0, hour, 1, 1, 0, 0]).map(|seconds| seconds % 86_400 / 3600);
        assert_eq!([at(0x12), at(0x01), at(0x92), at(0x91)], [Some(0), Some(1), Some(12), Some(23)]);
    }

    #[test]
    fn days_follow_each_other() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut expected = unix_seconds([0, 0, 0, 1, 1, 0, BINARY_24]);
        for year in 0..100 {
            for month in 1..=12 {
                let leap = u8::from(year % 4 == 0 && month == 2);
                for day in 1..=lengths[usize::from(month) - 1] + leap {
                    let found = unix_seconds([0, 0, 0, day, month, year, BINARY_24]);
                    assert_eq!(found, expected, "{year}-{month}-{day}");
                    expected = expected.map(|seconds| seconds + 86_400);
                }
            }
        }
    }

    #[test]
    fn a_clock_that_was_never_set_has_no_date() {
        assert_eq!(unix_seconds([0; 7]), None);
        assert_eq!(unix_seconds([0xFF; 7]), None);
    }
}
