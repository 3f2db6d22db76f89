//! The meaning of the pure operations, for any word size. The evaluator, constant folding and
//! the simulator of the test machine all call [`pure`], so there is one definition.
//!
//! Words are canonical: sign-extended from `bits` to 64 bits. Doubles are passed as their bits.

use crate::op::Op;
use crate::types::{Cc, Fcc};

/// Sign-extends the low `bits` bits.
pub fn norm(x: i64, bits: u32) -> i64 {
    let s = 64 - bits;
    x << s >> s
}

/// The low `bits` bits as an unsigned number.
pub fn unsigned(x: i64, bits: u32) -> u64 {
    let s = 64 - bits;
    (x as u64) << s >> s
}

/// Result of a pure operation on canonical operands, or `None` where a precondition is violated
/// or the operation is not pure.
#[inline]
pub fn pure(op: Op, aux: u16, bits: u32, a: u64, b: u64, c: u64) -> Option<u64> {
    if let Some(r) = int(op, aux, bits, a as i64, b as i64) {
        return Some(r as u64);
    }
    Some(match op {
        Op::Select => {
            if a != 0 {
                b
            } else {
                c
            }
        }
        Op::FCmp => Fcc::from_bits(aux).holds(f64::from_bits(a), f64::from_bits(b)) as u64,
        Op::WtoF => (a as i64 as f64).to_bits(),
        Op::FBits | Op::BitsF => a,
        Op::FNeg => a ^ (1 << 63),
        Op::FAbs => a & !(1 << 63),
        Op::FCopySign => (a & !(1 << 63)) | (b & (1 << 63)),
        _ => return float(op, f64::from_bits(a), f64::from_bits(b)).map(f64::to_bits),
    })
}

fn int(op: Op, aux: u16, bits: u32, a: i64, b: i64) -> Option<i64> {
    let n = |x: i64| norm(x, bits);
    let u = |x: i64| unsigned(x, bits);
    let count = || (0..bits as i64).contains(&b).then_some(b as u32);
    let division = || b != 0 && !(b == -1 && a == norm(1 << (bits - 1), bits));
    Some(match op {
        Op::Add | Op::AddP => n(a.wrapping_add(b)),
        Op::Sub => n(a.wrapping_sub(b)),
        Op::Mul => n(a.wrapping_mul(b)),
        Op::MulHiS => n(((a as i128 * b as i128) >> bits) as i64),
        Op::MulHiU => n(((u(a) as u128 * u(b) as u128) >> bits) as i64),
        Op::Div => division().then(|| a / b)?,
        Op::Rem => division().then(|| a % b)?,
        Op::FloorDiv => division().then(|| a / b - ((a % b != 0 && (a < 0) != (b < 0)) as i64))?,
        Op::FloorMod => {
            let r = division().then(|| a % b)?;
            if r != 0 && (a < 0) != (b < 0) { r + b } else { r }
        }
        Op::And => a & b,
        Op::Or => a | b,
        Op::Xor => a ^ b,
        Op::Shl => n(a << count()?),
        Op::Shr => n((u(a) >> count()?) as i64),
        Op::Sar => a >> count()?,
        Op::Rotl => {
            let k = count()?;
            let low = if k == 0 { 0 } else { u(a) >> (bits - k) };
            n((u(a) << k | low) as i64)
        }
        Op::MinS => a.min(b),
        Op::MaxS => a.max(b),
        Op::Clz => (u(a).leading_zeros() - (64 - bits)) as i64,
        Op::Ctz => u(a).trailing_zeros().min(bits) as i64,
        Op::Popcnt => u(a).count_ones() as i64,
        Op::Bswap if bits >= 8 => n((u(a).swap_bytes() >> (64 - bits)) as i64),
        Op::SExt if aux as u32 <= bits => norm(a, aux as u32),
        Op::ZExt if aux as u32 <= bits => n(unsigned(a, aux as u32) as i64),
        Op::Cmp => Cc::from_bits(aux).holds(a, b) as i64,
        Op::Cast => a,
        _ => return None,
    })
}

fn float(op: Op, a: f64, b: f64) -> Option<f64> {
    Some(match op {
        Op::FAdd => a + b,
        Op::FSub => a - b,
        Op::FMul => a * b,
        Op::FDiv => a / b,
        Op::FSqrt => a.sqrt(),
        Op::FFloor => a.floor(),
        Op::FCeil => a.ceil(),
        Op::FTrunc => a.trunc(),
        Op::FRint => a.round_ties_even(),
        _ => return None,
    })
}

/// Result of a checked operation, or `None` when it leaves the trace.
#[inline]
pub fn checked(op: Op, bits: u32, a: u64, b: u64) -> Option<u64> {
    let (x, y) = (a as i64 as i128, b as i64 as i128);
    let wide = match op {
        Op::AddOv => x + y,
        Op::SubOv => x - y,
        Op::MulOv => x * y,
        Op::FtoWExact | Op::FtoWTrunc => {
            let f = f64::from_bits(a);
            let limit = (2.0f64).powi(bits as i32 - 1);
            let t = f.trunc();
            // The smallest word is exact for the one and, as on most CPUs the mark of failure,
            // out of range for the other.
            let ok = match op {
                Op::FtoWExact => f == t && (-limit..limit).contains(&f),
                _ => t > -limit && t < limit,
            };
            return ok.then_some(t as i64 as u64);
        }
        _ => return None,
    };
    (wide == norm(wide as i64, bits) as i128).then_some(wide as i64 as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn w(op: Op, bits: u32, a: i64, b: i64) -> Option<i64> {
        pure(op, 0, bits, a as u64, b as u64, 0).map(|x| x as i64)
    }

    #[test]
    fn boundary_values() {
        assert_eq!(w(Op::Add, 32, i32::MAX as i64, 1), Some(i32::MIN as i64));
        assert_eq!(w(Op::MulHiU, 32, -1, -1), Some(-2));
        assert_eq!(w(Op::MulHiS, 64, i64::MIN, i64::MIN), Some(1 << 62));
        assert_eq!(w(Op::Div, 64, i64::MIN, -1), None);
        assert_eq!(w(Op::FloorDiv, 64, -7, 2), Some(-4));
        assert_eq!(w(Op::FloorMod, 64, -7, 2), Some(1));
        assert_eq!(w(Op::FloorMod, 64, 7, -2), Some(-1));
        assert_eq!(w(Op::Shl, 32, 1, 32), None);
        assert_eq!(w(Op::Shr, 32, -1, 31), Some(1));
        assert_eq!(w(Op::Rotl, 32, i32::MIN as i64, 1), Some(1));
        assert_eq!(w(Op::Clz, 32, 0, 0), Some(32));
        assert_eq!(w(Op::Ctz, 64, 0, 0), Some(64));
        assert_eq!(w(Op::Bswap, 32, 0x0102_0304, 0), Some(0x0403_0201));
        assert_eq!(pure(Op::ZExt, 32, 64, u64::MAX, 0, 0), Some(0xffff_ffff));
        assert_eq!(pure(Op::SExt, 8, 64, 0x80, 0, 0), Some(-128i64 as u64));
    }

    #[test]
    fn checked_operations_leave_at_the_limits() {
        let c = |op, bits, a: i64, b: i64| checked(op, bits, a as u64, b as u64);
        assert_eq!(c(Op::AddOv, 64, i64::MAX, 1), None);
        assert_eq!(c(Op::AddOv, 32, i32::MAX as i64, 1), None);
        assert_eq!(c(Op::SubOv, 64, i64::MIN, 0), Some(i64::MIN as u64));
        assert_eq!(c(Op::MulOv, 64, 1 << 32, 1 << 31), None);
        let f = |op, bits, x: f64| checked(op, bits, x.to_bits(), 0).map(|r| r as i64);
        assert_eq!(f(Op::FtoWExact, 64, -9223372036854775808.0), Some(i64::MIN));
        assert_eq!(f(Op::FtoWExact, 64, 9223372036854775808.0), None);
        assert_eq!(f(Op::FtoWExact, 64, 1.5), None);
        assert_eq!(f(Op::FtoWExact, 64, f64::NAN), None);
        assert_eq!(f(Op::FtoWExact, 64, -0.0), Some(0));
        assert_eq!(f(Op::FtoWTrunc, 32, -2147483648.0), None);
        assert_eq!(f(Op::FtoWTrunc, 32, -2147483647.9), Some(-2147483647));
        assert_eq!(f(Op::FtoWTrunc, 64, f64::NAN), None);
        assert_eq!(f(Op::FtoWTrunc, 64, -0.5), Some(0));
    }
}
