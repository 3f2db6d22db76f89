//! `round(float)` and `round(float, n)`: exact decimal rounding, ties to even.

use std::io::Write;

use super::MAX_DIGITS;
use crate::bigint::{BigInt, from_float};

/// What `round` raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundError {
    /// "cannot convert float infinity to integer" (`OverflowError`)
    Infinity,
    /// "cannot convert float NaN to integer" (`ValueError`)
    Nan,
    /// "rounded value too large to represent" (`OverflowError`)
    TooLarge,
}

/// `round(x)`: the nearest integer, ties to even.
pub fn round_half_even(x: f64) -> Result<BigInt, RoundError> {
    if x.is_nan() {
        return Err(RoundError::Nan);
    }
    from_float(x.round_ties_even()).ok_or(RoundError::Infinity)
}

/// `round(x, digits)`: `x` rounded to `digits` places after the point (before it if negative),
/// as if its exact decimal expansion was rounded and read back.
pub fn round_digits(x: f64, digits: i64) -> Result<f64, RoundError> {
    if !x.is_finite() || digits > 323 || x == 0.0 {
        return Ok(x);
    }
    if digits < -308 {
        return Ok(0.0 * x);
    }
    let mut text = Vec::with_capacity(32);
    if digits >= 0 {
        let places = (digits as usize).min(MAX_DIGITS);
        let _ = write!(text, "{x:.places$}");
    } else {
        let places = digits.unsigned_abs() as usize;
        let whole = x.trunc();
        let _ = write!(text, "{:.0}", whole.abs());
        round_whole(&mut text, places, whole != x);
        if x < 0.0 {
            text.insert(0, b'-');
        }
    }
    let value: f64 = std::str::from_utf8(&text).ok().and_then(|t| t.parse().ok()).unwrap_or(x);
    if value.is_infinite() { Err(RoundError::TooLarge) } else { Ok(value) }
}

/// Replaces the last `places` digits of a whole number by zeros, rounding ties to even; `more`
/// says that the number has a fraction.
fn round_whole(digits: &mut Vec<u8>, places: usize, more: bool) {
    if places > digits.len() {
        *digits = b"0".to_vec();
        return;
    }
    let cut = digits.len() - places;
    let dropped = digits.split_off(cut);
    let tie = dropped.first() == Some(&b'5') && !more && dropped[1..].iter().all(|&d| d == b'0');
    let odd = digits.last().is_some_and(|d| d & 1 == 1);
    let up = dropped.first().is_some_and(|&d| d >= b'5') && (!tie || odd);
    if up {
        let mut carried = true;
        for digit in digits.iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                carried = false;
                break;
            }
        }
        if carried {
            digits.insert(0, b'1');
        }
    }
    if digits.is_empty() {
        digits.push(b'0');
    }
    digits.resize(digits.len() + places, b'0');
}
