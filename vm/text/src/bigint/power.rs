//! Powers, modular powers and modular inverses.
//!
//! Both power loops are square-and-multiply of our own, so that they can be interrupted between
//! (and, for huge numbers, within) their steps.

use dashu_base::Sign;
use dashu_int::fast_div::ConstDivisor;
use dashu_int::{IBig, UBig};

use super::small::mul_ubig;
use super::{BigInt, BigRef, Interrupted, Poll, add, divmod, mul, rem_floor, sub};

/// A modular power polls once in about this many limb products.
const POLL_WORK: usize = 1 << 22;

/// Powers with more bits are refused before they are begun: 16 GiB, or 256 MiB on 32-bit machines.
const MAX_BITS: usize = if super::LIMB_BITS == 64 { 1 << 37 } else { 1 << 31 };

/// `base ** exponent` for an exponent that is not negative.
///
/// The caller turns a negative exponent into a float power. `None` is a `MemoryError`: the result
/// would be larger than memory allows for.
pub fn pow(
    base: BigRef<'_>,
    exponent: BigRef<'_>,
    poll: Poll<'_>,
) -> Result<Option<BigInt>, Interrupted> {
    if exponent.is_zero() {
        return Ok(Some(BigInt::from_i64(1)));
    }
    if base.limbs.is_empty() {
        return Ok(Some(BigInt::zero()));
    }
    let negative = base.negative && exponent.is_odd();
    if base.limbs == [1] {
        return Ok(Some(BigInt::from_limbs(negative, &[1])));
    }
    let Some(exponent) = exponent.to_isize().and_then(|e| usize::try_from(e).ok()) else {
        return Ok(None);
    };
    let least_bits = (super::bit_length(base.limbs) - 1).checked_mul(exponent);
    if least_bits.is_none_or(|bits| bits > MAX_BITS) {
        return Ok(None);
    }
    if base.limbs.len() == 1 && base.limbs[0].is_power_of_two() {
        let one = BigInt::from_limbs(negative, &[1]);
        let shift = base.limbs[0].trailing_zeros() as usize * exponent;
        return Ok(super::shl(one.as_ref(), shift));
    }
    if let Some(value) = pow_u128(base, exponent) {
        let value = BigInt::from_u128(value);
        return Ok(Some(if negative { value.negated() } else { value }));
    }
    let magnitude = pow_ubig(&base.to_ubig(), exponent, poll)?;
    Ok(Some(BigInt::from_ubig(negative, &magnitude)))
}

/// The power of the magnitude where it fits 128 bits.
fn pow_u128(base: BigRef<'_>, exponent: usize) -> Option<u128> {
    super::magnitude_u128(base.limbs)?.checked_pow(u32::try_from(exponent).ok()?)
}

/// `base ** exponent` of natural numbers, `exponent >= 1`, from the top bit down.
pub(crate) fn pow_ubig(base: &UBig, exponent: usize, poll: Poll<'_>) -> Result<UBig, Interrupted> {
    let mut result = base.clone();
    let top = usize::BITS - exponent.leading_zeros();
    for bit in (0..top.saturating_sub(1)).rev() {
        result = mul_ubig(&result, &result, poll)?;
        if exponent >> bit & 1 == 1 {
            result = mul_ubig(&result, base, poll)?;
        }
    }
    Ok(result)
}

/// What [`pow_mod`] cannot compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModPowError {
    /// "pow() 3rd argument cannot be 0" (`ValueError`)
    ZeroModulus,
    /// "base is not invertible for the given modulus" (`ValueError`)
    NotInvertible,
    /// The poll asked to stop.
    Interrupted,
}

impl From<Interrupted> for ModPowError {
    fn from(_: Interrupted) -> ModPowError {
        ModPowError::Interrupted
    }
}

/// `pow(base, exponent, modulus)`: the result has the sign of the modulus; a negative exponent
/// takes the inverse of the base.
pub fn pow_mod(
    base: BigRef<'_>,
    exponent: BigRef<'_>,
    modulus: BigRef<'_>,
    poll: Poll<'_>,
) -> Result<BigInt, ModPowError> {
    if modulus.is_zero() {
        return Err(ModPowError::ZeroModulus);
    }
    let size = modulus.abs();
    if size.limbs == [1] {
        return Ok(BigInt::zero());
    }
    let mut base = rem_floor(base, size).ok_or(ModPowError::ZeroModulus)?;
    if exponent.negative {
        base = mod_inverse(base.as_ref(), size).ok_or(ModPowError::NotInvertible)?;
    }
    let power = match super::magnitude_u64(size.limbs) {
        Some(m) => {
            let base = super::magnitude_u64(base.limbs()).unwrap_or(0);
            BigInt::from_u64(pow_mod_u64(base, exponent, m, poll)?)
        }
        None => pow_mod_large(base.as_ref(), exponent, size, poll)?,
    };
    if modulus.negative && !power.is_zero() {
        return Ok(add(power.as_ref(), modulus));
    }
    Ok(power)
}

/// Modular power with a modulus of at most 64 bits.
fn pow_mod_u64(
    base: u64,
    exponent: BigRef<'_>,
    m: u64,
    poll: Poll<'_>,
) -> Result<u64, Interrupted> {
    let times = |a: u64, b: u64| (u128::from(a) * u128::from(b) % u128::from(m)) as u64;
    let mut result = 1 % m;
    for (index, &limb) in exponent.limbs.iter().enumerate().rev() {
        if index & 0xFFF == 0xFFF && poll() {
            return Err(Interrupted);
        }
        for bit in (0..super::LIMB_BITS).rev() {
            result = times(result, result);
            if limb >> bit & 1 == 1 {
                result = times(result, base);
            }
        }
    }
    Ok(result)
}

/// Modular power with a larger modulus.
fn pow_mod_large(
    base: BigRef<'_>,
    exponent: BigRef<'_>,
    modulus: BigRef<'_>,
    poll: Poll<'_>,
) -> Result<BigInt, Interrupted> {
    let ring = ConstDivisor::new(modulus.to_ubig());
    let base = ring.reduce(base.to_ubig());
    let mut result = ring.reduce(UBig::ONE);
    let step_work = modulus.limbs.len() * modulus.limbs.len();
    let mut work = 0;
    for &limb in exponent.limbs.iter().rev() {
        for bit in (0..super::LIMB_BITS).rev() {
            work += step_work;
            if work >= POLL_WORK {
                work = 0;
                if poll() {
                    return Err(Interrupted);
                }
            }
            result = result.sqr();
            if limb >> bit & 1 == 1 {
                result = &result * &base;
            }
        }
    }
    Ok(BigInt::from_ubig(false, &result.residue()))
}

/// The `x` in `0..modulus` with `value * x % modulus == 1`, for a modulus above 1; `None` if there
/// is none. Extended Euclid.
pub fn mod_inverse(value: BigRef<'_>, modulus: BigRef<'_>) -> Option<BigInt> {
    let mut old = (modulus.to_owned(), BigInt::zero());
    let mut new = (rem_floor(value, modulus)?, BigInt::from_i64(1));
    if modulus.limbs.len() > 4 {
        return mod_inverse_large(&new.0, modulus);
    }
    while !new.0.is_zero() {
        let (quotient, remainder) = divmod(old.0.as_ref(), new.0.as_ref())?;
        let step = mul(quotient.as_ref(), new.1.as_ref());
        let coefficient = sub(old.1.as_ref(), step.as_ref());
        old = std::mem::replace(&mut new, (remainder, coefficient));
    }
    if old.0.limbs() != [1] {
        return None;
    }
    rem_floor(old.1.as_ref(), modulus)
}

fn mod_inverse_large(value: &BigInt, modulus: BigRef<'_>) -> Option<BigInt> {
    use dashu_base::ExtendedGcd;
    if value.is_zero() {
        return None;
    }
    let m = modulus.to_ubig();
    let (gcd, x, _) = value.as_ref().to_ubig().gcd_ext(m.clone());
    if gcd != UBig::ONE {
        return None;
    }
    let x = if x.sign() == Sign::Negative { x + IBig::from(m) } else { x };
    rem_floor(BigInt::from_ibig(&x).as_ref(), modulus)
}
