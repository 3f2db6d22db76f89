//! The operands of one instruction: which of two exchangeable ones is tied to the result, who
//! gets a register, who may stay in memory or be an immediate, and which values have to be
//! copied to fixed or tied registers before the instruction.

use super::alloc::{Alloc, NO_SLOT};
use super::{Cons, Def, Loc, NO_REG, PReg, RegSet, Use};
use crate::op::flag;
use crate::trace::{Inst, Ref};
use crate::types::Class;

impl Alloc<'_> {
    /// Whether the tied operand is needed by the exit only: then it may be overwritten, for the
    /// exit computes it again. It gets its register here.
    pub(super) fn undo(&mut self, cons: &Cons, args: &[Ref; 3], out: Option<PReg>) -> bool {
        let (Def::Same(t), Some(r), true) = (cons.def, out, cons.undo) else { return false };
        let v = args[t as usize];
        let Some(i) = v.as_inst() else { return false };
        let dies = self.reg[i] == NO_REG && self.slot[i] == NO_SLOT;
        let alone = args.iter().filter(|a| **a == v).count() == 1;
        if dies && alone && self.free.has(r) {
            self.assign(v, r);
            return true;
        }
        false
    }

    /// The operands, exchanged where that saves a copy.
    pub(super) fn order(&self, inst: &Inst, cons: &Cons, out: Option<PReg>) -> [Ref; 3] {
        let mut args = [Ref::NONE; 3];
        for (k, arg) in args.iter_mut().enumerate().take(inst.op.arity()) {
            *arg = inst.arg(k);
        }
        if inst.op.is(flag::COMM) && args[1].as_const().is_none() {
            let dies = |v: Ref| v.as_inst().is_some() && self.reg_of(v) == NO_REG;
            let hinted = |v: Ref| v.as_inst().is_some_and(|i| Some(self.hint[i]) == out);
            let same = cons.def == Def::Same(0) && dies(args[1]);
            let better = !dies(args[0]) || (hinted(args[1]) && !hinted(args[0]));
            if args[0].as_const().is_some() || (same && better) {
                args.swap(0, 1);
            }
        }
        args
    }

    /// Places the operands. `copies` receives the values to copy before the instruction.
    pub(super) fn inputs(
        &mut self,
        inst: &Inst,
        cons: &Cons,
        out: Option<PReg>,
        args: &[Ref; 3],
        undo: bool,
        copies: &mut [(Loc, Ref); 3],
    ) -> [Loc; 3] {
        let n = inst.op.arity();
        let mut ins = [Loc::None; 3];
        for k in 0..n {
            if let Use::Fixed(r) = cons.ins[k] {
                ins[k] = Loc::Reg(r);
                let v = args[k];
                if self.reg_of(v) == r && !cons.clobbers.has(r) {
                    continue;
                }
                // In a register that is overwritten early it is of no use to other operands.
                let alone = !cons.clobbers.has(r) || (0..n).all(|j| j == k || args[j] != v);
                let fresh = v.as_inst().is_some() && self.reg_of(v) == NO_REG;
                if fresh && alone && self.free.has(r) {
                    self.assign(v, r);
                } else {
                    self.ensure_place(v);
                    copies[k] = (ins[k], v);
                }
            }
        }
        if let (Def::Same(t), Some(r)) = (cons.def, out) {
            let t = t as usize;
            ins[t] = Loc::Reg(r);
            let v = args[t];
            let alone = !cons.early || (0..n).all(|k| k == t || args[k] != v);
            if undo {
                // It is there already.
            } else if v.as_inst().is_some() && self.reg_of(v) == NO_REG && self.free.has(r) && alone
            {
                self.assign(v, r);
            } else {
                self.ensure_place(v);
                copies[t] = (ins[t], v);
            }
        } else if let (Def::Reg, Some(r), false) = (cons.def, out, cons.early) {
            // Operands may share the register of the result.
            let taken = cons.clobbers.has(r) || cons.ins.contains(&Use::Fixed(r));
            if !taken && inst.snap().is_none() {
                self.busy.remove(r);
            }
        }
        for k in 0..n {
            if ins[k] == Loc::None {
                ins[k] = self.operand(args[k], cons.ins[k]);
            }
        }
        if let Some(r) = out {
            self.busy.add(r);
        }
        ins
    }

    /// Place of an operand without a fixed register.
    pub(super) fn operand(&mut self, v: Ref, want: Use) -> Loc {
        if let (Use::Imm(kind) | Use::MemImm(kind), Some(x)) = (want, self.trace.const_word(v))
            && self.machine.fits(kind, x)
        {
            return Loc::Const(v.as_const().unwrap_or(0) as u32);
        }
        if want == Use::Any {
            self.ensure_place(v);
            return self.place(v);
        }
        if self.reg_of(v) == NO_REG {
            if let (Use::Mem | Use::MemImm(_), Some(i)) = (want, v.as_inst()) {
                let class = self.class(v);
                let open = self.free.of_class(class).minus(self.busy);
                if open.is_empty() {
                    return Loc::Spill(self.slot_of(i));
                }
            }
            let r = self.pick(self.class(v), RegSet::EMPTY, v);
            self.assign(v, r);
        }
        let r = self.reg_of(v);
        self.busy.add(r);
        Loc::Reg(r)
    }

    pub(super) fn temps(&mut self, cons: &Cons) -> [PReg; 2] {
        let mut tmp = [NO_REG; 2];
        let mut k = 0;
        for (class, count) in [(Class::Int, cons.temps[0]), (Class::Float, cons.temps[1])] {
            for _ in 0..count {
                tmp[k] = self.pick(class, RegSet::EMPTY, Ref::NONE);
                self.busy.add(tmp[k]);
                k += 1;
            }
        }
        tmp
    }
}
