//! Floor division, greatest common divisor and integer square root.
//!
//! Python's division rounds towards minus infinity and the remainder takes the sign of the
//! divisor. `None` means division by zero.

use std::cmp::Ordering;

use dashu_base::{DivRem, Gcd, SquareRoot};

use super::{BigInt, BigRef, add, magnitude_u128, sub};

/// Truncated quotient and remainder of the magnitudes.
fn divide_magnitudes(a: BigRef<'_>, b: BigRef<'_>) -> (BigInt, BigInt) {
    if a.limbs.len() < b.limbs.len() {
        return (BigInt::zero(), a.abs().to_owned());
    }
    if let (Some(x), Some(y)) = (magnitude_u128(a.limbs), magnitude_u128(b.limbs)) {
        return (BigInt::from_u128(x / y), BigInt::from_u128(x % y));
    }
    let (quotient, remainder) = a.to_ubig().div_rem(b.to_ubig());
    (BigInt::from_ubig(false, &quotient), BigInt::from_ubig(false, &remainder))
}

/// `divmod(a, b)`; `None` if `b` is zero.
pub fn divmod(a: BigRef<'_>, b: BigRef<'_>) -> Option<(BigInt, BigInt)> {
    if b.is_zero() {
        return None;
    }
    let (mut quotient, mut remainder) = divide_magnitudes(a, b);
    if a.negative != b.negative {
        if !remainder.is_zero() {
            quotient = add(quotient.as_ref(), BigInt::from_i64(1).as_ref());
            remainder = sub(b.abs(), remainder.as_ref());
        }
        quotient = quotient.negated();
    }
    if b.negative {
        remainder = remainder.negated();
    }
    Some((quotient, remainder))
}

/// `a // b`; `None` if `b` is zero.
pub fn div_floor(a: BigRef<'_>, b: BigRef<'_>) -> Option<BigInt> {
    divmod(a, b).map(|(quotient, _)| quotient)
}

/// `a % b`; `None` if `b` is zero.
pub fn rem_floor(a: BigRef<'_>, b: BigRef<'_>) -> Option<BigInt> {
    divmod(a, b).map(|(_, remainder)| remainder)
}

/// `math.gcd(a, b)`: never negative, and zero only for two zeros.
pub fn gcd(a: BigRef<'_>, b: BigRef<'_>) -> BigInt {
    if a.is_zero() || b.is_zero() {
        return if a.is_zero() { b.abs().to_owned() } else { a.abs().to_owned() };
    }
    if let (Some(mut x), Some(mut y)) = (magnitude_u128(a.limbs), magnitude_u128(b.limbs)) {
        while y != 0 {
            if let (Ok(x64), Ok(y64)) = (u64::try_from(x), u64::try_from(y)) {
                return BigInt::from_u64(gcd_u64(x64, y64));
            }
            (x, y) = (y, x % y);
        }
        return BigInt::from_u128(x);
    }
    BigInt::from_ubig(false, &a.to_ubig().gcd(b.to_ubig()))
}

/// Stein's algorithm; both operands may be zero.
pub(crate) fn gcd_u64(mut x: u64, mut y: u64) -> u64 {
    if x == 0 || y == 0 {
        return x | y;
    }
    let shift = (x | y).trailing_zeros();
    x >>= x.trailing_zeros();
    loop {
        y >>= y.trailing_zeros();
        if x > y {
            (x, y) = (y, x);
        }
        y -= x;
        if y == 0 {
            return x << shift;
        }
    }
}

/// `math.lcm(a, b)`: never negative, zero if either is.
pub fn lcm(a: BigRef<'_>, b: BigRef<'_>) -> BigInt {
    match div_floor(a.abs(), gcd(a, b).as_ref()) {
        Some(quotient) => super::mul(quotient.as_ref(), b.abs()),
        None => BigInt::zero(),
    }
}

/// `math.isqrt(a)`: the largest integer whose square is at most `a`; `None` for negative `a`.
pub fn isqrt(a: BigRef<'_>) -> Option<BigInt> {
    if a.negative {
        return None;
    }
    if let Some(value) = super::magnitude_u64(a.limbs) {
        return Some(BigInt::from_u64(value.isqrt()));
    }
    Some(BigInt::from_ubig(false, &a.to_ubig().sqrt()))
}

/// The multiple of `unit` nearest to `a`, ties to the even multiple: `round(a, -n)` for the unit
/// `10**n`. `None` if `unit` is zero.
pub fn round_to_multiple(a: BigRef<'_>, unit: BigRef<'_>) -> Option<BigInt> {
    let unit = unit.abs();
    let (quotient, remainder) = divmod(a, unit)?;
    let twice = add(remainder.as_ref(), remainder.as_ref());
    let up = match super::cmp(twice.as_ref(), unit) {
        Ordering::Less => false,
        Ordering::Equal => quotient.as_ref().is_odd(),
        Ordering::Greater => true,
    };
    let below = sub(a, remainder.as_ref());
    Some(if up { add(below.as_ref(), unit) } else { below })
}
