//! Names that follow from the code point: ideographs of the families that the character database gives as ranges
//! (Unicode 16.0, chapter 4.8, rule NR2).
//!
//! Whoever looks names up asks here first: what is written like such a name is one of these characters or none.

/// First and last code point of the ranges of one prefix.
type Family = (&'static str, &'static [(u32, u32)]);

const FAMILIES: &[Family] = &[
    (
        "CJK UNIFIED IDEOGRAPH-",
        &[
            (0x3400, 0x4dbf),
            (0x4e00, 0x9fff),
            (0x20000, 0x2a6df),
            (0x2a700, 0x2b739),
            (0x2b740, 0x2b81d),
            (0x2b820, 0x2cea1),
            (0x2ceb0, 0x2ebe0),
            (0x2ebf0, 0x2ee5d),
            (0x30000, 0x3134a),
            (0x31350, 0x323af),
        ],
    ),
    ("TANGUT IDEOGRAPH-", &[(0x17000, 0x187f7), (0x18d00, 0x18d08)]),
];

fn holds(ranges: &[(u32, u32)], point: u32) -> bool {
    ranges.iter().any(|&(first, last)| (first..=last).contains(&point))
}

/// The computed name of a character, if it has one.
pub fn computed_name(point: u32) -> Option<String> {
    // Only the first family: CPython 3.14 finds Tangut ideographs by their names, but gives them none.
    let (prefix, ranges) = FAMILIES[0];
    holds(ranges, point).then(|| format!("{prefix}{point:X}"))
}

/// The character of a computed name: `None` for names of another kind, `Some(None)` for one that looks computed but
/// belongs to no character. Case does not matter; digits are 4 or 5, without zeros in front.
pub fn computed_character(name: &str) -> Option<Option<char>> {
    let (digits, ranges) = FAMILIES.iter().find_map(|(prefix, ranges)| {
        let head = name.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| (&name[prefix.len()..], *ranges))
    })?;
    let valid = matches!(digits.len(), 4 | 5)
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let point = u32::from_str_radix(digits, 16).ok().filter(|&p| valid && holds(ranges, p));
    Some(point.and_then(char::from_u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_characters_correspond() {
        assert_eq!(computed_name(0x4e00).as_deref(), Some("CJK UNIFIED IDEOGRAPH-4E00"));
        assert_eq!(computed_name(0x17000).as_deref(), None);
        assert_eq!(computed_name(0x41), None);
        assert_eq!(computed_character("cjk unified ideograph-4e00"), Some(Some('\u{4e00}')));
        for bad in
            ["CJK UNIFIED IDEOGRAPH-04E00", "CJK UNIFIED IDEOGRAPH-F900", "TANGUT IDEOGRAPH-3400"]
        {
            assert_eq!(computed_character(bad), Some(None), "{bad}");
        }
        assert_eq!(computed_character("LATIN SMALL LETTER A"), None);
    }
}
