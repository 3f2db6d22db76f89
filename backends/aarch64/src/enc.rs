//! The encoder: one function an instruction. Registers are 0..31; where number 31 means the
//! stack pointer or the zero register the function says which.
//!
//! Source: Arm Architecture Reference Manual for A-profile (DDI 0487), chapter C6 and C7.

use pyrs_ir::asm::{CodeBuf, Fixup, Label};

/// The zero register (or the stack pointer, by instruction).
pub const ZR: u8 = 31;

/// Kinds of fix-ups.
pub mod fix {
    /// 26-bit word offset of `b`.
    pub const B26: u8 = 0;
    /// 19-bit word offset of conditional branches and literal loads.
    pub const I19: u8 = 1;
}

/// Conditions; the low bit negates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum Cond {
    Eq = 0,
    Ne = 1,
    Hs = 2,
    Lo = 3,
    Mi = 4,
    Pl = 5,
    Vs = 6,
    Vc = 7,
    Hi = 8,
    Ls = 9,
    Ge = 10,
    Lt = 11,
    Gt = 12,
    Le = 13,
}

/// Additions and subtractions; the value is the top byte of the register form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum Arith {
    Add = 0x8b,
    Adds = 0xab,
    Sub = 0xcb,
    Subs = 0xeb,
}

/// Bitwise operations; the value is the top byte of the register form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum Logic {
    And = 0x8a,
    Orr = 0xaa,
    Eor = 0xca,
    Ands = 0xea,
}

/// Operations of two registers; the value is the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum Two {
    Mul = 0x9b00_7c00,
    Smulh = 0x9b40_7c00,
    Umulh = 0x9bc0_7c00,
    Sdiv = 0x9ac0_0c00,
    Lsl = 0x9ac0_2000,
    Lsr = 0x9ac0_2400,
    Asr = 0x9ac0_2800,
    Ror = 0x9ac0_2c00,
}

/// Operations of one register; the value is the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum One {
    Rbit = 0xdac0_0000,
    Rev = 0xdac0_0c00,
    Clz = 0xdac0_1000,
}

/// Double operations of two registers; the value is the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum Fp2 {
    Mul = 0x1e60_0800,
    Div = 0x1e60_1800,
    Add = 0x1e60_2800,
    Sub = 0x1e60_3800,
}

/// Double operations of one register; the value is the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum Fp1 {
    Mov = 0x1e60_4000,
    Abs = 0x1e60_c000,
    Neg = 0x1e61_4000,
    Sqrt = 0x1e61_c000,
    Rintn = 0x1e64_4000,
    Rintp = 0x1e64_c000,
    Rintm = 0x1e65_4000,
    Rintz = 0x1e65_c000,
}

/// Loads and stores; the value is the opcode of the form with a scaled offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum Access {
    Ldrb = 0x3940_0000,
    Ldrsb = 0x3980_0000,
    Strb = 0x3900_0000,
    Ldrh = 0x7940_0000,
    Ldrsh = 0x7980_0000,
    Strh = 0x7900_0000,
    LdrW = 0xb940_0000,
    Ldrsw = 0xb980_0000,
    StrW = 0xb900_0000,
    LdrX = 0xf940_0000,
    StrX = 0xf900_0000,
    LdrD = 0xfd40_0000,
    StrD = 0xfd00_0000,
}

impl Access {
    /// Binary logarithm of the number of bytes.
    pub fn scale(self) -> u32 {
        self as u32 >> 30
    }
}

/// Fields N, immr, imms (13 bits) of a bitmask immediate, if `x` is one: a rotated run of ones,
/// repeated in elements of 2, 4, ... 64 bits.
pub fn bitmask(x: u64) -> Option<u32> {
    if x == 0 || x == u64::MAX {
        return None;
    }
    let mut size = 64u32;
    while size > 2 {
        let half = size / 2;
        let mask = (1u64 << half) - 1;
        if x & mask != (x >> half) & mask {
            break;
        }
        size = half;
    }
    let mask = if size == 64 { u64::MAX } else { (1 << size) - 1 };
    let element = x & mask;
    let ones = element.count_ones();
    // Rotate so that the run starts at bit 0.
    let rotation = (0..size).find(|&r| {
        let rotated = match r {
            0 => element,
            _ => (element >> r | element << (size - r)) & mask,
        };
        rotated == (u64::MAX >> (64 - ones))
    })?;
    let immr = (size - rotation) % size;
    let imms = (!(size * 2 - 1) & 0x3f) | (ones - 1);
    let n = (size == 64) as u32;
    Some(n << 12 | immr << 6 | imms)
}

/// Eight-bit form of a double for `fmov`, if there is one.
pub fn fp8(bits: u64) -> Option<u32> {
    let sign = bits >> 63;
    let exp = (bits >> 52 & 0x7ff) as i32 - 1023;
    let ok = bits & 0x0000_ffff_ffff_ffff == 0 && (-3..=4).contains(&exp);
    ok.then(|| {
        let e = (((exp + 3) as u64) & 7) ^ 4;
        (sign << 7 | e << 4 | (bits >> 48 & 15)) as u32
    })
}

/// An arithmetic immediate of 12 bits, shifted by 0 or 12: the field with the shift bit.
pub fn imm12(x: u64) -> Option<u32> {
    if x < 4096 {
        Some((x as u32) << 10)
    } else if x & 0xfff == 0 && x >> 12 < 4096 {
        Some(1 << 22 | ((x >> 12) as u32) << 10)
    } else {
        None
    }
}

/// The encoder over a code buffer.
#[derive(Debug)]
pub struct Enc<'a> {
    /// Where the words go.
    pub buf: &'a mut CodeBuf,
}

fn d(r: u8) -> u32 {
    debug_assert!(r < 32);
    r as u32
}

fn n(r: u8) -> u32 {
    d(r) << 5
}

fn m(r: u8) -> u32 {
    d(r) << 16
}

impl Enc<'_> {
    fn w(&mut self, x: u32) {
        self.buf.u32(x);
    }

    /// `op dst, a, b, lsl #shift`; 31 is the zero register.
    pub fn arith(&mut self, op: Arith, dst: u8, a: u8, b: u8, shift: u32) {
        self.w((op as u32) << 24 | m(b) | shift << 10 | n(a) | d(dst));
    }

    /// `op dst, a, b, asr #shift`.
    pub fn arith_asr(&mut self, op: Arith, dst: u8, a: u8, b: u8, shift: u32) {
        self.w((op as u32) << 24 | 2 << 22 | m(b) | shift << 10 | n(a) | d(dst));
    }

    /// `op dst, a, #field`, the field from [`imm12`]. Register 31 is the stack pointer, but the
    /// zero register as destination of `adds` and `subs`.
    pub fn arith_imm(&mut self, op: Arith, dst: u8, a: u8, field: u32) {
        self.w((op as u32 + 6) << 24 | field | n(a) | d(dst));
    }

    /// `op dst, a, b`.
    pub fn logic(&mut self, op: Logic, dst: u8, a: u8, b: u8) {
        self.w((op as u32) << 24 | m(b) | n(a) | d(dst));
    }

    /// `op dst, a, #field`, the field from [`bitmask`]. Destination 31 is the stack pointer, but
    /// the zero register for `ands`.
    pub fn logic_imm(&mut self, op: Logic, dst: u8, a: u8, field: u32) {
        self.w((op as u32 + 8) << 24 | field << 10 | n(a) | d(dst));
    }

    /// `mov dst, src` between general registers other than the stack pointer.
    pub fn mov(&mut self, dst: u8, src: u8) {
        self.logic(Logic::Orr, dst, ZR, src);
    }

    /// The shortest way to put a constant into a register.
    pub fn mov_imm(&mut self, dst: u8, x: u64) {
        let half = |x: u64, k: u32| (x >> (16 * k)) as u32 & 0xffff;
        let count = |fill: u32| (0..4).filter(|&k| half(x, k) != fill).count();
        let (zeros, ones) = (count(0), count(0xffff));
        if zeros.min(ones) > 1
            && let Some(field) = bitmask(x)
        {
            return self.logic_imm(Logic::Orr, dst, ZR, field);
        }
        let (fill, first) = if ones < zeros { (0xffff, 0x9280_0000) } else { (0, 0xd280_0000) };
        let mut op = first;
        for k in (0..4).filter(|&k| half(x, k) != fill) {
            let h = if op == 0x9280_0000 { !half(x, k) & 0xffff } else { half(x, k) };
            self.w(op | k << 21 | h << 5 | d(dst));
            op = 0xf280_0000;
        }
        if op == first {
            self.w(first | d(dst));
        }
    }

    /// `movz dst, #x, lsl #(16 * half)`.
    pub fn movz(&mut self, dst: u8, x: u16, half: u32) {
        self.w(0xd280_0000 | half << 21 | (x as u32) << 5 | d(dst));
    }

    /// `movk dst, #x, lsl #(16 * half)`.
    pub fn movk(&mut self, dst: u8, x: u16, half: u32) {
        self.w(0xf280_0000 | half << 21 | (x as u32) << 5 | d(dst));
    }

    /// `op dst, a, b`.
    pub fn two(&mut self, op: Two, dst: u8, a: u8, b: u8) {
        self.w(op as u32 | m(b) | n(a) | d(dst));
    }

    /// `msub dst, a, b, c`: c - a * b.
    pub fn msub(&mut self, dst: u8, a: u8, b: u8, c: u8) {
        self.w(0x9b00_8000 | m(b) | d(c) << 10 | n(a) | d(dst));
    }

    /// `op dst, a`.
    pub fn one(&mut self, op: One, dst: u8, a: u8) {
        self.w(op as u32 | n(a) | d(dst));
    }

    /// `ubfm` or `sbfm dst, a, #immr, #imms`.
    pub fn bitfield(&mut self, signed: bool, dst: u8, a: u8, immr: u32, imms: u32) {
        let op = if signed { 0x9340_0000 } else { 0xd340_0000 };
        self.w(op | immr << 16 | imms << 10 | n(a) | d(dst));
    }

    /// `ror dst, a, #count`.
    pub fn ror_imm(&mut self, dst: u8, a: u8, count: u32) {
        self.w(0x93c0_0000 | m(a) | count << 10 | n(a) | d(dst));
    }

    /// `csel dst, a, b, cc`.
    pub fn csel(&mut self, dst: u8, a: u8, b: u8, cc: Cond) {
        self.w(0x9a80_0000 | m(b) | (cc as u32) << 12 | n(a) | d(dst));
    }

    /// `cset dst, cc`.
    pub fn cset(&mut self, dst: u8, cc: Cond) {
        self.w(0x9a9f_07e0 | (cc as u32 ^ 1) << 12 | d(dst));
    }

    /// `b label`.
    pub fn b(&mut self, to: Label) {
        self.buf.fixup(self.buf.pos(), fix::B26, to);
        self.w(0x1400_0000);
    }

    /// `b.cc label`; `negate` takes the other condition.
    pub fn b_cond(&mut self, cc: Cond, negate: bool, to: Label) {
        self.buf.fixup(self.buf.pos(), fix::I19, to);
        self.w(0x5400_0000 | (cc as u32 ^ negate as u32));
    }

    /// `cbz` or `cbnz a, label`.
    pub fn cb(&mut self, nonzero: bool, a: u8, to: Label) {
        self.buf.fixup(self.buf.pos(), fix::I19, to);
        self.w(0xb400_0000 | (nonzero as u32) << 24 | d(a));
    }

    /// `b` or `bl` to an address; refused beyond 128 MiB.
    pub fn branch_to(&mut self, link: bool, to: u64) -> Result<(), String> {
        let word = branch(self.buf.address(), to).ok_or("branch target out of reach")?;
        self.w(word | (link as u32) << 31);
        Ok(())
    }

    /// `br a`.
    pub fn br(&mut self, a: u8) {
        self.w(0xd61f_0000 | n(a));
    }

    /// `blr a`.
    pub fn blr(&mut self, a: u8) {
        self.w(0xd63f_0000 | n(a));
    }

    /// `ret`.
    pub fn ret(&mut self) {
        self.w(0xd65f_03c0);
    }

    /// `op reg, [base, #offset]` with a scaled or an unscaled offset; false if neither reaches.
    pub fn access(&mut self, op: Access, reg: u8, base: u8, offset: i32) -> bool {
        let scale = op.scale();
        let scaled = offset >> scale;
        if offset >= 0 && scaled << scale == offset && scaled < 4096 {
            self.w(op as u32 | (scaled as u32) << 10 | n(base) | d(reg));
        } else if (-256..256).contains(&offset) {
            self.w((op as u32 & !(1 << 24)) | (offset as u32 & 0x1ff) << 12 | n(base) | d(reg));
        } else {
            return false;
        }
        true
    }

    /// `op reg, [base, index, lsl #scale]`, scaled by the size of the access or not at all.
    pub fn access_x(&mut self, op: Access, reg: u8, base: u8, index: u8, scaled: bool) {
        let form = (op as u32 & !(1 << 24)) | 1 << 21 | 3 << 13 | 2 << 10;
        self.w(form | (scaled as u32) << 12 | m(index) | n(base) | d(reg));
    }

    /// `stp`/`ldp` of two general registers, offset a multiple of 8 within 504.
    pub fn pair(&mut self, load: bool, a: u8, b: u8, base: u8, offset: i32) {
        let field = (offset / 8) as u32 & 0x7f;
        debug_assert!(offset % 8 == 0 && (-512..512).contains(&offset));
        self.w(0xa900_0000 | (load as u32) << 22 | field << 15 | d(b) << 10 | n(base) | d(a));
    }

    /// `stp`/`ldp` of two double registers.
    pub fn pair_d(&mut self, load: bool, a: u8, b: u8, base: u8, offset: i32) {
        let field = (offset / 8) as u32 & 0x7f;
        debug_assert!(offset % 8 == 0 && (-512..512).contains(&offset));
        self.w(0x6d00_0000 | (load as u32) << 22 | field << 15 | d(b) << 10 | n(base) | d(a));
    }

    /// `ldr dst, literal` into a double register.
    pub fn ldr_literal(&mut self, dst: u8, l: Label) {
        self.buf.fixup(self.buf.pos(), fix::I19, l);
        self.w(0x5c00_0000 | d(dst));
    }

    /// `op dst, a, b` on doubles.
    pub fn fp2(&mut self, op: Fp2, dst: u8, a: u8, b: u8) {
        self.w(op as u32 | m(b) | n(a) | d(dst));
    }

    /// `op dst, a` on doubles.
    pub fn fp1(&mut self, op: Fp1, dst: u8, a: u8) {
        self.w(op as u32 | n(a) | d(dst));
    }

    /// `fcmp a, b`.
    pub fn fcmp(&mut self, a: u8, b: u8) {
        self.w(0x1e60_2000 | m(b) | n(a));
    }

    /// `fcsel dst, a, b, cc`.
    pub fn fcsel(&mut self, dst: u8, a: u8, b: u8, cc: Cond) {
        self.w(0x1e60_0c00 | m(b) | (cc as u32) << 12 | n(a) | d(dst));
    }

    /// `fmov dst, a` from a double to a general register.
    pub fn fmov_to_x(&mut self, dst: u8, a: u8) {
        self.w(0x9e66_0000 | n(a) | d(dst));
    }

    /// `fmov dst, a` from a general to a double register.
    pub fn fmov_from_x(&mut self, dst: u8, a: u8) {
        self.w(0x9e67_0000 | n(a) | d(dst));
    }

    /// `fmov dst, #imm8`, the field from [`fp8`].
    pub fn fmov_imm(&mut self, dst: u8, imm8: u32) {
        self.w(0x1e60_1000 | imm8 << 13 | d(dst));
    }

    /// `movi dst, #0`.
    pub fn movi_zero(&mut self, dst: u8) {
        self.w(0x2f00_e400 | d(dst));
    }

    /// `scvtf dst, a`.
    pub fn scvtf(&mut self, dst: u8, a: u8) {
        self.w(0x9e62_0000 | n(a) | d(dst));
    }

    /// `fcvtzs dst, a`.
    pub fn fcvtzs(&mut self, dst: u8, a: u8) {
        self.w(0x9e78_0000 | n(a) | d(dst));
    }

    /// `cnt dst.8b, a.8b`: bits of each byte.
    pub fn cnt(&mut self, dst: u8, a: u8) {
        self.w(0x0e20_5800 | n(a) | d(dst));
    }

    /// `addv dst(b), a.8b`: sum of the bytes.
    pub fn addv(&mut self, dst: u8, a: u8) {
        self.w(0x0e31_b800 | n(a) | d(dst));
    }

    /// `bit dst.8b, a.8b, mask.8b`: bits of `a` where the mask is one.
    pub fn bit(&mut self, dst: u8, a: u8, mask: u8) {
        self.w(0x2ea0_1c00 | m(mask) | n(a) | d(dst));
    }
}

/// The word of `b` from one address to another.
pub fn branch(from: u64, to: u64) -> Option<u32> {
    let offset = to.wrapping_sub(from) as i64;
    let reaches = offset % 4 == 0 && (-(1 << 27)..1 << 27).contains(&offset);
    reaches.then_some(0x1400_0000 | (offset >> 2) as u32 & 0x03ff_ffff)
}

/// Fills in a fix-up; out of reach is noted in `failed`.
pub fn fill(buf: &mut CodeBuf, f: Fixup, to: usize, failed: &mut bool) {
    let at = f.at as usize;
    let offset = to as i64 - at as i64;
    let word = buf.get_u32(at);
    let (bits, shift) = if f.kind == fix::B26 { (26, 0) } else { (19, 5) };
    let field = offset >> 2;
    *failed |= offset % 4 != 0 || !(-(1 << (bits - 1))..1 << (bits - 1)).contains(&field);
    buf.set_u32(at, word | ((field as u32) & ((1 << bits) - 1)) << shift);
}
