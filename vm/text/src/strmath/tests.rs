//! Searching against the obvious definition, at every width and mixture of widths.

use super::*;
use proptest::prelude::*;

fn naive(text: &[u32], pattern: &[u32]) -> Vec<usize> {
    if pattern.len() > text.len() {
        return Vec::new();
    }
    (0..=text.len() - pattern.len()).filter(|&i| text[i..].starts_with(pattern)).collect()
}

/// Texts over few letters, where partial matches abound; some letters need 2 or 4 bytes.
fn text(max: usize, wide: bool) -> impl Strategy<Value = Vec<u32>> {
    let letters = if wide { vec![97, 98, 0x4E2D, 0x1F600] } else { vec![97, 98] };
    proptest::collection::vec(proptest::sample::select(letters), 0..max)
}

fn check(text: &[u32], pattern: &[u32]) {
    let all = naive(text, pattern);
    let built: StrBuilder = text.iter().copied().collect();
    let needle: StrBuilder = pattern.iter().copied().collect();
    for t in [built.as_points(), CodePoints::Four(text)] {
        for p in [needle.as_points(), CodePoints::Four(pattern)] {
            assert_eq!(find(t, p), all.first().copied(), "{text:?} {pattern:?}");
            assert_eq!(rfind(t, p), all.last().copied(), "{text:?} {pattern:?}");
            let mut next = 0;
            let mut apart = all.clone();
            apart.retain(|&i| {
                let taken = i >= next && !pattern.is_empty();
                next = if taken { i + pattern.len() } else { next };
                taken
            });
            let wanted = if pattern.is_empty() { text.len() + 1 } else { apart.len() };
            assert_eq!(count(t, p), wanted);
            assert_eq!(occurrences(t, p).collect::<Vec<_>>(), apart);
            assert_eq!(starts_with(t, p), text.starts_with(pattern));
            assert_eq!(ends_with(t, p), text.ends_with(pattern));
            assert_eq!(compare(t, p), text.cmp(pattern));
        }
    }
}

proptest! {
    #[test]
    fn short(t in text(24, true), p in text(5, true)) {
        check(&t, &p);
    }

    #[test]
    fn narrow(t in text(60, false), p in text(9, false)) {
        check(&t, &p);
    }

    #[test]
    fn long(t in text(40, false), p in text(30, false), repeats in 1usize..60, cut in 0usize..30) {
        // Long enough for the two-way algorithm, with the pattern sometimes inside.
        let mut long: Vec<u32> = Vec::new();
        for _ in 0..repeats {
            long.extend(&t);
            long.extend(&p[..p.len().min(cut)]);
        }
        long.push(0x4E2D);
        long.extend(&p);
        long.extend(&t);
        check(&long, &p);
        let doubled = [p.clone(), p.clone(), p].concat();
        check(&long, &doubled);
    }

    #[test]
    fn replacing_and_splitting(
        t in "[ab-]{0,20}",
        sep in "-|--|a",
        new in "|x|é|\u{1F600}y",
        max in 0usize..5,
    ) {
        let text = StrBuilder::from(t.as_str());
        let (s, n) = (StrBuilder::from(sep.as_str()), StrBuilder::from(new.as_str()));
        let (text, s) = (text.as_points(), s.as_points());
        let got = replace(text, s, n.as_points(), max);
        let wanted = t.replacen(&sep, &new, max);
        prop_assert_eq!(got.map_or(t.clone(), |g| g.to_string()), wanted);
        let part = |r: std::ops::Range<usize>| text.slice(r.start, r.end).to_string_lossy();
        let pieces: Vec<String> = split(text, s, max).map(part).collect();
        let wanted: Vec<&str> = t.splitn(max + 1, &sep).collect();
        prop_assert_eq!(pieces, wanted);
        let pieces: Vec<String> = rsplit(text, s, max).map(part).collect();
        let wanted: Vec<&str> = t.rsplitn(max + 1, &sep).collect();
        prop_assert_eq!(pieces, wanted);
    }
}

#[test]
fn empty_patterns() {
    let text = StrBuilder::from("ab");
    let (points, empty, dash) = (text.as_points(), CodePoints::One(b""), CodePoints::One(b"-"));
    let replaced = |max| replace(points, empty, dash, max).map(|t| t.to_string());
    assert_eq!(replaced(usize::MAX).as_deref(), Some("-a-b-"));
    assert_eq!(replaced(2).as_deref(), Some("-a-b"));
    assert_eq!(replaced(0), None);
    assert_eq!(replace(empty, empty, dash, 1).map(|t| t.to_string()).as_deref(), Some("-"));
    assert_eq!((find(points, empty), rfind(points, empty)), (Some(0), Some(2)));
}

#[test]
fn quadratic_traps_are_linear() {
    // A plain scan would take 4e10 steps here.
    let text = vec![0x4E2Du16; 400_000];
    let mut pattern = vec![0x4E2Du16; 100_000];
    pattern[50_000] = 0x4E2E;
    let (text, pattern) = (CodePoints::Two(&text), CodePoints::Two(&pattern));
    assert_eq!((find(text, pattern), rfind(text, pattern)), (None, None));
    pattern_at_the_end(text);
}

fn pattern_at_the_end(text: CodePoints<'_>) {
    let pattern = vec![0x4E2Du16; 200_000];
    assert_eq!(find(text, CodePoints::Two(&pattern)), Some(0));
    assert_eq!(rfind(text, CodePoints::Two(&pattern)), Some(200_000));
}
