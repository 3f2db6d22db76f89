//! Doubles: comparisons with NaN in mind, conversions that leave when they lose something,
//! rounding with and without SSE4.1. Signs are changed with masks from the pool of constants.

use super::Emit;
use crate::enc::{Alu, Bitwise, Cond, Rm, Sse};
use pyrs_ir::op::Op;
use pyrs_ir::ra::Loc;
use pyrs_ir::trace::Inst;
use pyrs_ir::types::Fcc;

impl Emit<'_, '_> {
    /// Leaves unless the comparison holds. An unordered comparison sets all three flags.
    pub(super) fn float_guard(&mut self, cc: Fcc, a: Loc, b: Loc, exit: usize) {
        let (x, y) = (self.reg(a), self.reg(b));
        match cc {
            Fcc::Eq => {
                self.e.ucomisd(x, Rm::Reg(y));
                self.exit_if(Cond::Ne, exit);
                self.exit_if(Cond::P, exit);
            }
            Fcc::Ne => {
                self.e.ucomisd(x, Rm::Reg(y));
                let over = self.e.buf.label();
                self.e.jcc(Cond::P, over);
                self.exit_if(Cond::E, exit);
                self.e.buf.bind(over);
            }
            _ => {
                self.e.ucomisd(y, Rm::Reg(x));
                let leave = match cc {
                    Fcc::Lt => Cond::Be,
                    Fcc::Nlt => Cond::A,
                    Fcc::Le => Cond::B,
                    _ => Cond::Ae,
                };
                self.exit_if(leave, exit);
            }
        }
    }

    pub(super) fn float_to_word(&mut self, inst: &Inst, out: Loc, a: Loc, exit: usize) {
        let (w, o, x) = (self.w, self.reg(out), self.reg(a));
        // Out of range and NaN give the smallest word.
        self.e.cvttsd2si(w, o, x);
        if inst.op == Op::FtoWTrunc {
            self.e.alu_imm(Alu::Cmp, w, Rm::Reg(o), 1);
            self.exit_if(Cond::O, exit);
            return;
        }
        let t = self.x.scratch();
        self.e.bitwise(Bitwise::Xor, t, Rm::Reg(t));
        self.e.cvtsi2sd(w, t, Rm::Reg(o));
        self.e.ucomisd(t, Rm::Reg(x));
        self.exit_if(Cond::Ne, exit);
        self.exit_if(Cond::P, exit);
    }

    pub(super) fn float(&mut self, inst: &Inst, out: Loc, a: Loc, b: Loc) -> Result<(), String> {
        let o = self.reg(out);
        match inst.op {
            Op::FAdd | Op::FSub | Op::FMul | Op::FDiv => {
                let op = match inst.op {
                    Op::FAdd => Sse::Add,
                    Op::FSub => Sse::Sub,
                    Op::FMul => Sse::Mul,
                    _ => Sse::Div,
                };
                let b = self.rm(b);
                self.e.sse(op, o, b);
            }
            Op::FNeg => self.mask(Bitwise::Xor, o, 1 << 63),
            Op::FAbs => self.mask(Bitwise::And, o, !(1 << 63)),
            Op::FSqrt => {
                let a = self.rm(a);
                self.e.sse(Sse::Sqrt, o, a);
            }
            Op::FCopySign => {
                let (b, t) = (self.reg(b), self.x.scratch());
                self.e.movapd(t, b);
                self.mask(Bitwise::And, t, 1 << 63);
                self.mask(Bitwise::And, o, !(1 << 63));
                self.e.bitwise(Bitwise::Or, o, Rm::Reg(t));
            }
            Op::FFloor | Op::FCeil | Op::FTrunc | Op::FRint => self.round(inst.op, o, a),
            Op::WtoF => {
                let a = self.rm(a);
                self.e.bitwise(Bitwise::Xor, o, Rm::Reg(o));
                self.e.cvtsi2sd(self.w, o, a);
            }
            Op::FBits => {
                let a = self.reg(a);
                self.e.mov_from_xmm(true, o, a);
            }
            Op::BitsF => {
                let a = self.reg(a);
                self.e.mov_to_xmm(true, o, a);
            }
            op => return Err(format!("{op:?} must be lowered before")),
        }
        Ok(())
    }

    pub(super) fn mask(&mut self, op: Bitwise, o: u8, bits: u64) {
        let l = self.e.buf.constant(bits, true);
        self.e.bitwise(op, o, Rm::Pool(l));
    }

    pub(super) fn round(&mut self, op: Op, o: u8, a: Loc) {
        let x = self.reg(a);
        if let Some(p) = self.x.features.sse41() {
            let mode = match op {
                Op::FRint => 8,
                Op::FFloor => 9,
                Op::FCeil => 10,
                _ => 11,
            };
            self.e.roundsd(o, x, mode, p);
            return;
        }
        // Adding and subtracting 2^52 rounds a smaller magnitude to nearest; then one step back
        // where that went the wrong way, and the sign is put back (for results of zero).
        let t = self.x.scratch();
        let big = self.e.buf.constant(0x4330_0000_0000_0000, false);
        let one = self.e.buf.constant(1.0f64.to_bits(), true);
        let done = self.e.buf.label();
        self.e.movapd(o, x);
        self.mask(Bitwise::And, o, !(1 << 63));
        self.e.ucomisd(o, Rm::Pool(big));
        let small = self.e.buf.label();
        let whole = self.e.buf.label();
        self.e.jcc(Cond::P, whole);
        self.e.jcc(Cond::B, small);
        self.e.buf.bind(whole);
        self.e.movapd(o, x);
        self.e.jmp(done);
        self.e.buf.bind(small);
        self.e.sse(Sse::Add, o, Rm::Pool(big));
        self.e.sse(Sse::Sub, o, Rm::Pool(big));
        self.e.movapd(t, x);
        self.mask(Bitwise::And, t, !(1 << 63));
        match op {
            Op::FTrunc => {
                self.e.cmpsd(t, o, 1);
                self.e.bitwise(Bitwise::And, t, Rm::Pool(one));
                self.e.sse(Sse::Sub, o, Rm::Reg(t));
            }
            Op::FFloor | Op::FCeil => {
                self.sign_of(t, x);
                self.e.bitwise(Bitwise::Or, o, Rm::Reg(t));
                if op == Op::FFloor {
                    self.e.movapd(t, x);
                    self.e.cmpsd(t, o, 1);
                    self.e.bitwise(Bitwise::And, t, Rm::Pool(one));
                    self.e.sse(Sse::Sub, o, Rm::Reg(t));
                } else {
                    self.e.movapd(t, o);
                    self.e.cmpsd(t, x, 1);
                    self.e.bitwise(Bitwise::And, t, Rm::Pool(one));
                    self.e.sse(Sse::Add, o, Rm::Reg(t));
                }
            }
            _ => {}
        }
        self.sign_of(t, x);
        self.e.bitwise(Bitwise::Or, o, Rm::Reg(t));
        self.e.buf.bind(done);
    }

    pub(super) fn sign_of(&mut self, t: u8, x: u8) {
        self.e.movapd(t, x);
        self.mask(Bitwise::And, t, 1 << 63);
    }
}
