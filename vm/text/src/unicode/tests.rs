//! Character data of Unicode 16 that CPython 3.13's tables lack, and the line and word splitters.

use super::*;
use crate::points::{CodePoints, StrBuilder};
use proptest::prelude::*;

#[test]
fn unicode_16() {
    // Garay, and the Latin letters whose capitals are new.
    for (upper, lower) in [(0x10D50, 0x10D70), (0xA7CB, 0x264), (0xA7DC, 0x19B), (0x1C89, 0x1C8A)] {
        assert_eq!(to_lower(upper).as_slice(), [lower]);
        assert_eq!(to_upper(lower).as_slice(), [upper]);
        assert_eq!(to_title(lower).as_slice(), [upper]);
        assert_eq!(to_folded(upper).as_slice(), [lower]);
        assert!(is_upper(upper) && is_lower(lower) && is_alpha(upper) && is_cased(upper));
        assert!(is_printable(upper) && is_xid_start(upper));
    }
    assert_eq!(decimal_value(0x10D49), Some(9));
    assert_eq!(decimal_value(0x11BF0), Some(0));
    // Assigned by Unicode 17 only: not to be found here.
    assert!(!is_alpha(0x10940) && !is_printable(0x10940));
    assert!(!is_alpha(0x11_0000) && decimal_value(u32::MAX).is_none());
}

#[test]
fn std_agrees_where_both_know() {
    // The standard library is of a later version, so only this direction holds.
    for c in (0..0x11_0000).filter_map(char::from_u32) {
        let point = u32::from(c);
        if is_upper(point) {
            assert!(c.is_uppercase(), "{point:x}");
        }
        // U+0295 is a lower-case letter up to Unicode 16 only.
        if is_lower(point) && point != 0x295 {
            assert!(c.is_lowercase(), "{point:x}");
        }
        if is_printable(point) || is_alpha(point) {
            let lower: Vec<u32> = c.to_lowercase().map(u32::from).collect();
            // U+A7D2 and the like got lower-case partners later; a mapping of ours must agree.
            if to_lower(point).as_slice() != [point] {
                assert_eq!(to_lower(point).as_slice(), lower, "{point:x}");
            }
        }
    }
}

fn lines(text: &str, keep: bool) -> Vec<String> {
    let text = StrBuilder::from(text);
    let points = text.as_points();
    split_lines(points, keep).map(|r| points.slice(r.start, r.end).to_string_lossy()).collect()
}

#[test]
fn line_breaks() {
    let text = "a\r\nb\n\nc\rd\x0b\x0ce\x1cf\u{85}g\u{2028}h\u{2029}";
    assert_eq!(lines(text, false), ["a", "b", "", "c", "d", "", "e", "f", "g", "h"]);
    assert_eq!(lines(text, true).concat(), text);
    assert_eq!(lines("\n", false), [""]);
    assert!(lines("", true).is_empty());
}

#[test]
fn final_sigma() {
    let lower_of = |t: &str| lower(StrBuilder::from(t).as_points()).to_string();
    assert_eq!(lower_of("ΑΣ"), "ας");
    assert_eq!(lower_of("Σ"), "σ");
    assert_eq!(lower_of("ΑΣ."), "ας.");
    assert_eq!(lower_of("ΑΣΑ ΑΣ"), "ασα ας");
    assert_eq!(lower_of("\u{ad}Σ"), "\u{ad}σ");
}

proptest! {
    #[test]
    fn words_are_what_split_gives(text in "[a-c \t\u{a0}\u{2003}é]{0,20}") {
        let built = StrBuilder::from(text.as_str());
        let points = built.as_points();
        let words: Vec<String> =
            split_words(points).map(|r| points.slice(r.start, r.end).to_string_lossy()).collect();
        let wanted: Vec<&str> = text.split_whitespace().collect();
        prop_assert_eq!(words, wanted);
        let range = trim_whitespace(points, true, true);
        prop_assert_eq!(points.slice(range.start, range.end).to_string_lossy(), text.trim());
        let range = trim_whitespace(points, false, true);
        prop_assert_eq!(points.slice(range.start, range.end).to_string_lossy(), text.trim_end());
        let range = trim_whitespace(points, true, false);
        prop_assert_eq!(points.slice(range.start, range.end).to_string_lossy(), text.trim_start());
    }

    #[test]
    fn width_does_not_matter(text in "[a-zA-Z0-9 ßÄé]{0,12}") {
        let narrow = StrBuilder::from(text.as_str());
        let wide: Vec<u32> = narrow.as_points().iter().collect();
        let wide = CodePoints::Four(&wide);
        for map in [lower, upper, title, capitalize, casefold, swapcase] {
            prop_assert_eq!(map(narrow.as_points()), map(wide));
        }
    }
}
