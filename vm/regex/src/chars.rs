//! What the engine knows about characters: case mapping and the categories of `\d`, `\s`, `\w`.
//!
//! Everything takes a code point as `u32` (surrogates and bytes included) and answers as CPython
//! 3.14 does, whose tables are Unicode 16.0. Case mapping comes from the standard library, whose
//! Unicode version may be newer: letters that got a case partner after 16.0 are held back by
//! `newer_than_tables`. `\w` and `\d` come from the generated tables of `chars_table.rs`.
//!
//! The `*_ascii`, `*_unicode` pairs are the helper functions of the `_sre` module; [`Locale`] stands
//! for the C library's `isalnum`, `tolower` and `toupper` of the current `LC_CTYPE`.

use crate::chars_table::{ALNUM_BLOCKS, ALNUM_PAGES, DECIMAL_BLOCKS, DECIMAL_PAGES};
use crate::opcodes::category;
use std::sync::OnceLock;

/// What `re.LOCALE` patterns need to know about the 256 bytes in the current locale.
#[derive(Clone, PartialEq, Eq)]
pub struct Locale {
    /// `tolower` of each byte.
    pub lower: [u8; 256],
    /// `toupper` of each byte.
    pub upper: [u8; 256],
    /// `isalnum` of each byte.
    pub alnum: [bool; 256],
}

impl Locale {
    /// The "C" locale: ASCII letters and digits only.
    pub fn c() -> Locale {
        let mut locale = Locale { lower: [0; 256], upper: [0; 256], alnum: [false; 256] };
        for byte in 0..=255u8 {
            let at = usize::from(byte);
            locale.lower[at] = byte.to_ascii_lowercase();
            locale.upper[at] = byte.to_ascii_uppercase();
            locale.alnum[at] = byte.is_ascii_alphanumeric();
        }
        locale
    }

    /// `tolower` for a code point; those above 255 stay as they are.
    pub(crate) fn lower(&self, ch: u32) -> u32 {
        self.lower.get(ch as usize).map_or(ch, |&low| u32::from(low))
    }

    /// `toupper` for a code point; those above 255 stay as they are.
    pub(crate) fn upper(&self, ch: u32) -> u32 {
        self.upper.get(ch as usize).map_or(ch, |&up| u32::from(up))
    }

    /// The locale's `\w`.
    pub(crate) fn is_word(&self, ch: u32) -> bool {
        ch == u32::from(b'_') || self.alnum.get(ch as usize).copied().unwrap_or(false)
    }
}

/// Lowers `A` to `Z` only (`_sre.ascii_tolower`).
pub fn lower_ascii(ch: u32) -> u32 {
    if ch.wrapping_sub(0x41) < 26 { ch + 32 } else { ch }
}

/// Whether this is an ASCII letter (`_sre.ascii_iscased`).
pub fn iscased_ascii(ch: u32) -> bool {
    (ch | 32).wrapping_sub(0x61) < 26
}

/// Letters whose case partner came with a Unicode version after 16.0.
fn newer_than_tables(ch: u32) -> bool {
    matches!(ch, 0xA7CE | 0xA7CF | 0xA7D2..=0xA7D5 | 0x16EA0..=0x16ED3)
}

/// The lower-case partner (`_sre.unicode_tolower`): the first code point of the full mapping, which
/// is the simple mapping for every character that has one. A character without partner is its own.
pub fn lower_unicode(ch: u32) -> u32 {
    if ch < 128 {
        return lower_ascii(ch);
    }
    let Some(page) = LOWER_PAGES.get((ch >> 8) as usize) else { return ch };
    match page.get_or_init(|| lower_page(ch >> 8)) {
        Some(page) => page[(ch & 255) as usize],
        None => ch,
    }
}

/// Pages of 256 lower-case partners, made when first asked for; `None` where nothing changes. The
/// standard library's own look-up is a binary search, too slow for every character of a text.
static LOWER_PAGES: [OnceLock<Option<Box<[u32; 256]>>>; 0x200] = [const { OnceLock::new() }; 0x200];

#[cold]
fn lower_page(number: u32) -> Option<Box<[u32; 256]>> {
    let mut page = [0; 256];
    let mut changed = false;
    for (ch, slot) in (number << 8..).zip(page.iter_mut()) {
        *slot = match char::from_u32(ch) {
            Some(c) if !newer_than_tables(ch) => c.to_lowercase().next().map_or(ch, u32::from),
            _ => ch,
        };
        changed |= *slot != ch;
    }
    changed.then(|| Box::new(page))
}

/// Upper-case characters that their lower-case partner does not lead back to, with that partner.
const ONE_WAY: &[(u32, u32)] = &[
    (0x130, 0x69),
    (0x1c5, 0x1c6),
    (0x1c8, 0x1c9),
    (0x1cb, 0x1cc),
    (0x1f2, 0x1f3),
    (0x3f4, 0x3b8),
    (0x1e9e, 0xdf),
    (0x1f88, 0x1f80),
    (0x1f89, 0x1f81),
    (0x1f8a, 0x1f82),
    (0x1f8b, 0x1f83),
    (0x1f8c, 0x1f84),
    (0x1f8d, 0x1f85),
    (0x1f8e, 0x1f86),
    (0x1f8f, 0x1f87),
    (0x1f98, 0x1f90),
    (0x1f99, 0x1f91),
    (0x1f9a, 0x1f92),
    (0x1f9b, 0x1f93),
    (0x1f9c, 0x1f94),
    (0x1f9d, 0x1f95),
    (0x1f9e, 0x1f96),
    (0x1f9f, 0x1f97),
    (0x1fa8, 0x1fa0),
    (0x1fa9, 0x1fa1),
    (0x1faa, 0x1fa2),
    (0x1fab, 0x1fa3),
    (0x1fac, 0x1fa4),
    (0x1fad, 0x1fa5),
    (0x1fae, 0x1fa6),
    (0x1faf, 0x1fa7),
    (0x1fbc, 0x1fb3),
    (0x1fcc, 0x1fc3),
    (0x1ffc, 0x1ff3),
    (0x2126, 0x3c9),
    (0x212a, 0x6b),
    (0x212b, 0xe5),
];

/// All characters whose lower-case partner is `low` (given that it is its own).
pub(crate) fn lowered_to(low: u32) -> Vec<u32> {
    let up = upper_unicode(low);
    let mut all = vec![low];
    if up != low && lower_unicode(up) == low {
        all.push(up);
    }
    all.extend(ONE_WAY.iter().filter(|pair| pair.1 == low).map(|pair| pair.0));
    all
}

/// The upper-case partner, by the same rule as [`lower_unicode`].
pub fn upper_unicode(ch: u32) -> u32 {
    match char::from_u32(ch) {
        Some(c) if !newer_than_tables(ch) => c.to_uppercase().next().map_or(ch, u32::from),
        _ => ch,
    }
}

/// Whether the character changes under lower or upper (`_sre.unicode_iscased`).
pub fn iscased_unicode(ch: u32) -> bool {
    ch != lower_unicode(ch) || ch != upper_unicode(ch)
}

/// Looks a code point up in a two-stage table.
fn in_table(pages: &[u8], blocks: &[[u64; 4]], ch: u32) -> bool {
    let Some(&page) = pages.get((ch >> 8) as usize) else { return false };
    let word = blocks[usize::from(page)][(ch >> 6 & 3) as usize];
    word >> (ch & 63) & 1 != 0
}

/// `str.isdecimal` of one character.
pub fn is_decimal(ch: u32) -> bool {
    if ch < 128 {
        ch.wrapping_sub(0x30) < 10
    } else {
        in_table(&DECIMAL_PAGES, &DECIMAL_BLOCKS, ch)
    }
}

/// `str.isalnum` of one character.
pub fn is_alnum(ch: u32) -> bool {
    in_table(&ALNUM_PAGES, &ALNUM_BLOCKS, ch)
}

/// `str.isspace` of one character.
pub fn is_space(ch: u32) -> bool {
    matches!(
        ch,
        0x09..=0x0D
            | 0x1C..=0x20
            | 0x85
            | 0xA0
            | 0x1680
            | 0x2000..=0x200A
            | 0x2028
            | 0x2029
            | 0x202F
            | 0x205F
            | 0x3000
    )
}

/// The line boundaries of `str.splitlines`.
pub fn is_linebreak(ch: u32) -> bool {
    matches!(ch, 0x0A..=0x0D | 0x1C..=0x1E | 0x85 | 0x2028 | 0x2029)
}

/// ASCII `\w`: a letter, a digit or the underscore.
pub fn is_word_ascii(ch: u32) -> bool {
    iscased_ascii(ch) || ch.wrapping_sub(0x30) < 10 || ch == u32::from(b'_')
}

/// Unicode `\w`: `str.isalnum` or the underscore.
pub fn is_word_unicode(ch: u32) -> bool {
    is_alnum(ch) || ch == u32::from(b'_')
}

/// Whether `ch` belongs to the category of that code; an odd code means the complement.
pub(crate) fn in_category(code: u32, ch: u32, locale: &Locale) -> bool {
    let member = match code & !1 {
        category::DIGIT => ch.wrapping_sub(0x30) < 10,
        category::SPACE => matches!(ch, 0x09..=0x0D | 0x20),
        category::WORD => is_word_ascii(ch),
        category::LINEBREAK => ch == 0x0A,
        category::LOC_WORD => locale.is_word(ch),
        category::UNI_DIGIT => is_decimal(ch),
        category::UNI_SPACE => is_space(ch),
        category::UNI_WORD => is_word_unicode(ch),
        category::UNI_LINEBREAK => is_linebreak(ch),
        _ => return false,
    };
    member != (code & 1 == 1)
}

#[cfg(test)]
mod tests;
