//! Escapes: `repr` and `ascii` of strings, `repr` of bytes, and the codecs `unicode_escape` and
//! `raw_unicode_escape`.

mod decode;
#[cfg(test)]
mod tests;

pub use decode::{Escaped, decode_raw_unicode_escape, decode_unicode_escape};

use crate::points::{CodePoints, StrBuilder};
use crate::unicode::is_printable;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `\xNN`, `\uNNNN` or `\UNNNNNNNN`, the shortest that holds `point`.
pub fn push_escape(out: &mut StrBuilder, point: u32) {
    let (letter, digits) = match point {
        0..0x100 => (b'x', 2),
        0x100..0x1_0000 => (b'u', 4),
        _ => (b'U', 8),
    };
    let mut text = [b'\\'; 10];
    text[1] = letter;
    for i in 0..digits {
        text[2 + i] = HEX[(point >> (4 * (digits - 1 - i)) & 15) as usize];
    }
    out.push_latin1(&text[..2 + digits]);
}

/// The quote for a text: `'`, unless it holds that and no `"`.
fn quote_for(single: bool, double: bool) -> u8 {
    if single && !double { b'"' } else { b'\'' }
}

/// The letter after the backslash for the characters that have one in a `repr`.
fn short_escape(point: u32, quote: u8) -> Option<u8> {
    Some(match u8::try_from(point).ok()? {
        b'\\' => b'\\',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        byte if byte == quote => quote,
        _ => return None,
    })
}

/// Appends `text` in quotes; what `shown` refuses is escaped.
fn push_quoted(out: &mut StrBuilder, text: CodePoints<'_>, shown: impl Fn(u32) -> bool) {
    let quote = quote_for(text.position(0x27).is_some(), text.position(0x22).is_some());
    out.push(u32::from(quote));
    let special =
        |point: u32| point < 0x20 || point == u32::from(quote) || point == 0x5C || !shown(point);
    let mut at = 0;
    while at < text.len() {
        let rest = text.from(at);
        let plain = rest.find(special).unwrap_or(rest.len());
        out.push_points(rest.slice(0, plain));
        at += plain;
        if let Some(point) = text.get(at) {
            match short_escape(point, quote) {
                Some(letter) => out.push_latin1(&[b'\\', letter]),
                None => push_escape(out, point),
            }
            at += 1;
        }
    }
    out.push(u32::from(quote));
}

/// `repr(text)`
pub fn repr_str(text: CodePoints<'_>) -> StrBuilder {
    let mut out = StrBuilder::with_capacity(text.len() + 2);
    push_quoted(&mut out, text, is_printable);
    out
}

/// `ascii(text)`
pub fn ascii_str(text: CodePoints<'_>) -> StrBuilder {
    let mut out = StrBuilder::with_capacity(text.len() + 2);
    // The range below DEL is printable; the rest is escaped whatever it is.
    push_quoted(&mut out, text, |point| point < 0x7F);
    out
}

/// `ascii(value)` from `repr(value)`: everything outside ASCII becomes an escape.
pub fn ascii_of_repr(repr: CodePoints<'_>) -> StrBuilder {
    let mut out = StrBuilder::with_capacity(repr.len());
    for point in repr.iter() {
        if point < 0x80 {
            out.push(point);
        } else {
            push_escape(&mut out, point);
        }
    }
    out
}

/// `repr(bytes)`; a `bytearray` puts it in `bytearray(...)`.
pub fn repr_bytes(bytes: &[u8]) -> String {
    let has = |byte| memchr::memchr(byte, bytes).is_some();
    let quote = quote_for(has(b'\''), has(b'"'));
    let mut out = Vec::with_capacity(bytes.len() + 3);
    out.extend([b'b', quote]);
    for &byte in bytes {
        match short_escape(u32::from(byte), quote) {
            Some(letter) => out.extend([b'\\', letter]),
            None if (0x20..0x7F).contains(&byte) => out.push(byte),
            None => {
                out.extend([b'\\', b'x', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]])
            }
        }
    }
    out.push(quote);
    crate::float_repr::into_string(out)
}

/// Encodes in `unicode_escape`.
pub fn encode_unicode_escape(text: CodePoints<'_>) -> Vec<u8> {
    let mut out = StrBuilder::with_capacity(text.len());
    for point in text.iter() {
        // There is no quote to be escaped here; 0 is escaped anyway.
        match short_escape(point, 0) {
            Some(letter) if letter != 0 => out.push_latin1(&[b'\\', letter]),
            _ if (0x20..0x7F).contains(&point) => out.push(point),
            _ => push_escape(&mut out, point),
        }
    }
    narrow(out)
}

/// Encodes in `raw_unicode_escape`: Latin-1, and `\u` or `\U` for the rest.
pub fn encode_raw_unicode_escape(text: CodePoints<'_>) -> Vec<u8> {
    let mut out = StrBuilder::with_capacity(text.len());
    for point in text.iter() {
        if point < 0x100 {
            out.push(point);
        } else {
            push_escape(&mut out, point);
        }
    }
    narrow(out)
}

/// The bytes of a text in which everything is below 256.
fn narrow(text: StrBuilder) -> Vec<u8> {
    match text {
        StrBuilder::Narrow(bytes) => bytes,
        wide => wide.as_points().iter().map(|p| p as u8).collect(),
    }
}
