//! Decoders of `unicode_escape` and `raw_unicode_escape`.

use crate::codec::{CodecError, DecodeErrors};
use crate::points::StrBuilder;

/// Decoded text with what the caller may want to warn about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escaped {
    /// The text.
    pub text: StrBuilder,
    /// How many bytes were used.
    pub used: usize,
    /// The first escape that is none, as a position in the input: the byte after its backslash.
    /// `DeprecationWarning` "invalid escape sequence '\c'", or "invalid octal escape sequence
    /// '\ooo'" if a digit is there.
    pub invalid: Option<usize>,
}

/// The value of the hex digits at the start of `bytes`, at most `count`; and how many there are.
fn hex_digits(bytes: &[u8], count: usize) -> (u32, usize) {
    let digits = bytes.iter().take(count).map_while(|&b| char::from(b).to_digit(16));
    digits.fold((0, 0), |(value, len), digit| (value << 4 | digit, len + 1))
}

/// One escape: its text (or nothing, for a line continuation), or the reason why it is wrong; and
/// the length of either, from the backslash.
enum Escape {
    Point(u32, usize),
    Nothing(usize),
    Unknown,
    BigOctal(u32, usize),
    Wrong(&'static str, usize),
    /// It is wrong because the input ends.
    Cut(&'static str, usize),
}

fn hex_escape(rest: &[u8], count: usize, reason: &'static str) -> Escape {
    let (point, found) = hex_digits(&rest[2..], count);
    match found == count {
        true if point < 0x11_0000 => Escape::Point(point, 2 + count),
        true => Escape::Wrong("illegal Unicode character", 2 + count),
        false if rest.len() == 2 + found => Escape::Cut(reason, 2 + found),
        false => Escape::Wrong(reason, 2 + found),
    }
}

/// `\N{name}`
fn named_escape(rest: &[u8], lookup: &dyn Fn(&[u8]) -> Option<u32>) -> Escape {
    let reason = "malformed \\N character escape";
    match rest.get(2) {
        None => return Escape::Cut(reason, 2),
        Some(b'{') => {}
        Some(_) => return Escape::Wrong(reason, 2),
    }
    let Some(length) = memchr::memchr(b'}', &rest[3..]) else {
        return Escape::Cut(reason, rest.len());
    };
    let end = 3 + length + 1;
    if length == 0 {
        return Escape::Wrong(reason, end);
    }
    match lookup(&rest[3..3 + length]) {
        Some(point) => Escape::Point(point, end),
        None => Escape::Wrong("unknown Unicode character name", end),
    }
}

/// The escape at the start of `rest`, which starts with a backslash.
fn escape(rest: &[u8], lookup: &dyn Fn(&[u8]) -> Option<u32>) -> Escape {
    let point = match rest.get(1) {
        None => return Escape::Cut("\\ at end of string", 1),
        Some(b'\n') => return Escape::Nothing(2),
        Some(&byte @ (b'\\' | b'\'' | b'"')) => byte,
        Some(b'a') => 7,
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(b'n') => 10,
        Some(b'r') => 13,
        Some(b't') => 9,
        Some(b'v') => 11,
        Some(b'0'..=b'7') => {
            let digits = rest[1..].iter().take(3).take_while(|b| (b'0'..=b'7').contains(b));
            let (value, len) =
                digits.fold((0, 1), |(v, n), &d| (v << 3 | u32::from(d - b'0'), n + 1));
            return if value > 0o377 {
                Escape::BigOctal(value, len)
            } else {
                Escape::Point(value, len)
            };
        }
        Some(b'x') => return hex_escape(rest, 2, "truncated \\xXX escape"),
        Some(b'u') => return hex_escape(rest, 4, "truncated \\uXXXX escape"),
        Some(b'U') => return hex_escape(rest, 8, "truncated \\UXXXXXXXX escape"),
        Some(b'N') => return named_escape(rest, lookup),
        Some(_) => return Escape::Unknown,
    };
    Escape::Point(u32::from(point), 2)
}

/// Decodes `unicode_escape`. `lookup` finds a character by its name (for `\N{...}`).
pub fn decode_unicode_escape<H: DecodeErrors>(
    input: &[u8],
    last: bool,
    lookup: &dyn Fn(&[u8]) -> Option<u32>,
    errors: &mut H,
) -> Result<Escaped, H::Error> {
    let mut text = StrBuilder::with_capacity(input.len());
    let mut invalid = None;
    let mut at = 0;
    while let Some(rest) = input.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        text.push_latin1(&rest[..plain]);
        at += plain;
        if at >= input.len() {
            break;
        }
        let (reason, length) = match escape(&input[at..], lookup) {
            Escape::Point(point, length) => {
                text.push(point);
                at += length;
                continue;
            }
            Escape::Nothing(length) => {
                at += length;
                continue;
            }
            Escape::Unknown => {
                invalid.get_or_insert(at + 1);
                text.push(u32::from(b'\\'));
                at += 1;
                // The character itself is plain, and may not be read as a backslash again.
                text.push(u32::from(input[at]));
                at += 1;
                continue;
            }
            Escape::BigOctal(point, length) => {
                invalid.get_or_insert(at + 1);
                text.push(point);
                at += length;
                continue;
            }
            Escape::Cut(..) if !last => break,
            Escape::Wrong(reason, length) | Escape::Cut(reason, length) => (reason, length),
        };
        let (piece, next) = errors.handle(input, CodecError { range: at..at + length, reason })?;
        text.push_points(piece.as_points());
        at = next;
    }
    Ok(Escaped { text, used: at.min(input.len()), invalid })
}

/// Decodes `raw_unicode_escape`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`; returns the text and how
/// many bytes were used.
pub fn decode_raw_unicode_escape<H: DecodeErrors>(
    input: &[u8],
    last: bool,
    errors: &mut H,
) -> Result<(StrBuilder, usize), H::Error> {
    let mut text = StrBuilder::with_capacity(input.len());
    let mut at = 0;
    while let Some(rest) = input.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        text.push_latin1(&rest[..plain]);
        at += plain;
        let rest = &input[at.min(input.len())..];
        let (count, truncated) = match rest {
            [] => break,
            [_, b'u', ..] => (4, "truncated \\uXXXX escape"),
            [_, b'U', ..] => (8, "truncated \\UXXXXXXXX escape"),
            [_] if !last => break,
            _ => {
                let pair = &rest[..rest.len().min(2)];
                text.push_latin1(pair);
                at += pair.len();
                continue;
            }
        };
        let (point, found) = hex_digits(&rest[2..], count);
        if found < count && rest.len() == 2 + found && !last {
            break;
        }
        let (reason, length) = match found == count {
            true if point < 0x11_0000 => {
                text.push(point);
                at += 2 + count;
                continue;
            }
            true => ("\\Uxxxxxxxx out of range", 2 + count),
            false => (truncated, 2 + found),
        };
        let (piece, next) = errors.handle(input, CodecError { range: at..at + length, reason })?;
        text.push_points(piece.as_points());
        at = next;
    }
    Ok((text, at.min(input.len())))
}
