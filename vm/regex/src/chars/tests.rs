//! Spot checks of the tables against known properties.

use super::*;

#[test]
fn categories() {
    assert!(is_decimal(0x0663) && !is_decimal(0x00B2) && is_alnum(0x00B2) && is_alnum(0x4E00));
    assert!(!is_alnum(0x5F) && is_word_unicode(0x5F) && !is_word_unicode(0x2003));
    assert!(is_space(0x1C) && is_space(0x3000) && !is_space(0x200B));
    // New in Unicode 16.0: the Garay letters and digits.
    assert!(is_decimal(0x10D40) && is_alnum(0x10D50));
    assert!(!is_alnum(0x110000) && !is_decimal(u32::MAX));
}

#[test]
fn case() {
    assert_eq!(lower_unicode(0x130), 0x69);
    assert_eq!(lower_unicode(0x1E9E), 0xDF);
    assert_eq!(lower_unicode(0x212A), 0x6B);
    assert_eq!(upper_unicode(0xDF), 0x53);
    assert!(iscased_unicode(0xDF) && !iscased_unicode(0x30) && !iscased_unicode(0xD800));
    assert_eq!(lower_unicode(0x10D50), 0x10D70);
    assert_eq!((lower_unicode(0x16EA0), lower_unicode(0xA7CE)), (0x16EA0, 0xA7CE));
    assert_eq!(lower_unicode(0xA7D0), 0xA7D1);
    assert_eq!((lower_ascii(0x41), lower_ascii(0xC0)), (0x61, 0xC0));
}

/// Case-insensitive literals are taken apart with [`lowered_to`]: it must miss nothing.
#[test]
fn lowered_to_is_the_inverse_of_lower() {
    for ch in 0..0x110000 {
        let low = lower_unicode(ch);
        assert_eq!(lower_unicode(low), low, "{ch:x}");
        if low != ch {
            assert!(lowered_to(low).contains(&ch), "{ch:x}");
        }
        if low == ch {
            assert!(lowered_to(ch).iter().all(|&other| lower_unicode(other) == ch), "{ch:x}");
        }
    }
}
