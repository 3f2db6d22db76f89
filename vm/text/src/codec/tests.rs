//! Round trips of every codec, incremental decoding, and handlers of one's own.

use super::*;
use crate::bigint::ByteOrder;
use proptest::prelude::*;

fn builtin(handler: Handler, unit: u8, order: ByteOrder) -> Builtin {
    Builtin { handler, pass: (unit, order) }
}

/// A handler that replaces by a fixed text, and counts.
struct Own {
    text: StrBuilder,
    calls: usize,
}

impl DecodeErrors for Own {
    type Error = CodecError;

    fn handle(&mut self, _: &[u8], error: CodecError) -> Result<Decoded, CodecError> {
        self.calls += 1;
        Ok((self.text.clone(), error.range.end))
    }
}

impl EncodeErrors for Own {
    type Error = CodecError;

    fn handle(
        &mut self,
        _: CodePoints<'_>,
        error: CodecError,
    ) -> Result<(Replacement, usize), CodecError> {
        self.calls += 1;
        Ok((Replacement::Text(self.text.clone()), error.range.end))
    }

    fn fail(&mut self, _: CodePoints<'_>, error: CodecError) -> CodecError {
        error
    }
}

#[test]
fn replacements_of_ones_own() {
    let mut own = Own { text: StrBuilder::from("<\u{20AC}>"), calls: 0 };
    let (text, used) = decode_utf8(b"a\xFFb\xC3", true, &mut own).unwrap();
    assert_eq!((text.to_string().as_str(), used, own.calls), ("a<€>b<€>", 4, 2));
    // What cannot be encoded itself is an error, of the original text.
    let text = StrBuilder::from("xy\u{3B1}\u{3B2}z");
    let error = encode_ascii(text.as_points(), &mut own).unwrap_err();
    assert_eq!((error.range, error.reason), (2..4, "ordinal not in range(128)"));
    own.text = StrBuilder::from("??");
    assert_eq!(encode_latin1(text.as_points(), &mut own), Ok(b"xy??z".to_vec()));
}

#[test]
fn character_maps() {
    let mut strict = Builtin::new(Handler::Strict);
    let mut replace = Builtin::new(Handler::Replace);
    let decode = |byte: u8| {
        Ok(match byte {
            b'0'..=b'9' => CharmapEntry::Mapped(StrBuilder::from("<é>")),
            b'x' => CharmapEntry::Undefined,
            other => CharmapEntry::Mapped(std::iter::once(u32::from(other)).collect()),
        })
    };
    let text = decode_charmap(b"a1xb", decode, &mut replace).unwrap();
    assert_eq!(text.to_string(), "a<é>\u{FFFD}b");
    let error = decode_charmap(b"a1xb", decode, &mut strict).unwrap_err();
    assert_eq!((error.range, error.reason), (2..3, "character maps to <undefined>"));
    let encode = |point: u32| {
        Ok(match point {
            0x3B1..=0x3C9 => CharmapEntry::Undefined,
            _ => CharmapEntry::Mapped(vec![point as u8, b'!']),
        })
    };
    let text = StrBuilder::from("aβγb");
    let error = encode_charmap(text.as_points(), encode, &mut strict).unwrap_err();
    assert_eq!(error.range, 1..3);
    let bytes = encode_charmap(text.as_points(), encode, &mut replace).unwrap();
    assert_eq!(bytes, b"a!?!?!b!");
    let mut calls = 0;
    let raising = |_: u32| {
        calls += 1;
        Err(CodecError { range: 7..8, reason: "raised" })
    };
    let error = encode_charmap(text.as_points(), raising, &mut strict).unwrap_err();
    assert_eq!((error.reason, calls), ("raised", 1));
}

fn points() -> impl Strategy<Value = Vec<u32>> {
    let point =
        prop_oneof![0u32..0x80, 0u32..0x100, 0u32..0x1_0000, 0u32..0x11_0000, 0xD800u32..0xE000];
    proptest::collection::vec(point, 0..24)
}

/// Joins surrogate pairs, as a decoder of UTF-16 or UTF-7 does.
fn joined(points: &[u32]) -> Vec<u32> {
    let mut out: Vec<u32> = Vec::new();
    for &point in points {
        match out.last() {
            Some(&high)
                if (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&point) =>
            {
                out.pop();
                out.push(join_surrogates(high, point));
            }
            _ => out.push(point),
        }
    }
    out
}

proptest! {
    #[test]
    fn all_code_points_pass(points in points()) {
        let text = CodePoints::Four(&points);
        let mut pass = builtin(Handler::SurrogatePass, 1, ByteOrder::Little);
        let bytes = encode_utf8(text, &mut pass).unwrap();
        let (back, used) = decode_utf8(&bytes, true, &mut pass).unwrap();
        prop_assert!(back.as_points().same(text));
        prop_assert_eq!(used, bytes.len());
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let mut pass = builtin(Handler::SurrogatePass, 2, order);
            let bytes = encode_utf16(text, Bom::Given(order), &mut pass).unwrap();
            let (back, ..) = decode_utf16(&bytes, Bom::Given(order), true, &mut pass).unwrap();
            prop_assert!(back.as_points().same(CodePoints::Four(&joined(&points))));
            let mut pass = builtin(Handler::SurrogatePass, 4, order);
            let bytes = encode_utf32(text, Bom::Given(order), &mut pass).unwrap();
            let (back, ..) = decode_utf32(&bytes, Bom::Given(order), true, &mut pass).unwrap();
            prop_assert!(back.as_points().same(text));
        }
    }

    #[test]
    fn any_bytes_survive_surrogateescape(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut escape = Builtin::new(Handler::SurrogateEscape);
        let (text, used) = decode_utf8(&bytes, true, &mut escape).unwrap();
        prop_assert_eq!(used, bytes.len());
        prop_assert_eq!(encode_utf8(text.as_points(), &mut escape).unwrap(), bytes.clone());
        let text = decode_ascii(&bytes, &mut escape).unwrap();
        prop_assert_eq!(encode_ascii(text.as_points(), &mut escape).unwrap(), bytes.clone());
        let text = decode_latin1(&bytes);
        prop_assert_eq!(encode_latin1(text.as_points(), &mut escape).unwrap(), bytes);
    }

    #[test]
    fn utf8_is_the_standard_library_s(text in "\\PC{0,30}") {
        let mut strict = Builtin::new(Handler::Strict);
        let (decoded, _) = decode_utf8(text.as_bytes(), true, &mut strict).unwrap();
        prop_assert_eq!(decoded.to_string(), text.as_str());
        let again: StrBuilder = decoded.as_points().iter().collect();
        prop_assert_eq!(decoded.as_points().width(), again.as_points().width());
        prop_assert_eq!(encode_utf8(decoded.as_points(), &mut strict).unwrap(), text.as_bytes());
        let seven = encode_utf7(decoded.as_points());
        prop_assert!(seven.is_ascii());
        let (back, _) = decode_utf7(&seven, true, &mut strict).unwrap();
        prop_assert_eq!(back, decoded);
    }

    #[test]
    fn decoding_in_two_parts(text in "\\PC{0,12}", cut in 0usize..60) {
        let mut strict = Builtin::new(Handler::Strict);
        let source = StrBuilder::from(text.as_str());
        let order = ByteOrder::Big;
        type Decoder<'a> = &'a mut dyn FnMut(&[u8], bool) -> (StrBuilder, usize);
        let in_parts = |bytes: Vec<u8>, decode: Decoder<'_>| {
            let cut = cut.min(bytes.len());
            let (mut out, used) = decode(&bytes[..cut], false);
            assert!(used <= cut);
            let (rest, _) = decode(&bytes[used..], true);
            out.push_points(rest.as_points());
            out
        };
        let bytes = text.clone().into_bytes();
        let got = in_parts(bytes, &mut |b, last| decode_utf8(b, last, &mut strict).unwrap());
        prop_assert_eq!(&got, &source);
        let bytes = encode_utf16(source.as_points(), Bom::Given(order), &mut strict).unwrap();
        let got = in_parts(bytes, &mut |b, last| {
            let (t, n, _) = decode_utf16(b, Bom::Given(order), last, &mut strict).unwrap();
            (t, n)
        });
        prop_assert_eq!(&got, &source);
        let bytes = encode_utf7(source.as_points());
        let got = in_parts(bytes, &mut |b, last| decode_utf7(b, last, &mut strict).unwrap());
        prop_assert_eq!(&got, &source);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let all = [Handler::Strict, Handler::Ignore, Handler::Replace, Handler::SurrogatePass];
        for handler in all {
            let mut errors = Builtin::new(handler);
            for last in [false, true] {
                let _ = decode_utf7(&bytes, last, &mut errors);
                let _ = decode_utf8(&bytes, last, &mut errors);
                let _ = decode_utf16(&bytes, Bom::Detect, last, &mut errors);
                let _ = decode_utf32(&bytes, Bom::Detect, last, &mut errors);
            }
        }
    }
}
