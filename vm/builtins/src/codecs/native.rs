//! The codecs that need no Python code.

use super::errors::Errors;
use pyrs_core::object::Str;
use pyrs_core::{Gc, Res, Vm};
use pyrs_text::bigint::ByteOrder;
use pyrs_text::codec::{self, Bom};

/// A native codec.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Codec {
    Utf8,
    Ascii,
    Latin1,
    Utf16(Bom),
    Utf32(Bom),
}

impl Codec {
    /// By any of its usual names.
    pub fn from_name(name: &str) -> Option<Codec> {
        match name {
            "utf-8" | "utf8" => return Some(Codec::Utf8),
            "ascii" => return Some(Codec::Ascii),
            "latin-1" => return Some(Codec::Latin1),
            _ if name.len() > 20 || !name.is_ascii() => return None,
            _ => {}
        }
        let (little, big) = (Bom::Given(ByteOrder::Little), Bom::Given(ByteOrder::Big));
        Some(match super::normalize(name).as_str() {
            "utf_8" | "utf8" => Codec::Utf8,
            "ascii" | "us_ascii" => Codec::Ascii,
            "latin_1" | "latin1" | "iso_8859_1" | "iso8859_1" => Codec::Latin1,
            "utf_16" | "utf16" => Codec::Utf16(Bom::Detect),
            "utf_16_le" | "utf_16le" => Codec::Utf16(little),
            "utf_16_be" | "utf_16be" => Codec::Utf16(big),
            "utf_32" | "utf32" => Codec::Utf32(Bom::Detect),
            "utf_32_le" | "utf_32le" => Codec::Utf32(little),
            "utf_32_be" | "utf_32be" => Codec::Utf32(big),
            _ => return None,
        })
    }
    /// The name in exceptions.
    pub fn name(self) -> &'static str {
        let order = |bom: Bom, names: [&'static str; 3]| match bom {
            Bom::Detect => names[0],
            Bom::Given(ByteOrder::Little) => names[1],
            Bom::Given(ByteOrder::Big) => names[2],
        };
        match self {
            Codec::Utf8 => "utf-8",
            Codec::Ascii => "ascii",
            Codec::Latin1 => "latin-1",
            Codec::Utf16(b) => order(b, ["utf-16", "utf-16-le", "utf-16-be"]),
            Codec::Utf32(b) => order(b, ["utf-32", "utf-32-le", "utf-32-be"]),
        }
    }
    /// The name a decoder reports: with the byte order that the input shows.
    fn decoder_name(self, input: &[u8]) -> &'static str {
        let little = cfg!(target_endian = "little");
        match self {
            Codec::Utf16(Bom::Detect) => match input {
                [0xFE, 0xFF, ..] => "utf-16-be",
                [0xFF, 0xFE, ..] => "utf-16-le",
                _ if little => "utf-16-le",
                _ => "utf-16-be",
            },
            Codec::Utf32(Bom::Detect) => match input {
                [0, 0, 0xFE, 0xFF, ..] => "utf-32-be",
                [0xFF, 0xFE, 0, 0, ..] => "utf-32-le",
                _ if little => "utf-32-le",
                _ => "utf-32-be",
            },
            _ => self.name(),
        }
    }
}

/// Encodes with a native codec: bytes.
pub fn encode_native(vm: &Vm, codec: Codec, s: Gc<Str>, errors: Gc<Str>) -> Res {
    if let Some(text) = s.as_ascii()
        && matches!(codec, Codec::Utf8 | Codec::Ascii | Codec::Latin1)
    {
        return vm.bytes(text.as_bytes());
    }
    let mut handler = Errors::new(vm, codec.name(), errors, s.value());
    let p = s.points();
    let bytes = match codec {
        Codec::Utf8 => codec::encode_utf8(p, &mut handler)?,
        Codec::Ascii => codec::encode_ascii(p, &mut handler)?,
        Codec::Latin1 => codec::encode_latin1(p, &mut handler)?,
        Codec::Utf16(b) => codec::encode_utf16(p, b, &mut handler)?,
        Codec::Utf32(b) => codec::encode_utf32(p, b, &mut handler)?,
    };
    vm.bytes(&bytes)
}

/// Decodes with a native codec: the text and the number of bytes used, which is all of them if `last`. `input`
/// must not change meanwhile.
pub fn decode_native(
    vm: &Vm,
    codec: Codec,
    input: &[u8],
    errors: Gc<Str>,
    last: bool,
) -> Res<(Gc<Str>, usize)> {
    let mut handler = Errors::new(vm, codec.decoder_name(input), errors, pyrs_core::Value::UNBOUND);
    let (text, used) = match codec {
        Codec::Utf8 => codec::decode_utf8(input, last, &mut handler)?,
        Codec::Ascii => (codec::decode_ascii(input, &mut handler)?, input.len()),
        Codec::Latin1 => return Ok((vm.new_str_latin1(input)?, input.len())),
        Codec::Utf16(b) => {
            let (text, used, _) = codec::decode_utf16(input, b, last, &mut handler)?;
            (text, used)
        }
        Codec::Utf32(b) => {
            let (text, used, _) = codec::decode_utf32(input, b, last, &mut handler)?;
            (text, used)
        }
    };
    Ok((vm.new_str_builder(&text)?, used))
}
