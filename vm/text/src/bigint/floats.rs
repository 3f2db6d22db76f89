//! Integers and floats: exact comparison, and conversions rounded once, to nearest, ties to even.

use std::cmp::Ordering;

use super::{BigInt, BigRef, LIMB_BITS, Limb, bit_length, divmod, shl, shr};

/// Bits of a float's significand.
const PRECISION: usize = 53;

/// `m * 2**e` for a whole `m` below 2**54 that is already rounded; `None` if it overflows.
fn scale(m: u64, e: i64) -> Option<f64> {
    let bits = 64 - i64::from(m.leading_zeros());
    if m != 0 && bits + e > 1024 {
        return None;
    }
    // Two exact steps: the second never rounds, because the caller left no bit below 2**-1074.
    let step = |x: f64, e: i64| x * f64::from_bits(((e + 1023) as u64) << 52);
    let mut value = m as f64;
    let mut e = e;
    while e > 1000 {
        value = step(value, 1000);
        e -= 1000;
    }
    while e < -1000 {
        value = step(value, -1000);
        e += 1000;
    }
    Some(step(value, e))
}

/// The top 64 bits of the magnitude (of at least 64 bits), and whether any bit below is set.
fn top_bits(limbs: &[Limb], bits: usize) -> (u64, bool) {
    let shift = bits - 64;
    let (words, offset) = (shift / LIMB_BITS, shift % LIMB_BITS);
    let mut top: u128 = 0;
    for (i, &limb) in limbs[words..].iter().enumerate() {
        top |= (limb as u128) << (i * LIMB_BITS);
    }
    let lost = limbs[..words].iter().any(|&l| l != 0) || top & ((1u128 << offset) - 1) != 0;
    ((top >> offset) as u64, lost)
}

/// `float(a)`; `None` for "int too large to convert to float" (`OverflowError`).
pub fn to_float(a: BigRef<'_>) -> Option<f64> {
    let bits = bit_length(a.limbs);
    let magnitude = if bits <= 64 {
        super::magnitude_u64(a.limbs)? as f64
    } else if bits > 1024 {
        return None;
    } else {
        let (mut top, lost) = top_bits(a.limbs, bits);
        // The bits below the 64 only matter as "more than a tie".
        top |= u64::from(lost);
        let exponent = (bits - 64) as i64;
        let rounded = round_to(top, 64 - PRECISION as u32);
        scale(rounded, exponent + (64 - PRECISION as i64))?
    };
    Some(if a.negative { -magnitude } else { magnitude })
}

/// `value >> shift`, ties to even (`1 <= shift < 64`).
fn round_to(value: u64, shift: u32) -> u64 {
    let kept = value >> shift;
    let rest = value & ((1 << shift) - 1);
    let half = 1 << (shift - 1);
    kept + u64::from(rest > half || (rest == half && kept & 1 == 1))
}

/// The integer `x` truncates to; `None` for infinities and NaN.
pub fn from_float(x: f64) -> Option<BigInt> {
    if !x.is_finite() {
        return None;
    }
    let (mantissa, exponent) = crate::float_repr::decompose(x.trunc());
    shl(BigInt::from_i64(mantissa).as_ref(), usize::try_from(exponent).unwrap_or(0))
}

/// Compares an integer and a float by value; `None` if the float is NaN.
pub fn compare_float(a: BigRef<'_>, x: f64) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = from_float(x)?;
    let order = super::cmp(a, whole.as_ref());
    Some(order.then_with(|| 0.0f64.partial_cmp(&x.fract()).unwrap_or(Ordering::Equal)))
}

/// What `a / b` cannot give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DivideError {
    /// "division by zero" (`ZeroDivisionError`)
    Zero,
    /// "integer division result too large for a float" (`OverflowError`)
    TooLarge,
}

/// `a / b`, correctly rounded.
pub fn true_divide(a: BigRef<'_>, b: BigRef<'_>) -> Result<f64, DivideError> {
    if b.is_zero() {
        return Err(DivideError::Zero);
    }
    let negative = a.negative != b.negative;
    let sign = |x: f64| if negative { -x } else { x };
    if a.is_zero() {
        return Ok(sign(0.0));
    }
    if let (Some(x), Some(y)) = (exact_f64(a), exact_f64(b)) {
        return Ok(sign(x / y));
    }
    // A quotient of 55 or 56 bits, or fewer where the result is subnormal.
    let difference = bit_length(a.limbs) as i64 - bit_length(b.limbs) as i64;
    if difference > 1024 {
        return Err(DivideError::TooLarge);
    }
    if difference < -1076 {
        return Ok(sign(0.0));
    }
    let exponent = (difference - 55).max(-1076);
    let shifted = |n: BigRef<'_>, e: i64| match usize::try_from(e) {
        Ok(e) => shl(n.abs(), e).ok_or(DivideError::TooLarge),
        Err(_) => Ok(n.abs().to_owned()),
    };
    let (top, bottom) = (shifted(a, -exponent)?, shifted(b, exponent)?);
    let (quotient, remainder) = divmod(top.as_ref(), bottom.as_ref()).ok_or(DivideError::Zero)?;
    let quotient = super::magnitude_u64(quotient.limbs()).ok_or(DivideError::TooLarge)?;
    // The two guard bits of a subnormal are at a fixed place, those of a normal number below
    // its 53 bits.
    let bits = 64 - i64::from(quotient.leading_zeros());
    let shift = (bits - PRECISION as i64).max(-1074 - exponent);
    let sticky = quotient << 1 | u64::from(!remainder.is_zero());
    let rounded = round_to(sticky, (shift + 1) as u32);
    scale(rounded, exponent + shift).map(sign).ok_or(DivideError::TooLarge)
}

/// The magnitude as a float where that is exact and short.
fn exact_f64(a: BigRef<'_>) -> Option<f64> {
    let value = super::magnitude_u64(a.limbs)?;
    (value <= 1 << PRECISION).then_some(value as f64)
}

/// `a // 2**shift` of a magnitude as a float helper for `math.log`: the mantissa in `[0.5, 1)` and
/// the exponent of `|a|`, rounded to nearest; `None` for zero.
pub fn frexp(a: BigRef<'_>) -> Option<(f64, i64)> {
    let bits = bit_length(a.limbs);
    if bits == 0 {
        return None;
    }
    let drop = bits.saturating_sub(64);
    let mut top = super::magnitude_u64(shr(a.abs(), drop).limbs())?;
    if drop > 0 && super::trailing_zeros(a.limbs).is_some_and(|z| z < drop) {
        top |= 1;
    }
    let (mantissa, exponent) = (top as f64, drop as i64);
    let size = 64 - i64::from(top.leading_zeros());
    let scaled = mantissa * 2f64.powi(-(size as i32));
    Some(if scaled >= 1.0 { (0.5, exponent + size + 1) } else { (scaled, exponent + size) })
}
