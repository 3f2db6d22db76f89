//! Addition, subtraction, multiplication and comparison.
//!
//! Addition and subtraction are linear loops of our own at every size. Multiplication is the
//! schoolbook method while the shorter operand has at most [`SCHOOLBOOK_LIMBS`] limbs, and
//! `dashu-int` above; [`mul_poll`] cuts huge products into pieces (Karatsuba's identity) so that
//! it can ask its poll between them.

use std::cmp::Ordering;

use dashu_int::UBig;

use super::{BigInt, BigRef, INLINE_LIMBS, Interrupted, LIMB_BITS, Limb, Poll};

/// Up to this many limbs of the shorter operand we multiply ourselves.
const SCHOOLBOOK_LIMBS: usize = 8;

/// Above this size of the shorter operand a product is cut into pieces between polls. A product
/// of two such numbers takes some milliseconds.
const POLL_LIMBS: usize = 8192;

#[cfg(target_pointer_width = "64")]
type Wide = u128;
#[cfg(not(target_pointer_width = "64"))]
type Wide = u64;

/// Orders two magnitudes.
fn cmp_magnitude(a: &[Limb], b: &[Limb]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// Orders two integers.
pub fn cmp(a: BigRef<'_>, b: BigRef<'_>) -> Ordering {
    match (a.negative, b.negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => cmp_magnitude(a.limbs, b.limbs),
        (true, true) => cmp_magnitude(b.limbs, a.limbs),
    }
}

/// Runs `fill` on a zeroed buffer of `len` limbs, on the stack where that suffices.
fn build(negative: bool, len: usize, fill: impl FnOnce(&mut [Limb])) -> BigInt {
    if len <= INLINE_LIMBS {
        let mut inline = [0; INLINE_LIMBS];
        fill(&mut inline[..len]);
        BigInt::from_limbs(negative, &inline[..len])
    } else {
        let mut limbs = vec![0; len];
        fill(&mut limbs);
        BigInt::from_vec(negative, limbs)
    }
}

/// `|long| + |short|` with the given sign.
fn add_magnitudes(negative: bool, long: &[Limb], short: &[Limb]) -> BigInt {
    build(negative, long.len() + 1, |out| {
        let mut carry = false;
        for (i, &l) in long.iter().enumerate() {
            let (sum, c1) = l.overflowing_add(short.get(i).copied().unwrap_or(0));
            let (sum, c2) = sum.overflowing_add(Limb::from(carry));
            out[i] = sum;
            carry = c1 | c2;
        }
        out[long.len()] = Limb::from(carry);
    })
}

/// `|large| - |small|` with the given sign; `large` must not be the smaller one.
fn sub_magnitudes(negative: bool, large: &[Limb], small: &[Limb]) -> BigInt {
    build(negative, large.len(), |out| {
        let mut borrow = false;
        for (i, &l) in large.iter().enumerate() {
            let (diff, b1) = l.overflowing_sub(small.get(i).copied().unwrap_or(0));
            let (diff, b2) = diff.overflowing_sub(Limb::from(borrow));
            out[i] = diff;
            borrow = b1 | b2;
        }
    })
}

/// `a + b`
pub fn add(a: BigRef<'_>, b: BigRef<'_>) -> BigInt {
    if a.negative == b.negative {
        let (long, short) =
            if a.limbs.len() >= b.limbs.len() { (a.limbs, b.limbs) } else { (b.limbs, a.limbs) };
        return add_magnitudes(a.negative, long, short);
    }
    match cmp_magnitude(a.limbs, b.limbs) {
        Ordering::Equal => BigInt::zero(),
        Ordering::Greater => sub_magnitudes(a.negative, a.limbs, b.limbs),
        Ordering::Less => sub_magnitudes(b.negative, b.limbs, a.limbs),
    }
}

/// `a - b`
pub fn sub(a: BigRef<'_>, b: BigRef<'_>) -> BigInt {
    add(a, b.negated())
}

/// `a * b`
pub fn mul(a: BigRef<'_>, b: BigRef<'_>) -> BigInt {
    let negative = a.negative != b.negative;
    let (long, short) =
        if a.limbs.len() >= b.limbs.len() { (a.limbs, b.limbs) } else { (b.limbs, a.limbs) };
    if short.len() <= SCHOOLBOOK_LIMBS {
        return build(negative, long.len() + short.len(), |out| schoolbook(out, long, short));
    }
    BigInt::from_ubig(negative, &(a.to_ubig() * b.to_ubig()))
}

/// Adds `long * short` to the zeroed `out`, which has room for the whole product.
fn schoolbook(out: &mut [Limb], long: &[Limb], short: &[Limb]) {
    for (i, &s) in short.iter().enumerate() {
        let mut carry: Limb = 0;
        for (slot, &l) in out[i..].iter_mut().zip(long) {
            let wide = (l as Wide) * (s as Wide) + (*slot as Wide) + (carry as Wide);
            *slot = wide as Limb;
            carry = (wide >> LIMB_BITS) as Limb;
        }
        out[i + long.len()] = carry;
    }
}

/// `a * b`, asking `poll` now and then when the operands are huge.
pub fn mul_poll(a: BigRef<'_>, b: BigRef<'_>, poll: Poll<'_>) -> Result<BigInt, Interrupted> {
    if a.limbs.len().min(b.limbs.len()) <= POLL_LIMBS / 2
        && a.limbs.len().max(b.limbs.len()) < POLL_LIMBS
    {
        return Ok(mul(a, b));
    }
    let product = mul_ubig(&a.to_ubig(), &b.to_ubig(), poll)?;
    Ok(BigInt::from_ubig(a.negative != b.negative, &product))
}

/// The product of two natural numbers of any size, polling between its pieces.
pub(crate) fn mul_ubig(a: &UBig, b: &UBig, poll: Poll<'_>) -> Result<UBig, Interrupted> {
    let (long, short) = if a >= b { (a, b) } else { (b, a) };
    let (long_len, short_len) = (long.as_words().len(), short.as_words().len());
    if short_len <= POLL_LIMBS && long_len <= 2 * POLL_LIMBS {
        if poll() {
            return Err(Interrupted);
        }
        return Ok(long * short);
    }
    let half = long_len.div_ceil(2) * LIMB_BITS;
    let (long_low, long_high) = long.clone().split_bits(half);
    if short_len * LIMB_BITS <= half {
        let low = mul_ubig(&long_low, short, poll)?;
        let high = mul_ubig(&long_high, short, poll)?;
        return Ok(low + (high << half));
    }
    let (short_low, short_high) = short.clone().split_bits(half);
    let low = mul_ubig(&long_low, &short_low, poll)?;
    let high = mul_ubig(&long_high, &short_high, poll)?;
    let sums = mul_ubig(&(long_low + long_high), &(short_low + short_high), poll)?;
    let middle = sums - &low - &high;
    Ok(low + (middle << half) + (high << (2 * half)))
}

/// The square of a natural number of any size, polling between its pieces.
pub(crate) fn square_ubig(a: &UBig, poll: Poll<'_>) -> Result<UBig, Interrupted> {
    mul_ubig(a, a, poll)
}
