//! Decoding the text between the quotes of string and bytes literals.
//!
//! Guarantees the values and the error texts of CPython's `unicodeescape` codec, whose positions
//! count in its own working buffer: one per ASCII character, ten per other character.

use crate::ast::Text;

/// Collects code points; stays UTF-8 until the first surrogate.
#[derive(Default)]
pub(crate) struct TextBuilder {
    utf8: String,
    points: Option<Vec<u32>>,
}

impl TextBuilder {
    pub(crate) fn push_str(&mut self, text: &str) {
        match &mut self.points {
            Some(points) => points.extend(text.chars().map(u32::from)),
            None => self.utf8.push_str(text),
        }
    }

    /// Appends a code point below 0x110000.
    fn push_point(&mut self, point: u32) {
        match (&mut self.points, char::from_u32(point)) {
            (None, Some(character)) => self.utf8.push(character),
            (Some(points), _) => points.push(point),
            (None, None) => {
                let mut points: Vec<u32> = self.utf8.chars().map(u32::from).collect();
                points.push(point);
                self.points = Some(points);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.utf8.is_empty() && self.points.is_none()
    }

    pub(crate) fn finish(self) -> Text {
        match self.points {
            Some(points) => Text::Points(points.into()),
            None => Text::Utf8(self.utf8.into()),
        }
    }
}

/// An escape that stands for itself and deserves a warning: offset of its backslash in the body,
/// and the text of the warning.
pub(crate) struct BadEscape {
    pub(crate) offset: usize,
    pub(crate) message: String,
}

/// The warning about `\` followed by `what`.
pub(crate) fn bad_escape_message(what: &str) -> String {
    let octal = if what.len() == 3 { "octal " } else { "" };
    format!(
        "\"\\{what}\" is an invalid {octal}escape sequence. Such sequences will not work in the \
         future. Did you mean \"\\\\{what}\"? A raw string is also an option."
    )
}

/// Decodes the escapes of a `str` body into `out`. Returns the first bad escape.
pub(crate) fn decode_str(body: &str, out: &mut TextBuilder) -> Result<Option<BadEscape>, String> {
    let bytes = body.as_bytes();
    let mut bad = None;
    let mut at = 0;
    while at < bytes.len() {
        let Some(skip) = bytes[at..].iter().position(|byte| *byte == b'\\') else {
            out.push_str(&body[at..]);
            break;
        };
        out.push_str(&body[at..at + skip]);
        let start = at + skip;
        let Some(escape) = bytes.get(start + 1).copied() else {
            let position = codec_position(body, start);
            return Err(codec_error(position, position + 1, "\\ at end of string"));
        };
        at = start + 2;
        match escape {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push_point(u32::from(escape)),
            b'b' => out.push_point(8),
            b'f' => out.push_point(12),
            b't' => out.push_point(9),
            b'n' => out.push_point(10),
            b'r' => out.push_point(13),
            b'v' => out.push_point(11),
            b'a' => out.push_point(7),
            b'0'..=b'7' => {
                let (value, end) = octal(bytes, start + 1);
                if value > 0o377 && bad.is_none() {
                    let message = bad_escape_message(&body[start + 1..end]);
                    bad = Some(BadEscape { offset: start, message });
                }
                out.push_point(value);
                at = end;
            }
            b'x' | b'u' | b'U' => at = hex_escape(body, start, escape, out)?,
            b'N' => at = named_escape(body, start, out)?,
            other => {
                // The backslash stays; what follows is decoded as ordinary text.
                out.push_point(u32::from(b'\\'));
                at = start + 1;
                if other.is_ascii() {
                    out.push_point(u32::from(other));
                    at = start + 2;
                    if bad.is_none() {
                        let message = bad_escape_message(&body[start + 1..start + 2]);
                        bad = Some(BadEscape { offset: start, message });
                    }
                }
            }
        }
    }
    Ok(bad)
}

fn octal(bytes: &[u8], start: usize) -> (u32, usize) {
    let (mut value, mut end) = (0, start);
    while end < start + 3 && matches!(bytes.get(end), Some(b'0'..=b'7')) {
        value = value * 8 + u32::from(bytes[end] - b'0');
        end += 1;
    }
    (value, end)
}

fn hex_escape(body: &str, start: usize, kind: u8, out: &mut TextBuilder) -> Result<usize, String> {
    let (digits, reason) = match kind {
        b'x' => (2, "truncated \\xXX escape"),
        b'u' => (4, "truncated \\uXXXX escape"),
        _ => (8, "truncated \\UXXXXXXXX escape"),
    };
    let bytes = body.as_bytes();
    let (mut value, mut end) = (0u32, start + 2);
    while end < start + 2 + digits {
        let Some(digit) = bytes.get(end).and_then(|byte| char::from(*byte).to_digit(16)) else {
            let from = codec_position(body, start);
            return Err(codec_error(from, from + (end - start), reason));
        };
        value = value.wrapping_mul(16).wrapping_add(digit);
        end += 1;
    }
    if value > 0x10FFFF {
        let from = codec_position(body, start);
        return Err(codec_error(from, from + (end - start), "illegal Unicode character"));
    }
    out.push_point(value);
    Ok(end)
}

fn named_escape(body: &str, start: usize, out: &mut TextBuilder) -> Result<usize, String> {
    let from = codec_position(body, start);
    let malformed = "malformed \\N character escape";
    let Some(rest) = body[start + 2..].strip_prefix('{') else {
        return Err(codec_error(from, from + 2, malformed));
    };
    let Some(length) = rest.find('}') else {
        return Err(codec_error(from, codec_position(body, body.len()), malformed));
    };
    if length == 0 {
        return Err(codec_error(from, from + 3, malformed));
    }
    let end = start + 3 + length + 1;
    let name = &rest[..length];
    let found = match pyrs_text::unicode::computed_character(name) {
        Some(computed) => computed,
        None => unicode_names2::character(name).or_else(|| alias(name)),
    };
    match found {
        Some(character) => {
            out.push_point(u32::from(character));
            Ok(end)
        }
        None => Err(codec_error(from, codec_position(body, end), "unknown Unicode character name")),
    }
}

/// Formal aliases of characters (UCD `NameAliases.txt`) that are names of control characters.
fn alias(name: &str) -> Option<char> {
    let upper = name.to_ascii_uppercase();
    CONTROL_NAMES
        .iter()
        .find(|(_, names)| names.split('|').any(|known| known == upper))
        .and_then(|(point, _)| char::from_u32(*point))
}

/// Names of the control characters and of common format characters.
const CONTROL_NAMES: &[(u32, &str)] = &[
    (0x00, "NULL|NUL"),
    (0x01, "START OF HEADING|SOH"),
    (0x02, "START OF TEXT|STX"),
    (0x03, "END OF TEXT|ETX"),
    (0x04, "END OF TRANSMISSION|EOT"),
    (0x05, "ENQUIRY|ENQ"),
    (0x06, "ACKNOWLEDGE|ACK"),
    (0x07, "ALERT|BEL"),
    (0x08, "BACKSPACE|BS"),
    (0x09, "CHARACTER TABULATION|HORIZONTAL TABULATION|HT|TAB"),
    (0x0A, "LINE FEED|NEW LINE|END OF LINE|LF|NL|EOL"),
    (0x0B, "LINE TABULATION|VERTICAL TABULATION|VT"),
    (0x0C, "FORM FEED|FF"),
    (0x0D, "CARRIAGE RETURN|CR"),
    (0x0E, "SHIFT OUT|LOCKING-SHIFT ONE|SO"),
    (0x0F, "SHIFT IN|LOCKING-SHIFT ZERO|SI"),
    (0x10, "DATA LINK ESCAPE|DLE"),
    (0x11, "DEVICE CONTROL ONE|DC1"),
    (0x12, "DEVICE CONTROL TWO|DC2"),
    (0x13, "DEVICE CONTROL THREE|DC3"),
    (0x14, "DEVICE CONTROL FOUR|DC4"),
    (0x15, "NEGATIVE ACKNOWLEDGE|NAK"),
    (0x16, "SYNCHRONOUS IDLE|SYN"),
    (0x17, "END OF TRANSMISSION BLOCK|ETB"),
    (0x18, "CANCEL|CAN"),
    (0x19, "END OF MEDIUM|EOM|EM"),
    (0x1A, "SUBSTITUTE|SUB"),
    (0x1B, "ESCAPE|ESC"),
    (0x1C, "INFORMATION SEPARATOR FOUR|FILE SEPARATOR|FS"),
    (0x1D, "INFORMATION SEPARATOR THREE|GROUP SEPARATOR|GS"),
    (0x1E, "INFORMATION SEPARATOR TWO|RECORD SEPARATOR|RS"),
    (0x1F, "INFORMATION SEPARATOR ONE|UNIT SEPARATOR|US"),
    (0x20, "SP"),
    (0x7F, "DELETE|DEL"),
    (0x85, "NEXT LINE|NEL"),
    (0xA0, "NBSP"),
    (0xAD, "SHY"),
    (0x200B, "ZWSP"),
    (0x200C, "ZWNJ"),
    (0x200D, "ZWJ"),
    (0x200E, "LRM"),
    (0x200F, "RLM"),
    (0x2060, "WJ"),
    (0xFEFF, "BYTE ORDER MARK|BOM|ZWNBSP"),
];

/// Where `offset` lies in the codec's buffer, in which other than ASCII is written `\UXXXXXXXX`.
fn codec_position(body: &str, offset: usize) -> usize {
    let bytes = body.as_bytes();
    let mut position = 0;
    for (at, character) in body[..offset].char_indices() {
        position += match character {
            '\\' if bytes.get(at + 1).is_some_and(|next| !next.is_ascii()) => 6,
            _ if character.is_ascii() => 1,
            _ => 10,
        };
    }
    position
}

fn codec_error(from: usize, to: usize, reason: &str) -> String {
    if to == from + 1 {
        return format!(
            "(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position {from}: \
             {reason}"
        );
    }
    format!(
        "(unicode error) 'unicodeescape' codec can't decode bytes in position {from}-{}: {reason}",
        to - 1
    )
}

/// Decodes the escapes of a `bytes` body into `out`. Returns the first bad escape.
pub(crate) fn decode_bytes(body: &str, out: &mut Vec<u8>) -> Result<Option<BadEscape>, String> {
    let bytes = body.as_bytes();
    let mut bad = None;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let start = at;
        let Some(escape) = bytes.get(start + 1).copied() else {
            return Err("(value error) Trailing \\ in string".to_owned());
        };
        at = start + 2;
        match escape {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(escape),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b't' => out.push(9),
            b'n' => out.push(10),
            b'r' => out.push(13),
            b'v' => out.push(11),
            b'a' => out.push(7),
            b'0'..=b'7' => {
                let (value, end) = octal(bytes, start + 1);
                if value > 0o377 && bad.is_none() {
                    let message = bad_escape_message(&body[start + 1..end]);
                    bad = Some(BadEscape { offset: start, message });
                }
                out.push(value as u8);
                at = end;
            }
            b'x' => {
                let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
                let (Some(high), Some(low)) = (digit(start + 2), digit(start + 3)) else {
                    return Err(format!("(value error) invalid \\x escape at position {start}"));
                };
                out.push((high * 16 + low) as u8);
                at = start + 4;
            }
            other => {
                out.extend([b'\\', other]);
                if bad.is_none() {
                    let message = bad_escape_message(&char::from(other).to_string());
                    bad = Some(BadEscape { offset: start, message });
                }
            }
        }
    }
    Ok(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> Result<Text, String> {
        let mut out = TextBuilder::default();
        decode_str(body, &mut out)?;
        Ok(out.finish())
    }

    #[test]
    fn escapes() {
        let plain = |body| text(body).map(|text| text.as_str().map(str::to_owned));
        assert_eq!(plain(r"a\n\x41\101\u00e9\N{BULLET}\q\é"), Ok(Some("a\nAAé•\\q\\é".into())));
        assert_eq!(plain("a\\\nb"), Ok(Some("ab".into())));
        assert_eq!(plain(r"\N{LINE FEED}\N{esc}"), Ok(Some("\n\x1b".into())));
        assert_eq!(text(r"a\ud800é"), Ok(Text::Points(vec![97, 0xD800, 0xE9].into())));
    }

    #[test]
    fn codec_errors_count_as_the_codec_does() {
        let message = |body| text(body).expect_err("is bad");
        let head = "(unicode error) 'unicodeescape' codec can't decode bytes in position ";
        assert_eq!(message(r"\x1"), format!("{head}0-2: truncated \\xXX escape"));
        assert_eq!(message(r"é\u12"), format!("{head}10-13: truncated \\uXXXX escape"));
        assert_eq!(message(r"\U00110000"), format!("{head}0-9: illegal Unicode character"));
        assert_eq!(message(r"\N{no such}"), format!("{head}0-10: unknown Unicode character name"));
        assert_eq!(message(r"\Nx"), format!("{head}0-1: malformed \\N character escape"));
        assert_eq!(message(r"\N{}"), format!("{head}0-2: malformed \\N character escape"));
    }

    #[test]
    fn bytes_escapes() {
        let mut out = Vec::new();
        let bad = decode_bytes(r"a\x00\377\d", &mut out).expect("valid");
        assert_eq!(out, b"a\0\xff\\d");
        assert_eq!(bad.expect("warns").offset, 9);
        let error = decode_bytes(r"ab\xg", &mut Vec::new());
        assert_eq!(error.err().as_deref(), Some("(value error) invalid \\x escape at position 2"));
    }
}
