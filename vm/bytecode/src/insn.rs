//! One instruction word: packing and unpacking of operands.

use crate::Op;

/// An instruction word.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Insn(pub u32);

impl Insn {
    pub const fn abc(op: Op, a: u8, b: u8, c: u8) -> Insn {
        Insn(op as u32 | (a as u32) << 8 | (b as u32) << 16 | (c as u32) << 24)
    }
    pub const fn with_u16(op: Op, a: u8, u: u16) -> Insn {
        Insn(op as u32 | (a as u32) << 8 | (u as u32) << 16)
    }
    pub const fn with_i16(op: Op, a: u8, h: i16) -> Insn {
        Insn::with_u16(op, a, h as u16)
    }
    /// `distance` must fit 24 bits.
    pub const fn with_jump24(op: Op, distance: i32) -> Insn {
        Insn(op as u32 | (distance as u32) << 8)
    }
    #[inline(always)]
    pub const fn op_byte(self) -> u8 {
        self.0 as u8
    }
    #[inline(always)]
    pub const fn a(self) -> usize {
        (self.0 >> 8 & 0xff) as usize
    }
    #[inline(always)]
    pub const fn b(self) -> usize {
        (self.0 >> 16 & 0xff) as usize
    }
    #[inline(always)]
    pub const fn c(self) -> usize {
        (self.0 >> 24) as usize
    }
    /// `b` as a signed number.
    #[inline(always)]
    pub const fn signed_b(self) -> i8 {
        (self.0 >> 16) as u8 as i8
    }
    /// `c` as a signed number.
    #[inline(always)]
    pub const fn signed_c(self) -> i8 {
        (self.0 >> 24) as u8 as i8
    }
    #[inline(always)]
    pub const fn u16(self) -> usize {
        (self.0 >> 16) as usize
    }
    #[inline(always)]
    pub const fn i16(self) -> i32 {
        self.0 as i32 >> 16
    }
    #[inline(always)]
    pub const fn jump24(self) -> i32 {
        self.0 as i32 >> 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_round_trip() {
        let i = Insn::abc(Op::Add, 1, 200, 255);
        assert_eq!((i.a(), i.b(), i.c(), i.signed_c()), (1, 200, 255, -1));
        assert_eq!(Insn::with_i16(Op::LoadInt, 7, -5).i16(), -5);
        assert_eq!(Insn::with_jump24(Op::Jump, -70000).jump24(), -70000);
        assert_eq!(Insn::with_u16(Op::LoadConst, 7, 65535).u16(), 65535);
    }
}
