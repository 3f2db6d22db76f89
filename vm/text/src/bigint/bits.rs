//! Shifts and bitwise operations: integers are two's complement numbers without end.

use super::{BigInt, BigRef, LIMB_BITS, Limb, add, sub};

/// `int.bit_length()` of a magnitude.
pub fn bit_length(limbs: &[Limb]) -> usize {
    match limbs.last() {
        Some(top) => limbs.len() * LIMB_BITS - top.leading_zeros() as usize,
        None => 0,
    }
}

/// `int.bit_count()` of a magnitude.
pub fn bit_count(limbs: &[Limb]) -> usize {
    limbs.iter().map(|l| l.count_ones() as usize).sum()
}

/// Number of low zero bits of a magnitude; `None` for zero.
pub fn trailing_zeros(limbs: &[Limb]) -> Option<usize> {
    let index = limbs.iter().position(|&l| l != 0)?;
    Some(index * LIMB_BITS + limbs[index].trailing_zeros() as usize)
}

/// `a << shift`; `None` where no memory could hold the result.
pub fn shl(a: BigRef<'_>, shift: usize) -> Option<BigInt> {
    if a.is_zero() {
        return Some(BigInt::zero());
    }
    let (words, bits) = (shift / LIMB_BITS, shift % LIMB_BITS);
    let len = a.limbs.len().checked_add(words)?.checked_add(1)?;
    if len > isize::MAX as usize / size_of::<Limb>() {
        return None;
    }
    let mut out = Vec::new();
    out.try_reserve_exact(len).ok()?;
    out.resize(words, 0);
    if bits == 0 {
        out.extend_from_slice(a.limbs);
    } else {
        let mut carry = 0;
        for &limb in a.limbs {
            out.push(limb << bits | carry);
            carry = limb >> (LIMB_BITS - bits);
        }
        out.push(carry);
    }
    Some(BigInt::from_vec(a.negative, out))
}

/// `a >> shift`, rounding towards minus infinity.
pub fn shr(a: BigRef<'_>, shift: usize) -> BigInt {
    let (words, bits) = (shift / LIMB_BITS, shift % LIMB_BITS);
    if words >= a.limbs.len() {
        return if a.negative { BigInt::from_i64(-1) } else { BigInt::zero() };
    }
    let kept = &a.limbs[words..];
    let mut out = Vec::with_capacity(kept.len());
    for (i, &limb) in kept.iter().enumerate() {
        let above = kept.get(i + 1).copied().unwrap_or(0);
        out.push(if bits == 0 { limb } else { limb >> bits | above << (LIMB_BITS - bits) });
    }
    let lost = a.limbs[..words].iter().any(|&l| l != 0)
        || (bits != 0 && kept[0] << (LIMB_BITS - bits) != 0);
    let cut = BigInt::from_vec(a.negative, out);
    if a.negative && lost {
        // An empty quotient lost its sign, but minus one is right for it as well.
        return sub(cut.as_ref(), BigInt::from_i64(1).as_ref());
    }
    cut
}

/// Limbs of the two's complement form, endlessly extended by the sign.
struct TwosComplement<'a> {
    number: BigRef<'a>,
    index: usize,
    borrow: bool,
}

impl TwosComplement<'_> {
    fn new(number: BigRef<'_>) -> TwosComplement<'_> {
        TwosComplement { number, index: 0, borrow: number.negative }
    }

    fn next(&mut self) -> Limb {
        let limb = self.number.limbs.get(self.index).copied().unwrap_or(0);
        self.index += 1;
        if !self.number.negative {
            return limb;
        }
        // -x is the complement of x - 1.
        let (limb, borrow) = limb.overflowing_sub(Limb::from(self.borrow));
        self.borrow = borrow;
        !limb
    }
}

/// Applies `op` limb by limb; `op` on the two signs gives the sign.
fn combine(a: BigRef<'_>, b: BigRef<'_>, op: impl Fn(Limb, Limb) -> Limb) -> BigInt {
    let len = a.limbs.len().max(b.limbs.len()) + 1;
    let (mut x, mut y) = (TwosComplement::new(a), TwosComplement::new(b));
    let mut out: Vec<Limb> = (0..len).map(|_| op(x.next(), y.next())).collect();
    let sign = |negative: bool| if negative { Limb::MAX } else { 0 };
    let negative = op(sign(a.negative), sign(b.negative)) != 0;
    if negative {
        let mut carry = true;
        for limb in &mut out {
            (*limb, carry) = (!*limb).overflowing_add(Limb::from(carry));
        }
    }
    BigInt::from_vec(negative, out)
}

/// `a & b`
pub fn bitand(a: BigRef<'_>, b: BigRef<'_>) -> BigInt {
    combine(a, b, |x, y| x & y)
}

/// `a | b`
pub fn bitor(a: BigRef<'_>, b: BigRef<'_>) -> BigInt {
    combine(a, b, |x, y| x | y)
}

/// `a ^ b`
pub fn bitxor(a: BigRef<'_>, b: BigRef<'_>) -> BigInt {
    combine(a, b, |x, y| x ^ y)
}

/// `~a`
pub fn bitnot(a: BigRef<'_>) -> BigInt {
    add(a, BigInt::from_i64(1).as_ref()).negated()
}
