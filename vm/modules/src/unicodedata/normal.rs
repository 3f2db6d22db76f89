//! Normalisation forms (Unicode Standard Annex 15).

use super::decompositions::{COMPOSITIONS, DECOMPOSITIONS, OLD_DECOMPOSITIONS};
use super::{Version, assigned, record};
use pyrs_text::CodePoints;

/// A normalisation form.
#[derive(Clone, Copy)]
pub(super) struct Form {
    compose: bool,
    compatibility: bool,
}
pub(super) fn form(name: &str) -> Option<Form> {
    let (compose, compatibility) = match name {
        "NFC" => (true, false),
        "NFKC" => (true, true),
        "NFD" => (false, false),
        "NFKD" => (false, true),
        _ => return None,
    };
    Some(Form { compose, compatibility })
}

// Hangul syllables are composed by rule: leading consonant, vowel, trailing consonant.
const SYLLABLES: u32 = 0xac00;
const LEADS: u32 = 0x1100;
const VOWELS: u32 = 0x1161;
const TRAILS: u32 = 0x11a7;
const LEAD_COUNT: u32 = 19;
const VOWEL_COUNT: u32 = 21;
const TRAIL_COUNT: u32 = 28;

/// The letters of a Hangul syllable, and how many they are.
pub(super) fn hangul_parts(c: u32) -> Option<([u32; 3], usize)> {
    let i = c.checked_sub(SYLLABLES).filter(|&i| i < LEAD_COUNT * VOWEL_COUNT * TRAIL_COUNT)?;
    let trail = i % TRAIL_COUNT;
    let vowel = i / TRAIL_COUNT % VOWEL_COUNT;
    let lead = i / TRAIL_COUNT / VOWEL_COUNT;
    let n = if trail == 0 { 2 } else { 3 };
    Some(([LEADS + lead, VOWELS + vowel, TRAILS + trail], n))
}
/// The mapping of a character in the notation of the database.
pub(super) fn mapping(c: u32) -> Option<&'static str> {
    let at = DECOMPOSITIONS.binary_search_by_key(&c, |row| row.0).ok()?;
    Some(DECOMPOSITIONS[at].1)
}
/// Appends the full decomposition of a character.
fn decompose(c: u32, form: Form, old: bool, out: &mut Vec<u32>) {
    if let Some((parts, n)) = hangul_parts(c) {
        return out.extend_from_slice(&parts[..n]);
    }
    if old {
        if !assigned(c, Version::V3) {
            return out.push(c);
        }
        if let Ok(at) = OLD_DECOMPOSITIONS.binary_search_by_key(&c, |row| row.0) {
            return out.push(OLD_DECOMPOSITIONS[at].1);
        }
    }
    match mapping(c) {
        Some(m) if form.compatibility || !m.starts_with('<') => {
            for part in m.split(' ').filter(|p| !p.starts_with('<')) {
                // The table holds hexadecimal numbers only.
                decompose(u32::from_str_radix(part, 16).unwrap_or(0xfffd), form, old, out);
            }
        }
        _ => out.push(c),
    }
}
fn class(c: u32) -> u8 {
    if c < 0x300 { 0 } else { record(c, Version::V16).4 }
}
/// Sorts runs of combining marks by their class.
fn order(points: &mut [u32]) {
    let mut i = 0;
    while i < points.len() {
        if class(points[i]) == 0 {
            i += 1;
            continue;
        }
        let end = points[i..].iter().position(|&c| class(c) == 0).map_or(points.len(), |n| i + n);
        points[i..end].sort_by_key(|&c| class(c));
        i = end;
    }
}
/// The character two characters compose to.
fn pair(a: u32, b: u32) -> Option<u32> {
    if let (Some(lead), Some(vowel)) = (a.checked_sub(LEADS), b.checked_sub(VOWELS))
        && lead < LEAD_COUNT
        && vowel < VOWEL_COUNT
    {
        return Some(SYLLABLES + (lead * VOWEL_COUNT + vowel) * TRAIL_COUNT);
    }
    if let (Some((_, 2)), Some(trail)) = (hangul_parts(a), b.checked_sub(TRAILS))
        && trail > 0
        && trail < TRAIL_COUNT
    {
        return Some(a + trail);
    }
    let at = COMPOSITIONS.binary_search_by_key(&(a, b), |row| (row.0, row.1)).ok()?;
    Some(COMPOSITIONS[at].2)
}
/// Canonical composition, in place.
fn compose(points: &mut Vec<u32>) {
    // `starter`: place of the last starter; `last`: class of the last mark kept behind it.
    let (mut starter, mut last, mut kept) = (None::<usize>, 0, 0);
    for i in 0..points.len() {
        let c = points[i];
        let k = class(c);
        if let Some(s) = starter {
            let blocked = kept > s + 1 && (last == 0 || last >= k);
            if !blocked && let Some(joined) = pair(points[s], c) {
                points[s] = joined;
                continue;
            }
        }
        points[kept] = c;
        if k == 0 {
            starter = Some(kept);
        }
        last = k;
        kept += 1;
    }
    points.truncate(kept);
}

/// The normal form of a text; `None` if a glance shows that it is normal already.
pub(super) fn normalize(text: CodePoints<'_>, form: Form, old: bool) -> Option<Vec<u32>> {
    let plain = if form.compose && !form.compatibility { 0x300 } else { 0x80 };
    if text.all(|c| c < plain) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() + 8);
    for c in text.iter() {
        if c < 0x80 { out.push(c) } else { decompose(c, form, old, &mut out) }
    }
    order(&mut out);
    if form.compose {
        compose(&mut out);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, name: &str) -> String {
        let points: Vec<u32> = text.chars().map(u32::from).collect();
        let f = form(name).expect("a valid form");
        match normalize(CodePoints::Four(&points), f, false) {
            Some(out) => out.into_iter().filter_map(char::from_u32).collect(),
            None => text.to_owned(),
        }
    }

    #[test]
    fn letters_marks_and_syllables() {
        assert_eq!(run("é", "NFD"), "e\u{301}");
        assert_eq!(run("e\u{301}", "NFC"), "é");
        assert_eq!(run("한글", "NFD").chars().count(), 6);
        assert_eq!(run(&run("한글", "NFD"), "NFC"), "한글");
        assert_eq!(run("ﬁ½", "NFKC"), "fi1\u{2044}2");
        assert_eq!(run("q\u{307}\u{323}", "NFC"), "q\u{323}\u{307}");
        assert_eq!(run("\u{1e9b}\u{323}", "NFC"), "\u{1e9b}\u{323}");
        assert_eq!(run("\u{1e9b}\u{323}", "NFKC"), "\u{1e69}");
    }
}
