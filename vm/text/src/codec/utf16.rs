//! UTF-16 in either byte order.

use super::{CodecError, DecodeErrors, EncodeErrors, Replacement, is_surrogate, join_surrogates};
use crate::bigint::ByteOrder;
use crate::points::{CodePoints, StrBuilder};

/// How a decoder of UTF-16 or UTF-32 knows the byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bom {
    /// From a byte order mark at the start, which is dropped; the machine's order without one.
    Detect,
    /// Given; a byte order mark is a character.
    Given(ByteOrder),
}

/// The two bytes at `at` as a unit.
fn unit(input: &[u8], at: usize, order: ByteOrder) -> Option<u32> {
    let &[a, b] = input.get(at..at + 2)? else { return None };
    Some(u32::from(match order {
        ByteOrder::Little => u16::from_le_bytes([a, b]),
        ByteOrder::Big => u16::from_be_bytes([a, b]),
    }))
}

/// The result of a decoder: the text, how many bytes were used, and the byte order found.
pub type DecodedOrder = (StrBuilder, usize, ByteOrder);

/// Decodes UTF-16; returns the text, the bytes used, and the byte order found.
pub fn decode_utf16<H: DecodeErrors>(
    input: &[u8],
    bom: Bom,
    last: bool,
    errors: &mut H,
) -> Result<DecodedOrder, H::Error> {
    let (order, mut at) = match (bom, input) {
        (Bom::Given(order), _) => (order, 0),
        (Bom::Detect, [0xFF, 0xFE, ..]) => (ByteOrder::Little, 2),
        (Bom::Detect, [0xFE, 0xFF, ..]) => (ByteOrder::Big, 2),
        (Bom::Detect, _) => (ByteOrder::NATIVE, 0),
    };
    let mut out = StrBuilder::with_capacity(input.len() / 2);
    while at < input.len() {
        let (length, reason) = match unit(input, at, order) {
            None if !last => break,
            None => (input.len() - at, "truncated data"),
            Some(point) if !is_surrogate(point) => {
                out.push(point);
                at += 2;
                continue;
            }
            Some(0xDC00..) => (2, "illegal encoding"),
            Some(high) => match unit(input, at + 2, order) {
                None if !last => break,
                None => (input.len() - at, "unexpected end of data"),
                Some(low @ 0xDC00..0xE000) => {
                    out.push(join_surrogates(high, low));
                    at += 4;
                    continue;
                }
                Some(_) => (2, "illegal UTF-16 surrogate"),
            },
        };
        let (text, next) = errors.handle(input, CodecError { range: at..at + length, reason })?;
        out.push_points(text.as_points());
        at = next;
    }
    Ok((out, at.min(input.len()), order))
}

fn push_unit(out: &mut Vec<u8>, unit: u16, order: ByteOrder) {
    out.extend(match order {
        ByteOrder::Little => unit.to_le_bytes(),
        ByteOrder::Big => unit.to_be_bytes(),
    });
}

/// Encodes in UTF-16; [`Bom::Detect`] writes a byte order mark and the machine's order.
pub fn encode_utf16<H: EncodeErrors>(
    text: CodePoints<'_>,
    bom: Bom,
    errors: &mut H,
) -> Result<Vec<u8>, H::Error> {
    let reason = "surrogates not allowed";
    let mut out = Vec::with_capacity(2 * text.len() + 2);
    let order = match bom {
        Bom::Given(order) => order,
        Bom::Detect => {
            push_unit(&mut out, 0xFEFF, ByteOrder::NATIVE);
            ByteOrder::NATIVE
        }
    };
    let mut at = 0;
    while let Some(point) = text.get(at) {
        if let Some(above) = point.checked_sub(0x1_0000) {
            push_unit(&mut out, 0xD800 | (above >> 10) as u16, order);
            push_unit(&mut out, 0xDC00 | (above & 0x3FF) as u16, order);
            at += 1;
        } else if !is_surrogate(point) {
            push_unit(&mut out, point as u16, order);
            at += 1;
        } else {
            let error = CodecError { range: at..at + 1, reason };
            let (replacement, next) = errors.handle(text, error.clone())?;
            match replacement {
                Replacement::Bytes(bytes) if bytes.len() % 2 == 0 => out.extend_from_slice(&bytes),
                Replacement::Text(ascii) if ascii.as_points().is_ascii() => {
                    for point in ascii.as_points().iter() {
                        push_unit(&mut out, point as u16, order);
                    }
                }
                _ => return Err(errors.fail(text, error)),
            }
            at = next;
        }
    }
    Ok(out)
}
