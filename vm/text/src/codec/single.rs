//! One byte a character: Latin-1, ASCII and character maps.

use super::{CodecError, DecodeErrors, EncodeErrors, Replacement};
use crate::points::{CodePoints, StrBuilder};

/// Decodes Latin-1, which never fails.
pub fn decode_latin1(input: &[u8]) -> StrBuilder {
    StrBuilder::Narrow(input.to_vec())
}

/// Decodes ASCII.
pub fn decode_ascii<H: DecodeErrors>(input: &[u8], errors: &mut H) -> Result<StrBuilder, H::Error> {
    let mut out = StrBuilder::new();
    let mut at = 0;
    while let Some(rest) = input.get(at..).filter(|rest| !rest.is_empty()) {
        let clean = rest.iter().position(|b| !b.is_ascii()).unwrap_or(rest.len());
        out.push_latin1(&rest[..clean]);
        at += clean;
        if at < input.len() {
            let error = CodecError { range: at..at + 1, reason: "ordinal not in range(128)" };
            let (text, next) = errors.handle(input, error)?;
            out.push_points(text.as_points());
            at = next;
        }
    }
    Ok(out)
}

/// Encodes by `byte_for`, code point by code point; an error covers a run of code points.
fn encode_by<H: EncodeErrors>(
    text: CodePoints<'_>,
    reason: &'static str,
    errors: &mut H,
    mut push: impl FnMut(&mut Vec<u8>, u32) -> bool,
) -> Result<Vec<u8>, H::Error> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(point) = text.get(at) {
        if push(&mut out, point) {
            at += 1;
            continue;
        }
        let mut scratch = Vec::new();
        let run = text.from(at).iter().take_while(|&p| !push(&mut scratch, p)).count().max(1);
        let error = CodecError { range: at..at + run, reason };
        let (replacement, next) = errors.handle(text, error.clone())?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend_from_slice(&bytes),
            Replacement::Text(text_for) => {
                for point in text_for.as_points().iter() {
                    if !push(&mut out, point) {
                        return Err(errors.fail(text, error));
                    }
                }
            }
        }
        at = next;
    }
    Ok(out)
}

fn encode_below<H: EncodeErrors>(
    text: CodePoints<'_>,
    limit: u32,
    reason: &'static str,
    errors: &mut H,
) -> Result<Vec<u8>, H::Error> {
    encode_by(text, reason, errors, |out, point| {
        let fits = point < limit;
        if fits {
            out.push(point as u8);
        }
        fits
    })
}

/// Encodes in ASCII.
pub fn encode_ascii<H: EncodeErrors>(
    text: CodePoints<'_>,
    errors: &mut H,
) -> Result<Vec<u8>, H::Error> {
    match text.as_ascii() {
        Some(bytes) => Ok(bytes.to_vec()),
        None => encode_below(text, 0x80, "ordinal not in range(128)", errors),
    }
}

/// Encodes in Latin-1.
pub fn encode_latin1<H: EncodeErrors>(
    text: CodePoints<'_>,
    errors: &mut H,
) -> Result<Vec<u8>, H::Error> {
    match text {
        CodePoints::One(bytes) => Ok(bytes.to_vec()),
        _ => encode_below(text, 0x100, "ordinal not in range(256)", errors),
    }
}

/// What a character map gives for one character or byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CharmapEntry<T> {
    /// Not in the map, or mapped to `None` (or to U+FFFE when decoding).
    Undefined,
    /// The text or the bytes.
    Mapped(T),
}

/// The reason of errors of character maps.
pub(super) const UNDEFINED: &str = "character maps to <undefined>";

/// Decodes by a character map.
pub fn decode_charmap<H: DecodeErrors>(
    input: &[u8],
    mut map: impl FnMut(u8) -> Result<CharmapEntry<StrBuilder>, H::Error>,
    errors: &mut H,
) -> Result<StrBuilder, H::Error> {
    let mut out = StrBuilder::with_capacity(input.len());
    let mut at = 0;
    while let Some(&byte) = input.get(at) {
        if let CharmapEntry::Mapped(text) = map(byte)? {
            out.push_points(text.as_points());
            at += 1;
        } else {
            let error = CodecError { range: at..at + 1, reason: UNDEFINED };
            let (text, next) = errors.handle(input, error)?;
            out.push_points(text.as_points());
            at = next;
        }
    }
    Ok(out)
}

/// Encodes by a character map.
pub fn encode_charmap<H: EncodeErrors>(
    text: CodePoints<'_>,
    mut map: impl FnMut(u32) -> Result<CharmapEntry<Vec<u8>>, H::Error>,
    errors: &mut H,
) -> Result<Vec<u8>, H::Error> {
    // After an exception the map is not asked again, and what was written does not matter.
    let mut raised = None;
    let mut push = |out: &mut Vec<u8>, point: u32| {
        if raised.is_some() {
            return true;
        }
        match map(point) {
            Ok(CharmapEntry::Mapped(bytes)) => out.extend_from_slice(&bytes),
            Ok(CharmapEntry::Undefined) => return false,
            Err(error) => raised = Some(error),
        }
        true
    };
    let out = encode_by(text, UNDEFINED, errors, &mut push);
    match raised {
        Some(error) => Err(error),
        None => out,
    }
}
