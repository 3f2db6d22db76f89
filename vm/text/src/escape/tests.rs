//! Round trips of the escape codecs, and what they report.

use super::*;
use crate::codec::{Builtin, Handler};
use proptest::prelude::*;

fn strict() -> Builtin {
    Builtin::new(Handler::Strict)
}

fn names(name: &[u8]) -> Option<u32> {
    (name == b"BULLET").then_some(0x2022)
}

fn decode(input: &[u8]) -> Result<Escaped, (usize, usize, &'static str)> {
    decode_unicode_escape(input, true, &names, &mut strict())
        .map_err(|e| (e.range.start, e.range.end, e.reason))
}

#[test]
fn names_of_characters() {
    assert_eq!(decode(b"a\\N{BULLET}b").unwrap().text, StrBuilder::from("a\u{2022}b"));
    assert_eq!(decode(b"a\\N{X}b"), Err((1, 6, "unknown Unicode character name")));
    let malformed = "malformed \\N character escape";
    assert_eq!(decode(b"\\N{}"), Err((0, 4, malformed)));
    assert_eq!(decode(b"\\Nx"), Err((0, 2, malformed)));
    assert_eq!(decode(b"\\N{BUL"), Err((0, 6, malformed)));
    let cut = decode_unicode_escape(b"ab\\N{BUL", false, &names, &mut strict()).unwrap();
    assert_eq!((cut.used, cut.text.len()), (2, 2));
}

#[test]
fn invalid_escapes_are_reported() {
    let got = decode(b"a\\qb\\w").unwrap();
    assert_eq!((got.text.to_string().as_str(), got.invalid), ("a\\qb\\w", Some(2)));
    let got = decode(b"\\777").unwrap();
    assert_eq!((got.text, got.invalid), (std::iter::once(0o777).collect(), Some(1)));
    assert_eq!(decode(b"\\101\\n").unwrap().invalid, None);
}

proptest! {
    #[test]
    fn escapes_round_trip(points in proptest::collection::vec(0u32..0x11_0000, 0..20)) {
        let text = CodePoints::Four(&points);
        let encoded = encode_unicode_escape(text);
        prop_assert!(encoded.is_ascii());
        let decoded = decode(&encoded).unwrap();
        prop_assert!(decoded.text.as_points().same(text));
        prop_assert_eq!(decoded.invalid, None);
        let plain: Vec<u32> = points.iter().copied().filter(|&p| p != 0x5C).collect();
        let raw = encode_raw_unicode_escape(CodePoints::Four(&plain));
        let (back, _) = decode_raw_unicode_escape(&raw, true, &mut strict()).unwrap();
        prop_assert!(back.as_points().same(CodePoints::Four(&plain)));
        let quoted = ascii_str(text);
        prop_assert!(quoted.as_points().is_ascii());
        prop_assert_eq!(ascii_of_repr(repr_str(text).as_points()), quoted);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
        let _ = decode(&bytes);
        let _ = decode_raw_unicode_escape(&bytes, false, &mut strict());
        let mut ignore = Builtin::new(Handler::Ignore);
        prop_assert!(decode_unicode_escape(&bytes, true, &names, &mut ignore).is_ok());
        let shown = repr_bytes(&bytes);
        prop_assert!(shown.is_ascii());
        let back = decode(&shown.as_bytes()[2..shown.len() - 1]).unwrap().text;
        prop_assert!(back.as_points().same(CodePoints::One(&bytes)));
    }
}
