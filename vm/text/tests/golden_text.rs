//! Strings as CPython classifies, maps, encodes and shows them.

mod common;

use common::{each, escape, same, unescape};
use pyrs_text::bigint::ByteOrder;
use pyrs_text::codec::{self, Bom, Builtin, CodecError, Handler};
use pyrs_text::escape as escapes;
use pyrs_text::points::{CodePoints, StrBuilder};
use pyrs_text::unicode as uni;

fn fnv(values: impl Iterator<Item = u64>) -> String {
    let hash = values.fold(0xcbf2_9ce4_8422_2325u64, |h, v| (h ^ v).wrapping_mul(0x100_0000_01b3));
    format!("{hash:016x}")
}

/// The code points that are the same in Unicode 15.1, which the table was made with.
fn old_points(table: &str) -> Vec<u32> {
    let line = table.lines().next().expect("a line");
    let hex = |t: &str| u32::from_str_radix(t, 16).expect("hex digits");
    let ranges: Vec<(u32, u32)> = line
        .trim_start_matches("new\t")
        .split(' ')
        .map(|r| r.split_once('-').map(|(a, b)| (hex(a), hex(b))).expect("a range"))
        .collect();
    let is_new = |c: u32| ranges.iter().any(|&(a, b)| (a..=b).contains(&c));
    (0..0x11_0000).filter(|&c| !is_new(c)).collect()
}

#[test]
fn all_code_points() {
    let table = include_str!("golden/unicode.txt");
    let old = old_points(table);
    let all = |test: fn(u32) -> bool| fnv(old.iter().copied().filter(|&c| test(c)).map(u64::from));
    let mapped = |map: fn(CodePoints<'_>) -> StrBuilder| {
        let points = old.iter().flat_map(|&c| {
            let out = map(CodePoints::Four(&[c]));
            out.as_points().iter().map(u64::from).collect::<Vec<_>>()
        });
        fnv(points)
    };
    let string = |test: fn(CodePoints<'_>) -> bool| {
        fnv(old.iter().copied().filter(|&c| test(CodePoints::Four(&[c]))).map(u64::from))
    };
    each(table, |f| {
        let got = match f[0] {
            "new" => return Ok(()),
            "isalpha" => all(uni::is_alpha),
            "isdecimal" => all(uni::is_decimal),
            "isdigit" => all(uni::is_digit),
            "isnumeric" => all(uni::is_numeric),
            "isalnum" => all(uni::is_alnum),
            "isspace" => all(uni::is_space),
            "isupper" => string(uni::is_upper_str),
            "islower" => string(uni::is_lower_str),
            "istitle" => string(uni::is_title_str),
            "isprintable" => all(uni::is_printable),
            "isidentifier" => string(uni::is_identifier),
            "xidcontinue" => all(uni::is_xid_continue),
            "splitlines" => all(uni::is_linebreak),
            "lower" => mapped(uni::lower),
            "upper" => mapped(uni::upper),
            "title" => mapped(uni::title),
            "casefold" => mapped(uni::casefold),
            "swapcase" => mapped(uni::swapcase),
            "capitalize" => mapped(uni::capitalize),
            "decimal" => fnv(old.iter().filter_map(|&c| uni::decimal_value(c)).map(u64::from)),
            "digit" => fnv(old.iter().filter_map(|&c| uni::digit_value(c)).map(u64::from)),
            "numeric" => fnv(old.iter().filter_map(|&c| uni::numeric_value(c)).map(f64::to_bits)),
            other => panic!("unknown property {other}"),
        };
        same(&got, f[1])
    });
}

#[test]
fn case_mappings() {
    each(include_str!("golden/case.txt"), |f| {
        let input = common::text(f[0]);
        let text = input.as_points();
        let maps =
            [uni::lower, uni::upper, uni::title, uni::capitalize, uni::casefold, uni::swapcase];
        for (map, wanted) in maps.iter().zip(&f[1..]) {
            same(&map(text).to_string(), wanted)?;
        }
        let tests = [uni::is_upper_str, uni::is_lower_str, uni::is_title_str, uni::is_identifier];
        let got: String = tests.iter().map(|t| if t(text) { '1' } else { '0' }).collect();
        same(&got, f[7])
    });
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|d| u8::from_str_radix(std::str::from_utf8(d).expect("ASCII"), 16).expect("hex"))
        .collect()
}

fn handler(encoding: &str, name: &str) -> Builtin {
    Builtin::for_codec(Handler::from_name(name).expect("a handler"), encoding)
}

fn bom(encoding: &str) -> Bom {
    match &encoding[6..] {
        "-le" => Bom::Given(ByteOrder::Little),
        "-be" => Bom::Given(ByteOrder::Big),
        _ => Bom::Detect,
    }
}

fn decode(
    encoding: &str,
    input: &[u8],
    last: bool,
    errors: &mut Builtin,
) -> Result<(StrBuilder, usize), CodecError> {
    let all = |text: StrBuilder| (text, input.len());
    Ok(match encoding {
        "utf-8" => codec::decode_utf8(input, last, errors)?,
        "utf-7" => codec::decode_utf7(input, last, errors)?,
        "ascii" => all(codec::decode_ascii(input, errors)?),
        "latin-1" => all(codec::decode_latin1(input)),
        "unicode_escape" => {
            let out = escapes::decode_unicode_escape(input, last, &|_| None, errors)?;
            (out.text, out.used)
        }
        "raw_unicode_escape" => escapes::decode_raw_unicode_escape(input, last, errors)?,
        utf if utf.starts_with("utf-16") => {
            let (text, used, _) = codec::decode_utf16(input, bom(utf), last, errors)?;
            (text, used)
        }
        utf => {
            let (text, used, _) = codec::decode_utf32(input, bom(utf), last, errors)?;
            (text, used)
        }
    })
}

fn encode(
    encoding: &str,
    text: CodePoints<'_>,
    errors: &mut Builtin,
) -> Result<Vec<u8>, CodecError> {
    match encoding {
        "utf-8" => codec::encode_utf8(text, errors),
        "utf-7" => Ok(codec::encode_utf7(text)),
        "ascii" => codec::encode_ascii(text, errors),
        "latin-1" => codec::encode_latin1(text, errors),
        "unicode_escape" => Ok(escapes::encode_unicode_escape(text)),
        "raw_unicode_escape" => Ok(escapes::encode_raw_unicode_escape(text)),
        utf if utf.starts_with("utf-16") => codec::encode_utf16(text, bom(utf), errors),
        utf => codec::encode_utf32(text, bom(utf), errors),
    }
}

#[test]
fn codecs() {
    let failed = |e: CodecError| format!("!{} {} {}", e.range.start, e.range.end, e.reason);
    each(include_str!("golden/codec.txt"), |f| {
        let mut errors = handler(f[1], f[2]);
        if cfg!(target_endian = "big") && matches!(f[1], "utf-16" | "utf-32") {
            return Ok(()); // the table holds what a little-endian machine gives
        }
        let got = match f[0] {
            "e" => match encode(f[1], unescape(f[3]).as_points(), &mut errors) {
                Ok(bytes) => bytes.iter().map(|b| format!("{b:02x}")).collect(),
                Err(error) => failed(error),
            },
            kind => match decode(f[1], &from_hex(f[3]), kind == "d", &mut errors) {
                Ok((text, used)) if kind == "p" => format!("{used} {}", escape(&text)),
                Ok((text, _)) => escape(&text),
                Err(error) => failed(error),
            },
        };
        same(&got, f[4])
    });
}

#[test]
fn reprs() {
    each(include_str!("golden/repr.txt"), |f| {
        let input = unescape(f[0]);
        let text = input.as_points();
        same(&escape(&escapes::repr_str(text)), f[1])?;
        same(&escapes::ascii_str(text).to_string(), f[2])?;
        let bytes: Vec<u8> = text.iter().filter_map(|p| u8::try_from(p).ok()).collect();
        same(&escape(&StrBuilder::from(escapes::repr_bytes(&bytes).as_str())), f[3])
    });
}
