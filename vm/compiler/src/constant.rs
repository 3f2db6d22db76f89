//! Constants: from literals of the tree to constants of code, and the pool that stores each once.

use crate::unit::Unit;
use pyrs_bytecode::{Const, FloatBits, Op};
use pyrs_syntax::ast::{BigInt, Constant, Text};

/// The constant of a literal.
pub(crate) fn of_literal(value: &Constant) -> Const {
    match value {
        Constant::None => Const::None,
        Constant::True => Const::Bool(true),
        Constant::False => Const::Bool(false),
        Constant::Ellipsis => Const::Ellipsis,
        Constant::Int(i) => Const::Int(*i),
        Constant::BigInt(big) => big_int(big),
        Constant::Float(f) => Const::Float(FloatBits(f.to_bits())),
        Constant::Complex(f) => Const::Complex(FloatBits(0), FloatBits(f.to_bits())),
        Constant::Str(text) => of_text(text),
        Constant::Bytes(bytes) => Const::Bytes(bytes.clone()),
    }
}

pub(crate) fn of_text(text: &Text) -> Const {
    match text {
        Text::Utf8(s) => Const::Str(s.clone()),
        Text::Points(points) => Const::Wide(points.clone()),
    }
}

/// Converts digits of any radix to hexadecimal: schoolbook, on 32-bit limbs. Decimal literals are at most 4,300
/// digits; the other radices are powers of two, yet not worth a second way.
fn big_int(big: &BigInt) -> Const {
    if big.radix == 16 {
        let digits = big.digits.trim_start_matches('0').to_ascii_lowercase();
        return Const::BigInt(digits.into());
    }
    let mut limbs: Vec<u32> = Vec::new();
    let radix = u64::from(big.radix);
    // Several digits at a time: the largest power of the radix below 2^32.
    let mut chunk = 1u64;
    let mut value = 0u64;
    let flush = |limbs: &mut Vec<u32>, chunk: u64, value: u64| {
        let mut carry = value;
        for limb in limbs.iter_mut() {
            let t = u64::from(*limb) * chunk + carry;
            *limb = t as u32;
            carry = t >> 32;
        }
        if carry != 0 {
            limbs.push(carry as u32);
        }
    };
    for digit in big.digits.chars().filter_map(|c| c.to_digit(u32::from(big.radix))) {
        if chunk * radix > u64::from(u32::MAX) {
            flush(&mut limbs, chunk, value);
            (chunk, value) = (1, 0);
        }
        chunk *= radix;
        value = value * radix + u64::from(digit);
    }
    flush(&mut limbs, chunk, value);
    let mut text = String::new();
    for limb in limbs.iter().rev() {
        if text.is_empty() {
            text = format!("{limb:x}");
        } else {
            text.push_str(&format!("{limb:08x}"));
        }
    }
    if text.is_empty() {
        text.push('0');
    }
    Const::BigInt(text.into())
}

impl Unit<'_> {
    /// The index of `value` in the pool.
    pub(crate) fn constant(&mut self, value: Const) -> u32 {
        let mut key = Vec::new();
        if !pool_key(&value, &mut key) {
            self.consts.push(value);
            return self.consts.len() as u32 - 1;
        }
        let next = self.consts.len() as u32;
        let index = *self.const_index.entry(key).or_insert(next);
        if index == next {
            self.consts.push(value);
        }
        index
    }

    /// Loads a constant in the shortest way.
    pub(crate) fn load_const(&mut self, dst: u32, value: Const) {
        match value {
            Const::None => self.emit(Op::LoadNone, dst, 0, 0),
            Const::Bool(true) => self.emit(Op::LoadTrue, dst, 0, 0),
            Const::Bool(false) => self.emit(Op::LoadFalse, dst, 0, 0),
            Const::Int(i) if i16::try_from(i).is_ok() => {
                self.emit16(Op::LoadInt, dst, i as i16 as u16)
            }
            value => {
                let index = self.constant(value);
                match u16::try_from(index) {
                    Ok(k) => self.emit16(Op::LoadConst, dst, k),
                    Err(_) => self.emit_extra(Op::LoadConstFar, dst, 0, 0, index),
                }
            }
        }
    }
}

/// Appends a key that tells constants apart by type and bits; code blocks have none.
fn pool_key(value: &Const, key: &mut Vec<u8>) -> bool {
    let sized = |key: &mut Vec<u8>, tag: u8, bytes: &[u8]| {
        key.push(tag);
        key.extend((bytes.len() as u64).to_le_bytes());
        key.extend(bytes);
    };
    let list = |key: &mut Vec<u8>, tag: u8, items: &[Const]| {
        key.push(tag);
        key.extend((items.len() as u64).to_le_bytes());
        items.iter().all(|item| pool_key(item, key))
    };
    match value {
        Const::None => key.push(0),
        Const::Ellipsis => key.push(1),
        Const::Bool(b) => key.push(2 + u8::from(*b)),
        Const::Int(i) => {
            key.push(4);
            key.extend(i.to_le_bytes());
        }
        Const::BigInt(s) => sized(key, 5, s.as_bytes()),
        Const::Float(f) => {
            key.push(6);
            key.extend(f.0.to_le_bytes());
        }
        Const::Complex(re, im) => {
            key.push(7);
            key.extend(re.0.to_le_bytes());
            key.extend(im.0.to_le_bytes());
        }
        Const::Str(s) => sized(key, 8, s.as_bytes()),
        Const::Wide(points) => {
            let bytes: Vec<u8> = points.iter().flat_map(|p| p.to_le_bytes()).collect();
            sized(key, 9, &bytes);
        }
        Const::Bytes(b) => sized(key, 10, b),
        Const::Tuple(items) => return list(key, 11, items),
        Const::FrozenSet(items) => return list(key, 12, items),
        Const::Slice(parts) => return list(key, 13, &parts[..]),
        Const::Code(_) => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_literals_become_hexadecimal() {
        let hex = |radix, digits: &str| match big_int(&BigInt { radix, digits: digits.into() }) {
            Const::BigInt(text) => text.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(hex(10, "18446744073709551616"), "10000000000000000");
        assert_eq!(hex(16, "0001F0000000000000000"), "1f0000000000000000");
        assert_eq!(hex(2, &format!("1{}", "0".repeat(64))), "10000000000000000");
        assert_eq!(hex(8, &format!("1{}", "0".repeat(22))), "40000000000000000");
        assert_eq!(hex(10, "340282366920938463463374607431768211455"), "f".repeat(32));
    }
}
