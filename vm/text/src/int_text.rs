//! Integers as text: `int(text, base)`, and printing in any base from 2 to 36.
//!
//! Decimal conversions of huge numbers are split here (divide and conquer over powers of ten), so
//! that they can be interrupted; the pieces are `dashu-int`'s.

use dashu_base::DivRem;
use dashu_int::UBig;

use crate::bigint::{BigInt, BigRef, IntRef, Interrupted, Limb, Poll};
use crate::points::CodePoints;

/// Longest decimal text that is converted in one go; some milliseconds of work.
const PIECE_DIGITS: usize = 30_000;

/// A parsed integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Int {
    /// It fits 64 bits.
    Small(i64),
    /// It does not fit 64 bits.
    Big(BigInt),
}

/// Why a text is not an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseIntError {
    /// "invalid literal for int() with base {base}: {repr}" (`ValueError`): with the base as given.
    Invalid,
    /// "int() base must be >= 2 and <= 36, or 0" (`ValueError`)
    Base,
    /// More digits than `sys.get_int_max_str_digits()`: see [`parse_limit_message`].
    TooManyDigits {
        /// How many digits there are.
        digits: usize,
    },
    /// The poll asked to stop.
    Interrupted,
}

/// The text of the `ValueError` for [`ParseIntError::TooManyDigits`].
pub fn parse_limit_message(limit: usize, digits: usize) -> String {
    format!(
        "Exceeds the limit ({limit} digits) for integer string conversion: value has {digits} \
         digits; use sys.set_int_max_str_digits() to increase the limit"
    )
}

/// The text of the `ValueError` for [`DecimalError::TooManyDigits`].
pub fn print_limit_message(limit: usize) -> String {
    format!(
        "Exceeds the limit ({limit} digits) for integer string conversion; \
         use sys.set_int_max_str_digits() to increase the limit"
    )
}

/// `int(text, base)` for a string. `max_digits` is `sys.get_int_max_str_digits()` (0: no limit).
pub fn parse_str(
    text: CodePoints<'_>,
    base: u32,
    max_digits: usize,
    poll: Poll<'_>,
) -> Result<Int, ParseIntError> {
    match text.as_ascii() {
        Some(bytes) => parse(bytes, base, max_digits, poll),
        None => parse(&crate::unicode::to_ascii_number(text), base, max_digits, poll),
    }
}

/// `int(text, base)` for bytes: whitespace around, a sign, a prefix where the base allows it, and
/// single underscores between digits.
pub fn parse(
    text: &[u8],
    base: u32,
    max_digits: usize,
    poll: Poll<'_>,
) -> Result<Int, ParseIntError> {
    if base != 0 && !(2..=36).contains(&base) {
        return Err(ParseIntError::Base);
    }
    // A number of few digits needs none of what follows.
    if base == 10 && text.len() <= 18 && !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
        return Ok(Int::Small(text.iter().fold(0, |v, &d| v * 10 + i64::from(d - b'0'))));
    }
    let text = &text[text.iter().take_while(|b| is_space(**b)).count()..];
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (digits, base, must_be_zero) = split_prefix(text, base);
    let (digits, rest) = take_digits(digits, base).ok_or(ParseIntError::Invalid)?;
    let limited = !base.is_power_of_two() && max_digits > 0 && digits.len() > 640;
    if limited && digits.len() > max_digits {
        return Err(ParseIntError::TooManyDigits { digits: digits.len() });
    }
    if rest.iter().any(|&b| !is_space(b)) || (must_be_zero && digits.iter().any(|&d| d != b'0')) {
        return Err(ParseIntError::Invalid);
    }
    from_digits(negative, &digits, base, poll).map_err(|_| ParseIntError::Interrupted)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Drops the prefix that belongs to `base`. Returns the digits, the base they are in, and whether
/// they must all be zero (base 0 with a leading zero and no prefix).
fn split_prefix(text: &[u8], base: u32) -> (&[u8], u32, bool) {
    let named = match text {
        [b'0', b'x' | b'X', ..] => Some(16),
        [b'0', b'o' | b'O', ..] => Some(8),
        [b'0', b'b' | b'B', ..] => Some(2),
        _ => None,
    };
    match named {
        Some(prefix) if base == 0 || base == prefix => {
            let digits = &text[2..];
            (digits.strip_prefix(b"_").unwrap_or(digits), prefix, false)
        }
        _ if base == 0 => (text, 10, text.first() == Some(&b'0')),
        _ => (text, base, false),
    }
}

/// The leading digits without their underscores, and what follows; `None` if there is no digit
/// or an underscore is misplaced.
fn take_digits(text: &[u8], base: u32) -> Option<(std::borrow::Cow<'_, [u8]>, &[u8])> {
    let is_digit = |b: u8| char::from(b).is_digit(base);
    let len = text.iter().take_while(|&&b| b == b'_' || is_digit(b)).count();
    let (run, rest) = text.split_at(len);
    if run.is_empty() || run[0] == b'_' || run[len - 1] == b'_' {
        return None;
    }
    if memchr::memchr(b'_', run).is_none() {
        return Some((run.into(), rest));
    }
    if memchr::memmem::find(run, b"__").is_some() {
        return None;
    }
    Some((run.iter().copied().filter(|&b| b != b'_').collect::<Vec<_>>().into(), rest))
}

/// The number that valid digits stand for.
fn from_digits(
    negative: bool,
    digits: &[u8],
    base: u32,
    poll: Poll<'_>,
) -> Result<Int, Interrupted> {
    if digits.len() <= 12 {
        let value =
            digits.iter().fold(0i64, |v, &d| v * i64::from(base) + i64::from(digit_value(d)));
        return Ok(Int::Small(if negative { -value } else { value }));
    }
    let magnitude = magnitude_from_digits(digits, base, poll)?;
    let number = BigInt::from_ubig(negative, &magnitude);
    Ok(match number.to_i64() {
        Some(small) => Int::Small(small),
        None => Int::Big(number),
    })
}

fn digit_value(digit: u8) -> u32 {
    char::from(digit).to_digit(36).unwrap_or(0)
}

fn magnitude_from_digits(digits: &[u8], base: u32, poll: Poll<'_>) -> Result<UBig, Interrupted> {
    if digits.len() <= PIECE_DIGITS || base.is_power_of_two() {
        if digits.len() > PIECE_DIGITS && poll() {
            return Err(Interrupted);
        }
        let text = std::str::from_utf8(digits).unwrap_or("0");
        return Ok(UBig::from_str_radix(text, base).unwrap_or(UBig::ZERO));
    }
    let mut powers = Powers::new(base);
    let level = powers.level_below(digits.len(), poll)?;
    powers.join(digits, level, poll)
}

/// `base ** (PIECE_DIGITS << level)` for each level.
struct Powers {
    base: u32,
    powers: Vec<UBig>,
}

impl Powers {
    fn new(base: u32) -> Powers {
        Powers { base, powers: Vec::new() }
    }

    fn digits_at(level: usize) -> usize {
        PIECE_DIGITS << level
    }

    /// Makes the powers up to the largest with fewer than `digits` digits; returns its level.
    fn level_below(&mut self, digits: usize, poll: Poll<'_>) -> Result<usize, Interrupted> {
        let mut level = 0;
        loop {
            if self.powers.len() <= level {
                let next = match self.powers.last() {
                    Some(last) => crate::bigint::square_ubig(last, poll)?,
                    None => UBig::from(self.base).pow(PIECE_DIGITS),
                };
                self.powers.push(next);
            }
            if Powers::digits_at(level + 1) >= digits {
                return Ok(level);
            }
            level += 1;
        }
    }

    /// The value of `digits`, which are at most `PIECE_DIGITS << (level + 1)`.
    fn join(&self, digits: &[u8], level: usize, poll: Poll<'_>) -> Result<UBig, Interrupted> {
        if digits.len() <= PIECE_DIGITS {
            return magnitude_from_digits(digits, self.base, poll);
        }
        let low_len = Powers::digits_at(level);
        if digits.len() <= low_len {
            return self.join(digits, level.saturating_sub(1), poll);
        }
        let (high, low) = digits.split_at(digits.len() - low_len);
        let below = level.saturating_sub(1);
        let high = self.join(high, below, poll)?;
        let low = self.join(low, below, poll)?;
        Ok(crate::bigint::mul_ubig(&high, &self.powers[level], poll)? + low)
    }

    /// Appends `value` with exactly `PIECE_DIGITS << (level + 1)` digits, or without leading
    /// zeros if `first`.
    fn split(
        &self,
        out: &mut Vec<u8>,
        value: UBig,
        level: Option<usize>,
        first: bool,
        poll: Poll<'_>,
    ) -> Result<(), Interrupted> {
        if poll() {
            return Err(Interrupted);
        }
        let Some(level) = level else {
            let text = value.to_string();
            if !first {
                out.resize(out.len() + PIECE_DIGITS - text.len().min(PIECE_DIGITS), b'0');
            }
            out.extend_from_slice(text.as_bytes());
            return Ok(());
        };
        let below = level.checked_sub(1);
        let (high, low) = value.div_rem(&self.powers[level]);
        if first && high.is_zero() {
            return self.split(out, low, below, true, poll);
        }
        self.split(out, high, below, first, poll)?;
        self.split(out, low, below, false, poll)
    }
}

/// Why a number was not printed in decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// More digits than the limit: see [`print_limit_message`] (`ValueError`).
    TooManyDigits,
    /// The poll asked to stop.
    Interrupted,
}

impl From<Interrupted> for DecimalError {
    fn from(_: Interrupted) -> DecimalError {
        DecimalError::Interrupted
    }
}

/// Appends `str(value)`; `max_digits` is `sys.get_int_max_str_digits()` (0: no limit).
pub fn write_decimal(
    out: &mut Vec<u8>,
    value: IntRef<'_>,
    max_digits: usize,
    poll: Poll<'_>,
) -> Result<(), DecimalError> {
    match value {
        IntRef::Small(value) => {
            write_i64(out, value);
            Ok(())
        }
        IntRef::Big(value) => match value.to_i64() {
            Some(value) => {
                write_i64(out, value);
                Ok(())
            }
            None => write_big_decimal(out, value, max_digits, poll),
        },
    }
}

fn write_big_decimal(
    out: &mut Vec<u8>,
    value: BigRef<'_>,
    max_digits: usize,
    poll: Poll<'_>,
) -> Result<(), DecimalError> {
    let bits = crate::bigint::bit_length(value.limbs);
    // log10(2) is between 0.30102 and 0.30103.
    let at_least = (bits - 1) as u64 * 30102 / 100_000 + 1;
    if max_digits > 0 && at_least > max_digits as u64 {
        return Err(DecimalError::TooManyDigits);
    }
    let at_most = (bits as u64 * 30103 / 100_000 + 1) as usize;
    let start = out.len();
    out.reserve(at_most + 1);
    if value.negative {
        out.push(b'-');
    }
    let digits_start = out.len();
    if at_most <= PIECE_DIGITS {
        write_medium(out, value.limbs);
    } else {
        let mut powers = Powers::new(10);
        let level = powers.level_below(at_most, poll)?;
        powers.split(out, value.to_ubig(), Some(level), true, poll)?;
    }
    if max_digits > 0 && out.len() - digits_start > max_digits {
        out.truncate(start);
        return Err(DecimalError::TooManyDigits);
    }
    Ok(())
}

/// Decimal digits of a magnitude that needs no interruption.
fn write_medium(out: &mut Vec<u8>, limbs: &[Limb]) {
    let text = BigRef { negative: false, limbs }.to_ubig().to_string();
    out.extend_from_slice(text.as_bytes());
}

/// Two digits for each number below 100.
static PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819\
2021222324252627282930313233343536373839\
4041424344454647484950515253545556575859\
6061626364656667686970717273747576777879\
8081828384858687888990919293949596979899";

/// Appends a number in decimal.
#[inline]
pub fn write_i64(out: &mut Vec<u8>, value: i64) {
    let mut buffer = [0u8; 20];
    let mut at = buffer.len();
    let mut rest = value.unsigned_abs();
    while rest >= 100 {
        let pair = (rest % 100) as usize * 2;
        rest /= 100;
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if rest >= 10 {
        let pair = rest as usize * 2;
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    } else {
        at -= 1;
        buffer[at] = b'0' + rest as u8;
    }
    if value < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    out.extend_from_slice(&buffer[at..]);
}

/// Appends the digits of the magnitude in `base` (2, 8, 16: quick; any up to 36), lower case,
/// without sign and prefix.
pub fn write_magnitude(out: &mut Vec<u8>, value: IntRef<'_>, base: u32) {
    let bits = match base {
        2 => 1,
        4 => 2,
        8 => 3,
        16 => 4,
        32 => 5,
        _ => {
            let text =
                value.with_big(|v| v.to_ubig().in_radix(base.clamp(2, 36) as u8).to_string());
            out.extend_from_slice(text.as_bytes());
            return;
        }
    };
    value.with_big(|v| write_binary(out, v.limbs, bits));
}

/// Digits of `bits` bits each, from the top.
fn write_binary(out: &mut Vec<u8>, limbs: &[Limb], bits: usize) {
    let total = crate::bigint::bit_length(limbs);
    let count = total.div_ceil(bits).max(1);
    out.reserve(count);
    let limb_bits = crate::bigint::LIMB_BITS;
    for index in (0..count).rev() {
        let (word, shift) = (index * bits / limb_bits, index * bits % limb_bits);
        let mut digit = limbs.get(word).copied().unwrap_or(0) >> shift;
        if shift + bits > limb_bits {
            digit |= limbs.get(word + 1).copied().unwrap_or(0) << (limb_bits - shift);
        }
        let digit = (digit & ((1 << bits) - 1)) as u8;
        out.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
    }
}

/// `bin`, `oct`, `hex` (base 2, 8, 16): sign, prefix and digits.
pub fn with_prefix(value: IntRef<'_>, base: u32) -> String {
    let mut out = Vec::new();
    if value.is_negative() {
        out.push(b'-');
    }
    out.extend_from_slice(match base {
        2 => b"0b",
        8 => b"0o",
        16 => b"0x",
        _ => b"",
    });
    write_magnitude(&mut out, value, base);
    crate::float_repr::into_string(out)
}

/// `str(value)` without digit limit, for callers that cannot be interrupted.
pub fn decimal(value: IntRef<'_>) -> String {
    let mut out = Vec::new();
    // Without limit and without a poll that stops, nothing can go wrong.
    let _ = write_decimal(&mut out, value, 0, &mut || false);
    crate::float_repr::into_string(out)
}

#[cfg(test)]
mod tests;
