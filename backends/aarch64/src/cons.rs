//! The register card and the constraint table.
//!
//! x28 holds the context pointer. x16, x17 and x30 are scratch registers of single instructions
//! and moves, x18 belongs to the platform, x29 is left alone so that frames can be walked; d31
//! is the scratch register for doubles.

use crate::Aarch64;
use crate::enc::{bitmask, imm12};
use pyrs_ir::op::Op;
use pyrs_ir::ra::{Cons, Def, Loc, Machine, PReg, RegFile, RegSet, Use};
use pyrs_ir::schema::{Schema, Sig};
use pyrs_ir::trace::{Inst, Trace};
use pyrs_ir::types::{Class, Ty};

/// Immediates of additions and comparisons, either sign.
pub const ARITH: u8 = 0;
/// Immediates of bitwise operations.
pub const LOGIC: u8 = 1;
/// Shift counts.
pub const COUNT: u8 = 2;
/// Indexes that become part of an address' offset.
pub const INDEX: u8 = 4;
/// Zero, which is a register.
pub const ZERO: u8 = 3;

/// The context register.
pub const CTX: u8 = 28;
/// Scratch register of single instructions and of cycles of moves.
pub const X16: u8 = 16;
/// Second scratch register.
pub const X17: u8 = 17;
/// Scratch double register.
pub const D31: u8 = 31;

/// The registers.
pub fn registers() -> RegFile {
    let ints = 0xffff | 0x0ff8_0000u64 & !(1 << CTX);
    let floats = 0x7fff_ffffu64 << 32;
    let saved = 0x0ff8_0000u64 | 0xff00u64 << 32;
    RegFile {
        allocatable: RegSet(ints | floats),
        caller_saved: RegSet((ints | floats) & !saved),
        ctx: CTX,
        scratch: [X16, 32 + D31],
    }
}

impl Machine for Aarch64 {
    fn regs(&self) -> &RegFile {
        &self.regs
    }

    fn cons(&self, trace: &Trace, _: &Schema, inst: &Inst) -> Cons {
        use Use::{Imm, No, Reg};
        let of = |ins: [Use; 3], def: Def| Cons::new(ins, def);
        match inst.op {
            Op::Guard => of([Reg, Imm(ARITH), No], Def::No),
            Op::Cmp | Op::Add | Op::AddP | Op::Sub | Op::AddOv | Op::SubOv => {
                of([Reg, Imm(ARITH), No], Def::Reg)
            }
            Op::GuardMask => of([Reg, Imm(LOGIC), No], Def::No),
            Op::And | Op::Or | Op::Xor => of([Reg, Imm(LOGIC), No], Def::Reg),
            Op::Shl | Op::Shr | Op::Sar | Op::Rotl => of([Reg, Imm(COUNT), No], Def::Reg),
            Op::Cast | Op::FCopySign => {
                let second = if inst.op == Op::Cast { No } else { Reg };
                of([Reg, second, No], Def::Same(0))
            }
            Op::Store if trace.ty(inst.b) != Some(Ty::F) => of([Reg, Imm(ZERO), No], Def::No),
            Op::StoreX => {
                let value = if trace.ty(inst.c) == Some(Ty::F) { Reg } else { Imm(ZERO) };
                of([Reg, Imm(INDEX), value], Def::No)
            }
            Op::LoadX => of([Reg, Imm(INDEX), No], Def::Reg),
            op => {
                let mut ins = [No; 3];
                ins[..op.arity()].fill(Reg);
                of(ins, if inst.ty == Ty::V { Def::No } else { Def::Reg })
            }
        }
    }

    fn fits(&self, kind: u8, value: i64) -> bool {
        match kind {
            ARITH => imm12(value.unsigned_abs()).is_some(),
            LOGIC => bitmask(value as u64).is_some(),
            COUNT => (0..64).contains(&value),
            INDEX => value.unsigned_abs() <= 1 << 24,
            _ => value == 0,
        }
    }

    fn call(&self, sig: &Sig) -> (Vec<Loc>, PReg) {
        let (mut ints, mut floats, mut out) = (0, 0, 0);
        let mut place = |t: &Ty| {
            let (n, first) = match t.class() {
                Class::Int => (&mut ints, 0),
                Class::Float => (&mut floats, 32),
            };
            *n += 1;
            if *n <= 8 {
                return Loc::Reg(first + *n - 1);
            }
            out += 1;
            Loc::Out(out - 1)
        };
        (sig.args.iter().map(&mut place).collect(), if sig.ret == Ty::F { 32 } else { 0 })
    }
}
