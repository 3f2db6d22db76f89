//! Signed big integers with Python's semantics, over little-endian machine words ("limbs").
//!
//! [`BigRef`] borrows a number (sign and magnitude) from wherever the caller keeps its limbs;
//! [`BigInt`] owns a result, inline up to [`INLINE_LIMBS`]. Numbers of a few limbs are computed
//! here, larger ones by `dashu-int`. Invariant of every `BigInt`, and demanded of every `BigRef`:
//! the highest limb is not zero, and zero is not negative.
//!
//! Operations that can take long exist with a [`Poll`] argument and then stop within some
//! milliseconds after it returns `true`.

mod bits;
mod bytes;
mod division;
mod floats;
mod power;
mod small;
#[cfg(test)]
mod tests;

pub use bits::{bit_count, bit_length, bitand, bitnot, bitor, bitxor, shl, shr, trailing_zeros};
pub use bytes::{ByteOrder, from_bytes, to_bytes};
pub use division::{div_floor, divmod, gcd, isqrt, lcm, rem_floor, round_to_multiple};
pub use floats::{DivideError, compare_float, frexp, from_float, to_float, true_divide};
pub use power::{ModPowError, mod_inverse, pow, pow_mod};
pub use small::{add, cmp, mul, mul_poll, sub};
pub(crate) use small::{mul_ubig, square_ubig};

use dashu_base::Sign;
use dashu_int::{IBig, UBig, Word};

use crate::error::{ErrorKind, TextError};

/// One digit of a magnitude: a machine word.
pub type Limb = usize;

/// Bits of a [`Limb`].
pub const LIMB_BITS: usize = Limb::BITS as usize;

/// Results up to this many limbs need no allocation.
pub const INLINE_LIMBS: usize = 9;

/// Called now and then by long computations; `true` asks to stop, and the computation returns
/// [`Interrupted`].
pub type Poll<'a> = &'a mut dyn FnMut() -> bool;

/// The [`Poll`] asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

impl From<Interrupted> for TextError {
    fn from(_: Interrupted) -> TextError {
        TextError::new(ErrorKind::Interrupted, "")
    }
}

/// A borrowed integer: sign and little-endian magnitude without leading zero limbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BigRef<'a> {
    /// Whether the number is below zero.
    pub negative: bool,
    /// The magnitude; empty for zero.
    pub limbs: &'a [Limb],
}

#[derive(Clone, Debug)]
enum Store {
    Inline(u8, [Limb; INLINE_LIMBS]),
    Heap(Vec<Limb>),
}

/// An owned integer.
#[derive(Clone, Debug)]
pub struct BigInt {
    negative: bool,
    store: Store,
}

/// An integer as the formatters take it.
#[derive(Clone, Copy, Debug)]
pub enum IntRef<'a> {
    /// A number that fits 64 bits.
    Small(i64),
    /// Any number.
    Big(BigRef<'a>),
}

impl<'a> IntRef<'a> {
    /// The number as 64 bits, where it fits.
    pub fn to_i64(self) -> Option<i64> {
        match self {
            IntRef::Small(value) => Some(value),
            IntRef::Big(value) => value.to_i64(),
        }
    }

    /// Whether the number is below zero.
    pub fn is_negative(self) -> bool {
        match self {
            IntRef::Small(value) => value < 0,
            IntRef::Big(value) => value.negative,
        }
    }

    /// Calls `f` with the number as a [`BigRef`].
    pub fn with_big<R>(self, f: impl FnOnce(BigRef<'_>) -> R) -> R {
        match self {
            IntRef::Small(value) => f(BigInt::from_i64(value).as_ref()),
            IntRef::Big(value) => f(value),
        }
    }
}

impl<'a> BigRef<'a> {
    /// A number from sign and limbs; leading zero limbs are dropped.
    pub fn new(negative: bool, limbs: &'a [Limb]) -> BigRef<'a> {
        let limbs = trim(limbs);
        BigRef { negative: negative && !limbs.is_empty(), limbs }
    }

    /// Whether the number is zero.
    #[inline]
    pub fn is_zero(self) -> bool {
        self.limbs.is_empty()
    }

    /// The number's absolute value.
    pub fn abs(self) -> BigRef<'a> {
        BigRef { negative: false, limbs: self.limbs }
    }

    /// The number with the other sign.
    pub fn negated(self) -> BigRef<'a> {
        BigRef { negative: !self.negative && !self.is_zero(), limbs: self.limbs }
    }

    /// Whether the number is odd.
    pub fn is_odd(self) -> bool {
        self.limbs.first().is_some_and(|l| l & 1 == 1)
    }

    /// The number as 64 bits, where it fits.
    pub fn to_i64(self) -> Option<i64> {
        let magnitude = magnitude_u64(self.limbs)?;
        if self.negative {
            0i64.checked_sub_unsigned(magnitude)
        } else {
            i64::try_from(magnitude).ok()
        }
    }

    /// The number as a machine word, where it fits.
    pub fn to_isize(self) -> Option<isize> {
        self.to_i64().and_then(|v| isize::try_from(v).ok())
    }

    /// The same number as a `dashu-int` one.
    pub fn to_ibig(self) -> IBig {
        IBig::from_parts(
            if self.negative { Sign::Negative } else { Sign::Positive },
            self.to_ubig(),
        )
    }

    /// The absolute value as a `dashu-int` number.
    pub fn to_ubig(self) -> UBig {
        let words: Vec<Word> = self.limbs.iter().map(|&l| l as Word).collect();
        UBig::from_words(&words)
    }

    /// An owned copy.
    pub fn to_owned(self) -> BigInt {
        BigInt::from_limbs(self.negative, self.limbs)
    }
}

impl BigInt {
    /// Zero.
    pub fn zero() -> BigInt {
        BigInt { negative: false, store: Store::Inline(0, [0; INLINE_LIMBS]) }
    }

    /// From sign and limbs; leading zero limbs are dropped.
    pub fn from_limbs(negative: bool, limbs: &[Limb]) -> BigInt {
        let limbs = trim(limbs);
        let negative = negative && !limbs.is_empty();
        if limbs.len() <= INLINE_LIMBS {
            let mut inline = [0; INLINE_LIMBS];
            inline[..limbs.len()].copy_from_slice(limbs);
            return BigInt { negative, store: Store::Inline(limbs.len() as u8, inline) };
        }
        BigInt { negative, store: Store::Heap(limbs.to_vec()) }
    }

    /// Like [`BigInt::from_limbs`], keeping the allocation where one is needed.
    pub fn from_vec(negative: bool, mut limbs: Vec<Limb>) -> BigInt {
        limbs.truncate(trim(&limbs).len());
        if limbs.len() <= INLINE_LIMBS {
            return BigInt::from_limbs(negative, &limbs);
        }
        BigInt { negative, store: Store::Heap(limbs) }
    }

    /// From a 64-bit number.
    pub fn from_i64(value: i64) -> BigInt {
        let mut out = BigInt::from_u64(value.unsigned_abs());
        out.negative = value < 0;
        out
    }

    /// From an unsigned 64-bit number.
    pub fn from_u64(value: u64) -> BigInt {
        BigInt::from_u128(u128::from(value))
    }

    /// From an unsigned 128-bit number.
    pub fn from_u128(mut value: u128) -> BigInt {
        let mut inline = [0; INLINE_LIMBS];
        let mut len = 0;
        while value != 0 {
            inline[len] = value as Limb;
            value >>= LIMB_BITS;
            len += 1;
        }
        BigInt { negative: false, store: Store::Inline(len as u8, inline) }
    }

    /// From a signed 128-bit number.
    pub fn from_i128(value: i128) -> BigInt {
        let mut out = BigInt::from_u128(value.unsigned_abs());
        out.negative = value < 0;
        out
    }

    /// From a `dashu-int` number.
    pub fn from_ibig(value: &IBig) -> BigInt {
        let (sign, words) = value.as_sign_words();
        BigInt::from_words(sign == Sign::Negative, words)
    }

    /// From an unsigned `dashu-int` number.
    pub fn from_ubig(negative: bool, value: &UBig) -> BigInt {
        BigInt::from_words(negative, value.as_words())
    }

    fn from_words(negative: bool, words: &[Word]) -> BigInt {
        BigInt::from_vec(negative, words.iter().map(|&w| w as Limb).collect())
    }

    /// The number, borrowed.
    #[inline]
    pub fn as_ref(&self) -> BigRef<'_> {
        BigRef { negative: self.negative, limbs: self.limbs() }
    }

    /// The magnitude, little-endian, without leading zeros.
    #[inline]
    pub fn limbs(&self) -> &[Limb] {
        match &self.store {
            Store::Inline(len, limbs) => &limbs[..usize::from(*len)],
            Store::Heap(limbs) => limbs,
        }
    }

    /// Whether the number is below zero.
    #[inline]
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Whether the number is zero.
    #[inline]
    pub fn is_zero(&self) -> bool {
        self.limbs().is_empty()
    }

    /// The number as 64 bits, where it fits.
    pub fn to_i64(&self) -> Option<i64> {
        self.as_ref().to_i64()
    }

    /// The number with the other sign.
    pub fn negated(mut self) -> BigInt {
        self.negative = !self.negative && !self.is_zero();
        self
    }
}

impl PartialEq for BigInt {
    fn eq(&self, other: &BigInt) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl Eq for BigInt {}

impl From<i64> for BigInt {
    fn from(value: i64) -> BigInt {
        BigInt::from_i64(value)
    }
}

/// `limbs` without leading (most significant) zeros.
#[inline]
fn trim(limbs: &[Limb]) -> &[Limb] {
    let mut len = limbs.len();
    while len > 0 && limbs[len - 1] == 0 {
        len -= 1;
    }
    &limbs[..len]
}

/// The magnitude as 64 bits, where it fits.
fn magnitude_u64(limbs: &[Limb]) -> Option<u64> {
    if limbs.len() * LIMB_BITS > 64 {
        return None;
    }
    let bits = |(i, &l): (usize, &Limb)| (l as u64) << (i * LIMB_BITS);
    Some(limbs.iter().enumerate().map(bits).fold(0, |a, b| a | b))
}

/// The magnitude as 128 bits, where it fits.
fn magnitude_u128(limbs: &[Limb]) -> Option<u128> {
    if limbs.len() * LIMB_BITS > 128 {
        return None;
    }
    let bits = |(i, &l): (usize, &Limb)| (l as u128) << (i * LIMB_BITS);
    Some(limbs.iter().enumerate().map(bits).fold(0, |a, b| a | b))
}
