//! From the bytes of a file to source text: byte order mark, encoding declaration (PEP 263) and
//! the errors that CPython raises when the bytes do not fit.

use crate::error::{ErrorClass, SyntaxError};

/// Decodes a source file.
///
/// Understands UTF-8 (the default), ASCII and Latin-1. For any other encoding the caller asks
/// [`declared_encoding`] first, decodes with its own codecs and parses the text.
///
/// # Errors
/// A `SyntaxError` with CPython's text for undecodable bytes, unknown encodings, a byte order
/// mark that contradicts the declaration, and null bytes.
pub fn decode_source(bytes: &[u8]) -> Result<String, SyntaxError> {
    if bytes.contains(&0) {
        let message = "source code string cannot contain null bytes";
        return Err(SyntaxError::bare(ErrorClass::Syntax, message));
    }
    let (body, marked) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(body) => (body, true),
        None => (bytes, false),
    };
    let Some(declared) = declared_encoding(body) else { return utf8(body) };
    let name = normal_name(&declared);
    if name == "utf-8" {
        return utf8(body);
    }
    if marked {
        let message = format!("encoding problem: {name} with BOM");
        let line = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let text = String::from_utf8_lossy(line).into_owned();
        let end = text.chars().count() as i32;
        let error = bare(message);
        return Err(SyntaxError { line: 1, end: Some((1, end)), text: Some(text.into()), ..error });
    }
    match name.as_str() {
        "iso-8859-1" | "latin1" | "l1" | "iso8859-1" | "cp819" | "8859" => {
            Ok(body.iter().map(|byte| char::from(*byte)).collect())
        }
        "utf8" | "u8" | "utf" | "cp65001" => match std::str::from_utf8(body) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(codec_error(body, &error)),
        },
        "ascii" | "us-ascii" | "646" => ascii(body),
        _ => Err(bare(format!("unknown encoding: {declared}"))),
    }
}

/// The encoding that a `coding` comment in the first two lines names, as written.
///
/// The second line counts only if the first is blank or a comment.
pub fn declared_encoding(bytes: &[u8]) -> Option<String> {
    for line in bytes.split(|byte| *byte == b'\n').take(2) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let start = line.iter().position(|b| !matches!(b, b' ' | b'\t' | 0x0C));
        let Some(start) = start else { continue };
        if line[start] != b'#' {
            return None;
        }
        if let Some(name) = cookie(&line[start..]) {
            return Some(name);
        }
    }
    None
}

fn cookie(comment: &[u8]) -> Option<String> {
    let mut at = 0;
    while let Some(found) = find(&comment[at..], b"coding") {
        let mut rest = &comment[at + found + 6..];
        if let [b':' | b'=', tail @ ..] = rest {
            rest = tail;
            while let [b' ' | b'\t', tail @ ..] = rest {
                rest = tail;
            }
            let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            let name: Vec<u8> = rest.iter().copied().take_while(is_name).collect();
            if !name.is_empty() {
                return String::from_utf8(name).ok();
            }
        }
        at += found + 6;
    }
    None
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// The spelling that CPython folds the names of its two built-in encodings to; others stay.
fn normal_name(name: &str) -> String {
    let folded: String = name
        .chars()
        .take(12)
        .map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() })
        .collect();
    if folded == "utf-8" || folded.starts_with("utf-8-") {
        return "utf-8".to_owned();
    }
    for latin in ["latin-1", "iso-8859-1", "iso-latin-1"] {
        if folded == latin || folded.starts_with(&format!("{latin}-")) {
            return "iso-8859-1".to_owned();
        }
    }
    name.to_ascii_lowercase()
}

fn bare(message: String) -> SyntaxError {
    SyntaxError::bare(ErrorClass::Syntax, message)
}

fn utf8(body: &[u8]) -> Result<String, SyntaxError> {
    match std::str::from_utf8(body) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(undecodable(body, error.valid_up_to())),
    }
}

/// The error for bytes that are not UTF-8: without a declaration (or with one that says `utf-8`)
/// CPython's tokenizer notices it.
fn undecodable(body: &[u8], at: usize) -> SyntaxError {
    let line = 1 + body[..at].iter().filter(|byte| **byte == b'\n').count() as u32;
    let line_start = body[..at].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    let message = format!(
        "Non-UTF-8 code starting with '\\x{:02x}' on line {line}, but no encoding declared; see \
         https://peps.python.org/pep-0263/ for details",
        body[at]
    );
    let line_end = body[at..].iter().position(|b| *b == b'\n').map_or(body.len(), |n| at + n);
    let text = String::from_utf8_lossy(&body[line_start..line_end]).into_owned();
    let column = String::from_utf8_lossy(&body[line_start..at]).chars().count() as u32 + 1;
    SyntaxError {
        class: ErrorClass::Syntax,
        message,
        line,
        column,
        end: Some((line, column as i32)),
        text: Some(text.into()),
        statement: None,
    }
}

/// The error that the codec itself gives, when a declaration called for it by another name.
fn codec_error(body: &[u8], error: &std::str::Utf8Error) -> SyntaxError {
    let at = error.valid_up_to();
    let reason = match error.error_len() {
        None => "unexpected end of data",
        Some(_) if !(0xC2..=0xF4).contains(&body[at]) => "invalid start byte",
        Some(_) => "invalid continuation byte",
    };
    let width = error.error_len().unwrap_or(body.len() - at);
    let place = if width == 1 {
        format!("byte 0x{:02x} in position {at}", body[at])
    } else {
        format!("bytes in position {at}-{}", at + width - 1)
    };
    bare(format!("'utf-8' codec can't decode {place}: {reason}"))
}

fn ascii(body: &[u8]) -> Result<String, SyntaxError> {
    match body.iter().position(|byte| !byte.is_ascii()) {
        None => Ok(body.iter().map(|byte| char::from(*byte)).collect()),
        Some(at) => Err(bare(format!(
            "'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
            body[at]
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8]) -> (String, u32, u32) {
        let error = decode_source(bytes).expect_err("is bad");
        (error.message, error.line, error.column)
    }

    #[test]
    fn decodes() {
        assert_eq!(decode_source(b"x").as_deref(), Ok("x"));
        assert_eq!(decode_source(b"\xEF\xBB\xBFx").as_deref(), Ok("x"));
        let latin = b"#!/x\n# -*- coding: Latin-1 -*-\n\xe9";
        assert!(decode_source(latin).is_ok_and(|text| text.ends_with('\u{e9}')));
        assert_eq!(declared_encoding(b"x\n# coding: latin-1\n"), None);
        assert_eq!(declared_encoding(b"\n# vim: fileencoding=koi8-r\n").as_deref(), Some("koi8-r"));
    }

    #[test]
    fn refuses_as_cpython_does() {
        let (message, line, column) = error(b"x=1\n x = \"\xe9\"\n");
        assert!(message.starts_with("Non-UTF-8 code starting with '\\xe9' on line 2, but"));
        assert_eq!((line, column), (2, 7));
        assert_eq!(error(b"#coding: foo\n").0, "unknown encoding: foo");
        assert_eq!(
            error(b"\xef\xbb\xbf#coding: latin-1\nx").0,
            "encoding problem: iso-8859-1 with BOM"
        );
        assert_eq!(
            error(b"#coding: utf8\nx = \"\xc3\"\n").0,
            "'utf-8' codec can't decode byte 0xc3 in position 19: invalid continuation byte"
        );
        assert_eq!(error(b"a\0").0, "source code string cannot contain null bytes");
    }
}
