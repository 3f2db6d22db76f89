//! The register card and the constraint table, for both modes.
//!
//! Register 5 holds the context pointer and register 4 is the stack pointer; the last vector
//! register is the scratch register of moves and of instructions that need one more; so two
//! others are enough for each of them. Everything else is the allocator's.

use crate::X86;
use crate::enc::feature::Features;
use pyrs_ir::op::Op;
use pyrs_ir::ra::{Cons, Def, Loc, Machine, PReg, RegFile, RegSet, Use};
use pyrs_ir::schema::{Schema, Sig};
use pyrs_ir::trace::{Inst, Trace};
use pyrs_ir::types::{Class, Ty, Width, Word};

/// Immediates of 32 bits, sign-extended.
pub const IMM32: u8 = 0;
/// Immediates of stores: 32 bits, sign-extended, or any constant the cell truncates to that.
pub const STORE: u8 = 1;
/// Shift counts.
pub const COUNT: u8 = 2;
/// Indexes that become part of an address' displacement.
pub const INDEX: u8 = 3;

/// The context register.
pub const CTX: u8 = 5;
/// The stack pointer.
pub const SP: u8 = 4;

/// The registers of a mode.
pub fn registers(long: bool) -> RegFile {
    if long {
        const CALLER: RegSet = RegSet::of(&[0, 1, 2, 6, 7, 8, 9, 10, 11]);
        let floats = RegSet(0x7fff << 32);
        RegFile {
            allocatable: CALLER.or(RegSet::of(&[3, 12, 13, 14, 15])).or(floats),
            caller_saved: CALLER.or(floats),
            ctx: CTX,
            scratch: [47, 47],
        }
    } else {
        let floats = RegSet(0x7f << 32);
        RegFile {
            allocatable: RegSet::of(&[0, 1, 2, 3, 6, 7]).or(floats),
            caller_saved: RegSet::of(&[0, 1, 2]).or(floats),
            ctx: CTX,
            scratch: [39, 39],
        }
    }
}

const NO: Use = Use::No;
const REG: Use = Use::Reg;
const MEM: Use = Use::Mem;
const ANY_IMM: Use = Use::MemImm(IMM32);
const RAX: Use = Use::Fixed(0);
const RCX: Use = Use::Fixed(1);
const A_D: RegSet = RegSet::of(&[0, 2]);

impl Machine for X86 {
    fn regs(&self) -> &RegFile {
        &self.regs
    }

    fn cons(&self, trace: &Trace, schema: &Schema, inst: &Inst) -> Cons {
        let f: &Features = &self.features;
        let of = |ins: [Use; 3], def: Def| Cons::new(ins, def);
        let small = trace.const_word(inst.b).is_some_and(|x| self.fits(IMM32, x));
        // Only one operand of a comparison may be in memory.
        let left = if trace.const_word(inst.b).is_some() { MEM } else { REG };
        match inst.op {
            Op::Guard | Op::GuardMask => of([left, ANY_IMM, NO], Def::No),
            Op::FGuard => of([REG, REG, NO], Def::No),
            Op::GuardTrue | Op::GuardFalse => of([REG, NO, NO], Def::No),
            Op::Add | Op::AddP => of([REG, Use::Imm(IMM32), NO], Def::Reg),
            Op::AddOv | Op::SubOv => of([REG, ANY_IMM, NO], Def::Same(0)).undo(),
            Op::Sub | Op::And | Op::Or | Op::Xor => of([REG, ANY_IMM, NO], Def::Same(0)),
            Op::Mul | Op::MulOv if small => of([REG, Use::Imm(IMM32), NO], Def::Reg),
            Op::Mul | Op::MulOv => of([REG, MEM, NO], Def::Same(0)),
            Op::MulHiS | Op::MulHiU => of([RAX, MEM, NO], Def::Fixed(2)).clobbers(A_D),
            Op::Div => of([RAX, MEM, NO], Def::Fixed(0)).clobbers(A_D),
            Op::Rem => of([RAX, MEM, NO], Def::Fixed(2)).clobbers(A_D),
            Op::Shl | Op::Shr | Op::Sar | Op::Rotl => {
                if trace.const_word(inst.b).is_some() {
                    of([REG, Use::Imm(COUNT), NO], Def::Same(0))
                } else if f.bmi2 && inst.op != Op::Rotl {
                    of([REG, REG, NO], Def::Reg)
                } else {
                    of([REG, RCX, NO], Def::Same(0))
                }
            }
            Op::MinS | Op::MaxS => of([REG, MEM, NO], Def::Same(0)),
            Op::Clz if f.lzcnt => of([MEM, NO, NO], Def::Reg),
            Op::Ctz if f.bmi1 => of([MEM, NO, NO], Def::Reg),
            Op::Popcnt if f.popcnt => of([MEM, NO, NO], Def::Reg),
            Op::Clz | Op::Ctz => of([REG, NO, NO], Def::Reg).temps(1, 0).early(),
            Op::Popcnt => of([REG, NO, NO], Def::Same(0)).temps(2, 0),
            Op::Bswap => of([REG, NO, NO], Def::Same(0)),
            Op::SExt | Op::ZExt if inst.aux == 8 && !self.long => of([REG, NO, NO], Def::Same(0)),
            Op::SExt | Op::ZExt => of([REG, NO, NO], Def::Reg),
            // Byte registers: only the first four in legacy mode.
            Op::Cmp if self.long => of([left, ANY_IMM, NO], Def::Reg),
            Op::Cmp => of([left, ANY_IMM, NO], Def::Fixed(0)),
            Op::FCmp => of([REG, REG, NO], Def::Reg),
            Op::Select => of([REG, REG, if inst.ty == Ty::F { REG } else { MEM }], Def::Same(1)),
            Op::Cast => of([REG, NO, NO], Def::Same(0)),
            Op::FAdd | Op::FSub | Op::FMul | Op::FDiv => of([REG, MEM, NO], Def::Same(0)),
            Op::FNeg | Op::FAbs => of([REG, NO, NO], Def::Same(0)),
            Op::FCopySign => of([REG, REG, NO], Def::Same(0)),
            Op::FFloor | Op::FCeil | Op::FTrunc | Op::FRint if !f.sse41 => {
                of([REG, NO, NO], Def::Reg).early()
            }
            Op::FtoWExact => of([REG, NO, NO], Def::Reg),
            Op::WtoF => of([MEM, NO, NO], Def::Reg),
            Op::LoadX => of([REG, Use::Imm(INDEX), NO], Def::Reg),
            Op::Store | Op::StoreX => self.store(trace, schema, inst),
            Op::WBar => of([REG, NO, NO], Def::No),
            Op::New => of([NO; 3], Def::Reg).temps(1, 0),
            op => {
                let mut ins = [NO; 3];
                ins[..op.arity()].fill(REG);
                of(ins, if inst.ty == Ty::V { Def::No } else { Def::Reg })
            }
        }
    }

    fn fits(&self, kind: u8, value: i64) -> bool {
        match kind {
            COUNT => (0..64).contains(&value),
            INDEX => value.unsigned_abs() <= 1 << 24,
            _ => value == value as i32 as i64,
        }
    }

    fn call(&self, sig: &Sig) -> (Vec<Loc>, PReg) {
        let ret = if sig.ret == Ty::F { 32 } else { 0 };
        let (mut ints, mut floats, mut out) = (0, 0, 0);
        let mut place = |t: &Ty| {
            let float = t.class() == Class::Float;
            if self.long {
                let n = if float { &mut floats } else { &mut ints };
                *n += 1;
                if float && *n <= 8 {
                    return Loc::Reg(32 + *n - 1);
                }
                if !float && *n <= 6 {
                    return Loc::Reg([7, 6, 2, 1, 8, 9][*n as usize - 1]);
                }
            }
            out += 1;
            // In legacy mode a double takes two words.
            out += (float && !self.long) as u32;
            Loc::Out(if float && !self.long { out - 2 } else { out - 1 })
        };
        (sig.args.iter().map(&mut place).collect(), ret)
    }
}

impl X86 {
    /// Stores take constants, but doubles and byte registers of legacy mode are special.
    fn store(&self, trace: &Trace, schema: &Schema, inst: &Inst) -> Cons {
        let value = if inst.op == Op::Store { inst.b } else { inst.c };
        let float = trace.ty(value) == Some(Ty::F);
        let width = schema.fields[inst.aux as usize].width;
        let want = match (float, trace.const_word(value)) {
            (true, _) => REG,
            (false, Some(_)) => Use::Imm(STORE),
            (false, None) if !self.long && matches!(width, Width::U8 | Width::I8) => RAX,
            (false, None) => REG,
        };
        match inst.op {
            Op::Store => Cons::new([REG, want, NO], Def::No),
            _ => Cons::new([REG, Use::Imm(INDEX), want], Def::No),
        }
    }

    /// The vector register that only moves and clearing use.
    pub fn scratch(&self) -> u8 {
        self.regs.scratch[0] & 31
    }

    /// Word size of the mode.
    pub fn word(&self) -> Word {
        if self.long { Word::W64 } else { Word::W32 }
    }
}
