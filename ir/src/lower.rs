//! The last step before allocation, the same for every CPU: write barriers become instructions,
//! divisions that round down become divisions that round to zero. Back ends do not know the
//! operations that disappear here. Casts disappear too: to a machine, words, references, pointers
//! and conditions are the same, so a lowered trace mixes them.

use crate::op::Op;
use crate::schema::Schema;
use crate::trace::{Inst, Ref, Trace};
use crate::types::{Cc, Ty};

/// Lowers a trace. Values keep their meaning; instructions get new numbers.
pub fn lower(trace: &Trace, schema: &Schema) -> Trace {
    let needed = trace.insts.iter().any(|x| match x.op {
        Op::Store | Op::StoreX => !trace.barriers_explicit && schema.fields[x.aux as usize].barrier,
        op => matches!(op, Op::FloorDiv | Op::FloorMod | Op::Cast),
    });
    let mut out = trace.clone();
    out.barriers_explicit = true;
    if !needed {
        return out;
    }
    out.insts.clear();
    let map = vec![Ref::NONE; trace.insts.len()];
    let mut l = Lower { trace, schema, out, map, fresh: Some(usize::MAX) };
    for (i, inst) in trace.insts.iter().enumerate() {
        l.map[i] = l.inst(inst);
        let collects = inst.op == Op::Call && schema.sigs[inst.aux as usize].effect.collects();
        if inst.op == Op::New {
            l.fresh = Some(i);
        } else if collects || inst.op == Op::Loop {
            l.fresh = Some(usize::MAX);
        }
    }
    l.finish()
}

struct Lower<'a> {
    trace: &'a Trace,
    schema: &'a Schema,
    out: Trace,
    /// New reference of each old instruction.
    map: Vec<Ref>,
    /// The newest object, while nothing that could collect came after it: the collector has not
    /// seen it, so stores to it need no barrier.
    fresh: Option<usize>,
}

impl Lower<'_> {
    fn get(&self, r: Ref) -> Ref {
        r.as_inst().map_or(r, |i| self.map[i])
    }

    fn push(&mut self, op: Op, ty: Ty, aux: u16, args: [Ref; 3]) -> Ref {
        let [a, b, c] = args;
        self.out.insts.push(Inst { op, ty, aux, a, b, c });
        Ref::inst(self.out.insts.len() - 1)
    }

    fn word2(&mut self, op: Op, a: Ref, b: Ref) -> Ref {
        self.push(op, Ty::W, 0, [a, b, Ref::NONE])
    }

    fn inst(&mut self, inst: &Inst) -> Ref {
        let mut new = *inst;
        for k in 0..inst.op.arity() {
            // The back edge of a phi is not known yet.
            if inst.op != Op::Phi || k == 0 {
                new.set_arg(k, self.get(inst.arg(k)));
            }
        }
        match inst.op {
            Op::Store | Op::StoreX => {
                let barrier = self.schema.fields[inst.aux as usize].barrier;
                let wanted = barrier && !self.trace.barriers_explicit;
                let fresh = inst.a.as_inst() == self.fresh;
                if wanted && !fresh && self.trace.ty(inst.a) == Some(Ty::R) {
                    self.push(Op::WBar, Ty::V, 0, [new.a, Ref::NONE, Ref::NONE]);
                }
            }
            Op::FloorMod | Op::FloorDiv => return self.floor(inst.op, new.a, new.b),
            Op::Cast => return new.a,
            _ => {}
        }
        self.out.insts.push(new);
        Ref::inst(self.out.insts.len() - 1)
    }

    /// Truncating division, then one step down where the remainder is not zero and has another
    /// sign than the divisor.
    fn floor(&mut self, op: Op, a: Ref, b: Ref) -> Ref {
        let zero = self.out.word(0);
        let r = self.word2(Op::Rem, a, b);
        let signs = self.word2(Op::Xor, r, b);
        let other = self.push(Op::Cmp, Ty::B, Cc::Lt as u16, [signs, zero, Ref::NONE]);
        let rest = self.push(Op::Cmp, Ty::B, Cc::Ne as u16, [r, zero, Ref::NONE]);
        let step = self.word2(Op::And, other, rest);
        if op == Op::FloorDiv {
            let q = self.word2(Op::Div, a, b);
            return self.word2(Op::Sub, q, step);
        }
        let mask = self.word2(Op::Sub, zero, step);
        let add = self.word2(Op::And, b, mask);
        self.word2(Op::Add, r, add)
    }

    fn finish(mut self) -> Trace {
        for (i, inst) in self.trace.insts.iter().enumerate() {
            if inst.op == Op::Phi {
                let at = self.map[i].as_inst().expect("phis are copied");
                self.out.insts[at].b = self.get(inst.b);
            }
        }
        for k in 0..self.out.args.len() {
            self.out.args[k] = self.get(self.trace.args[k]);
        }
        for k in 0..self.out.slots.len() {
            self.out.slots[k].1 = self.get(self.trace.slots[k].1);
        }
        for k in 0..self.out.vfields.len() {
            self.out.vfields[k].1 = self.get(self.trace.vfields[k].1);
        }
        self.out
    }
}
