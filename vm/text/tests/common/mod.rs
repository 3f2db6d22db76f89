//! Reading golden tables: one case a line, fields between tabs, `!` before an error.

use pyrs_text::bigint::{BigInt, BigRef, IntRef};
use pyrs_text::error::{ErrorKind, TextError};
use pyrs_text::int_text::{self, Int};
use pyrs_text::points::StrBuilder;

/// Runs `check` on the fields of every line and reports up to twenty failures at once.
pub fn each(table: &str, mut check: impl FnMut(&[&str]) -> Result<(), String>) {
    let mut failures = Vec::new();
    let mut count = 0;
    for line in table.split('\n').filter(|l| !l.is_empty()) {
        let fields: Vec<&str> = line.split('\t').collect();
        count += 1;
        if let Err(why) = check(&fields) {
            failures.push(format!("{line:?}: got {why:?}"));
        }
    }
    assert!(count > 15, "only {count} cases");
    let shown = failures.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{shown}", failures.len());
}

/// `Ok` if both texts are the same, else what came out.
pub fn same(got: &str, wanted: &str) -> Result<(), String> {
    if got == wanted { Ok(()) } else { Err(got.to_string()) }
}

/// A float from its bits in hex.
#[allow(dead_code, reason = "not every test file reads floats")]
pub fn float(bits: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(bits, 16).expect("16 hex digits"))
}

/// The bits of a float in hex.
#[allow(dead_code, reason = "not every test file writes floats")]
pub fn bits(x: f64) -> String {
    format!("{:016x}", x.to_bits())
}

/// An integer from decimal digits.
#[allow(dead_code, reason = "not every test file reads integers")]
pub fn int(text: &str) -> BigInt {
    match int_text::parse(text.as_bytes(), 10, 0, &mut || false).expect("an integer") {
        Int::Small(value) => BigInt::from_i64(value),
        Int::Big(value) => value,
    }
}

/// The number as formatters take it, small where possible.
#[allow(dead_code, reason = "not every test file formats integers")]
pub fn int_ref(value: BigRef<'_>) -> IntRef<'_> {
    value.to_i64().map_or(IntRef::Big(value), IntRef::Small)
}

/// Text or `!Class: message`.
#[allow(dead_code, reason = "not every test file has errors")]
pub fn outcome(result: Result<StrBuilder, TextError>) -> String {
    match result {
        Ok(text) => text.to_string(),
        Err(error) => {
            let class = match error.kind {
                ErrorKind::Value => "ValueError",
                ErrorKind::Type => "TypeError",
                ErrorKind::Overflow => "OverflowError",
                other => panic!("unexpected {other:?}"),
            };
            format!("!{class}: {}", error.message)
        }
    }
}

/// Code points from a Rust string.
#[allow(dead_code, reason = "not every test file reads strings")]
pub fn text(text: &str) -> StrBuilder {
    StrBuilder::from(text)
}

/// Code points from a text with `\u{..}` escapes.
#[allow(dead_code, reason = "not every test file reads escapes")]
pub fn unescape(text: &str) -> StrBuilder {
    let mut out = StrBuilder::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\u{") {
        out.push_str(&rest[..at]);
        let end = at + rest[at..].find('}').expect("a closing brace");
        out.push(u32::from_str_radix(&rest[at + 3..end], 16).expect("hex digits"));
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}

/// The reverse of [`unescape`], as the tables are written.
#[allow(dead_code, reason = "not every test file writes escapes")]
pub fn escape(text: &StrBuilder) -> String {
    let shown = |p: u32| match u8::try_from(p) {
        Ok(b'\\') => format!("\\u{{{p:x}}}"),
        Ok(byte @ 0x21..0x7F) => char::from(byte).to_string(),
        _ => format!("\\u{{{p:x}}}"),
    };
    text.as_points().iter().map(shown).collect()
}
