//! `int.to_bytes` and `int.from_bytes`.

use super::{BigInt, BigRef, LIMB_BITS, Limb};
use crate::error::TextError;

/// Order of the bytes in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl ByteOrder {
    /// `sys.byteorder` of the machine this runs on.
    pub const NATIVE: ByteOrder =
        if cfg!(target_endian = "big") { ByteOrder::Big } else { ByteOrder::Little };
}

const LIMB_BYTES: usize = LIMB_BITS / 8;

/// `int.from_bytes(bytes, order, signed=signed)`
pub fn from_bytes(bytes: &[u8], order: ByteOrder, signed: bool) -> BigInt {
    let at = |i: usize| match order {
        ByteOrder::Little => bytes[i],
        ByteOrder::Big => bytes[bytes.len() - 1 - i],
    };
    let negative = signed && !bytes.is_empty() && at(bytes.len() - 1) & 0x80 != 0;
    let mut limbs: Vec<Limb> = vec![0; bytes.len().div_ceil(LIMB_BYTES)];
    let mut carry = true;
    for i in 0..bytes.len() {
        let mut byte = at(i);
        if negative {
            (byte, carry) = (!byte).overflowing_add(u8::from(carry));
        }
        limbs[i / LIMB_BYTES] |= Limb::from(byte) << (8 * (i % LIMB_BYTES));
    }
    BigInt::from_vec(negative, limbs)
}

/// `int.to_bytes(length, order, signed=signed)`
///
/// Errors: `OverflowError` "can't convert negative int to unsigned" or "int too big to convert".
pub fn to_bytes(
    a: BigRef<'_>,
    length: usize,
    order: ByteOrder,
    signed: bool,
) -> Result<Vec<u8>, TextError> {
    if a.negative && !signed {
        return Err(TextError::overflow("can't convert negative int to unsigned"));
    }
    let mut bits = super::bit_length(a.limbs);
    if a.negative && super::trailing_zeros(a.limbs) == Some(bits - 1) {
        bits -= 1; // -2**n needs no more room than 2**n - 1
    }
    // Zero fits into no bytes at all, even as a signed number.
    if !a.is_zero() && (bits + usize::from(signed)).div_ceil(8) > length {
        return Err(TextError::overflow("int too big to convert"));
    }
    let mut out = Vec::with_capacity(length);
    let mut carry = true;
    for i in 0..length {
        let limb = a.limbs.get(i / LIMB_BYTES).copied().unwrap_or(0);
        let mut byte = (limb >> (8 * (i % LIMB_BYTES))) as u8;
        if a.negative {
            (byte, carry) = (!byte).overflowing_add(u8::from(carry));
        }
        out.push(byte);
    }
    if order == ByteOrder::Big {
        out.reverse();
    }
    Ok(out)
}
