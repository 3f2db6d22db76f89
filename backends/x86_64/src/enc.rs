//! The encoder: one function an instruction, for long mode and legacy mode. Registers are
//! hardware numbers 0..16 (0..8 in legacy mode); `w` asks for 64-bit operands and must be false
//! in legacy mode. Instructions that are not in the baseline (SSE2) take a proof that the CPU
//! has them.
//!
//! Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.

use pyrs_ir::asm::{CodeBuf, Fixup, Label};

/// Kinds of fix-ups.
pub mod fix {
    /// 32 bits relative to the end of the field.
    pub const REL32: u8 = 0;
    /// 32-bit address.
    pub const ABS32: u8 = 1;
}

/// CPU features beyond the baseline. The fields are private: a proof comes from [`Features`].
pub mod feature {
    /// Which features there are.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
    pub struct Features {
        /// `roundsd`.
        pub sse41: bool,
        /// `popcnt`.
        pub popcnt: bool,
        /// `lzcnt`.
        pub lzcnt: bool,
        /// `tzcnt`.
        pub bmi1: bool,
        /// `shlx`, `shrx`, `sarx`.
        pub bmi2: bool,
    }

    impl Features {
        /// Everything the encoder knows.
        pub const ALL: Features =
            Features { sse41: true, popcnt: true, lzcnt: true, bmi1: true, bmi2: true };
    }

    macro_rules! proofs {
        ($($(#[$doc:meta])* $name:ident $field:ident;)*) => {
            $($(#[$doc])* #[derive(Clone, Copy, Debug)] pub struct $name(());)*
            impl Features {
                $($(#[$doc])* pub fn $field(&self) -> Option<$name> {
                    self.$field.then_some($name(()))
                })*
            }
        };
    }
    proofs! {
        /// Proof of SSE4.1.
        Sse41 sse41;
        /// Proof of `popcnt`.
        Popcnt popcnt;
        /// Proof of `lzcnt`.
        Lzcnt lzcnt;
        /// Proof of BMI1.
        Bmi1 bmi1;
        /// Proof of BMI2.
        Bmi2 bmi2;
    }
}
use feature::{Bmi1, Bmi2, Lzcnt, Popcnt, Sse41};

/// A memory operand: base + index << scale + displacement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mem {
    /// Base register.
    pub base: u8,
    /// Index register (not 4) and shift 0..=3.
    pub index: Option<(u8, u8)>,
    /// Displacement.
    pub disp: i32,
}

impl Mem {
    /// Base and displacement.
    pub fn at(base: u8, disp: i32) -> Mem {
        Mem { base, index: None, disp }
    }
}

/// A register or memory operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rm {
    /// Register.
    Reg(u8),
    /// Memory.
    Mem(Mem),
    /// Constant in the pool; not for instructions with an immediate, which would lie between the
    /// field and the place that it is relative to.
    Pool(Label),
}

impl From<Mem> for Rm {
    fn from(m: Mem) -> Rm {
        Rm::Mem(m)
    }
}

/// Two-operand arithmetic; the value is the number in the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum Alu {
    Add = 0,
    Or = 1,
    And = 4,
    Sub = 5,
    Xor = 6,
    Cmp = 7,
}

/// Shifts and rotates; the value is the number in the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum Shift {
    Rol = 0,
    Shl = 4,
    Shr = 5,
    Sar = 7,
}

/// Scalar double arithmetic; the value is the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum Sse {
    Sqrt = 0x51,
    Add = 0x58,
    Mul = 0x59,
    Sub = 0x5c,
    Div = 0x5e,
}

/// Bitwise operations on vector registers; the value is the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum Bitwise {
    And = 0x54,
    Andn = 0x55,
    Or = 0x56,
    Xor = 0x57,
}

/// Conditions; the value is the number in the opcode, the low bit negates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "mnemonics")]
pub enum Cond {
    O = 0,
    B = 2,
    Ae = 3,
    E = 4,
    Ne = 5,
    Be = 6,
    A = 7,
    P = 10,
    Np = 11,
    L = 12,
    Ge = 13,
    Le = 14,
    G = 15,
}

/// Sub-word sizes of extending loads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "names say it")]
pub enum Ext {
    U8,
    I8,
    U16,
    I16,
}

/// The encoder over a code buffer.
#[derive(Debug)]
pub struct Enc<'a> {
    /// Where the bytes go.
    pub buf: &'a mut CodeBuf,
    /// Long mode.
    pub long: bool,
}

impl Enc<'_> {
    /// Prefix, REX, opcode, ModRM and what follows it. `byte` marks byte registers, which need a
    /// REX prefix from number 4 on.
    fn ins(&mut self, prefix: u8, w: bool, op: &[u8], reg: u8, rm: Rm, byte: bool) {
        debug_assert!(self.long || (!w && reg < 8), "long mode only");
        if prefix != 0 {
            self.buf.u8(prefix);
        }
        let (x, b) = match rm {
            Rm::Reg(r) => (0, r >> 3),
            Rm::Mem(m) => (m.index.map_or(0, |i| i.0 >> 3), m.base >> 3),
            Rm::Pool(_) => (0, 0),
        };
        let low = byte && (reg >= 4 || matches!(rm, Rm::Reg(r) if r >= 4));
        let rex = (w as u8) << 3 | (reg >> 3) << 2 | x << 1 | b;
        if self.long && (rex != 0 || low) {
            self.buf.u8(0x40 | rex);
        }
        debug_assert!(self.long || (rex == 0 && !low), "no such register in legacy mode");
        op.iter().for_each(|&o| self.buf.u8(o));
        self.modrm(reg & 7, rm);
    }

    fn modrm(&mut self, reg: u8, rm: Rm) {
        match rm {
            Rm::Reg(r) => self.buf.u8(0xc0 | reg << 3 | (r & 7)),
            Rm::Pool(label) => {
                self.buf.u8(reg << 3 | 5);
                let kind = if self.long { fix::REL32 } else { fix::ABS32 };
                self.buf.fixup(self.buf.pos(), kind, label);
                self.buf.u32(0);
            }
            Rm::Mem(m) => self.memory(reg, m),
        }
    }

    fn memory(&mut self, reg: u8, m: Mem) {
        let small = i8::try_from(m.disp).is_ok();
        // Base 5 (or 13) without displacement means something else.
        let mode = match (m.disp, small) {
            (0, _) if m.base & 7 != 5 => 0,
            (_, true) => 0x40,
            _ => 0x80,
        };
        match m.index {
            Some((i, scale)) => {
                debug_assert!(i != 4 && scale < 4, "register 4 cannot be an index");
                self.buf.u8(mode | reg << 3 | 4);
                self.buf.u8(scale << 6 | (i & 7) << 3 | (m.base & 7));
            }
            None if m.base & 7 == 4 => {
                self.buf.u8(mode | reg << 3 | 4);
                self.buf.u8(0x24);
            }
            None => self.buf.u8(mode | reg << 3 | (m.base & 7)),
        }
        match mode {
            0x40 => self.buf.u8(m.disp as u8),
            0x80 => self.buf.u32(m.disp as u32),
            _ => {}
        }
    }

    /// `op dst, src`.
    pub fn alu(&mut self, op: Alu, w: bool, dst: u8, src: Rm) {
        self.ins(0, w, &[(op as u8) << 3 | 3], dst, src, false);
    }

    /// `op dst, imm`.
    pub fn alu_imm(&mut self, op: Alu, w: bool, dst: Rm, imm: i32) {
        debug_assert!(!matches!(dst, Rm::Pool(_)), "see Rm::Pool");
        match i8::try_from(imm) {
            Ok(b) => {
                self.ins(0, w, &[0x83], op as u8, dst, false);
                self.buf.u8(b as u8);
            }
            Err(_) => {
                self.ins(0, w, &[0x81], op as u8, dst, false);
                self.buf.u32(imm as u32);
            }
        }
    }

    /// `mov dst, src` between registers or from memory.
    pub fn mov(&mut self, w: bool, dst: u8, src: Rm) {
        self.ins(0, w, &[0x8b], dst, src, false);
    }

    /// `mov mem, src`.
    pub fn mov_store(&mut self, w: bool, dst: Mem, src: u8) {
        self.ins(0, w, &[0x89], src, dst.into(), false);
    }

    /// `mov word/byte [mem], src` for 1 or 2 bytes.
    pub fn mov_store_small(&mut self, bytes: u32, dst: Mem, src: u8) {
        match bytes {
            1 => self.ins(0, false, &[0x88], src, dst.into(), true),
            _ => self.ins(0x66, false, &[0x89], src, dst.into(), false),
        }
    }

    /// `mov [mem], imm` of 1, 2, 4 or 8 bytes; 8 bytes sign-extend the immediate.
    pub fn mov_store_imm(&mut self, bytes: u32, dst: Mem, imm: i32) {
        match bytes {
            1 => {
                self.ins(0, false, &[0xc6], 0, dst.into(), false);
                self.buf.u8(imm as u8);
            }
            2 => {
                self.ins(0x66, false, &[0xc7], 0, dst.into(), false);
                self.buf.u16(imm as u16);
            }
            _ => {
                self.ins(0, bytes == 8, &[0xc7], 0, dst.into(), false);
                self.buf.u32(imm as u32);
            }
        }
    }

    /// The shortest way to put a constant into a register. Changes the flags when it is zero.
    pub fn mov_imm(&mut self, dst: u8, x: i64) {
        if x == 0 {
            self.alu(Alu::Xor, false, dst, Rm::Reg(dst));
        } else if !self.long || x == x as u32 as i64 {
            self.mov_imm32(dst, x as u32);
        } else if x == x as i32 as i64 {
            self.ins(0, true, &[0xc7], 0, Rm::Reg(dst), false);
            self.buf.u32(x as u32);
        } else {
            self.buf.u8(0x48 | dst >> 3);
            self.buf.u8(0xb8 | (dst & 7));
            self.buf.u64(x as u64);
        }
    }

    /// `mov dst, imm32`, zero-extended; flags stay.
    pub fn mov_imm32(&mut self, dst: u8, x: u32) {
        if dst >= 8 {
            self.buf.u8(0x41);
        }
        self.buf.u8(0xb8 | (dst & 7));
        self.buf.u32(x);
    }

    /// `movzx`/`movsx` from a register or memory; `w` sign-extends to 64 bits.
    pub fn movx(&mut self, ext: Ext, w: bool, dst: u8, src: Rm) {
        let op = match ext {
            Ext::U8 => 0xb6,
            Ext::I8 => 0xbe,
            Ext::U16 => 0xb7,
            Ext::I16 => 0xbf,
        };
        let byte = matches!(ext, Ext::U8 | Ext::I8);
        // Only the source is a byte register.
        let force = byte && matches!(src, Rm::Reg(r) if (4..8).contains(&r));
        debug_assert!(self.long || !force, "no such byte register");
        if force && !w && dst < 8 {
            self.buf.u8(0x40);
        }
        self.ins(0, w, &[0x0f, op], dst, src, false);
    }

    /// `movsxd dst, src`.
    pub fn movsxd(&mut self, dst: u8, src: Rm) {
        self.ins(0, true, &[0x63], dst, src, false);
    }

    /// `lea dst, mem`.
    pub fn lea(&mut self, w: bool, dst: u8, m: Mem) {
        self.ins(0, w, &[0x8d], dst, m.into(), false);
    }

    /// `test a, b`.
    pub fn test(&mut self, w: bool, a: Rm, b: u8) {
        self.ins(0, w, &[0x85], b, a, false);
    }

    /// `test a, imm`.
    pub fn test_imm(&mut self, w: bool, a: Rm, imm: i32) {
        debug_assert!(!matches!(a, Rm::Pool(_)), "see Rm::Pool");
        self.ins(0, w, &[0xf7], 0, a, false);
        self.buf.u32(imm as u32);
    }

    /// `test byte [mem], imm`.
    pub fn test_byte(&mut self, m: Mem, imm: u8) {
        self.ins(0, false, &[0xf6], 0, m.into(), false);
        self.buf.u8(imm);
    }

    /// `imul dst, src`.
    pub fn imul(&mut self, w: bool, dst: u8, src: Rm) {
        self.ins(0, w, &[0x0f, 0xaf], dst, src, false);
    }

    /// `imul dst, src, imm`.
    pub fn imul_imm(&mut self, w: bool, dst: u8, src: Rm, imm: i32) {
        debug_assert!(!matches!(src, Rm::Pool(_)), "see Rm::Pool");
        match i8::try_from(imm) {
            Ok(b) => {
                self.ins(0, w, &[0x6b], dst, src, false);
                self.buf.u8(b as u8);
            }
            Err(_) => {
                self.ins(0, w, &[0x69], dst, src, false);
                self.buf.u32(imm as u32);
            }
        }
    }

    /// `mul`/`imul src`: double-word product of register 0 in registers 2:0.
    pub fn mul_wide(&mut self, signed: bool, w: bool, src: Rm) {
        self.ins(0, w, &[0xf7], if signed { 5 } else { 4 }, src, false);
    }

    /// `idiv src`: registers 2:0 divided.
    pub fn idiv(&mut self, w: bool, src: Rm) {
        self.ins(0, w, &[0xf7], 7, src, false);
    }

    /// `cdq`/`cqo`.
    pub fn sign_rdx(&mut self, w: bool) {
        if w {
            self.buf.u8(0x48);
        }
        self.buf.u8(0x99);
    }

    /// `neg dst`.
    pub fn neg(&mut self, w: bool, dst: u8) {
        self.ins(0, w, &[0xf7], 3, Rm::Reg(dst), false);
    }

    /// Shift by a constant.
    pub fn shift_imm(&mut self, op: Shift, w: bool, dst: u8, count: u8) {
        self.ins(0, w, &[0xc1], op as u8, Rm::Reg(dst), false);
        self.buf.u8(count);
    }

    /// Shift by register 1.
    pub fn shift_cl(&mut self, op: Shift, w: bool, dst: u8) {
        self.ins(0, w, &[0xd3], op as u8, Rm::Reg(dst), false);
    }

    /// `shlx`/`shrx`/`sarx dst, src, count`; not for rotates.
    pub fn shift_x(&mut self, op: Shift, w: bool, dst: u8, src: u8, count: u8, _: Bmi2) {
        let pp = match op {
            Shift::Shl => 1,
            Shift::Sar => 2,
            Shift::Shr | Shift::Rol => 3,
        };
        debug_assert!(op != Shift::Rol, "there is no such rotate");
        self.buf.u8(0xc4);
        self.buf.u8((!(dst >> 3) & 1) << 7 | 0x40 | (!(src >> 3) & 1) << 5 | 2);
        self.buf.u8((w as u8) << 7 | (!count & 15) << 3 | pp);
        self.buf.u8(0xf7);
        self.buf.u8(0xc0 | (dst & 7) << 3 | (src & 7));
    }

    /// `bswap dst`.
    pub fn bswap(&mut self, w: bool, dst: u8) {
        let rex = (w as u8) << 3 | dst >> 3;
        if rex != 0 {
            self.buf.u8(0x40 | rex);
        }
        self.buf.u8(0x0f);
        self.buf.u8(0xc8 | (dst & 7));
    }

    /// `bsr dst, src`.
    pub fn bsr(&mut self, w: bool, dst: u8, src: Rm) {
        self.ins(0, w, &[0x0f, 0xbd], dst, src, false);
    }

    /// `bsf dst, src`.
    pub fn bsf(&mut self, w: bool, dst: u8, src: Rm) {
        self.ins(0, w, &[0x0f, 0xbc], dst, src, false);
    }

    /// `lzcnt dst, src`.
    pub fn lzcnt(&mut self, w: bool, dst: u8, src: Rm, _: Lzcnt) {
        self.ins(0xf3, w, &[0x0f, 0xbd], dst, src, false);
    }

    /// `tzcnt dst, src`.
    pub fn tzcnt(&mut self, w: bool, dst: u8, src: Rm, _: Bmi1) {
        self.ins(0xf3, w, &[0x0f, 0xbc], dst, src, false);
    }

    /// `popcnt dst, src`.
    pub fn popcnt(&mut self, w: bool, dst: u8, src: Rm, _: Popcnt) {
        self.ins(0xf3, w, &[0x0f, 0xb8], dst, src, false);
    }

    /// `setcc dst` (a byte register).
    pub fn setcc(&mut self, cc: Cond, dst: u8) {
        self.ins(0, false, &[0x0f, 0x90 | cc as u8], 0, Rm::Reg(dst), true);
    }

    /// `cmovcc dst, src`.
    pub fn cmov(&mut self, cc: Cond, w: bool, dst: u8, src: Rm) {
        self.ins(0, w, &[0x0f, 0x40 | cc as u8], dst, src, false);
    }

    /// `jcc label`.
    pub fn jcc(&mut self, cc: Cond, to: Label) {
        self.buf.u8(0x0f);
        self.buf.u8(0x80 | cc as u8);
        self.buf.fixup(self.buf.pos(), fix::REL32, to);
        self.buf.u32(0);
    }

    /// `jmp label`.
    pub fn jmp(&mut self, to: Label) {
        self.buf.u8(0xe9);
        self.buf.fixup(self.buf.pos(), fix::REL32, to);
        self.buf.u32(0);
    }

    /// `jmp`/`call` to an address within 2 GiB.
    pub fn branch_to(&mut self, call: bool, to: u64) {
        self.buf.u8(if call { 0xe8 } else { 0xe9 });
        let from = self.buf.address() + 4;
        self.buf.u32(to.wrapping_sub(from) as u32);
    }

    /// `jmp reg`.
    pub fn jmp_reg(&mut self, r: u8) {
        self.ins(0, false, &[0xff], 4, Rm::Reg(r), false);
    }

    /// `call` through a register or memory.
    pub fn call_rm(&mut self, rm: Rm) {
        self.ins(0, false, &[0xff], 2, rm, false);
    }

    /// `push reg`.
    pub fn push(&mut self, r: u8) {
        if r >= 8 {
            self.buf.u8(0x41);
        }
        self.buf.u8(0x50 | (r & 7));
    }

    /// `pop reg`.
    pub fn pop(&mut self, r: u8) {
        if r >= 8 {
            self.buf.u8(0x41);
        }
        self.buf.u8(0x58 | (r & 7));
    }

    /// `push [mem]`, a whole word.
    pub fn push_mem(&mut self, m: Mem) {
        self.ins(0, false, &[0xff], 6, m.into(), false);
    }

    /// `pop [mem]`.
    pub fn pop_mem(&mut self, m: Mem) {
        self.ins(0, false, &[0x8f], 0, m.into(), false);
    }

    /// `push imm32`.
    pub fn push_imm(&mut self, x: u32) {
        self.buf.u8(0x68);
        self.buf.u32(x);
    }

    /// `ret`.
    pub fn ret(&mut self) {
        self.buf.u8(0xc3);
    }

    /// `rep movsd`: copies register 1 times four bytes from register 6 to register 7.
    pub fn rep_movsd(&mut self) {
        self.buf.u8(0xf3);
        self.buf.u8(0xa5);
    }

    /// `movapd dst, src`.
    pub fn movapd(&mut self, dst: u8, src: u8) {
        self.ins(0x66, false, &[0x0f, 0x28], dst, Rm::Reg(src), false);
    }

    /// `movsd dst, mem`.
    pub fn movsd_load(&mut self, dst: u8, src: Rm) {
        debug_assert!(!matches!(src, Rm::Reg(_)), "merges between registers");
        self.ins(0xf2, false, &[0x0f, 0x10], dst, src, false);
    }

    /// `movsd mem, src`.
    pub fn movsd_store(&mut self, dst: Mem, src: u8) {
        self.ins(0xf2, false, &[0x0f, 0x11], src, dst.into(), false);
    }

    /// `movd mem, src`: the low four bytes.
    pub fn movd_store(&mut self, dst: Mem, src: u8) {
        self.ins(0x66, false, &[0x0f, 0x7e], src, dst.into(), false);
    }

    /// `movups mem, src`.
    pub fn movups_store(&mut self, dst: Mem, src: u8) {
        self.ins(0, false, &[0x0f, 0x11], src, dst.into(), false);
    }

    /// Scalar arithmetic `op dst, src`.
    pub fn sse(&mut self, op: Sse, dst: u8, src: Rm) {
        self.ins(0xf2, false, &[0x0f, op as u8], dst, src, false);
    }

    /// Bitwise operation on whole registers; a memory operand is 16 aligned bytes.
    pub fn bitwise(&mut self, op: Bitwise, dst: u8, src: Rm) {
        self.ins(0x66, false, &[0x0f, op as u8], dst, src, false);
    }

    /// `ucomisd a, b`.
    pub fn ucomisd(&mut self, a: u8, b: Rm) {
        self.ins(0x66, false, &[0x0f, 0x2e], a, b, false);
    }

    /// `cmpsd dst, src, predicate`: a mask of 64 bits.
    pub fn cmpsd(&mut self, dst: u8, src: u8, predicate: u8) {
        self.ins(0xf2, false, &[0x0f, 0xc2], dst, Rm::Reg(src), false);
        self.buf.u8(predicate);
    }

    /// `cvtsi2sd dst, src`.
    pub fn cvtsi2sd(&mut self, w: bool, dst: u8, src: Rm) {
        self.ins(0xf2, w, &[0x0f, 0x2a], dst, src, false);
    }

    /// `cvttsd2si dst, src`.
    pub fn cvttsd2si(&mut self, w: bool, dst: u8, src: u8) {
        self.ins(0xf2, w, &[0x0f, 0x2c], dst, Rm::Reg(src), false);
    }

    /// `movd`/`movq` from a general to a vector register.
    pub fn mov_to_xmm(&mut self, w: bool, dst: u8, src: u8) {
        self.ins(0x66, w, &[0x0f, 0x6e], dst, Rm::Reg(src), false);
    }

    /// `movd`/`movq` from a vector to a general register.
    pub fn mov_from_xmm(&mut self, w: bool, dst: u8, src: u8) {
        self.ins(0x66, w, &[0x0f, 0x7e], src, Rm::Reg(dst), false);
    }

    /// `roundsd dst, src, mode`.
    pub fn roundsd(&mut self, dst: u8, src: u8, mode: u8, _: Sse41) {
        self.ins(0x66, false, &[0x0f, 0x3a, 0x0b], dst, Rm::Reg(src), false);
        self.buf.u8(mode);
    }

    /// `fstp qword [mem]`.
    pub fn fstp(&mut self, m: Mem) {
        self.ins(0, false, &[0xdd], 3, m.into(), false);
    }

    /// Fills the code up to a multiple of 16 with instructions that do nothing.
    pub fn align_code(&mut self) {
        while !self.buf.address().is_multiple_of(16) {
            self.buf.u8(0x90);
        }
    }
}

/// Fills in a fix-up.
pub fn fill(buf: &mut CodeBuf, f: Fixup, to: usize) {
    let at = f.at as usize;
    let x = match f.kind {
        fix::ABS32 => (buf.base + to as u64) as u32,
        _ => (to as i64 - (at as i64 + 4)) as u32,
    };
    buf.set_u32(at, x);
}
