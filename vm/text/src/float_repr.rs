//! Floats as text: `repr`, the `e`/`f`/`g` layouts, parsing, `round`, `hex` and `fromhex`.
//!
//! Shortest digits come from `zmij`, digits at a given precision from Rust's formatter (both exact,
//! ties to even); this file decides the layout. Words: *digits* are decimal significant digits
//! without leading or trailing zeros, `point` is the position of the decimal point relative to
//! their start, so that the value is `0.DIGITS * 10**point`.

mod hex;
mod round;
#[cfg(test)]
mod tests;

pub use hex::{HexError, from_hex, to_hex};
pub use round::{RoundError, round_digits, round_half_even};

use std::borrow::Cow;
use std::io::Write;

/// Beyond this many digits after the point, or significant digits, every float has only zeros.
const MAX_DIGITS: usize = 1100;

/// Choices of [`write_double`], CPython's `Py_DTSF_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoubleFlags {
    /// Always a sign, `+` included.
    pub sign: bool,
    /// `.0` after a whole number that is not in exponent form.
    pub add_dot_0: bool,
    /// The `#` flag: keep the point, and the trailing zeros of `g`.
    pub alternate: bool,
    /// The `z` flag: no sign for what is rounded to zero.
    pub no_negative_zero: bool,
}

/// Significant digits of a number; see the file's comment.
struct Digits {
    digits: [u8; 24],
    long: Vec<u8>,
    len: usize,
    point: i32,
}

impl Digits {
    fn get(&self) -> &[u8] {
        if self.long.is_empty() { &self.digits[..self.len] } else { &self.long }
    }

    /// From text such as `123.456e7`: a point and an exponent are optional.
    fn from_text(text: &[u8]) -> Digits {
        let (mantissa, exponent) = match memchr::memchr2(b'e', b'E', text) {
            Some(at) => (&text[..at], parse_exponent(&text[at + 1..])),
            None => (text, 0),
        };
        let whole = memchr::memchr(b'.', mantissa).unwrap_or(mantissa.len());
        let all = mantissa.iter().copied().filter(u8::is_ascii_digit);
        let leading = all.clone().take_while(|&d| d == b'0').count();
        let point = whole as i32 - leading as i32 + exponent;
        let mut out = Digits { digits: [0; 24], long: Vec::new(), len: 0, point };
        if mantissa.len() - leading <= out.digits.len() {
            for digit in all.skip(leading) {
                out.digits[out.len] = digit;
                out.len += 1;
            }
            while out.len > 0 && out.digits[out.len - 1] == b'0' {
                out.len -= 1;
            }
        } else {
            out.long = all.skip(leading).collect();
            while out.long.last() == Some(&b'0') {
                out.long.pop();
            }
        }
        if out.get().is_empty() {
            out.point = 1;
        }
        out
    }

    /// The shortest digits that read back as `x` (finite, not negative).
    fn shortest(x: f64) -> Digits {
        Digits::from_text(zmij::Buffer::new().format_finite(x).as_bytes())
    }

    /// `count >= 1` significant digits of `x` (finite, not negative).
    fn significant(x: f64, count: usize) -> Digits {
        let mut text = Vec::with_capacity(32);
        let precision = (count.max(1) - 1).min(MAX_DIGITS);
        // Writing to a Vec cannot fail.
        let _ = write!(text, "{x:.precision$e}");
        Digits::from_text(&text)
    }
}

fn parse_exponent(text: &[u8]) -> i32 {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let value = digits
        .iter()
        .fold(0i32, |v, &d| v.saturating_mul(10).saturating_add(i32::from(d.wrapping_sub(b'0'))));
    if negative { -value } else { value }
}

/// Appends `repr(x)`.
#[inline]
pub fn write_repr(out: &mut Vec<u8>, x: f64) {
    // Whole numbers of moderate size are frequent and need no shortest-digit search.
    if x.abs() < 1e15 && x == x.trunc() && x != 0.0 {
        crate::int_text::write_i64(out, x as i64);
        out.extend_from_slice(b".0");
        return;
    }
    write_double(out, x, b'r', 0, DoubleFlags { add_dot_0: true, ..DoubleFlags::default() });
}

/// `repr(x)`
pub fn repr(x: f64) -> String {
    let mut out = Vec::with_capacity(24);
    write_repr(&mut out, x);
    into_string(out)
}

/// `repr(complex(re, im))`
pub fn repr_complex(re: f64, im: f64) -> String {
    let mut out = Vec::with_capacity(48);
    let plain = DoubleFlags::default();
    if re == 0.0 && re.is_sign_positive() {
        write_double(&mut out, im, b'r', 0, plain);
        out.push(b'j');
    } else {
        out.push(b'(');
        write_double(&mut out, re, b'r', 0, plain);
        write_double(&mut out, im, b'r', 0, DoubleFlags { sign: true, ..plain });
        out.extend_from_slice(b"j)");
    }
    into_string(out)
}

/// ASCII bytes of our own making as a `String`.
pub(crate) fn into_string(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("only ASCII was written")
}

/// Appends `x` in the layout `kind`: one of `e E f F g G`, or `r` for `repr` (which ignores
/// `precision`). CPython's `PyOS_double_to_string`; a `%` is the caller's.
pub fn write_double(out: &mut Vec<u8>, x: f64, kind: u8, precision: usize, flags: DoubleFlags) {
    let upper = kind.is_ascii_uppercase();
    if !x.is_finite() {
        if x.is_infinite() && x < 0.0 {
            out.push(b'-');
        } else if flags.sign {
            out.push(b'+');
        }
        let text: &[u8] = match (x.is_nan(), upper) {
            (true, false) => b"nan",
            (true, true) => b"NAN",
            (false, false) => b"inf",
            (false, true) => b"INF",
        };
        out.extend_from_slice(text);
        return;
    }
    let start = out.len();
    if x.is_sign_negative() {
        out.push(b'-');
    } else if flags.sign {
        out.push(b'+');
    }
    let size = x.abs();
    let kind = kind.to_ascii_lowercase();
    let nonzero = match kind {
        b'f' => write_fixed(out, size, precision, flags),
        b'e' => {
            let digits = Digits::significant(size, precision.saturating_add(1));
            write_exponent(out, &digits, precision, flags.alternate || precision > 0, upper);
            !digits.get().is_empty()
        }
        b'g' => write_general(out, size, precision.max(1), flags, upper),
        _ => write_shortest(out, size, flags, upper),
    };
    if !nonzero && flags.no_negative_zero && out.get(start) == Some(&b'-') {
        if flags.sign {
            out[start] = b'+';
        } else {
            out.remove(start);
        }
    }
}

/// The layout of `f`; returns whether any digit is not zero.
fn write_fixed(out: &mut Vec<u8>, size: f64, precision: usize, flags: DoubleFlags) -> bool {
    let start = out.len();
    let shown = precision.min(MAX_DIGITS);
    let _ = write!(out, "{size:.shown$}");
    let nonzero = out[start..].iter().any(|d| (b'1'..=b'9').contains(d));
    out.resize(out.len() + precision - shown, b'0');
    if precision == 0 && (flags.alternate || flags.add_dot_0) {
        out.push(b'.');
        if flags.add_dot_0 {
            out.push(b'0');
        }
    }
    nonzero
}

/// The layout of `g`; returns whether any digit is not zero.
fn write_general(
    out: &mut Vec<u8>,
    size: f64,
    precision: usize,
    flags: DoubleFlags,
    upper: bool,
) -> bool {
    let digits = Digits::significant(size, precision);
    let limit = i64::try_from(precision).unwrap_or(i64::MAX) - i64::from(flags.add_dot_0);
    if digits.point <= -4 || i64::from(digits.point) > limit {
        let shown = if flags.alternate { precision - 1 } else { digits.get().len().max(1) - 1 };
        write_exponent(out, &digits, shown, flags.alternate || shown > 0, upper);
    } else {
        write_plain(out, &digits, if flags.alternate { precision } else { 0 }, flags);
    }
    !digits.get().is_empty()
}

/// The layout of `repr`; returns whether any digit is not zero.
fn write_shortest(out: &mut Vec<u8>, size: f64, flags: DoubleFlags, upper: bool) -> bool {
    let digits = Digits::shortest(size);
    if digits.point <= -4 || digits.point > 16 {
        let shown = digits.get().len().max(1) - 1;
        write_exponent(out, &digits, shown, flags.alternate || shown > 0, upper);
    } else {
        write_plain(out, &digits, 0, flags);
    }
    !digits.get().is_empty()
}

/// `d.ddde+xx` with `shown` digits after the point.
fn write_exponent(out: &mut Vec<u8>, digits: &Digits, shown: usize, dot: bool, upper: bool) {
    let text = digits.get();
    out.push(text.first().copied().unwrap_or(b'0'));
    if dot {
        out.push(b'.');
    }
    let rest = text.get(1..).unwrap_or(&[]);
    out.extend_from_slice(&rest[..rest.len().min(shown)]);
    out.resize(out.len() + shown.saturating_sub(rest.len()), b'0');
    out.push(if upper { b'E' } else { b'e' });
    let exponent = digits.point - 1;
    out.push(if exponent < 0 { b'-' } else { b'+' });
    if exponent.unsigned_abs() < 10 {
        out.push(b'0');
    }
    crate::int_text::write_i64(out, i64::from(exponent.unsigned_abs()));
}

/// Digits without exponent, at least `significant` of them (with zeros appended).
fn write_plain(out: &mut Vec<u8>, digits: &Digits, significant: usize, flags: DoubleFlags) {
    let text = digits.get();
    let point = digits.point;
    let len = text.len().max(significant);
    let whole = usize::try_from(point).unwrap_or(0);
    if whole == 0 {
        out.push(b'0');
    } else {
        let shown = text.len().min(whole);
        out.extend_from_slice(&text[..shown]);
        out.resize(out.len() + whole - shown, b'0');
    }
    if len > whole {
        out.push(b'.');
        out.resize(out.len() + point.min(0).unsigned_abs() as usize, b'0');
        let rest = text.get(whole..).unwrap_or(&[]);
        out.extend_from_slice(rest);
        out.resize(out.len() + (len - whole) - rest.len(), b'0');
    } else if flags.add_dot_0 {
        out.extend_from_slice(b".0");
    } else if flags.alternate {
        out.push(b'.');
    }
}

/// `float(text)` for ASCII text: surrounding whitespace, single underscores between digits, `inf`,
/// `infinity` and `nan` in any case. `None` where Python raises "could not convert string to
/// float: ..." (the caller has the object to show). Strings that are not ASCII go through
/// [`crate::unicode::to_ascii_number`] first.
pub fn parse(text: &[u8]) -> Option<f64> {
    let text = trim_ascii(text);
    let unsigned = match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    };
    let first = unsigned.first()?;
    if !first.is_ascii_digit() && *first != b'.' {
        let named = |name: &[u8]| unsigned.eq_ignore_ascii_case(name);
        let value = if named(b"inf") || named(b"infinity") {
            f64::INFINITY
        } else if named(b"nan") {
            f64::NAN
        } else {
            return None;
        };
        return Some(if text[0] == b'-' { -value } else { value });
    }
    if memchr::memchr(b'_', unsigned).is_some() {
        return parse_plain(&without_underscores(text)?);
    }
    parse_plain(text)
}

/// Cuts ASCII whitespace (the six characters of C's `isspace`) from both ends.
pub(crate) fn trim_ascii(text: &[u8]) -> &[u8] {
    let space = |b: &u8| matches!(b, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|b| !space(b)).unwrap_or(text.len());
    let end = text.iter().rposition(|b| !space(b)).map_or(start, |at| at + 1);
    &text[start..end]
}

/// The text without its underscores, each of which must stand between two digits.
fn without_underscores(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |at: Option<usize>| at.and_then(|i| text.get(i)).is_some_and(u8::is_ascii_digit);
    let mut out = Vec::with_capacity(text.len());
    for (i, &byte) in text.iter().enumerate() {
        if byte != b'_' {
            out.push(byte);
        } else if !(digit(i.checked_sub(1)) && digit(Some(i + 1))) {
            return None;
        }
    }
    Some(out)
}

/// Digits with optional point and exponent, nothing else.
fn parse_plain(text: &[u8]) -> Option<f64> {
    // Rust's grammar for text that starts like a number is Python's: digits, one point with at
    // least one digit on either side, and an exponent with digits.
    if !text.iter().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The length of the longest start of `text` that is a float, sign included; 0 if there is none.
fn float_prefix(text: &[u8]) -> usize {
    let digits = |at: usize| text[at..].iter().take_while(|b| b.is_ascii_digit()).count();
    let start = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    for name in [&b"infinity"[..], b"inf", b"nan"] {
        if text.get(start..start + name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name)) {
            return start + name.len();
        }
    }
    let whole = digits(start);
    let mut at = start + whole;
    let mut count = whole;
    if text.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        count += fraction;
        at += 1 + fraction;
    }
    if count == 0 {
        return 0;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        let signed = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        if let Some(length @ 1..) = text.get(at + 1 + signed..).map(|_| digits(at + 1 + signed)) {
            at += 1 + signed + length;
        }
    }
    at
}

/// `complex(text)` for ASCII text: the real and the imaginary part. `None` where Python raises
/// `ValueError` "complex() arg is a malformed string".
pub fn parse_complex(text: &[u8]) -> Option<(f64, f64)> {
    let clean = match memchr::memchr(b'_', text) {
        Some(_) => Cow::Owned(without_underscores(text)?),
        None => Cow::Borrowed(text),
    };
    let mut text = trim_ascii(&clean);
    if let Some(inner) = text.strip_prefix(b"(") {
        text = trim_ascii(inner.strip_suffix(b")")?);
    }
    let unit = |t: &[u8]| match t {
        [b'+'] | [] => Some(1.0),
        [b'-'] => Some(-1.0),
        _ => parse(t).filter(|_| float_prefix(t) == t.len()),
    };
    let first = float_prefix(text);
    if first == text.len() {
        return parse(text).map(|re| (re, 0.0));
    }
    let rest = text.strip_suffix(b"j").or_else(|| text.strip_suffix(b"J"))?;
    match rest.get(first) {
        Some(b'+' | b'-') if first > 0 => Some((parse(&rest[..first])?, unit(&rest[first..])?)),
        _ => unit(rest).map(|im| (0.0, im)),
    }
}

/// A finite float as `mantissa * 2**exponent` with an odd mantissa (`(0, 0)` for zeros); infinities
/// and NaN give `(0, 0)` as well.
///
/// `float.as_integer_ratio()` is `mantissa << exponent` over 1, or `mantissa` over `1 << -exponent`.
pub fn decompose(x: f64) -> (i64, i32) {
    let bits = x.to_bits();
    let field = (bits >> 52 & 0x7FF) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = match field {
        0 => (fraction, -1074),
        0x7FF => (0, 0),
        _ => (fraction | 1 << 52, field - 1075),
    };
    if mantissa == 0 {
        return (0, 0);
    }
    let shift = mantissa.trailing_zeros();
    let magnitude = (mantissa >> shift) as i64;
    (if x < 0.0 { -magnitude } else { magnitude }, exponent + shift as i32)
}
