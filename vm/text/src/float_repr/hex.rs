//! `float.hex` and `float.fromhex`.

use super::trim_ascii;

/// What `float.fromhex` raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    /// "invalid hexadecimal floating-point string" (`ValueError`)
    Invalid,
    /// "hexadecimal value too large to represent as a float" (`OverflowError`)
    TooLarge,
}

/// `x.hex()`
pub fn to_hex(x: f64) -> String {
    if !x.is_finite() {
        return super::repr(x);
    }
    let bits = x.to_bits();
    let sign = if x.is_sign_negative() { "-" } else { "" };
    let field = (bits >> 52 & 0x7FF) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if field == 0 && fraction == 0 {
        return format!("{sign}0x0.0p+0");
    }
    let (lead, exponent) = if field == 0 { (0, -1022) } else { (1, field - 1023) };
    format!("{sign}0x{lead}.{fraction:013x}p{exponent:+}")
}

/// `float.fromhex(text)` for the ASCII bytes of a string (any other character is an error, so the
/// caller may replace it by `?`).
pub fn from_hex(text: &[u8]) -> Result<f64, HexError> {
    let text = trim_ascii(text);
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let named = |name: &[u8]| rest.eq_ignore_ascii_case(name);
    let value = if named(b"inf") || named(b"infinity") {
        f64::INFINITY
    } else if named(b"nan") {
        f64::NAN
    } else {
        parse_digits(rest)?
    };
    Ok(if negative { -value } else { value })
}

/// `[0x] digits [. digits] [p exponent]`
fn parse_digits(text: &[u8]) -> Result<f64, HexError> {
    let text = match text {
        [b'0', b'x' | b'X', rest @ ..] => rest,
        _ => text,
    };
    // The value is `head * 2**exponent`, plus something less than one unit of head if `lost`.
    let (mut head, mut lost, mut exponent) = (0u64, false, 0i64);
    let (mut digits, mut point, mut at) = (0usize, false, 0usize);
    while let Some(&byte) = text.get(at) {
        if byte == b'.' && !point {
            point = true;
        } else if let Some(digit) = (byte as char).to_digit(16) {
            digits += 1;
            if head >> 60 == 0 {
                head = head << 4 | u64::from(digit);
                exponent -= if point { 4 } else { 0 };
            } else {
                lost |= digit != 0;
                exponent += if point { 0 } else { 4 };
            }
        } else {
            break;
        }
        at += 1;
    }
    if digits == 0 {
        return Err(HexError::Invalid);
    }
    if let Some(b'p' | b'P') = text.get(at) {
        let (written, used) = exponent_value(&text[at + 1..]).ok_or(HexError::Invalid)?;
        exponent = exponent.saturating_add(written);
        at += 1 + used;
    }
    // In CPython's order: a number too large is reported before what follows it.
    let value = build(head, lost, exponent)?;
    if at == text.len() { Ok(value) } else { Err(HexError::Invalid) }
}

/// A signed decimal exponent (saturating) and its length in bytes; `None` without digits.
fn exponent_value(text: &[u8]) -> Option<(i64, usize)> {
    let signed = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let digits = text[signed..].iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let value = text[signed..signed + digits]
        .iter()
        .fold(0i64, |v, &d| v.saturating_mul(10).saturating_add(i64::from(d - b'0')));
    Some((if text[0] == b'-' { -value } else { value }, signed + digits))
}

/// Rounds `head * 2**exponent` (and a lost rest) to a float.
fn build(head: u64, lost: bool, exponent: i64) -> Result<f64, HexError> {
    if head == 0 {
        return Ok(0.0);
    }
    let zeros = head.leading_zeros();
    // Normalise: value is in [2**(top-1), 2**top).
    let top = (64 - i64::from(zeros)).saturating_add(exponent);
    if top > 1024 {
        return Err(HexError::TooLarge);
    }
    if top < -1074 {
        return Ok(0.0);
    }
    let head = u128::from(head << zeros) << 32 | u128::from(lost);
    // 96 bits in all; keep 53, fewer for a subnormal.
    let keep = (top + 1074).clamp(0, 53) as u32;
    let drop = 96 - keep;
    let (kept, rest) = (head >> drop, head & ((1u128 << drop) - 1));
    let half = 1u128 << (drop - 1);
    let rounded = (kept + u128::from(rest > half || (rest == half && kept & 1 == 1))) as u64;
    // The bit pattern of `rounded` units of the last place; a carry moves into the exponent.
    let field = if keep == 53 { (top + 1021) as u64 } else { 0 };
    let bits = (field << 52) + rounded;
    let value = f64::from_bits(bits);
    if value.is_infinite() { Err(HexError::TooLarge) } else { Ok(value) }
}
