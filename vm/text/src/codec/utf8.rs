//! UTF-8. Validation is the standard library's; ASCII is copied as it is.

use super::{CodecError, DecodeErrors, EncodeErrors, Replacement, is_surrogate};
use crate::points::{CodePoints, StrBuilder, Unit};
use crate::with_units;

/// Appends valid text, choosing the width before decoding.
fn push_valid(out: &mut StrBuilder, text: &str) {
    if text.is_ascii() {
        return out.push_latin1(text.as_bytes());
    }
    let top = text.bytes().max().unwrap_or(0);
    if !out.is_empty() || top < 0xC4 {
        return out.extend(text.chars().map(u32::from));
    }
    let points = text.chars().map(u32::from);
    *out = if top < 0xF0 {
        let mut units = Vec::with_capacity(text.len() / 2);
        units.extend(points.map(|p| p as u16));
        StrBuilder::Ucs2(units)
    } else {
        let mut units = Vec::with_capacity(text.len() / 3);
        units.extend(points);
        StrBuilder::Ucs4(units)
    };
}

/// Decodes UTF-8; returns the text and how many bytes were used.
pub fn decode_utf8<H: DecodeErrors>(
    input: &[u8],
    last: bool,
    errors: &mut H,
) -> Result<(StrBuilder, usize), H::Error> {
    let mut out = StrBuilder::new();
    let mut at = 0;
    loop {
        let rest = input.get(at..).unwrap_or(&[]);
        let fault = match std::str::from_utf8(rest) {
            Ok(text) => {
                push_valid(&mut out, text);
                return Ok((out, at.max(input.len())));
            }
            Err(fault) => fault,
        };
        let valid = fault.valid_up_to();
        push_valid(&mut out, std::str::from_utf8(&rest[..valid]).unwrap_or(""));
        at += valid;
        let (length, reason) = match fault.error_len() {
            None if !last => return Ok((out, at)),
            None => (input.len() - at, "unexpected end of data"),
            Some(length) if matches!(input[at], 0xC2..=0xF4) => {
                (length, "invalid continuation byte")
            }
            Some(length) => (length, "invalid start byte"),
        };
        let (text, next) = errors.handle(input, CodecError { range: at..at + length, reason })?;
        out.push_points(text.as_points());
        at = next;
    }
}

/// Appends one code point, which must not be a surrogate.
#[inline]
fn push_point(out: &mut Vec<u8>, point: u32) {
    match point {
        0..0x80 => out.push(point as u8),
        0x80..0x800 => out.extend([0xC0 | (point >> 6) as u8, 0x80 | (point & 0x3F) as u8]),
        0x800..0x1_0000 => out.extend([
            0xE0 | (point >> 12) as u8,
            0x80 | (point >> 6 & 0x3F) as u8,
            0x80 | (point & 0x3F) as u8,
        ]),
        _ => out.extend([
            0xF0 | (point >> 18) as u8,
            0x80 | (point >> 12 & 0x3F) as u8,
            0x80 | (point >> 6 & 0x3F) as u8,
            0x80 | (point & 0x3F) as u8,
        ]),
    }
}

/// Appends units up to the first surrogate; returns how many.
fn push_units<T: Unit>(out: &mut Vec<u8>, units: &[T]) -> usize {
    for (index, unit) in units.iter().enumerate() {
        let point = unit.point();
        if is_surrogate(point) {
            return index;
        }
        push_point(out, point);
    }
    units.len()
}

/// Encodes in UTF-8. The reason of every error is "surrogates not allowed".
pub fn encode_utf8<H: EncodeErrors>(
    text: CodePoints<'_>,
    errors: &mut H,
) -> Result<Vec<u8>, H::Error> {
    if let Some(bytes) = text.as_ascii() {
        return Ok(bytes.to_vec());
    }
    let reason = "surrogates not allowed";
    let mut out = Vec::with_capacity(text.len() + text.len() / 2);
    let mut at = 0;
    loop {
        at += with_units!(text.from(at), units => push_units(&mut out, units));
        if at >= text.len() {
            return Ok(out);
        }
        let run = text.from(at).iter().take_while(|&p| is_surrogate(p)).count();
        match errors.handle(text, CodecError { range: at..at + run, reason })? {
            (Replacement::Bytes(bytes), next) => {
                out.extend_from_slice(&bytes);
                at = next;
            }
            (Replacement::Text(ascii), next) => match ascii.as_points().as_ascii() {
                Some(bytes) => {
                    out.extend_from_slice(bytes);
                    at = next;
                }
                None => return Err(errors.fail(text, CodecError { range: at..at + 1, reason })),
            },
        }
    }
}
