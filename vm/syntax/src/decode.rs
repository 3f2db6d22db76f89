//! From the bytes of a file to source text: byte order mark, encoding declaration (PEP 263) and
//! the errors that CPython raises when the bytes do not fit.

use crate::error::{ErrorClass, SyntaxError};

/// Decodes a source file.
///
/// Understands UTF-8 (the default), ASCII and Latin-1 (also as `iso-8859-15` less its eight
/// exceptions is not assumed: other encodings are the caller's to decode).
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
    let declared = declared_encoding(body);
    match declared.as_deref().map(normal_name) {
        None => utf8(body, false),
        Some(name) if name == "utf-8" => utf8(body, true),
        Some(_) if marked => {
            let name = declared.unwrap_or_default();
            Err(bare(format!("encoding problem: {name} with BOM")))
        }
        Some(name) if name == "iso-8859-1" => Ok(body.iter().map(|b| char::from(*b)).collect()),
        Some(name) if matches!(name.as_str(), "ascii" | "us-ascii" | "646") => ascii(body),
        Some(_) => {
            let name = declared.unwrap_or_default();
            Err(bare(format!("unknown encoding: {name}")))
        }
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

/// The spelling that CPython folds the names of its two built-in encodings to.
fn normal_name(name: &str) -> String {
    let folded: String = name
        .chars()
        .take(12)
        .map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() })
        .collect();
    if folded == "utf-8" || folded.starts_with("utf-8-") || folded == "utf8" {
        return "utf-8".to_owned();
    }
    for latin in ["latin-1", "iso-8859-1", "iso-latin-1"] {
        if folded == latin || folded.starts_with(&format!("{latin}-")) {
            return "iso-8859-1".to_owned();
        }
    }
    match folded.as_str() {
        "latin1" | "l1" | "iso8859-1" | "cp819" | "8859" => "iso-8859-1".to_owned(),
        "u8" | "utf" | "cp65001" => "utf-8".to_owned(),
        _ => folded,
    }
}

fn bare(message: String) -> SyntaxError {
    SyntaxError::bare(ErrorClass::Syntax, message)
}

fn utf8(body: &[u8], declared: bool) -> Result<String, SyntaxError> {
    match std::str::from_utf8(body) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(undecodable(body, &error, declared)),
    }
}

/// The error for bytes that are not UTF-8: without a declaration CPython's tokenizer notices it,
/// with one its codec does.
fn undecodable(body: &[u8], error: &std::str::Utf8Error, declared: bool) -> SyntaxError {
    let at = error.valid_up_to();
    let line = 1 + body[..at].iter().filter(|byte| **byte == b'\n').count();
    let line_start = body[..at].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    let (byte, in_line) = (body[at], at - line_start);
    let reason = match error.error_len() {
        None => "unexpected end of data",
        Some(_) if !(0xC2..=0xF4).contains(&byte) => "invalid start byte",
        Some(_) => "invalid continuation byte",
    };
    let width = error.error_len().unwrap_or(body.len() - at);
    let what = if width == 1 {
        format!("byte 0x{byte:02x} in position {in_line}")
    } else {
        format!("bytes in position {in_line}-{}", in_line + width - 1)
    };
    let message = if declared {
        format!("(unicode error) 'utf-8' codec can't decode {what}: {reason}")
    } else {
        format!("(unicode error) 'utf-8' codec can't decode {what}: {reason}")
    };
    let line_end = body[at..].iter().position(|b| *b == b'\n').map_or(body.len(), |n| at + n);
    let text = String::from_utf8_lossy(&body[line_start..line_end]).into_owned();
    let column = String::from_utf8_lossy(&body[line_start..at]).chars().count() as u32 + 1;
    SyntaxError {
        class: ErrorClass::Syntax,
        message,
        line: line as u32,
        column,
        end: None,
        text: Some(text.into()),
    }
}

fn ascii(body: &[u8]) -> Result<String, SyntaxError> {
    match body.iter().position(|byte| !byte.is_ascii()) {
        None => Ok(body.iter().map(|byte| char::from(*byte)).collect()),
        Some(at) => Err(bare(format!(
            "encoding problem: ascii codec can't decode byte 0x{:02x} in position {at}: ordinal \
             not in range(128)",
            body[at]
        ))),
    }
}
