//! UTF-32 in either byte order.

use super::utf16::DecodedOrder;
use super::{Bom, CodecError, DecodeErrors, EncodeErrors, Replacement, is_surrogate};
use crate::bigint::ByteOrder;
use crate::points::{CodePoints, StrBuilder};

/// Decodes UTF-32; returns the text, the bytes used, and the byte order found.
pub fn decode_utf32<H: DecodeErrors>(
    input: &[u8],
    bom: Bom,
    last: bool,
    errors: &mut H,
) -> Result<DecodedOrder, H::Error> {
    let (order, mut at) = match (bom, input) {
        (Bom::Given(order), _) => (order, 0),
        (Bom::Detect, [0xFF, 0xFE, 0, 0, ..]) => (ByteOrder::Little, 4),
        (Bom::Detect, [0, 0, 0xFE, 0xFF, ..]) => (ByteOrder::Big, 4),
        (Bom::Detect, _) => (ByteOrder::NATIVE, 0),
    };
    let mut out = StrBuilder::with_capacity(input.len() / 4);
    while at < input.len() {
        let (length, reason) = match input.get(at..at + 4) {
            None if !last => break,
            None => (input.len() - at, "truncated data"),
            Some(bytes) => {
                let mut four = [0; 4];
                four.copy_from_slice(bytes);
                let point = match order {
                    ByteOrder::Little => u32::from_le_bytes(four),
                    ByteOrder::Big => u32::from_be_bytes(four),
                };
                if is_surrogate(point) {
                    (4, "code point in surrogate code point range(0xd800, 0xe000)")
                } else if point < 0x11_0000 {
                    out.push(point);
                    at += 4;
                    continue;
                } else {
                    (4, "code point not in range(0x110000)")
                }
            }
        };
        let (text, next) = errors.handle(input, CodecError { range: at..at + length, reason })?;
        out.push_points(text.as_points());
        at = next;
    }
    Ok((out, at.min(input.len()), order))
}

fn push_point(out: &mut Vec<u8>, point: u32, order: ByteOrder) {
    out.extend(match order {
        ByteOrder::Little => point.to_le_bytes(),
        ByteOrder::Big => point.to_be_bytes(),
    });
}

/// Encodes in UTF-32; [`Bom::Detect`] writes a byte order mark and the machine's order.
pub fn encode_utf32<H: EncodeErrors>(
    text: CodePoints<'_>,
    bom: Bom,
    errors: &mut H,
) -> Result<Vec<u8>, H::Error> {
    let mut out = Vec::with_capacity(4 * text.len() + 4);
    let order = match bom {
        Bom::Given(order) => order,
        Bom::Detect => {
            push_point(&mut out, 0xFEFF, ByteOrder::NATIVE);
            ByteOrder::NATIVE
        }
    };
    let mut at = 0;
    while let Some(point) = text.get(at) {
        if !is_surrogate(point) {
            push_point(&mut out, point, order);
            at += 1;
            continue;
        }
        let error = CodecError { range: at..at + 1, reason: "surrogates not allowed" };
        let (replacement, next) = errors.handle(text, error.clone())?;
        match replacement {
            Replacement::Bytes(bytes) if bytes.len() % 4 == 0 => out.extend_from_slice(&bytes),
            Replacement::Text(ascii) if ascii.as_points().is_ascii() => {
                for point in ascii.as_points().iter() {
                    push_point(&mut out, point, order);
                }
            }
            _ => return Err(errors.fail(text, error)),
        }
        at = next;
    }
    Ok(out)
}
