//! The error handlers that need no Python code.

use super::{CodecError, DecodeErrors, Decoded, EncodeErrors, Replacement, is_surrogate};
use crate::bigint::ByteOrder;
use crate::escape::push_escape;
use crate::points::{CodePoints, StrBuilder};

/// An error handler by its name in Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    /// `strict`
    Strict,
    /// `ignore`
    Ignore,
    /// `replace`
    Replace,
    /// `backslashreplace`
    BackslashReplace,
    /// `xmlcharrefreplace` (encoding only)
    XmlCharRefReplace,
    /// `surrogateescape` (PEP 383)
    SurrogateEscape,
    /// `surrogatepass` for the unit size and byte order of the codec: see [`Builtin::pass`].
    SurrogatePass,
}

impl Handler {
    /// The handler called `name`; `None` for `namereplace` and registered ones.
    pub fn from_name(name: &str) -> Option<Handler> {
        Some(match name {
            "strict" => Handler::Strict,
            "ignore" => Handler::Ignore,
            "replace" => Handler::Replace,
            "backslashreplace" => Handler::BackslashReplace,
            "xmlcharrefreplace" => Handler::XmlCharRefReplace,
            "surrogateescape" => Handler::SurrogateEscape,
            "surrogatepass" => Handler::SurrogatePass,
            _ => return None,
        })
    }
}

/// A [`Handler`] as codecs take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin {
    /// Which one.
    pub handler: Handler,
    /// For `surrogatepass`: bytes per unit (1 for UTF-8, 2, 4; 0 elsewhere) and their order.
    pub pass: (u8, ByteOrder),
}

impl Builtin {
    /// The handler for UTF-8 and for codecs of other sizes than UTF-16 and UTF-32.
    pub fn new(handler: Handler) -> Builtin {
        Builtin { handler, pass: (1, ByteOrder::Little) }
    }

    /// The handler for the codec called `encoding`, in Python's spelling (`utf-16-le`, `UTF_8`).
    pub fn for_codec(handler: Handler, encoding: &str) -> Builtin {
        let name = encoding.to_ascii_lowercase().replace('_', "-");
        let (name, order) = match name.rsplit_once('-') {
            Some((name, "le")) => (name, ByteOrder::Little),
            Some((name, "be")) => (name, ByteOrder::Big),
            _ => (name.as_str(), ByteOrder::NATIVE),
        };
        let size = match name.strip_prefix("utf").map(|n| n.trim_start_matches('-')) {
            Some("8") => 1,
            Some("16") => 2,
            Some("32") => 4,
            _ if name == "cp65001" => 1,
            _ => 0,
        };
        Builtin { handler, pass: (size, order) }
    }

    /// The surrogate at the start of `bytes` and its length, in the encoding of `self.pass`.
    fn passed(&self, bytes: &[u8]) -> Option<(u32, usize)> {
        let unit = |size: usize| {
            let bytes = bytes.get(..size)?;
            let add = |value: u32, &byte: &u8| value << 8 | u32::from(byte);
            Some(match self.pass.1 {
                ByteOrder::Big => bytes.iter().fold(0, add),
                ByteOrder::Little => bytes.iter().rev().fold(0, add),
            })
        };
        let (point, size) = match self.pass.0 {
            1 => match bytes {
                [0xED, a @ 0xA0..=0xBF, b @ 0x80..=0xBF, ..] => {
                    (0xD000 | u32::from(a & 0x3F) << 6 | u32::from(b & 0x3F), 3)
                }
                _ => return None,
            },
            2 => (unit(2)?, 2),
            4 => (unit(4)?, 4),
            _ => return None,
        };
        is_surrogate(point).then_some((point, size))
    }

    fn pass_encoded(&self, point: u32, out: &mut Vec<u8>) -> Option<()> {
        if !is_surrogate(point) {
            return None;
        }
        let (size, order) = self.pass;
        match size {
            1 => out.extend([
                0xE0 | (point >> 12) as u8,
                0x80 | (point >> 6 & 0x3F) as u8,
                0x80 | (point & 0x3F) as u8,
            ]),
            2 | 4 => {
                let start = out.len();
                out.extend_from_slice(&point.to_le_bytes()[..usize::from(size)]);
                if order == ByteOrder::Big {
                    out[start..].reverse();
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// The error to raise: `surrogateescape` blames only what it could not escape, except with
    /// character maps, where CPython takes its general path.
    fn narrowed(&self, text: CodePoints<'_>, mut error: CodecError) -> CodecError {
        if self.handler == Handler::SurrogateEscape && error.reason != super::single::UNDEFINED {
            let part = text.slice(error.range.start, error.range.end);
            let escaped = |p: &u32| (0xDC80..0xDD00).contains(p);
            error.range.start += part.iter().take_while(escaped).count();
        }
        error
    }

    fn decode(&self, input: &[u8], error: &CodecError) -> Option<Decoded> {
        let bytes = input.get(error.range.clone())?;
        let mut text = StrBuilder::new();
        let mut next = error.range.end;
        match self.handler {
            Handler::Strict | Handler::XmlCharRefReplace => return None,
            Handler::Ignore => {}
            Handler::Replace => text.push(0xFFFD),
            Handler::BackslashReplace => {
                for &byte in bytes {
                    push_escape(&mut text, u32::from(byte));
                }
            }
            Handler::SurrogateEscape => {
                text.extend(
                    bytes
                        .iter()
                        .take(4)
                        .take_while(|b| **b >= 0x80)
                        .map(|&b| 0xDC00 + u32::from(b)),
                );
                if text.is_empty() {
                    return None;
                }
                next = error.range.start + text.len();
            }
            Handler::SurrogatePass => {
                let (point, size) = self.passed(&input[error.range.start..])?;
                text.push(point);
                next = error.range.start + size;
            }
        }
        Some((text, next))
    }

    fn encode(&self, text: CodePoints<'_>, error: &CodecError) -> Option<Replacement> {
        let part = text.slice(error.range.start, error.range.end);
        let mut bytes = Vec::new();
        let mut escaped = StrBuilder::new();
        match self.handler {
            Handler::Strict => return None,
            Handler::Ignore => {}
            Handler::Replace => escaped.push_repeat(u32::from(b'?'), part.len()),
            Handler::BackslashReplace => {
                for point in part.iter() {
                    push_escape(&mut escaped, point);
                }
            }
            Handler::XmlCharRefReplace => {
                for point in part.iter() {
                    escaped.push_str(&format!("&#{point};"));
                }
            }
            Handler::SurrogateEscape => {
                for point in part.iter() {
                    let byte = point.checked_sub(0xDC00).filter(|b| (0x80..0x100).contains(b))?;
                    bytes.push(byte as u8);
                }
                return Some(Replacement::Bytes(bytes));
            }
            Handler::SurrogatePass => {
                for point in part.iter() {
                    self.pass_encoded(point, &mut bytes)?;
                }
                return Some(Replacement::Bytes(bytes));
            }
        }
        Some(Replacement::Text(escaped))
    }
}

impl DecodeErrors for Builtin {
    type Error = CodecError;

    fn handle(&mut self, input: &[u8], error: CodecError) -> Result<Decoded, CodecError> {
        self.decode(input, &error).ok_or(error)
    }
}

impl EncodeErrors for Builtin {
    type Error = CodecError;

    fn handle(
        &mut self,
        text: CodePoints<'_>,
        error: CodecError,
    ) -> Result<(Replacement, usize), CodecError> {
        match self.encode(text, &error) {
            Some(replacement) => Ok((replacement, error.range.end)),
            None => Err(self.narrowed(text, error)),
        }
    }

    fn fail(&mut self, _: CodePoints<'_>, error: CodecError) -> CodecError {
        error
    }
}
